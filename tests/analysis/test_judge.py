"""The judge: what it says about a step, look after look.

How many looks something takes is bounded from above, with room: how fast the judge is is the benchmark's business.
"""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from bot.analysis import findings, judge, readings, streams
from bot.analysis.evidence import Stream
from bot.analysis.family import ALPHA_ROLLOUT, ALPHA_WATCH, WEIGHTS
from bot.analysis.findings import PROVEN_NATS
from bot.analysis.judge import Question, replay, verdict
from bot.analysis.series import Cohort, LookSamples, Sample, from_stored, to_stored
from bot.analysis.shapes import RECENT, Buckets, Counts
from bot.core.metric import Within
from bot.core.verdict import Outcome, Pace, Verdict
from bot.store.ports import StoredSample
from tests.analysis.scene import (
    BOUNDS,
    CONVERSION,
    CPU,
    ERRORS,
    HEALTHY,
    LOOKS_PER_HOUR,
    MEMORY,
    P95,
    TIMING,
    Scene,
    Side,
    metric,
)
from tests.support.scenario import plan

ALL = (ERRORS, P95, CONVERSION, MEMORY, CPU)
ALL_AND_GROWTH = tuple(one.model_copy(update={"growth_per_hour": 0.05}) if one is MEMORY else one for one in ALL)
FEW = Side(requests=2)
BUSY = Side(requests=900)
TIMES = "\N{MULTIPLICATION SIGN}"


def fails(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.FAIL


def passes(verdict: Verdict) -> bool:
    return verdict.outcome is Outcome.PASS


# ── healthy ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_healthy_canary_passes_and_its_clock_runs() -> None:
    scene = Scene(ALL)
    scene.look(30)

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.PASS, Pace.RUN)
    assert scene.verdict.rule == judge.SHOWN
    assert [finding.metric for finding in scene.verdict.findings] == [
        "errors",
        "errors",
        "p95",
        "p95",
        "conversion",
        "memory",
        "memory",
        "cpu",
    ]


def test_a_pass_comes_only_with_its_proof_and_until_then_it_is_not_failing() -> None:
    scene = Scene(ALL)
    seen = []
    while not passes(scene.look()):
        seen.append(scene.verdict)
        assert any(not proven(stream) for stream in comparing(scene))
    assert all(map(proven, comparing(scene)))

    assert {one.outcome for one in seen} == {Outcome.INCONCLUSIVE}
    assert (seen[-1].pace, seen[-1].rule, seen[-1].lacks_data) == (Pace.RUN, judge.NOT_FAILING, False)


def comparing(scene: Scene) -> list[Stream]:
    return [stream for (_, criterion), stream in scene.state.family.streams.items() if criterion == "tolerance"]


def proven(stream: Stream) -> bool:
    return stream.proof >= PROVEN_NATS


def test_what_was_proven_in_one_step_is_proven_anew_in_the_next() -> None:
    scene = Scene()
    scene.look(30)
    scene.enter(50.0)

    assert (scene.look().outcome, scene.verdict.rule) == (Outcome.INCONCLUSIVE, judge.NOT_FAILING)
    assert scene.until(passes) > 1


def test_what_is_at_the_edge_of_its_tolerance_is_neither_failed_nor_proven() -> None:
    twice = metric("errors", counter="e", of="r", tolerance={"ratio": 2})
    scene = Scene((twice,), canary=Side(requests=1000, errors=0.02), control=Side(requests=1000, errors=0.01))
    outcomes = {scene.look().outcome for _ in range(300)}

    assert outcomes == {Outcome.INCONCLUSIVE}


def test_two_sides_without_any_error_are_alike() -> None:
    scene = Scene(canary=Side(requests=1000, errors=0), control=Side(requests=9000, errors=0))

    assert scene.look(240).outcome is Outcome.PASS


def test_nothing_is_said_before_the_first_look() -> None:
    assert (Scene().verdict.outcome, Scene().verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)


def test_too_little_data_pauses_and_says_how_much_is_missing() -> None:
    scene = Scene(canary=FEW, control=replace(HEALTHY, requests=18))
    scene.look(5)

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert (scene.verdict.rule, scene.verdict.lacks_data) == ("too little data yet", True)
    assert (
        scene.finding("errors", "tolerance").words
        == "errors: 10 requests on the canary and 90 on its control, 20 needed on each"
    )
    assert scene.until(lambda verdict: verdict.pace is Pace.RUN) == 5
    assert not scene.verdict.lacks_data


def test_five_requests_a_minute_are_neither_a_rollback_nor_a_pass() -> None:
    scene = Scene(canary=Side(requests=0.125, errors=0), control=Side(requests=1.125, errors=0))
    for _ in range(240):
        assert scene.look().outcome is Outcome.INCONCLUSIVE

    assert scene.verdict.rule == judge.NOT_FAILING


def test_what_lacks_data_lacks_nothing_but_data() -> None:
    rare = metric("orders", counter="orders", of="visits", tolerance={"ratio": 2}, events_min=10**6)
    scene = Scene((ERRORS, rare.model_copy(update={"name": "conversion"})))
    scene.look(25)
    assert scene.verdict.lacks_data

    scene.canary = Side(errors=0.05)
    assert scene.until(lambda verdict: not verdict.lacks_data) <= RECENT
    assert scene.verdict.rule in {findings.OUTSIDE, findings.IN_DOUBT, judge.BROKEN}


def test_traffic_only_on_the_control_is_too_little_data_and_not_a_pass() -> None:
    scene = Scene((ERRORS,), canary=replace(HEALTHY, requests=0), control=replace(HEALTHY, requests=1), exposure=1)
    scene.look(60)

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.finding("errors", "tolerance").words == (
        "errors: 0 requests on the canary and 60 on its control, 20 needed on each"
    )


