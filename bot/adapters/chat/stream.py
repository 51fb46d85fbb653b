"""Answers that appear sentence by sentence: a stream where Slack allows one, and else one post with all of it.

    first sentence ──▶ chat.startStream ──refused──▶ gather the rest ──▶ chat.postMessage
                             │
                more ──▶ chat.appendStream (what came meanwhile goes together)
                             │
    end, time up, too long, or the sentences failed ──▶ chat.stopStream with what is left

An answer is told once, on best effort: it is in no outbox and carries no key, and is cut off where the bot dies. A
stream that breaks on the way is ended and its message edited to say all of it. The one thing a reader could forget:
Slack ends every stream some five minutes after it began, whatever happens in it, and shows it as failed; so an answer
has to be over long before.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat import Posted
from bot.adapters.chat.answer import Answer
from bot.adapters.chat.slack import posted_at
from bot.adapters.chat.trouble import code_of, translated
from bot.adapters.chat.workspace import SlackWorkspace
from bot.core.errors import AdapterError, Permanent, Temporary
from bot.views.rendered import Rendered

log = logging.getLogger(__name__)

TELLING_SECONDS_MAX = 120.0
"""From the question to the end. Slack's own limit for a stream is not documented; people measured 306 seconds."""

ENDING_SECONDS_MAX = 60.0
"""To end a stream, with one wait where Slack limits the rate (20 a minute for the workspace)."""

PACE_SECONDS = 0.8
"""Between two appends: of 100 a minute for the workspace one answer takes 75 at the most, and usually ten."""

PERSON = re.compile(r"[UW][A-Z0-9]{2,}")
"""Whom Slack streams to. Whoever is none (somebody at a terminal) is answered by a post."""

STOPPED_BY_A_PERSON = "stopped_by_user"
"""Somebody has read enough: the answer stays as it is."""


@dataclass(slots=True)
class _Stream:
    """A message that grows. `is_broken`: what stands there may not be what was sent."""

    place: Posted
    unsent: str = ""
    is_broken: bool = False
    is_stopped: bool = False
    waits_until: float = 0.0


class SlackTelling:
    """`writing` must be a client without retry handlers; `reading` may have them."""

    def __init__(
        self,
        writing: AsyncWebClient,
        reading: AsyncWebClient,
        *,
        seconds_max: float = TELLING_SECONDS_MAX,
        pace_seconds: float = PACE_SECONDS,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        assert not writing.retry_handlers, "a piece that is appended again after a lost answer doubles"
        self._writing = writing
        self._workspace = SlackWorkspace(reading)
        self._seconds_max = seconds_max
        self._pace_seconds = pace_seconds
        self._pause = pause

    async def tell(self, channel: str, thread_ts: str, person: str, sentences: AsyncIterator[str]) -> Posted | None:
        """`channel` is Slack's id of it."""
        answer = Answer(sentences, self._seconds_max)
        async with contextlib.aclosing(answer.pieces(self._pace_seconds)) as pieces:
            first = await anext(pieces, "")
            if not first:
                return None
            stream = await self._started(channel, thread_ts, person, first)
            if stream is not None:
                return await self._streamed(stream, answer, pieces)
            async for _ in pieces:
                pass
        return await self._posted(channel, thread_ts, answer.rendered())

    # ── a stream ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _started(self, channel: str, thread_ts: str, person: str, first: str) -> _Stream | None:
        """None where there is no stream, for whatever reason: if the reason is a real one, the post says it too."""
        if not PERSON.fullmatch(person):
            return None
        try:
            with translated(f"start a stream in {channel}"):
                begun = await self._writing.chat_startStream(
                    channel=channel,
                    thread_ts=thread_ts,
                    markdown_text=first,
                    recipient_user_id=person,
                    recipient_team_id=(await self._workspace()).team,
                )
            return _Stream(posted_at(begun))
        except AdapterError as refusal:
            log.info("an answer is posted in one piece: %s", refusal)
            return None

    async def _streamed(self, stream: _Stream, answer: Answer, pieces: AsyncIterator[str]) -> Posted:
        try:
            async for piece in pieces:
                stream.unsent += piece
                await self._append(stream)
                if stream.is_stopped:
                    break
        finally:  # also when this task is cancelled: a stream that nobody ends is shown as failed
            if not stream.is_stopped:
                await self._end(stream, answer)
        return stream.place

    async def _append(self, stream: _Stream) -> None:
        now = asyncio.get_running_loop().time()
        if stream.is_broken or now < stream.waits_until:
            return
        try:
            with translated("append to a stream"):
                await self._writing.chat_appendStream(
                    channel=stream.place.channel, ts=stream.place.ts, markdown_text=stream.unsent
                )
        except Temporary as later:
            stream.waits_until = now + (later.retry_after_seconds or 0.0)
        except AdapterError as broken:
            stream.is_stopped = _code(broken) == STOPPED_BY_A_PERSON
            stream.is_broken = True
            log.info("a stream is over before its answer: %s", broken)
        else:
            stream.unsent = ""

    async def _end(self, stream: _Stream, answer: Answer) -> None:
        try:
            async with asyncio.timeout(ENDING_SECONDS_MAX):
                await self._stop(stream)
                if stream.is_broken:
                    await self._edit(stream.place, answer.rendered())
        except (AdapterError, TimeoutError) as lost:
            log.warning("an answer could not be said to its end: %s", lost)

    async def _stop(self, stream: _Stream) -> None:
        """Once more where Slack asks us to wait or does not answer; what is not right after that, an edit mends."""
        for is_last in (False, True):
            try:
                with translated("stop a stream"):
                    await self._writing.chat_stopStream(
                        channel=stream.place.channel,
                        ts=stream.place.ts,
                        markdown_text=None if stream.is_broken else stream.unsent or None,
                    )
            except Temporary as later:
                if is_last:
                    raise
                await self._pause(later.retry_after_seconds or 1.0)
            except AdapterError as broken:
                log.info("a stream did not end as it should: %s", broken)
                stream.is_broken = True
                if isinstance(broken, Permanent):
                    return
            else:
                return

    # ── a post ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _posted(self, channel: str, thread_ts: str, rendered: Rendered) -> Posted:
        with translated(f"answer in {channel}"):
            answer = await self._writing.chat_postMessage(
                channel=channel,
                thread_ts=thread_ts,
                text=rendered.text,
                blocks=list(rendered.blocks),
                unfurl_links=False,
                unfurl_media=False,
            )
        return posted_at(answer)

    async def _edit(self, place: Posted, rendered: Rendered) -> None:
        with translated("edit an answer"):
            await self._writing.chat_update(
                channel=place.channel, ts=place.ts, text=rendered.text, blocks=list(rendered.blocks)
            )


def _code(error: AdapterError) -> str:
    cause = error.__cause__
    return code_of(cause) if isinstance(cause, SlackApiError) else ""
