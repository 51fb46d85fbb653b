"""Changes and releases for tests of texts: made up, in the habits of real projects."""

from typing import Any

from bot.core.actors import Actor
from bot.core.contents import Change
from bot.core.model import Phase, Release
from tests.support.scenario import START, plan


def change(title: str, number: int | None = 1, **more: Any) -> Change:
    """A change of Ada's; a pull request unless `number` is None."""
    commit = more.pop("commit", "c" * 40)
    return Change(commit, title, more.pop("author", "Ada"), more.pop("email", "ada@songbird.example"), number, **more)


def release(*changes: Change, **plan_changes: Any) -> Release:
    written = plan(title="The shop", **plan_changes)
    return Release(
        id="shop-1",
        version=2,
        phase=Phase.PREPARING,
        service="shop",
        ref="v1.2.0",
        plan=written,
        plan_digest=written.digest,
        staged_by=Actor("U0ADA"),
        staged_at=START,
        phase_since=START,
        commit="d" * 40,
        name="v1.2.0",
        previous="b" * 40,
        changes=changes,
    )
