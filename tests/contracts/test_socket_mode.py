"""The connections to Slack: how they come back, and that nothing is missed while they do."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.adapters.chat.socket import AGAIN_SECONDS_MAX, HOLD_SECONDS_MIN, Pauses, SocketMode, build_app
from bot.sandbox.workspace import Workspace, seed
from bot.sandbox.workspace.socket_mode import Sockets
from tests.contracts.workspace_fixtures import as_person, until

PING_SECONDS = 0.1


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapters.chat.socket.AGAIN_SECONDS_MIN", 0.01)


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    workspace = await Workspace.start(rate_scale=math.inf)
    yield workspace
    await workspace.stop()


@pytest.fixture
def app(workspace: Workspace) -> AsyncApp:
    app = build_app(workspace.bot_token, workspace.api_url)

    async def answer(ack) -> None:  # noqa: ANN001 - Bolt's argument
        await ack("here")

    app.command("/release")(answer)
    return app


def socket_of(workspace: Workspace, app: AsyncApp, token: str = "", **options: float) -> SocketMode:
    given = {"ping_seconds": PING_SECONDS, "lost_seconds_max": 0.5, "connect_seconds_max": 0.5, **options}
    return SocketMode(app, token or workspace.app_token, workspace.api_url, **given)


@pytest.fixture
async def socket(workspace: Workspace, app: AsyncApp) -> AsyncIterator[SocketMode]:
    socket = socket_of(workspace, app)
    await socket.start()
    await until(lambda: len(workspace.sockets.connections) == 2)
    yield socket
    await socket.stop()


async def ask(workspace: Workspace) -> dict:
    return await as_person(workspace, seed.ADA, "command", channel=seed.RELEASES, command="/release", text="")


def opened(workspace: Workspace) -> int:
    """How many connections have been asked for so far."""
    return sum(1 for call in workspace.web_api.calls if call.method == "apps.connections.open")


async def test_there_are_two_connections_and_slack_is_heard(workspace: Workspace, socket: SocketMode) -> None:
    await socket.wait_until_connected(1)
    assert socket.connected
    assert await ask(workspace) == {"ok": True}
    assert socket.last_frame_at is not None


async def test_nothing_is_asked_of_slack_before_a_person_is_answered(workspace: Workspace, socket: SocketMode) -> None:
    await ask(workspace)
    assert {call.method for call in workspace.web_api.calls} == {"apps.connections.open"}


def test_a_token_in_the_environment_is_nothing_to_be_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-the-same")
    build_app("xoxb-the-same")
    assert caplog.text == ""


async def test_a_broken_connection_comes_back(workspace: Workspace, socket: SocketMode) -> None:
    workspace.fault({"fault": "drop_sockets"})
    await until(lambda: opened(workspace) >= 4 and len(workspace.sockets.connections) == 2 and socket.connected)
    assert await ask(workspace) == {"ok": True}


async def test_a_broken_connection_is_not_waited_for_until_the_next_ping(workspace: Workspace, app: AsyncApp) -> None:
    """The SDK finds it at a ping, and these come once a minute."""
    socket = socket_of(workspace, app, ping_seconds=60.0, lost_seconds_max=0.3)
    await socket.start()
    await until(lambda: len(workspace.sockets.connections) == 2)
    for connection in tuple(workspace.sockets.connections):
        connection.cut()
    await until(lambda: opened(workspace) >= 4 and len(workspace.sockets.connections) == 2 and socket.connected)
    assert await ask(workspace) == {"ok": True}
    await socket.stop()


async def test_what_happens_while_one_connection_is_renewed_goes_over_the_other(
    workspace: Workspace, socket: SocketMode
) -> None:
    leaving = workspace.sockets.connections[0]
    leaving.cut()
    answers = [await ask(workspace) for _ in range(20)]
    assert [answer for answer in answers if answer != {"ok": True}] in (
        [],
        [{"ok": False, "error": "operation_timeout"}],
    )


@pytest.fixture
def paused(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long it would have waited, each time; it does not wait."""
    pauses: list[float] = []
    after = Pauses.after

    def none(self: Pauses, *told: float) -> float:
        pauses.append(after(self, *told))
        return 0.0

    monkeypatch.setattr("bot.adapters.chat.socket.AGAIN_SECONDS_MIN", 1.0)
    monkeypatch.setattr(Pauses, "after", none)
    return pauses


