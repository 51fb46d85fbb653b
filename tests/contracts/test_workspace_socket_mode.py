"""Socket Mode against a real Bolt app: what persons do arrives, acks count only in time, connections come and go."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.workspace import App, Timing, Workspace
from tests.contracts.workspace_fixtures import (
    ADA,
    PRIYA,
    QUICK,
    RELEASES,
    Clock,
    a_workspace,
    actions,
    as_person,
    bolt_app,
    button,
    client_of,
    connected,
    control,
    get_json,
    modal,
    section,
    text_input,
    until,
)

Json = dict[str, Any]
TALKATIVE = replace(App(), events=frozenset({"app_mention", "app_home_opened", "message.im", "message.channels"}))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def workspace(clock: Clock) -> AsyncIterator[Workspace]:
    async with a_workspace(app=TALKATIVE, clock=clock) as started:
        yield started


@pytest.fixture
def app(workspace: Workspace) -> AsyncApp:
    return bolt_app(workspace)


async def card_of(workspace: Workspace, *blocks: Json) -> str:
    said = await client_of(workspace).chat_postMessage(
        channel=RELEASES, text="card", blocks=list(blocks) or [actions(button(value="shop-1"))]
    )
    return str(said["ts"])


async def press(workspace: Workspace, ts: str, user: str = ADA, action_id: str = "go", **chosen: object) -> Json:
    action = {"type": "button", "action_id": action_id, "block_id": "decide", **chosen}
    return await as_person(workspace, user, "action", channel=RELEASES, message_ts=ts, action=action)


async def whispers(workspace: Workspace) -> list[Json]:
    return list((await get_json(workspace, "/control/messages"))["ephemerals"])


async def envelopes(workspace: Workspace) -> list[Json]:
    return list((await get_json(workspace, "/control/envelopes"))["envelopes"])


# --- commands ---
async def test_a_command_arrives_and_its_ack_is_shown_to_the_person_alone(workspace: Workspace, app: AsyncApp) -> None:
    seen: list[Json] = []

    @app.command("/stage")
    async def stage(ack: Any, command: Json) -> None:
        seen.append(command)
        await ack("On its way.")

    async with connected(workspace, app):
        answer = await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text=" shop v1.1.0 ")
    assert answer == {"ok": True}
    assert (seen[0]["text"], seen[0]["user_id"], seen[0]["channel_name"]) == ("shop v1.1.0", ADA, "releases")
    assert [(each["text"], each["ephemeral_to"]) for each in await whispers(workspace)] == [("On its way.", ADA)]


async def test_a_command_may_answer_for_everybody(workspace: Workspace, app: AsyncApp) -> None:
    @app.command("/stage")
    async def stage(ack: Any) -> None:
        await ack(response_type="in_channel", text="hello", blocks=[section()])

    async with connected(workspace, app):
        await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
    history = await client_of(workspace).conversations_history(channel=RELEASES)
    assert history["messages"][0]["blocks"][0]["type"] == "section"


async def test_a_command_that_the_app_does_not_have_is_not_sent(workspace: Workspace, app: AsyncApp) -> None:
    async with connected(workspace, app):
        answer = await as_person(workspace, ADA, "command", channel=RELEASES, command="/dance", text="")
    assert answer["error"] == "invalid_command"


async def test_without_a_bot_the_person_is_told_that_nobody_is_there(workspace: Workspace) -> None:
    answer = await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
    assert answer == {"ok": False, "error": "app_not_connected"}


async def test_an_ack_that_comes_too_late_counts_for_nothing(workspace: Workspace, app: AsyncApp) -> None:
    acked = asyncio.Event()

    @app.command("/stage")
    async def stage(ack: Any) -> None:
        await asyncio.sleep(QUICK.ack_seconds * 1.5)
        await ack("too late")
        acked.set()

    async with connected(workspace, app):
        answer = await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
        await acked.wait()
    assert answer == {"ok": False, "error": "operation_timeout"}
    assert await whispers(workspace) == []
    assert [each["error"] for each in await envelopes(workspace)] == ["operation_timeout"]


# --- response_url ---
async def test_a_response_url_works_five_times_in_half_an_hour(
    workspace: Workspace, app: AsyncApp, clock: Clock
) -> None:
    urls: list[str] = []

    @app.command("/stage")
    async def stage(ack: Any, command: Json) -> None:
        urls.append(command["response_url"])
        await ack()

    async with connected(workspace, app):
        for _each in range(2):
            await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
    first, second = (AsyncWebhookClient(url, retry_handlers=[]) for url in urls)
    assert [(await first.send(text=str(number))).status_code for number in range(6)] == [200] * 5 + [404]
    assert '"used_url"' in (await first.send(text="x")).body
    assert (await second.send(blocks=[section("x" * 3001)])).body == "invalid_blocks"
    clock.advance(1801)
    assert '"expired_url"' in (await second.send(text="x")).body
    assert [each["text"] for each in await whispers(workspace)] == ["0", "1", "2", "3", "4"]


async def test_the_answer_to_a_button_may_replace_or_delete_its_message(workspace: Workspace, app: AsyncApp) -> None:
    @app.action("go")
    async def go(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="replaced", replace_original=True)

    @app.action("away")
    async def away(ack: Any, respond: Any) -> None:
        await ack()
        await respond(delete_original=True)

    client = client_of(workspace)
    ts = await card_of(workspace, actions(button("go"), button("away")))
    whisper = await client.chat_postEphemeral(channel=RELEASES, user=ADA, text="psst", blocks=[actions(button("away"))])
    async with connected(workspace, app):
        await press(workspace, ts)
        await until(lambda: workspace.state.messages[RELEASES][ts]["text"] == "replaced")
        assert (await press(workspace, whisper["message_ts"], user=PRIYA, action_id="away"))["error"] == (
            "message_not_found"
        )
        await press(workspace, whisper["message_ts"], action_id="away")
        await until(lambda: not workspace.state.ephemerals)


# --- buttons ---
async def test_a_pressed_button_brings_the_message_and_its_stored_value(workspace: Workspace, app: AsyncApp) -> None:
    seen: list[Json] = []

    @app.action("go")
    async def go(ack: Any, body: Json) -> None:
        seen.append(body)
        await ack()

    ts = await card_of(workspace)
    async with connected(workspace, app):
        assert await press(workspace, ts, value="forged") == {"ok": True}
    body = seen[0]
    assert (body["actions"][0]["value"], body["message"]["ts"], body["user"]["id"]) == ("shop-1", ts, ADA)
    assert body["container"] == {"type": "message", "message_ts": ts, "channel_id": RELEASES, "is_ephemeral": False}
    assert body["response_url"].startswith(workspace.url)


async def test_a_button_that_is_no_longer_there_cannot_be_pressed(workspace: Workspace, app: AsyncApp) -> None:
    ts = await card_of(workspace)
    await client_of(workspace).chat_update(channel=RELEASES, ts=ts, text="decided")
    async with connected(workspace, app):
        assert (await press(workspace, ts))["error"] == "action_not_found"


async def test_what_is_chosen_in_a_menu_arrives_as_the_action_and_the_state(
    workspace: Workspace, app: AsyncApp
) -> None:
    seen: list[Json] = []

    @app.action("pick")
    async def pick(ack: Any, body: Json) -> None:
        seen.append(body)
        await ack()

    option = {"text": {"type": "plain_text", "text": "Hold"}, "value": "hold"}
    ts = await card_of(workspace, actions({"type": "static_select", "action_id": "pick", "options": [option]}))
    async with connected(workspace, app):
        await press(workspace, ts, action_id="pick", type="static_select", selected_option=option)
    assert seen[0]["actions"][0]["selected_option"]["value"] == "hold"
    assert seen[0]["state"]["values"]["decide"]["pick"]["selected_option"]["value"] == "hold"


async def test_an_ephemeral_message_is_not_handed_back_with_its_button(workspace: Workspace, app: AsyncApp) -> None:
    seen: list[Json] = []

    @app.action("go")
    async def go(ack: Any, body: Json) -> None:
        seen.append(body)
        await ack()

    whisper = await client_of(workspace).chat_postEphemeral(
        channel=RELEASES, user=ADA, text="psst", blocks=[actions(button())]
    )
    async with connected(workspace, app):
        await press(workspace, whisper["message_ts"])
    assert "message" not in seen[0]
    assert seen[0]["container"]["is_ephemeral"] is True


# --- modals ---
async def test_a_modal_is_opened_filled_in_corrected_and_closed(workspace: Workspace, app: AsyncApp) -> None:
    seen: list[Json] = []

    @app.action("go")
    async def go(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(text_input()))

    @app.view("asking")
    async def asking(ack: Any, view: Json) -> None:
        seen.append(view)
        if len(view["state"]["values"]["why"]["text"]["value"]) < 5:
            await ack(response_action="errors", errors={"why": "Say more."})
        else:
            await ack()

    ts = await card_of(workspace)
    async with connected(workspace, app):
        await press(workspace, ts)
        await until(lambda: workspace.views.stacks[ADA])
        view_id = workspace.views.stacks[ADA][0].id

        async def submit(text: str) -> Json:
            values = {"why": {"text": {"type": "plain_text_input", "value": text}}}
            return await as_person(workspace, ADA, "view_submission", view_id=view_id, values=values)

        nothing = await submit("")
        too_little = await submit("no")
        assert await submit("too slow for me") == {"ok": True}
    assert nothing == {"ok": False, "errors": {"why": "Please complete this required field."}}
    assert too_little == {"ok": False, "errors": {"why": "Say more."}}
    assert len(seen) == 2  # Slack itself asks for what is required
    assert workspace.views.stacks[ADA] == []


@pytest.mark.parametrize(
    ("answer", "titles"),
    [
        ({"response_action": "clear"}, []),
        ({"response_action": "update", "view": modal(section("new"))}, ["Concern", "Concern"]),
        ({"response_action": "push", "view": modal(section("third"))}, ["Concern", "Concern", "Concern"]),
        ({}, ["Concern"]),
    ],
    ids=["clear", "update", "push", "close"],
)
async def test_a_submission_may_clear_update_push_or_close(
    workspace: Workspace, app: AsyncApp, answer: Json, titles: list[str]
) -> None:
    @app.view("asking")
    async def asking(ack: Any) -> None:
        await ack(**answer)

    workspace.views.open(workspace.views.mint_trigger(ADA), modal())
    top = workspace.views.push_for(ADA, modal())
    async with connected(workspace, app):
        await as_person(workspace, ADA, "view_submission", view_id=top.id, values={})
    left = (await get_json(workspace, f"/client/state?as={ADA}"))["views"]
    assert [view["title"]["text"] for view in left] == titles


async def test_errors_for_a_block_that_is_not_there_are_the_bots_mistake(workspace: Workspace, app: AsyncApp) -> None:
    @app.view("asking")
    async def asking(ack: Any) -> None:
        await ack(response_action="errors", errors={"nowhere": "x"})

    view = workspace.views.open(workspace.views.mint_trigger(ADA), modal())
    async with connected(workspace, app):
        answer = await as_person(workspace, ADA, "view_submission", view_id=view.id, values={})
    assert answer["error"] == "invalid_response_action"


async def test_closing_is_told_only_to_an_app_that_asked_for_it(workspace: Workspace, app: AsyncApp) -> None:
    closed: list[Json] = []

    @app.view_closed("asking")
    async def on_closed(ack: Any, view: Json) -> None:
        closed.append(view)
        await ack()

    quiet = workspace.views.open(workspace.views.mint_trigger(ADA), modal())
    async with connected(workspace, app):
        await as_person(workspace, ADA, "view_closed", view_id=quiet.id)
        loud = workspace.views.open(workspace.views.mint_trigger(ADA), modal(notify_on_close=True))
        await as_person(workspace, ADA, "view_closed", view_id=loud.id)
    assert [view["id"] for view in closed] == [loud.id]


async def test_a_button_in_a_modal_may_push_another(workspace: Workspace, app: AsyncApp) -> None:
    @app.action("go")
    async def go(ack: Any, body: Json, client: Any) -> None:
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=modal())

    view = workspace.views.open(workspace.views.mint_trigger(ADA), modal(actions(button())))
    action = {"type": "button", "action_id": "go", "block_id": "decide"}
    async with connected(workspace, app):
        await as_person(workspace, ADA, "view_action", view_id=view.id, action=action)
        await until(lambda: len(workspace.views.stacks[ADA]) == 2)


async def test_shortcuts_arrive_with_and_without_a_message(workspace: Workspace, app: AsyncApp) -> None:
    seen: list[str] = []

    @app.shortcut(re.compile("stage|release_status"))
    async def taken(ack: Any, body: Json) -> None:
        seen.append(f"{body['type']} {body.get('message', {}).get('text', '')}".strip())
        await ack()

    ts = await card_of(workspace)
    async with connected(workspace, app):
        await as_person(workspace, ADA, "shortcut", callback_id="stage")
        await as_person(workspace, ADA, "shortcut", callback_id="release_status", channel=RELEASES, message_ts=ts)
    assert seen == ["shortcut", "message_action card"]


async def test_a_shortcut_that_no_manifest_announces_cannot_be_taken(workspace: Workspace, app: AsyncApp) -> None:
    ts = await card_of(workspace)
    async with connected(workspace, app):
        for taken in (
            {"callback_id": "release_status"},
            {"callback_id": "stage", "channel": RELEASES, "message_ts": ts},
        ):
            assert (await as_person(workspace, ADA, "shortcut", **taken))["error"] == "shortcut_not_found"


# --- events ---
async def test_mentions_messages_and_home_arrive_as_events(workspace: Workspace, app: AsyncApp) -> None:
    seen: list[tuple[str, str]] = []

    @app.event("app_mention")
    async def mention(event: Json) -> None:
        seen.append(("mention", event["text"]))

    @app.event("message")
    async def message(event: Json) -> None:
        seen.append((event["channel_type"], event["text"]))

    @app.event("app_home_opened")
    async def opened(event: Json) -> None:
        seen.append(("home", event["user"]))

    async with connected(workspace, app):
        await as_person(workspace, ADA, "message", channel=RELEASES, text="@songbird <why> & how in #engineering?")
        await as_person(workspace, ADA, "message", channel="D0ADA", text="hello")
        await as_person(workspace, ADA, "home_opened")
        await until(lambda: len(seen) == 4)
    text = "<@U0SONGBIRD> &lt;why&gt; &amp; how in <#C0ENGINEERING|engineering>?"
    assert sorted(seen) == sorted([("mention", text), ("channel", text), ("im", "hello"), ("home", ADA)])


async def test_events_that_the_app_did_not_subscribe_to_are_not_sent() -> None:
    async with a_workspace(app=replace(App(), events=frozenset({"app_mention"}))) as workspace:
        app = bolt_app(workspace)
        async with connected(workspace, app):
            await as_person(workspace, ADA, "message", channel=RELEASES, text="nobody is asked")
            await as_person(workspace, ADA, "home_opened")
        assert await envelopes(workspace) == []


async def test_an_event_that_is_not_acked_is_sent_again_with_its_number_and_the_reason(workspace: Workspace) -> None:
    """A bare websocket, which acks only the third attempt: Bolt would ack each."""
    opened = await client_of(workspace).apps_connections_open(app_token=workspace.app_token)
    attempts: list[Json] = []
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as socket:
        assert (await socket.receive_json())["type"] == "hello"
        await as_person(workspace, ADA, "home_opened")
        while len(attempts) < 3:
            attempts.append(await socket.receive_json())
        await socket.send_json({"envelope_id": attempts[-1]["envelope_id"]})
        await until(lambda: workspace.delivery.sent[-1].ack_seconds is not None)
    assert [(each["retry_attempt"], each["retry_reason"]) for each in attempts] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
    ]
    assert len({each["payload"]["event_id"] for each in attempts}) == 1
    assert attempts[0]["accepts_response_payload"] is False


async def test_an_event_waits_on_its_schedule_for_a_bot_that_is_away(workspace: Workspace, app: AsyncApp) -> None:
    seen: list[str] = []

    @app.event("app_home_opened")
    async def opened(event: Json) -> None:
        seen.append(event["user"])

    await as_person(workspace, ADA, "home_opened")
    async with connected(workspace, app):
        await until(lambda: seen)
    assert seen == [ADA]


# --- connections ---
async def test_two_connections_share_the_envelopes(workspace: Workspace, app: AsyncApp) -> None:
    @app.command("/stage")
    async def stage(ack: Any) -> None:
        await ack()

    received = [0, 0]
    async with connected(workspace, app, connections=2) as clients:
        for index, client in enumerate(clients):

            async def count(message: Any, index: int = index) -> None:
                received[index] += "envelope_id" in message.data

            client.on_message_listeners.append(count)
        for _each in range(4):
            await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
    assert received == [2, 2]


async def test_a_socket_address_is_used_once(workspace: Workspace) -> None:
    opened = await client_of(workspace).apps_connections_open(app_token=workspace.app_token)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(opened["url"]) as socket:
            assert (await socket.receive_json())["num_connections"] == 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])


async def test_the_eleventh_connection_is_told_that_there_are_too_many(workspace: Workspace) -> None:
    client = client_of(workspace)
    urls = [(await client.apps_connections_open(app_token=workspace.app_token))["url"] for _each in range(11)]
    async with aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(url) for url in urls]
        last = await sockets[-1].receive_json()
        for socket in sockets:
            await socket.close()
    assert (last["type"], last["reason"]) == ("disconnect", "too_many_websockets")


@pytest.mark.parametrize(
    "fault", [{"fault": "disconnect", "reason": "refresh_requested"}, {"fault": "drop_sockets"}], ids=["asked", "cut"]
)
async def test_a_bot_that_was_disconnected_comes_back_and_works(
    workspace: Workspace, app: AsyncApp, fault: Json
) -> None:
    @app.command("/stage")
    async def stage(ack: Any) -> None:
        await ack("here again")

    async with connected(workspace, app):
        before = workspace.sockets.connections[0]
        assert (await control(workspace, "faults", **fault))["ok"]
        await until(lambda: workspace.sockets.connections and before not in workspace.sockets.connections)
        answer = {"ok": False}
        for _again in range(20):  # the SDK may replace its connection once more while it settles
            answer = await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
            if answer["ok"]:
                break
            await asyncio.sleep(0.1)
    assert answer == {"ok": True}


# --- faults on envelopes and acks ---
async def test_a_duplicated_envelope_runs_the_listener_twice(workspace: Workspace, app: AsyncApp) -> None:
    triggers: list[str] = []

    @app.command("/stage")
    async def stage(ack: Any, command: Json) -> None:
        triggers.append(command["trigger_id"])
        await ack()

    await control(workspace, "faults", fault="duplicate_envelope", method="slash_commands")
    async with connected(workspace, app, connections=2):
        await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
        await until(lambda: len(triggers) == 2)
    assert len(set(triggers)) == 1


@pytest.mark.parametrize("fault", [{"fault": "lose_acks"}, {"fault": "delay_acks", "seconds": 0.5}])
async def test_a_lost_or_late_ack_is_a_time_out_for_the_person(
    workspace: Workspace, app: AsyncApp, fault: Json
) -> None:
    @app.command("/stage")
    async def stage(ack: Any) -> None:
        await ack()

    await control(workspace, "faults", **fault)
    async with connected(workspace, app):
        first = await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
        second = await as_person(workspace, ADA, "command", channel=RELEASES, command="/stage", text="")
    assert (first.get("error"), second) == ("operation_timeout", {"ok": True})


async def test_the_stand_in_waits_as_long_as_slack_does_unless_told_otherwise() -> None:
    timing = Timing()
    assert (timing.ack_seconds, timing.trigger_seconds) == (3.0, 3.0)
    assert timing.event_retry_delays_seconds == (0.0, 60.0, 300.0)
