"""Which moments of the cited facts a part of a sentence may mean, by deed, doer, exposure, metric and place.

A fact has one time, and two where it tells of a distance: what broke first was detected later, and what came back was
decided on before. The one thing to remember: a part that may mean several moments means any of them, so an order is
refused only when none of them fits.
"""

import re
from dataclasses import dataclass

from bot.texts.grounding.case import Case
from bot.texts.grounding.language import Span
from bot.texts.grounding.lexicon import IMPLIED
from bot.texts.grounding.names import supports
from bot.texts.grounding.reading import Mention
from bot.texts.sheet import Deed, Fact, FactKind, Role, TermKind

SAME_SHARE = 0.001
"""Exposures are written exactly."""

SAME_SECONDS = 0.5
"""Nearer to one another, two onsets have no order."""

_DETECTED = re.compile(r"\b(?:detect\w*|noticed)\b")
_DECIDED = re.compile(r"\bdeci(?:sion|ded)\b")


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was, in seconds since the epoch, and the fact that says so."""

    at: float
    fact: Fact


def moments(span: Span, case: Case) -> list[Moment]:
    """The most precise ones; none where the part speaks of no event."""
    words = case.reading.blanked[span.start : span.end]
    return [Moment(_at(fact, words), fact) for fact in _events(span, words, case)]


def precedes(one: Moment, other: Moment) -> bool:
    if one.fact.kind is other.fact.kind is FactKind.METRIC:
        return one.at + SAME_SECONDS < other.at
    return (one.at, one.fact.number) < (other.at, other.fact.number)


def _at(fact: Fact, words: str) -> float:
    """Of a fact that tells of two moments, the one that the words mean."""
    assert fact.at is not None, "only facts with a time are events"
    lasted = {one.of: one.value for one in fact.amounts if one.role is Role.DURATION}
    if "detection" in lasted and _DETECTED.search(words):
        return fact.at + lasted["detection"]
    if "return" in lasted and _DECIDED.search(words):
        return fact.at - lasted["return"]
    return fact.at


def _events(span: Span, words: str, case: Case) -> list[Fact]:
    reading, timed = case.reading, [fact for fact in case.facts if fact.at is not None]
    deeds = _deeds(span, words, case)
    people, metrics = reading.among(span, TermKind.PERSON), reading.among(span, TermKind.METRIC)
    places = reading.among(span, TermKind.ENVIRONMENT)
    shares = [one.value for one in reading.numbers(span) if one.unit == "share"]
    if not (deeds or people or metrics):
        return _reached(shares, timed) if shares else _arrivals(places, timed)
    found = [fact for fact in timed if not deeds or deeds & set(fact.deeds)]
    if people:
        found = [fact for fact in found if any(supports(fact, mention) for mention in people)]
    for mention in places:
        found = [f for f in found if supports(f, mention) or not f.named(TermKind.ENVIRONMENT)]
    if metrics:
        found = [f for f in found if f.kind is not FactKind.METRIC or any(supports(f, m) for m in metrics)] or found
    if shares and any(one.role is Role.EXPOSURE for fact in found for one in fact.amounts):
        found = [fact for fact in found if _has_share(fact, shares)]
    return found


def _deeds(span: Span, words: str, case: Case) -> set[Deed]:
    deeds = {told.deed for told in case.reading.deeds if span.holds(told.span)}
    deeds |= {other for deed in deeds for other in IMPLIED.get(deed, ())}
    if _DECIDED.search(words):
        deeds |= {Deed.ROLLED_BACK, Deed.DECIDED} if not deeds else set()
    if _DETECTED.search(words):
        deeds |= {Deed.ONSET} if any(_is_detection(fact) for fact in case.facts) else {Deed.ROLLED_BACK}
    return deeds


def _is_detection(fact: Fact) -> bool:
    return any(one.of == "detection" for one in fact.amounts)


def _reached(shares: list[float], timed: list[Fact]) -> list[Fact]:
    return [fact for fact in timed if _has_share(fact, shares) and fact.kind is not FactKind.METRIC]


def _arrivals(places: tuple[Mention, ...], timed: list[Fact]) -> list[Fact]:
    """`before production`: when it came there."""
    there = [fact for fact in timed if {Deed.DEPLOYED, Deed.EXPOSED} & set(fact.deeds)]
    return [fact for fact in there if any(mention.texts & set(fact.named(mention.kind)) for mention in places)]


def _has_share(fact: Fact, shares: list[float]) -> bool:
    levels = [one.value / 100 for one in fact.amounts if one.role is Role.EXPOSURE]
    return any(abs(level - share) < SAME_SHARE for level in levels for share in shares)
