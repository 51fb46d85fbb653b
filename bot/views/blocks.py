"""Blocks of Block Kit, each within Slack's sizes whatever it is given, and the message that is made of them.

Texts called `mrkdwn` are ours or were escaped; texts called `flat` mean nothing and need no escape. A block that
would be empty is None, and `rendered` leaves Nones out, so that views can be written as one list. The one thing to
remember: Slack refuses a whole message for one text that is too long; everything is cut here, at one place, and never
in a view.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from bot.core.foreign import ELLIPSIS, clean, cut_plain
from bot.core.slash import quoted
from bot.views.mrkdwn import cut
from bot.views.rendered import Block, Rendered

BLOCKS_MAX = 50
MESSAGE_CHARACTERS_MAX = 12_000
"""Over all blocks: Slack refuses from about 13,200 (`msg_blocks_too_long`)."""
TEXT_MAX = 4_000
"""Of a message's `text`: `chat.update` refuses more."""
HEADER_MAX = 150
SECTION_MAX = 3_000
CONTEXT_MAX = 10
ALT_MAX = 2_000
TITLE_MAX = 2_000
"""An image's words: what is read aloud, and what stands above it."""
BUTTONS_MAX = 25
BUTTON_MAX = 75
VALUE_MAX = 2_000
ID_MAX = 255
CONFIRM_TITLE_MAX = 100
CONFIRM_TEXT_MAX = 300
CONFIRM_BUTTON_MAX = 30

Style = Literal["primary", "danger"]


# ── text objects ─────────────────────────────────────────────────────────────────────────────────────────────────────


def plain(flat: str, limit: int) -> Block:
    """`plain_text`; a space where nothing was said, since Slack refuses an empty one."""
    return {"type": "plain_text", "text": cut_plain(flat, limit) or " ", "emoji": True}


def marked(mrkdwn: str, limit: int) -> Block:
    """`mrkdwn`, verbatim: no address, channel or name in it becomes a link by itself."""
    return {"type": "mrkdwn", "text": cut(mrkdwn, limit), "verbatim": True}


# ── blocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def header(flat: str) -> Block:
    return {"type": "header", "text": plain(flat, HEADER_MAX)}


def section(mrkdwn: str, *, accessory: Block | None = None, block_id: str = "") -> Block | None:
    if not mrkdwn:
        return None
    block: Block = {"type": "section", "text": marked(mrkdwn, SECTION_MAX)}
    return _named({**block, "accessory": accessory} if accessory else block, block_id)


def context(*mrkdwns: str) -> Block | None:
    """Small and grey: what is good to know."""
    shown = [marked(each, SECTION_MAX) for each in mrkdwns if each]
    return {"type": "context", "elements": shown[:CONTEXT_MAX]} if shown else None


def divider() -> Block:
    return {"type": "divider"}


def image(file: str, alt: str, title: str = "") -> Block:
    """A picture that was uploaded, by Slack's id of its file. `alt` is what those hear who do not see it."""
    block: Block = {"type": "image", "slack_file": {"id": file}, "alt_text": cut_plain(alt, ALT_MAX)}
    return {**block, "title": plain(title, TITLE_MAX)} if title else block


def actions(block_id: str, buttons: Iterable[Block | None]) -> Block | None:
    shown = [button for button in buttons if button is not None]
    return _named({"type": "actions", "elements": shown[:BUTTONS_MAX]}, block_id) if shown else None


def button(
    action_id: str,
    flat: str,
    value: Mapping[str, object],
    *,
    style: Style | None = None,
    confirm: Block | None = None,
    url: str = "",
) -> Block:
    """`value` travels as compact JSON; it must fit, since half a JSON object means nothing. `url` is opened as well."""
    made: Block = {"type": "button", "action_id": action_id, "text": plain(flat, BUTTON_MAX), "value": compact(value)}
    assert len(made["value"]) <= VALUE_MAX, f"the value of button {action_id} has {len(made['value'])} characters"
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    if url:
        made["url"] = url
    return made


