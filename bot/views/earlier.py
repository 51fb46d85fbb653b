"""What an earlier build has left behind, in words: the message that calls people back, and the lines in the question.

The one thing to remember: a person is called once, by the message; in the question, which is edited, they are named.
"""

from bot.core import events as e
from bot.core.actors import Door
from bot.core.contents import Change
from bot.core.model import Release
from bot.core.voices import Earlier, SentBack
from bot.texts.plain import listed
from bot.views import blocks
from bot.views.concerns import DECISIONS
from bot.views.mrkdwn import foreign, mentions, who
from bot.views.rendered import Block, Rendered
from bot.views.told import Told
from bot.views.words import called, change_flat

CHANGES_SHOWN_MAX = 5
WORDS_MAX = 300


def earlier_known(event: e.EarlierKnown, told: Told) -> Rendered:
    before, release = event.earlier, told.release
    parts = [
        part for part in (_called_approvers(before, release), _called_worried(before, release)) if part is not None
    ]
    return told.say(f":rewind: {' '.join(parts)}", *lines(release))


def lines(release: Release) -> tuple[Block | None, ...]:
    """`Before: …, fix it first` for each concern, then the difference; nothing where nothing was left behind."""
    before = release.earlier
    if before is None:
        return ()
    return (blocks.section("\n".join(map(_sent_back, before.sent_back))), *_difference(release, before))


def _called_approvers(before: Earlier, release: Release) -> str | None:
    people = [one.actor.id for one in before.approvals if one.actor.door is Door.SLACK]
    if not people:
        return None
    was = f"{before.release} ({foreign(before.name, 60)})"
    return (
        f"{mentions(people)}: you said yes to {was}, which does not count for {called(release)}. "
        "Here is what is different; the question above takes your yes."
    )


def _called_worried(before: Earlier, release: Release) -> str | None:
    people = [one.concern.actor.id for one in before.sent_back if one.concern.actor.door is Door.SLACK]
    return f"{mentions(people)}: {called(release)} is to answer your concern." if people else None


def _sent_back(one: SentBack) -> str:
    concern = one.concern
    assert concern.decision is not None, f"{one.release} was sent back undecided"
    text, words = foreign(concern.text, WORDS_MAX), foreign(concern.words, WORDS_MAX)
    return f"*Before*, in {one.release}: {text} ({who(concern.actor)}); {DECISIONS[concern.decision]}: {words}"


def _difference(release: Release, before: Earlier) -> tuple[Block | None, ...]:
    since = [change for change in release.changes if change.commit in before.since]
    by = listed(tuple(dict.fromkeys(who(one.actor) for one in before.approvals)))
    approved = f", to which {by} said yes" if by else ""
    count = f"{len(since)} change{'' if len(since) == 1 else 's'}" if since else "nothing new"
    gone = f", and {len(before.gone)} of its changes gone" if before.gone else ""
    head = f"*Since {before.release}* ({foreign(before.name, 60)}){approved}: {count}{gone}"
    return (blocks.section(head), _changes("", since), _changes("gone: ", before.gone))


def _changes(sign: str, changes: list[Change] | tuple[Change, ...]) -> Block | None:
    shown = [blocks.line(blocks.words(f"{sign}{change_flat(one)}")) for one in changes[:CHANGES_SHOWN_MAX]]
    if len(changes) > CHANGES_SHOWN_MAX:
        shown.append(blocks.line(blocks.words(f"and {len(changes) - CHANGES_SHOWN_MAX} more")))
    return blocks.rich(blocks.bullets(shown)) if shown else None
