"""The judge: what it says about a step, look after look."""

import random
from dataclasses import replace

import pytest

from bot.analysis import findings, judge
from bot.analysis.findings import Past, Seen
from bot.analysis.judge import Question, replay, verdict
from bot.analysis.series import LookSamples, Sample, from_stored, to_stored
from bot.analysis.shapes import RECENT, Buckets, Counts, Pair, Window
from bot.core.verdict import Outcome, Pace
from bot.store.ports import StoredSample
from tests.analysis.scene import BOUNDS, CONVERSION, CPU, ERRORS, HEALTHY, MEMORY, P95, TIMING, Scene, Side, metric
from tests.support.scenario import plan

ALL = (ERRORS, P95, CONVERSION, MEMORY, CPU)
FEW = Side(requests=2)


# ── healthy ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_healthy_canary_passes_and_its_clock_runs() -> None:
    scene = Scene(ALL)
    scene.look(25)

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.PASS, Pace.RUN)
    assert scene.verdict.rule == judge.MET
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


def test_nothing_is_said_before_the_first_look() -> None:
    assert (Scene().verdict.outcome, Scene().verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)


def test_too_little_data_pauses_and_says_how_much_is_missing() -> None:
    scene = Scene(canary=FEW, control=replace(HEALTHY, requests=18))
    scene.look(5)

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.verdict.rule == "too little data yet"
    assert (
        scene.finding("errors", "tolerance").words
        == "errors: 10 requests on the canary and 90 on its control, 20 needed on each"
    )
    assert scene.until(lambda verdict: verdict.pace is Pace.RUN) == 5


def test_traffic_only_on_the_control_is_too_little_data_and_not_a_pass() -> None:
    scene = Scene((ERRORS,), canary=replace(HEALTHY, requests=0), control=replace(HEALTHY, requests=1), exposure=1)
    scene.look(60)

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.finding("errors", "tolerance").words == (
        "errors: 0 requests on the canary and 60 on its control, 20 needed on each"
    )


# ── failing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_errors_sixteen_times_those_of_the_control_fail_within_a_few_looks() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.048))

    assert scene.until(lambda verdict: verdict.outcome is Outcome.FAIL) <= 4
    assert scene.verdict.pace is Pace.RESET
    assert [finding.criterion for finding in scene.verdict.failing][-1] == "tolerance"


def test_a_finding_is_a_sentence_with_numbers() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.048))
    scene.look(12)

    assert scene.finding("errors", "tolerance").words == (
        "errors 4.83 % on the canary against 0.296 % on its control "
        "(16\N{MULTIPLICATION SIGN}, 2\N{MULTIPLICATION SIGN} tolerated, limit 2 %), 58 of 1,200 requests"
    )
    assert scene.finding("errors", "limit").words == "errors 4.83 % on the canary, limit 2 %, 58 of 1,200 requests"


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


def test_what_was_broken_is_mended_only_when_it_is_clearly_inside_its_tolerance() -> None:
    worse = metric("errors", counter="e", of="r", tolerance={"ratio": 2})
    scene = Scene((worse,), canary=Side(requests=1000, errors=0.025), control=Side(requests=1000, errors=0.01))
    scene.look(10)
    assert scene.verdict.outcome is Outcome.FAIL

    scene.canary = Side(requests=1000, errors=0.019)
    assert scene.look(2 * RECENT).outcome is Outcome.FAIL
    scene.canary = Side(requests=1000, errors=0.015)
    assert scene.look(2 * RECENT).outcome is Outcome.PASS


def test_what_was_doubtful_stays_so_while_it_is_beyond_however_little_that_says() -> None:
    little = Window((Pair(Counts(1, 30), Counts(2, 270)),) * 2)

    calm = findings.tolerance(ERRORS, Seen(pairs=little), "on the canary", Past(clear_at=49.0))
    troubled = findings.tolerance(ERRORS, Seen(pairs=little), "on the canary", Past(clear_at=39.0, since=40.0))
    assert (calm.finding.outcome, calm.finding.since) == (Outcome.PASS, None)
    assert (troubled.finding.outcome, troubled.finding.since) == (Outcome.INCONCLUSIVE, 40.0)


