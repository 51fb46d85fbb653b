"""What one decision costs: commands a second with every commit on the disk, a look, and folding a long journal.

No process, no network: the real service, watch, judge and SQLite store (synchronous FULL), driven in a row. The commit
of a command is compared with the least that SQLite can do as durably: one row in one transaction, on the same disk, in
turn. To forget: the folder for temporary files may be memory on your machine, and then nothing is as slow as a disk.
"""

import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

from benchmarks.figures import Figure, Wishes, percentile
from bot.adapters.metrics.stand_in import StandInMetrics
from bot.analysis.shapes import Buckets, Counts, Values
from bot.core import commands as c
from bot.core.actors import SONGBIRD, Actor, Door
from bot.core.events import Recorded
from bot.core.evolve import fold
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.core.shown import TEXTS
from bot.engine.service import Service
from bot.engine.tasks import RunNow
from bot.engine.watch import Watch
from bot.plans import load
from bot.sandbox.demo import PLAN, PLAN_VARIABLES
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline

COMMANDS = 500
LOOKS = 500
EVENTS = 200
FOLDS = 50
CANARIES, CONTROLS = 2, 6
NEW, OLD = "c" * 40, "d" * 40
OPERATOR = Actor("bench", Door.SHELL)


async def run(_wishes: Wishes) -> AsyncIterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="songbird-bench-") as folder:
        path = Path(folder)
        async for figure in _commands(path):
            yield figure
        async for figure in _looks(path):
            yield figure
        async for figure in _folds(path):
            yield figure


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _commands(folder: Path) -> AsyncIterator[Figure]:
    """Hold and resume in turn: each an event, a row in the outbox, the projection and the timer."""
    with closing(SqliteStore(folder / "commands.db")) as store, closing(_bare(folder / "bare.db")) as bare:
        bench = Bench(store)
        await bench.on_staging()
        commands, rows = [], []
        for _ in range(COMMANDS):
            commands.append(await _seconds(bench.hold_or_resume))
            rows.append(await _seconds(lambda: _insert(bare)))
    ours, least = statistics.median(commands), statistics.median(rows)
    yield Figure("engine", "commands a second, each on the disk", COMMANDS / sum(commands))
    yield Figure("engine", "a command, median", ours * 1000, "ms")
    yield Figure("engine", "a command, p99", percentile(commands, 99) * 1000, "ms")
    yield Figure("engine", "one row in one SQLite transaction, median", least * 1000, "ms")
    yield Figure("engine", "a command / one row in one transaction", ours / least)


def _bare(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE rows (number INTEGER, body TEXT)")
    return connection


async def _insert(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO rows VALUES (?, ?)", [1, "x" * 200])
    connection.execute("COMMIT")


# ── looks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _looks(folder: Path) -> AsyncIterator[Figure]:
    """The watch's whole round: read, subtract, judge, commit the look, keep the samples; the source costs nothing."""
    with closing(SqliteStore(folder / "looks.db")) as store:
        bench = Bench(store)
        await bench.on_staging()
        fleet = StandInMetrics()
        for number in range(CANARIES + CONTROLS):
            commit = NEW if number < CANARIES else OLD
            fleet.start("staging" if number < CANARIES else "production", f"shop-{number}", commit=commit)
        watch = Watch(bench.service, lambda _plan: fleet, RunNow(), bench.clock)
        taken = []
        for _ in range(LOOKS):
            _count(fleet, bench.plan)
            bench.now += bench.plan.timing.look
            taken.append(await _seconds(lambda: watch.step(bench.now)))
        judged = store.look(bench.release)
    assert judged is not None, "nothing was looked at"
    what = f"{len(bench.plan.metrics)} metrics of {CANARIES + CONTROLS} processes"
    yield Figure("engine", f"a look at {what}, median", statistics.median(taken) * 1e6, "µs")
    yield Figure("engine", f"a look at {what}, p99", percentile(taken, 99) * 1e6, "µs")


def _count(fleet: StandInMetrics, plan: Plan) -> None:
    for process in fleet.processes.values():
        for metric in plan.metrics:
            process.count(metric.name, _shown(metric))


def _shown(metric: Metric) -> Counts | Values | Buckets:
    """Of a hundred requests, none of which failed."""
    match metric.source:
        case "quantile":
            return Buckets((0.01, 0.05, 0.1, 0.5), (20.0, 60.0, 15.0, 5.0, 0.0))
        case "gauge":
            return Values(0.2)
        case _:
            return Counts(20.0 if metric.worse == "lower" else 0.0, 100.0)


# ── journals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _folds(folder: Path) -> AsyncIterator[Figure]:
    with closing(SqliteStore(folder / "folds.db", synchronous="OFF")) as store:
        bench = Bench(store)
        await bench.on_staging()
        while len(store.journal(bench.release)) < EVENTS:
            await bench.hold_or_resume()
        journal = store.journal(bench.release)
        folds = [await _seconds(lambda: _fold(journal)) for _ in range(FOLDS)]
        reads = [await _seconds(lambda: Service(store, Inline()).release(bench.release)) for _ in range(FOLDS)]
    yield Figure("engine", f"folding {len(journal)} events, median", statistics.median(folds) * 1e6, "µs")
    yield Figure("engine", f"reading and folding {len(journal)} events, median", statistics.median(reads) * 1e6, "µs")


async def _fold(journal: list[Recorded]) -> None:
    fold(journal)


# ── what they share ──────────────────────────────────────────────────────────────────────────────────────────────────


class Bench:
    """A store, the service over it, and time that moves when it is told."""

    def __init__(self, store: SqliteStore) -> None:
        demo = dict.fromkeys(PLAN_VARIABLES, "http://127.0.0.1:1")
        self.plan = load(PLAN, demo)
        self.service = Service(store, Inline())
        self.now = 1_800_000_000.0
        self.release = ""
        self._held = False

    def clock(self) -> float:
        return self.now

    async def ask(self, command: c.Command, actor: Actor = SONGBIRD) -> None:
        self.now += 0.001
        answer = await self.service.handle(command, actor=actor, key=f"{self.now}", now=self.now)
        self.release = answer.release

    async def hold_or_resume(self) -> None:
        self._held = not self._held
        await self.ask(c.HoldRelease(self.release, "lunch") if self._held else c.ResumeRelease(self.release), OPERATOR)

    async def on_staging(self) -> None:
        """A release in its first step, deployed, exposed, asked about."""
        await self.ask(c.StageRelease("", self.plan.service, "v1.1.0", self.plan), OPERATOR)
        await self.ask(c.ReportPrepared(self.release, NEW, "v1.1.0", OLD, ()))
        for kind in TEXTS:
            await self.ask(c.ReportArtefact(self.release, kind, f"the {kind}", "template"))
        await self.ask(c.ReportDeployed(self.release, 1))
        await self.ask(c.ReportExposure(self.release, 2, 100.0))


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began
