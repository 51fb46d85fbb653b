"""How texts are written and pictures made: a template at once, a model when it answers, charts and tours on the side.

Nothing waits for any of it: a text from its template is reported within the same second, and whatever is better comes
as another version or not at all. The one thing to remember: what fails here fails quietly. A model that is down and a
browser that is missing are said once, where an operator looks, and the release goes on with words.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import structlog

from bot.adapters.charts import Artist
from bot.adapters.chat import Pictures
from bot.adapters.tour import Taken, Tours
from bot.adapters.writer import Writer
from bot.core import commands as c
from bot.core import effects as x
from bot.core import events as e
from bot.core.actors import SONGBIRD
from bot.core.contents import Picture, Shot
from bot.core.errors import AdapterError, Permanent, Refused, Temporary
from bot.engine.aside import Aside
from bot.engine.material import material
from bot.engine.service import Service
from bot.store.ports import Claimed
from bot.texts import Material
from bot.texts.diagnosis import Diagnosis, diagnose
from bot.views import charts
from bot.views.charts import Scene

IMPROVE_ATTEMPTS_MAX = 3
"""A better text is worth so many tries; after them the template's stands."""

PICTURE_ATTEMPTS_MAX = 4
"""After that the numbers are told in words."""

FROM_SAMPLES = frozenset({"diagnosis", "incident", "narration"})
"""Texts that say what the samples show; the others need the journal alone."""

log = structlog.get_logger(__name__)


class Model(Writer, Protocol):
    """A writer that may be better, and may be late, dear or wrong."""

    @property
    def is_resting(self) -> bool:
        """Whether it has failed so often that it is not asked for now."""

    def answer(self, question: str, material: Material, person: str) -> AsyncGenerator[str, None]:
        """Sentences that the evidence carries, as they come; none where it may not or cannot answer now."""


Names = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
"""What people are called, by id; without those of whom nobody says it in time."""


@dataclass(frozen=True, slots=True)
class Studio:
    """Who writes and who draws. Without a model the templates' texts stand; artist and tours say why if they cannot."""

    template: Writer
    artist: Artist
    tours: Tours
    pictures: Pictures
    names: Names
    model: Model | None = None


