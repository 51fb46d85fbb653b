"""Shapes of JSON: small checks that are put together to larger ones.

A `Check` looks at one value and yields `(pointer, sentence)` for everything wrong with it, in the words that Slack
uses. The one thing a reader could forget: a field that is null counts as one that is not there.
"""

import re
from collections.abc import Callable, Iterator, Mapping

Problem = tuple[str, str]
Check = Callable[[object, str], Iterator[Problem]]


def anything(_value: object, _at: str) -> Iterator[Problem]:
    yield from ()


def boolean(value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield at, "must be a boolean"


def number(value: object, at: str) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield at, "must be an integer"


def string(longest: int, shortest: int = 0) -> Check:
    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield at, "must be a string"
        elif len(value) > longest:
            yield at, f"must be less than {longest + 1} characters"
        elif len(value) < shortest:
            yield at, f"must be more than {shortest - 1} characters"

    return check


def identifier(pattern: str) -> Check:
    def check(value: object, at: str) -> Iterator[Problem]:
        if not (isinstance(value, str) and re.fullmatch(pattern, value)):
            yield at, f"input must match regex pattern: ^{pattern}$"

    return check


def word(*allowed: str) -> Check:
    def check(value: object, at: str) -> Iterator[Problem]:
        if value not in allowed:
            yield at, f"must be one of {', '.join(allowed)}"

    return check


def items(each: Check, most: int, fewest: int = 1) -> Check:
    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield at, "must be an array"
            return
        if len(value) > most:
            yield at, f"no more than {most} items allowed"
        if len(value) < fewest:
            yield at, f"no less than {fewest} items allowed"
        for index, item in enumerate(value):
            yield from each(item, f"{at}/{index}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {"type": anything, **required, **(optional or {})}

    def check(value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield at, "must be an object"
            return
        for name in required:
            if value.get(name) is None:
                yield at, f"missing required field: {name}"
        for name, part in value.items():
            if name not in known:
                yield at, f"invalid additional property: {name}"
            elif part is not None:
                yield from known[name](part, f"{at}/{name}")

    return check


def by_type(table: Mapping[str, Check]) -> Check:
    def check(value: object, at: str) -> Iterator[Problem]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in table:
            yield f"{at}/type", f"unsupported type: {kind}"
        else:
            yield from table[kind](value, at)

    return check


def both(*checks: Check) -> Check:
    def check(value: object, at: str) -> Iterator[Problem]:
        for each in checks:
            yield from each(value, at)

    return check


def either_of(*names: str) -> Check:
    def check(value: object, at: str) -> Iterator[Problem]:
        if isinstance(value, dict) and not any(value.get(name) for name in names):
            yield at, f"missing required field: {names[0]}"

    return check
