"""`plan init` at the wrong door: what is really wrong, and what to do about it; and servers that are busy just then.

Most doors here are servers in a thread that answer as a test says. The one thing a reader could forget: what is printed
on stdout is the plan, so nothing else may be.
"""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.plans import load
from tests.support.front import Front, Said, front
from tests.support.prometheus import Server

PAGE = 'http_requests_total{code="200"} 900\nhttp_requests_total{code="500"} 3\n'


@pytest.fixture
def door() -> Iterator[Front]:
    with front() as one:
        yield one


@pytest.fixture
def busy(prometheus: Server) -> Iterator[Front]:
    """A real Prometheus behind a server that may be busy."""
    with front(prometheus.url) as one:
        yield one


@pytest.fixture
def service(prometheus: Server) -> str:
    name, now = f"busy-{next(prometheus.fleets)}", time.time()
    for minute in range(31):
        labels = f'job="{name}",environment="production",commit="3f9c2e1",instance="a:80"'
        shown = {f"up{{{labels}}}": 1.0, f'http_requests_total{{{labels},status="200"}}': 1000.0 * minute}
        prometheus.write(shown, now - 60.0 * (30 - minute))
    return name


def init(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["plan", "init", *arguments])


def told(*arguments: str) -> str:
    """What is said of an address from which no plan can be made."""
    result = init(*arguments)
    assert result.exit_code != 0
    assert result.stdout == ""
    return result.stderr


# ── the wrong door ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_port_at_which_nobody_listens() -> None:
    said = told("shop", "--from", "http://127.0.0.1:1")
    assert "nobody listens at 127.0.0.1:1; is it running, and is the port right?" in said


def test_a_host_that_is_unknown() -> None:
    assert "no host is called prometheus.invalid" in told("shop", "--from", "http://prometheus.invalid:9090")


def test_a_port_at_which_something_else_listens(door: Front) -> None:
    https = door.url.replace("http://", "https://")
    assert "does not speak https; is http:// meant?" in told("shop", "--from", https)
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(10.0)
        import threading  # noqa: PLC0415

        def greet() -> None:
            """As a mail server does."""
            with other.accept()[0] as guest:
                guest.sendall(b"220 mail ready\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        said = told("shop", "--from", f"http://127.0.0.1:{other.getsockname()[1]}")
        thread.join()
    assert "what listens there does not speak HTTP; is the port right" in said


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Said(200, "<html>Welcome", {"Content-Type": "text/html"}), "a web page for people is there"),
        (Said(404, "not found"), "there is nothing (404)"),
        (Said(500, "oops"), "it answered 500"),
        (
            Said(200, '{"a": 1}', {"Content-Type": "application/json"}),
            "what is there (application/json) has no metrics",
        ),
        (Said(200, "", {"Content-Type": "text/plain"}), "what is there (text/plain) has no metrics in it"),
    ],
)
def test_what_is_neither_is_said_to_be_what_it_is(door: Front, answer: Said, words: str) -> None:
    door.otherwise = answer
    said = told("shop", "--from", f"{door.url}")
    assert f"{door.url} is neither a page of metrics nor a Prometheus: {words}" in said
    assert "are port and path right? a page of metrics often ends in /metrics" in said


def test_a_page_of_prometheus_instead_of_its_beginning(prometheus: Server) -> None:
    said = told("shop", "--from", f"{prometheus.url}/graph")
    assert f"/graph is not where its API begins; the Prometheus is at {prometheus.url}" in said


