"""Metrics from exposition pages, found through an address that speaks Prometheus' HTTP service discovery.

`[{"targets": ["host:port", …], "labels": {"commit": …}}]`: the label `commit` says which version a process runs, and
`__scheme__` and `__metrics_path__` mean what they mean to Prometheus. All pages are fetched at once, each with a limit
on time and size, and parsed in threads so that nobody waits for a large one. The one thing to remember: redirects are
not followed and nothing is tried twice; the next look comes soon enough.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import ClientError, ClientSession, ClientTimeout
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.adapters.metrics import Reading
from bot.adapters.metrics.exposition import PageReader
from bot.adapters.unreached import late, why_not
from bot.analysis.series import Totals
from bot.core.errors import Temporary
from bot.core.plan import Plan
from bot.core.sources import ScrapeSource

BYTES_MAX = 2_000_000
"""20,000 series; a page beyond that is a mistake, or not for us."""
TARGETS_MAX = 500
CHUNK_BYTES = 65_536
READERS_MAX = 2
"""Sets of selectors that are kept ready; a source is asked for one plan, unless that has just changed."""
OK = 200
HEADERS = {"Accept": "text/plain;version=0.0.4;q=1,*/*;q=0.1", "Accept-Encoding": "identity"}


class TargetGroup(BaseModel):
    """One element of a discovery answer."""

    targets: tuple[str, ...]
    labels: dict[str, str] = {}


_GROUPS = TypeAdapter(tuple[TargetGroup, ...])


@dataclass(frozen=True, slots=True)
class Target:
    """One process to read."""

    environment: str
    address: str
    url: str
    commit: str


@dataclass(frozen=True, slots=True)
class Failure:
    """An address that gave nothing usable; the reason goes after it: `answered 500`."""

    address: str
    reason: str


class Scrape:
    """The MetricsSource for `use: scrape`. The session is the caller's, and closed by the caller."""

    def __init__(self, source: ScrapeSource, session: ClientSession) -> None:
        self._source = source
        self._session = session
        self._reader = lru_cache(READERS_MAX)(PageReader)

    async def read(self, plan: Plan, environments: Sequence[str], at: float) -> Reading:
        reader = self._reader(plan.metrics)
        found = await asyncio.gather(*map(self._discover, environments))
        unknown = [failure for failure in found if isinstance(failure, Failure)]
        if len(unknown) == len(found):
            raise Temporary(f"no processes to read: {unknown[0].address} {unknown[0].reason}")
        targets = [target for group in found if not isinstance(group, Failure) for target in group]
        read = await asyncio.gather(*(self._read(target, reader, at) for target in targets))
        failures = [*unknown, *(failure for failure in read if isinstance(failure, Failure))]
        return Reading(
            at,
            tuple(totals for totals in read if isinstance(totals, Totals)),
            {failure.address: failure.reason for failure in failures},
        )

    async def past(
        self, _plan: Plan, _environments: Sequence[str], _since: float, _until: float, _every: float
    ) -> tuple[Reading, ...]:
        """A page only knows the present."""
        return ()

    async def _discover(self, environment: str) -> list[Target] | Failure:
        """The processes of an environment. One that is labelled with another environment is not among them."""
        url = self._source.targets.replace("{environment}", environment)
        body = await self._get(url, url)
        if isinstance(body, Failure):
            return body
        try:
            groups = _GROUPS.validate_json(body)
        except ValidationError:
            return Failure(url, "answered something that is no list of targets")
        targets = [
            _target(environment, address, group.labels)
            for group in groups
            if group.labels.get("environment", environment) == environment
            for address in group.targets
        ]
        if len(targets) > TARGETS_MAX:
            return Failure(url, f"lists {len(targets)} targets, which is more than {TARGETS_MAX}")
        return targets

    async def _read(self, target: Target, reader: PageReader, at: float) -> Totals | Failure:
        body = await self._get(target.url, target.address)
        if isinstance(body, Failure):
            return body
        try:
            page = await asyncio.to_thread(lambda: reader.read(body.decode()))
        except UnicodeDecodeError:
            return Failure(target.address, "sent a page that is no text")
        except ValueError as error:
            return Failure(target.address, str(error))
        return Totals(target.environment, target.address, at, target.commit, page.started_at, page.shown)

    async def _get(self, url: str, name: str) -> bytes | Failure:
        limit = ClientTimeout(total=self._source.time_max)
        try:
            async with self._session.get(url, timeout=limit, headers=HEADERS, allow_redirects=False) as answer:
                if answer.status != OK:
                    return Failure(name, f"answered {answer.status}")
                body = bytearray()
                async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
                    body += chunk
                    if len(body) > BYTES_MAX:
                        return Failure(name, f"sent more than {BYTES_MAX / 1e6:g} MB")
                return bytes(body)
        except TimeoutError:
            return Failure(name, late(self._source.time_max))
        except (ClientError, OSError, ValueError) as error:
            return Failure(name, f"could not be reached: {why_not(error, url)}")


def _target(environment: str, address: str, labels: Mapping[str, str]) -> Target:
    scheme, path = labels.get("__scheme__", "http"), labels.get("__metrics_path__", "/metrics")
    return Target(environment, address, f"{scheme}://{address}{path}", labels.get("commit", ""))
