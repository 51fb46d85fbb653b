"""Deciding: a release, a command, what surrounds them and the time, to events, or `Refused`. Nothing is read in here.

`decide` lets go of every yes that has grown too old, consults the table, asks the function of that command what it
makes true, and lets `settle` add what follows by itself. The one thing to remember: a refusal is complete. It is raised
before anything is returned, its words go to whoever asked, and the release is as it was.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.core import authors, concerns, gates, incidents, overrides, policy, replan, reports, reviews, shown
from bot.core import commands as c
from bot.core import events as e
from bot.core.absences import standing_in
from bot.core.actors import SONGBIRD, Actor, Door
from bot.core.asked import ARTEFACT_LENGTH_MAX, TEXT_LENGTH_MAX, Asked, must_own_the_way_back, said
from bot.core.errors import Refused
from bot.core.events import Event, Recorded
from bot.core.evolve import evolve
from bot.core.gates import bar_in_words, waiting
from bot.core.model import Phase, Release, Surroundings
from bot.core.plan import ApprovalGate, GoGate, HealthGate
from bot.core.quantities import percent_in_words
from bot.core.settle import bars_here, leave, settle, start_rollback
from bot.core.slash import quoted
from bot.core.transitions import ACCEPTS
from bot.core.verdict import Outcome

SETTLE_ROUNDS_MAX = 200
"""More than any plan has stages and steps that nothing is asked for: beyond it a rule is circular."""

PAST_A_BAR = (
    "Promote does not go past a lock or a freeze. Its owner or an operator ends it, /release unlock SERVICE reason or "
    "/release thaw ID reason; in an emergency two people go past it, /release override ID reason"
)

METRIC_SHOWN_MAX = 60
"""Characters of what somebody typed as a metric: a name in a plan has half as many."""


def decide(
    release: Release | None, command: c.Command, around: Surroundings, actor: Actor, now: float
) -> tuple[Recorded, ...]:
    """What happens when `actor` asks for `command` at `now`; empty when it was true already. Raises Refused."""
    actor = standing_in(actor, around.absences, now)
    late = reviews.expired(release, now) if release is not None else ()
    release, recorded = _record(release, command.release, late, SONGBIRD, now)
    who, happened = actor, _answer(release, command, around, actor, now)
    if isinstance(command, c.ReportVerdict):
        around = replace(around, looked_at=now)  # this was a look: what follows from it must not find it stale
    for _ in range(SETTLE_ROUNDS_MAX):
        release, more = _record(release, command.release, happened, who, now)
        recorded += more
        who, happened = SONGBIRD, settle(release, around, now) if release else ()
        if not happened:
            return tuple(recorded)
    raise AssertionError(f"{command.release} does not settle after {type(command).__name__}")


def _record(
    release: Release | None, name: str, happened: tuple[Event, ...], who: Actor, now: float
) -> tuple[Release | None, list[Recorded]]:
    """The events in their places, and the release after them."""
    recorded: list[Recorded] = []
    for event in happened:
        version = release.version + 1 if release else 1
        recorded.append(Recorded(name, version, now, who, event))
        release = evolve(release, recorded[-1])
    return release, recorded


def _answer(
    release: Release | None, command: c.Command, around: Surroundings, actor: Actor, now: float
) -> tuple[Event, ...]:
    if isinstance(command, c.StageRelease):
        return _stage(release, command, actor)
    if release is None:
        raise Refused(f"there is no release {command.release}: /release shows what there is")
    if type(command) not in ACCEPTS[release.phase]:
        raise Refused(_not_now(release, command, now))
    if isinstance(command, c.EntryCommand):
        _must_be_in_time(release, command)
    return _ANSWERS[type(command)](Asked(release, around, actor, now), command)


def _not_now(release: Release, command: c.Command, now: float) -> str:
    asked = _WORDS.get(type(command), type(command).__name__)
    if release.phase.is_ending:
        because = f": {release.ending_reason}" if release.ending_reason else ""
        return f"{release.id} has ended ({release.phase.replace('_', ' ')}{because}); nothing is left to {asked}"
    if isinstance(command, c.CancelRelease) and release.phase is Phase.ROLLING_BACK:
        stuck = f"where that is stuck, /release give-up {release.id} reason ends it"
        return f"{release.id} has moved on: it is on its way back already; {stuck}"
    here = waiting(release, now)
    return f"{release.id} cannot {asked} now: {here.words if here else release.phase}"


_WORDS: dict[type[c.Command], str] = {
    c.Approve: "approve",
    c.WithdrawApproval: "give a yes back",
    c.Reject: "reject",
    c.RaiseConcern: "raise a concern about",
    c.DecideConcern: "decide on",
    c.CloseFollowUp: "close a follow-up of",
    c.AskForDemo: "ask for a live demo of",
    c.RecordDemo: "record a demo of",
    c.AcceptAnomaly: "accept",
    c.EditText: "write a text of",
    c.RecordFinding: "record a finding about",
    c.RecordIncident: "record an incident of",
    c.WithdrawIncident: "take an incident back of",
    c.HoldRelease: "hold",
    c.ResumeRelease: "resume",
    c.PromoteRelease: "promote",
    c.AskOverride: "override",
    c.SecondOverride: "second an override of",
    c.DeclineOverride: "decline an override of",
    c.ChangePlan: "take another plan",
    c.RollBackRelease: "roll back",
    c.CancelRelease: "cancel",
    c.GiveUpWayBack: "give up",
    c.UnblockBuild: "unblock",
}


def _must_be_in_time(release: Release, command: c.EntryCommand) -> None:
    present = release.entry.number if release.entry else 0
    if command.entry != present:
        raise Refused(f"{release.id} has moved on: this was about an earlier step. Look at its card and decide again")


# ── beginning ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _stage(release: Release | None, command: c.StageRelease, actor: Actor) -> tuple[Event, ...]:
    if release is not None:
        raise Refused(f"{release.id} was staged already")
    policy.must_operate(command.plan, actor, "stage a release")
    if not command.ref.strip() or command.ref.startswith("-"):
        raise Refused(f"{command.ref!r} is not a version: name a tag, a branch or a commit")
    return (e.ReleaseStaged(command.service, command.ref, command.plan, command.plan.digest, command.note),)


# ── what people write ────────────────────────────────────────────────────────────────────────────────────────────────


def _edit(asked: Asked, command: c.EditText) -> tuple[Event, ...]:
    release = asked.release
    policy.must_be_named(release.plan, asked.actor, f"write the texts of {release.id}")
    before = release.artefacts.get(command.kind)
    if before is None:
        raise Refused(f"{release.id} has no {command.kind[:METRIC_SHOWN_MAX]} yet")
    if not before.is_editable:
        raise Refused(f"the {command.kind[:METRIC_SHOWN_MAX]} says what was measured: say in the thread what you see")
    text = command.text.strip()
    if before.text.strip() == text:
        return ()
    if before.version != command.over:
        who = before.actor.name or before.author
        raise Refused(f"{who} has written version {before.version} meanwhile: copy your words, and open it again")
    if not text:
        raise Refused("a text without words is none: what was there stays")
    if len(text) > ARTEFACT_LENGTH_MAX:
        raise Refused(f"that is {len(text)} characters; {ARTEFACT_LENGTH_MAX} fit")
    return (e.ArtefactWritten(command.kind, text + "\n", asked.actor.id),)


def _finding(asked: Asked, command: c.RecordFinding) -> tuple[Event, ...]:
    release = asked.release
    policy.must_be_near(release, asked.actor, "record a finding about")
    text = said(command.text, "a finding")
    if any(one.text == text and one.severity is command.severity for one in release.findings):
        return ()
    owner, disposition = (one.strip()[:TEXT_LENGTH_MAX] for one in (command.owner, command.disposition))
    return (e.FindingRecorded(len(release.findings) + 1, command.severity, text, owner, disposition),)


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _approve(asked: Asked, command: c.Approve) -> tuple[Event, ...]:
    """One press is one person's word, in all of their roles: one's own, or with another press that of who is away.

    Where the plan wants the yeses `distinct`, in one role: what is lacking, of which the fewest others are left.
    """
    gate, roles = _may_review(asked, command.subject, "approve")
    policy.must_not_be_the_author(gate, asked.release, asked.actor)
    roles_of: dict[str, list[str]] = {}
    for role in sorted(roles):
        for voice in _voices(gate, role, asked):
            roles_of.setdefault(voice, []).append(role)
    if not roles_of:
        raise Refused(_no_voice_left(gate, roles, asked))
    lacking = gates.lacking(gate, asked.release)
    behalf = min(roles_of, key=lambda voice: (not lacking & {*roles_of[voice]}, voice != "", voice))
    given = roles_of[behalf]
    if asked.release.plan.is_distinct(gate):
        given = [min(given, key=lambda role: (role not in lacking, gates.how_many_left(gate, asked.release, role)))]
    solo, entry = asked.release.plan.solo, asked.entry.number
    return tuple(e.ReleaseApproved(entry, role, command.subject, solo, behalf) for role in given)


def _voices(gate: ApprovalGate, role: str, asked: Asked) -> list[str]:
    """As whom they may still say yes as this role: each person once, with one voice, and nobody for an author."""
    spoken = gates.spoken(gate, asked.release, role)
    if any(one.actor.id == asked.actor.id for one in spoken):
        return []
    gone = {one.voice for one in spoken} | authors.barred(gate, asked.release)
    if asked.release.plan.is_distinct(gate):
        gone |= {one.actor.id for one in spoken}
        if asked.actor.id in gone:
            return []
    all_of = policy.voices(asked.release.plan, asked.actor, role)
    return [voice for voice in all_of if (voice or asked.actor.id) not in gone]


def _no_voice_left(gate: ApprovalGate, roles: frozenset[str], asked: Asked) -> str:
    release, me = asked.release, asked.actor
    if any(one.actor.id == me.id for one in asked.entry.approvals):
        once = ", and one person fills one role here" if release.plan.is_distinct(gate) else ""
        return f"you have approved {release.id} already{once}"
    lent = {voice for role in roles for voice in policy.voices(release.plan, me, role) if voice}
    if wrote := sorted(lent & authors.barred(gate, release)):
        names = policy.people(wrote)
        return f"{names} wrote changes of {release.id} and may not approve them here, and nobody does it for them"
    mine = next((one for one in asked.entry.approvals if one.voice in {me.id, *lent}), None)
    who = mine.actor.name or mine.actor.id if mine is not None else "somebody"
    if mine is not None and mine.behalf == me.id:
        return f"{who} has approved {release.id} for you already"
    return f"{who} has approved {release.id} already, so there is no yes left that you could give for them"


def _withdraw(asked: Asked, command: c.WithdrawApproval) -> tuple[Event, ...]:
    """Whoever gave it may, whatever they hold by now."""
    given = [one.role for one in asked.entry.approvals if (one.actor.id, one.actor.door) == _identity(asked.actor)]
    if not given:
        raise Refused(f"there is no yes of yours to take back: you have not approved {asked.release.id} here")
    return (e.ApprovalWithdrawn(command.entry, tuple(given)),)


def _identity(actor: Actor) -> tuple[str, Door]:
    """Somebody at the shell may bear any name."""
    return actor.id, actor.door


def _reject(asked: Asked, command: c.Reject) -> tuple[Event, ...]:
    _may_review(asked, command.subject, "reject")
    reason = said(command.reason, "a rejection")
    return start_rollback(asked.release, "rejection", f"rejected: {reason}", Phase.REJECTED)


def _may_review(asked: Asked, subject: str, what: str) -> tuple[ApprovalGate, frozenset[str]]:
    gate = next((gate for gate in asked.release.gates if isinstance(gate, ApprovalGate)), None)
    if gate is None or asked.entry.asked is None:
        raise Refused(f"{asked.release.id} is not asking anybody to {what} it now")
    roles = policy.must_hold_role(asked.release.plan, asked.actor, gate.roles, f"{what} {asked.release.id}")
    if subject != shown.subject(asked.release):
        raise Refused(f"what you were shown of {asked.release.id} has changed since: look again, then {what}")
    return gate, roles


def _accept_anomaly(asked: Asked, command: c.AcceptAnomaly) -> tuple[Event, ...]:
    release = asked.release
    policy.must_operate_or_decide(release.plan, asked.actor, f"accept an anomaly of {release.id}")
    if command.entry is not None and not release.stage_entry <= command.entry <= asked.entry.number:
        raise Refused(
            f"{release.id} has moved on: that was seen in another stage, it is in {release.stage.name} now. "
            f"What is unusual there is told there."
        )
    if release.acceptance(command.metric) is not None:
        return ()  # it is accepted, whoever said it first; the answer names them
    if refusal := _why_no_anomaly(asked, command.metric):
        raise Refused(f"{release.id}: {refusal}")
    return (e.AnomalyAccepted(command.metric, said(command.reason, "an acceptance")),)


def _why_no_anomaly(asked: Asked, metric: str) -> str:
    """Why there is nothing about this metric to accept now, and what there is instead; empty when there is."""
    release, verdict = asked.release, asked.entry.verdict
    if verdict is None:
        return "nothing was looked at in this step yet, so nothing is flagged"
    if metric in verdict.anomalies:
        return ""
    if any(finding.metric == metric for finding in verdict.failing):
        return f"{metric} fails, and what fails cannot be accepted"
    if verdict.outcome is Outcome.ERROR:
        return f"nothing is flagged while nothing can be judged: {verdict.rule}"
    instead = ", ".join(name for name in verdict.anomalies if release.acceptance(name) is None) or "nothing"
    wanted = f"{metric[:METRIC_SHOWN_MAX]} is not flagged" if metric else "say which metric"
    return f"{wanted}; flagged now: {instead}"


def _hold(asked: Asked, command: c.HoldRelease) -> tuple[Event, ...]:
    policy.must_be_near(asked.release, asked.actor, "hold")
    if asked.release.held is not None:
        who = asked.release.held.actor.name or asked.release.held.actor.id
        raise Refused(f"{asked.release.id} is held by {who} already: {quoted(asked.release.held.reason)}")
    return (e.ReleaseHeld(command.reason.strip()[:TEXT_LENGTH_MAX] or "no reason given yet"),)


def _resume(asked: Asked, command: c.ResumeRelease) -> tuple[Event, ...]:
    release = asked.release
    policy.must_operate(release.plan, asked.actor, f"resume {release.id}")
    if release.held is None:
        raise Refused(f"{release.id} is not held")
    if command.hold not in (None, release.held.version):
        who = release.held.actor.name or release.held.actor.id
        another = f"{release.id} is held by {who} now, which you were not shown: {quoted(release.held.reason)}"
        raise Refused(f"{another}. To let it go on all the same: /release resume {release.id}")
    return (e.ReleaseResumed(),)


def _promote(asked: Asked, command: c.PromoteRelease) -> tuple[Event, ...]:
    release, entry = asked.release, asked.entry
    _may_promote(asked)
    if entry.promoted_by is not None:
        raise Refused(f"this step of {release.id} was promoted already")
    if bars := bars_here(asked.here):
        raise Refused(f"{release.service} is {' and '.join(map(bar_in_words, bars))}. {PAST_A_BAR}")
    if any(isinstance(gate, HealthGate) for gate in release.gates):
        verdict = entry.verdict
        if verdict is None:
            raise Refused(f"{release.id} has no verdict yet: promote skips waiting, never looking")
        if verdict.outcome in (Outcome.FAIL, Outcome.ERROR):
            why = "; ".join(finding.words for finding in verdict.failing) or verdict.rule
            raise Refused(f"promote never skips what fails: {why}")
        if verdict.is_no_go:
            raise Refused(f"promote never skips a no-go: {verdict.standing_out}")
    return (e.StepPromoted(entry.number, command.reason.strip()[:TEXT_LENGTH_MAX]),)


def _may_promote(asked: Asked) -> None:
    go = next((gate for gate in asked.release.gates if isinstance(gate, GoGate)), None)
    if go is None:
        policy.must_operate(asked.release.plan, asked.actor, f"promote {asked.release.id}")
    else:
        policy.must_hold_role(asked.release.plan, asked.actor, (go.role,), f"let {asked.release.id} go")


def _roll_back(asked: Asked, command: c.RollBackRelease) -> tuple[Event, ...]:
    policy.must_be_near(asked.release, asked.actor, "roll back")
    must_own_the_way_back(asked)
    reason = command.reason.strip()[:TEXT_LENGTH_MAX] or "asked for by a person; no reason given yet"
    return start_rollback(asked.release, "person", reason, Phase.ROLLED_BACK)


def _cancel(asked: Asked, command: c.CancelRelease) -> tuple[Event, ...]:
    release = asked.release
    policy.must_operate(release.plan, asked.actor, f"cancel {release.id}")
    reason = command.reason.strip()[:TEXT_LENGTH_MAX] or "cancelled"
    if release.phase in (Phase.PREPARING, Phase.QUEUED):
        return (e.ReleaseWithdrawn(reason),)
    if release.stage.is_canary and asked.entry.exposure:
        at = percent_in_words(asked.entry.exposure)
        raise Refused(f"{release.id} may have {at} of the traffic: /release rollback {release.id} takes it back")
    return start_rollback(release, "cancellation", reason, Phase.CANCELLED)


def _give_up_the_way_back(asked: Asked, command: c.GiveUpWayBack) -> tuple[Event, ...]:
    """The release must not wait for ever."""
    policy.must_operate(asked.release.plan, asked.actor, f"give up the way back of {asked.release.id}")
    if asked.entry.stuck is None:
        raise Refused(f"{asked.release.id} is on its way back; that can be given up once it is stuck, which is paged")
    back = asked.release.rollback
    assert back is not None, f"{asked.release.id} is on no way back"
    reason = said(command.reason, "giving up the way back")
    return (*leave(asked.release), e.ReleaseReturned(back.ending, f"{back.reason} (given up: {reason})"))


def _unblock(asked: Asked, command: c.UnblockBuild) -> tuple[Event, ...]:
    policy.must_operate(asked.release.plan, asked.actor, "unblock a build")
    if not asked.release.blocks_build or asked.release.commit is None:
        raise Refused(f"{asked.release.id} blocks no build")
    return (e.BuildUnblocked(asked.release.commit, said(command.reason, "an unblocking")),)


_ANSWERS: dict[type[c.Command], Callable[[Asked, Any], tuple[Event, ...]]] = {
    c.ReportPrepared: reports.prepared,
    c.ReportNotPrepared: reports.not_prepared,
    c.ReportArtefact: reports.artefact,
    c.ReportTour: reports.tour,
    c.ReportCharts: reports.charts,
    c.EditText: _edit,
    c.RecordFinding: _finding,
    c.TakePlace: reports.take_place,
    c.ReportDeployed: reports.deployed,
    c.ReportNotDeployed: reports.not_deployed,
    c.ReportExposure: reports.exposure,
    c.ReportExposureStuck: reports.exposure_stuck,
    c.ReportExposureDrift: reports.exposure_drift,
    c.ReportUndone: reports.undone,
    c.ReportNotUndone: reports.not_undone,
    c.ReportVerdict: reports.verdict,
    c.ReportReviewers: reports.reviewers,
    c.ReportEarlier: reports.earlier,
    c.ReportCheckpoint: reports.checkpoint,
    c.Tick: reports.tick,
    c.Supersede: reports.supersede,
    c.Approve: _approve,
    c.WithdrawApproval: _withdraw,
    c.Reject: _reject,
    c.RaiseConcern: concerns.raised,
    c.DecideConcern: concerns.decided,
    c.CloseFollowUp: concerns.follow_up_closed,
    c.AskForDemo: concerns.demo_asked,
    c.RecordDemo: concerns.demo_given,
    c.AcceptAnomaly: _accept_anomaly,
    c.RecordIncident: incidents.recorded,
    c.WithdrawIncident: incidents.withdrawn,
    c.HoldRelease: _hold,
    c.ResumeRelease: _resume,
    c.PromoteRelease: _promote,
    c.AskOverride: overrides.ask,
    c.SecondOverride: overrides.second,
    c.DeclineOverride: overrides.decline,
    c.ChangePlan: replan.change,
    c.RollBackRelease: _roll_back,
    c.CancelRelease: _cancel,
    c.GiveUpWayBack: _give_up_the_way_back,
    c.UnblockBuild: _unblock,
}
"""What each command makes true. A test holds that every accepted command stands here."""
