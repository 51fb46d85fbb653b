"""The stores that the store's contract is run over, and a real Prometheus where there is one.

A second store is one more entry in `STORES`. `open_store` opens the same data once more, as a second process would.
The one thing a reader could forget: what is opened here is closed here, whatever the test does with it.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bot.sandbox.prometheus import why_not
from bot.store.ports import Store
from bot.store.sqlite import SqliteStore
from tests.support import prometheus as real

STORES: Mapping[str, Callable[[Path], Store]] = {
    "sqlite": lambda folder: SqliteStore(folder / "songbird.db", synchronous="OFF"),
}


@pytest.fixture(params=STORES)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def open_once_more() -> Store:
        opened.append(STORES[request.param](tmp_path))
        return opened[-1]

    yield open_once_more
    for one in opened:
        one.close()


@pytest.fixture
def store(open_store: Callable[[], Store]) -> Store:
    return open_store()


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[real.Server]:
    """One for all; a test keeps its series apart by a label."""
    if reason := why_not():
        pytest.skip(reason)
    with real.running(tmp_path_factory.mktemp("prometheus")) as server:
        yield server
