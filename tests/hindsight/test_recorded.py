"""Where the past comes from: a file that anybody can write, a source that is asked in windows, a file of deploys."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.adapters.metrics import Reading
from bot.analysis.series import Totals
from bot.analysis.shapes import Buckets, Counts, Values
from bot.cli import main
from bot.core.errors import Misconfigured, Temporary
from bot.core.plan import Plan
from bot.hindsight import recorded
from bot.hindsight.deploys import Deploy, read_deploys
from bot.hindsight.times import parse_time
from tests.hindsight.history import NEW, OLD, Past, plan

SHOWN = {"errors": Counts(3, 900), "memory": Values(2e8), "p95": Buckets((0.1, 0.25), (5, 3, 1))}
LINE = '{"at": 1, "process": "a", "commit": "c", "shown": {"errors": [3, 900]}}\n'


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_written_is_read_back_as_it_was(tmp_path: Path) -> None:
    totals = tuple(Totals("production", name, 5.0, OLD, 1.0, SHOWN) for name in ("a", "b"))
    with (tmp_path / "past").open("w") as file:
        recorded.write(Reading(5.0, totals), file)
        recorded.write(Reading(10.0, totals[:1]), file)

    first, second = recorded.read(tmp_path / "past", "production", 0.0, 100.0)
    assert first == Reading(5.0, totals)
    assert [one.process for one in second.totals] == ["a"]
    assert [one.at for one in recorded.read(tmp_path / "past", "production", 6.0, 100.0)] == [10.0]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (LINE + "nonsense\n", "line 2: is not JSON: expected"),
        ('{"at": 1, "shown": {}}\n', 'line 1: process: missing; allowed: a text, such as "10.0.0.7:8080"'),
        ('{"at": "x", "process": "a", "shown": {}}\n', "line 1: at: allowed: seconds since 1970, such as 1796050800"),
        ('{"at": 1, "process": "a", "shown": {"e": [1, 2, 3]}}\n', "line 1: shown.e: allowed: by metric [events, to"),
        ('{"at": 1, "process": "a", "show": {}}\n', "line 1: show"),
        ("[1]\n", "line 1: found no JSON object; write one a line, {…}"),
        (
            LINE.replace("process", "environment", 1).replace("}}", '}, "process": "a"}'),
            "line 1: is of a, and production",
        ),
        ('{"at": 1, "process": "a", "shown": {"p95": {"slow": 3}}}\n', "line 1: could not convert string to float"),
        (LINE.replace("1", "2", 1) + "\n" + LINE, "line 3: at goes back in time; sort the lines, oldest first"),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, written: str, words: str) -> None:
    (tmp_path / "past").write_text(written)
    with pytest.raises(Misconfigured) as raised:
        list(recorded.read(tmp_path / "past", "production", 0.0, 9.0))
    assert words in str(raised.value)


# ── the source ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Narrow:
    """A source that answers a few looks at once, and remembers how many were asked for."""

    looks_max: int
    asked: list[int] = field(default_factory=list)

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        raise AssertionError("nobody asks for the present")

    async def past(
        self, _plan: Plan, _environments: Sequence[str], since: float, until: float, every: float
    ) -> tuple[Reading, ...]:
        looks = int((until - since) / every) + 1
        self.asked.append(looks)
        if looks > self.looks_max:
            raise Temporary("Prometheus sent more than 16 MB: `where` lets too many series in")
        return tuple(Reading(since + number * every) for number in range(looks))


async def test_a_window_that_is_too_large_is_asked_in_halves_and_every_look_comes_once() -> None:
    source = Narrow(100)
    looks = [one.at async for one in recorded.asked(source, plan(), "production", 0.0, 5.0 * 2999)]

    assert looks == [5.0 * number for number in range(3000)]
    assert len(source.asked) > 2 * recorded.ANSWERS_TO_GROW, "so many answers that a window would have grown"
    assert source.asked[:3] == [240, 120, 60]
    assert max(source.asked[2:]) == 60, "what was too much once is not asked for again"


async def test_a_source_that_cannot_even_say_one_look_is_told_of() -> None:
    with pytest.raises(Temporary, match="16 MB"):
        [one async for one in recorded.asked(Narrow(0), plan(), "production", 0.0, 100.0)]


# ── deploys and times ────────────────────────────────────────────────────────────────────────────────────────────────


def test_deploys_are_read_from_a_table(tmp_path: Path) -> None:
    table = "at, version, ended, metric\n2h, v2, ill, errors\n1970-01-01T00:00:09+00:00,v3,,\n"
    (tmp_path / "deploys.csv").write_text(table)
    expected = (Deploy(2800.0, "v2", "ill", "errors"), Deploy(9.0, "v3", "", ""))
    assert read_deploys(tmp_path / "deploys.csv", 10_000.0, ["errors"]) == expected
    (tmp_path / "deploys.csv").write_text("\ufeff" + table.replace(",", ";"), encoding="utf-8")
    assert read_deploys(tmp_path / "deploys.csv", 10_000.0, ["errors"]) == expected, "as a spreadsheet writes it"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("when,version\n", "line 1: write the columns at,version,ended,metric; ended and metric may be left out"),
        ("at,version,result\n", "line 1: write the columns at,version,ended,metric; ended and metric may be left out"),
        ("at,version\nsoon,v1\n", "line 2: at: found 'soon'; write a time such as 2026-11-30T14:00 or 2d (ago)"),
        ("at,version\n2h,\n", "line 2: version: missing"),
        ("at,version,ended\n2h,v1,badly\n", "line 2: ended: found 'badly'; allowed: well, ill, or nothing"),
        (
            "at,version,ended,metric\n2h,v1,ill,erors\n",
            "line 2: metric: the plan has no 'erors'; did you mean 'errors'",
        ),
        ("at,version,ended,metric\n2h,v1,ill,x\n", "line 2: metric: the plan has no 'x'; there is: errors, memory"),
        ("at,version\n2h,v1,well\n", "line 2: has more values than there are columns"),
        ("at,version\n", "no deploy stands below the heading"),
        ("at,version\n2h,\n1h,v1\nsoon,v1\n", "line 4: at: found 'soon'"),
    ],
)
def test_what_is_wrong_with_a_table_of_deploys_is_said(tmp_path: Path, written: str, words: str) -> None:
    (tmp_path / "deploys.csv").write_text(written)
    with pytest.raises(Misconfigured) as raised:
        read_deploys(tmp_path / "deploys.csv", 10_000.0, ["errors", "memory"])
    assert words in str(raised.value)


def test_a_time_without_a_zone_is_the_machines_own() -> None:
    assert parse_time("2026-11-30T14:00", 0.0) == time.mktime((2026, 11, 30, 14, 0, 0, 0, 0, -1))
    assert parse_time("90m ago", 6000.0) == 600.0
    assert parse_time("now", 7.0) == 7.0
    assert parse_time("yesterday", 0.0) is None


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────

PLAN = """
service: shop
operators: [U0ADA]
channels: {releases: "#releases"}
changes: {use: git, repository: shop.git}
deployer: {use: splitter, url: "http://127.0.0.1:1"}
metrics_from: {use: scrape, targets: "http://127.0.0.1:1"}
incidents: {use: file, folder: incidents}
metrics:
  - {name: errors, kind: errors, counter: e_total, of: r_total, limit: {max: 2%}, tolerance: {ratio: 2, margin: 0.5%}}
