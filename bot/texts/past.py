"""A release's journal, read once for whoever tells of it: every event in its place, with the release before and after.

The one thing to remember: the journal may be missing from a `Material`; then the past is empty, and whoever asks gets
nothing rather than a guess.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.core import events as e
from bot.core.actors import Actor
from bot.core.events import Event
from bot.core.evolve import evolve
from bot.core.foreign import flat
from bot.core.model import Release
from bot.core.quantities import time_in_words
from bot.texts import Material

NAME_MAX = 80

Told_co = TypeVar("Told_co", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Happened(Generic[Told_co]):
    """One event in its place. `release` is folded up to and including it, `before` up to the event before it."""

    event: Told_co
    version: int
    at: float
    actor: Actor
    release: Release
    before: Release | None


@dataclass(frozen=True, slots=True)
class Past:
    """All that happened, oldest first. `names`: what people are called, by id."""

    happened: tuple[Happened[Event], ...]
    now: float
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, material: Material) -> "Past":
        happened: list[Happened[Event]] = []
        before: Release | None = None
        for one in material.journal:
            release = evolve(before, one)
            happened.append(Happened(one.event, one.version, one.at, one.actor, release, before))
            before = release
        heard = {one.actor.id: one.actor.name for one in material.journal if one.actor.name}
        return cls(tuple(happened), material.now, {**heard, **material.titles})

    def every(self, kind: type[Told_co]) -> Iterator[Happened[Told_co]]:
        for one in self.happened:
            if isinstance(one.event, kind):
                yield Happened(one.event, one.version, one.at, one.actor, one.release, one.before)

    def last(self, kind: type[Told_co]) -> Happened[Told_co] | None:
        return max(self.every(kind), key=lambda one: one.version, default=None)

    def first(self, kind: type[Told_co]) -> Happened[Told_co] | None:
        return next(self.every(kind), None)

    # ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def time(self, at: float) -> str:
        """`14:02:31 UTC`; with its date when that is not today's."""
        return time_in_words(at, self.now)

    def who(self, actor: Actor) -> str:
        return _named(actor.name or self.names.get(actor.id, "") or actor.id)

    def called(self, person: str) -> str:
        """The name of whoever has this Slack user id; the id where nobody has told it."""
        return _named(self.names.get(person, "") or person)


def _named(name: str) -> str:
    """Without what our Markdown makes bold or code of."""
    return flat(name.replace("**", "").replace("`", "'"), NAME_MAX)


def exposure_at(past: Past, at: float) -> float | None:
    """Percent that had last been read back by then; None before any."""
    reached = [one.event.percent for one in past.every(e.ExposureReached) if one.at <= at]
    return reached[-1] if reached else None
