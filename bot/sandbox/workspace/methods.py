"""The Web API's methods as a table: name, what it does, the scope it needs, how often it may be called, by whom.

Each method is a plain function from a `Call` to the answer's fields; it raises `SlackError` to refuse and waits for
nothing. Reading arguments off the wire, tokens, rates and faults belong to `web_api`. The one thing a reader could
forget: the order of refusals follows Slack's (channel, membership, text, blocks, sizes, metadata), because a bot may
see only the first.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.workspace import limits, streams
from bot.sandbox.workspace.call import Call
from bot.sandbox.workspace.content import checked_content
from bot.sandbox.workspace.limits import CONNECTIONS, POSTS_PER_CHANNEL, SPECIAL, TIER_2, TIER_3, TIER_4, Rate
from bot.sandbox.workspace.records import TEAM, Channel, JsonObject, SlackError
from bot.sandbox.workspace.state import Content


# --- chat ------------------------------------------------------------------------------------------------------------
def chat_post_message(call: Call) -> JsonObject:
    channel = call.channel_to_post_in()
    content = checked_content(call, channel.id)
    message = call.state.post(
        channel,
        call.state.app.bot_user,
        content,
        thread_ts=call.text("thread_ts", "") or None,
        broadcast=call.flag("reply_broadcast"),
    )
    return {"channel": channel.id, "ts": message["ts"], "message": message}


def chat_update(call: Call) -> JsonObject:
    """Without new attachments the old ones stay; the old blocks stay only when there is no new text either."""
    channel = call.channel()
    old = _own_message(call, channel, call.text("ts"), "cant_update_message")
    if streams.is_growing(call, channel, old):
        raise SlackError("streaming_state_conflict")
    content = checked_content(call, channel.id)
    if len(content.text) > limits.UPDATE_TEXT_CHARACTERS_MAX:
        raise SlackError("msg_too_long")
    keeps = {"attachments"} if call.args.get("attachments") is None else set()
    if not content.text and call.args.get("blocks") is None:
        keeps.add("blocks")
    message = call.state.edit(channel, old["ts"], call.state.app.bot_user, content, keeps=keeps)
    return {"channel": channel.id, "ts": message["ts"], "text": message["text"], "message": message}


def chat_post_ephemeral(call: Call) -> JsonObject:
    channel = call.channel()
    user = call.state.user(call.text("user"))
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    content = checked_content(call, channel.id)
    message = call.state.whisper(channel, user.id, content, call.text("thread_ts", "") or None)
    return {"message_ts": message["ts"]}


def chat_delete(call: Call) -> JsonObject:
    channel = call.channel()
    message = _own_message(call, channel, call.text("ts"), "cant_delete_message")
    call.state.delete(channel, message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


def chat_get_permalink(call: Call) -> JsonObject:
    channel = call.channel(members_only=False)
    return {"channel": channel.id, "permalink": call.state.permalink(channel.id, call.text("message_ts"))}


def reactions_add(call: Call) -> JsonObject:
    channel = call.channel()
    call.state.react(channel, call.text("timestamp"), call.state.app.bot_user, call.text("name").strip(":"))
    return {}


def _own_message(call: Call, channel: Channel, ts: str, refusal: str) -> JsonObject:
    message = call.state.message(channel.id, ts)
    if message["user"] != call.state.app.bot_user:
        raise SlackError(refusal)
    return message


# --- conversations ---------------------------------------------------------------------------------------------------
def conversations_history(call: Call) -> JsonObject:
    channel = call.channel()
    found = _within(call, call.state.history(channel.id))
    page, cursor = _page(call, found, 100)
    return {"messages": _readable(call, page), "has_more": bool(cursor), **_next(cursor), "pin_count": 0}


def conversations_replies(call: Call) -> JsonObject:
    channel = call.channel()
    parent_ts = call.text("ts")
    thread = call.state.thread(channel.id, parent_ts)
    found = [message for message in thread if message["ts"] == parent_ts] + _within(
        call, [message for message in thread if message["ts"] != parent_ts]
    )
    page, cursor = _page(call, found, 1000)
    return {"messages": _readable(call, page), "has_more": bool(cursor), **_next(cursor)}


def conversations_list(call: Call) -> JsonObject:
    wanted = {kind.strip() for kind in call.text("types", "public_channel").split(",")}
    kinds = {"channels": "public_channel", "groups": "private_channel", "im": "im"}
    bot = call.state.app.bot_user
    seen = [
        channel.to_slack(bot)
        for channel in call.state.channels.values()
        if kinds[channel.kind] in wanted and (not channel.is_private or bot in channel.members)
    ]
    page, cursor = _page(call, seen, 100)
    return {"channels": page, **_next(cursor)}


def conversations_info(call: Call) -> JsonObject:
    return {"channel": call.channel(members_only=False).to_slack(call.state.app.bot_user)}


def conversations_join(call: Call) -> JsonObject:
    channel = call.channel(members_only=False)
    if channel.kind != "channels":
        raise SlackError("method_not_supported_for_channel_type")
    was_member = call.state.app.bot_user in channel.members
    channel.members.add(call.state.app.bot_user)
    answer: JsonObject = {"channel": channel.to_slack(call.state.app.bot_user)}
    return {**answer, "warning": "already_in_channel"} if was_member else answer


def conversations_members(call: Call) -> JsonObject:
    page, cursor = _page(call, sorted(call.channel(members_only=False).members), 100)
    return {"members": page, **_next(cursor)}


def conversations_open(call: Call) -> JsonObject:
    channel = call.state.direct_channel(call.state.user(call.text("users")).id)
    return {"channel": {"id": channel.id}, "already_open": True, "no_op": True}


def _within(call: Call, messages: list[JsonObject]) -> list[JsonObject]:
    oldest, latest = call.text("oldest", "0"), call.text("latest", "")
    inclusive = call.flag("inclusive")

    def is_wanted(ts: str) -> bool:
        if inclusive and ts in (oldest, latest):
            return True
        return _moment(oldest) < _moment(ts) and (not latest or _moment(ts) < _moment(latest))

    return [message for message in messages if is_wanted(message["ts"])]


def _moment(ts: str) -> tuple[int, int]:
    seconds, _dot, fraction = ts.partition(".")
    try:
        return int(seconds), int(fraction[:6].ljust(6, "0"))
    except ValueError as problem:
        raise SlackError("invalid_ts_latest") from problem


def _readable(call: Call, messages: list[JsonObject]) -> list[JsonObject]:
    """Without `include_all_metadata` a reader is told the event's type and not its payload."""
    if call.flag("include_all_metadata"):
        return messages
    return [
        {**message, "metadata": {"event_type": message["metadata"]["event_type"]}} if "metadata" in message else message
        for message in messages
    ]


