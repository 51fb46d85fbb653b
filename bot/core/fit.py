"""How the parts of a plan fit together: names, roles, checks and their places, a canary, and who is told.

Each rule gives the place in the plan that breaks it, and words; all that are broken are told at once. The one thing to
remember: these hold for every plan that was ever written. What only a file may not say any more is refused in
`bot.plans.amiss`.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from bot.core.answers import unanswerable
from bot.core.checks import unfit
from bot.core.strict import At, did_you_mean
from bot.core.tour import untakeable

if TYPE_CHECKING:
    from bot.core.plan import Gate, Plan

FULL = 100.0
"""Percent."""


def misfits(plan: "Plan") -> Iterator[tuple[At, str]]:
    """All of them."""
    return chain(
        _names(plan),
        _roles(plan),
        unanswerable(plan.metrics_from, plan.metrics),
        unfit(plan.checks, [one.name for one in plan.metrics], {one.name: one.exposures for one in plan.stages}),
        _canary(plan),
        _told_daily(plan),
        untakeable(plan.tour, plan.stops, plan.walkthrough),
    )


def _names(plan: "Plan") -> Iterator[tuple[At, str]]:
    yield from _twice("stages", "name", [stage.name for stage in plan.stages])
    yield from _twice("metrics", "name", [metric.name for metric in plan.metrics])
    yield from _twice("stages", "environment", [stage.environment for stage in plan.stages])
    for place, gates in _gates(plan):
        for at, words in _twice("gates", "gate", [gate.gate for gate in gates]):
            yield (*place, *at), words


def _gates(plan: "Plan") -> Iterator[tuple[At, "Sequence[Gate]"]]:
    """Those of each step, with its place."""
    for index, stage in enumerate(plan.stages):
        for number, step in enumerate(stage.steps):
            yield ("stages", index, "steps", number), step.gates


def _roles(plan: "Plan") -> Iterator[tuple[At, str]]:
    """Roles that the plan names and does not have."""
    for place, role in _named(plan):
        if role not in plan.roles:
            there = ", ".join(plan.roles) or "none"
            yield place, f'found the role "{role}"; roles has {there}{did_you_mean(role, plan.roles)}'


def _named(plan: "Plan") -> Iterator[tuple[At, str]]:
    for place, gates in _gates(plan):
        for position, gate in enumerate(gates):
            if gate.gate == "approval":
                yield from (((*place, "gates", position, "roles", role), role) for role in gate.roles)
            elif gate.gate == "go":
                yield (*place, "gates", position, "role"), gate.role
    if plan.concerns_to is not None:
        yield ("concerns_to",), plan.concerns_to
    for number, role in enumerate(plan.override.roles if plan.override is not None else ()):
        yield ("override", "roles", number), role


def _canary(plan: "Plan") -> Iterator[tuple[At, str]]:
    """One way back: what a canary exposed is returned by the stage that exposed it, and nothing comes after."""
    for index, stage in enumerate(plan.stages[:-1]):
        if stage.is_canary:
            words = f"{stage.name} is a canary and not the last stage; a canary has to be the last"
            yield ("stages", index, "steps"), words
    last, holdback, place = plan.stages[-1], plan.watch.holdback, ("watch", "holdback")
    if holdback and not last.is_canary:
        yield place, f"a holdback needs a canary as the last stage, and {last.name} is none"
    most = max((exposure for exposure in last.exposures if exposure != FULL), default=0.0)
    if holdback and most >= FULL - holdback:
        yield place, f"found {holdback:g}%, which leaves less than the step of {most:g}% has already"


def _told_daily(plan: "Plan") -> Iterator[tuple[At, str]]:
    if plan.daily is not None and plan.channels.stakeholders is None:
        yield ("daily",), "daily needs channels.stakeholders: where the day is told"


def _twice(listed: str, key: str, names: Sequence[str | None]) -> Iterator[tuple[At, str]]:
    """What of a list is called as one before it."""
    for number, name in enumerate(names):
        if name is not None and name in names[:number]:
            yield (listed, number, key), f'found "{name}" twice; each needs a {key} of its own'
