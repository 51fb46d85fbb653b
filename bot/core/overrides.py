"""The emergency path past a lock, a freeze or a gate that waits: asked for by one person, seconded by another.

Both hold a role that the plan names. An override is for one entry and for what stood in the way when it was asked for:
the locks and freezes, or the gates; a lock that comes later, and the next step, stop the release again. It becomes
past in `settle` when nobody seconds it in time, or when nothing that it was about is left. The one thing to remember:
statistics decide. No override goes past a metric that fails, and one that was granted counts no more from then on.
"""

from dataclasses import replace

from bot.core import commands as c
from bot.core import events as e
from bot.core import policy
from bot.core.actors import Actor, Door
from bot.core.asked import Asked
from bot.core.beside import Bar
from bot.core.due import override_lapses_at
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.foreign import says_something
from bot.core.gates import Row, Standing, may_be_passed, rows, waiting
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.settle import bars_here
from bot.core.voices import Override

REASON_MAX = 500
"""Characters: the card, the go/no-go row and Home all show it."""

GATE_SHOWN_MAX = 40
"""Characters of what somebody typed as a gate."""


def ask(asked: Asked, command: c.AskOverride) -> tuple[Event, ...]:
    release = asked.release
    policy.must_override(release.plan, asked.actor, f"override what {release.id} waits for")
    _must_be_known(asked.actor, release.plan)
    if there := release.open_override:
        raise Refused(
            f"override {there.number} of {release.id} waits for its second person already: "
            f"{policy.people(release.plan.overriders)} seconds or declines it in the thread"
        )
    reason = _reason(command.reason)
    bars, gates = _in_the_way(asked, command.gates)
    return (e.OverrideAsked(asked.entry.number, len(release.overrides) + 1, bars, gates, reason),)


def second(asked: Asked, command: c.SecondOverride) -> tuple[Event, ...]:
    release = asked.release
    override = _open(asked, command.number)
    if asked.actor.door is not Door.SLACK:
        raise Refused("an override is seconded in Slack, where it is known who does it")
    _must_be_known(override.asked_by, release.plan)
    asker = override.asker
    lent = {asker, *override.asked_by.stands_for}  # a role that was asked with is not seconded with
    own = replace(asked.actor, stands_for=tuple(one for one in asked.actor.stands_for if one not in lent))
    policy.must_override(release.plan, own, f"second an override of {release.id}")
    if _asked_for(override, asked.actor, release.plan):
        raise Refused("that was asked for in your name, by your delegate: a second person has to agree")
    if asker == asked.actor.id and not release.plan.solo:
        others = [one for one in release.plan.overriders if one != asked.actor.id]
        who = policy.people(others) if others else "and the plan names nobody else"
        raise Refused(f"you have asked for it yourself: a second person has to agree, {who}")
    if asked.now >= override_lapses_at(override):
        raise Refused(f"override {override.number} of {release.id} was not seconded in time: ask for it again")
    return (e.OverrideGranted(asked.entry.number, override.number, release.plan.solo),)


def _must_be_known(actor: Actor, plan: Plan) -> None:
    """Two people are two only where it is known in Slack who the first one is. Raises Refused."""
    if not plan.solo and not plan.in_slack(actor):
        raise Refused(
            f"nobody knows who {actor.id} is in Slack, so nobody can tell whether a second person agrees: ask for it "
            f"in Slack. The plan's `people` may name {actor.id}, for releases that are staged afterwards"
        )


def _asked_for(override: Override, actor: Actor, plan: Plan) -> bool:
    """Whether whoever asked might do so for nothing but their standing in for this person."""
    by = override.asked_by
    others = replace(by, stands_for=tuple(one for one in by.stands_for if one != actor.id))
    roles = plan.override.roles if plan.override is not None else ()
    return actor.id in by.stands_for and not policy.roles_of(plan, others) & {*roles}


def decline(asked: Asked, command: c.DeclineOverride) -> tuple[Event, ...]:
    """Whoever asked may take it back so."""
    override = _open(asked, command.number)
    if asked.release.plan.in_slack(asked.actor) != override.asker:
        policy.must_override(asked.release.plan, asked.actor, f"decline an override of {asked.release.id}")
    return (e.OverrideDeclined(asked.entry.number, override.number),)


def _open(asked: Asked, number: int) -> Override:
    """The one that waits for its second person; for whoever is late, what came of it."""
    override = next((one for one in asked.release.overrides if one.number == number), None)
    if override is None:
        raise Refused(f"{asked.release.id} has no override {number}")
    if override.granted_by is not None:
        who = override.granted_by.name or override.granted_by.id
        raise Refused(f"override {number} of {asked.release.id} was seconded by {who} already")
    if override.over:
        raise Refused(f"override {number} of {asked.release.id} is over: {override.over}")
    return override


def _reason(text: str) -> str:
    words = " ".join(text.split())
    if not says_something(words):
        raise Refused("an override needs its reason in words: it stands on the card, in the thread and in the audit")
    if len(words) > REASON_MAX:
        raise Refused(f"that is {len(words)} characters; {REASON_MAX} fit")
    return words


# ── what is in the way ───────────────────────────────────────────────────────────────────────────────────────────────


def _in_the_way(asked: Asked, named: tuple[str, ...]) -> tuple[tuple[Bar, ...], tuple[str, ...]]:
    """Locks and freezes first; where there are none, or gates are named, those gates. Raises Refused."""
    release = asked.release
    found = {row.gate: row for row in rows(release, asked.now)}
    health = found.get("health")
    if health is not None and health.standing is Standing.NO_GO:
        raise Refused(f"no override goes past a metric that fails: {health.words}")
    if named:
        return (), tuple(_named(gate, found, release) for gate in dict.fromkeys(named))
    if bars := bars_here(asked.here):
        return bars, ()
    if gates := tuple(row.gate for row in found.values() if may_be_passed(row, release)):
        return (), gates
    here = waiting(release, asked.now)
    raise Refused(
        f"an override goes past a lock, a freeze or a gate that waits, and nothing of that stops {release.id}: "
        f"{here.words if here else release.phase}"
    )


def _named(gate: str, found: dict[str, Row], release: Release) -> str:
    there = [one.gate for one in release.gates]
    if gate not in there:
        has = f"it has {', '.join(there)}" if there else "it has none"
        raise Refused(f"{release.id} has no gate {gate[:GATE_SHOWN_MAX]} here: {has}")
    if found[gate].standing is Standing.GO:
        raise Refused(f"{gate} is met already: {found[gate].words}")
    if not may_be_passed(found[gate], release):
        raise Refused(f"{gate} cannot be gone past yet: {found[gate].words}")
    return gate
