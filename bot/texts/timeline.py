"""What happened to a release, one plain sentence an event: for incidents, and for whoever asks what happened.

What is not told (places, clean-up, written texts, a verdict like the one before) is no news to somebody who was away.
The one thing to remember: reasons and names are other people's words; they stand flattened and shortened, and the view
escapes them.
"""

from dataclasses import dataclass

from bot.core import events as e
from bot.core.events import Event
from bot.core.gates import bar_in_words
from bot.core.model import Phase, Release
from bot.core.quantities import percent_in_words, seconds_in_words, time_in_words
from bot.core.verdict import Outcome, Verdict
from bot.core.voices import Decision
from bot.texts.markdown import line
from bot.texts.past import Happened, Past
from bot.texts.plain import COMMIT_LENGTH, listed

KEY_SHOWN_MAX = 80
REASON_MAX = 160
"""Characters of somebody's reason in one line of a story."""

DECISIONS = {
    Decision.CAVEAT: "release it with a caveat",
    Decision.FIX_FIRST: "fix it first",
    Decision.DESCOPE: "leave it out",
}


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that happened, and the version of the journal that it rests on."""

    version: int
    at: float
    words: str


def story(past: Past, since: float | None = None, until: float | None = None) -> tuple[Passage, ...]:
    """What is worth telling between two times, oldest first; None is no bound."""
    return tuple(
        Passage(one.version, one.at, words)
        for one in past.happened
        if (since is None or since <= one.at) and (until is None or one.at <= until) and (words := sentence(one, past))
    )


def sentence(one: Happened[Event], past: Past) -> str:
    """`Priya said yes as product-manager`; empty for what is not worth telling."""
    told = _moved(one) or _judged(one, past) or _returned(one, past) or _reviewed(one, past)
    return told or _people(one, past) or _caused(one, past) or _overridden(one, past) or _barred(one)


def place(release: Release) -> str:
    """`production`, or the stage's name where it has no environment."""
    return "" if release.entry is None else release.environment or release.stage.name


def step_in_words(release: Release) -> str:
    """`25 %` of a canary, else the place: what a step is called."""
    entry = release.entry
    if entry is not None and entry.exposure is not None and release.stage.is_canary:
        return percent_in_words(entry.exposure)
    return place(release)


def because(reason: str) -> str:
    """`: the reason`, flattened; empty where none was given."""
    said = line(reason, REASON_MAX).rstrip(".")
    return f": {said}" if said else ""


def metrics_in_words(verdict: Verdict) -> str:
    """`errors and p95`: what fails."""
    return listed(tuple(dict.fromkeys(finding.metric for finding in verdict.failing)))


# ── one sentence an event ────────────────────────────────────────────────────────────────────────────────────────────


def _moved(one: Happened[Event]) -> str:
    """What it did by itself, on its way forward."""
    match one.event:
        case e.ReleasePrepared(commit, _, previous, changes):
            since = f" since {previous[:COMMIT_LENGTH]}" if previous else ""
            plural = "" if len(changes) == 1 else "s"
            return f"{len(changes)} change{plural}{since} found in commit {commit[:COMMIT_LENGTH]}"
        case e.PlaceQueued(environment, behind):
            return f"queued for {environment} behind {behind}"
        case e.DeployStarted(environment=environment):
            return f"deploying to {environment}"
        case e.ExposureReached(percent=percent):
            return _reached(one.release, percent)
        case e.ExposureStuck(reason=reason):
            return f"the traffic does not move{because(reason)}"
        case e.ExposureDrifted(found_percent=percent):
            return f"somebody else had set {percent_in_words(percent)}; it was put right"
        case e.StepPassed():
            return f"{step_in_words(one.release)} passed"
        case e.StepOverdue(waiting_for=waiting_for):
            return f"overdue, waiting for {line(waiting_for, REASON_MAX)}"
        case e.WatchStarted(exposure=exposure):
            return f"{percent_in_words(exposure)} proved; the watch began"
        case e.ReleaseHealthy():
            return "ended: healthy"
        case e.ReleaseSuperseded(by):
            return f"ended: {by} took its place over"
        case _:
            return ""


def _reached(release: Release, percent: float) -> str:
    if release.phase is Phase.ROLLING_BACK:
        return ""
    if not release.stage.is_canary:
        return f"running on {place(release)}"
    return f"{percent_in_words(percent)} of the traffic of {place(release)}"


def _judged(one: Happened[Event], past: Past) -> str:
    """What the judge found, where it is another thing than before."""
    if isinstance(one.event, e.VerdictLapsed):
        return "nothing had been looked at for too long"
    if isinstance(one.event, e.OnCallCalled):
        return f"on-call was called{because(one.event.reason)}"
    if not isinstance(one.event, e.VerdictChanged):
        return ""
    verdict, before = one.event.verdict, _verdict_before(one, past)
    if verdict.outcome is Outcome.FAIL:
        return f"judged to fail: {metrics_in_words(verdict) or verdict.rule}"
    if verdict.outcome is Outcome.ERROR:
        return f"could not be judged: {verdict.rule}"
    if verdict.anomalies:
        return "" if before and before.anomalies == verdict.anomalies else _unusual(verdict)
    if before and (before.anomalies or before.outcome in (Outcome.FAIL, Outcome.ERROR)):
        return f"as usual again: {verdict.rule}"
    return ""


def _unusual(verdict: Verdict) -> str:
    return f"unusual, and not failing: {listed(verdict.anomalies)}"