def confirm(title: str, flat: str, yes: str, no: str = "Not now", *, style: Style | None = None) -> Block:
    """The dialog that asks again before a button acts."""
    made: Block = {
        "title": plain(title, CONFIRM_TITLE_MAX),
        "text": plain(flat, CONFIRM_TEXT_MAX),
        "confirm": plain(yes, CONFIRM_BUTTON_MAX),
        "deny": plain(no, CONFIRM_BUTTON_MAX),
    }
    return {**made, "style": style} if style else made


def compact(value: Mapping[str, object]) -> str:
    """JSON without spaces, as buttons and modals carry it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _named(block: Block, block_id: str) -> Block:
    return {**block, "block_id": block_id[:ID_MAX]} if block_id else block


# ── rich text: for what comes from outside ───────────────────────────────────────────────────────────────────────────


def words(flat: str, *, bold: bool = False, italic: bool = False, code: bool = False) -> Block:
    """A run of text in which nothing means anything."""
    style = {name: True for name, is_on in (("bold", bold), ("italic", italic), ("code", code)) if is_on}
    return {"type": "text", "text": flat, "style": style} if style else {"type": "text", "text": flat}


def emoji(name: str) -> Block:
    return {"type": "emoji", "name": name.strip(":")}


def quote(foreign: str, limit: int = SECTION_MAX) -> Block | None:
    """Somebody's own words, as they wrote them, lines and all; None when there are none."""
    said = cut_plain(quoted(clean(foreign)).strip(), limit)
    return rich({"type": "rich_text_quote", "elements": [words(said)]}) if said else None


def line(*elements: Block) -> Block:
    """Elements that follow one another; a new line is an element too."""
    return {"type": "rich_text_section", "elements": list(elements)}


def bullets(items: Iterable[Block]) -> Block:
    return {"type": "rich_text_list", "style": "bullet", "elements": list(items)}


def numbered(items: Iterable[Block], first: int = 1) -> Block:
    made: Block = {"type": "rich_text_list", "style": "ordered", "elements": list(items)}
    return {**made, "offset": first - 1} if first > 1 else made


def rich(*parts: Block) -> Block:
    return {"type": "rich_text", "elements": list(parts)}


# ── the message ──────────────────────────────────────────────────────────────────────────────────────────────────────


def rendered(text: str, *blocks: Block | None) -> Rendered:
    """The message: `text` for notifications (mrkdwn), and as many of the blocks as Slack takes.

    What does not fit is left out before the buttons are: a message may lose words, never what can be done about it.
    """
    shown = [block for block in blocks if block is not None]
    pressed = [block for block in shown if block["type"] == "actions"]
    room = MESSAGE_CHARACTERS_MAX - sum(map(characters, pressed)) - len(_SHORTENED)
    places = BLOCKS_MAX - len(pressed) - 1
    kept: list[Block] = []
    is_short = False
    for block in shown:
        if block["type"] == "actions":
            kept.append(block)
            continue
        size = characters(block)
        if size > room or places == 0:
            is_short = True
            continue
        room, places = room - size, places - 1
        kept.append(block)
    if is_short:
        kept.append({"type": "context", "elements": [marked(_SHORTENED, SECTION_MAX)]})
    return Rendered(cut(text, TEXT_MAX), tuple(kept))


_SHORTENED = f"{ELLIPSIS} shortened: there is more than fits into one message."


def characters(tree: Any) -> int:  # noqa: ANN401 - walks any JSON
    """Every text in a tree of blocks, which is what Slack adds up; a picture's description with the rest."""
    if isinstance(tree, dict):
        own = [tree.get("text"), tree.get("alt_text")]
        return sum(len(text) for text in own if isinstance(text, str)) + sum(characters(part) for part in tree.values())
    if isinstance(tree, list | tuple):
        return sum(characters(part) for part in tree)
    return 0
