"""Socket Mode's server side: tickets, connections, envelopes out and acks back.

An envelope goes to one connection, in turn. A person's doing (`deliver`) is sent once and waits for its ack as long
as Slack does; an event (`emit`) is sent again on Slack's schedule until it is acked. The one thing a reader could
forget: an ack that comes after its time is read and thrown away, as Slack does, so the bot may believe that it
answered.
"""

import asyncio
import contextlib
import json
import secrets
from collections import deque
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from bot.sandbox.workspace import limits
from bot.sandbox.workspace.faults import Faults
from bot.sandbox.workspace.records import TEAM, JsonObject, SlackError
from bot.sandbox.workspace.state import State

ENVELOPES_KEPT_MAX = 20_000
HOST = "stand-in"


@dataclass(slots=True)
class Sent:
    """One envelope as it went out, for whoever measures how fast the bot acks."""

    at: float
    envelope_id: str
    type: str
    what: str
    retry_attempt: int
    ack_seconds: float | None = None
    error: str | None = None

    def to_json(self) -> JsonObject:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Connection:
    socket: web.WebSocketResponse
    request: web.Request

    async def send(self, message: JsonObject) -> None:
        with contextlib.suppress(ConnectionError):
            await self.socket.send_json(message)

    def cut(self) -> None:
        """No farewell: the other side finds a dead connection."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(slots=True)
class Sockets:
    state: State
    faults: Faults
    ack_seconds: float = limits.ACK_SECONDS
    retry_delays_seconds: tuple[float, ...] = limits.EVENT_RETRY_DELAYS_SECONDS
    ping_seconds: float = limits.PING_SECONDS
    connections: list[Connection] = field(default_factory=list)
    sent: deque[Sent] = field(default_factory=lambda: deque(maxlen=ENVELOPES_KEPT_MAX))
    _tickets: dict[str, float] = field(default_factory=dict)
    _acks: dict[str, "asyncio.Future[JsonObject]"] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)
    _tasks: set["asyncio.Task[Any]"] = field(default_factory=set)
    _turn: int = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/link/", self.accept)]

    # --- connections ---
    def ticket_url(self) -> str:
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = self.state.clock()
        return f"{self.state.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={self.state.app.id}"

    async def accept(self, request: web.Request) -> web.StreamResponse:
        issued_at = self._tickets.pop(request.query.get("ticket", ""), None)
        if issued_at is None or self.state.clock() - issued_at > limits.SOCKET_TICKET_SECONDS:
            return web.Response(status=408, text="link expired")
        socket = web.WebSocketResponse(heartbeat=self.ping_seconds)
        await socket.prepare(request)
        if len(self.connections) >= limits.SOCKETS_MAX:
            await socket.send_json(
                {"type": "disconnect", "reason": "too_many_websockets", "debug_info": {"host": HOST}}
            )
            await socket.close()
            return socket
        connection = Connection(socket, request)
        self.connections.append(connection)
        self._tell_presence()
        try:
            await connection.send(self._hello())
            async for frame in socket:
                if frame.type is aiohttp.WSMsgType.TEXT:
                    self._read_ack(frame.data)
        finally:
            self._forget(connection)
        return socket

    async def disconnect(self, reason: str, close_after_seconds: float = 0.0) -> None:
        """Asks every connection to come again, as Slack does before it refreshes one, then closes it."""
        leaving = list(self.connections)
        for connection in leaving:
            await connection.send({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})
            if reason != "warning":  # a warning leaves the connection in use until it is closed
                self._forget(connection)
        await asyncio.sleep(close_after_seconds)
        for connection in leaving:
            await connection.socket.close()

    def drop_all(self) -> None:
        for connection in list(self.connections):
            connection.cut()
            self._forget(connection)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for connection in list(self.connections):
            await connection.socket.close()

    # --- envelopes ---
    async def deliver(self, kind: str, payload: JsonObject, *, accepts_payload: bool) -> JsonObject:
        """Sends an envelope once and returns the ack's payload ({} when it has none).

        Raises `SlackError`: `app_not_connected` with no connection, `operation_timeout` with no ack in time.
        """
        return await self._deliver(kind, payload, accepts_payload=accepts_payload)

    def emit(self, event: JsonObject) -> None:
        """Sends an event in the background, if the app subscribed to it, again and again until it is acked."""
        if _subscription(event) in self.state.app.events:
            self.start(self._emit(self._event_callback(event)))

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Runs something in the background until it ends or the workspace stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _emit(self, payload: JsonObject) -> None:
        retry: JsonObject = {}
        for attempt, delay_seconds in enumerate((None, *self.retry_delays_seconds)):
            if delay_seconds:
                await asyncio.sleep(delay_seconds)
            try:
                await self._deliver("events_api", payload, accepts_payload=False, retry=retry)
            except SlackError as failure:
                reason = "timeout" if failure.code == "operation_timeout" else "connection_failed"
                retry = {"retry_attempt": attempt + 1, "retry_reason": reason}
            else:
                return

    async def _deliver(
        self, kind: str, payload: JsonObject, *, accepts_payload: bool, retry: JsonObject | None = None
    ) -> JsonObject:
        envelope_id = secrets.token_hex(16)
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": accepts_payload,
            **({"retry_attempt": 0, "retry_reason": "", **(retry or {})} if kind == "events_api" else {}),
        }
        sent = Sent(self.state.clock(), envelope_id, kind, _what(payload), (retry or {}).get("retry_attempt", 0))
        self.sent.append(sent)
        loop = asyncio.get_running_loop()
        started = loop.time()
        ack: asyncio.Future[JsonObject] = loop.create_future()
        self._acks[envelope_id], self._kinds[envelope_id] = ack, kind
        try:
            await self._send(json.dumps(envelope), copies=2 if self.faults.for_envelope(kind) else 1)
            async with asyncio.timeout(self.ack_seconds):
                answer = await ack
            sent.ack_seconds = loop.time() - started
        except TimeoutError as too_late:
            sent.error = "operation_timeout"
            raise SlackError("operation_timeout") from too_late
        except SlackError as refusal:
            sent.error = refusal.code
            raise
        finally:
            del self._acks[envelope_id], self._kinds[envelope_id]
            self._tell_log(sent)
        return answer

    async def _send(self, frame: str, copies: int) -> None:
        """Each copy to the next connection in turn; one that breaks while being written to is left out."""
        delivered = 0
        while delivered < copies:
            if not self.connections:
                raise SlackError("app_not_connected")
            self._turn += 1
            connection = self.connections[self._turn % len(self.connections)]
            try:
                await connection.socket.send_str(frame)
                delivered += 1
            except ConnectionError:
                self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
            self._tell_presence()

    def _read_ack(self, frame: str) -> None:
        try:
            ack = json.loads(frame)
        except json.JSONDecodeError:
            return
        kind = self._kinds.get(ack.get("envelope_id"))
        fault = self.faults.for_ack(kind) if kind else None
        if fault is None:
            self._resolve(ack)
        elif fault.fault == "delay_acks":
            asyncio.get_running_loop().call_later(fault.wait_seconds(), self._resolve, ack)

    def _resolve(self, ack: JsonObject) -> None:
        waiting = self._acks.get(ack.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(ack.get("payload") or {})

    # --- shapes ---
    def _hello(self) -> JsonObject:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "connection_info": {"app_id": self.state.app.id},
            "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": 18060},
        }

    def _event_callback(self, event: JsonObject) -> JsonObject:
        return {
            "token": "stand-in",
            "team_id": TEAM["id"],
            "api_app_id": self.state.app.id,
            "type": "event_callback",
            "event": event,
            "event_id": self.state.next_id("Ev"),
            "event_time": int(self.state.clock()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM["id"],
                    "user_id": self.state.app.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": self.state.next_id("4-"),
        }

    def _tell_presence(self) -> None:
        self.state.tell({"type": "bot", "connected": bool(self.connections)}, None)

    def _tell_log(self, sent: Sent) -> None:
        told = {"type": "log", "direction": "slack→bot", "at": sent.at, "method": f"{sent.type} {sent.what}"}
        self.state.tell({**told, "ok": sent.error is None, "error": sent.error}, None)


def _subscription(event: JsonObject) -> str:
    """The name under which an app subscribes to such an event; messages have one per kind of channel."""
    if event["type"] != "message":
        return str(event["type"])
    return {"channel": "message.channels", "group": "message.groups", "im": "message.im"}[event["channel_type"]]


def _what(payload: JsonObject) -> str:
    """A few words for the log: the command, the buttons, the view or the event."""
    if "command" in payload:
        return f"{payload['command']} {payload.get('text', '')}".strip()
    if "actions" in payload:
        return ", ".join(str(action["action_id"]) for action in payload["actions"])
    inner = payload.get("event") or payload.get("view") or {}
    return str(inner.get("callback_id") or payload.get("callback_id") or inner.get("type") or payload.get("type"))
