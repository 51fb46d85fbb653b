"""A written text (release notes, a walkthrough) as rich text: headings, lists, bold and code, and nothing else.

Texts are light Markdown, written by templates or a model from titles that anybody can choose, so they are foreign:
rich text has no tokens, and a `<!channel>` in a title stays letters. The one thing to remember: a block holds at most
3,000 characters, a long text becomes several, and what exceeds the whole message's budget is cut at a line.
"""

import re
from collections.abc import Iterator

from bot.core.foreign import clean, cut_plain
from bot.views import blocks
from bot.views.rendered import Block

TEXT_MAX = 10_500
"""Characters of one text in a message: leaves room for what stands around it within Slack's 12,000."""

BLOCK_MAX = 2_800
LINE_MAX = 1_000

_HEADING = re.compile(r"#{1,6}\s+(?P<text>.+?)\s*#*$")
_BULLET = re.compile(r"\s*[-*•]\s+(?P<text>.+)$")
_NUMBERED = re.compile(r"(?P<number>[1-9]\d?)\.\s+(?P<text>.+)$")
_SPANS = re.compile(r"\*\*(?P<bold>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`")


def prose(text: str, limit: int = TEXT_MAX, rest: str = "… the rest does not fit here.") -> list[Block]:
    """Rich text blocks of at most `limit` characters altogether; none for a text that says nothing.

    `rest` ends a text that is longer.
    """
    made: list[Block] = []
    parts: list[Block] = []
    size = 0
    for part in map(_part, _lines(text, limit, rest)):
        length = blocks.characters(part)
        if parts and size + length > BLOCK_MAX:
            made.append(blocks.rich(*parts))
            parts, size = [], 0
        size += length
        if parts and _goes_on(parts[-1], part):
            parts[-1]["elements"] += part["elements"]
        else:
            parts.append(part)
    return [*made, blocks.rich(*parts)] if parts else made


def _lines(text: str, limit: int, rest: str) -> Iterator[str]:
    """Whole lines up to the limit; says so when there was more. A heading comes with what is below it."""
    room, heading = limit, ""
    for written in clean(text).strip().splitlines():
        if not written.strip():
            continue
        shown = cut_plain(written.rstrip(), LINE_MAX)
        room -= len(shown) + 1
        if room < 0:
            yield rest
            return
        if heading:
            yield heading
        heading = shown if _HEADING.match(shown) else ""
        if not heading:
            yield shown
    if heading:
        yield heading


def _goes_on(before: Block, part: Block) -> bool:
    """Neighbours of a kind are one list, or one section; a number that is not the next one begins a list of its own."""
    if part["type"] != before["type"] or part.get("style") != before.get("style"):
        return False
    is_next = part.get("offset", 0) == before.get("offset", 0) + len(before["elements"])
    return part.get("style") != "ordered" or is_next


def _part(written: str) -> Block:
    """One line, as a part of its own."""
    if bullet := _BULLET.match(written):
        return blocks.bullets([blocks.line(*_spans(bullet["text"]))])
    if numbered := _NUMBERED.match(written):
        return blocks.numbered([blocks.line(*_spans(numbered["text"]))], int(numbered["number"]))
    if heading := _HEADING.match(written):
        return blocks.line(blocks.words(f"{heading['text']}\n", bold=True))
    return blocks.line(*_spans(written), blocks.words("\n"))


def _spans(written: str) -> Iterator[Block]:
    at = 0
    for found in _SPANS.finditer(written):
        if found.start() > at:
            yield blocks.words(written[at : found.start()])
        bold = found["bold"]
        yield blocks.words(bold or found["code"], bold=bool(bold), code=not bold)
        at = found.end()
    if at < len(written):
        yield blocks.words(written[at:])
