"""Sheets of the golden stories, and claims that name their evidence by its words instead of by its number."""

from dataclasses import dataclass
from functools import cache

from bot.core.contents import Change
from bot.texts import Material
from bot.texts.grounding import Claim, grounded
from bot.texts.sheet import Sheet, sheet
from tests.golden.stories import CHANGES, STORIES


@dataclass(frozen=True)
class Suspected:
    """One change with why it is suspected, as a diagnosis ranks it."""

    change: Change
    reasons: tuple[str, ...] = ()


@cache
def sheet_of(story: str, kind: str = "answer") -> Sheet:
    told = STORIES[story]()
    return sheet(kind, Material(told.state, tuple(told.journal), told.now))


@cache
def diagnosed() -> Sheet:
    """The bad story's evidence, with #43 and #42 suspected in this order."""
    told = STORIES["bad"]()
    reasons = ("its title speaks of queries", "it touches the cart")
    suspicions = tuple(Suspected(CHANGES[index], (why,)) for index, why in zip((2, 1), reasons, strict=True))
    return sheet("diagnosis", Material(told.state, tuple(told.journal), told.now), suspicions)


def number(evidence: Sheet, words: str) -> int:
    """Of the first fact that has these words."""
    return next(fact.number for fact in evidence.facts if words in fact.words)


def reason(evidence: Sheet, text: str, *cited: str) -> str:
    """Why the claim is removed; empty when it stands."""
    claim = Claim(text, tuple(number(evidence, words) for words in cited))
    found = grounded([claim], evidence)
    return found.removed[0].reason if found.removed else ""
