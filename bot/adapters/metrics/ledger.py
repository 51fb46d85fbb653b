"""From what was counted in one span after the other to totals, which the rest of Songbird subtracts again.

A source that is asked for the time between two looks has no totals of its own. A `Ledger` adds up what it says, one for
each environment, and keeps until when. So two looks that share a source count nothing twice, and a look that failed
loses nothing: the next span begins where the last one ended. The one thing to remember: what cannot be a count is no
zero, and no silence either. Its metric is a gap and begins anew; the others go on.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.adapters.metrics.parts import GAUGES, Slot, all_shown
from bot.analysis.series import Totals
from bot.core.metric import Metric

HOLE_SECONDS_MAX = 3600.0
"""After a longer time without an answer, nobody adds up what was missed."""
BACK_SECONDS_MAX = 60.0
"""A clock that is put back by less is waited for."""
KNOWN_SECONDS = 300.0
"""How long somebody is remembered of whom nothing is heard."""
NO_NUMBER = "is no number that could be counted"


class Span(NamedTuple):
    """From when to when, the end not included."""

    since: float
    until: float


@dataclass(slots=True)
class Account:
    """What one process, or all of a version, has counted since then."""

    name: str
    since: float
    heard_at: float
    counts: dict[Slot, float] = field(default_factory=dict)
    values: dict[Slot, tuple[Span, float]] = field(default_factory=dict)
    """Of gauges, when and what."""
    spoilt: set[Slot] = field(default_factory=set)
    """What was no count in the last span."""
    anew: dict[str, float] = field(default_factory=dict)
    """By metric, since when it counts, where that was so before."""

    def sums(self, fresh_since: float) -> dict[Slot, float]:
        fresh = {slot: value for slot, (span, value) in self.values.items() if span.until >= fresh_since}
        return {**self.counts, **fresh, **dict.fromkeys(self.spoilt, math.nan)}

    @property
    def told_since(self) -> dict[str, float]:
        """By metric, since when a count counts that began anew, and a gauge was as it is."""
        return {**self.anew, **{slot[0]: span.since for slot, (span, _) in self.values.items() if slot[1] == "value"}}

    def close(self, spoilt: set[Slot], until: float) -> None:
        """All of a metric begins anew: parts that counted for different times are no share."""
        metrics = {slot[0] for slot in spoilt}
        self.spoilt = spoilt | {slot for slot in self.counts if slot[0] in metrics}
        self.counts = {slot: value for slot, value in self.counts.items() if slot[0] not in metrics}
        self.anew |= dict.fromkeys(metrics, until)


class Ledger:
    """One environment's accounts, by process and version."""

    def __init__(self) -> None:
        self.until: float | None = None
        self._since = 0.0
        self._accounts: dict[tuple[str, str], Account] = {}
        self._spoilt: defaultdict[tuple[str, str], set[Slot]] = defaultdict(set)
        self.spoilt: tuple[str, ...] = ()
        """What was no count in the last span: `errors of one`."""

    def span(self, until: float, first_seconds: float) -> Span | None:
        """What is to be asked for next; None when nothing is new. A clock that was put back begins anew."""
        if self.until is None or not -BACK_SECONDS_MAX <= until - self.until <= HOLE_SECONDS_MAX:
            self._accounts.clear()
            self._since = until - first_seconds
        elif until > self.until:
            self._since = self.until
        else:
            return None
        return Span(self._since, until)

    def add(self, process: str, version: str, slot: Slot, value: float, part: Span) -> None:
        """What was counted in a part of the span, or what was so then."""
        key = (process, version)
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = Account(self._name(process, version), self._since, part.until)
        account.heard_at = max(account.heard_at, part.until)
        if slot[1] in GAUGES:
            if slot not in account.values or part.until >= account.values[slot][0].until:
                account.values[slot] = (part, value)
        elif 0 <= value < math.inf:
            account.counts[slot] = account.counts.get(slot, 0.0) + value
        else:
            self._spoilt[key].add(slot)

    def _name(self, process: str, version: str) -> str:
        """Where a name was another version's before, or is, the version is part of it: each counts by itself."""
        taken = any(one.name == process for one in self._accounts.values())
        return f"{process} {version}".strip() if taken else process

    def close(self, until: float) -> None:
        """All of the span was told."""
        self.until = until
        for key, one in self._accounts.items():
            one.close(self._spoilt.get(key, set()), until)
        spoilt = {self._accounts[key].name: slots for key, slots in self._spoilt.items()}
        self.spoilt = tuple(f"{metric} of {name}" for name, slots in spoilt.items() for metric, *_ in slots)
        self._spoilt.clear()
        gone = [key for key, one in self._accounts.items() if until - one.heard_at > KNOWN_SECONDS]
        for key in gone:
            del self._accounts[key]

    @property
    def is_empty(self) -> bool:
        """Whether nobody is known."""
        return not self._accounts

    def silent(self, stale: float) -> Iterator[str]:
        """Of whom nothing was heard for so long."""
        assert self.until is not None, "nothing was told yet"
        yield from (one.name for one in self._accounts.values() if self.until - one.heard_at > stale)

    def totals(self, environment: str, metrics: Sequence[Metric], stale: float, fresh: float) -> Iterator[Totals]:
        """Of all of whom something was heard, as they were when the last span ended.

        A gauge that was told longer than `fresh` ago is left out: to repeat it would be to have seen it again.
        """
        assert self.until is not None, "nothing was told yet"
        for (_, version), one in self._accounts.items():
            shown = all_shown(metrics, one.sums(self.until - fresh))
            if shown and self.until - one.heard_at <= stale:
                told = one.told_since
                yield Totals(environment, one.name, self.until, version, one.since, shown, self.until, told)
