"""A first plan from a Datadog: which names are usual, whose they are, and what cannot be known.

The one thing a reader could forget: the stand-in runs in this loop, so the command runs in a thread of its own.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.plans import lint, load
from tests.support.datadog import KEYS, StandInDatadog, running

MINUTES = 30


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def datadog() -> AsyncIterator[StandInDatadog]:
    """The shop in production and staging, and another service."""
    async with running() as one:
        now = time.time()
        for minute in range(MINUTES):
            at = now - 60.0 * (minute + 1)
            for env in ("production", "staging"):
                tags = {"service:shop", f"env:{env}", "version:v1.4.0"}
                one.count("shop.requests", {*tags, "status:200"}, 997, at)
                one.count("shop.requests", {*tags, "status:500"}, 3, at)
                one.count("shop.checkouts", {*tags, "outcome:completed"}, 20, at)
                one.count("shop.checkouts", {*tags, "outcome:failed"}, 1, at)
                one.gauge("shop.request.duration", tags, 0.2, at)
                one.gauge("shop.memory", tags, 2e8, at)
            one.count("blog.requests", {"service:blog", "env:production"}, 5, at)
        yield one


async def init(*arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main, ["plan", "init", *arguments])


async def test_a_plan_is_written_from_what_datadog_was_sent(datadog: StandInDatadog, tmp_path: Path) -> None:
    result = await init("shop", "--datadog", "--from", datadog.url, "--days", "0")
    assert result.exit_code == 0, result.output
    path = tmp_path / "shop.yml"
    path.write_text(result.stdout)

    assert [str(problem) for problem in lint([path], {}) if problem.grave] == []
    plan = load(path, {})
    found = {one.name: one for one in plan.metrics}
    assert {one.kind for one in plan.metrics} == {"errors", "performance", "functional", "resource", "business"}
    assert (found["errors"].counter, found["errors"].of) == ("shop.requests{status:5*}", "shop.requests")
    assert found["latency-p95"].query == "p95:shop.request.duration{{where}} by {version}"
    assert found["shop-checkouts-failures"].counter == "shop.checkouts{outcome:failed}"
    assert found["shop-checkouts"].counter == "shop.checkouts{outcome:completed}"
    assert "where: 'service:shop,env:{environment}'" in result.stdout
    assert "version_tag: version" in result.stdout
    assert [stage.environment for stage in plan.stages] == ["staging", "production"]
    assert "blog" not in result.stdout
    assert not any(key in result.stdout for key in KEYS.values())


async def test_names_are_one_request_and_tags_are_asked_for_of_few(datadog: StandInDatadog) -> None:
    for number in range(50):
        datadog.count(f"shop.job{number}.requests", {"service:shop"}, 1, time.time() - 60)
    await init("shop", "--datadog", "--from", datadog.url, "--days", "0")
    (names, asked), *tags = datadog.listed
    assert (names, asked["tag_filter"]) == ("/api/v1/metrics", "service:shop")
    assert len(tags) == 8
    assert tags[0] == ("/api/v2/metrics/shop.requests/all-tags", {"filter[tags]": "service:shop"})


async def test_its_past_gives_limits(datadog: StandInDatadog) -> None:
    said = (await init("shop", "--datadog", "--from", datadog.url, "--days", "1")).stdout
    assert "Limits and tolerances are from the last 1d" in said
    assert "limit: {max: 0.6%}  # its worst in 1d was 0.3%" in said
    assert "limit: {max: 300MB}" in said


async def test_what_is_not_there_or_not_allowed_is_said(
    datadog: StandInDatadog, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = await init("nobody", "--datadog", "--from", datadog.url)
    assert nobody.exit_code == 1
    assert "Datadog was sent no metric with service:nobody in the last hour" in nobody.stderr
    other = await init("shop", "--datadog", "--from", datadog.url, "--where", "service:blog", "--days", "0")
    assert "of: blog.requests" not in other.stdout, "nothing of it tells how a request ended"
    monkeypatch.setenv("DD_APP_KEY", "another")
    refused = await init("shop", "--datadog", "--from", datadog.url)
    assert "answered 403: are what DD_API_KEY and DD_APP_KEY hold still good" in refused.stderr
    monkeypatch.setenv("DD_APP_KEY", "")
    assert "DD_APP_KEY is not set" in (await init("shop", "--datadog", "--from", datadog.url)).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from", "https://app.datadoghq.eu"), "its API begins with https://api."),
        (
            ("--from", "https://api.datadoghq.eu", "--token-from", "TOKEN"),
            "Datadog takes keys: DD_API_KEY and DD_APP_KEY",
        ),
        (("--from", "https://api.datadoghq.eu", "--where", 'job="shop"'), "is no tag of Datadog's"),
    ],
)
async def test_what_cannot_be_asked_so_is_refused_before_anybody_is(arguments: tuple[str, ...], words: str) -> None:
    refused = await init("shop", *arguments)
    assert refused.exit_code == 2
    assert words in " ".join(refused.stderr.split())
