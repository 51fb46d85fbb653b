"""The simulator of the judge's benchmark keeps its promises: a figure measured on it means what it says."""

import json
import math
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial, reduce
from operator import add
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from scipy.stats import mannwhitneyu  # type: ignore[import-untyped] # scipy carries no types

from benchmarks import verdicts
from benchmarks.telemetry import cost, promises
from benchmarks.telemetry.bounds import information, looks_at_least
from benchmarks.telemetry.detectors import RIVALS
from benchmarks.telemetry.looks import judged
from benchmarks.telemetry.metrics import FAILING, METRICS, SHARES, Share
from benchmarks.telemetry.nab import trials
from benchmarks.telemetry.noise import World, ar1, clumped
from benchmarks.telemetry.releases import HEALTHY, Look, Regression, at_most, history, release
from benchmarks.telemetry.rivals import shift_interval
from benchmarks.telemetry.rows import Part, Promise, share
from benchmarks.telemetry.scenarios import BY_TRAFFIC, SCENARIOS, Must, Scenario
from benchmarks.telemetry.table import measure, play, wilson
from bot.analysis.evidence import Levels, Shares, Tails
from bot.analysis.shapes import Buckets, Counts, Values
from bot.core.metric import Metric
from bot.core.verdict import Outcome

HALF = World(steps=((0, 50.0),), glitches=0.0)
STILL = replace(HALF, pod_sd=0.0)


Shape = TypeVar("Shape", Counts, Buckets, Values)


def both(look: Look, name: str, shape: type[Shape]) -> tuple[Shape, Shape]:
    """Canary and control."""
    canary, control = look[name].canary, look[name].reference
    assert isinstance(canary, shape)
    assert isinstance(control, shape)
    return canary, control


def totals(looks: Iterable[Look], name: str) -> tuple[Counts, Counts]:
    pairs = [both(look, name, Counts) for look in looks]
    return reduce(add, [canary for canary, _ in pairs]), reduce(add, [control for _, control in pairs])


def rate_ratio(world: World, regression: Regression, name: str, releases: int = 4) -> float:
    """Canary's rate over its control's, from the onset on."""
    canary, control = Counts(0, 0), Counts(0, 0)
    for seed in range(releases):
        ours, theirs = totals(list(release(world, regression, seed))[regression.onset :], name)
        canary, control = canary + ours, control + theirs
    return (canary.x / canary.n) / (control.x / control.n)


def mean_ratio(regression: Regression, name: str, looks: slice) -> float:
    ratios = []
    for seed in range(3):
        for look in list(release(STILL, regression, seed))[looks]:
            canary, control = both(look, name, Values)
            ratios.append(canary.mean / control.mean)
    return float(np.mean(ratios))


def test_every_look_shows_all_22_metrics_in_the_shape_of_their_source() -> None:
    look = release(World(), HEALTHY, 1).look(100)

    shapes = {"share": Counts, "quantile": Buckets, "gauge": Values}
    assert len(METRICS) == 22
    assert set(look) == {metric.name for metric in METRICS}
    for metric in METRICS:
        assert isinstance(look[metric.name].canary, shapes[metric.source])
        assert look[metric.name].canary.is_valid


def test_a_seed_is_a_release() -> None:
    hostile = World(is_hostile=True)

    assert list(release(hostile, HEALTHY, (7, 1))) == list(release(hostile, HEALTHY, (7, 1)))
    assert list(release(hostile, HEALTHY, (7, 1))) != list(release(hostile, HEALTHY, (7, 2)))


@pytest.mark.parametrize("share", SHARES)
def test_shares_have_their_base_rates(share: Share) -> None:
    seen, requests = Counts(0, 0), Counts(0, 0)
    for seed in range(6):
        looks = list(release(STILL, HEALTHY, seed))
        seen, requests = seen + totals(looks, share.name)[1], requests + totals(looks, FAILING.name)[1]

    assert seen.x / seen.n == pytest.approx(share.rate, rel=0.15)
    assert seen.n / requests.n == pytest.approx(share.part, rel=0.02)


