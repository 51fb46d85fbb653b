"""What somebody meant by a value of the wrong shape: a list of one, the one key of a mapping, a number in another form.

The one thing to remember: what is guessed is written as it would stand in the file, so that it can be copied.
"""

import re

from bot.plans.written import Place

_COMMANDS = ("deploy", "expose", "observe", "undo", "command")
"""Programs with their arguments, which people write as a line."""
_FIRST = {"watch": "time", "tolerance": "ratio", "override": "roles"} | dict.fromkeys(
    ("alert", "limit", "no_go", "rollback"), "max"
)
"""By a key that holds a mapping, the key in it that somebody meant who wrote one value."""
_IN_BRACES = re.compile(r"[{}\[\],#&*!|>'\"@`]|: ")
_PERCENT = re.compile(r"\+?(\d+(?:\.\d+)?)\s*%")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|sec|min|m|h)")
_PER_SECOND = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600}


def meant(place: Place, found: object, wanted: str) -> str:
    """`; did you mean …?`, or nothing. `wanted`: the type that the plan's schema has there, or "" for any."""
    guess = _guessed(place, found, wanted)
    return f"; did you mean {guess}?" if guess else ""


def _guessed(place: Place, found: object, wanted: str) -> str:
    key = next((part for part in reversed(place) if isinstance(part, str)), "")
    match found:
        case str() | int() | float() if wanted == "array" and not isinstance(found, bool):
            return flow(_listed(key, found))
        case list() if wanted == "object" and key == "roles" and found:
            return flow({str(role): 1 for role in found})
        case str() | int() | float() | list() if wanted == "object" and key in _FIRST:
            return flow({_FIRST[key]: found})
        case _:
            return _number(key, found)


def _listed(key: str, found: str | float) -> list[object]:
    if key in _COMMANDS and isinstance(found, str):
        return list(found.split())
    return [found if key != "steps" or isinstance(found, str) else f"{found:g}%"]


def _number(key: str, found: object) -> str:
    text = str(found).strip()
    share = _PERCENT.fullmatch(text)
    if key == "quantile":
        digits = re.fullmatch(r"p?(\d+(?:\.\d+)?)\s*%?", text, re.IGNORECASE)
        return f"{float(digits[1]) / 100:g}" if digits and 1 < float(digits[1]) < 100 else ""  # noqa: PLR2004 - of 100
    if key == "ratio" and share:
        return f"{float(share[1]) / 100 + (0 if float(share[1]) > 100 else 1):g}"  # noqa: PLR2004 - of 100
    if key == "ratio" and isinstance(found, float | int) and 0 < found < 1:
        return f"{1 + found:g}"
    if (rate := _RATE.fullmatch(text)) and key in ("load_min", "load_peak"):
        return f"{float(rate[1]) / _PER_SECOND[rate[2]]:g}"
    return ""


def meant_quantiles(found: object) -> str:
    """As `meant` says it, of several: `[50, p95]` are `[0.5, 0.95]`."""
    listed = found if isinstance(found, list) else [found]
    guesses = [one if isinstance(one, float) and 0 < one < 1 else _number("quantile", one) for one in listed]
    return f"; did you mean {flow(guesses)}?" if listed and all(guesses) else ""


def flow(value: object) -> str:
    """As YAML in one line."""
    match value:
        case list():
            return f"[{', '.join(map(flow, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {flow(one)}' for key, one in value.items())}}}"
        case str() if not value or _IN_BRACES.search(value):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case _:
            return str(value)
