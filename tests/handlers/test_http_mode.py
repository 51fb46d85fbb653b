"""The door for Slack's requests, knocked at over a real port by whoever likes: who is let in, and what others hear."""

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.adapters.chat.socket import build_app
from bot.core.errors import Misconfigured
from handlers import http_mode
from handlers.http_mode import AGE_SECONDS_MAX, BODY_BYTES_MAX, HEARD_SECONDS, HttpMode

NOW = 1_800_000_000.25
SECRET = "the-apps-own"  # noqa: S105 - made up
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
BY = {"team_id": "T0", "channel_id": "C0", "user_id": "U0", "trigger_id": "1.2.3"}
COMMAND = urlencode({"command": "/release", "text": "list", **BY})


def signed(body: str | bytes, at: float = NOW, secret: str = SECRET) -> dict[str, str]:
    timestamp = str(int(at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": str(signature)}


@dataclass
class Knocking:
    """The door, what was let in by it, and a stranger's way to it."""

    door: HttpMode
    session: aiohttp.ClientSession
    let_in: list[str] = field(default_factory=list)

    async def post(self, body: str | bytes, headers: Mapping[str, str], content_type: str = FORM) -> tuple[int, str]:
        data = io.BytesIO(body.encode() if isinstance(body, str) else body)
        written = {"Content-Type": content_type, **headers}
        async with self.session.post(self.door.url, data=data, headers=written) as answer:
            return answer.status, await answer.text()

    async def write(self, request: bytes) -> "asyncio.StreamReader":
        """The very bytes; the connection ends with what was written."""
        reader, writer = await self.connect()
        writer.write(request)
        writer.close()
        return reader

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self.door.url.split("/")[2].split(":")
        return await asyncio.open_connection(host, int(port))


@pytest.fixture
async def knocking() -> AsyncIterator[Knocking]:
    app = build_app("xoxb-1")
    door = HttpMode(app, SECRET, "127.0.0.1", 0, clock=lambda: NOW)
    async with aiohttp.ClientSession() as session:
        here = Knocking(door, session)

        async def take(ack: Any, body: dict[str, Any]) -> None:
            here.let_in.append(body["text"])
            await ack("heard")

        app.command("/release")(take)
        await door.start()
        yield here
        await door.stop()


# ── Slack itself ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_slack_has_signed_is_let_in_and_its_ack_is_the_answer(knocking: Knocking) -> None:
    assert await knocking.post(COMMAND, signed(COMMAND)) == (200, "heard")
    assert (knocking.let_in, knocking.door.refused, knocking.door.trouble) == (["list"], 0, "")


async def test_the_challenge_is_answered_only_to_slack(knocking: Knocking) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"})
    status, said = await knocking.post(body, signed(body), JSON)
    assert (status, json.loads(said)) == (200, {"challenge": "3eZbrw1aB"})
    assert await knocking.post(body, {}, JSON) == (401, "")


async def test_slacks_look_at_the_certificate_is_answered(knocking: Knocking) -> None:
    body = urlencode({"ssl_check": "1", "token": "x"})
    assert (await knocking.post(body, signed(body)))[0] == 200


@pytest.mark.parametrize("age_seconds", [-AGE_SECONDS_MAX, AGE_SECONDS_MAX], ids=["old", "ahead"])
async def test_a_clock_that_is_a_little_off_is_no_reason_to_refuse(knocking: Knocking, age_seconds: float) -> None:
    assert (await knocking.post(COMMAND, signed(COMMAND, NOW - 0.25 + age_seconds * 0.99)))[0] == 200


async def test_the_same_request_asks_once_and_its_answer_is_kept_for_as_long_as_it_could_be_believed(
    knocking: Knocking, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = signed(COMMAND)
    assert [await knocking.post(COMMAND, headers) for _ in range(3)] == [(200, "heard")] * 3
    assert knocking.let_in == ["list"]
    later = NOW + HEARD_SECONDS + 1
    monkeypatch.setattr(knocking.door, "_clock", lambda: later)
    assert await knocking.post(COMMAND, headers) == (401, "")
    monkeypatch.setattr(knocking.door, "_verifier", SignatureVerifier(SECRET, http_mode._GivenClock(lambda: later)))
    assert await knocking.post(COMMAND, signed(COMMAND, later)) == (200, "heard")
    assert knocking.let_in == ["list"] * 2
    assert len(knocking.door._heard) == 1


# ── everybody else ───────────────────────────────────────────────────────────────────────────────────────────────────


def without(name: str) -> dict[str, str]:
    return {key: value for key, value in signed(COMMAND).items() if key != name}


REFUSED: dict[str, Callable[[], dict[str, str]]] = {
    "no headers": dict,
    "no time": lambda: without("X-Slack-Request-Timestamp"),
    "no signature": lambda: without("X-Slack-Signature"),
    "a time in words": lambda: signed(COMMAND) | {"X-Slack-Request-Timestamp": "yesterday"},
    "a time with a fraction": lambda: signed(COMMAND) | {"X-Slack-Request-Timestamp": f"{NOW}"},
    "a time with a sign": lambda: signed(COMMAND) | {"X-Slack-Request-Timestamp": f"+{NOW:.0f}"},
    "an endless time": lambda: signed(COMMAND) | {"X-Slack-Request-Timestamp": "9" * 5_000},
    "a time in other digits": lambda: signed(COMMAND) | {"X-Slack-Request-Timestamp": "١٨٠٠٠٠٠٠٠٠"},
    "an old request": lambda: signed(COMMAND, NOW - AGE_SECONDS_MAX - 1),
    "a request of the future": lambda: signed(COMMAND, NOW + AGE_SECONDS_MAX + 1),
    "another secret": lambda: signed(COMMAND, secret="the-apps-old-one"),  # noqa: S106 - made up
    "another body": lambda: signed(COMMAND + "&text=other"),
    "another time": lambda: signed(COMMAND, NOW - 1) | {"X-Slack-Request-Timestamp": f"{NOW:.0f}"},
    "an empty signature": lambda: signed(COMMAND) | {"X-Slack-Signature": ""},
    "a signature of another form": lambda: signed(COMMAND) | {"X-Slack-Signature": "v1=" + "0" * 64},
    "a signature of other letters": lambda: signed(COMMAND) | {"X-Slack-Signature": "v0=" + "é" * 64},
}


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
async def test_whoever_is_not_slack_is_refused_and_nothing_is_parsed(
    knocking: Knocking, headers: Callable[[], dict[str, str]]
) -> None:
    assert await knocking.post(COMMAND, headers()) == (401, "")
    assert (knocking.let_in, knocking.door.refused) == ([], 1)


async def test_bytes_that_are_no_text_are_not_slacks(knocking: Knocking) -> None:
    assert await knocking.post(b"\xff\xfe" + COMMAND.encode(), signed(COMMAND)) == (401, "")


async def test_a_body_without_end_is_not_read(knocking: Knocking) -> None:
    body = "x" * (BODY_BYTES_MAX + 1)
    assert (await knocking.post(body, signed(body)))[0] == 413


async def test_there_is_one_path_and_one_method(knocking: Knocking) -> None:
    """Above all no `/metrics`: this port is open to the world."""
    base = knocking.door.url.removesuffix(http_mode.PATH)
    for method, path, status in (
        ("GET", http_mode.PATH, 405),
        ("PUT", http_mode.PATH, 405),
        ("POST", "/slack", 404),
        ("GET", "/", 404),
        *(("GET", f"/{page}", 404) for page in ("metrics", "healthz", "readyz")),
    ):
        async with knocking.session.request(method, base + path, headers=signed("")) as answer:
            assert answer.status == status, (method, path)


GARBAGE = {
    "nothing": ("", JSON, 404),
    "half of JSON": ('{"type": "event_ca', JSON, 400),
    "a list": ("[1, 2]", JSON, 400),
    "a string": ('"hello"', JSON, 400),
    "a number in a form": ("payload=3", FORM, 400),
    "a hundred thousand brackets": ("[" * 100_000, JSON, 400),
    "an event that is a list": ('{"type": "event_callback", "event": [1]}', JSON, 400),
    "people that are numbers": ('{"type": "block_actions", "user": 4, "team": 5, "actions": 3}', JSON, 400),
    "a command that there is not": (urlencode({"command": "/deploy", "text": "x", **BY}), FORM, 404),
    "a command of nobody": ("command=%2Frelease&text=list", FORM, 400),
}


@pytest.mark.parametrize(("body", "content_type", "status"), GARBAGE.values(), ids=GARBAGE)
async def test_garbage_with_slacks_signature_is_an_error_and_the_door_stands(
    knocking: Knocking, body: str, content_type: str, status: int
) -> None:
    answered, said = await knocking.post(body, signed(body), content_type)
    assert answered == status
    assert "Traceback" not in said
    assert await knocking.post(COMMAND, signed(COMMAND)) == (200, "heard")


async def test_a_header_that_bolt_would_obey_does_not_come_through(knocking: Knocking) -> None:
    """Signatures cover no headers: somebody who replays a request could add them."""
    meddling = signed(COMMAND) | {"X-Slack-Bolt-Lazy-Only": "1", "X-Slack-Bolt-Lazy-Function-Name": "take"}
    assert await knocking.post(COMMAND, meddling) == (200, "heard")
    assert knocking.let_in == ["list"]


# ── halves ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def half_of(body: str) -> bytes:
    head = {"Host": "x", "Content-Type": FORM, "Content-Length": str(len(body)), **signed(body)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST {http_mode.PATH} HTTP/1.1\r\n{lines}\r\n{body[: len(body) // 2]}".encode()


async def test_half_a_body_does_nothing_and_is_no_error_of_ours(
    knocking: Knocking, caplog: pytest.LogCaptureFixture
) -> None:
    reader = await knocking.write(half_of(COMMAND))
    with contextlib.suppress(ConnectionError):
        await reader.read()
    assert await knocking.post(COMMAND, signed(COMMAND)) == (200, "heard")
    assert knocking.let_in == ["list"]
    assert "Traceback" not in caplog.text


async def test_a_body_whose_other_half_never_comes_is_not_waited_for(
    knocking: Knocking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_mode, "BODY_SECONDS_MAX", 0.05)
    reader, writer = await knocking.connect()
    writer.write(half_of(COMMAND))
    assert (await reader.readline()).startswith(b"HTTP/1.1 408")
    writer.close()
    assert knocking.let_in == []


# ── what is said about it ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_reason_is_said_once_until_slack_was_heard_again(
    knocking: Knocking, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await knocking.post(COMMAND, signed(COMMAND, secret="wrong"))  # noqa: S106 - made up
        await knocking.post(COMMAND, signed(COMMAND, NOW - 1_000))
        await knocking.post(COMMAND, signed(COMMAND))
        await knocking.post(COMMAND, signed(COMMAND, secret="wrong"))  # noqa: S106 - made up
    said = [record.getMessage().removeprefix("a request at Slack's door is refused: ") for record in caplog.records]
    assert said == [http_mode.FORGED, http_mode.OLD, http_mode.FORGED]
    assert "SLACK_SIGNING_SECRET" in said[0]
    assert knocking.door.refused == 5


async def nobody_listens(port: int) -> None:
    """Comes back when nobody does."""
    async with asyncio.timeout(5):
        with contextlib.suppress(ConnectionError):
            while True:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()


async def test_a_stop_lets_what_is_in_hand_be_answered_and_takes_nothing_more_in() -> None:
    app, begun = build_app("xoxb-1"), asyncio.Event()
    done = asyncio.Event()

    async def slowly(ack: Any) -> None:
        begun.set()
        await done.wait()
        await ack("done")

    app.command("/release")(slowly)
    door = HttpMode(app, SECRET, "127.0.0.1", 0, clock=lambda: NOW)
    await door.start()
    async with aiohttp.ClientSession() as session:
        here = Knocking(door, session)
        asked = asyncio.create_task(here.post(COMMAND, signed(COMMAND)))
        await begun.wait()
        port = int(door.url.split("/")[2].rpartition(":")[2])
        stopping = asyncio.create_task(door.stop())
        await nobody_listens(port)
        assert door.trouble == "the door for Slack's requests is closed"
        assert not asked.done()
        done.set()
        assert await asked == (200, "done")
        await stopping


async def test_a_port_that_is_taken_is_said_with_the_setting_of_this_door(knocking: Knocking) -> None:
    port = int(knocking.door.url.split("/")[2].rpartition(":")[2])
    second = HttpMode(build_app("xoxb-1"), SECRET, "127.0.0.1", port, clock=lambda: NOW)
    with pytest.raises(Misconfigured, match=r"in use.*SONGBIRD_SLACK_PORT names .* SONGBIRD_SLACK_HOST another"):
        await second.start()
    assert second.trouble
