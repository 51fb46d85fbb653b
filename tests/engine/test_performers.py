"""How each kind of effect is done, and that what came of it is reported once, whoever did it how often."""

from dataclasses import dataclass, field

import pytest

from bot.adapters.changes.stand_in import StandInChanges
from bot.adapters.chat.stand_in import StandInChat, StandInDirectory
from bot.adapters.deploy.stand_in import StandInDeployer
from bot.adapters.incident.stand_in import StandInIncidents
from bot.core import commands as c
from bot.core import effects as x
from bot.core import events as e
from bot.core import follows
from bot.core.beside import Absence
from bot.core.contents import Change
from bot.core.errors import Permanent, Temporary, Unknown
from bot.core.model import Phase, Surroundings
from bot.core.rooms import Room
from bot.core.voices import Decision, Reviewer
from bot.engine.performers import REMINDED_MAX, Performers, Systems
from bot.engine.rounds import DayTeller
from bot.engine.scribe import Studio
from bot.engine.words import Speaker
from bot.views.approval import approval
from bot.views.messages import message
from tests.engine.engine_fixtures import Engine, a_studio, at_once, claimed, scribe_of
from tests.support.scenario import ADA, BAD, OMAR, PRIYA, VICTOR, Scenario, plan

NEW, OLD, OLDEST = "c" * 40, "d" * 40, "e" * 40
HISTORY = [Change(commit, f"change {commit[0]}", "Ada") for commit in (OLDEST, OLD, NEW)]


@dataclass
class World:
    engine: Engine
    changes: StandInChanges = field(default_factory=lambda: StandInChanges(list(HISTORY), {"v1.1.0": NEW}))
    deployer: StandInDeployer = field(default_factory=StandInDeployer)
    incidents: StandInIncidents = field(default_factory=StandInIncidents)
    studio: Studio = field(default_factory=a_studio)
    directory: StandInDirectory = field(default_factory=StandInDirectory)

    def __post_init__(self) -> None:
        systems = Systems(self.changes, self.deployer, self.incidents)
        speaker, scribe = Speaker(self.engine.service, StandInChat()), scribe_of(self.engine, self.studio)
        engine, directory = self.engine, self.directory
        teller = DayTeller(engine.service, StandInChat(), self.studio, engine.clock, at_once)
        performers = Performers(engine.service, lambda _plan: systems, scribe, speaker, teller, directory, engine.clock)
        self.table = performers.table()
        self.deployer.environments["shop", "production"].exposures[OLD] = 100.0

    async def do(self, effect: x.Effect, times: int = 1) -> None:
        for attempt in range(times):
            await self.table[type(effect)].perform(claimed(effect, attempt=attempt + 1, uncertain=attempt > 0))

    async def give_up(self, effect: x.Effect, reason: str) -> None:
        await self.table[type(effect)].give_up(effect, reason)

    def asked(self, kind: type[x.Effect]) -> x.Effect:
        """What the release's journal asks for last, of a kind."""
        service = self.engine.service
        for recorded in reversed(service.journal("shop-1")):
            _, release, _ = Speaker(service, StandInChat()).at("shop-1", recorded.version)
            for effect in follows.effects(recorded, release, Surroundings()):
                if isinstance(effect, kind):
                    return effect
        raise AssertionError(f"nobody asked for {kind.__name__}")


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


def test_every_kind_of_effect_is_done_by_somebody(world: World) -> None:
    assert set(world.table) == set(x.every_effect())
    assert all(performer.attempts_max > 1 for performer in world.table.values())


def test_what_makes_it_safe_is_tried_longer_than_work(world: World) -> None:
    assert world.table[x.Undo].attempts_max > world.table[x.Deploy].attempts_max


async def test_a_ref_becomes_a_commit_and_its_changes_since_what_runs(world: World) -> None:
    world.engine.has(Scenario().staged())
    await world.do(world.asked(x.Prepare), times=2)
    release = world.engine.release()
    assert (release.commit, release.name, release.previous) == (NEW, "v1.1.0", OLD)
    assert [change.commit for change in release.changes] == [NEW]
    assert len(world.engine.happened(e.ReleasePrepared)) == 1


@pytest.mark.parametrize("ending", [Phase.HEALTHY, Phase.SUPERSEDED])
async def test_changes_are_told_since_the_last_good_release(world: World, ending: Phase) -> None:
    """Not since what happens to run, and not since a release that went back."""
    good = Scenario(id="shop-1").at_full()
    good = good.held(120) if ending is Phase.HEALTHY else good.when(c.Supersede("shop-1", by="shop-2"))
    world.engine.has(good.is_now(ending))
    bad = Scenario(id="shop-2").staged().when(c.ReportPrepared("shop-2", OLDEST, "v1.0.9", OLD, ()))
    world.engine.has(bad.when(c.CancelRelease("shop-2", "no"), ADA))
    world.engine.has(Scenario(id="shop-3").staged())
    world.changes.history.append(Change("f" * 40, "newest", "Bea"))
    world.changes.tags["v1.1.0"] = "f" * 40
    await world.do(x.Prepare("shop-3/1/prepare", "shop-3"))
    assert world.engine.release("shop-3").previous == NEW


