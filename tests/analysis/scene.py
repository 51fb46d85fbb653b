"""A small language for what the judge sees: a canary and its control, with steady rates, one look after the other.

Nothing here is random: a rate of 0.3 % over 100 requests a look is an error every third look or so, always in the same
ones. The one thing a reader could forget: traffic is in requests a look, for each side apart.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Self

from bot.analysis.judge import Boundary, JudgeState, Question, begin, enter, observe, verdict
from bot.analysis.series import Cohort, Gap, LookSamples, Sample, Why
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.checks import Check, Result
from bot.core.metric import Metric
from bot.core.plan import Timing
from bot.core.verdict import Finding, Verdict

LOOK_SECONDS = 1.0
LOOKS_PER_HOUR = 3600
TIMING = Timing.model_validate({"look": "1s", "stale": "10s", "silence_max": "10s"})
WATCH_SECONDS = 3600.0
BOUNDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0)


def metric(name: str, **written: Any) -> Metric:
    return Metric.model_validate({"name": name, "kind": "errors", **written})


ERRORS = metric(
    "errors", counter="errors_total", of="requests_total", limit={"max": "2%"}, tolerance={"ratio": 2, "margin": "0.5%"}
)
P95 = metric(
    "p95",
    kind="performance",
    histogram="seconds",
    quantile=0.95,
    limit={"max": "500ms"},
    tolerance={"ratio": 1.3, "margin": "20ms"},
)
CONVERSION = metric(
    "conversion",
    kind="business",
    counter="orders",
    of="visits",
    worse="lower",
    tolerance={"ratio": 1.25, "margin": "1%"},
)
MEMORY = metric(
    "memory",
    kind="resource",
    gauge="bytes",
    unit="bytes",
    limit={"max": "400MB"},
    tolerance={"ratio": 1.3, "margin": "10MB"},
    events_min=5,
)
CPU = metric("cpu", kind="resource", counter="cpu_seconds", of="requests", unit="s", tolerance={"ratio": 1.5})


@dataclass(frozen=True)
class Side:
    """How one cohort behaves: requests a look, and what they are like."""

    requests: float = 100
    errors: float = 0.003
    orders: float = 0.2
    seconds: float = 0.12
    """Where 95 % of the answers lie below; the other 5 % take four times as long."""
    memory: float = 150e6
    memory_per_hour: float = 0.0
    """By how much of itself the memory grows in an hour."""
    cpu: float = 0.004

    def shows(self, name: str, number: int) -> Shown:
        n, before = round(self.requests * (number + 1)), round(self.requests * number)
        match name:
            case "errors":
                return Counts(_steady(n, self.errors) - _steady(before, self.errors), n - before)
            case "conversion":
                return Counts(_steady(n, self.orders) - _steady(before, self.orders), n - before)
            case "cpu":
                return Counts((n - before) * self.cpu, n - before)
            case "p95":
                return answers(self.seconds, n - before)
            case "memory":
                return Values(self.memory * (1 + self.memory_per_hour * number / LOOKS_PER_HOUR))
        raise AssertionError(name)


def _steady(n: int, rate: float) -> int:
    return int(n * rate + 0.5)


def answers(seconds: float, n: float) -> Buckets:
    """Answer times spread evenly up to a point under which 95 % are; the rest take up to four times as long."""
    below = [min(bound / seconds, 1.0) * 0.95 for bound in BOUNDS]
    above = [min(max(bound - seconds, 0.0) / (3 * seconds), 1.0) * 0.05 for bound in BOUNDS]
    at_most = [n * (low + high) for low, high in zip(below, above, strict=True)]
    edges = [0.0, *at_most, n]
    return Buckets(BOUNDS, tuple(high - low for low, high in pairwise(edges)))


HEALTHY = Side()


@dataclass
class Scene:
    """A step being watched. `canary` or `control` None: that side does not answer."""

    metrics: Sequence[Metric] = (ERRORS,)
    against: Any = "control"
    exposure: float = 10.0
    canary: Side | None = field(default_factory=lambda: replace(HEALTHY, requests=100))
    control: Side | None = field(default_factory=lambda: replace(HEALTHY, requests=900))
    offsets: Mapping[str, float] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    """For the next look."""
    at: float = 1000.0
    number: int = 0
    looks: list[LookSamples] = field(default_factory=list)
    boundaries: list[Boundary] = field(default_factory=list)
    state: JudgeState = field(init=False)

    def __post_init__(self) -> None:
        self.question = Question(tuple(self.metrics), TIMING, self.against, WATCH_SECONDS, self.offsets, self.checks)
        self.state = begin(self.question)
        self.enter(self.exposure)

    def enter(self, exposure: float, *, watch: bool = False) -> None:
        """The next step begins, after the last look of the one before."""
        self.at += LOOK_SECONDS if self.looks else 0.0
        self.boundaries.append(Boundary(len(self.boundaries) + 1, self.at, exposure, watch))
        self.state = enter(self.state, self.boundaries[-1])

    def look(self, times: int = 1, *, failure: str | None = None, gap: Why | None = None) -> Verdict:
        """More looks, as the two sides are now. `gap`: the canary answers, with nothing that counts."""
        for _ in range(times):
            self.at += LOOK_SECONDS
            samples = () if failure else tuple(self._samples(gap))
            self.show(LookSamples(self.at, samples, failure, tuple(self.results)))
            self.results.clear()
            self.number += 1
        return self.verdict

    def tried(self, check: str, words: str = "status 200", *, passed: bool | None = True) -> Self:
        """A run that began after the last look, and ended before the next."""
        self.results.append(Result(check, self.at + 0.4, self.at + 0.6, passed, words))
        return self

    def show(self, look: LookSamples) -> Verdict:
        self.looks.append(look)
        self.state = observe(self.state, look)
        return self.verdict

    def until(self, is_so: Callable[[Verdict], bool], most: int = 200) -> int:
        """How many looks it takes."""
        for looks in range(1, most + 1):
            if is_so(self.look()):
                return looks
        raise AssertionError(f"not within {most} looks: {self.verdict}")

    @property
    def verdict(self) -> Verdict:
        return verdict(self.state, self.at)

    def finding(self, metric: str, criterion: str) -> Finding:
        (found,) = (one for one in self.verdict.findings if (one.metric, one.criterion) == (metric, criterion))
        return found

    def _samples(self, gap: Why | None) -> Iterator[Sample]:
        reference: Cohort = "baseline" if self.against == "baseline" else "control"
        sides: Mapping[Cohort, Side | None] = {"canary": self.canary, reference: self.control}
        for cohort, side in sides.items():
            for one in self.metrics:
                shown: Shown | Gap = Gap("missing") if side is None else side.shows(one.name, self.number)
                if gap is not None and cohort == "canary":
                    shown = Gap(gap)
                yield Sample(self.at, one.name, cohort, f"{cohort}-1", self.at - LOOK_SECONDS, shown)
