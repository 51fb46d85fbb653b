"""The reason of a verdict on a line, in words."""

import math
from collections.abc import Iterator, Sequence

from bot.analysis.evidence import Interval, Levels
from bot.analysis.findings import PROVEN_NATS
from bot.analysis.lines.line import RATIO_MAX, Line
from bot.analysis.lines.looks import Look
from bot.analysis.lines.watched import Watched
from bot.analysis.shapes import Counts
from bot.analysis.words import MANY_TIMES, TIMES
from bot.core.quantities import duration_in_words

INTERVALS_MORE_MAX = 10_000
"""More are not worth being told of."""


def seen(looks: Sequence[Look], interval: Interval | None, line: Line) -> Iterator[str]:
    """`61 of 1,270 (4.8 %) on the canary, 4 of 1,300 (0.31 %) on its control`, and `16x, surely 4.6x to 52x, …`."""
    if looks:
        canary, control = [look.canary for look in looks], [look.control for look in looks]
        yield f"{_level(canary, line)} on the canary, {_level(control, line)} on its control"
        between = (
            f"{_times(interval.ratio)}, surely {_times(interval.low)} to {_times(interval.high)}, " if interval else ""
        )
        ratio = line.tolerated.ratio
        edges = {"increase": [ratio], "decrease": [1 / ratio], "either": [1 / ratio, ratio]}[line.direction]
        yield f"{between}{' to '.join(map(_times, edges))} tolerated"


def _level(side: Sequence[Counts | float], line: Line) -> str:
    """How many of how many, or the mean of plain values."""
    events, total = _sums(side)
    if line.shape == "pairs":
        return f"{events:,.0f} of {total:,.0f}{f' ({100 * events / total:.3g} %)' if total else ''}"
    return f"{events / len(side):.4g}"


def _sums(side: Sequence[Counts | float]) -> tuple[float, float]:
    """Of plain values, their sum and their number."""
    pairs = [(one.x, one.n) if isinstance(one, Counts) else (one, 1.0) for one in side]
    return math.fsum(x for x, _ in pairs), math.fsum(n for _, n in pairs)


def worse(looks: Sequence[Look], failed: Watched, line: Line) -> str:
    """Since when, and how much it was from there to the alarm."""
    assert failed.alarm is not None, "a watch fails by its alarm"
    stretch = looks[failed.onset : failed.alarm + 1]
    (events, total), (control_events, control_total) = (_sums([look[side] for look in stretch]) for side in (1, 2))
    usual = control_events * total / control_total
    began, intervals = stretch[0].place, stretch[-1].place + 1 - stretch[0].place
    then = f"{_times(events / usual)}, " if usual else ""
    within = "1 interval" if intervals == 1 else f"{intervals} intervals"
    more = "more" if failed.direction == "increase" else "less"
    since = duration_in_words(began * line.interval_seconds)
    return f"{more} than that since {since} after the start: {then}certain within {within}"


def unproven(looks: Sequence[Look], watch: Watched) -> str:
    """What is missing for a pass."""
    if isinstance(watch.stream, Levels) and not watch.stream.wander.is_known:
        return "neither worse nor no worse can be shown: too few intervals to know how much it moves by itself"
    canary, control = (_sums([look[side] for look in looks])[0] for side in (1, 2))
    if not control and (not canary or isinstance(watch.stream, Levels)):
        return "its control is 0 throughout, and nothing has a ratio to that"
    said = f"neither shown to be worse nor to be no worse: {watch.proof:.1f} of {PROVEN_NATS:.1f} nats for a pass"
    more = math.ceil((PROVEN_NATS - watch.proof) * len(looks) / watch.proof) if watch.proof > 0 else 0
    return f"{said}, about {more:,} more intervals like these would do" if 0 < more <= INTERVALS_MORE_MAX else said


def _times(ratio: float) -> str:
    """Larger than `RATIO_MAX`, or smaller than its inverse, is not worth a number."""
    if not 1 / RATIO_MAX <= ratio <= RATIO_MAX:
        return f"over {RATIO_MAX:,.0f}{TIMES}" if ratio > 1.0 else f"under {1 / RATIO_MAX:g}{TIMES}"
    return f"{ratio:.0f}{TIMES}" if ratio >= MANY_TIMES else f"{ratio:.3g}{TIMES}"
