"""The changes port, over a real git repository and the stand-in; then what only git has: forges' merges, and limits."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.adapters.changes import Changes, NoSuchVersion, git, history
from bot.adapters.changes.git import Git
from bot.adapters.changes.stand_in import StandInChanges
from bot.core.contents import Change, CoAuthor
from bot.core.errors import Permanent, Temporary
from bot.core.systems import GitChanges

ADA = "Ada <ada@songbird.example>"
BEA = "Béa Čapková <bea@songbird.example>"


@dataclass
class Repository:
    """A real repository, written by git itself with nobody's personal configuration."""

    folder: Path
    clock: int = 1_800_000_000
    ids: dict[str, str] = field(default_factory=dict)

    def git(self, *arguments: str, author: str = ADA) -> str:
        name, _, email = author.removesuffix(">").partition(" <")
        self.clock += 60
        variables = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": name,
            "GIT_AUTHOR_EMAIL": email,
            "GIT_AUTHOR_DATE": f"{self.clock} +0000",
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": email,
            "GIT_COMMITTER_DATE": f"{self.clock} +0000",
        }
        ran = subprocess.run(
            ["git", "-C", str(self.folder), *arguments], env=variables, capture_output=True, check=True, text=True
        )
        return ran.stdout.strip()

    def commit(self, message: str, path: str = "page.py", author: str = ADA) -> str:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{message}\n{self.clock}\n")
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", message, author=author)
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str, message: str) -> str:
        self.git("merge", "--quiet", "--no-ff", "-m", message, branch)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "shop")
    made.folder.mkdir()
    made.git("init", "--quiet", "--initial-branch=main", "--template=")
    return made


def reader(repository: Repository) -> Git:
    return Git(GitChanges(use="git", repository=str(repository.folder)))


# ── what holds for every implementation ──────────────────────────────────────────────────────────────────────────────


@dataclass
class World:
    """Three commits: the first is v1.0.0, the last is v1.1.0."""

    changes: Changes
    first: str
    second: str
    third: str


@pytest.fixture(params=["git", "stand-in"])
def world(request: pytest.FixtureRequest, repository: Repository) -> World:
    titles = ("feat: a shop", "fix: the cart", "feat: widgets")
    if request.param == "git":
        first = repository.commit(titles[0])
        repository.git("tag", "-a", "-m", "one", "v1.0.0", first)
        second, third = (repository.commit(title) for title in titles[1:])
        repository.git("tag", "v1.1.0", third)
        return World(reader(repository), first, second, third)
    history_ = [Change(letter * 40, title, "Ada") for letter, title in zip("abc", titles, strict=True)]
    first, second, third = (change.commit for change in history_)
    return World(StandInChanges(history_, {"v1.0.0": first, "v1.1.0": third}), first, second, third)


async def test_a_tag_is_a_commit_and_keeps_its_name(world: World) -> None:
    resolved = await world.changes.resolve("v1.0.0")
    assert (resolved.commit, resolved.name) == (world.first, "v1.0.0")


async def test_a_commit_is_called_by_its_tag_where_it_has_one(world: World) -> None:
    assert (await world.changes.resolve(world.third)).name == "v1.1.0"
    assert (await world.changes.resolve(world.second)).name == world.second[:8]


async def test_a_ref_that_does_not_exist_is_permanent_and_names_the_nearest(world: World) -> None:
    with pytest.raises(NoSuchVersion, match=r'"v1\.1\.O" is no tag, branch or commit here.*v1\.1\.0'):
        await world.changes.resolve("v1.1.O")


async def test_changes_between_two_commits_are_newest_first_without_the_older_one(world: World) -> None:
    found = await world.changes.between(world.first, world.third)
    assert [change.title for change in found] == ["feat: widgets", "fix: the cart"]
    assert found[0].commit == world.third


async def test_without_a_previous_release_everything_is_a_change(world: World) -> None:
    assert len(await world.changes.between(None, world.third)) == 3


async def test_nothing_lies_between_a_commit_and_itself(world: World) -> None:
    assert await world.changes.between(world.third, world.third) == ()


async def test_the_newest_refs_come_first_and_each_can_be_resolved(world: World) -> None:
    found = await world.changes.newest_refs(10)
    tags = [ref for ref in found if ref.is_tag]
    assert [ref.name for ref in tags] == ["v1.1.0", "v1.0.0"]
    assert tags[0].at > tags[1].at
    for ref in found:
        assert (await world.changes.resolve(ref.name)).commit in (world.first, world.third)


