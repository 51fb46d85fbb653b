"""The plans of a folder, as their files are now: read at the start, and again when a file has changed.

A file that cannot be read any more leaves the plan that it held last in force, and says why it is not newer. Of two
files for a service the one that had it first keeps it. The one thing to remember: what is asked here is what the files
say; a release that moves goes by the plan that it pinned.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.core.errors import Misconfigured
from bot.core.plan import Plan
from bot.plans import load, load_folder

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
"""How often the folder is looked at, and only when somebody asks: a listing and a stat for each file."""

Mark = tuple[int, int, int]
"""Of a file: when it was changed, its length, and which file it is."""


@dataclass(frozen=True, slots=True)
class _File:
    mark: Mark
    plan: Plan | None
    """The last one that could be read."""
    trouble: str = ""


class PlanFolder(Mapping[str, Plan]):
    """The plans by service. Raises Misconfigured, at the start alone, with all the problems of all the files."""

    def __init__(self, folder: Path, variables: Mapping[str, str], clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._variables = variables
        self._clock = clock
        self._good: dict[Path, Plan] = {}
        """The last one of each file that could be read, also of files that were gone for a while."""
        self._held: dict[str, Path] = {}
        """Whose plan a service's is."""
        self._files = {path: self._read(path, mark) for path, mark in self._marks().items()}
        self._plans = self._by_service()
        if not self._plans or len(self._plans) < len(self._files):
            self._plans = load_folder(folder, variables)  # which says everything that is wrong
        self._next_at = clock() + LOOK_SECONDS

    def __getitem__(self, service: str) -> Plan:
        return self._now()[service]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def trouble(self, service: str) -> str:
        """Why the plan of this service is not as its file is now; empty where it is.

        Of a service without a plan: what is wrong with files that could never be read.
        """
        self._now()
        holder = self._held.get(service)
        if holder is None:
            return "\n".join(file.trouble for file in self._files.values() if file.plan is None)
        return self._files[holder].trouble

    def beside(self, service: str) -> str:
        """Which other files say that they are this service's plan, and what to do about them; empty where none does."""
        self._now()
        holder = self._held.get(service)
        named = (path for path, file in self._files.items() if file.plan and file.plan.service == service)
        others = [path.name for path in named if path != holder]
        if holder is None or not others:
            return ""
        is_are, counts = ("is", "counts") if len(others) == 1 else ("are", "count")
        return (
            f"{', '.join(others)} {is_are} of {service}, too, and {counts} for nothing: {holder.name} had it first. "
            f"Take one of them out of the folder before the next start, which refuses both."
        )

    def _now(self) -> Mapping[str, Plan]:
        if self._clock() >= self._next_at:
            self._next_at = self._clock() + LOOK_SECONDS
            self._look()
        return self._plans

    def _look(self) -> None:
        marks = self._marks()
        if marks == {path: file.mark for path, file in self._files.items()}:
            return
        known = self._files
        self._files = {
            path: known[path] if path in known and known[path].mark == mark else self._read(path, mark)
            for path, mark in marks.items()
        }
        self._plans = self._by_service()

    def _by_service(self) -> Mapping[str, Plan]:
        """Of two files for one service the one that had it before, else the first."""
        found: dict[str, dict[Path, Plan]] = {}
        for path, file in self._files.items():
            if file.plan is not None:
                found.setdefault(file.plan.service, {})[path] = file.plan
        self._held = {
            service: held if (held := self._held.get(service)) in files else next(iter(files))
            for service, files in found.items()
        }
        return {service: files[self._held[service]] for service, files in found.items()}

    def _marks(self) -> dict[Path, Mark]:
        found: dict[Path, Mark] = {}
        for path in sorted(self._folder.glob("*.y*ml")):
            try:
                stat = path.stat()
            except OSError:
                continue  # it was there a moment ago
            if path.is_file() and path.suffix in (".yml", ".yaml"):
                found[path] = stat.st_mtime_ns, stat.st_size, stat.st_ino
        return found

    def _read(self, path: Path, mark: Mark) -> _File:
        try:
            self._good[path] = plan = load(path, self._variables)
        except Misconfigured as error:
            before = self._good.get(path)
            log.warning("a plan cannot be read", file=str(path), reason=str(error), stays_in_force=before is not None)
            return _File(mark, before, str(error))
        return _File(mark, plan)
