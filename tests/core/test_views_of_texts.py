"""Written texts as people meet them: in the thread, in the question, in the form in which they are edited."""

import json
from dataclasses import replace

import pytest

from bot.core import events as e
from bot.core.actors import Actor
from bot.core.asked import ARTEFACT_LENGTH_MAX
from bot.core.events import Recorded
from bot.core.model import Phase, Release
from bot.core.rooms import Room
from bot.core.voices import Concern, Decision
from bot.views import messages, modals
from bot.views.approval import approval
from bot.views.rendered import Block
from tests.golden.checks import view_problems
from tests.golden.stories import STORIES, states


def told_by(name: str) -> list[Recorded]:
    return STORIES[name]().journal


def _is_asked(release: Release) -> bool:
    return release.phase is Phase.PROVING and release.entry is not None and release.entry.asked is not None


LONG = (
    "\n".join(["## A long text", *(f"- entry {number} of many, with some words to it" for number in range(220))]) + "\n"
)


def with_text(text: str, kind: str = "notes") -> Release:
    at = STORIES["good"]().journal
    release = next(release for release in states(at) if release.texts and release.entry is not None)
    longer = replace(release.texts["notes"][-1], kind=kind, text=text)
    return replace(release, texts={**release.texts, kind: (longer,)})


def fields(form: Block) -> list[str]:
    return [block["element"].get("initial_value", "") for block in form["blocks"] if block["type"] == "input"]


@pytest.mark.parametrize("text", [LONG, "short\n", "x" * 9_000, "a\n\n\nb\n"])
def test_a_text_comes_out_of_its_form_as_it_went_in(text: str) -> None:
    form = modals.text(with_text(text), '{"kind":"notes","do":"edit"}')
    assert view_problems(form) == []
    shown = fields(form)
    assert shown[-1] == "", "there is room at the end"
    assert "\n".join(part for part in shown if part).replace("\n", "") == text.replace("\n", "")
    if len(text) < 9_000:
        assert "\n".join(part for part in shown if part) == text.rstrip("\n")


@pytest.mark.parametrize("do", ["", "read", "edit"])
def test_a_text_is_read_before_it_is_edited_and_what_was_measured_is_only_read(do: str) -> None:
    for kind in ("notes", "go-no-go"):
        form = modals.text(with_text("Whatever it says.\n", kind), json.dumps({"kind": kind, "do": do, "version": 1}))
        assert view_problems(form) == []
        assert ("submit" in form) == (do == "edit" and kind == "notes")
        assert "Whatever it says." in json.dumps(form)


def test_the_longest_text_there_can_be_fits_into_its_form() -> None:
    longest = "\n".join("word " * 20 for _ in range(ARTEFACT_LENGTH_MAX // 101))
    for do in ("edit", "read"):
        form = modals.text(with_text(longest), json.dumps({"kind": "notes", "do": do, "version": 1}))
        assert view_problems(form) == []
        assert len(json.dumps(form)) < 250_000


def test_a_text_that_is_not_there_is_said_to_be_so() -> None:
    form = modals.text(with_text("short"), '{"kind":"sonnet"}')
    assert "submit" not in form
    assert "has not been written" in str(form["blocks"])


def test_every_text_is_listed_with_who_wrote_it_and_what_was_published() -> None:
    release = states(told_by("pictured"))[-1]
    shown = json.dumps(modals.texts(release, "{}"), ensure_ascii=False)
    assert "Written by Priya" in shown
    assert "version 3" in shown
    assert "narration" not in shown
    healthy = json.dumps(modals.texts(states(told_by("good"))[-1], "{}"))
    assert "published" in healthy


def test_a_late_text_is_told_apart_in_the_question_and_what_was_asked_about_stays() -> None:
    asking = [release for release in states(told_by("pictured")) if _is_asked(release)]
    late = next(release for release in asking if release.artefacts["notes"].is_late)
    shown = json.dumps(approval(late, late.phase_since).blocks, ensure_ascii=False)
    assert "asked about: version 1; there is a version 2" in shown
    assert "New (1)" in shown


def test_caveats_are_published_with_the_notes_unless_they_hold_them() -> None:
    release = states(told_by("good"))[-1]
    caveat = Concern(
        1, Actor("U0QUINN"), "hm", 0.0, Decision.CAVEAT, Actor("U0PRIYA"), "Old bookmarks open the start page."
    )
    out = next(one for one in told_by("good") if isinstance(one.event, e.WatchStarted))
    there = replace(states(told_by("good"))[out.version - 1], concerns=(caveat,))
    said = messages.message(out, there, Room.RELEASES)
    assert said is not None
    assert "Old bookmarks open the start page." in json.dumps(said.blocks)
    notes = replace(there.published["notes"], text="## Notes\n- Old bookmarks open the start page.\n")
    again = messages.message(out, replace(there, published={"notes": notes}), Room.RELEASES)
    assert again is not None
    assert "Known limitations" not in json.dumps(again.blocks)
    assert release.published["notes"].text == there.published["notes"].text
