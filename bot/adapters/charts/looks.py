"""How each ink looks: colours with enough contrast on the picture's own background, and what is left of them in grey.

The background is opaque, so the picture is the same on a light and on a dark screen. The one thing to remember: colour
is the last of three ways to tell things apart; dashes, widths and hatching are enough, and a name stands beside each.
"""

from dataclasses import dataclass

from bot.views.charts.scene import Ink

PAPER = "#ffffff"
TEXT = "#1f2328"
SMALL = "#57606a"
FRAME = "#d0d7de"
GRID = "#e7ebef"
"""Background, words, small print, and what may be faint because nothing depends on it."""

TEXT_CONTRAST_MIN = 4.5
LINE_CONTRAST_MIN = 3.0
"""WCAG 2.2, criteria 1.4.3 and 1.4.11."""


@dataclass(frozen=True, slots=True)
class Look:
    """`dashes` in widths of the line; `fill` and `hatch` are for spans, `on_fill` for words on them."""

    color: str
    width: float = 1.2
    dashes: tuple[float, ...] = ()
    fill: str = PAPER
    hatch: str = ""
    on_fill: str = TEXT


LOOKS: dict[Ink, Look] = {
    Ink.CANARY: Look("#0b57a4", 2.2, fill="#bcd6f2"),
    Ink.EVERYBODY: Look("#0b57a4", 1.3, fill="#bcd6f2"),
    Ink.CONTROL: Look("#4a5058", 1.6, (4.0, 1.6), fill="#dfe2e6"),
    Ink.LIMIT: Look("#b3261e", 1.4),
    Ink.TOLERATED: Look("#8a5a00", 1.4, (1.0, 1.4)),
    Ink.STEP: Look("#7d868f", 0.9, (1.0, 3.0)),
    Ink.BREACH: Look("#b3261e", 1.2, (3.0, 2.0)),
    Ink.BACK: Look("#b3261e", 2.2),
    Ink.PASS: Look("#2e7d4f", fill="#d3ecdc"),
    Ink.INCONCLUSIVE: Look("#7a6200", fill="#fff6d6", hatch="////"),
    Ink.FAIL: Look("#8c1d18", fill="#8c1d18", on_fill=PAPER),
    Ink.ERROR: Look("#57606a", fill="#eceff2", hatch="...."),
    Ink.HOLD: Look("#57606a", fill="#e4e0f3"),
    Ink.PERSON: Look("#1f2328"),
}


def contrast(one: str, other: str) -> float:
    """The ratio of two colours' luminances, 1 to 21, as WCAG 2.2 defines it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    """Relative luminance of an sRGB colour, `#rrggbb`."""
    channels = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)  # noqa: PLR2004 - sRGB's own bend
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
