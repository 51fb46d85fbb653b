"""What people may ask for by words: one small shape for each, with how it is typed.

The one thing to remember: these are wishes, and nothing here is checked against a release.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Staging:
    """/stage SERVICE REF [note…]."""

    service: str
    ref: str
    note: str


@dataclass(frozen=True, slots=True)
class Choosing:
    """/stage, /stage SERVICE: a form asks for the rest."""

    service: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """/release, /release list."""


@dataclass(frozen=True, slots=True)
class Showing:
    """/release status [ID], /release ID. Without an id: the one that is moving."""

    release: str | None


@dataclass(frozen=True, slots=True)
class Doing:
    """/release VERB [ID] [reason…], /release accept [ID] METRIC reason…. Without an id: the one that is moving."""

    verb: str
    release: str | None
    reason: str
    metric: str = ""


@dataclass(frozen=True, slots=True)
class Overriding:
    """/release override [ID] [GATE…] reason…."""

    release: str | None
    gates: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Asking:
    """/release why [ID] [question…], or a mention. Without an id: the one that is moving, or the newest."""

    release: str | None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """/release notes [ID]: the texts, to read and to edit."""

    release: str | None


@dataclass(frozen=True, slots=True)
class Planning:
    """/release plan [ID] [apply reason…]: what a changed plan would mean; `word` is what stands behind the id."""

    release: str | None
    word: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FollowUps:
    """/release followups [SERVICE]: what has to follow the caveats. Without a service: of all."""

    service: str


@dataclass(frozen=True, slots=True)
class Recalling:
    """/release checklist [ID], /release audit [ID]: `what` is the word."""

    what: str
    release: str | None


@dataclass(frozen=True, slots=True)
class Counting:
    """/release stats [SERVICE] [DAYS]: of all services where none is named."""

    service: str = ""
    days: str = ""


@dataclass(frozen=True, slots=True)
class Daily:
    """/release daily: what a day has brought, of all releases."""


@dataclass(frozen=True, slots=True)
class Barring:
    """/release lock SERVICE reason…, unlock SERVICE reason…, thaw ID reason…, freeze when and why (all in `reason`)."""

    verb: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """/release away when @PERSON reason…: all in `words`."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Returning:
    """/release back."""


@dataclass(frozen=True, slots=True)
class Finding:
    """/release finding [ID] SEVERITY text…."""

    release: str | None
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class Blaming:
    """/release incident [ID] [key=KEY] words…. Without words: a form."""

    release: str | None
    text: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Excusing:
    """/release incident [ID] withdraw WHICH reason…: its number, its key, or key=KEY anywhere."""

    release: str | None
    which: str
    reason: str


@dataclass(frozen=True, slots=True)
class Helping:
    """Anything else. `word` is what was not understood, `nearest` what may have been meant."""

    word: str = ""
    nearest: str = ""


Asked = (
    Staging
    | Choosing
    | Listing
    | Showing
    | Doing
    | Overriding
    | Asking
    | Reading
    | Planning
    | FollowUps
    | Recalling
    | Counting
    | Daily
    | Barring
    | Leaving
    | Returning
    | Finding
    | Blaming
    | Excusing
    | Helping
)
