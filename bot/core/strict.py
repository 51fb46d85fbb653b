"""What every part of a plan is: a frozen value that refuses keys it does not know.

It stands apart so that the parts of a plan may have files of their own. The one thing to remember: a key that is
ignored is a key that somebody believed in.
"""

import difflib
from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """A part of a plan: frozen, and a key that it does not know is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


At = tuple[str | int, ...]
"""Where inside of a part of a plan: keys of mappings and indices of lists."""


SHORT_MIN = 3
"""Letters from which on a beginning says which word is meant: `prod`."""


class Broken(ValueError):
    """Rules about a whole part of a plan that it breaks, each with the place in it that breaks it, and in words."""

    def __init__(self, rules: Iterable[tuple[At, str]]) -> None:
        self.rules = tuple(rules)
        super().__init__("; ".join(words for _, words in self.rules))


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """`; did you mean "…"?`, or nothing: the nearest of what is known, or the one that it is short for."""
    written, names = str(word).lower(), list(known)
    near = difflib.get_close_matches(written, names, n=1)
    short = [name for name in names if len(written) >= SHORT_MIN and name.lower().startswith(written)]
    return f'; did you mean "{(near or short)[0]}"?' if near or short else ""


def refuse(rules: Iterable[tuple[At, str]]) -> None:
    """Raises Broken with all of them, where there are any."""
    if found := list(rules):
        raise Broken(found)


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
