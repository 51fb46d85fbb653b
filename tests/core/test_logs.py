"""What the bot writes down about itself: one JSON object a line, whoever says it, and never a token."""

import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import configure_logs

SECRETS = ("xoxb-1111-2222-abcDEF", "xapp-1-A0SONGBIRD-987-fedcba", "xoxe.xoxp-1-Mi0yLT", "xoxp-1234-5678")
SOCKET = "wss://wss-primary.slack.example/link/?ticket=9f3c-11ec_beef%3D&app_id=A0SONGBIRD"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Logging is the one global thing of a process; other tests shall find it as they left it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def fail(words: str) -> None:
    raise ValueError(words)


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """The lines on standard error, each of them an object; there is nothing on standard output."""
    output, errors = capsys.readouterr()
    assert output == ""
    return [json.loads(line) for line in errors.splitlines()]


def test_a_line_is_one_object_with_its_time_and_level_whoever_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    structlog.get_logger("bot.app").info("ready", plans=["shop"])
    logging.getLogger("some.library").warning("%d left", 3, extra={"socket": "two"})
    ours, theirs = written(capsys)
    assert {"event": "ready", "level": "info", "plans": ["shop"]}.items() <= ours.items()
    assert {"event": "3 left", "level": "warning", "logger": "some.library", "socket": "two"}.items() <= theirs.items()
    assert all(str(line["timestamp"]).endswith("Z") for line in (ours, theirs))


def test_a_failure_with_its_trace_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    try:
        fail("two\nlines")
    except ValueError:
        structlog.get_logger().exception("ours failed")
        logging.getLogger("some.library").exception("theirs failed")
    for line in written(capsys):
        assert "ValueError: two\nlines" in str(line["exception"])


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_token_gets_out_wherever_it_hides(capsys: pytest.CaptureFixture[str], style: str, secret: str) -> None:
    configure_logs("info", "json" if style == "json" else "console")
    log = structlog.get_logger()
    log.info(secret, field=secret, deep={"headers": [f"Bearer {secret}"]})
    logging.getLogger("some.library").warning("in arguments: %s", secret, extra={"more": {"token": secret}})
    try:
        fail(f"refused {secret}")
    except ValueError:
        log.exception("in a trace")
        logging.getLogger("some.library").exception("in a library's trace")
    _, errors = capsys.readouterr()
    assert secret not in errors
    assert errors.count("[secret]") == 7


def test_the_address_of_a_socket_keeps_all_but_its_ticket(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "json")
    logging.getLogger("some.library").info("connecting to %s", SOCKET)
    (line,) = written(capsys)
    assert line["event"] == ("connecting to wss://wss-primary.slack.example/link/?ticket=[secret]&app_id=A0SONGBIRD")


def test_what_is_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("warning", "json")
    structlog.get_logger().info("a look was taken")
    logging.getLogger("some.library").info("a frame came")
    logging.getLogger("some.library").warning("a socket was lost")
    assert [line["event"] for line in written(capsys)] == ["a socket was lost"]


def test_a_warning_of_a_library_is_a_line_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        configure_logs("info", "json")
        warnings.warn(f"deprecated: {SECRETS[0]}", DeprecationWarning, stacklevel=1)
    (line,) = written(capsys)
    assert "DeprecationWarning: deprecated: [secret]" in str(line["event"])
