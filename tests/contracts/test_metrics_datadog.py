"""What can go wrong between Songbird and Datadog, over a real socket: a stand-in that keeps its documented rules.

To forget: `fleet.read(at=…)` is in minutes, and what was counted before it was sent just before that look's last span.
"""

import asyncio
import gzip
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from aiohttp import web

from bot.adapters.metrics import Reading
from bot.adapters.metrics.datadog import BYTES_MAX, SERIES_MAX
from bot.analysis.series import Cohorts, Gap, increments, remember
from bot.analysis.shapes import Counts, Values
from bot.core.errors import AdapterError, Permanent, Temporary
from tests.contracts.asked_fixtures import BEGIN, IN_DATADOG, LOOK_SECONDS, InDatadog, in_datadog
from tests.contracts.metrics_fixtures import NEW, OLD
from tests.support.datadog import API_KEY, APPLICATION_KEY

COHORTS = Cohorts(NEW, "production", version="v1.4.0")
NAMES = [str(metric["name"]) for metric in IN_DATADOG]


@pytest.fixture
async def fleet() -> AsyncIterator[InDatadog]:
    async with in_datadog() as fleet:
        fleet.start("production", "one", NEW, started_at=1.0)
        yield fleet


def samples(before: Reading, after: Reading) -> dict[tuple[str, str], Any]:
    found = increments(NAMES, COHORTS, remember({}, before.totals, before.at), after.totals, after.at)
    return {(sample.cohort, sample.metric): sample.shown for sample in found}


def asked(fleet: InDatadog, look: int = -1) -> dict[str, Any]:
    attributes: dict[str, Any] = fleet.datadog.asked[look]["data"]["attributes"]
    return attributes


def answered(series: list[dict[str, Any]], times: list[Any], values: list[Any]) -> dict[str, Any]:
    return {"data": {"attributes": {"series": series, "times": times, "values": values}}}


# ── one request ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_look_is_one_request_with_each_query_once(fleet: InDatadog) -> None:
    twice = {**IN_DATADOG[0], "name": "errors-again"}
    fleet.point([*IN_DATADOG, twice], where_in={"staging": "service:shop,env:try-outs"})
    await fleet.read("production", "staging")

    queries = [one["query"] for one in asked(fleet)["queries"]]
    assert len(fleet.datadog.asked) == 1
    assert len(queries) == len(set(queries)) == 2 * 6
    assert "sum:shop.requests{status:5*,service:shop,env:production} by {version}.as_count().rollup(sum, 10)" in queries
    assert "avg:shop.memory{service:shop,env:try-outs} by {version}.rollup(avg, 10)" in queries
    assert "p95:shop.duration{service:shop,env:production} by {version}" in queries
    assert [one["formula"] for one in asked(fleet)["formulas"]] == [one["name"] for one in asked(fleet)["queries"]]


async def test_tags_in_words_and_with_signs_go_together(fleet: InDatadog) -> None:
    errors = {**IN_DATADOG[0], "counter": "shop.requests{status:5* OR status:429}", "of": "shop.requests{!route:/up}"}
    fleet.point([errors], where="service:shop,!canary")
    fleet.datadog.says(200, answered([], [], []))
    await fleet.read("production")

    queries = [one["query"] for one in asked(fleet)["queries"]]
    assert "{(status:5* OR status:429) AND service:shop AND NOT canary}" in queries[0]
    assert "{!route:/up,service:shop,!canary}" in queries[1]


async def test_spans_follow_one_another_and_nothing_is_counted_twice(fleet: InDatadog) -> None:
    await fleet.read("production")
    fleet.serve("one", "500", 0.1, times=3)
    one, _ = await asyncio.gather(fleet.read("production", at=2.0), fleet.read("production", at=2.0))
    first, second = asked(fleet, 0), asked(fleet, 1)

    assert len(fleet.datadog.asked) == 2, "the third look found nothing that was new"
    assert second["from"] == first["to"] == (BEGIN + LOOK_SECONDS - 30.0) * 1000
    assert one.totals[0].shown["errors"] == Counts(3, 3)


