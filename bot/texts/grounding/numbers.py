"""Whether each number in a sentence is in its evidence, and is said there of the same metric, side and thing.

`matching` finds the amounts that a number may mean, `sides` and `shares` ask whether it is said of one of them. The one
thing to remember: a number that is right and stands in the wrong place is the most believable mistake there is.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.texts.grounding.case import Case
from bot.texts.grounding.language import stem, words
from bot.texts.grounding.lexicon import CUES, DIRECTIONS
from bot.texts.grounding.licences import GRAMMAR_STEMS
from bot.texts.grounding.matching import Candidate, How, candidates
from bot.texts.grounding.quantities import HEDGES, PARTS, Quantity
from bot.texts.grounding.reading import Mention
from bot.texts.grounding.shares import NEAR, is_counted, is_exposure, is_gap, is_lasting, is_relative
from bot.texts.grounding.sides import is_of_itself, is_side, roles_beside
from bot.texts.sheet import Deed, Direction, Role, TermKind

_OF_METRIC = frozenset(
    {Role.CANARY, Role.CONTROL, Role.BASELINE, Role.LIMIT, Role.FLOOR, Role.TOLERATED, Role.RATIO, Role.LOW, Role.HIGH}
)
MEASURED_ON = frozenset({Role.CANARY, Role.CONTROL, Role.BASELINE})
_COUNTED_OR_MEASURED = _OF_METRIC | {Role.HITS, Role.COUNT, Role.NEEDED}
_OF_PEOPLE = re.compile(
    r" (?:of (?:all |the |its )?)?(?:users|customers|visitors|shoppers|people|clients|servers|hosts|machines)\b"
)
_OF_REFERENCE = re.compile(r" (?:of|as)\b[^,;:]{0,40}\b(?:control|baseline|reference|old|previous)\b")
"""Behind a part: `a third of what it was on the control`."""
_FELL_TO = re.compile(
    rf"\b(?:fell|sank|dropped|collapsed|shrank|went down|declined|slumped|tumbled|plummeted|(?:was|were) (?:cut|"
    rf"reduced)|down) to (?:only |just |a mere )?(?:{HEDGES} )?$"
)
"""Before a part of what it was before: `fell to a third`."""
_OF_SIDE = re.compile(
    r" (?:of|as) (?!the traffic|traffic|all|users|requests)[^,;:]{0,40}\b(?:control|baseline|canary|new|old|"
    r"previous|value|level|what|that)\b"
)


def faults(case: Case) -> Iterator[str]:
    for quantity in case.reading.quantities:
        if quantity.unit == "elsewhere":
            yield f"{quantity.said} is in no time zone of the evidence"
            continue
        if _is_order(quantity, case):
            continue
        found = candidates(quantity, case)
        if not found:
            yield f"{quantity.said} is not in its evidence"
        elif not any(_fits(quantity, one, case) for one in found):
            yield f"{quantity.said} is said of something else in its evidence"
    yield from _pairs(case)


def _is_order(quantity: Quantity, case: Case) -> bool:
    """`first` as in `broke first`: what comes first is asked elsewhere. A suspect's rank is a number."""
    behind = case.reading.lower[quantity.span.end : quantity.span.end + 24]
    return (
        quantity.unit == "ordinal"
        and not re.match(r"(?: \w+)? (?:suspect|candidate|concern)", behind)
        and quantity.said.isalpha()
    )


def _fits(quantity: Quantity, one: Candidate, case: Case) -> bool:
    behind = case.reading.blanked[quantity.span.end :]
    if one.amount.role in _COUNTED_OR_MEASURED and _OF_PEOPLE.match(behind):
        return False  # of requests, and not of those who made them
    if one.amount.role in _OF_METRIC and one.how is not How.QUOTED and not _is_of_metric(quantity, one, case):
        return False
    match one.how:
        case How.QUOTED:
            return not _is_on_a_side(quantity, case) and _is_beside_its_words(quantity, one, case)
        case How.COUNTED | How.BETWEEN:
            return True
        case How.OF_REFERENCE:
            is_of_it = _OF_REFERENCE.match(case.sided[quantity.span.end :]) or _FELL_TO.search(
                case.reading.blanked[: quantity.span.start]
            )
            return not is_of_itself(quantity, case) and bool(is_of_it)
        case How.RELATIVE:
            return not is_of_itself(quantity, case) and (is_relative(quantity, case) or quantity.unit == "points")
        case How.POINTS:
            is_apart = quantity.unit == "points" or (not quantity.is_range and is_gap(quantity, case))
            return not is_of_itself(quantity, case) and (is_relative(quantity, case) or is_apart)
        case _:
            return _is_stated(quantity, one, case)


def _is_stated(quantity: Quantity, one: Candidate, case: Case) -> bool:
    """Of an amount as it stands in its fact."""
    if quantity.said in PARTS and _OF_SIDE.match(case.sided[quantity.span.end :]):
        return False  # `a third of the control's` is no third
    if quantity.unit == "share" and is_relative(quantity, case) and one.amount.role is not Role.EXPOSURE:
        return False  # `rose by 6 %` is not `rose to 6 %`
    match one.amount.role:
        case Role.EXPOSURE if one.amount.of == "full":
            return not quantity.said[0].isdigit()  # `full exposure`, and not `100 % held back`
        case Role.EXPOSURE if one.amount.of == "holdback":
            return Role.CANARY not in roles_beside(quantity, case)
        case Role.EXPOSURE:
            return is_exposure(quantity, case)
        case Role.DURATION:
            return is_lasting(quantity, one, case)
        case Role.COUNT | Role.HITS | Role.NEEDED if not quantity.unit:
            return is_counted(quantity, one, case)
        case Role.TIME:
            return True
        case Role.RANK:
            return quantity.unit == "ordinal" or _is_numbered(quantity, one, case)
        case _:
            return is_side(quantity, one, case)