async def test_a_ref_that_is_none_ends_the_release_with_the_reason(world: World) -> None:
    world.engine.has(Scenario().staged())
    del world.changes.tags["v1.1.0"]
    prepare = world.asked(x.Prepare)
    with pytest.raises(Permanent) as refused:
        await world.do(prepare)
    await world.give_up(prepare, str(refused.value))
    assert world.engine.release().phase is Phase.FAILED
    assert '"v1.1.0" is no tag' in world.engine.release().ending_reason


async def test_a_text_that_cannot_be_written_says_so_where_it_would_stand(world: World) -> None:
    world.engine.has(Scenario().staged().prepared())
    notes = x.WriteText("shop-1/2/notes", "shop-1", "notes")
    await world.do(notes, times=2)
    assert len(world.engine.happened(e.ArtefactWritten)) == 1
    await world.give_up(x.WriteText("shop-1/2/walkthrough", "shop-1", "walkthrough"), "no disk")
    written = world.engine.release().artefacts
    assert written["notes"].author == "template"
    assert written["walkthrough"].text == "The walkthrough could not be written: no disk"


async def test_a_deploy_that_is_done_twice_is_reported_once(world: World) -> None:
    world.engine.has(Scenario().staged().prepared().written())
    deploy = world.asked(x.Deploy)
    world.deployer.switches.lose_next = True
    with pytest.raises(Unknown):
        await world.do(deploy)
    await world.do(deploy, times=2)
    assert len(world.engine.happened(e.Deployed)) == 1
    with world.engine.store.transaction() as t:
        assert t.answer_to(f"{deploy.key}/outcome") is not None
    assert world.deployer.environments["shop", "staging"].exposures == {NEW: 0.0}


async def test_a_deploy_that_cannot_be_done_takes_the_release_back(world: World) -> None:
    world.engine.has(Scenario().staged().prepared().written())
    await world.give_up(world.asked(x.Deploy), "image not found")
    assert world.engine.release().phase is Phase.ROLLING_BACK
    assert "image not found" in world.engine.release().rollback.reason


async def test_an_outcome_that_comes_too_late_changes_nothing(world: World) -> None:
    world.engine.has(Scenario().staged().prepared().written())
    deploy = world.asked(x.Deploy)
    await world.engine.ask(c.RollBackRelease("shop-1", "second thoughts"), ADA)
    before = world.engine.store.journal("shop-1")
    await world.do(deploy)
    await world.give_up(deploy, "too late as well")
    assert world.engine.store.journal("shop-1") == before


async def test_nothing_is_taken_away_under_users(world: World) -> None:
    """The exposure was read back at zero, and an older call landed after it: that is corrected first."""
    scenario = Scenario().in_production().looked(BAD).exposed()
    world.engine.has(scenario)
    undo = world.asked(x.Undo)
    world.deployer.environments["shop", "production"].exposures.update({OLD: 99.0, NEW: 1.0})
    with pytest.raises(Temporary, match="ccccccc has 1 % of the traffic"):
        await world.do(undo)
    world.deployer.environments["shop", "production"].exposures.update({OLD: 100.0, NEW: 0.0})
    await world.do(undo, times=2)
    assert world.engine.release().phase is Phase.ROLLED_BACK
    assert world.deployer.environments["shop", "production"].exposures == {OLD: 100.0}


async def test_an_undo_that_nobody_can_do_leaves_the_traffic_restored_and_is_said(world: World) -> None:
    world.engine.has(Scenario().in_production().looked(BAD).exposed())
    await world.give_up(world.asked(x.Undo), "the cluster is gone")
    assert [event.reason for event in world.engine.happened(e.UndoFailed)] == ["the cluster is gone"]
    assert len(world.engine.happened(e.TrafficRestored)) == 1


async def test_an_incident_is_filed_once_with_the_numbers_of_its_moment(world: World) -> None:
    world.engine.has(Scenario().in_production().looked(BAD).exposed())
    incident = world.asked(x.FileIncident)
    await world.do(incident, times=2)
    ((key, filed),) = world.incidents.filed.items()
    assert key == incident.key
    assert "shop-1" in str(filed)
    assert "errors broke" in filed["diagnosis"]["words"][0]


