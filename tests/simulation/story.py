"""What the journal's raw rows tell, and what no journal may tell: the safety of one release after another.

`History` reads rows that are new and holds each against the promises: nothing twice, nothing for an entry that is past,
no exposure before its deploy and its approvals, none that rises out of order, no way forward after the way back, places
one at a time and first come first served. The one thing to remember: this is a second opinion, derived from the design
and never from `bot.core`; it knows types and bodies of rows and nothing of phases.
"""

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.clockwork import Clockwork
from tests.simulation.plans import GROUPS, MAPPED, PERSONS

OVERRIDE_SECONDS_MAX = 3_600.0
FULL = 100.0
SLACK_SECONDS = 1.0
EXTENDED = 4.0
"""Times the time of a step: what a plan that extends gives a step that lacks data."""

WORDS = frozenset({"ArtefactWritten", "ChartsDrawn", "FindingRecorded", "TourTaken"})
"""They move nothing, and may be about what is past."""

INCIDENTS = {"IncidentRecorded", "IncidentKeyed", "IncidentWithdrawn"}
AFTER_THE_END = WORDS | INCIDENTS | {"BuildUnblocked", "DemoGiven", "FollowUpClosed"}

ENDINGS = {
    "ReleaseHealthy": "healthy",
    "PreparationFailed": "could not be prepared",
    "ReleaseWithdrawn": "cancelled",
    "ReleaseSuperseded": "superseded",
}
"""Events that end a release, and the word for it on its card; `ReleaseReturned` brings its own."""

FORWARD = {"StageEntered", "StepEntered", "StepPassed", "StepPromoted", "WatchStarted", "ReleaseHealthy", "Deployed"}
MOVES = {"StageEntered", "StepEntered", "WatchStarted", "RollbackStarted"}
"""Events that begin a new entry."""

ONCE = {"ReleaseStaged", "ReleasePrepared", "RollbackStarted", "WatchStarted", "TrafficRestored", "ReleaseHealthy"}
LATE_SECONDS_MAX = 1_800.0
"""What is told by the clock later than that is not told."""
ONCE_AN_ENTRY = {"StepPassed", "StepPromoted", "Deployed", "ApprovalAsked"}
GOOD = {"pass", "inconclusive"}
TROUBLES = ("fails where users are", "looks worse in its watch")
"""How the reasons begin for which on-call is called although nothing goes back."""
UNREADABLE = "nothing can be read"


class Violation(AssertionError):
    """The world has seen something that must not be."""


def must(holds: object, words: str) -> None:
    if not holds:
        raise Violation(words)


@dataclass(frozen=True)
class Row:
    """A raw row of the journal."""

    position: int
    release: str
    version: int
    at: float
    """By the bot's clock."""
    actor: dict[str, Any]
    type: str
    body: dict[str, Any]

    @property
    def moves(self) -> bool:
        """Whether a new entry begins with it."""
        return self.type in MOVES or (self.type == "PlanChanged" and self.body["is_new"])

    @property
    def brief(self) -> str:
        """For the trace."""
        shown = {key: self.body[key] for key in _SHOWN if self.body.get(key) is not None}
        if verdict := self.body.get("verdict"):
            shown["verdict"] = f"{verdict['outcome']}/{verdict['pace']}: {verdict['rule']}"
        return " ".join(f"{key}={value}" for key, value in shown.items())


_SHOWN = ("entry", "stage", "step", "exposure", "percent", "environment", "reason", "cause", "ending", "role")


@dataclass
class Override:
    """The emergency path of one entry: who asked, and what it may go past once a second person has agreed."""

    by: tuple[str, str]
    """Id and door."""
    at: float
    bars: set[str]
    gates: set[str]
    is_granted: bool = False
    lent: set[str] = field(default_factory=set)
    """Who was away, and had left their roles to whoever asked."""


