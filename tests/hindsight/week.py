"""A made-up week of a shop: traffic by day and night, five deploys of which two were bad, an incident of nobody's.

    python -m tests.hindsight.week FOLDER     writes shop.yml, week.jsonl and deploys.csv, for `songbird backtest`

Counts are drawn from seeded chance, so it is the same week every time. The one thing a reader could forget: of the two
bad deploys the plan finds one; the other is slower by less than is tolerated.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import log
from pathlib import Path
from statistics import NormalDist

import numpy as np

from bot.adapters.metrics import Reading
from bot.analysis.series import Totals
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.hindsight import Deploy, recorded

BEGINS = datetime(2026, 11, 23, tzinfo=UTC).timestamp()
"""A Monday."""
HOUR, DAY = 3600.0, 86400.0
BOUNDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0, 2.0)
PROCESSES = 4
BESIDE_SECONDS = 2 * HOUR
"""So long a new version has one process beside the others, before it has all of them or none."""
INCIDENT = (BEGINS + 5 * DAY + 19 * HOUR, BEGINS + 5 * DAY + 19.6 * HOUR)

PLAN = """\
service: shop
operators: [U0ADA]
channels: {releases: "#releases"}
changes: {use: git, repository: shop.git}
deployer: {use: splitter, url: "http://127.0.0.1:1"}
metrics_from: {use: prometheus, url: "http://127.0.0.1:1", where: 'job="shop"'}
incidents: {use: file, folder: incidents}
metrics:
  - name: errors
    kind: errors
    counter: http_requests_total{status=~"5.."}
    of: http_requests_total
    alert: {max: 1%}
    limit: {max: 2%}
    tolerance: {ratio: 1.5, margin: 0.1%}
  - name: latency-p95
    kind: performance
    histogram: http_request_duration_seconds
    quantile: 0.95
    limit: {max: 500ms}
    tolerance: {ratio: 1.3, margin: 10ms}
  - name: checkout-failures
    kind: functional
    counter: checkouts_total{outcome="failed"}
    of: checkouts_total
    limit: {max: 3%}
    tolerance: {ratio: 1.5, margin: 0.3%}
  - name: memory
    kind: resource
    gauge: process_resident_memory_bytes
    unit: bytes
    limit: {max: 400MB}
    tolerance: {ratio: 1.2}
  - name: orders
    kind: business
    counter: orders_total
    of: http_requests_total
    worse: lower
    tolerance: {ratio: 1.3}
stages:
  - name: production
    environment: production
    steps: [1%, 10%, 50%, 100%]
    gates: [{gate: health, held: 15m}]
timing: {look: LOOK, stale: 5m, silence_max: 5m}
"""


@dataclass(frozen=True)
class Version:
    """What came when, and how it was. `slower`: times; a bad one is taken away again."""

    name: str
    day: float
    errors: float = 0.004
    slower: float = 1.0
    memory: float = 2.1e8
    metric: str = ""
    """By which it was seen that it was bad."""

    @property
    def at(self) -> float:
        return BEGINS + self.day * DAY

    @property
    def deploy(self) -> Deploy:
        return Deploy(self.at, self.name, "ill" if self.metric else "well", self.metric)


VERSIONS = (
    Version("v1.0.0", -1.0),
    Version("v1.1.0", 0.42),
    Version("v1.2.0", 1.63, errors=0.03, metric="errors"),
    Version("v1.2.1", 2.46, memory=2.3e8),
    Version("v1.3.0", 3.38),
    Version("v1.4.0", 4.55, slower=1.2, metric="latency-p95"),
)
DEPLOYS = tuple(one.deploy for one in VERSIONS[1:])


@dataclass
class Process:
    """Totals since it started, as on its page."""

    name: str
    version: Version
    started_at: float
    failed: float = 0.0
    answered: float = 0.0
    orders: float = 0.0
    checkouts: float = 0.0
    broken: float = 0.0
    times: np.ndarray = field(default_factory=lambda: np.zeros(len(BOUNDS) + 1))
    memory: float = 0.0

    def serve(self, chance: np.random.Generator, at: float, mean: float) -> None:
        """Some seconds' requests, about so many."""
        requests = int(chance.poisson(mean))
        errors = 0.04 if INCIDENT[0] <= at < INCIDENT[1] else self.version.errors
        slow = 0.11 * self.version.slower * (1 + 0.15 * float(np.sin(at / DAY * 2 * np.pi)))
        self.answered += requests
        self.failed += int(chance.binomial(requests, errors))
        self.orders += (bought := int(chance.binomial(requests, 0.05)))
        self.checkouts += bought + (broken := int(chance.binomial(bought, 0.012)))
        self.broken += broken
        at_most = [NormalDist(log(slow), 0.5).cdf(log(bound)) for bound in BOUNDS]
        self.times += chance.multinomial(requests, np.diff([0.0, *at_most, 1.0]))
        self.memory = self.version.memory * (1 + 0.04 * float(chance.standard_normal()))

    @property
    def shown(self) -> dict[str, Shown]:
        return {
            "errors": Counts(self.failed, self.answered),
            "latency-p95": Buckets(BOUNDS, tuple(map(float, self.times))),
            "checkout-failures": Counts(self.broken, self.checkouts),
            "memory": Values(self.memory),
            "orders": Counts(self.orders, self.answered),
        }


def plan(look: str) -> str:
    """The file, with a look so often."""
    return PLAN.replace("LOOK", look)


def looks(look: float, days: float = 7.0, requests: float = 30.0) -> Iterator[tuple[float, list[Process]]]:
    """All processes at each look; `requests` a second at the busiest time of the day, over all of them."""
    chance = np.random.default_rng(7)
    serving, beside = [Process(f"10.0.0.{number}:80", VERSIONS[0], BEGINS - DAY) for number in range(PROCESSES)], None
    coming = list(VERSIONS[1:])
    for number in range(int(days * DAY / look)):
        at = BEGINS + number * look
        if coming and at >= coming[0].at:
            beside = Process(f"10.0.1.{len(coming)}:80", coming.pop(0), at)
        if beside is not None and at - beside.started_at >= BESIDE_SECONDS:
            if beside.version.metric != "errors":
                named = [f"10.0.{len(coming) + 2}.{one}:80" for one in range(PROCESSES - 1)]
                serving = [beside, *(Process(name, beside.version, at) for name in named)]
            beside = None
        there = [*serving, *([beside] if beside is not None else [])]
        busy = 0.6 - 0.4 * float(np.cos((at - BEGINS) / DAY * 2 * np.pi))
        for one in there:
            one.serve(chance, at, requests * busy * look / len(there))
        yield at, there


def readings(look: float, days: float = 7.0) -> Iterator[Reading]:
    """As a source would tell it."""
    for at, there in looks(look, days):
        told = (Totals("production", one.name, at, one.version.name, one.started_at, one.shown) for one in there)
        yield Reading(at, tuple(told))


def write(folder: Path, look: int = 60) -> None:
    """The three files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shop.yml").write_text(plan(f"{look}s"))
    rows = [
        f"{datetime.fromtimestamp(one.at, UTC).isoformat()},{one.version},{one.ended},{one.metric}" for one in DEPLOYS
    ]
    (folder / "deploys.csv").write_text("\n".join(["at,version,ended,metric", *rows, ""]))
    with (folder / "week.jsonl").open("w") as file:
        for reading in readings(look):
            recorded.write(reading, file)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
