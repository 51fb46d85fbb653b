"""Folding the journal: what a release is after one more event. Never refuses, never asks; what happened, happened.

Phases are changed by the table in `transitions` alone. The one thing to remember: times come from the record, so a
fold tomorrow gives the same release as the fold today.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.core import calls
from bot.core import events as e
from bot.core.actors import SONGBIRD, Actor
from bot.core.contents import TEMPLATE, Artefact, Charts, QaFinding, digest
from bot.core.events import Event, Recorded
from bot.core.model import Checkpoint, Entry, Phase, Release, Rollback, Stopwatch
from bot.core.transitions import LEADS
from bot.core.verdict import Outcome, Pace, Verdict
from bot.core.voices import Acceptance, Approval, Concern, Demo, Hold, Incident, Override, Word

LAPSED = Verdict(Outcome.ERROR, Pace.PAUSE, "nothing was looked at for too long")
"""What stands for a verdict when no look was taken for longer than the plan's `stale`."""


def fold(journal: Iterable[Recorded]) -> Release:
    """The release that a journal, from its first event on, describes."""
    release: Release | None = None
    for recorded in journal:
        release = evolve(release, recorded)
    assert release is not None, "an empty journal describes no release"
    return release


def evolve(release: Release | None, recorded: Recorded) -> Release:
    """`release` after the event. Raises AssertionError where the table does not know the event: a corrupt journal."""
    if release is None:
        assert isinstance(recorded.event, e.ReleaseStaged), f"{recorded.release} does not begin with ReleaseStaged"
        return _begin(recorded, recorded.event)
    row = LEADS[release.phase]
    kind = type(recorded.event)
    assert kind in row, f"{release.id}: {kind.__name__} cannot happen while {release.phase}"
    assert recorded.version == release.version + 1, f"{release.id}: event {recorded.version} after {release.version}"
    phase = row[kind] or _ending(release)
    changed = _apply(release, recorded)
    since = recorded.at if phase is not release.phase else release.phase_since
    return replace(changed, phase=phase, phase_since=since, version=recorded.version)


def _begin(recorded: Recorded, staged: e.ReleaseStaged) -> Release:
    return Release(
        id=recorded.release,
        version=recorded.version,
        phase=Phase.PREPARING,
        service=staged.service,
        ref=staged.ref,
        plan=staged.plan,
        plan_digest=staged.plan_digest,
        staged_by=recorded.actor,
        staged_at=recorded.at,
        phase_since=recorded.at,
        note=staged.note,
        name=staged.ref,
    )


def _ending(release: Release) -> Phase:
    assert release.rollback is not None, f"{release.id} returns from no rollback"
    return release.rollback.ending


def _apply(release: Release, recorded: Recorded) -> Release:
    at, actor = recorded.at, recorded.actor
    match recorded.event:
        case e.ReleasePrepared(commit, name, previous, changes, called):
            return replace(release, commit=commit, name=name, previous=previous, previous_name=called, changes=changes)
        case e.PreparationFailed(reason) | e.ReleaseWithdrawn(reason) | e.ReleaseReturned(reason=reason):
            return replace(release, ending_reason=reason)
        case e.ArtefactWritten() | e.TourTaken() | e.ChartsDrawn() | e.FindingRecorded():
            return _written(release, recorded)
        case e.ReleaseHeld() | e.OnCallCalled() | e.ReleaseResumed():
            return _held(release, recorded)
        case e.BarsChanged(bars=bars):
            here = _present(release)
            return replace(release, bars=bars, entry=here if bars else replace(here, unbarred_at=at))
        case e.ConcernRaised() | e.ConcernDecided() | e.FollowUpClosed():
            return replace(release, concerns=_worried(release, recorded))
        case (
            e.EarlierKnown()
            | e.DemoAsked()
            | e.DemoGiven()
            | e.IncidentRecorded()
            | e.IncidentKeyed()
            | e.IncidentWithdrawn()
        ):
            return _beside(release, recorded)
        case e.OverrideAsked() | e.OverrideGranted() | e.OverrideDeclined() | e.OverrideLapsed():
            return replace(release, overrides=_overrides(release, recorded, recorded.event))
        case e.AnomalyAccepted(metric, reason):
            accepted = Acceptance(metric, actor, reason, at)
            return replace(release, acceptances=(*release.acceptances, accepted))
        case e.ApprovalAsked() | e.ApprovalAskedAgain():
            return _asked(release, recorded.event, at)
        case e.ReleaseSuperseded(by):
            return replace(release, ending_reason=f"{by} took production over")
        case _:
            return _move(release, recorded.event, at, actor)


