"""What can go wrong, split by whose fault it is and what to do next.

    SongbirdError
    ├── Refused            the person or part that asked: nothing happened; the words say why and what to do instead
    ├── Misconfigured      the operator: names the setting or the line, and the fix
    ├── Conflict           nobody: somebody else wrote first; load and decide again
    └── AdapterError       a system outside
        ├── Temporary      try again later; it certainly did not happen
        ├── Permanent      trying again will not help; it certainly did not happen
        └── Unknown        it may have happened: look before trying again

Assertions are for our own mistakes, and stay on.
"""


class SongbirdError(Exception):
    """Everything that Songbird raises on purpose."""


class Refused(SongbirdError):
    """The command was not accepted, and nothing has changed. The message is shown to whoever asked."""


class Misconfigured(SongbirdError):
    """A setting or a plan is wrong. The message names the place and the fix."""


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
