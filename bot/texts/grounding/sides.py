"""On which side a number stands: the new version's own, its control's, a limit's, an end of an interval.

A number has to be the new version's unless the words beside it say otherwise: `on its control`, `limit`, `tolerated`,
`against`. The one thing to remember: the nearest such word counts, and nothing across a comma or a conjunction.
"""

import re

from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.language import Span, denier
from bot.texts.grounding.lexicon import BEYOND, COMPARING, CUES, INSIDE
from bot.texts.grounding.matching import Candidate, How
from bot.texts.grounding.quantities import HEDGES, Quantity
from bot.texts.grounding.reading import NUMBER
from bot.texts.sheet import Role

_OWN = frozenset({Role.CANARY, Role.RATIO, Role.HITS, Role.COUNT, Role.DURATION, Role.EXPOSURE, Role.TIME, Role.RANK})
"""Parts that a number may play with no word beside it that says so."""
REFERENCES = frozenset({Role.CONTROL, Role.BASELINE})
WALL = re.compile(
    r"[,;:()]|\b(?:while|whereas|but|and|against|versus|vs|compared|than|from|to|with|though|because|so|after|"
    r"before|which)\b|\x01"
)
"""What a word beside a number does not reach across."""
_APPOSITION = re.compile(r"^\s?, (?:which is )?(?:its|their|the) (?:own )?(limit|threshold|control|baseline)")
_MULTIPLE_OF = re.compile(
    r" (?:as \w+ (?:\w+ )?as|the|that|what|of|its|above|over|below|under|higher than|lower than|more than|"
    r"less than|against|versus|vs|compared (?:with|to)|relative to)\b[^\x01]*$"
)
"""Between a multiple and the side that it is a multiple of."""
_LIES = re.compile(
    r"\b(?:is|was|were|lies|lay|stood) (?:\w+ )?(?:over|above|below|under|beyond|past|outside|within|inside)\b"
)
_COMPARED = re.compile(r"\b(?:than|against|versus|vs)\b[^,;:]*$")
"""Ends before a side that something is compared with."""
_LABEL_END = re.compile(rf"[ (:,]*(?:{HEDGES}[ ]*)?$")
"""What may stand between a word and the number that it is the label of."""
_PROOF = frozenset({Role.EVIDENCE, Role.NEEDED})
_LIMIT_BY = re.compile(r"\b(?:limit|threshold|maximum)\w* by $")
_TO_CLEAR = re.compile(r"[^,;]{0,24}\bto (?:pass|clear|acquit|absolve|keep|spare|accept)\b")
"""What a measure of evidence against something is not needed for."""
_OF_LIMIT = re.compile(r"[^,;]{0,24}\b(?:limit|threshold|allowed|ceiling|bound|maximum)")
_OF_ALL = re.compile(r"\x01 of (?:its |the |a )?$")
_AT_LEAST = re.compile(r"\bat least $")
_AT_MOST = re.compile(r"\b(?:at most|up to|no more than) $")
_SIDES = frozenset({Role.CANARY, Role.CONTROL, Role.BASELINE})


def is_side(quantity: Quantity, one: Candidate, case: Case) -> bool:
    """Whether the words beside a number give it the part that this amount plays."""
    role, cued = one.amount.role, roles_beside(quantity, case)
    if one.how is How.OF_LIMIT:
        return _is_beyond_limit(quantity, case)
    match role:
        case Role.LOW | Role.HIGH:
            return _is_end(quantity, role, cued)
        case _ if quantity.is_range in ("low", "high") and quantity.unit == "times":
            return False
        case Role.RATIO:
            is_allowed = bool(cued & {Role.TOLERATED, Role.LIMIT, Role.FLOOR}) and not cued & _SIDES
            return not is_allowed and not is_of_itself(quantity, case)
        case Role.EVIDENCE | Role.NEEDED if _TO_CLEAR.match(case.reading.blanked[quantity.span.end :]):
            return False
        case Role.EVIDENCE | Role.NEEDED:
            return role in cued or (role is Role.EVIDENCE and not cued) or quantity.unit == "nats"
        case _ if quantity.is_range == "from":
            return role in (cued or REFERENCES)
        case _ if quantity.is_range == "to":
            return role in (cued or {Role.CANARY})
        case _:
            return role in cued if cued else _is_uncued(quantity, one, case)


def _is_beyond_limit(quantity: Quantity, case: Case) -> bool:
    """`220 ms over the limit`, `exceeded its limit by 220 ms`."""
    blanked = case.reading.blanked
    return bool(_LIMIT_BY.search(blanked[: quantity.span.start]) or _OF_LIMIT.match(blanked[quantity.span.end :]))


def _is_uncued(quantity: Quantity, one: Candidate, case: Case) -> bool:
    """What a number may be with no word beside it that says so."""
    role, before = one.amount.role, case.reading.blanked[: quantity.span.start]
    if COMPARING.search(before.replace(NUMBER, "0")):
        return role in REFERENCES
    if role is Role.LIMIT and _OF_ALL.search(before):
        return True  # `118 MB of 400 MB`
    if not quantity.bound or role not in (Role.LIMIT, Role.FLOOR):
        return role in _OWN
    if role is Role.LIMIT and (value := _canary(one)) is not None:
        is_denied = denier(case.reading.blanked, quantity.span.start, case.reading.deniers) is not None
        return (value > one.amount.value) is ((quantity.bound == ">") is not is_denied)
    return bool(_AT_LEAST.search(before) if role is Role.FLOOR else _AT_MOST.search(before))


def _canary(one: Candidate) -> float | None:
    return amount(one.fact, Role.CANARY) if one.fact is not None else None


def is_of_itself(quantity: Quantity, case: Case) -> bool:
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
    walls = [*WALL.finditer(blanked, 0, end)]
    start = walls[-1].end() if walls else 0
    if ":" in blanked[end : span.start] and (BEYOND.search(blanked, start, end) or INSIDE.search(blanked, start, end)):
        return span.start, span.start  # `under its limit: 118 MB` is no label either
    if walls and ":" in blanked[end : span.start] and walls[-1][0] in ("than", "against", "versus", "vs"):
        return span.start, span.start  # `more than the old one: 6.1 %` is no label
    if walls and ":" in blanked[end : span.start] and walls[-1][0] == NUMBER:
        return span.start, span.start  # `a third of the control's: 10.7 %` is none either
    return start, span.start


def _right(blanked: str, span: Span) -> tuple[int, int]:
    wall = WALL.search(blanked, span.end)
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
