"""Tours taken in Chromium: found on this machine and never downloaded, driven by a program beside the bot.

A tour is a folder that nobody else can read, in which `browser` works and which is gone afterwards, the browser's own
profile included. Tours wait for one another: a browser takes some hundred megabytes. The one thing to remember: the
program gets the PATH and no other variable of the bot's, so no token can end up on a page.
"""

import asyncio
import importlib.util
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import structlog

from bot.adapters import programs
from bot.adapters.tour import Taken, errand
from bot.adapters.tour.errand import End, Errand, Found, Numbered
from bot.adapters.tour.told import shot_of, without_pictures
from bot.core.plan import Plan
from bot.core.tour import Stop

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What Chromium is called on the systems that have it."""

END_SECONDS_MAX = 10.0
"""Beyond the plan's own limit: for the start of Python, and an end in order."""

TEMPORARY_CHARACTERS_MAX = 60
"""Chromium makes a socket some folders below, whose whole path may have 104 characters."""

PREFIX = "songbird-tour-"
LEFT_SECONDS = 3600.0
"""A folder that was not touched for so long is nobody's: no tour takes nearly as long."""

OUTPUT_BYTES_MAX = 16_000
PASSED_ON = ("PATH", "PYTHONPATH", "LANG")

log = structlog.get_logger(__name__)


class Chromium:
    """`executable`: where the browser is, when it is not on the PATH under one of its usual names."""

    def __init__(self, executable: str | None = None) -> None:
        self._wanted = executable
        self._one_at_a_time = asyncio.Lock()
        self._is_tidy = False

    def why_not(self) -> str:
        if importlib.util.find_spec("playwright") is None:
            return "Playwright is not installed: pip install 'songbird[walkthrough]'"
        if self._found() is None:
            if self._wanted:
                return f"there is no browser at {self._wanted}: SONGBIRD_BROWSER names the program"
            return "there is no Chromium on this machine: install it, or name one in SONGBIRD_BROWSER"
        return ""

    async def take(self, plan: Plan, version: str) -> Taken:
        executable, reason = self._found(), self.why_not()
        if plan.walkthrough is None or executable is None or reason:
            return without_pictures(plan, reason)
        stops = tuple(
            Numbered(number=number, stop=stop) for number, stop in enumerate(plan.stops, 1) if isinstance(stop, Stop)
        )
        if not stops:
            return Taken()
        sandboxed = os.geteuid() != 0
        if not sandboxed:
            log.warning("browser.without_sandbox", why="it runs as root", service=plan.service)
        wanted = Errand(executable=executable, sandboxed=sandboxed, walkthrough=plan.walkthrough, stops=stops)
        async with self._one_at_a_time:
            if not self._is_tidy:
                await asyncio.to_thread(_tidy)
                self._is_tidy = True
            folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
            try:
                trouble = await _send(Path(folder.name), wanted)
                return await asyncio.to_thread(_brought, Path(folder.name), plan, version, wanted, trouble)
            finally:
                await asyncio.to_thread(folder.cleanup)  # a browser's profile has hundreds of files

    def _found(self) -> str | None:
        names = (self._wanted,) if self._wanted else NAMES
        return next(filter(None, map(shutil.which, names)), None)


def _tidy() -> None:
    """Away with what a bot left that was killed during a tour. Another one here may be in the middle of its own."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if time.time() - left.stat().st_mtime > LEFT_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


async def _send(folder: Path, wanted: Errand) -> str:
    """Run the program to its end; in words, why it came to none of its own."""
    errand.write(folder, "errand", wanted)
    own = {"HOME": str(folder), "TMPDIR": _temporary(folder)}
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        ended = await programs.run(
            (sys.executable, "-m", "bot.adapters.tour.browser", str(folder)),
            environment=passed_on | own,
            time_max_seconds=wanted.walkthrough.time_max + END_SECONDS_MAX,
            bytes_max=OUTPUT_BYTES_MAX,
        )
    except TimeoutError:
        return "the browser hung, and was ended"
    if ended.code or ended.errors:
        log.warning("browser.failed", code=ended.code, said=ended.last_words)
    if ended.code:
        return "the browser's program failed; the log has its words"
    return ""


def _temporary(folder: Path) -> str:
    """Where the browser keeps its profile: in the folder, unless there is no room for a socket's path in it."""
    return str(folder) if len(str(folder)) <= TEMPORARY_CHARACTERS_MAX else tempfile.gettempdir()


def _brought(folder: Path, plan: Plan, version: str, wanted: Errand, trouble: str) -> Taken:
    """What lies in the folder, of a tour that went well or not."""
    shots = []
    for numbered in wanted.stops:
        found = errand.read(folder, f"{numbered.number:02}", Found)
        if found is not None:
            after, before = (_bytes(errand.picture(folder, numbered.number, side)) for side in ("after", "before"))
            shots.append(
                shot_of(
                    plan, version, numbered.number, numbered.stop, after=after, before=before, failure=found.failure
                )
            )
    end = errand.read(folder, "end", End) or End()
    reason = trouble or end.note
    missing = f" {len(wanted.stops) - len(shots)} of {len(wanted.stops)} pictures are missing." if reason else ""
    return Taken(tuple(shots), f"{reason[:1].upper()}{reason[1:]}.{missing}" if reason else "", end.blocked)


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
