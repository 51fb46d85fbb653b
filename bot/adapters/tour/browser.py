"""The program that drives Chromium: `python -m bot.adapters.tour.browser FOLDER`, an errand in, pictures out.

It is a process of its own, so that nothing a page does costs the bot memory, time on its event loop, or its life. It
ends in the time that the errand allows, on SIGTERM, or when the bot dies. The one thing to remember: the browser is
asked to end, and then it is ended, with all that it started, whatever state it is in.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from playwright.async_api import Error as BrowserError

from bot.adapters import descendants
from bot.adapters.tour import errand
from bot.adapters.tour.errand import End, Errand, Found, Numbered
from bot.adapters.tour.reach import Reach
from bot.adapters.tour.visit import Visit, first_line, visit
from bot.core.quantities import duration_in_words

START_SECONDS_MAX = 30.0
END_SECONDS_MAX = 3.0
"""What an end in order may take, of the browser and of Playwright's own process."""

NICENESS = 5
"""Whatever else runs here, the bot above all, goes first."""

SWITCHES = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-quic",
    "--no-pings",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy",
    "--disable-gpu",
)
"""Nothing that goes past the proxy, nothing that Chromium would ask its makers for, and no graphics card."""


async def carry_out(folder: Path) -> None:
    wanted = errand.read(folder, "errand", Errand)
    assert wanted is not None, "the bot writes the errand before it starts this program"
    time_max = wanted.walkthrough.time_max
    blocked: dict[str, None] = {}
    note = ""
    try:
        async with asyncio.timeout(time_max), chromium(wanted) as browser:
            note = await _tour(browser, wanted, folder, blocked)
    except TimeoutError:
        note = f"the tour was not over after {duration_in_words(time_max)}, and was ended"
    except BrowserError as error:
        sys.stderr.write(error.message)  # with all that Chromium said; the bot logs it
        note = f"Chromium did not work: {first_line(error)}"
    errand.write(folder, "end", End(note=note, blocked=tuple(blocked)))


async def _tour(browser: Browser, wanted: Errand, folder: Path, blocked: dict[str, None]) -> str:
    """Stop by stop, so that each has both its pictures before the next begins. In words, what ended it early."""
    there = wanted.walkthrough
    staging = await visit(browser, there, there.staging, only_looks=False)
    production = await visit(browser, there, there.production, only_looks=True) if there.production else None
    for numbered in wanted.stops:
        if not browser.is_connected():
            return f"the browser ended before picture {numbered.number}"
        await _stop(numbered, folder, staging, production)
        blocked |= staging.blocked | (production.blocked if production else {})
    return ""


async def _stop(numbered: Numbered, folder: Path, staging: Visit, production: Visit | None) -> None:
    number, stop = numbered.number, numbered.stop
    after = await staging.see(number, stop)
    if after.picture is not None:
        errand.picture(folder, number, "after").write_bytes(after.picture)
    if production is not None and stop.only_looks:
        before = await production.see(number, stop)
        if before.picture is not None and not before.failure:
            errand.picture(folder, number, "before").write_bytes(before.picture)
    errand.write(folder, f"{number:02}", Found(failure=after.failure))


@asynccontextmanager
async def chromium(wanted: Errand) -> AsyncIterator[Browser]:
    """A browser that reaches what the plan allows. It is asked to end; `main` sees to it that it does."""
    with _closed_port() as nowhere:
        playwright = await async_playwright().start()
        try:
            yield await playwright.chromium.launch(
                executable_path=wanted.executable,
                chromium_sandbox=wanted.sandboxed,
                args=list(SWITCHES),
                proxy={
                    "server": f"http://127.0.0.1:{nowhere.getsockname()[1]}",
                    "bypass": Reach(wanted.walkthrough).open_hosts,
                },
                timeout=START_SECONDS_MAX * 1000,
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
        finally:
            with suppress(TimeoutError, BrowserError):
                async with asyncio.timeout(END_SECONDS_MAX):
                    await playwright.stop()


def _closed_port() -> socket.socket:
    """A port that is ours and that nobody answers at: where the network ends for all but the allowed hosts."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken


def _end_now() -> None:
    descendants.end()
    os._exit(128 + signal.SIGTERM)


async def _until_told_otherwise(folder: Path) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, _end_now)
    await carry_out(folder)


def main(folder: Path) -> None:
    descendants.keep()
    os.nice(NICENESS)
    try:
        asyncio.run(_until_told_otherwise(folder))
    finally:
        descendants.end()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
