"""Structured logs: one JSON object a line (or lines for people), from structlog and the standard library alike.

The one thing to remember: tokens never get out, whatever an exception's text or a library's record carries. So they are
blanked in the finished line, and not field by field.
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Style = Literal["json", "console"]

_SECRET = re.compile(r"\b(xox[a-z]|xapp|xoxe\.xox[a-z])-[A-Za-z0-9-]{4,}|(?<=ticket=)[\w~.%+/=-]+")
"""Slack's tokens, and the ticket in a Socket Mode address."""


@contextmanager
def quietly() -> Iterator[None]:
    """For commands whose result is what they print: they tell trouble themselves, and only errors are logged."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)


def configure_logs(level: str, style: Style) -> None:
    """Everything to standard error, ours and the libraries'."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last = _without_tokens(style)
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def _without_tokens(style: Style) -> Processor:
    """The last step: an event to its line, with what looks like a token blanked out."""
    as_json, as_text = structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(colors=False)
    render = as_json if style == "json" else as_text

    def line(logger: WrappedLogger, method: str, event: EventDict) -> str:
        return _SECRET.sub("[secret]", str(render(logger, method, event)))

    return line
