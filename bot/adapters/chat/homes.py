"""Home tabs over Slack's Web API: published whole, and links to the messages that they lead to.

No hash goes with a view: each person's Home has one publisher here, and what it publishes last is the newest. The one
thing to remember: a link never changes, so it is asked for once; without an answer there is no link, and that is all.
"""

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat import Posted
from bot.adapters.chat.trouble import reading, translated
from bot.core.errors import AdapterError
from bot.views.rendered import Block

ASKING_SECONDS_MAX = 1.0
"""Somebody has opened Home and waits for it."""

LINKS_MAX = 10_000


class SlackHomes:
    """`bot.adapters.chat.Homes`."""

    def __init__(self, writing: AsyncWebClient, reading: AsyncWebClient) -> None:
        self._writing = writing
        self._reading = reading
        self._links: dict[Posted, str] = {}

    async def publish(self, person: str, view: Block) -> None:
        with translated(f"show {person} their Home"):
            await self._writing.views_publish(user_id=person, view=view)

    async def link(self, message: Posted) -> str:
        if message not in self._links:
            try:
                with reading("ask for a link"):
                    async with asyncio.timeout(ASKING_SECONDS_MAX):
                        answer = await self._reading.chat_getPermalink(channel=message.channel, message_ts=message.ts)
            except AdapterError:
                return ""
            if len(self._links) >= LINKS_MAX:
                self._links.clear()
            self._links[message] = str(answer.get("permalink") or "")
        return self._links[message]
