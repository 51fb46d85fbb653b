"""The checks see what they are for: each mistake that Slack would refuse, or show wrongly, is put to them once."""

from typing import Any

import pytest

from bot.views import blocks
from bot.views.rendered import Block, Rendered
from tests.golden.checks import problems, view_problems

PLAIN = {"type": "plain_text", "text": "Words"}
MARKED = {"type": "mrkdwn", "text": "*Words*"}
PRESS = {"type": "button", "action_id": "hold", "text": PLAIN, "value": "{}"}


def section(text: str = "Words.", **more: Any) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def actions(*buttons: Block) -> Block:
    return {"type": "actions", "elements": list(buttons)}


def table(rows: int, columns: int) -> Block:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "1"}] * columns] * rows}


def picture(alt: str) -> Block:
    return {"type": "image", "slack_file": {"id": "F0CHART0001"}, "alt_text": alt}


MISTAKES: dict[str, tuple[Block, ...]] = {
    "a section of 3,001 characters": (section("x" * 3_001),),
    "a field of 2,001 characters": ({"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2_001}]},),
    "eleven fields": ({"type": "section", "fields": [MARKED] * 11},),
    "two blocks of one name": (section(block_id="here"), section(block_id="here")),
    "two buttons of one name": (actions(PRESS, PRESS),),
    "a name of 256 characters": (section(block_id="x" * 256),),
    "fifty-one blocks": (section(),) * 51,
    "too many characters altogether": (section("x" * 2_900),) * 5,
    "two tables": (table(1, 1), table(1, 1)),
    "a table of 101 rows": (table(101, 1),),
    "a table of 21 columns": (table(1, 21),),
    "mrkdwn in a header": ({"type": "header", "text": MARKED},),
    "mrkdwn on a button": (actions({**PRESS, "text": MARKED}),),
    "mrkdwn in a dialog's title": (actions({**PRESS, "confirm": blocks.confirm("a", "b", "c") | {"title": MARKED}}),),
    "a picture that is not described": (picture(" "),),
    "a button without a text": (actions({**PRESS, "text": {"type": "plain_text", "text": ""}}),),
    "a call to a channel": (section("<!channel> look"),),
    "a link": (section("<https://evil.example|look>"),),
    "a time without words": (section("since <!date^1800000000^{time}|>"),),
    "half a mention": (section("waiting for <@U0AD…"),),
    "half an entity": (section("a &am…"),),
    "half a character": (section("a \ud83d"),),
    "a NUL in rich text": (blocks.rich(blocks.line(blocks.words("a\x00b"))),),
    "a turned direction": (section("a \u202eb"),),
    "a person in rich text": (blocks.rich(blocks.line({"type": "user", "user_id": "U0ADA"})),),
}

VIEW: Block = {"type": "modal", "title": PLAIN, "close": PLAIN, "blocks": [section()]}

MISTAKEN_VIEWS: dict[str, Block] = {
    "a title of 25 characters": VIEW | {"title": {**PLAIN, "text": "x" * 25}},
    "mrkdwn as a title": VIEW | {"title": MARKED},
    "101 blocks": VIEW | {"blocks": [section()] * 101},
    "3,001 characters to carry": VIEW | {"private_metadata": "x" * 3_001},
    "a quarter of a megabyte": VIEW | {"blocks": [section("\N{PARROT}" * 800)] * 90},
    "two fields of one name": VIEW | {"blocks": [section(block_id="here"), section(block_id="here")]},
    "a question without a button to answer it": VIEW
    | {"blocks": [{"type": "input", "label": PLAIN, "element": {"type": "plain_text_input", "action_id": "text"}}]},
}


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_message_with_a_mistake_is_found(mistake: tuple[Block, ...]) -> None:
    assert problems(Rendered("Words.", mistake)) != []


@pytest.mark.parametrize("text", ["", " ", "x" * 4_001, "<!here>", "a\x00b"])
def test_a_notification_with_a_mistake_is_found(text: str) -> None:
    assert problems(Rendered(text, (section(),))) != []


@pytest.mark.parametrize("mistake", MISTAKEN_VIEWS.values(), ids=MISTAKEN_VIEWS)
def test_a_view_with_a_mistake_is_found(mistake: Block) -> None:
    assert view_problems(mistake) != []


def test_what_is_fine_is_left_alone() -> None:
    fine = (section("For <@U0ADA> since <!date^1800000000^{time}|08:00 UTC> &amp; on"), actions(PRESS), table(100, 20))
    assert problems(Rendered("Words.", fine)) == []
    assert view_problems(VIEW) == []
