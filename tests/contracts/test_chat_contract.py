"""One suite over every chat: the stand-in in memory, and the real Slack client on the wire.

What an outbox builds on is here: what may have happened after each kind of trouble, and that it can be found out.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from bot.adapters.chat import Chat, Posted
from bot.adapters.chat.client import reading_client, writing_client
from bot.adapters.chat.slack import SlackChat
from bot.adapters.chat.stand_in import StandInChat, Trouble
from bot.core.errors import Permanent, Temporary, Unknown
from bot.sandbox.workspace import Workspace, seed
from bot.views.rendered import Rendered

CHANNEL = "#releases"


def say(text: str, *, blocks: bool = True) -> Rendered:
    section = {"type": "section", "block_id": "words", "text": {"type": "mrkdwn", "text": text}}
    return Rendered(text, (section,) if blocks else ())


class Harness(Protocol):
    chat: Chat

    def make(self, trouble: Trouble, method: str) -> None:
        """The next call of the port's `method` meets this trouble."""

    async def land(self) -> None: ...
    def texts(self) -> list[str]: ...
    def keys(self) -> list[str]: ...
    def blocks(self, place: Posted) -> int: ...
    def is_shown_in_channel(self, place: Posted) -> bool: ...


@dataclass
class InMemory:
    planned: list[tuple[str, Trouble]] = field(default_factory=list)

    def __post_init__(self) -> None:
        members = {CHANNEL: frozenset({seed.ADA, seed.QUINN, seed.PRIYA, seed.VICTOR, seed.OMAR, "U0SONGBIRD"})}
        self.stand_in = StandInChat(self._trouble, members)
        self.chat: Chat = self.stand_in

    def _trouble(self, method: str, _key: str) -> Trouble | None:
        if self.planned and self.planned[0][0] == method:
            return self.planned.pop(0)[1]
        return None

    def make(self, trouble: Trouble, method: str) -> None:
        self.planned.append((method, trouble))

    async def land(self) -> None:
        assert self.stand_in.land() == 1

    def texts(self) -> list[str]:
        return [said.rendered.text for said in self.stand_in.said.values()]

    def keys(self) -> list[str]:
        return [said.key for said in self.stand_in.said.values()]

    def blocks(self, place: Posted) -> int:
        return len(self.stand_in.said[place].rendered.blocks)

    def is_shown_in_channel(self, place: Posted) -> bool:
        return self.stand_in.said[place].is_in_channel


METHODS = {
    "post": "chat.postMessage",
    "edit": "chat.update",
    "find": "conversations.history",
    "members": "conversations.members",
}
FAULTS = {
    Trouble.REFUSED: {"fault": "rate_limited", "seconds": 7},
    Trouble.FORBIDDEN: {"fault": "error", "error": "restricted_action"},
    Trouble.LOST: {"fault": "drop_after"},
    Trouble.LATE: {"fault": "late"},
}


@dataclass
class OnTheWire:
    workspace: Workspace

    def __post_init__(self) -> None:
        token, url = self.workspace.bot_token, self.workspace.api_url
        reading = reading_client(token, url, timeout_seconds=2)
        reading.retry_handlers.clear()  # what they wait for is Slack's to say, and this suite does not
        self.chat: Chat = SlackChat(writing_client(token, url, timeout_seconds=1), reading)

    def make(self, trouble: Trouble, method: str) -> None:
        times = 2 if trouble is Trouble.LOST and method == "find" else 1  # aiohttp itself asks again what only reads
        self.workspace.fault({"method": METHODS[method], "times": times, **FAULTS[trouble]})

    async def land(self) -> None:
        async with asyncio.timeout(2):
            while not any(call.fault == "late" for call in self.workspace.web_api.calls):  # noqa: ASYNC110 - a socket
                await asyncio.sleep(0.01)

    def _messages(self) -> list[dict]:
        return list(self.workspace.state.messages[seed.RELEASES].values())

    def texts(self) -> list[str]:
        return [message["text"] for message in self._messages()]

    def keys(self) -> list[str]:
        return [message["metadata"]["event_payload"]["key"] for message in self._messages()]

    def blocks(self, place: Posted) -> int:
        return len(self.workspace.state.message(place.channel, place.ts).get("blocks", ()))

    def is_shown_in_channel(self, place: Posted) -> bool:
        return place.ts in {message["ts"] for message in self.workspace.state.history(place.channel)}


@pytest.fixture(params=["in memory", "on the wire"])
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    if request.param == "in memory":
        yield InMemory()
        return
    workspace = await Workspace.start(rate_scale=math.inf)
    yield OnTheWire(workspace)
    await workspace.stop()


async def test_what_is_posted_is_found_by_its_key(harness: Harness) -> None:
    place = await harness.chat.post(CHANNEL, say("hello"), "shop-1/1/post/releases")
    await harness.chat.post(CHANNEL, say("and again"), "shop-1/2/post/releases")
    assert await harness.chat.find(CHANNEL, "shop-1/1/post/releases") == place
    assert await harness.chat.find(place.channel, "shop-1/1/post/releases") == place
    assert await harness.chat.find(CHANNEL, "shop-1/3/post/releases") is None


