"""Incidents that a release caused: typed with `/release incident`, or sent as a form, and taken back.

Most are attributed when the release has ended. The one thing a reader could forget: the same incident may be recorded
by two people at once, so whoever asks hears whose word stands, through every door.
"""

from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.commands import RecordIncident, WithdrawIncident
from bot.core.errors import Refused
from bot.core.incidents import known as known_incident
from bot.core.incidents import meant, must_have_met_users, which
from bot.core.model import Release
from bot.views import answers
from bot.views import incidents as views
from bot.views.modals import as_page
from bot.views.rendered import Block, Rendered
from handlers import presses
from handlers.answering import attempt, replace_form, settle
from handlers.asked import Blaming, Excusing
from handlers.desk import Desk, Person
from handlers.modals import named
from handlers.parse import STRANGE, Body

RELEASES_MAX = 100
"""The latest, among which it is chosen: Slack shows no more options."""


def register(app: AsyncApp, desk: Desk) -> None:
    async def submit(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        async def show_that_it_takes_time() -> None:
            await ack(response_action="update", view=as_page(answers.under_way()))

        work = attempt(_submit(desk, body, view))
        (done, why), is_late = await settle(work, show_that_it_takes_time, desk.ack_seconds_max)
        if why and not is_late:
            await ack(response_action="errors", errors={views.TEXT: await named(desk, why)})
            return
        page = as_page(answers.refused(why) if done is None else done)
        await (replace_form(client, view, page) if is_late else ack(response_action="update", view=page))

    app.view(views.FORM)(submit)


async def answer(desk: Desk, release: Release, asked: Blaming | Excusing, person: Person, key: str) -> Rendered:
    """Recorded, or taken back. Raises Refused."""
    if isinstance(asked, Blaming):
        return await _record(desk, release, RecordIncident(release.id, asked.text, asked.key), person, key)
    number, named = which(asked.which)
    await desk.act(WithdrawIncident(release.id, number, asked.reason, named), person, key)
    after = await _again(desk, release.id)
    return views.incident_gone(after, meant(after, number, named))


async def asking(desk: Desk, named: Release | None) -> Block:
    """The form, for this release or for one that is chosen in it. Raises Refused."""
    if named is not None:
        must_have_met_users(named)
        return views.incident_form([named], named.id)
    latest = await desk.service.releases(most=RELEASES_MAX)
    theirs = [one for one in latest if one.met_users_at is not None]
    if not theirs:
        raise Refused("no release has reached users yet, so none has caused them an incident")
    return views.incident_form(theirs)


async def _submit(desk: Desk, body: Body, view: Body) -> Rendered:
    said = presses.said(view)
    release = await desk.service.release(said.get(views.RELEASE, ""))
    if release is None:
        raise Refused(STRANGE)
    command = RecordIncident(release.id, said.get(views.TEXT, ""), said.get(views.KEY, ""))
    return await _record(desk, release, command, Person.of(body), presses.modal_key(view))


async def _record(desk: Desk, release: Release, command: RecordIncident, person: Person, key: str) -> Rendered:
    before = known_incident(release, command.key, command.text)
    await desk.act(command, person, key)
    after = await _again(desk, release.id)
    found = known_incident(after, command.key, command.text) or after.every_incident[-1]  # half a character is replaced
    is_theirs = before is None and found.actor.id == person.id
    return views.incident_done(after, found, desk.clock(), was_known=not is_theirs)


async def _again(desk: Desk, name: str) -> Release:
    release = await desk.service.release(name)
    assert release is not None, f"{name} was there a moment ago"
    return release
