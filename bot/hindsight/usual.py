"""How a metric usually looks, over all of a past: the worst that the judge would have read of it.

The one thing to remember: it is read as the judge reads, over its recent looks together, so that one slow request of
three at night is no worst.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.analysis import criteria
from bot.analysis.series import LookSamples, Sample
from bot.analysis.shapes import Shown, Window
from bot.core.metric import Metric
from bot.hindsight.ladder import sums_of


@dataclass
class Usual:
    """Fed with `look`; `worst` by metric, of those of which enough was seen."""

    metrics: Sequence[Metric]
    worst: dict[str, float] = field(default_factory=dict)
    _seen: dict[str, Window[Shown]] = field(default_factory=dict)

    def look(self, at: float, samples: Sequence[Sample]) -> None:
        """`samples` of all processes."""
        sums = sums_of(LookSamples(at, tuple(samples)), 0.0)
        for metric in self.metrics:
            shown = sums.get((metric.name, "control"))
            if shown is None:
                continue
            seen = self._seen[metric.name] = self._seen.get(metric.name, Window()).then(shown)
            weighed = criteria.against_limit(metric, None, seen.newest)
            if weighed is not None and weighed.enough and not math.isnan(weighed.level.value):
                worse = max if metric.worse == "higher" else min
                value = weighed.level.value
                self.worst[metric.name] = worse(self.worst.get(metric.name, value), value)
