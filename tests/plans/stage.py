"""Plays metrics of a plan before the real judge: looks of a version and of whatever it is compared with.

Nothing is random: a share of 2 % of 2,000 requests a look is always in the same ones. The one thing a reader could
forget: a metric that is alone with the judge has the whole budget, and needs less evidence than among others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, product

from bot.analysis.judge import Boundary, JudgeState, Question, begin, enter, observe
from bot.analysis.series import Cohort, Gap, LookSamples, Sample
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.core.verdict import Verdict

REQUESTS = 2000.0
"""A look, on each side."""
BOUNDS = tuple(0.001 * 1.1**step for step in range(110))
EXPOSURE = 10.0


@dataclass
class Played:
    """Some of a plan's metrics in one of its stages."""

    plan: Plan
    metrics: Mapping[str, float | None]
    """By name, what the other side reads of it; None where it does not know it."""
    stage: int
    requests: float = REQUESTS
    at: float = 1000.0
    number: int = 0
    last: float = 0.0
    seen: list[Verdict] = field(default_factory=list)
    state: JudgeState = field(init=False)

    def __post_init__(self) -> None:
        stage = self.plan.stages[self.stage]
        self.played = tuple(one for one in self.plan.metrics if one.name in self.metrics)
        question = Question(self.played, self.plan.timing, Question.about(self.plan, stage).against)
        self.exposure = EXPOSURE if stage.is_canary else 100.0
        self.state = enter(begin(question), Boundary(1, self.at, self.exposure))
        self.against: Cohort = "control" if stage.is_canary else "baseline"

    def look(self, value: float) -> Verdict:
        """One more look, in which the one metric reads this value."""
        self.last = value
        return self.looks_like(dict.fromkeys(self.metrics, value))

    def looks_like(self, values: Mapping[str, float]) -> Verdict:
        """One more look, in which the new version reads these values."""
        self.at += self.plan.timing.look
        self.number += 1
        self.state = observe(self.state, LookSamples(self.at, tuple(self._samples(values))))
        self.seen.append(self.state.judged)
        return self.state.judged

    def _samples(self, values: Mapping[str, float]) -> Iterator[Sample]:
        since = self.at - self.plan.timing.look
        sides: tuple[tuple[Cohort, Mapping[str, float | None]], ...] = (
            ("canary", {**values}),
            (self.against, self.metrics),
        )
        for (cohort, reads), metric in product(sides, self.played):
            value = reads[metric.name]
            shown = Gap("missing") if value is None else shape(metric, value, self.number, self.requests)
            yield Sample(self.at, metric.name, cohort, f"{cohort}-1", since, shown)


def shape(metric: Metric, value: float, number: int, n: float) -> Shown:
    """What a process shows of a metric at one look, so that it reads this value."""
    if metric.source == "quantile":
        assert metric.quantile is not None, f"{metric.name} has no quantile"
        return _answers(value, metric.quantile, n)
    if metric.source == "gauge":
        return Values(value)
    if metric.unit != "ratio":
        return Counts(n * value, n)
    return Counts(round(n * value * number) - round(n * value * (number - 1)), n)


def _answers(value: float, quantile: float, n: float) -> Buckets:
    """Spread evenly from half the value to the value, and from there to half as much again."""
    at_most = [
        n * (quantile * _between(bound, value / 2, value) + (1 - quantile) * _between(bound, value, 1.5 * value))
        for bound in BOUNDS
    ]
    return Buckets(BOUNDS, tuple(high - low for low, high in pairwise([0.0, *at_most, n])))


def _between(bound: float, low: float, high: float) -> float:
    return min(max((bound - low) / (high - low), 0.0), 1.0)
