"""The stand-in workspace put together: one object that owns the rooms, serves them on one port, and answers to tests.

`Workspace.start` returns when the port is open; `stop` leaves nothing behind. The doors under `/control/` are for
tests and the demo: faults, the log of calls and envelopes, messages, reset. The one thing a reader could forget:
`clock` drives rates, trigger ids and addresses only; acks and retries wait in real time, by `Timing`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from bot.sandbox.workspace import limits
from bot.sandbox.workspace.answers import Answers
from bot.sandbox.workspace.call import Rooms
from bot.sandbox.workspace.client import Client, Feed, json_body
from bot.sandbox.workspace.delivery import Delivery
from bot.sandbox.workspace.faults import AT_ONCE, Fault, Faults
from bot.sandbox.workspace.files import Files
from bot.sandbox.workspace.interactions import Interactions
from bot.sandbox.workspace.records import App, JsonObject, SlackError, Tokens
from bot.sandbox.workspace.requests import Requests
from bot.sandbox.workspace.socket_mode import Sockets
from bot.sandbox.workspace.state import Clock, State
from bot.sandbox.workspace.views import Views
from bot.sandbox.workspace.web_api import WebApi

UPLOAD_BYTES_MAX = 50_000_000
SHUTDOWN_SECONDS = 0.2  # nothing here is worth waiting for; a `late` call would wait for ever


@dataclass(frozen=True, slots=True)
class Timing:
    """Slack's own life times; tests shorten them."""

    ack_seconds: float = limits.ACK_SECONDS
    trigger_seconds: float = limits.TRIGGER_SECONDS
    event_retry_delays_seconds: tuple[float, ...] = limits.EVENT_RETRY_DELAYS_SECONDS
    ping_seconds: float = limits.PING_SECONDS


@dataclass(slots=True)
class Workspace:
    """Everything by name, for tests that would rather look inside than ask over HTTP."""

    state: State
    views: Views
    files: Files
    faults: Faults
    sockets: Sockets
    requests: Requests
    delivery: Delivery
    answers: Answers
    web_api: WebApi
    interactions: Interactions
    feed: Feed
    tokens: Tokens
    _runner: web.AppRunner | None = None

    @classmethod
    async def start(
        cls,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        app: App | None = None,
        tokens: Tokens | None = None,
        clock: Clock = time.time,
        rate_scale: float = 1.0,
        timing: Timing | None = None,
    ) -> Self:
        """Opens the port (0: any free one). `rate_scale` 2.0 allows twice Slack's rates, `math.inf` everything."""
        timing = timing or Timing()
        feed, faults = Feed(), Faults()
        state = State(app or App(), clock, feed.tell)
        views = Views(state, timing.trigger_seconds)
        files = Files(state)
        accepted = tokens or Tokens()
        sockets = Sockets(state, faults, timing.ping_seconds)
        requests = Requests(state, faults, accepted.signing_secret)
        delivery = Delivery(state, sockets, timing.ack_seconds, timing.event_retry_delays_seconds)
        rooms = Rooms(state, views, files, sockets)
        answers = Answers(rooms)
        workspace = cls(
            state=state,
            views=views,
            files=files,
            faults=faults,
            sockets=sockets,
            requests=requests,
            delivery=delivery,
            answers=answers,
            web_api=WebApi(rooms, faults, accepted, limits.RateMeter(rate_scale)),
            interactions=Interactions(state, views, answers, delivery),
            feed=feed,
            tokens=accepted,
        )
        await workspace._open(host, port)
        return workspace

    @property
    def url(self) -> str:
        return self.state.url

    @property
    def api_url(self) -> str:
        """What the real client takes as its `base_url`."""
        return f"{self.state.url}/api/"

    @property
    def bot_token(self) -> str:
        return self.tokens.bot

    @property
    def app_token(self) -> str:
        return self.tokens.app

    @property
    def signing_secret(self) -> str:
        return self.tokens.signing_secret

    def send_requests_to(self, url: str) -> None:
        """From now on the app is told of everything by signed requests, as when Socket Mode is switched off."""
        self.requests.url = url
        self.delivery.carrier = self.requests

    async def finds_bot(self) -> bool:
        """Now. Over HTTP it has to be asked."""
        return await self.requests.verify() if self.delivery.carrier is self.requests else self.sockets.reaches

    async def stop(self) -> None:
        self.feed.close()
        await self.delivery.close()
        await self.sockets.close()
        await self.requests.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def reset(self) -> None:
        """Back to how it started, with the bot's connections left standing."""
        for room in (self.state, self.views, self.files, self.answers, self.web_api):
            room.reset()
        self.faults.clear()
        self.delivery.sent.clear()
        self.feed.tell({"type": "reset"}, None)

    def calls(self) -> JsonObject:
        """What the bot did: every call, and the sums that a test or a story asks for."""
        return {
            "calls": [call.to_json() for call in self.web_api.calls],
            "posts": self.web_api.applied["chat.postMessage"],
            "edits": self.web_api.applied["chat.update"],
            "duplicates": self.state.duplicates(),
        }

    def fault(self, body: JsonObject) -> None:
        """Takes a fault as `/control/faults` does; raises `SlackError` when it is not one."""
        fault = Fault.parse(body)
        if fault.fault not in AT_ONCE:
            self.faults.waiting.append(fault)
        elif fault.fault == "drop_sockets":
            self.sockets.drop_all()
        else:
            self.delivery.start(self.sockets.disconnect(fault.reason, fault.wait_seconds(0.0)))

    # --- the control doors ---
    async def _open(self, host: str, port: int) -> None:
        app = web.Application(client_max_size=UPLOAD_BYTES_MAX)
        client = Client(self.state, self.views, self.delivery, self.interactions, self.feed)
        for room in (self.web_api, self.sockets, self.answers, client):
            app.add_routes(room.routes())
        app.add_routes(
            [
                web.get("/control/faults", self._answering(lambda _body: {"faults": self.faults.to_json()})),
                web.post("/control/faults", self._answering(self._take_faults)),
                web.delete("/control/faults", self._answering(lambda _body: self.faults.clear())),
                web.get("/control/calls", self._answering(lambda _body: self.calls())),
                web.get("/control/envelopes", self._answering(lambda _body: self._envelopes())),
                web.get("/control/messages", self._answering(lambda _body: self._messages())),
                web.post("/control/reset", self._answering(lambda _body: self.reset())),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=SHUTDOWN_SECONDS, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound_port = self._runner.addresses[0][1]
        self.state.url = f"http://{host}:{bound_port}"

    def _take_faults(self, body: JsonObject) -> None:
        for each in body.get("faults", [body]):
            self.fault(each)

    def _envelopes(self) -> JsonObject:
        return {"envelopes": [sent.to_json() for sent in self.delivery.sent]}

    def _messages(self) -> JsonObject:
        return {
            "messages": {channel: list(messages.values()) for channel, messages in self.state.messages.items()},
            "ephemerals": [
                {**message, "channel": channel} for (channel, _ts), message in self.state.ephemerals.items()
            ],
        }

    def _answering(
        self, do: Callable[[JsonObject], JsonObject | None]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                body = await json_body(request) if request.can_read_body else {}
                return web.json_response({"ok": True, **(do(body) or {})})
            except SlackError as refusal:
                return web.json_response(refusal.to_slack(), status=400)

        return answer


async def serve_until_cancelled(workspace: Workspace) -> None:
    """Keeps an opened workspace open until the task is cancelled, then stops it."""
    try:
        await asyncio.Event().wait()
    finally:
        await workspace.stop()
