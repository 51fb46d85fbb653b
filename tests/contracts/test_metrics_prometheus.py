"""What can go wrong between Songbird and Prometheus, over real sockets: its answers, its absence, whose is a series.

Answers that a healthy server does not give are played by a server of our own; what Prometheus makes of series is asked
of a real one, where there is one.
"""

import asyncio
import json
import math
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import astuple
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.adapters.metrics import Reading
from bot.adapters.metrics.prometheus import BYTES_MAX, ROWS_MAX, Prometheus
from bot.adapters.metrics.promql import bounded
from bot.analysis.series import Cohorts, Gap, increments, remember
from bot.analysis.shapes import Buckets, Counts, Values
from bot.app import Adapters
from bot.core import events as e
from bot.core.errors import AdapterError, Permanent, Temporary
from bot.core.metric import Metric
from bot.core.plan import Plan
from bot.core.sources import PrometheusSource
from bot.doctor import systems
from bot.store import codec
from tests.contracts.metrics_fixtures import BOUNDS, METRICS, NEW, OLD, Stored, certified, stored
from tests.support.prometheus import STALE, Server
from tests.support.scenario import plan, written_plan

COHORTS = Cohorts(NEW, "production")
TOKEN, PASSWORD = ({key: "PROMETHEUS_TOKEN"} for key in ("token_from", "password_from"))


class Played:
    """A server that answers what the test says, and remembers what it was asked."""

    def __init__(self, session: ClientSession) -> None:
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.answer: Callable[[], Awaitable[web.StreamResponse]] = self._nothing
        self.session = session
        self.url = ""

    async def open(self, tls: ssl.SSLContext | None = None) -> TestServer:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        server = TestServer(app, host="localhost", port=0, scheme="https" if tls else "http")
        await server.start_server(ssl=tls)
        self.url = str(server.make_url("/prometheus"))
        return server

    def says(self, answer: web.Response | None = None, after_seconds: float = 0.0) -> None:
        async def say() -> web.StreamResponse:
            await asyncio.sleep(after_seconds)
            if answer is None:
                return await self._nothing()
            return web.Response(body=answer.body, status=answer.status, headers=answer.headers)  # each is sent once

        self.answer = say

    async def _nothing(self) -> web.StreamResponse:
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": []}})

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append((request.path, form, dict(request.headers)))
        return await self.answer()

    def asking(self, metrics: list[dict[str, Any]] = METRICS, **more: Any) -> "Asking":
        return Asking(self.session, metrics, {"use": "prometheus", "url": self.url, **more})


class Asking:
    """A plan and its source."""

    def __init__(self, session: ClientSession, metrics: list[dict[str, Any]], source: dict[str, Any]) -> None:
        self.plan = Plan.model_validate(written_plan(metrics=metrics, metrics_from=source))
        assert isinstance(self.plan.metrics_from, PrometheusSource)
        self.source = Prometheus(self.plan.metrics_from, session, {"PROMETHEUS_TOKEN": "s3cret\n", "EMPTY": ""})

    async def read(self, at: float = 1.0, *environments: str) -> Reading:
        return await self.source.read(self.plan, environments or ("production",), at)


@pytest.fixture
async def played() -> AsyncIterator[Played]:
    async with ClientSession() as session:
        one = Played(session)
        server = await one.open()
        yield one
        await server.close()


@pytest.fixture
async def fleet(prometheus: Server) -> AsyncIterator[Stored]:
    async with stored(prometheus) as fleet:
        yield fleet


def error(status: int, words: str, **headers: str) -> web.Response:
    said = {"status": "error", "errorType": "any", "error": words}
    return web.json_response(said, status=status, headers=headers)


def rows(*result: dict[str, Any]) -> web.Response:
    return web.json_response({"status": "success", "data": {"resultType": "vector", "result": list(result)}})


# ── one request ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_look_is_one_request_however_many_metrics_and_environments(played: Played) -> None:
    await played.asking().read(1.0, "production", "staging")

    ((path, form, _),) = played.asked
    assert path == "/prometheus/api/v1/query"
    assert form["timeout"] == "5"
    assert form["query"].count("requests_total") == 4, "two numbers in each of two environments"
    assert 'environment="staging"' in form["query"]


