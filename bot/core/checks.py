"""Checks of a plan: what the bot tries by itself, where, how often, and which answer is a yes.

A check gates through the health of its step: while it does not pass, the step is not left. The one thing to remember:
what is asked is what an operator wrote in the plan. Only the places in braces are filled in, and none of them can lead
to another host.
"""

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.core import sent
from bot.core.metric import Kind, Priority
from bot.core.quantities import Duration, Percent
from bot.core.selectors import JsonPath
from bot.core.sent import Header, Variable
from bot.core.strict import At, Name, Strict, did_you_mean

PLACEHOLDERS = ("service", "environment", "version", "commit", "percent", "release")
"""What is filled in, in an address and in arguments."""

CELLS_MAX = 30
"""Combinations of a matrix."""

ADDRESS_SECONDS_MAX = 10.0
PROGRAM_SECONDS_MAX = 300.0
"""What a run may take where the plan does not say."""

PROGRAMS_AT_ONCE_MAX = 4
"""Of releases that serve users, and as many of all the others: tests of a whole service are heavy."""

SECONDS_LATE = 60.0
"""Beyond the time to its next run and the time that this may take, before a result is too old to count."""


def _texts(written: object) -> object:
    return (written,) if isinstance(written, str) else written


Text = Annotated[str, Field(min_length=1, max_length=500)]
Texts = Annotated[tuple[Text, ...], BeforeValidator(_texts)]
"""One text, or several."""


def _values(written: object) -> object:
    """Numbers in a matrix are meant as they are written."""
    return tuple(map(str, written)) if isinstance(written, list | tuple) else written


Axis = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,30}$")]
Axes = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.:-]{0,40}$")], ...],
    BeforeValidator(_values),
    Field(min_length=1, description="a list of words or numbers"),
]

Probed = Annotated[str, Field(pattern=r"^https?://[^\s/?#@\\]+([/?][^\s#\\]*)?$"), AfterValidator(sent.in_address)]
"""An address with places in braces. Without a user and a password: a plan is no place for a secret."""


class Check(Strict):
    """Something that is tried by itself, again and again, in the steps that it concerns."""

    http: Probed | None = None
    """An address that is fetched; {environment}, {version}, {commit} and others are filled in."""
    command: tuple[str, ...] = ()
    """A program and its arguments, no shell line. It passes when it exits with 0."""
    status: Annotated[int, Field(ge=100, le=599)] | None = None
    """The status it has to answer with. Unsaid: any from 200 to 299."""
    contains: Texts = ()
    """A text, or several, that must be in the answer."""
    absent: Texts = ()
    """A text, or several, that must not be in the answer."""
    path: JsonPath | None = None
    """A way through an answer in JSON to what has to be as `equals` says: another system's word, such as a CI's."""
    equals: bool | int | float | Text | None = None
    """What has to be found at `path`."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers to send along. They are in the journal: nothing secret."""
    headers_from: dict[Header, Variable] = Field(default_factory=dict)
    """By header, the environment variable that holds what is sent in it."""
    token_from: Variable | None = None
    """The environment variable that holds a bearer token."""
    stages: Annotated[tuple[Name, ...], BeforeValidator(_texts)] = ()
    """The stages that it concerns, also such without an environment. Unsaid: all that have one."""
    steps: Annotated[tuple[Percent, ...], BeforeValidator(_texts)] = ()
    """The exposures that it concerns. Unsaid: all of them, and the watch."""
    every: Duration = 60.0
    """From the beginning of one run to that of the next."""
    once: bool = False
    """Whether it is enough that it has passed once in a step."""
    within: Duration | None = None
    """How long after the step's traffic was seen (where none is, after it began) it may take to pass for the first
    time; then it has failed."""
    fails_after: Annotated[int, Field(ge=1, le=100)] | None = None
    """After so many failures in a row it has failed, and the stage's on_failure applies. Unsaid: it waits."""
    time_max: Duration | None = None
    """What one run may take. Unsaid: 10s for an address, 5m for a program."""
    matrix: dict[Axis, Axes] = Field(default_factory=dict)
    """Values by name: one check for each combination of them, filled in as places in braces."""
    kind: Kind = "functional"
    priority: Priority = "high"
    """What is medium is told, and nothing waits for it."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.http is None) == (not self.command):
            raise ValueError("a check needs exactly one of http, command")
        told = {
            "status": self.status,
            "headers": self.headers,
            "headers_from": self.headers_from,
            "token_from": self.token_from,
        }
        for_addresses = next((key for key, value in told.items() if value), None)
        if self.http is None and for_addresses is not None:
            raise ValueError(f"{for_addresses!r} is for an address, and this check is a command")
        if (self.path is None) != (self.equals is None):
            raise ValueError("'path' and 'equals' belong together: path: $.conclusion, equals: success")
        return self

    @model_validator(mode="after")
    def _can_be_multiplied(self) -> Self:
        if barred := set(self.matrix) & set(PLACEHOLDERS):
            raise ValueError(f"'matrix' names {min(barred)!r}, which is filled in by itself: call it something else")
        if math.prod(len(values) for values in self.matrix.values()) > CELLS_MAX:
            raise ValueError(f"'matrix' has more than {CELLS_MAX} combinations, which nobody looks at")
        return self

    @model_validator(mode="after")
    def _leads_where_it_was_written(self) -> Self:
        host = re.split(r"[/?]", (self.http or "").partition("://")[2])[0]
        if "{version}" in host:
            raise ValueError("'http' has {version} in its host, which whoever stages a release could choose")
        sent.in_headers(self.headers)
        if self.token_from is not None and "authorization" in map(str.lower, self.headers_from):
            raise ValueError("'token_from' and 'headers_from' both send authorization: keep one")
        return self

    @model_validator(mode="after")
    def _has_an_address(self) -> Self:
        try:
            there = urlsplit(re.sub(r"\{\w+\}", "1", self.http or "http://none"))
            is_one = bool(there.hostname) and there.port != 0
        except ValueError:  # of a port, or of half an address of IPv6
            is_one = False
        if not is_one:
            raise ValueError("'http' leads nowhere: it needs a host, and a port, where it has one, from 1 to 65535")
        return self

    @model_validator(mode="after")
    def _may_pass(self) -> Self:
        if both := set(self.contains) & set(self.absent):
            raise ValueError(f"'absent' and 'contains' both name {min(both)!r}: it could never pass")
        return self

    @property
    def variables(self) -> frozenset[str]:
        """The environment variables that hold secrets."""
        return frozenset(filter(None, (self.token_from, *self.headers_from.values())))

    @property
    def longest(self) -> float:
        """Seconds that one run may take."""
        if self.time_max is not None:
            return self.time_max
        return ADDRESS_SECONDS_MAX if self.http is not None else PROGRAM_SECONDS_MAX

    @property
    def result_age_max(self) -> float:
        """Seconds after which a result counts no more. What passes once is not asked again, and stays."""
        return float("inf") if self.once else self.every + self.longest + SECONDS_LATE

    def concerns(self, exposure: float, *, watch: bool) -> bool:
        """Whether it is tried at this exposure (percent). In the watch only what goes on being tried is."""
        return not (watch and self.once) and (not self.steps or exposure in self.steps)


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of a check came to. `passed` None: nobody knows, in words. Times in seconds since the epoch."""

    check: str
    began_at: float
    ended_at: float
    passed: bool | None
    words: str


