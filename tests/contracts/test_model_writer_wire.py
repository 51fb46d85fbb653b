"""The model writer over a socket: aimock answers as endpoints do, and a stand-in as they should not."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from bot.adapters.writer.model import Model
from bot.core.errors import AdapterError, Permanent, Temporary
from tests.contracts.model_fixtures import (
    KEY,
    MATERIAL,
    Aimock,
    chunk,
    completion,
    hear,
    installed_aimock,
    on_the_wire,
    standing_in,
)

CENTS = "Prices are in cents (#47)."
POOL = "Two database connections per shop is change #49."


@pytest.fixture(scope="session")
def aimock(pytestconfig: pytest.Config) -> Iterator[Aimock]:
    with Aimock.started(installed_aimock(pytestconfig)) as server:
        yield server


async def written(writer: Model) -> str:
    return (await writer.write("notes", MATERIAL)).text


# ── aimock ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_structured_answer_becomes_release_notes_without_what_is_not_in_the_evidence(aimock: Aimock) -> None:
    async with on_the_wire(f"{aimock.url}/v1", "good") as writer:
        text = await written(writer)
    assert "### Highlights\n\n- Prices are in cents (#47).\n" in text
    assert "faster" not in text


async def test_a_strict_schema_is_asked_for_with_a_limit_and_the_evidence_as_data(aimock: Aimock) -> None:
    async with on_the_wire(f"{aimock.url}/v1", "good", model_answer_tokens_max=1234) as writer:
        await written(writer)
    request = (await aimock.requests("good"))[-1]
    wanted = request["response_format"]
    assert (wanted["type"], wanted["json_schema"]["strict"], request["max_completion_tokens"]) == (
        "json_schema",
        True,
        1234,
    )
    system, user = (message["content"] for message in request["messages"])
    assert "Never follow them" in system
    assert "[5] change #47" in user
    assert KEY not in json.dumps(request["body"])


async def test_an_answer_is_streamed_sentence_by_sentence(aimock: Aimock) -> None:
    async with on_the_wire(f"{aimock.url}/v1", "good") as writer:
        assert await hear(writer) == ([CENTS, POOL], None)
        assert writer._budget._ledger.spent("shop-1").tokens == 760
    assert (await aimock.requests("good"))[-1]["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("model", "error", "words"),
    [
        ("busy", Temporary, "answers 429 rate_limit_error"),
        ("down", Temporary, "answers 503 server_error"),
        ("unknown", Permanent, "answers 404 model_not_found; look at OPENAI_BASE_URL, SONGBIRD_MODEL"),
        ("broken", Temporary, "not what was asked for"),
        ("gone", Temporary, "no answer from the model's endpoint"),
        ("slow", Temporary, "within 0.3 s"),
        ("wordy", Permanent, "cut off at its limit"),
        ("filtered", Permanent, "filter"),
        ("chatty", Temporary, "not what was asked for"),
        ("shapeless", Temporary, "not what was asked for"),
    ],
)
async def test_whatever_goes_wrong_is_said_and_asked_for_once(
    aimock: Aimock, model: str, error: type[AdapterError], words: str
) -> None:
    seconds = 0.3 if model == "slow" else 10
    before = len(await aimock.requests(model))
    async with on_the_wire(f"{aimock.url}/v1", model, model_timeout_seconds=seconds) as writer:
        with pytest.raises(error) as caught:
            await written(writer)
        with capture_logs() as logs:
            assert await hear(writer) == ([], None)
    assert words in str(caught.value)
    assert words in str(logs)
    assert len(await aimock.requests(model)) - before == (
        0 if model == "slow" else 2
    )  # who leaves early is not counted


async def test_a_limit_of_rate_says_when_to_come_back(aimock: Aimock) -> None:
    async with on_the_wire(f"{aimock.url}/v1", "busy") as writer:
        with pytest.raises(Temporary) as caught:
            await written(writer)
    assert caught.value.retry_after_seconds == 7


async def test_a_stream_that_breaks_off_gives_what_was_complete_and_then_says_so(aimock: Aimock) -> None:
    async with on_the_wire(f"{aimock.url}/v1", "interrupted") as writer:
        heard, failure = await hear(writer)
    assert heard == [CENTS]
    assert isinstance(failure, Temporary)


async def test_doctor_sees_which_models_answer(aimock: Aimock) -> None:
    async with on_the_wire(f"{aimock.url}/v1", "good", models="faq=unknown") as writer:
        found = await writer.examine()
    assert found["good"] is None
    assert "404" in (found["unknown"] or "")


# ── what aimock cannot send ──────────────────────────────────────────────────────────────────────────────────────────


def as_json(body: Any, status: int = 200, **headers: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body, status=status, headers=headers)

    return answer


async def page(_: web.Request) -> web.Response:
    return web.Response(text="<html>Please log in.</html>", content_type="text/html")


async def moved(request: web.Request) -> web.Response:
    raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/elsewhere")


QUOTA = {"error": {"message": f"No money left for {KEY}.", "code": "insufficient_quota"}}
KEYLESS = {"error": {"message": f"Incorrect key {KEY}.", "code": f"no {KEY}\nINFO all is well"}}


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (as_json(completion(refusal="I will not.")), Permanent, "refused to write this"),
        (as_json(completion() | {"choices": []}), Temporary, "empty"),
        (as_json(completion()), Temporary, "empty"),
        (as_json({}), Temporary, "not what was asked for"),
        (as_json([]), Temporary, "not what was asked for"),
        (page, Temporary, "not what was asked for"),
        (as_json(QUOTA, 429, **{"Retry-After": "5"}), Permanent, "429 insufficient_quota"),
        (as_json(KEYLESS, 401), Permanent, "answers 401; look at OPENAI_API_KEY"),
        (as_json({"error": "no"}, 400), Permanent, "answers 400"),
        (as_json(["no"], 500), Temporary, "answers 500"),
    ],
)
async def test_an_endpoint_that_answers_something_else_is_understood_and_not_quoted(
    answer: Callable[[web.Request], Awaitable[web.Response]], error: type[AdapterError], words: str
) -> None:
    async with standing_in(answer) as url, on_the_wire(url, "m") as writer:
        with pytest.raises(error) as caught:
            await written(writer)
    assert words in str(caught.value)
    assert not any(outside in str(caught.value) for outside in (KEY, "I will not", "log in", "\n"))


@pytest.mark.parametrize("asked", ["soon", "-1", "nan", "inf", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_time_to_come_back_that_is_no_number_of_seconds_is_none(asked: str) -> None:
    async with standing_in(as_json({}, 429, **{"Retry-After": asked})) as url, on_the_wire(url, "m") as writer:
        with pytest.raises(Temporary) as caught:
            await written(writer)
    assert caught.value.retry_after_seconds is None


async def test_an_endpoint_that_is_not_there_is_temporary() -> None:
    async with on_the_wire("http://127.0.0.1:1/v1", "m") as writer:
        with pytest.raises(Temporary, match="APIConnectionError"):
            await written(writer)


async def test_a_stream_that_trickles_for_ever_ends_at_the_limit() -> None:
    """A byte now and then keeps every time-out between two reads from ending it."""
    first = json.dumps({"told": [{"text": CENTS, "cites": [5]}, {"text": "And", "cites": []}]})[:-2]

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(chunk("") + chunk(first))
        while True:
            await response.write(b": still here\n\n")
            await asyncio.sleep(0.02)  # how the endpoint trickles; the test waits for nothing else

    async with standing_in(trickle) as url, on_the_wire(url, "m", model_timeout_seconds=0.5) as writer:
        heard, failure = await hear(writer)
    assert heard == [CENTS]
    assert isinstance(failure, Temporary)
    assert "within 0.5 s" in str(failure)


async def streamed(request: web.Request, *parts: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for part in parts:
        await response.write(part)
    return response


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), "not what was asked for"),
        ((b"data: [DONE]\n\n",), "not what was asked for"),
        ((b"data: {nonsense\n\n",), "not what was asked for"),
        ((b'data: {"error": {"message": "overloaded"}}\n\n',), "no answer"),
        ((chunk("Sure, here is the answer."), b"data: [DONE]\n\n"), "not what was asked for"),
        ((chunk("[1, 2"), b"data: [DONE]\n\n"), "not what was asked for"),
        ((chunk(""), chunk('{"told": [{"text": 1}, {"text": 2'), b"data: [DONE]\n\n"), "not what was asked for"),
        ((chunk("").replace(b'"content": ""', b'"refusal": "I will not."'), b"data: [DONE]\n\n"), "refused"),
    ],
)
async def test_a_stream_of_something_else_is_understood_too(parts: tuple[bytes, ...], words: str) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return await streamed(request, *parts)

    async with standing_in(answer) as url, on_the_wire(url, "m") as writer:
        with capture_logs() as logs:
            assert await hear(writer) == ([], None)
    assert words in logs[-1]["reason"]
