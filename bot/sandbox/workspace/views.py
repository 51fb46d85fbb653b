"""Modals, the Home tab and the trigger ids that open them.

A person has a stack of at most three modals and one Home view. A trigger id proves that a person did something a
moment ago: it lives for three seconds and opens one thing. The one thing a reader could forget: every write of a
view gives it a new hash, and a writer who names an old one is refused with `hash_conflict`.
"""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, field

from bot.sandbox.workspace import blocks as block_kit
from bot.sandbox.workspace import limits
from bot.sandbox.workspace.records import TEAM, JsonObject, SlackError
from bot.sandbox.workspace.state import State

KEPT_FIELDS = ("title", "submit", "close", "blocks", "private_metadata", "callback_id", "external_id")


@dataclass(slots=True)
class Trigger:
    user: str
    at: float
    from_modal: bool
    is_used: bool = False


@dataclass(slots=True)
class View:
    id: str
    user: str
    body: JsonObject
    root_id: str
    previous_id: str | None
    hash: str = ""
    values: JsonObject = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.body["type"])

    def to_slack(self, app_id: str, bot_id: str) -> JsonObject:
        plain = {
            name: self.body.get(name) or ("" if name.endswith(("metadata", "_id")) else None) for name in KEPT_FIELDS
        }
        return {
            "id": self.id,
            "team_id": TEAM["id"],
            "type": self.kind,
            **plain,
            "state": {"values": self.values},
            "hash": self.hash,
            "clear_on_close": bool(self.body.get("clear_on_close")),
            "notify_on_close": bool(self.body.get("notify_on_close")),
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "app_id": app_id,
            "app_installed_team_id": TEAM["id"],
            "bot_id": bot_id,
        }


@dataclass(slots=True)
class Views:
    state: State
    trigger_seconds: float = limits.TRIGGER_SECONDS
    stacks: defaultdict[str, list[View]] = field(default_factory=lambda: defaultdict(list))
    homes: dict[str, View] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)

    def reset(self) -> None:
        self.stacks.clear()
        self.homes.clear()
        self.triggers.clear()

    # --- triggers ---
    def mint_trigger(self, user_id: str, *, from_modal: bool = False) -> str:
        trigger_id = f"{self.state.next_id('')}.{TEAM['id']}.{hashlib.sha256(user_id.encode()).hexdigest()[:12]}"
        self.triggers[trigger_id] = Trigger(user_id, self.state.clock(), from_modal)
        return trigger_id

    def _exchange(self, trigger_id: str) -> Trigger:
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self.state.clock() - trigger.at > self.trigger_seconds:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger

    # --- what the bot does ---
    def open(self, trigger_id: str, body: JsonObject) -> View:
        """Opens a modal over nothing: whatever was open for this person is closed first."""
        self._check(body, "modal")
        trigger = self._exchange(trigger_id)
        while self.stacks[trigger.user]:
            self._drop(self.stacks[trigger.user][-1])
        return self._add(trigger.user, body, "view_opened")

    def push(self, trigger_id: str, body: JsonObject) -> View:
        self._check(body, "modal")
        trigger = self._exchange(trigger_id)
        if not trigger.from_modal or not self.stacks[trigger.user]:
            raise SlackError("not_found")
        return self.push_for(trigger.user, body)

    def push_for(self, user_id: str, body: JsonObject) -> View:
        self._check(body, "modal")
        if len(self.stacks[user_id]) >= limits.VIEWS_STACKED_MAX:
            raise SlackError("push_limit_reached")
        return self._add(user_id, body, "view_pushed")

    def update(self, view: View, body: JsonObject, expected_hash: str | None = None) -> View:
        self._check(body, view.kind, except_for=view)
        _check_hash(view, expected_hash)
        self._write(view, body)
        self._tell(view, {"type": "view_updated", "view": self.to_slack(view)})
        return view

    def publish(self, user_id: str, body: JsonObject, expected_hash: str | None = None) -> View:
        self.state.person(user_id)
        if not self.state.app.home_tab:
            raise SlackError("not_enabled")
        view = self.homes.get(user_id)
        self._check(body, "home", except_for=view)
        if view is None:
            view_id = self.state.next_id("V")
            view = View(view_id, user_id, body, view_id, None)
        else:
            _check_hash(view, expected_hash)
        self._write(view, body)
        self.homes[user_id] = view
        self._tell(view, {"type": "home", "view": self.to_slack(view)})
        return view

    # --- what persons do ---
    def close(self, view: View) -> list[View]:
        """Closes a modal (and with `clear_on_close` the whole stack); returns what was closed, the top first."""
        stack = self.stacks[view.user]
        closed = list(reversed(stack)) if view.body.get("clear_on_close") else [view]
        for each in closed:
            self._drop(each)
        return closed

    def clear(self, user_id: str) -> None:
        while self.stacks[user_id]:
            self._drop(self.stacks[user_id][-1])

    # --- looking up ---
    def find(self, view_id: str = "", external_id: str = "") -> View:
        for view in self._all():
            if view.id == view_id or (external_id and view.body.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def of_user(self, user_id: str, view_id: str) -> View:
        view = self.find(view_id)
        if view.user != user_id:
            raise SlackError("not_found")
        return view

    def to_slack(self, view: View) -> JsonObject:
        return view.to_slack(self.state.app.id, self.state.app.bot_id)

    def _all(self) -> list[View]:
        return [*self.homes.values(), *(view for stack in self.stacks.values() for view in stack)]

    # --- inside ---
    def _check(self, body: JsonObject, kind: str, except_for: View | None = None) -> None:
        if len(json.dumps(body, ensure_ascii=False).encode()) > limits.VIEW_BYTES_MAX:
            raise SlackError("view_too_large")
        problems = block_kit.problems_of_view(body, kind)
        if problems:
            raise SlackError("invalid_arguments", *problems)
        external_id = body.get("external_id")
        for view in self._all():
            if external_id and view is not except_for and view.body.get("external_id") == external_id:
                raise SlackError("duplicate_external_id")

    def _add(self, user_id: str, body: JsonObject, told: str) -> View:
        stack = self.stacks[user_id]
        view_id = self.state.next_id("V")
        root_id, previous_id = (stack[0].id, stack[-1].id) if stack else (view_id, None)
        view = View(view_id, user_id, body, root_id, previous_id)
        self._write(view, body)
        stack.append(view)
        self._tell(view, {"type": told, "view": self.to_slack(view)})
        return view

    def _write(self, view: View, body: JsonObject) -> None:
        view.body = {**body, "blocks": block_kit.with_ids(body["blocks"], lambda: self.state.next_id("b"))}
        view.hash = f"{self.state.next_ts()}.{hashlib.sha256(view.id.encode()).hexdigest()[:8]}"
        asked = {block["block_id"] for block, _element in block_kit.elements(view.body["blocks"])}
        view.values = {block_id: value for block_id, value in view.values.items() if block_id in asked}

    def _drop(self, view: View) -> None:
        self.stacks[view.user].remove(view)
        self._tell(view, {"type": "view_closed", "view_id": view.id})

    def _tell(self, view: View, event: JsonObject) -> None:
        self.state.tell(event, frozenset({view.user}))


def _check_hash(view: View, expected_hash: str | None) -> None:
    if expected_hash is not None and expected_hash != view.hash:
        raise SlackError("hash_conflict")
