"""Modals: what was typed into one, committed before it closes.

A refusal is shown under the field and nothing that was typed is lost. The one thing a reader could forget: a modal has
no response_url; when the commit was so slow that it had to be closed first, a refusal goes to the channel where it was
opened, for that person's eyes.
"""

import re
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.store.ports import Answer
from bot.views import answers
from handlers import presses
from handlers.answering import attempt, settle, whisper
from handlers.desk import Desk, Person, teams_of
from handlers.parse import Body
from handlers.places import Place, must_be_in_its_thread
from handlers.presses import Pressed

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]+)>")


def register(app: AsyncApp, desk: Desk) -> None:
    async def submit(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        work = attempt(_submit(desk, body, view))
        (_, why), is_late = await settle(work, ack, desk.ack_seconds_max)
        if not why:
            await ack(response_action="clear")  # the list beneath a text would show it as it was
        elif is_late:
            where = Pressed.read(view["private_metadata"])
            await whisper(client, where.channel, body["user"]["id"], answers.refused(why), where.thread_ts)
        else:
            await ack(response_action="errors", errors={presses.place_of_error(view): await named(desk, why)})

    for name in presses.MODALS:
        app.view(name)(submit)


async def _submit(desk: Desk, body: Body, view: Body) -> Answer:
    pressed = Pressed.read(view["private_metadata"])
    if view["callback_id"] in presses.REVIEWS:
        await must_be_in_its_thread(desk, pressed.release, Place(teams_of(body), pressed.channel, pressed.thread_ts))
    command = presses.submitted(view["callback_id"], pressed, presses.said(view))
    return await desk.act(command, Person.of(body), presses.modal_key(view))


async def named(desk: Desk, words: str) -> str:
    """Under a field nothing is a mention: people and their groups are named."""
    for person in dict.fromkeys(_MENTION.findall(words)):
        words = words.replace(f"<@{person}>", f"@{await desk.called(person)}")
    for group in dict.fromkeys(_GROUP.findall(words)):
        words = words.replace(f"<!subteam^{group}>", f"the user group {await desk.called(group)}")
    return words
