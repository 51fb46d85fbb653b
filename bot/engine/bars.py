"""Locks and freezes in time: asked for in one transaction, announced once each, heeded by the releases they concern.

A bar that is made or lifted makes the moving releases it concerns due at once, in the same transaction; when a freeze
begins or ends by the calendar they are due by their own timers. The one thing to remember: what is to be announced is a
question to the row (`bot.core.bars.moment`), so a bot that was down says the newest and not all that it has missed.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.core.actors import Actor
from bot.core.bars import Asked, BarCommand, Moment, decide, moment, next_moment_at, told_at_once
from bot.core.beside import Bar
from bot.core.effects import Announce
from bot.core.plan import Plan
from bot.engine.service import Service
from bot.store.ports import Answer, KeptBar, Transaction


class Bars:
    """`plans`: those of all services; a bar is announced in the channels of those that it concerns."""

    def __init__(self, service: Service, plans: Mapping[str, Plan]) -> None:
        self._service = service
        self._plans = plans

    async def ask(self, command: BarCommand, *, actor: Actor, key: str | None, now: float) -> Bar:
        """Decide and commit; the bar afterwards. The same key hears of the same bar again. Raises Refused."""
        return await self._service.write_and_wake(lambda t: self._write(t, command, actor, key, now))

    def open(self, now: float) -> list[Bar]:
        """In force or still to come, the oldest first."""
        bars = (kept.bar for kept in self._service.store.open_bars(now))
        return [bar for bar in bars if bar.ends_at is None or now < bar.ends_at]

    async def step(self, now: float) -> float | None:
        """Ask for the announcements whose time has come; when to look again."""
        if any(_come(kept, now) for kept in self._service.store.open_bars(now)):
            await self._service.write_and_wake(lambda t: self._tell(t, now))
        times = (next_moment_at(kept.bar, kept.told) for kept in self._service.store.open_bars(now))
        return min((at for at in times if at is not None), default=None)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self, t: Transaction, command: BarCommand, actor: Actor, key: str | None, now: float) -> Bar:
        if key is not None and (answer := t.answer_to(key)) is not None:
            before = t.bar(answer.release)
            assert before is not None, f"{key} was answered with {answer.release}, which is not there"
            return before
        kept = {one.bar.id: one for one in t.open_bars(now)}
        bar = decide(command, Asked([one.bar for one in kept.values()], self._plans, actor, now))
        if bar.id not in kept:
            bar = replace(bar, id=t.next_bar(bar.kind))
            self._keep(t, KeptBar(bar, told_at_once(bar)), Moment.MADE, now)
        elif bar.lifted is not None:
            self._keep(t, KeptBar(bar, Moment.OVER, kept[bar.id].channels), Moment.OVER, now)
        t.look_again(bar, now)
        if key is not None:
            t.remember(key, Answer(bar.id, 0), now)
        return bar

    def _tell(self, t: Transaction, now: float) -> None:
        for kept in t.open_bars(now):
            if said := _come(kept, now):
                self._keep(t, replace(kept, told=said), said, now)

    def _keep(self, t: Transaction, kept: KeptBar, said: Moment, now: float) -> None:
        """Announced where the services that it concerns release now, and wherever it was before: a plan may be gone."""
        bar = kept.bar
        plans = (plan for plan in self._plans.values() if bar.concerns(plan.service))
        channels = tuple(dict.fromkeys((*kept.channels, *(plan.channels.releases for plan in plans))))
        t.save_bar(bar, kept.told, channels)
        t.enqueue([Announce(f"{bar.id}/{said:d}/announce/{name}", bar.id, said, name) for name in channels], now)


def _come(kept: KeptBar, now: float) -> Moment | None:
    return moment(kept.bar, kept.told, now)
