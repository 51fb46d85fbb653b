"""A call of a model and what comes of it, in words of our own: what `Model` and an endpoint say to one another.

Nothing here knows a client library, so that none is loaded where no model is configured. The one thing to remember: a
call that brought no usable answer may have cost tokens all the same, and `NoAnswer.used` is None where nobody knows.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bot.adapters.writer.model.shapes import Sentence, Shape


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens that were read and written."""

    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Call:
    """What a model is asked. `tokens_max` bounds what it may write."""

    model: str
    system: str
    user: str
    shape: type[Shape]
    tokens_max: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What it wrote, in the shape that was asked for; `used` is None where the endpoint does not count."""

    written: Shape
    used: Used | None


class Fault(Enum):
    """Why there is no answer."""

    LATER = "the endpoint's, and may pass: a time-out, a limit of rate, a crash"
    WRONG = "the endpoint's, and will not pass by itself: a key, a model's name, a quota, a request it does not take"
    GARBLED = "the endpoint's or the model's: not what was asked for"
    DECLINED = "the model's: it refused, or was cut off at its limit; the endpoint works"

    @property
    def is_endpoints(self) -> bool:
        return self is not Fault.DECLINED


class NoAnswer(Exception):
    """A call that brought nothing usable. The message is for the log, and holds nothing that the endpoint wrote."""

    def __init__(
        self, message: str, fault: Fault, used: Used | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message)
        self.fault = fault
        self.used = used
        self.retry_after_seconds = retry_after_seconds


class Endpoint(Protocol):
    """Where models answer. Nothing is tried twice here, and waiting is bounded by the caller. Raises NoAnswer."""

    async def ask(self, call: Call) -> Reply: ...

    def stream(self, call: Call) -> AsyncGenerator[Sentence | Used, None]:
        """The sentences of an `Answer`, each as soon as it is complete; what it cost comes last, if it is told."""

    async def close(self) -> None: ...
