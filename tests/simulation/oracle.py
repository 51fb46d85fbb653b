"""The oracle: what must be true of a world, whatever its bot believes. It shares no code with the bot.

It reads raw rows over a connection of its own (`story` judges the journal), and looks at the outside: what stands in
the chat, what left for the splitter, what the splitter serves. Safety is checked after every step, liveness once the
faults have stopped. The one thing to remember: time here is time that passed, never the bot's clock.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.simulation.clockwork import Clockwork
from tests.simulation.outside import Outside, Said
from tests.simulation.people import Press
from tests.simulation.story import FULL, TROUBLES, History, Row, Story, must

SAME_PERCENT = 0.01

WRONG_TRAFFIC_SECONDS_MAX = 30.0
"""How long a version may have more than it should, counted while the bot is up and the splitter answers it."""

STALE_WISH_SECONDS_MAX = 1.0
"""A call that was about to leave when a newer wish was committed may still leave: it is cancelled within a moment."""

SILENT_SECONDS_MAX = 60.0
"""How long an overdue step may go unsaid, counted while the bot is up."""

PAPERS = ("notes", "engineering", "migration", "undo", "faq", "walkthrough")

FOLLOWS = {
    "ReleaseStaged": ("post/releases", "prepare"),
    "ReleasePrepared": ("post/thread", *(f"text/{kind}" for kind in PAPERS)),
    "PreparationFailed": ("post/broadcast",),
    "FindingRecorded": ("post/thread",),
    "TourTaken": ("post/thread",),
    "ChartsDrawn": ("post/thread",),
    "DeployStarted": ("post/thread", "deploy"),
    "ApprovalAsked": ("post/thread", "text/go-no-go", "earlier"),
    "EarlierKnown": ("post/thread",),
    "ReleaseApproved": ("post/thread",),
    "ApprovalWithdrawn": ("post/thread",),
    "ApprovalExpired": ("post/thread",),
    "ApprovalAskedAgain": ("post/thread",),
    "ReviewersReminded": ("post/thread",),
    "ConcernRaised": ("post/thread",),
    "ConcernDecided": ("post/thread",),
    "FollowUpClosed": ("post/thread",),
    "IncidentRecorded": ("post/thread",),
    "IncidentWithdrawn": ("post/thread",),
    "DemoAsked": ("post/thread",),
    "DemoGiven": ("post/thread",),
    "OverrideAsked": ("post/broadcast",),
    "OverrideGranted": ("post/broadcast",),
    "OverrideDeclined": ("post/thread",),
    "OverrideLapsed": ("post/thread",),
    "PlanChanged": ("post/broadcast",),
    "ReleaseHeld": ("post/thread",),
    "OnCallCalled": ("post/thread", "page"),
    "ReleaseResumed": ("post/thread",),
    "BarsChanged": ("post/thread",),
    "ExposureStuck": ("post/broadcast", "page"),
    "StepOverdue": ("post/broadcast", "page"),
    "WatchStarted": ("post/releases", "post/engineering"),
    "CheckpointTaken": ("post/thread",),
    "ReleaseHealthy": ("post/broadcast", "post/engineering"),
    "ReleaseWithdrawn": ("post/broadcast",),
    "RollbackStarted": ("post/broadcast",),
    "ReleaseReturned": ("post/broadcast",),
    "UndoFailed": ("post/broadcast", "page"),
}
"""What must follow for the world from an event: the ends of its effects' keys."""

MADE, OVER = 1, 4
"""Moments of a lock or a freeze that are announced whatever comes."""

RELEASES = "C0RELEASES"

ACTS = {
    "Approve": "ReleaseApproved",
    "WithdrawApproval": "ApprovalWithdrawn",
    "Reject": "RollbackStarted",
    "RaiseConcern": "ConcernRaised",
    "AskForDemo": "DemoAsked",
    "PromoteRelease": "StepPromoted",
    "GiveUpWayBack": "ReleaseReturned",
    "ChangePlan": "PlanChanged",
    "AskOverride": "OverrideAsked",
    "SecondOverride": "OverrideGranted",
    "DeclineOverride": "OverrideDeclined",
}
"""What a press that names its entry makes happen, where it is accepted."""


