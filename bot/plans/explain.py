"""Pydantic's errors about a plan, as sentences for whoever wrote it: what was found, what is allowed, the nearest word.

What is allowed is read from the plan's JSON schema, so a new key or kind of gate explains itself. To forget: a location
of pydantic's is in the long form (`stages.0.steps.2.gates.0.health.held`); the person wrote a shorthand, and is told
about the place that they know (`stages[0].gates[0].held`), once: `Written.place_of`.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeGuard, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.core.plan import Plan
from bot.core.strict import Broken, did_you_mean
from bot.plans.meant import flow, meant
from bot.plans.written import Place, Problem, Written

Schema = dict[str, Any]

_SHOWN_MAX = 60
LISTED_MAX = 6
_USER = re.compile(r"//[^/\s]*@")
"""User and password in an address: what is wrong is shown, a secret is not."""
PATTERNS = {
    "^[a-z][a-z0-9-]{0,30}$": "a name of lower-case letters, digits and dashes, at most 31",
    "^[UW][A-Z0-9]{2,}$": "a Slack member id such as U024BE7LH (in Slack: profile → ⋮ → Copy member ID)",
    "^[UWS][A-Z0-9]{2,}$": "a Slack member id such as U024BE7LH, or a user group's such as S0615G0KT (Copy group ID)",
    "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$": "hours of a day such as 09:00-18:00",
    "^([01][0-9]|2[0-3]):[0-5][0-9]$": "a time of day such as 09:00",
    r"^https?://[^\s/?#@\\]+(/[^\s?#\\]*)?$": "an address such as https://staging.shop.example, without a user in it",
    r"^https?://[^\s/?#@\\]+([/?][^\s#\\]*)?$": "an address such as https://{environment}.shop.example/health",
    "^(https?://)?[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?$": "an origin or a host, such as https://cdn.shop.example",
    r"^/([^/\s\\]\S*)?$": "a page, such as /checkout",
    "^[a-z][a-z0-9_]{0,30}$": "a name of lower-case letters, digits and _, at most 31",
    r"^[A-Za-z0-9][\w.:-]{0,40}$": "a word or a number",
    "^[a-zA-Z_][a-zA-Z0-9_]*$": "the name of a label, such as commit",
    "^[A-Za-z][A-Za-z0-9_./-]*$": "the name of a tag, such as version",
    "^[A-Za-z0-9-]{1,60}$": "the name of a header, such as X-Api-Key",
    r"^\S[^\r\n]{0,299}$": "a selector on one line: CSS such as #pay, or text=Pay",
    r"^\S[^\r\n]{0,199}$": "one line of at most 200 characters",
}
NAMED = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text",
    "finite_number": "a number",
}
"""By pydantic's name for what is wrong, what is allowed, where the plan's schema does not say more."""
TAGGED = "stop"
"""What pydantic's locations put between the index of a tour's item and its key, for which people write nothing."""
_TYPES = {"array": "a list", "string": "text", "integer": "a whole number", "boolean": "true or false"}
"""Not `number`: most are written with a unit, which their own validators explain."""


def explain(invalid: ValidationError, written: Written) -> list[Problem]:
    """One problem for each thing to mend, by line."""
    errors = invalid.errors(include_url=False)
    told = (_explain(error, written) for error in errors if not _follows_from_another(error, errors))
    return sorted({problem for problems in told for problem in problems})


def nearest(word: object, allowed: Iterable[str]) -> str:
    """`; did you mean "…"?`, or nothing."""
    return did_you_mean(word, allowed)


def _explain(error: ErrorDetails, written: Written) -> list[Problem]:
    broken = error.get("ctx", {}).get("error")
    if not isinstance(broken, Broken):
        return [_of_a_value(error, written)]
    return [written.problem(written.place_of((*error["loc"], *at)), words) for at, words in broken.rules]


def _of_a_value(error: ErrorDetails, written: Written) -> Problem:
    location, found = error["loc"], _found(error["input"])
    place = written.place_of(location)
    context = error.get("ctx", {})
    if (bare := _steps_without_a_sign(place, error["input"], written)) is not None:
        return bare
    match error["type"]:
        case "extra_forbidden":
            keys = list(_inside(_schema_at(location[:-1]))["properties"])
            words = _offering(f'found the key "{location[-1]}"', location[-1], keys)
        case "missing":
            place = (*place, location[-1])
            words = _with_allowed("missing", _allowed(_schema_at(location)))
        case "union_tag_not_found":
            place = (*place, context["discriminator"].strip("'"))
            words = _with_allowed("missing", ", ".join(_schema_at(location)["discriminator"]["mapping"]))
        case "union_tag_invalid":
            place = (*place, context["discriminator"].strip("'"))
            kinds = list(_schema_at(location)["discriminator"]["mapping"])
            words = _offering(f'found "{context["tag"]}"', context["tag"], kinds)
        case "literal_error":
            values = re.findall(r"'([^']+)'", context["expected"])
            words = _offering(f"found {found}", error["input"], values)
        case "value_error":
            words = str(context["error"])
            place = _named_in(words, place, written)
        case "too_short":
            words = f"found {found}; needs {context['min_length']} at least"
        case kind:
            schema = _schema_at(location)
            in_words = _bound(kind, context, schema) or _allowed(schema) or NAMED.get(kind) or _message(error)
            wanted = "object" if "properties" in schema else str(schema.get("type", ""))
            words = _with_allowed(f"found {found}", in_words)
            if found == "nothing" and place[:1] == ("channels",):
                words = 'found nothing; # begins a comment, so put the name in quotes: "#releases"'
            elif len(str(error["input"])) <= _SHOWN_MAX and not _USER.search(str(error["input"])):
                words += meant(place, error["input"], wanted)
    return written.problem(place, words)


def _steps_without_a_sign(place: Place, found: object, written: Written) -> Problem | None:
    """`[1, 10, 100]`: one slip, however many steps it is in."""
    if place[:1] != ("stages",) or place[-2:-1] != ("steps",) or not _is_number(found):
        return None
    steps = written.at(place[:-1])
    guess = flow([f"{step:g}%" if _is_number(step) else step for step in steps])
    return written.problem(place[:-1], f"found {flow(steps)}; an exposure has its sign; did you mean {guess}?")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bound(kind: str, context: Mapping[str, Any], schema: Schema) -> str:
    """What a number, a text or a list is held against; a percentage with its sign."""
    sign = "%" if "percentage" in schema.get("description", "") else ""
    match kind:
        case "greater_than" if "duration" in schema.get("description", ""):
            return str(schema["description"])
        case "greater_than":
            return f"more than {context['gt']:g}{sign}"
        case "greater_than_equal":
            return f"{context['ge']:g}{sign} or more"
        case "less_than":
            return f"less than {context['lt']:g}{sign}"
        case "less_than_equal":
            return f"{context['le']:g}{sign} or less"
        case "string_too_short":
            return "some text"
        case "string_too_long":
            return f"at most {context['max_length']} characters"
        case "too_long":
            return f"{context['max_length']} at most"
        case _:
            return ""


def _offering(found: str, word: object, allowed: Sequence[str]) -> str:
    """What is allowed, and the nearest of it: before the list where that is long, and nobody reads to its end."""
    near, there = nearest(word, allowed), ", ".join(allowed)
    if near and len(allowed) > LISTED_MAX:
        return f"{found}{near} Allowed: {there}"
    return f"{found}; allowed: {there}{near}"


def _message(error: ErrorDetails) -> str:
    return error["msg"].removeprefix("Input should be ")


def _follows_from_another(error: ErrorDetails, errors: list[ErrorDetails]) -> bool:
    """A list is "too short" when its items are wrong, and missing is what was misspelt, or what a shorthand adds."""
    if error["type"] == "too_short":
        return bool(len(error["input"]) >= error["ctx"]["min_length"])
    if error["type"] != "missing":
        return False
    *place, key = error["loc"]
    beside = [other for other in errors if list(other["loc"][:-1]) == place]
    misspelt = [str(other["loc"][-1]) for other in beside if other["type"] == "extra_forbidden"]
    unread = key == "on_failure" and any(other["loc"][-1] == "steps" for other in beside)
    return unread or bool(difflib.get_close_matches(str(key), misspelt))


def _found(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case str():
            shown = _USER.sub("//…@", value)
            return f'"{shown[:_SHOWN_MAX]}…"' if len(shown) > _SHOWN_MAX else f'"{shown}"'
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case _:
            return str(value)


def _with_allowed(sentence: str, allowed: str) -> str:
    return f"{sentence}; allowed: {allowed}" if allowed else sentence


# ── where it was written ─────────────────────────────────────────────────────────────────────────────────────────────


def _named_in(words: str, place: Place, written: Written) -> Place:
    """A rule about a whole mapping quotes what it is about: the last place that says the last such word."""
    if not isinstance(written.at(place), dict):
        return place
    inside = [other for other in written.lines if other[: len(place)] == place]
    for word in reversed(re.findall(r"'([^']+)'", words)):
        saying = [other for other in inside if word in (other[-1], written.at(other))]
        if saying:
            return ([other for other in saying if other[-1] == "name"] or saying)[-1]
    return place


# ── what is allowed there ────────────────────────────────────────────────────────────────────────────────────────────


def allowed_at(place: Place) -> str:
    """What may stand at a place of the long form, in words; empty where nobody can say."""
    return _allowed(_schema_at(place))


@cache
def _plan_schema() -> Schema:
    return Plan.model_json_schema()


def _schema_at(location: Sequence[int | str]) -> Schema:
    """The JSON schema of the plan at one of pydantic's locations; empty where there is none."""
    here = _plan_schema()
    *way, last = location or ("",)
    if last == "[key]":
        keys = _schema_at(way[:-1]).get("patternProperties", {})
        return {"pattern": next(iter(keys), "")}
    for part in location:
        inside = _inside(here)
        if part in inside.get("discriminator", {}).get("mapping", {}):
            here = {"$ref": inside["discriminator"]["mapping"][part]}
        elif part in inside.get("properties", {}):
            here = inside["properties"][part]
        elif isinstance(part, int):
            here = inside.get("items", {})
        elif part == TAGGED:
            here = inside
        else:
            further = inside.get("additionalProperties")
            values = [*inside.get("patternProperties", {}).values(), *([further] if isinstance(further, dict) else [])]
            here = next(iter(values), {})
    return _inside(here)


def _inside(schema: Schema) -> Schema:
    """Without the wrapping: references followed, "or null" left out."""
    if "$ref" in schema:
        return cast("Schema", _plan_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
    if "oneOf" in schema and "discriminator" not in schema:
        return _inside(
            schema["oneOf"][-1]
        )  # a line of text, or a mapping: whoever did not write text meant the mapping
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    return _inside(choices[0]) if len(choices) == 1 else schema


def _allowed(schema: Schema) -> str:
    """In words; empty where the schema does not say enough."""
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "discriminator" in schema:
        kinds = schema["discriminator"]
        return f"a mapping with `{kinds['propertyName']}:` {', '.join(kinds['mapping'])}"
    if "properties" in schema:
        return f"a mapping with the keys {', '.join(schema['properties'])}"
    if "pattern" in schema:
        return PATTERNS.get(schema["pattern"], f"text like {schema['pattern']}")
    if schema.get("type") == "object":
        return "a mapping by name"
    return str(schema.get("description") or _TYPES.get(schema.get("type", ""), ""))
