"""The bot of `polling`, in a process of its own: real service, store, loops, judge and Prometheus client.

Who talks and who deploys is in memory. It begins with every release at its canary; `again` is a second start on the
same database, of which only the beginning is measured. Prints one JSON object. The one thing to remember: how late a
look is, is told by the time since the look before it, less what the plan asks for.
"""

import asyncio
import contextlib
import json
import math
import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientSession

from benchmarks.figures import percentile
from benchmarks.footprint import cpu_seconds, megabytes, own_megabytes
from benchmarks.polling_plan import NEW, OLD, plan_of
from bot.adapters.changes.stand_in import StandInChanges
from bot.adapters.charts.stand_in import StandInArtist
from bot.adapters.chat.stand_in import StandInChat, StandInDirectory, StandInPictures
from bot.adapters.deploy.stand_in import Environment, StandInDeployer
from bot.adapters.incident.stand_in import StandInIncidents
from bot.adapters.metrics import MetricsSource, Reading
from bot.adapters.tour.stand_in import StandInTours
from bot.adapters.writer.template import Template
from bot.app import Adapters
from bot.core import commands as c
from bot.core.actors import Actor, Door
from bot.core.contents import Change
from bot.core.errors import AdapterError
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.engine.clock import Clock
from bot.engine.drive import Loops
from bot.engine.exposure import Reconciler
from bot.engine.outbox import Outbox
from bot.engine.performers import Performers, Systems
from bot.engine.rounds import DayTeller
from bot.engine.scribe import Scribe, Studio
from bot.engine.service import Service
from bot.engine.tasks import Tasks
from bot.engine.watch import Watch
from bot.engine.words import Cards, Speaker
from bot.logs import configure_logs
from bot.store.ports import Message
from bot.store.sqlite import SqliteStore
from bot.store.writer import Writer
from tests.contracts.store_fixtures import keep_in
from tests.support.scenario import Scenario

T = TypeVar("T")

OPERATOR = Actor("U0ADA", Door.SHELL)
EDITS_PER_MINUTE, CARD_SECONDS_MIN, LEASE_SECONDS = 40, 2.0, 30.0
"""The product's own."""
TICK_SECONDS, PRESS_SECONDS = 0.01, 0.25
FOUND_SECONDS_MAX = 120.0


@dataclass(frozen=True)
class Wanted:
    """What to do. `fleet` is where the pages are, `server` is Prometheus' process."""

    database: str
    url: str
    fleet: str
    server: int
    releases: int
    look_seconds: float
    seconds: float
    again: bool = False


