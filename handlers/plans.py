"""/release plan: what a changed plan file would mean for a release that moves, and a person's word that it counts.

A button carries the digests of what was shown, and the file is read again when it is pressed: what has changed since is
refused. The one thing a reader could forget: the file is the one in the folder that /stage reads; what cannot be read
is said, and changes nothing.
"""

from dataclasses import replace
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.commands import ChangePlan
from bot.core.errors import Refused
from bot.core.model import Release
from bot.texts.plans import Outlook
from bot.views import answers
from bot.views.plans import change_form, plan_shown
from bot.views.rendered import Block, Rendered
from handlers import parse, presses
from handlers.answering import attempt, say, settle, show_form, thread_of, whisper
from handlers.asked import Planning
from handlers.desk import Desk, Person
from handlers.modals import named
from handlers.parse import Body
from handlers.presses import Pressed
from handlers.staging import plan_of

APPLY = "apply"


def register(app: AsyncApp, desk: Desk) -> None:
    async def show(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        shown, why = await attempt(_show(desk, action))
        await say(client, respond, body, answers.refused(why) if shown is None else shown)

    async def ask(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await show_form(_form(desk, body, action), ack, respond, body, client, desk.ack_seconds_max)

    async def act(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        pressed, key = action.get("value") or "", presses.button_key(body, action)
        (done, why), _ = await settle(attempt(_apply(desk, pressed, None, body, key)), ack, desk.ack_seconds_max)
        await ack()
        await say(client, respond, body, answers.refused(why) if done is None else done, instead=True)

    async def submit(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        pressed, reason, key = view["private_metadata"], presses.said(view)["reason"], presses.modal_key(view)
        (_, why), is_late = await settle(attempt(_apply(desk, pressed, reason, body, key)), ack, desk.ack_seconds_max)
        if not why:
            await ack()
        elif is_late:
            where = Pressed.read(pressed)
            await whisper(client, where.channel, body["user"]["id"], answers.refused(why), where.thread_ts)
        else:
            await ack(response_action="errors", errors={presses.place_of_error(view): await named(desk, why)})

    app.action("plan")(show)
    app.action("change_plan")(ask)
    app.action("apply_plan")(act)
    app.view("change_plan")(submit)


async def answer(desk: Desk, release: Release, asked: Planning) -> Rendered:
    """Shown, with a button that applies it. Raises Refused where the service has no plan file."""
    if asked.word not in ("", APPLY):
        meant = f": did you mean {APPLY}?" if parse.nearest(asked.word, (APPLY,)) else ""
        raise Refused(
            f"“{asked.word[:40]}” says nothing about a plan{meant} /release plan {release.id} shows it, and "
            f"/release plan {release.id} {APPLY} REASON applies it"
        )
    return plan_shown(await outlook(desk, release), asked.reason)


async def outlook(desk: Desk, release: Release) -> Outlook:
    """The release beside the plan that its file says now."""
    plan, beside = plan_of(desk, release.service), desk.plan_beside(release.service)
    if why := desk.plan_trouble(release.service):
        return Outlook(release, release.plan, desk.clock(), trouble=why, beside=beside)
    return replace(await desk.outlooks.of(release, plan), beside=beside)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _show(desk: Desk, action: Body) -> Rendered:
    return plan_shown(await outlook(desk, await _release(desk, Pressed.read(action.get("value") or ""))))


async def _form(desk: Desk, body: Body, action: Body) -> Block:
    """It carries the button's value and where it was pressed."""
    pressed = Pressed.read(action.get("value") or "")
    channel = str((body.get("channel") or {}).get("id") or "")
    where = pressed.model_copy(update={"channel": channel, "thread_ts": thread_of(body) or ""})
    return change_form(await _release(desk, pressed), where.model_dump_json())


async def _apply(desk: Desk, value: str, reason: str | None, body: Body, key: str) -> Rendered:
    """`reason`: from a form; None: the button carries it. Raises Refused."""
    pressed = Pressed.read(value)
    release = await _release(desk, pressed)
    plan = plan_of(desk, release.service)
    if why := desk.plan_trouble(release.service):
        raise Refused(f"the plan file of {release.service} is not in order: {why}")
    if plan.digest != pressed.subject:
        raise Refused(f"the plan file has changed since you were shown it: look again, /release plan {release.id}")
    said = pressed.reason if reason is None else reason
    command = ChangePlan(release.id, pressed.entry, plan, pressed.over, said)
    answered = await desk.act(command, Person.of(body), key)
    return answers.done("plan", answered.release)


async def _release(desk: Desk, pressed: Pressed) -> Release:
    release = await desk.service.release(pressed.release)
    if release is None:
        raise Refused(f"there is no release {pressed.release}")
    return release
