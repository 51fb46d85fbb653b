"""Looking: for every step that is being watched, samples from the metrics source, folded by the judge, to a verdict.

One judge state a release and environment; it spans the steps, whose boundaries are the observed exposures. The state is
in memory and rebuilt from the stored samples after a restart, so a restart judges as if it had not happened. The
present is read and judged first; what was missed meanwhile is read beside the looks that follow, where the source
remembers it, and takes its place before them. The one thing to remember: a look that failed is a look. It is told to
the judge, which knows what silence means.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from operator import itemgetter
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog

from bot.adapters.metrics import MetricsSource, Reading
from bot.analysis.judge import Boundary, JudgeState, enter, observe, verdict
from bot.analysis.series import Before, Cohorts, LookSamples, increments, remember, to_stored
from bot.core.actors import SONGBIRD
from bot.core.checks import Result
from bot.core.commands import ReportVerdict
from bot.core.errors import AdapterError, Refused, Temporary
from bot.core.model import Phase, Release
from bot.core.plan import FULL, Plan
from bot.core.sources import ScrapeSource
from bot.engine.aside import Aside
from bot.engine.rebuilt import rebuilt
from bot.engine.service import Service
from bot.engine.tasks import Runner
from bot.store.ports import StoredSample, Transaction

log = structlog.get_logger(__name__)

MISSED_LOOKS_MAX = 60
"""That are read from a source's past after a restart. Of a longer time they are farther apart."""

LOOKS_AT_ONCE_MAX = 16
"""Of one server: a Prometheus answers 20 queries at once, and others ask too. Who has waited longest is next."""

REBUILT_AT_ONCE_MAX = 4
"""After a restart: a long watch has many samples, and people are waiting too."""

TOGETHER_SECONDS = 0.1
"""Looks that are due within so short a time begin together: a step goes through all releases."""

WAITING_SECONDS = 0.03
"""Until those that wait for room ask again."""

GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it, less their whole parts, are spread evenly however many there are."""

PASTS_ASKED_MAX = 5
"""For one release: a source may be busy just then, and answers all that ask after a restart later."""
PAST_REST_SECONDS_MAX = 300.0
"""Between two of them. Until then what is seen is in memory alone."""

PASTS_AT_ONCE_MAX = 2
"""An hour of all metrics is much to ask, and after a restart every release asks; none of them waits for it."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A look as it was judged, and the reading that it was subtracted from; a look that failed has none."""

    look: LookSamples
    reading: Reading | None = None


@dataclass(slots=True)
class _Missed:
    """After a restart, until the source has told what it saw meanwhile.

    The looks since the restart are stored after what came before them, so a crash meanwhile asks again; those that
    failed are stored at once, as nothing will change them.
    """

    last_at: float
    """The last look before the restart."""
    state: JudgeState
    """Where the judge was then."""
    taken: list[_Taken] = field(default_factory=list)
    """Since then."""
    asked: int = 0
    rests_until: float = 0.0

    def may_be_asked(self, at: float) -> bool:
        """Whether the source is not left alone. A clock that was put back does not prolong it."""
        return not 0 < self.rests_until - at <= PAST_REST_SECONDS_MAX

    def rest(self, at: float, look: float, wanted_seconds: float | None) -> bool:
        """Leave it alone as it wants, or for twice as long each time. False when it was asked often enough."""
        self.asked += 1
        wanted = look * 2**self.asked if wanted_seconds is None else wanted_seconds
        self.rests_until = at + min(wanted, PAST_REST_SECONDS_MAX)
        return self.asked < PASTS_ASKED_MAX


class _Known(NamedTuple):
    """Of a release at one version, what every step wants to know: nothing else changes it."""

    version: int
    is_watched: bool
    server: str
    place: tuple[str | None, str]
    """Environment and plan: in another one the judge begins anew."""
    since: float
    """It is as it is, as far as looks are concerned: none was due before."""

    @classmethod
    def of(cls, release: Release, before: "_Known | None", now: float) -> "_Known":
        is_watched, place = release.is_watched, (release.environment, release.plan_digest)
        as_before = before is not None and (before.is_watched, before.place) == (is_watched, place)
        since = before.since if before is not None and as_before else now
        return cls(release.version, is_watched, server_of(release.plan), place, since)


