"""The folder of plans as it is now: a changed file is read again, a broken one leaves what it held in force."""

import os
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bot.core.errors import Misconfigured
from bot.plans.folder import LOOK_SECONDS, PlanFolder
from tests.support.scenario import written_plan

TICKS = iter(range(1, 10_000))


class Folder:
    """A folder with plan files, and a clock that a test moves."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 0.0
        self.write("shop.yml")
        self.plans = PlanFolder(path, {}, lambda: self.now)

    def write(self, name: str, text: str = "", **changes: object) -> None:
        """In one piece and with a time of its own, as editors and deployments write."""
        fresh = self.path / f"{name}.new"
        with fresh.open("w") as file:
            if text:
                file.write(text)
            else:
                YAML(typ="safe").dump(written_plan(**changes), file)
        os.utime(fresh, ns=(0, next(TICKS)))
        fresh.rename(self.path / name)

    def later(self) -> PlanFolder:
        self.now += LOOK_SECONDS
        return self.plans


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_changed_file_is_read_again(folder: Folder) -> None:
    assert folder.plans["shop"].title == ""
    folder.write("shop.yml", title="The shop")
    assert folder.plans["shop"].title == "", "nobody looks at a disk with every question"
    assert folder.later()["shop"].title == "The shop"


def test_what_did_not_change_is_not_read_again(folder: Folder) -> None:
    before = folder.plans["shop"]
    folder.write("blog.yml", service="blog")
    assert set(folder.later()) == {"shop", "blog"}
    assert folder.plans["shop"] is before


def test_a_broken_file_leaves_the_plan_that_it_held_and_says_why(folder: Folder) -> None:
    folder.write("shop.yml", text="service: [shop")
    assert folder.later()["shop"].service == "shop"
    assert "shop.yml:1" in folder.plans.trouble("shop")
    folder.write("shop.yml", title="mended")
    assert folder.later()["shop"].title == "mended"
    assert folder.plans.trouble("shop") == ""


def test_a_plan_whose_file_is_gone_is_none(folder: Folder) -> None:
    folder.write("blog.yml", service="blog")
    assert len(folder.later()) == 2
    (folder.path / "shop.yml").unlink()
    assert list(folder.later()) == ["blog"]


def test_a_second_file_for_a_service_does_not_take_its_place(folder: Folder) -> None:
    folder.write("shop2.yml", title="another")
    assert folder.later()["shop"].title == ""
    with pytest.raises(Misconfigured, match="has a plan already"):
        PlanFolder(folder.path, {})


def test_nor_does_one_whose_name_comes_first_and_it_is_said(folder: Folder) -> None:
    """A copy beside it, as editors and careful people leave them; then the file itself is changed."""
    folder.write("shop-before.yml", title="as it was")
    assert folder.later()["shop"].title == ""
    folder.write("shop.yml", title="as it is")
    assert folder.later()["shop"].title == "as it is"
    assert folder.plans.trouble("shop") == "", "the plan that counts is as its file is"
    assert folder.plans.beside("shop") == (
        "shop-before.yml is of shop, too, and counts for nothing: shop.yml had it first. "
        "Take one of them out of the folder before the next start, which refuses both."
    )
    folder.write("shop-older.yml", title="as it was long ago")
    assert folder.later().beside("shop").startswith("shop-before.yml, shop-older.yml are of shop, too, and count for")
    for copy in ("shop-before.yml", "shop-older.yml"):
        (folder.path / copy).unlink()
    assert folder.later().beside("shop") == ""


def test_of_two_files_that_which_has_the_service_is_broken_or_goes(folder: Folder) -> None:
    folder.write("shop2.yml", title="another")
    folder.write("shop.yml", text="service: [shop")
    assert "shop.yml:1" in folder.later().trouble("shop")
    assert "shop2.yml is of shop, too" in folder.plans.beside("shop")
    (folder.path / "shop.yml").unlink()
    assert folder.later()["shop"].title == "another"
    assert (folder.plans.trouble("shop"), folder.plans.beside("shop")) == ("", "")
    assert folder.plans.beside("blog") == ""


def test_a_file_that_comes_back_broken_has_the_plan_that_it_had(folder: Folder) -> None:
    folder.write("blog.yml", service="blog")
    (folder.path / "shop.yml").unlink()
    assert list(folder.later()) == ["blog"]
    folder.write("shop.yml", text="service: [shop")
    assert folder.later()["shop"].service == "shop"
    assert "shop.yml:1" in folder.plans.trouble("shop")


def test_of_a_service_without_a_plan_it_says_which_files_could_never_be_read(folder: Folder) -> None:
    assert folder.plans.trouble("blog") == ""
    folder.write("blog.yml", text="service: [blog")
    assert "blog.yml:1" in folder.later().trouble("blog")
    assert folder.plans.trouble("shop") == ""


@pytest.mark.parametrize("text", ["service: [shop", "nothing: here"])
def test_a_bot_does_not_start_with_a_broken_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "shop.yml").write_text(text)
    with pytest.raises(Misconfigured, match=r"shop\.yml:1"):
        PlanFolder(tmp_path, {})
    with pytest.raises(Misconfigured, match="no such folder"):
        PlanFolder(tmp_path / "nowhere", {})
