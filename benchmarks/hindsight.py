"""What a plan's past costs: `plan lint --live` and `backtest` over a week that a real Prometheus has at 15 seconds.

The week is made up (`tests/hindsight/week`): five metrics, four processes, twelve buckets, five deploys. It is
written as blocks before the server starts. The one thing to remember: seconds of a processor are of this machine, and
wall time of its other work as well; what carries over are the ratios, of a week to a day and of the tool to the server.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

from benchmarks.figures import Figure, Wishes
from benchmarks.prometheus import cpu_seconds
from bot.sandbox.prometheus import why_not
from tests.hindsight.week import BEGINS, BOUNDS, DAY, DEPLOYS, Process, looks, plan
from tests.support.prometheus import Server, backfill, running

LOOK_SECONDS = 15
SAMPLE_SECONDS = 0.1
AHEAD_SECONDS = 1800.0
"""So far the week goes beyond now, since asking for it takes a while, and lint asks for the present as well."""


@dataclass(frozen=True)
class Taken:
    """By one command, and by the server meanwhile."""

    wall: float
    cpu: float
    megabytes: float
    server: float


async def run(wishes: Wishes) -> AsyncIterator[Figure]:
    if why_not():
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        later = (time.time() + AHEAD_SECONDS - BEGINS - 7 * DAY) // LOOK_SECONDS * LOOK_SECONDS
        backfill(folder, _lines(later, wishes.days))
        with running(folder) as server:
            for figure in _measured(folder, server, later, wishes.days):
                yield figure


def _measured(folder: Path, server: Server, later: float, days: int) -> Iterator[Figure]:
    shop, deploys = folder / "shop.yml", folder / "deploys.csv"
    where = "where: 'job=\"shop\"'"
    shop.write_text(plan(f"{LOOK_SECONDS}s").replace('"http://127.0.0.1:1", where', f'"{server.url}", where'))
    assert where in shop.read_text()
    assert server.url in shop.read_text()
    rows = (f"{datetime.fromtimestamp(one.at + later, UTC).isoformat()},{one.version},{one.ended}" for one in DEPLOYS)
    deploys.write_text("\n".join(["at,version,ended", *rows, ""]))
    replay = ("backtest", str(shop), "--deploys", str(deploys), "--from")
    commands = {
        "plan lint --live": ("plan", "lint", "--live", str(shop)),
        "backtest, a day": (*replay, "1d"),
        "backtest, a day, drawn": (*replay, "1d", "--picture", str(folder / "day.png")),
        "backtest, all of it": (*replay, f"{days}d"),
    }
    taken = {name: _taken(command, server) for name, command in commands.items()}
    for name, one in taken.items():
        yield Figure("hindsight", f"{name}: wall", one.wall, "s")
        yield Figure("hindsight", f"{name}: processor", one.cpu, "s")
        yield Figure("hindsight", f"{name}: the server's against it", one.server / one.cpu)
        yield Figure("hindsight", f"{name}: memory at its peak", one.megabytes, "MB")
    whole, day, drawn = (taken[f"backtest, {name}"] for name in ("all of it", "a day", "a day, drawn"))
    yield Figure("hindsight", "days in all", days)
    yield Figure("hindsight", "backtest, all of it / a day: processor", whole.cpu / day.cpu)
    yield Figure("hindsight", "backtest, all of it / a day: memory", whole.megabytes / day.megabytes)
    yield Figure("hindsight", "backtest, drawn / not: processor", drawn.cpu / day.cpu)
    yield Figure("hindsight", "backtest: a look of 5 metrics", whole.cpu / (days * DAY / LOOK_SECONDS) * 1000, "ms")


def _taken(command: tuple[str, ...], server: Server) -> Taken:
    began, before, peak = time.perf_counter(), cpu_seconds(server.pid), 0.0
    process = subprocess.Popen([sys.executable, "-m", "bot", *command], stdout=subprocess.DEVNULL)
    while True:
        time.sleep(SAMPLE_SECONDS)
        peak = max(peak, _peak_megabytes(process.pid))
        ended, status, used = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    wall = time.perf_counter() - began
    return Taken(wall, used.ru_utime + used.ru_stime, peak, cpu_seconds(server.pid) - before)


def _peak_megabytes(pid: int) -> float:
    """Resident, since it was this program: what wait4 says begins with whoever started it."""
    told = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


# ── the week ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines(later: float, days: int) -> Iterator[str]:
    """Everything that the processes would have shown in the last days of the week, so much later."""
    for at, there in looks(LOOK_SECONDS):
        if at < BEGINS + (7 - days) * DAY:
            continue
        for one in there:
            yield from (f"{series} {value:.12g} {at + later:.0f}" for series, value in _series(one))


def _series(one: Process) -> Iterator[tuple[str, float]]:
    labels = f'job="shop",commit="{one.version.name}",instance="{one.name}"'
    yield f"up{{{labels}}}", 1.0
    yield f"process_resident_memory_bytes{{{labels}}}", one.memory
    yield f"orders_total{{{labels}}}", one.orders
    for status, count in (("200", one.answered - one.failed), ("500", one.failed)):
        yield f'http_requests_total{{{labels},status="{status}"}}', count
    for outcome, count in (("completed", one.checkouts - one.broken), ("failed", one.broken)):
        yield f'checkouts_total{{{labels},outcome="{outcome}"}}', count
    bounds = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")
    for bound, count in zip(bounds, accumulate(map(float, one.times)), strict=True):
        yield f'http_request_duration_seconds_bucket{{{labels},le="{bound}"}}', count
