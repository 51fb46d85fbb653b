"""How a plan writes what is counted, in the language of whoever counts: PromQL, Datadog's own, or a path through JSON.

A metric does not know its source. So `Selector` and `Query` let through what any of them may mean, and
`bot.core.answers` holds it against the source of the plan. The one thing to remember: each `…_trouble` is None where
all is well, and otherwise says what to write instead.
"""

import re
from functools import lru_cache
from typing import Annotated

import promql_parser
from jsonpath import JSONPath, JSONPathEnvironment
from jsonpath.exceptions import JSONPathError
from pydantic import BeforeValidator, Field

ENVIRONMENT = "{environment}"
"""Filled in with the name of the environment that is read."""
WHERE = "{where}"
"""Filled in, in a query, with the matchers or tags of that environment."""
KEPT = 1024
"""What was found out about so many texts is remembered: a plan is read again with each of its journal's beginnings."""

_NO_VALUES = (promql_parser.NumberLiteral, promql_parser.StringLiteral, promql_parser.MatrixSelector)
_PATHS = JSONPathEnvironment(strict=True)
"""RFC 9535 and nothing beside it."""

_DATADOG = re.compile(r"([A-Za-z][A-Za-z0-9_.]*)(?:\{([^{}]*)\})?")
_TAG = re.compile(r"!?[A-Za-z][\w./-]*(?::[^\s,{}()\"'=]+)?")
_IN_WORDS = re.compile(r"\b(AND|OR|NOT|IN)\b", re.IGNORECASE)
_ASKED = re.compile(r"[a-z][a-z0-9.]*:[A-Za-z][A-Za-z0-9_.]*\{[^{}]*\}")


def filled(query: str, matchers: str, environment: str) -> str:
    """A query with its placeholders filled in, which stand inside braces and quotes: `up{{where}}`."""
    return query.replace(WHERE, matchers).replace(ENVIRONMENT, environment)


# ── PromQL ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(KEPT)
def series_trouble(written: str) -> str | None:
    """Of a series: what PromQL calls an instant vector selector, and nothing more."""
    try:
        parsed = promql_parser.parse(written)
    except ValueError as error:
        return f"{written!r} is not a series: {error}"
    if not isinstance(parsed, promql_parser.VectorSelector) or parsed.name is None:
        return f"{written!r} is a query: a metric counts a series, such as requests_total{{status=~'5..'}}"
    if parsed.offset is not None or parsed.at is not None or parsed.matchers.or_matchers:
        return f"{written!r} has an offset, an @ or an `or`: a metric counts a series as it is now"
    return None


@lru_cache(KEPT)
def query_trouble(written: str) -> str | None:
    """Of a query in PromQL, once its placeholders are filled in."""
    try:
        parsed = promql_parser.parse(filled(written, 'job="x"', "x"))
    except ValueError as error:
        return f"{written!r} is no query: {error}"
    if isinstance(parsed, _NO_VALUES):
        return f"{written!r} has no value for each version: keep its label, with sum by (commit) (…)"
    return None


# ── Datadog's ────────────────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(KEPT)
def counted_trouble(written: str) -> str | None:
    """Of the name of a metric in Datadog, perhaps with tags: `shop.requests{status:5*}`."""
    match = _DATADOG.fullmatch(written)
    if match is None:
        words = "is no metric of Datadog's: write its name, perhaps with tags, such as shop.requests{status:5*}"
        return f"{written!r} {words}; sum, by and as_count are added"
    return None if match[2] is None else tags_trouble(match[2])


@lru_cache(KEPT)
def tags_trouble(written: str) -> str | None:
    """Of what stands between the braces: `service:shop,!status:200`, or the same with AND, OR, NOT and IN."""
    if _IN_WORDS.search(written) or written == "*":
        return None  # Datadog has the grammar of these
    wrong = next((tag for tag in written.split(",") if not _TAG.fullmatch(tag.strip())), None)
    return None if wrong is None else f"{wrong.strip()!r} is no tag of Datadog's: write one such as service:shop"


