"""Evidence: known answers, from exact probabilities and from integrals; and what holds whatever the numbers are.

Where chance is needed it is seeded, and what happens too often is too often for that seed. The one thing to remember:
promises are exact at dispersion 1, where nothing is estimated; where noise has to be learned they are held by margins.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom, norm

from bot.analysis import bets, streams
from bot.analysis.bets import FUND_MAX, GAIN_MAX, Fund
from bot.analysis.evidence import Excess, Growth, Levels, Oversteps, Shares, Stream, Tails
from bot.analysis.evidence.intervals import INTERVAL_ALPHA, INTERVAL_INFORMATION, sequence
from bot.analysis.evidence.shares import (
    FALL_LOGS,
    FAR,
    INTOLERABLE_FALL,
    INTOLERABLE_RISE,
    RISE_LOGS,
    RISE_SHARES,
    Facing,
    excess_gains,
    facing,
    proof_gain,
    share_gains,
)
from bot.analysis.evidence.tails import cut_at
from bot.analysis.family import ALPHA_ROLLOUT
from bot.analysis.findings import PROVEN_NATS
from bot.analysis.judge import begin, observe
from bot.analysis.series import Cohorts, LookSamples, Totals, increments
from bot.analysis.shapes import Buckets, Counts, Pair, Shown, Values
from bot.core.metric import Limit, Metric, Tolerance
from tests.analysis.scene import BOUNDS, CONVERSION, CPU, ERRORS, MEMORY, P95, Scene, Side, answers, metric

unhurried = settings(deadline=None)
"""The first use of a distribution takes its time."""

PART = 1 / 240
HALF_MORE = Tolerance(ratio=1.5)
ALL = (ERRORS, P95, CONVERSION, MEMORY, CPU)

sizes = st.integers(1, 10**6)
edges = st.floats(0.2, FAR).filter(lambda edge: abs(edge - 1) > 1e-3)


def facing_at(canary: Counts, control: Counts, edge: float) -> Facing:
    """Both sides, with the tolerance ending at so many times the control's share, which is rare."""
    return Facing(canary, control, usual=1e-3, allowed=1e-3 * edge)


def at_edge(seen: Facing, times: float = 1.0) -> float:
    """P(one of the bad ones is the canary's), when the rates differ by `times` the edge."""
    odds = seen.edge * times * seen.canary.n
    return odds / (odds + seen.control.n)


# ── shares, exactly ──────────────────────────────────────────────────────────────────────────────────────────────────


@unhurried
@given(st.integers(0, 400), st.floats(0, 1), sizes, sizes, edges)
def test_a_gain_is_the_logarithm_of_a_binomial_likelihood_ratio(
    both: int, part: float, n_canary: int, n_control: int, edge: float
) -> None:
    x = round(part * both)
    seen = facing_at(Counts(x, n_canary), Counts(both - x, n_control), edge)
    effects = RISE_LOGS if edge >= 1 else FALL_LOGS

    edge_says = binom.logpmf(seen.canary.x, both, at_edge(seen))
    for gain, log in zip(share_gains(seen, 1.0), effects, strict=True):
        effect_says = binom.logpmf(seen.canary.x, both, at_edge(seen, math.exp(log)))
        assert gain == pytest.approx(effect_says - edge_says, rel=1e-6, abs=1e-6 * max(1, both))


@unhurried
@given(st.integers(0, 60), sizes, sizes, edges, st.floats(1.0, 8.0))
def test_at_the_edge_a_bet_is_fair_and_inside_the_tolerance_it_loses(
    both: int, n_canary: int, n_control: int, edge: float, less: float
) -> None:
    looks = [facing_at(Counts(x, n_canary), Counts(both - x, n_control), edge) for x in range(both + 1)]
    worths = np.exp([share_gains(seen, 1.0) for seen in looks])

    fair = binom.pmf(range(both + 1), both, at_edge(looks[0])) @ worths
    better = 1 / less if edge >= 1 else less
    lost = binom.pmf(range(both + 1), both, at_edge(looks[0], better)) @ worths
    assert fair == pytest.approx(np.ones(len(fair)))
    assert np.all(lost <= 1 + 1e-9)


