"""The deployer port, over programs, the demo's real supervisor and the stand-in; then what can go wrong with each."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.adapters import programs
from bot.adapters.deploy import Deployer, Target
from bot.adapters.deploy.command import Command
from bot.adapters.deploy.splitter import Splitter
from bot.adapters.deploy.stand_in import StandInDeployer
from bot.core.errors import AdapterError, Permanent, Temporary, Unknown
from bot.core.systems import CommandDeployer, SplitterDeployer
from bot.sandbox.shop.history import resolve

ROOT = Path(__file__).parents[2]
LIVE, NEW, NEWER = (
    Target("shop", "staging", letter * 40, name)
    for letter, name in zip("abc", ("v1.0.0", "v1.1.0", "v1.1.1"), strict=True)
)

DEPLOYER = """\
import json, pathlib, sys

state = pathlib.Path(sys.argv[1])
shares, generation = json.loads(state.read_text()) if state.exists() else ({}, 0)
verb, *rest = sys.argv[2:]
if verb == "observe":
    print(json.dumps({"exposures": shares}))
elif verb == "deploy":
    shares.setdefault(rest[0], 0)
elif verb == "undo":
    taken = shares.pop(rest[0], 0)
    if taken:
        shares[next(iter(shares))] += taken
else:
    commit, percent, wanted = rest[0], float(rest[1]), int(rest[2])
    if wanted < generation:
        sys.exit(f"generation {wanted} is older than {generation}")
    if percent and commit not in shares:
        sys.exit(f"{commit} is not deployed")
    if commit in shares:
        rest = max((other for other in shares if other != commit), key=shares.get, default=None)
        shares = dict.fromkeys(shares, 0) | ({rest: 100 - percent} if rest else {}) | {commit: percent}
    generation = wanted
