"""Chromium on tour, for real: what is marked, what a stranger's page cannot do, and that nothing is left running."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.adapters.tour import Taken
from bot.adapters.tour.chromium import Chromium
from bot.core.plan import Plan
from tests.contracts.tour_fixtures import NO_BROWSER, Site, is_marked, pixels, site, touring

pytestmark = pytest.mark.skipif(bool(NO_BROWSER), reason=NO_BROWSER)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Site]:
    """A site on this machine that no plan allows."""
    async with site("elsewhere") as served:
        yield served


@pytest.fixture
async def staging(elsewhere: Site) -> AsyncIterator[Site]:
    async with site(elsewhere=elsewhere.host) as served:
        yield served


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Chromium makes a socket in it, and pytest's own folders are too deep for one."""
    with tempfile.TemporaryDirectory(prefix="tour-") as name:
        yield Path(name)


async def take(wanted: Plan) -> Taken:
    return await Chromium().take(wanted, "v1")


SECONDS_MAX = 30
"""A limit is short, so that nobody waits for it in vain; on a busy machine a good page may need more. Then it is all
done again with twice the time, up to this."""


async def take_in_time(make: Callable[[int], Plan], seconds: int, *good: int) -> tuple[Taken, int]:
    """The tour, and its limit in seconds, which leaves the time that these pictures need."""
    taken = await take(make(seconds))
    is_enough = {*good} <= {shot.number for shot in taken.shots if not shot.failure}
    return (taken, seconds) if is_enough or seconds > SECONDS_MAX else await take_in_time(make, 2 * seconds, *good)


async def begin_in_time(staging: Site, make: Callable[[int], Plan], seconds: int) -> tuple[asyncio.Task[Taken], int]:
    """The tour, in the middle of a page that never ends, and its limit in seconds, which lets it get there."""
    taking, loading = asyncio.create_task(take(make(seconds))), asyncio.create_task(staging.loading.wait())
    await asyncio.wait({taking, loading}, return_when=asyncio.FIRST_COMPLETED)
    is_there = loading.done()
    loading.cancel()
    assert is_there or seconds <= SECONDS_MAX, taking.result().note
    return (taking, seconds) if is_there else await begin_in_time(staging, make, 2 * seconds)


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_highlighted_is_ringed_and_not_covered_and_the_next_picture_has_no_mark(staging: Site) -> None:
    plain, marked, after = (
        await take(touring(staging.address, {"open": "/"}, {"highlight": "#title", "caption": "Look"}, {"open": "/"}))
    ).shots
    assert [is_marked(shot.after) for shot in (plain, marked, after)] == [False, True, False]
    title = slice(400, 480), slice(404, 996)  # 200 pixels down, 300 wide, and two points a pixel
    assert (pixels(plain.after)[title] == pixels(marked.after)[title]).all()


async def test_a_picture_is_as_large_as_the_window_and_no_larger_however_long_the_page_is(staging: Site) -> None:
    tour = ({"open": "/tall"}, {"highlight": "#end"})
    first, second = (await take(touring(staging.address, *tour, viewport="390x844"))).shots
    assert pixels(first.after).shape == pixels(second.after).shape == (2 * 844, 2 * 390, 3)
    assert is_marked(second.after)


async def test_a_page_with_a_strict_policy_can_be_marked_too(staging: Site) -> None:
    (shot,) = (await take(touring(staging.address, {"open": "/strict", "highlight": "#title"}))).shots
    assert (shot.failure, is_marked(shot.after)) == ("", True)


async def test_production_is_marked_where_it_has_the_same_and_shown_plainly_where_it_has_not(staging: Site) -> None:
    async with site("production") as production:
        both, new = {"open": "/", "highlight": "#title"}, {"open": "/", "highlight": "text=staging"}
        taken = await take(touring(staging.address, both, new, production=production.address))
    assert [is_marked(shot.after) for shot in taken.shots] == [True, True]
    assert [is_marked(shot.before) for shot in taken.shots] == [True, False]
    assert [shot.failure for shot in taken.shots] == ["", ""]


async def test_a_picture_that_is_too_large_is_taken_smaller_or_left_out(staging: Site) -> None:
    small, large = (
        await take(touring(staging.address, {"open": "/noise?400"}, {"open": "/noise?720"}, viewport="1024x720"))
    ).shots
    assert (small.failure, pixels(small.after).shape) == ("", (720, 1024, 3))
    assert (large.failure, large.after) == ("the picture has more than 2 MB", None)


