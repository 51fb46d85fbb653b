"""Absences: somebody is away for a time, and somebody else holds their roles meanwhile.

An absence is no part of a release: it is a row of its own, and a row that is over stays. The delegate holds the roles
that a plan gives to the absent person by name, and nothing else of theirs: what they are a delegate for themselves, or
are through a user group, goes no further. The one thing to remember: a yes that is given so is the absent person's one
yes in that role; nobody gives it twice.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.actors import Actor, Door
from bot.core.bars import AHEAD_SECONDS_MAX, REASON_MAX
from bot.core.beside import Absence
from bot.core.errors import Refused
from bot.core.plan import Plan
from bot.core.quantities import duration_in_words

AWAY_SECONDS_MAX = 92 * 86_400.0
"""A quarter: whoever is away longer should not hold the role."""

WRITTEN = "/release away from 2026-12-24 18:00 to 2026-12-28 09:00 @PERSON reason, or: for 3d @PERSON reason"
"""How to write it, for whoever did not."""

_PERSON = re.compile(r"[UW][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class GoAway:
    """`delegate` is a Slack user id. Times are seconds since the epoch."""

    delegate: str
    starts_at: float
    ends_at: float
    reason: str


@dataclass(frozen=True, slots=True)
class ComeBack:
    """End one's own absence, also one that has not begun."""


AbsenceCommand = GoAway | ComeBack


@dataclass(frozen=True, slots=True)
class Asked:
    """A command in its circumstances: `absences` are those that nobody has ended, `plans` those of all services."""

    absences: Sequence[Absence]
    plans: Mapping[str, Plan]
    actor: Actor
    now: float

    def open_of(self, person: str) -> list[Absence]:
        """In force or to come, the first first."""
        mine = (one for one in self.absences if one.person.id == person and one.ends_at > self.now)
        return sorted(mine, key=lambda one: one.starts_at)


def decide(command: AbsenceCommand, asked: Asked) -> Absence:
    """The absence afterwards: a new one, whose id is for the store to give, or one that is ended. Raises Refused."""
    if asked.actor.door is not Door.SLACK:
        raise Refused("an absence is one's own, and is said in Slack, where it is known who says it")
    match command:
        case GoAway():
            return _go(command, asked)
        case ComeBack():
            return _come_back(asked)


def _go(command: GoAway, asked: Asked) -> Absence:
    if not roles_by_name(asked.plans.values(), asked.actor.id):
        raise Refused("no plan gives you a role by name, so there is nothing that somebody could do for you")
    starts_at = max(command.starts_at, asked.now)
    _must_be_a_time(starts_at, command.ends_at, asked.now)
    if not _PERSON.fullmatch(command.delegate):
        raise Refused(f"say who does it for you, one person by a mention: {WRITTEN}")
    if command.delegate == asked.actor.id:
        raise Refused("that is you: name somebody else, who is there while you are away")
    for one in asked.open_of(asked.actor.id):
        if _overlap(one, starts_at, command.ends_at):
            raise Refused(f"you are away then already, and <@{one.delegate}> does it for you: /release back ends that")
    if any(_overlap(one, starts_at, command.ends_at) for one in asked.open_of(command.delegate)):
        raise Refused(f"<@{command.delegate}> is away themselves then, and a delegate has no delegate: name another")
    reason = " ".join(command.reason.split())
    if len(reason) > REASON_MAX:
        raise Refused(f"that is {len(reason)} characters; {REASON_MAX} fit")
    return Absence("", asked.actor, command.delegate, reason, asked.now, starts_at, command.ends_at)


def _must_be_a_time(starts_at: float, ends_at: float, now: float) -> None:
    if ends_at <= starts_at:
        raise Refused(f"that absence would end before it begins: {WRITTEN}")
    if ends_at - starts_at > AWAY_SECONDS_MAX:
        raise Refused(f"an absence lasts at most {duration_in_words(AWAY_SECONDS_MAX)}: the plan can name another")
    if starts_at - now > AHEAD_SECONDS_MAX:
        raise Refused("that absence begins in more than a year: look at the date again")


def _come_back(asked: Asked) -> Absence:
    """The first that is not over: whoever is away comes back, whoever plans to be stays."""
    first = next(iter(asked.open_of(asked.actor.id)), None)
    if first is None:
        raise Refused("you are not away, and have not said that you will be")
    return replace(first, ended_at=asked.now)


def _overlap(one: Absence, starts_at: float, ends_at: float) -> bool:
    return one.starts_at < ends_at and starts_at < one.ends_at


def roles_by_name(plans: Iterable[Plan], person: str) -> frozenset[str]:
    """The roles that some plan gives to this person by their own id."""
    return frozenset(role for plan in plans for role, holders in plan.roles.items() if person in holders)


def relying_on(one: Absence, absences: Iterable[Absence]) -> tuple[Absence, ...]:
    """Absences in which this person was to stand in, and is away themselves for some of the time."""
    return tuple(
        other
        for other in absences
        if other.delegate == one.person.id and other.ended_at is None and _overlap(other, one.starts_at, one.ends_at)
    )


# ── what they do to a decision ───────────────────────────────────────────────────────────────────────────────────────


def standing_in(actor: Actor, absences: Sequence[Absence], now: float) -> Actor:
    """The actor, and for whom they act at this moment."""
    if actor.door is not Door.SLACK:
        return actor
    away = {one.person.id for one in absences if one.delegate == actor.id and one.is_in_force(now)}
    return replace(actor, stands_for=tuple(sorted(away))) if away else actor


def delegate_of(person: str, absences: Sequence[Absence], now: float) -> str:
    """Who does it for this person now; empty when they are there."""
    away = absence_of(person, absences, now)
    return away.delegate if away is not None else ""


def absence_of(person: str, absences: Sequence[Absence], now: float) -> Absence | None:
    return next((one for one in absences if one.person.id == person and one.is_in_force(now)), None)
