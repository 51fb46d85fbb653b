"""The small records of the stand-in workspace: who and what is in it, and what it was installed with.

They know how Slack would print them (`to_slack`) and nothing else. `SlackError` is the one way in which any part of
the stand-in refuses: its code is Slack's own error string, and the doors turn it into Slack's answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]

TEAM: JsonObject = {"id": "T0SONGBIRD", "name": "Songbird Stand-in", "domain": "songbird-stand-in"}


class SlackError(Exception):
    """A refusal with Slack's own error string, e.g. `channel_not_found`."""

    def __init__(self, code: str, *messages: str, **extra: object) -> None:
        super().__init__(code, *messages)
        self.code = code
        self.messages = messages
        self.extra = extra

    def to_slack(self) -> JsonObject:
        body: JsonObject = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    real_name: str
    title: str
    email: str
    color: str
    tz: str = "Europe/London"
    tz_offset_seconds: int = 0
    is_bot: bool = False
    team: str = str(TEAM["id"])
    """Of somebody from another company, in a channel that is shared with it: theirs."""

    def to_slack(self, *, with_email: bool) -> JsonObject:
        profile: JsonObject = {
            "real_name": self.real_name,
            "display_name": self.name,
            "real_name_normalized": self.real_name,
            "display_name_normalized": self.name,
            "title": self.title,
            "team": self.team,
        }
        if with_email and self.email:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "deleted": False,
            "color": self.color,
            "real_name": self.real_name,
            "tz": self.tz,
            "tz_label": self.tz,
            "tz_offset": self.tz_offset_seconds,
            "profile": profile,
            "is_admin": False,
            "is_owner": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 0,
        }


@dataclass(slots=True)
class Channel:
    """A channel, or a direct message when `im_user` names the person on the other side of the bot."""

    id: str
    name: str
    topic: str
    members: set[str] = field(default_factory=set)
    is_private: bool = False
    im_user: str | None = None

    @property
    def kind(self) -> str:
        """Slack's word for it in scope names: `channels`, `groups` or `im`."""
        if self.im_user is not None:
            return "im"
        return "groups" if self.is_private else "channels"

    def to_slack(self, viewer: str) -> JsonObject:
        common: JsonObject = {"id": self.id, "created": 0, "is_archived": False, "is_org_shared": False}
        if self.im_user is not None:
            return {**common, "is_im": True, "user": self.im_user, "is_user_deleted": False, "is_open": True}
        return {
            **common,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_general": False,
            "is_member": viewer in self.members,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
            "purpose": {"value": self.topic, "creator": "", "last_set": 0},
        }


@dataclass(frozen=True, slots=True)
class UserGroup:
    id: str
    handle: str
    name: str
    members: tuple[str, ...]

    def to_slack(self, *, with_users: bool) -> JsonObject:
        body: JsonObject = {
            "id": self.id,
            "team_id": TEAM["id"],
            "is_usergroup": True,
            "handle": self.handle,
            "name": self.name,
            "description": self.name,
            "date_delete": 0,
            "user_count": len(self.members),
        }
        return {**body, "users": list(self.members)} if with_users else body


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the stand-in accepts; these are not secrets, they open nothing but a page on this machine."""

    bot: str = "xoxb-stand-in-workspace"
    app: str = "xapp-1-stand-in-workspace"
    signing_secret: str = "0123456789abcdef0123456789abcdef"  # noqa: S105 - opens nothing, see above


@dataclass(frozen=True, slots=True)
class Command:
    command: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False
    """Whether people and channels in what is typed are sent as links."""

    def to_client(self) -> JsonObject:
        return {"command": self.command, "description": self.description, "usage_hint": self.usage_hint}


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`kind` is global or message."""

    name: str
    kind: str
    callback_id: str
    description: str = ""

    def to_client(self) -> JsonObject:
        return {"name": self.name, "type": self.kind, "callback_id": self.callback_id}


DEFAULT_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "reactions:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
)


@dataclass(frozen=True, slots=True)
class App:
    """The one app that is installed: what its manifest asked for decides what it may call and what it is told."""

    id: str = "A0SONGBIRD"
    bot_id: str = "B0SONGBIRD"
    bot_user: str = "U0SONGBIRD"
    name: str = "Songbird"
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    app_scopes: tuple[str, ...] = ("connections:write",)
    commands: tuple[Command, ...] = (
        Command("/stage", "Start a release", "[SERVICE [VERSION [note]]]"),
        Command("/release", "List and steer releases", "[status | hold | resume | promote | rollback | cancel] ID"),
    )
    shortcuts: tuple[Shortcut, ...] = (
        Shortcut("Stage a release", "global", "stage"),
        Shortcut("Release status", "message", "release_status"),
    )
    events: frozenset[str] = frozenset({"app_mention", "app_home_opened", "message.im"})
    home_tab: bool = True

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> "App":
        """An app as Slack would install it from a parsed manifest; parts that are absent are not granted."""
        features = manifest.get("features", {})
        subscriptions = manifest.get("settings", {}).get("event_subscriptions", {})
        return cls(
            name=manifest["display_information"]["name"],
            scopes=tuple(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
            commands=tuple(
                Command(
                    each["command"],
                    each.get("description", ""),
                    each.get("usage_hint", ""),
                    each.get("should_escape", False),
                )
                for each in features.get("slash_commands", ())
            ),
            shortcuts=tuple(
                Shortcut(each["name"], each["type"], each["callback_id"], each.get("description", ""))
                for each in features.get("shortcuts", ())
            ),
            events=frozenset(subscriptions.get("bot_events", ())),
            home_tab=bool(features.get("app_home", {}).get("home_tab_enabled", False)),
        )