@unhurried
@given(st.integers(0, 60), sizes, sizes, edges, st.floats(1.0, 20.0))
def test_dividing_by_a_dispersion_only_makes_a_bet_worse(
    both: int, n_canary: int, n_control: int, edge: float, dispersion: float
) -> None:
    looks = [facing_at(Counts(x, n_canary), Counts(both - x, n_control), edge) for x in range(both + 1)]
    worths = np.exp([share_gains(seen, dispersion) for seen in looks])

    assert np.all(binom.pmf(range(both + 1), both, at_edge(looks[0])) @ worths <= 1 + 1e-9)


def test_the_whole_fund_is_fair_over_several_looks() -> None:
    # every way in which three looks with three bad ones each can go; nowhere is the most that a look may gain reached
    edge, both, n_canary, n_control = 1.5, 3, 300, 900
    share = edge * n_canary / (edge * n_canary + n_control)
    worth = chance = 0.0
    for way in product(range(both + 1), repeat=3):
        fund, probability = bets.opened(len(RISE_SHARES)), 1.0
        for x in way:
            seen = facing_at(Counts(x, n_canary), Counts(both - x, n_control), edge)
            gains = [min(gain, GAIN_MAX) for gain in share_gains(seen, 1.0)]
            assert max(gains) < GAIN_MAX
            fund = bets.after(fund, RISE_SHARES, 0.2, gains)
            probability *= binom.pmf(x, both, share)
        worth, chance = worth + probability * fund.worth, chance + probability

    assert chance == pytest.approx(1)
    assert worth == pytest.approx(1)


@unhurried
@given(st.integers(0, 60), sizes, sizes, edges, st.floats(1.0, 8.0))
def test_a_proof_is_fair_at_the_intolerable_ratio_and_loses_beyond_it(
    both: int, n_canary: int, n_control: int, edge: float, more: float
) -> None:
    looks = [facing_at(Counts(x, n_canary), Counts(both - x, n_control), edge) for x in range(both + 1)]
    worths = np.exp([proof_gain(seen, 1.0) for seen in looks])
    worse, by = (INTOLERABLE_RISE, more) if edge >= 1 else (INTOLERABLE_FALL, 1 / more)

    assert binom.pmf(range(both + 1), both, at_edge(looks[0], worse)) @ worths <= 1 + 1e-9
    assert binom.pmf(range(both + 1), both, at_edge(looks[0], worse * by)) @ worths <= 1 + 1e-9


@unhurried
@given(st.integers(0, 50), st.integers(0, 50), st.floats(1.001, 4), st.floats(0.01, 0.3))
def test_more_errors_and_fewer_successes_are_one_question(x_c: int, x_b: int, times: float, margin: float) -> None:
    # what is tolerated is written as a margin: twice as many errors is not half as many successes
    canary, control = Counts(x_c, round(100 * times)), Counts(x_b, round(900 * times))
    tolerance, usual = Tolerance(ratio=1 + 1e-9, margin=margin), 0.02
    errors = facing(canary, control, usual, tolerance, higher=True)
    successes = facing(canary.rest, control.rest, 1 - usual, tolerance, higher=False)

    assert errors is not None
    assert successes is not None
    assert share_gains(errors, 1.5) == pytest.approx(share_gains(successes, 1.5))


@unhurried
@given(st.integers(0, 50), st.integers(0, 50), st.floats(0.5, 100), edges)
def test_a_rush_on_both_sides_is_no_evidence(x_c: int, x_b: int, times: float, edge: float) -> None:
    calm = facing_at(Counts(x_c, 1e4), Counts(x_b, 9e4), edge)
    rush = facing_at(Counts(x_c, 1e4 * times), Counts(x_b, 9e4 * times), edge)

    assert share_gains(rush, 1.0) == pytest.approx(share_gains(calm, 1.0), abs=1e-9)


@unhurried
@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(1, 5)), min_size=1, max_size=8), edges)
def test_several_looks_in_one_are_the_same_evidence(looks: list[tuple[int, int, int]], edge: float) -> None:
    apart = [facing_at(Counts(x, 100 * times), Counts(y, 900 * times), edge) for x, y, times in looks]
    merged = facing_at(
        Counts(sum(one.canary.x for one in apart), sum(one.canary.n for one in apart)),
        Counts(sum(one.control.x for one in apart), sum(one.control.n for one in apart)),
        edge,
    )

    gains = np.array([share_gains(one, 1.7) for one in apart]).sum(axis=0)
    assert share_gains(merged, 1.7) == pytest.approx(list(gains), abs=1e-8)


