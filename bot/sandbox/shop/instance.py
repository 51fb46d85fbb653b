"""One running shop: a commit checked out into a folder of its own, and the child process that serves it.

The child prints its port once it listens and is asked for /healthz before it counts as started. It cannot outlive us:
its standard input is a pipe from us, which closes when we end, however we end. It sees none of our environment
variables.
"""

import asyncio
import contextlib
import io
import json
import os
import signal
import sys
import tempfile
import zipfile
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from aiohttp import ClientError, ClientSession

from bot.sandbox.shop.history import archive

START_TIMEOUT_SECONDS = 20.0
STOP_TIMEOUT_SECONDS = 2.0
ASK_AGAIN_SECONDS = 0.05


class StartFailedError(Exception):
    """The shop did not come up; the message says what it said."""


def check_out(repository: Path, commit: str, folder: Path) -> None:
    """Puts the commit's files into the folder, unless they are there already."""
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as unpacked:
        with zipfile.ZipFile(io.BytesIO(archive(repository, commit))) as files:
            files.extractall(Path(unpacked, "files"))
        with contextlib.suppress(OSError):  # another deploy of the same commit was faster
            Path(unpacked, "files").rename(folder)


class Instance:
    """A running shop; made by `start`."""

    address = ""

    def __init__(self, child: Process) -> None:
        self._child = child

    @classmethod
    async def start(cls, folder: Path, environment: str, log: Path) -> "Instance":
        """Returns when the shop answers; StartFailedError when it ends or stays silent instead."""
        with log.open("ab") as errors:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "shop", "--environment", environment, "--port", "0"),
                cwd=folder,
                env={"PATH": os.defpath},
                stdin=PIPE,
                stdout=PIPE,
                stderr=errors,
                start_new_session=True,
            )
        instance = cls(child)
        try:
            async with asyncio.timeout(START_TIMEOUT_SECONDS):
                healthy = await instance._becomes_healthy()
        except BaseException as error:  # a cancelled deploy must not leave a shop behind either
            await instance.stop()
            if isinstance(error, TimeoutError):
                raise StartFailedError(f"no answer within {START_TIMEOUT_SECONDS:g} s; see {log}") from None
            raise
        if not healthy:
            raise StartFailedError(f"the shop ended at its start; see {log}")
        return instance

    async def _becomes_healthy(self) -> bool:
        """Waits until the child answers; False when it ends instead."""
        line = await self._child.stdout.readline() if self._child.stdout else b""
        if not line:
            await self._child.wait()
            return False
        self.address = f"127.0.0.1:{json.loads(line)['port']}"
        async with ClientSession() as session:
            while self.alive:
                with contextlib.suppress(ClientError):
                    async with session.get(f"http://{self.address}/healthz") as answer:
                        if answer.ok:
                            return True
                await asyncio.sleep(ASK_AGAIN_SECONDS)
        return False

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.returncode is None

    async def stop(self) -> None:
        """Ends the child, gently first; an ended one is left alone."""
        self.send(signal.SIGTERM)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_TIMEOUT_SECONDS):
                    await self._child.wait()
        finally:
            if self._child.stdin:
                self._child.stdin.close()
            await self.kill()

    async def kill(self) -> None:
        self.send(signal.SIGKILL)
        await self._child.wait()

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._child.send_signal(number)
