"""`songbird judge` as a script calls it: lines in, verdicts out in the same order, and an exit code that can be used.

What a verdict says is tested beside the analysis. To forget: with many lines the command starts other processes, so
those tests start it as a process of its own.
"""

import json
import random
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.analysis.lines import answers
from bot.cli import main
from bot.commands.judge import MANY_BYTES

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "bot", "judge"]
UNREADABLE = Path("/proc/self/mem")
SECONDS_MAX = 60


def a_line(name: str, seed: int = 1, looks: int = 40, times: float = 1.0) -> bytes:
    rng = random.Random(seed)  # noqa: S311 - samples, not secrets
    sides = {
        side: [[sum(rng.random() < share for _ in range(50)), 50] for _ in range(looks)]
        for side, share in (("control", 0.1), ("canary", 0.1 * times))
    }
    return json.dumps(
        {"name": name, "kind": "count", "direction": "increase", "interval_seconds": 15, **sides}
    ).encode()


def judged(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["judge", *arguments], input=given, prog_name="songbird")


def told(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_file_is_answered_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_bytes(a_line("alike") + b"\n\r\n\n" + a_line("worse", times=5) + b"\n" + a_line("short", looks=2))
    result = judged(str(file))

    assert result.exit_code == 0
    assert result.stderr == ""
    assert [(each["name"], each["verdict"]) for each in told(result)] == [
        ("alike", "pass"),
        ("worse", "fail"),
        ("short", "inconclusive"),
    ]
    assert list(told(result)[0]) == [
        "name",
        "verdict",
        "direction",
        "ratio",
        "interval",
        "evidence",
        "needed",
        "since",
        "samples",
        "reason",
    ]


def test_standard_input_is_a_file_too() -> None:
    lines = a_line("alike") + b"\r\n" + a_line("worse", times=5) + b"\r\n"
    assert judged("-", given=lines).stdout.encode() == answers(enumerate(lines.splitlines(), 1))[0].encode()


def test_a_line_that_is_none_is_an_error_and_the_others_are_judged() -> None:
    result = judged("-", given=a_line("one") + b"\n\nnonsense\n" + a_line("two"))

    assert result.exit_code == 1
    assert [each["verdict"] for each in told(result)] == ["pass", "error", "pass"]
    assert told(result)[1]["reason"].startswith("line 3: is not JSON")


def test_nothing_given_is_nothing_said() -> None:
    result = judged("-", given=b"")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("name", ["missing.jsonl", ".", str(UNREADABLE)])
def test_a_file_that_cannot_be_read_is_said(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == str(UNREADABLE) and not UNREADABLE.exists():
        pytest.skip("only Linux has a file that opens and cannot be read")
    monkeypatch.chdir(tmp_path)
    result = judged(name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: Invalid value for 'FILE': '{name}': " in result.stderr
    assert "Traceback" not in result.stderr


def test_many_lines_are_answered_in_their_order_and_as_few_are(tmp_path: Path) -> None:
    texts = [a_line(f"line {number}", seed=number, times=1 + number % 3) for number in range(120)]
    texts[50] = b"nonsense"
    file = tmp_path / "samples.jsonl"
    file.write_bytes(b"\n".join(texts))
    assert file.stat().st_size > MANY_BYTES

    expected = "".join(answers([numbered])[0] for numbered in enumerate(texts, 1)).encode()
    with file.open("rb") as opened:
        calls = [
            subprocess.run([*COMMAND, str(file)], cwd=ROOT, capture_output=True, check=False),
            subprocess.run([*COMMAND, "-"], cwd=ROOT, stdin=opened, capture_output=True, check=False),
            subprocess.run([*COMMAND, "-"], cwd=ROOT, input=file.read_bytes(), capture_output=True, check=False),
        ]
    for call in calls:
        assert (call.returncode, call.stderr) == (1, b"")
        assert call.stdout == expected


def test_a_line_is_answered_before_the_next_one_is_written() -> None:
    with subprocess.Popen([*COMMAND, "-"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        impatience = threading.Timer(SECONDS_MAX, process.kill)
        impatience.start()
        assert process.stdin
        assert process.stdout
        for name in ("first", "second"):
            process.stdin.write(a_line(name) + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["name"] == name
        process.stdin.write(b"nonsense\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["reason"].startswith("line 3: ")
        process.stdin.close()
        assert process.wait() == 1
        impatience.cancel()


def test_whoever_stops_reading_is_not_shown_a_traceback(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    file.write_bytes(b"\n".join(a_line(f"line {number}", seed=number) for number in range(120)))
    with subprocess.Popen([*COMMAND, str(file)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["name"] == "line 0"
        process.stdout.close()
        assert process.stderr.read() == b""


def test_the_documented_lines_have_the_documented_verdicts() -> None:
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Judging samples of your own")[2]
    given, written = re.findall(r"```json\n(.*?)```", section, re.DOTALL)[:2]
    steady = ("name", "verdict", "direction", "since", "samples")  # figures move when the evidence is tuned

    found = told(judged("-", given=given.encode()))
    assert [[each[key] for key in steady] for each in found] == [
        [each[key] for key in steady] for each in map(json.loads, written.splitlines())
    ]
