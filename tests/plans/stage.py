"""Plays one metric of a plan before the real judge: looks of a version and of whatever it is compared with.

Nothing is random: a share of 2 % of 2,000 requests a look is always in the same ones. The one thing a reader could
forget: the metric is alone with the judge, so evidence has to come from itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from bot.analysis.judge import Boundary, JudgeState, Question, begin, enter, observe
from bot.analysis.series import Cohort, Gap, LookSamples, Sample
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.plan import Metric, Plan
from bot.core.verdict import Verdict

REQUESTS = 2000.0
"""A look, on each side."""
BOUNDS = tuple(0.001 * 1.1**step for step in range(110))
EXPOSURE = 10.0


@dataclass
class Played:
    """One metric in one stage of a plan; `reference` is what the other side shows, None where it does not know it."""

    plan: Plan
    metric: Metric
    stage: int
    reference: float | None
    requests: float = REQUESTS
    at: float = 1000.0
    number: int = 0
    last: float = 0.0
    seen: list[Verdict] = field(default_factory=list)
    state: JudgeState = field(init=False)

    def __post_init__(self) -> None:
        stage = self.plan.stages[self.stage]
        question = Question((self.metric,), self.plan.timing, Question.about(self.plan, stage).against)
        self.exposure = EXPOSURE if stage.is_canary else 100.0
        self.state = enter(begin(question), Boundary(1, self.at, self.exposure))
        self.against: Cohort = "control" if stage.is_canary else "baseline"

    def look(self, value: float) -> Verdict:
        """One more look, in which the new version reads this value."""
        self.at += self.plan.timing.look
        self.number += 1
        self.last = value
        self.state = observe(self.state, LookSamples(self.at, tuple(self._samples(value))))
        self.seen.append(self.state.judged)
        return self.state.judged

    def _samples(self, value: float) -> Iterator[Sample]:
        since = self.at - self.plan.timing.look
        sides: tuple[tuple[Cohort, float | None], ...] = (("canary", value), (self.against, self.reference))
        for cohort, shows in sides:
            shown = Gap("missing") if shows is None else shape(self.metric, shows, self.number, self.requests)
            yield Sample(self.at, self.metric.name, cohort, f"{cohort}-1", since, shown)


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
