"""A changed plan counts by a person's word alone; it skips nothing, raises no traffic, and begins a step anew."""

from dataclasses import replace
from typing import Any

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core import shown
from bot.core.actors import Actor, Door
from bot.core.beside import Bar, BarKind
from bot.core.due import watch_overdue_at
from bot.core.effects import Room
from bot.core.evolve import fold
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.engine.rebuilt import boundaries_of
from bot.views.approval import approval
from bot.views.messages import message
from tests.support.plans import with_metric, with_stages
from tests.support.scenario import ADA, BAD, FINE, ODD, OMAR, PRIYA, STRANGER, VICTOR, Scenario, plan, written_plan

LONGER = plan(watch={"time": "4m"})
SHELL = Actor("root", Door.SHELL, "root")


def ladder(*steps: str, **changes: object) -> Plan:
    return with_stages(production={"steps": list(steps), **changes})


def changed(at: Scenario, new: Plan, by: Actor = ADA, reason: str = "the limit was wrong") -> Scenario:
    return at.when(c.ChangePlan("shop-1", at.entry, new, at.state.plan_digest, reason), by)


def ask(at: Scenario, new: Plan, **changes: object) -> c.ChangePlan:
    return replace(c.ChangePlan("shop-1", at.entry, new, at.state.plan_digest, "why not"), **changes)  # type: ignore[arg-type]


def at_half() -> Scenario:
    """In production at 50 %, held for ten of thirty seconds."""
    return Scenario().in_production().held(30).exposed().held(10)


# ── by whose word ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_operator_changes_it_with_a_reason_and_both_digests_are_in_the_journal() -> None:
    at = at_half()
    before = at.state
    changed(at, LONGER).then(e.PlanChanged)
    (event,) = at.happened
    assert isinstance(event, e.PlanChanged)
    assert (event.old_digest, event.plan_digest) == (before.plan_digest, LONGER.digest)
    assert (event.plan, event.reason) == (LONGER, "the limit was wrong")
    assert at.journal[-1].actor == ADA
    assert (at.state.plan, at.state.plan_digest) == (LONGER, LONGER.digest)
    assert fold(at.journal) == at.state


@pytest.mark.parametrize("person", [PRIYA, OMAR, STRANGER])
def test_nobody_else_may(person: Actor) -> None:
    at = at_half()
    at.refused(ask(at, LONGER), person, saying="only the operators of shop may change the plan of shop-1")


def test_nobody_makes_themselves_an_operator() -> None:
    at, coup = at_half(), plan(operators=["U0STRANGER"])
    at.refused(ask(at, coup), STRANGER, saying="only the operators")
    at.refused(ask(at, coup), ADA, saying="the changed plan makes you no operator of shop: <@U0STRANGER>")


def test_at_the_shell_somebody_is_trusted_as_an_operator() -> None:
    changed(at_half(), LONGER, SHELL).then(e.PlanChanged)


def test_without_a_reason_it_is_refused() -> None:
    at = at_half()
    at.refused(ask(at, LONGER, reason=" "), ADA, saying="a change of the plan needs its reason in words")


def test_the_same_plan_changes_nothing() -> None:
    changed(at_half(), plan()).then()


def test_what_was_shown_of_an_earlier_place_or_plan_is_refused() -> None:
    at = at_half()
    late = ask(at, LONGER)
    at.wait(25).held(25).exposed()
    at.refused(late, ADA, saying="has moved on")
    at = Scenario().staged()
    shown_before = ask(at, plan(watch={"time": "5m"}))
    changed(at, LONGER)
    at.refused(shown_before, ADA, saying="was changed meanwhile")


@pytest.mark.parametrize(
    "new",
    [
        plan(service="other"),
        plan(deployer={"use": "splitter", "url": "http://127.0.0.1:2"}),
        with_stages(staging={"environment": "preprod"}),
        ladder("60%", "100%"),
    ],
)
def test_what_could_not_be_taken_back_or_would_give_more_traffic_is_refused(new: Plan) -> None:
    at = at_half()
    at.refused(ask(at, new), ADA, saying="shop-1 cannot take the changed plan: ")


