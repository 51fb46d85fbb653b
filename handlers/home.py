"""The two places where somebody meets Songbird without knowing it: its Home tab, and a mention.

Both only show. A mention with words is a question, and is answered in its thread. The one thing a reader could forget:
Slack sends these events again until it has an ack, so showing twice must be harmless: the Home tab is replaced, help is
for the asker alone, and a question that was answered is not answered again.
"""

from collections.abc import AsyncIterator
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.views import answers
from handlers import parse
from handlers.answering import attempt, whisper
from handlers.asked import Asking, Helping
from handlers.commands import about
from handlers.desk import Desk


def register(app: AsyncApp, desk: Desk) -> None:
    async def opened(event: dict[str, Any]) -> None:
        if event.get("tab") == "home":
            desk.homes.opened(event["user"])

    async def mentioned(event: dict[str, Any], client: AsyncWebClient) -> None:
        if "user" not in event or "bot_id" in event:
            return
        asked = parse.mention(event.get("text") or "")
        if isinstance(asked, Helping):
            await whisper(client, event["channel"], event["user"], answers.help_text(), event.get("thread_ts"))
            return
        _, why = await attempt(_explain(desk, event, asked))
        if why:
            await whisper(client, event["channel"], event["user"], answers.refused(why), event.get("thread_ts"))

    app.event("app_home_opened")(opened)
    app.event("app_mention")(mentioned)


async def _explain(desk: Desk, event: dict[str, Any], asked: Asking) -> None:
    """In the thread where it was asked, for everybody there; Slack may ask twice, and is answered once."""
    seen = (event["channel"], event["ts"])
    if seen in desk.answered:
        return
    desk.answered.append(seen)
    thread_ts = event.get("thread_ts") or event["ts"]
    in_thread = desk.asking.release_of(event["channel"], thread_ts)
    release = await about(desk, asked.release or in_thread)
    sentences = _sentences(desk, release.id, asked.question, event["user"])
    await desk.telling.tell(event["channel"], thread_ts, event["user"], sentences)


async def _sentences(desk: Desk, release: str, question: str, person: str) -> AsyncIterator[str]:
    """A model's, as they come; the journal's own where there is none, or none that stands."""
    said = False
    async for sentence in desk.asking.better(release, question, person) or _none():
        said = True
        yield sentence
    if not said:
        for line in (await desk.asking.plain(release, question)).splitlines():
            if line.strip():
                yield line


async def _none() -> AsyncIterator[str]:
    return
    yield
