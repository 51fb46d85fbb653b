"""What is left of the changes when those that take one another back are put together. Pure.

A revert names its target by commit, by number, or by its title alone. Both in one release cancel out, and a revert of
that revert brings the change back as if nothing had been. The one thing to remember: what a revert takes back from an
earlier release stays, since users lose something by it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.texts.changes.reading import Read

COMMIT_MIN = 7
"""Hex digits by which a commit is recognised."""

_BY_COMMIT = re.compile(
    rf"\b(?:[Rr]everts|[Rr]eapplies|[Ff]ix(?:es)? revert of) (?:commit )?([0-9a-f]{{{COMMIT_MIN},64}})\b"
)
_BY_NUMBER = re.compile(r"\bReverts [\w./-]*#(\d+)\b")


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A change that came and went within the release."""

    came: Read
    went: Read


@dataclass(slots=True)
class _Shelf:
    """Changes that could be taken back, by all that a revert may name them by. Each is kept at its place in the log."""

    by_commit: dict[str, int] = field(default_factory=dict)
    by_number: dict[int, int] = field(default_factory=dict)
    by_title: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    here: dict[int, Read] = field(default_factory=dict)

    def put(self, place: int, one: Read) -> None:
        self.here[place] = one
        self.by_commit[one.change.commit[:COMMIT_MIN]] = place
        if one.change.pull_request is not None:
            self.by_number[one.change.pull_request] = place
        self.by_title.setdefault((one.title.key, one.title.reverts), []).append(place)

    def take(self, revert: Read) -> tuple[int, Read] | None:
        """What it takes back: by commit or number where it says one, else the newest of that title."""
        commit, number = _BY_COMMIT.search(revert.change.body), _BY_NUMBER.search(revert.change.body)
        places = [
            self.by_commit.get(commit[1][:COMMIT_MIN]) if commit else None,
            self.by_number.get(int(number[1])) if number else None,
            *reversed(self.by_title.get((revert.title.key, revert.title.reverts - 1), ())),
        ]
        found = next((place for place in places if place in self.here), None)
        return None if found is None else (found, self.here.pop(found))


def settled(newest_first: Iterable[Read]) -> tuple[list[Read], list[Cancelled]]:
    """What stands, in the order it was given; and what cancelled out, oldest first."""
    every = list(newest_first)
    standing, withdrawn = _Shelf(), _Shelf()
    gone: dict[int, tuple[int, Cancelled]] = {}
    for place, one in reversed(list(enumerate(every))):
        if one.title.reverts and (target := standing.take(one)):
            withdrawn.put(place, one)
            gone[place] = (target[0], Cancelled(target[1], one))
        elif one.title.reverts and (undone := withdrawn.take(one)):
            back, pair = gone.pop(undone[0])
            standing.put(back, pair.came)
        else:
            standing.put(place, one)
    return [one for place, one in enumerate(every) if place in standing.here], [pair for _, pair in gone.values()]
