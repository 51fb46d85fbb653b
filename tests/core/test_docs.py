"""What the documents say is true: every command, setting, key, gauge, room and library stands where a reader looks.

The documents are read as text, the program is asked what it has, and the two are compared. To forget: these tests say
that something is described, not that it is described well.
"""

import inspect
import re
import shlex
import textwrap
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel
from ruamel.yaml import YAML

import bot
from bot import app
from bot.cli import main
from bot.core import checks, metric, plan, sources, systems, targets, tour, transitions
from bot.core.plan import Gate, Plan
from bot.core.strict import Strict
from bot.core.verdict import Outcome
from bot.plans import lint
from bot.sandbox.stories import STORIES
from bot.settings import documented_settings
from handlers import parse, web

ROOT = Path(__file__).parents[2]
PICTURE_BYTES_MAX = 400_000
WORDS = """
    release service environment plan stage step exposure cohort canary control baseline sample window verdict gate
    approval quorum concern caveat follow-up hold resume promote cancel rollback freeze lock block holdback entry
    incident finding train effect journal outbox lease actor
"""
"""The vocabulary that code, Slack and documents share."""


@cache
def read(name: str) -> str:
    return (ROOT / name).read_text()


def documents() -> list[str]:
    pages = ["README.md", "CHANGELOG.md", ".github/CONTRIBUTING.md"]
    return pages + sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))


