"""A simulation that finds nothing proves nothing: each of six mistakes is planted in turn, and has to be found.

How many worlds that took when it was last counted, from seed 1 on: see `WORLDS`.
"""

import pytest

from tests.simulation.run import play

WORLDS = {
    "no-inbox": 4,
    "split-transaction": 1,
    "no-entry-fence": 4,
    "no-lease": 1,
    "rollback-behind-chat": 1,
    "older-exposure-last": 6,
}
WORLDS_MAX = 40
"""Other plans and people may come to be drawn: the count may move, and not out of sight."""


@pytest.mark.parametrize("fault", WORLDS)
def test_a_planted_mistake_is_found(fault: str) -> None:
    found = next((failure for seed in range(1, 1 + WORLDS_MAX) if (failure := play(seed, fault))), None)
    assert found is not None, f"{WORLDS_MAX} worlds did not show that {fault} was planted"
