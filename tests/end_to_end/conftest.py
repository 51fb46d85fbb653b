"""The longest begin first: they mostly wait, and the others are done meanwhile."""

import pytest

FIRST = "tests/end_to_end/test_stories.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))
