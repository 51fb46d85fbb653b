"""Absences in words: who is away until when, who stands in, and in which roles; answers to who said so.

The one thing to remember: a delegate holds what the plan gives to the absent person by name, and the words say which
roles that is.
"""

from collections.abc import Iterable, Sequence

from bot.core.absences import roles_by_name
from bot.core.beside import Absence
from bot.core.model import Release
from bot.core.plan import Plan
from bot.texts.plain import listed
from bot.views import blocks
from bot.views.mrkdwn import foreign, mention, moment, who
from bot.views.rendered import Block, Rendered

LISTED_MAX = 15
REASON_MAX = 200


def absence_lines(absences: Sequence[Absence], plans: Iterable[Plan] = ()) -> list[Block]:
    """One line each."""
    known = tuple(plans)
    lines = [_line(one, known) for one in absences[:LISTED_MAX]]
    more = [f"and {len(absences) - LISTED_MAX} more"] if len(absences) > LISTED_MAX else []
    shown = blocks.section("\n".join([*lines, *more]))
    return [shown] if shown is not None else []


def away_from(release: Release, absences: Sequence[Absence], now: float) -> Block | None:
    """In a status: who of those that its plan names is away now, and who does it for them."""
    away = [one for one in absences if one.is_in_force(now) and roles_by_name((release.plan,), one.person.id)]
    return blocks.section("\n".join(_line(one, (release.plan,)) for one in away[:LISTED_MAX]))


def _line(one: Absence, plans: tuple[Plan, ...]) -> str:
    roles = listed(sorted(roles_by_name(plans, one.person.id)))
    why = f": {foreign(one.reason, REASON_MAX)}" if one.reason else ""
    times = f"from {moment(one.starts_at)} to {moment(one.ends_at)}"
    stands = f"{mention(one.delegate)} stands in{f' as {roles}' if roles else ''}"
    return f":palm_tree: *{who(one.person)}* is away {times}{why}. {stands}."


def gap(one: Absence, relied: Absence) -> Rendered:
    """A delegate goes away: said to them, to whoever counts on them, and to all who wait for that person's yes."""
    away, them = mention(one.person.id), mention(relied.person.id)
    said = (
        f":warning: {away} is away from {moment(one.starts_at)} to {moment(one.ends_at)}, and stands in for {them} "
        f"from {moment(relied.starts_at)} to {moment(relied.ends_at)}: while both are away nobody holds their roles. "
        f"{them} can end that with `/release back` and name somebody who is there."
    )
    return blocks.rendered(said, blocks.section(said))


def away_done(one: Absence, doubts: Sequence[str] = (), relied: Sequence[Absence] = ()) -> Rendered:
    """The times as they were understood: whoever meant others says so again. `relied`: who counts on them then."""
    said = (
        f":white_check_mark: You are away from {moment(one.starts_at)} to {moment(one.ends_at)}; meanwhile "
        f"{mention(one.delegate)} holds the roles that plans give you by name. `/release back` ends it."
    )
    doubted = "\n".join(f"• {foreign(doubt)}" for doubt in doubts)
    counted_on = "\n".join(
        f":warning: You stand in for {mention(other.person.id)} from {moment(other.starts_at)} to "
        f"{moment(other.ends_at)}: while both of you are away nobody holds their roles. They are told."
        for other in relied[:LISTED_MAX]
    )
    return blocks.rendered(said, blocks.section(said), blocks.section(counted_on), blocks.context(doubted))


def back_done(one: Absence) -> Rendered:
    said = f":white_check_mark: You hold your roles yourself again; {mention(one.delegate)} no longer stands in."
    return blocks.rendered(said, blocks.section(said))
