"""Who did what, and when: approvals, holds, rollbacks, promotions, decisions. The journal keeps who, when, and words.

The one thing to remember: an approval has no reason in the journal, so there is none to give.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core import events as e
from bot.core.events import Event
from bot.core.model import Phase
from bot.core.plan import ApprovalGate
from bot.texts.answers.case import Case, DontKnow, Found, Line, quoted
from bot.texts.kinds import KINDS
from bot.texts.past import Happened
from bot.texts.plain import listed
from bot.texts.timeline import sentence

LINES_MAX = 5

DEEDS: dict[str, tuple[tuple[type[Event], ...], str]] = {
    "stage": ((e.ReleaseStaged,), "staged"),
    "reject": ((e.RollbackStarted,), "rejected"),
    "cancel": ((e.ReleaseWithdrawn, e.RollbackStarted), "cancelled"),
    "back": ((e.RollbackStarted,), "rolled back"),
    "resume": ((e.ReleaseResumed,), "resumed"),
    "held": ((e.ReleaseHeld,), "held"),
    "promote": ((e.StepPromoted,), "promoted"),
    "override": (
        (e.OverrideAsked, e.OverrideGranted, e.OverrideDeclined, e.OverrideLapsed),
        "overridden a lock, a freeze or a gate of",
    ),
    "accept": ((e.AnomalyAccepted,), "accepted as unusual"),
    "caveat": ((e.ConcernRaised, e.ConcernDecided), "questioned"),
    "unblock": ((e.BuildUnblocked,), "unblocked"),
}
"""What people do, by the meaning of the question's words: the events, and what to say when there is none."""

_ENDINGS = {"reject": Phase.REJECTED, "cancel": Phase.CANCELLED, "back": Phase.ROLLED_BACK}


@dataclass(frozen=True)
class Deed:
    """Who did this, and when: a row of the table, as an answer."""

    meaning: str

    def __call__(self, case: Case) -> Found:
        kinds, name = DEEDS[self.meaning]
        done = [one for one in case.past.happened if isinstance(one.event, kinds) and self._counts(one)]
        if case.asked.person:
            done = [one for one in done if _is_by(case, one)]
        if not done:
            return _nobody(case, name)
        return _told(case, done)

    def _counts(self, one: Happened[Event]) -> bool:
        return not isinstance(one.event, e.RollbackStarted) or one.event.ending is _ENDINGS[self.meaning]


def approved(case: Case) -> Found:
    """Who said yes, and who has not yet."""
    if case.asked.means("why") and not case.asked.means("not"):
        return DontKnow("the journal keeps who said yes and when, and no reason for it")
    kinds = (e.ReleaseApproved, e.ApprovalWithdrawn, e.ApprovalExpired)
    done = [one for one in case.past.happened if isinstance(one.event, kinds)]
    if case.asked.person:
        own = [one for one in done if _is_by(case, one) or _was_by(case, one)]
        if case.asked.is_whether and not case.asked.means("not"):
            head = _nobody(case, "approved") if not own else ()
            no = tuple(replace(one, words=f"No: {one.words}") for one in head)
            return (*no, *_told(case, own or done))[:LINES_MAX]
        done = own
    missing = _missing(case)
    lines = [] if case.asked.means("not") and missing else list(_told(case, done))
    asked = case.past.last(e.ApprovalAsked)
    if missing and asked:
        at = case.past.time(asked.at)
        lines.append(case.said(f"Not yet: {missing}; asked at {at}.", asked))
    if lines:
        return tuple(lines)
    return _nobody(case, "approved") if asked or case.release.phase.is_ending else _unasked(case)


def did(case: Case) -> Found:
    """What one person has done here."""
    told = [(one, _deed(one, case)) for one in case.past.happened if _is_by(case, one)]
    lines = [case.said(f"{case.past.time(one.at)}: {quoted(words)}.", one) for one, words in told if words]
    nothing = f"{case.asked.person} has done nothing here, as far as the journal goes."
    return tuple(lines[-LINES_MAX:]) or (Line(nothing, case.newest),)


