"""What the journals of many releases add up to: how many went well, how long it took, how long people were waited for.

Each release is read once, from its own journal, into a `Course`; `figures` adds courses up. The one thing to remember:
nothing is assumed. What a journal does not say (a release that has not ended, a rollback that nobody saw end) is not
counted, and every number carries how many it rests on.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bot.core.events import Recorded
from bot.core.evolve import evolve
from bot.core.gates import waiting
from bot.core.measures import way_back
from bot.core.model import Phase, Release


@dataclass(frozen=True, slots=True)
class Course:
    """One release. `healthy_seconds`: from staged to healthy; `people_seconds`: its card waited for somebody."""

    release: str
    service: str
    staged_at: float
    phase: Phase
    healthy_seconds: float | None = None
    people_seconds: float = 0.0
    rollback_seconds: float | None = None
    """From the decision to the traffic read back."""
    detection_seconds: float | None = None
    """From the first sign of what failed to the decision."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `count` measurements, in seconds."""

    count: int
    median: float
    most: float

    @classmethod
    def of(cls, seconds: Iterable[float | None]) -> "Spread | None":
        """None where nothing was measured."""
        known = [each for each in seconds if each is not None]
        return cls(len(known), median(known), max(known)) if known else None


@dataclass(frozen=True, slots=True)
class Figures:
    """`endings` are how many ended how; the others are still moving."""

    staged: int
    endings: dict[Phase, int]
    lead: Spread | None
    people: Spread | None
    """Over the releases that waited for anybody."""
    rollback: Spread | None
    detection: Spread | None

    @property
    def ended(self) -> int:
        return sum(self.endings.values())


def course(journal: Sequence[Recorded], now: float) -> Course:
    """`journal` is one release's, whole and in order."""
    state: Release | None = None
    people_seconds = 0.0
    ends = [*(recorded.at for recorded in journal[1:]), now]
    for recorded, until in zip(journal, ends, strict=True):
        state = evolve(state, recorded)
        here = waiting(state, recorded.at)
        if here is not None and here.whom:
            people_seconds += max(0.0, until - recorded.at)
    assert state is not None, "a journal begins with a release that is staged"
    back = way_back(state)
    return Course(
        state.id,
        state.service,
        state.staged_at,
        state.phase,
        state.phase_since - state.staged_at if state.phase is Phase.HEALTHY else None,
        people_seconds,
        back.restored_seconds if back is not None and back.restored_seconds is not None else None,
        back.detection_seconds if back is not None else None,
    )


def figures(courses: Sequence[Course]) -> Figures:
    return Figures(
        staged=len(courses),
        endings=dict(Counter(one.phase for one in courses if one.phase.is_ending)),
        lead=Spread.of(one.healthy_seconds for one in courses),
        people=Spread.of(one.people_seconds or None for one in courses),
        rollback=Spread.of(one.rollback_seconds for one in courses if one.phase is Phase.ROLLED_BACK),
        detection=Spread.of(one.detection_seconds for one in courses),
    )