def _verdict_before(one: Happened[Event], past: Past) -> Verdict | None:
    """Across steps: what lasts is told once."""
    place = one.version - past.happened[0].version
    earlier = (other.event for other in reversed(past.happened[:place]))
    return next((event.verdict for event in earlier if isinstance(event, e.VerdictChanged)), None)


def _returned(one: Happened[Event], past: Past) -> str:
    """On its way back, or not even begun."""
    match one.event:
        case e.PreparationFailed(reason):
            return f"could not be prepared{because(reason)}"
        case e.DeployFailed(reason=reason):
            return f"the deploy failed{because(reason)}"
        case e.RollbackStarted():
            return _begun(one.event, one, past)
        case e.TrafficRestored(seconds=seconds) if one.release.rollback and one.release.rollback.exposure:
            return f"traffic read back at 0 %, {seconds_in_words(seconds)} after it was decided"
        case e.UndoFailed(reason=reason):
            return f"could not be taken away{because(reason)}"
        case e.ReleaseReturned(ending=ending):
            return f"ended: {ending.replace('_', ' ')}"
        case e.BuildBlocked(commit):
            return f"build {commit[:COMMIT_LENGTH]} blocked"
        case _:
            return ""


def _begun(event: e.RollbackStarted, one: Happened[Event], past: Past) -> str:
    is_canary = event.exposure and one.release.stage.is_canary
    share = f" from {percent_in_words(event.exposure)} of the traffic" if is_canary else ""
    where = f" in {event.environment}" if event.environment else ""
    if event.cause == "verdict" and event.verdict is not None:
        return f"way back begun{share}{where}: {metrics_in_words(event.verdict)} failed"
    by = "" if event.cause in ("blindness", "deploy") else f", by {past.who(one.actor)}"
    return f"way back begun{share}{where}{by}{because(event.reason)}"


def _reviewed(one: Happened[Event], past: Past) -> str:
    who = past.who(one.actor)
    match one.event:
        case e.ApprovalAsked(roles=roles):
            return f"{listed(tuple(roles))} asked to approve"
        case e.ReleaseApproved(role=role, solo=solo, behalf=behalf):
            whose = f" for {past.called(behalf)}" if behalf else ""
            return f"{who} said yes as {role}{whose}{' (solo)' if solo else ''}"
        case e.ApprovalWithdrawn(roles=roles):
            return f"{who} took back the yes as {listed(roles)}"
        case e.ApprovalExpired(role=role, by=by):
            return f"the yes of {past.who(by)} as {role} expired"
        case e.ReviewersReminded(people=people):
            return f"reminded {listed([past.called(person) for person in people])}"
        case _:
            return ""


def _people(one: Happened[Event], past: Past) -> str:
    who = past.who(one.actor)
    match one.event:
        case e.ReleaseStaged(ref=ref, note=note):
            return f"{who} staged {line(ref, 60)}{because(note)}"
        case e.ConcernRaised(number, text):
            return f"{who} raised concern {number}{because(text)}"
        case e.ConcernDecided(number, decision, words):
            return f"{who} decided on concern {number}: {DECISIONS[decision]}{because(words)}"
        case e.AnomalyAccepted(metric, reason):
            return f"{who} accepted {metric} as it was{because(reason)}"
        case e.ReleaseHeld(reason):
            return f"held by {who}{because(reason)}"
        case e.ReleaseResumed():
            return f"resumed by {who}"
        case e.StepPromoted(reason=reason):
            return f"{who} promoted the step{because(reason)}"
        case e.PlanChanged(reason=reason):
            return f"{who} changed its plan{because(reason)}"
        case e.ReleaseWithdrawn(reason):
            return f"cancelled by {who}{because(reason)}"
        case e.BuildUnblocked(reason=reason):
            return f"{who} unblocked the build{because(reason)}"
        case _:
            return ""


def _caused(one: Happened[Event], past: Past) -> str:
    """An incident that somebody says it has caused, or has not."""
    who = past.who(one.actor)
    match one.event:
        case e.IncidentRecorded(number, text, key, began_at):
            called = f"incident {number}{f' ({line(key, KEY_SHOWN_MAX)})' if key else ''}"
            began = f", begun {time_in_words(began_at, one.at)}" if began_at is not None else ""
            return f"{who} recorded {called}{began}{because(text)}"
        case e.IncidentKeyed(number, key):
            return f"{who} says that incident {number} is {line(key, KEY_SHOWN_MAX)} elsewhere"
        case e.IncidentWithdrawn(number, reason):
            return f"{who} took incident {number} back{because(reason)}"
        case _:
            return ""


def _overridden(one: Happened[Event], past: Past) -> str:
    who = past.who(one.actor)
    match one.event:
        case e.OverrideAsked(number=number, bars=bars, gates=gates, reason=reason):
            about = listed([*(f"the {bar.kind} {bar.id}" for bar in bars), *(f"the gate {gate}" for gate in gates)])
            return f"{who} asked for override {number}, past {about}{because(reason)}"
        case e.OverrideGranted(number=number, solo=solo):
            return f"{who} seconded override {number}{' (solo)' if solo else ''}"
        case e.OverrideDeclined(number=number):
            return f"{who} declined override {number}"
        case e.OverrideLapsed(number=number, reason=reason):
            return f"override {number} counted no more{because(reason)}"
        case _:
            return ""


def _barred(one: Happened[Event]) -> str:
    """By a lock or a freeze, which is nobody's word about this release."""
    if not isinstance(one.event, e.BarsChanged):
        return ""
    stopped = " and ".join(line(bar_in_words(bar), REASON_MAX) for bar in one.event.bars)
    return f"stopped: {stopped}" if stopped else "no lock and no freeze stops it any more"
