"""Answers to what a person did: the messages in a command's ack, and those posted to a `response_url`.

Both say the same things (ephemeral or for the channel, in place of the message that was acted on, or that it shall
go). A `response_url` lives 30 minutes and works five times. The one thing a reader could forget: an answer needs no
membership and no scope, it goes where the person was.
"""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.workspace import limits
from bot.sandbox.workspace.call import Call, Rooms
from bot.sandbox.workspace.content import checked_content
from bot.sandbox.workspace.records import TEAM, JsonObject, SlackError
from bot.sandbox.workspace.state import Content, State


@dataclass(slots=True)
class Place:
    """Where a person was when they acted: the channel and, when they pressed something, the message."""

    user: str
    channel: str
    message_ts: str | None = None
    created_at: float = 0.0
    uses: int = 0


@dataclass(slots=True)
class Answers:
    rooms: Rooms
    places: dict[str, Place] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return self.rooms.state

    def routes(self) -> list[web.RouteDef]:
        return [web.post(f"/actions/{TEAM['id']}/{{secret}}", self.receive)]

    def reset(self) -> None:
        self.places.clear()

    def mint_url(self, place: Place) -> str:
        secret = secrets.token_urlsafe(18)
        place.created_at = self.state.clock()
        self.places[secret] = place
        return f"{self.state.url}/actions/{TEAM['id']}/{secret}"

    async def receive(self, request: web.Request) -> web.Response:
        try:
            place = self._spend(request.match_info["secret"])
            self.say(place, await request.json())
        except json.JSONDecodeError:
            return web.Response(status=400, text="invalid_payload")
        except SlackError as refusal:
            if refusal.code in ("no_hook", "expired_url", "used_url"):
                return web.json_response(refusal.to_slack(), status=404)
            return web.Response(status=400, text=refusal.code)
        return web.Response(text="ok")

    def _spend(self, secret: str) -> Place:
        place = self.places.get(secret)
        if place is None:
            raise SlackError("no_hook")
        if self.state.clock() - place.created_at > limits.RESPONSE_URL_SECONDS:
            raise SlackError("expired_url")
        if place.uses >= limits.RESPONSE_URL_USES:
            raise SlackError("used_url")
        place.uses += 1
        return place

    def say(self, place: Place, body: Any) -> None:  # noqa: ANN401 - JSON of the bot's making, checked here
        """Raises `SlackError` for content that Slack would refuse."""
        if not isinstance(body, dict):
            raise SlackError("invalid_payload")
        if body.get("delete_original"):
            self._replace(place, None)
            return
        content = checked_content(Call(body, self.rooms), place.channel)
        if body.get("replace_original"):
            self._replace(place, content)
            return
        channel = self.state.channel(place.channel)
        thread_ts = body.get("thread_ts")
        if body.get("response_type") == "in_channel":
            self.state.post(channel, self.state.app.bot_user, content, thread_ts=thread_ts)
        else:
            self.state.whisper(channel, place.user, content, thread_ts)

    def _replace(self, place: Place, content: Content | None) -> None:
        """The original is the message that was acted on; an answer to a command has none and becomes a new message."""
        channel = self.state.channel(place.channel)
        bot = self.state.app.bot_user
        if place.message_ts is None:
            if content is not None:
                self.state.whisper(channel, place.user, content)
        elif (channel.id, place.message_ts) in self.state.ephemerals:
            self.state.rewrite_whisper(channel.id, place.message_ts, content)
        elif content is None:
            self.state.delete(channel, place.message_ts)
        else:
            self.state.edit(channel, place.message_ts, bot, content)


def is_said(payload: JsonObject) -> bool:
    """Does a command's ack hold something to show, or was it a bare "received"?"""
    return any(payload.get(name) for name in ("text", "blocks", "attachments"))
