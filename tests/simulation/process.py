"""The bot's process in a world: the real store, service and loops, born from the database file, ended by a crash.

Any statement of the writing connection may be the last one. The one thing to remember: nothing survives in memory; what
the next process knows, it reads from the file.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from bot.adapters.deploy import Deployer
from bot.core.plan import Plan
from bot.engine.absences import Absences
from bot.engine.bars import Bars
from bot.engine.checks import Checks
from bot.engine.clock import Clock
from bot.engine.drive import Step
from bot.engine.exposure import Reconciler
from bot.engine.outbox import Outbox
from bot.engine.performers import Performers, Systems
from bot.engine.rounds import DayTeller, Rounds
from bot.engine.scribe import Scribe
from bot.engine.service import Service
from bot.engine.watch import Watch
from bot.engine.words import Cards, Speaker
from bot.store.sqlite import SqliteStore
from tests.simulation.clockwork import Clockwork, Crash, Threads, pause
from tests.simulation.outside import Outside
from tests.simulation.studio import at_once
from tests.simulation.weather import Weather

P = ParamSpec("P")
T = TypeVar("T")

LEASE_SECONDS = 30.0
EDIT_SECONDS_MIN = 1.5
CARD_SECONDS = 30.0
"""The product compares its cards every two seconds."""

IDLE_SECONDS_MAX = 10.0
"""The product's loops look around every second; that often would be most of the simulation's work."""

SLOW_WRITE_SECONDS_MAX = 0.2
AT_COMMIT = 10.0
"""How much likelier a crash is around a commit than around another statement: that is where mistakes hide."""


class Tripwire:
    """A connection whose next statement may be the process's last: just before it runs, or just after."""

    def __init__(self, connection: Any, clock: Clockwork, weather: Weather) -> None:
        self.connection = connection
        self._clock = clock
        self._weather = weather

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def execute(self, sql: str, *args: Any) -> Any:
        self._trip(sql)
        done = self.connection.execute(sql, *args)
        self._trip(sql)
        return done

    def executemany(self, sql: str, rows: Any) -> Any:
        self._trip(sql)
        return self.connection.executemany(sql, rows)

    def _trip(self, sql: str) -> None:
        if sql.startswith("ROLLBACK"):
            return
        likely = self._weather.crash_at_statement * (AT_COMMIT if sql == "COMMIT" else 1.0)
        if self._clock.chance(likely):
            raise Crash(" ".join(sql.partition("sqlite_utils_")[0].split())[:60])


class Writer:
    """`bot.store.writer.Writes` in virtual time: a write may have to wait for a moment."""

    def __init__(self, clock: Clockwork, weather: Weather) -> None:
        self._clock = clock
        self._weather = weather

    async def run(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._clock.chance(self._weather.slow_writes):
            await pause(self._clock.dice.random() * SLOW_WRITE_SECONDS_MAX)
        return write(*args, **kwargs)

    async def bulk(self, write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.run(write, *args, **kwargs)

    async def close(self) -> None:
        pass


class Process:
    """One life of the bot."""

    def __init__(
        self, path: Path, clock: Clockwork, weather: Weather, outside: Outside, plans: Mapping[str, Plan]
    ) -> None:
        self._clock = clock
        self.ended = False
        self._store = SqliteStore(path, synchronous="OFF")
        self._store._writer.conn = Tripwire(self._store._writer.conn, clock, weather)  # type: ignore[assignment]
        self.threads = Threads(clock, done=self.wake)
        self.service = Service(self._store, Writer(clock, weather), on_events=self.wake)
        self.bars = Bars(self.service, plans)
        self.absences = Absences(self.service, plans)
        self._plans = plans
        self._turn_at: dict[str, float] = {}
        self._steps = self._compose(outside)
        self.wake()

    def _compose(self, outside: Outside) -> Mapping[str, Step]:
        service, threads, wall = self.service, self.threads, self._clock.wall

        def deployer_of(_release: str) -> Deployer | None:
            return outside.deployer

        def systems_of(_plan: Plan) -> Systems:
            return Systems(outside.repository, outside.deployer, outside.incidents)

        checks = Checks(service, lambda _plan: outside.tester, threads, wall)
        speaker = Speaker(service, outside.chat)
        scribe = Scribe(service, outside.studio, wall, at_once)
        teller = DayTeller(service, outside.chat, outside.studio, wall, at_once)
        performers = Performers(service, systems_of, scribe, speaker, teller, outside.directory, wall)
        return {
            "exposure": Reconciler(service, deployer_of, threads, wall).step,
            "checks": checks.step,
            "watch": Watch(service, lambda _plan: outside.fleet, threads, wall, checks.results).step,
            "clock": Clock(service).step,
            "bars": self.bars.step,
            "rounds": Rounds(service, self._plans).step,
            "outbox": Outbox(service, performers.table(), threads, wall, LEASE_SECONDS).step,
            "cards": Cards(service, outside.chat, threads, wall, EDIT_SECONDS_MIN, CARD_SECONDS).step,
        }

    def end(self) -> None:
        """As a process ends: no word to anybody."""
        self.ended = True
        self.threads.drop()
        tripwire: Any = self._store._writer.conn
        self._store._writer.conn = tripwire.connection
        self._store.close()

    # ── turning the loops, as `bot.engine.drive` does ────────────────────────────────────────────────────────────────

    def wake(self) -> None:
        """Something was committed, or a task has ended: every loop looks, in any order."""
        names = list(self._steps)
        self._clock.dice.shuffle(names)
        for name in names:
            self._turn(name, 0.0)

    def _turn(self, name: str, seconds: float) -> None:
        at = self._clock.now + seconds
        if self._turn_at.get(name, float("inf")) > at:
            self._turn_at[name] = at
            self._clock.after(seconds, lambda: self._step(name, at))

    def _step(self, name: str, at: float) -> None:
        if self.ended or self._turn_at.get(name) != at:
            return
        del self._turn_at[name]
        if f"loop/{name}" in self.threads:  # a write of its last step is slow
            self._turn(name, SLOW_WRITE_SECONDS_MAX / 10)
        else:
            self.threads.start_now(f"loop/{name}", self._drive(name))

    async def _drive(self, name: str) -> None:
        due = await self._steps[name](self._clock.wall())
        seconds = IDLE_SECONDS_MAX if due is None else due - self._clock.wall()
        self._turn(name, min(max(0.01, seconds), IDLE_SECONDS_MAX))
