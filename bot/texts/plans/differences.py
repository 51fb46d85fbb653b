"""What is written otherwise in a changed plan: one sentence a difference, in the words of whoever wrote the plan.

`errors: rollback above 2 % → 1 %`, `production 1 %: health held 30s → 1m`. The one thing to remember: what changed in
the same way in several steps is one difference, with the steps named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.core.metric import Limit, Metric, Tolerance, Within
from bot.core.plan import ApprovalGate, Gate, GoGate, HealthGate, MinimumTimeGate, Plan, Stage, Step
from bot.core.policy import people
from bot.core.quantities import duration_in_words, percent_in_words, quantity_in_words
from bot.core.replan import SYSTEMS
from bot.texts.plain import asks_in_words, listed
from bot.texts.plans.values import changed, in_words, spoken

CRITERIA, STEPS, APPROVALS, TIMES, PEOPLE, OTHER = "criteria", "steps", "approvals", "times", "people", "other"

BOUNDS = ("alert", "limit", "no_go", "rollback")
SOURCES = frozenset({"counter", "histogram", "gauge", "query", "of"})
_GATE_NAMES = {"health": "health", "approval": "approval", "minimum-time": "minimum time", "go": "go"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is written otherwise; `group` is what it is about."""

    group: str
    words: str


def differences(old: Plan, new: Plan) -> tuple[Difference, ...]:
    """All of them, by what they are about; none for the same plan."""
    found = (
        *_group(CRITERIA, (*_metrics(old, new), *_checks(old, new))),
        *_group(STEPS, _stages(old, new)),
        *_group(APPROVALS, _gates(old, new, ApprovalGate, GoGate)),
        *_group(TIMES, (*_gates(old, new, HealthGate, MinimumTimeGate), *_times(old, new))),
        *_group(PEOPLE, _people(old, new)),
        *_group(OTHER, _rest(old, new)),
    )
    if not found and old.digest != new.digest:
        return (Difference(OTHER, "the order in which something is written"),)
    return found


def groups(old: Plan, new: Plan) -> tuple[str, ...]:
    """What the differences are about, each once."""
    return tuple(dict.fromkeys(one.group for one in differences(old, new)))


def _group(name: str, words: Sequence[str] | Iterator[str]) -> tuple[Difference, ...]:
    return tuple(Difference(name, one) for one in words)


# ── criteria ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _metrics(old: Plan, new: Plan) -> Iterator[str]:
    before, after = ({one.name: one for one in of.metrics} for of in (old, new))
    for name, metric in after.items():
        if name not in before:
            asked = listed(tuple(_asked(metric)))
            yield f"{name} is new: {asked or 'it is shown, and nothing is asked of it'}"
    for name in before:
        if name not in after:
            yield f"{name} is gone: it is not looked at any more"
        else:
            yield from _metric(before[name], after[name])


def _checks(old: Plan, new: Plan) -> Iterator[str]:
    for name in dict.fromkeys((*new.checks, *old.checks)):
        before, after = old.checks.get(name), new.checks.get(name)
        if before is None or after is None:
            yield f"check {name} {'is new' if before is None else 'is gone: it is not tried any more'}"
        elif before != after:  # what it sends and where may hold what is nobody's to read
            yield f"check {name}: {', '.join(spoken(key) for key, *_ in changed(before, after))} changed"


def _asked(metric: Metric) -> Iterator[str]:
    """What a metric is asked, in a few words each."""
    for key in BOUNDS:
        bound = getattr(metric, key)
        yield from (f"{spoken(key)} {_bound(side, at, metric)}" for side, at in _sides(bound))
    if metric.tolerance is not None:
        yield f"{metric.tolerance.ratio:g} times its control tolerated"
    if metric.within is not None:
        yield f"within {metric.within.go * 100:g} % of what it is compared with"


def _metric(old: Metric, new: Metric) -> Iterator[str]:
    if any(getattr(old, key) != getattr(new, key) for key in SOURCES):
        yield f"{new.name}: read from another series, so what was seen of it before counts no more"
    for key, before, after, field in changed(old, new):
        if key in SOURCES:
            continue
        yield from (f"{new.name}: {words}" for words in _criterion(key, before, after, field, new))