def what_follows(row: Row) -> tuple[str, ...]:
    match row.type:
        case "RollbackStarted" if row.body["ending"] == "rolled_back":
            also: tuple[str, ...] = ("incident", "page", "text/diagnosis", "text/incident", "charts")
        case "ReleaseHeld" | "OnCallCalled" if row.body["reason"].startswith(TROUBLES):
            also = ("page", "text/diagnosis")
        case "ArtefactWritten" if row.body["author"] == "template" and row.body["kind"] not in ("go-no-go", "incident"):
            also = ("improve", "post/thread") if row.body["kind"] in ("notes", "walkthrough") else ("improve",)
        case _:
            also = ()
    return (*FOLLOWS.get(row.type, ()), *also)


class Oracle:
    """`look` after every step, `check_the_end` at the end; both raise Violation."""

    def __init__(self, path: Path, clock: Clockwork, outside: Outside, baseline: str) -> None:
        self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        self._clock = clock
        self._outside = outside
        self._baseline = baseline
        self.history = History(self._db, clock)
        self._fresh: list[Row] = []
        self._answers: dict[str, tuple[str, int]] = {}
        self._wishes_checked = 0
        self._said_checked = 0
        self._thread_at: dict[str, int] = {}
        """The version that was last told in each release's thread."""
        self._wrong_seconds: dict[tuple[str, str, str], float] = {}
        self._looked_at = 0.0
        self._was_up = True
        self._dark_since: float | None = None

    def close(self) -> None:
        self._db.close()

    # ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────────

    def position(self) -> int:
        """Of the last row there is."""
        (position,) = self._db.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
        return int(position)

    def open_stories(self) -> list[Story]:
        return [story for story in self.history.stories.values() if not story.ended]

    def everything_has_ended(self) -> bool:
        return not self.open_stories() and not self._open_effects() and not self._not_in_step()

    def what_is_open(self) -> str:
        stories = [f"{story.id} at entry {story.stay.number} (held: {story.held!r})" for story in self.open_stories()]
        return f"releases {stories}, effects {self._open_effects()}, exposure {self._not_in_step()}"

    def jumped(self, seconds: float) -> None:
        for story in self.open_stories():
            story.stay.jumped_seconds += max(0.0, seconds)

    # ── answers to people ────────────────────────────────────────────────────────────────────────────────────────────

    def accepted(self, press: Press, release: str, version: int, before: int) -> None:
        """An answer is kept for ever, is the same every time, and acts for the entry that it names or not at all."""
        self._read()
        answer = (release, version)
        if press.key is not None:
            first = self._answers.setdefault(press.key, answer)
            must(first == answer, f"{press.key} was answered {first}, and now {answer}")
        must(self.history.stories[release].version >= version, f"{press} was answered {answer}, which is not there")
        entry, acts = getattr(press.command, "entry", None), ACTS.get(type(press.command).__name__)
        rows = [row for row in self.history.rows if row.position > before and row.release == release]
        made = [self.history.entry_before(row) for row in rows if row.type == acts and row.version <= version]
        must(not made or entry in made, f"{press} acted in entry {made[-1:]}")
        hold = getattr(press.command, "hold", None)
        resumed = [row.version for row in rows if row.type == "ReleaseResumed" and row.version <= version]
        must(hold is None or not resumed or hold == self._hold_before(release, resumed[-1]), f"{press} lifted another")

    def _hold_before(self, release: str, version: int) -> int:
        """Of what a release was held by last before this event."""
        rows = [row for row in self.history.rows if row.release == release and row.version < version]
        return max(row.version for row in rows if row.type == "ReleaseHeld")

    def refused(self, press: Press, before: int, *, alone: bool) -> None:
        """Nothing happened, and nothing else was ever said under this key."""
        self._read()
        must(press.key not in self._answers, f"{press.key} was answered {self._answers.get(press.key)}; refused now")
        must(not alone or self.position() == before, f"{press} was refused, and something happened")

    # ── after every step ─────────────────────────────────────────────────────────────────────────────────────────────

    def look(self, *, is_up: bool) -> list[Row]:
        """Everything that must be true at any moment; the rows that are new."""
        self._read()
        fresh, self._fresh = self._fresh, []
        if fresh:
            self._check_tables(fresh)
        self._check_requests()
        self._check_chat()
        if fresh or self._clock.now > self._looked_at:
            self._note_darkness()
            self._check_traffic()
            self._check_silence()
        if is_up and not self._was_up:
            self._dark_since = None  # a process that has started may have looked, however short its life
        self._was_up = is_up
        self._looked_at = self._clock.now
        return fresh

    def check_nothing_lost(self) -> None:
        """After a crash: every row that was ever seen is there."""
        (count,) = self._db.execute("SELECT count(*) FROM events").fetchone()
        must(count >= len(self.history.rows), f"{len(self.history.rows)} events were seen, {count} are left")

    def _read(self) -> None:
        self._fresh += self.history.read()

    def _note_darkness(self) -> None:
        """Time in which nobody can have looked, beyond the age at which a look is stale, cannot count as held."""
        end = min(self._clock.now, self._outside.wire.outages.get("metrics", 0.0)) if self._was_up else self._clock.now
        if end > self._looked_at:
            self._dark_since = self._looked_at if self._dark_since is None else self._dark_since
            for story in self.open_stories():
                stale_at = max(self._dark_since, story.stay.since) + story.plan["timing"]["stale"]
                story.stay.unwatched_seconds += max(0.0, end - max(stale_at, self._looked_at))
        if end < self._clock.now:
            self._dark_since = None

    def _check_tables(self, fresh: list[Row]) -> None:
        for row in fresh:
            for end in what_follows(row):
                key = f"{row.release}/{row.version}/{end}"
                there = self._db.execute("SELECT 1 FROM outbox WHERE key = ?", [key]).fetchone()
                must(there, f"{row.type} was committed, and nobody will do {key}")
        slots = {(service, env): release for service, env, release in self._db.execute("SELECT * FROM slots")}
        must(slots == self.history.holders, f"slots {slots}, and by the journal {self.history.holders}")
        wishes = self._db.execute("SELECT service, environment, release, percent FROM exposure").fetchall()
        for service, environment, release, percent in wishes:
            owner = self.history.owners[service, environment]
            wanted = self.history.stories[owner].wanted[environment]
            must((owner, wanted) == (release, percent), f"{environment}: {release} {percent} %, not {owner} {wanted} %")

    # ── the world outside ────────────────────────────────────────────────────────────────────────────────────────────

    def _check_requests(self) -> None:
        """What leaves the bot for the splitter is what was decided, and not what was decided long ago."""
        wishes = self._outside.deployer.wishes
        for wish in wishes[self._wishes_checked :]:
            past = self.history.wishes.get((wish.service, wish.environment, wish.commit), [])
            ends = [*(since for _, since in past[1:]), float("inf")]
            valid = any(
                percent == wish.percent and since <= wish.at <= end + STALE_WISH_SECONDS_MAX
                for (percent, since), end in zip(past, ends, strict=True)
            )
            must(valid, f"{wish} leaves the bot, and by the journal it was {past}")
        self._wishes_checked = len(wishes)

    def _check_chat(self) -> None:
        """No key stands twice, and a thread tells things in the order in which they happened."""
        said = self._outside.chat.in_order
        for one in said[self._said_checked :]:
            must(len(self._told(one.key)) == 1, f"{one.key} stands {len(self._told(one.key))} times in the chat")
            if one.thread_ts is not None:
                release, version = one.key.split("/")[:2]
                last = self._thread_at.setdefault(release, 0)
                must(int(version) >= last, f"{one.key} is told after version {last}")
                self._thread_at[release] = int(version)
        self._said_checked = len(said)

    def _told(self, key: str) -> list[Said]:
        return self._outside.chat.by_key.get(key, [])

    def _check_traffic(self) -> None:
        """A version that has more than it should, for longer than a read-back and a correction take."""
        since = max(self._looked_at, self._outside.wire.outages.get("deployer", 0.0))
        fair_seconds = max(0.0, self._clock.now - since) if self._was_up else 0.0
        for (service, environment), here in self._outside.deployer.environments.items():
            for commit, share in here.shares.items():
                place = (service, environment, commit)
                allowed = FULL if share <= SAME_PERCENT else self._allowed(service, environment, commit)
                if share <= allowed + SAME_PERCENT:
                    self._wrong_seconds.pop(place, None)
                    continue
                lasted = self._wrong_seconds[place] = self._wrong_seconds.get(place, 0.0) + fair_seconds
                words = f"{environment} gives {commit[:7]} {share:g} % for {lasted:.0f} s; allowed are {allowed:g} %"
                must(lasted <= WRONG_TRAFFIC_SECONDS_MAX, words)

    def _allowed(self, service: str, environment: str, commit: str) -> float:
        """The most that this version may have: what its last release wanted; all, once it was proved or succeeded."""
        if commit == self._baseline:
            return FULL
        most = 0.0
        for story in self._stories_of(service):
            if story.commit == commit:
                wanted = story.wanted.get(environment, 0.0)
                succeeded = story.watching and self.history.owners.get((service, environment)) != story.id
                most = max(most, FULL if succeeded and wanted else wanted)
        return most

    def _check_silence(self) -> None:
        """Nothing waits for ever in silence: a step that lasts too long is said, and pages, once the bot is up."""
        for story in self.open_stories():
            stay = story.stay
            if story.step is None or stay.overdue or story.barred or not self._was_up:
                continue
            since = max(self._looked_at, max(stay.since, stay.freed_at) + story.step["time_max"])
            stay.silent_seconds += max(0.0, self._clock.now - since)
            words = f"{story.id} is in entry {stay.number} since {stay.since:.0f} and nobody was told"
            must(stay.silent_seconds <= SILENT_SECONDS_MAX, words)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open_effects(self) -> list[str]:
        return [key for (key,) in self._db.execute("SELECT key FROM outbox WHERE state IN ('waiting', 'leased')")]

    def _not_in_step(self) -> list[tuple[Any, ...]]:
        differs = "SELECT service, environment, release, percent FROM exposure WHERE observed_generation <> generation"
        return self._db.execute(differs).fetchall()

    def check_the_end(self, *, is_tidy: bool) -> None:
        """Every effect has happened once, traffic is where it should be, and the cards say how it ended.

        `is_tidy`: no deploy can have landed after its undo, so what was undone does not run.
        """
        self.check_nothing_lost()
        must(self.everything_has_ended(), f"something has begun again: {self.what_is_open()}")
        for key, reason in self._db.execute("SELECT key, reason FROM outbox WHERE state = 'given_up'"):
            words = (
                "/post/" in key
                or "/announce/" in key
                or "/gap/" in key
                or key.endswith(("/page", "/incident", "/improve", "/charts", "/tour"))
            )
            must(not words, f"{key} was given up: {reason}")
        for row in self.history.rows:
            self._check_happened(row)
        self._check_announced()
        for service, environment, commit, percent in self._db.execute(
            'SELECT service, environment, "commit", percent FROM exposure'
        ):
            share = self._outside.deployer.environments[service, environment].shares.get(commit, 0.0)
            must(abs(share - percent) <= SAME_PERCENT, f"{environment} gives {commit[:7]} {share} %, not {percent} %")
        for (service, environment), here in self._outside.deployer.environments.items() if is_tidy else ():
            gone = {s.commit for s in self._stories_of(service) if s.going_back and s.environment == environment}
            kept = {s.commit for s in self._stories_of(service) if s.wanted.get(environment)} | {self._baseline}
            must(not (gone - kept) & here.shares.keys(), f"{environment} runs {here.shares}, and {gone} were undone")
        for story in self.history.stories.values():
            (card,) = self._told(f"{story.id}/1/post/releases")
            shown = json.dumps([card.rendered.text, card.rendered.blocks]).lower()
            must(story.ended in shown, f"{story.id} ended {story.ended}; its card: {card.rendered.text}")

    def _check_announced(self) -> None:
        """Every lock and freeze was announced when it was made and when it was over, once."""
        for (name,) in self._db.execute("SELECT id FROM bars"):
            for moment in (MADE, OVER):
                key = f"{name}/{moment}/announce/{RELEASES}"
                must(len(self._told(key)) == 1, f"{key} stands {len(self._told(key))} times in the chat")

    def _stories_of(self, service: str) -> list[Story]:
        return [story for story in self.history.stories.values() if story.service == service]

    def _check_happened(self, row: Row) -> None:
        for end in what_follows(row):
            key = f"{row.release}/{row.version}/{end}"
            if end.startswith("post/") or end == "page":
                must(len(self._told(key)) == 1, f"{row.type}: {key} does not stand in the chat")
            if end == "incident":
                must(key in self._outside.incidents.filed, f"{row.type}: {key} was not filed")


PROJECTIONS = (
    'SELECT id, service, phase, moving, version, "commit", name FROM releases ORDER BY id',
    "SELECT * FROM slots ORDER BY service, environment",
    "SELECT service, environment, release FROM queue ORDER BY position",
    'SELECT service, "commit", release FROM blocks ORDER BY service, "commit"',
    'SELECT service, environment, release, entry, "commit", percent, observed_percent FROM exposure ORDER BY 1, 2',
)


def projections(path: Path) -> list[list[tuple[Any, ...]]]:
    """The derived tables of a database file."""
    db = sqlite3.connect(path)
    try:
        return [db.execute(query).fetchall() for query in PROJECTIONS]
    finally:
        db.close()
