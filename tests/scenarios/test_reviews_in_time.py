"""A yes grows old, and who is awaited is reminded: at times that are given, no more often than the plan says."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import SONGBIRD
from bot.core.beside import Bar, BarKind
from bot.core.due import due
from bot.core.model import Phase
from bot.core.plan import Reminder
from bot.core.reviews import working_time
from bot.core.voices import Reviewer
from bot.views.approval import approval
from tests.support.scenario import ADA, OMAR, PRIYA, VICTOR, Scenario, plan

HOUR = 3600.0
FRIDAY_8_UTC = 1_800_000_000.0
"""2027-01-15 08:00 UTC, when every scenario begins."""


def asked(roles: dict[str, list[str]] | None = None, **gate: Any) -> Scenario:
    """Nothing but a review, that has just been asked for."""
    by = roles or {"product-manager": ["U0PRIYA"], "vp-product": ["U0VICTOR"]}
    wanted = {"gate": "approval", "roles": dict.fromkeys(by, 1), **gate}
    stages = [{"name": "qa", "steps": [{"gates": [wanted], "time_max": "60d"}]}]
    return Scenario(plan(roles=by, stages=stages)).staged().prepared().written()


def tick(at: Scenario) -> Scenario:
    return at.when(c.Tick("shop-1", at.entry))


def to_the_next_tick(at: Scenario) -> Scenario:
    """As the clock does it: when the release says that it is due."""
    wanted = due(at.state, None, at.now)
    assert wanted is not None
    return tick(at.wait(wanted - at.now))


# ── a yes that has grown too old ─────────────────────────────────────────────────────────────────────────────────────


def test_a_yes_older_than_the_plan_lets_it_be_counts_no_more() -> None:
    at = asked(expires="24h")
    at.when(at.approval(), PRIYA).wait(24 * HOUR - 1)
    tick(at).then()
    to_the_next_tick(at).then(e.ApprovalExpired)
    assert at.journal[-1].actor == SONGBIRD
    assert at.happened == (e.ApprovalExpired(at.entry, "product-manager", PRIYA, FRIDAY_8_UTC),)
    at.when(at.approval(), VICTOR).is_now(Phase.PROVING)
    at.when(at.approval(), PRIYA).is_now(Phase.HEALTHY)


def test_only_the_yes_that_is_too_old_goes() -> None:
    roles = {"product-manager": ["U0PRIYA"], "vp-product": ["U0VICTOR"], "on-duty": ["U0OMAR"]}
    at = asked(roles, expires="24h")
    at.when(at.approval(), PRIYA).wait(10 * HOUR).when(at.approval(), VICTOR)
    tick(at.wait(14 * HOUR)).then(e.ApprovalExpired)
    assert at.state.entry is not None
    assert [one.actor.name for one in at.state.entry.approvals] == ["Victor"]


def test_the_last_yes_does_not_carry_one_that_is_too_old() -> None:
    """The bot was away when it expired: whoever presses next must not find it counting."""
    at = asked(expires="24h")
    at.when(at.approval(), PRIYA).wait(25 * HOUR)
    at.when(at.approval(), VICTOR).then(e.ApprovalExpired, e.ReleaseApproved).is_now(Phase.PROVING)
    assert [one.actor.name for one in at.journal[-2:]] == ["Songbird", "Victor"]


def test_whoever_said_yes_too_long_ago_may_say_it_again_at_once() -> None:
    at = asked(expires="24h")
    at.when(at.approval(), PRIYA).refused(at.approval(), PRIYA, saying="already").wait(24 * HOUR)
    at.when(at.approval(), PRIYA).then(e.ApprovalExpired, e.ReleaseApproved)
    assert at.state.entry is not None
    assert [one.at for one in at.state.entry.approvals] == [at.now]


def test_a_refusal_lets_nothing_expire() -> None:
    at = asked(expires="24h")
    at.when(at.approval(), PRIYA).wait(25 * HOUR).refused(at.approval(), OMAR, saying="only")
    assert at.state.entry is not None
    assert len(at.state.entry.approvals) == 1


def test_without_a_limit_a_yes_stays_one() -> None:
    at = asked()
    at.when(at.approval(), PRIYA).wait(30 * 24 * HOUR)
    tick(at).then()
    at.when(at.approval(), VICTOR).is_now(Phase.HEALTHY)


def test_the_question_waits_again_for_whoever_expired() -> None:
    at = asked(expires="24h")
    at.when(at.approval(), PRIYA)
    assert "Waiting for <@U0VICTOR>" in str(approval(at.state, at.now))
    to_the_next_tick(at)
    assert "Waiting for <@U0PRIYA>, <@U0VICTOR>" in str(approval(at.state, at.now))


# ── reminders ────────────────────────────────────────────────────────────────────────────────────────────────────────

CLOCKS = (Reviewer("U0PRIYA", 0), Reviewer("U0VICTOR", -5 * 3600))
REMIND = {"every": "4h", "most": 3}


def reminded(at: Scenario) -> dict[str, list[str]]:
    """By person, the times at which they were reminded, in UTC."""
    times: dict[str, list[str]] = {}
    for one in at.journal:
        if isinstance(one.event, e.ReviewersReminded):
            for person in one.event.people:
                times.setdefault(person, []).append(datetime.fromtimestamp(one.at, UTC).strftime("%a %H:%M"))
    return times


def live(at: Scenario, seconds: float) -> Scenario:
    """Every tick that it wants, for so long."""
    until = at.now + seconds
    while (wanted := due(at.state, None, at.now)) is not None and wanted <= until:
        tick(at.wait(wanted - at.now))
    return at.wait(until - at.now)


def known(at: Scenario, *reviewers: Reviewer) -> Scenario:
    return at.when(c.ReportReviewers("shop-1", at.entry, reviewers or CLOCKS))


def test_who_is_awaited_is_reminded_in_their_own_working_hours_and_no_more_than_the_plan_says() -> None:
    """Priya is in London, Victor in New York; it is asked on a Friday at eight in London."""
    at = live(known(asked(remind=REMIND)), 14 * 24 * HOUR)
    assert reminded(at) == {
        "U0PRIYA": ["Fri 12:00", "Fri 16:00", "Mon 09:00"],
        "U0VICTOR": ["Fri 14:00", "Fri 18:00", "Fri 22:00"],
    }


def test_whoever_has_said_yes_is_not_reminded() -> None:
    at = known(asked(remind=REMIND))
    at.when(at.approval(), PRIYA)
    assert list(reminded(live(at, 3 * 24 * HOUR))) == ["U0VICTOR"]


def test_of_whom_slack_said_no_hours_nobody_is_reminded() -> None:
    assert reminded(live(asked(remind=REMIND), 14 * 24 * HOUR)) == {}
    assert list(reminded(live(known(asked(remind=REMIND), CLOCKS[0]), 14 * 24 * HOUR))) == ["U0PRIYA"]


def test_members_of_a_group_are_reminded_until_one_has_said_yes() -> None:
    roles = {"product-manager": ["S0PRODUCT"], "vp-product": ["U0VICTOR"]}
    members = (Reviewer("U0PRIYA", 0, ("S0PRODUCT",)), Reviewer("U0OMAR", 0, ("S0PRODUCT",)))
    at = live(known(asked(roles, remind=REMIND), *members), 5 * HOUR)
    assert set(reminded(at)) == {"U0PRIYA", "U0OMAR"}
    at.when(at.approval(), replace(PRIYA, groups=("S0PRODUCT",)))
    before = reminded(at)
    assert reminded(live(at, 5 * 24 * HOUR)) == before


def test_a_held_release_reminds_nobody() -> None:
    at = known(asked(remind=REMIND)).when(c.HoldRelease("shop-1", "lunch"), ADA)
    assert reminded(live(at, 3 * 24 * HOUR)) == {}


def test_nobody_is_reminded_while_the_service_is_locked_or_frozen_and_a_yes_expires_all_the_same() -> None:
    at = known(asked(expires="20h", remind=REMIND))
    at.when(at.approval(), VICTOR)
    freeze = Bar("freeze-1", BarKind.FREEZE, (), ADA, "the holidays", at.now, at.now, at.now + 4 * 24 * HOUR)
    at.around = replace(at.around, bars=(freeze,))
    while at.now < freeze.starts_at + 4 * 24 * HOUR:
        wanted = due(at.state, None, at.now, at.around.bars)
        assert wanted is not None
        tick(at.wait(wanted - at.now))
    assert e.ApprovalExpired in [type(one.event) for one in at.journal]
    assert reminded(at) == {}
    assert reminded(live(at, 2 * HOUR)) == {"U0PRIYA": ["Tue 09:00"]}


def test_a_bot_that_was_away_reminds_once_and_not_for_every_time_it_missed() -> None:
    at = tick(known(asked(remind=REMIND)).wait(3 * 24 * HOUR + 4 * HOUR))
    assert reminded(at) == {"U0PRIYA": ["Mon 12:00"]}
    tick(at).then()


def test_at_night_a_late_tick_waits_for_the_morning() -> None:
    at = tick(known(asked(remind=REMIND)).wait(14 * HOUR))
    assert "U0PRIYA" not in reminded(at)


def test_after_a_yes_expired_a_reminder_comes_no_sooner_than_after_the_question() -> None:
    """Asked at 8, approved at 11, expired at 13."""
    at = known(asked(expires="2h", remind=REMIND), CLOCKS[0])
    at.wait(3 * HOUR).when(at.approval(), PRIYA)
    assert reminded(live(at, 12 * HOUR)) == {"U0PRIYA": ["Fri 17:00"]}


def test_the_reviewers_are_known_once() -> None:
    known(known(asked(remind=REMIND))).then()


@pytest.mark.parametrize(
    ("at", "offset_hours", "wanted"),
    [
        ("2027-01-15 08:59", 0, "2027-01-15 09:00"),
        ("2027-01-15 09:00", 0, "2027-01-15 09:00"),
        ("2027-01-15 17:59", 0, "2027-01-15 17:59"),
        ("2027-01-15 18:00", 0, "2027-01-18 09:00"),
        ("2027-01-16 12:00", 0, "2027-01-18 09:00"),
        ("2027-01-17 23:30", 0, "2027-01-18 09:00"),
        ("2027-01-17 23:30", 9, "2027-01-18 00:00"),
        ("2027-01-15 08:00", -8, "2027-01-15 17:00"),
        ("2027-01-18 03:00", 14, "2027-01-18 03:00"),
    ],
)
def test_working_hours_are_weekdays_where_the_person_is(at: str, offset_hours: int, wanted: str) -> None:
    def seconds(written: str) -> float:
        return datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()

    remind = Reminder.model_validate({"every": "4h", "most": 1})
    assert working_time(seconds(at), offset_hours * 3600, remind) == seconds(wanted)


@pytest.mark.parametrize("hours", ["18:00-09:00", "09:00-09:00", "9-18", "09:00-25:00", "always"])
def test_hours_that_are_none_are_a_mistake_in_the_plan(hours: str) -> None:
    with pytest.raises(ValidationError):
        Reminder.model_validate({"every": "4h", "most": 1, "hours": hours})


def test_a_reminder_calls_whom_it_reminds() -> None:
    at = live(known(asked(remind=REMIND)), 5 * HOUR)
    assert e.ReviewersReminded(at.entry, ("U0PRIYA",)) in [one.event for one in at.journal]
    assert VICTOR.id not in reminded(at)