def _overrides(
    release: Release,
    recorded: Recorded,
    event: e.OverrideAsked | e.OverrideGranted | e.OverrideDeclined | e.OverrideLapsed,
) -> tuple[Override, ...]:
    at, actor = recorded.at, recorded.actor
    if isinstance(event, e.OverrideAsked):
        asker = release.plan.in_slack(actor)
        asked = (event.number, event.entry, event.bars, event.gates, event.reason, actor, asker, at)
        return (*release.overrides, Override(*asked, told=recorded.version))
    changed: dict[str, Any] = {}
    match event:
        case e.OverrideGranted(solo=solo):
            changed = {"granted_by": actor, "granted_at": at, "is_solo": solo}
        case e.OverrideDeclined():
            changed = {"declined_by": actor, "over": f"declined by {actor.name or actor.id}"}
        case e.OverrideLapsed(reason=reason):
            changed = {"over": reason}
    return tuple(replace(one, **changed) if one.number == event.number else one for one in release.overrides)


def _written(release: Release, recorded: Recorded) -> Release:
    """Events that bring words and pictures: none of them moves anything."""
    match recorded.event:
        case e.ArtefactWritten() as event:
            versions = release.texts.get(event.kind, ())
            return replace(
                release, texts={**release.texts, event.kind: (*versions, _version(recorded, event, versions))}
            )
        case e.FindingRecorded(number, severity, text, owner, disposition):
            found = QaFinding(number, severity, text, recorded.actor, recorded.at, owner, disposition)
            return replace(release, findings=(*release.findings, found))
        case e.TourTaken(shots=shots):
            return replace(release, shots=shots)
        case e.ChartsDrawn(about, pictures):
            return replace(release, charts={**release.charts, recorded.version: Charts(about, pictures)})
        case _:
            raise AssertionError(f"{type(recorded.event).__name__} brings no words")


def _worried(release: Release, recorded: Recorded) -> tuple[Concern, ...]:
    """Its concerns after one more event about them."""
    at, actor, concerns = recorded.at, recorded.actor, release.concerns
    match recorded.event:
        case e.ConcernRaised(number, text, severity):
            return (*concerns, Concern(number, actor, text, at, severity=severity))
        case e.ConcernDecided(number, decision, words, change):
            return tuple(
                replace(one, decision=decision, decided_by=actor, decided_at=at, words=words, change=change)
                if one.number == number
                else one
                for one in concerns
            )
        case e.FollowUpClosed(number, words):
            done = Word(actor, words, at)
            return tuple(replace(one, done=done) if one.number == number else one for one in concerns)
        case _:
            raise AssertionError(f"{type(recorded.event).__name__} is about no concern")


def _caused(
    release: Release, recorded: Recorded, event: e.IncidentRecorded | e.IncidentKeyed | e.IncidentWithdrawn
) -> tuple[Incident, ...]:
    at, actor, known = recorded.at, recorded.actor, release.every_incident
    if isinstance(event, e.IncidentRecorded):
        return (*known, Incident(event.number, actor, event.text, at, event.key, event.began_at))
    if isinstance(event, e.IncidentKeyed):
        return tuple(replace(one, key=event.key) if one.number == event.number else one for one in known)
    word = Word(actor, event.reason, at)
    return tuple(replace(one, withdrawn=word) if one.number == event.number else one for one in known)


def _beside(release: Release, recorded: Recorded) -> Release:
    """What is shown with a question or told afterwards, and changes nothing about where it is."""
    at, actor = recorded.at, recorded.actor
    match recorded.event:
        case e.EarlierKnown(earlier=earlier):
            return replace(release, earlier=earlier)
        case e.DemoAsked(_, number, times):
            return replace(release, demos=(*release.demos, Demo(number, actor, times, at)))
        case e.DemoGiven(number, words):
            given = Word(actor, words, at)
            demos = tuple(replace(one, given=given) if one.number == number else one for one in release.demos)
            return replace(release, demos=demos)
        case e.IncidentRecorded() | e.IncidentKeyed() | e.IncidentWithdrawn() as event:
            return replace(release, every_incident=_caused(release, recorded, event))
        case _:
            raise AssertionError(f"{type(recorded.event).__name__} stands beside nothing")


def _version(recorded: Recorded, event: e.ArtefactWritten, versions: tuple[Artefact, ...]) -> Artefact:
    """Shown where the version before it stood, until somebody was asked about that. A diagnosis is of its moment."""
    before = versions[-1] if versions else None
    follows_a_question = before is not None and before.is_asked
    has_its_own = before is None or follows_a_question or (event.kind == "diagnosis" and event.author == TEMPLATE)
    by_a_model = recorded.actor == SONGBIRD and event.author not in (TEMPLATE, SONGBIRD.id)
    return Artefact(
        kind=event.kind,
        version=len(versions) + 1,
        text=event.text,
        author=event.author,
        digest=digest(event.text),
        at=recorded.at,
        actor=recorded.actor,
        evidence=event.evidence,
        told=before.told if before is not None and not has_its_own else recorded.version,
        is_late=follows_a_question and by_a_model,
    )


