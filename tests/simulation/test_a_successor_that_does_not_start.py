"""A story that worlds seldom tell by themselves: one release is watched, the next one's deploy fails, the plan changes.

By its deploy the successor has made the traffic its own wish, and when it is gone the wish stays behind. The one thing
to remember: a world is no story of this kind by its shape alone, so those in which it happened are counted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from bot.adapters.deploy import Target
from bot.core.errors import Permanent
from tests.simulation.outside import Deployer
from tests.simulation.run import play
from tests.simulation.world import World

WORLDS = 30


@contextmanager
def only_the_first_starts(world: World) -> Iterator[None]:
    """In production; nothing else goes wrong, and all versions are good."""
    deploy = Deployer.deploy

    async def at_most_one(deployer: Deployer, target: Target, key: str) -> None:
        runs = deployer.environments[target.service, target.environment].shares
        if target.environment == "production" and len(runs) > 1 and target.commit not in runs:
            raise Permanent("no room")
        await deploy(deployer, target, key)

    world.weather.calm()
    world.outside.fleet.bad.clear()
    with patch.object(Deployer, "deploy", at_most_one):
        yield


class Told:
    """What the worlds of one test told."""

    def __init__(self) -> None:
        self.worlds: list[World] = []

    @contextmanager
    def shaped(self, world: World) -> Iterator[None]:
        self.worlds.append(world)
        with only_the_first_starts(world):
            yield

    def after_a_failed_deploy(self, kind: str) -> int:
        """To how many releases, watched while a successor's deploy failed, this happened afterwards."""
        return sum(kind in kinds for world in self.worlds for kinds in _after(world).values())


def _after(world: World) -> dict[str, set[str]]:
    """By release that was watched while a successor's deploy failed, the kinds of events that it had since."""
    watched, since = set[str](), dict[str, set[str]]()
    for row in world.oracle.history.rows:
        if row.type == "DeployFailed":
            service = row.release.rpartition("-")[0]
            since |= {one: since.get(one, set()) for one in watched if one.rpartition("-")[0] == service}
        if row.type == "WatchStarted":
            watched.add(row.release)
        elif row.type in ("ReleaseHealthy", "ReleaseSuperseded", "RollbackStarted"):
            watched.discard(row.release)
        if row.release in since:
            since[row.release].add(row.type)
    return since


def test_a_watched_release_takes_a_changed_plan_and_gets_its_end_after_its_successor_did_not_start() -> None:
    told = Told()
    for seed in range(1, 1 + WORLDS):
        failure = play(seed, shaped=told.shaped)
        assert failure is None, f"\n{failure}"
    assert told.after_a_failed_deploy("PlanChanged"), "in none of these worlds was that story told"
    assert told.after_a_failed_deploy("ReleaseHealthy")
