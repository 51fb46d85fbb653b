"""Incidents that a release caused: who may say so, of which release, and what counts once."""

from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.course import course
from bot.core.due import due
from bot.core.incidents import KEY_MAX
from bot.core.model import Phase
from tests.support.scenario import ADA, BAD, FINE, OMAR, PRIYA, QUINN, Scenario, plan

NEARBY = replace(QUINN, in_channel=True)
PAGER = Actor("deploy", Door.SHELL, "the pager")
NOBODY_COULD_PAY = c.RecordIncident("shop-1", "Nobody could pay.", "INC-42")


def healthy() -> Scenario:
    return Scenario().at_full().held(120).is_now(Phase.HEALTHY).wait(86_400)


def rolled_back() -> Scenario:
    at = Scenario().in_production().looked(BAD).exposed()
    return at.when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.ROLLED_BACK)


def caused(at: Scenario) -> int:
    return course(at.journal, at.now).incidents


@pytest.mark.parametrize(
    "reach", [lambda: Scenario().in_production(), lambda: Scenario().at_full(), healthy, rolled_back]
)
def test_an_incident_stands_on_the_release_that_caused_it_whatever_became_of_it(reach: object) -> None:
    assert callable(reach)
    at = reach()
    before = replace(at.state, version=0, every_incident=())
    timer = due(at.state, at.around.looked_at, at.now)
    at.when(NOBODY_COULD_PAY, NEARBY).then(e.IncidentRecorded)
    (incident,) = at.state.incidents
    assert (incident.number, incident.text, incident.key, incident.actor) == (1, "Nobody could pay.", "INC-42", NEARBY)
    assert replace(at.state, version=0, every_incident=()) == before, "it moves nothing"
    assert due(at.state, at.around.looked_at, at.now) == timer
    assert caused(at) == 1


def test_whoever_is_neither_near_nor_named_may_not_say_so() -> None:
    healthy().refused(NOBODY_COULD_PAY, QUINN, saying="only this workspace's members of #releases may record an incid")
    healthy().when(NOBODY_COULD_PAY, OMAR).then(e.IncidentRecorded)


def test_a_release_that_has_reached_no_users_has_caused_them_no_incident() -> None:
    at = Scenario().on_staging().refused(NOBODY_COULD_PAY, ADA, saying="has reached no users.*/release finding shop-1")
    at.when(c.CancelRelease("shop-1", "no"), ADA).refused(NOBODY_COULD_PAY, ADA, saying="has reached no users")


def test_what_began_before_it_came_to_users_it_has_not_caused() -> None:
    at = healthy()
    came_at = at.state.met_users_at
    assert came_at is not None
    at.refused(replace(NOBODY_COULD_PAY, began_at=came_at - 120), ADA, saying="what began before, at .* it has not")
    at.refused(replace(NOBODY_COULD_PAY, began_at=at.now + 120), ADA, saying="is still to come: say when it began")
    at.when(replace(NOBODY_COULD_PAY, began_at=came_at - 30), ADA).then(e.IncidentRecorded)
    assert at.state.incidents[0].began_at == came_at - 30, "a pager gives the minute"


@pytest.mark.parametrize(
    "again",
    [
        NOBODY_COULD_PAY,
        c.RecordIncident("shop-1", "The tills were down", "inc-42"),
        c.RecordIncident("shop-1", "nobody  could pay."),
    ],
)
def test_one_incident_counts_once_by_its_key_or_by_its_words(again: c.RecordIncident) -> None:
    at = healthy().when(NOBODY_COULD_PAY, OMAR).when(again, PAGER).then()
    assert [one.text for one in at.state.incidents] == ["Nobody could pay."]
    at.when(c.RecordIncident("shop-1", "Nobody could pay.", "INC-43"), PAGER).then(e.IncidentRecorded)
    assert caused(at) == 2, "the pager knows them apart"


def test_an_incident_known_by_its_words_has_the_key_that_comes_later() -> None:
    at = healthy().when(replace(NOBODY_COULD_PAY, key=""), NEARBY).when(NOBODY_COULD_PAY, PAGER).then(e.IncidentKeyed)
    (incident,) = at.state.incidents
    assert (incident.key, incident.actor) == ("INC-42", NEARBY), "whoever said so first"
    at.when(NOBODY_COULD_PAY, PAGER).then()
    at.when(replace(NOBODY_COULD_PAY, text="The tills were down"), PAGER).then()
    assert caused(at) == 1


