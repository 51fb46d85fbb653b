"""The store as the engine sees it: transactions for what changes together, plain reads for what people look at.

Synchronous on purpose: in the product one writer thread calls it, in the simulation the simulation does. Everything
inside `with store.transaction() as t:` commits together or not at all, and is the only writer while it lasts. The one
thing to remember: the journal and the inbox are the truth; every other table can be rebuilt or is work in progress.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.core.bars import Moment
from bot.core.beside import Absence, Bar, BarKind
from bot.core.effects import Effect, Urgency
from bot.core.events import Recorded
from bot.core.model import Release, Spent, Surroundings
from bot.core.plan import Plan
from bot.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person or part that asked is told. Stored with the key, so a redelivery hears the same."""

    release: str
    version: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Claimed:
    """An outbox row that this worker holds until `leased_until`. `attempt` counts from 1.

    `uncertain`: an earlier attempt may have happened without leaving its record (a crash, an unknown outcome).
    `wanted_at`: when it was asked for, seconds since the epoch.
    """

    effect: Effect
    attempt: int
    leased_until: float
    uncertain: bool
    wanted_at: float


@dataclass(frozen=True, slots=True)
class Exposure:
    """The desired and observed exposure of one service in one environment.

    `generation` rises with every change of desire; `observed_generation` is the one that was last read back as set.
    """

    service: str
    environment: str
    release: str
    entry: int
    commit: str
    percent: float
    generation: int
    wanted_at: float
    observed_percent: float | None = None
    observed_generation: int = 0
    observed_at: float | None = None

    @property
    def in_step(self) -> bool:
        return self.observed_generation == self.generation


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is kept in step with the state. `shown_digest` is of what was last sent."""

    key: str
    release: str
    kept: str
    version: int
    channel: str
    ts: str
    shown_digest: str


@dataclass(frozen=True, slots=True)
class Look:
    """The latest look of the watch at an entry: when, and the verdict with its numbers of that moment."""

    release: str
    entry: int
    at: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class StoredSample:
    """One process's increment (or value, or gap) of one metric in one look. `payload` is the analysis's own JSON."""

    at: float
    metric: str
    cohort: str
    process: str
    payload: str


@dataclass(frozen=True, slots=True)
class KeptBar:
    """A lock or a freeze, the last of its moments that was announced, and in which channels."""

    bar: Bar
    told: Moment
    channels: tuple[str, ...] = ()


class Transaction(Protocol):
    """What may be read and written inside one transaction."""

    # the inbox
    def answer_to(self, key: str) -> Answer | None: ...
    def remember(self, key: str, answer: Answer, now: float) -> None: ...

    # the journal
    def next_id(self, service: str) -> str: ...
    def events(self, release: str, after: int = 0) -> list[Recorded]: ...
    def append(self, recorded: Sequence[Recorded]) -> None:
        """Raises Conflict when a (release, version) exists."""

    # what is derived, written with it
    def surroundings(self, service: str, release: str, entry: int | None, now: float) -> Surroundings: ...
    def caused_by(self, service: str, key: str) -> str | None:
        """The service's release on which the incident of this key stands."""

    def project(self, release: Release, recorded: Sequence[Recorded]) -> None:
        """Derive from the events: the releases row (phase, commit…), slots, queue, blocks, incidents, exposure."""

    def set_due(self, release: str, due_at: float | None) -> None: ...
    def enqueue(self, effects: Iterable[Effect], now: float) -> None: ...
    def drop_deploys(self, release: str) -> None:
        """Deploys of this release that were asked for and are not done are not wanted any more."""

    def save_look(self, look: Look) -> None: ...

    # locks and freezes
    def next_bar(self, kind: BarKind) -> str:
        """The id of the next one of this kind: `lock-1`, `freeze-1`. None is ever given twice."""

    def save_bar(self, bar: Bar, told: Moment, channels: Sequence[str] = ()) -> None:
        """A new one, or what has come of one. None is ever deleted."""

    def open_bars(self, now: float) -> list[KeptBar]:
        """Those that are not over, or whose end is not announced, the oldest first.

        An end may be announced by a clock that is wrong; what is in force is so by the time that is given.
        """

    def bar(self, bar: str) -> Bar | None:
        """Also one that is over."""

    def look_again(self, bar: Bar, now: float) -> None:
        """The moving releases that it concerns are due now."""

    # absences
    def next_absence(self) -> str:
        """The id of the next one: `absence-1`. None is ever given twice."""

    def save_absence(self, one: Absence) -> None:
        """A new one, or one that was ended. None is ever deleted."""

    def open_absences(self) -> list[Absence]:
        """Those that nobody has ended, the oldest first, also where their time is over."""

    def absence(self, name: str) -> Absence | None:
        """Also one that was ended."""

    # the outbox
    def claim(
        self, now: float, lease_seconds: float, most: int, busy: Iterable[str] = (), paced: Iterable[str] = ()
    ) -> list[Claimed]:
        """Take due effects: safety first, then age; the oldest of each lane; rows whose lease has run out too.

        A lane is as urgent as the most urgent effect that waits in it. None of the lanes that are `busy`: this worker
        is still at something there, which may be dropped already. One in each channel, and none in those that are
        `paced`: they bear no more at the moment.
        """

    def renew(self, keys: Iterable[str], until: float) -> None:
        """This worker is still at them."""

    def bring_forward(self, now: float, wait_seconds_max: float, lease_seconds: float) -> None:
        """After the clock was put back: what would wait longer than that is due; no lease lasts longer than a lease."""

    def finish(self, key: str) -> None: ...
    def retry(self, key: str, at: float, reason: str, *, uncertain: bool, counted: bool = True) -> None:
        """`counted`: it was an attempt of the effect's own, and not one that came too early for its channel."""

    def give_up(self, key: str, now: float, reason: str) -> None:
        """It failed for good: the lane goes on, the row stays to be seen."""

    # exposure
    def exposures(self, *, wanting: bool = False) -> list[Exposure]:
        """`wanting`: those that are not in step."""

    def observe_exposure(self, service: str, environment: str, generation: int, percent: float, now: float) -> bool:
        """Record a read-back of this generation; False (and no change) when a newer one is desired meanwhile."""

    # messages that are kept
    def save_message(self, message: Message) -> None: ...
    def show_message(self, key: str, version: int, digest: str) -> None:
        """It now shows the release as of `version`, and looks like `digest`."""

    # what models cost
    def spend(self, release: str, spent: Spent) -> None:
        """On top of what was spent before."""

    # samples
    def add_samples(self, release: str, entry: int, samples: Iterable[StoredSample]) -> None: ...
    def forget_samples(self, before: float, keep: Iterable[str] = ()) -> int:
        """Delete samples older than `before`, but not of the releases in `keep`; how many."""

    # what has served its time
    def forget_answers(self, before: float) -> int:
        """Delete answers given before that, of releases that have ended; how many."""

    def forget_effects(self, before: float) -> int:
        """Delete effects that were asked for before that and are done with, of releases that have ended; how many."""


