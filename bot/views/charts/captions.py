"""The words of a comparison: its title, how to read it, its alt text, and the numbers that stand in for it.

The one thing to remember: a number never stands alone. It has its unit, whose it is, and what it is compared with.
"""

from collections.abc import Iterator

from bot.analysis.criteria import is_counted
from bot.core import events as e
from bot.core.foreign import clean, cut_plain, flat
from bot.core.metric import Limit, Metric
from bot.core.quantities import duration_in_words, percent_in_words, quantity_in_words, seconds_in_words
from bot.core.verdict import Outcome
from bot.views.charts.course import Kind, Stay
from bot.views.charts.scales import UNIT_CHARACTERS_MAX, clock, day, unit_in_ticks
from bot.views.charts.scene import ALT_CHARACTERS_MAX
from bot.views.charts.seen import Part, Seen
from bot.views.charts.values import Level
from bot.views.mrkdwn import glued

VERSION_CHARACTERS_MAX = 24
"""Of a version's name in a title: more than two lines are not read on a phone."""

NATURAL_UNITS = ("ratio", "s", "bytes", "")


def quantity(value: float, metric: Metric) -> str:
    """Number and unit stay together where lines break."""
    return glued(quantity_in_words(value, flat(metric.unit, UNIT_CHARACTERS_MAX)))


def side_names(seen: Seen) -> tuple[str, str]:
    """What the two lines are called."""
    return ("canary" if seen.is_canary else "new version", seen.other or "")


def limit_words(limit: Limit | None, metric: Metric) -> str:
    """`limit 2 %`, `at least 80 %`, `between 265 KB and 465 KB`; empty without one."""
    if limit is None:
        return ""
    match limit.min, limit.max:
        case float(low), float(high):
            return f"between {quantity(low, metric)} and {quantity(high, metric)}"
        case None, float(high):
            return f"limit {quantity(high, metric)}"
        case float(low), _:
            return f"at least {quantity(low, metric)}"
        case _:
            return ""


def bound_words(name: str, bounds: Limit | None, metric: Metric) -> Iterator[tuple[float, str]]:
    """What stands at a limit's lines: `limit 2 %`, `at least 80 %`."""
    if bounds is not None and bounds.max is not None:
        yield bounds.max, f"{name} {quantity(bounds.max, metric)}"
    if bounds is not None and bounds.min is not None:
        yield bounds.min, f"{'' if name == 'limit' else f'{name} '}at least {quantity(bounds.min, metric)}"


# ── title ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def title(seen: Seen) -> str:
    """`errors on v1.2.0: 6.1 % at 25 %, control 0.2 %, limit 2 %`: the judge's numbers where it has some."""
    version = flat(seen.material.release.name, VERSION_CHARACTERS_MAX)
    last = list(seen.parts())[-1]
    judged = next((one.value for one in seen.findings if one.value is not None and _is_enough(seen, one.events)), None)
    value = quantity(judged, seen.metric) if judged is not None else _level_words(last.canary, seen.metric)
    reference = seen.reference if seen.reference is not None else last.other.value if last.other else None
    parts = [f"{value} {_where(seen)}"]
    if seen.other and reference is not None:
        parts.append(f"{seen.other} {_read(reference, seen.metric)}")
    parts.append(limit_words(seen.metric.limit, seen.metric))
    return f"{seen.metric.name} on {version}: {', '.join(part for part in parts if part)}"


def _is_enough(seen: Seen, events: int) -> bool:
    return events >= seen.metric.events_min


def _level_words(level: Level | None, metric: Metric) -> str:
    if level is None:
        return "too little data"
    return f"over {_read(level.value, metric)}" if level.is_over else _read(level.value, metric)


def _read(value: float, metric: Metric) -> str:
    """What the picture read itself: a share of counts has no more than two digits worth saying."""
    return quantity(float(f"{value:.2g}") if metric.unit == "ratio" else value, metric)


def _where(seen: Seen) -> str:
    back = seen.course.back
    if back is not None and isinstance(back.event, e.RollbackStarted) and seen.is_canary:
        return f"at {glued(percent_in_words(back.event.exposure))}"
    return stay_words(seen.stays[-1], seen)


