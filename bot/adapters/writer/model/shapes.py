"""What a model has to fill in, a shape for each kind of text: sentences that cite, and nothing else.

The class and field descriptions are part of what the model reads. A shape is thinned to the sentences that may stay
(`only`), says whether what is left is worth showing (`is_enough`), and turns into modest Markdown (`body`); the title,
the lists of changes and the commands to type come from the template's text, around it (`placed`). The one thing to
remember: no limits stand in the schema, since endpoints differ in which they take; they are kept here.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field

PARAGRAPH_MAX = 5
"""Sentences in one paragraph; more are not read."""

LIST_MAX = 12
"""Items in one list."""


class Place(Enum):
    """Where the model's words stand beside the template's facts."""

    ABOVE = "an introduction: the facts follow"
    BELOW = "an explanation: instructions come first, and nothing that a model wrote comes between a person and them"
    ALONE = "the whole text"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sentence(Strict):
    """One plain sentence, or one item of a list, without Markdown of its own."""

    text: str
    cites: list[int] = Field(description="The numbers of the lines of evidence that say it; at least one.")


class Caption(Sentence):
    """What to look at in one step of the tour, in one sentence."""

    step: int = Field(description="The number of the step in the tour.")


class Question(Strict):
    """A question that a customer may ask, and its answer."""

    question: Sentence
    answer: list[Sentence]


Keep = Callable[[Sentence], Sentence | None]
"""A sentence as it may stay, or None."""


class Shape(Strict):
    place: ClassVar[Place] = Place.ABOVE

    def only(self, keep: Keep) -> Self:
        """Itself, with the sentences that stay."""
        return self.model_copy(update={name: _only(value, keep) for name, value in self})

    def sentences(self) -> tuple[Sentence, ...]:
        """All of them, as they come."""
        found: list[Sentence] = []

        def take(sentence: Sentence) -> Sentence:
            found.append(sentence)
            return sentence

        self.only(take)
        return tuple(found)

    @property
    def is_enough(self) -> bool:
        """Whether it is better than the template without it."""
        raise NotImplementedError

    def body(self) -> str:
        """In Markdown, without a title."""
        raise NotImplementedError

    def placed(self, plain: str) -> str:
        """The whole text. `plain` is the template's, which begins with a title if the kind has one."""
        if self.place is Place.ALONE:
            return f"{self.body()}\n"
        if self.place is Place.BELOW:
            return f"{plain.rstrip()}\n\n### In short\n\n{self.body()}\n"
        title, facts = _split(plain)
        return "\n\n".join(part for part in (title, self.body(), facts) if part) + "\n"


def _only(value: Any, keep: Keep) -> Any:  # noqa: ANN401 - a field holds sentences, questions, or lists of them
    match value:
        case Sentence():
            return keep(value)
        case Question():
            question, answer = keep(value.question), _only(value.answer, keep)
            return Question(question=question, answer=answer) if question and answer else None
        case list():
            return [kept for one in value if (kept := _only(one, keep)) is not None]
        case _:
            return value


def _split(plain: str) -> tuple[str, str]:
    """A title line, and what follows it."""
    first, _, rest = plain.strip().partition("\n")
    return (first, rest.strip()) if first.startswith("#") else ("", plain.strip())


def _paragraph(sentences: list[Sentence]) -> str:
    return " ".join(sentence.text for sentence in sentences[:PARAGRAPH_MAX])


def _list(heading: str, items: list[Sentence]) -> Iterator[str]:
    if items:
        yield "\n".join((f"### {heading}\n", *(f"- {item.text}" for item in items[:LIST_MAX])))


