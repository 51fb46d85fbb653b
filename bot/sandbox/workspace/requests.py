"""Slack's requests over HTTP: signed, sent to the app's request URL, and what comes back read as the ack.

Commands go as a form, what is pressed as a form with one field of JSON, events as JSON; the signature is over the very
bytes. The one thing a reader could forget: the app cannot be seen to be there until it has answered something, so
`reaches` is what came of the last request.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.workspace.delivery import Delivered
from bot.sandbox.workspace.faults import Faults
from bot.sandbox.workspace.records import JsonObject, SlackError
from bot.sandbox.workspace.state import State

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
RETRY_REASONS = {"timeout": "http_timeout"}
"""Where HTTP has a word of its own."""


@dataclass(slots=True)
class Requests:
    """`url` is the app's request URL, for commands, interactivity and events alike."""

    state: State
    faults: Faults
    signing_secret: str
    url: str = ""
    reaches: bool = False
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def verify(self) -> bool:
        """As Slack does when somebody writes the URL into the app's settings: does the app know the challenge?"""
        challenge = {"type": "url_verification", "token": "stand-in", "challenge": self.state.next_id("challenge")}
        try:
            answer = await self._post(JSON, json.dumps(challenge), {}, 0)
        except SlackError:
            return False
        return answer.get("challenge") == challenge["challenge"]

    async def carry(self, delivered: Delivered) -> JsonObject:
        content_type, body = _written(delivered)
        headers = {}
        if delivered.retry_attempt:
            reason = RETRY_REASONS.get(delivered.retry_reason, delivered.retry_reason)
            headers = {"X-Slack-Retry-Num": str(delivered.retry_attempt), "X-Slack-Retry-Reason": reason}
        copies = 2 if self.faults.for_envelope(delivered.kind) else 1
        answers = await asyncio.gather(*(self._post(content_type, body, headers, older) for older in range(copies)))
        fault = self.faults.for_ack(delivered.kind)
        if fault is not None and fault.fault == "lose_acks":
            raise SlackError("app_not_connected", "the connection broke before the answer was read")
        if fault is not None:
            await asyncio.sleep(fault.wait_seconds())
        return answers[0] if delivered.accepts_payload else {}

    async def _post(self, content_type: str, body: str, headers: dict[str, str], older: int) -> JsonObject:
        """The answer as an ack's payload; a plain text is one to say. Raises `SlackError`.

        Signed `older` seconds ago: a body that is sent twice is two requests.
        """
        signed = {**headers, **self.signed(body, time.time() - older), "Content-Type": content_type}
        self._session = self._session or aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        try:
            async with self._session.post(self.url, data=body.encode(), headers=signed) as response:
                said = await response.text()
        except (aiohttp.ClientError, OSError) as trouble:
            self._tell_presence(reaches=False)
            raise SlackError("app_not_connected") from trouble
        self._tell_presence(reaches=True)
        if response.status != 200:  # noqa: PLR2004 - nothing else is an ack
            raise SlackError("dispatch_failed", f"the app answered {response.status}")
        return _read(said, response.content_type)

    def signed(self, body: str, at: float | None = None) -> dict[str, str]:
        """The headers that prove a body to be Slack's. The time is the real one unless given: the app looks at it."""
        timestamp = str(int(time.time() if at is None else at))
        signature = SignatureVerifier(self.signing_secret).generate_signature(timestamp=timestamp, body=body)
        return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}

    def _tell_presence(self, *, reaches: bool) -> None:
        if reaches is not self.reaches:
            self.reaches = reaches
            self.state.tell({"type": "bot", "connected": reaches}, None)


def _written(delivered: Delivered) -> tuple[str, str]:
    match delivered.kind:
        case "slash_commands":
            return FORM, urlencode(delivered.payload, errors="replace")  # a form cannot carry half a character
        case "interactive":
            return FORM, urlencode({"payload": json.dumps(delivered.payload)})
        case _:
            return JSON, json.dumps(delivered.payload)


def _read(said: str, content_type: str) -> JsonObject:
    if content_type != JSON:
        return {"text": said} if said else {}
    try:
        answer = json.loads(said)
    except json.JSONDecodeError:
        raise SlackError("dispatch_failed", "the app's answer is not JSON") from None
    return answer if isinstance(answer, dict) else {}
