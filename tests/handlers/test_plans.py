"""A changed plan from Slack: shown to whoever asks, in the words of a plan, with what it would mean."""

from collections.abc import AsyncIterator

import pytest

from bot.core import commands as c
from bot.core.errors import Refused
from bot.sandbox.workspace.seed import PRIYA, QUINN
from bot.views.card import card
from handlers import parse
from handlers.asked import Asked, Helping, Planning
from handlers.plans import outlook
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.plans import with_metric
from tests.support.scenario import BAD, START, Scenario, plan

pytestmark = pytest.mark.usefixtures("way")

ADA = "U0ADA"
STRICTER = with_metric(rollback={"max": "4%"}, limit={"max": "1%"})


@pytest.fixture
async def canary() -> AsyncIterator[Slack]:
    """shop-1 is at its first canary step, and its plan file is as it was."""
    async with slack(Scenario().in_production()) as found:
        yield found


async def test_anybody_sees_what_changed_and_what_it_would_mean(canary: Slack) -> None:
    canary.plans["shop"] = STRICTER
    canary.outlooks.after = BAD
    answer = await canary.asks(QUINN, "/release", "plan shop-1")
    for words in (
        "errors: limit above 2 % → 1 %",
        "errors: rollback above 4 %, where there was none",
        "It would stand in production at 1 % from the beginning",
        "What it shows now would fail: errors 5%",
    ):
        assert words in answer
    assert canary.service.commands == [], "looking changes nothing"


async def test_what_did_not_change_is_answered_so(canary: Slack) -> None:
    assert "Nothing changed: shop v1.1.0 (shop-1) has the plan that the file says." in await canary.asks(
        PRIYA, "/release", "plan"
    )


async def test_a_file_that_cannot_be_read_is_said_with_its_errors(canary: Slack) -> None:
    canary.troubles["shop"] = "shop.yml:28: metrics[0].kind: found <eror>"
    answer = await canary.asks(PRIYA, "/release", "plan shop-1")
    assert "The plan file of shop is not in order" in answer
    assert "shop.yml:28: metrics[0].kind: found <eror>" in answer


SECOND = "shop-before.yml is of shop, too, and counts for nothing: shop.yml had it first."


async def test_a_second_file_is_named_and_the_changed_one_counts_all_the_same(canary: Slack) -> None:
    canary.besides["shop"] = SECOND
    assert SECOND in await canary.asks(PRIYA, "/release", "plan shop-1")
    canary.plans["shop"] = STRICTER
    assert SECOND in await canary.asks(PRIYA, "/release", "plan shop-1")
    await canary.press(ADA, await shown(canary, "plan shop-1 apply too lax"), "apply_plan")
    assert [type(command) for command, _ in changed_by(canary)] == [c.ChangePlan]
    canary.troubles["shop"] = "shop.yml:1: found nothing"
    assert SECOND in await canary.asks(PRIYA, "/release", "plan shop-1")


async def test_a_service_without_a_file_any_more_has_none(canary: Slack) -> None:
    state = canary.service.scenarios["shop-1"].state
    canary.plans.clear()
    with pytest.raises(Refused, match="there is no plan for shop"):
        await outlook(canary.desk, state)


async def test_of_a_service_whose_file_could_never_be_read_it_is_said_why(canary: Slack) -> None:
    canary.troubles["blog"] = "blog.yml:1: this is no YAML"
    answer = await canary.asks(ADA, "/stage", "blog v1.0.0")
    assert "There is no plan for blog" in answer
    assert "A file cannot be read: blog.yml:1: this is no YAML" in answer


async def test_a_status_says_so_in_a_line(canary: Slack) -> None:
    assert "plan file" not in await canary.asks(PRIYA, "/release", "status shop-1")
    canary.plans["shop"] = STRICTER
    answer = await canary.asks(PRIYA, "/release", "status shop-1")
    assert "The plan file has changed since it was staged (criteria)" in answer
    assert "`/release plan shop-1`" in answer


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("plan", Planning(None)),
        ("plan Shop-7", Planning("shop-7")),
        ("plan shop-7 apply because it is late", Planning("shop-7", "apply", "it is late")),
        ("plan apply", Planning(None, "apply")),
        ("diff shop-7", Helping("diff", "plan")),
        ("plam shop-7", Helping("plam", "plan")),
        ("plans", Helping("plans", "plan")),
    ],
)
def test_what_is_typed(typed: str, understood: Asked) -> None:
    assert parse.release(typed) == understood


# ── and applied ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def shown(here: Slack, text: str, person: str = ADA) -> str:
    """The answer to what is typed: its ts."""
    before = len(here.workspace.state.ephemerals)
    await here.type(person, "/release", text)
    return str((await here.heard(before))["ts"])


def changed_by(here: Slack) -> list[tuple[c.Command, str]]:
    return [(command, actor.id) for command, actor in here.service.handled if isinstance(command, c.ChangePlan)]


