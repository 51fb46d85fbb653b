"""Looks for the stories: what the processes of a shop would have shown while its journal was written.

The rates are steady but for chance, which comes from a seed. The one thing a reader could forget: a story's verdicts
are scripted and know nothing of these looks, so both are made to tell the same.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random
from typing import Any

from bot.analysis.series import Cohort, LookSamples, Sample
from bot.analysis.shapes import Buckets, Counts, Shown, Values
from bot.core import events as e
from bot.core.events import Recorded
from bot.texts import Material
from bot.views.charts.course import Course, Stay
from tests.golden.stories import Story, broken, story

BOUNDS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)
PROCESSES = 3


@dataclass(frozen=True)
class Shop:
    """How the two versions behave. `worse_from`: seconds since the epoch from which the new one is worse."""

    requests: float = 40.0
    """A second, over all of them."""
    errors: float = 0.002
    errors_worse: float = 0.061
    slow: float = 0.18
    """Where about 95 % of the answers lie below, in seconds."""
    slow_worse: float = 0.72
    memory: float = 118e6
    orders: float = 0.41
    worse_from: float = float("inf")
    fails: Callable[[float], bool] = field(default=lambda _at: False)
    """Looks in which nothing can be read."""
    seed: int = 7

    def looks(self, stays: Sequence[Stay], look: float, other: Cohort = "control") -> Iterator[LookSamples]:
        chance = Random(self.seed)  # noqa: S311 - the same at every run is the point
        for stay in stays:
            assert stay.observed_at is not None
            times = [stay.observed_at + look * n for n in range(int((stay.end - stay.observed_at) / look + 1.001))]
            for since, at in pairwise(times):
                if self.fails(at):
                    yield LookSamples(at, failure="127.0.0.1:1 does not answer")
                    continue
                share = (stay.exposure or 0.0) / 100
                sides: dict[Cohort, float] = {"canary": share, other: 1.0 if other == "baseline" else 1 - share}
                samples = [
                    one
                    for side, part in sides.items()
                    if part
                    for one in self._samples(chance, side, part * self.requests * (at - since), since, at)
                ]
                yield LookSamples(at, tuple(samples))

    def _samples(self, chance: Random, side: Cohort, due: float, since: float, at: float) -> Iterator[Sample]:
        worse = side == "canary" and at > self.worse_from
        for number in range(PROCESSES):
            n = int(due / PROCESSES + chance.random())
            for name, shown in self._shown(chance, n, worse=worse).items():
                began = at if isinstance(shown, Values) else since
                yield Sample(at, name, side, f"{side}-{number}", began, shown)

    def _shown(self, chance: Random, n: int, *, worse: bool) -> dict[str, Shown]:
        carts = n // 4
        return {
            "errors": Counts(_hits(chance, n, self.errors_worse if worse else self.errors), n),
            "p95": _answers(chance, n, self.slow_worse if worse else self.slow),
            "memory": Values(self.memory * (1 + 0.02 * chance.random())),
            "checkouts": Counts(_hits(chance, carts, self.orders), carts),
        }


def _hits(chance: Random, n: int, rate: float) -> int:
    return sum(chance.random() < rate for _ in range(n))


def _answers(chance: Random, n: int, slow: float) -> Buckets:
    counts = [0.0] * (len(BOUNDS) + 1)
    for _ in range(n):
        seconds = chance.expovariate(3.0 / slow)
        counts[sum(seconds > bound for bound in BOUNDS)] += 1
    return Buckets(BOUNDS, tuple(counts))


def without_looks(told: Story) -> Material:
    """All there is about a story once it is told, but for what was looked at."""
    return Material(told.state, tuple(told.journal), told.now)


def material(told: Story, shop: Shop = Shop()) -> Material:
    """The same, with the looks of its last stage."""
    course = Course.of(told.journal, told.now)
    stage = course.watched[-1].stage if course.watched else -1
    stays = [stay for stay in course.watched if stay.stage == stage]
    other: Cohort = "control" if told.state.plan.stages[stage].is_canary else "baseline"
    looks = tuple(shop.looks(stays, told.state.plan.timing.look, other))
    return replace(without_looks(told), looks=looks)


def began(journal: Sequence[Recorded], percent: float) -> float:
    """When that exposure was read back."""
    return next(one.at for one in journal if isinstance(one.event, e.ExposureReached) and one.event.percent == percent)


def slow_story(minutes: float = 8.0, **changes: Any) -> Story:
    """As on a working day: looks every 15 seconds, some minutes a step."""
    written = {
        "timing": {"look": "15s", "stale": "60s", "silence_max": "60s", "blind_max": "600s"},
        "watch": {"time": "1d", "holdback": "5%"},
        "stages": [
            {
                "name": "staging",
                "environment": "staging",
                "baseline": "production",
                "gates": [
                    {"gate": "health", "held": "60s"},
                    {"gate": "approval", "roles": {"product-manager": 1, "vp-product": 1}},
                ],
            },
            {
                "name": "production",
                "environment": "production",
                "gates": [{"gate": "health", "held": f"{minutes:g}m"}],
            },
        ],
        **changes,
    }
    return story(**written)


def bad_day() -> tuple[Story, Shop]:
    """Eight minutes a step; at 25 % errors rise after five minutes, and a minute later it is sent back."""
    at = slow_story()
    at.reviewed().held(60).wait(5).deployed()
    for _ in (1, 10):
        at.wait(0.8).exposed().held(480)
    at.wait(0.8).exposed().held(300)
    worse = at.now
    at.held(75).looked(broken(since=worse)).taken_back()
    return at, Shop(worse_from=worse)
