"""The least that a Slack app can be: a Bolt app on Socket Mode whose one listener acks. What the bot is compared with.

`python -m benchmarks.bare` with SLACK_BOT_TOKEN, SLACK_APP_TOKEN and SLACK_API_URL in its environment; `bare` starts it
beside a workspace of its own. To forget: no settings, no loops, no database; as in Bolt's own first example.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.seed import RELEASES

PRESS = "press"
START_SECONDS_MAX = 30.0


@dataclass(frozen=True)
class Bare:
    """It runs, and `ts` is its message with the button."""

    workspace: Workspace
    process: asyncio.subprocess.Process
    ts: str


@contextlib.asynccontextmanager
async def bare() -> AsyncIterator[Bare]:
    workspace = await Workspace.start()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.bare"),
        env={
            **os.environ,
            "SLACK_BOT_TOKEN": workspace.bot_token,
            "SLACK_APP_TOKEN": workspace.app_token,
            "SLACK_API_URL": workspace.api_url,
        },
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(START_SECONDS_MAX):
            while not (workspace.sockets.connections and workspace.calls()["posts"]):  # noqa: ASYNC110 - no event there
                await asyncio.sleep(0.05)
        yield Bare(workspace, process, next(reversed(workspace.state.messages[RELEASES])))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        await workspace.stop()


async def _serve() -> None:
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client)

    async def press(ack: AsyncAck) -> None:
        await ack()

    app.action(PRESS)(press)
    button = {"type": "button", "action_id": PRESS, "text": {"type": "plain_text", "text": "Press"}}
    blocks = [{"type": "actions", "block_id": "all", "elements": [button]}]
    await client.chat_postMessage(channel=RELEASES, text="A button", blocks=blocks)
    socket = AsyncSocketModeHandler(app, os.environ["SLACK_APP_TOKEN"], web_client=client)
    await socket.start_async()  # type: ignore[no-untyped-call] # Bolt's adapters carry no types


if __name__ == "__main__":
    asyncio.run(_serve())
