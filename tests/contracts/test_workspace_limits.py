"""The stand-in refuses what Slack refuses: sizes, counts, tokens, scopes and rates, with Slack's own words."""

import copy
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import App, Workspace
from bot.sandbox.workspace.blocks import elements, problems_of_message, problems_of_view, with_ids
from tests.contracts.workspace_fixtures import (
    ADA,
    COFFEE,
    ENGINEERING,
    RELEASES,
    Clock,
    a_workspace,
    actions,
    button,
    client_of,
    refusal,
    section,
)

Json = dict[str, Any]


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with a_workspace() as started:
        yield started


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return client_of(workspace)


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str = "One", value: str = "1") -> Json:
    return {"text": plain(text), "value": value}


def confirm(**changed: Json) -> Json:
    fields = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
    return {**fields, **changed}


def table(rows: int, columns: int) -> Json:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * columns for _row in range(rows)]}


ALLOWED: dict[str, list[Json]] = {
    "fifty blocks": [{"type": "divider"}] * 50,
    "a section of 3000 characters": [section("x" * 3000)],
    "ten fields of 1000": [{"type": "section", "fields": [plain("x" * 1000)] * 10}],
    "a header of 150": [{"type": "header", "text": plain("x" * 150)}],
    "25 buttons": [actions(*(button(f"a{number}") for number in range(25)))],
    "a button of 75 with a value of 2000": [actions(button(text="x" * 75, value="v" * 2000))],
    "ten in a context": [{"type": "context", "elements": [plain("x")] * 10}],
    "a confirm dialog": [actions(button(confirm=confirm(text=plain("x" * 300))))],
    "a table of 100 by 20": [table(100, 20)],
    "12000 of markdown": [{"type": "markdown", "text": "x" * 12_000}],
    "the same action_id in two blocks": [actions(button(), block_id="a"), actions(button(), block_id="b")],
}

