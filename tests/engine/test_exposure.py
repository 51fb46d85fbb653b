"""The exposure's worker: what is wanted is set, read back, kept so against hands and restarts, and retried."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bot.adapters.deploy import Observed, Target
from bot.adapters.deploy.stand_in import StandInDeployer
from bot.core import commands as c
from bot.core import events as e
from bot.core.errors import Permanent, Temporary
from bot.core.model import Phase
from bot.engine import exposure
from bot.engine.exposure import Reconciler
from tests.engine.engine_fixtures import Engine
from tests.support.scenario import ADA, Scenario

NEW, OLD = "c" * 40, "d" * 40


class Splitter(StandInDeployer):
    """The stand-in with a live version. `refusing` lasts; while it is `deaf` it says yes and does nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.refusing = ""
        self.deaf = False
        self.reads = 0
        for environment in ("staging", "production"):
            self.environments["shop", environment].deploy(OLD)
            self.environments["shop", environment].exposures[OLD] = 100.0
            self.environments["shop", environment].deploy(NEW)

    async def set_exposure(self, target: Target, percent: float, generation: int) -> None:
        if self.refusing:
            self.calls.append("refused")
            raise Temporary(self.refusing)
        if not self.deaf:
            await super().set_exposure(target, percent, generation)

    async def observe(self, service: str, environment: str) -> Observed:
        self.reads += 1
        if self.refusing:
            raise Temporary(self.refusing)
        return await super().observe(service, environment)

    def move(self, percent: float) -> None:
        """A person's hand, or a balancer that started again."""
        self.environments["shop", "production"].exposures = {OLD: 100.0 - percent, NEW: percent}

    @property
    def exposed(self) -> float:
        return self.environments["shop", "production"].exposures[NEW]

    @property
    def sets(self) -> list[str]:
        return [call.split(maxsplit=2)[2] for call in self.calls if call.startswith("expose")]


@dataclass
class World:
    engine: Engine
    splitter: Splitter
    reconciler: Reconciler

    async def turn(self, seconds: float = 0.0) -> float | None:
        return await self.engine.turn(self.reconciler.step, seconds)

    def row(self) -> exposure.Exposure:
        found = self.engine.store.exposure("shop", "production")
        assert found is not None
        return found


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    """shop-1 is to have 1 % of production, and nobody has done anything about it yet."""
    entering = Scenario().on_staging().approved().held(60).deployed()
    engine.has(entering)
    splitter = Splitter()
    splitter.environments["shop", "staging"].exposures = {OLD: 0.0, NEW: 100.0}  # as it was left
    staging = engine.store.exposure("shop", "staging")
    assert staging is not None
    with engine.store.transaction() as t:
        t.observe_exposure("shop", "staging", staging.generation, 100.0, engine.now)
    return World(engine, splitter, Reconciler(engine.service, lambda _release: splitter, engine.tasks, engine.clock))


async def test_what_is_wanted_is_set_read_back_and_reported_once(world: World) -> None:
    await world.turn()
    assert world.splitter.exposed == 1.0
    assert (world.row().in_step, world.row().observed_percent) == (True, 1.0)
    for _ in range(10):
        await world.turn(exposure.CHECK_SECONDS)
    assert [event.percent for event in world.engine.happened(e.ExposureReached)] == [100.0, 1.0]
    assert world.splitter.sets == [f"1 {world.row().generation}"]


async def test_what_is_read_back_as_it_was_is_not_written_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.turn()
    reads, written = world.splitter.reads, world.engine.store.transaction
    monkeypatch.setattr(world.engine.store, "transaction", None)
    for _ in range(10):
        await world.turn(exposure.CHECK_SECONDS)
    assert world.splitter.reads - reads >= 10
    monkeypatch.setattr(world.engine.store, "transaction", written)
    world.splitter.move(50.0)
    await world.turn(exposure.CHECK_SECONDS)
    assert len(world.engine.happened(e.ExposureDrifted)) == 1
    assert world.engine.failed == []


