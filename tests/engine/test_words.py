"""Saying things once, in the right place; and cards that are edited seldom, and then show what is true now."""

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from bot.adapters.chat import Posted
from bot.adapters.chat.stand_in import StandInChat, Trouble
from bot.core import commands as c
from bot.core import effects as x
from bot.core import events, follows, rooms
from bot.core.errors import Permanent, Temporary, Unknown
from bot.core.model import Phase
from bot.engine import words
from bot.engine.words import Cards, Speaker
from bot.views.rendered import Rendered
from tests.engine.engine_fixtures import Engine, claimed
from tests.support.scenario import ADA, BAD, PRIYA, Scenario, plan

EDIT_SECONDS = 1.5
LOOK_SECONDS = 2.0


# ── saying ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Saying:
    engine: Engine
    chat: StandInChat
    speaker: Speaker
    scenario: Scenario

    def posts(self, kind: type) -> list[x.Post]:
        """What the last event of a kind asks to be said."""
        recorded = next(one for one in reversed(self.scenario.journal) if isinstance(one.event, kind))
        release = self.speaker.at("shop-1", recorded.version)[1]
        asked = follows.effects(recorded, release, self.scenario.around)
        return [effect for effect in asked if isinstance(effect, x.Post)]

    def said(self) -> list[tuple[str, str | None, bool]]:
        """Of everything said: channel, thread, broadcast."""
        return [(each.place.channel, each.thread_ts, each.broadcast) for each in self.chat.said.values()]


def saying(engine: Engine, scenario: Scenario) -> Saying:
    engine.has(scenario)
    chat = StandInChat()
    return Saying(engine, chat, Speaker(engine.service, chat), scenario)


def of(kind: str) -> type:
    return getattr(events, kind)


async def with_card(engine: Engine, scenario: Scenario) -> Saying:
    """The card is posted, so there is a thread."""
    here = saying(engine, scenario)
    await here.speaker.post(claimed(here.posts(of("ReleaseStaged"))[0]))
    return here


async def test_the_card_is_posted_in_the_releases_channel_and_kept(engine: Engine) -> None:
    here = await with_card(engine, Scenario().staged())
    kept = engine.store.message("card/shop-1")
    assert kept is not None
    assert (kept.kept, kept.channel, kept.version) == ("card", "C0RELEASES", 1)
    ((place, said),) = here.chat.said.items()
    assert (place, said.rendered.digest) == (Posted(kept.channel, kept.ts), kept.shown_digest)


async def test_words_wait_for_the_card_whose_thread_they_belong_in(engine: Engine) -> None:
    here = saying(engine, Scenario().staged().prepared())
    (said,) = here.posts(of("ReleasePrepared"))
    with pytest.raises(Temporary, match="the card of shop-1 is not posted yet"):
        await here.speaker.post(claimed(said))
    assert here.chat.said == {}


async def test_the_thread_hears_milestones_and_the_channel_only_endings(engine: Engine) -> None:
    scenario = Scenario().in_production().looked(BAD)
    here = await with_card(engine, scenario)
    card = engine.store.message("card/shop-1")
    assert card is not None
    for post in (*here.posts(of("ReleasePrepared")), *here.posts(of("RollbackStarted"))):
        await here.speaker.post(claimed(post))
    assert here.said()[1:] == [("C0RELEASES", card.ts, False), ("C0RELEASES", card.ts, True)]


async def test_a_room_that_the_plan_does_not_name_is_left_out(engine: Engine) -> None:
    alone = plan(channels={"releases": "#releases"})
    here = await with_card(engine, Scenario(alone).at_full())
    for post in here.posts(of("WatchStarted")):
        await here.speaker.post(claimed(post))
    assert [channel for channel, *_ in here.said()] == ["C0RELEASES", "C0RELEASES"]


@pytest.mark.parametrize("room", ["#on-call", None])
async def test_a_page_is_heard_even_when_there_is_no_room_for_it(engine: Engine, room: str | None) -> None:
    channels = {"releases": "#releases", **({"on_call": room} if room else {})}
    here = await with_card(engine, Scenario(plan(channels=channels)).in_production().looked(BAD))
    version = next(one.version for one in here.scenario.journal if type(one.event) is of("RollbackStarted"))
    await here.speaker.page(claimed(x.Page(f"shop-1/{version}/page", "shop-1", version)))
    channel, thread, broadcast = here.said()[-1]
    assert (channel, thread is not None, broadcast) == (
        ("C0ON-CALL", False, False) if room else ("C0RELEASES", True, True)
    )


