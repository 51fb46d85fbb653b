"""Every text that Songbird writes, in one table: what it is called and for whom it is.

A kind has a plain template (`prompts/KIND.plain.md.j2`), a prompt for a model (`prompts/KIND.prompt.md.j2`), and a
shape that the model's answer has to have. The one thing to remember: a kind that is `kept` is an artefact of its
release, with versions in the journal; the others are written for one message and are gone with it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    title: str
    audience: str
    """For whom it is written: what may be taken for granted, and what not."""
    kept: bool = True


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("notes", "Release notes", "people who use the product"),
        Kind("engineering", "Engineering notes", "engineers who run and change the service"),
        Kind("migration", "Migration guide", "whoever uses its API, its configuration or its data"),
        Kind("undo", "Rollback procedure", "whoever is on call and has to take this release back by hand"),
        Kind("faq", "Support FAQ", "people in support, who answer customers"),
        Kind("walkthrough", "Walkthrough", "reviewers with the staging build before them"),
        Kind("go-no-go", "Go / no-go", "the people who are asked to approve"),
        Kind("narration", "Step", "people who follow the rollout in its thread"),
        Kind("diagnosis", "Diagnosis", "somebody tired, on call, at night"),
        Kind("incident", "Incident", "somebody who was not in the channel"),
        Kind("daily", "Daily status", "stakeholders, once a day", kept=False),
        Kind("answer", "Answer", "whoever asked the question", kept=False),
    )
}