def unfit(
    checks: Mapping[str, Check], metrics: Collection[str], places: Mapping[str, list[float]]
) -> Iterator[tuple[At, str]]:
    """What could not be told from a metric, or would never be tried, each with its place in the plan.

    `places`: the exposures of each stage; a stage without an environment has none.
    """
    for name, check in checks.items():
        at: At = ("checks", name)
        if name in metrics:
            yield at, f"{name} is called like a metric; each needs a name of its own"
        strange = [stage for stage in check.stages if stage not in places]
        for stage in strange:
            near = did_you_mean(stage, places)
            yield (*at, "stages"), f'{name} is for the stage "{stage}"; there are: {", ".join(places)}{near}'
        if nowhere := [stage for stage in check.stages if not places.get(stage, [0.0])]:
            yield from _needs_an_environment(name, check, nowhere[0])
        elif unknown := _nowhere_exposed(check, places):
            yield (*at, "steps"), f"{name} is for a step of {unknown[0]:g}%, which its stages do not have"


def _nowhere_exposed(check: Check, places: Mapping[str, list[float]]) -> list[float]:
    known = [stage for stage in check.stages if stage in places] or places
    there = [level for stage in known for level in places[stage]]
    return [step for step in check.steps if step not in there]


def _needs_an_environment(name: str, check: Check, stage: str) -> Iterator[tuple[At, str]]:
    """What cannot be tried where nothing runs: it could only ask about another place."""
    keys = {
        "http": (check.http or "",),
        "command": check.command,
        "contains": check.contains,
        "absent": check.absent,
    }
    for key, texts in keys.items():
        if asked := [one for one in ("{environment}", "{percent}") if any(one in text for text in texts)]:
            words = f"{name} names {asked[0]}, and the stage {stage} has none: there it can only ask about the commit"
            yield ("checks", name, key), words
    if check.steps:
        yield ("checks", name, "steps"), f"{name} is for a step of {check.steps[0]:g}%, and the stage {stage} has none"


def cells(name: str, check: Check) -> dict[str, Check]:
    """The check by itself, or one for each combination of its matrix: `e2e chromium 375`."""
    if not check.matrix:
        return {name: check}
    found = {}
    for chosen in product(*(dict.fromkeys(values) for values in check.matrix.values())):
        values = dict(zip(check.matrix, chosen, strict=True))
        written = {
            "http": None if check.http is None else filled(check.http, values),
            "command": tuple(filled(argument, values) for argument in check.command),
            "contains": tuple(filled(text, values) for text in check.contains),
            "absent": tuple(filled(text, values) for text in check.absent),
        }
        found[" ".join((name, *chosen))] = check.model_copy(update={**written, "matrix": {}})
    return found


def seconds_of_a_round(checks: Iterable[Check]) -> float:
    """What it may take until each program has had its turn; 0 where all of them run at once."""
    programs = [check.longest for check in checks if check.command]
    return sum(programs) / PROGRAMS_AT_ONCE_MAX if len(programs) > PROGRAMS_AT_ONCE_MAX else 0.0


def filled(text: str, values: Mapping[str, str]) -> str:
    """Known places only, once: braces of JSON, and values that look like places, stay."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), text)
