"""Updates of dependencies, many commits of them, in one line: `aiohttp 3.12 → 3.14`. Pure.

Bots and people write them in a dozen ways, which agree on a name and a version. The one thing to remember: what does
not name both is no update but a change like others ("Bump the limit to 7 items").
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.texts.changes.titles import Title
from bot.texts.changes.words import DEPENDENCIES
from bot.texts.markdown import line

_VERSION = r"`?(?P<{}>v?\d+(?:\.\d+)+[\w.+-]*|v\d+|[0-9a-f]{{7,40}})`?"
_NAME = r"@?[A-Za-z][\w.+-]*(?:/[\w.+-]+)*(?-i:(?: [A-Z]\w+)?)"
_WHAT = rf"(?:dependency |module |package |requirement |the )?`?(?P<name>{_NAME})`?"
_SORT = r"(?: (?:dependency|package|library|requirement|action|digest|crate|module|orb|docker tag))?"
_BUMP = re.compile(
    rf"(?:bump|bumps|upgrade|upgrades|update|updates|pin) {_WHAT}{_SORT}(?: requirement)?"
    rf"(?: from [<>=~^]*{_VERSION.format('old')})?(?: (?:to|->|→|=>))? (?:version )?[<>=~^]*{_VERSION.format('new')}"
    r"(?: (?:in|for) \S+| \[security\])?",
    re.IGNORECASE,
)
_AT = re.compile(rf"(?P<name>@?[a-z][\w./-]*)@{_VERSION.format('new')}")
_BARE = re.compile(rf"`?(?P<name>{_NAME})`? {_VERSION.format('new')}")
"""A name and a version alone are an update only where the title declares one: `chore(deps): aiohttp 3.14`."""

_OURS = frozenset({"version", "schema", "release", "api", "to", "the", "from"})


@dataclass(frozen=True, slots=True)
class Update:
    """`old` is empty where the title does not say it."""

    name: str
    old: str
    new: str

    @property
    def words(self) -> str:
        old = f"{self.old} " if self.old and self.old != self.new else ""
        return f"{line(self.name)} {old}→ {self.new}"


def read(title: Title) -> Update | None:
    """What it updates from where to where; None where it does not say so much."""
    found = _BUMP.fullmatch(title.words) or _AT.fullmatch(title.words)
    if found is None and title.heading == DEPENDENCIES:
        found = _BARE.fullmatch(title.words)
    if found is None or found["name"].casefold() in _OURS:
        return None
    told = found.groupdict()
    return Update(told["name"].strip("."), _plain(told.get("old") or ""), _plain(told["new"]))


def together(newest_first: Iterable[Update]) -> list[Update]:
    """One for each dependency: from where the first of them began to where the last ended, by name."""
    made: dict[str, Update] = {}
    for update in newest_first:
        later = made.get(update.name.casefold())
        made[update.name.casefold()] = Update(later.name, update.old, later.new) if later else update
    return [made[name] for name in sorted(made)]


def _plain(version: str) -> str:
    """`v1.2` is the same as `1.2`, and the beginning of a digest is enough."""
    plain = version.rstrip(".").removeprefix("v")
    return plain[:7] if re.fullmatch(r"[0-9a-f]{8,40}", plain) else plain
