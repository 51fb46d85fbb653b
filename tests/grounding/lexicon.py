"""Words that carry a claim, each with what makes it false, by kind of mutation.

A pattern marks such a word as `<rose>`. The one thing to remember: a word stands here only with replacements that are
false wherever the word was true; what depends on the sentence is written in its pattern.
"""

from collections.abc import Mapping

_UP = ("fell", "dropped", "went down")
_DOWN = ("rose", "climbed", "went up")
_HIGHER = ("lower", "smaller")
_LOWER = ("higher", "larger")


def _verb(past: str, base: str, *opposite: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    return past, {"direction": opposite, "negation": (f"did not {base}", f"never {past}")}


def _outcome(said: str, *opposite: str, negation: tuple[str, ...] = ()) -> tuple[str, dict[str, tuple[str, ...]]]:
    return said, {"outcome": opposite, **({"negation": negation} if negation else {})}


LEXICON: Mapping[str, Mapping[str, tuple[str, ...]]] = dict(
    (
        # ── up and down ──────────────────────────────────────────────────────────────────────────────────────────────
        _verb("rose", "rise", *_UP),
        _verb("climbed", "climb", *_UP),
        _verb("went up", "go up", *_UP),
        _verb("jumped", "jump", *_UP),
        _verb("increased", "increase", "decreased", "sank"),
        _verb("grew", "grow", "shrank", "fell"),
        _verb("fell", "fall", *_DOWN),
        _verb("dropped", "drop", *_DOWN),
        _verb("went down", "go down", *_DOWN),
        _verb("decreased", "decrease", "increased", "rose"),
        _verb("sank", "sink", *_DOWN),
        ("higher", {"direction": _HIGHER}),
        ("above", {"direction": ("below", "under")}),
        ("over", {"direction": ("under", "below")}),
        ("more", {"direction": ("less", "fewer")}),
        ("up", {"direction": ("down",)}),
        ("lower", {"direction": _LOWER}),
        ("below", {"direction": ("above", "over")}),
        ("under", {"direction": ("above", "over")}),
        ("down", {"direction": ("up",)}),
        ("worse", {"direction": ("better",)}),
        ("better", {"direction": ("worse",)}),
        ("slower", {"direction": ("faster",)}),
        ("faster", {"direction": ("slower",)}),
        ("exceeded", {"direction": ("stayed below", "stayed under"), "negation": ("did not exceed", "never exceeded")}),
        ("exceeds", {"direction": ("is below", "is under"), "negation": ("does not exceed", "no longer exceeds")}),
        ("stayed below", {"direction": ("exceeded", "rose above"), "negation": ("did not stay below",)}),
        ("stayed under", {"direction": ("exceeded", "rose above"), "negation": ("did not stay under",)}),
        ("stayed above", {"direction": ("fell below", "dropped under"), "negation": ("did not stay above",)}),
        ("outside", {"direction": ("inside", "well inside")}),
        ("inside", {"direction": ("outside", "far outside")}),
        # ── outcomes ─────────────────────────────────────────────────────────────────────────────────────────────────
        _outcome("failed", "passed", negation=("did not fail", "never failed", "no longer failed")),
        _outcome("fails", "passes", negation=("does not fail", "no longer fails")),
        _outcome("passed", "failed", negation=("did not pass", "never passed")),
        _outcome("passes", "fails", negation=("does not pass", "no longer passes")),
        _outcome("a fail", "a pass"),
        _outcome("fail", "pass"),
        _outcome("a pass", "a fail"),
        _outcome("approved", "rejected", negation=("did not approve", "never approved")),
        _outcome("rejected", "approved", negation=("did not reject", "never rejected")),
        _outcome("rolled back", "promoted", "released"),
        _outcome("taken back", "promoted", "released to everybody"),
        _outcome("healthy", "unhealthy", "rolled back"),
        _outcome("cancelled", "released", "promoted"),
        _outcome("superseded", "rolled back", "rejected"),
        _outcome("blocked", "unblocked", "approved"),
        _outcome("unblocked", "blocked", negation=("did not unblock", "never unblocked")),
        _outcome("held", "promoted", "cancelled"),
        _outcome("resumed", "cancelled", "rolled back"),
        _outcome("deployed", "removed", "rolled back"),
        _outcome("undecided", "decided", "failing"),
        _outcome("accepted", "rejected", "refused", negation=("did not accept", "never accepted")),
        _outcome("staged", "cancelled", "rejected", negation=("did not stage", "never staged")),
        # ── did it happen at all ─────────────────────────────────────────────────────────────────────────────────────
        ("was", {"negation": ("was not", "was never")}),
        ("were", {"negation": ("were not", "were never")}),
        ("is", {"negation": ("is not", "is no longer")}),
        ("are", {"negation": ("are not", "are no longer")}),
        ("has", {"negation": ("has not", "has never")}),
        ("can", {"negation": ("cannot", "can no longer")}),
        ("broke", {"negation": ("did not break", "never broke")}),
        ("began", {"negation": ("did not begin", "never began")}),
        ("raised", {"negation": ("did not raise", "never raised")}),
        ("decided", {"negation": ("did not decide", "never decided")}),
        ("with", {"negation": ("without",)}),
        ("did not", {"negation-removed": ("did",)}),
        ("was not", {"negation-removed": ("was",)}),
        ("were not", {"negation-removed": ("were",)}),
        ("is not", {"negation-removed": ("is",)}),
        ("has not", {"negation-removed": ("has",)}),
        ("not", {"negation-removed": ("",)}),
        # ── when ─────────────────────────────────────────────────────────────────────────────────────────────────────
        ("before", {"order": ("after",)}),
        ("after", {"order": ("before",)}),
        ("later", {"order": ("earlier", "before that")}),
        ("earlier", {"order": ("later",)}),
        ("then", {"order": ("before that",)}),
        ("first", {"first-last": ("last",)}),
        ("last", {"first-last": ("first",)}),
        # ── how many ─────────────────────────────────────────────────────────────────────────────────────────────────
        ("all", {"quantifier": ("none", "only one")}),
        ("every", {"quantifier": ("no", "only one")}),
        ("both", {"quantifier": ("neither", "only one")}),
        ("no", {"quantifier": ("every", "one")}),
        ("none", {"quantifier": ("all", "one")}),
        ("nobody", {"quantifier": ("everybody",)}),
        ("nothing", {"quantifier": ("everything",)}),
        # ── how sure, and by whom ────────────────────────────────────────────────────────────────────────────────────
        ("may", {"certainty": ("certainly does",)}),
        ("automatically", {"doer": ("by hand", "manually")}),
        ("by itself", {"doer": ("by hand", "on somebody's order")}),
        ("by hand", {"doer": ("automatically", "all by itself")}),
        # ── where ────────────────────────────────────────────────────────────────────────────────────────────────────
        ("on staging", {"environment": ("in production", "in the development environment")}),
        ("in production", {"environment": ("on staging", "in the development environment")}),
        ("to staging", {"environment": ("to production",)}),
        ("to production", {"environment": ("to staging",)}),
        ("on the canary", {"side": ("on its control", "on the old version")}),
        ("on its control", {"side": ("on the canary", "on the new version")}),
    )
)