async def test_a_series_that_two_metrics_need_is_asked_for_once(played: Played) -> None:
    twice = [{**METRICS[1], "name": name, "quantile": quantile} for name, quantile in (("p50", 0.5), ("p95", 0.95))]
    await played.asking(twice).read()

    assert played.asked[0][1]["query"].count("duration_seconds_bucket") == 1


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("requests_total", 'requests_total{env="x"}'),
        ('requests_total{status=~"5..",route!="/\\""}', 'requests_total{status=~"5..", route!="/\\"", env="x"}'),
        ('requests_total{route!~"/\\\\d+"}', 'requests_total{route!~"/\\\\d+", env="x"}'),
    ],
)
def test_a_selector_keeps_its_matchers_and_gets_those_of_its_environment(written: str, asked: str) -> None:
    assert bounded(written, 'env="x"') == asked


@pytest.mark.parametrize("written", ["hits offset 5m", "hits @ 3", 'hits{a="1" or b="2"}'])
def test_a_counter_of_the_past_is_refused_by_name(written: str) -> None:
    with pytest.raises(Permanent, match=r"^hits"):
        bounded(written, "")


async def test_an_environment_may_have_matchers_of_its_own(played: Played) -> None:
    more = {"where": 'namespace="shop-{environment}"', "where_in": {"staging": 'namespace="try-outs"'}}
    await played.asking(**more).read(1.0, "production", "staging")

    query = played.asked[0][1]["query"]
    assert 'up{namespace="shop-production"}' in query
    assert 'up{namespace="try-outs"}' in query


# ── what it answers ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (error(400, "parse error"), Permanent, "Prometheus cannot answer the plan's question: parse error"),
        (error(422, "too many\nsamples"), Permanent, "Prometheus cannot answer the plan's question: too many samples"),
        (error(429, "slow down"), Temporary, "Prometheus answered 429"),
        (error(503, "query timed out"), Temporary, "Prometheus answered 503"),
        (web.Response(status=502, text="<html>bad gateway"), Temporary, "Prometheus answered 502"),
        (web.Response(status=302, headers={"Location": "/login"}), Temporary, "Prometheus answered 302"),
        (
            error(401, "no"),
            Permanent,
            "Prometheus answered 401: name a token_from, a user and a password_from, or headers_from",
        ),
        (error(200, "broken"), Temporary, "Prometheus answered an error"),
        (web.Response(text="<html>Welcome!"), Temporary, "Prometheus answered something that is no result"),
        (web.Response(text='{"status": "success"}'), Temporary, "Prometheus answered an error"),
        (
            web.Response(body=b" " * (BYTES_MAX + 1)),
            Temporary,
            "Prometheus sent more than 16 MB: `where` lets too many",
        ),
        (
            rows(*[{"metric": {}, "value": [1, "1"]}] * (ROWS_MAX + 1)),
            Temporary,
            "Prometheus sent 50,001 series, which",
        ),
        (
            rows({"metric": {"songbird": "999"}, "value": [1, "1"]}),
            Temporary,
            "Prometheus answered with labels that nobody asked for",
        ),
    ],
)
async def test_what_is_no_answer_is_said_in_words_and_is_never_an_empty_reading(
    played: Played, answer: web.Response, kind: type[AdapterError], words: str
) -> None:
    played.says(answer)
    with pytest.raises(kind) as raised:
        await played.asking().read()

    assert str(raised.value).startswith(words)


async def test_a_slow_server_and_an_absent_one_are_temporary(played: Played) -> None:
    played.says(after_seconds=5.0)
    with pytest.raises(Temporary, match=r"did not answer within 0\.1 s at localhost:\d+; is it up"):
        await played.asking(time_max="100ms").read()
    played.url = "http://127.0.0.1:1"
    with pytest.raises(Temporary, match=r"reached: nobody listens at 127\.0\.0\.1:1; is it running"):
        await played.asking().read()


async def test_a_server_that_fails_is_left_alone_for_longer_each_time(played: Played) -> None:
    asking = played.asking()
    played.says(error(503, "busy"))
    reached: list[int] = []
    said: set[str] = set()
    for second in range(200):
        before = len(played.asked)
        with pytest.raises(Temporary) as raised:
            await asking.read(float(second))
        said.add(str(raised.value))
        reached += [second] * (len(played.asked) - before)

    assert reached == [0, 2, 6, 14, 30, 62, 122, 182]
    assert said == {"Prometheus answered 503"}, "other words would be another verdict"
    played.says()
    await asking.read(242.0)
    played.says(error(503, "busy"))
    with pytest.raises(Temporary):
        await asking.read(243.0)
    with pytest.raises(Temporary):
        await asking.read(245.0)
    assert len(played.asked) == 8 + 3, "after an answer it begins anew"


