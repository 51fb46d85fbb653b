"""Facts about what happened: the journal's events in their order, each with its time, its doer and its cause.

An event that tells a reader nothing (a place taken, a text written) has no fact. The one thing to remember: a cause is
stated only where the journal states one: a verdict's failing metrics, a person's reason, a machine's message.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.core import events as e
from bot.core.quantities import duration_in_words, percent_in_words
from bot.texts.sheet import people, way_back
from bot.texts.sheet.fact import Amount, Cause, Deed, Fact, FactKind, Role, Term, TermKind
from bot.texts.sheet.told import Told, reasoned
from bot.texts.sheet.writing import clock, listed, moment, quoted


def event_facts(told: Told) -> Iterator[Fact]:
    """What is worth a line of it; nothing for most events."""
    match told.recorded.event:
        case e.AnomalyAccepted(metric, reason):
            fact = reasoned(
                f"{told.who} accepted the anomaly of {metric} {told.place.words}", Deed.ACCEPTED, reason, told
            )
            anomaly = Term(TermKind.METRIC, metric)
            yield replace(
                fact, kind=FactKind.ANOMALY, terms=(*fact.terms, anomaly), deeds=(Deed.ACCEPTED, Deed.FLAGGED)
            )
        case e.RollbackStarted() as event:
            yield from way_back.began(event, told)
        case e.ReleaseWithdrawn() as event:
            yield people.withdrawn(event, told)
        case e.TrafficRestored() | e.UndoFinished() | e.UndoFailed() | e.BuildBlocked() | e.BuildUnblocked():
            yield from way_back.after_it(told)
        case e.ApprovalWithdrawn() | e.ApprovalExpired():
            yield from people.gone(told)
        case e.OverrideAsked() | e.OverrideGranted() | e.OverrideDeclined() | e.OverrideLapsed():
            yield from people.overridden(told)
        case e.ApprovalAsked() | e.ReleaseApproved() | e.ReleaseHeld() | e.ReleaseResumed() | e.StepPromoted():
            yield from people.acted(told)
        case e.BarsChanged() as event:
            yield from people.barred(event, told)
        case e.PlanChanged(reason=reason):
            said = quoted(reason)
            yield told.fact(f"{told.who} changed the plan that it goes by, saying {said}", by=told.who, quoted=(said,))
        case _:
            yield from _forward(told)


# ── forward ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _forward(told: Told) -> Iterator[Fact]:
    place = told.place
    match told.recorded.event:
        case e.PreparationFailed(reason):
            said = quoted(reason)
            yield told.fact(
                f"it could not be prepared: {said}",
                Deed.FAILED,
                denied=(Deed.PREPARED,),
                cause=Cause((Deed.FAILED, Deed.PREPARED), words=said),
                quoted=(said,),
            )
        case e.PlaceQueued(environment, behind):
            yield told.fact(
                f"it was queued for {environment} behind {behind}",
                Deed.QUEUED,
                terms=(Term(TermKind.RELEASE, behind), Term(TermKind.ENVIRONMENT, environment)),
            )
        case e.Deployed():
            yield told.fact(f"{told.version} was deployed to {place.environment}", Deed.DEPLOYED)
        case e.DeployFailed(reason=reason):
            said = quoted(reason)
            yield told.fact(
                f"{told.version} could not be deployed to {place.environment}: {said}",
                Deed.FAILED,
                denied=(Deed.DEPLOYED,),
                cause=Cause((Deed.FAILED, Deed.DEPLOYED), words=said),
                quoted=(said,),
            )
        case e.ExposureReached(percent=percent):
            yield _reached(percent, told)
        case e.WatchStarted(exposure=exposure):
            yield told.fact(
                f"the watch began, with {percent_in_words(exposure)} of the traffic on {told.version}",
                Deed.WATCHED,
                kind=FactKind.EXPOSURE,
                amounts=(Amount(exposure, "percent", Role.EXPOSURE),),
            )
        case e.StepPassed() as event:
            yield _passed(event, told)
        case e.ReleaseHealthy():
            words = "the watch was over and the release was healthy"
            yield told.fact(words, Deed.HEALTHY, Deed.PASSED, denied=(Deed.ROLLED_BACK,))
        case e.ReleaseSuperseded(by):
            yield told.fact(
                f"it was superseded by {by}, which took production over",
                Deed.SUPERSEDED,
                terms=(Term(TermKind.RELEASE, by),),
            )
        case _:
            yield from _trouble(told)


def _reached(percent: float, told: Told) -> Fact:
    place = told.place
    share = percent_in_words(percent)
    words = f"{share} of the traffic in {place.environment} was on {told.version}"
    if not place.is_canary:
        words = f"{told.version} ran on {place.environment}"
    amounts = (Amount(percent, "percent", Role.EXPOSURE),)
    return told.fact(words, Deed.EXPOSED, kind=FactKind.EXPOSURE, amounts=amounts)


def _passed(event: e.StepPassed, told: Told) -> Fact:
    place = told.place
    seconds = told.at - place.entered_at
    evidence = tuple(quoted(line) for line in event.evidence)
    gates = f": {listed(evidence)}" if evidence else ""
    return told.fact(
        f"the step {place.words} was passed after {duration_in_words(seconds)}{gates}",
        Deed.PASSED,
        amounts=(*place.amounts, Amount(seconds, "s", Role.DURATION, "step")),
        quoted=evidence,
    )


def _trouble(told: Told) -> Iterator[Fact]:
    match told.recorded.event:
        case e.ExposureStuck(reason=reason):
            said = quoted(reason)
            yield told.fact(
                f"the exposure was stuck {told.place.words}: {said}",
                Deed.STUCK,
                amounts=told.place.amounts,
                cause=Cause((Deed.STUCK,), words=said),
                quoted=(said,),
            )
        case e.ExposureDrifted(found_percent=percent):
            share = percent_in_words(percent)
            yield told.fact(
                f"the exposure had drifted: {share} of the traffic was found on {told.version}",
                Deed.DRIFTED,
                amounts=(Amount(percent, "percent", Role.EXPOSURE),),
            )
        case e.VerdictLapsed(since=since):
            yield told.fact(
                f"nothing had been looked at since {clock(since)}: from then on nothing counted as held",
                Deed.BLIND,
                amounts=(moment(since),),
            )
        case e.StepOverdue(waiting_for=what):
            said = quoted(what)
            yield told.fact(
                f"the step {told.place.words} was overdue, waiting for {said}",
                Deed.OVERDUE,
                amounts=told.place.amounts,
                quoted=(said,),
            )
        case _:
            return
