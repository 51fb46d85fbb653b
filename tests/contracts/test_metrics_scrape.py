"""What can go wrong with exposition pages and their discovery, over real sockets; and how a page is read."""

import asyncio
import math
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from bot.adapters.metrics.exposition import PageReader, Selector
from bot.adapters.metrics.scrape import BYTES_MAX
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.errors import Permanent, Temporary
from bot.core.metric import Metric
from tests.contracts.metrics_fixtures import NEW, OLD, Wire, plan_for, wire

NAMES = tuple(f"shop-{number}" for number in range(4))


@pytest.fixture
async def fleet() -> AsyncIterator[Wire]:
    async with wire(*NAMES) as fleet:
        for name in NAMES:
            fleet.start("production", name, OLD, started_at=1.0)
        yield fleet


def page(text: str) -> web.Response:
    return web.Response(text=text)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (web.Response(status=404), "answered 404"),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), "answered 302"),
        (page(""), "sent an empty page"),
        (page("requests_total 3"), "sent a page that was cut short"),
        (page("<html>\nWelcome!\n"), "sent a page whose line 1 is no sample: '<html>'"),
        (page("requests_total three\n"), "sent a page whose line 1 is no sample: 'requests_total three'"),
        (page('requests_total{status="5} 3\n'), "sent a series that cannot be read: 'requests_total{status=\"5}'"),
        (page("duration_seconds_bucket 3\n"), "sent a series that cannot be read: 'duration_seconds_bucket'"),
        (web.Response(body=b"\xff\xfe\n"), "sent a page that is no text"),
        (page("# " + "x" * BYTES_MAX + "\n"), "sent more than 2 MB"),
    ],
)
async def test_a_bad_page_is_one_failure_in_words(fleet: Wire, answer: web.Response, reason: str) -> None:
    fleet.says("shop-1", answer)
    reading = await fleet.read("production")

    assert reading.failures == {fleet.addresses["shop-1"]: reason}
    assert len(reading.totals) == 3


async def test_slow_processes_cost_one_time_out_together(fleet: Wire) -> None:
    fleet.point(plan_for(fleet.plan.metrics_from.targets, time_max="200ms"))
    for name in NAMES[1:]:
        fleet.says(name, page("requests_total 1\n"), after_seconds=1.0)
    started_at = time.monotonic()
    reading = await fleet.read("production")

    assert time.monotonic() - started_at < 0.8
    assert set(reading.failures.values()) == {"did not answer within 0.2 s; is it up, and quick enough?"}
    assert len(reading.totals) == 1


async def test_a_process_that_is_gone_is_a_failure(fleet: Wire) -> None:
    fleet.more_groups = [{"targets": ["127.0.0.1:1"], "labels": {}}]

    assert (await fleet.read("production")).failures == {
        "127.0.0.1:1": "could not be reached: nobody listens at 127.0.0.1:1; is it running, and is the port right?"
    }


async def test_a_large_page_keeps_nobody_waiting(fleet: Wire) -> None:
    series = "".join(f'requests_total{{route="/{number}",status="500"}} 1\n' for number in range(20_000))
    fleet.says("shop-0", page(series))
    waits = []

    async def others() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.001)
            waits.append(time.monotonic() - before)

    waiting = asyncio.create_task(others())
    reading = await fleet.read("production")
    await asyncio.sleep(0.01)  # whoever was kept waiting notes it down
    waiting.cancel()

    assert Counts(20_000, 20_000) in [totals.shown.get("errors") for totals in reading.totals]
    assert max(waits) < 0.6


@pytest.mark.parametrize("answer", ["nothing", "{}", '[{"labels": {}}]', '[{"targets": "one"}]'])
async def test_a_discovery_that_answers_something_else_is_temporary(fleet: Wire, answer: str) -> None:
    discovery = await fleet.listen(lambda _: _answered(answer))
    fleet.point(plan_for(f"http://{discovery}/"))

    with pytest.raises(Temporary, match="no list of targets"):
        await fleet.read("production")


