"""Questions about a release, answered from its journal and its samples, by rules: no model, no guess.

    answered = answer("why did it roll back?", material)
    answered.text, answered.is_known, answered.versions, answered.metrics

`asked` reads the question into meanings, `INTENTS` finds who answers: the first row all of whose needs are met. The one
thing to remember: what no row takes, and what has more unknown words than known ones, ends in "I don't know", with what
can be asked; nothing of the question itself ever gets into the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.texts import Material
from bot.texts.answers import contents, course, numbers, people, reasons, ways
from bot.texts.answers.asked import Asked, read
from bot.texts.answers.case import Case, DontKnow, Found, Line
from bot.texts.answers.people import DEEDS, Deed
from bot.texts.past import Past

__all__ = ["INTENTS", "Answered", "Intent", "Line", "answer"]

CAN_BE_ASKED = (
    "why it waits, went back or is held; who did what, when; a metric, by its name; the control; the traffic; "
    "what comes next; how to take it back, hold it or try again; "
    "how long the way back took; what changed; the concerns; its incidents; what happened between two times"
)

ONLY_PEOPLE = "that is for people to decide; ask for the numbers, the changes or the concerns"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer in Markdown of a modest sort; words in it from outside are flat and not yet escaped."""

    intent: str
    lines: tuple[Line, ...]
    is_known: bool = True

    @property
    def text(self) -> str:
        return "\n".join(line.words for line in self.lines)

    @property
    def versions(self) -> tuple[int, ...]:
        """The events of the journal that it rests on."""
        return tuple(sorted({version for line in self.lines for version in line.versions}))

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(metric for line in self.lines for metric in line.metrics))


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody may want to know: `needs` holds, and `answer` knows."""

    name: str
    needs: Callable[[Asked], bool]
    answer: Callable[[Case], Found]


def _all(*groups: str, but: str = "") -> Callable[[Asked], bool]:
    """Of each group of meanings one, and none of `but`."""
    return lambda asked: all(asked.means(*group.split()) for group in groups) and not asked.means(*but.split())


def _only_people(_case: Case) -> Found:
    return DontKnow(ONLY_PEOPLE)


def _metric_and(*groups: str, but: str = "") -> Callable[[Asked], bool]:
    named = _all(*groups, but=but)
    return lambda asked: asked.metric is not None and named(asked)


def _judges_somebody(asked: Asked) -> bool:
    """`was Priya wrong?`: nothing else that somebody did or that was measured is spoken of."""
    judges = asked.meanings <= {"fail", "suspect", "numbers", "why", "not", "judgement", "anomaly"}
    is_plain = asked.metric is None and asked.number is None and asked.since is None
    return asked.person is not None and is_plain and judges and (bool(asked.meanings) or asked.is_whether)


def _names_somebody(asked: Asked) -> bool:
    is_plain = asked.metric is None and asked.number is None and asked.since is None
    return asked.person is not None and is_plain and asked.means("did") and asked.meanings <= {"did", "happen", "next"}


def _blames_a_change(asked: Asked) -> bool:
    """`is #49 to blame?`, `did #49 break it?`, `why #49?`: whether it is in the release is not what is asked."""
    blames = asked.means("suspect", "fail", "back") or asked.metric is not None
    return asked.number is not None and (blames or (asked.means("why") and not asked.means("change")))


_WHO = "who when"

INTENTS: tuple[Intent, ...] = (
    Intent("here", lambda asked: asked.is_empty, reasons.here),
    Intent("advice", _all("advice"), reasons.advice),
    Intent("again", _all("retry", but="who fail"), ways.again),
    Intent("how to", _all("how_to", " ".join(ways.HOW)), ways.how),
    Intent("a text", _all("text", "who when change edit author"), people.edited),
    Intent("a judgement of somebody", _judges_somebody, _only_people),
    Intent("incidents", _all("incident"), contents.incidents),
    Intent("a suspect", _blames_a_change, reasons.one_suspect),
    Intent("suspects", _all("suspect"), reasons.suspects),
    Intent("a person", _names_somebody, people.did),
    Intent("judgement", _all("judgement", but="next wait"), _only_people),
    Intent("a change", lambda asked: asked.number is not None, contents.one_change),
    Intent("a window", lambda asked: asked.since is not None or asked.until is not None, course.happened),
    Intent("durations", _all("how_long took detect restore", "detect restore back", but="next"), course.durations),
    Intent("control", _all("control", "fail control numbers", but="who approve"), numbers.control),
    Intent("not approved", _all("approve", "not why who when wait numbers"), people.approved),
    Intent("on call", _all("oncall"), people.on_call),
    Intent("lasted", _all("how_long", "took whole", but="next back detect restore held"), course.lasted),
    Intent("asked", _all("ask", _WHO), people.asked_whom),
    *(
        Intent(f"who: {meaning}", _all("who when", meaning, but="next how_long not author"), Deed(meaning))
        for meaning in DEEDS
    ),
    Intent("a metric", _metric_and(but="back held reject caveat change author who"), numbers.metric),
    Intent("why back", _all("back", but="next"), reasons.went_back),
    Intent("why rejected", _all("reject"), reasons.was_rejected),
    Intent("overrides", _all("override"), Deed("override")),
    Intent("why held", _all("held", but="wait"), reasons.was_held),
    Intent("why cancelled", _all("cancel"), reasons.was_cancelled),
    Intent("why blocked", _all("block"), reasons.is_blocked),
    Intent("why queued", _all("queue"), reasons.queued),
    Intent("concerns", _all("caveat"), contents.concerns),
    Intent("anomalies", _all("anomaly"), numbers.anomalies),
    Intent("production", _all("production", "when how_long"), course.reached_production),
    Intent("next", _all("next"), course.next_step),
    Intent("traffic", _all("traffic", but="why"), course.traffic),
    Intent("deployed", _all("deploy", "when who how_long"), course.deployed),
    Intent("cares", _all("care"), contents.cares),
    Intent("changes", _all("change author previous", but="wait"), contents.changes),
    Intent("why failed", _all("fail"), reasons.failed),
    Intent("approved", _all("approve"), people.approved),
    Intent("waits", _all("wait why not"), reasons.waits),
    Intent("production now", _all("production deploy"), course.reached_production),
    Intent("happened", _all("happen"), course.happened),
    Intent("numbers", _all("numbers limit trend"), numbers.every),
)
"""Tried in this order. What is particular comes first."""


def answer(question: str, material: Material) -> Answered:
    """The best that journal and samples say; for an empty question, why the release is where it is."""
    past = Past.of(material)
    asked = read(question, material.release, past)
    if asked.other_release is not None:
        return _dont_know("other", DontKnow(f"this is {material.release.id}; ask about the other one by its own name"))
    if not asked.is_empty and not asked.is_understood:
        return _dont_know("unknown", DontKnow())
    case = Case(material, past, asked)
    for intent in INTENTS:
        if intent.needs(asked):
            found = intent.answer(case)
            if isinstance(found, DontKnow):
                return _dont_know(intent.name, found)
            return Answered(intent.name, tuple(replace(line, words=line.words.replace("….", "…")) for line in found))
    return _dont_know("unknown", DontKnow())


def _dont_know(intent: str, found: DontKnow) -> Answered:
    words = f"I don't know: {found.because}."
    return Answered(intent, (Line(words), Line(f"You can ask: {CAN_BE_ASKED}.")), is_known=False)
