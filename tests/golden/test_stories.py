"""What is said about each story, word for word: golden files to be read, whose diffs are reviewed as copy."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

import pytest

from bot.core.contents import Severity
from bot.core.events import RollbackStarted
from bot.core.model import Release
from bot.texts import Material
from bot.texts.diagnosis import diagnose
from bot.views import answers
from bot.views.approval import approval
from bot.views.card import card
from bot.views.incident import incident
from bot.views.modals import MODALS, PAGES
from tests.golden.conftest import Golden
from tests.golden.drawing import draw, draw_json
from tests.golden.stories import SLOWER, STORIES, Story, states, told


@pytest.mark.parametrize("name", STORIES)
def test_the_story_is_told_in_these_words(name: str, golden: Golden) -> None:
    golden(f"told/{name}.txt", "\n\n".join(_messages(STORIES[name]())))


@pytest.mark.parametrize("name", ["careful", "next_build", "rejected", "shown_live", "solo"])
def test_the_question_reads_like_this_until_it_is_decided(name: str, golden: Golden) -> None:
    golden(f"questions/{name}.txt", "\n\n".join(_questions(STORIES[name]())))


@pytest.mark.parametrize("name", STORIES)
def test_the_card_shows_the_story_like_this(name: str, golden: Golden) -> None:
    golden(f"cards/{name}.txt", "\n\n".join(_cards(STORIES[name]())))


def test_the_incident_of_a_bad_release_reads_like_this(golden: Golden) -> None:
    journal = STORIES["bad"]().journal
    folded = states(journal)
    recorded = next(one for one in journal if isinstance(one.event, RollbackStarted))
    release = folded[recorded.version - 1]
    found = diagnose(Material(release, tuple(journal[: recorded.version]), recorded.at))
    golden("incident.json", draw_json(incident(recorded, release, found)))


def test_answers_read_like_this(golden: Golden) -> None:
    at, back = STORIES["flagged"](), STORIES["bad"]().state
    moving, accepted = at.state, STORIES["accepted"]()
    assert moving.entry is not None
    shown = {
        "help": answers.help_text(),
        "unknown": answers.unknown("rolback", "rollback"),
        "refused": answers.refused("only the operators of shop may promote shop-1: <@U0ADA>"),
        "nothing": answers.release_list([], at.now),
        "list": answers.release_list([replace(moving, id="shop-2"), back], at.now),
        "status of a moving one": answers.status(moving, SLOWER, at.now),
        "status of an ended one": answers.status(back, None, at.now),
        "sure": answers.ask_confirm(moving, "promote", moving.entry.number, "it is Friday"),
        "done": answers.staged("shop-2", "#releases"),
        "why": answers.answer(back, "why did it go back?", "**Errors** broke at 25 %.\n- canary 6.1 %, control 0.2 %"),
        "a finding": answers.recorded(moving, Severity.MINOR),
        "a day": answers.daily("- **shop v1.1.0** (shop-1): went back from 25 %."),
        "status with an accepted anomaly": answers.status(accepted.state, None, accepted.now),
        "accepted, or accepted already": answers.accepted(accepted.state, "p95"),
    }
    golden("answers.txt", "\n\n".join(f"── {name}\n{draw(rendered)}" for name, rendered in shown.items()))


def test_forms_ask_like_this(golden: Golden) -> None:
    release = STORIES["concern"]().state
    shown = {name: form(release, '{"concern":1}') for name, form in MODALS.items()}
    accepted = next(state for state in states(STORIES["accepted"]().journal) if state.acceptances)
    for name, state in (("accept", replace(accepted, acceptances=())), ("accept, once it is", accepted)):
        shown[name] = MODALS["accept"](state, '{"metric":"p95"}')
    pictured = STORIES["pictured"]().state
    shown["texts"] = PAGES["texts"](pictured, "{}")
    shown["text"] = MODALS["text"](pictured, '{"kind":"notes"}')
    shown["text, to edit"] = MODALS["text"](pictured, '{"kind":"notes","do":"edit"}')
    shown["text, as it was"] = MODALS["text"](pictured, '{"kind":"notes","do":"read","version":1}')
    golden("forms.json", draw_json(shown))


def _messages(story: Story) -> Iterator[str]:
    for said in told(story.journal):
        where = said.room or "page"
        title = f"── {said.recorded.version} {type(said.recorded.event).__name__} → {where}"
        yield f"{title}\n{draw(said.rendered) if said.rendered else '(nothing)'}"


def _questions(story: Story) -> Iterator[str]:
    """The message that asks, after each event from the question on, where it looks different from the one before."""
    shown = ""
    asked: Release | None = None
    for recorded, release in zip(story.journal, states(story.journal), strict=True):
        here = release.entry
        if here is not None and here.asked is not None:
            asked = release
        if asked is None:
            continue
        rendered = approval(release, recorded.at, asked)
        if rendered.digest != shown:
            shown = rendered.digest
            yield f"── after {recorded.version} {type(recorded.event).__name__}\n{draw(rendered)}"


def _cards(story: Story) -> Iterator[str]:
    """The card after each transaction, where it looks different from the one before."""
    shown = ""
    journal = zip(story.journal, states(story.journal), strict=True)
    for at, events in groupby(journal, key=lambda pair: pair[0].at):
        recorded, release = list(events)[-1]
        rendered = card(release, release.entry.verdict if release.entry else None, at)
        if rendered.digest != shown:
            shown = rendered.digest
            yield f"── after {recorded.version} {type(recorded.event).__name__}\n{draw(rendered)}"
