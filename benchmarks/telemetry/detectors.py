"""Who competes: what a detector is, and the table of all of them.

The one thing to remember: a detector is made anew for each release, in another process; so what makes it is a class or
a `partial` of one, and never a lambda.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

from benchmarks.telemetry.rivals import CRITICAL, Kayenta, Limits, ZScore
from benchmarks.telemetry.songbird import Songbird
from bot.analysis.shapes import Pair
from bot.core.metric import Metric


class Detector(Protocol):
    def enter(self, exposure: float) -> None:
        """A step begins, with so many percent of the traffic on the canary."""
        ...

    def look(self, pairs: Mapping[str, Pair]) -> bool:
        """One more look; a metric that is not there could not be read. True: roll back."""
        ...


@runtime_checkable
class Learns(Protocol):
    """A detector that wants the old version's history before the first step (`releases.history`)."""

    def learn(self, history: Sequence[Mapping[str, Pair]]) -> None: ...


Make = Callable[[Sequence[Metric]], Detector]

RIVALS: dict[str, Make] = {
    "kayenta any, polls": Kayenta,
    "kayenta any, steps": partial(Kayenta, every=60),
    "kayenta score, polls": partial(Kayenta, critical=CRITICAL),
    "kayenta score, steps": partial(Kayenta, critical=CRITICAL, every=60),
    # tuned to false rollbacks of 1 % at most on the usual world: 2 and 0 of 300 releases
    "kayenta tuned, polls": partial(Kayenta, critical=CRITICAL, effect=2.0, looks_min=20),
    "kayenta tuned, steps": partial(Kayenta, critical=CRITICAL, effect=1.5, every=60),
    "limits (argo)": partial(Limits, tolerated=3, in_a_row=False),
    "checks (flagger)": partial(Limits, tolerated=4, in_a_row=True),
    "z >= 3": ZScore,
}

DETECTORS: dict[str, Make] = {
    "songbird": Songbird,
    **RIVALS,
}
