"""One environment: a splitter with customers before it, and two slots behind it in which commits run.

What a deployer can ask for is here: `deploy` (run this commit, with no traffic yet), `expose` (give it that share of
the traffic), `observe` (the share it has now, read back) and `undo` (take its traffic, then stop it). All may be
asked twice. The rest of the traffic always goes to the other slot. A slot without traffic is free for the next
commit.

To forget: what is deployed is known here, what is exposed is known to the splitter, whose restart forgets it.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from bot.sandbox.shop.history import resolve
from bot.sandbox.shop.instance import Instance, StartFailedError, check_out
from bot.sandbox.shop.load import Load
from bot.sandbox.shop.splitter import SLOT_NAMES, SlotName, Splitter

DRAIN_LOOK_SECONDS = 0.02
DRAIN_LOOKS_MAX = 50
FULL_PERCENT = 100.0

Description = dict[str, object]


class RefusedError(Exception):
    """What was asked for cannot be; nothing was changed. The message is for people."""


class UnknownCommitError(RefusedError):
    """No such commit is deployed here, or it does not exist at all."""


@dataclass
class Tenant:
    """A commit that has a slot: starting, running, or dead since."""

    slot: SlotName
    commit: str
    version: str
    since: float
    starting: asyncio.Task[None] | None = None
    instance: Instance | None = None

    @property
    def starts(self) -> bool:
        return self.starting is not None and not self.starting.done()

    @property
    def runs(self) -> bool:
        return self.instance is not None and self.instance.alive


@dataclass
class Faults:
    """What goes wrong on request, for tests and drills."""

    deploy_seconds: float = 0.0
    deploy_failure: str = ""
    exposure_seconds: float = 0.0


class Environment:
    def __init__(self, name: str, folder: Path, repository: Path, requests_per_second: float, seed: int) -> None:
        self.name = name
        self.faults = Faults()
        self.splitter = Splitter()
        self.tenants: dict[SlotName, Tenant] = {}
        self.load = Load(requests_per_second, seed)
        self._folder = folder / name
        self._repository = repository
        self._load_task: asyncio.Task[None] | None = None

    async def start(self, ref: str, version: str) -> None:
        """Runs the first version, with all the traffic."""
        await self.splitter.start()
        await self.deploy(ref, version)
        self._load_task = asyncio.create_task(self.load.run(self.splitter.url))

    async def stop(self) -> None:
        if self._load_task:
            self._load_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._load_task
        await asyncio.gather(*(self._end(tenant) for tenant in self.tenants.values()))
        await self.splitter.stop()

    async def deploy(self, ref: str, version: str) -> Description:
        """Runs the commit in a slot and returns once it is healthy; StartFailedError when it does not get there."""
        commit = await self._resolve(ref)
        if commit is None:
            raise UnknownCommitError(f"the shop's repository has no commit {ref}")
        tenant = self._tenant(commit)
        if tenant is None or not (tenant.runs or tenant.starts):
            tenant = self._move_in(tenant.slot if tenant else self._free_slot(), commit, version)
        if tenant.starting:
            try:
                await asyncio.shield(tenant.starting)
            except asyncio.CancelledError:
                if tenant.starting.cancelled():
                    raise RefusedError(f"{version} was undone or replaced while it started") from None
                raise
        return self.describe_tenant(tenant)

    async def expose(self, ref: str, percent: float, generation: int | None) -> Description:
        """Gives the commit its share; StaleGenerationError when a newer generation of shares was seen."""
        await asyncio.sleep(self.faults.exposure_seconds)
        tenant = self._tenant(await self._resolve(ref))
        if tenant is None:
            if percent > 0:
                raise UnknownCommitError(f"{ref} is not deployed in {self.name}: deploy it first")
            self.splitter.set_weights({}, generation)
            return await self.observe(ref)
        other = _other(tenant.slot)
        if percent > 0 and not tenant.runs:
            raise RefusedError(f"{tenant.version} does not run in {self.name}: it can be given no traffic")
        if percent < FULL_PERCENT and other not in self.tenants:
            raise RefusedError(f"nothing but {tenant.version} is deployed in {self.name}: it keeps all the traffic")
        self.splitter.set_weights({tenant.slot: percent, other: FULL_PERCENT - percent}, generation)
        return self.describe_tenant(tenant)

    async def observe(self, ref: str) -> Description:
        """The commit's share as the splitter has it; 0 for one that is not deployed."""
        tenant = self._tenant(await self._resolve(ref))
        if tenant:
            return self.describe_tenant(tenant)
        return {
            "environment": self.name,
            "commit": ref,
            "percent": 0.0,
            "generation": self.splitter.generation,
            "running": False,
        }

    async def undo(self, ref: str) -> Description:
        """Takes the commit's traffic, waits for its last answers and stops it; an unknown commit is undone already."""
        tenant = self._tenant(await self._resolve(ref))
        if tenant is None:
            return await self.observe(ref)
        backend = self.splitter.backends[tenant.slot]
        other = self.tenants.get(_other(tenant.slot))
        if backend.weight > 0 and not (other and other.runs):
            raise RefusedError(f"nothing but {tenant.version} runs in {self.name}: undoing it would take the shop away")
        self._configure(live=_other(tenant.slot))
        self.splitter.set_weights(self.splitter.configured)
        self._move_out(tenant)
        await self._end(tenant)
        return await self.observe(ref)

    async def signal(self, slot: SlotName, number: Signals) -> None:
        """Sends the slot's process a signal, for tests and drills."""
        tenant = self.tenants.get(slot)
        if tenant is None or tenant.instance is None:
            raise RefusedError(f"nothing runs in {self.name}'s slot {slot}")
        tenant.instance.send(number)
        if number is Signals.SIGKILL:
            await tenant.instance.kill()

    def describe_tenant(self, tenant: Tenant) -> Description:
        backend = self.splitter.backends[tenant.slot]
        return {
            "environment": self.name,
            "slot": tenant.slot,
            "version": tenant.version,
            "commit": tenant.commit,
            "percent": self.splitter.percent(tenant.slot),
            "generation": self.splitter.generation,
            "running": tenant.runs,
            "pid": tenant.instance.pid if tenant.instance else None,
            "address": tenant.instance.address if tenant.instance else None,
            "handed": backend.handed,
            "failed": backend.failed,
            "in_flight": backend.in_flight,
            "last_served_at": backend.last_served_at,
        }

    def describe(self) -> Description:
        live = self.live
        return {
            "environment": self.name,
            "address": self.splitter.url,
            "exposures": {tenant.commit: self.splitter.percent(slot) for slot, tenant in self.tenants.items()},
            "live": {"commit": live.commit, "version": live.version} if live else None,
            "slots": {slot: self.describe_tenant(tenant) for slot, tenant in self.tenants.items()},
            "splitter": self.splitter.describe(),
            "load": self.load.describe(),
        }

    def targets(self) -> list[Description]:
        """Every process to scrape, as Prometheus' HTTP service discovery wants it."""
        return [
            {
                "targets": [tenant.instance.address],
                "labels": {
                    "environment": self.name,
                    "version": tenant.version,
                    "commit": tenant.commit,
                    "slot": tenant.slot,
                    "process": str(tenant.instance.pid),
                },
            }
            for tenant in self.tenants.values()
            if tenant.instance
        ]

    @property
    def live(self) -> Tenant | None:
        """Who has most of the traffic; at a tie, who came first."""
        return max(
            self.tenants.values(),
            key=lambda tenant: (self.splitter.percent(tenant.slot), -tenant.since),
            default=None,
        )

    def _tenant(self, commit: str | None) -> Tenant | None:
        return next((tenant for tenant in self.tenants.values() if tenant.commit == commit), None)

    async def _resolve(self, ref: str) -> str | None:
        if self._tenant(ref):
            return ref
        return await asyncio.to_thread(resolve, self._repository, ref)

    def _free_slot(self) -> SlotName:
        for slot in SLOT_NAMES:
            if slot not in self.tenants:
                return slot
        for slot in SLOT_NAMES:
            if self.splitter.backends[slot].weight == 0:
                return slot
        versions = " and ".join(tenant.version for tenant in self.tenants.values())
        raise RefusedError(f"{versions} both have traffic in {self.name}: there is no free slot")

    def _move_in(self, slot: SlotName, commit: str, version: str) -> Tenant:
        before = self.tenants.get(slot)
        tenant = self.tenants[slot] = Tenant(slot, commit, version, since=time.time())
        if _other(slot) in self.tenants:
            self._configure(live=_other(slot))
        tenant.starting = asyncio.create_task(self._start(tenant, before))
        return tenant

    def _move_out(self, tenant: Tenant) -> None:
        if self.tenants.get(tenant.slot) is tenant:
            del self.tenants[tenant.slot]
            self.splitter.backends[tenant.slot].address = None

    def _configure(self, live: SlotName) -> None:
        """What the splitter falls back to when it is restarted."""
        self.splitter.configured = {live: FULL_PERCENT, _other(live): 0.0}

    async def _start(self, tenant: Tenant, before: Tenant | None) -> None:
        try:
            if before:
                await self._end(before)
            tenant.instance = await self._bring_up(tenant)
            self.splitter.backends[tenant.slot].address = tenant.instance.address
        except BaseException:
            self._move_out(tenant)
            raise

    async def _bring_up(self, tenant: Tenant) -> Instance:
        await asyncio.sleep(self.faults.deploy_seconds)
        if self.faults.deploy_failure:
            raise StartFailedError(self.faults.deploy_failure)
        build = self._folder / "builds" / tenant.commit
        await asyncio.to_thread(check_out, self._repository, tenant.commit, build)
        return await Instance.start(build, self.name, self._folder / f"{tenant.slot}.log")

    async def _end(self, tenant: Tenant) -> None:
        """Stops the commit once its last answers are given; it has no traffic any more."""
        if tenant.starting:
            tenant.starting.cancel()
            await asyncio.gather(tenant.starting, return_exceptions=True)
        if tenant.instance:
            for _ in range(DRAIN_LOOKS_MAX):
                if not (tenant.runs and self.splitter.backends[tenant.slot].in_flight):
                    break
                await asyncio.sleep(DRAIN_LOOK_SECONDS)
            await tenant.instance.stop()


def _other(slot: SlotName) -> SlotName:
    return "green" if slot == "blue" else "blue"
