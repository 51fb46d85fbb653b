"""What the tests of the stand-in workspace share: it, a client, a Bolt app; each is an `async with` that closes all.

The clients are the real ones, with no retry handlers, so that what the server answers is what a test sees. The one
thing a reader could forget: `Clock` moves only when a test says so, which is how minutes of rates pass in no time.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Timing, Workspace

QUICK = Timing(ack_seconds=0.3, event_retry_delays_seconds=(0.0, 0.05, 0.1))
RELEASES, ENGINEERING, COFFEE, BOARD = "C0RELEASES", "C0ENGINEERING", "C0COFFEE", "G0BOARD"
ADA, QUINN, PRIYA = "U0ADA", "U0QUINN", "U0PRIYA"


@dataclass
class Clock:
    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@contextlib.asynccontextmanager
async def a_workspace(**options: object) -> AsyncIterator[Workspace]:
    """A workspace with no rates and short waits, unless a test asks for Slack's own."""
    workspace = await Workspace.start(**{"rate_scale": math.inf, "timing": QUICK, **options})
    try:
        yield workspace
    finally:
        await workspace.stop()


def client_of(workspace: Workspace, token: str | None = None, **options: object) -> AsyncWebClient:
    return AsyncWebClient(token or workspace.bot_token, base_url=workspace.api_url, retry_handlers=[], **options)


def bolt_app(workspace: Workspace) -> AsyncApp:
    return AsyncApp(client=client_of(workspace))


@contextlib.asynccontextmanager
async def connected(workspace: Workspace, app: AsyncApp, connections: int = 1) -> AsyncIterator[list[Any]]:
    """The app on Socket Mode, over as many connections as asked for; yields the SDK's socket clients."""
    handlers = [
        AsyncSocketModeHandler(app, workspace.app_token, web_client=client_of(workspace), ping_interval=0.2)
        for _each in range(connections)
    ]
    try:
        for handler in handlers:
            await handler.connect_async()
        await until(lambda: len(workspace.sockets.connections) == connections)
        yield [handler.client for handler in handlers]
    finally:
        for handler in handlers:
            async with asyncio.timeout(2):
                await handler.close_async()


async def until(is_so: Callable[[], object], seconds_max: float = 5.0) -> None:
    """Waits for something that happens on the other side of a socket."""
    async with asyncio.timeout(seconds_max):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event to wait on
            await asyncio.sleep(0.005)


async def refusal(call: Awaitable[object]) -> str:
    """Slack's error string for a call that must be refused."""
    try:
        answer = await call
    except SlackApiError as refused:
        return str(refused.response["error"])
    raise AssertionError(f"was accepted: {answer}")


async def as_person(workspace: Workspace, user: str, doing: str, **body: object) -> dict[str, Any]:
    """What the page does when this person does something."""
    address = f"{workspace.url}/client/{doing}"
    async with aiohttp.ClientSession() as session, session.post(address, json={"as": user, **body}) as answer:
        return dict(await answer.json())


async def get_json(workspace: Workspace, path: str) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.get(workspace.url + path) as answer:
        return dict(await answer.json())


async def control(workspace: Workspace, path: str, **body: object) -> dict[str, Any]:
    async with aiohttp.ClientSession() as session, session.post(f"{workspace.url}/control/{path}", json=body) as answer:
        return dict(await answer.json())


def section(text: str = "hello", **more: object) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(action_id: str = "go", text: str = "Go", **more: object) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": text}, **more}


def actions(*elements: dict[str, Any], block_id: str = "decide") -> dict[str, Any]:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def text_input(block_id: str = "why", **more: object) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": "Why?"},
        "element": {"type": "plain_text_input", "action_id": "text"},
        **more,
    }


def modal(*blocks: dict[str, Any], **more: object) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "asking",
        "title": {"type": "plain_text", "text": "Concern"},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": list(blocks) or [section()],
        **more,
    }
