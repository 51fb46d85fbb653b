"""The demo's world with one release in it that waits: deployed to staging, looked at every second, not approved yet."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.sandbox.demo import World, world
from bot.sandbox.people import ADA, RELEASES

SECONDS_MAX = 60.0


@dataclass(frozen=True)
class Button:
    """Where it stands."""

    ts: str
    block_id: str
    action_id: str


@contextlib.asynccontextmanager
async def idle_world() -> AsyncIterator[World]:
    """The bot runs and has nothing to do."""
    async with world() as running:
        await running.start_bot()
        await running.wait_until_connected()
        yield running


async def stage(running: World) -> Button:
    """Stage a release; its Approve button, once it is shown and the release is healthy."""
    await running.workspace.interactions.command(ADA, RELEASES, "/stage", "shop v1.1.0")
    async with asyncio.timeout(SECONDS_MAX):
        while (button := find(running, "approve")) is None:  # noqa: ASYNC110 - a message has no event to wait for
            await asyncio.sleep(0.1)
    return button


def find(running: World, action_id: str) -> Button | None:
    """The newest button of this name in #releases."""
    for ts, message in reversed(running.workspace.state.messages[RELEASES].items()):
        for block in message.get("blocks") or ():
            for element in (*block.get("elements", ()), block.get("accessory") or {}):
                if element.get("action_id") == action_id:
                    return Button(ts, block["block_id"], action_id)
    return None