class Scribe:
    """Performs the effects that bring words and pictures."""

    def __init__(self, service: Service, studio: Studio, clock: Callable[[], float], aside: Aside) -> None:
        self._service = service
        self._studio = studio
        self._clock = clock
        self._aside = aside
        self._taken: dict[str, Taken] = {}
        """Tours whose pictures are not all uploaded yet, by the effect's key."""

    # ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def write(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, x.WriteText), f"{effect.key} writes no text"
        kind, found = await self._material(effect, effect.kind)
        written = await self._studio.template.write(kind, found)
        await self._report(effect, c.ReportArtefact(effect.release, effect.kind, written.text, written.author))

    async def not_written(self, effect: x.Effect, reason: str) -> None:
        """Approvers must have something to look at, and be told the truth about it."""
        assert isinstance(effect, x.WriteText), f"{effect.key} writes no text"
        text = f"The {effect.kind.partition('/')[0]} could not be written: {reason}"
        await self._report(effect, c.ReportArtefact(effect.release, effect.kind, text, SONGBIRD.id))

    async def improve(self, claimed: Claimed) -> None:
        """A model's text, over the version that it is to better. That none comes is no failure."""
        effect = claimed.effect
        assert isinstance(effect, x.ImproveText), f"{effect.key} betters no text"
        if self._studio.model is None:
            return
        kind, found = await self._material(effect, effect.kind)
        try:
            written = await self._studio.model.write(kind, found)
        except Permanent as error:
            log.info("the template's text stands", effect=effect.key, reason=str(error))
            return
        except AdapterError as error:
            if claimed.attempt < IMPROVE_ATTEMPTS_MAX:
                raise
            log.info("the template's text stands", effect=effect.key, reason=str(error))
            return
        better = c.ReportArtefact(
            effect.release, effect.kind, written.text, written.author, written.evidence, effect.over
        )
        await self._report(effect, better)

    async def _material(self, effect: x.Effect, named: str) -> tuple[str, Material]:
        """The kind of a text, and what it is made from. `narration/20` is about the step passed in the 20th event."""
        kind, _, version = named.partition("/")
        upto = int(version) if version else None
        found = await self._aside(lambda: self._look_up(effect.release, upto, samples=kind in FROM_SAMPLES))
        found = replace(found, titles=await self._studio.names(found.release.plan.named | found.release.plan.groups))
        if upto is not None and isinstance(passed := found.journal[-1].event, e.StepPassed):
            found = replace(found, about=str(passed.entry))
        return kind, found

    def _look_up(self, release: str, upto: int | None = None, *, samples: bool = True) -> Material:
        return material(self._service, release, self._clock(), upto=upto, samples=samples)

    # ── charts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def draw(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, x.DrawCharts), f"{effect.key} draws nothing"
        scenes = await self._aside(lambda: self._scenes(effect.release, effect.version))
        last = claimed.attempt >= PICTURE_ATTEMPTS_MAX
        pictures = [await self._picture(effect, scene, is_last_attempt=last) for scene in scenes]
        if pictures:
            await self._report(effect, c.ReportCharts(effect.release, effect.version, tuple(pictures)))

    def _scenes(self, release: str, version: int) -> list[Scene]:
        """A step as it was when it was passed; of an ending, all that has come until now."""
        passed = isinstance(self._service.journal(release)[version - 1].event, e.StepPassed)
        return _scenes(self._look_up(release, version if passed else None), version)

    async def evidence_of(self, release: str, version: int) -> tuple[Diagnosis | None, Mapping[str, bytes]]:
        """For a ticket: what is known about an event, and its charts as far as they could be drawn, by file name.

        Raises nothing: a ticket waits neither for its pictures nor for a mistake of ours in them.
        """
        diagnosis, drawn = None, dict[str, bytes]()
        try:
            diagnosis, scenes = await self._aside(lambda: self._read(release, version))
            if not self._studio.artist.why_not():
                for number, scene in enumerate(scenes, start=1):
                    drawn[f"chart-{number}.png"] = await self._studio.artist.draw(scene)
        except Exception:
            log.exception("a ticket goes without evidence", release=release, has_diagnosis=diagnosis is not None)
        return diagnosis, drawn

    def _read(self, release: str, version: int) -> tuple[Diagnosis | None, list[Scene]]:
        found = self._look_up(release)
        return diagnose(found), _scenes(found, version)

    async def _picture(self, effect: x.Effect, scene: Scene, *, is_last_attempt: bool) -> Picture:
        png = await self._drawn(effect, scene, is_last_attempt=is_last_attempt)
        file = await self._upload(effect, "chart.png", png, scene.alt, is_last_attempt=is_last_attempt) if png else ""
        return Picture(scene.title, scene.alt, scene.numbers, file)

    async def _drawn(self, effect: x.Effect, scene: Scene, *, is_last_attempt: bool) -> bytes:
        """Nothing where nobody can draw: then the numbers stand for the picture."""
        if self._studio.artist.why_not():
            return b""
        try:
            return await self._studio.artist.draw(scene)
        except Temporary as error:
            if not is_last_attempt:
                raise
            log.warning("a chart was not drawn", effect=effect.key, error=str(error))
        except AdapterError as error:
            log.warning("a chart was not drawn", effect=effect.key, error=str(error))
        return b""

    async def _upload(self, effect: x.Effect, name: str, png: bytes, alt: str, *, is_last_attempt: bool) -> str:
        """The chat's id of the picture; empty when it takes none, and words have to do."""
        try:
            return await self._studio.pictures.upload(name, png, alt)
        except Temporary as error:
            if not is_last_attempt:
                raise
            log.warning("a picture could not be uploaded", effect=effect.key, error=str(error))
        except AdapterError as error:
            log.warning("a picture could not be uploaded", effect=effect.key, error=str(error))
        return ""

    # ── tours ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def take_tour(self, claimed: Claimed) -> None:
        effect = claimed.effect
        assert isinstance(effect, x.TakeTour), f"{effect.key} takes no tour"
        release = self._service.peek(effect.release)
        if release is None:
            raise Permanent(f"there is no release {effect.release}")
        if effect.key not in self._taken:  # what it pressed on staging is not pressed again for a failed upload
            self._taken[effect.key] = await self._studio.tours.take(release.plan, release.name)
        taken = self._taken[effect.key]
        last = claimed.attempt >= PICTURE_ATTEMPTS_MAX
        shots = await self._uploaded(effect, taken, is_last_attempt=last)
        await self._report(effect, c.ReportTour(effect.release, effect.entry, shots, _note(taken)))
        del self._taken[effect.key]

    async def _uploaded(self, effect: x.Effect, taken: Taken, *, is_last_attempt: bool) -> tuple[Shot, ...]:
        async def upload(name: str, png: bytes | None, alt: str) -> str:
            return await self._upload(effect, name, png, alt, is_last_attempt=is_last_attempt) if png else ""

        shots = []
        for shot in taken.shots:
            after = await upload(f"{shot.number}.png", shot.after, shot.alt)
            before = await upload(f"{shot.number}-before.png", shot.before, shot.alt_before)
            shots.append(Shot(shot.number, shot.caption, shot.alt, after, before, shot.failure))
        return tuple(shots)

    async def nothing_to_report(self, effect: x.Effect, reason: str) -> None:
        """Nobody waits for it; the log has said why."""
        log.info("it is left out", effect=effect.key, reason=reason)
        self._taken.pop(effect.key, None)

    async def _report(self, effect: x.Effect, command: c.Command) -> None:
        """A refusal is an outcome that came too late: the release had moved on."""
        try:
            await self._service.handle(command, actor=SONGBIRD, key=f"{effect.key}/outcome", now=self._clock())
        except Refused:
            return


def _note(taken: Taken) -> str:
    """With the hosts that a picture may lack something of."""
    blocked = f"Not asked, for the plan does not allow it: {', '.join(taken.blocked)}." if taken.blocked else ""
    return " ".join(filter(None, (taken.note, blocked)))


def _scenes(found: Material, version: int) -> list[Scene]:
    """The metric worth showing; and, where the release has come to an end or is on its way back, how far it got."""
    metric = charts.which(found)
    comparison = charts.canary(found, metric) if metric else None
    event = found.journal[version - 1].event
    overview = charts.rollout(found) if isinstance(event, e.RollbackStarted | e.ReleaseHealthy) else None
    return [scene for scene in (comparison, overview) if scene is not None]