@pytest.mark.parametrize(("noise", "dispersion"), [(1.0, 2.0), (2.0, 4.0)])
@pytest.mark.parametrize("rate", [0.003, 0.2])
def test_counts_are_clumped_as_promised_at_any_rate(noise: float, dispersion: float, rate: float) -> None:
    n = np.full((20_000, 1), 3000.0)
    drawn = clumped(np.random.default_rng(5), n, np.full_like(n, rate), World(noise=noise).dispersion)

    pearson = np.mean((drawn - n * rate) ** 2) / (3000 * rate * (1 - rate))
    assert pearson == pytest.approx(dispersion, rel=0.1)


def test_counts_of_a_cohort_keep_that_dispersion_through_all_that_happens_to_them() -> None:
    pearson = []
    for seed in range(10):
        for look in release(STILL, HEALTHY, seed):
            canary, control = both(look, FAILING.name, Counts)
            # what both cohorts share cancels out: of all that failed, how many did so on the canary?
            failed, share = canary.x + control.x, canary.n / (canary.n + control.n)
            if failed:
                pearson.append((canary.x - failed * share) ** 2 / (failed * share * (1 - share)))

    assert np.mean(pearson) == pytest.approx(2.0, rel=0.15)


def test_the_canary_has_its_share_of_the_traffic_and_of_the_pods() -> None:
    looks = list(release(World(), HEALTHY, 3))

    for start, percent in World().steps:
        canary, control = totals(looks[start : start + 60], FAILING.name)
        assert canary.n / (canary + control).n == pytest.approx(percent / 100, rel=0.1)
    assert [both(looks[at], "cpu", Values)[0].count for at in (0, 60, 120, 180)] == [1, 2, 5, 10]


@pytest.mark.parametrize("factor", [3.0, 10.0])
def test_failing_requests_rise_by_their_factor_and_with_them_whatever_counts_them(factor: float) -> None:
    regression = Regression(onset=60, errors=factor)

    assert rate_ratio(STILL, regression, "http-5xx") == pytest.approx(factor, rel=0.15)
    assert rate_ratio(STILL, regression, "timeouts") == pytest.approx(factor, rel=0.2)
    assert rate_ratio(STILL, regression, "upstream-errors") == pytest.approx(0.7 + 0.3 * factor, rel=0.15)
    assert rate_ratio(STILL, regression, "login-failures") == pytest.approx(1.0, rel=0.15)


def test_conversions_fall_by_their_factor() -> None:
    assert rate_ratio(STILL, Regression(conversions=0.5), "orders") == pytest.approx(0.5, rel=0.05)


def test_when_everything_is_down_every_request_fails_and_nobody_buys() -> None:
    look = release(World(), Regression(is_down=True), 4).look(200)

    failed, _ = both(look, FAILING.name, Counts)
    ours, theirs = both(look, "orders", Counts)
    assert failed.x == failed.n > 0
    assert ours.x == 0 < theirs.x


def test_a_slower_tail_doubles_the_99th_percentile_and_leaves_the_rest() -> None:
    usual, slowed = (at_most(np.array([1.0, 2.5, 4.03, 2 * 4.03]), np.array(tail)) for tail in (1.0, 2.0))

    assert usual[2] == pytest.approx(0.99, abs=0.001)
    assert slowed[3] == pytest.approx(0.99, abs=0.001)
    assert slowed[:2] == pytest.approx(usual[:2])


def test_the_tail_of_the_canary_is_slower_from_the_onset_on() -> None:
    over = {False: [Counts(0, 0)] * 2, True: [Counts(0, 0)] * 2}
    for at, look in enumerate(release(STILL, Regression(tail=2.0), 1)):
        sides = both(look, "api-p99", Buckets)
        over[at >= 60] = [sum_ + one.over(0.5) for sum_, one in zip(over[at >= 60], sides, strict=True)]

    healthy, sick = ((canary.x / canary.n) / (control.x / control.n) for canary, control in over.values())
    assert healthy == pytest.approx(1.0, rel=0.2)
    assert sick > 10


def test_gauges_rise_by_their_factor_and_memory_leaks_by_the_hour() -> None:
    assert mean_ratio(Regression(cpu=1.5), "cpu", slice(60, 240)) == pytest.approx(1.5, rel=0.02)
    assert mean_ratio(Regression(cpu=1.5), "threads", slice(60, 240)) == pytest.approx(1.0, rel=0.02)
    # three quarters of an hour after the onset
    assert mean_ratio(Regression(leak_per_hour=0.2), "memory", slice(238, 240)) == pytest.approx(1.15, rel=0.01)
    assert mean_ratio(Regression(leak_per_hour=0.2), "memory", slice(50, 60)) == pytest.approx(1.0, rel=0.01)