def stay_words(stay: Stay, seen: Seen) -> str:
    """`at 25 %`, `in the watch`, `on staging`."""
    stage = seen.material.release.plan.stages[stay.stage]
    if stay.kind is Kind.WATCH:
        return "in the watch"
    return f"at {glued(percent_in_words(stay.exposure or 0.0))}" if stage.is_canary else f"on {stage.environment}"


# ── how to read it ───────────────────────────────────────────────────────────────────────────────────────────────────


def note(seen: Seen) -> str:
    """`each point: 15s to 2m of looks · band: 95 % sure`."""
    one = seen.looks_each * seen.material.release.plan.timing.look
    fewest, most = (duration_in_words(beats * one) for beats in (seen.drawn.beats_min, seen.drawn.beats_max))
    span = fewest if fewest == most else f"{fewest} to {most}"
    band = glued("95 % sure") if is_counted(seen.metric) else "lowest to highest reading"
    known = seen.metric.unit in NATURAL_UNITS or unit_in_ticks(seen.metric.unit)
    unit = "" if known else f"in {flat(seen.metric.unit, UNIT_CHARACTERS_MAX)} · "
    return f"{unit}each point: {span} of looks · band: {band}"


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def numbers(seen: Seen) -> tuple[str, ...]:
    """Lines of plain text: the title, a line a step, what happened, and the judge's own words where it fails."""
    lines = [title(seen), *(_step(seen, part) for part in seen.parts())]
    if happened := ", ".join(events(seen)):
        lines.append(f"{happened} (UTC, {day(seen.end)})")
    lines += [clean(one.words) for one in seen.findings if one.outcome is Outcome.FAIL]
    return tuple(lines)


def _step(seen: Seen, part: Part) -> str:
    """`at 25 % from 08:22:32 on: canary 6.5 % (4.6 % to 9 %), control 0.2 % (0.1 % to 0.8 %)`."""
    name, beside = side_names(seen)
    turn = f" until {clock(part.until)}" if part.until else f" from {clock(part.since)} on" if part.since else ""
    words = f"{stay_words(part.stay, seen)}{turn}: {name} {_with_band(part.canary, seen.metric)}"
    return f"{words}, {beside} {_with_band(part.other, seen.metric)}" if part.other is not None else words


def _with_band(level: Level | None, metric: Metric) -> str:
    words = _level_words(level, metric)
    if level is None or level.band.low == level.band.high:
        return words
    return f"{words} ({_read(level.band.low, metric)} to {_read(level.band.high, metric)})"


def events(seen: Seen) -> Iterator[str]:
    """`worse since 08:43:10`, `rolled back 08:43:24`, `traffic back after 3.2 s`."""
    if seen.since is not None:
        yield f"{since_words(seen)} {clock(seen.since)}"
    back = seen.course.back
    if back is None:
        return
    yield f"rolled back {clock(back.at)}"
    if seen.course.restored_at is not None:
        yield f"traffic back after {seconds_in_words(seen.course.restored_at - back.at)}"


def since_words(seen: Seen) -> str:
    return "worse since" if seen.fails else "unusual since"


# ── alt text ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def alt(seen: Seen) -> str:
    """What the picture shows, for whoever does not see it."""
    return cut_plain(" ".join(_sentences(seen)), ALT_CHARACTERS_MAX)


def _sentences(seen: Seen) -> Iterator[str]:
    release = seen.material.release
    name, beside = side_names(seen)
    lines = f"{name} and {beside}" if beside else f"{name} alone"
    when = f"{day(seen.start)}, {clock(seen.start)} to {clock(seen.end)} UTC"
    yield f"Line chart of {seen.metric.name}, {lines}, {release.service} {flat(release.name, 60)}, {when}."
    for part in seen.parts():
        step = _step(seen, part)
        yield f"{step[0].upper()}{step[1:]}."
    if limit := limit_words(seen.metric.limit, seen.metric):
        yield f"Allowed: {limit}."
    if happened := ", ".join(events(seen)):
        yield f"{happened[0].upper()}{happened[1:]}."
    if seen.failures:
        yield f"{seen.failures} look{'s' if seen.failures > 1 else ''} failed and left a gap."
