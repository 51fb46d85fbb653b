"""Running a program from an argument list: no shell, a time limit, bounded output, and nothing of it left behind.

The program leads a process group of its own. When the time is over, or whoever waits is cancelled, the whole group is
asked to end (SIGTERM) and, `GRACE_SECONDS` later, ended (SIGKILL) and collected. To forget: a program that has ended
by itself may leave children behind on purpose (a server that it started); those are let alone, even where they keep
its output open.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

GRACE_SECONDS = 2.0
"""What a deploy tool has to give its locks back."""

_DRAIN_SECONDS = 0.5
_OUTPUT, _ERRORS = 1, 2


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended by itself. Of longer output the last bytes are kept; `cut` says that the first are missing."""

    code: int
    output: bytes
    errors: bytes
    cut: bool

    @property
    def last_words(self) -> str:
        """What it said last, for people: its errors, else its output."""
        said = self.errors.strip() or self.output.strip()
        return said.decode(errors="replace")


async def run(
    arguments: Sequence[str], *, environment: Mapping[str, str], time_max_seconds: float, bytes_max: int
) -> Ended:
    """Run it to its end.

    Raises:
        TimeoutError: it took longer, and was ended.
        OSError: there is no such program, or it may not be run.
    """
    loop = asyncio.get_running_loop()
    starting = loop.create_task(
        loop.subprocess_exec(
            lambda: _Protocol(loop, bytes_max),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            env=dict(environment),
            start_new_session=True,
        )
    )
    try:
        _, watched = await asyncio.shield(starting)
        async with asyncio.timeout(time_max_seconds):
            await asyncio.shield(watched.exited)
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                await asyncio.shield(watched.closed)
    finally:
        transport, watched = await starting  # cancelled half started, it has children already that asyncio would leave
        if transport.get_returncode() is None:
            await _end(transport.get_pid(), watched)
        transport.close()
    return Ended(watched.exited.result(), bytes(watched.kept[_OUTPUT]), bytes(watched.kept[_ERRORS]), watched.cut)


async def _end(group: int, watched: "_Protocol") -> None:
    _signal(group, signal.SIGTERM)
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await asyncio.shield(watched.exited)
    finally:
        _signal(group, signal.SIGKILL)
        with suppress(TimeoutError):  # one that waits for a dead disk cannot even be killed
            async with asyncio.timeout(_DRAIN_SECONDS):
                await asyncio.shield(watched.exited)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)


class _Protocol(asyncio.SubprocessProtocol):
    """Keeps the last bytes, and tells when the program has exited, with its code, and when its output has closed."""

    _transport: asyncio.SubprocessTransport

    def __init__(self, loop: asyncio.AbstractEventLoop, bytes_max: int) -> None:
        self.kept = {_OUTPUT: bytearray(), _ERRORS: bytearray()}
        self.cut = False
        self.exited: asyncio.Future[int] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._bytes_max = bytes_max

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        kept = self.kept[fd]
        kept += data
        if len(kept) > self._bytes_max:
            del kept[: len(kept) - self._bytes_max]
            self.cut = True

    def process_exited(self) -> None:
        if not self.exited.done():
            self.exited.set_result(self._transport.get_returncode() or 0)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        if not self.closed.done():
            self.closed.set_result(None)
