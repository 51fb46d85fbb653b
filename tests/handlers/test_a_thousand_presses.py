"""A thousand people press while the way to the bot breaks again and again; and the same delivery, many times.

Whoever hears no "ok" presses again, as people do. The one thing a reader could forget: an answer that was lost is a
press that counted, so the second one must be refused by what it means, and a repeated delivery by its key.
"""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.core.actors import Actor
from bot.core.beside import Absence
from bot.core.commands import Approve
from bot.sandbox.workspace import Workspace
from bot.sandbox.workspace.faults import Fault
from bot.sandbox.workspace.records import Channel, SlackError
from bot.sandbox.workspace.requests import Requests
from bot.sandbox.workspace.seed import PRIYA, QUINN, RELEASES, VICTOR
from bot.sandbox.workspace.state import Content
from bot.views.approval import approval
from bot.views.card import card
from tests.contracts.workspace_fixtures import as_person, until
from tests.handlers import slack_fixtures
from tests.handlers.slack_fixtures import FakeAsking, FakeService, Slack, over_http, slack
from tests.support.scenario import START, Scenario, plan

PRESSES = 1_000
AT_ONCE = 25
"""People pressing at the same moment."""

BREAK_EVERY = 50
"""Presses that are taken between two breaks of a connection."""


@dataclass
class Crowd:
    """Presses Approve on as many releases as there are, each by both who may, until every press was taken."""

    workspace: Workspace
    service: FakeService
    asking: FakeAsking
    messages: dict[str, str] = field(default_factory=dict)
    """By release, the ts of its question."""
    unanswered: int = 0
    taken: int = 0

    def ask(self, releases: int) -> None:
        pinned = plan()
        channel = self.workspace.state.channel(RELEASES)
        for number in range(releases):
            scenario = Scenario(pinned, f"shop-{number + 1}").on_staging()
            self.service.scenarios[scenario.id] = scenario
            question = approval(scenario.state, START)
            content = Content(question.text, list(question.blocks))
            head = self._post(channel, Content(f"the card of {scenario.id}", []), None)
            self.asking.threads[head] = scenario.id
            self.messages[scenario.id] = self._post(channel, content, head)

    def _post(self, channel: Channel, content: Content, thread_ts: str | None) -> str:
        bot = self.workspace.state.app.bot_user
        return str(self.workspace.state.post(channel, bot, content, thread_ts=thread_ts)["ts"])

    async def press_all(self, after_each: Callable[[int], None]) -> None:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(person: str, ts: str) -> None:
            async with places:
                await self._press(person, ts)
                self.taken += 1
                after_each(self.taken)

        await asyncio.gather(*(one(*each) for each in itertools.product((PRIYA, VICTOR), self.messages.values())))

    async def _press(self, person: str, ts: str) -> None:
        message = self.workspace.state.message(RELEASES, ts)
        action = next(
            {**element, "block_id": block["block_id"]}
            for block in message["blocks"]
            for element in block.get("elements", ())
            if element.get("action_id") == "approve"
        )
        while True:
            try:
                await self.workspace.interactions.action(person, RELEASES, ts, action)
            except SlackError:
                self.unanswered += 1
                await until(lambda: self.workspace.delivery.carrier.reaches)
            else:
                return

    def nothing_is_lost_or_doubled(self) -> None:
        approved = [(command.release, actor.id) for command, actor in self.service.handled]
        assert sorted(approved) == sorted(itertools.product(self.messages, (PRIYA, VICTOR)))
        assert {type(command) for command in self.service.commands} == {Approve}


