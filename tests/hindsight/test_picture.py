"""A backtest as a picture: what is marked where, in words as well, within the sheet; and a line that bears any past.

How a scene is drawn is tested in `tests/charts`. The one thing to remember: pasts here are steady, so what is marked is
what the test did, and never chance.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from matplotlib.lines import Line2D

from bot.adapters.charts import pictures
from bot.adapters.charts.figure import figure, png, svg
from bot.adapters.charts.looks import LOOKS
from bot.analysis.series import Sample
from bot.analysis.shapes import Buckets, Counts, Values
from bot.core.metric import Limit, Metric
from bot.hindsight import Deploy
from bot.hindsight.backtest import Backtest
from bot.hindsight.drawn import CELLS_MAX, Drawn
from bot.hindsight.picture import LETTERS, _spans, scene
from bot.views.charts import Scene
from bot.views.charts.scene import ALT_CHARACTERS_MAX, Ink, Panel
from tests.charts.test_figure import assert_fits
from tests.hindsight.history import LOOK_SECONDS, NEW, OLD, Past, plan
from tests.hindsight.test_recorded import run, write_past

BOTH = 200


def drawn(past: Past, *deploys: Deploy) -> tuple[Backtest, Scene]:
    line = Drawn(past.plan)
    found = Backtest(past.plan, deploys=deploys, drawn=line)
    for at, totals in past.looks:
        found.look(at, totals)
    made = scene(found.finish(), line)
    assert made is not None
    return found, made


def deployed(errors: float, ended: str, metric: str = "") -> Scene:
    past = Past()
    past.run(OLD, 4)
    past.go(40)
    at = past.at
    past.run(NEW, 2, errors=errors)
    past.go(BOTH)
    past.stop(NEW)
    past.go(10)
    return drawn(past, Deploy(at, NEW, ended, metric))[1]  # type: ignore[arg-type]  # as it stands in the file


def panel(made: Scene, name: str) -> Panel:
    return next(one for one in made.panels if one.name == name)


def marked(made: Scene, name: str, ink: Ink) -> int:
    return sum(mark.ink is ink for mark in panel(made, name).marks)


# ── what is marked ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_false_rollback_is_marked_at_its_deploy_and_at_the_metric_that_made_it() -> None:
    made = deployed(errors=0.05, ended="well")
    assert made.title == "shop in production: 1 false rollback"
    (key,) = made.keys
    assert key.key.endswith(f"{NEW} well: rolled back at 1 %, false")
    assert [mark.label for mark in panel(made, "plan").marks] == ["◀"]
    assert marked(made, "errors", Ink.BACK) == 1
    assert marked(made, "memory", Ink.BACK) == 0
    assert "false rollbacks 1 of" in panel(made, "errors").note.replace("\N{NO-BREAK SPACE}", " ")


def test_a_miss_is_marked_at_the_metric_that_should_have_seen_it() -> None:
    made = deployed(errors=0.004, ended="ill", metric="errors")
    assert "no false rollbacks, 1 bad deploy missed" in made.title
    assert "ill: passed, missed" in made.keys[0].key
    assert (marked(made, "errors", Ink.BREACH), marked(made, "memory", Ink.BREACH)) == (1, 0)
    assert "missed 1 of 1" in panel(made, "errors").note.replace("\N{NO-BREAK SPACE}", " ")


def test_a_bad_deploy_that_is_found_is_no_miss() -> None:
    made = deployed(errors=0.05, ended="ill", metric="errors")
    assert "no false rollbacks, no bad deploys missed" in made.title
    assert (marked(made, "errors", Ink.BREACH), marked(made, "errors", Ink.BACK)) == (0, 1)
    assert "Missed: 0 of 1 that ended ill." in made.note


def test_halves_that_are_rolled_back_are_boxes_of_their_own_over_those_that_passed() -> None:
    past = Past()
    past.run(OLD, 1)
    past.run(OLD, 1, errors=0.019)
    past.go(400)
    found, made = drawn(past)
    assert found.halves is not None
    rolled_back = [one for one in found.halves.trials if one.end.ending == "rolled back"]
    boxes = panel(made, "halves").spans
    assert sum(box.ink is Ink.FAIL for box in boxes) == len(rolled_back) > 0
    assert [box.ink for box in boxes[-len(rolled_back) :]] == [Ink.FAIL] * len(rolled_back)
    assert marked(made, "errors", Ink.BACK) == len(rolled_back)
    assert (Ink.FAIL, "halves: rolled back") in made.legend


def test_a_pause_in_which_nothing_was_tried_is_in_no_box() -> None:
    past = Past()
    past.run(OLD, 2)
    past.go(130)
    found, _ = drawn(past)
    assert found.halves is not None
    one, two = (trial for trial in found.halves.trials if trial.end.ending == "passed")
    stale = past.plan.timing.stale
    assert [box.start for box in _spans([one, two], stale)] == [one.at]
    assert [box.start for box in _spans([one, replace(two, at=two.at + 86400.0)], stale)] == [one.at, two.at + 86400.0]


def test_bounds_stand_at_each_metric_and_what_was_beyond_them_is_counted() -> None:
    past = Past()
    past.run(OLD, 2)
    past.go(60)
    for one in past.there:
        one.memory = 5e8
    past.go(60)
    _, made = drawn(past)
    assert [rule.label.replace("\N{NO-BREAK SPACE}", " ") for rule in panel(made, "memory").rules] == ["limit 400 MB"]
    assert "beyond limit once" in panel(made, "memory").note.replace("\N{NO-BREAK SPACE}", " ")
    assert "beyond" not in panel(made, "errors").note


def test_what_is_drawn_is_in_the_alt_text_and_in_the_numbers() -> None:
    made = deployed(errors=0.05, ended="well")
    assert made.alt.startswith(f"Charts of a plan over its past, one a metric. {made.title}.")
    for words in (made.keys[0].key, "Memory 200 MB on average", "limit 400 MB"):
        assert words in made.alt.replace("\N{NO-BREAK SPACE}", " ")
    assert len(made.numbers) == 1 + 1 + 2, "the title, a deploy, two metrics"


def test_where_nothing_ran_beside_anything_no_count_is_claimed() -> None:
    past = Past()
    past.run(OLD, 1)
    past.go(30)
    made = drawn(past, Deploy(past.looks[2][0], NEW, "ill"))[1]
    assert made.title == "shop in production: nothing ran beside anything, limits alone"
    assert [mark.label for mark in panel(made, "plan").marks] == ["?"]
    assert made.keys[0].key.endswith(f"{NEW} ill: not replayed")


def test_of_a_past_that_is_empty_there_is_no_picture() -> None:
    assert scene(Backtest(plan()).finish(), Drawn(plan())) is None


# ── on the sheet ─────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def crowded() -> Scene:
    """Twenty deploys with long names, and metrics with all four bounds."""
    bounds = {"alert": 0.01, "limit": 0.02, "no_go": 0.03, "rollback": 0.05}
    errors = plan().metrics[0].model_copy(update={name: Limit(max=value) for name, value in bounds.items()})
    metrics = tuple(errors.model_copy(update={"name": f"errors-{number}-of-a-long-name"}) for number in range(20))
    past = Past(plan().model_copy(update={"metrics": metrics}))
    past.run(OLD, 2)
    past.go(70)
    looks = [
        (at, tuple(replace(one, shown={metric.name: one.shown["errors"] for metric in metrics}) for one in totals))
        for at, totals in past.looks
    ]
    past.looks = looks
    deploys = [Deploy(past.looks[number * 3][0], f"{number}-{'v' * 40}", "well") for number in range(20)]
    return drawn(past, *deploys)[1]


@pytest.mark.parametrize("make", [crowded, lambda: deployed(0.004, "ill", "errors")], ids=["crowded", "a miss"])
def test_no_words_leave_the_sheet_or_cover_others(make: Callable[[], Scene]) -> None:
    made = make()
    assert_fits(made)
    assert len(made.alt) <= ALT_CHARACTERS_MAX


def test_more_deploys_than_letters_are_signs_and_the_rest_is_in_the_table() -> None:
    made = crowded()
    assert [mark.label for mark in made.keys] == list(LETTERS)
    assert len(panel(made, "deploy").marks) == 20


def test_without_colour_a_deploy_a_miss_and_a_rollback_are_three_kinds_of_lines() -> None:
    looks = [LOOKS[ink] for ink in (Ink.STEP, Ink.BREACH, Ink.BACK)]
    assert len({(look.dashes, look.width) for look in looks}) == 3
    made = deployed(errors=0.05, ended="well")
    swatches = [one for one in figure(made).get_children() if isinstance(one, Line2D)]
    assert len(swatches) == sum(ink in (Ink.STEP, Ink.BREACH, Ink.BACK) for ink, _ in made.legend) == 2


@pytest.mark.parametrize("make", [png, svg])
def test_the_same_scene_is_the_same_file_with_its_words_inside(make: Callable[[Scene], bytes]) -> None:
    made = deployed(errors=0.05, ended="well")
    assert make(made) == make(made)
    assert made.alt[:60].encode() in make(made)


def test_whoever_hears_a_page_hears_what_its_svg_shows() -> None:
    made = deployed(errors=0.05, ended="well")
    (root,) = [one for one in [ET.fromstring(svg(made))] if one.get("role") == "img"]  # noqa: S314 - our own
    assert root.get("aria-label") == made.alt


# ── the line ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def sample(at: float, shown: Counts | Values | Buckets, metric: str = "errors") -> Sample:
    return Sample(at, metric, "control", "a", at - LOOK_SECONDS, shown)


def fed(line: Drawn, looks: int, first: float = 0.0, errors: int = 1) -> float:
    for number in range(looks):
        line.look(first + number * LOOK_SECONDS, [sample(first + number * LOOK_SECONDS, Counts(errors, 1000))])
    return first + looks * LOOK_SECONDS


def test_a_year_is_drawn_from_as_many_points_as_a_day() -> None:
    line = Drawn(plan())
    fed(line, 20 * CELLS_MAX + 3)
    (points,) = line.runs("errors")
    assert CELLS_MAX / 2 <= len(points) <= CELLS_MAX
    assert [point.value for point in points] == pytest.approx([0.001] * len(points))


def test_a_short_peak_in_a_long_past_is_in_the_band() -> None:
    line = Drawn(plan())
    at = fed(line, 10 * CELLS_MAX)
    at = fed(line, 20, at, errors=50)
    fed(line, 10 * CELLS_MAX, at)
    assert max(point.high for part in line.runs("errors") for point in part) == 0.05


def test_time_in_which_nobody_could_look_parts_the_line() -> None:
    line = Drawn(plan())
    at = fed(line, 30)
    fed(line, 30, at + 3600.0)
    assert len(line.runs("errors")) == 2


def test_what_lies_above_the_last_bucket_is_drawn_at_its_bound() -> None:
    slow = Metric(name="p95", kind="performance", histogram="t", quantile=0.95, limit=Limit(max=1.0))
    line = Drawn(plan().model_copy(update={"metrics": (slow,)}))
    line.look(9.0, [sample(9.0, Buckets((0.1, 2.0), (0.0, 0.0, 100.0)), "p95")])
    assert line.runs("p95")[0][0].value == 2.0


def test_too_little_is_not_drawn() -> None:
    line = Drawn(plan())
    line.look(9.0, [sample(9.0, Counts(1, 3))])
    assert line.runs("errors") == ()


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────

SPAN = ("--from", "2020-01-01", "--to", "2030-01-01")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    past = Past()
    past.run(OLD, 2)
    past.go(40)
    return write_past(past, tmp_path / "past")


@pytest.mark.parametrize(("name", "begins"), [("week.png", b"\x89PNG"), ("week.svg", b"<?xml")])
def test_the_command_draws_into_the_file(tmp_path: Path, saved: Path, name: str, begins: bytes) -> None:
    result = run(tmp_path, *SPAN, "--samples", str(saved), "--picture", str(tmp_path / name))
    assert result.exit_code == 0, result.output
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert "One version in two halves" in result.output, "the table is printed as ever"


def test_what_cannot_be_drawn_is_said_before_anything_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    never = ("--samples", str(tmp_path / "not-there"))
    assert "let it end in .png or .svg" in run(tmp_path, *never, "--picture", "week.jpg").output
    assert "no-folder is no folder" in run(tmp_path, *never, "--picture", "no-folder/week.png").output
    monkeypatch.setattr(pictures, "find_spec", lambda _name: None)
    assert "matplotlib is not installed" in run(tmp_path, *never, "--picture", str(tmp_path / "week.png")).output


def test_of_nothing_there_is_no_picture_and_that_is_said(tmp_path: Path, saved: Path) -> None:
    span = ("--from", "2020-01-01", "--to", "2020-01-02")
    result = run(tmp_path, *span, "--samples", str(saved), "--picture", str(tmp_path / "week.png"))
    assert "there is nothing to draw" in result.stderr
    assert not (tmp_path / "week.png").exists()