@pytest.mark.parametrize(
    ("usual", "tolerance", "higher", "allowed"),
    [
        (0.01, Tolerance(ratio=2), True, 0.02),
        (0.001, Tolerance(ratio=2, margin=0.005), True, 0.006),
        (0.2, Tolerance(ratio=1.25), False, 0.16),
        (0.2, Tolerance(ratio=1.25, margin=0.1), False, 0.1),
    ],
)
def test_the_edge_is_where_both_ratio_and_margin_are_used_up(
    usual: float, tolerance: Tolerance, higher: bool, allowed: float
) -> None:
    seen = facing(Counts(1, 10), Counts(1, 10), usual, tolerance, higher=higher)

    assert seen is not None
    assert seen.edge == pytest.approx(allowed / usual)
    assert (seen.edge > 1) is higher


@unhurried
@given(st.integers(1, 200), st.floats(1e-4, 0.1), st.floats(FAR * 1.01, 9.0), st.floats(1.0, 20.0))
def test_where_the_margin_is_far_beyond_the_usual_a_bet_is_on_the_share_alone(
    n: int, usual: float, times: float, dispersion: float
) -> None:
    looks = [Facing(Counts(x, n), Counts(0, 900), usual, usual * times) for x in range(n + 1)]
    assert all(seen.is_far for seen in looks)
    allowed = looks[0].allowed
    at_allowed = binom.pmf(range(n + 1), n, allowed)
    worths = np.exp([excess_gains(seen.canary, allowed, 1.0) for seen in looks])

    assert at_allowed @ worths == pytest.approx(np.ones(worths.shape[1]))
    assert np.all(at_allowed @ np.exp([excess_gains(seen.canary, allowed, dispersion) for seen in looks]) <= 1 + 1e-9)
    intolerable = min(INTOLERABLE_RISE * allowed, 0.5 * (1 + allowed))
    proofs = np.exp([proof_gain(seen, 1.0) for seen in looks])
    assert binom.pmf(range(n + 1), n, intolerable) @ proofs <= 1 + 1e-9


def test_a_tolerance_that_allows_everything_asks_nothing() -> None:
    assert facing(Counts(1, 10), Counts(1, 10), 0.6, Tolerance(ratio=2), higher=True) is None
    assert facing(Counts(1, 10), Counts(1, 10), 0.01, Tolerance(ratio=2, margin=0.02), higher=False) is None


# ── intervals ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("information", [0.3, 2.0, 40.0, 5e3])
def test_the_sequence_ends_where_the_normal_mixture_reaches_one_in_alpha(information: float) -> None:
    # Robbins 1970: where the likelihood ratio against zero, averaged over N(0, 1 / INTERVAL_INFORMATION), is 1 / alpha
    found = sequence(0.0, 1 / information)
    assert found.low == pytest.approx(1 / found.high)

    total, spread = math.log(found.high) * information, 1 / math.sqrt(INTERVAL_INFORMATION)
    mode = total / (information + INTERVAL_INFORMATION)
    width = 1 / math.sqrt(information + INTERVAL_INFORMATION)

    def likelihood(effect: float) -> float:
        return math.exp(effect * total - 0.5 * effect**2 * information) * norm.pdf(effect, scale=spread)

    mixture, _ = quad(likelihood, mode - 12 * width, mode + 12 * width)
    assert mixture == pytest.approx(1 / INTERVAL_ALPHA, rel=1e-6)


def test_the_sequence_covers_the_truth_at_all_looks_together() -> None:
    chance = np.random.default_rng(7)
    paths, looks, information = 2000, 400, 0.5
    sums = np.cumsum(chance.normal(scale=1 / math.sqrt(information), size=(paths, looks)), axis=1)
    means = sums / np.arange(1, looks + 1)
    halves = np.array([math.log(sequence(0.0, 1 / (information * n)).high) for n in range(1, looks + 1)])
    missed = np.mean(np.any(np.abs(means) > halves, axis=1))

    assert missed <= INTERVAL_ALPHA  # the bound itself: 400 looks are far from all looks
    assert missed >= INTERVAL_ALPHA / 5  # and yet it is not just wide


