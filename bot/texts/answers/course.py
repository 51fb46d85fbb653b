"""The course of a release: its traffic, its next step, its times, and what happened between two of them.

The one thing to remember: an exposure is what was read back, never what was asked for.
"""

from bot.core import events as e
from bot.core.events import Event
from bot.core.measures import exposure_now, way_back
from bot.core.model import Phase
from bot.core.quantities import duration_in_words, percent_in_words, seconds_in_words
from bot.texts.answers import reasons, ways
from bot.texts.answers.case import Case, DontKnow, Found, Line
from bot.texts.past import Happened
from bot.texts.plain import asks_in_words, next_in_words
from bot.texts.timeline import story

STORY_MAX = 5


def traffic(case: Case) -> Found:
    """How much, since when."""
    release = case.release
    reached, restored = case.past.last(e.ExposureReached), case.past.last(e.TrafficRestored)
    if restored is not None:
        was = release.rollback.exposure if release.rollback else 0.0
        before = f"; before that it had {percent_in_words(was)}" if was and release.stage.is_canary else ""
        return (case.said(f"None: read back at 0 % at {case.past.time(restored.at)}{before}.", restored),)
    if reached is None or release.entry is None:
        return (Line(f"None: {case.name} has not been exposed anywhere yet.", case.newest),)
    place, at = release.environment or release.stage.name, case.past.time(reached.at)
    if not release.stage.is_canary:
        return (case.said(f"It is on {place} since {at}, and has no traffic of users.", reached),)
    share, since = percent_in_words(exposure_now(release)), duration_in_words(case.now - reached.at)
    what = "when it ended, " if release.phase.is_ending else ""
    return (case.said(f"{share} of the traffic of {place}, {what}since {at} ({since}).", reached),)


def next_step(case: Case) -> Found:
    """What comes next, what it takes, and when time alone would do."""
    release = case.release
    if not case.is_moving:
        return ways.over(case)
    if release.phase is Phase.WATCHING:
        return (_end_of_watch(case),)
    if release.phase is not Phase.PROVING:
        return reasons.waits(case)
    asks = asks_in_words(release.gates) or "nothing more"
    return (Line(f"Next: {next_in_words(release)}, after {asks}.", case.newest), *_now(case))


def _end_of_watch(case: Case) -> Line:
    release = case.release
    assert release.entry is not None, f"{release.id} watches no entry"
    watch = release.entry.stopwatch
    left = release.plan.watch.time - watch.read(case.now)
    until = f", at {case.past.time(case.now + left)}, if nothing fails" if watch.running_since is not None else ""
    paused = "" if watch.running_since is not None else "; it is not counting now"
    return Line(f"The watch ends in {duration_in_words(left)}{until}{paused}.", case.newest)


def _now(case: Case) -> tuple[Line, ...]:
    """Where it is: the first lines of that."""
    found = reasons.here(case)
    return found[:2] if isinstance(found, tuple) else ()


def durations(case: Case) -> Found:
    """How long detection and return took."""
    way, began, restored = way_back(case.release), case.past.last(e.RollbackStarted), case.past.last(e.TrafficRestored)
    if way is None:
        return DontKnow(f"{case.name} has not gone back, so neither was measured")
    decided = case.past.time(way.detected)
    detected = f"Decided at {decided}; no metric was seen broken before."
    if way.detection_seconds is not None and way.onset is not None:
        took, seen = seconds_in_words(way.detection_seconds), case.past.time(way.onset)
        detected = f"Detection took {took}: first seen broken at {seen}, decided at {decided}."
    if way.restored_seconds is None:
        back = "The traffic has not been seen back yet."
    else:
        back = f"Traffic was back {seconds_in_words(way.restored_seconds)} after the decision, read back at 0 %."
    return (case.said(detected, began), case.said(back, restored or began))


def lasted(case: Case) -> Found:
    """How long all of it took, or has taken so far."""
    staged, first = case.past.first(e.ReleaseStaged), _first_in_production(case)
    if staged is None:
        return DontKnow()
    is_over = case.release.phase.is_ending
    until = case.release.phase_since if is_over else case.now
    words = f"{duration_in_words(until - staged.at)} from its beginning at {case.past.time(staged.at)}"
    lines = [case.said(f"{words} {'to its end' if is_over else 'so far'}.", staged)]
    if first is not None:
        words = f"{duration_in_words(until - first.at)} of that since its first traffic in {first.release.environment}."
        lines.append(case.said(words, first))
    return tuple(lines)


def _first_in_production(case: Case) -> Happened[e.ExposureReached] | None:
    last = next((stage.environment for stage in reversed(case.release.plan.stages) if stage.environment), None)
    reached = case.past.every(e.ExposureReached)
    return next((one for one in reached if one.release.environment == last and one.event.percent > 0), None)


def reached_production(case: Case) -> Found:
    """When it first had traffic in its last environment."""
    one = _first_in_production(case)
    if one is None:
        return (Line(f"{case.name} has had no traffic in production.", case.newest), *_now(case))
    place, share = one.release.environment, percent_in_words(one.event.percent)
    return (case.said(f"{case.name} reached {place} at {case.past.time(one.at)}, with {share} of the traffic.", one),)


def deployed(case: Case) -> Found:
    """When each deploy began and ended."""
    done = {one.event.entry: one for one in case.past.every(e.Deployed)}
    failed = {one.event.entry: one for one in case.past.every(e.DeployFailed)}
    lines = []
    for one in case.past.every(e.DeployStarted):
        words = f"Deploy to {one.event.environment}: begun at {case.past.time(one.at)}"
        ended: Happened[Event] | None = done.get(one.event.entry) or failed.get(one.event.entry)
        if ended is not None:
            words += f", {'done' if one.event.entry in done else 'failed'} at {case.past.time(ended.at)}"
        lines.append(case.said(f"{words}.", one, ended))
    return tuple(lines) or (Line(f"{case.name} has not been deployed anywhere.", case.newest),)


def happened(case: Case) -> Found:
    """What is worth telling of a window, or of all of it: the newest when there is too much."""
    told = story(case.past, case.asked.since, case.asked.until)
    if not told:
        return (Line("Nothing that is worth telling happened in that time.", case.newest),)
    shown = told[-STORY_MAX:]
    lines = [Line(f"{case.past.time(one.at)}: {one.words}.", (one.version,)) for one in shown]
    if before := len(told) - len(shown):
        lines[0] = Line(f"(After {before} earlier ones.) {lines[0].words}", lines[0].versions)
    return tuple(lines)
