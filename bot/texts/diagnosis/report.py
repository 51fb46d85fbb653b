"""The diagnosis as a value, and in plain sentences: for a thread at night, an incident, an answer.

Each property is one thing to say, a sentence or two, or nothing where there is nothing to say. The one thing to
remember: titles and reasons in it are other people's words, flattened; the view escapes them.
"""

from dataclasses import dataclass
from itertools import pairwise

from bot.analysis import words
from bot.core.model import Phase, Release
from bot.core.plan import FULL
from bot.core.quantities import percent_in_words, quantity_in_words, seconds_in_words
from bot.texts.diagnosis.broken import Broken
from bot.texts.diagnosis.control import Moved, Sureness, overall
from bot.texts.diagnosis.suspects import Suspect, standing_out
from bot.texts.diagnosis.trouble import Trouble
from bot.texts.markdown import line
from bot.texts.past import Past
from bot.texts.plain import called_flat, listed, reference

TOGETHER_SECONDS = 1.0
"""Nearer than that, two metrics broke together."""
REASON_MAX = 200
FINE_SHOWN_MAX = 4
BEYOND_SHOWN_MAX = 3


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What broke and what to do about it. `broken` and `suspects` come in order: first broken, likeliest.

    `beyond` is outside of what is allowed as well, without having decided anything.
    `since` is the onset, `began_at` the exposure (percent) at that time, `control` what the old version did meanwhile.
    """

    release: Release
    past: Past
    trouble: Trouble
    broken: tuple[Broken, ...]
    beyond: tuple[Broken, ...]
    fine: tuple[str, ...]
    since: float | None
    began_at: float | None
    control: tuple[Moved, ...]
    suspects: tuple[Suspect, ...]

    @property
    def detected_at(self) -> float:
        return self.trouble.at

    @property
    def detection_seconds(self) -> float | None:
        return None if self.since is None else max(0.0, self.trouble.at - self.since)

    @property
    def control_moved(self) -> Sureness:
        return overall(self.control)

    @property
    def prime_suspects(self) -> tuple[Suspect, ...]:
        """One or two that stand out; none where no change does, or where it is probably not this release."""
        return () if self.control_moved is Sureness.YES else standing_out(self.suspects)

    @property
    def fitting(self) -> tuple[Suspect, ...]:
        """Those that something speaks for."""
        return tuple(suspect for suspect in self.suspects if suspect.score)

    # ── sentences ────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def what(self) -> str:
        """What happened to the release, and because of what."""
        name, trouble = called_flat(self.release), self.trouble
        reason = line(trouble.reason, REASON_MAX).rstrip(".")
        match trouble.cause:
            case "verdict":
                return f"{name} went back{self._share}: {self._broke}."
            case "failing":
                return f"{name} fails {self._where} and stays there until a person decides: {self._broke}."
            case "deploy":
                return f"{name} got no traffic, and no metric was judged: {reason}."
            case "blindness" if self.release.rollback is None:
                return f"{name} is held, because nothing can be read about it: {reason}."
            case "blindness":
                return f"{name} went back{self._share}: {reason}. It was not judged to be bad."
            case "person":
                found = f"By then it was seen that {self._broke}" if self.broken else "No metric had failed"
                return f"{trouble.by} took {name} back{self._share}: {reason}. {found}."

    @property
    def when(self) -> str:
        """Since when, at which exposure, and in which order."""
        if self.since is None:
            return ""
        share = f", at {percent_in_words(self.began_at)} of the traffic" if self.began_at is not None else ""
        seen = "nothing could be read since" if self.trouble.cause == "blindness" else "first seen"
        return f"{seen[0].upper()}{seen[1:]} {self.past.time(self.since)}{share}{self._order}."

    @property
    def numbers(self) -> tuple[str, ...]:
        """One line a metric that broke."""
        return tuple(
            f"{one.name}: {one.numbers}" + (f"; {one.sureness}" if one.sureness else "") for one in self.broken
        )

    @property
    def beside(self) -> str:
        """Whether the control moved as well, and what that means."""
        match self.control_moved:
            case Sureness.YES:
                return "Its control got worse as well: probably it is not this release, but something that both share."
            case Sureness.PERHAPS:
                return "Its control may have got worse as well, if not by chance: look at what both share, too."
            case Sureness.NO:
                return "Its control stayed as it was, so it is most likely something in this release."
            case Sureness.UNKNOWN:
                if not self.broken or any(one.is_thin for one in self.control):
                    return ""
                if self.release.stage.is_canary and self.trouble.exposure not in (0.0, FULL):
                    return "Whether its control moved as well is not in the stored samples."
                return "Nothing ran beside it to compare with: a cause outside this release cannot be excluded."

    @property
    def beside_numbers(self) -> str:
        """`control: errors 0.21 % before, 0.2 % after`: what that rests on."""
        said = "; ".join(filter(None, map(self._moved, self.control)))
        if not said:
            return ""
        by_verdicts = all(one.ratio is None for one in self.control)
        return f"control: {said}{', as far as the verdicts tell' if by_verdicts else ''}"

    @property
    def also(self) -> str:
        """`Also beyond what is allowed: db-pool 100 % (limit 95 %).`: it did not decide, and may point at the cause."""
        shown = [one.words for one in self.beyond[:BEYOND_SHOWN_MAX]]
        more = len(self.beyond) - len(shown)
        return f"Also beyond what is allowed: {listed([*shown, f'{more} more'] if more else shown)}." if shown else ""

    @property
    def as_usual(self) -> str:
        """What was fine all the time."""
        if not self.fine:
            return ""
        shown = self.fine[:FINE_SHOWN_MAX]
        more = len(self.fine) - len(shown)
        names = listed([*shown, f"{more} more"] if more else shown)
        return f"As usual all the time: {names}."

    @property
    def times(self) -> str:
        """How long detection and return took."""
        detection, restored = self.detection_seconds, self.trouble.restored_seconds
        parts = [
            f"Detected {seconds_in_words(detection)} after the onset" if detection is not None and self.broken else "",
            f"traffic back {seconds_in_words(restored)} after the decision" if restored is not None else "",
        ]
        said = ", ".join(filter(None, parts))
        return f"{said[0].upper()}{said[1:]}." if said else ""

    @property
    def next_step(self) -> str:
        """What to look at, which change first, whom to ask, what to type."""
        return " ".join(filter(None, (self._look_at, self._begin_with, self._then)))

    @property
    def sentences(self) -> tuple[str, ...]:
        """Three, or fewer: what happened; since when, and how long it took; whether the control moved, what is fine."""
        times = self.times if not self.when else f"{self.times[:1].lower()}{self.times[1:]}"
        beside = " ".join(filter(None, (self.also, self.beside)))
        usual = self.as_usual if not beside else f"{self.as_usual[:1].lower()}{self.as_usual[1:]}"
        joined = (self.what, _joined(self.when, times), _joined(beside, usual))
        return tuple(sentence for sentence in joined if sentence)

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it but the suspects, the most important first."""
        told = (self.sentences[0], *self.numbers, self.beside_numbers, *self.sentences[1:])
        return tuple(line for line in (*told, f"Next: {self.next_step}") if line)

    # ── phrases ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _broke(self) -> str:
        if any(one.metric is None for one in self.broken):
            return self.broken[0].words
        return f"{listed([one.name for one in self.broken]) or 'a metric'} broke"

    @property
    def _share(self) -> str:
        is_share = self.trouble.exposure and self.release.stage.is_canary
        return f" from {percent_in_words(self.trouble.exposure)} of the traffic" if is_share else ""

    @property
    def _where(self) -> str:
        if self.release.phase is Phase.WATCHING:
            return "in its watch"
        return f"on {self.release.environment}" if self.release.environment else f"in {self.release.stage.name}"

    @property
    def _order(self) -> str:
        """`: errors, then p95 4.0 s later`."""
        seen = [one for one in self.broken if one.since is not None]
        if len(seen) < 2:  # noqa: PLR2004 - an order needs two
            return ""
        parts = [seen[0].name]
        for earlier, one in pairwise(seen):
            apart = (one.since or 0.0) - (earlier.since or 0.0)
            parts.append(one.name if apart < TOGETHER_SECONDS else f"then {one.name} {seconds_in_words(apart)} later")
        together = all(not part.startswith("then ") for part in parts)
        return f": {listed(parts)} together" if together else f": {', '.join(parts)}"

    def _moved(self, moved: Moved) -> str:
        if moved.before is None or moved.after is None:
            return ""
        metric = next(one for one in self.release.plan.metrics if one.name == moved.metric)
        before, after = (quantity_in_words(value, metric.unit) for value in (moved.before, moved.after))
        spread = ""
        if moved.ratio is not None and moved.low is not None and moved.high is not None:
            between = f"between {_many(moved.low)} and {_many(moved.high)} at 95 %"
            spread = f", {_many(moved.ratio)} times worse, {between}"
        return f"{moved.metric} {before} before, {after} after{spread}"

    @property
    def _look_at(self) -> str:
        onset = self.past.time(self.since if self.since is not None else self.trouble.at)
        names = listed([one.name for one in self.broken if one.metric is not None])
        match self.trouble.cause:
            case "deploy":
                return f"Read the deployer's output of {onset}."
            case "blindness":
                return f"Find out why nothing could be read from {onset} on."
            case "person" if not self.broken:
                return f"Ask {self.trouble.by} what they saw before {onset}, and write it down here."
            case _ if self.control_moved is Sureness.YES:
                return f"Look at what both versions share (database, network, providers) from {onset} on."
            case _:
                return f"Look at {names or 'the logs of the new version'} from {onset} on."

    @property
    def _begin_with(self) -> str:
        first = self.prime_suspects
        if first:
            names = listed([reference(one.change) for one in first])
            authors = listed(tuple(dict.fromkeys(line(one.change.author, 60) for one in first)))
            return f"Begin with {names}; ask {authors}."
        if not self.release.changes or self.control_moved is Sureness.YES:
            return ""
        return "No change stands out." if self.trouble.cause in ("verdict", "failing", "person") else ""

    @property
    def _then(self) -> str:
        release, same = self.release, f"`/stage {called_flat(self.release)}`"
        if release.rollback is None:
            after = f"`/release resume {release.id}` lets it go on" if release.held else "it goes on by itself"
            return f"`/release rollback {release.id} REASON` takes it back; once this is over, {after}."
        if not release.blocks_build:
            return f"Then {same} again, or a version that mends it."
        if self.control_moved is Sureness.YES or not self.broken:
            return f"Its build is blocked: `/release unblock {release.id} REASON`, then {same}."
        return f"Stage what mends it: `/stage {release.service} VERSION`."


def _many(ratio: float) -> str:
    """`1.6`, `160`."""
    return words.times(ratio).rstrip(words.TIMES)


def _joined(first: str, second: str) -> str:
    """Two sentences as one."""
    return f"{first.rstrip('.')}; {second}" if first and second else first or second
