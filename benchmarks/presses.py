"""A thousand approvals while the way to the bot breaks every second: what is lost or doubled, and how soon acks come.

The bot is the whole product in a process of its own, with 100 releases that ask ten people each; they press twenty
times a second, and press again where they hear no "ok", as people do. Once a second one of the two sockets is cut with
no farewell; over HTTP one of the connections that carry requests. The one thing to remember: an ack is timed for a
press that was answered. How many were not, and how long people waited in all, stands beside it.
"""

import asyncio
import contextlib
import itertools
import json
import math
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from benchmarks.figures import Figure, Wishes, percentile
from benchmarks.pressed import PEOPLE
from bot.core.events import ReleaseApproved
from bot.sandbox.demo import PLAN, requests_to_bot
from bot.sandbox.people import RELEASES
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.records import SlackError, User
from bot.store.sqlite import SqliteStore

ASKING = 100
PER_SECOND = 20.0
BREAK_SECONDS = 1.0
AGAIN_SECONDS = 1.0
"""How soon a person presses again."""
SET_UP_SECONDS_MAX = 900.0
BYTES_MAX = 1 << 16

NOTHING_THERE = dict.fromkeys((f"DEMO_{name}" for name in ("REPOSITORY", "INCIDENTS")), "nowhere") | dict.fromkeys(
    (f"DEMO_{name}" for name in ("SUPERVISOR", "STAGING", "PRODUCTION")), "http://127.0.0.1:9"
)
"""What the demo's plan has filled in. Its systems are in memory here."""


async def run(_wishes: Wishes) -> AsyncIterator[Figure]:
    for way in ("sockets", "http"):
        with tempfile.TemporaryDirectory(prefix="songbird-bench-") as folder:
            database = Path(folder) / "songbird.db"
            async with _asking(Path(folder), database, over_http=way == "http") as (people, cut):
                breaking = asyncio.create_task(_break(people, cut))
                await people.press_all()
                breaking.cancel()
                people.see_acks()
            given = _approvals(database)
        for name, value, unit in _told(people, given):
            yield Figure("presses", f"{way}: {name}", value, unit)


def _told(people: "People", given: Counter[tuple[str, str]]) -> list[tuple[str, float, str]]:
    wanted = set(itertools.product((each.release for each in people.buttons), PEOPLE))
    return [
        (f"of {len(wanted)} presses, lost", len(wanted - given.keys()), ""),
        ("doubled", sum(given.values()) - len(given), ""),
        ("breaks, one a second", people.broken, ""),
        ("heard no ok, and were pressed again", people.again, ""),
        ("ack, p50", percentile(people.acks, 50) * 1000, "ms"),
        ("ack, p99", percentile(people.acks, 99) * 1000, "ms"),
        ("a person waited for the ok, p50", percentile(people.waited, 50) * 1000, "ms"),
        ("a person waited for the ok, p99", percentile(people.waited, 99) * 1000, "ms"),
        ("a person waited for the ok, at most", max(people.waited), "s"),
    ]


@dataclass(frozen=True)
class Question:
    """Its Approve button, and where it stands."""

    release: str
    ts: str
    block_id: str


@dataclass
class People:
    """`waited`: seconds from each first press to the ok of the last. `acks`: of the presses that were answered."""

    workspace: Workspace
    buttons: list[Question]
    waited: list[float] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)
    broken: int = 0
    again: int = 0

    async def press_all(self) -> None:
        began, pressing = asyncio.get_running_loop().time(), []
        for number, (person, button) in enumerate(itertools.product(PEOPLE, self.buttons)):
            await asyncio.sleep(began + number / PER_SECOND - asyncio.get_running_loop().time())
            pressing.append(asyncio.create_task(self._press(person, button)))
        await asyncio.gather(*pressing)

    async def _press(self, person: str, button: Question) -> None:
        began = asyncio.get_running_loop().time()
        action = {"block_id": button.block_id, "action_id": "approve"}
        for attempt in itertools.count():
            self.again += attempt == 1
            try:
                await self.workspace.interactions.action(person, RELEASES, button.ts, action)
            except SlackError as refused:
                if refused.code == "action_not_found":  # the question shows that it was answered, and asks no more
                    break
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                break
        self.waited.append(asyncio.get_running_loop().time() - began)

    def see_acks(self) -> None:
        sent = [each for each in self.workspace.delivery.sent if each.what == "approve"]
        self.acks = [each.ack_seconds for each in sent if each.ack_seconds is not None]


async def _break(people: People, cut: Callable[[], bool]) -> None:
    while True:
        await asyncio.sleep(BREAK_SECONDS)
        people.broken += cut()


