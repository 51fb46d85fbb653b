"""What a changed plan would mean for a release: where it would stand, what would be done again, what cannot be."""

from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core.effects import Room
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.core.replan import Place, obstacle, place
from bot.core.verdict import Verdict
from bot.texts.plans import Outlook, meaning, noticed
from bot.views.messages import message
from tests.support.plans import with_metric, with_stages
from tests.support.scenario import ADA, BAD, FINE, ODD, PRIYA, VICTOR, Scenario, plan, written_plan

LONGER = plan(watch={"time": "4m"})
STEPS = ["1%", "50%", "100%"]


def ladder(*steps: str) -> Plan:
    return with_stages(production={"steps": list(steps)})


def at_half() -> Scenario:
    """In production at 50 %, held for ten seconds."""
    return Scenario().in_production().held(30).exposed().held(10)


def means(at: Scenario, new: Plan, before: Verdict | None = None, after: Verdict | None = None) -> list[str]:
    return list(meaning(Outlook(at.state, new, at.now, before, after)))


# ── that it changed ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_release_that_moves_says_in_one_line_what_changed() -> None:
    at = at_half()
    said = "The plan file has changed since it was staged (times), and it goes on by the plan that it has."
    assert noticed(at.state, LONGER) == said
    assert noticed(at.state, plan()) == ""
    assert noticed(at.state, None) == ""


def test_one_that_goes_back_or_has_ended_does_not() -> None:
    at = at_half().when(c.RollBackRelease("shop-1", "no"), PRIYA).is_now(Phase.ROLLING_BACK)
    assert noticed(at.state, LONGER) == ""
    assert "on its way back" in obstacle(at.state, LONGER)
    assert meaning(Outlook(at.state, LONGER, at.now)) == ()


# ── where it would stand ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("steps", "step", "exposure"),
    [
        (("1%", "50%", "100%"), 1, 50.0),
        (("1%", "25%", "50%", "75%", "100%"), 2, 50.0),
        (("1%", "25%", "100%"), 1, 25.0),
        (("10%", "40%", "60%"), 1, 40.0),
        (("5%", "100%"), 0, 5.0),
    ],
)
def test_it_would_stand_at_the_same_exposure_or_the_nearest_lower_one(
    steps: tuple[str, ...], step: int, exposure: float
) -> None:
    new = with_stages(production={"steps": list(steps), "gates": [{"gate": "health", "held": "31s"}]})
    there = place(at_half().state, new)
    assert replace(there, owed=None) == Place(1, step, exposure, is_new=True)


def test_a_ladder_that_begins_higher_is_refused() -> None:
    assert obstacle(at_half().state, ladder("60%", "100%")) == (
        "its steps begin at 60 % now, above the 50 % that it has: a changed plan never raises the exposure"
    )


def test_less_traffic_and_steps_that_are_not_gone_through_are_said() -> None:
    found = means(at_half(), ladder("1%", "10%", "25%", "100%"))
    assert found[0] == (
        "Its traffic in production would go down from 50 % to 25 %: the changed plan has no step at what it has."
    )
    assert found[1].startswith("It would stand in production at 25 % from the beginning: 30s of health.")
    assert found[1].endswith("The 10s that it has held would count no more.")
    again = "product-manager and vp-product said yes again: theirs was a yes to another way ahead."
    assert found[2] == f"It would not leave this step before {again}"
    assert found[3] == "10 % is below what it has, and would not be gone through."


def test_before_it_has_entered_a_step_nothing_is_done_again() -> None:
    said = ["Nothing is judged where it is, so nothing is done again: it goes on by the changed plan."]
    assert means(Scenario().staged(), LONGER) == said
    at = Scenario().staged().prepared()
    assert at.state.phase is Phase.DEPLOYING
    assert means(at, LONGER) == said
    assert place(at.state, LONGER) == Place(0, None, None)


def test_a_watch_begins_again_and_never_gives_more_traffic() -> None:
    at = Scenario(plan(watch={"time": "120s", "holdback": "10%"})).at_full().held(20)
    assert means(at, plan(watch={"time": "5m", "holdback": "10%"})) == [
        "It would be watched from the beginning, for 5m. The 20s that it has held would count no more."
    ]
    assert "keeps more of the old version" in obstacle(at.state, plan(watch={"time": "120s", "holdback": "20%"}))
    assert "a yes to the plan that it has" in obstacle(at.state, plan(watch={"time": "120s", "holdback": "5%"}))
    first, second = written_plan()["stages"]
    unasked = {"stages": [{**first, "gates": first["gates"][:1]}, second]}
    alone = Scenario(plan(watch={"time": "120s", "holdback": "10%"}, **unasked)).staged().prepared().deployed()
    alone.exposed().held(60).deployed().exposed().held(30)
    while alone.state.phase is Phase.PROVING:
        alone.exposed().held(30)
    assert place(alone.state, plan(watch={"time": "120s", "holdback": "5%"}, **unasked)).exposure == 90
    assert obstacle(at.state, plan()).startswith("watch.holdback is gone, and 10 % are on the old version")
    assert "its watch has begun" in obstacle(Scenario().at_full().state, ladder("1%", "50%"))


def test_a_stage_without_traffic_is_gone_through_again_where_its_steps_changed() -> None:
    gates = [[{"gate": "minimum-time", "time": f"{minutes}m"}] for minutes in (1, 2, 3)]
    steps = [{"gates": one} for one in gates]
    at = Scenario(plan(stages=[{"name": "qa", "steps": steps[:2]}])).staged().prepared()
    at.wait(60).when(c.Tick("shop-1", at.entry))
    assert at.state.entry is not None
    assert at.state.entry.step == 1
    assert place(at.state, plan(stages=[{"name": "qa", "steps": [steps[0], steps[2]]}])).step == 1
    assert place(at.state, plan(stages=[{"name": "qa", "steps": [steps[2], steps[1]]}])).step == 0
    assert place(at.state, plan(stages=[{"name": "qa", "steps": steps[:1]}])).step == 0


