"""What `git log` means: which commits landed by themselves, which came with a pull request, and who to name. Pure.

From the tip along first parents: a merge of a pull request is one change, whatever commits it brought, and any other
merge is looked behind, so that nothing hides there. To forget: a merge is authored by whoever pressed the button, so
the author of a pull request is the author of its first commit.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.core.contents import Change
from bot.texts.changes.people import co_authors

FORMAT = "c%H%x00p%P%x00n%aN%x00e%aE%x00b%B%x00"
"""With `-z --name-only`: five fields, each behind its letter, then a newline and the paths, all ending in NUL."""

BODY_MAX = 4_000
PATHS_MAX = 500
"""Characters and paths that are kept of one change."""

_FIELDS = len("cpneb")
_COMMIT = re.compile(r"c[0-9a-f]{40,64}")
_PARENTS = re.compile(r"p[0-9a-f ]*")

_IN_SUBJECT = (
    re.compile(r"Merge pull request #(\d+) from "),  # GitHub
    re.compile(r"Merged in .+ \(pull request #(\d+)\)$"),  # Bitbucket
    re.compile(r"Merged PR (\d+): "),  # Azure DevOps
    re.compile(r".+ \((?:#|GH-)(\d+)\)$"),  # GitHub, squashed
)
_IN_BODY = re.compile(
    r"^(?:See merge request \S*!"  # GitLab
    r"|Part-of: <\S+/merge_requests/)(\d+)>?$",  # GitLab, rebased by its merge bot
    re.MULTILINE,
)
_TITLE_IS_BELOW = re.compile(r"Merge pull request #|Merged in |Merge branch ")
_NUMBER = re.compile(r"^Merged PR \d+: | \((?:#|GH-)\d+\)$")


@dataclass(frozen=True, slots=True)
class _Commit:
    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    message: str
    paths: tuple[str, ...]

    @property
    def pull_request(self) -> int | None:
        """The number that the forge left in the message."""
        subject = self.message.partition("\n")[0]
        found = next(filter(None, (pattern.match(subject) for pattern in _IN_SUBJECT)), _IN_BODY.search(self.message))
        return int(found[1]) if found else None

    @property
    def is_plain_merge(self) -> bool:
        return len(self.parents) > 1 and self.pull_request is None


def changes(printed: str, tip: str) -> tuple[Change, ...]:
    """The changes of a log that was printed in FORMAT, newest first as it is."""
    commits = {commit.id: commit for commit in _parse(printed)}
    mainline = _mainline(tip, commits)
    landed = (commit for commit in commits.values() if commit.id in mainline and not commit.is_plain_merge)
    return tuple(_change(commit, list(_brought(commit, commits, mainline))) for commit in landed)


def _parse(printed: str) -> Iterator[_Commit]:
    fields = printed.split("\0")
    starts = [at for at, field in enumerate(fields) if _COMMIT.fullmatch(field) and _PARENTS.fullmatch(fields[at + 1])]
    for start, end in pairwise([*starts, len(fields)]):
        commit, parents, author, email, message = (field[1:] for field in fields[start : start + _FIELDS])
        paths = tuple(path for field in fields[start + _FIELDS : end] if (path := field.removeprefix("\n")))
        yield _Commit(commit, tuple(parents.split()), author, email, message.strip(), paths)


def _mainline(tip: str, commits: Mapping[str, _Commit]) -> set[str]:
    """What landed one after the other: on the tip's branch, and on those that were merged without a pull request."""
    found: set[str] = set()
    waiting = [tip]
    while waiting:
        commit = commits.get(waiting.pop())
        if commit is not None and commit.id not in found:
            found.add(commit.id)
            waiting += commit.parents if commit.is_plain_merge else commit.parents[:1]
    return found


def _brought(merge: _Commit, commits: Mapping[str, _Commit], mainline: Container[str]) -> Iterator[_Commit]:
    """The commits that a pull request's merge brought, newest first, back to where its branch began."""
    here = commits.get(merge.parents[1]) if len(merge.parents) > 1 else None
    while here is not None and here.id not in mainline:
        yield here
        here = commits.get(here.parents[0]) if here.parents else None


def _change(commit: _Commit, brought: list[_Commit]) -> Change:
    """Of a pull request, the body ends with its other authors and its commits' messages, as forges write them.

    A merge that does not say the pull request's title has its first commit's.
    """
    subject, _, body = commit.message.partition("\n")
    number = commit.pull_request
    author = brought[-1] if brought else commit
    if number is not None and _TITLE_IS_BELOW.match(subject):
        below = _IN_BODY.sub("", body).strip() or (author.message if brought else subject)
        subject, _, body = below.partition("\n")
    parts = [body.strip(), "\n".join(_others(author, brought)), *(f"* {other.message}" for other in brought)]
    whole = "\n\n".join(part for part in parts if part)
    return Change(
        commit=commit.id,
        title=_NUMBER.sub("", subject.strip()),
        author=author.author,
        email=author.email,
        pull_request=number,
        body=whole[:BODY_MAX],
        paths=commit.paths[:PATHS_MAX],
        co_authors=co_authors(author.author, author.email, whole),
    )


def _others(author: _Commit, brought: Iterable[_Commit]) -> Iterator[str]:
    """Who else wrote the commits of a pull request, each once."""
    people = {other.email: other.author for other in brought if other.email != author.email}
    return (f"Co-authored-by: {name} <{email}>" for email, name in people.items())