async def _answered(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/json")


async def test_one_environment_can_be_read_without_the_other(fleet: Wire) -> None:
    fleet.hidden = {"staging"}
    reading = await fleet.read("production", "staging")

    assert len(reading.totals) == len(NAMES)
    assert list(reading.failures.values()) == ["answered 500"]


async def test_a_discovery_for_all_environments_is_sorted_by_their_label(fleet: Wire) -> None:
    fleet.more_groups = [{"targets": ["127.0.0.1:1"], "labels": {"environment": "elsewhere"}}]

    assert (await fleet.read("production")).failures == {}


async def test_a_target_may_say_where_its_page_is(fleet: Wire) -> None:
    fleet.shops.pop("shop-3")
    own = await fleet.listen(lambda request: _answered(f'path_info{{path="{request.path}"}} 1\nrequests_total 1\n'))
    fleet.more_groups = [{"targets": [own], "labels": {"__metrics_path__": "/internal/metrics", "commit": NEW}}]
    reading = await fleet.read("production")

    assert [totals.commit for totals in reading.totals] == [OLD, OLD, OLD, NEW]


# ── how a page is read ───────────────────────────────────────────────────────────────────────────────────────────────


def read(text: str, **written: object) -> Shown | None:
    metric = Metric.model_validate({"name": "one", "kind": "errors", **written})
    return PageReader([metric]).read(text).shown.get("one")


def share(counter: str, text: str) -> float:
    shown = read(text + "all 1\n", counter=counter, of="all")
    assert isinstance(shown, Counts)
    return shown.x


PAGE = """\
# HELP hits Hits.
# TYPE hits counter
hits{status="200",route="/"} 1
hits{status="500",route="/"} 2
hits{status="503",route="/cart"} 4
hits{status="5000"} 8
hits{route="/"} 16 1700000000000
hits_other{status="500"} 32
"""


@pytest.mark.parametrize(
    ("selector", "value"),
    [
        ("hits", 31),
        ('hits{status="500"}', 2),
        ('hits{status!="500"}', 29),
        ('hits{status=~"5.."}', 6),
        ('hits{status!~"5.*"}', 17),
        ('hits{status=""}', 16),
        ('hits{status=~"2..|5..",route="/"}', 3),
        ('hits{status=~".+"}', 15),
    ],
)
def test_selectors_mean_what_they_mean_in_promql(selector: str, value: float) -> None:
    assert share(selector, PAGE) == value


@pytest.mark.parametrize("selector", ['hits{status=~"\\\\pN+"}', "hits offset 5m", "hits @ 3", 'hits{a="1" or b="2"}'])
def test_what_a_page_cannot_answer_is_refused_by_name(selector: str) -> None:
    with pytest.raises(Permanent, match=r"^hits"):
        Selector.of(selector)


def test_label_values_may_hold_anything() -> None:
    awkward = 'hits{path="/a b} 7",quote="\\"",line="\\n",back="\\\\"} 3\n'

    assert share('hits{path="/a b} 7",quote="\\"",line="\\n",back="\\\\"}', awkward) == 3


def test_exemplars_and_time_stamps_are_not_values() -> None:
    assert share("hits", 'hits{a="1"} 3 # {trace_id="x"} 0.5 1700000000\nhits{a="2"} 4 1700000000\n') == 7


def test_a_counter_without_its_denominator_is_not_there() -> None:
    assert read("hits 3\n", counter="hits", of="all") is None


def test_what_cannot_be_counted_spoils_the_sum_and_is_not_left_out() -> None:
    for spoilt in ("NaN", "-1"):
        assert math.isnan(share("hits", f'hits{{a="1"}} {spoilt}\nhits{{a="2"}} 4\n'))


HISTOGRAM = """\
took_bucket{route="/",le="0.1"} 5
took_bucket{route="/",le="0.5"} 8
took_bucket{route="/",le="+Inf"} 10
took_bucket{route="/cart",le="0.1"} 1
took_bucket{route="/cart",le="0.5"} 1
took_bucket{route="/cart",le="+Inf"} 4
took_sum 99
took_count 14
"""


def test_histograms_are_added_up_over_their_series() -> None:
    assert read(HISTOGRAM, histogram="took", quantile=0.5) == Buckets((0.1, 0.5), (6, 3, 5))
    assert read(HISTOGRAM, histogram='took{route="/"}', quantile=0.5) == Buckets((0.1, 0.5), (5, 3, 2))


def test_a_histogram_without_its_last_bucket_is_not_valid() -> None:
    shown = read('took_bucket{le="0.1"} 5\n', histogram="took", quantile=0.5)

    assert shown is not None
    assert not shown.is_valid


def test_a_gauge_may_be_below_zero_and_a_share_of_nothing_is_not_valid() -> None:
    assert read("balance -3\n", gauge="balance") == Values(-3)
    empty = read("taken 3\nplaces 0\n", gauge="taken", of="places")

    assert empty is not None
    assert not empty.is_valid
    assert read("taken 3\n", gauge="taken", of="places") is None
