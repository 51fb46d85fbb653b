"""When somebody means: written times, in their own time zone, and what about them may be doubted."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.calendar import Understood, understand
from bot.core.errors import Refused

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 12, 23, 15, 30, tzinfo=LONDON)
"""A Wednesday."""


def meant(words: str, zone: ZoneInfo = LONDON, now: datetime = NOW) -> Understood:
    return understand(words.split(), now.timestamp(), zone, ["shop", "cart"])


def spans(words: str) -> tuple[str, str]:
    found = meant(words)
    start, end = (datetime.fromtimestamp(at, LONDON).strftime("%a %d %H:%M") for at in (found.starts_at, found.ends_at))
    return start, end


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("from 2026-12-24 18:00 to 2026-12-28 09:00 shop x", "Thu 24 18:00", "Mon 28 09:00"),
        ("from 2026-12-24T18:00 to 2026-12-28T09:00 shop x", "Thu 24 18:00", "Mon 28 09:00"),
        ("from tomorrow 18:00 for 3d shop x", "Thu 24 18:00", "Sun 27 18:00"),
        ("from today 18:00 to tomorrow 8:00 shop x", "Wed 23 18:00", "Thu 24 08:00"),
        ("for 1d12h shop x", "Wed 23 15:30", "Fri 25 03:30"),
        ("until 18:00 all x", "Wed 23 15:30", "Wed 23 18:00"),
        ("from 20:00 to 21:00 shop x", "Wed 23 20:00", "Wed 23 21:00"),
        ("from now to 2026-12-24 09:00 shop x", "Wed 23 15:30", "Thu 24 09:00"),
    ],
)
def test_what_can_be_meant_in_one_way_is_not_doubted(words: str, start: str, end: str) -> None:
    assert spans(words) == (start, end)
    assert meant(words).doubts == ()


@pytest.mark.parametrize(
    ("words", "start", "end", "doubt"),
    [
        ("from Friday 18:00 to Monday 9:00 shop x", "Fri 25 18:00", "Mon 28 09:00", "Friday is the next one"),
        ("from fri at 18:00 to mon 9:00 shop x", "Fri 25 18:00", "Mon 28 09:00", "Friday is the next one"),
        ("from Wednesday 12:00 for 1h shop x", "Wed 30 12:00", "Wed 30 13:00", "12:00 has passed"),
        ("from 2026-12-24 to 2026-12-26 shop x", "Thu 24 00:00", "Sun 27 00:00", "a day without a time"),
        ("from today to tomorrow shop x", "Wed 23 15:30", "Fri 25 00:00", "a day without a time"),
        ("from 12:00 for 1h shop x", "Thu 24 12:00", "Thu 24 13:00", "12:00 has passed"),
        ("for 3d because of the sale", "Wed 23 15:30", "Sat 26 15:30", "no service is named first"),
    ],
)
def test_what_can_be_meant_in_two_ways_is_doubted(words: str, start: str, end: str, doubt: str) -> None:
    assert spans(words) == (start, end)
    assert any(doubt in one for one in meant(words).doubts)


def test_services_stand_before_the_reason_and_a_reason_may_name_one() -> None:
    found = meant("for 3d shop, Cart because the shop is closed")
    assert (found.services, found.reason) == (("shop", "cart"), "because the shop is closed")
    assert meant("for 3d all services the sale") == meant("for 3d all the sale")


def test_the_same_words_mean_another_moment_elsewhere() -> None:
    words = "from 2026-12-24 18:00 for 1h shop x"
    apart = meant(words, ZoneInfo("America/New_York")).starts_at - meant(words).starts_at
    assert apart == 5 * 3600


@pytest.mark.parametrize(
    ("words", "doubt"),
    [
        ("from 2027-03-28 01:30 for 1h shop x", "01:30 does not exist on 2027-03-28"),
        ("from 2026-10-25 01:30 for 1h shop x", "01:30 comes twice on 2026-10-25"),
    ],
)
def test_an_hour_that_the_clocks_skip_or_repeat_is_doubted(words: str, doubt: str) -> None:
    assert any(doubt in one for one in meant(words, now=datetime(2026, 10, 1, tzinfo=LONDON)).doubts)


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        ("", "say until when"),
        ("shop the sale", "say until when"),
        ("from yesterday to today x", "do not know the day “yesterday”"),
        ("from", "do not know the day “nothing”"),
        ("from 2026-13-40 to today x", "do not know the day"),
        ("from 25:00 to today x", "do not know the day"),
        ("for", "is not a duration"),
        ("for three days", "“three” is not a duration"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_how_to_write_it(words: str, saying: str) -> None:
    with pytest.raises(Refused, match=saying):
        meant(words)
