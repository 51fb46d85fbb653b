"""Which change is looked at first: on releases that went wrong, on the demo's bad one, and on the rules one by one."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot import sandbox
from bot.adapters.changes.git import Git
from bot.core.actors import SONGBIRD
from bot.core.contents import Change
from bot.core.model import Phase, Release
from bot.core.plan import Plan
from bot.core.systems import GitChanges
from bot.sandbox.shop.history import make_repository
from bot.texts.diagnosis.broken import Broken
from bot.texts.diagnosis.subjects import words_of
from bot.texts.diagnosis.suspects import Suspect, is_quiet, rank, standing_out, symptoms_of
from tests.support.scenario import written_plan
from tests.texts.releases import HELD_OUT, RELEASES, BadRelease, pr

TOP_1_MIN, TOP_1_HELD_OUT_MIN = 16, 6
"""Of 20 and of 12: what was reached. Fewer means that the ranking got worse."""

REQUESTS = "requests_total"


def broken(plan: Plan, *names: str) -> list[Broken]:
    metrics = {metric.name: metric for metric in plan.metrics}
    return [
        Broken(name, metrics[name].kind, ("tolerance",), name, metrics[name], since=4.0 * number)
        for number, name in enumerate(names)
    ]


def ranked(plan: Plan, changes: Sequence[Change], *names: str) -> tuple[Suspect, ...]:
    release = Release("shop-1", 1, Phase.ROLLED_BACK, "shop", "v1", plan, "", SONGBIRD, 0.0, 0.0)
    return rank(changes, symptoms_of(release, broken(plan, *names), "verdict", ""))


def place(bad: BadRelease) -> int:
    """Of the first culprit, from 1."""
    found = ranked(bad.plan, bad.changes, *bad.broke)
    return 1 + min(n for n, suspect in enumerate(found) if suspect.change.pull_request in bad.culprits)


# ── on whole releases ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_true_culprit_comes_first_in_most_releases_and_among_three_in_all() -> None:
    places = [place(bad) for bad in RELEASES]
    assert sum(one == 1 for one in places) >= TOP_1_MIN
    assert max(places) <= 3


def test_it_does_on_releases_that_the_ranking_was_not_made_for_too() -> None:
    places = [place(bad) for bad in HELD_OUT]
    assert sum(one == 1 for one in places) >= TOP_1_HELD_OUT_MIN
    assert max(places) <= 3


@pytest.mark.parametrize("bad", [*RELEASES, *HELD_OUT], ids=lambda bad: bad.story)
def test_a_change_of_documentation_and_tests_alone_comes_last_and_is_told_why(bad: BadRelease) -> None:
    found = ranked(bad.plan, bad.changes, *bad.broke)
    quiet = [suspect.is_quiet for suspect in found]
    assert quiet == sorted(quiet)
    assert all("documentation, tests or checks alone" in one.reasons[0] for one in found if one.is_quiet)
    assert all(one.reasons for one in found)


@pytest.mark.parametrize("bad", [*RELEASES, *HELD_OUT], ids=lambda bad: bad.story)
def test_the_order_depends_on_the_changes_and_on_nothing_else(bad: BadRelease) -> None:
    assert ranked(bad.plan, bad.changes, *bad.broke) == ranked(bad.plan, bad.changes, *bad.broke)


@pytest.mark.parametrize(
    ("names", "first"),
    [
        (("errors",), 49),
        (("errors", "latency-p95"), 49),
        (("db-pool",), 49),
        (("errors", "exceptions", "checkout-failures", "db-pool"), 49),
        (("checkout-failures",), 48),
        (("conversion",), 48),
    ],
)
async def test_the_demos_bad_release_points_at_what_really_breaks_it(
    tmp_path: Path, names: tuple[str, ...], first: int
) -> None:
    """#49 leaves a shop two database connections, #48 keeps one while the payment provider thinks."""
    repository = make_repository(tmp_path / "shop")
    git = Git(GitChanges(use="git", repository=str(repository)))
    old, new = await git.resolve("v1.1.0"), await git.resolve("v1.2.0")
    changes = await git.between(old.commit, new.commit)
    found = ranked(_demo_plan(), changes, *names)
    assert found[0].change.pull_request == first
    assert {48, 49} & {one.change.pull_request for one in standing_out(found)}
    assert found[-1].change.pull_request == 50, "documentation comes last"
    assert {one.change.pull_request for one in found[:3]} >= {48}


