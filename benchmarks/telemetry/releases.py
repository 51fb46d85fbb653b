"""One release as a stream of looks, from a world, a regression and a seed; and the history that preceded it.

Everything is drawn at once as arrays; `Release.look` makes the judge's shapes of one look only when it is asked, since
most detectors stop early. The one thing to remember: a look without a metric's name could not be read on one side.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr  # type: ignore[import-untyped] # scipy carries no types

from benchmarks.telemetry.metrics import (
    BOUNDS,
    COUNTED,
    ENDPOINTS,
    FAILING,
    GAUGES,
    IS_ERROR,
    SHARES,
    SIGMA,
    quantile_name,
)
from benchmarks.telemetry.noise import (
    INCIDENT_SECONDS,
    OUTAGE_SECONDS,
    Array,
    Rng,
    Steps,
    World,
    clumped,
    clumped_cells,
    levels,
    traffic,
)
from bot.analysis.shapes import Buckets, Counts, Pair, Values

Look = Mapping[str, Pair]

CPU, MEMORY = (next(i for i, gauge in enumerate(GAUGES) if gauge.name == name) for name in ("cpu", "memory"))
SLOWEST = 0.95
"""A slower tail begins here: only the slowest 5 % of requests get slower."""
SPIKE = {"errors": 20.0, "conversions": 0.2, "slower": 5.0, "gauges": 3.0}
STRETCHES, STRETCH_LOOKS = 16, 30
WARM_SECONDS, FULL_SECONDS = 120.0, 600.0
"""Until two thirds of the difference between a fresh process and an old one have gone."""


@dataclass(frozen=True)
class Regression:
    """What is wrong with the canary, as factors, from `onset` on."""

    onset: int = 60
    errors: float = 1.0
    """Of the failing requests; whatever counts them too rises with them."""
    is_down: bool = False
    """Every request fails, nobody buys."""
    tail: float = 1.0
    """Of the answer times of the `api`'s slowest 5 %: so of its 99th percentile."""
    cpu: float = 1.0
    conversions: float = 1.0
    leak_per_hour: float = 0.0
    """Growth of memory; 0.2 is a fifth of its base every hour."""
    spike_looks: int = 0
    """Everything goes wrong at once for so many looks, from a random one on. Nobody's fault: the release is healthy."""
    cold: float = 1.0
    """Of processor and answer times, where a canary's process has just started; it fades. Nobody's fault either."""
    empty: float = 1.0
    """The same of memory, which fills up more slowly than caches and compilers get warm."""

    @property
    def is_healthy(self) -> bool:
        return self == Regression(self.onset, spike_looks=self.spike_looks, cold=self.cold, empty=self.empty)

    def growth(self, world: World) -> Array:
        """Of the logarithm of memory, at each look: the first look of a leak shows the first of it."""
        hours = np.maximum(np.arange(world.looks) - self.onset + 1, 0) * world.look_seconds / 3600
        return np.log1p(self.leak_per_hour * hours)


HEALTHY = Regression()


@dataclass(frozen=True)
class Release:
    """A stream of looks. `onset`: the first look of the regression; None for a healthy release."""

    looks: int
    starts: Steps
    onset: int | None
    look: Callable[[int], dict[str, Pair]]

    def __iter__(self) -> Iterator[dict[str, Pair]]:
        return map(self.look, range(self.looks))


