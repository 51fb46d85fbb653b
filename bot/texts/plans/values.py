"""Values of a plan as people write them: the unit of a number is what its key says it is.

The one thing to remember: a plan stands in base units once it is read; whether 30.0 is half a minute or 30 % is known
to its field alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.core.policy import people
from bot.core.quantities import (
    duration_in_words,
    parse_duration,
    parse_percent,
    parse_quantity,
    percent_in_words,
    quantity_in_words,
)

VALUE_MAX = 120
"""Characters of a query or a list in one line."""
SHARES = frozenset({"go", "no_go", "growth_per_hour", "trend_per_hour", "steady"})
"""Quantities that are shares of something else, whatever unit the metric has."""
_PERSON = "^[UW"


def in_words(value: object, field: FieldInfo, key: str, unit: str = "") -> str:
    """`30s`, `2 %`, `yes`, `<@U1>, <@U2>`; `unit` is the metric's."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        return _number(float(value), field, key, unit)
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return (people(value) if _names_people(field) else ", ".join(value)) or "none"
    return _short(str(value)) if isinstance(value, str) else "other"


def _number(value: float, field: FieldInfo, key: str, unit: str) -> str:
    if _is_read_by(field, parse_duration):
        return duration_in_words(value) if value >= 1 else f"{value * 1000:g}ms"
    if _is_read_by(field, parse_percent):
        return percent_in_words(value)
    if _is_read_by(field, parse_quantity):
        return quantity_in_words(value, "ratio" if key in SHARES else unit)
    return f"{value:g}"


def _is_read_by(field: FieldInfo, reader: object) -> bool:
    return any(getattr(one, "func", None) is reader for one in _metadata(field))


def _names_people(field: FieldInfo) -> bool:
    return any(str(getattr(one, "pattern", "")).startswith(_PERSON) for one in _metadata(field))


def _metadata(field: FieldInfo) -> Iterator[Any]:
    """What is annotated to it, also inside of what may be None or in a list."""
    yield from field.metadata
    left = [field.annotation]
    while left:
        inside = left.pop()
        for one in getattr(inside, "__metadata__", ()):
            yield from one.metadata if isinstance(one, FieldInfo) else (one,)
        left += get_args(inside)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= VALUE_MAX else f"{flat[: VALUE_MAX - 1]}…"


def changed(old: BaseModel, new: BaseModel) -> Iterator[tuple[str, Any, Any, FieldInfo]]:
    """Every key of a part that says something else now."""
    fields: Mapping[str, FieldInfo] = type(new).model_fields
    for key, field in fields.items():
        before, after = getattr(old, key), getattr(new, key)
        if before != after:
            yield key, before, after, field


def spoken(key: str) -> str:
    return key.replace("_", " ")
