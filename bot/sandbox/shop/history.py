"""The shop's git repository, written afresh and always the same: same dates, same people, same commit ids.

`source/` is the shop as it was first committed and `pulls/` holds what changed since, one file per pull request, in
the form of `git format-patch`: author, title, body, diff. `write_history` tells who merged what in which order and
where the versions were cut; git's fast-import turns it into a repository in one go. Every version really runs.

What the versions are for: v1.1.0 is good, with a dashboard a quarter slower than before, so that there is something
to flag; v1.1.1 is a good patch of it; v1.2.0 is bad in production only, and only under load (#48 keeps a database
connection while the payment provider thinks, #49 leaves a shop two of them); v1.2.1 mends it.

To forget: a patch is applied by looking for its text, once and exactly. Line numbers in it are for the reader, and an
empty line stands for an unchanged empty line, whose space editors like to take away.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).parent
ADA = "Ada Lindqvist <ada@songbird.example>"
TEO = "Teo Marin <teo@songbird.example>"
JUN = "Jun Park <jun@songbird.example>"
FIRST_DAY = datetime(2026, 2, 2, tzinfo=UTC)
WORK_DAY_MINUTES = 8 * 60
SATURDAY = 5

Tree = dict[str, str]


@dataclass(frozen=True)
class Change:
    """One commit to be: who, why, and the texts to replace, by file."""

    author: str
    message: str
    diff: str

    def applied_to(self, tree: Tree) -> Tree:
        """The tree with this change; ValueError when it does not fit."""
        changed = dict(tree)
        for part in self.diff.split("diff --git ")[1:]:
            path = re.findall(r"^\+\+\+ b/(.+)$", part, re.MULTILINE)[0]
            for hunk in re.split(r"^@@.*\n", part, flags=re.MULTILINE)[1:]:
                lines = [line if line.strip() else " \n" for line in hunk.splitlines(keepends=True)]
                old = "".join(line[1:] for line in lines if line[0] in " -")
                new = "".join(line[1:] for line in lines if line[0] in " +")
                text = changed.get(path, "")
                if old and text.count(old) != 1:
                    raise ValueError(f"{path}: this text is there {text.count(old)} times, not once:\n{old}")
                changed[path] = text.replace(old, new) if old else text + new
        return changed


def read_changes(name: str) -> list[Change]:
    """The commits of one file in `pulls/`."""
    text = (HERE / "pulls" / f"{name}.patch").read_text()
    return [_read_change(part) for part in re.split(r"^From: ", text, flags=re.MULTILINE)[1:]]


def _read_change(text: str) -> Change:
    head, _, diff = text.partition("\n---\n")
    author, _, message = head.partition("\nSubject: ")
    return Change(author, message.strip() + "\n", diff)


def read_source() -> Tree:
    """The shop as it was first committed."""
    root = HERE / "source"
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_text() for path in files}


@dataclass
class Branch:
    mark: int
    tree: Tree
    landed: list[Change] = field(default_factory=list)


class History:
    """Collects the stream for fast-import, one commit per working day."""

    def __init__(self) -> None:
        self.stream: list[str] = []
        self._branches: dict[str, Branch] = {}
        self._marks = 0
        self._day = FIRST_DAY

    def root(self, name: str, author: str, message: str, tree: Tree) -> None:
        self._branches[name] = Branch(self._commit(f"refs/heads/{name}", author, message, {}, tree), tree)

    def fork(self, name: str, base: str) -> None:
        self._branches[name] = Branch(self._branches[base].mark, self._branches[base].tree)
        self.stream.append(f"reset refs/heads/{name}\nfrom :{self._branches[name].mark}\n\n")

    def land(self, name: str, change_name: str) -> None:
        """Commits straight to the branch."""
        branch = self._branches[name]
        for change in read_changes(change_name):
            before, branch.tree = branch.tree, change.applied_to(branch.tree)
            branch.mark = self._commit(
                f"refs/heads/{name}", change.author, change.message, before, branch.tree, branch.mark
            )
            branch.landed.append(change)

    def pull(self, name: str, change_name: str, merged_by: str, title: str) -> None:
        """Merges a pull request: its commits on a side branch, then the merge."""
        branch = self._branches[name]
        number, _, topic = change_name.partition("-")
        before, tip = branch.tree, branch.mark
        changes = read_changes(change_name)
        for change in changes:
            tree = change.applied_to(branch.tree)
            tip = self._commit(f"refs/pull/{number}/head", change.author, change.message, branch.tree, tree, tip)
            branch.tree = tree
        author = re.findall(r"<(\w+)@", changes[0].author)[0]
        message = f"Merge pull request #{number} from {author}/{topic}\n\n{title}\n"
        branch.mark = self._commit(f"refs/heads/{name}", merged_by, message, before, branch.tree, branch.mark, tip)
        branch.landed += changes

    def merge(self, name: str, other: str, merged_by: str) -> None:
        """Merges what landed on the other branch since it was forked."""
        branch, source = self._branches[name], self._branches[other]
        before = branch.tree
        for change in source.landed:
            branch.tree = change.applied_to(branch.tree)
        message = f"Merge branch '{other}'\n"
        branch.mark = self._commit(
            f"refs/heads/{name}", merged_by, message, before, branch.tree, branch.mark, source.mark
        )

    def tag(self, name: str, version: str, tagger: str, words: str) -> None:
        self.stream.append(
            f"tag {version}\nfrom :{self._branches[name].mark}\ntagger {tagger} {self._now()}\n{_text(words)}"
        )

    def _commit(self, ref: str, author: str, message: str, before: Tree, after: Tree, *parents: int) -> int:
        self._marks += 1
        self._day += timedelta(days=1)
        while self._day.weekday() >= SATURDAY:
            self._day += timedelta(days=1)
        self.stream.append(f"commit {ref}\nmark :{self._marks}\nauthor {author} {self._now()}\n")
        self.stream.append(f"committer {author} {self._now()}\n{_text(message)}")
        for word, parent in zip(("from", "merge"), parents, strict=False):
            self.stream.append(f"{word} :{parent}\n")
        for path, text in after.items():
            if before.get(path) != text:
                self.stream.append(f"M 100644 inline {path}\n{_text(text)}")
        self.stream.append("\n")
        return self._marks

    def _now(self) -> str:
        minutes = 9 * 60 + self._marks * 97 % WORK_DAY_MINUTES
        return f"{int((self._day + timedelta(minutes=minutes)).timestamp())} +0000"


def _text(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def write_history(history: History) -> None:
    """The shop's story, in the order in which it happened."""
    history.root("main", ADA, "feat: a shop with a dashboard, products, a cart and a checkout\n", read_source())
    history.pull("main", "38-qa-list", ADA, "Docs: what QA looks at before a release")
    history.tag("main", "v1.0.0", ADA, "The first shop")

    history.pull("main", "41-widget-order", TEO, "Customers put their widgets in order")
    history.pull("main", "42-unknown-product", ADA, "Unknown products are a 400")
    history.pull("main", "43-one-query", JUN, "Products and stock in one query")
    history.land("main", "44-aiohttp")
    history.tag("main", "v1.1.0", ADA, "Widgets in order")
    history.fork("release/1.1", "main")

    history.pull("main", "47-recently-viewed", JUN, "Remember what was viewed last")

    history.pull("release/1.1", "45-new-widgets-last", ADA, "New widgets come last")
    history.land("release/1.1", "46-prometheus-client")
    history.tag("release/1.1", "v1.1.1", ADA, "Widgets in order, mended")
    history.merge("main", "release/1.1", ADA)

    history.pull("main", "48-order-and-payment", ADA, "An order and its payment in one transaction")
    history.pull("main", "49-smaller-pool", TEO, "Two database connections per shop in production")
    history.pull("main", "50-qa-unknown-product", ADA, "Docs: QA looks at unknown products")
    history.tag("main", "v1.2.0", ADA, "Safer checkouts")

    history.pull(
        "main", "51-payment-without-connection", ADA, "No connection is kept while the payment provider thinks"
    )
    history.tag("main", "v1.2.1", ADA, "Safer checkouts, under load too")


def make_repository(folder: Path) -> Path:
    """Makes the repository in the folder, unless it is there already; returns the folder."""
    if (folder / ".git").exists():
        return folder
    history = History()
    write_history(history)
    unfinished = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    git(unfinished, "init", "--quiet", "--initial-branch=main", "--template=")
    git(unfinished, "fast-import", "--quiet", stream="".join(history.stream))
    git(unfinished, "reset", "--quiet", "--hard", "main")
    unfinished.rename(folder)
    return folder


def resolve(repository: Path, ref: str) -> str | None:
    """The commit that a tag, a branch or an abbreviated commit stands for; None when there is none."""
    try:
        return (
            git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
            .decode()
            .strip()
        )
    except subprocess.CalledProcessError:
        return None


def archive(repository: Path, commit: str) -> bytes:
    """The commit's files as a zip archive."""
    return git(repository, "archive", "--format=zip", commit)


def git(folder: Path, *arguments: str, stream: str = "") -> bytes:
    """What git prints, with nobody's personal configuration; subprocess.CalledProcessError when it fails."""
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    ran = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        input=stream.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, **alone},
    )
    return ran.stdout
