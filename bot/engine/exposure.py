"""Exposure is desired state: set it, read it back, say what was seen, and keep it so.

One worker a row (service and environment). The transaction that decides raises the row's generation; the worker that
finds its generation overtaken is cancelled, and whatever its call still does lands under a number that the deployer
refuses or that the next read-back corrects. The one thing to remember: nothing here waits for anything but the
deployer. A rollback is a row that says zero.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import structlog

from bot.adapters.deploy import Deployer, Target
from bot.core import commands as c
from bot.core.actors import SONGBIRD
from bot.core.errors import AdapterError, Permanent, Refused
from bot.core.plan import FULL
from bot.engine.rests import rests
from bot.engine.service import Service
from bot.engine.tasks import Runner
from bot.store.ports import Exposure

RETRY_SECONDS_MIN = 0.2
RETRY_SECONDS_MAX = 5.0
"""Between attempts, doubling: a rollback's first retries come at once, a dead deployer is not hammered."""

STUCK_SECONDS = 30.0
"""After this long a person is paged: half of the minute within which a rollback is promised."""

CHECK_SECONDS = 5.0
"""How often an exposure that is in step is read back, to find what a restart or a hand has changed."""

TOGETHER_SECONDS = 0.1
"""Rows whose time comes within so short a time are taken together: a step goes through all."""

ALL_SECONDS = 1.0
"""How often all rows are read. Those that are not in step are read at every turn, so that no wish waits for it."""

SAME_SHARE = 0.2
"""A step's percentage may be missed by a fifth of itself: balancers have integer weights. None and all are exact."""


log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Trouble:
    """What one row's worker remembers; all of it may be forgotten at a restart."""

    generation: int
    next_at: float = 0.0
    failures: int = 0
    failing_since: float | None = None
    said_stuck: bool = False