@pytest.mark.parametrize("on_call", [None, "releases"])
async def test_where_people_are_called_in_the_channel_itself_it_hears_of_a_rollback_once(
    engine: Engine, on_call: str | None
) -> None:
    channels = {"releases": "#releases", **({"on_call": on_call} if on_call else {})}
    here = await with_card(engine, Scenario(plan(channels=channels)).in_production().looked(BAD))
    (started,) = here.posts(of("RollbackStarted"))
    await here.speaker.post(claimed(started))
    version = next(one.version for one in here.scenario.journal if type(one.event) is of("RollbackStarted"))
    await here.speaker.page(claimed(x.Page(f"shop-1/{version}/page", "shop-1", version)))
    assert [broadcast for *_, broadcast in here.said()[1:]] == [False, True], "the numbers in the thread, then the call"


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.LATE])
async def test_after_an_unknown_outcome_it_looks_before_it_says_it_again(engine: Engine, trouble: Trouble) -> None:
    here = await with_card(engine, Scenario().staged().prepared())
    (post,) = here.posts(of("ReleasePrepared"))
    troubles = [trouble]
    here.chat.trouble = lambda method, _key: troubles.pop() if method == "post" and troubles else None
    with pytest.raises(Unknown):
        await here.speaker.post(claimed(post))
    here.chat.land()
    await here.speaker.post(claimed(post, attempt=2, uncertain=True))
    assert here.chat.duplicates() == []
    assert [said.key for said in here.chat.said.values()].count(post.key) == 1


async def test_a_card_that_was_found_again_is_kept_where_it_stands(engine: Engine) -> None:
    here = saying(engine, Scenario().staged())
    (post,) = here.posts(of("ReleaseStaged"))
    troubles = [Trouble.LOST]
    here.chat.trouble = lambda method, _key: troubles.pop() if method == "post" and troubles else None
    with pytest.raises(Unknown):
        await here.speaker.post(claimed(post))
    assert engine.store.message("card/shop-1") is None
    await here.speaker.post(claimed(post, attempt=2, uncertain=True))
    kept, (place,) = engine.store.message("card/shop-1"), here.chat.said
    assert kept is not None
    assert Posted(kept.channel, kept.ts) == place


async def test_what_is_sure_not_to_have_happened_is_not_looked_for(engine: Engine) -> None:
    here = await with_card(engine, Scenario().staged().prepared())
    (post,) = here.posts(of("ReleasePrepared"))
    await here.speaker.post(claimed(post, attempt=2))
    assert "find" not in [method for method, _ in here.chat.calls]


async def test_words_are_of_the_moment_that_they_tell_of_however_late_they_are_said(engine: Engine) -> None:
    early = saying(engine, Scenario().staged().prepared())
    (post,) = early.posts(of("ReleasePrepared"))
    before, then, recorded = early.speaker.at("shop-1", post.version)
    engine.has(early.scenario.written().deployed())
    assert early.speaker.at("shop-1", post.version) == (before, then, recorded)
    assert (before.commit if before else "", then.commit) == (None, "c" * 40)
    with pytest.raises(Permanent, match="shop-1 has no event 999"):
        early.speaker.at("shop-1", 999)