@dataclass
class Stay:
    """One entry, as far as the rows tell it. `held` can be no more than what passed, less what nobody watched."""

    number: int
    since: float
    step: int | None = None
    jumped_seconds: float = 0.0
    """How far the bot's clock jumped ahead meanwhile: that counts as time in the step."""
    unwatched_seconds: float = 0.0
    """Time that cannot have counted as held: the bot was down, or the metrics were."""
    silent_seconds: float = 0.0
    """How long it has been overdue, the bot up and nobody told."""
    subject: str = ""
    owed: dict[str, Any] | None = None
    """The question of a changed plan, in the place of the step's own."""
    approved: dict[tuple[str, str], float] = field(default_factory=dict)
    """By role and person whose yes it is, when it was said by the bot's clock."""
    given: dict[tuple[str, str], tuple[str, float]] = field(default_factory=dict)
    """The same, by whom and when: a delegate gives the yes of somebody who is away."""
    reminded: dict[str, list[float]] = field(default_factory=dict)
    outcome: str = ""
    """Of the last verdict."""
    lacks_data: bool = False
    failing: frozenset[tuple[str, str]] = frozenset()
    """By the last verdict: metrics and their criteria."""
    called: frozenset[tuple[str, str]] = frozenset()
    """What on-call was called for, or what was failing when somebody let it go on."""
    called_blind: bool = False
    unread_since: float = 0.0
    """When it turned out, last, that nothing can be read."""
    promoted: bool = False
    overdue: bool = False
    overrides: dict[int, Override] = field(default_factory=dict)
    """By number, those that are asked for or count."""
    checkpoint_at: float = 0.0
    freed_at: float = 0.0
    """When the last lock or freeze that stopped it here ended, or it was let go on although it was overdue."""

    def voice_of(self, role: str, actor: str, at: float | None = None) -> str:
        """Whose yes in this role that person gave."""
        for (as_role, voice), (by, when) in self.given.items():
            if (as_role, by) == (role, actor) and at in (None, when):
                return voice
        return actor


@dataclass
class Story:
    """One release."""

    id: str
    service: str
    plan: dict[str, Any]
    version: int = 0
    commit: str = ""
    authors: set[str] = field(default_factory=set)
    """Who wrote its changes; "" stands for whoever is not known."""
    stage: int = 0
    stay: Stay = field(default_factory=lambda: Stay(0, 0.0))
    left: Stay = field(default_factory=lambda: Stay(0, 0.0))
    """The entry before the present one."""
    ended: str = ""
    held: str = ""
    going_back: bool = False
    watching: bool = False
    wanted: dict[str, float] = field(default_factory=dict)
    """Percent that it last wanted, by environment."""
    deployed: set[str] = field(default_factory=set)
    open_concerns: list[int] = field(default_factory=list)
    seen: set[tuple[str, Any]] = field(default_factory=set)
    asked: dict[int, bool] = field(default_factory=dict)
    """By stage that it has left, whether anybody was asked there, by the plan that it had then."""
    must_go_back: bool = False
    must_call: bool = False
    """It fails where users are in a way that nobody was called for, and does not go back by itself."""
    barred: bool = False
    """Whether it says that a lock or a freeze stops it."""

    @property
    def environment(self) -> str:
        """Of its stage; empty where nothing is deployed."""
        return self.plan["stages"][self.stage]["environment"] or ""

    @property
    def step(self) -> dict[str, Any] | None:
        if self.stay.step is None:
            return None
        step: dict[str, Any] = self.plan["stages"][self.stage]["steps"][self.stay.step]
        return step

    def gate(self, kind: str) -> dict[str, Any] | None:
        gates = self.step["gates"] if self.step else []
        if kind == "approval" and self.stay.owed is not None:
            return self.stay.owed
        return next((gate for gate in gates if gate["gate"] == kind), None)