async def test_a_server_that_says_for_how_long_is_left_alone_so_long_and_no_longer_than_a_minute(
    played: Played,
) -> None:
    for said, seconds in (("30", 30.0), ("86400", 60.0)):
        asking = played.asking()
        played.says(error(429, "slow down", **{"Retry-After": said}))
        with pytest.raises(Temporary):
            await asking.read(0.0)
        asked = len(played.asked)
        with pytest.raises(Temporary, match="answered 429"):
            await asking.read(seconds - 1)
        assert len(played.asked) == asked
        with pytest.raises(Temporary):
            await asking.read(seconds)
        assert len(played.asked) == asked + 1


async def test_what_a_server_says_of_the_past_does_not_stop_a_look_and_its_rest_does_not_hide_the_past(
    played: Played,
) -> None:
    asking = played.asking()
    played.says(error(503, "busy"))
    with pytest.raises(Temporary, match="answered 503"):
        await asking.source.past(asking.plan, ("production",), 0.0, 100.0, 15.0)
    played.says()
    await asking.read(101.0)
    played.says(error(503, "busy"))
    with pytest.raises(Temporary):
        await asking.read(116.0)
    played.says()
    assert await asking.source.past(asking.plan, ("production",), 0.0, 100.0, 15.0) == ()
    asked = len(played.asked)
    with pytest.raises(Temporary, match="answered 503"):
        await asking.read(117.0)
    assert (asked, len(played.asked)) == (4, 4), "an answer about the past ends no rest"


async def test_a_clock_that_was_put_back_leaves_nobody_alone_for_ever(played: Played) -> None:
    asking = played.asking()
    played.says(error(503, "busy"))
    for at in (1e6, 0.0):
        with pytest.raises(Temporary):
            await asking.read(at)
    assert len(played.asked) == 2


# ── the way in ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_secrets_come_from_the_environment_and_are_not_in_the_plan(played: Played) -> None:
    asking = played.asking(**TOKEN, headers={"X-Scope-OrgID": "shop"})
    await asking.read()
    await played.asking(user="songbird", **PASSWORD).read()

    await played.asking(headers={"X-Scope-OrgID": "shop"}, headers_from={"X-Api-Key": "PROMETHEUS_TOKEN"}).read()

    (_, _, by_token), (_, _, by_password), (_, _, by_header) = played.asked
    assert (by_token["Authorization"], by_token["X-Scope-OrgID"]) == ("Bearer s3cret", "shop")
    assert by_password["Authorization"] == "Basic c29uZ2JpcmQ6czNjcmV0"
    assert by_header["X-Api-Key"] == "s3cret"
    assert "s3cret" not in asking.plan.model_dump_json()
    assert played.asking(headers_from={"X-Api-Key": "METRICS_KEY"}).plan.variables == {"METRICS_KEY"}


def test_a_header_that_is_in_a_journal_already_stays_readable() -> None:
    """It was let through by the version that wrote it, and the release's systems may not change under it."""
    written = {"use": "prometheus", "url": "http://prometheus.example", "headers": {"X-Api-Key": "s3cret"}}
    event = e.ReleaseStaged("shop", "v1.1.0", plan(), plan().digest)
    (kind, body) = astuple(codec.encode(event))
    stored = json.loads(body)
    stored["plan"]["metrics_from"] = written
    decoded = codec.decode_event(kind, json.dumps(stored))
    assert isinstance(decoded, e.ReleaseStaged)
    assert isinstance(decoded.plan.metrics_from, PrometheusSource)
    assert decoded.plan.metrics_from.headers == {"X-Api-Key": "s3cret"}
    again = codec.encode(decoded)
    assert codec.decode_event(again.kind, again.body) == decoded


