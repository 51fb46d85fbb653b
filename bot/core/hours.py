"""Times of a day that come again: `09:00` on weekdays, in the time zone of a plan.

The one thing to remember: a time of day is one moment of each day, also on the two days a year on which the clocks are
changed. One that comes twice is meant the first time; one that does not exist is meant an hour later by the wall.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

_SATURDAY = 5
_DAY = timedelta(days=1)
_AROUND_DAYS = 4
"""Between two weekdays lies a weekend."""

LATE_SECONDS_MAX = 1_800.0
"""What nobody was there to say in time is said within half an hour, or folded into what is said next."""


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """A time of day on one day. `at`: seconds since the epoch; `name`: `2026-11-30T09:00`, by the wall."""

    at: float
    name: str


def last(clocks: Iterable[str], zone: tzinfo, now: float, *, weekdays: bool = False) -> Hour | None:
    """The newest that has come. `clocks`: `09:00`; on `weekdays`: none on Saturdays and Sundays."""
    return max((hour for hour in _around(clocks, zone, now, weekdays=weekdays) if hour.at <= now), default=None)


def before(hour: Hour, clocks: Iterable[str], zone: tzinfo, *, weekdays: bool = False) -> Hour | None:
    """The one before that one."""
    hours = _around(clocks, zone, hour.at, weekdays=weekdays)
    return max((one for one in hours if one.at < hour.at), default=None)


def following(clocks: Iterable[str], zone: tzinfo, now: float, *, weekdays: bool = False) -> Hour | None:
    """The next that comes."""
    return min((hour for hour in _around(clocks, zone, now, weekdays=weekdays) if hour.at > now), default=None)


def _around(clocks: Iterable[str], zone: tzinfo, now: float, *, weekdays: bool) -> Iterator[Hour]:
    today = datetime.fromtimestamp(now, zone).date()
    times = [time.fromisoformat(clock) for clock in clocks]
    for days in range(-_AROUND_DAYS, _AROUND_DAYS + 1):
        day = today + days * _DAY
        if weekdays and day.weekday() >= _SATURDAY:
            continue
        for clock in times:
            at = datetime.combine(day, clock, zone)
            yield Hour(at.timestamp(), f"{at:%Y-%m-%dT%H:%M}")
