"""A plan is played from its staging to its end in virtual time, and says what becomes of what goes wrong on the way."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.core import events as e
from bot.core.actors import SONGBIRD, Actor
from bot.core.commands import Command
from bot.core.errors import Refused
from bot.core.evolve import fold
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.core.rooms import Room
from bot.engine.service import Service
from bot.rehearsal import Once, Rehearsal
from bot.rehearsal.course import CARD, EXPOSE_SECONDS, Course
from bot.rehearsal.faults import parse
from bot.rehearsal.found import Found
from bot.rehearsal.told import plain
from bot.rehearsal.usual import usual
from bot.store.sqlite import SqliteStore
from bot.store.writer import Inline
from bot.views.messages import message
from tests.support.scenario import START, written_plan
from tests.support.scenario import plan as a_plan

BUSY = "60000/min"
ERRORS: dict[str, Any] = written_plan()["metrics"][0]


def played(*faults: str, plan: Plan | None = None, traffic: str = BUSY, seed: int = 1) -> Once:
    return Rehearsal(plan or a_plan(), faults, [traffic], begins=START).once(seed)


def became(once: Once, number: int = 0) -> Found:
    return once.faults[number]


def with_errors(**changes: Any) -> Plan:
    """A plan whose only metric differs; None leaves a key out."""
    metric = {key: value for key, value in {**ERRORS, **changes}.items() if value is not None}
    return a_plan(metrics=[metric])


def test_without_a_fault_a_release_becomes_healthy_by_itself() -> None:
    once = played()
    assert once.course.state.phase is Phase.HEALTHY
    levels = [one.event.percent for one in once.course.journal if isinstance(one.event, e.ExposureReached)]
    assert levels == [100, 1, 50, 100]
    assert once.lines()[-1].startswith("08:")
    assert "healthy" in once.lines()[-1]


def test_a_grave_fault_is_found_where_it_begins_and_the_traffic_goes_back() -> None:
    once = played("errors x20 at 50%")
    found = became(once)
    assert found.stop is not None
    assert found.detection_seconds is not None
    assert (found.stop.how, found.stop.exposure, found.stop.metrics) == ("rolled back", 50, ("errors",))
    assert 0 < found.detection_seconds <= 4 * once.course.plan.timing.look
    assert found.restored_seconds == EXPOSE_SECONDS
    assert once.lines()[-1].startswith("errors x20 at 50 %: found ")
    assert "at 50 % by errors; traffic back 2s later" in once.lines()[-1]


def test_a_fault_begins_so_long_after_its_place_was_reached() -> None:
    found = became(played("errors x20 in watch after 1m", plan=a_plan(watch={"time": "10m", "holdback": "10%"})))
    assert found.stop is not None
    assert found.stop.at > (found.onset or 0.0)
    assert found.stop.exposure == 90


def test_a_fault_that_the_plan_tolerates_is_not_found_and_the_tolerance_is_named() -> None:
    once = played("errors x1.5 at 50%")
    assert became(once).stop is None
    assert "NOT found. The plan allows it: 0.5 % to 0.75 %; the tolerance is 2 times" in once.lines()[-1]


@pytest.mark.parametrize(
    ("fault", "changes", "said"),
    [
        ("errors x3 at 50%", {"priority": "medium"}, "medium: it is flagged and never fails by itself"),
        ("errors x3 at 50%", {"limit": None, "tolerance": None}, "no limit and no tolerance"),
        ("errors x3 in watch", {"limit": {"max": "5%"}}, "nothing ran beside it to compare with, and 1.5 % is inside"),
        ("errors x3 in watch", {"limit": None}, "a tolerance says nothing; watch: {holdback: 5%} keeps a control"),
        ("errors x0.5 at 50%", {}, "is no worse: errors is worse when it is higher"),
        ("errors x9 at 50%", {"limit": {"max": 0}}, "so many times as much is 0, too"),
    ],
)
def test_what_the_plan_cannot_find_is_told_with_the_reason(fault: str, changes: dict[str, Any], said: str) -> None:
    once = played(fault, plan=with_errors(**changes))
    assert became(once).stop is None
    assert said in became(once).why
    assert became(once).why[1:] in once.lines()[-1]


def test_over_a_no_go_the_release_is_held_and_nothing_goes_back() -> None:
    plan = with_errors(limit={"max": "1%"}, no_go={"max": "2%"}, tolerance=None)
    found = became(played("errors x9 at 50%", plan=plan))
    assert found.stop is not None
    assert (found.stop.how, found.stop.exposure) == ("held", 50.0)
    assert "may hold a release and takes nothing back" in became(played("errors x1.5 at 50%", plan=plan)).why


def test_too_little_traffic_is_told_with_how_much_it_takes() -> None:
    plan = with_errors(limit=None)
    once = played("errors x5 at 50%", plan=plan, traffic="300/min")
    needed = became(once).needed_per_minute
    assert became(once).why == ""
    assert needed is not None
    assert f"Too little traffic at 300 requests a minute: it takes about {needed:,.0f}" in once.lines()[-1]
    assert became(played("errors x5 at 50%", plan=plan, traffic=f"{needed}/min")).stop is not None


def test_what_was_never_reached_never_began() -> None:
    once = played("errors x20 at 1%", "memory x3 at 50%", plan=a_plan(metrics=[ERRORS, MEMORY]))
    assert became(once, 0).stop is not None
    assert became(once, 1).onset is None
    assert once.lines()[-1] == "memory x3 at 50 %: it never began: the release was not at 50 %."


MEMORY = {"name": "memory", "kind": "resource", "gauge": "memory", "unit": "bytes", "tolerance": {"ratio": 1.2}}


# ── what is not the release's fault ──────────────────────────────────────────────────────────────────────────────────


def test_an_outage_that_lasts_takes_the_release_back_when_the_plan_says() -> None:
    once = played("outage at 50%")
    found = became(once)
    assert found.stop is not None
    assert found.detection_seconds == pytest.approx(once.course.plan.timing.blind_max, abs=1)
    assert once.lines()[-1].startswith("outage at 50 %: rolled back 1m (12 looks) after it began")


def test_an_outage_that_ends_in_time_is_waited_for() -> None:
    once = played("outage at 50% for 30s")
    assert once.course.state.phase is Phase.HEALTHY
    assert "it waited for it (no metrics: the outage that was asked for)" in once.lines()[-1]


def test_a_silent_version_is_taken_back_after_the_plans_silence() -> None:
    found = became(played("silence at 50%"))
    assert found.stop is not None
    assert found.detection_seconds == pytest.approx(20, abs=5)


def test_an_incident_that_both_versions_share_is_waited_for_and_blamed_on_nobody() -> None:
    once = played("incident errors x10 at 50% for 1m")
    assert became(once).stop is None
    assert once.course.state.phase is Phase.HEALTHY
    assert "it waited for it (" in once.lines()[-1]


def test_an_incident_is_not_blamed_for_what_the_new_version_does_meanwhile() -> None:
    once = played("errors x20 at 50%", "incident errors x2 at 50%")
    own, incident = once.faults
    assert own.stop is not None
    assert own.stop.metrics == ("errors",)
    assert incident.stop is None


def test_who_answers_late_is_waited_for() -> None:
    once = played("vp-product after 20m")
    assert once.course.state.phase is Phase.HEALTHY
    assert once.lines()[-1] == "vp-product: an answer after 20m: the yes came 20m after the question."
    yes = [one for one in once.course.journal if isinstance(one.event, e.ReleaseApproved)]
    assert [one.event.role for one in yes if isinstance(one.event, e.ReleaseApproved)] == [
        "product-manager",
        "vp-product",
    ]


def test_time_alone_moves_a_stage_in_which_nothing_is_looked_at() -> None:
    quality = {"name": "quality", "gates": [{"gate": "minimum-time", "time": "20m"}]}
    once = played(plan=a_plan(stages=[quality, *written_plan()["stages"]]))
    assert once.course.state.phase is Phase.HEALTHY
    passed = next(one.at for one in once.course.journal if isinstance(one.event, e.StepPassed))
    assert passed - START == pytest.approx(20 * 60, abs=5)


def test_whoever_said_yes_too_early_says_it_again() -> None:
    stages = written_plan()["stages"]
    stages[0]["gates"][1] |= {"expires": "20s", "roles": {"product-manager": 2, "vp-product": 1}}
    roles = {"product-manager": ["U0PRIYA", "U0PAT"], "vp-product": ["U0VICTOR"]}
    once = played(plan=a_plan(stages=stages, roles=roles))
    assert once.course.state.phase is Phase.HEALTHY
    assert any(isinstance(one.event, e.ApprovalExpired) for one in once.course.journal)


def test_who_never_answers_is_waited_for_until_somebody_has_to_decide() -> None:
    stages = written_plan()["stages"]
    gates = stages[0].pop("gates")
    stages[0]["steps"] = [{"exposure": "100%", "gates": gates, "time_max": "10m"}]
    once = played("approvers never", plan=a_plan(stages=stages))
    assert once.course.state.held is not None
    assert once.lines()[-1] == "approvers: no answer: no yes came; the release got no further."


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_seed_plays_the_same_rehearsal() -> None:
    assert played("errors x3 at 50%").lines() == played("errors x3 at 50%").lines()
    assert played("errors x3 at 50%", seed=2).lines() != played("errors x3 at 50%").lines()


def test_messages_are_the_threads_own() -> None:
    course = played("errors x20 at 50%").course
    assert {one.room for one in course.said} == {"releases", "thread", "broadcast", "engineering", "on_call", CARD}
    for said in course.said:
        if said.room == Room.THREAD:
            then = course.journal[: said.event.version]
            shown = message(said.event, fold(then), Room.THREAD, fold(then[:-1]))
            assert shown is not None
            assert said.text == shown.text


def test_people_and_times_are_read_as_slack_would_show_them() -> None:
    plan = a_plan()
    assert plain(
        "shop-1: :x: *shop* waits for <@U0PRIYA> until <!date^1^{time}|1970-01-01 00:00 UTC> &amp; on", plan
    ) == ("shop waits for product-manager until 1970-01-01 00:00 UTC & on")


def test_for_programs_there_is_one_object() -> None:
    found = played("errors x20 at 50%").json()
    assert found["ending"] == "rolled back"
    assert found["supposed"]["requests_per_minute"] == 60_000
    assert found["faults"][0] | {"detection_seconds": 0, "requests": 0, "onset": "", "flagged": False} == {
        "fault": "errors x20 at 50 %",
        "kind": "metric",
        "onset": "",
        "found": True,
        "how": "rolled back",
        "by": ["errors"],
        "exposure_percent": 50.0,
        "detection_seconds": 0,
        "restored_seconds": 2.0,
        "flagged": False,
        "requests": 0,
        "why": None,
        "needed_requests_per_minute": None,
    }
    assert [one["seconds"] for one in found["timeline"]] == sorted(one["seconds"] for one in found["timeline"])


def test_many_runs_give_shares() -> None:
    often = Rehearsal(a_plan(), ["errors x20 at 50%"], [BUSY], begins=START).often(5, seed=3)
    assert often.runs.endings == ["rolled back"] * 5
    assert often.lines()[-1].startswith("errors x20 at 50 %: found in 5 of 5, median ")
    assert often.json()["faults"][0]["exposures_percent"] == {"50": 5}


# ── and it is the bot's own ──────────────────────────────────────────────────────────────────────────────────────────


class Noted(Course):
    """Keeps what it asked for."""

    def _ask(self, command: Command, actor: Actor = SONGBIRD) -> bool:
        self.__dict__.setdefault("asked", []).append((self.now, command, actor))
        return super()._ask(command, actor)


@pytest.mark.parametrize("faults", [(), ("errors x20 at 50%",), ("outage at 50% for 40s", "vp-product after 5m")])
async def test_the_bots_own_service_decides_the_same_from_the_same_commands(
    faults: Sequence[str], tmp_path: Path
) -> None:
    """Timers and what was looked at when are kept in memory here, and in the database there."""
    plan = a_plan()
    course = Noted(plan, usual(plan, [BUSY]), [parse(one, plan) for one in faults], 1, START)
    course.play()
    store = SqliteStore(tmp_path / "songbird.db", synchronous="OFF")
    service = Service(store, Inline())
    for now, command, actor in course.__dict__["asked"]:
        with suppress(Refused):
            await service.handle(command, actor=actor, key=None, now=now)
    assert service.journal(course.id) == course.journal
    store.close()


def with_a_check(**written: Any) -> Plan:
    return a_plan(checks={"smoke": {"http": "http://shop.test/health", **written}})


def test_checks_pass_unless_a_fault_says_otherwise() -> None:
    assert played(plan=with_a_check(once=True)).course.state.phase is Phase.HEALTHY


def test_a_check_that_fails_is_waited_for_until_it_passes_again() -> None:
    once = played("smoke fails at 50% for 10m", plan=with_a_check())
    assert once.course.state.phase is Phase.HEALTHY
    assert once.lines()[-1] == "smoke fails at 50 %, for 10m: it waited for it (a check fails)."


def test_a_build_is_asked_about_before_anything_is_deployed() -> None:
    checks = {"build": {"http": "http://ci.test/builds/{commit}", "stages": "build"}}
    build = {"name": "build", "gates": [{"gate": "health", "held": "10s"}]}
    asked = a_plan(checks=checks, stages=[build, *written_plan()["stages"]])
    assert played(plan=asked).course.state.phase is Phase.HEALTHY
    once = played("build fails for 10m", plan=asked)
    assert once.course.state.phase is Phase.HEALTHY
    assert once.lines()[-1] == "build fails in build, for 10m: it waited for it (a check fails)."


def test_a_check_that_fails_for_good_takes_the_traffic_back() -> None:
    found = became(played("smoke fails at 50%", plan=with_a_check(every="30s", fails_after=3)))
    assert found.stop is not None
    assert (found.stop.how, found.stop.exposure, found.stop.metrics) == ("rolled back", 50.0, ("smoke",))
    assert found.detection_seconds == pytest.approx(60.0)


def test_of_several_faults_each_has_its_own_stop() -> None:
    once = played("errors x20 at 1%", "smoke fails at 1%", plan=with_a_check())
    assert became(once, 0).stop is not None
    assert became(once, 1).stop is None


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_line_is_longer_than_the_terminal_and_nothing_is_lost(width: int) -> None:
    once = played("errors x20 at 50%")
    told = once.lines(width)
    assert max(map(len, told)) <= width
    assert "".join(told).replace(" ", "") == "".join(once.lines()).replace(" ", "")


def test_durations_have_one_look() -> None:
    said = played("errors x20 at 50%").lines()
    assert "traffic is seen moved after 2s" in said[1]
    assert " 2.0 s" not in said[-1]
