"""The forms that buttons open: one function a form, in one table that `handlers/` looks the button's name up in.

A form is named like its button (`callback_id`), carries what the button carried (`private_metadata`, JSON), and gives
its answers under the names `reason`, `text`, `severity`, `decision`, `change`, `words`,
`times` and `part-N`. The one thing to remember: what is typed
here is limited where it is typed, to what the core accepts, so that nobody writes a page and then hears of it.
"""

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping

from bot.core.asked import TEXT_LENGTH_MAX
from bot.core.contents import Artefact, Severity
from bot.core.foreign import clean
from bot.core.measures import exposure_now
from bot.core.model import Phase, Release
from bot.core.quantities import percent_in_words
from bot.core.shown import TEXTS
from bot.texts.kinds import KINDS
from bot.texts.plain import next_in_words
from bot.views import blocks
from bot.views.concerns import givers, named
from bot.views.mrkdwn import foreign, mentions, moment, who
from bot.views.numbers import readings
from bot.views.prose import prose
from bot.views.rendered import Block, Rendered
from bot.views.texts import byline
from bot.views.texts import title as text_title
from bot.views.words import called, change_flat, headline

TITLE_MAX = 24
SUBMIT_MAX = 24
METADATA_MAX = 3_000
LABEL_MAX = 150
PLACEHOLDER_MAX = 150
OPTION_MAX = 75
FIELD_MAX = 3_000
PART_MAX = 2_400
"""Characters of a text in one field: the rest of the field is room to write."""
TEXTS_MAX = 40
VERSIONS_SHOWN_MAX = 6
READ, EDIT = "read", "edit"
READ_MAX = 24_000

CHANGES_MAX = 100
"""Options of one choice, of which Slack allows no more."""

_SEVERITIES = (
    (Severity.CRITICAL, "Critical", "Users would lose something, or could not go on."),
    (Severity.MAJOR, "Major", "Many would notice, and be hindered."),
    (Severity.MINOR, "Minor", "It could be better."),
)

_DECISIONS = (
    ("caveat", "Release it with a caveat", "It goes on; your words stand with it as a known limitation."),
    ("fix_first", "Fix it first", "This release ends; your words say what to fix."),
    ("descope", "Leave it out", "This release ends; your words say what to leave out."),
)


def reject(release: Release, carried: str) -> Block:
    words = f"{called(release)} ends, and is taken away from where it was deployed. Who made it reads your reason."
    return _form(
        "reject", f"Reject {release.id}", "Reject", carried, _say(words), question("reason", "What is wrong with it?")
    )


def concern(release: Release, carried: str) -> Block:
    decider = release.plan.decider_role
    by = f"{mentions(release.plan.holders(decider))} ({decider})" if decider else "an operator"
    words = f"Nothing of {called(release)} is promoted until {by} has decided about it."
    how_bad = _choose("severity", "How bad is it?", _SEVERITIES)
    ask = question("text", "What worries you?")
    return _form("concern", "Raise a concern", "Raise it", carried, _say(words), how_bad, ask)


def demo(release: Release, carried: str) -> Block:
    words = f"{givers(release)} will read it in the thread of {called(release)}. Nothing waits for it."
    hint = "A few days and times, with your time zone: Tuesday 10:00 to 12:00, Wednesday after 15:00, Berlin."
    ask = question("times", "When would it suit you?", hint=hint)
    return _form("demo", "Ask for a live demo", "Ask", carried, _say(words), ask)


def decide_concern(release: Release, carried: str) -> Block:
    number = json.loads(carried).get("concern")
    meant = next((one for one in release.concerns if one.number == number), None)
    about = f"*{named(meant)}*, from {who(meant.actor)}: {foreign(meant.text, 2_000)}" if meant else "A concern"
    return _form(
        "decide_concern",
        "Decide on a concern",
        "Decide",
        carried,
        _say(about),
        _choose("decision", "What is to be done?", _DECISIONS),
        _which_change(release),
        question("words", "In your words", hint="The caveat, or what to fix, or what to leave out."),
    )


