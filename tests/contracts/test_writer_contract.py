"""The writer port, over the plain templates; and what a release's changes amount to."""

from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.writer import Writer
from bot.adapters.writer.template import ENTRIES_MAX, Template
from bot.core.errors import Permanent
from bot.core.model import Actor, Change, Phase, Release
from bot.texts import Material
from bot.texts.changes import HEADINGS, Notes
from tests.support.scenario import START, plan


def change(title: str, number: int | None = 1, **more: Any) -> Change:
    return Change("c" * 40, title, more.pop("author", "Ada"), more.pop("email", "ada@songbird.example"), number, **more)


def release(*changes: Change, **plan_changes: Any) -> Release:
    written = plan(title="The shop", **plan_changes)
    return Release(
        id="shop-1",
        version=2,
        phase=Phase.PREPARING,
        service="shop",
        ref="v1.2.0",
        plan=written,
        plan_digest=written.digest,
        staged_by=Actor("U0ADA"),
        staged_at=START,
        phase_since=START,
        commit="d" * 40,
        name="v1.2.0",
        previous="b" * 40,
        changes=changes,
    )


CHANGES = (
    change("Two database connections per shop", 49, body="* chore(config): two", paths=("config/production.toml",)),
    change("An order and its payment in one transaction", 48, author="Teo", email="teo@songbird.example"),
    change(
        "feat(api)!: prices are in cents", 47, body="BREAKING CHANGE: `price` is gone,\nuse `price_cents`.\n\nMore."
    ),
    change("fix(cart): answer 400 for what does not exist.", None),
    change("Remember what was viewed last", 46, body="* feat(products): remember", paths=("migrations/8.sql",)),
    change("Merge branch 'release/1.1'", None),
    change("chore(deps): bump aiohttp", 45, author="dependabot[bot]", paths=("requirements.txt",)),
)

NOTES = """\
## The shop v1.2.0

5 changes since bbbbbbbb.

### Breaking

- api: prices are in cents (#47): `price` is gone, use `price_cents`.

### New

- Remember what was viewed last (#46)

### Fixed

- cart: answer 400 for what does not exist (cccccccc)

### Other changes

- An order and its payment in one transaction (#48)

### Under the hood

- Two database connections per shop (#49)

Thanks to Ada, Teo.

Not listed: 2 merges, release commits and updates by bots.
"""

WALKTHROUGH = """\
## Try The shop v1.2.0 in staging

1. Put the widgets in order.
2. Buy something.

### What you may notice

- **Breaking**: api: prices are in cents (#47): `price` is gone, use `price_cents`.
- **New**: Remember what was viewed last (#46)
- **Fixed**: cart: answer 400 for what does not exist (cccccccc)
- **Other changes**: An order and its payment in one transaction (#48)

### What deserves a second look

- **Configuration**: `config/production.toml`: Two database connections per shop (#49)
- **Migration**: `migrations/8.sql`: Remember what was viewed last (#46)
- **Dependencies**: `requirements.txt`: deps: bump aiohttp (#45)
"""


@pytest.fixture(params=[Template])
def writer(request: pytest.FixtureRequest) -> Writer:
    made: Writer = request.param()
    return made


# ── what holds for every implementation ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["notes", "walkthrough"])
async def test_a_text_tells_every_change_that_a_person_could_notice(writer: Writer, kind: str) -> None:
    text = (await writer.write(kind, Material(release(*CHANGES)))).text
    for told in ("prices are in cents", "#46", "does not exist", "#48", "v1.2.0"):
        assert told in text
    assert "Merge branch" not in text


@pytest.mark.parametrize("kind", ["notes", "walkthrough"])
async def test_a_release_without_changes_has_its_texts_too(writer: Writer, kind: str) -> None:
    bare = replace(release(), previous=None, plan=plan(stages=[{"name": "qa", "on_failure": "hold"}]))
    assert "v1.2.0" in (await writer.write(kind, Material(bare))).text


async def test_a_kind_that_nobody_wrote_a_template_for_is_permanent(writer: Writer) -> None:
    with pytest.raises(Permanent, match="'sonnet'"):
        await writer.write("sonnet", Material(release()))


# ── the templates ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_notes_read_like_this() -> None:
    assert (await Template().write("notes", Material(release(*CHANGES)))).text == NOTES


async def test_the_walkthrough_reads_like_this() -> None:
    tour = ["Put the widgets in order.", "Buy something."]
    assert (await Template().write("walkthrough", Material(release(*CHANGES, tour=tour)))).text == WALKTHROUGH


