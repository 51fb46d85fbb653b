"""The criteria of five documents, as plans: each row is healthy, breached as it says, and recovers.

Metrics by the judge, checks by it as well, of a real server and real programs; measures over releases by the journals
that they are read from.
"""

import json
from collections.abc import Iterator
from functools import cache
from itertools import chain, count, repeat
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import plans
from bot.cli import main
from bot.core.plan import Plan
from bot.core.scores import Period, Score, scores
from bot.core.verdict import Outcome, Pace, Verdict
from tests.plans.journals import DAY, PERIOD_SECONDS, courses
from tests.plans.rows import COVERED, DOCUMENTS, Breach, By, Grows, Over, Play, Starves, Swings, Try, Wants
from tests.plans.stage import REQUESTS, Played
from tests.plans.tried import Tried, a_world
from tests.support.scenario import START

HERE = Path(__file__).parent
FILES = {name: HERE / f"{name}.yml" for name in DOCUMENTS}
HEALTHY_LOOKS = 45
BREACH_LOOKS = 240
RECOVERY_LOOKS = 500


@cache
def plan(document: str) -> Plan:
    return plans.load(FILES[document], {})


PLAYS = {
    (document, play): row.says for document, rows in DOCUMENTS.items() for row in reversed(rows) for play in row.plays
}


@pytest.mark.parametrize(
    ("document", "play"), PLAYS, ids=[f"{document}: {says}, {play.metric}" for (document, play), says in PLAYS.items()]
)
def test_a_row_is_healthy_breached_and_recovers(document: str, play: Play) -> None:
    scene = staged(document, play)
    for _ in range(HEALTHY_LOOKS):
        scene.look(play.healthy)
    assert is_fine(scene.seen[-1])
    assert not any(one.outcome is Outcome.FAIL or one.flagged for one in scene.seen)

    breached(scene, play)
    (metric,) = scene.played
    is_invariant = metric.limit is not None and metric.limit.max == 0
    if play.wants is Wants.FAILS or is_invariant:
        scene = staged(document, play)  # its traffic went back, or what must never happen has: another build comes
    scene.requests = REQUESTS
    value = scene.last if isinstance(play.breach, Grows) else play.healthy
    for _ in range(RECOVERY_LOOKS):
        if is_fine(scene.look(value)) and scene.number > HEALTHY_LOOKS:
            return
    raise AssertionError(f"does not recover: {scene.seen[-1]}")


def staged(document: str, play: Play) -> Played:
    return Played(plan(document), {play.metric: None if play.is_new else play.healthy}, play.stage)


def breached(scene: Played, play: Play) -> None:
    """Until it does what the row wants, and never more than that."""
    if isinstance(play.breach, Starves):
        scene.requests = play.breach.requests
    reached = False
    for value in breaches(scene, play.healthy, play.breach):
        found = scene.look(value)
        reached = reached or does(found, play.wants)
        if reached and play.wants in (Wants.FAILS, Wants.REFUSED, Wants.TOLD):
            return
        assert play.wants in (Wants.FAILS, Wants.TOLD) or found.outcome is not Outcome.FAIL, found
        assert play.wants is not Wants.WAITS or found.pace is not Pace.RESET, found
    assert reached, f"{play.wants} is not reached: {scene.seen[-1]}"
    assert does(scene.seen[-1], play.wants), f"{play.wants} does not last: {scene.seen[-1]}"


def breaches(scene: Played, healthy: float, breach: Breach) -> Iterator[float]:
    match breach:
        case Grows(per_hour):
            hours = scene.plan.timing.look / 3600
            yield from (healthy * (1 + per_hour * hours * look) for look in range(BREACH_LOOKS))
        case Swings(by):
            yield from (healthy * (1 + by * (-1) ** look) for look in range(BREACH_LOOKS))
        case Starves():
            yield from repeat(healthy, BREACH_LOOKS)
        case _:
            yield from repeat(breach, BREACH_LOOKS)


def does(found: Verdict, wants: Wants) -> bool:
    match wants:
        case Wants.SHOWN:
            return found.pace is Pace.RUN and not found.flagged
        case Wants.TOLD:
            return bool(found.flagged) or found.outcome is Outcome.FAIL
        case Wants.WAITS:
            return (found.outcome, found.pace) == (Outcome.INCONCLUSIVE, Pace.PAUSE)
        case Wants.REFUSED:
            return (found.outcome, found.pace) == (Outcome.INCONCLUSIVE, Pace.RESET)
        case Wants.FAILS:
            return found.outcome is Outcome.FAIL


def is_fine(found: Verdict) -> bool:
    return found.pace is Pace.RUN and found.outcome in (Outcome.PASS, Outcome.INCONCLUSIVE) and not found.flagged


OVERS = {
    f"{document}: {row.says}": (document, row.over) for document, rows in DOCUMENTS.items() for row in rows if row.over
}


