"""Who wrote a change may be kept from approving it: matched when it is prepared, said in the question."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bot.core import authors
from bot.core import commands as c
from bot.core import events as e
from bot.core.contents import Change, CoAuthor
from bot.core.gates import Standing, is_awaited, rows
from bot.core.model import Phase
from bot.core.plan import Plan
from bot.core.voices import Decision
from bot.views.approval import approval
from tests.support.scenario import ADA, CHANGES, OMAR, PRIYA, VICTOR, Scenario, plan

BY_PRIYA, BY_NOBODY = CHANGES[0], CHANGES[1]


def careful(managers: tuple[str, ...] = ("U0PRIYA", "U0OMAR"), **gate: Any) -> Plan:
    asked = {"gate": "approval", "roles": {"product-manager": 1, "vp-product": 1}, "own_changes": "barred", **gate}
    roles = {"product-manager": [*managers], "vp-product": ["U0VICTOR"]}
    return plan(roles=roles, stages=[{"name": "qa", "gates": [asked]}])


def asked(by: Plan | None = None, *changes: Change) -> Scenario:
    """Priya wrote #41; who wrote #42 is not known."""
    at = Scenario(by or careful()).staged()
    found = changes or (replace(BY_PRIYA, person="U0PRIYA"), BY_NOBODY)
    return at.when(c.ReportPrepared("shop-1", "c" * 40, "v1.1.0", "d" * 40, found)).written()


def question(at: Scenario) -> str:
    return str(approval(at.state, at.now))


def test_whoever_wrote_a_change_does_not_approve_it() -> None:
    at = asked().refused(asked().approval(), PRIYA, saying=r"you wrote Ada \(#41\) of shop-1, and the plan lets nobody")
    at.when(at.approval(), OMAR).when(at.approval(), VICTOR).is_now(Phase.HEALTHY)


def test_by_default_own_changes_may_be_approved() -> None:
    at = asked(careful(own_changes="allowed"))
    at.when(at.approval(), PRIYA).then(e.ReleaseApproved)
    assert "own changes" not in question(at)
    assert "Not matched" not in question(at)


def test_whoever_wrote_a_change_may_reject_it() -> None:
    at = asked()
    at.when(c.Reject("shop-1", at.entry, at.approval().subject, "I was wrong"), PRIYA).is_now(Phase.REJECTED)


def test_whoever_wrote_a_change_decides_no_caveat() -> None:
    at = asked().when(c.RaiseConcern("shop-1", asked().entry, "it loses carts"), VICTOR)
    caveat = c.DecideConcern("shop-1", 1, Decision.CAVEAT, "fine with me")
    at.refused(caveat, PRIYA, saying=r"you wrote Ada \(#41\) of shop-1, .* a caveat is somebody else's to decide")
    at.when(caveat, OMAR).then(e.ConcernDecided, e.ApprovalAskedAgain)


def test_whoever_wrote_a_change_may_have_it_fixed_first() -> None:
    at = asked().when(c.RaiseConcern("shop-1", asked().entry, "it loses carts"), VICTOR)
    at.when(c.DecideConcern("shop-1", 1, Decision.FIX_FIRST, "I was wrong"), PRIYA).is_now(Phase.REJECTED)


def test_the_question_waits_for_those_who_may_and_names_those_who_may_not() -> None:
    at = asked()
    (row,) = rows(at.state, at.now)
    assert row.whom == ("U0OMAR", "U0VICTOR")
    assert not is_awaited(at.state, at.now, "U0PRIYA")
    assert "Nobody approves their own changes here: Ada (#41)." in question(at)
    assert "Not matched to anybody in Slack: Bea (#42); nobody is barred for it." in question(at)


def test_an_author_is_not_awaited_by_way_of_a_group() -> None:
    at = asked(careful(("S0PRODUCT",)))
    at.refused(at.approval(), replace(PRIYA, groups=("S0PRODUCT",)), saying="their own changes")
    assert not is_awaited(at.state, at.now, "U0PRIYA", frozenset({"S0PRODUCT"}))
    assert is_awaited(at.state, at.now, "U0OMAR", frozenset({"S0PRODUCT"}))


def test_an_author_whom_nobody_knows_bars_everybody_where_the_plan_says_so() -> None:
    at = asked(careful(unmatched="bars-everybody"))
    for person in (OMAR, VICTOR):
        at.refused(at.approval(), person, saying=r"nobody may approve shop-1: who wrote Bea \(#42\) is not known")
    (row,) = rows(at.state, at.now)
    assert (row.standing, row.whom) == (Standing.HOLD, ("U0ADA",))
    assert "It cannot be approved" in question(at)
    assert '"action_id": "approve"' not in question(at).replace("'", '"')


def test_when_all_are_known_nobody_is_barred_but_them() -> None:
    at = asked(careful(unmatched="bars-everybody"), replace(BY_PRIYA, person="U0PRIYA"))
    at.when(at.approval(), OMAR).when(at.approval(), VICTOR).is_now(Phase.HEALTHY)


