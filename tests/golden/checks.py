"""Whether Slack would take what we render: slack_sdk's own models, the stand-in's limits, and what both leave out.

`problems` and `view_problems` are empty for what is fine; `_sizes` and what follows it is our own, written from Slack's
reference and not from `bot/`. The one thing to remember: Slack refuses a whole message for one block, and a refused
message is one that nobody reads.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View

from bot.sandbox.workspace.blocks import problems_of_message, problems_of_view
from bot.views.rendered import Block, Rendered

TEXT_MAX = 4_000
CHARACTERS_MAX = 12_000
"""Over all blocks of a message; Slack refuses somewhat more."""
MESSAGE_BLOCKS_MAX = 50
VIEW_BLOCKS_MAX = 100
VIEW_BYTES_MAX = 250_000
METADATA_MAX = 3_000
SECTION_MAX = 3_000
FIELDS_MAX = 10
FIELD_MAX = 2_000
TABLE_ROWS_MAX = 100
TABLE_COLUMNS_MAX = 20
ID_MAX = 255

OURS = re.compile(r"<@[UW][A-Z0-9]+>|<!subteam\^S0PRODUCT>|<!date\^\d+\^[^|<>]+\|[^|<>]+>")
"""The only tokens that we ever make: a person, the one user group that a story's plan names, and a time with its words
for readers that know no tokens."""

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2800\u3164\uffa0\ud800-\udfff]")
"""Controls, what turns the direction of what follows, letters that look like spaces, and halves of characters, which no
UTF-8 can carry."""

PLAIN_ONLY = ("title", "label", "hint", "placeholder", "confirm", "deny", "submit", "close")
"""Parts in which Slack takes no mrkdwn, wherever they stand."""

LEAVES = ("text", "emoji")
"""What our rich text is made of. A user, a channel, a broadcast or a link in it would be somebody else's."""


def problems(rendered: Rendered) -> list[str]:
    """Why Slack would refuse the message, or show what it must not."""
    found = [*_of_blocks(rendered.blocks), *_tables(rendered.blocks)]
    if not rendered.text.strip() or len(rendered.text) > TEXT_MAX:
        found.append(f"text has {len(rendered.text)} characters")
    if len(rendered.blocks) > MESSAGE_BLOCKS_MAX:
        found.append(f"{len(rendered.blocks)} blocks")
    if sum(_characters(block) for block in rendered.blocks) > CHARACTERS_MAX:
        found.append("too many characters altogether")
    found += [f"text: {word}" for word in (*_tokens(rendered.text), *_unseen(rendered.text))]
    return found + problems_of_message(list(rendered.blocks))


def view_problems(view: Block) -> list[str]:
    """The same of a form, a page or the Home tab."""
    try:
        View(**view).validate_json()
    except SlackObjectFormationError as refused:
        return [str(refused)]
    found = [*_of_blocks(tuple(view["blocks"])), *_plain(view)]
    if len(view.get("private_metadata", "")) > METADATA_MAX:
        found.append("private_metadata is too long")
    if len(view["blocks"]) > VIEW_BLOCKS_MAX:
        found.append(f"{len(view['blocks'])} blocks")
    if len(json.dumps(view).encode()) > VIEW_BYTES_MAX:
        found.append("the view has too many bytes")
    return found + problems_of_view(view, view["type"])


def _of_blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    yield from _repeated("block_id", blocks)
    for block in blocks:
        try:
            parsed = SdkBlock.parse(block)
            assert parsed is not None, f"slack_sdk does not know {block['type']}"
            parsed.validate_json()
        except SlackObjectFormationError as refused:
            yield str(refused)
        yield from (f"{block['type']}: {problem}" for problem in _of_block(block))


def _of_block(block: Block) -> Iterator[str]:
    yield from _sizes(block)
    yield from _plain(block)
    yield from _repeated("action_id", block.get("elements", ()))
    for element in _nodes(block):
        if element.get("type") == "mrkdwn":
            yield from _tokens(element["text"])
        if element.get("type") == "image" and not element.get("alt_text", "").strip():
            yield "an image without a description"
        if element.get("type") == "button":
            json.loads(element["value"])
        yield from _unseen(*(part for part in element.values() if isinstance(part, str)))
    if block["type"] == "rich_text":
        yield from (f"rich text holds {leaf['type']}" for leaf in _leaves(block) if leaf["type"] not in LEAVES)


def _sizes(block: Block) -> Iterator[str]:
    """Lengths that slack_sdk does not look at, wherever in the block they stand."""
    fields = block.get("fields", ())
    if len(fields) > FIELDS_MAX:
        yield f"{len(fields)} fields"
    yield from (f"a field of {len(field['text'])} characters" for field in fields if len(field["text"]) > FIELD_MAX)
    for element in _nodes(block):
        for name in ("block_id", "action_id"):
            if not 0 < len(element.get(name, "-")) <= ID_MAX:
                yield f"{name} of {len(element[name])} characters"
        if element.get("type") in ("mrkdwn", "plain_text") and not 0 < len(element["text"]) <= SECTION_MAX:
            yield f"a text of {len(element['text'])} characters"


def _plain(tree: Block) -> Iterator[str]:
    """What is marked up where Slack takes plain text only: headers, buttons, titles, labels."""
    for element in _nodes(tree):
        only = (*PLAIN_ONLY, "text") if element.get("type") in ("header", "button") else PLAIN_ONLY
        for name in only:
            part = element.get(name)
            if isinstance(part, dict) and part.get("type") == "mrkdwn":
                yield f"mrkdwn as the {name} of {element.get('type', 'a part')}"


def _tables(blocks: tuple[Block, ...]) -> Iterator[str]:
    tables = [block for block in blocks if block["type"] == "table"]
    if len(tables) > 1:
        yield f"{len(tables)} tables"
    for table in tables:
        if len(table["rows"]) > TABLE_ROWS_MAX or any(len(row) > TABLE_COLUMNS_MAX for row in table["rows"]):
            yield "a table with too many rows or columns"


def _repeated(name: str, parts: tuple[Block, ...] | list[Block]) -> Iterator[str]:
    ids = Counter(part[name] for part in parts if name in part)
    yield from (f"{name} {each} stands {count} times" for each, count in ids.items() if count > 1)


def _unseen(*texts: str) -> Iterator[str]:
    yield from (f"a character that hides or breaks: {found[0]!r}" for text in texts if (found := UNSEEN.search(text)))


def _nodes(tree: object) -> Iterator[Block]:
    """Every object in a tree of JSON."""
    if isinstance(tree, dict):
        yield tree
        for part in tree.values():
            yield from _nodes(part)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from _nodes(part)


def _leaves(tree: object) -> Iterator[Block]:
    """Every leaf of rich text."""
    if isinstance(tree, dict):
        if "elements" not in tree and "type" in tree:
            yield tree
        for part in tree.get("elements", ()):
            yield from _leaves(part)


def _tokens(mrkdwn: str) -> Iterator[str]:
    """What Slack would read as a token, or as half an entity, and we did not make."""
    left = OURS.sub("", mrkdwn)
    yield from (
        f"a token of somebody else's: {token}"
        for token in re.findall(r"<[^\n]{0,20}|>(?!\s)", left.replace("\n> ", "\n"))
    )
    yield from (f"half an entity: {half}" for half in re.findall(r"&(?!amp;|lt;|gt;).{0,6}", left))


def _characters(tree: object) -> int:
    if isinstance(tree, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else _characters(v) for k, v in tree.items())
    if isinstance(tree, list | tuple):
        return sum(map(_characters, tree))
    return 0
