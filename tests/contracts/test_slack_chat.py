"""What is Slack's own about the Slack chat: names of channels, joining, which of its answers mean what."""

import math
from collections.abc import AsyncIterator

import pytest

from bot.adapters.chat.client import reading_client, writing_client
from bot.adapters.chat.directory import SlackDirectory
from bot.adapters.chat.groups import FRESH_SECONDS, SlackGroups
from bot.adapters.chat.names import SlackNames
from bot.adapters.chat.slack import SlackChat
from bot.core.errors import AdapterError, Permanent, Temporary, Unknown
from bot.sandbox.workspace import App, Workspace, seed
from bot.views.rendered import Rendered

HELLO = Rendered("hello", ({"type": "section", "text": {"type": "mrkdwn", "text": "hello"}},))


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    workspace = await Workspace.start(rate_scale=math.inf)
    yield workspace
    await workspace.stop()


@pytest.fixture
def chat(workspace: Workspace) -> SlackChat:
    return chat_of(workspace, workspace.bot_token)


def chat_of(workspace: Workspace, token: str, now: list[float] | None = None) -> SlackChat:
    reading = reading_client(token, workspace.api_url, timeout_seconds=2)
    writing = writing_client(token, workspace.api_url, timeout_seconds=2)
    return SlackChat(writing, reading, clock=lambda: (now or [0.0])[0])


def directory_of(workspace: Workspace) -> SlackDirectory:
    client = reading_client(workspace.bot_token, workspace.api_url)
    return SlackDirectory(client, SlackGroups(client))


def count(workspace: Workspace, method: str) -> int:
    return sum(1 for call in workspace.web_api.calls if call.method == method)


async def test_a_channel_is_named_in_words_and_asked_for_once(workspace: Workspace, chat: SlackChat) -> None:
    first = await chat.post("#releases", HELLO, "1")
    await chat.post("#engineering", HELLO, "2")
    assert first.channel == seed.RELEASES
    assert count(workspace, "conversations.list") == 1


async def test_a_private_channel_that_songbird_is_in_is_found_by_its_name(chat: SlackChat) -> None:
    assert (await chat.post("#release-board", HELLO, "1")).channel == seed.BOARD


async def test_a_channel_that_does_not_exist_is_named_in_the_error(chat: SlackChat) -> None:
    with pytest.raises(Permanent, match="no channel #relases"):
        await chat.post("#relases", HELLO, "1")


async def test_songbird_joins_a_public_channel_that_it_is_to_post_in(workspace: Workspace, chat: SlackChat) -> None:
    place = await chat.post("#coffee", HELLO, "1")
    assert place.channel == seed.COFFEE
    assert count(workspace, "conversations.join") == 1
    assert workspace.web_api.applied["chat.postMessage"] == 1


async def test_without_the_right_to_join_it_says_what_to_do() -> None:
    scopes = tuple(scope for scope in App().scopes if scope != "channels:join")
    workspace = await Workspace.start(app=App(scopes=scopes), rate_scale=math.inf)
    try:
        with pytest.raises(Permanent, match=r"not_in_channel \(invite Songbird to it\)"):
            await chat_of(workspace, workspace.bot_token).post("#coffee", HELLO, "1")
    finally:
        await workspace.stop()


async def test_slacks_wait_is_passed_on_in_seconds(workspace: Workspace, chat: SlackChat) -> None:
    workspace.fault({"fault": "rate_limited", "method": "chat.postMessage", "seconds": 7})
    with pytest.raises(Temporary) as refused:
        await chat.post("#releases", HELLO, "1")
    assert refused.value.retry_after_seconds == 7


@pytest.mark.parametrize(
    ("error", "means"),
    [
        ("ratelimited", Temporary),
        ("service_unavailable", Temporary),
        ("token_revoked", Temporary),
        ("internal_error", Unknown),
        ("fatal_error", Unknown),
        ("channel_not_found", Permanent),
        ("is_archived", Permanent),
        ("invalid_blocks", Permanent),
        ("msg_too_long", Permanent),
        ("missing_scope", Permanent),
        ("a_word_that_slack_invents_tomorrow", Permanent),
    ],
)
async def test_slacks_words_are_told_apart_by_whether_it_may_have_happened(
    workspace: Workspace, chat: SlackChat, error: str, means: type[AdapterError]
) -> None:
    workspace.fault({"fault": "error", "method": "chat.postMessage", "error": error})
    with pytest.raises(means, match=error):
        await chat.post("#releases", HELLO, "1")


