"""A/A: while one version runs, half of its processes as canary of the other half, one release after the other.

A release begins when nothing else runs, is given the processes of the version that most processes run, and goes through
the plan's canary steps. What is rolled back is a false rollback: both halves are the same build. The one thing to
remember: a version that is replaced ends the release unfinished; the new one's first minutes belong to `deploys`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from bot.analysis.series import MEMORY_SECONDS, Cohort, LookSamples, Sample, Totals
from bot.core.plan import HealthGate, Plan
from bot.hindsight.course import Course, End
from bot.hindsight.ladder import Ladder

PROCESSES_MIN = 2


@dataclass(slots=True)
class Trial:
    """One release that changed nothing."""

    version: str
    at: float
    end: End
    convicted: frozenset[tuple[str, float]]
    """By which rungs of the ladder it would have been rolled back."""
    cut_short: bool = False


@dataclass(slots=True)
class _Running:
    version: str
    at: float
    course: Course
    ladder: Ladder
    sides: dict[str, Cohort] = field(default_factory=dict)
    whole_at: float = 0.0
    """When both halves had a process for the last time."""

    def side_of(self, process: str) -> Cohort:
        """A process that comes later strengthens the weaker side."""
        if process not in self.sides:
            counted = Counter(self.sides.values())
            self.sides[process] = "canary" if counted["canary"] < counted["control"] else "control"
        return self.sides[process]


class Halves:
    """All trials of a history, one after the other."""

    def __init__(self, plan: Plan) -> None:
        """`plan` as `canary_only` makes it."""
        self._plan = plan
        self._running: _Running | None = None
        self._lasts = sum(_held(step.gates) for step in plan.stages[0].steps)
        """Seconds that a release takes: so long other tolerances are tried on one that was rolled back."""
        self.trials: list[Trial] = []
        self.paused: Counter[str] = Counter()
        """Seconds that clocks stood still, by rule."""
        self.looks_alone = 0
        """At which there were too few processes to have two halves."""

    def look(self, at: float, samples: Sequence[Sample], totals: Iterable[Totals]) -> None:
        """`samples` of all processes, whatever their version; `totals`, who runs what."""
        versions = {one.process: one.commit for one in totals}
        if self._running is None or self._is_replaced(versions):
            self._finish(cut_short=True)
            self._begin(at, versions)
            return
        running = self._running
        ours = [_on(sample, running.side_of(sample.process)) for sample in samples if self._is_ours(sample, versions)]
        present = {running.side_of(name) for name, runs in versions.items() if runs == running.version}
        running.whole_at = at if len(present) == len(("canary", "control")) else max(running.whole_at, running.at)
        if at - running.whole_at > MEMORY_SECONDS:  # half of them are gone for good: there are no halves any more
            self._finish(cut_short=True)
            return
        look = LookSamples(at, tuple(ours))
        running.ladder.look(look)
        if running.course.end is None:
            running.course.look(look)
        ended = running.course.end
        if ended is not None and (ended.ending != "rolled back" or at - running.at >= self._lasts):
            self._finish(cut_short=False)

    def finish(self) -> None:
        """Nothing more is known."""
        self._finish(cut_short=True)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, at: float, versions: Mapping[str, str]) -> None:
        version, count = Counter(versions.values()).most_common(1)[0] if versions else ("", 0)
        if count < PROCESSES_MIN:
            self.looks_alone += 1
            return
        self._running = _Running(version, at, Course(self._plan, at), Ladder(self._plan, at))
        there = [process for process, runs in versions.items() if runs == version]
        for number, process in enumerate(sorted(there, key=lambda name: drawn(name, at))):
            self._running.sides[process] = "canary" if number % 2 else "control"

    def _is_replaced(self, versions: Mapping[str, str]) -> bool:
        """Whether its version is gone, or another one has more processes."""
        assert self._running is not None, "asked of a trial"
        counted = Counter(versions.values())
        return bool(counted) and counted.most_common(1)[0][1] > counted[self._running.version]

    def _is_ours(self, sample: Sample, versions: Mapping[str, str]) -> bool:
        """Also a process that does not answer just now, as long as it was one of ours."""
        assert self._running is not None, "asked of a trial"
        runs = versions.get(sample.process)
        return runs == self._running.version if runs is not None else sample.process in self._running.sides

    def _finish(self, *, cut_short: bool) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        end = running.course.so_far()
        if end.ending == "passed":
            self._lasts = max(self._lasts, end.seconds)
        self.paused.update(running.course.paused)
        convicted = frozenset(running.ladder.convicted)
        self.trials.append(
            Trial(running.version, running.at, end, convicted, cut_short=cut_short and end.ending == "going on")
        )


def _held(gates: Sequence[object]) -> float:
    return max((gate.held for gate in gates if isinstance(gate, HealthGate)), default=0.0)


def _on(sample: Sample, side: Cohort) -> Sample:
    return Sample(sample.at, sample.metric, side, sample.process, sample.since, sample.shown)


def drawn(process: str, at: float) -> bytes:
    """An order of the processes that is another one for each trial, and the same whenever it is replayed."""
    return blake2b(f"{process} {at:.0f}".encode(), digest_size=8).digest()
