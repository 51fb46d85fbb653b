"""The `songbird` command as somebody at a terminal meets it: what it answers, in which words, with which exit code.

Most tests run the command inside this process, which is the same but for the interpreter's start; what concerns the
process itself (tracebacks, both names of the program) starts one. The one thing a reader could forget: the database is
written as the bot writes it, and no bot runs here.
"""

import contextlib
import csv
import io
import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from ruamel.yaml import YAML

from bot import shell
from bot.cli import main
from bot.core import commands as c
from bot.core import events as e
from bot.core.actors import SONGBIRD, Actor, Door
from bot.core.errors import Refused
from bot.core.model import Phase
from bot.core.voices import Decision
from bot.store.sqlite import SqliteStore
from tests.contracts.store_fixtures import drive, keep
from tests.support.scenario import ADA, BAD, ODD, PRIYA, VICTOR, Scenario, plan

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "bot" / "sandbox" / "plan.yml"
DEMO = {
    "DEMO_REPOSITORY": "shop.git",
    "DEMO_SUPERVISOR": "http://127.0.0.1:1",
    "DEMO_INCIDENTS": "incidents",
    "DEMO_STAGING": "http://127.0.0.1:1",
    "DEMO_PRODUCTION": "http://127.0.0.1:1",
}

Songbird = Callable[..., Result]


@pytest.fixture
def songbird(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Songbird:
    """Runs `songbird ARGUMENTS…` in an empty folder, with nobody's settings but its database's path."""
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SONGBIRD_PLANS", "SONGBIRD_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SONGBIRD_DATABASE", str(tmp_path / "songbird.db"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, arguments, prog_name="songbird")


@pytest.fixture
def store(songbird: Songbird, tmp_path: Path) -> Iterator[SqliteStore]:
    """The bot's database."""
    opened = SqliteStore(tmp_path / "songbird.db", synchronous="OFF")
    yield opened
    opened.close()


def account(name: str) -> Callable[[int], Any]:
    """The machine's word on whose account this is."""
    return lambda _uid: SimpleNamespace(pw_name=name)


def a_release(number: int = 1, seconds_ago: float = 300) -> Scenario:
    """Begun a little while ago: long enough for what happens to it to be past."""
    return Scenario(id=f"shop-{number}", now=time.time() - seconds_ago)


def kept(store: SqliteStore, scenario: Scenario) -> Scenario:
    keep(store, scenario.journal)
    return scenario


def phase_of(store: SqliteStore, release: str) -> Phase:
    state = shell.Service(store, shell.Inline()).peek(release)
    assert state is not None
    return state.phase


def says(result: Result, *lines: str, code: int = 0) -> None:
    """These lines and no others: on standard output when it worked, else on standard error."""
    shown, silent = (result.stdout, result.stderr) if code == 0 else (result.stderr, result.stdout)
    assert (result.exit_code, shown.splitlines(), silent) == (code, list(lines), ""), result.output


# ── finding one's way ────────────────────────────────────────────────────────────────────────────────────────────────


def test_help_lists_every_command_with_what_it_does(songbird: Songbird) -> None:
    shown = songbird("--help").stdout
    for command in main.commands:
        (line,) = [line for line in shown.splitlines() if line.startswith(f"  {command} ")]
        assert len(line.split()) > 3
        assert not line.endswith("...")


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_explains_itself(songbird: Songbird, command: str) -> None:
    for flag in ("--help", "-h"):
        result = songbird(command, flag)
        assert result.exit_code == 0
        assert result.stdout.startswith(f"Usage: songbird {command}")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["rolback", "shop-1"], "there is no command 'rolback'; did you mean 'rollback'?"),
        (["plan", "lnit"], "there is no command 'lnit'; did you mean 'lint'?"),
        (["plan", "zzz"], "there is no command 'zzz'; there is: "),
        (["demo", "--headles"], "(Did you mean"),
        (["hold"], "Missing argument 'RELEASE'."),
    ],
)
def test_a_mistyped_command_is_told_the_nearest_one(songbird: Songbird, typed: list[str], words: str) -> None:
    result = songbird(*typed)
    assert result.exit_code == 2
    assert words in result.stderr


