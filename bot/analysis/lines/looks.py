"""What could be read of a line: the intervals in which both sides have counts or a value, and what the others are."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from bot.analysis.lines.line import Line, Pair, Reading
from bot.analysis.noise import SCATTER_TERM_MAX, Scatter
from bot.analysis.shapes import Counts

SIZE_MIN, SIZE_MAX = 1e-100, 1e100
"""Nothing that is counted or measured is larger, or smaller and not zero; with such numbers one can still reckon."""
EVENT_MIN = 0.5
"""One event, extrapolated to an interval as some systems do, is hardly written as less."""
EVENTS_FEW = 10.0
"""The control's mean an interval, up to which plain counts are judged as events."""
RARE = 1e6
"""Times the largest plain count: a total beside which every count is rare, as in a Poisson process."""

UNIT_LARGE, UNIT_SMALL = 1e5, 1e-3
"""Counts that are all multiples of so much, or of so little, are not in events but in some unit of their own."""
UNITS_MAX, COUNT_MAX = 1e6, 1e12
"""In the smallest count that is not zero, and in any; more, and half an event is lost in the rounding."""
SMALL_MOVES_MAX = 0.5 * SCATTER_TERM_MAX
"""Times what counting explains: more, and the small unit is no event, but where somebody rounded."""


class Look(NamedTuple):
    """One interval in which both sides could be read."""

    place: int
    canary: Counts | float
    control: Counts | float


class Looks(NamedTuple):
    """All of them, and what there is to say about the others."""

    looks: Sequence[Look]
    notes: Sequence[str]


def looks_of(line: Line) -> Looks:
    sides = list(zip(line.canary, line.control, strict=False))
    notes = []
    if len(line.canary) != len(line.control):
        notes.append(f"control has {len(line.control)} intervals and canary {len(line.canary)}: {len(sides)} judged")
    while sides and sides[-1] == (None, None):
        sides.pop()
    unit = _unit(line) if line.shape == "pairs" or line.kind == "count" else 1.0
    if unit is not None and unit != 1.0:
        notes.append(f"all counts are multiples of {unit:g}, which is taken for one event")
    looks, holes = [], Counter[str]()
    for place, (mine, other) in enumerate(sides):
        canary, control = _read(mine, unit or 1.0), _read(other, unit or 1.0)
        if isinstance(canary, str):
            holes[canary] += 1
        elif isinstance(control, str):
            holes[control] += 1
        else:
            looks.append(Look(place, canary, control))
    if holes:
        told = ", ".join(f"{count} {what}" for what, count in holes.items())
        notes.append(f"{holes.total()} of {len(sides)} intervals not used ({told})")
    if line.kind == "count" and line.shape == "values" and looks:
        notes.append("without totals, both sides are taken to have had the same traffic")
        return Looks(looks if unit is None else _as_events(looks), notes)
    return Looks(looks, notes)


def _read(written: Reading | Pair, unit: float) -> Counts | float | str:
    """Counts, a value, or why it is neither."""
    if isinstance(written, tuple):
        events, total = written
        if events is None or total is None:
            return "missing"
        if 0.0 <= events <= total <= COUNT_MAX * unit:
            return Counts(_sized(events) / unit, _sized(total) / unit)
        return _flaw(events) or _flaw(total) or ("with more events than their total" if events > total else "too large")
    if written is None:
        return "missing"
    return _sized(written) / unit if 0.0 <= written <= SIZE_MAX else _flaw(written)


def _sized(number: float) -> float:
    return number if number >= SIZE_MIN else 0.0


def _flaw(number: float) -> str:
    """Empty when it may stand."""
    if not math.isfinite(number):
        return "not finite"
    return "negative" if number < 0.0 else "too large" if number > SIZE_MAX else ""


def _as_events(looks: Sequence[Look]) -> Sequence[Look]:
    """Plain counts as rare events of one total on both sides, while there are few of them."""
    plain = [
        (place, canary, control)
        for place, canary, control in looks
        if isinstance(canary, float) and isinstance(control, float)
    ]
    if math.fsum(control for _, _, control in plain) > EVENTS_FEW * len(plain):
        return looks
    total = RARE * max(1.0, *(max(canary, control) for _, canary, control in plain))
    return [Look(place, Counts(canary, total), Counts(control, total)) for place, canary, control in plain]


def _unit(line: Line) -> float | None:
    """What one event is written as: 1, unless all counts are multiples of something far larger or far smaller.

    Such counts were scaled, and would else be taken for millions of events, or for none. None for what is too small to
    be counts of events and has no unit either.
    """
    written = chain(line.canary, line.control)
    flat = chain.from_iterable(each if isinstance(each, tuple) else (each,) for each in written)
    numbers = [number for number in flat if number is not None and SIZE_MIN <= number <= SIZE_MAX]
    smallest = min(numbers, default=1.0)
    if smallest >= UNIT_LARGE:
        common = math.gcd(*map(int, numbers)) if all(map(float.is_integer, numbers)) else 1
        return 10.0 ** math.floor(math.log10(common)) if common >= UNIT_LARGE else 1.0
    if smallest >= EVENT_MIN:
        return 1.0
    unit = smallest
    for number in numbers:
        unit = smallest / round(smallest / _common_divisor(number, unit, 0.3 * smallest / UNITS_MAX))
        if unit * UNITS_MAX < smallest:
            return None
    fits = unit < UNIT_SMALL and max(numbers) < COUNT_MAX * unit
    return unit if fits and _is_counted(line.control, unit) else None


def _is_counted(side: Sequence[Reading | Pair | None], unit: float) -> bool:
    """Whether shares move from look to look about as counting in this unit explains."""
    read = [_read(written, unit) for written in side]
    total = RARE * max([one for one in read if isinstance(one, float)], default=1.0)
    scatter = Scatter()
    for one in read:
        if not isinstance(one, str):
            scatter = scatter.then(one if isinstance(one, Counts) else Counts(one, total))
    return scatter.squares <= SMALL_MOVES_MAX * scatter.looks


def _common_divisor(one: float, other: float, least: float) -> float:
    """Euclid's, for numbers with rounding errors below `least`."""
    while other > least:
        one, other = other, abs(math.remainder(one, other))
    return one
