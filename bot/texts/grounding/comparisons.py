"""Whether what lies above or below the other side does: `well under the 180 ms seen on its control`.

A word of place (`above`, `below`), what stands between, and the side that it is measured by; the measurement's own
values decide. The one thing to remember: beside a limit the same words say something else (`directions`), so a limit in
between ends the search.
"""

import re
from collections.abc import Iterator

from bot.texts.grounding.case import Case, amount
from bot.texts.grounding.language import Span, denier
from bot.texts.sheet import Role

_BETWEEN = (
    r"(?: (?:what|the|its|their|that|those|about|around|roughly|nearly|almost|approximately|some|it|they|was|were|is|"
    r"are|had|seen|shown|found|read|measured|observed|recorded|reported|reached|level|levels|value|values|figure|"
    r"reading|one|of|on|in|at|for|by|with|shows?|showed|\x01+|\x07+))"
)
_OTHER = re.compile(
    rf"(?<![\w-])(?P<place>above|over|beyond|higher than|more than|greater than|below|under|beneath|lower than|"
    rf"less than|fewer than|short of){_BETWEEN}{{1,9}} (?P<side>control|baseline|reference|stable|old|previous|"
    rf"canary|new version|new build|new release)(?!\w)(?!'s (?:limit|threshold))"
)
_UP = ("above", "over", "beyond", "higher than", "more than", "greater than")
_OWN = ("canary", "new version", "new build", "new release")


def compared(case: Case) -> Iterator[str]:
    """Why a comparison of the two sides is wrong."""
    for match in _found(case):
        facts = case.about(case.reading.metrics_of(match.start()))
        is_above = (match["place"] in _UP) is not (match["side"] in _OWN)
        denied = denier(case.reading.blanked, match.start(), case.reading.deniers) is not None
        for fact in facts:
            own, other = amount(fact, Role.CANARY), amount(fact, Role.CONTROL, Role.BASELINE)
            if own is None or other is None:
                yield "its evidence has nothing to compare that with"
            elif (own > other if is_above else own < other) is denied:
                yield f"its evidence does not say {match['place']!r} of that side"


def used_denials(case: Case) -> set[Span]:
    """The negations that were understood here."""
    reading = case.reading
    return {
        span for match in _found(case) if (span := denier(reading.blanked, match.start(), reading.deniers)) is not None
    }


def _found(case: Case) -> Iterator[re.Match[str]]:
    if case.measured:
        yield from _OTHER.finditer(case.sided)
