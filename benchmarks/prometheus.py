"""One look at 30 metrics in a real Prometheus, of few series and of many: one joined query against other ways to ask.

The other ways are a request for each metric, one after the other and all at once, and one request for every raw series
by its name, to be added up here. They are taken in turns, since the machine has other things to do. The one thing to
remember: times are of the request and of reading its JSON; their ratios carry over, they do not. Linux only.
"""

import asyncio
import json
import math
import os
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from aiohttp import ClientSession

from benchmarks.figures import Figure, Wishes
from bot.adapters.metrics.prometheus import Prometheus
from bot.adapters.metrics.promql import Question, joined, tagged
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.core.sources import PrometheusSource
from bot.sandbox.prometheus import why_not
from tests.support.prometheus import Server, running
from tests.support.scenario import written_plan

STATUSES = ("200", "400", "404", "500", "502", "503")
BOUNDS = (*(0.005 * 1.4**number for number in range(20)), math.inf)
SHARES, QUANTILES, GAUGES = 15, 6, 9
LOOKS = 40


class Size(NamedTuple):
    processes: int
    routes: int


SIZES = (Size(2, 1), Size(10, 5))


async def run(_wishes: Wishes) -> AsyncIterator[Figure]:
    if why_not():
        return
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as server:
            async for figure in _measured(size, server):
                yield figure


async def _measured(size: Size, server: Server) -> AsyncIterator[Figure]:
    series = dict(_series(size))
    server.write(series, time.time())
    source = {"use": "prometheus", "url": server.url, "time_max": "30s"}
    plan = Plan.model_validate(written_plan(metrics=_metrics(), metrics_from=source))
    assert isinstance(plan.metrics_from, PrometheusSource)
    ways = _ways(plan.metrics_from, plan.metrics)
    taken: dict[str, list[float]] = {name: [] for name in ways}
    spent, sizes = dict.fromkeys(ways, 0.0), dict.fromkeys(ways, 0.0)
    async with ClientSession() as session:
        for _ in range(LOOKS):
            for name, (texts, together) in ways.items():
                before, began = cpu_seconds(server.pid), time.perf_counter()
                sizes[name] = await _asked(session, server.url, texts, together=together)
                taken[name].append(time.perf_counter() - began)
                spent[name] += cpu_seconds(server.pid) - before
        server.write(series, time.time())
        look = await _look_seconds(plan, session, size)
    for name in ways:
        about = f"{len(series):,} series, {name}"
        yield Figure("prometheus", f"{about}: median of {LOOKS}", median(taken[name]) * 1000, "ms")
        yield Figure("prometheus", f"{about}: against joined", median(taken[name]) / median(taken["joined"]))
        yield Figure("prometheus", f"{about}: the server's work", spent[name] / LOOKS * 1000, "ms")
        yield Figure("prometheus", f"{about}: its work against joined", spent[name] / spent["joined"])
        yield Figure("prometheus", f"{about}: answers", sizes[name] / 1000, "KB")
    yield Figure("prometheus", f"{len(series):,} series, a whole look, read and sorted", look * 1000, "ms")


def cpu_seconds(pid: int) -> float:
    """What the process has used of the processors, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _look_seconds(plan: Plan, session: ClientSession, size: Size) -> float:
    assert isinstance(plan.metrics_from, PrometheusSource)
    source, taken = Prometheus(plan.metrics_from, session, {}), []
    for _ in range(LOOKS // 4):
        began = time.perf_counter()
        reading = await source.read(plan, ("production",), time.time())
        taken.append(time.perf_counter() - began)
        assert len(reading.totals) == size.processes, reading.failures
        assert all(len(totals.shown) == len(plan.metrics) for totals in reading.totals)
    return median(taken)


def _ways(source: PrometheusSource, metrics: Sequence[Metric]) -> dict[str, tuple[list[str], bool]]:
    """By name, the queries of a way to ask, and whether they are asked at once."""
    whole = Question(source, metrics, ("production",))
    chain = [tagged(expression, str(n)) for n, expression in enumerate(whole.expressions("production"))]
    each = []
    for metric in metrics:
        asked = Question(source, (metric,), ("production",)).expressions("production").items()
        own = (expression for expression, parts in asked if any(name for name, _ in parts))
        each.append(joined([tagged(expression, str(n)) for n, expression in enumerate(own)]))
    names = {name for metric in metrics for name in _names(metric)}
    raw = f'{{__name__=~"{"|".join(sorted(names))}", {source.matchers("production")}}}'
    return {
        "joined": ([whole.text], True),
        "in a chain": ([" or ".join(chain)], True),
        "one by one": (each, False),
        "at once": (each, True),
        "raw series": ([raw], True),
    }


def _names(metric: Metric) -> list[str]:
    written = [metric.counter, metric.of, metric.gauge, f"{metric.histogram}_bucket" if metric.histogram else None]
    return [one.partition("{")[0] for one in written if one is not None]


async def _asked(session: ClientSession, url: str, texts: Sequence[str], *, together: bool) -> float:
    """Bytes of the answers, unpacked."""

    async def ask(text: str) -> int:
        async with session.post(f"{url}/api/v1/query", data={"query": text}) as answer:
            body = await answer.read()
        assert json.loads(body)["data"]["result"], "nothing was found"
        return len(body)

    if together:
        return float(sum(await asyncio.gather(*map(ask, texts))))
    return float(sum([await ask(text) for text in texts]))


def _metrics() -> list[dict[str, object]]:
    shares = (
        {"kind": "errors", "counter": f'work{number}_total{{status=~"5.."}}', "of": f"work{number}_total"}
        for number in range(SHARES)
    )
    quantiles = ({"kind": "performance", "histogram": f"took{n}_seconds", "quantile": 0.95} for n in range(QUANTILES))
    gauges = ({"kind": "resource", "gauge": f"level{number}"} for number in range(GAUGES))
    found: list[Mapping[str, object]] = [*shares, *quantiles, *gauges]
    return [{"name": f"m{number}", **one} for number, one in enumerate(found)]


def _series(size: Size) -> list[tuple[str, float]]:
    found = []
    for number in range(size.processes):
        commit = ("a" if number < size.processes // 5 else "b") * 40
        target = f'instance="10.0.0.{number}:9100",commit="{commit}",environment="production",job="shop"'
        found += [(f"up{{{target}}}", 1.0), (f"process_start_time_seconds{{{target}}}", 1.0)]
        found += [
            (f'work{share}_total{{{target},route="{route}",status="{status}"}}', 7.0)
            for share in range(SHARES)
            for route in range(size.routes)
            for status in STATUSES
        ]
        found += [
            (f'took{one}_seconds_bucket{{{target},route="{route}",le="{bound:g}"}}', float(place))
            for one in range(QUANTILES)
            for route in range(size.routes)
            for place, bound in enumerate(BOUNDS)
        ]
        found += [(f"level{level}{{{target}}}", 3.0) for level in range(GAUGES)]
    return found
