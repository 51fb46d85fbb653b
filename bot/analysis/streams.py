"""Which evidence is gathered about a metric, and how one look goes into it.

A metric has a stream for its limit, one for its tolerance and one for its growth, as the plan asks and as the step
allows; and one more for each no-go, which holds a release and cannot take it back. The one thing to remember: a stream
outlives its step, and a look that cannot be used leaves it as it was.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from bot.analysis.criteria import bad_ones, edge_for, is_counted, reading
from bot.analysis.evidence import Excess, Growth, Levels, Oversteps, Shares, Stream, Tails
from bot.analysis.evidence.levels import size_of
from bot.analysis.family import Family, Key, weights
from bot.analysis.noise import log_ratio
from bot.analysis.shapes import Buckets, Counts, Pair, Shown, Values
from bot.core.metric import Limit, Metric, Tolerance

SECONDS_PER_HOUR = 3600.0


def convicting(metric: Metric) -> Limit | None:
    """The limit beyond which a metric fails; with a no-go and no rollback there is none."""
    return metric.rollback or (None if metric.no_go else metric.limit)


ADVISORY = frozenset({"baseline", "no-go", "within"})
"""Criteria that take nothing back, and so are not in the mean: they need their evidence alone."""


def family(metrics: Iterable[Metric], against: Literal["control", "baseline"] | None, alpha: float) -> Family:
    """All streams of a stage, with no evidence yet. What is medium, or only advises, is not in the mean."""
    named = {metric.name: metric for metric in metrics}
    all_of_them = {key: stream for metric in named.values() for key, stream in begun(metric, against)}
    convict = {
        key: named[key[0]] for key in all_of_them if key[1] not in ADVISORY and named[key[0]].priority != "medium"
    }
    return Family(alpha, weights(convict), all_of_them)


def at_step(gathered: Family) -> Family:
    """A step begins: new exposure is the likeliest cause of anything."""
    return gathered.with_streams({key: stream.at_step() for key, stream in gathered.streams.items()})


def begun(metric: Metric, against: Literal["control", "baseline"] | None) -> Iterator[tuple[Key, Stream]]:
    """A stage's streams of one metric, with no evidence yet."""
    if convicting(metric) is not None:
        yield (metric.name, "limit"), Excess() if is_counted(metric) else Oversteps()
    if metric.no_go is not None:
        yield (metric.name, "no-go"), Excess() if is_counted(metric) else Oversteps()
    if metric.within is not None and metric.within.no_go is not None and against is not None:
        yield (metric.name, "within"), _comparing(metric)
    if metric.tolerance is not None and against is not None:
        criterion = "tolerance" if against == "control" else "baseline"
        yield (metric.name, criterion), _comparing(metric)
    if metric.growth_per_hour is not None and against == "control":
        yield (metric.name, "growth"), Growth()


def _comparing(metric: Metric) -> Stream:
    if metric.source == "quantile":
        return Tails()
    return Shares() if is_counted(metric) else Levels()


AS_BAD = 1.5
"""So many times its control's share of bad ones, where the control is outside the limit, a canary may have at least."""


def alone(
    stream: Stream, metric: Metric, limit: Limit, own: Shown, part: float, control: Shown | None = None
) -> Stream:
    """A limit's stream after one look at the new version. `control`: what it showed lately, where that is outside too.

    Both sides are in one incident then: the limit says nothing of the release, and the canary is held against the
    control. Whoever left out only the looks at which the canary looks no worse would keep those at which it does by
    chance, and an incident that lasts would take every release back.
    """
    match stream:
        case Oversteps():
            value = reading(own)
            return stream if value is None else stream.then(part, beyond=_is_outside(value, limit))
        case Excess():
            found = _bad(metric, own, limit)
            if found is None:
                return stream
            bad, allowed = found
            return stream.then(bad, max(allowed, _as_bad(metric, control, limit, allowed)), part)
        case _:
            raise AssertionError(f"{type(stream).__name__} is no evidence about a limit")


def _as_bad(metric: Metric, control: Shown | None, limit: Limit, allowed: float) -> float:
    """The share that a canary may have beside this control; below 1."""
    found = None if control is None else _bad(metric, control, limit)
    if found is None or not found[0].n:
        return 0.0
    ratio = metric.tolerance.ratio if metric.tolerance is not None and metric.source == "share" else AS_BAD
    return min(max(ratio, AS_BAD) * found[0].x / found[0].n, 0.5 * (1.0 + allowed))


def _is_outside(value: float, limit: Limit) -> bool:
    return (limit.max is not None and value > limit.max) or (limit.min is not None and value < limit.min)


def _bad(metric: Metric, own: Shown, limit: Limit) -> tuple[Counts, float] | None:
    """What counts as bad, and its allowed share; of a range, the upper end. None where that cannot be counted."""
    high = limit.max is not None
    bound = limit.max if limit.max is not None else limit.min
    assert bound is not None, "a limit has a bound"
    allowed, edge = bound, 0.0
    if metric.quantile is not None:
        found = edge_for([own], bound, high=high)
        if found is None:
            return None
        allowed, edge = 1 - metric.quantile, found
    share = allowed if high else 1 - allowed
    return (bad_ones(own, edge, high=high), share) if 0.0 < share < 1.0 else None


def compared(stream: Stream, metric: Metric, pair: Pair, part: float, tolerance: Tolerance) -> Stream:
    """A tolerance's stream after one look at both sides."""
    canary, control, higher = pair.canary, pair.reference, metric.worse == "higher"
    match stream, canary, control:
        case Tails(), Buckets(), Buckets():
            assert metric.quantile is not None, f"{metric.name} has buckets and no quantile"
            return stream.then(canary, control, metric.quantile, tolerance, part, higher=higher)
        case Shares(), Counts(), Counts():
            return stream.then(canary, control, tolerance, part, higher=higher)
        case Levels(), Values(), Values():
            return stream.of(canary, control, tolerance, part, higher=higher)
        case Levels(), _, _:
            own, other = reading(canary), reading(control)
            return stream if own is None or other is None else stream.then(own, other, tolerance, part, higher=higher)
        case _:
            return stream


def grown(stream: Stream, metric: Metric, pair: Pair, seconds: float) -> Stream:
    """A growth's stream after one look at both sides, `seconds` into the step."""
    assert isinstance(stream, Growth), f"{type(stream).__name__} is no evidence about growth"
    assert metric.growth_per_hour is not None, f"{metric.name} may grow as it likes"
    own, other = reading(pair.canary), reading(pair.reference)
    ratio = None if own is None or other is None else log_ratio(own, other, other)
    if ratio is None:
        return stream
    match pair:
        case Pair(Values() as canary, Values() as control):
            size = size_of(canary, control)
        case _:
            size = 1.0
    return stream.then(ratio, seconds / SECONDS_PER_HOUR, metric.growth_per_hour, size)
