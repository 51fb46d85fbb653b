"""What is told by the clock: the day to the stakeholders, and a soak or a watch at its checkpoints.

An hour that has come is asked for in one transaction, under a key that it has for ever: a row in the outbox, or an
event of the release. So a bot that was killed in between asks again, and nothing is told twice. The one thing to
remember: what nobody was there to say soon after its hour is not said at all; what it would have said is in the next.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from zoneinfo import ZoneInfo

from bot.adapters.chat import Chat
from bot.core import hours
from bot.core.actors import SONGBIRD
from bot.core.commands import ReportCheckpoint
from bot.core.effects import TellDay
from bot.core.errors import Permanent, Refused
from bot.core.hours import LATE_SECONDS_MAX, Hour
from bot.core.model import Release
from bot.core.plan import Plan
from bot.engine.aside import Aside
from bot.engine.scribe import Studio
from bot.engine.service import Service
from bot.store.ports import Claimed
from bot.texts import Material
from bot.texts.daily import daily
from bot.views.answers import daily as told

RELEASES_MAX = 200
"""Read for one day's status: more than a day has."""


BEFORE_MAX = 5
"""Weekdays that one status may reach back over, while the bot or Slack was away: a week."""


@dataclass(frozen=True, slots=True)
class _Day:
    """One channel's hour, and the services that are told there."""

    channel: str
    clock: str
    zone: str
    services: tuple[str, ...]


class Rounds:
    """Asks for what has come. `plans`: those of all services, as they are now; a moving release keeps its own."""

    def __init__(self, service: Service, plans: Mapping[str, Plan]) -> None:
        self._service = service
        self._plans = plans
        self._asked: set[str] = set()
        """Keys of this process, so that an hour is written once and not at each step."""

    async def step(self, now: float) -> float | None:
        """Ask for the hours that have come; when the next one does."""
        days = tuple(_days(self._plans.values()))
        for day in days:
            await self._tell(day, now)
        watched = [release for release in self._service.moving() if release.checkpoints]
        for release in watched:
            await self._check(release, now)
        next_days = (hours.following((day.clock,), ZoneInfo(day.zone), now, weekdays=True) for day in days)
        next_checks = (hours.following(one.checkpoints, ZoneInfo(one.plan.zone), now) for one in watched)
        return min((hour.at for hour in (*next_days, *next_checks) if hour is not None), default=None)

    async def _tell(self, day: _Day, now: float) -> None:
        zone = ZoneInfo(day.zone)
        hour = _in_time(hours.last((day.clock,), zone, now, weekdays=True), now)
        if hour is None:
            return
        key = _key(day, hour)
        if key in self._asked:
            return
        since = self._told_before(day, hour, zone).at
        effect = TellDay(key, hour.name, day.channel, day.services, since, hour.at, day.zone)
        await self._service.write_and_wake(lambda t: t.enqueue([effect], now))
        self._asked.add(key)

    def _told_before(self, day: _Day, hour: Hour, zone: tzinfo) -> Hour:
        """The last hour that was told before this one, not long ago; where none was, the last that there was."""
        past: list[Hour] = []
        while len(past) < BEFORE_MAX:
            before = hours.before(past[-1] if past else hour, (day.clock,), zone, weekdays=True)
            assert before is not None, "between two weekdays lies a weekend"
            past.append(before)
        return next((one for one in past if self._service.store.is_done(_key(day, one))), past[0])

    async def _check(self, release: Release, now: float) -> None:
        assert release.entry is not None, f"{release.id} is looked at in no entry"
        zone = ZoneInfo(release.plan.zone)
        hour = _in_time(hours.last(release.checkpoints, zone, now), now)
        taken = release.entry.checkpoint
        if hour is None or hour.at <= release.entry.at or (taken is not None and taken.due_at >= hour.at):
            return
        look = self._service.store.look(release.id)
        is_here = look is not None and look.entry == release.entry.number and now - look.at <= release.plan.timing.stale
        verdict = look.verdict if look is not None and is_here else release.entry.verdict
        command = ReportCheckpoint(release.id, release.entry.number, hour.at, verdict)
        try:
            await self._service.handle(command, actor=SONGBIRD, key=f"{release.id}/checkpoint/{hour.name}", now=now)
        except Refused:
            return  # it has moved on in this moment


def _key(day: _Day, hour: Hour) -> str:
    return f"day/{hour.name}/day/{day.channel}/{day.zone}"


def _in_time(hour: Hour | None, now: float) -> Hour | None:
    return hour if hour is not None and now - hour.at <= LATE_SECONDS_MAX else None


def _days(plans: Iterable[Plan]) -> Iterable[_Day]:
    """One for each channel and hour: services that are told in the same place are told together."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for plan in plans:
        if plan.daily is not None and plan.channels.stakeholders is not None:
            found.setdefault((plan.channels.stakeholders, plan.daily, plan.zone), []).append(plan.service)
    return (_Day(*place, tuple(sorted(services))) for place, services in found.items())


class DayTeller:
    """Performs `TellDay`: reads how the releases stand, and says it where something has moved or waits."""

    def __init__(self, service: Service, chat: Chat, studio: Studio, clock: Callable[[], float], aside: Aside) -> None:
        self._service = service
        self._chat = chat
        self._studio = studio
        self._clock = clock
        self._aside = aside

    async def tell(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, TellDay), f"{effect.key} tells of no day"
        if claimed.uncertain and await self._chat.find(effect.channel, effect.key) is not None:
            return
        if self._clock() - effect.at > LATE_SECONDS_MAX:
            raise Permanent(f"Slack was away until it was too late to tell {effect.release}; the next day has it")
        found = await self._material(effect)
        if found is None or daily(found).is_quiet:
            return
        text = (await self._studio.template.write("daily", found)).text
        await self._chat.post(effect.channel, told(text), effect.key)

    async def _material(self, effect: TellDay) -> Material | None:
        every = await self._aside(lambda: self._service.newest(RELEASES_MAX))
        releases = [release for release in every if release.service in effect.services]
        if not releases:
            return None
        found = Material(releases[0], now=self._clock(), releases=tuple(releases), since=effect.since, zone=effect.zone)
        people = {person for release in releases for person in release.plan.named | release.plan.groups}
        return replace(found, titles=await self._studio.names(people))
