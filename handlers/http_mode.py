"""HTTP mode: Slack's requests, instead of a socket. One path, `/slack/events`, at an address of its own.

Anybody on the internet may knock here, so a request is nobody's until its signature is Slack's: first the headers are
looked at, then a bounded body is read for a bounded time, then the signature is checked over its bytes, and only then
is anything parsed and handed to Bolt. What Slack repeats is signed anew, and finds its key in the inbox. The very same
request again is not Slack's: it gets the answer that it had and asks nothing, so that what was refused stays refused
when it could be done by now. The one thing to remember: the pages for machines (`web`) are not served here, so that
whoever opens this port to the world has not opened `/metrics`.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import Clock, SignatureVerifier

from handlers.outline import trouble
from handlers.web import listening

log = logging.getLogger(__name__)

PATH = "/slack/events"

BODY_BYTES_MAX = 1 << 20
"""A view may have 250 KB, and three times that when every byte of it is escaped in a form."""

BODY_SECONDS_MAX = 3.0
"""Slack sends a request in one go, and has given up on an answer by then."""

IN_HAND_SECONDS_MAX = 3.0
"""At a stop: what was taken in is answered, within the time that Slack waits."""

AGE_SECONDS_MAX = 300
"""The replay window, which is the verifier's own; here it only tells an old request from a forged one in the log."""

HEARD_SECONDS = 2 * AGE_SECONDS_MAX
"""How long an answer is kept: a request may be signed ahead of this clock, and is believed until it is behind."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")

PASSED_ON = ("Content-Type", "X-Slack-Retry-Num", "X-Slack-Retry-Reason")
"""A signature covers no headers, and Bolt obeys some: what it need not see it is not shown."""

UNSIGNED = "it carries no signature of Slack's form"
OLD = "it is more than five minutes old or ahead: is this machine's clock right?"
FORGED = "its signature is wrong; if Slack sent it, copy the Signing Secret again (SLACK_SIGNING_SECRET)"


class _GivenClock(Clock):
    """The verifier's own reads the machine's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock()


class HttpMode:
    """`start` opens the port, `stop` closes it and lets what is in hand be answered. `url` is where it listens."""

    def __init__(self, app: AsyncApp, signing_secret: str, host: str, port: int, *, clock: Callable[[], float]) -> None:
        self._app = app
        self._host, self._port = host, port
        self._clock = clock
        self._verifier = SignatureVerifier(signing_secret, _GivenClock(clock))
        self._serving = AsyncExitStack()
        self._said: set[str] = set()
        self._heard: dict[str, tuple[float, asyncio.Task[BoltResponse]]] = {}
        """By its signature: when a request came, and what is answered; the oldest first."""
        self.url = ""
        self.refused = 0
        """Requests that were not Slack's, or came too late to be believed."""

    async def start(self) -> None:
        """Raises Misconfigured when nothing can be served there."""
        served = web.Application(client_max_size=BODY_BYTES_MAX)
        served.add_routes([web.post(PATH, self._receive)])
        port = listening(
            served, self._host, self._port, prefix="SONGBIRD_SLACK_", in_hand_seconds_max=IN_HAND_SECONDS_MAX
        )
        self.url = await self._serving.enter_async_context(port) + PATH
        log.info("listening to Slack at %s", self.url)

    async def stop(self) -> None:
        self.url = ""
        await self._serving.aclose()

    @property
    def trouble(self) -> str:
        """Why Slack cannot be heard; "" when it can. Whether its way here is open, nobody on this side can see."""
        return "" if self.url else "the door for Slack's requests is closed"

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _receive(self, request: web.Request) -> web.Response:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
            return self._refuse(UNSIGNED)
        if abs(self._clock() - int(timestamp)) > AGE_SECONDS_MAX:
            return self._refuse(OLD)
        try:
            async with asyncio.timeout(BODY_SECONDS_MAX):
                body = (await request.read()).decode()
        except (TimeoutError, ConnectionError, web.RequestPayloadError):
            return web.Response(status=408)  # half a body, whose other half may be for ever on its way
        except UnicodeDecodeError:
            return self._refuse(FORGED)  # Slack signs text
        if not self._verifier.is_valid(body, timestamp, signature):
            return self._refuse(FORGED)
        self._said.clear()
        return await to_aiohttp_response(await self._once(signature, request, body))

    async def _once(self, signature: str, request: web.Request, body: str) -> BoltResponse:
        """The answer to a request, the same however often it comes. What was not acknowledged may be tried again."""
        now = self._clock()
        while self._heard and next(iter(self._heard.values()))[0] < now - HEARD_SECONDS:
            self._heard.pop(next(iter(self._heard)))
        if signature not in self._heard:
            self._heard[signature] = (now, asyncio.ensure_future(self._dispatch(request, body)))
        answering = self._heard[signature][1]
        try:
            answer = await answering
        except BaseException:
            self._heard.pop(signature, None)
            raise
        if answer.status != web.HTTPOk.status_code:
            self._heard.pop(signature, None)
        return answer

    async def _dispatch(self, request: web.Request, body: str) -> BoltResponse:
        """What Slack has signed, to its listener; the answer is the listener's ack."""
        headers: dict[str, str | Sequence[str]] = {
            name: request.headers[name] for name in PASSED_ON if name in request.headers
        }
        try:
            asked = AsyncBoltRequest(body=body, headers=headers)
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):  # Bolt counts on Slack's JSON
            return _unreadable("it is no object of JSON")
        if why := trouble(asked.body):
            return _unreadable(why)
        return await self._app.async_dispatch(asked)

    def _refuse(self, why: str) -> web.Response:
        """Each reason is said once between two requests of Slack's: whoever scans ports fills no disk."""
        self.refused += 1
        if why not in self._said:
            self._said.add(why)
            log.warning("a request at Slack's door is refused: %s", why)
        return web.Response(status=401)


def _unreadable(why: str) -> BoltResponse:
    """Slack has signed it, and would not send it: whoever has the secret may see where it differs."""
    log.warning("a request with Slack's signature cannot be read: %s", why)
    return BoltResponse(status=400)
