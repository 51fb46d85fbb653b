"""What doctor asks the systems of a plan: where changes are, what runs where, what the metrics show."""

import time
from collections.abc import Iterable, Mapping

from bot.adapters.checks import obstacles
from bot.adapters.metrics import Reading
from bot.app import Adapters
from bot.core.errors import AdapterError, Misconfigured
from bot.core.plan import Plan
from bot.core.quantities import counted
from bot.doctor.findings import Finding

CHANGES = "the plan's `changes` names it"
DEPLOYER = "the plan's `deployer` names it"
METRICS = "the plan's `metrics_from` names where they are"


async def deployer(adapters: Adapters, plan: Plan, environment: str) -> Finding:
    what = f"{plan.service}: {environment}: deployer"
    try:
        seen = await adapters.systems_of(plan).deployer.observe(plan.service, environment)
    except AdapterError as error:
        return Finding(what, fine=False, words=f"{error}; {DEPLOYER}")
    words = ", ".join(f"{commit[:7]} {percent:g} %" for commit, percent in seen.items())
    return Finding(what, fine=True, words=words or "nothing runs")


async def changes(adapters: Adapters, plan: Plan) -> Finding:
    try:
        head = await adapters.systems_of(plan).changes.resolve("HEAD")
    except AdapterError as error:
        return Finding(f"{plan.service}: changes", fine=False, words=f"{error}; {CHANGES}")
    return Finding(f"{plan.service}: changes", fine=True, words=f"newest is {head.name}")


async def metrics(adapters: Adapters, plan: Plan, environment: str) -> Finding:
    what = f"{plan.service}: {environment}: metrics"
    try:
        reading = await adapters.source_of(plan).read(plan, (environment,), time.time())
    except (AdapterError, Misconfigured) as error:
        return Finding(what, fine=False, words=f"{error}; {METRICS}")
    if reading.failure is not None:
        return Finding(what, fine=False, words=f"{reading.failure}; {METRICS}")
    shown = {name for totals in reading.totals for name in totals.shown}
    trouble = [
        *_each(reading.failures.items()),
        *_silent(plan, shown),
        *_unlabelled(plan, reading),
        *_old(plan, reading),
    ]
    if trouble:
        return Finding(what, fine=False, words="; ".join(trouble))
    return Finding(
        what, fine=True, words=f"{counted(len(plan.metrics), 'metric')} of {counted(len(reading.totals), 'process')}"
    )


def checks(plan: Plan, variables: Mapping[str, str]) -> Finding:
    """Whether they could be tried. None is: there is no release to try."""
    trouble = obstacles(plan.checks, variables)
    words = "; ".join(trouble) or f"{', '.join(plan.checks)} can be tried"
    return Finding(f"{plan.service}: checks", fine=not trouble, words=words)


def _each(failures: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{target} {reason}" for target, reason in sorted(failures)]


def _silent(plan: Plan, shown: set[str]) -> list[str]:
    silent = [metric.name for metric in plan.metrics if metric.name not in shown]
    return [f"no series for {', '.join(silent)}: look at their selectors in the plan"] if silent else []


def _unlabelled(plan: Plan, reading: Reading) -> list[str]:
    """Without it nobody is ever the canary, and nothing says so until its silence does."""
    if any(totals.commit for totals in reading.totals):
        return []
    return [f"no process has the label {plan.metrics_from.version_label}, which says what commit it runs"]


def _old(plan: Plan, reading: Reading) -> list[str]:
    look, oldest = plan.timing.look, max(reading.at - totals.at for totals in reading.totals)
    if oldest <= look + plan.metrics_from.delay:
        return []
    return [f"the newest samples are {oldest:.0f} s old, and a look is every {look:g} s: let `look` be longer"]