def release(world: World, regression: Regression, seed: int | tuple[int, ...]) -> Release:
    """The same seed is the same release."""
    rng = np.random.default_rng(seed)
    requests, log = traffic(rng, world), levels(rng, world)
    disturbed = _disturbances(rng, world, regression)
    log[..., : len(SHARES)] += np.where(IS_ERROR, disturbed["errors"][..., None], disturbed["conversions"][..., None])
    log[..., len(SHARES) : COUNTED] += disturbed["slower"][..., None]
    log[..., COUNTED:] += disturbed["gauges"][..., None] * _worse()
    sick = np.zeros((world.looks, 2), dtype=bool)
    sick[regression.onset :, 0] = True
    log[..., COUNTED + CPU] += np.where(sick, np.log(regression.cpu), 0.0)
    log[:, 0, COUNTED + MEMORY] += regression.growth(world) + np.log(_fresh(world, regression.empty, FULL_SECONDS))
    warming = np.log(_fresh(world, regression.cold, WARM_SECONDS))
    log[:, 0, len(SHARES) : COUNTED] += warming[:, None]
    log[:, 0, COUNTED + CPU] += warming
    events, totals = _shares(rng, world, regression, requests, np.exp(log[..., : len(SHARES)]), sick)
    histograms = [
        _histogram(rng, world, requests, log[..., len(SHARES) + i], i, np.where(sick, regression.tail, 1.0))
        for i in range(len(ENDPOINTS))
    ]
    gauges = np.array([gauge.base for gauge in GAUGES]) * np.exp(log[..., COUNTED:])
    look = _looks(events, totals, histograms, gauges, world, _readable(rng, world))
    return Release(world.looks, world.steps, None if regression.is_healthy else regression.onset, look)


def history(world: World, seed: int | tuple[int, ...]) -> list[Look]:
    """480 pairs of looks of the old version, as anybody has before a release: some of its pods against the others.

    Every 30 looks other pods play the canary, as many as at the steps' exposures in turn. It is the noise that is
    believed (`noise` 1), without incidents and gaps.
    """
    looks: list[Look] = []
    believed = replace(world, noise=1.0, has_incident=False, lost=0.0, has_outage=False, looks=STRETCH_LOOKS)
    for stretch in range(STRETCHES):
        exposure = world.steps[stretch % len(world.steps)][1]
        parts = (seed,) if isinstance(seed, int) else seed
        looks += release(replace(believed, steps=((0, exposure),)), HEALTHY, (*parts, stretch))
    return looks


# ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _worse() -> Array:
    return np.array([-1.0 if gauge.is_lower_worse else 1.0 for gauge in GAUGES])


def _disturbances(rng: Rng, world: World, regression: Regression) -> dict[str, Array]:
    """Logarithms of factors, (looks, 2) each: glitches, incidents and forced spikes."""
    made = {kind: np.zeros((world.looks, 2)) for kind in SPIKE}
    glitches, coin = rng.random((world.looks, 2)) < world.glitches, rng.random((world.looks, 2)) < 0.5
    made["errors"][glitches & coin] += np.log(10)
    made["slower"][glitches & ~coin] += np.log(3)
    if world.has_incident:
        during = _stretch(rng, world, round(INCIDENT_SECONDS / world.look_seconds))
        made["errors"][during] += np.log(5)
        made["slower"][during] += np.log(2)
    if regression.spike_looks:
        during = _stretch(rng, world, regression.spike_looks)
        for kind, factor in SPIKE.items():
            made[kind][during, 0] += np.log(factor)
    return made


def _fresh(world: World, factor: float, seconds: float) -> Array:
    """The canary's mean of what is `factor` times as much in a fresh process; a step adds processes to older ones."""
    begun = np.diff(world.cohort_pods()[:, 0], prepend=0)
    ages = world.look_seconds * np.arange(world.looks)
    excess = sum(
        pods * np.where(ages >= ages[start], np.exp(-np.maximum(ages - ages[start], 0.0) / seconds), 0.0)
        for start, pods in enumerate(begun.tolist())
        if pods
    )
    mean: Array = 1 + (factor - 1) * excess / world.cohort_pods()[:, 0]
    return mean


def _stretch(rng: Rng, world: World, looks: int) -> slice:
    start = int(rng.integers(0, world.looks - looks))
    return slice(start, start + looks)


def _readable(rng: Rng, world: World) -> list[bool]:
    readable = rng.random(world.looks) >= world.lost
    if world.has_outage:
        readable[_stretch(rng, world, round(OUTAGE_SECONDS / world.look_seconds))] = False
    return [bool(one) for one in readable]


# ── what is counted ──────────────────────────────────────────────────────────────────────────────────────────────────


