"""Counting: which mutants a checker lets through, and which faithful answers it refuses.

A checker is a function that returns why it refuses a claim, or None when it keeps it as it stands; the real one is
imported only when it is asked for. The one thing to remember: a claim that comes back changed (a citation taken away, a
mention defused) was not kept: of a mutant that is as good as refused, of a faithful answer it is a refusal.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from scipy.stats import binomtest

from bot.texts.sheet import Sheet
from tests.grounding.answers import Answer, Part, answers
from tests.grounding.mutations import Mutant, mutants

Checker = Callable[[str, tuple[int, ...], Sheet], str | None]

MUTANTS_AN_ANSWER = 8 / 3
"""In the long run: 4,000 mutants beside 1,500 answers."""

POOL_MIN = 4000
"""Answers that mutants are made of, at least: rare kinds find their sentences only among many."""


@dataclass(frozen=True)
class Count:
    """`hits` of `every`, with the 95 % interval of Wilson's."""

    every: int
    hits: int

    @property
    def share(self) -> float:
        return self.hits / self.every if self.every else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.every:
            return 0.0, 1.0
        ends = binomtest(self.hits, self.every).proportion_ci(0.95, method="wilson")
        return float(ends.low), float(ends.high)


@dataclass(frozen=True)
class Judged:
    """One claim after a checker has seen it: `reason` is None when it was kept."""

    group: str
    """The kind of a mutant, the family of a faithful answer."""
    text: str
    cites: tuple[int, ...]
    answer: Answer
    reason: str | None


@dataclass(frozen=True)
class Measured:
    mutants: tuple[Judged, ...]
    faithful: tuple[Judged, ...]

    @property
    def caught(self) -> Count:
        return _count(self.mutants, is_hit=_is_refused)

    @property
    def refused(self) -> Count:
        return _count(self.faithful, is_hit=_is_refused)

    @property
    def caught_by_kind(self) -> Mapping[str, Count]:
        return _by_group(self.mutants)

    @property
    def refused_by_family(self) -> Mapping[str, Count]:
        return _by_group(self.faithful)

    @property
    def escaped(self) -> tuple[Judged, ...]:
        return tuple(one for one in self.mutants if one.reason is None)

    @property
    def wronged(self) -> tuple[Judged, ...]:
        """Faithful answers that were refused."""
        return tuple(one for one in self.faithful if one.reason is not None)


def measure(
    checker: Checker, answers_count: int, seed: int, mutants_count: int | None = None, part: Part = "all"
) -> Measured:
    """So many faithful answers, and about so many mutants; the same seed measures the same."""
    pool = list(islice(answers(seed, part), max(answers_count, POOL_MIN)))
    wanted = round(answers_count * MUTANTS_AN_ANSWER) if mutants_count is None else mutants_count
    return judged(checker, pool[:answers_count], mutants(pool, wanted, seed))


def judged(checker: Checker, faithful: Sequence[Answer], made: Sequence[Mutant]) -> Measured:
    def see(group: str, text: str, cites: tuple[int, ...], answer: Answer) -> Judged:
        return Judged(group, text, cites, answer, checker(text, cites, answer.stand.sheet))

    return Measured(
        tuple(see(one.kind, one.text, one.cites, one.answer) for one in made),
        tuple(see(one.sentence.family, one.sentence.text, one.sentence.cites, one) for one in faithful),
    )


def real_checker() -> Checker:
    """Songbird's own."""
    from bot.texts.grounding import Claim, grounded  # noqa: PLC0415 - the generator is tested without it

    def check(text: str, cites: tuple[int, ...], sheet: Sheet) -> str | None:
        claim = Claim(text, cites)
        found = grounded([claim], sheet)
        if tuple(found.kept) == (claim,):
            return None
        return "; ".join(removed.reason for removed in found.removed) or "kept, and changed"

    return check


def _is_refused(one: Judged) -> bool:
    return one.reason is not None


def _count(every: Iterable[Judged], is_hit: Callable[[Judged], bool]) -> Count:
    hits = [is_hit(one) for one in every]
    return Count(len(hits), sum(hits))


def _by_group(every: Sequence[Judged]) -> Mapping[str, Count]:
    return {group: _count((one for one in every if one.group == group), _is_refused) for group in _groups(every)}


def _groups(every: Sequence[Judged]) -> Iterator[str]:
    yield from dict.fromkeys(one.group for one in every)
