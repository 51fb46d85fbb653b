"""What one metric reads over one window, and whether that is beyond what the plan allows.

A window's value is what people see: 4.8 % of requests, 240 ms. *Beyond* compares it with the limit, or with the
reference by the tolerance; whether that is more than chance is not asked here, but of the `evidence` gathered look by
look. The recent looks speak first; the whole step where they have too little to say.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev

from bot.analysis.shapes import RECENT, Buckets, Counts, Pair, Shown, Values, Window, added
from bot.core.metric import Limit, Metric, Tolerance


@dataclass(frozen=True, slots=True)
class Level:
    """A metric's value over a window, in its base unit, and what it rests on: events, or looks for a gauge.

    Infinite for a quantile above the last bucket, NaN for nothing at all.
    """

    value: float
    events: int
    hits: int | None = None
    """For a share: how many of the events."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """One criterion on one window. `allowed` is the limit's bound, where there is one."""

    level: Level
    reference: Level | None = None
    allowed: float | None = None
    beyond: bool = False
    enough: bool = False
    """Whether there were as many events on each side as the plan asks for."""


SPREAD_LOOKS_MIN = 5
SECONDS_PER_HOUR = 3600.0


# ── one criterion ────────────────────────────────────────────────────────────────────────────────────────────────────


def against_limit(metric: Metric, limit: Limit | None, window: Window[Shown]) -> Weighed | None:
    """The new version alone against absolute bounds; without a limit it is only observed. None without any look."""
    recent = _weigh_alone(metric, limit, tuple(window.newest))
    return recent if recent is None or recent.enough else _weigh_alone(metric, limit, tuple(window))


def over_all(metric: Metric, limit: Limit | None, window: Window[Shown]) -> Weighed | None:
    """The same over the whole step."""
    return _weigh_alone(metric, limit, tuple(window))


def against_reference(metric: Metric, tolerance: Tolerance, window: Window[Pair]) -> Weighed | None:
    """The new version against its control or its baseline, over the same looks. None without any look of both."""
    recent = _weigh_pair(metric, tolerance, tuple(window.newest))
    return recent if recent is None or recent.enough else _weigh_pair(metric, tolerance, tuple(window))


def _weigh_alone(metric: Metric, limit: Limit | None, cells: Sequence[Shown]) -> Weighed | None:
    if not cells:
        return None
    level = _level(metric, cells)
    enough = level.events >= metric.events_min
    if limit is None:
        return Weighed(level, enough=enough)
    if limit.max is not None and level.value > limit.max:
        return Weighed(level, None, limit.max, beyond=True, enough=enough)
    if limit.min is not None and level.value < limit.min:
        return Weighed(level, None, limit.min, beyond=True, enough=enough)
    return Weighed(level, None, limit.min if limit.max is None else limit.max, enough=enough)


def _weigh_pair(metric: Metric, tolerance: Tolerance, pairs: Sequence[Pair]) -> Weighed | None:
    if not pairs:
        return None
    level = _level(metric, [pair.canary for pair in pairs])
    reference = _level(metric, [pair.reference for pair in pairs])
    beyond = is_beyond(metric, tolerance, level.value, reference.value)
    enough = min(level.events, reference.events) >= metric.events_min
    return Weighed(level, reference, None, beyond=beyond, enough=enough)


def is_beyond(metric: Metric, tolerance: Tolerance, value: float, reference: float) -> bool:
    """Whether a value is worse than its reference by more than the ratio, and by more than the margin."""
    if metric.worse == "higher":
        return value > reference * tolerance.ratio and value - reference > tolerance.margin
    return value * tolerance.ratio < reference and reference - value > tolerance.margin


def nearness(metric: Metric, share: float, margin: float) -> Tolerance:
    """Within a share of its reference, as the tolerance that it is: at most 1.1 times as much, at least 0.9 times."""
    return Tolerance(ratio=1 + share if metric.worse == "higher" else 1 / (1 - share), margin=margin)


def violated(limit: Limit | None, window: Window[Shown]) -> bool:
    """Whether something happened that must never happen: with a limit of 0, once is enough, and no chance can do it."""
    return limit is not None and limit.max == 0 and any((value or 0.0) > 0 for value in map(reading, window))


# ── a metric's value ─────────────────────────────────────────────────────────────────────────────────────────────────


def is_counted(metric: Metric) -> bool:
    """Whether its samples are countable events, so that chance can be worked out."""
    return metric.source == "quantile" or (metric.source == "share" and metric.unit == "ratio")


