"""The forms that buttons open: opened, filled in and sent through the real Bolt app."""

from collections.abc import AsyncIterator

import pytest

from bot.core import commands as c
from bot.core.actors import Actor
from bot.core.contents import Severity
from bot.core.events import VerdictChanged
from bot.core.model import Phase
from bot.core.rooms import Room
from bot.core.voices import Decision
from bot.sandbox.workspace.seed import ADA, PRIYA, QUINN, RELEASES
from bot.views.approval import approval
from bot.views.blocks import actions, button, rendered
from bot.views.card import card
from bot.views.messages import message
from bot.views.modals import MODALS
from handlers import presses
from tests.contracts.workspace_fixtures import until
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import BAD, ODD, START, Scenario

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
async def review() -> AsyncIterator[Slack]:
    async with slack(Scenario().on_staging()) as found:
        yield found


async def open_from_approval(here: Slack, person: str, name: str) -> None:
    head = await here.post(card(here.service.scenarios["shop-1"].state, None, START))
    ts = await here.post(approval(here.service.scenarios["shop-1"].state, START), head)
    assert await here.press(person, ts, name) == {"ok": True}
    assert (await here.opened(person))["callback_id"] == name


async def open_from_card(here: Slack, person: str, name: str) -> None:
    ts = await here.post(card(here.service.scenarios["shop-1"].state, None, START))
    assert await here.press(person, ts, name) == {"ok": True}
    assert (await here.opened(person))["callback_id"] == name


async def test_rejecting_asks_for_a_reason_and_is_bound_to_what_was_shown(review: Slack) -> None:
    asked = review.service.scenarios["shop-1"].approval()
    await open_from_approval(review, PRIYA, "reject")
    assert await review.submit(PRIYA, reason="the cart is empty") == {"ok": True}
    assert review.service.commands == [c.Reject("shop-1", asked.entry, asked.subject, "the cart is empty")]
    assert review.modals(PRIYA) == 0


async def test_a_no_from_another_workspace_is_none(review: Slack) -> None:
    """A form that is sent from a shared channel says that it is another company's, and the person too."""
    await open_from_approval(review, PRIYA, "reject")
    review.moves_elsewhere(PRIYA)
    answered = await review.submit(PRIYA, reason="the cart is empty")
    assert "came from another workspace" in answered["errors"]["reason"]
    assert review.modals(PRIYA) == 1, "nothing that was typed is lost"
    assert review.service.keys == []


async def test_a_no_from_another_thread_is_none(review: Slack) -> None:
    """The form says where it was opened."""
    await open_from_approval(review, PRIYA, "reject")
    review.asking.threads.clear()
    answered = await review.submit(PRIYA, reason="the cart is empty")
    assert "not the thread of shop-1" in answered["errors"]["reason"]
    assert review.service.keys == []


async def test_a_no_on_an_old_question_is_refused_in_words(review: Slack) -> None:
    await open_from_approval(review, PRIYA, "reject")
    review.service.scenarios["shop-1"].approved().held(60).deployed()
    answered = await review.submit(PRIYA, reason="the cart is empty")
    assert "has moved on" in answered["errors"]["reason"]
    assert review.service.commands == []


async def test_a_concern_is_raised_by_a_member_of_the_channel(review: Slack) -> None:
    await open_from_approval(review, QUINN, "concern")
    said = {"text": "what about <old> carts & baskets?", "severity": "critical"}
    assert await review.submit(QUINN, **said) == {"ok": True}
    entry = review.service.scenarios["shop-1"].entry
    assert review.service.commands == [c.RaiseConcern("shop-1", entry, said["text"], Severity.CRITICAL)]
    assert review.service.handled[0][1].in_channel


async def test_a_concern_is_decided_from_its_own_message(review: Slack) -> None:
    scenario = review.service.scenarios["shop-1"].when(c.RaiseConcern("shop-1", 2, "slow"), Actor(PRIYA))
    said = message(scenario.journal[-1], scenario.state, Room.THREAD)
    assert said is not None
    head = await review.post(card(scenario.state, None, START))
    assert await review.press(PRIYA, await review.post(said, head), "decide_concern") == {"ok": True}
    assert await review.submit(PRIYA, decision="caveat", words="slow on old carts") == {"ok": True}
    decided = c.DecideConcern("shop-1", 1, Decision.CAVEAT, "slow on old carts")
    assert review.service.commands == [decided]
    assert type(review.service.commands[0].decision) is Decision, "equal text is not the same decision"


