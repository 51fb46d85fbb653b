"""Socket Mode: the Bolt app, and the connections over which Slack hands it what people do.

Slack asks for a new connection every few hours, and the SDK closes the old one before it opens the next. So there are
two: what happens in the gap of one goes over the other. Each is kept by a task of its own that lets the SDK reconnect,
and starts afresh when the SDK has not managed to within a limit. The one thing a reader could forget: the SDK's own
loop tries the same single-use address for ever once it has failed; starting afresh is what gets out of it.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.adapters.chat.client import OWN_NAMES, SLACK_API_URL, is_loopback, writing_client
from bot.adapters.chat.named import naming
from bot.adapters.chat.trouble import code_of, retry_after_seconds
from bot.core.slash import Slash

log = logging.getLogger(__name__)
sdk_log = logging.getLogger("slack_sdk.socket_mode")

CONNECTIONS = 2
"""Of the ten that Slack allows an app."""

PING_SECONDS = 10.0
LOST_SECONDS_MAX = 1.0
"""Without a connection for this long, the client is thrown away and another one made at once.

A connection that Slack renews is back sooner. One that broke the SDK finds at its next ping, and asks again a ping
later; what people press meanwhile is lost where the other connection breaks as well.
"""

LOOK_SECONDS = 0.25
"""Between two looks at whether it is there."""

CONNECT_SECONDS_MAX = 20.0
"""For Slack to give an address and to answer there."""

ACK_SECONDS_MAX = 3.0
"""After that Slack has given up on an answer anyway."""

CLOSE_SECONDS_MAX = 2.0
"""The SDK's close waits for the other side, which may be gone."""

AGAIN_SECONDS_MIN, AGAIN_SECONDS_MAX = 1.0, 30.0

HOLD_SECONDS_MIN = 10.0
"""A connection that held for so long was a good one: the next is asked for at once.

One that is accepted and dropped is followed by a pause like one that is refused. Else Slack would be asked every second
or two, and would soon answer that it is asked too often.
"""

WRONG_TOKEN = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "not_allowed_token_type"}
)
"""What Slack says to an app-level token that it does not know, or no longer."""


