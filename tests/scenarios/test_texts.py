"""Texts of a release: their versions, whose words stand, what approvers were shown, what was published."""

import json

import pytest

from bot.core import commands as c
from bot.core import effects as x
from bot.core import events as e
from bot.core import follows
from bot.core.actors import Actor, Door
from bot.core.contents import PAPERS, Severity
from bot.core.evolve import fold
from bot.core.model import Phase
from bot.core.rooms import Room
from bot.core.voices import Decision
from bot.views import modals
from bot.views.messages import message
from tests.support.scenario import ADA, BAD, OMAR, PRIYA, STRANGER, VICTOR, Scenario, plan, written_plan

MODEL = "a-model"


def better(at: Scenario, text: str, over: int, kind: str = "notes") -> c.ReportArtefact:
    """What a model makes of a text."""
    return c.ReportArtefact(at.id, kind, text, MODEL, "e" * 12, over)


def asked_for(at: Scenario) -> list[x.Effect]:
    """What the last events ask for."""
    last = at.journal[len(at.journal) - len(at.happened) :]
    return [effect for one in last for effect in follows.effects(one, fold(at.journal[: one.version]), at.around)]


def written(at: Scenario, kind: str = "notes") -> list[str]:
    return [text.text for text in at.state.texts[kind]]


# ── versions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_text_has_versions_that_say_who_wrote_them_and_from_what() -> None:
    at = Scenario().staged().prepared().written()
    at.when(better(at, "better notes", over=1)).when(c.EditText(at.id, "notes", "Ada's notes", over=2), ADA)
    first, second, third = at.state.texts["notes"]
    assert (first.author, first.evidence, first.is_by_a_person) == ("template", "", False)
    assert (second.author, second.evidence, second.is_by_a_person) == (MODEL, "e" * 12, False)
    assert (third.actor, third.text, third.is_by_a_person) == (ADA, "Ada's notes\n", True)
    assert [text.version for text in at.state.texts["notes"]] == [1, 2, 3]


def test_a_better_text_replaces_the_one_before_it_where_it_stands() -> None:
    at = Scenario().staged().prepared().written()
    at.when(better(at, "better notes", over=1)).then(e.ArtefactWritten)
    first, second = at.state.texts["notes"]
    assert first.told == second.told
    assert asked_for(at) == []


def test_once_somebody_was_asked_a_better_text_is_another_one_and_voids_nothing() -> None:
    at = Scenario().on_staging()
    before = at.approval()
    at.when(better(at, "better notes", over=1)).then(e.ArtefactWritten)
    first, second = at.state.texts["notes"]
    assert (first.is_asked, second.is_asked, second.is_late) == (True, False, True)
    assert second.told == at.state.version != first.told
    assert at.state.shown("notes") == first
    assert [effect for effect in asked_for(at) if isinstance(effect, x.Post)]
    at.when(before, PRIYA).then(e.ReleaseApproved).when(before, VICTOR).held(60).is_now(Phase.DEPLOYING)


@pytest.mark.parametrize("over", [1, 3])
def test_a_better_version_of_something_else_than_what_stands_there_is_dropped(over: int) -> None:
    at = Scenario().staged().prepared().written()
    at.when(c.ReportArtefact(at.id, "notes", "the notes, again", "template"))
    at.when(better(at, "better than what was", over)).then()


def test_a_persons_words_stand_whatever_template_and_model_have_to_say_later() -> None:
    at = Scenario().staged().prepared().written().when(c.EditText("shop-1", "notes", "mine", over=1), PRIYA)
    at.when(better(at, "better", over=2)).then()
    at.when(c.ReportArtefact(at.id, "notes", "from the template again", "template")).then()
    assert written(at) == ["the notes", "mine\n"]


def test_a_template_asks_for_a_better_text_and_nobody_else_does() -> None:
    at = Scenario().staged().prepared().when(c.ReportArtefact("shop-1", "notes", "the notes", "template"))
    (asked,) = (effect for effect in asked_for(at) if isinstance(effect, x.ImproveText))
    assert (asked.kind, asked.over) == ("notes", 1)
    for command, by in ((better(at, "better", 1), None), (c.EditText(at.id, "notes", "mine", 2), ADA)):
        at.when(command, by) if by else at.when(command)
        assert not [effect for effect in asked_for(at) if isinstance(effect, x.ImproveText)]


