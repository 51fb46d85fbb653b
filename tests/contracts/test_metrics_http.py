"""What can go wrong between Songbird and an address that answers in JSON, over a real socket."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.metrics import Reading
from bot.adapters.metrics.http import PARTS_MAX
from bot.analysis.series import Cohorts, Gap, increments, remember
from bot.analysis.shapes import Counts, Values
from bot.core.errors import AdapterError, Permanent, Temporary
from tests.contracts.asked_fixtures import BEGIN, IN_JSON, LOOK_SECONDS, SECRET, InJson, in_json
from tests.contracts.metrics_fixtures import NEW, OLD, certified

COHORTS = Cohorts(NEW, "production", version="v1.4.0")
NAMES = [str(metric["name"]) for metric in IN_JSON]


@pytest.fixture
async def fleet() -> AsyncIterator[InJson]:
    async with in_json(spans=False) as fleet:
        fleet.start("production", "one", NEW, started_at=1.0)
        yield fleet


@pytest.fixture
async def by_spans() -> AsyncIterator[InJson]:
    async with in_json(spans=True) as fleet:
        fleet.start("production", "one", NEW, started_at=1.0)
        yield fleet


def says(fleet: InJson, body: object, status: int = 200, **headers: str) -> None:
    async def say(_request: web.Request) -> web.StreamResponse:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return web.Response(body=content, status=status, headers=headers)

    fleet.says = say


def part(**more: object) -> dict[str, object]:
    return {"name": "one", "commit": NEW, "requests": {"all": 10, "failed": 1}, **more}


def samples(before: Reading, after: Reading) -> dict[tuple[str, str], Any]:
    found = increments(NAMES, COHORTS, remember({}, before.totals, before.at), after.totals, after.at)
    return {(sample.cohort, sample.metric): sample.shown for sample in found}


# ── one request for each environment ─────────────────────────────────────────────────────────────────────────────────


async def test_an_environment_is_one_request_with_the_secret_in_its_header(fleet: InJson) -> None:
    await fleet.read("production", "staging")

    assert sorted((path, query["of"]) for path, query, *_ in fleet.asked) == [
        ("/production", "shop"),
        ("/staging", "shop"),
    ]
    assert all(headers["X-Api-Key"] == SECRET for *_, headers in fleet.asked)
    assert SECRET not in fleet.plan.model_dump_json()


async def test_a_body_is_posted_with_its_placeholders_filled_and_its_own_braces_kept(by_spans: InJson) -> None:
    body = '{"query": {"env": "{environment}", "gte": {from_ms}, "lt": "{to_iso}"}}'
    by_spans.point(method="POST", body=body)
    await by_spans.read("production")

    (_, query, sent, headers) = by_spans.asked[0]
    until = int(BEGIN + LOOK_SECONDS - 5)
    assert (query["from"], query["to"]) == (f"{until - 5}", f"{until}")
    assert json.loads(sent)["query"] == {"env": "production", "gte": (until - 5) * 1000, "lt": "2027-01-15T08:00:55Z"}
    assert headers["Content-Type"] == "application/json"


async def test_when_one_environment_cannot_be_read_the_other_is(fleet: InJson) -> None:
    async def only_production(request: web.Request) -> web.StreamResponse:
        answer = {"versions": [part()]} if request.path == "/production" else {}
        return web.json_response(answer, status=200 if answer else 503)

    fleet.says = only_production
    reading = await fleet.read("production", "staging")

    assert [one.environment for one in reading.totals] == ["production"]
    assert list(reading.failures) == ["staging"]
    assert reading.failures["staging"].endswith("answered 503")


# ── spans ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_spans_follow_one_another_and_a_look_that_failed_loses_nothing(by_spans: InJson) -> None:
    by_spans.serve("one", "200", 0.1, times=10)
    before = await by_spans.read("production")
    by_spans.serve("one", "500", 0.1, times=2)
    by_spans.hide()
    with pytest.raises(Temporary):
        await by_spans.read("production", at=2.0)
    by_spans.status = 200
    after = await by_spans.read("production", at=4.0)

    spans = [(query["from"], query["to"]) for _, query, *_ in by_spans.asked]
    assert spans[0][1] == spans[1][0] == spans[2][0], "what was not told is asked for again"
    assert samples(before, after)["canary", "errors"] == Counts(2, 2)


async def test_two_that_look_at_the_same_moment_count_nothing_twice(by_spans: InJson) -> None:
    await by_spans.read("production")
    by_spans.serve("one", "200", 0.1, times=3)
    one, other = await asyncio.gather(by_spans.read("production", at=2.0), by_spans.read("production", at=2.0))

    assert one.totals == other.totals
    assert one.totals[0].shown["errors"] == Counts(0, 3)
    assert len(by_spans.asked) == 2


async def test_who_is_not_in_the_answer_any_more_is_silent_and_named(by_spans: InJson) -> None:
    by_spans.start("production", "two", OLD, started_at=1.0)
    await by_spans.read("production")
    del by_spans.instances["one"]
    reading = await by_spans.read("production", at=2.0)

    assert [one.process for one in reading.totals] == ["two"]
    assert reading.failures == {"one": "was not in the answer for 20 s"}


@pytest.mark.parametrize(("found", "left"), [({"all": None, "failed": 3}, "n"), ({"all": 9, "failed": None}, "x")])
async def test_a_count_of_a_span_that_is_none_is_a_gap_of_its_metric_alone(
    by_spans: InJson, found: dict[str, object], left: str
) -> None:
    by_spans.point([*IN_JSON, {**IN_JSON[0], "name": "late", "counter": "$.requests.late"}])
    names = [*NAMES, "late"]
    before = await by_spans.read("production")
    says(by_spans, {"versions": [part(requests={"late": 2, **found}, memory=5)]})
    second = await by_spans.read("production", at=2.0)
    by_spans.says = None
    by_spans.serve("one", "200", 0.1, times=40)
    third = await by_spans.read("production", at=3.0)
    by_spans.serve("one", "200", 0.1, times=3)
    fourth = await by_spans.read("production", at=4.0)

    assert second.failures["errors of one"] == "is no number that could be counted"
    assert samples(before, second)["canary", "errors"] == Gap("invalid"), "which is not silence"
    assert samples(before, second)["canary", "memory"] == Values(5)
    late = increments(names, COHORTS, remember({}, before.totals, before.at), second.totals, second.at)
    shared = Gap("invalid") if left == "n" else Counts(2, 9)
    assert [one.shown for one in late if one.metric == "late"] == [shared], "what was told is counted"
    assert samples(before, third)["canary", "errors"] == Gap("reset"), "although it is more than before"
    assert samples(second, third)["canary", "errors"] == Gap("first")
    assert samples(third, fourth)["canary", "errors"] == Counts(0, 3)


async def test_a_gauge_that_is_a_share_is_one_after_many_looks(by_spans: InJson) -> None:
    by_spans.hold("one", 7.0, 5.0)
    shown = [(await by_spans.read("production", at=at)).totals[0].shown["pool"] for at in (1.0, 2.0, 3.0)]

    assert shown == [Values(0.5)] * 3


async def test_a_version_that_comes_back_under_a_name_is_the_one_that_is_there(by_spans: InJson) -> None:
    for at, commit in ((1.0, OLD), (1.25, NEW), (1.5, OLD)):
        by_spans.start("production", "one", commit, started_at=1.0)
        by_spans.serve("one", "200", 0.1, times=4)
        reading = await by_spans.read("production", at=at)

    shown = {one.process: (one.commit, one.shown["errors"]) for one in reading.totals}
    assert shown == {"one": (OLD, Counts(0, 8)), f"one {NEW}": (NEW, Counts(0, 4))}


async def test_a_gauge_of_a_span_counts_since_that_began(by_spans: InJson) -> None:
    by_spans.hold("one", 7.0, 5.0)
    await by_spans.read("production")
    reading = await by_spans.source.read(by_spans.plan, ("production",), BEGIN + 75.0)
    (memory,) = (one for one in increments(NAMES, COHORTS, {}, reading.totals, reading.at) if one.metric == "memory")

    assert (memory.since, memory.at) == (BEGIN + 55.0, BEGIN + 75.0)


# ── a request for each version ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def by_version() -> AsyncIterator[InJson]:
    async with in_json(spans=True, by_version=True) as fleet:
        fleet.start("production", "one", NEW, started_at=1.0)
        fleet.start("production", "two", OLD, started_at=1.0)
        yield fleet


async def test_each_version_of_the_list_is_asked_for(by_version: InJson) -> None:
    by_version.serve("one", "500", 0.1, times=3)
    reading = await by_version.read("production")

    assert {one.process: (one.commit, one.shown["errors"]) for one in reading.totals} == {
        "one": (NEW, Counts(3, 3)),
        "two": (OLD, Counts(0, 0)),
    }
    assert sorted(path for path, *_ in by_version.asked) == ["/production", f"/production/{NEW}", f"/production/{OLD}"]
    assert all(headers["X-Api-Key"] == SECRET for *_, headers in by_version.asked)


async def test_a_version_stands_in_an_address_and_a_body_and_leads_nowhere_else(by_version: InJson) -> None:
    name = 'v1/../../x?a=b#"{from}'
    by_version.start("production", "odd", name, started_at=1.0)
    by_version.point(method="POST", body='{"version": "{version}", "since": {from}}')
    await by_version.read("production")

    (_, query, body, _) = next(one for one in by_version.asked if "v1" in one[0])
    assert (query["of"], json.loads(body)["version"]) == ("shop", name)


@pytest.mark.parametrize(
    ("live", "words"),
    [
        ([None], "lists what is no version at $.live[*]"),
        ([["a"]], "lists what is no version at $.live[*]"),
        ([".."], "lists what is no version at $.live[*]"),
        ([f"v{number}" for number in range(21)], "lists more than 20 versions at $.live[*]"),
    ],
)
async def test_a_list_that_is_none_is_said(by_version: InJson, live: list[object], words: str) -> None:
    says(by_version, {"live": live})
    with pytest.raises(Temporary) as raised:
        await by_version.read("production")

    assert str(raised.value).endswith(words)
    assert len(by_version.asked) == 1


@pytest.mark.parametrize("spans", [True, False])
async def test_a_version_that_was_not_answered_for_is_not_silent_and_all_is_asked_for_again(spans: bool) -> None:
    async with in_json(spans=spans, by_version=True) as fleet:
        fleet.start("production", "one", NEW, started_at=1.0)
        fleet.start("production", "two", OLD, started_at=1.0)
        before = await fleet.read("production")
        fails_for(fleet, NEW, web.Response(status=503))
        with pytest.raises(Temporary, match="answered 503"):
            await fleet.read("production", at=2.0)
        fleet.says = None
        fleet.serve("one", "200", 0.1, times=4)
        assert samples(before, await fleet.read("production", at=4.0))["canary", "errors"] == Counts(0, 4)


async def test_who_asks_to_be_left_alone_for_one_version_is_for_all(by_version: InJson) -> None:
    by_version.point(url=f"{by_version.address}/{{environment}}/{{version}}", started="$.since")
    fails_for(by_version, NEW, web.Response(status=429, headers={"Retry-After": "60"}))
    for at, reached in ((1.0, 3), (1.5, 3), (2.0, 6)):
        with pytest.raises(Temporary, match="answered 429"):
            await by_version.read("production", at=at)
        assert len(by_version.asked) == reached


def fails_for(fleet: InJson, version: str, answer: web.Response) -> None:
    """Whoever asks for this version."""

    async def say(request: web.Request) -> web.StreamResponse:
        known = {"live": [NEW, OLD], "versions": [part(requests={"all": 7})]}
        fails = request.path.endswith(version)
        return web.Response(status=answer.status, headers=answer.headers) if fails else web.json_response(known)

    fleet.says = say


# ── what it answers ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, b"", Permanent, "answered 401: is what STATS_KEY holds still good?"),
        (403, b"", Permanent, "answered 403: is what STATS_KEY holds still good?"),
        (400, b"s3cret <html>", Permanent, "answered 400: look at `url` in the plan"),
        (404, b"", Permanent, "answered 404: look at `url` in the plan"),
        (302, b"", Permanent, "answered 302, and elsewhere is not asked: let `url` be where it leads"),
        (429, b"", Temporary, "answered 429"),
        (503, b"", Temporary, "answered 503"),
        (200, b"<html>Welcome!", Temporary, "answered something that is no JSON"),
        (200, b"[" * 100_000, Temporary, "answered something that is no JSON"),
        (200, b"\xff\xfe", Temporary, "answered something that is no JSON"),
        (200, b'{"a": "' + b"x" * 10_000_000 + b'"}', Temporary, "sent more than 4 MB"),
        (200, {"versions": [{}] * (PARTS_MAX + 1)}, Temporary, "has 501 parts at $.versions[*], which is more than"),
    ],
)
async def test_what_is_no_answer_is_said_in_words_and_is_never_an_empty_reading(
    fleet: InJson, status: int, body: object, kind: type[AdapterError], words: str
) -> None:
    says(fleet, body, status, **({"Location": "http://127.0.0.1:1/"} if status == 302 else {}))
    with pytest.raises(kind) as raised:
        await fleet.read("production")

    assert str(raised.value).startswith(f"{fleet.address.removeprefix('http://')} {words}")
    assert SECRET not in str(raised.value)
    assert len(fleet.asked) == 1


TEXT = json.dumps(json.dumps({"versions": [{"name": "one", "commit": NEW, "memory": 1}]})).encode()
"""JSON within a text of JSON, which is a text."""


@pytest.mark.parametrize("body", [b"null", b"3", TEXT, b"{}", b'{"versions": {}}', b'{"versions": null}'])
async def test_an_answer_with_no_part_says_so(fleet: InJson, body: bytes) -> None:
    says(fleet, body)
    reading = await fleet.read("production")

    assert reading.failure == "production has nothing at $.versions[*]"


@pytest.mark.parametrize(
    "found",
    [None, True, "12", "NaN", [], {}, -1, float("nan"), float("inf"), 10**400],
)
async def test_whatever_is_no_number_is_a_gap_and_is_named(fleet: InJson, found: object) -> None:
    before = await fleet.read("production")
    says(fleet, {"versions": [part(requests={"all": 10, "failed": found}, memory=5)]})
    after = await fleet.read("production", at=2.0)

    assert samples(before, after)["canary", "errors"] == Gap("invalid")
    assert samples(before, after)["canary", "memory"] == Values(5)
    assert after.failures == {"errors of one": "is no number that could be counted"}


@pytest.mark.parametrize(
    ("parts", "failures"),
    [
        ([{"commit": None, "name": "x"}, part()], {"production[0]": "has no version at $.commit"}),
        ([{"commit": ["a"], "name": "x"}, part()], {"production[0]": "has no version at $.commit"}),
        ([{"commit": NEW}, part()], {"production[0]": "has no name at $.name"}),
        (
            [json.dumps(part()), 3, None, part()],
            {f"production[{number}]": "has no version at $.commit" for number in range(3)},
        ),
        ([part(name="two"), part(name="two"), part()], {"two": "is there twice: let `process` tell them apart"}),
        ([{"commit": OLD, "name": "two"}, part()], {"two": "has none of the plan's numbers"}),
    ],
)
async def test_a_part_that_cannot_be_used_is_named_and_the_others_are_read(
    fleet: InJson, parts: list[object], failures: dict[str, str]
) -> None:
    says(fleet, {"versions": parts})
    reading = await fleet.read("production")

    assert [one.process for one in reading.totals] == ["one"]
    assert reading.failures == failures


async def test_all_that_a_path_finds_is_added_up(fleet: InJson) -> None:
    errors = {**IN_JSON[0], "counter": "$.routes[?@.status >= 500].times", "of": "$.routes[*].times"}
    fleet.point([errors])
    routes = [{"status": status, "times": times} for status, times in ((200, 90), (500, 3), (503, 4))]
    says(fleet, {"versions": [part(routes=routes)]})
    (totals,) = (await fleet.read("production")).totals

    assert totals.shown == {"errors": Counts(7, 97)}


async def test_a_version_that_is_not_split_into_processes_is_one(fleet: InJson) -> None:
    fleet.point(process=None, each="$.versions[*]")
    says(fleet, {"versions": [{**part(), "commit": "v1.4.0", "since": "yesterday"}]})
    (totals,) = (await fleet.read("production")).totals

    assert (totals.process, COHORTS.of(totals), totals.started_at) == ("v1.4.0", "canary", None)


async def test_a_path_down_to_everywhere_in_an_answer_that_is_very_deep_is_no_crash(fleet: InJson) -> None:
    fleet.point([{"name": "deep", "kind": "errors", "gauge": "$..failed"}])
    deep: object = {"failed": 1}
    for _ in range(150):
        deep = {"a": deep}
    says(fleet, {"versions": [part(deep=deep)]})
    with pytest.raises(Temporary, match="answered something too deep for the plan's paths"):
        await fleet.read("production")


async def test_a_packed_answer_is_measured_unpacked(fleet: InJson) -> None:
    says(fleet, gzip.compress(b" " * 50_000_000), **{"Content-Encoding": "gzip"})
    with pytest.raises(Temporary):
        await fleet.read("production")


async def test_an_answer_that_drips_is_not_waited_for(fleet: InJson) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    fleet.says = drip
    fleet.point(time_max="100ms")
    with pytest.raises(Temporary, match=r"did not answer within 0\.1 s"):
        await fleet.read("production")


async def test_who_asks_to_be_left_alone_is_and_who_is_not_there_is_temporary(fleet: InJson) -> None:
    says(fleet, b"", 429, **{"Retry-After": "30"})
    for at, reached in ((1.0, 1), (1.4, 1), (1.5, 2)):
        with pytest.raises(Temporary, match="answered 429"):
            await fleet.read("production", at=at)
        assert len(fleet.asked) == reached
    fleet.address = "http://127.0.0.1:1"
    fleet.point()
    with pytest.raises(Temporary, match=r"127\.0\.0\.1:1 could not be reached: nobody listens at"):
        await fleet.read("production")


async def test_a_secret_that_is_not_set_or_cannot_be_sent_asks_nobody(fleet: InJson) -> None:
    for name in ("EMPTY", "NOBODY_SET_IT"):
        fleet.point(headers_from={"X-Api-Key": name})
        with pytest.raises(Permanent, match=f"{name} is not set in the environment or in .env"):
            await fleet.read("production")
    assert fleet.asked == []


@pytest.mark.parametrize("by_version", [False, True])
async def test_a_server_is_trusted_by_its_own_authority_and_by_no_other(tmp_path: Path, by_version: bool) -> None:
    ca, context = await certified(tmp_path)
    async with in_json(spans=False, by_version=by_version, tls=context) as fleet:
        fleet.start("production", "one", NEW, started_at=1.0)
        assert fleet.address.startswith("https://localhost:")
        with pytest.raises(Temporary, match=r"the certificate of localhost:\d+ is not trusted here"):
            await fleet.read("production")
        fleet.point(ca_file="nowhere.pem")
        with pytest.raises(Permanent, match=r"nowhere\.pem cannot be used: No such file"):
            await fleet.read("production")
        assert fleet.asked == []
        fleet.point(ca_file=str(ca))
        assert [one.process for one in (await fleet.read("production")).totals] == ["one"]
