"""The form that stages a release: which service, which version, and what approvers should know of it.

What is known about a version stands beside it: a build that went back, a release that has it already. The one thing to
remember: Slack keeps what was typed over an update as long as a field keeps its name, so a version's menu is named
after its service, and begins empty for another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.asked import TEXT_LENGTH_MAX
from bot.core.beside import Bar
from bot.core.gates import bar_in_words
from bot.core.model import Phase, Release
from bot.texts import Material
from bot.texts.steps import risk
from bot.views import blocks
from bot.views.modals import LABEL_MAX, OPTION_MAX, PLACEHOLDER_MAX, SUBMIT_MAX, TITLE_MAX
from bot.views.mrkdwn import flat, foreign, when
from bot.views.rendered import Block
from bot.views.words import called, phase_emoji, phase_in_words

STAGE = "stage"
SERVICE = "service"
CHOOSE_SERVICE = "stage_service"
CHOOSE_VERSION = "stage_version"
TYPE_VERSION = "stage_typed"
RISK = "risk"
TYPED = "ref"
NOTE = "note"

OPTIONS_MAX = 100
OPTION_VALUE_MAX = 150
REF_MAX = 200
SHOWN_MAX = 5
TROUBLE_MAX = 300


@dataclass(frozen=True, slots=True)
class Version:
    """A tag or a branch that can be staged; `subject` is its first line, a stranger's."""

    name: str
    subject: str = ""
    is_tag: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """What the form knows of the service that is chosen. `trouble`: why its versions are not known.

    `releases` are the service's latest, newest first, and `bars` what keeps it from its users' traffic.
    """

    service: str
    versions: Sequence[Version] = ()
    trouble: str = ""
    releases: Sequence[Release] = ()
    bars: Sequence[Bar] = ()


def version_field(service: str) -> str:
    """The block of the menu of this service's versions."""
    return f"version/{service}"


def staging_form(services: Mapping[str, str], choice: Choice | None, now: float) -> Block:
    """`services` are all that have a plan, with their titles. Without a choice it asks for the service first."""
    chosen = _of(choice, now) if choice is not None else []
    note = _field(NOTE, "Note", "What approvers should know of it.", limit=TEXT_LENGTH_MAX, is_multiline=True)
    return {
        "type": "modal",
        "callback_id": STAGE,
        "title": blocks.plain("Stage a release", TITLE_MAX),
        "submit": blocks.plain("Stage", SUBMIT_MAX),
        "close": blocks.plain("Not now", SUBMIT_MAX),
        "blocks": [_services(services, choice), *chosen, note],
    }


def wanted(said: Mapping[str, str]) -> tuple[str, str]:
    """The field that says which version, and what it says; what is typed counts before what is chosen."""
    if typed := said.get(TYPED, "").strip():
        return TYPED, typed
    menu = version_field(said.get(SERVICE, ""))
    return menu, said.get(menu, "")


def with_line(view: Mapping[str, Any], field: str, mrkdwn: str) -> Block:
    """The same form, as a person sees it now, with this below one of its fields, or with nothing said any more."""
    said = blocks.context(mrkdwn)
    line = [{**said, "block_id": RISK}] if said is not None else []
    shown = [block for block in view["blocks"] if block.get("block_id") != RISK]
    below = next((number for number, block in enumerate(shown, 1) if block.get("block_id") == field), len(shown))
    kept = {name: view[name] for name in ("type", "callback_id", "title", "submit", "close")}
    return {**kept, "blocks": [*shown[:below], *line, *shown[below:]]}


def risk_in_words(version: str, risk: str, trouble: str = "") -> str:
    """How risky a version is, as mrkdwn. `trouble`: why that is not known yet."""
    said = foreign(risk, TROUBLE_MAX) if risk else f"worked out once it is staged ({foreign(trouble, TROUBLE_MAX)})"
    return f"*Risk of {foreign(version, REF_MAX)}*: {said}"


def unknown_in_words(why: str) -> str:
    """There is no such version, as mrkdwn; `why` names it."""
    return f":warning: It could not be staged: {foreign(why, TROUBLE_MAX)}"


def _services(services: Mapping[str, str], choice: Choice | None) -> Block:
    options = [
        _option(service, title if title != service else "") for service, title in list(services.items())[:OPTIONS_MAX]
    ]
    select: Block = {
        "type": "static_select",
        "action_id": CHOOSE_SERVICE,
        "placeholder": blocks.plain("Choose a service", PLACEHOLDER_MAX),
        "options": options,
    }
    present = next((one for one in options if choice is not None and one["value"] == choice.service), None)
    return {
        "type": "input",
        "block_id": SERVICE,
        "dispatch_action": True,
        "label": blocks.plain("Service", LABEL_MAX),
        "element": {**select, "initial_option": present} if present else select,
    }


