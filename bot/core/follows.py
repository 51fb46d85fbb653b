"""What follows of each event for the world: work, words, texts and pictures.

`effects` is a pure function of one recorded event and the release after it. An effect's key is the event's place and
the effect's name, so that the same event can never ask twice.
"""

from bot.core import commands, events
from bot.core.actors import SONGBIRD
from bot.core.contents import PAPERS, TEMPLATE
from bot.core.effects import (
    Deploy,
    DrawCharts,
    Effect,
    FileIncident,
    ImproveText,
    LearnHours,
    LookBack,
    Page,
    Post,
    Prepare,
    TakeTour,
    Tell,
    Undo,
    WriteText,
)
from bot.core.events import Recorded
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import ApprovalGate
from bot.core.rooms import KEPT, Room, channel_of, has_its_message, rooms
from bot.core.tour import Stop
from bot.core.verdict import Outcome
from bot.core.voices import Decision


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
        case events.OnCallCalled() | events.StepOverdue() | events.ExposureStuck() | events.UndoFailed():
            return (_page(recorded, release),)
        case events.ReleaseHeld() if recorded.actor == SONGBIRD and not _was_paged(release, recorded):
            return (_page(recorded, release),)
        case _:
            return ()


def _page(recorded: Recorded, release: Release) -> Page:
    at = f"{recorded.release}/{recorded.version}"
    return Page(f"{at}/page", recorded.release, recorded.version, channel_of(release.plan, Room.ON_CALL))


def _was_paged(release: Release, recorded: Recorded) -> bool:
    """An overdue step pages for itself, and holds in the same breath."""
    return release.entry is not None and release.entry.overdue_at == recorded.at


def _version(release: Release) -> tuple[str, str]:
    assert release.commit is not None, f"{release.id} deploys before it is prepared"
    return release.commit, release.name


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
        case events.ReleaseHeld() | events.OnCallCalled() if recorded.actor == SONGBIRD and _is_failing(release):
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
