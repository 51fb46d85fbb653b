"""Three fleets of processes that the metrics port is held to: in memory, on exposition pages, in a real Prometheus.

A test says what its processes count, in the same words for all; `Wire` writes it on pages with prometheus_client and
serves them, and their discovery, over sockets; `Stored` writes what stands on these pages into Prometheus. The one
thing a reader could forget: on a page a series of errors is not there before its first error, as many clients do it.
"""

import asyncio
import ssl
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from bot.adapters.metrics import MetricsSource, Reading
from bot.adapters.metrics.prometheus import Prometheus
from bot.adapters.metrics.scrape import Scrape
from bot.adapters.metrics.stand_in import Process, StandInMetrics
from bot.analysis.shapes import Buckets, Counts, Values
from bot.core.plan import Plan
from bot.core.sources import PrometheusSource, ScrapeSource
from tests.support.prometheus import STALE, Server
from tests.support.scenario import written_plan

BOUNDS = (0.1, 0.2, 0.5)
NEW, OLD = "a" * 40, "b" * 40

METRICS: list[dict[str, Any]] = [
    {"name": "errors", "kind": "errors", "counter": 'requests_total{status=~"5.."}', "of": "requests_total"},
    {"name": "p95", "kind": "performance", "histogram": "duration_seconds", "quantile": 0.95},
    {"name": "memory", "kind": "resource", "gauge": "memory_bytes", "unit": "bytes"},
    {"name": "pool", "kind": "resource", "gauge": "pool_in_use", "of": "pool_size"},
]


def plan_for(targets: str = "http://127.0.0.1:1/{environment}", time_max: str = "2s") -> Plan:
    source = {"use": "scrape", "targets": targets, "time_max": time_max}
    return Plan.model_validate(written_plan(metrics=METRICS, metrics_from=source))