async def test_one_release_tells_another_what_it_has_to_know(world: World) -> None:
    world.engine.has(Scenario(plan(), "shop-1").at_full())
    tell = x.Tell("shop-2/9/supersede/shop-1", "shop-2", c.Supersede("shop-1", by="shop-2"))
    await world.do(tell, times=2)
    assert world.engine.release().phase is Phase.SUPERSEDED
    assert len(world.engine.happened(e.ReleaseSuperseded)) == 1


async def test_an_effect_of_a_release_that_is_not_there_is_given_up(world: World) -> None:
    with pytest.raises(Permanent, match="there is no release shop-9"):
        await world.do(x.Prepare("shop-9/1/prepare", "shop-9"))


# ── whose the changes are ────────────────────────────────────────────────────────────────────────────────────────────

BARRING = {"name": "qa", "gates": [{"gate": "approval", "roles": {"vp-product": 1}, "own_changes": "barred"}]}


async def test_changes_are_matched_to_people_by_slack_and_by_the_plan(world: World) -> None:
    world.changes.history[-1] = Change(NEW, "new", "Ada", "ada@songbird.example")
    world.changes.history.append(Change("f" * 40, "newest", "Bea", "bea@home.example"))
    world.changes.tags["v1.1.0"] = "f" * 40
    world.directory.people["ada@songbird.example"] = "U0ADA"
    world.engine.has(Scenario(plan(people={"bea@home.example": "U0BEA"})).staged())
    await world.do(world.asked(x.Prepare))
    assert [change.person for change in world.engine.release().changes] == ["U0BEA", "U0ADA"]


async def test_a_slack_that_does_not_know_its_people_now_holds_up_no_release(world: World) -> None:
    world.directory.refusal = Temporary("not now")
    world.engine.has(Scenario().staged())
    await world.do(world.asked(x.Prepare))
    assert [change.person for change in world.engine.release().changes] == [""]


async def test_where_authors_may_not_approve_it_is_waited_until_slack_says_who_they_are(world: World) -> None:
    world.directory.refusal = Temporary("not now")
    world.engine.has(Scenario(plan(stages=[BARRING])).staged())
    with pytest.raises(Temporary):
        await world.do(world.asked(x.Prepare))
    assert world.engine.release().commit is None


# ── whom to remind when ──────────────────────────────────────────────────────────────────────────────────────────────


def reminding(*managers: str) -> Scenario:
    gate = {"gate": "approval", "roles": {"product-manager": 1}, "remind": {"every": "4h", "most": 1}}
    roles = {"product-manager": [*managers], "unasked": ["U0OMAR"]}
    return Scenario(plan(roles=roles, stages=[{"name": "qa", "gates": [gate]}])).staged().prepared().written()


async def test_whom_it_asks_and_what_time_it_is_there_is_learnt_once(world: World) -> None:
    world.directory.groups["S0PRODUCT"] = frozenset({"U0PRIYA", "U0VICTOR"})
    world.directory.clocks = {"U0PRIYA": 19_800, "U0VICTOR": -18_000, "U0QUINN": 3_600, "U0OMAR": 7_200}
    world.engine.has(reminding("S0PRODUCT", "U0QUINN", "U0GONE"))
    await world.do(world.asked(x.LearnHours), times=2)
    (known,) = world.engine.happened(e.ReviewersKnown)
    assert known.reviewers == (
        Reviewer("U0PRIYA", 19_800, ("S0PRODUCT",)),
        Reviewer("U0QUINN", 3_600),
        Reviewer("U0VICTOR", -18_000, ("S0PRODUCT",)),
    )


async def test_the_time_where_a_delegate_is_is_learnt_too(world: World) -> None:
    world.directory.clocks = {"U0PRIYA": 0, "U0QUINN": 32_400, "U0OMAR": 7_200}
    world.engine.has(reminding("U0PRIYA"))
    now = world.engine.clock()
    for number, (person, delegate, ends_at) in enumerate(
        [(PRIYA, "U0QUINN", now + 60), (PRIYA, "U0VICTOR", now - 60), (ADA, "U0OMAR", now + 60)]
    ):
        with world.engine.store.transaction() as t:
            t.save_absence(Absence(f"absence-{number}", person, delegate, "", now - 120, now - 120, ends_at))
    await world.do(world.asked(x.LearnHours))
    (known,) = world.engine.happened(e.ReviewersKnown)
    assert known.reviewers == (Reviewer("U0PRIYA", 0), Reviewer("U0QUINN", 32_400))


async def test_the_members_of_a_large_group_are_not_reminded_one_by_one(world: World) -> None:
    crowd = {f"U0N{number}": 0 for number in range(REMINDED_MAX + 1)}
    world.directory.groups["S0ALL"], world.directory.clocks = frozenset(crowd), {**crowd, "U0QUINN": 3_600}
    world.engine.has(reminding("S0ALL", "U0QUINN"))
    await world.do(world.asked(x.LearnHours))
    assert [one.person for one in world.engine.happened(e.ReviewersKnown)[0].reviewers] == ["U0QUINN"]


