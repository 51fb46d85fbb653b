"""What a walkthrough costs: time, memory here and of the browser, and what the event loop notices of it.

The demo's tour, four stops with two pictures before, cold: Chromium starts and ends each time. Memory of the browser is
proportional (what processes share counts once), summed over all that was started. Linux only, and only where Chromium
is. To forget: the loop waits for a processor as well; on a busy machine that is most of its waiting.
"""

import asyncio
import os
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession

from benchmarks.figures import Figure, Wishes, percentile
from bot.adapters.tour.chromium import Chromium
from bot.core.plan import Plan
from bot.plans import load
from bot.sandbox.demo import PLAN, PLAN_VARIABLES, supervised_shop

TOURS = 5
BEAT_SECONDS = 0.005
SAMPLE_SECONDS = 0.1
VERSION = "v1.1.0"


async def run(_wishes: Wishes) -> AsyncIterator[Figure]:
    if reason := Chromium().why_not():
        print(f"tour: {reason}")
        return
    with tempfile.TemporaryDirectory(prefix="songbird-tours-") as folder:
        async with _shop(Path(folder)) as plan:
            seconds, shots = [], 0
            here, most, stalls = _own_megabytes(), 0.0, Stalls(0.0, 0.0)
            for _ in range(TOURS):
                with _sampled() as samples:
                    beating = asyncio.create_task(_beats())
                    began = time.monotonic()
                    taken = await Chromium().take(plan, VERSION)
                    seconds.append(time.monotonic() - began)
                    beating.cancel()
                stalls = stalls.or_longer(await beating)
                shots = sum(bool(shot.after) + bool(shot.before) for shot in taken.shots)
                most = max(most, *samples)
                assert not any(shot.failure for shot in taken.shots), taken
            yield Figure("tour", f"a tour of four stops, {shots} pictures, cold (median)", percentile(seconds, 50), "s")
            yield Figure("tour", "the slowest", max(seconds), "s")
            yield Figure("tour", "memory of the browser and its driver, at most", most, "MB")
            yield Figure("tour", "memory gained here, after all of them", _own_megabytes() - here, "MB")
            yield Figure("tour", "longest the loop worked without a pause", stalls.worked_seconds * 1000, "ms")
            yield Figure("tour", "longest it waited, for a processor too", stalls.late_seconds * 1000, "ms")


@dataclass(frozen=True)
class Stalls:
    """The longest of each between two beats: processor time of the loop, and how late the second one came."""

    worked_seconds: float
    late_seconds: float

    def or_longer(self, other: "Stalls") -> "Stalls":
        worked, late = max(self.worked_seconds, other.worked_seconds), max(self.late_seconds, other.late_seconds)
        return Stalls(worked, late)


async def _beats() -> Stalls:
    """Until this is cancelled."""
    stalls = Stalls(0.0, 0.0)
    with suppress(asyncio.CancelledError):
        while True:
            began, worked = time.monotonic(), time.thread_time()
            await asyncio.sleep(BEAT_SECONDS)
            late = time.monotonic() - began - BEAT_SECONDS
            stalls = stalls.or_longer(Stalls(time.thread_time() - worked, late))
    return stalls


@contextmanager
def _sampled() -> Iterator[list[float]]:
    """Megabytes of all that a tour has started, every so often, by a thread of its own."""
    samples, stop = [0.0], threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_SECONDS):
            samples.append(sum(map(_megabytes, _tree_of_tour())))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def _tree_of_tour() -> list[int]:
    own = _children(os.getpid())
    drivers = [process for process in own if b"bot.adapters.tour.browser" in _read(f"/proc/{process}/cmdline")]
    found, unseen = [], drivers
    while unseen:
        found += unseen
        unseen = [child for process in unseen for child in _children(process)]
    return found


def _children(process: int) -> list[int]:
    lists = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for each in lists for child in _read(str(each)).split()]


def _megabytes(process: int) -> float:
    lines = _read(f"/proc/{process}/smaps_rollup").splitlines()
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith(b"Pss:")), 0.0)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""  # it has ended meanwhile


def _own_megabytes() -> float:
    return _megabytes(os.getpid())


@asynccontextmanager
async def _shop(folder: Path) -> AsyncIterator[Plan]:
    """The demo's plan, with the addresses of a shop that has the new version on staging."""
    async with supervised_shop(folder) as shop, ClientSession(shop.url) as session:
        for door, wish in (("deploy", {"version": VERSION}), ("exposure", {"percent": 100.0})):
            async with session.post(f"/environments/staging/{door}", json={"commit": VERSION, **wish}) as answer:
                assert answer.ok, f"{VERSION} could not be put on staging"
        nothing = dict.fromkeys(PLAN_VARIABLES, "http://127.0.0.1:1")
        yield load(PLAN, nothing | {"DEMO_STAGING": shop.shops["staging"], "DEMO_PRODUCTION": shop.shops["production"]})
