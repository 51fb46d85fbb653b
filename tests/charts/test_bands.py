"""Bands beside the formulas of others, and what they promise: to hold the truth 95 times in 100."""

from itertools import pairwise
from random import Random

import pytest
from scipy.stats import binomtest

from bot.analysis.shapes import Buckets, Counts
from bot.views.charts.bands import of_quantile, of_readings, of_share

BOUNDS = tuple(n / 100 for n in range(1, 301))


@pytest.mark.parametrize(("hits", "n"), [(0, 20), (1, 20), (10, 100), (51, 840), (840, 840), (2, 100_000)])
def test_the_band_of_a_share_is_scipys_wilson_interval(hits: int, n: int) -> None:
    low, high = of_share(Counts(hits, n))
    theirs = binomtest(hits, n).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-4)


def test_no_errors_of_few_requests_are_not_sure_to_be_none() -> None:
    assert of_share(Counts(0, 20)) == pytest.approx((0.0, 0.161), abs=1e-3)


def test_a_share_of_more_than_all_keeps_its_band_within_one() -> None:
    assert of_share(Counts(12, 10)).high <= 1.0


def test_the_band_of_a_quantile_holds_the_true_one_as_often_as_it_says() -> None:
    chance, true, held, times = Random(3), 0.3 * 2.995732, 0, 200  # noqa: S311 - a seed, so that it repeats
    for _ in range(times):
        band = of_quantile(buckets([chance.expovariate(1 / 0.3) for _ in range(300)]), 0.95)
        held += band.low <= true <= band.high
    assert 0.92 <= held / times <= 0.99


def test_what_lies_above_the_last_bucket_is_put_at_its_bound() -> None:
    assert of_quantile(Buckets((0.1, 0.5), (5.0, 5.0, 90.0)), 0.95) == (0.5, 0.5)


def test_what_cannot_be_counted_has_a_band_from_the_lowest_to_the_highest_reading() -> None:
    assert of_readings([118.0, 121.0, 117.0]) == (117.0, 121.0)


def buckets(values: list[float]) -> Buckets:
    at_most = [0, *(sum(value <= bound for value in values) for bound in BOUNDS), len(values)]
    return Buckets(BOUNDS, tuple(float(high - low) for low, high in pairwise(at_most)))
