"""Under which heading a change stands, and what is left out."""

import pytest

from bot.core.contents import Change
from bot.texts.changes import BREAKING, HEADINGS, Notes
from bot.texts.changes.words import (
    BACK,
    CHANGED,
    DEPENDENCIES,
    DOCS,
    FASTER,
    FIXED,
    GOING,
    HOOD,
    NEW,
    OTHER,
    SECURITY,
    TRANSLATIONS,
)
from tests.support.changes import change


def heading(written: Change) -> str:
    (group,) = Notes.of([written]).groups
    return group.heading


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        # declared kinds
        ("feat: x", NEW),
        ("Feat(cart): x", NEW),
        ("fix: x", FIXED),
        ("perf: x", FASTER),
        ("docs: x", DOCS),
        ("fix!: x", BREAKING),
        ("BUG: x", FIXED),
        ("TST, BUG: x", FIXED),
        ("MAINT: x", HOOD),
        ("Update: x", CHANGED),
        ("Security: x", SECURITY),
        ("DEP: x", GOING),
        ("[fix] x", FIXED),
        ("[Docs] x", DOCS),
        ("feat(ci): x", HOOD),
        ("fix(docs): x", DOCS),
        ("fix(security): x", SECURITY),
        ("Breaking: x", BREAKING),
        # emoji
        ("✨ x", NEW),
        (":bug: x", FIXED),
        ("🌐 x", TRANSLATIONS),
        ("👷 x", HOOD),
        ("♻️ x", HOOD),
        # components that say it by themselves
        ("tests/cart: fix x", HOOD),
        ("radio/tests: add x", HOOD),
        (".gitlab-ci: fix x", HOOD),
        ("docs/manual: add x", DOCS),
        ("cart: fix x", FIXED),
        # verbs
        ("Add a cart", NEW),
        ("Allow two carts", NEW),
        ("Fix the cart", FIXED),
        ("cart: remove the old totals", GOING),
        ("Remove unused totals", HOOD),
        ("Deprecate the old totals", GOING),
        ("Improve the cart", CHANGED),
        ("Improve the performance of the cart", FASTER),
        ("Refactor the cart", HOOD),
        ("Add tests for the cart", HOOD),
        ("Snapshot testing for the cart", HOOD),
        ("Fix a typo in the manual", DOCS),
        ("Sync README with the website", DOCS),
        ("Imported Translations from Weblate", TRANSLATIONS),
        ("Add German translation for the cart", TRANSLATIONS),
        ("Upgrade aiohttp to 3.14 for its mended parser", DEPENDENCIES),
        # nothing is guessed
        ("x", OTHER),
        ("Checkout: x", OTHER),
        ("The cart adds up", OTHER),
        ("Address of the shop", OTHER),
        ('Revert "feat: x"', BACK),
        ("revert: x", BACK),
    ],
)
def test_a_title_says_under_which_heading_it_stands(title: str, expected: str) -> None:
    assert heading(change(title)) == expected


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("fix: x", "* feat: y", FIXED),
        ("x", "* chore: y\n\n* fix: z", FIXED),
        ("x", "text: y\n* anything: z", OTHER),
        ("x", "* refactor(api)!: y", BREAKING),
        ("x", "* NEWS: said\n* tests/cart.sh: a case", OTHER),
        ("x", "BREAKING-CHANGE: y", BREAKING),
        ("x", "**BREAKING CHANGE**: y", BREAKING),
        ("x", "BREAKING CHANGE: none", OTHER),
        ("x", "BREAKING CHANGE: N/A.", OTHER),
        ("x", "no BREAKING CHANGE: y", OTHER),
        ("x", "/kind bug", FIXED),
        ("x", "/label ~bug ~backend", FIXED),
        ("x", "Changelog: added", NEW),
        ("x", "Labels: api, performance", FASTER),
        ("x", "Type: anything", OTHER),
        ("docs: x", "/kind bug", DOCS),
    ],
)
def test_where_the_title_says_nothing_its_commits_and_labels_do(title: str, body: str, expected: str) -> None:
    assert heading(change(title, body=body)) == expected


def test_only_a_pull_request_has_commits_in_its_body() -> None:
    assert heading(change("x", None, body="* fix: y")) == OTHER


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("docs/a.md", "README.rst"), DOCS),
        (("tests/test_cart.py",), HOOD),
        (("web/cart.spec.ts", "docs/a.md"), HOOD),
        ((".github/workflows/test.yml",), HOOD),
        (("po/de.po", "locale/de/cart.json"), TRANSLATIONS),
        (("docs/a.md", "shop/cart.py"), OTHER),
        ((), OTHER),
    ],
)
def test_paths_decide_where_they_agree_and_nothing_was_declared(paths: tuple[str, ...], expected: str) -> None:
    assert heading(change("x", paths=paths)) == expected
    assert heading(change("fix: x", paths=paths)) == FIXED


