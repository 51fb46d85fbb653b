"""What is asked of many journals: how many are read, and what is said of the others."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core import commands as c
from bot.core.voices import Decision
from bot.engine.records import Records, added_up, followed_up
from tests.engine.engine_fixtures import Engine, an_engine, at_once
from tests.support.scenario import ADA, PRIYA, START, VICTOR, Scenario, plan

DAY = 86_400.0
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


def test_stats_of_a_service_are_held_against_its_newest_plan_and_its_own_days_before(engine: Engine) -> None:
    old, new = plan(targets={"review_time": "1m"}), plan(targets={"review_time": "4h", "deploys_per_week": 1})
    for number, (its, days, review) in enumerate(((old, 0, 60), (old, 1, 30), (new, 9, 120)), 1):
        told = Scenario(its, f"shop-{number}", START + days * DAY).on_staging().wait(review).approved().looked()
        told.when(c.CancelRelease(told.id, "enough"), ADA).exposed()
        engine.has(told.when(c.ReportUndone(told.id, told.entry)))
    found = added_up(engine.store, "shop", 8, START + 10 * DAY)
    (review,) = (one for one in found.scores["shop"] if one.measure.key == "review_time")
    assert (review.target, review.value, review.count) == (4 * 3600.0, 120.0, 1)
    assert (review.before, review.count_before) == (45.0, 2)
    assert found.staged == 1
    (deploys,) = (one for one in added_up(engine.store, "", 30, START + 10 * DAY).scores["shop"] if one.target == 1)
    assert (deploys.value, deploys.before) == (0.0, None), "there was no journal before"
    assert added_up(engine.store, "blog", 30, START).scores == {}


async def test_follow_ups_are_read_beside_the_loop(engine: Engine) -> None:
    read = 0

    async def aside(work: Callable[[], Any]) -> Any:
        nonlocal read
        read += 1
        return await at_once(work)

    engine.has(with_a_caveat(1))
    releases, unread = await Records(engine.service, engine.clock, aside).followed_up("")
    assert ([release.id for release in releases], unread, read) == (["shop-1"], 0, 1)