class Reconciler:
    """Keeps every row's observed exposure at its desired one."""

    def __init__(
        self,
        service: Service,
        deployer_of: Callable[[str], Deployer | None],
        runner: Runner,
        clock: Callable[[], float],
    ) -> None:
        self._service = service
        self._deployer_of = deployer_of
        self._runner = runner
        self._clock = clock
        self._trouble: dict[tuple[str, str], _Trouble] = {}
        self._known: dict[tuple[str, str], Exposure] = {}
        """Every row, as it was when all were read, or newer."""
        self._all_at = 0.0

    async def step(self, now: float) -> float | None:
        rows, running = self._rows(now), False
        for row in rows:
            if row.release in self._service.unreadable:
                continue  # its traffic stays as it is
            if row.in_step and self._service.is_unread(row.release):
                continue  # after a start: what is as it should be can wait
            trouble = self._of(row)
            name = f"exposure/{row.service}/{row.environment}/{row.generation}"
            if not rests(trouble.next_at, now, CHECK_SECONDS) and name not in self._runner:
                trouble.next_at = now + CHECK_SECONDS
                self._runner.start(name, self._reconcile(row, trouble))
            running = running or name in self._runner
        if running:  # it may fail, and its end wakes nobody: with a thousand services all loops would always be awake
            return now + TOGETHER_SECONDS
        soonest = min(
            (self._of(row).next_at for row in rows if row.release not in self._service.unreadable), default=None
        )
        return None if soonest is None else max(soonest, now + TOGETHER_SECONDS)

    def _rows(self, now: float) -> Collection[Exposure]:
        if not rests(self._all_at, now, ALL_SECONDS):
            self._all_at = now + ALL_SECONDS
            self._known = {(row.service, row.environment): row for row in self._service.store.exposures()}
        else:
            self._known |= {(row.service, row.environment): row for row in self._service.store.exposures(wanting=True)}
        return self._known.values()

    def _of(self, row: Exposure) -> _Trouble:
        place = (row.service, row.environment)
        known = self._trouble.get(place)
        if known is None or known.generation != row.generation:
            if known is not None:
                self._runner.cancel(f"exposure/{row.service}/{row.environment}/{known.generation}")
            known = self._trouble[place] = _Trouble(row.generation)
        return known

    async def _reconcile(self, row: Exposure, trouble: _Trouble) -> None:
        deployer = self._deployer_of(row.release)
        if deployer is None:
            return
        try:
            found = await self._bring(deployer, row)
        except AdapterError as error:
            await self._failed(row, trouble, error)
            return
        except Exception as error:
            log.exception("an exposure failed unexpectedly", service=row.service, environment=row.environment)
            await self._failed(row, trouble, AdapterError(repr(error)))
            return
        trouble.failures, trouble.failing_since, trouble.said_stuck = 0, None, False
        trouble.next_at = self._clock() + CHECK_SECONDS
        now = self._clock()
        as_known = row.in_step and found is None  # nearly always: a thousand services are read back 200 times a second
        if not as_known and not await self._service.write(
            lambda t: t.observe_exposure(row.service, row.environment, row.generation, row.percent, now)
        ):
            return  # a newer wish was committed meanwhile; its own worker speaks for it
        if found is not None and row.in_step:
            await self._report(c.ReportExposureDrift(row.release, row.entry, found))
        await self._report(c.ReportExposure(row.release, row.entry, row.percent))

    async def _bring(self, deployer: Deployer, row: Exposure) -> float | None:
        """Set where needed, then read back. What was found before, if it differed. Raises AdapterError.

        A new wish is set although the traffic is there already: its number keeps an older call, which may still be on
        its way, from landing after it. Only what does not run there has nothing to be set.
        """
        observed = await deployer.observe(row.service, row.environment)
        found = observed.get(row.commit, 0.0)
        as_wanted = _is_same(found, row.percent)
        if as_wanted and (row.in_step or row.commit not in observed):
            return None
        release = self._service.peek(row.release)
        name = release.name if release else row.commit
        target = Target(row.service, row.environment, row.commit, name)
        try:
            await deployer.set_exposure(target, row.percent, row.generation)
        except Permanent:
            if not as_wanted:
                raise
        seen = (await deployer.observe(row.service, row.environment)).get(row.commit, 0.0)
        if not _is_same(seen, row.percent):
            raise AdapterError(
                f"{row.environment} shows {seen:g} % of {row.commit[:7]} after {row.percent:g} % was set"
            )
        return None if as_wanted else found

    async def _failed(self, row: Exposure, trouble: _Trouble, error: AdapterError) -> None:
        pause = min(RETRY_SECONDS_MIN * 2**trouble.failures, RETRY_SECONDS_MAX)
        trouble.failures = min(trouble.failures + 1, 10)
        now = self._clock()
        trouble.next_at = now + pause
        if trouble.failing_since is None or trouble.failing_since > now:  # or the clock was put back
            trouble.failing_since = now
        if now - trouble.failing_since >= STUCK_SECONDS and not trouble.said_stuck:
            trouble.said_stuck = True
            reason = f"{row.percent:g} % in {row.environment} cannot be set: {error}"
            await self._report(c.ReportExposureStuck(row.release, row.entry, reason))

    async def _report(self, command: c.EntryCommand) -> None:
        """Through the same door as everybody. What was known already makes no event; a late report is refused."""
        release = self._service.peek(command.release)
        entry = release.entry if release else None
        late = entry is None or entry.number != command.entry
        known = late or (entry is not None and entry.observed_at is not None and entry.stuck is None)
        if known and isinstance(command, c.ReportExposure):
            return
        try:
            await self._service.handle(command, actor=SONGBIRD, key=None, now=self._clock())
        except Refused:
            return


def _is_same(seen: float, wanted: float) -> bool:
    return seen == wanted if wanted in (0.0, FULL) else 0 < seen < FULL and abs(seen - wanted) <= SAME_SHARE * wanted
