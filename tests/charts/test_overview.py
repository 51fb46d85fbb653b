"""The strip: what happened when, and that a long night leaves room for the rest."""

from dataclasses import replace
from itertools import pairwise

import pytest

from bot.core.actors import Actor
from bot.views.charts import Scene, rollout
from bot.views.charts.scene import ALT_CHARACTERS_MAX, Ink
from tests.charts.conftest import Golden
from tests.charts.drawing import draw
from tests.charts.made_up import bad_day, slow_story, without_looks
from tests.golden.stories import STORIES, Phase

NOTHING = ("failed", "withdrawn", "not_deployed")
"""Nothing of them was exposed anywhere."""


def strip(name: str) -> Scene:
    scene = rollout(without_looks(STORIES[name]()))
    assert scene is not None, f"{name} was exposed"
    return scene


@pytest.mark.parametrize("name", [name for name in STORIES if name not in NOTHING])
def test_the_strip_shows_the_story_like_this(name: str, golden: Golden) -> None:
    golden(f"strip of {name}", draw(strip(name)))


@pytest.mark.parametrize("name", NOTHING)
def test_there_is_no_strip_of_what_was_never_exposed(name: str) -> None:
    assert rollout(without_looks(STORIES[name]())) is None


def test_exposure_falls_to_nothing_when_the_traffic_is_back_and_not_before() -> None:
    (exposure,) = strip("bad").panels[0].series[0].runs
    assert [point.value for point in exposure] == [0.0, 1.0, 10.0, 25.0, 0.0, 0.0]
    (back,) = (mark for mark in strip("bad").panels[0].marks if mark.ink is Ink.BACK)
    assert exposure[-2].at == pytest.approx(back.at + 3.2)


def test_what_staging_has_is_no_exposure() -> None:
    (exposure,) = strip("rejected").panels[0].series[0].runs
    assert {point.value for point in exposure} == {0.0}


def test_a_failing_verdict_stands_until_the_traffic_is_back() -> None:
    last = strip("bad").panels[1].spans[-1]
    assert (last.ink, last.end - last.start) == (Ink.FAIL, pytest.approx(3.2))


def test_where_a_person_takes_it_back_no_verdict_goes_on() -> None:
    scene = strip("held")
    (back,) = (mark.at for mark in scene.panels[0].marks if mark.ink is Ink.BACK)
    assert scene.panels[1].spans[-1].end == back


def test_a_hold_is_seen_for_as_long_as_it_lasted() -> None:
    (held,) = strip("held").panels[2].spans
    assert held.ink is Ink.HOLD
    assert held.end - held.start == pytest.approx(60, abs=5)


def test_a_day_of_watching_leaves_room_for_the_steps_and_says_so() -> None:
    at = slow_story(20).reviewed().held(60).wait(5).deployed()
    while at.state.phase is Phase.PROVING:
        at.wait(0.8).exposed().held(1200)
    at.wait(24 * 3600)
    scene = rollout(without_looks(at))
    assert scene is not None
    steps = [mark.at for mark in scene.panels[0].marks if mark.ink is Ink.STEP]
    places = [scene.time.place(at) for at in steps]
    assert places == sorted(places)
    assert min(after - before for before, after in pairwise(places[1:])) > 0.08
    assert "shown shorter: watch 1d" in scene.note


def test_steps_of_seconds_beside_a_long_watch_are_told_apart() -> None:
    at = slow_story(0.25).reviewed().held(60).wait(5).deployed()
    while at.state.phase is Phase.PROVING:
        at.wait(0.8).exposed().held(16)
    at.wait(3600)
    scene = rollout(without_looks(at))
    assert scene is not None
    assert scene.time.cuts
    words = [tick.words for tick in scene.time.ticks]
    assert sorted(set(words)) == words


def test_names_from_outside_are_cut_and_alt_text_stays_within_slacks_limit() -> None:
    told, _ = bad_day()
    who = Actor("U0EVIL", name="Eve\n" * 100)
    journal = tuple(replace(one, actor=who) for one in told.journal)
    scene = rollout(replace(without_looks(told), journal=journal))
    assert scene is not None
    assert len(scene.alt) <= ALT_CHARACTERS_MAX
    assert all("\n" not in words for words in (scene.alt, *scene.numbers))