def test_better_is_not_worse() -> None:
    scene = Scene(ALL, canary=Side(errors=0, seconds=0.06, orders=0.6, memory=50e6, cpu=0.001))
    scene.look(30)

    assert scene.verdict.outcome is Outcome.PASS


# ── failing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_errors_sixteen_times_those_of_the_control_fail_within_a_few_looks() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.048))

    assert scene.until(fails) <= 8
    assert (scene.verdict.pace, scene.verdict.rule) == (Pace.RESET, judge.BROKEN)
    assert "tolerance" in [finding.criterion for finding in scene.verdict.failing]


def test_a_finding_is_a_sentence_with_numbers() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.048))
    scene.look(12)
    found = scene.finding("errors", "tolerance")
    assert found.ratio_low is not None
    assert found.ratio_high is not None

    assert found.words == (
        f"errors 4.83 % on the canary against 0.296 % on its control (16{TIMES}, 2{TIMES} tolerated, limit 2 %), "
        f"58 of 1,200 requests; ratio between {found.ratio_low:.2g}{TIMES} and {found.ratio_high:.0f}{TIMES}; "
        f"evidence {found.evidence:.1f}, {found.evidence_needed:.1f} needed"
    )
    assert (
        scene.finding("errors", "limit").words.split(";")[0]
        == "errors 4.83 % on the canary, limit 2 %, 58 of 1,200 requests"
    )


def test_whatever_a_step_fails_for_says_its_evidence() -> None:
    scene = Scene(ALL, canary=Side(errors=0.2, seconds=0.9, orders=0.05, memory=900e6, cpu=0.1))
    scene.look(40)

    assert len(scene.verdict.failing) > 4
    for found in scene.verdict.failing:
        alone = "" if found.evidence >= found.evidence_needed else " alone"
        assert found.words.endswith(f"; evidence {found.evidence:.1f}, {found.evidence_needed:.1f} needed{alone}")


def test_a_finding_carries_its_numbers_as_numbers() -> None:
    scene = Scene((ERRORS, CONVERSION), canary=replace(HEALTHY, errors=0.048))
    scene.look(12)
    limit, errors, orders = scene.verdict.findings

    assert (errors.value, errors.reference) == (pytest.approx(0.0483, rel=0.01), pytest.approx(0.00296, rel=0.01))
    assert errors.ratio == pytest.approx(16.3, rel=0.02)
    assert errors.ratio_low < errors.ratio < errors.ratio_high
    assert errors.ratio_low > errors.tolerated == 2.0
    assert errors.evidence > errors.evidence_needed > 0
    assert (orders.tolerated, orders.ratio) == (1 / 1.25, pytest.approx(1.0, rel=0.01))
    assert orders.evidence < 0 < orders.evidence_needed
    assert (limit.reference, limit.ratio, limit.tolerated) == (0.02, None, None)
    assert limit.evidence_needed == errors.evidence_needed, "each criterion has the metric's weight"


@pytest.mark.parametrize(
    ("worse", "name", "looks"),
    [
        (Side(orders=0.1), "conversion", 30),
        (Side(memory=300e6), "memory", 30),
        (Side(cpu=0.008), "cpu", 30),
        (Side(errors=0.1), "errors", 12),
    ],
)
def test_the_ratio_that_is_told_is_that_of_the_values_beside_it(worse: Side, name: str, looks: int) -> None:
    scene = Scene(ALL, canary=worse)
    scene.look(looks)
    found = scene.finding(name, "tolerance")

    assert found.outcome is Outcome.FAIL
    assert found.ratio == pytest.approx(found.value / found.reference, rel=0.1)
    assert found.ratio_low <= found.ratio <= found.ratio_high


@pytest.mark.parametrize("times", [1.5, 2.0, 3.0])
def test_of_a_quantile_it_is_by_how_much_slower_the_answers_are(times: float) -> None:
    scene = Scene((P95,), canary=Side(seconds=times * HEALTHY.seconds))
    scene.look(30)
    found = scene.finding("p95", "tolerance")

    assert found.ratio == pytest.approx(times, rel=0.15)  # what buckets can tell
    assert found.tolerated == 1.3


def test_since_is_when_it_first_looked_broken() -> None:
    scene = Scene()
    scene.look(30)
    broken_at = scene.at
    scene.canary = replace(HEALTHY, errors=0.05)
    scene.look(30)
    since = [finding.since for finding in scene.verdict.failing]
    assert len(since) == 2
    scene.look(3)

    assert all(one is not None and broken_at <= one <= scene.at - 20 for one in since)
    assert [finding.since for finding in scene.verdict.failing] == since


def test_what_was_mended_is_seen_to_be_mended() -> None:
    worse = metric("errors", counter="e", of="r", tolerance={"ratio": 2})
    scene = Scene((worse,), canary=Side(requests=1000, errors=0.05), control=Side(requests=1000, errors=0.01))
    scene.look(60)
    assert scene.verdict.outcome is Outcome.FAIL

    scene.canary = Side(requests=1000, errors=0.01)
    assert 1 < scene.until(lambda verdict: not fails(verdict)) <= 2 * RECENT
    assert scene.finding("errors", "tolerance").outcome is Outcome.INCONCLUSIVE, "not failing is not yet proven"


def test_doubt_pauses_and_says_since_when() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.018), control=replace(BUSY, errors=0.003))
    scene.until(lambda verdict: verdict.rule == findings.IN_DOUBT)
    doubted = scene.finding("errors", "tolerance")

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert findings.DOUBT * doubted.evidence_needed <= doubted.evidence < doubted.evidence_needed
    assert doubted.since is not None


