"""Each metric of a past as a line of a few hundred points, however long the past was.

A cell stands for a stretch of time: the mean of what the judge would have read in it, and the lowest and the highest.
Where there are too many cells they are merged two by two, so a year is drawn from as little as a day. The one thing to
remember: it is read over recent looks together, as the judge reads, so one slow request of three at night is no peak.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.analysis import criteria
from bot.analysis.series import LookSamples, Sample
from bot.analysis.shapes import Buckets, Shown, Window
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.hindsight.ladder import sums_of
from bot.views.charts.scene import Point, Run, runs_of

CELLS_MAX = 240
"""About as many as a phone has pixels for them."""
REACH_SECONDS = 3600.0
"""What lies farther back says nothing of now, where the recent looks alone say too little."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Readings of one stretch of time, the first at `since` and the last at `at`."""

    since: float
    at: float
    count: int
    total: float
    low: float
    high: float

    def __add__(self, later: "Cell") -> "Cell":
        low, high = min(self.low, later.low), max(self.high, later.high)
        return Cell(self.since, later.at, self.count + later.count, self.total + later.total, low, high)

    @property
    def point(self) -> Point:
        return Point((self.since + self.at) / 2, self.total / self.count, self.low, self.high)


@dataclass
class Drawn:
    """Fed with `look`; afterwards `runs` has the line of each metric."""

    plan: Plan
    _width: float = 0.0
    """Seconds of a cell."""
    _first_at: float | None = None
    _last_at: float = 0.0
    _renewed_at: float = 0.0
    _windows: dict[str, Window[Shown]] = field(default_factory=dict)
    _cells: dict[str, dict[int, Cell]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._width = self.plan.timing.look

    def look(self, at: float, samples: Sequence[Sample]) -> None:
        """`samples` of all processes."""
        self._first_at = at if self._first_at is None else self._first_at
        if at - self._last_at > self.plan.timing.stale:  # what was before a hole says nothing of now
            self._windows = {}
        if at - self._renewed_at > REACH_SECONDS:
            self._windows, self._renewed_at = {name: one.newest for name, one in self._windows.items()}, at
        self._last_at = at
        while at - self._first_at >= CELLS_MAX * self._width:
            self._width *= 2
            self._cells = {name: _halved(cells) for name, cells in self._cells.items()}
        sums = sums_of(LookSamples(at, tuple(samples)), 0.0)
        for metric in self.plan.metrics:
            shown = sums.get((metric.name, "control"))
            value = self._read(metric, shown) if shown is not None else None
            if value is not None:
                cells = self._cells.setdefault(metric.name, {})
                number, one = int((at - self._first_at) / self._width), Cell(at, at, 1, value, value, value)
                cells[number] = cells[number] + one if number in cells else one

    def runs(self, metric: str) -> tuple[Run, ...]:
        """The line, in pieces between which nobody could look; empty where nothing was seen."""
        return runs_of(self._points(list(self._cells.get(metric, {}).values())))

    def _points(self, cells: Sequence[Cell]) -> Iterator[Point | None]:
        for number, cell in enumerate(cells):
            if number and cell.since - cells[number - 1].at > self.plan.timing.stale:
                yield None
            yield cell.point

    def _read(self, metric: Metric, shown: Shown) -> float | None:
        """As the judge reads it; None for too little. What lies above the last bucket stands at its bound."""
        window = self._windows[metric.name] = self._windows.get(metric.name, Window()).then(shown)
        weighed = criteria.against_limit(metric, None, window)
        if weighed is None or not weighed.enough or math.isnan(weighed.level.value):
            return None
        if math.isinf(weighed.level.value):
            return shown.bounds[-1] if isinstance(shown, Buckets) and shown.bounds else None
        return weighed.level.value


def _halved(cells: Mapping[int, Cell]) -> dict[int, Cell]:
    merged: dict[int, Cell] = {}
    for number, cell in cells.items():
        merged[number // 2] = merged[number // 2] + cell if number // 2 in merged else cell
    return merged
