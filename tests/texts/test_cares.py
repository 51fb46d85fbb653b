"""Files that deserve a second look, and what their names say of migrations."""

import pytest

from bot.texts.changes import Notes
from bot.texts.changes.cares import Effect, migrations
from tests.support.changes import change


@pytest.mark.parametrize(
    ("path", "sort"),
    [
        ("shop/migrations/0007_add.py", "Migration"),
        ("alembic/versions/1a2b_add.py", "Migration"),
        ("schema.sql", "Migration"),
        ("config/production.toml", "Configuration"),
        ("shop/settings.py", "Configuration"),
        ("Dockerfile", "Configuration"),
        (".env.example", "Configuration"),
        ("charts/shop/values.yaml", "Configuration"),
        ("config/feature_flags.yml", "Feature flag"),
        ("shop/flags/cart.json", "Feature flag"),
        ("openapi.yaml", "API"),
        ("proto/shop.proto", "API"),
        ("web/schema.graphql", "API"),
        ("requirements-dev.txt", "Dependencies"),
        ("web/package-lock.json", "Dependencies"),
        ("uv.lock", "Dependencies"),
    ],
)
def test_files_that_break_releases_are_pointed_out(path: str, sort: str) -> None:
    aside = ("shop/pages.py", "docs/migrations/x.md", "tests/config/x.toml", "shop/migrations/__init__.py")
    (care,) = Notes.of([change("x", paths=(path, *aside))]).cares
    assert (care.sort, care.path) == (sort, path)


@pytest.mark.parametrize(
    ("up", "down"),
    [
        ("migrations/7_add.up.sql", "migrations/7_add.down.sql"),
        ("db/V7__add.sql", "db/U7__add.sql"),
        ("migrations/0007_add/up.sql", "migrations/0007_add/down.sql"),
        ("migrations/7_add.sql", "migrations/7_add.undo.sql"),
        ("migrations/7_add.sql", "migrations/rollback/7_add.sql"),
    ],
)
def test_a_migration_has_the_file_that_undoes_it(up: str, down: str) -> None:
    (migration,) = migrations((down, up, "migrations/8_add.down.sql"), "")
    assert (migration.path, migration.down) == (f"`{up}`", f"`{down}`")


@pytest.mark.parametrize(
    ("path", "title", "effect"),
    [
        ("migrations/7_add_cart.sql", "", Effect.EXPANDS),
        ("migrations/7_drop_cart.sql", "Add a cart", Effect.DESTROYS),
        ("migrations/7_add_and_rename.sql", "", Effect.DESTROYS),
        ("migrations/7_cart.sql", "Remove the old cart", Effect.DESTROYS),
        ("migrations/7_cart.sql", "Add a cart", Effect.EXPANDS),
        ("migrations/7_cart.sql", "The cart", Effect.UNTOLD),
        ("migrations/7_backdrop.sql", "", Effect.UNTOLD),
    ],
)
def test_only_its_name_and_its_change_say_what_a_migration_does(path: str, title: str, effect: Effect) -> None:
    (migration,) = migrations((path,), title)
    assert (migration.effect, migration.down) == (effect, "")
