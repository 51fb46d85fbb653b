"""The incident port: a ticket for what went wrong, where the people who look after such things will find it.

Its one method is idempotent by key. The one thing to remember: an incident that is filed belongs to people; filing it
again must not overwrite what they have written on it since.
"""

from collections.abc import Mapping
from typing import Any, Protocol

Incident = Mapping[str, Any]
"""What the views made of it: a document that is JSON all through, with its numbers and times."""


class Incidents(Protocol):
    """Raises `Temporary`, `Permanent` or `Unknown` of `bot.core.errors`."""

    async def file(self, key: str, incident: Incident, pictures: Mapping[str, bytes] | None = None) -> str:
        """File it, and return how people find it: a path, an address, a ticket's number. The same key, the same one.

        `pictures`: PNG files that belong to it, by name.
        """
