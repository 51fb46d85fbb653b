"""What Songbird's own parts report, and what comes of it: one function a command, for the table in `decide`.

The one thing to remember: an outcome may come twice, or late; what is known already adds nothing.
"""

from bot.core import commands as c
from bot.core import events as e
from bot.core.asked import ARTEFACT_LENGTH_MAX, Asked
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.model import Phase
from bot.core.quantities import percent_in_words
from bot.core.settle import lapsed, start_rollback


def prepared(asked: Asked, command: c.ReportPrepared) -> tuple[Event, ...]:
    if asked.release.commit is not None:
        return ()
    blocked_by = asked.around.blocks.get(command.commit)
    if blocked_by is not None:
        reason = (
            f"{command.name} was rolled back as {blocked_by} and is blocked until an operator unblocks {blocked_by}"
        )
        return (e.PreparationFailed(reason),)
    if command.commit == command.previous:
        return (e.PreparationFailed(f"{command.name} is what runs in production already"),)
    if rival := asked.around.moving.get(command.commit):
        return (e.PreparationFailed(f"{command.name} is on its way already, as {rival}"),)
    name, before = command.name, command.previous_name
    return (e.ReleasePrepared(command.commit, name, command.previous, command.changes, before),)


def not_prepared(_asked: Asked, command: c.ReportNotPrepared) -> tuple[Event, ...]:
    return (e.PreparationFailed(command.reason),)


def artefact(asked: Asked, command: c.ReportArtefact) -> tuple[Event, ...]:
    """A person's words stand, and so does whatever was written since the text that this is a better version of."""
    before = asked.release.artefacts.get(command.kind)
    if before is not None and (before.text == command.text or before.is_by_a_person):
        return ()
    if command.over is not None and (before is None or before.version != command.over):
        return ()
    return (e.ArtefactWritten(command.kind, command.text[:ARTEFACT_LENGTH_MAX], command.author, command.evidence),)


def tour(asked: Asked, command: c.ReportTour) -> tuple[Event, ...]:
    """It may come when the stage was left already, and is good to have; when all is over nobody looks at it."""
    is_known = command.shots == asked.release.shots and bool(command.shots)
    if is_known or asked.release.rollback is not None or asked.release.phase.is_ending:
        return ()
    return (e.TourTaken(command.entry, command.shots, command.note),)


def charts(asked: Asked, command: c.ReportCharts) -> tuple[Event, ...]:
    known = {charts.about for charts in asked.release.charts.values()}
    return () if command.about in known else (e.ChartsDrawn(command.about, command.pictures),)


def take_place(_asked: Asked, _command: c.TakePlace) -> tuple[Event, ...]:
    return ()  # settle looks whether the place is free


def deployed(asked: Asked, command: c.ReportDeployed) -> tuple[Event, ...]:
    return () if asked.entry.deployed_at is not None else (e.Deployed(command.entry),)


def not_deployed(asked: Asked, command: c.ReportNotDeployed) -> tuple[Event, ...]:
    if asked.entry.deployed_at is not None:
        return ()
    back = start_rollback(asked.release, "deploy", f"the deploy failed: {command.reason}", Phase.ROLLED_BACK)
    return (e.DeployFailed(command.entry, command.reason), *back)


def exposure(asked: Asked, command: c.ReportExposure) -> tuple[Event, ...]:
    entry, back = asked.entry, asked.release.rollback
    restored = back is not None and back.restored_at is not None
    if restored or (entry.observed_at is not None and entry.stuck is None):
        return ()
    if command.percent != entry.exposure:
        raise Refused(f"{asked.release.id} wants {percent_in_words(entry.exposure or 0)}, not {command.percent:g} %")
    if back is not None:
        return (e.TrafficRestored(entry.number, seconds=max(0.0, asked.now - back.started_at)),)
    return (e.ExposureReached(entry.number, command.percent),)


def exposure_stuck(asked: Asked, command: c.ReportExposureStuck) -> tuple[Event, ...]:
    return () if asked.entry.stuck is not None else (e.ExposureStuck(command.entry, command.reason),)


def exposure_drift(_asked: Asked, command: c.ReportExposureDrift) -> tuple[Event, ...]:
    return (e.ExposureDrifted(command.entry, command.found_percent),)


def undone(asked: Asked, command: c.ReportUndone) -> tuple[Event, ...]:
    _must_have_restored(asked)
    return (e.UndoFinished(command.entry),)


def not_undone(asked: Asked, command: c.ReportNotUndone) -> tuple[Event, ...]:
    _must_have_restored(asked)
    return (e.UndoFailed(command.entry, command.reason),)


def _must_have_restored(asked: Asked) -> None:
    if asked.release.rollback is None or asked.release.rollback.restored_at is None:
        raise Refused(f"{asked.release.id} still has traffic: it cannot have been undone")


def verdict(asked: Asked, command: c.ReportVerdict) -> tuple[Event, ...]:
    if asked.entry.exposure is not None and asked.entry.observed_at is None:
        raise Refused(f"{asked.release.id}: looked before the exposure was observed")
    late = lapsed(asked.here)
    known = asked.entry.verdict
    if not late and known is not None and known.identity == command.verdict.identity:
        return ()
    return (*late, e.VerdictChanged(command.entry, command.verdict))


def reviewers(asked: Asked, command: c.ReportReviewers) -> tuple[Event, ...]:
    return () if asked.entry.reviewers else (e.ReviewersKnown(command.entry, command.reviewers),)


def earlier(asked: Asked, command: c.ReportEarlier) -> tuple[Event, ...]:
    """Told with the first question; a later one is about the same build."""
    return () if asked.release.earlier is not None else (e.EarlierKnown(command.entry, command.earlier),)


def checkpoint(asked: Asked, command: c.ReportCheckpoint) -> tuple[Event, ...]:
    """Each at most once, and none that lies before one that was told."""
    taken = asked.entry.checkpoint
    if taken is not None and taken.due_at >= command.due_at:
        return ()
    return (e.CheckpointTaken(command.entry, command.due_at, command.verdict),)


def tick(asked: Asked, _command: c.Tick) -> tuple[Event, ...]:
    return lapsed(asked.here)


def supersede(_asked: Asked, command: c.Supersede) -> tuple[Event, ...]:
    return (e.ReleaseSuperseded(command.by),)
