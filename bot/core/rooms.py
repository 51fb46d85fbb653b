"""Which events are said, and where: in the release's thread, in its channel, to engineering, to the people on call.

A room is a purpose; the plan says which channel that is. The one thing to remember: what is said in two rooms that are
one channel is said once.
"""

from enum import StrEnum

from bot.core import events, shown
from bot.core.events import Recorded
from bot.core.model import Phase, Release
from bot.core.plan import Channels, Plan


class Room(StrEnum):
    """Where a message goes; the plan says which channel that is."""

    THREAD = "thread"
    BROADCAST = "broadcast"
    """In the release's thread, and shown in its channel as well: failures and endings."""
    RELEASES = "releases"
    ENGINEERING = "engineering"
    ON_CALL = "on_call"


KEPT: dict[type[events.Event], str] = {
    events.ReleaseStaged: "card",
    events.ApprovalAsked: "approval",
    events.OverrideAsked: "override",
    events.ArtefactWritten: "text",
    events.ChartsDrawn: "charts",
}
"""Messages that are edited as the state moves."""

MOVING = frozenset({"card", "approval"})
"""Of them, those whose look depends on the time and on the latest numbers; the others change with an event.

Without these nobody sees a release that moves, and nobody can approve it."""

TOLD = frozenset({"notes", "walkthrough", "diagnosis"})
"""Texts that stand in the thread as messages of their own; the others are a press away.

So does whatever a person has made of a text that approvers were shown, where nobody is asked about that."""

ROOMS: dict[type[events.Event], tuple[Room, ...]] = {
    events.ReleaseStaged: (Room.RELEASES,),
    events.ReleasePrepared: (Room.THREAD,),
    events.PreparationFailed: (Room.BROADCAST,),
    events.ArtefactWritten: (Room.THREAD,),
    events.TourTaken: (Room.THREAD,),
    events.ChartsDrawn: (Room.THREAD,),
    events.FindingRecorded: (Room.THREAD,),
    events.PlaceQueued: (Room.THREAD,),
    events.DeployStarted: (Room.THREAD,),
    events.ApprovalAsked: (Room.THREAD,),
    events.ReleaseApproved: (Room.THREAD,),
    events.ApprovalWithdrawn: (Room.THREAD,),
    events.ApprovalExpired: (Room.THREAD,),
    events.ApprovalAskedAgain: (Room.THREAD,),
    events.ReviewersReminded: (Room.THREAD,),
    events.ConcernRaised: (Room.THREAD,),
    events.ConcernDecided: (Room.THREAD,),
    events.FollowUpClosed: (Room.THREAD,),
    events.IncidentRecorded: (Room.THREAD,),
    events.IncidentWithdrawn: (Room.THREAD,),
    events.EarlierKnown: (Room.THREAD,),
    events.DemoAsked: (Room.THREAD,),
    events.DemoGiven: (Room.THREAD,),
    events.AnomalyAccepted: (Room.THREAD,),
    events.ReleaseHeld: (Room.THREAD,),
    events.OnCallCalled: (Room.THREAD,),
    events.ReleaseResumed: (Room.THREAD,),
    events.BarsChanged: (Room.THREAD,),
    events.OverrideAsked: (Room.BROADCAST,),
    events.OverrideGranted: (Room.BROADCAST,),
    events.OverrideDeclined: (Room.THREAD,),
    events.OverrideLapsed: (Room.THREAD,),
    events.PlanChanged: (Room.BROADCAST,),
    events.StepPromoted: (Room.THREAD,),
    events.StepPassed: (Room.THREAD,),
    events.ExposureReached: (Room.THREAD,),
    events.ExposureDrifted: (Room.THREAD,),
    events.ExposureStuck: (Room.BROADCAST,),
    events.VerdictChanged: (Room.THREAD,),
    events.StepOverdue: (Room.BROADCAST,),
    events.WatchStarted: (Room.RELEASES, Room.ENGINEERING),
    events.CheckpointTaken: (Room.THREAD, Room.ENGINEERING),
    events.ReleaseHealthy: (Room.BROADCAST, Room.ENGINEERING),
    events.ReleaseSuperseded: (Room.THREAD,),
    events.ReleaseWithdrawn: (Room.BROADCAST,),
    events.RollbackStarted: (Room.BROADCAST,),
    events.TrafficRestored: (Room.THREAD,),
    events.UndoFailed: (Room.BROADCAST,),
    events.ReleaseReturned: (Room.BROADCAST, Room.ENGINEERING),
    events.BuildUnblocked: (Room.THREAD,),
}
"""Which events are said, and where. An event that is not here changes the card and nothing else."""


def rooms(kind: type[events.Event], channels: Channels) -> tuple[Room, ...]:
    """Where an event is said: once, where engineering reads it in the release's own channel."""
    asked = ROOMS.get(kind, ())
    is_one = channels.engineering is not None and is_same(channels.engineering, channels.releases)
    return tuple(room for room in asked if not (is_one and room is Room.ENGINEERING))


def is_same(one: str, other: str) -> bool:
    """Whether two names of channels, as people write them, mean the same one."""
    return one.removeprefix("#").casefold() == other.removeprefix("#").casefold()


def has_its_message(recorded: Recorded, event: events.ArtefactWritten, release: Release) -> bool:
    """Whether it does not just replace, in its message, the version before it."""
    text = release.artefacts[event.kind]
    is_told = event.kind in TOLD or shown.reviewed_before(release, text) is not None
    return is_told and text.told == recorded.version


def channel_of(plan: Plan, room: Room) -> str:
    """As the plan names it; empty where it names none. Whoever is on call is called somewhere in any case."""
    match room:
        case Room.THREAD | Room.BROADCAST | Room.RELEASES:
            return plan.channels.releases
        case Room.ENGINEERING:
            return plan.channels.engineering or ""
        case Room.ON_CALL:
            return plan.channels.on_call or plan.channels.releases


def calls_people(event: events.Event) -> bool:
    """Whether the people on call are called for it whatever else is so: then that is said in their room as well."""
    match event:
        case events.RollbackStarted(ending=ending):
            return ending is Phase.ROLLED_BACK
        case events.OnCallCalled() | events.StepOverdue() | events.ExposureStuck() | events.UndoFailed():
            return True
        case _:
            return False
