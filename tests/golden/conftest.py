"""Golden files: what was rendered once and read by a person. `pytest tests/golden --rewrite-golden` writes them anew.

The one thing to remember: pytest knows the option only when this folder is named; without it everything is compared.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

Golden = Callable[[str, str], None]
"""Holds a text to the golden file of that name."""

FOLDER = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write golden files anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    rewrite = request.config.getoption("--rewrite-golden", default=False)

    def hold(name: str, text: str) -> None:
        path = FOLDER / name
        if rewrite:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        assert path.is_file(), f"{name} was never written: run with --rewrite-golden and read it"
        assert text + "\n" == path.read_text(encoding="utf-8"), f"{name} differs: if it is better, --rewrite-golden"

    return hold
