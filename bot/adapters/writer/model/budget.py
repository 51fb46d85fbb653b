"""What models may cost: tokens and money for a release, answers for a person.

A call is booked at its estimate before it is made, and set right when the endpoint has said what it used. So a call
that would break the limit is not made, two at once cannot break it together, and one that a crash cut off stays booked.
The one thing to remember: an attempt that brought nothing is paid for like any other.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.adapters.writer.model.calls import Call, Used
from bot.core.errors import Permanent
from bot.core.model import Spent

CHARACTERS_PER_TOKEN = 4
"""English prose; names and hexadecimal digits have fewer. Only an estimate, until the endpoint has counted."""

TOKENS_PER_PRICE = 1_000_000
"""Prices are for a million tokens, as everybody gives them."""

MINUTE = 60.0


class Ledger(Protocol):
    """What the texts of each release have cost, kept over restarts."""

    def spent(self, release: str) -> Spent:
        """So far; nothing for a release that nothing was written for."""

    async def add(self, release: str, spent: Spent) -> None:
        """Durably. Less than nothing where an estimate is set right."""


class ShortMemory:
    """The ledger's stand-in, and the doctor's: forgets with the process."""

    def __init__(self) -> None:
        self._spent: dict[str, Spent] = {}

    def spent(self, release: str) -> Spent:
        return self._spent.get(release, Spent())

    async def add(self, release: str, spent: Spent) -> None:
        self._spent[release] = self.spent(release) + spent


@dataclass(frozen=True, slots=True)
class Limits:
    """For one release. Prices are for a million tokens; without any there is no limit of money."""

    tokens_max: int
    money_max: float
    price_in: float
    price_out: float

    def cost(self, used: Used) -> Spent:
        money = (used.tokens_in * self.price_in + used.tokens_out * self.price_out) / TOKENS_PER_PRICE
        return Spent(used.tokens_in + used.tokens_out, money)


class Budget:
    def __init__(self, ledger: Ledger, limits: Limits) -> None:
        self._ledger = ledger
        self._limits = limits
        self._one_at_a_time = asyncio.Lock()

    async def book(self, release: str, call: Call) -> Spent:
        """What the call may cost, now booked. Raises Permanent where the release has not that much left."""
        estimate = self._limits.cost(Used(_tokens(call.system + call.user), call.tokens_max))
        async with self._one_at_a_time:
            after = self._ledger.spent(release) + estimate
            if after.tokens > self._limits.tokens_max:
                raise Permanent(
                    f"models may use {self._limits.tokens_max:,} tokens for a release "
                    "(SONGBIRD_MODEL_RELEASE_TOKENS_MAX), and this text would go beyond"
                )
            if after.money > self._limits.money_max and estimate.money:
                raise Permanent(
                    f"models may cost {self._limits.money_max:g} for a release "
                    "(SONGBIRD_MODEL_RELEASE_MONEY_MAX), and this text would go beyond"
                )
            await self._ledger.add(release, estimate)
        return estimate

    async def settle(self, release: str, booked: Spent, used: Used | None) -> None:
        """Set the estimate right; where nobody knows what was used, it stands."""
        if used is not None:
            await self._ledger.add(release, self._limits.cost(used) - booked)


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)


class Pace:
    """How many answers a person gets from a model in a minute. `clock` gives seconds that only go forward."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._asked: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, person: str) -> None:
        """Raises Permanent for one too many."""
        now = self._clock()
        self._forget(now - MINUTE)
        if len(self._asked[person]) >= self._per_minute:
            raise Permanent(f"a model gives one person {self._per_minute} answers a minute")
        self._asked[person].append(now)

    def _forget(self, until: float) -> None:
        for person, asked in list(self._asked.items()):
            while asked and asked[0] <= until:
                asked.popleft()
            if not asked:
                del self._asked[person]
