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
from tests.support.scenario import ADA, Scenario, plan, written_plan

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


# ── where nothing runs ───────────────────────────────────────────────────────────────────────────────────────────────

CI = f"http://ci.test/builds/{'c' * 40}"
SCANNED = f"http://ci.test/scans/{'c' * 40}"


class Unasked(StandInMetrics):
    """A source that must not be asked: there is nothing that it could know of."""

    async def read(self, *_: Any) -> Any:
        raise AssertionError("asked for metrics where nothing runs")

    past = read


def before_staging(engine: Engine, **more: Any) -> World:
    """A build, then a scan of it, each of the commit alone; nothing is deployed yet."""
    checks = {
        "build": {"http": "http://ci.test/builds/{commit}", "stages": "build", "every": "20s", "once": True, **more},
        "scan": {"http": "http://ci.test/scans/{commit}", "stages": ["scan"], "every": "20s"},
        "smoke": {"http": "http://{environment}.shop.test/health"},
    }
    gates = [{"gate": "health", "held": "10s"}]
    early = [{"name": name, "gates": gates, "on_failure": "rollback"} for name in ("build", "scan")]
    engine.has(Scenario(plan(checks=checks, stages=[*early, *written_plan()["stages"]])).staged().prepared())
    return World(engine, source=Unasked())


async def test_a_stage_in_which_nothing_runs_is_left_by_a_word_about_the_commit(engine: Engine) -> None:
    world = before_staging(engine)
    world.checker.answers[CI] = Answer(passed=None, words="the build runs")
    await world.look(20)
    assert engine.release().stage.name == "build"
    found = engine.store.look("shop-1")
    assert found is not None
    assert [one.words for one in found.verdict.findings] == ["build: the build runs"]
    assert set(world.checker.asked) == {CI}, "nothing of staging is tried yet"

    del world.checker.answers[CI]
    asked = set()
    for _ in range(10):
        if engine.release().stage.name == "build":
            asked = set(world.checker.asked)
            await world.look()
    assert asked == {CI}
    await world.look(8)
    assert set(world.checker.asked) == {CI, SCANNED}
    assert engine.release().environment == "staging"
    assert engine.release().phase is Phase.DEPLOYING


async def test_a_restart_there_judges_as_if_it_had_not_happened(engine: Engine) -> None:
    world = before_staging(engine)
    await world.look(2)
    assert world.checker.asked == [CI]
    world.restart()
    assert engine.release().stage.name == "build", "ten seconds have not been held"
    await world.look(1)
    assert world.checker.asked == [CI], "once is enough"
    assert engine.release().stage.name == "scan"


async def test_a_build_that_failed_for_good_ends_the_release_before_it_was_anywhere(engine: Engine) -> None:
    world = before_staging(engine, fails_after=2)
    world.checker.answers[CI] = BAD
    await world.look(8)
    assert engine.release().phase is Phase.ROLLED_BACK
    assert engine.release().deployed == frozenset()
    assert not engine.happened(e.DeployStarted)
    assert "build: status 500" in engine.release().ending_reason


async def test_while_nobody_looks_there_nothing_counts(engine: Engine) -> None:
    world = before_staging(engine)
    await world.look(2)
    engine.now += 60.0
    await engine.ask(c.Tick("shop-1", engine.release().entry.number))
    assert len(engine.happened(e.VerdictLapsed)) == 1
    assert engine.release().stage.name == "build"
    await world.look(1)
    assert engine.release().stage.name == "scan"


async def test_by_a_changed_plan_what_is_said_there_is_judged_from_the_beginning(engine: Engine) -> None:
    world = before_staging(engine)
    await world.look(2)
    here = engine.release()
    patient = here.plan.model_copy(update={"title": "The shop"})
    await engine.ask(c.ChangePlan("shop-1", here.entry.number, patient, here.plan_digest, "a better title"), ADA)
    world.restart()
    await world.look(2)
    assert engine.release().stage.name == "build", "the five seconds of before count no more"
    world.restart()
    await world.look()
    assert engine.release().stage.name == "scan"