def test_what_is_inside_its_tolerance_is_never_broken_by_having_been_in_doubt() -> None:
    inside = Window((Pair(Counts(190, 10_000), Counts(100, 10_000)),) * 5)
    doubted = findings.tolerance(ERRORS, Seen(pairs=inside), "on the canary", Past(clear_at=39.0, since=40.0))
    assert doubted.finding.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("worse", "metric_name", "looks"),
    [
        (Side(seconds=0.24), "p95", 4),
        (Side(orders=0.1), "conversion", 6),
        (Side(memory=300e6), "memory", 12),
        (Side(cpu=0.008), "cpu", 12),
        (Side(errors=0.1), "errors", 3),
    ],
)
def test_every_kind_of_metric_can_fail(worse: Side, metric_name: str, looks: int) -> None:
    scene = Scene(ALL, canary=worse)

    assert scene.until(lambda verdict: verdict.outcome is Outcome.FAIL) <= looks
    assert {finding.metric for finding in scene.verdict.failing} == {metric_name}


def test_better_is_not_worse() -> None:
    scene = Scene(ALL, canary=Side(errors=0, seconds=0.06, orders=0.6, memory=50e6, cpu=0.001))
    scene.look(30)

    assert scene.verdict.outcome is Outcome.PASS


def test_what_one_look_shows_convicts_nobody() -> None:
    scene = Scene(ALL)
    scene.look(10)
    scene.canary = Side(errors=0.9, seconds=3, orders=0, memory=900e6, cpu=1)
    scene.look(1)
    scene.canary = HEALTHY
    outcomes = {scene.look().outcome for _ in range(2 * RECENT)}

    assert Outcome.FAIL not in outcomes
    assert scene.verdict.outcome is Outcome.PASS


def test_outside_a_limit_the_clock_pauses_while_it_may_be_chance() -> None:
    floor = metric("errors", counter="e", of="r", limit={"max": "2%"})
    scene = Scene((floor,), canary=Side(requests=4, errors=0.025))
    scene.look(10)

    assert scene.finding("errors", "limit").value == pytest.approx(0.025)
    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.verdict.rule == findings.OUTSIDE


def test_both_outside_a_limit_is_an_incident_and_not_the_release() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.2), control=Side(requests=900, errors=0.2))
    scene.look(20)

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
    assert scene.verdict.rule == findings.SHARED
    assert "but 20 % on its control as well" in scene.finding("errors", "limit").words


def test_a_shared_incident_does_not_hide_a_canary_that_is_far_worse() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.5), control=Side(requests=900, errors=0.03))

    assert scene.until(lambda verdict: verdict.outcome is Outcome.FAIL) <= 4


def test_a_step_begins_with_nothing_of_the_one_before() -> None:
    scene = Scene(canary=replace(HEALTHY, errors=0.05))
    scene.look(20)
    scene.canary = HEALTHY
    scene.enter(25.0)

    assert scene.verdict.outcome is Outcome.INCONCLUSIVE
    assert scene.look(5).outcome is Outcome.PASS


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

    assert scene.until(lambda verdict: verdict.outcome is Outcome.FAIL) == TIMING.silence_max
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

    assert scene.until(lambda verdict: verdict.outcome is Outcome.FAIL) == TIMING.silence_max + 1
    assert scene.verdict.failing[0].words == "the canary finished no request for 10s while about 1,100 were due"


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
    assert scene.until(lambda verdict: verdict.outcome is Outcome.FAIL) <= 8
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
    scene = Scene(exposure=98, canary=Side(requests=980, errors=0.019), control=Side(requests=20, errors=0.0))
    scene.look(60)

    assert scene.finding("errors", "tolerance").outcome is Outcome.FAIL


def test_staging_flags_what_differs_from_the_baseline_and_never_fails_it() -> None:
    scene = Scene(
        (P95,), against="baseline", exposure=100, canary=Side(seconds=0.2), control=Side(seconds=0.15, requests=900)
    )
    scene.look(30)
    flagged = scene.finding("p95", "baseline")

    assert (scene.verdict.outcome, scene.verdict.pace) == (Outcome.PASS, Pace.RUN)
    assert flagged.flag
    assert flagged.words == "p95 150 ms → 200 ms (+33 %), limit 500 ms"
    assert scene.verdict.flagged == (flagged,)


def test_staging_fails_by_its_limits() -> None:
    scene = Scene(
        (P95,), against="baseline", exposure=100, canary=Side(seconds=0.8), control=Side(seconds=0.18, requests=900)
    )

    assert scene.until(lambda verdict: verdict.outcome is Outcome.FAIL) <= 5


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
    scene = Scene(ALL)
    scene.look(15)
    scene.look(2, failure="the discovery answered 500")
    scene.canary = None
    scene.look(4)
    scene.enter(25.0)
    scene.canary = replace(HEALTHY, errors=0.03)
    scene.look(30)
    scene.look(gap="reset")
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