state.write_text(json.dumps([shares, generation]))
"""


@dataclass
class World:
    """An environment in which `live` has all the traffic."""

    deployer: Deployer
    live: Target
    new: Target
    newer: Target
    generations: Iterator[int]

    async def shares(self) -> dict[str, float]:
        """By the version's name."""
        names = {target.commit: target.name for target in (self.live, self.new, self.newer)}
        observed = await self.deployer.observe("shop", "staging")
        return {names[commit]: percent for commit, percent in observed.items()}

    async def expose(self, target: Target, percent: float) -> int:
        generation = next(self.generations)
        await self.deployer.set_exposure(target, percent, generation)
        return generation


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The demo's own, as a process of its own: its address, and its repository."""
    folder = tmp_path_factory.mktemp("supervisor")
    command = [sys.executable, "-m", "bot.sandbox.supervisor", "--folder", str(folder)]
    with subprocess.Popen(
        [*command, "--staging", "1", "--production", "1"], stdout=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        yield ready["url"], Path(ready["repository"])
        process.terminate()


@pytest.fixture(params=["command", "splitter", "stand-in"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    match request.param:
        case "splitter":
            async with aiohttp.ClientSession() as session:
                yield await _world_of_the_supervisor(*request.getfixturevalue("supervisor"), session)
        case "command":
            yield await _fresh_world(Command(_by_program(tmp_path), os.environ))
        case _:
            yield await _fresh_world(StandInDeployer())


async def _fresh_world(deployer: Deployer) -> World:
    world = World(deployer, LIVE, NEW, NEWER, count(1))
    await deployer.deploy(LIVE, "key")
    await world.expose(LIVE, 100)
    return world


def _by_program(folder: Path) -> CommandDeployer:
    (folder / "deployer.py").write_text(DEPLOYER)
    call = (sys.executable, "-IS", str(folder / "deployer.py"), str(folder / "state.json"))
    return CommandDeployer(
        use="command",
        deploy=(*call, "deploy", "{commit}"),
        expose=(*call, "expose", "{commit}", "{percent}", "{generation}"),
        observe=(*call, "observe"),
        undo=(*call, "undo", "{commit}"),
    )


async def _world_of_the_supervisor(url: str, repository: Path, session: aiohttp.ClientSession) -> World:
    """Put back to its beginning, whatever an earlier test did to it; its generation only ever rises."""
    async with session.get(f"{url}/environments/staging") as response:
        generation = (await response.json())["splitter"]["generation"]
    live, new, newer = (
        Target("shop", "staging", resolve(repository, target.name) or "", target.name) for target in (LIVE, NEW, NEWER)
    )
    deployer = Splitter(SplitterDeployer(use="splitter", url=url), session)
    world = World(deployer, live, new, newer, count(generation + 1))
    await deployer.deploy(live, "key")
    await world.expose(live, 100)
    for target in (new, newer):
        await deployer.undo(target, "key")
    return world


# ── what holds for every implementation ──────────────────────────────────────────────────────────────────────────────


async def test_a_deployed_version_stands_beside_the_live_one_with_no_traffic(world: World) -> None:
    await world.deployer.deploy(world.new, "key")
    assert await world.shares() == {"v1.0.0": 100, "v1.1.0": 0}


async def test_deploying_twice_is_deploying_once(world: World) -> None:
    await world.deployer.deploy(world.new, "key")
    await world.expose(world.new, 10)
    await world.deployer.deploy(world.new, "key")
    assert await world.shares() == {"v1.0.0": 90, "v1.1.0": 10}


async def test_an_exposure_leaves_the_rest_with_the_live_version(world: World) -> None:
    await world.deployer.deploy(world.new, "key")
    for percent in (1, 2.5, 50, 100, 0):
        await world.expose(world.new, percent)
        assert await world.shares() == {"v1.0.0": 100 - percent, "v1.1.0": percent}


async def test_the_same_exposure_may_be_set_again(world: World) -> None:
    await world.deployer.deploy(world.new, "key")
    generation = await world.expose(world.new, 25)
    await world.deployer.set_exposure(world.new, 25, generation)
    assert await world.shares() == {"v1.0.0": 75, "v1.1.0": 25}


async def test_an_older_exposure_that_lands_last_is_refused(world: World) -> None:
    await world.deployer.deploy(world.new, "key")
    generation = await world.expose(world.new, 50)
    await world.expose(world.new, 0)
    with pytest.raises(Permanent, match="is older than"):
        await world.deployer.set_exposure(world.new, 50, generation)
    assert await world.shares() == {"v1.0.0": 100, "v1.1.0": 0}


async def test_what_is_not_deployed_gets_no_traffic(world: World) -> None:
    with pytest.raises(Permanent, match="not deployed"):
        await world.expose(world.new, 10)
    assert await world.shares() == {"v1.0.0": 100}


async def test_a_rollback_before_anything_was_deployed_is_done_already(world: World) -> None:
    await world.expose(world.new, 0)
    await world.deployer.undo(world.new, "key")
    assert await world.shares() == {"v1.0.0": 100}


async def test_undoing_twice_is_undoing_once(world: World) -> None:
    await world.deployer.deploy(world.new, "key")
    await world.expose(world.new, 10)
    await world.expose(world.new, 0)
    await world.deployer.undo(world.new, "key")
    await world.deployer.undo(world.new, "key")
    assert await world.shares() == {"v1.0.0": 100}


async def test_the_next_release_stands_beside_the_one_that_got_everything(world: World) -> None:
    await world.deployer.deploy(world.new, "key")
    await world.expose(world.new, 100)
    await world.deployer.deploy(world.newer, "key")
    await world.expose(world.newer, 10)
    shares = await world.shares()
    assert (shares["v1.1.0"], shares["v1.1.1"], shares.get("v1.0.0", 0)) == (90, 10, 0)


# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_shell(script: str, time_max: str = "10s", *more: str) -> Command:
    """Every verb runs this script; what comes after it are its arguments."""
    call = ("/bin/sh", "-c", script, "sh", *more)
    limits = {"deploy_time_max": time_max, "expose_time_max": time_max}
    wanted = CommandDeployer.model_validate(
        {"use": "command", "deploy": call, "expose": call, "observe": call, "undo": call, **limits}
    )
    return Command(wanted, {"PATH": os.environ["PATH"]})


async def test_placeholders_are_filled_in_and_other_braces_stay(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    placeholders = ("{service}/{environment}", "{version}", "{commit}", "{percent}", "{generation}", '{"a": {b}}', "{}")
    deployer = by_shell(f'printf "%s\\n" "$@" > {seen}', "10s", *placeholders)
    await deployer.set_exposure(Target("shop", "staging", "a" * 40, "{commit} $(touch x); `y`"), 2.5, 7)
    assert seen.read_text().splitlines() == [
        "shop/staging",
        "{commit} $(touch x); `y`",
        "a" * 40,
        "2.5",
        "7",
        '{"a": {b}}',
        "{}",
    ]


async def test_a_program_sees_the_key_and_only_the_variables_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "secret")
    await by_shell(f'echo "$SONGBIRD_KEY,$SLACK_BOT_TOKEN" > {tmp_path}/seen').deploy(NEW, "shop-1/12/deploy")
    assert (tmp_path / "seen").read_text() == "shop-1/12/deploy,\n"


async def test_a_failing_program_gives_its_last_words_as_the_reason() -> None:
    with pytest.raises(Permanent, match=r"^deploy failed with exit code 3: no room on node 7$"):
        await by_shell("echo working; echo no room on node 7 >&2; exit 3").deploy(NEW, "key")
    with pytest.raises(Permanent, match="undo failed with exit code 1: only this"):
        await by_shell("echo only this; exit 1").undo(NEW, "key")
    with pytest.raises(Permanent, match="failed with exit code 1: it said nothing"):
        await by_shell("exit 1").set_exposure(NEW, 10, 1)


async def test_much_output_neither_blocks_nor_fills_anything() -> None:
    with pytest.raises(Permanent) as caught:
        await by_shell("yes out | head -c 300000; yes err | head -c 300000 >&2; echo the end >&2; exit 1").deploy(
            NEW, "key"
        )
    assert str(caught.value).endswith("the end")
    assert len(str(caught.value)) < 4_100


async def test_exit_75_is_try_again_later() -> None:
    with pytest.raises(Temporary, match="locked by somebody"):
        await by_shell("echo locked by somebody >&2; exit 75").deploy(NEW, "key")


async def test_a_program_that_is_not_there_is_permanent() -> None:
    wanted = CommandDeployer(use="command", deploy=("./none",), expose=("/",), observe=("x",), undo=("x",))
    deployer = Command(wanted, {})
    with pytest.raises(Permanent, match=r"deploy: \./none: No such file or directory"):
        await deployer.deploy(NEW, "key")
    with pytest.raises(Permanent, match="expose: /: Permission denied"):
        await deployer.set_exposure(NEW, 10, 1)


async def test_a_program_that_was_killed_may_have_done_it() -> None:
    with pytest.raises(Unknown, match="signal 9"):
        await by_shell("kill -9 $$").deploy(NEW, "key")


@pytest.mark.parametrize("printed", ["", "soon", "[]", '{"exposures": [1]}', '{"exposures": {"a": "x"}}'])
async def test_a_look_that_is_not_json_is_said_with_what_it_was(printed: str) -> None:
    with pytest.raises(Permanent, match=r"observe should print .* and printed: "):
        await by_shell(f"echo '{printed}'").observe("shop", "staging")


@pytest.mark.parametrize("percent", ["-1", "101", "NaN", "Infinity"])
async def test_a_look_that_sees_no_percentage_is_refused(percent: str) -> None:
    with pytest.raises(Permanent, match="as a percentage"):
        await by_shell(f"""echo '{{"exposures": {{"a": {percent}}}}}'""").observe("shop", "staging")


async def test_a_look_that_takes_too_long_certainly_changed_nothing() -> None:
    with pytest.raises(Temporary, match="observe took longer than"):
        await by_shell("sleep 60", "50ms").observe("shop", "staging")


CHILD = "sleep 60 & echo $! > {0}; wait"
STARTED = "1s"
"""So long even a busy machine does not take to start a shell."""
STUBBORN = "trap '' TERM; sleep 60 & echo $! > {0}; while :; do sleep 60; done"


@pytest.mark.parametrize("script", [CHILD, STUBBORN])
async def test_a_time_out_ends_the_program_and_its_children(
    tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "GRACE_SECONDS", 0.1)
    with pytest.raises(Unknown, match="deploy took longer than"):
        await by_shell(script.format(tmp_path / "pid"), STARTED).deploy(NEW, "key")
    assert await is_gone(int((tmp_path / "pid").read_text()))


async def test_a_program_that_had_to_be_ended_is_collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "GRACE_SECONDS", 0.1)
    with pytest.raises(Unknown):
        await by_shell(f"trap '' TERM; echo $$ > {tmp_path}/pid; while :; do sleep 60; done", STARTED).deploy(NEW, "k")
    with pytest.raises(ProcessLookupError):
        os.kill(int(read(tmp_path / "pid")), 0)


async def test_cancelling_a_deploy_ends_the_program_and_its_children(tmp_path: Path) -> None:
    deploy = asyncio.create_task(by_shell(CHILD.format(tmp_path / "pid")).deploy(NEW, "key"))
    for _ in range(1000):
        if read(tmp_path / "pid"):
            break
        await asyncio.sleep(0.002)
    deploy.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(deploy, 5)
    assert await is_gone(int(read(tmp_path / "pid")))


@pytest.mark.parametrize("turns", range(1, 7))
async def test_cancelling_a_deploy_that_is_just_starting_leaves_nothing_behind(tmp_path: Path, turns: int) -> None:
    deploy = asyncio.create_task(by_shell(CHILD.format(tmp_path / "pid")).deploy(NEW, "key"))
    for _ in range(turns):
        await asyncio.sleep(0)
    hold_everything_up()
    deploy.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(deploy, 5)
    assert not read(tmp_path / "pid") or await is_gone(int(read(tmp_path / "pid")))


async def test_a_program_may_leave_a_server_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_DRAIN_SECONDS", 0.05)
    await by_shell(f"sleep 60 & echo $! > {tmp_path}/pid").deploy(NEW, "key")
    pid = int((tmp_path / "pid").read_text())
    os.kill(pid, 0)
    os.kill(pid, 9)


def hold_everything_up() -> None:
    """The program runs on; our own loop does not get to hear of it."""
    time.sleep(0.03)


def read(path: Path) -> str:
    """What it says; nothing while it is not there."""
    return path.read_text() if path.exists() else ""


async def is_gone(pid: int) -> bool:
    """Within a second."""
    for _ in range(200):
        if has_ended(pid):
            return True
        await asyncio.sleep(0.005)
    return False


def has_ended(pid: int) -> bool:
    """At most it was not yet collected by whoever inherited it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return ") Z " in read(Path(f"/proc/{pid}/stat"))


# ── the splitter ─────────────────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def answering(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[Splitter]:
    """A splitter before a supervisor that gives every request this answer."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    wanted = SplitterDeployer.model_validate(
        {"use": "splitter", "url": url, "deploy_time_max": "200ms", "expose_time_max": "200ms"}
    )
    try:
        async with aiohttp.ClientSession() as session:
            yield Splitter(wanted, session)
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "failure"), [(400, Permanent), (404, Permanent), (409, Permanent), (502, Permanent), (500, Unknown)]
)
async def test_the_supervisors_answer_says_whose_fault_it_was(status: int, failure: type[AdapterError]) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"error": "so it is"}, status=status)

    async with answering(answer) as deployer:
        with pytest.raises(failure, match="so it is"):
            await deployer.deploy(NEW, "key")


