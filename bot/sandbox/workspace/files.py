"""Uploaded files: a ticket, then the bytes, then the word that it is complete; only then may a message show it.

Bytes stay in memory. A completed file is taken in before it can be shown, at once or after `seconds_to_take_in`;
until then it has no type, and a block that shows it is refused. The one thing a reader could forget: a file that was
shared nowhere is private until a message carries it, by an image block's `slack_file` or by its permalink in the text,
which is how Slack lets a bot post a file with metadata.
"""

import json
import math
import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.workspace.records import TEAM, JsonObject, SlackError
from bot.sandbox.workspace.state import State


@dataclass(slots=True)
class File:
    id: str
    name: str
    length_bytes: int
    alt_text: str
    user: str
    created_at: float
    title: str = ""
    content: bytes | None = None
    is_complete: bool = False
    taken_in_at: float = math.inf
    channels: set[str] = field(default_factory=set)

    @property
    def mimetype(self) -> str:
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def permalink(self, url: str) -> str:
        return f"{url}/files/{self.user}/{self.id}/{self.name}"

    def to_slack(self, url: str, now: float) -> JsonObject:
        is_taken_in = now >= self.taken_in_at
        path = f"{url}/files-pri/{TEAM['id']}-{self.id}"
        body: JsonObject = {
            "id": self.id,
            "created": int(self.created_at),
            "timestamp": int(self.created_at),
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype if is_taken_in else "",
            "filetype": (self.name.rpartition(".")[2].lower() or "binary") if is_taken_in else "",
            "user": self.user,
            "user_team": TEAM["id"],
            "size": self.length_bytes,
            "mode": "hosted",
            "is_external": False,
            "is_public": bool(self.channels),
            "channels": sorted(self.channels),
            "url_private": f"{path}/{self.name}",
            "url_private_download": f"{path}/download/{self.name}",
            "permalink": self.permalink(url),
            "file_access": "visible",
        }
        if self.alt_text:
            body["alt_txt"] = self.alt_text
        if is_taken_in and self.mimetype.startswith("image/"):
            body["thumb_480"] = body["url_private"]
        return body


@dataclass(slots=True)
class Files:
    state: State
    by_id: dict[str, File] = field(default_factory=dict)
    seconds_to_take_in: float = 0.0

    def reset(self) -> None:
        self.by_id.clear()

    def to_slack(self, file: File) -> JsonObject:
        return file.to_slack(self.state.url, self.state.clock())

    def ticket(self, name: str, length_bytes: int, alt_text: str) -> File:
        file = File(self.state.next_id("F"), name, length_bytes, alt_text, self.state.app.bot_user, self.state.clock())
        self.by_id[file.id] = file
        return file

    def receive(self, file_id: str, content: bytes) -> File:
        file = self.find(file_id)
        if len(content) != file.length_bytes:
            raise SlackError("file_size_mismatch")
        file.content = content
        return file

    def complete(self, file_id: str, title: str) -> File:
        file = self.find(file_id)
        if file.content is None or file.is_complete:
            raise SlackError("file_not_found")
        file.title = title
        file.is_complete = True
        file.taken_in_at = self.state.clock() + self.seconds_to_take_in
        return file

    def find(self, file_id: str) -> File:
        if file_id not in self.by_id:
            raise SlackError("file_not_found")
        return self.by_id[file_id]

    def shared_by(self, text: str, channel_id: str) -> list[JsonObject]:
        """The files that a message carries because its text holds their permalink."""
        carried = [file for file in self.by_id.values() if file.is_complete and file.permalink(self.state.url) in text]
        for file in carried:
            file.channels.add(channel_id)
        return [self.to_slack(file) for file in carried]

    def resolved(self, blocks: Sequence[JsonObject]) -> list[JsonObject]:
        """A copy of the blocks in which each `slack_file` has its address beside it; what is no image is refused."""
        copied: list[JsonObject] = json.loads(json.dumps(blocks))
        for at, image in _images(copied):
            file = self._named(image["slack_file"])
            if file is None:
                raise SlackError("invalid_blocks", f"invalid slack file [json-pointer:{at}/slack_file]")
            image["image_url"] = self.to_slack(file)["url_private"]
        return copied

    def _named(self, reference: JsonObject) -> File | None:
        for file in self.by_id.values():
            body = self.to_slack(file)
            named = reference.get("id") == file.id or reference.get("url") in (body["url_private"], body["permalink"])
            if named and body["mimetype"].startswith("image/"):
                return file
        return None


def _images(tree: Any, at: str = "/blocks") -> Iterator[tuple[str, JsonObject]]:  # noqa: ANN401 - walks any JSON
    if isinstance(tree, dict):
        if isinstance(tree.get("slack_file"), dict):
            yield at, tree
        for name, part in tree.items():
            yield from _images(part, f"{at}/{name}")
    elif isinstance(tree, list):
        for index, part in enumerate(tree):
            yield from _images(part, f"{at}/{index}")
