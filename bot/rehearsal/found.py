"""What became of each fault of a course: found and when, or not found and why, or borne as it should be.

Detection is the moment at which the release stops because of what was seen: its way back, a hold that calls people, or
a verdict that fails where the plan takes nothing back. The one thing to remember: why a fault was not found is worked
out from the plan first and from the evidence last; more traffic helps nobody whose tolerance is too wide.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot.analysis.streams import convicting
from bot.core import events as e
from bot.core.actors import SONGBIRD
from bot.core.events import Recorded
from bot.core.metric import Limit, Metric
from bot.core.model import Phase
from bot.core.plan import FULL, Plan, Stage
from bot.core.quantities import duration_in_words, percent_in_words, quantity_in_words
from bot.core.verdict import Outcome, Pace, Verdict
from bot.rehearsal.course import Course
from bot.rehearsal.faults import Fault, place_in_words

MORE_TRAFFIC = (100.0, 50.0, 20.0, 10.0, 5.0, 2.0)
"""How many times the traffic is tried when there was too little of it."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The release stopped because of what was seen."""

    at: float
    how: str
    """`rolled back`, `held`, or `failing`, where the plan takes nothing back."""
    exposure: float
    stage: str
    metrics: tuple[str, ...]
    reason: str
    restored_at: float | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One fault. Times are seconds since the epoch; `why` says why it was not found, or what came of it instead."""

    fault: Fault
    onset: float | None = None
    stop: Stop | None = None
    flagged_at: float | None = None
    why: str = ""
    requests: float = 0.0
    needed_per_minute: float | None = None

    @property
    def detection_seconds(self) -> float | None:
        return None if self.stop is None or self.onset is None else self.stop.at - self.onset

    @property
    def is_missed_for_want_of_data(self) -> bool:
        """Whether nothing in the plan excuses that it was not found."""
        return self.fault.kind == "metric" and self.onset is not None and self.stop is None and not self.why

    @property
    def restored_seconds(self) -> float | None:
        if self.stop is None or self.stop.restored_at is None:
            return None
        return self.stop.restored_at - self.stop.at


def stop_of(course: Course) -> Stop | None:
    """What ended the way forward; None where nothing did, or people did."""
    for one in course.journal:
        match one.event:
            case e.RollbackStarted(cause="verdict" | "blindness", exposure=exposure, reason=reason, verdict=verdict):
                failing = verdict.failing if verdict is not None else ()
                restored = next((r.at for r in course.journal if isinstance(r.event, e.TrafficRestored)), None)
                names = tuple(dict.fromkeys(finding.metric for finding in failing))
                return Stop(one.at, "rolled back", exposure, _stage(course, one), names, reason, restored, verdict)
            case e.ReleaseHeld(reason=reason) if one.actor == SONGBIRD:
                return _standing(course, one, "held", reason)
            case e.VerdictChanged(verdict=verdict) if verdict.outcome is Outcome.FAIL and _only_fails(course, one):
                return _standing(course, one, "failing", "; ".join(finding.words for finding in verdict.failing))
            case _:
                pass
    return None


def _only_fails(course: Course, one: Recorded) -> bool:
    """Whether a verdict that fails was the last word: nothing took the release back, and nothing held it."""
    return not any(
        isinstance(later.event, e.RollbackStarted | e.ReleaseHeld | e.StepPassed) and later.version > one.version
        for later in course.journal
    )


def _standing(course: Course, one: Recorded, how: str, reason: str) -> Stop:
    earlier = [r.event for r in course.journal if r.version <= one.version]
    verdict = next((event.verdict for event in reversed(earlier) if isinstance(event, e.VerdictChanged)), None)
    failing = verdict.failing if verdict is not None else ()
    exposed = [event for event in earlier if isinstance(event, e.StepEntered | e.WatchStarted)]
    exposure = (exposed[-1].exposure if exposed else None) or 0.0
    names = tuple(dict.fromkeys(finding.metric for finding in failing))
    return Stop(one.at, how, exposure, _stage(course, one), names, reason, None, verdict)


def _stage(course: Course, one: Recorded) -> str:
    """Where the release was."""
    entered = [r.event.stage for r in course.journal if r.version < one.version and isinstance(r.event, e.StageEntered)]
    return course.plan.stages[entered[-1]].name


def found(course: Course) -> tuple[Found, ...]:
    """Of each fault, in the order in which they were given."""
    stop = stop_of(course)
    return tuple(_of(course, number, fault, stop) for number, fault in enumerate(course.faults))


def _of(course: Course, number: int, fault: Fault, stop: Stop | None) -> Found:
    if fault.kind == "people":
        return Found(fault, why=_answered(course, fault))
    onset = course.onsets.get(number)
    if onset is None or (stop is not None and stop.at < onset) or _end_of(course) < onset:
        return Found(fault, None, why=f"it never began: the release was not {_there(fault, course.plan)}")
    flagged_at = next((one.at for one in _verdicts(course, onset) if _flags(one, fault)), None)
    here = Found(fault, onset, flagged_at=flagged_at, requests=course.met)
    if fault.kind == "incident":
        blamed = stop is not None and _is_blamed(course, number, stop)
        return replace(here, stop=stop) if blamed else replace(here, why=_borne(course, number))
    if stop is not None and _is_of(stop, fault, course):
        return replace(here, stop=stop)
    if stop is not None:
        return replace(here, why=f"the release was {stop.how} for something else first: {stop.reason}")
    if fault.kind != "metric":
        return replace(here, why=_borne(course, number))
    return replace(here, why=_why_not(course, fault, onset))


def _end_of(course: Course) -> float:
    return course.journal[-1].at


def _there(fault: Fault, plan: Plan) -> str:
    return f"{place_in_words(fault.place, plan)} for so long" if fault.delay else place_in_words(fault.place, plan)


def _is_of(stop: Stop, fault: Fault, course: Course) -> bool:
    """Alone, whatever stops the release is its doing; of several the metric has to be among those that fail."""
    others = [one for one in course.faults if one.kind != "people" and one is not fault]
    if others and fault.kind == "check":
        return any(name.split()[0] == fault.check for name in stop.metrics)
    return not others or fault.metric is None or fault.metric.name in stop.metrics


def _is_blamed(course: Course, number: int, stop: Stop) -> bool:
    """Whether the release was stopped for what its control has as well, while it had it."""
    incident = course.faults[number]
    own = {one.metric.name for one in course.faults if one.kind == "metric" and one.metric is not None}
    is_its_own = bool(own & {*stop.metrics}) or any(one.kind in ("outage", "silence") for one in course.faults)
    concerned = incident.metric is None or incident.metric.name in stop.metrics
    return course.is_wrong(number, stop.at) and concerned and not is_its_own


def _verdicts(course: Course, since: float) -> Iterator[Recorded]:
    for one in course.journal:
        if one.at >= since and isinstance(one.event, e.VerdictChanged):
            yield one


def _flags(one: Recorded, fault: Fault) -> bool:
    assert isinstance(one.event, e.VerdictChanged), "a verdict"
    return any(finding.metric == fault.metric.name for finding in one.event.verdict.flagged) if fault.metric else False


# ── what is borne ────────────────────────────────────────────────────────────────────────────────────────────────────


def _borne(course: Course, number: int) -> str:
    """What the release did meanwhile: it waited, and for which rule, or noticed nothing."""
    paused = [
        one.event.verdict.rule
        for one in _verdicts(course, course.onsets[number])
        if isinstance(one.event, e.VerdictChanged) and course.is_wrong(number, one.at) and _says_wait(one.event.verdict)
    ]
    return f"it waited for it ({'; '.join(dict.fromkeys(paused))})" if paused else "it went on as before"


def _says_wait(verdict: Verdict) -> bool:
    return (verdict.pace is Pace.PAUSE and not verdict.lacks_data) or verdict.is_no_go


def _answered(course: Course, fault: Fault) -> str:
    asked = next((one.at for one in course.journal if isinstance(one.event, e.ApprovalAsked)), None)
    if asked is None:
        return "nobody was asked"
    given = [
        one.at for one in course.journal if isinstance(one.event, e.ReleaseApproved) and one.event.role in fault.roles
    ]
    reminded = sum(isinstance(one.event, e.ReviewersReminded) for one in course.journal)
    reminders = f", after {reminded} reminder{'' if reminded == 1 else 's'}" if reminded else ""
    if given:
        return f"the yes came {duration_in_words(given[-1] - asked)} after the question{reminders}"
    return f"no yes came{reminders}; the release got no further"


# ── why not ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _why_not(course: Course, fault: Fault, onset: float) -> str:
    metric = fault.metric
    assert metric is not None, f"{fault.words} is about a metric"
    plan, usual = course.plan, course.usual.values[metric.name]
    lasted = _end_of(course) - onset
    worse = usual * fault.size.factor(usual, min(lasted, fault.lasts) if fault.lasts is not None else lasted)
    was, became = quantity_in_words(usual, metric.unit), quantity_in_words(worse, metric.unit)
    if usual == 0.0 and fault.size.to is None:
        return f"{metric.name} is 0 on a healthy version, and so many times as much is 0, too: write to 1%, say"
    if (worse <= usual) is (metric.worse == "higher"):
        return f"{was} to {became} is no worse: {metric.name} is worse when it is {metric.worse}"
    if convicting(metric) is None and metric.tolerance is None and metric.growth_per_hour is None:
        if metric.is_judged:
            return f"{metric.name} may hold a release and takes nothing back: it has no rollback limit, no tolerance"
        return f"{metric.name} has no limit and no tolerance: it is shown and never judged"
    if metric.priority == "medium":
        return f"{metric.name} is medium: it is flagged and never fails by itself"
    beyond_limit = _is_outside(convicting(metric), worse)
    compared = _is_compared(course, onset)
    if not beyond_limit and not compared:
        return _nothing_beside(plan, metric, became)
    if not beyond_limit and not _is_beyond(metric, usual, worse, fault):
        return _tolerated(metric, was, became, worse / usual if usual else 0.0)
    return ""


def _is_outside(limit: Limit | None, value: float) -> bool:
    if limit is None:
        return False
    return (limit.max is not None and value > limit.max) or (limit.min is not None and value < limit.min)


def _is_compared(course: Course, onset: float) -> bool:
    """Whether a control ran beside it at any time since."""
    for one in course.journal:
        if one.at < onset - 1.0:
            continue
        match one.event:
            case e.StepEntered(stage=stage, exposure=exposure) if exposure is not None:
                if course.plan.stages[stage].is_canary and exposure < FULL:
                    return True
            case e.ExposureReached(percent=percent) | e.WatchStarted(exposure=percent) if percent < FULL:
                return True
            case _:
                pass
    return False


def _nothing_beside(plan: Plan, metric: Metric, became: str) -> str:
    last: Stage = plan.stages[-1]
    holdback = "" if plan.watch.holdback or not last.is_canary else "; watch: {holdback: 5%} keeps a control beside it"
    if metric.limit is None:
        return (
            f"nothing ran beside it to compare with, and {metric.name} has no limit: a tolerance says nothing{holdback}"
        )
    return f"nothing ran beside it to compare with, and {became} is inside the limit of {metric.name}{holdback}"


def _is_beyond(metric: Metric, usual: float, worse: float, fault: Fault) -> bool:
    tolerance = metric.tolerance
    if metric.growth_per_hour is not None and fault.size.per_hour > metric.growth_per_hour:
        return True
    if tolerance is None:
        return False
    if metric.worse == "higher":
        return worse > usual * tolerance.ratio and worse - usual > tolerance.margin
    return worse < usual / tolerance.ratio and usual - worse > tolerance.margin


def _tolerated(metric: Metric, was: str, became: str, ratio: float) -> str:
    allowed = []
    if metric.tolerance is not None:
        margin = (
            f" and {quantity_in_words(metric.tolerance.margin, metric.unit)} more" if metric.tolerance.margin else ""
        )
        times = ratio if metric.worse == "higher" or not ratio else 1 / ratio
        allowed.append(f"the tolerance is {metric.tolerance.ratio:g} times{margin}, and it was {times:.3g} times")
    if metric.growth_per_hour is not None:
        allowed.append(f"it may grow by {percent_in_words(metric.growth_per_hour * 100)} an hour")
    if metric.limit is not None:
        allowed.append("it is inside the limit")
    return f"the plan allows it: {was} to {became}; {', and '.join(allowed)}"


def needed(course: Course, number: int) -> float | None:
    """Requests a minute with which it would have been found in this plan; None: not even with a hundred times.

    From the most to the least: where it is found, a course ends soon.
    """
    enough = None
    for times in MORE_TRAFFIC:
        more = course.usual.times(times)
        again = Course(
            course.plan, more, course.faults, course.seed, course.begins, course.offset_seconds, speaks=False
        )
        if found(again.play())[number].stop is None:
            break
        enough = more.per_minute
    return enough


def ended(course: Course) -> str:
    """How it ended, in a few words."""
    release = course.state
    if release.phase is Phase.HEALTHY:
        return "healthy"
    if release.phase.is_ending:
        return release.phase.replace("_", " ")
    return "held, until a person decides" if release.held is not None else "failing, until a person decides"