def test_the_interval_of_a_share_covers_its_ratio_at_all_looks_together() -> None:
    chance = np.random.default_rng(8)
    missed = 0
    for _ in range(150):
        stream, is_missed = Shares(), False
        sides = zip(chance.binomial(50, 0.12, 80).tolist(), chance.binomial(450, 0.04, 80).tolist(), strict=True)
        for x, y in sides:
            stream = stream.then(Counts(x, 50), Counts(y, 450), HALF_MORE, PART, higher=True)
            found = stream.interval()
            assert found is not None
            is_missed |= not found.low <= 3.0 <= found.high
        missed += is_missed

    assert missed <= 0.05 * 150
    assert found.high - found.low < 2.5


# ── false alarms, and false proofs ───────────────────────────────────────────────────────────────────────────────────


def counted(chance: np.random.Generator, looks: int, mean: float, cluster: int) -> Sequence[float]:
    """Bad ones that come `cluster` at a time."""
    return [float(cluster * x) for x in chance.poisson(mean / cluster, looks)]


def highest(stream: Shares, pairs: Iterable[tuple[float, float]], n: float = 1e5) -> tuple[float, float]:
    """The most that evidence and proof ever were, in nats."""
    worth = proof = -math.inf
    for x, y in pairs:
        stream = stream.then(Counts(x, n), Counts(y, n), HALF_MORE, PART, higher=True)
        worth, proof = max(worth, stream.fund.nats), max(proof, stream.proof)
    return worth, proof


def test_a_fair_fund_ever_reaches_one_in_alpha_with_a_probability_of_alpha_at_most() -> None:
    # Ville 1939, at the very edge of the tolerance, at dispersion 1 where all is exact, looked at after every look
    chance, looks, streams_n, edge = np.random.default_rng(9), 100, 600, 1.5
    highs = []
    for _ in range(streams_n):
        fund, high = bets.opened(len(RISE_SHARES)), 1.0
        for x in chance.binomial(10, edge / (edge + 1), looks).tolist():
            gains = share_gains(facing_at(Counts(x, 1000), Counts(10 - x, 1000), edge), 1.0)
            fund = bets.after(fund, RISE_SHARES, 1 / looks, gains)
            high = max(high, fund.worth)
        highs.append(high)
    reached = {alpha: float(np.mean(np.array(highs) >= 1 / alpha)) for alpha in (0.3, 0.1, 0.03)}

    assert all(share <= alpha for alpha, share in reached.items()), reached
    assert reached[0.3] >= 0.03, "nothing is shown by bets that hardly move"


@pytest.mark.parametrize("cluster", [1, 3])
def test_a_share_at_its_edge_rarely_alarms_though_its_noise_has_to_be_learned(cluster: int) -> None:
    chance = np.random.default_rng(10 + cluster)
    highs = [
        highest(Shares(), zip(counted(chance, 60, 30, cluster), counted(chance, 60, 20, cluster), strict=True))[0]
        for _ in range(200)
    ]

    assert np.mean(np.array(highs) >= math.log(20)) <= 0.05


@pytest.mark.parametrize("cluster", [1, 3])
def test_what_is_intolerably_worse_is_proven_harmless_at_most_one_time_in_ten(cluster: int) -> None:
    chance = np.random.default_rng(20 + cluster)
    intolerable = HALF_MORE.ratio * INTOLERABLE_RISE
    proofs = [
        highest(
            Shares(), zip(counted(chance, 60, intolerable * 6, cluster), counted(chance, 60, 6, cluster), strict=True)
        )[1]
        for _ in range(200)
    ]

    assert np.mean(np.array(proofs) >= PROVEN_NATS) <= 0.1


def wandering(chance: np.random.Generator, looks: int, memory: float, spread: float) -> Sequence[float]:
    """An autoregression of the first order around 0, begun in its steady state."""
    steps = chance.normal(scale=spread * math.sqrt(1 - memory**2), size=looks)
    level, levels = chance.normal(scale=spread), []
    for step in steps:
        level = memory * level + step
        levels.append(float(level))
    return levels


