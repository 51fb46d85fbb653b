"""Who may ask for what. Each function raises `Refused`, naming who could, or returns nothing.

Before roles for everything exist, the plan's `operators` drive; `hold` and `rollback` are for any member of the
release's channel (safety first: the reason may be given afterwards). The one thing to remember: somebody at the
machine's own shell is trusted as an operator, since they could change the database anyway, but cannot approve.
"""

from collections.abc import Iterable

from bot.core import authors
from bot.core.actors import Actor, Door
from bot.core.errors import Refused
from bot.core.model import Release
from bot.core.plan import ApprovalGate, Plan, is_group

_TRUSTED = frozenset({Door.SHELL, Door.SONGBIRD, Door.WEBHOOK})


def people(ids: Iterable[str]) -> str:
    """Slack mentions, for words that are shown in Slack: <@U1>, <!subteam^S2>."""
    return ", ".join(f"<!subteam^{one}>" if is_group(one) else f"<@{one}>" for one in ids) or "nobody"


def is_trusted(actor: Actor) -> bool:
    """As an operator of everything, also of what has no plan."""
    return actor.door in _TRUSTED


def operates(plan: Plan, actor: Actor) -> bool:
    return is_trusted(actor) or actor.id in plan.operators


def must_operate(plan: Plan, actor: Actor, what: str) -> None:
    if not operates(plan, actor):
        raise Refused(f"only the operators of {plan.service} may {what}: {people(plan.operators)}")


def must_operate_or_decide(plan: Plan, actor: Actor, what: str) -> None:
    """Operators, and whoever decides on concerns."""
    decider = plan.decider_role
    if actor.door in _TRUSTED or actor.id in plan.operators or decider in roles_of(plan, actor):
        return
    who = f"operators: {people(plan.operators)}" + (f"; {decider}: {people(plan.holders(decider))}" if decider else "")
    raise Refused(f"only the operators of {plan.service}{f' and {decider}' if decider else ''} may {what} ({who})")


def is_named(plan: Plan, actor: Actor) -> bool:
    """Operators, on-call, role holders."""
    return actor.door in _TRUSTED or actor.id in plan.named or bool(roles_of(plan, actor))


def must_be_named(plan: Plan, actor: Actor, what: str) -> None:
    if not is_named(plan, actor):
        raise Refused(f"only operators, on-call and those who have a role in the plan of {plan.service} may {what}")


def must_be_near(release: Release, actor: Actor, what: str) -> None:
    """Whoever the plan names, and members of the release's channel who are of the bot's own workspace."""
    plan = release.plan
    if not is_named(plan, actor) and not actor.in_channel:
        raise Refused(f"only this workspace's members of {plan.channels.releases} may {what} {release.id}")


def roles_of(plan: Plan, actor: Actor) -> frozenset[str]:
    if actor.door is not Door.SLACK:
        return frozenset()
    return frozenset(role for role in plan.roles if _is_own(plan, actor, role) or _lent_by(plan, actor, role))


def _is_own(plan: Plan, actor: Actor, role: str) -> bool:
    return bool({actor.id, *actor.groups} & {*plan.holders(role)})


def _lent_by(plan: Plan, actor: Actor, role: str) -> tuple[str, ...]:
    """Those who are away and have this role by their own name in the plan; a group is not theirs to lend."""
    return tuple(person for person in actor.stands_for if person in plan.roles[role])


def voices(plan: Plan, actor: Actor, role: str) -> tuple[str, ...]:
    """As whom they may speak in a role that they hold: as themselves, or for those who are away; "" is themselves."""
    return ("",) if _is_own(plan, actor, role) else _lent_by(plan, actor, role)


def must_hold_role(plan: Plan, actor: Actor, roles: Iterable[str], what: str) -> frozenset[str]:
    """The roles among `roles` that the actor holds; at least one."""
    wanted = tuple(roles)
    have = roles_of(plan, actor) & set(wanted)
    if not have:
        who = "; ".join(f"{role}: {people(plan.holders(role))}" for role in wanted)
        raise Refused(f"only {' or '.join(wanted)} may {what} ({who})")
    return have


def must_override(plan: Plan, actor: Actor, what: str) -> None:
    """The roles that the plan names for it; the shell may ask, as an operator."""
    if plan.override is None:
        raise Refused(
            f"nobody may {what}: the plan of {plan.service} names nobody for it. Its key is "
            f"`override: {{roles: [...]}}`, and it counts for releases that are staged afterwards"
        )
    if actor.door is not Door.SHELL:
        must_hold_role(plan, actor, plan.override.roles, what)


def must_not_be_the_author(gate: ApprovalGate, release: Release, actor: Actor) -> None:
    """Where a gate bars own changes. They may still reject, and raise concerns."""
    own = authors.in_words(authors.of(release, {actor.id}))
    if actor.id in authors.barred(gate, release):
        raise Refused(f"you wrote {own} of {release.id}, and the plan lets nobody approve their own changes here")
    if authors.bars_everybody(gate, release):
        unknown = authors.in_words(authors.unmatched(gate, release))
        raise Refused(
            f"nobody may approve {release.id}: who wrote {unknown} is not known in Slack, and the plan then bars "
            f"everybody. Name them under `people` in the plan, cancel, and stage it again"
        )
