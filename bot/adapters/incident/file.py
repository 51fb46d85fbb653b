"""Incidents as JSON files in a folder, one each, with their pictures beside them.

Written beside its place, flushed to the disk and renamed, so a reader sees a whole file or none; a file that is there
is let alone. To forget: the file's name is its key, with its slashes as dots.
"""

import asyncio
import errno
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from bot.adapters.incident import Incident
from bot.core.errors import Permanent, Temporary
from bot.core.systems import FileIncidents

_KEY = re.compile(r"[A-Za-z0-9_/-]{1,150}")
_MAY_PASS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ESTALE}


class File:
    """The folder is made when it is not there."""

    def __init__(self, wanted: FileIncidents) -> None:
        self._folder = Path(wanted.folder)

    async def file(self, key: str, incident: Incident, pictures: Mapping[str, bytes] | None = None) -> str:
        if not _KEY.fullmatch(key):
            raise Permanent(f"{key!r} cannot be the name of an incident's file")
        stem = key.replace("/", ".")
        path = self._folder / f"{stem}.json"
        beside = {self._folder / f"{stem}.{name}": png for name, png in (pictures or {}).items()}
        ticket = {**incident, "pictures": [picture.name for picture in beside]} if beside else incident
        try:
            for picture, png in beside.items():  # before the ticket that names them
                await asyncio.to_thread(_write_once, picture, png)
            text = json.dumps(ticket, indent=2, ensure_ascii=False) + "\n"
            await asyncio.to_thread(_write_once, path, text.encode())
        except OSError as error:
            failure = Temporary if error.errno in _MAY_PASS else Permanent
            raise failure(f"{path} cannot be written: {error.strerror or error}") from None
        return str(path)


def _write_once(path: Path, content: bytes) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    part.replace(path)
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """A new name is on the disk only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
