"""What a line of evidence is: words that a model reads, and the same as values that a sentence is checked against.

Numbers are `Amount`s in base units with the part they play; names are `Term`s; what happened are `Deed`s. A fact says
what is in its fields and nothing else: what it leaves open may not be concluded from it. The one thing to remember:
`words` is one line in which nothing from outside can look like a line of ours.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.verdict import Outcome


class FactKind(StrEnum):
    """What a fact is about."""

    RELEASE = "release"
    CHANGE = "change"
    METRIC = "metric"
    VERDICT = "verdict"
    EVENT = "event"
    EXPOSURE = "exposure"
    APPROVAL = "approval"
    CONCERN = "concern"
    ANOMALY = "anomaly"
    ROLLBACK = "rollback"
    FINDING = "finding"
    RANKING = "ranking"
    PLAN = "plan"


class Role(StrEnum):
    """The part that an amount plays. A number that is said of another part is wrong, however right it is."""

    CANARY = "canary"
    """The new version's own value, on staging too."""
    CONTROL = "control"
    BASELINE = "baseline"
    LIMIT = "limit"
    """The most that is allowed."""
    FLOOR = "floor"
    """The least that is allowed."""
    TOLERATED = "tolerated"
    RATIO = "ratio"
    LOW = "low"
    HIGH = "high"
    """Ends of the ratio's interval."""
    EVIDENCE = "evidence"
    NEEDED = "needed"
    HITS = "hits"
    """Of the events, those that were counted: 51 of 840."""
    COUNT = "count"
    DURATION = "duration"
    EXPOSURE = "exposure"
    TIME = "time"
    RANK = "rank"


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, in base units, and the part that it plays.

    `unit`: `ratio` (0 to 1), `percent` (exposures, 0 to 100), `s`, `bytes`, `times`, `nats`, `at` (seconds since the
    epoch), empty for a count, or the plan's own. `of` says what it measures: a metric's name, or a noun.
    """

    value: float
    unit: str
    role: Role
    of: str = ""


class TermKind(StrEnum):
    METRIC = "metric"
    COMMIT = "commit"
    PULL_REQUEST = "pull request"
    PERSON = "person"
    VERSION = "version"
    PATH = "path"
    LINK = "link"
    ENVIRONMENT = "environment"
    RELEASE = "release"
    SERVICE = "service"
    CHANNEL = "channel"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Term:
    """A name. Commits are whole here, and eight digits in the words; a pull request is its number."""

    kind: TermKind
    text: str


class Deed(StrEnum):
    """What can have happened to a release, a step, a metric. A sentence that tells of one needs a fact that has it."""

    STAGED = "staged"
    PREPARED = "prepared"
    QUEUED = "queued"
    DEPLOYED = "deployed"
    EXPOSED = "exposed"
    STUCK = "stuck"
    DRIFTED = "drifted"
    PASSED = "passed"
    FAILED = "failed"
    FLAGGED = "flagged"
    UNDECIDED = "undecided"
    BLIND = "blind"
    OVERDUE = "overdue"
    PROMOTED = "promoted"
    OVERRIDDEN = "overridden"
    """A gate, a lock or a freeze, by two people."""
    WATCHED = "watched"
    HEALTHY = "healthy"
    SUPERSEDED = "superseded"
    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    WORRIED = "worried"
    """A concern was raised."""
    DECIDED = "decided"
    CAVEATED = "caveated"
    FIX_FIRST = "fix first"
    DESCOPED = "descoped"
    ACCEPTED = "accepted"
    HELD = "held"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled back"
    RESTORED = "restored"
    UNDONE = "undone"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    MENDED = "mended"
    """Of no fact so far: nothing here says that a fault is gone."""
    ONSET = "onset"
    SUSPECTED = "suspected"


class Direction(StrEnum):
    """Where the new version's value lies, seen from what it is compared with."""

    HIGHER = "higher"
    LOWER = "lower"
    LEVEL = "level"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a deed was done, as it was written down: these metrics, or these words of a person's or a machine's."""

    of: tuple[Deed, ...]
    metrics: tuple[str, ...] = ()
    deeds: tuple[Deed, ...] = ()
    words: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One numbered line. `quoted` are the pieces of it that came from outside, as they stand in `words`."""

    number: int
    kind: FactKind
    words: str
    at: float | None = None
    amounts: tuple[Amount, ...] = ()
    terms: tuple[Term, ...] = ()
    deeds: tuple[Deed, ...] = ()
    denied: tuple[Deed, ...] = ()
    """What this fact says did not happen, or does not hold."""
    by: str = ""
    """Who did it, if the fact is somebody's deed."""
    outcome: Outcome | None = None
    direction: Direction | None = None
    is_worse: bool | None = None
    """Whether that direction is the bad one for this metric."""
    cause: Cause | None = None
    quoted: tuple[str, ...] = ()

    def named(self, kind: TermKind) -> tuple[str, ...]:
        """The texts of its terms of one kind."""
        return tuple(term.text for term in self.terms if term.kind is kind)
