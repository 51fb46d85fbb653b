"""Modals in which a text is edited: long fields, several of them, menus, a button beside a text, one over another."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from bot.sandbox.workspace import Workspace
from tests.contracts.workspace_fixtures import (
    ADA,
    a_workspace,
    as_person,
    bolt_app,
    button,
    client_of,
    connected,
    modal,
    refusal,
    section,
    text_input,
    until,
)

Json = dict[str, Any]
LONG = "A line of the release notes.\n" * 100


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with a_workspace() as started:
        yield started


@pytest.fixture
def app(workspace: Workspace) -> AsyncApp:
    return bolt_app(workspace)


def long_input(block_id: str = "text", value: str = LONG, **more: object) -> Json:
    element = {"type": "plain_text_input", "action_id": "text", "multiline": True, "initial_value": value, **more}
    return text_input(block_id, element=element)


def option(value: str) -> Json:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def menu(initial: Json | None = None) -> Json:
    element: Json = {"type": "static_select", "action_id": "kind", "options": [option("notes"), option("faq")]}
    return text_input("kind", element={**element, "initial_option": initial} if initial else element)


def opened(workspace: Workspace, *blocks: Json) -> str:
    return workspace.views.open(workspace.views.mint_trigger(ADA), modal(*blocks)).id


def typed(text: str) -> Json:
    return {"text": {"type": "plain_text_input", "value": text}}


async def test_a_text_of_three_thousand_characters_comes_back_as_it_was_and_as_it_was_edited(
    workspace: Workspace, app: AsyncApp
) -> None:
    seen: list[Json] = []

    @app.view("asking")
    async def asking(ack: Any, view: Json) -> None:
        seen.append(view["state"]["values"])
        await ack()

    full = "x" * 3_000
    view_id = opened(workspace, *(long_input(f"part-{number}", full) for number in range(10)), menu(option("faq")))
    async with connected(workspace, app):
        values = {"part-3": typed(LONG)}
        assert await as_person(workspace, ADA, "view_submission", view_id=view_id, values=values) == {"ok": True}
    assert seen[0]["part-3"]["text"]["value"] == LONG
    assert seen[0]["part-4"]["text"]["value"] == full
    assert seen[0]["kind"]["kind"]["selected_option"] == option("faq")
    assert len(seen[0]) == 11


@pytest.mark.parametrize(
    "block",
    [
        long_input(value="x" * 3_001),
        menu(option("diagnosis")),
        menu({**option("faq"), "description": {"type": "plain_text", "text": "x"}}),
    ],
    ids=["3001 characters", "an option that is not there", "an option that differs in its description"],
)
async def test_a_field_does_not_begin_with_what_it_cannot_hold(workspace: Workspace, block: Json) -> None:
    call = client_of(workspace).views_open(trigger_id=workspace.views.mint_trigger(ADA), view=modal(block))
    assert await refusal(call) == "invalid_arguments"


@pytest.mark.parametrize(("limit", "longest"), [({}, 3_000), ({"max_length": 200}, 200)])
async def test_more_than_a_field_takes_is_refused_to_whoever_typed_it(
    workspace: Workspace, limit: Json, longest: int
) -> None:
    view_id = opened(workspace, long_input(value="", **limit))
    values = {"text": typed("x" * (longest + 1))}
    answer = await as_person(workspace, ADA, "view_submission", view_id=view_id, values=values)
    assert answer == {"ok": False, "errors": {"text": f"Please enter at most {longest} characters."}}


async def test_a_button_beside_a_text_pushes_a_modal_and_tells_what_was_typed_so_far(
    workspace: Workspace, app: AsyncApp
) -> None:
    seen: list[Json] = []

    @app.action("edit")
    async def edit(ack: Any, body: Json, client: Any) -> None:
        seen.append(body["view"]["state"]["values"])
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=modal(long_input()))

    beside = section("*Release notes*, version 2", block_id="notes", accessory=button("edit", "Edit", value="notes"))
    first = opened(workspace, beside, long_input("note", "why"), menu(option("faq")))
    action = {"type": "button", "action_id": "edit", "block_id": "notes"}
    async with connected(workspace, app):
        values = {"note": typed("because")}
        await as_person(workspace, ADA, "view_action", view_id=first, action=action, values=values)
        await until(lambda: len(workspace.views.stacks[ADA]) == 2)
    assert seen[0]["note"]["text"]["value"] == "because"
    assert seen[0]["kind"]["kind"]["selected_option"] == option("faq")
    pushed = workspace.views.stacks[ADA][1]
    assert (pushed.previous_id, pushed.root_id) == (first, first)


async def test_an_action_keeps_what_the_others_of_its_block_hold(workspace: Workspace, app: AsyncApp) -> None:
    seen: list[Json] = []

    async def picked(ack: Any, body: Json) -> None:
        seen.append(body["view"]["state"]["values"])
        await ack()

    app.action("a")(picked)
    app.action("b")(picked)
    select = {"type": "static_select", "options": [option("notes"), option("faq")]}
    two = {"type": "actions", "block_id": "two", "elements": [{**select, "action_id": each} for each in "ab"]}
    view_id = opened(workspace, two)
    async with connected(workspace, app):
        for name, value in (("a", "notes"), ("b", "faq")):
            action = {"type": "static_select", "block_id": "two", "action_id": name, "selected_option": option(value)}
            await as_person(workspace, ADA, "view_action", view_id=view_id, action=action)
    chosen = {name: entry["selected_option"]["value"] for name, entry in seen[-1]["two"].items()}
    assert chosen == {"a": "notes", "b": "faq"}
