"""Canary against control over time: both lines with their bands, what is allowed, and what happened when.

On staging the other side is the baseline, at full exposure there may be none. The one thing to remember: the title
says what the judge found, in its numbers; the lines are the picture's own reading of the same samples, over shorter
windows, and differ from them by chance.
"""

from collections.abc import Iterator

from bot.analysis.words import tolerated
from bot.core.quantities import percent_in_words
from bot.core.verdict import Outcome
from bot.texts import Material
from bot.views.charts import captions, scales
from bot.views.charts.course import Kind
from bot.views.charts.scene import (
    PLOT_WIDTH,
    Axis,
    Ink,
    Mark,
    Panel,
    Point,
    Rule,
    Scene,
    Series,
    TimeAxis,
    uncrowded,
)
from bot.views.charts.seen import Seen

HEIGHT = 170

LIMIT_TIMES_MAX = 6.0
"""A limit so many times above everything else would press the lines flat: it is named at the edge, not drawn."""

BAND_TIMES_MAX = 1.4
"""A band may widen the axis by so much; the wide ones of a beginning are cut off."""

WORSE, BACK, FAILING = "▽", "◀", "✗"


def canary(material: Material, metric: str) -> Scene | None:
    """The picture of one metric; None where the new version showed nothing of it that could be drawn."""
    seen = Seen.of(material, metric)
    if seen is None:
        return None
    series, rules = tuple(_series(seen)), tuple(_rules(seen))
    axis = _axis(seen, series, rules)
    time = TimeAxis(seen.start, seen.end, scales.time_ticks(seen.start, seen.end), scales.days(seen.start, seen.end))
    panel = Panel(HEIGHT, axis, series, rules, marks=tuple(_marks(seen, time)))
    return Scene(
        "canary",
        captions.title(seen),
        captions.note(seen),
        captions.alt(seen),
        captions.numbers(seen),
        time,
        (panel,),
    )


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _series(seen: Seen) -> Iterator[Series]:
    name, beside = captions.side_names(seen)
    if seen.control:
        yield Series(Ink.CONTROL, beside, seen.control)
        if seen.other == "control" and seen.metric.tolerance is not None:
            runs = tuple(tuple(_tolerated(seen, point) for point in run) for run in seen.control)
            yield Series(Ink.TOLERATED, "tolerated", runs)
    yield Series(Ink.CANARY, name, seen.canary)


def _tolerated(seen: Seen, control: Point) -> Point:
    """How bad the canary may be beside this: beyond the ratio and beyond the margin, so the farther of the two."""
    assert seen.metric.tolerance is not None, f"{seen.metric.name} tolerates nothing"
    by_ratio, margin = control.value * tolerated(seen.metric), seen.metric.tolerance.margin
    higher = seen.metric.worse == "higher"
    bound = max(by_ratio, control.value + margin) if higher else max(min(by_ratio, control.value - margin), 0.0)
    return Point(control.at, bound, bound, bound)


def _rules(seen: Seen) -> Iterator[Rule]:
    metric = seen.metric
    for name, limit in (
        ("limit", metric.limit),
        ("no-go", metric.no_go),
        ("rollback", metric.rollback),
        ("alert", metric.alert),
    ):
        yield from (Rule(Ink.LIMIT, value, words) for value, words in captions.bound_words(name, limit, metric))


def _axis(seen: Seen, series: tuple[Series, ...], rules: tuple[Rule, ...]) -> Axis:
    points = [point for one in series for run in one.runs for point in run]
    low, high = min(point.value for point in points), max(point.value for point in points)
    near = [rule.value for rule in rules if not high or rule.value <= LIMIT_TIMES_MAX * high]
    high = max(high, *near) if near else high
    widest = max(point.high for point in points)
    reach = min(widest, BAND_TIMES_MAX * high) if high > 0 else widest
    return scales.values(min(low, *near) if near else low, max(high, reach), seen.metric.unit)


# ── moments ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _marks(seen: Seen, time: TimeAxis) -> Iterator[Mark]:
    if seen.is_canary:
        yield from _steps(seen, time)
    if seen.since is not None and seen.start <= seen.since <= seen.end:
        yield Mark(Ink.BREACH, seen.since, WORSE, f"{captions.since_words(seen)} {scales.clock(seen.since)}")
    back = seen.course.back
    failed = next((said.start for said in seen.course.said if said.outcome is Outcome.FAIL), None)
    if back is not None:
        yield Mark(Ink.BACK, back.at, BACK, f"rolled back {scales.clock(back.at)}")
    elif failed is not None and seen.start <= failed <= seen.end:
        yield Mark(Ink.BACK, failed, FAILING, f"judged failing {scales.clock(failed)}")


def _steps(seen: Seen, time: TimeAxis) -> Iterator[Mark]:
    """A line where the exposure of each step was read back."""
    begun = [(stay.observed_at, stay) for stay in seen.stays if stay.observed_at is not None]
    words = ["watch" if stay.kind is Kind.WATCH else percent_in_words(stay.exposure or 0.0) for _, stay in begun]
    labels = uncrowded(words, [time.place(at) for at, _ in begun], PLOT_WIDTH)
    yield from (Mark(Ink.STEP, at, label) for (at, _), label in zip(begun, labels, strict=True))
