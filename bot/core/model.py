"""What a release is at one moment: frozen values, folded from its events by `evolve` and by nothing else.

Times are seconds since the epoch, durations seconds, exposures percent. The one thing to remember: entries into
steps are numbered through the whole release (`Entry.number`), and everything that judges or approves names the
entry it was made for; a stage that is entered again is not the same place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.actors import Actor
from bot.core.beside import Absence, Bar
from bot.core.contents import Artefact, Change, Charts, QaFinding, Shot
from bot.core.plan import ApprovalGate, Gate, HealthGate, Plan, Stage, Step
from bot.core.verdict import Verdict
from bot.core.voices import Acceptance, Approval, Concern, Demo, Earlier, Hold, Incident, Override, Reviewer


class Phase(StrEnum):
    """Where a release is. The last six are endings."""

    PREPARING = "preparing"
    QUEUED = "queued"
    DEPLOYING = "deploying"
    PROVING = "proving"
    WATCHING = "watching"
    ROLLING_BACK = "rolling_back"
    HEALTHY = "healthy"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    FAILED = "failed"

    @property
    def is_ending(self) -> bool:
        return self in ENDINGS


ENDINGS = frozenset({Phase.HEALTHY, Phase.ROLLED_BACK, Phase.CANCELLED, Phase.REJECTED, Phase.SUPERSEDED, Phase.FAILED})


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """What "held for" reads: seconds gathered so far, and since when it has been running (None while it pauses)."""

    gathered_seconds: float = 0.0
    running_since: float | None = None

    def read(self, now: float) -> float:
        """Seconds held until `now`."""
        return self.gathered_seconds + (max(0.0, now - self.running_since) if self.running_since is not None else 0.0)

    def started(self, now: float) -> "Stopwatch":
        return self if self.running_since is not None else Stopwatch(self.gathered_seconds, now)

    def paused(self, now: float) -> "Stopwatch":
        return Stopwatch(self.read(now), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered stay: in a stage's deploy (step None), in a step, in the watch or in a rollback."""

    number: int
    stage: int
    step: int | None
    at: float
    exposure: float | None = None
    """Percent wanted; None where nothing is exposed."""
    deployed_at: float | None = None
    observed_at: float | None = None
    """When that exposure was read back. Before it nothing counts as held."""
    stopwatch: Stopwatch = Stopwatch()
    watched: Stopwatch = Stopwatch()
    """For how long it could be looked at, whatever was seen: what patience with low traffic is counted in."""
    verdict: Verdict | None = None
    verdict_at: float | None = None
    """When the verdict last changed."""
    blind_since: float | None = None
    """Since when nothing could be read about the new version; None while something can."""
    asked: str | None = None
    """Digest of what the approvers were shown, once they have been asked."""
    asked_at: float | None = None
    asked_again_at: float | None = None
    """When a yes expired or became void, and was asked for again."""
    caveats_asked: tuple[int, ...] = ()
    """Caveats that approvers were shown, by their concerns' numbers."""
    approvals: tuple[Approval, ...] = ()
    reviewers: tuple[Reviewer, ...] = ()
    """Who may be reminded, as far as Slack said what time it is where they are."""
    reminded: tuple[tuple[str, float], ...] = ()
    """Whom it reminded, and when."""
    promoted_by: Actor | None = None
    overdue_at: float | None = None
    unbarred_at: float | None = None
    """When the last lock or freeze that stopped it here ended, or somebody let it go on although it was overdue.

    Patience with the entry counts from there.
    """
    called: frozenset[tuple[str, str]] = frozenset()
    """Troubles that on-call was called for, or that were there when somebody let it go on (`calls`)."""
    checkpoint: "Checkpoint | None" = None
    """The last one that was taken here."""
    stuck: str | None = None
    """Why the wanted exposure could not be set or read back, once that has lasted."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was told of a soak or of the watch at one of the plan's times of day."""

    due_at: float
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Rollback:
    """A return in progress or done, from staging or production. `ending` is the phase that it leads to."""

    cause: str
    reason: str
    actor: Actor
    started_at: float
    ending: Phase
    exposure: float
    """Percent on the new version when it began."""
    verdict: Verdict | None = None
    restored_at: float | None = None
    undone_at: float | None = None
    undo_failure: str | None = None

    @property
    def seconds(self) -> float | None:
        """From the failing verdict's commit to traffic read back at zero."""
        return None if self.restored_at is None else self.restored_at - self.started_at


