"""What the world must do because an event happened: each a row in the outbox before it is attempted.

`effects` is a pure function of one recorded event and the release after it. An effect's key is the event's place and
the effect's name, so that the same event can never ask twice. The one thing to remember: moving traffic is not an
effect but desired state (the exposure row); nothing here stands between a verdict and the traffic.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from bot.core import commands, events
from bot.core.actors import SONGBIRD
from bot.core.commands import Command
from bot.core.contents import PAPERS, TEMPLATE
from bot.core.events import Recorded
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import ApprovalGate, Channels, Plan
from bot.core.tour import Stop
from bot.core.verdict import Outcome
from bot.core.voices import Decision


class Urgency(IntEnum):
    """Smaller is claimed first."""

    SAFETY = 0
    WORK = 1
    MILESTONES = 2
    """What people wait for: cards, questions, failures and endings."""
    WORDS = 3
    """The story, in a release's thread."""
    LATER = 4
    """What is good to have and waited for by nobody: better texts, pictures."""


class Room(StrEnum):
    """Where a message goes; the plan says which channel that is."""

    THREAD = "thread"
    BROADCAST = "broadcast"
    """In the release's thread, and shown in its channel as well: failures and endings."""
    RELEASES = "releases"
    ENGINEERING = "engineering"
    ON_CALL = "on_call"


@dataclass(frozen=True, slots=True)
class Effect:
    """`lane`: effects of one lane happen one after the other, in the order in which they were asked for."""

    key: str
    release: str

    @property
    def lane(self) -> str:
        return self.key

    @property
    def urgency(self) -> Urgency:
        return Urgency.WORK

    @property
    def pace(self) -> str:
        """The channel that it says something in, which bears about one message a second; empty: none."""
        return ""


@dataclass(frozen=True, slots=True)
class Prepare(Effect):
    """Resolve the ref and collect the changes since the last good release."""


@dataclass(frozen=True, slots=True)
class WriteText(Effect):
    """Write one text from its template, at once: `notes`, `diagnosis`, `narration/5` (of that entry)."""

    kind: str

    @property
    def urgency(self) -> Urgency:
        return Urgency.WORDS


@dataclass(frozen=True, slots=True)
class ImproveText(Effect):
    """Ask a model for a better text than version `over`. Nobody waits for it.

    A lane for each sort of text, over all releases: a model that is slow holds up a handful of effects, and no others.
    """

    kind: str
    over: int

    @property
    def lane(self) -> str:
        return f"model/{self.kind.partition('/')[0]}"

    @property
    def urgency(self) -> Urgency:
        return Urgency.LATER


@dataclass(frozen=True, slots=True)
class TakeTour(Effect):
    """Walk through the staging build in a browser, as the plan says. One at a time on a machine: browsers are large."""

    entry: int

    @property
    def lane(self) -> str:
        return "tour"

    @property
    def urgency(self) -> Urgency:
        return Urgency.LATER


@dataclass(frozen=True, slots=True)
class DrawCharts(Effect):
    """Draw the numbers as they stood at the `version`-th event. One release after the other: nobody waits for them."""

    version: int

    @property
    def lane(self) -> str:
        return "charts"

    @property
    def urgency(self) -> Urgency:
        return Urgency.LATER


@dataclass(frozen=True, slots=True)
class Deploy(Effect):
    """Put the commit beside the live version, with no traffic."""

    entry: int
    service: str
    environment: str
    commit: str
    name: str

    @property
    def lane(self) -> str:
        return f"deploy/{self.service}/{self.environment}"


@dataclass(frozen=True, slots=True)
class Undo(Effect):
    """Take it away again; its traffic is already at zero."""

    entry: int
    service: str
    environment: str
    commit: str
    name: str

    @property
    def lane(self) -> str:
        return f"deploy/{self.service}/{self.environment}"

    @property
    def urgency(self) -> Urgency:
        return Urgency.SAFETY


@dataclass(frozen=True, slots=True)
class LearnHours(Effect):
    """Ask what time it is where those live who are asked for a yes, so that none is reminded at night."""

    entry: int

    @property
    def urgency(self) -> Urgency:
        return Urgency.LATER


@dataclass(frozen=True, slots=True)
class LookBack(Effect):
    """See what an earlier build has left behind for this one: who had said yes, and what is to be answered."""

    entry: int

    @property
    def urgency(self) -> Urgency:
        return Urgency.WORDS


@dataclass(frozen=True, slots=True)
class Post(Effect):
    """Say what the `version`-th event means, once, in a room. `kept`: the message is edited later as the state moves.

    The words are a pure function of the journal up to that event, so nothing but its place is stored here. A lane for
    each channel: what is said in one waits for no other.
    """

    version: int
    room: Room
    kept: str = ""
    """`card` or `approval`; empty for what is said once."""
    channel: str = ""
    """As the plan names it. Empty where the plan names none, and in rows of older versions: then it is not paced."""

    @property
    def lane(self) -> str:
        return f"words/{self.release}/engineering" if self.room is Room.ENGINEERING else f"words/{self.release}"

    @property
    def urgency(self) -> Urgency:
        is_story = self.room is Room.THREAD and self.kept not in MOVING
        return Urgency.WORDS if is_story else Urgency.MILESTONES

    @property
    def pace(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True)