def test_a_forced_spike_hits_every_kind_of_metric_for_its_looks_and_is_nobodys_fault() -> None:
    spiked = release(STILL, Regression(spike_looks=2), 11)
    sides = [both(look, "cpu", Values) for look in spiked]
    high = [canary.mean > 2 * control.mean for canary, control in sides]

    assert sum(high) == 2
    assert high[high.index(True) + 1]
    assert spiked.onset is None


def test_fresh_processes_are_slow_and_their_memory_fills_up() -> None:
    fresh = World(pods=10, pod_sd=0.0, steps=((0, 50.0), (60, 100 * 0.8)))
    usual = [[both(look, name, Values)[0].mean for look in release(fresh, HEALTHY, 5)] for name in ("cpu", "memory")]
    cold = Regression(cold=2.0, empty=0.5)
    ours = [[both(look, name, Values)[0].mean for look in release(fresh, cold, 5)] for name in ("cpu", "memory")]

    (cpu, memory), late = (np.array(ours) / np.array(usual)), 59
    assert (cpu[0], memory[0]) == (pytest.approx(2.0), pytest.approx(0.5))
    assert cpu[8] == pytest.approx(1 + math.exp(-1))
    assert cpu[late] < 1.01
    assert memory[late] == pytest.approx(1 - 0.5 * math.exp(-59 * 15 / 600))
    # three of eight have just started
    assert cpu[60] == pytest.approx(1 + 3 / 8, rel=0.01)
    assert cold.is_healthy


def test_lost_looks_and_an_outage_leave_nothing_to_read() -> None:
    gaps = World(lost=0.02, has_outage=True)
    empty = [[not look for look in release(gaps, HEALTHY, seed)] for seed in range(25)]

    assert np.mean(empty) == pytest.approx(0.02 + 20 / 240, rel=0.1)
    assert all("1" * 20 in "".join(str(int(one)) for one in row) for row in empty)


def test_both_cohorts_have_the_incident() -> None:
    pairs = [both(look, FAILING.name, Counts) for look in release(replace(STILL, has_incident=True), HEALTHY, 2)]
    for side in zip(*pairs, strict=True):
        rates = np.array([one.x / one.n for one in side])
        minutes = np.convolve(rates, np.ones(40) / 40, mode="valid")
        assert minutes.max() > 3 * np.median(rates)


def test_gauges_have_the_autocorrelation_they_are_given() -> None:
    walk = ar1(np.random.default_rng(1), (20_000,), 0.8)

    assert np.corrcoef(walk[1:], walk[:-1])[0, 1] == pytest.approx(0.8, abs=0.02)
    assert np.std(walk) == pytest.approx(1.0, rel=0.05)


def test_the_history_before_a_release_is_480_healthy_looks_at_the_noise_that_is_believed() -> None:
    before = history(World(noise=2.0, has_outage=True), 1)

    assert len(before) == 480
    assert all(before)
    assert before == history(World(noise=1.0), 1)


# ── rivals, bounds, and the table ────────────────────────────────────────────────────────────────────────────────────


class AtLook:
    """Rolls back at its so-manieth look, and remembers the steps."""

    def __init__(self, metrics: Sequence[Metric], *, number: int) -> None:
        self.left = number

    def enter(self, exposure: float) -> None:
        assert 0 < exposure <= 50

    def look(self, pairs: Look) -> bool:
        self.left -= 1
        return self.left == 0


BROKEN = Scenario("errors x5", Must(median=3), World(), Regression(onset=60, errors=5))


@pytest.mark.parametrize(
    ("alarm", "false", "delays"), [(60, 1, ()), (61, 0, (1,)), (63, 0, (3,)), (900, 0, (math.inf,))]
)
def test_a_delay_counts_the_looks_from_the_onset_to_the_alarm(
    alarm: int, false: int, delays: tuple[float, ...]
) -> None:
    (row,) = measure({"it": partial(AtLook, number=alarm)}, [BROKEN], releases=1, seed=1, jobs=1)

    assert (row.false, row.delays) == (false, delays)
    assert row.is_met is (delays in {(1,), (3,)})
    assert "errors x5" in row.row()
    assert json.loads(row.line())["median"] == (delays[0] if delays and math.isfinite(delays[0]) else None)


