"""The evidence of a text as a numbered sheet: what a model may speak of, and what it must cite. Pure.

`fact` says what a line of evidence is, `writing` how it is written; `releases`, `changes`, `metrics` and `journal` turn
a material into lines. Which of them a kind of text gets stands in one table here. The one thing to remember: the sheet
is all that a model is shown, so what is not on it cannot be cited, and what cannot be cited is not said.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.core import events as e
from bot.core.contents import digest
from bot.core.model import Release
from bot.core.verdict import Outcome, Verdict
from bot.texts import Material
from bot.texts.sheet.changes import Suspicion, change_fact, ranking_facts
from bot.texts.sheet.fact import Amount, Cause, Deed, Direction, Fact, FactKind, Role, Term, TermKind
from bot.texts.sheet.journal import event_facts
from bot.texts.sheet.metrics import metric_facts, verdict_fact
from bot.texts.sheet.place import Place
from bot.texts.sheet.releases import (
    concern_facts,
    finding_fact,
    incident_fact,
    plan_facts,
    release_fact,
    staged_fact,
)
from bot.texts.sheet.told import Told, Walk
from bot.texts.sheet.writing import harmless

__all__ = [
    "Amount",
    "Cause",
    "Deed",
    "Direction",
    "Fact",
    "FactKind",
    "Role",
    "Sheet",
    "Suspicion",
    "Term",
    "TermKind",
    "sheet",
]

CHANGES_MAX = 60
"""Changes on a sheet: more would not fit a prompt, and no text names them all."""

FACTS_MAX = 200
"""Lines: about 8,000 tokens."""


@dataclass(frozen=True)
class Sheet:
    """Numbered facts, from 1 on."""

    facts: tuple[Fact, ...]

    @cached_property
    def digest(self) -> str:
        """12 hex digits that change with any line: from which evidence a text was written."""
        return digest(*(fact.words for fact in self.facts))

    @cached_property
    def text(self) -> str:
        """`[1] …`, a line a fact: what stands in a prompt."""
        return "\n".join(f"[{fact.number}] {fact.words}" for fact in self.facts)

    def fact(self, number: int) -> Fact | None:
        """None: there is no such line."""
        return self.facts[number - 1] if 1 <= number <= len(self.facts) else None


def sheet(kind: str, material: Material, suspicions: Sequence[Suspicion] = ()) -> Sheet:
    """The evidence for a text of this kind, one of `bot.texts.kinds.KINDS`.

    `suspicions` come from a diagnosis, the likeliest first; without one, nothing is suspected.
    """
    facts = [fact for part in _PARTS[kind] for fact in part(material)]
    facts += ranking_facts(suspicions)
    return Sheet(tuple(replace(fact, number=number) for number, fact in enumerate(facts[:FACTS_MAX], start=1)))


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _release(material: Material) -> Iterator[Fact]:
    yield release_fact(material.release)
    yield staged_fact(material.release, _titles(material))


def _changes(material: Material) -> Iterator[Fact]:
    yield from (change_fact(change) for change in material.release.changes[:CHANGES_MAX])


def _plan(material: Material) -> Iterator[Fact]:
    yield from plan_facts(material.release.plan, _titles(material))


def _people(material: Material) -> Iterator[Fact]:
    """What people worried about, what was decided, and what was found."""
    titles = _titles(material)
    for concern in material.release.concerns:
        yield from concern_facts(concern, titles)
    for found in material.release.findings:
        yield finding_fact(found, titles)
    for incident in material.release.every_incident:
        yield incident_fact(incident, titles)


def _accepted(material: Material) -> Iterator[Fact]:
    """Where the journal is not told: what somebody took upon themselves."""
    for told in _walked(material):
        if isinstance(told.recorded.event, e.AnomalyAccepted):
            yield from event_facts(told)


def _measured(material: Material) -> Iterator[Fact]:
    """The verdict that matters: the one that rolled it back, else the latest look's, else the journal's."""
    release = material.release
    verdict, place = _verdict(material)
    if verdict is not None:
        yield from metric_facts(verdict, release.plan, place)


def _verdict(material: Material) -> tuple[Verdict | None, Place]:
    back = material.release.rollback
    judged = [told for told in _walked(material) if isinstance(told.recorded.event, e.VerdictChanged)]
    place = judged[-1].place if judged else Place()
    if back is not None and back.verdict is not None and back.verdict.findings:
        return back.verdict, place
    if material.verdict is not None:
        return material.verdict, place
    last = judged[-1].recorded.event if judged else None
    return (last.verdict if isinstance(last, e.VerdictChanged) else None), place


def _happened(material: Material) -> Iterator[Fact]:
    """The journal; where a verdict is remarkable, with the numbers of the metrics that make it so, once a place."""
    main, _place = _verdict(material)
    shown: set[tuple[str, str]] = set()
    for told in _walked(material):
        event = told.recorded.event
        if not isinstance(event, e.VerdictChanged):
            yield from event_facts(told)
            continue
        verdict = event.verdict
        if verdict.outcome not in (Outcome.FAIL, Outcome.ERROR) and not verdict.flagged:
            continue
        yield verdict_fact(verdict, told.at, told.place.words, told.place)
        odd = {finding.metric for finding in (*verdict.failing, *verdict.flagged)}
        new = {name for name in odd if (told.place.words, name) not in shown}
        if verdict is not main and new:
            yield from metric_facts(verdict, material.release.plan, told.place, new)
        shown |= {(told.place.words, name) for name in odd}


def _step(material: Material) -> Iterator[Fact]:
    """The entry that `about` names: its events and its last verdict."""
    told = [one for one in _walked(material) if str(getattr(one.recorded.event, "entry", "")) == material.about]
    judged = [one for one in told if isinstance(one.recorded.event, e.VerdictChanged)]
    for one in told:
        yield from event_facts(one)
    if judged and isinstance(judged[-1].recorded.event, e.VerdictChanged):
        yield from metric_facts(judged[-1].recorded.event.verdict, material.release.plan, judged[-1].place)


def _every_release(material: Material) -> Iterator[Fact]:
    for release in material.releases or (material.release,):
        yield from _of_another(release, material)


def _of_another(release: Release, material: Material) -> Iterator[Fact]:
    yield release_fact(release)
    yield staged_fact(release, material.titles)
    for concern in release.concerns:
        yield from concern_facts(concern, material.titles)
    if release.entry is not None and release.entry.verdict is not None:
        yield verdict_fact(release.entry.verdict, release.entry.verdict_at, f"of {release.id}")


def _walked(material: Material) -> Iterator[Told]:
    release = material.release
    version = harmless(release.name or release.ref)
    return Walk(release.plan, _titles(material), version, release.previous or "", release.staged_at).tell(
        material.journal
    )


def _titles(material: Material) -> dict[str, str]:
    """What people are called: as it is known, and as they called themselves when they acted."""
    acted = {one.actor.id: one.actor.name for one in material.journal if one.actor.name}
    return {**acted, **material.titles}


_Part = Callable[[Material], Iterator[Fact]]
_WRITTEN: tuple[_Part, ...] = (_release, _changes, _people, _accepted)
_EVERYTHING: tuple[_Part, ...] = (_release, _changes, _plan, _people, _measured, _happened)

_PARTS: dict[str, tuple[_Part, ...]] = {
    "notes": _WRITTEN,
    "engineering": _WRITTEN,
    "migration": _WRITTEN,
    "undo": (*_WRITTEN, _plan),
    "faq": _WRITTEN,
    "walkthrough": _WRITTEN,
    "go-no-go": (_release, _changes, _plan, _people, _measured, _happened),
    "narration": (_release, _plan, _step),
    "diagnosis": _EVERYTHING,
    "incident": _EVERYTHING,
    "daily": (_every_release,),
    "answer": _EVERYTHING,
}
