"""Whether what is said to have come before or after something did.

Both sides of a `before`, `after` or `then` are looked up among the cited facts, by deed, doer, exposure, metric and
place; their times decide. The one thing to remember: an order that cannot be looked up is refused, unless it is the
length of a wait (`after 30s of health`) or stands in the evidence itself.
"""

import re
from collections.abc import Iterator

from bot.texts.grounding.case import Case
from bot.texts.grounding.language import Span
from bot.texts.grounding.lexicon import AFTER, BEFORE, IMPLIED
from bot.texts.grounding.names import supports
from bot.texts.grounding.reading import Mention
from bot.texts.sheet import Deed, Fact, FactKind, Role, TermKind

WAIT_MAX = 40
"""Characters in which the length of a wait follows its `after`."""

SAME_SHARE = 0.001
"""Exposures are written exactly."""

SAME_SECONDS = 0.5
"""Nearer to one another, two onsets have no order."""

_HINGE = re.compile(r"[;]|\.\s|\b(?:while|whereas|but|because)\b|\x00")
_FIRST = re.compile(r"\b(?:first|earliest)\b(?! (?:suspect|candidate|step|time|place|change|look|of all,))")
_LAST = re.compile(r"\b(?:last|finally|eventually|latest)\b(?! (?:good|version|known|look|step|build|release))")


def faults(case: Case) -> Iterator[str]:
    blanked = case.reading.blanked
    for pattern, is_before in ((BEFORE, True), (AFTER, False)):
        for match in pattern.finditer(blanked):
            span = Span(*match.span())
            if not _is_in_order(span, is_before=is_before, case=case):
                yield f"its evidence does not say that order: {blanked[span.start : span.end]!r}"
    yield from _ranked(case)


def _is_in_order(span: Span, *, is_before: bool, case: Case) -> bool:
    blanked = case.reading.blanked
    if case.is_foreign or _says_version(span, blanked):
        return True
    left, right = _left(span, blanked), _right(span, blanked)
    if not blanked[left.start : left.end].strip(" ,.-\x01"):
        comma = blanked.find(",", span.end)
        if comma < 0:
            return False
        left, right = Span(comma, len(blanked)), Span(span.end, comma)
    if any(told.is_open or told.is_asked for told in case.reading.deeds if left.holds(told.span) or right.holds(told.span)):
        return True  # what may come has no time yet
    earlier, later = (left, right) if is_before else (right, left)
    first, then = _events(earlier, case), _events(later, case)
    pairs = [(one, other) for one in first for other in then if one is not other]
    if pairs:
        return any(_precedes(one, other) for one, other in pairs)
    if then and blanked[span.start : span.end] == "until":
        return any(one.unit == "s" for one in case.reading.quantities)  # `from the decision until …`: how long
    waits = _is_wait(right, case)
    is_measured = bool(re.search(r"\x01\s*$", blanked[: span.start]))
    return (not is_before and (waits or is_measured)) or _stands_in_evidence(span, right, case)


def _is_wait(right: Span, case: Case) -> bool:
    """`after 30s of health`, `after a watch of two minutes`: how long, and not what."""
    done = [told for told in case.reading.deeds if right.holds(told.span) and told.deed is not Deed.WATCHED]
    soon = Span(right.start, min(right.end, right.start + WAIT_MAX))
    return not done and any(one.unit == "s" for one in case.reading.numbers(soon))


def _says_version(span: Span, blanked: str) -> bool:
    return bool(
        re.match(r"(?: the)? version before it|before it\b", blanked[max(0, span.start - 12) : span.end + 3].strip())
    )


def _left(span: Span, blanked: str) -> Span:
    start = max((match.end() for match in _HINGE.finditer(blanked, 0, span.start)), default=0)
    return Span(start, span.start)


def _right(span: Span, blanked: str) -> Span:
    hinge = _HINGE.search(blanked, span.end)
    also = re.compile(r", (?:and|which|then)\b").search(blanked, span.end)
    ends = [match.start() for match in (hinge, also) if match]
    return Span(span.end, min(ends, default=len(blanked)))


