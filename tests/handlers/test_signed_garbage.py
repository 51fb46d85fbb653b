"""Requests with Slack's signature and any other shape than Slack's: the door answers decently, whatever they are.

What people really send is taken down once, and every value in it, at any depth, is replaced by every other kind of
JSON, or left out. The one thing a reader could forget: a request that is still Slack's by its shape may be answered
with whatever its listener says; what is asked here is that nothing breaks and that the door still stands.
"""

import itertools
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode

import aiohttp
import pytest

from bot.sandbox.workspace.requests import Requests
from bot.sandbox.workspace.seed import PRIYA, RELEASES
from bot.views.approval import approval
from bot.views.card import card
from tests.contracts.workspace_fixtures import as_person, until
from tests.handlers import slack_fixtures
from tests.handlers.slack_fixtures import Slack, over_http, slack
from tests.support.scenario import START, Scenario

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
KINDS: tuple[Any, ...] = (None, True, 3, "", "x", [], ["x"], [None], {}, {"id": 3})
"""Every kind of JSON, empty and not."""

STRIDE = 12
"""Of some 2,300 requests every so-manieth is sent: all of them take half a minute, and break nothing either."""

Request = tuple[str, str]
"""Content type and body."""


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slack]:
    monkeypatch.setattr(slack_fixtures, "connect", over_http)
    async with slack(Scenario().on_staging()) as found:
        yield found


@pytest.fixture
def taken_down(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What Slack has sent."""
    heard: list[Request] = []
    send = Requests._post

    async def listen(requests: Requests, content_type: str, body: str, headers: dict[str, str], older: int) -> Any:
        heard.append((content_type, body))
        return await send(requests, content_type, body, headers, older)

    monkeypatch.setattr(Requests, "_post", listen)
    return heard


async def what_people_send(here: Slack, taken_down: list[Request]) -> tuple[str, list[Request]]:
    """A card with its buttons; and one of each: a command, buttons, a form, a mention, the Home tab."""
    state = here.service.scenarios["shop-1"].state
    head = await here.post(card(state, None, START))
    question = await here.post(approval(state, START), head)
    here.workspace.state.channel(RELEASES).members.add(here.workspace.state.app.bot_user)
    taken_down.clear()
    await here.type(PRIYA, "/release", "status shop-1")
    await here.press(PRIYA, question, "approve")
    await here.press(PRIYA, head, "status")
    await here.press(PRIYA, question, "concern")
    await here.submit(PRIYA, severity="major", text="The cart is slow.")
    mention = f"<@{here.workspace.state.app.bot_user}> why shop-1?"
    await as_person(here.workspace, PRIYA, "message", channel=RELEASES, text=mention)
    await as_person(here.workspace, PRIYA, "home_opened")
    await until(lambda: len(taken_down) >= 7)
    return head, list(taken_down)


def bent(value: Any) -> Iterator[Any]:
    """The same with one part of it replaced by another kind of JSON, or left out."""
    yield from KINDS
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, part in list(inside):
        if place in ("message", "blocks"):
            continue  # what Songbird has drawn comes back as it was
        for other in bent(part):
            copy = value.copy()
            copy[place] = other
            yield copy
        copy = value.copy()
        del copy[place]
        yield copy


def bent_requests(content_type: str, body: str) -> Iterator[Request]:
    if content_type == JSON:
        yield from ((JSON, json.dumps(each)) for each in bent(json.loads(body)))
        return
    fields = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    if "payload" in fields:
        for each in bent(json.loads(fields["payload"])):
            yield FORM, urlencode({"payload": json.dumps(each)})
        return
    for name, other in itertools.product(fields, ("", "x", "[]", "{}", "null")):
        yield FORM, urlencode({**fields, name: other})
        yield FORM, urlencode({key: value for key, value in fields.items() if key != name})


async def test_no_request_of_any_shape_breaks_the_door(
    here: Slack, taken_down: list[Request], caplog: pytest.LogCaptureFixture
) -> None:
    head, sent = await what_people_send(here, taken_down)
    requests = list(dict.fromkeys(each for one in sent for each in bent_requests(*one)))
    answered = set()
    async with aiohttp.ClientSession() as session:
        for content_type, body in [*sent, *requests[::STRIDE]]:
            headers = {"Content-Type": content_type, **here.workspace.requests.signed(body)}
            async with session.post(here.workspace.requests.url, data=body.encode(), headers=headers) as answer:
                answered.add(answer.status)
                assert answer.status in (200, 400, 404), body
            assert not [record.getMessage() for record in caplog.records if record.exc_info], body
    assert answered == {200, 400, 404}
    assert await here.press(PRIYA, head, "status") == {"ok": True}


async def test_what_differs_from_slacks_is_said_in_the_log(here: Slack, caplog: pytest.LogCaptureFixture) -> None:
    body = json.dumps({"type": "event_callback", "event": [1]})
    headers = {"Content-Type": JSON, **here.workspace.requests.signed(body)}
    async with (
        aiohttp.ClientSession() as session,
        session.post(here.workspace.requests.url, data=body, headers=headers) as answer,
    ):
        assert answer.status == 400
    (said,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert said.startswith("a request with Slack's signature cannot be read: event: ")