async def test_a_write_without_an_answer_may_have_happened_and_a_look_did_not() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(60)
        raise AssertionError

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def babble(_: web.Request) -> web.Response:
        return web.Response(text="<html>")

    for answer in (hang, hang_up, babble):
        async with answering(answer) as deployer:
            with pytest.raises(Unknown):
                await deployer.set_exposure(NEW, 10, 1)
            with pytest.raises(Temporary):
                await deployer.observe("shop", "staging")


async def test_a_supervisor_that_is_not_there_certainly_did_nothing(unused_tcp_port: int) -> None:
    async with aiohttp.ClientSession() as session:
        deployer = Splitter(SplitterDeployer(use="splitter", url=f"http://127.0.0.1:{unused_tcp_port}"), session)
        with pytest.raises(Temporary, match="could not be reached: nobody listens at 127"):
            await deployer.deploy(NEW, "key")
        with pytest.raises(Temporary, match="could not be reached: nobody listens at 127"):
            await deployer.observe("shop", "staging")


# ── the stand-in ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_stand_in_fails_once_and_changes_nothing() -> None:
    deployer = StandInDeployer()
    deployer.switches.fail_next = Temporary("not now")
    with pytest.raises(Temporary):
        await deployer.deploy(NEW, "key")
    assert await deployer.observe("shop", "staging") == {}
    await deployer.deploy(NEW, "key")
    assert await deployer.observe("shop", "staging") == {NEW.commit: 0}


async def test_the_stand_in_loses_an_outcome_after_the_deed() -> None:
    deployer = StandInDeployer()
    deployer.switches.lose_next = True
    with pytest.raises(Unknown):
        await deployer.deploy(NEW, "key")
    assert await deployer.observe("shop", "staging") == {NEW.commit: 0}


async def test_the_stand_in_is_as_slow_as_it_is_told() -> None:
    deployer = StandInDeployer()
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    deployer.switches.wait = wait
    deploy = asyncio.create_task(deployer.deploy(NEW, "key"))
    await asyncio.sleep(0)
    assert await deployer.observe("shop", "staging") == {}
    gate.set()
    await deploy
    assert deployer.calls == [f"deploy {NEW.commit} key"]
