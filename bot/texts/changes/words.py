"""Under which heading a change stands, by the words that projects use for it: kinds, emoji, verbs, paths. Pure.

What is declared counts first: a kind before a colon (`fix(cart): …`, `BUG: …`, `[docs] …`), an emoji, a label. Then the
paths, where they agree; last the verb that a title begins with. The one thing to remember: nothing is guessed from
what a change might mean. A title that says nothing stands under `OTHER`, and is shown.
"""

import re
from collections.abc import Iterable

BREAKING, SECURITY, NEW, CHANGED, FIXED, FASTER = "Breaking", "Security", "New", "Changed", "Fixed", "Faster"
GOING, BACK, OTHER = "Deprecated or removed", "Taken back", "Other changes"
TRANSLATIONS, DOCS, DEPENDENCIES, HOOD = "Translations", "Documentation", "Dependencies", "Under the hood"

_KINDS = {
    BREAKING: "breaking breaking-change breaking-changes api-change",
    SECURITY: "security sec vuln",
    NEW: "feat feature features new enh enhancement add added",
    CHANGED: "update updated change changed changes improve improved improvement tweak",
    FIXED: "fix fixes fixed bug bugfix bugfixes hotfix",
    FASTER: "perf performance optimize optimise optimization optimisation",
    GOING: "dep deprecate deprecated deprecation remove removed removal",
    BACK: "revert reverts reverted rev",
    OTHER: "",
    TRANSLATIONS: "i18n l10n translation translations po",
    DOCS: "docs doc documentation readme changelog release-notes relnotes",
    DEPENDENCIES: "deps dependencies upgrade deps-dev vendor",
    HOOD: "refactor refactoring test tests tst build bld ci chore style sty maint maintenance mnt dev tool tools "
    "tooling typ typing types lint cleanup clean infra bench benchmark benchmarks rel internal misc meta github gha "
    "workflow workflows cmake meson bazel configure autotools makefile nix gitlab-ci testing",
}
HEADINGS = {heading: frozenset(kinds.split()) for heading, kinds in _KINDS.items()}
"""Headings in their order, with the kinds that stand under each; of several kinds in one change the first counts."""

HIDDEN = frozenset({DOCS, DEPENDENCIES, HOOD})
"""What somebody who uses the product cannot notice."""

ORDER = {heading: place for place, heading in enumerate(HEADINGS)}
_OF_KIND = {kind: heading for heading, kinds in HEADINGS.items() for kind in kinds}

_EMOJI = {
    BREAKING: "💥 :boom:",
    SECURITY: "🔒 🔐 🛂 :lock: :closed_lock_with_key: :passport_control:",
    NEW: "✨ 🎉 🚀 🚸 :sparkles: :tada: :children_crossing:",
    CHANGED: "💄 💬 ♿ 📱 :lipstick: :speech_balloon: :wheelchair: :iphone:",
    FIXED: "🐛 🚑 🩹 🥅 :bug: :ambulance: :adhesive_bandage: :goal_net:",
    FASTER: "⚡ 🐎 :zap: :racehorse:",
    GOING: "🗑 :wastebasket:",
    BACK: "⏪ :rewind:",
    TRANSLATIONS: "🌐 :globe_with_meridians:",
    DOCS: "📝 ✏ 📄 💡 📖 📚 👥 🍱 :memo: :pencil: :pencil2: :page_facing_up: :bulb: :books: :busts_in_silhouette:",
    DEPENDENCIES: "⬆ ⬇ 📌 \u2795 \u2796 :arrow_up: :arrow_down: :pushpin: :heavy_plus_sign: :heavy_minus_sign:",
    HOOD: "♻ 🚚 🏗 🔨 🔧 👷 💚 ✅ 🧪 🚨 🏷 ⚰ 🙈 🌱 🔥 📦 🔊 🔇 📸 🎨 :recycle: :truck: :hammer: :wrench: "
    ":construction_worker: :green_heart: :white_check_mark: :test_tube: :rotating_light: :label: :coffin: "
    ":see_no_evil: :seedling: :fire: :package: :art:",
}
_OF_EMOJI = {sign: heading for heading, signs in _EMOJI.items() for sign in signs.split()}

_PATHS = re.compile(
    r"(?P<translations>\.pot?$|(?:^|/)(?:locales?|translations|i18n|l10n)/)"
    r"|(?P<hood>(?:^|/)(?:tests?|__tests__|spec|testing|testdata|fixtures|e2e|benchmarks?|ci)/|(?:^|/)test_[^/]*$"
    r"|[._-](?:test|tests|spec)\.\w+$|(?:^|/)\.[^/]+|(?:^|/)(?:Jenkinsfile|tox\.ini|conftest\.py|azure-pipelines\.yml)$)"
    r"|(?P<docs>(?:^|/)(?:docs?|man|examples?)/|\.(?:md|rst|adoc|texi|[1-8])$"
    r"|(?:^|/)(?:README|CHANGE(?:LOG|S)|NEWS|LICENSE|AUTHORS|THANKS|CONTRIBUTING)[^/]*$)",
    re.IGNORECASE,
)

