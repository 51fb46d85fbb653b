"""One pass over the past, look by look, for all three replays.

Increments are made once a look, of all processes; each replay then says whose sample is whose. The one thing to
remember: the order is the past's own, and nothing is looked up ahead.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.analysis.series import Before, Cohorts, Gap, Sample, Totals, increments, remember
from bot.core.errors import Misconfigured
from bot.core.plan import Plan, Stage, Timing
from bot.hindsight.alone import Alone
from bot.hindsight.course import canary_only
from bot.hindsight.deploys import Deploy, Deploys
from bot.hindsight.drawn import Drawn
from bot.hindsight.halves import Halves
from bot.hindsight.usual import Usual


def stage_of(plan: Plan, environment: str | None = None) -> Stage:
    """Whose past is replayed: the environment that is named, or the last one. Raises Misconfigured."""
    there = [stage for stage in plan.stages if stage.environment is not None]
    if environment is not None:
        there = [stage for stage in there if stage.environment == environment]
    if not there:
        known = ", ".join(stage.environment for stage in plan.stages if stage.environment) or "none"
        raise Misconfigured(f"the plan has no stage in the environment {environment or 'of its own'}; it has: {known}")
    return there[-1]


def by_the_minute(plan: Plan) -> Plan:
    """The plan with a look a minute: four times as fast to read as what the watch sees, and the same habits."""
    minutes = {"look": "1m", "stale": "5m", "silence_max": "5m"}
    return plan.model_copy(update={"timing": Timing.model_validate(minutes)})


@dataclass
class Increments:
    """Looks at everybody in one environment, subtracted from one another; all of them are `control`."""

    plan: Plan
    where: str
    _before: Before = field(default_factory=dict)

    def of(self, at: float, totals: Sequence[Totals]) -> tuple[Sample, ...]:
        """The samples of one more look."""
        names = [metric.name for metric in self.plan.metrics]
        samples = increments(names, Cohorts("", self.where), self._before, totals, at)
        self._before = remember(self._before, totals, at)
        return samples


@dataclass
class Backtest:
    """Fed with `look`, oldest first; ended with `finish`; afterwards its parts hold what was found."""

    plan: Plan
    environment: str | None = None
    deploys: Sequence[Deploy] = ()
    usual: Usual | None = None
    """Is shown the same, where somebody wants to know."""
    drawn: Drawn | None = None
    """And this, where somebody wants a picture."""
    looks: int = 0
    first_at: float | None = None
    last_at: float | None = None
    holes_seconds: float = 0.0
    """Of the time between the first look and the last one, how much nobody could look at."""
    unread: set[str] = field(init=False)
    """The metrics of which nothing was seen so far: of them no replay says anything."""

    def __post_init__(self) -> None:
        self.stage = stage_of(self.plan, self.environment)
        assert self.stage.environment is not None, "a stage that is replayed is somewhere"
        self.where = self.stage.environment
        self.unread = {metric.name for metric in self.plan.metrics}
        self._increments = Increments(self.plan, self.where)
        self.alone = Alone(self.plan, self.stage)
        canary = canary_only(self.plan, self.stage) if self.stage.is_canary else None
        self.halves = Halves(canary) if canary is not None else None
        self.replays = Deploys(canary, self.where, self.deploys) if canary is not None else None

    def look(self, at: float, totals: Sequence[Totals]) -> None:
        """What all processes of the environment showed at one moment."""
        here = [one for one in totals if one.environment == self.where]
        samples = self._increments.of(at, here)
        if self.last_at is not None and at - self.last_at > self.plan.timing.stale:
            self.holes_seconds += at - self.last_at
        self.first_at, self.last_at = self.first_at if self.first_at is not None else at, at
        self.looks += 1
        if self.unread:
            self.unread -= {sample.metric for sample in samples if not isinstance(sample.shown, Gap)}
        self.alone.look(at, samples)
        if self.usual is not None:
            self.usual.look(at, samples)
        if self.drawn is not None:
            self.drawn.look(at, samples)
        if self.halves is not None and self.replays is not None:
            self.halves.look(at, samples, here)
            self.replays.look(at, samples, here)

    def finish(self) -> "Backtest":
        """Nothing more is known."""
        self.alone.finish()
        if self.halves is not None and self.replays is not None:
            self.halves.finish()
            self.replays.finish()
        return self
