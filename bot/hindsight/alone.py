"""Limits over the whole history: the version that served everybody, as a release at full exposure.

One judge after the other, each for as long as the plan's longest step is held, all processes together. The one thing
to remember: a limit that is overstepped holds a step; only what is surely beyond it is a failure, and counted apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.analysis import criteria, judge
from bot.analysis.judge import Boundary, JudgeState, Question
from bot.analysis.series import LookSamples, Sample
from bot.core.metric import Limit, Metric
from bot.core.plan import FULL, HealthGate, Plan, Stage
from bot.core.verdict import Outcome

STAY_SECONDS_MIN = 3600.0
STAY_SECONDS_MAX = 86400.0
BOUNDS = ("alert", "limit", "no_go", "rollback")

Bound = tuple[str, str]
"""A metric's name and which of its bounds."""


@dataclass(slots=True)
class Stretch:
    """From when to when a metric was beyond a bound, and the worst that it showed."""

    since: float
    until: float
    worst: float

    @property
    def seconds(self) -> float:
        return self.until - self.since


@dataclass(slots=True)
class Beyond:
    """All stretches of one bound, added up."""

    times: int = 0
    seconds: float = 0.0
    longest: Stretch | None = None
    open: Stretch | None = None

    def close(self, at: float) -> None:
        """It was seen to be fine again at `at`, or nothing is known from there on."""
        if self.open is None:
            return
        self.open.until = at
        self.times += 1
        self.seconds += self.open.seconds
        if self.longest is None or self.open.seconds > self.longest.seconds:
            self.longest = self.open
        self.open = None


@dataclass
class Alone:
    """Every bound of every metric, over all looks."""

    plan: Plan
    stage: Stage
    beyond: dict[Bound, Beyond] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    """Stays in which a limit was surely overstepped, by metric."""
    stays: int = 0
    _state: JudgeState | None = None
    _until: float = 0.0
    _failed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        held = [gate.held for step in self.stage.steps for gate in step.gates if isinstance(gate, HealthGate)]
        self._lasts = min(max([STAY_SECONDS_MIN, *held]), STAY_SECONDS_MAX)
        self._question = Question(self.plan.metrics, self.plan.timing)
        self.beyond = {(metric.name, name): Beyond() for metric, name, _ in bounds_of(self.plan)}

    def look(self, at: float, samples: Sequence[Sample]) -> None:
        """`samples` of all processes."""
        if self._state is None or at >= self._until:
            self._begin(at)
        assert self._state is not None, "it has just begun"
        self._state = judge.observe(self._state, LookSamples(at, tuple(_everybody(samples))))
        for metric, name, bound in bounds_of(self.plan):
            self._weigh(at, metric, name, bound)
        failing = {one.metric for one in self._state.found if one.outcome is Outcome.FAIL}
        for metric_name in failing - self._failed:
            self.failures[metric_name] = self.failures.get(metric_name, 0) + 1
        self._failed |= failing

    def finish(self) -> None:
        """Nothing more is known."""
        for one in self.beyond.values():
            if one.open is not None:
                one.close(one.open.until)

    def _begin(self, at: float) -> None:
        self._state = judge.enter(judge.begin(self._question), Boundary(1, at, FULL))
        self._until, self._failed = at + self._lasts, set()
        self.stays += 1

    def _weigh(self, at: float, metric: Metric, name: str, bound: Limit) -> None:
        assert self._state is not None, "it was looked at"
        seen, one = self._state.seen.get(metric.name), self.beyond[metric.name, name]
        weighed = criteria.against_limit(metric, bound, seen.own) if seen is not None else None
        if weighed is None or not weighed.enough:
            return
        value = weighed.level.value
        if one.open is not None and (not weighed.beyond or at - one.open.until > self.plan.timing.stale):
            one.close(min(at, one.open.until + self.plan.timing.stale))  # what nobody could look at was not broken
        if not weighed.beyond:
            return
        if one.open is None:
            one.open = Stretch(at, at, value)
        else:
            worse = max if bound.max is not None and value > bound.max else min
            one.open.until, one.open.worst = at, worse(one.open.worst, value)


def bounds_of(plan: Plan) -> Iterator[tuple[Metric, str, Limit]]:
    """Every bound that the plan sets."""
    for metric in plan.metrics:
        for name in BOUNDS:
            bound: Limit | None = getattr(metric, name, None)
            if bound is not None:
                yield metric, name, bound


def _everybody(samples: Sequence[Sample]) -> Iterator[Sample]:
    """Whoever serves is the new version of a release at full exposure."""
    for one in samples:
        yield Sample(one.at, one.metric, "canary", one.process, one.since, one.shown)
