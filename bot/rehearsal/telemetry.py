"""The samples of a look: what a healthy service counts, made worse by what is wrong at the time.

Counts are clumped (twice the variance of pure chance), levels wander as AR(1) with a part that both sides share and one
of each side's own, processes differ a little: the noise that the judge is measured with. The one thing to remember: the
same seed and the same looks are the same samples.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from statistics import NormalDist

from bot.analysis.series import MEMORY_SECONDS, Cohort, Gap, LookSamples, Sample
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.rehearsal.usual import SIGMA, Usual, z_of

DISPERSION = 2.0
PROCESSES = 20
"""Of both versions together; the new one has its share of them, and one at least."""
PROCESSES_SD = {"share": 0.05, "quantile": 0.02, "gauge": 0.05}
"""How processes differ for good; of logarithms, as those below, which wander."""
SHARED_SD = {"share": 0.15, "quantile": 0.05, "gauge": 0.05}
OWN_SD = {"share": 0.05, "quantile": 0.01, "gauge": 0.05}
"""Of a side; of a gauge, of each of its processes."""
SHARED_PHI = 0.95
OWN_PHI = {"share": 0.9, "quantile": 0.9, "gauge": 0.5}
"""What is left of it at the next look."""

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0)
"""Seconds: a Prometheus client's default buckets, one of them finer. Much slower services have them in tens."""
FINE_MAX = 2.0

POISSON_MEAN_MAX = 40.0
"""Above, a normal draw is as good."""

Worse = Callable[[Metric, Cohort], float]
"""How many times its usual a metric shows on one side now."""

_cdf = NormalDist().cdf


@dataclass
class _Wander:
    """AR(1) with standard deviation 1."""

    phi: float
    value: float = 0.0

    def next(self, dice: Random) -> float:
        self.value = self.phi * self.value + math.sqrt(1 - self.phi**2) * dice.gauss(0.0, 1.0)
        return self.value