async def test_typed_with_a_reason_it_is_asked_about_once_more_and_then_counts(canary: Slack) -> None:
    canary.plans["shop"] = STRICTER
    entry, over = canary.service.scenarios["shop-1"].entry, canary.service.scenarios["shop-1"].state.plan_digest
    answer = await shown(canary, "plan shop-1 apply because the limit was a typo")
    assert changed_by(canary) == [], "it is asked first"
    (button,) = [e for b in canary.message(answer)["blocks"] if b["type"] == "actions" for e in b["elements"]]
    assert "whoever said yes is asked again" in button["confirm"]["text"]["text"]
    await canary.press(ADA, answer, "apply_plan")
    wanted = c.ChangePlan("shop-1", entry, STRICTER, over, "the limit was a typo")
    assert changed_by(canary) == [(wanted, ADA)]
    assert canary.service.scenarios["shop-1"].state.plan == STRICTER
    assert "shop-1 goes on by the plan as its file says now" in canary.message(answer)["text"]


async def test_without_a_reason_a_form_asks_for_it(canary: Slack) -> None:
    canary.plans["shop"] = STRICTER
    assert await canary.press(ADA, await shown(canary, "plan shop-1"), "change_plan") == {"ok": True}
    view = await canary.opened(ADA)
    assert "What it stands in is judged from the beginning" in str(view["blocks"])
    assert await canary.submit(ADA, reason="a typo") == {"ok": True}
    assert [command.reason for command, _ in changed_by(canary) if isinstance(command, c.ChangePlan)] == ["a typo"]
    assert canary.modals(ADA) == 0


async def test_the_card_has_a_button_that_shows_it_in_the_thread(canary: Slack) -> None:
    state = canary.service.scenarios["shop-1"].state
    canary.plans["shop"] = STRICTER
    head = await canary.post(card(state, None, START, STRICTER))
    before = len(canary.workspace.state.ephemerals)
    await canary.press(QUINN, head, "plan")
    assert "errors: limit above 2 % → 1 %" in str(await canary.heard(before))
    assert "Changed plan" not in str(card(state, None, START, state.plan))


async def test_whoever_may_not_is_told_who_may_and_nothing_changed(canary: Slack) -> None:
    canary.plans["shop"] = STRICTER
    answer = await shown(canary, "plan shop-1 apply I want it", PRIYA)
    await canary.press(PRIYA, answer, "apply_plan")
    assert "Only the operators of shop may change the plan of shop-1: <@U0ADA>" in canary.message(answer)["text"]
    await canary.press(PRIYA, await shown(canary, "plan shop-1", PRIYA), "change_plan")
    said = await canary.submit(PRIYA, reason="I want it")
    assert "the operators of shop may change the plan" in said["errors"]["reason"]
    assert changed_by(canary) == []


async def test_a_file_that_changed_since_it_was_shown_is_looked_at_again(canary: Slack) -> None:
    canary.plans["shop"] = STRICTER
    answer = await shown(canary, "plan shop-1 apply a typo")
    canary.plans["shop"] = with_metric(limit={"max": "9%"})
    await canary.press(ADA, answer, "apply_plan")
    assert "The plan file has changed since you were shown it" in canary.message(answer)["text"]
    assert changed_by(canary) == []


async def test_a_file_that_broke_since_it_was_shown_is_refused_with_its_error(canary: Slack) -> None:
    canary.plans["shop"] = STRICTER
    answer = await shown(canary, "plan shop-1 apply a typo")
    canary.troubles["shop"] = "shop.yml:1: found nothing"
    await canary.press(ADA, answer, "apply_plan")
    assert "is not in order: shop.yml:1: found nothing" in canary.message(answer)["text"]
    assert changed_by(canary) == []


async def test_a_place_that_it_has_left_is_looked_at_again(canary: Slack) -> None:
    canary.plans["shop"] = STRICTER
    answer = await shown(canary, "plan shop-1 apply a typo")
    canary.service.scenarios["shop-1"].held(30)
    await canary.press(ADA, answer, "apply_plan")
    assert "has moved on" in canary.message(answer)["text"]
    assert changed_by(canary) == []


async def test_what_cannot_be_taken_has_no_button(canary: Slack) -> None:
    canary.plans["shop"] = plan(deployer={"use": "splitter", "url": "http://127.0.0.1:2"})
    answer = await shown(canary, "plan shop-1 apply it")
    assert "cannot take it*: deployer changed" in str(canary.message(answer)["blocks"])
    assert "apply_plan" not in str(canary.message(answer)["blocks"])


async def test_a_word_that_is_not_known_there_is_answered(canary: Slack) -> None:
    answer = await canary.asks(ADA, "/release", "plan shop-1 aply it")
    assert "did you mean apply?" in answer
    assert "/release plan shop-1 apply REASON" in answer
