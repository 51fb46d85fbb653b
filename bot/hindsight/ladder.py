"""Other tolerances, asked the same question over the same looks: which of them would have rolled back.

Each rung is a stream of the judge's own kind, that convicts with the evidence its metric would need alone. The one
thing to remember: only the ratio is varied; the margin stays as the plan has it.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.analysis import streams
from bot.analysis.evidence import Stream
from bot.analysis.family import ALPHA_ROLLOUT
from bot.analysis.judge import LOOKS_EXPECTED_MIN
from bot.analysis.series import Cohort, LookSamples
from bot.analysis.shapes import Pair, Shown
from bot.core.metric import Metric, Tolerance
from bot.core.plan import Plan

RUNGS = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)
"""Times what the plan tolerates above 1: of 1.2 these are 1.05, 1.1, 1.2, 1.3, 1.4, 1.6 and 2."""

PART = 1.0 / LOOKS_EXPECTED_MIN

Rung = tuple[str, float]
"""A metric's name and a ratio."""


def ratios(metric: Metric) -> tuple[float, ...]:
    """The rungs of a metric, rising; none without a tolerance."""
    if metric.tolerance is None:
        return ()
    return tuple(round(1 + (metric.tolerance.ratio - 1) * rung, 3) for rung in RUNGS)


@dataclass(slots=True)
class _Asked:
    metric: Metric
    tolerance: Tolerance
    stream: Stream
    enough: float
    """The e-value that convicts."""


class Ladder:
    """All rungs of all metrics that are compared with a control, over one release that begins at `at`."""

    def __init__(self, plan: Plan, at: float) -> None:
        self._since = at
        self.convicted: set[Rung] = set()
        """By which the release would have been rolled back."""
        self._asked = list(_asked(plan))

    def look(self, look: LookSamples) -> None:
        """Take one look. A rung that has convicted asks nothing more."""
        sums = sums_of(look, self._since)
        for one in self._asked:
            own, other = (sums.get((one.metric.name, cohort)) for cohort in ("canary", "control"))
            if own is not None and other is not None:
                one.stream = streams.compared(one.stream, one.metric, Pair(own, other), PART, one.tolerance)
        for one in self._asked:
            if one.stream.worth >= one.enough:
                self.convicted.add((one.metric.name, one.tolerance.ratio))
        self._asked = [one for one in self._asked if (one.metric.name, one.tolerance.ratio) not in self.convicted]


def _asked(plan: Plan) -> Iterator[_Asked]:
    family = streams.family(plan.metrics, "control", ALPHA_ROLLOUT)
    for metric in plan.metrics:
        for ratio in ratios(metric):
            assert metric.tolerance is not None, "only a tolerance has rungs"
            key = (metric.name, "tolerance")
            tolerance = metric.tolerance.model_copy(update={"ratio": ratio})
            yield _Asked(metric, tolerance, family.streams[key].at_step(), math.exp(family.needed(key)))


def sums_of(look: LookSamples, since: float) -> Mapping[tuple[str, Cohort], Shown]:
    """A look's samples of each metric and side, added up over processes, of what began after `since`."""
    sums: dict[tuple[str, Cohort], Shown] = {}
    for sample in look.samples:
        if isinstance(sample.shown, Shown) and sample.since >= since:
            key = (sample.metric, sample.cohort)
            sums[key] = sums[key] + sample.shown if key in sums else sample.shown
    return sums
