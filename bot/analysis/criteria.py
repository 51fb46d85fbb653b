"""One metric against its limit, or against its reference, over one window: first version.

A criterion is broken when two things hold. The window's value is *beyond* what the plan allows; and chance hardly
does that, measured in *nats*: while nothing is wrong, an observation like it has a probability of `exp(-nats)` at most.

Where the nats come from, with KL(a, p) = a ln(a/p) + (1-a) ln((1-a)/(1-p)), the divergence between two coins:

- A share against its limit: x bad ones of n, allowed p. P(X >= x) <= exp(-n KL(x/n, p)), the Chernoff bound
  (Hoeffding 1963, theorem 1). A bound, not the exact tail: it errs towards silence, and costs two logarithms.
- A share against its reference: given K bad ones on both sides together, those of the canary are
  Binomial(K, n_c/(n_c+n_b)) while both are alike (Przyborowski and Wilenski 1940), bounded in the same way. What both
  sides share, such as an incident behind them or a rush of traffic, cancels out.
- A quantile: as the share of events beyond one bucket bound, the one next to the limit, or to the reference's own
  quantile.
- Bad ones that come in clusters are fewer than they look: the nats of counts are divided by their `dispersion`. So
  one bad look convicts nobody, however bad.
- A gauge, and a counter per event whose unit is not `ratio` (CPU seconds per request): no theory of sampling fits.
  Each look is called a coin that is fair at worst: k of n looks beyond what is allowed, p = 1/2.

The one thing to remember: these are tests for one look, and a step has hundreds. Only thresholds that are high for one
look make up for that; nothing here promises an error rate over a whole release.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import add
from statistics import median
from typing import TypeVar

from bot.analysis.shapes import Adds, Buckets, Counts, Pair, Shown, Values, Window, added
from bot.core.plan import Limit, Metric, Tolerance

SURE_NATS = 6.9
"""ln 1,000: at most one look in 1,000, were looks independent; the exact tail is several times rarer than its bound."""
DOUBT_NATS = 4.6
"""ln 100: beyond by less than this is what chance does all day."""
LOOKS_MIN = 3
"""Looks with events: fewer do not tell a hiccup from a habit."""
EASE = 0.8
"""What was broken is mended when it is inside four fifths of its tolerance: no flapping at the edge."""


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
    nats: float = 0.0


class Standing(Enum):
    """thin: too little data · fine: within, or beyond as chance does · doubtful: beyond · broken: beyond, surely."""

    THIN = "thin"
    FINE = "fine"
    DOUBTFUL = "doubtful"
    BROKEN = "broken"


Judged = tuple[Standing, Weighed | None]
"""Where a criterion stands, and its numbers; None while not even a look brought any."""


# ── where a criterion stands ─────────────────────────────────────────────────────────────────────────────────────────


def against_limit(metric: Metric, limit: Limit | None, window: Window[Shown]) -> Judged:
    """The new version alone against absolute bounds; without a limit it is only observed."""
    return _stand(metric, window, lambda part: _weigh_alone(metric, limit, part))


def against_reference(metric: Metric, tolerance: Tolerance, window: Window[Pair]) -> Judged:
    """The new version against its control or its baseline, over the same looks."""
    return _stand(metric, window, lambda part: _weigh_pair(metric, tolerance, part))


def eased(tolerance: Tolerance) -> Tolerance:
    """What a broken criterion must come back to before it counts as mended."""
    return Tolerance(ratio=1 + (tolerance.ratio - 1) * EASE, margin=tolerance.margin * EASE)


Cell = TypeVar("Cell", bound=Adds)


def _stand(metric: Metric, window: Window[Cell], weigh: Callable[[Window[Cell]], Weighed | None]) -> Judged:
    """The recent looks speak first; the whole step where they have too little to say, or to confirm what they say."""
    speaks = weigh(window.newest)
    if not _is_enough(metric, speaks):
        speaks = weigh(window)
    if speaks is None or not _is_enough(metric, speaks):
        return Standing.THIN, speaks
    if not speaks.beyond:
        return Standing.FINE, speaks
    if speaks.nats >= SURE_NATS:
        return Standing.BROKEN, speaks
    whole = weigh(window)
    if whole is not None and whole.nats >= SURE_NATS:
        return Standing.BROKEN, whole
    return (Standing.DOUBTFUL if speaks.nats >= DOUBT_NATS else Standing.FINE), speaks


def _is_enough(metric: Metric, weighed: Weighed | None) -> bool:
    if weighed is None:
        return False
    sides = (weighed.level, weighed.reference or weighed.level)
    return all(side.events >= metric.events_min for side in sides)


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
    readings = [reading for reading in map(_reading, cells) if reading is not None]
    events = int(total.n) if isinstance(total, Counts) else len(readings)
    return Level(median(readings) if readings else math.nan, events)


def _reading(cell: Shown) -> float | None:
    """The value of one look alone, for what is judged look by look."""
    match cell:
        case Values():
            return cell.mean
        case Counts(x, n) if n:
            return x / n
        case _:
            return None


# ── weighing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _weigh_alone(metric: Metric, limit: Limit | None, window: Window[Shown]) -> Weighed | None:
    cells = tuple(window)
    if not cells:
        return None
    level = _level(metric, cells)
    if limit is None:
        return Weighed(level)
    if limit.max is not None and level.value > limit.max:
        return Weighed(level, None, limit.max, beyond=True, nats=_limit_nats(metric, cells, limit.max, high=True))
    if limit.min is not None and level.value < limit.min:
        return Weighed(level, None, limit.min, beyond=True, nats=_limit_nats(metric, cells, limit.min, high=False))
    return Weighed(level, None, limit.min if limit.max is None else limit.max)


def _limit_nats(metric: Metric, cells: Sequence[Shown], bound: float, *, high: bool) -> float:
    if not is_counted(metric):
        readings = [reading for reading in map(_reading, cells) if reading is not None]
        return coin_nats([reading > bound if high else reading < bound for reading in readings])
    allowed, edge = bound, 0.0
    if metric.quantile is not None:
        found = _edge(cells, bound, high=high)
        if found is None:
            return 0.0
        allowed, edge = 1 - metric.quantile, found
    bad = [_bad(cell, edge, high=high) for cell in cells]
    return share_nats(reduce(add, bad), allowed if high else 1 - allowed) / dispersion(bad)


def _weigh_pair(metric: Metric, tolerance: Tolerance, window: Window[Pair]) -> Weighed | None:
    pairs = tuple(window)
    if not pairs:
        return None
    level = _level(metric, [pair.canary for pair in pairs])
    reference = _level(metric, [pair.reference for pair in pairs])
    beyond = is_beyond(metric, tolerance, level.value, reference.value)
    nats = _pair_nats(metric, tolerance, pairs, reference.value) if beyond else 0.0
    return Weighed(level, reference, None, beyond=beyond, nats=nats)


def is_beyond(metric: Metric, tolerance: Tolerance, value: float, reference: float) -> bool:
    """Whether a value is worse than its reference by more than the ratio, and by more than the margin."""
    if metric.worse == "higher":
        return value > reference * tolerance.ratio and value - reference > tolerance.margin
    return value * tolerance.ratio < reference and reference - value > tolerance.margin


def _pair_nats(metric: Metric, tolerance: Tolerance, pairs: Sequence[Pair], reference: float) -> float:
    high = metric.worse == "higher"
    if not is_counted(metric):
        both = [(_reading(pair.canary), _reading(pair.reference)) for pair in pairs]
        return coin_nats([is_beyond(metric, tolerance, c, b) for c, b in both if c is not None and b is not None])
    edge = 0.0
    if metric.quantile is not None:
        sides = [side for pair in pairs for side in (pair.canary, pair.reference)]
        found = _edge(sides, reference, high=high)
        if found is None:
            return 0.0
        edge = found
    canary = [_bad(pair.canary, edge, high=high) for pair in pairs]
    control = [_bad(pair.reference, edge, high=high) for pair in pairs]
    return two_shares_nats(reduce(add, canary), reduce(add, control)) / max(dispersion(canary), dispersion(control))


def _edge(cells: Iterable[Shown], value: float, *, high: bool) -> float | None:
    """The bucket bound that all cells have, next to a value on its far side; None: what lies there is not counted."""
    shared = set.intersection(*({*cell.bounds} for cell in cells if isinstance(cell, Buckets)))
    beyond = [bound for bound in shared if (bound >= value if high else bound <= value)]
    return (min if high else max)(beyond, default=None)


def _bad(cell: Shown, edge: float, *, high: bool) -> Counts:
    """The bad ones of a cell: those above the edge, or those not above it; of a share the hits, or the others."""
    counts = cell.over(edge) if isinstance(cell, Buckets) else cell
    assert isinstance(counts, Counts), f"{type(cell).__name__} cannot be counted"
    return counts if high else counts.rest


# ── chance ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def divergence(a: float, p: float) -> float:
    """KL(a, p): the nats that a toss of coin `a` speaks against coin `p`, on average. Infinite where `p` forbids it."""
    return _part(a, p) + _part(1 - a, 1 - p)


def _part(a: float, p: float) -> float:
    if a <= 0:
        return 0.0
    return a * math.log(a / p) if p > 0 else math.inf


def share_nats(bad: Counts, allowed: float) -> float:
    """Against "no more than the share `allowed` of them are bad"."""
    share = min(bad.x / bad.n, 1.0) if bad.n > 0 else 0.0
    return bad.n * divergence(share, allowed) if share > allowed else 0.0


def two_shares_nats(canary: Counts, control: Counts) -> float:
    """Against "the canary's share of bad ones is no larger than its control's"."""
    if canary.n <= 0 or control.n <= 0:
        return 0.0
    all_of_them = canary + control
    rare = all_of_them.x <= all_of_them.n / 2
    # "more bad ones here" and "more good ones there" are one question; asked about the rarer kind it is far sharper
    more, fewer = (canary, control) if rare else (control.rest, canary.rest)
    return share_nats(Counts(more.x, more.x + fewer.x), more.n / (more.n + fewer.n))


def dispersion(looks: Sequence[Counts]) -> float:
    """How many times more the shares of the looks differ among themselves than counting explains; at least 1.

    Pearson's chi-square over its degrees of freedom, what quasi-likelihood divides by (Wedderburn 1974). Ten errors of
    one look that came from one hiccup then weigh about as much as one error. Unknown, so infinite, below three looks.
    """
    looks = [look for look in looks if look.n > 0]
    if len(looks) < LOOKS_MIN:
        return math.inf
    total = reduce(add, looks)
    share = min(total.x / total.n, 1.0)
    if share in (0.0, 1.0):
        return 1.0
    chi_square = sum((look.x - look.n * share) ** 2 / (look.n * share * (1 - share)) for look in looks)
    return max(1.0, chi_square / (len(looks) - 1))


def coin_nats(beyond: Sequence[bool]) -> float:
    """Against "a look is beyond at most every other time"."""
    return share_nats(Counts(sum(beyond), len(beyond)), 0.5)
