"""What a message may say: text, blocks, attachments and metadata off the wire, checked as Slack checks them.

The doors of every method that writes a message lead through here. The one thing a reader could forget: the order of
refusals follows Slack's, because a bot may see only the first.
"""

import json

from bot.sandbox.workspace import blocks as block_kit
from bot.sandbox.workspace import limits
from bot.sandbox.workspace.call import Call
from bot.sandbox.workspace.records import JsonObject, SlackError
from bot.sandbox.workspace.state import Content


def checked_content(call: Call, channel_id: str) -> Content:
    """What the caller wants said, or the first refusal that Slack would give."""
    text = str(call.args.get("text") or "")
    blocks = call.tree("blocks") or []
    attachments = call.tree("attachments") or []
    if not (text or blocks or attachments):
        raise SlackError("no_text")
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > limits.ATTACHMENTS_PER_MESSAGE_MAX:
        raise SlackError("too_many_attachments")
    problems = block_kit.problems_of_message(blocks)
    for index, each in enumerate(attachments):
        problems += block_kit.problems_of_message(each.get("blocks") or [], f"/attachments/{index}/blocks")
    if problems:
        raise SlackError("invalid_blocks", *problems)
    if block_kit.characters(blocks) > limits.BLOCK_CHARACTERS_SUM_MAX:
        raise SlackError("msg_blocks_too_long")
    return Content(
        text[: limits.POST_TEXT_CHARACTERS_MAX],
        call.files.resolved(blocks),
        [{**each, "blocks": call.files.resolved(each.get("blocks") or [])} for each in attachments],
        call.files.shared_by(text, channel_id),
        checked_metadata(call.tree("metadata")),
    )


def checked_metadata(metadata: object) -> JsonObject | None:
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise SlackError("invalid_metadata_format")
    if not metadata:
        return {}
    if not isinstance(metadata.get("event_type"), str) or not isinstance(metadata.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > limits.METADATA_BYTES_MAX:
        raise SlackError("metadata_too_large")
    return metadata
