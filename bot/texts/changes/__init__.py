"""What a release's changes amount to, sorted for people: what breaks, what is new, what is fixed, who to thank. Pure.

In the order in which it happens: `reading` takes each change apart (`titles`, `words`), `noise` and `people` say what
is none of a reader's business, `reverts` puts together what cancels out, `dependencies` rolls updates up, `cares`
points at files. The one thing to remember: the words are from outside; they leave here as harmless Markdown on one
line (`Entry.words`), and nothing is added to what a change says of itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.core.contents import Change
from bot.texts.changes import dependencies, noise, people, reverts
from bot.texts.changes.cares import FLAG, MIGRATION, SORTS, is_way_back, migrations, sort_of, speaks_of_a_flag
from bot.texts.changes.reading import Read
from bot.texts.changes.words import BREAKING, HEADINGS, HIDDEN, TRANSLATIONS
from bot.texts.markdown import code, label, line

__all__ = ["BREAKING", "HEADINGS", "HIDDEN", "SORTS", "TRANSLATIONS", "Care", "Entry", "Group", "Notes", "Undo"]

REASON_MAX = 400
"""Characters of what a change breaks."""

REFERENCES_MAX = 3
"""References behind one line; more are counted."""

UPDATES_MAX = 30
"""Dependencies in one line; more are counted."""

UPDATES = "updates of dependencies"
"""The key under which they are gathered; no title is its own key, since one has a colon."""

_SHORT = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One line about one change, or about several that say the same, newest first. Its words are harmless Markdown.

    They are made when they are asked for: of a long list few are shown.
    """

    read: tuple[Read, ...]
    told: str = ""
    """What is said instead of the newest title."""

    @property
    def title(self) -> str:
        return self.told or line(self.read[0].title.words) or "without a title"

    @property
    def scope(self) -> str:
        return "" if self.told else label(self.read[0].title.scope)

    @property
    def references(self) -> tuple[str, ...]:
        """`#42`, or the beginning of a commit; then tickets."""
        known = (_reference(one.change) for one in self.read)
        tickets = (label(ticket) for one in self.read for ticket in one.title.tickets)
        return tuple(dict.fromkeys((*known, *tickets)))

    @property
    def reference(self) -> str:
        """What it is known by, in few words."""
        more = len(self.references) - REFERENCES_MAX
        return ", ".join(self.references[:REFERENCES_MAX]) + (f" and {more} more" if more > 0 else "")

    @property
    def breaks(self) -> str:
        """What it breaks, where that is more than its title says."""
        reason = next((one.breaks for one in self.read if one.breaks), "")
        told = line(reason, REASON_MAX).removesuffix(".")
        return "" if told.casefold() == self.title.casefold() else told

    @property
    def authors(self) -> tuple[str, ...]:
        return people.authors(one.change for one in self.read)

    @property
    def files(self) -> int:
        """How many files it touches, as far as its changes say."""
        return len({path for one in self.read for path in one.change.paths})

    @property
    def words(self) -> str:
        scope = f"**{self.scope}**: " if self.scope else ""
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

    @property
    def shown(self) -> str:
        """The path, as harmless code."""
        return code(self.path)