@pytest.mark.parametrize(("document", "over"), OVERS.values(), ids=OVERS)
def test_a_measure_is_met_missed_and_met_again_as_the_journals_are(document: str, over: Over) -> None:
    healthy, breached, recovered = (
        Period(courses(over.measure, value, since), since, since + PERIOD_SECONDS)
        for value, since in zip((over.healthy, over.breach, over.healthy), count(START, PERIOD_SECONDS), strict=False)
    )
    nothing = Period([], START - PERIOD_SECONDS, START)
    at_first, then, at_last = (
        measured(document, over, *periods)
        for periods in ((healthy, nothing), (breached, healthy), (recovered, breached))
    )
    assert at_first.is_met is True
    assert (then.is_met, then.is_better) == (False, False)
    assert (at_last.is_met, at_last.is_better) == (True, True)
    assert all(one.count for one in (at_first, then, at_last))


@pytest.mark.parametrize(("document", "over"), OVERS.values(), ids=OVERS)
def test_a_target_is_neither_met_nor_missed_where_nothing_was_measured(document: str, over: Over) -> None:
    nothing = Period([], START, START + DAY)
    assert measured(document, over, nothing, nothing).is_met is None


def measured(document: str, over: Over, period: Period, before: Period) -> Score:
    """Against the document's own target."""
    return next(one for one in scores(plan(document).targets, period, before) if one.measure.key == over.measure)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_target_of_a_plan_is_some_rows(document: str) -> None:
    measures = {row.over.measure for row in DOCUMENTS[document] if row.over}
    assert plan(document).targets.model_fields_set == measures


TRIES = {
    (document, one): row.says for document, rows in DOCUMENTS.items() for row in reversed(rows) for one in row.tries
}
RUNS_MAX = 40


@pytest.mark.parametrize(
    ("document", "one"), TRIES, ids=[f"{document}: {says}, {one.check}" for (document, one), says in TRIES.items()]
)
async def test_a_check_passes_fails_as_its_row_wants_and_passes_again(document: str, one: Try, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        scene = Tried(plan(document), one, world)
        assert is_all_well(await scene.look())

        scene = Tried(plan(document), one, world)  # another step: it has not passed there yet
        scene.is_well(all_of_them=False)
        for _ in range(RUNS_MAX):
            found = await scene.look()
            assert found.pace is not Pace.RUN, found
            assert what_is_wrong(one) in "; ".join(finding.words for finding in found.findings)
            if does(found, one.wants):
                break
            assert found.outcome is Outcome.INCONCLUSIVE, found
        assert does(found, one.wants), found
        assert one.wants is Wants.FAILS or does(await scene.look(), one.wants), "it does not last"

        if one.wants is Wants.FAILS:
            scene = Tried(plan(document), one, world)  # its traffic went back, and another build comes
        scene.is_well(all_of_them=True)
        assert is_all_well(await scene.look())


def what_is_wrong(one: Try) -> str:
    """In the world's own words: the line that says it, or the conclusion of a job."""
    if one.ill.text.startswith("{"):
        return str(json.loads(one.ill.text)["conclusion"])
    return one.ill.text.splitlines()[0]


def is_all_well(found: Verdict) -> bool:
    return is_fine(found) and not found.unseen


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_check_of_a_plan_is_some_rows(document: str) -> None:
    assert {*plan(document).checks} == {one.check for row in DOCUMENTS[document] for one in row.tries}


STAGES = [
    (document, number)
    for document in DOCUMENTS
    for number, stage in enumerate(plan(document).stages)
    if stage.environment is not None
]


@pytest.mark.parametrize(("document", "stage"), STAGES)
def test_a_whole_plan_is_fine_while_all_its_metrics_are(document: str, stage: int) -> None:
    healthy = {play.metric: play.healthy for row in DOCUMENTS[document] for play in row.plays}
    scene = Played(plan(document), {**healthy}, stage)
    for _ in range(HEALTHY_LOOKS):
        scene.looks_like(healthy)
    assert is_fine(scene.seen[-1])
    assert {one.outcome for one in scene.seen} <= {Outcome.PASS, Outcome.INCONCLUSIVE}
    assert not any(one.flagged for one in scene.seen)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_metric_of_a_plan_is_some_rows(document: str) -> None:
    played = {play.metric for row in DOCUMENTS[document] for play in row.plays}
    extra = {"signups"}  # the document names no business metric; a plan without one is advised against
    assert {metric.name for metric in plan(document).metrics} - extra == played


def test_the_plans_pass_lint() -> None:
    ended = CliRunner().invoke(main, ["plan", "lint", *map(str, FILES.values())])
    assert ended.exit_code == 0, ended.output


def counts() -> Iterator[str]:
    yield "| document | rows | " + " | ".join(By) + " | covered |"
    yield "|---|" + "---|" * (len(By) + 2)
    everything = tuple(chain.from_iterable(DOCUMENTS.values()))
    for name, rows in (*DOCUMENTS.items(), ("together", everything)):
        many = [sum(row.by is by for row in rows) for by in By]
        covered = sum(row.by in COVERED for row in rows)
        yield f"| {name} | {len(rows)} | " + " | ".join(map(str, many)) + f" | {covered} of {len(rows)} |"


def test_the_page_counts_what_there_is() -> None:
    assert "\n".join(counts()) in (HERE / "README.md").read_text()
