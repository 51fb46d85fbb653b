"""Whether a share, a duration or a count is said of the thing that has it: of traffic, of a way back, of files.

The one thing to remember: `rose by 6 %` is not `rose to 6 %`, a time to detect is not a time to return, and a part is
not the whole that it is counted of.
"""

import re

from bot.texts.grounding.case import Case
from bot.texts.grounding.lexicon import DEEDS, LASTING
from bot.texts.grounding.matching import Candidate
from bot.texts.grounding.quantities import HEDGES, Quantity
from bot.texts.grounding.reading import NUMBER
from bot.texts.grounding.sides import REFERENCES, WALL, roles_beside
from bot.texts.sheet import Deed, FactKind, Role, TermKind

NEAR = 24
"""Characters on each side of a number in which the words stand that say what it is of."""

_TRAFFIC = re.compile(
    r"\b(?:traffic|exposure|exposed|step|users|rollout|stage|customers|visitors|share of|ramp|promot\w*|held back|"
    r"holdback)\b"
)
_BY = re.compile(
    rf"\b(?:(?:increase|rise|drop|decrease|growth|jump|fall|decline|difference) of|by|up|down|another|additional|"
    rf"some)\s*(?:{HEDGES}\s*)?$|[+]\s*$"
)
_MORE_BEHIND = re.compile(
    r"^\s*(?:more|higher|lower|fewer|less|slower|faster|worse|better|increase|decrease|rise|drop|jump|growth|above|"
    r"below|longer|shorter)\b"
)
_ROSE_BEFORE = re.compile(r"\b(?:rose|fell|increased|decreased|grew|dropped|climbed|jumped|slowed)\s*$")
_GAP = re.compile(
    r"\b(?:differences?|gap|apart|more|less|fewer|higher|lower|longer|shorter|slower|faster|extra|added|by)\b"
)
_OF_WHOLE = re.compile(
    rf" (?:(?:out )?of|in|among|amongst|from(?: among)?) (?:the |its |their |all |"
    rf"a total of )*(?:{HEDGES} )?\x01+(?P<needed> (?:\w+ )?(?:needed|required|"
    rf"it needs))?"
)
_WHOLE_FIRST = re.compile(
    rf"\b(?:(?:out )?of|among|amongst) (?:the |its |all |a total of )*(?:{HEDGES} )?\x01+(?: [\w\x07]+){{0,3}},? "
    rf"(?:only |just |there were )?(?:{HEDGES} )?$"
)
"""`Of 840 requests, 51 …`."""
_UNTIL = re.compile(r"\b(?:until|till)\b[^,;]*$")
_SINCE_DECISION = re.compile(r"\b(?:from|since|after|between) (?:the )?deci(?:sion|ded)\b")
_WALL_OF_TIMES = re.compile(r"[,;]|\band\b|\x01")


def is_gap(quantity: Quantity, case: Case) -> bool:
    blanked = case.reading.blanked
    around = blanked[max(0, quantity.span.start - NEAR) : quantity.span.end + NEAR]
    return bool(_GAP.search(around))


def is_relative(quantity: Quantity, case: Case) -> bool:
    blanked = case.reading.blanked
    before, behind = blanked[: quantity.span.start], blanked[quantity.span.end :]
    return quantity.is_signed or bool(_BY.search(before) or _MORE_BEHIND.match(behind) or _ROSE_BEFORE.search(before))


def is_exposure(quantity: Quantity, case: Case) -> bool:
    """Said of traffic: a word for it beside the number, or a place in the rollout with no metric in between."""
    blanked, clause = case.reading.blanked, case.reading.clause(quantity.span.start)
    start = max([clause.start, *(q.span.end for q in case.reading.quantities if q.span.end <= quantity.span.start)])
    wall = WALL.search(blanked, quantity.span.end)
    if _TRAFFIC.search(blanked, start, wall.start() if wall else len(blanked)):
        return True
    if is_relative(quantity, case) or re.match(r" (?:of )?(?:the )?\x07", blanked[quantity.span.end :]):
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


def is_lasting(quantity: Quantity, one: Candidate, case: Case) -> bool:
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


def _is_after_onset(words: str, quantity: Quantity) -> bool:
    return bool(re.match(r"[^,;]{0,12}(?:after|since|from) (?:the )?onset", words[quantity.span.end :]))


def is_counted(quantity: Quantity, one: Candidate, case: Case) -> bool:
    behind = case.reading.blanked[quantity.span.end :]
    of_metric = one.fact is not None and one.fact.kind is FactKind.METRIC
    if of_metric and roles_beside(quantity, case) & REFERENCES:
        return False  # only the new version's are counted
    if of_metric and roles_beside(quantity, case) & {Role.LIMIT, Role.FLOOR, Role.TOLERATED} - {Role.NEEDED}:
        return False  # a limit is no count
    if of := _OF_WHOLE.match(behind):
        return one.amount.role is (Role.COUNT if of["needed"] else Role.HITS)
    if one.amount.role is Role.HITS:
        before = case.reading.blanked[: quantity.span.start]
        is_part = re.search(r"\b(?:of which|of these|of them|of those)(?: \w+)? $", before) or _WHOLE_FIRST.search(
            before
        )
        return bool(is_part or re.match(r" (?:\w+ )?(?:requests|events|failures|errors|\x07|of)", behind))
    if one.amount.role is Role.NEEDED:
        before = case.reading.blanked[: quantity.span.start]
        return Role.NEEDED in roles_beside(quantity, case) or bool(_UNTIL.search(before))
    if one.amount.of == "suspects":
        return _is_of_suspects(quantity, case)
    if of_metric and case.with_deed(Deed.UNDECIDED) and re.match(r" (?:so far|yet|up to now)", behind):
        return True
    if one.amount.role is Role.COUNT and re.search(
        rf"\x01 (?:\w+ )?(?:(?:out )?of|among|amongst|from) (?:the |all )?(?:{HEDGES} )?$",
        case.reading.blanked[: quantity.span.start],
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
