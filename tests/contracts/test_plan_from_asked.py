"""People's tools over a Datadog and an address: `plan lint --live`, `doctor`, `backtest`."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner

from bot.app import Adapters
from bot.cli import main
from bot.commands.plan import looked_at_live
from bot.doctor import systems
from bot.hindsight import recorded
from bot.plans import load
from tests.contracts.asked_fixtures import BEGIN, InDatadog, InJson, in_datadog, in_json
from tests.contracts.metrics_fixtures import NEW, OLD
from tests.core.test_plan_sources import DATADOG, HTTP
from tests.support.datadog import KEYS

AnyFleet = TypeVar("AnyFleet", InDatadog, InJson)
STAGED = {**KEYS, "STATS_KEY": "s3cret", "SHOP_URL": "http://127.0.0.1:1"}


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in STAGED.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("bot.plans.live.PAST_SECONDS", 86400.0)


@pytest.fixture
async def datadog() -> AsyncIterator[InDatadog]:
    async with in_datadog() as fleet:
        yield there(fleet)


@pytest.fixture
async def json() -> AsyncIterator[InJson]:
    async with in_json(spans=False) as fleet:
        yield there(fleet)


def there(fleet: AnyFleet) -> AnyFleet:
    """One process in each environment."""
    for environment, commit in (("production", NEW), ("staging", OLD)):
        fleet.start(environment, environment, commit, started_at=1.0)
        fleet.serve(environment, "200", 0.1, times=10)
    fleet.send(BEGIN - 40.0)
    return fleet


def written(folder: Path, text: str, old: str, new: str) -> Path:
    path = folder / "shop.yml"
    assert old in text
    path.write_text(text.replace(old, new))
    return path


async def live(path: Path) -> list[str]:
    problems, _ = await looked_at_live([path], BEGIN)
    return [str(problem).removeprefix(f"{path}:") for problem in problems]


def in_datadog_plan(folder: Path, fleet: InDatadog, old: str = "", new: str = "") -> Path:
    source = f"metrics_from: {{use: datadog, url: '{fleet.datadog.url}', where: 'service:shop,env:{{environment}}'}}"
    return written(folder, DATADOG.replace("metrics_from: {use: datadog}", source), old, new)


def in_json_plan(folder: Path, fleet: InJson, old: str = "", new: str = "") -> Path:
    text = HTTP.replace("https://stats.example", fleet.address).replace("$.failed", "$.requests.failed")
    return written(folder, text.replace("$.all", "$.requests.all"), old, new)


async def test_plans_that_fit_what_is_there_have_no_errors(datadog: InDatadog, json: InJson, tmp_path: Path) -> None:
    assert await live(in_datadog_plan(tmp_path, datadog)) == []
    assert await live(in_json_plan(tmp_path, json)) == []


async def test_what_is_not_there_is_said_with_its_line(datadog: InDatadog, json: InJson, tmp_path: Path) -> None:
    in_one = await live(in_datadog_plan(tmp_path, datadog, "    of: shop.requests\n", "    of: shop.visits\n"))
    in_other = await live(in_json_plan(tmp_path, json, "    of: $.requests.all\n", "    of: $.visits\n"))

    unknown = "production is unknown to Datadog: none of the plan's series has service:shop,env:production"
    assert f"12: metrics_from: production: {unknown}" in in_one
    assert f"12: metrics_from: production: {NEW} has none of the plan's numbers" in in_other


async def test_a_metric_that_is_no_number_is_an_error_with_its_line(json: InJson, tmp_path: Path) -> None:
    said = await live(in_json_plan(tmp_path, json, "    counter: $.requests.failed\n", "    counter: $.name\n"))

    assert f"20: metrics[0]: production: errors of {NEW} is no number that could be counted" in said
    assert f"20: note: metrics[0]: staging: errors of {OLD} is no number that could be counted" in said


async def test_keys_that_are_wrong_or_missing_are_said_on_the_line_of_the_source(
    datadog: InDatadog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DD_APP_KEY", "wrong")
    said = await live(in_datadog_plan(tmp_path, datadog))
    monkeypatch.delenv("DD_API_KEY")
    without = await live(in_datadog_plan(tmp_path, datadog))
    monkeypatch.delenv("DD_APP_KEY")
    (neither,) = await live(in_datadog_plan(tmp_path, datadog))

    assert "12: metrics_from: Datadog answered 403: are DD_API_KEY and DD_APP_KEY keys of" in said[0]
    assert without == ["12: metrics_from: DD_API_KEY is not set in the environment or in .env, and Datadog asks for it"]
    assert neither.startswith("12: metrics_from: DD_API_KEY and DD_APP_KEY are not set in the environment or in .env, ")


async def test_a_limit_that_datadogs_past_would_have_broken_is_a_note(datadog: InDatadog, tmp_path: Path) -> None:
    tags = {"service:shop", "env:production", f"version:{NEW}"}
    for minute in range(120):
        at = BEGIN - 10_000.0 + minute * 60.0 + 5.0
        datadog.datadog.count("shop.requests", {*tags, "status:200"}, 80, at)
        datadog.datadog.count("shop.requests", {*tags, "status:500"}, 20 if 60 <= minute < 70 else 0, at)
    said = await live(in_datadog_plan(tmp_path, datadog))

    (note,) = said
    assert note.startswith("19: note: metrics[0].limit: errors was beyond it once in the last 1d, for ")


async def test_doctor_allows_for_the_delay_of_datadog(datadog: InDatadog, tmp_path: Path) -> None:
    plan = load(in_datadog_plan(tmp_path, datadog), STAGED)
    datadog.serve("production", "200", 0.1, times=10)
    datadog.send(time.time() - 45.0)
    async with ClientSession() as session:
        found = await systems.metrics(Adapters(session, STAGED), plan, "production")

    assert (found.fine, found.words) == (True, "1 metric of 1 process")


async def test_a_backtest_reads_datadogs_past_and_asks_for_a_file_instead_of_an_address(
    datadog: InDatadog, json: InJson, tmp_path: Path
) -> None:
    plan = load(in_datadog_plan(tmp_path, datadog), STAGED)
    async with ClientSession() as session:
        source = Adapters(session, STAGED).source_of(plan)
        readings = [one async for one in recorded.asked(source, plan, "production", BEGIN - 60, BEGIN + 60)]
    result = await asyncio.to_thread(
        CliRunner().invoke, main, ["backtest", str(in_json_plan(tmp_path, json)), "--from", "1d"]
    )

    assert [one.at for one in readings] == [BEGIN + 15 * number for number in range(5)]
    assert "an address that is asked knows only the present; hand in the past with --samples FILE" in result.output
