"""A rollout on one strip: how much traffic it had, what the judge said meanwhile, and what people did.

Time is even, except that a stay which would leave no room for the others is shown shorter, with a break in the axis
and its real length in the note. The one thing to remember: exposure is what was read back, and only in the last stage;
what runs on staging has no customers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from statistics import median

from bot.core import events as e
from bot.core.actors import SONGBIRD, Actor
from bot.core.events import Recorded
from bot.core.foreign import cut_plain, flat
from bot.core.measures import exposure_now
from bot.core.plan import FULL, Plan
from bot.core.quantities import duration_in_words, percent_in_words, seconds_in_words
from bot.core.verdict import Outcome
from bot.core.voices import Decision
from bot.texts import Material
from bot.texts.plain import called_flat
from bot.views.charts import scales
from bot.views.charts.course import Course, Kind, Stay
from bot.views.charts.scene import (
    ALT_CHARACTERS_MAX,
    STRIP_WIDTH,
    Axis,
    Cut,
    Ink,
    Mark,
    Panel,
    Point,
    Scene,
    Series,
    Span,
    Tick,
    TimeAxis,
    uncrowded,
)
from bot.views.mrkdwn import glued
from bot.views.words import bar, phase_in_words

EXPOSURE_HEIGHT, LANE_HEIGHT = 86, 20

STAY_SHARE_MAX, STAY_SHARE_SHOWN = 0.5, 0.3
"""A stay that takes more of all the time is shown as if it took only the second; other long ones too."""

ROUNDS = 40
"""Of lowering it: each closes most of what is left."""

STAYS_MIN = 3
"""With fewer there is nothing to make room for."""

NAMES_MAX = 2
NAME_CHARACTERS_MAX = 16

INKS = {
    Outcome.PASS: Ink.PASS,
    Outcome.INCONCLUSIVE: Ink.INCONCLUSIVE,
    Outcome.ERROR: Ink.ERROR,
    Outcome.FAIL: Ink.FAIL,
}
BACK = "◀"
SIGNS = {
    e.ReleaseApproved: ("✓", "approved"),
    e.ConcernRaised: ("!", "concern"),
    e.ConcernDecided: ("→", "decided"),
    e.AnomalyAccepted: ("~", "accepted"),
    e.StepPromoted: ("»", "promoted"),
}
"""What people did, and how it is shown."""
DECISIONS = {
    Decision.CAVEAT: "with a caveat",
    Decision.FIX_FIRST: "to fix it first",
    Decision.DESCOPE: "to leave it out",
}


def rollout(material: Material) -> Scene | None:
    """The strip; None before anything of it was exposed anywhere."""
    course = Course.of(material.journal, material.now)
    stays = tuple(stay for stay in course.stays if stay.kind is not Kind.PREPARE)
    if not course.watched or course.end <= stays[0].start:
        return None
    time = _time(stays, course.end)
    exposure = _exposure(material.release.plan, course, stays)
    panels = (
        Panel(
            EXPOSURE_HEIGHT,
            Axis(0.0, FULL * scales.HEADROOM, tuple(Tick(at, f"{at:.0f} %") for at in (0.0, 50.0, 100.0))),
            (Series(Ink.CANARY, "", (exposure,), steps=True),),
            marks=(*_stay_marks(material.release.plan, stays, time), *_back(course)),
        ),
        Panel(LANE_HEIGHT, spans=tuple(_verdicts(course)), name="judge"),
        Panel(LANE_HEIGHT, spans=tuple(_holds(course)), marks=tuple(_people(course)), name="people"),
    )
    said = tuple(dict.fromkeys(said.outcome for said in course.said))
    legend = tuple((ink, outcome.value) for outcome, ink in INKS.items() if outcome in said)
    scene = Scene("rollout", _title(material, course), _note(material.release.plan, stays, time), "", (), time, panels)
    numbers = tuple(_numbers(material, course, stays))
    alt = cut_plain(" ".join(_sentences(scene, numbers, stays, course)), ALT_CHARACTERS_MAX)
    return replace(scene, plot_width=STRIP_WIDTH, legend=legend, numbers=(scene.title, *numbers), alt=alt)


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _time(stays: tuple[Stay, ...], end: float) -> TimeAxis:
    start = stays[0].start
    cuts = tuple(_cuts(stays))
    time = TimeAxis(start, end, scales.time_ticks(start, end), scales.days(start, end), cuts)
    return replace(time, ticks=tuple(_ticks(time, stays))) if cuts else time


def _cuts(stays: tuple[Stay, ...]) -> Iterator[Cut]:
    """Where one stay takes most of the time: long ones as long as leaves room for the others, but none beyond others'.

    The length is lowered until it is so much of what is then shown.
    """
    lengths = [stay.seconds for stay in stays if stay.seconds > 0]
    if len(lengths) < STAYS_MIN or max(lengths) <= STAY_SHARE_MAX * sum(lengths):
        return
    shown = max(lengths)
    for _ in range(ROUNDS):
        shown = max(min(shown, STAY_SHARE_SHOWN * sum(min(length, shown) for length in lengths)), median(lengths))
    yield from (Cut(stay.start, stay.end, shown) for stay in stays if stay.seconds > shown)


def _ticks(time: TimeAxis, stays: tuple[Stay, ...]) -> Iterator[Tick]:
    """On an axis with breaks: where stays begin, as far as the words have room; with seconds where two say the same."""
    places = [time.place(stay.start) for stay in stays]
    words = uncrowded([scales.clock(stay.start, scales.MINUTE) for stay in stays], places, STRIP_WIDTH)
    if max(Counter(filter(None, words)).values(), default=0) > 1:
        words = uncrowded([scales.clock(stay.start) for stay in stays], places, STRIP_WIDTH)
    yield from (Tick(stay.start, word) for stay, word in zip(stays, words, strict=True) if word)


# ── what is drawn ────────────────────────────────────────────────────────────────────────────────────────────────────


def _exposure(plan: Plan, course: Course, stays: tuple[Stay, ...]) -> tuple[Point, ...]:
    """Percent of the traffic, as steps; a last point carries the level on to the end."""
    last = len(plan.stages) - 1
    seen = [(stay.observed_at, stay.exposure or 0.0) for stay in course.watched if stay.stage == last]
    levels = [(stays[0].start, 0.0), *((at, level) for at, level in seen if at is not None)]
    if course.restored_at is not None:
        levels.append((course.restored_at, 0.0))
    levels.append((course.end, levels[-1][1]))
    return tuple(Point(at, level, level, level) for at, level in levels)


def _stay_marks(plan: Plan, stays: tuple[Stay, ...], time: TimeAxis) -> Iterator[Mark]:
    """A line where a stay begins."""
    begun = [(stay.start, words) for stay in stays if (words := _stay_words(plan, stay)) is not None]
    labels = uncrowded([words for _, words in begun], [time.place(at) for at, _ in begun], STRIP_WIDTH)
    yield from (Mark(Ink.STEP, at, label) for (at, _), label in zip(begun, labels, strict=True))


def _stay_words(plan: Plan, stay: Stay) -> str | None:
    match stay.kind:
        case Kind.STEP if plan.stages[stay.stage].is_canary:
            return percent_in_words(stay.exposure or 0.0)
        case Kind.DEPLOY if not plan.stages[stay.stage].is_canary:
            return plan.stages[stay.stage].name
        case Kind.WATCH:
            return "watch"
        case _:
            return None


def _back(course: Course) -> Iterator[Mark]:
    back = course.back
    if back is None:
        return
    restored = "" if course.restored_at is None else f", back in {seconds_in_words(course.restored_at - back.at)}"
    by = "" if back.actor == SONGBIRD else f" by {_name(back.actor)}"
    yield Mark(Ink.BACK, back.at, BACK, f"rolled back{by} {scales.clock(back.at)}{restored}")


def _verdicts(course: Course) -> Iterator[Span]:
    yield from (Span(INKS[said.outcome], said.start, said.end, said.outcome.value) for said in course.said)


def _holds(course: Course) -> Iterator[Span]:
    yield from (Span(Ink.HOLD, held.start, held.end, "held") for held in course.holds)


def _people(course: Course) -> Iterator[Mark]:
    """A sign for each thing that somebody did; the first of its kind explains them all."""
    explained: set[type[e.Event]] = set()
    for recorded in course.happened:
        kind = type(recorded.event)
        if kind not in SIGNS or (kind is e.StepPromoted and recorded.actor == SONGBIRD):
            continue
        sign, _ = SIGNS[kind]
        key = "" if kind in explained else _done([one for one in course.happened if type(one.event) is kind])
        explained.add(kind)
        yield Mark(Ink.PERSON, recorded.at, sign, key)


def _done(alike: list[Recorded]) -> str:
    """`approved: Priya, Victor`; of a decision, what it was."""
    _, words = SIGNS[type(alike[0].event)]
    event = alike[0].event
    if isinstance(event, e.ConcernDecided) and len(alike) == 1:
        return f"{words} {DECISIONS[event.decision]}: {_name(alike[0].actor)}"
    names = tuple(dict.fromkeys(_name(one.actor) for one in alike))
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    return f"{words}: {', '.join(names[:NAMES_MAX])}{more}"


def _name(actor: Actor) -> str:
    return flat(actor.name or actor.id, NAME_CHARACTERS_MAX)


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _title(material: Material, course: Course) -> str:
    """`shop v1.2.0: rolled back at 25 %`, `shop v1.2.0: canary in production, step 3 of 5, 25 %`."""
    release, back = material.release, course.back
    said = phase_in_words(release)
    said = said[0].lower() + said[1:]
    if back is not None and isinstance(back.event, e.RollbackStarted) and release.phase.is_ending:
        exposed = material.release.plan.stages[course.watched[-1].stage].is_canary
        said += f" at {_percent(back.event.exposure)}" if exposed else f" from {back.event.environment}"
    elif bar(release) and exposure_now(release):
        said += f", {_percent(exposure_now(release))}"
    return f"{called_flat(release)}: {said}"


def _percent(exposure: float) -> str:
    return glued(percent_in_words(exposure))


def _note(plan: Plan, stays: Iterable[Stay], time: TimeAxis) -> str:
    """How long it all took, and what is shown shorter than it was."""
    took = f"{duration_in_words(time.high - time.low)} in all"
    cut = {shortened.start for shortened in time.cuts}
    shortened = [f"{_called(plan, stay)} {duration_in_words(stay.seconds)}" for stay in stays if stay.start in cut]
    return f"{took} · ≈ shown shorter: {', '.join(shortened)}" if shortened else took


def _called(plan: Plan, stay: Stay) -> str:
    words = _stay_words(plan, stay)
    return words or f"{plan.stages[stay.stage].name}{' (deploying)' if stay.kind is Kind.DEPLOY else ''}"


def _numbers(material: Material, course: Course, stays: tuple[Stay, ...]) -> Iterator[str]:
    """A line a stay, then what people did and how it went back."""
    plan = material.release.plan
    for stay in stays:
        if stay.kind in (Kind.STEP, Kind.WATCH):
            said = dict.fromkeys(one.outcome.value for one in course.said if stay.start <= one.start <= stay.end)
            verdict = f": {', then '.join(said)}" if said else ""
            lasted = f"for {duration_in_words(stay.seconds)} from {scales.clock(stay.start)}"
            yield f"{_called(plan, stay)} {lasted}{verdict}"
    for held in course.holds:
        yield f"held by {_name(held.actor)} for {duration_in_words(held.end - held.start)}"
    for mark in (*_people(course), *_back(course)):
        if mark.key:
            yield mark.key


def _sentences(scene: Scene, numbers: tuple[str, ...], stays: tuple[Stay, ...], course: Course) -> Iterator[str]:
    yield f"Chart of exposure over time, with verdicts and what people did. {scene.title}."
    start, end = stays[0].start, course.end
    yield f"{scales.day(start)}, {scales.clock(start)} to {scales.clock(end)} UTC, {scene.note}."
    yield from (f"{line[0].upper()}{line[1:]}." for line in numbers)