@pytest.mark.parametrize(
    ("worse", "metric_name", "looks"),
    [
        (Side(seconds=0.24), "p95", 8),
        (Side(orders=0.1), "conversion", 24),
        (Side(memory=300e6), "memory", 24),
        (Side(cpu=0.008), "cpu", 24),
        (Side(errors=0.1), "errors", 6),
    ],
)
def test_every_kind_of_metric_can_fail(worse: Side, metric_name: str, looks: int) -> None:
    scene = Scene(ALL, canary=worse)

    assert scene.until(fails) <= looks
    assert {finding.metric for finding in scene.verdict.failing} == {metric_name}


def test_what_one_look_shows_convicts_nobody() -> None:
    scene = Scene(ALL)
    scene.look(10)
    scene.canary = Side(errors=0.9, seconds=3, orders=0, memory=900e6, cpu=1)
    scene.look(1)
    scene.canary = HEALTHY
    outcomes = {scene.look().outcome for _ in range(3 * RECENT)}

    assert Outcome.FAIL not in outcomes
    assert scene.verdict.pace is Pace.RUN


def test_more_errors_than_the_margin_fail_beside_a_control_that_has_none() -> None:
    scene = Scene(canary=Side(requests=1000, errors=0.012), control=Side(requests=9000, errors=0))

    assert scene.until(fails) <= 60


def test_outside_a_limit_the_clock_pauses_while_it_may_be_chance() -> None:
    floor = metric("errors", counter="e", of="r", limit={"max": "2%"})
    scene = Scene((floor,), canary=Side(requests=4, errors=0.025))
    scene.look(10)

    assert scene.finding("errors", "limit").value == pytest.approx(0.025)
    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.verdict.rule == findings.OUTSIDE


# ── bands, invariants, priorities, growth ────────────────────────────────────────────────────────────────────────────

BANDS = metric("errors", counter="e", of="r", alert={"max": "1%"}, limit={"max": "2%"}, rollback={"max": "5%"})


@pytest.mark.parametrize(
    ("errors", "outcome", "pace", "flagged"),
    [
        (0.005, Outcome.PASS, Pace.RUN, False),
        (0.015, Outcome.PASS, Pace.RUN, True),
        (0.04, Outcome.INCONCLUSIVE, Pace.PAUSE, True),
        (0.09, Outcome.FAIL, Pace.RESET, False),
    ],
)
def test_an_alert_flags_a_limit_gates_and_a_rollback_convicts(
    errors: float, outcome: Outcome, pace: Pace, flagged: bool
) -> None:
    scene = Scene((BANDS,), canary=Side(errors=errors))
    scene.look(100)

    assert (scene.verdict.outcome, scene.verdict.pace) == (outcome, pace)
    assert bool(scene.verdict.flagged) is flagged


def test_what_is_flagged_since_an_alert_says_since_when() -> None:
    scene = Scene((BANDS,), canary=Side(errors=0.002))
    scene.look(30)
    worse_at = scene.at
    scene.canary = Side(errors=0.015)
    scene.look(30)
    (flagged,) = scene.verdict.flagged

    assert flagged.since is not None
    assert worse_at <= flagged.since < scene.at
    assert flagged.words == "errors 1.5 % on the canary, limit 2 %, 30 of 2,000 requests"


def test_an_alert_needs_no_limit() -> None:
    alone = metric("errors", counter="e", of="r", alert={"max": "1%"})
    scene = Scene((alone,), canary=Side(errors=0.05))
    scene.look(60)

    assert scene.verdict.outcome is Outcome.PASS
    assert scene.verdict.flagged


NEVER = metric("errors", counter="e", of="r", limit={"max": 0})


def test_an_invariant_fails_at_its_first_violation() -> None:
    scene = Scene((NEVER,), canary=Side(errors=0.001), control=replace(BUSY, errors=0))
    looks = scene.until(fails)

    assert scene.canary is not None
    assert sum(scene.canary.shows("errors", number).x for number in range(looks)) == 1
    assert scene.verdict.failing[0].words == "errors 0.2 % on the canary, limit 0 %, 1 of 500 requests"


def test_an_invariant_that_was_violated_once_stays_violated_for_the_step() -> None:
    scene = Scene((NEVER,), canary=Side(errors=0.5), control=replace(BUSY, errors=0))
    scene.look()
    scene.canary = Side(errors=0)

    assert scene.look(5 * RECENT).outcome is Outcome.FAIL


def test_an_invariant_that_was_violated_says_so_as_long_as_it_fails() -> None:
    scene = Scene((NEVER,), canary=Side(errors=0.5), control=replace(BUSY, errors=0))
    scene.look()
    scene.canary = Side(errors=0)
    scene.look(5 * RECENT)

    assert "50 of " in scene.verdict.failing[0].words


def test_an_invariant_needs_no_minimum_of_data() -> None:
    scene = Scene((NEVER,), canary=Side(requests=1, errors=1), control=replace(BUSY, errors=0))

    assert scene.look().outcome is Outcome.FAIL


def test_an_invariant_of_a_gauge_fails_at_its_first_violation_too() -> None:
    never = MEMORY.model_copy(update={"limit": NEVER.limit, "tolerance": None})
    scene = Scene((never,), canary=Side(memory=0.0), control=replace(BUSY, memory=0.0))
    scene.look(10)
    scene.canary = Side(memory=1.0)

    assert scene.look().outcome is Outcome.FAIL


@pytest.mark.parametrize("allowed", [{"tolerance": {"ratio": 2}}, {"limit": {"max": "2%"}}])
def test_a_medium_metric_is_flagged_and_never_fails_the_step(allowed: dict[str, object]) -> None:
    medium = metric("errors", counter="e", of="r", priority="medium", **allowed)
    scene = Scene((medium,), canary=Side(errors=0.2))
    outcomes = {scene.look().outcome for _ in range(60)}

    assert outcomes == {Outcome.INCONCLUSIVE}
    assert scene.verdict.flagged
    assert scene.verdict.flagged[0].since is not None