def _page(call: Call, found: Sequence[Any], limit_default: int) -> tuple[list[Any], str]:
    try:
        limit = int(call.text("limit", str(limit_default)))
        start = int(base64.b64decode(call.text("cursor", "") or base64.b64encode(b"0"), validate=True))
    except (binascii.Error, ValueError) as problem:
        raise SlackError("invalid_cursor") from problem
    if not 1 <= limit <= max(limits.HISTORY_LIMIT_MAX, limit_default):
        raise SlackError("invalid_limit")
    end = start + limit
    cursor = base64.b64encode(str(end).encode()).decode() if end < len(found) else ""
    return list(found[start:end]), cursor


def _next(cursor: str) -> JsonObject:
    return {"response_metadata": {"next_cursor": cursor}}


# --- people ----------------------------------------------------------------------------------------------------------
def auth_test(call: Call) -> JsonObject:
    app = call.state.app
    return {
        "url": f"{call.state.url}/",
        "team": TEAM["name"],
        "user": call.state.user(app.bot_user).name,
        "team_id": TEAM["id"],
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


def apps_connections_open(call: Call) -> JsonObject:
    return {"url": call.rooms.sockets.ticket_url()}


def users_info(call: Call) -> JsonObject:
    return {"user": call.state.user(call.text("user")).to_slack(with_email=_sees_emails(call))}


def users_list(call: Call) -> JsonObject:
    page, cursor = _page(
        call, [user.to_slack(with_email=_sees_emails(call)) for user in call.state.users.values()], 100
    )
    return {"members": page, **_next(cursor)}


def users_lookup_by_email(call: Call) -> JsonObject:
    email = call.text("email").casefold()
    for user in call.state.users.values():
        if user.email and user.email.casefold() == email:
            return {"user": user.to_slack(with_email=True)}
    raise SlackError("users_not_found")


def usergroups_list(call: Call) -> JsonObject:
    with_users = call.flag("include_users")
    return {"usergroups": [group.to_slack(with_users=with_users) for group in call.state.groups.values()]}


def usergroups_users_list(call: Call) -> JsonObject:
    group = call.state.groups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}


def _sees_emails(call: Call) -> bool:
    return "users:read.email" in call.state.app.scopes


# --- views -----------------------------------------------------------------------------------------------------------
def views_open(call: Call) -> JsonObject:
    return {"view": call.views.to_slack(call.views.open(call.text("trigger_id"), call.view()))}


def views_push(call: Call) -> JsonObject:
    return {"view": call.views.to_slack(call.views.push(call.text("trigger_id"), call.view()))}


