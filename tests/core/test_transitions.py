"""Every phase, every command: accepted as the table says or refused with nothing changed. Generated, none left out."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core.contents import Picture, Severity, Shot
from bot.core.decide import _ANSWERS, _WORDS, decide
from bot.core.effects import every_effect
from bot.core.errors import Refused
from bot.core.events import Recorded, every_event
from bot.core.evolve import evolve
from bot.core.model import ENDINGS, Phase
from bot.core.rooms import ROOMS
from bot.core.transitions import ACCEPTS, LEADS
from bot.core.voices import Decision, Earlier, Reviewer
from tests.support.scenario import ADA, BAD, FINE, PRIYA, SONGBIRD, Scenario, plan


def _returned(at: Scenario, ending: Phase) -> Scenario:
    return at.exposed().when(c.ReportUndone(at.id, at.entry)).is_now(ending)


def _queued() -> Scenario:
    at = Scenario()
    at.around = at.around.__class__(holders={"staging": "shop-0"})
    return at.staged().prepared()


def _rejected() -> Scenario:
    at = Scenario().on_staging()
    return at.when(c.Reject(at.id, at.entry, at.approval().subject, "no"), PRIYA)


PHASES: dict[Phase, Callable[[], Scenario]] = {
    Phase.PREPARING: lambda: Scenario().staged(),
    Phase.QUEUED: _queued,
    Phase.DEPLOYING: lambda: Scenario().staged().prepared(),
    Phase.PROVING: lambda: Scenario().on_staging(),
    Phase.WATCHING: lambda: Scenario().at_full(),
    Phase.ROLLING_BACK: lambda: Scenario().in_production().looked(BAD),
    Phase.HEALTHY: lambda: Scenario().at_full().held(120),
    Phase.ROLLED_BACK: lambda: _returned(Scenario().in_production().looked(BAD), Phase.ROLLED_BACK),
    Phase.CANCELLED: lambda: Scenario().staged().when(c.CancelRelease("shop-1", "x"), ADA),
    Phase.REJECTED: lambda: _returned(_rejected(), Phase.REJECTED),
    Phase.SUPERSEDED: lambda: Scenario().at_full().when(c.Supersede("shop-1", "shop-2")),
    Phase.FAILED: lambda: Scenario().staged().when(c.ReportNotPrepared("shop-1", "no such tag")),
}


def _example(kind: type[c.Command], at: Scenario) -> c.Command:
    """A command of this kind that is well-formed for where the release is."""
    name, entry = at.id, at.entry
    made: dict[type[c.Command], Callable[[], c.Command]] = {
        c.StageRelease: lambda: c.StageRelease(name, "shop", "v1", at.plan),
        c.Approve: lambda: c.Approve(name, entry, "subject"),
        c.WithdrawApproval: lambda: c.WithdrawApproval(name, entry),
        c.Reject: lambda: c.Reject(name, entry, "subject", "no"),
        c.RaiseConcern: lambda: c.RaiseConcern(name, entry, "hm"),
        c.DecideConcern: lambda: c.DecideConcern(name, 1, Decision.CAVEAT, "so be it"),
        c.CloseFollowUp: lambda: c.CloseFollowUp(name, 1),
        c.AskForDemo: lambda: c.AskForDemo(name, entry, "Tuesday at ten"),
        c.RecordDemo: lambda: c.RecordDemo(name, 1),
        c.AcceptAnomaly: lambda: c.AcceptAnomaly(name, "errors", "known", entry),
        c.RecordIncident: lambda: c.RecordIncident(name, "nobody could pay", "INC-42"),
        c.WithdrawIncident: lambda: c.WithdrawIncident(name, 1, "it was the network"),
        c.HoldRelease: lambda: c.HoldRelease(name, "wait"),
        c.ResumeRelease: lambda: c.ResumeRelease(name),
        c.PromoteRelease: lambda: c.PromoteRelease(name, entry, "go"),
        c.AskOverride: lambda: c.AskOverride(name, entry, "an outage"),
        c.SecondOverride: lambda: c.SecondOverride(name, entry, 1),
        c.DeclineOverride: lambda: c.DeclineOverride(name, entry, 1),
        c.ChangePlan: lambda: c.ChangePlan(
            name, entry, plan(watch={"time": "4m"}), at.state.plan_digest if at.release else "", "longer"
        ),
        c.RollBackRelease: lambda: c.RollBackRelease(name, "back"),
        c.CancelRelease: lambda: c.CancelRelease(name, "stop"),
        c.GiveUpWayBack: lambda: c.GiveUpWayBack(name, entry, "moved by hand"),
        c.UnblockBuild: lambda: c.UnblockBuild(name, "it was the network"),
        c.ReportPrepared: lambda: c.ReportPrepared(name, "c" * 40, "v1.1.0", None, ()),
        c.ReportNotPrepared: lambda: c.ReportNotPrepared(name, "no tag"),
        c.ReportArtefact: lambda: c.ReportArtefact(name, "notes", "other notes", "template"),
        c.ReportTour: lambda: c.ReportTour(name, entry, (Shot(1, "The start page", "A page", "F1"),)),
        c.ReportCharts: lambda: c.ReportCharts(name, 2, (Picture("errors", "A chart", file="F2"),)),
        c.EditText: lambda: c.EditText(name, "notes", "my notes", 1),
        c.RecordFinding: lambda: c.RecordFinding(name, Severity.MINOR, "the title is cut"),
        c.TakePlace: lambda: c.TakePlace(name),
        c.ReportDeployed: lambda: c.ReportDeployed(name, entry),
        c.ReportNotDeployed: lambda: c.ReportNotDeployed(name, entry, "no disk"),
        c.ReportExposure: lambda: c.ReportExposure(
            name, entry, at.state.entry.exposure or 0.0 if at.state.entry else 0
        ),
        c.ReportExposureStuck: lambda: c.ReportExposureStuck(name, entry, "silent"),
        c.ReportExposureDrift: lambda: c.ReportExposureDrift(name, entry, 50.0),
        c.ReportVerdict: lambda: c.ReportVerdict(name, entry, FINE),
        c.ReportCheckpoint: lambda: c.ReportCheckpoint(name, entry, 1.0, None),
        c.ReportReviewers: lambda: c.ReportReviewers(name, entry, (Reviewer("U0PRIYA", 0),)),
        c.ReportEarlier: lambda: c.ReportEarlier(name, entry, Earlier("shop-0", "v1.0.9")),
        c.Tick: lambda: c.Tick(name, entry),
        c.ReportUndone: lambda: c.ReportUndone(name, entry),
        c.ReportNotUndone: lambda: c.ReportNotUndone(name, entry, "stuck"),
        c.Supersede: lambda: c.Supersede(name, "shop-9"),
    }
    return made[kind]()


def test_every_phase_has_a_scenario_that_reaches_it() -> None:
    assert set(PHASES) == set(Phase)
    for phase, reach in PHASES.items():
        reach().is_now(phase)


@pytest.mark.parametrize("kind", c.every_command(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("phase", Phase)
def test_what_the_table_does_not_accept_is_refused_and_changes_nothing(phase: Phase, kind: type[c.Command]) -> None:
    at = PHASES[phase]()
    before = at.release
    command = _example(kind, at)
    if kind not in ACCEPTS[phase]:
        with pytest.raises(Refused, match=r".{10}"):
            decide(at.release, command, at.around, ADA, at.now)
        assert at.release is before
        return
    with contextlib.suppress(Refused):  # who may, and for what, is said in the scenarios
        for one in decide(at.release, command, at.around, ADA, at.now):
            at.release = evolve(at.release, one)


@pytest.mark.parametrize(
    "kind", [k for k in c.every_command() if issubclass(k, c.EntryCommand)], ids=lambda k: k.__name__
)
@pytest.mark.parametrize("phase", Phase)
def test_a_command_for_another_entry_is_refused_in_every_phase(phase: Phase, kind: type[c.EntryCommand]) -> None:
    at = PHASES[phase]()
    command = _example(kind, at)
    command = replace(command, entry=at.entry + 1)  # type: ignore[call-arg]
    at.refused(command, PRIYA)


@pytest.mark.parametrize("phase", Phase)
def test_every_fact_told_twice_is_true_once(phase: Phase) -> None:
    """What Songbird's own parts report may be delivered again: the second time nothing happens."""
    for kind in ACCEPTS[phase]:
        at = PHASES[phase]()
        if not kind.__name__.startswith("Report") or kind is c.ReportExposureDrift:
            continue
        command = _example(kind, at)
        try:
            at.when(command)
            again = decide(at.release, command, at.around, SONGBIRD, at.now)
        except Refused:
            continue
        assert again == (), f"{kind.__name__} twice while {phase}"


