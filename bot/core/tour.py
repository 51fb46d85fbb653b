"""The tour of a plan: what a reviewer should see on staging, by hand or in pictures, and where a browser may look.

A tour is a list of lines (tried by hand) and of stops (carried out in a browser, a picture each). A stop does what it
says in one order, whatever the order in the file: open, type, click, wait_for, highlight, and then the picture. The one
thing to remember: in production, for the picture before, a browser only ever opens pages; it types and clicks nothing.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, model_validator

from bot.core.quantities import Duration
from bot.core.strict import At, Strict

SHOTS_MAX = 12
"""Pictures of one tour: nobody looks at more in a thread, and each takes a second or two."""

Address = Annotated[str, Field(pattern=r"^https?://[^\s/?#@\\]+(/[^\s?#\\]*)?$")]
"""Where a service answers. Without a user and a password: a plan is no place for a secret."""

Place = Annotated[str, Field(pattern=r"^(https?://)?[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?$")]
"""From where pages may load: an origin, or a host with all its ports."""

Page = Annotated[str, Field(pattern=r"^/([^/\s\\]\S*)?$")]
"""A page of the service. Not `//host`, which leads elsewhere."""

Selector = Annotated[str, Field(pattern=r"^\S[^\r\n]{0,299}$")]
Caption = Annotated[str, Field(pattern=r"^\S[^\r\n]{0,199}$")]


class Typing(Strict):
    """Text for a field. It is shown nowhere but in the field itself."""

    into: Selector
    text: Annotated[str, Field(max_length=1000)]


class Stop(Strict):
    """One picture of a tour, and the way to it."""

    open: Page | None = None
    type: Typing | None = None
    click: Selector | None = None
    wait_for: Selector | None = None
    highlight: Selector | None = None
    """What is marked in the picture, with the number and the caption."""
    caption: Caption | None = None

    @model_validator(mode="before")
    @classmethod
    def _lost_nothing(cls, written: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - what a person wrote
        if info.mode == "python" and isinstance(written, dict):
            for key, value in written.items():
                if value is None:
                    raise ValueError(
                        f"{key!r} says nothing; # begins a comment, so put a selector like '#pay' in quotes"
                    )
        return written

    @model_validator(mode="after")
    def _says_something(self) -> "Stop":
        if self == Stop.model_construct():
            raise ValueError("an empty stop: write what it does, such as open: /")
        return self

    @property
    def words(self) -> str:
        """Its caption; without one, what it does. What is typed is not told: it may be nobody's business."""
        told = [
            f"open {self.open}" if self.open else "",
            f"fill in {self.type.into}" if self.type else "",
            f"press {self.click}" if self.click else "",
            f"wait for {self.wait_for}" if self.wait_for else "",
            f"look at {self.highlight}" if self.highlight else "",
        ]
        words = ", ".join(filter(None, told))
        return self.caption or words[:1].upper() + words[1:]

    @property
    def only_looks(self) -> bool:
        """Whether it shows a page and changes nothing: then production may be asked for the same picture."""
        return self.open is not None and self.type is None and self.click is None


def _line_or_stop(written: object) -> str:
    return "line" if isinstance(written, str) else "stop"


Item = Annotated[Annotated[str, Tag("line")] | Annotated[Stop, Tag("stop")], Discriminator(_line_or_stop)]
"""A line to be tried by hand, or a stop."""


def _viewport(written: Any) -> Any:  # noqa: ANN401 - what a person wrote
    if not isinstance(written, str):
        return written
    match = re.fullmatch(r"(\d{1,5})\s*x\s*(\d{1,5})", written.strip())
    if match is None:
        raise ValueError(f"{written!r} is not a viewport: write its width and height, such as 1280x800")
    return {"width": int(match[1]), "height": int(match[2])}


class Size(Strict):
    """Of the browser's window, and so of every picture, in CSS pixels: from a small phone to a large screen."""

    width: Annotated[int, Field(ge=320, le=2560)]
    height: Annotated[int, Field(ge=320, le=1600)]


Viewport = Annotated[Size, BeforeValidator(_viewport)]


class Walkthrough(Strict):
    """Where the tour is taken, with what limits, and what people need who would rather click for themselves."""

    staging: Address
    production: Address | None = None
    """For a picture *before* beside the one *after*, wherever a stop only looks."""
    allow: tuple[Place, ...] = ()
    """From where else pages may load. The addresses themselves may; all the rest is blocked, and said."""
    viewport: Viewport = Size(width=1024, height=720)
    shot_time_max: Duration = 20.0
    time_max: Duration = 180.0
    link: Address | None = None
    """For people: where to click, when it is not the staging address itself."""
    account: Caption | None = None
    """For people: the test account, as text. Everybody in the channel reads it."""


def untakeable(
    tour: Sequence[str | Stop], stops: Sequence[str | Stop], walkthrough: Walkthrough | None
) -> Iterator[tuple[At, str]]:
    """What of a tour no browser could take, each with its place in the plan. `stops`: with its pages, in its order."""
    place = "tour" if tour else "pages"
    pictures = [item for item in stops if isinstance(item, Stop)]
    if pictures and walkthrough is None:
        yield (place,), "no address to take its pictures at: write walkthrough: {staging: https://…}"
    if pictures and pictures[0].open is None:
        yield ("tour", stops.index(pictures[0])), "the first picture has to open a page, such as open: /"
    if len(pictures) > SHOTS_MAX:
        yield (place,), f"tour and pages take {len(pictures)} pictures; {SHOTS_MAX} at most, or nobody looks at them"
