"""A title taken apart: what it declares about itself, and the words that are left to be read. Pure.

Projects write more than words into a title: a kind and a scope (`feat(cart)!: …`), several (`BUG, TST: …`), a component
(`[api] …`, `net/http: …`), an emoji, a ticket (`SHOP-12: …`), a branch (`[3.x] …`), numbers at the end (`(fixes #12)`),
a revert around it all. The one thing to remember: peeled off is only what is understood; everything else stays words.
"""

import re
from dataclasses import dataclass, field

from bot.texts.changes.words import BREAKING, first_of, of_component, of_emoji, of_kind
from bot.texts.markdown import cut, seen

PEELS_MAX = 5
"""Prefixes of one title. Nobody who wants to be read writes more."""

REVERTS_MAX = 8
TITLE_MAX = 500
SCOPE_MAX = 40
TAIL_MAX = 100
"""Characters of a title, of a component, and of the numbers at the end of a title."""

_REVERT = re.compile(r'(?P<verb>Revert|Reapply|Reland):? ["“](?P<title>.+)["”]')
_REVERT_KIND = re.compile(r"reverts?(?:\([^()]*\))?!?: +(?P<title>\S.*)", re.IGNORECASE)

_EMOJI = re.compile(
    r"(?P<sign>:[a-z0-9_+-]+:|[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff](?:\u200d[\u2190-\U0001faff])*)"
    r"\ufe0f?\s*:?\s*(?=\S)"
)
_BRACKET = re.compile(r"\[(?P<inner>[^\[\]]{1,60})\](?!\()[:\s-]*(?=\S)")
_BRANCH = re.compile(
    r"(?:backport|cherry-?pick|stable|release|branch)\b.*|v?\d+(?:\.\d+)+|v?\d+(?:\.\d+)*\.x"
    r"|PR #\d+/[0-9a-f]+ backport",
    re.IGNORECASE,
)
_MARKS = re.compile(r"(?:skip[ -]ci|ci[ -]skip|no[ -]ci|wip|draft|rfc|patch.*|squash)", re.IGNORECASE)
_BACKPORTED = re.compile(
    r"Backport(?:ed)? (?:PR )?#\d+(?: on branch \S+)? ?\((?P<inner>.+)\)"
    r"|Backport(?:ed)?(?: of)?(?: (?:PR )?#\d+)?: +(?P<rest>\S.*)",
    re.IGNORECASE,
)
_TICKET = r"(?!(?:UTF|SHA|ISO|RFC|IPV|CVE|X|MD|AES|HTTP|PEP|GH)-)[A-Z][A-Z0-9]{1,9}-\d+"
_TICKETS = re.compile(
    rf"(?:(?P<tickets>{_TICKET}(?:[,/ ]+{_TICKET})*)"
    r"|(?P<numbers>(?i:bpo|gh|issue|bug)[ -]#?\d+|#\d+)(?= *[:\u2013\u2014-]))"
    r"(?: *[:\u2013\u2014-] +| +)(?=\S)"
)
_ONE_TICKET = re.compile(_TICKET)
_PREFIX = re.compile(
    r"\*{0,2}(?P<kinds>[\w.{}/+@-]+(?:(?:, ?| ?[&|] ?)[\w.{}/+@-]+){0,3}|[Bb]reaking [Cc]hange)"
    r"(?:\((?P<scope>[^()]{1,60})\))?(?P<breaking>!)?:\*{0,2} +(?P<rest>\S.*)"
)
_SEVERAL = re.compile(r"(?:, ?|/| ?[&|] ?)")

_TAIL = re.compile(
    r"\s*(?:\((?:(?:(?:fix(?:es|ed)?|close[sd]?|refs?|resolve[sd]?|see|issue|part of|PR)?:? ?(?:[\w./-]*#|GH-|!)\d+"
    r"|(?:fix(?:es)?|closes) \d+)[, ]*(?:and )?)+\)"
    r"|\((?:cherry[ -]picked|backport)[^()]*\)|\[(?:skip ci|ci skip)\]|\*\*\*NO_CI\*\*\*"
    r"|[,;:]? (?:fix(?:es)?|closes?|refs?|resolves?):? #\d+| r=[\w,!?#.-]+)\s*$",
    re.IGNORECASE,
)
_ENDS_OF_TAILS = (")", "]", "*")
_WITHOUT_CAPITAL = re.compile(r"[a-z]+(?:'[a-z]+)?(?=,? |$)")


@dataclass(frozen=True, slots=True)
class Title:
    """`words` may still hold Markdown; `heading` is what the title declares, None where it declares nothing."""

    words: str
    scope: str = ""
    heading: str | None = None
    breaking: bool = False
    tickets: tuple[str, ...] = ()
    reverts: int = 0
    """How many times it takes back: 1 for `Revert "x"`, 2 for what brings it back."""

    key: str = ""
    """The same for a change, its backport and its revert."""


@dataclass(slots=True)
class _Peeling:
    """What is known while prefixes come off."""

    rest: str
    scope: str = ""
    headings: list[str] = field(default_factory=list)
    breaking: bool = False
    tickets: list[str] = field(default_factory=list)


