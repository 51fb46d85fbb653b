"""The stand-in's requests, received by a bare server: what Slack's look like on the wire, and when they come again."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.workspace import Workspace
from tests.contracts.workspace_fixtures import (
    ADA,
    RELEASES,
    a_workspace,
    actions,
    as_person,
    button,
    client_of,
    control,
    get_json,
    until,
)

COMMAND: dict[str, Any] = {"channel": RELEASES, "command": "/stage", "text": "shop v1 & more"}


@dataclass
class Server:
    """An app that writes down what it is sent. `says` are its answers in turn, then 200s with nothing in them."""

    workspace: Workspace
    heard: list[tuple[dict[str, str], str]] = field(default_factory=list)
    says: list[web.Response] = field(default_factory=list)
    knows_challenges: bool = False

    async def receive(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.text()))
        if self.knows_challenges:
            return web.json_response({"challenge": (await request.json())["challenge"]})
        return self.says.pop(0) if self.says else web.Response()

    @property
    def bodies(self) -> list[str]:
        return [body for _, body in self.heard]

    def retries(self) -> list[tuple[str | None, str | None]]:
        return [(head.get("X-Slack-Retry-Num"), head.get("X-Slack-Retry-Reason")) for head, _ in self.heard]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with a_workspace() as workspace:
        server = Server(workspace)
        app = web.Application()
        app.add_routes([web.post("/here", server.receive)])
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        workspace.send_requests_to(f"http://127.0.0.1:{runner.addresses[0][1]}/here")
        yield server
        await runner.cleanup()


async def test_every_request_is_signed_as_slack_signs(server: Server) -> None:
    await as_person(server.workspace, ADA, "command", **COMMAND)
    await as_person(server.workspace, ADA, "home_opened")
    await until(lambda: len(server.heard) == 2)
    verifier = SignatureVerifier(server.workspace.signing_secret)
    assert all(verifier.is_valid_request(body, headers) for headers, body in server.heard)


async def test_a_command_is_a_form_a_press_is_json_in_a_form_and_an_event_is_json(server: Server) -> None:
    said = await client_of(server.workspace).chat_postMessage(
        channel=RELEASES, text="card", blocks=[actions(button(value="shop-1"))]
    )
    await as_person(server.workspace, ADA, "command", **COMMAND)
    pressed = {"block_id": "decide", "action_id": "go"}
    await as_person(server.workspace, ADA, "action", channel=RELEASES, message_ts=said["ts"], action=pressed)
    await as_person(server.workspace, ADA, "home_opened")
    await until(lambda: len(server.heard) == 3)
    command, press, event = server.bodies
    assert parse_qs(command)["text"] == ["shop v1 & more"]
    assert json.loads(parse_qs(press)["payload"][0])["actions"][0]["value"] == "shop-1"
    assert json.loads(event)["event"]["type"] == "app_home_opened"
    form, written = "application/x-www-form-urlencoded", "application/json"
    assert [headers["Content-Type"] for headers, _ in server.heard] == [form, form, written]


@pytest.mark.parametrize(
    "answer", [{"json": {"text": "on its way"}}, {"text": "on its way"}], ids=["in JSON", "in plain words"]
)
async def test_what_a_command_is_answered_is_shown_to_the_person(server: Server, answer: dict[str, Any]) -> None:
    server.says = [web.json_response(answer["json"]) if "json" in answer else web.Response(text=answer["text"])]
    assert await as_person(server.workspace, ADA, "command", **COMMAND) == {"ok": True}
    assert [each["text"] for each in server.workspace.state.ephemerals.values()] == ["on its way"]


async def test_an_app_that_answers_with_an_error_is_an_error_for_the_person(server: Server) -> None:
    server.says = [web.Response(status=500), web.Response(text="{", content_type="application/json")]
    answers = [await as_person(server.workspace, ADA, "command", **COMMAND) for _ in range(3)]
    assert [answer.get("error") for answer in answers] == ["dispatch_failed", "dispatch_failed", None]


async def test_an_app_that_is_away_or_slow_is_another(server: Server) -> None:
    server.workspace.fault({"fault": "delay_acks", "seconds": 30})
    slow = await as_person(server.workspace, ADA, "command", **COMMAND)
    server.workspace.send_requests_to("http://127.0.0.1:1/here")
    away = await as_person(server.workspace, ADA, "command", **COMMAND)
    assert [answer.get("error") for answer in (slow, away)] == ["operation_timeout", "app_not_connected"]


async def test_an_event_comes_again_with_its_number_and_why_until_it_is_acked(server: Server) -> None:
    server.says = [web.Response(status=503)]
    server.workspace.fault({"fault": "delay_acks", "seconds": 30})
    server.workspace.fault({"fault": "lose_acks"})
    await as_person(server.workspace, ADA, "home_opened")
    await until(lambda: server.workspace.delivery.sent[-1].ack_seconds is not None)
    assert server.retries() == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_timeout"),
        ("3", "connection_failed"),
    ]
    assert len(set(server.bodies)) == 1


async def test_a_persons_doing_never_comes_again_by_itself(server: Server) -> None:
    server.says = [web.Response(status=503)]
    await as_person(server.workspace, ADA, "command", **COMMAND)
    assert len(server.heard) == 1


async def test_a_duplicated_envelope_is_two_requests(server: Server) -> None:
    await control(server.workspace, "faults", fault="duplicate_envelope", method="slash_commands")
    await as_person(server.workspace, ADA, "command", **COMMAND)
    first, second = server.bodies
    assert first == second


async def test_the_page_says_whether_the_bot_was_reached(server: Server) -> None:
    async def shown() -> bool:
        return bool((await get_json(server.workspace, f"/client/state?as={ADA}"))["bot"]["connected"])

    assert not await shown()
    await as_person(server.workspace, ADA, "command", **COMMAND)
    assert await shown()
    server.workspace.send_requests_to("http://127.0.0.1:1/here")
    await as_person(server.workspace, ADA, "command", **COMMAND)
    assert not await shown()


async def test_the_url_is_verified_by_a_challenge(server: Server) -> None:
    assert not await server.workspace.finds_bot(), "an empty answer is none"
    asked = json.loads(server.bodies[-1])
    assert asked["type"] == "url_verification"
    server.knows_challenges = True
    assert await server.workspace.finds_bot()
