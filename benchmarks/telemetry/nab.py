"""Healthy releases out of real series: each series is split into two cohorts that differ by chance alone.

Given a folder of `timestamp,value` files, such as those of the Numenta Anomaly Benchmark, a window of a series becomes
a release with one metric:

- `thinned`: a series of counts (its file's name says so); each event is the canary's with the step's share.
- `interleaved`: a series of a gauge; one sample is the canary's, the next one the control's.
- `noisy`: a gauge that both share, with a little noise of each cohort's own, as large as successive samples differ.

The one thing to remember: the anomalies in these series are in both cohorts. To roll back for one is false.
"""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from benchmarks.telemetry.noise import Array, Rng, World
from benchmarks.telemetry.releases import Look, Release
from benchmarks.telemetry.scenarios import NOT_ASKED, Must, Seed
from bot.analysis.shapes import Counts, Pair, Values
from bot.core.metric import Metric

WORLD = World()
LOOKS, HISTORY_LOOKS, STRIDE = WORLD.looks, 480, 120
Split = Literal["thinned", "interleaved", "noisy"]
COUNTED = ("count", "volume", "taxi")
_TOLERANCE = {"ratio": 1.2}
EVENTS = Metric.model_validate(
    {"name": "series", "kind": "errors", "counter": "events", "of": "asked", "tolerance": _TOLERANCE}
)
LEVEL = Metric.model_validate({"name": "series", "kind": "resource", "gauge": "level", "tolerance": _TOLERANCE})


@dataclass(frozen=True)
class Series:
    """One window after its history: (history and looks,) values, or twice as many where they are interleaved."""

    split: Split
    name: str
    windows: tuple[Array, ...]
    must: Must = NOT_ASKED
    bound: float = math.nan

    @property
    def metrics(self) -> Sequence[Metric]:
        return (EVENTS,) if self.split == "thinned" else (LEVEL,)

    def release(self, seed: Seed) -> Release:
        looks = self._pairs(seed)[HISTORY_LOOKS:]
        return Release(LOOKS, WORLD.steps, None, looks.__getitem__)

    def history(self, seed: Seed) -> Sequence[Look]:
        return self._pairs(seed)[:HISTORY_LOOKS]

    def _pairs(self, seed: Seed) -> list[dict[str, Pair]]:
        rng, values = np.random.default_rng(seed), self.windows[seed[-1] % len(self.windows)]
        if self.split == "thinned":
            return _thinned(rng, values)
        if self.split == "interleaved":
            both = values.reshape(-1, 2)
        else:
            sd = 1.4826 * np.median(np.abs(np.diff(values))) / math.sqrt(2)
            both = values[:, None] + sd * rng.standard_normal((len(values), 2))
        return [{"series": Pair(Values(canary), Values(control))} for canary, control in both.tolist()]


def _thinned(rng: Rng, values: Array) -> list[dict[str, Pair]]:
    """At most a hundredth of what is asked: the counts are rare events of a steady traffic."""
    share = np.concatenate([np.full(HISTORY_LOOKS, 0.5), WORLD.exposure()])
    asked = 100 * max(1.0, float(values.max()))
    canary = rng.binomial(values.astype(np.int64), share)
    pairs = zip(canary.tolist(), values.tolist(), share.tolist(), strict=True)
    return [{"series": Pair(Counts(x, part * asked), Counts(all_ - x, (1 - part) * asked))} for x, all_, part in pairs]


def trials(folder: Path) -> list[Series]:
    """A trial for each way to split that the folder has series for. Raises FileNotFoundError when it has none."""
    counts: list[Array] = []
    gauges: list[Array] = []
    for path in sorted(folder.rglob("*.csv")):
        (counts if any(word in path.stem.lower() for word in COUNTED) else gauges).append(_values(path))
    if not counts and not gauges:
        raise FileNotFoundError(f"no csv files in {folder}")
    made: list[Series] = []
    ways: tuple[tuple[Split, list[Array], int], ...] = (
        ("thinned", counts, 1),
        ("interleaved", gauges, 2),
        ("noisy", gauges, 1),
    )
    for split, series, samples in ways:
        windows = [window for values in series for window in _windows(values, samples)]
        if windows:  # mixed, so that a short run sees many series
            order = np.random.default_rng(0).permutation(len(windows))
            made.append(Series(split, f"real series, {split}", tuple(windows[i] for i in order)))
    return made


def _values(path: Path) -> Array:
    with path.open() as lines:
        values: Array = np.array([float(row["value"]) for row in csv.DictReader(lines)])
    finite: Array = values[np.isfinite(values)]
    return finite


def _windows(values: Array, samples: int) -> list[Array]:
    """`samples`: of the series in a look."""
    length = samples * (HISTORY_LOOKS + LOOKS)
    return [values[start : start + length] for start in range(0, len(values) - length + 1, samples * STRIDE)]