async def certified(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """An authority that no machine knows, and a server's side of a connection that it vouches for, as localhost."""
    key, ca = folder / "key.pem", folder / "ca.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(ca)]
    told = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    await asyncio.to_thread(subprocess.run, [*made, *told], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ca, key)
    return ca, context


class Fleet(ABC):
    """Processes that a test drives, and the source that reads them."""

    plan: Plan
    source: MetricsSource
    nobody = "nothing to read: the discovery knows no process"
    """What a reading says of an environment with no process."""
    spoilt = "answered 500"
    """What it says of a process that is spoilt."""
    knows_starts = True
    """Whether it is told when a process started; what counts by the span is not."""
    has_buckets = True

    @abstractmethod
    def start(self, environment: str, name: str, commit: str, started_at: float) -> None: ...

    @abstractmethod
    def serve(self, name: str, status: str, seconds: float, times: int = 1) -> None:
        """Requests answered by a process."""

    @abstractmethod
    def hold(self, name: str, memory: float, in_use: float) -> None:
        """The gauges; the pool has 10 places."""

    @abstractmethod
    def restart(self, name: str, at: float) -> None: ...

    @abstractmethod
    def spoil(self, name: str) -> None:
        """Its page cannot be read from now on."""

    @abstractmethod
    def hide(self) -> None:
        """The discovery fails from now on."""

    async def read(self, *environments: str, at: float = 1.0) -> Reading:
        return await self.source.read(self.plan, environments, at)


class InMemory(Fleet):
    def __init__(self) -> None:
        self.plan = plan_for()
        self.source: StandInMetrics = StandInMetrics()

    def _process(self, name: str) -> Process:
        return next(process for process in self.source.processes.values() if process.name == name)

    def start(self, environment: str, name: str, commit: str, started_at: float) -> None:
        self.source.start(environment, name, commit=commit, started_at=started_at)
        self.serve(name, "200", 0.0, 0)
        self.hold(name, 0, 0)

    def serve(self, name: str, status: str, seconds: float, times: int = 1) -> None:
        place = sum(bound < seconds for bound in BOUNDS)
        counts = tuple(float(times * (number == place)) for number in range(len(BOUNDS) + 1))
        self._process(name).count("errors", Counts(times * status.startswith("5"), times))
        self._process(name).count("p95", Buckets(BOUNDS, counts))

    def hold(self, name: str, memory: float, in_use: float) -> None:
        self._process(name).count("memory", Values(memory))
        self._process(name).count("pool", Values(in_use / 10))

    def restart(self, name: str, at: float) -> None:
        self._process(name).restart(at)
        self.serve(name, "200", 0.0, 0)
        self.hold(name, 0, 0)

    def spoil(self, name: str) -> None:
        self._process(name).fault = "answered 500"

    def hide(self) -> None:
        self.source.fault = "the discovery answered 500"


class Shop:
    """One process's registry, and where its page goes wrong, if it does."""

    def __init__(self, environment: str, commit: str, started_at: float) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library forgot its types here
        self.environment, self.commit = environment, commit
        self.registry = CollectorRegistry()
        self.requests = Counter("requests_total", "Answers.", ("route", "status"), registry=self.registry)
        self.duration = Histogram("duration_seconds", "Time.", ("route",), registry=self.registry, buckets=BOUNDS)
        self.memory = Gauge("memory_bytes", "Memory.", registry=self.registry)
        self.size = Gauge("pool_size", "Places.", registry=self.registry)
        self.in_use = Gauge("pool_in_use", "Places taken.", registry=self.registry)
        Gauge("process_start_time_seconds", "Start.", registry=self.registry).set(started_at)
        self.size.set(10)
        self.requests.labels("/", "200")
        self.duration.labels("/")
        self.answer: Callable[[], Awaitable[web.StreamResponse]] = self.page

    def serve(self, status: str, seconds: float, times: int = 1) -> None:
        for _ in range(times):
            self.requests.labels("/", status).inc()
            self.duration.labels("/").observe(seconds)

    def hold(self, memory: float, in_use: float) -> None:
        self.memory.set(memory)
        self.in_use.set(in_use)

    async def page(self) -> web.StreamResponse:
        return web.Response(body=generate_latest(self.registry), content_type="text/plain")


class Wire(Fleet):
    """One server for the discovery, and one for each process."""

    def __init__(self, session: ClientSession) -> None:
        self.shops: dict[str, Shop] = {}
        self.addresses: dict[str, str] = {}
        self.more_groups: list[Any] = []
        self.hidden: set[str] = set()
        """Environments whose discovery fails."""
        self._servers: list[TestServer] = []
        self._session = session

    async def open(self, *names: str) -> None:
        """Servers first: a process only needs to find its own."""
        for name in names:
            self.addresses[name] = await self.listen(lambda _, name=name: self.shops[name].answer())
        discovery = await self.listen(self._targets)
        self.point(plan_for(f"http://{discovery}/sd/{{environment}}"))

    def point(self, plan: Plan) -> None:
        assert isinstance(plan.metrics_from, ScrapeSource)
        self.plan, self.source = plan, Scrape(plan.metrics_from, self._session)

    async def listen(self, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> str:
        """One more server; its address."""

        async def handle(request: web.Request) -> web.StreamResponse:
            return await answer(request)

        app = web.Application()
        app.router.add_get("/{path:.*}", handle)
        server = TestServer(app, host="127.0.0.1", port=0)
        await server.start_server()
        self._servers.append(server)
        return f"127.0.0.1:{server.port}"

    async def close(self) -> None:
        await asyncio.gather(*(server.close() for server in self._servers))

    async def _targets(self, request: web.Request) -> web.StreamResponse:
        environment = request.path.rsplit("/", 1)[-1]
        groups = [
            {"targets": [self.addresses[name]], "labels": {"commit": shop.commit, "environment": shop.environment}}
            for name, shop in self.shops.items()
            if shop.environment == environment
        ]
        return web.json_response([*groups, *self.more_groups], status=500 if environment in self.hidden else 200)

    def start(self, environment: str, name: str, commit: str, started_at: float) -> None:
        self.shops[name] = Shop(environment, commit, started_at)

    def serve(self, name: str, status: str, seconds: float, times: int = 1) -> None:
        self.shops[name].serve(status, seconds, times)

    def hold(self, name: str, memory: float, in_use: float) -> None:
        self.shops[name].hold(memory, in_use)

    def restart(self, name: str, at: float) -> None:
        self.start(self.shops[name].environment, name, self.shops[name].commit, at)

    def spoil(self, name: str) -> None:
        self.says(name, web.Response(status=500))

    def says(self, name: str, answer: web.StreamResponse, after_seconds: float = 0.0) -> None:
        async def say() -> web.StreamResponse:
            await asyncio.sleep(after_seconds)
            return answer

        self.shops[name].answer = say

    def hide(self) -> None:
        self.hidden = {"production", "staging"}


class Stored(Fleet):
    """A Prometheus that has just read all pages, whenever it is asked after something has changed."""

    nobody = "production is unknown to Prometheus"
    spoilt = "could not be read by Prometheus"

    def __init__(self, server: Server, session: ClientSession) -> None:
        self.where = f'environment="{{environment}}", fleet="{next(server.fleets)}"'
        self.shops: dict[str, Shop] = {}
        self.spoiled: set[str] = set()
        self._server, self._session = server, session
        self._there: dict[str, float] = {}
        """Every series and its value as Prometheus has it."""
        self.point(server.url)

    def point(self, url: str, metrics: Sequence[dict[str, Any]] = METRICS, **more: Any) -> None:
        source = {"use": "prometheus", "url": url, "where": self.where, **more}
        self.plan = Plan.model_validate(written_plan(metrics=metrics, metrics_from=source))
        assert isinstance(self.plan.metrics_from, PrometheusSource)
        self.source = Prometheus(self.plan.metrics_from, self._session, {"PROMETHEUS_TOKEN": "s3cret"})

    def scrape(self, at: float | None = None) -> None:
        """As Prometheus would: what is on no page any more has ended."""
        now = {name: value for shop in self.shops for name, value in self._page(shop)}
        ended = dict.fromkeys(self._there.keys() - now.keys(), STALE)
        if now != self._there:
            self._server.write({**now, **ended}, time.time() if at is None else at)
        self._there = now

    def _page(self, name: str) -> Iterator[tuple[str, float]]:
        shop, fleet = self.shops[name], self.where.rpartition(", ")[2]
        target = f'instance="{name}:80",commit="{shop.commit}",environment="{shop.environment}",{fleet}'
        yield f"up{{{target}}}", float(name not in self.spoiled)
        for family in shop.registry.collect() if name not in self.spoiled else ():
            for sample in family.samples:
                labels = "".join(f',{key}="{value}"' for key, value in sample.labels.items())
                yield f"{sample.name}{{{target}{labels}}}", sample.value

    async def read(self, *environments: str, at: float = 1.0) -> Reading:
        self.scrape()
        return await super().read(*environments, at=at)

    def start(self, environment: str, name: str, commit: str, started_at: float) -> None:
        self.shops[name] = Shop(environment, commit, started_at)

    def serve(self, name: str, status: str, seconds: float, times: int = 1) -> None:
        self.shops[name].serve(status, seconds, times)

    def hold(self, name: str, memory: float, in_use: float) -> None:
        self.shops[name].hold(memory, in_use)

    def restart(self, name: str, at: float) -> None:
        self.start(self.shops[name].environment, name, self.shops[name].commit, at)

    def spoil(self, name: str) -> None:
        self.spoiled.add(name)

    def hide(self) -> None:
        """The plan says the wrong address from now on."""
        self.point(f"{self._server.url}/elsewhere")


@asynccontextmanager
async def stored(server: Server) -> AsyncIterator[Stored]:
    async with ClientSession() as session:
        yield Stored(server, session)


@asynccontextmanager
async def wire(*names: str) -> AsyncIterator[Wire]:
    async with ClientSession() as session:
        fleet = Wire(session)
        await fleet.open(*names)
        try:
            yield fleet
        finally:
            await fleet.close()
