"""The metrics port over everything that it has: memory, pages, a real Prometheus, Datadog, JSON; all mean the same."""

from collections.abc import AsyncIterator

import pytest

from bot.adapters.metrics import Reading
from bot.analysis.series import Cohorts, Gap, Sample, Totals, increments, remember
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.errors import Temporary
from tests.contracts.asked_fixtures import in_datadog, in_json
from tests.contracts.metrics_fixtures import BOUNDS, METRICS, NEW, OLD, Fleet, InMemory, stored, wire
from tests.support.prometheus import Server

NAMES = [str(metric["name"]) for metric in METRICS]
COHORTS = Cohorts(NEW, "production", baseline="staging")


@pytest.fixture(
    params=["in memory", "on the wire", "in Prometheus", "in Datadog", "in JSON", "in JSON, by spans", "by version"]
)
async def fleet(request: pytest.FixtureRequest) -> AsyncIterator[Fleet]:
    match request.param:
        case "in memory":
            yield InMemory()
        case "on the wire":
            async with wire("one", "two", "three") as fleet:
                yield fleet
        case "in Datadog":
            async with in_datadog() as fleet:
                yield fleet
        case "in JSON" | "in JSON, by spans" | "by version":
            spans, by_version = request.param == "in JSON, by spans", request.param == "by version"
            async with in_json(spans=spans, by_version=by_version) as fleet:
                yield fleet
        case _:
            server: Server = request.getfixturevalue("prometheus")
            async with stored(server) as fleet:
                yield fleet


def only(reading: Reading) -> Totals:
    (totals,) = reading.totals
    return totals


def changed(before: Reading, now: Reading) -> dict[str, Shown | Gap]:
    samples: tuple[Sample, ...] = increments(NAMES, COHORTS, remember({}, before.totals, 1.0), now.totals, 2.0)
    return {sample.metric: sample.shown for sample in samples}


async def test_a_reading_holds_what_every_process_has_counted_so_far(fleet: Fleet) -> None:
    fleet.start("production", "one", NEW, started_at=100.0)
    fleet.serve("one", "200", 0.05, times=17)
    fleet.serve("one", "503", 0.3, times=3)
    fleet.hold("one", memory=5e7, in_use=4)
    totals = only(await fleet.read("production", at=7.0))

    assert (totals.environment, totals.commit) == ("production", NEW)
    assert totals.started_at == 100.0 or not fleet.knows_starts
    assert totals.at == pytest.approx(7.0, abs=1.0)
    p95 = {"p95": Buckets(BOUNDS, (17, 0, 3, 0))} if fleet.has_buckets else {}
    assert {name: shown for name, shown in totals.shown.items() if name != "p95" or fleet.has_buckets} == {
        "errors": Counts(3, 20),
        "memory": Values(5e7),
        "pool": Values(0.4),
        **p95,
    }


async def test_an_error_before_which_there_was_none_is_one_error(fleet: Fleet) -> None:
    fleet.start("production", "one", NEW, started_at=100.0)
    fleet.serve("one", "200", 0.05, times=10)
    before = await fleet.read("production")
    fleet.serve("one", "500", 0.05)
    after = await fleet.read("production", at=2.0)

    assert only(before).shown["errors"] == Counts(0, 10)
    assert changed(before, after)["errors"] == Counts(1, 1)


async def test_looking_again_changes_nothing(fleet: Fleet) -> None:
    fleet.start("production", "one", NEW, started_at=100.0)
    fleet.serve("one", "500", 0.05, times=2)

    first, second = only(await fleet.read("production")), only(await fleet.read("production"))

    assert (first.key, first.commit, first.shown) == (second.key, second.commit, second.shown)


async def test_a_process_that_started_again_is_a_reset_or_loses_nothing_even_when_it_has_counted_more(
    fleet: Fleet,
) -> None:
    fleet.start("production", "one", NEW, started_at=100.0)
    fleet.serve("one", "200", 0.05, times=5)
    before = await fleet.read("production")
    fleet.restart("one", at=150.0)
    fleet.serve("one", "200", 0.05, times=50)
    after = await fleet.read("production", at=2.0)

    if fleet.knows_starts:
        assert only(after).started_at == 150.0
        assert changed(before, after)["errors"] == Gap("reset")
        assert changed(before, after)["p95"] == Gap("reset" if fleet.has_buckets else "missing")
    else:
        assert changed(before, after)["errors"] == Counts(0, 50)


async def test_each_process_is_told_apart_by_environment_and_commit(fleet: Fleet) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.start("production", "two", OLD, started_at=2.0)
    fleet.start("staging", "three", NEW, started_at=3.0)
    reading = await fleet.read("production", "staging")

    assert [COHORTS.of(totals) for totals in reading.totals] == ["canary", "control", "baseline"]
    assert len({totals.key for totals in reading.totals}) == 3
    if fleet.knows_starts:
        assert [totals.started_at for totals in (await fleet.read("staging")).totals] == [3.0]


async def test_a_process_that_cannot_be_read_is_named_and_the_others_are_read(fleet: Fleet) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.start("production", "two", OLD, started_at=2.0)
    fleet.spoil("one")
    reading = await fleet.read("production")

    assert [totals.commit for totals in reading.totals] == [OLD]
    assert list(reading.failures.values()) == [fleet.spoilt]
    assert reading.failure is None


async def test_when_no_process_can_be_read_the_reading_says_why(fleet: Fleet) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.spoil("one")
    reading = await fleet.read("production")

    assert reading.totals == ()
    assert reading.failure is not None
    assert reading.failure.endswith(fleet.spoilt)


async def test_an_environment_with_no_process_is_empty_and_says_so(fleet: Fleet) -> None:
    reading = await fleet.read("production")

    assert reading.totals == ()
    assert reading.failure is not None
    assert reading.failure.startswith(fleet.nobody)


async def test_a_discovery_that_fails_is_temporary(fleet: Fleet) -> None:
    fleet.start("production", "one", NEW, started_at=1.0)
    fleet.hide()

    with pytest.raises(Temporary, match=r"answered (500|404)"):
        await fleet.read("production")