async def test_connections_that_are_dropped_at_once_are_asked_for_ever_more_seldom(
    workspace: Workspace, app: AsyncApp, paused: list[float]
) -> None:
    socket = socket_of(workspace, app, connections=1, ping_seconds=60.0, lost_seconds_max=0.01)
    await socket.start()

    def dropping() -> bool:
        for connection in workspace.sockets.connections:
            connection.cut()
        return len(paused) >= 4

    await until(dropping)
    await socket.stop()
    assert paused[:4] == [1.0, 2.0, 4.0, 8.0]


async def test_slack_is_left_alone_for_as_long_as_it_asks(
    workspace: Workspace, app: AsyncApp, paused: list[float]
) -> None:
    workspace.fault({"fault": "rate_limited", "method": "apps.connections.open", "seconds": 7})
    socket = socket_of(workspace, app, connections=1, connect_seconds_max=10.0)
    await socket.start()
    await until(lambda: socket.connected)
    await socket.stop()
    assert paused == [7.0]


def test_after_a_connection_that_held_the_next_is_asked_for_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapters.chat.socket.AGAIN_SECONDS_MIN", 1.0)
    pauses = Pauses()
    assert [pauses.after(0.0) for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 16.0, AGAIN_SECONDS_MAX, AGAIN_SECONDS_MAX]
    assert pauses.after(HOLD_SECONDS_MIN) == 0.0
    assert pauses.after(HOLD_SECONDS_MIN - 1.0) == 1.0


async def test_when_slack_asks_for_new_connections_they_are_made(workspace: Workspace, socket: SocketMode) -> None:
    workspace.fault({"fault": "disconnect", "seconds": 0.1})
    await until(lambda: opened(workspace) >= 4 and len(workspace.sockets.connections) == 2)
    assert await ask(workspace) == {"ok": True}


async def test_an_address_that_was_used_up_is_not_tried_for_ever(
    workspace: Workspace, app: AsyncApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = Sockets.ticket_url
    issued = []

    def stale_at_first(sockets: Sockets) -> str:
        issued.append(issue(sockets))
        if len(issued) == 1:
            sockets._tickets.clear()
        return issued[-1]

    monkeypatch.setattr(Sockets, "ticket_url", stale_at_first)
    socket = socket_of(workspace, app, connections=1)
    await socket.start()
    await until(lambda: socket.connected)
    assert len(issued) >= 2
    await socket.stop()


async def test_a_wrong_token_is_said_in_one_line_however_often_it_is_refused(
    workspace: Workspace, app: AsyncApp, caplog: pytest.LogCaptureFixture
) -> None:
    socket = socket_of(workspace, app, "xapp-wrong")
    with caplog.at_level(logging.INFO):
        await socket.start()
        await until(lambda: opened(workspace) > 4)
    assert not socket.connected
    await socket.stop()
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    fix = "copy the app-level token again (SLACK_APP_TOKEN); `songbird doctor` says more"
    assert said == [f"Slack refuses to connect: invalid_auth; {fix}"]


async def test_stopping_lets_what_is_in_hand_be_answered(
    workspace: Workspace, app: AsyncApp, socket: SocketMode
) -> None:
    begun = asyncio.Event()

    async def slowly(ack) -> None:  # noqa: ANN001 - Bolt's argument
        begun.set()
        await asyncio.sleep(0.2)
        await ack("done")

    app.command("/stage")(slowly)
    asked = asyncio.create_task(
        as_person(workspace, seed.ADA, "command", channel=seed.RELEASES, command="/stage", text="")
    )
    await begun.wait()
    await socket.stop()
    assert await asked == {"ok": True}


async def test_stopping_does_not_wait_for_a_slack_that_is_gone(workspace: Workspace, socket: SocketMode) -> None:
    await workspace.stop()
    async with asyncio.timeout(5):
        await socket.stop()
    assert not socket.connected
