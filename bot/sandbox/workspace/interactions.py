"""What persons do, turned into the envelopes that Slack would send, and the bot's acks into what persons see.

Each method is one doing: it checks that the person could have done it, sends the envelope, and returns `{"ok":
true}` or raises `SlackError` (`operation_timeout` after three seconds with no ack, `app_not_connected` with no bot,
`dispatch_failed` when the bot answered a request with an error).
The one thing a reader could forget: what was pressed is looked up in the stored message, so a person cannot press a
button that is no longer there.
"""

import html
import re
from dataclasses import dataclass

from bot.sandbox.workspace import blocks as block_kit
from bot.sandbox.workspace import limits
from bot.sandbox.workspace.answers import Answers, Place, is_said
from bot.sandbox.workspace.delivery import Delivery
from bot.sandbox.workspace.records import TEAM, Channel, JsonObject, SlackError
from bot.sandbox.workspace.state import Content, State, acting_element
from bot.sandbox.workspace.views import View, Views

CHOSEN = (
    "value",
    "selected_option",
    "selected_options",
    "selected_user",
    "selected_users",
    "selected_channel",
    "selected_channels",
    "selected_conversation",
    "selected_conversations",
    "selected_date",
    "selected_time",
    "selected_date_time",
)
OK: JsonObject = {"ok": True}
INITIAL = {"initial_value" if name == "value" else name.replace("selected", "initial"): name for name in CHOSEN}
REQUIRED = "Please complete this required field."


