"""The stand-in's modals, Home tab and trigger ids, opened by the real client."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.workspace import Workspace
from tests.contracts.workspace_fixtures import (
    ADA,
    PRIYA,
    Clock,
    a_workspace,
    actions,
    client_of,
    get_json,
    modal,
    refusal,
    section,
    text_input,
)


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


def home(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"type": "home", "blocks": list(blocks) or [section()]}


async def open_views(workspace: Workspace, user: str) -> list[dict[str, Any]]:
    return list((await get_json(workspace, f"/client/state?as={user}"))["views"])


async def test_a_modal_opens_for_the_person_whose_trigger_it_was(workspace: Workspace, client: AsyncWebClient) -> None:
    opened = await client.views_open(trigger_id=workspace.views.mint_trigger(ADA), view=modal(text_input()))
    assert [view["id"] for view in await open_views(workspace, ADA)] == [opened["view"]["id"]]
    assert await open_views(workspace, PRIYA) == []


async def test_a_trigger_opens_one_thing_and_only_for_three_seconds(
    workspace: Workspace, client: AsyncWebClient, clock: Clock
) -> None:
    used = workspace.views.mint_trigger(ADA)
    await client.views_open(trigger_id=used, view=modal())
    assert await refusal(client.views_open(trigger_id=used, view=modal())) == "exchanged_trigger_id"
    stale = workspace.views.mint_trigger(ADA)
    clock.advance(3.1)
    assert await refusal(client.views_open(trigger_id=stale, view=modal())) == "expired_trigger_id"
    assert await refusal(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"


async def test_a_view_that_is_refused_does_not_use_up_its_trigger(workspace: Workspace, client: AsyncWebClient) -> None:
    trigger = workspace.views.mint_trigger(ADA)
    too_long = modal(title={"type": "plain_text", "text": "x" * 25})
    assert await refusal(client.views_open(trigger_id=trigger, view=too_long)) == "invalid_arguments"
    assert (await client.views_open(trigger_id=trigger, view=modal()))["ok"]


@pytest.mark.parametrize(
    "view",
    [
        modal(*([section()] * 101)),
        modal(private_metadata="x" * 3001),
        modal(text_input(), submit=None),
        modal(text_input("b"), text_input("b")),
        modal({"type": "markdown", "text": "x"}),
        {"type": "modal", "blocks": [section()]},
        home(),
    ],
    ids=["101 blocks", "3001 of metadata", "no submit", "one id twice", "markdown", "no title", "not a modal"],
)
async def test_a_modal_that_slack_would_not_take_is_refused(
    workspace: Workspace, client: AsyncWebClient, view: dict[str, Any]
) -> None:
    call = client.views_open(trigger_id=workspace.views.mint_trigger(ADA), view=view)
    assert await refusal(call) == "invalid_arguments"


async def test_a_view_of_more_than_a_quarter_of_a_megabyte_is_too_large(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    select = {
        "type": "static_select",
        "options": [{"text": {"type": "plain_text", "text": "x" * 75}, "value": "x" * 150}] * 100,
    }
    large = modal(*(actions({**select, "action_id": "pick"}, block_id=f"b{number}") for number in range(12)))
    call = client.views_open(trigger_id=workspace.views.mint_trigger(ADA), view=large)
    assert await refusal(call) == "view_too_large"


async def test_modals_stack_three_deep(workspace: Workspace, client: AsyncWebClient) -> None:
    root = await client.views_open(trigger_id=workspace.views.mint_trigger(ADA), view=modal())
    pushed = root
    for _each in range(2):
        trigger = workspace.views.mint_trigger(ADA, from_modal=True)
        pushed = await client.views_push(trigger_id=trigger, view=modal())
    assert pushed["view"]["root_view_id"] == root["view"]["id"]
    trigger = workspace.views.mint_trigger(ADA, from_modal=True)
    assert await refusal(client.views_push(trigger_id=trigger, view=modal())) == "push_limit_reached"


async def test_nothing_is_pushed_onto_an_empty_stack(workspace: Workspace, client: AsyncWebClient) -> None:
    trigger = workspace.views.mint_trigger(ADA, from_modal=True)
    assert await refusal(client.views_push(trigger_id=trigger, view=modal())) == "not_found"


async def test_an_update_with_an_old_hash_is_refused(workspace: Workspace, client: AsyncWebClient) -> None:
    view = (await client.views_open(trigger_id=workspace.views.mint_trigger(ADA), view=modal()))["view"]
    newer = await client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("newer")))
    assert newer["view"]["hash"] != view["hash"]
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("stale")))
    assert await refusal(stale) == "hash_conflict"
    assert await refusal(client.views_update(view_id="V0NONE", view=modal())) == "not_found"


async def test_a_view_is_found_by_the_apps_own_id_which_is_unique(workspace: Workspace, client: AsyncWebClient) -> None:
    named = modal(external_id="concern-1")
    await client.views_open(trigger_id=workspace.views.mint_trigger(ADA), view=named)
    assert (await client.views_update(external_id="concern-1", view=named))["ok"]
    again = client.views_open(trigger_id=workspace.views.mint_trigger(PRIYA), view=named)
    assert await refusal(again) == "duplicate_external_id"


async def test_home_is_published_for_each_person_and_guarded_by_its_hash(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    view = (await client.views_publish(user_id=ADA, view=home(section("one"))))["view"]
    await client.views_publish(user_id=ADA, view=home(section("two")))
    shown = (await get_json(workspace, f"/client/state?as={ADA}"))["home"]
    assert shown["blocks"][0]["text"]["text"] == "two"
    assert (await get_json(workspace, f"/client/state?as={PRIYA}"))["home"] is None
    assert await refusal(client.views_publish(user_id=ADA, view=home(), hash=view["hash"])) == "hash_conflict"
    assert await refusal(client.views_publish(user_id="U0NOBODY", view=home())) == "user_not_found"


async def test_a_modal_is_not_published_as_home(client: AsyncWebClient) -> None:
    assert await refusal(client.views_publish(user_id=ADA, view=modal())) == "invalid_arguments"