@lru_cache(KEPT)
def asked_trouble(written: str) -> str | None:
    """Of a query of Datadog's, once its placeholders are filled in."""
    text = filled(written, "service:x", "x")
    if not _ASKED.search(text) or any(text.count(one) != text.count(other) for one, other in ("{}", "()")):
        return f"{written!r} is no query of Datadog's: write one such as p95:shop.duration{{{WHERE}}} by {{version}}"
    return None


def parts_of(written: str) -> tuple[str, str]:
    """Name and tags of a metric in Datadog."""
    match = _DATADOG.fullmatch(written)
    assert match is not None, f"the plan let {written!r} through"
    return match[1], match[2] or ""


def together(*written: str) -> str:
    """All of these tags. Datadog takes signs or words for `and` and `not`, never both in one."""
    parts = [part.strip() for part in written if part.strip() not in ("", "*")]
    if not any(_IN_WORDS.search(part) for part in parts):
        return ",".join(parts) or "*"
    return " AND ".join(f"({part})" if _IN_WORDS.search(part) else _spelt(part) for part in parts)


def _spelt(tags: str) -> str:
    return " AND ".join(re.sub("^!", "NOT ", tag.strip()) for tag in tags.split(","))


# ── paths through JSON ───────────────────────────────────────────────────────────────────────────────────────────────


@lru_cache(KEPT)
def path_of(written: str) -> JSONPath:
    """Ready to be followed. Raises ValueError, with a reason in words, for what is no JSONPath."""
    try:
        found = _PATHS.compile(written)
    except JSONPathError as error:
        reason = error.args[0] if error.args else "it ends too soon"
        raise ValueError(f"{written!r} is no path: {reason}; write one such as $.errors") from None
    assert isinstance(found, JSONPath), f"{written!r} is several paths, which are not in the standard"
    return found


def at_path(within: object, written: str | None) -> list[object]:
    """All that is there. Text is never looked into: the library would read it as JSON. Raises JSONPathError."""
    if written is None:
        return []
    if isinstance(within, dict | list):
        return path_of(written).findall(within)
    return [within] if written == "$" else []


@lru_cache(KEPT)
def path_trouble(written: str) -> str | None:
    """Of a JSONPath as in RFC 9535."""
    if not written.startswith("$"):
        return f"{written!r} is no path: a path through an answer begins with $, such as $.errors"
    try:
        path_of(written)
    except ValueError as error:
        return str(error)
    return None


# ── in a plan ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _selector(written: object) -> object:
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is not a series: write a name, or a name with labels in braces")  # noqa: TRY004 - pydantic wants a ValueError
    if written.startswith("$"):
        trouble = path_trouble(written)
    elif "." in written.partition("{")[0]:
        trouble = counted_trouble(written)
    else:
        trouble = series_trouble(written)
        if trouble is not None and counted_trouble(written) is None:
            trouble = None
    if trouble is not None:
        raise ValueError(trouble)
    return written


def _query(written: object) -> object:
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is no query: write one in PromQL")  # noqa: TRY004 - pydantic wants a ValueError
    trouble = query_trouble(written)
    if trouble is not None and asked_trouble(written) is not None:
        raise ValueError(trouble)
    return written


def _path(written: object) -> object:
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is no path: write one such as $.errors")  # noqa: TRY004 - pydantic wants a ValueError
    if (trouble := path_trouble(written)) is not None:
        raise ValueError(trouble)
    return written


def _tags(written: object) -> object:
    if not isinstance(written, str):
        raise ValueError(f"{written!r} is no text: write tags such as service:shop,env:{ENVIRONMENT}")  # noqa: TRY004 - pydantic wants a ValueError
    if (trouble := tags_trouble(written.replace(ENVIRONMENT, "x"))) is not None:
        raise ValueError(trouble)
    return written


Selector = Annotated[
    str, BeforeValidator(_selector), Field(description='a series, such as requests_total{status=~"5.."}')
]
Query = Annotated[
    str, BeforeValidator(_query), Field(description="a query, such as avg by (commit) (temperature{{where}})")
]
JsonPath = Annotated[str, BeforeValidator(_path), Field(description="a JSONPath, such as $.errors")]
Tags = Annotated[str, BeforeValidator(_tags), Field(description="tags of Datadog's, such as service:shop")]