def test_a_release_that_goes_back_or_has_ended_takes_none() -> None:
    at = Scenario().in_production().looked(BAD).is_now(Phase.ROLLING_BACK)
    at.refused(ask(at, LONGER), ADA, saying="cannot take another plan now")
    at.exposed().when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.ROLLED_BACK)
    at.refused(ask(at, LONGER), ADA, saying="has ended")


# ── nothing is skipped ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_step_is_judged_from_the_beginning_by_the_changed_plan() -> None:
    at = at_half()
    entry, at_before = at.entry, at.state.entry
    changed(at, with_stages(production={"gates": [{"gate": "health", "held": "15s"}]}))
    assert at.entry == entry + 1
    assert at.state.entry is not None
    assert (at.state.entry.step, at.state.entry.exposure) == (1, 50.0)
    assert at_before is not None
    assert at_before.stopwatch.read(at.now) == 10
    assert at.state.entry.stopwatch.read(at.now) == 0
    at.refused(c.ReportVerdict("shop-1", entry, BAD), saying="has moved on")
    at.refused(c.ReportVerdict("shop-1", at.entry, FINE), saying="looked before the exposure was observed")
    at.approved().exposed().held(10).is_now(Phase.PROVING)
    assert at.entry == entry + 1, "ten seconds of health are not fifteen"
    at.held(5)
    assert at.state.entry.exposure == 100


def test_a_ladder_without_its_step_takes_it_down_and_never_up() -> None:
    at = at_half()
    changed(at, ladder("1%", "25%", "75%", "100%"))
    assert at.state.entry is not None
    assert (at.state.entry.step, at.state.entry.exposure) == (1, 25.0)
    at.refused(c.ReportExposure("shop-1", at.entry, 50.0), saying="wants 25 %")
    at.approved().exposed().held(30)
    assert at.state.entry.exposure == 75, "and goes on from there, over what the changed plan has"


def test_a_watch_begins_again_and_is_not_published_twice() -> None:
    at = Scenario().at_full().held(100)
    published, before = at.state.published, len(at.journal)
    changed(at, LONGER).then(e.PlanChanged).is_now(Phase.WATCHING)
    assert at.state.published == published
    assert [type(one.event) for one in at.journal[before:]] == [e.PlanChanged]
    at.exposed().then()
    at.held(120).is_now(Phase.WATCHING)
    assert at.state.entry is not None
    assert watch_overdue_at(at.state) == at.state.entry.at + 480
    at.held(120).is_now(Phase.HEALTHY)


def test_a_watch_that_was_long_is_not_overdue_by_a_shorter_one() -> None:
    at = Scenario(plan(watch={"time": "1h"})).at_full().held(1800)
    changed(at, plan(watch={"time": "5m"})).then(e.PlanChanged)
    assert at.state.held is None
    at.exposed().held(300).is_now(Phase.HEALTHY)


def test_a_watch_whose_traffic_a_successor_has_takes_no_plan() -> None:
    at = Scenario().at_full().held(20)
    at.around = replace(at.around, holders={"production": "shop-2"})
    at.refused(ask(at, LONGER), ADA, saying="shop-2 has taken over")


def test_what_is_under_way_goes_on_and_reports_to_the_entry_it_was_made_for() -> None:
    for at in (Scenario().staged(), Scenario().staged().prepared()):
        entry, phase = at.entry, at.state.phase
        changed(at, LONGER).then(e.PlanChanged).is_now(phase)
        assert at.entry == entry
    at.deployed().is_now(Phase.PROVING)


# ── what is asked again ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_yes_to_the_plan_as_it_was_is_void_and_asked_for_again() -> None:
    at = Scenario().on_staging()
    at.when(at.approval(), PRIYA)
    question, old = at.state, at.approval()
    changed(at, LONGER).then(e.PlanChanged, e.ApprovalAsked)
    assert at.state.entry is not None
    assert at.state.entry.approvals == ()
    assert shown.subject(at.state) != old.subject
    at.refused(old, VICTOR, saying="has moved on")
    at.refused(replace(old, entry=at.entry), VICTOR, saying="has changed since")
    at.approved().exposed().held(60).is_now(Phase.DEPLOYING)
    past = str(approval(at.state, at.now, question))
    assert "Not asked like this any more: the plan was changed" in past
    assert "Approved; the release has moved on" not in past


