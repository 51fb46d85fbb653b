"""One release through the canary steps of its plan, on looks that somebody took long ago.

Phases, gates and clocks are `decide`'s, verdicts the judge's. What people and deployers do is taken as done at once:
approvals are given, traffic is where it was wanted. The one thing to remember: it ends where the canary steps do, since
from there on nothing runs beside the new version; `alone` is about that.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Literal

from bot.analysis import judge
from bot.analysis.judge import Boundary, JudgeState, Question
from bot.analysis.series import LookSamples
from bot.core import commands as c
from bot.core.actors import SONGBIRD
from bot.core.decide import decide
from bot.core.evolve import evolve
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import FULL, HealthGate, MinimumTimeGate, Plan, Stage, Watch
from bot.core.verdict import Outcome, Pace

ID, COMMIT, VERSION = "past-1", "c" * 40, "then"

Ending = Literal["rolled back", "held", "passed", "going on"]


@dataclass(frozen=True, slots=True)
class End:
    """How a release would have gone. `metrics`: those it was rolled back or held for."""

    ending: Ending
    seconds: float
    exposure: float
    """Percent, of the plan's step that it had come to."""
    words: str = ""
    metrics: tuple[str, ...] = ()


def canary_only(plan: Plan, stage: Stage) -> Plan:
    """The plan from its first canary step to its last one, with nobody to wait for."""
    gates = (HealthGate, MinimumTimeGate)
    steps = tuple(
        step.model_copy(update={"gates": tuple(gate for gate in step.gates if isinstance(gate, gates))})
        for step in stage.steps
        if step.exposure is not None and step.exposure < FULL
    )
    alone = stage.model_copy(update={"steps": steps, "gates": (), "baseline": None})
    return plan.model_copy(update={"stages": (alone,), "watch": Watch(), "daily": None})


class Course:
    """Begins at `at`; `look` goes on while `end` is None."""

    def __init__(self, plan: Plan, at: float) -> None:
        """`plan` as `canary_only` makes it."""
        self._plan, self._began_at, self._looked_at = plan, at, at
        self._release: Release | None = None
        self._around = Surroundings()
        self.end: End | None = None
        self.paused: defaultdict[str, float] = defaultdict(float)
        """Seconds that the clock of a step stood still, by the judge's rule."""
        self.judged: JudgeState = judge.begin(replace(Question.about(plan, plan.stages[0]), checks={}))
        self._entry = 0
        self._ask(c.StageRelease(ID, plan.service, VERSION, plan), at)
        self._ask(c.ReportPrepared(ID, COMMIT, VERSION, None, ()), at)
        self._ask(c.ReportDeployed(ID, self._number), at)
        self._enter(at)

    @property
    def release(self) -> Release:
        assert self._release is not None, "it was staged when it was made"
        return self._release

    def look(self, look: LookSamples) -> None:
        """Take one look."""
        if look.at - self._looked_at > self._plan.timing.stale:  # nothing was held while nobody could look
            self._ask(c.Tick(ID, self._number), self._looked_at + self._plan.timing.stale)
        self.judged = judge.observe(self.judged, look)
        found = judge.verdict(self.judged, look.at)
        if found.pace is not Pace.RUN and found.outcome is not Outcome.FAIL:
            self.paused[found.rule] += look.at - self._looked_at
        self._looked_at = look.at
        self._ask(c.ReportVerdict(ID, self._number, found), look.at)
        self._enter(look.at)
        self.end = self._ended(look.at)

    def so_far(self) -> End:
        """How it stands where nothing more is known."""
        return self.end or self._said("going on", self._looked_at, self.judged.judged.rule, ())

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _number(self) -> int:
        return self.release.entry.number if self.release.entry is not None else 0

    def _ask(self, command: c.Command, now: float) -> None:
        self._around = replace(self._around, looked_at=self._looked_at)
        for recorded in decide(self._release, command, self._around, SONGBIRD, now):
            self._release = evolve(self._release, recorded)

    def _enter(self, now: float) -> None:
        """The traffic of a step that was just entered is seen at once."""
        release = self.release
        while release.phase is Phase.PROVING and self._number != self._entry and release.entry is not None:
            exposure = release.entry.exposure or FULL
            self._entry = self._number
            self._ask(c.ReportExposure(ID, self._number, exposure), now)
            self.judged = judge.enter(self.judged, Boundary(self._number, now, exposure))
            release = self.release

    def _ended(self, now: float) -> End | None:
        release = self.release
        verdict = release.entry.verdict if release.entry is not None else None
        if release.phase is Phase.ROLLING_BACK:
            back = release.rollback
            assert back is not None, "it is on its way back"
            failing = back.verdict.failing if back.verdict is not None else ()
            return self._said("rolled back", now, back.reason, tuple(dict.fromkeys(one.metric for one in failing)))
        if verdict is not None and verdict.outcome is Outcome.FAIL:
            failing = verdict.failing
            words = "; ".join(one.words for one in failing)
            return self._said("held", now, words, tuple(dict.fromkeys(one.metric for one in failing)))
        if release.held is not None:
            beyond = tuple(one.metric for one in verdict.findings if one.since is not None) if verdict else ()
            return self._said("held", now, release.held.reason, tuple(dict.fromkeys(beyond)))
        return None if release.phase is Phase.PROVING else self._said("passed", now, "", ())

    def _said(self, ending: Ending, now: float, words: str, metrics: tuple[str, ...]) -> End:
        steps = self._plan.stages[0].steps
        back = self.release.rollback
        exposure = back.exposure if back is not None else None
        if exposure is None and self.release.entry is not None:
            exposure = self.release.entry.exposure
        return End(ending, now - self._began_at, exposure or steps[-1].exposure or FULL, words, metrics)
