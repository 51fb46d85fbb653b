"""Acknowledging in time: commit first, then ack, unless the commit is slow.

Slack shows an error to whoever gets no ack within three seconds. A crash before the commit must leave no ack, so the
work comes first; but a slow commit must not look like a failure, so after a while the ack goes out alone and the answer
follows. The one thing a reader could forget: nothing gets past `attempt`; whoever asked always hears words.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import aiohttp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import AdapterError, Refused, Unreadable
from bot.views import answers
from bot.views.modals import as_page
from bot.views.rendered import Block, Rendered

log = logging.getLogger(__name__)

UNREACHED = (SlackApiError, aiohttp.ClientError, OSError, TimeoutError)
"""What a call to Slack raises; answers carry no state, so it is logged and that is all."""

BROKEN = (
    "Something went wrong inside Songbird, and it is in its log. It may or may not have done what you asked: "
    "look at `/release` before you ask again."
)

Result = TypeVar("Result")


async def settle(
    work: Coroutine[Any, Any, Result], ack: Callable[[], Awaitable[object]], ack_seconds_max: float
) -> tuple[Result, bool]:
    """The work's result, and whether it had to be acked before it was done."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=ack_seconds_max)
    if done:
        return task.result(), False
    await ack()
    return await task, True


async def attempt(work: Coroutine[Any, Any, Result]) -> tuple[Result | None, str]:
    """What came of it, and the words for why nothing did."""
    try:
        return await work, ""
    except (Refused, Unreadable) as refusal:
        return None, str(refusal)
    except AdapterError as trouble:  # Slack's, or some other system's: no mistake of ours to be traced
        log.warning("a request from Slack failed: %s", trouble)
        return None, BROKEN
    except Exception:  # whatever it was, a person is waiting to hear of it
        log.exception("a request from Slack failed")
        return None, BROKEN


async def tell(
    respond: AsyncRespond, message: Rendered, thread_ts: str | None = None, *, instead: bool = False
) -> None:
    """To the person alone, through the response_url; `instead` of the message that they pressed. Best effort."""
    try:
        await respond(
            text=message.text,
            blocks=list(message.blocks) or None,
            response_type="ephemeral",
            replace_original=instead,
            thread_ts=None if instead else thread_ts,
        )
    except UNREACHED as trouble:
        log.warning("an answer did not arrive: %s", trouble or type(trouble).__name__)


async def opened(client: AsyncWebClient, body: Mapping[str, Any], view: Block) -> str:
    """Why the form did not open; empty when it did. From a button inside a form it opens on top of that."""
    opening = client.views_push if (body.get("view") or {}).get("type") == "modal" else client.views_open
    try:
        await opening(trigger_id=body["trigger_id"], view=view)
    except UNREACHED as trouble:
        log.warning("a form did not open: %s", trouble)
        return "Slack did not open the form: press again, or type it: /release help"
    return ""


async def replace_form(client: AsyncWebClient, view: Mapping[str, Any], instead: Block) -> None:
    """Best effort."""
    try:
        await client.views_update(view_id=view["id"], view=instead)
    except UNREACHED as trouble:
        log.warning("a form was not renewed: %s", trouble)


async def whisper(client: AsyncWebClient, channel: str, person: str, message: Rendered, thread_ts: str | None) -> None:
    """To the person alone, where there is no response_url. Best effort."""
    try:
        await client.chat_postEphemeral(
            channel=channel,
            user=person,
            thread_ts=thread_ts or None,
            text=message.text,
            blocks=list(message.blocks) or None,
        )
    except UNREACHED as trouble:
        log.warning("an answer did not arrive: %s", trouble or type(trouble).__name__)


async def say(
    client: AsyncWebClient, respond: AsyncRespond, body: Mapping[str, Any], message: Rendered, *, instead: bool = False
) -> None:
    """Where it was pressed, to that person alone. The Home tab has no such place: there it is a page that opens."""
    if body.get("response_url"):
        await tell(respond, message, thread_of(body), instead=instead)
    else:
        await opened(client, body, as_page(message))


async def show_form(
    form: Coroutine[Any, Any, Block],
    ack: AsyncAck,
    respond: AsyncRespond,
    body: Mapping[str, Any],
    client: AsyncWebClient,
    ack_seconds_max: float,
) -> None:
    """The form that a button opens, or why there is none, to whoever pressed it."""
    (view, why), _ = await settle(attempt(form), ack, ack_seconds_max)
    await ack()
    if view is not None:
        why = await opened(client, body, view)
    if why:
        await say(client, respond, body, answers.refused(why))


def thread_of(body: Mapping[str, Any]) -> str | None:
    """The thread that the message was pressed in; none for a thread's own head, which stands in the channel."""
    container = body["container"]
    thread_ts = container.get("thread_ts")
    return None if thread_ts == container.get("message_ts") else thread_ts
