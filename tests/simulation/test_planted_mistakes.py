"""A simulation that finds nothing proves nothing: nine mistakes are planted in turn, and the oracle has to find each.

The one thing to remember: a mistake that ends in an exception was planted badly, and does not count as found.
"""

import pytest

from tests.simulation.planted import PLANTED
from tests.simulation.run import play

WORLDS_MAX = 40
"""Each shows in one world of five or more: when they were last counted, forty worlds would have missed one in 7,500."""


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_mistake_is_found(fault: str) -> None:
    found = next((failure for seed in range(1, 1 + WORLDS_MAX) if (failure := play(seed, fault))), None)
    assert found is not None, f"{WORLDS_MAX} worlds did not show that {fault} was planted"
    assert found.by_oracle, found
