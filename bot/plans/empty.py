"""Keys with nothing behind them: `limit:` and the rest forgotten is read by YAML as null, and by a plan as unsaid.

The one thing to remember: whoever writes a key means something by it.
"""

from collections.abc import Iterator

from bot.plans.explain import allowed_at
from bot.plans.written import Problem, Written, holds


def problems(written: Written) -> Iterator[Problem]:
    """An error for each that has a plan's own meaning."""
    for place in written.lines:
        *above, key = place
        if isinstance(key, str) and holds(written.at(tuple(above)), key) and written.at(place) is None:
            allowed = allowed_at(place)
            more = f"; allowed: {allowed}" if allowed else ""
            yield written.problem(place, f"found nothing{more}, or leave {key} out")
