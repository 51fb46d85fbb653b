"""Places in braces that nobody fills in: `{percnt}` reaches a team's own program as it is written.

The one thing to remember: braces that are near to a known place are a slip, and an error; others may be the program's
own.
"""

import re
from collections.abc import Iterator

from bot.adapters.deploy.command import PLACEHOLDERS
from bot.core.checks import PLACEHOLDERS as FILLED_IN
from bot.core.strict import did_you_mean
from bot.plans.written import Place, Problem, Written

_ASKED = ("http", "command")
"""What a check asks."""
_HELD_AGAINST = ("contains", "absent")
"""What its answer is held against, which may have braces of its own: only what is near to a place is none."""


def problems(written: Written) -> Iterator[Problem]:
    """Errors where a known place was meant, and notes where nobody knows."""
    for verb, known in PLACEHOLDERS.items():
        yield from _in(written, ("deployer", verb), known, is_free=False)
    checks = written.at(("checks",))
    for name, check in checks.items() if isinstance(checks, dict) else ():
        matrix = check.get("matrix") if isinstance(check, dict) else None
        known = (*FILLED_IN, *map(str, matrix if isinstance(matrix, dict) else ()))
        for key in (*_ASKED, *_HELD_AGAINST):
            yield from _in(written, ("checks", name, key), known, is_free=key in _HELD_AGAINST)


def _in(written: Written, place: Place, known: tuple[str, ...], *, is_free: bool) -> Iterator[Problem]:
    """In a text, or in each of a list of them."""
    value = written.at(place)
    for index, one in enumerate(value) if isinstance(value, list) else ():
        yield from _unfilled(written, (*place, index), one, known, is_free=is_free)
    yield from _unfilled(written, place, value, known, is_free=is_free)


def _unfilled(
    written: Written, place: Place, text: object, known: tuple[str, ...], *, is_free: bool
) -> Iterator[Problem]:
    for name in re.findall(r"\{(\w+)\}", text) if isinstance(text, str) else ():
        near = did_you_mean(name, known)
        if name in known or (is_free and not near):
            continue
        found = f"found {{{name}}}, which is" if near else f"{{{name}}} is"
        words = f"{found} not filled in here; filled in: {', '.join(known)}{near}"
        yield written.problem(place, words, grave=bool(near))