@dataclass(frozen=True, slots=True)
class Undo:
    """A migration of the release, for whoever has to take it back: what its name says, and the file that undoes it.

    `effect` is one of `bot.texts.changes.cares.Effect`; `down` is empty where no such file came with it.
    """

    path: str
    down: str
    effect: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Notes:
    """All that a text may say about the changes. `unlisted`: merges, release commits and the chores of bots."""

    groups: tuple[Group, ...]
    authors: tuple[str, ...]
    count: int
    """Changes that stand; those that say the same are counted each."""
    unlisted: int
    cancelled: tuple[Entry, ...]
    """What came and went within the release, with the references of both."""
    cares: tuple[Care, ...]
    migrations: tuple[Undo, ...]
    flagged: tuple[Entry, ...]
    """Changes that speak of a feature flag, and touch no file that would be pointed out for it."""
    files: int
    """Different files that are touched, as far as the changes name them."""
    silent: int
    """Changes that name no files."""

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Notes":
        every = [Read.of(change) for change in changes]
        told = [one for one in every if not _is_noise(one)]
        standing, cancelled = reverts.settled(told)
        return cls(
            groups=tuple(_groups(standing)),
            authors=people.authors(one.change for one in standing if not one.is_bots),
            count=len(standing),
            unlisted=len(every) - len(told),
            cancelled=tuple(Entry((pair.came, pair.went)) for pair in cancelled),
            cares=tuple(_cares(every)),
            migrations=tuple(_undos(standing)),
            flagged=tuple(Entry((one,)) for one in standing if _is_flagged(one)),
            files=len({path for one in told for path in one.change.paths}),
            silent=sum(not one.change.paths for one in told),
        )

    @property
    def visible(self) -> tuple[Group, ...]:
        """What somebody who uses the product could notice."""
        return tuple(group for group in self.groups if group.heading not in HIDDEN)

    @property
    def hidden(self) -> int:
        """How many changes they could not notice."""
        return self.count - sum(len(entry.read) for group in self.visible for entry in group.entries)

    def under(self, *headings: str) -> tuple[Entry, ...]:
        return tuple(entry for group in self.groups if group.heading in headings for entry in group.entries)

    def of_sort(self, *sorts: str) -> tuple[Care, ...]:
        return tuple(care for care in self.cares if care.sort in sorts)


def _is_noise(one: Read) -> bool:
    return noise.is_noise(one.change, one.title) or (one.is_bots and one.update is None)


def _groups(standing: Iterable[Read]) -> Iterator[Group]:
    rows: dict[str, dict[str, list[Read]]] = {heading: {} for heading in HEADINGS}
    for one in standing:
        rows[one.heading].setdefault(UPDATES if one.update else one.title.key, []).append(one)
    for heading, row in rows.items():
        updates = row.pop(UPDATES, None)
        entries = [Entry(tuple(same)) for same in _by_scope(row.values())]
        if updates:
            entries.insert(0, Entry(tuple(updates), _rolled_up(updates)))
        if entries:
            yield Group(heading, tuple(entries))


def _by_scope(rows: Iterable[list[Read]]) -> Iterator[list[Read]]:
    """Newest first, but what is about one component together, where its newest stands."""
    together: dict[str, list[list[Read]]] = {}
    for place, same in enumerate(rows):
        together.setdefault(same[0].title.scope.casefold() or f"#{place}", []).append(same)
    return (same for rows in together.values() for same in rows)


def _rolled_up(updates: Iterable[Read]) -> str:
    """All the updates of dependencies in one line."""
    shown = [update.words for update in dependencies.together(one.update for one in updates if one.update)]
    more = f" and {len(shown) - UPDATES_MAX} more" if len(shown) > UPDATES_MAX else ""
    return ", ".join(shown[:UPDATES_MAX]) + more


def _reference(change: Change) -> str:
    return f"#{change.pull_request}" if change.pull_request is not None else change.commit[:_SHORT]


def _is_flagged(one: Read) -> bool:
    return speaks_of_a_flag(one.title.words) and all(sort_of(path) != FLAG for path in one.change.paths)


def _undos(standing: Iterable[Read]) -> Iterator[Undo]:
    for one in standing:
        for made in migrations(one.change.paths, one.title.words):
            yield Undo(made.path, made.down, made.effect, Entry((one,)))


def _cares(every: Iterable[Read]) -> Iterator[Care]:
    for one in every:
        for path in one.change.paths:
            sort = sort_of(path)
            if sort is not None and not (sort == MIGRATION and is_way_back(path)):
                yield Care(sort, path, Entry((one,)))
