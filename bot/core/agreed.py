"""What people were asked before a release's plan was changed, and what the change may not take from them. Pure.

Two rules. A changed plan asks at least the same people at least as much, in every stage and at every exposure where the
pinned one asks: one operator cannot vote for others. And a yes that was given further back was given to what was shown
then; where the way ahead is another one, it is asked for again before more traffic. The one thing to remember: what is
passed is compared as well, so that no second change can forget what the first one found.
"""

from collections.abc import Iterable, Iterator

from bot.core.model import Phase, Release
from bot.core.plan import FULL, ApprovalGate, Gate, GoGate, Plan, Stage, Step
from bot.core.quantities import percent_in_words


def asks_less(old: Plan, new: Plan) -> str:
    """What the changed plan asks less of people, in words; empty where it asks as much."""
    if new.solo and not old.solo:
        return "it is solo now"
    return _gates_ask_less(old, new) or _others(old, new)


def _gates_ask_less(old: Plan, new: Plan) -> str:
    if not any(_asking(step) for stage in old.stages for step in stage.steps):
        return ""
    ahead = iter(new.stages)
    for stage in old.stages:
        if stage.environment is None and not any(map(_asking, stage.steps)):
            continue
        there = next((one for one in ahead if _place(one) == _place(stage)), None)
        if there is None:
            return f"{stage.name} asks people, and is not where it was"
        for index, step in enumerate(stage.steps):
            if why := _step_asks_less(old, new, step, _counterpart(there, index, step)):
                return f"{_at(stage, step)} {why}"
    return ""


def _place(stage: Stage) -> tuple[str | None, str]:
    return stage.environment, "" if stage.environment else stage.name


def _counterpart(stage: Stage, index: int, step: Step) -> Step | None:
    """The step with the same exposure; where nothing is exposed, the one in the same place."""
    if stage.environment is None:
        return stage.steps[index] if index < len(stage.steps) else None
    return next((one for one in stage.steps if one.exposure == step.exposure), None)


def _at(stage: Stage, step: Step) -> str:
    return f"{stage.name} at {percent_in_words(step.exposure or FULL)}" if stage.is_canary else stage.name


def _asking(step: Step) -> tuple[ApprovalGate | GoGate, ...]:
    return tuple(gate for gate in step.gates if isinstance(gate, ApprovalGate | GoGate))


def _step_asks_less(old: Plan, new: Plan, step: Step, there: Step | None) -> str:
    others = {gate.gate: gate for gate in _asking(there)} if there is not None else {}
    for gate in _asking(step):
        match gate, others.get(gate.gate):
            case ApprovalGate(), ApprovalGate() as other:
                if why := _approval_asks_less(old, new, gate, other):
                    return why
            case GoGate(role=role), GoGate(role=same) if role == same:
                pass
            case ApprovalGate(), _:
                return "asks for no approval any more"
            case GoGate(role=role), _:
                return f"asks for no go of {role} any more"
        roles = gate.roles if isinstance(gate, ApprovalGate) else (gate.role,)
        if wider := [role for role in roles if _more(new.holders(role), old.holders(role))]:
            return f"asks {wider[0]}, which has more people now"
    return ""


def _approval_asks_less(old: Plan, new: Plan, gate: ApprovalGate, other: ApprovalGate) -> str:
    quorum = new.quorum(other)
    if fewer := [role for role, needed in old.quorum(gate).items() if quorum.get(role, 0) < needed]:
        return f"asks fewer of {fewer[0]}"
    if old.is_distinct(gate) and not new.is_distinct(other):
        return "lets one person fill several roles"
    if old.bars_own(gate) and not new.bars_own(other):
        return "bars own changes no more"
    if gate.unmatched == "bars-everybody" and other.unmatched != "bars-everybody":
        return "bars nobody for an unknown author any more"
    if gate.expires is not None and (other.expires is None or other.expires > gate.expires):
        return "lets a yes count for longer"
    if any(role not in gate.looks_at or {*gate.looks_at[role]} - {*parts} for role, parts in other.looks_at.items()):
        return "asks again for less"
    return ""


