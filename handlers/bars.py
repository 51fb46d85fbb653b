"""Locks and freezes from Slack: typed, confirmed where they could be meant otherwise, ended by a button and a reason.

Times are understood in the person's own time zone, as Slack knows it; where Slack does not say in time, in UTC, and
then it is asked back. The one thing a reader could forget: the button that confirms a freeze carries the moments that
were understood, so that it means the same whenever it is pressed.
"""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, ValidationError
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.bars import BarCommand, FreezeServices, LockService, ThawFreeze, UnlockService
from bot.core.calendar import understand
from bot.core.errors import Refused
from bot.views import answers
from bot.views.bars import ask_freeze, bar_done, ending_form
from bot.views.rendered import Block, Rendered
from handlers import parse, presses
from handlers.answering import attempt, settle, show_form, tell, whisper
from handlers.asked import Barring
from handlers.desk import Desk, Person
from handlers.modals import named
from handlers.parse import Body

UTC = "UTC"


class OnBar(BaseModel):
    """What a button beside a lock or a freeze carries."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    bar: str
    service: str = ""
    channel: str = ""
    """Where it was pressed; empty on the Home tab."""


class Confirmed(BaseModel):
    """What the button under a question about a freeze carries."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    services: tuple[str, ...]
    starts_at: float
    ends_at: float
    reason: str


ENDINGS: Mapping[str, Callable[[OnBar, str], BarCommand]] = {
    "unlock": lambda on, reason: UnlockService(on.service, reason, on.bar),
    "thaw": lambda on, reason: ThawFreeze(on.bar, reason),
}
"""Buttons that open a form for the reason; one name for both."""


def register(app: AsyncApp, desk: Desk) -> None:
    async def confirm(ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], action: dict[str, Any]) -> None:
        work = attempt(_confirm(desk, body, action))
        (answered, why), _ = await settle(work, ack, desk.ack_seconds_max)
        await ack()
        await tell(respond, answers.refused(why) if answered is None else answered, instead=True)

    async def ask(
        ack: AsyncAck, respond: AsyncRespond, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await show_form(_form(body, action), ack, respond, body, client, desk.ack_seconds_max)

    async def submit(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        (_, why), is_late = await settle(attempt(_submit(desk, body, view)), ack, desk.ack_seconds_max)
        if why and not is_late:
            await ack(response_action="errors", errors={presses.place_of_error(view): await named(desk, why)})
            return
        await ack()
        where, person = _read(view["private_metadata"]).channel, body["user"]["id"]
        if not where:
            desk.homes.opened(person)  # where it was pressed, and where it still stands if it was refused
        elif why:
            await whisper(client, where, person, answers.refused(why), None)

    app.action("freeze")(confirm)
    for name in ENDINGS:
        app.action(name)(ask)
        app.view(name)(submit)


async def answer(desk: Desk, asked: Barring, person: Person, key: str) -> Rendered:
    """What was typed, done; or, for a freeze that could be meant otherwise, asked back. Raises Refused."""
    if asked.verb == "freeze":
        return await _freeze(desk, asked, person, key)
    made: Mapping[str, Callable[[], BarCommand]] = {
        "lock": lambda: LockService(asked.what, asked.reason),
        "unlock": lambda: UnlockService(asked.what, asked.reason),
        "thaw": lambda: ThawFreeze(asked.what, asked.reason),
    }
    return bar_done(await desk.bar(made[asked.verb](), person, key))


async def _freeze(desk: Desk, asked: Barring, person: Person, key: str) -> Rendered:
    zone, doubts = await zone_of(desk, person)
    meant = understand(asked.reason.split(), desk.clock(), zone, desk.plans)
    reason = parse.because(meant.reason)
    if not reason:
        raise Refused("a freeze needs its reason in words, at the end: everybody who waits reads it")
    command = FreezeServices(meant.services, meant.starts_at, meant.ends_at, reason)
    if doubted := (*doubts, *meant.doubts):
        return ask_freeze(command, doubted)
    return bar_done(await desk.bar(command, person, key))


async def zone_of(desk: Desk, person: Person) -> tuple[ZoneInfo, tuple[str, ...]]:
    """The time zone that this person means, and what may be doubted about it."""
    return _zone(await desk.zone(person))


def _zone(called: str) -> tuple[ZoneInfo, tuple[str, ...]]:
    """The time zone of that name, and what may be doubted about it."""
    try:
        return ZoneInfo(called or UTC), () if called else ("Slack did not say your time zone: the times are UTC",)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(UTC), (f"the time zone {called} is not known here: the times are UTC",)


async def _form(body: Body, action: Body) -> Block:
    on = _read(action.get("value") or "")
    where = on.model_copy(update={"channel": str((body.get("channel") or {}).get("id") or "")})
    return ending_form(action["action_id"], where.model_dump_json(), on.service or on.bar)


def _read(value: str) -> OnBar:
    try:
        return OnBar.model_validate_json(value)
    except ValidationError as strange:
        raise Refused(parse.STRANGE) from strange


async def _confirm(desk: Desk, body: Body, action: Body) -> Rendered:
    try:
        meant = Confirmed.model_validate_json(action.get("value") or "")
    except ValidationError as strange:
        raise Refused(parse.STRANGE) from strange
    command = FreezeServices(meant.services, meant.starts_at, meant.ends_at, meant.reason)
    return bar_done(await desk.bar(command, Person.of(body), presses.button_key(body, action)))


async def _submit(desk: Desk, body: Body, view: Body) -> None:
    on = _read(view["private_metadata"])
    command = ENDINGS[view["callback_id"]](on, presses.said(view)["reason"])
    await desk.bar(command, Person.of(body), presses.modal_key(view))
