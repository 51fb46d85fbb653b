"""An engine for each test, with nothing left running after it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.engine_fixtures import Engine, an_engine
from tests.support.scenario import START


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    with an_engine(tmp_path, START) as engine:
        yield engine
        await engine.tasks.close(0.0)