async def test_what_is_not_yet_whole_is_left_for_the_next_look(fleet: InDatadog) -> None:
    before = await fleet.read("production")
    tags = {"service:shop", "env:production", f"version:{NEW}", "status:200"}
    fleet.datadog.count("shop.requests", tags, 5, at=fleet.told(2.0) + 3.0)
    second = await fleet.read("production", at=2.0)
    third = await fleet.read("production", at=3.0)

    assert "errors" not in second.totals[0].shown
    assert third.totals[0].shown["errors"] == Counts(0, 5)
    assert samples(before, second)["canary", "errors"] == Gap("missing")


async def test_a_look_that_failed_loses_nothing(fleet: InDatadog) -> None:
    fleet.serve("one", "200", 0.1, times=10)
    before = await fleet.read("production")
    fleet.serve("one", "500", 0.1, times=2)
    fleet.hide()
    with pytest.raises(Temporary, match="Datadog answered 500"):
        await fleet.read("production", at=2.0)
    fleet.datadog.answer = None
    after = await fleet.read("production", at=4.0)

    assert samples(before, after)["canary", "errors"] == Counts(2, 2)


async def test_after_an_hour_without_an_answer_counting_begins_anew(fleet: InDatadog) -> None:
    fleet.serve("one", "200", 0.1, times=10)
    before = await fleet.read("production")
    fleet.serve("one", "200", 0.1, times=99)
    after = await fleet.read("production", at=70.0)

    assert samples(before, after)["canary", "errors"] == Gap("reset")
    assert asked(fleet)["to"] - asked(fleet)["from"] == 300_000


async def test_a_gauge_that_was_not_told_again_is_not_repeated(fleet: InDatadog) -> None:
    fleet.serve("one", "200", 0.1)
    await fleet.read("production")
    until = fleet.told(1.0)
    near, far = [
        await fleet.source.read(fleet.plan, ("production",), until + 30.0 + more) for more in (10.0, 15.0 + 5.0)
    ]

    assert "memory" in near.totals[0].shown
    assert set(far.totals[0].shown) == {"errors"}


async def test_a_gauge_that_is_a_share_is_one_after_many_looks(fleet: InDatadog) -> None:
    fleet.hold("one", 7.0, 5.0)
    shown = [(await fleet.read("production", at=at)).totals[0].shown["pool"] for at in (1.0, 2.0, 3.0)]

    assert shown == [Values(0.5)] * 3
    assert any(one["query"].startswith("avg:shop.pool.size{") for one in asked(fleet)["queries"])


async def test_a_clock_that_was_put_back_begins_anew(fleet: InDatadog) -> None:
    await fleet.read("production", at=30.0)
    reading = await fleet.read("production", at=1.0)

    assert [one.at for one in reading.totals] == [1.0]


async def test_a_version_is_known_by_its_name_and_one_without_a_tag_is_no_canary(fleet: InDatadog) -> None:
    fleet.start("production", "two", "v1.4.0", started_at=1.0)
    fleet.datadog.gauge("shop.memory", {"service:shop", "env:production"}, 7.0, fleet.told(1.0) - 2.0)
    reading = await fleet.read("production")
    sides = {one.process: COHORTS.of(one) for one in reading.totals}

    assert sides == {"no version": "control", NEW: "canary", "v1.4.0": "canary"}


async def test_processes_are_told_apart_where_a_tag_does(fleet: InDatadog) -> None:
    fleet.point(process_tag="host")
    at = fleet.told(1.0) - 2.0
    for host, memory in (("a", 3.0), ("b", 5.0)):
        fleet.datadog.gauge(
            "shop.memory", {"service:shop", "env:production", f"version:{NEW}", f"host:{host}"}, memory, at
        )
    fleet.instances.clear()
    reading = await fleet.read("production")

    assert {one.process: one.shown["memory"] for one in reading.totals} == {"a": Values(3.0), "b": Values(5.0)}
    assert {one.commit for one in reading.totals} == {NEW}