def test_both_names_of_the_program_are_the_same_program() -> None:
    script = Path(sys.executable).parent / "songbird"
    asked = [[sys.executable, "-m", "bot", "--version"]] + ([[str(script), "--version"]] if script.exists() else [])
    answers = [subprocess.run(each, cwd=ROOT, capture_output=True, text=True, check=True).stdout for each in asked]
    assert set(answers) == {"songbird, version 0.1.0\n"}


# ── plan files ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_that_is_right_has_no_errors(songbird: Songbird, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in DEMO.items():
        monkeypatch.setenv(name, value)
    result = songbird("plan", "lint", str(PLAN))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith("0 errors, ")


def test_what_is_wrong_with_a_plan_is_said_with_its_line_and_the_way_out(songbird: Songbird, tmp_path: Path) -> None:
    written = PLAN.read_text().replace("kind: resource", "kind: resorce", 1)
    (tmp_path / "shop.yml").write_text(written)
    line = written.splitlines().index("    kind: resorce") + 1
    result = songbird("plan", "lint", "shop.yml", "missing.yml")
    assert result.exit_code == 1
    assert f'shop.yml:{line}: metrics[5].kind: found "resorce"; allowed: ' in result.stdout
    assert 'did you mean "resource"?' in result.stdout
    assert "DEMO_REPOSITORY" in result.stdout
    assert "missing.yml" in result.stdout
    assert result.stdout.splitlines()[-1].endswith(" in shop.yml, missing.yml")
    assert result.stderr == ""


