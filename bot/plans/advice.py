"""What a valid plan does that its team may not want: notes for `songbird plan lint`, which never stop a release.

One function a subject, each from the plan to notes: a place in its long form, and words. To forget: a note is for
people who know their service better than Songbird does, so it says what will happen, not what to like.
"""

import re
from collections.abc import Iterator
from itertools import combinations
from typing import get_args

from bot.analysis.shapes import RECENT
from bot.core.checks import PROGRAMS_AT_ONCE_MAX, cells, seconds_of_a_round
from bot.core.metric import Kind
from bot.core.plan import FULL, ApprovalGate, GoGate, HealthGate, MinimumTimeGate, Plan, Step
from bot.core.quantities import duration_in_words
from bot.core.selectors import ENVIRONMENT, WHERE
from bot.core.sources import DatadogSource, HttpSource
from bot.core.systems import CommandDeployer
from bot.core.tour import Stop
from bot.plans.written import Place, Problem, Written

SECRET = re.compile(r"passw|secret|token|\bpin\b|otp", re.IGNORECASE)
"""In the selector of a field into which a tour types."""

QUANTILE = re.compile(r"p\d")
"""How a query of Datadog's begins that asks for one; it has no buckets to offer instead."""

DISTINCT_ROLES_MAX = 8
"""Of a gate; more are not held against one another."""

SPAN_SECONDS = 10.0
"""Datadog's agents send as often as that."""

METRICS_MIN = 15
METRICS_MAX = 30
"""Below, failures pass unseen; above, nobody knows any more what each one is for."""

_OF_USERS = (
    "deploy_lead_time",
    "rollback_rate",
    "rollback_time",
    "time_to_diagnosis",
    "time_to_recovery",
    "detection_time",
    "incident_rate",
)
"""Targets for what happens where users are."""

_WITHOUT = {
    "{commit}": "it cannot know which version is meant",
    "{percent}": "it cannot know how much traffic is meant",
    "{generation}": "a call that lands late cannot be told from the newest one",
}
"""What a deployer's program does not know, without a place in braces."""

Note = tuple[Place, str]


def advise(plan: Plan, written: Written) -> list[Problem]:
    """Notes by line."""
    subjects = (
        _metrics,
        _queries,
        _sources,
        _checks,
        _gates,
        _steps,
        _roles,
        _quorums,
        _overrides,
        _timing,
        _commands,
        _tour,
        _targets,
    )
    notes = (note for subject in subjects for note in subject(plan))
    return sorted({written.problem(written.place_of(place), words, grave=False) for place, words in notes})


def _metrics(plan: Plan) -> Iterator[Note]:
    count = len(plan.metrics)
    if not METRICS_MIN <= count <= METRICS_MAX:
        number = "1 metric" if count == 1 else f"{count} metrics"
        yield ("metrics",), f"{number}; {METRICS_MIN} to {METRICS_MAX} see most failures and can still be understood"
    uncovered = [kind for kind in get_args(Kind) if kind not in {metric.kind for metric in plan.metrics}]
    if uncovered:
        yield ("metrics",), f"no metric of the kind {', '.join(uncovered)}; such failures will not be seen"
    for index, metric in enumerate(plan.metrics):
        if not metric.is_judged:
            yield ("metrics", index), f"{metric.name} has no limit and no tolerance; it is shown and never judged"
        if metric.source == "gauge" and metric.events_min > 3 * RECENT:
            words = f"{metric.name} is a gauge, so events_min counts looks, and at most {3 * RECENT} are read together"
            yield ("metrics", index, "events_min"), f"{words}; with {metric.events_min} nothing is ever concluded"


def _queries(plan: Plan) -> Iterator[Note]:
    for index, metric in enumerate(plan.metrics):
        if metric.query is None:
            continue
        place: Place = ("metrics", index, "query")
        counted = "histogram and quantile" if "histogram_quantile" in metric.query else "counter and of"
        instead = f"; {counted} see more, sooner" if not QUANTILE.match(metric.query) else ""
        yield place, f"{metric.name} is a value with no counts behind it, a weaker test{instead}"
        if WHERE not in metric.query and ENVIRONMENT not in metric.query:
            yield place, f"{metric.name} asks the same in every environment; {WHERE} stands for the matchers of one"


