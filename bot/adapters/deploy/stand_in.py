"""A deployer without a world: commits and percents in memory, and switches for what goes wrong outside.

To forget: `lose_next` is the switch that matters. What was asked is done and `Unknown` is reported, as when a
connection dies between the two.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.adapters.deploy import Observed, Target
from bot.core.errors import AdapterError, Permanent, Unknown
from bot.core.plan import FULL


@dataclass
class Switches:
    """`wait` is awaited before anything is done (let it sleep, or block on an event); the others hold for one write."""

    fail_next: AdapterError | None = None
    lose_next: bool = False
    wait: Callable[[], Awaitable[None]] | None = None


@dataclass
class Environment:
    """What runs, with which share. `live` is the commit that has what the newest one has not."""

    exposures: dict[str, float] = field(default_factory=dict)
    live: str | None = None
    generation: int = 0

    def deploy(self, commit: str) -> None:
        if commit not in self.exposures:
            self.live = max(self.exposures, key=self.exposures.__getitem__, default=None)
            self.exposures[commit] = 0.0

    def expose(self, commit: str, percent: float, generation: int) -> None:
        if generation < self.generation:
            raise Permanent(f"generation {generation} is older than {self.generation}, which is in force")
        if commit not in self.exposures and percent > 0:
            raise Permanent(f"{commit} is not deployed: deploy it first")
        self._share_out(commit, percent)
        self.generation = generation

    def undo(self, commit: str) -> None:
        self._share_out(commit, 0.0)
        self.exposures.pop(commit, None)

    def _share_out(self, commit: str, percent: float) -> None:
        others = [other for other in self.exposures if other != commit]
        if commit not in self.exposures or self.exposures[commit] == percent:
            return
        if not others and percent < FULL:
            raise Permanent(f"nothing but {commit} is deployed: it keeps all the traffic")
        self.exposures = dict.fromkeys(self.exposures, 0.0) | {commit: percent}
        if others:
            self.exposures[self.live if self.live in others else others[0]] = FULL - percent


class StandInDeployer:
    """Holds the contract of the port; `environments` and `calls` are there to be looked at."""

    def __init__(self) -> None:
        self.environments: defaultdict[tuple[str, str], Environment] = defaultdict(Environment)
        self.switches = Switches()
        self.calls: list[str] = []

    async def deploy(self, target: Target, key: str) -> None:
        await self._do(f"deploy {target.commit} {key}", lambda: self._at(target).deploy(target.commit))

    async def set_exposure(self, target: Target, percent: float, generation: int) -> None:
        call = f"expose {target.commit} {percent:g} {generation}"
        await self._do(call, lambda: self._at(target).expose(target.commit, percent, generation))

    async def observe(self, service: str, environment: str) -> Observed:
        return dict(self.environments[service, environment].exposures)

    async def undo(self, target: Target, key: str) -> None:
        await self._do(f"undo {target.commit} {key}", lambda: self._at(target).undo(target.commit))

    def _at(self, target: Target) -> Environment:
        return self.environments[target.service, target.environment]

    async def _do(self, call: str, change: Callable[[], None]) -> None:
        self.calls.append(call)
        failure, self.switches.fail_next = self.switches.fail_next, None
        loses, self.switches.lose_next = self.switches.lose_next, False
        if failure is not None:
            raise failure
        if self.switches.wait is not None:
            await self.switches.wait()
        change()
        if loses:
            raise Unknown(f"{call}: it was done, and the answer was lost")
