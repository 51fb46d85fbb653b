"""What the judge knows of a release, built anew from the stored samples: after a restart, or by another plan.

One state a release and stage; its steps are the observed exposures of the journal. A changed plan begins with nothing:
what was seen before it counted is no evidence by it. The one thing to remember: samples are kept by the metric's name,
and what a plan reads from another series under the same name is another metric.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.analysis.judge import Boundary, JudgeState, Question, offsets, replay
from bot.analysis.series import LookSamples, from_stored
from bot.core import events as e
from bot.core.events import Recorded
from bot.core.metric import Metric
from bot.core.model import Phase, Release
from bot.core.plan import FULL, Plan, Stage
from bot.engine.service import Service

GOOD = (Phase.HEALTHY, Phase.SUPERSEDED)
"""Releases that a new one may be compared with."""

SHOWN_SECONDS = 3_600.0
"""Of what was seen, so much is judged by a plan that is only shown: a day of it takes many seconds."""


def rebuilt(service: Service, release: Release) -> tuple[JudgeState, Sequence[Boundary]]:
    """The state after all that was stored in this stage by the present plan, and the boundaries of its steps."""
    assert release.entry is not None, f"{release.id} is judged in no entry"
    journal = service.journal(release.id)
    boundaries = _by_its_plan(journal)
    usual = _offsets(service, release, release.plan, release.stage)
    question = replace(Question.about(release.plan, release.stage), offsets=usual)
    return replay(question, boundaries, _looks(service, release.id, boundaries)), boundaries


def judged_by(service: Service, release: Release, plan: Plan, now: float) -> JudgeState:
    """The last hour of the present step, as another plan would judge it; its stages up to here are the same."""
    assert release.entry is not None, f"{release.id} is judged in no entry"
    here, stage = boundaries_of(service.journal(release.id))[-1:], plan.stages[release.entry.stage]
    strange = read_otherwise(release.plan, plan)
    rows = (row for one in here for row in service.store.samples(release.id, one.entry))
    looks = from_stored(row for row in rows if row.at >= now - SHOWN_SECONDS and row.metric not in strange)
    question = replace(Question.about(plan, stage), offsets=_offsets(service, release, plan, stage))
    return replay(question, here, looks)


def read_otherwise(old: Plan, new: Plan) -> frozenset[str]:
    """Metrics that have their name and nothing else in common."""
    before = {metric.name: _series(metric) for metric in old.metrics}
    return frozenset(one.name for one in new.metrics if before.get(one.name, _series(one)) != _series(one))


def _series(metric: Metric) -> tuple[str | None, ...]:
    return metric.counter, metric.histogram, metric.gauge, metric.query, metric.of


def _looks(service: Service, release: str, boundaries: Sequence[Boundary]) -> Iterator[LookSamples]:
    """What was stored in these steps."""
    entries = sorted({boundary.entry for boundary in boundaries})
    return from_stored(row for entry in entries for row in service.store.samples(release, entry))


def _offsets(service: Service, release: Release, plan: Plan, stage: Stage) -> Mapping[str, float]:
    """By metric, what this environment shows of the baseline's value anyway: from the last good release's stay."""
    if stage.baseline is None:
        return {}
    for name in service.store.release_ids(service=release.service):
        earlier = service.readable(name)
        if earlier is None or name == release.id or earlier.phase not in GOOD:
            continue
        number = next((i for i, one in enumerate(earlier.plan.stages) if _is_alike(one, stage)), None)
        if number is None:
            return {}
        boundaries = _by_its_plan(service.journal(name), number)
        if not boundaries:
            continue  # that stage was passed by a plan that it had before
        question = Question.about(earlier.plan, earlier.plan.stages[number])
        found = offsets(replay(question, boundaries, _looks(service, name, boundaries)))
        strange = read_otherwise(earlier.plan, plan)
        return {metric: value for metric, value in found.items() if metric not in strange}
    return {}


def _is_alike(one: Stage, other: Stage) -> bool:
    return (one.environment, one.baseline) == (other.environment, other.baseline)


def _by_its_plan(journal: list[Recorded], stage: int | None = None) -> list[Boundary]:
    """Of the steps that were looked at by the plan that it has, or had in the end."""
    since = max((one.event.entry for one in journal if isinstance(one.event, e.PlanChanged)), default=0)
    return [one for one in boundaries_of(journal, stage) if one.entry >= since]


def boundaries_of(journal: list[Recorded], stage: int | None = None) -> list[Boundary]:
    """Of each step of a stage, the last one entered unless it is named, and of the watch after it."""
    found: dict[int, list[Boundary]] = {}
    present, watching = 0, False
    for one in journal:
        match one.event:
            case e.StageEntered(stage=present):
                found[present], watching = [], False
            case e.StepEntered(entry, exposure=None) | e.PlanChanged(entry, step=int(), exposure=None, is_new=True):
                found.setdefault(present, []).append(Boundary(entry, one.at, FULL))  # nothing is to be seen first
            case e.ExposureReached(entry, percent):
                found.setdefault(present, []).append(Boundary(entry, one.at, percent, watch=watching))
            case e.PlanChanged(entry=entry, exposure=float() as exposure, is_new=True) if watching:
                found.setdefault(present, []).append(Boundary(entry, one.at, exposure, watch=True))
            case e.WatchStarted(entry, exposure):
                watching = True
                found.setdefault(present, []).append(Boundary(entry, one.at, exposure, watch=True))
            case _:
                pass
    return found.get(present if stage is None else stage, [])
