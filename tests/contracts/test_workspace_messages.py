"""The stand-in workspace's messages, channels and people, asked for by the real slack_sdk client."""

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Workspace
from tests.contracts.workspace_fixtures import (
    ADA,
    BOARD,
    COFFEE,
    ENGINEERING,
    PRIYA,
    RELEASES,
    a_workspace,
    actions,
    as_person,
    button,
    client_of,
    get_json,
    refusal,
    section,
)

KEYED = {"event_type": "songbird_effect", "event_payload": {"key": "shop-1/card"}}


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with a_workspace() as started:
        yield started


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return client_of(workspace)


async def test_the_bot_learns_who_it_is_and_which_scopes_it_has(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert (answer["user_id"], answer["team_id"]) == ("U0SONGBIRD", "T0SONGBIRD")
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


async def test_a_posted_message_is_found_in_the_history_with_its_metadata(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=RELEASES, text="hello", blocks=[section()], metadata=KEYED)
    history = await client.conversations_history(channel=RELEASES, include_all_metadata=True)
    found = history["messages"][0]
    assert (found["ts"], found["metadata"], found["bot_id"]) == (posted["ts"], KEYED, "B0SONGBIRD")


async def test_without_asking_for_metadata_only_its_type_is_told(client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=RELEASES, text="hello", metadata=KEYED)
    history = await client.conversations_history(channel=RELEASES)
    assert history["messages"][0]["metadata"] == {"event_type": "songbird_effect"}


async def test_blocks_and_buttons_without_ids_are_given_some(client: AsyncWebClient) -> None:
    nameless = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
    blocks = [{"type": "divider"}, {"type": "actions", "elements": [nameless]}]
    message = (await client.chat_postMessage(channel=RELEASES, text="x", blocks=blocks))["message"]
    ids = [block["block_id"] for block in message["blocks"]]
    assert len(set(ids)) == 2
    assert message["blocks"][1]["elements"][0]["action_id"]


async def test_every_message_has_a_later_timestamp_even_when_time_stands_still() -> None:
    async with a_workspace(clock=lambda: 1_700_000_000.0) as workspace:
        client = client_of(workspace)
        stamps = [(await client.chat_postMessage(channel=RELEASES, text="x"))["ts"] for _each in range(5)]
    assert stamps == sorted(set(stamps))


async def test_a_thread_counts_its_replies_and_stays_out_of_the_channel(client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=RELEASES, text="parent"))["ts"]
    await client.chat_postMessage(channel=RELEASES, text="quiet", thread_ts=parent)
    loud = await client.chat_postMessage(channel=RELEASES, text="loud", thread_ts=parent, reply_broadcast=True)
    in_channel = (await client.conversations_history(channel=RELEASES))["messages"]
    in_thread = (await client.conversations_replies(channel=RELEASES, ts=parent))["messages"]
    assert [message["text"] for message in in_channel] == ["loud", "parent"]
    assert [message["text"] for message in in_thread] == ["parent", "quiet", "loud"]
    assert (in_thread[0]["reply_count"], in_thread[0]["latest_reply"]) == (2, loud["ts"])


async def test_replies_can_be_read_from_a_moment_on(client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=RELEASES, text="parent"))["ts"]
    replies = [(await client.chat_postMessage(channel=RELEASES, text=f"{n}", thread_ts=parent))["ts"] for n in range(4)]
    later = await client.conversations_replies(channel=RELEASES, ts=parent, oldest=replies[1])
    assert [message["text"] for message in later["messages"]] == ["parent", "2", "3"]


async def test_a_long_history_comes_in_pages(client: AsyncWebClient) -> None:
    for number in range(5):
        await client.chat_postMessage(channel=RELEASES, text=str(number))
    texts: list[str] = []
    cursor = ""
    while True:
        page = await client.conversations_history(channel=RELEASES, limit=2, cursor=cursor)
        texts += [message["text"] for message in page["messages"]]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert texts == ["4", "3", "2", "1", "0"]


async def test_an_update_with_text_alone_removes_the_blocks_and_keeps_the_metadata(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=RELEASES, text="a", blocks=[section()], metadata=KEYED))["ts"]
    message = (await client.chat_update(channel=RELEASES, ts=ts, text="b"))["message"]
    assert "blocks" not in message
    assert (message["text"], message["metadata"]) == ("b", KEYED)
    assert message["edited"]["user"] == "U0SONGBIRD"


