"""The form that stages a release: opened by /stage without a version, or by a shortcut; chosen in, sent, answered.

It opens within a trigger's three seconds whatever the repository does: what is not known in time can be typed. The one
thing to remember: it may be opened where nobody can be answered, so what came of it is said in the form's own place.
"""

from collections.abc import Coroutine
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.commands import StageRelease
from bot.core.errors import Refused
from bot.core.plan import Plan
from bot.views import answers
from bot.views import staging as form
from bot.views.modals import as_page
from bot.views.rendered import Block, Rendered
from handlers import parse, presses
from handlers.answering import attempt, opened, replace_form, settle
from handlers.desk import Desk, Person
from handlers.modals import named
from handlers.parse import Body

RELEASES_MAX = 30
"""The latest of a service: what is known of a version."""


def register(app: AsyncApp, desk: Desk) -> None:
    async def open_it(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        (view, why), _ = await settle(attempt(staging(desk)), ack, desk.ack_seconds_max)
        await ack()
        await opened(client, body, as_page(answers.refused(why)) if view is None else view)

    latest: dict[str, str] = {}

    async def renew(body: Body, client: AsyncWebClient, drawn: Coroutine[Any, Any, Block]) -> None:
        """Whoever chooses or types again, or sends the form, while this is drawn is not shown it any more."""
        here, chosen = body["view"]["id"], body["actions"][0]["action_ts"]
        latest[here] = chosen
        view, _ = await attempt(drawn)
        if latest.get(here) != chosen:
            return
        del latest[here]
        if view is not None:
            await replace_form(client, body["view"], view)

    async def choose_service(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await renew(body, client, staging(desk, presses.said(body["view"])[form.SERVICE]))

    async def name_version(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await renew(body, client, _with_risk(desk, body["view"]))

    async def submit(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        latest.pop(view["id"], None)

        async def show_that_it_takes_time() -> None:
            await ack(response_action="update", view=as_page(answers.under_way()))

        work = attempt(_submit(desk, body, view))
        (done, why), is_late = await settle(work, show_that_it_takes_time, desk.ack_seconds_max)
        if why and not is_late:
            await ack(response_action="errors", errors={_place_of_error(view, why): await named(desk, why)})
            return
        page = as_page(answers.refused(why) if done is None else done)
        await (replace_form(client, view, page) if is_late else ack(response_action="update", view=page))

    app.global_shortcut(form.STAGE)(open_it)
    app.action(form.CHOOSE_SERVICE)(choose_service)
    app.action(form.CHOOSE_VERSION)(name_version)
    app.action(form.TYPE_VERSION)(name_version)
    app.view(form.STAGE)(submit)


async def staging(desk: Desk, service: str = "") -> Block:
    """The form, for this service; of one that has no choice, for that one. Raises Refused."""
    if not desk.plans:
        raise Refused("there is no plan yet: a service can be staged once it has one")
    services = {name: desk.plans[name].title or name for name in sorted(desk.plans)}
    chosen = service or (next(iter(services)) if len(services) == 1 else "")
    choice = await _choice(desk, plan_of(desk, chosen)) if chosen else None
    return form.staging_form(services, choice, desk.clock())


async def stage(desk: Desk, service: str, ref: str, note: str, person: Person, key: str) -> Rendered:
    """A release begins. Raises Refused."""
    plan = plan_of(desk, service)
    answered = await desk.act(StageRelease("", service, ref, plan, note), person, key)
    return answers.staged(answered.release, plan.channels.releases)


def plan_of(desk: Desk, service: str) -> Plan:
    """Raises Refused, naming what there is."""
    plan = desk.plans.get(service)
    if plan is None:
        known = sorted(desk.plans)
        meant = parse.nearest(service, known)
        listed = ", ".join(known) or "none yet"
        why = desk.plan_trouble(service)
        unread = f". A file cannot be read: {why.splitlines()[0]}" if why else ""
        raise Refused(
            f"there is no plan for {service}{f': did you mean {meant}?' if meant else ''} (services: {listed}){unread}"
        )
    return plan


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _choice(desk: Desk, plan: Plan) -> form.Choice:
    refs, trouble = await desk.newest(plan)
    versions = tuple(form.Version(ref.name, ref.subject, ref.is_tag) for ref in refs)
    latest = await desk.service.releases(most=RELEASES_MAX)
    releases = tuple(release for release in latest if release.service == plan.service)
    bars = tuple(bar for bar in desk.bars.open(desk.clock()) if not bar.services or plan.service in bar.services)
    return form.Choice(plan.service, versions, trouble, releases, bars)


async def _with_risk(desk: Desk, view: Body) -> Block:
    """The form as it is, with the risk of what would be staged. Raises Refused where the plan has gone meanwhile."""
    said = presses.said(view)
    field, version = form.wanted(said)
    plan = plan_of(desk, said[form.SERVICE])
    try:
        words = form.risk_in_words(version, *await desk.risk(plan, version)) if version else ""
    except Refused as unknown:
        words = form.unknown_in_words(str(unknown))
    return form.with_line(view, field, words)


async def _submit(desk: Desk, body: Body, view: Body) -> Rendered:
    said = presses.said(view)
    _, ref = form.wanted(said)
    if not ref:
        raise Refused("say which version: choose one above, or type one here")
    service, note = said.get(form.SERVICE, ""), said.get(form.NOTE, "")
    return await stage(desk, service, ref, note, Person.of(body), presses.modal_key(view))


def _place_of_error(view: Body, why: str) -> str:
    """The field that was meant, as far as it is there: before a service is chosen there is no field for a version."""
    blocks = {block["block_id"] for block in view["blocks"]}
    return form.TYPED if form.TYPED in blocks and not why.startswith("there is no plan") else form.SERVICE
