"""The same rehearsal many times, each with a seed of its own: in how many a fault was found, and how soon.

The one thing to remember: a single rehearsal is one draw of the noise. A share of many is what a plan promises.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.rehearsal.course import Course
from bot.rehearsal.faults import Kind
from bot.rehearsal.found import Found, ended, found, stop_of

MAY_DIFFER = "too little traffic, or too short a step"


@dataclass
class Tally:
    """What became of one fault in all runs."""

    words: str
    kind: Kind
    count: int = 0
    detections: list[float] = field(default_factory=list)
    """Seconds from its onset, in the runs in which it was found."""
    exposures: "Counter[float]" = field(default_factory=Counter)
    whys: "Counter[str]" = field(default_factory=Counter)

    def add(self, one: Found) -> None:
        self.count += 1
        if one.stop is not None and one.detection_seconds is not None:
            self.detections.append(one.detection_seconds)
            self.exposures[one.stop.exposure] += 1
        else:
            self.whys[one.why or MAY_DIFFER] += 1

    def quantile(self, q: float) -> float:
        """Of the detections that there were."""
        ordered = sorted(self.detections)
        return ordered[min(len(ordered) - 1, int(q * len(ordered)))]

    @property
    def why(self) -> str:
        """Why not, most often."""
        return self.whys.most_common(1)[0][0] if self.whys else ""


@dataclass
class Runs:
    """All runs. `false_alarms`: stopped before any fault had begun."""

    seed: int
    endings: list[str] = field(default_factory=list)
    held: "Counter[str]" = field(default_factory=Counter)
    false_alarms: int = 0
    faults: Sequence[Tally] = ()

    @property
    def count(self) -> int:
        return len(self.endings)


@dataclass(frozen=True, slots=True)
class Result:
    """What is left of one run."""

    ending: str
    is_condemned: bool
    """Stopped for what its metrics showed."""
    faults: tuple[Found, ...]
    held: str = ""
    """Why somebody has to decide, where that is how it ended."""


def result(course: Course) -> Result:
    """Plays the course."""
    course.play()
    stop, hold = stop_of(course), course.state.held
    held = hold.reason if hold is not None else ""
    return Result(ended(course), stop is not None and bool(stop.metrics), found(course), held)


def tally(results: Iterable[Result], first_seed: int) -> Runs:
    runs, tallies = Runs(first_seed), list[Tally]()
    for one in results:
        tallies = tallies or [Tally(became.fault.words, became.fault.kind) for became in one.faults]
        for counted, became in zip(tallies, one.faults, strict=True):
            counted.add(became)
        begun = any(became.onset is not None for became in one.faults)
        runs.endings.append(one.ending)
        runs.held.update([one.held] if one.held else [])
        runs.false_alarms += one.is_condemned and not begun
    runs.faults = tallies
    return runs