def test_a_key_that_stands_on_another_release_is_not_added_here() -> None:
    at = healthy().when(replace(NOBODY_COULD_PAY, key=""), NEARBY)
    at.around = replace(at.around, caused_by="shop-0")
    at.refused(NOBODY_COULD_PAY, PAGER, saying="INC-42 stands on shop-0 already")


def test_an_incident_that_stands_on_another_release_is_not_recorded_on_this_one() -> None:
    at = healthy()
    at.around = replace(at.around, caused_by="shop-0")
    at.refused(NOBODY_COULD_PAY, ADA, saying="INC-42 stands on shop-0 already.*incident shop-0 withdraw key=INC-42")


def test_a_wrong_attribution_is_taken_back_by_whoever_made_it_or_an_operator() -> None:
    at = healthy().when(NOBODY_COULD_PAY, NEARBY)
    back = c.WithdrawIncident("shop-1", 1, "It was the bank.")
    at.refused(back, PRIYA, saying="only Quinn, who recorded it, and operators may take back incident 1: <@U0ADA>")
    at.refused(replace(back, reason=" "), NEARBY, saying="needs its reason in words")
    at.refused(replace(back, number=2), NEARBY, saying=r"shop-1 has no incident 2; it has: 1 \(INC-42\)")
    at.when(replace(back, number=0, key="inc-42"), NEARBY).then(e.IncidentWithdrawn)
    assert (at.state.incidents, caused(at)) == ((), 0)
    at.refused(back, ADA, saying="Quinn has taken back incident 1 already")
    at.refused(replace(back, number=3), ADA, saying="shop-1 has no incident 3; it has: none")


def test_what_was_taken_back_is_not_recorded_again_by_an_import_that_is_repeated() -> None:
    at = healthy().when(NOBODY_COULD_PAY, PAGER).when(c.WithdrawIncident("shop-1", 1, "It was the bank."), ADA)
    at.when(NOBODY_COULD_PAY, PAGER).then()
    assert caused(at) == 0
    at.when(replace(NOBODY_COULD_PAY, key=""), NEARBY).then(e.IncidentRecorded)
    assert caused(at) == 1, "a person says so once more"


@pytest.mark.parametrize("key", ["two words", "x" * (KEY_MAX + 1), "a\x00b"])
def test_a_key_is_one_word(key: str) -> None:
    healthy().refused(replace(NOBODY_COULD_PAY, key=key), ADA, saying="an incident's key is one word")


def test_an_incident_without_words_is_none() -> None:
    healthy().refused(replace(NOBODY_COULD_PAY, text=" "), ADA, saying="an incident needs its reason in words")


# ── what the journal knows by itself ─────────────────────────────────────────────────────────────────────────────────


def test_a_release_for_whose_users_on_call_was_called_has_caused_one_and_one_only() -> None:
    at = Scenario().at_full().wait(5).looked(BAD)
    assert at.happened[-1] == at.journal[-1].event
    at.then(e.VerdictChanged, e.ReleaseHeld)
    assert caused(at) == 1
    at.when(NOBODY_COULD_PAY, OMAR)
    assert caused(at) == 1, "what somebody recorded is what they were called for"
    at.when(c.RecordIncident("shop-1", "Orders came twice."), OMAR)
    assert caused(at) == 2


def test_what_is_taken_back_counts_no_more_also_where_on_call_had_been_called() -> None:
    at = Scenario().at_full().wait(5).looked(BAD)
    assert caused(at) == 1
    at.when(NOBODY_COULD_PAY, OMAR).when(c.WithdrawIncident("shop-1", 1, "It was the network."), OMAR)
    assert caused(at) == 0, "somebody has said what that was"


def test_on_call_that_is_called_while_somebody_holds_it_counts_as_well() -> None:
    at = Scenario().at_full().when(c.HoldRelease("shop-1", "lunch"), NEARBY)
    assert caused(at) == 0, "a person's hold is no call"
    at.wait(5).looked(BAD).then(e.VerdictChanged, e.OnCallCalled)
    assert caused(at) == 1


def test_what_goes_back_by_itself_is_the_rollback_rates_and_no_incident() -> None:
    assert caused(rolled_back()) == 0


def test_what_is_overdue_calls_somebody_and_is_no_incident_of_users() -> None:
    gates = [{"gate": "health", "held": "30s"}, {"gate": "go", "role": "vp-product"}]
    steps = [{"exposure": "50%", "time_max": "10m"}, "100%"]
    at = Scenario(plan(stages=[{"name": "production", "environment": "production", "steps": steps, "gates": gates}]))
    at.staged().prepared().written().deployed().exposed().held(700, FINE)
    assert any(isinstance(one.event, e.StepOverdue) for one in at.journal)
    assert caused(at) == 0