async def test_an_update_keeps_attachments_until_they_are_taken_away(client: AsyncWebClient) -> None:
    attachments = [{"color": "#c23b5a", "text": "red"}]
    ts = (await client.chat_postMessage(channel=RELEASES, text="a", attachments=attachments))["ts"]
    kept = (await client.chat_update(channel=RELEASES, ts=ts, text="b"))["message"]
    gone = (await client.chat_update(channel=RELEASES, ts=ts, text="c", attachments=[]))["message"]
    assert (kept["attachments"][0]["text"], "attachments" in gone) == ("red", False)


async def test_only_an_update_without_blocks_is_shown_as_an_edit(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=RELEASES, text="a", blocks=[section("one")]))["ts"]
    card = (await client.chat_update(channel=RELEASES, ts=ts, text="b", blocks=[section("two")]))["message"]
    assert (card["blocks"][0]["text"]["text"], "edited" in card) == ("two", False)


async def test_metadata_is_replaced_by_new_and_removed_by_an_empty_one(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=RELEASES, text="a", metadata=KEYED))["ts"]
    other = {"event_type": "songbird_effect", "event_payload": {"key": "other"}}
    assert (await client.chat_update(channel=RELEASES, ts=ts, text="b", metadata=other))["message"]["metadata"] == other
    bare = await client.api_call("chat.update", json={"channel": RELEASES, "ts": ts, "text": "c", "metadata": {}})
    assert "metadata" not in bare["message"]


async def test_an_update_keeps_a_message_in_its_thread(client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=RELEASES, text="parent"))["ts"]
    reply = (await client.chat_postMessage(channel=RELEASES, text="reply", thread_ts=parent))["ts"]
    await client.chat_update(channel=RELEASES, ts=reply, text="better")
    thread = (await client.conversations_replies(channel=RELEASES, ts=parent))["messages"]
    assert [message["text"] for message in thread] == ["parent", "better"]


async def test_a_persons_message_cannot_be_edited_by_the_bot(workspace: Workspace, client: AsyncWebClient) -> None:
    said = await as_person(workspace, ADA, "message", channel=RELEASES, text="mine")
    assert await refusal(client.chat_update(channel=RELEASES, ts=said["ts"], text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=RELEASES, ts=said["ts"])) == "cant_delete_message"


async def test_a_deleted_parent_leaves_a_tombstone_over_its_thread(client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=RELEASES, text="parent"))["ts"]
    await client.chat_postMessage(channel=RELEASES, text="reply", thread_ts=parent)
    await client.chat_delete(channel=RELEASES, ts=parent)
    thread = (await client.conversations_replies(channel=RELEASES, ts=parent))["messages"]
    assert [message.get("subtype") for message in thread] == ["tombstone", None]


async def test_a_deleted_reply_is_no_longer_counted(client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=RELEASES, text="parent"))["ts"]
    reply = (await client.chat_postMessage(channel=RELEASES, text="reply", thread_ts=parent))["ts"]
    await client.chat_delete(channel=RELEASES, ts=reply)
    assert "reply_count" not in (await client.conversations_history(channel=RELEASES))["messages"][0]


async def test_an_ephemeral_message_is_not_in_the_history_and_cannot_be_updated(client: AsyncWebClient) -> None:
    told = await client.chat_postEphemeral(channel=RELEASES, user=ADA, text="between us")
    assert (await client.conversations_history(channel=RELEASES))["messages"] == []
    assert await refusal(client.chat_update(channel=RELEASES, ts=told["message_ts"], text="x")) == "message_not_found"


async def test_a_reply_to_a_message_that_is_not_there_is_refused(client: AsyncWebClient) -> None:
    call = client.chat_postMessage(channel=RELEASES, text="x", thread_ts="1700000000.000001")
    assert await refusal(call) == "thread_not_found"


