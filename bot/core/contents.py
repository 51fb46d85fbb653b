"""What is in a release, and what was found, written and drawn about it.

Times are seconds since the epoch. The one thing to remember: words from outside (titles, bodies, findings) are kept as
they came, and are escaped where they are shown.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from bot.core.actors import SONGBIRD, Actor, Door


@dataclass(frozen=True, slots=True)
class CoAuthor:
    """Somebody who wrote a change together with its author. `person` as in `Change`."""

    name: str
    email: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One change since the last good release: a merged pull request or a commit. All texts come from outside."""

    commit: str
    title: str
    author: str
    email: str = ""
    pull_request: int | None = None
    body: str = ""
    paths: tuple[str, ...] = ()
    person: str = ""
    """The Slack user id of its author, as it was matched when the release was prepared; empty: nobody could say."""
    co_authors: tuple[CoAuthor, ...] = ()
    """Who else wrote it, as its commits say."""


TEMPLATE = "template"
"""The author of what neither a person nor a model wrote."""


PAPERS = ("notes", "engineering", "migration", "undo", "faq", "walkthrough")
"""What is written about every release as soon as its changes are known."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """One version of a written text: release notes, a walkthrough. Versions of a kind count from 1.

    `author` is a person's id, `template`, or a model's name; `actor` is whose doing it was.
    """

    kind: str
    version: int
    text: str
    author: str
    digest: str
    at: float
    actor: Actor = SONGBIRD
    evidence: str = ""
    """Digest of the evidence that a model was given."""
    told: int = 0
    """The event whose message shows it: a better text replaces the one before it there, until that was asked about."""
    is_asked: bool = False
    """Whether approvers were shown this version: it stands as it is, and what is written later is another text."""
    is_late: bool = False
    """A model's better version of a text that approvers had been shown already: nobody was asked about it."""

    @property
    def is_by_a_person(self) -> bool:
        return self.actor.door is not Door.SONGBIRD

    @property
    def is_editable(self) -> bool:
        """Whether it is people's to write; the others say what was measured when they were written."""
        return self.kind in (*PAPERS, "incident")


class Severity(StrEnum):
    """How bad something is that QA or users have found, or that somebody worries about."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class QaFinding:
    """What QA or users have found in this version. `disposition`: what is to become of it, in somebody's words."""

    number: int
    severity: Severity
    text: str
    actor: Actor
    at: float
    owner: str = ""
    disposition: str = ""


@dataclass(frozen=True, slots=True)
class Shot:
    """One numbered picture of a walkthrough. `file` and `before` are the chat's ids of them, empty where there is none.

    `failed`: why the step could not be carried out; its picture shows where it stood.
    """

    number: int
    caption: str
    alt: str
    file: str = ""
    before: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart. `numbers` says the same in words, for whoever cannot see it; `file` is the chat's id, or empty."""

    title: str
    alt: str
    numbers: tuple[str, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Charts:
    """Pictures of the `about`-th event."""

    about: int
    pictures: tuple[Picture, ...]


def digest(*parts: str) -> str:
    """The first 12 hex digits of a SHA-256 over the parts, which cannot run into one another.

    Half a character, as a title may end in, has a digest as well.
    """
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:12]
