"""Grounding: a model's sentence stands only when the evidence that it cites says it. Pure, and the same every time.

A claim is read (`reading`: names, numbers, deeds, denials) and put beside the facts that it cites (`case`); then each
check may object, in this order. Whatever is in doubt is refused: a sentence that is missing costs little, a wrong one
is believed.

citations    refuse: none, or one that is not on the sheet. Cannot catch: one too many.
`markup`     refuses: mentions, links, addresses, images, code, tags, markers. Cannot catch: words that sound like one.
`names`      refuses: a metric, person, change or place that the cited facts do not name; names put together that no
             fact has together; one thing twice in a list. Cannot catch: who did it, when another clause says so.
`numbers`    refuses: a number that is not there, or is another metric's, side's (`sides`), part's or thing's
             (`shares`). Cannot catch: a wrong number that rounds to the right one; a plain count of something else.
`directions` refuses: rose, fell, worse, much, above its limit or the other side (`comparisons`), against the values.
             Cannot catch: `quickly`.
`deeds`      refuses: what was not done, or is denied; denials that the facts do not have; requests. A word of several
             meanings has the one that its evidence tells of (`senses`). Cannot catch: a deed that neither `lexicon`
             nor `senses` has a word for and `licences` allows.
`states`     refuses: open, decided, enough, readable, released, against what the facts leave undone. Cannot catch: a
             state that is in no row.
`doers`      refuses: by hand, automatically, against the doer. Cannot catch: who decided that it be automatic.
`suspects`   refuses: a suspect called more, or ranked otherwise (`rankings`). Cannot catch: `top cause` where a suspect
             was meant.
`causes`     refuses: a cause that no fact states, or of nothing. Cannot catch: one that two sentences imply.
`orders`     refuses: before, later, followed, from … to …, first, and a clock time beside an event (`moments`), against
             the times. Cannot catch: an order told by the order of sentences; the order of advice.
`contents`   refuses: what its changes do not speak of, contraries. Cannot catch: a change described with its own
             words, put together the other way.
`wording`    refuses: a word that no check reads, that is not plain English without a claim of its own (`common`), that
             the evidence does not have (nor one alike: `synonyms`) and that is not said of such evidence (`licences`);
             what will be. Cannot catch: news told in such words alone, a colour in `-ly`.

The one thing to remember: a claim that stands is not therefore true. It says no more than the evidence, as far as these
checks can read, and what they cannot read is written above.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from bot.texts.grounding import (
    causes,
    contents,
    deeds,
    directions,
    doers,
    markup,
    names,
    numbers,
    orders,
    states,
    suspects,
    wording,
)
from bot.texts.grounding.case import Case
from bot.texts.grounding.known import Known
from bot.texts.grounding.reading import Reading
from bot.texts.sheet import Sheet

__all__ = ["Claim", "Grounded", "Removed", "grounded"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence or list item of a model's answer, and the numbers of the facts that it rests on."""

    text: str
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """A claim that does not stand, and why: words for the log and for people."""

    claim: Claim
    reason: str


@dataclass(frozen=True, slots=True)
class Grounded:
    """What stands, and what does not, each in the order in which it was said."""

    kept: tuple[Claim, ...]
    removed: tuple[Removed, ...]


_CHECKS: tuple[Callable[[Case], Iterator[str]], ...] = (
    names.faults,
    numbers.faults,
    directions.faults,
    deeds.faults,
    states.faults,
    doers.faults,
    suspects.faults,
    causes.faults,
    orders.faults,
    contents.faults,
    wording.faults,
)


def grounded(claims: Iterable[Claim], sheet: Sheet) -> Grounded:
    """Each claim kept, or removed with the first reason against it."""
    known = Known(sheet)
    kept: list[Claim] = []
    removed: list[Removed] = []
    for claim in claims:
        reason = next(_faults(claim, known), None)
        if reason is None:
            kept.append(claim)
        else:
            removed.append(Removed(claim, reason))
    return Grounded(tuple(kept), tuple(removed))


def _faults(claim: Claim, known: Known) -> Iterator[str]:
    if not claim.cites:
        yield "it cites nothing"
        return
    cited = [known.sheet.fact(number) for number in dict.fromkeys(claim.cites)]
    facts = tuple(fact for fact in cited if fact is not None)
    if len(facts) < len(cited):
        yield "it cites evidence that there is not"
        return
    deeds = frozenset(deed for fact in facts for deed in (*fact.deeds, *fact.denied))
    case = Case(Reading(claim.text, known, deeds), facts, known)
    yield from markup.faults(claim.text, case)
    for check in _CHECKS:
        yield from check(case)
