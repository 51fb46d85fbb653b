"""Our judge as a detector: the streams and the family that the bot uses, fed with looks that are already paired."""

from collections.abc import Mapping, Sequence

from bot.analysis import streams
from bot.analysis.family import ALPHA_ROLLOUT, ALPHA_WATCH
from bot.analysis.judge import LOOKS_EXPECTED_MIN
from bot.analysis.shapes import Pair
from bot.core.metric import Metric

WATCH_FROM = 50.0
"""Percent: with more of the traffic on the new version, the old one is a holdback, and this is the watch."""
WATCH_LOOKS, WATCH_LOOK_SECONDS, ROLLOUT_LOOK_SECONDS = 1440, 60.0, 15.0


class Songbird:
    """Rolls back when the family's evidence suffices."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = tuple(metrics)
        self._family = streams.family(metrics, "control", ALPHA_ROLLOUT)
        self._part, self._look_seconds, self._seconds = 1.0 / LOOKS_EXPECTED_MIN, ROLLOUT_LOOK_SECONDS, 0.0

    def enter(self, exposure: float) -> None:
        if exposure > WATCH_FROM:
            self._family = streams.family(self._metrics, "control", ALPHA_WATCH)
            self._part, self._look_seconds = 1.0 / WATCH_LOOKS, WATCH_LOOK_SECONDS
        self._family, self._seconds = streams.at_step(self._family), 0.0

    def look(self, pairs: Mapping[str, Pair]) -> bool:
        self._seconds += self._look_seconds
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