def test_a_promotion_counts_no_more() -> None:
    gates = [{"gate": "health", "held": "10m"}, {"gate": "go", "role": "vp-product"}]
    at = Scenario(plan(stages=_production([*gates, {"gate": "minimum-time", "time": "1h"}]))).in_production()
    at.when(c.PromoteRelease("shop-1", at.entry, "go"), VICTOR)
    assert at.state.entry is not None
    assert at.state.entry.promoted_by == VICTOR
    changed(at, plan(stages=_production(gates))).exposed().looked()
    assert at.state.entry.promoted_by is None
    assert at.state.entry.step == 0


def _production(gates: list[dict[str, object]]) -> list[dict[str, object]]:
    first, second = written_plan()["stages"]
    return [first, {**second, "gates": gates}]


def test_an_override_counts_no_more_and_a_lock_stops_it_again() -> None:
    both = {"override": {"roles": ["vp-product", "product-manager"]}}
    for at in (Scenario(plan(**both)).in_production(), _waiting_for_production(plan(**both))):
        lock = Bar("lock-1", BarKind.LOCK, ("shop",), OMAR, "moving house", at.now, at.now)
        at.around = replace(at.around, bars=(lock,))
        at.when(c.Tick("shop-1", at.entry) if at.state.phase is Phase.PROVING else c.TakePlace("shop-1"))
        at.when(c.AskOverride("shop-1", at.entry, "an outage"), PRIYA)
        at.when(c.SecondOverride("shop-1", at.entry, 1), VICTOR)
        assert at.state.bars == ()
        changed(at, plan(watch={"time": "4m"}, **both))
        assert at.state.overrides[0].over == "the plan was changed"
        assert [bar.id for bar in at.state.bars] == ["lock-1"], "it is stopped again"


def _waiting_for_production(by: Plan) -> Scenario:
    at = Scenario(by).on_staging()
    at.around = replace(at.around, holders={**at.around.holders, "production": "shop-0"})
    return at.approved().held(60).is_now(Phase.QUEUED)


def test_a_hold_and_an_open_concern_go_on_stopping_it() -> None:
    at = at_half().when(c.HoldRelease("shop-1", "wait"), ADA)
    at.when(c.RaiseConcern("shop-1", at.entry, "is it safe?"), PRIYA)
    changed(at, with_stages(production={"gates": [{"gate": "health", "held": "5s"}]})).exposed().held(60)
    assert at.state.held is not None
    assert len(at.state.open_concerns) == 1
    assert at.state.entry is not None
    assert at.state.entry.exposure == 50


# ── what people were asked ───────────────────────────────────────────────────────────────────────────────────────────


def asked_of(roles: dict[str, int], **gate: object) -> Plan:
    health = {"gate": "health", "held": "60s"}
    return with_stages(staging={"gates": [health, {"gate": "approval", "roles": roles, **gate}]})


BOTH = {"product-manager": 1, "vp-product": 1}
BARRED = asked_of(BOTH, own_changes="barred", expires="4h", looks_at={"vp-product": ["notes"]}, distinct=True)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (with_stages(staging={"gates": [{"gate": "health", "held": "5s"}]}), "staging asks for no approval any more"),
        (asked_of({"product-manager": 1}), "staging asks fewer of vp-product"),
        (plan(solo=True), "it is solo now"),
        (plan(roles={"product-manager": ["U0PRIYA", "U0ADA"], "vp-product": ["U0VICTOR"]}), "has more people now"),
        (plan(override={"roles": ["vp-product"]}), "more people may override"),
        (plan(concerns_to="vp-product"), "others decide about concerns"),
    ],
)
def test_no_operator_alone_takes_an_approval_away_or_makes_it_weaker(new: Plan, why: str) -> None:
    """In every phase: the same word that changes the plan could else stand for a yes."""
    at = Scenario().staged()
    for go_on in (at.prepared, at.deployed, at.exposed, at.approved, lambda: at.held(60), at.deployed, at.exposed):
        at.refused(ask(at, new), ADA, saying=f"asks less of people than the plan that it has: .*{why}")
        if at.state.phase is Phase.PROVING and not at.state.artefacts:
            at.written()
        go_on()
    at.refused(ask(at, new), ADA, saying=why)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"own_changes": "allowed"}, "bars own changes no more"),
        ({"distinct": False}, "lets one person fill several roles"),
        ({"expires": "5h"}, "lets a yes count for longer"),
        ({"expires": None}, "lets a yes count for longer"),
        ({"looks_at": {"vp-product": []}}, "asks again for less"),
    ],
)
def test_nor_whom_it_bars_how_long_a_yes_counts_and_what_it_is_about(changes: dict[str, object], why: str) -> None:
    same = {"own_changes": "barred", "expires": "4h", "looks_at": {"vp-product": ["notes"]}, "distinct": True}
    at = Scenario(BARRED).on_staging()
    at.refused(ask(at, asked_of(BOTH, **{**same, **changes})), ADA, saying=why)
    at.refused(ask(at, plan(people={"ada@songbird.example": "U0X"})), ADA, saying="lets one person fill several roles")


