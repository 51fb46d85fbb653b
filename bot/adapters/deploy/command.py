"""A deployer made of the team's own programs: argument lists from the plan, no shell.

Exit 0 is done. Exit 75 (EX_TEMPFAIL of sysexits.h) is "not now, try again", anything else "no", with the last words of
the program as the reason; a program that had to be stopped may have done it. `observe` prints
`{"exposures": {"COMMIT": PERCENT}}`. To forget: a placeholder is filled inside its argument, so a version with a space
in its name stays one argument.
"""

import json
import math
import os
import re
from collections.abc import Mapping

from bot.adapters import programs
from bot.adapters.deploy import Observed, Target
from bot.core.errors import Permanent, Temporary, Unknown
from bot.core.quantities import duration_in_words
from bot.core.systems import CommandDeployer

_PLACE = ("service", "environment")
_VERSION = (*_PLACE, "version", "commit")
PLACEHOLDERS = {
    "deploy": _VERSION,
    "expose": (*_VERSION, "percent", "generation"),
    "observe": _PLACE,
    "undo": _VERSION,
}
"""What is filled in, in each of the plan's commands."""

KEY_VARIABLE = "SONGBIRD_KEY"
"""The effect's key, in the environment of `deploy` and `undo`, for systems that know keys."""

OUTPUT_BYTES_MAX = 64_000
REASON_CHARACTERS_MAX = 4_000
FULL = 100.0


class Command:
    """`environment`: the variables that the programs get; leave Songbird's own secrets out of it."""

    def __init__(self, wanted: CommandDeployer, environment: Mapping[str, str]) -> None:
        self._wanted = wanted
        self._environment = environment

    async def deploy(self, target: Target, key: str) -> None:
        await self._run("deploy", _values(target), self._wanted.deploy_time_max, {KEY_VARIABLE: key})

    async def set_exposure(self, target: Target, percent: float, generation: int) -> None:
        values = {**_values(target), "percent": f"{percent:g}", "generation": str(generation)}
        await self._run("expose", values, self._wanted.expose_time_max)

    async def observe(self, service: str, environment: str) -> Observed:
        values = {"service": service, "environment": environment}
        try:
            return _observed(await self._run("observe", values, self._wanted.expose_time_max))
        except Unknown as error:
            raise Temporary(str(error)) from None  # looking changes nothing

    async def undo(self, target: Target, key: str) -> None:
        await self._run("undo", _values(target), self._wanted.deploy_time_max, {KEY_VARIABLE: key})

    async def _run(
        self, verb: str, values: Mapping[str, str], time_max_seconds: float, more: Mapping[str, str] | None = None
    ) -> bytes:
        arguments = [_filled(argument, values) for argument in getattr(self._wanted, verb)]
        try:
            ended = await programs.run(
                arguments,
                environment={**self._environment, **(more or {})},
                time_max_seconds=time_max_seconds,
                bytes_max=OUTPUT_BYTES_MAX,
            )
        except TimeoutError:
            words = f"{verb} took longer than {duration_in_words(time_max_seconds)} and was stopped"
            raise Unknown(words) from None
        except OSError as error:
            raise Permanent(f"{verb}: {arguments[0]}: {error.strerror or error}") from None
        if ended.code == 0:
            return ended.output
        reason = ended.last_words[-REASON_CHARACTERS_MAX:] or "it said nothing"
        if ended.code == os.EX_TEMPFAIL:
            raise Temporary(f"{verb} asks for patience: {reason}")
        if ended.code < 0:
            raise Unknown(f"{verb} was ended by signal {-ended.code}: {reason}")
        raise Permanent(f"{verb} failed with exit code {ended.code}: {reason}")


def _values(target: Target) -> dict[str, str]:
    return {
        "service": target.service,
        "environment": target.environment,
        "version": target.name,
        "commit": target.commit,
    }


def _filled(argument: str, values: Mapping[str, str]) -> str:
    """Known placeholders only, once: braces of JSON, and values that look like placeholders, stay."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), argument)


def _observed(printed: bytes) -> Observed:
    try:
        exposures = json.loads(printed)["exposures"]
        percents = {str(commit): float(percent) for commit, percent in exposures.items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        said = printed.decode(errors="replace").strip()[:200] or "nothing"
        raise Permanent(f'observe should print {{"exposures": {{COMMIT: PERCENT}}}}, and printed: {said}') from None
    wrong = [percent for percent in percents.values() if not (math.isfinite(percent) and 0 <= percent <= FULL)]
    if wrong:
        raise Permanent(f"observe printed {wrong[0]} as a percentage")
    return percents
