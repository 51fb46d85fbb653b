"""The three shapes of what a process shows, and the window that keeps a step's worth of them in bounded space.

A metric's shape follows its source: `Counts` for a share, `Buckets` for a quantile, `Values` for a gauge. The same
shapes hold totals since a process started and increments between two looks. All of them add up, over processes and
over looks; that is what makes the window possible. The one thing to remember: `Buckets.counts` are per bucket, not
cumulative as on an exposition page, and the last one has no upper bound.
"""

import math
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate, pairwise
from operator import add
from typing import Generic, Protocol, Self, TypeVar


class Shown(ABC):
    """What one process, or a cohort of them, showed of one metric."""

    __slots__ = ()

    @property
    @abstractmethod
    def is_valid(self) -> bool:
        """Whether these can be what was really counted: finite, and not negative where counts are meant."""

    @abstractmethod
    def __add__(self, other: Self) -> Self: ...

    @abstractmethod
    def since(self, earlier: Self) -> Self | None:
        """What came on top of `earlier`; None when a total fell, which means that it started again."""


@dataclass(frozen=True, slots=True)
class Counts(Shown):
    """`x` of `n`: errors of requests, orders of visits."""

    x: float
    n: float

    @property
    def is_valid(self) -> bool:
        return 0 <= self.x < math.inf and 0 <= self.n < math.inf

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.x + other.x, self.n + other.n)

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.x - other.x, self.n - other.n)

    def since(self, earlier: "Counts") -> "Counts | None":
        more = self - earlier
        return more if more.is_valid else None

    @property
    def rest(self) -> "Counts":
        """The others: those of `n` that are not `x`."""
        return Counts(max(self.n - self.x, 0.0), self.n)


@dataclass(frozen=True, slots=True)
class Buckets(Shown):
    """A histogram: how many were at most each of the rising, finite `bounds`, and in the last count how many above."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]

    @property
    def is_valid(self) -> bool:
        return all(0 <= count < math.inf for count in self.counts)

    @property
    def n(self) -> float:
        return sum(self.counts)

    def __add__(self, other: "Buckets") -> "Buckets":
        if self.bounds == other.bounds:
            return Buckets(self.bounds, tuple(map(add, self.counts, other.counts)))
        shared = tuple(sorted({*self.bounds} & {*other.bounds}))
        return self.within(shared) + other.within(shared)

    def since(self, earlier: "Buckets") -> "Buckets | None":
        if self.bounds != earlier.bounds:
            return None
        more = Buckets(self.bounds, tuple(now - then for now, then in zip(self.counts, earlier.counts, strict=True)))
        return more if more.is_valid else None

    def within(self, bounds: tuple[float, ...]) -> "Buckets":
        """The same events in fewer, wider buckets; exact, because `bounds` are some of its own."""
        if bounds == self.bounds:
            return self
        at_most = dict(zip(self.bounds, accumulate(self.counts), strict=False))
        edges = [0.0, *(at_most[bound] for bound in bounds), self.n]
        return Buckets(bounds, tuple(high - low for low, high in pairwise(edges)))

    def over(self, bound: float) -> Counts:
        """How many were above `bound`, which must be one of its bounds."""
        return Counts(sum(self.counts[self.bounds.index(bound) + 1 :]), self.n)

    def quantile(self, q: float) -> float:
        """The value that a share `q` stays at or below; infinite when that lies above the last bound.

        Linear inside a bucket, from 0 in the first one: what Prometheus documents for `histogram_quantile`.
        """
        wanted, seen, low = q * self.n, 0.0, 0.0
        for bound, count in zip(self.bounds, self.counts, strict=False):
            if count > 0 and seen + count >= wanted:
                low = min(low, bound)
                return low + (bound - low) * (wanted - seen) / count
            seen, low = seen + count, bound
        return math.inf

    def bound_from(self, value: float) -> float | None:
        """The smallest bound that is not below `value`."""
        place = bisect_left(self.bounds, value)
        return self.bounds[place] if place < len(self.bounds) else None

    def bound_upto(self, value: float) -> float | None:
        """The largest bound that is not above `value`."""
        return max((bound for bound in self.bounds if bound <= value), default=None)


READINGS_MIN = 3
"""Two processes do not tell how much processes differ."""


@dataclass(frozen=True, slots=True)
class Values(Shown):
    """A gauge, as the sum of `count` readings: of several processes, of several looks."""

    total: float
    count: int = 1
    squares: float | None = None
    """The sum of the readings' squares; None for one reading, whose square is known."""

    @property
    def is_valid(self) -> bool:
        return math.isfinite(self.total)

    def __add__(self, other: "Values") -> "Values":
        squares = self.sum_of_squares + other.sum_of_squares
        return Values(self.total + other.total, self.count + other.count, squares)

    def since(self, earlier: "Values") -> "Values":  # noqa: ARG002 - a gauge has no past; the shapes share one signature
        return self

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def sum_of_squares(self) -> float:
        return self.total * self.total / self.count if self.squares is None else self.squares

    @property
    def relative_variance(self) -> float | None:
        """Of the readings among themselves, over their mean squared; None for fewer than three, or a mean of 0."""
        if self.count < READINGS_MIN or not self.mean:
            return None
        variance = (self.sum_of_squares / self.count - self.mean**2) * self.count / (self.count - 1)
        return max(variance, 0.0) / self.mean**2


