"""A plan that changed while a release moves: whether it could take the pinned one's place, and where that would lead.

A release pins its plan when it is staged; another plan counts for it by a person's word alone. Then what it stands in
is judged from the beginning, in a new entry: at the same exposure, or at the nearest lower one where the ladder has
changed. What could not be done safely is refused: other systems, other environments, a ladder that only begins above
where it stands, less that is asked of people. The one thing to remember: a changed plan never raises the exposure, lets
no operator speak for others (`agreed`), and never makes that a release cannot be taken back with the systems that put
it there.
"""

from dataclasses import dataclass

from bot.core import agreed, policy
from bot.core import commands as c
from bot.core import events as e
from bot.core.asked import Asked, must_own_the_way_back, said
from bot.core.errors import Refused
from bot.core.events import Event
from bot.core.model import Entry, Phase, Release
from bot.core.plan import FULL, ApprovalGate, Plan, Stage
from bot.core.quantities import percent_in_words

SYSTEMS = ("changes", "deployer", "metrics_from", "incidents")
"""What a release works with until its end: a way back needs what the way forward used."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it would stand: a stage, a step in it, a percentage. `is_new`: whether that is a new entry.

    `owed`: who would be asked for their yes again before it leaves that step.
    """

    stage: int = 0
    step: int | None = None
    exposure: float | None = None
    is_new: bool = False
    owed: ApprovalGate | None = None


def is_pinned(release: Release, plan: Plan) -> bool:
    """Whether it is the plan that the release has; told by today's digest, should an older version have had another."""
    now = plan.digest
    return now == release.plan_digest or now == release.plan.digest  # noqa: PLR1714 - the second is seldom worked out


def obstacle(release: Release, plan: Plan) -> str:
    """Why the release cannot take this plan, in words for people; empty where it can."""
    if release.phase.is_ending:
        return f"{release.id} has ended"
    if release.phase is Phase.ROLLING_BACK:
        return f"{release.id} is on its way back, and goes it by the plan that put it there"
    if plan.service != release.service:
        return f"it is a plan of {plan.service}, and {release.id} is a release of {release.service}"
    if changed := [key for key in SYSTEMS if getattr(plan, key) != getattr(release.plan, key)]:
        return (
            f"{' and '.join(changed)} changed: a release stays with the systems that it began with, so that it can be "
            f"taken back at any moment. The next release has the new ones"
        )
    if plan.channels.releases != release.plan.channels.releases:
        there = release.plan.channels.releases
        return f"its thread is in {there}, and stays there. The next release has the new channel"
    if release.commit is not None and plan.bars_own_changes and not release.plan.bars_own_changes:
        return "own_changes are barred now, and who wrote what was not asked when it was prepared. Stage it again"
    return _environments(release, plan) or _ladder(release, plan) or _people(release, plan)


def _people(release: Release, plan: Plan) -> str:
    """Nobody who is asked is passed over, and no yes counts for a way ahead that was not shown."""
    if why := agreed.asks_less(release.plan, plan):
        return f"it asks less of people than the plan that it has: {why}. Stage it again"
    if release.commit is None and plan.bars_own_changes and plan.people != release.plan.people:
        return "people changed, and who wrote what is being asked by the plan that it has. Stage it again"
    if release.phase is Phase.PROVING or agreed.owed(release, plan) is None:
        return ""
    if release.phase is not Phase.WATCHING:
        where = release.environment or release.stage.name
        ahead = f"it is on its way to {where} by a yes to the plan that it has"
        return f"{ahead}. Apply it in its first step there, or stage it again"
    if release.plan.watch.holdback:
        return "its watch ends with the rest of the traffic, by a yes to the plan that it has. Stage it again"
    return ""


def _environments(release: Release, plan: Plan) -> str:
    """A stage that comes before where it is cannot be gone back to, and what runs in an environment stays in it."""
    before, after = ([one.environment for one in of.stages if one.environment] for of in (release.plan, plan))
    if before != after or release.plan.stages[-1].environment != plan.stages[-1].environment:
        return f"the environments changed, {_listed(before)} to {_listed(after)}. The next release has the new ones"
    reached = release.entry.stage + 1 if release.entry is not None else 0
    old, new = (tuple(map(_identity, of.stages[:reached])) for of in (release.plan, plan))
    if old != new:
        here = release.stage.name
        return f"the stages up to {here} changed, and {release.id} is in {here} already. Stage it again"
    return ""


def _identity(stage: Stage) -> tuple[str, str | None, str | None]:
    return stage.name, stage.environment, stage.baseline


def _listed(environments: list[str]) -> str:
    return ", ".join(environments) or "none"


