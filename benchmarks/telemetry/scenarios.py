"""What is asked of every detector, and what must be reached; and how long detection takes by traffic.

A `Trial` is anything that yields releases: a `Scenario` of the simulator, or real series (`nab`). The one thing to
remember: `Must` is the requirement on the judge; rivals are held against the same one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Protocol

from benchmarks.telemetry import bounds
from benchmarks.telemetry.metrics import METRICS
from benchmarks.telemetry.noise import World
from benchmarks.telemetry.releases import HEALTHY, Look, Regression, Release, history, release
from bot.core.metric import Metric

Seed = tuple[int, ...]
"""The run's, the trial's, the release's number."""
SHARED_HISTORY = 10
"""Releases in a row that have the same history: it costs as much as a release."""


@dataclass(frozen=True)
class Must:
    """At most so many; None: not asked. Looks for delays, shares for the others."""

    false: float | None = None
    median: float | None = None
    p90: float | None = None
    missed: float | None = None

    def __str__(self) -> str:
        shares = [
            f"{name} <= {value:.1%}" for name in ("false", "missed") if (value := getattr(self, name)) is not None
        ]
        delays = [f"{name} <= {value:.0f}" for name in ("median", "p90") if (value := getattr(self, name)) is not None]
        return ", ".join([*delays, *shares]) or "-"


NOT_ASKED = Must()
USUAL = World()


class Trial(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def metrics(self) -> Sequence[Metric]: ...
    @property
    def must(self) -> Must: ...
    @property
    def bound(self) -> float:
        """Looks; NaN for what is healthy."""
        ...

    def release(self, seed: Seed) -> Release: ...
    def history(self, seed: Seed) -> Sequence[Look]: ...


@dataclass(frozen=True)
class Scenario:
    name: str
    must: Must = NOT_ASKED
    world: World = USUAL
    regression: Regression = HEALTHY
    metrics: Sequence[Metric] = field(default=METRICS, repr=False)

    @property
    def bound(self) -> float:
        return math.nan if self.regression.is_healthy else bounds.looks_at_least(self.world, self.regression)

    def release(self, seed: Seed) -> Release:
        return release(self.world, self.regression, seed)

    def history(self, seed: Seed) -> Sequence[Look]:
        return _history(self.world, (*seed[:-1], seed[-1] // SHARED_HISTORY))


_history = lru_cache(maxsize=2)(history)

AT_10 = 60
"""The look at which the step of 10 % begins."""
ONSET_IN_WATCH = 180
WATCH = World(look_seconds=60.0, looks=1440, steps=((0, 95.0),))
"""24 hours with a holdback of 5 %, which is the control."""
FEW = World(requests_per_second=5 / 60)


def _healthy(name: str, false: float | None, happens: Regression = HEALTHY, **world: object) -> Scenario:
    return Scenario(f"healthy, {name}", Must(false=false), replace(World(), **world), happens)  # type: ignore[arg-type] # fields of a World


SCENARIOS: tuple[Scenario, ...] = (
    *(_healthy(f"{load} requests/s", 0.01, requests_per_second=float(load)) for load in (4, 40, 400, 4000)),
    _healthy("gaps and an outage", 0.01, lost=0.02, has_outage=True),
    _healthy("noise x2", 0.03, noise=2.0),
    _healthy("shared incident", 0.02, has_incident=True),
    _healthy("spike of 1 look", 0.005, Regression(spike_looks=1)),
    _healthy("spike of 2 looks", 0.01, Regression(spike_looks=2)),
    _healthy("gauges AR 0.8", 0.05, gauge_phi=0.8),
    _healthy("hostile", None, is_hostile=True),
    _healthy("hostile, 4000 requests/s", None, is_hostile=True, requests_per_second=4000.0),
    _healthy("fresh processes are slow", None, Regression(cold=1.5)),
    _healthy("fresh memory fills up", None, Regression(empty=0.7)),
    _healthy("5 requests/min", 0.0, requests_per_second=5 / 60),
    Scenario("errors x5 at 10 %", Must(median=6, p90=9, missed=0.01), regression=Regression(errors=5)),
    Scenario("errors x3 at 10 %", Must(median=17), regression=Regression(errors=3)),
    Scenario("errors x2 at 10 %", regression=Regression(errors=2)),
    Scenario("errors x10 at 10 %", Must(median=3), regression=Regression(errors=10)),
    Scenario("everything down at 10 %", Must(median=3), regression=Regression(is_down=True)),
    Scenario("errors x5 at 1 %", regression=Regression(onset=0, errors=5)),
    Scenario("errors x3 at 1 %", regression=Regression(onset=0, errors=3)),
    Scenario("errors x10 at 1 %", regression=Regression(onset=0, errors=10)),
    Scenario("p99 x2 at 10 %", Must(median=4, p90=6), regression=Regression(tail=2)),
    Scenario("p99 x1.5 at 10 %", Must(median=48), regression=Regression(tail=1.5)),
    Scenario("cpu x1.5 at 10 %", Must(median=8), regression=Regression(cpu=1.5)),
    Scenario("conversions -50 % at 10 %", Must(median=11), regression=Regression(conversions=0.5)),
    Scenario("memory +20 %/h at 10 %", Must(median=96), regression=Regression(leak_per_hour=0.2)),
    Scenario("memory +5 %/h at 10 %", regression=Regression(leak_per_hour=0.05)),
    Scenario("errors x10, 5 requests/min", world=FEW, regression=Regression(errors=10)),
    Scenario("hostile, errors x5 at 10 %", world=World(is_hostile=True), regression=Regression(errors=5)),
    Scenario("watch, healthy", Must(false=0.01), replace(WATCH, has_incident=True)),
    Scenario("watch, errors x5", Must(median=8), WATCH, Regression(ONSET_IN_WATCH, errors=5)),
    Scenario("watch, errors x3", Must(median=25), WATCH, Regression(ONSET_IN_WATCH, errors=3)),
    Scenario("watch, memory +5 %/h", Must(median=60), WATCH, Regression(0, leak_per_hour=0.05)),
)

FOUR_HOURS = 960
"""Looks."""
BY_TRAFFIC: tuple[Scenario, ...] = tuple(
    Scenario(
        f"by traffic, x{factor:g} on {exposure:g} %, {load:g}/s",
        world=World(requests_per_second=load, looks=FOUR_HOURS, steps=((0, exposure),)),
        regression=Regression(onset=0, errors=factor),
    )
    for factor in (3.0, 5.0, 10.0)
    for exposure in (1.0, 10.0)
    for load in (4.0, 40.0, 400.0, 4000.0)
)
"""How long it takes to find a fault that is there from the first request on, at one exposure. Only on request."""
