"""Slack takes every message and every view that Songbird can send, whatever people have written.

Three answers to the same question: slack_sdk's models, the stand-in's rules, and our own for what both leave out
(`checks`). The fourth, Slack's own types, is asked in `tests/contracts/test_slack_types.py`. The one thing to remember:
what is checked is made by `surfaces`, and the first test here holds that nothing is missing there.
"""

import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

import pytest

from bot import views as every_view
from bot.views import answers
from bot.views.home import Around, home
from bot.views.rendered import Rendered
from tests.golden import surfaces
from tests.golden.checks import problems, view_problems
from tests.golden.hostile import HOSTILE, MALLORY, MARK, WORST, many_attacks, one_attack
from tests.golden.surfaces import TALES, journal

INSIDE = {"bot.views.blocks.rendered", "bot.views.told.Told.say"}
"""What messages are made with, and none by itself."""

DRAWING = {"bot.views.home", "bot.views.modals", "bot.views.staging"}
"""Where views are drawn."""


def test_every_message_and_view_that_there_is_was_made() -> None:
    """A public function of the views that makes one, and that nothing here calls, is a surface nobody checks."""
    left = {maker.__code__: name for name, maker in makers_of_what_is_sent()}
    assert len(left) > 30, "what makes messages is no longer found"
    sys.setprofile(lambda frame, event, _argument: left.pop(frame.f_code, None) if event == "call" else None)
    try:
        for made in everything_that_is_made():
            list(made)
            if not left:
                break
    finally:
        sys.setprofile(None)
    assert list(left.values()) == []


def everything_that_is_made() -> Iterator[Iterator[Any]]:
    yield from (surfaces.messages_of_no_release(), surfaces.views_of_no_release())
    for name in TALES:
        yield from (surfaces.messages(journal(name)), surfaces.views(journal(name)))


def makers_of_what_is_sent() -> Iterator[tuple[str, Any]]:
    """Public functions of `bot/views` that return a message, or that draw a view."""
    for found in pkgutil.walk_packages(every_view.__path__, "bot.views."):
        module = importlib.import_module(found.name)
        for name, maker in inspect.getmembers(module, inspect.isfunction):
            if maker.__module__ != module.__name__ or name.startswith("_") or f"{module.__name__}.{name}" in INSIDE:
                continue
            made = str(get_type_hints(maker).get("return"))
            draws = module.__name__ in DRAWING and made == "dict[str, typing.Any]"
            if "Rendered" in made or draws:
                yield f"{module.__name__}.{name}", maker


# ── as they are ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", TALES)
def test_slack_takes_everything_that_is_sent_in_the_story(name: str) -> None:
    assert refused(surfaces.messages(journal(name)), problems) == []
    assert refused(surfaces.views(journal(name)), view_problems) == []


def test_slack_takes_what_is_sent_without_a_release() -> None:
    assert refused(surfaces.messages_of_no_release(), problems) == []
    assert refused(surfaces.views_of_no_release(), view_problems) == []


# ── whatever people write ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("begin", "name"), [(number * 4, name) for number, name in enumerate(TALES)])
def test_what_people_write_breaks_no_message_and_calls_nobody(name: str, begin: int) -> None:
    """Each place has an attack of its own."""
    must_be_harmless(many_attacks(journal(name), begin))


@pytest.mark.parametrize("attack", WORST)
def test_the_same_attack_in_every_place_breaks_no_message_and_calls_nobody(attack: str) -> None:
    must_be_harmless(one_attack(journal("pictured"), WORST[attack]))


@pytest.mark.parametrize("attack", HOSTILE.values(), ids=HOSTILE)
def test_an_attack_in_what_is_answered_breaks_nothing(attack: str) -> None:
    said = [answers.unknown(attack, attack), answers.daily(attack)]
    for message in (*said, answers.refused(attack)):
        marks_nothing("an answer", message.text, message.blocks)
    assert [problem for message in said for problem in problems(message)] == []
    alone = problems(answers.refused(attack))  # for the asker alone: there people and groups are named, and not called
    assert [problem for problem in alone if not problem.endswith("token of somebody else's: <!subteam^S0ADMINS>")] == []
    assert view_problems(home([], 0.0, "U0ADA", Around(given_up=[("shop-1/7/notes", attack)]))) == []


def must_be_harmless(spoilt: Any) -> None:
    messages, views = list(surfaces.messages(spoilt)), list(surfaces.views(spoilt))
    assert refused(iter(messages), problems) == []
    assert refused(iter(views), view_problems) == []
    for place, message in messages:
        calls_nobody(place, message.text, message.blocks)
        marks_nothing(place, message.text, message.blocks)
    for place, view in views:
        calls_nobody(place, "", view)
        marks_nothing(place, "", view)


def calls_nobody(place: str, text: str, tree: Any) -> None:
    """Where mentions act, which is in mrkdwn, there is none that a plan or a deed does not ask for."""
    for mrkdwn in (text, *marked(tree)):
        assert MALLORY not in "".join(re.findall("<[^>]*>", mrkdwn)), f"{place}: {mrkdwn[:200]}"
        assert not re.search(r"<!(?!date|subteam\^S0PRODUCT>)", mrkdwn), f"{place}: {mrkdwn[:200]}"


def marks_nothing(place: str, text: str, tree: Any) -> None:
    """Nobody's words are bold, italic, code or an emoji in what is ours."""
    for mrkdwn in (text, *marked(tree)):
        assert not MARK.search(mrkdwn), f"{place}: {mrkdwn[:400]}"


def marked(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if tree.get("type") == "mrkdwn":
            yield tree["text"]
        for part in tree.values():
            yield from marked(part)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from marked(part)


def refused(made: Iterator[tuple[str, Any]], check: Callable[[Any], list[str]]) -> list[str]:
    """What Slack would not take, each with its place; what looks the same is looked at once."""
    seen: set[str] = set()
    found = []
    for place, each in made:
        look = each.digest if isinstance(each, Rendered) else json.dumps(each, sort_keys=True)
        if look not in seen:
            seen.add(look)
            found += [f"{place}: {problem}" for problem in check(each)]
    return found
