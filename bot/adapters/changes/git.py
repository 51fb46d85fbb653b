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

_AS_IT_IS = ("--no-renames", "--no-relative", "--no-show-signature", "--encoding=UTF-8")
"""Whatever the configuration of the repository says about logs."""

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
        wanted = commit if previous is None else f"{previous}..{commit}"
        printed = await self._git(
            *("log", "-z", "--topo-order", f"--max-count={COMMITS_MAX + 1}", f"--format={history.FORMAT}"),
            *("--name-only", "--diff-merges=first-parent", *_AS_IT_IS, "--end-of-options", wanted),
        )
        read = history.commits(printed or "")
        clean = await self._clean_merges(wanted, sum(one.is_merge for one in read))
        return history.changes(read, commit, clean, COMMITS_MAX)

    async def _clean_merges(self, wanted: str, count: int) -> frozenset[str]:
        """Among the newest merges those that only put together what was there; what is too much to read is not."""
        if count == 0:
            return frozenset()
        printed = await self._git(
            *("log", "--merges", "--topo-order", f"--max-count={count}", f"--format={history.MERGES_FORMAT}"),
            *("--patch", "--unified=0", "--diff-merges=dense-combined", "--no-color", "--no-ext-diff", "--no-textconv"),
            *("--ignore-submodules=none", *_AS_IT_IS, "--end-of-options", wanted),
            whole=False,
        )
        return history.clean_merges(printed or "")

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

    async def _git(self, *arguments: str, whole: bool = True) -> str | None:
        """What git prints; None when it only says no. Not `whole`: the end of it is worth something, too."""
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
        if ended.cut and whole:
            raise Permanent(
                f"git {arguments[0]} printed more than {BYTES_MAX:,} bytes; is the last good release so old?"
            )
        return ended.output.decode(errors="replace")


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Ours, without what would point git at another repository (as inside a hook) or have it ask questions."""
    ours = {name: value for name, value in variables.items() if not name.startswith("GIT_")}
    return {**ours, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