REFUSED: dict[str, tuple[list[Json], str]] = {
    "51 blocks": ([{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    "a section of 3001": (
        [section("x" * 3001)],
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "an empty section": ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "a section of nothing": ([{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
    "11 fields": ([{"type": "section", "fields": [plain("x")] * 11}], "no more than 10 items allowed"),
    "a field of 2001": ([{"type": "section", "fields": [plain("x" * 2001)]}], "must be less than 2001 characters"),
    "a header of 151": ([{"type": "header", "text": plain("x" * 151)}], "must be less than 151 characters"),
    "mrkdwn in a header": ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "unsupported type: mrkdwn"),
    "26 buttons": ([actions(*(button(f"a{number}") for number in range(26)))], "no more than 25 items allowed"),
    "a button of 76": ([actions(button(text="x" * 76))], "must be less than 76 characters"),
    "a value of 2001": ([actions(button(value="x" * 2001))], "must be less than 2001 characters"),
    "an unknown style": ([actions(button(style="warning"))], "must be one of primary, danger"),
    "an action_id of 256": ([actions(button("x" * 256))], "must be less than 256 characters"),
    "11 in a context": ([{"type": "context", "elements": [plain("x")] * 11}], "no more than 10 items allowed"),
    "a button in a context": ([{"type": "context", "elements": [button()]}], "unsupported type: button"),
    "a confirm text of 301": ([actions(button(confirm=confirm(text=plain("x" * 301))))], "less than 301 characters"),
    "a confirm title of 101": ([actions(button(confirm=confirm(title=plain("x" * 101))))], "less than 101 characters"),
    "six in an overflow menu": (
        [actions({"type": "overflow", "action_id": "more", "options": [option()] * 6})],
        "no more than 5 items allowed",
    ),
    "101 options": (
        [actions({"type": "static_select", "action_id": "pick", "options": [option()] * 101})],
        "no more than 100 items allowed",
    ),
    "a placeholder of 151": (
        [actions({"type": "users_select", "action_id": "who", "placeholder": plain("x" * 151)})],
        "must be less than 151 characters",
    ),
    "a file that is named by its address": (
        [{"type": "image", "alt_text": "x", "slack_file": {"id": "https://example.com/x.png"}}],
        "input must match regex pattern: ^[F][A-Z0-9]{8,}$ [json-pointer:/blocks/0/slack_file/id]",
    ),
    "an image with no alt text": (
        [{"type": "image", "image_url": "https://example.com/x.png"}],
        "missing required field: alt_text",
    ),
    "101 rows": ([table(101, 2)], "no more than 100 items allowed"),
    "21 columns": ([table(2, 21)], "no more than 20 items allowed"),
    "two tables": ([table(1, 1), table(1, 1)], "only one table is allowed"),
    "12001 of markdown over two blocks": (
        [{"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * 6001}],
        "markdown must be less than 12001 characters altogether",
    ),
    "one block_id twice": ([section(block_id="b"), section(block_id="b")], 'block_id "b" is used more than once'),
    "one action_id twice in a block": ([actions(button(), button())], 'action_id "go" is used more than once'),
    "a field nobody knows": ([section(colour="red")], "invalid additional property: colour"),
    "a block nobody knows": ([{"type": "carousel"}], "unsupported type: carousel"),
}


def places_in(tree: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to everything inside a tree of JSON."""
    parts = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [each for key, part in parts for each in ((*path, key), *places_in(part, (*path, key)))]


def replaced(tree: object, path: tuple[Any, ...], new: object) -> Any:
    copied = copy.deepcopy(tree)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return copied


KITCHEN_SINK = [
    section(accessory=button(confirm=confirm()), fields=[plain("x")]),
    actions({"type": "static_select", "action_id": "pick", "options": [option()]}, button("b")),
    {"type": "context", "elements": [plain("x"), {"type": "image", "image_url": "https://x", "alt_text": "x"}]},
    {"type": "input", "label": plain("x"), "element": {"type": "plain_text_input", "action_id": "in"}},
    {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
    {"type": "markdown", "text": "x"},
    table(1, 2),
]
NONSENSE: list[Any] = [None, True, 7, "", "x", "button", "table", [], [None], ["x"], {}, {"type": "x"}, {"type": []}]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=repr)
def test_nonsense_anywhere_in_the_blocks_is_refused_or_given_ids_and_never_breaks_the_stand_in(
    nonsense: object,
) -> None:
    for place in places_in(KITCHEN_SINK):
        blocks = replaced(KITCHEN_SINK, place, nonsense)
        problems_of_view({"type": "modal", "blocks": blocks}, "modal")
        if not problems_of_message(blocks):
            given_ids = with_ids(blocks, lambda: "fresh")
            assert all(block["block_id"] for block in given_ids)
            assert all(element["action_id"] for _block, element in elements(given_ids))


@pytest.mark.parametrize("blocks", ALLOWED.values(), ids=ALLOWED.keys())
async def test_what_is_just_within_the_limits_is_posted(client: AsyncWebClient, blocks: list[Json]) -> None:
    assert (await client.chat_postMessage(channel=RELEASES, text="x", blocks=blocks))["ok"]


@pytest.mark.parametrize(("blocks", "sentence"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_just_past_a_limit_is_refused_with_a_pointer_to_it(
    client: AsyncWebClient, blocks: list[Json], sentence: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=RELEASES, text="x", blocks=blocks)
    answer = refused.value.response
    assert answer["error"] == "invalid_blocks"
    assert any(
        message.startswith("[ERROR] ") and sentence in message for message in answer["response_metadata"]["messages"]
    )
    assert (await client.conversations_history(channel=RELEASES))["messages"] == []


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"blocks": []}, "no_text"),
        ({"text": "x", "blocks": '{"not": "a list"}'}, "invalid_blocks_format"),
        ({"text": "x", "blocks": "[not json"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [section("x" * 2700)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
        ({"text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ({"text": "x", "metadata": {"event_type": "x", "event_payload": {"key": "x" * 9000}}}, "metadata_too_large"),
    ],
)
async def test_a_message_that_slack_would_not_take_is_refused(client: AsyncWebClient, said: Json, error: str) -> None:
    assert await refusal(client.api_call("chat.postMessage", json={"channel": RELEASES, **said})) == error


async def test_a_very_long_text_is_cut_when_posted_and_refused_when_it_is_an_update(client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=RELEASES, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    assert await refusal(client.chat_update(channel=RELEASES, ts=posted["ts"], text="x" * 4001)) == "msg_too_long"


async def test_arguments_may_come_as_a_form_as_json_or_in_the_query(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    blocks = '[{"type": "divider"}]'
    await client.api_call("chat.postMessage", data={"channel": RELEASES, "text": "form", "blocks": blocks})
    await client.api_call("chat.postMessage", params={"channel": RELEASES, "text": "query", "blocks": blocks})
    history = (await client.conversations_history(channel=RELEASES))["messages"]
    assert [(message["text"], message["blocks"][0]["type"]) for message in history] == [
        ("query", "divider"),
        ("form", "divider"),
    ]
    async with aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {workspace.bot_token}", "Content-Type": "application/json"}
        async with session.post(workspace.api_url + "chat.postMessage", data="{not json", headers=headers) as answer:
            assert (await answer.json())["error"] == "invalid_json"


# --- tokens and scopes ---
async def test_a_method_that_slack_does_not_have_is_unknown(client: AsyncWebClient) -> None:
    assert await refusal(client.api_call("chat.shout")) == "unknown_method"


async def test_a_missing_a_wrong_and_a_misplaced_token_are_told_apart(workspace: Workspace) -> None:
    nobody = AsyncWebClient(base_url=workspace.api_url, retry_handlers=[])
    assert await refusal(nobody.auth_test()) == "not_authed"
    assert await refusal(client_of(workspace, "xoxb-of-somebody-else").auth_test()) == "invalid_auth"
    app = client_of(workspace, workspace.app_token)
    assert await refusal(app.chat_postMessage(channel=RELEASES, text="x")) == "not_allowed_token_type"
    bot = client_of(workspace)
    assert await refusal(bot.apps_connections_open(app_token=workspace.bot_token)) == "not_allowed_token_type"


async def test_a_missing_scope_is_named_with_those_that_are_there() -> None:
    app = replace(App(), scopes=("chat:write", "channels:history"))
    async with a_workspace(app=app) as workspace:
        client = client_of(workspace)
        with pytest.raises(SlackApiError) as refused:
            await client.users_info(user=ADA)
        answer = refused.value.response
        assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")
        assert answer["provided"] == "chat:write,channels:history"
        assert answer.headers["X-OAuth-Scopes"] == "chat:write,channels:history"
        assert (await client.conversations_history(channel=RELEASES))["ok"]
        with pytest.raises(SlackApiError) as refused:
            await client.conversations_history(channel="G0BOARD")
        assert refused.value.response["needed"] == "groups:history"


async def test_emails_are_not_shown_without_their_scope() -> None:
    async with a_workspace(app=replace(App(), scopes=("users:read",))) as workspace:
        profile = (await client_of(workspace).users_info(user=ADA))["user"]["profile"]
    assert "email" not in profile


async def test_writing_in_public_channels_without_joining_is_a_scope_of_its_own() -> None:
    async with a_workspace(app=replace(App(), scopes=("chat:write", "chat:write.public"))) as workspace:
        assert (await client_of(workspace).chat_postMessage(channel=COFFEE, text="x"))["ok"]


async def test_an_app_is_granted_what_its_manifest_asks_for() -> None:
    manifest = {
        "display_information": {"name": "Songbird"},
        "features": {"slash_commands": [{"command": "/stage", "description": "Start"}]},
        "oauth_config": {"scopes": {"bot": ["chat:write"]}},
        "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
    }
    app = App.from_manifest(manifest)
    assert (app.scopes, app.events, app.home_tab) == (("chat:write",), frozenset({"app_mention"}), False)
    assert [command.command for command in app.commands] == ["/stage"]


# --- rates ---
async def test_posts_to_one_channel_are_limited_to_one_a_second_with_a_small_burst() -> None:
    clock = Clock()
    async with a_workspace(rate_scale=1.0, clock=clock) as workspace:
        client = client_of(workspace)
        for _each in range(3):
            await client.chat_postMessage(channel=RELEASES, text="x")
        with pytest.raises(SlackApiError) as refused:
            await client.chat_postMessage(channel=RELEASES, text="x")
        answer = refused.value.response
        assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "3")
        assert (await client.chat_postMessage(channel=ENGINEERING, text="x"))["ok"]  # each channel has its own
        clock.advance(3)
        assert (await client.chat_postMessage(channel=RELEASES, text="x"))["ok"]


async def test_edits_are_limited_to_fifty_a_minute_over_all_channels() -> None:
    clock = Clock()
    async with a_workspace(rate_scale=1.0, clock=clock) as workspace:
        client = client_of(workspace)
        places = [(await client.chat_postMessage(channel=each, text="x"))["ts"] for each in (RELEASES, ENGINEERING)]
        for number in range(50):
            channel = (RELEASES, ENGINEERING)[number % 2]
            await client.chat_update(channel=channel, ts=places[number % 2], text=str(number))
        clock.advance(20)
        with pytest.raises(SlackApiError) as refused:
            await client.chat_update(channel=RELEASES, ts=places[0], text="one more")
        assert refused.value.response.headers["Retry-After"] == "40"
        clock.advance(40)
        assert (await client.chat_update(channel=RELEASES, ts=places[0], text="one more"))["ok"]


async def test_a_scale_loosens_every_rate_alike() -> None:
    async with a_workspace(rate_scale=2.0, clock=Clock()) as workspace:
        client = client_of(workspace)
        for _each in range(6):
            await client.chat_postMessage(channel=RELEASES, text="x")
        assert await refusal(client.chat_postMessage(channel=RELEASES, text="x")) == "ratelimited"
