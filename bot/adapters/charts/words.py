"""Words on a picture: how wide they are, how they break into lines, and which of them the font has.

What comes from outside is drawn letter by letter: no formulas, no markup. The one thing to remember: a sign that the
font lacks becomes an empty square, instead of a warning in the log for every picture.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import FT2Font, LoadFlags

FAMILY = "DejaVu Sans"
"""Comes with matplotlib, so it is there on every machine."""

UNKNOWN = "\N{WHITE SQUARE}"


def _font(*, bold: bool) -> FT2Font:
    return get_font(_path(bold=bold))


@cache
def _path(*, bold: bool) -> str:
    return findfont(FontProperties(family=FAMILY, weight="bold" if bold else "normal"))


def drawable(text: str) -> str:
    """The text with a square for every sign that the font lacks."""
    font = _font(bold=False)
    return "".join(sign if font.get_char_index(ord(sign)) else UNKNOWN for sign in text)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels, of one line."""
    font = _font(bold=bold)
    font.set_size(size, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64


def wrapped(
    parts: Iterable[str], size: float, room: float, *, between: str = " ", bold: bool = False
) -> list[list[str]]:
    """Lines of parts, no wider than `room`; a part that is wider than a line has one to itself."""
    lines: list[list[str]] = []
    for part in parts:
        if lines and width(between.join([*lines[-1], part]), size, bold=bold) <= room:
            lines[-1].append(part)
        else:
            lines.append([part])
    return lines


def apart(places: Iterable[float], distance: float, low: float, high: float) -> Iterator[float]:
    """Rising places, moved so that they stand `distance` apart and none lies outside, as far as there is room."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + distance if moved else low))
    if moved:
        moved[-1] = min(moved[-1], high)
    for above, below in pairwise(range(len(moved) - 1, -1, -1)):
        moved[below] = min(moved[below], moved[above] - distance)
    yield from moved
