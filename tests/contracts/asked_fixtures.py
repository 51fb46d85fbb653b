"""Two more fleets that the metrics port is held to: what a Datadog was sent, and what an address answers in JSON.

Both are stand-ins on real sockets. They count by the span, or may do so, and are asked about times: the looks of a test
are a minute apart. The one thing a reader could forget: what a test counts before a look is sent just before the time
up to which that look is told.
"""

import math
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.adapters.metrics import Reading
from bot.adapters.metrics.datadog import Datadog
from bot.adapters.metrics.http import Http
from bot.core.plan import Plan
from bot.core.sources import DatadogSource, HttpSource
from tests.contracts.metrics_fixtures import Fleet
from tests.support.datadog import KEYS, StandInDatadog, running
from tests.support.scenario import written_plan

BEGIN = 1_800_000_000.0
LOOK_SECONDS = 60.0
SECRET = "s3cret"  # noqa: S105 - of a test

IN_DATADOG: list[dict[str, Any]] = [
    {"name": "errors", "kind": "errors", "counter": "shop.requests{status:5*}", "of": "shop.requests"},
    {"name": "p95", "kind": "performance", "query": "p95:shop.duration{{where}} by {version}", "unit": "s"},
    {"name": "memory", "kind": "resource", "gauge": "shop.memory", "unit": "bytes"},
    {"name": "pool", "kind": "resource", "gauge": "shop.pool.in_use", "of": "shop.pool.size"},
]
IN_JSON: list[dict[str, Any]] = [
    {"name": "errors", "kind": "errors", "counter": "$.requests.failed", "of": "$.requests.all"},
    {"name": "memory", "kind": "resource", "gauge": "$.memory", "unit": "bytes"},
    {"name": "pool", "kind": "resource", "gauge": "$.pool.in_use", "of": "$.pool.size"},
]


@dataclass
class Instance:
    """One process that a test drives; what it counts waits for the next look."""

    environment: str
    commit: str
    started_at: float
    memory: float = 0.0
    in_use: float = 0.0
    spoilt: bool = False
    waiting: list[tuple[str, float]] = field(default_factory=list)
    counted: list[tuple[float, str, float]] = field(default_factory=list)
    """When, with which status, in how many seconds."""


class Timed(Fleet):
    """A fleet whose looks are a minute apart, at the time at which they would be."""

    has_buckets = False
    delay = 0.0
    metrics: list[dict[str, Any]]
    written: dict[str, Any]
    """The source as a plan writes it."""

    def __init__(self) -> None:
        self.instances: dict[str, Instance] = {}

    def told(self, at: float) -> float:
        """Up to when a look is told."""
        return BEGIN + at * LOOK_SECONDS - self.delay

    async def read(self, *environments: str, at: float = 1.0) -> Reading:
        self.send(math.floor(self.told(at)) - 2.0)
        reading = await self.source.read(self.plan, environments, BEGIN + at * LOOK_SECONDS)
        back = [replace(one, at=at - (self.told(at) - one.at) / LOOK_SECONDS) for one in reading.totals]
        return Reading(at, tuple(back), reading.failures)

    def send(self, at: float) -> None:
        for one in self.instances.values():
            one.counted += ((at, *each) for each in one.waiting)
            one.waiting.clear()

    def start(self, environment: str, name: str, commit: str, started_at: float) -> None:
        self.instances[name] = Instance(environment, commit, started_at)

    def serve(self, name: str, status: str, seconds: float, times: int = 1) -> None:
        self.instances[name].waiting += [(status, seconds)] * times

    def hold(self, name: str, memory: float, in_use: float) -> None:
        self.instances[name].memory, self.instances[name].in_use = memory, in_use

    def restart(self, name: str, at: float) -> None:
        before = self.instances[name]
        self.start(before.environment, name, before.commit, at)

    def spoil(self, name: str) -> None:
        self.instances[name].spoilt = True


class InDatadog(Timed):
    """A Datadog to which all processes send."""

    nobody = "production is unknown to Datadog: none of the plan's series has service:shop,env:production"
    spoilt = "has sent Datadog nothing for 20 s"
    knows_starts = False
    delay = 30.0

    def __init__(self, datadog: StandInDatadog, session: ClientSession) -> None:
        super().__init__()
        self.datadog, self._session = datadog, session
        self.point()

    def point(self, metrics: list[dict[str, Any]] = IN_DATADOG, **more: Any) -> None:
        source = {"use": "datadog", "url": self.datadog.url, "where": "service:shop,env:{environment}", **more}
        self.metrics, self.written = metrics, source
        self.plan = Plan.model_validate(written_plan(metrics=metrics, metrics_from=source))
        assert isinstance(self.plan.metrics_from, DatadogSource)
        self.source: Datadog = Datadog(self.plan.metrics_from, self._session, {**KEYS, "EMPTY": ""})

    def send(self, at: float) -> None:
        for one in self.instances.values():
            tags = {"service:shop", f"env:{one.environment}", f"version:{one.commit}"}
            for status, seconds in one.waiting:
                self.datadog.count("shop.requests", {*tags, f"status:{status}"}, 1, at)
                self.datadog.count("shop.duration", tags, seconds, at)
            gauges = {"memory": one.memory, "pool.in_use": one.in_use, "pool.size": 10.0}
            for name, value in gauges.items():
                self.datadog.gauge(f"shop.{name}", tags, value, at - 100.0 if one.spoilt else at)
        super().send(at)

    def hide(self) -> None:
        self.datadog.says(500, {"errors": ["Internal error"]})


