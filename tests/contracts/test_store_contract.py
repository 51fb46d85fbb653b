"""What every store promises about its truth, what is derived from it, and what the bot keeps beside it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core.bars import Moment
from bot.core.beside import Absence, Bar, BarKind, Lift
from bot.core.errors import Conflict
from bot.core.model import Phase, Spent, Surroundings
from bot.core.voices import Decision
from bot.store.ports import Answer, KeptBar, Look, Message, Store, StoredSample
from tests.contracts.store_fixtures import deploy, happen, keep, keep_in, post, text, undo
from tests.support.scenario import ADA, BAD, FINE, PRIYA, START, VICTOR, Scenario, plan

OPEN = Callable[[], Store]


def around(store: Store, release: str = "shop-1", entry: int | None = None) -> Surroundings:
    with store.transaction() as t:
        return t.surroundings("shop", release, entry, START)


# ── transactions ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_fails_half_way_leaves_nothing_at_all(store: Store) -> None:
    def half() -> None:
        with store.transaction() as t:
            keep_in(t, Scenario().staged().journal)
            t.enqueue([text(1)], START)
            t.remember("click", Answer("shop-1", 1), START)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    assert store.journal("shop-1") == []
    assert store.release_ids() == []
    assert store.next_effect_at() is None
    with store.transaction() as t:
        assert t.answer_to("click") is None


def test_a_read_sees_the_moment_before_a_transaction_that_is_not_over(open_store: OPEN) -> None:
    store, other = open_store(), open_store()
    with store.transaction() as t:
        keep_in(t, Scenario().staged().journal)
        assert store.release_ids() == other.release_ids() == []
        assert len(t.events("shop-1")) == 1
    assert store.release_ids() == other.release_ids() == ["shop-1"]


def test_releases_that_went_on_with_a_caveat_are_found_whatever_became_of_them(store: Store) -> None:
    without_a_place = plan(stages=[{"name": "qa", "gates": [{"gate": "approval", "roles": {"vp-product": 1}}]}])
    for number, decision in enumerate((Decision.CAVEAT, Decision.FIX_FIRST, Decision.CAVEAT), 1):
        at = Scenario(without_a_place, f"shop-{number}").staged().prepared().written()
        at.when(c.RaiseConcern(at.id, at.entry, "slow"), VICTOR)
        at.when(c.DecideConcern(at.id, 1, decision, "so be it"), PRIYA)
        keep(store, (at.when(c.CloseFollowUp(at.id, 1), PRIYA) if number == 1 else at).journal)
    keep(store, Scenario(without_a_place, "shop-4").staged().journal)
    assert list(store.followed_up().items()) == [("shop-3", 1), ("shop-1", 0)]
    assert store.followed_up("shop") == store.followed_up()
    assert store.followed_up("blog") == {}


# ── the truth ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_journal_comes_back_as_it_was_written_also_to_somebody_else(open_store: OPEN) -> None:
    journal = Scenario().at_full().journal
    keep(open_store(), journal)
    store = open_store()
    assert store.journal("shop-1") == journal
    assert store.journal("shop-1", after=3) == journal[3:]
    assert store.journal("shop-2") == []


def test_of_two_that_decide_on_the_same_state_the_second_hears_it_and_writes_nothing(open_store: OPEN) -> None:
    mine, theirs = open_store(), open_store()
    base = Scenario().staged().journal
    keep(mine, base)
    held = e.Recorded("shop-1", 2, START, ADA, e.ReleaseHeld("wait"))
    resumed = e.Recorded("shop-1", 3, START, ADA, e.ReleaseResumed())
    with theirs.transaction() as t:
        t.append([held])

    def decide_late() -> None:
        with mine.transaction() as t:
            t.enqueue([text(2)], START)
            t.append([held, resumed])

    with pytest.raises(Conflict, match="shop-1"):
        decide_late()
    assert mine.journal("shop-1") == [*base, held]
    assert mine.next_effect_at() is None


def test_ids_count_for_each_service_and_survive_reopening(open_store: OPEN) -> None:
    with open_store().transaction() as t:
        assert [t.next_id("shop"), t.next_id("shop"), t.next_id("shop-1")] == ["shop-1", "shop-2", "shop-1-1"]
    with open_store().transaction() as t:
        assert t.next_id("shop") == "shop-3"


def test_whoever_asks_again_with_the_same_key_can_be_told_the_same(open_store: OPEN) -> None:
    answer = Answer("shop-1", 7, "held: “wait”")
    with open_store().transaction() as t:
        assert t.answer_to("Ev1") is None
        t.remember("Ev1", answer, START)
    with open_store().transaction() as t:
        assert t.answer_to("Ev1") == answer


# ── releases and their timers ────────────────────────────────────────────────────────────────────────────────────────


def test_releases_are_listed_newest_first_by_service_and_by_whether_they_move(store: Store) -> None:
    keep(store, Scenario().staged().journal)
    cancelled = Scenario(id="shop-2").staged().when(c.CancelRelease("shop-2", "not today"), ADA)
    keep(store, cancelled.journal)
    cart = plan(service="cart")
    keep(store, Scenario(plan=cart, id="cart-1", now=START - 3600).staged().journal)
    assert store.release_ids() == ["cart-1", "shop-2", "shop-1"]
    assert store.release_ids(service="shop") == ["shop-2", "shop-1"]
    assert store.release_ids(moving=True) == ["cart-1", "shop-1"]
    assert store.release_ids(service="shop", moving=True) == ["shop-1"]


def test_plans_are_kept_for_as_long_as_a_release_goes_by_them(store: Store) -> None:
    shop, other, cart = plan(), plan(watch={"time": "1h"}), plan(service="cart")
    at = Scenario(shop).on_staging()
    at.when(c.ChangePlan(at.id, at.entry, other, shop.digest, "too short"), ADA)
    keep(store, at.journal)
    ended = Scenario(cart, "cart-1").staged()
    keep(store, ended.journal)
    assert store.pinned_plans() == {one.digest: one for one in (shop, other, cart)}
    keep(store, ended.when(c.CancelRelease("cart-1", "not today"), ADA).journal)
    assert store.pinned_plans() == {one.digest: one for one in (shop, other)}


def test_a_timer_is_due_at_its_time_and_not_before(store: Store) -> None:
    for name in ("shop-1", "shop-2"):
        keep(store, Scenario(id=name).staged().journal)
    assert store.next_due() is None
    with store.transaction() as t:
        t.set_due("shop-1", START + 60)
        t.set_due("shop-2", START + 30)
    assert store.next_due() == START + 30
    assert store.due(START + 29) == []
    assert store.due(START + 60) == [("shop-2", START + 30), ("shop-1", START + 60)]
    with store.transaction() as t:
        t.set_due("shop-2", None)
    assert store.due(START + 60) == [("shop-1", START + 60)]


def test_what_happens_later_does_not_stop_a_timer(store: Store) -> None:
    scenario = Scenario().staged()
    keep(store, scenario.journal)
    with store.transaction() as t:
        t.set_due("shop-1", START + 60)
    keep(store, scenario.prepared().journal)
    assert store.next_due() == START + 60


# ── locks and freezes ────────────────────────────────────────────────────────────────────────────────────────────────

LOCK = Bar("lock-1", BarKind.LOCK, ("shop",), ADA, "moving", START, START)
FREEZE = Bar("freeze-1", BarKind.FREEZE, (), ADA, "sale", START, START + 60, START + 120)


def test_a_lock_that_is_lifted_is_open_no_more_and_stays_for_whoever_looks_later(open_store: OPEN) -> None:
    store = open_store()
    with store.transaction() as t:
        assert [t.next_bar(BarKind.LOCK), t.next_bar(BarKind.FREEZE)] == ["lock-1", "freeze-1"]
        t.save_bar(LOCK, Moment.BEGAN)
        t.save_bar(FREEZE, Moment.MADE)
        assert t.next_bar(BarKind.LOCK) == "lock-2"
    assert store.open_bars(START) == [KeptBar(LOCK, Moment.BEGAN), KeptBar(FREEZE, Moment.MADE)]
    with store.transaction() as t:
        t.save_bar(FREEZE, Moment.SOON, ["#shop"])
    assert store.open_bars(START)[1] == KeptBar(FREEZE, Moment.SOON, ("#shop",))
    lifted = replace(LOCK, lifted=Lift(ADA, "moved", START + 5))
    with store.transaction() as t:
        t.save_bar(lifted, Moment.OVER)
    again = open_store()
    assert [kept.bar for kept in again.open_bars(START)] == [FREEZE]
    assert again.bar("lock-1") == lifted
    assert again.bar("lock-9") is None
    with again.transaction() as t:
        assert t.next_bar(BarKind.LOCK) == "lock-2"


def test_a_freeze_whose_end_was_announced_too_early_is_open_until_it_ends(store: Store) -> None:
    with store.transaction() as t:
        t.save_bar(FREEZE, Moment.OVER)
    assert [[kept.bar.id for kept in store.open_bars(START + at)] for at in (0, 119, 120)] == [["freeze-1"]] * 2 + [[]]
    with store.transaction() as t:
        t.save_bar(replace(FREEZE, lifted=Lift(ADA, "called off", START)), Moment.OVER)
    assert store.open_bars(START) == []


def test_a_release_is_surrounded_by_what_concerns_its_service(store: Store) -> None:
    other = replace(LOCK, id="lock-2", services=("cart",))
    with store.transaction() as t:
        for bar in (LOCK, FREEZE, other):
            t.save_bar(bar, Moment.MADE)
    assert around(store).bars == (LOCK, FREEZE)


def test_only_what_moves_and_is_concerned_is_to_be_looked_at_again(store: Store) -> None:
    keep(store, Scenario().on_staging().journal)
    keep(store, Scenario(id="shop-2").staged().journal)
    keep(store, Scenario(plan=plan(service="cart"), id="cart-1").on_staging().journal)
    with store.transaction() as t:
        t.look_again(LOCK, START)
    assert store.due(START) == [("shop-1", START)]
    with store.transaction() as t:
        t.look_again(FREEZE, START - 1)
    assert sorted(store.due(START)) == [("cart-1", START - 1), ("shop-1", START - 1)]


# ── places, queues, blocks ───────────────────────────────────────────────────────────────────────────────────────────


def waiting(name: str, behind: str = "shop-1") -> Scenario:
    """A release that found staging taken."""
    scenario = Scenario(id=name)
    scenario.around = Surroundings(holders={"staging": behind})
    return scenario.staged().prepared().then(e.ReleasePrepared, e.StageEntered, e.PlaceQueued)


def test_a_place_belongs_to_whoever_took_it_until_it_is_left(store: Store) -> None:
    scenario = Scenario().staged().prepared()
    keep(store, scenario.journal)
    assert around(store).holders == {"staging": "shop-1"}
    keep(store, scenario.when(c.CancelRelease("shop-1", "not today"), ADA).exposed().journal)
    happen(store, scenario, e.PlaceLeft("staging"))
    assert around(store).holders == {}


def test_a_place_cannot_be_taken_twice_whatever_was_decided(store: Store) -> None:
    keep(store, Scenario().staged().prepared().journal)
    blind = Scenario(id="shop-2").staged().prepared()
    with pytest.raises(Conflict, match="staging"):
        keep(store, blind.journal)
    assert store.journal("shop-2") == []
    assert around(store).holders == {"staging": "shop-1"}


def test_the_same_environment_of_another_service_is_another_place(store: Store) -> None:
    keep(store, Scenario().staged().prepared().journal)
    keep(store, Scenario(plan=plan(service="cart"), id="cart-1").staged().prepared().journal)
    with store.transaction() as t:
        assert t.surroundings("cart", "cart-1", None, START).holders == {"staging": "cart-1"}


def test_a_queue_is_in_the_order_of_arrival_and_is_left_by_taking_the_place(store: Store) -> None:
    third, second = waiting("shop-3"), waiting("shop-2")
    keep(store, third.journal)
    keep(store, second.journal)
    happen(store, third, e.PlaceQueued("staging", "shop-1"))
    assert around(store).queues == {"staging": ("shop-3", "shop-2")}
    third.around = Surroundings(queues={"staging": ("shop-3", "shop-2")})
    keep(store, third.when(c.TakePlace("shop-3")).then(e.PlaceTaken, e.DeployStarted).journal)
    assert around(store).queues == {"staging": ("shop-2",)}


def test_whoever_ends_waits_for_nothing_any_more(store: Store) -> None:
    scenario = waiting("shop-2")
    keep(store, scenario.journal)
    keep(store, scenario.when(c.CancelRelease("shop-2", "not today"), ADA).is_now(Phase.CANCELLED).journal)
    assert around(store).queues == {}


def test_other_releases_in_their_watch_are_named(store: Store) -> None:
    keep(store, Scenario().at_full().journal)
    assert around(store, "shop-2").watching == ("shop-1",)
    assert around(store, "shop-1").watching == ()
    with store.transaction() as t:
        assert t.surroundings("cart", "cart-1", None, START).watching == ()


def caused_by(store: Store, key: str, service: str = "shop") -> str | None:
    with store.transaction() as t:
        return t.caused_by(service, key)


def blamed(name: str, key: str = "INC-42") -> Scenario:
    return Scenario(id=name).at_full().when(c.RecordIncident(name, "nobody could pay", key), ADA)


def test_the_release_is_known_on_which_an_incident_stands_until_it_is_taken_back(store: Store) -> None:
    at = blamed("shop-1").when(c.RecordIncident("shop-1", "a slow cart"), ADA)
    keep(store, at.journal)
    assert (caused_by(store, "INC-42"), caused_by(store, "inc-42 ")) == ("shop-1", "shop-1")
    assert (caused_by(store, "INC-43"), caused_by(store, ""), caused_by(store, "INC-42", "cart")) == (None, None, None)
    keep(store, at.when(c.WithdrawIncident("shop-1", 1, "the bank"), ADA).journal)
    assert caused_by(store, "INC-42") is None
    keep(store, Scenario(id="shop-2").staged().journal)
    happen(store, at, e.IncidentRecorded(3, "nobody could pay", "INC-42"))
    assert caused_by(store, "INC-42") == "shop-1"


def test_a_key_that_comes_later_is_known_and_taken_back_as_one_that_was_there_at_once(store: Store) -> None:
    at = blamed("shop-1", "").when(c.RecordIncident("shop-1", "nobody could pay", "INC-42"), ADA)
    keep(store, at.journal)
    assert caused_by(store, "inc-42") == "shop-1"
    keep(store, at.when(c.WithdrawIncident("shop-1", 1, "the bank"), ADA).journal)
    assert caused_by(store, "INC-42") is None


def test_an_incident_stands_on_one_release_whatever_was_decided(store: Store) -> None:
    first = blamed("shop-1")
    keep(store, first.journal)
    blind = Scenario(id="shop-2")
    keep(store, blind.staged().journal)
    with pytest.raises(Conflict, match="INC-42".lower()):
        happen(store, blind, e.IncidentRecorded(1, "nobody could pay", "INC-42"))
    assert caused_by(store, "INC-42") == "shop-1"


def test_a_rolled_back_build_is_blocked_until_a_person_lets_it_in(store: Store) -> None:
    scenario = Scenario().in_production().looked(BAD).exposed()
    keep(store, scenario.when(c.ReportUndone("shop-1", scenario.entry)).is_now(Phase.ROLLED_BACK).journal)
    assert around(store).blocks == {"c" * 40: "shop-1"}
    keep(store, scenario.when(c.UnblockBuild("shop-1", "it was the load test"), ADA).journal)
    assert around(store).blocks == {}


# ── exposure ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def wanted(store: Store, environment: str = "production") -> tuple[str, int, float]:
    row = store.exposure("shop", environment)
    assert row is not None
    return row.release, row.entry, row.percent


def generation(store: Store, environment: str = "production") -> int:
    row = store.exposure("shop", environment)
    assert row is not None
    return row.generation


def test_exposure_follows_the_steps_and_each_wish_is_a_new_generation(store: Store) -> None:
    scenario = Scenario().on_staging().approved()
    keep(store, scenario.journal)
    assert store.exposure("shop", "production") is None
    assert wanted(store, "staging") == ("shop-1", 2, 100.0)
    keep(store, scenario.held(60).is_now(Phase.DEPLOYING).journal)
    assert wanted(store) == ("shop-1", scenario.entry, 0.0)
    generations = [generation(store)]
    keep(store, scenario.deployed().exposed().journal)
    assert wanted(store) == ("shop-1", scenario.entry, 1.0)
    generations.append(generation(store))
    keep(store, scenario.held(30).journal)
    assert wanted(store) == ("shop-1", scenario.entry, 50.0)
    generations.append(generation(store))
    assert generations == sorted(set(generations))
    assert generations[0] >= START * 1000, "a new database does not begin below what a deployer remembers"
    row = store.exposure("shop", "production")
    assert row is not None
    assert (row.commit, row.wanted_at, row.in_step) == ("c" * 40, scenario.now, False)


def test_a_rollback_is_a_wish_for_zero(store: Store) -> None:
    scenario = Scenario().in_production().looked(BAD).is_now(Phase.ROLLING_BACK)
    keep(store, scenario.journal)
    assert wanted(store) == ("shop-1", scenario.entry, 0.0)


def test_the_holdback_is_kept_in_the_watch_and_given_up_at_its_end(store: Store) -> None:
    scenario = Scenario(plan=plan(watch={"time": "120s", "holdback": "10%"})).at_full()
    keep(store, scenario.journal)
    assert wanted(store)[2] == 90.0
    keep(store, scenario.held(120).is_now(Phase.HEALTHY).journal)
    assert wanted(store)[2] == 100.0


@pytest.mark.parametrize("is_gone", [True, False], ids=["gone", "still trying"])
def test_after_a_successor_that_did_not_start_the_watch_gives_the_rest_of_the_traffic(
    store: Store, is_gone: bool
) -> None:
    """Its deploy has made the row its own; while it is there, the traffic is its to move."""
    old = Scenario(plan=plan(watch={"time": "120s", "holdback": "10%"})).at_full()
    new = Scenario(id="shop-2").on_staging().approved().held(60).is_now(Phase.DEPLOYING)
    keep(store, old.journal)
    keep(store, new.journal)
    before = generation(store)
    if is_gone:
        back = new.when(c.ReportNotDeployed("shop-2", new.entry, "no room")).exposed()
        keep(store, back.when(c.ReportUndone("shop-2", back.entry)).is_now(Phase.ROLLED_BACK).journal)
    keep(store, old.held(120).is_now(Phase.HEALTHY).journal)
    assert wanted(store) == (("shop-1", old.entry, 100.0) if is_gone else ("shop-2", new.entry, 0.0))
    assert (generation(store) > before) == is_gone


def test_the_end_of_a_watch_takes_nothing_from_a_successor_that_has_gone_on_to_another_stage(store: Store) -> None:
    old = Scenario(plan=plan(watch={"time": "120s", "holdback": "10%"})).at_full()
    keep(store, old.journal)
    elsewhere = {"name": "eu", "environment": "eu", "gates": [{"gate": "health", "held": "2h"}]}
    whole = {"name": "production", "environment": "production", "gates": [{"gate": "health", "held": "30s"}]}
    new = Scenario(id="shop-2", plan=plan(stages=[whole, elsewhere])).staged().prepared().deployed().exposed().held(30)
    keep(store, new.journal)
    assert (new.state.stage.name, wanted(store)[0]) == ("eu", "shop-2")
    before = wanted(store), generation(store)
    keep(store, old.held(120).is_now(Phase.HEALTHY).journal)
    assert (wanted(store), generation(store)) == before


def test_the_end_of_a_watch_without_holdback_moves_no_traffic(store: Store) -> None:
    scenario = Scenario().at_full()
    keep(store, scenario.journal)
    before = wanted(store)
    keep(store, scenario.held(120).is_now(Phase.HEALTHY).journal)
    assert wanted(store) == before


def test_a_release_that_ends_late_does_not_move_its_successors_traffic(store: Store) -> None:
    old, new = Scenario().at_full(), Scenario(id="shop-2").in_production()
    keep(store, old.journal)
    keep(store, new.journal)
    before = wanted(store)
    assert before[0] == "shop-2"
    back = e.RollbackStarted(old.entry + 1, "person", "slow", Phase.ROLLED_BACK, 100.0, "production")
    happen(store, old, back)
    assert wanted(store) == before


def test_whoever_holds_the_place_may_take_the_traffic_back_whosever_wish_stood_there(store: Store) -> None:
    old, new = Scenario().at_full(), Scenario(id="shop-2").in_production()
    keep(store, old.journal)
    keep(store, new.looked(BAD).exposed().when(c.ReportUndone("shop-2", new.entry)).is_now(Phase.ROLLED_BACK).journal)
    keep(store, old.when(c.RollBackRelease("shop-1", "slow"), ADA).journal)
    assert wanted(store) == ("shop-1", old.entry, 0.0)


def test_a_new_deploy_knows_nothing_of_what_was_read_back_of_the_version_before(store: Store) -> None:
    keep(store, Scenario().at_full().journal)
    row = store.exposure("shop", "production")
    assert row is not None
    with store.transaction() as t:
        assert t.observe_exposure("shop", "production", row.generation, 100.0, START)
    deploying = Scenario(id="shop-2").on_staging().approved().held(60).is_now(Phase.DEPLOYING)
    keep(store, deploying.journal)
    assert wanted(store) == ("shop-2", deploying.entry, 0.0)
    assert generation(store) > row.generation
    successor = store.exposure("shop", "production")
    assert successor is not None
    assert (successor.observed_percent, successor.observed_at, successor.in_step) == (None, None, False)


def test_a_read_back_counts_only_for_the_newest_wish(store: Store) -> None:
    scenario = Scenario().in_production()
    keep(store, scenario.journal)
    before = store.exposure("shop", "production")
    assert before is not None
    with store.transaction() as t:
        assert not t.observe_exposure("shop", "production", before.generation - 1, 0.0, START)
        assert not t.observe_exposure("shop", "staging", 99, 0.0, START)
    assert store.exposure("shop", "production") == before
    with store.transaction() as t:
        assert t.observe_exposure("shop", "production", before.generation, 1.0, START + 5)
    production, staging = store.exposures()
    assert staging.environment == "staging"
    assert production == replace(
        before, observed_percent=1.0, observed_generation=before.generation, observed_at=START + 5
    )
    assert production.in_step
    assert store.exposures(wanting=True) == [staging]
    keep(store, scenario.looked(BAD).journal)
    after = store.exposure("shop", "production")
    assert after is not None
    assert after in store.exposures(wanting=True)
    assert (after.in_step, after.observed_percent) == (False, 1.0)


# ── messages, looks, samples ─────────────────────────────────────────────────────────────────────────────────────────


def card(release: str, version: int = 1) -> Message:
    return Message(f"card/{release}", release, "card", version, "C0RELEASES", f"17.{release}", "d1")


def test_a_kept_message_is_found_while_its_release_moves_and_until_its_end_is_shown(store: Store) -> None:
    scenario = Scenario().staged()
    keep(store, scenario.journal)
    assert store.message("card/shop-1") is None
    with store.transaction() as t:
        t.save_message(card("shop-1"))
    assert store.messages() == [store.message("card/shop-1")] == [card("shop-1")]
    keep(store, scenario.when(c.CancelRelease("shop-1", "not today"), ADA).journal)
    assert store.messages() == [card("shop-1")]
    with store.transaction() as t:
        t.show_message("card/shop-1", scenario.state.version, "d2")
    shown = replace(card("shop-1", scenario.state.version), shown_digest="d2")
    assert store.messages() == []
    assert store.messages("shop-1") == [shown]
    assert store.messages("shop-2") == []


def test_the_message_that_was_left_as_it_is_for_longest_comes_first(store: Store) -> None:
    names = ["shop-1", "shop-2", "shop-3"]
    for name in names:
        keep(store, Scenario(id=name).staged().journal)
        with store.transaction() as t:
            t.save_message(card(name))
    assert [message.release for message in store.messages()] == names
    with store.transaction() as t:
        t.show_message("card/shop-1", 1, "d2")
    assert [message.release for message in store.messages()] == ["shop-2", "shop-3", "shop-1"]


def test_a_card_that_an_event_came_to_goes_before_those_whose_numbers_moved(store: Store) -> None:
    for name in ("shop-1", "shop-2"):
        scenario = Scenario(id=name).staged()
        keep(store, scenario.journal)
        with store.transaction() as t:
            t.save_message(card(name, scenario.state.version))
    assert [message.release for message in store.messages()] == ["shop-1", "shop-2"]
    keep(store, scenario.prepared().journal)
    assert [message.release for message in store.messages()] == ["shop-2", "shop-1"]


def test_whose_thread_it_is_is_known_by_its_first_message(store: Store) -> None:
    with store.transaction() as t:
        t.save_message(card("shop-1"))
        t.save_message(card("shop-2"))
    assert store.release_of("C0RELEASES", "17.shop-2") == "shop-2"
    assert store.release_of("C0OTHER", "17.shop-2") is None


def test_what_models_cost_adds_up_for_each_release(store: Store) -> None:
    assert store.spent("shop-1") == Spent()
    for release, spent in (("shop-1", Spent(1_200, 0.25)), ("shop-2", Spent(7, 0.0)), ("shop-1", Spent(300, 0.5))):
        with store.transaction() as t:
            t.spend(release, spent)
    assert (store.spent("shop-1"), store.spent("shop-2")) == (Spent(1_500, 0.75), Spent(7, 0.0))


def test_only_the_latest_look_is_kept_and_it_counts_for_its_own_entry(store: Store) -> None:
    assert store.look("shop-1") is None
    with store.transaction() as t:
        t.save_look(Look("shop-1", 3, START, FINE))
        t.save_look(Look("shop-1", 4, START + 5, BAD))
        assert t.surroundings("shop", "shop-1", 4, START).looked_at == START + 5
        assert t.surroundings("shop", "shop-1", 3, START).looked_at is None
        assert t.surroundings("shop", "shop-1", None, START).looked_at is None
    assert store.look("shop-1") == Look("shop-1", 4, START + 5, BAD)


def sample(at: float, metric: str = "errors") -> StoredSample:
    return StoredSample(at, metric, "canary", "shop-a", '{"bad": 1, "all": 200}')


def test_samples_come_back_in_the_order_of_their_time(store: Store) -> None:
    many = [sample(START + 5, f"metric-{number}") for number in range(300)]
    with store.transaction() as t:
        t.add_samples("shop-1", 3, many)
        t.add_samples("shop-1", 4, [sample(START + 10)])
        t.add_samples("shop-1", 3, [sample(START)])
        t.add_samples("shop-2", 3, [sample(START)])
        t.add_samples("shop-2", 3, [])
    assert store.samples("shop-1") == [sample(START), *many, sample(START + 10)]
    assert store.samples("shop-1", 4) == [sample(START + 10)]
    assert store.samples("shop-3") == []


def test_a_worker_claims_nothing_in_a_lane_that_it_is_still_at(store: Store) -> None:
    with store.transaction() as t:
        t.enqueue([post(1), deploy(2), text(3)], START)
        t.drop_deploys("shop-1")
        t.enqueue([undo(4)], START + 1)
    busy = {deploy(2).lane, text(3).lane}
    assert store.next_effect_at(busy) == START
    with store.transaction() as t:
        assert [claimed.effect for claimed in t.claim(START + 1, 30.0, 9, busy)] == [post(1)]
        t.finish(post(1).key)
    assert store.next_effect_at({*busy, post(1).lane}) is None
    with store.transaction() as t:
        assert [claimed.effect for claimed in t.claim(START + 1, 30.0, 9)] == [undo(4), text(3)]


@pytest.fixture
def ended(store: Store) -> Store:
    """shop-1 has ended and shop-2 has not; each has an answer and three effects of then, and some of later."""
    keep(store, Scenario().staged().when(c.CancelRelease("shop-1", ""), ADA).journal)
    keep(store, Scenario(id="shop-2").staged().journal)
    for name, at in (("shop-1", START), ("shop-2", START), ("shop-1", START + 10)):
        with store.transaction() as t:
            t.remember(f"click on {name} at {at}", Answer(name, 2), at)
            first, second, _open = effects = [text(int(at - START) + number, name) for number in (1, 2, 3)]
            t.enqueue(effects, at)
            t.finish(first.key)
            t.give_up(second.key, at, "no such channel")
    return store


def test_old_answers_of_releases_that_have_ended_are_forgotten(ended: Store) -> None:
    with ended.transaction() as t:
        assert t.forget_answers(START) == 0
        assert t.forget_answers(START + 1) == 1
        assert t.forget_answers(START + 1) == 0
        assert t.answer_to(f"click on shop-1 at {START}") is None
        assert t.answer_to(f"click on shop-2 at {START}") == Answer("shop-2", 2)
        assert t.answer_to(f"click on shop-1 at {START + 10}") == Answer("shop-1", 2)


def test_old_effects_of_releases_that_have_ended_are_forgotten_once_nothing_is_left_to_do(ended: Store) -> None:
    with ended.transaction() as t:
        assert t.forget_effects(START) == 0
        assert t.forget_effects(START + 1) == 2
        assert t.forget_effects(START + 1) == 0
        assert [one.effect for one in t.claim(START + 10, 30.0, 9)] == [text(3), text(3, "shop-2"), text(13)]
    assert [key for key, _ in ended.given_up()] == [text(2, "shop-2").key, text(12).key]


def test_when_the_clock_was_put_back_nothing_waits_until_it_is_where_it_was(store: Store) -> None:
    with store.transaction() as t:
        t.enqueue([text(1), text(2), text(3)], START)
        t.claim(START, 30.0, 2)
        t.retry(text(1).key, START + 60, "not now", uncertain=False)
        t.bring_forward(START - 20, 120.0, 60.0)
    assert store.next_effect_at() == START
    with store.transaction() as t:
        t.bring_forward(START - 3_600, 120.0, 30.0)
        assert [one.effect for one in t.claim(START - 3_600, 60.0, 9)] == [text(1), text(3)]
        assert t.claim(START - 3_571, 30.0, 9) == []
        assert [one.effect for one in t.claim(START - 3_570, 30.0, 9)] == [text(2)]


def test_old_samples_are_forgotten_but_not_where_something_rests_on_them(store: Store) -> None:
    with store.transaction() as t:
        for name in ("shop-1", "shop-2"):
            t.add_samples(name, 1, [sample(START), sample(START + 10)])
        assert t.forget_samples(START + 10, keep=["shop-2"]) == 1
    assert store.samples("shop-1") == [sample(START + 10)]
    assert store.samples("shop-2") == [sample(START), sample(START + 10)]
    with store.transaction() as t:
        assert t.forget_samples(START + 11) == 3
        assert t.forget_samples(START + 11) == 0


# ── absences ─────────────────────────────────────────────────────────────────────────────────────────────────────────

AWAY = Absence("absence-1", ADA, "U0OMAR", "the sea", START, START + 60, START + 120)


def test_an_absence_is_kept_surrounds_every_release_and_is_gone_from_there_once_it_is_ended(store: Store) -> None:
    with store.transaction() as t:
        assert t.next_absence() == "absence-1"
        t.save_absence(AWAY)
        assert t.next_absence() == "absence-2"
    assert store.open_absences() == [AWAY]
    assert around(store).absences == (AWAY,)
    ended = replace(AWAY, ended_at=START + 70)
    with store.transaction() as t:
        t.save_absence(ended)
        assert t.absence("absence-1") == ended
        assert t.absence("absence-2") is None
    assert store.open_absences() == []
    assert around(store).absences == ()
