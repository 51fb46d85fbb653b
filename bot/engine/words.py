"""Saying things once, and keeping cards in step.

A milestone is a pure function of the journal up to its event, posted once under its effect's key; a card is a pure
function of the present state, edited when it would look different, seldom enough for Slack. The one thing to remember:
a message whose outcome is unknown is looked for before it is posted again.
"""

from collections.abc import Callable, Mapping

from bot.adapters.chat import Chat, Posted
from bot.core import effects as x
from bot.core import rooms
from bot.core.bars import Moment
from bot.core.errors import AdapterError, Permanent, Temporary
from bot.core.events import Recorded
from bot.core.evolve import evolve, fold
from bot.core.model import Release
from bot.core.plan import Plan
from bot.engine.rests import rests
from bot.engine.service import Service
from bot.engine.tasks import Runner
from bot.store.ports import Claimed, Message
from bot.views.absences import gap
from bot.views.approval import approval
from bot.views.bars import announcement
from bot.views.card import card
from bot.views.messages import message, page
from bot.views.overrides import override_message
from bot.views.rendered import Rendered
from bot.views.texts import charts_message, text_message


class Speaker:
    """Posts what the outbox asks for."""

    def __init__(self, service: Service, chat: Chat) -> None:
        self._service = service
        self._chat = chat

    async def post(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, x.Post), f"{effect.key} is not a post"
        before, release, recorded = self.at(effect.release, effect.version)
        rendered = message(recorded, release, effect.room, before)
        if rendered is None:
            return
        room = _once(effect.room, recorded, release.plan)
        posted = await self._say(claimed, release.plan, room, rendered)
        name = effect.kept or rooms.KEPT.get(type(recorded.event), "")  # a row written by an older version may lack it
        if name and posted is not None:
            kept = Message(
                key=_kept_key(effect),
                release=effect.release,
                kept=name,
                version=effect.version,
                channel=posted.channel,
                ts=posted.ts,
                shown_digest=rendered.digest,
            )
            await self._service.write(lambda t: t.save_message(kept))

    async def page(self, claimed: Claimed) -> None:
        """Call the people on call in their room; a paging service has its own adapter in a later version."""
        effect = claimed.effect
        assert isinstance(effect, x.Page), f"{effect.key} is not a page"
        _before, release, recorded = self.at(effect.release, effect.version)
        await self._say(claimed, release.plan, rooms.Room.ON_CALL, page(recorded, release))

    async def announce(self, claimed: Claimed) -> None:
        """What has come of a lock or a freeze, in one channel."""
        effect = claimed.effect
        assert isinstance(effect, x.Announce), f"{effect.key} announces nothing"
        bar = self._service.store.bar(effect.release)
        if bar is None:
            raise Permanent(f"there is no {effect.release}")
        if claimed.uncertain and await self._chat.find(effect.channel, effect.key) is not None:
            return
        await self._chat.post(effect.channel, announcement(bar, Moment(effect.moment)), effect.key)

    async def tell_of_gap(self, claimed: Claimed) -> None:
        """That nobody stands in for somebody, unless one of the two is back already."""
        effect = claimed.effect
        assert isinstance(effect, x.TellOfGap), f"{effect.key} tells of no gap"
        away = {one.id: one for one in self._service.store.open_absences()}
        if not {effect.release, effect.relied} <= away.keys():
            return
        if claimed.uncertain and await self._chat.find(effect.channel, effect.key) is not None:
            return
        await self._chat.post(effect.channel, gap(away[effect.release], away[effect.relied]), effect.key)

    def at(self, release: str, version: int) -> tuple[Release | None, Release, Recorded]:
        """The release before its `version`-th event (None: it was the first), after it, and that event."""
        journal = self._service.journal(release)[:version]
        if len(journal) < version:
            raise Permanent(f"{release} has no event {version}")
        before = fold(journal[:-1]) if version > 1 else None
        return before, evolve(before, journal[-1]), journal[-1]

    async def _say(self, claimed: Claimed, plan: Plan, room: rooms.Room, rendered: Rendered) -> Posted | None:
        key = claimed.effect.key
        if room is rooms.Room.ON_CALL and _calls_in_the_channel(plan):
            room = rooms.Room.BROADCAST  # a page is never dropped for want of a room
        channel, in_thread = _place(plan, room)
        if channel is None:
            return None  # the plan names no such room
        thread = None
        if in_thread:
            opened = self._service.store.message(f"card/{claimed.effect.release}")
            if opened is None:
                raise Temporary(f"the card of {claimed.effect.release} is not posted yet")
            channel, thread = opened.channel, opened.ts
        if claimed.uncertain and (found := await self._chat.find(channel, key, thread)) is not None:
            return found
        return await self._chat.post(channel, rendered, key, thread, broadcast=room is rooms.Room.BROADCAST)


def _once(room: rooms.Room, recorded: Recorded, plan: Plan) -> rooms.Room:
    """Where people are called in the release's own channel, the call says it there; the thread has the numbers."""
    is_told_twice = rooms.calls_people(recorded.event) and _calls_in_the_channel(plan)
    return rooms.Room.THREAD if room is rooms.Room.BROADCAST and is_told_twice else room


def _calls_in_the_channel(plan: Plan) -> bool:
    on_call = plan.channels.on_call
    return on_call is None or rooms.is_same(on_call, plan.channels.releases)


def _kept_key(effect: x.Post) -> str:
    """One card a release, by a name that threads can be hung from; other kept messages by their effect."""
    return f"card/{effect.release}" if effect.kept == "card" else effect.key


