"""What the judge knows of a release, built anew from the stored samples: after a restart, or for another plan.

One state a release and stage; its steps are the observed exposures of the journal. The one thing to remember: samples
are kept by the metric's name. What a plan reads from another series under the same name is another metric, and what
was stored before of it does not count.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.analysis.judge import Boundary, JudgeState, Question, offsets, replay
from bot.analysis.series import LookSamples, from_stored
from bot.core import events as e
from bot.core.events import Recorded
from bot.core.metric import Metric
from bot.core.model import Phase, Release
from bot.core.plan import Plan, Stage
from bot.engine.service import Service

GOOD = (Phase.HEALTHY, Phase.SUPERSEDED)
"""Releases that a new one may be compared with."""


def rebuilt(service: Service, release: Release, plan: Plan | None = None) -> tuple[JudgeState, Sequence[Boundary]]:
    """The state after all that was stored in this stage, oldest first, and the boundaries of its steps.

    By the release's own plan, or by another one whose stages up to here are the same.
    """
    assert release.entry is not None, f"{release.id} is judged in no entry"
    asked, journal = plan or release.plan, service.journal(release.id)
    stage, boundaries = asked.stages[release.entry.stage], boundaries_of(journal)
    question = replace(Question.about(asked, stage), offsets=_offsets(service, release, stage))
    strange = {one.entry: read_otherwise(plan_in(journal, one.entry), asked) for one in boundaries}
    return replay(question, boundaries, _looks(service, release.id, strange)), boundaries


def plan_in(journal: Iterable[Recorded], entry: int) -> Plan:
    """By which plan an entry was looked at. A change takes effect with a new entry wherever something is looked at."""
    plans = [
        one.event.plan
        for one in journal
        if isinstance(one.event, e.ReleaseStaged) or (isinstance(one.event, e.PlanChanged) and one.event.entry <= entry)
    ]
    return plans[-1]


def read_otherwise(old: Plan, new: Plan) -> frozenset[str]:
    """Metrics that have their name and nothing else in common."""
    before = {metric.name: _series(metric) for metric in old.metrics}
    return frozenset(one.name for one in new.metrics if before.get(one.name, _series(one)) != _series(one))


def _series(metric: Metric) -> tuple[str | None, ...]:
    return metric.counter, metric.histogram, metric.gauge, metric.query, metric.of


def _looks(service: Service, release: str, strange: Mapping[int, frozenset[str]]) -> Iterator[LookSamples]:
    """What was stored in these steps, without the metrics that are strange in each."""
    rows = ((entry, row) for entry in sorted(strange) for row in service.store.samples(release, entry))
    return from_stored(row for entry, row in rows if row.metric not in strange[entry])


def _offsets(service: Service, release: Release, stage: Stage) -> Mapping[str, float]:
    """By metric, what this environment shows of the baseline's value anyway: from the last good release's stay."""
    if stage.baseline is None:
        return {}
    for name in service.store.release_ids(service=release.service):
        earlier = service.peek(name)
        if earlier is None or name == release.id or earlier.phase not in GOOD:
            continue
        number = next((i for i, one in enumerate(earlier.plan.stages) if _is_alike(one, stage)), None)
        if number is None:
            return {}
        boundaries = boundaries_of(service.journal(name), number)
        question = Question.about(earlier.plan, earlier.plan.stages[number])
        looks = _looks(service, name, {boundary.entry: frozenset() for boundary in boundaries})
        return offsets(replay(question, boundaries, looks))
    return {}


def _is_alike(one: Stage, other: Stage) -> bool:
    return (one.environment, one.baseline) == (other.environment, other.baseline)


def boundaries_of(journal: list[Recorded], stage: int | None = None) -> list[Boundary]:
    """Of each step of a stage, the last one entered unless it is named, and of the watch after it."""
    found: dict[int, list[Boundary]] = {}
    present, watching = 0, False
    for one in journal:
        match one.event:
            case e.StageEntered(stage=present):
                found[present], watching = [], False
            case e.ExposureReached(entry, percent):
                found.setdefault(present, []).append(Boundary(entry, one.at, percent, watch=watching))
            case e.WatchStarted(entry, exposure):
                watching = True
                found.setdefault(present, []).append(Boundary(entry, one.at, exposure, watch=True))
            case _:
                pass
    return found.get(present if stage is None else stage, [])
