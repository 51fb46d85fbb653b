"""Beside the loop: a thread for what takes a while, or no other place at all where nobody waits."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Aside(Protocol):
    """Runs what takes a while, so that nobody waits: in a thread, or at once where there is no other place."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...
