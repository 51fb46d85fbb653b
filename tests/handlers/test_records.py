"""/release checklist, audit and stats: what is asked of the records, and answered for the asker alone."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core import commands as c
from bot.sandbox.workspace.seed import ADA, PRIYA, QUINN
from tests.handlers.slack_fixtures import Slack, slack
from tests.support.scenario import ADA as ADA_ACTOR
from tests.support.scenario import BAD, START, Scenario
from tests.support.scenario import PRIYA as PRIYA_ACTOR
from tests.support.scenario import QUINN as QUINN_ACTOR
from tests.support.scenario import VICTOR as VICTOR_ACTOR

pytestmark = pytest.mark.usefixtures("way")


@pytest.fixture
async def staging() -> AsyncIterator[Slack]:
    """shop-1 is on staging for an hour; Priya has said yes, Victor is awaited."""
    at = Scenario(now=START - 3_600).on_staging()
    async with slack(at.when(at.approval(), PRIYA_ACTOR)) as found:
        yield found


async def test_the_checklist_shows_each_gate_with_its_state_its_evidence_and_who_is_awaited(staging: Slack) -> None:
    said = await staging.asks(QUINN, "/release", "checklist shop-1")
    assert "1 of 2 not met" in said
    for words in ("*health*", "*approval*", "waiting for vp-product", "Yes from Priya", "as product-manager"):
        assert words in said
    victor = staging.service.scenarios["shop-1"].plan.holders("vp-product")[0]
    assert f"Waits for <@{victor}>" in said


async def test_the_checklist_of_a_release_in_no_step_says_what_it_waits_for(staging: Slack) -> None:
    staging.service.scenarios["shop-2"] = Scenario(id="shop-2").staged()
    said = await staging.asks(QUINN, "/release", "checklist shop-2")
    assert "in no step now" in said
    assert "Finding out what is in" in said


async def test_the_checklist_shows_a_concern_and_who_decides_about_it(staging: Slack) -> None:
    at = staging.service.scenarios["shop-1"]
    at.when(c.RaiseConcern("shop-1", at.entry, "the label <!here> is cut"), replace(QUINN_ACTOR, in_channel=True))
    said = await staging.asks(ADA, "/release", "checklist")
    assert "*concern 1*" in said
    assert "&lt;!here&gt;" in said, "nobody is called"


async def test_the_audit_says_who_did_what_through_which_door_and_what_a_yes_was_for(staging: Slack) -> None:
    said = await staging.asks(QUINN, "/release", "audit shop-1")
    release = staging.service.scenarios["shop-1"].state
    assert release.entry is not None
    assert "*Priya* (U0PRIYA, slack) · Priya said yes as product-manager" in said
    assert str(release.entry.asked)[:12] in said
    assert "user groups: none" in said
    assert "*Songbird* · judged: pass · _not failing, with the minimum of data_" in said
    assert "songbird audit shop-1 --json" in said


async def test_the_audit_shows_the_last_events_newest_first_and_says_how_many_there_are(staging: Slack) -> None:
    at = staging.service.scenarios["shop-1"].held(300, BAD)
    for number in range(30):
        at.when(c.RecordFinding("shop-1", c.Severity.MINOR, f"{number}", "", ""))
    said = await staging.asks(QUINN, "/release", "audit")
    assert f"The last 25 of {len(at.journal)} events" in said
    assert said.index(f"`{len(at.journal)}`") < said.index(f"`{len(at.journal) - 1}`")


async def test_the_audit_tells_two_people_of_one_name_apart(staging: Slack) -> None:
    at = staging.service.scenarios["shop-1"]
    at.when(c.RaiseConcern("shop-1", at.entry, "the cart is slow"), VICTOR_ACTOR)
    at.when(c.HoldRelease("shop-1", "lunch"), replace(ADA_ACTOR, name=VICTOR_ACTOR.name))
    said = await staging.asks(QUINN, "/release", "audit shop-1")
    assert "*Victor* (U0VICTOR, slack) · " in said
    assert "*Victor* (U0ADA, slack) · " in said


async def test_stats_say_how_many_each_number_rests_on(staging: Slack) -> None:
    said = await staging.asks(QUINN, "/release", "stats")
    assert "Releases staged in the last 30 days" in said
    assert "1 release staged, 0 ended, 1 still moving" in said
    assert "waiting for people: 1h (1 release)" in said
    assert "from staged to healthy" not in said, "nothing that the journal does not say"


@pytest.mark.parametrize("typed", ["stats shop 7", "stats 7 shop", "stats shop 7d", "stats shop 7 days"])
async def test_stats_take_a_service_and_days_in_either_order(staging: Slack, typed: str) -> None:
    assert "Releases of shop staged in the last 7 days" in await staging.asks(QUINN, "/release", typed)


async def test_stats_of_a_service_that_is_not_there_name_the_nearest(staging: Slack) -> None:
    assert "did you mean shop?" in await staging.asks(QUINN, "/release", "stats shopp")


@pytest.mark.parametrize("typed", ["stats 0", "stats shop 99999"])
async def test_stats_of_too_few_or_too_many_days_are_refused(staging: Slack, typed: str) -> None:
    assert "counts 1 to 3650 days" in await staging.asks(QUINN, "/release", typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("checklst", "checklist"),
        ("gates", "checklist"),
        ("audti", "audit"),
        ("history", "audit"),
        ("stat", "stats"),
        ("metrics", "stats"),
    ],
)
async def test_a_slip_or_another_tools_word_is_told_the_nearest(staging: Slack, typed: str, meant: str) -> None:
    assert f"Did you mean `/release {meant}`?" in await staging.asks(PRIYA, "/release", typed)