class InJson(Timed):
    """An address that answers in JSON, by processes: what they counted since they started, or between two times."""

    def __init__(self, session: ClientSession, *, spans: bool, by_version: bool) -> None:
        super().__init__()
        self.spans, self.knows_starts, self.by_version = spans, not spans, by_version
        nothing = "no version at $.live[*]" if by_version else "nothing at $.versions[*]"
        self.nobody, self.spoilt = f"production has {nothing}", "has no name at $.name"
        self.delay = 5.0 if spans else 0.0
        self.asked: list[tuple[str, dict[str, str], str, dict[str, str]]] = []
        self.status = 200
        self.says: Any = None
        """Answered in place of all."""
        self._session = session
        self.address = ""

    async def open(self, tls: ssl.SSLContext | None = None) -> TestServer:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        server = TestServer(app, host="localhost" if tls else "127.0.0.1", port=0, scheme="https" if tls else "http")
        await server.start_server(ssl=tls)
        self.address = str(server.make_url("")).rstrip("/")
        self.point()
        return server

    def point(self, metrics: list[dict[str, Any]] = IN_JSON, **more: Any) -> None:
        listed = f"{self.address}/{{environment}}"
        between = "&from={from}&to={to}" if self.spans else ""
        source = {
            "use": "http",
            "url": f"{self.address}/{{environment}}{'/{version}' if self.by_version else ''}?of=shop{between}",
            "each": "$.versions[*]",
            **({"versions": listed, "versions_at": "$.live[*]"} if self.by_version else {"version": "$.commit"}),
            "process": "$.name",
            **({} if self.spans else {"started": "$.since"}),
            "headers_from": {"X-Api-Key": "STATS_KEY"},
            **more,
        }
        self.metrics, self.written = metrics, source
        self.plan = Plan.model_validate(written_plan(metrics=metrics, metrics_from=source))
        assert isinstance(self.plan.metrics_from, HttpSource)
        self.source: Http = Http(self.plan.metrics_from, self._session, {"STATS_KEY": f"{SECRET}\n", "EMPTY": ""})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body, query = await request.text(), dict(request.query)
        self.asked.append((request.path, query, body, dict(request.headers)))
        if self.says is not None:
            answered: web.StreamResponse = await self.says(request)
            return answered
        if request.headers.get("X-Api-Key") != SECRET:
            return web.Response(status=401)
        since, until = float(query.get("from", "0")), float(query.get("to", "inf"))
        _, environment, *version = request.path.split("/")
        there = {name: one for name, one in self.instances.items() if one.environment == environment}
        parts = [self._part(name, one, since, until) for name, one in there.items() if version in ([], [one.commit])]
        live = list(dict.fromkeys(one.commit for one in there.values()))
        return web.json_response({"versions": parts, "live": live}, status=self.status)

    @staticmethod
    def _part(name: str, one: Instance, since: float, until: float) -> dict[str, Any]:
        statuses = [status for at, status, _ in one.counted if since <= at < until]
        failed = sum(status.startswith("5") for status in statuses)
        return {
            **({} if one.spoilt else {"name": name}),
            "commit": one.commit,
            "since": one.started_at,
            "requests": {"all": len(statuses), **({"failed": failed} if failed else {})},
            "memory": one.memory,
            "pool": {"in_use": one.in_use, "size": 10},
        }

    def hide(self) -> None:
        self.status = 500


@asynccontextmanager
async def in_datadog() -> AsyncIterator[InDatadog]:
    async with running() as datadog, ClientSession() as session:
        yield InDatadog(datadog, session)


@asynccontextmanager
async def in_json(*, spans: bool, by_version: bool = False, tls: ssl.SSLContext | None = None) -> AsyncIterator[InJson]:
    async with ClientSession() as session:
        fleet = InJson(session, spans=spans, by_version=by_version)
        server = await fleet.open(tls)
        try:
            yield fleet
        finally:
            await server.close()
