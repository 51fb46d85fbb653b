"""A rendered message as text, so that a golden file is read, and its diff reviewed, as copy.

Everything a person can see or press is drawn, each block with its kind in the margin; times are left as they are
sent. The one thing to remember: a drawing is for reading. Whether Slack would take the message is asked of `checks`.
"""

import json
from collections.abc import Iterator
from itertools import count

from bot.views.rendered import Block, Rendered

MARGIN = {
    "header": "#",
    "section": "|",
    "rich_text": ":",
    "context": "~",
    "actions": "[]",
    "divider": "-",
    "image": "()",
}


def draw(rendered: Rendered) -> str:
    """The notification's text, then the blocks."""
    lines = [f"» {rendered.text}"]
    for block in rendered.blocks:
        sign = MARGIN[block["type"]]
        lines += [f"{sign:<3}{line}".rstrip() for part in _parts(block) for line in part.split("\n")]
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def _parts(block: Block) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield block["text"]["text"]
        case "section":
            yield block["text"]["text"]
            if "accessory" in block:
                yield _button(block["accessory"])
        case "context":
            yield from (element["text"] for element in block["elements"])
        case "actions":
            yield from (_button(element) for element in block["elements"])
        case "image":
            title = f"{block['title']['text']}: " if "title" in block else ""
            yield f"{block['slack_file']['id']} {title}({block['alt_text']})"
        case "rich_text":
            yield from (_rich(part) for part in block["elements"])


def _button(element: Block) -> str:
    style = f" ({element['style']})" if "style" in element else ""
    asks = element.get("confirm")
    sure = f" → {asks['title']['text']} {asks['text']['text']}" if asks else ""
    return f"{element['text']['text']}{style} {element['action_id']} {element['value']}{sure}"


def _rich(part: Block) -> str:
    if part["type"] == "rich_text_list":
        first = part.get("offset", 0) + 1
        signs = (f"{number}." if part["style"] == "ordered" else "•" for number in count(first))
        return "\n".join(f"{sign} {_rich(item)}" for sign, item in zip(signs, part["elements"], strict=False))
    text = "".join(_leaf(element) for element in part["elements"])
    return (
        "\n".join(f"> {line}" for line in text.split("\n")) if part["type"] == "rich_text_quote" else text.rstrip("\n")
    )


def _leaf(element: Block) -> str:
    if element["type"] == "emoji":
        return f":{element['name']}:"
    style = element.get("style", {})
    mark = "**" if style.get("bold") else "`" if style.get("code") else ""
    text = element["text"]
    return f"{mark}{text.strip()}{mark}".join(_around(text)) if mark else text


def _around(text: str) -> tuple[str, str]:
    """The blanks before and after: marks stand at the words."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def draw_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
