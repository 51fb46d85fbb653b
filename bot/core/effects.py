"""What the world must do because an event happened: each a row in the outbox before it is attempted.

Which event asks for what is in `follows`, and which is said where in `rooms`. The one thing to remember: moving traffic
is not an effect but desired state (the exposure row); nothing here stands between a verdict and the traffic.
"""

from dataclasses import dataclass
from enum import IntEnum

from bot.core.commands import Command
from bot.core.rooms import MOVING, Room


class Urgency(IntEnum):
    """Smaller is claimed first."""

    SAFETY = 0
    WORK = 1
    MILESTONES = 2
    """What people wait for: cards, questions, failures and endings."""
    WORDS = 3
    """The story, in a release's thread."""
    LATER = 4
    """What is good to have and waited for by nobody: better texts, pictures."""


@dataclass(frozen=True, slots=True)
class Effect:
    """`lane`: effects of one lane happen one after the other, in the order in which they were asked for."""

    key: str
    release: str

    @property
    def lane(self) -> str:
        return self.key

    @property
    def urgency(self) -> Urgency:
        return Urgency.WORK

    @property
    def pace(self) -> str:
        """The channel that it says something in, which bears about one message a second; empty: none."""
        return ""


@dataclass(frozen=True, slots=True)
class Prepare(Effect):
    """Resolve the ref and collect the changes since the last good release."""


@dataclass(frozen=True, slots=True)
class WriteText(Effect):
    """Write one text from its template, at once: `notes`, `diagnosis`, `narration/5` (of that entry)."""

    kind: str

    @property
    def urgency(self) -> Urgency:
        return Urgency.WORDS


@dataclass(frozen=True, slots=True)
class ImproveText(Effect):
    """Ask a model for a better text than version `over`. Nobody waits for it.

    A lane for each sort of text, over all releases: a model that is slow holds up a handful of effects, and no others.
    """

    kind: str
    over: int

    @property
    def lane(self) -> str:
        return f"model/{self.kind.partition('/')[0]}"

    @property
    def urgency(self) -> Urgency:
        return Urgency.LATER


@dataclass(frozen=True, slots=True)
class TakeTour(Effect):
    """Walk through the staging build in a browser, as the plan says. One at a time on a machine: browsers are large."""

    entry: int

    @property
    def lane(self) -> str:
        return "tour"

    @property
    def urgency(self) -> Urgency:
        return Urgency.LATER


@dataclass(frozen=True, slots=True)
class DrawCharts(Effect):
    """Draw the numbers as they stood at the `version`-th event. One release after the other: nobody waits for them."""

    version: int

    @property
    def lane(self) -> str:
        return "charts"

    @property
    def urgency(self) -> Urgency:
        return Urgency.LATER


@dataclass(frozen=True, slots=True)
class Deploy(Effect):
    """Put the commit beside the live version, with no traffic."""

    entry: int
    service: str
    environment: str
    commit: str
    name: str

    @property
    def lane(self) -> str:
        return f"deploy/{self.service}/{self.environment}"


@dataclass(frozen=True, slots=True)
class Undo(Effect):
    """Take it away again; its traffic is already at zero."""

    entry: int
    service: str
    environment: str
    commit: str
    name: str

    @property
    def lane(self) -> str:
        return f"deploy/{self.service}/{self.environment}"

    @property
    def urgency(self) -> Urgency:
        return Urgency.SAFETY


@dataclass(frozen=True, slots=True)
class LearnHours(Effect):
    """Ask what time it is where those live who are asked for a yes, so that none is reminded at night."""

    entry: int

    @property
    def urgency(self) -> Urgency:
        return Urgency.LATER


@dataclass(frozen=True, slots=True)
class LookBack(Effect):
    """See what an earlier build has left behind for this one: who had said yes, and what is to be answered."""

    entry: int

    @property
    def urgency(self) -> Urgency:
        return Urgency.WORDS


@dataclass(frozen=True, slots=True)
class Post(Effect):
    """Say what the `version`-th event means, once, in a room. `kept`: the message is edited later as the state moves.

    The words are a pure function of the journal up to that event, so nothing but its place is stored here. A lane for
    each channel: what is said in one waits for no other.
    """

    version: int
    room: Room
    kept: str = ""
    """`card` or `approval`; empty for what is said once."""
    channel: str = ""
    """As the plan names it. Empty where the plan names none, and in rows of older versions: then it is not paced."""

    @property
    def lane(self) -> str:
        return f"words/{self.release}/engineering" if self.room is Room.ENGINEERING else f"words/{self.release}"

    @property
    def urgency(self) -> Urgency:
        is_story = self.room is Room.THREAD and self.kept not in MOVING
        return Urgency.WORDS if is_story else Urgency.MILESTONES

    @property
    def pace(self) -> str:
        return self.channel


class _Told:
    """Said in a channel of its own accord, and waited for by people."""

    __slots__ = ()
    channel: str

    @property
    def urgency(self) -> Urgency:
        return Urgency.MILESTONES

    @property
    def pace(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True)
class Announce(_Told, Effect):
    """Say in a channel what has come of a lock or a freeze. `release` is the bar's id: no release is meant."""

    moment: int
    channel: str

    @property
    def lane(self) -> str:
        return f"bar/{self.release}/{self.channel}"


@dataclass(frozen=True, slots=True)
class TellDay(_Told, Effect):
    """Tell a channel what has moved since `since` and what waits. `release` is the hour's name: no release is meant.

    `at` is the hour itself: what cannot be told soon after it is not told.
    """

    channel: str
    services: tuple[str, ...]
    since: float
    at: float
    zone: str

    @property
    def lane(self) -> str:
        return f"day/{self.channel}"


@dataclass(frozen=True, slots=True)
class TellOfGap(Effect):
    """Tell a channel that a delegate goes away. `release` is their absence, `relied` that of whoever counts on them."""

    relied: str
    channel: str

    @property
    def lane(self) -> str:
        return f"gap/{self.release}/{self.channel}"

    @property
    def urgency(self) -> Urgency:
        return Urgency.MILESTONES

    @property
    def pace(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True)
class FileIncident(Effect):
    """A ticket with the verdict's numbers."""

    version: int


@dataclass(frozen=True, slots=True)
class Page(Effect):
    """Call the people on call, by name."""

    version: int
    channel: str = ""

    @property
    def pace(self) -> str:
        return self.channel


@dataclass(frozen=True, slots=True)
class Tell(Effect):
    """A command to another release."""

    command: Command


def every_effect() -> tuple[type[Effect], ...]:
    """All effect types, for tests and the codec. `__subclasses__` would also know each class without its slots."""
    named = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Effect)]
    return tuple(kind for kind in named if kind is not Effect)


def version_of(key: str) -> int:
    """The version of the event that asked for the effect with this key."""
    return int(key.split("/")[1])
