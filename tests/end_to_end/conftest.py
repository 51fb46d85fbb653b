"""The longest tests begin first, on half of the workers: they mostly wait, and the other half has the processor."""

import os

import pytest

LONGEST = ("tests/end_to_end/test_stories.py", "tests/end_to_end/test_words.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each worker is given a stretch of the list at first; the longest are dealt out to where the stretches begin."""
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    longest = [item for item in items if item.nodeid.startswith(LONGEST)]
    others = [item for item in items if not item.nodeid.startswith(LONGEST)]
    waiting = max(1, workers // 2)
    begun = [longest[number::waiting] if number < waiting else [] for number in range(workers)]
    stretch, dealt = len(items) // workers, list[pytest.Item]()
    for number, first in enumerate(begun):
        rest = max(0, stretch - len(first)) if number < workers - 1 else len(others)
        dealt += [*first, *others[:rest]]
        del others[:rest]
    items[:] = dealt
