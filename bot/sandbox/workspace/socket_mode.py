"""Socket Mode's server side: tickets, connections, envelopes out and acks back.

An envelope goes to one connection, in turn, and its ack may come over any of them. The one thing a reader could
forget: an ack that comes after its time is read and thrown away, as Slack does, so the bot may believe that it
answered.
"""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from bot.sandbox.workspace import limits
from bot.sandbox.workspace.delivery import Delivered
from bot.sandbox.workspace.faults import Faults
from bot.sandbox.workspace.records import JsonObject, SlackError
from bot.sandbox.workspace.state import State

HOST = "stand-in"


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
    ping_seconds: float = limits.PING_SECONDS
    connections: list[Connection] = field(default_factory=list)
    _tickets: dict[str, float] = field(default_factory=dict)
    _acks: dict[str, "asyncio.Future[JsonObject]"] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)
    _turn: int = 0

    @property
    def reaches(self) -> bool:
        return bool(self.connections)

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
        for connection in list(self.connections):
            await connection.socket.close()

    # --- envelopes ---
    async def carry(self, delivered: Delivered) -> JsonObject:
        envelope = {
            "envelope_id": delivered.id,
            "type": delivered.kind,
            "payload": delivered.payload,
            "accepts_response_payload": delivered.accepts_payload,
        }
        if delivered.kind == "events_api":
            envelope |= {"retry_attempt": delivered.retry_attempt, "retry_reason": delivered.retry_reason}
        ack: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._acks[delivered.id], self._kinds[delivered.id] = ack, delivered.kind
        try:
            await self._send(json.dumps(envelope), copies=2 if self.faults.for_envelope(delivered.kind) else 1)
            return await ack
        finally:
            del self._acks[delivered.id], self._kinds[delivered.id]

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

    def _tell_presence(self) -> None:
        self.state.tell({"type": "bot", "connected": bool(self.connections)}, None)
