"""Noise: what is learned from numbers whose noise is known, and what must not be taken for noise.

The one thing to remember: these are estimates from hundreds of looks, so they are held to within parts in a hundred.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.noise import WANDER_LOOKS_MIN, Scatter, Wander, log_ratio
from bot.analysis.shapes import Counts

LOOKS = 2000


def scattered(pairs: list[tuple[float, float]]) -> Scatter:
    scatter = Scatter()
    for x, n in pairs:
        scatter = scatter.then(Counts(x, n))
    return scatter


def wandered(levels: list[float]) -> Wander:
    wander = Wander()
    for level in levels:
        wander = wander.then(level)
    return wander


def autoregression(seed: int, memory: float, spread: float = 0.1, looks: int = LOOKS) -> list[float]:
    chance = np.random.default_rng(seed)
    level, levels = chance.normal(scale=spread), []
    for step in chance.normal(scale=spread * math.sqrt(1 - memory**2), size=looks).tolist():
        level = memory * level + step
        levels.append(float(level))
    return levels


# ── counts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_looks_that_differ_as_counting_explains_have_a_scatter_of_one() -> None:
    sizes = np.random.default_rng(1).integers(50, 500, LOOKS)
    found = scattered(list(zip(np.random.default_rng(2).binomial(sizes, 0.05).tolist(), sizes.tolist(), strict=True)))

    assert found.squares / found.looks == pytest.approx(1, abs=0.08)
    assert 1 <= found.dispersion <= 1.3


@pytest.mark.parametrize("cluster", [2, 3, 5])
def test_bad_ones_that_come_in_clusters_scatter_by_their_size(cluster: int) -> None:
    drawn = np.random.default_rng(3).binomial(1000 // cluster, 0.05, LOOKS) * cluster
    found = scattered([(x, 1000 // cluster * cluster) for x in drawn.tolist()])

    assert found.squares / found.looks == pytest.approx(cluster, rel=0.12)
    assert found.dispersion == pytest.approx(cluster, rel=0.2)


def test_a_daily_curve_is_no_noise() -> None:
    hours = np.arange(LOOKS) * 24 / LOOKS
    drawn = np.random.default_rng(4).binomial(1000, 0.05 * (1 + 0.8 * np.sin(hours / 24 * 2 * math.pi)))
    found = scattered([(x, 1000) for x in drawn.tolist()])

    around_the_mean = np.var(drawn) / (1000 * 0.05 * 0.95)
    assert around_the_mean > 10
    assert found.dispersion <= 1.3


def test_one_wild_look_counts_as_a_few_and_not_as_what_it_was() -> None:
    calm = [(float(x), 1000.0) for x in np.random.default_rng(5).binomial(1000, 0.05, 200)]
    wild = [*calm[:100], (900.0, 1000.0), *calm[100:]]

    assert scattered(wild).dispersion <= 1.3 * scattered(calm).dispersion


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(100, 1000)), max_size=30))
def test_counts_are_never_taken_for_more_than_they_are(pairs: list[tuple[int, int]]) -> None:
    found = scattered([*pairs])

    assert found.dispersion >= 1
    assert 0 < found.share < 1


def test_a_look_without_requests_teaches_nothing() -> None:
    found = scattered([(3, 100), (5, 90)])

    assert found.then(Counts(0, 0)) is found


def test_a_service_that_was_never_watched_is_thought_to_be_noisy() -> None:
    assert Scatter().dispersion > 1.5


# ── gauges ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("memory", [0.0, 0.3, 0.6, 0.9])
def test_the_memory_and_the_noise_of_an_autoregression_are_recovered(memory: float) -> None:
    found = wandered(autoregression(6, memory))

    assert found.memory == pytest.approx(memory, abs=0.05)
    truly = 0.1**2 * (1 - memory**2)
    assert truly * 0.9 <= found.step_variance <= truly * 1.6
    assert found.variance == pytest.approx(found.step_variance / (1 - found.memory**2))
    assert found.long_run_variance == pytest.approx(found.step_variance / (1 - found.memory) ** 2)


def test_a_lasting_shift_does_not_excuse_itself() -> None:
    levels = autoregression(7, 0.3, looks=200)
    shifted = [level + 3.0 * (look >= 100) for look, level in enumerate(levels)]  # thirty standard deviations

    assert wandered(shifted).step_variance <= 1.1 * wandered(levels).step_variance
    assert wandered(shifted).memory <= wandered(levels).memory + 0.1


def test_a_spike_does_not_excuse_the_next_one() -> None:
    levels = autoregression(8, 0.3, looks=200)
    levels[100] += 5.0

    assert wandered(levels).step_variance <= 1.2 * wandered(autoregression(8, 0.3, looks=200)).step_variance


@given(st.floats(-20, 20))
def test_it_is_the_differences_that_are_noise_and_not_the_level(level: float) -> None:
    levels = autoregression(9, 0.5, looks=50)

    assert wandered([one + level for one in levels]).step_variance == pytest.approx(wandered(levels).step_variance)


def test_nothing_is_known_about_a_gauge_from_its_first_looks() -> None:
    levels = autoregression(10, 0.0, looks=WANDER_LOOKS_MIN + 1)

    assert not wandered(levels[:-1]).is_known
    assert wandered(levels).is_known


def test_what_comes_after_a_gap_has_no_neighbour() -> None:
    before = wandered(autoregression(11, 0.0, looks=30))
    after = before.broken_off().then(100.0)

    assert (after.looks, after.ones, after.fars) == (before.looks, before.ones, before.fars)
    assert after.then(100.0).ones == before.ones


def test_a_gauge_that_never_moves_has_a_finite_certainty() -> None:
    still = wandered([1.0] * 50)

    assert 0 < still.step_variance <= still.variance < math.inf


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(1e-6, 1e6))
def test_the_unit_of_a_ratio_cancels(canary: float, control: float, scale: float, times: float) -> None:
    ratio = log_ratio(canary, control, scale)

    assert ratio is not None
    assert log_ratio(canary * times, control * times, scale * times) == pytest.approx(ratio, abs=1e-9)


def test_nothing_has_a_logarithm_beside_something_and_none_beside_nothing() -> None:
    assert log_ratio(0.0, 1.0, 1.0) == pytest.approx(math.log(0.01 / 1.01))
    assert log_ratio(1.0, 0.0, 1.0) == pytest.approx(math.log(1.01 / 0.01))
    assert log_ratio(0.0, 0.0, 0.0) is None
    assert log_ratio(-5.0, 1.0, 1.0) is None
