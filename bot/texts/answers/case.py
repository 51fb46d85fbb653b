"""What an answer is made of: lines with what each rests on, or that it is not known; and the case that it is about.

The one thing to remember: a line cites versions of the journal and metrics of the plan, and says nothing that does not
stand there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.core import events as e
from bot.core.events import Event
from bot.core.gates import Row, rows
from bot.core.model import Phase, Release
from bot.core.verdict import Verdict
from bot.texts import Material
from bot.texts.answers.asked import Asked
from bot.texts.diagnosis import Diagnosis, diagnose
from bot.texts.markdown import line
from bot.texts.past import Happened, Past
from bot.texts.plain import called_flat, listed

REASON_MAX = 300
"""Characters of somebody else's words in one line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer, and what it rests on."""

    words: str
    versions: tuple[int, ...] = ()
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DontKnow:
    """Why the journal and the samples do not say it."""

    because: str = "neither the journal nor the samples say that"


Found = tuple[Line, ...] | DontKnow


@dataclass(frozen=True)
class Case:
    """A question about a release. Not slotted: the diagnosis is worked out once, and only if somebody asks."""

    material: Material
    past: Past
    asked: Asked

    @property
    def release(self) -> Release:
        return self.material.release

    @property
    def now(self) -> float:
        return self.material.now

    @property
    def name(self) -> str:
        """`shop v1.2.0`."""
        return called_flat(self.release)

    @cached_property
    def diagnosis(self) -> Diagnosis | None:
        return diagnose(self.material)

    @property
    def verdict(self) -> Verdict | None:
        """The newest that is known: the last look's while it is watched, else the one that decided."""
        release = self.release
        if release.rollback is not None and release.rollback.verdict is not None:
            return release.rollback.verdict
        here = release.entry.verdict if release.entry is not None else None
        if not release.phase.is_ending and (self.material.verdict or here):
            return self.material.verdict or here
        last = self.past.last(e.VerdictChanged)
        return here or (last.event.verdict if last else None)

    @property
    def verdict_version(self) -> tuple[int, ...]:
        last = self.past.last(e.VerdictChanged)
        return (last.version,) if last else ()

    @property
    def newest(self) -> tuple[int, ...]:
        """The version that the present state rests on."""
        return (self.past.happened[-1].version,) if self.past.happened else ()

    @property
    def is_moving(self) -> bool:
        return not self.release.phase.is_ending and self.release.phase is not Phase.ROLLING_BACK

    @property
    def open_rows(self) -> Iterator[Row]:
        return (row for row in rows(self.release, self.now) if row.standing != "go")

    def said(self, words: str, *happened: Happened[Event] | None) -> Line:
        """A line that rests on these events."""
        return Line(words, tuple(one.version for one in happened if one is not None))

    def whom(self, people: tuple[str, ...]) -> str:
        """`product-manager (Priya)`: roles where all of somebody's role is meant, names where they are known."""
        names = [self.past.called(person) for person in people]
        roles = [role for role in self.release.plan.roles if {*self.release.plan.holders(role)} <= {*people}]
        shown = listed(tuple(dict.fromkeys(names)))
        return f"{listed(roles)} ({shown})" if roles else shown


def quoted(reason: str) -> str:
    """Somebody's words, flat and short, without a full stop of their own."""
    return line(reason, REASON_MAX).rstrip(".")
