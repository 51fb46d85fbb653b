"""A bot that is killed in the middle: of a press, of a form that is handed in, of a command, of a reminder it sends.

It dies after every statement of its database in turn, as from `kill -9`: nothing that was going to happen in that
process happens any more, and the next one has what the file says. The one thing to remember: Slack repeats no press, so
whoever sees an error presses again, and what had counted must not count twice.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.core import events as e
from bot.core.effects import Effect, Post
from bot.core.follows import effects
from bot.core.model import Surroundings
from bot.engine.outbox import Outbox, Performer
from bot.engine.service import Service
from bot.engine.tasks import Tasks
from bot.engine.words import Speaker
from bot.sandbox.workspace.records import SlackError
from bot.sandbox.workspace.seed import PRIYA, QUINN, RELEASES
from bot.store.ports import Message
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline
from bot.views.approval import approval
from bot.views.card import card
from handlers.http_mode import HttpMode
from tests.contracts.store_fixtures import happen, keep
from tests.handlers import slack_fixtures
from tests.handlers.slack_fixtures import Slack, over_http, slack
from tests.support.scenario import START, Scenario, plan

LEASE_SECONDS = 30.0

POINTS_MAX = 100
"""Of one request: each takes some dozens of statements."""


class Killed(BaseException):
    """The process is no more."""


class Doomed:
    """A connection whose process dies after so many statements."""

    def __init__(self, connection: Any, statements: int, died: asyncio.Event) -> None:
        self.connection = connection
        self.left = statements
        self._died = died

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def execute(self, *args: Any) -> Any:
        if self.left > 0:
            done = self.connection.execute(*args)
            self.left -= 1
            if self.left > 0:
                return done
        self._died.set()
        raise Killed


class Lives:
    """The real service over a file, again and again; it stands where the doors' tests have a fake one."""

    def __init__(self, folder: Path, scenarios: dict[str, Scenario]) -> None:
        self.scenarios = scenarios
        self._folder = folder
        self._seed = folder / "seed.db"
        store = SqliteStore(self._seed, synchronous="OFF")
        for scenario in scenarios.values():
            keep(store, scenario.journal)
        store.close()
        self._lived = 0
        self.died = asyncio.Event()
        self.store: SqliteStore
        self.service: Service
        self.begin_afresh(statements=None)

    def seed(self, scenario: Scenario) -> None:
        """Another release, in every file from now on."""
        store = SqliteStore(self._seed, synchronous="OFF")
        keep(store, scenario.journal)
        store.close()

    def begin_afresh(self, statements: int | None) -> None:
        """On a file of its own; a process that dies after so many statements."""
        self._lived += 1
        self._path = self._folder / f"life-{self._lived}.db"
        shutil.copy(self._seed, self._path)
        self._open()
        if statements is not None:
            self.doom(statements)

    def doom(self, statements: int) -> None:
        """The process dies after so many more statements."""
        self.store._writer.conn = Doomed(self.store._writer.conn, statements, self.died)  # type: ignore[assignment]

    def start_again(self) -> bool:
        """On the file as it was left. Whether the process before had died."""
        connection: Any = self.store._writer.conn
        was_killed = self.died.is_set()
        self.died.clear()
        if connection.connection.in_transaction:
            connection.connection.execute("ROLLBACK")  # a process that ends leaves nothing open
        self.store._writer.conn = connection.connection
        self.store.close()
        self._open()
        return was_killed

    def _open(self) -> None:
        self.store = SqliteStore(self._path, synchronous="OFF")
        self.service = Service(self.store, Inline())

    def happened(self, kind: type[e.Event]) -> int:
        return sum(isinstance(one.event, kind) for name in self.store.release_ids() for one in self.store.journal(name))

    def asked_for(self) -> list[str]:
        """The effects in the outbox."""
        return [key for (key,) in self.store._writer.execute("SELECT key FROM outbox").fetchall()]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.service, name)


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Slack]:
    monkeypatch.setattr(slack_fixtures, "connect", over_http)
    monkeypatch.setattr(slack_fixtures, "FakeService", lambda scenarios: Lives(tmp_path, scenarios))
    async with slack(Scenario().on_staging()) as found:
        hang_up_when_killed(monkeypatch, lambda: lives_of(found))
        yield found


