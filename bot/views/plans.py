"""A changed plan in words: the line on the card, and the answer that shows what changed and what it would mean.

The one thing to remember: a plan is written by people of the service, and its strings are shown as they are: escaped,
and with nothing in them that calls anybody but the ids of its own people.
"""

import re
from collections.abc import Iterable

from bot.core.model import Release
from bot.core.plan import Plan
from bot.texts.plans import Difference, Outlook, differences, meaning, noticed
from bot.views import blocks
from bot.views.mrkdwn import foreign, mention
from bot.views.rendered import Block, Rendered
from bot.views.words import called

LINE_MAX = 400
SHOWN_MAX = 12
"""Differences of one group; the rest is counted."""
WORDS_MAX = 900
_HEADS = {
    "criteria": "Criteria",
    "steps": "Stages and steps",
    "approvals": "Approvals",
    "times": "Times",
    "people": "People",
    "other": "Also",
}
_MENTION = re.compile(r"&lt;(?:@|!subteam\^)([UWS][A-Z0-9]{2,})&gt;")


def plan_line(release: Release, plan: Plan | None) -> Block | None:
    """On the card and in a status: that the file says something else by now, and where to see what."""
    said = noticed(release, plan)
    return blocks.context(f":page_facing_up: {said} `/release plan {release.id}`") if said else None


def plan_shown(outlook: Outlook) -> Rendered:
    """What changed, and what that would mean for the release; that nothing changed; or why the file cannot be read."""
    release = outlook.release
    name = f"{called(release)} ({release.id})"
    if outlook.trouble:
        said = f":warning: The plan file of {release.service} cannot be read; {name} goes on by the plan that it has."
        return blocks.rendered(said, blocks.section(said), blocks.quote(outlook.trouble))
    if not outlook.is_changed:
        said = f":white_check_mark: Nothing changed: {name} has the plan that the file says."
        return blocks.rendered(said, blocks.section(said), _digests(outlook))
    said = f":page_facing_up: The plan file of {release.service} says something else than the plan of {name}."
    return blocks.rendered(
        said,
        blocks.section(said),
        *_grouped(differences(release.plan, outlook.plan), _known(release.plan, outlook.plan)),
        blocks.section(_meaning(outlook)),
        _digests(outlook),
    )


def _known(*plans: Plan) -> frozenset[str]:
    return frozenset(person for plan in plans for person in plan.named | plan.groups)


def _grouped(found: Iterable[Difference], known: frozenset[str]) -> list[Block | None]:
    by: dict[str, list[str]] = {}
    for one in found:
        by.setdefault(one.group, []).append(_named(one.words, known))
    return [blocks.section(f"*{_HEADS[group]}*\n{_bullets(lines)}") for group, lines in by.items()]


def _bullets(lines: list[str]) -> str:
    more = [f"• and {len(lines) - SHOWN_MAX} more"] if len(lines) > SHOWN_MAX else []
    return "\n".join([*(f"• {one}" for one in lines[:SHOWN_MAX]), *more])


def _named(words: str, known: frozenset[str]) -> str:
    """Foreign text in which people of the plans stand by their ids; nobody else is anybody in it."""
    return _MENTION.sub(lambda found: mention(found[1]) if found[1] in known else found[0], foreign(words, LINE_MAX))


def _meaning(outlook: Outlook) -> str:
    if outlook.obstacle:
        return f":no_entry: *{outlook.release.id} cannot take it*: {foreign(outlook.obstacle, WORDS_MAX)}."
    lines = [foreign(one, WORDS_MAX) for one in meaning(outlook)]
    return f"*For {outlook.release.id} it would mean*\n{_bullets(lines)}" if lines else ""


def _digests(outlook: Outlook) -> Block | None:
    pinned, file = outlook.release.plan_digest, outlook.plan.digest
    both = f"plan `{pinned}`, the file says `{file}`" if outlook.is_changed else f"plan `{pinned}`"
    return blocks.context(both)
