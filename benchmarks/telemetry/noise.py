"""A `World`, and the random processes that its telemetry is made of; all are arrays with time as the first axis.

- Counts are clumped: a beta-binomial, or a gamma-Poisson for traffic, with the same Pearson dispersion at any load.
- Logarithms of rates, answer times and gauges wander as AR(1): one part that both cohorts share, one of each cohort's
  own, one fixed for each pod. Gauges have an AR(1) a pod, averaged over the pods of a cohort.
- `is_hostile` is another family, which nothing was tuned on: Pareto bursts, changes of level and of autocorrelation,
  cron spikes out of phase, one latent factor behind all metrics of a cohort, pods that drift for good.

The one thing to remember: `noise` scales what varies in time (dispersion, standard deviations), not the difference
between pods, which anybody can read off the old version at any time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter  # type: ignore[import-untyped] # scipy carries no types

from benchmarks.telemetry.metrics import COUNTED, ENDPOINTS, GAUGES, IS_ERROR, SHARES

Array = NDArray[np.float64]
Rng = np.random.Generator
Steps = tuple[tuple[int, float], ...]
"""Where each step begins: the look, and percent of the traffic on the canary."""

DISPERSION = 2.0
DAY_SECONDS = 86_400
INCIDENT_SECONDS, OUTAGE_SECONDS = 600, 300

STREAMS = COUNTED + len(GAUGES)
_KINDS = [2 if share.is_business else 0 for share in SHARES] + [1] * len(ENDPOINTS) + [3] * len(GAUGES)
# standard deviations of logarithms, for failures, answer times, business shares and gauges
SHARED_SD = np.array([0.15, 0.05, 0.05, 0.05])[_KINDS]
WANDER_SD = np.array([0.05, 0.01, 0.01, 0.0])[_KINDS]
POD_SCALE = np.array([1.0, 0.4, 0.2, 1.0])[_KINDS]
"""Of `World.pod_sd`: pods differ in how often they fail and what they use, hardly in what customers buy."""
LATENT = np.array([0.05, 0.02, -0.01, 0.02])[_KINDS]
"""How a hostile world's latent factor moves each kind: all for the worse at once."""
SHARED_PHI, WANDER_PHI, LATENT_PHI = 0.95, 0.9, 0.7
GAUGE_SD = np.array([gauge.sd for gauge in GAUGES])


@dataclass(frozen=True)
class World:
    """`requests_per_second`: of both cohorts together. `lost`: the share of looks that one side's scrape misses."""

    requests_per_second: float = 400.0
    look_seconds: float = 15.0
    looks: int = 240
    steps: Steps = ((0, 1.0), (60, 10.0), (120, 25.0), (180, 50.0))
    pods: int = 20
    pod_sd: float = 0.05
    noise: float = 1.0
    gauge_phi: float = 0.5
    glitches: float = 1 / 500
    """Probability a cohort and look of one look with ten times the errors, or answers three times as slow."""
    has_incident: bool = False
    """Ten minutes in which both cohorts have five times the errors and take twice as long."""
    lost: float = 0.0
    has_outage: bool = False
    """Five minutes in which nothing can be read."""
    is_hostile: bool = False

    @property
    def dispersion(self) -> float:
        return DISPERSION * self.noise

    def exposure(self) -> Array:
        """The canary's share of the traffic at each look."""
        share = np.zeros(self.looks)
        for start, percent in self.steps:
            share[start:] = percent / 100
        return share

    def cohort_pods(self) -> NDArray[np.int64]:
        """(looks, 2): pods of canary and control; each has one at least."""
        canary = np.clip(np.rint(self.pods * self.exposure()), 1, self.pods - 1).astype(np.int64)
        return np.stack([canary, self.pods - canary], axis=1)


# ── processes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def ar1(rng: Rng, shape: tuple[int, ...], phi: float) -> Array:
    """Stationary, with standard deviation 1."""
    shocks = rng.standard_normal(shape)
    shocks[1:] *= np.sqrt(1 - phi * phi)
    wandered: Array = lfilter([1.0], [1.0, -phi], shocks, axis=0)
    return wandered


def _spread(n: Array, dispersion: float) -> Array:
    """A beta's (or Dirichlet's) a + b, with which n draws have this dispersion; few draws cannot be that clumped."""
    correlation = np.clip((dispersion - 1) / np.maximum(n - 1, 1.0), 1e-9, 0.9)
    return 1 / correlation - 1


def clumped(rng: Rng, n: Array, rate: Array, dispersion: float) -> Array:
    """Beta-binomial: variance `dispersion` times that of a binomial. A rate of 1 is all of them."""
    rate, spread = np.clip(rate, 0.0, 1.0), _spread(n, dispersion)
    share = rng.beta(np.maximum(rate * spread, 1e-12), np.maximum((1 - rate) * spread, 1e-12))
    drawn = rng.binomial(n.astype(np.int64), share)
    return np.where(rate >= 1, n, np.where(rate <= 0, 0.0, drawn))


