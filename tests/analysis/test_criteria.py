"""How surely chance is ruled out, against exact probabilities; and where one criterion stands on one window."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.criteria import (
    Standing,
    against_limit,
    against_reference,
    coin_nats,
    dispersion,
    share_nats,
    two_shares_nats,
)
from bot.analysis.shapes import RECENT, Counts, Pair, Shown, Values, Window
from bot.core.plan import Metric
from tests.analysis.scene import CONVERSION, CPU, ERRORS, MEMORY, P95, answers, metric


def tail(x: int, n: int, p: Fraction) -> Fraction:
    """P(X >= x) of a binomial, exactly."""
    return sum((math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(x, n + 1)), Fraction(0))


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))), st.integers(1, 99))
def test_the_bound_is_above_the_exact_tail_and_not_far_above(found: tuple[int, int], percent: int) -> None:
    (x, n), p = found, Fraction(percent, 100)
    bound = math.exp(-share_nats(Counts(x, n), float(p)))

    assert float(tail(x, n, p)) <= bound * (1 + 1e-9)
    if p < Fraction(x, n) < 1:  # Ash, Information Theory (1965), lemma 4.7.2
        assert float(tail(x, n, p)) >= bound / math.sqrt(8 * x * (1 - x / n)) * (1 - 1e-9)


def test_five_of_six_errors_on_a_tenth_of_the_traffic() -> None:
    # P(X >= 5) of Binomial(6, 0.1) is 5.5e-5; the bound says 1.3e-4
    nats = two_shares_nats(Counts(5, 100), Counts(1, 900))

    assert float(tail(5, 6, Fraction(1, 10))) == pytest.approx(5.5e-5, rel=1e-3)
    assert math.exp(-nats) == pytest.approx(1.344e-4, rel=1e-3)


@given(st.integers(0, 50), st.integers(0, 500), st.integers(50, 100), st.integers(500, 1000))
def test_fewer_orders_and_more_visits_without_order_are_one_question(x_c: int, x_b: int, n_c: int, n_b: int) -> None:
    canary, control = Counts(x_c, n_c), Counts(x_b, n_b)
    if canary.x + control.x != (canary.n + control.n) / 2:
        assert two_shares_nats(canary.rest, control.rest) == two_shares_nats(control, canary)


@given(st.floats(0.01, 100), st.integers(1, 30), st.integers(1, 30))
def test_what_both_sides_share_cancels(times: float, x_c: int, x_b: int) -> None:
    # the traffic of both sides grows alike: only the errors are evidence, and they stay what they were
    calm = two_shares_nats(Counts(x_c, 1e4), Counts(x_b, 9e4))
    rush = two_shares_nats(Counts(x_c, 1e4 * times), Counts(x_b, 9e4 * times))

    assert rush == pytest.approx(calm)


def test_nothing_is_surely_wrong_where_nothing_was_counted() -> None:
    assert share_nats(Counts(0, 0), 0.02) == 0
    assert two_shares_nats(Counts(0, 0), Counts(5, 100)) == 0
    assert two_shares_nats(Counts(5, 100), Counts(0, 0)) == 0
    assert coin_nats([]) == 0


def test_one_event_is_too_many_where_none_is_allowed() -> None:
    assert share_nats(Counts(1, 1000), 0.0) == math.inf


def test_looks_that_differ_as_counting_explains_have_no_dispersion() -> None:
    assert dispersion([Counts(x, 100) for x in (3, 5, 4, 6, 2, 4)]) == 1


def test_an_outburst_disperses_by_its_size() -> None:
    assert dispersion([*[Counts(0, 100)] * 19, Counts(50, 100)]) == pytest.approx(51.3, rel=1e-2)


def test_a_hiccup_cannot_be_told_from_a_habit_in_two_looks() -> None:
    assert dispersion([Counts(5, 10), Counts(5, 10)]) == math.inf


# ── where a criterion stands ─────────────────────────────────────────────────────────────────────────────────────────


def alone(*cells: Shown) -> Window[Shown]:
    window: Window[Shown] = Window()
    for cell in cells:
        window = window.then(cell)
    return window


def beside(pairs: list[tuple[Shown, Shown]]) -> Window[Pair]:
    window: Window[Pair] = Window()
    for canary, reference in pairs:
        window = window.then(Pair(canary, reference))
    return window


def standing(one: Metric, *pairs: tuple[Shown, Shown], looks: int = 10) -> Standing:
    assert one.tolerance is not None
    return against_reference(one, one.tolerance, beside([*pairs] * looks))[0]


def test_a_share_breaks_its_limit_only_with_enough_events() -> None:
    assert against_limit(ERRORS, ERRORS.limit, alone(*[Counts(1, 4)] * 4))[0] is Standing.THIN
    assert against_limit(ERRORS, ERRORS.limit, alone(*[Counts(1, 4)] * 8))[0] is Standing.BROKEN
    assert against_limit(ERRORS, ERRORS.limit, alone(*[Counts(1, 100)] * 8))[0] is Standing.FINE


def test_a_floor_is_a_limit_too() -> None:
    floor = metric("cache-hits", kind="functional", counter="hits", of="lookups", worse="lower", limit={"min": "80%"})

    assert against_limit(floor, floor.limit, alone(*[Counts(60, 100)] * 5))[0] is Standing.BROKEN
    assert against_limit(floor, floor.limit, alone(*[Counts(85, 100)] * 5))[0] is Standing.FINE


def test_a_quantile_breaks_its_limit_when_too_many_answers_lie_beyond_it() -> None:
    assert against_limit(P95, P95.limit, alone(*[answers(0.3, 100)] * 5))[0] is Standing.FINE
    assert against_limit(P95, P95.limit, alone(*[answers(0.8, 100)] * 5))[0] is Standing.BROKEN


def test_a_limit_above_the_last_bucket_is_never_surely_broken() -> None:
    far = metric("p95", histogram="seconds", quantile=0.95, limit={"max": "30s"})
    standing, weighed = against_limit(far, far.limit, alone(*[answers(20, 100)] * 5))

    assert standing is Standing.FINE
    assert weighed is not None
    assert weighed.beyond


def test_a_share_must_exceed_both_ratio_and_margin() -> None:
    assert standing(ERRORS, (Counts(4, 100), Counts(9, 900))) is Standing.BROKEN
    assert standing(ERRORS, (Counts(0.3, 100), Counts(0.9, 900)), looks=100) is Standing.FINE


def test_a_quantile_against_its_control_is_judged_by_its_tail() -> None:
    assert standing(P95, (answers(0.12, 100), answers(0.12, 900))) is Standing.FINE
    assert standing(P95, (answers(0.24, 100), answers(0.12, 900))) is Standing.BROKEN


def test_less_is_worse_for_conversions() -> None:
    assert standing(CONVERSION, (Counts(10, 100), Counts(180, 900))) is Standing.BROKEN
    assert standing(CONVERSION, (Counts(40, 100), Counts(180, 900))) is Standing.FINE


def test_a_gauge_must_be_off_in_look_after_look() -> None:
    off, fine = (Values(250e6), Values(150e6)), (Values(151e6), Values(150e6))

    assert standing(MEMORY, off, looks=6) is Standing.DOUBTFUL or standing(MEMORY, off, looks=6) is Standing.FINE
    assert standing(MEMORY, off, looks=12) is Standing.BROKEN
    assert standing(MEMORY, off, off, fine, looks=6) is not Standing.BROKEN
    assert standing(MEMORY, fine, looks=20) is Standing.FINE


def test_a_cost_of_each_request_is_judged_look_by_look() -> None:
    assert standing(CPU, (Counts(0.8, 100), Counts(3.6, 900)), looks=12) is Standing.BROKEN
    assert standing(CPU, (Counts(0.4, 100), Counts(3.6, 900)), looks=12) is Standing.FINE


def test_units_do_not_matter() -> None:
    for times in (1e-6, 1e6):
        scaled = (Counts(0.8 * times, 100), Counts(3.6 * times, 900))
        assert standing(CPU, scaled, looks=12) is Standing.BROKEN


def test_one_dreadful_look_convicts_nobody() -> None:
    calm = [(Counts(0, 100), Counts(3, 900))] * 10
    window = beside([*calm, (Counts(100, 100), Counts(3, 900)), *calm[:5]])
    assert ERRORS.tolerance is not None

    assert against_reference(ERRORS, ERRORS.tolerance, window)[0] is not Standing.BROKEN


def test_what_is_too_rare_for_the_recent_looks_is_found_in_the_whole_step() -> None:
    rare = [(Counts(int(look % 40 == 0), 3), Counts(int(look % 60 == 0), 300)) for look in range(12 * RECENT + 1)]

    assert standing(ERRORS, *rare[-RECENT:], looks=1) is not Standing.BROKEN
    assert standing(ERRORS, *rare, looks=1) is Standing.BROKEN


def test_what_has_passed_does_not_stand_in_the_way_for_ever() -> None:
    window = alone(*[Counts(50, 100)] * 30, *[Counts(0, 100)] * RECENT)

    assert against_limit(ERRORS, ERRORS.limit, window)[0] is Standing.FINE
