"""One call of a Web API method: its arguments, read and checked, and the rooms that a method may enter.

Arguments may come as JSON, or as strings of JSON inside a form; `tree` reads both. The one thing a reader could
forget: an empty string counts as an argument that is not there, as it does for Slack.
"""

import json
from dataclasses import dataclass
from typing import Any

from bot.sandbox.workspace.files import Files
from bot.sandbox.workspace.records import Channel, JsonObject, SlackError
from bot.sandbox.workspace.socket_mode import Sockets
from bot.sandbox.workspace.state import State
from bot.sandbox.workspace.views import Views


@dataclass(frozen=True, slots=True)
class Rooms:
    state: State
    views: Views
    files: Files
    sockets: Sockets


@dataclass(frozen=True, slots=True)
class Call:
    args: JsonObject
    rooms: Rooms

    @property
    def state(self) -> State:
        return self.rooms.state

    @property
    def views(self) -> Views:
        return self.rooms.views

    @property
    def files(self) -> Files:
        return self.rooms.files

    # --- arguments ---
    def text(self, name: str, default: str | None = None) -> str:
        value = self.args.get(name)
        if value is None or value == "":
            if default is None:
                raise SlackError("invalid_arguments", f"missing required field: {name}")
            return default
        return str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.args.get(name)
        return default if value is None else value in (True, 1, "1", "true", "True")

    def tree(self, name: str) -> Any:  # noqa: ANN401 - JSON of the caller's making, checked by whoever reads it
        """An argument that is JSON, whether it came as JSON or as a string of it."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except json.JSONDecodeError as problem:
            raise SlackError("invalid_blocks_format" if name == "blocks" else "invalid_json") from problem

    def view(self) -> JsonObject:
        body = self.tree("view")
        if not isinstance(body, dict):
            raise SlackError("invalid_arguments", "missing required field: view")
        return body

    # --- channels ---
    def channel(self, *, members_only: bool = True) -> Channel:
        return self.visible(self.text("channel"), members_only=members_only)

    def visible(self, channel_id: str, *, members_only: bool = True) -> Channel:
        """The channel, if the bot can see it; otherwise Slack's refusal."""
        channel = self.state.channel(channel_id)
        if self.state.app.bot_user not in channel.members:
            if channel.is_private:
                raise SlackError("channel_not_found")
            if members_only:
                raise SlackError("not_in_channel")
        return channel

    def channel_to_post_in(self) -> Channel:
        """Posting also takes a channel's name, and a person's id for the direct message with them."""
        wanted = self.text("channel")
        if wanted in self.state.users:
            return self.state.direct_channel(wanted)
        ids = {channel.name: channel.id for channel in self.state.channels.values() if channel.name}
        may_post_anywhere = "chat:write.public" in self.state.app.scopes
        return self.visible(ids.get(wanted.removeprefix("#"), wanted), members_only=not may_post_anywhere)
