"""From what processes show to samples, and to the store and back."""

import json
import math
from dataclasses import replace

import pytest

from bot.analysis.series import (
    MEMORY_SECONDS,
    Before,
    Cohorts,
    Gap,
    LookSamples,
    Sample,
    Totals,
    from_stored,
    increments,
    remember,
    to_stored,
)
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.store.ports import StoredSample

NEW, OLD = "a" * 40, "b" * 40
COHORTS = Cohorts(NEW, "production")
NAMES = ["errors", "p95", "memory"]


def totals(at: float, **changes: object) -> Totals:
    shown = {"errors": Counts(1, 100 + at), "p95": Buckets((0.1, 0.2), (at, 2, 1)), "memory": Values(5e7)}
    return replace(Totals("production", "shop-1", at, NEW, 0.0, shown), **changes)  # type: ignore[arg-type]  # a test's


def shown_of(samples: tuple[Sample, ...]) -> dict[str, Shown | Gap]:
    return {sample.metric: sample.shown for sample in samples}


def second_look(first: Totals, second: Totals | None) -> dict[str, Shown | Gap]:
    return shown_of(increments(NAMES, COHORTS, {first.key: first}, [second] if second else [], 20.0))


def test_counts_and_buckets_are_subtracted_and_gauges_are_not() -> None:
    assert second_look(totals(10), totals(20)) == {
        "errors": Counts(0, 10),
        "p95": Buckets((0.1, 0.2), (10, 0, 0)),
        "memory": Values(5e7),
    }


def test_the_first_time_a_process_is_seen_there_is_nothing_to_subtract() -> None:
    seen = shown_of(increments(NAMES, COHORTS, {}, [totals(10)], 10.0))

    assert seen == {"errors": Gap("first"), "p95": Gap("first"), "memory": Values(5e7)}


def test_a_sample_says_over_which_time_it_counted() -> None:
    (errors, memory, p95) = increments(NAMES, COHORTS, {totals(10).key: totals(10)}, [totals(20)], 20.0)

    assert (errors.since, errors.at) == (p95.since, p95.at) == (10, 20)
    assert memory.since == 20


def test_a_metric_that_began_anew_is_a_reset_of_its_own_even_when_it_has_outrun_its_old_value() -> None:
    seen = second_look(totals(10), totals(20, since={"errors": 15.0}))

    assert (seen["errors"], seen["p95"]) == (Gap("reset"), Buckets((0.1, 0.2), (10, 0, 0)))


def test_a_new_start_time_is_a_reset_of_everything_even_of_totals_that_have_outrun_their_old_value() -> None:
    seen = second_look(totals(10), totals(20, started_at=15.0))

    assert seen == {"errors": Gap("reset"), "p95": Gap("reset"), "memory": Values(5e7)}


def test_a_start_time_that_wobbles_is_no_restart() -> None:
    assert second_look(totals(10), totals(20, started_at=0.4))["errors"] == Counts(0, 10)


def test_without_start_times_one_total_that_fell_is_a_restart_of_all() -> None:
    first = totals(10, started_at=None, shown={"errors": Counts(9, 10), "p95": Buckets((0.1,), (1, 0))})
    second = totals(20, started_at=None, shown={"errors": Counts(0, 50), "p95": Buckets((0.1,), (5, 0))})

    assert second_look(first, second) == {"errors": Gap("reset"), "p95": Gap("reset"), "memory": Gap("missing")}


def test_another_commit_at_the_same_address_is_another_process() -> None:
    assert second_look(totals(10, commit=OLD), totals(20))["errors"] == Gap("reset")


def test_a_metric_that_is_not_on_the_page_is_missing() -> None:
    page = totals(20, shown={"errors": Counts(1, 120)})

    assert second_look(totals(10), page) == {"errors": Counts(0, 10), "p95": Gap("missing"), "memory": Gap("missing")}