def test_headings_come_in_their_order_with_what_breaks_first() -> None:
    titles = ("chore: a", "b", "fix: c", "feat: d", "feat!: e", "perf: f", "revert: g", "docs: h", "i18n: i")
    titles += ("security: j", "update: k", "remove: l", "deps: m")
    headings = [group.heading for group in Notes.of(change(title) for title in titles).groups]
    assert headings == list(HEADINGS)
    assert headings[0] == BREAKING


def test_what_is_about_one_component_stands_together() -> None:
    titles = ("cart: a", "b", "pay: c", "cart: d", "e")
    (group,) = Notes.of(change(title, number) for number, title in enumerate(titles)).groups
    assert [entry.title for entry in group.entries] == ["a", "d", "B", "c", "E"]


def test_what_says_the_same_is_one_line_with_all_its_numbers() -> None:
    titles = ["Imported Translations from Weblate"] * 5
    notes = Notes.of(change(title, number) for number, title in enumerate(titles, 1))
    assert [entry.words for entry in notes.visible[0].entries] == [
        "Imported Translations from Weblate (#1, #2, #3 and 2 more)"
    ]
    assert notes.count == 5


def test_a_backport_stands_in_the_line_of_what_it_ports() -> None:
    notes = Notes.of([change("[3.x] Fix the cart", 12), change("Fix the cart", 11)])
    assert [entry.words for entry in notes.groups[0].entries] == ["Fix the cart (#12, #11)"]


@pytest.mark.parametrize(
    "noise",
    [
        change("Merge branch 'main' into feature", None),
        change("Merge remote-tracking branch 'origin/main'", None),
        change("chore(release): 1.2.0"),
        change("Release v1.2.0"),
        change("🔖 Release version 1.2.0"),
        change("Bump version to 1.2.0"),
        change("Bump version to 1.3.0.dev0"),
        change("Prepare release 1.2.0"),
        change("v1.2.0", None),
        change("1.2.0-rc.1", None),
        change("version 9.1", None),
        change("libcart 1.8.4", None),
        change("maint: post-release administrivia", None),
        change("Update changelog for 1.2.0"),
        change("📝 Update release notes"),
        change("Back to development"),
        change("fixup! feat: x", None),
        change("chore(deps): aiohttp", author="dependabot[bot]"),
        change("Update the list", author="Renovate", email="renovate@songbird.example"),
        change("Update", author="x", email="49699333+dependabot[bot]@users.noreply.songbird.example"),
        change("Updated from the requirements", author="Shop Proposal Bot"),
    ],
)
def test_merges_release_commits_and_chores_of_bots_are_counted_and_not_listed(noise: Change) -> None:
    notes = Notes.of([noise])
    assert (notes.groups, notes.authors, notes.unlisted) == ((), (), 1)


@pytest.mark.parametrize(
    "title",
    [
        "Release the brake",
        "Merge the two carts",
        "Bump the limit to 7 items",
        "Show version 2 of the cart",
        "NEWS page is new",
        "libcart 1.8.4",
    ],
)
def test_a_title_that_only_begins_like_noise_is_listed(title: str) -> None:
    assert Notes.of([change(title)]).unlisted == 0


def test_an_agent_that_writes_code_is_listed_and_not_thanked() -> None:
    notes = Notes.of([change("Fix the cart", author="copilot-swe-agent[bot]")])
    assert (notes.count, notes.unlisted, notes.authors) == (1, 0, ())


def test_each_author_is_thanked_once_by_address_and_by_name() -> None:
    people = [("Teo Marin", "teo@x.example"), ("Ada", "ADA@x.example"), ("Ada L.", "ada@x.example"), ("Bo", "")]
    people += [("teo marin", "teo@home.example"), ("dependabot[bot]", "d@x.example")]
    authors = Notes.of(change("x", author=name, email=email) for name, email in people).authors
    assert authors == ("Ada L.", "Bo", "teo marin")


def test_co_authors_are_thanked_too() -> None:
    body = (
        "Why.\n\nCo-authored-by: Bea B <bea@x.example>\nCo-Authored-By: x[bot] <b@x.example>\nSigned-off-by: No <n@x>"
    )
    assert Notes.of([change("x", body=body)]).authors == ("Ada", "Bea B")


def test_what_breaks_is_told_without_its_trailers() -> None:
    body = "BREAKING CHANGE: `price` is gone,\nuse `price_cents`.\nSigned-off-by: Ada <a@x>\n\nMore."
    (entry,) = Notes.of([change("feat(api)!: prices are in cents", 47, body=body)]).under(BREAKING)
    assert entry.words == "**api**: prices are in cents (#47): `price` is gone, use `price_cents`"


def test_a_ticket_stands_beside_the_number() -> None:
    (group,) = Notes.of([change("SHOP-12: remember items", 47)]).groups
    assert group.entries[0].words == "Remember items (#47, SHOP-12)"
