"""Buttons of the real card and the real approval, pressed by people, heard by the real Bolt app."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.core import commands as c
from bot.core.actors import Actor
from bot.core.model import Phase
from bot.sandbox.workspace.seed import ADA, OMAR, PRIYA, QUINN, VICTOR
from bot.store.ports import Message
from bot.views import buttons
from bot.views.approval import approval
from bot.views.blocks import actions, button, rendered
from bot.views.card import card
from bot.views.overrides import override_message
from bot.views.rendered import Rendered
from handlers import presses
from tests.contracts.workspace_fixtures import as_person, until
from tests.handlers.slack_fixtures import RELEASES, Slack, slack
from tests.support.scenario import START, Scenario, plan

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
async def review() -> AsyncIterator[Slack]:
    """shop-1 is on staging and asks for approval."""
    async with slack(Scenario(plan=plan(override={"roles": ["vp-product"]})).on_staging()) as found:
        yield found


@pytest.fixture
async def canary() -> AsyncIterator[Slack]:
    async with slack(Scenario().in_production()) as found:
        yield found


async def post_card(here: Slack) -> str:
    return await here.post(card(here.service.scenarios["shop-1"].state, None, START))


async def post_approval(here: Slack) -> str:
    head = await post_card(here)
    return await here.post(approval(here.service.scenarios["shop-1"].state, START), head)


async def test_approving_is_bound_to_the_entry_and_to_what_was_shown(review: Slack) -> None:
    scenario = review.service.scenarios["shop-1"]
    asked = scenario.approval()
    assert await review.press(PRIYA, await post_approval(review), "approve") == {"ok": True}
    assert review.service.handled == [(asked, Actor(PRIYA, name="Priya Nair"))]


async def test_a_press_that_worked_says_nothing_more(review: Slack) -> None:
    await review.press(PRIYA, await post_approval(review), "approve")
    assert review.whispers(PRIYA) == []


async def test_somebody_without_the_role_is_told_who_has_it(review: Slack) -> None:
    await review.press(QUINN, await post_approval(review), "approve")
    said = str(await review.heard())
    assert f"<@{PRIYA}>" in said
    assert f"<@{VICTOR}>" in said
    assert review.service.commands == []


async def test_a_refusal_is_heard_in_the_thread_that_was_pressed_in(review: Slack) -> None:
    ts = await post_approval(review)
    await review.press(QUINN, ts, "approve")
    assert (await review.heard())["thread_ts"] == review.message(ts)["thread_ts"]


async def test_an_old_approval_is_refused_and_says_that_the_release_has_moved_on(review: Slack) -> None:
    ts = await post_approval(review)
    review.service.scenarios["shop-1"].approved().held(60)
    await review.press(PRIYA, ts, "approve")
    said = str(await review.heard())
    assert "shop-1" in said
    assert review.service.commands == []


async def test_a_press_that_slack_sends_twice_is_one_approval(review: Slack) -> None:
    ts = await post_approval(review)
    review.workspace.fault({"fault": "duplicate_envelope", "method": "interactive"})
    await review.press(PRIYA, ts, "approve")
    await until(lambda: review.service.asked == 2)
    assert len(review.service.commands) == 1
    assert review.whispers(PRIYA) == []


async def test_pressing_twice_is_answered_in_words(review: Slack) -> None:
    ts = await post_approval(review)
    await review.press(PRIYA, ts, "approve")
    await review.press(PRIYA, ts, "approve")
    assert "you have approved shop-1 already" in str(await review.heard()).lower()


async def test_rolling_back_acts_at_once_for_a_member_of_the_channel(canary: Slack) -> None:
    await canary.press(QUINN, await post_card(canary), "rollback")
    assert canary.service.commands == [c.RollBackRelease("shop-1", "")]
    assert canary.service.scenarios["shop-1"].state.phase is Phase.ROLLING_BACK


async def test_somebody_on_call_may_roll_back_while_slack_does_not_say_who_is_in_the_channel(canary: Slack) -> None:
    canary.workspace.fault({"fault": "http_503", "method": "conversations.members", "times": 9})
    await canary.press(OMAR, await post_card(canary), "rollback")
    assert canary.service.commands == [c.RollBackRelease("shop-1", "")]


async def test_a_held_release_is_resumed_by_its_button(canary: Slack) -> None:
    canary.service.scenarios["shop-1"].when(c.HoldRelease("shop-1", "lunch"), Actor(ADA))
    await canary.press(ADA, await post_card(canary), "resume")
    assert canary.service.commands == [c.ResumeRelease("shop-1", len(canary.service.scenarios["shop-1"].journal) - 1)]


async def test_a_button_that_resumes_lifts_the_hold_that_it_stood_under_and_no_later_one(canary: Slack) -> None:
    at = canary.service.scenarios["shop-1"].when(c.HoldRelease("shop-1", "lunch"), Actor(OMAR, in_channel=True))
    ts = await post_card(canary)
    at.when(c.ResumeRelease("shop-1"), Actor(ADA))
    at.when(c.HoldRelease("shop-1", "STOP: it deletes carts"), Actor(VICTOR, name="Victor"))
    await canary.press(ADA, ts, "resume")
    said = str(await canary.heard())
    assert "is held by Victor now, which you were not shown" in said
    assert "it deletes carts" in said
    assert at.state.held is not None
    await canary.press(ADA, await post_card(canary), "resume")
    await until(lambda: at.state.held is None)


async def test_a_button_of_before_that_says_nothing_of_its_hold_is_answered_in_words(canary: Slack) -> None:
    at = canary.service.scenarios["shop-1"].when(c.HoldRelease("shop-1", "lunch"), Actor(OMAR, in_channel=True))
    made = button("resume", "Resume", {"release": "shop-1"})
    await canary.press(ADA, await canary.post(rendered("held", actions("shop-1/4/steering", (made,)))), "resume")
    assert "/release resume shop-1" in str(await canary.heard())
    assert at.state.held is not None


async def test_the_status_button_answers_beside_the_card(canary: Slack) -> None:
    ts = await post_card(canary)
    await canary.post(card(canary.service.scenarios["shop-1"].state, None, START), ts)
    await canary.press(QUINN, ts, "status")
    said = await canary.heard()
    assert "shop-1" in said["text"]
    assert "thread_ts" not in said, "whoever looks at the card looks at the channel"


async def test_the_list_leads_to_each_standing(canary: Slack) -> None:
    await canary.asks(QUINN, "/release")
    listed = canary.whispers(QUINN)[0]
    await canary.press(QUINN, listed["ts"], "status")
    await until(lambda: len(canary.whispers(QUINN)) == 2)


async def test_on_the_home_tab_a_standing_opens_as_a_page(canary: Slack) -> None:
    await as_person(canary.workspace, QUINN, "home_opened")
    await until(lambda: QUINN in canary.workspace.views.homes)
    home = canary.workspace.views.to_slack(canary.workspace.views.homes[QUINN])
    block = next(block for block in home["blocks"] if "accessory" in block)
    action = {**block["accessory"], "block_id": block["block_id"]}
    answered = await as_person(canary.workspace, QUINN, "view_action", view_id=home["id"], action=action)
    assert answered == {"ok": True}
    assert "shop-1" in str((await canary.opened(QUINN))["blocks"])


async def test_home_leads_to_the_question_and_its_link_is_nothing_to_answer(review: Slack) -> None:
    """A yes is for what stands in the thread: Home has no Approve, and leads there."""
    asked = await post_approval(review)
    review.kept.append(Message("approval/1", "shop-1", "approval", 1, RELEASES, asked, ""))
    await as_person(review.workspace, PRIYA, "home_opened")
    await until(lambda: PRIYA in review.workspace.views.homes)
    home = review.workspace.views.to_slack(review.workspace.views.homes[PRIYA])
    pressed = {
        element["action_id"]: {**element, "block_id": block["block_id"]}
        for block in home["blocks"]
        for element in block.get("elements", ())
        if element["type"] == "button"
    }
    assert set(pressed) == {"thread"}
    assert pressed["thread"]["url"] == review.workspace.state.permalink(RELEASES, asked)
    action = pressed["thread"]
    assert await as_person(review.workspace, PRIYA, "view_action", view_id=home["id"], action=action) == {"ok": True}
    assert review.service.handled == []


async def test_a_button_of_another_version_is_refused_in_words(canary: Slack) -> None:
    ts = await canary.post(rendered("old", actions("old", (button("approve", "Approve", {"id": 7}),))))
    assert await canary.press(PRIYA, ts, "approve") == {"ok": True}
    assert "another version of Songbird" in str(await canary.heard())


async def test_a_failure_inside_is_answered(canary: Slack, caplog: pytest.LogCaptureFixture) -> None:
    canary.service.broken = RuntimeError("the disk is full")
    assert await canary.press(QUINN, await post_card(canary), "rollback") == {"ok": True}
    assert "Something went wrong inside Songbird" in str(await canary.heard())
    assert "the disk is full" in caplog.text


async def test_a_slow_commit_of_a_press_is_acked_in_time() -> None:
    async with slack(Scenario().in_production(), ack_seconds_max=0.1) as patient:
        ts = await post_card(patient)
        patient.service.wait_seconds = 0.3
        assert await patient.press(QUINN, ts, "rollback") == {"ok": True}
        assert patient.service.commands == []
        await until(lambda: patient.service.commands)


async def test_a_yes_can_be_taken_back_by_whoever_gave_it(review: Slack) -> None:
    scenario = review.service.scenarios["shop-1"]
    scenario.when(scenario.approval(), Actor(PRIYA, name="Priya"))
    ts = await post_approval(review)
    await review.press(QUINN, ts, "withdraw")
    assert "no yes of yours" in str(await review.heard())
    await review.press(PRIYA, ts, "withdraw")
    assert review.service.commands == [c.WithdrawApproval("shop-1", scenario.entry)]


# ── from elsewhere ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", sorted(presses.REVIEWS))
async def test_a_question_is_answered_in_its_thread_and_nowhere_else(review: Slack, name: str) -> None:
    """A copy of its message in another thread, or at the head of one, has the same buttons."""
    question = await asked_about_everything(review)
    head = await post_card(review)
    review.asking.threads[head] = "shop-0"
    for ts in (await review.post(question, head), await review.post(question)):
        before = len(review.whispers(PRIYA))
        await review.press(PRIYA, ts, name)
        await until(lambda before=before: len(review.whispers(PRIYA)) > before)
        assert "not the thread of shop-1" in str(review.whispers(PRIYA)[-1])
    assert review.modals(PRIYA) == 0
    assert review.service.keys == []


async def asked_about_everything(here: Slack) -> Rendered:
    """A message with every button that answers a question."""
    scenario = here.service.scenarios["shop-1"]
    scenario.when(scenario.approval(), Actor(PRIYA)).when(c.RaiseConcern("shop-1", scenario.entry, "slow"), Actor(ADA))
    scenario.when(c.WithdrawApproval("shop-1", scenario.entry), Actor(PRIYA))
    scenario.when(scenario.approval(), Actor(VICTOR))
    decide = buttons.decide_concern(scenario.state, scenario.state.concerns[0])
    scenario.when(c.AskOverride("shop-1", scenario.entry, "an outage", ("approval",)), Actor(VICTOR))
    override = override_message(scenario.state, scenario.state.overrides[-1].told).blocks[-1]
    return rendered("asked", *approval(scenario.state, START).blocks, decide, override)


@pytest.mark.parametrize("name", sorted(presses.REVIEWS))
async def test_people_of_another_company_answer_nothing_in_a_shared_channel(review: Slack, name: str) -> None:
    """Slack says that the press is of our workspace, and that the person is not."""
    head = await post_card(review)
    ts = await review.post(await asked_about_everything(review), head)
    review.moves_elsewhere(PRIYA)
    assert await review.press(PRIYA, ts, name) == {"ok": True}
    assert "came from another workspace" in str(await review.heard())
    assert review.modals(PRIYA) == 0
    assert review.service.keys == []


async def test_until_slack_says_which_workspace_this_is_nothing_is_answered() -> None:
    """No answer is never a yes. The next press asks again, and is asked for all that come meanwhile."""
    async with slack(Scenario().on_staging(), has_learned_home=False) as late:
        ts = await post_approval(late)
        late.workspace.fault({"fault": "error", "error": "invalid_auth", "method": "auth.test"})
        await late.press(PRIYA, ts, "approve")
        assert "has not said in time which workspace this is" in str(await late.heard())
        assert late.service.keys == []
        await asyncio.gather(late.press(PRIYA, ts, "approve"), late.press(VICTOR, ts, "approve"))
        assert len(late.service.handled) == 2
        assert [call.method for call in late.workspace.web_api.calls].count("auth.test") == 2


async def test_people_of_another_company_take_nothing_back(canary: Slack) -> None:
    """They are members of the channel as well, once it is shared with them."""
    ts = await post_card(canary)
    canary.moves_elsewhere(QUINN)
    await canary.press(QUINN, ts, "rollback")
    assert "members of #releases may roll back shop-1" in str(await canary.heard())
    assert canary.service.commands == []
    canary.moves_elsewhere(ADA)
    await canary.press(ADA, ts, "rollback")
    assert canary.service.commands == [c.RollBackRelease("shop-1", "")], (
        "whom the plan names is let in wherever they are"
    )