RM = {"rm": ["U0OMAR", "U0VICTOR"]}
"""Who goes past what stops a release of which no gate asks anybody."""


def asking_nobody(**changes: Any) -> Plan:
    stages = written_plan()["stages"]
    stages[0]["gates"] = [{"gate": "health", "held": "60s"}]
    named = {"roles": RM, "override": {"roles": ["rm"]}, "concerns_to": "rm", "people": {"ada": "U0ADA"}}
    return plan(stages=stages, **{**named, **changes})


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"solo": True}, "it is solo now"),
        ({"roles": {"rm": [*RM["rm"], "U0ADA"]}}, "more people may override"),
        ({"roles": {**RM, "mine": ["U0ADA"]}, "concerns_to": "mine"}, "others decide about concerns"),
        ({"people": {"ada": "U0OMAR"}}, "people says somebody else of ada, and an override goes by it"),
        ({"people": {"ada": "U0ADA", "Ops": "U0OMAR"}}, "people says somebody else of ops"),
    ],
)
def test_where_no_gate_asks_anybody_nobody_goes_past_a_lock_alone_either(changes: dict[str, Any], why: str) -> None:
    at = Scenario(asking_nobody()).staged().prepared().written().deployed().exposed().looked()
    at.refused(ask(at, asking_nobody(**changes)), ADA, saying=f"asks less of people .*{why}")


def test_an_account_that_is_spelled_otherwise_or_gone_is_nobody_else() -> None:
    at = Scenario(asking_nobody()).staged().prepared().written().deployed().exposed().looked()
    at.when(ask(at, asking_nobody(people={"ADA": "U0ADA"})), ADA)
    at.when(ask(at, asking_nobody(people={})), ADA)


def test_a_go_stays_asked_for_at_its_exposure() -> None:
    go = {"exposure": "50%", "gates": [{"gate": "health", "held": "30s"}, {"gate": "go", "role": "vp-product"}]}
    at = Scenario(with_stages(production={"steps": ["1%", go, "100%"]})).in_production()
    at.refused(ask(at, ladder("1%", "50%", "100%")), ADA, saying="production at 50 % asks for no go of vp-product any")
    at.refused(ask(at, ladder("1%", "100%")), ADA, saying="production at 50 % asks for no go of vp-product any more")
    changed(at, ladder("1%", "10%", go, "100%"))  # type: ignore[arg-type]


def test_a_stage_of_people_is_not_moved_behind_what_it_guards() -> None:
    first, second = written_plan()["stages"]
    word = {"name": "word", "gates": [{"gate": "approval", "roles": {"vp-product": 1}}]}
    at = Scenario(plan(stages=[first, word, second])).on_staging()
    at.refused(ask(at, plan(stages=[first, second])), ADA, saying="word asks people, and is not where it was")
    word = {**word, "name": "advice"}
    at.refused(ask(at, plan(stages=[first, word, second])), ADA, saying="word asks people, and is not where it was")
    plain = {**second, "steps": ["100%"]}
    at = Scenario(plan(stages=[first, {**word, "name": "word"}, plain])).on_staging()
    at.refused(ask(at, plan(stages=[first, plain, {**word, "name": "word"}])), ADA, saying="cannot take the changed")


AT_ONCE = with_stages(production={"steps": ["100%"], "gates": [{"gate": "health", "held": "1s"}], "on_failure": "hold"})


