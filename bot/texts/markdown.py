"""Foreign words as one harmless line of Markdown: what could be more than letters is shown as code, or goes away. Pure.

A title may hold HTML, links, headings, mentions, back-ticks and control characters. Escaping them would show strange
signs wherever Markdown is only half understood (Slack, a form), so words that mean something become `code`, which means
the same everywhere. The one thing to remember: every text from outside passes `line`, `label` or `code` once, as the
last thing before it is printed; they add marks, so they are not to be applied twice.
"""

import re

from bot.core.foreign import blank
from bot.core.slash import quoted

ELLIPSIS = "…"
LINE_MAX = 200
"""Characters of one title, reason or name."""

PATH_MAX = 120

_JOINERS = "\u200c\u200d"
"""Unseen, and needed: some scripts and many emoji are written with them."""

_CODE_SPAN = re.compile(r"(`[^`]+`)")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*(?:\([^()]*\)[^()\s]*)*(?:\s+\"[^\"]*\")?\)")
_STRONG = re.compile(r"\*\*(?=\S)(.+?)\*\*")
_WORD = re.compile(r"[^\s<]*<[^<>]*>\S*|\S+")
_ACTIVE = re.compile(r"<[A-Za-z/!?@#]|[*\\]|~~|(?<!\w)@\w|(?<!\w)_+\w|\w_+(?!\w)|://|\bwww\.|&#?\w+;")
"""What a renderer could take for HTML, emphasis, an escape, a mention, a link or an entity."""

_QUOTED = ("''", '""', "“”", "\u2018\u2019")
_EDGES = re.compile(r"^([(\[\"'“\u2018]*)(.*?)([)\]\"'”\u2019.,;:!?…]*)$", re.DOTALL)
_BLOCK = re.compile(r"(?:[#>*+=_~-]+(?:\s+|$)|\d{1,9}[.)]\s+|\[[ xX]?\]\s*)+")
"""What would make a heading, a list, a quotation or a rule of a line that begins with it."""

_NOT_IN_LABELS = re.compile(r"[^\w ./,+#&:-]+")


def line(text: str, characters_max: int = LINE_MAX) -> str:
    """One line of words; the empty text where nothing is left."""
    shown = seen(text)
    if not _ACTIVE.search(shown) and not _BLOCK.match(shown) and "`" not in shown and "](" not in shown:
        return cut(shown, characters_max)
    parts = _CODE_SPAN.split(cut(shown.replace("``", "`"), characters_max))
    # Where two pieces of code meet, their back-ticks would be read as one sign.
    quiet = "".join(part if at % 2 else _quiet(part) for at, part in enumerate(parts)).replace("``", "` `")
    return _BLOCK.sub("", quiet.strip(), count=1) if _BLOCK.match(quiet) else quiet.strip()


def label(text: str) -> str:
    """A short name, such as a component's, without any sign that Markdown knows."""
    return cut(" ".join(_NOT_IN_LABELS.sub("", seen(text)).split()), LINE_MAX)


def code(text: str, characters_max: int = PATH_MAX) -> str:
    """A path or another literal, as code."""
    return f"`{cut(seen(text).replace('`', chr(39)), characters_max) or ' '}`"


def seen(text: str) -> str:
    """On one line, without characters that show nothing or reorder others; a command in it is not ours."""
    if not text.isprintable():
        text = "".join(
            sign if sign.isprintable() or sign in _JOINERS else " " if sign.isspace() else "" for sign in text
        )
    return quoted(" ".join(blank(text).split()))


def cut(text: str, characters_max: int) -> str:
    return text if len(text) <= characters_max else text[: characters_max - len(ELLIPSIS)].rstrip() + ELLIPSIS


def _quiet(part: str) -> str:
    """Words outside of code: none of them means anything afterwards."""
    plain = _LINK.sub(r"\1", _STRONG.sub(r"\1", part)).replace("](", "] (").replace("`", "'")
    return _WORD.sub(_as_code, plain) if _ACTIVE.search(plain) else plain


def _as_code(found: re.Match[str]) -> str:
    word = found[0]
    if not _ACTIVE.search(word):
        return word
    edges = _EDGES.fullmatch(word)
    assert edges is not None, "every text has edges, if empty ones"
    before, inner, after = edges.groups()
    if inner.count("(") > inner.count(")") and after.startswith(")"):
        inner, after = inner + ")", after[1:]
    if before[-1:] + after[:1] in _QUOTED:
        before, after = before[:-1], after[1:]
    return f"{before}`{inner}`{after}" if inner else f"`{word}`"
