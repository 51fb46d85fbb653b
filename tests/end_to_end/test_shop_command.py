"""The supervisor as a program, and the deployer's command line that a plan calls."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.shop import ctl

ROOT = Path(__file__).parents[2]
Sandbox = tuple[asyncio.subprocess.Process, dict[str, Any]]
CTL = "bot.sandbox.shop.ctl"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    """A supervisor in a process of its own, and what it said when it was ready."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.sandbox.supervisor", "--folder", str(tmp_path / "sandbox")),
        *("--production", "20", "--staging", "2"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    ready = json.loads(await child.stdout.readline())
    yield child, ready
    if child.returncode is None:
        child.terminate()
        await child.wait()


async def run(*arguments: str, url: str) -> tuple[int | None, str, str]:
    """What a command printed: (exit code, standard output, standard error)."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments),
        cwd=ROOT,
        env={**os.environ, ctl.URL_VARIABLE: url},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await child.communicate()
    return child.returncode, output.decode(), errors.decode()


async def pids_of_shops(url: str) -> list[int]:
    """The process ids of every running shop, from service discovery's labels."""
    pids = []
    for environment in ("staging", "production"):
        _, output, _ = await run(CTL, "observe", "--environment", environment, url=url)
        pids += [slot["pid"] for slot in json.loads(output)["slots"].values()]
    return pids


def ended(pid: int) -> bool:
    """Whether the process is gone, or only waits to be buried by whoever adopted it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "asked"])
async def test_the_shops_end_with_the_supervisor_however_it_ends(sandbox: Sandbox, number: signal.Signals) -> None:
    child, ready = sandbox
    pids = await pids_of_shops(ready["url"])
    child.send_signal(number)
    assert await child.wait() == (0 if number is signal.SIGTERM else -number)
    until = time.monotonic() + 5
    while not all(ended(pid) for pid in pids):
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


async def test_a_release_can_be_walked_from_a_shell(sandbox: Sandbox) -> None:
    _, ready = sandbox
    url, there = ready["url"], ("--environment", "production", "--commit", "v1.1.0")

    async def walk(action: str, *more: str) -> tuple[int | None, Any]:
        code, output, errors = await run(CTL, action, *there, *more, url=url)
        return code, json.loads(output) if output else errors

    code, refused = await walk("exposure", "--percent", "10")
    assert code == 1
    assert refused == "exposure in production: v1.1.0 is not deployed in production: deploy it first\n"
    code, deployed = await walk("deploy", "--version", "v1.1.0")
    assert (code, deployed["version"], deployed["running"], deployed["percent"]) == (0, "v1.1.0", True, 0)
    code, exposed = await walk("exposure", "--percent", "12.5", "--generation", "3")
    assert (code, exposed["percent"], exposed["generation"]) == (0, 12.5, 3)
    code, refused = await walk("exposure", "--percent", "50", "--generation", "2")
    assert (code, refused) == (1, "exposure in production: generation 2 is older than 3, which is in force\n")
    code, observed, _ = await run(CTL, "observe", "--environment", "production", url=url)
    assert (code, json.loads(observed)["exposures"][exposed["commit"]]) == (0, 12.5)
    code, undone = await walk("undo")
    assert (code, undone["percent"], undone["running"]) == (0, 0, False)


async def test_a_supervisor_that_is_not_there_is_told_from_one_that_refuses(unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    code, output, errors = await run(CTL, "observe", "--environment", "staging", url=url)
    assert (code, output) == (os.EX_TEMPFAIL, "")
    assert f"no answer from the supervisor at {url}" in errors
