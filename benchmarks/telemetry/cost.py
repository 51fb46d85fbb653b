"""What one look at one metric costs, as a share of a Mann-Whitney test with its interval on the samples of a step.

Both are timed in turn, in processor time, so that the machine's speed and whoever else works on it cancel out. A test
is what Kayenta does to one metric at one judgement: the p-value, and the shift's Hodges-Lehmann estimate and interval,
on one value a look. A look is one look's counts, histogram or gauge folded into the metric's evidence; the whole judge
also keeps the windows that people read, and writes its findings.

The one thing to remember: the interval of `rivals` is quick, one sort of all differences in numpy. R and Kayenta find
it as a root and rank all samples anew at each try; that is shown beside it, and nothing is asked of it.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
from scipy.optimize import brentq  # type: ignore[import-untyped] # scipy carries no types
from scipy.stats import mannwhitneyu, norm, rankdata  # type: ignore[import-untyped] # the same

from benchmarks.figures import percentile
from benchmarks.telemetry.looks import judged
from benchmarks.telemetry.metrics import METRICS
from benchmarks.telemetry.noise import Array, World
from benchmarks.telemetry.releases import HEALTHY, Release, release
from benchmarks.telemetry.rivals import reading, shift_interval
from benchmarks.telemetry.rows import Part, Promise
from bot.analysis import streams
from bot.analysis.evidence import Levels, Shares, Stream, Tails
from bot.analysis.judge import LOOKS_EXPECTED_MIN
from bot.analysis.shapes import Pair
from bot.core.metric import Metric

COST_MAX = 0.01
GROWTH_MAX = 1.25
"""Times the cost early on: a stopwatch is not more exact than that."""
LENGTHS = (60, 240)
"""Looks of a step."""
LATE = 20_000
"""Looks."""
ROUNDS, ROUNDS_OF_JUDGE = 41, 5
PART = 1.0 / LOOKS_EXPECTED_MIN
TIMED: Mapping[str, tuple[str, Stream]] = {
    "a share": ("http-5xx", Shares()),
    "a quantile": ("api-p99", Tails()),
    "a gauge": ("cpu", Levels()),
}


def run(seed: int) -> Iterator[Promise]:
    world = World(looks=max(LENGTHS), steps=((0, 10.0),))
    played = release(world, HEALTHY, seed)
    looks = list(played)
    named = {metric.name: metric for metric in METRICS}
    for what, (name, stream) in TIMED.items():
        metric, pairs = named[name], [look[name] for look in looks]
        for tested, test in (("a test", _test), ("a test by roots", _test_by_roots)):
            watch = partial(_fold, metric, stream)
            parts = [_beside(watch, 1, metric, pairs[:length], test, ROUNDS) for length in LENGTHS]
            yield Promise(f"cost, {what} / {tested}", ROUNDS, parts, COST_MAX if test is _test else None, seed)
        yield Promise(f"cost, {what}, late / early", ROUNDS, [_growth(metric, stream, pairs)], GROWTH_MAX, seed)
    cpu = [look["cpu"] for look in looks]
    whole, rounds = partial(_judge, world, played), ROUNDS_OF_JUDGE
    parts = [_beside(whole, len(METRICS), named["cpu"], cpu[:length], _test, rounds) for length in LENGTHS]
    yield Promise("cost, the whole judge, a metric / a test", rounds, parts, None, seed)


def _fold(metric: Metric, stream: Stream, pairs: Sequence[Pair]) -> Stream:
    tolerance = metric.tolerance
    assert tolerance is not None, "it is compared"
    for pair in pairs:
        stream = streams.compared(stream, metric, pair, PART, tolerance)
    return stream


def _judge(world: World, played: Release, pairs: Sequence[Pair]) -> None:
    """As many looks of all metrics as there are pairs."""
    deque(judged(METRICS, world, Release(len(pairs), played.starts, None, played.look)), maxlen=0)


def _beside(
    watch: Callable[[Sequence[Pair]], object],
    metrics: int,
    metric: Metric,
    step: Sequence[Pair],
    test: Callable[[Array, Array], object],
    rounds: int,
) -> Part:
    """A look at one metric over a test on the step's samples. `metrics`: how many are watched at once."""
    canary = np.array([reading(metric, pair.canary) for pair in step])
    control = np.array([reading(metric, pair.reference) for pair in step])
    looks = len(step) * metrics
    ratios = [_seconds(watch, step) / looks / _seconds(test, canary, control) for _ in range(rounds)]
    return _part(f"{len(step)} looks", ratios)


def _growth(metric: Metric, stream: Stream, pairs: Sequence[Pair]) -> Part:
    """The same looks, folded into a stream that is new and into one that has seen `LATE` of them."""
    old = stream
    for _ in range(LATE // len(pairs)):
        old = _fold(metric, old, pairs)
    ratios = [_seconds(_fold, metric, old, pairs) / _seconds(_fold, metric, stream, pairs) for _ in range(ROUNDS)]
    return _part(f"after {LATE} looks", ratios)


def _part(label: str, ratios: Sequence[float]) -> Part:
    """The median of the rounds, and nine of ten of them."""
    middle, low, high = (percentile(ratios, percent) for percent in (50, 5, 95))
    return Part(label, middle, low, high, is_share=False)


def _seconds(work: Callable[..., object], *on: object) -> float:
    began = time.thread_time()
    work(*on)
    return time.thread_time() - began


# ── tests ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _test(canary: Array, control: Array) -> None:
    mannwhitneyu(canary, control, method="asymptotic")
    shift_interval(canary, control)


def _test_by_roots(canary: Array, control: Array) -> None:
    """As R's `wilcox.test` (and Kayenta, after it): where the statistic of the shifted samples is at its quantiles."""
    mannwhitneyu(canary, control, method="asymptotic")
    shift_by_roots(canary, control)


def shift_by_roots(canary: Array, control: Array, confidence: float = 0.98) -> tuple[float, float, float]:
    """Lower limit, estimate and upper limit, as of `rivals.shift_interval`."""
    widest = float(np.min(canary) - np.max(control)), float(np.max(canary) - np.min(control))

    def z(shift: float, quantile: float) -> float:
        m, n = len(canary), len(control)
        ranks = rankdata(np.concatenate([canary - shift, control]))
        above = float(ranks[:m].sum()) - m * (m + 1) / 2 - m * n / 2
        return above / float(np.sqrt(m * n * (m + n + 1) / 12)) - quantile

    high = float(norm.ppf((1 + confidence) / 2))
    tolerance = 1e-4 * (widest[1] - widest[0])
    lower, estimate, upper = (brentq(z, *widest, args=(at,), xtol=tolerance) for at in (high, 0.0, -high))
    return lower, estimate, upper
