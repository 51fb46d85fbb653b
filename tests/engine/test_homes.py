"""Home tabs: shown when opened, again when something changed, seldom enough, and never in anybody's way."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.adapters.chat import Posted
from bot.core.bars import LockService, UnlockService
from bot.core.commands import CancelRelease, HoldRelease
from bot.core.errors import AdapterError, Temporary
from bot.engine.absences import Absences
from bot.engine.bars import Bars
from bot.engine.homes import LATELY_SECONDS, REFRESH_SECONDS_MIN, Homes, Sources
from bot.engine.scribe import Aside
from bot.store.ports import Message, Recorded
from tests.engine.engine_fixtures import Engine, at_once
from tests.support.scenario import ADA, PRIYA, Scenario, plan

PLANS = {"shop": plan()}


@dataclass
class Pages:
    """Every view that was published, in order. `trouble` is raised instead; `open` lets calls through."""

    shown: list[tuple[str, str]] = field(default_factory=list)
    trouble: AdapterError | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.open.set()

    async def publish(self, person: str, view: dict[str, Any]) -> None:
        await self.open.wait()
        if self.trouble is not None:
            raise self.trouble
        self.shown.append((person, str(view)))

    async def link(self, message: Posted) -> str:
        return f"https://acme.slack.com/archives/{message.channel}/{message.ts}"

    @property
    def people(self) -> list[str]:
        return [person for person, _ in self.shown]


@dataclass
class Beside:
    """The thread for long reads: what is given to it is read at once, and handed back when `back` is called."""

    reads: bool = False
    handed: list[asyncio.Event] = field(default_factory=list)

    async def __call__(self, work: Callable[[], Any]) -> Any:
        self.reads = True
        found = work()
        self.reads = False
        self.handed.append(asyncio.Event())
        await self.handed[-1].wait()
        return found

    def back(self) -> None:
        for one in self.handed:
            one.set()


async def nobody(_group: str) -> frozenset[str]:
    return frozenset()


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def bars(engine: Engine) -> Bars:
    return Bars(engine.service, PLANS)


@pytest.fixture
def homes(engine: Engine, pages: Pages, bars: Bars) -> Homes:
    return homes_of(engine, pages, bars, at_once)


def homes_of(engine: Engine, pages: Pages, bars: Bars, aside: Aside) -> Homes:
    sources = Sources(engine.service, bars, Absences(engine.service, PLANS), PLANS, engine.store.messages, nobody)
    return Homes(sources, pages, engine.tasks, engine.clock, aside)


async def opened(engine: Engine, homes: Homes, *people: str) -> None:
    """They have looked, and every Home is as things are."""
    for person in people:
        homes.opened(person)
        await engine.settle()
    await engine.run(homes.step, REFRESH_SECONDS_MIN + 2 * len(people))


async def lock(engine: Engine, bars: Bars) -> None:
    await bars.ask(LockService("shop", "moving"), actor=ADA, key=None, now=engine.now)


async def unlock(engine: Engine, bars: Bars) -> None:
    await bars.ask(UnlockService("shop", "moved"), actor=ADA, key=None, now=engine.now)


async def test_whoever_opens_home_sees_it_at_once_and_once(engine: Engine, homes: Homes, pages: Pages) -> None:
    engine.has(Scenario().in_production())
    await opened(engine, homes, "U0ADA")
    assert pages.people == ["U0ADA"]
    assert "shop-1" in pages.shown[0][1]


async def test_what_has_ended_is_read_beside_the_loop(
    engine: Engine, pages: Pages, bars: Bars, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside, journal = Beside(), engine.store.journal

    def read(release: str, after: int = 0) -> list[Recorded]:
        assert beside.reads, f"the journal of {release} is read on the loop"
        return journal(release, after)

    engine.has(Scenario().staged().when(CancelRelease("shop-1", "the wrong tag"), ADA))
    monkeypatch.setattr(engine.store, "journal", read)
    homes_of(engine, pages, bars, beside).opened("U0ADA")
    await engine.settle()
    assert pages.shown == []
    beside.back()
    await engine.settle()
    assert "shop-1" in pages.shown[0][1]


async def test_an_older_picture_never_stands_where_a_newer_one_was(engine: Engine, pages: Pages, bars: Bars) -> None:
    """Neither by a change that comes while one is read, nor by opening it again."""
    engine.has(Scenario().in_production())
    beside = Beside()
    homes = homes_of(engine, pages, bars, beside)
    homes.opened("U0ADA")
    await engine.settle()
    await engine.ask(HoldRelease("shop-1", "look first"), ADA)
    await engine.turn(homes.step, 1)
    homes.opened("U0ADA")
    await engine.run(homes.step, 2 * REFRESH_SECONDS_MIN)
    assert len(beside.handed) == 1, "one person's pictures are made one after the other"
    for _ in range(3):
        beside.back()
        await engine.run(homes.step, REFRESH_SECONDS_MIN + 1)
    assert ["look first" in view for _, view in pages.shown] == [False, True]


async def test_a_change_is_shown_to_those_who_have_opened_it_and_to_nobody_else(
    engine: Engine, homes: Homes, pages: Pages, bars: Bars
) -> None:
    engine.has(Scenario().in_production())
    await opened(engine, homes, "U0ADA", "U0PRIYA")
    await lock(engine, bars)
    await engine.run(homes.step, 10)
    assert sorted(pages.people) == ["U0ADA", "U0ADA", "U0PRIYA", "U0PRIYA"]
    assert all("lock-1" in view for _, view in pages.shown[2:])


async def test_changes_that_come_close_together_are_shown_once_as_they_ended(
    engine: Engine, homes: Homes, pages: Pages, bars: Bars
) -> None:
    engine.has(Scenario().in_production())
    await opened(engine, homes, "U0ADA")
    await lock(engine, bars)
    await engine.turn(homes.step, 1)
    for _ in range(3):
        await unlock(engine, bars)
        await engine.turn(homes.step, 0.5)
        await lock(engine, bars)
        await engine.turn(homes.step, 0.5)
    await engine.run(homes.step, REFRESH_SECONDS_MIN + 2)
    assert len(pages.shown) == 3
    assert "lock-4" in pages.shown[-1][1]


async def test_two_people_are_never_published_to_in_the_same_second(
    engine: Engine, homes: Homes, pages: Pages, bars: Bars
) -> None:
    engine.has(Scenario().in_production())
    people = [f"U0{number}" for number in range(10)]
    await opened(engine, homes, *people)
    await lock(engine, bars)
    before = len(pages.shown)
    for second in range(1, 11):
        await engine.turn(homes.step, 0.5)
        await engine.turn(homes.step, 0.5)
        assert len(pages.shown) - before <= second
    assert sorted(pages.people[before:]) == people


async def test_what_has_not_changed_the_look_of_it_is_not_published(engine: Engine, homes: Homes, pages: Pages) -> None:
    """Time goes by, and nothing on Home ticks."""
    engine.has(Scenario().in_production().held(20))
    await opened(engine, homes, "U0ADA")
    await engine.run(homes.step, 300, every=5)
    assert len(pages.shown) == 1


async def test_a_home_that_failed_is_shown_with_the_next_change(
    engine: Engine, homes: Homes, pages: Pages, bars: Bars
) -> None:
    engine.has(Scenario().in_production())
    await opened(engine, homes, "U0ADA")
    pages.trouble = Temporary("Slack is down")
    await lock(engine, bars)
    await engine.run(homes.step, 30)
    pages.trouble = None
    assert len(pages.shown) == 1
    await engine.ask(HoldRelease("shop-1", "look first"), ADA)
    await engine.run(homes.step, 10)
    assert len(pages.shown) == 2
    assert "lock-1" in pages.shown[-1][1]
    assert "look first" in pages.shown[-1][1]


async def test_when_slack_asks_for_a_pause_nobody_is_published_to(
    engine: Engine, homes: Homes, pages: Pages, bars: Bars
) -> None:
    engine.has(Scenario().in_production())
    await opened(engine, homes, "U0ADA", "U0PRIYA")
    pages.trouble = Temporary("ratelimited", retry_after_seconds=30)
    await lock(engine, bars)
    await engine.turn(homes.step, 1)
    pages.trouble = None
    await engine.run(homes.step, 25)
    assert len(pages.shown) == 2
    await engine.run(homes.step, 10)
    assert len(pages.shown) == 3


async def test_a_slack_that_does_not_answer_delays_no_step(
    engine: Engine, homes: Homes, pages: Pages, bars: Bars
) -> None:
    engine.has(Scenario().in_production())
    await opened(engine, homes, "U0ADA", "U0PRIYA")
    pages.open.clear()
    await lock(engine, bars)
    async with asyncio.timeout(1):
        await engine.run(homes.step, 10)
    homes.opened("U0ADA")
    pages.open.set()
    await engine.settle()
    await engine.run(homes.step, 10)
    assert pages.people.count("U0ADA") == 3, "and opening it meanwhile is answered when it can be"


async def test_whoever_has_not_opened_it_lately_is_not_kept_in_step(
    engine: Engine, homes: Homes, pages: Pages, bars: Bars
) -> None:
    engine.has(Scenario().in_production())
    await opened(engine, homes, "U0ADA")
    engine.now += LATELY_SECONDS
    await lock(engine, bars)
    assert await engine.turn(homes.step) is None
    assert len(pages.shown) == 1


async def test_home_leads_to_the_question_that_waits_for_whoever_looks(
    engine: Engine, homes: Homes, pages: Pages
) -> None:
    engine.has(Scenario().on_staging())
    for kept, version, ts in (("card", 1, "1.1"), ("approval", 9, "1.2")):
        message = Message(f"{kept}/shop-1", "shop-1", kept, version, "C0RELEASES", ts, "")
        with engine.store.transaction() as t:
            t.save_message(message)
    await opened(engine, homes, PRIYA.id, "U0QUINN")
    mine, others = (view for _, view in pages.shown)
    assert "Waiting for you" in mine
    assert "https://acme.slack.com/archives/C0RELEASES/1.2" in mine
    assert "Waiting for you" not in others


async def test_ending_a_lock_is_offered_to_those_who_may(
    engine: Engine, homes: Homes, pages: Pages, bars: Bars
) -> None:
    await lock(engine, bars)
    await opened(engine, homes, "U0ADA", "U0QUINN")
    operator, other = (view for _, view in pages.shown)
    assert "Unlock…" in operator
    assert "lock-1" in other
    assert "Unlock…" not in other
