"""A rehearsal in words, or as JSON: what was supposed, what the bot would say and when, what became of each fault.

Messages are the thread's own, made by the views; here they only lose what a terminal has no use for. The one thing to
remember: what was supposed is said before anything else, and a fault that was not found is said as plainly as one that
was.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from textwrap import TextWrapper
from typing import Any, NamedTuple

from bot.core import events as e
from bot.core import rooms
from bot.core.foreign import ELLIPSIS
from bot.core.plan import Plan
from bot.core.quantities import duration_in_words, percent_in_words, quantity_in_words
from bot.rehearsal.course import CARD, DEPLOY_SECONDS, EXPOSE_SECONDS, Course, Said, release_id
from bot.rehearsal.found import Found, Stop, ended, stop_of
from bot.rehearsal.runs import Runs, Tally
from bot.rehearsal.usual import Usual

UNREAL = "nothing outside is touched."
TEXT_MAX = 300
PASSING_LOOKS = 4
PLACE_WIDTH = 16
TEXT_WIDTH_MIN = 20
FLAGGED_BEFORE_SECONDS = 60.0
TENTHS_SECONDS_MAX = 10.0
SHORT_SECONDS = 3600.0
"""A rehearsal that takes no longer is told with its seconds."""

UNTOLD = (e.ArtefactWritten, e.ReleaseStaged)
"""Texts are placeholders here, and a card is not news."""

_TOKENS = (
    (re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>"), r"\1"),
    (re.compile(r"<https?://[^|>]*\|([^>]*)>"), r"\1"),
    (re.compile(r":[a-z_]+:\s?"), ""),
    (re.compile(r"[*`]"), ""),
)
_AGAIN = re.compile(r"\b([\w-]+)(?:, \1\b)+")
"""Several people of one role."""
_PERSON = re.compile(r"<[@!](?:subteam\^)?([A-Z0-9]+)>")


class Clock:
    """Times of one rehearsal as people read them, in the time zone of whoever asked for it."""

    def __init__(self, begins: float, ends: float, offset_seconds: int) -> None:
        self._begins = begins
        self._zone = timezone(timedelta(seconds=offset_seconds))
        self._pattern = "%H:%M:%S" if ends - begins <= SHORT_SECONDS else "%H:%M"

    def time(self, at: float) -> str:
        """`10:04`, and on another day than the first `Tue 10:04`."""
        moment = self._at(at)
        is_first_day = moment.date() == self._at(self._begins).date()
        return moment.strftime(self._pattern if is_first_day else f"%a {self._pattern}")

    def day(self, at: float) -> str:
        """`Monday 30 November 2026, 10:00`."""
        moment = self._at(at)
        return f"{moment:%A} {moment.day} {moment:%B %Y, %H:%M}"

    def iso(self, at: float) -> str:
        return self._at(at).isoformat(timespec="milliseconds")

    def _at(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self._zone)


class Once(NamedTuple):
    """One course that was played, and what became of its faults."""

    course: Course
    faults: tuple[Found, ...]

    def lines(self, width: int = 0) -> list[str]:
        """No longer than `width`; 0: each as long as it is."""
        return _lines(self.course, self.faults, width)

    def json(self) -> dict[str, Any]:
        return _json(self.course, self.faults)


class Often(NamedTuple):
    """Many runs of a course, which itself was not played."""

    course: Course
    runs: Runs

    def lines(self, width: int = 0) -> list[str]:
        """No longer than `width`; 0: each as long as it is."""
        return _within(width, _lines_of_runs(self.course, self.runs))

    def json(self) -> dict[str, Any]:
        return _json_of_runs(self.course, self.runs)


def clock_of(course: Course) -> Clock:
    return Clock(course.begins, course.now, course.offset_seconds)


# ── one course ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines(course: Course, faults: Sequence[Found], width: int) -> list[str]:
    clock = clock_of(course)
    begins = clock.day(course.begins)
    told = [f"A rehearsal of {course.plan.service}, from {begins}, in virtual time: {UNREAL}"]
    told = _within(width, [*told, supposed(course), f"Seed {course.seed}.", ""])
    told += [line for one in heard(course) for line in _line(clock, one, course.plan, width)]
    took = duration_in_words(course.now - course.begins)
    after = ["", f"{clock.time(course.now)}: {ended(course)}, {took} after it was staged."]
    if course.state.held is not None:
        after.append(f"Held: {_short(course.state.held.reason)}")
    after += [_became(clock, one, course) for one in faults]
    return [*told, *_within(width, [*after, *_healthy(course, faults)])]


def _within(width: int, lines: Sequence[str], below: str = "") -> list[str]:
    """Each in as many lines as it takes. A word that is longer, an address say, stays whole."""
    if not width:
        return [*lines]
    wrap = TextWrapper(width, subsequent_indent=below, break_on_hyphens=False, break_long_words=False)
    return [part for line in lines for part in wrap.wrap(line) or [""]]


def supposed(course: Course) -> str:
    """What nobody said, and what was."""
    usual, plan = course.usual, course.plan
    values = ", ".join(
        f"{metric.name} {quantity_in_words(usual.values[metric.name], metric.unit)}" for metric in plan.metrics
    )
    rates = "".join(f", {name} {rate:,.4g}" for name, rate in usual.of.items())
    traffic = f"{usual.per_minute:,.4g} requests a minute{rates}"
    deploys, moves = _took(DEPLOY_SECONDS), _took(EXPOSE_SECONDS)
    return (
        f"Supposed: {traffic} (--traffic); a healthy version shows {values} (--baseline); a deploy takes {deploys}, "
        f"traffic is seen moved after {moves}, people answer while health is being held."
    )


def heard(course: Course) -> list[Said]:
    """One message an event, every call to the people on call, and what the card says where the thread says nothing."""
    spoken = {one.event.version for one in course.said if one.room != CARD}
    told, kept = set[int](), []
    for one in course.said:
        is_call = one.room == rooms.Room.ON_CALL
        is_again = one.event.version in (spoken if one.room == CARD else told)
        if isinstance(one.event.event, UNTOLD) or (is_again and not is_call) or _is_passing(one, course):
            continue
        if not is_call:
            told.add(one.event.version)
        kept.append(one)
    return kept


def _is_passing(one: Said, course: Course) -> bool:
    """Every step begins with too little data; that is worth a line where it lasts."""
    if one.room != CARD or not isinstance(one.event.event, e.VerdictChanged) or not one.event.event.verdict.lacks_data:
        return False
    later = (r.at for r in course.journal[one.event.version :] if isinstance(r.event, e.VerdictChanged))
    return next(later, one.at) - one.at <= PASSING_LOOKS * course.plan.timing.look


def _line(clock: Clock, one: Said, plan: Plan, width: int) -> list[str]:
    """Wrapped, so that times and places stand alone."""
    head = f"{clock.time(one.at)}  {_place(one):<{PLACE_WIDTH}}  "
    first, *more = _within(width and max(TEXT_WIDTH_MIN, width - len(head)), [_short(_words(one, plan))]) or [""]
    return [f"{head}{first}", *(f"{'':<{len(head)}}{line}" for line in more)]


def _words(one: Said, plan: Plan) -> str:
    """The message; of a way back, its reason too, which Slack shows below it."""
    text = plain(one.text, plan)
    match one.room, one.event.event:
        case rooms.Room.ON_CALL, _:
            return f"on-call is called: {text.removeprefix('on-call ')}"
        case _, e.RollbackStarted(reason=reason):
            return f"{text} {plain(reason, plan)}"
        case room, _ if room == CARD:
            return f"the clock pauses: {text}"
        case _:
            return text


def _place(one: Said) -> str:
    share = "" if one.exposure is None else f" {percent_in_words(one.exposure)}"
    return f"{one.place}{share}"


def plain(mrkdwn: str, plan: Plan) -> str:
    """What Slack would show, without what only Slack can show; people are named by their roles."""
    names = dict.fromkeys(plan.operators, "operator") | dict.fromkeys(plan.on_call, "on-call")
    names |= {holder: role for role, holders in plan.roles.items() for holder in holders}
    text = _PERSON.sub(lambda found: names.get(found[1], found[1]), mrkdwn)
    text = _AGAIN.sub(r"\1", text)
    for pattern, instead in _TOKENS:
        text = pattern.sub(instead, text)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(entity, letter)
    name = release_id(plan)
    return " ".join(text.replace(f" ({name})", "").split()).removeprefix(f"{name}: ")


def _took(seconds: float) -> str:
    """`2s`, `2.5s`, `45s`, `1m 30s`: as durations of a plan are written; tenths of a few seconds."""
    return f"{seconds:.1f}".removesuffix(".0") + "s" if seconds < TENTHS_SECONDS_MAX else duration_in_words(seconds)


def _short(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1].rstrip() + ELLIPSIS


def _became(clock: Clock, one: Found, course: Course) -> str:
    words, kind = one.fault.words, one.fault.kind
    if one.stop is not None:
        blamed = " What its control has as well is not its fault: it should have waited." if kind == "incident" else ""
        return f"{words}: {_found(clock, one, one.stop, course)}{blamed}"
    if kind != "metric" or one.onset is None:
        return f"{words}: {one.why}."
    return f"{words}: NOT found. {_unfound(clock, one, course)}"


def _found(clock: Clock, one: Found, stop: Stop, course: Course) -> str:
    verb = "found" if one.fault.kind == "metric" else stop.how
    by = f" by {', '.join(stop.metrics)}" if stop.metrics and one.fault.kind != "silence" else ""
    elsewhere = f" in {stop.stage}" if stop.stage != course.plan.stages[one.fault.place.stage].name else ""
    where = f"at {percent_in_words(stop.exposure)}{elsewhere}"
    flagged = _flagged_before(clock, one, stop)
    seconds = one.detection_seconds or 0.0
    looks = max(1, round(seconds / course.plan.timing.look))
    took = f"{_took(seconds)} ({looks:,} look{'' if looks == 1 else 's'})"
    said = f"{verb} {took} after it began, {where}{by}{flagged}; "
    match stop.how:
        case "rolled back":
            limit = duration_in_words(course.plan.deployer.expose_time_max)
            back = _took(one.restored_seconds or 0.0)
            said += f"traffic back {back} later (the plan gives its deployer {limit})"
        case "held":
            said += "on-call is called, and by this plan the traffic stays until a person takes it back"
        case _:
            said += "nothing goes on, and nothing is taken back: the stage's on_failure is hold"
    met = f". It met {one.requests:,.0f} requests." if one.requests else "."
    return said + met


def _flagged_before(clock: Clock, one: Found, stop: Stop) -> str:
    """Where that was more than a look before it was found."""
    if one.flagged_at is None or stop.at - one.flagged_at <= FLAGGED_BEFORE_SECONDS:
        return ""
    return f" (flagged for people at {clock.time(one.flagged_at)})"


def _unfound(clock: Clock, one: Found, course: Course) -> str:
    flagged = "" if one.flagged_at is None else f" It was flagged for people at {clock.time(one.flagged_at)}."
    if one.why:
        return f"{one.why[0].upper()}{one.why[1:]}.{flagged}"
    usual = f"{course.usual.per_minute:,.4g} requests a minute"
    if one.needed_per_minute is None:
        return (
            f"Too little to see at {usual}, and with a hundred times as many as well: it takes longer steps.{flagged}"
        )
    return f"Too little traffic at {usual}: it takes about {one.needed_per_minute:,.0f}, or longer steps.{flagged}"


def _healthy(course: Course, faults: Sequence[Found]) -> list[str]:
    """A word about a release that was stopped although nothing was wrong with it."""
    stop = stop_of(course)
    begun = [one for one in faults if one.onset is not None]
    if stop is None or begun or not stop.metrics:
        return []
    return [f"It was {stop.how} although nothing was wrong with it: {_short(stop.reason)}"]


# ── many runs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines_of_runs(course: Course, runs: Runs) -> list[str]:
    service, begins = course.plan.service, clock_of(course).day(course.begins)
    told = [f"{runs.count} rehearsals of {service}, from {begins}, in virtual time: {UNREAL}"]
    told += [supposed(course), f"Seeds {runs.seed} to {runs.seed + runs.count - 1}.", ""]
    endings = ", ".join(f"{number} {how}" for how, number in Counter(runs.endings).most_common())
    told.append(f"Ended: {endings}.")
    told += [f"Held, mostly: {_short(reason)}" for reason, _ in runs.held.most_common(1)]
    if runs.false_alarms:
        told.append(f"Stopped although nothing was wrong (yet): {runs.false_alarms} of {runs.count}.")
    return [*told, *(_share(one) for one in runs.faults)]


def _share(one: Tally) -> str:
    times, found_in = len(one.detections), "blamed" if one.kind == "incident" else "found"
    head = f"{one.words}: {found_in} in {times} of {one.count}"
    if one.kind == "people" or not times:
        return f"{one.words}: {one.why}." if one.kind == "people" else f"{head}. {one.why}.".replace(". .", ".")
    median, most = _took(one.quantile(0.5)), _took(one.quantile(0.9))
    where = ", ".join(f"{percent_in_words(level)} ({number})" for level, number in sorted(one.exposures.items()))
    missed = "" if times == one.count else f" Else, mostly: {one.why}."
    return f"{head}, median {median} after it began, nine of ten within {most}, at {where}.{missed}"


# ── for machines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _json(course: Course, faults: Sequence[Found]) -> dict[str, Any]:
    clock = clock_of(course)
    return {
        "service": course.plan.service,
        "plan": course.plan.digest,
        "seed": course.seed,
        "supposed": _supposed_json(course.usual),
        "begins": clock.iso(course.begins),
        "ends": clock.iso(course.now),
        "ending": ended(course),
        "timeline": [
            {
                "at": clock.iso(one.at),
                "seconds": round(one.at - course.begins, 3),
                "stage": one.place,
                "exposure_percent": one.exposure,
                "room": str(one.room),
                "event": type(one.event.event).__name__,
                "text": plain(one.text, course.plan),
            }
            for one in heard(course)
        ],
        "faults": [_fault_json(clock, one) for one in faults],
    }


def _supposed_json(usual: Usual) -> dict[str, Any]:
    return {
        "requests_per_minute": usual.per_minute,
        "requests_per_minute_of": dict(usual.of),
        "baseline": dict(usual.values),
        "deploy_seconds": DEPLOY_SECONDS,
        "expose_seconds": EXPOSE_SECONDS,
    }


def _fault_json(clock: Clock, one: Found) -> dict[str, Any]:
    stop = one.stop
    return {
        "fault": one.fault.words,
        "kind": one.fault.kind,
        "onset": None if one.onset is None else clock.iso(one.onset),
        "found": stop is not None,
        "how": None if stop is None else stop.how,
        "by": [] if stop is None else list(stop.metrics),
        "exposure_percent": None if stop is None else stop.exposure,
        "detection_seconds": one.detection_seconds,
        "restored_seconds": one.restored_seconds,
        "flagged": one.flagged_at is not None,
        "requests": one.requests,
        "why": one.why or None,
        "needed_requests_per_minute": one.needed_per_minute,
    }


def _json_of_runs(course: Course, runs: Runs) -> dict[str, Any]:
    return {
        "service": course.plan.service,
        "plan": course.plan.digest,
        "seed": runs.seed,
        "runs": runs.count,
        "supposed": _supposed_json(course.usual),
        "endings": dict(Counter(runs.endings)),
        "stopped_while_healthy": runs.false_alarms,
        "faults": [
            {
                "fault": one.words,
                "found": len(one.detections),
                "median_seconds": one.quantile(0.5) if one.detections else None,
                "p90_seconds": one.quantile(0.9) if one.detections else None,
                "exposures_percent": {f"{level:g}": number for level, number in one.exposures.items()},
                "why": one.why or None,
            }
            for one in runs.faults
        ],
    }