def test_every_command_that_some_phase_accepts_has_its_answer_and_its_word() -> None:
    accepted = frozenset[type[c.Command]]().union(*ACCEPTS.values())
    assert accepted == set(_ANSWERS)
    assert set(c.every_command()) == accepted | {c.StageRelease}
    assert {kind for kind in accepted if kind.__module__.endswith("commands")} >= set(_WORDS)


def test_every_event_leads_somewhere() -> None:
    led = {kind for row in LEADS.values() for kind in row}
    assert led | {e.ReleaseStaged} == set(every_event())
    assert set(ROOMS) <= set(every_event())


def test_an_event_that_a_phase_does_not_know_is_corruption() -> None:
    at = Scenario().staged()
    with pytest.raises(AssertionError, match="cannot happen"):
        evolve(at.release, Recorded("shop-1", 2, at.now, SONGBIRD, e.TrafficRestored(1, 1.0)))


def test_endings_accept_nothing_but_words_and_letting_a_build_back() -> None:
    words = {c.ReportArtefact, c.ReportTour, c.ReportCharts, c.EditText, c.RecordFinding}
    words |= {c.CloseFollowUp, c.RecordDemo, c.RecordIncident, c.WithdrawIncident}
    assert {kind for ending in ENDINGS for kind in ACCEPTS[ending]} == {*words, c.UnblockBuild}