@contextlib.asynccontextmanager
async def _asking(folder: Path, database: Path, *, over_http: bool) -> AsyncIterator[tuple[People, Callable[[], bool]]]:
    """Every question is asked; the second value cuts one connection, and says whether there was one."""
    async with contextlib.AsyncExitStack() as stack:
        workspace = await Workspace.start(rate_scale=math.inf)
        stack.push_async_callback(workspace.stop)
        for person in PEOPLE:
            workspace.state.users[person] = User(person, person.lower(), person, "", "", "2c7be5")
            workspace.state.channel(RELEASES).members.add(person)
        (folder / "plans").mkdir()
        (folder / "plans" / "shop.yml").write_text(PLAN.read_text())
        way = requests_to_bot(workspace) if over_http else {"SLACK_APP_TOKEN": workspace.app_token}
        variables = {
            **os.environ,
            **NOTHING_THERE,
            **way,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_API_URL": workspace.api_url,
            "SONGBIRD_PLANS": str(folder / "plans"),
            "SONGBIRD_DATABASE": str(database),
            "SONGBIRD_PORT": "0",
        }
        log = stack.enter_context((folder / "bot.log").open("wb"))  # each connection that breaks is a line in it
        await stack.enter_async_context(_bot(variables, log))
        cut = _cutting_sockets(workspace)
        if over_http:
            relay = await stack.enter_async_context(_relayed(workspace))
            cut = relay.cut
        assert await workspace.finds_bot(), "the bot is not there"
        yield People(workspace, await _questions(workspace)), cut


@contextlib.asynccontextmanager
async def _bot(variables: dict[str, str], log: IO[bytes]) -> AsyncIterator[None]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.pressed", str(ASKING)),
        env=variables,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
    )
    try:
        assert child.stdin is not None, "it is piped"
        assert child.stdout is not None, "it is piped"
        async with asyncio.timeout(SET_UP_SECONDS_MAX):
            said = await child.stdout.readline()
        assert said == b"ready\n", _last_words(log)
        yield
        child.stdin.close()
        await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def _last_words(log: IO[bytes]) -> str:
    return Path(log.name).read_text(errors="replace")[-2_000:]


async def _questions(workspace: Workspace) -> list[Question]:
    found: dict[str, Question] = {}
    async with asyncio.timeout(SET_UP_SECONDS_MAX):
        while len(found) < ASKING:
            await asyncio.sleep(0.2)
            for ts, message in workspace.state.messages[RELEASES].items():
                for block in message.get("blocks") or ():
                    for element in block.get("elements", ()):
                        if element.get("action_id") == "approve":
                            name = str(json.loads(element["value"])["release"])
                            found[name] = Question(name, ts, block["block_id"])
    return list(found.values())


def _cutting_sockets(workspace: Workspace) -> Callable[[], bool]:
    """One of the two in turn, as far as it is there."""
    turn = itertools.count()

    def cut() -> bool:
        there = workspace.sockets.connections
        if there:
            there[next(turn) % len(there)].cut()
        return bool(there)

    return cut


@dataclass
class Relay:
    """Stands between the workspace and the bot's port, so that a connection can be cut while a request is on it."""

    port: int
    carrying: list[asyncio.StreamWriter] = field(default_factory=list)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        self.carrying.append(writer)

        def asks() -> None:
            self.carrying.remove(writer)
            self.carrying.append(writer)

        await asyncio.gather(_pipe(reader, back, asks), _pipe(there, writer))
        self.carrying.remove(writer)

    def cut(self) -> bool:
        """The one that carried a request last: whoever pressed may be waiting for its answer."""
        if self.carrying:
            self.carrying[-1].transport.abort()
        return bool(self.carrying)


async def _pipe(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[], None] = lambda: None
) -> None:
    with contextlib.suppress(ConnectionError):
        while said := await reader.read(BYTES_MAX):
            heard()
            writer.write(said)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def _relayed(workspace: Workspace) -> AsyncIterator[Relay]:
    url = urlsplit(workspace.requests.url)
    assert url.port is not None, "the bot's port is given"
    relay = Relay(url.port)
    server = await asyncio.start_server(relay.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    workspace.send_requests_to(f"http://127.0.0.1:{port}{url.path}")
    try:
        yield relay
    finally:
        server.close()


def _approvals(database: Path) -> Counter[tuple[str, str]]:
    """How often each person's yes stands in each release's journal."""
    store = SqliteStore(database)
    try:
        return Counter(
            (name, recorded.actor.id)
            for name in store.release_ids()
            for recorded in store.journal(name)
            if isinstance(recorded.event, ReleaseApproved)
        )
    finally:
        store.close()
