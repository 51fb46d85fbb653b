"""What a plan's file cannot mean although each of its values is one: environments, braces, keys with nothing behind.

The one thing to remember: what may be meant is a note, and a plan in a journal keeps what it was let through with.
"""

from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import plans
from bot.cli import main
from bot.core.plan import Plan
from tests.core.test_plan_files import CHECKED, GOOD, VARIABLES, notes_of, said_of

PROMETHEUS = GOOD.replace(
    '{use: scrape, targets: "http://127.0.0.1:1/sd/{environment}"}', "{use: prometheus, url: http://p}"
)
COMMANDS = """\
  use: command
  deploy: [up, "{environment}", "{version}"]
  expose: [ops/expose, "{commit}", "{percent}", "{generation}"]
  observe: [ops/observe, "{environment}"]
  undo: [ops/undo, "{commit}"]
"""
PROGRAMS = GOOD.replace("  use: splitter\n  url: ${SHOP_URL}\n", COMMANDS)
STAGING = "    environment: staging\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yml"


@pytest.mark.parametrize(
    ("text", "right", "wrong", "said"),
    [
        (GOOD, "limit: {max: 2%}", "limit:", "19: metrics[0].limit: found nothing; allowed: a mapping with the keys m"),
        (
            GOOD,
            "on_call: [U0OMAR]",
            "concerns_to:",
            "5: concerns_to: found nothing; allowed: a name of lower-case lett",
        ),
        (
            GOOD,
            "roles: {product-manager: 1}",
            "roles: {product-manager: 1}\n        expires:",
            "27: stages[0].gates[1].e",
        ),
        (
            GOOD,
            "service: shop",
            'service: shop\ntitle: "${HOME"',
            "2: title: found ${HOME, which is never closed; write",
        ),
        (GOOD, "steps: [1%,", "steps: [0%, 1%,", "29: stages[1].steps[0]: found 0%, and a health gate that nothing ca"),
        (
            GOOD,
            "steps: [1%,",
            "steps: [{exposure: 0%},",
            "29: stages[1].steps[0].exposure: found 0%, and a health gate",
        ),
        (
            GOOD,
            STAGING,
            f"{STAGING}    baseline: prod\n",
            '23: stages[0].baseline: found "prod", an environment of no stage; there are: staging, production; did yo',
        ),
        (
            GOOD.replace("environment: production", "environment: prod"),
            STAGING,
            f"{STAGING}    baseline: production\n",
            '23: stages[0].baseline: found "production", an environment of no stage; there are: staging, prod; did yo',
        ),
        (GOOD, "/sd/{environment}", "/sd", "12: metrics_from.targets: found no {environment}, so staging and producti"),
        (
            PROMETHEUS,
            "url: http://p",
            "url: http://p, where: 'job=\"shop\"'",
            "12: metrics_from.where: found no {environment}, so staging and production would be read as the same; wri",
        ),
        (
            PROMETHEUS,
            "prometheus, url: http://p",
            "prometheus, url: http://p, where: 'job=\"shop\"', where_in: {other: 'job=\"try\"'}",
            "12: metrics_from.where: found no {environment}, so staging and production would be read as the same; wri",
        ),
        (
            PROGRAMS,
            "{percent}",
            "{percnt}",
            "12: deployer.expose[2]: found {percnt}, which is not filled in here; filled in: service, environment, ve",
        ),
        (
            PROGRAMS,
            "{version}",
            "{versoin}",
            "11: deployer.deploy[2]: found {versoin}, which is not filled in here; fi",
        ),
        (
            CHECKED,
            "/health",
            "/{comit}",
            "32: checks.smoke.http: found {comit}, which is not filled in here; filled in",
        ),
        (CHECKED, "health'", "health', contains: ['is {comit}']", "32: checks.smoke.contains[0]: found {comit}, which"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(
    file: Path, text: str, right: str, wrong: str, said: str
) -> None:
    assert right in text
    lines = said_of(file, text.replace(right, wrong, 1))
    assert len(lines) == 1, lines
    assert lines[0].startswith(said), lines


@pytest.mark.parametrize(
    ("text", "right", "wrong", "said"),
    [
        (
            GOOD,
            STAGING,
            f"{STAGING}    baseline: elsewhere\n",
            '23: note: stages[0].baseline: found "elsewhere", an en',
        ),
        (PROGRAMS, 'e, "{environment}"', 'e, "{percent}"', "13: note: deployer.observe[1]: {percent} is not filled in"),
        (PROGRAMS, ', "{generation}"', "", "12: note: deployer.expose: {generation} is not among its arguments; a cal"),
        (
            PROGRAMS,
            '"{percent}", ',
            "",
            "12: note: deployer.expose: {percent} is not among its arguments; it cannot kn",
        ),
        (PROGRAMS, ', "{version}"', "", "11: note: deployer.deploy: {commit} or {version} is not among its arguments;"),
        (GOOD, "U0ADA", "U0TODO", '2: note: operators[0]: found "U0TODO"; it is left open: write your own'),
        (GOOD, "shop.git", "TODO", '8: note: changes.repository: found "TODO"; it is left open: write your own'),
        (GOOD, "127.0.0.1:1/sd", "todo.invalid/sd", '12: note: metrics_from.targets: found "http://todo.invalid/sd/{e'),
    ],
)
def test_what_may_be_meant_is_a_note(file: Path, text: str, right: str, wrong: str, said: str) -> None:
    assert right in text
    notes = notes_of(file, text.replace(right, wrong, 1))
    assert any(note.startswith(said) for note in notes), notes
    assert not any(note.startswith(said) for note in notes_of(file, text))


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (PROMETHEUS, "url: http://p", "url: http://p, where: 'job=\"shop\"', where_in: {staging: 'job=\"try\"'}"),
        (PROMETHEUS.replace(STAGING, ""), "url: http://p", "url: http://p, where: 'job=\"shop\"'"),
        (GOOD, "steps: [1%,", "steps: [{exposure: 0%, gates: [{gate: minimum-time, time: 1h}]}, 1%,"),
        (GOOD, STAGING, f"{STAGING}    baseline: production\n"),
        (GOOD, "service: shop", "service: shop\ntitle: 'costs $5, {5} and $${X'"),
        (CHECKED, "health'", "health', contains: '{\"up\": {n}}'"),
    ],
)
def test_what_is_meant_passes(file: Path, text: str, right: str, wrong: str) -> None:
    assert right in text
    before = {note.partition("note: ")[2] for note in notes_of(file, text)}
    after = {note.partition("note: ")[2] for note in notes_of(file, text.replace(right, wrong, 1))}
    assert {note for note in after - before if "a health gate" not in note} == set()


def test_a_variable_that_need_not_be_set_may_hold_the_environment(file: Path) -> None:
    file.write_text(GOOD.replace("http://127.0.0.1:1/sd/{environment}", "${TARGETS}"))
    assert plans.load_to_look_at(file, {}).service == "shop"


def test_a_stored_plan_is_read_although_its_file_would_be_refused(file: Path) -> None:
    file.write_text(PROMETHEUS)
    stored = plans.load(file, VARIABLES).model_dump_json().replace('environment=\\"{environment}\\"', 'job=\\"shop\\"')
    assert "job=" in stored
    assert Plan.model_validate_json(stored).service == "shop"


@pytest.mark.parametrize("files", [(), ("notes.txt",)])
def test_lint_of_a_folder_without_a_plan_says_so_and_fails(tmp_path: Path, files: tuple[str, ...]) -> None:
    for name in files:
        (tmp_path / name).write_text("not a plan")
    result = CliRunner().invoke(main, ["plan", "lint", str(tmp_path)])
    assert result.exit_code == 1
    assert f"{tmp_path}: holds no plan file; write one (.yml) for each service" in result.stdout