def _of(choice: Choice, now: float) -> list[Block]:
    """What depends on the service."""
    menu = _menu(choice, now)
    said = (menu, _typed(is_only=menu is None), blocks.context(_trouble(choice)), _known(choice, now))
    return [block for block in said if block is not None]


def _typed(*, is_only: bool) -> Block:
    """It tells when Enter is pressed: a look at the repository for every letter would be about no version at all."""
    label, counts = ("Version", "") if is_only else ("Or another version", " What is typed here counts.")
    hint = f"A tag, a branch or a commit.{counts} Enter shows its risk."
    field = _field(TYPED, label, hint, limit=REF_MAX, is_optional=not is_only)
    tells = {"action_id": TYPE_VERSION, "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]}}
    return {**field, "dispatch_action": True, "element": {**field["element"], **tells}}


def _trouble(choice: Choice) -> str:
    if choice.trouble:
        return f":warning: Its versions are not known, so type one: {foreign(choice.trouble, TROUBLE_MAX)}"
    return "" if choice.versions else "Its repository has no tags and no branches."


def _menu(choice: Choice, now: float) -> Block | None:
    staged = {name: release for release in reversed(choice.releases) for name in (release.name, release.ref)}
    by_name = {one.name: one for one in sorted(choice.versions, key=lambda one: one.is_tag)}  # git takes the tag, too
    options = [
        _option(one.name, _about(one, staged.get(one.name), now), "" if one.is_tag else " (branch)")
        for one in choice.versions
        if len(one.name) <= OPTION_VALUE_MAX and by_name[one.name] is one
    ]
    if not options:
        return None
    return {
        "type": "input",
        "block_id": version_field(choice.service),
        "optional": True,
        "dispatch_action": True,
        "label": blocks.plain("Version, newest first", LABEL_MAX),
        "element": {
            "type": "static_select",
            "action_id": CHOOSE_VERSION,
            "placeholder": blocks.plain("Choose a version", PLACEHOLDER_MAX),
            "options": options[:OPTIONS_MAX],
        },
    }


def _about(version: Version, staged: Release | None, now: float) -> str:
    """What is known of a version that was staged before, its risk too; else what its author calls it.

    A branch has moved on since: of it only its last line is known.
    """
    if staged is None or not version.is_tag:
        return flat(version.subject, OPTION_MAX)
    stands = "blocked, went back" if staged.blocks_build else staged.phase.replace("_", " ")
    size = risk(Material(staged, now=now))
    return f"{staged.id}, {stands}" + (f": {size}" if size else "")


def _known(choice: Choice, now: float) -> Block | None:
    """What runs, what is moving, what is locked: whoever stages should not have to look elsewhere."""
    runs = next((one for one in choice.releases if one.phase is Phase.HEALTHY), None)
    healthy = f"Released last: *{called(runs)}* ({runs.id}), healthy {when(runs.phase_since, now)}" if runs else ""
    moving = [one for one in choice.releases if not one.phase.is_ending]
    shown = [f"{phase_emoji(one)} {one.id} {called(one)}: {phase_in_words(one)}" for one in moving[:SHOWN_MAX]]
    more = [f"and {len(moving) - len(shown)} more"] if len(moving) > len(shown) else []
    barred = [f":lock: It is {foreign(bar_in_words(bar))}" for bar in choice.bars[:SHOWN_MAX]]
    return blocks.context("\n".join(filter(None, (healthy, *shown, *more, *barred))))


def _option(value: str, about: str, kind: str = "") -> Block:
    name = flat(value, OPTION_MAX - len(kind))
    made: Block = {"text": blocks.plain(f"{name}{kind}", OPTION_MAX), "value": value}
    return {**made, "description": blocks.plain(about, OPTION_MAX)} if about else made


def _field(
    name: str, label: str, hint: str, *, limit: int, is_optional: bool = True, is_multiline: bool = False
) -> Block:
    return {
        "type": "input",
        "block_id": name,
        "optional": is_optional,
        "label": blocks.plain(label, LABEL_MAX),
        "hint": blocks.plain(hint, LABEL_MAX),
        "element": {
            "type": "plain_text_input",
            "action_id": name,
            "multiline": is_multiline,
            "max_length": limit,
        },
    }