async def test_a_permalink_of_a_reply_names_its_thread(client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=RELEASES, text="parent"))["ts"]
    reply = (await client.chat_postMessage(channel=RELEASES, text="reply", thread_ts=parent))["ts"]
    link = (await client.chat_getPermalink(channel=RELEASES, message_ts=reply))["permalink"]
    assert f"/archives/{RELEASES}/p{reply.replace('.', '')}?thread_ts={parent}&cid={RELEASES}" in link


async def test_a_reaction_counts_once_per_person(client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=RELEASES, text="x"))["ts"]
    await client.reactions_add(channel=RELEASES, timestamp=ts, name="eyes")
    assert await refusal(client.reactions_add(channel=RELEASES, timestamp=ts, name="eyes")) == "already_reacted"


@pytest.mark.parametrize(
    ("channel", "error"),
    [(COFFEE, "not_in_channel"), ("C0NOWHERE", "channel_not_found"), ("nowhere", "channel_not_found")],
)
async def test_posting_where_the_bot_is_not_is_refused(client: AsyncWebClient, channel: str, error: str) -> None:
    assert await refusal(client.chat_postMessage(channel=channel, text="x")) == error


async def test_after_joining_a_channel_the_bot_may_post_in_it(client: AsyncWebClient) -> None:
    await client.conversations_join(channel=COFFEE)
    assert (await client.chat_postMessage(channel=COFFEE, text="x"))["ok"]
    assert "U0SONGBIRD" in (await client.conversations_members(channel=COFFEE))["members"]


async def test_a_channel_is_found_by_its_name_and_a_person_by_their_id(client: AsyncWebClient) -> None:
    assert (await client.chat_postMessage(channel="#engineering", text="x"))["channel"] == ENGINEERING
    assert (await client.chat_postMessage(channel=PRIYA, text="x"))["channel"] == "D0PRIYA"


async def test_channels_are_listed_by_type(client: AsyncWebClient) -> None:
    public = (await client.conversations_list())["channels"]
    private = (await client.conversations_list(types="private_channel"))["channels"]
    assert {channel["name"]: channel["is_member"] for channel in public}["coffee"] is False
    assert [channel["id"] for channel in private] == [BOARD]


async def test_people_are_found_by_id_and_by_email(client: AsyncWebClient) -> None:
    ada = (await client.users_info(user=ADA))["user"]
    assert (ada["profile"]["email"], ada["tz"]) == ("ada@example.com", "Europe/London")
    assert (await client.users_lookupByEmail(email="Priya@example.com"))["user"]["id"] == PRIYA
    assert await refusal(client.users_lookupByEmail(email="nobody@example.com")) == "users_not_found"
    assert await refusal(client.users_info(user="U0NOBODY")) == "user_not_found"


async def test_groups_have_members(client: AsyncWebClient) -> None:
    groups = (await client.usergroups_list(include_users=True))["usergroups"]
    assert {group["handle"]: group["users"] for group in groups}["product"] == [PRIYA, "U0VICTOR"]
    assert (await client.usergroups_users_list(usergroup="S0QA"))["users"] == ["U0QUINN"]
    assert await refusal(client.usergroups_users_list(usergroup="S0X")) == "no_such_subteam"


async def test_two_messages_with_one_key_are_counted_as_a_duplicate_even_when_one_is_deleted(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    first = (await client.chat_postMessage(channel=RELEASES, text="x", metadata=KEYED))["ts"]
    second = (await client.chat_postMessage(channel=RELEASES, text="x", metadata=KEYED))["ts"]
    await client.chat_delete(channel=RELEASES, ts=second)
    calls = await get_json(workspace, "/control/calls")
    expected = {"channel": RELEASES, "event_type": "songbird_effect", "key": "shop-1/card", "ts": [first, second]}
    assert calls["duplicates"] == [expected]
    assert (calls["posts"], calls["edits"]) == (2, 0)


async def test_a_button_in_an_attachment_can_be_pressed_like_any_other(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    attachment = {"color": "#c23b5a", "blocks": [actions(button())]}
    ts = (await client.chat_postMessage(channel=RELEASES, text="x", attachments=[attachment]))["ts"]
    pressed = {"type": "button", "action_id": "go", "block_id": "decide"}
    answer = await as_person(workspace, ADA, "action", channel=RELEASES, message_ts=ts, action=pressed)
    assert answer["error"] == "app_not_connected"  # found, and only then is there nobody to tell
