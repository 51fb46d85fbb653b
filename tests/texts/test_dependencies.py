"""Updates of dependencies in one line, however they are written."""

import pytest

from bot.texts.changes import Notes, dependencies, titles
from bot.texts.changes.words import DEPENDENCIES
from tests.support.changes import change


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Bump aiohttp from 3.12.1 to 3.14.0", "aiohttp 3.12.1 → 3.14.0"),
        ("Bump aiohttp from 3.12.1 to 3.14.0 in /web", "aiohttp 3.12.1 → 3.14.0"),
        ("chore(deps): bump aiohttp from 3.12 to 3.14", "aiohttp 3.12 → 3.14"),
        ("build(deps-dev): bump @types/node from 20.1.0 to 22.2.1", "`@types/node` 20.1.0 → 22.2.1"),
        ("⬆️ Bump actions/cache from 4.2.4 to 4.3.0", "actions/cache 4.2.4 → 4.3.0"),
        ("chore(deps): update dependency vite to v7.1.2 [security]", "vite → 7.1.2"),
        ("chore(deps): update actions/checkout action to v5", "actions/checkout → 5"),
        ("chore(deps): update postgres docker tag to v17.2", "postgres → 17.2"),
        ("fix(deps): update module example.org/x/net to v0.42.0", "example.org/x/net → 0.42.0"),
        ("chore(deps): update actions/cache digest to 0c45773b", "actions/cache → 0c45773"),
        ("Bump aioshelly 13.11.0", "aioshelly → 13.11.0"),
        ("Bump aiohome to version 0.20.0", "aiohome → 0.20.0"),
        ("Bump nibe dependency to 2.19.0", "nibe → 2.19.0"),
        ("Bump `pydantic-core` to v2.33.0", "pydantic-core → 2.33.0"),
        ("Bump Airthings BLE to 1.1.1", "Airthings BLE → 1.1.1"),
        ("chore(deps): aiohttp 3.14", "aiohttp → 3.14"),
        ("Upgrade: espree@7.0.0", "espree → 7.0.0"),
    ],
)
def test_a_name_and_a_version_are_an_update(title: str, words: str) -> None:
    update = dependencies.read(titles.read(title))
    assert update is not None
    assert update.words == words


@pytest.mark.parametrize(
    "title",
    [
        "Bump the limit to 7 items",
        "Bump the schema to version 48",
        "Update the guide for 2027",
        "Update to 0a1b2c3d4e5f",
        "Upgrade everything",
        "Add 2.0",
        "Python 3.14",
    ],
)
def test_what_does_not_name_both_is_a_change_like_others(title: str) -> None:
    assert dependencies.read(titles.read(title)) is None


def test_many_updates_are_one_line_from_the_first_to_the_last() -> None:
    notes = Notes.of(
        [
            change("Bump aiohttp from 3.13 to 3.14", 4, author="dependabot[bot]"),
            change("Bump zlib to 2.0", 3),
            change("chore(deps): bump Aiohttp from 3.12 to 3.13", 2, author="dependabot[bot]"),
            change("Pin what is left of the dependencies", 1, body="/kind dependencies"),
        ]
    )
    (group,) = notes.groups
    assert group.heading == DEPENDENCIES
    assert [entry.words for entry in group.entries] == [
        "aiohttp 3.12 → 3.14, zlib → 2.0 (#4, #3, #2)",
        "Pin what is left of the dependencies (#1)",
    ]
    assert (notes.unlisted, notes.hidden, notes.authors) == (0, 4, ("Ada",))


def test_an_update_that_landed_by_itself_is_no_release_commit() -> None:
    (group,) = Notes.of([change("chore(deps): libcart 1.8.4", None)]).groups
    assert [entry.words for entry in group.entries] == ["libcart → 1.8.4 (cccccccc)"]


def test_a_breaking_update_stands_with_what_breaks() -> None:
    (group,) = Notes.of([change("Breaking: espree@7.0.0")]).groups
    assert group.heading == "Breaking"
