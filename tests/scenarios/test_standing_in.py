"""Somebody is away: who holds their roles meanwhile, whose yes that is, and who is reminded."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.beside import Absence
from bot.core.contents import Change
from bot.core.due import due
from bot.core.gates import rows
from bot.core.model import Phase
from bot.core.rooms import Room
from bot.core.voices import Reviewer
from bot.views.approval import approval
from bot.views.messages import message
from tests.support.scenario import ADA, OMAR, PRIYA, QUINN, VICTOR, Scenario, plan, written_plan

HOUR = 3_600.0
DAY = 24 * HOUR
MONDAY = 1_800_262_800.0
"""2027-01-18 at 09:00 UTC."""


def away(at: Scenario, person: Actor, delegate: Actor, *, starts_in: float = 0.0, lasts: float = DAY) -> Scenario:
    begins = at.now + starts_in
    one = Absence(f"absence-{person.id}", person, delegate.id, "holidays", at.now, begins, begins + lasts)
    at.around = replace(at.around, absences=(*at.around.absences, one))
    return at


def approved_by(at: Scenario) -> list[tuple[str, str, str]]:
    assert at.state.entry is not None
    return [(one.actor.id, one.role, one.behalf) for one in at.state.entry.approvals]


def test_a_delegate_says_yes_in_the_role_of_whoever_is_away_and_it_is_kept_for_whom() -> None:
    at = away(Scenario().on_staging(), VICTOR, QUINN)
    at.when(at.approval(), QUINN)
    assert approved_by(at) == [("U0QUINN", "vp-product", "U0VICTOR")]
    assert at.journal[-1].actor.stands_for == ("U0VICTOR",)
    told = message(at.journal[-1], at.state, Room.THREAD)
    assert told is not None
    assert "Quinn said yes as vp-product for <@U0VICTOR>" in told.text


def test_before_the_absence_and_after_it_the_delegate_holds_nothing() -> None:
    at = away(Scenario().on_staging(), VICTOR, QUINN, starts_in=60, lasts=60)
    at.refused(at.approval(), QUINN, saying="only product-manager or vp-product may approve")
    at.wait(60).looked()
    at.when(at.approval(), QUINN)
    late = away(Scenario().on_staging(), VICTOR, QUINN, lasts=60).wait(60).looked()
    late.refused(late.approval(), QUINN, saying="only product-manager or vp-product may approve")


def test_an_absence_that_was_ended_early_counts_no_more() -> None:
    at = away(Scenario().on_staging(), VICTOR, QUINN)
    at.around = replace(at.around, absences=tuple(replace(one, ended_at=at.now) for one in at.around.absences))
    at.refused(at.approval(), QUINN, saying="only product-manager or vp-product may approve")


def test_a_delegates_delegate_gets_nothing() -> None:
    at = away(away(Scenario().on_staging(), VICTOR, QUINN), QUINN, OMAR)
    at.refused(at.approval(), OMAR, saying="only product-manager or vp-product may approve")


def test_a_role_that_somebody_has_through_a_group_is_not_theirs_to_lend() -> None:
    roles = {"product-manager": ["U0PRIYA"], "vp-product": ["S0VICES"]}
    at = away(Scenario(plan=plan(roles=roles)).on_staging(), replace(VICTOR, groups=("S0VICES",)), QUINN)
    at.refused(at.approval(), QUINN, saying="only product-manager or vp-product may approve")


def test_what_solo_gives_to_operators_is_not_lent_either() -> None:
    at = away(Scenario(plan=plan(solo=True)).on_staging(), ADA, QUINN)
    at.refused(at.approval(), QUINN, saying="may approve")


def test_operating_is_no_role_and_is_not_lent() -> None:
    at = away(Scenario().on_staging(), ADA, QUINN)
    at.refused(c.ResumeRelease("shop-1"), QUINN, saying="only the operators of shop may resume")


def test_somebody_at_the_shell_stands_in_for_nobody() -> None:
    at = away(Scenario().on_staging(), VICTOR, QUINN)
    at.refused(at.approval(), Actor("U0QUINN", Door.SHELL), saying="may approve")


def test_one_person_counts_once_in_a_role_whoever_they_stand_in_for() -> None:
    stages = written_plan()["stages"]
    stages[0]["gates"][1]["roles"] = {"vp-product": 2}
    roles = {"product-manager": ["U0PRIYA"], "vp-product": ["U0VICTOR", "U0OMAR"]}
    at = away(Scenario(plan=plan(stages=stages, roles=roles)).on_staging(), VICTOR, QUINN)
    away(at, OMAR, QUINN).when(at.approval(), QUINN)
    assert approved_by(at) == [("U0QUINN", "vp-product", "U0OMAR")]
    at.refused(at.approval(), QUINN, saying="you have approved shop-1 already")


def test_a_yes_is_not_given_twice_by_the_absent_person_and_their_delegate() -> None:
    stages = written_plan()["stages"]
    stages[0]["gates"][1]["roles"] = {"vp-product": 2}
    roles = {"product-manager": ["U0PRIYA"], "vp-product": ["U0VICTOR", "U0OMAR"]}
    made = plan(stages=stages, roles=roles)
    at = away(Scenario(plan=made).on_staging(), VICTOR, QUINN)
    at.when(at.approval(), QUINN)
    at.refused(at.approval(), VICTOR, saying="Quinn has approved shop-1 for you already")
    other = away(Scenario(plan=made).on_staging(), VICTOR, QUINN)
    other.when(other.approval(), VICTOR)
    other.refused(other.approval(), QUINN, saying="Victor has approved shop-1 already, so there is no yes left")


def test_a_delegate_takes_back_the_yes_that_they_gave() -> None:
    at = away(Scenario().on_staging(), VICTOR, QUINN)
    at.when(at.approval(), QUINN).when(c.WithdrawApproval("shop-1", at.entry), QUINN).then(e.ApprovalWithdrawn)
    assert approved_by(at) == []


def test_where_own_changes_are_barred_neither_the_author_nor_whoever_stands_in_for_one_approves() -> None:
    stages = written_plan()["stages"]
    stages[0]["gates"][1]["own_changes"] = "barred"
    made = plan(stages=stages)
    by_victor = (Change("a" * 40, "feat: faster", "Victor", "v@songbird.example", 41, person="U0VICTOR"),)
    by_quinn = (Change("a" * 40, "feat: faster", "Quinn", "q@songbird.example", 41, person="U0QUINN"),)
    for changes, saying in ((by_victor, "<@U0VICTOR> wrote changes of shop-1"), (by_quinn, "you wrote Quinn")):
        at = Scenario(plan=made).staged()
        at.when(c.ReportPrepared(at.id, "c" * 40, "v1.1.0", "d" * 40, changes)).written().deployed().exposed().looked()
        away(at, VICTOR, QUINN).refused(at.approval(), QUINN, saying=saying)


def test_a_person_who_holds_the_role_themselves_speaks_for_themselves() -> None:
    at = away(Scenario().on_staging(), VICTOR, PRIYA)
    at.when(at.approval(), PRIYA)
    assert approved_by(at) == [("U0PRIYA", "product-manager", "")]
    at.when(at.approval(), PRIYA)
    assert approved_by(at) == [("U0PRIYA", "product-manager", ""), ("U0PRIYA", "vp-product", "U0VICTOR")]
    at.held(60).is_now(Phase.DEPLOYING)


def evidence(at: Scenario) -> str:
    """What the step was left on, as the audit has it."""
    at.held(60)
    return str([one.event.evidence for one in at.journal if isinstance(one.event, e.StepPassed)])


def test_one_press_is_one_persons_word_and_who_gave_all_of_it_is_said() -> None:
    at = away(away(Scenario().on_staging(), VICTOR, QUINN), PRIYA, QUINN)
    at.when(at.approval(), QUINN)
    assert approved_by(at) == [("U0QUINN", "product-manager", "U0PRIYA")]
    assert "alone" not in str(approval(at.state, at.now))
    at.when(at.approval(), QUINN)
    assert approved_by(at)[1:] == [("U0QUINN", "vp-product", "U0VICTOR")]
    told = message(at.journal[-1], at.state, Room.THREAD)
    assert told is not None
    assert "That was the last yes. All of them were given by the same person." in told.text
    assert "*All of it by Quinn alone.*" in str(approval(at.state, at.now))
    then = at.state
    assert "vp-product (Quinn, standing in), all of it by Quinn alone" in evidence(at)
    assert "*All of it by Quinn alone.*" in approval(at.state, at.now, then).text


def test_what_two_people_gave_is_not_said_to_be_one_persons() -> None:
    at = Scenario().on_staging().approved()
    assert "alone" not in str(approval(at.state, at.now))
    assert "alone" not in evidence(at)


def test_a_press_gives_what_is_lacking_first() -> None:
    roles = {"product-manager": ["U0PRIYA", "U0QUINN"], "vp-product": ["U0VICTOR"]}
    at = away(Scenario(plan=plan(roles=roles)).on_staging(), VICTOR, QUINN)
    at.when(at.approval(), PRIYA).when(at.approval(), QUINN)
    assert approved_by(at)[1:] == [("U0QUINN", "vp-product", "U0VICTOR")]


# ── where one person fills one role ──────────────────────────────────────────────────────────────────────────────────


def distinct(**roles: list[str]) -> Scenario:
    stages = written_plan()["stages"]
    stages[0]["gates"][1] = {"gate": "approval", "roles": dict.fromkeys(roles, 1), "distinct": True}
    return Scenario(plan=plan(stages=stages, roles=roles)).on_staging()


def test_where_yeses_are_distinct_a_delegate_fills_one_role() -> None:
    at = away(away(distinct(product=["U0PRIYA"], vp=["U0VICTOR"]), VICTOR, QUINN), PRIYA, QUINN)
    at.when(at.approval(), QUINN)
    assert approved_by(at) == [("U0QUINN", "product", "U0PRIYA")]
    at.refused(at.approval(), QUINN, saying="you have approved shop-1 already, and one person fills one role here")
    at.when(c.WithdrawApproval("shop-1", at.entry), QUINN).when(at.approval(), QUINN)
    at.around = replace(at.around, absences=())
    at.when(at.approval(), VICTOR).held(60).is_now(Phase.DEPLOYING)


def test_where_yeses_are_distinct_nobody_counts_twice_whoever_pressed_for_them() -> None:
    at = away(distinct(product=["U0PRIYA"], vp=["U0PRIYA", "U0VICTOR"]), PRIYA, QUINN)
    at.when(at.approval(), QUINN)
    assert approved_by(at) == [("U0QUINN", "product", "U0PRIYA")]
    at.around = replace(at.around, absences=())
    at.refused(at.approval(), PRIYA, saying="Quinn has approved shop-1 for you already")


def test_where_yeses_are_distinct_nobody_who_has_pressed_is_spoken_for_and_nobody_spoken_for_presses() -> None:
    at = away(distinct(product=["U0PRIYA"], vp=["U0QUINN", "U0VICTOR"]), PRIYA, QUINN)
    at.when(at.approval(), VICTOR).when(at.approval(), QUINN)
    assert approved_by(at)[1:] == [("U0QUINN", "product", "U0PRIYA")]
    at.when(c.WithdrawApproval("shop-1", at.entry), VICTOR)
    away(at, QUINN, OMAR).refused(at.approval(), OMAR, saying="there is no yes left that you could give")
    other = away(distinct(product=["U0PRIYA"], vp=["U0QUINN"]), QUINN, OMAR)
    other.when(other.approval(), OMAR)
    away(other, PRIYA, QUINN).refused(other.approval(), QUINN, saying="Omar has approved shop-1 for you already")


def test_whoever_holds_two_distinct_roles_fills_the_one_that_fewest_others_can() -> None:
    at = distinct(product=["U0PRIYA", "U0VICTOR"], vp=["U0PRIYA"])
    at.when(at.approval(), PRIYA)
    assert approved_by(at) == [("U0PRIYA", "vp", "")]
    at.when(at.approval(), VICTOR).held(60).is_now(Phase.DEPLOYING)


def test_a_distinct_role_that_nobody_is_left_for_says_so() -> None:
    at = distinct(product=["U0PRIYA"], vp=["U0PRIYA"])
    at.when(at.approval(), PRIYA)
    row = next(row for row in rows(at.state, at.now) if row.gate == "approval")
    assert (
        row.words
        == "nobody is left who may say yes as vp: one person fills one role here, and its people have filled another"
    )
    assert row.whom == ("U0ADA",)


def test_a_solo_plan_is_one_persons_whatever_is_distinct() -> None:
    at = distinct(product=["U0PRIYA"], vp=["U0PRIYA"])
    solo = at.state.plan.model_copy(update={"solo": True})
    alone = Scenario(plan=solo).on_staging()
    alone.when(alone.approval(), ADA).held(60).is_now(Phase.DEPLOYING)


def test_the_reminder_goes_to_the_delegate() -> None:
    stages = written_plan()["stages"]
    stages[0]["gates"][1]["remind"] = {"every": "1h", "most": 2, "hours": "00:00-23:59"}
    at = away(Scenario(plan=plan(stages=stages)).on_staging(), VICTOR, QUINN)
    at.when(c.ReportReviewers(at.id, at.entry, (Reviewer("U0VICTOR", 0), Reviewer("U0PRIYA", 0))))
    at.wait(HOUR).looked()
    reminded = next(one for one in at.journal if isinstance(one.event, e.ReviewersReminded))
    assert reminded.event == e.ReviewersReminded(at.entry, ("U0VICTOR", "U0PRIYA"), (("U0VICTOR", "U0QUINN"),))
    told = message(reminded, at.state, Room.THREAD)
    assert told is not None
    assert "<@U0QUINN>, standing in, <@U0PRIYA>: shop v1.1.0 has waited" in told.text


def reminded(at: Scenario) -> list[tuple[float, tuple[str, ...], tuple[tuple[str, str], ...]]]:
    """Hours after the question, whose yes, and who was reminded instead."""
    assert at.state.entry is not None
    begun = at.state.entry.asked_at or 0.0
    found = ((one.at, one.event) for one in at.journal if isinstance(one.event, e.ReviewersReminded))
    return [((when - begun) / HOUR, event.people, event.delegates) for when, event in found]


def reviewed(roles: dict[str, list[str]], quorum: dict[str, int], *changes: Change, **gate: Any) -> Scenario:
    """On a Monday at 09:00, asked in a stage of nothing but an approval that reminds each hour."""
    asks = {"gate": "approval", "roles": quorum, "remind": {"every": "1h", "most": 3}, **gate}
    made = plan(roles=roles, stages=[{"name": "qa", "steps": [{"time_max": "60d", "gates": [asks]}]}])
    at = Scenario(made, now=MONDAY).staged()
    found = changes or (Change("a" * 40, "feat: faster", "Ada", "a@songbird.example", 41, person="U0ADA"),)
    return at.when(c.ReportPrepared(at.id, "c" * 40, "v1.1.0", "d" * 40, found)).written()


def test_a_delegate_who_has_spoken_for_themselves_in_the_role_is_not_reminded() -> None:
    at = away(reviewed({"vp": ["U0VICTOR", "U0OMAR"]}, {"vp": 2}), VICTOR, OMAR, lasts=2 * DAY).when(
        reviewed({"vp": ["U0VICTOR", "U0OMAR"]}, {"vp": 2}).approval(), OMAR
    )
    at.when(c.ReportReviewers(at.id, at.entry, (Reviewer("U0VICTOR", 0), Reviewer("U0OMAR", 0))))
    at.wait(HOUR).when(c.Tick(at.id, at.entry))
    assert reminded(at) == []
    back = due(at.state, None, at.now, (), at.around.absences)
    assert back == MONDAY + 2 * DAY, "Victor himself, when he is back"
    at.wait(back - at.now).when(c.Tick(at.id, at.entry))
    assert reminded(at) == [(48.0, ("U0VICTOR",), ())]


def test_a_delegate_who_wrote_a_change_that_bars_them_is_not_reminded() -> None:
    by_quinn = Change("a" * 40, "feat: faster", "Quinn", "q@songbird.example", 41, person="U0QUINN")
    at = away(reviewed({"vp": ["U0VICTOR"]}, {"vp": 1}, by_quinn, own_changes="barred"), VICTOR, QUINN)
    at.when(c.ReportReviewers(at.id, at.entry, (Reviewer("U0VICTOR", 0), Reviewer("U0QUINN", 0))))
    at.wait(HOUR).when(c.Tick(at.id, at.entry))
    assert reminded(at) == []


def test_a_delegate_is_reminded_by_their_own_clock() -> None:
    at = away(reviewed({"vp": ["U0VICTOR"]}, {"vp": 1}), VICTOR, QUINN, lasts=3 * DAY)
    tokyo = Reviewer("U0QUINN", int(9 * HOUR))
    at.when(c.ReportReviewers(at.id, at.entry, (Reviewer("U0VICTOR", 0), tokyo)))
    at.wait(HOUR).when(c.Tick(at.id, at.entry))
    assert reminded(at) == []
    wanted = due(at.state, None, at.now, (), at.around.absences)
    assert wanted == MONDAY + 15 * HOUR, "nine in the morning in Tokyo"
    at.wait(wanted - at.now).when(c.Tick(at.id, at.entry))
    assert reminded(at) == [(15.0, ("U0VICTOR",), (("U0VICTOR", "U0QUINN"),))]


@pytest.mark.parametrize(("lasts", "called"), [(HOUR, "U0VICTOR"), (DAY, "U0QUINN")])
def test_whoever_speaks_for_the_yes_now_is_called_to_say_it_again(lasts: float, called: str) -> None:
    at = away(reviewed({"vp": ["U0VICTOR"], "pm": ["U0PRIYA"]}, {"vp": 1, "pm": 1}), VICTOR, QUINN, lasts=lasts)
    at.when(at.approval(), QUINN).wait(2 * HOUR)
    at.when(c.EditText(at.id, "notes", "other words", 1), PRIYA)
    again = next(one for one in at.journal if isinstance(one.event, e.ApprovalAskedAgain))
    told = message(again, at.state, Room.THREAD)
    assert told is not None
    assert f"<@{called}>: you said yes before that" in told.text


@pytest.mark.parametrize(("asker", "seconder"), [(VICTOR, QUINN), (QUINN, VICTOR)])
def test_a_delegate_is_no_second_person_beside_whom_they_stand_in_for(asker: Actor, seconder: Actor) -> None:
    at = Scenario(plan=plan(override={"roles": ["vp-product"]})).on_staging()
    away(at, VICTOR, QUINN).when(c.AskOverride("shop-1", at.entry, "an outage", ("approval",)), asker)
    at.refused(c.SecondOverride("shop-1", at.entry, 1), seconder, saying="second")