def _events(span: Span, case: Case) -> list[Fact]:
    """The cited facts with a time that a part of the sentence may mean; the most precise ones."""
    reading, words = case.reading, case.reading.blanked[span.start : span.end]
    timed = [fact for fact in case.facts if fact.at is not None]
    deeds = {told.deed for told in reading.deeds if span.holds(told.span)}
    deeds |= {other for deed in deeds for other in IMPLIED.get(deed, ())}
    if re.search(r"\bdeci(?:sion|ded)\b", words):
        deeds |= {Deed.ROLLED_BACK, Deed.DECIDED}
    if re.search(r"\bdetect\w*\b", words):
        deeds |= {Deed.ROLLED_BACK}
    people = reading.among(span, TermKind.PERSON)
    places = reading.among(span, TermKind.ENVIRONMENT)
    metrics = reading.among(span, TermKind.METRIC)
    shares = [one.value for one in reading.numbers(span) if one.unit == "share"]
    if not (deeds or people or shares or metrics or places):
        return []
    if not (deeds or people or metrics):
        return (
            [f for f in timed if _has_share(f, shares) and f.kind is not FactKind.METRIC]
            if shares
            else _arrivals(places, timed)
        )
    found = [fact for fact in timed if not deeds or deeds & set(fact.deeds)]
    if people:
        found = [fact for fact in found if any(supports(fact, mention) for mention in people)]
    for mention in places:
        found = [fact for fact in found if supports(fact, mention)] or found
    if metrics:
        found = [
            fact for fact in found if fact.kind is not FactKind.METRIC or any(supports(fact, m) for m in metrics)
        ] or found
    if shares:
        narrower = [fact for fact in found if _has_share(fact, shares)]
        found = narrower or found
    return found


def _arrivals(places: tuple[Mention, ...], timed: list[Fact]) -> list[Fact]:
    """`before production`: when it came there."""
    there = [fact for fact in timed if {Deed.DEPLOYED, Deed.EXPOSED} & set(fact.deeds)]
    return [fact for fact in there if any(mention.texts & set(fact.named(mention.kind)) for mention in places)]


def _has_share(fact: Fact, shares: list[float]) -> bool:
    levels = [one.value / 100 for one in fact.amounts if one.role is Role.EXPOSURE]
    return any(abs(level - share) < SAME_SHARE for level in levels for share in shares)


def _precedes(one: Fact, other: Fact) -> bool:
    assert one.at is not None, "only facts with a time are events"
    assert other.at is not None, "only facts with a time are events"
    if one.kind is other.kind is FactKind.METRIC:
        return one.at + SAME_SECONDS < other.at
    return (one.at, one.number) < (other.at, other.number)


def _stands_in_evidence(span: Span, right: Span, case: Case) -> bool:
    """The same words of order in the cited facts, with a word of what follows."""
    said = case.reading.lower[span.start : span.end]
    following = case.reading.lower[right.start : right.end].split()[:2]
    return " ".join([said, *following]).rstrip(".,") in case.lower


def _ranked(case: Case) -> Iterator[str]:
    """`approved first`, `broke last`: beside all on the sheet who did the same."""
    reading = case.reading
    for pattern, pick in ((_FIRST, min), (_LAST, max)):
        for match in pattern.finditer(reading.lower):
            clause = reading.clause(match.start())
            deeds = {told.deed for told in reading.deeds if clause.holds(told.span)} & {
                Deed.APPROVED,
                Deed.FAILED,
                Deed.ONSET,
            }
            who = reading.among(clause, TermKind.PERSON, TermKind.METRIC)
            if not deeds or not who or case.is_foreign:
                continue
            deeds |= {other for deed in deeds for other in IMPLIED.get(deed, ())}
            alike = [
                f
                for f in case.known.sheet.facts
                if f.at is not None and deeds & set(f.deeds) and f.kind in (FactKind.APPROVAL, FactKind.METRIC)
            ]
            edge = pick((fact.at or 0.0 for fact in alike), default=None)
            at_edge = [fact for fact in alike if edge is not None and abs((fact.at or 0.0) - edge) < SAME_SECONDS]
            if alike and not all(any(supports(fact, one) for fact in at_edge) for one in who):
                yield f"its evidence does not say that it came {match[0]}"
