"""`songbird plan init`: parses, looks at what a service shows, prints.

The one thing to remember: it only reads. It is for the day a plan is written, and may take a minute.
"""

import math
import re
import time
from typing import TYPE_CHECKING

import click

from bot.commands import patient

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientSession

    from bot.core.metric import Metric
    from bot.core.plan import Plan
    from bot.hindsight import Backtest
    from bot.plans.first import First, Learned

PAST_DAYS = 2


@click.command(name="init")
@click.argument("service")
@click.option("--from", "url", required=True, help="A page of metrics, a Prometheus, or Datadog's API.")
@click.option(
    "--datadog", is_flag=True, help="It is Datadog's API. Known by itself where the address is Datadog's own."
)
@click.option(
    "--where", help="Whose series: 'job=\"shop\"', in Datadog 'service:shop'. Guessed from SERVICE unless said."
)
@click.option("--token-from", metavar="VARIABLE", help="Of the environment or .env: what holds a bearer token.")
@click.option("--days", default=PAST_DAYS, show_default=True, type=click.IntRange(0, 30), help="Of the past; 0: none.")
def init(service: str, url: str, where: str | None, token_from: str | None, days: int, *, datadog: bool) -> None:
    """Print a first plan of SERVICE, from what it shows.

    Metrics that look like the usual ones, with tolerances from their own past where a Prometheus has one. What cannot
    be known is marked TODO. The file can be read by `songbird plan lint` as it is.
    """
    import asyncio  # noqa: PLC0415

    from bot.plans.first import written  # noqa: PLC0415 - the PromQL parser

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", service):
        raise click.BadParameter("a service's name has small letters, digits and dashes", param_hint="'SERVICE'")
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"{url} is no address: write http:// or https:// before it", param_hint="--from")
    if "@" in url.split("/")[2]:
        raise click.BadParameter("leave the user out of the address: --token-from names a token", param_hint="--from")
    from bot.adapters.metrics.tagged import is_datadogs  # noqa: PLC0415
    from bot.logs import quietly  # noqa: PLC0415

    datadog = datadog or is_datadogs(url)
    _check_way_in(where, token_from, datadog=datadog)
    work = (
        _in_datadog(service, url.rstrip("/"), where or f"service:{service}", days)
        if datadog
        else _looked_at(service, url.rstrip("/"), where, token_from, days)
    )
    with quietly():
        first = asyncio.run(work)
    click.echo(written(first), nl=False)