def test_slow_models_take_a_lane_for_each_sort_of_text_and_no_more() -> None:
    texts = [x.ImproveText(f"shop-{n}/7/improve", f"shop-{n}", kind, 1) for n in range(50) for kind in PAPERS]
    steps = [x.ImproveText(f"shop-{n}/7/improve", f"shop-{n}", f"narration/{n}", 1) for n in range(50)]
    assert len({effect.lane for effect in (*texts, *steps)}) == len(PAPERS) + 1
    assert {effect.urgency for effect in texts} == {x.Urgency.LATER}


# ── editing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_the_plan_names_may_write_and_nobody_else() -> None:
    at = Scenario().staged().prepared().written()
    edit = c.EditText("shop-1", "notes", "mine", over=1)
    at.refused(edit, STRANGER, saying="only operators, on-call and those who have a role")
    at.refused(edit, Actor("U0MEMBER", in_channel=True), saying="only operators")
    at.when(edit, OMAR).when(c.EditText("shop-1", "notes", "from the shell", over=2), Actor("root", Door.SHELL))
    assert written(at) == ["the notes", "mine\n", "from the shell\n"]


def test_who_edits_what_somebody_else_has_changed_meanwhile_is_told_and_changes_nothing() -> None:
    at = Scenario().staged().prepared().written().when(c.EditText("shop-1", "notes", "Priya's", over=1), PRIYA)
    at.refused(c.EditText("shop-1", "notes", "Ada's", over=1), ADA, saying="Priya has written version 2 meanwhile")
    at.when(c.EditText("shop-1", "notes", "Priya's\n", over=1), PRIYA).then()


