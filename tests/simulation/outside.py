"""The world at the other end of the wire: a chat, a splitter, a fleet of processes, a repository, an incident desk.

What is here is real in the simulation: messages stand in rooms, versions have traffic. The oracle looks at it, and
believes nothing else. The one thing to remember: what goes wrong on the way is the wire's business; what goes wrong
here (a splitter that forgets, a process that lies) happens to the world, and the bot has to find out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.adapters.changes import Resolved
from bot.adapters.chat import Posted
from bot.adapters.checks import Answer
from bot.adapters.deploy import Observed, Target
from bot.adapters.metrics import Reading
from bot.adapters.metrics.stand_in import Process, StandInMetrics
from bot.analysis.shapes import Counts, Values
from bot.core.checks import Check
from bot.core.contents import Change
from bot.core.errors import Permanent, Temporary
from bot.core.plan import FULL, Plan
from bot.views.rendered import Rendered
from tests.simulation.clockwork import Clockwork
from tests.simulation.plans import AUTHORS, GROUPS, PERSONS
from tests.simulation.studio import a_studio
from tests.simulation.weather import Weather
from tests.simulation.wire import Wire

# ── chat ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

CHAT_SECONDS_MAX = 10.0


@dataclass
class Said:
    """A message as it stands now."""

    place: Posted
    key: str
    rendered: Rendered
    thread_ts: str | None
    at: float


class Chat:
    """Rooms with messages in them."""

    def __init__(self, wire: Wire, clock: Clockwork) -> None:
        self._wire = wire
        self._clock = clock
        self.said: dict[Posted, Said] = {}
        self.in_order: list[Said] = []
        self.by_key: dict[str, list[Said]] = {}

    async def post(
        self, channel: str, rendered: Rendered, key: str, thread_ts: str | None = None, *, broadcast: bool = False
    ) -> Posted:
        def write() -> Posted:
            said = Said(Posted(channel, f"{len(self.said) + 1:06d}"), key, rendered, thread_ts, self._clock.now)
            self.said[said.place] = said
            self.in_order.append(said)
            self.by_key.setdefault(key, []).append(said)
            return said.place

        return await self._wire.write("chat", f"post {key}", write, CHAT_SECONDS_MAX)

    async def find(self, channel: str, key: str, thread_ts: str | None = None) -> Posted | None:
        def look() -> Posted | None:
            found = (
                s.place for s in self.by_key.get(key, ()) if (s.place.channel, s.thread_ts) == (channel, thread_ts)
            )
            return next(found, None)

        return await self._wire.read("chat", f"find {key}", look, CHAT_SECONDS_MAX)

    async def edit(self, place: Posted, rendered: Rendered, key: str) -> None:
        sender = self._wire.life

        def write() -> None:
            # An edit that is still on its way when its process dies would undo the next process's: a known, small risk.
            if sender == self._wire.life:
                self.said[place].rendered = rendered

        await self._wire.write("chat", f"edit {key}", write, CHAT_SECONDS_MAX)

    async def members(self, channel: str) -> frozenset[str]:
        return frozenset()


# ── deployer and splitter ────────────────────────────────────────────────────────────────────────────────────────────

EXPOSE_SECONDS_MAX = 5.0
EXPOSE_LATE_SECONDS_MAX = 20.0
"""No grace waits for a late exposure: what it overwrites is refused by its generation, or corrected when read back."""
DEPLOY_SECONDS_MAX = 60.0


@dataclass
class Environment:
    """What runs, and its share in percent. `live` has what the newest one has not; a restart gives it everything."""

    shares: dict[str, float] = field(default_factory=dict)
    live: str | None = None
    generation: int = 0

    def share_out(self, commit: str, percent: float) -> None:
        others = [other for other in self.shares if other != commit]
        if self.shares.get(commit, 0.0) == percent:
            return
        if commit not in self.shares:
            raise Permanent(f"{commit[:7]} does not run here")
        if not others and percent < FULL:
            raise Permanent(f"nothing but {commit[:7]} runs here: it keeps all the traffic")
        self.shares = dict.fromkeys(self.shares, 0.0) | {commit: percent}
        if others:
            self.shares[self.live if self.live in others else others[0]] = FULL - percent


@dataclass(frozen=True)
class Wish:
    """A request for exposure, at the moment at which it left the bot."""

    at: float
    service: str
    environment: str
    commit: str
    percent: float
    generation: int


class Deployer:
    """Environments by service. `compares`: whether this splitter knows generations and refuses an older one."""

    def __init__(self, wire: Wire, clock: Clockwork, weather: Weather, *, compares: bool) -> None:
        self._wire = wire
        self._clock = clock
        self._weather = weather
        self.compares = compares
        self.late_seconds_max = EXPOSE_LATE_SECONDS_MAX
        self.environments: dict[tuple[str, str], Environment] = {}
        self.wishes: list[Wish] = []

    async def deploy(self, target: Target, key: str) -> None:
        def run() -> None:
            here = self._at(target)
            if target.commit not in here.shares:
                if self._clock.chance(self._weather.failing_deploys):
                    raise Permanent(f"{target.commit[:7]} does not start")
                here.live = max(here.shares, key=lambda commit: here.shares[commit], default=None)
                here.shares[target.commit] = 0.0 if here.live else FULL

        await self._wire.write("deployer", f"deploy {key}", run, DEPLOY_SECONDS_MAX, stops=True)

    async def set_exposure(self, target: Target, percent: float, generation: int) -> None:
        wish = Wish(self._clock.now, target.service, target.environment, target.commit, percent, generation)
        self.wishes.append(wish)

        def share() -> None:
            here = self._at(target)
            if self.compares and generation < here.generation:
                raise Permanent(f"generation {generation} is older than {here.generation}")
            here.share_out(target.commit, percent)
            here.generation = max(here.generation, generation)

        what = f"expose {target.environment} {target.commit[:7]} {percent:g} % (generation {generation})"
        await self._wire.write("deployer", what, share, EXPOSE_SECONDS_MAX, late_seconds_max=self.late_seconds_max)

    async def observe(self, service: str, environment: str) -> Observed:
        def look() -> Observed:
            return dict(self.environments[service, environment].shares)

        return await self._wire.read("deployer", f"observe {environment}", look, EXPOSE_SECONDS_MAX)

    async def undo(self, target: Target, key: str) -> None:
        def stop() -> None:
            here = self._at(target)
            if target.commit in here.shares and len(here.shares) > 1:
                here.share_out(target.commit, 0.0)
                del here.shares[target.commit]

        await self._wire.write("deployer", f"undo {key}", stop, DEPLOY_SECONDS_MAX)

    def _at(self, target: Target) -> Environment:
        return self.environments[target.service, target.environment]

    # ── what happens to it ───────────────────────────────────────────────────────────────────────────────────────────

    def restart(self, place: tuple[str, str]) -> None:
        """The splitter forgets weights and generations: everything goes to the version that it was configured with."""
        here = self.environments[place]
        here.generation = 0
        if here.live in here.shares:
            here.shares = dict.fromkeys(here.shares, 0.0) | {here.live: FULL}

    def turn_by_hand(self, place: tuple[str, str], percent: float) -> None:
        """Somebody turns the newest version up or down."""
        here = self.environments[place]
        newest = next(reversed(here.shares), None)
        if newest is not None and len(here.shares) > 1:
            here.share_out(newest, percent)


# ── metrics ──────────────────────────────────────────────────────────────────────────────────────────────────────────

METRICS_SECONDS_MAX = 2.0
REQUESTS_PER_SECOND = 200.0
ERRORS_GOOD, ERRORS_BAD = 0.002, 0.2


TESTER_SECONDS_MAX = 10.0


class Tester:
    """Tries a service, and finds a bad version one time in two."""

    def __init__(self, wire: Wire, clock: Clockwork, bad: set[str]) -> None:
        self._wire = wire
        self._clock = clock
        self._bad = bad

    async def run(self, check: Check, values: Mapping[str, str]) -> Answer:
        def look() -> Answer:
            is_found = values["commit"] in self._bad and self._clock.chance(0.5)
            return Answer(passed=not is_found, words="status 500" if is_found else "status 200")

        try:
            return await self._wire.read("tester", f"try {check.http}", look, TESTER_SECONDS_MAX)
        except Temporary as error:
            return Answer(passed=None, words=str(error))


class Fleet:
    """One process a version and environment, counting what its share of the traffic brings it."""

    def __init__(self, wire: Wire, clock: Clockwork, deployer: Deployer, bad: set[str]) -> None:
        self._wire = wire
        self._clock = clock
        self._deployer = deployer
        self._stand_ins: dict[str, StandInMetrics] = {}
        self._counted_at: dict[tuple[str, str, str], float] = {}
        self.bad = bad
        self.lying = False
        self.silent: set[str] = set()
        """Commits whose processes do not answer."""

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        here = self._stand_ins.setdefault(plan.service, StandInMetrics())
        for environment in environments:
            self._count(here, plan.service, environment)
        reading = await here.read(plan, environments, at)

        def look() -> Reading:
            return reading

        return await self._wire.read("metrics", f"metrics of {plan.service}", look, METRICS_SECONDS_MAX)

    async def past(
        self, plan: Plan, environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        return ()

    def restart(self) -> None:
        """Some processes begin to count at nothing."""
        for stand_in in self._stand_ins.values():
            for process in stand_in.processes.values():
                if self._clock.chance(0.3):
                    process.restart(self._clock.wall())

    def _count(self, here: StandInMetrics, service: str, environment: str) -> None:
        shares = self._deployer.environments[service, environment].shares
        for gone in [p for p in here.processes.values() if p.environment == environment and p.commit not in shares]:
            here.stop(environment, gone.name)
        for commit, share in shares.items():
            name = f"{environment}-{commit[:4]}"
            process = here.processes.get((environment, name))
            if process is None:
                process = here.start(environment, name, commit=commit, started_at=self._clock.wall())
            process.fault = "does not answer" if commit in self.silent else ""
            since = self._counted_at.get((service, environment, commit), self._clock.now)
            self._counted_at[service, environment, commit] = self._clock.now
            self._serve(process, round((self._clock.now - since) * REQUESTS_PER_SECOND * share / FULL))

    def _serve(self, process: Process, requests: int) -> None:
        failing = ERRORS_BAD if process.commit in self.bad else ERRORS_GOOD
        if self.lying:
            failing = self._clock.dice.choice([0.0, ERRORS_GOOD, ERRORS_BAD, 1.0])
        process.count("errors", Counts(round(requests * failing), requests))
        process.count("memory", Values(1.5e8))


# ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Repository:
    """A line of commits with tags."""

    def __init__(self, wire: Wire, tags: Mapping[str, str]) -> None:
        self._wire = wire
        self.tags = dict(tags)

    async def resolve(self, ref: str) -> Resolved:
        def look() -> Resolved:
            for tag, commit in self.tags.items():
                if ref in (tag, commit):
                    return Resolved(commit, tag)
            raise Permanent(f"{ref} is neither a tag nor a commit here")

        return await self._wire.read("repository", f"resolve {ref}", look, 5.0)

    async def between(self, previous: str | None, commit: str) -> tuple[Change, ...]:
        def look() -> tuple[Change, ...]:
            commits = list(self.tags.values())
            first = commits.index(previous) + 1 if previous in commits else 0
            return tuple(
                Change(one, f"feat: change {one[:4]}", *AUTHORS[int(one, 16) % len(AUTHORS)], number)
                for number, one in enumerate(commits[first : commits.index(commit) + 1])
            )

        return await self._wire.read("repository", "changes", look, 5.0)


class Directory:
    """Whose an address is."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def by_email(self, addresses: Collection[str]) -> Mapping[str, str]:
        def look() -> Mapping[str, str]:
            return {address: PERSONS[address] for address in addresses if address in PERSONS}

        return await self._wire.read("repository", "whose the addresses are", look, 5.0)

    async def members(self, group: str) -> frozenset[str]:
        return await self._wire.read("chat", f"who is in {group}", lambda: frozenset(GROUPS.get(group, ())), 5.0)

    async def offsets(self, people: Collection[str]) -> Mapping[str, int]:
        return await self._wire.read("chat", "their clocks", lambda: dict.fromkeys(people, 3600), 5.0)


class Incidents:
    """Filed once a key."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.filed: dict[str, Mapping[str, Any]] = {}

    async def file(self, key: str, incident: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> str:
        def write() -> str:
            self.filed.setdefault(key, incident)
            return key

        return await self._wire.write("incidents", f"incident {key}", write, 5.0)


class Outside:
    """All the systems around the bot, and the wire to them."""

    def __init__(
        self, clock: Clockwork, weather: Weather, tags: Mapping[str, str], bad: set[str], *, compares: bool
    ) -> None:
        self.wire = wire = Wire(clock, weather)
        self.chat = Chat(wire, clock)
        self.deployer = Deployer(wire, clock, weather, compares=compares)
        self.fleet = Fleet(wire, clock, self.deployer, bad)
        self.tester = Tester(wire, clock, bad)
        self.repository = Repository(wire, tags)
        self.incidents = Incidents(wire)
        self.directory = Directory(wire)
        self.studio = a_studio(wire, clock)
