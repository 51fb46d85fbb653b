"""What broke and since when, whether the control moved as well, and what is said when nothing broke or nobody knows."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from bot.analysis import words
from bot.analysis.series import Cohort, Gap, LookSamples, Sample
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core import commands as c
from bot.core.plan import Plan
from bot.core.verdict import Finding, Outcome, Pace, Verdict
from bot.texts import Material
from bot.texts.answers import answer
from bot.texts.diagnosis import Diagnosis, Sureness, diagnose
from bot.texts.diagnosis.broken import broken_in
from tests.golden.stories import STORIES, Story, story
from tests.support.scenario import ADA

LOOK_SECONDS = 5.0


def diagnosed(name: str) -> Diagnosis:
    at = STORIES[name]()
    found = diagnose(Material(at.state, tuple(at.journal), at.now))
    assert found is not None, f"nothing is diagnosed about {name}"
    return found


def finding(metric: str, since: float, **changes: object) -> Finding:
    found = Finding(metric, "errors", "tolerance", Outcome.FAIL, f"{metric} is worse", 0.06, 0.002, 900, since=since)
    return replace(found, **changes)  # type: ignore[arg-type]  # names of its fields, with values that fit


def failing(*findings: Finding) -> Verdict:
    return Verdict(Outcome.FAIL, Pace.RESET, "worse than tolerated, and not by chance", findings)


# ── what broke ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bad_release_says_what_broke_with_the_numbers_that_decided() -> None:
    found = diagnosed("bad")
    errors, p95 = found.broken
    assert (errors.name, errors.value, errors.reference, errors.events) == ("errors", 0.061, 0.0021, 840)
    assert errors.criteria == ("limit", "tolerance")
    assert errors.ratio_low is not None
    assert errors.ratio is not None
    assert errors.ratio_high is not None
    assert errors.ratio_low < errors.ratio < errors.ratio_high
    assert (errors.evidence, errors.evidence_needed) == (14.2, 6.6)
    assert "6.1 % against 0.21 % on its control" in errors.numbers
    assert "limit 500 ms" in p95.numbers
    assert (found.detection_seconds, found.trouble.restored_seconds) == (14.0, pytest.approx(3.2))
    assert (found.began_at, found.trouble.exposure) == (25.0, 25.0)


def test_a_ratio_is_the_one_of_the_verdicts_own_words() -> None:
    at = story().released_to(25).wait(30)
    shown = finding("errors", at.now - 5, value=0.84, reference=0.01, ratio=57.0, ratio_low=20.0, ratio_high=160.0)
    [errors] = broken_in(failing(shown), at.plan)
    assert "(84x, between 20x and 160x at 95 %)" in errors.numbers.replace(words.TIMES, "x")
    for low, high in ((90.0, 160.0), (0.0003, 11000.0)):
        [errors] = broken_in(failing(replace(shown, ratio_low=low, ratio_high=high)), at.plan)
        assert "(84x)" in errors.numbers.replace(words.TIMES, "x")


def test_what_was_fine_all_the_time_is_said_and_what_was_odd_once_is_not() -> None:
    assert diagnosed("bad").fine == ("memory", "checkouts")
    at = story().released_to(25).wait(5)
    odd = replace(finding("memory", at.now, outcome=Outcome.PASS, flag=True), kind="resource")
    at.looked(Verdict(Outcome.PASS, Pace.RUN, "fine", (odd,)))
    back_to_normal = [finding(name, 0.0, outcome=Outcome.PASS) for name in ("checkouts", "memory")]
    usual = [replace(one, since=None) for one in back_to_normal]
    at.wait(5).looked(failing(finding("errors", at.now - 4), *usual))
    found = diagnose(Material(at.state, tuple(at.journal), at.now))
    assert found is not None
    assert found.fine == ("checkouts",)


def test_what_was_beyond_its_limit_or_tolerance_is_never_as_usual_and_is_said_as_well() -> None:
    at = story().released_to(25).wait(30)
    slow = Finding("p95", "performance", "tolerance", Outcome.INCONCLUSIVE, "p95 is slow", 0.45, 0.15, 900)
    full = Finding("memory", "resource", "limit", Outcome.INCONCLUSIVE, "memory is full", 500e6, 400e6, 40)
    fine = Finding("checkouts", "business", "tolerance", Outcome.PASS, "checkouts are fine", 0.4, 0.41, 900)
    at.looked(failing(finding("errors", at.now - 5), slow, full, fine))
    material = Material(at.state, tuple(at.journal), at.now)
    found = diagnose(material)
    assert found is not None
    assert found.fine == ("checkouts",)
    said = "Also beyond what is allowed: p95 450 ms (3x its control, 1.2x tolerated) and memory 500 MB (limit 400 MB)."
    assert found.also.replace(words.TIMES, "x") == said
    assert any(found.also in sentence for sentence in found.sentences)
    assert found.also in answer("why did it go back?", material).text
    assert not any("p95" in reason for one in found.suspects for reason in one.reasons), "slowness comes of a cause"


def test_what_was_beyond_once_and_is_no_longer_is_not_as_usual() -> None:
    at = story().released_to(25).wait(5)
    slow = Finding("p95", "performance", "tolerance", Outcome.INCONCLUSIVE, "p95 is slow", 0.45, 0.15, 900)
    at.looked(Verdict(Outcome.INCONCLUSIVE, Pace.RUN, "not failing", (slow,)))
    at.wait(5).looked(failing(finding("errors", at.now - 4), replace(slow, value=0.15, outcome=Outcome.PASS)))
    found = diagnose(Material(at.state, tuple(at.journal), at.now))
    assert found is not None
    assert (found.fine, found.beyond) == ((), ())


def test_what_only_its_margin_excuses_is_not_as_usual() -> None:
    at = story().released_to(25).wait(30)
    tiny = finding("errors", 0.0, outcome=Outcome.PASS, value=0.0009, reference=0.0003)
    at.looked(failing(finding("p95", at.now - 5), replace(tiny, since=None)))
    found = diagnose(Material(at.state, tuple(at.journal), at.now))
    assert found is not None
    assert (found.fine, found.beyond) == ((), ())


def test_metrics_come_in_the_order_in_which_they_broke() -> None:
    at = story().released_to(25).wait(30)
    at.looked(failing(finding("errors", at.now - 5), finding("p95", at.now - 20), finding("checkouts", at.now - 5.2)))
    found = diagnose(Material(at.state, tuple(at.journal), at.now))
    assert found is not None
    assert [one.name for one in found.broken] == ["p95", "checkouts", "errors"]
    assert "p95, then checkouts 14.8 s later, errors" in found.when
    assert found.since == at.now - 20


def test_the_onset_may_lie_in_an_earlier_step_than_the_detection() -> None:
    at = story().released_to(10)
    onset = at.now
    at.held(40).wait(1).exposed().wait(5)
    at.looked(failing(finding("errors", onset)))
    found = diagnose(Material(at.state, tuple(at.journal), at.now))
    assert found is not None
    assert (found.began_at, found.trouble.exposure) == (10.0, 25.0)


def test_a_silent_canary_is_said_in_the_judges_words() -> None:
    at = story().released_to(25).wait(30)
    words = "the canary has not answered for 20s while its control did"
    at.looked(failing(Finding("canary", "functional", "silence", Outcome.FAIL, words, 20.0, since=at.now - 20)))
    found = diagnose(Material(at.state, tuple(at.journal), at.now))
    assert found is not None
    assert words in found.what
    assert found.broken[0].metric is None
    assert "the logs of the new version" in found.next_step


# ── what it is, when it is no bad verdict ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["good", "flagged", "quiet", "concern", "rejected", "fix_first", "cancelled", "withdrawn", "failed"]
)
def test_nothing_is_diagnosed_where_nothing_broke(name: str) -> None:
    at = STORIES[name]()
    assert diagnose(Material(at.state, tuple(at.journal), at.now)) is None


@pytest.mark.parametrize(
    ("name", "cause", "what", "following"),
    [
        ("held", "person", "Omar took shop v1.1.0 back from 50 % .* customers call. No metric", "Ask Omar"),
        (
            "not_deployed",
            "deploy",
            "got no traffic, and no metric was judged: .*port 8001",
            "Read the deployer's output",
        ),
        (
            "blind",
            "blindness",
            "nothing could be read for 1m. It was not judged to be bad",
            "why nothing could be read",
        ),
        ("worse_in_the_watch", "failing", "fails in its watch and stays there", "/release rollback shop-1"),
    ],
)
def test_each_trouble_is_said_for_what_it_is(name: str, cause: str, what: str, following: str) -> None:
    found = diagnosed(name)
    assert found.trouble.cause == cause
    assert re.search(what, found.what), found.what
    assert following in found.next_step


def test_a_person_who_rolls_back_what_fails_is_said_with_what_failed() -> None:
    at = story().released_to(100).held(30)
    at.wait(10).looked(failing(finding("errors", at.now)))
    at.wait(5).when(c.RollBackRelease("shop-1", "I have seen enough"), ADA).taken_back()
    found = diagnose(Material(at.state, tuple(at.journal), at.now))
    assert found is not None
    assert "Ada took shop v1.1.0 back" in found.what
    assert "errors broke" in found.what


def test_the_next_step_says_what_to_type_and_whom_to_ask() -> None:
    at = STORIES["bad"]()
    blocked = next(n for n, one in enumerate(at.journal) if type(one.event).__name__ == "BuildUnblocked")
    earlier = tuple(at.journal[:blocked])
    release = replace(at.state, blocks_build=True)
    found = diagnose(Material(release, earlier, at.now))
    assert found is not None
    assert "Begin with #43; ask Teo Marin" in found.next_step
    assert "`/stage shop VERSION`" in found.next_step


def test_without_a_journal_the_state_is_enough_for_what_broke() -> None:
    at = STORIES["bad"]()
    found = diagnose(Material(at.state, (), at.now))
    assert found is not None
    assert [one.name for one in found.broken] == ["errors", "p95"]
    assert found.control_moved is Sureness.UNKNOWN


# ── the control ──────────────────────────────────────────────────────────────────────────────────────────────────────


def looks(
    onset: float, metric: str, before: Callable[[int], Shown], after: Callable[[int], Shown], each: int = 20
) -> Iterator[LookSamples]:
    """So many looks on each side of the onset, with a canary that only fails after it, which must not matter."""
    for number in range(-each + 1, each + 1):
        at = onset + number * LOOK_SECONDS
        shown = before(number) if number <= 0 else after(number)
        failing = Counts(shown.n, shown.n) if isinstance(shown, Counts) and number > 0 else shown
        of: list[tuple[Cohort, Shown | Gap]] = [("control", shown), ("control", Gap("first")), ("canary", failing)]
        samples = tuple(Sample(at, metric, cohort, f"{cohort}-1", at - LOOK_SECONDS, one) for cohort, one in of)
        yield LookSamples(at, samples)


def errors_of(percent: float, n: int = 200) -> Callable[[int], Shown]:
    """A share that every look shows, give or take one."""
    return lambda number: Counts(max(0.0, round(n * percent / 100) + (-1) ** number), n)


def slow(count: int) -> Callable[[int], Shown]:
    """A histogram with so many of 100 above 200 ms."""
    return lambda number: Buckets((0.1, 0.2, 0.4), (95 - count + number % 2, 5.0 - number % 2, float(count), 0.0))


def moved(at: Story, metric: str, seen: Iterator[LookSamples]) -> Sureness:
    found = diagnose(Material(at.state, tuple(at.journal), at.now, looks=tuple(seen)))
    assert found is not None
    [one] = [one for one in found.control if one.metric == metric]
    return one.sureness


def bad_story(metric: str, ratio: float | None = None) -> tuple[Story, float]:
    at = story().released_to(25).wait(60)
    onset = at.now - 50
    at.looked(failing(finding(metric, onset, ratio=ratio)))
    return at, onset


def test_a_control_that_stays_leaves_it_to_the_release() -> None:
    at, onset = bad_story("errors")
    assert moved(at, "errors", looks(onset, "errors", errors_of(2), errors_of(2))) is Sureness.NO


def test_a_control_that_got_worse_as_well_takes_the_blame_from_the_release() -> None:
    at, onset = bad_story("errors")
    seen = tuple(looks(onset, "errors", errors_of(1), errors_of(6)))
    found = diagnose(Material(at.state, tuple(at.journal), at.now, looks=seen))
    assert found is not None
    [one] = found.control
    assert one.sureness is Sureness.YES
    assert one.low is not None
    assert 1 < one.low < 6
    assert found.prime_suspects == ()
    assert "probably it is not this release" in found.beside
    assert "what both versions share" in found.next_step
    assert "times worse, between" in found.beside_numbers


def test_a_control_that_may_have_moved_by_chance_is_only_perhaps() -> None:
    at, onset = bad_story("errors")
    assert moved(at, "errors", looks(onset, "errors", errors_of(2), errors_of(3), each=4)) is Sureness.PERHAPS


def few(bad: int, n: int = 30) -> Callable[[int], Shown]:
    """So many bad ones in all the looks."""
    return lambda number: Counts(1 if number in range(1 - bad, 1) else 0, n)


def test_a_control_that_too_little_was_seen_of_is_not_spoken_of() -> None:
    at, onset = bad_story("errors", ratio=30.0)
    seen = tuple(looks(onset, "errors", few(1, 41), few(0, 6), each=20))
    found = diagnose(Material(at.state, tuple(at.journal), at.now, looks=seen))
    assert found is not None
    assert found.control_moved is Sureness.UNKNOWN
    assert (found.beside, found.beside_numbers) == ("", "")
    assert not any("control" in sentence for sentence in found.sentences)
    answered = answer("was the control bad too?", Material(at.state, tuple(at.journal), at.now, looks=seen))
    assert "too little was seen of its control" in answered.text


def test_a_control_without_a_bad_one_among_many_has_stayed() -> None:
    at, onset = bad_story("errors", ratio=30.0)
    seen = tuple(looks(onset, "errors", few(0, 100), few(0, 100)))
    found = diagnose(Material(at.state, tuple(at.journal), at.now, looks=seen))
    assert found is not None
    assert found.control_moved is Sureness.NO
    assert "between" not in found.beside_numbers


def test_numbers_of_a_control_are_never_told_with_an_interval_that_says_nothing() -> None:
    at, onset = bad_story("errors")
    seen = tuple(looks(onset, "errors", few(0, 40), errors_of(30)))
    found = diagnose(Material(at.state, tuple(at.journal), at.now, looks=seen))
    assert found is not None
    assert found.control_moved is Sureness.PERHAPS
    assert "between" not in found.beside_numbers


def test_a_control_that_moved_far_less_than_the_canary_explains_nothing() -> None:
    at, onset = bad_story("errors", ratio=60.0)
    assert moved(at, "errors", looks(onset, "errors", errors_of(2), errors_of(4))) is Sureness.NO


def test_a_control_that_got_better_has_not_moved() -> None:
    at, onset = bad_story("errors")
    assert moved(at, "errors", looks(onset, "errors", errors_of(6), errors_of(2))) is Sureness.NO


def test_a_slower_control_is_seen_in_its_histogram() -> None:
    at, onset = bad_story("p95")
    assert moved(at, "p95", looks(onset, "p95", slow(2), slow(40))) is Sureness.YES
    assert moved(at, "p95", looks(onset, "p95", slow(2), slow(2))) is Sureness.NO


def test_where_lower_is_worse_a_control_that_sells_less_has_moved() -> None:
    at, onset = bad_story("checkouts")
    assert moved(at, "checkouts", looks(onset, "checkouts", errors_of(60), errors_of(20))) is Sureness.YES
    assert moved(at, "checkouts", looks(onset, "checkouts", errors_of(20), errors_of(60))) is Sureness.NO


def test_a_gauge_of_the_control_is_compared_by_its_mean() -> None:
    at, onset = bad_story("memory")
    small, large = (lambda n: Values(1e8 + n % 3 * 1e6)), (lambda n: Values(2e8 + n % 3 * 1e6))
    assert moved(at, "memory", looks(onset, "memory", small, large)) is Sureness.YES
    assert moved(at, "memory", looks(onset, "memory", small, small)) is Sureness.NO


def test_too_few_looks_say_nothing_and_the_verdicts_are_asked_instead() -> None:
    at = STORIES["bad"]()
    back = at.state.rollback
    assert back is not None
    seen = tuple(looks(back.started_at, "errors", errors_of(1), errors_of(9), each=2))
    found = diagnose(Material(at.state, tuple(at.journal), at.now, looks=seen))
    assert found is not None
    assert found.control_moved is Sureness.NO
    assert "as far as the verdicts tell" in found.beside_numbers


def test_the_plan_of_the_stories_is_what_the_tests_take_it_for() -> None:
    plan: Plan = story().plan
    assert {metric.name: metric.worse for metric in plan.metrics}["checkouts"] == "lower"