def added(cells: Sequence[Shown]) -> Shown:
    """All of one metric's cells together; at least one. Histograms, the costly ones, are added column by column."""
    first = cells[0]
    if isinstance(first, Buckets):
        same = [cell.counts for cell in cells if isinstance(cell, Buckets) and cell.bounds == first.bounds]
        if len(same) == len(cells):
            return Buckets(first.bounds, tuple(map(sum, zip(*same, strict=True))))
    return reduce(add, cells)


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides of one look."""

    canary: Shown
    reference: Shown

    def __add__(self, other: "Pair") -> "Pair":
        return Pair(self.canary + other.canary, self.reference + other.reference)


# ── windows ──────────────────────────────────────────────────────────────────────────────────────────────────────────

RECENT = 20
"""Looks in the recent window: 5 minutes at a look every 15 s."""


class Adds(Protocol):
    def __add__(self, other: Self, /) -> Self: ...


Cell = TypeVar("Cell", bound=Adds)


@dataclass(frozen=True, slots=True)
class Window(Generic[Cell]):
    """The looks since a step began: the last `RECENT` one by one, all before them merged into at most twice as many.

    Older cells all cover the same number of looks, but for the newest of them, and when there are too many they are
    merged two by two. So a step of any length costs the same, and no cell weighs more than a twentieth of what is old.
    """

    recent: tuple[Cell, ...] = ()
    older: tuple[Cell, ...] = ()
    stride: int = 1
    """Looks in an older cell."""
    filling: int = 0
    """Looks in the newest of the older cells."""

    def __iter__(self) -> Iterator[Cell]:
        yield from self.older
        yield from self.recent

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many looks are in each cell."""
        filled = (self.stride,) * (len(self.older) - 1) + (self.filling,) if self.older else ()
        return (*filled, *(1,) * len(self.recent))

    @property
    def placed(self) -> Iterator[tuple[float, int, Cell]]:
        """Each cell with the middle of its looks, counted from the first one of the step, and their number."""
        for end, size, cell in zip(accumulate(self.sizes), self.sizes, self, strict=True):
            yield end - size / 2, size, cell

    def then(self, cell: Cell) -> "Window[Cell]":
        """The window after one more look."""
        recent = (*self.recent, cell)
        if len(recent) <= RECENT:
            return Window(recent, self.older, self.stride, self.filling)
        return self._aged(recent[0], recent[1:])

    def _aged(self, cell: Cell, recent: tuple[Cell, ...]) -> "Window[Cell]":
        older, stride = self.older, self.stride
        if older and self.filling < stride:
            return Window(recent, (*older[:-1], older[-1] + cell), stride, self.filling + 1)
        if len(older) == 2 * RECENT:
            older = tuple(map(add, older[::2], older[1::2]))
            stride *= 2
        return Window(recent, (*older, cell), stride, 1)

    @property
    def newest(self) -> "Window[Cell]":
        """Only the recent looks."""
        return Window(self.recent) if self.older else self
