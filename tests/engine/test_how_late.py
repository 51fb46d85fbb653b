"""How late looks are: what is due and not taken, since when it is due."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.core import commands as c
from tests.engine.engine_fixtures import Engine
from tests.engine.test_watch import LOOK_SECONDS, World
from tests.support.scenario import ADA, Scenario


@pytest.fixture
def world(engine: Engine) -> World:
    engine.has(Scenario().on_staging().approved().held(60).deployed().exposed())
    return World(engine)


async def test_how_late_looks_are_is_told_by_the_one_that_is_due_longest(world: World) -> None:
    engine, watch = world.engine, world.watch
    assert watch.late_seconds(engine.now) == 0.0, "nobody is looked at"
    await world.look(seconds=0.0)
    (next_at,) = (one.next_at for one in watch._watched.values())
    assert watch.late_seconds(next_at) == 0.0
    assert watch.late_seconds(next_at + 2.5) == 2.5
    await engine.turn(watch.step, next_at + 2.5 - engine.now)
    assert watch.late_seconds(engine.now) == 0.0, "it was taken"
    world.source.hangs = asyncio.Event()
    await world.look()
    assert watch.late_seconds(engine.now) == 0.0, "it has as long as until the next one"
    await world.look()
    await world.look()
    assert LOOK_SECONDS <= watch.late_seconds(engine.now) <= 2 * LOOK_SECONDS


async def test_a_first_look_is_late_since_its_release_was_there_to_be_looked_at(world: World) -> None:
    engine, watch = world.engine, world.watch
    waiting = asyncio.Event()

    async def aside(work: Callable[[], Any]) -> Any:
        await waiting.wait()
        return work()

    watch._aside = aside
    for seconds in (0.0, 3.0):
        await world.look(seconds=seconds)
    assert watch.late_seconds(engine.now) == 3.0
    await engine.ask(c.HoldRelease("shop-1", "lunch"), ADA)
    await world.look(seconds=1.0)
    assert watch.late_seconds(engine.now) == 4.0, "it is looked at as before"
    waiting.set()
    await engine.settle()
    assert watch.late_seconds(engine.now) == 0.0


async def test_what_was_not_looked_at_for_a_while_is_not_late_for_all_of_it(world: World) -> None:
    engine, watch = world.engine, world.watch
    await world.look(seconds=0.0)
    known = watch._known["shop-1"]
    watch._known["shop-1"] = known._replace(version=0, is_watched=False)
    assert watch.late_seconds(engine.now + 3600) == 0.0
    world.source.hangs = asyncio.Event()
    await world.look(seconds=3600.0)
    assert watch.late_seconds(engine.now) == 0.0
    assert watch._known["shop-1"].since == engine.now
