"""Whether two suspects are put in the order that their ranks have: `#43 is suspected more than #42`.

What stands between two of them says which is in front; opening the sentence it says it of both. The one thing to
remember: where nothing says an order, the order in which they are named is none, unless the sentence says that it is
(`in this order`).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.names import supports
from bot.texts.grounding.reading import Mention
from bot.texts.sheet import Fact, Role, TermKind

CHANGES = (TermKind.PULL_REQUEST, TermKind.COMMIT, TermKind.PATH)

_LESS = re.compile(
    r"\b(?:after|behind|below|beneath|under|follow(?:s|ed)?(?! by)|trail(?:s|ed)?|preceded by|outranked by|"
    r"(?:less|lower|weaker|further down|later|unlikelier|worse)\b[^,;]*\bthan|not as \w+ as)\b"
)
_MORE = re.compile(
    r"\b(?:before|ahead of|above|over|outranks?|precede[sd]?|followed by|rather than|sooner than|tops|beats|"
    r"(?:more|higher|likelier|stronger|further up|earlier|better|greater|sooner|rather)\b[^,;]*\bthan|"
    r"(?:and|but)? ?(?:only )?then|next (?:is|comes|come)|second(?:ly)? (?:is|comes))\b"
)
_OPENS = re.compile(
    r"^\W*(?:right |just |directly |only |next )?(?P<said>after|behind|below|following|before|ahead of|above)\b"
)
_IN_ORDER = re.compile(
    r"\b(?:in (?:this|that|the|descending) order|in order|in turn|from (?:the )?(?:most|likeliest|top|first)|ranked|"
    r"respectively|most likely first)\b"
)


def misordered(case: Case, ranked: list[Fact]) -> Iterator[str]:
    """Why two suspects are the wrong way round."""
    if len(ranked) < 2:  # noqa: PLR2004 - one has no order
        return
    blanked = case.reading.blanked
    named = [(one, rank) for one in case.reading.mentions if (rank := _rank(one, ranked)) is not None]
    for (one, rank), (other, then) in pairwise(named):
        if rank == then:
            continue
        is_first = _is_first(blanked, one, other, is_opening=one is named[0][0])
        if is_first is not None and is_first is not (rank < then):
            yield f"its evidence does not put {one.said} and {other.said} in that order"


def _rank(one: Mention, ranked: list[Fact]) -> float | None:
    """None where it is no suspect's name, or that of several."""
    if one.kind not in (*CHANGES, TermKind.PERSON):
        return None
    ranks = {rank for fact in ranked if supports(fact, one) and (rank := amount(fact, Role.RANK)) is not None}
    return ranks.pop() if len(ranks) == 1 else None


def _is_first(blanked: str, one: Mention, other: Mention, *, is_opening: bool) -> bool | None:
    """Whether the first is said to be in front; None where nothing is said."""
    if is_opening and (opens := _OPENS.match(blanked[: one.span.start])):
        return opens["said"] in ("after", "behind", "below", "following")
    between = blanked[one.span.end : other.span.start]
    if ";" in between:
        return None
    if _LESS.search(between):
        return False
    if _MORE.search(between):
        return True
    return True if _IN_ORDER.search(blanked) else None
