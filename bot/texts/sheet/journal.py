"""Facts about what happened: the journal's events in their order, each with its time, its doer and its cause.

An event that tells a reader nothing (a place taken, a text written) has no fact. The one thing to remember: a cause is
stated only where the journal states one: a verdict's failing metrics, a person's reason, a machine's message.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.core import events as e
from bot.core.beside import BarKind
from bot.core.events import Event, Recorded
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.core.quantities import duration_in_words, percent_in_words
from bot.core.verdict import Verdict
from bot.texts.sheet.fact import Amount, Cause, Deed, Fact, FactKind, Role, Term, TermKind
from bot.texts.sheet.place import Place
from bot.texts.sheet.writing import clock, day, harmless, listed, moment, person, quoted, short

_ENDED: dict[Phase, tuple[str, tuple[Deed, ...]]] = {
    Phase.ROLLED_BACK: ("the rollback began", (Deed.ROLLED_BACK,)),
    Phase.REJECTED: ("it was rejected", (Deed.REJECTED,)),
    Phase.CANCELLED: ("it was cancelled", (Deed.CANCELLED,)),
}


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what a reader has to know beside it."""

    recorded: Recorded
    place: Place
    plan: Plan
    titles: Mapping[str, str]
    version: str
    previous: str
    """The commit that traffic goes back to, whole; empty where it is not known."""
    since: float
    """When the release was staged: a time on another day is said with its day."""

    @property
    def at(self) -> float:
        return self.recorded.at

    @property
    def who(self) -> str:
        return person(self.recorded.actor, self.titles)

    @property
    def when(self) -> str:
        return f"{clock(self.at)}" if day(self.at) == day(self.since) else f"{day(self.at)} {clock(self.at)}"

    def fact(
        self,
        words: str,
        *deeds: Deed,
        kind: FactKind = FactKind.EVENT,
        amounts: Iterable[Amount] = (),
        terms: Iterable[Term] = (),
        denied: tuple[Deed, ...] = (),
        by: str = "",
        cause: Cause | None = None,
        quoted: tuple[str, ...] = (),
    ) -> Fact:
        doer = (Term(TermKind.PERSON, by),) if by else ()
        return Fact(
            0,
            kind,
            f"at {self.when} {words}",
            at=self.at,
            amounts=(moment(self.at), *amounts),
            terms=(*doer, *terms, *self.place.terms),
            deeds=deeds,
            denied=denied,
            by=by,
            cause=cause,
            quoted=quoted,
        )


@dataclass(slots=True)
class Walk:
    """Through a journal, knowing where each entry is."""

    plan: Plan
    titles: Mapping[str, str]
    version: str
    previous: str
    since: float
    places: dict[int, Place] = field(default_factory=dict)
    here: Place = field(default_factory=Place)

    def tell(self, journal: Iterable[Recorded]) -> Iterator[Told]:
        for recorded in journal:
            self._move(recorded.event, recorded.at)
            yield Told(recorded, self.here, self.plan, self.titles, self.version, self.previous, self.since)

    def _move(self, event: Event, at: float) -> None:
        match event:
            case e.StageEntered(entry, stage):
                self._enter(entry, stage, None, at)
            case e.StepEntered(entry, stage, _step, exposure):
                self._enter(entry, stage, exposure, at)
            case e.WatchStarted(entry, exposure):
                self.here = self.places[entry] = replace(self.here, exposure=exposure, entered_at=at)
            case _:
                pass

    def _enter(self, entry: int, stage: int, exposure: float | None, at: float) -> None:
        one = self.plan.stages[stage]
        self.here = self.places[entry] = Place(one.name, one.environment, exposure, at, one.is_canary, one.baseline)


