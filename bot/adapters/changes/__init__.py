"""The changes port: which versions there are, what a person's ref means, what has changed since the last good release.

All methods are reads, so idempotent. The one thing to remember: every text that comes out of here was written by
somebody outside, and may say anything; views escape it.
"""

from dataclasses import dataclass
from typing import Protocol

from bot.core.contents import Change
from bot.core.errors import Permanent


@dataclass(frozen=True, slots=True)
class Resolved:
    """`commit` is the full id. `name` is what people call it: the tag where there is one, else the short commit."""

    commit: str
    name: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A tag or a branch, as `resolve` takes it. `at` is when it was made, or its commit; `subject` its first line."""

    name: str
    at: float
    is_tag: bool = False
    subject: str = ""


class NoSuchVersion(Permanent):
    """The repository answers, and has nothing of that name. The message names what is near, if anything is."""


class Changes(Protocol):
    """All raise `Temporary` or `Permanent` of `bot.core.errors`; the message is for whoever staged the release."""

    async def resolve(self, ref: str) -> Resolved:
        """The commit that a tag, a branch or a commit id stands for now. Raises NoSuchVersion."""

    async def between(self, previous: str | None, commit: str) -> tuple[Change, ...]:
        """What `commit` has and `previous` has not, newest first; without a previous one all of it, up to a limit."""

    async def newest_refs(self, most: int) -> tuple[Ref, ...]:
        """Tags and branches, the newest first."""
