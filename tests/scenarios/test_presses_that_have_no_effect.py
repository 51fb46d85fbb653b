"""Approve, Reject, Take back, Decide, Resume: whatever must not count is answered in words, and nothing has happened.

Every reason for which a press is none is tried with every button that it can meet, at drawn moments and by drawn
people. Places (another channel, another workspace) are tried where they are known: `tests/handlers`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import commands as c
from bot.core import shown
from bot.core.actors import Actor, Door
from bot.core.decide import decide
from bot.core.errors import Refused
from bot.core.model import Phase
from bot.core.voices import Decision
from tests.support.scenario import ADA, CHANGES, OMAR, PRIYA, QUINN, STRANGER, VICTOR, Scenario, plan

EXPIRES_SECONDS = 3600.0
GATE = {"gate": "approval", "roles": {"product": 2, "vp": 1}, "own_changes": "barred", "expires": "1h"}
MEMBER = replace(QUINN, groups=("S0PRODUCT",))
AUTHOR = OMAR
"""Holds a role, and wrote a change."""

BY = plan(
    roles={"product": ["U0PRIYA", "U0OMAR", "S0PRODUCT"], "vp": ["U0VICTOR"]},
    stages=[{"name": "qa", "steps": [{"time_max": "90d", "gates": [GATE]}]}],
)

BUTTONS = ("approve", "reject", "take back", "decide")
PRESSES: dict[str, Callable[[Scenario], c.Command]] = {
    "approve": lambda at: at.approval(),
    "reject": lambda at: c.Reject("shop-1", at.entry, shown.subject(at.state), "not like this"),
    "take back": lambda at: c.WithdrawApproval("shop-1", at.entry),
    "decide": lambda _at: c.DecideConcern("shop-1", 1, Decision.CAVEAT, "support knows"),
}

WRONG = st.sampled_from(
    (
        STRANGER,
        replace(STRANGER, in_channel=True),
        replace(MEMBER, groups=()),
        ADA,
        Actor("U0PRIYA", Door.SHELL, "root"),
        Actor("U0VICTOR", Door.WEBHOOK),
    )
)
"""Nobody's role; a former member of the group; an operator without a role; the right name through another door."""


def asked(yes: tuple[Actor, ...] = (), *, is_worried: bool = True) -> Scenario:
    """shop-1 asks; these have said yes, and Victor worries."""
    at = Scenario(BY).staged()
    found = (replace(CHANGES[0], person=AUTHOR.id), CHANGES[1])
    at.when(c.ReportPrepared("shop-1", "c" * 40, "v1.1.0", "d" * 40, found)).written()
    for person in yes:
        at.when(at.approval(), person)
    return at.when(c.RaiseConcern("shop-1", at.entry, "the cart is slow"), VICTOR) if is_worried else at


def has_no_effect(at: Scenario, command: c.Command, by: Actor) -> None:
    """Refused with a sentence for whoever pressed, and everything is as it was."""
    before, length = at.release, len(at.journal)
    with pytest.raises(Refused, match=r"\w+ \w+ \w+"):
        decide(at.release, command, at.around, by, at.now)
    assert (at.release, len(at.journal)) == (before, length)


QUICK = settings(max_examples=40, deadline=None)


@QUICK
@given(button=st.sampled_from(BUTTONS), by=WRONG, seconds=st.floats(0, 2 * EXPIRES_SECONDS))
def test_the_wrong_person(button: str, by: Actor, seconds: float) -> None:
    at = asked((PRIYA,)).wait(seconds)
    has_no_effect(at, PRESSES[button](at), by)


@QUICK
@given(yes=st.sampled_from([(), (PRIYA,), (VICTOR,), (PRIYA, VICTOR)]), is_worried=st.booleans())
def test_ones_own_change(yes: tuple[Actor, ...], is_worried: bool) -> None:
    at = asked(yes, is_worried=is_worried)
    has_no_effect(at, at.approval(), AUTHOR)


@QUICK
@given(button=st.sampled_from(BUTTONS), by=st.sampled_from((PRIYA, MEMBER)), seconds=st.floats(0, 600))
def test_twice(button: str, by: Actor, seconds: float) -> None:
    """The same press again, by the same person, however soon; also what was only pressed twice."""
    at = asked((by,) if button == "take back" else ())
    command = PRESSES[button](at)
    at.when(command, by).wait(seconds)
    has_no_effect(at, command, by)


