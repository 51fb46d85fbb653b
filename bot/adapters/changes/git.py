"""Changes from a git repository on this machine, read with git itself.

Only reads, through `git rev-parse`, `for-each-ref` and `log`; what the log means is in `history`. To forget: the
repository is read as it is. Whoever keeps a copy on this machine keeps it fetched.
"""

import difflib
import os
import re
from collections.abc import Mapping

from bot.adapters import programs
from bot.adapters.changes import NoSuchVersion, Ref, Resolved, history
from bot.core.contents import Change
from bot.core.errors import Permanent, Temporary
from bot.core.systems import GitChanges

BYTES_MAX = 16_000_000
COMMITS_MAX = 2_000
REFS_MAX = 1_000
"""What git may print, the commits read for one release, the newest refs among which a near one is looked for."""

_SAYS_NO = 1
_SHORT = 8
_REF = re.compile(r"(?!-)(?!.*(?:\.\.|@\{|//))[^\s~^:?*\[\\\x00-\x1f\x7f]{1,200}")
"""What git allows in the name of a ref, and so no expression over refs, such as main~3 or main..other."""

_PLACES = ("refs/tags", "refs/heads", "refs/remotes")
_FIELDS = "%(refname)%00%(refname:lstrip=2)%00%(creatordate:unix)%00%(symref)%00%(contents:subject)"
"""A copy's `origin/HEAD` is symbolic: another ref's second name."""


class Git:
    """One repository. `time_max_seconds` is for each call of git."""

    def __init__(self, wanted: GitChanges, time_max_seconds: float = 20.0) -> None:
        self._repository = wanted.repository
        self._time_max_seconds = time_max_seconds

    async def resolve(self, ref: str) -> Resolved:
        if not _REF.fullmatch(ref):
            raise NoSuchVersion(f'"{ref[:80]}" cannot be the name of a tag, a branch or a commit')
        found = await self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if found is None:
            raise NoSuchVersion(f'"{ref}" is no tag, branch or commit here{await self._near(ref)}')
        commit = found.strip()
        tags = await self._names("--sort=-version:refname", f"--points-at={commit}", "refs/tags")
        return Resolved(commit, ref if ref in tags else tags[0] if tags else commit[:_SHORT])

    async def between(self, previous: str | None, commit: str) -> tuple[Change, ...]:
        printed = await self._git(
            *("log", "-z", "--topo-order", f"--max-count={COMMITS_MAX}", f"--format={history.FORMAT}", "--name-only"),
            *("--diff-merges=first-parent", "--no-renames", "--no-relative", "--no-show-signature", "--encoding=UTF-8"),
            *("--end-of-options", commit if previous is None else f"{previous}..{commit}"),
        )
        return history.changes(printed or "", commit)

    async def newest_refs(self, most: int) -> tuple[Ref, ...]:
        printed = await self._git(
            "for-each-ref", f"--count={most}", "--sort=-creatordate", f"--format={_FIELDS}", *_PLACES
        )
        found = (line.split("\0", 4) for line in (printed or "").split("\n") if line)
        return tuple(
            Ref(name, float(at or 0), full.startswith("refs/tags/"), subject)
            for full, name, at, is_symbolic, subject in found
            if _REF.fullmatch(name) and not is_symbolic
        )

    async def _near(self, ref: str) -> str:
        """What may have been meant; where nothing is like it, what there is."""
        if near := difflib.get_close_matches(ref, await self._names("--sort=-creatordate", *_PLACES)):
            return f"; the nearest: {', '.join(near)}"
        newest = await self._names("--sort=-creatordate", "refs/tags")
        return f"; the newest tags: {', '.join(newest[:3])}" if newest else "; the repository has no tags"

    async def _names(self, *wanted: str) -> list[str]:
        printed = await self._git("for-each-ref", f"--count={REFS_MAX}", "--format=%(refname:lstrip=2)", *wanted)
        return [name for name in (printed or "").splitlines() if _REF.fullmatch(name)]

    async def _git(self, *arguments: str) -> str | None:
        """What git prints; None when it only says no."""
        try:
            ended = await programs.run(
                ["git", "-C", self._repository, *arguments],
                environment=_environment(os.environ),
                time_max_seconds=self._time_max_seconds,
                bytes_max=BYTES_MAX,
            )
        except TimeoutError:
            raise Temporary(f"git {arguments[0]} took longer than {self._time_max_seconds:g} s") from None
        except OSError as error:
            raise Permanent(f"git cannot be run: {error.strerror or error}") from None
        if ended.code == _SAYS_NO and not ended.errors:
            return None
        if ended.code != 0:
            raise Permanent(f"git {arguments[0]} failed in {self._repository}: {ended.last_words[-500:]}")
        if ended.cut:
            raise Permanent(
                f"git {arguments[0]} printed more than {BYTES_MAX:,} bytes; is the last good release so old?"
            )
        return ended.output.decode(errors="replace")


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Ours, without what would point git at another repository (as inside a hook) or have it ask questions."""
    ours = {name: value for name, value in variables.items() if not name.startswith("GIT_")}
    return {**ours, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
