"""Servers that are not ready: how long people's tools wait for them, how they ask then, and when they give up.

No test waits: sleeping is an argument. The one thing a reader could forget: a look must come once, whatever happened
on the way to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.adapters.metrics import Reading
from bot.adapters.metrics.asking import Late, Rest, Unready, seconds_in
from bot.adapters.metrics.patience import ASKED_SECONDS_MAX, TRIES_MAX, Patience
from bot.core.errors import Temporary
from bot.core.plan import Plan
from bot.hindsight import recorded
from tests.hindsight.history import LOOK_SECONDS, plan


@dataclass
class Waiting:
    """How long was waited, and what was said of it."""

    slept: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def patience(self) -> Patience:
        return Patience(tell=self.said.append, progress=self.said.append, sleep=self.sleep)


@dataclass
class Moody:
    """A source with a list of troubles to go through before it answers; `None` is an answer."""

    troubles: list[Temporary | None]
    asked: list[int] = field(default_factory=list)

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        raise AssertionError("nobody asks for the present")

    async def past(
        self, _plan: Plan, _environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        looks = round((until - since) / every) + 1
        self.asked.append(looks)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble
        return tuple(Reading(since + number * every) for number in range(looks))


LOOKS = 1000


async def read(source: Moody, waiting: Waiting) -> list[float]:
    asked = recorded.asked(source, plan(), "production", 0.0, LOOK_SECONDS * (LOOKS - 1), waiting.patience)
    return [one.at async for one in asked]


WHOLE = [LOOK_SECONDS * number for number in range(LOOKS)]


async def test_a_server_that_asks_to_be_left_alone_is_asked_the_same_when_it_said() -> None:
    source, waiting = Moody([None, Unready("Prometheus answered 429", 17.0)]), Waiting()
    assert await read(source, waiting) == WHOLE
    assert waiting.slept == [17.0]
    assert source.asked[:3] == [240, 240, 240]
    assert waiting.said == [f"Prometheus answered 429; asked again in 17 s (try 2 of {TRIES_MAX})"]


async def test_without_a_wish_of_its_own_it_is_left_alone_for_longer_each_time_and_anew_after_an_answer() -> None:
    busy = Unready("Prometheus answered 503")
    waiting = Waiting()
    assert await read(Moody([busy, busy, busy, None, busy]), waiting) == WHOLE
    assert waiting.slept == [2.0, 4.0, 8.0, 2.0]


async def test_what_is_never_ready_is_given_up_in_its_own_words() -> None:
    source, waiting = Moody([Unready("Prometheus answered 503")] * 100), Waiting()
    with pytest.raises(Unready, match="answered 503"):
        await read(source, waiting)
    assert len(source.asked) == TRIES_MAX
    assert sum(waiting.slept) < 150


async def test_whoever_asks_for_an_hour_is_not_waited_for() -> None:
    waiting = Waiting()
    with pytest.raises(Unready):
        await read(Moody([Unready("Prometheus answered 429", ASKED_SECONDS_MAX + 1)]), waiting)
    assert waiting.slept == []


async def test_what_came_too_late_is_asked_in_halves_and_in_larger_pieces_once_it_goes_well() -> None:
    late = Late("Prometheus did not answer within 5 s")
    source = Moody([late, late])
    assert await read(source, Waiting()) == WHOLE
    assert source.asked[:4] == [240, 120, 60, 60]
    long = Moody([late] * 6)
    assert await read(long, Waiting()) == WHOLE
    assert long.asked[6] == 3
    assert max(long.asked[27:]) > 3


async def test_a_server_that_fails_again_and_again_is_asked_for_less() -> None:
    busy = Unready("Prometheus answered 503")
    source = Moody([busy] * 4)
    assert await read(source, Waiting()) == WHOLE
    assert source.asked[:5] == [240, 240, 240, 120, 60]


async def test_of_a_long_past_it_is_said_how_far_it_has_come() -> None:
    waiting = Waiting()
    asked = recorded.asked(Moody([]), plan(), "production", 0.0, LOOK_SECONDS * 10_000, waiting.patience)
    assert len([one async for one in asked]) == 10_001
    assert [line.split()[0] for line in waiting.said] == [f"{tenth}0" for tenth in range(1, 11)]
    short = Waiting()
    await read(Moody([]), short)
    assert short.said == []


def test_a_rest_says_for_how_much_longer_it_lasts() -> None:
    rest = Rest()
    rest.begin(0.0, "busy", 30.0)
    with pytest.raises(Unready, match="busy") as raised:
        rest.refuse(10.0)
    assert raised.value.retry_after_seconds == 20.0
    rest.refuse(30.0)


@pytest.mark.parametrize(
    ("written", "sent", "seconds"),
    [
        ("30", "", 30.0),
        ("Mon, 30 Nov 2026 10:01:30 GMT", "Mon, 30 Nov 2026 10:00:00 GMT", 90.0),
        ("Mon, 30 Nov 2026 09:00:00 GMT", "Mon, 30 Nov 2026 10:00:00 GMT", 0.0),
        ("Mon, 30 Nov 2026 10:01:30 GMT", "", None),
        ("soon", "Mon, 30 Nov 2026 10:00:00 GMT", None),
        ("", "", None),
    ],
)
def test_when_to_come_back_may_be_seconds_or_a_date_by_the_servers_own_clock(
    written: str, sent: str, seconds: float | None
) -> None:
    assert seconds_in(written, sent) == seconds
