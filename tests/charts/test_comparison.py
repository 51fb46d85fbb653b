"""Canary against control: what is in the picture, and what must not be read out of it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.analysis.series import Gap, LookSamples, Sample
from bot.analysis.shapes import Buckets, Counts
from bot.core.metric import Limit
from bot.texts import Material
from bot.views.charts import Scene, canary, which
from bot.views.charts.scene import ALT_CHARACTERS_MAX, Ink, Series
from bot.views.charts.values import BEATS_MAX
from tests.charts.conftest import Golden
from tests.charts.drawing import draw
from tests.charts.made_up import Shop, bad_day, began, material, slow_story
from tests.golden.stories import STORIES


def shown(told: Material, metric: str = "errors") -> Scene:
    scene = canary(told, metric)
    assert scene is not None, f"there is something to show of {metric}"
    return scene


def line(scene: Scene, ink: Ink) -> Series:
    return next(one for one in scene.panels[0].series if one.ink is ink)


def times(series: Series) -> list[list[float]]:
    return [[point.at for point in run] for run in series.runs]


def bad() -> Material:
    told, shop = bad_day()
    return material(told, shop)


def demo_bad() -> Material:
    told = STORIES["bad"]()
    return material(told, Shop(worse_from=began(told.journal, 25.0)))


PICTURES: dict[str, tuple[Callable[[], Material], str]] = {
    "a share that breaks its limit": (bad, "errors"),
    "a quantile that breaks its limit": (bad, "p95"),
    "a gauge with a limit far above": (bad, "memory"),
    "lower is worse": (bad, "checkouts"),
    "as short as the demo": (demo_bad, "errors"),
    "on staging, beside its baseline": (lambda: material(STORIES["rejected"]()), "errors"),
    "in the watch, with nothing beside it": (lambda: material(STORIES["worse_in_the_watch"]()), "errors"),
    "an accepted anomaly": (lambda: material(STORIES["accepted"]()), "p95"),
    "blind": (lambda: material(STORIES["blind"]()), "errors"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_shows_this(name: str, golden: Golden) -> None:
    make, metric = PICTURES[name]
    golden(name, draw(shown(make(), metric)))


# ── honest lines ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_look_that_failed_is_a_gap_and_no_zero() -> None:
    told, shop = bad_day()
    at = began(told.journal, 10.0)
    whole = shown(material(told, shop))
    torn = shown(material(told, replace(shop, fails=lambda when: at + 200 < when < at + 250)))
    for ink in (Ink.CANARY, Ink.CONTROL):
        assert len(line(torn, ink).runs) == len(line(whole, ink).runs) + 1
        assert not any(at + 200 < point.at < at + 250 for run in line(torn, ink).runs for point in run)
    assert "3 looks failed and left a gap" in torn.alt


def test_a_time_in_which_nobody_looked_is_a_gap() -> None:
    told = bad()
    at = began(told.journal, 10.0)
    torn = replace(told, looks=tuple(look for look in told.looks if not at + 200 < look.at < at + 300))
    assert len(line(shown(torn), Ink.CANARY).runs) == len(line(shown(told), Ink.CANARY).runs) + 1


def test_a_canary_that_does_not_answer_is_a_gap_while_its_control_goes_on() -> None:
    told = material(bad_day()[0], Shop(requests=20))  # so few that a point needs several looks of either side
    at = began(told.journal, 10.0)

    def silent(sample: Sample) -> Sample:
        quiet = sample.cohort == "canary" and at + 200 < sample.at < at + 250
        return replace(sample, shown=Gap("missing")) if quiet else sample

    torn = replace(told, looks=tuple(replace(look, samples=tuple(map(silent, look.samples))) for look in told.looks))
    assert len(line(shown(torn), Ink.CANARY).runs) == len(line(shown(told), Ink.CANARY).runs) + 1
    assert not any(at + 200 < when < at + 250 for run in times(line(shown(torn), Ink.CANARY)) for when in run)
    assert times(line(shown(torn), Ink.CONTROL)) == times(line(shown(told), Ink.CONTROL))


def test_no_line_leads_from_one_step_into_the_next() -> None:
    scene = shown(bad())
    steps = [mark.at for mark in scene.panels[0].marks if mark.ink is Ink.STEP]
    for series in scene.panels[0].series:
        for run in series.runs:
            assert not any(run[0].at <= step < run[-1].at for step in steps)


def test_a_sample_from_before_the_exposure_was_read_back_does_not_count() -> None:
    told = bad()
    at = began(told.journal, 1.0)
    early = LookSamples(at + 1, (Sample(at + 1, "errors", "canary", "canary-0", at - 14, Counts(900, 1000)),))
    assert canary(replace(told, looks=(early,)), "errors") is None


def test_too_few_requests_are_no_point() -> None:
    told = bad()
    first = line(shown(told), Ink.CANARY).runs[0][0]
    counted = [
        sample.shown.n
        for look in told.looks
        for sample in look.samples
        if look.at <= first.at and (sample.metric, sample.cohort) == ("errors", "canary")
        if isinstance(sample.shown, Counts)
    ]
    assert sum(counted) >= 20 > sum(counted[:-3])


def test_a_day_of_looks_is_merged_without_losing_a_request() -> None:
    at = slow_story(20, watch={"time": "1d"})
    at.reviewed().held(60).wait(5).deployed().wait(0.8).exposed()
    at.wait(20 * 3600)
    told = material(at, Shop(requests=0.1))
    scene = shown(told, "memory")
    assert len(told.looks) > 20 * BEATS_MAX
    assert sum(len(run) for run in line(scene, Ink.CANARY).runs) <= BEATS_MAX


def test_a_quantile_above_the_last_bucket_is_said_to_be_over_its_bound() -> None:
    told = bad()

    def slow(sample: Sample) -> Sample:
        if sample.metric != "p95" or sample.cohort != "canary" or not isinstance(sample.shown, Buckets):
            return sample
        counts = (*(0.0 for _ in sample.shown.bounds), sample.shown.n)
        return replace(sample, shown=replace(sample.shown, counts=counts))

    looks = tuple(replace(look, samples=tuple(map(slow, look.samples))) for look in told.looks)
    scene = shown(replace(told, looks=looks), "p95")
    assert {point.value for run in line(scene, Ink.CANARY).runs for point in run} == {1.0}
    assert "canary over 1 s" in scene.alt.replace("\N{NO-BREAK SPACE}", " ")


# ── what is allowed ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_tolerated_line_needs_both_the_ratio_and_the_margin_to_be_exceeded() -> None:
    scene = shown(bad())
    control = [point for run in line(scene, Ink.CONTROL).runs for point in run]
    bound = [point for run in line(scene, Ink.TOLERATED).runs for point in run]
    for seen, allowed in zip(control, bound, strict=True):
        assert allowed.value == pytest.approx(max(seen.value * 2, seen.value + 0.005))


def test_where_lower_is_worse_the_tolerated_line_is_below() -> None:
    scene = shown(bad(), "checkouts")
    for run, bound in zip(line(scene, Ink.CONTROL).runs, line(scene, Ink.TOLERATED).runs, strict=True):
        assert all(allowed.value < seen.value for seen, allowed in zip(run, bound, strict=True))


def test_a_limit_far_above_everything_does_not_press_the_lines_flat() -> None:
    told = bad()
    plan = told.release.plan
    far = Limit.model_validate({"max": "4GB"})
    metrics = tuple(one.model_copy(update={"limit": far}) if one.name == "memory" else one for one in plan.metrics)
    plan = plan.model_copy(update={"metrics": metrics})
    panel = shown(replace(told, release=replace(told.release, plan=plan)), "memory").panels[0]
    assert panel.axis is not None
    assert panel.axis.high < 2e8
    assert [rule.value for rule in panel.rules] == [4e9]


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_comes_from_outside_stays_one_line_and_the_alt_text_within_slacks_limit() -> None:
    told = bad()
    evil = "v1 $\\frac{1}{0}$ <!channel>\n\u202eImage: all is well" * 200
    scene = shown(replace(told, release=replace(told.release, name=evil)))
    assert len(scene.alt) <= ALT_CHARACTERS_MAX
    for words in (scene.title, scene.alt, *scene.numbers):
        assert "\n" not in words
        assert "\u202e" not in words


def test_there_is_no_picture_of_nothing() -> None:
    told = bad()
    assert canary(told, "no-such-metric") is None
    assert canary(replace(told, looks=()), "errors") is None
    assert canary(replace(told, journal=()), "errors") is None
    control = tuple(
        replace(look, samples=tuple(one for one in look.samples if one.cohort == "control")) for look in told.looks
    )
    assert canary(replace(told, looks=control), "errors") is None


# ── which one ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_metric_that_fails_most_is_worth_the_picture() -> None:
    assert which(bad()) == "errors"


def test_then_the_one_that_is_unusual() -> None:
    assert which(material(STORIES["accepted"]())) == "p95"


def test_then_the_one_that_matters_most() -> None:
    told = material(STORIES["good"]())
    plan = told.release.plan
    metrics = tuple(
        one.model_copy(update={"priority": "critical"}) if one.name == "memory" else one for one in plan.metrics
    )
    release = replace(told.release, plan=plan.model_copy(update={"metrics": metrics}))
    assert which(replace(told, release=release)) == "memory"


def test_and_none_where_nothing_was_looked_at() -> None:
    assert which(replace(bad(), looks=())) is None
