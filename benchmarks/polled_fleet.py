"""The services of `polling`, in a process of their own: pages of counters for Prometheus, and one service that breaks.

Each service has a canary with a tenth of the traffic and two processes of the version before it; a page is of a hundred
services, and says itself whose each series is, as a page of federated series does. Prints its address. The one thing to
remember: `/break/NAME` makes three in ten of that canary's requests fail from then on, and answers when that was.
"""

import asyncio
import sys
import time
from collections.abc import Iterator

import numpy as np
from aiohttp import web

from benchmarks.polling_plan import BOUNDS, NEW, OLD, SERVICES_A_PAGE

RATE, CANARY_PART, FAILED, BROKEN = 20.0, 0.1, 0.002, 0.3
"""Requests a second of a service, the canary's part, and the parts that fail."""
FAST = np.array([0.3, 0.3, 0.2, 0.1, *[0.1 / (len(BOUNDS) - 3)] * (len(BOUNDS) - 3)])
"""How the times of requests are spread over the buckets, the last one included."""
STATUSES = ("200", "404", "500")
OUTCOMES = ("completed", "failed")
HISTOGRAMS = ("took", "waited")
GAUGES = ("memory_bytes", "threads", "pool_in_use", "pool_size")
GAUGES_AT = np.array([150e6, 20.0, 3.0, 10.0])


class Fleet:
    """All numbers in arrays with a row for each process; a page is made when it is asked for."""

    def __init__(self, services: int) -> None:
        self._names = [f"service-{number}" for number in range(services)]
        rows = 3 * services
        self._rates = np.tile([RATE * CANARY_PART, *[RATE * (1 - CANARY_PART) / 2] * 2], services)
        self._failed = np.full(rows, FAILED)
        self._chance = np.random.default_rng(1)
        self._requests, self._checkouts = np.zeros((rows, len(STATUSES))), np.zeros((rows, len(OUTCOMES)))
        self._buckets = np.zeros((rows, len(HISTOGRAMS), len(FAST)))
        self._began = self._told_at = time.time()
        self._written = [list(self._series(service)) for service in range(services)]

    def _series(self, service: int) -> Iterator[str]:
        """The names of a service's series, in the order of its numbers."""
        for process, commit in enumerate((NEW, OLD, OLD)):
            whose = f'instance="{self._names[service]}-{process}:80",commit="{commit}",environment="production"'
            whose += f',service="{self._names[service]}"'
            yield from (f"{name}{{{whose}}}" for name in ("up", "process_start_time_seconds", *GAUGES))
            yield from (f'requests_total{{{whose},status="{status}"}}' for status in STATUSES)
            yield from (f'checkouts_total{{{whose},outcome="{outcome}"}}' for outcome in OUTCOMES)
            for name in HISTOGRAMS:
                yield from (f'{name}_seconds_bucket{{{whose},le="{bound}"}}' for bound in (*BOUNDS, "+Inf"))

    def page(self, number: int) -> str:
        self._serve(time.time())
        first, last = number * SERVICES_A_PAGE, min((number + 1) * SERVICES_A_PAGE, len(self._names))
        rows = slice(3 * first, 3 * last)
        count = 3 * (last - first)
        head = np.tile([1.0, self._began, *GAUGES_AT], (count, 1))
        head[:, 2] += self._chance.normal(0, 2e6, count)
        buckets = self._buckets[rows].cumsum(axis=2).reshape(count, -1)
        values = np.hstack([head, self._requests[rows], self._checkouts[rows], buckets]).ravel().tolist()
        names = (name for service in self._written[first:last] for name in service)
        return "".join(f"{name} {value:.12g}\n" for name, value in zip(names, values, strict=True))

    def _serve(self, now: float) -> None:
        """What was asked of every process since the last page."""
        seconds, self._told_at = now - self._told_at, now
        asked = self._chance.poisson(self._rates * seconds)
        failed = self._chance.binomial(asked, self._failed)
        self._requests += np.stack([asked - failed, np.zeros_like(asked), failed], axis=1)
        paid = self._chance.binomial(asked, 0.2)
        lost = self._chance.binomial(paid, 0.01)
        self._checkouts += np.stack([paid - lost, lost], axis=1)
        for histogram in range(len(HISTOGRAMS)):
            self._buckets[:, histogram] += self._chance.multinomial(asked, FAST / FAST.sum())

    def spoil(self, name: str) -> float:
        self._serve(now := time.time())
        self._failed[3 * self._names.index(name)] = BROKEN
        return now


async def main(services: int) -> None:
    fleet, app = Fleet(services), web.Application()

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=fleet.page(int(request.match_info["number"])))

    async def spoil(request: web.Request) -> web.Response:
        return web.json_response(fleet.spoil(request.match_info["name"]))

    app.router.add_get("/pages/{number}", page)
    app.router.add_get("/break/{name}", spoil)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