def test_every_rollback_of_a_healthy_release_is_false() -> None:
    onset, alarms = play(Scenario("healthy"), {"it": partial(AtLook, number=200)}, (1, 1))

    assert onset is None
    assert alarms == {"it": 199}


def test_the_interval_of_a_share_is_wilsons() -> None:
    # Brown, Cai and DasGupta (2001) give (0.0000, 0.2775) for 0 of 10
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)


def test_kayentas_interval_excludes_zero_when_mann_and_whitneys_test_does() -> None:
    rng = np.random.default_rng(2)
    verdicts = set()
    for shift in np.linspace(-1.5, 1.5, 60):
        canary, control = rng.normal(shift, size=40), rng.normal(size=50)
        lower, estimate, upper = shift_interval(canary, control)
        p = mannwhitneyu(canary, control, method="asymptotic", use_continuity=False).pvalue
        assert lower <= estimate <= upper
        assert (lower > 0 or upper < 0) == (p < 0.02)
        verdicts.add(bool(p < 0.02))

    assert verdicts == {True, False}


@pytest.mark.parametrize("name", sorted(RIVALS))
def test_every_rival_notices_when_everything_is_down_and_can_be_sent_to_another_process(name: str) -> None:
    make = pickle.loads(pickle.dumps(RIVALS[name]))  # noqa: S301 - it was written a moment ago, here
    down = Scenario("down", world=replace(STILL, looks=60), regression=Regression(onset=0, is_down=True))

    _, alarms = play(down, {name: make}, (1, 2, 3))

    assert alarms[name] is not None


def test_information_grows_with_the_regression_and_shrinks_with_noise() -> None:
    at_least = {factor: looks_at_least(World(), Regression(errors=factor)) for factor in (2.0, 3.0, 10.0)}

    assert at_least[2.0] > at_least[3.0] > at_least[10.0] == 1
    assert looks_at_least(World(noise=2.0), Regression(errors=2.0)) == pytest.approx(2 * at_least[2.0], abs=1)
    assert looks_at_least(World(), HEALTHY) == math.inf


def test_a_poisson_count_brings_what_the_textbook_says() -> None:
    # a Poisson mean of mu that grows r times brings mu (r ln r - r + 1) nats; almost all traffic is control here
    world = World(requests_per_second=400.0, steps=((0, 0.001),))
    per_look = information(world, Regression(onset=0, conversions=0.5))[0]
    textbook = sum(400 * 15 * 1e-5 * share.part * share.rate for share in SHARES if share.is_business)

    assert per_look == pytest.approx(textbook * (0.5 * math.log(0.5) + 0.5) / world.dispersion, rel=0.2)


def test_real_series_become_two_cohorts_that_share_what_happened(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for name, values in (("request_count", rng.poisson(50, 2000)), ("cpu", rng.normal(40, 2, 2000))):
        rows = [f"2015-01-01 00:00:{number},{value}" for number, value in enumerate(values)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["timestamp,value", *rows]))

    thinned, interleaved, noisy = trials(tmp_path)

    looks = list(thinned.release((1, 1, 0)))
    canary, control = totals(looks[180:], "series")
    assert len(looks) == 240
    assert len(thinned.history((1, 1, 0))) == 480
    assert canary.x + control.x == pytest.approx(60 * 50, rel=0.1)
    assert canary.x / canary.n == pytest.approx(control.x / control.n, rel=0.1)
    for trial, spread in ((interleaved, math.sqrt(2) * 2), (noisy, 2 * math.sqrt(2))):
        pairs = [both(look, "series", Values) for look in trial.release((1, 1, 0))]
        assert np.std([ours.mean - theirs.mean for ours, theirs in pairs]) == pytest.approx(spread, rel=0.15)


# ── promises ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def last(name: str, seed: int) -> promises.Stream:
    """The stream after its last look, which ends the step of 50 %."""
    *_, stream = promises.WRONG[name](np.random.default_rng(seed))
    return stream


