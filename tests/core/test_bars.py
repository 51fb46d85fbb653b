"""Locks and freezes as rows: who may make and end them, what is refused and in which words, what is announced when."""

from dataclasses import replace

import pytest

from bot.core.actors import Actor, Door
from bot.core.bars import (
    FREEZE_SECONDS_MAX,
    Asked,
    BarCommand,
    FreezeServices,
    LockService,
    Moment,
    ThawFreeze,
    UnlockService,
    decide,
    moment,
    next_moment_at,
    told_at_once,
)
from bot.core.beside import Bar, BarKind
from bot.core.errors import Refused
from tests.support.scenario import ADA, QUINN, START, plan

BEA = Actor("U0BEA", name="Bea")
ROOT = Actor("root", Door.SHELL, "root")
HOUR, DAY = 3_600.0, 86_400.0
PLANS = {"shop": plan(), "cart": plan(service="cart", operators=["U0BEA"])}

LOCK = Bar("lock-1", BarKind.LOCK, ("shop",), ADA, "moving", START, START)
FREEZE = Bar("freeze-1", BarKind.FREEZE, (), ADA, "sale", START, START + 2 * HOUR, START + DAY)


def asked(command: BarCommand, actor: Actor = ADA, *bars: Bar, now: float = START) -> Bar:
    return decide(command, Asked(bars, PLANS, actor, now))


def refused(saying: str, command: BarCommand, actor: Actor = ADA, *bars: Bar) -> None:
    with pytest.raises(Refused, match=saying):
        asked(command, actor, *bars)


def test_an_operator_locks_a_service_from_now_on() -> None:
    bar = asked(LockService("shop", "moving"))
    assert replace(bar, id="lock-1") == LOCK
    assert bar.is_in_force(START + 1000 * DAY)


def test_who_may_not_lock_hears_who_may() -> None:
    refused("only the operators of cart may lock cart: <@U0BEA>", LockService("cart", "x"))
    refused("only operators may freeze: <@U0ADA>, <@U0BEA>", FreezeServices((), START, START + 1, "x"), QUINN)
    refused("operators of cart", FreezeServices(("shop", "cart"), START, START + 1, "x"))


def test_an_unlocking_that_names_its_lock_lifts_no_other() -> None:
    later = replace(LOCK, id="lock-2", owner=BEA, reason="data is being lost")
    refused(r"data is being lost \(lock-2\), which you were not", UnlockService("shop", "moved", "lock-1"), ADA, later)
    assert asked(UnlockService("shop", "found", "lock-2"), ADA, later).lifted
    assert asked(UnlockService("shop", "found"), ADA, later).lifted


def test_of_a_service_whose_plan_is_gone_only_the_owner_and_the_shell_end_anything() -> None:
    on_both = replace(FREEZE, services=("shop", "gone"))
    for command, bar in (
        (UnlockService("gone", "x"), replace(LOCK, services=("gone",))),
        (ThawFreeze("freeze-1", "x"), replace(FREEZE, services=("gone",))),
        (ThawFreeze("freeze-1", "x"), on_both),
    ):
        stranger = ADA if bar.services == ("gone",) else Actor("U0ADA2", name="Mallory")
        owned = replace(bar, owner=BEA)
        saying = "operators of gone now: Bea may" if bar.services == ("gone",) else "only the operators of shop"
        refused(saying, command, stranger, owned)
        assert asked(command, BEA, owned).lifted
        assert asked(command, ROOT, owned).lifted
    refused(
        "operators of gone now: Bea may thaw it, or whoever",
        ThawFreeze("freeze-1", "x"),
        ADA,
        replace(on_both, owner=BEA),
    )
    with pytest.raises(Refused, match="operators of any service now"):
        decide(ThawFreeze("freeze-1", "x"), Asked([FREEZE], {}, QUINN, START))


def test_the_same_freeze_once_more_is_the_one_that_stands() -> None:
    standing = replace(FREEZE, services=("shop",), starts_at=START)
    again = FreezeServices(("shop",), START - 1, standing.ends_at or 0.0, "sale")
    assert asked(again, ADA, standing, now=START + 0.2) == standing
    for other in (
        replace(again, reason="another sale"),
        replace(again, ends_at=again.ends_at + 1),
        replace(again, services=("shop", "cart")),
    ):
        assert decide(other, Asked([standing], PLANS, ROOT if len(other.services) > 1 else ADA, START + 0.2)).id == ""


