"""What stands beside releases, in rows of its own: locks, freezes, and who is away.

Times are seconds since the epoch. The one thing to remember: a row that is over stays; whether it stands is a question
to it at a time.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.actors import Actor


class BarKind(StrEnum):
    """A lock is on one service until somebody lifts it; a freeze is on a calendar, for several services or all."""

    LOCK = "lock"
    FREEZE = "freeze"


@dataclass(frozen=True, slots=True)
class Lift:
    """Who ended a lock, or a freeze before its time."""

    actor: Actor
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A lock or a freeze: what keeps releases from more of their users' traffic. `services`: empty means all."""

    id: str
    kind: BarKind
    services: tuple[str, ...]
    owner: Actor
    reason: str
    made_at: float
    starts_at: float
    ends_at: float | None = None
    """When it ends by itself; a lock does not."""
    lifted: Lift | None = None

    def concerns(self, service: str) -> bool:
        return not self.services or service in self.services

    def is_in_force(self, now: float) -> bool:
        return self.lifted is None and self.starts_at <= now and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away, and `delegate` (a Slack user id) holds meanwhile the roles that plans give them by name."""

    id: str
    person: Actor
    delegate: str
    reason: str
    made_at: float
    starts_at: float
    ends_at: float
    ended_at: float | None = None
    """When they came back before its end."""

    def is_in_force(self, now: float) -> bool:
        return self.ended_at is None and self.starts_at <= now < self.ends_at
