"""The past, look by look: asked of the plan's source in windows, or read from a file, one look in memory at a time.

A file has a JSON object a line, for each process at each look, oldest first, with the totals since the process started:

    {"at": 1796050800, "environment": "production", "process": "10.0.0.7:8080", "commit": "3f9c2e1",
     "started_at": 1796000000,
     "shown": {"errors": [12, 9000], "memory": 310000000, "p95": {"0.1": 8000, "0.5": 8990, "+Inf": 9000}}}

A share is `[events, total]`, a gauge a number, a histogram how many were at most each bound. The one thing to remember:
a window that the source finds too large is asked in halves, a source that is not ready is waited for, and what it does
not know is a hole, never filled in.
"""

import json
import math
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Annotated, TextIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.adapters.metrics import MetricsSource, Reading
from bot.adapters.metrics.asking import Late, Unready
from bot.adapters.metrics.parts import buckets_of
from bot.adapters.metrics.patience import Patience
from bot.analysis.series import Totals
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core.errors import Misconfigured, Temporary
from bot.core.plan import Plan
from bot.core.quantities import duration_in_words

WINDOW_LOOKS = 240
"""An hour of looks every 15 seconds: 2 MB of answer for 200 series, far below what Prometheus sends at most."""

TRIES_OF_ALL = 3
"""So often the whole window is asked for, where the server is not ready; then it may be the window."""
WINDOWS_MANY = 20
"""Of more than that it is told how far it has come."""
ANSWERS_TO_GROW = 20
"""After so many a server that was slow for a while is asked for more again."""

_Written = tuple[float, float] | dict[str, float] | float


_ALLOWED: dict[int | str, str] = {
    "at": "seconds since 1970, such as 1796050800",
    "process": 'a text, such as "10.0.0.7:8080"',
    "commit": "a text",
    "started_at": "seconds since 1970, or null",
    "environment": "the name of one",
    "shown": "by metric [events, total], a number, or of a histogram how many were at most each bound",
}


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    at: Annotated[float, Field(allow_inf_nan=False)]
    environment: str | None = None
    process: str
    commit: str = ""
    started_at: float | None = None
    shown: dict[str, _Written]


async def asked(
    source: MetricsSource, plan: Plan, environment: str, since: float, until: float, patience: Patience | None = None
) -> AsyncIterator[Reading]:
    """What looks would have seen from `since` to `until`.

    Raises Temporary when even one look is too much, and when the source was not ready for longer than is waited.
    """
    at, every, window, patience = since, plan.timing.look, _Window(), patience or Patience()
    while at <= until:
        ends = min(at + (window.looks - 1) * every, until)
        try:
            readings = await source.past(plan, (environment,), at, ends, every)
        except Unready as trouble:
            await patience.bear(trouble)
            if isinstance(trouble, Late) or patience.tries >= TRIES_OF_ALL:
                window.halve()
            continue
        except Temporary:
            if window.looks == 1:
                raise
            window.halve(for_ever=True)
            continue
        patience.restore()
        window.answered()
        for reading in readings:
            yield reading
        tenths = math.floor(10 * (at - since) / (until - since)) if until > since else 0
        at = ends + every
        if until - since > WINDOWS_MANY * WINDOW_LOOKS * every and 10 * (at - since) >= (tenths + 1) * (until - since):
            patience.progress(f"{min(tenths + 1, 10)}0 % of {duration_in_words(until - since)} read")


@dataclass
class _Window:
    """How many looks are asked for at once: fewer where that was too much, or may have been."""

    looks: int = WINDOW_LOOKS
    most: int = WINDOW_LOOKS
    answers: int = 0
    """In a row, of windows as large as now."""

    def halve(self, *, for_ever: bool = False) -> None:
        self.looks, self.answers = max(self.looks // 2, 1), 0
        if for_ever:
            self.most = self.looks

    def answered(self) -> None:
        self.answers += 1
        if self.answers >= ANSWERS_TO_GROW and self.looks < self.most:
            self.looks, self.answers = min(self.looks * 2, self.most), 0


def read(path: Path, environment: str, since: float, until: float) -> Iterator[Reading]:
    """The looks of a file between two times. Raises Misconfigured, with the line, for what is none."""
    for at, group in groupby(_lines(path, environment), key=attrgetter("at")):
        if since <= at <= until:
            yield Reading(at, tuple(group))


def write(reading: Reading, file: TextIO) -> None:
    """One look, as `read` reads it."""
    for one in reading.totals:
        shown = {name: _written(part) for name, part in one.shown.items() if part.is_valid}
        whose = {"environment": one.environment, "process": one.process, "commit": one.commit}
        line = {"at": reading.at, **whose, "started_at": one.started_at, "shown": shown}
        file.write(json.dumps(line, separators=(",", ":")) + "\n")


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _lines(path: Path, environment: str) -> Iterator[Totals]:
    last = -math.inf
    for number, text in enumerate(_text(path), start=1):
        if not text.strip():
            continue
        try:
            line = _Line.model_validate_json(text)
            shown = {name: _shown(written) for name, written in line.shown.items()}
        except ValidationError as invalid:
            raise Misconfigured(f"{path}: line {number}: {_explained(invalid)}") from None
        except ValueError as error:
            raise Misconfigured(f"{path}: line {number}: {error}") from None
        if line.environment not in (None, environment):
            raise Misconfigured(f"{path}: line {number}: is of {line.environment}, and {environment} is asked for")
        if line.at < last:
            raise Misconfigured(f"{path}: line {number}: at goes back in time; sort the lines, oldest first")
        last = line.at
        yield Totals(environment, line.process, line.at, line.commit, line.started_at, shown)


def _explained(invalid: ValidationError) -> str:
    """`process: missing`, and what is allowed there."""
    first = invalid.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"][:2])
    if not place:
        reason = first["msg"].partition(": ")[2]
        return f"is not JSON: {reason}" if reason else "found no JSON object; write one a line, {…}"
    match first["type"]:
        case "missing":
            return f"{place}: missing; allowed: {_ALLOWED[first['loc'][0]]}"
        case "extra_forbidden":
            return f"{place}: not known; allowed: {', '.join(map(str, _ALLOWED))}"
        case _:
            return f"{place}: allowed: {_ALLOWED[first['loc'][0]]}"


def _text(path: Path) -> Iterator[str]:
    try:
        with path.open() as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _shown(written: _Written) -> Shown:
    match written:
        case dict():
            return buckets_of({float(bound): count for bound, count in written.items()})
        case (events, total):
            return Counts(events, total)
        case _:
            return Values(written)


def _written(shown: Shown) -> object:
    match shown:
        case Counts(x, n):
            return [x, n]
        case Buckets(bounds, counts):
            names = [*(f"{bound:g}" if float(f"{bound:g}") == bound else repr(bound) for bound in bounds), "+Inf"]
            return dict(zip(names, _cumulated(counts), strict=True))
        case Values():
            return shown.mean
        case _:
            raise AssertionError(f"no JSON for {type(shown).__name__}")


def _cumulated(counts: Iterable[float]) -> Iterator[float]:
    total = 0.0
    for count in counts:
        total += count
        yield total
