"""Incidents that a release caused, in words: told in its thread, kept on its card, asked for in a form.

The one thing to remember: what is recorded moves nothing, so every message about one says what people can do.
"""

from collections.abc import Sequence

from bot.core import events as e
from bot.core.incidents import KEY_MAX
from bot.core.model import Phase, Release
from bot.core.voices import Incident
from bot.views import blocks
from bot.views.modals import LABEL_MAX, OPTION_MAX, PLACEHOLDER_MAX, SUBMIT_MAX, TITLE_MAX, question
from bot.views.mrkdwn import flat, foreign, when, who
from bot.views.rendered import Block, Rendered
from bot.views.told import Told
from bot.views.words import called, phase_in_words

SIGN = ":fire:"
SHOWN_MAX = 3
TEXT_MAX = 300

FORM = "incident"
RELEASE, TEXT, KEY = "release", "text", "key"


def named(incident: Incident) -> str:
    """`Incident 2 (INC-42)`: mrkdwn."""
    key = f" ({foreign(incident.key, KEY_MAX)})" if incident.key else ""
    return f"Incident {incident.number}{key}"


def incident_recorded(event: e.IncidentRecorded, told: Told) -> Rendered:
    release, incident = told.release, _of(event.number, told.release)
    began = f", begun {when(incident.began_at, told.at)}" if incident.began_at is not None else ""
    by = who(told.recorded.actor)
    words = f"{SIGN} {named(incident)}{began}: {by} says that {called(release)} caused it. {_what_now(release)}"
    wrong = f"It was something else? `/release incident {release.id} withdraw {incident.number} reason`"
    return told.say(words.rstrip(), blocks.quote(event.text), blocks.context(wrong))


def incident_withdrawn(event: e.IncidentWithdrawn, told: Told) -> Rendered:
    """Whoever reads on from the first message has to hear it as well."""
    incident, by = _of(event.number, told.release), who(told.recorded.actor)
    words = f"{named(incident)} is taken back by {by}: {called(told.release)} did not cause it. It counts no more."
    return told.say(f":back: {words}", blocks.quote(event.reason))


def incident_lines(release: Release, posted_at: float) -> Block | None:
    """What it caused, as people say: on its card, and with its status."""
    lines = [
        f"{SIGN} *{named(one)}*, recorded by {who(one.actor)} {when(one.at, posted_at)}: {foreign(one.text, TEXT_MAX)}"
        for one in release.incidents[:SHOWN_MAX]
    ]
    more = len(release.incidents) - SHOWN_MAX
    return blocks.section("\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])) if lines else None


def _what_now(release: Release) -> str:
    """Songbird does nothing because of it; where people can, how."""
    name = release.id
    match release.phase:
        case Phase.DEPLOYING | Phase.PROVING | Phase.WATCHING:
            back = f"*Roll back* on its card takes the traffic back (`/release rollback {name}`)"
            hold = f", *Hold* keeps it where it is (`/release hold {name}`)" if release.held is None else ""
            return f"By itself that changes nothing: its numbers decide. {back}{hold}."
        case Phase.ROLLING_BACK:
            return "It is on its way back already."
        case Phase.HEALTHY:
            return f"It has ended as healthy: a release of another version takes it back, `/stage {release.service}`."
        case _:
            return ""


def _of(number: int, release: Release) -> Incident:
    return next(one for one in release.every_incident if one.number == number)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def incident_done(release: Release, incident: Incident, now: float, *, was_known: bool) -> Rendered:
    """What whoever recorded it hears; where it was known already, whose word that was."""
    if incident.withdrawn is not None:
        word = incident.withdrawn
        by = f"{who(word.actor)} {when(word.at, now)}: {foreign(word.words, TEXT_MAX)}"
        said = (
            f":no_entry: {named(incident)} of {release.id} was taken back by {by}\nNothing is recorded. If it was "
            f"{release.id} after all, record it without its key."
        )
    elif was_known:
        by = f"by {who(incident.actor)} {when(incident.at, now)}: {foreign(incident.text, TEXT_MAX)}"
        said = f":white_check_mark: {named(incident)} of {release.id} is recorded already, {by}\nIt counts once."
    else:
        said = (
            f":white_check_mark: {named(incident)} of {release.id} is recorded. It counts in `/release stats "
            f"{release.service}`, and moves nothing; the thread says what people can do."
        )
    return blocks.rendered(said.partition("\n")[0], blocks.section(said))


def incident_gone(release: Release, incident: Incident) -> Rendered:
    said = f":white_check_mark: {named(incident)} of {release.id} is taken back, and counts no more."
    return blocks.rendered(said, blocks.section(said))


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def incident_form(releases: Sequence[Release], chosen: str = "") -> Block:
    """`releases`: those that it may have been, newest first; `chosen` is the one that was named, if one was."""
    words = "It is told in the release's thread and counted. It stops nothing and takes nothing back."
    hint = "Its name in your pager or post-mortem, such as INC-42: by that it is known if somebody else records it."
    key = question(KEY, "Its key elsewhere", hint=hint, is_optional=True)
    key["element"] |= {"multiline": False, "max_length": KEY_MAX}
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": "{}",
        "title": blocks.plain("Record an incident", TITLE_MAX),
        "submit": blocks.plain("Record", SUBMIT_MAX),
        "close": blocks.plain("Not now", SUBMIT_MAX),
        "blocks": [
            blocks.section(words),
            _which(releases, chosen),
            key,
            question(TEXT, "What happened to users?"),
        ],
    }


def _which(releases: Sequence[Release], chosen: str) -> Block:
    options = [
        {
            "text": blocks.plain(
                flat(f"{one.id} · {one.name or one.ref} · {phase_in_words(one)}", OPTION_MAX), OPTION_MAX
            ),
            "value": one.id,
        }
        for one in releases
    ]
    select = {
        "type": "static_select",
        "action_id": RELEASE,
        "placeholder": blocks.plain("Choose a release", PLACEHOLDER_MAX),
        "options": options,
    }
    present = next((one for one in options if one["value"] == chosen), None)
    return {
        "type": "input",
        "block_id": RELEASE,
        "label": blocks.plain("Which release caused it?", LABEL_MAX),
        "element": {**select, "initial_option": present} if present else select,
    }
