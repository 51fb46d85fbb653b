"""Trying checks beside the looks: when, of what, what a look makes of it, and what a restart leaves behind."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.checks import Answer
from bot.adapters.checks.stand_in import StandInChecker
from bot.adapters.metrics.stand_in import StandInMetrics
from bot.analysis.shapes import Counts
from bot.core import commands as c
from bot.core import events as e
from bot.core.checks import Check
from bot.core.model import Phase
from bot.engine.checks import Checks
from bot.engine.watch import Watch
from tests.engine.engine_fixtures import Engine
from tests.support.scenario import ADA, Scenario, plan

ADDRESS = "http://production.shop.test/health"
BAD = Answer(passed=False, words="status 500 instead of 200")
LOOK_SECONDS = 5.0


class Checker(StandInChecker):
    """The stand-in, whose answers may hang."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs: asyncio.Event | None = None
        self.cancelled = 0
        self.raises: Exception | None = None

    async def run(self, check: Check, values: Mapping[str, str]) -> Answer:
        if self.hangs is not None:
            try:
                await self.hangs.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        if self.raises is not None:
            raise self.raises
        return await super().run(check, values)


@dataclass
class World:
    """A healthy canary in production, with one check."""

    engine: Engine
    source: StandInMetrics = field(default_factory=StandInMetrics)
    checker: Checker = field(default_factory=Checker)

    def __post_init__(self) -> None:
        for name, commit in (("canary", "c" * 40), ("control", "d" * 40)):
            self.source.start("production", name, commit=commit)
        self.restart()

    def restart(self) -> None:
        engine = self.engine
        self.checks = Checks(engine.service, lambda _plan: self.checker, engine.tasks, engine.clock)
        self.watch = Watch(engine.service, lambda _plan: self.source, engine.tasks, engine.clock, self.checks.results)

    async def look(self, times: int = 1) -> None:
        for _ in range(times):
            for process in self.source.processes.values():
                process.count("errors", Counts(0.0, 1000.0))
            await self.engine.turn(self.checks.step, LOOK_SECONDS)
            await self.engine.turn(self.watch.step)

    @property
    def waits(self) -> str:
        found = self.engine.store.look("shop-1")
        assert found is not None
        return "; ".join(one.words for one in found.verdict.findings if one.metric == "smoke")


def written(**more: Any) -> dict[str, Any]:
    return {"smoke": {"http": "http://{environment}.shop.test/health", "every": "20s", **more}}


def a_world(engine: Engine, **more: Any) -> World:
    shop = plan(checks=written(stages=["production"], **more))
    engine.has(Scenario(shop).on_staging().approved().held(60).deployed().exposed())
    return World(engine)


async def test_a_check_is_tried_as_often_as_its_plan_says_with_its_places_filled_in(engine: Engine) -> None:
    world = a_world(engine)
    await world.look(5)
    assert world.checker.asked == [ADDRESS] * 2


async def test_a_step_is_left_only_once_its_check_has_passed(engine: Engine) -> None:
    world = a_world(engine)
    world.checker.answers[ADDRESS] = BAD
    await world.look(20)
    assert world.waits == "smoke: status 500 instead of 200"
    assert len(engine.happened(e.StepEntered)) == 2

    del world.checker.answers[ADDRESS]
    await world.look(20)
    assert len(engine.happened(e.StepEntered)) == 3


async def test_after_so_many_failures_the_traffic_goes_back(engine: Engine) -> None:
    world = a_world(engine, fails_after=2)
    world.checker.answers[ADDRESS] = BAD
    await world.look(4)
    assert engine.release().phase is Phase.PROVING

    await world.look(2)
    assert engine.release().phase is Phase.ROLLING_BACK
    (back,) = engine.happened(e.RollbackStarted)
    assert "status 500" in str(back)


async def test_a_run_that_hangs_holds_up_no_look_and_ends_with_its_entry(engine: Engine) -> None:
    world = a_world(engine)
    world.checker.hangs = asyncio.Event()
    await world.look(20)
    assert world.waits == "smoke: no result yet"

    await engine.ask(c.RollBackRelease("shop-1", "it is slow"), ADA)
    await world.look()
    assert world.checker.cancelled == 1
    assert not world.checks.results(engine.release())


async def test_what_has_to_pass_once_is_tried_until_it_has(engine: Engine) -> None:
    world = a_world(engine, once=True)
    world.checker.answers[ADDRESS] = BAD
    await world.look(6)
    assert len(world.checker.asked) == 2

    del world.checker.answers[ADDRESS]
    asked = len(world.checker.asked)
    await world.look(4)
    assert len(world.checker.asked) == asked + 1


async def test_what_has_passed_and_is_not_tried_again_wakes_nobody(engine: Engine) -> None:
    world = a_world(engine, once=True)
    assert await engine.turn(world.checks.step, LOOK_SECONDS) is None, "it runs"
    assert await engine.turn(world.checks.step) is None, "it has passed"
    assert world.checker.asked == [ADDRESS]


async def test_the_loop_is_woken_for_the_next_run(engine: Engine) -> None:
    world = a_world(engine)
    await engine.turn(world.checks.step, LOOK_SECONDS)
    assert await engine.turn(world.checks.step) == engine.now + 20.0


async def test_another_step_asks_again(engine: Engine) -> None:
    world = a_world(engine, once=True)
    await world.look(9)
    (entered,) = engine.happened(e.StepEntered)[2:]
    await engine.ask(c.ReportExposure("shop-1", entered.entry, 50.0))
    assert engine.release().entry.number == entered.entry

    await world.look(2)
    assert world.checker.asked == [ADDRESS] * 2


async def test_a_run_that_fails_as_nobody_foresaw_is_a_result_that_nobody_knows(engine: Engine) -> None:
    world = a_world(engine)
    world.checker.raises = UnicodeError("token s3cret")
    await world.look(20)

    assert world.waits == "smoke: could not be tried: UnicodeError, of which the bot's log says more"
    assert {name for name, _ in engine.failed} == {f"check/shop-1/{engine.release().entry.number}/{'c' * 12}/smoke"}
    engine.failed.clear()


async def test_what_has_passed_once_is_not_tried_again_after_a_restart(engine: Engine) -> None:
    world = a_world(engine, once=True)
    await world.look(3)
    world.checker.answers[ADDRESS] = Answer(passed=False, words="the account exists already")
    world.restart()
    await world.look(6)

    assert world.checker.asked == [ADDRESS]
    assert world.waits == "smoke: status 200"


async def test_a_restart_tries_again_and_forgets_no_result(engine: Engine) -> None:
    world = a_world(engine, fails_after=2)
    world.checker.answers[ADDRESS] = BAD
    await world.look()
    world.restart()
    await world.look()

    assert len(world.checker.asked) == 2
    assert engine.release().phase is Phase.ROLLING_BACK
