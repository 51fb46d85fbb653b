"""Foreign text for a stream, whose text is Markdown: it reads as it was written, and nothing in it acts.

A stream takes nothing but Markdown, and Slack reads its own `<…>` tokens in it besides. So the three characters of
those become entities, which Slack shows and does not read again; what opens Markdown is escaped; what Slack would
make a link of by itself (addresses, and names with a dot, `payments.py` too) is shown as code; `@here` and `:emoji:`
get a character that nobody sees. The one thing a reader could forget: a piece may stand at the beginning of a line,
wherever it stood in its sentence, so what opens a block is escaped in every line.
"""

import re

from bot.core.foreign import clean
from bot.views.mrkdwn import escape

PARAGRAPH = "\n\n"
"""How a line break of the text is written: one alone means nothing in Markdown."""

EXPANSION_MAX = 5
"""Characters that one character becomes at the most: `&` is `&amp;`."""

_UNSEEN = "\N{WORD JOINER}"
_ADDRESS = re.compile(r"[\w@/~+:%?=#.-]+")
"""What an address is made of. The longest run is looked at, so that no address begins in its middle."""
_LINKED = re.compile(r"://|\w\.[^\W\d_]{2}")
_EMOJI = re.compile(r":(?=(?!\d+:)[\w+'-]+:)")
"""Not the colons of a time."""
_NAME = re.compile(r"@(?=\w)")
_MARKS = re.compile(r"[\\`*~\[\]]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown acts on within a line. An underscore inside a word is one: `checkout_errors`."""
_BULLET = re.compile(r"^[-*+•]\s+")
_OPENING = re.compile(r"^(?:[#+=-]|\d+(?=[.)]))")


def harmless(foreign: str) -> str:
    """Markdown that shows the text. Lines are paragraphs; a line that begins as a list's item gets a plain bullet."""
    lines = (" ".join(line.split()) for line in clean(foreign).split("\n"))
    return PARAGRAPH.join(_line(line) for line in lines if line)


def _line(line: str) -> str:
    bulleted = _BULLET.sub("• ", line)
    parts: list[str] = []
    at = 0
    for found in _ADDRESS.finditer(bulleted):
        address = found[0].rstrip(".:?-")
        if _LINKED.search(address):
            parts += [_prose(bulleted[at : found.start()]), _code(address)]
            at = found.start() + len(address)
    return _OPENING.sub(_escaped, "".join((*parts, _prose(bulleted[at:]))))


def _prose(text: str) -> str:
    marked = _MARKS.sub(lambda found: f"\\{found[0]}", escape(text))
    return _NAME.sub(f"@{_UNSEEN}", _EMOJI.sub(f":{_UNSEEN}", marked))


def _code(address: str) -> str:
    """Nothing in code is a link; with its scheme taken apart it is none for any reader."""
    return f"`{address.replace('://', f':{_UNSEEN}//')}`"


def _escaped(found: "re.Match[str]") -> str:
    """A backslash before the mark; after a number, before the full stop that would make it an item."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"
