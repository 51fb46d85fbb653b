"""/stage and /release, typed by people into a workspace, answered by the real Bolt app."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.core import commands as c
from bot.core.actors import Actor
from bot.core.contents import Severity
from bot.core.model import Phase
from bot.core.voices import Decision
from bot.sandbox.workspace.seed import ADA, OMAR, PRIYA, QUINN, RELEASES
from bot.views.rendered import Rendered
from handlers import home
from handlers.asked import Asking
from tests.contracts.workspace_fixtures import as_person, until
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import ODD, Scenario, plan

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
async def empty() -> AsyncIterator[Slack]:
    """No release yet."""
    async with slack(plans=(plan(), plan(service="billing"))) as found:
        yield found


@pytest.fixture
async def canary() -> AsyncIterator[Slack]:
    """shop-1 is at its first canary step."""
    async with slack(Scenario().in_production()) as found:
        yield found


@pytest.fixture
async def patient() -> AsyncIterator[Slack]:
    """The same, and acks go out after a tenth of a second whatever happens."""
    async with slack(Scenario().in_production(), ack_seconds_max=0.1) as found:
        yield found


async def test_staging_starts_a_release_in_the_name_of_who_typed_it(empty: Slack) -> None:
    assert "shop-1" in await empty.asks(ADA, "/stage", "shop v1.1.0 the new cart")
    command, actor = empty.service.handled[0]
    assert isinstance(command, c.StageRelease)
    assert (command.release, command.ref, command.note) == ("shop-1", "v1.1.0", "the new cart")
    assert actor == Actor(ADA, name="Ada Okafor")


async def test_follow_ups_are_listed_and_closed_from_the_list(canary: Slack) -> None:
    scenario = canary.service.scenarios["shop-1"]
    scenario.when(c.RaiseConcern("shop-1", scenario.entry, "the cart is slow", Severity.MINOR), Actor(PRIYA))
    scenario.when(c.DecideConcern("shop-1", 1, Decision.CAVEAT, "support knows"), Actor(PRIYA))
    assert "1 follow-up open" in await canary.asks(QUINN, "/release", "followups")
    listed = canary.whispers(QUINN)[-1]["ts"]
    await canary.press(QUINN, listed, "follow_up")
    await until(lambda: len(canary.whispers(QUINN)) == 2)
    assert "may close it" in str(canary.whispers(QUINN)[-1])
    assert "the cart is slow" in await canary.asks(PRIYA, "/release", "followups shop")
    await canary.press(PRIYA, canary.whispers(PRIYA)[-1]["ts"], "follow_up")
    await until(lambda: canary.service.commands == [c.CloseFollowUp("shop-1", 1)])
    assert "no plan for shp: did you mean shop?" in await canary.asks(ADA, "/release", "followups shp")


async def test_an_unknown_service_is_answered_with_those_there_are_and_the_nearest(empty: Slack) -> None:
    said = await empty.asks(ADA, "/stage", "biling v2")
    assert "did you mean billing" in said
    assert "billing, shop" in said
    assert empty.service.commands == []


async def test_who_may_not_stage_hears_who_may(empty: Slack) -> None:
    assert f"<@{ADA}>" in await empty.asks(QUINN, "/stage", "shop v1.1.0")
    assert empty.service.commands == []


async def test_a_ref_that_looks_like_an_option_is_refused(empty: Slack) -> None:
    assert "is not a version" in await empty.asks(ADA, "/stage", "shop --upload-pack=x")


async def test_only_the_asker_sees_the_answer(canary: Slack) -> None:
    await canary.asks(QUINN, "/release")
    assert len(canary.whispers(QUINN)) == 1
    assert canary.workspace.state.messages[RELEASES] == {}


async def test_the_list_names_what_there_is(canary: Slack) -> None:
    assert "shop-1" in await canary.asks(QUINN, "/release")
    assert "shop-1" in await canary.asks(QUINN, "/release", "list")


@pytest.mark.parametrize("typed", ["status shop-1", "status", "shop-1"])
async def test_the_standing_of_a_release_is_shown_to_everybody_who_asks(canary: Slack, typed: str) -> None:
    assert "shop-1" in await canary.asks(QUINN, "/release", typed)


async def test_a_release_that_is_not_there_is_answered_with_the_nearest(canary: Slack) -> None:
    assert "did you mean shop-1?" in await canary.asks(ADA, "/release", "status shap-1")


async def test_a_number_that_is_not_there_is_answered_with_the_latest(canary: Slack) -> None:
    said = await canary.asks(ADA, "/release", "hold shop-7")
    assert "There is no release shop-7; the latest is shop-1, and /release shows all" in said


async def test_an_unknown_word_is_answered_with_the_nearest(canary: Slack) -> None:
    assert "rollback" in await canary.asks(ADA, "/release", "rolback shop-1")
    assert canary.service.commands == []


async def test_letters_that_have_changed_places_are_put_back(canary: Slack) -> None:
    assert "/release status" in await canary.asks(ADA, "/release", "stauts shop-1")


async def test_the_list_has_what_moves_before_what_has_ended_however_old_it_is(canary: Slack) -> None:
    for number in range(2, 30):
        ended = (
            Scenario(id=f"shop-{number}").staged().when(c.CancelRelease(f"shop-{number}", "the wrong tag"), Actor(ADA))
        )
        canary.service.scenarios[ended.id] = ended
    said = await canary.asks(ADA, "/release")
    assert said.index("1 release moving") < said.index("shop-1*") < said.index("Ended lately") < said.index("shop-29*")


async def test_holding_is_for_every_member_of_the_channel(canary: Slack) -> None:
    await canary.asks(QUINN, "/release", "hold shop-1 the press is calling")
    assert canary.service.commands == [c.HoldRelease("shop-1", "the press is calling")]
    assert canary.service.handled[0][1].in_channel


async def test_somebody_outside_the_channel_is_told_who_may_hold(canary: Slack) -> None:
    canary.workspace.state.channels[RELEASES].members.discard(QUINN)
    await canary.type(QUINN, "/release", "hold shop-1", channel="C0COFFEE")
    assert "members of #releases may hold" in str(await canary.heard())
    assert canary.service.commands == []


async def test_a_finding_is_recorded_by_every_member_of_the_channel(canary: Slack) -> None:
    await canary.asks(QUINN, "/release", "finding shop-1 major the total is cut off")
    assert canary.service.commands == [c.RecordFinding("shop-1", Severity.MAJOR, "the total is cut off")]
    assert canary.service.handled[0][1].in_channel


async def test_rolling_back_by_name_acts_at_once(canary: Slack) -> None:
    await canary.asks(QUINN, "/release", "rollback shop-1 500s")
    assert canary.service.commands == [c.RollBackRelease("shop-1", "500s")]


async def test_rolling_back_waits_for_no_answer_from_slack(canary: Slack) -> None:
    for method in ("users.info", "conversations.members", "conversations.list"):
        canary.workspace.fault({"fault": "slow", "method": method, "seconds": 30, "times": 5})
    started = asyncio.get_running_loop().time()
    await canary.asks(OMAR, "/release", "rollback shop-1")
    assert asyncio.get_running_loop().time() - started < 1.5
    command, actor = canary.service.handled[0]
    assert (command, actor) == (c.RollBackRelease("shop-1", ""), Actor(OMAR, name="omar"))


async def test_without_a_name_the_only_one_that_is_moving_is_meant(canary: Slack) -> None:
    await canary.asks(ADA, "/release", "hold lunch")
    assert canary.service.commands == [c.HoldRelease("shop-1", "lunch")]


async def test_without_a_name_a_rollback_asks_first(canary: Slack) -> None:
    await canary.asks(ADA, "/release", "rollback")
    assert canary.service.commands == []
    await press_confirm(canary, ADA)
    assert canary.service.commands == [c.RollBackRelease("shop-1", "")]


async def test_without_a_name_and_with_two_that_move_nothing_is_guessed(canary: Slack) -> None:
    canary.service.scenarios["shop-2"] = Scenario(id="shop-2").staged()
    assert "Say which release" in await canary.asks(ADA, "/release", "hold")
    assert canary.service.commands == []


async def test_promoting_asks_once_more_and_keeps_its_reason(canary: Slack) -> None:
    entry = canary.service.scenarios["shop-1"].entry
    await canary.asks(ADA, "/release", 'promote shop-1 "because" &amp; therefore')
    assert canary.service.commands == []
    await press_confirm(canary, ADA)
    assert canary.service.commands == [c.PromoteRelease("shop-1", entry, '"because" & therefore')]
    await until(lambda: "shop-1 is promoted" in str(canary.whispers(ADA)))
    assert len(canary.whispers(ADA)) == 1, "what was asked is replaced by what was done"


async def test_an_anomaly_is_accepted_by_its_metric_with_a_reason(canary: Slack) -> None:
    scenario = canary.service.scenarios["shop-1"].looked(ODD)
    said = await canary.asks(ADA, "/release", "accept shop-1 errors because the index warms up")
    assert canary.service.commands == [c.AcceptAnomaly("shop-1", "errors", "the index warms up", scenario.entry)]
    assert "errors of shop-1 is accepted by Ada Okafor: the index warms up" in said


async def test_accepting_again_is_answered_with_whose_word_counts(canary: Slack) -> None:
    scenario = canary.service.scenarios["shop-1"].looked(ODD)
    await canary.asks(ADA, "/release", "accept errors because the index warms up")
    said = await canary.asks(PRIYA, "/release", "accept errors nobody minds")
    assert "accepted by Ada Okafor: the index warms up" in said
    assert len(scenario.state.acceptances) == 1


async def test_accepting_what_is_not_flagged_is_answered_with_what_is(canary: Slack) -> None:
    canary.service.scenarios["shop-1"].looked(ODD)
    said = await canary.asks(ADA, "/release", "accept shop-1 memory it grows")
    assert "shop-1: memory is not flagged; flagged now: errors" in said
    assert "shop-1: say which metric; flagged now: errors" in await canary.asks(ADA, "/release", "accept shop-1")
    assert "needs its reason in words" in await canary.asks(ADA, "/release", "accept shop-1 errors")


async def test_cancelling_asks_once_more_and_is_refused_where_traffic_may_be(canary: Slack) -> None:
    await canary.asks(ADA, "/release", "cancel shop-1 not today")
    assert canary.service.asked == 0
    await press_confirm(canary, ADA)
    await until(lambda: "/release rollback shop-1 takes it back" in str(canary.whispers(ADA)))
    assert canary.service.commands == []


async def test_a_confirmation_that_came_too_late_is_refused_in_its_place(canary: Slack) -> None:
    await canary.asks(ADA, "/release", "promote shop-1")
    canary.service.scenarios["shop-1"].held(30)
    await press_confirm(canary, ADA)
    await until(lambda: "has moved on" in str(canary.whispers(ADA)[-1]))
    assert len(canary.whispers(ADA)) == 1


async def test_a_refusal_says_what_is_waited_for(canary: Slack) -> None:
    assert "is not held" in await canary.asks(ADA, "/release", "resume shop-1")


async def test_an_envelope_that_comes_twice_is_one_command(empty: Slack) -> None:
    empty.workspace.fault({"fault": "duplicate_envelope", "method": "slash_commands"})
    await empty.asks(ADA, "/stage", "shop v1.1.0")
    await until(lambda: empty.service.asked == 2)
    assert len(empty.service.commands) == 1
    assert empty.service.scenarios.keys() == {"shop-1"}


async def test_a_slow_commit_is_acked_in_time_and_answered_later(patient: Slack) -> None:
    patient.service.wait_seconds = 0.3
    assert await patient.type(ADA, "/release", "hold shop-1") == {"ok": True}
    assert patient.service.commands == []
    assert "shop-1" in str(await patient.heard())
    assert patient.service.commands == [c.HoldRelease("shop-1", "")]


async def test_a_slow_refusal_is_heard_as_well(patient: Slack) -> None:
    patient.service.wait_seconds = 0.3
    assert await patient.type(ADA, "/release", "resume shop-1") == {"ok": True}
    assert "is not held" in str(await patient.heard())


async def test_a_failure_inside_is_answered_and_logged(canary: Slack, caplog: pytest.LogCaptureFixture) -> None:
    canary.service.broken = RuntimeError("the disk is full")
    assert "Something went wrong inside Songbird" in await canary.asks(ADA, "/release", "hold shop-1")
    assert "the disk is full" in caplog.text


@pytest.mark.parametrize("text", ["<@U0SONGBIRD>", "<@U0SONGBIRD>: help?"])
async def test_a_mention_without_a_question_is_answered_with_help_for_the_asker(canary: Slack, text: str) -> None:
    await as_person(canary.workspace, QUINN, "message", channel=RELEASES, text=text)
    assert "/release" in str(await canary.heard())
    assert canary.whispers(QUINN)
    assert canary.asking.asked == []


# ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def thread(here: Slack, ts: str) -> list[str]:
    return [str(message) for message in here.workspace.state.thread(RELEASES, ts)[1:]]


async def mention(here: Slack, text: str, **more: str) -> str:
    """Somebody mentions the bot; the time of the message."""
    answer = await as_person(here.workspace, QUINN, "message", channel=RELEASES, text=f"<@U0SONGBIRD> {text}", **more)
    return str(answer.get("ts") or more.get("thread_ts"))


async def test_why_is_answered_from_the_journal_for_the_asker(canary: Slack) -> None:
    said = await canary.asks(QUINN, "/release", "why shop-1 is it slow <!channel>")
    assert canary.asking.asked == [("shop-1", "is it slow @channel")]
    assert "waits for health" in said
    assert "<!channel>" not in said


async def test_why_without_an_id_is_asked_of_the_release_that_is_moving(canary: Slack) -> None:
    await canary.asks(QUINN, "/release", "why")
    assert canary.asking.asked == [("shop-1", "")]


async def test_why_of_a_release_that_is_not_there_names_the_latest(canary: Slack) -> None:
    assert "the latest is shop-1" in await canary.asks(QUINN, "/release", "why shop-9")
    assert canary.asking.asked == []


async def test_a_models_answer_comes_behind_the_one_from_the_journal(canary: Slack) -> None:
    canary.asking.model = ["Errors rose to 6.1 %.", "Look at #49 first."]
    await canary.asks(QUINN, "/release", "why shop-1")
    await until(lambda: len(canary.whispers(QUINN)) == 2)
    said = [str(whisper) for whisper in canary.whispers(QUINN)]
    assert any("waits for health" in each for each in said)
    assert any("Errors rose to 6.1 %. Look at #49 first." in each for each in said)


async def test_what_a_model_has_said_before_it_broke_off_is_told(canary: Slack) -> None:
    canary.asking.model, canary.asking.breaks = ["Errors rose to 6.1 %."], True
    await canary.asks(QUINN, "/release", "why shop-1")
    await until(lambda: len(canary.whispers(QUINN)) == 2)
    assert any("Errors rose to 6.1 %. …" in str(each) for each in canary.whispers(QUINN))


async def test_a_question_in_a_releases_thread_is_answered_there_for_everybody(canary: Slack) -> None:
    head = await canary.post(Rendered("the card"))
    canary.asking.threads[head] = "shop-1"
    canary.asking.model = ["Errors rose to 6.1 %.", "Look at #49 first."]
    await mention(canary, "why did checkout roll back?", thread_ts=head)
    await until(lambda: "Look at #49 first" in "".join(thread(canary, head)))
    assert canary.asking.asked == []
    assert canary.whispers(QUINN) == []


async def test_without_a_model_or_where_nothing_of_it_stands_the_journal_answers(canary: Slack) -> None:
    for model in (None, list[str]()):
        canary.asking.model = model
        head = await canary.post(Rendered("the card"))
        await mention(canary, "why?", thread_ts=head)
        await until(lambda head=head: "waits for health" in "".join(thread(canary, head)))  # type: ignore[misc]


async def test_a_mention_may_name_the_release_and_needs_no_thread(canary: Slack) -> None:
    canary.service.scenarios["shop-2"] = Scenario(id="shop-2").staged()
    await mention(canary, "what does shop-2, wait for?")
    await until(lambda: canary.asking.asked)
    assert canary.asking.asked == [("shop-2", "what does shop-2, wait for?")]


async def test_the_same_mention_delivered_twice_is_answered_once(canary: Slack) -> None:
    ts = await canary.post(Rendered("somebody asks"))
    event = {"channel": RELEASES, "ts": ts, "user": QUINN, "text": "<@U0SONGBIRD> why?"}
    for _ in range(2):
        await home._explain(canary.desk, event, Asking(None, "why?"))
    assert len(canary.asking.asked) == 1


# ── texts, findings, the day ─────────────────────────────────────────────────────────────────────────────────────────


async def onward(here: Slack, person: str, view: dict[str, Any], block: str) -> dict[str, Any]:
    """Press the button in a block of a form: the form that opens on top of it."""
    depth = here.modals(person)
    button = next(each["accessory"] for each in view["blocks"] if each.get("block_id") == block)
    action = {**button, "block_id": block}
    assert await as_person(here.workspace, person, "view_action", view_id=view["id"], action=action) == {"ok": True}
    await until(lambda: here.modals(person) == depth + 1)
    return await here.opened(person)


async def test_notes_opens_every_text_and_one_of_them_to_be_written_anew(canary: Slack) -> None:
    assert await canary.type(PRIYA, "/release", "notes shop-1") == {"ok": True}
    listed = await canary.opened(PRIYA)
    assert "Release notes" in str(listed["blocks"])
    shown = await onward(canary, PRIYA, listed, "shop-1/notes")
    assert "the notes" in str(shown["blocks"])
    form = await onward(canary, PRIYA, shown, "shop-1/edit")
    assert form["blocks"][1]["element"]["initial_value"] == "the notes"
    assert await canary.submit(PRIYA, **{"part-1": "Priya's notes", "part-2": "and more"}) == {"ok": True}
    assert canary.service.commands == [c.EditText("shop-1", "notes", "Priya's notes\nand more", 1)]
    await until(lambda: canary.modals(PRIYA) == 0)


async def test_whoever_may_not_write_hears_it_under_what_they_have_typed(canary: Slack) -> None:
    await canary.type(QUINN, "/release", "notes")
    listed = await canary.opened(QUINN)
    await onward(canary, QUINN, await onward(canary, QUINN, listed, "shop-1/notes"), "shop-1/edit")
    answer = await canary.submit(QUINN, **{"part-1": "mine", "part-2": ""})
    assert "only operators" in str(answer)
    assert canary.service.commands == []


async def test_a_finding_is_recorded_with_its_severity(canary: Slack) -> None:
    assert "A major finding about shop-1 is recorded" in await canary.asks(
        ADA, "/release", "finding shop-1 major the title is cut"
    )
    assert canary.service.commands == [c.RecordFinding("shop-1", Severity.MAJOR, "the title is cut")]
    assert "did you mean critical?" in await canary.asks(ADA, "/release", "finding shop-1 critcal no cart")


async def test_a_day_is_told_to_whoever_asks(canary: Slack) -> None:
    assert "Nothing has moved since yesterday" in await canary.asks(QUINN, "/release", "daily")


async def test_the_home_tab_lists_what_is_moving_and_apart_from_it_what_has_ended(canary: Slack) -> None:
    canary.service.scenarios["shop-0"] = Scenario(id="shop-0").staged().when(c.CancelRelease("shop-0", ""), Actor(ADA))
    assert canary.service.scenarios["shop-0"].state.phase is Phase.CANCELLED
    await as_person(canary.workspace, PRIYA, "home_opened")
    await until(lambda: PRIYA in canary.workspace.views.homes)
    shown = str(canary.workspace.views.homes[PRIYA].body)
    assert "'Moving'" in shown
    moving, recent = shown.split("'Recent'")
    assert "shop-1" in moving
    assert "shop-0" not in moving
    assert "shop-0" in recent


async def test_the_home_tab_shows_what_was_given_up(canary: Slack) -> None:
    canary.service.failed.append(("shop-0/3/incident", "the desk is closed"))
    await as_person(canary.workspace, PRIYA, "home_opened")
    await until(lambda: PRIYA in canary.workspace.views.homes)
    shown = str(canary.workspace.views.homes[PRIYA].body)
    assert "*shop-0* · could not file its incident: the desk is closed" in shown


async def press_confirm(here: Slack, person: str) -> None:
    asked = here.whispers(person)[-1]
    assert await here.press(person, asked["ts"], "confirm") == {"ok": True}


async def test_half_a_character_is_replaced_before_it_reaches_the_journal(canary: Slack) -> None:
    await canary.asks(ADA, "/release", "hold shop-1 \ud83d half")
    assert any(getattr(command, "reason", "") == "? half" for command, _actor in canary.service.handled)
