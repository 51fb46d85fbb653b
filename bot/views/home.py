"""The Home tab: waiting for me, given up, moving, queued, locked and frozen, what has ended lately.

A yes, a no and a decision are for what stands in a release's thread, so Home leads there; what needs no more than a
word is done here. The one thing to remember: Home is published again when it would look different, so nothing in
it may tick; each release is drawn at its last mark, as its card is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.beside import Absence, Bar
from bot.core.gates import is_awaited
from bot.core.model import Phase, Release
from bot.views import buttons, standing
from bot.views.absences import absence_lines
from bot.views.answers import line
from bot.views.bars import bar_lines
from bot.views.blocks import context, divider, header, section
from bot.views.mrkdwn import foreign
from bot.views.rendered import Block

BLOCKS_MAX = 100

MINE_MAX = 12
"""Two blocks each."""
MOVING_MAX = 20
QUEUED_MAX = 8
RECENT_MAX = 5

GIVEN_UP_SHOWN_MAX = 5
"""The newest; who looks into these finds the others in the log."""

REASON_MAX = 300


@dataclass(frozen=True, slots=True)
class Around:
    """What Home shows beside the releases that move.

    `given_up`: effects' keys and reasons. `groups`: the user groups that the person is in, and
    those for whom they stand in. `endable`: ids of the locks
    and freezes that the person may end; None: everybody is offered all. `links`: where the question of a release
    stands, or else its thread, by the release's id.
    """

    recent: Sequence[Release] = ()
    given_up: Sequence[tuple[str, str]] = ()
    bars: Sequence[Bar] = ()
    absences: Sequence[Absence] = ()
    groups: frozenset[str] = frozenset()
    endable: frozenset[str] | None = None
    links: Mapping[str, str] = field(default_factory=dict)


NOTHING = Around()


def home(moving: Sequence[Release], now: float, person: str, around: Around = NOTHING) -> Block:
    """A view for `person`, a Slack user id, as `views.publish` takes it. `moving`: newest first."""
    mine = waiting_for(moving, now, person, around.groups)
    queued = [release for release in moving if release not in mine and release.phase is Phase.QUEUED]
    rest = [release for release in moving if release not in mine and release not in queued]
    here = {release.id for release in moving}
    recent = [release for release in around.recent if release.id not in here]
    shown = [
        *_part("Waiting for you", mine, MINE_MAX, lambda release: _mine(release, now, around.links)),
        *_left_to_people(around.given_up),
        *_part("Moving", rest, MOVING_MAX, lambda release: [_listed(release, now)]),
        *_part("Queued", queued, QUEUED_MAX, lambda release: [_listed(release, now)]),
    ]
    if not moving:
        shown += [section("*Nothing is being released.* `/stage SERVICE VERSION` starts a release."), divider()]
    if around.bars:
        shown += [header("Locked and frozen"), *bar_lines(around.bars, now, around.endable), divider()]
    if around.absences:
        plans = [release.plan for release in moving]
        shown += [header("Away"), *absence_lines(around.absences, plans), divider()]
    shown += _part("Recent", recent[:RECENT_MAX], RECENT_MAX, lambda release: [_listed(release, now)])
    shown.append(context("`/stage` starts a release; `/release help` says what else I can be asked."))
    return {"type": "home", "blocks": [block for block in shown if block is not None][:BLOCKS_MAX]}


def waiting_for(moving: Sequence[Release], now: float, person: str, groups: frozenset[str]) -> list[Release]:
    return [release for release in moving if is_awaited(release, now, person, groups)]


def _part(
    title: str, releases: Sequence[Release], most: int, draw: Callable[[Release], list[Block | None]]
) -> list[Block | None]:
    """A heading and what stands under it; nothing where there is nothing."""
    if not releases:
        return []
    more = len(releases) - most
    drawn = [block for release in releases[:most] for block in draw(release)]
    return [header(title), *drawn, context(f"and {more} older" if more > 0 else ""), divider()]


def _listed(release: Release, now: float) -> Block | None:
    return line(release, standing.last_mark(release, now), now)


def _mine(release: Release, now: float, links: Mapping[str, str]) -> list[Block | None]:
    return [_listed(release, now), buttons.answering(release, links.get(release.id, ""))]


def _left_to_people(given_up: Sequence[tuple[str, str]]) -> list[Block | None]:
    """What was asked of the world and failed for good, the newest first: nobody else may have said so."""
    if not given_up:
        return []
    newest = list(reversed(given_up))
    told = [
        f":warning: *{foreign(key.partition('/')[0], 80)}* · {_attempt(key)}: {foreign(reason, REASON_MAX)}"
        for key, reason in newest[:GIVEN_UP_SHOWN_MAX]
    ]
    older = len(newest) - len(told)
    rest = context(f"and {older} older" if older else "")
    return [header("Given up: somebody should look"), section("\n".join(told)), rest, divider()]


def _attempt(key: str) -> str:
    """What an effect tried, by the end of its key (`bot.core.effects`)."""
    _release, _version, kind, *about = key.split("/")
    match kind:
        case "post":
            return f"could not post in its {'thread' if about[0] in ('thread', 'broadcast') else 'channels'}"
        case "announce":
            return f"could not announce it in {foreign('/'.join(about), 80)}"
        case "day":
            return f"could not tell the daily status in {foreign('/'.join(about), 80)}"
        case "page":
            return "could not call the people on call"
        case "incident":
            return "could not file its incident"
        case "prepare" | "deploy":
            return f"could not {kind} it"
        case "undo":
            return "could not take it away again"
        case "supersede" | "next":
            return f"could not tell {foreign('/'.join(about), 80)} about it"
        case text:
            return f"could not write its {foreign(text, 80)}"
