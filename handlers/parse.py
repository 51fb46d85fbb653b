"""What somebody typed, as values: pure, so that every odd input is a line in a test. `handlers.presses` reads buttons.

Words go in, `Asked` values come out. The one thing a reader could forget: a word that is not quite right is told the
nearest one and does nothing; a slip must not move traffic.
"""

import difflib
import html
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from bot.core import commands as c
from bot.core.contents import Severity
from bot.core.errors import Refused
from bot.core.incidents import named_key
from handlers.asked import (
    Asked,
    Asking,
    Barring,
    Blaming,
    Choosing,
    Counting,
    Daily,
    Doing,
    Excusing,
    Finding,
    FollowUps,
    Helping,
    Leaving,
    Listing,
    Overriding,
    Planning,
    Reading,
    Recalling,
    Returning,
    Showing,
    Staging,
)

Body = Mapping[str, Any]
"""A Slack payload."""

STRANGE = "this button is from another version of Songbird: look at `/release` and use what is there"

# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────

VERBS = ("hold", "resume", "promote", "accept", "rollback", "cancel", "give-up", "unblock")
BARS = ("lock", "unlock", "freeze", "thaw")
RECORDS = ("checklist", "audit")
ABSENCES = ("away", "back")
LOOKS = ("list", "status", *RECORDS, "why", "notes", "plan", "followups", "daily", "stats")
WORDS = (*LOOKS, *VERBS, "override", "finding", "incident", *BARS, *ABSENCES, "help")

ASKS_FIRST = frozenset({"promote", "cancel", "give-up"})
"""Typed, these are asked about once more. Rolling back is not: seconds count, and it is the safe direction."""

MEANT = {
    "abort": "cancel",
    "ack": "accept",
    "acknowledge": "accept",
    "bug": "finding",
    "bypass": "override",
    "continue": "resume",
    "criteria": "plan",
    "diff": "plan",
    "emergency": "override",
    "gates": "checklist",
    "history": "audit",
    "log": "audit",
    "metrics": "stats",
    "explain": "why",
    "followup": "followups",
    "go": "promote",
    "outage": "incident",
    "pause": "hold",
    "postmortem": "incident",
    "revert": "rollback",
    "show": "status",
    "stop": "hold",
    "texts": "notes",
    "today": "daily",
    "undo": "rollback",
}
"""Words of other tools. Understood enough to help, not enough to act on: a slip must not move traffic."""

GATES = ("approval", "go", "health", "minimum-time")
"""Gates of a plan, as they are typed before the reason of an override."""

_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_TOKEN = re.compile(r"<(@(?=[UW])|#(?=[CG])|(?=https?:|mailto:))([^<>|]+)(?:\|([^<>]*))?>")
"""What Slack makes of a person, a channel and a link that are typed after a command."""

_CALL = re.compile(r"<!(?:subteam\^\w+\|@?)?([^<>|^]+)(?:\|[^<>]*)?>")
"""What Slack makes of a user group and of `@here` there."""

_MENTION = re.compile(r"<@[UW][A-Z0-9]+(?:\|[^>]*)?>[:,]?")
BACK = "withdraw"
"""Typed first, it takes an incident back: what is not quite right is refused then, and recorded never."""

RELEASE = re.compile(r"[a-z][a-z0-9-]{0,30}-[1-9][0-9]*")


def stage(text: str) -> Staging | Choosing | Helping:
    match _words(text):
        case [word] if word.lower() == "help":
            return Helping()
        case [service, ref, *note]:
            return Staging(service.lower(), ref, " ".join(note))
        case words:
            return Choosing("".join(words).lower())


def release(text: str) -> Asked:
    text = _CALL.sub(r"@\1", text)
    words = _words(_TOKEN.sub(_as_typed, text))
    first = words[0].lower() if words else "list"
    words = _words(_PERSON.sub(r"<@\1>", text)) if first == "away" else words
    if first in _TYPED:
        return _TYPED[first](first, words[1:])
    if RELEASE.fullmatch(first):
        return Showing(first)
    return Helping(words[0], MEANT.get(first) or nearest(first, WORDS))


DAYS = 30
DAYS_MAX = 3_650
"""What `stats` counts when nobody says, and at the most."""

_DAYS = re.compile(r"([0-9]{1,6})(?:d|days?)?")


def _counting(_: str, words: list[str]) -> Counting:
    """A number is days, a word is a service, in either order; `days` behind its number is no service."""
    said = [word.lower() for word in words if word.lower() not in ("day", "days")]
    numbers = [word for word in said if _DAYS.fullmatch(word)]
    return Counting("".join([word for word in said if word not in numbers][:1]), "".join(numbers[:1]))


def days(word: str) -> int:
    """Raises Refused where it is not 1 to DAYS_MAX."""
    found = _DAYS.fullmatch(word) if word else None
    number = int(found[1]) if found else DAYS
    if not 1 <= number <= DAYS_MAX:
        raise Refused(f"stats counts 1 to {DAYS_MAX} days, not {number}: /release stats SERVICE DAYS")
    return number


def _as_typed(token: re.Match[str]) -> str:
    """`@priya`, `#shop`, an address."""
    sign, what, label = token.groups()
    return f"{sign}{label or what}" if sign else what


def _overriding(_: str, words: list[str]) -> Overriding:
    name, rest = _named(words)
    gates = tuple(takewhile(GATES.__contains__, (word.lower().strip(",") for word in rest)))
    return Overriding(name, gates, because(" ".join(rest[len(gates) :])))


