"""Our judge as a detector: the streams and the family that the bot uses, fed with looks that are already paired."""

from collections.abc import Mapping, Sequence

from bot.analysis import streams
from bot.analysis.family import ALPHA_ROLLOUT, ALPHA_WATCH
from bot.analysis.judge import LOOKS_EXPECTED_MIN
from bot.analysis.shapes import Pair
from bot.core.plan import Metric


class Songbird:
    """Rolls back when the family's evidence suffices."""

    def __init__(self, metrics: Sequence[Metric], *, alpha: float = ALPHA_ROLLOUT, looks: int = 0) -> None:
        self._metrics = tuple(metrics)
        self._family = streams.family(metrics, "control", alpha)
        self._part = 1.0 / max(LOOKS_EXPECTED_MIN, looks)
        self._seconds = 0.0
        self.look_seconds = 15.0

    def enter(self, exposure: float) -> None:
        self._family = streams.at_step(self._family)
        self._seconds = 0.0

    def look(self, pairs: Mapping[str, Pair]) -> bool:
        self._seconds += self.look_seconds
        known, changed = self._family.streams, {}
        for metric in self._metrics:
            if (pair := pairs.get(metric.name)) is None:
                continue
            if stream := known.get(key := (metric.name, "tolerance")):
                assert metric.tolerance is not None, "it is compared"
                changed[key] = streams.compared(stream, metric, pair, self._part, metric.tolerance)
            if stream := known.get(key := (metric.name, "growth")):
                changed[key] = streams.grown(stream, metric, pair, self._seconds)
        self._family = self._family.with_streams(changed)
        return self._family.is_past
