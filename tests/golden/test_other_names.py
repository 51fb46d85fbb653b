"""Every surface in a workspace whose commands have other names, as long as Slack allows: renamed, and still taken.

What is sent goes through Slack's edge here, as it does when it leaves. The one thing to remember: a foreign text is
looked for by words that only the attack holds, so that what is ours may stand beside it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bot.adapters.chat.named import put_in
from bot.core.events import ArtefactWritten, Recorded
from bot.core.slash import RELEASE, STAGE, Slash
from bot.views.rendered import Rendered
from tests.golden import surfaces
from tests.golden.checks import problems, view_problems
from tests.golden.hostile import one_attack
from tests.golden.surfaces import journal

LONG = Slash("/songbird-stages-for-the-shop-aaa", "/songbird-release-of-the-shop-aa")
OURS = re.compile(r"(?<![\w/.])/(?:stage|release)(?![\w/-])")
ATTACK = "mend /release stats and `/stage` at last"


@pytest.mark.parametrize("name", ["pictured", "locked", "concern", "held", "failed"])
def test_every_command_is_renamed_and_slack_takes_what_it_becomes(name: str) -> None:
    check(surfaces.messages(journal(name)), surfaces.views(journal(name)))


def test_so_is_what_is_sent_without_a_release() -> None:
    check(surfaces.messages_of_no_release(), surfaces.views_of_no_release())


@pytest.mark.parametrize("name", ["pictured", "locked", "concern"])
def test_what_people_wrote_of_a_command_is_shown_as_they_wrote_it(name: str) -> None:
    """Texts of a template or a model are Songbird's own words, titles in them are not."""
    spoilt = tuple(
        before if isinstance(before.event, ArtefactWritten) else after
        for before, after in zip(journal(name), attacked(name), strict=True)
    )
    seen = 0
    for place, shown in named(surfaces.messages(spoilt), surfaces.views(spoilt)):
        words = json.dumps(shown, ensure_ascii=False)
        assert f"mend {LONG.release}" not in words, place
        assert "\N{ZERO WIDTH NON-JOINER}" not in words, place
        seen += "mend /release" in words
    assert seen > 10, "the attack is seen somewhere"


def attacked(name: str) -> tuple[Recorded, ...]:
    return one_attack(journal(name), ATTACK)


def named(messages: Iterator[tuple[str, Rendered]], views: Iterator[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for place, message in messages:
        yield place, put_in(LONG, {"text": message.text, "blocks": list(message.blocks)})
    for place, view in views:
        yield place, put_in(LONG, view)


def check(messages: Iterator[tuple[str, Rendered]], views: Iterator[tuple[str, Any]]) -> None:
    told = 0
    for place, shown in named(messages, views):
        left = [text for text in read(shown) if OURS.search(text)]
        assert left == [], place
        told += sum(LONG.stage in text or LONG.release in text for text in read(shown))
        if shown.get("type") in ("modal", "home"):
            assert view_problems(shown) == [], place
        else:
            assert problems(Rendered(shown["text"], tuple(shown["blocks"]))) == [], place
    assert told, f"{STAGE} and {RELEASE} are named somewhere"


def read(tree: Any) -> Iterator[str]:
    """What people read."""
    if isinstance(tree, dict):
        for name, value in tree.items():
            if isinstance(value, str) and name in ("text", "alt_text"):
                yield value
            elif name not in ("value", "private_metadata"):
                yield from read(value)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from read(part)