async def test_without_reminders_nobodys_hours_are_asked_for(world: World) -> None:
    world.engine.has(Scenario().on_staging())
    with pytest.raises(AssertionError, match="nobody asked"):
        world.asked(x.LearnHours)


# ── what an earlier build has left behind ────────────────────────────────────────────────────────────────────────────

FIRST = (Change("1" * 40, "widgets", "Ada", pull_request=41), Change("2" * 40, "a cart", "Bea", pull_request=42))
SECOND = (FIRST[0], Change("3" * 40, "a better cart", "Bea", pull_request=43))


def build(number: int, changes: tuple[Change, ...]) -> Scenario:
    """Asks Priya and Victor, in a stage that needs no place."""
    gate = {"gate": "approval", "roles": {"product-manager": 1, "vp-product": 1}}
    at = Scenario(plan(stages=[{"name": "qa", "gates": [gate]}]), f"shop-{number}").staged()
    return at.when(c.ReportPrepared(at.id, f"{number}" * 40, f"v1.1.{number}", OLD, changes)).written()


async def looked_back(world: World, at: Scenario) -> Scenario:
    """`at` after the effect of its question was done, several times."""
    world.engine.has(at)
    asked = next(one for one in at.journal if isinstance(one.event, e.ApprovalAsked))
    (effect,) = (one for one in follows.effects(asked, at.state, Surroundings()) if isinstance(one, x.LookBack))
    await world.do(effect, times=2)
    at.journal = world.engine.service.journal(at.id)
    at.release = world.engine.service.peek(at.id)
    return at


async def test_those_who_said_yes_to_an_earlier_build_are_called_once_with_what_is_different(world: World) -> None:
    old = build(1, FIRST)
    old.when(old.approval(), VICTOR).when(c.CancelRelease("shop-1", "a newer build"), ADA)
    world.engine.has(old)
    at = await looked_back(world, build(2, SECOND))
    (known,) = (one for one in at.journal if isinstance(one.event, e.EarlierKnown))
    told = message(known, at.state, Room.THREAD)
    assert told is not None
    assert str(told).count("<@U0VICTOR>") == 2, "in the text, and in the block that shows it"
    assert "you said yes to shop-1 (v1.1.1), which does not count for shop v1.1.2" in told.text
    for said in (str(told), str(approval(at.state, at.now))):
        assert "Since shop-1* (v1.1.1), to which Victor said yes: 1 change, and 1 of its changes gone" in said
        assert "#43 a better cart" in said
        assert "gone: #42 a cart" in said
    assert at.state.entry is not None
    assert at.state.entry.approvals == (), "a yes is to one build"
    at.when(at.approval(), VICTOR).then(e.ReleaseApproved)


async def test_the_build_after_one_that_was_to_be_fixed_first_says_that_it_answers_the_concern(world: World) -> None:
    old = build(1, FIRST)
    old.when(c.RaiseConcern("shop-1", old.entry, "the cart is empty"), OMAR)
    old.when(c.DecideConcern("shop-1", 1, Decision.FIX_FIRST, "keep it over a reload"), PRIYA)
    world.engine.has(old.is_now(Phase.REJECTED))
    assert old.state.ending_reason == "fix first: keep it over a reload"
    at = await looked_back(world, build(2, SECOND))
    (known,) = (one for one in at.journal if isinstance(one.event, e.EarlierKnown))
    told = message(known, at.state, Room.THREAD)
    assert told is not None
    assert "<@U0OMAR>: shop v1.1.2 is to answer your concern." in told.text
    before = "*Before*, in shop-1: the cart is empty (Omar); fix it first: keep it over a reload"
    assert before in str(approval(at.state, at.now))


async def test_nobody_is_called_back_past_a_release_that_went_well_nor_without_a_reason(world: World) -> None:
    old = build(1, FIRST)
    old.when(old.approval(), VICTOR).when(c.CancelRelease("shop-1", "later"), ADA)
    good = build(2, FIRST)
    good.when(good.approval(), PRIYA).when(good.approval(), VICTOR).is_now(Phase.HEALTHY)
    world.engine.has(old)
    world.engine.has(good)
    assert (await looked_back(world, build(3, SECOND))).state.earlier is None
    assert (await looked_back(World(world.engine), build(4, SECOND))).state.earlier is None


async def test_a_yes_that_was_taken_back_calls_nobody(world: World) -> None:
    old = build(1, FIRST)
    old.when(old.approval(), VICTOR).when(c.WithdrawApproval("shop-1", old.entry), VICTOR)
    world.engine.has(old.when(c.CancelRelease("shop-1", "later"), ADA))
    assert (await looked_back(world, build(2, SECOND))).state.earlier is None
