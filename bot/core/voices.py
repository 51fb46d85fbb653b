"""What people have said about a release: yes, a worry and what was decided, a wish, a stop, a way past a gate.

Times are seconds since the epoch. The one thing to remember: each names the entry or the number that it was said of, so
that a late word is never taken for one about the present.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.actors import Actor
from bot.core.beside import Bar
from bot.core.contents import Change, Severity


@dataclass(frozen=True, slots=True)
class Approval:
    actor: Actor
    role: str
    at: float
    behalf: str = ""
    """Whose yes it is, where somebody else gave it for them."""

    @property
    def voice(self) -> str:
        """Whoever it counts as: nobody counts twice in a role."""
        return self.behalf or self.actor.id


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who is asked, by their own id or by user groups, and their clock: seconds east of UTC."""

    person: str
    offset_seconds: int
    groups: tuple[str, ...] = ()


class Decision(StrEnum):
    """What may be decided about a concern."""

    CAVEAT = "caveat"
    FIX_FIRST = "fix_first"
    DESCOPE = "descope"


@dataclass(frozen=True, slots=True)
class Word:
    """That something was done, on somebody's word."""

    actor: Actor
    words: str
    at: float


@dataclass(frozen=True, slots=True)
class Concern:
    """Somebody's worry, and what was decided about it. `words` is the caveat, or what to fix or to leave out."""

    number: int
    actor: Actor
    text: str
    at: float
    decision: Decision | None = None
    decided_by: Actor | None = None
    words: str = ""
    decided_at: float | None = None
    severity: Severity | None = None
    """None: it was raised before this was asked."""
    change: str = ""
    """The commit of the change that is left out, where that was decided."""
    done: Word | None = None
    """Of a caveat: who says that what was to follow has followed."""

    @property
    def is_open(self) -> bool:
        return self.decision is None

    @property
    def is_follow_up(self) -> bool:
        """Released nevertheless: something has to follow, and is listed until somebody says that it has."""
        return self.decision is Decision.CAVEAT


@dataclass(frozen=True, slots=True)
class Incident:
    """What a release did to its users, as somebody said. `key` is the incident's elsewhere, empty where none was given.

    `began_at`: None where nobody said when.
    """

    number: int
    actor: Actor
    text: str
    at: float
    key: str = ""
    began_at: float | None = None
    withdrawn: Word | None = None
    """Who says that it was not this release's doing, and why."""


@dataclass(frozen=True, slots=True)
class Demo:
    """Somebody wants to be shown it live. `times`, in their words, would suit them. It blocks nothing."""

    number: int
    actor: Actor
    times: str
    at: float
    given: Word | None = None


@dataclass(frozen=True, slots=True)
class SentBack:
    """A concern for which an earlier build was ended."""

    release: str
    concern: Concern


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier build, and what it has left behind for this one."""

    release: str
    name: str
    approvals: tuple[Approval, ...] = ()
    """Who had said yes to it."""
    since: tuple[str, ...] = ()
    """Commits of this release that it had not."""
    gone: tuple[Change, ...] = ()
    """Changes that it had, and this release has not."""
    sent_back: tuple[SentBack, ...] = ()
    """What this release is to answer."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A person's word that what is unusual about a metric is known and all right; it holds in the stage it is for."""

    metric: str
    actor: Actor
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Hold:
    """`version`: of the event that began it, by which a button names this hold and no later one."""

    actor: Actor
    reason: str
    at: float
    version: int = 0


@dataclass(frozen=True, slots=True)
class Override:
    """The emergency path past locks and freezes, or gates, of one entry: who asked, who seconded, what came of it."""

    number: int
    entry: int
    bars: tuple[Bar, ...]
    gates: tuple[str, ...]
    reason: str
    asked_by: Actor
    asker: str
    """Who that is in Slack, by the plan of that moment; "" where nobody knows."""
    asked_at: float
    told: int
    """The event whose message asks for the second person."""
    granted_by: Actor | None = None
    granted_at: float | None = None
    is_solo: bool = False
    """By the plan, one person alone was enough."""
    declined_by: Actor | None = None
    over: str = ""
    """Why it counts no more, or never did; empty while it may."""

    @property
    def is_by_one(self) -> bool:
        """Whether whoever seconded or declined it had asked for it."""
        other, by = self.granted_by or self.declined_by, self.asked_by
        return other is not None and (other.id == self.asker or (other.id, other.door) == (by.id, by.door))

    @property
    def is_open(self) -> bool:
        """Whether it waits for its second person, as far as its entry is not left."""
        return self.granted_by is None and not self.over

    @property
    def is_granted(self) -> bool:
        return self.granted_by is not None and not self.over