def test_a_process_that_does_not_answer_is_missing_in_every_metric() -> None:
    assert set(second_look(totals(10), None).values()) == {Gap("missing")}


@pytest.mark.parametrize("spoilt", [Counts(math.nan, 120), Counts(1, math.nan), Counts(-1, 120)])
def test_what_cannot_be_is_a_gap_and_so_is_the_look_after_it(spoilt: Counts) -> None:
    broken = totals(20, shown={"errors": spoilt})

    assert second_look(totals(10), broken)["errors"] == Gap("invalid")
    assert second_look(broken, totals(20))["errors"] == Gap("first")


def test_the_first_error_counts_when_its_denominator_was_there_before() -> None:
    # a page without the series of errors reads as zero errors: see the exposition reader
    before = totals(10, shown={"errors": Counts(0, 100)})
    after = totals(20, shown={"errors": Counts(1, 110)})

    assert second_look(before, after)["errors"] == Counts(1, 10)


def test_a_look_without_an_answer_loses_nothing() -> None:
    before: Before = remember({}, [totals(10)], 10.0)
    missed = increments(NAMES, COHORTS, before, [], 20.0)
    before = remember(before, [], 20.0)
    back = increments(NAMES, COHORTS, before, [totals(30)], 30.0)

    assert set(shown_of(missed).values()) == {Gap("missing")}
    assert shown_of(back)["errors"] == Counts(0, 20)
    assert back[0].since == 10


def test_a_process_that_is_gone_for_long_is_forgotten() -> None:
    before = remember({}, [totals(10)], 10.0)
    before = remember(before, [], 10.0 + MEMORY_SECONDS + 1)

    assert increments(NAMES, COHORTS, before, [], 200.0) == ()


def test_who_is_who_is_told_by_commit_and_environment() -> None:
    cohorts = Cohorts(NEW, "staging", baseline="production")
    place = {"process": "p", "at": 1.0}

    assert cohorts.of(Totals("staging", commit=NEW, **place)) == "canary"  # type: ignore[arg-type]  # a test's short cut
    assert cohorts.of(Totals("staging", commit=NEW[:7], **place)) == "canary"  # type: ignore[arg-type]  # as above
    assert cohorts.of(Totals("staging", commit=OLD, **place)) == "control"  # type: ignore[arg-type]  # as above
    assert cohorts.of(Totals("staging", **place)) == "control"  # type: ignore[arg-type]  # as above
    assert cohorts.of(Totals("production", commit=NEW, **place)) == "baseline"  # type: ignore[arg-type]  # as above
    assert cohorts.of(Totals("elsewhere", commit=NEW, **place)) is None  # type: ignore[arg-type]  # as above
    assert cohorts.environments == ("staging", "production")


def test_a_label_may_say_what_people_call_the_version_and_nothing_like_it() -> None:
    cohorts, place = Cohorts(NEW, "production", version="v1.4.0"), {"process": "p", "at": 1.0}

    assert cohorts.of(Totals("production", commit="v1.4.0", **place)) == "canary"  # type: ignore[arg-type]  # as above
    assert cohorts.of(Totals("production", commit="v1.4", **place)) == "control"  # type: ignore[arg-type]  # as above
    assert COHORTS.of(Totals("production", **place)) == "control"  # type: ignore[arg-type]  # as above


def test_samples_come_back_from_the_store_as_they_were() -> None:
    looks = [
        LookSamples(20.0, increments(NAMES, COHORTS, {totals(10).key: totals(10)}, [totals(20)], 20.0)),
        LookSamples(30.0, increments(NAMES, COHORTS, {}, [totals(30)], 30.0)),
        LookSamples(40.0, failure="the discovery did not answer"),
        LookSamples(50.0),
    ]
    rows = [StoredSample(*row) for look in looks for row in to_stored(look)]

    assert list(from_stored(reversed(rows))) == looks
    assert all(json.loads(row.payload) is not None for row in rows)
    assert "NaN" not in "".join(row.payload for row in rows)
