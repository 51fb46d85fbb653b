"""How a line of evidence is written: times, amounts, names, and foreign words between their marks.

Foreign words stand between « and », on one line, short, and without the signs that mean something to us, to Slack or to
a model: brackets (evidence markers, links), angle brackets (mentions, role tags), back-ticks, addresses. The one
thing to remember: an address from outside is not repeated to a model at all, so that it cannot be repeated by one.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from bot.core.actors import Actor
from bot.core.foreign import flat
from bot.texts.sheet.fact import Amount, Role, Term, TermKind

QUOTE_MAX = 240
"""Characters of one quotation: a title, a reason, the beginning of a body."""

NAME_MAX = 60

COMMIT_LENGTH = 8
"""Of a commit, as everywhere."""

_WIDE = {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
"""Full-width forms, which many programs read as what they look like."""

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("[{\u3014\u3010\u300a\u27e6", "("),
        **dict.fromkeys("]}\u3015\u3011\u300b\u27e7", ")"),
        **dict.fromkeys("<\u3008\u27e8", "\u2039"),
        **dict.fromkeys(">\u3009\u27e9", "\u203a"),
        **dict.fromkeys("«»", '"'),
        **dict.fromkeys("`\u00b4", "'"),
        "|": "/",
    }
)
_ADDRESS = re.compile(r"(?:\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\b(?:mailto|data|javascript):)\S+", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CALL = re.compile(r"@(?=(?:here|channel|everyone|[UWS][A-Z0-9]{2,})\b)", re.IGNORECASE)


def harmless(text: str, limit: int = NAME_MAX) -> str:
    """Foreign words on one line, in which nothing looks like a marker, a tag, a mention or an address."""
    line = flat(text, 4 * limit).translate(_WIDE)
    line = _MAIL.sub("(address)", _ADDRESS.sub("(link)", line))
    return flat(_CALL.sub("(at) ", line.translate(_SIGNS)), limit)


def quoted(text: str, limit: int = QUOTE_MAX) -> str:
    """The same, between the marks that say whose words they are."""
    return f"«{harmless(text, limit)}»"


def clock(at: float) -> str:
    """`08:02:18 UTC`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%H:%M:%S UTC")


def day(at: float) -> str:
    """`2027-01-15`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%d")


def moment(at: float) -> Amount:
    return Amount(at, "at", Role.TIME)


def listed(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    every = list(parts)
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def commit(whole: str) -> Term:
    return Term(TermKind.COMMIT, harmless(whole, 64))


def short(whole: str) -> str:
    return harmless(whole[:COMMIT_LENGTH], COMMIT_LENGTH)


def person(actor: Actor, titles: Mapping[str, str]) -> str:
    """What somebody is called; a Slack id where nobody knows a name."""
    return harmless(actor.name or titles.get(actor.id, "") or actor.id)


def titled(user: str, titles: Mapping[str, str]) -> str:
    return harmless(titles.get(user, "") or user)
