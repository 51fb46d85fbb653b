"""What people are called, and where their clocks stand: what Slack says of a user id, remembered for an hour.

A name is a courtesy in a journal that is kept for years; it is never needed to decide. So asking has a short limit, and
no answer is an answer: the name is then whatever the caller has.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.trouble import reading
from bot.core.errors import AdapterError
from bot.core.plan import is_group

FRESH_SECONDS = 3_600.0
ASKING_SECONDS_MAX = 1.0
"""A person is waiting for their click to be answered."""

NAMES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    at: float
    name: str
    zone: str


class SlackNames:
    """Callable: id of a user or a user group → name, or "" when Slack does not say in time."""

    def __init__(self, reading: AsyncWebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._reading = reading
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._groups: tuple[float, Mapping[str, str]] | None = None

    async def __call__(self, user: str) -> str:
        return await self._group(user) if is_group(user) else (await self._ask(user)).name

    async def _group(self, group: str) -> str:
        """All groups are asked for at once: there are few, and Slack is asked for them seldom."""
        if self._groups is None or self._clock() - self._groups[0] >= FRESH_SECONDS:
            try:
                with reading("ask what the user groups are called"):
                    async with asyncio.timeout(ASKING_SECONDS_MAX):
                        answer = await self._reading.usergroups_list()
            except AdapterError:
                return self._groups[1].get(group, "") if self._groups else ""
            called = {str(one["id"]): str(one.get("name") or "") for one in answer.get("usergroups") or ()}
            self._groups = self._clock(), called
        return self._groups[1].get(group, "")

    async def zone(self, user: str) -> str:
        """Where their clock stands, such as `Europe/London`, or "" when Slack does not say in time."""
        return (await self._ask(user)).zone

    async def _ask(self, user: str) -> "_Known":
        known = self._known.get(user)
        if known is not None and self._clock() - known.at < FRESH_SECONDS:
            return known
        try:
            with reading(f"ask who {user} is"):
                async with asyncio.timeout(ASKING_SECONDS_MAX):
                    answer = await self._reading.users_info(user=user)
        except AdapterError:
            return known or _Known(self._clock(), "", "")
        person = answer.get("user") or {}
        profile = person.get("profile") or {}
        name = profile.get("real_name") or profile.get("display_name") or person.get("name") or ""
        if len(self._known) >= NAMES_MAX:
            self._known.clear()
        self._known[user] = asked = _Known(self._clock(), str(name), str(person.get("tz") or ""))
        return asked

    async def of(self, people: Collection[str]) -> Mapping[str, str]:
        """What several are called, without those of whom Slack does not say it in time."""
        names = await asyncio.gather(*(self(person) for person in people))
        return {person: name for person, name in zip(people, names, strict=True) if name}