@pytest.mark.parametrize("new", [AT_ONCE, with_metric(limit={"max": "50%"}), plan(low_traffic="accept")])
def test_a_yes_that_was_given_takes_no_other_way_into_production(new: Plan) -> None:
    at = Scenario().on_staging().approved().held(60).is_now(Phase.DEPLOYING)
    at.refused(ask(at, new), ADA, saying="on its way to production by a yes to the plan that it has")
    waiting = _waiting_for_production(plan())
    waiting.refused(ask(waiting, new), ADA, saying="on its way to production by a yes to the plan that it has")


@pytest.mark.parametrize("new", [ladder("1%", "75%", "100%"), with_metric(limit={"max": "50%"})])
def test_in_production_those_who_said_yes_are_asked_again_before_more_traffic(new: Plan) -> None:
    at = Scenario().in_production()
    changed(at, new).then(e.PlanChanged, e.ApprovalAsked)
    at.exposed().held(120)
    assert at.state.entry is not None
    assert (at.state.entry.step, at.state.entry.exposure) == (0, 1.0), "nobody said yes to this"
    at.when(at.approval(), PRIYA).held(10)
    assert at.state.entry.step == 0, "both were asked"
    at.when(at.approval(), VICTOR)
    assert at.state.entry.step == 1
    at.exposed().held(30)
    assert at.state.entry.step == 2, "they were asked once"
    assert fold(at.journal) == at.state


REMINDED = asked_of(BOTH, remind={"every": "30m", "most": 3})


@pytest.mark.parametrize(
    "new",
    [ladder("1%", "50%", "100%", checkpoints=["09:00", "13:00"]), REMINDED, plan(zone="Europe/Berlin", title="Shop")],
)
def test_what_only_says_when_people_are_told_asks_nobody_again(new: Plan) -> None:
    on_its_way = Scenario().on_staging().approved().held(60).is_now(Phase.DEPLOYING)
    changed(on_its_way, new).then(e.PlanChanged)
    at = Scenario().in_production()
    changed(at, new).then(e.PlanChanged).exposed().held(30)
    assert at.state.owed is None
    assert at.state.entry is not None
    assert at.state.entry.exposure == 50


def test_nor_do_the_reminders_of_a_yes_that_is_still_to_come() -> None:
    def by(remind: dict[str, object]) -> Plan:
        asked = {"gate": "approval", "roles": {"vp-product": 1}, "remind": remind}
        gates = [{"gate": "health", "held": "30s"}, asked]
        return with_stages(production={"steps": ["1%", {"exposure": "50%", "gates": gates}, "100%"]})

    at = Scenario(by({"every": "2h", "most": 3})).in_production()
    changed(at, by({"every": "1h", "most": 5}))
    assert at.state.owed is None


ASKED_BY_AN_HOUR = {"gate": "approval", "roles": {"vp-product": 1}, "expires": "1h"}


@pytest.mark.parametrize(
    "production",
    [
        {"gates": [{"gate": "health", "held": "29s"}]},
        {"gates": [{"gate": "health", "held": "31s"}]},
        {"gates": [{"gate": "health", "held": "30s"}, {"gate": "minimum-time", "time": "1m"}]},
        {"gates": [{"gate": "health", "held": "30s"}, {"gate": "go", "role": "vp-product"}]},
        {"gates": [{"gate": "health", "held": "30s"}, ASKED_BY_AN_HOUR]},
        {"steps": ["1%", {"exposure": "50%", "time_max": "2h"}, "100%"]},
        {"steps": ["1%", {"exposure": "50%", "gates": [{"gate": "health", "held": "5s"}]}, "100%"]},
        {"on_failure": "hold"},
        {"steps": ["1%", "60%", "100%"], "checkpoints": ["09:00"]},
    ],
)
def test_whatever_else_of_a_stage_is_ahead_is_another_way(production: dict[str, object]) -> None:
    at = Scenario().in_production()
    changed(at, with_stages(production=production)).then(e.PlanChanged, e.ApprovalAsked)
    assert at.state.owed is not None
    assert at.state.owed.roles == BOTH


def test_a_second_change_forgets_nobody_who_is_still_to_be_asked() -> None:
    at = changed(Scenario().in_production(), ladder("1%", "75%", "100%"))
    changed(at, ladder("1%", "75%", "100%").model_copy(update={"on_call": ("U0ADA",)}))
    assert at.state.owed is not None
    assert at.state.owed.roles == BOTH
    changed(at, plan()).exposed().held(60)
    assert at.state.entry is not None
    assert at.state.entry.step == 0, "back to the plan of before is a change, too"


