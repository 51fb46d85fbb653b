"""Locks and freezes: what people may ask about them, what comes of it, and which of their moments are announced.

A bar is no part of a release: it is a row of its own with who, why and until when, and a row that is over stays. What
bars do to releases is in `settle`. Stopping is easy and letting go is careful: an operator of one service may freeze
all, but only the owner, or an operator of every service concerned, ends it; of a service whose plan is gone nobody is
known to be one. The one thing to remember: a bar stops more exposure and nothing else; looking, rolling back and
staging go on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from bot.core import policy
from bot.core.actors import Actor
from bot.core.beside import Bar, BarKind, Lift
from bot.core.errors import Refused
from bot.core.foreign import says_something
from bot.core.gates import bar_in_words
from bot.core.plan import Plan
from bot.core.quantities import duration_in_words

REASON_MAX = 500
"""Characters: the card, the go/no-go row and Home all show it."""

SOON_SECONDS = 3600.0
"""A freeze is announced again so long before it begins."""

FREEZE_SECONDS_MAX = 92 * 86_400.0
"""A quarter: what should last longer is a decision to take again, or a slip of a year in a date."""

AHEAD_SECONDS_MAX = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class LockService:
    service: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnlockService:
    """`bar`: the id of the lock that was shown, and no other is lifted; empty: whatever lock is there now."""

    service: str
    reason: str
    bar: str = ""


@dataclass(frozen=True, slots=True)
class FreezeServices:
    """`services`: empty means all. Times are seconds since the epoch."""

    services: tuple[str, ...]
    starts_at: float
    ends_at: float
    reason: str


@dataclass(frozen=True, slots=True)
class ThawFreeze:
    """End a freeze before its time. `bar` is its id."""

    bar: str
    reason: str


BarCommand = LockService | UnlockService | FreezeServices | ThawFreeze


class Moment(IntEnum):
    """What is announced of a bar, in this order, each at most once."""

    MADE = 1
    SOON = 2
    BEGAN = 3
    OVER = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A command in its circumstances: `bars` are those that are not over, `plans` those of all services."""

    bars: Sequence[Bar]
    plans: Mapping[str, Plan]
    actor: Actor
    now: float


def decide(command: BarCommand, asked: Asked) -> Bar:
    """The bar afterwards: a new one, whose id is for the store to give, or one that is lifted. Raises Refused.

    Of a freeze that is asked for once more it is the one that stands.
    """
    match command:
        case LockService():
            return _lock(command, asked)
        case UnlockService():
            return _unlock(command, asked)
        case FreezeServices():
            return _freeze(command, asked)
        case ThawFreeze():
            return _thaw(command, asked)


# ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lock(command: LockService, asked: Asked) -> Bar:
    policy.must_operate(_plan(command.service, asked), asked.actor, f"lock {command.service}")
    if there := _lock_on(command.service, asked):
        raise Refused(f"{command.service} is {bar_in_words(there)}; /release unlock {command.service} reason lifts it")
    reason = _said(command.reason, "a lock")
    return Bar("", BarKind.LOCK, (command.service,), asked.actor, reason, asked.now, asked.now)


def _freeze(command: FreezeServices, asked: Asked) -> Bar:
    services = tuple(dict.fromkeys(command.services))
    if services:
        for service in services:
            policy.must_operate(_plan(service, asked), asked.actor, f"freeze {service}")
    else:
        _must_operate_one(asked)
    starts_at = max(command.starts_at, asked.now)
    if command.ends_at <= starts_at:
        raise Refused("that freeze would end before it begins: /release help shows how to write it")
    if command.ends_at - starts_at > FREEZE_SECONDS_MAX:
        raise Refused(f"a freeze lasts at most {duration_in_words(FREEZE_SECONDS_MAX)}: freeze again when it is over")
    if starts_at - asked.now > AHEAD_SECONDS_MAX:
        raise Refused("that freeze begins in more than a year: look at the date again")
    reason = _said(command.reason, "a freeze")
    made = Bar("", BarKind.FREEZE, services, asked.actor, reason, asked.now, starts_at, command.ends_at)
    return next((bar for bar in asked.bars if _covers(bar, made)), made)


def _covers(bar: Bar, made: Bar) -> bool:
    """Whether it is the same freeze, asked for once more: a double click is two presses."""
    same = [(one.kind, {*one.services}, one.owner.id, one.owner.door, one.reason, one.ends_at) for one in (bar, made)]
    return same[0] == same[1] and bar.starts_at <= made.starts_at


def _must_operate_one(asked: Asked) -> None:
    for plan in asked.plans.values():
        if policy.operates(plan, asked.actor):
            return
    everybody = dict.fromkeys(person for plan in asked.plans.values() for person in plan.operators)
    raise Refused(f"only operators may freeze: {policy.people(everybody)}")


