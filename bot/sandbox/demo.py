"""The demo's world: a stand-in Slack workspace, a shop under real traffic, and the bot as a process of its own.

Workspace, supervisor and bot are three processes' worth of things, so that the bot can be killed without the others
noticing. `show` is what `make demo` runs, for a person with a browser; `play` acts the people too and judges the story.
The one thing to remember: the bot is started exactly as on a real workspace, with its secrets in its environment.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from ruamel.yaml import YAML

from bot.core.errors import Misconfigured
from bot.sandbox import prometheus
from bot.sandbox.workspace.records import App
from bot.sandbox.workspace.server import Workspace
from bot.store.sqlite import SqliteStore

PLAN = Path(__file__).parent / "plan.yml"
PLAN_VARIABLES = ("DEMO_REPOSITORY", "DEMO_SUPERVISOR", "DEMO_INCIDENTS", "DEMO_STAGING", "DEMO_PRODUCTION")
"""What the plan has filled in."""
MANIFEST = Path(__file__).parent.parent.parent / "manifest.yml"
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 12.0


@dataclass(frozen=True)
class Shop:
    """`url` is the supervisor's, `shops` are the addresses where customers find each environment."""

    url: str
    repository: str
    shops: dict[str, str]


@dataclass
class World:
    """Everything that runs. `database` is the bot's; the demo only reads it."""

    folder: Path
    workspace: Workspace
    supervisor_url: str
    variables: dict[str, str]
    log: IO[bytes]
    bot: asyncio.subprocess.Process | None = None
    starts: int = 0
    _keeper: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def database(self) -> Path:
        return Path(self.variables["SONGBIRD_DATABASE"])

    def store(self) -> SqliteStore:
        return SqliteStore(self.database)

    async def start_bot(self) -> None:
        """Start the bot's process, and again whenever it ends, as an init system would."""
        await self._start_once()
        self._keeper = asyncio.create_task(self._keep())

    async def kill_bot(self) -> None:
        """SIGKILL: no goodbye, nothing flushed."""
        assert self.bot is not None, "the bot was never started"
        self.bot.kill()
        await self.bot.wait()

    async def wait_until_connected(self) -> None:
        """Until the workspace finds the bot. Raises Misconfigured with the end of its log."""
        for _ in range(int(START_SECONDS_MAX / 0.05)):
            if await self.workspace.finds_bot():
                return
            if self.bot is not None and self.bot.returncode not in (None, -signal.SIGKILL):
                break
            await asyncio.sleep(0.05)
        raise Misconfigured(f"the bot did not start:\n{self.last_log()}")

    def last_log(self, lines: int = 15) -> str:
        self.log.flush()
        return "\n".join((self.folder / "bot.log").read_text(errors="replace").splitlines()[-lines:])

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)  # it may be starting the bot again
        if self.bot is not None and self.bot.returncode is None:
            self.bot.terminate()
            try:
                await asyncio.wait_for(self.bot.wait(), STOP_SECONDS_MAX)
            except TimeoutError:
                self.bot.kill()
                await self.bot.wait()

    async def _start_once(self) -> None:
        self.bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            env={**os.environ, **self.variables},
            stdout=self.log,
            stderr=self.log,
        )
        self.starts += 1

    async def _keep(self) -> None:
        while self.bot is not None:
            await self.bot.wait()
            await asyncio.sleep(0.5)
            await self._start_once()


