"""One budget for everything: the mean of all evidence, who has how much of it, and who is named when it suffices."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.bets import Fund
from bot.analysis.evidence import Excess, Levels, Shares, Stream
from bot.analysis.family import (
    ALARM_ALONE_NATS,
    ALPHA_ROLLOUT,
    ALPHA_WATCH,
    WEIGHTS,
    Family,
    Key,
    weights,
)
from bot.analysis.judge import Boundary, Question, begin, enter
from bot.core.metric import Metric
from tests.analysis.scene import CPU, ERRORS, MEMORY, TIMING, metric

ALPHA = 0.01


def named(name: str, priority: str = "high", **written: object) -> Metric:
    return metric(name, counter="e", of="r", priority=priority, **{"limit": {"max": 0.1}, **written})


def worth(nats: float) -> Stream:
    """A stream that has gathered so much."""
    return Shares(Fund(0.0, (math.exp(nats), 0.0, 0.0, 0.0, 0.0)))


def family(*nats: float) -> Family:
    """As many streams, all with the same weight."""
    keys: list[Key] = [(f"m{number}", "tolerance") for number in range(len(nats))]
    streams = {key: worth(each) for key, each in zip(keys, nats, strict=True)}
    return Family(ALPHA, dict.fromkeys(keys, 1 / len(keys)), streams)


def test_all_promises_together_are_one_false_rollback_in_a_hundred() -> None:
    assert ALPHA_ROLLOUT + ALPHA_WATCH <= 0.01


def test_the_budget_is_divided_by_priority() -> None:
    found = weights({(name, "limit"): named(name, name) for name in WEIGHTS})

    assert found["critical", "limit"] > found["high", "limit"]
    assert found == pytest.approx({(name, "limit"): weight / sum(WEIGHTS.values()) for name, weight in WEIGHTS.items()})


def test_each_criterion_has_the_weight_of_its_metric() -> None:
    one, other = named("one"), named("other")
    found = weights({("one", "limit"): one, ("one", "tolerance"): one, ("other", "limit"): other})

    assert found == pytest.approx(dict.fromkeys(found, 1 / 3))


def test_nothing_is_in_the_mean_that_may_not_roll_back() -> None:
    medium = MEMORY.model_copy(update={"priority": "medium"})
    at_step = begin(Question((ERRORS, medium, CPU), TIMING, "control")).family
    elsewhere = begin(Question((ERRORS, MEMORY, CPU), TIMING, "baseline")).family

    assert set(at_step.weights) == {("errors", "limit"), ("errors", "tolerance"), ("cpu", "tolerance")}
    assert {key for key in at_step.streams if key[0] == "memory"} == {("memory", "limit"), ("memory", "tolerance")}
    assert set(elsewhere.weights) == {("errors", "limit"), ("memory", "limit")}
    assert ("cpu", "baseline") in elsewhere.streams


def test_a_stage_whose_metrics_are_all_medium_never_fails() -> None:
    only = begin(Question((named("m", "medium"),), TIMING, "control")).family

    assert not only.weights
    assert only.worth == 1
    assert not only.with_streams({("m", "limit"): worth(100)}).is_past
    assert only.with_streams({("m", "limit"): worth(100)}).carries(("m", "limit"))


@given(st.lists(st.floats(-30, 25), min_size=1, max_size=30))
def test_the_evidence_of_all_is_the_mean_of_everybody_s(nats: list[float]) -> None:
    assert family(*nats).worth == pytest.approx(np.mean(np.exp(nats)))


def test_a_metric_that_nothing_is_known_of_yet_is_worth_one() -> None:
    half = Family(ALPHA, {("a", "limit"): 0.5, ("b", "limit"): 0.5}, {("a", "limit"): worth(math.log(3))})

    assert half.worth == pytest.approx(2)


@given(st.integers(1, 30))
def test_alone_a_metric_needs_just_what_it_says_it_needs(metrics: int) -> None:
    needed = family(*[0.0] * metrics).needed(("m0", "tolerance"))
    nothing = [-50.0] * (metrics - 1)

    assert family(needed + 1e-9, *nothing).is_past
    assert not family(needed - 1e-9, *nothing).is_past


@given(st.lists(st.floats(-5, 25), min_size=1, max_size=9))
def test_when_it_suffices_somebody_is_named(nats: list[float]) -> None:
    found = family(*nats)

    assert any(map(found.carries, found.weights)) is found.is_past


@pytest.mark.parametrize("metrics", [11, 22, 60])
def test_when_everything_is_down_somebody_is_named_however_many_they_are(metrics: int) -> None:
    found = family(*[25.0] * metrics)

    assert found.is_past
    assert any(map(found.carries, found.weights))


def test_who_brings_a_small_part_is_not_named_beside_who_brings_most() -> None:
    found = family(12.0, 8.0, 0.0)

    assert found.carries(("m0", "tolerance"))
    assert not found.carries(("m1", "tolerance"))
    assert not found.carries(("m2", "tolerance"))


def test_outside_the_mean_a_metric_flags_by_itself_and_convicts_nobody() -> None:
    found = family(0.0).with_streams({("visits", "tolerance"): worth(ALARM_ALONE_NATS + 0.1)})

    assert found.carries(("visits", "tolerance"))
    assert found.needed(("visits", "tolerance")) == ALARM_ALONE_NATS
    assert not found.is_past


def test_the_mean_is_as_rarely_wrong_for_copies_of_one_metric_as_for_strangers() -> None:
    # Ville's inequality asks nothing about dependence: e-values as a fair coin makes them, tripled or lost
    chance = np.random.default_rng(1)
    reached = {"copies": 0, "strangers": 0}
    releases, metrics, looks, alpha = 4000, 10, 40, 0.1
    for kind, columns in (("copies", 1), ("strangers", metrics)):
        tosses = chance.random((releases, looks, columns)) < 0.5
        worths = np.cumprod(np.where(tosses, 1.5, 0.5), axis=1).mean(axis=2)
        reached[kind] = int(np.sum(np.any(worths >= 1 / alpha, axis=1)))

    assert max(reached.values()) <= alpha * releases
    assert reached["copies"] > 0


def test_the_watch_has_a_budget_of_its_own() -> None:
    state = begin(Question((ERRORS,), TIMING, "control"))
    spent = state.family.with_streams({("errors", "tolerance"): worth(20), ("errors", "limit"): Excess()})
    state = type(state)(state.question, family=spent)
    step, watch = enter(state, Boundary(2, 0.0, 50.0)).family, enter(state, Boundary(2, 0.0, 98.0, watch=True)).family

    assert (step.alpha, watch.alpha) == (ALPHA_ROLLOUT, ALPHA_WATCH)
    assert step.worth == pytest.approx(spent.worth)
    assert watch.worth == pytest.approx(1)


def test_a_family_of_streams_of_every_kind_is_a_mean_too() -> None:
    mixed = {("a", "tolerance"): Shares(), ("b", "tolerance"): Levels(), ("c", "limit"): Excess()}

    assert Family(ALPHA, dict.fromkeys(mixed, 1 / 3), mixed).worth == pytest.approx(1)
