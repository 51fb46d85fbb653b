"""What is said about the pictures of a tour: captions, alternative texts, and why there are none. Pure.

The one thing to remember: these words come from the plan and the release; nothing that a page says is in them.
"""

from bot.adapters.tour import Shot, Taken
from bot.core.plan import Plan
from bot.core.tour import Stop


def shot_of(
    plan: Plan, version: str, number: int, stop: Stop, *, after: bytes | None, before: bytes | None, failure: str
) -> Shot:
    """The pictures of one stop with their words."""
    name = plan.title or plan.service
    page = f", page {stop.open}" if stop.open else ""
    stood = f" It went no further: {failure}." if failure else ""
    return Shot(
        number=number,
        caption=stop.words,
        alt=f"Picture {number}, {name} {version} on staging{page}: {stop.words}{stood}" if after else "",
        after=after,
        before=before,
        alt_before=f"Picture {number}, the same in production before {version}{page}." if before else "",
        failure=failure,
    )


def without_pictures(plan: Plan, reason: str) -> Taken:
    """A plan that asks for no pictures has nothing to explain."""
    asks = any(isinstance(stop, Stop) for stop in plan.stops)
    return Taken(note=f"{reason[:1].upper()}{reason[1:]}." if asks and reason else "")
