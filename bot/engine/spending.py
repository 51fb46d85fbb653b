"""What models cost, kept in the store: a ledger that outlives the process."""

from bot.core.model import Spent
from bot.engine.service import Service


class StoredLedger:
    """The model writer's ledger."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def spent(self, release: str) -> Spent:
        return self._service.store.spent(release)

    async def add(self, release: str, spent: Spent) -> None:
        await self._service.write(lambda t: t.spend(release, spent))
