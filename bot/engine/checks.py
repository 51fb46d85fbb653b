"""Trying: every check of every step that is being watched, each at its own pace and beside the looks.

A run takes as long as it takes; the look reads what is there. The one thing to remember: what is known here is of one
entry and one commit. It is in memory alone, so a restart tries everything again but what has to pass once and has; an
entry that was left takes its runs with it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bot.adapters.checks import Checker
from bot.core.checks import Check, Result
from bot.core.model import Entry, Phase, Release
from bot.core.plan import FULL
from bot.core.verdict import Outcome
from bot.engine.service import Service
from bot.engine.tasks import Runner


class _Place(NamedTuple):
    """A check in one stay of one commit."""

    release: str
    entry: int
    commit: str
    check: str

    @property
    def task(self) -> str:
        return f"check/{self.release}/{self.entry}/{self.commit[:12]}/{self.check}"


@dataclass(frozen=True, slots=True)
class _Stay:
    """What is tried in one entry."""

    entry: int
    places: Sequence[tuple[_Place, Check]]

    @classmethod
    def of(cls, release: Release, entry: Entry) -> "_Stay":
        exposure, watch = entry.exposure or FULL, release.phase is Phase.WATCHING
        asked = release.plan.checks_of(release.stage).items()
        here = ((name, check) for name, check in asked if check.concerns(exposure, watch=watch))
        commit = release.commit or ""
        return cls(entry.number, [(_Place(release.id, entry.number, commit, name), check) for name, check in here])


@dataclass(slots=True)
class _Known:
    next_at: float = 0.0
    last: Result | None = None
    is_over: bool = False
    """It has passed, and once is enough."""


class Checks:
    """Starts the runs that are due. `results` are the last ones."""

    def __init__(
        self,
        service: Service,
        checker_of: Callable[[Release], Checker],
        runner: Runner,
        clock: Callable[[], float],
    ) -> None:
        self._service = service
        self._checker_of = checker_of
        self._runner = runner
        self._clock = clock
        self._known: dict[_Place, _Known] = {}
        self._stays: dict[str, _Stay] = {}

    async def step(self, now: float) -> float | None:
        """End the runs of what was left, and start those whose time has come."""
        moving = self._service.moving()
        self._stays = {one.id: self._stay(one) for one in moving if one.plan.checks and one.is_watched}
        wanted = {
            place: (check, one)
            for one in moving
            if one.id in self._stays
            for place, check in self._stays[one.id].places
        }
        for place in self._known.keys() - wanted.keys():
            self._runner.cancel(place.task)
        self._known = {
            place: self._known.get(place) or _Known(is_over=check.once and self._has_passed(place))
            for place, (check, _) in wanted.items()
        }
        for place, (check, release) in wanted.items():
            known = self._known[place]
            # a clock that was put back must not stop the runs for as long as it went back
            due = now >= known.next_at or known.next_at - now > check.every
            if due and not known.is_over and place.task not in self._runner:
                known.next_at = now + check.every
                run = self._run(place, check, release, known)
                self._runner.start(place.task, run, waited_for=False)
        return min(
            (
                known.next_at
                for place, known in self._known.items()
                if place.task not in self._runner and not known.is_over
            ),
            default=None,
        )

    def results(self, release: Release) -> Sequence[Result]:
        """The last result of each check, in the entry in which the release is now."""
        known = (self._known.get(place) for place, _ in self._stay(release).places)
        return [one.last for one in known if one is not None and one.last is not None]

    def _stay(self, release: Release) -> "_Stay":
        """Worked out once: a matrix is long, and this loop is woken by everything that happens."""
        entry = release.entry
        if not release.is_watched or entry is None:
            return _Stay(0, ())
        known = self._stays.get(release.id)
        return known if known is not None and known.entry == entry.number else _Stay.of(release, entry)

    async def _run(self, place: _Place, check: Check, release: Release, known: _Known) -> None:
        began_at = self._clock()
        try:
            answer = await self._checker_of(release).run(check, values(release))
        except Exception as error:
            words = f"could not be tried: {type(error).__name__}, of which the bot's log says more"
            known.last = Result(place.check, began_at, self._clock(), None, words)
            raise  # it is a bug
        known.last = Result(place.check, began_at, self._clock(), answer.passed, answer.words)
        known.is_over = check.once and answer.passed is True

    def _has_passed(self, place: _Place) -> bool:
        """Before a restart: the judge has said so at its last look."""
        look = self._service.store.look(place.release)
        found = look.verdict.findings if look is not None and look.entry == place.entry else ()
        return any(one.metric == place.check and one.outcome is Outcome.PASS for one in found)


def values(release: Release) -> Mapping[str, str]:
    """What is filled in for the places of an address."""
    exposure = release.entry.exposure if release.entry is not None else None
    return {
        "service": release.service,
        "environment": release.environment or "",
        "version": release.name,
        "commit": release.commit or "",
        "percent": f"{FULL if exposure is None else exposure:g}",
        "release": release.id,
    }
