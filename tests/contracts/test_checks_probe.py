"""Probes of a real server on loopback: what passes, what fails in which words, and where a probe never goes."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from bot.adapters import checks
from bot.adapters.checks import Answer
from bot.adapters.checks.probe import ANSWER_BYTES_MAX, Probe
from bot.core.checks import Check

VARIABLE = "CI_TOKEN"
TOKEN = "s3cret/" * 10
VALUES = {"environment": "staging", "version": "v1/../admin?x=#1", "commit": "c" * 40}


@dataclass
class Shop:
    """A server that answers as it is told. `asked` is what it was asked for, as it came."""

    base: str = ""
    answer: web.Response | None = None
    seconds: float = 0.0
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    peers: list[object] = field(default_factory=list)
    """From where it was asked."""

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(request.raw_path)
        self.headers.append(dict(request.headers))
        self.peers.append(request.transport and request.transport.get_extra_info("peername"))
        await asyncio.sleep(self.seconds)
        told = self.answer or web.Response(text="ok")
        return web.Response(status=told.status, body=told.body, headers=told.headers)

    async def probe(self, at: str = "/health", variables: dict[str, str] | None = None, **written: Any) -> Answer:
        check = Check.model_validate({"http": f"{self.base}{at}", **written})
        return await Probe(variables or {}).run(check, VALUES)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop, app = Shop(), web.Application()
    app.router.add_get("/{path:.*}", shop.handle)
    async with TestServer(app) as server:
        shop.base = str(server.make_url("")).rstrip("/")
        yield shop


def text(said: str, status: int = 200) -> web.Response:
    return web.Response(text=said, status=status)


RUN = {"path": "$.conclusion", "equals": "success"}


@pytest.mark.parametrize(
    ("said", "asked", "passed", "words"),
    [
        ('{"conclusion": "success"}', RUN, True, '$.conclusion is "success"'),
        ('{"conclusion": "failure"}', RUN, False, '$.conclusion is "failure" instead of "success"'),
        ('{"conclusion": null}', RUN, None, "$.conclusion is not there yet"),
        ("{}", RUN, None, "$.conclusion is not there yet"),
        ("<html>", RUN, None, 'answered with no JSON: "<html>"'),
        ('"{\\"conclusion\\": \\"success\\"}"', RUN, None, "$.conclusion is not there yet"),
        ('"ok"', {"path": "$", "equals": "ok"}, True, '$ is "ok"'),
        ('{"failed": 0}', {"path": "$.failed", "equals": 0}, True, "$.failed is 0"),
        ('{"failed": false}', {"path": "$.failed", "equals": 0}, False, "$.failed is false instead of 0"),
        ('{"up": [true, true]}', {"path": "$.up[*]", "equals": True}, True, "$.up[*] is true"),
        ('{"up": [true, false]}', {"path": "$.up[*]", "equals": True}, False, "$.up[*] is false instead of true"),
        ('{"up": [true, null]}', {"path": "$.up[*]", "equals": True}, None, "$.up[*] is not there yet"),
        (f'{{"sha": "{"c" * 40}"}}', {"path": "$.sha", "equals": "{commit}"}, True, f'$.sha is "{"c" * 40}"'),
        ('{"x": "a\\u202e\\n<@U0>"}', {"path": "$.x", "equals": "y"}, False, '$.x is "a <@U0>" instead of "y"'),
    ],
)
async def test_the_word_of_another_system_is_found_in_its_answer(
    shop: Shop, said: str, asked: dict[str, Any], passed: bool | None, words: str
) -> None:
    shop.answer = text(said)
    assert await shop.probe(**asked) == Answer(passed, words)


async def test_another_system_that_does_not_answer_says_nothing_of_the_release(shop: Shop) -> None:
    shop.answer = text("busy", 503)
    assert (await shop.probe(**RUN)).passed is None
    shop.base = f"http://127.0.0.1:{unused_port()}"
    assert await shop.probe(**RUN) == Answer(passed=None, words="does not answer: connection refused")


@pytest.mark.parametrize(
    ("answer", "asked", "passed", "words"),
    [
        (text("ok"), {}, True, "status 200"),
        (text("", 204), {}, True, "status 204"),
        (text("gone", 500), {}, False, 'status 500 instead of 200 to 299: "gone"'),
        (text("", 503), {"status": 200}, False, "status 503 instead of 200"),
        (text("no", 403), {"status": 403}, True, "status 403"),
        (text("database: up"), {"contains": "database: up"}, True, "status 200"),
        (
            text("database: down"),
            {"contains": "database: up"},
            False,
            'status 200, without "database: up": "database: down"',
        ),
        (text(""), {"contains": ["a", "b"]}, False, 'status 200, without "a": nothing'),
        (text("one\nERROR: disk\nthree"), {"absent": "ERROR"}, False, 'status 200, with "ERROR": "ERROR: disk"'),
        (text("one\ntwo"), {"absent": ["ERROR", "FATAL"]}, True, "status 200"),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), {}, False, "status 302 instead of 200 to 299"),
        (text("a\u202eb\x00\n<@U0> *c*" + "x" * 999, 500), {}, False, None),
    ],
)
async def test_an_answer_is_judged_by_what_is_asked_of_it(
    shop: Shop, answer: web.Response, asked: dict[str, Any], passed: bool, words: str | None
) -> None:
    shop.answer = answer
    found = await shop.probe(**asked)

    assert found.passed is passed
    assert words is None or found.words == words
    assert len(found.words) < 300
    assert not {"\n", "\u202e", "\x00"} & {*found.words}
    assert len(shop.asked) == 1, "a redirect is not followed"


async def test_neither_a_cookie_nor_a_connection_is_kept(shop: Shop) -> None:
    shop.answer = web.Response(text="ok", headers={"Set-Cookie": "SERVERID=old-1; Path=/"})
    base = shop.base.replace("127.0.0.1", "localhost")
    probe = Probe({})
    for _ in range(3):
        assert (await probe.run(Check(http=f"{base}/health"), VALUES)).passed is True

    assert not [sent for sent in shop.headers if "Cookie" in sent]
    assert len(set(shop.peers)) == 3


async def test_what_is_filled_in_stays_in_its_place(shop: Shop) -> None:
    await shop.probe("/{environment}/{version}/health?of={commit}&json={unknown}")
    assert shop.asked == [f"/staging/v1%2F..%2Fadmin%3Fx%3D%231/health?of={'c' * 40}&json={{unknown}}"]


async def test_no_answer_is_a_failure_in_words(shop: Shop) -> None:
    shop.seconds = 5.0
    slow = await shop.probe(time_max="100ms")
    shop.base = f"http://127.0.0.1:{unused_port()}"
    closed = await shop.probe()

    assert slow == Answer(passed=False, words="no answer within 0s")
    assert closed == Answer(passed=False, words="does not answer: connection refused")


async def test_more_than_anybody_reads_is_no_result(shop: Shop) -> None:
    shop.answer = text("x" * (ANSWER_BYTES_MAX + 1))
    assert (await shop.probe(absent="ERROR")).passed is None
    assert (await shop.probe()).passed is True
    assert (await shop.probe(contains="xx")).passed is True
    assert (await shop.probe(absent="xx", contains="y")).passed is False, "what was read is enough to know"


async def test_a_token_comes_from_the_environment_and_is_never_told(shop: Shop) -> None:
    unset = await shop.probe(token_from=VARIABLE)
    assert unset.words == "CI_TOKEN is not set in the environment or in .env, and the check asks for it"
    assert not shop.asked

    shop.answer = text("no", 401)
    found = await shop.probe(variables={"CI_TOKEN": "s3cret"}, token_from=VARIABLE, headers={"X-Team": "shop"})
    assert shop.headers[0]["Authorization"] == "Bearer s3cret"
    assert shop.headers[0]["X-Team"] == "shop"
    assert "s3cret" not in found.words


async def test_any_header_may_come_from_the_environment_and_is_never_told(shop: Shop) -> None:
    asked = {"headers_from": {"PRIVATE-TOKEN": VARIABLE}}
    assert (await shop.probe(**asked)).words.startswith("CI_TOKEN is not set")
    assert not shop.asked

    shop.answer = text("whose is s3cret?", 401)
    found = await shop.probe(variables={"CI_TOKEN": "s3cret\n"}, **asked)
    assert shop.headers[0]["PRIVATE-TOKEN"] == "s3cret"
    assert found.words == 'status 401 instead of 200 to 299: "whose is …?"'
    assert Check.model_validate({"http": shop.base, "token_from": "A", **asked}).variables == {"A", VARIABLE}


@pytest.mark.parametrize("told", [{}, RUN, {"contains": "ready"}, {"absent": "Bearer"}])
@pytest.mark.parametrize("status", [200, 401])
async def test_a_token_that_the_server_repeats_is_taken_out(shop: Shop, status: int, told: dict[str, Any]) -> None:
    for said in ("x" * 150 + f" Bearer {TOKEN}", f'{{"conclusion": "{TOKEN}"}}'):
        shop.answer = text(said, status)
        found = await shop.probe(variables={VARIABLE: f" {TOKEN}\n"}, token_from=VARIABLE, **told)
        assert shop.headers[-1]["Authorization"] == f"Bearer {TOKEN}"
        assert "s3cret" not in found.words


async def test_a_token_that_is_spelt_as_json_spells_it_is_taken_out_too(shop: Shop) -> None:
    spelt = TOKEN.replace("/", "\\u002f")
    shop.answer = text(f'{{"conclusion": "{spelt}"}}')
    found = await shop.probe(variables={VARIABLE: TOKEN}, token_from=VARIABLE, **RUN)
    assert found == Answer(passed=False, words='$.conclusion is "…" instead of "success"')


@pytest.mark.parametrize(
    ("at", "written", "words"),
    [
        ("http://shop.test:{port}/", {}, '"http://shop.test:{port}/" cannot be asked: look at its port'),
        ("/", {"headers": {"X-Team": "a\nb"}}, "cannot be asked"),
        ("/", {"token_from": VARIABLE}, "cannot be asked"),
    ],
)
async def test_what_cannot_be_sent_is_no_result(shop: Shop, at: str, written: dict[str, Any], words: str) -> None:
    shop.base = "" if at.startswith("http") else shop.base
    found = await shop.probe(at, {VARIABLE: "two\nlines"}, **written)
    assert found.passed is None
    assert words in found.words
    assert "two" not in found.words


@pytest.mark.parametrize("host", ["shop.test:abc", "shop.test:99999", "shop.test:0", "[::1", ":80"])
def test_an_address_that_leads_nowhere_is_refused_in_the_plan(host: str) -> None:
    with pytest.raises(ValueError, match="leads nowhere"):
        Check.model_validate({"http": f"http://{host}/health"})


def test_a_host_and_a_port_may_be_filled_in() -> None:
    Check.model_validate({"http": "http://{environment}:{port}/", "matrix": {"port": [8080]}})
    Check.model_validate({"http": "http://[::1]:8080/"})


async def test_a_long_way_through_an_answer_does_not_hold_up_the_bot(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    monkeypatch.setattr(checks, "at_path", lambda *_: threads.append(threading.current_thread()) or ["success"])
    shop.answer = text("{}")
    assert (await shop.probe(**RUN)).passed is True
    assert threads[0] is not threading.main_thread()


async def test_the_proxies_of_the_environment_are_not_used(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port()}")
    assert (await shop.probe()).passed is True