@dataclass(slots=True)
class Interactions:
    state: State
    views: Views
    answers: Answers
    delivery: Delivery

    # --- writing ---
    def message(self, user_id: str, channel_id: str, text: str, thread_ts: str | None = None) -> JsonObject:
        """A person's message; the bot hears of it if it is in the channel and subscribed to such events."""
        channel = self._where(user_id, channel_id)
        if not text.strip():
            raise SlackError("no_text")
        if text.lstrip().startswith("/"):
            raise SlackError("use_command")
        message = self.state.post(channel, user_id, Content(self._linked(text)), thread_ts=thread_ts)
        self._tell_bot(channel, message)
        return {**OK, "ts": message["ts"]}

    def _tell_bot(self, channel: Channel, message: JsonObject) -> None:
        if self.state.app.bot_user not in channel.members:
            return
        common: JsonObject = {"user": message["user"], "ts": message["ts"], "text": message["text"], "team": TEAM["id"]}
        common |= {"channel": channel.id, "event_ts": message["ts"]}
        if "thread_ts" in message:
            common["thread_ts"] = message["thread_ts"]
        if f"<@{self.state.app.bot_user}>" in message["text"] and channel.im_user is None:
            self.delivery.emit({"type": "app_mention", **common})
        kind = {"channels": "channel", "groups": "group", "im": "im"}[channel.kind]
        self.delivery.emit({"type": "message", "channel_type": kind, **common})

    def _linked(self, text: str) -> str:
        """As Slack's composer would send it: escaped, with @names and #channels turned into links."""
        users = {user.name: f"<@{user.id}>" for user in self.state.users.values()}
        channels = {each.name: f"<#{each.id}|{each.name}>" for each in self.state.channels.values() if each.name}
        escaped = html.escape(text, quote=False)
        escaped = re.sub(r"&lt;(@[UW]\w+|#[CG]\w+(?:\|[\w-]*)?)&gt;", r"<\1>", escaped)
        escaped = re.sub(r"(?<![\w<])@([\w.-]+)", lambda found: users.get(found[1], found[0]), escaped)
        return re.sub(r"(?<![\w<&])#([\w-]+)", lambda found: channels.get(found[1], found[0]), escaped)

    async def command(self, user_id: str, channel_id: str, command: str, text: str) -> JsonObject:
        channel = self._where(user_id, channel_id)
        known = next((each for each in self.state.app.commands if each.command == command), None)
        if known is None:
            raise SlackError("invalid_command")
        place = Place(user_id, channel.id)
        payload = {
            "token": "stand-in",
            "team_id": TEAM["id"],
            "team_domain": TEAM["domain"],
            "channel_id": channel.id,
            "channel_name": channel.name or "directmessage",
            "user_id": user_id,
            "user_name": self.state.user(user_id).name,
            "command": command,
            "text": self._linked(text.strip()) if known.should_escape else text.strip(),
            "api_app_id": self.state.app.id,
            "is_enterprise_install": "false",
            "response_url": self.answers.mint_url(place),
            "trigger_id": self.views.mint_trigger(user_id),
        }
        said = await self.delivery.deliver("slash_commands", payload, accepts_payload=True)
        if is_said(said):
            self.answers.say(place, said)
        return OK

    # --- pressing ---
    async def action(self, user_id: str, channel_id: str, message_ts: str, action: JsonObject) -> JsonObject:
        channel = self._where(user_id, channel_id)
        ephemeral = self.state.ephemerals.get((channel.id, message_ts))
        message = ephemeral or self.state.message(channel.id, message_ts)
        if ephemeral is not None and ephemeral["ephemeral_to"] != user_id:
            raise SlackError("message_not_found")
        acted = self._acted(acting_element(message, *_ids(action)), action)
        container: JsonObject = {
            "type": "message",
            "message_ts": message_ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral is not None,
        }
        if "thread_ts" in message:
            container["thread_ts"] = message["thread_ts"]
        payload = self._interactive(user_id, "block_actions") | {
            "container": container,
            "channel": {"id": channel.id, "name": channel.name or "directmessage"},
            "state": {"values": _values_after(acted)},
            "response_url": self.answers.mint_url(Place(user_id, channel.id, message_ts)),
            "actions": [acted],
        }
        if ephemeral is None:  # Slack does not hand ephemeral messages back
            payload["message"] = message
        await self.delivery.deliver("interactive", payload, accepts_payload=False)
        return OK

    async def view_action(
        self, user_id: str, view_id: str, action: JsonObject, values: JsonObject | None = None
    ) -> JsonObject:
        """`values`: what stands in all of the view's fields at this moment; the bot is told of it."""
        view = self.views.of_user(user_id, view_id)
        found = acting_element({"blocks": view.body["blocks"]}, *_ids(action))
        acted = self._acted(found, action)
        given = dict(values or {})
        for block_id, chosen in _values_after(acted).items():
            given[block_id] = {**view.values.get(block_id, {}), **given.get(block_id, {}), **chosen}
        view.values, _ = _filled_in(view, given)
        payload = self._interactive(user_id, "block_actions", from_modal=view.kind == "modal") | {
            "container": {"type": "view", "view_id": view.id},
            "view": self.views.to_slack(view),
            "actions": [acted],
        }
        await self.delivery.deliver("interactive", payload, accepts_payload=False)
        return OK

    async def shortcut(
        self, user_id: str, callback_id: str, channel_id: str | None = None, message_ts: str | None = None
    ) -> JsonObject:
        """A global shortcut, or with a message one that is found in that message's menu."""
        kind = "global" if channel_id is None or message_ts is None else "message"
        if (kind, callback_id) not in {(each.kind, each.callback_id) for each in self.state.app.shortcuts}:
            raise SlackError("shortcut_not_found")
        if channel_id is None or message_ts is None:
            self.state.person(user_id)
            payload = self._interactive(user_id, "shortcut")
        else:
            channel = self._where(user_id, channel_id)
            payload = self._interactive(user_id, "message_action") | {
                "channel": {"id": channel.id, "name": channel.name or "directmessage"},
                "message": self.state.message(channel.id, message_ts),
                "message_ts": message_ts,
                "response_url": self.answers.mint_url(Place(user_id, channel.id)),
            }
        payload |= {"callback_id": callback_id, "action_ts": self.state.next_ts()}
        await self.delivery.deliver("interactive", payload, accepts_payload=False)
        return OK

    # --- modals and Home ---
    async def submit(self, user_id: str, view_id: str, values: JsonObject) -> JsonObject:
        view = self.views.of_user(user_id, view_id)
        view.values, errors = _filled_in(view, values)
        if errors:
            return {"ok": False, "errors": errors}
        payload = self._interactive(user_id, "view_submission", from_modal=True) | {
            "view": self.views.to_slack(view),
            "response_urls": [],
        }
        answer = await self.delivery.deliver("interactive", payload, accepts_payload=True)
        match answer.get("response_action"):
            case None:
                self.views.close(view)
            case "clear":
                self.views.clear(user_id)
            case "errors":
                asked = {block["block_id"] for block, _element in block_kit.elements(view.body["blocks"])}
                if not answer.get("errors") or not set(answer["errors"]) <= asked:
                    raise SlackError("invalid_response_action", "errors must name the view's own input blocks")
                return {"ok": False, "errors": answer["errors"]}
            case "update":
                self.views.update(view, answer.get("view") or {})
            case "push":
                self.views.push_for(user_id, answer.get("view") or {})
            case other:
                raise SlackError("invalid_response_action", f"unknown response_action: {other}")
        return OK

    async def close_view(self, user_id: str, view_id: str) -> JsonObject:
        """The modal closes at once; the bot is told afterwards, and only if it asked to be."""
        view = self.views.of_user(user_id, view_id)
        closed = self.views.close(view)
        for each in closed:
            if each.body.get("notify_on_close"):
                payload = self._interactive(user_id, "view_closed") | {
                    "view": self.views.to_slack(each),
                    "is_cleared": len(closed) > 1,
                }
                await self.delivery.deliver("interactive", payload, accepts_payload=False)
        return OK

    def home_opened(self, user_id: str) -> JsonObject:
        self.state.person(user_id)
        event: JsonObject = {
            "type": "app_home_opened",
            "user": user_id,
            "channel": self.state.direct_channel(user_id).id,
            "tab": "home",
            "event_ts": self.state.next_ts(),
        }
        if user_id in self.views.homes:
            event["view"] = self.views.to_slack(self.views.homes[user_id])
        self.delivery.emit(event)
        return OK

    # --- inside ---
    def _where(self, user_id: str, channel_id: str) -> Channel:
        self.state.person(user_id)
        channel = self.state.channel(channel_id)
        if user_id not in channel.members:
            raise SlackError("channel_not_found" if self.state.audience(channel) else "not_in_channel")
        return channel

    def _acted(self, element: JsonObject | None, action: JsonObject) -> JsonObject:
        """The action as Slack reports it: the stored element's own fields, with what the person chose."""
        if element is None:
            raise SlackError("action_not_found")
        acted: JsonObject = {
            name: element[name] for name in ("type", "action_id", "text", "style", "value") if name in element
        }
        acted |= {"block_id": action["block_id"], "action_ts": self.state.next_ts()}
        if element["type"] != "button":
            acted |= {name: action[name] for name in CHOSEN if name in action}
        return acted

    def _interactive(self, user_id: str, kind: str, *, from_modal: bool = False) -> JsonObject:
        user = self.state.user(user_id)
        # In a shared channel a button's `team` is the one that the app is installed in, and a form's the person's own.
        team = (
            TEAM if user.team == TEAM["id"] or not kind.startswith("view_") else {"id": user.team, "domain": user.team}
        )
        payload: JsonObject = {
            "type": kind,
            "user": {"id": user_id, "username": user.name, "name": user.name, "team_id": user.team},
            "api_app_id": self.state.app.id,
            "token": "stand-in",
            "team": {"id": team["id"], "domain": team["domain"]},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        if kind != "view_closed":
            payload["trigger_id"] = self.views.mint_trigger(user_id, from_modal=from_modal)
        return payload


def _ids(action: JsonObject) -> tuple[str, str]:
    return str(action.get("block_id", "")), str(action.get("action_id", ""))


def _values_after(acted: JsonObject) -> JsonObject:
    """The `state.values` that an action leaves behind; buttons and overflow menus leave none."""
    if acted["type"] in ("button", "overflow"):
        return {}
    value = {"type": acted["type"], **{name: acted[name] for name in CHOSEN if name in acted}}
    return {acted["block_id"]: {acted["action_id"]: value}}


def _filled_in(view: View, given: JsonObject) -> tuple[JsonObject, JsonObject]:
    """The view's values with every input block's entry present, and what Slack itself would complain about.

    A field that nobody touched holds what it began with.
    """
    values: JsonObject = {**view.values, **given}
    errors: JsonObject = {}
    for block, element in block_kit.elements(view.body["blocks"]):
        if block["type"] != "input":
            continue
        began_with = {name: element[initial] for initial, name in INITIAL.items() if initial in element}
        untouched = {"type": element["type"], **began_with}
        entry = values.setdefault(block["block_id"], {}).setdefault(element["action_id"], untouched)
        chosen = [entry.get(name) for name in CHOSEN if name in entry]
        if not any(value not in (None, "", []) for value in chosen):
            entry.setdefault("value" if element["type"].endswith("_input") else "selected_option", None)
            if not block.get("optional"):
                errors[block["block_id"]] = REQUIRED
        longest = element.get("max_length", limits.ANY_TEXT_MAX)
        if len(entry.get("value") or "") > longest:
            errors[block["block_id"]] = f"Please enter at most {longest} characters."
    return values, errors