async def test_only_so_many_refs_are_read_the_newest_ones(world: World) -> None:
    (only,) = await world.changes.newest_refs(1)
    assert only.name in ("v1.1.0", "main")


async def test_the_stand_in_fails_once_when_it_is_told_to() -> None:
    changes = StandInChanges([Change("a" * 40, "feat: x", "Ada")], fail_next=Temporary("later"))
    with pytest.raises(Temporary):
        await changes.resolve("a" * 40)
    assert (await changes.resolve("a" * 40)).commit == "a" * 40


# ── what only git has ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_merged_pull_request_is_one_change_by_the_author_of_its_commits(repository: Repository) -> None:
    start = repository.commit("feat: a shop")
    repository.git("checkout", "--quiet", "-b", "widgets")
    repository.commit("feat(dashboard): a table for the order\n\nOnly a table.", "migrations/7.sql", author=BEA)
    repository.commit("feat(dashboard): draw them in order", "shop/pages.py", author=BEA)
    repository.git("checkout", "--quiet", "main")
    tip = repository.merge("widgets", "Merge pull request #41 from bea/widgets\n\nWidgets in order\n\nAs asked by QA.")
    (change,) = await reader(repository).between(start, tip)
    assert (change.pull_request, change.title) == (41, "Widgets in order")
    assert (change.author, change.email) == ("Béa Čapková", "bea@songbird.example")
    assert change.paths == ("migrations/7.sql", "shop/pages.py")
    assert change.body == (
        "As asked by QA.\n\n* feat(dashboard): draw them in order\n\n"
        "* feat(dashboard): a table for the order\n\nOnly a table."
    )


@pytest.mark.parametrize(
    ("message", "number", "title"),
    [
        ("fix: the cart (#42)\n\n* fix: the cart", 42, "fix: the cart"),
        ("Merged PR 43: Faster products", 43, "Faster products"),
        ("Reads like (#44) a number", None, "Reads like (#44) a number"),
        ("chore: see (#45)\n\nSecond line (#46)", 45, "chore: see"),
        ("no number\n\nSecond line (#47)", None, "no number"),
        ("gh-48: mend the cart (GH-49)", 49, "gh-48: mend the cart"),
        ("cart: mend it\n\nPart-of: <https://forge.example/shop/-/merge_requests/50>", 50, "cart: mend it"),
    ],
)
async def test_numbers_are_found_where_forges_write_them(
    repository: Repository, message: str, number: int | None, title: str
) -> None:
    start = repository.commit("start")
    tip = repository.commit(message)
    (change,) = await reader(repository).between(start, tip)
    assert (change.pull_request, change.title) == (number, title)


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Merge branch 'w' into 'main'\n\nWidgets in order\n\nSee merge request shop/shop!41", 41),
        ("Merged in w (pull request #42)\n\nWidgets in order", 42),
    ],
)
async def test_merges_of_other_forges_have_their_title_below(repository: Repository, message: str, number: int) -> None:
    start = repository.commit("start")
    repository.git("checkout", "--quiet", "-b", "w")
    repository.commit("feat: widgets", author=BEA)
    repository.git("checkout", "--quiet", "main")
    tip = repository.merge("w", message)
    (change,) = await reader(repository).between(start, tip)
    assert (change.pull_request, change.title, change.author) == (number, "Widgets in order", "Béa Čapková")


@pytest.mark.parametrize(
    "message", ["Merge pull request #41 from bea/w", "Merge branch 'w' into 'main'\n\nSee merge request shop/shop!41"]
)
async def test_a_merge_that_does_not_say_its_title_has_its_first_commits(repository: Repository, message: str) -> None:
    start = repository.commit("start")
    repository.git("checkout", "--quiet", "-b", "w")
    repository.commit("feat: widgets\n\nIn order.", author=BEA)
    repository.commit("fix: typo")
    repository.git("checkout", "--quiet", "main")
    tip = repository.merge("w", message)
    (change,) = await reader(repository).between(start, tip)
    assert (change.pull_request, change.title, change.author) == (41, "feat: widgets", "Béa Čapková")
    assert change.body.startswith("In order.\n\nCo-authored-by: ")
    assert change.body.count("Co-authored-by: ") == 1
    assert change.co_authors == (CoAuthor("Ada", "ada@songbird.example"),)


