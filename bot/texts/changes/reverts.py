"""What is left of the changes when those that take one another back are put together. Pure.

A revert names its target by commit, by number, or by its title alone. Both in one release cancel out, and a revert of
that revert brings the change back as if nothing had been. The one thing to remember: what a revert takes back from an
earlier release stays, since users lose something by it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

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


def settled(newest_first: Iterable[Read]) -> tuple[list[Read], list[Cancelled]]:
    """What stands, in the order it was given; and what cancelled out."""
    standing: dict[str, Read] = {}
    gone: list[Cancelled] = []
    every = list(newest_first)
    if not any(one.title.reverts for one in every):
        return every, gone
    for one in reversed(every):
        if one.title.reverts == 0:
            standing[one.change.commit] = one
        elif target := _target(one, standing.values()):
            del standing[target.change.commit]
            gone.append(Cancelled(target, one))
        elif undone := _target(one, (pair.went for pair in gone)):
            (pair,) = (pair for pair in gone if pair.went is undone)
            gone.remove(pair)
            standing[pair.came.change.commit] = pair.came
        else:
            standing[one.change.commit] = one
    return [one for one in every if one.change.commit in standing], gone


def _target(revert: Read, among: Iterable[Read]) -> Read | None:
    """What it takes back: by commit or number where it says one, else the newest of that title, one revert fewer."""
    told = _BY_COMMIT.search(revert.change.body)
    number = _BY_NUMBER.search(revert.change.body)
    found = None
    for one in among:
        if told and one.change.commit.startswith(told[1]):
            return one
        if number and one.change.pull_request == int(number[1]):
            return one
        if one.title.reverts == revert.title.reverts - 1 and one.title.key == revert.title.key:
            found = one
    return found