def _checks(plan: Plan) -> Iterator[Note]:
    for name, check in plan.checks.items():
        stages = [stage for stage in plan.stages if stage.tries(check)]
        if not any(isinstance(gate, HealthGate) for stage in stages for step in stage.steps for gate in step.gates):
            yield ("checks", name), f"no health gate where {name} is tried; nothing will wait for it"
        nowhere = next((stage.name for stage in stages if stage.environment is None), None)
        about = " ".join((check.http or "", *check.command, *check.contains))
        if nowhere is not None and not any(place in about for place in ("{commit}", "{version}", "{release}")):
            yield ("checks", name), f"{name} is tried in {nowhere} and names no commit; it says nothing of the release"
        if check.within is not None and check.within < check.longest:
            takes, has = duration_in_words(check.longest), duration_in_words(check.within)
            words = f"one run may take {takes}, and {name} has {has}; a slow one is no failure, and is waited for"
            yield ("checks", name, "within"), words
        if check.every < check.longest and not check.once and check.command:
            takes, every = duration_in_words(check.longest), duration_in_words(check.every)
            words = (
                f"{name} may take {takes} and is tried every {every}, so always; once: true tries it until it passes"
            )
            yield ("checks", name), words
        elif not check.once and (round_seconds := seconds_of_a_round(cells(name, check).values())) > check.every:
            takes, every = duration_in_words(round_seconds), duration_in_words(check.every)
            words = (
                f"all of {name} may take {takes}, {PROGRAMS_AT_ONCE_MAX} at once, and is tried every {every}; "
                "a longer `every` or a shorter `time_max` leaves time for others"
            )
            yield ("checks", name), words


def _sources(plan: Plan) -> Iterator[Note]:
    """What a source cannot tell, and where that will be missed."""
    source = plan.metrics_from
    if isinstance(source, DatadogSource) and all(metric.counter is not None for metric in plan.metrics):
        seconds = duration_in_words(plan.timing.stale)
        words = f"Datadog says nothing of what did not happen; a version without any event in {seconds} is silent"
        yield ("metrics_from",), f"{words}, so add a gauge that is always there"
    if isinstance(source, DatadogSource) and plan.timing.look < SPAN_SECONDS:
        words = f"Datadog's numbers come in spans of {duration_in_words(SPAN_SECONDS)}"
        yield ("timing", "look"), f"{words}; a look in between finds nothing new"
    if isinstance(source, HttpSource):
        words = "what is missed while Songbird does not run is not asked for later"
        yield ("metrics_from",), f"{words}, and songbird backtest needs --samples"


def _gates(plan: Plan) -> Iterator[Note]:
    gates = [gate for stage in plan.stages for step in stage.steps for gate in step.gates]
    if not any(isinstance(gate, ApprovalGate | GoGate) for gate in gates):
        yield ("stages",), "no approval gate and no go gate; releases reach production without a person's yes"
    for index, stage in enumerate(plan.stages):
        unwatched = [step for step in stage.steps if not any(isinstance(gate, HealthGate) for gate in step.gates)]
        if stage.environment is None and len(unwatched) < len(stage.steps) and not plan.checks_of(stage):
            words = f"{stage.name} has a health gate, and nothing is looked at there: name {stage.name} in a check"
            yield ("stages", index), f"{words}, or it is never left"
        if stage.environment is not None and unwatched:
            which = "no health gate" if len(unwatched) == len(stage.steps) else "a step without a health gate"
            yield ("stages", index), f"{stage.name} has {which}; it is left however the metrics look"


def _steps(plan: Plan) -> Iterator[Note]:
    for index, stage in enumerate(plan.stages):
        for number, step in enumerate(stage.steps):
            needed = _seconds_needed(step)
            if needed >= step.time_max:
                limit = duration_in_words(step.time_max)
                words = f"asks for {duration_in_words(needed)} and pages after {limit}; let time_max be longer"
                yield ("stages", index, "steps", number), words
            for position, gate in enumerate(step.gates):
                if isinstance(gate, ApprovalGate) and gate.expires is not None and gate.expires <= needed:
                    lasts, held = duration_in_words(gate.expires), duration_in_words(needed)
                    words = f"a yes lasts {lasts} and the step {held}: who says yes early is asked again"
                    yield ("stages", index, "steps", number, "gates", position, "expires"), words
                if isinstance(gate, ApprovalGate) and plan.is_distinct(gate) and (words := _nobody_left(plan, gate)):
                    yield ("stages", index, "steps", number, "gates", position, "distinct"), words
    exposure = plan.stages[-1].steps[-1].exposure
    if exposure is not None and exposure < FULL - plan.watch.holdback:
        yield ("stages", len(plan.stages) - 1), f"the last step exposes {exposure:g} %; the release never gets further"