def _criterion(key: str, before: Any, after: Any, field: FieldInfo, metric: Metric) -> Iterator[str]:  # noqa: ANN401
    if key in BOUNDS:
        yield from _bounds(spoken(key), before, after, metric)
    elif isinstance(before or after, Tolerance | Within):
        yield from _part(spoken(key), before, after, metric.unit)
    else:
        yield _to(spoken(key), in_words(before, field, key, metric.unit), in_words(after, field, key, metric.unit))


def _bounds(name: str, before: Limit | None, after: Limit | None, metric: Metric) -> Iterator[str]:
    was, now = dict(_sides(before)), dict(_sides(after))
    for side in ("max", "min"):
        if was.get(side) == now.get(side):
            continue
        if side not in now:
            yield f"no {name} {_bound(side, was[side], metric)} any more"
        elif side not in was:
            yield f"{name} {_bound(side, now[side], metric)}, where there was none"
        else:
            yield _to(f"{name} {_bound(side, was[side], metric)}", "", quantity_in_words(now[side], metric.unit))


def _sides(bound: Limit | None) -> Iterator[tuple[str, float]]:
    for side in ("max", "min"):
        at = getattr(bound, side, None)
        if at is not None:
            yield side, at


def _bound(side: str, at: float, metric: Metric) -> str:
    return f"{'above' if side == 'max' else 'below'} {quantity_in_words(at, metric.unit)}"


def _to(name: str, before: str, after: str) -> str:
    """`held 30s → 1m`."""
    return f"{f'{name} {before}'.rstrip()} → {after}"


# ── stages, steps, gates ─────────────────────────────────────────────────────────────────────────────────────────────


def _stages(old: Plan, new: Plan) -> Iterator[str]:
    before, after = ({one.name: one for one in of.stages} for of in (old, new))
    for name, stage in after.items():
        if name not in before:
            gates = asks_in_words(stage.steps[0].gates)
            yield f"stage {name} is new{f': it asks for {gates}' if gates else ''}"
    for name, stage in before.items():
        if name not in after:
            yield f"stage {name} is gone"
        else:
            yield from _stage(stage, after[name], old, new)
    if [name for name in before if name in after] != [name for name in after if name in before]:
        yield f"the stages come in another order: {', '.join(after)}"


def _stage(old: Stage, new: Stage, old_plan: Plan, new_plan: Plan) -> Iterator[str]:
    for key, before, after, field in changed(old, new):
        if key not in ("steps", "gates"):
            yield _to(f"{new.name}: {spoken(key)}", in_words(before, field, key), in_words(after, field, key))
    ladders = [
        [_level(stage, step, plan) for step in stage.steps] for stage, plan in ((old, old_plan), (new, new_plan))
    ]
    if ladders[0] != ladders[1]:
        yield _to(f"{new.name}: steps", *(", ".join(ladder) for ladder in ladders))


def _level(stage: Stage, step: Step, plan: Plan) -> str:
    exposure = plan.exposure(stage, step)
    return percent_in_words(exposure) if exposure is not None else f"step {stage.steps.index(step) + 1}"


def _gates(old: Plan, new: Plan, *kinds: type[Gate]) -> Iterator[str]:
    """Of steps that are in both plans, what their gates of these kinds ask; the same words once, with their steps."""
    found: dict[str, list[str]] = {}
    for place, before, after in _both(old, new):
        for words in _gates_of(before, after, kinds):
            found.setdefault(words, []).append(place)
    return (f"{listed(places)}: {words}" for words, places in found.items())


def _both(old: Plan, new: Plan) -> Iterator[tuple[str, Step, Step]]:
    """Steps that are in both plans, by what they are called; a stage that has one is called by its name."""
    for stage in new.stages:
        other = next((one for one in old.stages if one.name == stage.name), None)
        if other is None:
            continue
        before = {_level(other, step, old): step for step in other.steps}
        for step in stage.steps:
            level = _level(stage, step, new)
            if level in before:
                name = stage.name if len(stage.steps) == 1 else f"{stage.name} {level}"
                yield name, before[level], step


def _gates_of(old: Step, new: Step, kinds: tuple[type[Gate], ...]) -> Iterator[str]:
    before, after = ({gate.gate: gate for gate in step.gates if isinstance(gate, kinds)} for step in (old, new))
    for name, gate in after.items():
        if name not in before:
            yield f"{_GATE_NAMES[name]} is asked for: {asks_in_words((gate,))}"
    for name, gate in before.items():
        if name not in after:
            yield f"{_GATE_NAMES[name]} is not asked for any more"
        else:
            yield from (f"{_GATE_NAMES[name]} {words}" for words in _gate(gate, after[name]))


