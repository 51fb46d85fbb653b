"""The tour port, over the stand-in and over Chromium where there is one."""

from collections.abc import AsyncIterator

import pytest

from bot.adapters.tour import Taken, Tours
from bot.adapters.tour.chromium import Chromium
from bot.adapters.tour.stand_in import StandInTours
from tests.contracts.tour_fixtures import NO_BROWSER, Site, is_marked, site, touring
from tests.support.scenario import plan

PNG = b"\x89PNG\r\n\x1a\n"

real = pytest.mark.skipif(bool(NO_BROWSER), reason=NO_BROWSER)


@pytest.fixture
async def staging() -> AsyncIterator[Site]:
    async with site() as served:
        yield served


@pytest.fixture
async def production() -> AsyncIterator[Site]:
    async with site("production") as served:
        yield served


@pytest.fixture(params=[StandInTours, pytest.param(Chromium, marks=real)])
def tours(request: pytest.FixtureRequest) -> Tours:
    made: Tours = request.param()
    return made


# ── what holds for every implementation ──────────────────────────────────────────────────────────────────────────────


async def test_each_stop_has_a_numbered_picture_with_its_words_and_lines_keep_their_numbers(
    tours: Tours, staging: Site, production: Site
) -> None:
    taken = await tours.take(
        touring(
            staging.address,
            {"open": "/", "highlight": "#title", "caption": "A new title"},
            "Try something by hand.",
            {"click": "#press", "wait_for": "text=you said"},
            production=production.address,
        ),
        "v1.1.0",
    )
    first, third = taken.shots

    assert (first.number, third.number) == (1, 3)
    assert (first.caption, third.caption) == ("A new title", "Press #press, wait for text=you said")
    assert first.alt == "Picture 1, The shop v1.1.0 on staging, page /: A new title"
    assert first.alt_before == "Picture 1, the same in production before v1.1.0, page /."
    assert all(picture is not None and picture.startswith(PNG) for picture in (first.after, first.before, third.after))
    assert (first.failure, third.failure, taken.note, taken.blocked) == ("", "", "", ())


async def test_what_is_typed_or_pressed_has_no_picture_before(tours: Tours, staging: Site, production: Site) -> None:
    tour = ({"open": "/", "type": {"into": "#field", "text": "x"}}, {"open": "/", "click": "#press"})
    taken = await tours.take(touring(staging.address, *tour, production=production.address), "v1")
    assert [shot.before for shot in taken.shots] == [None, None]
    assert not production.asked


async def test_a_plan_without_stops_has_nothing_to_take_and_nothing_to_explain(tours: Tours, staging: Site) -> None:
    assert await tours.take(plan(tour=["By hand."]), "v1") == Taken()
    assert await tours.take(touring(staging.address, "By hand."), "v1") == Taken()


async def test_a_tour_can_be_taken_again(tours: Tours, staging: Site) -> None:
    wanted = touring(staging.address, {"open": "/", "highlight": "#title"})
    once, again = await tours.take(wanted, "v1"), await tours.take(wanted, "v1")
    assert [shot.alt for shot in once.shots] == [shot.alt for shot in again.shots]


# ── without a browser ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("tours", [StandInTours("there is no Chromium on this machine"), Chromium("/no/such/browser")])
async def test_without_a_browser_there_are_no_pictures_and_it_says_why(tours: Tours) -> None:
    taken = await tours.take(touring("http://127.0.0.1:1", {"open": "/"}), "v1")
    assert taken.shots == ()
    assert taken.note == f"{tours.why_not()[:1].upper()}{tours.why_not()[1:]}."


async def test_without_playwright_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert Chromium().why_not() == "Playwright is not installed: pip install 'songbird[walkthrough]'"


async def test_a_browser_that_is_named_and_not_there_is_told_by_its_setting() -> None:
    assert Chromium("/no/such/browser").why_not().endswith("/no/such/browser: SONGBIRD_BROWSER names the program")


async def test_without_any_browser_on_the_path_it_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "name one in SONGBIRD_BROWSER" in Chromium().why_not()


# ── the stand-in ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_stand_in_fails_at_the_stops_it_is_told_to() -> None:
    tours = StandInTours(failures={2: "the cart could not be pressed"})
    taken = await tours.take(touring("http://127.0.0.1:1", {"open": "/"}, {"click": "#cart"}), "v2")
    assert [shot.failure for shot in taken.shots] == ["", "the cart could not be pressed"]
    assert taken.shots[1].alt.endswith("It went no further: the cart could not be pressed.")
    assert not is_marked(taken.shots[0].after)
    assert tours.taken == ["v2"]
