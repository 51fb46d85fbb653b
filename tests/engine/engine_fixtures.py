"""What the tests of the loops share: the real store and service, virtual time, and work that runs on the event loop.

Time is `engine.now` and moves only when a test says so; work that a step has started goes as far as it can in
`settle`. The one thing a reader could forget: a journal comes from a `Scenario`, whose clock the engine follows.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.adapters.charts.stand_in import StandInArtist
from bot.adapters.chat.stand_in import StandInPictures
from bot.adapters.tour.stand_in import StandInTours
from bot.adapters.writer import Written
from bot.adapters.writer.template import Template
from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import SONGBIRD, Actor
from bot.core.effects import Effect
from bot.core.model import Release
from bot.engine.scribe import Scribe, Studio
from bot.engine.service import Service
from bot.engine.tasks import Tasks
from bot.store.ports import Claimed
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline
from bot.texts import Material
from tests.contracts.store_fixtures import keep
from tests.support.scenario import Scenario

Step = Callable[[float], Awaitable[float | None]]

ROUNDS = 20
"""Of the event loop: more than any piece of work here has steps, when nothing that it waits for is in its way."""


@dataclass
class Engine:
    """A store in a file, the service over it, and the bot's tasks. `failed` are the names of those that raised."""

    store: SqliteStore
    now: float
    service: Service = field(init=False)
    tasks: Tasks = field(init=False)
    failed: list[tuple[str, BaseException]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = Service(self.store, Inline())
        self.tasks = Tasks(failed=lambda name, error: self.failed.append((name, error)))

    def clock(self) -> float:
        return self.now

    async def settle(self) -> None:
        """Everything that runs goes on until it waits for something that only the test can bring."""
        for _ in range(ROUNDS):
            await asyncio.sleep(0)

    async def turn(self, step: Step, seconds: float = 0.0) -> float | None:
        """Time passes, the loop turns once, and what it started goes as far as it can."""
        self.now += seconds
        due = await step(self.now)
        await self.settle()
        return due

    async def run(self, step: Step, seconds: float, every: float = 1.0) -> None:
        """The loop turns again and again for so long."""
        until = self.now + seconds
        while self.now < until - 1e-6:
            await self.turn(step, every)

    async def ask(self, command: c.Command, by: Actor = SONGBIRD) -> None:
        await self.service.handle(command, actor=by, key=None, now=self.now)

    def want(self, *effects: Effect) -> None:
        """Rows in the outbox, asked for now."""
        with self.store.transaction() as t:
            t.enqueue(effects, self.now)

    def has(self, scenario: Scenario) -> Scenario:
        """The store as if the scenario had happened in it; the time is the scenario's."""
        keep(self.store, scenario.journal)
        self.now = scenario.now
        return scenario

    def release(self, name: str = "shop-1") -> Release:
        found = self.service.peek(name)
        assert found is not None
        return found

    def happened(self, kind: type[e.Event], name: str = "shop-1") -> list[e.Event]:
        return [one.event for one in self.store.journal(name) if isinstance(one.event, kind)]


@contextlib.contextmanager
def an_engine(folder: Path, now: float) -> Iterator[Engine]:
    store = SqliteStore(folder / "songbird.db", synchronous="OFF")
    try:
        yield Engine(store, now)
    finally:
        store.close()


def claimed(effect: Effect, *, attempt: int = 1, uncertain: bool = False) -> Claimed:
    """An effect as the outbox hands it to its performer."""
    return Claimed(effect, attempt, leased_until=0.0, uncertain=uncertain, wanted_at=0.0)


# ── who writes and draws ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class FakeModel:
    """Writes what it is told to, or raises it; remembers what it was asked."""

    text: str = "A better text."
    trouble: Exception | None = None
    asked: list[tuple[str, Material]] = field(default_factory=list)
    is_resting: bool = False

    async def write(self, kind: str, material: Material) -> Written:
        self.asked.append((kind, material))
        if self.trouble is not None:
            raise self.trouble
        return Written(self.text, "a-model", "e" * 12)

    async def answer(self, question: str, material: Material, person: str) -> AsyncGenerator[str, None]:
        self.asked.append((question, material))
        if self.trouble is not None:
            raise self.trouble
        yield self.text


async def called(people: Collection[str]) -> Mapping[str, str]:
    """Everybody is called after their id."""
    return {person: person.removeprefix("U0").title() for person in people}


async def at_once(work: Callable[[], Any]) -> Any:
    """There is no other thread in these tests."""
    return work()


def a_studio(**who: Any) -> Studio:
    """Templates, and stand-ins for all that is large; `who` takes the place of one of them."""
    parts = {
        "template": Template(),
        "artist": StandInArtist(),
        "tours": StandInTours(),
        "pictures": StandInPictures(),
        "names": called,
    }
    return Studio(**{**parts, **who})


def scribe_of(engine: Engine, studio: Studio) -> Scribe:
    return Scribe(engine.service, studio, engine.clock, at_once)
