"""A YAML file as it was written: plain values, the line of every key and item, and what is wrong with it as YAML.

ruamel.yaml composes the tree of nodes; the walk over it fills `${NAME}` (`$${NAME}` stays `${NAME}`) and keeps the
lines. To forget: an alias is the same node again and again, so a small file can be large; nodes are counted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.plans.syntax import explained, swallowed

Place = tuple[str | int, ...]
"""Where something stands: keys of mappings and indices of lists, from the top."""

NOT_SET = "http://not-set.invalid"
"""What stands for a variable where nothing is reached and it need not be set."""

BYTES_MAX = 1_000_000
NODES_MAX = 20_000
DEPTH_MAX = 30
"""A plan of 100 metrics has 10 KB, 1,500 nodes and a depth of 8."""

_YAML = "tag:yaml.org,2002:"
_TYPED = {f"{_YAML}{name}" for name in ("int", "float", "bool", "null")}
_BARE = re.compile(r"([{,]\s*(?:counter|of|gauge|histogram):\s+)([a-zA-Z_:][\w:.]*\{[^{}'\n]*\})(?=\s*[,}])")
"""`{counter: requests_total{status="500"}, …` or Datadog's `{counter: shop.requests{status:5*}, …`: a series whose
braces YAML takes for its own."""
_VARIABLE = re.compile(r"(?P<escape>\$)?\$\{(?P<name>[^}]*)\}")

_UNCLOSED = re.compile(r"(?<!\$)\$\{\w*(?![^}]*\})")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file (or, not `grave`, unwise).

    `place` is empty for the file as a whole, and `line` is 0 for what has none, such as a folder.
    """

    file: str
    line: int
    place: str
    words: str
    grave: bool = True

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line}: {'' if self.grave else 'note: '}{where}{self.words}"


