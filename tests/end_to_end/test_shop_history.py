"""The shop's git repository: the same every time, and worth writing release notes from."""

import subprocess
import time
from pathlib import Path

import pytest

from bot.sandbox.shop.history import Change, git, make_repository, read_changes, resolve

VERSIONS = ("v1.0.0", "v1.1.0", "v1.1.1", "v1.2.0", "v1.2.1")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_repository(tmp_path_factory.mktemp("history") / "repository")


def said(repository: Path, *arguments: str) -> str:
    return git(repository, *arguments).decode()


def test_two_repositories_made_apart_have_the_same_commits(repository: Path, tmp_path: Path) -> None:
    started = time.process_time()
    other = make_repository(tmp_path / "again")
    assert time.process_time() - started < 1
    refs = said(other, "for-each-ref", "--format=%(objectname) %(refname)")
    assert refs == said(repository, "for-each-ref", "--format=%(objectname) %(refname)")
    assert all(f"refs/tags/{version}" in refs for version in VERSIONS)


def test_a_repository_that_is_there_already_is_left_alone(repository: Path) -> None:
    (repository / "README.md").write_text("somebody's own words")
    make_repository(repository)
    assert (repository / "README.md").read_text() == "somebody's own words"
    git(repository, "checkout", "--quiet", "--", "README.md")


def test_git_itself_finds_nothing_wrong(repository: Path) -> None:
    assert said(repository, "fsck", "--strict", "--no-dangling") == ""
    assert said(repository, "status", "--porcelain") == ""


def test_the_changes_of_a_version_are_merges_with_titles_and_commits_with_a_type(repository: Path) -> None:
    titles = said(repository, "log", "--format=%s%n%b", "v1.0.0..v1.1.0")
    assert "Merge pull request #41 from ada/widget-order\nCustomers put their widgets in order" in titles
    assert "feat(dashboard): let customers put their widgets in order" in titles
    assert "perf(products)" in titles
    assert "chore(deps)" in titles
    assert 15 <= int(said(repository, "rev-list", "--count", "main")) <= 30


def test_a_migration_and_a_change_of_configuration_can_be_seen_in_the_paths(repository: Path) -> None:
    assert "A\tmigrations/0007_add_widget_order.sql" in said(repository, "diff", "--name-status", "v1.0.0", "v1.1.0")
    assert "M\tconfig/production.toml" in said(repository, "diff", "--name-status", "v1.1.1", "v1.2.0")


def test_the_patched_version_is_no_descendant_of_the_bad_one(repository: Path) -> None:
    merged = said(repository, "tag", "--merged", "v1.1.1").split()
    assert merged == ["v1.0.0", "v1.1.0", "v1.1.1"]
    assert said(repository, "tag", "--merged", "v1.2.1").split() == list(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_compiles(repository: Path, version: str) -> None:
    for path in said(repository, "ls-tree", "-r", "--name-only", version, "shop").split():
        compile(said(repository, "show", f"{version}:{path}"), path, "exec")


def test_a_ref_that_looks_like_an_option_or_does_not_exist_is_no_commit(repository: Path) -> None:
    assert resolve(repository, "--all") is None
    assert resolve(repository, "v9.9.9") is None
    assert resolve(repository, "v1.0.0") == said(repository, "rev-list", "-1", "v1.0.0").strip()


def test_a_patch_whose_text_is_not_there_is_refused_with_the_text() -> None:
    (change,) = read_changes("49-smaller-pool")
    with pytest.raises(ValueError, match=r"config/production.toml: this text is there 0 times"):
        change.applied_to({"config/production.toml": "something else\n"})
    assert Change("x", "y", "").applied_to({"a": "b"}) == {"a": "b"}


def test_git_reads_nobodys_configuration(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/nowhere/at/all")
    assert said(repository, "config", "--list", "--show-origin").count("file:.git/config") > 0
    with pytest.raises(subprocess.CalledProcessError):
        said(repository, "config", "user.email")
