"""Text for Slack: what comes from outside is made harmless, what is ours may mention, date and be bold.

Two kinds of text meet here. *Foreign* text (commit titles, names, reasons, a judge's words) goes through `foreign`, or
through `flat` of `bot.core.foreign`, which take away everything that could be more than letters: line breaks, control
and direction characters, and in mrkdwn the three characters that open Slack's tokens and those that would make bold,
code, an emoji or a quotation. Slack knows no escape for these, and an unseen character beside them does not stop it:
where they could mean something they are replaced by signs that look the same, and `snake_case` stays what it is. *Our*
text is written in mrkdwn and may carry tokens made by `mention` and `moment`. The one thing to remember: escape first,
cut afterwards; `cut` divides no entity and no token.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.core.actors import Actor, Door
from bot.core.foreign import ELLIPSIS, clean, cut_plain
from bot.core.foreign import flat as core_flat
from bot.core.slash import quoted

MENTIONS_MAX = 10
"""More people than that are counted, not named."""

SAME_DAY_SECONDS = 12 * 3600.0
"""Nearer than that, the time of day says which day is meant."""
SOON_SECONDS = 600.0

_USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{2,}")
_UNSEEN = "\N{WORD JOINER}"
_EMOJI = re.compile(r":(?=(?!\d+:)[\w+'-]+:)")
"""Not the colons of a time."""
_MARK = re.compile(r"(?!(?<=\s).(?=\s))(?:(?<![A-Za-z0-9])[*_~]|[*_~](?![A-Za-z0-9]))|[`\uff0a\uff3f\uff40]")
"""What begins or ends bold, italics or a stroke, wide forms too: not within a word, and not alone between spaces."""
_ALIKE = str.maketrans("*_~`\uff0a\uff3f\uff40", "\u2217\u02cd\u223c\u2035\ufe61\u2e0f\u2035")
_PIECES = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|.", re.DOTALL)


def foreign(text: str, limit: int = 300) -> str:
    """Foreign text as one line for mrkdwn. `limit` counts what is sent, entities and all."""
    return ours(quoted(text), limit)


def ours(text: str, limit: int = 300) -> str:
    """The same of a text that is Songbird's own and may hold foreign words: the commands in it are meant."""
    return unmarked(cut(escape(_unsaid(" ".join(clean(text).split()))), limit))


def flat(text: str, limit: int = 300) -> str:
    """Foreign text as one line for rich text and `plain_text`, where only emoji mean anything."""
    return cut_plain(_EMOJI.sub(f":{_UNSEEN}", core_flat(quoted(text), limit)), limit)


def unmarked(mrkdwn: str) -> str:
    """With signs that look the same where something would be bold, italic, struck out or code; as long as before."""
    return _MARK.sub(lambda found: found[0].translate(_ALIKE), mrkdwn)


def _unsaid(line: str) -> str:
    """No emoji by its name, no quotation at the beginning."""
    said = _EMOJI.sub(f":{_UNSEEN}", line)
    return f"{_UNSEEN}{said}" if said.startswith((">", "\uff1e")) else said


def escape(text: str) -> str:
    """The three characters that mean something to Slack; an entity that was written is escaped again."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cut(mrkdwn: str, limit: int) -> str:
    """At most `limit` characters, the last an ellipsis when something was left out; entities and tokens stay whole."""
    if len(mrkdwn) <= limit:
        return mrkdwn
    kept, length = [], 0
    for piece in (found[0] for found in _PIECES.finditer(mrkdwn)):
        if length + len(piece) > limit - len(ELLIPSIS):
            break
        kept.append(piece)
        length += len(piece)
    return "".join(kept).rstrip() + ELLIPSIS


def glued(text: str) -> str:
    """On one line whatever the width: a number and its unit are not parted on a phone."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def mention(person: str) -> str:
    """`<@U1>` for a Slack user id, `<!subteam^S1>` for a user group's; what is neither is shown as text."""
    if _GROUP_ID.fullmatch(person):
        return f"<!subteam^{person}>"
    return f"<@{person}>" if _USER_ID.fullmatch(person) else foreign(person, 80)


def mentions(people: Iterable[str]) -> str:
    """`<@U1>, <@U2>`."""
    whom = tuple(dict.fromkeys(people))
    named = ", ".join(mention(person) for person in whom[:MENTIONS_MAX])
    return f"{named} and {len(whom) - MENTIONS_MAX} more" if len(whom) > MENTIONS_MAX else named


def who(actor: Actor) -> str:
    """Somebody who did something: named, not called. A mention only where we know no name."""
    if actor.name:
        return foreign(actor.name, 80)
    return mention(actor.id) if actor.door is Door.SLACK else foreign(actor.id, 80)


def moment(at: float, pattern: str = "{date_short} at {time}") -> str:
    """A time that every reader sees in their own time zone. No `today`: Slack would capitalise it mid-sentence."""
    return f"<!date^{int(at)}^{pattern}|{utc(at)}>"


def when(at: float, posted_at: float) -> str:
    """A time in a message of `posted_at`, which Slack dates itself: the day is said only where it is another."""
    return moment(at, "{time}") if abs(at - posted_at) < SAME_DAY_SECONDS else moment(at)


def due(at: float, now: float, posted_at: float) -> str:
    """A time to come: with its seconds where people sit and wait for it."""
    return moment(at, "{time_secs}") if at - now < SOON_SECONDS else when(at, posted_at)


def utc(at: float) -> str:
    """`2027-01-15 08:00 UTC`: for readers that know no date tokens."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%d %H:%M UTC")
