"""Golden scenes: what a picture shows, as text. `pytest tests/golden tests/charts --rewrite-golden` writes them anew.

The one thing to remember: the option belongs to `tests/golden`, so that folder has to be named as well.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[str, str], None]
"""Holds a text to the golden file of that name."""

FOLDER = Path(__file__).parent / "golden"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    rewrite = request.config.getoption("--rewrite-golden", default=False)

    def hold(name: str, text: str) -> None:
        path = FOLDER / f"{name}.txt"
        if rewrite:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        assert path.is_file(), f"{name} was never written: rewrite the golden files and read it"
        assert text + "\n" == path.read_text(encoding="utf-8"), f"{name} differs: if it is better, rewrite it"

    return hold