def _nobody_left(plan: Plan, gate: ApprovalGate) -> str:
    """Where so many roles cannot each have a person of their own. Who is in a user group is not known."""
    if sum(gate.roles.values()) == 1:
        return "distinct says nothing where one yes is asked for"
    roles = list(gate.roles)[:DISTINCT_ROLES_MAX]
    for some in (some for count in range(1, len(roles) + 1) for some in combinations(roles, count)):
        needed, people = sum(gate.roles[role] for role in some), {one for role in some for one in plan.holders(role)}
        if needed > len(people) and not people & plan.groups:
            there = "is one" if len(people) == 1 else f"are {len(people)}"
            return f"distinct asks {needed} people for {' and '.join(some)}, and there {there}; nobody can approve it"
    return ""


def _seconds_needed(step: Step) -> float:
    held = [gate.held for gate in step.gates if isinstance(gate, HealthGate)]
    waited = [gate.time for gate in step.gates if isinstance(gate, MinimumTimeGate)]
    return max(held + waited, default=0.0)


def _roles(plan: Plan) -> Iterator[Note]:
    used = {plan.decider_role, *(plan.override.roles if plan.override is not None else ())}
    for stage in plan.stages:
        for gate in (gate for step in stage.steps for gate in step.gates):
            match gate:
                case ApprovalGate(roles=roles):
                    used |= set(roles)
                case GoGate(role=role):
                    used.add(role)
                case _:
                    pass
    for role in plan.roles:
        if role not in used:
            yield ("roles", role), f"no gate asks for {role}"
    if not plan.on_call:
        yield (), "on_call names nobody; a rollback will page nobody by name"


def _overrides(plan: Plan) -> Iterator[Note]:
    if plan.override is not None and len(plan.overriders) == 1 and not plan.solo and not plan.groups:
        yield ("override",), "one person alone holds these roles; nobody is left to second an override of theirs"


def _quorums(plan: Plan) -> Iterator[Note]:
    if plan.solo:
        yield ("solo",), "one person alone may approve everything, their own changes too; it is for trying things out"
        return
    for index, stage in enumerate(plan.stages):
        for number, step in enumerate(stage.steps):
            for position, gate in enumerate(step.gates):
                for role, needed in gate.roles.items() if isinstance(gate, ApprovalGate) else ():
                    people = len(set(plan.roles[role]))
                    if needed > people and not plan.groups & {*plan.roles[role]}:
                        place = ("stages", index, "steps", number, "gates", position, "roles", role)
                        yield place, f"asks {needed} of {role}, who are {people}; it can never be given"


def _timing(plan: Plan) -> Iterator[Note]:
    timing = plan.timing
    if timing.stale <= timing.look:
        words = f"a verdict is stale after {duration_in_words(timing.stale)} and the next look is no sooner"
        yield ("timing", "stale"), f"{words}; nothing will ever have held"


def _tour(plan: Plan) -> Iterator[Note]:
    if plan.walkthrough is not None and not any(isinstance(stop, Stop) for stop in plan.stops):
        yield ("walkthrough",), "the tour has no stop and there are no pages; no picture will be taken"
    for index, stop in enumerate(plan.tour):
        if isinstance(stop, Stop) and stop.type is not None and SECRET.search(stop.type.into):
            words = "what is typed stands in the plan and in the journal; use an account that everybody may know"
            yield ("tour", index, "type"), words


def _commands(plan: Plan) -> Iterator[Note]:
    if not isinstance(plan.deployer, CommandDeployer):
        return
    whose = "{commit}", "{version}"
    lacking = [
        ("deploy", whose),
        ("expose", whose),
        ("undo", whose),
        ("expose", ("{percent}",)),
        ("expose", ("{generation}",)),
    ]
    for verb, either in lacking:
        if not any(name in argument for name in either for argument in getattr(plan.deployer, verb)):
            yield ("deployer", verb), f"{' or '.join(either)} is not among its arguments; {_WITHOUT[either[0]]}"


def _targets(plan: Plan) -> Iterator[Note]:
    """Targets for which no release of this plan will ever be measured."""
    gates = (gate for stage in plan.stages for step in stage.steps for gate in step.gates)
    lacking = []
    if not any(stage.environment for stage in plan.stages[:-1]):
        lacking += [(key, "no stage before the last one deploys") for key in ("staging_cycle_time", "staging_misses")]
    if not any(isinstance(gate, ApprovalGate) for gate in gates):
        lacking += [("review_time", "no gate asks for an approval")]
    if plan.stages[-1].environment is None:
        lacking += [(key, "the last stage deploys nothing") for key in _OF_USERS]
    for key, why in lacking:
        if key in plan.targets.model_fields_set:
            yield ("targets", key), f"{why}; nothing will ever be measured for it"
