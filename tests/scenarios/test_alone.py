"""`solo: true`: one person tries everything out alone, and everybody who looks is told so."""

from dataclasses import replace

from bot.core import commands as c
from bot.core import events as e
from bot.core.model import Phase
from bot.views import answers
from bot.views.approval import approval
from bot.views.card import card
from tests.support.scenario import ADA, CHANGES, PRIYA, STRANGER, Scenario, plan

STAGES = [
    {"name": "qa", "gates": [{"gate": "approval", "roles": {"product-manager": 2}, "own_changes": "barred"}]},
    {"name": "go", "gates": [{"gate": "go", "role": "vp-product"}]},
]


def asked(*, solo: bool) -> Scenario:
    """Ada, an operator without a role, wrote all of it."""
    at = Scenario(plan(solo=solo, stages=STAGES)).staged()
    found = tuple(replace(change, person=ADA.id) for change in CHANGES)
    return at.when(c.ReportPrepared("shop-1", "c" * 40, "v1.1.0", "d" * 40, found)).written()


def shown(at: Scenario) -> list[str]:
    release, now = at.state, at.now
    return [str(one) for one in (card(release, None, now), approval(release, now), answers.status(release, None, now))]


def test_one_operator_holds_every_role_and_approves_what_they_wrote() -> None:
    at = asked(solo=True)
    at.when(at.approval(), ADA).when(c.PromoteRelease("shop-1", at.entry, "go"), ADA).is_now(Phase.HEALTHY)


def test_it_stands_in_the_journal_with_every_yes() -> None:
    at = asked(solo=True)
    at.when(at.approval(), ADA)
    assert [one.event.solo for one in at.journal if isinstance(one.event, e.ReleaseApproved)] == [True]


def test_without_it_none_of_that_is_so() -> None:
    at = asked(solo=False)
    at.refused(at.approval(), ADA, saying="only product-manager").when(at.approval(), PRIYA).is_now(Phase.PROVING)
    assert not [one for one in at.journal if isinstance(one.event, e.ReleaseApproved) and one.event.solo]
    assert not [text for text in shown(at) if "SOLO" in text]


def test_card_question_and_status_say_so_loudly() -> None:
    assert all("SOLO: one person alone may approve all of this" in text for text in shown(asked(solo=True)))


def test_a_stranger_stays_one() -> None:
    at = asked(solo=True)
    at.refused(at.approval(), STRANGER, saying="only product-manager").when(at.approval(), PRIYA)