def test_a_medium_metric_is_no_excuse_for_another() -> None:
    medium = P95.model_copy(update={"priority": "medium"})
    scene = Scene((ERRORS, medium), canary=Side(errors=0.1, seconds=0.24))
    scene.look(10)

    assert {finding.metric for finding in scene.verdict.failing} == {"errors"}
    assert "p95" in {finding.metric for finding in scene.verdict.flagged}


def test_the_more_critical_a_metric_is_the_less_evidence_it_needs() -> None:
    ranked = [P95, ERRORS.model_copy(update={"priority": "critical"})]
    scene = Scene(ranked)
    scene.look(5)

    high, critical = scene.finding("p95", "tolerance"), scene.finding("errors", "tolerance")
    less = math.log(WEIGHTS["critical"] / WEIGHTS["high"])
    assert high.evidence_needed - critical.evidence_needed == pytest.approx(less, abs=2e-3)


LEAK = metric("memory", kind="resource", gauge="b", unit="bytes", growth_per_hour="5%", events_min=5)


def test_a_leak_fails_by_how_much_faster_than_its_control_it_grows() -> None:
    scene = Scene((LEAK,), canary=Side(memory_per_hour=0.3))
    scene.until(fails, most=240)
    (found,) = scene.verdict.failing

    assert found.criterion == "growth"
    assert found.evidence > found.evidence_needed
    assert found.words.startswith("memory grows 3")
    assert "an hour on the canary beyond its control, 5 % tolerated; evidence" in found.words


@pytest.mark.parametrize("both", [0.0, 0.5])
def test_what_grows_as_its_control_does_is_no_leak(both: float) -> None:
    scene = Scene((LEAK,), canary=Side(memory_per_hour=both), control=replace(BUSY, memory_per_hour=both))
    outcomes = [scene.look().outcome for _ in range(240)]

    assert Outcome.FAIL not in outcomes
    assert outcomes[-1] is Outcome.PASS


def test_growth_that_is_tolerated_is_no_leak() -> None:
    scene = Scene((LEAK,), canary=Side(memory_per_hour=0.04))
    outcomes = [scene.look().outcome for _ in range(240)]

    assert Outcome.FAIL not in outcomes


def test_whether_something_grows_is_not_said_after_a_few_looks() -> None:
    scene = Scene((LEAK,), canary=Side(memory_per_hour=0.3))
    scene.look(5)

    assert scene.finding("memory", "growth").words == "memory: too few looks to see whether it grows"


# ── incidents ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_both_outside_a_limit_is_an_incident_and_not_the_release() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.2), control=Side(requests=900, errors=0.2))
    scene.look(20)

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.verdict.rule == findings.SHARED
    assert "but 20 % on its control as well" in scene.finding("errors", "limit").words


def test_a_limit_that_both_overstep_brings_no_evidence() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.2), control=Side(requests=900, errors=0.2))
    scene.look(3)
    before = scene.finding("errors", "limit").evidence
    scene.look(60)

    assert scene.finding("errors", "limit").evidence == before
    assert before < scene.finding("errors", "limit").evidence_needed


def test_a_limit_is_no_evidence_where_the_control_is_outside_it_whichever_looks_are_counted() -> None:
    """Those at which the canary looks worse by chance are the ones that are: they are held against the control."""
    errors = metric("errors", counter="e", of="r", limit={"max": 0.01}, tolerance={"ratio": 1.5})
    assert errors.limit is not None
    control = Counts(300, 10_000)
    alone = held = far = dict(streams.begun(errors, "control"))["errors", "limit"]
    for _ in range(40):
        alone = streams.alone(alone, errors, errors.limit, Counts(4, 100), 0.01)
        held = streams.alone(held, errors, errors.limit, Counts(4, 100), 0.01, control)
        far = streams.alone(far, errors, errors.limit, Counts(20, 100), 0.01, control)
    assert alone.worth > 1000
    assert held.worth < 1.1
    assert far.worth > 1000


def test_a_shared_incident_does_not_hide_a_canary_that_is_far_worse() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.5), control=Side(requests=900, errors=0.03))

    assert scene.until(fails) <= 6


def test_a_control_far_from_its_usual_pauses_the_step_although_the_canary_is_no_worse() -> None:
    wide = metric("errors", counter="e", of="r", tolerance={"ratio": 2})
    scene = Scene((wide,))
    scene.look(30)
    assert passes(scene.verdict)

    scene.canary, scene.control = Side(errors=0.05), replace(BUSY, errors=0.05)
    seen = [scene.look() for _ in range(10)]
    assert all(not fails(one) for one in seen)
    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.verdict.rule == judge.INCIDENT

    scene.canary, scene.control = HEALTHY, BUSY
    assert scene.until(lambda verdict: verdict.pace is Pace.RUN) <= RECENT


@pytest.mark.parametrize(
    ("exposure", "control_n", "canary_n"),
    [
        (10.0, 900, 100),
        (50.0, 500, 500),
        (98.0, 20, 980),
    ],
)
def test_an_incident_that_both_share_convicts_nobody_however_wide_the_margin(
    exposure: float, control_n: int, canary_n: int
) -> None:
    wide = metric("errors", counter="e", of="r", tolerance={"ratio": 2, "margin": "0.5%"})
    for seed in range(20):
        chance, scene = np.random.default_rng(seed), Scene((wide,), exposure=exposure)
        for rate in (*[0.0005] * 30, *[0.02] * 30):
            scene.at += 1
            sides: tuple[tuple[Cohort, int], ...] = (("canary", canary_n), ("control", control_n))
            samples = [
                Sample(scene.at, "errors", side, side, scene.at - 1, Counts(int(chance.binomial(n, rate)), n))
                for side, n in sides
            ]
            assert scene.show(LookSamples(scene.at, tuple(samples))).outcome is not Outcome.FAIL


