"""Faithful sentences: patterns from `patterns/`, filled with what a sheet says, and those that were written by hand.

A family is a file, a section `@ name` names its binding, and a line is a pattern. Families take turns, and so do a
family's patterns, so that a run of some hundred sentences has every pattern once. The one thing to remember: the same
seed gives the same sentences, in the same order.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

from tests.grounding import bound_events, bound_metrics, bound_rest
from tests.grounding.byhand import WRITTEN_FRESH, WRITTEN_UNSEEN, by_hand
from tests.grounding.known import BINDERS, Binder, Bound, Known
from tests.grounding.pieces import Sentence, pieces_of, places_in
from tests.grounding.worlds import Stand, stands

PATTERNS = Path(__file__).parent / "patterns"

FRESH = Path(__file__).parent / "fresh"
"""Patterns of a part of their own, written later, by somebody who had not seen the checker; `byhand` reads one file."""

UNSEEN = Path(__file__).parent / "unseen"
"""And of a third, by another hand again, which whoever mends the checker does not read: it says what that was worth."""

NO_PATTERNS = (WRITTEN_FRESH, WRITTEN_UNSEEN, UNSEEN / "tails.txt")
"""Files there that are read by `byhand` and by `mutations`."""

BOUND = (bound_events, bound_metrics, bound_rest)
"""The rooms of bindings, which register themselves."""


@dataclass(frozen=True)
class Pattern:
    family: str
    binding: str
    words: str


@dataclass(frozen=True)
class Answer:
    """One faithful claim, and the sheet that it speaks of."""

    sentence: Sentence
    stand: Stand


@cache
def patterns() -> tuple[Pattern, ...]:
    return tuple(pattern for folder in (PATTERNS, FRESH, UNSEEN) for pattern in _all_in(folder))


def _all_in(folder: Path) -> Iterator[Pattern]:
    for file in sorted(folder.glob("*.txt")):
        if file not in NO_PATTERNS:
            yield from _read(file)


def _read(file: Path) -> Iterator[Pattern]:
    binding = ""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("@ "):
            binding = line.removeprefix("@ ").strip()
        elif line.strip() and not line.startswith("#"):
            yield Pattern(file.stem, binding, line.strip())


@cache
def _known() -> tuple[Known, ...]:
    return tuple(Known(stand) for stand in stands())


@cache
def _bindings(binder: Binder) -> tuple[tuple[Stand, Bound], ...]:
    """Every way to fill the patterns of a section, over all sheets."""
    return tuple((known.stand, bound) for known in _known() for bound in binder(known))


@cache
def fitting(pattern: Pattern) -> Mapping[str, Sequence[tuple[Stand, Bound]]]:
    """By world, every way to fill this pattern."""
    needed, by_world = places_in(pattern.words), dict[str, list[tuple[Stand, Bound]]]()
    for stand, bound in _bindings(BINDERS[pattern.binding]):
        if needed <= bound.places.keys():
            by_world.setdefault(stand.world, []).append((stand, bound))
    return by_world


Part = Literal["all", "seen", "open", "held", "fresh", "unseen"]
"""Who mends the checker looks at sentences of the open part only; the held part says what that was worth elsewhere.

By now both were looked at, and are `seen` together; `fresh` came next and is there to learn from. `unseen` is what
nobody who works on the checker has read, or reads: not its patterns, not its sentences, not why one was refused.
"""

HELD_ONE_IN = 3


@cache
def _words_in(folder: Path) -> frozenset[str]:
    written = (line.split(" | ")[-1] for line in (folder / "byhand.txt").read_text(encoding="utf-8").splitlines())
    return frozenset((*(one.words for one in _all_in(folder)), *(words.strip() for words in written)))


def home_of(words: str) -> Literal["seen", "fresh", "unseen"]:
    """The part that a pattern was written for: by its own words, so that a new pattern moves no other."""
    if words in _words_in(FRESH):
        return "fresh"
    return "unseen" if words in _words_in(UNSEEN) else "seen"


def is_in(part: Part, words: str) -> bool:
    """Whether a pattern belongs to a part; `open` and `held` share out what is `seen`."""
    home = home_of(words)
    if part in ("all", home):
        return True
    is_held = hashlib.sha256(words.encode()).digest()[0] % HELD_ONE_IN == 0
    return home == "seen" and part in ("open", "held") and is_held == (part == "held")


def answers(seed: int, part: Part = "all") -> Iterator[Answer]:
    """Faithful answers without end, none twice."""
    rng = Random(seed)  # noqa: S311 - reproducible, and no secret
    families = {family: _turns(family, rng, part) for family in dict.fromkeys(one.family for one in patterns())}
    seen: set[tuple[str, int]] = set()
    shown = [one for one in by_hand() if is_in(part, one[0].pattern)]
    written = rng.sample(shown, len(shown))
    while True:
        if written:
            yield Answer(*written.pop())
        for turns in families.values():
            answer = _answer(next(turns), rng)
            key = (answer.sentence.text, id(answer.stand))
            if key not in seen:
                seen.add(key)
                yield answer


def _turns(family: str, rng: Random, part: Part) -> Iterator[Pattern]:
    """A family's patterns, each before any comes again."""
    every = [one for one in patterns() if one.family == family and is_in(part, one.words)]
    while True:
        yield from rng.sample(every, len(every))


def _answer(pattern: Pattern, rng: Random) -> Answer:
    by_world = fitting(pattern)
    assert by_world, f"no sheet has what this needs: {pattern.words}"
    stand, bound = rng.choice(by_world[rng.choice(list(by_world))])
    pieces = tuple(pieces_of(pattern.words, bound.places, rng))
    return Answer(Sentence(pieces, bound.cites, pattern.family, pattern.words), stand)
