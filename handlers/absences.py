"""Absences from Slack: said with a time and a person, ended with one word. Both act at once and say back how.

Times are understood as those of a freeze are, in the time zone of whoever types. The one thing a reader could forget:
the person has to be a mention; Slack sends `<@U…>` for one since the manifest asks it to, and a name alone is nobody.
"""

import re

from bot.core.absences import WRITTEN, ComeBack, GoAway, relying_on
from bot.core.calendar import understand_span
from bot.core.errors import Refused
from bot.views.absences import away_done, back_done
from bot.views.rendered import Rendered
from handlers import parse
from handlers.asked import Leaving, Returning
from handlers.bars import zone_of
from handlers.desk import Desk, Person

_PERSON = re.compile(r"(?:<@)?([UW][A-Z0-9]{2,})>?[:,]?")
SHOWN_MAX = 40


async def answer(desk: Desk, asked: Leaving | Returning, person: Person, key: str) -> Rendered:
    """Raises Refused."""
    if isinstance(asked, Returning):
        return back_done(await desk.absence(ComeBack(), person, key))
    zone, unknown = await zone_of(desk, person)
    meant = understand_span(asked.words, desk.clock(), zone, WRITTEN)
    who, *reason = meant.rest or ("",)
    found = _PERSON.fullmatch(who)
    if found is None:
        raise Refused(f"“{who[:SHOWN_MAX] or 'nothing'}” is nobody that I know: pick a person after the @. {WRITTEN}")
    command = GoAway(found[1], meant.starts_at, meant.ends_at, parse.because(" ".join(reason)))
    absence = await desk.absence(command, person, key)
    relied = relying_on(absence, desk.absences.open(desk.clock()))
    return away_done(absence, (*unknown, *meant.doubts), relied)
