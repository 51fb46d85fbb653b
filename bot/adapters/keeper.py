"""A program and all that it starts, ended with it: `python -I -S keeper.py FOLDER PARENT PROGRAM ARGUMENT…`.

It stands between the bot and a program that must leave nothing behind: whatever is still there when the program has
ended, when the keeper is asked to end (SIGTERM), or when the bot dies in whatever way, is ended too. The one thing to
remember: it needs nothing but the standard library, so that it starts in a few hundredths of a second.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

GRACE_SECONDS = 1.0
"""Less than the bot gives the keeper itself."""
NOT_THERE = 127
"""What a shell says of a program that is not there."""
SIGNALLED = 128
"""More than this: ended by the signal of that many more."""

_PAUSE_SECONDS = 0.02


class _AskedToEnd(Exception):
    pass


def command(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """How the bot starts a program under a keeper."""
    here = Path(__file__)
    return (sys.executable, "-I", "-S", str(here), str(here.parent), str(os.getpid()), *arguments)


def main(folder: str, parent: str, *arguments: str) -> int:
    sys.path.insert(0, folder)  # isolated, it would not find its neighbour
    import descendants  # type: ignore[import-not-found] # noqa: PLC0415 - it stands in the folder that is now known

    signal.signal(signal.SIGTERM, _ask)
    descendants.keep()
    if os.getppid() != int(parent):
        return SIGNALLED + signal.SIGTERM  # the bot died before the kernel knew that it has to tell
    child = 0
    try:
        child = os.posix_spawnp(arguments[0], arguments, os.environ, setsigdef=[signal.SIGPIPE])
        return _exit_code(os.waitpid(child, 0)[1])
    except OSError as error:
        sys.stderr.write(f"{arguments[0]}: {error.strerror}\n")
        return NOT_THERE
    except _AskedToEnd:
        _ask_on(child)
        return SIGNALLED + signal.SIGTERM
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


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else SIGNALLED - code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