def _shares(
    rng: Rng, world: World, regression: Regression, requests: Array, factors: Array, sick: Array
) -> tuple[Array, Array]:
    """(looks, 2, SHARES): events, and what they are of."""
    shape = (*requests.shape, len(SHARES))
    parts = np.broadcast_to([share.part for share in SHARES], shape)
    totals = rng.binomial(requests[..., None].astype(np.int64), parts).astype(np.float64)
    rates = np.array([share.rate for share in SHARES])
    caused = np.array([share.caused for share in SHARES])
    faults = np.where(sick, regression.errors, 1.0)
    failing = clumped(rng, requests, FAILING.rate * factors[..., 0] * faults, world.dispersion)
    own = rates * (1 - caused) * factors
    own[..., ~IS_ERROR] *= np.where(sick, regression.conversions, 1.0)[..., None]
    events = clumped(rng, totals, own, world.dispersion)
    again = caused * rates * np.array([share.part for share in SHARES]) / FAILING.rate
    events += clumped(rng, np.broadcast_to(failing[..., None], shape), np.broadcast_to(again, shape), world.dispersion)
    events[..., 0] = failing
    if regression.is_down:
        events = np.where(sick[..., None], np.where(IS_ERROR, totals, 0.0), events)
    return np.minimum(events, totals), totals


def at_most(seconds: Array, tail: Array) -> Array:
    """The share of answers within `seconds`, as multiples of the median, when the slowest take `tail` times as long."""
    usual, slowed = ndtr(np.log(seconds) / SIGMA), ndtr(np.log(seconds / tail) / SIGMA)
    within: Array = np.maximum(slowed, np.minimum(usual, SLOWEST))
    return np.where(tail > 1, within, usual)


def cells(shares: Array) -> Array:
    """Per bucket, from the shares at most each bound; the last one has no bound."""
    return np.diff(shares, axis=-1, prepend=0.0, append=1.0)


def _histogram(rng: Rng, world: World, requests: Array, log: Array, which: int, tail: Array) -> Array:
    endpoint = ENDPOINTS[which]
    n = rng.binomial(requests.astype(np.int64), endpoint.part).astype(np.float64)
    medians = endpoint.median_seconds * np.exp(log)
    tails = tail[..., None] if which == 0 else np.ones((1, 1, 1))
    return clumped_cells(rng, n, cells(at_most(np.array(BOUNDS) / medians[..., None], tails)), world.dispersion)


def _looks(
    events: Array, totals: Array, histograms: list[Array], gauges: Array, world: World, readable: list[bool]
) -> Callable[[int], dict[str, Pair]]:
    x, n, values, pods = events.tolist(), totals.tolist(), gauges.tolist(), world.cohort_pods().tolist()
    buckets = [histogram.tolist() for histogram in histograms]

    def look(at: int) -> dict[str, Pair]:
        if not readable[at]:
            return {}
        (canary_x, control_x), (canary_n, control_n) = x[at], n[at]
        shown = {
            share.name: Pair(Counts(canary_x[i], canary_n[i]), Counts(control_x[i], control_n[i]))
            for i, share in enumerate(SHARES)
        }
        for endpoint, rows in zip(ENDPOINTS, buckets, strict=True):
            canary, control = rows[at]
            pair = Pair(Buckets(BOUNDS, tuple(canary)), Buckets(BOUNDS, tuple(control)))
            shown.update((quantile_name(endpoint, quantile), pair) for quantile in endpoint.quantiles)
        (canary_values, control_values), (canary_pods, control_pods) = values[at], pods[at]
        for i, gauge in enumerate(GAUGES):
            canary, control = canary_values[i], control_values[i]
            unlike = 1.0 + world.pod_sd**2 + (world.noise * gauge.sd) ** 2  # expected, of pods at one look
            shown[gauge.name] = Pair(
                Values(canary * canary_pods, canary_pods, canary**2 * canary_pods * unlike),
                Values(control * control_pods, control_pods, control**2 * control_pods * unlike),
            )
        return shown

    return look
