"""How risky a release is, by what is known of its changes, with the reason. Pure.

`high` by rule: a migration, a breaking change, or a great many changes at once; `standard` otherwise. The one thing to
remember: it is a reading of titles and paths and no score; what it names can be looked up in the notes.
"""

from collections.abc import Sequence

from bot.core.contents import Change
from bot.core.model import Release
from bot.texts.changes import BREAKING, Notes
from bot.texts.changes.cares import API, CONFIGURATION, DEPENDENCY, FLAG

CHANGES_MANY = 30
"""More than a reviewer reads one by one: then size alone is a reason."""

_ALSO = {API: "API", CONFIGURATION: "configuration", FLAG: "feature flags", DEPENDENCY: "dependencies"}
"""What is said, and makes nothing high by itself."""


def risk_in_words(release: Release) -> str:
    """As `risk_of` its changes; empty before they are known."""
    return risk_of(release.changes) if release.commit is not None else ""


def risk_of(changes: Sequence[Change]) -> str:
    """`high: 1 migration, 2 breaking changes; also dependencies`."""
    notes = Notes.of(changes)
    breaking = sum(len(entry.read) for entry in notes.under(BREAKING))
    reasons = [
        _counted(len(notes.migrations), "migration"),
        _counted(breaking, "breaking change"),
        _counted(notes.count, "change") if notes.count > CHANGES_MANY else "",
    ]
    why = ", ".join(filter(None, reasons))
    sorts = {care.sort for care in notes.cares}
    also = ", ".join(words for sort, words in _ALSO.items() if sort in sorts)
    if why:
        return f"high: {why}" + (f"; also {also}" if also else "")
    files = f" in {_counted(notes.files, 'file')}" if notes.files else ""
    size = (_counted(notes.count, "change") or "no changes") + files
    return f"standard: {size}, no migration, nothing breaking" + (f"; {also}" if also else "")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}" if count else ""