@pytest.mark.parametrize(
    ("kind", "text", "saying"),
    [
        ("notes", "  \n ", "without words"),
        ("notes", "x" * 30_000, "24000 fit"),
        ("sonnet", "shall I", "has no sonnet yet"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_in_words(kind: str, text: str, saying: str) -> None:
    Scenario().staged().prepared().written().refused(c.EditText("shop-1", kind, text, over=1), ADA, saying=saying)


def test_what_was_measured_is_not_edited() -> None:
    """A yes is asked for beside the go/no-go: it must not say what somebody wrote before the verdict turned."""
    at = Scenario().on_staging().when(c.ReportArtefact("shop-1", "go-no-go", "No gate is open.", "template"))
    at.refused(c.EditText("shop-1", "go-no-go", "All green.", over=1), ADA, saying="the go-no-go says what was")


def test_saving_what_nobody_has_changed_makes_no_version() -> None:
    at = Scenario().staged().prepared().when(c.ReportArtefact("shop-1", "notes", "the notes\n", "template"))
    at.when(c.EditText("shop-1", "notes", "the notes", over=1), ADA).then()


# ── publishing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_approvers_were_shown_is_published_and_not_what_came_late() -> None:
    at = Scenario().on_staging()
    at.when(better(at, "better notes", over=1)).approved().held(60).deployed().exposed()
    while at.state.phase is Phase.PROVING:
        at.held(30).exposed()
    assert at.is_now(Phase.WATCHING).state.published["notes"].text == "the notes"


def test_a_person_who_edits_after_the_question_is_published_and_editing_later_changes_nothing_of_that() -> None:
    at = Scenario().on_staging().when(c.EditText("shop-1", "notes", "Priya's", over=1), PRIYA)
    at.approved().held(60).deployed().exposed()
    while at.state.phase is Phase.PROVING:
        at.held(30).exposed()
    at.when(c.EditText("shop-1", "notes", "afterthoughts", over=2), PRIYA)
    assert at.state.published["notes"].text == "Priya's\n"
    at.held(120).is_now(Phase.HEALTHY).when(c.EditText("shop-1", "notes", "an erratum", over=3), PRIYA)
    assert at.state.published["notes"].text == "Priya's\n"
    assert at.state.artefacts["notes"].version == 4


def test_what_a_later_gate_asked_about_is_published_although_it_came_late_for_the_first() -> None:
    written = written_plan()
    canary = written["stages"][-1]
    canary["gates"] = [*canary.get("gates", ()), {"gate": "approval", "roles": {"product-manager": 1}}]
    at = Scenario(plan(stages=written["stages"])).on_staging()
    at.when(better(at, "better notes", over=1)).approved().held(60).deployed().exposed()
    while at.state.entry is not None and at.state.entry.asked is None:
        at.held(30).exposed()
    newest = at.state.artefacts["notes"]
    assert (newest.text, newest.is_asked, newest.is_late) == ("better notes", True, False)
    assert at.state.to_publish("notes") == at.state.shown("notes") == newest


def out(at: Scenario) -> str:
    """What everybody is told when it is at full exposure."""
    while at.state.phase is Phase.PROVING:
        at.held(30).exposed()
    started = next(one for one in at.journal if isinstance(one.event, e.WatchStarted))
    return str(message(started, fold(at.journal[: started.version]), Room.RELEASES))


def test_notes_that_somebody_writes_anew_after_the_yes_are_published_as_such() -> None:
    at = Scenario().in_production().when(c.EditText("shop-1", "notes", "Approved by all", over=1), OMAR)
    assert [effect for effect in asked_for(at) if isinstance(effect, x.Post)]
    line = "Written after the review: approvers were shown version 1, and nobody was asked about this one."
    assert line in str(message(at.journal[-1], at.state, Room.THREAD))
    said = out(at)
    assert "Changed after the review, and nobody was asked" in said
    assert "release notes by Omar (version 2; approvers were shown version 1)" in said
    assert "Changed after the review" not in out(Scenario().in_production())


def test_a_rollback_procedure_that_is_written_anew_after_the_yes_is_told() -> None:
    at = Scenario().in_production().when(c.EditText("shop-1", "undo", "just restart", over=1), OMAR)
    assert [effect for effect in asked_for(at) if isinstance(effect, x.Post)]
    assert "approvers were shown version 1" in str(message(at.journal[-1], at.state, Room.THREAD))
    assert "rollback procedure by Omar" in out(at)


def test_notes_about_which_a_later_gate_asks_are_published_as_any() -> None:
    stages = written_plan()["stages"]
    last = {"gate": "approval", "roles": {"product-manager": 1}}
    stages[-1]["steps"] = ["1%", {"exposure": "50%", "gates": [{"gate": "health", "held": "30s"}, last]}, "100%"]
    at = Scenario(plan(stages=stages)).in_production()
    at.when(c.EditText("shop-1", "notes", "Omar's", over=1), OMAR).held(30).exposed()
    at.when(at.approval(), PRIYA)
    assert "Changed after the review" not in out(at)
    assert at.state.published["notes"].text == "Omar's\n"


def test_whoever_writes_a_text_anew_reads_first_what_comes_of_it() -> None:
    form = json.dumps({"kind": "notes", "version": 1, "do": "edit"})
    assert "Those who look at this are asked again." in str(modals.text(Scenario().on_staging().state, form))
    assert "Approvers were shown version 1." in str(modals.text(Scenario().in_production().state, form))
    assert "What was published stays" in str(modals.text(Scenario().at_full().state, form))


# ── what asks for texts ──────────────────────────────────────────────────────────────────────────────────────────────


def texts(at: Scenario) -> list[str]:
    return [effect.kind for effect in asked_for(at) if isinstance(effect, x.WriteText)]


def test_a_prepared_release_has_its_papers_written() -> None:
    assert texts(Scenario().staged().prepared()) == list(PAPERS)


def test_a_rollback_is_diagnosed_and_reported_and_drawn_and_a_rejection_is_not() -> None:
    at = Scenario().in_production().looked(BAD)
    assert texts(at) == ["diagnosis", "incident"]
    assert [effect for effect in asked_for(at) if isinstance(effect, x.DrawCharts)]
    no = Scenario().on_staging()
    assert texts(no.when(c.Reject("shop-1", no.entry, no.approval().subject, "no"), PRIYA)) == []


def test_an_incident_is_written_again_when_the_traffic_is_back_and_when_all_is_over() -> None:
    """Until then it says that the traffic is still there."""
    at = Scenario().in_production().looked(BAD).exposed()
    assert texts(at) == ["incident"]
    assert "incident" in texts(at.when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.ROLLED_BACK))
    at.when(c.ReportArtefact("shop-1", "incident", "It is over.", "template"))
    assert [effect.kind for effect in asked_for(at) if isinstance(effect, x.ImproveText)] == ["incident"]
    no = Scenario().on_staging()
    no.when(c.Reject("shop-1", no.entry, no.approval().subject, "no"), PRIYA).exposed()
    assert texts(no) == []


def test_a_diagnosis_may_come_when_all_is_over() -> None:
    at = Scenario().in_production().looked(BAD).exposed()
    at.when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.ROLLED_BACK)
    at.when(c.ReportArtefact("shop-1", "diagnosis", "It was the pool.", "template")).then(e.ArtefactWritten)
    at.when(better(at, "It was the pool, as #49 says.", over=1, kind="diagnosis")).then(e.ArtefactWritten)
    first, second = at.state.texts["diagnosis"]
    assert first.told == second.told


def test_a_rollbacks_diagnosis_is_told_again_and_not_where_the_one_of_a_hold_stands() -> None:
    at = Scenario().in_production().looked(BAD)
    for text in ("It was slow.", "It broke."):
        at.when(c.ReportArtefact("shop-1", "diagnosis", text, "template")).then(e.ArtefactWritten)
        assert [effect for effect in asked_for(at) if isinstance(effect, x.Post)]
    first, second = at.state.texts["diagnosis"]
    assert first.told < second.told == at.state.version


def test_a_go_no_go_follows_every_turn_and_costs_a_model_once_a_question() -> None:
    at = Scenario().on_staging()
    asked = []
    for text in ("No gate is open.", "Errors are bad."):
        at.when(c.ReportArtefact("shop-1", "go-no-go", text, "template"))
        asked.append([effect for effect in asked_for(at) if isinstance(effect, x.ImproveText)])
    assert list(map(len, asked)) == [1, 0]


def test_before_the_changes_are_known_no_faq_says_that_there_are_none() -> None:
    assert texts(Scenario().staged().when(c.RecordFinding("shop-1", Severity.MAJOR, "no tooltip"), ADA)) == []


def test_each_step_of_a_canary_is_narrated_and_drawn_and_staging_is_not() -> None:
    at = Scenario().in_production().held(30)
    passed = next(one.version for one in reversed(at.journal) if isinstance(one.event, e.StepPassed))
    assert texts(at) == [f"narration/{passed}"]
    assert "DrawCharts" in [type(effect).__name__ for effect in asked_for(at)]
    staging = Scenario().on_staging().approved().held(60)
    assert texts(staging) == []


def test_what_becomes_known_to_support_is_written_into_the_faq() -> None:
    at = Scenario().on_staging().when(c.RecordFinding("shop-1", Severity.MAJOR, "no tooltip"), ADA)
    assert texts(at) == ["faq"]
    at.when(c.RaiseConcern("shop-1", at.entry, "hm"), VICTOR)
    assert texts(at.when(c.DecideConcern("shop-1", 1, Decision.CAVEAT, "known"), PRIYA)) == ["faq"]


# ── findings, charts ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_finding_is_recorded_once_with_who_found_it() -> None:
    finding = c.RecordFinding("shop-1", Severity.CRITICAL, " the cart is empty ", owner="Teo")
    at = Scenario().on_staging().refused(finding, STRANGER, saying="members of #releases")
    at.when(finding, Actor("U0QUINN", name="Quinn", in_channel=True)).when(finding, ADA).then()
    (found,) = at.state.findings
    assert (found.number, found.text, found.owner, found.actor.name) == (1, "the cart is empty", "Teo", "Quinn")
    at.refused(c.RecordFinding("shop-1", Severity.MINOR, " "), ADA, saying="a finding needs its reason in words")


def test_pictures_of_an_event_are_kept_once() -> None:
    at = Scenario().in_production()
    charts = c.ReportCharts("shop-1", 7, (c.Picture("errors", "a chart", ("errors 1 %",), "F1"),))
    at.when(charts).then(e.ChartsDrawn).when(charts).then()


def test_a_tour_is_told_once_and_when_all_is_over_not_at_all() -> None:
    tour = c.ReportTour("shop-1", 2, (c.Shot(1, "The start page", "A page", "F1"),))
    Scenario().on_staging().when(tour).then(e.TourTaken).when(tour).then()
    Scenario().in_production().when(tour).then(e.TourTaken)
    Scenario().in_production().looked(BAD).when(tour).then()
