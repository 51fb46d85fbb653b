"""The JSON schema of a plan as people write it, for editors: durations in words, steps in their short form.

Pydantic's schema describes the long form with numbers; `schema` takes that and writes it back: a number that is a
duration is text with its unit, a step may be no more than its exposure, what a shorthand adds is not asked for, and
`${NAME}` may stand wherever text does. What a key means is read from the line below it in its class. The one thing to
remember: an editor's schema is a first look. What names fit together, and what is unwise, only `plan lint` says.
"""

import ast
import inspect
from functools import cache
from typing import Any, get_args

from bot.core import checks, metric, plan, quantities, sources, systems, targets, tour
from bot.core.plan import Plan

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NUMBER = r"\d+(\.\d+)?"
_FILLED = r"\$\{[^}]+\}"
"""Whatever the environment says; the file is read with it, an editor is not."""

_PERCENT = {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*%\s*$|{_FILLED}"}
_DURATION = {
    "type": "string",
    "pattern": rf"^\s*({_NUMBER}\s*(ms|s|m|h|d)\s*)+$|{_FILLED}",
    "examples": ["90s", "15m", "1h30m"],
}
_QUANTITY = {
    "type": ["number", "string"],
    "pattern": rf"^\s*-?{_NUMBER}\s*(%|ms|s|B|KB|MB|GB)?\s*$|{_FILLED}",
    "examples": ["2%", "250ms", "300MB"],
}

_QUANTILES = {
    "type": "array",
    "items": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "minItems": 1,
    "description": "Of one histogram, several: each becomes a metric of its own, called latency-p95.",
}

_SOURCES = ("counter", "histogram", "gauge", "query")
_DROPPED = frozenset({"title", "default", "discriminator", "ge", "gt", "le", "lt"})
"""What an editor has no use for: names made from keys, and numbers in a form that nobody writes."""


@cache
def schema() -> Schema:
    """As JSON, with every key that a plan may have."""
    whole = Plan.model_json_schema()
    parts = {name: _part(name, one) for name, one in whole.pop("$defs").items()}
    _shorten(parts)
    written = _part("Plan", whole)
    named = {"type": ["array", "object"], "additionalProperties": {"$ref": "#/$defs/NamedMetric"}, "minProperties": 1}
    written["properties"]["metrics"] |= {**named, "description": "A list, or a mapping by name."}
    return {"$schema": DIALECT, **written, "title": "A plan of Songbird's", "$defs": parts}


def _part(name: str, described: Schema) -> Schema:
    """One class of the plan, with what is said below each of its keys."""
    written: Schema = _as_written(described)
    for key, words in _said().get(name, {}).items():
        here = written["properties"].get(key)
        if here is not None:
            written["properties"][key] = {**here, "description": words}
    return written


def _as_written(described: Any) -> Any:  # noqa: ANN401 - any part of a schema
    if isinstance(described, list):
        return [_as_written(one) for one in described if one != {"type": "null"}]
    if not isinstance(described, dict):
        return described
    if (form := _forms().get(described.get("description", ""))) is not None:
        return {**form, "description": described["description"]}
    kept = {
        key: _named(value) if key in ("properties", "patternProperties") else _as_written(value)
        for key, value in described.items()
        if key not in _DROPPED
    }
    if "pattern" in kept:
        kept["pattern"] = f"{kept['pattern']}|{_FILLED}"
    choices = kept.get("anyOf")
    if isinstance(choices, list) and len(choices) == 1:
        del kept["anyOf"]
        return {**kept, **choices[0]}
    return kept


def _named(properties: Schema) -> Schema:
    """Keys are people's, whatever they are called: a metric's `title` would be no title of a schema's."""
    return {key: _as_written(value) for key, value in properties.items()}


@cache
def _forms() -> dict[str, Schema]:
    """How a number is written, by the description that the kind of number has."""
    kinds = (
        (quantities.Duration, _DURATION),
        (quantities.Percent, _PERCENT),
        (quantities.Share, _PERCENT),
        (quantities.Quantity, _QUANTITY),
    )
    return {str(get_args(kind)[-1].description): form for kind, form in kinds}


def _shorten(parts: dict[str, Schema]) -> None:
    """What the validators of a plan write out, people leave out."""
    stage, step, metric, within = parts["Stage"], parts["Step"], parts["Metric"], parts["Within"]
    stage["required"] = ["name"]
    step["required"] = []
    stage["properties"]["steps"]["items"] = {"anyOf": [_PERCENT, {"$ref": "#/$defs/Step"}]}
    parts["Within"] = {"anyOf": [_PERCENT, within], "description": within.pop("description")}
    rate = parts["IncidentRate"]
    short = [{"type": "number", "minimum": 0}, {"const": targets.BEFORE}, rate]
    parts["IncidentRate"] = {"anyOf": short, "description": rate.pop("description")}
    _shorten_check(parts["Check"])
    metric["oneOf"] = [{"required": [source]} for source in _SOURCES]
    metric["dependentRequired"] = {"counter": ["of"], "quantile": ["histogram"], "quantiles": ["histogram"]}
    metric["if"] = {"required": ["histogram"]}
    metric["then"] = {"oneOf": [{"required": ["quantile"]}, {"required": ["quantiles"]}]}
    metric["properties"]["quantiles"] = _QUANTILES
    keys = {key: about for key, about in metric["properties"].items() if key != "name"}
    parts["NamedMetric"] = {**metric, "properties": keys, "required": []}


def _shorten_check(check: Schema) -> None:
    """One text, stage or exposure stands for a list of it."""
    properties = check["properties"]
    check["oneOf"] = [{"required": [way]} for way in ("http", "command")]
    check["dependentRequired"] = {"path": ["equals"], "equals": ["path"]}
    for key in ("contains", "absent", "stages", "steps"):
        said, several = properties[key].pop("description"), properties[key]
        properties[key] = {"anyOf": [several["items"], several], "description": said}
    for values in properties["matrix"]["patternProperties"].values():
        values["items"] = {"type": ["string", "number"]}


@cache
def _said() -> dict[str, dict[str, str]]:
    """By class and key, the words below the key; pydantic would show them in place of what is allowed."""
    return {
        klass.name: dict(_below(klass))
        for module in (plan, metric, checks, systems, sources, targets, tour)
        for klass in ast.parse(inspect.getsource(module)).body
        if isinstance(klass, ast.ClassDef)
    }


def _below(klass: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for key, words in zip(klass.body, klass.body[1:], strict=False):
        match key, words:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found.append((name, " ".join(text.split())))
            case _:
                pass
    return found