@pytest.mark.parametrize("fault", ["http_500", "http_502", "http_503", "drop_before", "drop_after"])
async def test_a_server_that_breaks_down_may_have_posted(workspace: Workspace, chat: SlackChat, fault: str) -> None:
    workspace.fault({"fault": fault, "method": "chat.postMessage"})
    with pytest.raises(Unknown):
        await chat.post("#releases", HELLO, "1")
    assert count(workspace, "chat.postMessage") == 1, "nothing below the outbox may post again"


async def test_no_connection_means_that_nothing_was_sent(workspace: Workspace, chat: SlackChat) -> None:
    await workspace.stop()
    with pytest.raises(Temporary, match="no connection"):
        await chat.post(seed.RELEASES, HELLO, "1")


async def test_a_wrong_token_is_the_operators_to_mend_and_loses_no_message(workspace: Workspace) -> None:
    with pytest.raises(Temporary, match="look at the bot token"):
        await chat_of(workspace, "xoxb-wrong").post(seed.RELEASES, HELLO, "1")


async def test_members_are_asked_for_again_after_a_minute(workspace: Workspace) -> None:
    now = [0.0]
    chat = chat_of(workspace, workspace.bot_token, now)
    await chat.members("#releases")
    workspace.state.channels[seed.RELEASES].members.discard(seed.OMAR)
    now[0] = 59.0
    assert seed.OMAR in await chat.members("#releases")
    now[0] = 61.0
    assert seed.OMAR not in await chat.members("#releases")


async def test_people_are_called_what_slack_calls_them(workspace: Workspace) -> None:
    names = SlackNames(reading_client(workspace.bot_token, workspace.api_url))
    assert await names(seed.PRIYA) == "Priya Nair"
    assert await names(seed.PRIYA) == "Priya Nair"
    assert count(workspace, "users.info") == 1


async def test_a_name_that_cannot_be_had_is_empty_and_asked_for_again(workspace: Workspace) -> None:
    names = SlackNames(reading_client(workspace.bot_token, workspace.api_url))
    workspace.fault({"fault": "error", "method": "users.info", "error": "user_not_visible"})
    assert await names(seed.PRIYA) == ""
    assert await names(seed.PRIYA) == "Priya Nair"


async def test_who_is_in_a_user_group_is_asked_once_a_minute(workspace: Workspace) -> None:
    now = [0.0]
    groups = SlackGroups(reading_client(workspace.bot_token, workspace.api_url), clock=lambda: now[0])
    assert await groups("S0QA") == {seed.QUINN}
    now[0] = FRESH_SECONDS - 1
    assert await groups("S0QA") == {seed.QUINN}
    assert count(workspace, "usergroups.users.list") == 1
    now[0] = FRESH_SECONDS
    assert await groups("S0QA") == {seed.QUINN}
    assert count(workspace, "usergroups.users.list") == 2


async def test_what_slack_said_of_a_user_group_counts_for_its_minute_and_no_longer(workspace: Workspace) -> None:
    now = [0.0]
    groups = SlackGroups(reading_client(workspace.bot_token, workspace.api_url), clock=lambda: now[0])
    await groups("S0QA")
    workspace.fault({"fault": "error", "method": "usergroups.users.list", "error": "fatal_error", "times": 9})
    assert await groups("S0QA") == {seed.QUINN}
    now[0] = FRESH_SECONDS
    with pytest.raises(AdapterError):
        await groups("S0QA")


async def test_an_address_is_a_person_or_nobody_and_either_is_asked_for_once(workspace: Workspace) -> None:
    directory = directory_of(workspace)
    asked = ["priya@example.com", "x@users.example", "", "no address"]
    assert await directory.by_email(asked) == {"priya@example.com": seed.PRIYA}
    assert await directory.by_email(asked) == {"priya@example.com": seed.PRIYA}
    assert count(workspace, "users.lookupByEmail") == 2


async def test_a_directory_that_does_not_answer_says_so_and_keeps_what_it_knew(workspace: Workspace) -> None:
    directory = directory_of(workspace)
    await directory.by_email(["priya@example.com"])
    fault = {"fault": "error", "method": "users.lookupByEmail", "error": "service_unavailable", "times": 9}
    workspace.fault(fault)
    with pytest.raises(Temporary):
        await directory.by_email(["priya@example.com", "ada@example.com"])
    assert await directory.by_email(["priya@example.com"]) == {"priya@example.com": seed.PRIYA}


async def test_whose_clock_stands_where_is_said_of_those_whom_slack_knows(workspace: Workspace) -> None:
    found = await directory_of(workspace).offsets([seed.PRIYA, seed.VICTOR, "U0NOBODY"])
    assert found == {seed.PRIYA: 19_800, seed.VICTOR: -18_000}


async def test_the_directory_knows_who_is_in_a_user_group(workspace: Workspace) -> None:
    assert await directory_of(workspace).members("S0PRODUCT") == {seed.PRIYA, seed.VICTOR}