def highest_of_gauge(times: float, noise: Sequence[float]) -> tuple[float, float]:
    """The most that evidence and proof ever were, in nats, of a canary at so many times its control."""
    stream, worth, proof = Levels(), -math.inf, -math.inf
    for level in noise:
        stream = stream.then(times * math.exp(level), 1.0, HALF_MORE, PART, higher=True)
        worth, proof = max(worth, stream.fund.nats), max(proof, stream.proof)
    return worth, proof


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
def test_a_healthy_gauge_alarms_as_rarely_as_promised_however_long_its_memory(memory: float) -> None:
    chance = np.random.default_rng(30)
    highs = [highest_of_gauge(1.0, wandering(chance, 120, memory, 0.1))[0] for _ in range(120)]

    assert np.mean(np.array(highs) >= math.log(20)) <= 0.05


SHORT_OF_LONG_MEMORY = pytest.mark.xfail(
    strict=True,
    reason="a memory of 0.8 is underestimated while little was seen: more than 10 % are proven at some look",
)


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.8])
def test_a_gauge_at_its_edge_alarms_as_rarely_as_promised(memory: float) -> None:
    chance = np.random.default_rng(31)
    highs = [highest_of_gauge(HALF_MORE.ratio, wandering(chance, 80, memory, 0.1))[0] for _ in range(150)]

    assert np.mean(np.array(highs) >= math.log(20)) <= 0.05


@pytest.mark.parametrize("memory", [0.0, 0.5, pytest.param(0.8, marks=SHORT_OF_LONG_MEMORY)])
def test_a_gauge_that_is_intolerably_worse_is_proven_harmless_at_most_one_time_in_ten(memory: float) -> None:
    chance = np.random.default_rng(32)
    proofs = [highest_of_gauge(HALF_MORE.ratio**2, wandering(chance, 80, memory, 0.1))[1] for _ in range(150)]

    assert np.mean(np.array(proofs) >= PROVEN_NATS) <= 0.1


def test_of_two_healthy_sides_neither_is_accused_whichever_is_the_canary() -> None:
    chance = np.random.default_rng(40)
    for _ in range(120):
        one, other = counted(chance, 60, 20, 2), counted(chance, 60, 20, 2)
        for pairs in (zip(one, other, strict=True), zip(other, one, strict=True)):
            assert highest(Shares(), pairs)[0] < math.log(1 / ALPHA_ROLLOUT)


def test_the_worse_of_two_sides_is_accused_and_the_better_never() -> None:
    chance = np.random.default_rng(41)
    for _ in range(40):
        worse, better = counted(chance, 60, 80, 2), counted(chance, 60, 20, 2)
        accused, _ = highest(Shares(), zip(worse, better, strict=True))
        praised, proof = highest(Shares(), zip(better, worse, strict=True))

        assert accused >= math.log(1 / ALPHA_ROLLOUT) > praised
        assert proof >= PROVEN_NATS


# ── one look ─────────────────────────────────────────────────────────────────────────────────────────────────────────

STREAMED = [
    (ERRORS, "limit"),
    (ERRORS, "tolerance"),
    (P95, "limit"),
    (P95, "tolerance"),
    (CONVERSION, "tolerance"),
    (MEMORY, "limit"),
    (MEMORY, "tolerance"),
    (CPU, "tolerance"),
]

counts = st.integers(0, 10**9).flatmap(lambda n: st.builds(Counts, st.integers(0, n), st.just(n)))
buckets = st.builds(Buckets, st.just(BOUNDS), st.tuples(*[st.integers(0, 10**6)] * (len(BOUNDS) + 1)))
values = st.builds(Values, st.floats(-1e12, 1e12))


def shown_of(one: Metric) -> st.SearchStrategy[Shown]:
    if one.source == "quantile":
        return buckets
    return values if one.source == "gauge" else counts


def watched(looks: int = 20) -> Scene:
    scene = Scene(ALL)
    scene.look(looks)
    return scene


HISTORY = watched().state.family


def looked(one: Metric, criterion: str, pair: Pair) -> tuple[Stream, Stream]:
    """The stream of a healthy canary, and the same after one more look."""
    before = HISTORY.streams[one.name, criterion]
    if criterion == "limit":
        assert one.limit is not None
        return before, streams.alone(before, one, one.limit, pair.canary, PART)
    assert one.tolerance is not None
    return before, streams.compared(before, one, pair, PART, one.tolerance)