def _asked(release: Release, event: e.ApprovalAsked | e.ApprovalAskedAgain, at: float) -> Release:
    """What is shown is frozen: the newest version of each text, and of those alone that it is asked again for."""
    here = replace(_present(release), asked=event.subject, caveats_asked=tuple(one.number for one in release.caveats))
    if isinstance(event, e.ApprovalAskedAgain):
        kinds: frozenset[str] = frozenset(event.changed)
        left = tuple(one for one in here.approvals if one not in event.void)
        here = replace(here, asked_again_at=at, approvals=left)
    else:
        kinds, here = frozenset(release.texts), replace(here, asked_at=at)
    texts = {
        kind: (*versions[:-1], replace(versions[-1], is_asked=True, is_late=False)) if kind in kinds else versions
        for kind, versions in release.texts.items()
    }
    return replace(release, texts=texts, entry=here)


def _entered(release: Release, event: e.StepEntered | e.PlanChanged, at: float) -> Release:
    """Nothing of the entry before counts in a new one: no look, no yes, no go, no time."""
    if isinstance(event, e.PlanChanged):
        return _replanned(release, event, at)
    return replace(release, owed=None, entry=Entry(event.entry, event.stage, event.step, at, event.exposure))


def _replanned(release: Release, event: e.PlanChanged, at: float) -> Release:
    """An anomaly was accepted of a metric as it was. In a watch all its traffic is seen already, as when it began."""
    same = {one.name for one in event.plan.metrics if one in release.plan.metrics}
    kept = tuple(one for one in release.acceptances if one.metric in same)
    changed = replace(release, plan=event.plan, plan_digest=event.plan_digest, acceptances=kept)
    if not event.is_new:
        return changed
    left = _present(release)
    is_seen = release.phase is Phase.WATCHING and left.observed_at is not None and left.exposure == event.exposure
    here = Entry(event.entry, event.stage, event.step, at, event.exposure, observed_at=at if is_seen else None)
    return replace(changed, replanned=release.replanned | {left.number}, owed=event.owed, entry=here)


def _publish(release: Release) -> Release:
    found = {kind: text for kind in release.texts if (text := release.to_publish(kind)) is not None}
    return replace(release, published=found)


def _move(release: Release, event: Event, at: float, actor: Actor) -> Release:
    """Events about places, entries and the way back."""
    match event:
        case e.StageEntered(entry, stage):
            here = Entry(entry, stage, None, at)
            return replace(release, entry=here, stage_entry=entry, exposures=(), acceptances=(), owed=None)
        case e.PlaceQueued(behind=behind):
            return replace(release, queued_behind=behind)
        case e.PlaceTaken(environment):
            return replace(release, places=release.places | {environment}, queued_behind=None)
        case e.PlaceLeft(environment):
            return replace(release, places=release.places - {environment})
        case e.DeployStarted(environment=environment):
            met_users_at = release.met_users_at or (at if release.serves_users else None)
            return replace(release, deployed=release.deployed | {environment}, met_users_at=met_users_at)
        case e.StepEntered() | e.PlanChanged():
            return _entered(release, event, at)
        case e.WatchStarted(entry, exposure):
            stage = _present(release).stage
            watched = Entry(entry, stage, None, at, exposure, observed_at=at)
            return replace(_publish(release), entry=watched, owed=None)
        case e.ExposureReached(percent=percent):
            here = _present(release)
            reached = replace(here, observed_at=here.observed_at or at, stuck=None)
            again = release.exposures[-1:] == (percent,)
            return replace(release, entry=reached, exposures=release.exposures + (() if again else (percent,)))
        case e.RollbackStarted(entry, cause, reason, ending, exposure, environment, verdict):
            back = Rollback(cause, reason, actor, at, ending, exposure, verdict)
            here = Entry(entry, _present(release).stage, None, at, None if environment is None else 0.0)
            return replace(release, entry=here, rollback=back, held=None, bars=())
        case e.TrafficRestored() | e.UndoFinished() | e.UndoFailed():
            return _return(release, event, at)
        case e.BuildBlocked() | e.BuildUnblocked():
            return replace(release, blocks_build=isinstance(event, e.BuildBlocked))
        case _:
            return replace(release, entry=_judge(_remembered(release, event), event, at, actor))


def _return(release: Release, event: e.TrafficRestored | e.UndoFinished | e.UndoFailed, at: float) -> Release:
    back = release.rollback
    assert back is not None, f"{release.id} is not on its way back"
    match event:
        case e.TrafficRestored():
            entry = replace(_present(release), observed_at=at, stuck=None)
            return replace(release, entry=entry, rollback=replace(back, restored_at=at))
        case e.UndoFinished():
            return replace(release, rollback=replace(back, undone_at=at))
        case e.UndoFailed(reason=reason):
            return replace(release, rollback=replace(back, undone_at=at, undo_failure=reason))


