"""Buttons: those that act at once, those that open a modal, and the one that only shows.

A button carries what it was made for (release, entry, what was shown), so that pressing an old one is refused by the
core and not guessed at here. The one thing a reader could forget: a press that worked is not answered; the thread and
the card say it to everybody, and an ephemeral "done" on top would be noise.
"""

from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.views import answers, modals
from bot.views.rendered import Block, Rendered
from handlers import presses
from handlers.answering import attempt, say, settle, show_form, thread_of
from handlers.commands import known, status
from handlers.desk import Desk, Person, teams_of
from handlers.parse import Body
from handlers.places import Place, must_be_in_its_thread
from handlers.presses import Pressed


def register(app: AsyncApp, desk: Desk) -> None:
    async def act(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        work = attempt(_act(desk, body, action))
        (answered, why), _ = await settle(work, ack, desk.ack_seconds_max)
        await ack()
        message = answers.refused(why) if why else answered
        if message is not None:
            await say(client, respond, body, message, instead=action["action_id"] == "confirm")

    async def ask(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await show_form(_form(desk, body, action), ack, respond, body, client, desk.ack_seconds_max)

    async def show(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        shown, why = await attempt(_show(desk, action))
        await say(client, respond, body, answers.refused(why) if shown is None else shown)

    for name in presses.BUTTONS:
        app.action(name)(act)
    for name in (*presses.MODALS, *modals.PAGES):
        app.action(name)(ask)
    app.action("status")(show)
    app.action("thread")(_nothing)


async def _nothing(ack: AsyncAck) -> None:
    """A button that is a link: Slack opens it, and tells of the press all the same."""
    await ack()


async def _act(desk: Desk, body: Body, action: Body) -> Rendered | None:
    pressed = Pressed.read(action.get("value") or "")
    if action["action_id"] in presses.REVIEWS:
        await must_be_in_its_thread(desk, pressed.release, _place(body))
    command = presses.BUTTONS[action["action_id"]](pressed)
    await desk.act(command, Person.of(body), presses.button_key(body, action))
    match action["action_id"]:
        case "confirm":
            return answers.done(pressed.do, pressed.release)
        case "follow_up":
            return answers.done("follow_up", pressed.release)  # the list is for one person's eyes, and stays as it was
        case _:
            return None


async def _show(desk: Desk, action: Body) -> Rendered:
    return await status(desk, Pressed.read(action.get("value") or "").release)


async def _form(desk: Desk, body: Body, action: Body) -> Block:
    """The modal, carrying the button's value and where it was pressed."""
    pressed = Pressed.read(action.get("value") or "")
    if action["action_id"] in presses.REVIEWS:
        await must_be_in_its_thread(desk, pressed.release, _place(body))
    release = await known(desk, pressed.release)
    where = pressed.model_copy(update={"channel": _channel(body), "thread_ts": thread_of(body) or ""})
    draw = {**modals.MODALS, **modals.PAGES}[action["action_id"]]
    return draw(release, where.model_dump_json())


def _place(body: Body) -> Place:
    return Place(teams_of(body), _channel(body), thread_of(body) or "")


def _channel(body: Body) -> str:
    return str((body.get("channel") or {}).get("id") or "")
