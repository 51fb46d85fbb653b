"""Counts, histograms and the window that keeps them."""

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.shapes import RECENT, Buckets, Counts, Values, Window, added


def test_a_quantile_is_linear_inside_its_bucket() -> None:
    # the worked example of Prometheus' documentation of histogram_quantile: between bounds, in proportion
    told = Buckets((0.1, 0.2, 0.4), (50, 30, 20, 0))

    assert told.quantile(0.5) == pytest.approx(0.1)
    assert told.quantile(0.65) == pytest.approx(0.15)
    assert told.quantile(0.9) == pytest.approx(0.3)


def test_a_quantile_above_the_last_bound_is_not_guessed() -> None:
    assert Buckets((0.1, 0.2), (10, 0, 90)).quantile(0.5) == math.inf


def test_events_over_a_bound_are_counted_exactly() -> None:
    assert Buckets((0.1, 0.2, 0.4), (50, 30, 15, 5)).over(0.2) == Counts(20, 100)


def test_histograms_with_different_buckets_meet_in_those_they_share() -> None:
    old, new = Buckets((0.1, 0.2, 0.4), (1, 2, 3, 4)), Buckets((0.2, 0.3, 0.4), (10, 20, 30, 40))

    assert old + new == Buckets((0.2, 0.4), (13, 53, 44))
    assert added([old, new]) == old + new


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 4), min_size=1, max_size=30))
def test_adding_column_by_column_is_adding_one_by_one(rows: list[tuple[int, ...]]) -> None:
    cells = [Buckets((0.1, 0.2, 0.4), row) for row in rows]

    assert added(cells) == list(accumulate(cells, lambda one, other: one + other))[-1]


def test_a_total_that_fell_has_no_increment() -> None:
    assert Counts(3, 90).since(Counts(5, 100)) is None
    assert Buckets((0.1,), (4, 1)).since(Buckets((0.1,), (3, 2))) is None
    assert Counts(7, 120).since(Counts(5, 100)) == Counts(2, 20)


def test_a_gauge_has_no_past() -> None:
    assert Values(3.0).since(Values(8.0)) == Values(3.0)


@pytest.mark.parametrize(
    "spoilt", [Counts(math.nan, 3), Counts(-1, 3), Counts(1, math.inf), Buckets((1.0,), (math.nan, 2))]
)
def test_what_cannot_have_been_counted_is_not_valid(spoilt: Counts | Buckets) -> None:
    assert not spoilt.is_valid


def test_a_gauge_may_be_negative_but_not_nothing() -> None:
    assert Values(-3.0).is_valid
    assert not Values(math.nan).is_valid


@given(st.integers(1, 2000))
def test_a_window_of_any_length_loses_nothing_and_stays_small(looks: int) -> None:
    window: Window[Counts] = Window()
    for number in range(looks):
        window = window.then(Counts(number, 1))

    assert added(tuple(window)) == Counts(sum(range(looks)), looks)
    assert len(tuple(window)) <= 3 * RECENT
    assert [cell.x for cell in window.newest] == list(range(max(0, looks - RECENT), looks))


def test_older_cells_of_a_window_are_alike() -> None:
    window: Window[Counts] = Window()
    for _ in range(1000):
        window = window.then(Counts(0, 1))

    sizes = {cell.n for cell in window.older[:-1]}
    assert len(sizes) == 1
    assert len(window.older) >= RECENT