def clumped_cells(rng: Rng, n: Array, cells: Array, dispersion: float) -> Array:
    """Dirichlet-multinomial: n events over the cells of the last axis."""
    drawn = rng.gamma(cells * _spread(n, dispersion)[..., None]) + cells * 1e-9
    drawn /= drawn.sum(axis=-1, keepdims=True)
    return rng.multinomial(n.astype(np.int64), drawn).astype(np.float64)


def traffic(rng: Rng, world: World) -> Array:
    """(looks, 2): requests of canary and control. By day and night, with weather that both share."""
    seconds = np.arange(world.looks) * world.look_seconds
    phase = rng.uniform(0, 2 * np.pi)
    day = 1 + 0.3 * np.sin(2 * np.pi * seconds / DAY_SECONDS + phase)
    load = world.requests_per_second * world.look_seconds * day * np.exp(0.1 * ar1(rng, (world.looks,), SHARED_PHI))
    exposure = world.exposure()
    expected = load[:, None] * np.stack([exposure, 1 - exposure], axis=1)
    clumps = world.dispersion - 1
    return rng.poisson(rng.gamma(expected / clumps) * clumps).astype(np.float64)


# ── levels: logarithms, relative to the base ─────────────────────────────────────────────────────────────────────────


def levels(rng: Rng, world: World) -> Array:
    """(looks, 2, STREAMS): how far each stream of each cohort is from its base."""
    shape = (world.looks, 2, STREAMS)
    log = SHARED_SD * ar1(rng, (world.looks, 1, STREAMS), SHARED_PHI)
    log = log + world.noise * WANDER_SD * ar1(rng, shape, WANDER_PHI)
    pods = np.exp(world.pod_sd * POD_SCALE[:, None] * rng.standard_normal((2, STREAMS, world.pods)))
    log += np.log(_means(pods[None], world.cohort_pods()))
    log[..., COUNTED:] += np.log(_gauge_noise(rng, world))
    if world.is_hostile:
        log += _hostile(rng, world)
    return log


def _means(pods: Array, active: NDArray[np.int64]) -> Array:
    """Of (looks or 1, 2, streams, pods), the mean over as many pods as are active: (looks, 2, streams)."""
    means = np.cumsum(pods, axis=-1) / np.arange(1, pods.shape[-1] + 1)
    look = np.arange(len(active))[:, None] if len(pods) > 1 else np.zeros((1, 1), dtype=np.int64)
    chosen: Array = means[look, np.arange(2)[None, :], :, active - 1]
    return chosen


def _gauge_noise(rng: Rng, world: World) -> Array:
    shape = (world.looks, 2, len(GAUGES), world.pods)
    noise = ar1(rng, shape, world.gauge_phi)
    if world.is_hostile:  # from some look on only the autocorrelation is another
        start = int(rng.integers(1, world.looks))
        noise[start:] = ar1(rng, (world.looks - start, *shape[1:]), 0.9)
    values: Array = np.exp(world.noise * GAUGE_SD[:, None] * noise)
    return _means(values, world.cohort_pods())


def _hostile(rng: Rng, world: World) -> Array:
    looks = np.arange(world.looks)
    log: Array = LATENT * ar1(rng, (world.looks, 2, 1), LATENT_PHI)
    drift = 0.004 * rng.standard_normal((world.looks, 2, STREAMS)) / np.sqrt(world.cohort_pods())[..., None]
    log = log + np.abs(POD_SCALE) * np.cumsum(drift, axis=0)
    # both cohorts move to another level for a while, a few times an hour
    regime = np.cumsum(rng.random(world.looks) < 1 / 60)
    log += (3 * SHARED_SD * rng.standard_normal((regime[-1] + 1, STREAMS)))[regime][:, None, :]
    # a cron job every 5 minutes, a look or two later on one cohort
    every, start, late = max(1, round(300 / world.look_seconds)), int(rng.integers(0, 20)), int(rng.integers(1, 3))
    for cohort, offset in enumerate(rng.permutation([0, late])):
        log[(looks - start - offset) % every == 0, cohort, COUNTED:] += np.log(1.4)
    # bursts of failures with a heavy tail, on one cohort, for a look or two
    bursts = np.where(
        rng.random((world.looks, 2)) < 1 / 200, np.log1p(np.minimum(rng.pareto(1.5, (world.looks, 2)), 50)), 0
    )
    bursts[1:] += np.where(rng.random((world.looks - 1, 2)) < 0.2, bursts[:-1], 0)
    log[..., : len(SHARES)] += bursts[..., None] * IS_ERROR
    return log