async def test_versions_that_share_a_name_are_told_apart_whichever_of_them_came_last(fleet: InDatadog) -> None:
    fleet.point(process_tag="host")
    fleet.instances.clear()

    def serve(version: str, times: int, at: float) -> None:
        tags = {"service:shop", "env:production", f"version:{version}", "host:a", "status:200"}
        fleet.datadog.count("shop.requests", tags, times, fleet.told(at) - 2.0)

    readings = []
    for at, both in ((1.0, False), (2.0, True), (3.0, True)):
        serve(OLD, 9, at)
        if both:
            serve(NEW, 5, at)
        readings.append(await fleet.read("production", at=at))

    first, second, third = readings
    assert samples(first, second)["control", "errors"] == Counts(0, 9), "who was there first keeps the name"
    assert samples(second, third) == samples(second, third) | {
        ("canary", "errors"): Counts(0, 5),
        ("control", "errors"): Counts(0, 9),
    }
    assert {one.process: one.commit for one in third.totals} == {"a": OLD, f"a {NEW}": NEW}


async def test_a_value_counts_since_it_was_measured_and_once(fleet: InDatadog) -> None:
    p95 = {"group_tags": [f"version:{NEW}"], "query_index": 5}
    memory = {"group_tags": [f"version:{NEW}"], "query_index": 2}
    until, before = fleet.told(1.0), remember({}, (), 0.0)
    fleet.datadog.says(200, answered([memory, p95], [int((until - 10) * 1000)], [[5.0], [0.2]]))
    seen = []
    for late in (0.0, 10.0):
        if late:
            fleet.datadog.says(200, answered([], [], []))
        reading = await fleet.source.read(fleet.plan, ("production",), until + 30.0 + late)
        found = increments(NAMES, COHORTS, before, reading.totals, reading.at)
        before = remember(before, reading.totals, reading.at)
        seen.append({one.metric: (one.since, one.shown) for one in found if one.metric in ("memory", "p95")})

    assert seen[0] == {"memory": (until - 10, Values(5.0)), "p95": (until - 10, Values(0.2))}
    assert {name: shown for name, (_, shown) in seen[1].items()} == {"memory": Gap("old"), "p95": Gap("old")}


async def test_a_query_with_two_values_of_a_version_is_named_and_left_out(fleet: InDatadog) -> None:
    by_host = [{"group_tags": [f"version:{NEW}", f"host:{host}"], "query_index": 5} for host in ("a", "b")]
    memory = {"group_tags": [f"version:{NEW}"], "query_index": 2}
    at = int((fleet.told(1.0) - 10) * 1000)
    fleet.datadog.says(200, answered([*by_host, memory], [at], [[0.1], [0.2], [5.0]]))
    reading = await fleet.read("production")

    assert reading.totals[0].shown == {"memory": Values(5.0)}
    assert reading.failures == {"p95": "has several values of a version: group by {version} alone"}


# ── what it answers ──────────────────────────────────────────────────────────────────────────────────────────────────

ONE = [{"group_tags": [f"version:{NEW}"], "query_index": 0}]
LIMIT = {"X-RateLimit-Limit": "1600", "X-RateLimit-Period": "3600", "X-RateLimit-Reset": "30"}


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (400, {"errors": ["Error parsing\nquery: x"]}, Permanent, "cannot answer the plan's question: Error parsing q"),
        (401, {"errors": ["Unauthorized"]}, Permanent, "answered 401: are DD_API_KEY and DD_APP_KEY keys of http://1"),
        (403, {"errors": ["Forbidden"]}, Permanent, "answered 403: are DD_API_KEY and DD_APP_KEY keys of http://127."),
        (404, {"errors": ["Not Found"]}, Temporary, "answered 404"),
        (500, b"<html>oops", Temporary, "answered 500"),
        (302, b"", Temporary, "answered 302"),
        (200, {"errors": "Query timed out"}, Temporary, "answered an error"),
        (200, b"<html>Welcome!", Temporary, "answered something that is no result"),
        (200, b"[" * 100_000, Temporary, "answered something that is no result"),
        (200, answered(ONE, [1000], [["many"]]), Temporary, "answered something that is no result"),
        (200, answered([{"query_index": 99}], [1000], [[1.0]]), Temporary, "answered with series that nobody asked f"),
        (200, answered([{"query_index": -1}], [1000], []), Temporary, "answered with series that nobody asked for"),
        (200, answered(ONE, [1000, 2000], [[1.0]]), Temporary, "answered with series that nobody asked for"),
        (200, answered(ONE * (SERIES_MAX + 1), [], [[]] * (SERIES_MAX + 1)), Temporary, "sent 10,001 series, which"),
        (200, b" " * 10_000_000, Temporary, "sent more than 8 MB"),
    ],
)
async def test_what_is_no_answer_is_said_in_words_and_is_never_an_empty_reading(
    fleet: InDatadog, status: int, body: object, kind: type[AdapterError], words: str
) -> None:
    fleet.datadog.says(status, body, {"Location": "http://127.0.0.1:1/"} if status == 302 else None)
    with pytest.raises(kind) as raised:
        await fleet.read("production")

    assert str(raised.value).startswith(f"Datadog {words}")
    assert not any(key in str(raised.value) for key in (API_KEY, APPLICATION_KEY))


