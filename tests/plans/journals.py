"""Journals of many releases, in which one measure is as good or as bad as a row says, and all else is quick and well.

A tale is one release by its times in seconds; `tales` are the releases of one period. Each is played through the core,
so what is measured is what a journal would hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.core import commands as c
from bot.core.course import Course, course
from bot.core.model import Phase
from tests.support.scenario import ADA, BAD, FINE, ODD, PRIYA, Scenario, plan

DAY = 86_400.0
PERIOD_SECONDS = 14 * DAY
RELEASES = 20
"""In a period, where a measure is a share of them."""

_PLAN = plan(timing={"look": "10m", "stale": "30d", "silence_max": "30d", "blind_max": "30d"})
"""Nobody looks while a story waits."""


@dataclass(frozen=True)
class Tale:
    queue: float = 0.0
    deploy: float = 60.0
    review: float = 60.0
    rollout: float = 60.0
    is_held: bool = False
    is_odd: bool = False
    """Staging flags its metric."""
    fails: bool = False
    """In production, on that metric."""
    detection: float = 30.0
    restored: float = 5.0
    diagnosis: float = 20.0
    is_incident: bool = False
    """Somebody finds out, once it is healthy, that it has caused one."""


def played(tale: Tale, at: float, number: int) -> Course:
    """One release from its first event to its last."""
    told = Scenario(_PLAN, f"shop-{number}", at)
    told.around = replace(told.around, holders={"staging": "shop-0"} if tale.queue else {})
    told.staged().prepared()
    told.around = replace(told.around, holders={})
    told.wait(tale.queue).when(c.Tick(told.id, told.entry)).written().wait(tale.deploy).deployed().exposed()
    told.looked(ODD if tale.is_odd else FINE).wait(tale.review).approved()
    if told.state.environment == "staging":
        told.held(60)
    if tale.is_held:
        told.when(c.HoldRelease(told.id, "lunch"), replace(PRIYA, in_channel=True)).when(c.ResumeRelease(told.id), ADA)
    told.wait(tale.rollout).deployed().exposed().looked()
    if tale.fails:
        return _back(told, tale)
    while told.state.phase is Phase.PROVING:
        told.held(30).exposed()
    told.held(_PLAN.watch.time).is_now(Phase.HEALTHY)
    if tale.is_incident:
        told.wait(DAY).when(c.RecordIncident(told.id, "nobody could pay for an hour"), ADA)
    return course(told.journal, told.now)


def _back(told: Scenario, tale: Tale) -> Course:
    since = told.now
    told.wait(tale.detection).looked(replace(BAD, findings=tuple(replace(one, since=since) for one in BAD.findings)))
    told.wait(tale.restored).exposed().wait(tale.diagnosis - tale.restored)
    told.when(c.ReportArtefact(told.id, "diagnosis", "it was the pool", "template")).when(
        c.ReportUndone(told.id, told.entry)
    )
    return course(told.is_now(Phase.ROLLED_BACK).journal, told.now)


def _each(make: Callable[[float], Tale]) -> Callable[[float], list[Tale]]:
    """A few releases alike, as slow as that."""
    return lambda seconds: [make(seconds)] * 3


def _share(one: Tale, other: Tale = Tale()) -> Callable[[float], list[Tale]]:
    """So many percent of one kind."""

    def tales(percent: float) -> list[Tale]:
        many = round(RELEASES * percent / 100)
        return [one] * many + [other] * (RELEASES - many)

    return tales


TALES: Mapping[str, Callable[[float], list[Tale]]] = {
    "staging_cycle_time": _each(lambda seconds: Tale(deploy=seconds)),
    "without_intervention": _share(Tale(), Tale(is_held=True)),
    "staging_misses": _share(Tale(is_odd=True, fails=True)),
    "review_time": _each(lambda seconds: Tale(review=seconds)),
    "place_wait": _each(lambda seconds: Tale(queue=seconds)),
    "deploy_lead_time": _each(lambda seconds: Tale(rollout=seconds)),
    "rollback_rate": _share(Tale(fails=True)),
    "rollback_time": _each(lambda seconds: Tale(fails=True, restored=seconds, diagnosis=seconds)),
    "deploys_per_week": lambda many: [Tale()] * round(many * PERIOD_SECONDS / (7 * DAY)),
    "time_to_diagnosis": _each(lambda seconds: Tale(fails=True, diagnosis=seconds)),
    "time_to_recovery": _each(lambda seconds: Tale(fails=True, detection=seconds)),
    "detection_time": _each(lambda seconds: Tale(fails=True, detection=seconds)),
    "incident_rate": lambda rate: _share(Tale(is_incident=True))(100 * rate),
}
"""By measure: what a period is like in which it is that."""


def courses(measure: str, value: float, since: float) -> list[Course]:
    """The releases of one period."""
    tales = TALES[measure](value)
    every = PERIOD_SECONDS / max(1, len(tales))
    return [played(tale, since + number * every, number + 1) for number, tale in enumerate(tales)]