def read(written: str) -> Title:
    """A title as a person or a forge wrote it."""
    rest, reverts = _unwrapped(cut(seen(written), TITLE_MAX))
    peeling = _Peeling(rest)
    for _ in range(PEELS_MAX):
        if not _peel(peeling):
            break
    words = _tidy(peeling.rest, capital=not peeling.scope)
    return Title(
        words=words,
        scope=peeling.scope,
        heading=first_of(peeling.headings),
        breaking=peeling.breaking,
        tickets=tuple(dict.fromkeys(peeling.tickets)),
        reverts=reverts,
        key=f"{peeling.scope}:{words}".casefold(),
    )


def _unwrapped(title: str) -> tuple[str, int]:
    """Without the reverts around it, and how many they are."""
    reverts = 0
    for _ in range(REVERTS_MAX):
        if not title.startswith(("Re", "re")):
            break
        title = _without_tail(title)
        if quoted := _REVERT.fullmatch(title):
            title = quoted["title"]
            reverts += 1 if quoted["verb"] == "Revert" else 2
        elif told := _REVERT_KIND.fullmatch(title):
            title, reverts = told["title"], reverts + 1
        else:
            break
    return title, reverts


def _peel(peeling: _Peeling) -> bool:
    """Whether one more prefix could be taken off. The first letter says which it could be."""
    first = peeling.rest[:1]
    if first == "[":
        return _bracket(peeling)
    if first in "Bb" and _backport(peeling):
        return True
    if (first == "#" or first.isalpha()) and _ticket(peeling):
        return True
    if not first.isalnum() and _emoji(peeling):
        return True
    return ":" in peeling.rest and _prefix(peeling)


def _backport(peeling: _Peeling) -> bool:
    """Of what was brought to another branch, the title it has there."""
    found = _BACKPORTED.fullmatch(peeling.rest)
    if found:
        peeling.rest = found["inner"] or found["rest"]
    return found is not None


def _bracket(peeling: _Peeling) -> bool:
    """`[api] …` is a component, unless what it holds is a branch, a ticket, a kind or a mark for machines."""
    found = _BRACKET.match(peeling.rest)
    if found is None:
        return False
    inner = found["inner"].strip()
    if heading := of_kind(inner):
        _declare(peeling, heading)
    elif _ONE_TICKET.fullmatch(inner):
        peeling.tickets.append(inner)
    elif not (_BRANCH.fullmatch(inner) or _MARKS.fullmatch(inner)):
        if peeling.scope or len(inner) > SCOPE_MAX or not re.search(r"\w{2}", inner):
            return False
        _take_scope(peeling, inner)
    peeling.rest = peeling.rest[found.end() :]
    return True


def _ticket(peeling: _Peeling) -> bool:
    found = _TICKETS.match(peeling.rest)
    if found is None:
        return False
    peeling.tickets += _ONE_TICKET.findall(found["tickets"]) if found["tickets"] else [found["numbers"]]
    peeling.rest = peeling.rest[found.end() :]
    return True


def _emoji(peeling: _Peeling) -> bool:
    found = _EMOJI.match(peeling.rest)
    if found is None:
        return False
    if heading := of_emoji(found["sign"]):
        _declare(peeling, heading)
    peeling.rest = peeling.rest[found.end() :]
    return True


def _prefix(peeling: _Peeling) -> bool:
    """`kind(scope)!: …`, `KIND, KIND: …`, or a component before its colon."""
    found = _PREFIX.fullmatch(peeling.rest)
    if found is None or "://" in found["kinds"]:
        return False
    names = [name.replace(" ", "-") for name in _SEVERAL.split(found["kinds"])]
    kinds = [heading for name in names if (heading := of_kind(name))]
    if len(kinds) == len(names):
        _declare(peeling, *kinds)
        peeling.breaking |= bool(found["breaking"])
        if found["scope"]:
            _take_scope(peeling, found["scope"])
    elif peeling.scope or found["scope"] or len(found["kinds"]) > SCOPE_MAX:
        return False
    else:
        peeling.breaking |= bool(found["breaking"]) and found["kinds"].islower()
        _take_scope(peeling, found["kinds"])
    peeling.rest = found["rest"]
    return True


def _declare(peeling: _Peeling, *headings: str) -> None:
    peeling.headings += headings
    peeling.breaking |= BREAKING in headings


def _take_scope(peeling: _Peeling, scope: str) -> None:
    """What a scope says of itself outweighs its kind: `fix(ci)` is nothing that a user could notice."""
    if said := of_component(scope):
        peeling.headings[:] = [said]
    peeling.scope = peeling.scope or scope.strip()


def _without_tail(words: str) -> str:
    """Without the numbers and marks that stand at its end."""
    while words[-1:] in _ENDS_OF_TAILS or words[-1:].isdigit() or " r=" in words:
        found = _TAIL.search(words, max(0, len(words) - TAIL_MAX))
        if found is None:
            break
        words = words[: found.start()]
    return words


def _tidy(words: str, *, capital: bool) -> str:
    """Without numbers and marks at the end and the dot after it; beginning with a capital where a word begins it."""
    words = _without_tail(words).strip()
    if words.endswith(".") and not words.endswith(".."):
        words = words[:-1].rstrip()
    if capital and _WITHOUT_CAPITAL.match(words):
        words = words[0].upper() + words[1:]
    return words
