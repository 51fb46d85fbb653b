"""Texts and pictures: the template at once, the model when it answers, words where there are no pictures."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.adapters.charts.stand_in import StandInArtist
from bot.adapters.chat.stand_in import StandInPictures
from bot.adapters.tour.stand_in import StandInTours
from bot.analysis.series import LookSamples, Sample, to_stored
from bot.analysis.shapes import Counts
from bot.core import effects as x
from bot.core import events as e
from bot.core import follows
from bot.core.contents import Artefact
from bot.core.errors import Permanent, Refused, Temporary
from bot.engine.asking import FRESH_SECONDS, Asking
from bot.engine.scribe import IMPROVE_ATTEMPTS_MAX, PICTURE_ATTEMPTS_MAX, Scribe
from bot.store.ports import StoredSample
from tests.engine.engine_fixtures import Engine, FakeModel, a_studio, at_once, claimed, scribe_of
from tests.support.scenario import BAD, PRIYA, Scenario, c, plan

TOURED = {
    "pages": ["/", "/checkout"],
    "walkthrough": {"staging": "http://127.0.0.1:1", "production": "http://127.0.0.1:2"},
}


@dataclass
class Desk:
    """A release as it stands, and who writes about it."""

    engine: Engine
    scenario: Scenario
    model: FakeModel = field(default_factory=FakeModel)
    artist: StandInArtist = field(default_factory=StandInArtist)
    pictures: StandInPictures = field(default_factory=StandInPictures)
    tours: StandInTours = field(default_factory=StandInTours)

    def __post_init__(self) -> None:
        self.engine.has(self.scenario)

    @property
    def scribe(self) -> Scribe:
        studio = a_studio(model=self.model, artist=self.artist, pictures=self.pictures, tours=self.tours)
        return scribe_of(self.engine, studio)

    async def write(self, kind: str) -> None:
        await self.scribe.write(claimed(x.WriteText(f"shop-1/2/text/{kind}", "shop-1", kind)))

    async def improve(self, kind: str, over: int = 1, attempt: int = 1) -> None:
        effect = x.ImproveText(f"shop-1/9/{over}/improve", "shop-1", kind, over)
        await self.scribe.improve(claimed(effect, attempt=attempt))

    async def draw(self, attempt: int = 1) -> None:
        version = next(one.version for one in self.scenario.journal if isinstance(one.event, e.RollbackStarted))
        effect = x.DrawCharts(f"shop-1/{version}/charts", "shop-1", version)
        await self.scribe.draw(claimed(effect, attempt=attempt))

    def texts(self, kind: str) -> tuple[Artefact, ...]:
        return self.engine.release().texts.get(kind, ())

    def drawn(self) -> Any:
        (event,) = self.engine.happened(e.ChartsDrawn)
        return event


def rolled_back(engine: Engine) -> Desk:
    """With samples of its canary and its control."""
    desk = Desk(engine, Scenario().in_production().looked(BAD))
    entry = desk.scenario.entry - 1
    since = desk.scenario.now - 60
    for second in range(0, 60, 5):
        at = since + second
        samples = tuple(
            Sample(at, "errors", cohort, cohort, at - 5, Counts(bad, 200.0))
            for cohort, bad in (("canary", 12.0), ("control", 1.0))
        )
        rows = [StoredSample(*row) for row in to_stored(LookSamples(at, samples))]
        with engine.store.transaction() as t:
            t.add_samples("shop-1", entry, rows)
    return desk


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_text_is_there_from_its_template_and_names_people(engine: Engine) -> None:
    desk = Desk(engine, Scenario().staged().prepared())
    for _ in range(2):
        await desk.write("undo")
    (text,) = desk.texts("undo")
    assert text.author == "template"
    assert "Omar" in text.text


async def test_a_model_writes_over_the_version_that_it_was_asked_to_better(engine: Engine) -> None:
    desk = Desk(engine, Scenario().staged().prepared().written())
    for _ in range(2):
        await desk.improve("notes")
    assert [(text.author, text.text, text.evidence) for text in desk.texts("notes")][1:] == [
        ("a-model", "A better text.", "e" * 12)
    ]


async def test_without_a_model_the_template_stands_and_nothing_fails(engine: Engine) -> None:
    desk = Desk(engine, Scenario().staged().prepared().written())
    effect = x.ImproveText("shop-1/9/improve", "shop-1", "notes", 1)
    await scribe_of(engine, a_studio()).improve(claimed(effect))
    assert [text.author for text in desk.texts("notes")] == ["template"]


async def test_a_model_that_has_nothing_better_leaves_the_templates_text(engine: Engine) -> None:
    desk = Desk(engine, Scenario().staged().prepared().written(), FakeModel(trouble=Permanent("nothing of it stands")))
    await desk.improve("notes")
    assert [text.author for text in desk.texts("notes")] == ["template"]


async def test_a_model_that_may_answer_later_is_asked_again_and_not_for_ever(engine: Engine) -> None:
    desk = Desk(engine, Scenario().staged().prepared().written(), FakeModel(trouble=Temporary("429")))
    for attempt in range(1, IMPROVE_ATTEMPTS_MAX):
        with pytest.raises(Temporary):
            await desk.improve("notes", attempt=attempt)
    await desk.improve("notes", attempt=IMPROVE_ATTEMPTS_MAX)
    assert len(desk.texts("notes")) == 1


async def test_a_better_text_for_a_version_that_a_person_has_replaced_is_dropped(engine: Engine) -> None:
    at = Scenario().staged().prepared().written().when(c.EditText("shop-1", "notes", "mine", over=1), PRIYA)
    desk = Desk(engine, at)
    await desk.improve("notes", over=1)
    assert [text.author for text in desk.texts("notes")] == ["template", "U0PRIYA"]


async def test_a_steps_narration_is_made_from_the_release_as_it_was_then(engine: Engine) -> None:
    at = Scenario().in_production().held(30)
    passed = next(one for one in reversed(at.journal) if isinstance(one.event, e.StepPassed))
    desk = Desk(engine, at.exposed().looked())
    await desk.improve(f"narration/{passed.version}")
    await desk.write(f"narration/{passed.version}")
    ((kind, found),) = desk.model.asked
    assert (kind, found.about) == ("narration", str(passed.event.entry))  # type: ignore[attr-defined]
    assert found.release.version == passed.version
    (text,) = desk.texts(f"narration/{passed.version}")
    assert text.text.startswith("1 % passed")


async def test_a_diagnosis_sees_the_samples_and_the_notes_do_not_read_them(engine: Engine) -> None:
    desk = rolled_back(engine)
    await desk.write("diagnosis")
    for kind in ("diagnosis", "notes"):
        await desk.improve(kind)
    (_, diagnosed), (_, noted) = desk.model.asked
    assert len(diagnosed.looks) == 12
    assert noted.looks == ()


# ── charts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_rollback_has_its_charts_uploaded_and_told_once(engine: Engine) -> None:
    desk = rolled_back(engine)
    for _ in range(2):
        await desk.draw()
    pictures = desk.drawn().pictures
    assert [picture.file in desk.pictures.files for picture in pictures] == [True, True]
    assert pictures[0].title.startswith("errors on v1.1.0")
    assert all(picture.alt and picture.numbers for picture in pictures)


@pytest.mark.parametrize("lacking", ["matplotlib", "files:write"])
async def test_where_nobody_draws_or_takes_pictures_the_numbers_are_told(engine: Engine, lacking: str) -> None:
    desk = rolled_back(engine)
    if lacking == "matplotlib":
        desk.artist.reason = "matplotlib is not installed"
    else:
        desk.pictures.refusal = Permanent("missing_scope")
    await desk.draw()
    assert [picture.file for picture in desk.drawn().pictures] == ["", ""]


async def test_a_chat_that_takes_no_picture_for_now_is_asked_again_and_then_told_the_numbers(engine: Engine) -> None:
    desk = rolled_back(engine)
    desk.pictures.refusal = Temporary("slow")
    with pytest.raises(Temporary):
        await desk.draw()
    await desk.draw(attempt=PICTURE_ATTEMPTS_MAX)
    assert [picture.file for picture in desk.drawn().pictures] == ["", ""]


async def test_a_release_that_nobody_measured_is_drawn_nothing_of_but_its_way(engine: Engine) -> None:
    desk = Desk(engine, Scenario().in_production().looked(BAD))
    await desk.draw()
    assert len(desk.drawn().pictures) == 1


async def test_a_ticket_has_its_charts_and_does_without_them(engine: Engine) -> None:
    desk = rolled_back(engine)
    version = next(one.version for one in desk.scenario.journal if isinstance(one.event, e.RollbackStarted))
    diagnosis, pictures = await desk.scribe.evidence_of("shop-1", version)
    assert diagnosis is not None
    assert sorted(pictures) == ["chart-1.png", "chart-2.png"]
    desk.artist.reason = "matplotlib is not installed"
    assert (await desk.scribe.evidence_of("shop-1", version))[1] == {}


async def test_a_ticket_is_filed_although_our_charts_have_a_mistake(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = rolled_back(engine)
    monkeypatch.setattr("bot.views.charts.which", lambda _: 1 / 0)
    assert await desk.scribe.evidence_of("shop-1", desk.scenario.state.version) == (None, {})


async def test_a_step_is_drawn_as_it_was_when_it_was_passed(engine: Engine) -> None:
    at = Scenario().in_production().held(30)
    passed = next(one.version for one in reversed(at.journal) if isinstance(one.event, e.StepPassed))
    desk = Desk(engine, at.exposed().looked(BAD))
    drawn: list[int] = []

    def which(found: Any) -> None:
        drawn.append(len(found.journal))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.views.charts.which", which)
        await desk.scribe.draw(claimed(x.DrawCharts("shop-1/1/charts", "shop-1", passed)))
        await desk.draw()
    assert drawn == [passed, len(at.journal)]


# ── tours ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def toured(desk: Desk, attempt: int = 1) -> None:
    effect = x.TakeTour("shop-1/9/tour", "shop-1", desk.scenario.entry)
    await desk.scribe.take_tour(claimed(effect, attempt=attempt))


async def test_a_tour_is_uploaded_picture_by_picture_and_told_as_a_numbered_story(engine: Engine) -> None:
    desk = Desk(engine, Scenario(plan(**TOURED)).on_staging())
    desk.tours.failures[2] = "there is no button #pay"
    for _ in range(2):
        await toured(desk)
    (taken,) = engine.happened(e.TourTaken)
    first, second = engine.release().shots
    assert (first.number, second.number, second.failed) == (1, 2, "there is no button #pay")
    assert {first.file, first.before, second.file} <= set(desk.pictures.files)
    assert taken.entry == desk.scenario.entry  # type: ignore[attr-defined]


async def test_an_upload_that_fails_for_now_presses_nothing_on_staging_again(engine: Engine) -> None:
    desk = Desk(engine, Scenario(plan(**TOURED)).on_staging())
    desk.pictures.refusal, scribe = Temporary("slow"), desk.scribe
    effect = x.TakeTour("shop-1/9/tour", "shop-1", desk.scenario.entry)
    with pytest.raises(Temporary):
        await scribe.take_tour(claimed(effect))
    desk.pictures.refusal = None
    await scribe.take_tour(claimed(effect, attempt=2))
    assert len(desk.tours.taken) == 1
    assert len(engine.release().shots) == 2


async def test_what_a_page_was_not_allowed_to_load_is_said(engine: Engine) -> None:
    desk = Desk(engine, Scenario(plan(**TOURED)).on_staging())
    desk.tours.blocked = ("fonts.example.com",)
    await toured(desk)
    (taken,) = engine.happened(e.TourTaken)
    assert "fonts.example.com" in taken.note  # type: ignore[attr-defined]


async def test_without_a_browser_that_is_said(engine: Engine) -> None:
    desk = Desk(engine, Scenario(plan(**TOURED)).on_staging())
    desk.tours.reason = "there is no Chromium on this machine"
    await toured(desk)
    (taken,) = engine.happened(e.TourTaken)
    assert taken.shots == ()  # type: ignore[attr-defined]
    assert "no Chromium" in taken.note  # type: ignore[attr-defined]


async def test_a_tour_is_asked_for_where_no_customers_are_and_only_where_the_plan_has_one() -> None:
    def asks(at: Scenario) -> bool:
        reached = next(one for one in reversed(at.journal) if isinstance(one.event, e.ExposureReached))
        return any(
            isinstance(one, x.TakeTour) for one in follows.effects(reached, replace(at.state, version=1), at.around)
        )

    assert asks(Scenario(plan(**TOURED)).on_staging())
    assert not asks(Scenario().on_staging())
    by_hand = {"tour": ["Buy a teapot."], "walkthrough": TOURED["walkthrough"]}
    assert not asks(Scenario(plan(**by_hand)).on_staging())
    assert not asks(Scenario(plan(**TOURED)).in_production())


# ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def asking(engine: Engine, model: FakeModel | None = None) -> Asking:
    return Asking(engine.service, a_studio(model=model), engine.clock, at_once)


async def test_why_is_answered_from_the_journal(engine: Engine) -> None:
    rolled_back(engine)
    said = await asking(engine).plain("shop-1", "why did it go back?")
    assert "errors" in said
    assert "5 %" in said


async def test_a_models_answer_is_given_the_samples_and_the_question(engine: Engine) -> None:
    rolled_back(engine)
    model = FakeModel("It was the pool.")
    better = asking(engine, model).better("shop-1", "why?", "U0QUINN")
    assert better is not None
    assert [sentence async for sentence in better] == ["It was the pool."]
    ((question, found),) = model.asked
    assert (question, len(found.looks)) == ("why?", 12)
    assert asking(engine).better("shop-1", "why?", "U0QUINN") is None


async def test_an_answer_and_the_better_one_read_the_samples_once(engine: Engine) -> None:
    rolled_back(engine)
    read = 0

    async def aside(work: Callable[[], Any]) -> Any:
        nonlocal read
        read += 1
        return work()

    both = Asking(engine.service, a_studio(model=FakeModel("It was the pool.")), engine.clock, aside)
    for question in ("why?", "who?"):
        await both.plain("shop-1", question)
    better = both.better("shop-1", "why?", "U0QUINN")
    assert better is not None
    assert [sentence async for sentence in better] == ["It was the pool."]
    assert read == 1
    engine.now += FRESH_SECONDS
    await both.plain("shop-1", "why?")
    assert read == 2


async def test_the_releases_of_a_day_are_read_beside_the_loop(engine: Engine) -> None:
    engine.has(Scenario(id="shop-1").in_production())
    waiting: list[Callable[[], Any]] = []

    async def aside(work: Callable[[], Any]) -> Any:
        waiting.append(work)
        raise Refused("later")

    with pytest.raises(Refused, match="later"):
        await Asking(engine.service, a_studio(), engine.clock, aside).daily()
    assert [one.id for one in waiting[0]()] == ["shop-1"]


async def test_a_day_is_told_over_all_releases(engine: Engine) -> None:
    engine.has(Scenario(id="shop-1").in_production())
    assert "shop-1" in await asking(engine).daily()