def _ladder(release: Release, plan: Plan) -> str:
    """Nothing that it has not met is skipped, and nothing rises by a change of the plan."""
    entry = release.entry
    if entry is None:
        return ""
    if release.phase is Phase.WATCHING:
        return _watch(release, entry, plan)
    if release.phase is Phase.PROVING and _step(release, entry, plan) is None:
        begins = percent_in_words(plan.exposure(plan.stages[entry.stage], plan.stages[entry.stage].steps[0]) or 0.0)
        has = percent_in_words(entry.exposure or 0.0)
        return f"its steps begin at {begins} now, above the {has} that it has: a changed plan never raises the exposure"
    return ""


def _watch(release: Release, entry: Entry, plan: Plan) -> str:
    last, was = plan.stages[entry.stage].steps[-1].exposure, release.stage.steps[-1].exposure
    if len(plan.stages) > entry.stage + 1 or last != was:
        return "what comes before the watch changed, and its watch has begun. Stage it again for the new steps"
    full = plan.exposure(plan.stages[entry.stage], plan.stages[entry.stage].steps[-1])
    if full is not None and full < (entry.exposure or FULL):
        return "watch.holdback keeps more of the old version now, and its watch has begun. Stage it again"
    if not plan.watch.holdback and (entry.exposure or FULL) < FULL:
        kept = percent_in_words(FULL - (entry.exposure or FULL))
        return f"watch.holdback is gone, and {kept} are on the old version until the watch ends, to compare with"
    return ""


def place(release: Release, plan: Plan) -> Place:
    """Where it would stand. Raises Refused where it cannot take this plan."""
    if why := obstacle(release, plan):
        raise Refused(f"{release.id} cannot take the changed plan: {why}")
    entry = release.entry
    if entry is None:
        return Place()
    if release.phase is Phase.WATCHING:
        full = plan.exposure(plan.stages[entry.stage], plan.stages[entry.stage].steps[-1])
        return Place(entry.stage, None, _lower(entry.exposure, full), is_new=True)
    if release.phase is not Phase.PROVING:  # nothing is judged yet, and what is under way reports to this entry
        return Place(entry.stage, entry.step, entry.exposure)
    step = _step(release, entry, plan)
    assert step is not None, f"{release.id} has nowhere to stand"
    stage = plan.stages[entry.stage]
    exposure, owed = plan.exposure(stage, stage.steps[step]), agreed.owed(release, plan, stage.steps[step].gates)
    return Place(entry.stage, step, exposure, is_new=True, owed=owed)


# ── by a person's word ───────────────────────────────────────────────────────────────────────────────────────────────


def change(asked: Asked, command: c.ChangePlan) -> tuple[Event, ...]:
    """An operator of both plans. What was in the way and was gone past is in the way again."""
    release, plan = asked.release, command.plan
    policy.must_operate(release.plan, asked.actor, f"change the plan of {release.id}")
    if is_pinned(release, plan):
        return ()
    if not policy.operates(plan, asked.actor):
        raise Refused(f"the changed plan makes you no operator of {plan.service}: {policy.people(plan.operators)}")
    if command.over != release.plan_digest:
        raise Refused(f"the plan of {release.id} was changed meanwhile: look again at what this one would mean")
    if release.phase is Phase.WATCHING:
        must_own_the_way_back(asked)  # or the traffic that it would be seen with is another's
    there, reason = place(release, plan), said(command.reason, "a change of the plan")
    here = release.entry.number if release.entry is not None else 0
    over = tuple(e.OverrideLapsed(here, one.number, "the plan was changed") for one in release.overrides_here)
    changed = e.PlanChanged(
        here + 1 if there.is_new else here,
        plan,
        plan.digest,
        release.plan_digest,
        reason,
        there.stage,
        there.step,
        there.exposure,
        there.is_new,
        there.owed,
    )
    return (*over, changed)


def _step(release: Release, entry: Entry, plan: Plan) -> int | None:
    """The step with its exposure, or else the nearest lower one; None where all are higher."""
    stage, behind = plan.stages[entry.stage], release.stage.steps[: entry.step]
    if entry.exposure is None:  # it stands behind the same steps, or begins with the first
        return len(behind) if stage.steps[: len(behind)] == behind and len(stage.steps) > len(behind) else 0
    fitting = [i for i, one in enumerate(stage.steps) if (plan.exposure(stage, one) or 0.0) <= entry.exposure]
    return fitting[-1] if fitting else None


def _lower(one: float | None, other: float | None) -> float:
    return min(one if one is not None else FULL, other if other is not None else FULL)