# ── ending ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _unlock(command: UnlockService, asked: Asked) -> Bar:
    lock = _lock_on(command.service, asked)
    if lock is None:
        raise Refused(f"{command.service} is not locked: {_listed(asked.bars)}")
    if command.bar not in ("", lock.id):
        another = f"{command.service} is {bar_in_words(lock)} ({lock.id}), which you were not shown"
        raise Refused(f"{another}. To lift it all the same: /release unlock {command.service} reason")
    return _lifted(lock, command.reason, asked)


def _thaw(command: ThawFreeze, asked: Asked) -> Bar:
    freezes = [bar for bar in asked.bars if bar.kind is BarKind.FREEZE]
    freeze = next((bar for bar in freezes if bar.id == command.bar and not _is_over(bar, asked.now)), None)
    if freeze is None:
        raise Refused(f"there is no freeze {command.bar[:REASON_MAX]} that could end: {_listed(asked.bars)}")
    return _lifted(freeze, command.reason, asked)


def _lifted(bar: Bar, reason: str, asked: Asked) -> Bar:
    verb = "unlock" if bar.kind is BarKind.LOCK else "thaw"
    if not may_end(bar, asked.plans, asked.actor):
        owner = bar.owner.name or bar.owner.id
        for plan in (plan for plan in asked.plans.values() if bar.concerns(plan.service)):
            policy.must_operate(plan, asked.actor, f"{verb} what {owner} has asked for")
        gone = f"no plan file names the operators of {', '.join(_unplanned(bar, asked.plans)) or 'any service'} now"
        raise Refused(f"{gone}: {owner} may {verb} it, or whoever is at the bot's own machine (songbird {verb})")
    lift = Lift(asked.actor, _said(reason, f"to {verb}"), asked.now)
    return replace(bar, lifted=lift)


def may_end(bar: Bar, plans: Mapping[str, Plan], actor: Actor) -> bool:
    """The owner, the shell, or an operator of every service concerned."""
    if policy.is_trusted(actor) or (actor.id, actor.door) == (bar.owner.id, bar.owner.door):
        return True
    concerned = [plan for plan in plans.values() if bar.concerns(plan.service)]
    is_known = bool(concerned) and not _unplanned(bar, plans)
    return is_known and all(policy.operates(plan, actor) for plan in concerned)


def _unplanned(bar: Bar, plans: Mapping[str, Plan]) -> list[str]:
    """The services that it names and that have no plan any more."""
    return [service for service in bar.services if service not in plans]


def _is_over(bar: Bar, now: float) -> bool:
    return bar.ends_at is not None and bar.ends_at <= now


def _lock_on(service: str, asked: Asked) -> Bar | None:
    locks = (bar for bar in asked.bars if bar.kind is BarKind.LOCK)
    return next((bar for bar in locks if bar.services == (service,)), None)


def _listed(bars: Iterable[Bar]) -> str:
    """What could be ended, for whoever named something else."""
    there = [f"{bar.id} ({', '.join(bar.services) or 'all services'})" for bar in bars]
    return f"there is {', '.join(there)}" if there else "nothing is locked or frozen"


def _plan(service: str, asked: Asked) -> Plan:
    if service not in asked.plans:
        raise Refused(f"there is no plan for {service} (services: {', '.join(sorted(asked.plans)) or 'none yet'})")
    return asked.plans[service]


def _said(text: str, what: str) -> str:
    said = " ".join(text.split())
    if not says_something(said):
        raise Refused(f"{what} needs its reason in words: everybody who waits reads it")
    if len(said) > REASON_MAX:
        raise Refused(f"that is {len(said)} characters; {REASON_MAX} fit")
    return said


# ── what is announced, and when ──────────────────────────────────────────────────────────────────────────────────────


def told_at_once(bar: Bar) -> Moment:
    """What the announcement that it was made has said already: nobody is told twice that it begins within the hour."""
    if bar.starts_at <= bar.made_at:
        return Moment.BEGAN
    return Moment.SOON if bar.starts_at - bar.made_at <= SOON_SECONDS else Moment.MADE


def moment(bar: Bar, told: Moment, now: float) -> Moment | None:
    """What is to be announced now. What nobody was there to say in time is left out, and the newest is said."""
    come = [one for one, at in _moments(bar) if at <= now and one > told]
    return max(come, default=None)


def next_moment_at(bar: Bar, told: Moment) -> float | None:
    """When there is something to announce again; None: never."""
    return min((at for one, at in _moments(bar) if one > told), default=None)


def _moments(bar: Bar) -> list[tuple[Moment, float]]:
    times = [(Moment.SOON, bar.starts_at - SOON_SECONDS), (Moment.BEGAN, bar.starts_at)]
    return times if bar.ends_at is None else [*times, (Moment.OVER, bar.ends_at)]
