"""What Slack has to tell the app, on its way there: once for a person's doing, again and again for an event.

A carrier takes it over the wire, Socket Mode's or HTTP's, and brings the ack back; who waits how long, what is sent
again and what is written down about it is the same for both and stands here. The one thing a reader could forget: a
person's doing (`deliver`) is never sent again, an event (`emit`) is, on Slack's schedule, until it is acked.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from bot.sandbox.workspace import limits
from bot.sandbox.workspace.records import TEAM, JsonObject, SlackError
from bot.sandbox.workspace.state import State

ENVELOPES_KEPT_MAX = 20_000
RETRY_REASONS = {"operation_timeout": "timeout", "dispatch_failed": "http_error"}
"""Why an event is sent again, in Socket Mode's words."""


@dataclass(slots=True)
class Sent:
    """One delivery as it went out, for whoever measures how fast the bot acks."""

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
class Delivered:
    """`kind` is Socket Mode's word for it: slash_commands, interactive or events_api."""

    id: str
    kind: str
    payload: JsonObject
    accepts_payload: bool = False
    retry_attempt: int = 0
    retry_reason: str = ""


class Carrier(Protocol):
    """A way to the app."""

    @property
    def reaches(self) -> bool:
        """Is the app there, as far as is known?"""

    async def carry(self, delivered: Delivered) -> JsonObject:
        """Takes it there once, waits for the ack without an end, and returns what is in it ({}: nothing).

        Raises `SlackError` when the app cannot be reached, or does not take it.
        """


@dataclass(slots=True)
class Delivery:
    state: State
    carrier: Carrier
    ack_seconds: float = limits.ACK_SECONDS
    retry_delays_seconds: tuple[float, ...] = limits.EVENT_RETRY_DELAYS_SECONDS
    sent: deque[Sent] = field(default_factory=lambda: deque(maxlen=ENVELOPES_KEPT_MAX))
    _tasks: set["asyncio.Task[Any]"] = field(default_factory=set)

    async def deliver(self, kind: str, payload: JsonObject, *, accepts_payload: bool) -> JsonObject:
        """Sends it once and returns the ack's payload ({} when it has none).

        Raises `SlackError`: `app_not_connected` when the bot cannot be reached, `operation_timeout` with no ack in
        time, `dispatch_failed` when it was answered with an error.
        """
        return await self._deliver(Delivered(secrets.token_hex(16), kind, payload, accepts_payload))

    def emit(self, event: JsonObject) -> None:
        """Sends an event in the background, if the app subscribed to it, again and again until it is acked."""
        if _subscription(event) in self.state.app.events:
            self.start(self._emit(self._event_callback(event)))

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Runs something in the background until it ends or the workspace stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- inside ---
    async def _emit(self, payload: JsonObject) -> None:
        reason = ""
        for attempt, delay_seconds in enumerate((None, *self.retry_delays_seconds)):
            if delay_seconds:
                await asyncio.sleep(delay_seconds)
            try:
                await self._deliver(
                    Delivered(secrets.token_hex(16), "events_api", payload, retry_attempt=attempt, retry_reason=reason)
                )
            except SlackError as failure:
                reason = RETRY_REASONS.get(failure.code, "connection_failed")
            else:
                return

    async def _deliver(self, delivered: Delivered) -> JsonObject:
        what = _what(delivered.payload)
        sent = Sent(self.state.clock(), delivered.id, delivered.kind, what, delivered.retry_attempt)
        self.sent.append(sent)
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self.ack_seconds):
                answer = await self.carrier.carry(delivered)
            sent.ack_seconds = loop.time() - started
        except TimeoutError as too_late:
            sent.error = "operation_timeout"
            raise SlackError("operation_timeout") from too_late
        except SlackError as refusal:
            sent.error = refusal.code
            raise
        finally:
            self._tell_log(sent)
        return answer

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
