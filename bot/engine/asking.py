"""Questions to a release, answered from its journal and its samples; and what a day has brought.

The one thing to remember: an answer changes nothing and is kept nowhere. The one from the journal is there at once; a
model's comes behind it sentence by sentence, and what is not in the evidence does not come.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace

from bot.core.errors import Refused
from bot.core.plan import Plan
from bot.engine.aside import Aside
from bot.engine.material import material
from bot.engine.scribe import Model, Studio
from bot.engine.service import Service
from bot.texts import Material

RELEASES_MAX = 50
"""In a daily status: more than a day has."""

FRESH_SECONDS = 5.0
"""How long what was read for one question serves the next one to the same release."""


class Asking:
    """What `handlers.desk` asks."""

    def __init__(
        self,
        service: Service,
        studio: Studio,
        clock: Callable[[], float],
        aside: Aside,
        plans: Mapping[str, Plan] | None = None,
    ) -> None:
        self._service = service
        self._studio = studio
        self._clock = clock
        self._aside = aside
        self._plans = plans if plans is not None else {}
        """What the files of the services say now."""
        self._found: Material | None = None

    async def plain(self, release: str, question: str) -> str:
        return (await self._studio.template.write("answer", await self._material(release, question))).text

    def better(self, release: str, question: str, person: str) -> AsyncIterator[str] | None:
        model = self._studio.model
        return self._explained(model, release, question, person) if model is not None else None

    async def _explained(self, model: Model, release: str, question: str, person: str) -> AsyncIterator[str]:
        found = await self._material(release, question)
        async with aclosing(model.answer(question, found, person)) as sentences:
            async for sentence in sentences:
                yield sentence

    async def daily(self) -> str:
        releases = await self._aside(lambda: self._service.newest(RELEASES_MAX))
        if not releases:
            raise Refused("nothing has been released yet: /stage SERVICE VERSION starts a release")
        about = Material(releases[0], now=self._clock(), releases=tuple(releases))
        people = {person for release in releases for person in release.plan.named | release.plan.groups}
        about = replace(about, titles=await self._studio.names(people))
        return (await self._studio.template.write("daily", about)).text

    def release_of(self, channel: str, thread_ts: str) -> str | None:
        return self._service.store.release_of(channel, thread_ts)

    async def _material(self, release: str, question: str) -> Material:
        """Read once for a question and for the better answer to it."""
        now, known, present = self._clock(), self._found, self._service.peek(release)
        if known is None or known.release != present or not 0 <= now - known.now < FRESH_SECONDS:
            known = self._found = await self._aside(lambda: material(self._service, release, now))
        found = replace(known, about=question, plan=self._plans.get(known.release.service))
        return replace(found, titles=await self._studio.names(found.release.plan.named | found.release.plan.groups))
