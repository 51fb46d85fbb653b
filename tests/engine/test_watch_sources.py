"""A whole plan with metrics from Datadog or from an address, through the watch: from what was sent to the verdict.

The sources are the real ones, over sockets to stand-ins; time is the engine's. The one thing to remember: a look's
request needs real input and output, so a turn waits for what it started.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import ClientSession

from bot.analysis.series import from_stored
from bot.analysis.shapes import Counts
from bot.app import Adapters
from bot.core import events as e
from bot.core.verdict import Outcome, Verdict
from bot.engine.watch import Watch
from tests.contracts.asked_fixtures import InDatadog, InJson, Timed, in_datadog, in_json
from tests.engine.engine_fixtures import Engine
from tests.support.datadog import KEYS
from tests.support.scenario import Scenario, plan, written_plan

NEW, OLD = "c" * 40, "d" * 40
LOOK_SECONDS = 15.0
TIMING = {"look": "15s", "stale": "60s", "silence_max": "60s", "blind_max": "10m"}
VARIABLES = {**KEYS, "STATS_KEY": "s3cret"}


@dataclass
class World:
    engine: Engine
    fleet: Timed
    adapters: Adapters

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Nothing is remembered but what is stored."""
        engine, adapters = self.engine, Adapters(self.adapters._session, VARIABLES)
        self.watch = Watch(engine.service, adapters.source_of, engine.tasks, engine.clock)

    def serve(self, errors: float) -> None:
        """The time between two looks: the canary answers 100 requests, and its control 200."""
        self.engine.now += LOOK_SECONDS
        bad = round(100 * errors)
        for name, status, times in (("one", "500", bad), ("one", "200", 100 - bad), ("two", "200", 200)):
            self.fleet.serve(name, status, 0.1, times)
        self.fleet.send(self.engine.now - 7.0)

    async def looks(self, number: int, errors: float) -> None:
        for _ in range(number):
            self.serve(errors)
            await self.watch.step(self.engine.now)
            while running := list(self.engine.tasks._running.values()):
                await asyncio.gather(*running)

    @property
    def verdict(self) -> Verdict:
        found = self.engine.store.look("shop-1")
        assert found is not None
        return found.verdict

    def counted(self) -> float:
        """The canary's requests, in all the samples that are stored."""
        entry = self.engine.release().entry
        assert entry is not None
        looks = from_stored(self.engine.store.samples("shop-1", entry.number))
        shown = [
            one.shown for look in looks for one in look.samples if (one.cohort, one.metric) == ("canary", "errors")
        ]
        return sum(one.n for one in shown if isinstance(one, Counts))


@asynccontextmanager
async def a_world(source: str, engine: Engine) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        opened = in_datadog() if source == "in Datadog" else in_json(spans=source != "in JSON")
        fleet: InDatadog | InJson = await stack.enter_async_context(opened)
        errors = {**fleet.metrics[0], "limit": {"max": "2%"}, "tolerance": {"ratio": 2, "margin": "0.5%"}}
        staging, production = written_plan()["stages"]
        patient = {**production, "gates": [{"gate": "health", "held": "2h"}]}
        whole = {"metrics": [errors, *fleet.metrics[1:]], "metrics_from": fleet.written, "stages": [staging, patient]}
        engine.has(Scenario(plan(**whole, timing=TIMING)).on_staging().approved().held(60).deployed().exposed())
        session = await stack.enter_async_context(ClientSession())
        fleet.start("production", "one", NEW, started_at=1.0)
        fleet.start("production", "two", OLD, started_at=1.0)
        yield World(engine, fleet, Adapters(session, VARIABLES))


@pytest.fixture(params=["in Datadog", "in JSON", "in JSON, by spans"])
async def world(request: pytest.FixtureRequest, engine: Engine) -> AsyncIterator[World]:
    async with a_world(request.param, engine) as world:
        yield world


@pytest.fixture
async def datadog(engine: Engine) -> AsyncIterator[World]:
    async with a_world("in Datadog", engine) as world:
        yield world


async def test_a_canary_that_fails_more_often_than_its_control_is_found(world: World) -> None:
    await world.looks(6, errors=0.0)
    assert world.verdict.outcome is not Outcome.FAIL
    await world.looks(12, errors=0.3)

    assert world.verdict.outcome is Outcome.FAIL
    assert world.verdict.findings[0].metric == "errors"
    assert not world.engine.failed


async def test_a_source_that_fails_is_said_once_and_without_its_secrets(world: World) -> None:
    await world.looks(4, errors=0.0)
    world.fleet.hide()
    await world.looks(3, errors=0.0)

    said = [event for event in world.engine.happened(e.VerdictChanged) if "answered 500" in str(event)]
    assert world.verdict.outcome is Outcome.ERROR
    assert len(said) <= 1
    assert not any(secret in str(world.engine.store.journal("shop-1")) for secret in VARIABLES.values())


@pytest.mark.parametrize("errors", [0.0, 0.3])
async def test_after_a_restart_what_datadog_saw_meanwhile_is_judged_but_for_one_look(
    datadog: World, errors: float
) -> None:
    await datadog.looks(8, errors=0.0)
    before = datadog.counted()
    datadog.restart()
    for _ in range(16):  # nobody looks
        datadog.serve(errors)
    await datadog.looks(3, errors=0.0)

    if errors:
        assert datadog.verdict.outcome is Outcome.FAIL
    else:
        assert datadog.counted() - before == pytest.approx((16 + 3 - 1) * 100, abs=100)
    assert not datadog.engine.failed
