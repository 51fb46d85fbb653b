"""The changes of a release, ranked by how well each fits what broke. Points from two tables, a sentence for each point.

What speaks for a change, for each metric that broke (the best of them counts, and they do not add up):

    its files name the metric or its subject        4   `checkout-failures`: shop/checkout.py
    its files name what belongs to that subject     3   `checkout-failures`: shop/payments.py
    its title or its commits do the same            3, 2
    what sort of change it is, by the metric's kind 1-3 migrations, configuration, dependencies, flags … (`SORTS`)
    it was made for speed, which costs memory       2   `perf: …`, where a resource or the time of answers broke
    its words fit the kind                          2   performance: query, index, pool, timeout … (`subjects`)
    it changes code that runs                       1
    its size                                        1-2
    it takes something back                         1

A change of documentation and tests alone has no points, comes last, and is told why. Ties go to whoever touches more
files, then to the newest. The one thing to remember: a word that most changes share tells nothing, and is not counted.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import promql_parser

from bot.core.contents import Change
from bot.core.foreign import flat
from bot.core.model import Release
from bot.texts.diagnosis.broken import Broken
from bot.texts.diagnosis.subjects import DULL, HINTS, related, words_of
from bot.texts.markdown import line
from bot.texts.plain import listed, reference

STANDS_OUT_MIN = 3
"""Points below which a change fits no better than any other would."""
STANDING_OUT_MAX = 2
"""More changes with the same points, and none stands out."""
SHARED_MAX = 0.5
"""Of the changes with code: a word that more of them have tells nothing."""
SHARED_CHANGES_MIN = 3

BIG_FILES = 8
HUGE_FILES = 25
PATHS_SHOWN_MAX = 2
TITLE_MAX = 120

_QUIET_PLACE = re.compile(
    r"(?:^|/)(?:docs?|tests?|specs?|__tests__|examples|\.github|\.gitlab|\.ci)/|(?:^|/)(?:test_[^/]*|conftest\.py)$"
    r"|[._-](?:test|spec)\.\w+$|_test\.\w+$",
    re.IGNORECASE,
)
_QUIET_FORM = re.compile(r"\.(?:md|rst|adoc|txt|png|svg)$|(?:^|/)(?:LICENSE|CODEOWNERS|\.gitignore)$", re.IGNORECASE)
"""Files that change nothing of how a version runs: by where they are, or by their form unless it is of some sort."""

SORTS: dict[str, tuple[re.Pattern[str], dict[str, int]]] = {
    "a database migration": (
        re.compile(r"(?:^|/)(?:migrations?|migrate|alembic)/|\.sql$", re.IGNORECASE),
        {"errors": 2, "performance": 2, "functional": 1, "resource": 1, "deploy": 3, "silence": 2},
    ),
    "configuration": (
        re.compile(
            r"(?:^|/)(?:config|configs|conf|settings|deploy|helm|charts|k8s|terraform)(?:/|\.\w+$)"
            r"|(?:^|/)(?:Dockerfile|Procfile|values[\w-]*\.ya?ml)$|\.(?:toml|ini|env|conf|properties)$",
            re.IGNORECASE,
        ),
        {"errors": 2, "performance": 2, "functional": 1, "resource": 3, "deploy": 3, "silence": 3, "blindness": 2},
    ),
    "dependencies": (
        re.compile(
            r"(?:^|/)(?:requirements[\w.-]*\.txt|pyproject\.toml|package(?:-lock)?\.json|[\w.-]+\.lock"
            r"|pnpm-lock\.yaml|go\.(?:mod|sum)|pom\.xml|build\.gradle(?:\.kts)?|Gemfile|Cargo\.toml)$"
        ),
        {"errors": 2, "performance": 2, "functional": 1, "resource": 2, "deploy": 2, "silence": 2, "blindness": 1},
    ),
    "a feature flag": (
        re.compile(r"(?:^|[/_.-])(?:flags?|toggles?|experiments?|rollouts?)(?:[/_.-]|$)", re.IGNORECASE),
        {"errors": 1, "performance": 1, "functional": 2, "business": 3},
    ),
    "what people see": (
        re.compile(r"\.(?:html|j2|css|scss|tsx|jsx|vue|svelte)$|(?:^|/)(?:templates|frontend|static)/", re.IGNORECASE),
        {"functional": 1, "business": 2},
    ),
    "what every request passes": (
        re.compile(r"(?:^|[/_-])(?:middlewares?|interceptors?|wsgi|asgi|server|gateway)(?:/|\.\w+$)", re.IGNORECASE),
        {"errors": 2, "performance": 2, "resource": 2},
    ),
}
"""Sorts of change by their files, and how often each is behind what broke, by the metric's kind."""

