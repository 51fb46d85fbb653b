"""What is left when changes take one another back. Newest first, as git tells them."""

from bot.core.contents import Change
from bot.texts.changes import Notes
from tests.support.changes import change

CAME = change("feat: remember items", 11, commit="1" * 40)
OTHER = change("fix: round prices", 12, commit="2" * 40)


def went(title: str = 'Revert "feat: remember items"', number: int = 13, **more: str) -> Change:
    return change(title, number, commit="3" * 40, **more)


def told(*newest_first: Change) -> tuple[dict[str, list[str]], list[str]]:
    """What stands under which heading, and what came and went."""
    notes = Notes.of(newest_first)
    groups = {group.heading: [entry.words for entry in group.entries] for group in notes.groups}
    return groups, [entry.words for entry in notes.cancelled]


def test_a_change_and_its_revert_cancel_out_and_are_said_once() -> None:
    groups, cancelled = told(went(), OTHER, CAME)
    assert groups == {"Fixed": ["Round prices (#12)"]}
    assert cancelled == ["Remember items (#11, #13)"]


def test_a_revert_of_an_earlier_release_is_something_that_users_lose() -> None:
    groups, cancelled = told(went(), OTHER)
    assert groups == {"Fixed": ["Round prices (#12)"], "Taken back": ["Remember items (#13)"]}
    assert cancelled == []


def test_a_revert_of_the_revert_brings_the_change_back() -> None:
    again = change('Revert "Revert "feat: remember items""', 14, commit="4" * 40)
    assert told(again, went(), CAME) == ({"New": ["Remember items (#11)"]}, [])
    assert told(change('Reapply "feat: remember items"', 14, commit="4" * 40), went(), CAME) == (
        {"New": ["Remember items (#11)"]},
        [],
    )


def test_a_revert_of_an_earlier_releases_revert_is_the_change_itself() -> None:
    assert told(change('Reapply "feat: remember items"', 14)) == ({"New": ["Remember items (#14)"]}, [])


def test_a_revert_and_its_revert_leave_nothing() -> None:
    again = change('Revert "Revert "feat: remember items""', 14, commit="4" * 40)
    groups, cancelled = told(again, went())
    assert groups == {}
    assert cancelled == ["Remember items (#13, #14)"]


def test_a_revert_finds_its_change_by_commit_and_by_number_whatever_it_is_called() -> None:
    for body in (f"This reverts commit {'1' * 40}.", "This reverts commit 11111111.", "Reverts songbird/shop#11"):
        groups, cancelled = told(went("revert: no memory for now", body=body), OTHER, CAME)
        assert groups == {"Fixed": ["Round prices (#12)"]}
        assert cancelled == ["Remember items (#11, #13)"]


def test_of_two_changes_with_one_title_the_newest_is_taken_back() -> None:
    newer = change("feat: remember items", 12, commit="2" * 40)
    assert told(went(), newer, CAME) == ({"New": ["Remember items (#11)"]}, ["Remember items (#12, #13)"])


def test_what_was_taken_back_is_nothing_that_users_read_of() -> None:
    notes = Notes.of([went(), CAME])
    assert (notes.visible, notes.count, notes.authors) == ((), 0, ())