@dataclass(slots=True)
class _Watched:
    """What is remembered of one release in one stage; all of it can be rebuilt."""

    stage: int
    plan_digest: str
    state: JudgeState
    entry: int = 0
    next_at: float = 0.0
    is_spread: bool = False
    """Whether it has found its own moment of the interval: after a start all releases are due at once."""
    before: Before = field(default_factory=dict)
    missed: _Missed | None = None


class Watch:
    """Takes the looks that are due."""

    def __init__(
        self,
        service: Service,
        source_of: Callable[[Plan], MetricsSource],
        runner: Runner,
        clock: Callable[[], float],
        results_of: Callable[[Release], Sequence[Result]] = lambda _release: (),
        aside: Aside | None = None,
    ) -> None:
        """`aside`: where stored samples are folded, which takes a second for a day of them; None: here."""
        self._service = service
        self._source_of = source_of
        self._runner = runner
        self._clock = clock
        self._results_of = results_of
        self._aside = aside
        self._watched: dict[str, _Watched] = {}
        self._known: dict[str, _Known] = {}
        self._flying: dict[str, str] = {}
        """By release that is being looked at, the server that is asked."""
        self._moment = 0.0
        """Of the interval, which the newest release was given."""
        self._pasts = asyncio.Semaphore(PASTS_AT_ONCE_MAX)

    async def step(self, now: float) -> float | None:
        """Start the looks whose time has come, as many as there is room for; forget releases that have ended."""
        wanted = self._wanted(now)
        self._flying = {name: server for name, server in self._flying.items() if f"look/{name}" in self._runner}
        flying, rebuilt, waiting = Counter(self._flying.values()), 0, False
        for release in self._due(wanted, now):
            server, is_new = self._known[release.id].server, release.id not in self._watched
            if flying[server] >= LOOKS_AT_ONCE_MAX or (is_new and rebuilt >= REBUILT_AT_ONCE_MAX):
                waiting = True
                continue
            rebuilt += is_new
            watched = self._of(release)
            if watched is not None:
                watched.next_at = self._after(watched, release, now)
            work = self._begin(release) if watched is None else self._look(release, watched)
            self._runner.start(f"look/{release.id}", work)
            if f"look/{release.id}" in self._runner:
                self._flying[release.id] = server
                flying[server] += 1
        soonest = min((self._watched[one.id].next_at for one in wanted if one.id in self._watched), default=None)
        if waiting:
            return now + WAITING_SECONDS
        return None if soonest is None else max(soonest, now + TOGETHER_SECONDS)

    def late_seconds(self, now: float) -> float:
        """How late the look is that is due longest. One that is not answered is late once the next one is due."""
        due = (
            max(known.since, self._watched[name].next_at if name in self._watched else 0.0)
            for name, known in self._known.items()
            if known.is_watched
        )
        return max(0.0, now - min(due, default=now))

    def _wanted(self, now: float) -> list[Release]:
        """Who is to be looked at."""
        moving, known = self._service.moving(), self._known
        self._known = {}
        for one in moving:
            as_known = known.get(one.id)
            if as_known is None or as_known.version != one.version:
                as_known = _Known.of(one, as_known, now)
            self._known[one.id] = as_known
        wanted = [one for one in moving if self._known[one.id].is_watched]
        self._keep_what_was_taken(wanted)
        self._watched = {name: watched for name, watched in self._watched.items() if name in self._known}
        return wanted

    def _due(self, wanted: Sequence[Release], now: float) -> list[Release]:
        """Whose time has come and who is not being looked at, longest due first."""
        found = []
        for release in wanted:
            watched = self._of(release)
            next_at = watched.next_at if watched is not None else 0.0
            # a clock that was put back must not stop the looks for as long as it went back
            due = now >= next_at or next_at - now > release.plan.timing.look
            if due and f"look/{release.id}" not in self._runner:
                found.append((next_at, release))
        return [release for _, release in sorted(found, key=itemgetter(0))]

    def _after(self, watched: _Watched, release: Release, now: float) -> float:
        """When the next look is due. A look that was late does not move those after it."""
        every = release.plan.timing.look
        if not watched.is_spread:
            watched.is_spread, self._moment = True, (self._moment + GOLDEN) % 1
            return now + every * (1 - self._moment)
        kept = watched.next_at + every
        return kept if now < kept <= now + every else now + every

    # ── what is remembered ───────────────────────────────────────────────────────────────────────────────────────────

    def _of(self, release: Release) -> _Watched | None:
        """None where it has to be rebuilt: after a start, in another stage, by another plan."""
        watched = self._watched.get(release.id)
        if watched is None or (watched.stage, watched.plan_digest) != _place(release):
            self._watched.pop(release.id, None)
            return None
        return self._entered(watched, release)

    def _entered(self, watched: _Watched, release: Release) -> _Watched:
        entry = release.entry
        assert entry is not None, f"{release.id} is watched in no entry"
        if watched.entry != entry.number:
            since = release.watched_since
            assert since is not None, f"{release.id} is watched before its exposure was seen"
            boundary = Boundary(entry.number, since, entry.exposure or FULL)
            boundary = replace(boundary, watch=release.phase is Phase.WATCHING)
            watched.state = enter(watched.state, boundary)
            watched.entry = entry.number
            watched.next_at = 0.0
            watched.missed = None
        return watched

    def _rebuild(self, release: Release) -> _Watched:
        """Fold the stored samples of this stage's entries, in the order in which they came."""
        state, boundaries = rebuilt(self._service, release)
        entry = max((boundary.entry for boundary in boundaries), default=0)
        missed = None
        if state.looked_at is not None and release.environment is not None:
            missed = _Missed(state.looked_at, state)
        return _Watched(*_place(release), state, entry, missed=missed)

    # ── one look ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _begin(self, release: Release) -> None:
        """The first look, behind all that is stored; that is folded beside the loop, and looks wait meanwhile."""
        work = partial(self._rebuild, release)
        watched = work() if self._aside is None else await self._aside(work)
        present = self._service.peek(release.id)
        where = (watched.stage, watched.plan_digest)
        if present is None or not present.is_watched or _place(present) != where:
            return  # it moved on while it was being rebuilt
        self._watched[release.id] = watched
        self._entered(watched, present)
        watched.next_at = self._after(watched, present, self._clock())
        await self._look(present, watched)

    async def _look(self, release: Release, watched: _Watched) -> None:
        entry, at = watched.entry, self._clock()
        taken = await self._read(release, watched, at)
        taken = replace(taken, look=replace(taken.look, results=self._news(release, watched.state)))
        if watched.entry != entry:
            return  # it moved on while the source was being read: this belongs to no step
        if not await self._judge(release, watched, entry, watched.state, [taken.look]):
            return
        missed = watched.missed
        if missed is not None:
            missed.taken.append(taken)
            if taken.reading is not None:
                if f"past/{release.id}" not in self._runner and missed.may_be_asked(at):
                    self._runner.start(f"past/{release.id}", self._look_back(release, watched, missed, entry))
                return
        await self._store(release.id, entry, taken.look)

    async def _judge(
        self, release: Release, watched: _Watched, entry: int, since: JudgeState, looks: Sequence[LookSamples]
    ) -> bool:
        """Fold the looks and report. False when the release has moved on: then nothing is remembered of them."""
        before = watched.state
        watched.state = state = reduce(observe, looks, since)
        found = verdict(state, self._clock())
        try:
            await self._service.handle(
                ReportVerdict(release.id, entry, found), actor=SONGBIRD, key=None, now=self._clock()
            )
        except Refused:
            if watched.state is state:  # not stored either: what is remembered is what a restart would find
                watched.state = before
            return False
        return True

    def _news(self, release: Release, state: JudgeState) -> tuple[Result, ...]:
        """What checks have come to that the judge has not heard of."""
        known = {name: ran.last.began_at for name, ran in state.ran.items()}
        return tuple(one for one in self._results_of(release) if one.began_at > known.get(one.check, 0.0))

    async def _store(self, release: str, entry: int, look: LookSamples) -> None:
        samples = [StoredSample(*row) for row in to_stored(look)]
        await self._service.write_when_quiet(partial(_add, release, entry, samples))

    async def _read(self, release: Release, watched: _Watched, at: float) -> _Taken:
        if release.environment is None:
            return _Taken(LookSamples(at))  # nothing runs there: its checks are all there is to see
        cohorts = cohorts_of(release)
        try:
            reading = await self._source_of(release.plan).read(release.plan, cohorts.environments, at)
        except AdapterError as error:
            return _Taken(LookSamples(at, failure=str(error)))
        return self._subtracted(release, watched, cohorts, reading)

    @staticmethod
    def _subtracted(
        release: Release, watched: _Watched, cohorts: Cohorts, reading: Reading, results: tuple[Result, ...] = ()
    ) -> _Taken:
        names = [metric.name for metric in release.plan.metrics]
        samples = increments(names, cohorts, watched.before, reading.totals, reading.at)
        watched.before = remember(watched.before, reading.totals, reading.at)
        return _Taken(LookSamples(reading.at, samples, reading.failure, results), reading)

    # ── what was missed ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _look_back(self, release: Release, watched: _Watched, missed: _Missed, entry: int) -> None:
        """What the source saw between the last look before a restart and the first one since takes its place there.

        It is judged and stored as if it had been seen then, and so are the looks since, which now have something to be
        subtracted from. A source that does not answer is asked again after a later look.
        """
        try:
            async with self._pasts:
                readings = await self._past(release, missed)
        except Temporary as error:
            log.warning("what was missed could not be read", release=release.id, reason=str(error))
            is_asked_again = missed.rest(self._clock(), release.plan.timing.look, error.retry_after_seconds)
            if is_asked_again and watched.missed is missed:
                return
            readings = ()
        if readings and watched.entry == entry:
            as_taken = missed.taken
            missed.taken = again = self._again(release, watched, missed, readings)
            looks = [one.look for one in again]
            if not await self._judge(release, watched, entry, missed.state, looks):
                missed.taken = [*as_taken, *again[len(looks) :]]
        await self._keep(release.id, entry, missed)
        if watched.missed is missed:
            watched.missed = None

    async def _keep(self, release: str, entry: int, missed: _Missed) -> None:
        while missed.taken:  # oldest first and each on its own: nobody waits for all of them, and a crash goes on here
            first = missed.taken.pop(0)
            if first.reading is not None:
                await self._store(release, entry, first.look)

    def _keep_what_was_taken(self, wanted: Sequence[Release]) -> None:
        """Where a step is over while its past is to be asked again, nobody asks any more."""
        entries = {one.id: one.entry.number for one in wanted if one.entry is not None}
        for name, watched in self._watched.items():
            missed = watched.missed
            if missed is not None and entries.get(name) != watched.entry:
                watched.missed = None
                if f"past/{name}" not in self._runner:
                    self._runner.start(f"past/{name}", self._keep(name, watched.entry, missed))

    async def _past(self, release: Release, missed: _Missed) -> Sequence[Reading]:
        """The readings of the looks that were not taken, one at the last look that was; none where nobody knows.

        Raises Temporary where that may be known later.
        """
        at = next(one.look.at for one in missed.taken if one.reading is not None)
        last_at, look = missed.last_at, release.plan.timing.look
        if at - last_at <= look:
            return ()
        every = max(look, (at - last_at) / MISSED_LOOKS_MAX)
        environments = cohorts_of(release).environments
        try:
            return await self._source_of(release.plan).past(release.plan, environments, last_at, at - every / 2, every)
        except Temporary:
            raise
        except AdapterError as error:
            log.warning("what was missed could not be read", release=release.id, reason=str(error))
            return ()

    def _again(self, release: Release, watched: _Watched, missed: _Missed, readings: Sequence[Reading]) -> list[_Taken]:
        """All looks since the last one before the restart, oldest first, each subtracted from the one before it."""
        cohorts, watched.before = cohorts_of(release), {}
        seen = [self._subtracted(release, watched, cohorts, reading) for reading in readings]
        since = missed.last_at + release.plan.timing.look / 2  # what was read before was only to subtract from
        again = [
            one if one.reading is None else self._subtracted(release, watched, cohorts, one.reading, one.look.results)
            for one in missed.taken
        ]
        return sorted([*(one for one in seen if one.look.at > since), *again], key=lambda one: one.look.at)


def _add(release: str, entry: int, samples: Sequence[StoredSample], transaction: Transaction) -> None:
    transaction.add_samples(release, entry, samples)


def server_of(plan: Plan) -> str:
    """Who is asked for the plan's metrics."""
    match plan.metrics_from:
        case ScrapeSource(targets=address):
            return urlsplit(address).netloc
        case asked:
            return urlsplit(asked.url).netloc


def _place(release: Release) -> tuple[int, str]:
    """Where one judge's state is of: a stage, by a plan."""
    assert release.entry is not None, f"{release.id} is watched in no entry"
    return release.entry.stage, release.plan_digest


def cohorts_of(release: Release) -> Cohorts:
    """Who is canary, control and baseline for the release where it is now."""
    assert release.commit is not None, f"{release.id} is watched before it is prepared"
    assert release.environment is not None, f"{release.id} is watched in no environment"
    return Cohorts(release.commit, release.environment, release.stage.baseline, release.name)
