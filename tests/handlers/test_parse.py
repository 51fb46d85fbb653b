"""What people type and press, as values."""

import json

import pytest

from bot.core import commands as c
from bot.core.contents import Severity
from bot.core.errors import Refused
from bot.core.voices import Decision
from handlers import parse, presses
from handlers.asked import Asked, Asking, Choosing, Daily, Doing, Finding, Helping, Listing, Reading, Showing, Staging
from handlers.presses import Pressed


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("shop v1.1.0", Staging("shop", "v1.1.0", "")),
        ("  Shop   v1.1.0   the new cart,  at last ", Staging("shop", "v1.1.0", "the new cart, at last")),
        ("shop main carts &amp; &lt;b&gt;", Staging("shop", "main", "carts & <b>")),
        ("shop feature/x", Staging("shop", "feature/x", "")),
        ("", Choosing()),
        ("help", Helping()),
        ("Shop", Choosing("shop")),
    ],
)
def test_staging_takes_a_service_a_version_and_a_note(typed: str, asked: Asked) -> None:
    assert parse.stage(typed) == asked


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("", Listing()),
        ("list", Listing()),
        ("LIST", Listing()),
        ("status", Showing(None)),
        ("status shop-1", Showing("shop-1")),
        ("shop-1", Showing("shop-1")),
        ("Shop-12", Showing("shop-12")),
        ("hold", Doing("hold", None, "")),
        ("hold shop-1", Doing("hold", "shop-1", "")),
        ("hold shop-1 the press is calling", Doing("hold", "shop-1", "the press is calling")),
        ("hold shop-1 ask <!subteam^S123|@oncall> or <!here>", Doing("hold", "shop-1", "ask @oncall or @here")),
        ("hold the press is calling", Doing("hold", None, "the press is calling")),
        ("Rollback SHOP-1 500s &gt; 2%", Doing("rollback", "shop-1", "500s > 2%")),
        ("resume shop-1", Doing("resume", "shop-1", "")),
        ("promote big-shop-3 enough", Doing("promote", "big-shop-3", "enough")),
        ("unblock shop-1 it was the network", Doing("unblock", "shop-1", "it was the network")),
        ("accept shop-1 p95 the index warms up", Doing("accept", "shop-1", "the index warms up", "p95")),
        ("accept SHOP-1 P95 Because it warms up", Doing("accept", "shop-1", "it warms up", "p95")),
        ("accept p95 because: it warms up", Doing("accept", None, "it warms up", "p95")),
        ("accept p95 because of the index", Doing("accept", None, "because of the index", "p95")),
        ("accept p95 because", Doing("accept", None, "because", "p95")),
        ("accept shop-1 p95", Doing("accept", "shop-1", "", "p95")),
        ("accept shop-1", Doing("accept", "shop-1", "", "")),
        ("accept", Doing("accept", None, "", "")),
        ("why", Asking(None, "")),
        ("why shop-1", Asking("shop-1", "")),
        ("why Shop-1 did it &lt;stop&gt; at 10 %?", Asking("shop-1", "did it <stop> at 10 %?")),
        ("why is it slow", Asking(None, "is it slow")),
        ("notes", Reading(None)),
        ("notes shop-1", Reading("shop-1")),
        ("daily", Daily()),
        ("finding shop-1 MAJOR the title is cut", Finding("shop-1", "major", "the title is cut")),
        ("finding minor a typo", Finding(None, "minor", "a typo")),
        ("finding", Finding(None, "", "")),
        ("explain shop-1", Helping("explain", "why")),
        ("texts", Helping("texts", "notes")),
        ("help", Helping()),
        ("help hold", Helping()),
        ("rolback shop-1", Helping("rolback", "rollback")),
        ("pause shop-1", Helping("pause", "hold")),
        ("ack p95", Helping("ack", "accept")),
        ("undo", Helping("undo", "rollback")),
        ("canel", Helping("canel", "cancel")),
        ("shop-0", Helping("shop-0", "")),
        ("<script>", Helping("<script>", "")),
    ],
)
def test_release_takes_a_verb_an_id_and_a_reason(typed: str, asked: Asked) -> None:
    assert parse.release(typed) == asked


def test_every_verb_that_can_be_typed_is_a_command() -> None:
    for verb in parse.VERBS:
        assert parse.command(verb, "shop-1", 3, "because").release == "shop-1"


def test_a_button_that_acts_says_for_which_entry_and_what_was_shown() -> None:
    pressed = Pressed.read('{"release":"shop-1","entry":4,"subject":"abc"}')
    assert presses.BUTTONS["approve"](pressed) == c.Approve("shop-1", 4, "abc")


def test_a_press_of_which_slack_names_no_workspace_has_a_key_of_its_own() -> None:
    """So it is where an app is installed for a whole organization."""
    container = {"message_ts": "12.0", "thread_ts": "10.0"}
    body = {"team": None, "user": {"id": "U0PRIYA"}, "channel": {"id": "C0"}, "container": container}
    keys = {presses.button_key(body, {"action_id": "approve", "action_ts": at}) for at in ("1.0", "1.5")}
    assert len(keys) == 2
    assert (
        len(keys | {presses.button_key(body | {"team": {"id": "T0"}}, {"action_id": "approve", "action_ts": "1.0"})})
        == 3
    )