def _level(metric: Metric, cells: Sequence[Shown]) -> Level:
    """The value is NaN while there were no events."""
    total = added(cells)
    if isinstance(total, Buckets):
        assert metric.quantile is not None, f"{metric.name} has buckets and no quantile"
        return Level(total.quantile(metric.quantile) if total.n else math.nan, int(total.n))
    if isinstance(total, Counts) and is_counted(metric):
        return Level(total.x / total.n if total.n else math.nan, int(total.n), int(total.x))
    readings = [value for value in map(reading, cells) if value is not None]
    events = int(total.n) if isinstance(total, Counts) else len(readings)
    return Level(median(readings) if readings else math.nan, events)


def reading(cell: Shown) -> float | None:
    """The value of one look alone, for what is judged look by look."""
    match cell:
        case Values():
            return cell.mean
        case Counts(x, n) if n:
            return x / n
        case _:
            return None


def spread(window: Window[Shown]) -> float | None:
    """How much the recent looks differ among themselves: their standard deviation, by their mean.

    None for fewer than `SPREAD_LOOKS_MIN`, or around nothing.
    """
    values = [value for value in map(reading, window.recent) if value is not None]
    middle = mean(values) if values else 0.0
    return stdev(values) / abs(middle) if len(values) >= SPREAD_LOOKS_MIN and middle else None


@dataclass(frozen=True, slots=True)
class Trend:
    """How much of itself a gauge grows in an hour, and how far that may be from the truth by chance."""

    per_hour: float
    error: float
    seconds: float
    """Over how long it was seen."""


TREND_CELLS_MIN = 10
TREND_SURE = 3.0
"""Standard errors: looks that follow one another resemble each other, so two would promise too much."""


def trend(window: Window[Shown], look_seconds: float) -> Trend | None:
    """The straight line through the newer half of a step, by least squares. None while that is too little.

    What fills up after a start is soon in the older half. Looks that are missing are left out.
    """
    placed = [(place, size, value) for place, size, cell in window.placed if (value := reading(cell)) is not None]
    end = sum(window.sizes)
    newer = [one for one in placed if one[0] >= end / 2]
    weight = math.fsum(size for _, size, _ in newer)
    if len(newer) < TREND_CELLS_MIN:
        return None
    middle = math.fsum(size * place for place, size, _ in newer) / weight
    level = math.fsum(size * value for _, size, value in newer) / weight
    if level <= 0:
        return None
    width = math.fsum(size * (place - middle) ** 2 for place, size, _ in newer)
    slope = math.fsum(size * (place - middle) * value for place, size, value in newer) / width
    rest = math.fsum(size * (value - level - slope * (place - middle)) ** 2 for place, size, value in newer)
    error = math.sqrt(rest / (len(newer) - 2) / width)
    hourly = SECONDS_PER_HOUR / look_seconds / level
    return Trend(slope * hourly, TREND_SURE * error * hourly, (end / 2) * look_seconds)


def borne(window: Window[Shown], look_seconds: float) -> float:
    """The load over a whole recent window, so that a burst is no peak; 0 before there is one."""
    return (load(window, look_seconds) or 0.0) if len(window.recent) == RECENT else 0.0


def load(window: Window[Shown], look_seconds: float) -> float | None:
    """Events a second of the recent looks; None before the first."""
    counted = [cell.n for cell in window.recent if isinstance(cell, Counts | Buckets)]
    return sum(counted) / (len(counted) * look_seconds) if counted else None


# ── a look as bad ones of all ────────────────────────────────────────────────────────────────────────────────────────


def edge_for(cells: Iterable[Shown], value: float, *, high: bool) -> float | None:
    """The bucket bound that all cells have, next to a value on its far side; None: what lies there is not counted."""
    shared = set.intersection(*({*cell.bounds} for cell in cells if isinstance(cell, Buckets)))
    beyond = [bound for bound in shared if (bound >= value if high else bound <= value)]
    return (min if high else max)(beyond, default=None)


def bad_ones(cell: Shown, edge: float, *, high: bool) -> Counts:
    """The bad ones of a cell: those above the edge, or those not above it; of a share the hits, or the others."""
    counts = cell.over(edge) if isinstance(cell, Buckets) else cell
    assert isinstance(counts, Counts), f"{type(cell).__name__} cannot be counted"
    return counts if high else counts.rest
