"""Times of a day that come again, by the clock of a place."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.hours import before, following, last

BERLIN = ZoneInfo("Europe/Berlin")
CLOCKS = ("09:00", "13:00", "18:00")


def at(written: str) -> float:
    """A moment by its time in UTC."""
    return datetime.fromisoformat(f"{written}+00:00").timestamp()


def named(hour: object) -> str:
    return getattr(hour, "name", "")


def test_the_last_and_the_next_lie_around_now_by_the_clock_of_the_place() -> None:
    now = at("2026-11-30T12:00")  # 13:00 in Berlin, at this very moment
    assert named(last(CLOCKS, BERLIN, now)) == "2026-11-30T13:00"
    assert named(last(CLOCKS, BERLIN, now - 1)) == "2026-11-30T09:00"
    assert named(following(CLOCKS, BERLIN, now)) == "2026-11-30T18:00"
    assert named(last(CLOCKS, BERLIN, at("2026-11-30T07:00"))) == "2026-11-29T18:00"


def test_on_weekdays_monday_follows_friday() -> None:
    sunday = at("2026-11-29T12:00")
    friday = last(("09:00",), BERLIN, sunday, weekdays=True)
    assert named(friday) == "2026-11-27T09:00"
    monday = following(("09:00",), BERLIN, sunday, weekdays=True)
    assert named(monday) == "2026-11-30T09:00"
    assert monday is not None
    assert before(monday, ("09:00",), BERLIN, weekdays=True) == friday


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        ("2026-03-28", "2026-03-28T08:00"),
        ("2026-03-29", "2026-03-29T07:00"),  # put forward in the night
        ("2026-10-24", "2026-10-24T07:00"),
        ("2026-10-25", "2026-10-25T08:00"),  # put back in the night
    ],
)
def test_nine_is_nine_by_the_wall_on_the_days_around_a_change_of_clocks(day: str, utc: str) -> None:
    hour = last(("09:00",), BERLIN, at(f"{day}T12:00"))
    assert hour is not None
    assert (hour.name, hour.at) == (f"{day}T09:00", at(utc))


def test_a_time_that_comes_twice_is_one_moment_and_so_is_one_that_does_not_exist() -> None:
    twice = last(("02:30",), BERLIN, at("2026-10-25T12:00"))
    never = last(("02:30",), BERLIN, at("2026-03-29T12:00"))
    assert twice is not None
    assert never is not None
    assert (twice.name, twice.at) == ("2026-10-25T02:30", at("2026-10-25T00:30"))
    assert (never.name, never.at) == ("2026-03-29T02:30", at("2026-03-29T01:30"))
    assert named(following(("02:30",), BERLIN, twice.at)) == "2026-10-26T02:30"


def test_without_times_nothing_comes() -> None:
    assert last((), BERLIN, 0.0) is None
    assert following((), BERLIN, 0.0) is None
