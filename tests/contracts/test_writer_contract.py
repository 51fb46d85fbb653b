"""The writer port, over the plain templates."""

from dataclasses import replace

import pytest

from bot.adapters.writer import Writer
from bot.adapters.writer.template import Template
from bot.core.errors import Permanent
from bot.texts import Material
from tests.support.changes import change, release
from tests.support.scenario import plan

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

ARTEFACTS = ("notes", "engineering", "migration", "undo", "faq", "walkthrough")


@pytest.fixture(params=[Template])
def writer(request: pytest.FixtureRequest) -> Writer:
    made: Writer = request.param()
    return made


# ── what holds for every implementation ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["notes", "engineering", "walkthrough"])
async def test_a_text_tells_every_change_that_a_person_could_notice(writer: Writer, kind: str) -> None:
    text = (await writer.write(kind, Material(release(*CHANGES)))).text
    for told in ("prices are in cents", "#46", "does not exist", "#48", "v1.2.0"):
        assert told in text
    assert "Merge branch" not in text


@pytest.mark.parametrize("kind", ARTEFACTS)
async def test_a_release_without_changes_has_its_texts_too(writer: Writer, kind: str) -> None:
    bare = replace(release(), previous=None, plan=plan(stages=[{"name": "qa", "on_failure": "hold"}]))
    assert "v1.2.0" in (await writer.write(kind, Material(bare))).text


async def test_a_kind_that_nobody_wrote_a_template_for_is_permanent(writer: Writer) -> None:
    with pytest.raises(Permanent, match="'sonnet'"):
        await writer.write("sonnet", Material(release()))