@contextlib.asynccontextmanager
async def world(port: int = 0, *, over_http: bool = False, measured: bool = False) -> AsyncIterator[World]:
    """Workspace and shop, running; the bot is configured and not started yet.

    `over_http`: without a socket. `measured`: a Prometheus reads the shop, and the bot asks it for the metrics.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="songbird-demo-")))
        workspace = await _workspace(port)
        stack.push_async_callback(workspace.stop)
        shop, plans = folder / "shop", folder / "plans"
        for each in (shop, plans):
            each.mkdir()
        started = await stack.enter_async_context(supervised_shop(shop))
        measures = await stack.enter_async_context(measured_by(folder, started.url)) if measured else ""
        plan = PLAN.read_text()
        (plans / "shop.yml").write_text(prometheus.with_prometheus(plan) if measured else plan)
        variables = {
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_API_URL": workspace.api_url,
            **(requests_to_bot(workspace) if over_http else {"SLACK_APP_TOKEN": workspace.app_token}),
            "SONGBIRD_PLANS": str(plans),
            "SONGBIRD_COMMANDS": "/stage=/stage",  # as the page and the stories type them, whatever is set here
            "SONGBIRD_DATABASE": str(folder / "songbird.db"),
            "SONGBIRD_PORT": "0",
            "SONGBIRD_LEASE_SECONDS": "12",
            "DEMO_REPOSITORY": started.repository,
            "DEMO_SUPERVISOR": started.url,
            "DEMO_INCIDENTS": str(folder / "incidents"),
            "DEMO_STAGING": started.shops["staging"],
            "DEMO_PRODUCTION": started.shops["production"],
            "DEMO_PROMETHEUS": measures,
        }
        log = stack.enter_context((folder / "bot.log").open("wb"))
        built = World(folder, workspace, started.url, variables, log)
        stack.push_async_callback(built.stop)
        yield built


def requests_to_bot(workspace: Workspace) -> dict[str, str]:
    """From now on Slack sends requests; the bot's settings for them. Its port stays, as Slack's request URL does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    workspace.send_requests_to(f"http://127.0.0.1:{port}/slack/events")
    return {
        "SONGBIRD_SLACK_MODE": "http",
        "SONGBIRD_SLACK_PORT": str(port),
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
    }


async def _workspace(port: int) -> Workspace:
    """First of all, because this is what may be refused: somebody else has the port, often another demo."""
    try:
        return await Workspace.start(port=port, app=App.from_manifest(YAML(typ="safe").load(MANIFEST)))
    except OSError as error:
        words = os.strerror(error.errno).lower() if error.errno else str(error)
        raise Misconfigured(
            f"the page cannot be served on port {port} ({words}): end the other demo, or take any free port with "
            '`make demo ARGS="--port 0"` (`songbird demo --port 0`)'
        ) from None


@contextlib.asynccontextmanager
async def supervised_shop(folder: Path) -> AsyncIterator[Shop]:
    """Its process, and what it says of itself once everything answers."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.sandbox.supervisor", "--folder", str(folder)), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None, "the supervisor's output is piped"
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS_MAX)
        if not line:
            raise Misconfigured("the shop did not start; what it said stands above")
        yield Shop(**json.loads(line))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def measured_by(folder: Path, supervisor_url: str) -> AsyncIterator[str]:
    """Its address. Until it has read the shop for the first time, five seconds later, it knows nothing."""
    with contextlib.ExitStack() as stack:
        place, told = folder / "prometheus", prometheus.reading(supervisor_url)
        starting = asyncio.create_task(asyncio.to_thread(stack.enter_context, prometheus.started(place, told)))
        try:
            url, _ = await asyncio.shield(starting)
        finally:
            await asyncio.wait({starting})  # nobody ends what a thread starts after we have gone
        yield url


async def show(port: int, *, over_http: bool, measured: bool) -> int:
    """For a person: print one address, and keep everything running until Ctrl-C."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    _say("Starting a shop with two versions to release, some customers, and a stand-in for Slack …")
    async with world(port, over_http=over_http, measured=measured) as running:
        await running.start_bot()
        await running.wait_until_connected()
        _say(f"\n    Songbird is ready:  {running.workspace.url}\n")
        _say("Open it, and type  /stage shop v1.1.0  in #releases (a good version), later  /stage shop v1.2.0  (a bad")
        _say("one). Change whom you act as at the lower left: the product manager and the VP approve. Ctrl-C ends it.")
        _say(f"The bot's log, database and incidents are in {running.folder} until then.")
        if measured:
            _say(f"The metrics are Prometheus':  {running.variables['DEMO_PROMETHEUS']}")
        await stop.wait()
        _say("\nStopping …")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