def _others(old: Plan, new: Plan) -> str:
    """Who can go past what asks, or what stops it, and who counts as whom there; also where no gate asks anybody."""
    if _more(new.overriders, old.overriders):
        return "more people may override"
    if old.override is not None and (named := _called(new).items() - _called(old).items()):
        return (
            f"people says somebody else of {', '.join(sorted(name for name, _ in named))}, and an override goes by it"
        )
    return "others decide about concerns" if _more(_deciders(new), _deciders(old)) else ""


def _called(plan: Plan) -> dict[str, str]:
    """Who an account is in Slack, however it is spelled: as `Plan.in_slack` reads it."""
    return {name.casefold(): person for name, person in plan.people.items()}


def _deciders(plan: Plan) -> tuple[str, ...]:
    return plan.holders(plan.decider_role) if plan.decider_role else plan.operators


def _more(some: Iterable[str], others: Iterable[str]) -> bool:
    return not {*some} <= {*others}


# ── a yes that was given further back ────────────────────────────────────────────────────────────────────────────────


def owed(release: Release, plan: Plan, gates: Iterable[Gate] = ()) -> ApprovalGate | None:
    """Who is to say yes to the way ahead as the changed plan has it; None where nobody said yes, or it is the same.

    `gates`: those of the step that it would stand in, whose own question becomes part of this one.
    """
    passed = tuple(_passed(release))
    if not passed or (release.owed is None and not _is_another_way(release, plan)):
        return None
    return _united((*passed, *(gate for gate in gates if isinstance(gate, ApprovalGate))))


def _passed(release: Release) -> Iterator[ApprovalGate]:
    """The approvals that lie behind it, and what an earlier change has left open."""
    entry = release.entry
    if entry is None:
        return
    here = release.stage.steps if release.phase is Phase.WATCHING else release.stage.steps[: entry.step or 0]
    behind = (step for stage in release.plan.stages[: entry.stage] for step in stage.steps)
    for step in (*behind, *here):
        yield from (gate for gate in step.gates if isinstance(gate, ApprovalGate))
    if release.owed is not None:
        yield release.owed


def _is_another_way(release: Release, plan: Plan) -> bool:
    """Whether what is ahead is judged, raised or waited for otherwise; a longer watch takes nothing from anybody."""
    assert release.entry is not None, f"{release.id} has nothing behind it"
    begins, watch = release.entry.stage, release.plan.watch
    old, new = (
        (
            tuple(map(_agreed_to, of.stages[begins:])),
            of.metrics,
            of.checks,
            of.low_traffic,
            of.timing,
            of.watch.holdback,
        )
        for of in (release.plan, plan)
    )
    return old != new or plan.watch.time < watch.time


def _agreed_to(stage: Stage) -> Stage:
    """The stage without what only says when people are told or reminded; whatever a later version adds stays in it.

    Its `gates` are those of the steps that have none of their own, and are written out there.
    """
    steps = tuple(step.model_copy(update={"gates": tuple(map(_without_reminders, step.gates))}) for step in stage.steps)
    return stage.model_copy(update={"checkpoints": (), "gates": (), "steps": steps})


def _without_reminders(gate: Gate) -> Gate:
    return gate.model_copy(update={"remind": None}) if isinstance(gate, ApprovalGate) else gate


def _united(gates: tuple[ApprovalGate, ...]) -> ApprovalGate:
    """One question that asks for all that these ask for: whoever is asked looks at everything."""
    roles: dict[str, int] = {}
    for gate in gates:
        for role, needed in gate.roles.items():
            roles[role] = max(needed, roles.get(role, 0))

    def says(word: str) -> bool:
        return any(word in (gate.own_changes, gate.unmatched) for gate in gates)

    return gates[0].model_copy(
        update={
            "roles": roles,
            "distinct": any(gate.distinct for gate in gates),
            "own_changes": "barred" if says("barred") else "allowed",
            "unmatched": "bars-everybody" if says("bars-everybody") else "bars-nobody",
            "expires": min((gate.expires for gate in gates if gate.expires is not None), default=None),
            "remind": next((gate.remind for gate in gates if gate.remind is not None), None),
            "looks_at": {},
        }
    )
