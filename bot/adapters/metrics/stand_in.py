"""A fleet of processes that exists only in memory: the MetricsSource of tests and of the simulation.

    fleet = StandInMetrics()
    shop = fleet.start("production", "shop-1", commit="3f2c9a1…", started_at=0.0)
    shop.count("errors", Counts(1, 100))
    shop.count("memory", Values(150e6))
    shop.fault = "did not answer within 2 s"

It keeps totals as a process would, so that everything from subtraction to verdict runs as it does on real pages. The
one thing to remember: a gauge is set, everything else adds up until `restart`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.adapters.metrics import Reading
from bot.analysis.series import Totals
from bot.analysis.shapes import Shown, Values
from bot.core.errors import Temporary
from bot.core.plan import Plan


@dataclass
class Process:
    """One process: what it has counted since it started, and why it cannot be read, if it cannot."""

    environment: str
    name: str
    commit: str
    started_at: float | None
    shown: dict[str, Shown] = field(default_factory=dict)
    fault: str = ""

    def count(self, metric: str, more: Shown) -> None:
        """Adds to a metric's totals; sets a gauge."""
        before = self.shown.get(metric)
        self.shown[metric] = more if before is None or isinstance(more, Values) else before + more

    def restart(self, at: float) -> None:
        """Everything begins at nothing again."""
        self.started_at = None if self.started_at is None else at
        self.shown = {}


class StandInMetrics:
    """Processes by environment and name. `fault`: why the discovery fails, while it does."""

    def __init__(self) -> None:
        self.processes: dict[tuple[str, str], Process] = {}
        self.fault = ""

    def start(self, environment: str, name: str, *, commit: str, started_at: float | None = None) -> Process:
        process = self.processes[environment, name] = Process(environment, name, commit, started_at)
        return process

    def stop(self, environment: str, name: str) -> None:
        """The discovery does not list it any more."""
        self.processes.pop((environment, name), None)

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        if self.fault:
            raise Temporary(f"no processes to read: {self.fault}")
        there = [process for process in self.processes.values() if process.environment in environments]
        names = {metric.name for metric in plan.metrics}
        return Reading(
            at,
            tuple(_totals(process, names, at) for process in there if not process.fault),
            {process.name: process.fault for process in there if process.fault},
        )

    async def past(
        self, _plan: Plan, _environments: Sequence[str], _since: float, _until: float, _every: float
    ) -> tuple[Reading, ...]:
        """It only knows the present."""
        return ()


def _totals(process: Process, names: set[str], at: float) -> Totals:
    shown = {name: part for name, part in process.shown.items() if name in names}
    return Totals(process.environment, process.name, at, process.commit, process.started_at, shown)
