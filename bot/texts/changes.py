"""What a release's changes amount to, sorted for people: what breaks, what is new, what is fixed, who to thank. Pure.

Kinds are those of conventional commits (`feat(cart)!: …`). A pull request's own title is shown; where it names no kind,
its commits do, which stand in its body as `* fix(cart): …`. To forget: the words are from outside; here they only lose
their line breaks and their excess.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.core.model import Change

TITLE_MAX = 200
REASON_MAX = 400
"""Characters of a title, and of what a change breaks."""

BREAKING = "Breaking"
OTHER = "Other changes"
HEADINGS = {
    BREAKING: (),
    "New": ("feat", "feature"),
    "Fixed": ("fix", "bugfix", "hotfix", "security"),
    "Faster": ("perf",),
    "Taken back": ("revert",),
    OTHER: (),
    "Under the hood": ("refactor", "docs", "doc", "test", "tests", "build", "ci", "chore", "style", "deps"),
}
"""Headings in their order, with the kinds that stand under each; of several kinds in one change the first counts."""

HIDDEN = "Under the hood"

_KINDS = {kind: heading for heading, kinds in HEADINGS.items() for kind in kinds}
_CONVENTIONAL = re.compile(r"(?:\* )?(?P<kind>\w+)(?:\((?P<scope>[^()\n]+)\))?(?P<breaking>!)?: +(?P<title>\S.*)")
_BREAKS = re.compile(r"^BREAKING[ -]CHANGE: *(?P<reason>.+(?:\n(?!\n|[\w-]+: ).+)*)", re.MULTILINE)
_REVERT = re.compile(r'Revert "')
_MERGE = re.compile(r"Merge (?:branch|remote-tracking branch|tag|commit|pull request) ")
_RELEASE = re.compile(r"(?:(?:chore\(release\):|release|bump version)(?: to)? )?v?\d+(?:\.\d+)+[\w.-]*", re.IGNORECASE)
_BOT = re.compile(r"\[bot\]|^(?:dependabot|renovate|greenkeeper|github-actions|snyk-bot)\b", re.IGNORECASE)

_CARE = {
    "Migration": re.compile(r"(?:^|/)(?:migrations?|alembic)/|\.sql$", re.IGNORECASE),
    "Configuration": re.compile(r"(?:^|/)(?:config|configs|settings|deploy|helm|terraform)(?:/|\.\w+$)", re.IGNORECASE),
    "Dependencies": re.compile(
        r"(?:^|/)(?:requirements[\w.-]*\.txt|[\w.-]+\.lock|package-lock\.json|go\.mod|pom\.xml)$"
    ),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One change in one line. `reference` is `#42`, or the beginning of a commit; `breaks` says what, if it says."""

    title: str
    scope: str
    reference: str
    breaks: str = ""

    @property
    def words(self) -> str:
        scope = f"{self.scope}: " if self.scope else ""
        breaks = f": {self.breaks}" if self.breaks else ""
        return f"{scope}{self.title} ({self.reference}){breaks}"


@dataclass(frozen=True, slots=True)
class Group:
    heading: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Care:
    """A file that deserves a second look before it is released: what sort it is, and which change touched it."""

    sort: str
    path: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Notes:
    """All that a text may say about the changes. `unlisted`: merges, releases and the work of bots."""

    groups: tuple[Group, ...]
    authors: tuple[str, ...]
    unlisted: int
    cares: tuple[Care, ...]

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Notes":
        every = [replace(change, title=" ".join(change.title.split())) for change in changes]
        listed = [change for change in every if not _is_noise(change)]
        groups: dict[str, list[Entry]] = {heading: [] for heading in HEADINGS}
        for change in listed:
            groups[_heading(change)].append(_entry(change))
        return cls(
            groups=tuple(Group(heading, tuple(entries)) for heading, entries in groups.items() if entries),
            authors=_authors(listed),
            unlisted=len(every) - len(listed),
            cares=tuple(_cares(every)),
        )

    @property
    def visible(self) -> tuple[Group, ...]:
        """What somebody who uses the product could notice."""
        return tuple(group for group in self.groups if group.heading != HIDDEN)

    @property
    def count(self) -> int:
        return sum(len(group.entries) for group in self.groups)


def _is_noise(change: Change) -> bool:
    is_merge = change.pull_request is None and _MERGE.match(change.title)
    is_bots = _BOT.search(change.author) or _BOT.search(change.email)
    return bool(is_merge or is_bots or _RELEASE.fullmatch(change.title))


def _heading(change: Change) -> str:
    if _breaks(change) is not None:
        return BREAKING
    if _REVERT.match(change.title):
        return "Taken back"
    told = _kind(change.title)
    if told is None:
        kinds = [kind for line in _commit_lines(change) if (kind := _kind(line))]
        order = list(HEADINGS)
        return min((_KINDS[kind] for kind in kinds), key=order.index, default=OTHER)
    return _KINDS[told]


def _kind(title: str) -> str | None:
    match = _CONVENTIONAL.match(title)
    return match["kind"].lower() if match and match["kind"].lower() in _KINDS else None


def _breaks(change: Change) -> str | None:
    """What it breaks; the empty text when it only says that it does; None when it does not."""
    if told := _BREAKS.search(change.body):
        return _one_line(told["reason"], REASON_MAX)
    marked = (_CONVENTIONAL.match(line) for line in (change.title, *_commit_lines(change)))
    return "" if any(match and match["breaking"] and match["kind"].lower() in _KINDS for match in marked) else None


def _commit_lines(change: Change) -> Iterator[str]:
    return (line for line in change.body.splitlines() if line.startswith("* "))


def _entry(change: Change) -> Entry:
    match = _CONVENTIONAL.match(change.title) if _kind(change.title) else None
    title, scope = (match["title"], match["scope"] or "") if match else (change.title, "")
    reference = f"#{change.pull_request}" if change.pull_request is not None else change.commit[:8]
    words = _one_line(title, TITLE_MAX).removesuffix(".") or "without a title"
    return Entry(words, _one_line(scope, TITLE_MAX), reference, _breaks(change) or "")


def _one_line(text: str, characters_max: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= characters_max else f"{line[: characters_max - 1]}…"


def _authors(changes: Iterable[Change]) -> tuple[str, ...]:
    """Each once, in the order of their names; one address is one person."""
    people = {change.email.lower() or change.author: _one_line(change.author, TITLE_MAX) for change in changes}
    return tuple(sorted({name for name in people.values() if name}))


def _cares(changes: Iterable[Change]) -> Iterator[Care]:
    for change in changes:
        for path in change.paths:
            sort = next((sort for sort, pattern in _CARE.items() if pattern.search(path)), None)
            if sort is not None:
                yield Care(sort, _one_line(path, TITLE_MAX), _entry(change))
