"""A yes is to what was shown: when that changes, those are asked again whose subject it is, and nobody else."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bot.core import commands as c
from bot.core import events as e
from bot.core import shown
from bot.core.actors import Actor
from bot.core.due import due
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.core.rooms import Room
from bot.core.voices import Decision
from bot.views.approval import approval
from bot.views.messages import message
from tests.support.scenario import ADA, OMAR, PRIYA, VICTOR, Scenario, plan

DBA = OMAR


def looking(**looks_at: list[str]) -> Plan:
    """Product (Priya, Victor) and a database administrator (Omar) are asked; ten minutes of health as well."""
    gates: list[dict[str, Any]] = [
        {"gate": "approval", "roles": {"product": 2, "dba": 1}, "looks_at": looks_at},
        {"gate": "minimum-time", "time": "10m"},
    ]
    roles = {"product": ["U0PRIYA", "U0VICTOR"], "dba": ["U0OMAR"]}
    return plan(roles=roles, stages=[{"name": "qa", "gates": gates}])


def everybody_said_yes(by: Plan) -> Scenario:
    at = Scenario(by).staged().prepared().written()
    for person in (PRIYA, VICTOR, DBA):
        at.when(at.approval(), person)
    return at.is_now(Phase.PROVING)


SPLIT = {"dba": ["undo", "changes"], "product": ["notes", "walkthrough", "caveats"]}


def edited(at: Scenario, kind: str, by: Actor) -> Scenario:
    return at.when(c.EditText("shop-1", kind, f"{by.name}'s words", at.state.artefacts[kind].version), by)


def whose_yes_stands(at: Scenario) -> set[str]:
    assert at.state.entry is not None
    return {one.actor.name for one in at.state.entry.approvals}


def told(at: Scenario) -> str:
    again = next(one for one in reversed(at.journal) if isinstance(one.event, e.ApprovalAskedAgain))
    return str(message(again, at.state, Room.THREAD))


def test_notes_that_a_person_writes_anew_are_asked_about_again_of_those_who_look_at_them() -> None:
    at = everybody_said_yes(looking(**SPLIT))
    edited(at, "notes", ADA).then(e.ArtefactWritten, e.ApprovalAskedAgain)
    assert whose_yes_stands(at) == {"Omar"}
    assert "<@U0PRIYA>, <@U0VICTOR>: you said yes before that" in told(at)
    assert "The yes of Omar stands." in told(at)
    assert "<@U0OMAR>" not in told(at)
    shown_now = at.state.shown("notes")
    assert shown_now is not None
    assert shown_now.version == 2, "the question shows what it asks about"
    for person in (PRIYA, VICTOR):
        at.when(at.approval(), person)
    at.wait(600).when(c.Tick("shop-1", at.entry)).is_now(Phase.HEALTHY)


def test_the_rollback_procedure_is_a_subject_of_the_database_administrator_alone() -> None:
    at = edited(everybody_said_yes(looking(**SPLIT)), "undo", ADA)
    assert whose_yes_stands(at) == {"Priya", "Victor"}


def test_a_role_of_which_the_plan_says_nothing_looks_at_everything() -> None:
    assert whose_yes_stands(edited(everybody_said_yes(looking()), "undo", ADA)) == set()
    assert whose_yes_stands(edited(everybody_said_yes(looking(dba=["changes"])), "undo", ADA)) == {"Omar"}


def test_whoever_wrote_it_has_seen_it() -> None:
    assert whose_yes_stands(edited(everybody_said_yes(looking(**SPLIT)), "notes", VICTOR)) == {"Victor", "Omar"}


def test_a_caveat_asks_again_and_whoever_decided_on_it_knows_it() -> None:
    at = everybody_said_yes(looking(**SPLIT))
    at.when(c.RaiseConcern("shop-1", at.entry, "slow"), ADA)
    assert whose_yes_stands(at) == {"Priya", "Victor", "Omar"}, "a concern holds; it takes nobody's yes away"
    at.when(c.DecideConcern("shop-1", 1, Decision.CAVEAT, "support knows"), PRIYA)
    assert whose_yes_stands(at) == {"Priya", "Omar"}
    assert "Its caveats changed since this was asked." in told(at)


def test_a_yes_on_the_question_as_it_was_before_is_refused_in_words() -> None:
    at = Scenario(looking()).staged().prepared().written()
    before = at.approval()
    edited(at, "notes", ADA).then(e.ArtefactWritten, e.ApprovalAskedAgain)
    at.refused(before, PRIYA, saying="what you were shown of shop-1 has changed since: look again, then approve")
    at.refused(c.Reject("shop-1", before.entry, before.subject, "no"), PRIYA, saying="look again, then reject")
    at.when(at.approval(), PRIYA).then(e.ReleaseApproved)


def test_asked_again_a_yes_is_bound_to_what_stands_in_the_question_and_not_to_what_came_late() -> None:
    at = everybody_said_yes(looking(**SPLIT))
    at.when(c.ReportArtefact("shop-1", "notes", "better", "some-model", "e", 1))
    at.when(c.RaiseConcern("shop-1", at.entry, "slow"), ADA)
    at.when(c.DecideConcern("shop-1", 1, Decision.CAVEAT, "support knows"), PRIYA)
    assert at.approval().subject == shown.asked_about(at.state, again=())
    assert at.approval().subject != shown.asked_about(at.state), "nobody was shown the better notes"


def test_an_open_concern_is_part_of_what_is_shown() -> None:
    at = Scenario(looking()).staged().prepared().written()
    before = at.approval()
    at.when(c.RaiseConcern("shop-1", at.entry, "slow"), ADA).refused(before, PRIYA, saying="has changed since")
    at.when(at.approval(), PRIYA)
    given = next(one.event for one in at.journal if isinstance(one.event, e.ReleaseApproved))
    assert given.subject == shown.subject(at.state) != before.subject
    assert f'"subject":"{given.subject}"' in str(approval(at.state, at.now))


@pytest.mark.parametrize("late", ["a model's better notes", "a template's text once more", "a finding"])
def test_what_comes_late_and_by_itself_disturbs_nobody(late: str) -> None:
    at = everybody_said_yes(looking())
    match late:
        case "a model's better notes":
            at.when(c.ReportArtefact("shop-1", "notes", "better", "some-model", over=1))
        case "a template's text once more":
            at.when(c.ReportArtefact("shop-1", "migration", "once more", "template"))
        case _:
            at.when(c.ReportArtefact("shop-1", "faq", "with the finding", "template"))
    at.then(e.ArtefactWritten)
    assert whose_yes_stands(at) == {"Priya", "Victor", "Omar"}


def test_nobody_is_asked_before_every_text_of_the_question_is_written() -> None:
    at = Scenario(looking()).staged().prepared()
    for kind in shown.TEXTS:
        at.when(c.ReportArtefact("shop-1", kind, f"the {kind}", "template"))
        (asked,) = [isinstance(one, e.ApprovalAsked) for one in at.happened[-1:]]
        assert asked is (kind == shown.TEXTS[-1])
    assert all(version.is_asked for versions in at.state.texts.values() for version in versions)


def without_undo(by: Plan) -> Scenario:
    """A release whose rollback procedure nobody writes: an older version prepared it."""
    at = Scenario(by).staged().prepared()
    for kind in ("notes", "walkthrough"):
        at.when(c.ReportArtefact("shop-1", kind, f"the {kind}", "template"))
    asks_at = due(at.state, None, at.now)
    assert asks_at == at.now + shown.WRITTEN_SECONDS_MAX
    at.wait(shown.WRITTEN_SECONDS_MAX - 1).when(c.Tick("shop-1", at.entry)).then()
    return at.wait(1).when(c.Tick("shop-1", at.entry)).then(e.ApprovalAsked)


def test_a_text_of_which_nothing_stood_in_the_question_asks_again_and_is_frozen_then() -> None:
    at = without_undo(looking(**SPLIT))
    for person in (PRIYA, VICTOR, DBA):
        at.when(at.approval(), person)
    at.when(c.ReportArtefact("shop-1", "undo", "drop the orders", "template")).then(
        e.ArtefactWritten, e.ApprovalAskedAgain
    )
    assert whose_yes_stands(at) == {"Priya", "Victor"}
    at.when(at.approval(), DBA)
    at.when(c.ReportArtefact("shop-1", "undo", "nothing to undo", "some-model", "e", 1)).then(e.ArtefactWritten)
    frozen = at.state.shown("undo")
    assert frozen is not None
    assert frozen.text == "drop the orders"
    assert whose_yes_stands(at) == {"Priya", "Victor", "Omar"}


def test_who_writes_the_first_words_over_it_has_seen_them() -> None:
    at = without_undo(looking(**SPLIT))
    at.when(at.approval(), DBA).when(c.ReportArtefact("shop-1", "undo", "drop the orders", "template"))
    assert whose_yes_stands(at) == set()
    at.when(at.approval(), DBA)
    assert whose_yes_stands(edited(at, "undo", DBA)) == {"Omar"}


def test_what_an_editor_leaves_as_it_is_asks_nobody_again() -> None:
    at = everybody_said_yes(looking())
    at.when(c.EditText("shop-1", "notes", "the notes", 1), ADA).then()
    assert whose_yes_stands(at) == {"Priya", "Victor", "Omar"}


def test_a_plan_says_what_a_role_looks_at_only_of_roles_that_are_asked() -> None:
    with pytest.raises(ValidationError, match='found "qa"; the gate asks product, dba'):
        looking(qa=["notes"])
    with pytest.raises(ValidationError, match="notes"):
        looking(dba=["the database"])
    assert "looks_at" not in looking().model_dump_json(exclude_defaults=True), "unsaid, it changes no plan's digest"


def test_a_voter_who_was_asked_again_may_say_no() -> None:
    at = edited(everybody_said_yes(looking(**SPLIT)), "notes", ADA)
    no = c.Reject("shop-1", at.entry, shown.subject(at.state), "not these notes")
    at.refused(replace(no, subject="x"), VICTOR, saying="look again, then reject").when(no, VICTOR)
    at.is_now(Phase.REJECTED)
