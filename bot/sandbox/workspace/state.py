"""What is in the stand-in workspace: people, channels and every message, as plain data with Slack's shapes.

No sockets and no waiting here; the time comes from the clock it is given, and whoever wants to know of changes hands
in `tell`. Message dictionaries are the ones that Slack would return; only what is told to the page carries the
channel as well. The one thing a reader could forget: `posted` remembers every message that ever carried a key, also
after it was deleted, so that a double post cannot hide.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.sandbox.workspace import blocks as block_kit
from bot.sandbox.workspace import seed
from bot.sandbox.workspace.records import TEAM, App, Channel, JsonObject, SlackError, User, UserGroup

Clock = Callable[[], float]
Tell = Callable[[JsonObject, frozenset[str] | None], None]  # what changed, and for whose eyes (None: everybody's)

DUPLICATE_KEY = "key"  # the field of a message's event_payload that must never appear twice


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, already checked against Slack's limits."""

    text: str = ""
    blocks: Sequence[JsonObject] = ()
    attachments: Sequence[JsonObject] = ()
    files: Sequence[JsonObject] = ()
    metadata: JsonObject | None = None
    streaming: Literal["", "in_progress", "errored"] = ""

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.blocks or self.attachments or self.files)


@dataclass(slots=True)
class State:
    app: App
    clock: Clock
    tell: Tell
    url: str = ""
    users: dict[str, User] = field(init=False)
    channels: dict[str, Channel] = field(init=False)
    groups: dict[str, UserGroup] = field(init=False)
    messages: defaultdict[str, dict[str, JsonObject]] = field(init=False)
    ephemerals: dict[tuple[str, str], JsonObject] = field(init=False)
    posted: list[tuple[str, str, JsonObject]] = field(init=False)
    _ts_last_microseconds: int = 0
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.users = {user.id: user for user in seed.users(self.app)}
        self.channels = {channel.id: channel for channel in seed.channels(self.app)}
        self.groups = {group.id: group for group in seed.GROUPS}
        self.messages = defaultdict(dict)
        self.ephemerals = {}
        self.posted = []

    # --- ids and time ---
    def next_id(self, prefix: str) -> str:
        return f"{prefix}{next(self._ids):08d}"

    def next_ts(self) -> str:
        """A message's timestamp: the time, and always later than the one before."""
        self._ts_last_microseconds = max(int(self.clock() * 1_000_000), self._ts_last_microseconds + 1)
        seconds, microseconds = divmod(self._ts_last_microseconds, 1_000_000)
        return f"{seconds}.{microseconds:06d}"

    # --- looking up ---
    def user(self, user_id: str) -> User:
        if user_id not in self.users:
            raise SlackError("user_not_found")
        return self.users[user_id]

    def person(self, user_id: str) -> User:
        user = self.user(user_id)
        if user.is_bot:
            raise SlackError("user_not_found")
        return user

    def channel(self, channel_id: str) -> Channel:
        if channel_id not in self.channels:
            raise SlackError("channel_not_found")
        return self.channels[channel_id]

    def direct_channel(self, user_id: str) -> Channel:
        for channel in self.channels.values():
            if channel.im_user == user_id:
                return channel
        raise SlackError("channel_not_found")

    def message(self, channel_id: str, ts: str) -> JsonObject:
        if ts not in self.messages[channel_id]:
            raise SlackError("message_not_found")
        return self.messages[channel_id][ts]

    def audience(self, channel: Channel) -> frozenset[str] | None:
        """Who may see the channel; None for everybody."""
        return frozenset(channel.members) if channel.is_private or channel.im_user else None

    def history(self, channel_id: str) -> list[JsonObject]:
        """What stands in the channel itself, newest first: replies only where they were broadcast."""
        own = (
            message
            for message in self.messages[channel_id].values()
            if message.get("thread_ts") in (None, message["ts"]) or message.get("subtype") == "thread_broadcast"
        )
        return sorted(own, key=lambda message: str(message["ts"]), reverse=True)

    def thread(self, channel_id: str, thread_ts: str) -> list[JsonObject]:
        """The parent and its replies, oldest first."""
        if thread_ts not in self.messages[channel_id]:
            raise SlackError("thread_not_found")
        of_thread = (m for m in self.messages[channel_id].values() if thread_ts in (m["ts"], m.get("thread_ts")))
        return sorted(of_thread, key=lambda message: str(message["ts"]))

    def permalink(self, channel_id: str, ts: str) -> str:
        message = self.message(channel_id, ts)
        link = f"{self.url}/archives/{channel_id}/p{ts.replace('.', '')}"
        thread_ts = message.get("thread_ts")
        return link if thread_ts in (None, ts) else f"{link}?thread_ts={thread_ts}&cid={channel_id}"

    def duplicates(self) -> list[JsonObject]:
        """Messages that carry the same metadata key in the same channel: what exactly-once must never leave behind."""
        found: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
        for channel_id, ts, metadata in self.posted:
            key = str(metadata["event_payload"][DUPLICATE_KEY])
            found[channel_id, metadata["event_type"], key].append(ts)
        return [
            {"channel": channel_id, "event_type": event_type, "key": key, "ts": all_ts}
            for (channel_id, event_type, key), all_ts in found.items()
            if len(all_ts) > 1
        ]

    # --- writing ---
    def post(
        self,
        channel: Channel,
        author: str,
        content: Content,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> JsonObject:
        parent = self._parent(channel, thread_ts) if thread_ts else None
        ts = self.next_ts()
        message = self._written(author, content, ts)
        if parent is not None:
            message |= {"thread_ts": parent["ts"], "parent_user_id": parent["user"]}
            if broadcast:
                message |= {"subtype": "thread_broadcast", "root": dict(parent)}
        self.messages[channel.id][ts] = message
        if content.metadata and DUPLICATE_KEY in content.metadata.get("event_payload", {}):
            self.posted.append((channel.id, ts, content.metadata))
        self._tell_message(channel, message)
        if parent is not None:
            self._count_replies(channel, parent)
        return message

    def edit(
        self, channel: Channel, ts: str, author: str, content: Content, *, keeps: Collection[str] = ()
    ) -> JsonObject:
        """Says something else in the same place. What is named in `keeps` stays, and the metadata until it is replaced.

        As in Slack, only an edit without blocks is marked as one.
        """
        old = self.message(channel.id, ts)
        replaced = {"text", "blocks", "attachments", "metadata", "edited", "streaming_state"} - set(keeps)
        new = {name: value for name, value in old.items() if name not in replaced} | self._said(content)
        if not content.blocks:
            new["edited"] = {"user": author, "ts": self.next_ts()}
        metadata = old.get("metadata") if content.metadata is None else content.metadata
        if metadata:
            new["metadata"] = metadata
        self.messages[channel.id][ts] = new
        self._tell_message(channel, new)
        return new

    def delete(self, channel: Channel, ts: str) -> None:
        """A parent with replies leaves a tombstone, so that its thread stays readable."""
        message = self.message(channel.id, ts)
        if message.get("reply_count"):
            counted = ("ts", "thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply")
            stone = {name: message[name] for name in counted}
            stone |= {
                "type": "message",
                "subtype": "tombstone",
                "user": "USLACKBOT",
                "text": "This message was deleted.",
            }
            self.messages[channel.id][ts] = stone
            self._tell_message(channel, stone)
            return
        del self.messages[channel.id][ts]
        self.tell({"type": "message_deleted", "channel": channel.id, "ts": ts}, self.audience(channel))
        parent_ts = message.get("thread_ts")
        if parent_ts not in (None, ts) and parent_ts in self.messages[channel.id]:
            self._count_replies(channel, self.messages[channel.id][parent_ts])

    def whisper(self, channel: Channel, user_id: str, content: Content, thread_ts: str | None = None) -> JsonObject:
        """An ephemeral message: one person sees it, until the page is loaded again."""
        message = self._written(self.app.bot_user, content, self.next_ts())
        message |= {"is_ephemeral": True, "ephemeral_to": user_id}
        if thread_ts:
            message["thread_ts"] = thread_ts
        self.ephemerals[channel.id, message["ts"]] = message
        self.tell({"type": "ephemeral", "message": {**message, "channel": channel.id}}, frozenset({user_id}))
        return message

    def rewrite_whisper(self, channel_id: str, ts: str, content: Content | None) -> None:
        """Replaces an ephemeral message, or takes it away when there is no content; one that is gone stays gone."""
        old = self.ephemerals.pop((channel_id, ts), None)
        if old is None:
            return
        audience = frozenset({str(old["ephemeral_to"])})
        if content is None:
            self.tell({"type": "ephemeral_deleted", "channel": channel_id, "ts": ts}, audience)
            return
        new = self._written(self.app.bot_user, content, ts) | {
            "is_ephemeral": True,
            "ephemeral_to": old["ephemeral_to"],
        }
        if "thread_ts" in old:
            new["thread_ts"] = old["thread_ts"]
        self.ephemerals[channel_id, ts] = new
        told = {
            "type": "ephemeral_replaced",
            "channel": channel_id,
            "ts": ts,
            "message": {**new, "channel": channel_id},
        }
        self.tell(told, audience)

    def react(self, channel: Channel, ts: str, user_id: str, name: str) -> None:
        message = self.message(channel.id, ts)
        reactions = message.setdefault("reactions", [])
        entry = next((each for each in reactions if each["name"] == name), None)
        if entry is None:
            entry = {"name": name, "users": [], "count": 0}
            reactions.append(entry)
        if user_id in entry["users"]:
            raise SlackError("already_reacted")
        entry["users"].append(user_id)
        entry["count"] = len(entry["users"])
        self._tell_message(channel, message)

    # --- shapes ---
    def _written(self, author: str, content: Content, ts: str) -> JsonObject:
        message: JsonObject = {"type": "message", "user": author, "team": TEAM["id"], "ts": ts, **self._said(content)}
        if author == self.app.bot_user:
            profile = {"id": self.app.bot_id, "app_id": self.app.id, "name": self.app.name, "team_id": TEAM["id"]}
            message |= {"bot_id": self.app.bot_id, "app_id": self.app.id, "bot_profile": profile}
        if content.metadata:
            message["metadata"] = content.metadata
        return message

    def _said(self, content: Content) -> JsonObject:
        said: JsonObject = {"text": content.text}
        if content.blocks:
            said["blocks"] = block_kit.with_ids(content.blocks, lambda: self.next_id("b"))
        if content.attachments:
            said["attachments"] = [
                {**each, "id": number, "blocks": block_kit.with_ids(each.get("blocks", ()), lambda: self.next_id("b"))}
                for number, each in enumerate(content.attachments, start=1)
            ]
        if content.files:
            said["files"] = list(content.files)
        if content.streaming:
            said["streaming_state"] = content.streaming
        return said

    def _parent(self, channel: Channel, thread_ts: str) -> JsonObject:
        """The thread's parent; a reply's own ts leads to its parent, as Slack tolerates."""
        found = self.messages[channel.id].get(thread_ts)
        if found is None:
            raise SlackError("thread_not_found")
        parent_ts = str(found.get("thread_ts", thread_ts))
        return self.messages[channel.id].get(parent_ts, found)

    def _count_replies(self, channel: Channel, parent: JsonObject) -> None:
        replies = self.thread(channel.id, parent["ts"])[1:]
        for name in ("thread_ts", "reply_count", "reply_users", "reply_users_count", "latest_reply"):
            parent.pop(name, None)
        if replies:
            people = list(dict.fromkeys(str(reply["user"]) for reply in replies))
            parent |= {
                "thread_ts": parent["ts"],
                "reply_count": len(replies),
                "reply_users": people,
                "reply_users_count": len(people),
                "latest_reply": replies[-1]["ts"],
            }
        self._tell_message(channel, parent)

    def _tell_message(self, channel: Channel, message: JsonObject) -> None:
        self.tell({"type": "message", "message": {**message, "channel": channel.id}}, self.audience(channel))


def acting_element(message: JsonObject, block_id: str, action_id: str) -> JsonObject | None:
    """The element of a message that a person says to have used, or None when it is not (any longer) there."""
    trees = [message.get("blocks", []), *(each.get("blocks", []) for each in message.get("attachments", ()))]
    for tree in trees:
        for block, element in block_kit.elements(tree):
            if block["block_id"] == block_id and element["action_id"] == action_id:
                return element
    return None
