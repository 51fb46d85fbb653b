"""Text from outside, made harmless for any place where it is shown: no hidden characters, one line, not too long.

Commit titles, names, reasons, questions, a judge's words. The one thing to remember: nothing here escapes, since what
may mean something is for the place to know (`bot.views.mrkdwn` for Slack, `bot.texts.sheet` for a model).
"""

import re

ELLIPSIS = "…"

_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Controls, what shows nothing or reorders what is shown, halves of characters; not the joiners that scripts need."""

_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
"""Letters by their kind that look like spaces, of which no reader of a line makes one."""


def clean(text: str) -> str:
    """Without characters that hide or reorder others; lines stay lines, and what looks like a space is one."""
    return blank(_UNSEEN.sub("", "\n".join(text.expandtabs(4).splitlines())))


def blank(text: str) -> str:
    """With a space for every letter that looks like one."""
    return _BLANK.sub(" ", text)


def says_something(text: str) -> bool:
    """Whether there is a word in it that somebody can read: a letter or a digit."""
    return any(map(str.isalnum, clean(text)))


def flat(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters, for places in which nothing means anything."""
    return cut_plain(" ".join(clean(text).split()), limit)


def cut_plain(text: str, limit: int) -> str:
    """At most `limit` characters, the last an ellipsis when something was left out."""
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS
