"""A question, read: what it is about, and which metric, change, time or person of the release it names.

Nothing of a question is kept but what it names; so nothing of it can get into an answer. The one thing to remember: a
question in which Songbird knows fewer words than it does not know is one that it does not answer.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from bot.core.actors import SONGBIRD
from bot.core.contents import Change
from bot.core.metric import Metric
from bot.core.model import Release
from bot.texts.answers.vocabulary import KINDS, MEANINGS, SMALL, TEXTS
from bot.texts.diagnosis.subjects import words_of
from bot.texts.past import Past

QUESTION_MAX = 300
"""Characters that are read: whoever writes more has not asked a question."""

WHETHER = frozenset(
    ["is", "are", "was", "were", "did", "does", "do", "has", "have", "had", "can", "could", "will", "would"]
)
"""Words that a question for a yes or a no begins with."""

NEAR_WORD = 0.84
NEAR_METRIC = 0.75
NEAR_LETTERS_MIN = 4
NEAR_LENGTH_MAX = 2
"""How alike (difflib's ratio) a mistyped word is to the one that was meant, and how much longer or shorter. Words of
less than four letters are too easily alike."""

DAY_SECONDS = 86_400.0
AROUND_SECONDS = 15.0
"""Around a time of day: what happened "at 14:02"."""

_WORD = re.compile(r"[a-z0-9][a-z0-9'.:#-]*|#\d+|%")
_NUMBER = re.compile(r"(?:#|pr-?|!)?(\d{1,6})")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
_PERCENT = re.compile(r"\b\d{1,3}(?:\.\d+)? ?%")
_LAST = re.compile(r"(?:last|past) (\d{1,4}) ?(s|seconds?|m|min|minutes?|h|hours?|d|days?)\b")
_QUANTILE = re.compile(r"p\d{2,3}")
_HOW_TO = re.compile(
    r"how to\b|(?:how (?:do|does|would|should) |(?:how )?(?:can|could|may) )(?:i|we|one|you|somebody|someone)\b"
)
_DID = re.compile(r"what (?:else )?(?:did|has|have|had) (?!it\b|this\b|they\b|we\b|you\b|i\b)|\bdone by\b")
_NOBODY = frozenset({SONGBIRD.name})
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_RELEASE = re.compile(r"[a-z][a-z0-9-]{0,30}-[1-9][0-9]*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question names. `known` and `unknown` count its words that mean something here, and those that do not."""

    meanings: frozenset[str] = frozenset()
    metric: Metric | None = None
    number: int | None = None
    """Of a pull request."""
    person: str | None = None
    since: float | None = None
    until: float | None = None
    other_release: str | None = None
    text: str | None = None
    """A kind of text: `notes`."""
    is_whether: bool = False
    """It wants a yes or a no."""
    changes: tuple[Change, ...] = ()
    """Those whose titles or files share a word with the question that means nothing else."""
    known: int = 0
    unknown: int = 0

    @property
    def is_empty(self) -> bool:
        return not self.known and not self.unknown

    @property
    def is_understood(self) -> bool:
        return self.known > self.unknown

    def means(self, *any_of: str) -> bool:
        return bool(self.meanings.intersection(any_of))


def read(question: str, release: Release, past: Past) -> Asked:
    text = " ".join(question[:QUESTION_MAX].lower().replace("\u2019", "'").split())
    typed = [word.rstrip(".:'-") for word in _WORD.findall(_PERCENT.sub(" percent ", _LAST.sub(" ", text)))]
    since, until = _times(text, past)
    neutral = _names(release, past)
    metric, metric_words = _metric(typed, release.plan.metrics)
    words = [_corrected(word, neutral | metric_words, release.changes) for word in typed]
    meanings, meant = _meanings(words)
    itself = {name.lower() for name in (release.id, release.service, release.name, release.ref)}
    if any(word == "in" and set(words[at + 1 : at + 2]) <= itself for at, word in enumerate(words)):
        meanings |= {"inside"}  # "is #42 in?", "… in shop-7?"
    if _DID.match(text):
        meanings |= {"did"}
    if _HOW_TO.match(text):
        meanings |= {"how_to"}
    number, person = _number(words, meanings), _person(words, past)
    numbered = frozenset() if number is None else frozenset({str(number), f"#{number}"})
    rest = [word for word in words if word not in SMALL | meant | metric_words | neutral | numbered]
    rest = [word for word in rest if not _is_clock(word)]
    left = [word for word in rest if not any(words_of(word) & _words(change) for change in release.changes)]
    understood = len([word for word in words if word in meant | metric_words]) + len(rest) - len(left)
    return Asked(
        meanings=meanings,
        metric=metric,
        number=number,
        person=person,
        since=since,
        until=until,
        other_release=next((word for word in words if _is_other_release(word, release)), None),
        text=_text(words),
        is_whether=bool(words) and words[0] in WHETHER,
        changes=_about(rest, release.changes),
        known=understood + (number is not None) + (since is not None) + (person is not None),
        unknown=len(left),
    )


# ── meanings ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def _vocabulary() -> tuple[Mapping[str, frozenset[str]], Sequence[tuple[tuple[str, ...], str]]]:
    """By word what it may mean; and the phrases, longest first."""
    single: dict[str, set[str]] = {}
    phrases: list[tuple[tuple[str, ...], str]] = []
    for meaning, written in MEANINGS.items():
        for word in written.split():
            if "_" in word:
                phrases.append((tuple(word.split("_")), meaning))
            else:
                single.setdefault(word, set()).add(meaning)
    phrases.sort(key=lambda phrase: -len(phrase[0]))
    return {word: frozenset(meant) for word, meant in single.items()}, phrases


def _meanings(words: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """All that the words mean, and the words that mean it."""
    single, phrases = _vocabulary()
    meanings, meant = set[str](), set[str]()
    for phrase, meaning in phrases:
        length = len(phrase)
        if any(tuple(words[at : at + length]) == phrase for at in range(len(words) - length + 1)):
            meanings.add(meaning)
            meant.update(phrase)
    for word in words:
        if word in single:
            meanings |= single[word]
            meant.add(word)
    return frozenset(meanings), frozenset(meant)


@cache
def _spelled() -> frozenset[str]:
    """Every word that is understood, those of phrases too."""
    single, phrases = _vocabulary()
    return frozenset(single) | SMALL | {word for phrase, _ in phrases for word in phrase}


def _corrected(word: str, named: frozenset[str], changes: Sequence[Change]) -> str:
    """The word that was probably meant, where this one is understood by nobody."""
    is_known = word in _spelled() or word in named or any(words_of(word) & _words(change) for change in changes)
    if is_known or len(word) < NEAR_LETTERS_MIN:
        return word
    swapped = [f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}" for at in range(len(word) - 1)]
    if turned := [one for one in swapped if one in _spelled()]:
        return turned[0]  # two letters in the wrong order are less alike to difflib than they are to people
    alike = [one for one in sorted(_spelled()) if abs(len(one) - len(word)) <= NEAR_LENGTH_MAX]
    return next(iter(difflib.get_close_matches(word, alike, n=1, cutoff=NEAR_WORD)), word)


# ── what it names ────────────────────────────────────────────────────────────────────────────────────────────────────


def _metric(words: Sequence[str], metrics: Sequence[Metric]) -> tuple[Metric | None, frozenset[str]]:
    """The metric meant, and the words that mean it: by name, by a part of it, by kind, by a near miss."""
    found, spoken = _by_name(words, metrics)
    if found is None:
        return _near_metric(words, metrics)
    return found, spoken | {word for word in words if word in KINDS[found.kind].split()}


def _by_name(words: Sequence[str], metrics: Sequence[Metric]) -> tuple[Metric | None, frozenset[str]]:
    """The one that is named most fully: `login errors` is no `errors`, and `p95 latency` no `latency-p50`."""
    whole = [metric for metric in metrics if _is_named(metric, words)]
    if whole:
        metric = max(whole, key=lambda one: len(one.name))
        return metric, frozenset({metric.name, *metric.name.split("-")})
    quantiles = {word for word in words if _QUANTILE.fullmatch(word)}
    parts = {metric.name: _parts_named(metric, words) for metric in metrics}
    named = [metric for metric in metrics if parts[metric.name]]
    if named:
        metric = max(named, key=lambda one: (len(parts[one.name] | (_tail(one) & quantiles)), -len(one.name)))
        return metric, frozenset(parts[metric.name] | (_tail(metric) & quantiles))
    for kind, written in KINDS.items():
        spoken = {word for word in words if word in written.split()}
        if spoken and (of_kind := [metric for metric in metrics if metric.kind == kind]):
            return max(of_kind, key=lambda one: bool(_tail(one) & quantiles)), frozenset(spoken)
    return None, frozenset()


def _is_named(metric: Metric, words: Sequence[str]) -> bool:
    parts = tuple(metric.name.split("-"))
    return metric.name in words or any(tuple(words[n : n + len(parts)]) == parts for n in range(len(words)))


def _parts_named(metric: Metric, words: Sequence[str]) -> set[str]:
    return {word for word in words if word not in SMALL and words_of(word) & words_of(metric.name)}


def _tail(metric: Metric) -> set[str]:
    """`p95`: what people call its quantile."""
    return set() if metric.quantile is None else {f"p{metric.quantile * 100:.4g}".replace(".", "")}


def _near_metric(words: Sequence[str], metrics: Sequence[Metric]) -> tuple[Metric | None, frozenset[str]]:
    _, meant = _meanings(words)
    parts = {part: metric for metric in reversed(metrics) for part in (*metric.name.split("-"), metric.name)}
    for word in words:
        if len(word) >= NEAR_LETTERS_MIN and word not in SMALL | meant:
            for near in difflib.get_close_matches(word, parts, n=1, cutoff=NEAR_METRIC):
                return parts[near], frozenset({word})
    return None, frozenset()


def _number(words: Sequence[str], meanings: frozenset[str]) -> int | None:
    """`#42`, `PR 42`; a bare number only where changes are spoken of."""
    for word in words:
        found = _NUMBER.fullmatch(word)
        if found and (not word.isdigit() or meanings & {"change", "author", "suspect"}):
            return int(found[1])
    return None


def _people(past: Past) -> list[str]:
    return [name for name in past.names.values() if name]


def _person(words: Sequence[str], past: Past) -> str | None:
    """By the whole name before a part of it."""
    spoken = f" {' '.join(words)} "
    whole = next((name for name in _people(past) if f" {name.lower()} " in spoken), None)
    parts = (name for name in _people(past) for part in name.lower().split() if f" {part} " in spoken)
    return whole or next((name for name in parts if name not in _NOBODY), None)


def _text(words: Sequence[str]) -> str | None:
    spoken = f"_{'_'.join(words)}_"
    return next((kind for kind, word in TEXTS.items() if f"_{word}_" in spoken), None)


def _names(release: Release, past: Past) -> frozenset[str]:
    """Words that name the release or somebody in its story; they are neither known nor unknown."""
    plan = release.plan
    stages = [stage.environment or stage.name for stage in plan.stages]
    told = [release.id, release.service, release.name, release.ref, plan.title, *plan.roles, *stages, *_people(past)]
    whole = {word.lower() for word in told}
    return frozenset(whole | {part for word in whole for part in re.split(r"[\s-]+", word)})


def _is_other_release(word: str, release: Release) -> bool:
    """`shop-7`, where the release is `shop-1`."""
    return bool(_RELEASE.fullmatch(word)) and word != release.id and word.startswith(f"{release.service}-")


@cache
def _words(change: Change) -> frozenset[str]:
    return frozenset().union(words_of(change.title), words_of(change.author), *map(words_of, change.paths))


def _about(words: Sequence[str], changes: Sequence[Change]) -> tuple[Change, ...]:
    wanted = frozenset().union(*map(words_of, words)) if words else frozenset()
    return tuple(change for change in changes if wanted & _words(change))


# ── times ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _is_clock(word: str) -> bool:
    return bool(_CLOCK.fullmatch(word))


def _times(text: str, past: Past) -> tuple[float | None, float | None]:
    """The window that is spoken of: `between 14:02 and 14:05`, `at 14:02`, `since 14:02`, `in the last 5 minutes`."""
    if last := _LAST.search(text):
        return past.now - int(last[1]) * _SECONDS[last[2][0]], past.now
    clocks = [_clock(found, past.now) for found in _CLOCK.finditer(text)]
    if not clocks:
        return None, None
    if len(clocks) > 1:
        since, until = clocks[:2]
        if until < since:  # the second has not come yet, or is of the day after
            until = min(until + DAY_SECONDS, past.now)
        return since, until + (AROUND_SECONDS if since == until else 0.0)
    if re.search(r"\b(?:since|after|from)\b", text):
        return clocks[0], past.now
    if re.search(r"\b(?:until|before|till)\b", text):
        return float("-inf"), clocks[0]
    return clocks[0] - AROUND_SECONDS, clocks[0] + AROUND_SECONDS


def _clock(found: re.Match[str], now: float) -> float:
    """The last time that a clock in UTC showed this."""
    present = datetime.fromtimestamp(now, UTC)
    hour, minute, second = (int(part or 0) for part in found.groups())
    then = present.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return (then if then <= present else then - timedelta(days=1)).timestamp()