def test_an_incident_is_one_whether_errors_are_counted_or_successes() -> None:
    good = metric("errors", counter="good", of="r", worse="lower", tolerance={"ratio": 1.001, "margin": "1%"})
    scene = Scene((good,), canary=Side(errors=0.997), control=replace(BUSY, errors=0.997))
    scene.look(30)
    scene.canary, scene.control = Side(errors=0.8), replace(BUSY, errors=0.8)
    scene.look(5)

    assert scene.verdict.rule == judge.INCIDENT


# ── steps, and the watch ─────────────────────────────────────────────────────────────────────────────────────────────


def test_what_people_read_of_a_step_has_nothing_of_the_one_before() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.01))
    scene.look(20)
    scene.canary = HEALTHY
    scene.enter(25.0)
    assert scene.verdict.outcome is Outcome.INCONCLUSIVE
    scene.look(3)

    found = scene.finding("errors", "tolerance")
    assert (found.events, found.value) == (300, pytest.approx(1 / 300))
    assert found.since is None


def test_evidence_outlives_its_step() -> None:
    def worse(looks_before: int) -> Scene:
        scene = Scene(canary=replace(HEALTHY, errors=0.03))
        scene.look(looks_before)
        assert not fails(scene.verdict)
        scene.enter(25.0)
        return scene

    late, early = worse(1), worse(6)
    for scene in (late, early):
        scene.look()
    assert early.finding("errors", "tolerance").evidence > late.finding("errors", "tolerance").evidence + 1
    assert early.until(fails) < late.until(fails)


def test_the_watch_has_a_budget_of_its_own_and_begins_with_no_evidence() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.03))
    scene.look(6)
    before = scene.finding("errors", "tolerance")
    assert before.evidence > 1

    scene.enter(98.0, watch=True)
    scene.canary, scene.control = Side(requests=980), Side(requests=20)
    scene.look()
    after = scene.finding("errors", "tolerance")
    assert after.evidence == pytest.approx(0, abs=0.1)
    # a smaller budget, by its logarithm
    assert after.evidence_needed - before.evidence_needed == pytest.approx(
        math.log(ALPHA_ROLLOUT / ALPHA_WATCH), abs=1e-3
    )


def test_what_was_counted_before_the_step_began_does_not_count_for_it() -> None:
    scene = Scene()
    early = Sample(scene.at + 1, "errors", "canary", "canary-1", scene.at - 5, Counts(500, 1000))
    scene.at += 1
    scene.show(LookSamples(scene.at, (early,)))

    assert scene.finding("errors", "limit").events == 0


# ── silence and blindness ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_silent_canary_pauses_then_fails_by_rule() -> None:
    scene = Scene()
    scene.look(25)
    scene.canary = None
    assert (scene.look().outcome, scene.verdict.pace, scene.verdict.rule) == (
        Outcome.INCONCLUSIVE,
        Pace.PAUSE,
        judge.SILENT,
    )

    assert scene.until(fails) == TIMING.silence_max
    assert scene.verdict.failing[0].words == "the canary has not answered for 10s while its control did"


def test_a_canary_that_speaks_again_was_not_silent() -> None:
    scene = Scene()
    scene.look(25)
    for _ in range(5):
        scene.canary = None
        scene.look(8)
        scene.canary = HEALTHY
        scene.look(2)

    assert scene.verdict.outcome is Outcome.PASS


def test_a_canary_that_answers_but_finishes_nothing_fails_when_its_share_of_requests_should_have_come() -> None:
    scene = Scene()
    scene.look(25)
    scene.canary = replace(HEALTHY, requests=0)

    assert scene.until(fails) == TIMING.silence_max + 1
    assert scene.verdict.failing[0].words == "the canary finished no request for 10s while about 1,100 were due"


def test_time_in_which_nobody_looked_does_not_count_as_idle() -> None:
    """As after a restart of the bot: there is nothing yet to subtract the first totals from."""
    scene = Scene()
    scene.look(25)
    scene.look(gap="old")
    scene.at += 3 * TIMING.stale

    assert scene.look(gap="first").outcome is Outcome.PASS
    assert scene.look().outcome is Outcome.PASS


def test_silence_on_both_sides_is_an_error_and_accuses_nobody() -> None:
    scene = Scene()
    scene.look(25)
    scene.canary = None
    scene.look(5)
    scene.control = None
    scene.look(60)
    assert (scene.verdict.outcome, scene.verdict.pace, scene.verdict.rule) == (Outcome.ERROR, Pace.PAUSE, judge.BLIND)

    scene.control = Side(requests=900)
    assert scene.look().outcome is Outcome.INCONCLUSIVE


def test_a_silent_control_is_an_error_and_limits_still_protect() -> None:
    scene = Scene(ALL)
    scene.look(25)
    scene.control = None
    scene.look()
    assert (scene.verdict.outcome, scene.verdict.pace, scene.verdict.rule) == (
        Outcome.ERROR,
        Pace.PAUSE,
        judge.CONTROL_BLIND,
    )
    assert scene.finding("errors", "tolerance").outcome is Outcome.ERROR
    assert scene.finding("errors", "limit").outcome is Outcome.PASS

    scene.canary = replace(HEALTHY, errors=0.2)
    assert scene.until(fails) <= 8
    assert [finding.criterion for finding in scene.verdict.failing] == ["limit"]


def test_a_provider_that_fails_is_an_error_in_its_own_words() -> None:
    scene = Scene()
    scene.look(25)
    found = scene.look(failure="the discovery answered 500")

    assert (found.outcome, found.pace, found.rule) == (Outcome.ERROR, Pace.PAUSE, "the discovery answered 500")
    assert scene.look().outcome is Outcome.PASS


def test_processes_that_have_only_just_been_seen_are_not_silent() -> None:
    scene = Scene()
    found = scene.look(gap="first")

    assert (found.outcome, found.rule) == (Outcome.INCONCLUSIVE, findings.TOO_LITTLE)