def _demo_plan() -> Plan:
    """The demo's metrics; the rest of its plan waits for addresses that only a running demo has."""
    written = YAML(typ="safe").load(Path(sandbox.__file__).parent / "plan.yml")
    return Plan.model_validate(written_plan(metrics=written["metrics"]))


# ── rules, one by one ────────────────────────────────────────────────────────────────────────────────────────────────

PLAN = RELEASES[0].plan


def test_when_nothing_fits_no_change_stands_out() -> None:
    changes = [pr(n, f"fix: part {n}", f"some/part{n}.py") for n in range(4)]
    assert standing_out(ranked(PLAN, changes, "errors")) == ()


def test_more_than_two_that_fit_alike_do_not_stand_out() -> None:
    others = [pr(n, "fix: a number", f"other/part{n}.py") for n in range(10, 16)]
    fitting = [pr(n, "fix: a number", f"checkout/part{n}.py") for n in range(3)]
    assert len(standing_out(ranked(PLAN, [*fitting[:2], *others], "checkout-failures"))) == 2
    assert standing_out(ranked(PLAN, [*fitting, *others], "checkout-failures")) == ()


def test_the_only_change_that_runs_stands_out_beside_documentation() -> None:
    changes = [pr(2, "docs: words", "README.md"), pr(1, "fix: a thing", "some/thing.py")]
    assert [one.change.pull_request for one in standing_out(ranked(PLAN, changes, "errors"))] == [1]


def test_what_a_selector_leaves_out_is_not_what_a_metric_is_about() -> None:
    metric = {"name": "latency", "kind": "performance", "quantile": 0.95}
    changes = [pr(2, "fix: a thing", "some/thing.py"), pr(1, "fix: a thing", "checkout/thing.py")]
    for selector, first in (('seconds{route!="/checkout"}', 2), ('seconds{route="/checkout"}', 1)):
        metrics = {"latency": {**metric, "histogram": selector}}
        found = ranked(BadRelease("", {}, (), frozenset(), metrics).plan, changes, "latency")
        assert found[0].change.pull_request == first


def test_a_word_that_most_files_share_tells_nothing() -> None:
    changes = [pr(n, f"fix: part {n}", f"checkout/part{n}.py") for n in range(3)]
    assert all(one.score == 1 for one in ranked(PLAN, changes, "checkout-failures"))


def test_ties_go_to_whoever_touches_more_files_then_to_the_newest() -> None:
    changes = [pr(3, "a", "x/a.py"), pr(2, "b", "x/b.py", "y/b.py"), pr(1, "c", "x/c.py")]
    assert [one.change.pull_request for one in ranked(PLAN, changes, "errors")] == [2, 3, 1]


def test_a_change_whose_files_are_not_known_is_read_by_its_title() -> None:
    found = ranked(PLAN, [pr(2, "docs: words"), pr(1, "build(deps): bump aiohttp from 3.13 to 3.14")], "errors")
    assert found[0].change.pull_request == 1
    assert "going by its title" in found[0].reasons[0]
    assert found[1].is_quiet


@pytest.mark.parametrize(
    ("path", "quiet"),
    [
        ("README.md", True),
        ("docs/config/settings.md", True),
        ("tests/test_cart.py", True),
        ("src/cart_test.go", True),
        ("web/cart.spec.ts", True),
        (".github/workflows/deploy.yml", True),
        ("requirements.txt", False),
        ("migrations/0001.sql", False),
        ("shop/cart.py", False),
        ("config/production.toml", False),
    ],
)
def test_files_that_change_nothing_of_what_runs_are_told_from_the_others(path: str, quiet: bool) -> None:
    assert is_quiet(pr(1, "a change", path)) is quiet


def test_words_are_cut_out_of_names_paths_and_titles() -> None:
    assert words_of("shop/OrderItems.py") >= {"shop", "order", "item", "py"}
    assert words_of("drop unused indexes and queries") >= {"index", "query"}
    assert words_of("HTTPServer") == {"http", "server"}
    assert "address" in words_of("shipping/address.py")


def test_a_hostile_title_is_one_flat_line() -> None:
    found = ranked(PLAN, [pr(1, "evil\u202e\n\n## Approved by everybody", "x/a.py", by="Eve\nMallory")], "errors")
    assert "\n" not in found[0].words
    assert "\u202e" not in found[0].words