def test_a_folder_of_plans_is_looked_at_as_a_whole(songbird: Songbird, tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    for name in ("one.yml", "two.yml"):
        shutil.copy(PLAN, tmp_path / "plans" / name)
    result = songbird("plan", "lint", "plans")
    assert result.exit_code == 1
    assert "one.yml:" in result.stdout
    assert "two.yml:" in result.stdout


# ── releases ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", [["list"], ["status", "shop-1"], ["rollback", "shop-1"]])
def test_a_database_that_is_not_there_is_said_and_not_made(
    songbird: Songbird, tmp_path: Path, typed: list[str]
) -> None:
    path = tmp_path / "songbird.db"
    fix = "songbird run makes it, or SONGBIRD_DATABASE names the file that the bot has"
    says(songbird(*typed), f"there is no database {path}: {fix}", code=1)
    assert not path.exists()


def test_somebody_elses_file_is_said_to_be_one(songbird: Songbird, tmp_path: Path) -> None:
    (tmp_path / "songbird.db").write_text("not a database, but long enough to be mistaken for one")
    result = songbird("list")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "songbird.db" in result.stderr


def test_releases_are_listed_in_columns_newest_first(songbird: Songbird, store: SqliteStore) -> None:
    says(songbird("list"), "nothing is moving; --all shows what has ended")
    says(songbird("list", "--all"), "there is no release yet")
    kept(store, a_release().in_production().when(c.RollBackRelease("shop-1", "carts are empty"), PRIYA).exposed())
    kept(store, a_release(2).on_staging())
    kept(store, a_release(10).staged())
    ten, two, one = songbird("list").stdout.splitlines()
    assert ten.startswith("shop-10  v1.1.0  preparing ")
    assert two.startswith("shop-2   v1.1.0  proving       staging 100 %  approval: waiting for product-manager")
    assert one.startswith("shop-1   v1.1.0  rolling back  production     the old version is back; cleaning up (since ")
    assert songbird("list", "--all").stdout.splitlines()[2].startswith("shop-1 ")


def test_a_long_list_says_how_many_are_older(songbird: Songbird, store: SqliteStore) -> None:
    for number in range(1, shell.LISTED_MAX + 4):
        kept(store, a_release(number).staged())
    shown = songbird("list").stdout.splitlines()
    assert len(shown) == shell.LISTED_MAX + 1
    assert shown[-1] == "and 3 older"


def test_status_shows_how_every_gate_stands(songbird: Songbird, store: SqliteStore) -> None:
    kept(store, a_release(seconds_ago=20).on_staging())
    first, *gates = songbird("status", "shop-1").stdout.splitlines()
    assert first.startswith("shop-1  v1.1.0  proving  staging 100 %  ")
    assert re.fullmatch(r"  health    wait   held \d+s of 1m: not failing, with the minimum of data", gates[0])
    assert gates[1] == "  approval  wait   waiting for product-manager, vp-product"


def test_other_peoples_words_stay_on_their_line_and_command_no_terminal(songbird: Songbird, store: SqliteStore) -> None:
    scenario = a_release().on_staging()
    kept(store, scenario.when(c.RaiseConcern("shop-1", scenario.entry, "one\ntwo\x1b[2Jthree"), PRIYA))
    shown = songbird("status", "shop-1").stdout
    assert "concern 1: one two [2Jthree" in shown
    assert "\x1b" not in shown


def test_a_release_that_is_not_there_is_told_with_those_that_are(songbird: Songbird, store: SqliteStore) -> None:
    says(songbird("status", "shop-9"), "there is no release shop-9; the latest are: none yet", code=1)
    kept(store, a_release().staged())
    for verb in ("status", *shell.VERBS):
        says(songbird(verb, "shop-9"), "there is no release shop-9; the latest are: shop-1", code=1)


def test_hold_and_resume_say_where_the_release_is_now(songbird: Songbird, store: SqliteStore) -> None:
    kept(store, a_release().on_staging())
    held = songbird("hold", "shop-1", "lunch", "first")
    assert held.stdout.startswith("shop-1  v1.1.0  proving  staging 100 %  held by ")
    assert ": lunch first (since 0s)" in held.stdout
    again = songbird("hold", "shop-1")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr.endswith(" already: lunch first\n")
    assert songbird("resume", "shop-1").exit_code == 0
    says(songbird("resume", "shop-1"), "shop-1 is not held", code=1)


def test_what_is_refused_is_refused_in_words_and_changes_nothing(songbird: Songbird, store: SqliteStore) -> None:
    kept(store, a_release().in_production())
    before = store.journal("shop-1")
    says(
        songbird("cancel", "shop-1"),
        "shop-1 may have 1 % of the traffic: /release rollback shop-1 takes it back",
        code=1,
    )
    assert songbird("unblock", "shop-1", "why").exit_code == 1
    assert store.journal("shop-1") == before


def test_an_anomaly_is_accepted_with_a_reason_and_again_is_answered_with_whose_word_counts(
    songbird: Songbird, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pwd.getpwuid", account("omar"))
    kept(store, a_release().on_staging().looked(ODD))
    says(
        songbird("accept", "shop-1", "memory", "--because", "it grows"),
        "shop-1: memory is not flagged; flagged now: errors",
        code=1,
    )
    says(songbird("accept", "shop-1", "errors", "--because", " "), "an acceptance needs its reason in words", code=1)
    words = "errors of shop-1 is accepted by omar: the new index warms up"
    says(songbird("accept", "shop-1", "errors", "--because", "the new\nindex warms up"), words)
    says(songbird("accept", "shop-1", "errors", "nobody", "minds"), words)
    accepted = [one for one in store.journal("shop-1") if isinstance(one.event, e.AnomalyAccepted)]
    assert [(one.actor.id, one.actor.door, one.event.metric) for one in accepted] == [("omar", "shell", "errors")]


def test_why_is_answered_at_the_shell_from_the_journal(songbird: Songbird, store: SqliteStore) -> None:
    keep(store, Scenario().in_production().looked(BAD).exposed().journal)
    assert "errors" in songbird("why", "shop-1").output
    assert "Priya" in songbird("why", "shop-1", "who", "approved", "it?").output
    assert "I don't know" in songbird("why", "shop-1", "what is the meaning of life?").output
    says(songbird("why", "shop-9"), "there is no release shop-9; the latest are: shop-1", code=1)


def test_an_audit_is_every_event_in_words_as_json_and_as_a_table(songbird: Songbird, store: SqliteStore) -> None:
    journal = kept(store, Scenario().in_production()).journal
    words = songbird("audit", "shop-1").stdout.splitlines()
    assert len(words) == len(journal)
    assert "Ada (U0ADA, slack) Ada staged v1.1.0 [plan " in words[0]

    rows = [json.loads(line) for line in songbird("audit", "shop-1", "--json").stdout.splitlines()]
    assert [row["version"] for row in rows] == [one.version for one in journal]
    yes = next(row for row in rows if row["event"] == "ReleaseApproved")
    assert (yes["who"], yes["door"], yes["groups"]) == ("Priya", "slack", [])
    assert yes["body"]["subject"].startswith(yes["evidence"].split()[1].rstrip(","))
    assert rows[0]["body"]["plan"]["service"] == "shop"

    table = list(csv.DictReader(io.StringIO(songbird("audit", "shop-1", "--csv").stdout)))
    assert [row["event"] for row in table] == [row["event"] for row in rows]
    assert json.loads(table[0]["body"]) == rows[0]["body"]
    says(songbird("audit", "shop-9"), "there is no release shop-9; the latest are: shop-1", code=1)


def test_the_shell_names_the_commands_as_slack_does_here(
    songbird: Songbird, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SONGBIRD_COMMANDS", "/stage=/ship, /release=/rel")
    keep(store, Scenario().in_production().when(c.HoldRelease("shop-1", "until /release stats is mended"), ADA).journal)
    for words in (("audit", "shop-1"), ("why", "shop-1"), ("status", "shop-1")):
        assert songbird(*words).output.count("until /release stats is mended") == 1, words
    way_out = songbird("why", "shop-1", "how", "do", "I", "resume", "it?").output
    assert "`/rel resume shop-1` lets it go on" in way_out


def test_the_manifest_is_printed_with_the_names_of_this_workspace(
    songbird: Songbird, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = (ROOT / "manifest.yml").read_text()
    assert songbird("manifest").output == written
    monkeypatch.setenv("SONGBIRD_COMMANDS", "/stage=/ship")
    manifest = YAML(typ="safe").load(songbird("manifest").output)
    assert [each["command"] for each in manifest["features"]["slash_commands"]] == ["/ship", "/release"]
    assert "/stage" not in songbird("manifest").output


def test_a_cell_that_would_be_a_formula_is_text(songbird: Songbird, store: SqliteStore) -> None:
    at = Scenario()
    at.when(c.StageRelease(at.id, "shop", "v1.1.0", at.plan, "x"), Actor("ada", Door.SHELL, "=HYPERLINK(1)"))
    keep(store, at.journal)
    (row,) = csv.DictReader(io.StringIO(songbird("audit", "shop-1", "--csv").stdout))
    assert row["who"] == "'=HYPERLINK(1)"


def test_follow_ups_are_told_at_the_shell_what_is_open_first(songbird: Songbird, store: SqliteStore) -> None:
    without_a_place = plan(stages=[{"name": "qa", "gates": [{"gate": "approval", "roles": {"vp-product": 1}}]}])
    says(songbird("followups"), "no release went on with a caveat")
    for number in (1, 2):
        at = Scenario(without_a_place, f"shop-{number}").staged().prepared().written()
        at.when(c.RaiseConcern(at.id, at.entry, "the cart is slow"), VICTOR)
        at.when(c.DecideConcern(at.id, 1, Decision.CAVEAT, "support knows"), PRIYA)
        keep(store, (at.when(c.CloseFollowUp(at.id, 1), PRIYA) if number == 1 else at).journal)
    first, second = songbird("followups", "shop").stdout.splitlines()
    assert first.startswith("open since 2027-")
    assert first.endswith(": shop-2 concern 1: the cart is slow (support knows)")
    assert second == "done by Priya: shop-1 concern 1: the cart is slow (support knows)"
    says(songbird("followups", "billing"), "there is no release of billing", code=1)


def test_stats_are_told_at_the_shell(songbird: Songbird, store: SqliteStore) -> None:
    keep(store, a_release(1, seconds_ago=90_000).staged().journal)
    keep(store, a_release(2).on_staging().journal)
    shown = songbird("stats", "--days", "1").stdout.splitlines()
    assert shown[0] == "1 release staged, 0 ended, 1 still moving"
    assert shown[1].startswith("waiting for people: 5m")
    says(songbird("stats", "billing"), "there is no release of billing", code=1)
    assert songbird("stats", "shop", "--days", "2").stdout.startswith("2 releases staged")


def test_stats_hold_a_service_against_its_targets_in_words_and_as_json(songbird: Songbird, store: SqliteStore) -> None:
    aimed = Scenario(plan(targets={"review_time": "4h", "rollback_rate": "5%"}), now=time.time() - 300)
    keep(store, aimed.on_staging().wait(60).approved().journal)
    shown = songbird("stats", "shop").stdout.splitlines()
    assert shown[-3:] == [
        "Targets of shop: 1 of 2 met; nothing to compare with in the 30 days before:",
        "  review time: met, 1m (1 review); target at most 4h",
        "  rollback rate: not measured, no deploy to measure; target at most 5 %",
    ]
    told = json.loads(songbird("stats", "shop", "--days", "7", "--json").stdout)
    assert (told["service"], told["days"], told["staged"], told["endings"]) == ("shop", 7, 1, {})
    review = next(one for one in told["measures"]["shop"] if one["measure"] == "review_time")
    assert review == {
        "measure": "review_time",
        "unit": "seconds",
        "is": "median",
        "value": 60.0,
        "count": 1,
        "target": 14400.0,
        "against": "number",
        "needed": 1,
        "met": True,
        "before": None,
        "count_before": 0,
        "names": {},
    }
    assert told["spreads"]["people"]["count"] == 1


def test_a_finding_is_recorded_at_the_shell_in_the_name_of_who_types_it(songbird: Songbird, store: SqliteStore) -> None:
    keep(store, Scenario().on_staging().journal)
    says(
        songbird("finding", "shop-1", "major", "the", "title", "is", "cut", "--owner", "Teo"),
        "finding 1 of shop-1 is recorded",
    )
    says(songbird("finding", "shop-1", "minor", "the", "logo"), "finding 2 of shop-1 is recorded")
    says(songbird("finding", "shop-1", "major", "the title is cut"), "finding 1 of shop-1 is recorded")
    found, _ = (one.event for one in store.journal("shop-1") if isinstance(one.event, e.FindingRecorded))
    assert (found.severity, found.text, found.owner) == ("major", "the title is cut", "Teo")
    assert songbird("finding", "shop-1", "blocker", "x").exit_code == 2


IMPORTED = ("incident", "shop-1", "Nobody", "could pay.", "--key", "INC-42")


def test_incidents_are_imported_at_the_shell_once_each(songbird: Songbird, store: SqliteStore) -> None:
    keep(store, Scenario(now=time.time() - 7_200).at_full().held(120).journal)
    imported = (*IMPORTED, "--at", "1h ago", "--as", "the pager")
    says(songbird(*imported), "incident 1 (INC-42) of shop-1 is recorded")
    again = "incident 1 (INC-42) of shop-1 is recorded already, by the pager, and counts once: Nobody could pay."
    says(songbird(*imported), again)
    (found,) = (one for one in store.journal("shop-1") if isinstance(one.event, e.IncidentRecorded))
    assert (found.actor.door, found.actor.name, found.event.text) == (Door.SHELL, "the pager", "Nobody could pay.")
    assert found.actor.id != "the pager", "whose account that was is known"
    assert found.event.began_at == pytest.approx(time.time() - 3_600, abs=60)
    told = json.loads(songbird("stats", "shop", "--json").stdout)
    rate = next(one for one in told["measures"]["shop"] if one["measure"] == "incident_rate")
    assert (rate["value"], rate["count"], rate["unit"], rate["needed"]) == (1.0, 1, "a release", 5)


def test_an_incident_that_cannot_be_is_refused_at_the_shell_with_the_reason(
    songbird: Songbird, store: SqliteStore
) -> None:
    keep(store, Scenario(now=time.time() - 7_200).at_full().held(120).journal)
    for typed, said, code in (
        (("shop-1", "x", "--at", "yesterdy"), "write a time such as 2026-11-30T14:00, or 2h ago", 2),
        (("shop-1", "x", "--at", "3h ago"), "what began before, at ", 1),
        (("shop-9", "x"), "there is no release shop-9; the latest are: shop-1", 1),
    ):
        refused = songbird("incident", *typed)
        assert said in refused.stderr
        assert (refused.exit_code, refused.stdout) == (code, "")
    assert not any(isinstance(one.event, e.IncidentRecorded) for one in store.journal("shop-1"))


def test_an_import_that_is_repeated_leaves_what_was_taken_back(songbird: Songbird, store: SqliteStore) -> None:
    keep(store, Scenario(now=time.time() - 7_200).at_full().held(120).journal)
    songbird(*IMPORTED)
    back = songbird("incident", "shop-1", "--withdraw", "INC-42", "the", "bank", "--as", "Ada")
    says(back, "incident 1 of shop-1 is taken back, and counts no more")
    again = "incident 1 (INC-42) of shop-1 was taken back by Ada and is not recorded again: the bank"
    says(songbird(*IMPORTED), again)
    assert "Ada has taken back incident 1 already" in songbird("incident", "shop-1", "--withdraw", "1", "no").stderr
    assert "has no incident 7; it has: none" in songbird("incident", "shop-1", "--withdraw", "7", "no").stderr


def test_a_key_of_digits_is_a_key_also_where_an_incident_is_taken_back(songbird: Songbird, store: SqliteStore) -> None:
    keep(store, Scenario(now=time.time() - 7_200).at_full().held(120).journal)
    for key, words in (("48213", "Nobody could pay."), ("1", "Search was slow."), ("x", "Carts were empty.")):
        songbird("incident", "shop-1", words, "--key", key)

    def back(word: str) -> Result:
        return songbird("incident", "shop-1", "--withdraw", word, "it was the bank")

    which = "1 is the key of incident 2 of shop-1, and the number of another: say key=1, or number=1"
    assert which in back("1").stderr
    assert "say which incident of shop-1" in back("").stderr
    assert not any(isinstance(one.event, e.IncidentWithdrawn) for one in store.journal("shop-1"))
    for word, number in (("48213", 1), ("key=1", 2), ("3", 3)):
        says(back(word), f"incident {number} of shop-1 is taken back, and counts no more")


def test_a_day_is_told_at_the_shell(songbird: Songbird, store: SqliteStore) -> None:
    assert "nothing has been released yet" in songbird("daily").output
    keep(store, Scenario().on_staging().journal)
    assert "shop-1" in songbird("daily").output


def test_an_acceptance_without_a_reason_is_not_attempted(songbird: Songbird) -> None:
    result = songbird("accept", "shop-1", "errors")
    assert result.exit_code == 2
    assert "Missing argument 'REASON...'" in result.stderr


def test_who_did_it_in_the_shell_stands_in_the_journal(
    songbird: Songbird, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(store, a_release().on_staging())
    monkeypatch.setattr("pwd.getpwuid", account("omar"))
    assert songbird("hold", "shop-1").exit_code == 0
    (actor,) = (one.actor for one in store.journal("shop-1") if isinstance(one.event, e.ReleaseHeld))
    assert (actor.id, actor.door) == ("omar", "shell")

    def nobody(_uid: int) -> Any:
        raise KeyError("uid not found")

    monkeypatch.setattr("pwd.getpwuid", nobody)
    monkeypatch.setenv("LOGNAME", "ada")  # anybody can say so
    assert songbird("resume", "shop-1").exit_code == 0
    (actor,) = (one.actor for one in store.journal("shop-1") if isinstance(one.event, e.ReleaseResumed))
    assert actor.id.startswith("uid ")


def test_a_rollback_is_answered_when_the_traffic_was_seen_back(songbird: Songbird, store: SqliteStore) -> None:
    kept(store, a_release().in_production())
    bot = threading.Thread(target=bring_back, args=(store, "shop-1"))
    bot.start()
    result = songbird("rollback", "shop-1", "carts", "are", "empty")
    bot.join()
    asked, seen = result.stdout.splitlines()
    assert asked.startswith("shop-1  v1.1.0  rolling back  production  ")
    assert seen.startswith("traffic is back on the old version, seen 0.")
    assert seen.endswith(" s after the rollback")


def bring_back(store: SqliteStore, release: str) -> None:
    """What the bot's reconciler would do and report."""
    service = shell.Service(store, shell.Inline())
    until = time.monotonic() + 10
    while time.monotonic() < until:
        state = service.peek(release)
        assert state is not None
        assert state.entry is not None
        if state.phase is Phase.ROLLING_BACK:
            drive(store, c.ReportExposure(release, state.entry.number, 0.0), SONGBIRD, time.time())
            return
        time.sleep(0.02)


def test_a_rollback_that_nobody_does_is_said(
    songbird: Songbird, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell, "RESTORED_SECONDS_MAX", 0.1)
    kept(store, a_release().in_production())
    result = songbird("rollback", "shop-1")
    assert result.exit_code == 1
    assert result.stderr == ("it is written down, but nobody was seen doing it: does the bot run on this database?\n")
    assert phase_of(store, "shop-1") is Phase.ROLLING_BACK


def test_a_release_is_staged_from_the_shell(
    songbird: Songbird, store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(
        songbird("stage", "shop", "v1"),
        "plans: no such folder; it should hold one plan file (.yml) for each service",
        code=1,
    )
    (tmp_path / "plans").mkdir()
    says(songbird("stage", "shop", "v1"), "plans: holds no plan file; write one (.yml) for each service", code=1)
    shutil.copy(PLAN, tmp_path / "plans" / "shop.yml")
    assert "DEMO_REPOSITORY" in songbird("stage", "shop", "v1").stderr
    for name, value in DEMO.items():
        monkeypatch.setenv(name, value)
    says(songbird("stage", "cart", "v1"), "there is no plan for cart; there is one for: shop", code=1)
    says(songbird("stage", "shop", "--", "-v1"), "'-v1' is not a version: name a tag, a branch or a commit", code=1)
    staged = songbird("stage", "shop", "v1.1.0", "the", "widgets")
    assert staged.stdout.startswith("shop-1  v1.1.0  preparing  ")
    assert store.journal("shop-1")[0].event.note == "the widgets"
    with pytest.raises(Refused), shell.Shell(tmp_path / "songbird.db") as opened:
        opened.release("shop-2")


# ── starting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bot_without_settings_names_all_of_them_at_once(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bot", "run"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "SONGBIRD_PORT": "many", "SONGBIRD_PLAN": "plans"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    named = [line.partition(":")[0] for line in ended.stderr.splitlines()]
    assert named == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SONGBIRD_PORT", "SONGBIRD_PLAN"]
    assert "Slack app page → OAuth & Permissions" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_bot_without_its_plans_does_not_start_and_leaves_nothing_behind(
    songbird: Songbird, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1-2")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1-2")
    says(songbird("run"), "plans: no such folder; it should hold one plan file (.yml) for each service", code=1)
    assert list(tmp_path.iterdir()) == []


def test_a_page_on_a_port_that_is_taken_is_said_with_the_way_out(songbird: Songbird) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = songbird("demo", "--port", str(port))
    assert result.exit_code == 1
    assert result.stderr == (
        f"the page cannot be served on port {port} (address already in use): end the other demo, or take any free port "
        'with `make demo ARGS="--port 0"` (`songbird demo --port 0`)\n'
    )


def test_a_release_that_cannot_be_read_is_said_and_the_others_are_listed(songbird: Songbird, tmp_path: Path) -> None:
    database = tmp_path / "songbird.db"
    with contextlib.closing(SqliteStore(database)) as store:
        for name in ("shop", "cart"):
            keep(store, Scenario(plan(service=name), f"{name}-1").on_staging().journal)
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        db.execute("UPDATE events SET body = '{}' WHERE release = 'cart-1' AND type = 'StepEntered'")
    listed = songbird("list")
    first, *others = listed.output.splitlines()
    assert first.startswith("cart-1: the journal cannot be read.")
    assert [line.split()[0] for line in others] == ["shop-1"]
    asked = songbird("status", "cart-1")
    assert (listed.exit_code, asked.exit_code) == (0, 1)
    assert asked.output.splitlines() == [first]
