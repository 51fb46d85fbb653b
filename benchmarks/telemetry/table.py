"""Plays releases to detectors, counts, and prints.

A healthy trial is counted by its false rollbacks; one with a regression by the delay of the rollback, in looks that
contained the regression, the alarming one included. A miss is an infinite delay. The one thing to remember: a rollback
before the onset is false, and its release is left out of the delays.
"""

import json
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from zlib import crc32

from benchmarks.figures import percentile
from benchmarks.telemetry.detectors import Learns, Make
from benchmarks.telemetry.scenarios import Must, Seed, Trial

CHUNK = 10
"""Releases of one task, at most: as many as share a history."""
Z = 1.959964
"""95 %."""


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if n == 0:
        return 0.0, 1.0
    share, extra = hits / n, Z * Z / n
    middle = (share + extra / 2) / (1 + extra)
    half = Z * math.sqrt(share * (1 - share) / n + extra / (4 * n)) / (1 + extra)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Row:
    """One detector in one trial: `n` releases, `false` of them rolled back for nothing. `bound`: NaN when healthy."""

    trial: str
    detector: str
    n: int
    false: int
    delays: tuple[float, ...]
    bound: float
    must: Must
    seed: int

    @property
    def is_healthy(self) -> bool:
        return math.isnan(self.bound)

    @property
    def missed(self) -> int:
        return sum(map(math.isinf, self.delays))

    @property
    def median(self) -> float:
        return percentile(self.delays, 50) if self.delays else math.nan

    @property
    def p90(self) -> float:
        return percentile(self.delays, 90) if self.delays else math.nan

    @property
    def ratio(self) -> float:
        """The median delay over the least that is possible."""
        return self.median / self.bound

    @property
    def is_met(self) -> bool | None:
        """None: nothing is asked."""
        reached = {
            "false": self.false / self.n,
            "missed": self.missed / max(len(self.delays), 1),
            "median": self.median,
            "p90": self.p90,
        }
        asked = {name: most for name in reached if (most := getattr(self.must, name)) is not None}
        return all(reached[name] <= most for name, most in asked.items()) if asked else None

    def row(self) -> str:
        asked = {None: "", True: "yes", False: "NO"}[self.is_met]
        speed = ["-"] * 5
        if not self.is_healthy:
            missed = _share(self.missed, len(self.delays))
            speed = [_number(self.median), _number(self.p90), missed, _number(self.bound), _number(self.ratio, 1)]
        false = _share(self.false, self.n)
        return _ALIGNED.format(self.trial, self.detector, self.n, false, *speed, str(self.must), asked, self.seed)

    def line(self) -> str:
        """Without the single delays; `median`, `p90` and `bound` are null where there is none, or never."""
        speed = {name: _finite(getattr(self, name)) for name in ("median", "p90", "bound")}
        whole = {name: value for name, value in asdict(self).items() if name not in ("delays", "bound")}
        false, missed = (wilson(hits, n) for hits, n in ((self.false, self.n), (self.missed, len(self.delays))))
        spread = {"false_interval": false, "missed": self.missed, "missed_interval": missed}
        return json.dumps({"kind": "row", **whole, **spread, **speed, "met": self.is_met})


def play(trial: Trial, detectors: Mapping[str, Make], seed: Seed) -> tuple[int | None, dict[str, int | None]]:
    """The onset, and at which look each detector rolls back."""
    release = trial.release(seed)
    alarms: dict[str, int | None] = dict.fromkeys(detectors)
    live = {name: make(trial.metrics) for name, make in detectors.items()}
    for detector in live.values():
        if isinstance(detector, Learns):
            detector.learn(trial.history(seed))
    starts = dict(release.starts)
    for at, look in enumerate(release):
        for name, detector in tuple(live.items()):
            if at in starts:
                detector.enter(starts[at])
            if detector.look(look):
                alarms[name] = at
                del live[name]
        if not live:
            break
    return release.onset, alarms


def measure(
    detectors: Mapping[str, Make], scenarios: Sequence[Trial], releases: int, seed: int, jobs: int
) -> list[Row]:
    """Every detector on the same `releases` of each scenario. `jobs`: processes."""
    rows: list[Row] = []
    chunk = max(1, min(CHUNK, releases // (2 * jobs)))
    with ProcessPoolExecutor(jobs) as pool:
        played = [
            [
                pool.submit(_play_all, trial, dict(detectors), range(start, min(start + chunk, releases)), seed)
                for start in range(0, releases, chunk)
            ]
            for trial in scenarios
        ]
        for trial, tasks in zip(scenarios, played, strict=True):
            outcomes = [outcome for task in tasks for outcome in task.result()]
            rows += (_row(trial, name, outcomes, seed) for name in detectors)
    return rows


Outcome = tuple[int | None, dict[str, int | None]]


def _play_all(trial: Trial, detectors: Mapping[str, Make], numbers: range, seed: int) -> list[Outcome]:
    return [play(trial, detectors, (seed, crc32(trial.name.encode()), number)) for number in numbers]


def _row(trial: Trial, detector: str, outcomes: Sequence[Outcome], seed: int) -> Row:
    false, delays = 0, []
    for onset, alarms in outcomes:
        alarm = alarms[detector]
        if alarm is not None and (onset is None or alarm < onset):
            false += 1
        elif onset is not None:
            delays.append(math.inf if alarm is None else alarm - onset + 1.0)
    return Row(trial.name, detector, len(outcomes), false, tuple(delays), trial.bound, trial.must, seed)


# ── printed ──────────────────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = ("scenario", "detector", "n", "false", "median", "p90", "missed", "bound", "x bound", "must", "met", "seed")
_ALIGNED = "{:<33} {:<21} {:>5} {:>21} {:>6} {:>5} {:>21} {:>5} {:>7}  {:<40} {:<4} {:>4}"


def header() -> str:
    return _ALIGNED.format(*COLUMNS)


def _share(hits: int, n: int) -> str:
    if n == 0:
        return "-"
    low, high = wilson(hits, n)
    return f"{hits / n:.2%} [{100 * low:.2f} {100 * high:.2f}]"


def _number(value: float, digits: int = 0) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "never" if math.isinf(value) else "-"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
