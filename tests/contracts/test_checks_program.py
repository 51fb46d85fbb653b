"""Checks that run real programs: what passes, what is said of what does not, and that nothing of them stays behind."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.adapters.checks import Answer, obstacles
from bot.adapters.checks.program import OUTPUT_BYTES_MAX, Program
from bot.app import Adapters
from bot.core.checks import PROGRAMS_AT_ONCE_MAX, Check
from tests.support.scenario import Scenario, plan

VALUES = {"environment": "staging", "version": "v1.1.0; rm -rf /", "commit": "c" * 40}
PYTHON = sys.executable


def a_check(*command: str, **written: Any) -> Check:
    return Check.model_validate({"command": list(command), **written})


async def run(*command: str, variables: Mapping[str, str] | None = None, **written: Any) -> Answer:
    environment = {"PATH": os.environ["PATH"], **(variables or {})}
    return await Program(environment, asyncio.Semaphore(4)).run(a_check(*command, **written), VALUES)


def sh(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


@pytest.mark.parametrize(
    ("script", "asked", "passed", "words"),
    [
        ("true", {}, True, "exit 0"),
        ("echo 12 passed; echo 1 failed >&2; exit 1", {}, False, 'exit 1: "1 failed"'),
        ("echo one; echo two; exit 3", {}, False, 'exit 3: "two"'),
        ("exit 2", {}, False, "exit 2: nothing"),
        ("echo busy; exit 75", {}, None, 'asks for patience: "busy"'),
        ("kill -9 $$", {}, None, "was ended by signal 9: nothing"),
        ("kill -15 $$", {}, None, "was ended by signal 15: nothing"),
        ("kill -11 $$", {}, None, "was ended by signal 11: nothing"),
        ("exit 137", {}, False, "exit 137: nothing"),
        ("echo died >&2; exit 255", {}, False, 'exit 255: "died"'),
        ("echo ok; echo 'ERROR: disk' >&2", {"absent": "ERROR"}, False, 'exit 0, with "ERROR": "ERROR: disk"'),
        ("echo ok", {"absent": "ERROR", "contains": "ok"}, True, "exit 0"),
        (
            "echo noise >&2; echo '{\"failed\": 2}'",
            {"path": "$.failed", "equals": 0},
            False,
            "$.failed is 2 instead of 0",
        ),
        ("echo", {"contains": "ok"}, False, 'exit 0, without "ok": nothing'),
        ("echo commit cccccccccccccccccccccccccccccccccccccccc", {"contains": "commit {commit}"}, True, "exit 0"),
        (r"printf 'a\033[31m\nb\342\200\256c' ; exit 1", {}, False, 'exit 1: "bc"'),
    ],
)
async def test_a_program_says_by_its_end_and_its_words_whether_it_passes(
    script: str, asked: dict[str, Any], passed: bool | None, words: str
) -> None:
    assert await run(*sh(script), **asked) == Answer(passed=passed, words=words)


async def test_a_program_that_is_not_there_has_said_nothing() -> None:
    answer = await run("/nowhere/e2e", "--all")
    assert answer == Answer(passed=None, words='cannot be run: "/nowhere/e2e: No such file or directory"')


async def test_places_are_filled_in_inside_their_arguments_and_are_variables_too() -> None:
    printed = "import os, sys; print(sys.argv[1:], os.environ['SONGBIRD_VERSION'], os.environ['TEAM']); sys.exit(1)"
    answer = await run(PYTHON, "-c", printed, "--of={version}", '{"a": 1}', variables={"TEAM": "shop"})
    assert answer.words == """exit 1: "['--of=v1.1.0; rm -rf /', '{"a": 1}'] v1.1.0; rm -rf / shop\""""


async def test_more_than_anybody_reads_is_no_result_where_it_matters() -> None:
    many = f"head -c {OUTPUT_BYTES_MAX + 10} /dev/zero | tr '\\0' x"
    assert (await run(*sh(f"echo ERROR; {many}"), absent="ERROR")).passed is None
    assert (await run(*sh(f"{many}; echo ok"), contains="ok")).passed is True
    assert (await run(*sh(many))).passed is True
    hit = await run(*sh(f"echo ready; {many}; echo; echo ERROR: disk"), contains="ready", absent="ERROR")
    assert hit == Answer(passed=False, words='exit 0, with "ERROR": "ERROR: disk"'), "that much is certain"
    assert (await run(*sh(f"echo ready; {many}"), contains="ready", absent="ERROR")).passed is None


