"""The workspace's directory: which person an e-mail address belongs to, remembered for an hour.

Asked once for each author of a release, while it is prepared. That Slack knows nobody by an address is an answer; that
it does not answer is none, and what it did say until then is remembered for the next attempt. The one thing to
remember: addresses come from commits, where anybody can write anything; a match says who an address belongs to, and not
who really typed.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.trouble import code_of, reading

FRESH_SECONDS = 3_600.0

ASKING_SECONDS_MAX = 15.0
"""For all authors of a release; under the outbox's lease, whose next attempt goes on where this one ended."""

AT_ONCE_MAX = 4
"""Slack allows some fifty such questions a minute."""

ADDRESSES_MAX = 10_000


class SlackDirectory:
    """The `Directory` port over Slack's Web API."""

    def __init__(self, reading: AsyncWebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._reading = reading
        self._clock = clock
        self._known: dict[str, tuple[float, str]] = {}
        self._places = asyncio.Semaphore(AT_ONCE_MAX)

    async def by_email(self, addresses: Collection[str]) -> Mapping[str, str]:
        wanted = sorted({address for address in addresses if "@" in address})
        with reading("ask whose the authors' addresses are"):
            async with asyncio.timeout(ASKING_SECONDS_MAX):
                found = await asyncio.gather(*(self._person(address) for address in wanted))
        return {address: person for address, person in zip(wanted, found, strict=True) if person}

    async def _person(self, address: str) -> str:
        known = self._known.get(address)
        if known is not None and self._clock() - known[0] < FRESH_SECONDS:
            return known[1]
        async with self._places:
            person = await self._ask(address)
        if len(self._known) >= ADDRESSES_MAX:
            self._known.clear()
        self._known[address] = (self._clock(), person)
        return person

    async def _ask(self, address: str) -> str:
        try:
            answer = await self._reading.users_lookupByEmail(email=address)
        except SlackApiError as refusal:
            if code_of(refusal) in ("users_not_found", "invalid_arguments"):
                return ""
            raise
        return str((answer.get("user") or {}).get("id") or "")
