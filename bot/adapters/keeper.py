"""A program and all that it starts, ended with it: `python -I -S keeper.py FOLDER PARENT PROGRAM ARGUMENT…`.

It stands between the bot and a program that must leave nothing behind: whatever is still there when the program has
ended, when the keeper is asked to end (SIGTERM), or when the bot dies in whatever way, is ended too. The one thing to
remember: it needs nothing but the standard library, so that it starts in a few hundredths of a second.
"""

import os
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

GRACE_SECONDS = 1.0
"""Less than the bot gives the keeper itself."""
NOT_THERE = 127
"""What a shell says of a program that is not there."""
_PAUSE_SECONDS = 0.02


class _AskedToEnd(Exception):
    pass


def command(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """How the bot starts a program under a keeper."""
    here = Path(__file__)
    return (sys.executable, "-I", "-S", str(here), str(here.parent), str(os.getpid()), *arguments)


def main(folder: str, parent: str, *arguments: str) -> int:
    """With what it exited; -9 is signal 9."""
    sys.path.insert(0, folder)  # isolated, it would not find its neighbour
    import descendants  # type: ignore[import-not-found] # noqa: PLC0415 - it stands in the folder that is now known

    signal.signal(signal.SIGTERM, _ask)
    descendants.keep()
    if os.getppid() != int(parent):
        return -signal.SIGTERM  # the bot died before the kernel knew that it has to tell
    child = 0
    try:
        child = os.posix_spawnp(arguments[0], arguments, os.environ, setsigdef=[signal.SIGPIPE])
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except OSError as error:
        sys.stderr.write(f"{arguments[0]}: {error.strerror}\n")
        return NOT_THERE
    except _AskedToEnd:
        _ask_on(child)
        return -signal.SIGTERM
    finally:
        descendants.end()


def _ask(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _AskedToEnd


def _ask_on(child: int) -> None:
    """The program hears it too, and has a moment."""
    if not child:
        return
    until = time.monotonic() + GRACE_SECONDS
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGTERM)
        while os.waitpid(child, os.WNOHANG) == (0, 0) and time.monotonic() < until:
            time.sleep(_PAUSE_SECONDS)


def _end_as(code: int) -> NoReturn:
    """As the program did. By the same signal: any number from 0 to 255 may be one that a program says itself."""
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one picture of what crashed is enough
        with suppress(OSError):  # some signals are nobody's to set
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(abs(code))


if __name__ == "__main__":
    _end_as(main(*sys.argv[1:]))