class Store(Protocol):
    """Transactions, and reads that need none (each sees one consistent moment)."""

    def transaction(self, *, flushed: bool = True) -> AbstractContextManager[Transaction]:
        """Everything inside commits together or not at all; transactions of one store wait for one another.

        Not `flushed`: it is on the disk with the next one that is. A process that dies loses nothing, a power cut the
        last seconds of it.
        """

    def release_ids(self, *, service: str | None = None, moving: bool = False) -> list[str]:
        """Newest first. `moving`: those that have not ended."""

    def moving_versions(self) -> dict[str, int]:
        """How many events each release has that has not ended, by its id, newest first."""

    def pinned_plans(self) -> dict[str, Plan]:
        """By digest: those by which releases go that have not ended, and those that they went by before.

        Without those that cannot be read.
        """

    def journal(self, release: str, after: int = 0) -> list[Recorded]: ...
    def followed_up(self, service: str | None = None) -> dict[str, int]:
        """How many follow-ups are open of each release that went on with a caveat, newest first."""

    def wants_cancelling(self, keys: Iterable[str]) -> set[str]:
        """Which of these claimed effects are not wanted any more (see `drop_deploys`)."""

    def due(self, now: float) -> list[tuple[str, float]]:
        """Releases whose timer is due, with the time."""

    def next_due(self) -> float | None: ...
    def next_effect_at(self, busy: Iterable[str] = (), paced: Iterable[str] = ()) -> float | None:
        """When an effect of any lane and channel but these can next be claimed."""

    def waiting(self) -> dict[Urgency, tuple[int, float]]:
        """How many effects are not done, and since when the oldest of them is wanted."""

    def is_done(self, key: str) -> bool:
        """Whether the effect of this key was done; not where it was given up, or forgotten since."""

    def open_bars(self, now: float) -> list[KeptBar]:
        """Locks and freezes of which the end is not announced, the oldest first."""

    def bar(self, bar: str) -> Bar | None:
        """Also one that is over."""

    def open_absences(self) -> list[Absence]:
        """Those that nobody has ended, the oldest first, also where their time is over."""

    def look(self, release: str) -> Look | None: ...
    def exposures(self, *, wanting: bool = False) -> list[Exposure]:
        """`wanting`: those that are not in step."""

    def exposure(self, service: str, environment: str) -> Exposure | None: ...
    def messages(self, release: str | None = None) -> list[Message]:
        """Kept messages; without a release those of releases that are moving or have changed since they were shown."""

    def message(self, key: str) -> Message | None: ...
    def release_of(self, channel: str, ts: str) -> str | None:
        """Whose kept message that is: of a thread's first one, whose thread."""

    def spent(self, release: str) -> Spent: ...
    def samples(self, release: str, entry: int | None = None) -> list[StoredSample]: ...
    def given_up(self) -> list[tuple[str, str]]:
        """Effects that failed for good: key and reason, oldest first."""

    def close(self) -> None: ...