def _check_way_in(where: str | None, token_from: str | None, *, datadog: bool) -> None:
    """Raises BadParameter for what would be no matchers, no tags and no variable in a plan either."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    from bot.core.selectors import Tags  # noqa: PLC0415
    from bot.core.sent import Variable  # noqa: PLC0415
    from bot.core.sources import Matchers  # noqa: PLC0415

    if datadog and token_from is not None:
        raise click.BadParameter("Datadog takes keys: DD_API_KEY and DD_APP_KEY, or .env", param_hint="--token-from")
    whose = Tags if datadog else Matchers
    for option, kind, value in (("--where", whose, where), ("--token-from", Variable, token_from)):
        try:
            TypeAdapter(kind).validate_python(value) if value is not None else None
        except ValidationError as invalid:
            words = invalid.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            raise click.BadParameter(words, param_hint=option) from None


async def _looked_at(service: str, url: str, where: str | None, token_from: str | None, days: int) -> "First":
    import aiohttp  # noqa: PLC0415

    from bot.adapters.metrics.asking import secret  # noqa: PLC0415
    from bot.adapters.metrics.exposed import Door, look  # noqa: PLC0415
    from bot.plans.first import First  # noqa: PLC0415
    from bot.plans.proposals import propose  # noqa: PLC0415
    from bot.settings import load_variables  # noqa: PLC0415

    variables, patience = load_variables(), patient()
    async with aiohttp.ClientSession() as session:
        token = secret(variables, token_from, "--token-from") if token_from is not None else ""
        exposed = await look(Door(session, url, token, patience), service, where, time.time())
        if exposed.page and where is not None:
            words = f"{url} is a page of one process, in which all series are its own: leave it out"
            raise click.BadParameter(words, param_hint="--where")
        first = First(service, url, exposed, propose(exposed), token_from=token_from)
        return await _with_its_past(first, session, variables, days)


async def _in_datadog(service: str, url: str, where: str, days: int) -> "First":
    """Its names, and the tags of a few of them."""
    import aiohttp  # noqa: PLC0415
    from pydantic import ValidationError  # noqa: PLC0415

    from bot.adapters.metrics.exposed import Door  # noqa: PLC0415
    from bot.adapters.metrics.tagged import keys, learn_tags, listed  # noqa: PLC0415
    from bot.core.sources import DatadogSource  # noqa: PLC0415
    from bot.plans.first import First  # noqa: PLC0415
    from bot.plans.tagged import propose, telling  # noqa: PLC0415
    from bot.settings import load_variables  # noqa: PLC0415

    variables = load_variables()
    try:
        source = DatadogSource(use="datadog", url=url)
    except ValidationError as invalid:
        words = invalid.errors(include_url=False)[0]["msg"].removeprefix("Value error, ").replace("'url'", url)
        raise click.BadParameter(words, param_hint="--from") from None
    async with aiohttp.ClientSession() as session:
        door = Door(session, url, patience=patient(), keys=keys(source, variables))
        exposed = await listed(door, where, time.time())
        await learn_tags(door, exposed, telling(exposed))
        return await _with_its_past(First(service, url, exposed, propose(exposed)), session, variables, days)


async def _with_its_past(
    first: "First", session: "ClientSession", variables: "Mapping[str, str]", days: int
) -> "First":
    """Raises Misconfigured where nothing is proposed."""
    from dataclasses import replace  # noqa: PLC0415

    from bot.core.errors import Misconfigured  # noqa: PLC0415

    if not first.proposals:
        there = f"{first.url} shows {len(first.exposed.series)} names"
        raise Misconfigured(f"{there}, and none that is usual; write the metrics by hand")
    if first.exposed.page or days == 0:
        return first
    learned = await _learned(first, session, variables, days)
    return replace(first, learned=learned, past=f"{days}d") if learned else first


async def _learned(
    first: "First", session: "ClientSession", variables: "Mapping[str, str]", days: int
) -> "dict[str, Learned]":
    """By metric, what its past says; empty where there was none."""
    from bot.app import Adapters  # noqa: PLC0415 - brings Slack along
    from bot.hindsight import Backtest, recorded  # noqa: PLC0415
    from bot.hindsight.usual import Usual  # noqa: PLC0415
    from bot.plans.first import Learned  # noqa: PLC0415

    plan = _draft(first)
    source = Adapters(session, dict(variables)).source_of(plan)
    usual = Usual(plan.metrics)
    replay = Backtest(plan, usual=usual)
    now = time.time()
    async for reading in recorded.asked(source, plan, replay.where, now - days * 86400.0, now, patient()):
        replay.look(reading.at, reading.totals)
    found = replay.finish()
    trials = found.halves.trials if found.halves is not None else []
    return {
        metric.name: Learned(usual.worst.get(metric.name), _ratio(found, metric) if trials else None)
        for metric in plan.metrics
        if metric.name in usual.worst
    }


def _ratio(found: "Backtest", metric: "Metric") -> float | None:
    """The smallest tolerance without a false rollback; infinite where not even the largest that was tried is one."""
    from bot.hindsight import told  # noqa: PLC0415

    if metric.tolerance is None:
        return None
    return told.right(found, metric) or math.inf


def _draft(first: "First") -> "Plan":
    """The plan as it would be written without a past, with a look a minute."""
    import tempfile  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from bot.hindsight.backtest import by_the_minute  # noqa: PLC0415
    from bot.plans import load  # noqa: PLC0415
    from bot.plans.first import written  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{first.service}.yml"
        path.write_text(written(first))
        plan = load(path, {})
    return by_the_minute(plan)
