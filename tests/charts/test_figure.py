"""What the figure really holds: the scene's lines, bands, marks and words, all within the sheet, readable in grey.

The one thing to remember: nothing here looks at pixels, but for the size and the mode of one picture that is rendered.
"""

import asyncio
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from time import perf_counter

import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from bot.adapters.charts.figure import SCALE, figure, png
from bot.adapters.charts.looks import LINE_CONTRAST_MIN, LOOKS, PAPER, SMALL, TEXT, TEXT_CONTRAST_MIN, contrast
from bot.adapters.charts.pictures import MatplotlibArtist
from bot.adapters.charts.words import apart
from bot.views.charts import Scene, canary, rollout
from bot.views.charts.scene import WIDTH, Ink
from tests.charts.made_up import Shop, bad_day, material, slow_story, without_looks
from tests.golden.stories import STORIES

BYTES_MAX = 200_000
TITLE_BYTES = b"errors on v1.1.0"
COMPARED = ("good", "flagged", "bad", "rejected", "blind", "worse_in_the_watch")


def picture(metric: str = "errors") -> Scene:
    told, shop = bad_day()
    scene = canary(material(told, shop), metric)
    assert scene is not None
    return scene


def strip(name: str = "held") -> Scene:
    scene = rollout(without_looks(STORIES[name]()))
    assert scene is not None
    return scene


def every() -> Iterator[tuple[str, Scene]]:
    yield from ((metric, picture(metric)) for metric in ("errors", "p95", "memory", "checkouts"))
    for name, tell in STORIES.items():
        told = tell()
        scenes = {"strip": rollout(without_looks(told))}
        if name in COMPARED:
            scenes["errors"] = canary(material(told), "errors")
        yield from ((f"{name}, {what}", scene) for what, scene in scenes.items() if scene is not None)


SCENES = dict(every())


def of(axes: Axes, kind: type, label: str) -> list:  # type: ignore[type-arg]
    return [one for one in axes.get_children() if isinstance(one, kind) and one.get_label() == label]


# ── content ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_run_of_every_line_is_drawn_at_its_place_with_its_band() -> None:
    scene = picture()
    (axes,) = figure(scene).axes
    for series in scene.panels[0].series:
        lines, bands = of(axes, Line2D, series.label), of(axes, PolyCollection, series.label)
        assert [line.get_xdata() for line in lines] == [
            pytest.approx([scene.time.place(point.at) for point in run]) for run in series.runs
        ]
        assert [list(line.get_ydata()) for line in lines] == [[point.value for point in run] for run in series.runs]
        wide = [run for run in series.runs if any(point.low != point.high for point in run)]
        for run, band in zip(wide, bands, strict=True):
            corners = band.get_paths()[0].vertices[:, 1]
            assert (corners.min(), corners.max()) == (min(p.low for p in run), max(p.high for p in run))


def test_the_limit_and_every_mark_stand_where_the_scene_says() -> None:
    scene = picture()
    (panel,), (axes,) = scene.panels, figure(scene).axes
    for rule in panel.rules:
        assert [list(line.get_ydata()) for line in of(axes, Line2D, rule.label)] == [[rule.value, rule.value]]
    assert {mark.ink for mark in panel.marks} == {Ink.STEP, Ink.BREACH, Ink.BACK}
    for mark in panel.marks:
        (line,) = of(axes, Line2D, mark.label)
        assert line.get_xdata()[0] == pytest.approx(scene.time.place(mark.at))


def test_spans_and_signs_of_a_strip_stand_in_their_lanes() -> None:
    scene = strip()
    drawing = figure(scene)
    for panel, axes in zip(scene.panels, drawing.axes, strict=True):
        boxes = [one for one in axes.patches if isinstance(one, Rectangle)]
        assert [box.get_label() for box in boxes] == [span.label for span in panel.spans]
        assert [box.get_hatch() or "" for box in boxes] == [LOOKS[span.ink].hatch for span in panel.spans]
    people = [text.get_text() for text in drawing.axes[2].texts]
    assert people.count("✓") == 2
    assert "»" in people


@pytest.mark.parametrize("name", SCENES)
def test_every_word_of_the_scene_is_on_the_sheet(name: str) -> None:
    scene = SCENES[name]
    written = " ".join(text.get_text() for text in texts(figure(scene)))
    for words in (scene.title, scene.note, *(mark.key for mark in scene.keys), scene.time.label):
        assert all(word in written for word in words.split()), words


@pytest.mark.parametrize("name", SCENES)
def test_no_words_leave_the_sheet_or_cover_others(name: str) -> None:
    assert_fits(SCENES[name])


def assert_fits(scene: Scene) -> None:
    drawing = figure(scene)
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(drawing) if text.get_text() != "≈"]
    for words, box in boxes:
        assert box.x0 >= 0, words
        assert box.x1 <= drawing.bbox.width, words
        assert box.y0 >= 0, words
        assert box.y1 <= drawing.bbox.height, words
    for (one, here), (other, there) in combinations(boxes, 2):
        assert not here.padded(-SCALE).overlaps(there.padded(-SCALE)), f"{one!r} covers {other!r}"