@dataclass(frozen=True, slots=True)
class Written:
    """One file. `value` is None when there is nothing to look at beyond the problems."""

    file: str
    value: Any
    lines: Mapping[Place, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    short: Mapping[Place, Place] = field(default_factory=dict)
    """By a place of the long form, how its file calls it, where that is not the same."""

    def at(self, place: Place) -> Any:  # noqa: ANN401 - what a person wrote
        """What is written there; None where nothing is."""
        here = self.value
        for part in place:
            here = here[part] if holds(here, part) else None
        return here

    def place_of(self, location: Sequence[str | int]) -> Place:
        """Where a location of the plan's long form stands: without tags of unions, and what shorthands added."""
        place: Place = ()
        stage: Place = ()
        for part in location:
            if place[:1] == ("stages",) and len(place) == len(("stages", "index")):
                stage = place
            if part == "gates" and not holds(self.at(place), part):
                place = stage  # a step has its stage's gates where it has none of its own
            if holds(self.at(place), part):
                place = (*place, part)
        return place

    def problem(self, place: Place, words: str, *, grave: bool = True) -> Problem:
        """On the line of the place, or of what would hold it."""
        nearest = place
        while nearest and nearest not in self.lines:
            nearest = nearest[:-1]
        called = next(
            ((*own, *place[len(long) :]) for long, own in self.short.items() if place[: len(long)] == long), place
        )
        return Problem(self.file, self.lines.get(nearest, 1), shown(called), words, grave)


def holds(value: object, part: str | int) -> bool:
    """Whether a mapping has the key, or a list the index."""
    match value:
        case dict():
            return part in value
        case list():
            return isinstance(part, int) and part < len(value)
        case _:
            return False


def rows(written: Written, key: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The mappings of a list, such as its metrics, each with its place."""
    listed = written.at((key,))
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict):
            yield (key, index), one


def shown(place: Place) -> str:
    """`stages[1].steps[0].exposure`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")


def read(path: Path, variables: Mapping[str, str]) -> Written:
    """What the file says. Never raises: what is wrong is in `problems`."""
    try:
        root, text = _compose(path)
        return _Walk(str(path), variables, text.splitlines()).over(root)
    except _UnreadableError as error:
        return Written(str(path), None, problems=(Problem(str(path), error.line, "", error.words),))


class _UnreadableError(Exception):
    """There is nothing that could be looked at."""

    def __init__(self, words: str, line: int = 1) -> None:
        super().__init__(words)
        self.words = words
        self.line = line


def _compose(path: Path) -> tuple[MappingNode, str]:
    """Its nodes, and the text that they are of."""
    try:
        with path.open("rb") as opened:
            content = opened.read(BYTES_MAX + 1)
    except OSError as error:
        raise _UnreadableError(f"cannot be read: {error.strerror or error}") from None
    if len(content) > BYTES_MAX:
        raise _UnreadableError(f"larger than {BYTES_MAX:,} bytes, which no plan is")
    try:
        root = _composed(content.decode())
    except UnicodeDecodeError as error:
        raise _UnreadableError("not UTF-8; save it as UTF-8", content.count(b"\n", 0, error.start) + 1) from None
    except MarkedYAMLError as error:
        line, words = explained(error, content.decode())
        raise _UnreadableError(words, line) from None
    except YAMLError as error:
        raise _UnreadableError(f"not YAML: {str(error).splitlines()[0]}") from None
    if root is None:
        raise _UnreadableError("empty; a plan begins with `service: NAME`")
    if not isinstance(root, MappingNode):
        raise _UnreadableError("not a mapping; a plan begins with `service: NAME`", root.start_mark.line + 1)
    return root, content.decode()


def _composed(text: str) -> Node | None:
    """Its nodes. A series that stands in braces without quotes, which is not YAML, is read as it is meant."""
    try:
        return cast("Node | None", YAML(typ="safe", pure=True).compose(text))
    except MarkedYAMLError:
        quoted = _BARE.sub(lambda found: f"{found[1]}'{found[2]}'", text)
        if quoted == text:
            raise
        return cast("Node | None", YAML(typ="safe", pure=True).compose(quoted))


class _Walk:
    """From nodes to values, once over the tree."""

    def __init__(self, file: str, variables: Mapping[str, str], lines: Sequence[str]) -> None:
        self._file = file
        self._text = lines
        self._variables = variables
        self._scalars = YAML(typ="safe", pure=True).constructor
        self._lines: dict[Place, int] = {}
        self._problems: list[Problem] = []
        self._unset: set[str] = set()
        """Each is named once, where it comes first: setting it mends all places."""
        self._nodes = 0

    def over(self, root: MappingNode) -> Written:
        value = self._value(root, ())
        return Written(self._file, value, self._lines, tuple(self._problems))

    def _value(self, node: Node, place: Place) -> object:
        self._nodes += 1
        if len(place) > DEPTH_MAX or self._nodes > NODES_MAX:
            raise _UnreadableError("far too large once its aliases are written out", node.start_mark.line + 1)
        match node:
            case MappingNode():
                return {key: self._value(value, (*place, key)) for key, value in self._entries(node, place)}
            case SequenceNode():
                return [self._item(item, (*place, index)) for index, item in enumerate(node.value)]
            case _:
                return self._scalar(node, place)

    def _entries(self, node: MappingNode, place: Place) -> Iterator[tuple[str, Node]]:
        first: dict[str, int] = {}
        for key_node, value in node.value:
            key, line = key_node.value, key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._report(key_node, place, "a key that is a list or a mapping; a key is a word")
            elif key_node.tag == f"{_YAML}merge":
                self._report(key_node, place, "found <<; keys are not merged in a plan: write them out")
            elif key in first:
                self._report(key_node, (*place, key), f"stands twice, first on line {first[key]}; keep one")
            else:
                first[key] = self._lines[*place, key] = line
                yield key, value

    def _item(self, node: Node, place: Place) -> object:
        self._lines[place] = node.start_mark.line + 1
        return self._value(node, place)

    def _scalar(self, node: Node, place: Place) -> object:
        tag = str(node.tag)
        if tag in _TYPED:
            return self._scalars.construct_object(node)
        if not tag.startswith(_YAML):
            self._report(node, place, f"found the tag {tag}; a plan has plain values only")
        if isinstance(node, ScalarNode) and node.style in ("'", '"'):
            self._refuse_swallowing(node)
        if (unclosed := _UNCLOSED.search(str(node.value))) is not None:
            self._report(node, place, f"found {unclosed[0]}, which is never closed; write {unclosed[0]}}}")
        return _VARIABLE.sub(lambda match: self._filled(match, node, place), str(node.value))

    def _refuse_swallowing(self, node: ScalarNode) -> None:
        """A quote that is never closed closes where the next one opens, and all between is text."""
        since = node.start_mark.line
        if (key := swallowed(self._text, since, node.end_mark.line)) is not None:
            words = f"not YAML: a quote opens on this line and is not closed on it, and line {key + 1} is in it"
            raise _UnreadableError(f"{words}; put one at its end", since + 1)

    def _filled(self, match: re.Match[str], node: Node, place: Place) -> str:
        name = match["name"]
        if match["escape"]:
            return match[0].removeprefix("$")
        if name in self._variables:
            return self._variables[name]
        if name not in self._unset:
            self._unset.add(name)
            self._report(node, place, f"found ${{{name}}}, which is not set; set {name} in the environment or in .env")
        return match[0]

    def _report(self, node: Node, place: Place, words: str) -> None:
        self._problems.append(Problem(self._file, node.start_mark.line + 1, shown(place), words))
