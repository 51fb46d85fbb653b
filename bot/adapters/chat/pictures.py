"""Pictures in Slack: uploaded to nobody, and shown by the message whose image block carries their id.

Three calls (an address, the bytes to it, the word that they are complete) and a short wait: Slack takes a file in
after it has said yes, and refuses messages that show it before that. `files.info` tells, by a type that is empty until
then. The one thing a reader could forget: the address comes from an answer, so it is looked at before anything is
sent there, and no redirect is followed.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.adapters.chat.client import is_loopback
from bot.adapters.chat.trouble import OK, reading
from bot.core.errors import AdapterError, Permanent, Temporary
from bot.core.foreign import cut_plain, flat

log = logging.getLogger(__name__)

PICTURE_BYTES_MAX = 10_000_000
"""Far above a chart (60 kB) and a tall screenshot (2 MB)."""

NAME_MAX = 120
ALT_MAX = 500
"""Of the file itself; it travels in the address of a call. The image block's own may be longer."""

UPLOADING_SECONDS_MAX = 20.0
TAKING_IN_SECONDS_MAX = 12.0
"""Together well under the outbox's lease."""

PAUSES_SECONDS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Before each look at whether Slack has taken the file in; usually it has within one or two seconds."""


class SlackPictures:
    """`writing` must be a client without retry handlers; `reading` may have them."""

    def __init__(
        self,
        writing: AsyncWebClient,
        reading: AsyncWebClient,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        assert not writing.retry_handlers, "only the outbox repeats"
        self._writing = writing
        self._reading = reading
        self._pause = pause

    async def upload(self, name: str, png: bytes, alt: str) -> str:
        if not 0 < len(png) <= PICTURE_BYTES_MAX:
            raise Permanent(f"upload {name}: {len(png)} bytes, and a picture has 1 to {PICTURE_BYTES_MAX}")
        with reading(f"upload {name}"):
            async with asyncio.timeout(UPLOADING_SECONDS_MAX):
                file = await self._upload(flat(name, NAME_MAX), png, cut_plain(alt, ALT_MAX))
        await self._taken_in(file)
        return file

    async def _upload(self, name: str, png: bytes, alt: str) -> str:
        ticket = await self._writing.files_getUploadURLExternal(filename=name, length=len(png), alt_txt=alt or None)
        address, file = _ticket(ticket)
        if not self._is_slacks(address):
            raise Permanent(f"upload {name}: Slack named an address that is not safe ({urlsplit(address).scheme})")
        await self._send(name, address, png)
        await self._writing.files_completeUploadExternal(files=[{"id": file, "title": name}])
        return file

    def _is_slacks(self, address: str) -> bool:
        """Https, or this machine where the whole of Slack is a stand-in on it."""
        match urlsplit(address).scheme:
            case "https":
                return not is_loopback(address)
            case "http":
                return is_loopback(address) and is_loopback(self._writing.base_url)
            case _:
                return False

    async def _send(self, name: str, address: str, png: bytes) -> None:
        time_limit = aiohttp.ClientTimeout(total=self._writing.timeout)
        async with (
            aiohttp.ClientSession(timeout=time_limit) as session,
            session.post(address, data=png, proxy=self._writing.proxy, allow_redirects=False) as answer,
        ):
            if answer.status != OK:
                raise Temporary(f"upload {name}: the bytes were refused with HTTP {answer.status}")

    async def _taken_in(self, file: str) -> None:
        """Wait until a message may show it, and no longer than is usual.

        Where that cannot be known nothing is lost: whoever posts too early is told `Temporary`, and comes again.
        """
        try:
            with reading(f"look at {file}"):
                async with asyncio.timeout(TAKING_IN_SECONDS_MAX):
                    for seconds in PAUSES_SECONDS:
                        await self._pause(seconds)
                        shown = await self._reading.files_info(file=file)
                        if (shown.get("file") or {}).get("mimetype"):
                            return
        except AdapterError as unknown:
            log.warning("a picture was uploaded, and whether it can be shown is not known: %s", unknown)
        else:
            log.warning("a picture was uploaded, and Slack has not taken it in yet: %s", file)


def _ticket(answer: AsyncSlackResponse) -> tuple[str, str]:
    address, file = answer.get("upload_url"), answer.get("file_id")
    if not (isinstance(address, str) and isinstance(file, str)):
        raise Temporary("Slack said yes to an upload and not where to")
    return address, file
