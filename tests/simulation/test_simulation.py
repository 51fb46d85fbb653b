"""Two hundred worlds: whatever goes wrong in them, nothing happens that must not, and everything comes to its end."""

import pytest

from tests.simulation.run import play

WORLDS = 200
GROUPS = 10
MUST_HAPPEN = {
    "ReleaseApproved",
    "StepPassed",
    "RollbackStarted",
    "ReleaseReturned",
    "ReleaseHealthy",
    "ArtefactWritten",
    "OverrideGranted",
}


@pytest.mark.parametrize("group", range(GROUPS))
def test_whatever_goes_wrong_releases_stay_safe_and_come_to_their_end(group: int) -> None:
    happened = set[str]()
    for seed in range(1 + group * WORLDS // GROUPS, 1 + (group + 1) * WORLDS // GROUPS):
        failure = play(seed, happened=happened)
        assert failure is None, f"\n{failure}"
    assert happened >= MUST_HAPPEN, "these worlds show nothing: in none of them did a release get that far"