def views_update(call: Call) -> JsonObject:
    view = call.views.find(call.text("view_id", ""), call.text("external_id", ""))
    return {"view": call.views.to_slack(call.views.update(view, call.view(), call.args.get("hash")))}


def views_publish(call: Call) -> JsonObject:
    view = call.views.publish(call.text("user_id"), call.view(), call.args.get("hash"))
    return {"view": call.views.to_slack(view)}


# --- files -----------------------------------------------------------------------------------------------------------
def files_get_upload_url_external(call: Call) -> JsonObject:
    try:
        length_bytes = int(call.text("length"))
    except ValueError as problem:
        raise SlackError("invalid_arguments", "must be an integer: length") from problem
    if length_bytes < 1:
        raise SlackError("invalid_arguments", "must be more than 0: length")
    file = call.files.ticket(call.text("filename"), length_bytes, call.text("alt_txt", ""))
    return {"upload_url": f"{call.state.url}/upload/v1/{file.id}", "file_id": file.id}


def files_complete_upload_external(call: Call) -> JsonObject:
    """Completes the uploads and, when a channel is named, shares them there in one message."""
    wanted = call.tree("files")
    if not isinstance(wanted, list) or not wanted:
        raise SlackError("invalid_arguments", "missing required field: files")
    named = call.tree("channels") or call.args.get("channel_id")
    channel_ids = named if isinstance(named, list) else [each for each in str(named or "").split(",") if each]
    channels = [call.visible(each) for each in channel_ids]
    files = [call.files.complete(str(each["id"]), str(each.get("title") or "")) for each in wanted]
    for channel in channels:
        for file in files:
            file.channels.add(channel.id)
        content = Content(call.text("initial_comment", ""), files=[call.files.to_slack(file) for file in files])
        call.state.post(channel, call.state.app.bot_user, content, thread_ts=call.text("thread_ts", "") or None)
    return {"files": [call.files.to_slack(file) for file in files]}


def files_info(call: Call) -> JsonObject:
    return {"file": call.files.to_slack(call.files.find(call.text("file"))), "comments": []}


# --- the table -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Method:
    """`scope` may hold `{kind}`, which becomes channels, groups or im after the channel that is meant."""

    run: Callable[[Call], JsonObject]
    scope: str | None
    rate: Rate
    caller: Literal["bot", "app", "any"] = "bot"
    is_rated_by_channel: bool = False


METHODS: dict[str, Method] = {
    "apps.connections.open": Method(apps_connections_open, "connections:write", CONNECTIONS, caller="app"),
    "auth.test": Method(auth_test, None, SPECIAL, caller="any"),
    "chat.appendStream": Method(streams.append, "chat:write", TIER_4),
    "chat.delete": Method(chat_delete, "chat:write", TIER_3),
    "chat.getPermalink": Method(chat_get_permalink, None, SPECIAL),
    "chat.postEphemeral": Method(chat_post_ephemeral, "chat:write", TIER_4),
    "chat.postMessage": Method(chat_post_message, "chat:write", POSTS_PER_CHANNEL, is_rated_by_channel=True),
    "chat.startStream": Method(streams.start, "chat:write", TIER_2),
    "chat.stopStream": Method(streams.stop, "chat:write", TIER_2),
    "chat.update": Method(chat_update, "chat:write", TIER_3),
    "conversations.history": Method(conversations_history, "{kind}:history", TIER_3),
    "conversations.info": Method(conversations_info, "{kind}:read", TIER_3),
    "conversations.join": Method(conversations_join, "channels:join", TIER_3),
    "conversations.list": Method(conversations_list, "channels:read", TIER_2),
    "conversations.members": Method(conversations_members, "{kind}:read", TIER_4),
    "conversations.open": Method(conversations_open, "im:write", TIER_3),
    "conversations.replies": Method(conversations_replies, "{kind}:history", TIER_3),
    "files.completeUploadExternal": Method(files_complete_upload_external, "files:write", TIER_4),
    "files.getUploadURLExternal": Method(files_get_upload_url_external, "files:write", TIER_4),
    "files.info": Method(files_info, "files:read", TIER_4),
    "reactions.add": Method(reactions_add, "reactions:write", TIER_3),
    "usergroups.list": Method(usergroups_list, "usergroups:read", TIER_2),
    "usergroups.users.list": Method(usergroups_users_list, "usergroups:read", TIER_2),
    "users.info": Method(users_info, "users:read", TIER_4),
    "users.list": Method(users_list, "users:read", TIER_2),
    "users.lookupByEmail": Method(users_lookup_by_email, "users:read.email", TIER_3),
    "views.open": Method(views_open, None, TIER_4),
    "views.publish": Method(views_publish, None, TIER_4),
    "views.push": Method(views_push, None, TIER_4),
    "views.update": Method(views_update, None, TIER_4),
}
