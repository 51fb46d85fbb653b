"""Ending everything that a program has started, and what that has started in turn. Linux; elsewhere it does nothing.

The kernel is asked to hand orphans to this program instead of to the machine's first process (which, in a container,
may be the bot itself and expect no strangers). So whatever starts, in a session of its own or not, can be ended from
here. The one thing to remember: `end` waits for each, so that no zombie is left, and takes them from under asyncio.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_SET_CHILD_SUBREAPER = 36
"""Of Linux' prctl(2)."""


def keep() -> None:
    """Adopt orphans, and be told (SIGTERM) when whoever started this program dies, however it dies."""
    if sys.platform == "linux":
        kernel = ctypes.CDLL(None)
        kernel.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        kernel.prctl(_SET_PARENT_DEATH_SIGNAL, int(signal.SIGTERM), 0, 0, 0)


def end() -> None:
    """SIGKILL to every child until there is none: the children of one that has ended become ours."""
    while children := _children():
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> list[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return [int(child) for each in lists for child in each.read_text().split()]