def _parts(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


# ── artefacts ────────────────────────────────────────────────────────────────────────────────────────────────────────


class ReleaseNotes(Shape):
    """What is new for people who use the product."""

    summary: list[Sentence] = Field(description="One to three sentences: what this release brings them.")
    highlights: list[Sentence] = Field(description="What they will notice, the most important first; up to eight.")

    @property
    def is_enough(self) -> bool:
        return bool(self.summary and self.highlights)

    def body(self) -> str:
        return _parts(_paragraph(self.summary), *_list("Highlights", self.highlights))


class EngineeringNotes(Shape):
    """What changed for engineers who run and change the service."""

    summary: list[Sentence] = Field(description="One to three sentences: what changed in how it works or is run.")
    risks: list[Sentence] = Field(description="What deserves a second look, each with the reason; empty if nothing.")

    @property
    def is_enough(self) -> bool:
        return bool(self.summary)

    def body(self) -> str:
        return _parts(_paragraph(self.summary), *_list("Look twice at", self.risks))


class MigrationGuide(Shape):
    """Explains the guide that its readers have above: what changes for them, and in which order they act."""

    place = Place.BELOW
    summary: list[Sentence] = Field(description="One to three sentences: what changes for them, or that nothing does.")
    steps: list[Sentence] = Field(description="What they have to do, in order; empty if nothing.")

    @property
    def is_enough(self) -> bool:
        return bool(self.summary)

    def body(self) -> str:
        numbered = "\n".join(f"{number}. {step.text}" for number, step in enumerate(self.steps[:LIST_MAX], 1))
        return _parts(_paragraph(self.summary), numbered)


class RollbackProcedure(Shape):
    """Explains the procedure that its readers have above; writes no commands."""

    place = Place.BELOW
    summary: list[Sentence] = Field(description="One to three sentences: what taking it back returns and what stays.")
    warnings: list[Sentence] = Field(description="What cannot be undone or must not be forgotten; empty if nothing.")

    @property
    def is_enough(self) -> bool:
        return bool(self.summary)

    def body(self) -> str:
        return _parts(_paragraph(self.summary), *_list("Mind", self.warnings))


class Faq(Shape):
    """Questions that customers may ask about this release."""

    questions: list[Question] = Field(description="Up to six, the most likely first.")

    @property
    def is_enough(self) -> bool:
        return bool(self.questions)

    def body(self) -> str:
        pairs = self.questions[:LIST_MAX]
        return _parts(*(f"**{pair.question.text}**\n{_paragraph(pair.answer)}" for pair in pairs))


class Walkthrough(Shape):
    """Guides a reviewer through the staging build."""

    summary: list[Sentence] = Field(description="One or two sentences: what there is to see.")
    captions: list[Caption] = Field(description="One for each step of the tour; empty if the evidence has no tour.")

    @property
    def is_enough(self) -> bool:
        return bool(self.summary)

    def body(self) -> str:
        captions = sorted(self.captions, key=lambda caption: caption.step)[:LIST_MAX]
        steps = "\n".join(f"- **Step {caption.step}**: {caption.text}" for caption in captions)
        return _parts(_paragraph(self.summary), steps)


# ── a release on its way ─────────────────────────────────────────────────────────────────────────────────────────────


class GoNoGo(Shape):
    """Says how things stand to the people who are asked to approve; recommends nothing."""

    summary: list[Sentence] = Field(description="Two or three sentences: what is ready, what was seen, what is open.")
    unresolved: list[Sentence] = Field(description="What is not settled, each with who or what it waits for.")

    @property
    def is_enough(self) -> bool:
        return bool(self.summary)

    def body(self) -> str:
        return _parts(_paragraph(self.summary), *_list("Open", self.unresolved))


class Narration(Shape):
    """Says what has just happened in the rollout."""

    place = Place.ALONE
    told: list[Sentence] = Field(description="One or two sentences, with the numbers that matter.")

    @property
    def is_enough(self) -> bool:
        return bool(self.told)

    def body(self) -> str:
        return _paragraph(self.told)


class Diagnosis(Shape):
    """Says to somebody tired what broke and what may have broken it."""

    told: list[Sentence] = Field(
        description="Three sentences: what broke and since when; how the new version compares with its control; which "
        "change is suspected and on what grounds, or that none stands out."
    )
    next_step: Sentence | None = Field(description="What to look at next; null if no line suggests it.")

    @property
    def is_enough(self) -> bool:
        """One sentence of three is no diagnosis."""
        return len(self.told) > 1

    def body(self) -> str:
        suggestion = f"**Next**: {self.next_step.text}" if self.next_step else ""
        return _parts(_paragraph(self.told), suggestion)


class Incident(Shape):
    """Tells the incident to somebody who was not there."""

    told: list[Sentence] = Field(description="Three to five sentences: what broke, who felt it, what was done.")

    @property
    def is_enough(self) -> bool:
        return len(self.told) > 1

    def body(self) -> str:
        return _paragraph(self.told)


class Daily(Shape):
    """Tells stakeholders how releases stand."""

    told: list[Sentence] = Field(
        description="Up to five sentences: what waits for whom, what went out, what went wrong."
    )

    @property
    def is_enough(self) -> bool:
        return bool(self.told)

    def body(self) -> str:
        return _paragraph(self.told)


class Answer(Shape):
    """Answers a question from the evidence."""

    place = Place.ALONE
    told: list[Sentence] = Field(description="Up to five sentences; empty if the evidence does not say.")

    @property
    def is_enough(self) -> bool:
        return bool(self.told)

    def body(self) -> str:
        return _paragraph(self.told)


SHAPES: dict[str, type[Shape]] = {
    "notes": ReleaseNotes,
    "engineering": EngineeringNotes,
    "migration": MigrationGuide,
    "undo": RollbackProcedure,
    "faq": Faq,
    "walkthrough": Walkthrough,
    "go-no-go": GoNoGo,
    "narration": Narration,
    "diagnosis": Diagnosis,
    "incident": Incident,
    "daily": Daily,
    "answer": Answer,
}
"""By the names of `bot.texts.kinds.KINDS`."""
