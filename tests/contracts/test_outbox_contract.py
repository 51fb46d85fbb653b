"""What every store promises about effects: claimed by one, in order, safety first, and never forgotten."""

from collections.abc import Callable

from bot.core.effects import Effect
from bot.store.ports import Claimed, Store
from tests.contracts.store_fixtures import deploy, post, text, undo
from tests.support.scenario import START

LEASE = 30.0


def ask(store: Store, *effects: Effect, at: float = START) -> None:
    with store.transaction() as t:
        t.enqueue(effects, at)


def claim(store: Store, at: float = START, most: int = 10) -> list[Claimed]:
    with store.transaction() as t:
        return t.claim(at, LEASE, most)


def keys(claimed: list[Claimed]) -> list[str]:
    return [one.effect.key for one in claimed]


def finish(store: Store, effect: Effect) -> None:
    with store.transaction() as t:
        t.finish(effect.key)


def test_an_effect_comes_back_whole_to_the_one_who_claims_it(store: Store) -> None:
    ask(store, deploy(4))
    assert claim(store, START + 2) == [Claimed(deploy(4), 1, START + 2 + LEASE, uncertain=False, wanted_at=START)]


def test_what_one_holds_no_other_can_claim(open_store: Callable[[], Store]) -> None:
    mine, theirs = open_store(), open_store()
    ask(mine, text(1), text(2))
    assert keys(claim(mine, most=1)) == [text(1).key]
    assert keys(claim(theirs)) == [text(2).key]
    assert claim(mine) == claim(theirs) == []


def test_no_more_are_claimed_than_there_is_room_for(store: Store) -> None:
    ask(store, *(text(number) for number in range(5)))
    assert claim(store, most=0) == claim(store, most=-1) == []
    assert len(claim(store, most=3)) == 3


def test_safety_comes_first_then_work_then_words_and_the_oldest_of_each(store: Store) -> None:
    late = undo(9, "shop-2")
    ask(store, post(1), text(2), post(3, "shop-2"), at=START)
    ask(store, late, at=START + 5)
    assert keys(claim(store, START + 5)) == [late.key, post(1).key, text(2).key, post(3, "shop-2").key]


def test_the_same_event_cannot_ask_twice(store: Store) -> None:
    ask(store, text(1))
    finish(store, text(1))
    ask(store, text(1))
    assert claim(store) == []
    assert store.next_effect_at() is None


def test_words_of_a_release_are_said_one_after_the_other(store: Store) -> None:
    ask(store, post(1), post(2), post(3), post(1, "shop-2"))
    assert keys(claim(store)) == [post(1).key, post(1, "shop-2").key]
    assert claim(store) == []
    finish(store, post(1))
    assert keys(claim(store)) == [post(2).key]


def test_a_failed_word_holds_up_those_behind_it_until_it_is_said(store: Store) -> None:
    ask(store, post(1), post(2))
    claim(store)
    with store.transaction() as t:
        t.retry(post(1).key, START + 5, "429", uncertain=False)
    assert store.next_effect_at() == START + 5
    assert claim(store, START + 4) == []
    again = claim(store, START + 5)
    assert keys(again) == [post(1).key]
    assert (again[0].attempt, again[0].uncertain) == (2, False)


def test_a_word_that_failed_for_good_is_skipped_and_stays_to_be_seen(store: Store) -> None:
    ask(store, post(1), post(2))
    claim(store)
    with store.transaction() as t:
        t.give_up(post(1).key, START, "channel_not_found")
    assert keys(claim(store)) == [post(2).key]
    assert store.given_up() == [(post(1).key, "channel_not_found")]


def test_whoever_died_with_an_effect_in_hand_may_have_done_it(store: Store) -> None:
    ask(store, text(1))
    claim(store)
    assert store.next_effect_at() == START + LEASE
    assert claim(store, START + LEASE - 0.1) == []
    (again,) = claim(store, START + LEASE)
    assert (again.attempt, again.uncertain, again.leased_until) == (2, True, START + 2 * LEASE)


def test_whoever_is_still_at_it_keeps_it(store: Store) -> None:
    ask(store, text(1), text(2))
    claim(store, most=1)
    with store.transaction() as t:
        t.renew([text(1).key, text(2).key], START + 2 * LEASE)
    assert keys(claim(store, START + LEASE)) == [text(2).key]
    assert keys(claim(store, START + 2 * LEASE)) == [text(1).key, text(2).key]


def test_an_unknown_outcome_is_told_to_the_next_attempt_until_it_is_known(store: Store) -> None:
    ask(store, text(1))
    claim(store)
    with store.transaction() as t:
        t.retry(text(1).key, START, "no answer", uncertain=True)
    (second,) = claim(store)
    assert second.uncertain
    with store.transaction() as t:
        t.retry(text(1).key, START, "429", uncertain=False)
    (third,) = claim(store)
    assert (third.attempt, third.uncertain) == (3, False)


def test_a_deploy_that_is_not_wanted_any_more_is_not_started(store: Store) -> None:
    ask(store, deploy(4), deploy(4, "shop-2"))
    with store.transaction() as t:
        t.drop_deploys("shop-1")
    assert keys(claim(store)) == [deploy(4, "shop-2").key]


def test_a_running_deploy_that_is_not_wanted_any_more_is_named_to_its_worker(store: Store) -> None:
    ask(store, deploy(4), text(5))
    held = keys(claim(store))
    assert store.wants_cancelling(held) == set()
    with store.transaction() as t:
        t.drop_deploys("shop-1")
    assert store.wants_cancelling(held) == {deploy(4).key}
    assert store.wants_cancelling([text(5).key]) == store.wants_cancelling([]) == set()


def test_an_undo_waits_for_a_deploy_that_is_wanted_and_not_for_one_that_is_not(store: Store) -> None:
    ask(store, deploy(4), undo(7))
    assert keys(claim(store)) == [deploy(4).key]
    assert claim(store) == []
    with store.transaction() as t:
        t.drop_deploys("shop-1")
    assert keys(claim(store)) == [undo(7).key]


def test_nothing_brings_a_dropped_deploy_back(store: Store) -> None:
    ask(store, deploy(4))
    claim(store)
    with store.transaction() as t:
        t.drop_deploys("shop-1")
        t.retry(deploy(4).key, START, "no answer", uncertain=True)
        t.renew([deploy(4).key], START)
        t.give_up(deploy(4).key, START, "killed")
        t.finish(deploy(4).key)
    assert claim(store, START + 2 * LEASE) == []
    assert store.given_up() == []
    assert store.wants_cancelling([deploy(4).key]) == {deploy(4).key}


def test_what_is_done_stays_done_whatever_is_said_later(store: Store) -> None:
    ask(store, deploy(4))
    claim(store)
    finish(store, deploy(4))
    with store.transaction() as t:
        t.retry(deploy(4).key, START, "late", uncertain=True)
        t.give_up(deploy(4).key, START, "later")
        t.drop_deploys("shop-1")
    assert claim(store, START + 2 * LEASE) == []
    assert store.given_up() == []
    assert store.wants_cancelling([deploy(4).key]) == set()


def test_the_next_time_to_look_is_of_what_could_be_claimed_then(store: Store) -> None:
    assert store.next_effect_at() is None
    ask(store, post(1), post(2))
    assert store.next_effect_at() == START
    claim(store)
    assert store.next_effect_at() == START + LEASE