async def test_a_thousand_presses_while_sockets_are_dropped_lose_and_double_nothing() -> None:
    async with slack() as here:
        here.workspace.delivery.ack_seconds = 3.0  # as Slack: whoever pressed into a dropped socket waits no longer
        people = Crowd(here.workspace, here.service, here.asking)
        people.ask(PRESSES // 2)
        cut = 0

        def break_something(taken: int) -> None:
            nonlocal cut
            if taken % BREAK_EVERY == 0 and (connections := here.workspace.sockets.connections):
                cut += 1
                if cut % 2:
                    connections[0].cut()
                else:
                    here.workspace.sockets.drop_all()

        await people.press_all(break_something)
        people.nothing_is_lost_or_doubled()
        assert cut > PRESSES // BREAK_EVERY // 2
        assert people.unanswered > 0


async def test_a_thousand_presses_over_http_with_every_tenth_answer_lost_lose_and_double_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slack_fixtures, "connect", over_http)
    async with slack() as here:
        people = Crowd(here.workspace, here.service, here.asking)
        people.ask(PRESSES // 2)
        here.workspace.faults.waiting.extend(Fault("lose_acks", after=9) for _ in range(PRESSES))
        await people.press_all(lambda _taken: None)
        people.nothing_is_lost_or_doubled()
        assert people.unanswered >= PRESSES // 10


# ── one delivery, many times ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Overheard:
    """Requests of Slack's, as somebody on the way has seen them."""

    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Content type, body, headers; the last ones without the signature."""
    signed: dict[str, str] = field(default_factory=dict)
    """The headers that prove the last one."""


@pytest.fixture
def overheard(monkeypatch: pytest.MonkeyPatch) -> Overheard:
    heard, send, sign = Overheard(), Requests._post, Requests.signed

    async def listen(requests: Requests, content_type: str, body: str, headers: dict[str, str], older: int) -> Any:
        heard.requests.append((content_type, body, headers))
        return await send(requests, content_type, body, headers, older)

    def see(requests: Requests, body: str, at: float | None = None) -> dict[str, str]:
        heard.signed = sign(requests, body, at)
        return heard.signed

    monkeypatch.setattr(Requests, "_post", listen)
    monkeypatch.setattr(Requests, "signed", see)
    return heard


@pytest.fixture
async def review(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Slack]:
    monkeypatch.setattr(slack_fixtures, "connect", over_http)
    async with slack(Scenario().on_staging()) as found:
        yield found


async def question(here: Slack) -> str:
    state = here.service.scenarios["shop-1"].state
    return await here.post(approval(state, START), await here.post(card(state, None, START)))


async def again(here: Slack, content_type: str, body: str, at: float) -> int:
    """The same bytes once more, signed anew, as Slack does; the status."""
    return await replayed(here, content_type, body, here.workspace.requests.signed(body, at))


async def replayed(here: Slack, content_type: str, body: str, signed: Mapping[str, str]) -> int:
    """The same request, by somebody who has listened; the status."""
    headers = {"Content-Type": content_type, **signed}
    async with (
        aiohttp.ClientSession() as session,
        session.post(here.workspace.requests.url, data=body.encode(), headers=headers) as answer,
    ):
        return answer.status


async def test_one_delivery_three_times_is_one_approval_and_three_acks(review: Slack, overheard: Overheard) -> None:
    await review.press(PRIYA, await question(review), "approve")
    content_type, body, _ = overheard.requests[-1]
    assert json.loads(parse_qs(body)["payload"][0])["actions"][0]["action_id"] == "approve"
    now = time.time()
    assert [await again(review, content_type, body, now - seconds) for seconds in (10, 20)] == [200, 200]
    assert review.service.asked == 3
    assert len(set(review.service.keys)) == 1
    assert len(review.service.commands) == 1


async def test_what_was_refused_takes_no_effect_when_it_is_replayed_once_it_could(
    review: Slack, overheard: Overheard
) -> None:
    at, ts = review.service.scenarios["shop-1"], await question(review)
    await review.press(QUINN, ts, "approve")
    assert "may approve shop-1" in (await review.heard())["text"]
    away = Absence("absence-1", Actor(VICTOR), QUINN, "the sea", at.now, at.now, at.now + 1_000)
    at.around = replace(at.around, absences=(away,))
    content_type, body, _ = overheard.requests[-1]
    assert await replayed(review, content_type, body, overheard.signed) == 200
    assert at.state.entry is not None
    assert at.state.entry.approvals == ()
    await review.press(QUINN, ts, "approve")
    await until(lambda: review.service.commands)
    assert [one.behalf for one in at.state.entry.approvals] == [VICTOR]


async def test_what_was_not_acknowledged_is_tried_again_also_as_the_same_request(
    review: Slack, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, ts = review.service.scenarios["shop-1"], await question(review)
    handle = AsyncApp.async_dispatch

    async def fail(app: AsyncApp, request: AsyncBoltRequest) -> BoltResponse:
        monkeypatch.setattr(AsyncApp, "async_dispatch", handle)
        return BoltResponse(status=503)

    monkeypatch.setattr(AsyncApp, "async_dispatch", fail)
    assert not (await review.press(PRIYA, ts, "approve"))["ok"]
    content_type, body, _ = overheard.requests[-1]
    assert await replayed(review, content_type, body, overheard.signed) == 200
    assert at.state.entry is not None
    assert [one.actor.id for one in at.state.entry.approvals] == [PRIYA]


async def test_a_replay_is_refused_when_its_time_is_over(review: Slack, overheard: Overheard) -> None:
    await review.press(PRIYA, await question(review), "approve")
    content_type, body, _ = overheard.requests[-1]
    assert await again(review, content_type, body, time.time() - 301) == 401
    assert review.service.asked == 1


async def test_two_hundred_presses_at_one_moment_are_all_answered(review: Slack) -> None:
    people = Crowd(review.workspace, review.service, review.asking)
    people.ask(100)
    presses = [people._press(person, ts) for person in (PRIYA, VICTOR) for ts in people.messages.values()]
    await asyncio.gather(*presses)
    people.nothing_is_lost_or_doubled()
    assert people.unanswered == 0


async def test_a_mention_whose_ack_is_lost_comes_again_with_its_number_and_is_answered_once(
    review: Slack, overheard: Overheard
) -> None:
    review.workspace.fault({"fault": "lose_acks", "method": "events_api"})
    bot = review.workspace.state.app.bot_user
    review.workspace.state.channel(RELEASES).members.add(bot)
    await as_person(review.workspace, PRIYA, "message", channel=RELEASES, text=f"<@{bot}> why does shop-1 wait?")
    await until(lambda: len([each for each in overheard.requests if "event_callback" in each[1]]) == 2)
    first, second = ([*each] for each in overheard.requests if "event_callback" in each[1])
    assert first[1] == second[1]
    assert (first[2], second[2]) == ({}, {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "connection_failed"})
    await until(lambda: review.asking.asked)
    await until(lambda: review.workspace.delivery.sent[-1].ack_seconds is not None)
    assert len(review.asking.asked) == 1
