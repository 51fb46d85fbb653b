"""What a release is at one moment: frozen values, folded from its events by `evolve` and by nothing else.

Times are seconds since the epoch, durations seconds, exposures percent. The one thing to remember: entries into
steps are numbered through the whole release (`Entry.number`), and everything that judges or approves names the
entry it was made for; a stage that is entered again is not the same place.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.plan import Gate, HealthGate, Plan, Stage, Step
from bot.core.verdict import Verdict


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


class Door(StrEnum):
    """How somebody came in: what they may do without being named in the plan differs."""

    SLACK = "slack"
    SHELL = "shell"
    WEBHOOK = "webhook"
    SONGBIRD = "songbird"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `id` is a Slack user id, a login name or a component of the bot."""

    id: str
    door: Door = Door.SLACK
    name: str = ""
    in_channel: bool = False
    """Whether Slack said that they are a member of the release's channel (lets them hold and roll back)."""
    groups: tuple[str, ...] = ()
    """The plan's user groups that Slack said they were in at that moment; what they did is recorded with them."""
    stands_for: tuple[str, ...] = ()
    """Who was away at that moment and had named them to do it instead; recorded as well."""


SONGBIRD = Actor("songbird", Door.SONGBIRD, "Songbird")


@dataclass(frozen=True, slots=True)
class CoAuthor:
    """Somebody who wrote a change together with its author. `person` as in `Change`."""

    name: str
    email: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change since the last good release: a merged pull request or a commit. All texts come from outside."""

    commit: str
    title: str
    author: str
    email: str = ""
    pull_request: int | None = None
    body: str = ""
    paths: tuple[str, ...] = ()
    person: str = ""
    """The Slack user id of its author, as it was matched when the release was prepared; empty: nobody could say."""
    co_authors: tuple[CoAuthor, ...] = ()
    """Who else wrote it, as its commits say."""


TEMPLATE = "template"
"""The author of what neither a person nor a model wrote."""


PAPERS = ("notes", "engineering", "migration", "undo", "faq", "walkthrough")
"""What is written about every release as soon as its changes are known."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One version of a written text: release notes, a walkthrough. Versions of a kind count from 1.

    `author` is a person's id, `template`, or a model's name; `actor` is whose doing it was.
    """

    kind: str
    version: int
    text: str
    author: str
    digest: str
    at: float
    actor: Actor = SONGBIRD
    evidence: str = ""
    """Digest of the evidence that a model was given."""
    told: int = 0
    """The event whose message shows it: a better text replaces the one before it there, until that was asked about."""
    is_asked: bool = False
    """Whether approvers were shown this version: it stands as it is, and what is written later is another text."""
    is_late: bool = False
    """A model's better version of a text that approvers had been shown already: nobody was asked about it."""

    @property
    def is_by_a_person(self) -> bool:
        return self.actor.door is not Door.SONGBIRD

    @property
    def is_editable(self) -> bool:
        """Whether it is people's to write; the others say what was measured when they were written."""
        return self.kind in (*PAPERS, "incident")


class Severity(StrEnum):
    """How bad something is that QA or users have found, or that somebody worries about."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class QaFinding:
    """What QA or users have found in this version. `disposition`: what is to become of it, in somebody's words."""

    number: int
    severity: Severity
    text: str
    actor: Actor
    at: float
    owner: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """One numbered picture of a walkthrough. `file` and `before` are the chat's ids of them, empty where there is none.

    `failed`: why the step could not be carried out; its picture shows where it stood.
    """

    number: int
    caption: str
    alt: str
    file: str = ""
    before: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart. `numbers` says the same in words, for whoever cannot see it; `file` is the chat's id, or empty."""

    title: str
    alt: str
    numbers: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Charts:
    """Pictures of the `about`-th event."""

    about: int
    pictures: tuple[Picture, ...]


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
    actor: Actor
    reason: str
    at: float


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


@dataclass(frozen=True, slots=True)
class Override:
    """The emergency path past locks and freezes, or gates, of one entry: who asked, who seconded, what came of it."""

    number: int
    entry: int
    bars: tuple[Bar, ...]
    gates: tuple[str, ...]
    reason: str
    asked_by: Actor
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
    def is_open(self) -> bool:
        """Whether it waits for its second person, as far as its entry is not left."""
        return self.granted_by is None and not self.over

    @property
    def is_granted(self) -> bool:
        return self.granted_by is not None and not self.over


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
    """When the last lock or freeze that stopped it here ended: patience with the entry counts from there."""
    checkpoint: "Checkpoint | None" = None
    """The last one that was taken here."""
    stuck: str | None = None
    """Why the wanted exposure could not be set or read back, once that has lasted."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was told of a watch at one of the plan's times of day."""

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
        return self.step.gates if self.step is not None and self.phase is Phase.PROVING else ()

    @property
    def is_watched(self) -> bool:
        """Whether the metrics are looked at: in a step with a health gate, or in the watch, once exposed."""
        if self.entry is None or self.entry.observed_at is None or self.environment is None:
            return False
        in_health = self.phase is Phase.PROVING and any(isinstance(gate, HealthGate) for gate in self.gates)
        return in_health or self.phase is Phase.WATCHING

    @property
    def open_concerns(self) -> tuple[Concern, ...]:
        return tuple(concern for concern in self.concerns if concern.is_open)

    @property
    def caveats(self) -> tuple[Concern, ...]:
        return tuple(concern for concern in self.concerns if concern.is_follow_up)

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

    @property
    def subject(self) -> str:
        """Digest of what an approver is shown: version, plan, texts, caveats. `shown.subject` is what binds."""
        texts = sorted((a.kind, a.digest) for a in self.artefacts.values())
        caveats = (f"caveat {one.number}:{one.words}" for one in self.caveats)
        return digest(self.commit or "", self.plan_digest, *(f"{kind}:{value}" for kind, value in texts), *caveats)


def digest(*parts: str) -> str:
    """The first 12 hex digits of a SHA-256 over the parts, which cannot run into one another.

    Half a character, as a title may end in, has a digest as well.
    """
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]


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
