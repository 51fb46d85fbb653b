"""The people of the demo, acted: they type commands, press buttons and fill in modals through the workspace's own door.

Everything goes over HTTP to the door that the page uses, so the bot cannot tell an actor from a person with a browser.
The one thing to remember: people wait for what they see. `press` waits until a message shows the button.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, Self, TypeVar

import aiohttp

ADA, QUINN, PRIYA, VICTOR, OMAR = "U0ADA", "U0QUINN", "U0PRIYA", "U0VICTOR", "U0OMAR"
RELEASES = "C0RELEASES"

PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.2

Json = dict[str, Any]
Found = TypeVar("Found")


class LostPatienceError(Exception):
    """What somebody waited for did not appear; the message says what it was."""


class People:
    """Acts as whoever is named. Use `async with`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def type(self, who: str, command: str, text: str) -> None:
        """A slash command in #releases."""
        await self._do("command", {"as": who, "channel": RELEASES, "command": command, "text": text})

    async def press(self, who: str, action_id: str, shows: str = "") -> None:
        """The newest button of this name in a message that shows these words, once there is one."""
        message, button = await self._wait(who, lambda seen: _button(seen, action_id, shows), f"button {action_id}")
        action = {key: button[key] for key in ("type", "action_id", "block_id", "value") if key in button}
        body = {"as": who, "channel": message["channel"], "message_ts": message["ts"], "action": action}
        await self._do("action", body)

    async def fill_in(self, who: str, callback_id: str, **values: Json) -> None:
        """The modal of this name, once it is open: block id to the element's state."""
        view = await self._wait(who, lambda seen: _view(seen, callback_id), f"form {callback_id}")
        state = {block: {block: value} for block, value in values.items()}
        await self._do("view_submission", {"as": who, "view_id": view["id"], "values": state})

    async def say(self, who: str, text: str, thread_ts: str = "") -> None:
        """Something in #releases, or in a thread there."""
        await self._do("message", {"as": who, "channel": RELEASES, "text": text, "thread_ts": thread_ts or None})

    async def press_in_form(self, who: str, action_id: str, kind: str) -> None:
        """The button of this name and sort in the form that is open, once it is."""
        view, button = await self._wait(who, lambda seen: _in_form(seen, action_id, kind), f"button {action_id} {kind}")
        action = {key: button[key] for key in ("type", "action_id", "block_id", "value") if key in button}
        await self._do("view_action", {"as": who, "view_id": view["id"], "action": action})

    async def _do(self, what: str, body: Json) -> None:
        async with self._session.post(f"{self._url}/client/{what}", json=body) as response:
            answer = await response.json()
        if not answer.get("ok"):
            raise LostPatienceError(f"{what} {json.dumps(body)[:200]}: {answer}")

    async def _wait(self, who: str, find: Callable[[Json], Found | None], what: str) -> Found:
        """What `find` finds in what this person sees, as soon as it does."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (found := find(await self._sees(who))) is None:
                    await asyncio.sleep(LOOK_SECONDS)
                return found
        except TimeoutError:
            raise LostPatienceError(f"{who} saw no {what} within {PATIENCE_SECONDS:g} s") from None

    async def _sees(self, who: str) -> Json:
        async with self._session.get(f"{self._url}/client/state", params={"as": who}) as response:
            seen: Json = await response.json()
            return seen


def _button(seen: Json, action_id: str, shows: str) -> tuple[Json, Json] | None:
    for channel, messages in seen["messages"].items():
        for message in reversed(messages):
            for button in _elements(message) if shows in json.dumps(message.get("blocks")) else ():
                if button.get("action_id") == action_id:
                    return {**message, "channel": channel}, button
    return None


def _in_form(seen: Json, action_id: str, kind: str) -> tuple[Json, Json] | None:
    for view in reversed(seen["views"]):
        for button in _elements(view):
            if button.get("action_id") == action_id and json.loads(button["value"]).get("kind") == kind:
                return view, button
    return None


def _view(seen: Json, callback_id: str) -> Json | None:
    return next((view for view in seen["views"] if view.get("callback_id") == callback_id), None)


def _elements(message: Json) -> Iterator[Json]:
    for block in message.get("blocks") or ():
        if accessory := block.get("accessory"):
            yield {**accessory, "block_id": block.get("block_id", "")}
        for element in block.get("elements") or ():
            yield {**element, "block_id": block.get("block_id", "")}
