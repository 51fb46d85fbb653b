"""An event with what a reader has to know beside it, and the walk through a journal that gives one after the other.

The one thing to remember: a fact is of its event's moment, so its place is where the release was then.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.core import events as e
from bot.core.events import Event, Recorded
from bot.core.plan import Plan
from bot.texts.sheet.fact import Amount, Cause, Deed, Fact, FactKind, Term, TermKind
from bot.texts.sheet.place import Place
from bot.texts.sheet.writing import clock, day, moment, person, quoted


@dataclass(frozen=True, slots=True)
class Told:
    """An event with what a reader has to know beside it."""

    recorded: Recorded
    place: Place
    plan: Plan
    titles: Mapping[str, str]
    version: str
    previous: str
    """The commit that traffic goes back to, whole; empty where it is not known."""
    since: float
    """When the release was staged: a time on another day is said with its day."""

    @property
    def at(self) -> float:
        return self.recorded.at

    @property
    def who(self) -> str:
        return person(self.recorded.actor, self.titles)

    @property
    def when(self) -> str:
        return f"{clock(self.at)}" if day(self.at) == day(self.since) else f"{day(self.at)} {clock(self.at)}"

    def fact(
        self,
        words: str,
        *deeds: Deed,
        kind: FactKind = FactKind.EVENT,
        amounts: Iterable[Amount] = (),
        terms: Iterable[Term] = (),
        denied: tuple[Deed, ...] = (),
        by: str = "",
        cause: Cause | None = None,
        quoted: tuple[str, ...] = (),
    ) -> Fact:
        doer = (Term(TermKind.PERSON, by),) if by else ()
        return Fact(
            0,
            kind,
            f"at {self.when} {words}",
            at=self.at,
            amounts=(moment(self.at), *amounts),
            terms=(*doer, *terms, *self.place.terms),
            deeds=deeds,
            denied=denied,
            by=by,
            cause=cause,
            quoted=quoted,
        )


@dataclass(slots=True)
class Walk:
    """Through a journal, knowing where each entry is."""

    plan: Plan
    titles: Mapping[str, str]
    version: str
    previous: str
    since: float
    places: dict[int, Place] = field(default_factory=dict)
    here: Place = field(default_factory=Place)

    def tell(self, journal: Iterable[Recorded]) -> Iterator[Told]:
        for recorded in journal:
            self._move(recorded.event, recorded.at)
            yield Told(recorded, self.here, self.plan, self.titles, self.version, self.previous, self.since)

    def _move(self, event: Event, at: float) -> None:
        match event:
            case e.StageEntered(entry, stage):
                self._enter(entry, stage, None, at)
            case e.StepEntered(entry, stage, _step, exposure):
                self._enter(entry, stage, exposure, at)
            case e.PlanChanged(entry, plan, stage=stage, step=step, exposure=exposure, is_new=is_new):
                self.plan = plan
                if is_new and step is not None:
                    self._enter(entry, stage, exposure, at)
                elif is_new:
                    self.here = self.places[entry] = replace(self.here, exposure=exposure, entered_at=at)
            case e.WatchStarted(entry, exposure):
                self.here = self.places[entry] = replace(self.here, exposure=exposure, entered_at=at)
            case _:
                pass

    def _enter(self, entry: int, stage: int, exposure: float | None, at: float) -> None:
        one = self.plan.stages[stage]
        self.here = self.places[entry] = Place(one.name, one.environment, exposure, at, one.is_canary, one.baseline)


def reasoned(words: str, deed: Deed, reason: str, told: Told, kind: FactKind = FactKind.EVENT) -> Fact:
    """Somebody did it, and gave a reason or none."""
    said = (quoted(reason),) if reason else ()
    return told.fact(
        f"{words}{f', saying {said[0]}' if said else ''}",
        deed,
        kind=kind,
        amounts=told.place.amounts,
        by=told.who,
        cause=Cause((deed,), words=said[0]) if said else None,
        quoted=said,
    )
