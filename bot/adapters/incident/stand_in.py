"""Incidents in memory, first one first.

To forget: it fails once with whatever `fail_next` holds, and files the next one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.adapters.incident import Incident
from bot.core.errors import AdapterError


@dataclass
class StandInIncidents:
    filed: dict[str, Incident] = field(default_factory=dict)
    pictures: dict[str, dict[str, bytes]] = field(default_factory=dict)
    fail_next: AdapterError | None = None

    async def file(self, key: str, incident: Incident, pictures: Mapping[str, bytes] | None = None) -> str:
        failure, self.fail_next = self.fail_next, None
        if failure is not None:
            raise failure
        self.filed.setdefault(key, incident)
        self.pictures.setdefault(key, dict(pictures or {}))
        return f"INC-{list(self.filed).index(key) + 1}"
