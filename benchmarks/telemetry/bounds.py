"""How fast anybody could be: the information that a regression brings, and the looks until there is enough of it.

Wald (1947) and Lorden (1971): a rule with false alarms at `ALPHA` needs ln(1/ALPHA) nats on average, and a look brings
no more than the Kullback-Leibler divergence between what both cohorts show and the closest pair of equal cohorts. It
is summed over the affected metrics and divided by the dispersion. The one thing to remember: it is generous. Failing
requests that two metrics count are counted twice, pods are taken as equal, and neither a tolerance nor the number of
metrics and thresholds costs anything; so nobody reaches it.
"""

import math

import numpy as np
from scipy.special import rel_entr  # type: ignore[import-untyped] # scipy carries no types

from benchmarks.telemetry.metrics import BOUNDS, ENDPOINTS, GAUGES, SHARES, Share
from benchmarks.telemetry.noise import Array, World
from benchmarks.telemetry.releases import CPU, MEMORY, Regression, at_most, cells

ALPHA = 0.01


def looks_at_least(world: World, regression: Regression) -> float:
    """From the onset on, that look included; infinite when the release is over before."""
    nats = np.cumsum(information(world, regression)[regression.onset :])
    enough = np.flatnonzero(nats >= math.log(1 / ALPHA))
    return float(enough[0] + 1) if len(enough) else math.inf


def information(world: World, regression: Regression) -> Array:
    """Nats of each look."""
    exposure = world.exposure()
    requests = world.requests_per_second * world.look_seconds * np.stack([exposure, 1 - exposure], axis=1)
    nats = np.zeros(world.looks)
    for share in SHARES:
        sick = _rate(share, regression)
        two_cells = np.array([sick, 1 - sick]), np.array([share.rate, 1 - share.rate])
        nats += _divergence(requests * share.part, *two_cells)
    if regression.tail > 1:
        medians = np.array(BOUNDS) / ENDPOINTS[0].median_seconds
        slowed, usual = (cells(at_most(medians, np.array(tail))) for tail in (regression.tail, 1.0))
        nats += _divergence(requests * ENDPOINTS[0].part, slowed, usual)
    nats /= world.dispersion
    jump = np.where(np.arange(world.looks) >= regression.onset, math.log(regression.cpu), 0.0)
    return nats + _innovations(world, jump, CPU) + _innovations(world, regression.growth(world), MEMORY)


def _rate(share: Share, regression: Regression) -> float:
    if regression.is_down:
        return 0.0 if share.is_business else 1.0
    factor = regression.conversions if share.is_business else 1 + share.caused * (regression.errors - 1)
    return min(1.0, share.rate * factor)


def _divergence(requests: Array, canary: Array, control: Array) -> Array:
    """Of (looks, 2) requests, from the common distribution that is closest to both."""
    shares = requests / requests.sum(axis=1, keepdims=True)
    common = shares[:, :1] * canary + shares[:, 1:] * control
    ours, theirs = (rel_entr(cohort, common).sum(axis=1) for cohort in (canary, control))
    nats: Array = requests[:, 0] * ours + requests[:, 1] * theirs
    return nats


def _innovations(world: World, shift: Array, gauge: int) -> Array:
    """Of a shift of ln(canary/control): what an AR(1) does not foresee of it."""
    news = np.diff(shift, prepend=0.0) + (1 - world.gauge_phi) * np.concatenate([[0.0], shift[:-1]])
    variance = (1 - world.gauge_phi**2) * (world.noise * GAUGES[gauge].sd) ** 2 * (1 / world.cohort_pods()).sum(axis=1)
    nats: Array = news**2 / (2 * variance)
    return nats
