"""Which workspace this is: what Slack says of the bot's own token, asked once and kept.

A channel may be shared with other companies, whose people then press our buttons; what a press says of itself is held
against this. The one thing to remember: it is Slack's word about our token, and never taken from a request.
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.chat.trouble import reading
from bot.core.errors import AdapterError, Temporary

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Home:
    """`organisation` is "" where the workspace belongs to none; of its members Slack may name it instead."""

    team: str
    organisation: str = ""

    def is_home_of(self, teams: Collection[str | None]) -> bool:
        """Whether all that Slack says of whose press it is speaks of us. Where it says nothing, it is nobody's."""
        said = {team for team in teams if team}
        return bool(said) and said <= {self.team, self.organisation}


class SlackWorkspace:
    """Callable. Raises as the `Chat` port's reads do while Slack does not say."""

    def __init__(self, reading: AsyncWebClient) -> None:
        self._reading = reading
        self._home: Home | None = None
        self._question: asyncio.Task[Home] | None = None

    async def __call__(self) -> Home:
        if self._home is not None:
            return self._home
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(self._ask())
        return await asyncio.shield(self._question)  # whoever presses meanwhile waits for the same answer

    async def _ask(self) -> Home:
        with reading("ask which workspace this is"):
            answer = await self._reading.auth_test()
        if not answer.get("team_id"):
            raise Temporary("ask which workspace this is: an answer that names none")
        self._home = Home(str(answer["team_id"]), str(answer.get("enterprise_id") or ""))
        return self._home

    async def learn(self) -> None:
        """Before anybody presses. Where Slack is away, the first press asks again."""
        try:
            await self()
        except AdapterError as trouble:
            log.warning("which workspace this is will be asked again: %s", trouble)
