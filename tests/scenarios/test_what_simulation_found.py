"""Each of these once came out of a simulated world; here it is as short as it can be told."""

from bot.core import commands as c
from bot.core import events as e
from bot.core.model import Phase
from tests.support.scenario import ADA, BAD, UNDECIDED, Scenario


def test_a_failing_look_after_a_long_silence_takes_the_traffic_back_at_once() -> None:
    at = Scenario().in_production().wait(300)
    at.looked(BAD).is_now(Phase.ROLLING_BACK)
    assert at.happened[:2] == (e.VerdictLapsed(4, since=at.now - 280), e.VerdictChanged(4, BAD))


def test_an_undecided_look_after_a_long_silence_is_a_look() -> None:
    at = Scenario().in_production().wait(300).looked(UNDECIDED)
    at.then(e.VerdictLapsed, e.VerdictChanged)


def test_traffic_is_restored_once_whatever_the_splitter_does_afterwards() -> None:
    at = Scenario().in_production().when(c.RollBackRelease("shop-1", "odd"), ADA).exposed().then(e.TrafficRestored)
    at.when(c.ReportExposureStuck("shop-1", at.entry, "the splitter does not answer")).then(e.ExposureStuck)
    at.exposed().then()