def edited(case: Case) -> Found:
    """Who wrote each version of a text: the newest, oldest first."""
    kind = case.asked.text
    written = [one for one in case.past.every(e.ArtefactWritten) if one.event.kind == kind]
    if not written:
        return (Line("That text has not been written for this release.", case.newest),)
    title = KINDS[written[0].event.kind].title
    lines = [
        case.said(f"{case.past.time(one.at)}: {title}, version {number}, by {_writer(one.event.author, case)}.", one)
        for number, one in enumerate(written, 1)
    ]
    return tuple(lines[-LINES_MAX:])


def asked_whom(case: Case) -> Found:
    asked = case.past.last(e.ApprovalAsked)
    if asked is None:
        return _unasked(case)
    people = [person for role in asked.event.roles for person in case.release.plan.holders(role)]
    return (case.said(f"Asked at {case.past.time(asked.at)}: {case.whom(tuple(people))}.", asked),)


def on_call(case: Case) -> Found:
    staged = case.past.first(e.ReleaseStaged)
    if not case.release.plan.on_call:
        return DontKnow("its plan names nobody on call")
    return (case.said(f"On call, by the plan of {case.name}: {case.whom(case.release.plan.on_call)}.", staged),)


def _is_by(case: Case, one: Happened[Event]) -> bool:
    person = case.asked.person
    return person is not None and person in (one.actor.name, case.past.names.get(one.actor.id))


def _was_by(case: Case, one: Happened[Event]) -> bool:
    """Whether it is about this person's yes, which grew too old by itself."""
    by = one.event.by if isinstance(one.event, e.ApprovalExpired) else None
    return by is not None and case.asked.person in (by.name, case.past.names.get(by.id))


def _deed(one: Happened[Event], case: Case) -> str:
    match one.event:
        case e.ArtefactWritten(kind=kind, author=author) if author == one.actor.id:
            return f"{case.past.who(one.actor)} edited the {KINDS[kind].title.lower()}"
        case e.FindingRecorded(number, severity, text):
            return f"{case.past.who(one.actor)} recorded finding {number}, {severity}: {quoted(text)}"
        case _:
            return sentence(one, case.past)


def _writer(author: str, case: Case) -> str:
    """Who wrote a version: a person by name; Songbird by its own means or with a model."""
    if author == "template":
        return "Songbird, from a template"
    return case.past.called(author) if author in case.past.names else f"Songbird, with {quoted(author)}"


def _missing(case: Case) -> str:
    """`vp-product (Victor)`: roles whose yes is still waited for."""
    entry, missing = case.release.entry, []
    for gate in case.release.gates:
        if isinstance(gate, ApprovalGate) and entry is not None:
            given = [approval.role for approval in entry.approvals]
            missing += [role for role, needed in case.release.plan.quorum(gate).items() if given.count(role) < needed]
    return listed([f"{role} ({_members(case, role)})" for role in missing])


def _members(case: Case, role: str) -> str:
    return listed([case.past.called(person) for person in case.release.plan.holders(role)])


def _told(case: Case, done: Sequence[Happened[Event]]) -> tuple[Line, ...]:
    """The last of them, oldest first."""
    return tuple(
        case.said(f"{case.past.time(one.at)}: {quoted(sentence(one, case.past))}.", one) for one in done[-LINES_MAX:]
    )


def _nobody(case: Case, name: str) -> tuple[Line, ...]:
    who = f"{case.asked.person} has not" if case.asked.person else "Nobody has"
    return (Line(f"{who} {name} {case.name}, as far as the journal goes.", case.newest),)


def _unasked(case: Case) -> Found:
    return (Line(f"Nobody has been asked to approve {case.name} yet.", case.newest),)
