"""What `git log` means: which commits landed by themselves, which came with a pull request, and who to name. Pure.

From the tip along first parents: a merge of a pull request is one change, whatever commits it brought, and any other
merge is looked behind, so that nothing hides there. Every commit that is read has its hands in one of the changes:
that of the merge that brought it, however its branch came to be. To forget: a merge is authored by whoever pressed the
button, so the author of a pull request is the author of its first commit, and a merge has hands of its own only where
it has lines that none of its parents has.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.core.contents import Change, CoAuthor
from bot.texts.changes.people import named_in

FORMAT = "c%H%x00p%P%x00n%aN%x00e%aE%x00b%B%x00"
"""With `-z --name-only`: five fields, each behind its letter, then a newline and the paths, all ending in NUL."""

MERGES_FORMAT = "%x00%H%x00"
"""With `-p --diff-merges=dense-combined`: its id on a line of its own, then what none of its parents has. No line of a
patch begins with NUL."""

BODY_MAX = 4_000
PATHS_MAX = 500
"""Characters and paths that are kept of one change."""

CO_AUTHORS_MAX = 200
"""Of one change: more than ever wrote one, and few enough that a message cannot fill the journal. Where there are more,
the last says so, and is nobody whom Slack knows."""

NAME_MAX = 300
"""Characters of a co-author's name, and of an address; a longer one is nobody's."""

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
_CLEAN = re.compile(r"^\x00([0-9a-f]{40,64})\x00\n+(?=\x00|\Z)", re.MULTILINE)
_NUMBER = re.compile(r"^Merged PR \d+: | \((?:#|GH-)\d+\)$")


@dataclass(frozen=True, slots=True)
class Commit:
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
    def is_merge(self) -> bool:
        return len(self.parents) > 1

    @property
    def is_plain_merge(self) -> bool:
        return self.is_merge and self.pull_request is None

    def hands(self, clean: Container[str]) -> Iterator[tuple[str, str]]:
        """Name and address of whoever wrote something of it; of a clean merge, only whom its message names."""
        if self.id not in clean:
            yield self.author, self.email
        yield from named_in(self.message)


def commits(printed: str) -> tuple[Commit, ...]:
    """Those of a log that was printed in FORMAT, newest first as it is."""
    return tuple(_parse(printed))


def clean_merges(printed: str) -> frozenset[str]:
    """Of a log of merges that was printed in MERGES_FORMAT: those that show nothing, since they brought no line."""
    return frozenset(_CLEAN.findall(printed))


def changes(read: Sequence[Commit], tip: str, clean: Container[str], most: int) -> tuple[Change, ...]:
    """The changes of the newest `most` commits that were read; `clean` are merges without lines of their own.

    Newest first. Where more were read than that, who wrote the older ones is one co-author whom nobody can match.
    """
    known = {commit.id: commit for commit in read[:most]}
    mainline = _mainline(tip, known)
    landed = [commit for commit in known.values() if commit.id in mainline and not commit.is_plain_merge]
    if not landed and tip in known and tip not in clean:  # nothing but a merge, and that with lines of its own
        landed = [known[tip]]
    hands = _hands(landed, known, mainline, clean)
    if landed and len(read) > most:
        hands[landed[-1].id].append((f"the commits before the newest {most:,}", ""))
    return tuple(_change(one, list(_brought(one, known, mainline)), hands[one.id]) for one in landed)


def _parse(printed: str) -> Iterator[Commit]:
    fields = printed.split("\0")
    starts = [at for at, field in enumerate(fields) if _COMMIT.fullmatch(field) and _PARENTS.fullmatch(fields[at + 1])]
    for start, end in pairwise([*starts, len(fields)]):
        commit, parents, author, email, message = (field[1:] for field in fields[start : start + _FIELDS])
        paths = tuple(path for field in fields[start + _FIELDS : end] if (path := field.removeprefix("\n")))
        yield Commit(commit, tuple(parents.split()), author, email, message.strip(), paths)


def _mainline(tip: str, commits: Mapping[str, Commit]) -> set[str]:
    """What landed one after the other: on the tip's branch, and on those that were merged without a pull request."""
    found: set[str] = set()
    waiting = [tip]
    while waiting:
        commit = commits.get(waiting.pop())
        if commit is not None and commit.id not in found:
            found.add(commit.id)
            waiting += commit.parents if commit.is_plain_merge else commit.parents[:1]
    return found


def _brought(merge: Commit, commits: Mapping[str, Commit], mainline: Container[str]) -> Iterator[Commit]:
    """The commits that a pull request's merge brought, newest first, back to where its branch began."""
    here = commits.get(merge.parents[1]) if len(merge.parents) > 1 else None
    while here is not None and here.id not in mainline:
        yield here
        here = commits.get(here.parents[0]) if here.parents else None


def _hands(
    landed: Sequence[Commit], known: Mapping[str, Commit], mainline: Container[str], clean: Container[str]
) -> dict[str, list[tuple[str, str]]]:
    """Who wrote something of each change, oldest first. What a plain merge has of its own goes to the change below."""
    bringer = _bringers(landed, known, mainline)
    found: dict[str, list[tuple[str, str]]] = {one.id: [] for one in landed}
    below = landed[-1].id if landed else ""
    for commit in reversed([*known.values()] if landed else []):
        below = commit.id if commit.id in found else below
        found[bringer.get(commit.id, below)] += commit.hands(clean)
    return found


def _bringers(landed: Sequence[Commit], known: Mapping[str, Commit], mainline: Container[str]) -> dict[str, str]:
    """By commit, the change that brought it first, over all the branches that were merged into its own before."""
    bringer = {one.id: one.id for one in landed}
    for one in reversed(landed):
        waiting = [*one.parents[1:]]
        while waiting:
            here = known.get(waiting.pop())
            if here is not None and here.id not in mainline and here.id not in bringer:
                bringer[here.id] = one.id
                waiting += here.parents
    return bringer


def _change(commit: Commit, brought: list[Commit], hands: Iterable[tuple[str, str]]) -> Change:
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
        co_authors=_co_authors(author, hands),
    )


def _co_authors(author: Commit, hands: Iterable[tuple[str, str]]) -> tuple[CoAuthor, ...]:
    """Who else wrote a change, each address once; programs too, since whose an address is was not asked yet."""
    found = {email.casefold() or name: CoAuthor(name[:NAME_MAX], email[:NAME_MAX]) for name, email in hands}
    first = {author.email.casefold(), author.author}
    others = tuple(one for key, one in found.items() if key not in first)
    if len(others) <= CO_AUTHORS_MAX:
        return others
    return (*others[:CO_AUTHORS_MAX], CoAuthor(f"those beyond the first {CO_AUTHORS_MAX}"))


def _others(author: Commit, brought: Iterable[Commit]) -> Iterator[str]:
    """Who else wrote the commits of a pull request, each once."""
    people = {other.email: other.author for other in brought if other.email != author.email}
    return (f"Co-authored-by: {name} <{email}>" for email, name in people.items())
