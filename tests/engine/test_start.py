"""A start over many moving releases: journals are read beside the loops, and nobody waits for all of them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.chat.stand_in import StandInChat
from bot.core import commands as c
from bot.core import events as e
from bot.core.errors import Misconfigured, Refused
from bot.engine import service
from bot.engine.exposure import Reconciler
from bot.engine.service import Service
from bot.engine.words import Cards
from bot.store.ports import Message
from bot.store.writer import Inline
from tests.engine.engine_fixtures import Engine, an_engine
from tests.support.scenario import ADA, START, Scenario, plan

NEWEST_FIRST = ["mail-1", "cart-1", "shop-1"]


class Later:
    """The place beside the loop: work that is asked for is done when the test says so."""

    def __init__(self) -> None:
        self._asked: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []

    def __call__(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        done = asyncio.get_running_loop().create_future()
        self._asked.append((work, done))
        return done

    async def do(self) -> None:
        """What was asked for, and what its asker does then."""
        await _settled()
        work, done = self._asked.pop(0)
        try:
            done.set_result(work())
        except sqlite3.OperationalError as error:
            done.set_exception(error)
        await _settled()


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Three releases in staging, exposed, and a service that was just started and reads them one by one."""
    monkeypatch.setattr(service, "READ_TOGETHER", 1)
    with an_engine(tmp_path, START) as engine:
        for name in reversed(NEWEST_FIRST):
            at = engine.has(Scenario(plan(service=name.partition("-")[0]), name).on_staging())
            with engine.store.transaction() as t:
                row = t.exposure(at.state.service, "staging")
                assert row is not None
                t.observe_exposure(row.service, row.environment, row.generation, row.percent, at.now)
        engine.service = Service(engine.store, Inline())
        yield engine


@pytest.fixture
async def later(engine: Engine) -> AsyncIterator[Later]:
    """The start has begun, and nothing is read yet."""
    place = Later()
    reading = asyncio.create_task(engine.service.read_ahead(place))
    await _settled()
    yield place
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


def moving(engine: Engine) -> list[str]:
    return [release.id for release in engine.service.moving()]


async def test_what_is_read_moves_while_the_rest_is_being_read(engine: Engine, later: Later) -> None:
    seen = [moving(engine)]
    for _ in NEWEST_FIRST:
        await later.do()
        seen.append(moving(engine))
    assert seen == [[], NEWEST_FIRST[:1], NEWEST_FIRST[:2], NEWEST_FIRST]


async def test_the_loops_read_no_journal_themselves_meanwhile(
    engine: Engine, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    await later.do()
    monkeypatch.setattr(engine.store, "journal", None)
    assert moving(engine) == NEWEST_FIRST[:1]


@pytest.mark.parametrize("is_moving", [True, False])
async def test_whoever_asks_for_many_has_them_read_beside_the_loop(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, is_moving: bool
) -> None:
    monkeypatch.setattr(service, "READ_HERE_MAX", 2)
    place = Later()
    engine.service = Service(engine.store, Inline(), aside=place)
    with monkeypatch.context() as shut:
        shut.setattr(engine.store, "journal", None)
        asking = asyncio.create_task(engine.service.releases(moving=is_moving, most=100))
        await _settled()
        assert not asking.done()
    await place.do()
    assert [release.id for release in await asking] == NEWEST_FIRST
    again = await engine.service.releases(moving=is_moving, most=100)
    assert [release.id for release in again] == NEWEST_FIRST, "what was read once is here"


async def test_the_one_that_is_meant_waits_for_no_other_reading(engine: Engine) -> None:
    engine.service = Service(engine.store, Inline(), aside=Later())
    found = await engine.service.releases(moving=True, most=2)
    assert [release.id for release in found] == NEWEST_FIRST[:2]


async def test_whenever_some_are_read_the_loops_are_woken(engine: Engine) -> None:
    woken: list[list[str]] = []
    engine.service = Service(engine.store, Inline(), on_events=lambda: woken.append(moving(engine)))
    place = Later()
    reading = asyncio.create_task(engine.service.read_ahead(place))
    for _ in NEWEST_FIRST:
        await place.do()
    await reading
    assert woken == [NEWEST_FIRST[:1], NEWEST_FIRST[:2], NEWEST_FIRST]


async def test_a_press_is_answered_meanwhile_and_its_release_moves_at_once(engine: Engine, later: Later) -> None:
    await engine.ask(c.HoldRelease("shop-1", "lunch"), ADA)
    assert moving(engine) == ["shop-1"]
    assert engine.release().held is not None
    for _ in NEWEST_FIRST:
        await later.do()
    assert moving(engine) == NEWEST_FIRST
    assert engine.release().held is not None
    with pytest.raises(Refused, match="held by Ada already"):
        await engine.ask(c.HoldRelease("shop-1", "tea"), ADA)
    assert len(engine.happened(e.ReleaseHeld)) == 1


@pytest.mark.usefixtures("later")
async def test_what_was_there_stays_there_whatever_is_forgotten(engine: Engine) -> None:
    """A release that comes and goes would have its looks and checks begun anew."""
    assert engine.release("shop-1").version > 0
    assert moving(engine) == ["shop-1"]
    engine.service._folded.clear()
    assert moving(engine) == ["shop-1"]


async def test_a_journal_that_cannot_be_read_does_not_end_the_reading_of_the_others(
    engine: Engine, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_release: str, after: int = 0) -> None:
        raise Misconfigured("it was written by a newer one")

    with monkeypatch.context() as broken:
        broken.setattr(engine.store, "journal", unreadable)
        await later.do()
    assert [name for name in NEWEST_FIRST if engine.service.is_unread(name)] == NEWEST_FIRST[1:]
    assert moving(engine) == []
    for _ in NEWEST_FIRST[1:]:
        await later.do()
    assert moving(engine) == NEWEST_FIRST[1:]


async def test_a_disk_that_fails_meanwhile_leaves_nobody_waiting(
    engine: Engine, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_release: str, after: int = 0) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(engine.store, "journal", failing)
        await later.do()
    assert not any(map(engine.service.is_unread, NEWEST_FIRST))
    assert moving(engine) == NEWEST_FIRST


async def test_an_exposure_that_is_as_it_should_be_waits_and_a_wish_does_not(engine: Engine, later: Later) -> None:
    asked: list[str] = []
    exposure = Reconciler(engine.service, asked.append, engine.tasks, engine.clock)
    await engine.turn(exposure.step)
    assert asked == []
    await engine.ask(c.RollBackRelease("cart-1", "carts are empty"), ADA)
    await engine.turn(exposure.step, 0.1)
    assert asked == ["cart-1"]
    await later.do()
    await engine.turn(exposure.step, 1.0)
    assert sorted(asked) == ["cart-1", "mail-1"]


async def test_a_card_is_compared_when_its_release_is_read(engine: Engine, later: Later) -> None:
    edited: list[str] = []

    def noted(_method: str, key: str) -> None:
        edited.append(key)

    with engine.store.transaction() as t:
        for name in NEWEST_FIRST:
            t.save_message(Message(f"card/{name}", name, "card", 0, "#releases", f"{name}.0", ""))
    cards = Cards(engine.service, StandInChat(noted), engine.tasks, engine.clock, 0.1, 2.0)
    await engine.turn(cards.step, 1.0)
    assert edited == []
    for read, name in enumerate(NEWEST_FIRST, 1):
        await later.do()
        await engine.turn(cards.step, 1.0)
        assert (edited[-1], len(edited)) == (f"card/{name}", read)
