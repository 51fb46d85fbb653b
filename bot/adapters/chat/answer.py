"""An answer that is still being made: its sentences, taken as they come, in pieces that a stream takes.

It always ends: when the sentences do, when they fail, when the time is up, or when it is too long. Where it ends before
its time an ellipsis says so. The one thing a reader could forget: all of it is foreign text. `pieces` gives it as
Markdown in which nothing acts, `rendered` as rich text, in which nothing can.
"""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator

from bot.adapters.chat.markdown import EXPANSION_MAX, PARAGRAPH, harmless
from bot.core.foreign import ELLIPSIS, clean, cut_plain
from bot.views import blocks
from bot.views.mrkdwn import foreign
from bot.views.rendered import Rendered

log = logging.getLogger(__name__)

SENTENCE_CHARACTERS_MAX = 1_500
ANSWER_CHARACTERS_MAX = 10_000
"""As sent; of the 12,000 that one call takes. Nobody reads that much in a thread."""

NOTIFICATION_CHARACTERS_MAX = 1_000
CLOSING_SECONDS_MAX = 1.0
"""For sentences that are in the making when the answer is over."""

assert SENTENCE_CHARACTERS_MAX * EXPANSION_MAX < ANSWER_CHARACTERS_MAX, "one sentence always fits"


class Answer:
    """`seconds_max` from now."""

    def __init__(self, sentences: AsyncIterator[str], seconds_max: float) -> None:
        self._sentences = sentences
        self._ends_at = asyncio.get_running_loop().time() + seconds_max
        self._said = ""
        self._sent_characters = 0
        self._is_over = False

    def rendered(self) -> Rendered:
        """All that was said, as a message."""
        said = self._said.strip()
        return blocks.rendered(foreign(said, NOTIFICATION_CHARACTERS_MAX), blocks.rich(blocks.line(blocks.words(said))))

    async def pieces(self, pace_seconds: float) -> AsyncGenerator[str, None]:
        """Markdown, to be put one after the other: the first sentence at once, then what comes within each pace.

        Whoever iterates closes it (`contextlib.aclosing`), and with it the sentences.
        """
        now = asyncio.get_running_loop().time
        coming: asyncio.Future[str] | None = None
        gathered, due = "", -math.inf
        try:
            while not self._is_over:
                coming = coming or asyncio.ensure_future(anext(self._sentences))
                until = min(due, self._ends_at) if gathered else self._ends_at
                await asyncio.wait({coming}, timeout=max(0.0, until - now()))
                if coming.done():
                    gathered += self._taken(coming)
                    coming = None
                elif now() >= self._ends_at:
                    log.warning("an answer took too long, and ends before its time")
                    gathered += self._cut_short()
                if gathered and (self._is_over or now() >= due):
                    yield gathered
                    gathered, due = "", now() + pace_seconds
        finally:
            await self._close(coming)

    def _taken(self, coming: "asyncio.Future[str]") -> str:
        """The sentence as Markdown, with what parts it from the next."""
        if coming.cancelled():
            return self._cut_short()
        match coming.exception():
            case None:
                return self._said_also(coming.result())
            case StopAsyncIteration():
                self._is_over = True
                return ""
            case failure:
                log.error("an answer failed in its middle, and ends with what there is", exc_info=failure)
                return self._cut_short()

    def _said_also(self, sentence: str) -> str:
        text = "\n".join(filter(None, map(str.strip, clean(cut_plain(sentence, SENTENCE_CHARACTERS_MAX)).split("\n"))))
        if not text:
            return ""
        ends_line = sentence.rstrip(" \t").endswith("\n")
        markdown = harmless(text) + (PARAGRAPH if ends_line else " ")
        if self._sent_characters + len(markdown) > ANSWER_CHARACTERS_MAX:
            return self._cut_short()
        self._sent_characters += len(markdown)
        self._said += text + ("\n" if ends_line else " ")
        return markdown

    def _cut_short(self) -> str:
        self._is_over = True
        if not self._said:
            return ""
        self._said += ELLIPSIS
        return ELLIPSIS

    async def _close(self, coming: "asyncio.Future[str] | None") -> None:
        if coming is not None:
            coming.cancel()
            await asyncio.wait({coming}, timeout=CLOSING_SECONDS_MAX)
            if not coming.done():
                return  # it does not let itself be cancelled, and cannot be closed while it runs
            if not coming.cancelled():
                coming.exception()  # asked for, so that nobody is told that it was lost
        if isinstance(self._sentences, AsyncGenerator):
            await self._sentences.aclose()
