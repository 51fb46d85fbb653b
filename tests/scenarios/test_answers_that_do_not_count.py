"""A yes that must not count, in every order that can be thought of: answered in words, and nothing has happened.

Hypothesis plays people who press what they should not, at odd moments, on a release that is asked about. A model beside
it, written from the plan alone, knows whose yes counts now; the core must agree after every press.
"""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import Actor, Door
from bot.core.decide import decide
from bot.core.errors import Refused
from bot.core.model import Phase
from tests.support.scenario import CHANGES, OMAR, PRIYA, QUINN, STRANGER, VICTOR, Scenario, plan

EXPIRES_SECONDS = 3600.0
MEMBER = replace(QUINN, groups=("S0PRODUCT",))
"""Holds the role product-manager by a group."""
HOLDERS = {"product-manager": (PRIYA, OMAR, MEMBER), "vp-product": (VICTOR,)}
AUTHOR = OMAR
"""Wrote a change, and holds a role."""
WRONG = (STRANGER, replace(STRANGER, in_channel=True), replace(MEMBER, groups=()), replace(PRIYA, door=Door.SHELL))
MAY = (PRIYA, MEMBER, VICTOR)
NEEDED = {"product-manager": 2, "vp-product": 1}

BY = plan(
    roles={"product-manager": ["U0PRIYA", "U0OMAR", "S0PRODUCT"], "vp-product": ["U0VICTOR"]},
    stages=[
        {
            "name": "qa",
            "steps": [
                {
                    "time_max": "90d",
                    "gates": [{"gate": "approval", "roles": NEEDED, "own_changes": "barred", "expires": "1h"}],
                }
            ],
        },
        {"name": "rest", "steps": [{"time_max": "90d", "gates": [{"gate": "minimum-time", "time": "60d"}]}]},
    ],
)


@dataclass
class Model:
    """Whose yes counts: when each was given."""

    given: dict[str, float] = field(default_factory=dict)
    is_decided: bool = False

    def age(self, now: float) -> None:
        self.given = {who: at for who, at in self.given.items() if now - at < EXPIRES_SECONDS}

    @property
    def is_enough(self) -> bool:
        return all(sum(one.id in self.given for one in HOLDERS[role]) >= n for role, n in NEEDED.items())


class Reviews(RuleBasedStateMachine):
    """People press; the model and the core must think the same of it."""

    @initialize()
    def it_is_asked(self) -> None:
        found = (replace(CHANGES[0], person=AUTHOR.id), CHANGES[1])
        self.at = Scenario(BY).staged()
        self.at.when(c.ReportPrepared("shop-1", "c" * 40, "v1.1.0", "d" * 40, found)).written()
        self.question = self.at.approval()
        self.model = Model()

    def refused(self, command: c.Command, by: Actor) -> None:
        """In words, with nothing changed, whatever was about to expire."""
        before, length = self.at.release, len(self.at.journal)
        with pytest.raises(Refused, match=r"\w+ \w+ \w+"):
            decide(self.at.release, command, self.at.around, by, self.at.now)
        assert (self.at.release, len(self.at.journal)) == (before, length)

    # ── what counts ──────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(by=st.sampled_from(MAY))
    def somebody_who_may_says_yes(self, by: Actor) -> None:
        self.model.age(self.at.now)
        if self.model.is_decided or by.id in self.model.given:
            self.refused(self.question, by)
            return
        self.at.when(self.question, by)
        self.model.given[by.id] = self.at.now
        self.model.is_decided = self.model.is_enough

    @rule(by=st.sampled_from((*MAY, AUTHOR, *WRONG)))
    def somebody_takes_it_back(self, by: Actor) -> None:
        self.model.age(self.at.now)
        command = c.WithdrawApproval("shop-1", self.question.entry)
        if self.model.is_decided or by.id not in self.model.given or by.door is not Door.SLACK:
            self.refused(command, by)
            return
        self.at.when(command, by)
        del self.model.given[by.id]

    @rule(minutes=st.sampled_from((0, 1, 20, 59, 60, 61)), is_ticked=st.booleans())
    def time_passes(self, minutes: int, is_ticked: bool) -> None:
        self.at.wait(minutes * 60)
        if is_ticked:
            self.at.when(c.Tick("shop-1", self.at.entry))

    # ── what does not ────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(by=st.sampled_from(WRONG))
    def the_wrong_person_says_yes(self, by: Actor) -> None:
        self.refused(self.question, by)

    @rule()
    def an_author_says_yes(self) -> None:
        self.refused(self.question, AUTHOR)

    @rule(by=st.sampled_from(MAY))
    def somebody_answers_what_was_shown_before(self, by: Actor) -> None:
        self.refused(replace(self.question, subject="what was shown before"), by)

    @rule(by=st.sampled_from(MAY), entries=st.sampled_from((-1, 1, 7)))
    def somebody_answers_an_old_message(self, by: Actor, entries: int) -> None:
        self.refused(replace(self.question, entry=self.question.entry + entries), by)

    @precondition(lambda self: not self.model.is_decided)
    @rule(by=st.sampled_from(MAY))
    def two_presses_at_the_same_moment_are_one(self, by: Actor) -> None:
        self.somebody_who_may_says_yes(by)
        self.refused(self.question, by)

    # ── what must hold ───────────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def it_moves_on_with_enough_that_count_and_never_with_less(self) -> None:
        assert (self.at.state.entry is not None and self.at.entry != self.question.entry) == self.model.is_decided

    @invariant()
    def nobody_is_counted_who_may_not_be(self) -> None:
        given = [one.event for one in self.at.journal if isinstance(one.event, e.ReleaseApproved)]
        by = {one.actor.id for one in self.at.journal if isinstance(one.event, e.ReleaseApproved)}
        assert by <= {person.id for person in MAY}
        assert all(event.subject == self.question.subject for event in given)


Reviews.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestReviews = Reviews.TestCase


def test_of_two_who_press_at_the_same_moment_one_decides_and_the_other_hears_that_it_is_over() -> None:
    """Both pressed before either was told; whichever comes first to the database decides."""
    gate = {"gate": "approval", "roles": {"vp-product": 1}}
    at = Scenario(plan(roles={"vp-product": ["U0VICTOR", "U0PRIYA"]}, stages=[{"name": "qa", "gates": [gate]}]))
    question = at.staged().prepared().written().approval()
    at.when(question, VICTOR).is_now(Phase.HEALTHY).refused(question, PRIYA, saying="has ended")