def accept(release: Release, carried: str) -> Block:
    """Where somebody has accepted it already there is nothing to ask: that is said instead."""
    metric = str(json.loads(carried).get("metric", ""))
    verdict = release.entry.verdict if release.entry is not None else None
    shown = next((one for one in readings(verdict, release) if one.name == metric), None)
    about = f"{shown.title} {shown.numbers}" if shown is not None else f"*{foreign(metric, 60) or 'An anomaly'}*"
    if (accepted := release.acceptance(metric)) is not None:
        words = f"{who(accepted.actor)} has accepted it for this stage: {foreign(accepted.reason, 2_000)}"
        return _page("accept", "Accept an anomaly", carried, _say(f"{about}\n{words}"))
    words = "It is then shown as accepted, and not mentioned again in this stage. Its limits still count."
    ask = question("reason", "Why is it all right?", hint="Everybody in the thread reads it.")
    return _form("accept", "Accept an anomaly", "Accept", carried, _say(f"{about}\n{words}"), ask)


def hold(release: Release, carried: str) -> Block:
    words = f"{called(release)} is promoted no further until somebody resumes it. Looking and rolling back go on."
    return _form(
        "hold", f"Hold {release.id}", "Hold", carried, _say(words), question("reason", "Why?", is_optional=True)
    )


def promote(release: Release, carried: str) -> Block:
    words = (
        f":warning: This skips the waiting that is left before *{next_in_words(release)}*. "
        f"{percent_in_words(exposure_now(release))} of the traffic is on {called(release)} now. "
        "It never skips an approval or anything that fails."
    )
    ask = question("reason", "Why can it not wait?", is_optional=True)
    return _form("promote", f"Promote {release.id}", "Promote", carried, _say(words), ask)


def cancel(release: Release, carried: str) -> Block:
    if release.phase is Phase.ROLLING_BACK:  # the button is from before
        words = f"{called(release)} is on its way back already. Where that is stuck, its card offers to give it up."
        return _page("cancel", f"Cancel {release.id}", carried, _say(words))
    words = f"{called(release)} ends here. What was deployed of it is taken away; none of your users has it."
    return _form("cancel", f"Cancel {release.id}", "Cancel it", carried, _say(words), question("reason", "Why?"))


def give_up(release: Release, carried: str) -> Block:
    words = (
        f":warning: The traffic of {called(release)} was not seen back. Move it by hand first: once this is given up, "
        "the release ends, and the next one may take its place."
    )
    ask = question("reason", "Who has moved it, and how?")
    return _form("give_up", "Give up the way back", "Give up", carried, _say(words), ask)


def unblock(release: Release, carried: str) -> Block:
    words = f"The build of {called(release)} was rolled back. Say why it may be staged again."
    return _form(
        "unblock", "Unblock this build", "Unblock", carried, _say(words), question("reason", "What has changed?")
    )


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def texts(release: Release, carried: str) -> Block:
    """Every text: what it holds, who wrote it, and a button to read it, and from there to write it anew."""
    listed = [_listed(release, kind) for kind in sorted(release.texts, key=_order) if "/" not in kind]
    nothing = f"Nothing has been written about {called(release)} yet."
    shown = listed[:TEXTS_MAX] or [_say(nothing)]
    return _page("texts", f"Texts of {release.id}", carried, *shown)


def _listed(release: Release, kind: str) -> Block:
    text = release.artefacts[kind]
    count = f" · version {text.version}" if text.version > 1 else ""
    published = " · published" if release.published.get(kind) == text else ""
    words = f"*{foreign(text_title(kind))}*{count}{published}\n{headline(text.text)}\n_{byline(text)}_"
    value = {"release": release.id, "kind": kind, "version": text.version}
    return {**_say(words), "accessory": blocks.button("text", "Read", value), "block_id": f"{release.id}/{kind}"}


