"""What the journals of many releases add up to: how many went well, how long it took, how long people were waited for.

`figures` adds courses up, each of which was read from one journal. The one thing to remember: nothing is assumed, and
every number carries how many it rests on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from bot.core.course import Course
from bot.core.model import Phase
from bot.core.scores import Score


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
    scores: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)
    """By service, all measures."""

    @property
    def ended(self) -> int:
        return sum(self.endings.values())


def figures(courses: Sequence[Course]) -> Figures:
    return Figures(
        staged=len(courses),
        endings=dict(Counter(one.phase for one in courses if one.phase.is_ending)),
        lead=Spread.of(one.healthy_seconds for one in courses),
        people=Spread.of(one.people_seconds or None for one in courses),
        rollback=Spread.of(one.rollback_seconds for one in courses if one.phase is Phase.ROLLED_BACK),
        detection=Spread.of(one.detection_seconds for one in courses),
    )
