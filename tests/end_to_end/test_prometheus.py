"""The demo's shop under traffic, read by a real Prometheus and, beside it, by Songbird itself: both say the same.

One shop and one Prometheus for all, since each takes seconds to be there. To forget: Prometheus hears of a process up
to five seconds late, so what is asked of it here is asked until it is so.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from bot.adapters.metrics import MetricsSource, Reading
from bot.analysis.series import Cohorts, Gap, increments, remember
from bot.analysis.shapes import Buckets, Counts, Shown
from bot.app import Adapters
from bot.core.plan import Plan
from bot.plans import load
from bot.sandbox.demo import PLAN, PLAN_VARIABLES, measured_by
from bot.sandbox.prometheus import reading, started, why_not, with_prometheus
from bot.sandbox.supervisor import Supervisor

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.skipif(bool(why_not()), reason=why_not())]

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.2
RATES = {"staging": 5.0, "production": 60.0}


@dataclass
class Measured:
    """A running shop, the plan with either source, and the sources."""

    supervisor: Supervisor
    plan: Plan
    prometheus: MetricsSource
    scraped: Plan
    scrape: MetricsSource
    since: float = 0.0
    """When Prometheus had read the shop for the first time."""

    async def read(self, environment: str = "production") -> Reading:
        return await self.prometheus.read(self.plan, (environment,), time.time())

    async def until(self, found: Callable[[Reading], bool]) -> Reading:
        for _ in range(int(PATIENCE_SECONDS / LOOK_SECONDS)):
            if found(now := await self.read()):
                return now
            await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError("Prometheus did not come to say so")

    def increments(self, before: Reading, after: Reading) -> dict[str, Shown | Gap]:
        names = [metric.name for metric in self.plan.metrics]
        live = self.supervisor.environments["production"].live
        assert live is not None
        cohorts = Cohorts(live.commit, "production")
        found = increments(names, cohorts, remember({}, before.totals, before.at), after.totals, after.at)
        return {sample.metric: sample.shown for sample in found if sample.cohort == "canary"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Measured]:
    folder = tmp_path_factory.mktemp("measured")
    async with Supervisor.running(folder, RATES) as supervisor, ClientSession() as session:
        with started(folder / "prometheus", reading(supervisor.url)) as (url, _):
            variables = dict.fromkeys(PLAN_VARIABLES, "http://127.0.0.1:1")
            variables |= {"DEMO_SUPERVISOR": supervisor.url, "DEMO_PROMETHEUS": url}
            (folder / "shop.yml").write_text(with_prometheus(PLAN.read_text()))
            plan, scraped = load(folder / "shop.yml", variables), load(PLAN, variables)
            adapters = Adapters(session, variables)
            measured = Measured(supervisor, plan, adapters.source_of(plan), scraped, adapters.source_of(scraped))
            measured.since = (await measured.until(lambda now: bool(now.totals))).at
            yield measured


async def test_prometheus_and_the_pages_themselves_show_the_same_process_and_the_same_metrics(shop: Measured) -> None:
    (own,) = (await shop.scrape.read(shop.scraped, ("production",), time.time())).totals
    now = await shop.until(lambda now: _requests(now) >= _total(own.shown["errors"]))
    (told,) = now.totals

    assert (told.process, told.commit, told.started_at) == (own.process, own.commit, pytest.approx(own.started_at))
    assert told.shown.keys() == own.shown.keys() == {metric.name for metric in shop.plan.metrics}
    assert told.at == pytest.approx(now.at, abs=5.0)
    buckets, mine = told.shown["latency-p95"], own.shown["latency-p95"]
    assert isinstance(buckets, Buckets)
    assert isinstance(mine, Buckets)
    assert buckets.bounds == mine.bounds
    assert buckets.n >= mine.n


async def test_what_was_counted_between_two_looks_is_what_the_shop_served(shop: Measured) -> None:
    before = await shop.read()
    after = await shop.until(lambda now: _requests(now) > _requests(before) + 50)
    counted = shop.increments(before, after)["errors"]

    assert isinstance(counted, Counts)
    assert counted.n == _requests(after) - _requests(before)


async def test_the_past_has_no_hole_and_adds_up_to_the_present(shop: Measured) -> None:
    """As after a restart of the bot: what it missed is read look by look."""
    now = await shop.until(lambda now: now.at > shop.since + 5.0)
    readings = await shop.prometheus.past(shop.plan, ("production",), now.at - 4.0, now.at - 0.5, 1.0)
    looks = [shop.increments(before, after)["errors"] for before, after in pairwise([*readings, now])]

    assert len(readings) == 4
    counted = [look for look in looks if isinstance(look, Counts)]
    assert len(counted) == 4
    assert sum(look.n for look in counted) == _requests(now) - _requests(readings[0])


async def test_a_process_that_is_killed_and_started_again_is_a_reset_and_no_zero(shop: Measured) -> None:
    before = await shop.read()
    environment = shop.supervisor.environments["production"]
    live = environment.live
    assert live is not None
    await environment.signal(live.slot, 9)  # type: ignore[arg-type]  # a number is one of Signals
    gone = await shop.until(lambda now: not now.totals)
    assert set(gone.failures.values()) == {"could not be read by Prometheus"}
    await environment.deploy(live.commit, live.version)
    back = await shop.until(lambda now: bool(now.totals))

    assert back.totals[0].started_at != before.totals[0].started_at
    if back.totals[0].process == before.totals[0].process:
        assert shop.increments(before, back)["errors"] == Gap("reset")
    else:
        assert shop.increments(before, back)["errors"] in (Gap("first"), Gap("missing"))


async def test_whoever_leaves_while_it_starts_leaves_none_behind(tmp_path: Path) -> None:
    async def never() -> None:
        async with measured_by(tmp_path, "http://127.0.0.1:1"):
            raise AssertionError

    leaving = asyncio.create_task(never())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not _started_in(tmp_path):  # noqa: ASYNC110 - a thread starts it
            await asyncio.sleep(0.005)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert not _started_in(tmp_path)


def _started_in(folder: Path) -> list[str]:
    """Processes of ours that were told of this folder."""
    children = (child for one in Path("/proc/self/task").glob("*/children") for child in one.read_text().split())
    return [child for child in children if str(folder) in Path(f"/proc/{child}/cmdline").read_text()]


def _requests(now: Reading) -> float:
    return _total(now.totals[0].shown["errors"]) if now.totals else 0.0


def _total(shown: Shown) -> float:
    assert isinstance(shown, Counts)
    return shown.n