async def test_whoever_a_commit_names_beside_its_author_is_a_co_author(repository: Repository) -> None:
    start = repository.commit("start")
    trailers = (
        "Co-authored-by: Béa Čapková <bea@songbird.example>\n"
        "co-authored-by: Bea <BEA@songbird.example>\n"
        "Co-authored-by: Ada <ADA@songbird.example>\n"
        "Co-authored-by: Copilot <copilot@agents.example>\n"
        "Co-authored-by: dependabot[bot] <x@bots.example>\n"
    )
    tip = repository.commit(f"feat: widgets\n\n{'long ' * history.BODY_MAX}\n\n{trailers}")
    (change,) = await reader(repository).between(start, tip)
    assert change.co_authors == (
        CoAuthor("Bea", "BEA@songbird.example"),
        CoAuthor("Copilot", "copilot@agents.example"),
        CoAuthor("dependabot[bot]", "x@bots.example"),
    ), "each address once; who is a program is asked after whose the addresses are"


async def test_however_a_commit_came_into_a_pull_request_its_author_has_a_hand_in_it(repository: Repository) -> None:
    start = repository.commit("start")
    repository.git("checkout", "--quiet", "-b", "table")
    repository.commit("feat: widgets", "w.py")
    repository.git("checkout", "--quiet", "-b", "sorted")
    repository.commit("feat: in order", "o.py", author=BEA)
    repository.git("checkout", "--quiet", "table")
    repository.commit("feat: a heading", "w.py")
    repository.merge("sorted", "Merge branch 'sorted' into table")
    repository.git("checkout", "--quiet", "main")
    tip = repository.merge("table", "Merge pull request #41 from ada/table\n\nWidgets")
    (change,) = await reader(repository).between(start, tip)
    assert (change.author, change.co_authors) == ("Ada", (CoAuthor("Béa Čapková", "bea@songbird.example"),))
    assert "Co-authored-by" not in change.body, "what is written about a change stays as it was"


@pytest.mark.parametrize("message", ["Merge branch 'w'", "Merge pull request #41 from ada/w\n\nWidgets"])
@pytest.mark.parametrize("line", ["", "a line of nobody's branch\n"])
async def test_whoever_merged_has_a_hand_in_it_only_by_lines_of_their_own(
    repository: Repository, message: str, line: str
) -> None:
    page = repository.folder / "page.py"
    page.write_text("".join(f"{number}\n" for number in range(40)))
    start = repository.commit("start", "other.py")
    repository.git("checkout", "--quiet", "-b", "w")
    page.write_text(page.read_text().replace("35\n", "widgets\n"))
    repository.commit("feat: widgets", "w.py")
    repository.git("checkout", "--quiet", "main")
    page.write_text(page.read_text().replace("5\n", "viewed last\n", 1))
    repository.commit("feat: viewed last", "v.py")
    repository.git("merge", "--quiet", "--no-ff", "--no-commit", "w")
    page.write_text(page.read_text() + line)
    repository.git("commit", "--quiet", "--all", "-m", message, author=BEA)
    found = await reader(repository).between(start, repository.git("rev-parse", "HEAD"))
    hands = {one.name for change in found for one in change.co_authors}
    assert len(found) == 2
    assert hands == ({"Béa Čapková"} if line else set())


async def test_a_merge_of_what_was_released_is_a_change_by_lines_of_its_own(repository: Repository) -> None:
    repository.commit("start")
    repository.git("checkout", "--quiet", "-b", "w")
    repository.commit("feat: widgets", "w.py")
    repository.git("checkout", "--quiet", "main")
    repository.commit("feat: viewed last", "v.py")
    repository.git("tag", "-m", "both", "both", repository.merge("w", "Merge branch 'w'"))
    repository.git("checkout", "--quiet", "w")
    repository.git("merge", "--quiet", "--no-ff", "--no-commit", "main~1")
    (repository.folder / "page.py").write_text("mine")
    repository.git("commit", "--quiet", "--all", "-m", "Merge branch 'main' into w", author=BEA)
    tip = repository.git("rev-parse", "HEAD")
    (change,) = await reader(repository).between("both", tip)
    assert (change.title, change.author) == ("Merge branch 'main' into w", "Béa Čapková")