def _order(kind: str) -> int:
    return [*KINDS, kind].index(kind)


def text(release: Release, carried: str) -> Block:
    """The newest version to read, with what there was before; what `do` asks for comes on top of that.

    `read` is the `version` that stood there; `edit` has fields as long as Slack allows, a long text in several.
    """
    kind = str(json.loads(carried).get("kind", ""))
    found = release.artefacts.get(kind)
    if found is None:
        return _page(
            "text", "Nothing there", carried, _say("That text has not been written, or is not there any more.")
        )
    asked = json.loads(carried).get("do")
    if asked == READ:
        number = json.loads(carried).get("version")
        return _read(carried, next((one for one in release.texts[kind] if one.version == number), found))
    if asked != EDIT or not found.is_editable:
        return _read(carried, found, *_versions(release, kind), _edit(release, found))
    held = {**json.loads(carried), "version": found.version}
    parts = [_field(f"part-{number}", part) for number, part in enumerate(in_parts(clean(found.text)), 1)]
    title = text_title(kind)
    words = _say(f"{_consequence(release, kind)}What you save is version {found.version + 1}, in your name.")
    return _form("text", title, "Save", blocks.compact(held), words, *parts, _more(len(parts)))


def _consequence(release: Release, kind: str) -> str:
    """What comes of other words, for whoever is about to write them."""
    shown = release.shown(kind)
    if kind in release.published:
        return "What was published stays as it was. "
    if shown is None or not shown.is_asked or kind not in TEXTS:
        return ""
    if release.entry is not None and release.entry.asked is not None:
        return "Those who look at this are asked again. "
    number = shown.version
    return f"Approvers were shown version {number}. Nobody is asked in this step, and the thread says who changed it. "


def _read(carried: str, shown: Artefact, *above: Block) -> Block:
    title = f"{text_title(shown.kind)}, version {shown.version}"
    short = title if len(title) <= TITLE_MAX else f"Version {shown.version}"
    return _page("text", short, carried, *above, *prose(shown.text, READ_MAX), _say(f"_{byline(shown)}_"))


def _edit(release: Release, text: Artefact) -> Block:
    if not text.is_editable:
        return _say("_It says what was measured: nobody edits it._")
    value = {"release": release.id, "kind": text.kind, "version": text.version, "do": EDIT}
    button = blocks.button("text", "Edit", value)
    return {**_say("Whoever the plan names may write it anew."), "accessory": button, "block_id": f"{release.id}/edit"}


def _versions(release: Release, kind: str) -> list[Block]:
    """What there was before, what was asked about and what was published, and a button to read each."""
    newest = release.artefacts[kind]
    shown = []
    for one in release.texts[kind][-VERSIONS_SHOWN_MAX:]:
        asked = ", what approvers were asked about" if one.is_asked else ""
        published = ", published" if release.published.get(kind) == one else ""
        line = _say(f"Version {one.version}: {byline(one)}, {moment(one.at)}{asked}{published}")
        value = {"release": release.id, "kind": kind, "version": one.version, "do": READ}
        button = {"accessory": blocks.button("text", "Read", value)} if one != newest else {}
        shown.append({**line, **button, "block_id": f"{release.id}/{kind}/{one.version}"})
    return shown


def in_parts(text: str) -> list[str]:
    """The text cut between lines, each part short enough to grow in its field."""
    parts, lines, size = [], list[str](), 0
    for line in text.rstrip("\n").split("\n"):
        for piece in textwrap.wrap(line, PART_MAX, drop_whitespace=False) if len(line) > PART_MAX else [line]:
            if lines and size + len(piece) + 1 > PART_MAX:
                parts.append("\n".join(lines))
                lines, size = [], 0
            lines.append(piece)
            size += len(piece) + 1
    return [*parts, "\n".join(lines)]


def _field(name: str, text: str) -> Block:
    asked = question(name, "Text" if name == "part-1" else "… goes on", is_optional=True)
    asked["element"] |= {"max_length": FIELD_MAX, **({"initial_value": text} if text.strip() else {})}
    return asked


