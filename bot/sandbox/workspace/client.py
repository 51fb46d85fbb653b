"""The persons' door: what the page reads, what it is told as it happens, and what persons do through it.

JSON in and out; `/client/events` is a stream of server-sent events. Who acts is named by `as`: the page lets one
choose, there is no log-in. The one thing a reader could forget: what a person does must come as `application/json`,
which a form on some other web page cannot send.
"""

import asyncio
import contextlib
import inspect
import json
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from aiohttp import web

from bot.sandbox.workspace.delivery import Delivery
from bot.sandbox.workspace.interactions import Interactions
from bot.sandbox.workspace.records import TEAM, Channel, JsonObject, SlackError, User
from bot.sandbox.workspace.state import State
from bot.sandbox.workspace.views import Views

PAGE = Path(__file__).parent / "page"
KEEP_ALIVE_SECONDS = 15.0
UNREAD_EVENTS_MAX = 10_000  # a tab that sleeps this long is cut off; the browser comes again by itself

Followers = list[tuple[str, "asyncio.Queue[str | None]"]]


@dataclass(slots=True)
class Feed:
    """Who is looking on, each with a queue of what they have not been told yet; `None` ends the stream."""

    followers: Followers = field(default_factory=list)

    def tell(self, event: JsonObject, audience: frozenset[str] | None) -> None:
        frame = ""
        for user_id, unread in self.followers:
            if audience is not None and user_id not in audience:
                continue
            frame = frame or json.dumps(event)
            if unread.qsize() < UNREAD_EVENTS_MAX:
                unread.put_nowait(frame)
            elif unread.qsize() == UNREAD_EVENTS_MAX:
                unread.put_nowait(None)

    def close(self) -> None:
        for _user_id, unread in self.followers:
            unread.put_nowait(None)

    @contextlib.contextmanager
    def follow(self, user_id: str) -> Iterator["asyncio.Queue[str | None]"]:
        follower = (user_id, asyncio.Queue[str | None]())
        self.followers.append(follower)
        try:
            yield follower[1]
        finally:
            self.followers.remove(follower)


