"""/stage and /release: what is typed. Every answer is for the person who asked alone; the thread tells everybody else.

What can be asked is in `parse`, what is answered in `bot.views.answers`; here one is led to the other. The one thing a
reader could forget: a release that nobody names is the only one that is moving, and typed commands that cannot be taken
back ask once more, all but a rollback that names its release.
"""

import logging
from collections.abc import Coroutine
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.commands import AskOverride, RecordFinding
from bot.core.errors import AdapterError, Refused
from bot.core.model import Release
from bot.core.verdict import Verdict
from bot.views import answers, modals, records
from bot.views.concerns import follow_ups
from bot.views.overrides import override_done
from bot.views.rendered import Block, Rendered
from handlers import absences, bars, incidents, parse, plans, presses, staging
from handlers.answering import attempt, opened, settle, tell
from handlers.asked import (
    Asked,
    Asking,
    Barring,
    Blaming,
    Choosing,
    Counting,
    Daily,
    Doing,
    Excusing,
    Finding,
    FollowUps,
    Helping,
    Leaving,
    Listing,
    Overriding,
    Planning,
    Reading,
    Recalling,
    Returning,
    Showing,
    Staging,
)
from handlers.desk import Desk, Person
from handlers.parse import Body

log = logging.getLogger(__name__)


MOVING_MAX = 100
"""For the list, which shows fewer than that."""


def register(app: AsyncApp, desk: Desk) -> None:
    async def stage(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], client: AsyncWebClient) -> None:
        asked = parse.stage(body.get("text") or "")
        if isinstance(asked, Choosing):
            await _open(desk, staging.staging(desk, asked.service), body, ack, respond, client)
            return
        await _respond(desk, asked, body, ack, respond)

    async def release(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], client: AsyncWebClient) -> None:
        asked = parse.release(body.get("text") or "")
        if isinstance(asked, Reading):
            await _open(desk, _texts(desk, asked, body), body, ack, respond, client)
            return
        if isinstance(asked, Blaming) and not asked.text and not asked.key:
            await _open(desk, _asking_of_incident(desk, asked), body, ack, respond, client)
            return
        await _respond(desk, asked, body, ack, respond)
        if isinstance(asked, Asking):
            await _explain_better(desk, asked, body, respond)

    app.command(desk.slash.stage)(stage)
    app.command(desk.slash.release)(release)


async def answer(desk: Desk, asked: Asked, person: Person, key: str) -> Rendered:
    """What the person is told. Raises Refused."""
    match asked:
        case Staging(service=service, ref=ref, note=note):
            return await staging.stage(desk, service, ref, note, person, key)
        case Listing():
            now = desk.clock()
            here = await desk.service.releases(moving=True, most=MOVING_MAX)
            lately = [one for one in await desk.service.releases() if one.phase.is_ending]
            return answers.release_list([*here, *lately], now, desk.bars.open(now), [*desk.service.unreadable])
        case Showing(release=str() as name):
            return await status(desk, name)
        case Showing():
            moving = await desk.moving()
            return await (status(desk, moving.id) if moving else answer(desk, Listing(), person, key))
        case Doing():
            return await _do(desk, asked, person, key)
        case Overriding() | Finding() | Blaming() | Excusing():
            return await _told_of(desk, asked, person, key)
        case Asking(release=name, question=question):
            meant = await about(desk, name)
            return answers.answer(meant, question, await desk.asking.plain(meant.id, question))
        case Planning():
            return await plans.answer(desk, await about(desk, asked.release), asked)
        case Barring() | Leaving() | Returning():
            return await _of_no_release(desk, asked, person, key)
        case Reading() | Choosing():
            raise AssertionError("that is asked for, or read, in a form")
        case Recalling() | Counting() | FollowUps() | Daily():
            return await _look_back(desk, asked)
        case Helping(word=word, nearest=nearest):
            return answers.unknown(word, nearest) if word else answers.help_text()


async def status(desk: Desk, name: str) -> Rendered:
    """Where a release is, with the numbers of its latest look."""
    release = await known(desk, name)
    now = desk.clock()
    plan = desk.plans.get(release.service)
    return answers.status(release, await _latest(desk, release), now, desk.absences.open(now), plan)


async def _latest(desk: Desk, release: Release) -> Verdict | None:
    """The latest look's verdict, if that was where the release is now."""
    look = await desk.service.look(release.id)
    is_present = look is not None and release.entry is not None and look.entry == release.entry.number
    return look.verdict if look is not None and is_present else None


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _respond(desk: Desk, asked: Asked, body: Body, ack: AsyncAck, respond: AsyncRespond) -> None:
    person = Person.typing(body)
    work = attempt(answer(desk, asked, person, presses.command_key(body)))
    (answered, why), is_late = await settle(work, ack, desk.ack_seconds_max)
    message = answers.refused(why) if answered is None else answered
    if is_late:
        await tell(respond, message)
    else:
        await ack(text=message.text, blocks=list(message.blocks) or None, response_type="ephemeral")


async def _do(desk: Desk, asked: Doing, person: Person, key: str) -> Rendered:
    release = await (known(desk, asked.release) if asked.release else _meant(desk, asked.verb))
    entry = release.entry.number if release.entry else -1
    if asked.verb in parse.ASKS_FIRST or (asked.verb == "rollback" and asked.release is None):
        return answers.ask_confirm(release, asked.verb, entry, asked.reason)
    command = parse.command(asked.verb, release.id, entry, asked.reason, asked.metric)
    answered = await desk.act(command, person, key)
    if asked.verb == "accept":
        return answers.accepted(await known(desk, answered.release), asked.metric)
    return answers.done(asked.verb, answered.release)


