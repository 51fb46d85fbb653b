"""Changes without a repository: commits in a list, oldest first, and tags on them.

To forget: it fails once with whatever `fail_next` holds, and answers the next time.
"""

from dataclasses import dataclass, field

from bot.adapters.changes import NoSuchVersion, Ref, Resolved
from bot.core.contents import Change
from bot.core.errors import AdapterError


@dataclass
class StandInChanges:
    history: list[Change]
    tags: dict[str, str] = field(default_factory=dict)
    fail_next: AdapterError | None = None

    async def resolve(self, ref: str) -> Resolved:
        self._maybe_fail()
        commit = self.tags.get(ref, ref)
        if commit not in (change.commit for change in self.history):
            raise NoSuchVersion(f'"{ref}" is no tag, branch or commit here; the newest tags: {", ".join(self.tags)}')
        names = [tag for tag, tagged in self.tags.items() if tagged == commit]
        return Resolved(commit, ref if ref in names else names[0] if names else commit[:8])

    async def between(self, previous: str | None, commit: str) -> tuple[Change, ...]:
        self._maybe_fail()
        commits = [change.commit for change in self.history]
        first = commits.index(previous) + 1 if previous is not None else 0
        return tuple(reversed(self.history[first : commits.index(commit) + 1]))

    async def newest_refs(self, most: int) -> tuple[Ref, ...]:
        """Its tags. Time is their commit's place in the history."""
        self._maybe_fail()
        made = [(change, float(at)) for at, change in enumerate(self.history)]
        refs = [
            Ref(tag, at, is_tag=True, subject=change.title)
            for change, at in reversed(made)
            for tag, commit in self.tags.items()
            if commit == change.commit
        ]
        return tuple(refs[:most])

    def _maybe_fail(self) -> None:
        failure, self.fail_next = self.fail_next, None
        if failure is not None:
            raise failure
