"""Faults on calls: what was applied, what was answered, and what the log says of it."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Workspace
from tests.contracts.workspace_fixtures import (
    ENGINEERING,
    RELEASES,
    a_workspace,
    client_of,
    control,
    get_json,
    refusal,
    until,
)


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with a_workspace() as started:
        yield started


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return client_of(workspace)


def texts(workspace: Workspace) -> list[str]:
    return [message["text"] for message in workspace.state.messages[RELEASES].values()]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_server_error_applies_nothing(workspace: Workspace, client: AsyncWebClient, status: int) -> None:
    workspace.faults.add("chat.postMessage", f"http_{status}")
    with pytest.raises(SlackApiError) as failed:
        await client.chat_postMessage(channel=RELEASES, text="x")
    assert failed.value.response.status_code == status
    assert texts(workspace) == []


async def test_a_rate_limit_says_how_long_to_wait_and_the_sdks_own_handler_gets_through(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    workspace.faults.add("conversations.history", "rate_limited", seconds=1)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler())
    assert (await client.conversations_history(channel=RELEASES))["ok"]
    logged = (await get_json(workspace, "/control/calls"))["calls"]
    assert [(call["ok"], call["error"]) for call in logged] == [(False, "rate_limited"), (True, None)]


async def test_any_error_of_slacks_can_be_asked_for(workspace: Workspace, client: AsyncWebClient) -> None:
    workspace.faults.add("*", "error", error="fatal_error", times=2)
    assert await refusal(client.auth_test()) == "fatal_error"
    assert await refusal(client.chat_postMessage(channel=RELEASES, text="x")) == "fatal_error"
    assert (await client.auth_test())["ok"]


async def test_a_connection_dropped_before_the_write_leaves_nothing(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    workspace.faults.add("chat.postMessage", "drop_before")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=RELEASES, text="x")
    assert texts(workspace) == []


async def test_a_response_lost_after_the_write_leaves_the_message_there(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    workspace.faults.add("chat.postMessage", "drop_after")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=RELEASES, text="x")
    assert texts(workspace) == ["x"]
    calls = await get_json(workspace, "/control/calls")
    assert [(call["ok"], call["fault"]) for call in calls["calls"]] == [(True, "drop_after")]
    assert calls["posts"] == 1


async def test_a_slow_answer_comes_after_the_write(workspace: Workspace) -> None:
    workspace.faults.add("chat.postMessage", "slow", seconds=30)
    hasty = client_of(workspace, timeout=0.2)
    with pytest.raises(asyncio.TimeoutError):
        await hasty.chat_postMessage(channel=RELEASES, text="x")
    assert texts(workspace) == ["x"]


async def test_a_late_request_lands_only_when_its_caller_has_gone(workspace: Workspace) -> None:
    workspace.faults.add("chat.postMessage", "late")
    hasty = client_of(workspace, timeout=0.2)
    call = asyncio.ensure_future(hasty.chat_postMessage(channel=RELEASES, text="late"))
    await asyncio.sleep(0.1)
    assert texts(workspace) == []
    with pytest.raises(asyncio.TimeoutError):
        await call
    await until(lambda: texts(workspace) == ["late"])


async def test_a_late_request_may_land_while_its_caller_still_waits(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    workspace.faults.add("chat.postMessage", "late", seconds=0.05)
    assert (await client.chat_postMessage(channel=RELEASES, text="x"))["ok"]


async def test_a_fault_lets_the_first_calls_pass_and_hits_so_many_times(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    await control(
        workspace, "faults", method="chat.postMessage", fault="error", error="internal_error", after=1, times=2
    )
    outcomes = []
    for number in range(5):
        try:
            await client.chat_postMessage(channel=RELEASES, text=str(number))
        except SlackApiError:
            outcomes.append("refused")
        else:
            outcomes.append("posted")
    assert outcomes == ["posted", "refused", "refused", "posted", "posted"]


async def test_a_fault_may_be_meant_for_one_channel(workspace: Workspace, client: AsyncWebClient) -> None:
    workspace.faults.add("chat.postMessage", "http_500", channel=ENGINEERING)
    assert (await client.chat_postMessage(channel=RELEASES, text="x"))["ok"]
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=ENGINEERING, text="x")


@pytest.mark.parametrize("body", [{"fault": "gremlins"}, {"fault": "slow", "minutes": 1}, {}])
async def test_a_mistyped_fault_is_refused(workspace: Workspace, body: dict[str, object]) -> None:
    assert (await control(workspace, "faults", **body))["error"] == "invalid_fault"


async def test_several_faults_come_in_one_request_and_go_with_another(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    both = [{"method": "auth.test", "fault": "http_500"}, {"method": "users.info", "fault": "http_500"}]
    await control(workspace, "faults", faults=both)
    assert len((await get_json(workspace, "/control/faults"))["faults"]) == 2
    async with aiohttp.ClientSession() as session, session.delete(f"{workspace.url}/control/faults") as answer:
        assert answer.status == 200
    assert (await client.auth_test())["ok"]


async def test_the_log_tells_calls_with_other_arguments_apart_and_keeps_no_text(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    for text in ("one secret", "one secret", "another"):
        await client.chat_postMessage(channel=RELEASES, text=text)
    logged = (await get_json(workspace, "/control/calls"))["calls"]
    digests = [call["args_digest"] for call in logged]
    assert digests[0] == digests[1] != digests[2]
    assert "secret" not in json.dumps(logged)
    assert logged[0]["channel"] == RELEASES
    assert logged[0]["ts"] < logged[1]["ts"]


async def test_a_reset_brings_the_beginning_back(workspace: Workspace, client: AsyncWebClient) -> None:
    await client.conversations_join(channel="C0COFFEE")
    await client.chat_postMessage(channel=RELEASES, text="x")
    workspace.faults.add("*", "http_500")
    await control(workspace, "reset")
    assert (await client.conversations_history(channel=RELEASES))["messages"] == []
    assert await refusal(client.chat_postMessage(channel="C0COFFEE", text="x")) == "not_in_channel"
    assert (await get_json(workspace, "/control/calls"))["posts"] == 0
