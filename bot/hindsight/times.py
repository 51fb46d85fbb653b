"""Times as people type them at a shell: `2026-11-30T14:00`, with or without a zone, `7d` for so long ago, `now`.

The one thing to remember: a time without a zone is meant by the machine's own clock.
"""

from datetime import datetime

from bot.core.quantities import parse_seconds


def parse_time(written: str, now: float) -> float | None:
    """Seconds since the epoch; None when it is no time."""
    if written == "now":
        return now
    ago = parse_seconds(written.removesuffix(" ago"))
    if ago is not None:
        return now - ago
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return None


def time_at(at: float) -> str:
    """`2026-11-30 14:00`, by the machine's own clock, as `parse_time` reads it."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
