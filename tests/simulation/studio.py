"""Who writes and draws in the simulation: a model that may be silent for minutes, an artist, tours, pictures' place.

The one thing to remember: none of them may ever be waited for. The oracle does not look at what they make; it looks at
whether releases go on, are told, and end while they fail.
"""

from collections.abc import AsyncGenerator, Collection, Mapping
from typing import Any

from bot.adapters.tour import Shot, Taken
from bot.adapters.writer import Written
from bot.core.errors import AdapterError, Permanent
from bot.core.plan import Plan
from bot.engine.scribe import Studio
from bot.texts import Material
from bot.views.charts import Scene
from tests.simulation.clockwork import Clockwork
from tests.simulation.wire import Wire

MODEL_SECONDS_MAX = 60.0
TOUR_SECONDS_MAX = 180.0
BABBLE = 0.2
"""How often a model says nothing that stands."""


class Template:
    """The same text for the same release. It is in the bot's own process: it neither waits nor fails."""

    async def write(self, kind: str, material: Material) -> Written:
        return Written(f"The {kind} of {material.release.name}.\n", "template")


class Model:
    """Better texts, when it answers."""

    is_resting = False

    def __init__(self, wire: Wire, clock: Clockwork) -> None:
        self._wire = wire
        self._clock = clock

    async def write(self, kind: str, material: Material) -> Written:
        better = Written(f"The {kind} of {material.release.name}, in better words.\n", "a-model", "e" * 12)
        written = await self._wire.read("model", f"better {kind}", lambda: better, MODEL_SECONDS_MAX)
        if self._clock.chance(BABBLE):
            raise Permanent("nothing of it is in the evidence")
        return written

    async def answer(self, question: str, material: Material, person: str) -> AsyncGenerator[str, None]:
        raise AssertionError("nobody asks questions here")
        yield ""


class Artist:
    """Always there, as it is in the bot's own process."""

    def why_not(self) -> str | None:
        return None

    async def draw(self, scene: Scene) -> bytes:
        return scene.title.encode()

    async def close(self) -> None:
        pass


class Tours:
    """A browser that takes its time. What goes wrong in it is told in the tour: the port raises nothing of its own."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def why_not(self) -> str:
        return ""

    async def take(self, plan: Plan, version: str) -> Taken:
        taken = Taken((Shot(1, f"{version} as it looks", "A page", b"a picture"),))
        try:
            return await self._wire.read("browser", f"tour of {version}", lambda: taken, TOUR_SECONDS_MAX)
        except AdapterError as trouble:
            return Taken(note=str(trouble))


class Pictures:
    """Files that nobody sees before a message shows them."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.files: dict[str, bytes] = {}

    async def upload(self, name: str, png: bytes, alt: str) -> str:
        def write() -> str:
            file = f"F{len(self.files) + 1:08d}"
            self.files[file] = png
            return file

        return await self._wire.read("chat", f"upload {name}", write, 10.0)


async def nobody(_people: Collection[str]) -> Mapping[str, str]:
    """Names are a courtesy."""
    return {}


async def at_once(work: Any) -> Any:
    """There is no other thread here."""
    return work()


def a_studio(wire: Wire, clock: Clockwork) -> Studio:
    return Studio(Template(), Artist(), Tours(wire), Pictures(wire), nobody, Model(wire, clock))