def _gate(old: Gate, new: Gate) -> Iterator[str]:
    for key, before, after, field in changed(old, new):
        if key == "roles" and isinstance(old, ApprovalGate) and isinstance(new, ApprovalGate):
            yield _to("by", _quorum(old), _quorum(new))
        elif isinstance(before, BaseModel) or isinstance(after, BaseModel):
            yield from _part(spoken(key), before, after, "")
        elif isinstance(after, dict):
            yield f"{spoken(key)} changed"
        else:
            yield _to(spoken(key), in_words(before, field, key), in_words(after, field, key))


def _quorum(gate: ApprovalGate) -> str:
    return listed([role if count == 1 else f"{count} of {role}" for role, count in gate.roles.items()])


def _times(old: Plan, new: Plan) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for place, before, after in _both(old, new):
        if before.time_max != after.time_max:
            words = _to("at most", duration_in_words(before.time_max), duration_in_words(after.time_max))
            found.setdefault(words, []).append(place)
    yield from (f"{listed(places)}: {words}" for words, places in found.items())
    yield from _part("watch:", old.watch, new.watch, "")
    yield from _part("timing:", old.timing, new.timing, "")


# ── people, and all the rest ─────────────────────────────────────────────────────────────────────────────────────────


def _people(old: Plan, new: Plan) -> Iterator[str]:
    for key in ("operators", "on_call"):
        yield from _holders(spoken(key), getattr(old, key), getattr(new, key))
    for role in dict.fromkeys((*old.roles, *new.roles)):
        yield from _holders(role, old.roles.get(role, ()), new.roles.get(role, ()))
    for key in ("solo", "concerns_to"):
        field = Plan.model_fields[key]
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            yield _to(spoken(key), in_words(before, field, key), in_words(after, field, key))
    before, after = (of.override.roles if of.override is not None else () for of in (old, new))
    if before != after:
        yield _to("override", ", ".join(before) or "nobody", ", ".join(after) or "nobody")


def _holders(name: str, before: tuple[str, ...], after: tuple[str, ...]) -> Iterator[str]:
    came, went = [one for one in after if one not in before], [one for one in before if one not in after]
    if came or went:
        parts = [f"{people(one)} {did}" for one, did in ((came, "added"), (went, "removed")) if one]
        yield f"{name}: {', '.join(parts)}"


TOLD = frozenset(
    {"metrics", "checks", "stages", "watch", "timing", "operators", "on_call", "roles", "solo", "concerns_to"}
) | {"override"}
"""Keys of a plan that have sentences of their own."""


def _rest(old: Plan, new: Plan) -> Iterator[str]:
    for key, before, after, field in changed(old, new):
        if key in TOLD:
            continue
        if key in SYSTEMS or isinstance(after or before, dict | tuple):
            yield f"{spoken(key)} changed"  # an address may hold what is nobody's to read
        elif isinstance(before, BaseModel) or isinstance(after, BaseModel):
            yield from _part(f"{spoken(key)}:", before, after, "")
        else:
            yield _to(spoken(key), in_words(before, field, key), in_words(after, field, key))


def _part(name: str, before: BaseModel | None, after: BaseModel | None, unit: str) -> Iterator[str]:
    """A part with keys of its own: what changed in it, or that it came or went."""
    if before is None or after is None:
        if before is not after:
            yield f"{name.rstrip(':')} {'is gone' if after is None else 'is new: ' + _whole(after, unit)}"
        return
    for key, was, now, field in changed(before, after):
        if isinstance(was, BaseModel) or isinstance(now, BaseModel):
            yield from _part(f"{name} {spoken(key)}", was, now, unit)
        else:
            yield _to(f"{name} {spoken(key)}", in_words(was, field, key, unit), in_words(now, field, key, unit))


def _whole(part: BaseModel, unit: str) -> str:
    fields = type(part).model_fields
    said = (
        f"{spoken(key)} {in_words(getattr(part, key), field, key, unit)}"
        for key, field in fields.items()
        if getattr(part, key) is not None
    )
    return ", ".join(said)