async def test_a_service_without_a_title_and_a_tour_is_called_by_its_name() -> None:
    text = (await Template().write("walkthrough", Material(replace(release(), plan=plan())))).text
    assert text.startswith("## Try shop v1.2.0 in staging\n\nThe plan has no tour (`tour:` in its file)")
    assert text.endswith("Nothing that one would notice from outside has changed.\n")


async def test_long_lists_end_with_how_many_more_there_are() -> None:
    changes = [change(f"feat: number {number}", number) for number in range(ENTRIES_MAX + 5)]
    text = (await Template().write("notes", Material(release(*changes)))).text
    assert f"{ENTRIES_MAX + 5} changes" in text
    assert "- … and 5 more\n" in text
    assert f"number {ENTRIES_MAX}" not in text


async def test_a_title_from_outside_is_kept_on_its_line() -> None:
    text = (await Template().write("notes", Material(release(change("feat: <b>&\n## {{ 7 * 7 }}\t" + "x" * 300))))).text
    (line,) = [line for line in text.splitlines() if line.startswith("- ")]
    assert line.startswith("- <b>& ## {{ 7 * 7 }} xxx")
    assert line.endswith("x… (#1)")


# ── what changes amount to ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "body", "heading"),
    [
        ("feat: x", "", "New"),
        ("Feat(cart): x", "", "New"),
        ("fix: x", "* feat: y", "Fixed"),
        ("perf: x", "", "Faster"),
        ("docs: x", "", "Under the hood"),
        ('Revert "feat: x"', "", "Taken back"),
        ("revert: x", "", "Taken back"),
        ("x", "", "Other changes"),
        ("Checkout: x", "", "Other changes"),
        ("x", "* chore: y\n\n* fix: z", "Fixed"),
        ("x", "text: y\n* anything: z", "Other changes"),
        ("fix!: x", "", "Breaking"),
        ("Checkout!: x", "", "Other changes"),
        ("x", "* refactor(api)!: y", "Breaking"),
        ("x", "BREAKING-CHANGE: y", "Breaking"),
        ("x", "no BREAKING CHANGE: y", "Other changes"),
    ],
)
def test_a_change_stands_under_the_heading_that_its_title_or_its_commits_say(
    title: str, body: str, heading: str
) -> None:
    (group,) = Notes.of([change(title, body=body)]).groups
    assert group.heading == heading


def test_headings_come_in_their_order_with_what_breaks_first() -> None:
    titles = ("chore: a", "b", "fix: c", "feat: d", "feat!: e", "perf: f", "revert: g")
    headings = [group.heading for group in Notes.of(change(title) for title in titles).groups]
    assert headings == list(HEADINGS)


@pytest.mark.parametrize(
    "noise",
    [
        change("Merge branch 'main' into feature", None),
        change("Merge remote-tracking branch 'origin/main'", None),
        change("chore(release): 1.2.0"),
        change("Release v1.2.0"),
        change("Bump version to 1.2.0"),
        change("v1.2.0", None),
        change("chore(deps): aiohttp 3.13", author="dependabot[bot]"),
        change("Update dependency", author="Renovate", email="renovate@songbird.example"),
        change("Update", author="x", email="49699333+dependabot[bot]@users.noreply.songbird.example"),
    ],
)
def test_merges_release_commits_and_bots_are_counted_and_not_listed(noise: Change) -> None:
    notes = Notes.of([noise])
    assert (notes.groups, notes.authors, notes.unlisted) == ((), (), 1)


@pytest.mark.parametrize("title", ["Release the brake", "Merge the two carts", "Bump the limit to 7 items"])
def test_a_title_that_only_begins_like_noise_is_listed(title: str) -> None:
    assert Notes.of([change(title)]).unlisted == 0


def test_each_author_is_thanked_once_by_address() -> None:
    people = [("Teo Marin", "teo@x.example"), ("Ada", "ADA@x.example"), ("Ada L.", "ada@x.example"), ("Bo", "")]
    authors = Notes.of(change("x", author=name, email=email) for name, email in people).authors
    assert authors == ("Ada L.", "Bo", "Teo Marin")


@pytest.mark.parametrize(
    ("path", "sort"),
    [
        ("shop/migrations/0007_add.py", "Migration"),
        ("schema.sql", "Migration"),
        ("config/production.toml", "Configuration"),
        ("shop/settings.py", "Configuration"),
        ("requirements-dev.txt", "Dependencies"),
        ("web/package-lock.json", "Dependencies"),
        ("uv.lock", "Dependencies"),
    ],
)
def test_files_that_break_releases_are_pointed_out(path: str, sort: str) -> None:
    (care,) = Notes.of([change("x", paths=("shop/pages.py", path, "docs/migrations.md"))]).cares
    assert (care.sort, care.path) == (sort, path)
