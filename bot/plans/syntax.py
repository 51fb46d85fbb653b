"""What is wrong with a file as YAML, for people who know no YAML: the line to look at, and what to do there.

The parser says where it gave up, which is often lines below the slip: a quote or a brace that is never closed is told
on the line on which it opens. The one thing to remember: of values nothing is repeated, as a broken line may hold
anything.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ruamel.yaml.error import MarkedYAMLError

_STRAY = re.compile(r"found character '(.+)' that cannot start any token")
_KEY = re.compile(r"\s*(- +)?[\w.-]+:(\s|$)|\s*- ")
"""How a line of a plan begins."""
_NO_SPACE = re.compile(r"\s*(?:- )?([\w.-]+):(\S+)")
_ENDS = {"mapping": ("{", "}"), "sequence": ("[", "]")}


def explained(error: MarkedYAMLError, text: str) -> tuple[int, str]:
    """The line (from 1), and words."""
    lines = text.splitlines()
    mark = error.problem_mark or error.context_mark
    at = min(mark.line, len(lines) - 1) if mark else 0
    since = error.context_mark.line if error.context_mark else at
    line, words = _told(str(error.problem or error.context), str(error.context or ""), lines, at, since)
    return line + 1, words if words.startswith("not one plan") else f"not YAML: {words}"


def _told(problem: str, context: str, lines: list[str], at: int, since: int) -> tuple[int, str]:
    """Lines from 0. What the parser scanned is told before what it expected: that may be lines below."""
    if "\\t" in problem:
        return at, "a tab indents this line; YAML is indented with spaces"
    if "another document" in problem:
        return at, "not one plan: `---` begins a second document; each service has a file of its own"
    if (opened := _open_quote(lines[: at + 1])) is not None and ("block end" in problem or "quoted" in context):
        return opened, "a quote opens on this line and is not closed on it; put one at its end"
    if "quoted scalar" in context:
        return since, "a quote opens on this line and is never closed"
    if "could not find expected ':'" in problem:
        return since, _without_colon(lines[since])
    if (stray := _STRAY.match(problem)) is not None:
        return at, f'"{stray[1]}" cannot begin a value; put the value in quotes'
    if "undefined alias" in problem:
        return at, '"*" begins an alias, and there is none of that name; put the value in quotes'
    return _of_its_shape(problem, context, lines, at, since)


def _of_its_shape(problem: str, context: str, lines: list[str], at: int, since: int) -> tuple[int, str]:
    for kind, (opens, closes) in _ENDS.items():
        if f"flow {kind}" in context:
            return since, f"the {opens} on this line is not closed, or a comma is missing in it: it ends with {closes}"
        if problem.endswith(f"'{closes}'"):
            return at, f"one {closes} too many on this line"
    if "mapping values are not allowed" in problem:
        return at, _beside(
            lines, at
        ) or 'a second ": " on this line; put the value in quotes, or the key on its own line'
    if "'<scalar>'" in problem:
        return at, "text goes on behind a closing quote; use the other kind of quotes around the whole of it"
    if "block" in problem and re.match(r"\s*-[^\s-]", lines[at]):
        return at, 'an item of a list begins with "- ": put a space behind the dash'
    if "block" in problem:
        return at, _beside(lines, at) or "this line does not line up with the lines above it"
    return at, problem + (f", {context}" if context else "")


def _open_quote(lines: list[str]) -> int | None:
    """The first line with a quote that is open at its end although the next one begins anew."""
    for number, (line, following) in enumerate(pairwise(lines)):
        if _ends_in_a_quote(line) and _KEY.match(following):
            return number
    return None


def swallowed(lines: Sequence[str], since: int, until: int) -> int | None:
    """Of a text in quotes from one line to another, the first line in it that begins a key, no deeper than it began."""
    inside = range(since + 1, until + 1)
    return next((at for at in inside if _KEY.match(lines[at]) and _indent(lines[at]) <= _indent(lines[since])), None)


def _ends_in_a_quote(line: str) -> bool:
    quote, before, last = "", ":", " "
    for character in line:
        if quote:
            quote = "" if character == quote and last != "\\" else quote
        elif character in "\"'" and before in ":-[{,":
            quote = character
        elif character == "#" and last.isspace():
            return False
        before, last = character if not character.isspace() else before, character
    return bool(quote)


def _without_colon(line: str) -> str:
    if (match := _NO_SPACE.fullmatch(line)) is not None:
        return f"a space is missing behind the colon of {match[1]}"
    return "a key has a colon and a space behind it; this line has none"


def _beside(lines: list[str], at: int) -> str:
    """With which line above it does not line up; empty where that is not what is wrong."""
    has = _indent(lines[at])
    is_item = lines[at].lstrip().startswith("- ")
    columns: dict[int, int] = {}
    for column, number in _columns(lines[:at], is_item=is_item):
        columns.setdefault(column, number)
    if has in columns or not columns:
        return ""
    nearest = min(abs(column - has) for column in columns)
    ways = [(column, number) for column, number in columns.items() if abs(column - has) == nearest]
    told = ", or ".join(f"by {_spaces(column)} as {_named(lines, column, number)}" for column, number in ways)
    return f"this line is indented by {_spaces(has)} and lines up with none above it; indent it {told}"


def _named(lines: list[str], column: int, number: int) -> str:
    return f"{'the key behind the dash of ' if column > _indent(lines[number]) else ''}line {number + 1}"


def _columns(above: list[str], *, is_item: bool) -> Iterator[tuple[int, int]]:
    """Where it could begin: the columns of the blocks that are open there, nearest first, each with a line."""
    open_from = 10_000
    for number in range(len(above) - 1, -1, -1):
        line = above[number]
        if not line.strip() or line.lstrip().startswith("#") or _indent(line) >= open_from:
            continue
        open_from = _indent(line)
        if line.lstrip().startswith("- "):
            yield (open_from if is_item else open_from + len(line.lstrip()) - len(line.lstrip()[2:].lstrip())), number
            continue
        if not is_item:
            yield open_from, number


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _spaces(count: int) -> str:
    return "1 space" if count == 1 else f"{count} spaces"
