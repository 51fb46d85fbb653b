"""What is asked of many journals: how many are read, and what is said of the others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core import commands as c
from bot.core.voices import Decision
from bot.engine.records import Records, followed_up
from tests.engine.engine_fixtures import Engine, an_engine, at_once
from tests.support.scenario import PRIYA, START, VICTOR, Scenario, plan

HERE = plan(stages=[{"name": "qa", "gates": [{"gate": "approval", "roles": {"vp-product": 1}}]}])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with an_engine(tmp_path, START) as found:
        yield found


def with_a_caveat(number: int, *, closed: bool = False) -> Scenario:
    at = Scenario(HERE, f"shop-{number}").staged().prepared().written()
    at.when(c.RaiseConcern(at.id, at.entry, "slow"), VICTOR)
    at.when(c.DecideConcern(at.id, 1, Decision.CAVEAT, "so be it"), PRIYA)
    return at.when(c.CloseFollowUp(at.id, 1), PRIYA) if closed else at


async def test_of_too_many_follow_ups_those_are_read_that_have_waited_longest(engine: Engine) -> None:
    for number in range(1, 6):
        engine.has(with_a_caveat(number, closed=number == 2))
    found, unread = followed_up(engine.service, "", 3)
    assert [release.id for release in found] == ["shop-4", "shop-3", "shop-1"]
    assert unread == 1
    every, unread = followed_up(engine.service, "shop", 5)
    assert [release.id for release in every] == ["shop-5", "shop-4", "shop-3", "shop-2", "shop-1"]
    assert unread == 0
    assert followed_up(engine.service, "blog", 5) == ([], 0)


async def test_follow_ups_are_read_beside_the_loop(engine: Engine) -> None:
    read = 0

    async def aside(work: Callable[[], Any]) -> Any:
        nonlocal read
        read += 1
        return await at_once(work)

    engine.has(with_a_caveat(1))
    releases, unread = await Records(engine.service, engine.clock, aside).followed_up("")
    assert ([release.id for release in releases], unread, read) == (["shop-1"], 0, 1)