# ── cards ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Watched:
    """A chat that remembers when each edit was made, and whose edits may hang, fail or be told to wait."""

    engine: Engine
    inner: StandInChat = field(default_factory=StandInChat)
    edits: list[tuple[float, str]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    hangs: asyncio.Event | None = None

    async def edit(self, place: Posted, rendered: Rendered, key: str) -> None:
        self.edits.append((self.engine.now, key))
        if self.hangs is not None:
            await self.hangs.wait()
        if self.failures:
            raise self.failures.pop(0)
        await self.inner.edit(place, rendered, key)

    async def post(
        self, channel: str, rendered: Rendered, key: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> Posted:
        return await self.inner.post(channel, rendered, key, thread_ts, broadcast=broadcast)

    async def find(self, channel: str, key: str, thread_ts: str | None = None) -> Posted | None:
        return await self.inner.find(channel, key, thread_ts)

    async def members(self, channel: str) -> frozenset[str]:
        return await self.inner.members(channel)

    def shows(self, key: str = "card/shop-1") -> str:
        kept = self.engine.store.message(key)
        assert kept is not None
        return str(self.inner.said[Posted(kept.channel, kept.ts)].rendered)


async def cards_of(engine: Engine, *scenarios: Scenario) -> tuple[Watched, Cards]:
    """Each release's card is posted as it looked when it was staged."""
    chat = Watched(engine)
    speaker = Speaker(engine.service, chat)
    for scenario in scenarios:
        engine.has(scenario)
        await speaker.post(
            claimed(x.Post(f"{scenario.id}/1/post/releases", scenario.id, 1, rooms.Room.RELEASES, "card"))
        )
    return chat, Cards(engine.service, chat, engine.tasks, engine.clock, EDIT_SECONDS, LOOK_SECONDS)


def begun(*services: str) -> list[Scenario]:
    """A release of each, which has gone on since its card was posted."""
    return [Scenario(plan(service=name), f"{name}-1").staged().prepared() for name in services]


async def test_a_card_that_shows_what_is_true_is_left_alone(engine: Engine) -> None:
    chat, cards = await cards_of(engine, Scenario().staged())
    await engine.run(cards.step, 60.0)
    assert chat.edits == []


async def test_what_happens_in_quick_succession_is_one_edit_that_shows_the_last_of_it(engine: Engine) -> None:
    scenario = Scenario().staged()
    chat, cards = await cards_of(engine, scenario)
    engine.has(scenario.prepared().written().deployed().exposed())
    await engine.turn(cards.step)
    assert len(chat.edits) == 1
    assert "staging" in chat.shows()
    kept = engine.store.message("card/shop-1")
    assert kept is not None
    assert kept.version == scenario.state.version


async def test_one_card_is_not_edited_faster_than_people_read(engine: Engine) -> None:
    scenario = Scenario().on_staging()
    chat, cards = await cards_of(engine, scenario)
    for number in range(40):
        await engine.ask(c.ResumeRelease("shop-1") if number % 2 else c.HoldRelease("shop-1", f"{number}"), ADA)
        await engine.turn(cards.step, 0.25)
    times = [at for at, _ in chat.edits]
    assert 3 <= len(times) <= 10 / LOOK_SECONDS + 1
    assert all(later - earlier >= LOOK_SECONDS for earlier, later in pairwise(times))


async def test_all_cards_together_stay_under_the_workspaces_rate_and_each_has_its_turn(engine: Engine) -> None:
    chat, cards = await cards_of(engine, *begun("shop", "cart", "login", "search", "mail"))
    await engine.run(cards.step, 30.0, every=0.25)
    times = [at for at, _ in chat.edits]
    assert all(later - earlier >= EDIT_SECONDS for earlier, later in pairwise(times))
    assert {key for _, key in chat.edits} == {f"card/{name}-1" for name in ("shop", "cart", "login", "search", "mail")}


async def test_while_one_edit_hangs_that_message_waits_and_the_others_do_not(engine: Engine) -> None:
    chat, cards = await cards_of(engine, *begun("shop", "cart"))
    chat.hangs = asyncio.Event()
    await engine.turn(cards.step)
    hanging = chat.edits[0][1]
    hangs, chat.hangs = chat.hangs, None
    await engine.run(cards.step, 20.0)
    assert [key for _, key in chat.edits].count(hanging) == 1
    assert len({key for _, key in chat.edits}) == 2
    hangs.set()
    await engine.settle()


async def test_slack_is_believed_when_it_says_how_long_to_wait(engine: Engine) -> None:
    chat, cards = await cards_of(engine, *begun("shop", "cart"))
    chat.failures = [Temporary("ratelimited", retry_after_seconds=30.0)]
    await engine.run(cards.step, 60.0)
    first, second, *_ = [at for at, _ in chat.edits]
    assert second - first >= 30.0
    assert len({key for _, key in chat.edits}) == 2


async def test_a_clock_that_is_put_back_stops_no_card(engine: Engine) -> None:
    scenario = Scenario().staged()
    chat, cards = await cards_of(engine, scenario)
    engine.has(scenario.prepared())
    await engine.turn(cards.step)
    engine.has(scenario.written().deployed().exposed())
    engine.now -= 3_600.0
    await engine.turn(cards.step)
    assert len(chat.edits) == 2


async def test_an_edit_that_failed_is_made_again_and_shows_what_is_true_then(engine: Engine) -> None:
    scenario = Scenario().staged()
    chat, cards = await cards_of(engine, scenario)
    chat.failures = [Unknown("no answer")]
    engine.has(scenario.prepared())
    await engine.turn(cards.step)
    engine.has(scenario.written().deployed().exposed())
    await engine.run(cards.step, 2 * words.TROUBLE_SECONDS)
    assert len(chat.edits) == 2
    kept = engine.store.message("card/shop-1")
    assert kept is not None
    assert kept.version == scenario.state.version


async def test_a_message_that_is_gone_is_not_tried_for_ever(engine: Engine) -> None:
    scenario = Scenario().staged()
    chat, cards = await cards_of(engine, scenario)
    chat.failures = [Permanent("message_not_found")] * 100
    engine.has(scenario.prepared())
    await engine.run(cards.step, 60.0)
    assert len(chat.edits) == 1


async def test_a_question_is_closed_with_who_answered_it_once_the_release_has_gone_on(engine: Engine) -> None:
    scenario = Scenario().on_staging()
    chat, cards = await cards_of(engine, scenario)
    speaker = Speaker(engine.service, chat)
    asked = next(one for one in scenario.journal if type(one.event) is of("ApprovalAsked"))
    post = x.Post(f"shop-1/{asked.version}/post/thread", "shop-1", asked.version, rooms.Room.THREAD, "approval")
    await speaker.post(claimed(post))
    assert '"approve"' in chat.shows(post.key).replace("'", '"')
    scenario.approved().held(60)
    engine.has(scenario)
    assert scenario.state.phase is Phase.DEPLOYING
    await engine.run(cards.step, 10.0)
    assert "Priya" in chat.shows(post.key) or PRIYA.id in chat.shows(post.key)
    assert '"approve"' not in chat.shows(post.key).replace("'", '"')
