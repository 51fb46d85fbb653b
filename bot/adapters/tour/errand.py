"""What passes between the bot and the program that drives the browser: an errand, and what came of each stop.

Both sides read and write files of one folder, which is gone when the tour is over: `errand.json`; for each stop its
pictures, then `NN.json`; at the end `end.json`. The one thing to remember: a stop counts once its `NN.json` is there,
so a program that is killed half way has still brought what it had.
"""

from pathlib import Path
from typing import Literal, TypeVar

from bot.core.strict import Strict
from bot.core.tour import Stop, Walkthrough

Side = Literal["after", "before"]
Part = TypeVar("Part", bound=Strict)


class Numbered(Strict):
    number: int
    stop: Stop


class Errand(Strict):
    """`sandboxed`: whether Chromium keeps its pages in its own sandbox, which it cannot when it runs as root."""

    executable: str
    sandboxed: bool
    walkthrough: Walkthrough
    stops: tuple[Numbered, ...]


class Found(Strict):
    """What came of one stop, in words where it failed; the pictures lie beside it."""

    failure: str = ""


class End(Strict):
    note: str = ""
    blocked: tuple[str, ...] = ()


def picture(folder: Path, number: int, side: Side) -> Path:
    return folder / f"{number:02}-{side}.png"


def write(folder: Path, name: str, part: Strict) -> None:
    """Whole or not at all."""
    unfinished = folder / f".{name}.part"
    unfinished.write_text(part.model_dump_json(), encoding="utf-8")
    unfinished.replace(folder / f"{name}.json")


def read(folder: Path, name: str, kind: type[Part]) -> Part | None:
    """None when it was never written."""
    path = folder / f"{name}.json"
    return kind.model_validate_json(path.read_text(encoding="utf-8")) if path.exists() else None
