"""A past, look by look: processes that count steadily, with nothing random in it.

    past = Past(); past.run("old", 4); past.go(60); past.run("new", 1, errors=0.05); past.go(60)

The one thing a reader could forget: what a process counts is a total since it started, as on a page.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.analysis.series import Totals
from bot.analysis.shapes import Counts, Shown, Values
from bot.core.plan import Plan
from bot.hindsight import Backtest, Deploy
from tests.support.scenario import START, written_plan

LOOK_SECONDS = 5.0
OLD, NEW = "1111111", "2222222"
MEMORY = {"name": "memory", "kind": "resource", "gauge": "m", "unit": "bytes", "limit": {"max": "400MB"}}


def plan(**changes: Any) -> Plan:
    written = written_plan(**changes)
    errors = {**written["metrics"][0], "alert": {"max": "1%"}}
    return Plan.model_validate({**written, "metrics": [errors, MEMORY], **changes})


@dataclass
class Process:
    name: str
    version: str
    errors: float
    requests: float
    memory: float
    counted: float = 0.0

    def shown(self) -> dict[str, Shown]:
        self.counted += self.requests
        return {"errors": Counts(int(self.counted * self.errors), int(self.counted)), "memory": Values(self.memory)}


@dataclass
class Past:
    """Looks at whatever runs, every 5 s."""

    plan: Plan = field(default_factory=plan)
    at: float = START
    there: list[Process] = field(default_factory=list)
    looks: list[tuple[float, tuple[Totals, ...]]] = field(default_factory=list)

    def run(self, version: str, count: int, errors: float = 0.003, requests: float = 500, memory: float = 2e8) -> None:
        """More processes, with requests a look."""
        names = [f"{version}-{len(self.there) + number}" for number in range(count)]
        self.there += [Process(name, version, errors, requests, memory) for name in names]

    def stop(self, version: str) -> None:
        self.there = [one for one in self.there if one.version != version]

    def go(self, looks: int) -> None:
        for _ in range(looks):
            self.at += LOOK_SECONDS
            self.looks.append((self.at, tuple(self._totals())))

    def _totals(self) -> Iterator[Totals]:
        for one in self.there:
            yield Totals("production", one.name, self.at, one.version, START, one.shown())

    def replayed(self, *deploys: Deploy) -> Backtest:
        found = Backtest(self.plan, deploys=deploys)
        for at, totals in self.looks:
            found.look(at, totals)
        return found.finish()