_BY_TITLE: dict[str, re.Pattern[str]] = {
    "a database migration": re.compile(r"\bmigrations?\b", re.IGNORECASE),
    "configuration": re.compile(r"\b(?:config|configuration)\b", re.IGNORECASE),
    "dependencies": re.compile(r"(?:build|chore|fix)\((?:deps|deps-dev)\)|build: |\bbumps?\b", re.IGNORECASE),
    "a feature flag": re.compile(r"\bfeature[ -]flags?\b", re.IGNORECASE),
}
"""The same by title, for a change whose files are not known."""

_NO_CODE = frozenset({"a database migration", "configuration", "dependencies", "what people see"})

_DOES = {
    "errors": "is apt to raise errors",
    "performance": "is apt to slow things down",
    "resource": "is apt to use more",
    "functional": "is apt to break a flow",
    "business": "is apt to change what people do",
    "silence": "is apt to keep it from answering",
    "deploy": "is apt to stop a deploy",
    "blindness": "is apt to hide the metrics",
}

_SPEED = re.compile(r"perf(?:\([^)]*\))?!?: ", re.IGNORECASE)
_SPEED_COSTS = frozenset({"resource", "performance"})
_REVERT = re.compile(r'(?:Revert "|revert(?:\([^)]*\))?!?:)', re.IGNORECASE)
_QUIET_TITLE = re.compile(r"(?:docs?|tests?|style|ci)(?:\([^)]*\))?: ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Symptom:
    """Something that broke: what it is called, of which kind, and the words it is about."""

    name: str
    kind: str
    words: frozenset[str]

    @property
    def related(self) -> frozenset[str]:
        return related(self.words)


@dataclass(frozen=True, slots=True)
class Suspect:
    """A change, its points, and a sentence with its evidence for each."""

    change: Change
    score: int
    reasons: tuple[str, ...]
    is_quiet: bool = False
    """Documentation and tests alone."""

    @property
    def words(self) -> str:
        """`#48 An order and its payment in one transaction (Teo Marin)`."""
        return f"{reference(self.change)} {line(self.change.title, TITLE_MAX)} ({line(self.change.author, 60)})"


# ── what broke ───────────────────────────────────────────────────────────────────────────────────────────────────────


def symptoms_of(release: Release, broken: Sequence[Broken], cause: str, reason: str) -> tuple[Symptom, ...]:
    """One a broken metric; without any, the cause and the words of whoever said it."""
    dull = words_of(release.service)
    found = [Symptom(one.name, one.kind, _subject(one) - dull) for one in broken if one.metric is not None]
    if any(one.metric is None for one in broken):
        found.append(Symptom("its silence", "silence", frozenset()))
    if not broken:
        name = {"deploy": "the failed deploy", "blindness": "the blindness"}.get(cause, "what was reported")
        about = frozenset({"metrics"}) if cause == "blindness" else words_of(flat(reason)) - DULL
        found.append(Symptom(name, cause, about - dull))
    return tuple(found)


def _subject(broken: Broken) -> frozenset[str]:
    """What a metric is about: its name, its series, and what its selectors ask for (not what they leave out)."""
    metric = broken.metric
    selectors = [] if metric is None else [metric.counter, metric.histogram, metric.gauge]
    told = [broken.name, *chain.from_iterable(_selected(one) for one in selectors if one)]
    return frozenset(chain.from_iterable(words_of(text) for text in told)) - DULL


def _selected(selector: str) -> Iterator[str]:
    parsed = promql_parser.parse(selector)
    assert isinstance(parsed, promql_parser.VectorSelector), f"{selector!r} was checked with the plan"
    yield parsed.name or ""
    wanted = (promql_parser.MatchOp.Equal, promql_parser.MatchOp.Re)
    for matcher in parsed.matchers.matchers:
        if matcher.op in wanted:
            yield matcher.value


# ── the rank ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def rank(changes: Sequence[Change], symptoms: Sequence[Symptom]) -> tuple[Suspect, ...]:
    """All changes, the likeliest first; `changes` are newest first."""
    common = _common(changes)
    found = [_suspect(change, symptoms, common) for change in changes]
    place = {id(suspect): number for number, suspect in enumerate(found)}
    return tuple(sorted(found, key=lambda s: (s.is_quiet, -s.score, -len(s.change.paths), place[id(s)])))


def standing_out(suspects: Sequence[Suspect]) -> tuple[Suspect, ...]:
    """The one or two that fit clearly better than the others; none where that cannot be said."""
    best = max((suspect.score for suspect in suspects), default=0)
    loud = [suspect for suspect in suspects if not suspect.is_quiet]
    if len(loud) == 1 and len(suspects) > 1:
        return tuple(loud)
    first = tuple(suspect for suspect in suspects if suspect.score == best)
    return first if best >= STANDS_OUT_MIN and len(first) <= STANDING_OUT_MAX else ()


def _common(changes: Sequence[Change]) -> frozenset[str]:
    """Words that most changes have in the names of their files."""
    loud = [_in_paths(change) for change in changes if not is_quiet(change)]
    if len(loud) < SHARED_CHANGES_MIN:
        return frozenset()
    every = set(chain.from_iterable(loud))
    return frozenset(word for word in every if sum(word in words for words in loud) > SHARED_MAX * len(loud))


def is_quiet(change: Change) -> bool:
    """Whether it can have changed nothing of how the version runs."""
    if not change.paths:
        return bool(_QUIET_TITLE.match(change.title))
    return not any(_runs(path) for path in change.paths)


def _runs(path: str) -> bool:
    """Whether a file is part of what runs, or of what it runs with."""
    return not _QUIET_PLACE.search(path) and (bool(_sorts_of(path)) or not _QUIET_FORM.search(path))


def _sorts_of(path: str) -> tuple[str, ...]:
    return tuple(sort for sort, (pattern, _) in SORTS.items() if pattern.search(path))


def _suspect(change: Change, symptoms: Sequence[Symptom], common: frozenset[str]) -> Suspect:
    if is_quiet(change):
        reason = "it changes documentation, tests or checks alone, and so nothing of how the version runs"
        return Suspect(change, 0, (reason,), is_quiet=True)
    evidence = [
        *(_best(_by_files(change, symptom, common) for symptom in symptoms)),
        *(_best(_by_title(change, symptom) for symptom in symptoms)),
        *(_best(_by_sort(change, symptom) for symptom in symptoms)),
        *(_best(_by_hints(change, symptom) for symptom in symptoms)),
        *(_best(_by_speed(change, symptom) for symptom in symptoms)),
        *_by_itself(change),
    ]
    if not evidence:
        return Suspect(change, 0, ("nothing about it fits what broke",))
    only = symptoms[0].name if len({symptom.name for symptom in symptoms}) == 1 else ""
    reasons = tuple(reason.removeprefix(f"{only}: ") for _, reason in evidence)  # where only one broke, it goes unsaid
    return Suspect(change, sum(points for points, _ in evidence), reasons)


Points = tuple[int, str]
"""What speaks for a change, and the sentence that says so."""


def _best(found: Iterable[Points | None]) -> list[Points]:
    told = [points for points in found if points is not None]
    return [max(told, key=lambda points: points[0])] if told else []


def _by_files(change: Change, symptom: Symptom, common: frozenset[str]) -> Points | None:
    named = {path: _named(path) - common for path in change.paths if _runs(path)}
    for points, wanted, why in ((4, symptom.words, "name"), (3, symptom.related, "are of the same subject, with")):
        paths = [path for path, words in named.items() if words & wanted]
        if paths:
            found = sorted(frozenset(chain.from_iterable(named[path] for path in paths)) & wanted)
            return points, f"{symptom.name}: its files {why} {listed(found)}: {_shown(paths)}"
    return None


def _by_title(change: Change, symptom: Symptom) -> Points | None:
    said = _in_words(change)
    for points, wanted, why in ((3, symptom.words, "names"), (2, symptom.related, "is of the same subject, with")):
        if found := sorted(said & wanted):
            return points, f"{symptom.name}: its title or a commit's {why} {listed(found)}"
    return None


def _by_sort(change: Change, symptom: Symptom) -> Points | None:
    worth = {sort: SORTS[sort][1].get(symptom.kind, 0) for sort in _sorts(change)}
    best = max(worth, key=lambda sort: worth[sort], default=None)
    return (worth[best], _touches(change, best, symptom)) if best is not None and worth[best] else None


def _sorts(change: Change) -> tuple[str, ...]:
    if not change.paths:
        return tuple(sort for sort, pattern in _BY_TITLE.items() if pattern.search(change.title))
    return tuple(dict.fromkeys(sort for path in change.paths for sort in _sorts_of(path)))


def _touches(change: Change, sort: str, symptom: Symptom) -> str:
    paths = [path for path in change.paths if sort in _sorts_of(path)]
    shown = f"it touches {sort}: {_shown(paths)}" if paths else f"it touches {sort}, going by its title"
    return f"{symptom.name}: {shown}"


def _by_hints(change: Change, symptom: Symptom) -> Points | None:
    found = sorted((_in_words(change) | _in_paths(change)) & HINTS.get(symptom.kind, frozenset()) - symptom.words)
    return (2, f"{symptom.name}: it is about {listed(found)}, and that {_DOES[symptom.kind]}") if found else None


def _by_speed(change: Change, symptom: Symptom) -> Points | None:
    fits = symptom.kind in _SPEED_COSTS and _SPEED.match(change.title)
    return (2, f"{symptom.name}: it was made for speed, and that often costs something else") if fits else None


def _by_itself(change: Change) -> Iterator[Points]:
    if any(_runs(path) and not _NO_CODE.intersection(_sorts_of(path)) for path in change.paths):
        yield 1, "it changes code that runs"
    files = len(change.paths)
    if files >= BIG_FILES:
        yield 2 if files >= HUGE_FILES else 1, f"it is large: {files} files"
    if _REVERT.match(change.title):
        yield 1, "it takes something back that others may count on"


def _in_paths(change: Change) -> frozenset[str]:
    return frozenset(chain.from_iterable(map(_named, change.paths)))


def _named(path: str) -> frozenset[str]:
    """The words of a path without its ending: `orders.sql` is about orders."""
    return words_of(re.sub(r"\.\w+$", "", path))


def _in_words(change: Change) -> frozenset[str]:
    """The words of its title, and of its commits' subjects, which stand in the body."""
    commits = [line for line in change.body.splitlines() if line.startswith("* ")]
    return frozenset(chain.from_iterable(words_of(line) for line in (change.title, *commits))) - DULL


def _shown(paths: Sequence[str]) -> str:
    shown = ", ".join(line(path, 80) for path in paths[:PATHS_SHOWN_MAX])
    more = len(paths) - PATHS_SHOWN_MAX
    return f"{shown} and {more} more" if more > 0 else shown