@unhurried
@given(st.data(), st.sampled_from(STREAMED))
def test_no_single_look_brings_enough_evidence_however_wild(data: st.DataObject, which: tuple[Metric, str]) -> None:
    one, criterion = which
    pair = Pair(data.draw(shown_of(one)), data.draw(shown_of(one)))
    before, after = looked(one, criterion, pair)

    assert 0 < after.worth <= before.worth * math.exp(GAIN_MAX) * (1 + 1e-9)
    assert math.isfinite(after.worth)
    assert not math.isnan(after.proof)


@unhurried
@given(st.data())
def test_all_metrics_together_are_not_convicted_by_one_look(data: st.DataObject) -> None:
    pairs = {one.name: Pair(data.draw(shown_of(one)), data.draw(shown_of(one))) for one in ALL}
    after = {(one.name, what): looked(one, what, pairs[one.name])[1] for one, what in STREAMED}

    assert not HISTORY.with_streams(after).is_past


def test_the_noise_that_a_look_is_divided_by_does_not_know_it_yet() -> None:
    stream = Shares()
    for _ in range(10):
        stream = stream.then(Counts(5, 100), Counts(45, 900), HALF_MORE, PART, higher=True)
    wild, control = Counts(20, 100), Counts(5, 900)
    usual, dispersion = stream.scatter.share, stream.scatter.dispersion
    seen = facing(wild, control, usual, HALF_MORE, higher=True)
    assert seen is not None

    after = stream.then(wild, control, HALF_MORE, PART, higher=True)
    assert after.fund == bets.after(stream.fund, RISE_SHARES, PART, share_gains(seen, dispersion))
    assert after.scatter.dispersion != dispersion


@pytest.mark.parametrize(("one", "criterion"), STREAMED)
def test_a_look_without_anything_in_it_changes_no_evidence(one: Metric, criterion: str) -> None:
    if one.source == "gauge":
        return
    nothing: Shown = Buckets(BOUNDS, (0.0,) * (len(BOUNDS) + 1)) if one.source == "quantile" else Counts(0, 0)
    some: Shown = answers(0.12, 900) if one.source == "quantile" else Counts(3, 900)
    for pair in (Pair(nothing, some), Pair(nothing, nothing)):
        before, after = looked(one, criterion, pair)
        assert (after.worth, after.proof) == (pytest.approx(before.worth), pytest.approx(before.proof))


def test_no_bad_ones_on_either_side_are_no_evidence() -> None:
    before = Shares().then(Counts(3, 100), Counts(9, 900), HALF_MORE, PART, higher=True)
    after = before.then(Counts(0, 100), Counts(0, 900), HALF_MORE, PART, higher=True)

    assert (after.worth, after.proof) == (pytest.approx(before.worth), before.proof)


def test_a_look_that_one_side_missed_changes_nothing_at_all() -> None:
    scene = watched()
    before = scene.state.family
    scene.look(gap="missing")
    assert scene.state.family == before

    scene.control = None
    scene.look()
    alone = {key: stream for key, stream in scene.state.family.streams.items() if key[1] != "limit"}
    assert alone == {key: stream for key, stream in before.streams.items() if key[1] != "limit"}


@pytest.mark.parametrize(
    "wrong", [Counts(math.nan, 100), Counts(-1, 100), Counts(3, math.inf), Values(math.nan), Values(-math.inf)]
)
def test_what_cannot_have_been_counted_never_reaches_the_evidence(wrong: Shown) -> None:
    one = MEMORY if isinstance(wrong, Values) else ERRORS
    scene = Scene((one,))
    scene.look(20)
    before, at = scene.state.family.streams[one.name, "tolerance"], scene.at + 1
    early, late = (Values(1e6), Values(2e6)) if isinstance(wrong, Values) else (Counts(5, 100), Counts(6, 1000))

    def after(canary: Shown, control: Shown) -> Stream:
        shown = {"c" * 40: canary, "d" * 40: control}
        then, now = [
            [Totals("production", commit, when, commit, shown={one.name: what}) for commit, what in each.items()]
            for when, each in ((scene.at, dict.fromkeys(shown, early)), (at, shown))
        ]
        remembered = {totals.key: totals for totals in then}
        samples = increments([one.name], Cohorts("c" * 40, "production"), remembered, now, at)
        return observe(scene.state, LookSamples(at, samples)).family.streams[one.name, "tolerance"]

    assert after(late, late) != before
    assert after(wrong, late) == after(late, wrong) == after(wrong, wrong) == before


