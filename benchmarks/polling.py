"""Many releases polled against a real Prometheus: what is reached of what is wanted, and what gives first.

Three processes beside this one: pages of services, a Prometheus that reads them as often as Songbird looks, and the
bot. The bot finds all releases at their canary, so that all looks are due at once, is measured, has to find and roll
back one canary that breaks, and is started again with something to look back on. The one thing to remember: all of them
share this machine's cores, and whatever else runs there takes its part; the processor that a look takes carries over
best. Linux only.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import ClientError, ClientSession

from benchmarks.figures import Figure, Printed, Table, Wishes
from benchmarks.polling_plan import SERVICES_A_PAGE
from bot.sandbox.prometheus import started, why_not

SECONDS_MAX = 900.0


class Size(NamedTuple):
    releases: int
    look_seconds: float


SIZES = (Size(300, 15.0), Size(1000, 15.0), Size(1000, 5.0))
"""Three to four minutes each, most of them waiting: a quarter of an hour in all."""
LONG = (Size(100, 15.0), Size(3000, 15.0))


async def run(wishes: Wishes) -> AsyncIterator[Printed]:
    """Each size as it is measured, and all of them beside one another at the end. One that fails stops no other."""
    if why_not():
        return
    columns: dict[str, list[Figure]] = {}
    for size in map(Size._make, wishes.sizes) if wishes.sizes else (*SIZES, *LONG) if wishes.long else SIZES:
        column, began = f"{size.releases:,} every {size.look_seconds:g} s", time.monotonic()
        try:
            found = await _polled(size, wishes.seconds)
        except (OSError, ValueError, ClientError) as error:  # a part of it ended, or it took too long
            print(f"{column}: not measured ({error!r})", file=sys.stderr, flush=True)
            continue
        told = (*_told(size, found), ("it was measured in", time.monotonic() - began, "s"))
        columns[column] = [Figure("polling", name, value, unit) for name, value, unit in told]
        for figure in columns[column]:
            yield replace(figure, name=f"{column}: {figure.name}")
    yield Table(columns)


def _told(size: Size, found: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    never = float("inf")
    return [
        ("looks a second", found["looks"], ""),
        ("of those wanted", 100 * found["looks"] / (size.releases / size.look_seconds), "%"),
        ("a look is late, p50", found["late"][0], "s"),
        ("a look is late, p99", found["late"][1], "s"),
        ("the oldest look of any release", found["oldest"], "s"),
        ("an answer takes, p50", found["answered"][0] * 1000, "ms"),
        ("an answer takes, p99", found["answered"][1] * 1000, "ms"),
        ("looks that read nothing", sum(found["failed"].values()), ""),
        ("questions in flight, at most", found["in_flight"], ""),
        ("processor of the bot, of one core", 100 * found["cpu"], "%"),
        ("processor of the bot, a look", 1000 * found["cpu"] / max(found["looks"], 0.001), "ms"),
        ("processor of Prometheus, of one core", 100 * found["server_cpu"], "%"),
        ("memory of the bot", found["megabytes"], "MB"),
        ("memory of Prometheus", found["server_megabytes"], "MB"),
        ("the database", found["database_megabytes"], "MB"),
        ("the database grows an hour", found["growth_an_hour"], "MB"),
        ("the loop comes back late, p99", found["delay"][1] * 1000, "ms"),
        ("a press is written down, p50", found["acks"][0] * 1000, "ms"),
        ("a press is written down, p99", found["acks"][1] * 1000, "ms"),
        ("a broken canary is found within", never if found["found"] is None else found["found"], "s"),
        ("and its traffic back within", never if found["back"] is None else found["back"] * 1000, "ms"),
        ("after a restart, looked at", found["again"]["start_looked_at"], ""),
        ("after a restart, the last first look after", found["again"]["start_last_first_look"], "s"),
        ("after a restart, questions in flight", found["again"]["start_in_flight"], ""),
        ("after a restart, pasts read in two intervals", found["again"]["start_pasts"], ""),
        ("after a restart, the loop's longest delay", found["again"]["start_worst_delay"] * 1000, "ms"),
    ]


async def _polled(size: Size, seconds: float) -> Mapping[str, Any]:
    with tempfile.TemporaryDirectory(prefix="songbird-bench-") as folder:
        async with _child("benchmarks.polled_fleet", str(size.releases)) as fleet:
            pages = await _line(fleet)
            with started(Path(folder) / "prometheus", _config(size, pages)) as (url, server):
                wanted = {
                    "database": str(Path(folder) / "songbird.db"),
                    "url": url,
                    "fleet": pages,
                    "server": server,
                    "releases": size.releases,
                    "look_seconds": size.look_seconds,
                    "seconds": seconds,
                }
                await _read_all(url, 3 * size.releases)
                found = await _played(wanted)
                again = await _played({**wanted, "again": True})
                return {**found, "again": again}


async def _read_all(url: str, processes: int) -> None:
    """Until Prometheus has seen every process."""
    async with ClientSession() as session, asyncio.timeout(SECONDS_MAX):
        seen = 0
        while seen < processes:
            await asyncio.sleep(1.0)
            query = {"query": 'count(up{environment="production"})'}
            async with session.post(f"{url}/api/v1/query", data=query) as answer:
                found = (await answer.json())["data"]["result"]
            seen = int(found[0]["value"][1]) if found else 0


async def _played(wanted: Mapping[str, Any]) -> dict[str, Any]:
    async with _child("benchmarks.polled", json.dumps(wanted)) as bot, asyncio.timeout(SECONDS_MAX):
        found: dict[str, Any] = json.loads(await _line(bot))
        return found


def _config(size: Size, pages: str) -> str:
    """What Prometheus is told to read: every page as often as Songbird looks."""
    jobs = [
        {
            "job_name": f"page-{number}",
            "honor_labels": True,
            "metrics_path": f"/pages/{number}",
            "static_configs": [{"targets": [pages]}],
        }
        for number in range(-(-size.releases // SERVICES_A_PAGE))
    ]
    every = f"{size.look_seconds:g}s"
    return json.dumps({"global": {"scrape_interval": every, "scrape_timeout": every}, "scrape_configs": jobs})


@contextlib.asynccontextmanager
async def _child(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *arguments, stdout=asyncio.subprocess.PIPE, limit=1 << 22
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def _line(child: asyncio.subprocess.Process) -> str:
    assert child.stdout is not None, "it is piped"
    return (await child.stdout.readline()).decode().strip()
