"""The demo's tour, really taken: four stops in the shop's new version, and two of them in the old one."""

from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.adapters.tour.chromium import Chromium
from bot.plans import load
from bot.sandbox.demo import PLAN, PLAN_VARIABLES
from bot.sandbox.supervisor import Supervisor
from tests.contracts.tour_fixtures import NO_BROWSER, is_marked

QUIET = {"staging": 1.0, "production": 1.0}


@pytest.mark.skipif(bool(NO_BROWSER), reason=NO_BROWSER)
async def test_the_demos_tour_shows_what_is_new_beside_what_was(tmp_path: Path) -> None:
    async with Supervisor.running(tmp_path, QUIET) as shop, ClientSession(shop.url) as session:
        for door, wish in (("deploy", {"version": "v1.1.0"}), ("exposure", {"percent": 100.0})):
            async with session.post(f"/environments/staging/{door}", json={"commit": "v1.1.0", **wish}) as answer:
                assert answer.ok
        addresses = {name: environment.splitter.url for name, environment in shop.environments.items()}
        nothing = dict.fromkeys(PLAN_VARIABLES, "http://127.0.0.1:1")
        mine = {"DEMO_STAGING": addresses["staging"], "DEMO_PRODUCTION": addresses["production"]}
        taken = await Chromium().take(load(PLAN, nothing | mine), "v1.1.0")

    assert (taken.note, taken.blocked) == ("", ())
    assert [(shot.number, shot.failure) for shot in taken.shots] == [(1, ""), (2, ""), (3, ""), (4, "")]
    assert all(is_marked(shot.after) for shot in taken.shots)
    buttons, _, gone, _ = taken.shots
    assert buttons.before is not None
    assert not is_marked(buttons.before)
    assert is_marked(gone.before)
    assert gone.before != gone.after
