"""From looks to the points of a chart: per side and per look what was seen, added up until it can be read.

A look with few requests is mostly noise, so a point stands for the fewest looks that hold enough of them on both
sides, within one step and at most as many as the judge reads. Where there are more looks than a picture can show, they
are first merged, which loses nothing: samples add up. The one thing to remember: where a side showed nothing there is
no point. A look that failed is a gap, not a zero.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from bot.analysis.criteria import is_counted, reading
from bot.analysis.series import Cohort, LookSamples, Sample
from bot.analysis.shapes import RECENT, Buckets, Counts, Shown, added
from bot.core.metric import Metric
from bot.views.charts.bands import Band, at_most, of_quantile, of_readings, of_share
from bot.views.charts.course import Stay
from bot.views.charts.scene import Point, Run, runs_of

BEATS_MAX = 120
"""More looks than this are merged: on a phone they would be less than two pixels apart."""

EVENTS_READABLE = 400
"""Of a share: then its band reaches less than a percentage point to each side at a share of 0.5 %."""

TAIL_READABLE = 20
"""Of a quantile: events on its thinner side, or the quantile is that of a handful."""

SILENT_LOOKS = 2.5
"""So many looks' time without a look is a gap, although none failed: nobody looked."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One look, or several merged: what each side's processes showed, and that added up. `step` counts the stays."""

    at: float
    step: int
    cells: Mapping[Cohort, tuple[Shown, ...]]
    totals: Mapping[Cohort, Shown]

    @classmethod
    def of(cls, at: float, step: int, cells: Mapping[Cohort, tuple[Shown, ...]]) -> "Beat":
        return cls(at, step, cells, {side: added(shown) for side, shown in cells.items()})


@dataclass(frozen=True, slots=True)
class Level:
    """A value with its band, and how many events (or readings) it rests on."""

    value: float
    band: Band
    events: int
    is_over: bool = False
    """It lies above the last bucket's bound, which stands for it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Each side's points, in runs without a gap, and how many beats a point stands for: fewest and most."""

    runs: Mapping[Cohort, tuple[Run, ...]]
    beats_min: int
    beats_max: int


# ── looks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def beats(
    metric: str, looks: Iterable[LookSamples], stays: Sequence[Stay], look_seconds: float
) -> tuple[list[Beat], int]:
    """What counts, in order, with an empty beat where nobody looked; and how many looks each stands for."""
    found: list[Beat] = []
    for look in looks:
        step = _step(look.at, stays)
        if step is None:
            continue
        if found and look.at - found[-1].at > SILENT_LOOKS * look_seconds:
            found.append(Beat.of(found[-1].at + look_seconds, found[-1].step, {}))
        found.append(Beat.of(look.at, step, _cells(metric, look.samples, stays[step].observed_at or 0.0)))
    size = -(-len(found) // BEATS_MAX)
    return _merged(found, size) if size > 1 else found, size


def _step(at: float, stays: Sequence[Stay]) -> int | None:
    return next(
        (n for n, stay in enumerate(stays) if stay.observed_at is not None and stay.observed_at < at <= stay.end), None
    )


def _cells(metric: str, samples: Iterable[Sample], since: float) -> dict[Cohort, tuple[Shown, ...]]:
    """What began after the exposure was read back."""
    cells: dict[Cohort, tuple[Shown, ...]] = {}
    for sample in samples:
        if sample.metric == metric and isinstance(sample.shown, Shown) and sample.since >= since:
            cells[sample.cohort] = (*cells.get(sample.cohort, ()), sample.shown)
    return cells


def _merged(found: list[Beat], size: int) -> list[Beat]:
    """Several beats of one step as one; an empty one stays alone, so that the gap is seen."""
    alike = groupby(enumerate(found), key=lambda pair: (pair[1].step, bool(pair[1].cells), pair[0] // size))
    return [_sum([beat for _, beat in group]) for _, group in alike]


def _sum(several: list[Beat]) -> Beat:
    cells: dict[Cohort, tuple[Shown, ...]] = {}
    for beat in several:
        for cohort, shown in beat.cells.items():
            cells[cohort] = cells.get(cohort, ()) + shown
    return Beat.of(several[-1].at, several[-1].step, cells)


# ── points ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def drawn(metric: Metric, found: Sequence[Beat], sides: Sequence[Cohort]) -> Drawn:
    """Each side's points, one a beat, as far as there is enough to see."""
    windows = [(beat, tuple(_window(metric, found, number, sides))) for number, beat in enumerate(found)]
    used = [len(window) for beat, window in windows if beat.cells]
    runs = {side: tuple(_runs(metric, windows, side)) for side in sides}
    return Drawn(runs, min(used, default=0), max(used, default=0))


def _window(metric: Metric, found: Sequence[Beat], number: int, sides: Sequence[Cohort]) -> list[Beat]:
    """The fewest beats, back from this one within its step, with enough on each side that shows anything here."""
    here, window = found[number], list[Beat]()
    events = dict.fromkeys((side for side in sides if side in here.cells), 0.0)
    for beat in reversed(found[max(0, number + 1 - RECENT) : number + 1]):
        if beat.step != here.step:
            break
        window.append(beat)
        for side in events:
            events[side] += _events(beat.totals[side]) if side in beat.totals else 0.0
        if all(seen >= readable(metric) for seen in events.values()):
            break
    return window


def _runs(metric: Metric, windows: Iterable[tuple[Beat, Sequence[Beat]]], side: Cohort) -> Iterator[Run]:
    """No line leads from one step to the next: what is before and after it are two things."""
    for _, step in groupby(windows, key=lambda pair: pair[0].step):
        yield from runs_of(_point(metric, beat, window, side) for beat, window in step)


def _point(metric: Metric, beat: Beat, window: Sequence[Beat], side: Cohort) -> Point | None:
    level = level_of(metric, window, side) if side in beat.cells else None
    return None if level is None else Point(beat.at, level.value, *level.band)


def readable(metric: Metric) -> float:
    """Events that make a point worth showing without its neighbours; a reading of a gauge stands for itself."""
    if not is_counted(metric):
        return 0.0
    if metric.quantile is None:
        return float(EVENTS_READABLE)
    return TAIL_READABLE / min(metric.quantile, 1 - metric.quantile)


def _events(total: Shown) -> float:
    return total.n if isinstance(total, Counts | Buckets) else 1.0


def level_of(metric: Metric, window: Sequence[Beat], side: Cohort) -> Level | None:
    """One side's value over a window, as the judge reads it; None where it is too little to conclude anything."""
    there = [beat for beat in window if side in beat.totals]
    if not there:
        return None
    if not is_counted(metric):
        return _of_readings(there, side)
    match added([beat.totals[side] for beat in there]):
        case Buckets() as total if metric.quantile is not None and total.bounds and total.n >= metric.events_min:
            value = total.quantile(metric.quantile)
            band = of_quantile(total, metric.quantile)
            return Level(at_most(value, total), band, int(total.n), is_over=math.isinf(value))
        case Counts() as total if total.n >= metric.events_min:
            return Level(total.x / total.n, of_share(total), int(total.n))
        case _:
            return None


def _of_readings(there: Sequence[Beat], side: Cohort) -> Level | None:
    """What cannot be counted: the middle look, and between which readings all processes lay."""
    looks = [value for beat in there if (value := reading(beat.totals[side])) is not None]
    readings = [value for beat in there for cell in beat.cells[side] if (value := reading(cell)) is not None]
    return Level(median(looks), of_readings(readings), len(readings)) if looks else None
