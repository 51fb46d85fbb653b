"""Every event that is told, in words: one function an event, in one table; and the page for the people on call.

`message` is a pure function of the journal up to an event, so that a message whose outcome is unknown can be made
again, the same. The one thing to remember: None means that nothing is worth saying in that room; it is no error.
"""

from collections.abc import Callable
from typing import Any

from bot.core import events as e
from bot.core.events import Event, Recorded
from bot.core.model import Release
from bot.core.rooms import Room
from bot.views import (
    bars,
    checkpoints,
    concerns,
    earlier,
    incidents,
    overrides,
    people,
    plans,
    progress,
    returning,
    texts,
)
from bot.views.approval import approval
from bot.views.card import card
from bot.views.mrkdwn import foreign
from bot.views.rendered import Rendered
from bot.views.told import Told
from bot.views.words import called


def message(recorded: Recorded, release: Release, room: Room, before: Release | None = None) -> Rendered | None:
    """What the event means, for that room. `release` is folded up to it, `before` up to the event before.

    Without `before` a verdict is told as if it were the entry's first, and nothing can be said to be back to normal.
    """
    return _TELL[type(recorded.event)](recorded.event, Told(recorded, release, room, before))


def page(recorded: Recorded, release: Release) -> Rendered:
    """What wakes somebody: who is called, what happened, what is being done about it."""
    told = Told(recorded, release, Room.ON_CALL)
    name = called(release)
    match recorded.event:
        case e.RollbackStarted():
            return returning.rollback_page(recorded.event, told)
        case e.StepOverdue(waiting_for=waiting_for):
            return returning.paged(f"{name} is overdue and held, waiting for {foreign(waiting_for).rstrip('.')}.", told)
        case e.ExposureStuck(reason=reason):
            return returning.paged(f"The traffic of {name} does not move: {foreign(reason, 900)}", told)
        case e.ReleaseHeld(reason=reason) | e.OnCallCalled(reason=reason):
            return returning.paged(f"{name} is held and needs a person: {foreign(reason, 900)}", told)
        case e.UndoFailed(reason=reason):
            words = f"{name} has no traffic, and could not be taken away; it needs a hand: {foreign(reason, 900)}"
            return returning.paged(words, told)
        case _:
            raise AssertionError(f"nobody is called for {type(recorded.event).__name__}")


def _staged(_event: e.ReleaseStaged, told: Told) -> Rendered:
    return card(told.release, None, told.at)


def _asked(_event: e.ApprovalAsked, told: Told) -> Rendered:
    return approval(told.release, told.at)


_TELL: dict[type[Event], Callable[[Any, Told], Rendered | None]] = {
    e.ReleaseStaged: _staged,
    e.ReleasePrepared: progress.release_prepared,
    e.PreparationFailed: progress.preparation_failed,
    e.ArtefactWritten: texts.artefact_written,
    e.TourTaken: texts.tour_taken,
    e.ChartsDrawn: texts.charts_drawn,
    e.FindingRecorded: texts.finding_recorded,
    e.PlaceQueued: progress.place_queued,
    e.DeployStarted: progress.deploy_started,
    e.ApprovalAsked: _asked,
    e.ReleaseApproved: people.release_approved,
    e.ApprovalWithdrawn: people.approval_withdrawn,
    e.ApprovalExpired: people.approval_expired,
    e.ApprovalAskedAgain: people.approval_asked_again,
    e.ReviewersReminded: people.reviewers_reminded,
    e.ConcernRaised: concerns.concern_raised,
    e.ConcernDecided: concerns.concern_decided,
    e.FollowUpClosed: concerns.follow_up_closed,
    e.IncidentRecorded: incidents.incident_recorded,
    e.IncidentWithdrawn: incidents.incident_withdrawn,
    e.EarlierKnown: earlier.earlier_known,
    e.DemoAsked: concerns.demo_asked,
    e.DemoGiven: concerns.demo_given,
    e.AnomalyAccepted: people.anomaly_accepted,
    e.ReleaseHeld: people.release_held,
    e.OnCallCalled: people.on_call_called,
    e.ReleaseResumed: people.release_resumed,
    e.BarsChanged: bars.bars_changed,
    e.OverrideAsked: overrides.override_asked,
    e.OverrideGranted: overrides.override_granted,
    e.OverrideDeclined: overrides.override_declined,
    e.OverrideLapsed: overrides.override_lapsed,
    e.PlanChanged: plans.plan_changed,
    e.StepPromoted: people.step_promoted,
    e.StepPassed: progress.step_passed,
    e.ExposureReached: progress.exposure_reached,
    e.ExposureDrifted: progress.exposure_drifted,
    e.ExposureStuck: progress.exposure_stuck,
    e.VerdictChanged: progress.verdict_changed,
    e.StepOverdue: progress.step_overdue,
    e.WatchStarted: progress.watch_started,
    e.CheckpointTaken: checkpoints.checkpoint_taken,
    e.ReleaseHealthy: progress.release_healthy,
    e.ReleaseSuperseded: progress.release_superseded,
    e.ReleaseWithdrawn: people.release_withdrawn,
    e.RollbackStarted: returning.rollback_started,
    e.TrafficRestored: returning.traffic_restored,
    e.UndoFailed: returning.undo_failed,
    e.ReleaseReturned: returning.release_returned,
    e.BuildUnblocked: people.build_unblocked,
}
"""What tells each event. A test holds that it tells what `rooms.ROOMS` posts, and nothing else."""