@dataclass(slots=True)
class Client:
    state: State
    views: Views
    delivery: Delivery
    interactions: Interactions
    feed: Feed

    def routes(self) -> list[web.AbstractRouteDef]:
        routes: list[web.AbstractRouteDef] = [
            web.get("/", self.page),
            web.get("/archives/{channel}/{ts}", self.permalink),
            web.get("/client/boot", self.boot),
            web.get("/client/state", self.everything),
            web.get("/client/events", self.events),
            *(web.post(f"/client/{name}", self._door(doing)) for name, doing in self._doings().items()),
        ]
        return [*routes, web.static("/static", PAGE)] if PAGE.is_dir() else routes

    # --- reading ---
    async def page(self, _request: web.Request) -> web.StreamResponse:
        index = PAGE / "index.html"
        if index.is_file():
            return web.FileResponse(index, headers={"Cache-Control": "no-cache"})
        return web.Response(text="A stand-in for a Slack workspace. It has no page here; see /client/boot.")

    async def permalink(self, request: web.Request) -> web.Response:
        """A link to a message leads to the page, which finds the message by what follows the `#`."""
        thread = request.query.get("thread_ts", "")
        digits = request.match_info["ts"].removeprefix("p")
        ts = f"{digits[:-6]}.{digits[-6:]}"
        raise web.HTTPFound(f"/#/{request.match_info['channel']}/{ts}" + (f"/{thread}" if thread else ""))

    async def boot(self, _request: web.Request) -> web.Response:
        app = self.state.app
        return web.json_response(
            {
                "team": {"id": TEAM["id"], "name": TEAM["name"]},
                "users": [_person(user) for user in self.state.users.values()],
                "channels": [
                    {"id": channel.id, "name": channel.name, "topic": channel.topic, "is_im": False}
                    for channel in self.state.channels.values()
                    if channel.im_user is None and not channel.is_private
                ],
                "commands": [command.to_client() for command in app.commands],
                "shortcuts": [shortcut.to_client() for shortcut in app.shortcuts],
                "bot_user": {"id": app.bot_user, "name": self.state.user(app.bot_user).name},
                "notice": "a stand-in for Slack",
            }
        )

    async def everything(self, request: web.Request) -> web.Response:
        """All that this person may see: channels with their messages, open modals, the Home tab."""
        try:
            user = self.state.person(request.query.get("as", ""))
        except SlackError as refusal:
            return web.json_response(refusal.to_slack(), status=404)
        home = self.views.homes.get(user.id)
        return web.json_response(
            {
                "messages": {
                    channel.id: [{**message, "channel": channel.id} for message in messages.values()]
                    for channel, messages in self._conversations(user.id)
                },
                "home": self.views.to_slack(home) if home else None,
                "views": [self.views.to_slack(view) for view in self.views.stacks[user.id]],
                "users": [_person(each) for each in self.state.users.values()],
                "bot": {"connected": self.delivery.carrier.reaches},
            }
        )

    def _conversations(self, user_id: str) -> Iterator[tuple[Channel, dict[str, JsonObject]]]:
        """Every public channel, and of the others those that this person is in and where something was said."""
        for channel in self.state.channels.values():
            messages = self.state.messages[channel.id]
            audience = self.state.audience(channel)
            if audience is None or (user_id in audience and messages):
                yield channel, messages

    async def events(self, request: web.Request) -> web.StreamResponse:
        try:
            user = self.state.person(request.query.get("as", ""))
        except SlackError as refusal:
            return web.json_response(refusal.to_slack(), status=404)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        with self.feed.follow(user.id) as unread, contextlib.suppress(ConnectionError):
            presence = json.dumps({"type": "bot", "connected": self.delivery.carrier.reaches})
            await response.write(f"data: {presence}\n\n".encode())
            while True:
                try:
                    async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                        frame = await unread.get()
                except TimeoutError:
                    await response.write(b": still here\n\n")
                    continue
                if frame is None:
                    break
                await response.write(f"data: {frame}\n\n".encode())
        return response

    # --- doing ---
    def _doings(self) -> dict[str, Callable[[JsonObject], JsonObject | Awaitable[JsonObject]]]:
        do = self.interactions
        return {
            "message": lambda body: do.message(body["as"], body["channel"], body["text"], body.get("thread_ts")),
            "command": lambda body: do.command(body["as"], body["channel"], body["command"], body.get("text", "")),
            "action": lambda body: do.action(body["as"], body["channel"], body["message_ts"], body["action"]),
            "view_action": lambda body: do.view_action(
                body["as"], body["view_id"], body["action"], body.get("values", {})
            ),
            "view_submission": lambda body: do.submit(body["as"], body["view_id"], body.get("values", {})),
            "view_closed": lambda body: do.close_view(body["as"], body["view_id"]),
            "home_opened": lambda body: do.home_opened(body["as"]),
            "shortcut": lambda body: do.shortcut(
                body["as"], body["callback_id"], body.get("channel"), body.get("message_ts")
            ),
        }

    def _door(
        self, doing: Callable[[JsonObject], JsonObject | Awaitable[JsonObject]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            try:
                result = doing(await json_body(request))
                return web.json_response(await result if inspect.isawaitable(result) else result)
            except SlackError as refusal:
                is_malformed = refusal.code in ("invalid_json", "missing_field")
                return web.json_response(refusal.to_slack(), status=400 if is_malformed else 200)

        return answer


def _person(user: User) -> JsonObject:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "title": user.title,
        "color": user.color,
        "is_bot": user.is_bot,
    }


class Body(JsonObject):
    """A request's JSON object; a field that is asked for and not there is refused by name."""

    def __missing__(self, name: str) -> NoReturn:
        raise SlackError("missing_field", f"missing required field: {name}")


async def json_body(request: web.Request) -> Body:
    """Raises `SlackError("invalid_json")` for anything but a JSON object."""
    try:
        body = json.loads(await request.text()) if request.content_type == "application/json" else None
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise SlackError("invalid_json")
    return Body(body)
