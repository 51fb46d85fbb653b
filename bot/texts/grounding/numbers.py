"""Whether each number in a sentence is in its evidence, and is said there of the same metric, side and thing.

A number has to be the new version's unless the words beside it say otherwise: `on its control`, `limit`, `tolerated`,
`against`. The nearest such word counts, and nothing across a comma or a conjunction. The one thing to remember: a
number that is right and stands in the wrong place is the most believable mistake there is.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.language import Span, denier, stem, words
from bot.texts.grounding.lexicon import BEYOND, COMPARING, CUES, DEEDS, DIRECTIONS, INSIDE, LASTING
from bot.texts.grounding.licences import GRAMMAR_STEMS
from bot.texts.grounding.matching import Candidate, How, candidates
from bot.texts.grounding.quantities import HEDGES, PARTS, Quantity
from bot.texts.grounding.reading import NUMBER, Mention
from bot.texts.sheet import Deed, Direction, FactKind, Role, TermKind

_OWN = frozenset({Role.CANARY, Role.RATIO, Role.HITS, Role.COUNT, Role.DURATION, Role.EXPOSURE, Role.TIME, Role.RANK})
"""Parts that a number may play with no word beside it that says so."""

_OF_METRIC = frozenset(
    {Role.CANARY, Role.CONTROL, Role.BASELINE, Role.LIMIT, Role.FLOOR, Role.TOLERATED, Role.RATIO, Role.LOW, Role.HIGH}
)
_COUNTED_OR_MEASURED = _OF_METRIC | {Role.HITS, Role.COUNT, Role.NEEDED}
_OF_PEOPLE = re.compile(
    r" (?:of (?:all |the |its )?)?(?:users|customers|visitors|shoppers|people|clients|servers|hosts|machines)\b"
)
_REFERENCES = frozenset({Role.CONTROL, Role.BASELINE})
_WALL = re.compile(
    r"[,;:()]|\b(?:while|whereas|but|and|against|versus|vs|compared|than|from|to|with|though|because|so|after|"
    r"before|which)\b|\x01"
)
"""What a word beside a number does not reach across."""
_APPOSITION = re.compile(r"^\s?, (?:which is )?(?:its|their|the) (?:own )?(limit|threshold|control|baseline)")
_TRAFFIC = re.compile(
    r"\b(?:traffic|exposure|exposed|step|users|rollout|stage|customers|visitors|share of|ramp|promot\w*|held back|"
    r"holdback)\b"
)
_BY = re.compile(
    rf"\b(?:(?:increase|rise|drop|decrease|growth|jump|fall|decline|difference) of|by|up|down|another|additional|some)\s*(?:{HEDGES}\s*)?$|[+]\s*$"
)
_MORE_BEHIND = re.compile(
    r"^\s*(?:more|higher|lower|fewer|less|slower|faster|worse|better|increase|decrease|rise|drop|jump|growth|above|"
    r"below|longer|shorter)\b"
)
_ROSE_BEFORE = re.compile(r"\b(?:rose|fell|increased|decreased|grew|dropped|climbed|jumped|slowed)\s*$")
_OF_REFERENCE = re.compile(r" (?:of|as)\b[^,;:]{0,40}\b(?:control|baseline|reference|old|previous)\b")
"""Behind a part: `a third of what it was on the control`."""
_MULTIPLE_OF = re.compile(
    r" (?:as \w+ (?:\w+ )?as|the|that|what|of|its|above|over|below|under|higher than|lower than|more than|less than)\b[^\x01]*$"
)
"""Between a multiple and the side that it is a multiple of."""
_OF_SIDE = re.compile(
    r" (?:of|as) (?!the traffic|traffic|all|users|requests)[^,;:]{0,40}\b(?:control|baseline|canary|new|old|previous|value|level|what|that)\b"
)
_GAP = re.compile(
    r"\b(?:differences?|gap|apart|more|less|fewer|higher|lower|longer|shorter|slower|faster|extra|added|by)\b"
)
_OF_WHOLE = re.compile(
    rf" (?:(?:out )?of|in) (?:the |its |their |all )?(?:{HEDGES} )?\x01+(?P<needed> (?:\w+ )?(?:needed|required|it needs))?"
)
_LIES = re.compile(
    r"\b(?:is|was|were|lies|lay|stood) (?:\w+ )?(?:over|above|below|under|beyond|past|outside|within|inside)\b"
)
_UNTIL = re.compile(r"\b(?:until|till)\b[^,;]*$")
_COMPARED = re.compile(r"\b(?:than|against|versus|vs)\b[^,;:]*$")
"""Ends before a side that something is compared with."""

_LABEL_END = re.compile(rf"[ (:,]*(?:{HEDGES}[ ]*)?$")
"""What may stand between a word and the number that it is the label of."""

NEAR = 24
"""Characters on each side of a quoted number in which other words of the quotation stand."""

_PROOF = frozenset({Role.EVIDENCE, Role.NEEDED})
_SIDES = frozenset({Role.CANARY, Role.CONTROL, Role.BASELINE})


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


# ── of what ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _fits(quantity: Quantity, one: Candidate, case: Case) -> bool:
    if one.how is How.QUOTED:
        return _is_beside_its_words(quantity, one, case)
    if one.how in (How.COUNTED, How.BETWEEN):
        return True
    if one.amount.role in _COUNTED_OR_MEASURED and _OF_PEOPLE.match(case.reading.blanked[quantity.span.end :]):
        return False  # of requests, and not of those who made them
    if one.amount.role in _OF_METRIC and not _is_of_metric(quantity, one, case):
        return False
    if one.how is How.OF_REFERENCE:
        return not _is_of_itself(quantity, case) and bool(_OF_REFERENCE.match(case.sided[quantity.span.end :]))
    if one.how in (How.RELATIVE, How.POINTS):
        is_apart = quantity.unit == "points" or (
            one.how is How.POINTS and not quantity.is_range and _is_gap(quantity, case)
        )
        return not _is_of_itself(quantity, case) and (_is_relative(quantity, case) or is_apart)
    if quantity.said in PARTS and _OF_SIDE.match(case.sided[quantity.span.end :]):
        return False  # `a third of the control's` is no third
    if quantity.unit == "share" and _is_relative(quantity, case) and one.amount.role is not Role.EXPOSURE:
        return False  # `rose by 6 %` is not `rose to 6 %`
    match one.amount.role:
        case Role.EXPOSURE if one.amount.of == "full":
            return not quantity.said[0].isdigit()  # `full exposure`, and not `100 % held back`
        case Role.EXPOSURE if one.amount.of == "holdback":
            return Role.CANARY not in roles_beside(quantity, case)
        case Role.EXPOSURE:
            return _is_exposure(quantity, case)
        case Role.DURATION:
            return _is_lasting(quantity, one, case)
        case Role.COUNT | Role.HITS | Role.NEEDED if not quantity.unit:
            return _is_counted(quantity, one, case)
        case Role.TIME:
            return True
        case Role.RANK:
            before = case.reading.lower[: quantity.span.start]
            return quantity.unit == "ordinal" or bool(
                re.search(rf"\b(?:number|no\.|rank\w*|{one.amount.of}) $", before)
            )
        case _:
            return _is_side(quantity, one, case)


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


# ── on which side ────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_side(quantity: Quantity, one: Candidate, case: Case) -> bool:
    role, cued = one.amount.role, roles_beside(quantity, case)
    if one.how is How.OF_LIMIT:
        by = re.search(r"\b(?:limit|threshold|maximum)\w* by $", case.reading.blanked[: quantity.span.start])
        return bool(
            by
            or re.match(
                r"[^,;]{0,24}\b(?:limit|threshold|allowed|ceiling|bound|maximum)",
                case.reading.blanked[quantity.span.end :],
            )
        )
    if role in (Role.LOW, Role.HIGH):
        return _is_end(quantity, role, cued)
    if role is Role.RATIO and _is_of_itself(quantity, case):
        return False
    if quantity.is_range in ("low", "high") and quantity.unit == "times":
        return False
    if role is Role.RATIO:
        return not cued & {Role.TOLERATED, Role.LIMIT, Role.FLOOR} or bool(cued & _SIDES)
    if role in (Role.EVIDENCE, Role.NEEDED):
        return role in cued or (role is Role.EVIDENCE and not cued) or quantity.unit == "nats"
    if quantity.is_range == "from":
        return role in (cued or _REFERENCES)
    if quantity.is_range == "to":
        return role in (cued or {Role.CANARY})
    if cued:
        return role in cued
    if COMPARING.search(case.reading.blanked[: quantity.span.start].replace(NUMBER, "0")):
        return role in _REFERENCES
    if role is Role.LIMIT and re.search(r"\x01 of (?:its |the |a )?$", case.reading.blanked[: quantity.span.start]):
        return True  # `118 MB of 400 MB`
    if quantity.bound and role in (Role.LIMIT, Role.FLOOR):
        said = case.reading.blanked[: quantity.span.start]
        if role is Role.LIMIT and (value := _canary(one)) is not None:
            is_denied = denier(case.reading.blanked, quantity.span.start, case.reading.deniers) is not None
            return (value > one.amount.value) is ((quantity.bound == ">") is not is_denied)
        return bool(re.search(r"\bat least $" if role is Role.FLOOR else r"\b(?:at most|up to|no more than) $", said))
    return role in _OWN


def _canary(one: Candidate) -> float | None:
    return amount(one.fact, Role.CANARY) if one.fact is not None else None


def _is_of_itself(quantity: Quantity, case: Case) -> bool:
    """A multiple of what it is a multiple of: `four times the canary's`, `on the control … times its control`."""
    blanked = case.sided
    sides = sorted(
        (match.start(), roles == {Role.CANARY})
        for roles, pattern in CUES
        if roles <= _SIDES
        for match in pattern.finditer(blanked)
    )
    behind = [one for one in sides if one[0] >= quantity.span.end]
    wall = re.search(r"[,;:]", blanked[quantity.span.end :])
    end = quantity.span.end + wall.start() if wall else len(blanked)
    is_object = bool(behind) and behind[0][0] < end and not _COMPARED.search(blanked[: quantity.span.start])
    if is_object and behind[0][1] and _MULTIPLE_OF.match(blanked[quantity.span.end : behind[0][0]]):
        return True
    whose = [is_canary for _at, is_canary in sides]
    return len(whose) > 1 and len(set(whose)) == 1 and quantity.unit in ("times", "share")


def _is_end(quantity: Quantity, role: Role, cued: frozenset[Role]) -> bool:
    if quantity.is_range:
        return {"from": "low", "to": "high"}.get(quantity.is_range, quantity.is_range) == role.value
    return role in cued or quantity.bound == (">" if role is Role.LOW else "<")


def roles_beside(quantity: Quantity, case: Case) -> frozenset[Role]:
    """The parts that the nearest word beside a number gives it; none where no word does."""
    blanked = case.sided
    left, right = _left(blanked, quantity.span), _right(blanked, quantity.span)
    best: tuple[int, frozenset[Role]] | None = None
    for roles, pattern in CUES:
        if roles <= _PROOF and quantity.unit in ("share", "s", "bytes", "times"):
            continue  # `the canary needed 720 ms`
        for match in pattern.finditer(blanked, *left):
            best = _nearer(best, _words(blanked[match.end() : quantity.span.start]), roles)
        behind = pattern.search(blanked, *right)
        if behind and not _lies_between(blanked[quantity.span.end : behind.start()]):
            best = _nearer(best, _words(blanked[quantity.span.end : behind.start()]), roles)
    if best is None and (found := _APPOSITION.match(blanked[quantity.span.end :])):
        return next(roles for roles, pattern in CUES if pattern.search(found[1]))
    if best is None and re.search(r"\x01 and $", blanked[: quantity.span.start]):
        return roles_beside(_before(quantity, case), case)
    return best[1] if best is not None else _opening(blanked, quantity, case)


def _lies_between(between: str) -> bool:
    """`720 ms is over the limit` labels nothing."""
    return bool(_LIES.search(between))


def _before(quantity: Quantity, case: Case) -> Quantity:
    """The number before this one."""
    return max((one for one in case.reading.quantities if one.span.end < quantity.span.start), key=lambda q: q.span.end)


def _nearer(
    best: tuple[int, frozenset[Role]] | None, distance: int, roles: frozenset[Role]
) -> tuple[int, frozenset[Role]]:
    return (distance, roles) if best is None or distance < best[0] else best


def _words(between: str) -> int:
    return len(
        [word for word in between.split() if word not in ("the", "its", "their", "a", "on", "of", "at", "for", "in")]
    )


def _left(blanked: str, span: Span) -> tuple[int, int]:
    """From the wall before a number to the number; a bracket or a colon just before it is no wall."""
    end = len(_LABEL_END.sub("", blanked[: span.start]))
    walls = [*_WALL.finditer(blanked, 0, end)]
    start = walls[-1].end() if walls else 0
    if ":" in blanked[end : span.start] and (BEYOND.search(blanked, start, end) or INSIDE.search(blanked, start, end)):
        return span.start, span.start  # `under its limit: 118 MB` is no label either
    if walls and ":" in blanked[end : span.start] and walls[-1][0] in ("than", "against", "versus", "vs"):
        return span.start, span.start  # `more than the old one: 6.1 %` is no label
    if walls and ":" in blanked[end : span.start] and walls[-1][0] == NUMBER:
        return span.start, span.start  # `a third of the control's: 10.7 %` is none either
    return start, span.start


def _right(blanked: str, span: Span) -> tuple[int, int]:
    wall = _WALL.search(blanked, span.end)
    return span.end, wall.start() if wall else len(blanked)


def _opening(blanked: str, quantity: Quantity, case: Case) -> frozenset[Role]:
    """`On the control, errors were …`: a side that opened the sentence holds until another number."""
    start = max((q.span.end for q in case.reading.quantities if q.span.end <= quantity.span.start), default=0)
    before = blanked[start : quantity.span.start]
    if start and not re.search(r"[;]|\b(?:while|whereas|but)\b", before):
        return frozenset()
    found = [
        (match.start(), roles)
        for roles, pattern in CUES
        if roles <= _SIDES
        for match in pattern.finditer(before)
        if not _COMPARED.search(before[: match.start()])
    ]
    if COMPARING.search(before.replace(NUMBER, "0")):
        return frozenset()
    return max(found, key=lambda one: one[0])[1] if found else frozenset()


# ── shares, durations, counts ────────────────────────────────────────────────────────────────────────────────────────


def _is_gap(quantity: Quantity, case: Case) -> bool:
    blanked = case.reading.blanked
    around = blanked[max(0, quantity.span.start - NEAR) : quantity.span.end + NEAR]
    return bool(_GAP.search(around))


def _is_relative(quantity: Quantity, case: Case) -> bool:
    blanked = case.reading.blanked
    before, behind = blanked[: quantity.span.start], blanked[quantity.span.end :]
    return quantity.is_signed or bool(_BY.search(before) or _MORE_BEHIND.match(behind) or _ROSE_BEFORE.search(before))


def _is_exposure(quantity: Quantity, case: Case) -> bool:
    """Said of traffic: a word for it beside the number, or a place in the rollout with no metric in between."""
    blanked, clause = case.reading.blanked, case.reading.clause(quantity.span.start)
    start = max([clause.start, *(q.span.end for q in case.reading.quantities if q.span.end <= quantity.span.start)])
    wall = _WALL.search(blanked, quantity.span.end)
    if _TRAFFIC.search(blanked, start, wall.start() if wall else len(blanked)):
        return True
    if _is_relative(quantity, case) or re.match(r" (?:of )?(?:the )?\x07", blanked[quantity.span.end :]):
        return False
    if len(case.measured) == len(case.facts) and not re.search(r"\b(?:at|of) $", blanked[: quantity.span.start]):
        return False  # where a metric was measured
    mentions = [
        one for one in case.reading.mentions if one.kind is TermKind.METRIC and one.span.end <= quantity.span.start
    ]
    if not mentions:
        return True
    between = blanked[mentions[-1].span.end : quantity.span.start]
    return NUMBER in between or any(
        DEEDS[told.deed].search(between) for told in case.reading.deeds if told.deed is not Deed.EXPOSED
    )


def _is_lasting(quantity: Quantity, one: Candidate, case: Case) -> bool:
    """A time to detect is not a time to return."""
    if one.amount.of == "detection" and _SINCE_DECISION.search(
        re.split(r"[,;\x01]", case.reading.blanked[quantity.span.end :])[0]
    ):
        return False
    words = case.reading.blanked
    near: list[tuple[int, str]] = []
    for what, pattern in LASTING.items():
        for match in pattern.finditer(words):
            gap = words[match.end() : quantity.span.start] or words[quantity.span.end : match.start()]
            near.append((len(gap) + (200 if _WALL_OF_TIMES.search(gap) else 0), what))
    if one.amount.of not in LASTING or not near:
        return one.amount.of not in LASTING or len({a.of for _f, a in case.amounts if a.role is Role.DURATION}) == 1
    near.sort()
    wanted = near[0][1]
    return one.amount.of == wanted or (
        wanted == "return" and one.amount.of == "detection" and _is_after_onset(words, quantity)
    )


_SINCE_DECISION = re.compile(r"\b(?:from|since|after|between) (?:the )?deci(?:sion|ded)\b")
_WALL_OF_TIMES = re.compile(r"[,;]|\band\b|\x01")


def _is_after_onset(words: str, quantity: Quantity) -> bool:
    return bool(re.match(r"[^,;]{0,12}(?:after|since|from) (?:the )?onset", words[quantity.span.end :]))


def _is_counted(quantity: Quantity, one: Candidate, case: Case) -> bool:
    behind = case.reading.blanked[quantity.span.end :]
    of_metric = one.fact is not None and one.fact.kind is FactKind.METRIC
    if of_metric and roles_beside(quantity, case) & _REFERENCES:
        return False  # only the new version's are counted
    if of := _OF_WHOLE.match(behind):
        return one.amount.role is (Role.COUNT if of["needed"] else Role.HITS)
    if one.amount.role is Role.HITS:
        before = case.reading.blanked[: quantity.span.start]
        is_part = re.search(r"\b(?:of which|of these|of them|of those)(?: \w+)? $", before)
        return bool(is_part or re.match(r" (?:\w+ )?(?:requests|events|failures|errors|\x07|of)", behind))
    if one.amount.role is Role.NEEDED:
        before = case.reading.blanked[: quantity.span.start]
        return Role.NEEDED in roles_beside(quantity, case) or bool(_UNTIL.search(before))
    if one.amount.of == "suspects":
        return _is_of_suspects(quantity, case)
    if of_metric and case.with_deed(Deed.UNDECIDED) and re.match(r" (?:so far|yet|up to now)", behind):
        return True
    if one.amount.role is Role.COUNT and re.search(
        rf"\x01 (?:out )?of (?:the |all )?(?:{HEDGES} )?$", case.reading.blanked[: quantity.span.start]
    ):
        return True
    nouns = [word.strip(".,;()") for word in behind.split()[:4]]
    want = one.amount.of.rstrip("s")
    if re.search(rf"\b{want}s?\b[^,;]*(?: (?:is|are|was|were)|:) $", case.reading.blanked[: quantity.span.start]):
        return True
    if want in ("change", "step", "suspect", "request", "event", "look", "file"):
        alike = {"change": ("change", "commit", "pull", "pr"), "step": ("step", "stage")}.get(want, (want,))
        return (
            any(noun.startswith(alike) for noun in nouns)
            or "\x03" in behind[:8]
            or (want in ("request", "event") and "\x07" in behind[:3])
        )
    return not any(noun.startswith(("change", "request", "event", "look", "file", "step")) for noun in nouns)


def _is_of_suspects(quantity: Quantity, case: Case) -> bool:
    """`2 suspects`, `suspect 1 of 2`, `the first suspect of 2`."""
    before, behind = case.reading.blanked[: quantity.span.start], case.reading.blanked[quantity.span.end :]
    return bool(re.match(r" (?:suspect|candidate)", behind) or re.search(r"\bof (?:the )?$", before))


# ── pairs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


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
