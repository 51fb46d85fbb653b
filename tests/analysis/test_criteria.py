"""What a metric reads over a window, and whether that is beyond what is allowed; chance is no matter of this."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis import words
from bot.analysis.criteria import (
    Level,
    Weighed,
    against_limit,
    against_reference,
    bad_ones,
    edge_for,
    is_beyond,
    is_counted,
    reading,
)
from bot.analysis.shapes import RECENT, Buckets, Counts, Pair, Shown, Values, Window
from bot.core.metric import Limit, Metric, Tolerance
from tests.analysis.scene import BOUNDS, CONVERSION, CPU, ERRORS, MEMORY, P95, answers, metric


def alone(*cells: Shown) -> Window[Shown]:
    window: Window[Shown] = Window()
    for cell in cells:
        window = window.then(cell)
    return window


def beside(*pairs: tuple[Shown, Shown]) -> Window[Pair]:
    window: Window[Pair] = Window()
    for canary, reference in pairs:
        window = window.then(Pair(canary, reference))
    return window


def limited(one: Metric, *cells: Shown, looks: int = 1) -> Weighed:
    weighed = against_limit(one, one.limit, alone(*[*cells] * looks))
    assert weighed is not None
    return weighed


def compared(one: Metric, *pairs: tuple[Shown, Shown], looks: int = 10) -> Weighed:
    assert one.tolerance is not None
    weighed = against_reference(one, one.tolerance, beside(*[*pairs] * looks))
    assert weighed is not None
    return weighed


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_share_is_its_bad_ones_of_all() -> None:
    level = limited(ERRORS, Counts(1, 30), Counts(5, 70)).level

    assert (level.value, level.events, level.hits) == (0.06, 100, 6)


def test_a_quantile_is_that_of_all_answers_together() -> None:
    level = limited(P95, answers(0.12, 300), answers(0.24, 300)).level

    assert level.value == (answers(0.12, 300) + answers(0.24, 300)).quantile(0.95)
    assert (level.events, level.hits) == (600, None)


def test_a_gauge_is_the_middle_of_its_looks_so_that_one_of_them_does_not_move_it() -> None:
    level = limited(MEMORY, *[Values(150e6)] * 6, Values(9e9)).level

    assert (level.value, level.events, level.hits) == (150e6, 7, None)


def test_a_gauge_of_several_processes_is_their_mean() -> None:
    assert limited(MEMORY, Values(100e6) + Values(200e6)).level.value == 150e6


def test_a_cost_of_each_request_is_the_middle_of_its_looks_and_rests_on_the_requests() -> None:
    level = compared(CPU, (Counts(0.8, 100), Counts(3.6, 900)), looks=3).level

    assert (level.value, level.events, level.hits) == (0.008, 300, None)


def test_nothing_at_all_has_no_value() -> None:
    assert against_limit(ERRORS, ERRORS.limit, Window()) is None
    assert math.isnan(limited(ERRORS, Counts(0, 0)).level.value)
    assert math.isnan(limited(P95, Buckets(BOUNDS, (0.0,) * (len(BOUNDS) + 1))).level.value)
    assert math.isnan(compared(CPU, (Counts(0, 0), Counts(1, 1))).level.value)


def test_answers_above_the_last_bucket_have_an_infinite_quantile() -> None:
    slow = Buckets(BOUNDS, (*[0.0] * len(BOUNDS), 100.0))
    weighed = limited(P95, slow)

    assert math.isinf(weighed.level.value)
    assert weighed.beyond


def test_a_metric_without_a_limit_is_only_observed() -> None:
    assert against_limit(CONVERSION, None, alone(Counts(20, 100))) == Weighed(Level(0.2, 100, 20), enough=True)


@pytest.mark.parametrize(("one", "counted"), [(ERRORS, True), (P95, True), (CPU, False), (MEMORY, False)])
def test_events_can_be_counted_and_costs_and_gauges_cannot(one: Metric, counted: bool) -> None:
    assert is_counted(one) is counted


def test_one_look_alone_reads_as_its_mean() -> None:
    assert reading(Values(6.0, 3)) == 2.0
    assert reading(Counts(1, 4)) == 0.25
    assert reading(Counts(0, 0)) is None
    assert reading(answers(0.12, 100)) is None


# ── beyond ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("limit", "bad", "beyond", "allowed"),
    [
        ({"max": "2%"}, 3, True, 0.02),
        ({"max": "2%"}, 2, False, 0.02),  # a bound is inclusive
        ({"min": "80%"}, 60, True, 0.8),
        ({"min": "80%"}, 80, False, 0.8),
        ({"min": "10%", "max": "20%"}, 5, True, 0.1),
        ({"min": "10%", "max": "20%"}, 15, False, 0.2),
        ({"min": "10%", "max": "20%"}, 25, True, 0.2),
    ],
)
def test_a_limit_is_overstepped_above_its_maximum_and_below_its_minimum(
    limit: dict[str, str], bad: int, beyond: bool, allowed: float
) -> None:
    weighed = limited(metric("m", counter="c", of="o", limit=limit), Counts(bad, 100))

    assert (weighed.beyond, weighed.allowed) == (beyond, allowed)


def test_any_limit_can_be_asked_of_the_same_window() -> None:
    window = alone(Counts(3, 100))
    found = [against_limit(ERRORS, Limit(max=bound), window) for bound in (0.01, 0.02, 0.05)]

    assert [weighed and weighed.beyond for weighed in found] == [True, True, False]


def test_a_quantile_oversteps_its_limit() -> None:
    assert not limited(P95, answers(0.3, 100)).beyond
    assert limited(P95, answers(0.8, 100)).beyond


def test_a_share_must_exceed_both_ratio_and_margin() -> None:
    assert compared(ERRORS, (Counts(4, 100), Counts(9, 900))).beyond
    assert not compared(ERRORS, (Counts(0.3, 100), Counts(0.9, 900))).beyond  # three times, by 0.2 %
    assert not compared(ERRORS, (Counts(15, 1000), Counts(90, 9000))).beyond  # by 0.5 %, one and a half times


def test_less_is_worse_for_conversions() -> None:
    assert compared(CONVERSION, (Counts(10, 100), Counts(180, 900))).beyond
    assert not compared(CONVERSION, (Counts(40, 100), Counts(180, 900))).beyond


def test_a_quantile_and_a_gauge_and_a_cost_are_compared_by_their_values() -> None:
    assert compared(P95, (answers(0.24, 100), answers(0.12, 900))).beyond
    assert not compared(P95, (answers(0.12, 100), answers(0.12, 900))).beyond
    assert compared(MEMORY, (Values(250e6), Values(150e6))).beyond
    assert not compared(MEMORY, (Values(151e6), Values(150e6))).beyond
    assert compared(CPU, (Counts(0.8, 100), Counts(3.6, 900))).beyond
    assert not compared(CPU, (Counts(0.4, 100), Counts(3.6, 900))).beyond


def test_what_is_compared_keeps_the_value_of_its_reference() -> None:
    weighed = compared(ERRORS, (Counts(4, 100), Counts(9, 900)))

    assert weighed.reference is not None
    assert (weighed.level.value, weighed.reference.value, weighed.allowed) == (0.04, 0.01, None)


@given(st.floats(0, 1e3), st.floats(0, 1e3), st.floats(1.01, 10), st.floats(0, 100))
def test_what_is_beyond_a_tolerance_is_beyond_every_narrower_one(
    value: float, reference: float, ratio: float, margin: float
) -> None:
    wide, narrow = Tolerance(ratio=ratio * 1.5, margin=margin + 1), Tolerance(ratio=ratio, margin=margin)
    for one in (ERRORS, CONVERSION):
        assert is_beyond(one, narrow, value, reference) >= is_beyond(one, wide, value, reference)
        assert not is_beyond(one, narrow, reference, reference)


def test_nothing_is_beyond_where_there_is_nothing() -> None:
    assert not is_beyond(ERRORS, Tolerance(ratio=2), math.nan, 0.1)
    assert not is_beyond(ERRORS, Tolerance(ratio=2), 0.1, math.nan)
    assert not limited(ERRORS, Counts(0, 0)).beyond


# ── enough, and over which looks ─────────────────────────────────────────────────────────────────────────────────────


def test_a_window_needs_as_many_events_as_the_plan_asks_for() -> None:
    assert not limited(ERRORS, Counts(1, 19)).enough
    assert limited(ERRORS, Counts(1, 20)).enough
    assert not limited(MEMORY, *[Values(1.0)] * 4).enough
    assert limited(MEMORY, *[Values(1.0)] * 5).enough


def test_a_comparison_needs_them_on_each_side() -> None:
    assert not compared(ERRORS, (Counts(0, 1000), Counts(0, 19)), looks=1).enough
    assert not compared(ERRORS, (Counts(0, 19), Counts(0, 1000)), looks=1).enough
    assert compared(ERRORS, (Counts(0, 20), Counts(0, 20)), looks=1).enough


def test_the_recent_looks_speak_when_there_are_enough_events_in_them() -> None:
    long_ago, lately = [Counts(50, 100)] * 3 * RECENT, [Counts(0, 100)] * RECENT
    pairs = [(cell, Counts(0, 100)) for cell in (*long_ago, *lately)]

    weighed = limited(ERRORS, *long_ago, *lately)
    assert (weighed.level.value, weighed.level.events, weighed.beyond) == (0, 100 * RECENT, False)
    assert not compared(ERRORS, *pairs, looks=1).beyond


def test_where_they_have_too_little_to_say_the_whole_step_speaks() -> None:
    rare = [Counts(int(look % 40 == 0), int(look % 4 == 0)) for look in range(12 * RECENT)]
    weighed = limited(ERRORS, *rare)

    assert weighed.enough
    assert (weighed.level.hits, weighed.level.events) == (6, 3 * RECENT)
    assert compared(ERRORS, *[(cell, Counts(0, 300)) for cell in rare], looks=1).beyond


# ── a look as bad ones of all ────────────────────────────────────────────────────────────────────────────────────────


def test_the_bad_ones_of_a_histogram_lie_above_a_bound_or_not_above_it() -> None:
    cell = Buckets((0.1, 0.2), (5, 3, 2))

    assert bad_ones(cell, 0.1, high=True) == Counts(5, 10)
    assert bad_ones(cell, 0.2, high=True) == Counts(2, 10)
    assert bad_ones(cell, 0.2, high=False) == Counts(8, 10)


def test_the_bad_ones_of_a_share_are_its_hits_or_the_others() -> None:
    assert bad_ones(Counts(3, 10), 0.0, high=True) == Counts(3, 10)
    assert bad_ones(Counts(3, 10), 0.0, high=False) == Counts(7, 10)


@given(st.floats(0.01, 0.9), st.booleans())
def test_the_edge_is_a_bound_that_all_have_and_never_on_the_near_side(value: float, high: bool) -> None:
    cells = [answers(0.12, 100), Buckets((0.05, 0.25, 0.5, 2.0), (1, 1, 1, 1, 1))]
    edge = edge_for(cells, value, high=high)

    shared = {0.05, 0.25, 0.5}
    far = [bound for bound in shared if (bound >= value if high else bound <= value)]
    assert edge == ((min if high else max)(far) if far else None)


def test_beyond_the_last_bound_nothing_can_be_told() -> None:
    assert edge_for([answers(0.12, 100)], 30.0, high=True) is None
    assert edge_for([answers(0.12, 100)], 0.01, high=False) is None


def test_a_value_with_no_counts_behind_it_says_that_its_test_is_weaker() -> None:
    asked = Metric(name="wait", kind="performance", query="max by (commit) (wait)", unit="s", limit=Limit(max=2.0))
    said = words.alone(asked, limited(asked, Values(0.5), looks=RECENT), "on the canary")

    assert said == "wait 500 ms on the canary, limit 2 s, 20 looks; no counts behind it, so a weaker test"