def _more(parts: int) -> Block:
    """Room at the end, where a text usually grows."""
    asked = _field(f"part-{parts + 1}", "")
    return {**asked, "label": blocks.plain("More", LABEL_MAX)}


PAGES: Mapping[str, Callable[[Release, str], Block]] = {"texts": texts}
"""Forms that ask nothing: to read, and to go on from."""

MODALS: Mapping[str, Callable[[Release, str], Block]] = {
    "reject": reject,
    "concern": concern,
    "demo": demo,
    "decide_concern": decide_concern,
    "accept": accept,
    "hold": hold,
    "promote": promote,
    "cancel": cancel,
    "give_up": give_up,
    "unblock": unblock,
    "text": text,
}
"""By the name of the button that opens it; each takes the release as it is now, and the JSON that the form carries."""


def as_page(message: Rendered) -> Block:
    """A message to read and close. A button in it would have no place to answer: there are none."""
    shown = [block for block in message.blocks if block["type"] != "actions"]
    title, close = ({"type": "plain_text", "text": text} for text in ("Songbird", "Close"))
    return {"type": "modal", "title": title, "close": close, "blocks": shown}


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _form(name: str, title: str, submit: str, carried: str, *parts: Block | None) -> Block:
    assert len(carried) <= METADATA_MAX, f"form {name} cannot carry {len(carried)} characters"
    return {
        "type": "modal",
        "callback_id": name,
        "private_metadata": carried,
        "title": blocks.plain(title, TITLE_MAX),
        "submit": blocks.plain(submit, SUBMIT_MAX),
        "close": blocks.plain("Not now", SUBMIT_MAX),
        "blocks": [part for part in parts if part is not None],
    }


def _page(name: str, title: str, carried: str, *parts: Block) -> Block:
    """A form that asks nothing: to read and close."""
    form = _form(name, title, "", carried, *parts)
    return {part: value for part, value in form.items() if part != "submit"} | {
        "close": blocks.plain("Close", SUBMIT_MAX)
    }


def _say(mrkdwn: str) -> Block:
    return {"type": "section", "text": blocks.marked(mrkdwn, blocks.SECTION_MAX)}


def question(name: str, label: str, *, hint: str = "", is_optional: bool = False) -> Block:
    asked: Block = {
        "type": "input",
        "block_id": name,
        "optional": is_optional,
        "label": blocks.plain(label, LABEL_MAX),
        "element": {
            "type": "plain_text_input",
            "action_id": name,
            "multiline": True,
            "max_length": TEXT_LENGTH_MAX,
        },
    }
    return {**asked, "hint": blocks.plain(hint, LABEL_MAX)} if hint else asked


def _choose(name: str, label: str, choices: Iterable[tuple[str, str, str]]) -> Block:
    options = [
        {"text": blocks.plain(words, OPTION_MAX), "value": str(value), "description": blocks.plain(means, OPTION_MAX)}
        for value, words, means in choices
    ]
    radio = {"type": "radio_buttons", "action_id": name, "options": options}
    return {"type": "input", "block_id": name, "label": blocks.plain(label, LABEL_MAX), "element": radio}


def _which_change(release: Release) -> Block | None:
    """Asked of everybody, and needed only where something is left out: a form cannot know what was chosen in it."""
    options = [
        {"text": blocks.plain(change_flat(change), OPTION_MAX), "value": change.commit}
        for change in release.changes[:CHANGES_MAX]
    ]
    if not options:
        return None
    select = {
        "type": "static_select",
        "action_id": "change",
        "placeholder": blocks.plain("Choose a change", PLACEHOLDER_MAX),
        "options": options,
    }
    return {
        "type": "input",
        "block_id": "change",
        "optional": True,
        "label": blocks.plain("Which change, if one is left out?", LABEL_MAX),
        "element": select,
    }