@dataclass(frozen=True, slots=True)
class Release:
    """One service, one version, the changes since the last good one; `version` counts its events."""

    id: str
    version: int
    phase: Phase
    service: str
    ref: str
    plan: Plan
    plan_digest: str
    staged_by: Actor
    staged_at: float
    phase_since: float
    note: str = ""
    commit: str | None = None
    name: str = ""
    """What people call the version: the tag where there is one, else the short commit."""
    previous: str | None = None
    """Commit of the last good version: what traffic goes back to."""
    previous_name: str = ""
    """What people call it: its tag, or nothing where it has none."""
    changes: tuple[Change, ...] = ()
    texts: Mapping[str, tuple[Artefact, ...]] = field(default_factory=dict)
    """By kind, every version that was written, the newest last."""
    published: Mapping[str, Artefact] = field(default_factory=dict)
    """By kind, what was told to everybody when the release was out: kept as it was then."""
    findings: tuple[QaFinding, ...] = ()
    shots: tuple[Shot, ...] = ()
    """The walkthrough that was taken last."""
    charts: Mapping[int, Charts] = field(default_factory=dict)
    """By the event with which they came."""
    entry: Entry | None = None
    queued_behind: str | None = None
    places: frozenset[str] = frozenset()
    """Environments whose place this release holds."""
    deployed: frozenset[str] = frozenset()
    """Environments where something of it may run."""
    exposures: tuple[float, ...] = ()
    """Percent levels seen in the last stage, in order."""
    concerns: tuple[Concern, ...] = ()
    demos: tuple[Demo, ...] = ()
    met_users_at: float | None = None
    """When it was first deployed where users are; None: it never was."""
    every_incident: tuple[Incident, ...] = ()
    """Also those that were taken back: their keys are not recorded again."""
    earlier: Earlier | None = None
    stage_entry: int = 0
    """Number of the entry with which the present stage began."""
    acceptances: tuple[Acceptance, ...] = ()
    """Anomalies accepted in the present stage, its watch included; the next stage begins with none."""
    held: Hold | None = None
    bars: tuple[Bar, ...] = ()
    """Locks and freezes that stop it where it is; empty where there are none, or where they stop nothing."""
    overrides: tuple[Override, ...] = ()
    """All that were ever asked for; each is for one entry."""
    replanned: frozenset[int] = frozenset()
    """Entries that were left because the plan was changed: what was asked in them was not answered."""
    owed: ApprovalGate | None = None
    """Who is asked for their yes again before it leaves this step: they had said it to another way ahead."""
    rollback: Rollback | None = None
    ending_reason: str = ""
    blocks_build: bool = False

    @property
    def stage(self) -> Stage:
        """The stage it is in; only while it has an entry."""
        assert self.entry is not None, f"{self.id} has entered no stage"
        return self.plan.stages[self.entry.stage]

    @property
    def step(self) -> Step | None:
        if self.entry is None or self.entry.step is None:
            return None
        return self.stage.steps[self.entry.step]

    @property
    def serves_users(self) -> bool:
        """Whether the present stage is in the environment that the plan leads to: the one with users."""
        return self.environment is not None and self.environment == self.plan.stages[-1].environment

    @property
    def environment(self) -> str | None:
        return None if self.entry is None else self.stage.environment

    @property
    def gates(self) -> tuple[Gate, ...]:
        """What must hold to leave the present step."""
        if self.step is None or self.phase is not Phase.PROVING:
            return ()
        if self.owed is None:
            return self.step.gates
        return (*(gate for gate in self.step.gates if not isinstance(gate, ApprovalGate)), self.owed)

    @property
    def is_watched(self) -> bool:
        """Whether its health is looked at: in a step with a health gate, or in the watch, once exposed.

        Where nothing is exposed there are no metrics, and its checks are its health.
        """
        return self.watched_since is not None

    @property
    def watched_since(self) -> float | None:
        """From when on what is seen of its health counts here; None where nothing is looked at."""
        entry, phase = self.entry, self.phase
        in_health = phase is Phase.PROVING and any(isinstance(gate, HealthGate) for gate in self.gates)
        if entry is None or not (in_health or phase is Phase.WATCHING):
            return None
        if self.environment is not None:
            return entry.observed_at
        return entry.at if in_health and any(map(self.stage.tries, self.plan.checks.values())) else None

    @property
    def checkpoints(self) -> tuple[str, ...]:
        """The times of the day at which is told what has changed, while its metrics are looked at here."""
        if not self.is_watched:
            return ()
        return self.plan.watch.checkpoints if self.phase is Phase.WATCHING else self.stage.checkpoints

    @property
    def open_concerns(self) -> tuple[Concern, ...]:
        return tuple(concern for concern in self.concerns if concern.is_open)

    @property
    def caveats(self) -> tuple[Concern, ...]:
        return tuple(concern for concern in self.concerns if concern.is_follow_up)

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Those that it caused, as far as people know."""
        return tuple(one for one in self.every_incident if one.withdrawn is None)

    @property
    def overrides_here(self) -> tuple[Override, ...]:
        """Those of the present entry that may count, or do."""
        here = self.entry.number if self.entry is not None else None
        return tuple(one for one in self.overrides if one.entry == here and (one.is_open or one.is_granted))

    @property
    def open_override(self) -> Override | None:
        """The one that waits for its second person; there is at most one."""
        return next((one for one in self.overrides_here if one.is_open), None)

    def override_of(self, gate: str) -> Override | None:
        """The one that goes past this gate here."""
        return next((one for one in self.overrides_here if one.is_granted and gate in one.gates), None)

    @property
    def bars_overridden(self) -> frozenset[str]:
        """Ids of the locks and freezes that stop it no more, in the present entry."""
        return frozenset(bar.id for one in self.overrides_here if one.is_granted for bar in one.bars)

    def acceptance(self, metric: str) -> Acceptance | None:
        """Whose word it is that this metric's anomaly is all right here; None: nobody's."""
        return next((one for one in self.acceptances if one.metric == metric), None)

    @property
    def artefacts(self) -> Mapping[str, Artefact]:
        """The newest version of each text."""
        return {kind: versions[-1] for kind, versions in self.texts.items()}

    def shown(self, kind: str) -> Artefact | None:
        """The version that approvers were asked about last; where nobody was asked, the newest."""
        versions = self.texts.get(kind, ())
        return next((one for one in reversed(versions) if one.is_asked), versions[-1] if versions else None)

    def to_publish(self, kind: str) -> Artefact | None:
        """The newest version but those that only came late: people approved the one before."""
        return next((one for one in reversed(self.texts.get(kind, ())) if not one.is_late), None)


@dataclass(frozen=True, slots=True)
class Spent:
    """What models have cost for one release: tokens in and out, and money in whatever the prices are given in."""

    tokens: int = 0
    money: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.tokens + other.tokens, self.money + other.money)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.tokens - other.tokens, self.money - other.money)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What `decide` may know beyond the release itself, read in the same transaction.

    `holders` and `queues` are of the release's service: who holds an environment's place, who waits in which order.
    """

    holders: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    watching: tuple[str, ...] = ()
    """Other releases of the service that are in their watch: a successor's first traffic in production ends it."""
    moving: Mapping[str, str] = field(default_factory=dict)
    """Commits of the service's other releases that have not ended, and which release each is."""
    blocks: Mapping[str, str] = field(default_factory=dict)
    """Commits that may not come back, and the release whose rollback blocked each."""
    bars: tuple[Bar, ...] = ()
    """Locks and freezes of the service that are not over, also those still to begin."""
    absences: tuple[Absence, ...] = ()
    """Those that nobody has ended, also past ones and those still to begin."""
    looked_at: float | None = None
    """When the watch last looked at the present entry."""
    caused_by: str | None = None
    """The service's release on which the incident stands that is being recorded, if its key is known."""
