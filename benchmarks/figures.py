"""A measured number, how it is shown, and the percentiles that most of them are."""

import json
import math
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol


@dataclass(frozen=True)
class Wishes:
    """How long to measure: `runs` of a story, `seconds` of watching a process, `long` for tables of shares.

    `sizes` are pairs of releases and seconds between looks, `days` the past that hindsight reads.
    """

    runs: int = 20
    seconds: float = 60.0
    long: bool = False
    sizes: tuple[tuple[int, float], ...] = ()
    days: int = 7


class Printed(Protocol):
    """Something measured, for people and for programs."""

    def row(self) -> str: ...
    def line(self) -> str:
        """One JSON object; empty where there is nothing to tell."""
        ...


@dataclass(frozen=True)
class Figure:
    """`unit` is `ms`, `s`, `MB`, …; empty for a ratio or a count."""

    benchmark: str
    name: str
    value: float
    unit: str = ""

    def row(self) -> str:
        return f"{self.benchmark:<10}  {self.name:<52}  {self._digits:>10} {self.unit}".rstrip()

    @property
    def worth(self) -> str:
        return f"{self._digits} {self.unit}".rstrip()

    @property
    def _digits(self) -> str:
        digits = 0 if isinstance(self.value, int) or abs(self.value) >= 100 else 1 if abs(self.value) >= 10 else 2
        return f"{self.value:.{digits}f}"

    def line(self) -> str:
        return json.dumps({"kind": "figure", **asdict(self), "value": round(self.value, 4)})


@dataclass(frozen=True)
class Table:
    """Figures that were printed already, beside one another: a column each. Nothing of it is for programs."""

    columns: Mapping[str, Sequence[Figure]]

    def row(self) -> str:
        names = list(dict.fromkeys(figure.name for figures in self.columns.values() for figure in figures))
        widths = {column: max(14, len(column)) for column in self.columns}
        head = " " * 54 + "".join(f"  {column:>{widths[column]}}" for column in self.columns)
        return "\n".join(["", head, *(self._line(name, widths) for name in names)])

    def line(self) -> str:
        return ""

    def _line(self, name: str, widths: Mapping[str, int]) -> str:
        cells = []
        for column, figures in self.columns.items():
            there = [figure.worth for figure in figures if figure.name == name]
            cells.append(f"  {there[0] if there else '':>{widths[column]}}")
        return f"{name:<54}" + "".join(cells)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of all values do not exceed."""
    assert values, "nothing was measured"
    ordered = sorted(values)
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def machine() -> dict[str, object]:
    """What the absolute numbers belong to. A load near the number of cores means that others were at work too."""
    return {
        "kind": "machine",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