def test_a_role_whose_people_all_wrote_something_says_so_and_waits_for_nobody() -> None:
    at = asked(None, replace(BY_PRIYA, person="U0VICTOR"))
    at.when(at.approval(), OMAR)
    (row,) = rows(at.state, at.now)
    assert row.standing is Standing.HOLD
    assert "nobody is left who may say yes as vp-product" in row.words


def test_unmatched_authors_without_barred_changes_are_a_mistake_in_the_plan() -> None:
    with pytest.raises(ValidationError, match="only where own_changes is barred"):
        careful(own_changes="allowed", unmatched="bars-everybody")


def test_an_author_is_who_slack_says_else_who_the_plan_says() -> None:
    found = authors.matched(
        (CHANGES[0], CHANGES[1], Change("e" * 40, "chore: tidy", "Cem"), Change("f" * 40, "x", "Dora", "d@x.example")),
        {"ada@songbird.example": "U0ADA"},
        {"ada@songbird.example": "U0ELSE", "BEA@songbird.example": "U0BEA", "Cem": "U0CEM"},
    )
    assert [change.person for change in found] == ["U0ADA", "U0BEA", "U0CEM", ""]


def test_whoever_wrote_a_change_with_its_author_does_not_approve_it() -> None:
    by_both = replace(BY_NOBODY, person="U0BEA", co_authors=(CoAuthor("Priya", "priya@songbird.example", "U0PRIYA"),))
    at = asked(careful(), by_both)
    at.refused(at.approval(), PRIYA, saying=r"you wrote Priya \(#42\) of shop-1")
    assert "Nobody approves their own changes here: Bea (#42), Priya (#42)." in question(at)


def test_a_co_author_whom_nobody_knows_is_said_and_bars_whom_the_plan_says() -> None:
    by_both = replace(BY_PRIYA, person="U0PRIYA", co_authors=(CoAuthor("Zoe", "zoe@elsewhere.example"),))
    assert "Not matched to anybody in Slack: Zoe (#41); nobody is barred for it." in question(asked(None, by_both))
    at = asked(careful(unmatched="bars-everybody"), by_both)
    at.refused(at.approval(), OMAR, saying=r"who wrote Zoe \(#41\) is not known")


def test_co_authors_are_matched_as_authors_are() -> None:
    change = replace(BY_PRIYA, co_authors=(CoAuthor("Bea", "bea@x.example"), CoAuthor("Cem"), CoAuthor("Dora")))
    (found,) = authors.matched((change,), {"bea@x.example": "U0BEA"}, {"Cem": "U0CEM"})
    assert [one.person for one in found.co_authors] == ["U0BEA", "U0CEM", ""]
    assert authors.addresses((change,)) == {"ada@songbird.example", "bea@x.example", ""}


@pytest.mark.parametrize("name", ["Jules Martin", "Claude Dupont", "Ben Bot", "Victor[bot]"])
def test_whoever_slack_knows_by_their_address_is_no_program(name: str) -> None:
    change = replace(BY_PRIYA, co_authors=(CoAuthor(name, "victor@x.example"),))
    (found,) = authors.matched((change,), {"victor@x.example": "U0VICTOR"}, {})
    assert [one.person for one in found.co_authors] == ["U0VICTOR"]


def test_programs_that_nobody_answers_for_do_not_count() -> None:
    programs = (
        CoAuthor("dependabot[bot]", "support@forge.example"),
        CoAuthor("Devin", "158243242+devin-ai-integration[bot]@users.noreply.github.com"),
        CoAuthor("Claude", "noreply@anthropic.com"),
        CoAuthor("Copilot", "198982749+Copilot@users.noreply.github.com"),
    )
    by_both = replace(BY_PRIYA, co_authors=(*programs, CoAuthor("Claude Dupont", "claude@elsewhere.example")))
    (found,) = authors.matched((by_both,), {}, {})
    assert [one.name for one in found.co_authors] == ["Claude Dupont"]
    (kept,) = authors.matched((by_both,), {}, {"noreply@anthropic.com": "U0ADA"})
    assert [one.person for one in kept.co_authors] == ["U0ADA", ""]


def test_many_changes_of_many_authors_are_counted() -> None:
    many = [Change(f"{n:040x}", "x", f"author {n % 7}", pull_request=n) for n in range(60)]
    assert authors.in_words(authors.hands(many)).startswith("author 0 (#0, #7, #14, #21, #28 and 4 more), ")
    assert authors.in_words(authors.hands(many)).endswith(" and 2 more")
    assert authors.in_words(authors.hands([Change("abcdef0123", "x", "\n")])) == "somebody without a name (abcdef0)"


def test_who_was_matched_stands_in_the_journal_with_the_change() -> None:
    prepared = next(one.event for one in asked().journal if isinstance(one.event, e.ReleasePrepared))
    assert [change.person for change in prepared.changes] == ["U0PRIYA", ""]
    assert ADA.id not in {change.person for change in prepared.changes}