class Announce(Effect):
    """Say in a channel what has come of a lock or a freeze. `release` is the bar's id: no release is meant."""

    moment: int
    channel: str

    @property
    def lane(self) -> str:
        return f"bar/{self.release}/{self.channel}"

    @property
    def urgency(self) -> Urgency:
        return Urgency.MILESTONES

    @property
    def pace(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True)
class TellDay(Effect):
    """Tell a channel what has moved since `since` and what waits. `release` is the hour's name: no release is meant.

    `at` is the hour itself: what cannot be told soon after it is not told.
    """

    channel: str
    services: tuple[str, ...]
    since: float
    at: float
    zone: str

    @property
    def lane(self) -> str:
        return f"day/{self.channel}"

    @property
    def urgency(self) -> Urgency:
        return Urgency.MILESTONES

    @property
    def pace(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True)
class FileIncident(Effect):
    """A ticket with the verdict's numbers."""

    version: int


@dataclass(frozen=True, slots=True)
class Page(Effect):
    """Call the people on call, by name."""

    version: int
    channel: str = ""

    @property
    def pace(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True)
class Tell(Effect):
    """A command to another release."""

    command: Command


def every_effect() -> tuple[type[Effect], ...]:
    """All effect types, for tests and the codec. `__subclasses__` would also know each class without its slots."""
    named = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Effect)]
    return tuple(kind for kind in named if kind is not Effect)


def effects(recorded: Recorded, release: Release, around: Surroundings) -> tuple[Effect, ...]:
    """All that follows for the world from one event. `release` is folded up to and including it."""
    return (*_work(recorded, release, around), *_words(recorded, release), *_writing(recorded, release))


def _work(recorded: Recorded, release: Release, around: Surroundings) -> tuple[Effect, ...]:
    at = f"{recorded.release}/{recorded.version}"
    name = recorded.release
    match recorded.event:
        case events.ReleaseStaged():
            return (Prepare(f"{at}/prepare", name),)
        case events.ApprovalAsked(entry=entry):
            reminds = any(isinstance(gate, ApprovalGate) and gate.remind for gate in release.gates)
            hours = (LearnHours(f"{at}/hours", name, entry),) if reminds else ()
            return (LookBack(f"{at}/earlier", name, entry), *hours)
        case events.DeployStarted(entry, environment):
            return (Deploy(f"{at}/deploy", name, entry, release.service, environment, *_version(release)),)
        case events.TrafficRestored(entry=entry) if release.environment in release.deployed:
            environment = release.environment or ""
            return (Undo(f"{at}/undo", name, entry, release.service, environment, *_version(release)),)
        case events.ExposureReached() if release.environment == release.plan.stages[-1].environment:
            old = around.watching
            return tuple(Tell(f"{at}/supersede/{one}", one, commands.Supersede(one, by=name)) for one in old)
        case events.PlaceLeft(environment=environment):
            return tuple(
                Tell(f"{at}/next/{waiting}", waiting, commands.TakePlace(waiting))
                for waiting in around.queues.get(environment, ())
                if waiting != name
            )
        case events.RollbackStarted(ending=Phase.ROLLED_BACK):
            return FileIncident(f"{at}/incident", name, recorded.version), _page(recorded, release)
        case events.StepOverdue() | events.ExposureStuck() | events.UndoFailed():
            return (_page(recorded, release),)
        case events.ReleaseHeld() if recorded.actor == SONGBIRD and not _was_paged(release, recorded):
            return (_page(recorded, release),)
        case _:
            return ()


def _page(recorded: Recorded, release: Release) -> Page:
    at = f"{recorded.release}/{recorded.version}"
    return Page(f"{at}/page", recorded.release, recorded.version, channel_of(release.plan, Room.ON_CALL))


def channel_of(plan: Plan, room: Room) -> str:
    """As the plan names it; empty where it names none. Whoever is on call is called somewhere in any case."""
    match room:
        case Room.THREAD | Room.BROADCAST | Room.RELEASES:
            return plan.channels.releases
        case Room.ENGINEERING:
            return plan.channels.engineering or ""
        case Room.ON_CALL:
            return plan.channels.on_call or plan.channels.releases


def _was_paged(release: Release, recorded: Recorded) -> bool:
    """An overdue step pages for itself, and holds in the same breath."""
    return release.entry is not None and release.entry.overdue_at == recorded.at


def calls_people(event: events.Event) -> bool:
    """Whether the people on call are called for it whatever else is so: then that is said in their room as well."""
    match event:
        case events.RollbackStarted(ending=ending):
            return ending is Phase.ROLLED_BACK
        case events.StepOverdue() | events.ExposureStuck() | events.UndoFailed():
            return True
        case _:
            return False


