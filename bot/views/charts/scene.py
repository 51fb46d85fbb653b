"""What is drawn, as values: panels one below the other over one axis of time, with lines, bands, spans and marks.

Times are seconds since the epoch, values in the metric's base unit, sizes in pixels of a phone (360 to a line). An
`Ink` says what something means; which colour, dashes or hatching that is, only the artist knows. The one thing to
remember: words here may hold what came from outside (a version, a unit, a name), already flattened to one line, and
an artist must not read markup or formulas into them.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

WIDTH = 360
"""Pixels: what Slack gives a picture on a phone."""

PLOT_WIDTH, STRIP_WIDTH = 238, 298
"""Of it for what is drawn: to the left stand ticks or the lanes' names, to the right of a plot its lines' names."""

SIGN_WIDTH = 6.2
"""Pixels of a character of small print, on average."""

ALT_CHARACTERS_MAX = 2_000
"""Slack's limit for an image's alt text."""


class Ink(StrEnum):
    """What a thing means. Each looks different without its colour as well."""

    CANARY = "canary"
    EVERYBODY = "everybody"
    CONTROL = "control"
    LIMIT = "limit"
    TOLERATED = "tolerated"
    STEP = "step"
    BREACH = "breach"
    BACK = "back"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    ERROR = "error"
    HOLD = "hold"
    PERSON = "person"


class Point(NamedTuple):
    """A value and how sure it is; without a band `low` and `high` are the value."""

    at: float
    value: float
    low: float
    high: float


Run = tuple[Point, ...]
"""Points that belong together; between two runs is a gap."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line. `label` stands at its end. `steps`: the value stays until the next point."""

    ink: Ink
    label: str
    runs: tuple[Run, ...]
    steps: bool = False
    band: bool = True

    @property
    def last(self) -> Point:
        return self.runs[-1][-1]


@dataclass(frozen=True, slots=True)
class Rule:
    """A level across the whole panel."""

    ink: Ink
    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in a lane; `label` is shown where it fits."""

    ink: Ink
    start: float
    end: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: a vertical line with its label on top. Where there is a `key`, the label is a sign that it explains."""

    ink: Ink
    at: float
    label: str
    key: str = ""


class Tick(NamedTuple):
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, with few ticks. `label` says the unit, or the day and the time zone."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    label: str = ""


class Cut(NamedTuple):
    """A long stretch that is shown as if it had lasted only `shown` seconds."""

    start: float
    end: float
    shown: float


@dataclass(frozen=True, slots=True)
class TimeAxis(Axis):
    """Even but for its cuts, which are in order and do not overlap."""

    cuts: tuple[Cut, ...] = ()

    def place(self, at: float) -> float:
        """Where a moment stands: 0 at the left edge, 1 at the right one."""
        return self._shown(at) / self._shown(self.high)

    def _shown(self, at: float) -> float:
        seconds = at - self.low
        for cut in self.cuts:
            inside = min(max(at - cut.start, 0.0), cut.end - cut.start)
            seconds -= inside * (1 - cut.shown / (cut.end - cut.start))
        return seconds


@dataclass(frozen=True, slots=True)
class Panel:
    """`height` in pixels. Without an `axis` it is a lane: spans fill it, signs stand in its middle.

    The `name` stands left of a lane; above a plot it is a heading, with its `note` below it.
    """

    height: int
    axis: Axis | None = None
    series: tuple[Series, ...] = ()
    rules: tuple[Rule, ...] = ()
    spans: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture, and the words that stand in for it. `note` says how to read it, in one line or two."""

    kind: Literal["canary", "rollout", "backtest"]
    title: str
    note: str
    alt: str
    numbers: tuple[str, ...]
    time: TimeAxis
    panels: tuple[Panel, ...]
    plot_width: int = PLOT_WIDTH
    legend: tuple[tuple[Ink, str], ...] = ()
    """What spans mean, where that is not written into each."""

    @property
    def keys(self) -> tuple[Mark, ...]:
        """The marks that are explained, in order of time."""
        return tuple(sorted((mark for panel in self.panels for mark in panel.marks if mark.key), key=lambda m: m.at))


def runs_of(points: Iterator[Point | None]) -> tuple[Run, ...]:
    """The runs between the Nones."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return tuple(tuple(run) for run in runs if run)


def uncrowded(words: Sequence[str], places: Sequence[float], plot_width: float) -> list[str]:
    """Labels that begin at rising places of a plot, without those that would run into the next; the last one stands."""
    free, kept = math.inf, list[str]()
    for word, place in zip(reversed(words), reversed(places), strict=True):
        wide = (len(word) + 1) * SIGN_WIDTH / plot_width
        fits = min(place, 1 - wide) + wide <= free
        free = min(place, 1 - wide) if fits and word else free
        kept.append(word if fits else "")
    return kept[::-1]
