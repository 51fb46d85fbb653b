"""The persons' door: what the page reads, what it is told as it happens, and the stand-in as a process of its own."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any, Self

import aiohttp
import pytest

from bot.sandbox.workspace import Workspace
from tests.contracts.workspace_fixtures import (
    ADA,
    PRIYA,
    RELEASES,
    a_workspace,
    actions,
    as_person,
    bolt_app,
    button,
    client_of,
    connected,
    get_json,
    section,
    until,
)

Json = dict[str, Any]


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with a_workspace() as started:
        yield started


class Onlooker:
    """One open page: everything that it is told, in order."""

    def __init__(self, workspace: Workspace, user: str) -> None:
        self.told: list[Json] = []
        self._address = f"{workspace.url}/client/events?as={user}"
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._read())
        await until(lambda: self.told)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        async with aiohttp.ClientSession() as session, session.get(self._address) as response:
            async for line in response.content:
                if line.startswith(b"data: "):
                    self.told.append(json.loads(line.removeprefix(b"data: ")))

    def of(self, kind: str) -> list[Json]:
        return [event for event in self.told if event["type"] == kind]


async def test_a_page_learns_who_and_what_is_there(workspace: Workspace) -> None:
    boot = await get_json(workspace, "/client/boot")
    assert boot["notice"] == "a stand-in for Slack"
    assert {user["name"] for user in boot["users"]} == {"ada", "quinn", "priya", "victor", "omar", "songbird"}
    assert [channel["name"] for channel in boot["channels"]][:2] == ["releases", "engineering"]
    assert boot["commands"][0]["command"] == "/stage"
    assert boot["bot_user"] == {"id": "U0SONGBIRD", "name": "songbird"}


async def test_a_page_shows_what_this_person_may_see(workspace: Workspace) -> None:
    client = client_of(workspace)
    await client.chat_postMessage(channel=RELEASES, text="to all")
    await client.chat_postMessage(channel=PRIYA, text="to Priya")
    await client.chat_postMessage(channel="G0BOARD", text="to the board")
    ada, priya = [(await get_json(workspace, f"/client/state?as={user}"))["messages"] for user in (ADA, PRIYA)]
    assert ada[RELEASES][0]["channel"] == RELEASES
    assert {"D0PRIYA", "G0BOARD"}.isdisjoint(ada)
    assert {"D0PRIYA", "G0BOARD"} <= set(priya)


async def test_a_page_is_told_of_messages_edits_and_deletions_as_they_happen(workspace: Workspace) -> None:
    client = client_of(workspace)
    async with Onlooker(workspace, ADA) as page:
        ts = (await client.chat_postMessage(channel=RELEASES, text="one"))["ts"]
        await client.chat_update(channel=RELEASES, ts=ts, text="two")
        await client.chat_delete(channel=RELEASES, ts=ts)
        await until(lambda: page.of("message_deleted"))
    assert [(event["message"]["ts"], event["message"]["text"]) for event in page.of("message")] == [
        (ts, "one"),
        (ts, "two"),
    ]
    assert page.of("message_deleted") == [{"type": "message_deleted", "channel": RELEASES, "ts": ts}]
    assert [event["method"] for event in page.of("log")] == ["chat.postMessage", "chat.update", "chat.delete"]


async def test_only_the_person_meant_is_told_of_a_whisper_a_direct_message_and_a_home(workspace: Workspace) -> None:
    client = client_of(workspace)
    async with Onlooker(workspace, ADA) as ada, Onlooker(workspace, PRIYA) as priya:
        await client.chat_postEphemeral(channel=RELEASES, user=ADA, text="psst")
        await client.chat_postMessage(channel=ADA, text="direct")
        await client.views_publish(user_id=ADA, view={"type": "home", "blocks": [section()]})
        await client.chat_postMessage(channel=RELEASES, text="to all")
        await until(lambda: priya.of("message") and ada.of("home"))
    assert [event["message"]["text"] for event in ada.of("ephemeral")] == ["psst"]
    assert [event["message"]["text"] for event in priya.of("message")] == ["to all"]
    assert priya.of("ephemeral") == priya.of("home") == []


async def test_a_page_is_told_when_the_bot_comes_and_goes(workspace: Workspace) -> None:
    async with Onlooker(workspace, ADA) as page:
        async with connected(workspace, bolt_app(workspace)):
            pass
        await until(lambda: len(page.of("bot")) == 3)
    assert [event["connected"] for event in page.of("bot")] == [False, True, False]


async def test_a_person_cannot_type_a_command_as_a_message_or_act_as_the_bot(workspace: Workspace) -> None:
    assert (await as_person(workspace, ADA, "message", channel=RELEASES, text="/stage x"))["error"] == "use_command"
    bot = await as_person(workspace, "U0SONGBIRD", "message", channel=RELEASES, text="x")
    assert bot["error"] == "user_not_found"
    private = await as_person(workspace, ADA, "message", channel="G0BOARD", text="x")
    assert private["error"] == "channel_not_found"


async def test_a_request_that_lacks_something_says_what(workspace: Workspace) -> None:
    answer = await as_person(workspace, ADA, "message", text="x")
    assert (answer["error"], answer["errors"]) == ("missing_field", ["missing required field: channel"])


async def test_a_form_from_another_web_page_does_nothing(workspace: Workspace) -> None:
    body = json.dumps({"as": ADA, "channel": RELEASES, "text": "x"})
    address = f"{workspace.url}/client/message"
    async with aiohttp.ClientSession() as session, session.post(address, data=body) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "invalid_json")


async def test_nobody_in_particular_sees_nothing(workspace: Workspace) -> None:
    assert (await get_json(workspace, "/client/state?as=U0NOBODY"))["error"] == "user_not_found"
    assert (await get_json(workspace, "/client/events"))["error"] == "user_not_found"


async def test_a_permalink_leads_to_the_page(workspace: Workspace) -> None:
    client = client_of(workspace)
    ts = (await client.chat_postMessage(channel=RELEASES, text="x"))["ts"]
    link = (await client.chat_getPermalink(channel=RELEASES, message_ts=ts))["permalink"]
    async with aiohttp.ClientSession() as session, session.get(link, allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (302, f"/#/{RELEASES}/{ts}")


async def test_a_stopped_workspace_lets_its_onlookers_go() -> None:
    async with a_workspace() as workspace, Onlooker(workspace, ADA) as page:
        assert page._task is not None
        await workspace.stop()
        async with asyncio.timeout(2):
            await page._task


async def test_a_process_of_its_own_says_where_it_is_and_fills_itself_with_samples() -> None:
    command = (sys.executable, "-m", "bot.sandbox.workspace", "--sample", "--rate-scale", "inf")
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        where = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
        async with aiohttp.ClientSession() as session:

            async def seen() -> Json:
                async with session.get(where["url"] + f"/client/state?as={ADA}") as answer:
                    return dict(await answer.json())

            while not (await seen())["messages"]["C0ONCALL"]:  # noqa: ASYNC110 - another process has no event to wait on
                await asyncio.sleep(0.05)
            modal = {"as": ADA, "channel": RELEASES, "command": "/sample", "text": "modal"}
            async with session.post(where["url"] + "/client/command", json=modal) as answer:
                assert (await answer.json()) == {"ok": True}
            while not (await seen())["views"]:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.05)
            async with session.get(where["url"] + "/control/calls") as answer:
                assert [call for call in (await answer.json())["calls"] if not call["ok"]] == []
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_what_a_person_pressed_and_how_fast_it_was_acked_is_on_record(workspace: Workspace) -> None:
    app = bolt_app(workspace)

    @app.action("go")
    async def go(ack: Any) -> None:
        await ack()

    ts = (await client_of(workspace).chat_postMessage(channel=RELEASES, text="x", blocks=[actions(button())]))["ts"]
    async with connected(workspace, app):
        pressed = {"type": "button", "action_id": "go", "block_id": "decide"}
        await as_person(workspace, ADA, "action", channel=RELEASES, message_ts=ts, action=pressed)
    sent = (await get_json(workspace, "/control/envelopes"))["envelopes"]
    assert [(each["type"], each["what"], each["error"]) for each in sent] == [("interactive", "go", None)]
    assert 0 < sent[0]["ack_seconds"] < 1