def test_a_verdict_grows_stale_whichever_way_the_clock_goes() -> None:
    scene = Scene()
    scene.look(25)

    assert verdict(scene.state, scene.at + 10).outcome is Outcome.PASS
    for now in (scene.at + 11, scene.at - 3600):
        assert (verdict(scene.state, now).outcome, verdict(scene.state, now).pace) == (Outcome.ERROR, Pace.PAUSE)


def test_a_look_that_comes_twice_or_late_changes_nothing() -> None:
    scene = Scene()
    scene.look(25)
    before = scene.state

    for look in scene.looks[-3:]:
        scene.show(look)
    assert scene.state is before


# ── where nothing runs beside it ─────────────────────────────────────────────────────────────────────────────────────


def test_at_full_exposure_only_limits_are_left() -> None:
    scene = Scene(ALL, exposure=100, control=None)
    scene.look(25)

    assert (scene.verdict.outcome, scene.verdict.rule) == (Outcome.PASS, judge.LIMITS_MET)
    assert {finding.criterion for finding in scene.verdict.findings} == {"limit", "observed"}


def test_with_a_holdback_full_exposure_is_still_compared() -> None:
    compared = (ERRORS.model_copy(update={"limit": None}),)
    scene = Scene(
        compared, exposure=95, canary=Side(requests=950, errors=0.05), control=Side(requests=50, errors=0.001)
    )
    scene.until(fails, most=400)

    assert [finding.criterion for finding in scene.verdict.failing] == ["tolerance"]


def test_staging_flags_what_differs_from_the_baseline_and_never_fails_it() -> None:
    scene = Scene(
        (P95,), against="baseline", exposure=100, canary=Side(seconds=0.25), control=Side(seconds=0.15, requests=900)
    )
    scene.look(30)
    flagged = scene.finding("p95", "baseline")

    assert (scene.verdict.outcome, scene.verdict.pace, scene.verdict.rule) == (Outcome.PASS, Pace.RUN, judge.MET)
    assert flagged.flag
    assert flagged.since is not None
    assert flagged.words == "p95 150 ms → 250 ms (+67 %), limit 500 ms"
    assert scene.verdict.flagged == (flagged,)


def test_what_the_environment_differs_by_anyway_is_no_difference() -> None:
    scene = Scene((P95,), against="baseline", exposure=100, canary=Side(seconds=0.25), offsets={"p95": 2.0})
    scene.look(30)

    assert not scene.finding("p95", "baseline").flag
    assert scene.verdict.outcome is Outcome.PASS


def test_staging_fails_by_its_limits() -> None:
    scene = Scene(
        (P95,), against="baseline", exposure=100, canary=Side(seconds=0.8), control=Side(seconds=0.18, requests=900)
    )

    assert scene.until(fails) <= 5


def test_staging_needs_no_baseline_that_answers() -> None:
    scene = Scene((P95,), against="baseline", exposure=100, control=None)
    scene.look(25)

    assert scene.verdict.outcome is Outcome.PASS
    assert scene.finding("p95", "baseline").outcome is Outcome.INCONCLUSIVE


def test_a_silent_staging_is_an_error_though_the_baseline_answers() -> None:
    scene = Scene((P95,), against="baseline", exposure=100)
    scene.look(25)
    scene.canary = None

    assert scene.look(60).outcome is Outcome.ERROR


def test_a_metric_with_neither_limit_nor_tolerance_is_shown_and_gates_nothing() -> None:
    seen = metric("visits", kind="business", counter="orders", of="visits", events_min=10**6)
    scene = Scene((ERRORS, replace_name(seen)))
    scene.look(25)

    assert scene.verdict.outcome is Outcome.PASS
    assert scene.finding("conversion", "observed").outcome is Outcome.INCONCLUSIVE


def replace_name(one: object) -> object:
    return one.model_copy(update={"name": "conversion"})  # type: ignore[attr-defined]  # a metric


def test_the_question_follows_the_plan() -> None:
    staging, production = plan().stages

    assert Question.about(plan(), staging).against == ("baseline" if staging.baseline else None)
    assert Question.about(plan(), production).against == "control"


# ── replay, and chance ───────────────────────────────────────────────────────────────────────────────────────────────


def test_stored_samples_give_the_same_verdict_again() -> None:
    scene = Scene(ALL_AND_GROWTH)
    scene.look(15)
    scene.look(2, failure="the discovery answered 500")
    scene.canary = None
    scene.look(4)
    scene.enter(25.0)
    scene.canary = replace(HEALTHY, errors=0.03)
    scene.look(30)
    scene.look(gap="reset")
    scene.enter(98.0, watch=True)
    scene.look(10)
    rows = [StoredSample(*row) for look in scene.looks for row in to_stored(look)]
    random.Random(1).shuffle(rows)  # noqa: S311 - any order will do

    again = replay(scene.question, scene.boundaries, from_stored(rows))
    assert again == scene.state
    assert verdict(again, scene.at) == scene.verdict


