"""When somebody means: `from Friday 18:00 to 2026-12-28 09:00 shop because of the sale`, in their own time zone.

    [from DAY [TIME]] to DAY [TIME] | for 3d   [SERVICE… | all]   reason…

A day is `2026-12-24`, a weekday, `today` or `tomorrow`; a time is `18:00`. The one thing to remember: what can be
understood in two ways is understood in one and named among the `doubts`; whoever has doubts is asked once more before
anything takes effect.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from bot.core.errors import Refused
from bot.core.quantities import parse_seconds

WRITTEN = "/release freeze from 2026-12-24 18:00 to 2026-12-28 09:00 SERVICE reason, or: for 3d all reason"
"""How to write it, for whoever did not."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_SHORT_MIN = 3
"""Letters of a weekday: `fri` is one."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A freeze as it was meant. `services`: empty means all. `doubts`: what might have been meant otherwise."""

    services: tuple[str, ...]
    starts_at: float
    ends_at: float
    reason: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A time as it was meant, and the words after it."""

    starts_at: float
    ends_at: float
    rest: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass
class _Reader:
    """Words, read from the front; `zone` None is the machine's own."""

    rest: list[str]
    now: float
    zone: tzinfo | None
    written: str = WRITTEN
    doubts: list[str] = field(default_factory=list)

    @property
    def next(self) -> str:
        return self.rest[0].lower().rstrip(",") if self.rest else ""

    def take(self, *words: str) -> bool:
        """Whether the next word is one of these; it is read then."""
        if self.next not in words:
            return False
        self.rest.pop(0)
        return True

    def doubt(self, words: str) -> None:
        if words not in self.doubts:
            self.doubts.append(words)


def understand(words: Sequence[str], now: float, zone: tzinfo | None, services: Collection[str]) -> Understood:
    """What was meant at `now`, where these services are known. Raises Refused, saying how to write it."""
    reader = _Reader([part for word in words for part in _parted(word)], now, zone)
    starts_at, ends_at = _span(reader)
    named = _services(reader, services)
    reason = " ".join(reader.rest)
    return Understood(named, starts_at, ends_at, reason, tuple(reader.doubts))


def understand_span(words: Sequence[str], now: float, zone: tzinfo | None, written: str) -> Span:
    """The same without services. `written`: how to write it, for whoever did not. Raises Refused."""
    reader = _Reader([part for word in words for part in _parted(word)], now, zone, written)
    starts_at, ends_at = _span(reader)
    return Span(starts_at, ends_at, tuple(reader.rest), tuple(reader.doubts))


def _span(reader: _Reader) -> tuple[float, float]:
    start = datetime.fromtimestamp(reader.now, reader.zone)
    if reader.take("from"):
        start = _moment(reader, start, is_end=False)
    if reader.take("to", "until", "till"):
        ends_at = _seconds(reader, _moment(reader, start, is_end=True))
    elif reader.take("for"):
        ends_at = start.timestamp() + _duration(reader)
    else:
        raise Refused(f"say until when: {reader.written}")
    return _seconds(reader, start), ends_at


def _parted(word: str) -> tuple[str, ...]:
    """`2026-12-24T18:00` is two words."""
    day, mark, clock = word.partition("T")
    return (day, clock) if mark and _date(day) and _TIME.fullmatch(clock) else (word,)


def _moment(reader: _Reader, after: datetime, *, is_end: bool) -> datetime:
    """The first such moment that is not before `after`."""
    if reader.take("now"):
        return after
    word = reader.next
    day = _day(reader, after)
    if day is None and not _TIME.fullmatch(word):
        raise Refused(f"I do not know the day “{word[:40] or 'nothing'}”: {reader.written}")
    if day is not None:
        reader.rest.pop(0)
        reader.take("at")
    clock = _TIME.fullmatch(reader.next)
    if clock is not None:
        reader.rest.pop(0)
        at = datetime.combine(day or after.date(), time(int(clock[1]), int(clock[2])), after.tzinfo)
        if at > after or _date(word):
            return at
        reader.doubt(f"{clock[0]} has passed by then, so the next one is meant")
        return at + (_WEEK if _weekday(word) is not None else _DAY)
    assert day is not None, "neither a day nor a time"
    return _whole(reader, day, after, is_end=is_end)


def _whole(reader: _Reader, day: date, after: datetime, *, is_end: bool) -> datetime:
    """A day without a time: from its first moment, to its last."""
    reader.doubt("a day without a time is meant from its beginning, and to its end")
    begins = datetime.combine(day, time(), after.tzinfo)
    if is_end:
        return begins + _DAY
    return max(begins, after) if day == after.date() else begins


def _day(reader: _Reader, after: datetime) -> date | None:
    word = reader.next
    today = datetime.fromtimestamp(reader.now, reader.zone).date()
    if word in ("today", "tomorrow"):
        return today if word == "today" else today + _DAY
    if (weekday := _weekday(word)) is not None:
        reader.doubt(f"{_WEEKDAYS[weekday].capitalize()} is the next one")
        return after.date() + timedelta(days=(weekday - after.weekday()) % 7)
    return _date(word)


def _date(word: str) -> date | None:
    try:
        return date.fromisoformat(word) if "-" in word else None
    except ValueError:
        return None


def _weekday(word: str) -> int | None:
    if len(word) < _SHORT_MIN:
        return None
    return next((number for number, name in enumerate(_WEEKDAYS) if name.startswith(word)), None)


def _duration(reader: _Reader) -> float:
    if not reader.rest or (seconds := parse_seconds(reader.next)) is None:
        raise Refused(f"“{reader.next[:40] or 'nothing'}” is not a duration: write 90m, 8h, 3d or 1d12h")
    reader.rest.pop(0)
    return seconds


def _services(reader: _Reader, known: Collection[str]) -> tuple[str, ...]:
    if reader.take("all"):
        reader.take("services")
        return ()
    named = []
    while reader.next in known:
        named.append(reader.rest.pop(0).lower().rstrip(","))
    if not named:
        reader.doubt("no service is named first, so all are meant")
    return tuple(dict.fromkeys(named))


def _seconds(reader: _Reader, at: datetime) -> float:
    """Since the epoch. Twice a year a clock on a wall does not say which moment is meant."""
    seconds = at.timestamp()
    if datetime.fromtimestamp(seconds, reader.zone).time() != at.time():
        reader.doubt(f"{at:%H:%M} does not exist on {at:%Y-%m-%d}: the clocks are put forward")
    elif at.replace(fold=1).timestamp() != at.replace(fold=0).timestamp():
        reader.doubt(f"{at:%H:%M} comes twice on {at:%Y-%m-%d}: the first is meant")
    return seconds
