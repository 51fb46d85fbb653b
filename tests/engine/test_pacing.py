"""Many releases that speak at once: a channel hears no more than Slack takes, and what people wait for comes first."""

from dataclasses import dataclass, field

from bot.core.effects import Effect, Page, Post
from bot.core.errors import Temporary
from bot.core.rooms import Room
from bot.engine.outbox import Outbox, Performer
from bot.store.ports import Claimed
from tests.engine.engine_fixtures import Engine

LEASE_SECONDS = 30.0
RATE = 3, 3.0
"""What Slack takes in a channel: messages in so many seconds."""


@dataclass
class Channel:
    """Takes what it is told at Slack's rate, and refuses the rest."""

    engine: Engine
    refuses: int = 0
    """How many of the next are refused, whatever the rate."""
    said: list[tuple[float, str]] = field(default_factory=list)
    refused: int = 0
    given_up: list[str] = field(default_factory=list)

    async def perform(self, claimed: Claimed) -> None:
        messages, seconds = RATE
        lately = [at for at, _ in self.said if self.engine.now - at < seconds]
        if self.refuses > 0 or len(lately) >= messages:
            self.refuses -= 1
            self.refused += 1
            raise Temporary("ratelimited", retry_after_seconds=1.0)
        self.said.append((self.engine.now, claimed.effect.key))

    async def give_up(self, effect: Effect, reason: str) -> None:
        self.given_up.append(effect.key)

    def outbox(self, attempts_max: int = 3) -> Outbox:
        table = dict.fromkeys((Post, Page), Performer(self.perform, self.give_up, attempts_max))
        return Outbox(self.engine.service, table, self.engine.tasks, self.engine.clock, LEASE_SECONDS)

    @property
    def keys(self) -> list[str]:
        return [key for _, key in self.said]


def line(release: str, version: int, channel: str = "#releases") -> Post:
    return Post(f"{release}/{version}/post/thread", release, version, Room.THREAD, channel=channel)


def milestone(release: str, version: int, channel: str = "#releases") -> Post:
    return Post(f"{release}/{version}/post/broadcast", release, version, Room.BROADCAST, channel=channel)


async def test_a_channel_hears_no_more_than_slack_takes_and_nothing_is_refused(engine: Engine) -> None:
    channel = Channel(engine)
    engine.want(*(line(f"shop-{number}", 1) for number in range(30)))
    await engine.run(channel.outbox().step, 40.0, every=0.1)
    assert (len(channel.said), channel.refused) == (30, 0)
    assert channel.said[-1][0] - channel.said[0][0] < 32.0


async def test_what_is_said_in_one_channel_waits_for_no_other(engine: Engine) -> None:
    channel = Channel(engine)
    engine.want(*(line(f"shop-{number}", 1) for number in range(30)), line("cart-1", 1, "#carts"))
    await engine.run(channel.outbox().step, 0.5, every=0.1)
    assert "cart-1/1/post/thread" in channel.keys


async def test_a_milestone_goes_before_the_story_of_others(engine: Engine) -> None:
    channel = Channel(engine)
    worker = channel.outbox()
    engine.want(*(line(f"shop-{number}", 1) for number in range(50)))
    await engine.run(worker.step, 5.0, every=0.1)
    engine.want(milestone("shop-60", 4))
    asked_at = engine.now
    await engine.run(worker.step, 5.0, every=0.1)
    (said_at,) = [at for at, key in channel.said if key == "shop-60/4/post/broadcast"]
    assert said_at - asked_at < 3.5


async def test_a_milestone_takes_along_what_stands_before_it_in_its_thread(engine: Engine) -> None:
    channel = Channel(engine)
    worker = channel.outbox()
    engine.want(*(line(f"shop-{number}", 1) for number in range(50)))
    engine.want(line("shop-60", 1), line("shop-60", 2), milestone("shop-60", 3), line("shop-60", 4))
    await engine.run(worker.step, 1.0, every=0.1)
    assert channel.keys == ["shop-60/1/post/thread", "shop-60/2/post/thread", "shop-60/3/post/broadcast"]


async def test_engineering_hears_of_it_while_the_thread_waits(engine: Engine) -> None:
    channel = Channel(engine)
    engine.want(*(line("shop-1", number) for number in range(1, 20)))
    engine.want(Post("shop-1/9/post/engineering", "shop-1", 9, Room.ENGINEERING, channel="#engineering"))
    await engine.run(channel.outbox().step, 0.5, every=0.1)
    assert "shop-1/9/post/engineering" in channel.keys


async def test_what_came_too_early_for_its_channel_is_no_attempt_and_never_given_up(engine: Engine) -> None:
    """Others may write there with the same app; a message that waits for them is not a message that fails."""
    channel = Channel(engine, refuses=20)
    engine.want(line("shop-1", 1), line("shop-2", 1))
    await engine.run(channel.outbox(attempts_max=3).step, 30.0, every=0.1)
    assert (len(channel.said), channel.refused, channel.given_up) == (2, 20, [])


async def test_after_a_refusal_the_whole_channel_rests(engine: Engine) -> None:
    channel = Channel(engine, refuses=1)
    engine.want(*(line(f"shop-{number}", 1) for number in range(5)))
    await engine.run(channel.outbox().step, 0.8, every=0.1)
    assert (channel.said, channel.refused) == ([], 1)


async def test_a_call_goes_before_everything_else(engine: Engine) -> None:
    channel = Channel(engine)
    engine.want(milestone("shop-1", 1), line("shop-2", 1), Page("shop-3/1/page", "shop-3", 1, "#releases"))
    await engine.turn(channel.outbox().step)
    assert channel.keys == ["shop-3/1/page"]


async def test_how_long_the_queue_is_and_since_when_is_known(engine: Engine) -> None:
    began = engine.now
    engine.want(line("shop-1", 1), line("shop-2", 1))
    engine.now += 5.0
    engine.want(milestone("shop-3", 1))
    waiting = engine.store.waiting()
    assert {urgency.name: told for urgency, told in waiting.items()} == {
        "WORDS": (2, began),
        "MILESTONES": (1, began + 5.0),
    }
