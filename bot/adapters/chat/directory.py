"""The workspace's directory: which person an e-mail address belongs to, and what time it is where somebody lives.

Addresses are asked for once for each author of a release, while it is prepared, and remembered for an hour. That Slack
knows nobody by one is an answer; that it does not answer is none, and what it did say until then is remembered for the
next attempt. The one thing to remember: addresses come from commits, where anybody can write anything; a match says who
an address belongs to, and not who really typed.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.trouble import code_of, reading

FRESH_SECONDS = 3_600.0

ASKING_SECONDS_MAX = 15.0
"""For all authors of a release; under the outbox's lease, whose next attempt goes on where this one ended."""

AT_ONCE_MAX = 4
"""Slack allows some fifty such questions a minute."""

ADDRESSES_MAX = 10_000


Members = Callable[[str], Awaitable[frozenset[str]]]


class SlackDirectory:
    """The `Directory` port over Slack's Web API."""

    def __init__(self, reading: AsyncWebClient, members: Members, clock: Callable[[], float] = time.monotonic) -> None:
        self._reading = reading
        self._members = members
        self._clock = clock
        self._known: dict[str, tuple[float, str]] = {}
        self._places = asyncio.Semaphore(AT_ONCE_MAX)

    async def by_email(self, addresses: Collection[str]) -> Mapping[str, str]:
        wanted = sorted({address for address in addresses if "@" in address})
        with reading("ask whose the authors' addresses are"):
            async with asyncio.timeout(ASKING_SECONDS_MAX):
                found = await asyncio.gather(*(self._person(address) for address in wanted))
        return {address: person for address, person in zip(wanted, found, strict=True) if person}

    async def members(self, group: str) -> frozenset[str]:
        return await self._members(group)

    async def offsets(self, people: Collection[str]) -> Mapping[str, int]:
        wanted = sorted(people)
        with reading("ask for the time zones of those who are asked"):
            async with asyncio.timeout(ASKING_SECONDS_MAX):
                found = await asyncio.gather(*(self._offset(person) for person in wanted))
        return {person: offset for person, offset in zip(wanted, found, strict=True) if offset is not None}

    async def _offset(self, person: str) -> int | None:
        async with self._places:
            try:
                answer = await self._reading.users_info(user=person)
            except SlackApiError as refusal:
                if code_of(refusal) in ("user_not_found", "user_not_visible"):
                    return None
                raise
        offset = (answer.get("user") or {}).get("tz_offset")
        return offset if isinstance(offset, int) else None

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