_VERBS = {
    NEW: "add adds added adding introduce introduces implement implements support supports allow allows enable enables "
    "expose exposes provide provides",
    CHANGED: "improve improves improved update updates updated change changes changed enhance extend extends",
    FIXED: "fix fixes fixed fixing correct corrects corrected repair repairs prevent prevents resolve resolves",
    FASTER: "optimize optimise optimizes optimises speed",
    GOING: "deprecate deprecates deprecated remove removes removed drop drops dropped",
    DEPENDENCIES: "bump bumps upgrade upgrades",
    HOOD: "refactor refactors refactoring clean cleanup tidy reformat lint rename reuse simplify deduplicate",
}
_OF_VERB = {verb: heading for heading, verbs in _VERBS.items() for verb in verbs.split()}
_FIRST_WORD = re.compile(r"([A-Za-z]+)\b")
_ABOUT_TESTS = re.compile(
    r"(?:\w+[ -]){0,5}(?:(?:unit|functional|snapshot|regression|flaky)[ -])?"
    r"(?:tests?|testing|fixtures?|CI|gates?|lint(?:er|ing)?|flake8|mypy|pre-commit|tox|GitHub Actions?|workflows?|"
    r"type hints|code coverage)\b",
    re.IGNORECASE,
)
_ABOUT_LEFTOVERS = re.compile(
    r"\b(?:unused|un-?needed|unnecessary|redundant|duplicated?|dead|stale|leftover|fixmes?|todos?|commented-out|"
    r"(?:dev|development|test) dependenc(?:y|ies))\b",
    re.IGNORECASE,
)
_A_VERSION = re.compile(r"\d\.\d")
_ONLY_TESTS = re.compile(r"(?:unit|snapshot|integration|functional|e2e|regression) test(?:s|ing)?\b", re.IGNORECASE)
_ABOUT_SPEED = re.compile(r"\b(?:performance|speed)\b", re.IGNORECASE)
_DOCUMENT = re.compile(r"\b(?:README|CHANGELOG|CONTRIBUTING)\b")
_ABOUT_DOCS = re.compile(
    r"\b(?:docs?|documentation|docstrings?|readme|change ?log|release notes?|typos?|contributor guide|api-ref)\b",
    re.IGNORECASE,
)
_ABOUT_TRANSLATIONS = re.compile(
    r"(?:import|update)\w*\b.*\btranslations?\b|.*\btranslations? (?:for|update)", re.IGNORECASE
)


def of_kind(word: str) -> str | None:
    """The heading of a declared kind, such as `fix` or `BUG`; None where the word is no kind."""
    return _OF_KIND.get(word.casefold())


def of_emoji(sign: str) -> str | None:
    """The heading of an emoji or its `:short_code:`, as gitmoji has them; without variation selectors."""
    return _OF_EMOJI.get(sign)


def of_component(component: str) -> str | None:
    """What a component's name says by itself: `tests/cart`, `ci`, `.gitlab-ci`, `docs/relnotes`."""
    if component.startswith("."):
        return HOOD
    said = {of_kind(part.strip()) for part in component.split("/")} & {*HIDDEN, SECURITY, TRANSLATIONS}
    return first_of(heading for heading in said if heading)


def of_paths(paths: Iterable[str]) -> str | None:
    """The heading that all the paths agree on, where they all are documents, tests or translations."""
    groups: set[str] = set()
    for path in paths:
        found = _PATHS.search(path)
        if found is None or found.lastgroup is None:
            return None
        groups.add(found.lastgroup)
    if not groups:
        return None
    return {"translations": TRANSLATIONS, "docs": DOCS}.get(groups.pop(), HOOD) if len(groups) == 1 else HOOD


def of_verb(title: str) -> str | None:
    """What a sentence says with the word that it begins with, and about what."""
    if _ABOUT_TRANSLATIONS.match(title):
        return TRANSLATIONS
    if _ONLY_TESTS.match(title):
        return HOOD
    first = _FIRST_WORD.match(title)
    said = _OF_VERB.get(first[1].casefold()) if first else None
    if said == DEPENDENCIES and not _A_VERSION.search(title):
        said = HOOD
    if said == CHANGED and _ABOUT_SPEED.search(title):
        return FASTER
    if said is not None and (_ABOUT_TESTS.match(title) or (said == GOING and _ABOUT_LEFTOVERS.search(title))):
        return HOOD
    return DOCS if _DOCUMENT.search(title) or (said is not None and _ABOUT_DOCS.search(title)) else said


def first_of(headings: Iterable[str]) -> str | None:
    """Of several, the one that stands first; None of none."""
    return min(headings, key=ORDER.__getitem__, default=None)
