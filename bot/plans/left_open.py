"""What a first plan left open: `songbird plan init` writes TODO where somebody has to say what no series tells.

The one thing to remember: these are notes. The file is read as it is, so that it can be tried before all is known.
"""

import re
from collections.abc import Iterator

from bot.core.plan import Plan
from bot.plans.written import Place, Problem, Written, shown

TODO = re.compile(r"\bU?0?TODO\b|//todo\.")
"""In a value: `TODO`, `U0TODO`, `http://todo.invalid`."""


def problems(written: Written) -> Iterator[Problem]:
    """A note for each."""
    for place, text in texts(written.value):
        if TODO.search(text):
            yield written.problem(place, f'found "{text}"; it is left open: write your own', grave=False)


def places(plan: Plan) -> list[str]:
    """Where a plan still has one, by its long form."""
    return [shown(place) for place, text in texts(plan.model_dump(mode="json")) if TODO.search(text)]


def texts(value: object, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text in it, with its place."""
    match value:
        case dict():
            for key, inside in value.items():
                yield from texts(inside, (*place, key))
        case list():
            for index, inside in enumerate(value):
                yield from texts(inside, (*place, index))
        case str():
            yield place, value
        case _:
            return
