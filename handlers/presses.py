"""What somebody pressed, or sent as a form, as values: pure, so that every odd input is a line in a test.

Slack's JSON goes in, core commands come out, and the key under which the inbox remembers it. The one thing a reader
could forget: what stands in a button was written by Songbird, but maybe by last year's; a value that cannot be read is
refused in words, like anything else that cannot be done.
"""

from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.core import commands as c
from bot.core.contents import Severity
from bot.core.errors import Refused
from bot.core.voices import Decision
from handlers.parse import STRANGE, Body, command


class Pressed(BaseModel):
    """What a button's value, or a modal's private metadata, says. What a button does not need is left out of it."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    release: str
    entry: int = -1
    """No release was ever at entry -1: a button without its entry is refused as late."""
    subject: str = ""
    """Digest of what was shown: of a question, or of a plan."""
    over: str = ""
    """Digest of the plan that a release had, when another one was shown."""
    concern: int = 0
    demo: int = 0
    hold: int = 0
    """No hold ever had the version 0: a button without its hold lifts none."""
    override: int = 0
    metric: str = ""
    kind: str = ""
    version: int = 0
    """Of a text: the one that was shown."""
    do: str = ""
    reason: str = ""
    channel: str = ""
    thread_ts: str = ""

    @classmethod
    def read(cls, value: str) -> "Pressed":
        try:
            return cls.model_validate_json(value)
        except ValidationError as strange:
            raise Refused(STRANGE) from strange


BUTTONS: dict[str, Callable[[Pressed], c.Command]] = {
    "approve": lambda on: c.Approve(on.release, on.entry, on.subject),
    "withdraw": lambda on: c.WithdrawApproval(on.release, on.entry),
    "second_override": lambda on: c.SecondOverride(on.release, on.entry, on.override),
    "decline_override": lambda on: c.DeclineOverride(on.release, on.entry, on.override),
    "resume": lambda on: c.ResumeRelease(on.release, on.hold),
    "rollback": lambda on: c.RollBackRelease(on.release, ""),
    "follow_up": lambda on: c.CloseFollowUp(on.release, on.concern),
    "demo_given": lambda on: c.RecordDemo(on.release, on.demo),
    "confirm": lambda on: command(on.do, on.release, on.entry, on.reason),
}
"""Buttons that act at once."""

REVIEWS = frozenset({"approve", "withdraw", "reject", "decide_concern", "second_override", "decline_override"})
"""Buttons, and forms, that answer a question, and only where it was asked."""

MODALS: dict[str, Callable[[Pressed, Mapping[str, str]], c.Command]] = {
    "reject": lambda on, said: c.Reject(on.release, on.entry, on.subject, said["reason"]),
    "concern": lambda on, said: c.RaiseConcern(on.release, on.entry, said["text"], Severity(said["severity"])),
    "demo": lambda on, said: c.AskForDemo(on.release, on.entry, said["times"]),
    "decide_concern": lambda on, said: c.DecideConcern(
        on.release, on.concern, Decision(said["decision"]), said["words"], said.get("change", "")
    ),
    "accept": lambda on, said: c.AcceptAnomaly(on.release, on.metric, said["reason"], on.entry),
    "hold": lambda on, said: c.HoldRelease(on.release, said["reason"]),
    "promote": lambda on, said: c.PromoteRelease(on.release, on.entry, said["reason"]),
    "cancel": lambda on, said: c.CancelRelease(on.release, said["reason"]),
    "give_up": lambda on, said: c.GiveUpWayBack(on.release, on.entry, said["reason"]),
    "unblock": lambda on, said: c.UnblockBuild(on.release, said["reason"]),
    "text": lambda on, said: c.EditText(on.release, on.kind, _joined(said), on.version),
}
"""Buttons that open a modal, and what its submission asks for; one name for both."""


def submitted(name: str, pressed: Pressed, said: Mapping[str, str]) -> c.Command:
    try:
        return MODALS[name](pressed, said)
    except (KeyError, ValueError) as strange:
        raise Refused(STRANGE) from strange


def _joined(said: Mapping[str, str]) -> str:
    """A long text was shown in several fields, `part-1` and on."""
    parts = sorted((int(name.removeprefix("part-")), text) for name, text in said.items() if name.startswith("part-"))
    return "\n".join(text for _number, text in parts if text.strip())


def said(view: Body) -> dict[str, str]:
    """What was typed or chosen, by block id; empty where an optional field was left so."""
    inputs: dict[str, str] = {}
    for block_id, elements in view["state"]["values"].items():
        for element in elements.values():
            chosen = element.get("selected_option") or {}
            inputs[block_id] = element.get("value") or chosen.get("value") or ""
    return inputs


def place_of_error(view: Body) -> str:
    """The block under which a modal's error is shown: the field with the words, which is the first part or the last."""
    inputs = [str(block["block_id"]) for block in view["blocks"] if block["type"] == "input"]
    return next((name for name in inputs if name == "part-1"), inputs[-1])


# ── keys of the inbox ────────────────────────────────────────────────────────────────────────────────────────────────


def command_key(body: Body) -> str:
    return f"command/{body['trigger_id']}"


def button_key(body: Body, action: Body) -> str:
    """A press is one person's, on one message, at one moment; a double click is two."""
    container = body["container"]
    place = container.get("message_ts") or container.get("view_id")
    where = (body.get("channel") or {}).get("id", "")
    team = (body.get("team") or {}).get("id", "")  # none where an app is installed for a whole organization
    parts = (team, where, place, body["user"]["id"], action["action_id"], action["action_ts"])
    return "button/" + "/".join(map(str, parts))


def modal_key(view: Body) -> str:
    return f"modal/{view['id']}/{view['hash']}"