@dataclass
class Polls:
    """Every question asked of Prometheus, and what came of it."""

    adapters: Adapters
    asked_at: dict[str, list[float]] = field(default_factory=dict)
    took: list[tuple[float, float]] = field(default_factory=list)
    """When a look was answered, and after how long."""
    failed: Counter[str] = field(default_factory=Counter)
    pasts: list[float] = field(default_factory=list)
    in_flight: int = 0
    in_flight_most: int = 0

    def source_of(self, plan: Plan) -> MetricsSource:
        return _Counted(self, self.adapters.source_of(plan))

    @contextlib.contextmanager
    def flying(self) -> Iterator[None]:
        self.in_flight += 1
        self.in_flight_most = max(self.in_flight_most, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1


@dataclass
class _Counted:
    polls: Polls
    source: MetricsSource

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        began = time.time()
        self.polls.asked_at.setdefault(plan.service, []).append(began)
        with self.polls.flying():
            try:
                found = await self.source.read(plan, environments, at)
            except AdapterError as error:
                self.polls.failed[str(error)] += 1
                raise
        if found.failure:
            self.polls.failed[found.failure.partition(":")[0]] += 1
        else:
            self.polls.took.append((time.time(), time.time() - began))
        return found

    async def past(
        self, plan: Plan, environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        with self.polls.flying():
            found = await self.source.past(plan, environments, since, until, every)
        self.polls.pasts.append(time.time())
        return found


class Bot:
    """Composed as `bot.app` does it."""

    def __init__(self, wanted: Wanted, session: ClientSession) -> None:
        self.loops = Loops(time.time)
        self.store = SqliteStore(Path(wanted.database))
        self.writer = Writer()
        self.service = Service(self.store, self.writer, on_events=self.loops.wake)
        self.tasks = Tasks(failed=_report, done=self.loops.ended)
        self.chat, self.deployer = StandInChat(), StandInDeployer()
        self.polls = Polls(Adapters(session, {}))
        changes = StandInChanges([Change(OLD, "the old one", "Ada", "", 1), Change(NEW, "a new one", "Bea", "", 2)])
        changes.tags = {"v1.0.0": OLD, "v1.1.0": NEW}
        systems = Systems(changes, self.deployer, StandInIncidents())
        studio = Studio(Template(), StandInArtist("no charts here"), StandInTours(), StandInPictures(), _names)
        service, clock, tasks = self.service, time.time, self.tasks
        scribe, teller = Scribe(service, studio, clock, _aside), DayTeller(service, self.chat, studio, clock, _aside)
        speaker = Speaker(service, self.chat)
        performers = Performers(service, lambda _: systems, scribe, speaker, teller, StandInDirectory(), clock)
        self.steps = {
            "exposure": Reconciler(service, lambda _: self.deployer, tasks, clock).step,
            "watch": Watch(service, self.polls.source_of, tasks, clock).step,
            "clock": Clock(service).step,
            "outbox": Outbox(service, performers.table(), tasks, clock, LEASE_SECONDS).step,
            "cards": Cards(service, self.chat, tasks, clock, 60 / EDITS_PER_MINUTE, CARD_SECONDS_MIN).step,
        }

    async def run(self) -> None:
        loops = (self.loops.drive(name, step) for name, step in self.steps.items())
        await asyncio.gather(self.service.read_ahead(asyncio.to_thread), *loops)

    async def ask(self, command: c.Command) -> str:
        return (await self.service.handle(command, actor=OPERATOR, key=None, now=time.time())).release


async def main(wanted: Wanted) -> None:
    configure_logs("critical", "json")
    async with ClientSession() as session:
        bot = Bot(wanted, session)
        for number in range(wanted.releases):
            bot.deployer.environments[f"service-{number}", "production"] = Environment({NEW: 10.0, OLD: 90.0}, OLD)
        if not wanted.again:
            _prepare(bot, wanted)
        print(json.dumps(await Measuring(bot, wanted, session).run()), flush=True)


def _prepare(bot: Bot, wanted: Wanted) -> None:
    """Every release at its canary, as if all had been brought there a moment ago, with a card each."""
    now = time.time()
    with bot.store.transaction() as t:
        for number in range(wanted.releases):
            plan = plan_of(f"service-{number}", wanted.url, wanted.look_seconds)
            one = Scenario(plan, f"{plan.service}-1", now).staged().prepared().deployed().exposed()
            keep_in(t, one.journal)
            t.save_message(Message(f"{one.id}/card", one.id, "card", 0, plan.channels.releases, f"{number}.0", ""))


class Measuring:
    """The seconds after the start, then a steady time, then a canary that breaks."""

    def __init__(self, bot: Bot, wanted: Wanted, session: ClientSession) -> None:
        self._bot, self._wanted, self._session = bot, wanted, session
        self._delays: list[float] = []
        self._acks: list[float] = []

    async def run(self) -> Mapping[str, Any]:
        beside = [asyncio.create_task(work) for work in (self._tick(), self._press(), self._bot.run())]
        began = time.time()
        found = await self._start(began)
        if not self._wanted.again:
            found |= await self._steady()
            found |= await self._break(f"service-{self._wanted.releases // 2}")
        for task in beside:
            task.cancel()
        return found

    async def _start(self, began: float) -> dict[str, Any]:
        """Two intervals: all that a restart brings has happened, unless it is too much."""
        polls = self._bot.polls
        await asyncio.sleep(max(2 * self._wanted.look_seconds, 20.0))
        firsts = [asked[0] - began for asked in polls.asked_at.values()]
        return {
            "start_looked_at": len(firsts),
            "start_last_first_look": max(firsts),
            "start_worst_delay": max(self._delays),
            "start_in_flight": polls.in_flight_most,
            "start_pasts": len(polls.pasts),
            "start_failed": sum(polls.failed.values()),
        }

    async def _steady(self) -> dict[str, Any]:
        polls, wanted = self._bot.polls, self._wanted
        polls.in_flight_most = 0
        polls.failed.clear()
        self._delays.clear()
        self._acks.clear()
        database = sqlite3.connect(f"file:{wanted.database}?mode=ro", uri=True)
        began, own, server, size = time.time(), cpu_seconds(os.getpid()), cpu_seconds(wanted.server), _bytes(database)
        oldest = []
        while time.time() - began < wanted.seconds:
            await asyncio.sleep(1.0)
            oldest.append(self._oldest_look(time.time(), database))
        seconds = time.time() - began
        late = [
            max(0.0, later - earlier - wanted.look_seconds)
            for asked in polls.asked_at.values()
            for earlier, later in pairwise(asked)
            if later >= began
        ]
        took = [spent for at, spent in polls.took if at >= began]
        return {
            "looks": len(took) / seconds,
            "late": [percentile(late or [math.inf], 50), percentile(late or [math.inf], 99)],
            "answered": [percentile(took or [math.inf], 50), percentile(took or [math.inf], 99)],
            "oldest": max(oldest),
            "failed": dict(polls.failed.most_common(3)),
            "in_flight": polls.in_flight_most,
            "cpu": (cpu_seconds(os.getpid()) - own) / seconds,
            "server_cpu": (cpu_seconds(wanted.server) - server) / seconds,
            "megabytes": own_megabytes(),
            "server_megabytes": megabytes(wanted.server),
            "database_megabytes": _bytes(database) / 1e6,
            "growth_an_hour": (_bytes(database) - size) / 1e6 / seconds * 3600,
            "delay": [percentile(self._delays, 50), percentile(self._delays, 99), max(self._delays)],
            "acks": [percentile(self._acks, 50), percentile(self._acks, 99), max(self._acks)],
        }

    def _oldest_look(self, now: float, database: sqlite3.Connection) -> float:
        (at,) = database.execute("SELECT min(at) FROM looks").fetchone()
        return now - float(at)

    async def _break(self, service: str) -> dict[str, Any]:
        async with self._session.get(f"http://{self._wanted.fleet}/break/{service}") as answer:
            broken_at = float(await answer.json())
        decided_at = None
        while time.time() - broken_at < FOUND_SECONDS_MAX:
            release = self._bot.service.peek(f"{service}-1")
            if release is not None and release.phase is not Phase.PROVING:
                decided_at = decided_at or time.time()
                if not self._bot.deployer.environments[service, "production"].exposures.get(NEW):
                    return {"found": decided_at - broken_at, "back": time.time() - decided_at}
            await asyncio.sleep(0.005)
        return {"found": None, "back": None}

    async def _tick(self) -> None:
        """How late the loop comes back to whoever sleeps."""
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_SECONDS)
            self._delays.append(time.perf_counter() - began - TICK_SECONDS)

    async def _press(self) -> None:
        """Somebody holds a release, and lets it go on: what Slack's acknowledgement waits for."""
        number = 0
        while True:
            await asyncio.sleep(PRESS_SECONDS)
            release = f"service-{number // 2 % self._wanted.releases}-1"
            command = c.HoldRelease(release, "lunch") if number % 2 == 0 else c.ResumeRelease(release)
            began = time.perf_counter()
            await self._bot.ask(command)
            self._acks.append(time.perf_counter() - began)
            number += 1


def _bytes(database: sqlite3.Connection) -> int:
    """Of the database with what is still in its log."""
    (pages,), (size,) = (database.execute(f"PRAGMA {asked}").fetchone() for asked in ("page_count", "page_size"))
    return int(pages) * int(size)


async def _names(people: Collection[str]) -> Mapping[str, str]:
    return {person: person for person in people}


async def _aside(work: Callable[[], T]) -> T:
    return work()


def _report(name: str, error: BaseException) -> None:
    print(name, repr(error), file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main(Wanted(**json.loads(sys.argv[1]))))