def part(name: str, heading: str) -> str:
    """What stands under a heading, up to the next one of the same level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", read(name), re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no part {heading!r}"
    return found[1]


def rows(name: str, heading: str) -> list[list[str]]:
    """The cells of all tables under a heading, without backquotes."""
    lines = [line for line in part(name, heading).splitlines() if line.startswith("| ")]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split(" | ")] for line in lines]


def quoted(text: str) -> set[str]:
    """Every word inside backquotes."""
    return {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"[\w-]+", span)}


# ── commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def commands(group: click.Group, path: str = "songbird") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}"


@pytest.mark.parametrize("command", list(commands(main)))
def test_every_command_of_the_shell_is_in_the_readme(command: str) -> None:
    assert f"`{command}" in part("README.md", "Commands")


@pytest.mark.parametrize("word", parse.WORDS)
def test_every_word_that_release_understands_is_in_the_readme(word: str) -> None:
    assert f"`/release {word}" in part("README.md", "Commands")


def test_every_slash_command_of_the_manifest_is_in_the_readme() -> None:
    manifest: dict[str, Any] = YAML(typ="safe").load(ROOT / "manifest.yml")
    for slash in manifest["features"]["slash_commands"]:
        assert f"`{slash['command']} " in part("README.md", "Commands"), slash


def test_make_has_every_target_that_is_named_and_every_target_is_named() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    named = {name for document in documents() for name in re.findall(r"(?:`|\$ )make ([a-z]+)", read(document))}
    assert named == targets


def test_every_story_of_the_demo_is_in_the_readme() -> None:
    assert set(STORIES) <= quoted(part("README.md", "What you see in the demo"))


# ── settings, pages ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_of_settings_is_what_the_settings_say_of_themselves() -> None:
    every = documented_settings()
    wanted = [[one.name, "must be given" if one.default is None else one.default, one.description] for one in every]
    assert rows("README.md", "Settings")[1:] == wanted


def test_the_pages_for_machines_and_their_gauges_are_described() -> None:
    described = quoted(part("docs/operations.md", "Health and metrics"))
    served = inspect.getsource(web)
    pages, gauges = re.findall(r'web\.get\("/(\w+)"', served), re.findall(r'"(songbird_\w+)"', served)
    assert pages
    assert gauges
    assert {*pages, *gauges} <= described


# ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def example() -> str:
    found = re.search(r"```yaml\n(.*?)```", part("README.md", "The plan, by example"), re.DOTALL)
    assert found, "the README has no plan"
    return found[1]


def lint_text(folder: Path, text: str) -> list[str]:
    """The errors of a plan, as if it were `plans/shop.yml`."""
    path = folder / "shop.yml"
    path.write_text(text)
    return [str(problem).replace(str(folder), "plans") for problem in lint([path], {}) if problem.grave]


def test_the_readmes_plan_is_one(tmp_path: Path) -> None:
    assert lint_text(tmp_path, example()) == []


def test_the_readmes_error_is_what_lint_says(tmp_path: Path) -> None:
    broken = example().replace("kind: errors", "kind: eror", 1)
    assert lint_text(tmp_path, broken) == re.findall(r"^plans/shop\.yml:.*", read("README.md"), re.MULTILINE)


def test_the_rehearsal_that_is_shown_is_what_the_command_prints(tmp_path: Path) -> None:
    """The first one; the others play days, which takes too long here."""
    found = re.search(
        r"^\$ songbird rehearse (.*)\n((?:.*\n)+?)```", part("docs/plan.md", "Rehearsing a plan"), re.MULTILINE
    )
    assert found, "docs/plan.md shows no rehearsal"
    (tmp_path / "shop.yml").write_text(example())
    _, *arguments = shlex.split(found[1])
    typed = ["rehearse", str(tmp_path / "shop.yml"), *arguments]
    printed = CliRunner().invoke(main, typed, env={"COLUMNS": "100"}).stdout
    # before it stands today's date; where the bot says other words by now, what it prints belongs into the page
    assert printed[printed.index("Supposed") :].splitlines() == found[2][found[2].index("Supposed") :].splitlines()


PARTS = {
    one.__name__: one
    for module in (plan, metric, checks, systems, sources, targets, tour)
    for one in vars(module).values()
    if isinstance(one, type) and issubclass(one, Strict) and one is not Strict
}
"""Every part of a plan, by its class."""


@pytest.mark.parametrize("part_of_plan", list(PARTS.values()))
def test_every_key_of_a_plan_is_described(part_of_plan: type[BaseModel]) -> None:
    assert set(part_of_plan.model_fields) <= quoted(read("docs/plan.md"))


def test_every_kind_of_metric_gate_and_system_is_described() -> None:
    gates = {get_args(kind.model_fields["gate"].annotation)[0] for kind in get_args(get_args(Gate)[0])}
    named = set(re.findall(r"use: Literal\[\"(\w+)\"\]", "".join(map(inspect.getsource, (systems, sources)))))
    assert {*gates, *named} <= quoted(read("docs/plan.md"))
    assert all(kind in part("docs/plan.md", "Metrics") for kind in get_args(metric.Kind))


def test_the_metrics_of_the_example_are_metrics() -> None:
    found = re.search(r"```yaml\n(.*?)```", part("docs/plan.md", "Metrics"), re.DOTALL)
    assert found, "docs/plan.md has no example of metrics"
    metrics = [metric.Metric.model_validate(written) for written in YAML(typ="safe").load(found[1])["metrics"]]
    bands = next(metric for metric in metrics if metric.rollback)

    assert (bands.alert, bands.limit, bands.rollback) == tuple(metric.Limit(max=at) for at in (0.01, 0.02, 0.05))
    assert {metric.priority for metric in metrics} == {"critical", "high", "medium"}


def test_every_way_with_low_traffic_is_described_and_the_default_is_the_documented_one() -> None:
    field = Plan.model_fields["low_traffic"]
    said = [row[0] for row in rows("docs/plan.md", "Stages, steps, gates")]

    assert all(any(row.split()[0] == way for row in said) for way in get_args(field.annotation))
    assert f"{field.default} (the default)" in said


def test_every_default_of_the_plans_timing_is_the_documented_one() -> None:
    said = {row[0].replace(": ", "."): row[1] for row in rows("docs/plan.md", "The watch, and timing")[1:]}
    plain = {"service": "x", "operators": ["U00"], "channels": {"releases": "C1"}, "stages": [{"name": "x"}]}
    systems = {
        "changes": {"use": "git", "repository": "."},
        "deployer": {"use": "splitter", "url": "u"},
        "metrics_from": {"use": "scrape", "targets": "t"},
        "incidents": {"use": "file", "folder": "f"},
        "metrics": [{"name": "m", "kind": "resource", "gauge": "g"}],
    }
    written: dict[str, dict[str, object]] = {key: {} for key in ("watch", "timing")}
    for name, value in said.items():
        group, key = name.split(".")
        written[group][key] = [] if value == "none" else value
    assert Plan.model_validate(plain | systems | written) == Plan.model_validate(plain | systems)
    assert {key for group in written.values() for key in group} == {*plan.Watch.model_fields, *plan.Timing.model_fields}


# ── architecture, words ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_room_is_in_the_readme() -> None:
    described = quoted(part("README.md", "How it works"))
    rooms = [path for path in (ROOT / "bot").iterdir() if path.is_dir() and (path / "__init__.py").exists()]
    files = (ROOT / "bot").glob("[a-z]*.py")
    assert {path.stem for path in [*rooms, *files]} | {"handlers", "prompts", "tests"} <= described


def test_every_library_has_its_reason() -> None:
    dependencies = tomllib.loads(read("pyproject.toml"))["project"]["dependencies"]
    wanted = {re.split(r"[<>=]", dependency)[0] for dependency in dependencies}
    table = rows("README.md", "Libraries, and why these")[1:]
    assert {name for row in table for name in row[0].split(", ")} == wanted


def test_the_phases_are_drawn_as_in_the_code() -> None:
    assert transitions.__doc__
    drawing = "\n".join(line for line in transitions.__doc__.splitlines() if re.search(r"[─│►▼▲·]|FAILED", line))
    assert textwrap.dedent(drawing) in read("docs/architecture.md")


def test_every_loop_is_described() -> None:
    loops = re.findall(r'^ +"(\w+)": ', inspect.getsource(app._steps), re.MULTILINE)
    assert [row[0] for row in rows("docs/architecture.md", "Loops")[1:]] == loops


@pytest.mark.parametrize("word", WORDS.split())
def test_the_glossary_has_every_word_of_the_vocabulary(word: str) -> None:
    assert re.search(rf"\b{word}\b", part("README.md", "Glossary"))


def test_the_glossary_names_every_verdict() -> None:
    assert all(outcome in part("README.md", "Glossary") for outcome in Outcome)


def test_the_changelog_has_this_version() -> None:
    assert f"## [{bot.__version__}]" in read("CHANGELOG.md")


# ── links, pictures ──────────────────────────────────────────────────────────────────────────────────────────────────


def anchors(text: str) -> set[str]:
    """As the usual hosts make them: lower case, punctuation gone, spaces to dashes."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", documents())
def test_every_link_leads_somewhere(document: str) -> None:
    folder = (ROOT / document).parent
    for link in re.findall(r"\]\(([^)\s]+)\)", read(document)):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        target = (folder / name).resolve() if name else ROOT / document
        assert target.exists(), f"{document}: {link}"
        assert not anchor or anchor in anchors(target.read_text()), f"{document}: {link}"


def test_every_picture_is_small_and_shown() -> None:
    shown = {name for document in documents() for name in re.findall(r"!\[[^]]+\]\([^)]*/([^)]+)\)", read(document))}
    pictures = list((ROOT / "docs/pictures").iterdir())
    assert {picture.name for picture in pictures} == shown
    assert all(picture.stat().st_size < PICTURE_BYTES_MAX for picture in pictures)