def test_the_streams_of_false_passes_are_at_exactly_what_a_proof_must_rule_out() -> None:
    for name, ratio in (("errors 5.0%, 40/s", 3.0), ("conversions 5 %, 400/s", 1 / 1.11 / 1.5)):
        sums = [stream.totals for seed in range(5) if isinstance(stream := last(f"false pass, {name}", seed), Shares)]
        canary_x, canary_n, control_x, control_n = (sum(column) for column in zip(*sums, strict=True))
        assert (canary_x / canary_n) / (control_x / control_n) == pytest.approx(ratio, rel=0.05)

    levels = [last("false pass, gauge, AR 0.5", seed) for seed in range(5)]
    mean = np.mean([level.step_sum / level.step_looks for level in levels if isinstance(level, Levels)])
    assert mean == pytest.approx(2 * math.log(1.1), rel=0.05)

    tails = last("false pass, p99, 400/s", 1)
    assert isinstance(tails, Tails)
    cut, total = tails.cuts[0], tails.parts[0].totals
    assert cut is not None
    slower = (total.canary_x / total.canary_n) / (total.control_x / total.control_n)
    assert slower == pytest.approx(2 * cut.allowed / cut.usual, rel=0.1)


def test_a_proof_at_the_end_of_a_step_is_one_within_it() -> None:
    steps = promises._proven(promises.WRONG["false pass, errors 0.5%, 4/s"], (1, 2))

    assert len(steps) == 4
    assert all(ever for end, ever in steps if end)


def test_the_whole_judge_looks_at_every_look_and_stops_at_a_failure() -> None:
    world = replace(World(), looks=70)
    healthy = list(judged(METRICS, world, release(world, HEALTHY, 1)))
    down = list(judged(METRICS, world, release(world, Regression(onset=60, is_down=True), 1)))

    assert len(healthy) == 70
    assert all(one.events for one in healthy[0].judged.findings if one.criterion == "tolerance")
    assert down[-1].judged.outcome is Outcome.FAIL
    assert 60 < len(down) < 65
    assert Outcome.FAIL not in {state.judged.outcome for state in down[:-1]}


def test_other_units_change_values_and_bounds_and_nothing_else() -> None:
    look = release(STILL, HEALTHY, 1).look(3)
    for name, was in look.items():
        now = promises._times(was, 1e6)
        match was.canary, now.canary:
            case Values() as before, Values() as after:
                assert after.mean == pytest.approx(1e6 * before.mean)
                assert after.relative_variance == pytest.approx(before.relative_variance)
            case Buckets() as before, Buckets() as after:
                assert after.quantile(0.5) == pytest.approx(1e6 * before.quantile(0.5))
                assert after.counts == before.counts
            case before, after:
                assert name in {share.name for share in SHARES}
                assert after == before


@pytest.mark.parametrize(("value", "met"), [(0.1, True), (0.11, False)])
def test_a_promise_is_kept_when_all_its_parts_are(value: float, met: bool) -> None:
    promise = Promise("false pass", 100, [share("1 %", 0, 100), Part("10 %", value, 0.0, 1.0)], 0.1, 1)

    assert promise.is_met is met
    assert ("yes" if met else "NO") in promise.row()
    assert json.loads(promise.line())["met"] is met


def test_the_interval_found_by_roots_is_that_of_the_ordered_differences() -> None:
    rng = np.random.default_rng(4)
    for shift in (-1.0, 0.0, 2.0):
        canary, control = rng.normal(shift, size=60), rng.normal(size=60)
        assert cost.shift_by_roots(canary, control) == pytest.approx(shift_interval(canary, control), abs=0.02)


def test_a_scenario_is_played_as_often_as_its_kind_asks() -> None:
    asked = {name: verdicts.LONG.of(trial, "songbird") for trial in SCENARIOS for name in [trial.name]}

    assert asked["healthy, 400 requests/s"] == asked["watch, healthy"] == 2000
    assert asked["errors x5 at 10 %"] == 500
    assert verdicts.LONG.of(SCENARIOS[0], "z >= 3") == 200


def test_by_traffic_a_fault_is_there_from_the_first_request_on_for_four_hours() -> None:
    assert len({trial.name for trial in (*SCENARIOS, *BY_TRAFFIC)}) == len(SCENARIOS) + 24
    for trial in BY_TRAFFIC:
        assert trial.regression.onset == 0
        assert trial.world.looks * trial.world.look_seconds == 4 * 3600
