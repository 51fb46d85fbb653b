"""Whether what is said to have come before or after something did.

A relation (`before`, `then`, `a minute later`, `followed`, `was still to come`, `from … to …`) has two sides; each is
looked up among the cited facts (`moments`), and their times decide. So is a clock time that stands behind an event:
it has to be that one's. The one thing to remember: an order that cannot be looked up is refused, unless it is the
length of a wait (`after 30s of health`), is still to come, or stands in the evidence itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.texts.grounding.case import Case
from bot.texts.grounding.language import Span
from bot.texts.grounding.lexicon import AFTER, BEFORE, IMPLIED
from bot.texts.grounding.moments import SAME_SECONDS, Moment, moments, precedes
from bot.texts.grounding.names import supports
from bot.texts.grounding.reading import NUMBER, Mention
from bot.texts.sheet import Deed, FactKind, TermKind

WAIT_MAX = 40
"""Characters in which the length of a wait follows its `after`."""

MINUTE, DAY = 60, 86400
"""Seconds."""

_HINGE = re.compile(r"[;]|\.\s|\b(?:while|whereas|but|because)\b|\x00")
_VERSION_BEFORE = re.compile(r"\b(?:version|build|one|release) before it\b")
_ALSO = re.compile(r", (?:and|which|then)\b")
_CUT = re.compile(r"[;,.]\s(?:and |but )?|\band\b")
_OPENS = re.compile(
    r"\b(?:when|after|before|while)\b|[;()]|, |\band (?=from |\x02)|^from\b|\bfrom (?=the |\x02)|"
    r"\bto (?=the (?!\x0e)|\x02)"
)
_OPENS_CLAUSE = re.compile(r"(?:^|[;:.] )(?:at |on |by )?$", re.IGNORECASE)
"""In front of a time whose event is behind it: `at 08:00 …; at 08:05 …`."""
_ENDS_CLAUSE = re.compile(r"[;]|, |\.(?:\s|$)|\b(?:after|before|when|while|and|because)\b")
_BOUND = re.compile(r"\b(?:by|since|until|till|from|between|after|before)(?: the)? $")
"""Before a time that is not when, but since when or until when."""
_LATER = re.compile(r"(?<![\w-])(?:later(?! than)|then(?! on)|after that|thereafter|subsequently)(?!\w)")
_EARLIER = re.compile(r"(?<![\w-])(?:earlier(?! than| version| release)|before that|beforehand)(?!\w)")
_FOLLOWED = re.compile(
    r"(?<![\w-])(?:followed|came after|succeeded)(?! (?:by|from|suit|\x01|after|about|roughly|around))(?!\w)"
)
_PAST = re.compile(r"\b(?:was|were|lay) (?:already |long )?(?:past|over|behind)\b")
_AHEAD = re.compile(r"\b(?:was|were|lay) (?:still |yet )*(?:to come|ahead|outstanding)\b")
_FROM_TO = re.compile(r"\bfrom (?P<first>(?:(?!\bfrom\b).)+?) (?:to|until|till) (?P<then>.+)")
_FIRST = re.compile(r"\b(?:first|earliest)\b(?! (?:suspect|candidate|step|time|place|change|look|of all,))")
_AT_FIRST = re.compile(
    r"^(?:first|to start)(?=,)|\b(?:at first|initially|to begin with|in the beginning|to start with|first of all)\b"
)
_AT_LAST = re.compile(r"^last(?=,)|\b(?:at last|finally|eventually|in the end|lastly|ultimately|at length)\b")
_LAST = re.compile(r"\b(?:last|finally|eventually|latest)\b(?! (?:good|version|known|look|step|build|release))")


@dataclass(frozen=True, slots=True)
class Relation:
    """Two sides of a sentence, and what says in which order they came."""

    first: Span
    then: Span
    said: Span
    is_before: bool
    """Said with the earlier side in front."""
    must: bool = True
    """Whether it is refused when a side cannot be looked up."""


def faults(case: Case) -> Iterator[str]:
    if case.is_foreign or all(fact.kind is FactKind.PLAN for fact in case.facts):
        return  # a plan tells what is to come
    for relation in _relations(case.reading.blanked):
        if not _is_in_order(relation, case):
            said = case.reading.blanked[relation.said.start : relation.said.end]
            yield f"its evidence does not say that order: {said!r}"
    yield from _clocked(case)
    yield from _ranked(case)
    yield from _at_ends(case)


# ── relations ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _relations(blanked: str) -> Iterator[Relation]:
    for pattern, is_before in ((BEFORE, True), (AFTER, False)):
        yield from (_between(Span(*match.span()), blanked, is_before=is_before) for match in pattern.finditer(blanked))
    for pattern, is_before in ((_LATER, True), (_EARLIER, False)):
        yield from (_adverb(Span(*match.span()), blanked, is_before=is_before) for match in pattern.finditer(blanked))
    for match in _FOLLOWED.finditer(blanked):
        said = Span(*match.span())
        is_alone = not re.match(r" (?:the |\x02|\x06|\x04)", blanked[said.end :])  # `Elsa followed at …`
        yield _adverb(said, blanked, is_before=True) if is_alone else _between(said, blanked, is_before=False)
    for pattern, is_past in ((_PAST, True), (_AHEAD, False)):
        for match in pattern.finditer(blanked):
            cut = blanked.rfind(",", 0, match.start()) + 1
            sides = Span(cut, match.start()), Span(0, cut)
            yield Relation(*(sides if is_past else sides[::-1]), Span(*match.span()), is_before=not is_past)
    for match in _FROM_TO.finditer(blanked):
        if NUMBER not in match["first"].split()[-1:]:
            yield Relation(
                Span(*match.span("first")), Span(*match.span("then")), Span(*match.span()), is_before=True, must=False
            )


def _between(said: Span, blanked: str, *, is_before: bool) -> Relation:
    """A word between its sides, or in front of both with a comma between them."""
    start = max((match.end() for match in _HINGE.finditer(blanked, 0, said.start)), default=0)
    ends = [match.start() for pattern in (_HINGE, _ALSO) if (match := pattern.search(blanked, said.end))]
    left, right = Span(start, said.start), Span(said.end, min(ends, default=len(blanked)))
    comma = blanked.find(",", said.end) if "," in blanked[said.end :] else blanked.find(" came ", said.end)
    if not blanked[left.start : left.end].strip(" ,.-\x01") and comma >= 0:
        left, right = Span(comma, len(blanked)), Span(said.end, comma)
    return Relation(left, right, said, is_before) if is_before else Relation(right, left, said, is_before)


def _adverb(said: Span, blanked: str, *, is_before: bool) -> Relation:
    """`A; a minute later, B`, `A, and B a minute earlier`: the last cut in front of it parts them."""
    cuts = [one for one in _CUT.finditer(blanked, 0, said.start) if blanked[: one.start()].strip()]
    cut = cuts[-1].start() if cuts else 0  # `Ada later let it in` has no side before it
    left, right = Span(0, cut), Span(cut, len(blanked))
    return Relation(left, right, said, is_before) if is_before else Relation(right, left, said, is_before)


def _is_in_order(relation: Relation, case: Case) -> bool:
    blanked, said = case.reading.blanked, relation.said
    if _VERSION_BEFORE.search(blanked[max(0, said.start - 12) : said.end + 3]):
        return True
    if case.reading.is_advice and re.match(r" \w+ing\b", blanked[said.end :]):
        return True  # `before judging`: what to do, and not what was
    first, then = relation.first, relation.then
    if any(
        told.is_open or told.is_asked for told in case.reading.deeds if first.holds(told.span) or then.holds(told.span)
    ):
        return True  # what may come has no time yet
    if case.reading.is_advice and not any(told.denied_by is None and not told.is_open for told in case.reading.deeds):
        return True
    earlier, later = moments(first, case), moments(then, case)
    pairs = [(one, other) for one in earlier for other in later if one != other]
    if _is_caused(earlier, later, relation, case):
        return True
    if pairs or (earlier and later and len(case.facts) > 1):
        return any(precedes(one, other) for one, other in pairs)
    if blanked[said.start : said.end] == "until" and re.match(r" (?:\w+ )*\x01", blanked[said.end :]):
        return True
    if (
        blanked[said.start : said.end] != "until"
        and not case.reading.blanked[first.start : first.end].strip(" ,.;")
        and later
    ):
        return max(one.at for one in later) == max(fact.at for fact in case.facts if fact.at is not None)
    return not relation.must or bool(earlier and later) or _needs_no_order(relation, case, is_found=bool(later))


def _is_caused(earlier: list[Moment], later: list[Moment], relation: Relation, case: Case) -> bool:
    """One fact tells of both, as cause and effect: `rolled back after errors failed`."""
    facts = {one.fact.number for one in earlier} & {one.fact.number for one in later}
    first = {told.deed for told in case.reading.deeds if relation.first.holds(told.span)}
    then = {told.deed for told in case.reading.deeds if relation.then.holds(told.span)}
    causes = (fact.cause for fact in case.facts if fact.number in facts and fact.cause is not None)
    return any(then & set(one.of) and first & set(one.deeds) and not then & set(one.deeds) for one in causes)


def _needs_no_order(relation: Relation, case: Case, *, is_found: bool) -> bool:
    blanked, said = case.reading.blanked, relation.said
    if is_found and blanked[said.start : said.end] == "until":
        return any(one.unit == "s" for one in case.reading.quantities)  # `from the decision until …`: how long
    following = relation.first if not relation.is_before else relation.then
    is_measured = bool(re.search(r"\x01\s*$", blanked[: said.start]))
    return (not relation.is_before and (_is_wait(following, case) or is_measured)) or _stands(said, following, case)


def _is_wait(right: Span, case: Case) -> bool:
    """`after 30s of health`, `after a watch of two minutes`: how long, and not what."""
    done = [told for told in case.reading.deeds if right.holds(told.span) and told.deed is not Deed.WATCHED]
    soon = Span(right.start, min(right.end, right.start + WAIT_MAX))
    return not done and any(one.unit == "s" for one in case.reading.numbers(soon))


def _stands(said: Span, right: Span, case: Case) -> bool:
    """The same words of order in the cited facts, with a word of what follows."""
    lower = case.reading.lower
    following = lower[right.start : right.end].split()[:2]
    return " ".join([lower[said.start : said.end], *following]).rstrip(".,") in case.lower


# ── clock times ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _clocked(case: Case) -> Iterator[str]:
    """`Priya's approval (at 08:00 UTC)`: the time beside an event is that event's."""
    blanked, last = case.reading.blanked, 0
    for quantity in (one for one in case.reading.quantities if one.unit == "clock"):
        cuts = [
            one.end()
            for one in _OPENS.finditer(blanked, last, quantity.span.start)
            if one.end() < quantity.span.start - 5
        ]
        before = Span(max(cuts, default=last), quantity.span.start)
        last = quantity.span.end
        if _OPENS_CLAUSE.search(blanked[: quantity.span.start]):
            end = _ENDS_CLAUSE.search(blanked, quantity.span.end)
            before = Span(quantity.span.end, end.start() if end else len(blanked))
        if _BOUND.search(blanked[before.start : before.end]) or quantity.bound:
            continue
        found = moments(before, case)
        if found and not any(0 <= int(one.at) % DAY - quantity.value < max(quantity.slack, 1) for one in found):
            yield f"{quantity.said} is not when that was"


