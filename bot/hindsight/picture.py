"""A backtest as one picture: the deploys, the halves, and below them each metric over the same time.

Signs and boxes say what the plan would have done; a metric's own heading says what it got wrong. The one thing to
remember: everything in it is told in words as well (`told`, and the picture's alt text), and no meaning is in a colour.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from string import ascii_uppercase

from bot.core.foreign import cut_plain, flat
from bot.core.metric import Metric
from bot.core.quantities import duration_in_words, percent_in_words
from bot.hindsight import told
from bot.hindsight.alone import bounds_of
from bot.hindsight.backtest import Backtest
from bot.hindsight.course import End
from bot.hindsight.deploys import Replay
from bot.hindsight.drawn import Drawn
from bot.hindsight.halves import Trial
from bot.views.charts import Scene, captions, scales
from bot.views.charts.scene import ALT_CHARACTERS_MAX, Axis, Ink, Mark, Panel, Rule, Run, Series, Span, TimeAxis
from bot.views.mrkdwn import glued

PLOT_WIDTH = 222
"""Narrower than a chart of one metric: the words at the right edge say which of up to four bounds it is."""
LANE_HEIGHT, PLOT_HEIGHT, RULE_HEIGHT = 20, 46, 13
TICKS_MAX = 3
LIMIT_TIMES_MAX = 4.0
"""A bound so many times above everything seen is named at the edge, not drawn: it would press the line flat."""
VERSION_CHARACTERS_MAX = 10
LETTERS = ascii_uppercase[:16]
"""More deploys than that are signs without words: the table has them all."""
NAMELESS = "·"

SIGNS = {"passed": "✓", "rolled back": "◀", "held": "‖", "going on": "…"}
INKS = {"passed": Ink.PASS, "rolled back": Ink.FAIL, "held": Ink.INCONCLUSIVE, "unfinished": Ink.ERROR}
"""Of a release of one version to itself; a box of its length."""
LINES = {Ink.STEP: "a deploy", Ink.BREACH: "missed by this metric", Ink.BACK: "rolled back for this metric"}
"""Of a metric, from its top to its bottom."""


def scene(found: Backtest, drawn: Drawn) -> Scene | None:
    """The picture; None where nothing is known of that time."""
    if found.first_at is None or found.last_at is None or found.last_at <= found.first_at:
        return None
    first, last = found.first_at, found.last_at
    time = TimeAxis(first, last, scales.time_ticks(first, last), scales.days(first, last))
    seen = [(metric, runs) for metric in found.plan.metrics if (runs := drawn.runs(metric.name))]
    plots = tuple(_plot(found, metric, runs) for metric, runs in seen)
    made = Scene("backtest", _title(found), _note(found), "", (), time, (*_lanes(found), *plots), PLOT_WIDTH)
    numbers = (made.title, *(f"{mark.label} {mark.key}" for mark in made.keys), *(_line(*one, found) for one in seen))
    alt = cut_plain(" ".join(_sentences(made, numbers)), ALT_CHARACTERS_MAX)
    return replace(made, legend=tuple(_legend(made.panels)), numbers=numbers, alt=alt)


# ── what was right and what was wrong ────────────────────────────────────────────────────────────────────────────────


def _replays(found: Backtest) -> list[Replay]:
    return found.replays.replays if found.replays is not None else []


def _trials(found: Backtest) -> list[Trial]:
    return found.halves.trials if found.halves is not None else []


def _is_false(one: Replay) -> bool:
    return one.deploy.ended == "well" and told.is_rolled_back(one)


def _is_missed(one: Replay) -> bool:
    return one.deploy.ended == "ill" and one.end is not None and not told.is_stopped(one)


def _rolled_back(found: Backtest, metric: str) -> Iterator[float]:
    """When the plan would have rolled something back for this metric."""
    stays = [(one.deploy.at, one.end) for one in _replays(found)]
    stays += [(one.at, one.end) for one in _trials(found)]
    for at, end in stays:
        if end is not None and end.ending == "rolled back" and metric in end.metrics:
            yield at + end.seconds


def _missed(found: Backtest, metric: str) -> list[Replay]:
    """Bad deploys of which it is known that this metric showed it."""
    return [one for one in _replays(found) if one.deploy.metric == metric and _is_missed(one)]


def _false(found: Backtest, metric: str) -> int:
    ends: list[End | None] = [one.end for one in _trials(found)]
    ends += [one.end for one in _replays(found) if one.deploy.ended == "well"]
    return sum(end is not None and end.ending == "rolled back" and metric in end.metrics for end in ends)


# ── lanes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lanes(found: Backtest) -> Iterator[Panel]:
    replays = _replays(found)
    if replays:
        letters = (LETTERS[number] if number < len(LETTERS) else NAMELESS for number in range(len(replays)))
        named = tuple(
            Mark(Ink.PERSON, one.deploy.at, letter, "" if letter == NAMELESS else _fate(one))
            for one, letter in zip(replays, letters, strict=True)
        )
        yield Panel(LANE_HEIGHT, marks=named, name="deploy")
        signs = (Mark(Ink.PERSON, one.deploy.at, SIGNS[one.end.ending] if one.end else "?") for one in replays)
        yield Panel(LANE_HEIGHT, marks=tuple(signs), name="plan")
    if _trials(found):
        yield Panel(LANE_HEIGHT, spans=tuple(_spans(_trials(found), found.plan.timing.stale)), name="halves")


def _fate(one: Replay) -> str:
    """`26 Nov 15:30 v1.4.0 ill: rolled back at 10 %`."""
    when = f"{scales.clock(one.deploy.at, scales.DAY)} {scales.clock(one.deploy.at, scales.MINUTE)}"
    version = flat(one.deploy.version, VERSION_CHARACTERS_MAX)
    wrong = ", false" if _is_false(one) else ", missed" if _is_missed(one) else ""
    return f"{when} {version}{f' {one.deploy.ended}' if one.deploy.ended else ''}: {_ended(one.end)}{wrong}"


def _ended(end: End | None) -> str:
    if end is None:
        return "not replayed"
    return end.ending if end.ending == "passed" else f"{end.ending} at {percent_in_words(end.exposure)}"


def _spans(trials: list[Trial], stale: float) -> Iterator[Span]:
    """Boxes of what went alike without a pause; the short dark ones last, so that no other covers them."""
    boxes: list[Span] = []
    for one in trials:
        ending = "unfinished" if one.cut_short or one.end.ending == "going on" else one.end.ending
        until = one.at + one.end.seconds
        goes_on = bool(boxes) and one.at - boxes[-1].end <= stale
        if goes_on and boxes[-1].label == ending != "rolled back":
            boxes[-1] = replace(boxes[-1], end=until)
        else:
            boxes.append(Span(INKS[ending], one.at, until, ending))
    yield from sorted(boxes, key=lambda box: box.ink is Ink.FAIL)


def _legend(panels: tuple[Panel, ...]) -> Iterator[tuple[Ink, str]]:
    """How to read it: what is there, and no more."""
    there = {span.label for panel in panels for span in panel.spans}
    yield from ((ink, f"halves: {ending}") for ending, ink in INKS.items() if ending in there)
    yield Ink.EVERYBODY, "mean, lowest to highest"
    marks = {mark.ink for panel in panels for mark in panel.marks}
    yield from ((ink, words) for ink, words in LINES.items() if ink in marks)


# ── metrics ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _plot(found: Backtest, metric: Metric, runs: tuple[Run, ...]) -> Panel:
    rules = tuple(_rules(found, metric))
    height = max(PLOT_HEIGHT, RULE_HEIGHT * len(rules))
    series = (Series(Ink.EVERYBODY, "", runs),)
    marks = tuple(_marks(found, metric))
    return Panel(height, _axis(metric, runs, rules), series, rules, (), marks, metric.name, _asked(found, metric))


def _rules(found: Backtest, metric: Metric) -> Iterator[Rule]:
    for one, name, bound in bounds_of(found.plan):
        if one is metric:
            words = name.replace("_", "-")
            yield from (Rule(Ink.LIMIT, value, said) for value, said in captions.bound_words(words, bound, metric))


def _axis(metric: Metric, runs: tuple[Run, ...], rules: tuple[Rule, ...]) -> Axis:
    points = [point for run in runs for point in run]
    low, high = min(point.low for point in points), max(point.high for point in points)
    near = [rule.value for rule in rules if not high or rule.value <= LIMIT_TIMES_MAX * high]
    return scales.values(min(low, *near) if near else low, max(high, *near) if near else high, metric.unit, TICKS_MAX)


def _marks(found: Backtest, metric: Metric) -> Iterator[Mark]:
    yield from (Mark(Ink.STEP, one.deploy.at, "") for one in _replays(found))
    yield from (Mark(Ink.BREACH, one.deploy.at, "") for one in _missed(found, metric.name))
    yield from (Mark(Ink.BACK, at, "") for at in _rolled_back(found, metric.name))


def _asked(found: Backtest, metric: Metric) -> str:
    """`1.5x tolerated · false rollbacks 1 of 84 · missed 1 of 2 · beyond limit 2 times (45m)`."""
    parts = [f"{told.times(metric)} tolerated"] if metric.tolerance is not None else []
    if releases := len(told.healthy(found)):
        parts.append(f"false rollbacks {_false(found, metric.name)} of {releases}")
    if shown := [one for one in _replays(found) if one.deploy.metric == metric.name and one.deploy.ended == "ill"]:
        parts.append(f"missed {sum(map(_is_missed, shown))} of {len(shown)}")
    for one, name, _ in bounds_of(found.plan):
        beyond = found.alone.beyond[one.name, name]
        if one is metric and beyond.times:
            times = "once" if beyond.times == 1 else f"{beyond.times} times"
            parts.append(f"beyond {name.replace('_', '-')} {times} ({duration_in_words(beyond.seconds)})")
    return " · ".join(map(glued, parts)) or "only shown"


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _title(found: Backtest) -> str:
    head = f"{found.plan.service} in {found.where}"
    if found.halves is None:
        return f"{head}: nothing is compared there, limits alone"
    seen = [one for one in _replays(found) if one.end is not None]
    if not seen and not _trials(found):
        return f"{head}: nothing ran beside anything, limits alone"
    false = sum(map(_is_false, seen)) + Counter(one.end.ending for one in _trials(found))["rolled back"]
    ill = [one for one in seen if one.deploy.ended == "ill"]
    missed = f", {_counted(sum(map(_is_missed, ill)), 'bad deploy')} missed" if ill else ""
    return f"{head}: {_counted(false, 'false rollback')}{missed}"


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _note(found: Backtest) -> str:
    """What the counts are out of."""
    seen = [one for one in _replays(found) if one.end is not None]
    well, ill = ([one for one in seen if one.deploy.ended == how] for how in ("well", "ill"))
    parts = [f"{sum(map(_is_false, well))} of {len(well)} deploys that ended well"] if well else []
    if trials := _trials(found):
        false = sum(one.end.ending == "rolled back" for one in trials)
        parts.append(f"{false} of {len(trials)} releases of a version to itself")
    words = f"Rolled back: {' and '.join(parts)}. " if parts else ""
    words += f"Missed: {sum(map(_is_missed, ill))} of {len(ill)} that ended ill." if ill else ""
    return words.strip() or f"{duration_in_words(found.plan.timing.look)} from look to look"


def _line(metric: Metric, runs: tuple[Run, ...], found: Backtest) -> str:
    """`errors 0.2 % on average, from 0.1 % to 5 %, limit 2 %; 1.5x tolerated · …`."""
    points = [point for run in runs for point in run]
    mean = sum(point.value for point in points) / len(points)
    low, high = min(point.low for point in points), max(point.high for point in points)
    low_words, high_words = captions.quantity(low, metric), captions.quantity(high, metric)
    span = f"{captions.quantity(mean, metric)} on average, from {low_words} to {high_words}"
    limit = captions.limit_words(metric.limit, metric)
    return f"{metric.name} {span}{f', {limit}' if limit else ''}; {_asked(found, metric).replace(' · ', ', ')}"


def _sentences(made: Scene, numbers: tuple[str, ...]) -> Iterator[str]:
    yield f"Charts of a plan over its past, one a metric. {made.title}."
    low, high = made.time.low, made.time.high
    span = " to ".join(f"{scales.day(at)}, {scales.clock(at, scales.MINUTE)}" for at in (low, high))
    yield f"{span} UTC."
    yield from (f"{line[0].upper()}{line[1:]}." for line in numbers[1:])
