"""A promise and how it was kept, as one row: each of its parts is a number with its interval."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.telemetry.table import wilson

_ALIGNED = "{:<48} {:>6}  {:<27} {:<27} {:<27} {:<27} {:<9} {:<4} {:>4}"
PARTS_MAX = 4


@dataclass(frozen=True)
class Part:
    """`value` lies between `low` and `high`; `is_share` of how it is printed."""

    label: str
    value: float
    low: float
    high: float
    is_share: bool = True

    def __str__(self) -> str:
        if not self.is_share:
            return f"{self.label}: {self.value:.3g} [{self.low:.3g} {self.high:.3g}]"
        return f"{self.label}: {self.value:.2%} [{100 * self.low:.2f} {100 * self.high:.2f}]"


def share(label: str, hits: int, n: int) -> Part:
    """With its 95 % interval."""
    return Part(label, hits / n, *wilson(hits, n))


@dataclass(frozen=True)
class Promise:
    """`n`: of each part. `must`: what no part may exceed; None: nothing is asked."""

    name: str
    n: int
    parts: Sequence[Part]
    must: float | None
    seed: int

    @property
    def is_met(self) -> bool | None:
        return None if self.must is None else all(part.value <= self.must for part in self.parts)

    def row(self) -> str:
        parts = [str(part) for part in self.parts] + [""] * (PARTS_MAX - len(self.parts))
        asked = {None: "", True: "yes", False: "NO"}[self.is_met]
        return _ALIGNED.format(self.name, self.n, *parts, _at_most(self), asked, self.seed).rstrip()

    def line(self) -> str:
        return json.dumps({"kind": "promise", **asdict(self), "met": self.is_met})


def _at_most(promise: Promise) -> str:
    if promise.must is None:
        return "-"
    is_share = all(part.is_share for part in promise.parts)
    return f"<= {promise.must:.1%}" if is_share else f"<= {promise.must:g}"


def header() -> str:
    return _ALIGNED.format("promise", "n", "measured", "", "", "", "must", "met", "seed")
