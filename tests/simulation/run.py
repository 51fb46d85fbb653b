"""Playing one world from its seed: what came of it, and its last steps when the oracle objects.

The one thing to remember: the bot writes an error to its log where it goes on after its own mistake. Here such a line
is a failure like any other, or the simulation would be as patient with mistakes as the bot is.
"""

import sys
import tempfile
import traceback
from collections.abc import MutableMapping
from contextlib import ExitStack
from dataclasses import dataclass
from logging import ERROR
from pathlib import Path
from typing import Any, NoReturn

import structlog

from tests.simulation.planted import PLANTED, Planted
from tests.simulation.story import Violation
from tests.simulation.world import World

MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory, where there is one


@dataclass(frozen=True)
class Failure:
    """What a seed ended in, and the steps before it. `by_oracle`: not by an exception, which shows where it is."""

    seed: int
    words: str
    trace: tuple[str, ...]
    by_oracle: bool

    def __str__(self) -> str:
        again = f"again: python -m tests.simulation --first {self.seed} --seeds 1"
        return "\n".join([*self.trace, f"seed {self.seed}: {self.words}", again])


def play(
    seed: int, fault: str | None = None, happened: set[str] | None = None, shaped: Planted | None = None
) -> Failure | None:
    """One world from its beginning to its end, with a mistake planted in its bot or with none.

    What kinds of events there were is added to `happened`: a world in which nothing happens shows nothing. `shaped`:
    what makes of the world the one that a story needs, the bot's mistakes left alone.
    """
    with ExitStack() as stack:
        stack.callback(structlog.configure, **structlog.get_config())
        structlog.configure([_object], structlog.make_filtering_bound_logger(ERROR), cache_logger_on_first_use=False)
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None))
        world = World(seed, Path(folder))
        stack.callback(world.close)
        if fault is not None:
            stack.enter_context(PLANTED[fault](world))
        if shaped is not None:
            stack.enter_context(shaped(world))
        try:
            world.play()
        except Exception as error:  # noqa: BLE001 - whatever gets here is the bot's mistake, or ours
            said_all = isinstance(error, Violation) and error.__cause__ is None
            lines = [] if said_all else traceback.format_exc().splitlines()
            words = str(error) if isinstance(error, Violation) else repr(error)
            return Failure(seed, words, (*world.clock.trace, *lines), said_all)
        finally:
            if happened is not None:
                happened |= world.happened
    return None


def _object(_logger: object, _method: str, event: MutableMapping[str, Any]) -> NoReturn:
    raise Violation(f"the bot has logged an error: {dict(event)}") from sys.exc_info()[1]
