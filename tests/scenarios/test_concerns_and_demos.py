"""A worry with its severity, what is decided about it, what follows; and somebody who wants to be shown it live."""

from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.contents import Severity
from bot.core.gates import all_go
from bot.core.model import Phase
from bot.core.voices import Decision
from bot.texts.risk import risk_in_words
from bot.views.answers import status
from bot.views.approval import approval
from bot.views.card import card
from bot.views.concerns import follow_ups
from tests.support.scenario import ADA, CHANGES, OMAR, PRIYA, QUINN, STRANGER, VICTOR, Scenario

MEMBER = replace(QUINN, in_channel=True)


def worried(severity: Severity | None = Severity.MAJOR) -> Scenario:
    at = Scenario().on_staging()
    return at.when(c.RaiseConcern("shop-1", at.entry, "the cart is slow", severity), VICTOR)


def with_a_caveat() -> Scenario:
    return worried().when(c.DecideConcern("shop-1", 1, Decision.CAVEAT, "support knows"), PRIYA)


def question(at: Scenario) -> str:
    return str(approval(at.state, at.now))


# ── concerns ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_how_bad_a_worry_is_stands_with_it() -> None:
    assert worried().state.concerns[0].severity is Severity.MAJOR
    assert worried(None).state.concerns[0].severity is None, "as in journals from before it was asked"


def test_what_is_left_out_is_a_change_of_the_release() -> None:
    at = worried()
    for change in ("", "f" * 40):
        left_out = c.DecideConcern("shop-1", 1, Decision.DESCOPE, "later", change)
        at.refused(left_out, PRIYA, saying="say which change of shop-1 is left out")
    at.when(c.DecideConcern("shop-1", 1, Decision.DESCOPE, "later", CHANGES[0].commit), PRIYA)
    assert at.state.concerns[0].change == CHANGES[0].commit
    assert at.is_now(Phase.ROLLING_BACK).state.rollback is not None


def test_a_change_is_kept_of_what_is_left_out_only() -> None:
    at = worried().when(c.DecideConcern("shop-1", 1, Decision.CAVEAT, "so be it", CHANGES[0].commit), PRIYA)
    assert at.state.concerns[0].change == ""


# ── what follows ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_caveat_leaves_a_follow_up_that_blocks_nothing() -> None:
    at = with_a_caveat()
    assert [one.number for one in at.state.caveats if one.done is None] == [1]
    at.approved().held(60).is_now(Phase.DEPLOYING)
    shown = str(status(at.state, None, at.now)), str(follow_ups([at.state], "shop", at.now))
    for words in shown:
        assert "Open since" in words
        assert "Concern 1 (major) of shop-1 (shop v1.1.0), from Victor" in words
        assert "decided by Priya" in words
        assert "the cart is slow" in words
        assert "support knows" in words
    assert '"follow_up"' in shown[1].replace("'", '"')


@pytest.mark.parametrize("by", [VICTOR, PRIYA, ADA, Actor("root", Door.SHELL)])
def test_whoever_raised_or_decided_it_and_operators_close_a_follow_up(by: Actor) -> None:
    at = with_a_caveat().approved().held(60)
    at.when(c.CloseFollowUp("shop-1", 1, "mended in v1.1.1"), by).then(e.FollowUpClosed)
    listed = str(follow_ups([at.state], "", at.now))
    assert "No follow-up" in listed
    assert "Done" in listed
    assert '"follow_up"' not in listed.replace("'", '"')
    at.refused(c.CloseFollowUp("shop-1", 1), ADA, saying="has closed that follow-up already")


def test_nobody_else_closes_one_and_hears_who_could() -> None:
    at = with_a_caveat()
    at.refused(c.CloseFollowUp("shop-1", 1), OMAR, saying="<@U0VICTOR>, <@U0PRIYA>, <@U0ADA>")
    at.refused(c.CloseFollowUp("shop-1", 2), ADA, saying="has no concern 2")
    worried().refused(c.CloseFollowUp("shop-1", 1), ADA, saying="was no caveat")