def test_an_operator_of_one_service_may_freeze_all_and_only_operators_of_all_or_the_owner_end_it() -> None:
    bar = replace(asked(FreezeServices((), START, START + DAY, "sale"), BEA), id="freeze-2")
    refused("operators of cart may thaw what Bea", ThawFreeze("freeze-2", "over"), ADA, bar)
    assert asked(ThawFreeze("freeze-2", "over"), BEA, bar).lifted
    assert asked(ThawFreeze("freeze-2", "over"), ROOT, bar).lifted


def test_another_operator_lifts_a_lock_with_a_reason() -> None:
    theirs = replace(LOCK, owner=QUINN)
    lift = asked(UnlockService("shop", "moved"), ADA, theirs).lifted
    assert lift is not None
    assert (lift.actor, lift.reason, lift.at) == (ADA, "moved", START)
    refused("needs its reason", UnlockService("shop", "  "), ADA, theirs)


def test_an_owner_at_another_door_is_somebody_else() -> None:
    refused("operators of shop", UnlockService("shop", "x"), Actor("root", Door.SLACK), replace(LOCK, owner=ROOT))


@pytest.mark.parametrize(
    ("command", "saying"),
    [
        (LockService("shop", "again"), "shop is locked by Ada: moving; /release unlock shop reason lifts it"),
        (LockService("shap", "x"), r"there is no plan for shap \(services: cart, shop\)"),
        (LockService("shop", ""), "reason"),
        (LockService("cart", "x" * 501), "operators"),
        (UnlockService("cart", "x"), r"cart is not locked: there is lock-1 \(shop\)"),
        (ThawFreeze("lock-1", "x"), "there is no freeze lock-1"),
        (FreezeServices(("shop",), START, START - 1, "x"), "end before it begins"),
        (FreezeServices(("shop",), START, START + FREEZE_SECONDS_MAX + 1, "x"), "lasts at most"),
        (FreezeServices(("shop",), START + 400 * DAY, START + 401 * DAY, "x"), "more than a year"),
        (FreezeServices(("shop",), START, START + DAY, "x" * 501), "500 fit"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(command: BarCommand, saying: str) -> None:
    if isinstance(command, LockService) and not command.reason:
        refused(saying, command)
    else:
        refused(saying, command, ADA, LOCK)


def test_a_freeze_that_is_over_cannot_be_ended() -> None:
    with pytest.raises(Refused, match="there is no freeze freeze-1"):
        asked(ThawFreeze("freeze-1", "x"), ADA, FREEZE, now=START + DAY)


def test_a_freeze_begins_now_at_the_earliest() -> None:
    assert asked(FreezeServices(("shop",), START - DAY, START + DAY, "x")).starts_at == START


def test_a_bar_is_in_force_from_its_first_moment_to_before_its_last() -> None:
    assert FREEZE.ends_at is not None
    times = (FREEZE.starts_at - 1, FREEZE.starts_at, FREEZE.ends_at - 1, FREEZE.ends_at)
    assert [FREEZE.is_in_force(at) for at in times] == [False, True, True, False]


# ── what is announced ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_freeze_is_announced_an_hour_before_when_it_begins_and_when_it_is_over() -> None:
    told, said, now = told_at_once(FREEZE), [], START
    while (at := next_moment_at(FREEZE, told)) is not None:
        assert moment(FREEZE, told, at - 1) is None
        now = at
        told = moment(FREEZE, told, now) or told
        said.append((told, now - START))
    assert said == [(Moment.SOON, HOUR), (Moment.BEGAN, 2 * HOUR), (Moment.OVER, DAY)]


def test_what_begins_within_the_hour_or_at_once_is_announced_so_and_not_again() -> None:
    assert told_at_once(replace(FREEZE, starts_at=START + HOUR)) is Moment.SOON
    assert told_at_once(replace(FREEZE, starts_at=START)) is Moment.BEGAN


def test_a_lock_has_no_moments_of_its_own() -> None:
    assert next_moment_at(LOCK, told_at_once(LOCK)) is None


def test_after_a_night_without_a_bot_only_the_newest_is_said() -> None:
    assert moment(FREEZE, Moment.MADE, START + DAY + 1) is Moment.OVER
    assert moment(FREEZE, Moment.MADE, START + 3 * HOUR) is Moment.BEGAN
    assert moment(FREEZE, Moment.OVER, START + 9 * DAY) is None