def _version(release: Release) -> tuple[str, str]:
    assert release.commit is not None, f"{release.id} deploys before it is prepared"
    return release.commit, release.name


def version_of(key: str) -> int:
    """The version of the event that asked for the effect with this key."""
    return int(key.split("/")[1])


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
"""Texts that stand in the thread as messages of their own; the others are a press away."""

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
    events.EarlierKnown: (Room.THREAD,),
    events.DemoAsked: (Room.THREAD,),
    events.DemoGiven: (Room.THREAD,),
    events.AnomalyAccepted: (Room.THREAD,),
    events.ReleaseHeld: (Room.THREAD,),
    events.ReleaseResumed: (Room.THREAD,),
    events.BarsChanged: (Room.THREAD,),
    events.OverrideAsked: (Room.BROADCAST,),
    events.OverrideGranted: (Room.BROADCAST,),
    events.OverrideDeclined: (Room.THREAD,),
    events.OverrideLapsed: (Room.THREAD,),
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


def _words(recorded: Recorded, release: Release) -> tuple[Effect, ...]:
    kind = type(recorded.event)
    if isinstance(recorded.event, events.ArtefactWritten) and not has_its_message(recorded, recorded.event, release):
        return ()
    at = f"{recorded.release}/{recorded.version}"
    return tuple(
        Post(
            f"{at}/post/{room}",
            recorded.release,
            recorded.version,
            room,
            KEPT.get(kind, ""),
            channel_of(release.plan, room),
        )
        for room in rooms(kind, release.plan.channels)
    )


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
    return event.kind in TOLD and release.artefacts[event.kind].told == recorded.version


# ── what is written and drawn ────────────────────────────────────────────────────────────────────────────────────────


def _writing(recorded: Recorded, release: Release) -> tuple[Effect, ...]:
    at, version = f"{recorded.release}/{recorded.version}", recorded.version
    charts = DrawCharts(f"{at}/charts", recorded.release, version)
    match recorded.event:
        case events.ReleasePrepared():
            return _write(recorded, *PAPERS)
        case events.ArtefactWritten(kind, author=author) if author == TEMPLATE and not _is_again(release, kind):
            return (ImproveText(f"{at}/improve", recorded.release, kind, release.artefacts[kind].version),)
        case events.ApprovalAsked():
            return _write(recorded, "go-no-go")
        case events.VerdictChanged(verdict=verdict) if release.entry is not None and release.entry.asked is not None:
            return _write(recorded, "go-no-go") if verdict.outcome in (Outcome.PASS, Outcome.FAIL) else ()
        case events.ExposureReached(entry=entry) if _is_toured(release):
            return (TakeTour(f"{at}/tour", recorded.release, entry),)
        case events.StepPassed() if release.stage.is_canary:
            return (*_write(recorded, f"narration/{version}"), charts)
        case events.AnomalyAccepted() | events.FindingRecorded() | events.ConcernDecided(decision=Decision.CAVEAT):
            return _write(recorded, "faq") if release.commit is not None else ()
        case events.RollbackStarted(ending=Phase.ROLLED_BACK):
            return (*_write(recorded, "diagnosis", "incident"), charts)
        case events.TrafficRestored() | events.ReleaseReturned() if _is_rolled_back(release):
            return _write(recorded, "incident")
        case events.ReleaseHeld() if recorded.actor == SONGBIRD and _is_failing(release):
            return _write(recorded, "diagnosis")
        case events.ReleaseHealthy() if release.entry is not None and release.entry.exposure is not None:
            return (charts,)
        case _:
            return ()


def _is_again(release: Release, kind: str) -> bool:
    """One of several that a model's time is not worth: a go/no-go turns with the verdict, an incident has an end."""
    if kind == "incident":
        return not release.phase.is_ending
    asked_at = release.entry.asked_at if release.entry is not None else None
    before = release.texts[kind][:-1]
    return kind == "go-no-go" and asked_at is not None and any(one.at >= asked_at for one in before)


def _is_toured(release: Release) -> bool:
    """Whether this is where the tour of the plan is taken, and there are no customers."""
    has_stops = any(isinstance(stop, Stop) for stop in release.plan.stops)
    return has_stops and release.environment == release.plan.first_environment and not release.stage.is_canary


def _is_rolled_back(release: Release) -> bool:
    return release.rollback is not None and release.rollback.ending is Phase.ROLLED_BACK


def _is_failing(release: Release) -> bool:
    return release.entry is not None and release.entry.verdict is not None and bool(release.entry.verdict.failing)


def _write(recorded: Recorded, *kinds: str) -> tuple[Effect, ...]:
    at = f"{recorded.release}/{recorded.version}"
    return tuple(WriteText(f"{at}/text/{kind}", recorded.release, kind) for kind in kinds)
