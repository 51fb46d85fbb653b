"""Sheets of the golden stories, and claims that name their evidence by its words instead of by its number."""

from functools import cache

from bot.texts import Material
from bot.texts.grounding import Claim, grounded
from bot.texts.sheet import Sheet, sheet
from tests.golden.stories import STORIES


@cache
def sheet_of(story: str, kind: str = "answer") -> Sheet:
    told = STORIES[story]()
    return sheet(kind, Material(told.state, tuple(told.journal), told.now))


def number(evidence: Sheet, words: str) -> int:
    """Of the first fact that has these words."""
    return next(fact.number for fact in evidence.facts if words in fact.words)


def reason(evidence: Sheet, text: str, *cited: str) -> str:
    """Why the claim is removed; empty when it stands."""
    claim = Claim(text, tuple(number(evidence, words) for words in cited))
    found = grounded([claim], evidence)
    return found.removed[0].reason if found.removed else ""
