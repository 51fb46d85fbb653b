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
@click.option("--from", "url", required=True, help="A page of metrics, or a Prometheus: http://host:port")
@click.option("--where", help="In Prometheus, whose series: 'job=\"shop\"'. Guessed from SERVICE unless it is said.")
@click.option("--token-from", metavar="VARIABLE", help="Of the environment or .env: what holds a bearer token.")
@click.option("--days", default=PAST_DAYS, show_default=True, type=click.IntRange(0, 30), help="Of the past; 0: none.")
def init(service: str, url: str, where: str | None, token_from: str | None, days: int) -> None:
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
    _check_way_in(where, token_from)
    from bot.logs import quietly  # noqa: PLC0415

    with quietly():
        first = asyncio.run(_looked_at(service, url.rstrip("/"), where, token_from, days))
    click.echo(written(first), nl=False)


def _check_way_in(where: str | None, token_from: str | None) -> None:
    """Raises BadParameter for what would be no matchers and no variable in a plan either."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415

    from bot.core.sent import Variable  # noqa: PLC0415
    from bot.core.sources import Matchers  # noqa: PLC0415

    for option, kind, value in (("--where", Matchers, where), ("--token-from", Variable, token_from)):
        try:
            TypeAdapter(kind).validate_python(value) if value is not None else None
        except ValidationError as invalid:
            words = invalid.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
            raise click.BadParameter(words, param_hint=option) from None


async def _looked_at(service: str, url: str, where: str | None, token_from: str | None, days: int) -> "First":
    from dataclasses import replace  # noqa: PLC0415

    import aiohttp  # noqa: PLC0415

    from bot.adapters.metrics.asking import secret  # noqa: PLC0415
    from bot.adapters.metrics.exposed import Door, look  # noqa: PLC0415
    from bot.core.errors import Misconfigured  # noqa: PLC0415
    from bot.plans.first import First  # noqa: PLC0415
    from bot.plans.proposals import propose  # noqa: PLC0415
    from bot.settings import load_variables  # noqa: PLC0415

    variables, patience = load_variables(), patient()
    async with aiohttp.ClientSession() as session:
        token = secret(variables, token_from, "--token-from") if token_from is not None else ""
        exposed = await look(Door(session, url, token, patience), service, where, time.time())
        proposals = propose(exposed)
        if not proposals:
            raise Misconfigured(
                f"{url} shows {len(exposed.series)} names, and none that is usual; write the metrics by hand"
            )
        first = First(service, url, exposed, proposals, token_from=token_from)
        if exposed.page or days == 0:
            return first
        learned = await _learned(first, session, variables, days)
        return replace(first, learned=learned, past=f"{days}d") if learned else first


async def _learned(
    first: "First", session: "ClientSession", variables: "Mapping[str, str]", days: int
) -> "dict[str, Learned]":
    """By metric, what its past says; empty where there was none."""
    from bot.adapters.metrics.prometheus import Prometheus  # noqa: PLC0415
    from bot.core.sources import PrometheusSource  # noqa: PLC0415
    from bot.hindsight import Backtest, recorded  # noqa: PLC0415
    from bot.hindsight.usual import Usual  # noqa: PLC0415
    from bot.plans.first import Learned  # noqa: PLC0415

    plan = _draft(first)
    assert isinstance(plan.metrics_from, PrometheusSource), "a page has no past"
    source = Prometheus(plan.metrics_from, session, variables)
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
