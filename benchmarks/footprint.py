"""What the bot's process takes: memory and processor, idle and with one release looked at every second.

Beside it, over the same seconds, a Bolt app that does nothing: most of the memory is Slack's SDK and Python itself. The
demo looks every second at eight metrics of three processes; a real plan looks every 15 seconds. Linux only.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bare import bare
from benchmarks.figures import Figure, Wishes
from benchmarks.staged import idle_world, stage

SETTLE_SECONDS = 5.0
"""After a start or a change, before anything is counted."""


async def run(wishes: Wishes) -> AsyncIterator[Figure]:
    async with idle_world() as running, bare() as simple:
        assert running.bot is not None, "the bot runs"
        pids = (running.bot.pid, simple.process.pid)
        for what in ("idle", "watching a release"):
            if what != "idle":
                await stage(running)
            bot, least = await _watched(pids, wishes.seconds)
            yield Figure("footprint", f"memory of the bot, {what}", bot.megabytes, "MB")
            yield Figure("footprint", f"memory of a Bolt app, {what}", least.megabytes, "MB")
            yield Figure("footprint", f"memory, the bot / a Bolt app, {what}", bot.megabytes / least.megabytes)
            yield Figure("footprint", f"processor of the bot, {what}", bot.percent, "%")
            yield Figure("footprint", f"processor of a Bolt app, {what}", least.percent, "%")


@dataclass(frozen=True)
class Taken:
    """By one process. `percent` of one core."""

    megabytes: float
    percent: float


async def _watched(pids: tuple[int, ...], seconds: float) -> list[Taken]:
    await asyncio.sleep(SETTLE_SECONDS)
    before, began = [cpu_seconds(pid) for pid in pids], time.monotonic()
    await asyncio.sleep(seconds)
    passed = time.monotonic() - began
    return [
        Taken(megabytes(pid), 100 * (cpu_seconds(pid) - used) / passed) for pid, used in zip(pids, before, strict=True)
    ]


def cpu_seconds(pid: int) -> float:
    """User and system time so far: fields 14 and 15 of proc(5)'s stat, counted after the name in parentheses."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def own_megabytes() -> float:
    """Of the process that asks."""
    return megabytes(os.getpid())


def megabytes(pid: int) -> float:
    """Resident: pages that are in memory now, shared ones included."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6
