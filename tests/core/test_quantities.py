"""Numbers as people read them."""

import pytest

from bot.core.quantities import counted, quantity_in_words


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [(0, "look", "0 looks"), (1, "look", "1 look"), (1135, "look", "1,135 looks"), (2, "process", "2 processes")],
)
def test_what_is_counted_is_told_as_one_or_as_many(number: int, what: str, said: str) -> None:
    assert counted(number, what) == said


def test_bytes_are_told_in_the_unit_that_people_would_write() -> None:
    assert [quantity_in_words(value, "bytes") for value in (5e5, 3.2e8, 1e9, 1.25e9)] == [
        "500 KB",
        "320 MB",
        "1 GB",
        "1.25 GB",
    ]