@dataclass
class Telemetry:
    """One run's samples. Time comes from whoever looks."""

    plan: Plan
    usual: Usual
    dice: Random
    _wandering: dict[tuple[str, str], _Wander] = field(default_factory=dict)
    _unlike: dict[tuple[str, str], float] = field(default_factory=dict)
    _read_at: dict[Cohort, float] = field(default_factory=dict)
    _drawn: dict[tuple[str, str], float] = field(default_factory=dict)
    """What was drawn for this look already: metrics of one series, and both sides, share it."""
    counted: dict[Cohort, float] = field(default_factory=dict)
    """Requests at the last look, by side."""

    def enter(self, at: float) -> None:
        """A step begins: what is counted from here on is its own."""
        self._read_at = {cohort: max(at, read) for cohort, read in self._read_at.items()}

    def look(self, at: float, shares: Mapping[Cohort, float], worse: Worse, silent: frozenset[Cohort]) -> LookSamples:
        """What can be read at `at`, with so much of the traffic (percent) on each side."""
        samples: list[Sample] = []
        self.counted, self._drawn = {}, {}
        for cohort, percent in shares.items():
            if cohort in silent:
                samples += [Sample(at, metric.name, cohort, cohort, at, Gap("missing")) for metric in self.plan.metrics]
                continue
            since = self._read_at.get(cohort)
            self._read_at[cohort] = at
            is_first = since is None or at - since > MEMORY_SECONDS
            seconds = 0.0 if is_first or since is None else at - since
            shown = self._shown(cohort, percent, seconds, worse)
            for metric in self.plan.metrics:
                part = shown[metric.name]
                begins = at if isinstance(part, Values) or since is None else since
                gap = is_first and not isinstance(part, Values)
                samples.append(Sample(at, metric.name, cohort, cohort, begins, Gap("first") if gap else part))
        return LookSamples(at, tuple(sorted(samples, key=lambda one: (one.metric, one.cohort, one.process))))

    # ── one side ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _shown(self, cohort: Cohort, percent: float, seconds: float, worse: Worse) -> dict[str, Shown]:
        totals: dict[tuple[str, float], float] = {}
        answers: dict[str, Buckets] = {}
        shown: dict[str, Shown] = {}
        for metric in self.plan.metrics:
            level = self._level(metric, cohort, percent)
            match metric.source:
                case "gauge":
                    shown[metric.name] = self._gauge(metric, percent, level * worse(metric, cohort))
                case "share":
                    n = self._total(totals, metric, percent, seconds)
                    rate = min(1.0, self.usual.values[metric.name] * level * worse(metric, cohort))
                    shown[metric.name] = Counts(min(n, clumped(self.dice, n * rate)), n)
                case "quantile":
                    histogram = metric.histogram or ""
                    if histogram not in answers:
                        n = self._total(totals, metric, percent, seconds)
                        answers[histogram] = self._answers(histogram, n, level, lambda one: worse(one, cohort))
                    shown[metric.name] = answers[histogram]
        self.counted[cohort] = max(totals.values(), default=0.0)
        return shown

    def _total(self, totals: dict[tuple[str, float], float], metric: Metric, percent: float, seconds: float) -> float:
        """Of one series there is one number at a look, whichever metrics are a share of it."""
        series, rate = metric.of or metric.histogram or "", self.usual.rate(metric)
        if (series, rate) not in totals:
            totals[series, rate] = clumped(self.dice, rate / 60.0 * seconds * percent / 100.0)
        return totals[series, rate]

    def _level(self, metric: Metric, cohort: Cohort, percent: float) -> float:
        """How far it is from its usual by chance."""
        series, source = metric.histogram or metric.name, metric.source
        alike = math.sqrt(processes(percent))
        shared = self._wander(series, "", SHARED_PHI) * SHARED_SD[source]
        own = self._wander(series, cohort, OWN_PHI[source]) * OWN_SD[source]
        unlike = self._unlike.setdefault((series, cohort), self.dice.gauss(0.0, 1.0)) * PROCESSES_SD[source]
        return math.exp(shared + (own / alike if source == "gauge" else own) + unlike / alike)

    def _wander(self, series: str, whose: str, phi: float) -> float:
        key = (series, whose)
        if key not in self._drawn:
            self._drawn[key] = self._wandering.setdefault(key, _Wander(phi)).next(self.dice)
        return self._drawn[key]

    def _gauge(self, metric: Metric, percent: float, level: float) -> Values:
        count = processes(percent)
        value = self.usual.values[metric.name] * level
        squares = count * value**2 * (1.0 + PROCESSES_SD["gauge"] ** 2 + OWN_SD["gauge"] ** 2)
        return Values(value * count, count, squares)

    def _answers(self, histogram: str, n: float, level: float, worse: Callable[[Metric], float]) -> Buckets:
        of = sorted((metric for metric in self.plan.metrics if metric.histogram == histogram), key=z_of)
        known = [(z_of(metric), math.log(self.usual.values[metric.name] * level)) for metric in of]
        slower = [(tail_from(metric), factor) for metric in of if (factor := worse(metric)) != 1.0]
        slowest = self.usual.values[of[-1].name]
        scale = 1.0 if slowest <= FINE_MAX else 10.0 ** math.ceil(math.log10(slowest / FINE_MAX))
        bounds = tuple(bound * scale for bound in BOUNDS)
        before, counts = 0.0, []
        for bound in bounds:
            within = _within(bound, known)
            for start, factor in slower:
                slowed = _within(bound / factor, known)
                within = max(slowed, min(within, start)) if factor > 1 else max(within, slowed)
            counts.append(clumped(self.dice, n * max(0.0, within - before)))
            before = max(before, within)
        counts.append(clumped(self.dice, n * (1.0 - before)))
        return Buckets(bounds, tuple(counts))


def processes(percent: float) -> int:
    return max(1, round(PROCESSES * percent / 100.0))


def tail_from(metric: Metric) -> float:
    """Answers slower than this quantile get slower with it; of a median's, all do."""
    assert metric.quantile is not None, f"{metric.name} is no quantile"
    return max(0.0, 1.0 - 5.0 * (1.0 - metric.quantile))


def _within(seconds: float, known: list[tuple[float, float]]) -> float:
    """The share of answers that take no longer: log-normal, through every quantile that is known."""
    log = math.log(seconds)
    (z, at), *others = known
    slope = SIGMA
    for (low_z, low), (high_z, high) in zip(known, others, strict=False):
        if log >= low:
            z, at, slope = low_z, low, (high - low) / (high_z - low_z)
    if log >= known[-1][1]:
        (z, at), slope = known[-1], SIGMA
    return _cdf(z + (log - at) / slope)


def clumped(dice: Random, mean: float) -> float:
    """A count with `DISPERSION` times the variance of pure chance."""
    if mean <= 0.0:
        return 0.0
    if mean > POISSON_MEAN_MAX:
        return max(0.0, float(round(dice.gauss(mean, math.sqrt(DISPERSION * mean)))))
    clump = DISPERSION - 1.0
    return float(_poisson(dice, dice.gammavariate(mean / clump, clump)))


def _poisson(dice: Random, mean: float) -> int:
    if mean > POISSON_MEAN_MAX:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    count, product, floor = 0, dice.random(), math.exp(-mean)
    while product > floor:
        count += 1
        product *= dice.random()
    return count