# ── what it cannot take ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (plan(service="other"), "it is a plan of other, and shop-1 is a release of shop"),
        (plan(deployer={"use": "splitter", "url": "http://127.0.0.1:2"}), "deployer changed: a release stays with"),
        (plan(changes={"use": "git", "repository": "other.git"}), "changes changed"),
        (plan(incidents={"use": "file", "folder": "elsewhere"}), "incidents changed"),
        (plan(metrics_from={"use": "scrape", "targets": "http://x/{environment}"}), "metrics_from changed"),
        (plan(channels={"releases": "#other"}), "its thread is in #releases"),
        (with_stages(staging={"environment": "preprod"}), "the environments changed, staging, production to preprod"),
        (with_stages(staging={"name": "qa"}), "the stages up to production changed"),
        (with_stages(staging={"baseline": None}), "the stages up to production changed"),
        (
            plan(stages=[{"name": "qa", "gates": []}, *written_plan()["stages"]]),
            "the stages up to production changed, and shop-1 is in production already",
        ),
        (
            with_stages(staging={"gates": [{"gate": "approval", "roles": {"vp-product": 1}, "own_changes": "barred"}]}),
            "own_changes are barred now",
        ),
    ],
)
def test_what_could_not_be_taken_back_or_was_not_met_is_refused(new: Plan, why: str) -> None:
    at = at_half()
    assert obstacle(at.state, new).startswith(why)
    assert means(at, new) == []


def test_a_stage_that_comes_later_may_change() -> None:
    at = Scenario().on_staging()
    signed = {"name": "sign-off", "gates": [{"gate": "approval", "roles": {"vp-product": 1}}]}
    first, second = written_plan()["stages"]
    assert obstacle(at.state, plan(stages=[first, signed, second])) == ""
    assert "the environments changed" in obstacle(at.state, plan(stages=[first]))


# ── what was seen, and what people said ──────────────────────────────────────────────────────────────────────────────


def test_readings_that_would_be_judged_otherwise_are_named() -> None:
    at, stricter = at_half(), with_metric(limit={"max": "1%"})
    words = BAD.findings[0].words
    assert f"What it shows now would fail: {words}." in means(at, stricter, FINE, BAD)
    broken = replace(FINE, findings=(replace(FINE.findings[0], since=at.now - 9),))
    assert any("would not be fine any more" in one for one in means(at, stricter, FINE, broken))
    assert any("would be fine: errors" in one for one in means(at, stricter, broken, FINE))
    gone = plan(metrics=[{**written_plan()["metrics"][0], "name": "faults"}])
    found = means(at, gone, broken, Verdict(FINE.outcome, FINE.pace, FINE.rule))
    assert "What breaks tolerance of errors now would not be looked at." in found
    assert "Nothing has been seen of faults yet." in found
    assert "What it shows in this step is judged the same by both plans." in means(at, stricter, FINE, FINE)


def test_a_yes_would_be_void_and_asked_for_again() -> None:
    at = Scenario().on_staging()
    at.when(at.approval(), PRIYA)
    found = means(at, LONGER)
    assert (
        "The yes of Priya as product-manager would be void: it was given to a release by the plan as it was." in found
    )
    assert "Approvers would be asked again." in found
    fewer = with_stages(staging={"gates": [{"gate": "health", "held": "60s"}]})
    assert "Approvers would be asked again." not in means(at, fewer)


def test_what_is_behind_it_is_said_where_the_plan_asks_otherwise_of_it() -> None:
    gates = [{**written_plan()["stages"][0]["gates"][0], "held": "61s"}, written_plan()["stages"][0]["gates"][1]]
    stricter = with_stages(staging={"gates": gates})
    assert "Staging is behind it, and what was passed there stays passed." in means(at_half(), stricter)
    assert not any("behind" in one for one in means(at_half(), LONGER))


def test_a_go_would_count_no_more() -> None:
    go = [{"gate": "go", "role": "vp-product"}, {"gate": "minimum-time", "time": "1h"}]
    at = Scenario(with_stages(production={"gates": go})).on_staging().approved().held(60).deployed().exposed()
    at.when(c.PromoteRelease("shop-1", at.entry, "go"), VICTOR)
    new = with_stages(production={"gates": [go[0]]})
    assert "The go or promotion by Victor would count no more." in means(at, new)


def test_with_a_yes_behind_it_nobody_claims_that_nothing_was_judged() -> None:
    """It deploys to production: staging is proved and approved, by the plan as it was."""
    at = Scenario().on_staging().approved().held(60).is_now(Phase.DEPLOYING)
    says = "Staging stays passed, by the plan as it was."
    (said,) = means(at, LONGER)
    assert said.endswith(says)
    before = at.state
    at.when(c.ChangePlan("shop-1", at.entry, LONGER, at.state.plan_digest, "longer"), ADA)
    told = str(message(at.journal[-1], at.state, Room.THREAD, before))
    assert f"Nothing is judged where it is, and it goes on. {says}" in told


def test_an_accepted_anomaly_would_count_no_more_for_another_metric() -> None:
    at = Scenario().in_production().held(10, ODD)
    at.when(c.AcceptAnomaly("shop-1", "errors", "known", at.entry), ADA)
    void = "The accepted anomaly of errors would count no more: it was accepted of the metric as it was."
    assert void in means(at, with_metric(limit={"max": "1%"}))
    assert not any("accepted" in one for one in means(at, LONGER))