async def test_what_is_as_it_should_be_already_is_set_all_the_same_under_its_own_number(world: World) -> None:
    """Else an older call that is still on its way would be the newest that the splitter has heard of."""
    world.splitter.move(1.0)
    await world.turn()
    assert world.splitter.sets == [f"1 {world.row().generation}"]
    assert len(world.engine.happened(e.ExposureReached)) == 2
    assert world.engine.happened(e.ExposureDrifted) == []


async def test_a_deployer_that_refuses_to_set_what_is_there_already_holds_nothing_up(world: World) -> None:
    """As one does whose only version is at no traffic, and has nothing to give the rest to."""
    await world.engine.ask(c.RollBackRelease("shop-1", "second thoughts"), ADA)
    world.splitter.switches.fail_next = Permanent("nothing but ccccccc is deployed")
    await world.turn()
    assert world.row().in_step
    assert len(world.engine.happened(e.TrafficRestored)) == 1


async def test_nothing_is_set_for_what_does_not_run_there(world: World) -> None:
    """A deployer would refuse it, and there is nothing that an older call could give traffic to."""
    await world.engine.ask(c.RollBackRelease("shop-1", "second thoughts"), ADA)
    world.splitter.environments["shop", "production"].exposures = {OLD: 100.0}
    await world.turn()
    assert world.splitter.sets == []
    assert world.row().in_step
    assert len(world.engine.happened(e.TrafficRestored)) == 1


async def test_a_hand_on_the_splitter_is_corrected_and_said_once(world: World) -> None:
    await world.turn()
    world.splitter.move(40.0)
    await world.turn(exposure.CHECK_SECONDS)
    assert world.splitter.exposed == 1.0
    await world.turn(exposure.CHECK_SECONDS)
    (drift,) = world.engine.happened(e.ExposureDrifted)
    assert drift.found_percent == 40.0


@pytest.mark.parametrize(("percent", "is_drift"), [(1.1, False), (1.3, True), (0.0, True)])
async def test_balancers_have_integer_weights_and_a_small_difference_is_none(
    world: World, percent: float, is_drift: bool
) -> None:
    await world.turn()
    world.splitter.move(percent)
    await world.turn(exposure.CHECK_SECONDS)
    assert [event.found_percent for event in world.engine.happened(e.ExposureDrifted)] == [percent] * is_drift


async def test_a_deployer_that_refuses_is_asked_again_at_once_and_then_more_seldom(world: World) -> None:
    world.splitter.refusing = "busy"
    pauses, due = [], await world.turn()
    for _ in range(8):
        due = world.reconciler._trouble["shop", "production"].next_at
        pauses.append(round(due - world.engine.now, 3))
        await world.turn(due - world.engine.now)
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    world.splitter.refusing = ""
    await world.turn(exposure.RETRY_SECONDS_MAX)
    assert world.row().in_step


async def test_one_that_stays_stuck_is_said_once_and_mends_itself(world: World) -> None:
    world.splitter.refusing = "the balancer does not answer"
    await world.engine.run(world.reconciler.step, 2 * exposure.STUCK_SECONDS + exposure.RETRY_SECONDS_MAX)
    (stuck,) = world.engine.happened(e.ExposureStuck)
    assert stuck.reason == "1 % in production cannot be set: the balancer does not answer"
    assert world.engine.release().entry.stuck == stuck.reason
    world.splitter.refusing = ""
    await world.turn(exposure.RETRY_SECONDS_MAX)
    assert world.engine.happened(e.ExposureReached)[-1].percent == 1.0


async def test_a_yes_that_is_not_seen_in_the_read_back_is_a_no(world: World) -> None:
    world.splitter.deaf = True
    await world.engine.run(world.reconciler.step, exposure.STUCK_SECONDS + 2 * exposure.RETRY_SECONDS_MAX)
    assert not world.row().in_step
    (stuck,) = world.engine.happened(e.ExposureStuck)
    assert "production shows 0 % of ccccccc after 1 % was set" in stuck.reason