class History:
    """All stories, and what they share: places, queues, whose wish an environment follows."""

    def __init__(self, db: sqlite3.Connection, clock: Clockwork) -> None:
        self._db = db
        self._clock = clock
        self.rows: list[Row] = []
        self.stories: dict[str, Story] = {}
        self.holders: dict[tuple[str, str], str] = {}
        self.owners: dict[tuple[str, str], str] = {}
        """Service and environment → the release whose wish its traffic follows."""
        self.wishes: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
        """Service, environment, commit → percent and since when, oldest first."""
        self._queues: dict[tuple[str, str], list[str]] = {}
        self._caused: dict[tuple[str, str], tuple[str, int]] = {}
        """Service and an incident's key → the release on which it stands, and its number there."""

    def read(self) -> list[Row]:
        """Rows that are new."""
        last = self.rows[-1].position if self.rows else 0
        found = self._db.execute(
            "SELECT position, release, version, at, actor, type, body FROM events WHERE position > ? ORDER BY position",
            [last],
        ).fetchall()
        fresh = [
            Row(p, release, v, at, json.loads(actor), kind, json.loads(body))
            for p, release, v, at, actor, kind, body in found
        ]
        for row in fresh:
            self.rows.append(row)
            self._hear(row)
        return fresh

    def entry_before(self, row: Row) -> int:
        """The entry that its release was in."""
        earlier = (r for r in reversed(self.rows) if r.release == row.release and r.version < row.version)
        return next((int(r.body["entry"]) for r in earlier if r.moves), 0)

    # ── every row ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _hear(self, row: Row) -> None:
        if row.type == "ReleaseStaged":
            must(row.release not in self.stories, f"{row.release} is staged twice")
            self.stories[row.release] = Story(row.release, row.body["service"], row.body["plan"])
        story = self.stories[row.release]
        must(row.version == story.version + 1, f"{row.release}: version {row.version} after {story.version}")
        story.version = row.version
        self._check_order(story, row)
        self._check_once(story, row)
        self._check_entry(story, row)
        for person in row.actor["stands_for"]:
            must(self._is_away(person, row.actor["id"], row.at), f"{row.release}: {row.actor} stands for {person}")
        self._hear_of_bars(story, row)
        self._hear_of_places(story, row)
        self._hear_of_plans(story, row)
        self._hear_of_traffic(story, row)
        self._hear_of_approvals(story, row)
        _hear_of_overrides(story, row)
        self._hear_of_gates(story, row)
        self._hear_of_incidents(story, row)
        if row.type in ENDINGS or row.type == "ReleaseReturned":
            self._end(story, row)

    def _check_order(self, story: Story, row: Row) -> None:
        must(not story.ended or row.type in AFTER_THE_END, f"{row.release} has ended; {row.type} comes after")
        must(not (story.going_back and row.type in FORWARD), f"{row.release}: {row.type} after its rollback")
        if story.must_go_back:
            must(row.type in ("PlaceTaken", "RollbackStarted"), f"{row.release} failed, and then comes {row.type}")
            story.must_go_back = row.type == "PlaceTaken"
        if story.must_call:
            wanted = "OnCallCalled" if story.held else "ReleaseHeld"
            must(row.type == wanted, f"{row.release} fails where users are, and then comes {row.type}")
            story.must_call = False

    def _check_once(self, story: Story, row: Row) -> None:
        once: tuple[str, Any] | None = None
        if row.type in ONCE:
            once = (row.type, None)
        elif row.type in ONCE_AN_ENTRY:
            once = (row.type, row.body["entry"])
        elif row.type == "ReleaseApproved":
            once = (row.type, (row.body["entry"], row.body["role"], _voice(row.body["behalf"], row.actor)))
        elif row.type in {"ConcernDecided", *INCIDENTS}:
            once = (row.type, row.body["number"])
        if once is not None:
            must(once not in story.seen, f"{row.release}/{row.version}: {once} happens twice")
            story.seen.add(once)

    def _check_entry(self, story: Story, row: Row) -> None:
        entry = row.body.get("entry")
        if entry is None or row.type in WORDS:
            return
        expected = story.stay.number + 1 if row.moves else story.stay.number
        must(entry == expected, f"{row.release}: {row.type} for entry {entry}, and it is at {story.stay.number}")
        if row.moves:
            story.left, story.stay = story.stay, Stay(entry, self._clock.now)

    def _hear_of_incidents(self, story: Story, row: Row) -> None:
        """One key stands on one release of a service, and that one was deployed where its users are."""
        if row.type in ("IncidentRecorded", "IncidentKeyed"):
            last = story.plan["stages"][-1]["environment"]
            deployed = (r for r in self.rows if r.release == row.release and r.type == "DeployStarted")
            must(any(r.body["environment"] == last for r in deployed), f"{row.release} had no users to harm")
            nameless = (story.service, f"{row.release}#{row.body['number']}")
            gone = self._caused.pop(nameless, None)
            must((gone is not None) == (row.type == "IncidentKeyed"), f"{row.release}: {row.type} of {nameless}")
            known = (story.service, row.body["key"].casefold()) if row.body["key"] else nameless
            must(known not in self._caused, f"{row.release}: {known} stands on {self._caused.get(known)} already")
            self._caused[known] = (row.release, row.body["number"])
        elif row.type == "IncidentWithdrawn":
            gone = [known for known, at in self._caused.items() if at == (row.release, row.body["number"])]
            must(len(gone) == 1, f"{row.release}: incident {row.body['number']} is taken back and stood nowhere")
            del self._caused[gone[0]]

    def _end(self, story: Story, row: Row) -> None:
        story.ended = ENDINGS.get(row.type) or row.body["ending"].replace("_", " ")
        for queue in self._queues.values():
            if story.id in queue:
                queue.remove(story.id)
        must(story.id not in self.holders.values(), f"{story.id} has ended and holds a place")

    # ── locks and freezes ────────────────────────────────────────────────────────────────────────────────────────────

    def _hear_of_bars(self, story: Story, row: Row) -> None:
        """None gets more of its users' traffic while a row says that its service is locked or frozen."""
        if row.type == "BarsChanged":
            must(not story.going_back, f"{story.id} is stopped on its way back")
            story.barred, story.stay.freed_at = bool(row.body["bars"]), self._clock.now
        if row.type == "RollbackStarted":
            story.barred = False
        if self._gets_more(story, row):
            must(not story.barred, f"{story.id} gets more traffic, and says that it is stopped")
            standing = [bar for bar in self._in_force(story, row) if bar not in _passed_bars(story, row)]
            must(not standing, f"{story.id}: {row.type} while {standing} stands")

    def _gets_more(self, story: Story, row: Row) -> bool:
        is_last = story.environment == story.plan["stages"][-1]["environment"]
        more = row.type == "ReleaseHealthy" and story.plan["watch"]["holdback"] > 0
        return is_last and (more or row.type in ("DeployStarted", "StepEntered"))

    def _in_force(self, story: Story, row: Row) -> list[str]:
        """At the row's own time: a clock that was put back meanwhile is the bot's excuse."""
        found = self._db.execute(
            "SELECT id, services FROM bars WHERE lifted IS NULL AND made_at < ?1 AND starts_at < ?1 "
            "AND (ends_at IS NULL OR ends_at > ?1)",
            [row.at],
        )
        return [name for name, services in found if not json.loads(services) or story.service in json.loads(services)]

    # ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _hear_of_places(self, story: Story, row: Row) -> None:
        place = (story.service, str(row.body.get("environment")))
        queue = self._queues.setdefault(place, [])
        match row.type:
            case "PlaceQueued" if story.id not in queue:
                queue.append(story.id)
            case "PlaceTaken":
                holder = self.holders.get(place)
                must(holder is None, f"{story.id} takes {place}, and {holder} is there")
                first = not queue or queue[0] == story.id
                must(first or story.watching, f"{story.id} takes {place} before {queue[:1]}, who waited longer")
                if story.id in queue:
                    queue.remove(story.id)
                self.holders[place] = story.id
            case "PlaceLeft":
                must(self.holders.pop(place, None) == story.id, f"{story.id} leaves {place}, which is not its own")
            case _:
                pass

    # ── changed plans ────────────────────────────────────────────────────────────────────────────────────────────────

    def _hear_of_plans(self, story: Story, row: Row) -> None:
        """By an operator of both plans, with the same systems; what it stands in begins anew, with no more traffic."""
        if row.type != "PlanChanged":
            return
        old, new, actor = story.plan, row.body["plan"], row.actor
        for plan in (old, new):
            may = actor["door"] == "shell" or actor["id"] in plan["operators"]
            must(may, f"{story.id}: {actor['id']} changes the plan, and operates nothing")
        must(row.body["reason"], f"{story.id}: a changed plan without a reason")
        must(row.body["old_digest"] != row.body["plan_digest"], f"{story.id}: a plan is changed to itself")
        for key in ("service", "deployer", "changes", "metrics_from", "incidents"):
            must(old[key] == new[key], f"{story.id}: {key} changed while it moves")
        behind = [[one["name"] for one in plan["stages"][: story.stage + 1]] for plan in (old, new)]
        must(story.stay.number == 0 or behind[0] == behind[1], f"{story.id}: stages {behind} changed behind it")
        is_judged = story.left.step is not None if row.body["is_new"] else story.stay.step is not None
        is_judged = is_judged or story.watching
        must(row.body["is_new"] == is_judged, f"{story.id}: what was judged is not judged anew")
        if story.stay.number:
            self._ask_again(story, row, old, new)
        story.plan, story.stay.step = new, row.body["step"] if row.body["is_new"] else story.stay.step
        if row.body["is_new"] and row.body["exposure"] is not None:
            self._stand(story, row.body["exposure"])

    def _ask_again(self, story: Story, row: Row, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Nobody is asked less, and whoever said yes to another way ahead is asked before it gets more."""
        before, after = ([(s["environment"] or s["name"], _roles(s)) for s in of["stages"]] for of in (old, new))
        for place, roles in before:
            must(not roles or roles <= dict(after).get(place, set()), f"{story.id}: {place} asks less of people")
        for role in {role for _, roles in before for role in roles}:
            more = {*new["roles"][role]} - {*old["roles"][role]}
            must(not more, f"{story.id}: {more} may say yes as {role} by a changed plan")
        is_same = old["stages"][story.stage :] == new["stages"][story.stage :] and all(
            old[key] == new[key] for key in ("metrics", "checks", "timing", "low_traffic")
        )
        said = set[str]().union(*(roles for _, roles in before[: story.stage]))
        story.stay.owed = owed = row.body["owed"]
        if said and not is_same and not story.watching:
            must(owed and said <= {*owed["roles"]}, f"{story.id}: a yes counts for a way that was not shown")

    def _stand(self, story: Story, exposure: float) -> None:
        """At the same exposure or the nearest lower one."""
        before = story.wanted.get(story.environment, 0.0)
        must(exposure <= before, f"{story.id} goes from {before} % to {exposure} % by a changed plan")
        if story.step is not None:
            limit, levels = story.step["exposure"], [s["exposure"] for s in story.plan["stages"][story.stage]["steps"]]
            must(exposure <= limit, f"{story.id} has {exposure} %, and its step allows {limit} %")
            nearer = [level for level in levels if exposure < level <= before and level != limit]
            must(not nearer, f"{story.id} goes down to {exposure} %, past {nearer}")
        if not story.watching or self.owners[story.service, story.environment] == story.id:
            self._wish(story, story.environment, exposure)  # or a successor has tried, and what it has is its row

    # ── traffic ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _hear_of_traffic(self, story: Story, row: Row) -> None:
        match row.type:
            case "ReleasePrepared":
                story.commit = row.body["commit"]
                story.authors = {_person(change) for change in row.body["changes"]}
            case "StageEntered":
                story.stage = row.body["stage"]
            case "DeployStarted":
                place = (story.service, row.body["environment"])
                must(self.holders.get(place) == story.id, f"{story.id} deploys to {place} without its place")
                self._wish(story, place[1], 0.0)
            case "Deployed":
                story.deployed.add(story.environment)
            case "StepEntered":
                self._enter_step(story, row)
            case "WatchStarted":
                story.watching = True
                must(("StepPassed", story.stay.number - 1) in story.seen, f"{story.id} has skipped its last step")
                self._wish(story, story.environment, row.body["exposure"])
            case "ReleaseHealthy":
                must(story.watching, f"{story.id} is healthy, and was never watched")
                must(not story.open_concerns, f"{story.id} is healthy with open concerns")
                self._check_held(story, story.plan["watch"]["time"])
                place = (story.service, story.environment)
                keeps_some = story.wanted.get(story.environment, 0.0) < FULL
                if self.owners[place] == story.id or (keeps_some and place not in self.holders):
                    self._wish(story, story.environment, FULL)
            case "RollbackStarted":
                self._go_back(story, row)
            case "TrafficRestored":
                must(story.going_back, f"{story.id}: traffic restored, and nothing was taken back")
            case _:
                pass

    def _enter_step(self, story: Story, row: Row) -> None:
        must(row.body["stage"] == story.stage, f"{story.id} enters a step of another stage")
        number = story.stay.step = row.body["step"]
        passed = number == 0 or ("StepPassed", story.stay.number - 1) in story.seen
        must(passed, f"{story.id} has skipped a step")
        for earlier in range(story.stage):
            asked = story.asked.get(earlier, True)
            must(not asked or ("approved", earlier) in story.seen, f"{story.id} gets traffic without its approvals")
        if story.environment:
            self._rise(story, row.body["exposure"])

    def _rise(self, story: Story, exposure: float) -> None:
        before, limit = story.wanted.get(story.environment, 0.0), (story.step or {})["exposure"]
        must(exposure <= limit, f"{story.id} wants {exposure} %, and its step allows {limit} %")
        must(exposure > before, f"{story.id} goes from {before} % to {exposure} % on its way forward")
        must(story.environment in story.deployed, f"{story.id} wants traffic before it is deployed")
        self._wish(story, story.environment, exposure)

    def _go_back(self, story: Story, row: Row) -> None:
        story.going_back, story.held = True, ""
        environment = row.body["environment"]
        if environment is not None:
            holder = self.holders.get((story.service, environment))
            must(holder == story.id, f"{story.id} takes traffic back in {environment}, which {holder} holds")
            self._wish(story, environment, 0.0)

    def _wish(self, story: Story, environment: str, percent: float) -> None:
        self.owners[story.service, environment] = story.id
        story.wanted[environment] = percent
        past = self.wishes.setdefault((story.service, environment, story.commit), [])
        past.append((percent, self._clock.now))

    # ── gates and people ─────────────────────────────────────────────────────────────────────────────────────────────

    def _hear_of_approvals(self, story: Story, row: Row) -> None:
        match row.type:
            case "ApprovalAsked":
                story.stay.subject = row.body["subject"]
            case "ReleaseApproved":
                self._approve(story, row)
            case "ApprovalExpired":
                age, allowed = row.at - row.body["given_at"], (story.gate("approval") or {})["expires"]
                must(age >= allowed, f"{story.id}: a yes expires after {age:.0f} s")
                role, by, given_at = row.body["role"], row.body["by"]["id"], row.body["given_at"]
                self._take_back(story, role, story.stay.voice_of(role, by, given_at))
            case "ApprovalAskedAgain":
                story.stay.subject = row.body["subject"]
                for one in row.body["void"]:
                    self._take_back(story, one["role"], _voice(one["behalf"], one["actor"]))
            case "ReviewersReminded":
                self._remind(story, row)
            case "ApprovalWithdrawn":
                for role in row.body["roles"]:
                    self._take_back(story, role, story.stay.voice_of(role, row.actor["id"]))
            case _:
                pass

    def _hear_of_gates(self, story: Story, row: Row) -> None:
        stay = story.stay
        match row.type:
            case "VerdictChanged":
                self._judge(story, row.body["verdict"])
            case "VerdictLapsed":
                stay.unread_since = stay.unread_since if stay.outcome == "error" else row.at
                stay.outcome, stay.failing = "error", frozenset()
            case "CheckpointTaken":
                due_at = row.body["due_at"]
                must(due_at > stay.checkpoint_at, f"{story.id}: a checkpoint is taken twice, or after a later one")
                must(0 <= row.at - due_at <= LATE_SECONDS_MAX, f"{story.id}: a checkpoint {row.at - due_at:.0f} s late")
                stay.checkpoint_at = due_at
            case "StepPromoted":
                self._promote(story, row)
            case "StepOverdue":
                must(not stay.overdue, f"{story.id} is overdue again, and nobody has let it go on")
                stay.overdue = True
            case "StepPassed":
                self._pass(story, row)
            case "ReleaseHeld" | "OnCallCalled" | "ReleaseResumed":
                self._hold(story, row)
            case "ConcernRaised":
                story.open_concerns.append(row.body["number"])
            case "ConcernDecided":
                story.open_concerns.remove(row.body["number"])
            case _:
                pass

    def _judge(self, story: Story, verdict: dict[str, Any]) -> None:
        """Going back by itself, or somebody is called: at once, once for each thing that fails."""
        stay = story.stay
        if verdict["outcome"] == "error" != stay.outcome:
            stay.unread_since = self._clock.now
        stay.outcome, stay.lacks_data = verdict["outcome"], verdict["lacks_data"]
        failing = ((one["metric"], one["criterion"]) for one in verdict["findings"] if one["outcome"] == "fail")
        stay.failing = frozenset(failing) if stay.outcome == "fail" else frozenset()
        if not story.held and verdict["pace"] == "run":
            stay.called = frozenset()
        stay.called_blind = stay.called_blind and (bool(story.held) or stay.outcome == "error")
        returns = story.plan["stages"][story.stage]["on_failure"] == "rollback"
        fails = stay.outcome == "fail" and stay.step is not None
        story.must_go_back = fails and returns
        alone = story.plan["watch"]["holdback"] == 0 if story.watching else not returns and stay.step is not None
        serves = story.environment == story.plan["stages"][-1]["environment"]
        story.must_call = alone and serves and not stay.failing <= stay.called

    def _hold(self, story: Story, row: Row) -> None:
        stay = story.stay
        if row.type == "ReleaseResumed":
            story.held, stay.called = "", stay.failing
            unread = self._clock.now - stay.unread_since if stay.outcome == "error" else 0.0
            stay.called_blind = stay.called_blind and unread >= story.plan["timing"]["blind_max"]
            if stay.overdue:  # it has its time once more
                stay.overdue, stay.freed_at, stay.silent_seconds = False, self._clock.now, 0.0
            return
        must(row.body["reason"], f"{story.id} is held without a reason")
        is_held = row.type == "OnCallCalled"
        must(bool(story.held) == is_held, f"{story.id}: {row.type}, and it is held: {story.held!r}")
        story.held = story.held or row.body["reason"]
        if row.actor["id"] == "songbird":
            self._call(story, row)

    def _call(self, story: Story, row: Row) -> None:
        """Nobody is called twice for what they were called for, or for what they let go on."""
        stay, reason = story.stay, row.body["reason"]
        if reason.startswith(TROUBLES):
            must(not stay.failing <= stay.called, f"{story.id}: on-call is called again for {set(stay.failing)}")
            stay.called |= stay.failing
        if reason.startswith(UNREADABLE):
            must(stay.outcome == "error", f"{story.id} can be read, and on-call is called because it cannot")
            must(not stay.called_blind, f"{story.id}: on-call is called again because nothing can be read")
            stay.called_blind = True

    def _approve(self, story: Story, row: Row) -> None:
        role, actor = row.body["role"], row.actor
        must(row.body["subject"] == story.stay.subject != "", f"{story.id}: an approval of something else")
        must(actor["door"] == "slack", f"{story.id}: an approval through the door {actor['door']}")
        behalf = row.body["behalf"]
        if behalf:
            must(behalf in story.plan["roles"][role], f"{story.id}: {behalf} has no role {role} by name to leave")
            must(behalf in actor["stands_for"], f"{story.id}: {actor['id']} approves for {behalf}, who is there")
        else:
            must(actor["id"] in _holders(story, role), f"{story.id}: {actor['id']} approves as {role}")
        gate = story.gate("approval") or {}
        must(row.body["solo"] == story.plan["solo"], f"{story.id}: the journal hides that one person is enough")
        if gate["own_changes"] == "barred" and not story.plan["solo"]:
            wrote = story.authors & {actor["id"], behalf}
            must(not wrote - {""}, f"{story.id}: {actor['id']} approves what {wrote} wrote")
            everybody = gate["unmatched"] == "bars-everybody" and "" in story.authors
            must(not everybody, f"{story.id}: {actor['id']} approves what nobody knows who wrote")
        given_by = [who for (as_role, _), (who, _) in story.stay.given.items() if as_role == role]
        must(actor["id"] not in given_by, f"{story.id}: {actor['id']} has two voices as {role}")
        voice = _voice(behalf, actor)
        if gate.get("distinct") and not story.plan["solo"]:
            others = {one for (_, other), (giver, _) in story.stay.given.items() for one in (other, giver)}
            must(not others & {voice, actor["id"]}, f"{story.id}: {actor['id']} fills two roles, as {voice} in {role}")
        story.stay.approved[role, voice], story.stay.given[role, voice] = row.at, (actor["id"], row.at)

    def _is_away(self, person: str, delegate: str, at: float) -> bool:
        """By the rows, which nobody deletes: whether this person had left it to that one."""
        rows = self._db.execute(
            "SELECT 1 FROM absences WHERE json_extract(person, '$.id') = ? AND delegate = ? "
            "AND starts_at <= ? AND ends_at > ? AND (ended_at IS NULL OR ended_at >= ?)",
            [person, delegate, at, at, at],
        )
        return rows.fetchone() is not None

    def _take_back(self, story: Story, role: str, person: str) -> None:
        """A yes that counts no more; it may be given again."""
        must((role, person) in story.stay.approved, f"{story.id}: {person} has no yes as {role}")
        del story.stay.approved[role, person], story.stay.given[role, person]
        story.seen.remove(("ReleaseApproved", (story.stay.number, role, person)))

    def _remind(self, story: Story, row: Row) -> None:
        """Never more often than the plan says, and never closer together."""
        remind, before = (story.gate("approval") or {})["remind"], story.stay.reminded
        for person in row.body["people"]:
            times = before.setdefault(person, [])
            must(len(times) < remind["most"], f"{story.id}: {person} is reminded once too often")
            must(not times or row.at - times[-1] >= remind["every"], f"{story.id}: {person} is reminded too soon")
            given = {role for role, who in story.stay.approved if who == person}
            must(given != set(story.plan["roles"]), f"{story.id}: {person} has said yes and is reminded")
            times.append(row.at)

    def _promote(self, story: Story, row: Row) -> None:
        go = story.gate("go")
        may = _holders(story, go["role"]) if go else story.plan["operators"]
        actor = row.actor
        lent = go and {*actor["stands_for"]} & {*story.plan["roles"][go["role"]]}
        must(actor["door"] != "slack" or actor["id"] in may or lent, f"{story.id}: {actor['id']} may not promote")
        outcome = story.stay.outcome
        must(not story.gate("health") or outcome in GOOD, f"{story.id} is promoted on the verdict {outcome!r}")
        story.stay.promoted = True

    def _pass(self, story: Story, row: Row) -> None:
        stay, passed = story.stay, _passed_gates(story)
        must(not story.held, f"{story.id} passes a step while it is held: {story.held}")
        must(not story.open_concerns, f"{story.id} passes a step with open concerns")
        must(stay.outcome != "fail", f"{story.id} passes on a metric that fails")
        if (approval := story.gate("approval")) and "approval" not in passed:
            for role, needed in approval["roles"].items():
                given = {person for as_role, person in stay.approved if as_role == role}
                if approval["expires"] is not None:
                    given = {who for who in given if row.at - stay.approved[role, who] < approval["expires"]}
                wanted = 1 if story.plan["solo"] else needed
                must(len(given) >= wanted, f"{story.id} passes with {len(given)} of {wanted} yes from {role}")
        steps = story.plan["stages"][story.stage]["steps"]
        story.asked[story.stage] = any(gate["gate"] == "approval" for step in steps for gate in step["gates"])
        if approval:
            story.seen.add(("approved", story.stage))
        go = story.gate("go")
        must(not go or stay.promoted or "go" in passed, f"{story.id} goes, and nobody said so")
        if (health := story.gate("health")) and "health" not in passed:
            must(stay.outcome in GOOD, f"{story.id} passes on the verdict {stay.outcome!r}")
            if go or not stay.promoted:
                self._check_held(story, health["held"] * self._patience(story))
        if (minimum := story.gate("minimum-time")) and "minimum-time" not in passed:
            lasted = self._clock.now - stay.since + stay.jumped_seconds + SLACK_SECONDS
            must(lasted >= minimum["time"], f"{story.id} passes after {lasted:.0f} s")

    def _patience(self, story: Story) -> float:
        """Times the time of a step, that a step without enough data has to be watched for."""
        if not story.stay.lacks_data:
            return 1.0
        must(story.plan["low_traffic"] != "hold", f"{story.id} passes without enough data, and was to wait for it")
        return EXTENDED if story.plan["low_traffic"] == "extend" else 1.0

    def _check_held(self, story: Story, seconds: float) -> None:
        """The jumps of a clock count for no more than the age at which a look is stale."""
        stay = story.stay
        jumped = min(stay.jumped_seconds, story.plan["timing"]["stale"])
        most = self._clock.now - stay.since + jumped - stay.unwatched_seconds + SLACK_SECONDS
        must(
            most >= seconds,
            f"{story.id} held at most {most:.0f} s in entry {stay.number}, and {seconds:g} s are asked for",
        )


def _hear_of_overrides(story: Story, row: Row) -> None:
    """Two people, each of a role that the plan names; nobody seconds their own; and never past what fails."""
    overrides, actor = story.stay.overrides, (row.actor["id"], row.actor["door"])
    lent = {*row.actor["stands_for"]}
    match row.type:
        case "OverrideAsked":
            must(story.plan["override"], f"{story.id}: an override, and the plan has none")
            is_known = actor[0] in story.plan["people"] or story.plan["solo"]
            must(
                is_known if actor[1] == "shell" else _may_override(story, *actor[:1], *lent),
                f"{story.id}: {actor} asks for an override",
            )
            there = [number for number, one in overrides.items() if not one.is_granted]
            must(not there, f"{story.id}: another override while {there} waits")
            must(row.body["reason"], f"{story.id}: an override without a reason")
            bars = {bar["id"] for bar in row.body["bars"]}
            overrides[row.body["number"]] = Override(actor, row.at, bars, set(row.body["gates"]), lent=lent)
        case "OverrideGranted":
            asked = overrides[row.body["number"]]
            own = lent - asked.lent - {asked.by[0]}  # a role that was asked with is not seconded with
            must(
                actor[1] == "slack" and _may_override(story, actor[0], *own), f"{story.id}: {actor} seconds an override"
            )
            is_own = actor[0] == asked.by[0]  # at whichever door
            must(not is_own or story.plan["solo"], f"{story.id}: {actor} seconds their own override")
            must(row.body["solo"] == story.plan["solo"], f"{story.id}: the journal hides that one person is enough")
            must(row.at - asked.at < OVERRIDE_SECONDS_MAX, f"{story.id}: an override is seconded late")
            must(not asked.is_granted, f"{story.id}: an override is seconded twice")
            asked.is_granted = True
        case "OverrideDeclined":
            must(not overrides.pop(row.body["number"]).is_granted, f"{story.id}: a granted override is declined")
        case "OverrideLapsed":
            del overrides[row.body["number"]]
        case "VerdictChanged" if row.body["verdict"]["outcome"] == "fail":
            for one in overrides.values():
                one.gates.discard("health")
        case _:
            pass


def _voice(behalf: str, actor: dict[str, Any]) -> str:
    """Whose yes it is."""
    return behalf or str(actor["id"])


def _may_override(story: Story, person: str, *lent: str) -> bool:
    """Whether they hold such a role, or somebody who is away and lends theirs holds one by name."""
    roles = (story.plan["override"] or {"roles": []})["roles"]
    return any(person in _holders(story, role) or {*lent} & {*story.plan["roles"][role]} for role in roles)


def _passed_gates(story: Story) -> set[str]:
    return {gate for one in story.stay.overrides.values() if one.is_granted for gate in one.gates}


def _passed_bars(story: Story, row: Row) -> set[str]:
    """What two people went past, in the entry from which it gets more."""
    stay = story.left if row.moves else story.stay
    return {bar for one in stay.overrides.values() if one.is_granted for bar in one.bars}


def _roles(stage: dict[str, Any]) -> set[str]:
    gates = [gate for step in stage["steps"] for gate in step["gates"]]
    return {role for gate in gates if gate["gate"] == "approval" for role in gate["roles"]}


def _holders(story: Story, role: str) -> set[str]:
    """Who holds a role, groups written out."""
    named = [*story.plan["roles"][role], *(story.plan["operators"] if story.plan["solo"] else ())]
    return {person for holder in named for person in GROUPS.get(holder, (holder,))}


def _person(change: dict[str, Any]) -> str:
    """Whose a change is, by its raw row; the bot's own answer is not asked."""
    return PERSONS.get(change["email"]) or MAPPED.get(change["author"]) or ""
