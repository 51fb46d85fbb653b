"""A changed plan in words: the line on the card, and the answer that shows what changed and what it would mean.

The one thing to remember: a plan is written by people of the service, and its strings are shown as they are: escaped,
and with nothing in them that calls anybody but the ids of its own people.
"""

import re
from collections.abc import Iterable

from bot.core import events as e
from bot.core.asked import TEXT_LENGTH_MAX
from bot.core.foreign import clean, cut_plain
from bot.core.model import Release
from bot.core.plan import Plan
from bot.core.quantities import percent_in_words
from bot.texts.plain import called_flat, listed
from bot.texts.plans import Difference, Outlook, differences, groups, meaning, noticed, passed
from bot.views import blocks
from bot.views.mrkdwn import flat, foreign, mention, who
from bot.views.rendered import Block, Rendered
from bot.views.told import Told
from bot.views.words import called

LINE_MAX = 400
SHOWN_MAX = 12
"""Differences of one group; the rest is counted."""
WORDS_MAX = 900
REASON_MAX = 800
"""Characters of a reason that a button carries: quoted as JSON they still fit its value."""
TITLE_MAX = 24
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


def plan_shown(outlook: Outlook, reason: str = "") -> Rendered:
    """What changed, and what that would mean for the release; that nothing changed; or why the file cannot be read.

    With a button that applies it: for this `reason`, or for the one that a form asks for.
    """
    release = outlook.release
    name = f"{called(release)} ({release.id})"
    if outlook.trouble:
        said = f":warning: The plan file of {release.service} is not in order; {name} goes on by the plan that it has."
        return blocks.rendered(said, blocks.section(said), blocks.quote(outlook.trouble), _beside(outlook))
    if not outlook.is_changed:
        said = f":white_check_mark: Nothing changed: {name} has the plan that the file says."
        return blocks.rendered(said, blocks.section(said), _digests(outlook), _beside(outlook))
    said = f":page_facing_up: The plan file of {release.service} says something else than the plan of {name}."
    return blocks.rendered(
        said,
        blocks.section(said),
        *_grouped(differences(release.plan, outlook.plan), _known(release.plan, outlook.plan)),
        blocks.section(_meaning(outlook)),
        _digests(outlook),
        _beside(outlook),
        blocks.quote(flat(reason, REASON_MAX)) if reason and not outlook.obstacle else None,
        None if outlook.obstacle else _buttons(outlook, reason),
    )


def _beside(outlook: Outlook) -> Block | None:
    return blocks.context(f":warning: {foreign(outlook.beside, LINE_MAX)}") if outlook.beside else None


def _buttons(outlook: Outlook, reason: str) -> Block | None:
    """What it carries is what was shown: this entry, this plan in the place of that one."""
    release, label = outlook.release, f"Apply it to {outlook.release.id}"
    entry = release.entry.number if release.entry is not None else 0
    on = {"release": release.id, "entry": entry, "subject": outlook.plan.digest, "over": release.plan_digest}
    if not reason:
        return blocks.actions(f"{release.id}/{entry}/plan", (blocks.button("change_plan", f"{label}…", on),))
    dialog = blocks.confirm("Apply the changed plan?", f"{called_flat(release)} {_SURE}", "Apply it", style="danger")
    carried = cut_plain(" ".join(clean(reason).split()), REASON_MAX)
    button = blocks.button("apply_plan", label, {**on, "reason": carried}, style="danger", confirm=dialog)
    return blocks.actions(f"{release.id}/{entry}/plan", (button,))


_SURE = (
    "goes on by the plan as its file says now. What it stands in is judged from the beginning, and whoever said yes is "
    "asked again. Everybody sees that it was your word."
)


def change_form(release: Release, carried: str) -> Block:
    """Asks why; `carried` is what the button carried."""
    field = {"type": "plain_text_input", "action_id": "reason", "multiline": True, "max_length": TEXT_LENGTH_MAX}
    return {
        "type": "modal",
        "callback_id": "change_plan",
        "title": blocks.plain(f"Plan of {release.id}", TITLE_MAX),
        "submit": blocks.plain("Apply it", TITLE_MAX),
        "close": blocks.plain("Not now", TITLE_MAX),
        "private_metadata": carried,
        "blocks": [
            blocks.section(f"{called(release)} {_SURE}"),
            {"type": "input", "block_id": "reason", "label": blocks.plain("Why?", TITLE_MAX), "element": field},
        ],
    }


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def plan_changed(event: e.PlanChanged, told: Told) -> Rendered:
    release = told.release
    about = listed(groups(told.before.plan, event.plan)) if told.before is not None else ""
    words = f"{who(told.recorded.actor)} changed the plan of {called(release)}{f' ({about})' if about else ''}."
    found = differences(told.before.plan, event.plan) if told.before is not None else ()
    known = _known(told.before.plan, event.plan) if told.before is not None else frozenset()
    return told.say(
        f":page_facing_up: {words} {_since(event, told)}",
        blocks.quote(flat(event.reason, REASON_MAX)),
        *_grouped(found, known),
    )


def _since(event: e.PlanChanged, told: Told) -> str:
    """Where it is from here on."""
    if not event.is_new:
        behind = passed(told.before) if told.before is not None else ""
        return f"Nothing is judged where it is, and it goes on.{behind}"
    before = told.before.entry.exposure if told.before is not None and told.before.entry is not None else None
    less = before is not None and event.exposure is not None and event.exposure < before
    down = f" Its traffic goes down to {percent_in_words(event.exposure or 0.0)}." if less else ""
    where = "The watch" if event.step is None else "The step"
    yes = (
        f" It stays there until {listed(list(event.owed.roles))} have said yes again." if event.owed is not None else ""
    )
    return f"{where} that it is in begins again by the changed plan.{down}{yes}"


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
