"""Facts about what people did: asked, said yes, held, resumed, promoted, locked, went past what was not met.

The one thing to remember: a reason is whatever somebody wrote; it is quoted, and a cause only of what they did.
"""

from collections.abc import Iterator
from dataclasses import replace

from bot.core import events as e
from bot.core.beside import BarKind
from bot.core.quantities import duration_in_words
from bot.texts.sheet.fact import Amount, Deed, Fact, FactKind, Role, Term, TermKind
from bot.texts.sheet.told import Told, reasoned
from bot.texts.sheet.writing import listed, moment, person, quoted


def acted(told: Told) -> Iterator[Fact]:
    """Asked, said yes, held, resumed, promoted."""
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
            yield reasoned(f"{who} held it {told.place.words}", Deed.HELD, reason, told)
        case e.ReleaseResumed():
            yield told.fact(f"{who} resumed it", Deed.RESUMED, by=who)
        case e.StepPromoted(reason=reason):
            yield reasoned(f"{who} promoted it past the step {told.place.words}", Deed.PROMOTED, reason, told)
        case _:
            return


def gone(told: Told) -> Iterator[Fact]:
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


def overridden(told: Told) -> Iterator[Fact]:
    """Two people's way past what was not met: who asked, who seconded; or that it came to nothing."""
    match told.recorded.event:
        case e.OverrideAsked(number=number, bars=bars, gates=gates, reason=reason):
            about = listed([*(f"the {bar.kind}" for bar in bars), *(f"the gate {gate}" for gate in gates)])
            fact = reasoned(f"{told.who} asked for override {number}, past {about}", Deed.ASKED, reason, told)
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


def barred(event: e.BarsChanged, told: Told) -> Iterator[Fact]:
    if not event.bars:
        yield told.fact("nothing locked or froze it any more", Deed.RESUMED)
    for bar in event.bars:
        said, owner = quoted(bar.reason), person(bar.owner, told.titles)
        verb = "locked" if bar.kind is BarKind.LOCK else "froze"
        yield told.fact(f"{owner} {verb} the service, saying {said}", Deed.HELD, by=owner, quoted=(said,))


def withdrawn(event: e.ReleaseWithdrawn, told: Told) -> Fact:
    deed = Deed.REJECTED if event.reason.startswith("rejected: ") else Deed.CANCELLED
    return reasoned(f"{told.who} {deed.value} it", deed, event.reason.removeprefix("rejected: "), told)