def mention(text: str) -> Asking | Helping:
    """What somebody says to Songbird in a channel. A release's id in it says which is meant."""
    words = [word for word in _words(text) if not _MENTION.fullmatch(word)]
    if not words or [word.lower().strip("?!.") for word in words] == ["help"]:
        return Helping()
    plain = (word.lower().strip("?!.,:;'\"()") for word in words)
    return Asking(next((word for word in plain if RELEASE.fullmatch(word)), None), " ".join(words))


def severity(word: str) -> Severity:
    """Raises Refused, naming what there is."""
    if word not in [*Severity]:
        meant = nearest(word, [*Severity])
        hint = f"did you mean {meant}?" if meant else "say /release finding ID SEVERITY what was found"
        raise Refused(f"a finding is {', '.join(Severity)}, not {word[:40] or 'nothing'}: {hint}")
    return Severity(word)


def nearest(word: str, known: Sequence[str]) -> str:
    """The known word that was probably meant; empty when none is near."""
    swapped = [one for one in known if sorted(one) == sorted(word)]  # the slip of a fast hand: stauts is status
    return next(iter(swapped or difflib.get_close_matches(word, known, n=1, cutoff=0.6)), "")


def command(verb: str, release: str, entry: int, reason: str, metric: str = "") -> c.Command:
    """The core's command for a verb that was typed, or confirmed."""
    made: dict[str, Callable[[], c.Command]] = {
        "hold": lambda: c.HoldRelease(release, reason),
        "resume": lambda: c.ResumeRelease(release),
        "promote": lambda: c.PromoteRelease(release, entry, reason),
        "accept": lambda: c.AcceptAnomaly(release, metric, reason, entry),
        "rollback": lambda: c.RollBackRelease(release, reason),
        "cancel": lambda: c.CancelRelease(release, reason),
        "give-up": lambda: c.GiveUpWayBack(release, entry, reason),
        "unblock": lambda: c.UnblockBuild(release, reason),
    }
    if verb not in made:
        raise Refused(STRANGE)
    return made[verb]()


def _words(text: str) -> list[str]:
    """Slack escapes `&`, `<` and `>` of what is typed after a command; nothing else."""
    return html.unescape(text).split()


def _reason(words: list[str]) -> list[str]:
    """`because it warms up` is shown behind a colon: without its first word, unless that leaves half a phrase."""
    is_given = len(words) > 1 and words[0].lower().strip(",:") == "because" and words[1].lower() != "of"
    return words[1:] if is_given else words


def because(reason: str) -> str:
    """The same, of words that were put together already."""
    return " ".join(_reason(reason.split()))


def _named(words: list[str]) -> tuple[str | None, list[str]]:
    if words and RELEASE.fullmatch(words[0].lower()):
        return words[0].lower(), words[1:]
    return None, words


def _asking(_: str, words: list[str]) -> Asking:
    name, rest = _named(words)
    return Asking(name, " ".join(rest))


def _finding(_: str, words: list[str]) -> Finding:
    name, rest = _named(words)
    return Finding(name, "".join(rest[:1]).lower(), " ".join(rest[1:]))


def _blaming(_: str, words: list[str]) -> Blaming | Excusing:
    name, rest = _named(words)
    key, said = _keyed(rest)
    if said and said[0].lower().strip(":,") == BACK:
        return _excusing(name, key, said[1:])
    return Blaming(name, " ".join(said), named_key(key))


def _keyed(words: list[str]) -> tuple[str, list[str]]:
    """The first `key=INC-42` among these, wherever it stands, and the others."""
    at = next((at for at, word in enumerate(words) if named_key(word)), len(words))
    return "".join(words[at : at + 1]), words[:at] + words[at + 1 :]


def _excusing(name: str | None, key: str, said: list[str]) -> Excusing:
    said = said[1:] if len(said) > 1 and said[0].lower() == "incident" else said
    first, rest = "".join(said[:1]).rstrip(":,"), said[1:]
    if not key:
        return Excusing(name, first, because(" ".join(rest)))
    if any(map(str.isdigit, first)):  # two may be meant, and no incident is called by two words
        return Excusing(name, f"{first} {key}", because(" ".join(rest)))
    return Excusing(name, key, because(" ".join(said)))


def _doing(verb: str, words: list[str]) -> Doing:
    name, rest = _named(words)
    if verb == "accept":
        return Doing(verb, name, " ".join(_reason(rest[1:])), metric="".join(rest[:1]).lower())
    return Doing(verb, name, " ".join(rest))


def _planning(_: str, words: list[str]) -> Planning:
    name, rest = _named(words)
    return Planning(name, "".join(rest[:1]).lower(), because(" ".join(rest[1:])))


def _barring(verb: str, words: list[str]) -> Barring:
    at = 0 if verb == "freeze" else 1  # when and of what stands among its words, and is understood elsewhere
    return Barring(verb, "".join(words[:at]).lower(), because(" ".join(words[at:])))


_TYPED: Mapping[str, Callable[[str, list[str]], Asked]] = {
    "list": lambda _, __: Listing(),
    "status": lambda _, words: Showing(_named(words)[0]),
    "notes": lambda _, words: Reading(_named(words)[0]),
    "plan": _planning,
    "followups": lambda _, words: FollowUps("".join(words[:1]).lower()),
    "daily": lambda _, __: Daily(),
    "help": lambda _, __: Helping(),
    "why": _asking,
    "stats": _counting,
    "finding": _finding,
    "incident": _blaming,
    "override": _overriding,
    "away": lambda _, words: Leaving(tuple(words)),
    "back": lambda _, __: Returning(),
    **dict.fromkeys(RECORDS, lambda what, words: Recalling(what, _named(words)[0])),
    **dict.fromkeys(VERBS, _doing),
    **dict.fromkeys(BARS, _barring),
}
"""What stands behind /release, by its first word; each takes that word and the others."""
