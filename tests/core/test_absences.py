"""Saying that one is away: what is accepted, what is answered in words, and how it is written."""

from dataclasses import replace

import pytest

from bot.core.absences import Asked, ComeBack, GoAway, decide, delegate_of, standing_in
from bot.core.actors import Actor, Door
from bot.core.beside import Absence
from bot.core.errors import Refused
from bot.views.absences import absence_lines, away_from
from tests.support.scenario import PRIYA, QUINN, START, STRANGER, VICTOR, Scenario, plan

DAY = 86_400.0
AWAY = GoAway("U0QUINN", START, START + DAY, "the sea")
PLANS = {"shop": plan()}
HERE = Absence("absence-1", VICTOR, "U0QUINN", "the sea", START, START, START + DAY)


def asked(by: Actor, *absences: Absence, now: float = START) -> Asked:
    return Asked(absences, PLANS, by, now)


def refused(command: GoAway | ComeBack, at: Asked) -> str:
    with pytest.raises(Refused) as why:
        decide(command, at)
    return str(why.value)


def test_whoever_holds_a_role_by_name_says_who_stands_in() -> None:
    assert decide(AWAY, asked(VICTOR)) == replace(HERE, id="")


def test_an_absence_that_begins_in_the_past_begins_now() -> None:
    assert decide(replace(AWAY, starts_at=START - DAY), asked(VICTOR)).starts_at == START


def test_a_reason_is_not_needed() -> None:
    assert decide(replace(AWAY, reason=""), asked(VICTOR)).reason == ""


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (replace(AWAY, delegate="U0VICTOR"), "that is you"),
        (replace(AWAY, delegate="S0VICES"), "say who does it for you, one person"),
        (replace(AWAY, delegate=""), "say who does it for you"),
        (replace(AWAY, ends_at=START), "would end before it begins"),
        (replace(AWAY, ends_at=START + 93 * DAY), "lasts at most"),
        (replace(AWAY, starts_at=START + 400 * DAY, ends_at=START + 401 * DAY), "in more than a year"),
        (replace(AWAY, reason="x" * 501), "501 characters; 500 fit"),
    ],
)
def test_what_makes_no_sense_is_answered_in_words(command: GoAway, words: str) -> None:
    assert words in refused(command, asked(VICTOR))


def test_whoever_has_no_role_by_name_has_nothing_to_leave() -> None:
    assert "no plan gives you a role by name" in refused(AWAY, asked(STRANGER))


def test_nobody_is_away_twice_at_the_same_time() -> None:
    assert "you are away then already" in refused(replace(AWAY, delegate="U0OMAR"), asked(VICTOR, HERE))
    later = replace(AWAY, starts_at=START + DAY, ends_at=START + 2 * DAY)
    assert decide(later, asked(VICTOR, HERE)).starts_at == START + DAY


def test_whoever_is_away_themselves_does_it_for_nobody() -> None:
    theirs = replace(HERE, person=QUINN, delegate="U0OMAR")
    assert "is away themselves then" in refused(AWAY, asked(VICTOR, theirs))


def test_the_shell_is_nobody_who_could_be_away() -> None:
    assert "is said in Slack" in refused(AWAY, asked(Actor("U0VICTOR", Door.SHELL)))


def test_coming_back_ends_it_and_twice_is_answered() -> None:
    ended = decide(ComeBack(), asked(VICTOR, HERE, now=START + 60))
    assert ended == replace(HERE, ended_at=START + 60)
    assert not ended.is_in_force(START + 60)
    assert "you are not away" in refused(ComeBack(), asked(VICTOR))
    assert "you are not away" in refused(ComeBack(), asked(PRIYA, HERE))
    assert "you are not away" in refused(ComeBack(), asked(VICTOR, HERE, now=START + DAY))


def test_who_acts_for_whom_is_a_question_to_the_time() -> None:
    assert standing_in(QUINN, (HERE,), START).stands_for == ("U0VICTOR",)
    assert standing_in(QUINN, (HERE,), START + DAY) == QUINN
    assert standing_in(PRIYA, (HERE,), START) == PRIYA
    assert delegate_of("U0VICTOR", (HERE,), START) == "U0QUINN"
    assert delegate_of("U0VICTOR", (HERE,), START + DAY) == ""


def test_home_and_status_say_who_is_away_until_when_and_in_which_role_somebody_stands_in() -> None:
    (line,) = absence_lines((HERE,), (plan(),))
    assert "*Victor* is away from" in str(line)
    assert "<@U0QUINN> stands in as vp-product" in str(line)
    release = Scenario().on_staging().state
    assert "stands in as vp-product" in str(away_from(release, (HERE,), START))
    assert away_from(release, (HERE,), START + DAY) is None
    assert away_from(release, (replace(HERE, person=STRANGER),), START) is None