def test_a_yes_in_the_step_itself_becomes_one_question_with_those_behind_it() -> None:
    half = {
        "exposure": "50%",
        "gates": [{"gate": "health", "held": "30s"}, {"gate": "approval", "roles": {"vp-product": 1}}],
    }
    at = Scenario(with_stages(production={"steps": ["1%", half, "100%"]})).in_production().held(30).exposed()
    assert at.state.entry is not None
    changed(at, ladder("1%", "25%", half, "100%"))  # type: ignore[arg-type]
    assert [gate.roles for gate in at.state.gates if gate.gate == "approval"] == [BOTH]


def test_that_question_is_as_strict_as_the_strictest_of_them() -> None:
    asked = {"gate": "approval", "roles": {"vp-product": 1}, "expires": "2h", "remind": {"every": "30m", "most": 3}}
    half = {"exposure": "50%", "gates": [{"gate": "health", "held": "30s"}, asked]}
    at = Scenario(with_stages(production={"steps": ["1%", half, "100%"]})).in_production().held(30).exposed()
    changed(at, ladder("1%", "25%", half, "100%"))  # type: ignore[arg-type]
    (gate,) = [gate for gate in at.state.gates if gate.gate == "approval"]
    assert (gate.roles, gate.expires, gate.remind and gate.remind.every) == (BOTH, 7200.0, 1800.0)


def test_a_watch_that_keeps_the_old_version_ends_as_it_was_approved() -> None:
    at = Scenario(plan(watch={"time": "2m", "holdback": "5%"})).at_full()
    at.refused(ask(at, plan(watch={"time": "1s", "holdback": "5%"})), ADA, saying="ends with the rest of the traffic")
    changed(at, plan(watch={"time": "4m", "holdback": "5%"}))


def test_an_accepted_anomaly_counts_for_the_metric_as_it_was() -> None:
    for new, kept in ((with_metric(counter="failed_total"), 0), (with_metric(limit={"max": "3%"}), 0), (LONGER, 1)):
        at = Scenario().in_production().held(10, ODD)
        at.when(c.AcceptAnomaly("shop-1", "errors", "known", at.entry), ADA)
        changed(at, new)
        assert len(at.state.acceptances) == kept


def test_a_watch_looks_on_without_waiting_for_its_traffic_to_be_seen_again() -> None:
    """It has all of it; and where a successor's deploy has made the row its own, nobody would report it."""
    at = changed(Scenario().at_full().held(20), LONGER)
    assert at.state.entry is not None
    assert at.state.entry.observed_at == at.now
    assert at.state.is_watched
    assert boundaries_of(at.journal)[-1].entry == at.entry
    at.held(240).is_now(Phase.HEALTHY)


def test_no_watch_gives_traffic_back_by_a_changed_plan() -> None:
    at = Scenario().at_full()
    at.refused(ask(at, plan(watch={"time": "4m", "holdback": "5%"})), ADA, saying="keeps more of the old version now")


# ── the way back ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_can_be_taken_back_at_the_same_moment() -> None:
    at = changed(at_half(), LONGER)
    at.when(c.RollBackRelease("shop-1", "no"), PRIYA).is_now(Phase.ROLLING_BACK)
    assert at.state.rollback is not None
    assert at.state.rollback.exposure == 50


def test_a_bad_look_by_the_changed_plan_takes_it_back() -> None:
    at = changed(at_half(), with_metric(limit={"max": "1%"})).exposed().looked(BAD)
    at.is_now(Phase.ROLLING_BACK)


def test_it_is_told_with_what_changed_and_why() -> None:
    at = at_half()
    before = at.state
    changed(at, ladder("1%", "25%", "100%"))
    told = str(message(at.journal[-2], at.state, Room.THREAD, before))
    assert "Ada changed the plan of shop v1.1.0 (steps)" in told
    assert "The step that it is in begins again by the changed plan. Its traffic goes down to 25 %." in told
    assert "the limit was wrong" in told
    assert "production: steps 1 %, 50 %, 100 % → 1 %, 25 %, 100 %" in told