# ── what fails ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_stop_that_fails_shows_where_it_stood_says_why_and_the_tour_goes_on(staging: Site) -> None:
    tour = (
        {"open": "/"},
        {"click": "#nothing", "caption": "Press it"},
        {"click": "[[", "caption": "Press that"},
        {"type": {"into": "#title", "text": "hunter2"}},
        {"highlight": "#gone"},
        {"open": "/download"},
        {"open": "/", "highlight": "#title"},
    )
    taken, seconds = await take_in_time(lambda s: touring(staging.address, *tour, shot_time_max=f"{s}s"), 3, 1, 7)
    assert [shot.number for shot in taken.shots] == [1, 2, 3, 4, 5, 6, 7]
    failures = [shot.failure for shot in taken.shots]
    assert failures[1] == f"#nothing could not be pressed within {seconds}s"
    assert failures[2].startswith("[[ could not be pressed: ")
    assert failures[3].startswith("#title could not be filled in: ")
    assert failures[4] == f"#gone could not be found to be marked within {seconds}s"
    assert failures[5] == "/download did not open: it is a download"
    assert failures[0] == failures[6] == taken.note == ""
    assert all(shot.after for shot in taken.shots)
    assert not any("hunter2" in f"{shot.caption} {shot.alt} {shot.failure}" for shot in taken.shots)


async def test_a_staging_that_does_not_answer_is_said(staging: Site) -> None:
    async with site() as gone:
        pass
    (shot,) = (await take(touring(gone.address, {"open": "/"}))).shots
    assert shot.failure == "/ did not open: connection refused"


async def test_pages_that_never_end_cost_one_picture_each(staging: Site) -> None:
    good = {"open": "/", "highlight": "#title"}
    tour = (good, {"open": "/endless"}, good, {"open": "/alerts"}, good, {"open": "/busy"}, good)
    taken, seconds = await take_in_time(
        lambda s: touring(staging.address, *tour, shot_time_max=f"{s}s", time_max="5m"), 3, 1, 3, 5, 7
    )
    assert [shot.failure for shot in taken.shots[1::2]] == [
        f"{page} did not open within {seconds}s" for page in ("/endless", "/alerts", "/busy")
    ]
    assert [shot.failure for shot in taken.shots[::2]] == [""] * 4
    assert all(is_marked(shot.after) for shot in taken.shots[::2])


async def test_dialogs_are_answered_with_no_windows_are_closed_and_a_page_may_be_left(staging: Site) -> None:
    good = {"open": "/", "highlight": "#title"}
    asks = {"open": "/asks", "wait_for": "text=said false"}
    windows = {"open": "/windows", "click": "#away", "highlight": "#title"}
    taken = await take(touring(staging.address, asks, windows, {"open": "/stays", "click": "#go"}, good))
    assert [shot.failure for shot in taken.shots] == ["", "", "", ""]


async def test_a_tour_that_takes_too_long_is_ended_and_brings_what_it_has(staging: Site) -> None:
    tour = ({"open": "/"}, {"open": "/endless"}, {"open": "/"})
    taken, seconds = await take_in_time(
        lambda s: touring(staging.address, *tour, shot_time_max="50s", time_max=f"{s}s"), 4, 1
    )
    assert [shot.number for shot in taken.shots] == [1]
    assert taken.note == f"The tour was not over after {seconds}s, and was ended. 2 of 3 pictures are missing."


# ── where it may go ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_but_the_plans_addresses_is_loaded_by_no_way_at_all(staging: Site, elsewhere: Site) -> None:
    tour = ({"open": "/foreign", "highlight": "#title"}, {"open": "/moved"}, {"open": "/leaves"}, {"open": "/"})
    taken = await take(touring(staging.address, *tour))
    assert not elsewhere.asked
    assert taken.blocked == (elsewhere.host,)
    assert taken.shots[0].failure == ""
    assert taken.shots[1].failure == f"/moved did not open: it leads to {elsewhere.host}, which the plan does not allow"
    assert taken.shots[3].failure == ""


async def test_what_the_plan_allows_is_loaded(staging: Site, elsewhere: Site) -> None:
    tour = ({"open": "/foreign"}, {"open": "/moved"})
    taken = await take(touring(staging.address, *tour, allow=[elsewhere.address]))
    assert {"GET /picture.png", "GET /fetched", "GET /socket", "GET /moved-here"} <= set(elsewhere.asked)
    assert taken.blocked == ()


async def test_files_of_this_machine_are_out_of_reach(staging: Site) -> None:
    (shot,) = (await take(touring(staging.address, {"open": "/files", "wait_for": "text=no files"}))).shots
    assert shot.failure == ""