@pytest.mark.parametrize("compares", [True, False])
async def test_a_rollback_does_not_wait_for_an_exposure_that_hangs(world: World, *, compares: bool) -> None:
    """When the hanging call lands it is refused; where nobody compares, it is corrected at the next read-back."""
    hanging = asyncio.Event()
    world.splitter.switches.wait = hanging.wait
    await world.turn()
    late = asyncio.create_task(
        world.splitter.set_exposure(Target("shop", "production", NEW, "v1.1.0"), 1.0, world.row().generation)
    )
    await world.engine.settle()
    world.splitter.switches.wait = None
    await world.engine.ask(c.RollBackRelease("shop-1", "carts are empty"), ADA)
    await world.turn()
    assert world.engine.release().phase is Phase.ROLLING_BACK
    assert len(world.engine.happened(e.TrafficRestored)) == 1
    if not compares:  # as one that keeps no generations, or has just started again
        world.splitter.environments["shop", "production"].generation = 0
    hanging.set()
    await asyncio.gather(late, return_exceptions=True)
    assert world.splitter.exposed == (0.0 if compares else 1.0)
    await world.turn(exposure.CHECK_SECONDS)
    assert world.splitter.exposed == 0.0


async def test_what_was_wanted_of_an_entry_that_is_past_is_not_reported_into_the_next(world: World) -> None:
    """The read-back was on its way when the release went back: whoever overtakes it speaks for itself."""
    ready = asyncio.Event()
    world.splitter.switches.wait = ready.wait
    await world.turn()
    overtaken = f"exposure/shop/production/{world.row().generation}"
    assert overtaken in world.engine.tasks
    await world.engine.ask(c.RollBackRelease("shop-1", "carts are empty"), ADA)
    await world.turn()
    assert overtaken not in world.engine.tasks
    ready.set()
    await world.turn(exposure.RETRY_SECONDS_MAX)
    assert [event.percent for event in world.engine.happened(e.ExposureReached)] == [100.0]
    assert len(world.engine.happened(e.TrafficRestored)) == 1
    assert world.splitter.exposed == 0.0


async def test_a_clock_that_is_put_back_stops_no_rollback_and_hides_no_trouble(world: World) -> None:
    """Whatever was to wait for a moment would else wait for as long as the clock went back."""
    await world.turn()
    world.splitter.refusing = "the balancer does not answer"
    await world.engine.ask(c.RollBackRelease("shop-1", "carts are empty"), ADA)
    await world.turn()
    world.engine.now -= 3_600.0
    await world.engine.run(world.reconciler.step, exposure.STUCK_SECONDS + 2 * exposure.RETRY_SECONDS_MAX)
    assert len(world.engine.happened(e.ExposureStuck)) == 1
    world.engine.now -= 3_600.0
    world.splitter.refusing = ""
    await world.turn()
    assert len(world.engine.happened(e.TrafficRestored)) == 1
    world.splitter.move(40.0)
    world.engine.now -= 3_600.0
    await world.turn()
    assert world.splitter.exposed == 0.0


async def test_a_row_without_a_deployer_waits(world: World) -> None:
    world.reconciler._deployer_of = lambda _release: None
    assert await world.turn() is not None
    assert not world.row().in_step


async def test_a_restart_of_the_bot_reads_back_and_says_nothing_new(world: World) -> None:
    await world.turn()
    before = world.engine.store.journal("shop-1")
    again = Reconciler(world.engine.service, lambda _release: world.splitter, world.engine.tasks, world.engine.clock)
    await world.engine.turn(again.step)
    assert world.engine.store.journal("shop-1") == before
    assert len(world.splitter.sets) == 1
