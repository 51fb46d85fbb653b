"""The two places where somebody meets Songbird without knowing it: its Home tab, and a mention.

Both only show. The one thing a reader could forget: Slack sends these events again until it has an ack, so showing
twice must be harmless; the Home tab is replaced, and help is for the asker alone.
"""

import logging
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.views import answers, home
from handlers.answering import UNREACHED, whisper
from handlers.desk import Desk

log = logging.getLogger(__name__)

SHOWN_MAX = 20
"""Releases on the Home tab."""


def register(app: AsyncApp, desk: Desk) -> None:
    async def opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        if event.get("tab") != "home":
            return
        moving = await desk.service.releases(moving=True, most=SHOWN_MAX)
        given_up = await desk.service.given_up()
        view = home.home(moving, desk.clock(), event["user"], given_up)
        try:
            await client.views_publish(user_id=event["user"], view=view)
        except UNREACHED as trouble:
            log.warning("the Home tab was not shown: %s", trouble)

    async def mentioned(event: dict[str, Any], client: AsyncWebClient) -> None:
        if "user" in event and "bot_id" not in event:
            await whisper(client, event["channel"], event["user"], answers.help_text(), event.get("thread_ts"))

    app.event("app_home_opened")(opened)
    app.event("app_mention")(mentioned)
