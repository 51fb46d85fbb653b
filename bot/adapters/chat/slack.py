"""The chat port over Slack's Web API.

Posts carry their effect's key as message metadata, which no person sees and `find` reads back. Channels are named in
plans as people name them (`#releases`) and resolved to ids once. The one thing a reader could forget: everything here
is one attempt with a bounded time; whether to try again is the outbox's to say, from the error it gets.
"""

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.chat import METADATA_EVENT_TYPE, Posted
from bot.adapters.chat.trouble import code_of, reading, translated
from bot.core.errors import Permanent, Unknown
from bot.views.rendered import Rendered

CHANNEL_ID = re.compile(r"[CGD][A-Z0-9]{6,}")

FIND_PAGE = 200
FIND_PAGES_MAX = 10
"""Of a channel the newest page is read. A thread is handed out oldest first, so it is read to its end, or this far."""

LIST_PAGE = 500
LIST_PAGES_MAX = 40
"""20,000 channels or members; a workspace with more names its channels by id."""

FINDING_SECONDS_MAX = 25.0
"""A search over several pages, waits for rates included: under the outbox's lease, like everything else."""

MEMBERS_SECONDS_FRESH = 60.0


class SlackChat:
    """`writing` must be a client without retry handlers (`client.writing_client`); `reading` may have them."""

    def __init__(
        self, writing: AsyncWebClient, reading: AsyncWebClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        assert not writing.retry_handlers, "a post that is repeated after a lost answer doubles"
        self._writing = writing
        self._reading = reading
        self._clock = clock
        self._ids: dict[str, str] = {}
        self._listing = asyncio.Lock()
        self._members: dict[str, tuple[float, frozenset[str]]] = {}

    # ── the port ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def post(
        self, channel: str, rendered: Rendered, key: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> Posted:
        where = await self._id_of(channel)

        async def attempt() -> AsyncSlackResponse:
            return await self._writing.chat_postMessage(
                channel=where,
                text=rendered.text,
                blocks=list(rendered.blocks) or None,
                thread_ts=thread_ts,
                reply_broadcast=True if broadcast and thread_ts else None,
                metadata=_metadata(key),
                unfurl_links=False,
                unfurl_media=False,
            )

        with translated(f"post to {channel}"):
            try:
                answer = await attempt()
            except SlackApiError as refusal:
                if code_of(refusal) == "channel_not_found":
                    self._ids.clear()  # renamed, or made anew: ask again next time
                if code_of(refusal) != "not_in_channel" or not await self._joined(where):
                    raise
                answer = await attempt()
        return posted_at(answer)

    async def find(self, channel: str, key: str, thread_ts: str | None = None) -> Posted | None:
        where = await self._id_of(channel)
        with reading(f"look for a message in {channel}"):
            async with asyncio.timeout(FINDING_SECONDS_MAX):
                return await self._find(where, key, thread_ts)

    async def edit(self, place: Posted, rendered: Rendered, key: str) -> None:
        with translated(f"edit a message in {place.channel}"):
            await self._writing.chat_update(
                channel=place.channel,
                ts=place.ts,
                text=rendered.text,
                blocks=list(rendered.blocks),  # an empty list takes the old ones away
                metadata=_metadata(key),
            )

    async def members(self, channel: str) -> frozenset[str]:
        where = await self._id_of(channel)
        known = self._members.get(where)
        if known is not None and self._clock() - known[0] < MEMBERS_SECONDS_FRESH:
            return known[1]
        found: set[str] = set()
        with reading(f"ask for the members of {channel}"):
            cursor = ""
            for _ in range(LIST_PAGES_MAX):
                page = await self._reading.conversations_members(channel=where, limit=LIST_PAGE, cursor=cursor)
                found.update(page.get("members") or ())
                cursor = _next_cursor(page)
                if not cursor:
                    break
        self._members[where] = (self._clock(), frozenset(found))
        return frozenset(found)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _find(self, where: str, key: str, thread_ts: str | None) -> Posted | None:
        cursor = ""
        for _ in range(FIND_PAGES_MAX if thread_ts else 1):
            if thread_ts:
                page = await self._reading.conversations_replies(
                    channel=where, ts=thread_ts, limit=FIND_PAGE, cursor=cursor, include_all_metadata=True
                )
            else:
                page = await self._reading.conversations_history(
                    channel=where, limit=FIND_PAGE, include_all_metadata=True
                )
            for message in page.get("messages") or ():
                if _key_of(message) == key:
                    return Posted(where, message["ts"])
            cursor = _next_cursor(page)
            if not cursor:
                break
        return None

    async def _joined(self, where: str) -> bool:
        """Public channels can be entered without being asked; private ones cannot."""
        try:
            await self._writing.conversations_join(channel=where)
        except SlackApiError:
            return False  # what the post was refused for says more than why joining was
        return True

    async def _id_of(self, channel: str) -> str:
        if CHANNEL_ID.fullmatch(channel):
            return channel
        name = channel.removeprefix("#")
        async with self._listing:
            if name not in self._ids:
                await self._list_channels()
        if name not in self._ids:
            raise Permanent(f"Slack shows no channel #{name}: look at the plan, and invite Songbird if it is private")
        return self._ids[name]

    async def _list_channels(self) -> None:
        with reading("ask for the channels"):
            cursor = ""
            for _ in range(LIST_PAGES_MAX):
                page = await self._reading.conversations_list(
                    types="public_channel,private_channel", exclude_archived=True, limit=LIST_PAGE, cursor=cursor
                )
                self._ids.update((each["name"], each["id"]) for each in page.get("channels") or ())
                cursor = _next_cursor(page)
                if not cursor:
                    break


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": METADATA_EVENT_TYPE, "event_payload": {"key": key}}


def _key_of(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != METADATA_EVENT_TYPE:
        return None
    key = (metadata.get("event_payload") or {}).get("key")
    return key if isinstance(key, str) else None


def posted_at(answer: AsyncSlackResponse) -> Posted:
    """Where Slack says that a message stands."""
    channel, ts = answer.get("channel"), answer.get("ts")
    if not (isinstance(channel, str) and isinstance(ts, str)):
        raise Unknown("Slack said yes to a post and not where it is")
    return Posted(channel, ts)


def _next_cursor(page: AsyncSlackResponse) -> str:
    return str((page.get("response_metadata") or {}).get("next_cursor") or "")