async def test_production_is_sent_nothing_that_could_change_it(staging: Site) -> None:
    async with site("production") as production:
        await take(touring(staging.address, {"open": "/writes"}, production=production.address))
    assert staging.asked["POST /written"] == 1
    assert set(production.asked) == {"GET /writes"}


# ── what is left ─────────────────────────────────────────────────────────────────────────────────────────────────────


def descendants(of: int) -> dict[int, str]:
    """All processes below one, with their command lines; zombies have none."""
    found: dict[int, str] = {}
    for listed in Path(f"/proc/{of}/task").glob("*/children"):
        for child in map(int, read(listed).split()):
            found[child] = read(Path(f"/proc/{child}/cmdline")).replace("\0", " ")
            found |= descendants(child)
    return found


def read(path: Path) -> str:
    """What is told of a process; nothing once it has ended, as a browser's do at any time."""
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def of_the_tour() -> dict[int, str]:
    """The tour's program and all below it: other tests of this process have children of their own."""
    found: dict[int, str] = {}
    for process, words in descendants(os.getpid()).items():
        if "bot.adapters.tour" in words:
            found |= {process: words} | descendants(process)
    assert found
    return found


def browsers() -> list[int]:
    """Chromium's first processes, below this one."""
    running = descendants(os.getpid()).items()
    return [process for process, words in running if "--remote-debugging-pipe" in words and "--type=" not in words]


def variables_of(process: int) -> str:
    return read(Path(f"/proc/{process}/environ"))


def inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def alive(processes: dict[int, str]) -> list[int]:
    return [process for process in processes if Path(f"/proc/{process}").exists()]


async def left(processes: dict[int, str]) -> list[int]:
    """Those still there. One that was killed is gone a moment later, when the machine has come to it."""
    for _ in range(50):
        if not alive(processes):
            break
        await asyncio.sleep(0.1)
    return alive(processes)


@pytest.mark.parametrize(
    ("number", "note"),
    [
        (signal.SIGKILL, "The browser ended before picture 3. 1 of 3 pictures are missing."),
        (signal.SIGSTOP, "The tour was not over after {seconds}s, and was ended. 2 of 3 pictures are missing."),
    ],
)
async def test_a_browser_that_is_killed_or_hangs_in_the_middle_ends_the_tour_and_leaves_nothing(
    staging: Site, number: signal.Signals, note: str
) -> None:
    tour = ({"open": "/"}, {"open": "/endless"}, {"open": "/"})
    taking, seconds = await begin_in_time(
        staging, lambda s: touring(staging.address, *tour, shot_time_max="60s", time_max=f"{s}s"), 8
    )
    (browser,) = browsers()
    below = of_the_tour()
    os.kill(browser, number)
    taken = await taking
    assert taken.note == note.format(seconds=seconds)
    assert taken.shots[0].after
    assert await left(below) == []


async def test_a_tour_that_is_cancelled_leaves_nothing(staging: Site) -> None:
    taking = asyncio.create_task(take(touring(staging.address, {"open": "/endless"}, shot_time_max="50s")))
    await asyncio.wait_for(staging.loading.wait(), 30)
    below = of_the_tour()
    assert browsers()
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    assert await left(below) == []


async def test_a_page_that_crashes_costs_its_picture_and_the_next_one_has_a_new_page(staging: Site) -> None:
    tour = ({"open": "/endless"}, {"open": "/", "highlight": "#title"})
    taking = asyncio.create_task(take(touring(staging.address, *tour, shot_time_max="20s")))
    await asyncio.wait_for(staging.loading.wait(), 30)
    for process, words in descendants(os.getpid()).items():
        if "--type=renderer" in words:
            os.kill(process, signal.SIGKILL)
    taken = await taking
    assert taken.shots[0].failure == "/endless did not open: the page crashed"
    assert is_marked(taken.shots[1].after)
    assert taken.note == ""


async def test_the_browser_gets_no_variable_of_the_bots_and_its_folder_is_gone(
    staging: Site, monkeypatch: pytest.MonkeyPatch, short_folder: Path
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setattr("tempfile.tempdir", str(short_folder))
    taking, _ = await begin_in_time(
        staging, lambda s: touring(staging.address, {"open": "/endless"}, shot_time_max=f"{s}s"), 2
    )
    assert not any("xoxb-secret" in variables_of(process) for process in descendants(os.getpid()))
    assert len(inside(short_folder)) == 1
    await taking
    assert inside(short_folder) == []


async def test_as_root_it_has_no_sandbox_and_the_log_says_so(staging: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with capture_logs() as logged:
        await take(touring(staging.address, {"open": "/"}))
    assert [line["event"] for line in logged] == ["browser.without_sandbox"]
