"""The shortcut in a message's menu: where the release stands that the message is about.

The one thing to remember: it can be taken on any message, somebody else's too. Whose thread it is in counts first, then
the one release that it names; of anything else is said how the shortcut is used.
"""

import re
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.views import answers
from bot.views.modals import as_page
from bot.views.rendered import Rendered
from handlers import parse
from handlers.answering import attempt, opened, settle
from handlers.commands import status
from handlers.desk import Desk
from handlers.parse import Body

RELEASE_STATUS = "release_status"

NAMED_MAX = 10
"""Names in one message that are looked up."""


def register(app: AsyncApp, desk: Desk) -> None:
    async def show(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        (shown, why), _ = await settle(attempt(_standing(desk, body)), ack, desk.ack_seconds_max)
        await ack()
        await opened(client, body, as_page(answers.refused(why) if shown is None else shown))

    app.message_shortcut(RELEASE_STATUS)(show)


async def _standing(desk: Desk, body: Body) -> Rendered:
    name = await _about(desk, body)
    return await status(desk, name) if name else answers.of_no_release()


async def _about(desk: Desk, body: Body) -> str | None:
    message = body["message"]
    thread_ts = str(message.get("thread_ts") or body["message_ts"])
    if found := desk.asking.release_of(body["channel"]["id"], thread_ts):
        return found
    names = dict.fromkeys(re.findall(rf"\b{parse.RELEASE.pattern}\b", str(message.get("text") or "")))
    there = [name for name in list(names)[:NAMED_MAX] if await desk.service.release(name) is not None]
    return there[0] if len(there) == 1 else None