def build_app(bot_token: str, api_url: str = SLACK_API_URL, slash: Slash = OWN_NAMES) -> AsyncApp:
    """A Bolt app for one workspace that asks Slack nothing before it hands a request on.

    Bolt would call `auth.test` in the first person's three seconds; `songbird doctor` does it when there is time.
    Listeners run beside the answer (no `process_before_response`), so that an ack leaves as soon as it is given.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=bot_token)

    for name in ("slack_sdk", "slack_bolt"):
        logging.getLogger(name).setLevel(logging.WARNING)  # every renewed connection is worth no line
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_worth_saying)
    app = AsyncApp(
        name="songbird",
        client=writing_client(None, api_url),
        authorize=authorize,
        request_verification_enabled=False,  # a socket was opened by us; over HTTP the door looks before it reads
    )
    app.use(naming(slash, lambda: writing_client(bot_token, api_url, slash=slash)))
    return app


def _is_worth_saying(record: logging.LogRecord) -> bool:
    """Bolt looks for SLACK_BOT_TOKEN itself, and warns of the one that it was not given by us: it is the same."""
    return "`token` will be unused" not in record.getMessage()


class Pauses:
    """How long to wait for the next connection: longer each time, until one has held."""

    def __init__(self) -> None:
        self._seconds = AGAIN_SECONDS_MIN

    def after(self, held_seconds: float, asked_seconds: float = 0.0) -> float:
        """Seconds; `held_seconds` is 0 where there was no connection, `asked_seconds` what Slack wants to be given."""
        if held_seconds >= HOLD_SECONDS_MIN:
            self._seconds = AGAIN_SECONDS_MIN
            return 0.0
        pause, self._seconds = max(self._seconds, asked_seconds), min(2 * self._seconds, AGAIN_SECONDS_MAX)
        return pause


class SocketMode:
    """`start` returns at once; whether Slack can be heard is `connected`. `last_frame_at` is in the clock's seconds."""

    def __init__(
        self,
        app: AsyncApp,
        app_token: str,
        api_url: str = SLACK_API_URL,
        *,
        connections: int = CONNECTIONS,
        ping_seconds: float = PING_SECONDS,
        lost_seconds_max: float = LOST_SECONDS_MAX,
        connect_seconds_max: float = CONNECT_SECONDS_MAX,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._api_url = api_url
        self._connections = connections
        self._ping_seconds = ping_seconds
        self._lost_seconds_max = lost_seconds_max
        self._connect_seconds_max = connect_seconds_max
        self._clock = clock
        self._clients: dict[int, SocketModeClient] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._refusals: set[str] = set()
        self._in_hand: set[asyncio.Task[Any]] = set()
        self._last_message_at: float | None = None
        self._connected = asyncio.Event()

    async def start(self) -> None:
        for number in range(self._connections):
            self._keepers.append(asyncio.create_task(self._keep(number), name=f"socket-{number}"))

    async def stop(self) -> None:
        """What is in hand is acked first. Bounded, whatever the other side does."""
        if self._in_hand:
            await asyncio.wait(self._in_hand, timeout=ACK_SECONDS_MAX)
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        self._keepers.clear()

    @property
    def connected(self) -> bool:
        return any(_is_open(client) for client in self._clients.values())

    @property
    def trouble(self) -> str:
        """Why Slack cannot be heard; "" when it can."""
        return "" if self.connected else "Slack is not connected"

    @property
    def refused(self) -> int:
        """A socket carries nobody's words but Slack's."""
        return 0

    async def wait_until_connected(self, seconds_max: float = CONNECT_SECONDS_MAX) -> None:
        """Raises TimeoutError."""
        async with asyncio.timeout(seconds_max):
            await self._connected.wait()

    @property
    def last_frame_at(self) -> float | None:
        """When anything last came from Slack, answers to our pings included; None before the first."""
        pings = [client.last_ping_pong_time for client in self._clients.values()]
        return max((at for at in (self._last_message_at, *pings) if at is not None), default=None)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep(self, number: int) -> None:
        """One connection, for as long as this runs."""
        pauses = Pauses()
        while True:
            held_seconds = asked_seconds = 0.0
            client = self._new_client()
            self._clients[number] = client
            try:
                await self._connect(client)
                self._connected.set()
                self._refusals.clear()
                log.info("connected to Slack (connection %d)", number + 1)
                held_seconds = await self._until_lost(client)
                log.warning("connection %d to Slack is lost, starting it afresh", number + 1)
            except SlackApiError as refusal:
                self._say_once(code_of(refusal) or str(refusal))
                asked_seconds = retry_after_seconds(refusal.response) or 0.0
            except (aiohttp.ClientError, OSError, TimeoutError) as trouble:
                log.warning("no connection %d to Slack: %s", number + 1, trouble or type(trouble).__name__)
            finally:
                await _close(client)
            await asyncio.sleep(pauses.after(held_seconds, asked_seconds))

    def _say_once(self, refusal: str) -> None:
        """Both connections are refused again and again for one reason; a person needs to read it once."""
        if refusal in self._refusals:
            return
        self._refusals.add(refusal)
        again = "copy the app-level token again (SLACK_APP_TOKEN); " if refusal in WRONG_TOKEN else ""
        log.error("Slack refuses to connect: %s; %s`songbird doctor` says more", refusal, again)

    def _new_client(self) -> SocketModeClient:
        # A client of its own: `apps.connections.open` is called with the app's token, never with the bot's.
        handler = AsyncSocketModeHandler(
            self._app,
            self._app_token,
            logger=sdk_log,
            web_client=writing_client(None, self._api_url),
            ping_interval=self._ping_seconds,
        )
        client = handler.client
        client.socket_mode_request_listeners[:] = [self._taking_in_hand(handler)]
        if is_loopback(self._api_url):
            client.proxy = None
        client.on_message_listeners.append(self._heard)
        return client

    def _taking_in_hand(self, handler: AsyncSocketModeHandler) -> Callable[..., Awaitable[None]]:
        async def handle(client: SocketModeClient, request: SocketModeRequest) -> None:
            task = asyncio.current_task()
            assert task is not None, "a coroutine runs in a task"
            self._in_hand.add(task)
            try:
                await handler.handle(client, request)
            finally:
                self._in_hand.discard(task)

        return handle

    async def _connect(self, client: SocketModeClient) -> None:
        """The address is asked for here: the SDK would write of a wrong token at each attempt, for ever."""
        async with asyncio.timeout(self._connect_seconds_max):
            answer = await client.web_client.apps_connections_open(app_token=self._app_token)
            client.wss_uri = answer["url"]
            await client.connect()  # type: ignore[no-untyped-call] # the SDK's socket clients carry no types

    async def _until_lost(self, client: SocketModeClient) -> float:
        """For how many seconds it held, what the SDK mended by itself included."""
        held_seconds, lost_seconds, pause_seconds = 0.0, 0.0, min(LOOK_SECONDS, self._ping_seconds / 2)
        while lost_seconds < self._lost_seconds_max:
            await asyncio.sleep(pause_seconds)
            is_there = await client.is_connected()
            held_seconds += pause_seconds if is_there else 0.0
            lost_seconds = 0.0 if is_there else lost_seconds + pause_seconds
        return held_seconds

    async def _heard(self, _message: aiohttp.WSMessage) -> None:
        self._last_message_at = self._clock()


def _is_open(client: SocketModeClient) -> bool:
    session = client.current_session
    return not client.closed and not client.stale and session is not None and not session.closed


async def _close(client: SocketModeClient) -> None:
    with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(CLOSE_SECONDS_MAX):
            await client.close()  # type: ignore[no-untyped-call] # the SDK's socket clients carry no types
    tasks: list[asyncio.Future[Any] | None] = [
        client.message_processor,
        client.current_session_monitor,
        client.message_receiver,
    ]
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await client.aiohttp_client_session.close()