def _place(plan: Plan, room: rooms.Room) -> tuple[str | None, bool]:
    """The channel of a room, and whether it is the release's thread there."""
    match room:
        case rooms.Room.THREAD | rooms.Room.BROADCAST:
            return plan.channels.releases, True
        case rooms.Room.RELEASES:
            return plan.channels.releases, False
        case rooms.Room.ENGINEERING:
            return plan.channels.engineering, False
        case rooms.Room.ON_CALL:
            return plan.channels.on_call, False


COMPARED_MAX = 40
"""Messages that are drawn in one step, which nobody else can get in between of."""

TROUBLE_SECONDS = 10.0
"""How long a message rests whose edit failed: the others have their turn."""

REST_SECONDS_MAX = 120.0
"""Nothing rests longer, whatever Slack says and the clock did meanwhile."""


class Cards:
    """Edits kept messages that would look different now. One editor for all, within the workspace's rate."""

    def __init__(
        self,
        service: Service,
        chat: Chat,
        runner: Runner,
        clock: Callable[[], float],
        edit_seconds_min: float,
        look_seconds: float,
        plans: Mapping[str, Plan] | None = None,
    ) -> None:
        self._service = service
        self._chat = chat
        self._runner = runner
        self._clock = clock
        self._edit_seconds_min = edit_seconds_min
        """Between two edits of the whole workspace: 50 a minute are allowed, 1.2 s."""
        self._look_seconds = look_seconds
        """Between two edits of one message, and how often it is compared although no event came: numbers move."""
        self._plans = plans if plans is not None else {}
        """What the files of the services say now."""
        self._free_at = 0.0
        self._compared: dict[str, tuple[int, float]] = {}
        """Messages that were found in step: at which version of their release, and when."""
        self._rests_until: dict[str, float] = {}
        """Messages that were edited a moment ago, or could not be."""
        self._asked: dict[str, Release] = {}
        """Releases as they last were in the entry that a question was asked in, once they have left it."""

    async def step(self, now: float) -> float | None:
        """Start at most one edit: of the message that has waited longest."""
        if rests(self._free_at, now, REST_SECONDS_MAX):
            return self._free_at
        compared = 0
        for kept in self._service.store.messages():
            if self._service.is_unread(kept.release):
                continue
            release = self._service.readable(kept.release)
            if release is None:
                continue  # it cannot be read, and its messages stay as they are
            if f"edit/{kept.key}" in self._runner or self._rests(kept, release, now):
                continue  # an edit that ends wakes this loop again
            if compared == COMPARED_MAX:
                return now  # at once, but others first
            compared += 1
            rendered = self._render(kept, release, now)
            if rendered.digest != kept.shown_digest:
                self._free_at = now + self._edit_seconds_min
                self._rests_until[kept.key] = now + self._look_seconds
                self._runner.start(f"edit/{kept.key}", self._edit(kept, rendered, release.version))
                return self._free_at
            if release.version != kept.version and (kept.kept in rooms.MOVING or release.phase.is_ending):
                await self._shown(kept.key, release.version, kept.shown_digest)
            self._compared[kept.key] = release.version, now
        return now + self._look_seconds

    def _rests(self, kept: Message, release: Release, now: float) -> bool:
        """Edited a moment ago, or found in step a moment ago with no event since: most wakings are about others."""
        if rests(self._rests_until.get(kept.key, 0.0), now, REST_SECONDS_MAX):
            return True
        version, at = self._compared.get(kept.key, (0, 0.0))
        is_fresh = kept.kept not in rooms.MOVING or 0 <= now - at < self._look_seconds
        return version == release.version and is_fresh

    def _render(self, kept: Message, release: Release, now: float) -> Rendered:
        match kept.kept:
            case "approval":
                return approval(release, now, self._when_asked(kept, release))
            case "override":
                return override_message(release, x.version_of(kept.key))
            case "text":
                return text_message(release, x.version_of(kept.key))
            case "charts":
                return charts_message(release, x.version_of(kept.key))
            case _:
                return self._card(kept, release, now)

    def _card(self, kept: Message, release: Release, now: float) -> Rendered:
        look = self._service.store.look(kept.release)
        present = release.entry.number if release.entry else None
        verdict = look.verdict if look is not None and look.entry == present else None
        return card(release, verdict, now, self._plans.get(release.service))

    def _when_asked(self, kept: Message, release: Release) -> Release | None:
        """The release as it last was in the entry that this question was asked in; None: it is still there."""
        if kept.key in self._asked:
            return self._asked[kept.key]
        journal = self._service.journal(kept.release)
        asked_at = x.version_of(kept.key)
        then = fold(journal[:asked_at])
        if then.entry is None or release.entry is None or then.entry.number == release.entry.number:
            return None
        for one in journal[asked_at:]:
            later = evolve(then, one)
            if later.entry is None or later.entry.number != then.entry.number:
                break
            then = later
        self._asked[kept.key] = then
        return then

    async def _edit(self, kept: Message, rendered: Rendered, version: int) -> None:
        try:
            await self._chat.edit(Posted(kept.channel, kept.ts), rendered, kept.key)
        except Permanent:
            pass  # the message is gone or may not be edited: nothing that trying again would mend
        except AdapterError as error:
            asked = error.retry_after_seconds if isinstance(error, Temporary) else None
            self._rests_until[kept.key] = self._clock() + min(asked or TROUBLE_SECONDS, REST_SECONDS_MAX)
            if asked is not None:  # Slack means the whole workspace
                self._free_at = self._clock() + min(asked, REST_SECONDS_MAX)
            return
        await self._shown(kept.key, version, rendered.digest)

    async def _shown(self, key: str, version: int, digest: str) -> None:
        await self._service.write(lambda t: t.show_message(key, version, digest))