@QUICK
@given(by=st.sampled_from((PRIYA, MEMBER, VICTOR)), late=st.floats(0, 600))
def test_a_yes_that_has_expired_cannot_be_taken_back_and_does_not_count(by: Actor, late: float) -> None:
    at = asked((by,)).wait(EXPIRES_SECONDS + late)
    has_no_effect(at, PRESSES["take back"](at), by)
    at.when(c.Tick("shop-1", at.entry))
    assert at.state.entry is not None
    assert at.state.entry.approvals == ()


ENDS: dict[str, Callable[[Scenario], Any]] = {
    "approved": lambda at: [at.when(at.approval(), one) for one in (PRIYA, MEMBER, VICTOR)],
    "rejected": lambda at: at.when(PRESSES["reject"](at), VICTOR),
    "cancelled": lambda at: at.when(c.CancelRelease("shop-1", "not today"), ADA),
}


@QUICK
@given(button=st.sampled_from(BUTTONS), end=st.sampled_from(sorted(ENDS)), by=st.sampled_from((PRIYA, MEMBER, VICTOR)))
def test_after_the_decision(button: str, end: str, by: Actor) -> None:
    at = asked((by,), is_worried=end != "approved")
    if end == "approved":
        at.when(c.WithdrawApproval("shop-1", at.entry), by)
    command = PRESSES[button](at)
    ENDS[end](at)
    assert at.state.phase.is_ending
    has_no_effect(at, command, by)


@QUICK
@given(button=st.sampled_from(BUTTONS[:3]), by=st.sampled_from((PRIYA, VICTOR)), away=st.sampled_from((-2, -1, 1, 9)))
def test_an_old_message(button: str, by: Actor, away: int) -> None:
    """Of another entry; and, of what is bound to what was shown, with something else in it."""
    at = asked((by,))
    command: Any = PRESSES[button](at)
    has_no_effect(at, replace(command, entry=command.entry + away), by)
    if button != "take back":
        has_no_effect(at, replace(command, subject="what was shown before"), MEMBER)


@QUICK
@given(away=st.integers(-9, 9).filter(bool), by=st.sampled_from((ADA, PRIYA)), held=st.booleans())
def test_a_resume_of_another_hold(away: int, by: Actor, held: bool) -> None:
    """What is held now is held for a reason that was not shown, or nothing is."""
    at = asked().when(c.HoldRelease("shop-1", "lunch"), PRIYA)
    assert at.state.held is not None
    shown_hold = at.state.held.version
    at.when(c.ResumeRelease("shop-1", shown_hold), ADA)
    if held:
        at.when(c.HoldRelease("shop-1", "it deletes carts"), VICTOR)
    has_no_effect(at, c.ResumeRelease("shop-1", shown_hold), by)
    has_no_effect(at, c.ResumeRelease("shop-1", at.journal[-1].version + away), by)


@QUICK
@given(number=st.integers(-2, 9).filter(lambda one: one != 1), by=st.sampled_from((PRIYA, MEMBER)))
def test_a_decision_about_no_concern(number: int, by: Actor) -> None:
    at = asked()
    has_no_effect(at, replace(PRESSES["decide"](at), concern=number), by)  # type: ignore[call-arg]


@QUICK
@given(
    first=st.sampled_from(("reject", "decide")),
    second=st.sampled_from(("approve", "reject", "decide")),
    decision=st.sampled_from((Decision.FIX_FIRST, Decision.CAVEAT)),
)
def test_of_two_at_the_same_moment_the_second_hears_what_the_first_has_done(
    first: str, second: str, decision: Decision
) -> None:
    """Both were looking at the same message, and neither had been told."""
    at = asked()
    presses = {name: press(at) for name, press in PRESSES.items()}
    presses["decide"] = c.DecideConcern("shop-1", 1, decision, "so it is")
    at.when(presses[first], PRIYA)
    has_no_effect(at, presses[second], MEMBER)


def test_what_is_right_has_its_effect() -> None:
    """The presses above are refused for their reason, and not because nothing is accepted here."""
    for button, by in (("approve", PRIYA), ("reject", VICTOR), ("take back", PRIYA), ("decide", MEMBER)):
        at = asked((PRIYA,) if button == "take back" else ())
        before = at.release
        at.when(PRESSES[button](at), by)
        assert at.release != before
    at = asked(is_worried=False)
    ENDS["approved"](at)
    at.is_now(Phase.HEALTHY)