async def test_what_is_left_out_is_chosen_in_the_form(review: Slack) -> None:
    scenario = review.service.scenarios["shop-1"].when(c.RaiseConcern("shop-1", 2, "slow"), Actor(PRIYA))
    said = message(scenario.journal[-1], scenario.state, Room.THREAD)
    assert said is not None
    head = await review.post(card(scenario.state, None, START))
    await review.press(PRIYA, await review.post(said, head), "decide_concern")
    answered = await review.submit(PRIYA, decision="descope", words="the widgets come later")
    assert "say which change of shop-1 is left out" in answered["errors"]["words"].lower()
    chosen = scenario.state.changes[0].commit
    assert await review.submit(PRIYA, decision="descope", words="later", change=chosen) == {"ok": True}
    assert review.service.commands == [c.DecideConcern("shop-1", 1, Decision.DESCOPE, "later", chosen)]


async def test_a_live_demo_is_asked_for_with_times_and_recorded_once_it_was_given(review: Slack) -> None:
    scenario = review.service.scenarios["shop-1"]
    await open_from_approval(review, QUINN, "demo")
    assert await review.submit(QUINN, times="Tuesday at ten, Berlin") == {"ok": True}
    assert review.service.commands == [c.AskForDemo("shop-1", scenario.entry, "Tuesday at ten, Berlin")]
    said = message(scenario.journal[-1], scenario.state, Room.THREAD)
    assert said is not None
    assert f"<@{ADA}>" in said.text, "who staged it is called"
    ts = await review.post(said, await review.post(card(scenario.state, None, START)))
    await review.press(QUINN, ts, "demo_given")
    assert "only the operators of shop may" in str(await review.heard()).lower()
    await review.press(ADA, ts, "demo_given")
    assert review.service.commands[1:] == [c.RecordDemo("shop-1", 1)]


async def open_from_anomaly(here: Slack, person: str) -> None:
    scenario = here.service.scenarios["shop-1"].looked(ODD)
    news = next(one for one in reversed(scenario.journal) if isinstance(one.event, VerdictChanged))
    said = message(news, scenario.state, Room.THREAD)
    assert said is not None
    assert await here.press(person, await here.post(said), "accept") == {"ok": True}
    assert (await here.opened(person))["callback_id"] == "accept"


async def test_an_anomaly_is_accepted_beside_where_it_is_told(review: Slack) -> None:
    await open_from_anomaly(review, PRIYA)
    assert await review.submit(PRIYA, reason="the index warms up") == {"ok": True}
    scenario = review.service.scenarios["shop-1"]
    assert review.service.commands == [c.AcceptAnomaly("shop-1", "errors", "the index warms up", scenario.entry)]
    assert scenario.state.acceptance("errors") is not None


async def test_an_anomaly_of_an_earlier_stage_cannot_be_accepted_in_this_one(review: Slack) -> None:
    await open_from_anomaly(review, PRIYA)
    review.service.scenarios["shop-1"].approved().held(60).deployed().exposed().looked(ODD)
    answered = await review.submit(PRIYA, reason="the index warms up")
    assert "seen in another stage" in answered["errors"]["reason"]
    assert review.service.commands == []


async def test_who_presses_where_it_is_accepted_already_reads_by_whom(review: Slack) -> None:
    await open_from_anomaly(review, PRIYA)
    assert await review.submit(PRIYA, reason="the index warms up") == {"ok": True}
    await until(lambda: not review.modals(PRIYA))
    ts = next(iter(review.workspace.state.messages[RELEASES]))
    assert await review.press(ADA, ts, "accept") == {"ok": True}
    shown = await review.opened(ADA)
    assert "Priya Nair has accepted it for this stage: the index warms up" in str(shown["blocks"])
    assert "submit" not in shown or shown["submit"] is None


async def test_who_may_not_accept_reads_who_may_under_the_field(review: Slack) -> None:
    await open_from_anomaly(review, QUINN)
    answered = await review.submit(QUINN, reason="fine by me")
    assert "@Ada Okafor" in answered["errors"]["reason"]
    assert review.service.commands == []


async def test_holding_needs_no_reason(review: Slack) -> None:
    await open_from_card(review, ADA, "hold")
    assert await review.submit(ADA) == {"ok": True}
    assert review.service.commands == [c.HoldRelease("shop-1", "")]


async def test_cancelling_from_the_card_says_why(review: Slack) -> None:
    await open_from_card(review, ADA, "cancel")
    assert await review.submit(ADA, reason="the sale begins today") == {"ok": True}
    assert review.service.commands == [c.CancelRelease("shop-1", "the sale begins today")]


