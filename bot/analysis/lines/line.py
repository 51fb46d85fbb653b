"""What may be written in a line of samples, and what is wrong with one that is none."""

import json
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import ErrorDetails

from bot.core.metric import Tolerance

TOLERATED = {"latency": 1.2, "gauge": 1.1}
"""Of plain values."""
TOLERATED_SHARE = 1.5
TOLERATED_SHARE_FALL = 1.25
"""Where only a decrease is bad, as of conversions: there are more of them than of errors."""

INTERVAL_MAX = 1e9
"""Seconds: thirty years."""
RATIO_MAX = 1000.0
"""What may be tolerated."""
FOUND_MAX = 40
"""Characters of what was found, in an error."""

Reading = float | None
Pair = tuple[Reading, Reading]
Direction = Literal["increase", "decrease"]
Shape = Literal["pairs", "values"]


def shape_of(written: object) -> Shape:
    """By the first sample that is not null."""
    first = next((one for one in written if one is not None), None) if isinstance(written, list) else None
    return "pairs" if isinstance(first, list | tuple) else "values"


Samples = Annotated[
    Annotated[list[Reading], Tag("values")] | Annotated[list[Pair | None], Tag("pairs")],
    Discriminator(shape_of),
]

SAMPLES = "a list with a number, a pair [events, total] or null for each interval, the same on both sides"
ALLOWED = {
    "name": "text",
    "kind": "count, gauge, latency, ratio",
    "direction": "increase, decrease, either (which of them is bad)",
    "control": SAMPLES,
    "canary": SAMPLES,
    "interval_seconds": "a number above 0",
    "tolerance": "a ratio above 1, up to 1000, such as 1.5",
}
"""In words, by key."""
WORDS = {"kind": ("count", "gauge", "latency", "ratio"), "direction": ("increase", "decrease", "either")}


class Line(BaseModel):
    """What may be written; a key that it does not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str
    kind: Literal["count", "gauge", "latency", "ratio"]
    direction: Literal["increase", "decrease", "either"]
    control: Samples
    canary: Samples
    interval_seconds: Annotated[float, Field(gt=0, le=INTERVAL_MAX, allow_inf_nan=False)]
    tolerance: Annotated[float, Field(gt=1, le=RATIO_MAX, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _sides_have_oneshape_of(self) -> Self:
        if any(one is not None for one in self.control) and any(one is not None for one in self.canary):
            shapes = shape_of(self.control), shape_of(self.canary)
            if shapes[0] != shapes[1]:
                raise ValueError(f"control holds {shapes[0]} and canary {shapes[1]}; allowed: {SAMPLES}")
        return self

    @property
    def shape(self) -> Shape:
        return "pairs" if "pairs" in (shape_of(self.control), shape_of(self.canary)) else "values"

    @property
    def tolerated(self) -> Tolerance:
        if self.tolerance is not None:
            return Tolerance(ratio=self.tolerance)
        usual = TOLERATED_SHARE_FALL if self.direction == "decrease" else TOLERATED_SHARE
        return Tolerance(ratio=usual if self.shape == "pairs" else TOLERATED.get(self.kind, usual))

    @property
    def directions(self) -> tuple[Direction, ...]:
        """The bad ones."""
        return ("increase", "decrease") if self.direction == "either" else (self.direction,)


# ── what is wrong with a line ────────────────────────────────────────────────────────────────────────────────────────


def explained(error: ErrorDetails) -> str:
    """`kind: found "counter"; allowed: count, gauge, latency, ratio; did you mean "count"?`."""
    context = error.get("ctx", {})
    if error["type"] == "json_invalid":
        return f"is not JSON: {context['error']}".replace("at line 1 column", "at column")
    if error["type"] == "value_error":
        return str(context["error"])
    if not error["loc"]:
        return f"found {_found(error['input'])}; allowed: an object with the keys {', '.join(ALLOWED)}"
    key, *inside = map(str, error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{key}: no such key; allowed: {', '.join(ALLOWED)}{_nearest(key, ALLOWED)}"
    if error["type"] == "missing" and not inside:
        return f"{key}: missing; allowed: {ALLOWED[key]}"
    place, near = f"{key}[{inside[1]}]" if len(inside) > 1 else key, _nearest(error["input"], WORDS.get(key, ()))
    return f"{place}: found {_found(error['input'])}; allowed: {ALLOWED[key]}{near}"


def _nearest(written: object, allowed: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 - only for a line that is wrong

    near = difflib.get_close_matches(str(written).lower(), list(allowed), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _found(value: object) -> str:
    shown = json.dumps(value, default=str, ensure_ascii=False)
    return f"{shown[:FOUND_MAX]}…" if len(shown) > FOUND_MAX else shown


def name_of(text: bytes) -> str | None:
    """The name in a line that is not one, as far as there is any."""
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        return None
    name = written.get("name") if isinstance(written, dict) else None
    return name if isinstance(name, str) else None