def test_a_gauge_of_nothing_against_nothing_is_no_evidence() -> None:
    stream = Levels()
    for _ in range(30):
        stream = stream.then(0.0, 0.0, HALF_MORE, PART, higher=True)

    assert stream.worth == 1.0
    assert stream.interval() is None


# ── units, moments ───────────────────────────────────────────────────────────────────────────────────────────────────


def noisy(seed: int, looks: int) -> list[tuple[float, float]]:
    chance = np.random.default_rng(seed)
    return [(1.6 * math.exp(a), math.exp(b)) for a, b in chance.normal(scale=0.2, size=(looks, 2)).tolist()]


@pytest.mark.parametrize("times", [1e-6, 1e6])
@pytest.mark.parametrize("higher", [True, False])
def test_the_unit_of_a_gauge_changes_no_evidence(times: float, higher: bool) -> None:
    plain, scaled, margin = Levels(), Levels(), 0.1
    slow, slow_scaled = Growth(), Growth()
    for number, (canary, control) in enumerate(noisy(50, 60)):
        tolerance = Tolerance(ratio=1.2, margin=margin)
        plain = plain.then(canary, control, tolerance, PART, higher=higher)
        tolerance = Tolerance(ratio=1.2, margin=margin * times)
        scaled = scaled.then(canary * times, control * times, tolerance, PART, higher=higher)
        for_growth = [streams.log_ratio(canary * by, control * by, control * by) for by in (1.0, times)]
        assert None not in for_growth
        slow, slow_scaled = [
            one.then(ratio, number / 240, 0.05) for one, ratio in zip((slow, slow_scaled), for_growth, strict=True)
        ]

    assert scaled.fund.nats == pytest.approx(plain.fund.nats, rel=1e-6)
    assert scaled.proof == pytest.approx(plain.proof, rel=1e-6)
    assert scaled.interval() == pytest.approx(plain.interval())
    assert slow_scaled.worth == pytest.approx(slow.worth, rel=1e-6)


@pytest.mark.parametrize("times", [1e-6, 1e6])
def test_the_unit_of_a_cost_changes_no_verdict(times: float) -> None:
    for cost in (0.004, 0.008):
        plain, scaled = Scene((CPU,), canary=Side(cpu=cost)), Scene((CPU,), canary=Side(cpu=cost * times))
        scaled.control = Side(requests=900, cpu=0.004 * times)
        plain.look(30)
        scaled.look(30)

        assert plain.verdict.outcome is scaled.verdict.outcome
        assert plain.finding("cpu", "tolerance").evidence == scaled.finding("cpu", "tolerance").evidence


def test_the_hour_at_which_it_happens_changes_nothing() -> None:
    def verdicts(at: float) -> list[object]:
        scene = Scene((ERRORS, GROWING), at=at)
        scene.look(30)
        scene.canary = Side(errors=0.01)
        found = []
        for _ in range(30):
            seen = scene.look()
            lately = [replace(one, since=one.since and one.since - at) for one in seen.findings]
            found.append(replace(seen, findings=tuple(lately)))
        return found

    assert verdicts(1000.0) == verdicts(1000.0 + 2**30)


GROWING = metric("memory", kind="resource", gauge="bytes", unit="bytes", growth_per_hour="5%", events_min=5)


# ── what the other streams are ───────────────────────────────────────────────────────────────────────────────────────


@unhurried
@given(st.integers(1, 300), st.floats(0.001, 0.7))
def test_a_limit_that_is_just_met_brings_no_evidence_in_the_mean(n: int, allowed: float) -> None:
    part = 1.0  # all of it is placed before the look
    worths = [Excess().then(Counts(x, n), allowed, part).worth for x in range(n + 1)]

    assert binom.pmf(range(n + 1), n, allowed) @ worths <= 1 + 1e-9


def test_a_limit_overstepped_at_one_look_in_four_brings_no_evidence_in_the_mean() -> None:
    for seen in product((False, True), repeat=3):
        stream = Oversteps()
        for beyond in seen:
            stream = stream.then(0.3, beyond=beyond)
        assert stream.worth > 0
    mean = sum(
        math.prod(0.25 if beyond else 0.75 for beyond in seen) * _after(seen)
        for seen in product((False, True), repeat=3)
    )

    assert mean == pytest.approx(1)