async def test_a_form_that_cancels_gives_no_way_back_up_that_is_stuck_meanwhile() -> None:
    async with slack(Scenario().on_staging().approved().held(60)) as here:
        at = here.service.scenarios["shop-1"]
        await open_from_card(here, ADA, "cancel")
        at.deployed().exposed().looked(BAD).when(c.ReportExposureStuck("shop-1", at.entry, "no answer"))
        answered = await here.submit(ADA, reason="not today")
        assert "has moved on" in answered["errors"]["reason"]
        assert here.service.commands == []
        assert at.state.places == {"production"}


async def test_a_way_back_that_is_stuck_is_given_up_from_the_card_and_for_that_entry() -> None:
    at = Scenario().in_production().looked(BAD)
    async with slack(at.when(c.ReportExposureStuck("shop-1", at.entry, "no answer"))) as here:
        await open_from_card(here, ADA, "give_up")
        assert await here.submit(ADA, reason="moved by hand") == {"ok": True}
        assert here.service.commands == [c.GiveUpWayBack("shop-1", at.entry, "moved by hand")]
        assert at.state.phase is Phase.ROLLED_BACK


async def test_a_button_of_before_that_gave_up_by_cancelling_opens_a_page_that_says_what_does() -> None:
    at = Scenario().in_production().looked(BAD)
    at.when(c.ReportExposureStuck("shop-1", at.entry, "no answer"))
    async with slack(at) as here:
        made = button("cancel", "Give up", {"release": "shop-1"})
        ts = await here.post(rendered("stuck", actions("shop-1/4/steering", (made,))))
        await here.press(ADA, ts, "cancel")
        page = await here.opened(ADA)
        assert "its card offers to give it up" in str(page["blocks"])
        assert not page["submit"], "there is nothing to send"


async def test_promoting_from_the_card_is_for_the_entry_it_was_offered_in() -> None:
    async with slack(Scenario().in_production()) as canary:
        entry = canary.service.scenarios["shop-1"].entry
        await open_from_card(canary, ADA, "promote")
        canary.service.scenarios["shop-1"].held(30)
        answered = await canary.submit(ADA, reason="seen enough")
        assert "has moved on" in answered["errors"]["reason"]
        assert canary.service.commands == []
        assert canary.service.scenarios["shop-1"].entry > entry


async def test_a_refusal_stands_under_the_field_names_people_and_keeps_the_form_open(review: Slack) -> None:
    await open_from_approval(review, QUINN, "reject")
    answered = await review.submit(QUINN, reason="no")
    assert answered["ok"] is False
    assert "@Priya Nair" in answered["errors"]["reason"]
    assert "<@" not in answered["errors"]["reason"]
    assert review.modals(QUINN) == 1
    assert review.service.commands == []


async def test_after_a_refusal_the_same_form_can_be_sent_again(review: Slack) -> None:
    await open_from_approval(review, PRIYA, "reject")
    answered = await review.submit(PRIYA, reason="   ")
    assert "needs its reason in words" in answered["errors"]["reason"]
    assert await review.submit(PRIYA, reason="the cart is empty") == {"ok": True}
    assert len(review.service.commands) == 1


async def test_a_form_that_slack_sends_twice_is_one_command(review: Slack) -> None:
    await open_from_approval(review, PRIYA, "reject")
    review.workspace.fault({"fault": "duplicate_envelope", "method": "interactive"})
    assert await review.submit(PRIYA, reason="the cart is empty") == {"ok": True}
    await until(lambda: review.service.asked == 2)
    assert len(set(review.service.keys)) == 1
    assert len(review.service.commands) == 1


async def test_a_form_that_slack_does_not_open_is_said_with_the_way_around(review: Slack) -> None:
    review.workspace.fault({"fault": "error", "method": "views.open", "error": "expired_trigger_id"})
    ts = await review.post(card(review.service.scenarios["shop-1"].state, None, START))
    assert await review.press(ADA, ts, "hold") == {"ok": True}
    assert "press again, or type it" in str(await review.heard())


async def test_a_slow_refusal_of_a_closed_form_is_told_to_its_sender() -> None:
    async with slack(Scenario().on_staging(), ack_seconds_max=0.1) as patient:
        await open_from_approval(patient, QUINN, "reject")
        patient.service.wait_seconds = 0.3
        assert await patient.submit(QUINN, reason="no") == {"ok": True}
        said = await patient.heard()
        assert said["ephemeral_to"] == QUINN
        assert "only product-manager or vp-product may reject" in said["text"].lower()
        assert "thread_ts" in said


def test_every_button_that_opens_a_form_has_one() -> None:
    assert set(MODALS) == set(presses.MODALS)
