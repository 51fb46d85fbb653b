"""What can go wrong, split by whose fault it is and what to do next.

    SongbirdError
    ├── Refused            the person or part that asked: nothing happened; the words say why and what to do instead
    ├── Misconfigured      the operator: names the setting or the line, and the fix
    │   └── Unreadable     the journal of a release, which therefore nothing is decided about
    ├── Conflict           nobody: somebody else wrote first; load and decide again
    └── AdapterError       a system outside
        ├── Temporary      try again later; it certainly did not happen
        ├── Permanent      trying again will not help; it certainly did not happen
        └── Unknown        it may have happened: look before trying again

Assertions are for our own mistakes, and stay on.
"""

from collections.abc import Sequence

NAMED_MAX = 20
"""Releases that are named in one sentence."""


class SongbirdError(Exception):
    """Everything that Songbird raises on purpose."""


class Refused(SongbirdError):
    """The command was not accepted, and nothing has changed. The message is shown to whoever asked."""


class Misconfigured(SongbirdError):
    """A setting or a plan is wrong. The message names the place and the fix."""


class Unreadable(Misconfigured):
    """A journal is damaged, or a newer Songbird wrote it. `reason`: why, in a line without anybody's words."""

    def __init__(self, release: str, reason: str) -> None:
        super().__init__(unreadable_in_words([release]))
        self.release = release
        self.reason = reason.partition("\n")[0]


def unreadable_in_words(releases: Sequence[str]) -> str:
    """For whoever looks for these releases: what they are in for, and what to do."""
    more = len(releases) - NAMED_MAX
    names = ", ".join(releases[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
    return (
        f"{names}: the journal cannot be read. It is damaged, or a newer Songbird wrote it. Its place and its traffic "
        "stay as they are, and nothing is decided about it; all other releases go on. `songbird doctor` says what is "
        "wrong; run the version that wrote it, or stop Songbird and restore a backup (docs/operations.md)"
    )


class Conflict(SongbirdError):
    """Another writer appended first."""


class AdapterError(SongbirdError):
    """A system outside did not do what was asked."""


class Temporary(AdapterError):
    """It did not happen; it may work later. `retry_after_seconds` is what the system asked for, if it did."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class Permanent(AdapterError):
    """It did not happen, and will not by trying again."""


class Unknown(AdapterError):
    """No answer: it may have happened."""
