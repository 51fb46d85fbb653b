"""A plan over a past that is known: what would have been held, rolled back and passed, and what that says of the plan.

The judge and the phases are the bot's own and tested elsewhere; here stands who is compared with whom, and what counts
as false, missed, and unknown.
"""

import pytest

from bot.core.errors import Misconfigured
from bot.hindsight import Backtest, Deploy, told
from bot.hindsight.deploys import GONE_SECONDS, MEETING_SECONDS
from bot.hindsight.halves import drawn
from tests.hindsight.history import LOOK_SECONDS, NEW, OLD, Past, plan

BOTH = 200
"""Looks in which two versions run side by side; the plan's canary steps take 60 s."""


def deployed(errors: float, looks: int = BOTH, ended: str = "") -> tuple[Past, Backtest]:
    """An hour-old version, and one beside it that answers so many of its requests with an error."""
    past = Past()
    past.run(OLD, 4)
    past.go(40)
    at = past.at
    past.run(NEW, 2, errors=errors)
    past.go(looks)
    past.stop(NEW)
    past.go(10)
    return past, past.replayed(Deploy(at, NEW, ended))  # type: ignore[arg-type]  # as it stands in the file


def text(found: Backtest) -> str:
    return "\n".join(told.lines(found))


# ── deploys ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_good_deploy_would_have_passed_all_canary_steps_of_the_plan() -> None:
    _, found = deployed(errors=0.003, ended="well")
    (replay,) = found.replays.replays if found.replays else ()
    assert replay.end is not None
    assert (replay.end.ending, replay.end.metrics) == ("passed", ())
    assert replay.end.seconds >= 60.0, "30 s in each of two steps"
    assert "false rollbacks: 0 of 1 that ended well; missed: 0 of 0 that ended ill" in text(found)


def test_a_bad_deploy_would_have_been_rolled_back_for_the_metric_that_was_bad() -> None:
    _, found = deployed(errors=0.05, ended="ill")
    (replay,) = found.replays.replays if found.replays else ()
    assert replay.end is not None
    assert (replay.end.ending, replay.end.metrics, replay.end.exposure) == ("rolled back", ("errors",), 1.0)
    assert "missed: 0 of 1 that ended ill" in text(found)


def test_a_rollback_of_what_ended_well_is_a_false_one() -> None:
    _, found = deployed(errors=0.05, ended="well")
    assert "false rollbacks: 1 of 1 that ended well" in text(found)
    assert "1 of " in next(line for line in text(found).splitlines() if line.startswith("  errors "))


def test_what_ended_ill_and_would_have_passed_is_a_miss() -> None:
    _, found = deployed(errors=0.004, ended="ill")
    assert "missed, seen by no metric" in text(found)
    assert "missed: 1 of 1 that ended ill" in text(found)


def test_a_version_that_was_taken_away_has_not_fallen_silent() -> None:
    past, _ = deployed(errors=0.003, looks=8)
    past.go(int(GONE_SECONDS / LOOK_SECONDS) + 30)
    past.run(NEW, 2, errors=0.5)  # much later, and not this deploy
    past.go(20)
    found = past.replayed(Deploy(past.looks[40][0], NEW, "well"))
    (replay,) = found.replays.replays if found.replays else ()
    assert replay.end is not None
    assert replay.end.ending == "going on"
    assert replay.together_seconds <= 8 * LOOK_SECONDS + 120.0


def test_a_silence_that_ended_was_one() -> None:
    past = Past()
    past.run(OLD, 4)
    past.go(10)
    at = past.at
    past.run(NEW, 1)
    past.go(5)
    (canary,) = [one for one in past.there if one.version == NEW]
    past.there.remove(canary)
    past.go(8)
    past.there.append(canary)
    past.go(5)
    (replay,) = past.replayed(Deploy(at, NEW)).replays.replays  # type: ignore[union-attr]  # the plan has canary steps
    assert replay.end is not None
    assert (replay.end.ending, replay.end.metrics) == ("rolled back", ("canary",))


def test_a_deploy_whose_versions_never_ran_together_is_not_replayed() -> None:
    past = Past()
    past.run(OLD, 2)
    past.go(int(MEETING_SECONDS / LOOK_SECONDS) + 10)
    found = past.replayed(Deploy(past.looks[2][0], NEW, "ill"))
    assert "not replayed" in text(found)
    assert "missed: 0 of 0" in text(found), "what could not be seen was not missed"


def test_the_next_deploy_ends_the_one_before() -> None:
    past, _ = deployed(errors=0.003)
    first, second = Deploy(past.looks[40][0], NEW), Deploy(past.looks[45][0], OLD)
    one, other = past.replayed(second, first).replays.replays  # type: ignore[union-attr]  # the same
    assert one.deploy is first
    assert one.together_seconds <= 5 * LOOK_SECONDS
    assert other.end is not None


# ── halves ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_halves_of_one_version_are_released_to_each_other_again_and_again() -> None:
    past = Past()
    past.run(OLD, 4)
    past.go(300)
    assert past.replayed().halves is not None
    trials = past.replayed().halves.trials  # type: ignore[union-attr]  # the same
    assert len(trials) > 5
    assert {one.end.ending for one in trials[:-1]} == {"passed"}
    assert trials[-1].cut_short


def test_a_process_that_is_worse_makes_false_rollbacks_and_the_tolerance_that_bears_it_is_found() -> None:
    past = Past()
    past.run(OLD, 1)
    past.run(OLD, 1, errors=0.019)
    past.go(400)
    found = past.replayed()
    assert found.halves is not None
    rolled_back = [one for one in found.halves.trials if one.end.ending == "rolled back"]
    assert rolled_back
    assert all(one.end.metrics == ("errors",) for one in rolled_back)
    errors = found.plan.metrics[0]
    assert told.right(found, errors) == 4.0
    assert f"{len(rolled_back)} rolled back" in text(found)