async def _told_of(desk: Desk, asked: Overriding | Finding | Blaming | Excusing, person: Person, key: str) -> Rendered:
    match asked:
        case Overriding():
            return await _override(desk, asked, person, key)
        case Finding():
            return await _found(desk, asked, person, key)
        case Blaming() | Excusing():
            release = await (known(desk, asked.release) if asked.release else _meant(desk, "incident"))
            return await incidents.answer(desk, release, asked, person, key)


async def _override(desk: Desk, asked: Overriding, person: Person, key: str) -> Rendered:
    release = await (known(desk, asked.release) if asked.release else _meant(desk, "override"))
    entry = release.entry.number if release.entry else -1
    answered = await desk.act(AskOverride(release.id, entry, asked.reason, asked.gates), person, key)
    return override_done(await known(desk, answered.release))


async def _of_no_release(desk: Desk, asked: Barring | Leaving | Returning, person: Person, key: str) -> Rendered:
    if isinstance(asked, Barring):
        return await bars.answer(desk, asked, person, key)
    return await absences.answer(desk, asked, person, key)


async def _found(desk: Desk, asked: Finding, person: Person, key: str) -> Rendered:
    severity = parse.severity(asked.severity)
    release = await (known(desk, asked.release) if asked.release else _meant(desk, "finding"))
    await desk.act(RecordFinding(release.id, severity, asked.text), person, key)
    return answers.recorded(release, severity)


async def _look_back(desk: Desk, asked: Recalling | Counting | FollowUps | Daily) -> Rendered:
    match asked:
        case Recalling(what="audit"):
            release = await about(desk, asked.release)
            return records.audit(release, await desk.records.audit(release.id))
        case Recalling():
            release = await about(desk, asked.release)
            return records.checklist(release, await _latest(desk, release), desk.clock())
        case Counting(service=service):
            days = parse.days(asked.days)
            found = await desk.records.figures(service, days)
            if service and not found.staged:
                staging.plan_of(desk, service)  # what has no plan and no release is a slip
            return records.stats(found, service, days)
        case FollowUps(service=service):
            if service:
                staging.plan_of(desk, service)
            releases, unread = await desk.records.followed_up(service)
            return follow_ups(releases, service, desk.clock(), unread)
        case Daily():
            return answers.daily(await desk.asking.daily())


async def _open(
    desk: Desk,
    form: Coroutine[Any, Any, Block],
    body: Body,
    ack: AsyncAck,
    respond: AsyncRespond,
    client: AsyncWebClient,
) -> None:
    """The form, or why there is none."""
    (view, why), is_late = await settle(attempt(form), ack, desk.ack_seconds_max)
    if view is not None:
        why = await opened(client, body, view)
    message = answers.refused(why) if why else None
    if message is not None and is_late:
        await tell(respond, message)
    else:
        await (ack(text=message.text, blocks=list(message.blocks), response_type="ephemeral") if message else ack())


async def _texts(desk: Desk, asked: Reading, body: Body) -> Block:
    release = await about(desk, asked.release)
    carried = presses.Pressed(release=release.id, channel=body["channel_id"])
    return modals.texts(release, carried.model_dump_json())


async def _asking_of_incident(desk: Desk, asked: Blaming) -> Block:
    return await incidents.asking(desk, await known(desk, asked.release) if asked.release else None)


async def _explain_better(desk: Desk, asked: Asking, body: Body, respond: AsyncRespond) -> None:
    """Behind the answer from the journal, in a model's words, should there be one and should it answer."""
    release, _ = await attempt(about(desk, asked.release))
    better = desk.asking.better(release.id, asked.question, body["user_id"]) if release is not None else None
    if release is None or better is None:
        return
    said = ""
    try:
        async for sentence in better:
            said += f"{sentence} "
    except AdapterError as trouble:
        log.info("an answer broke off: %s", trouble)
        said += "…" if said else ""
    if said:
        await tell(respond, answers.answer(release, asked.question, said.rstrip()))


async def about(desk: Desk, name: str | None) -> Release:
    """The release that is meant: by its name, or the only one that is moving, or the newest. Raises Refused."""
    if name is not None:
        return await known(desk, name)
    newest = await desk.service.releases(most=1)
    release = await desk.moving() or next(iter(newest), None)
    if release is None:
        raise Refused("nothing has been released yet: /stage SERVICE VERSION starts a release")
    return release


async def known(desk: Desk, name: str) -> Release:
    release = await desk.service.release(name)
    if release is None:
        raise Refused(_no_such_release(name, [each.id for each in await desk.service.releases()]))
    return release


def _no_such_release(name: str, known: list[str]) -> str:
    """A number too many is no slip of the finger: the latest of that service is what there is."""
    service = name.rpartition("-")[0]
    latest = next((each for each in known if each.rpartition("-")[0] == service), "")
    if latest:
        return f"there is no release {name}; the latest is {latest}, and /release shows all"
    meant = parse.nearest(name, known)
    return f"there is no release {name}: {f'did you mean {meant}?' if meant else '/release shows what there is'}"


async def _meant(desk: Desk, verb: str) -> Release:
    """The only one that is moving, when no release was named."""
    moving = await desk.moving()
    if moving is None:
        raise Refused(f"say which release: /release {verb} ID; /release shows what there is")
    return moving
