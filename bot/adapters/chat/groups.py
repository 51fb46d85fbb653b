"""Who is in a Slack user group, remembered for a minute.

A role may be held by a group, so this decides who may approve. No answer is no membership: what Slack said counts for
its minute, and when it cannot be asked after that, nobody gets in by the group. The one thing to remember: a membership
is a fact of a moment; what somebody did by it is recorded with it, and never asked about again.
"""

import time
from collections.abc import Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.trouble import reading

FRESH_SECONDS = 60.0
"""Slack allows some twenty such questions a minute; who left a group can act by it for so long."""


class SlackGroups:
    """Callable: user group id → user ids. Raises as the `Chat` port's reads do when Slack does not say."""

    def __init__(self, reading: AsyncWebClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._reading = reading
        self._clock = clock
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def __call__(self, group: str) -> frozenset[str]:
        known = self._known.get(group)
        if known is not None and self._clock() - known[0] < FRESH_SECONDS:
            return known[1]
        with reading(f"ask who is in the user group {group}"):
            answer = await self._reading.usergroups_users_list(usergroup=group)
        members = frozenset(map(str, answer.get("users") or ()))
        self._known[group] = (self._clock(), members)
        return members