def event_facts(told: Told) -> Iterator[Fact]:
    """What is worth a line of it; nothing for most events."""
    match told.recorded.event:
        case e.AnomalyAccepted(metric, reason):
            fact = _reasoned(
                f"{told.who} accepted the anomaly of {metric} {told.place.words}", Deed.ACCEPTED, reason, told
            )
            anomaly = Term(TermKind.METRIC, metric)
            yield replace(
                fact, kind=FactKind.ANOMALY, terms=(*fact.terms, anomaly), deeds=(Deed.ACCEPTED, Deed.FLAGGED)
            )
        case e.RollbackStarted() as event:
            yield from _way_back(event, told)
        case e.ReleaseWithdrawn() as event:
            yield _withdrawn(event, told)
        case e.TrafficRestored() | e.UndoFinished() | e.UndoFailed() | e.BuildBlocked() | e.BuildUnblocked():
            yield from _after_it(told)
        case e.ApprovalWithdrawn() | e.ApprovalExpired():
            yield from _gone(told)
        case e.OverrideAsked() | e.OverrideGranted() | e.OverrideDeclined() | e.OverrideLapsed():
            yield from _overridden(told)
        case e.ApprovalAsked() | e.ReleaseApproved() | e.ReleaseHeld() | e.ReleaseResumed() | e.StepPromoted():
            yield from _people(told)
        case e.BarsChanged() as event:
            yield from _barred(event, told)
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


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _people(told: Told) -> Iterator[Fact]:
    who = told.who
    match told.recorded.event:
        case e.ApprovalAsked(roles=roles):
            asked = listed(role if count == 1 else f"{count} of {role}" for role, count in roles.items())
            yield told.fact(
                f"{asked} were asked for approval" if len(roles) > 1 else f"{asked} was asked for approval",
                Deed.ASKED,
                kind=FactKind.APPROVAL,
                amounts=tuple(Amount(count, "", Role.COUNT, role) for role, count in roles.items()),
                terms=tuple(Term(TermKind.ROLE, role) for role in roles),
            )
        case e.ReleaseApproved(role=role):
            yield told.fact(
                f"{who} approved as {role} {told.place.area}",
                Deed.APPROVED,
                kind=FactKind.APPROVAL,
                terms=(Term(TermKind.ROLE, role),),
                by=who,
            )
        case e.ReleaseHeld(reason):
            yield _reasoned(f"{who} held it {told.place.words}", Deed.HELD, reason, told)
        case e.ReleaseResumed():
            yield told.fact(f"{who} resumed it", Deed.RESUMED, by=who)
        case e.StepPromoted(reason=reason):
            yield _reasoned(f"{who} promoted it past the step {told.place.words}", Deed.PROMOTED, reason, told)
        case _:
            return


def _gone(told: Told) -> Iterator[Fact]:
    """A yes that counts no more. It was given, which is a fact of its own; that it is gone denies nothing."""
    match told.recorded.event:
        case e.ApprovalWithdrawn(roles=roles):
            yield told.fact(
                f"{told.who} took back the yes as {listed(roles)} {told.place.area}",
                kind=FactKind.APPROVAL,
                terms=tuple(Term(TermKind.ROLE, role) for role in roles),
                by=told.who,
            )
        case e.ApprovalExpired(role=role, by=by, given_at=given_at):
            who, age = person(by, told.titles), told.at - given_at
            yield told.fact(
                f"the yes of {who} as {role} was {duration_in_words(age)} old and counted no more",
                kind=FactKind.APPROVAL,
                amounts=(Amount(age, "s", Role.DURATION, "age"), moment(given_at)),
                terms=(Term(TermKind.PERSON, who), Term(TermKind.ROLE, role)),
            )
        case _:
            return


def _overridden(told: Told) -> Iterator[Fact]:
    """Two people's way past what was not met: who asked, who seconded; or that it came to nothing."""
    match told.recorded.event:
        case e.OverrideAsked(number=number, bars=bars, gates=gates, reason=reason):
            about = listed([*(f"the {bar.kind}" for bar in bars), *(f"the gate {gate}" for gate in gates)])
            fact = _reasoned(f"{told.who} asked for override {number}, past {about}", Deed.ASKED, reason, told)
            yield replace(fact, amounts=(*fact.amounts, Amount(number, "", Role.RANK, "override")))
        case e.OverrideGranted(number=number):
            yield told.fact(
                f"{told.who} seconded override {number}: what it was about was overridden and not met",
                Deed.OVERRIDDEN,
                amounts=(Amount(number, "", Role.RANK, "override"),),
                by=told.who,
            )
        case e.OverrideDeclined(number=number):
            yield told.fact(
                f"{told.who} was against override {number}, which changed nothing",
                amounts=(Amount(number, "", Role.RANK, "override"),),
                by=told.who,
            )
        case e.OverrideLapsed(number=number, reason=reason):
            said = quoted(reason)
            yield told.fact(
                f"override {number} counted no more: {said}",
                amounts=(Amount(number, "", Role.RANK, "override"),),
                quoted=(said,),
            )
        case _:
            return


def _barred(event: e.BarsChanged, told: Told) -> Iterator[Fact]:
    if not event.bars:
        yield told.fact("nothing locked or froze it any more", Deed.RESUMED)
    for bar in event.bars:
        said, owner = quoted(bar.reason), person(bar.owner, told.titles)
        verb = "locked" if bar.kind is BarKind.LOCK else "froze"
        yield told.fact(f"{owner} {verb} the service, saying {said}", Deed.HELD, by=owner, quoted=(said,))


def _reasoned(words: str, deed: Deed, reason: str, told: Told, kind: FactKind = FactKind.EVENT) -> Fact:
    said = (quoted(reason),) if reason else ()
    return told.fact(
        f"{words}{f', saying {said[0]}' if said else ''}",
        deed,
        kind=kind,
        amounts=told.place.amounts,
        by=told.who,
        cause=Cause((deed,), words=said[0]) if said else None,
        quoted=said,
    )


