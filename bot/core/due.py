"""When a release wants to be asked again although nobody does anything: a question to the state, not a timer.

The engine stores the answer with the release and sends a `Tick` when the time has come. The one thing to remember: a
tick carries no meaning; `settle` looks at the clock it is given, and a tick that comes late or twice adds nothing.
"""

from collections.abc import Sequence

from bot.core import gates, reviews
from bot.core.beside import Absence, Bar
from bot.core.model import Phase, Release
from bot.core.verdict import Outcome
from bot.core.voices import Override

QUEUE_SECONDS = 30.0
"""How often a queued release tries by itself; normally it is told at once when the place becomes free.

As often a watch that is over asks whether the successor has left that it waits for.
"""


OVERRIDE_SECONDS_MAX = 3600.0
"""How long an override waits for its second person: an emergency that has lasted longer is looked at anew."""


def due(
    release: Release,
    looked_at: float | None,
    now: float,
    bars: Sequence[Bar] = (),
    absences: Sequence[Absence] = (),
) -> float | None:
    """The next time (seconds since the epoch, after `now`) at which time alone may change something; None: never.

    `bars`: locks and freezes of the service that are not over; `absences`: those of anybody.
    """
    remind_at = reviews.remind_at(release, now, bars, absences) if release.phase is Phase.PROVING else None
    times = (*_times(release, looked_at, now), remind_at, *_barring(release, bars), _override(release))
    return min((at for at in times if at is not None and at > now), default=None)


def _override(release: Release) -> float | None:
    override = release.open_override
    return None if override is None or release.phase.is_ending else override_lapses_at(override)


def override_lapses_at(override: Override) -> float:
    """Until when it may be seconded."""
    return override.asked_at + OVERRIDE_SECONDS_MAX


def _barring(release: Release, bars: Sequence[Bar]) -> list[float | None]:
    """When freezes begin and end, for a release that they may stop."""
    may_be_stopped = release.phase in (Phase.QUEUED, Phase.DEPLOYING, Phase.PROVING, Phase.WATCHING)
    return [at for bar in bars for at in (bar.starts_at, bar.ends_at)] if may_be_stopped else []


def _times(release: Release, looked_at: float | None, now: float) -> list[float | None]:
    entry, plan = release.entry, release.plan
    if entry is None:
        return []
    match release.phase:
        case Phase.QUEUED:
            return [now + QUEUE_SECONDS]
        case Phase.PROVING:
            waits = [row.due_at for row in gates.rows(release, now)]
            overdue = None if entry.overdue_at else overdue_at(release)
            return [*waits, reviews.expires_at(release), overdue, lapse_at(release, looked_at), blind_until(release)]
        case Phase.WATCHING:
            running = entry.stopwatch.running_since is not None
            left = plan.watch.time - entry.stopwatch.read(now)
            ends = now + (left if left > 0 else QUEUE_SECONDS) if running else None
            overdue = None if entry.overdue_at else watch_overdue_at(release)
            return [ends, overdue, lapse_at(release, looked_at), blind_until(release)]
        case _:
            return []


WATCH_TIMES_MAX = 2.0
"""A watch that has lasted so many times its time without coming to its end needs a person."""


def overdue_at(release: Release) -> float:
    """When a step has lasted too long; what it was stopped for does not count."""
    assert release.entry is not None, f"{release.id} is in no step"
    assert release.step is not None, f"{release.id} is in no step"
    return max(release.entry.at, release.entry.unbarred_at or 0.0) + release.step.time_max


def watch_overdue_at(release: Release) -> float:
    """When the watch should long have come to its end."""
    freed_at = release.entry.unbarred_at if release.entry is not None else None
    began_at = release.entry.at if release.entry is not None else release.phase_since
    return max(began_at, freed_at or 0.0) + WATCH_TIMES_MAX * release.plan.watch.time


def lapse_at(release: Release, looked_at: float | None) -> float | None:
    """When the last look is too old to count; None where nothing is looked at, or is known not to be readable."""
    entry, since = release.entry, release.watched_since
    if entry is None or since is None:
        return None
    if entry.verdict is not None and entry.verdict.outcome is Outcome.ERROR:
        return None
    seen = max(looked_at or 0.0, since, entry.stopwatch.running_since or 0.0)
    return seen + release.plan.timing.stale


def blind_until(release: Release) -> float | None:
    """When blindness has lasted too long."""
    entry = release.entry
    if entry is None or entry.blind_since is None:
        return None
    return entry.blind_since + release.plan.timing.blind_max
