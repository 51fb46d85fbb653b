"""What is shown in the states of the stories: when it changes, what it offers, what it says and what it leaves out."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from bot.core import commands as c
from bot.core import events as e
from bot.core import rooms
from bot.core.actors import Actor
from bot.core.decide import decide
from bot.core.events import Recorded
from bot.core.model import Phase, Release, Surroundings
from bot.core.verdict import Outcome, Verdict
from bot.core.voices import Decision
from bot.views import answers, messages, modals, standing
from bot.views.approval import approval
from bot.views.card import card
from bot.views.home import Around, home
from bot.views.incident import incident
from bot.views.rendered import Block, Rendered
from tests.golden.checks import problems, view_problems
from tests.golden.stories import STORIES, Said, broken, odd, states, story, told
from tests.support.scenario import ADA, BAD, PRIYA, VICTOR, Scenario, plan, written_plan


@cache
def journal(name: str) -> tuple[Recorded, ...]:
    return tuple(STORIES[name]().journal)


# ── the Home tab ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_home_tab_begins_with_what_waits_for_whoever_looks() -> None:
    asking = next(state for state in states(list(journal("good"))) if state.entry and state.entry.asked)
    titles = [
        [block["text"]["text"] for block in home([asking], asking.phase_since, person)["blocks"] if "text" in block]
        for person in ("U0PRIYA", "U0QUINN")
    ]
    assert [each[0] for each in titles] == ["Waiting for you", "Moving"]
    assert "Releases" not in titles[0]


def test_the_home_tab_shows_what_was_given_up_in_words() -> None:
    """By every kind of effect there is; the newest first, and no more than a screenful."""
    kinds = ["prepare", "deploy", "undo", "incident", "page", "notes", "next/shop-2", "post/thread", "post/releases"]
    seen = [str(home([], 0.0, "U0ADA", Around(given_up=[(f"shop-1/7/{kind}", "no <!here>")]))) for kind in kinds]
    assert "*shop-1* · could not post in its channels: no &lt;!here&gt;" in seen[-1]
    assert len(set(seen)) == len(kinds)
    many = home(
        [], 0.0, "U0ADA", Around(given_up=[(f"shop-{number}/7/page", "no such channel") for number in range(40)])
    )
    assert view_problems(many) == []
    assert many["blocks"][1]["text"]["text"].startswith(":warning: *shop-39* · could not call the people on call: ")
    assert "and 35 older" in str(many)
    assert "somebody should look" not in str(home([], 0.0, "U0ADA"))


# ── the card ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_canary() -> tuple[Release, float]:
    at = story().released_to(25)
    return at.state, at.now


def shaken(verdict: Verdict, factor: float) -> Verdict:
    """The same verdict a look later: its numbers have moved."""
    moved = tuple(
        replace(
            f,
            value=f.value * factor if f.value is not None else None,
            reference=f.reference * factor if f.reference is not None and f.criterion != "limit" else f.reference,
            events=f.events + 40,
        )
        for f in verdict.findings
    )
    return replace(verdict, findings=moved)


@pytest.mark.parametrize("factor", [0.85, 0.97, 1.0, 1.04, 1.18])
def test_a_look_with_nearly_the_same_numbers_draws_the_same_card(factor: float) -> None:
    release, now = in_canary()
    assert release.entry is not None
    assert release.entry.verdict is not None
    first = card(release, release.entry.verdict, now)
    assert card(release, shaken(release.entry.verdict, factor), now + 1).digest == first.digest


def test_numbers_that_have_moved_far_are_drawn_anew() -> None:
    release, now = in_canary()
    assert release.entry is not None
    assert release.entry.verdict is not None
    moved = card(release, shaken(release.entry.verdict, 1.9), now)
    assert moved.digest != card(release, release.entry.verdict, now).digest
    assert "*p95* 300 ms · control 300 ms" in plainly(moved)


def test_a_number_and_its_unit_are_not_parted_on_a_phone() -> None:
    release, now = in_canary()
    shown = json.dumps(card(release, None, now).blocks, ensure_ascii=False)
    assert "184 ms" in shown.replace("\N{NO-BREAK SPACE}", " ")
    assert "184 ms" not in shown


@pytest.mark.parametrize("name", ["good", "flagged"])
def test_time_alone_changes_a_card_four_times_a_step_at_most(name: str) -> None:
    for recorded, release in zip(journal(name), states(list(journal(name))), strict=True):
        drawn = [card(release, None, recorded.at + 2.5 * look).digest for look in range(50)]
        changes = sum(1 for one, other in pairwise(drawn) if one != other)
        assert changes <= 4, f"{type(recorded.event).__name__} in {release.phase}: {changes} edits"


def test_a_day_of_watching_costs_four_edits() -> None:
    at = story(watch={"time": "24h"}).released_to(100).held(30).wait(1).looked()
    assert at.state.phase is Phase.WATCHING
    seen = {card(at.state, None, at.now + minute * 60).digest for minute in range(0, 24 * 60, 7)}
    assert len(seen) == 4


def test_the_card_never_says_go_before_the_gate_does() -> None:
    at = story().reviewed()
    drawn = [json.dumps(card(at.state, None, at.now + second / 10).blocks) for second in range(100)]
    assert '"white_check_mark"}, {"type": "text", "text": " health"' in drawn[60]
    assert '"white_check_mark"}, {"type": "text", "text": " health"' not in drawn[40]


def test_that_a_short_health_gate_has_held_is_shown_when_it_has() -> None:
    staging, production = written_plan()["stages"]
    staging["gates"][0]["held"] = "10s"
    at = Scenario(plan(stages=[staging, production])).staged().prepared().written().deployed().exposed().looked()
    drawn = [json.dumps(card(at.state, None, at.now + second).blocks) for second in range(30)]
    go = '"white_check_mark"}, {"type": "text", "text": " health"'
    assert [second for second in range(30) if go in drawn[second]] == list(range(10, 30))


# ── buttons ──────────────────────────────────────────────────────────────────────────────────────────────────────────

COMMANDS: dict[str, Callable[[dict[str, Any]], c.Command]] = {
    "approve": lambda on: c.Approve(on["release"], on["entry"], on["subject"]),
    "withdraw": lambda on: c.WithdrawApproval(on["release"], on["entry"]),
    "reject": lambda on: c.Reject(on["release"], on["entry"], on["subject"], "why"),
    "concern": lambda on: c.RaiseConcern(on["release"], on["entry"], "a new worry"),
    "demo": lambda on: c.AskForDemo(on["release"], on["entry"], "Tuesday at ten"),
    "accept": lambda on: c.AcceptAnomaly(on["release"], on["metric"], "known", on["entry"]),
    "hold": lambda on: c.HoldRelease(on["release"], ""),
    "resume": lambda on: c.ResumeRelease(on["release"], on["hold"]),
    "promote": lambda on: c.PromoteRelease(on["release"], on["entry"], ""),
    "rollback": lambda on: c.RollBackRelease(on["release"], ""),
    "cancel": lambda on: c.CancelRelease(on["release"], ""),
    "give_up": lambda on: c.GiveUpWayBack(on["release"], on["entry"], "moved by hand"),
    "unblock": lambda on: c.UnblockBuild(on["release"], "mended"),
}


@pytest.mark.parametrize("name", STORIES)
def test_what_is_offered_is_not_refused(name: str) -> None:
    for recorded, release in settled(name):
        shown = [card(release, None, recorded.at)]
        if release.phase is Phase.PROVING and is_asked(release):
            shown.append(approval(release, recorded.at))
        if isinstance(recorded.event, e.VerdictChanged):
            news = messages.message(recorded, release, rooms.Room.THREAD)
            shown += [news] if news is not None else []
        for element in (element for rendered in shown for element in elements(rendered)):
            if element["action_id"] in COMMANDS:
                command = COMMANDS[element["action_id"]](json.loads(element["value"]))
                assert decide(release, command, Surroundings(), somebody_for(release, element), recorded.at)


def somebody_for(release: Release, element: Block) -> Actor:
    """Who would press it: somebody awaited for the review, an operator for all else."""
    if element["action_id"] not in ("approve", "withdraw", "reject"):
        return ADA
    assert release.entry is not None
    said = {approval.actor.id for approval in release.entry.approvals}
    if element["action_id"] == "withdraw":
        return release.entry.approvals[0].actor
    return VICTOR if PRIYA.id in said else PRIYA


def settled(name: str) -> Iterator[tuple[Recorded, Release]]:
    """The release after each transaction: what anybody can ever see."""
    pairs = list(zip(journal(name), states(list(journal(name))), strict=True))
    for pair, following in zip(pairs, [*pairs[1:], None], strict=True):
        if following is None or following[0].at != pair[0].at:
            yield pair


def elements(rendered: Rendered) -> Iterator[Block]:
    """Everything that can be pressed."""
    for block in rendered.blocks:
        yield from block["elements"] if block["type"] == "actions" else ()
        yield from [block["accessory"]] if "accessory" in block else ()


def pressed(rendered: Rendered) -> set[str]:
    return {element["action_id"] for element in elements(rendered)}


def test_taking_traffic_back_is_offered_wherever_there_may_be_some_and_cancelling_elsewhere() -> None:
    for name in STORIES:
        for recorded, release in settled(name):
            offered = pressed(card(release, None, recorded.at))
            exposed = release.stage.is_canary and bool(release.entry.exposure) if release.entry else False
            moving = not release.phase.is_ending and release.phase is not Phase.ROLLING_BACK
            assert ("rollback" in offered) == (exposed and moving), f"{name}: {release.phase}"
            assert ("cancel" in offered) == (moving and not exposed), f"{name}: {release.phase}"


def test_a_way_back_is_offered_to_be_given_up_where_it_is_stuck_and_told_how() -> None:
    at = Scenario().in_production()
    assert "give-up" not in said_of_being_stuck(at)
    at.looked(BAD)
    assert "give_up" not in pressed(card(at.state, None, at.now))
    assert "`/release give-up shop-1 reason` ends it" in said_of_being_stuck(at)
    assert {"give_up", "cancel"} & pressed(card(at.state, None, at.now)) == {"give_up"}


def said_of_being_stuck(at: Scenario) -> str:
    at.when(c.ReportExposureStuck("shop-1", at.entry, "no answer"))
    rendered = messages.message(at.journal[-1], at.state, rooms.Room.BROADCAST)
    assert rendered is not None
    assert problems(rendered) == []
    return rendered.text


# ── the table of messages ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_event_that_is_posted_is_told_and_no_other() -> None:
    assert set(messages._TELL) == set(rooms.ROOMS)


def test_every_told_event_stands_in_some_story() -> None:
    told_in_stories = {type(said.recorded.event) for name in STORIES for said in told(list(journal(name)))}
    assert told_in_stories == set(rooms.ROOMS)


def test_a_page_for_anything_else_is_our_mistake() -> None:
    recorded = journal("good")[0]
    with pytest.raises(AssertionError, match="nobody is called for ReleaseStaged"):
        messages.page(recorded, states([recorded])[0])


def said_in(name: str, kind: type[e.Event]) -> list[Said]:
    return [said for said in told(list(journal(name))) if isinstance(said.recorded.event, kind)]


def words_of(said: Said) -> str:
    assert said.rendered is not None, f"nothing is said about {said.recorded.event}"
    return said.rendered.text + plainly(said.rendered)


def plainly(rendered: Rendered) -> str:
    """All its blocks as one text, with usual spaces."""
    return json.dumps(rendered.blocks, ensure_ascii=False).replace("\N{NO-BREAK SPACE}", " ")


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_anomaly_is_told_once_and_its_end_once() -> None:
    spoken = [said for said in said_in("flagged", e.VerdictChanged) if said.rendered is not None]
    first, second = map(words_of, spoken)
    assert "180 ms → 240 ms" in first
    assert "unusual, but within its limit" in first
    assert "Back to normal: *p95* 184 ms" in second


def test_beside_every_anomaly_stands_its_own_button() -> None:
    first = next(said.rendered for said in said_in("accepted", e.VerdictChanged) if said.rendered is not None)
    offered = [json.loads(element["value"]) for element in elements(first)]
    assert [(on["metric"], on["entry"]) for on in offered] == [("p95", 2), ("checkouts", 2)]
    assert pressed(first) == {"accept"}


def test_an_acceptance_is_told_once_with_its_reason_and_the_anomaly_never_again_in_that_stage() -> None:
    told_of_p95 = [
        said
        for kind in (e.VerdictChanged, e.AnomalyAccepted)
        for said in said_in("accepted", kind)
        if said.rendered is not None and "*p95*" in said.rendered.text
    ]
    by_stage = [said.release.stage.name for said in sorted(told_of_p95, key=lambda said: said.recorded.version)]
    assert by_stage == ["staging", "staging", "production", "production"], "unusual, accepted; and so again"
    first = words_of(said_in("accepted", e.AnomalyAccepted)[0])
    assert "Ada accepted *p95* as it is in staging: 240 ms" in first
    assert "known, the new index warms up" in first


def test_what_is_new_beside_an_accepted_anomaly_is_told_alone() -> None:
    at = story().released_to(10).looked(odd("control", p95=0.22))
    at.when(c.AcceptAnomaly("shop-1", "p95", "known", at.entry), ADA)
    at.looked(odd("control", p95=0.22, checkouts=0.3)).looked(odd("control", p95=0.22))
    *_, news, over = [said for said in told(at.journal) if isinstance(said.recorded.event, e.VerdictChanged)]
    assert "*checkouts*" in words_of(news)
    assert "p95" not in words_of(news)
    assert "Back to normal: *checkouts*" in words_of(over)
    assert "p95" not in words_of(over)


def test_an_accepted_anomaly_that_failed_meanwhile_is_said_to_fail_no_more_and_not_to_be_normal() -> None:
    at = story().staged().prepared().written().deployed().exposed().looked(odd("baseline", p95=0.24))
    at.when(c.AcceptAnomaly("shop-1", "p95", "known", at.entry), ADA)
    at.looked(broken(at.now, "baseline")).looked(odd("baseline", p95=0.24))
    *_, failed, mended = [said for said in told(at.journal) if isinstance(said.recorded.event, e.VerdictChanged)]
    assert ":no_entry: *p95*" in words_of(failed)
    assert "accepted" not in words_of(failed), "nobody has accepted a failure"
    assert "Back to normal: *errors* 0.2 %" in words_of(mended)
    assert "*p95* no longer fails: 240 ms · baseline 180 ms · limit 500 ms · accepted by Ada: known" in words_of(mended)


def test_an_anomaly_outside_its_limit_is_not_said_to_be_within_it() -> None:
    """Limits and rollback limits are apart: between them a release waits, flagged and not failing."""
    between = odd("control", p95=0.6)
    found = tuple(replace(f, outcome=Outcome.INCONCLUSIVE) if f.metric == "p95" else f for f in between.findings)
    at = story().released_to(10).looked(replace(between, outcome=Outcome.INCONCLUSIVE, findings=found))
    *_, said = told(at.journal)
    assert "outside its limit, though not failing" in words_of(said)


def test_card_and_status_say_who_accepted_an_anomaly_and_warn_no_more() -> None:
    at = story().released_to(10).looked(odd("control", p95=0.22, checkouts=0.3))
    assert ":warning: *p95* 220 ms · control 180 ms · limit 500 ms" in plainly(card(at.state, None, at.now))
    at.when(c.AcceptAnomaly("shop-1", "p95", "known <!here>", at.entry), ADA)
    for rendered in (card(at.state, None, at.now), answers.status(at.state, None, at.now)):
        words = ":heavy_check_mark: *p95* 220 ms · control 180 ms · limit 500 ms · accepted by Ada: known &lt;!here&gt;"
        assert words in plainly(rendered)
        assert ":warning: *checkouts*" in plainly(rendered).split(":heavy_check_mark:")[0], "what is news comes first"


def test_what_fails_or_is_usual_again_is_shown_as_that_whatever_was_accepted() -> None:
    at = story().staged().prepared().written().deployed().exposed().looked(odd("baseline", p95=0.24))
    at.when(c.AcceptAnomaly("shop-1", "p95", "known", at.entry), ADA)
    for sign, verdict in ((":no_entry:", broken(at.now, "baseline")), (":white_check_mark:", None)):
        shown = plainly(card(at.looked(verdict).state, None, at.now))
        assert f"{sign} *p95*" in shown
        assert "accepted by" not in shown


def test_what_is_accepted_and_not_shown_is_not_called_wrong() -> None:
    at = story().released_to(10).looked(odd("control", errors=0.004, p95=0.22, checkouts=0.3))
    for metric in ("errors", "p95", "checkouts"):
        at.when(c.AcceptAnomaly("shop-1", metric, "known", at.entry), ADA)
    shown = standing.numbers(at.state.entry.verdict if at.state.entry else None, at.state, 2)
    assert shown is not None
    assert "and 2 more, all fine or accepted" in shown["text"]["text"]


def test_a_form_for_what_is_accepted_already_says_so_and_asks_nothing() -> None:
    accepted = when("accepted", lambda release: bool(release.acceptances))
    form = modals.accept(accepted, json.dumps({"release": "shop-1", "entry": 2, "metric": "p95"}))
    assert "submit" not in form
    assert "Ada has accepted it for this stage: known, the new index warms up" in form["blocks"][0]["text"]["text"]
    assert "submit" in modals.accept(accepted, json.dumps({"metric": "checkouts"}))


def test_a_failing_verdict_that_starts_a_rollback_is_told_by_the_rollback_alone() -> None:
    assert all(said.rendered is None for said in said_in("bad", e.VerdictChanged))


def test_a_lapse_is_not_told_and_neither_is_its_end() -> None:
    at = story().released_to(10).wait(25).looked()
    told_after = [said for said in told(at.journal) if isinstance(said.recorded.event, e.VerdictChanged)]
    assert any(isinstance(recorded.event, e.VerdictLapsed) for recorded in at.journal)
    assert told_after[-1].rendered is None


def test_without_what_was_before_a_verdict_is_told_as_if_it_were_the_first() -> None:
    said = next(said for said in said_in("troubled", e.VerdictChanged) if said.rendered is not None)
    assert said.room is not None
    assert messages.message(said.recorded, said.release, said.room) == said.rendered


# ── who is called ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rollback_calls_the_people_on_call_in_the_thread_and_by_a_page_and_says_it_once_in_their_room() -> None:
    called = {said.room: said.rendered for said in said_in("bad", e.RollbackStarted)}
    assert rooms.Room.ON_CALL not in called, "the page says it there"
    assert "On call: <@U0OMAR>" in words_of(said_in("bad", e.RollbackStarted)[0])
    assert called[None] is not None
    assert called[None].text.startswith("shop-1: <@U0OMAR>")


@pytest.mark.parametrize("name", ["rejected", "cancelled", "fix_first"])
def test_nobody_is_woken_for_what_a_person_ended_on_staging(name: str) -> None:
    back = said_in(name, e.RollbackStarted)
    assert not any(said.room is None for said in back)
    assert not any("<@U0OMAR>" in words_of(said) for said in back if said.rendered)


def test_reviewers_and_the_decider_are_called_where_they_can_press() -> None:
    asked = words_of(said_in("concern", e.ApprovalAsked)[0])
    assert "<@U0PRIYA>, <@U0VICTOR>" in asked
    concern = words_of(said_in("concern", e.ConcernRaised)[0])
    assert "<@U0PRIYA> decides" in concern
    assert '"decide_concern"' in concern


# ── the review ───────────────────────────────────────────────────────────────────────────────────────────────────────


def when(name: str, holds: Callable[[Release], bool]) -> Release:
    return next(release for release in states(list(journal(name))) if holds(release))


def is_asked(release: Release) -> bool:
    return release.entry is not None and release.entry.asked is not None


def test_a_review_offers_its_buttons_while_it_is_asked() -> None:
    release = when("good", is_asked)
    assert pressed(approval(release, release.phase_since)) == {"approve", "reject", "concern", "demo", "texts"}


def test_nobody_is_offered_a_yes_that_nobody_awaits() -> None:
    release = when("good", lambda r: is_asked(r) and r.entry is not None and len(r.entry.approvals) == 2)
    rendered = approval(release, release.phase_since)
    assert pressed(rendered) == {"withdraw", "reject", "concern", "demo", "texts"}
    assert "Everybody asked has said yes" in rendered.text


def test_a_review_that_is_over_says_who_said_what_and_offers_nothing() -> None:
    asked = [release for release in states(list(journal("good"))) if is_asked(release)][-1]
    last = states(list(journal("good")))[-1]
    rendered = approval(last, last.phase_since, asked)
    assert pressed(rendered) == set()
    shown = json.dumps(rendered.blocks)
    assert "Priya said yes as product-manager" in shown
    assert "Approved; the release has moved on." in shown


def test_a_rejected_review_says_who_rejected_it_and_why() -> None:
    asked = [release for release in states(list(journal("rejected"))) if is_asked(release)][-1]
    last = states(list(journal("rejected")))[-1]
    for rendered in (approval(last, last.phase_since, asked), approval(last, last.phase_since)):
        assert "Victor rejected it" in rendered.text
        assert "The order page still says beta." in rendered.text
        assert pressed(rendered) == set()


def test_a_rollback_in_the_canary_does_not_unsay_the_approval() -> None:
    asked = [release for release in states(list(journal("bad"))) if is_asked(release)][-1]
    last = states(list(journal("bad")))[-1]
    for rendered in (approval(last, last.phase_since, asked), approval(last, last.phase_since)):
        assert "Approved; the release has moved on." in rendered.text


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_refusal_keeps_our_mentions_and_nothing_else() -> None:
    rendered = answers.refused("only operators may: <@U0ADA>; held by Eve: <!channel> <https://evil.example|ok> & so")
    assert problems(rendered) == []
    assert "<@U0ADA>" in rendered.text
    assert "&lt;!channel&gt;" in rendered.text


def test_a_reason_of_any_length_fits_the_button_that_asks_again() -> None:
    last = states(list(journal("good")))[-1]
    for reason in ("x" * 5_000, '"\\' * 2_000, "\x00\n" * 2_000, "&<🦜" * 1_000):
        assert problems(answers.ask_confirm(last, "cancel", 3, reason)) == []


def test_an_unknown_word_is_shown_with_the_nearest_one_and_help() -> None:
    rendered = answers.unknown("rolback", "rollback")
    assert "Did you mean `/release rollback`?" in rendered.text
    assert problems(rendered) == []
    assert problems(answers.unknown("<!here>", "")) == []


def test_a_list_of_nothing_says_how_to_begin() -> None:
    assert "/stage" in answers.release_list([], 0.0).text


def test_forty_releases_fit_the_list_and_the_home_tab() -> None:
    last = states(list(journal("bad")))[-1]
    many = [replace(last, id=f"shop-{number}") for number in range(40)]
    assert problems(answers.release_list(many, last.phase_since)) == []
    assert view_problems(home(many, last.phase_since, "U0ADA")) == []


@pytest.mark.parametrize("do", ["hold", "resume", "promote", "rollback", "cancel", "give-up", "unblock"])
def test_what_was_done_is_said_in_a_sentence(do: str) -> None:
    assert problems(answers.done(do, "shop-1")) == []


# ── forms and the incident ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_carries_what_its_button_carried_and_asks_under_the_names_that_handlers_read() -> None:
    last = states(list(journal("concern")))[-1]
    carried = json.dumps({"release": "shop-1", "concern": 1})
    asked = {
        name: [block["block_id"] for block in form(last, carried)["blocks"] if block["type"] == "input"]
        for name, form in modals.MODALS.items()
    }
    assert asked == {
        "reject": ["reason"],
        "concern": ["severity", "text"],
        "demo": ["times"],
        "decide_concern": ["decision", "change", "words"],
        "accept": ["reason"],
        "hold": ["reason"],
        "promote": ["reason"],
        "cancel": ["reason"],
        "give_up": ["reason"],
        "unblock": ["reason"],
        "text": [],
    }
    form = modals.decide_concern(last, carried)
    assert form["private_metadata"] == carried
    assert "Old bookmarks" in form["blocks"][0]["text"]["text"]
    offered = {option["value"] for option in form["blocks"][1]["element"]["options"]}
    assert offered == {str(decision) for decision in Decision}


def test_the_incident_has_the_numbers_and_the_times() -> None:
    recorded, release = next(
        pair
        for pair in zip(journal("bad"), states(list(journal("bad"))), strict=True)
        if isinstance(pair[0].event, e.RollbackStarted)
    )
    filed = incident(recorded, release)
    assert json.loads(json.dumps(filed)) == filed
    assert filed["key"] == f"shop-1/{recorded.version}/incident"
    assert filed["detection_seconds"] == pytest.approx(14)
    assert filed["exposure_percent"] == 25
    p95 = next(f for f in filed["findings"] if f["metric"] == "p95" and f["criterion"] == "tolerance")
    assert (p95["value"], p95["reference"], p95["limit_max"], p95["unit"]) == (0.72, 0.18, 0.5, "s")


def test_a_rollback_by_a_person_is_an_incident_without_findings() -> None:
    recorded, release = next(
        pair
        for pair in zip(journal("held"), states(list(journal("held"))), strict=True)
        if isinstance(pair[0].event, e.RollbackStarted)
    )
    filed = incident(recorded, release)
    assert filed["by"] == "Omar"
    assert filed["onset"] is None
    assert filed["detection_seconds"] is None


def test_somebody_without_a_name_is_mentioned_by_id() -> None:
    at = story().staged()
    nameless = replace(at.journal[0], actor=Actor("U0ADA"))
    rendered = card(states([nameless])[0], None, at.now)
    assert "Staged by <@U0ADA>" in json.dumps(rendered.blocks)