@pytest.mark.parametrize("seed", range(6))
def test_a_healthy_canary_with_the_noise_of_a_small_shop_is_never_failed(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - noise, no secret
    scene = Scene((ERRORS, CONVERSION, P95))
    for exposure in (1, 10, 50):
        scene.enter(exposure)
        for _ in range(60):
            scene.at += 1
            sides = [("canary", exposure / 100), ("control", 1 - exposure / 100)]
            samples = [one for side, share in sides for one in noisy(chance, scene.at, side, 50 * share)]
            assert scene.show(LookSamples(scene.at, tuple(samples))).outcome is not Outcome.FAIL


def noisy(chance: random.Random, at: float, cohort: str, requests: float) -> list[Sample]:
    """Requests as they come by chance, at a mean rate."""
    n = sum(chance.random() < requests / 200 for _ in range(200))
    errors = sum(chance.random() < 0.003 for _ in range(n))
    orders = sum(chance.random() < 0.2 for _ in range(n))
    counts = [0.0] * (len(BOUNDS) + 1)
    for _ in range(n):
        seconds = chance.lognormvariate(-2.5, 0.5)
        counts[sum(bound < seconds for bound in BOUNDS)] += 1
    shown = {"errors": Counts(errors, n), "conversion": Counts(orders, n), "p95": Buckets(BOUNDS, tuple(counts))}
    return [Sample(at, name, cohort, cohort, at - 1, one) for name, one in shown.items()]  # type: ignore[arg-type]  # a cohort


# ── steadiness and load ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_less_steady_than_asked_for_pauses_and_never_fails() -> None:
    calm = MEMORY.model_copy(update={"limit": None, "tolerance": None, "steady": 0.2})
    scene = Scene((calm,))
    assert scene.look(6).outcome is Outcome.PASS

    for number in range(6):
        scene.canary = Side(memory=150e6 * (1 + number % 2))
        scene.look()
    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.verdict.rule == readings.UNSTEADY
    assert scene.finding("memory", "steady").flag
    assert scene.finding("memory", "steady").words == "memory varies by 36 % of its mean on the canary, 20 % allowed"


def test_with_less_load_than_asked_for_the_clock_pauses_for_want_of_data() -> None:
    busy = ERRORS.model_copy(update={"load_min": 50.0})
    scene = Scene((busy,), canary=Side(requests=40))
    scene.look(10)
    assert (scene.verdict.pace, scene.verdict.lacks_data) == (Pace.PAUSE, True)
    assert scene.finding("errors", "load").words == "errors: 40 requests a second on the canary, 50 asked for"

    scene.canary = Side(requests=100)
    assert scene.until(lambda verdict: verdict.pace is Pace.RUN) <= 10


# ── bands, and what is near enough ───────────────────────────────────────────────────────────────────────────────────

FOUR_BANDS = metric("errors", counter="e", of="r", limit={"max": "1%"}, no_go={"max": "2%"}, rollback={"max": "5%"})


@pytest.mark.parametrize(
    ("errors", "outcome", "pace", "rule"),
    [
        (0.005, Outcome.PASS, Pace.RUN, judge.MET),
        (0.015, Outcome.INCONCLUSIVE, Pace.PAUSE, findings.GATED),
        (0.04, Outcome.INCONCLUSIVE, Pace.RESET, findings.REFUSED),
        (0.09, Outcome.FAIL, Pace.RESET, judge.BROKEN),
    ],
)
def test_go_undecided_no_go_and_rollback_are_four_things(
    errors: float, outcome: Outcome, pace: Pace, rule: str
) -> None:
    scene = Scene((FOUR_BANDS,), canary=Side(errors=errors))
    scene.look(200)
    assert (scene.verdict.outcome, scene.verdict.pace, scene.verdict.rule) == (outcome, pace, rule)


def test_a_no_go_has_to_be_shown_and_until_then_it_is_undecided() -> None:
    scene = Scene((FOUR_BANDS,), canary=Side(errors=0.03))
    seen = [scene.look() for _ in range(4)]
    assert [one.pace for one in seen] == [Pace.PAUSE] * 4
    assert scene.until(lambda verdict: verdict.pace is Pace.RESET) > 1


def test_without_a_rollback_what_has_a_no_go_never_fails() -> None:
    held = FOUR_BANDS.model_copy(update={"rollback": None})
    scene = Scene((held,), canary=Side(errors=0.5))
    assert {scene.look().outcome for _ in range(100)} == {Outcome.INCONCLUSIVE}


def test_what_only_holds_spends_nothing_of_the_budget_of_rollbacks() -> None:
    near = {"within": {"go": 0.1, "no_go": 0.2}}
    plain = Scene((ERRORS, P95)).state.family
    more = Scene(
        (FOUR_BANDS.model_copy(update={"name": "others"}), metric("e", counter="e", of="r", **near))
    ).state.family
    held = Scene(
        (ERRORS.model_copy(update={"no_go": ERRORS.limit}), metric("p95", **near, gauge="g"), P95)
    ).state.family
    assert {key for key in more.streams if key not in more.weights} == {("others", "no-go"), ("e", "within")}
    assert ("errors", "limit") in plain.weights
    assert ("errors", "limit") not in held.weights


NEAR = CPU.model_copy(update={"tolerance": None, "within": Within(go=0.1, no_go=0.25)})
USUAL = Side(requests=900, cpu=0.12)


@pytest.mark.parametrize("against", ["control", "baseline"])
@pytest.mark.parametrize(("cpu", "pace"), [(0.13, Pace.RUN), (0.14, Pace.PAUSE), (0.2, Pace.RESET)])
def test_a_step_is_left_only_while_it_is_as_near_to_its_reference_as_asked_for(
    against: str, cpu: float, pace: Pace
) -> None:
    scene = Scene((NEAR,), against=against, control=USUAL, canary=Side(cpu=cpu))
    scene.look(100)
    assert scene.verdict.pace is pace
    assert scene.verdict.outcome is (Outcome.PASS if pace is Pace.RUN else Outcome.INCONCLUSIVE)
    scene.canary = USUAL
    assert scene.until(passes) <= RECENT + 1


def test_how_near_it_is_is_a_sentence() -> None:
    scene = Scene((NEAR,), control=USUAL, canary=Side(cpu=0.14), offsets={"cpu": 1.05})
    scene.look(30)
    assert scene.finding("cpu", "within").words == (
        "cpu 140 ms on the canary against 120 ms on its control (+17 %, +10 % allowed)"
    )


def test_less_of_what_is_good_is_not_near_either() -> None:
    near = CONVERSION.model_copy(update={"tolerance": None, "within": Within(go=0.1)})
    scene = Scene((near,), canary=Side(orders=0.17))
    assert scene.look(30).rule == findings.APART
    assert scene.finding("conversion", "within").words.endswith("(-15 %, -10 % allowed)")
    scene.canary = Side(orders=0.185)
    assert scene.look(30).outcome is Outcome.PASS


def test_what_the_environment_differs_by_anyway_is_near_enough() -> None:
    scene = Scene((NEAR,), against="baseline", control=USUAL, canary=Side(cpu=0.15), offsets={"cpu": 1.25})
    assert scene.look(30).outcome is Outcome.PASS
    assert scene.finding("cpu", "within").words.endswith("(+25 %, +10 % allowed, +25 % is usual here)")


@pytest.mark.parametrize("against", ["control", "baseline"])
def test_without_anything_to_be_near_to_it_waits(against: str) -> None:
    scene = Scene((NEAR,), against=against, control=None)
    assert scene.look(30).pace is Pace.PAUSE


# ── what the version before does not have ────────────────────────────────────────────────────────────────────────────

DRAFTS = ERRORS.model_copy(update={"new": True, "within": Within(go=0.1)})
UNPRECEDENTED = "errors: new, so there is nothing to compare it with yet, limit 2 %"


@pytest.mark.parametrize("against", ["control", "baseline"])
def test_what_is_new_is_judged_by_its_limit_alone_and_says_so(against: str) -> None:
    scene = Scene((P95, DRAFTS), against=against)
    for _ in range(40):
        own = [one for one in scene._samples(None) if (one.metric, one.cohort) != ("errors", against)]
        scene.at += 1.0
        scene.number += 1
        scene.show(LookSamples(scene.at, tuple(replace(one, at=scene.at, since=scene.at - 1) for one in own)))

    assert scene.verdict.outcome is Outcome.PASS
    compared = "tolerance" if against == "control" else "baseline"
    assert {scene.finding("errors", one).words for one in (compared, "within")} == {UNPRECEDENTED}


def test_what_is_new_is_compared_as_soon_as_it_can_be() -> None:
    scene = Scene((DRAFTS,), canary=Side(errors=0.06))
    assert scene.until(fails) < 20
    assert UNPRECEDENTED not in [finding.words for finding in scene.verdict.findings]


# ── a trend, where nothing runs beside it ────────────────────────────────────────────────────────────────────────────

SOAKED = MEMORY.model_copy(update={"limit": None, "tolerance": None, "trend_per_hour": 0.05})


def soaked(*grows: tuple[int, float], noise: float = 0.0, seed: int = 1) -> Scene:
    """So many looks growing by so much of itself an hour, one stretch after the other."""
    scene, chance, level = Scene((SOAKED,), against=None), random.Random(seed), 150e6  # noqa: S311 - noise
    for looks, per_hour in grows:
        for _ in range(looks):
            level *= 1 + per_hour / LOOKS_PER_HOUR
            scene.canary = Side(memory=level * (1 + chance.gauss(0, noise)))
            scene.look()
    return scene


def test_what_grows_by_itself_waits_and_never_fails() -> None:
    scene = soaked((600, 0.2))
    assert (scene.verdict.outcome, scene.verdict.pace, scene.verdict.rule) == (
        Outcome.INCONCLUSIVE,
        Pace.PAUSE,
        readings.GROWING,
    )
    found = scene.finding("memory", "trend")
    assert found.flag
    assert found.words == "memory grows 20 % an hour on the new version over the last 5m, 5 % allowed"


def test_whether_it_grows_is_too_little_data_until_it_could_be_seen() -> None:
    scene = soaked((60, 0.0), noise=0.02)
    assert (scene.verdict.pace, scene.verdict.lacks_data) == (Pace.PAUSE, True)
    assert scene.finding("memory", "trend").words == "memory: too few looks to see whether it grows"


@pytest.mark.parametrize("seed", range(5))
def test_what_only_moves_about_does_not_grow(seed: int) -> None:
    scene = soaked((3000, 0.0), noise=0.01, seed=seed)
    assert scene.verdict.outcome is Outcome.PASS


def test_what_filled_up_after_its_start_does_not_grow() -> None:
    scene = soaked((300, 4.0), (400, 0.0))
    assert scene.verdict.outcome is Outcome.PASS


def test_beside_a_control_there_is_growth_and_no_trend() -> None:
    scene = Scene((SOAKED,))
    scene.look(100)
    assert "trend" not in {finding.criterion for finding in scene.verdict.findings}


# ── a peak of load ───────────────────────────────────────────────────────────────────────────────────────────────────

PEAKED = ERRORS.model_copy(update={"load_peak": 150.0})


def test_until_the_peak_was_seen_the_time_counts_and_the_step_is_not_left() -> None:
    scene = Scene((PEAKED,))
    scene.look(40)
    assert (scene.verdict.outcome, scene.verdict.pace, scene.verdict.rule) == (
        Outcome.INCONCLUSIVE,
        Pace.RUN,
        judge.UNSEEN,
    )
    (one,) = scene.verdict.unseen
    assert one.words == "errors: 100 requests a second on the canary at most so far, 150 to be seen once"


def test_a_peak_that_was_seen_once_was_seen() -> None:
    scene = Scene((PEAKED,))
    scene.look(40)
    scene.canary = Side(requests=200)
    scene.look(20)
    scene.canary = Side(requests=100)
    scene.look(100)
    assert not scene.verdict.unseen
    assert scene.verdict.outcome is Outcome.PASS

    scene.enter(50.0)
    assert scene.look(20).unseen


def test_one_burst_is_no_peak() -> None:
    scene = Scene((PEAKED,), canary=Side(requests=300))
    assert scene.look(2).unseen
    scene.canary = Side(requests=100)
    assert scene.look(40).unseen
