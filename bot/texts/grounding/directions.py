"""Whether what rose, fell, got worse or stayed did so, and whether a limit that was broken or kept really was.

The new version is what moves, beside its control or baseline; where the sentence makes the control its subject, the
direction is turned. The one thing to remember: without a reference in the cited facts nothing has a direction, and a
sentence that gives it one is refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.verdict import Outcome
from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.comparisons import compared
from bot.texts.grounding.comparisons import used_denials as compared_denials
from bot.texts.grounding.language import Span, denier, stem
from bot.texts.grounding.lexicon import (
    BETTER,
    BEYOND,
    CHANGED,
    CUES,
    DIRECTIONS,
    FASTER,
    INSIDE,
    SLOWER,
    STRONGLY,
    WORSE,
)
from bot.texts.sheet import Deed, Direction, Fact, FactKind, Role, TermKind

ALIKE = 1.25
"""Nearer to one another than this, two values may be called similar."""

OBJECT_MAX = 28
"""Characters behind `than` in which stands what is compared with."""

_BY_NUMBER = re.compile(r"(?: (?:by|about|around|roughly|nearly|almost|approximately|some|more|over|a|an))* \x01+")
"""How much, between a direction and what it is beside: `rose by 29 % against …`."""

_IS_OBJECT = re.compile(
    r"(?:\b(?:than|against|versus|vs\.?|compar(?:ed|ison) (?:with|to)|relative to|instead of|above|below|over|from|"
    r"beside|besides|next to|alongside|measured by)\b[^,;]*|"
    r"\x01 (?:the |its ))$"
)
"""Ends before a side that something is compared with, which is not what is spoken of."""

_FLOW = re.compile(r"\b(?:traffic|exposure|share|users|rollout|requests)\b")
_RANKED = re.compile(r"\b(?:rank\w*|list|suspects?|suspicion|suspicious)\b")
_LIMIT = re.compile(
    r"\b(?:limits?|thresholds?|bounds?|ceiling|target|budget|floors?|minimum|maximum|least|most|allowed|"
    r"permitted|allowance)\b"
)
_FLOOR = re.compile(r"\b(?:floors?|minimum|least)\b")
_UPWARDS = re.compile(r"above|over|beyond|past|higher than|more than|below|under|lower than|less than|short of")
"""Where something lies, and not whether that is allowed: above a floor is inside."""
_LIMIT_WAS = re.compile(r"\blimits?\b[^,;:]{0,24}\b(?:was|were|is|been) (?:not |never |all |both |each )*$")
_SIDE_AS_LIMIT = re.compile(
    r"\b(?:within|inside|exceed\w*|breach\w*) (?:its |the |their |any )?(?:control|canary|baseline)\b(?!'s)|"
    r"\b(?:control|canary|baseline)s? (?:was|were) (?:not |never )?(?:exceeded|broken|breached|kept|met)\b"
)
_METS = re.compile(r"\b(?:limit|criterion) met\b")
"""In the evidence of a step that was passed."""
_TOLERANCE = re.compile(r"\b(?:tolerance|tolerated|tolerable)\b")
_CONTROL = next(pattern for roles, pattern in CUES if roles == {Role.CONTROL})
_OLD = next(pattern for roles, pattern in CUES if roles == {Role.CONTROL, Role.BASELINE})
_BASELINE = next(pattern for roles, pattern in CUES if roles == {Role.BASELINE})
_CANARY = next(pattern for roles, pattern in CUES if roles == {Role.CANARY})
_PIVOT = re.compile(r"\b(?:than|against|versus|vs|compared|relative to|from|over|above|below|as)\b|[,:]|\x01")
_CONTRARY = {Direction.HIGHER: Direction.LOWER, Direction.LOWER: Direction.HIGHER, Direction.LEVEL: Direction.LEVEL}


@dataclass(frozen=True, slots=True)
class Course:
    """A word of direction in a sentence. `says` is a direction, or `worse`, `better`."""

    says: str
    span: Span
    is_denied: bool
    needs_seconds: bool = False


def faults(case: Case) -> Iterator[str]:
    for course in _courses(case):
        if not _holds(course, case):
            said = case.reading.lower[course.span.start : course.span.end]
            yield f"its evidence does not say {said!r}{' denied' if course.is_denied else ''}"
    yield from _limits(case)
    yield from compared(case)


def used_denials(case: Case) -> set[Span]:
    """The negations that were understood here."""
    reading, places = case.reading, [course.span.start for course in _courses(case)]
    places += [match.start() for pattern in (BEYOND, INSIDE) for match in pattern.finditer(reading.blanked)]
    within = {span for span in reading.deniers for course in _courses(case) if course.span.holds(span)}
    return (
        within
        | compared_denials(case)
        | {span for at in places if (span := denier(reading.blanked, at, reading.deniers))}
    )


def _courses(case: Case) -> Iterator[Course]:
    reading = case.reading
    table = [(direction.value, pattern, False) for direction, pattern in DIRECTIONS.items()]
    table += [
        ("changed", CHANGED, False),
        ("worse", WORSE, False),
        ("better", BETTER, False),
        ("worse", SLOWER, True),
        ("better", FASTER, True),
    ]
    for says, pattern, needs_seconds in table:
        for match in pattern.finditer(_unnumbered(case)):
            span = Span(*match.span())
            is_denied = denier(reading.blanked, span.start, reading.deniers) is not None
            yield Course(says, span, is_denied, needs_seconds)


def _unnumbered(case: Case) -> str:
    """Blanked but for `doubled` and its like, which are numbers and directions both."""
    blanked = case.reading.blanked
    for quantity in case.reading.quantities:
        if quantity.unit == "times" and quantity.said.isalpha() and quantity.said.endswith(("ed", "ing", "es")):
            blanked = blanked[: quantity.span.start] + quantity.said + blanked[quantity.span.end :]
    return blanked


def _holds(course: Course, case: Case) -> bool:
    said = case.reading.lower[course.span.start : course.span.end]
    clause = case.reading.clause(course.span.start)
    around = case.reading.blanked[clause.start : clause.end]
    metrics = case.reading.metrics_of(course.span.start)
    if case.is_suspicion and said in ("higher", "lower") and _RANKED.search(around):
        return True  # asked with the suspects
    if (case.reading.is_advice or re.search(r"\b(?:need\w*|wait\w*|until)\b", around)) and any(
        case.with_deed(Deed.UNDECIDED)
    ):
        return True  # `more traffic is needed`
    is_flow = bool(_FLOW.search(around) or (case.reading.among(clause, TermKind.VERSION) and _has_share(clause, case)))
    if is_flow and not case.reading.among(clause, TermKind.METRIC):
        return _flows(course, case)
    if case.is_foreign or not case.measured:
        return _is_written(said, course, case)
    facts = case.about(metrics)
    return bool(facts) and all(_is_so(course, fact, case) for fact in facts)


def _has_share(clause: Span, case: Case) -> bool:
    return any(one.unit == "share" for one in case.reading.numbers(clause))


def _flows(course: Course, case: Case) -> bool:
    """Traffic that grows or goes away: by what was reached, or returned."""
    back = list(case.with_deed(Deed.RESTORED, Deed.ROLLED_BACK, Deed.DRIFTED))
    there = list(case.with_deed(Deed.EXPOSED, Deed.WATCHED, Deed.DRIFTED))
    found = {Direction.HIGHER.value: there, Direction.LOWER.value: back}.get(course.says, [])
    return bool(found) and not course.is_denied


def _is_written(said: str, course: Course, case: Case) -> bool:
    """A word of the evidence itself; a change for speed may be called faster."""
    if course.is_denied:
        return False
    if stem(said) in case.stems or said in case.lower:
        return True
    is_perf = any(re.search(r"«?perf|\bfast|\bspeed|\bquick", text.quoted) for text in case.texts)
    is_fix = any(re.search(r"«?fix", text.quoted) for text in case.texts)
    if course.says == "better":
        return is_perf or (is_fix and not course.needs_seconds)
    return (
        said in ("more", "longer")
        and any(fact.kind is FactKind.CHANGE for fact in case.facts)
        and "no longer" in case.reading.blanked
    )


def _is_so(course: Course, fact: Fact, case: Case) -> bool:
    value, reference = amount(fact, Role.CANARY), amount(fact, Role.CONTROL, Role.BASELINE)
    if value is None or reference is None or fact.direction is None:
        return course.says == Direction.LEVEL.value and fact.outcome is Outcome.PASS and not course.is_denied
    if course.needs_seconds and not any(one.unit == "s" and one.role is Role.CANARY for one in fact.amounts):
        return False
    direction, is_worse, is_turned = fact.direction, fact.is_worse, _is_turned(course, case)
    if is_turned:
        direction, is_worse = _CONTRARY[direction], not is_worse
    level = bool(reference) and 1 / ALIKE <= value / reference <= ALIKE
    if direction is Direction.LEVEL:
        is_worse = None
    truths = {
        Direction.HIGHER.value: direction is Direction.HIGHER,
        Direction.LOWER.value: direction is Direction.LOWER,
        Direction.LEVEL.value: level and fact.outcome is not Outcome.FAIL,
        "changed": not level,
        "worse": is_worse is True,
        "better": is_worse is False,
    }
    bad = fact.direction if fact.is_worse else _CONTRARY[fact.direction]
    strongly = STRONGLY.search(case.reading.blanked[: course.span.start])
    if level and strongly and not course.is_denied:
        return False
    if course.says == Direction.LEVEL.value and _is_beside_itself(course, case):
        return False
    numbers = case.reading.numbers(case.reading.clause(course.span.start))
    if course.is_denied and level and not numbers and fact.outcome is Outcome.PASS and _is_neither(course, case):
        return True
    if course.is_denied and direction is Direction.LEVEL and course.says != Direction.LEVEL.value:
        return fact.outcome is not Outcome.FAIL
    if (
        course.is_denied
        and not numbers
        and not is_turned
        and fact.outcome is Outcome.PASS
        and (level or not fact.is_worse)
    ):
        return (
            course.says in ("worse", bad.value) and course.says != Direction.LEVEL.value
        )  # `no worse`, `did not rise`: not beyond noise
    return truths[course.says] is not course.is_denied


def _is_neither(course: Course, case: Case) -> bool:
    """`neither rose nor fell`: both contraries denied."""
    both = {Direction.HIGHER.value, Direction.LOWER.value}
    denied = {one.says for one in _courses(case) if one.is_denied}
    return course.says in both and both <= denied


def _is_beside_itself(course: Course, case: Case) -> bool:
    """`the same as on the canary`: the one that is compared, with no other."""
    behind = re.split(r"[,;:]", case.sided[course.span.end :])[0]
    return bool(_CANARY.search(behind)) and not any(one.search(case.sided) for one in (_CONTROL, _OLD, _BASELINE))


def _is_turned(course: Course, case: Case) -> bool:
    """Whether the control is what the direction is said of: `the control was higher`, `rose on the control`."""
    blanked, at = case.sided, course.span
    if course.says == Direction.LEVEL.value or blanked[: at.end].endswith(" from"):
        return False
    start = max((m.end() for m in re.finditer(r"[;]|\b(?:while|whereas|but)\b", blanked[: at.start])), default=0)
    before, behind = blanked[start : at.start], blanked[at.end :]
    lead = _BY_NUMBER.match(behind)
    pivot = _PIVOT.search(behind, lead.end() if lead else 0)
    if pivot and pivot[0].isalpha() and re.match(r"(?: (?:on|in|for|with|to|its|the))* ", behind[pivot.end() :]):
        other = behind[pivot.end() : pivot.end() + OBJECT_MAX]
        if (
            _CANARY.search(other)
            and not any(p.search(other) for p in (_CONTROL, _OLD, _BASELINE))
            and not _CANARY.search(before)
        ):
            return True
    beside = behind[: pivot.start()] if pivot else behind
    sides = [(m.start(), True) for p in (_CONTROL, _OLD, _BASELINE) for m in p.finditer(before)]
    sides += [(m.start(), False) for m in _CANARY.finditer(before)]
    own = [one for one in sides if not _IS_OBJECT.search(before[: one[0]])]
    if own and not any(re.search(p, beside) for p in (_CONTROL, _OLD, _BASELINE, _CANARY)):
        return max(own)[1]
    if re.search(r"\b(?:on|for|in) (?:the|its) ", beside):
        return any(p.search(beside) for p in (_CONTROL, _OLD, _BASELINE)) and not _CANARY.search(beside)
    return bool(own) and max(own)[1]


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _limits(case: Case) -> Iterator[str]:
    """`above its limit` needs a value above it, `within` one that is not."""
    reading = case.reading
    if _no_limit(reading.blanked):
        yield "it takes a side for a limit"
    for pattern, is_beyond in ((BEYOND, True), (INSIDE, False)):
        for match in pattern.finditer(reading.blanked):
            behind = re.split(
                r"[;]|, (?!its|their|the )|\b(?:while|whereas|but|because|and|so)\b", reading.blanked[match.end() :]
            )[0]
            denied = denier(reading.blanked, match.start(), reading.deniers) is not None
            limit = _LIMIT.search(behind)
            is_passive = _LIMIT_WAS.search(reading.blanked[: match.start()])
            is_pronoun = _UPWARDS.fullmatch(match[0]) and re.match(r" (?:it|them)\b", behind)
            if is_passive or is_pronoun or (limit and limit.start() <= OBJECT_MAX):
                facts = _limited(reading.metrics_of(match.start()), case)
                is_floor = bool(limit and _FLOOR.match(limit[0])) or all(_has_floor_alone(fact) for fact in facts)
                turned = is_floor and _UPWARDS.fullmatch(match[0]) is not None
                wants = is_beyond is not (denied is not turned)
                if not facts and wants is False and _METS.search(case.lower):
                    continue
                if not facts or any(_is_beyond(fact, case, match.start()) is not wants for fact in facts):
                    yield f"its evidence does not say that the limit was {'broken' if wants else 'kept'}"
            elif _TOLERANCE.search(behind):
                wants = is_beyond is not denied
                facts = case.about(reading.metrics_of(match.start()))
                if not facts or any(_is_intolerable(fact) is not wants for fact in facts):
                    yield "its evidence does not say that of its tolerance"


def _no_limit(blanked: str) -> bool:
    """A side that is no limit is broken or kept like one: `within its control`."""
    return bool(_SIDE_AS_LIMIT.search(blanked))


def _limited(metrics: frozenset[str], case: Case) -> tuple[Fact, ...]:
    """The cited measurements of these metrics; where none is named, of those that have a limit."""
    facts = case.about(metrics)
    has_limit = [any(one.role in (Role.LIMIT, Role.FLOOR) for one in fact.amounts) for fact in facts]
    return facts if metrics else tuple(fact for fact, has in zip(facts, has_limit, strict=True) if has)


def _has_floor_alone(fact: Fact) -> bool:
    return amount(fact, Role.FLOOR) is not None and amount(fact, Role.LIMIT) is None


def _is_beyond(fact: Fact, case: Case, at: int) -> bool | None:
    """None: the fact has no limit, so nothing can be said of it."""
    before = case.reading.blanked[:at]
    on_control = bool(_CONTROL.search(before)) and not _CANARY.search(before)
    value = amount(fact, Role.CONTROL, Role.BASELINE) if on_control else amount(fact, Role.CANARY)
    most, least = amount(fact, Role.LIMIT), amount(fact, Role.FLOOR)
    if value is None or (most is None and least is None):
        return None
    return (most is not None and value > most) or (least is not None and value < least)


def _is_intolerable(fact: Fact) -> bool | None:
    ratio, allowed = amount(fact, Role.RATIO), amount(fact, Role.TOLERATED)
    if ratio is None or allowed is None:
        return None
    return ratio > allowed if allowed > 1 else ratio < allowed