@pytest.mark.parametrize("phase", Phase)
def test_words_move_no_release(phase: Phase) -> None:
    for kind in (c.ReportArtefact, c.ReportTour, c.ReportCharts, c.EditText, c.RecordFinding, c.RecordIncident):
        at = PHASES[phase]()
        before = (at.state.phase, at.entry, at.state.held)
        with contextlib.suppress(Refused):
            at.when(_example(kind, at), ADA)
        assert (at.state.phase, at.entry, at.state.held) == before


def test_a_changed_plan_is_taken_wherever_a_release_moves_and_nowhere_else() -> None:
    taken = {phase for phase in Phase if c.ChangePlan in ACCEPTS[phase]}
    assert taken == {Phase.PREPARING, Phase.QUEUED, Phase.DEPLOYING, Phase.PROVING, Phase.WATCHING}
    assert taken == {phase for phase in Phase if e.PlanChanged in LEADS[phase]}
    assert all(LEADS[phase][e.PlanChanged] is phase for phase in taken), "it moves no release by itself"


def test_wherever_something_may_run_there_is_a_way_back() -> None:
    for phase in (Phase.DEPLOYING, Phase.PROVING, Phase.WATCHING):
        assert c.RollBackRelease in ACCEPTS[phase]


def test_every_effect_is_a_dataclass_with_a_key() -> None:
    assert all("key" in kind.__dataclass_fields__ for kind in every_effect())