LEAVES_CHILDREN = """
(sleep 300 & echo $! >> {pids}; wait) &
setsid sh -c 'echo $$ >> {pids}; exec sleep 300' &
sleep 0.2
{then}
"""


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)


def left_of(pids: Path) -> list[int]:
    return [int(one) for one in pids.read_text().split()] if pids.exists() else []


@pytest.mark.skipif(sys.platform != "linux", reason="children that leave their group can only be kept on Linux")
@pytest.mark.parametrize(
    ("then", "passed", "time_max"),
    [("exit 0", True, "30s"), ("sleep 300", False, "2s"), ("trap '' TERM; sleep 300", False, "2s")],
)
async def test_children_end_with_the_program_and_with_its_time(
    tmp_path: Path, then: str, passed: bool, time_max: str
) -> None:
    pids = tmp_path / "pids"
    answer = await run(*sh(LEAVES_CHILDREN.format(pids=pids, then=then)), time_max=time_max)

    assert answer.passed is passed
    assert answer.words == ("exit 0" if passed else "took longer than 2s and was stopped")
    assert len(left_of(pids)) == 2
    assert not any(map(is_alive, left_of(pids)))


@pytest.mark.skipif(sys.platform != "linux", reason="the same")
async def test_children_end_with_the_step_that_they_were_for(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    running = asyncio.create_task(run(*sh(LEAVES_CHILDREN.format(pids=pids, then="sleep 300"))))
    await until(lambda: len(left_of(pids)) == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert not any(map(is_alive, left_of(pids)))


BOT = """
import asyncio, os, sys
from bot.adapters.checks.program import Program
from bot.core.checks import Check
check = Check(command=("sh", "-c", sys.argv[1]))
asyncio.run(Program(dict(os.environ), asyncio.Semaphore(1)).run(check, {}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the same")
async def test_children_end_with_a_bot_that_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = LEAVES_CHILDREN.format(pids=pids, then="sleep 300")
    bot = await asyncio.create_subprocess_exec(PYTHON, "-c", BOT, script)
    await until(lambda: len(left_of(pids)) == 2)
    bot.send_signal(signal.SIGKILL)
    await bot.wait()
    await until(lambda: not any(map(is_alive, left_of(pids))))


def test_what_could_not_be_tried_is_known_before() -> None:
    ci = {"http": "http://ci.test/{commit}", "path": "$.conclusion", "equals": "success", "token_from": "CI_TOKEN"}
    checks = {"build": Check.model_validate(ci), "e2e": a_check("/nowhere/e2e"), "any": a_check("ops/{environment}")}
    assert obstacles(checks, {}) == [
        "CI_TOKEN is not set, which build needs",
        "there is no program /nowhere/e2e, which e2e runs",
    ]
    assert not obstacles({"build": checks["build"], "sh": a_check("sh")}, {"CI_TOKEN": "x", "PATH": os.environ["PATH"]})


async def test_no_more_than_there_is_room_for_run_at_once(tmp_path: Path) -> None:
    program = Program({"PATH": os.environ["PATH"]}, asyncio.Semaphore(1))
    alone = f"mkdir {tmp_path}/taken && sleep 0.1 && rmdir {tmp_path}/taken"
    answers = await asyncio.gather(*(program.run(a_check(*sh(alone)), VALUES) for _ in range(3)))
    assert [one.passed for one in answers] == [True] * 3


async def test_what_serves_users_waits_for_no_tests_of_what_serves_nobody(tmp_path: Path) -> None:
    begun = a_check(*sh(f"mktemp {tmp_path}/XXXXXX; sleep 300"))
    async with aiohttp.ClientSession() as session:
        adapters = Adapters(session, {"PATH": os.environ["PATH"]})
        staging = adapters.checker_of(Scenario(plan()).on_staging().state)
        production = adapters.checker_of(Scenario(plan()).in_production().state)
        tests = [asyncio.create_task(staging.run(begun, VALUES)) for _ in range(PROGRAMS_AT_ONCE_MAX)]
        await until(lambda: len([*tmp_path.iterdir()]) == len(tests))
        async with asyncio.timeout(10):
            assert (await production.run(a_check("true"), VALUES)).passed is True
        for one in tests:
            one.cancel()
        await asyncio.gather(*tests, return_exceptions=True)
