"""Whether Slack would take what we render: slack_sdk's own models, the stand-in's limits, and what both leave out.

`problems` and `view_problems` are empty for what is fine. The one thing to remember: Slack refuses a whole message
for one block, and a refused message is one that nobody reads.
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
PLAIN = re.compile(r"<@[UW][A-Z0-9]+>|<!subteam\^S0PRODUCT>|<!date\^\d+\^[^|<>]+\|[^|<>]+>")
"""The only tokens that we ever make; of user groups, the one that a story's plan names."""


def problems(rendered: Rendered) -> list[str]:
    """Why Slack would refuse the message, or show what it must not."""
    found = list(_of_blocks(rendered.blocks))
    if not 0 < len(rendered.text) <= TEXT_MAX:
        found.append(f"text has {len(rendered.text)} characters")
    if sum(_characters(block) for block in rendered.blocks) > CHARACTERS_MAX:
        found.append("too many characters altogether")
    found += [f"text: {word}" for word in _tokens(rendered.text)]
    return found + problems_of_message(list(rendered.blocks))


def view_problems(view: Block) -> list[str]:
    kind = view["type"]
    try:
        View(**view).validate_json()
    except SlackObjectFormationError as refused:
        return [str(refused)]
    if len(view.get("private_metadata", "")) > 3_000:
        return ["private_metadata is too long"]
    return [*_of_blocks(tuple(view["blocks"])), *problems_of_view(view, kind)]


def _of_blocks(blocks: tuple[Block, ...]) -> Iterator[str]:
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    yield from (f"block_id {name} stands {count} times" for name, count in Counter(ids).items() if count > 1)
    for block in blocks:
        try:
            parsed = SdkBlock.parse(block)
            assert parsed is not None, f"slack_sdk does not know {block['type']}"
            parsed.validate_json()
        except SlackObjectFormationError as refused:
            yield str(refused)
        for element in _marked(block):
            yield from (f"{block['type']}: {word}" for word in _tokens(element["text"]))
            if len(element["text"]) > (2_000 if element in block.get("fields", ()) else 3_000):
                yield f"{block['type']}: {len(element['text'])} characters"
        for element in block.get("elements", ()):
            if "value" in element:
                json.loads(element["value"])
            yield from (
                f"rich text holds {leaf['type']}" for leaf in _leaves(element) if leaf["type"] in ("broadcast", "user")
            )


def _marked(tree: object) -> Iterator[Block]:
    """Every mrkdwn text object in a tree."""
    if isinstance(tree, dict):
        if tree.get("type") == "mrkdwn":
            yield tree
        for part in tree.values():
            yield from _marked(part)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from _marked(part)


def _leaves(tree: object) -> Iterator[Block]:
    """Every leaf of rich text."""
    if isinstance(tree, dict):
        if "elements" not in tree and "type" in tree:
            yield tree
        for part in tree.get("elements", ()):
            yield from _leaves(part)


def _tokens(mrkdwn: str) -> Iterator[str]:
    """What Slack would read as a token, or as half an entity, and we did not make."""
    left = PLAIN.sub("", mrkdwn)
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