async def test_a_refused_secret_is_named_by_its_variable_and_a_missing_one_asks_nobody(played: Played) -> None:
    played.says(error(403, "no"))
    with pytest.raises(Permanent, match="answered 403: is what PROMETHEUS_TOKEN holds still good") as raised:
        await played.asking(**TOKEN).read()
    assert "s3cret" not in str(raised.value)
    played.says(error(400, "s3cret is no c29uZ2JpcmQ6czNjcmV0"))
    with pytest.raises(Permanent, match=r"question: … is no …$"):
        await played.asking(user="songbird", **PASSWORD).read()
    asked = len(played.asked)
    for name in ("EMPTY", "NOBODY_SET_IT"):
        with pytest.raises(Permanent, match=f"{name} is not set"):
            await played.asking(token_from=name).read()
    assert len(played.asked) == asked


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"token_from": "glsa_5f3c9a1e"}, "write the name of an environment variable, such as PROMETHEUS_TOKEN"),
        ({"user": "songbird"}, "'user' and 'password_from' belong together"),
        ({"token_from": "A", "user": "b", "password_from": "C"}, "two ways in"),
        ({"headers": {"Authorization": "Bearer s3cret"}}, "'headers' holds Authorization, which is a secret: let head"),
        ({"headers": {"X-Api-Key": "s3cret"}}, "'headers' holds X-Api-Key, which is a secret: let headers_from name"),
        ({"headers": {"X-Grafana": "Bearer s3cret"}}, "'headers' holds X-Grafana, which is a secret"),
        ({"headers_from": {"X-Api-Key": "s3cret"}}, "write the name of an environment variable"),
        ({"token_from": "A", "headers_from": {"authorization": "B"}}, "'token_from' and 'headers_from' both send auth"),
        ({"user": "a", "password_from": "A", "headers_from": {"Authorization": "B"}}, "'user' and 'headers_from' both"),
        ({"where": "job="}, "are no matchers"),
        ({"where": 'a="1" or b="2"'}, "are no matchers"),
        ({"url": "https://songbird:s3cret@prometheus.example"}, "pattern"),
    ],
)
def test_what_cannot_be_asked_so_is_refused_with_the_plan(source: dict[str, Any], words: str) -> None:
    written = {"use": "prometheus", "url": "http://prometheus.example", **source}
    with pytest.raises(ValueError, match=words) as raised:
        Plan.model_validate(written_plan(metrics_from=written))
    explained = [found["msg"] for found in raised.value.errors()]  # type: ignore[attr-defined]  # pydantic's own
    assert not any("glsa" in said for said in explained)


async def test_a_server_is_trusted_by_its_own_authority_and_by_no_other(tmp_path: Path) -> None:
    ca, context = await certified(tmp_path)
    async with ClientSession() as session:
        played = Played(session)
        server = await played.open(context)
        with pytest.raises(Temporary, match=r"the certificate of localhost:\d+ is not trusted here; SSL_CERT_FILE"):
            await played.asking().read()
        await played.asking(ca_file=str(ca)).read()
        with pytest.raises(Permanent, match=r"nowhere\.pem cannot be used: No such file"):
            await played.asking(ca_file="nowhere.pem").read()
        assert len(played.asked) == 1
        await server.close()


# ── whose series are whose, in a real Prometheus ─────────────────────────────────────────────────────────────────────


def samples(before: Reading, after: Reading) -> dict[tuple[str, str], Any]:
    names = [str(metric["name"]) for metric in METRICS]
    found = increments(names, COHORTS, remember({}, before.totals, 1.0), after.totals, 2.0)
    return {(sample.cohort, sample.metric): sample.shown for sample in found}


async def test_what_was_not_read_again_is_old_and_no_zero(fleet: Stored) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.serve("one", "500", 0.05, times=3)
    before, after = await fleet.read("production"), await fleet.read("production", at=2.0)

    assert set(samples(before, after).values()) == {Gap("old")}
    fleet.serve("one", "500", 0.05, times=2)
    now = samples(before, await fleet.read("production", at=3.0))
    assert now["canary", "errors"] == Counts(2, 2)
    assert now["canary", "p95"] == Buckets(BOUNDS, (2, 0, 0, 0))


async def test_totals_are_of_the_time_at_which_they_were_read(fleet: Stored) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.scrape(at=time.time() - 8.0)
    (totals,) = (await fleet.read("production", at=1000.0)).totals

    assert totals.at == pytest.approx(992.0, abs=2.0)


async def test_a_process_that_prometheus_has_not_read_for_too_long_is_named(fleet: Stored) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.scrape(at=time.time() - 100.0)
    reading = await fleet.read("production")

    assert reading.totals == ()
    (reason,) = reading.failures.values()
    assert reason == "has not been read by Prometheus for 20 s"