def _after(seen: Sequence[bool]) -> float:
    stream = Oversteps()
    for beyond in seen:
        stream = stream.then(0.3, beyond=beyond)
    return stream.worth


def test_answer_times_are_compared_where_the_control_has_its_quantile_and_farther_out() -> None:
    stream, tolerance = Tails(), Tolerance(ratio=1.5)
    for _ in range(10):
        stream = stream.then(answers(0.12, 100), answers(0.12, 900), 0.95, tolerance, PART, higher=True)
    near, far = stream.cuts
    assert near is not None
    assert far is not None

    assert (near.bound, far.bound) == (0.15, 0.4)
    # half as slow again: above 150 ms is then what is above 100 ms now
    above = answers(0.12, 900).over(0.1).x / answers(0.12, 900).over(0.15).x
    assert near.allowed / near.usual == pytest.approx(above, rel=0.01)


@unhurried
@given(st.floats(1.01, 5.0), st.floats(1.01, 3.0))
def test_the_more_slowness_is_tolerated_the_more_slow_answers_are(ratio: float, more: float) -> None:
    usual = answers(0.12, 900)
    little = cut_at(usual, 0.05, Tolerance(ratio=ratio), higher=True)
    much = cut_at(usual, 0.05, Tolerance(ratio=ratio * more), higher=True)

    assert little is not None
    assert little.allowed >= little.usual
    assert much is None or (much.usual, much.allowed >= little.allowed) == (little.usual, True)


def test_a_growth_is_found_whatever_the_level_that_it_began_at() -> None:
    def grown(level: float) -> Growth:
        chance, stream = np.random.default_rng(60), Growth()
        for number, noise in enumerate(chance.normal(scale=0.003, size=240).tolist()):
            stream = stream.then(level + 0.3 * number / 240 + noise, number / 240, 0.05)
        return stream

    assert grown(0.0).worth == pytest.approx(grown(5.0).worth, rel=1e-6)
    assert grown(0.0).worth >= 1 / ALPHA_ROLLOUT
    found = grown(0.0).interval()
    assert found is not None
    assert found.low <= math.exp(0.25) <= found.high


def test_what_does_not_grow_is_no_leak() -> None:
    chance = np.random.default_rng(61)
    alarms = 0
    for _ in range(60):
        stream, high = Growth(), 1.0
        for number, level in enumerate(wandering(chance, 100, 0.6, 0.02)):
            stream = stream.then(level, number / 240, 0.05)
            high = max(high, stream.worth)
        alarms += high >= 20

    assert alarms <= 0.05 * 60


# ── the fund ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@unhurried
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(-4, 4)), max_size=40))
def test_the_stake_is_placed_once(looks: list[tuple[float, float]]) -> None:
    fund = bets.opened(2)
    for part, _ in looks:
        fund = bets.after(fund, (0.4, 0.6), part, (0.0, 0.0))
    assert fund.worth == pytest.approx(1)

    for part, gain in looks:
        fund = bets.after(fund, (0.4, 0.6), part, (gain, -gain))
        assert 0 <= fund.kept <= 1
        assert fund.worth > 0


def test_what_has_been_mended_can_be_seen_to_be_mended() -> None:
    fund = Fund(0.0, (1.0,))
    for _ in range(1000):
        fund = bets.after(fund, (1.0,), 0.0, (3.0,))
    assert fund.worth == pytest.approx(FUND_MAX)

    looks = 0
    while fund.worth >= 1 / ALPHA_ROLLOUT:
        fund, looks = bets.after(fund, (1.0,), 0.0, (-1.0,)), looks + 1
    assert looks <= 25


def test_a_state_begins_with_no_evidence() -> None:
    assert begin(Scene(ALL).question).family.worth == 1.0


def test_a_limit_that_no_bucket_can_tell_brings_no_evidence() -> None:
    far = metric("p95", histogram="seconds", quantile=0.95, limit={"max": "30s"})
    before = Excess()

    assert far.limit is not None
    assert streams.alone(before, far, far.limit, answers(20, 100), PART) is before
    assert streams.convicting(far) == Limit(max=30.0)
