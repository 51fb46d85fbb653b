"""A check that runs one of the team's own programs: an argument list of the plan, no shell.

Exit 0 passes; 75 (EX_TEMPFAIL of sysexits.h) is "not now", and a program that is not there or that a signal ended has
said nothing either; anything else fails, with its last line. The one thing to remember: it leaves nothing behind. Its
children end with it, with its time, with the step that it was for, and with the bot.
"""

import asyncio
import os
from collections.abc import Mapping

import structlog

from bot.adapters import keeper, programs
from bot.adapters.checks import Answer, judged, shown
from bot.core.checks import Check, filled
from bot.core.quantities import duration_in_words

PREFIX = "SONGBIRD_"
"""Of the variables that say what is tried: SONGBIRD_ENVIRONMENT, SONGBIRD_COMMIT and so on."""

OUTPUT_BYTES_MAX = 1_000_000
LOGGED_CHARACTERS_MAX = 4_000

log = structlog.get_logger(__name__)


class Program:
    """`environment`: the variables that programs get beside those of the check; leave Songbird's own secrets out.

    `room`: shared by whatever runs programs here.
    """

    def __init__(self, environment: Mapping[str, str], room: asyncio.Semaphore) -> None:
        self._environment = environment
        self._room = room

    async def run(self, check: Check, values: Mapping[str, str]) -> Answer:
        told = {f"{PREFIX}{name.upper()}": value for name, value in values.items()}
        arguments = tuple(filled(argument, values) for argument in check.command)
        try:
            async with self._room:
                ended = await programs.run(
                    keeper.command(arguments),
                    environment={**self._environment, **told},
                    time_max_seconds=check.longest,
                    bytes_max=OUTPUT_BYTES_MAX,
                )
        except TimeoutError:
            words = f"took longer than {duration_in_words(check.longest)} and was stopped"
            return Answer(passed=False, words=words)
        except OSError as error:
            return Answer(passed=None, words=f"cannot be run: {(error.strerror or str(error)).lower()}")
        answer = await _judged(check, values, ended)
        if not answer.passed:
            said = ended.last_words[-LOGGED_CHARACTERS_MAX:]
            log.info("check.not_passed", program=arguments[0], words=answer.words, said=said)
        return answer


async def _judged(check: Check, values: Mapping[str, str], ended: programs.Ended) -> Answer:
    last = _last_line(ended.last_words)
    if ended.code == os.EX_TEMPFAIL:
        return Answer(passed=None, words=f"asks for patience: {last}")
    if ended.code == keeper.NOT_THERE:
        return Answer(passed=None, words=f"cannot be run: {last}")
    if ended.code < 0:
        return Answer(passed=None, words=f"was ended by signal {-ended.code}: {last}")
    if ended.code:
        return Answer(passed=False, words=f"exit {ended.code}: {last}")
    printed = ended.output if check.path is not None else ended.output + b"\n" + ended.errors
    said = printed.decode(errors="replace")
    unread = f"printed more than {OUTPUT_BYTES_MAX:,} bytes, of which nobody reads all"
    return await judged(check, values, said, "exit 0", unread=unread if ended.cut else "")


def _last_line(said: str) -> str:
    return shown(said.splitlines()[-1] if said else "")
