"""Messages that grow: `chat.startStream`, `appendStream` and `stopStream`, as far as their text goes.

A stream is a message in a thread whose Markdown is added to until it is stopped, or until its time is up: then Slack
ends it by itself and shows it as failed. The one thing a reader could forget: that time counts from the start, however
busy the stream is, and it is noticed here when the next call comes by.
"""

import re

from bot.sandbox.workspace import limits
from bot.sandbox.workspace.call import Call
from bot.sandbox.workspace.content import checked_content, checked_metadata
from bot.sandbox.workspace.records import Channel, JsonObject, SlackError
from bot.sandbox.workspace.state import Content

RECIPIENT = re.compile(r"[UW][A-Z0-9]{2,}")


def start(call: Call) -> JsonObject:
    """Outside of direct messages Slack wants to know whom it streams to."""
    channel = call.channel()
    thread_ts = call.text("thread_ts")
    if channel.im_user is None:
        for name in ("recipient_team_id", "recipient_user_id"):
            if not call.text(name, ""):
                raise SlackError(f"missing_{name}")
        person = call.text("recipient_user_id")
        if not RECIPIENT.fullmatch(person):
            refusal = f"input must match regex pattern: ^{RECIPIENT.pattern}$ [json-pointer:/recipient_user_id]"
            raise SlackError("invalid_arguments", refusal)
        call.state.user(person)
    text = _markdown(call)
    content = Content(text, _blocks(text), streaming="in_progress")
    message = call.state.post(channel, call.state.app.bot_user, content, thread_ts=thread_ts)
    return {"channel": channel.id, "ts": message["ts"]}


def append(call: Call) -> JsonObject:
    channel, message = _growing(call)
    if not call.text("markdown_text", ""):
        raise SlackError("no_text")
    text = message["text"] + _markdown(call)
    content = Content(text, _blocks(text), streaming="in_progress")
    call.state.edit(channel, message["ts"], call.state.app.bot_user, content)
    return {"channel": channel.id, "ts": message["ts"]}


def stop(call: Call) -> JsonObject:
    """What it brings along is put below what was streamed."""
    channel, message = _growing(call)
    text = message["text"] + _markdown(call)
    below = checked_content(call, channel.id).blocks if call.args.get("blocks") else ()
    content = Content(text, [*_blocks(text), *below], metadata=checked_metadata(call.tree("metadata")))
    stopped = call.state.edit(channel, message["ts"], call.state.app.bot_user, content)
    return {"channel": channel.id, "ts": message["ts"], "message": stopped}


def is_growing(call: Call, channel: Channel, message: JsonObject) -> bool:
    """A stream whose time is up is ended here."""
    if message.get("streaming_state") != "in_progress":
        return False
    if call.state.clock() - float(message["ts"]) <= limits.STREAM_SECONDS:
        return True
    content = Content(message["text"], _blocks(message["text"]), streaming="errored")
    call.state.edit(channel, message["ts"], call.state.app.bot_user, content)
    return False


def _growing(call: Call) -> tuple[Channel, JsonObject]:
    channel = call.channel()
    message = call.state.message(channel.id, call.text("ts"))
    if not is_growing(call, channel, message):
        raise SlackError("message_not_in_streaming_state")
    return channel, message


def _markdown(call: Call) -> str:
    if call.args.get("chunks"):
        raise SlackError("invalid_arguments", "the stand-in streams markdown_text only")
    text = call.text("markdown_text", "")
    if len(text) > limits.STREAM_CHARACTERS_MAX:
        raise SlackError("msg_too_long")
    return text


def _blocks(text: str) -> list[JsonObject]:
    return [{"type": "markdown", "text": text}] if text else []