def test_matchers_for_a_page_of_one_process(door: Front) -> None:
    door.otherwise = Said(200, PAGE, {"Content-Type": "text/plain"})
    assert init("shop", "--from", door.url).exit_code == 0
    said = told("shop", "--from", door.url, "--where", 'job="shop"')
    assert f"{door.url} is a page of one process, in which all series are its own: leave it out" in said
    assert "--where" in said


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_asks_who_one_is(door: Front, monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    door.otherwise = Said(status, "<html>Sign in")
    said = told("shop", "--from", door.url)
    assert f"{door.url} answered {status}: it asks who you are" in said
    assert "name it with --token-from PROMETHEUS_TOKEN" in said
    monkeypatch.setenv("PROMETHEUS_TOKEN", "s3cret")
    said = told("shop", "--from", door.url, "--token-from", "PROMETHEUS_TOKEN")
    assert "this token" in said
    assert "s3cret" not in said


def test_with_a_token_the_door_opens_and_the_plan_names_its_variable(
    busy: Front, service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_TOKEN", "s3cret")
    result = init(service, "--from", busy.url, "--token-from", "PROMETHEUS_TOKEN", "--days", "1")
    assert result.exit_code == 0, result.stderr
    assert {headers.get("Authorization") for _, headers in busy.asked} == {"Bearer s3cret"}
    path = tmp_path / "shop.yml"
    path.write_text(result.stdout)
    assert load(path, {}).metrics_from.variables == {"PROMETHEUS_TOKEN"}


def test_a_variable_that_is_not_set_and_a_secret_in_its_place(door: Front) -> None:
    said = told("shop", "--from", door.url, "--token-from", "NOT_SET_ANYWHERE")
    assert "NOT_SET_ANYWHERE is not set in the environment or in .env" in said
    said = told("shop", "--from", door.url, "--token-from", "eyJhbGciOi")
    assert "write the name of an environment variable" in said
    assert "eyJhbGciOi" not in said


# ── whose series ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("where", ["shop", "job=shop", "job='shop'}", 'job="a" or b="c"'])
def test_what_are_no_matchers_is_said_before_anybody_is_asked(door: Front, where: str) -> None:
    said = told("shop", "--from", door.url, "--where", where)
    assert "--where" in said
    assert "are no matchers" in said
    assert door.asked == []


def test_matchers_that_fit_nothing_are_said_with_the_jobs_that_there_are(prometheus: Server, service: str) -> None:
    said = told("shop", "--from", prometheus.url, "--where", 'job="moon"')
    assert 'Prometheus has no series with job="moon" in the last hour; say which with --where' in said
    assert "(there is: " in said
    assert service in said or "…" in said


# ── busy ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_server_that_is_busy_is_asked_again_and_that_is_told_beside_the_plan(busy: Front, service: str) -> None:
    busy.says(503, "starting", **{"Retry-After": "0"})
    busy.says(429, "slow down", times=2, **{"Retry-After": "0"})
    result = init(service, "--from", busy.url, "--days", "1")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f"# The first plan of {service}")
    assert "the server answered 503; asked again in 0 s (try 2 of 8)" in result.stderr
    assert "the server answered 429; asked again in 0 s (try 4 of 8)" in result.stderr


def test_a_page_that_is_busy_for_ever_is_given_up(door: Front) -> None:
    door.otherwise = Said(503, "starting", {"Retry-After": "0"})
    assert "the server answered 503; it is there, so try again later" in told("shop", "--from", door.url)
    assert len(door.asked) == 8


def test_a_page_of_metrics_may_come_late(door: Front) -> None:
    door.says(429, "slow down", **{"Retry-After": "0"})
    door.otherwise = Said(200, PAGE)
    assert "counter: 'http_requests_total{code=~\"5..\"}'" in init("shop", "--from", door.url).stdout


def test_a_plan_is_held_against_a_busy_server_and_only_notes_come_out(
    busy: Front, service: str, tmp_path: Path
) -> None:
    path = tmp_path / "live.yml"
    path.write_text(init(service, "--from", busy.url, "--days", "0").stdout)
    asked = len(busy.asked)
    busy.says(429, "slow down", times=3, **{"Retry-After": "0"})
    result = CliRunner().invoke(main, ["plan", "lint", "--live", str(path)])
    assert result.exit_code == 0, result.output
    assert "answered 429" not in result.stdout
    assert result.stderr.count("Prometheus answered 429; asked again in 0 s") == 3
    assert len(busy.asked) > asked + 3


def test_a_past_is_replayed_although_its_server_is_busy_in_between(busy: Front, service: str, tmp_path: Path) -> None:
    path = tmp_path / "live.yml"
    path.write_text(init(service, "--from", busy.url, "--days", "0").stdout)
    busy.says(429, "slow down", times=2, **{"Retry-After": "0"})
    result = CliRunner().invoke(main, ["backtest", str(path), "--from", "30m", "--json"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith('{"service"'), "stdout is the result alone"
    assert result.stderr.count("asked again") == 2
