"""What others do, as published, on the same looks: what the judge is compared with.

- `Kayenta`: its canary judge (`NetflixACAJudge`, `MannWhitneyClassifier`). A metric is High when the 98 % interval of
  the shift between canary and control lies above 0.25 of the estimated shift, and the means differ by the effect size
  (1 as shipped: no condition). A release fails on a High critical metric, or when less than 75 % of the metrics pass.
- `Limits`: a limit at 1.5 times what the old version usually shows; a step fails after more than `failureLimit`
  measurements beyond it (Argo Rollouts), or after so many failed checks in a row (Flagger).
- `ZScore`: three standard errors between the means of the last five minutes.

The one thing to remember: the shift's interval comes from the ordered pairwise differences (Hodges and Lehmann 1963,
with the normal approximation to its depth), which R and Kayenta find as a root; ties make them differ a little.
"""

import math
from collections import deque
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from scipy.stats import norm  # type: ignore[import-untyped] # scipy carries no types

from benchmarks.telemetry.noise import Array
from bot.analysis.shapes import Buckets, Counts, Pair, Shown, Values
from bot.core.metric import Metric

LOOKBACK = 60
"""Looks: a step of the rollout, an hour of the watch."""
CRITICAL = frozenset({"http-5xx", "checkout-failures", "login-failures", "api-p95", "orders"})


def reading(metric: Metric, shown: Shown) -> float:
    """One number for one look, as a query would return it: the larger, the worse. NaN for nothing."""
    value = math.nan
    match shown:
        case Counts(x, n) if n > 0:
            value = x / n
        case Buckets() if shown.n > 0 and metric.quantile is not None:
            value = min(shown.quantile(metric.quantile), shown.bounds[-1])
        case Values():
            value = shown.mean
        case _:
            pass
    return value if metric.worse == "higher" else -value


class Readings:
    """The last readings of each metric, (looks, 2, metrics): canary and control."""

    def __init__(self, metrics: Sequence[Metric], looks: int = LOOKBACK) -> None:
        self.metrics = metrics
        self._rows: deque[list[list[float]]] = deque(maxlen=looks)

    def clear(self) -> None:
        self._rows.clear()

    def add(self, pairs: Mapping[str, Pair]) -> Array:
        """Of this look alone: (2, metrics)."""
        both = [(one, pairs.get(one.name)) for one in self.metrics]
        row = [
            [math.nan if pair is None else reading(one, pair.canary) for one, pair in both],
            [math.nan if pair is None else reading(one, pair.reference) for one, pair in both],
        ]
        self._rows.append(row)
        return np.array(row)

    def all(self) -> Array:
        return np.array(self._rows)


# ── Kayenta ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def shift_interval(canary: Array, control: Array, confidence: float = 0.98) -> tuple[float, float, float]:
    """Lower limit, estimate and upper limit of how far canary's values are shifted against control's."""
    differences = np.sort(np.subtract.outer(canary, control), axis=None)
    m, n = len(canary), len(control)
    ties = np.unique(np.concatenate([canary, control]), return_counts=True)[1].astype(np.float64)
    tied = float(np.sum(ties**3 - ties)) / ((m + n) * (m + n - 1))
    sd = math.sqrt(max(m * n / 12 * (m + n + 1 - tied), 0.0))
    depth = max(0, math.ceil(m * n / 2 - norm.ppf((1 + confidence) / 2) * sd) - 1)
    return float(differences[depth]), float(np.median(differences)), float(differences[-1 - depth])


class Kayenta:
    """Judges every `every` looks: 60 is at the end of a step; 4 stands for every look, which would take minutes.

    As published it needs no minimum of data; with `looks_min` it waits for that many in each step.
    """

    def __init__(
        self,
        metrics: Sequence[Metric],
        *,
        every: int = 4,
        effect: float = 1.0,
        looks_min: int = 0,
        critical: Collection[str] | None = None,
        score_min: float = 75.0,
    ) -> None:
        self._readings = Readings(metrics)
        self._critical = np.array([critical is None or metric.name in critical for metric in metrics])
        self._every, self._effect, self._score_min = every, effect, score_min
        self._looks, self._looks_min = 0, looks_min

    def enter(self, exposure: float) -> None:  # noqa: ARG002 - it does not look at the exposure
        self._readings.clear()
        self._looks = 0

    def look(self, pairs: Mapping[str, Pair]) -> bool:
        self._readings.add(pairs)
        self._looks += 1
        if self._looks % self._every or self._looks < self._looks_min:
            return False
        seen = self._readings.all()
        is_high = np.array([self._is_high(seen[:, 0, i], seen[:, 1, i]) for i in range(seen.shape[2])])
        return bool(np.any(is_high & self._critical) or 100 * np.mean(~is_high) < self._score_min)

    def _is_high(self, canary: Array, control: Array) -> bool:
        canary, control = canary[~np.isnan(canary)], control[~np.isnan(control)]
        if not (len(canary) and len(control)) or np.ptp(np.concatenate([canary, control])) == 0:
            return False
        means = abs(float(np.mean(canary))), abs(float(np.mean(control)))
        if min(means) > 0 and max(means) / min(means) < self._effect:
            return False
        lower, shift, _ = shift_interval(canary, control)
        return lower > 0.25 * abs(shift)


# ── limits, and z ────────────────────────────────────────────────────────────────────────────────────────────────────


class Limits:
    """`in_a_row`: how many looks with any metric beyond its limit, one after the other; else failures are summed up."""

    def __init__(self, metrics: Sequence[Metric], *, ratio: float = 1.5, tolerated: int = 3, in_a_row: bool) -> None:
        self._readings = Readings(metrics, 1)
        self._ratio, self._tolerated, self._in_a_row = ratio, tolerated, in_a_row
        self._limits = np.full(len(metrics), np.inf)
        self._failed = np.zeros(len(metrics))
        self._row = 0

    def learn(self, history: Sequence[Mapping[str, Pair]]) -> None:
        """Every fourth look is enough for a mean."""
        usual = np.nanmean([self._readings.add(look)[1] for look in history[::4]], axis=0)
        self._limits = np.where(usual > 0, usual * self._ratio, usual / self._ratio)

    def enter(self, exposure: float) -> None:  # noqa: ARG002 - it does not look at the exposure
        self._failed[:] = 0
        self._row = 0

    def look(self, pairs: Mapping[str, Pair]) -> bool:
        fails = self._readings.add(pairs)[0] > self._limits
        self._failed += fails
        self._row = self._row + 1 if fails.any() else 0
        return self._row > self._tolerated if self._in_a_row else bool(np.any(self._failed > self._tolerated))


class ZScore:
    def __init__(self, metrics: Sequence[Metric], *, looks: int = 20, z: float = 3.0) -> None:
        self._readings = Readings(metrics, looks)
        self._looks, self._z = looks, z

    def enter(self, exposure: float) -> None:  # noqa: ARG002 - it does not look at the exposure
        self._readings.clear()

    def look(self, pairs: Mapping[str, Pair]) -> bool:
        self._readings.add(pairs)
        seen = self._readings.all()
        if len(seen) < self._looks:
            return False
        there = np.sum(~np.isnan(seen), axis=0)
        means = np.nansum(seen, axis=0) / np.maximum(there, 1)
        squares = np.nansum((seen - means) ** 2, axis=0) / np.maximum(there - 1, 1) / np.maximum(there, 1)
        above, error = means[0] - means[1], np.sqrt(squares.sum(axis=0))
        return bool(np.any((there.min(axis=0) > 2) & (above > 0) & (above >= self._z * error)))
