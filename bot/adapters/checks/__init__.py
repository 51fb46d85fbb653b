"""Checks: one run of one check, and what came of it.

`Checker` is the port; `probe` fetches an address, `program` runs a command, `ByKind` chooses, and `stand_in` answers as
a test tells it. The one thing to remember: a run never raises for what the world does. What failed and what nobody can
know are two answers, both in words, and what the world said in them is cleaned and cut here.
"""

import asyncio
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from jsonpath.exceptions import JSONPathError
from pydantic_core import from_json

from bot.core.checks import Check, filled
from bot.core.foreign import flat
from bot.core.selectors import at_path

SAID_MAX = 200
"""Characters of what the world said."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`passed` None: nobody knows. `words` say what was seen, on one line."""

    passed: bool | None
    words: str


class Checker(Protocol):
    """Who tries a plan's checks."""

    async def run(self, check: Check, values: Mapping[str, str]) -> Answer:
        """Try it once, for at most its `time_max`. `values` fill its places. Idempotent: a check changes nothing."""


def obstacles(checks: Mapping[str, Check], variables: Mapping[str, str]) -> list[str]:
    """Why some could not be tried, in words: a token that is not set, a program that is not there."""
    found = []
    for name, check in checks.items():
        if check.token_from is not None and not variables.get(check.token_from):
            found.append(f"{check.token_from} is not set, which {name} needs")
        program = check.command[0] if check.command else ""
        if program and "{" not in program and shutil.which(program, path=variables.get("PATH")) is None:
            found.append(f"there is no program {program}, which {name} runs")
    return found


class ByKind:
    """Each check to whom it is for."""

    def __init__(self, probe: Checker, program: Checker) -> None:
        self._probe = probe
        self._program = program

    async def run(self, check: Check, values: Mapping[str, str]) -> Answer:
        checker = self._program if check.http is None else self._probe
        return await checker.run(check, values)


async def judged(check: Check, values: Mapping[str, str], said: str, answer: str, *, unread: str = "") -> Answer:
    """What was said, by the texts that must and must not be in it, beside the loop: a path through 1 MB takes its time.

    `answer` is what is good about it so far; `unread` says, in words, that there was more, which nobody reads.
    """
    return await asyncio.to_thread(_judged, check, values, said, answer, unread)


def _judged(check: Check, values: Mapping[str, str], said: str, answer: str, unread: str) -> Answer:
    """What is there is there, however much was not read; of what is not, nobody knows then."""
    for each in check.absent:
        if (text := filled(each, values)) in said:
            return Answer(passed=False, words=f"{answer}, with {shown(text)}: {shown(_line_of(text, said))}")
    missing = [text for each in check.contains if (text := filled(each, values)) not in said]
    if unread and (missing or check.absent or check.path is not None):
        return Answer(passed=None, words=unread)
    if missing:
        return Answer(passed=False, words=f"{answer}, without {shown(missing[0])}: {shown(said)}")
    if check.path is not None:
        return _found(check, check.path, values, said)
    return Answer(passed=True, words=answer)


def _found(check: Check, path: str, values: Mapping[str, str], said: str) -> Answer:
    """What is there, or is not there yet."""
    try:
        found = at_path(from_json(said), path)
    except (ValueError, JSONPathError):
        return Answer(passed=None, words=f"answered with no JSON: {shown(said)}")
    wanted = filled(check.equals, values) if isinstance(check.equals, str) else check.equals
    wrong = [one for one in found if one is not None and not _is_the_same(one, wanted)]
    if wrong:
        return Answer(passed=False, words=f"{path} is {_json(wrong[0])} instead of {_json(wanted)}")
    if not found or None in found:
        return Answer(passed=None, words=f"{path} is not there yet")
    return Answer(passed=True, words=f"{path} is {_json(wanted)}")


def _is_the_same(one: object, other: object) -> bool:
    """True is not 1."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def _json(value: object) -> str:
    return shown(value) if isinstance(value, str) else flat(json.dumps(value, ensure_ascii=False), SAID_MAX)


def shown(said: str) -> str:
    """Words of the world's, as such."""
    return f'"{flat(said, SAID_MAX)}"' if said.strip() else "nothing"


def _line_of(text: str, said: str) -> str:
    place = said.index(text)
    return said[said.rfind("\n", 0, place) + 1 :].partition("\n")[0] if "\n" not in text else text