def _is_numbered(quantity: Quantity, one: Candidate, case: Case) -> bool:
    """`suspect 1`, `number 2`."""
    before = case.reading.lower[: quantity.span.start]
    return bool(re.search(rf"\b(?:number|no\.|rank\w*|{one.amount.of}) $", before))


def _is_on_a_side(quantity: Quantity, case: Case) -> bool:
    """What was measured on a canary is told by a measurement, and by nobody's words."""
    clause = case.reading.clause(quantity.span.start)
    beside = case.reading.blanked[clause.start : clause.end]
    found = [m[0] for roles, pattern in CUES if roles <= MEASURED_ON for m in pattern.finditer(beside)]
    return bool(found) and bool(case.reading.among(clause, TermKind.METRIC))


def _is_beside_its_words(quantity: Quantity, one: Candidate, case: Case) -> bool:
    """A quotation's number needs other words of it, in a sentence about something measured."""
    fact = one.fact
    assert fact is not None, "a quoted number has the fact that quotes it"
    near = case.reading.blanked[max(0, quantity.span.start - NEAR) : quantity.span.end + NEAR]
    stems = {stem(found[0]) for found in words(near)} - GRAMMAR_STEMS
    return not stems or bool(case.known.texts[fact.number].quoted_stems & stems)


def _is_of_metric(quantity: Quantity, one: Candidate, case: Case) -> bool:
    """The metric that the sentence speaks of beside this number is this amount's."""
    named = _metrics_beside(quantity, case)
    return not named or one.amount.of in named


def _metrics_beside(quantity: Quantity, case: Case) -> frozenset[str]:
    """The nearest metric before the number, or its fellow in a list; else the nearest one behind it."""
    mentions = [one for one in case.reading.mentions if one.kind is TermKind.METRIC and one.texts]
    before = [one for one in mentions if one.span.end <= quantity.span.start]
    if not before:
        return mentions[0].texts if mentions else frozenset()
    run = [before[-1]]
    for one in reversed(before[:-1]):
        between = case.reading.blanked[one.span.end : run[0].span.start]
        if not re.fullmatch(r"(?:,? and | as well as |, | rate and )(?:the )?", between):
            break
        run.insert(0, one)
    behind = [
        q
        for q in case.reading.quantities
        if (q.span.start >= run[-1].span.end and q.unit == quantity.unit) or q is quantity
    ]
    since = [q for q in case.reading.quantities if q.span.start >= run[-1].span.end and _is_listed(q, case)]
    if len(run) > 1 and quantity in since and len(since) == len(run):
        return run[since.index(quantity)].texts
    if len(run) > 1 and behind:
        return frozenset[str]().union(*(one.texts for one in run))
    return _fellow(quantity, mentions, case) or run[-1].texts


def _fellow(quantity: Quantity, mentions: list[Mention], case: Case) -> frozenset[str]:
    """`…, within their limits of 2 % and 500 ms`: as many numbers as metrics, each for its own."""
    if not _is_listed(quantity, case):
        return frozenset()
    numbers = [one for one in case.reading.quantities if _is_listed(one, case)]
    fellows = [one for one in numbers if abs(numbers.index(one) - numbers.index(quantity)) <= 1]
    before = [one for one in mentions if one.span.end <= fellows[0].span.start]
    if len(before) != len(fellows) or not re.search(r"\b(?:their|both|respective)\b", case.reading.lower):
        return frozenset()
    return before[fellows.index(quantity)].texts


def _is_listed(quantity: Quantity, case: Case) -> bool:
    """One of `6.1 % and 720 ms`: with nothing but `and` beside it on one side."""
    blanked = case.reading.blanked
    return bool(
        re.match(r"(?:,)? and (?:to )?\x01", blanked[quantity.span.end :])
        or re.search(r"\x01,? and (?:to )?$", blanked[: quantity.span.start])
    )


def _pairs(case: Case) -> Iterator[str]:
    """`from 25 % to 10 %` of the traffic: the way up goes up, unless it is the way back."""
    both = case.reading.quantities
    back = list(case.with_deed(Deed.RESTORED, Deed.ROLLED_BACK))
    for first, then in pairwise(both):
        between = case.reading.blanked[first.span.end : then.span.start]
        is_listed = re.fullmatch(r",? (?:and |then |to |later |at )*", between) and first.unit == then.unit == "share"
        if is_listed and not case.measured and (then.value == first.value or (then.value < first.value and not back)):
            yield f"{first.said}, {then.said} is the other way"
        if first.is_range == "from" and then.is_range == "to" and first.unit == then.unit:
            between = case.reading.blanked[: first.span.start]
            up = DIRECTIONS[Direction.HIGHER].search(between)
            down = DIRECTIONS[Direction.LOWER].search(between)
            if (
                (up and first.value > then.value)
                or (down and not up and first.value < then.value)
                or (first.value > then.value and not down and not case.measured and not back)
            ):
                yield f"from {first.said} to {then.said} is the other way"