def test_a_button_without_its_entry_is_for_no_entry_that_ever_was() -> None:
    assert presses.BUTTONS["approve"](Pressed.read('{"release":"shop-1"}')) == c.Approve("shop-1", -1, "")


def test_a_button_of_a_later_songbird_may_say_more() -> None:
    assert Pressed.read('{"release":"shop-1","region":"eu"}').release == "shop-1"


@pytest.mark.parametrize("value", ["", "shop-1", "[]", "{}", '{"release":7}', '{"release":"shop-1","entry":"4"}', "{"])
def test_a_value_that_cannot_be_read_is_refused_in_words(value: str) -> None:
    with pytest.raises(Refused, match="another version of Songbird"):
        Pressed.read(value)


def test_a_confirmed_word_that_is_no_verb_is_refused_in_words() -> None:
    with pytest.raises(Refused, match="another version of Songbird"):
        presses.BUTTONS["confirm"](Pressed.read('{"release":"shop-1","do":"explode"}'))


@pytest.mark.parametrize(
    ("name", "said", "command"),
    [
        ("reject", {"reason": "no"}, c.Reject("shop-1", 4, "abc", "no")),
        ("concern", {"text": "slow", "severity": "major"}, c.RaiseConcern("shop-1", 4, "slow", Severity.MAJOR)),
        ("demo", {"times": "Tuesday at ten"}, c.AskForDemo("shop-1", 4, "Tuesday at ten")),
        (
            "decide_concern",
            {"decision": "fix_first", "words": "the slow page"},
            c.DecideConcern("shop-1", 2, Decision.FIX_FIRST, "the slow page"),
        ),
        ("accept", {"reason": "known"}, c.AcceptAnomaly("shop-1", "p95", "known", 4)),
        ("hold", {"reason": ""}, c.HoldRelease("shop-1", "")),
        ("promote", {"reason": "seen enough"}, c.PromoteRelease("shop-1", 4, "seen enough")),
        ("cancel", {"reason": "not today"}, c.CancelRelease("shop-1", "not today")),
        ("give_up", {"reason": "moved by hand"}, c.GiveUpWayBack("shop-1", 4, "moved by hand")),
        ("unblock", {"reason": "it was us"}, c.UnblockBuild("shop-1", "it was us")),
    ],
)
def test_a_modal_asks_for_what_was_typed_into_it(name: str, said: dict[str, str], command: c.Command) -> None:
    pressed = Pressed.read('{"release":"shop-1","entry":4,"subject":"abc","concern":2,"metric":"p95"}')
    assert presses.submitted(name, pressed, said) == command


def test_a_modal_with_other_fields_than_ours_is_refused_in_words() -> None:
    pressed = Pressed.read('{"release":"shop-1"}')
    for said in ({}, {"decision": "maybe", "words": "x"}):
        with pytest.raises(Refused, match="another version of Songbird"):
            presses.submitted("decide_concern", pressed, said)


def test_what_was_typed_and_what_was_chosen_is_read_by_its_block() -> None:
    values = {
        "words": {"words": {"type": "plain_text_input", "value": "only for new widgets"}},
        "reason": {"reason": {"type": "plain_text_input", "value": None}},
        "decision": {"decision": {"type": "radio_buttons", "selected_option": {"value": "caveat"}}},
    }
    said = presses.said({"state": {"values": values}})
    assert said == {"words": "only for new widgets", "reason": "", "decision": "caveat"}


def test_a_press_is_known_by_who_what_where_and_when() -> None:
    body = {
        "team": {"id": "T1"},
        "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "1.0"},
        "user": {"id": "U1"},
    }
    action = {"action_id": "approve", "action_ts": "2.0"}
    assert presses.button_key(body, action) == "button/T1/C1/1.0/U1/approve/2.0"
    assert presses.button_key({**body, "user": {"id": "U2"}}, action) != presses.button_key(body, action)


def test_a_press_on_the_home_tab_has_no_channel() -> None:
    body = {"team": {"id": "T1"}, "container": {"type": "view", "view_id": "V1"}, "user": {"id": "U1"}}
    assert presses.button_key(body, {"action_id": "status", "action_ts": "2.0"}) == "button/T1//V1/U1/status/2.0"


def test_the_words_of_a_button_survive_being_stored_in_it() -> None:
    pressed = Pressed(release="shop-1", entry=3, reason='"quoted" & <b>\n🐦')
    assert Pressed.read(json.dumps(pressed.model_dump())) == pressed


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("<@U0SONGBIRD> why did it go back?", Asking(None, "why did it go back?")),
        ("<@U0SONGBIRD|songbird>: Why is (shop-7) slow?", Asking("shop-7", "Why is (shop-7) slow?")),
        ("tell me <@U0SONGBIRD> about a &lt;b&gt; tag", Asking(None, "tell me about a <b> tag")),
        ("<@U0SONGBIRD>", Helping()),
        ("<@U0SONGBIRD> Help!", Helping()),
    ],
)
def test_a_mention_with_words_is_a_question(said: str, asked: Asked) -> None:
    assert parse.mention(said) == asked


@pytest.mark.parametrize(("word", "near"), [("critcal", "critical"), ("", "SEVERITY"), ("blocker", "SEVERITY")])
def test_a_severity_that_is_none_is_refused_with_those_there_are(word: str, near: str) -> None:
    with pytest.raises(Refused, match=f"critical, major, minor.*{near}"):
        parse.severity(word)
