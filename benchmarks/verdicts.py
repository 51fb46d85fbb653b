"""The judge beside its rivals on simulated releases, and what it promises: the table of `benchmarks.telemetry`.

The one thing to remember: the default is a first look of some minutes, and its intervals are wide; a share of 0.3 % is
not seen in eighty releases. With `--long` it is an hour on two cores.
"""

import math
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

from benchmarks.figures import Printed, Wishes
from benchmarks.telemetry import promises, rows, table
from benchmarks.telemetry.detectors import DETECTORS, RIVALS
from benchmarks.telemetry.scenarios import SCENARIOS, Trial

SEED = 1
OURS = {name: make for name, make in DETECTORS.items() if name not in RIVALS}


@dataclass(frozen=True)
class Length:
    """Releases of each scenario, and streams of each promise."""

    healthy: int
    sick: int
    rivals: int
    streams: int

    def of(self, trial: Trial, name: str) -> int:
        """How many of a trial a detector judges."""
        return self.rivals if name in RIVALS else self.healthy if math.isnan(trial.bound) else self.sick


SHORT = Length(healthy=80, sick=40, rivals=4, streams=40)
LONG = Length(healthy=2000, sick=500, rivals=200, streams=2000)


@dataclass(frozen=True)
class Header:
    """A line above a table; JSON needs none."""

    words: str

    def row(self) -> str:
        return self.words

    def line(self) -> str:
        return ""


async def run(wishes: Wishes) -> AsyncIterator[Printed]:
    length, jobs = LONG if wishes.long else SHORT, os.cpu_count() or 1
    yield Header(table.header())
    for trial in SCENARIOS:
        for detectors in (OURS, RIVALS):
            releases = length.of(trial, next(iter(detectors)))
            for row in table.measure(detectors, [trial], releases, SEED, jobs):
                yield row
    yield Header(rows.header())
    for promise in promises.run(length.streams, SEED, jobs, promises.NAMES):
        yield promise
