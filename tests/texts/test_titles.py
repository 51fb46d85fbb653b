"""Titles in the habits of many projects, taken apart."""

import pytest

from bot.texts.changes import titles
from bot.texts.changes.titles import PEELS_MAX, Title


@pytest.mark.parametrize(
    ("written", "scope", "words"),
    [
        # kinds and components
        ("feat(cart): remember items", "cart", "remember items"),
        ("fix: answer 400.", "", "Answer 400"),
        ("BUG, TST: round prices up", "", "Round prices up"),
        ("ENH/DOC: Round prices", "", "Round prices"),
        ("Update: show the total (fixes #12) (#34)", "", "Show the total"),
        ("net/http: fix a leak", "net/http", "fix a leak"),
        ("cart,checkout: do not round", "cart,checkout", "do not round"),
        ("[Cart] Remember items", "Cart", "Remember items"),
        ("build: cart: mend the build", "cart", "mend the build"),
        ("**Breaking Change:** Drop v1", "", "Drop v1"),
        ("Checkout: pay later", "Checkout", "pay later"),
        ("A sentence with a colon: it stays", "", "A sentence with a colon: it stays"),
        ("http://songbird.example is linked", "", "http://songbird.example is linked"),
        # emoji
        ("✨ Add a cart", "", "Add a cart"),
        (":bug: Mend the cart", "", "Mend the cart"),
        ("♻️ (cart): tidy up", "", "(cart): tidy up"),
        ("⬆️ cart: lift", "cart", "lift"),
        # tickets and numbers
        ("SHOP-12: remember items", "", "Remember items"),
        ("[SHOP-12] Remember items", "", "Remember items"),
        ("SHOP-12, SHOP-13 - Remember items", "", "Remember items"),
        ("SHOP-12 Remember items", "", "Remember items"),
        ("gh-123: Remember items (GH-124)", "", "Remember items"),
        ("#12: Remember items", "", "Remember items"),
        ("Bug 1234 - Remember items r=teo,bea", "", "Remember items"),
        ("UTF-8: is understood", "UTF-8", "is understood"),
        ("Remember items, fixes #12", "", "Remember items"),
        ("Remember items (refs org/shop#12, closes #13)", "", "Remember items"),
        ("Show the first (and only) price", "", "Show the first (and only) price"),
        # marks for machines
        ("[skip ci] Remember items", "", "Remember items"),
        ("Remember items [skip ci]", "", "Remember items"),
        # first letters and dots
        ("remember items.", "", "Remember items"),
        ("and so on...", "", "And so on..."),
        ("no-shadow: is a rule", "no-shadow", "is a rule"),
        ("iPhone pictures are sharp", "", "iPhone pictures are sharp"),
        ("snake_case is kept", "", "snake_case is kept"),
        ("", "", ""),
    ],
)
def test_what_is_understood_is_peeled_off_and_the_rest_stays_words(written: str, scope: str, words: str) -> None:
    title = titles.read(written)
    assert (title.scope, title.words) == (scope, words)


@pytest.mark.parametrize(
    "written",
    [
        "[3.x] Remember items",
        "[backport 3.x] Remember items (#12)",
        "[stable-2.4] Remember items",
        "Backport PR #12 on branch v3.5.x (Remember items)",
        "Backport #12: Remember items",
        "[PR #12/0a1b2c3d backport][3.12] Remember items",
    ],
)
def test_a_backport_has_the_title_of_what_it_ports(written: str) -> None:
    assert titles.read(written).key == titles.read("Remember items").key


@pytest.mark.parametrize(
    ("written", "reverts"),
    [
        ('Revert "feat: remember items"', 1),
        ('Revert "Revert "feat: remember items""', 2),
        ('Reapply "feat: remember items"', 2),
        ("revert: feat: remember items", 1),
        ('Revert "feat: remember items (#12)" (#13)', 1),
        ("feat: remember items", 0),
    ],
)
def test_a_revert_is_unwrapped_and_counted(written: str, reverts: int) -> None:
    title = titles.read(written)
    assert (title.words, title.reverts) == ("Remember items", reverts)


def test_tickets_are_kept() -> None:
    assert titles.read("SHOP-12, SHOP-13: remember items").tickets == ("SHOP-12", "SHOP-13")
    assert titles.read("gh-123: remember items").tickets == ("gh-123",)


@pytest.mark.parametrize(
    ("written", "breaking"),
    [
        ("feat!: x", True),
        ("api!: x", True),
        ("feat(api)!: x", True),
        ("Breaking: x", True),
        ("Breaking(docs): x", True),
        ("fix(ci)!: x", True),
        ("💥 x", True),
        ("feat: x!", False),
        ("Whoa!: x", False),
    ],
)
def test_what_says_that_it_breaks_is_breaking(written: str, breaking: bool) -> None:
    assert titles.read(written).breaking == breaking


@pytest.mark.parametrize("one", ["[a1] ", "a/", "(#1)", "1.1a", 'Revert "', "x, ", "<", "` ", "**", "SHOP-1, "])
def test_a_title_that_was_made_to_hurt_is_read_like_others(one: str) -> None:
    assert isinstance(titles.read(one * 20_000 + "!"), Title)
    assert titles.read("[ab] " * (PEELS_MAX + 2) + "x").words.endswith("x")
