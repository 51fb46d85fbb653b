"""Ticks that people read at a glance: few, round, with their unit; times of day in UTC.

The one thing to remember: a tick's words have as many digits as the distance between two ticks needs, so that no two
say the same.
"""

import math
from datetime import UTC, datetime

from bot.core.foreign import flat
from bot.views.charts.scene import Axis, Tick

UNIT_CHARACTERS_MAX = 12
UNIT_IN_TICKS_MAX = 3
VALUE_TICKS_MAX = 5
TIME_TICKS_MAX = 5
ROUND = (1.0, 2.0, 5.0, 10.0)
SECOND, MINUTE, HOUR, DAY = 1.0, 60.0, 3600.0, 86400.0
TIMES = (
    *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 3, 6, 12)),
    *(n * DAY for n in (1, 2, 7)),
)
FLOOR_FROM = 0.6
"""An axis begins at zero unless everything on it lies above so much of its top."""
ZOOM_MAX = 0.8
"""It begins no higher than that: what is steady should look steady."""
HEADROOM = 1.06
SECONDS_FROM = 1.0
"""Below, an axis of times counts in milliseconds."""
BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"), (1.0, "B"))
THOUSANDS = ((1e6, "M"), (1e3, "k"), (1.0, ""))
"""Units of anything else are counted in these from ten of them on."""
LIFT = 1e-9
"""Of a step: sums of floats must not lose a tick at the edge."""


def values(low: float, high: float, unit: str, ticks_max: int = VALUE_TICKS_MAX) -> Axis:
    """An axis that holds both, from zero or from a round number below."""
    top = high * HEADROOM if high > 0 else 1.0
    floor = 0.0 if 0 <= low < FLOOR_FROM * top else min(low - (top - low) * (HEADROOM - 1), ZOOM_MAX * top)
    scale, sign = _scale(top, unit)
    step = _round_up((top - floor) / scale / ticks_max)
    first = math.floor(floor / scale / step + LIFT)
    ticks = []
    for number in range(first, first + ticks_max + 2):
        at = number * step * scale
        if floor - step * scale * LIFT <= at <= top:
            ticks.append(Tick(at, _words(number * step, step, sign)))
    return Axis(floor, top, tuple(ticks))


def _scale(top: float, unit: str) -> tuple[float, str]:
    """What a displayed 1 is worth, and its sign."""
    match unit:
        case "ratio":
            return 0.01, "%"
        case "s":
            return (1.0, "s") if top >= SECONDS_FROM else (0.001, "ms")
        case "bytes":
            return next((size for size in BYTES if top >= size[0]), BYTES[-1])
        case _:
            size, thousands = next((size for size in THOUSANDS if top >= 10 * size[0]), THOUSANDS[-1])
            return size, f"{thousands} {unit_in_ticks(unit)}".strip()


def unit_in_ticks(unit: str) -> str:
    """A unit that is short enough to stand at each tick; a longer one is said in the note."""
    return unit if len(unit) <= UNIT_IN_TICKS_MAX and unit == flat(unit) else ""


def _round_up(step: float) -> float:
    decade = 10.0 ** math.floor(math.log10(step))
    return next(lead * decade for lead in ROUND if lead * decade >= step * (1 - LIFT))


def _words(shown: float, step: float, sign: str) -> str:
    digits = next((digits for digits in range(9) if math.isclose(round(step, digits), step, rel_tol=1e-6)), 9)
    return f"{shown:,.{digits}f} {sign}".strip()


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def time_ticks(low: float, high: float, ticks_max: int = TIME_TICKS_MAX) -> tuple[Tick, ...]:
    """Round times of day between both, in UTC."""
    step = next((step for step in TIMES if (high - low) / step <= ticks_max), TIMES[-1])
    first = math.ceil(low / step)
    return tuple(
        Tick(number * step, clock(number * step, step)) for number in range(first, math.floor(high / step) + 1)
    )


def clock(at: float, step: float = SECOND) -> str:
    """`08:43`, with seconds where ticks are that near, `31 Jan` where they are days apart."""
    pattern = "%d %b" if step >= DAY else "%H:%M" if step >= MINUTE else "%H:%M:%S"
    return datetime.fromtimestamp(int(at), UTC).strftime(pattern).lstrip("0" if step >= DAY else "")


def day(at: float) -> str:
    """`30 Nov 2026`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%d %b %Y").lstrip("0")


def days(low: float, high: float) -> str:
    """The axis' label: which day, or from which to which, in UTC."""
    first, last = day(low), day(high)
    return f"UTC, {first}" if first == last else f"UTC, {first} to {last}"