async def test_a_packed_answer_is_measured_unpacked(fleet: InDatadog) -> None:
    packed = gzip.compress(b" " * (BYTES_MAX * 10))
    fleet.datadog.says(200, packed, {"Content-Encoding": "gzip"})
    with pytest.raises(Temporary):
        await fleet.read("production")


async def test_an_answer_that_drips_is_not_waited_for(fleet: InDatadog) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    fleet.datadog.answer = drip
    fleet.point(time_max="100ms")
    with pytest.raises(Temporary, match=r"did not answer within 0\.1 s"):
        await fleet.read("production")


@pytest.mark.parametrize("sent", ["NaN", "Infinity", "-3"])
async def test_what_cannot_be_counted_is_a_gap_and_no_zero(fleet: InDatadog, sent: str) -> None:
    fleet.serve("one", "200", 0.1, times=10)
    before = await fleet.read("production")
    at = int((fleet.told(2.0) - 10) * 1000)
    text = f'{{"data": {{"attributes": {{"series": [{{"group_tags": ["version:{NEW}"], "query_index": 1}}], '
    fleet.datadog.says(200, f'{text}"times": [{at}], "values": [[{sent}]]}}}}}}'.encode())
    second = await fleet.read("production", at=2.0)
    fleet.datadog.answer = None
    fleet.serve("one", "200", 0.1, times=4)
    third = await fleet.read("production", at=3.0)

    assert second.failures == {f"errors of {NEW}": "is no number that could be counted"}
    assert samples(before, second)["canary", "errors"] == Gap("invalid"), "which is not silence"
    assert samples(before, third)["canary", "errors"] == Gap("reset")


async def test_a_gauge_that_is_no_number_is_a_gap_and_a_null_is_no_point(fleet: InDatadog) -> None:
    at = int((fleet.told(1.0) - 20) * 1000)
    text = f'{{"data": {{"attributes": {{"series": [{{"group_tags": ["version:{NEW}"], "query_index": 2}}], '
    fleet.datadog.says(200, f'{text}"times": [{at}, {at + 10_000}], "values": [[NaN, null]]}}}}}}'.encode())
    (totals,) = (await fleet.read("production")).totals

    assert not totals.shown["memory"].is_valid


# ── its limit, and its keys ──────────────────────────────────────────────────────────────────────────────────────────


async def test_at_its_limit_it_is_left_alone_until_that_is_over_and_the_fix_is_named(fleet: InDatadog) -> None:
    fleet.datadog.requests_max, fleet.datadog.period_seconds = 1, 30
    fleet.datadog.now = 3.0
    await fleet.read("production")
    said = set()
    for at in (2.0, 2.4):
        with pytest.raises(Temporary) as raised:
            await fleet.read("production", at=at)
        said.add(str(raised.value))
    words = "Datadog answered 429, its limit is 1 requests in 30 s: let `look` be longer, or ask Datadog for a higher"

    assert len(fleet.datadog.headers) == 2, "while it rests nobody asks"
    assert said == {f"{words} limit"}, "other words would be another verdict"
    fleet.datadog.now = 33.0
    await fleet.read("production", at=2.5)
    assert len(fleet.datadog.headers) == 3


async def test_it_is_never_left_alone_for_longer_than_a_minute(fleet: InDatadog) -> None:
    fleet.datadog.says(429, {"errors": ["slow down"]}, {**LIMIT, "X-RateLimit-Reset": "3000"})
    for at, reached in ((1.0, 1), (1.9, 1), (2.0, 2)):
        with pytest.raises(Temporary):
            await fleet.read("production", at=at)
        assert len(fleet.datadog.headers) == reached