def test_with_one_process_there_are_no_halves_and_that_is_said() -> None:
    past = Past()
    past.run(OLD, 1)
    past.go(30)
    assert "none: at no time did two processes run one version (30 looks with fewer)" in text(past.replayed())


def test_halves_of_which_one_is_gone_are_not_rolled_back_for_blindness() -> None:
    timing = {"look": "5s", "stale": "20s", "silence_max": "20s", "blind_max": "10m"}
    past = Past(plan(timing=timing))
    past.run(OLD, 2)
    past.go(6)
    past.there.remove(next(one for one in past.there if one.name == _control_of(past)))
    past.go(200)
    after = past.replayed().halves
    assert after is not None
    assert [one.end.ending for one in after.trials] == ["going on"]
    assert after.trials[0].cut_short


def _control_of(past: Past) -> str:
    """Which of its two processes the first release has as control."""
    first = past.looks[0][0]
    return min((one.name for one in past.there), key=lambda name: drawn(name, first))


def test_a_new_version_ends_a_release_of_the_old_one_unfinished() -> None:
    past = Past()
    past.run(OLD, 2)
    past.go(8)
    past.stop(OLD)
    past.run(NEW, 2)
    past.go(40)
    found = past.replayed()
    assert found.halves is not None
    first, second, *_ = found.halves.trials
    assert (first.version, first.cut_short) == (OLD, True)
    assert second.version == NEW


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_limit_is_timed_from_when_the_judge_saw_it_broken_until_it_was_fine_again() -> None:
    past = Past()
    past.run(OLD, 2)
    past.go(60)
    for one in past.there:
        one.memory = 5e8
    past.go(60)
    for one in past.there:
        one.memory = 2e8
    past.go(60)
    beyond = past.replayed().alone.beyond
    memory = beyond["memory", "limit"]
    assert memory.times == 1
    assert memory.seconds == 59 * LOOK_SECONDS, "from the twelfth look at much to the eleventh at little"
    assert memory.longest is not None
    assert memory.longest.worst == pytest.approx(5e8)
    assert beyond["errors", "limit"].times == beyond["errors", "alert"].times == 0
    line = next(line for line in text(past.replayed()).splitlines() if line.startswith("  memory  limit 400 MB"))
    assert line.endswith("500 MB")
    assert "2 of 3 bounds were never passed" in text(past.replayed())


def test_a_limit_is_not_broken_while_nobody_could_look() -> None:
    past = Past()
    past.run(OLD, 2, memory=5e8)
    past.go(30)
    past.at += 36_000.0
    past.go(30)
    memory = past.replayed().alone.beyond["memory", "limit"]
    assert memory.times == 2
    assert memory.seconds < 60 * LOOK_SECONDS


def test_what_is_surely_beyond_its_limit_at_full_exposure_is_a_failure() -> None:
    past = Past()
    past.run(OLD, 2, errors=0.05)
    past.go(100)
    found = past.replayed()
    assert found.alone.failures == {"errors": 1}
    assert "errors: surely beyond, a failure, in 1 of 1 stays at full exposure" in text(found)


# ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_time_in_which_nobody_could_look_is_said_and_held_by_nobody() -> None:
    past = Past()
    past.run(OLD, 4)
    past.go(12)
    past.at += 3600.0
    past.go(60)
    found = past.replayed()
    assert "1h of it without data" in text(found)
    assert "clocks stood still for 1h 4m: too little data yet" in text(found)
    assert found.halves is not None
    assert found.halves.trials[0].end.seconds > 3600.0 + 230.0, "nothing was held meanwhile"


def test_without_a_canary_step_only_limits_are_replayed() -> None:
    health = {"gate": "health", "held": "30s"}
    past = Past(plan(stages=[{"name": "live", "environment": "production", "gates": [health]}], watch={"time": "60s"}))
    past.run(OLD, 2)
    past.go(10)
    found = past.replayed(Deploy(past.at, NEW))
    assert "live has no canary step, so nothing is compared there: only limits are replayed" in text(found)
    assert found.halves is None


def test_a_deploy_that_could_not_be_replayed_says_why() -> None:
    past = Past()
    past.run(OLD, 2)
    past.go(30)
    begin, end = past.looks[0][0], past.at
    told = text(
        past.replayed(
            Deploy(begin - 86_400.0, "v0"), Deploy(begin, "v8"), Deploy(end - 5.0, OLD), Deploy(end + 5.0, NEW)
        )
    )
    reasons = [line.partition("not replayed")[2].strip() for line in told.splitlines() if "not replayed" in line]
    assert reasons == [
        "before what was read of the past",
        "nobody was seen to run its version",
        "its two versions were not seen side by side",
        "after what was read of the past",
    ]


def test_an_empty_past_is_said_to_be_empty() -> None:
    assert text(Past().replayed()) == "shop, production: nothing is known of that time"


def test_an_environment_that_the_plan_does_not_have_is_refused() -> None:
    with pytest.raises(Misconfigured, match="no stage in the environment moon; it has: staging, production"):
        Backtest(plan(), "moon")


def test_what_is_kept_does_not_grow_with_the_past() -> None:
    """One release at a time, and of a limit only sums: what is left of a long past is a row for each release."""
    past = Past()
    past.run(OLD, 2)
    past.go(200)
    found = past.replayed()
    assert found.halves is not None
    kept = [one for one in vars(found.halves).values() if isinstance(one, list)]
    assert [len(one) for one in kept] == [len(found.halves.trials)]
    assert len(found.halves.trials) < 20
