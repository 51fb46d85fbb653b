"""Facts about a rollback: that it began and why, since when it had been broken, and how it ended.

The one thing to remember: onset, decision and traffic read back are three times, and each is told as its own.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.core import events as e
from bot.core.model import Phase
from bot.core.quantities import percent_in_words
from bot.core.verdict import Verdict
from bot.texts.sheet.fact import Amount, Cause, Deed, Fact, FactKind, Role, Term, TermKind
from bot.texts.sheet.told import Told, reasoned
from bot.texts.sheet.writing import clock, harmless, listed, moment, quoted, short

_ENDED: dict[Phase, tuple[str, tuple[Deed, ...]]] = {
    Phase.ROLLED_BACK: ("the rollback began", (Deed.ROLLED_BACK,)),
    Phase.REJECTED: ("it was rejected", (Deed.REJECTED,)),
    Phase.CANCELLED: ("it was cancelled", (Deed.CANCELLED,)),
}


def began(event: e.RollbackStarted, told: Told) -> Iterator[Fact]:
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


def after_it(told: Told) -> Iterator[Fact]:
    """The traffic, the new version and its build: what became of each."""
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
            fact = reasoned(f"{told.who} unblocked the build {short(commit)}", Deed.UNBLOCKED, reason, told)
            yield replace(fact, amounts=fact.amounts[:1], terms=(*fact.terms, Term(TermKind.COMMIT, commit)))
        case _:
            return