# ── first and last ───────────────────────────────────────────────────────────────────────────────────────────────────


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
            who = reading.among(clause, TermKind.PERSON, TermKind.METRIC) or _meant(case, clause)
            if not deeds or not who:
                continue
            deeds |= {other for deed in deeds for other in IMPLIED.get(deed, ())}
            alike = [
                f
                for f in case.known.sheet.facts
                if f.at is not None and deeds & set(f.deeds) and f.kind in (FactKind.APPROVAL, FactKind.METRIC)
            ]
            edge = pick((fact.at or 0.0 for fact in alike), default=None)
            if match[0] in ("last", "latest") and Deed.ONSET in deeds and _is_told_first(case):
                yield f"its evidence says that it came first, and it says {match[0]!r}"
            at_edge = [fact for fact in alike if edge is not None and abs((fact.at or 0.0) - edge) < SAME_SECONDS]
            if alike and not all(any(supports(fact, one) for fact in at_edge) for one in who):
                yield f"its evidence does not say that it came {match[0]}"


def _meant(case: Case, clause: Span) -> tuple[Mention, ...]:
    """Whom `which broke first` means: the metrics of the clauses before it, where it has none."""
    return case.reading.among(Span(0, clause.start), TermKind.METRIC)


def _is_told_first(case: Case) -> bool:
    """A cited fact says what broke first."""
    return any(Deed.ONSET in fact.deeds and "first" in fact.words for fact in case.facts)


def _at_ends(case: Case) -> Iterator[str]:
    """`At first she held it, and …`, `at last it was …`: beside what the other clauses tell."""
    reading = case.reading
    for pattern, is_start in ((_AT_FIRST, True), (_AT_LAST, False)):
        for match in pattern.finditer(reading.blanked):
            here = reading.clause(match.start())
            if not reading.blanked[match.end() : here.end].strip(" ,"):
                here = reading.clause(min(here.end + 1, len(reading.blanked) - 1))
            own = moments(here, case)
            others = [one for span in reading.clauses if span != here for one in moments(span, case) if one not in own]
            if not own or not others:
                continue
            is_right = (
                any(precedes(one, other) for one in own for other in others)
                if is_start
                else any(precedes(other, one) for one in own for other in others)
            )
            if not is_right:
                yield f"its evidence does not say that it was {match[0]}"