def hang_up_when_killed(monkeypatch: pytest.MonkeyPatch, lives: Callable[[], Lives]) -> None:
    """With a process its connections end."""
    dispatch = HttpMode._dispatch

    async def until_killed(door: HttpMode, request: web.Request, body: str) -> web.Response:
        answering = asyncio.ensure_future(dispatch(door, request, body))
        dying = asyncio.ensure_future(lives().died.wait())
        await asyncio.wait({answering, dying}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not lives().died.is_set():
            return await answering
        answering.cancel()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    monkeypatch.setattr(HttpMode, "_dispatch", until_killed)


def lives_of(here: Slack) -> Lives:
    lives: Any = here.service
    assert isinstance(lives, Lives)
    return lives


async def at_every_statement(here: Slack, do: Callable[[], Awaitable[object]], kind: type[e.Event]) -> int:
    """Do it in a process that dies, start again, do it again: it has happened once. How many deaths it died."""
    lives = lives_of(here)
    for statements in range(1, POINTS_MAX):
        lives.begin_afresh(statements)
        with suppress(SlackError):
            await do()
        if not lives.start_again():
            return statements - 1
        before = lives.happened(kind)
        await do()
        assert lives.happened(kind) == 1, f"killed after {statements} statements, {before} before the second try"
        asked_for = lives.asked_for()
        assert asked_for, f"killed after {statements} statements: nobody is told"
        assert len(asked_for) == len(set(asked_for))
    raise AssertionError("it never came to an end")


async def test_a_press_that_the_bot_is_killed_in_counts_once(here: Slack) -> None:
    state = here.service.scenarios["shop-1"].state
    question = await here.post(approval(state, START), await here.post(card(state, None, START)))
    deaths = await at_every_statement(here, lambda: here.press(PRIYA, question, "approve"), e.ReleaseApproved)
    assert deaths > 5


async def test_a_form_that_the_bot_is_killed_in_counts_once_and_is_not_lost(here: Slack) -> None:
    state = here.service.scenarios["shop-1"].state
    question = await here.post(approval(state, START), await here.post(card(state, None, START)))

    async def fill_in() -> None:
        if not here.workspace.views.stacks[QUINN]:
            await here.press(QUINN, question, "concern")
        await here.submit(QUINN, severity="major", text="The cart is slow.")

    deaths = await at_every_statement(here, fill_in, e.ConcernRaised)
    assert deaths > 5


async def test_an_incident_that_the_bot_is_killed_in_the_recording_of_counts_once(here: Slack) -> None:
    lives_of(here).seed(Scenario(plan(service="cart"), "cart-1").at_full())
    command = here.workspace.interactions.command

    async def record() -> None:
        await command(slack_fixtures.seed.ADA, RELEASES, "/release", "incident cart-1 key=INC-42 Nobody could pay.")

    assert await at_every_statement(here, record, e.IncidentRecorded) > 5


async def test_a_release_that_the_bot_is_killed_in_the_staging_of_is_staged_once(here: Slack) -> None:
    lives = lives_of(here)
    command = here.workspace.interactions.command
    for statements in range(1, POINTS_MAX):
        lives.begin_afresh(statements)
        with suppress(SlackError):
            await command(slack_fixtures.seed.ADA, RELEASES, "/stage", "shop v1.2.0")
        if not lives.start_again():
            break
        staged = [name for name in lives.store.release_ids() if name != "shop-1"]
        prepared = [key for key in lives.asked_for() if key.endswith("/prepare")]
        assert prepared == [f"{name}/1/prepare" for name in staged], f"killed after {statements} statements"
    assert statements > 5


async def test_a_reminder_that_the_bot_is_killed_in_the_sending_of_is_sent_once(here: Slack) -> None:
    """Before it is sent, after it has arrived, and around every statement that says which of the two it was."""
    lives, outcomes = lives_of(here), set[bool]()
    for statements in range(1, POINTS_MAX):
        head = await here.post(card(here.service.scenarios["shop-1"].state, None, START))
        lives.begin_afresh(None)
        reminder = remind(lives, head)
        lives.doom(statements)
        with suppress(Killed):
            await sent(here, lives, START)
        if not lives.start_again():
            break
        outcomes.add(times(here, head, reminder) > 0)
        for now in (START + LEASE_SECONDS + 1, START + LEASE_SECONDS + 5):
            await sent(here, lives, now)
        assert times(here, head, reminder) == 1, f"killed after {statements} statements"
        assert lives.store.next_effect_at() is None
    assert outcomes == {False, True}


def remind(lives: Lives, head: str) -> str:
    """The effect that the store was asked for, under the card that stands there."""
    scenario = lives.scenarios["shop-1"]
    reminded = replace(scenario, journal=[*scenario.journal])
    happen(lives.store, reminded, e.ReviewersReminded(reminded.entry, ("U0PRIYA",)))
    (post,) = (each for each in effects(reminded.journal[-1], reminded.state, Surroundings()) if isinstance(each, Post))
    with lives.store.transaction() as t:
        t.save_message(Message("card/shop-1", "shop-1", "card", 1, RELEASES, head, "d"))
        t.enqueue([post], START)
    return post.key


async def sent(here: Slack, lives: Lives, now: float) -> None:
    """The outbox turns once, and what it has begun comes to its end, with the process or before it."""
    tasks = Tasks(failed=lambda _name, _error: None)
    performer = Performer(Speaker(lives.service, here.desk.chat).post, _never, 60)
    await Outbox(lives.service, {Post: performer}, tasks, lambda: now, LEASE_SECONDS).step(now)
    while running := list(tasks._running.values()):
        await asyncio.wait(running)


async def _never(effect: Effect, reason: str) -> None:
    raise AssertionError(f"{effect.key} is given up: {reason}")


def times(here: Slack, head: str, key: str) -> int:
    """How often it stands in the thread."""
    said = (message for message in here.workspace.state.messages[RELEASES].values() if message.get("thread_ts") == head)
    return sum((message.get("metadata") or {}).get("event_payload") == {"key": key} for message in said)