async def test_a_series_that_ended_is_missing_and_no_number_is_a_gap(fleet: Stored, prometheus: Server) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.serve("one", "200", 0.05, times=3)
    before = await fleet.read("production")
    target = f'instance="one:80",commit="{NEW}",environment="production",{fleet.where.rpartition(", ")[2]}'
    ended = {f"memory_bytes{{{target}}}": STALE, f"pool_in_use{{{target}}}": math.nan}
    prometheus.write({f"up{{{target}}}": 1.0, **ended}, time.time())
    now = samples(before, await fleet.read("production"))

    assert now["canary", "memory"] == Gap("missing")
    assert now["canary", "pool"] == Gap("invalid")


async def test_a_balancer_that_tells_about_both_versions_is_two_processes(fleet: Stored, prometheus: Server) -> None:
    where = f'environment="production",{fleet.where.rpartition(", ")[2]},instance="balancer:80"'

    def tell(canary: float, control: float) -> None:
        counted = {f'requests_total{{{where},commit="{NEW}",status="500"}}': canary}
        counted |= {f'requests_total{{{where},commit="{OLD}",status="200"}}': control}
        of_itself = {f"up{{{where}}}": 1.0, f"process_start_time_seconds{{{where}}}": 77.0}
        prometheus.write({**counted, **of_itself}, time.time())

    tell(3, 10)
    before = await fleet.read("production")
    tell(4, 30)
    after = await fleet.read("production")
    now = samples(before, after)

    assert sorted((totals.process, totals.started_at) for totals in after.totals) == [
        ("balancer:80 aaaaaaaaaaaa", 77.0),
        ("balancer:80 bbbbbbbbbbbb", 77.0),
    ]
    assert (now["canary", "errors"], now["control", "errors"]) == (Counts(1, 1), Counts(0, 20))


async def test_a_version_that_took_an_others_address_is_the_one_that_is_there(
    fleet: Stored, prometheus: Server
) -> None:
    fleet.start("production", "one", OLD, started_at=1.0)
    fleet.scrape(at=time.time() - 10.0)
    fleet._there = {}  # nobody says that the old series have ended
    fleet.start("production", "one", NEW, started_at=2.0)

    assert [totals.commit for totals in (await fleet.read("production")).totals] == [NEW]


async def test_labels_may_have_other_names(fleet: Stored, prometheus: Server) -> None:
    where = f'environment="production",{fleet.where.rpartition(", ")[2]},pod="shop-1",build="{NEW[:7]}"'
    prometheus.write({f"up{{{where}}}": 1.0, f"memory_bytes{{{where}}}": 5e7}, time.time())
    fleet.point(prometheus.url, version_label="build", process_label="pod")
    (totals,) = (await fleet.read("production")).totals

    assert (totals.process, COHORTS.of(totals), totals.shown["memory"]) == ("shop-1", "canary", Values(5e7))


async def test_the_answer_of_a_real_server_to_a_wrong_question_is_permanent(fleet: Stored) -> None:
    assert isinstance(fleet.source, Prometheus)
    with pytest.raises(Permanent, match=r"cannot answer the plan's question: .*parse error"):
        await fleet.source._ask("query", {"query": "sum by ("})


async def test_the_past_is_read_as_it_would_have_been_look_by_look(fleet: Stored) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    began = round(time.time()) - 200.0
    for number in range(40):
        if number == 20:
            fleet.restart("one", at=began + 100.0)
        fleet.serve("one", "500", 0.05, times=2)
        fleet.serve("one", "200", 0.05, times=8)
        fleet.scrape(at=began + 5.0 * number)
    readings = await fleet.source.past(fleet.plan, ("production",), began, began + 199.0, 10.0)

    assert [reading.at for reading in readings] == [began + 10.0 * number for number in range(20)]
    seen = [samples(before, after)["canary", "errors"] for before, after in pairwise(readings)]
    assert seen == [Counts(4, 20)] * 9 + [Gap("reset")] + [Counts(4, 20)] * 9


async def test_of_a_time_of_which_nothing_is_known_there_is_no_reading(fleet: Stored) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    now = time.time()
    fleet.scrape(at=now - 20.0)

    assert await fleet.source.past(fleet.plan, ("production",), now - 300.0, now - 30.0, 10.0) == ()