def _withdrawn(event: e.ReleaseWithdrawn, told: Told) -> Fact:
    deed = Deed.REJECTED if event.reason.startswith("rejected: ") else Deed.CANCELLED
    return _reasoned(f"{told.who} {deed.value} it", deed, event.reason.removeprefix("rejected: "), told)


# ── the way back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _way_back(event: e.RollbackStarted, told: Told) -> Iterator[Fact]:
    """That it began and why; then, for a verdict, since when it had been broken."""
    metrics = _failing(event.verdict) if event.cause == "verdict" else ()
    what, deeds = _ENDED.get(event.ending, ("it was taken back", (Deed.ROLLED_BACK,)))
    share = f" at {percent_in_words(event.exposure)} of the traffic" if event.exposure and told.place.is_canary else ""
    where = f" {told.place.area}" if event.environment else ""
    amounts = (Amount(event.exposure, "percent", Role.EXPOSURE),) if event.exposure else ()
    if metrics:
        yield told.fact(
            f"{what}{share}{where}, because {listed(metrics)} failed",
            *deeds,
            Deed.FAILED,
            kind=FactKind.ROLLBACK,
            amounts=amounts,
            terms=tuple(Term(TermKind.METRIC, name) for name in metrics),
            by=told.who,
            cause=Cause(deeds, metrics, (Deed.FAILED,)),
        )
        yield from _onset(event, told)
        return
    said = quoted(event.reason.removeprefix("rejected: ")) if event.reason else ""
    also = {"blindness": (Deed.BLIND,), "deploy": (Deed.FAILED,)}.get(event.cause, ())
    yield told.fact(
        f"{what}{share}{where} by {told.who}{f', because of {said}' if said else ''}",
        *deeds,
        *also,
        kind=FactKind.ROLLBACK,
        amounts=amounts,
        denied=(Deed.DEPLOYED,) if event.cause == "deploy" else (),
        by=told.who,
        cause=Cause(deeds, deeds=also, words=said) if said else None,
        quoted=(said,) if said else (),
    )


def _failing(verdict: Verdict | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.metric for finding in verdict.failing)) if verdict else ()


def _onset(event: e.RollbackStarted, told: Told) -> Iterator[Fact]:
    found = event.verdict.failing if event.verdict else ()
    since = min((finding.since for finding in found if finding.since is not None), default=None)
    if since is None:
        return
    seconds = max(0.0, told.at - since)
    first = tuple(dict.fromkeys(finding.metric for finding in found if finding.since == since))
    fact = told.fact(
        "",
        Deed.ONSET,
        kind=FactKind.ROLLBACK,
        amounts=(moment(since), Amount(seconds, "s", Role.DURATION, "detection")),
        terms=tuple(Term(TermKind.METRIC, name) for name in first),
    )
    words = f"{listed(first)} broke first, at {clock(since)}: detected {seconds:.1f} s later, at {told.when}"
    yield replace(fact, words=words, at=since)


def _after_it(told: Told) -> Iterator[Fact]:
    match told.recorded.event:
        case e.TrafficRestored(seconds=seconds):
            before = f" (commit {short(told.previous)})" if told.previous else ""
            yield told.fact(
                f"the traffic {told.place.area} was back on the version before it{before},"
                f" {seconds:.1f} s after the decision, read back at 0 % on {told.version}",
                Deed.RESTORED,
                kind=FactKind.ROLLBACK,
                amounts=(Amount(seconds, "s", Role.DURATION, "return"), Amount(0.0, "percent", Role.EXPOSURE)),
                terms=(Term(TermKind.COMMIT, harmless(told.previous, 64)),) if told.previous else (),
            )
        case e.UndoFinished():
            yield told.fact(f"{told.version} was taken away from {told.place.environment}", Deed.UNDONE)
        case e.UndoFailed(reason=reason):
            said = quoted(reason)
            yield told.fact(
                f"{told.version} could not be taken away from {told.place.environment}: {said}",
                Deed.FAILED,
                denied=(Deed.UNDONE,),
                cause=Cause((Deed.FAILED, Deed.UNDONE), words=said),
                quoted=(said,),
            )
        case e.BuildBlocked(commit):
            yield told.fact(
                f"the build {short(commit)} was blocked: it may not be staged again until an operator unblocks it",
                Deed.BLOCKED,
                terms=(Term(TermKind.COMMIT, harmless(commit, 64)),),
            )
        case e.BuildUnblocked(commit, reason):
            fact = _reasoned(f"{told.who} unblocked the build {short(commit)}", Deed.UNBLOCKED, reason, told)
            yield replace(fact, amounts=fact.amounts[:1], terms=(*fact.terms, Term(TermKind.COMMIT, commit)))
        case _:
            return
