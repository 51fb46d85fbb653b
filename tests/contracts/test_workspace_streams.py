"""The stand-in's streams: started, added to and stopped by the real client, and refused as Slack refuses them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import App, Workspace
from tests.contracts.workspace_fixtures import ADA, RELEASES, Clock, a_workspace, client_of, refusal, section

TEAM = "T0SONGBIRD"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def workspace(clock: Clock) -> AsyncIterator[Workspace]:
    async with a_workspace(clock=clock) as started:
        yield started


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return client_of(workspace)


@pytest.fixture
async def thread(client: AsyncWebClient) -> str:
    return str((await client.chat_postMessage(channel=RELEASES, text="why?"))["ts"])


async def started(client: AsyncWebClient, thread: str, **more: Any) -> dict[str, str]:
    to = {"recipient_user_id": ADA, "recipient_team_id": TEAM, **more}
    answer = await client.chat_startStream(channel=RELEASES, thread_ts=thread, **to)
    return {"channel": answer["channel"], "ts": answer["ts"]}


async def test_a_stream_grows_in_its_thread_and_is_an_ordinary_message_in_the_end(
    workspace: Workspace, client: AsyncWebClient, thread: str
) -> None:
    stream = await started(client, thread, markdown_text="Errors ")
    message = workspace.state.message(RELEASES, stream["ts"])
    assert (message["thread_ts"], message["text"], message["streaming_state"]) == (thread, "Errors ", "in_progress")
    await client.chat_appendStream(**stream, markdown_text="rose. ")
    metadata = {"event_type": "songbird_effect", "event_payload": {"key": "k"}}
    await client.chat_stopStream(**stream, markdown_text="Now.", blocks=[section("Evidence")], metadata=metadata)
    message = workspace.state.message(RELEASES, stream["ts"])
    assert message["text"] == "Errors rose. Now."
    assert [block["type"] for block in message["blocks"]] == ["markdown", "section"]
    assert message["metadata"] == metadata
    assert "streaming_state" not in message
    assert workspace.state.message(RELEASES, thread)["reply_count"] == 1


async def test_the_page_is_told_of_every_piece(workspace: Workspace, client: AsyncWebClient, thread: str) -> None:
    with workspace.feed.follow(ADA) as unread:
        stream = await started(client, thread, markdown_text="One. ")
        await client.chat_appendStream(**stream, markdown_text="Two.")
        await client.chat_stopStream(**stream)
        told = [unread.get_nowait() or "" for _ in range(unread.qsize())]
    assert [text for text in ('"One. "', '"One. Two."') if any(text in each for each in told)] == [
        '"One. "',
        '"One. Two."',
    ]


async def test_what_is_no_growing_stream_takes_nothing(client: AsyncWebClient, thread: str) -> None:
    stream = await started(client, thread, markdown_text="x")
    await client.chat_stopStream(**stream)
    over = "message_not_in_streaming_state"
    assert await refusal(client.chat_appendStream(**stream, markdown_text="x")) == over
    assert await refusal(client.chat_stopStream(**stream)) == over
    assert await refusal(client.chat_appendStream(channel=RELEASES, ts=thread, markdown_text="x")) == over
    gone = client.chat_appendStream(channel=RELEASES, ts="1.000000", markdown_text="x")
    assert await refusal(gone) == "message_not_found"


async def test_a_stream_is_ended_five_minutes_after_its_start_however_busy_it_is(
    workspace: Workspace, client: AsyncWebClient, thread: str, clock: Clock
) -> None:
    stream = await started(client, thread, markdown_text="x")
    clock.advance(299)
    await client.chat_appendStream(**stream, markdown_text="y")
    clock.advance(2)
    assert await refusal(client.chat_appendStream(**stream, markdown_text="z")) == "message_not_in_streaming_state"
    message = workspace.state.message(RELEASES, stream["ts"])
    assert (message["text"], message["streaming_state"]) == ("xy", "errored")
    await client.chat_update(**stream, text="mended", blocks=[section("mended")])
    assert "streaming_state" not in workspace.state.message(RELEASES, stream["ts"])


async def test_a_growing_stream_is_not_edited(client: AsyncWebClient, thread: str) -> None:
    stream = await started(client, thread, markdown_text="x")
    assert await refusal(client.chat_update(**stream, text="y")) == "streaming_state_conflict"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"recipient_team_id": None}, "missing_recipient_team_id"),
        ({"recipient_user_id": None}, "missing_recipient_user_id"),
        ({"recipient_user_id": "B0SONGBIRD"}, "invalid_arguments"),
        ({"recipient_user_id": "U0NOBODY"}, "user_not_found"),
        ({"thread_ts": ""}, "invalid_arguments"),
        ({"thread_ts": "1.000000"}, "thread_not_found"),
        ({"channel": "C0COFFEE"}, "not_in_channel"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"chunks": [{"type": "task_update"}]}, "invalid_arguments"),
    ],
)
async def test_a_stream_that_slack_would_not_start_is_refused(
    workspace: Workspace, client: AsyncWebClient, thread: str, arguments: dict[str, Any], error: str
) -> None:
    whole = {"channel": RELEASES, "thread_ts": thread, "recipient_user_id": ADA, "recipient_team_id": TEAM}
    assert await refusal(client.chat_startStream(**{**whole, **arguments})) == error
    assert len(workspace.state.thread(RELEASES, thread)) == 1


async def test_a_piece_has_some_text_and_not_too_much(client: AsyncWebClient, thread: str) -> None:
    stream = await started(client, thread)
    assert await refusal(client.chat_appendStream(**stream, markdown_text="")) == "no_text"
    assert await refusal(client.chat_appendStream(**stream, markdown_text="x" * 12_001)) == "msg_too_long"
    for _ in range(2):
        assert (await client.chat_appendStream(**stream, markdown_text="x" * 12_000))["ok"]


async def test_in_a_direct_message_nobody_need_be_named(workspace: Workspace, client: AsyncWebClient) -> None:
    channel = workspace.state.direct_channel(ADA).id
    thread = (await client.chat_postMessage(channel=channel, text="why?"))["ts"]
    assert (await client.chat_startStream(channel=channel, thread_ts=thread, markdown_text="x"))["ok"]


async def test_streams_need_the_scope_of_every_message(clock: Clock) -> None:
    scopes = tuple(scope for scope in App().scopes if scope != "chat:write")
    async with a_workspace(app=replace(App(), scopes=scopes)) as workspace:
        call = client_of(workspace).chat_startStream(channel=RELEASES, thread_ts="1.000000")
        assert await refusal(call) == "missing_scope"


async def test_twenty_streams_a_minute_are_started_and_a_hundred_pieces_added(clock: Clock) -> None:
    async with a_workspace(clock=clock, rate_scale=1.0) as workspace:
        client = client_of(workspace)
        thread = (await client.chat_postMessage(channel=RELEASES, text="why?"))["ts"]
        streams = [await started(client, thread, markdown_text="x") for _ in range(20)]
        assert await refusal(client.chat_startStream(channel=RELEASES, thread_ts=thread)) == "ratelimited"
        for _ in range(100):
            await client.chat_appendStream(**streams[0], markdown_text="x")
        assert await refusal(client.chat_appendStream(**streams[0], markdown_text="x")) == "ratelimited"