async def test_a_reply_is_found_in_its_thread_and_is_not_shown_in_the_channel(harness: Harness) -> None:
    parent = await harness.chat.post(CHANNEL, say("card"), "card")
    reply = await harness.chat.post(CHANNEL, say("reply"), "reply", parent.ts)
    assert await harness.chat.find(CHANNEL, "reply", parent.ts) == reply
    assert await harness.chat.find(CHANNEL, "card", parent.ts) == parent
    assert await harness.chat.find(CHANNEL, "reply") is None
    assert not harness.is_shown_in_channel(reply)


async def test_a_broadcast_stands_in_the_thread_and_in_the_channel(harness: Harness) -> None:
    parent = await harness.chat.post(CHANNEL, say("card"), "card")
    ending = await harness.chat.post(CHANNEL, say("rolled back"), "ending", parent.ts, broadcast=True)
    assert await harness.chat.find(CHANNEL, "ending", parent.ts) == ending
    assert await harness.chat.find(CHANNEL, "ending") == ending
    assert harness.is_shown_in_channel(ending)


async def test_the_newest_reply_of_a_long_thread_is_found(harness: Harness) -> None:
    parent = await harness.chat.post(CHANNEL, say("card"), "card")
    for number in range(230):
        last = await harness.chat.post(CHANNEL, say(f"look {number}", blocks=False), f"look/{number}", parent.ts)
    assert await harness.chat.find(CHANNEL, "look/229", parent.ts) == last


async def test_an_edit_changes_the_message_and_keeps_its_key(harness: Harness) -> None:
    place = await harness.chat.post(CHANNEL, say("preparing"), "card")
    await harness.chat.edit(place, say("deploying"), "card")
    await harness.chat.edit(place, say("deploying"), "card")
    assert harness.texts() == ["deploying"]
    assert await harness.chat.find(CHANNEL, "card") == place


async def test_an_edit_without_blocks_takes_the_blocks_away(harness: Harness) -> None:
    place = await harness.chat.post(CHANNEL, say("with a button"), "approval")
    assert harness.blocks(place) == 1
    await harness.chat.edit(place, say("decided", blocks=False), "approval")
    assert harness.blocks(place) == 0


async def test_what_is_refused_for_now_did_not_happen(harness: Harness) -> None:
    harness.make(Trouble.REFUSED, "post")
    with pytest.raises(Temporary):
        await harness.chat.post(CHANNEL, say("hello"), "k")
    assert harness.texts() == []


async def test_what_is_refused_for_good_did_not_happen(harness: Harness) -> None:
    harness.make(Trouble.FORBIDDEN, "post")
    with pytest.raises(Permanent):
        await harness.chat.post(CHANNEL, say("hello"), "k")
    assert harness.texts() == []


async def test_a_post_whose_answer_is_lost_is_unknown_and_found_once(harness: Harness) -> None:
    harness.make(Trouble.LOST, "post")
    with pytest.raises(Unknown):
        await harness.chat.post(CHANNEL, say("hello"), "k")
    assert harness.keys() == ["k"]
    assert await harness.chat.find(CHANNEL, "k") is not None


async def test_a_late_post_is_unknown_and_can_be_found_only_when_it_has_landed(harness: Harness) -> None:
    harness.make(Trouble.LATE, "post")
    with pytest.raises(Unknown):
        await harness.chat.post(CHANNEL, say("hello"), "k")
    await harness.land()
    assert await harness.chat.find(CHANNEL, "k") is not None


async def test_a_late_edit_lands_over_what_came_after_it(harness: Harness) -> None:
    place = await harness.chat.post(CHANNEL, say("one"), "card")
    harness.make(Trouble.LATE, "edit")
    with pytest.raises(Unknown):
        await harness.chat.edit(place, say("two"), "card")
    await harness.land()
    assert harness.texts() == ["two"]


@pytest.mark.parametrize("trouble", [Trouble.REFUSED, Trouble.LOST, Trouble.LATE])
async def test_a_read_without_an_answer_is_only_late(harness: Harness, trouble: Trouble) -> None:
    harness.make(trouble, "find")
    with pytest.raises(Temporary):
        await harness.chat.find(CHANNEL, "k")
    assert await harness.chat.find(CHANNEL, "k") is None


async def test_an_edit_of_a_message_that_is_gone_fails_for_good(harness: Harness) -> None:
    place = await harness.chat.post(CHANNEL, say("card"), "card")
    with pytest.raises(Permanent):
        await harness.chat.edit(Posted(place.channel, "1.000000"), say("card"), "card")


async def test_the_members_of_a_channel_are_user_ids(harness: Harness) -> None:
    members = await harness.chat.members(CHANNEL)
    assert seed.ADA in members
    assert "U0STRANGER" not in members