# ── raw queries, in a real Prometheus ────────────────────────────────────────────────────────────────────────────────

MEAN = "sum by (commit) (rate({}_sum{{{{where}}}}[10s])) / sum by (commit) (rate({}_count{{{{where}}}}[10s]))"
SLOW = MEAN.format("duration_seconds", "duration_seconds")


def queried(query: str) -> dict[str, Any]:
    return {"name": "mean-time", "kind": "performance", "unit": "s", "query": query, "limit": {"max": "1s"}}


@pytest.fixture
def served(fleet: Stored) -> Stored:
    """A canary and its control, read every two seconds for ten."""
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.start("production", "two", OLD, started_at=1.0)
    for number in range(6):
        fleet.serve("one", "200", 0.3, times=3)
        fleet.serve("two", "200", 0.1, times=5)
        fleet.scrape(at=time.time() - 10.0 + 2.0 * number)
    return fleet


def values(reading: Reading) -> dict[str | None, Any]:
    return {COHORTS.of(one): one.shown["mean-time"] for one in reading.totals if "mean-time" in one.shown}


async def test_a_query_is_a_value_for_each_version_in_the_same_request(served: Stored) -> None:
    served.point(served._server.url, metrics=[*METRICS, queried(SLOW)])
    reading = await served.read("production")

    assert values(reading) == {"canary": Values(pytest.approx(0.3)), "control": Values(pytest.approx(0.1))}
    assert reading.failures == {}
    assert {COHORTS.of(one) for one in reading.totals if "errors" in one.shown} == {"canary", "control"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sum(up{{where}})", "says nothing of versions: keep their label, by (commit)"),
        (
            "sum by (commit, le) (duration_seconds_bucket{{where}})",
            "has several values of a version: aggregate by (commit)",
        ),
    ],
)
async def test_a_query_that_does_not_tell_the_versions_apart_is_named(served: Stored, query: str, words: str) -> None:
    served.point(served._server.url, metrics=[*METRICS, queried(query)])
    reading = await served.read("production")

    assert reading.failures["mean-time"].startswith(words)
    assert not any(value.is_valid for value in values(reading).values())
    assert (await said_by_doctor(served))[1].startswith(f"mean-time {words}")


async def test_a_query_does_not_hide_that_a_version_fell_silent(served: Stored) -> None:
    served.spoil("one")
    served.point(served._server.url, metrics=[*METRICS, queried(SLOW)])
    reading = await served.read("production")

    assert [COHORTS.of(one) for one in reading.totals] == ["control", "control"]
    assert values(reading) == {"control": Values(pytest.approx(0.1))}


async def test_a_query_that_is_no_promql_or_has_nobody_to_answer_is_refused_with_the_plan() -> None:
    for written, words in (
        (queried("sum by ("), "is no query"),
        (queried("3"), "has no value for each version"),
        ({**queried("up"), "of": "up"}, "a query divides by itself"),
    ):
        with pytest.raises(ValueError, match=words):
            Metric.model_validate(written)
    with pytest.raises(ValueError, match=r"a query needs metrics_from: \{use: prometheus"):
        Plan.model_validate(written_plan(metrics=[queried("up")]))


# ── what doctor says ─────────────────────────────────────────────────────────────────────────────────────────────────


async def said_by_doctor(fleet: Stored) -> tuple[bool, str]:
    adapters = Adapters(fleet._session, {})
    found = await systems.metrics(adapters, fleet.plan, "production")
    return found.fine, found.words


async def test_doctor_says_whose_label_is_missing_and_that_nothing_is_there(fleet: Stored) -> None:
    fine, words = await said_by_doctor(fleet)
    assert (fine, words.partition(" with ")[0]) == (False, "production is unknown to Prometheus: no series")
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.serve("one", "500", 0.05)
    fleet.scrape()
    assert await said_by_doctor(fleet) == (True, "4 metrics of 1 process")
    fleet.point(fleet._server.url, version_label="build")
    assert await said_by_doctor(fleet) == (False, "no process has the label build, which says what commit it runs")


async def test_doctor_says_when_prometheus_reads_less_often_than_songbird_looks(fleet: Stored) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.scrape(at=time.time() - 9.0)
    fine, words = await said_by_doctor(fleet)

    assert not fine
    assert words == "the newest samples are 9 s old, and a look is every 5 s: let `look` be longer"
