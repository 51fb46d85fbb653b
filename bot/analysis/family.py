"""One budget of errors for everything that is watched: the weighted mean of all metrics' evidence.

Every stream's worth starts at 1 and, while nothing is worse than tolerated, grows by nothing but luck. So does their
mean, whatever the metrics have to do with each other; and the mean ever reaches 1/alpha with a probability of alpha at
most (Ville 1939). That holds for all metrics, all steps and all looks together, and asks nothing about dependence; a
Bonferroni correction is the same bound with everything but the largest thrown away.

Weights are the prior opinion about where trouble shows: a critical metric has four times a high one's. The one thing to
remember: a stream that may not roll back (a medium metric's, a baseline's) is not in the mean at all.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.analysis.evidence import Stream
from bot.core.metric import Metric

Key = tuple[str, str]
"""A metric's name and a criterion."""

ALPHA_ROLLOUT = 0.008
ALPHA_WATCH = 0.002
"""Together at most one false rollback in a hundred healthy releases."""

WEIGHTS = {"critical": 4.0, "high": 1.0}
CARRIES = 0.1
"""Of what the strongest stream brings: who brings that much is named."""

ALARM_ALONE_NATS = math.log(1000.0)
"""For a stream outside the mean: worth a flag."""


@dataclass(frozen=True, slots=True)
class Family:
    """The streams of a stage. `alpha`: the error probability of all of it together."""

    alpha: float
    weights: Mapping[Key, float] = field(default_factory=dict)
    """Of the streams that may roll back; sum 1."""
    streams: Mapping[Key, Stream] = field(default_factory=dict)

    def with_streams(self, streams: Mapping[Key, Stream]) -> "Family":
        return replace(self, streams={**self.streams, **streams})

    @property
    def worth(self) -> float:
        """The e-value of the whole."""
        return math.fsum(weight * self._worth(key) for key, weight in self.weights.items()) if self.weights else 1.0

    def _worth(self, key: Key) -> float:
        stream = self.streams.get(key)
        return 1.0 if stream is None else stream.worth

    @property
    def is_past(self) -> bool:
        """Whether the evidence suffices: the new version is worse than tolerated."""
        return self.worth >= 1 / self.alpha

    def carries(self, key: Key) -> bool:
        """Whether this stream is one of those that the evidence comes from; outside the mean, whether it flags."""
        if key not in self.weights:
            return math.log(self._worth(key)) >= ALARM_ALONE_NATS
        strongest = max(weight * self._worth(one) for one, weight in self.weights.items())
        return self.is_past and self.weights[key] * self._worth(key) >= CARRIES * strongest

    def needed(self, key: Key) -> float:
        """Nats that this stream would need if it were alone in carrying the evidence."""
        return math.log(1 / (self.alpha * self.weights[key])) if key in self.weights else ALARM_ALONE_NATS


def weights(keys: Mapping[Key, Metric]) -> Mapping[Key, float]:
    """Of the streams, by their metrics' priorities."""
    raw = {key: WEIGHTS[metric.priority] for key, metric in keys.items()}
    total = sum(raw.values())
    return {key: weight / total for key, weight in raw.items()}