async def test_keys_come_from_the_environment_and_are_not_in_the_plan(fleet: InDatadog) -> None:
    await fleet.read("production")

    sent = fleet.datadog.headers[0]
    assert (sent["DD-API-KEY"], sent["DD-APPLICATION-KEY"]) == (API_KEY, APPLICATION_KEY)
    assert API_KEY not in fleet.plan.model_dump_json()
    for name in ("EMPTY", "NOBODY_SET_IT"):
        fleet.point(api_key_from=name)
        with pytest.raises(Permanent, match=f"{name} is not set in the environment or in .env, and Datadog asks for"):
            await fleet.read("production", at=2.0)
    assert len(fleet.datadog.headers) == 1


async def test_a_key_that_is_repeated_in_an_answer_is_in_no_error(fleet: InDatadog) -> None:
    fleet.datadog.says(400, {"errors": ["x" * 190 + f"{API_KEY} is no key, nor is {APPLICATION_KEY}"]})
    with pytest.raises(Permanent) as raised:
        await fleet.read("production")

    assert str(raised.value).endswith("x… is no ke")


# ── the past ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def an_hour(fleet: InDatadog) -> None:
    tags = {"service:shop", "env:production", "status:200"}
    for minute in range(60):
        for version, times in ((NEW, 1), (OLD, 2)):
            at = BEGIN + minute * 60.0 + 5.0
            fleet.datadog.count("shop.requests", {*tags, f"version:{version}"}, times, at)


async def test_the_past_is_read_as_it_would_have_been_look_by_look(fleet: InDatadog) -> None:
    await an_hour(fleet)
    readings = await fleet.source.past(fleet.plan, ("production",), BEGIN + 600, BEGIN + 1200, 60.0)
    found = [samples(before, after)["canary", "errors"] for before, after in pairwise(readings)]

    assert [reading.at for reading in readings] == [BEGIN + 600 + 60 * number for number in range(11)]
    assert found == [Counts(0, 1)] * 10
    assert len(fleet.datadog.asked) == 1


async def test_windows_of_the_past_count_on_and_beside_the_present_there_is_a_gap(fleet: InDatadog) -> None:
    await an_hour(fleet)
    await fleet.source.read(fleet.plan, ("production",), BEGIN + 1140)
    past = [
        *await fleet.source.past(fleet.plan, ("production",), BEGIN + 600, BEGIN + 840, 60.0),
        *await fleet.source.past(fleet.plan, ("production",), BEGIN + 900, BEGIN + 1140, 60.0),
    ]
    present = [await fleet.source.read(fleet.plan, ("production",), BEGIN + at) for at in (1200, 1260)]
    found = [samples(before, after)["control", "errors"] for before, after in pairwise([*past, *present])]

    assert found == [*[Counts(0, 2)] * 9, Gap("reset"), Counts(0, 2)]


async def test_the_past_neither_begins_nor_ends_a_rest(fleet: InDatadog) -> None:
    fleet.hide()
    with pytest.raises(Temporary):
        await fleet.source.past(fleet.plan, ("production",), BEGIN, BEGIN + 600, 60.0)
    fleet.datadog.answer = None
    await fleet.read("production", at=10.0)
    fleet.hide()
    with pytest.raises(Temporary):
        await fleet.read("production", at=11.0)
    fleet.datadog.answer = None
    await fleet.source.past(fleet.plan, ("production",), BEGIN, BEGIN + 600, 60.0)
    with pytest.raises(Temporary, match="answered 500"):
        await fleet.read("production", at=11.02)


async def test_of_a_time_of_which_nothing_is_known_there_is_no_reading(fleet: InDatadog) -> None:
    assert await fleet.source.past(fleet.plan, ("production",), BEGIN - 9000, BEGIN - 8000, 60.0) == ()


async def test_of_so_long_a_time_that_datadog_would_average_nothing_is_asked(fleet: InDatadog) -> None:
    with pytest.raises(Temporary, match="wider spans"):
        await fleet.source.past(fleet.plan, ("production",), BEGIN, BEGIN + 86400, 15.0)
    assert fleet.datadog.asked == []
