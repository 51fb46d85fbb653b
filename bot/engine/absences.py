"""Absences in time: asked for in one transaction, heeded by every decision while they last.

The one thing to remember: nothing happens when one begins or ends; whoever decides next looks at the row. When one is
said in which somebody stands in for another, the channels of the releases that know the other are told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.core.absences import AbsenceCommand, Asked, decide, relying_on, roles_by_name
from bot.core.actors import Actor
from bot.core.beside import Absence
from bot.core.effects import TellOfGap
from bot.core.plan import Plan
from bot.engine.service import Service
from bot.store.ports import Answer, Transaction


class Absences:
    """`plans`: those of all services; whoever none of them names has no roles to leave to somebody."""

    def __init__(self, service: Service, plans: Mapping[str, Plan]) -> None:
        self._service = service
        self._plans = plans

    async def ask(self, command: AbsenceCommand, *, actor: Actor, key: str | None, now: float) -> Absence:
        """Decide and commit; the absence afterwards. The same key hears of the same one again. Raises Refused."""
        return await self._service.write_and_wake(lambda t: self._write(t, command, actor, key, now))

    def open(self, now: float) -> list[Absence]:
        """In force or still to come, the oldest first."""
        return [one for one in self._service.store.open_absences() if now < one.ends_at]

    def _gaps(self, one: Absence, absences: Iterable[Absence]) -> list[TellOfGap]:
        """One for each who counts on this person, in each channel where that matters."""
        return [
            TellOfGap(f"{one.id}/{relied.id}/gap/{channel}", one.id, relied.id, channel)
            for relied in relying_on(one, absences)
            for channel in dict.fromkeys(
                plan.channels.releases for plan in self._plans.values() if roles_by_name((plan,), relied.person.id)
            )
        ]

    def _write(self, t: Transaction, command: AbsenceCommand, actor: Actor, key: str | None, now: float) -> Absence:
        if key is not None and (answer := t.answer_to(key)) is not None:
            before = t.absence(answer.release)
            assert before is not None, f"{key} was answered with {answer.release}, which is not there"
            return before
        absence = decide(command, Asked(t.open_absences(), self._plans, actor, now))
        if not absence.id:
            absence = replace(absence, id=t.next_absence())
            t.enqueue(self._gaps(absence, t.open_absences()), now)
        t.save_absence(absence)
        if key is not None:
            t.remember(key, Answer(absence.id, 0), now)
        return absence