def test_a_follow_up_outlives_its_release() -> None:
    at = with_a_caveat().when(c.CancelRelease("shop-1", "not today"), ADA).exposed()
    at.when(c.ReportUndone("shop-1", at.entry)).is_now(Phase.CANCELLED)
    at.when(c.CloseFollowUp("shop-1", 1), VICTOR).then(e.FollowUpClosed).is_now(Phase.CANCELLED)


# ── live demos ───────────────────────────────────────────────────────────────────────────────────────────────────────


def demo(at: Scenario, times: str = "Tuesday at ten") -> c.AskForDemo:
    return c.AskForDemo("shop-1", at.entry, times)


def test_a_live_demo_blocks_nothing_and_shows_as_asked_until_it_was_given() -> None:
    at = Scenario().on_staging()
    at.when(demo(at), MEMBER).then(e.DemoAsked)
    assert "Quinn asked for a live demo at" in question(at)
    assert "it was not given yet" in question(at)
    assert "live demo asked for by Quinn" in str(card(at.state, None, at.now))
    assert not all_go(at.state, at.now)
    at.when(c.RecordDemo("shop-1", 1, "in the small room"), ADA).then(e.DemoGiven)
    assert "; given by Ada at" in question(at)
    assert "live demo asked for" not in str(card(at.state, None, at.now))


def test_the_release_goes_on_with_a_demo_open_and_the_demo_can_be_recorded_later() -> None:
    at = Scenario().on_staging()
    at.when(demo(at), VICTOR).approved().held(60).is_now(Phase.DEPLOYING)
    at.when(c.RecordDemo("shop-1", 1), ADA).then(e.DemoGiven)


def test_a_demo_needs_times_is_asked_once_and_by_those_who_are_near() -> None:
    at = Scenario().on_staging()
    at.refused(demo(at, "  "), VICTOR, saying="when it would suit you")
    at.refused(demo(at), STRANGER, saying="members of #releases")
    at.when(demo(at), VICTOR).refused(demo(at, "or Friday"), VICTOR, saying="already, and it was not given yet")
    at.refused(replace(demo(at), entry=1), PRIYA, saying="has moved on")


def test_a_demo_is_recorded_once_by_whoever_staged_it_or_operates() -> None:
    at = Scenario().on_staging()
    at.when(demo(at), VICTOR).refused(c.RecordDemo("shop-1", 1), PRIYA, saying="only the operators")
    at.refused(c.RecordDemo("shop-1", 2), ADA, saying="nobody has asked for demo 2")
    at.when(c.RecordDemo("shop-1", 1), ADA).refused(c.RecordDemo("shop-1", 1), ADA, saying="recorded that demo already")


# ── the message ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_question_says_how_risky_it_is_and_why() -> None:
    assert "*Risk*: standard: 2 changes, no migration, nothing breaking" in question(Scenario().on_staging())
    risky = (
        replace(CHANGES[0], title="feat!: orders have a new address", paths=("migrations/0007_add_address.sql",)),
        replace(CHANGES[1], paths=("requirements.txt", "shop/cart.py")),
    )
    at = Scenario().staged().when(c.ReportPrepared("shop-1", "c" * 40, "v1.1.0", "d" * 40, risky))
    assert risk_in_words(at.state) == "high: 1 migration, 1 breaking change; also dependencies"
    assert risk_in_words(Scenario().staged().state) == ""


def test_after_the_decision_the_question_says_who_decided_what() -> None:
    at = with_a_caveat().approved()
    asked = at.state
    said = str(approval(at.held(60).state, at.now, asked))
    assert "Victor said yes as vp-product" in said
    assert "Concern 1 (major), from Victor: Priya decided at <!date^1800000000^" in said
    assert "to release it with a caveat: support knows" in said


def test_taken_back_at_the_shell_says_by_whom() -> None:
    at = Scenario().on_staging()
    asked = at.state
    at.when(c.RollBackRelease("shop-1", "Slack is down"), Actor("root", Door.SHELL))
    assert "by root: Slack is down" in str(approval(at.state, at.now, asked))