def texts(drawing: Figure) -> list[Text]:
    return [one for one in drawing.findobj(Text) if isinstance(one, Text) and one.get_text()]


# ── readable ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_words_have_contrast() -> None:
    for color in (TEXT, SMALL, *(look.color for ink, look in LOOKS.items() if ink is not Ink.STEP)):
        assert contrast(color, PAPER) >= TEXT_CONTRAST_MIN, color
    for look in LOOKS.values():
        assert contrast(look.on_fill, look.fill) >= TEXT_CONTRAST_MIN, look


@pytest.mark.parametrize("ink", Ink)
def test_lines_have_contrast(ink: Ink) -> None:
    assert contrast(LOOKS[ink].color, PAPER) >= LINE_CONTRAST_MIN


def test_contrast_is_what_the_web_guidelines_say() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_without_colour_lines_differ_in_dashes_or_width_and_verdicts_in_hatching_or_darkness() -> None:
    lines = (Ink.CANARY, Ink.CONTROL, Ink.TOLERATED, Ink.LIMIT)
    assert len({(LOOKS[ink].dashes, LOOKS[ink].width) for ink in lines}) == len(lines)
    verdicts = [LOOKS[ink] for ink in (Ink.PASS, Ink.INCONCLUSIVE, Ink.FAIL, Ink.ERROR)]
    for one, other in combinations(verdicts, 2):
        assert one.hatch != other.hatch or contrast(one.fill, other.fill) >= LINE_CONTRAST_MIN


def test_no_letters_are_smaller_than_ten_pixels_of_a_phone() -> None:
    for scene in (SCENES["errors"], SCENES["held, strip"]):
        drawing = figure(scene)
        assert min(text.get_fontsize() * drawing.dpi / 72 / SCALE for text in texts(drawing)) >= 10 - 1e-6


def test_names_at_the_edge_are_moved_apart_and_stay_inside() -> None:
    assert list(apart([1.0, 1.1, 1.2, 9.9], 1.0, 0.0, 10.0)) == pytest.approx([1.0, 2.0, 3.0, 9.9])
    assert list(apart([9.5, 9.6, 9.7], 1.0, 0.0, 10.0)) == pytest.approx([8.0, 9.0, 10.0])
    assert list(apart([], 1.0, 0.0, 10.0)) == []


# ── what comes from outside ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["$\\frac{1}{0}$", "v1 \\$x_2$ 100%", "発売 🚀 v1", "%s {0} <b>", "v" * 300])
def test_a_version_is_drawn_as_it_is_written_and_never_read_as_a_formula(name: str) -> None:
    told, shop = bad_day()
    told_of = material(told, shop)
    release = replace(told_of.release, name=name)
    for scene in (canary(replace(told_of, release=release), "errors"), rollout(replace(told_of, release=release))):
        assert scene is not None
        drawing = figure(scene)
        assert not any(text.get_parse_math() for text in texts(drawing))
        assert png(scene).startswith(b"\x89PNG")


def test_a_unit_that_is_long_is_in_the_note_and_not_at_every_tick() -> None:
    told, shop = bad_day()
    told_of = material(told, shop)
    plan = told_of.release.plan
    metrics = tuple(
        one.model_copy(update={"unit": "widgets per hour\n"}) if one.name == "memory" else one for one in plan.metrics
    )
    release = replace(told_of.release, plan=plan.model_copy(update={"metrics": metrics}))
    scene = canary(replace(told_of, release=release), "memory")
    assert scene is not None
    assert "in widgets per…" in scene.note
    assert_fits(scene)


# ── the picture ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_picture_is_a_small_opaque_png_that_says_what_it_shows() -> None:
    scene = picture()
    made = png(scene)
    wide, high, depth, mode = struct.unpack(">IIBB", made[16:26])
    assert (wide, depth) == (WIDTH * SCALE, 8)
    assert wide / 2 < high < wide * 1.3
    assert mode in (2, 6)
    assert len(made) < BYTES_MAX
    assert TITLE_BYTES in made
    assert scene.alt[:60].encode() in made


@pytest.mark.parametrize("make", [picture, strip])
def test_the_same_scene_is_the_same_picture(make: Callable[[], Scene]) -> None:
    assert png(make()) == png(make())


async def test_the_loop_turns_while_a_picture_is_drawn(record_property: Callable[[str, object], None]) -> None:
    """How long it stands still is told and not asserted: `python -m benchmarks charts` measures it."""
    artist, turns, longest = MatplotlibArtist(), 0, 0.0
    drawing = asyncio.create_task(artist.draw(picture()))
    while not drawing.done():
        began = perf_counter()
        await asyncio.sleep(0)
        longest, turns = max(longest, perf_counter() - began), turns + 1
    await artist.close()
    assert drawing.result().startswith(b"\x89PNG")
    assert turns > 3
    record_property("longest_stall_ms", round(longest * 1000, 1))


def test_a_day_of_looks_is_still_a_small_picture() -> None:
    at = slow_story(20).reviewed().held(60).wait(5).deployed().wait(0.8).exposed()
    at.wait(20 * 3600)
    scene = canary(material(at, Shop(requests=0.5)), "errors")
    assert scene is not None
    assert len(png(scene)) < BYTES_MAX