stages:
  - {name: live, environment: production, steps: [10%, 100%], gates: [{gate: health, held: 30s}]}
timing: {look: 5s, stale: 20s}
"""


def write_past(past: Past, path: Path) -> Path:
    """As `--save` writes it."""
    with path.open("w") as file:
        for look, totals in past.looks:
            recorded.write(Reading(look, totals), file)
    return path


def run(folder: Path, *arguments: str) -> Result:
    (folder / "shop.yml").write_text(PLAN)
    return CliRunner().invoke(main, ["backtest", str(folder / "shop.yml"), *arguments])


def test_the_command_replays_a_file_and_tells_it_in_a_table(tmp_path: Path) -> None:
    past = Past()
    past.run(OLD, 2)
    past.go(20)
    at = past.at
    past.run(NEW, 1, errors=0.1)
    past.go(20)
    write_past(past, tmp_path / "past")
    when = time.strftime("%FT%T", time.localtime(at))
    (tmp_path / "deploys").write_text(f"at,version,ended\n{when},{NEW},ill\n")
    span = ["--from", "2020-01-01", "--to", "2030-01-01"]
    given = [
        "--samples",
        str(tmp_path / "past"),
        "--deploys",
        str(tmp_path / "deploys"),
        "--save",
        str(tmp_path / "copy"),
    ]
    result = run(tmp_path, *span, *given)

    assert result.exit_code == 0, result.output
    assert f"{NEW}  ill    rolled back at 10 % after " in result.output
    copied = recorded.read(tmp_path / "copy", "production", 0.0, past.at)
    assert [one.totals for one in copied] == [totals for _, totals in past.looks]
    assert '"would_have_been": "rolled back"' in run(tmp_path, *span, *given, "--json").output


def test_what_was_saved_stays_until_there_is_something_better(tmp_path: Path) -> None:
    (tmp_path / "copy").write_text("precious")
    assert run(tmp_path, "--save", str(tmp_path / "copy")).exit_code != 0
    assert (tmp_path / "copy").read_text() == "precious"
    result = run(tmp_path, "--samples", str(tmp_path / "copy"), "--save", str(tmp_path / "nowhere" / "copy"))
    assert "cannot be written: No such file or directory" in result.output


def test_a_page_that_is_scraped_has_no_past(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "a page that is scraped knows only the present; hand in the past with --samples FILE" in result.output


def test_nothing_is_said_of_what_was_not_read(tmp_path: Path) -> None:
    past = Past()
    past.run(OLD, 2)
    past.go(20)
    samples = ["--samples", str(write_past(past, tmp_path / "past")), "--from", "2020-01-01", "--to", "2030-01-01"]
    (tmp_path / "past").write_text((tmp_path / "past").read_text().replace('"errors"', '"other"'))
    result = run(tmp_path, *samples)
    assert "nothing was seen of errors, of which nothing is said below" in result.output
    assert "bounds were never passed" not in result.output
    assert "false rollbacks" not in result.output
    assert '"metrics_not_seen": ["errors"], ' in run(tmp_path, *samples, "--json").output


def test_a_time_of_which_nothing_is_known_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "past").write_text("")
    result = run(tmp_path, "--samples", str(tmp_path / "past"))
    assert (result.exit_code, result.output) == (1, "shop, production: nothing is known of that time\n")
    assert "it is not before --to" in run(tmp_path, "--from", "1h", "--to", "2h").output


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    assert (
        "'soon' is no time: write 2026-11-30T14:00, now, or how long ago, such as 7d"
        in run(tmp_path, "--from", "soon").output
    )
