"""A week read from a real Prometheus, in windows that are within its limits: points a series, samples a question.

The week is written as blocks before the server starts, since it takes no old samples afterwards. The one thing a reader
could forget: this server is told to bear few samples, so a whole window is too much for it.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner

from bot.adapters.metrics import Reading
from bot.adapters.metrics.prometheus import Prometheus
from bot.cli import main
from bot.core.errors import Permanent
from bot.core.plan import Plan
from bot.core.sources import PrometheusSource
from bot.hindsight import recorded
from bot.sandbox.prometheus import why_not
from tests.support.prometheus import Server, backfill, running

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

LOOK_SECONDS = 50
LOOKS = 7 * 86400 // LOOK_SECONDS
"""More than the 11,000 points that Prometheus gives of a series at once."""
SAMPLES_MAX = 1200
PLAN = """
service: shop
operators: [U0ADA]
channels: {{releases: "#releases"}}
changes: {{use: git, repository: shop.git}}
deployer: {{use: splitter, url: "http://127.0.0.1:1"}}
metrics_from: {{use: prometheus, url: "{url}", where: 'job="shop"'}}
incidents: {{use: file, folder: incidents}}
metrics:
  - name: errors
    kind: errors
    counter: hits_total{{status="500"}}
    of: hits_total
    limit: {{max: 2%}}
    tolerance: {{ratio: 2}}
stages:
  - {{name: live, environment: production, steps: [10%, 100%], gates: [{{gate: health, held: 10m}}]}}
timing: {{look: 50s, stale: 5m, silence_max: 5m}}
"""


@dataclass
class Counted:
    """A source that remembers how many looks it was asked for at once."""

    source: Prometheus
    asked: list[int] = field(default_factory=list)

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        return await self.source.read(plan, environments, at)

    async def past(
        self, plan: Plan, environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        self.asked.append(round((until - since) / every) + 1)
        return await self.source.past(plan, environments, since, until, every)


def lines(begins: int) -> Iterator[str]:
    for status, each in (("200", 1000), ("500", 3)):
        for process in "ab":
            labels = f'job="shop",instance="{process}:80",commit="3f9c2e1",status="{status}"'
            for number in range(LOOKS):
                yield f"hits_total{{{labels}}} {each * number} {begins + number * LOOK_SECONDS}"


BEGINS = int(time.time()) - 7 * 86400 - 3600


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("week")
    backfill(folder, lines(BEGINS))
    with running(folder, "global: {}\n", f"--query.max-samples={SAMPLES_MAX}") as server:
        yield server


@pytest.fixture
def file(week: Server, tmp_path: Path) -> Path:
    path = tmp_path / "shop.yml"
    path.write_text(PLAN.format(url=week.url))
    return path


@pytest.fixture
async def source(file: Path) -> AsyncIterator[tuple[Plan, Counted]]:
    from bot.plans import load  # noqa: PLC0415

    plan = load(file, {})
    assert isinstance(plan.metrics_from, PrometheusSource)
    async with ClientSession() as session:
        yield plan, Counted(Prometheus(plan.metrics_from, session, {}))


async def test_a_week_at_once_is_more_than_prometheus_gives(source: tuple[Plan, Counted]) -> None:
    plan, counted = source
    with pytest.raises(Permanent, match="exceeded maximum resolution of 11,000 points per timeseries"):
        await counted.past(plan, ("production",), BEGINS, BEGINS + (LOOKS - 1) * LOOK_SECONDS, LOOK_SECONDS)


async def test_in_windows_every_look_of_the_week_comes_once_with_what_was_counted(source: tuple[Plan, Counted]) -> None:
    plan, counted = source
    asked = recorded.asked(counted, plan, "production", BEGINS, BEGINS + (LOOKS - 1) * LOOK_SECONDS)
    seen = [(reading.at, len(reading.totals)) async for reading in asked]
    assert seen == [(BEGINS + number * LOOK_SECONDS, 2) for number in range(LOOKS)]
    assert counted.asked[:2] == [240, 120], "so many samples are too much for this server"
    assert max(counted.asked[1:]) <= 120


def test_a_part_of_the_week_is_replayed_from_prometheus(file: Path, tmp_path: Path) -> None:
    span = [time.strftime("%FT%T", time.localtime(BEGINS + at)) for at in (3 * 86400, 3 * 86400 + 4 * 3600)]
    drawn = ("--picture", str(tmp_path / "week.png"))
    result = CliRunner().invoke(main, ["backtest", str(file), "--from", span[0], "--to", span[1], *drawn])
    assert result.exit_code == 0, result.output
    assert "289 looks every 50s" in result.stdout
    assert "passed" in result.stdout
    assert "1 of 1 bounds were never passed" in result.stdout
    assert (tmp_path / "week.png").stat().st_size > 10_000