async def test_a_merge_whose_lines_are_too_many_to_read_has_some_of_its_own(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = repository.commit("start")
    repository.git("checkout", "--quiet", "-b", "w")
    repository.commit("feat: widgets", "w.py")
    repository.git("checkout", "--quiet", "main")
    repository.git("merge", "--quiet", "--no-ff", "--no-commit", "w")
    (repository.folder / "much.py").write_text("much\n" * 2_000)
    repository.git("add", ".")
    repository.git("commit", "--quiet", "-m", "Merge branch 'w'", author=BEA)
    monkeypatch.setattr(git, "BYTES_MAX", 1_000)
    (change,) = await reader(repository).between(start, repository.git("rev-parse", "HEAD"))
    assert change.co_authors == (CoAuthor("Béa Čapková", "bea@songbird.example"),)


async def test_nobody_is_lost_who_is_one_too_many_or_has_a_long_name(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "CO_AUTHORS_MAX", 2)
    start = repository.commit("start")
    trailers = "\n".join(
        f"CO-AUTHORED-BY: {name} <{number}@x.example>" for number, name in enumerate(("", "B" * 400, "C"))
    )
    tip = repository.commit(f"feat: widgets\n\n{trailers}")
    (change,) = await reader(repository).between(start, tip)
    assert change.co_authors == (
        CoAuthor("", "0@x.example"),
        CoAuthor("B" * history.NAME_MAX, "1@x.example"),
        CoAuthor("those beyond the first 2"),
    )


async def test_nothing_hides_behind_the_merge_of_a_branch(repository: Repository) -> None:
    start = repository.commit("start")
    repository.git("checkout", "--quiet", "-b", "release/1.1")
    repository.git("checkout", "--quiet", "-b", "mend")
    repository.commit("fix: the widgets", "w.py")
    repository.git("checkout", "--quiet", "release/1.1")
    repository.merge("mend", "Merge pull request #45 from noor/mend\n\nNew widgets come last")
    repository.commit("chore(deps): prometheus-client", "requirements.txt")
    repository.git("checkout", "--quiet", "main")
    repository.commit("feat: viewed last (#47)", "v.py")
    tip = repository.merge("release/1.1", "Merge branch 'release/1.1'")
    found = await reader(repository).between(start, tip)
    assert {change.title for change in found} == {
        "New widgets come last",
        "chore(deps): prometheus-client",
        "feat: viewed last",
    }


async def test_what_a_released_branch_brought_already_is_not_told_again(repository: Repository) -> None:
    repository.commit("start")
    repository.git("checkout", "--quiet", "-b", "release/1.1")
    released = repository.commit("fix: a mend", "w.py")
    repository.git("checkout", "--quiet", "main")
    repository.commit("feat: later", "v.py")
    tip = repository.merge("release/1.1", "Merge branch 'release/1.1'")
    assert [change.title for change in await reader(repository).between(released, tip)] == ["feat: later"]


async def test_texts_and_paths_may_say_anything(repository: Repository) -> None:
    start = repository.commit("start")
    odd = "c" + "0" * 40
    tip = repository.commit(
        "fix: <!channel> & `x`\n\nc" + "1" * 40 + "\nliteral %x00 and ünïcode", f"a b/{odd}\nnew line.py", author=BEA
    )
    (change,) = await reader(repository).between(start, tip)
    assert change.title == "fix: <!channel> & `x`"
    assert change.body.endswith("literal %x00 and ünïcode")
    assert change.paths == (f"a b/{odd}\nnew line.py",)


async def test_a_long_body_and_many_paths_are_cut(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PATHS_MAX", 2)
    start = repository.commit("start")
    for name in ("a", "b", "c"):
        (repository.folder / name).write_text(name)
    tip = repository.commit("feat: much\n\n" + "x" * 10_000)
    (change,) = await reader(repository).between(start, tip)
    assert len(change.body) == history.BODY_MAX
    assert change.paths == ("a", "b")


async def test_a_branch_and_a_short_commit_are_refs_too(repository: Repository) -> None:
    commit = repository.commit("start")
    assert (await reader(repository).resolve("main")).commit == commit
    assert (await reader(repository).resolve(commit[:10])).commit == commit


async def test_the_name_that_was_asked_for_wins_over_other_tags_there(repository: Repository) -> None:
    commit = repository.commit("start")
    for tag in ("v1.9.0", "v1.10.0", "nightly"):
        repository.git("tag", tag)
    assert (await reader(repository).resolve("v1.9.0")).name == "v1.9.0"
    assert (await reader(repository).resolve(commit)).name == "v1.10.0"


@pytest.mark.parametrize("ref", ["-x", "--all", "--output=/tmp/x", "a b", "", "main~1", "main^{tree}", "a..b", "@{-1}"])
async def test_a_ref_that_is_an_option_or_an_expression_is_refused(repository: Repository, ref: str) -> None:
    repository.commit("start")
    with pytest.raises(Permanent, match="cannot be the name"):
        await reader(repository).resolve(ref)


async def test_a_branch_can_be_the_nearest_and_where_nothing_is_near_the_newest_tags_are_named(
    repository: Repository,
) -> None:
    commit = repository.commit("start")
    repository.git("tag", "v1.0.0", commit)
    with pytest.raises(NoSuchVersion, match=r"here; the nearest: main$"):
        await reader(repository).resolve("mian")
    with pytest.raises(NoSuchVersion, match=r"here; the newest tags: v1\.0\.0$"):
        await reader(repository).resolve("0123abcd")


async def test_a_folder_that_is_no_repository_is_permanent(tmp_path: Path) -> None:
    with pytest.raises(Permanent, match="not a git repository"):
        await Git(GitChanges(use="git", repository=str(tmp_path))).resolve("main")
    with pytest.raises(Permanent, match="No such file"):
        await Git(GitChanges(use="git", repository=str(tmp_path / "none"))).resolve("main")


async def test_a_previous_commit_that_is_gone_is_permanent(repository: Repository) -> None:
    tip = repository.commit("start")
    with pytest.raises(Permanent, match="git log failed"):
        await reader(repository).between("f" * 40, tip)


async def test_more_than_can_be_read_is_refused_not_cut(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "BYTES_MAX", 100)
    tip = repository.commit("start\n\n" + "x" * 500)
    with pytest.raises(Permanent, match="printed more than 100 bytes"):
        await reader(repository).between(None, tip)


async def test_refs_are_tags_and_branches_of_here_and_of_where_it_was_copied_from(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit("start")
    repository.git("branch", "widgets")
    repository.git("tag", "-a", "-m", "Version one\n\nAt last.", "v1.0.0")
    repository.git("clone", "--quiet", str(repository.folder), str(tmp_path / "copy"))
    found = await Git(GitChanges(use="git", repository=str(tmp_path / "copy"))).newest_refs(10)
    assert {ref.name for ref in found} == {"v1.0.0", "main", "origin/main", "origin/widgets"}
    (tag,) = (ref for ref in found if ref.is_tag)
    assert (tag.subject, tag) == ("Version one", found[0])


async def test_a_ref_whose_name_could_not_be_staged_is_left_out(repository: Repository) -> None:
    repository.commit("start")
    repository.git("tag", "v" * 201)
    assert [ref.name for ref in await reader(repository).newest_refs(10)] == ["main"]


async def test_a_repository_without_refs_has_none(repository: Repository) -> None:
    assert await reader(repository).newest_refs(10) == ()


async def test_only_so_many_commits_are_read_the_newest_ones(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "COMMITS_MAX", 2)
    repository.commit("one")
    repository.commit("two")
    tip = repository.commit("three")
    found = await reader(repository).between(None, tip)
    assert [change.title for change in found] == ["three", "two"]
    assert [change.co_authors for change in found] == [(), (CoAuthor("the commits before the newest 2"),)]


@pytest.fixture
def slow_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.mark.usefixtures("slow_git")
async def test_a_git_that_hangs_is_stopped_and_may_be_asked_again(tmp_path: Path) -> None:
    with pytest.raises(Temporary, match=r"git rev-parse took longer than 0\.1 s"):
        await Git(GitChanges(use="git", repository=str(tmp_path)), time_max_seconds=0.1).resolve("main")


async def test_a_machine_without_git_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Permanent, match="git cannot be run: No such file"):
        await Git(GitChanges(use="git", repository=str(tmp_path))).resolve("main")


async def test_a_surrounding_hook_does_not_point_git_elsewhere(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = repository.commit("start")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert (await reader(repository).resolve("main")).commit == commit
