"""The six texts of a release as the plain templates write them: read them here as people will read them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.writer.template import TEXT_MAX, Template
from bot.core.actors import Actor
from bot.core.contents import QaFinding, Severity
from bot.core.model import Release
from bot.core.voices import Acceptance, Concern, Decision
from bot.texts import Material
from bot.views.prose import prose
from tests.support.changes import change, release
from tests.support.scenario import ADA, PRIYA, START

CHANGES = (
    change("Two database connections per shop", 49, body="* chore(config): two", paths=("config/production.toml",)),
    change("An order and its payment in one transaction", 48, author="Teo", email="teo@songbird.example"),
    change(
        "feat(api)!: prices are in cents",
        47,
        body="BREAKING CHANGE: `price` is gone,\nuse `price_cents`.\n\nMore.",
        paths=("openapi.yaml", "shop/api.py"),
    ),
    change("fix(cart): answer 400 for what does not exist.", None),
    change(
        "SHOP-12: remember what was viewed last, behind a feature flag",
        46,
        body="* feat(products): remember\n\nCo-authored-by: Bea <bea@songbird.example>",
        paths=("migrations/8_add_views.up.sql", "migrations/8_add_views.down.sql", "config/flags/views.yml"),
    ),
    change("Drop the old offers", 44, paths=("migrations/7_drop_offers.sql",)),
    change('Revert "feat: sing"', 43, commit="e" * 40),
    change("feat: sing", 42, commit="f" * 40),
    change("Merge branch 'release/1.1'", None),
    change("chore(deps): bump aiohttp from 3.12 to 3.14", 45, author="dependabot[bot]", paths=("requirements.txt",)),
)


async def written(kind: str, shown: Release, **material: Any) -> str:
    return (await Template().write(kind, Material(shown, **material))).text


@pytest.mark.parametrize("kind", ["notes", "engineering", "migration", "undo", "faq", "walkthrough"])
async def test_a_text_reads_like_this(kind: str, request: pytest.FixtureRequest) -> None:
    caveat = Concern(1, PRIYA, "Totals", START, Decision.CAVEAT, PRIYA, "Totals are rounded\nuntil 1.3.")
    full = replace(
        release(*CHANGES, tour=["Put the widgets in order.", "Buy something."]),
        concerns=(caveat, Concern(2, PRIYA, "Still open", START)),
        acceptances=(Acceptance("latency-p95", ADA, "the cache is cold", START),),
    )
    expected = Path(__file__).parent / "artefacts" / f"{kind}.md"
    text = await written(kind, full, titles={"U0OMAR": "Omar", "U0ADA": "Ada"})
    assert text == expected.read_text(encoding="utf-8")


async def test_nothing_to_migrate_is_said_with_what_was_looked_at() -> None:
    calm = release(change("fix: round prices", 1, paths=("shop/cart.py",)), change("feat: sing", 2))
    assert await written("migration", calm) == (
        "## Coming to The shop v1.2.0\n\n"
        "**No action is needed**, as far as the titles say. 2 changes were looked at since bbbbbbbb: none says that "
        "it breaks something, and of 1 file none is a migration, a description of an API or a configuration.\n"
        "Of 1 change it is not known which files it touches: ask whoever wrote it.\n"
    )


async def test_what_is_going_away_is_told_though_nothing_has_to_be_done() -> None:
    text = await written("migration", release(change("Deprecate the old cart", 1)))
    assert "No action is needed" in text
    assert "- Deprecate the old cart (#1)" in text


async def test_a_release_that_nobody_notices_says_so_to_each_reader() -> None:
    quiet = release(change("ci: faster", 1))
    assert "Nothing changed since bbbbbbbb that you would notice." in await written("notes", quiet)
    assert "Not listed: 1 change under the hood." in await written("notes", quiet)
    assert "- Faster (#1) · Ada" in await written("engineering", quiet)
    assert "Nothing that customers would notice has changed" in await written("faq", quiet)
    assert "Nothing that one would notice from outside has changed." in await written("walkthrough", quiet)


async def test_a_release_without_a_predecessor_has_nothing_to_go_back_to() -> None:
    text = await written("undo", replace(release(), previous=None))
    assert "It knows of no earlier good version" in text
    assert "No migration came with this release" in text
    assert "No change names one." in text


async def test_findings_of_qa_are_known_limitations() -> None:
    findings = (
        QaFinding(1, Severity.MINOR, "The <b>total</b>\n## jumps", Actor("U0QUINN"), START, "Teo", "documented"),
        QaFinding(2, Severity.MAJOR, "Slow on @phones", Actor("U0QUINN"), START),
    )
    text = await written("faq", replace(release(), findings=findings))
    assert "- **major** Slow on `@phones`\n- **minor** The `<b>total</b>` ## jumps: documented (Teo)\n" in text


async def test_a_service_without_a_title_and_a_tour_is_called_by_its_name() -> None:
    bare = release()
    text = await written("walkthrough", replace(bare, plan=bare.plan.model_copy(update={"title": ""})))
    assert text.startswith("## Try shop v1.2.0 in staging\n\nThe plan has no tour (`tour:` in its file)")


@pytest.mark.parametrize("kind", ["notes", "engineering", "migration", "undo", "faq", "walkthrough"])
async def test_two_thousand_changes_fit_into_one_message(kind: str) -> None:
    kinds = ("feat", "fix", "perf", "docs", "ci", "feat!", "revert", "remove")
    many = [
        change(
            f"{kinds[number % 8]}(part-{number % 40}): do what number {number} asks for, and then some more of it",
            number,
            author=f"Somebody {number % 300}",
            email=f"{number % 300}@songbird.example",
            paths=(f"migrations/{number}_add.sql", f"config/{number}.toml"),
        )
        for number in range(2_000)
    ]
    text = await written(kind, release(*many))
    assert len(text) <= TEXT_MAX
    assert "… and " in text
    assert sum(len(block["elements"]) for block in prose(text)) > 0


async def test_what_breaks_is_the_last_to_be_left_out() -> None:
    many = [change(f"feat: do what number {number} asks for " + "x" * 100, number) for number in range(400)]
    breaking = [change(f"feat!: break number {number} " + "y" * 100, number) for number in range(40)]
    text = await written("notes", release(*many, *breaking))
    assert text.count("yyy… (#") + text.count("yyy (#") == len(breaking)


@pytest.mark.parametrize("kind", ["notes", "engineering", "migration", "undo", "faq", "walkthrough"])
async def test_what_is_written_outside_stays_in_its_line(kind: str) -> None:
    evil = "a <b>\n## Approved\n- [x](http://evil.example) @here `x {{ 7 * 7 }}"
    hostile = change(
        f"feat(`a`\n# b)!: {evil}", 1, body=f"BREAKING CHANGE: {evil}", author=evil, paths=(f"migrations/{evil}.sql",)
    )
    shown = replace(
        release(hostile),
        name="v1`<b>",
        concerns=(Concern(1, Actor("U0EVIL"), evil, START, Decision.CAVEAT, PRIYA, evil),),
        acceptances=(Acceptance("errors", Actor("U0EVIL"), evil, START),),
    )
    text = await written(kind, shown)
    outside = "".join(text.split("`")[::2])
    assert "\n## Approved" not in text
    assert "\n# b" not in text
    assert "{{ 7" in text or kind in {"undo", "walkthrough"}
    for sign in ("](", "<b>", "@here", "http://"):
        assert sign not in outside
    assert text.count("\n## ") == 0