def _held(release: Release, recorded: Recorded) -> Release:
    """Held, called for, let go on: where Songbird holds it, somebody is called for all that is wrong with it now."""
    at, actor, entry = recorded.at, recorded.actor, release.entry
    match recorded.event:
        case e.ReleaseHeld(reason):
            here = _called(release, entry, at) if entry is not None and actor == SONGBIRD else entry
            return replace(release, held=Hold(actor, reason, at, recorded.version), entry=here)
        case e.OnCallCalled():
            return replace(release, entry=_called(release, _present(release), at))
        case _:
            return replace(release, held=None, entry=None if entry is None else _resumed(release, entry, at))


def _called(release: Release, entry: Entry, at: float) -> Entry:
    return replace(entry, called=entry.called | calls.troubles(release, at))


def _remembered(release: Release, event: Event) -> Entry:
    """Where it is, with what on-call need not be called for again; while it is held, nothing of that is forgotten."""
    here = _present(release)
    if release.held is not None or not isinstance(event, e.VerdictChanged):
        return here
    return replace(here, called=calls.still_known(here, event.verdict))


def _resumed(release: Release, entry: Entry, at: float) -> Entry:
    """What is wrong is known to whoever lets it go on. What was overdue gets its time once more, and is so again."""
    known = replace(entry, called=calls.troubles(release, at))
    return known if entry.overdue_at is None else replace(known, overdue_at=None, unbarred_at=at)


def _judge(entry: Entry, event: Event, at: float, actor: Actor) -> Entry:
    """Events inside one entry."""
    match event:
        case e.Deployed():
            return replace(entry, deployed_at=at)
        case e.VerdictChanged(verdict=verdict):
            blind_since = (entry.blind_since or at) if verdict.outcome is Outcome.ERROR else None
            held = _paced(entry.stopwatch, verdict.pace, at)
            watched = entry.watched.started(at) if blind_since is None else entry.watched.paused(at)
            return replace(
                entry, verdict=verdict, verdict_at=at, blind_since=blind_since, stopwatch=held, watched=watched
            )
        case e.VerdictLapsed(since=since):
            held, watched = entry.stopwatch.paused(since), entry.watched.paused(since)
            blind_since = entry.blind_since or at  # from now on: while the bot was away it could not have looked
            return replace(
                entry, verdict=LAPSED, verdict_at=at, stopwatch=held, watched=watched, blind_since=blind_since
            )
        case e.ReleaseApproved() | e.ApprovalWithdrawn() | e.ApprovalExpired():
            return _reviewed(entry, event, at, actor)
        case e.ReviewersKnown(reviewers=reviewers):
            return replace(entry, reviewers=reviewers)
        case e.ReviewersReminded(people=people):
            return replace(entry, reminded=(*entry.reminded, *((person, at) for person in people)))
        case e.CheckpointTaken(due_at=due_at, verdict=verdict):
            return replace(entry, checkpoint=Checkpoint(due_at, verdict))
        case e.StepPromoted():
            return replace(entry, promoted_by=actor)
        case e.StepOverdue():
            return replace(entry, overdue_at=at)
        case e.ExposureStuck(reason=reason):
            return replace(entry, stuck=reason)
        case e.DeployFailed() | e.ExposureDrifted() | e.StepPassed() | e.ReleaseHealthy():
            return entry  # said, and consequential through what follows; nothing to remember here
        case _:
            raise AssertionError(f"no fold for {type(event).__name__}")


def _reviewed(
    entry: Entry, event: e.ReleaseApproved | e.ApprovalWithdrawn | e.ApprovalExpired, at: float, actor: Actor
) -> Entry:
    """A yes that is given, taken back or too old."""
    match event:
        case e.ReleaseApproved(role=role, behalf=behalf):
            return replace(entry, approvals=(*entry.approvals, Approval(actor, role, at, behalf)))
        case e.ApprovalWithdrawn(roles=roles):
            left = (one for one in entry.approvals if one.actor.id != actor.id or one.role not in roles)
            return replace(entry, approvals=tuple(left))
        case e.ApprovalExpired(role=role, by=by, given_at=given_at):
            gone = (by.id, role, given_at)
            left = (one for one in entry.approvals if (one.actor.id, one.role, one.at) != gone)
            return replace(entry, approvals=tuple(left), asked_again_at=at)


def _paced(stopwatch: Stopwatch, pace: Pace, at: float) -> Stopwatch:
    match pace:
        case Pace.RUN:
            return stopwatch.started(at)
        case Pace.PAUSE:
            return stopwatch.paused(at)
        case Pace.RESET:
            return Stopwatch()


def _present(release: Release) -> Entry:
    assert release.entry is not None, f"{release.id} has entered no stage"
    return release.entry
