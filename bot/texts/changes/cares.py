"""Files that deserve a second look before they are released, and what their names say of migrations. Pure.

The one thing to remember: only a path and the words of its change are known here, never what the file does. A name
may say that a migration drops something; that it says nothing is no proof that it does not.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.texts.markdown import code

MIGRATION, CONFIGURATION, API, FLAG, DEPENDENCY = "Migration", "Configuration", "API", "Feature flag", "Dependencies"
SORTS = (MIGRATION, API, CONFIGURATION, FLAG, DEPENDENCY)
"""In the order of how much they can hurt."""

_SIGNS = {
    MIGRATION: (r"(?:migrations?|migrate|alembic/versions)/(?:.*/)?(?!__init__)[^/]+\.\w+$", (".sql",)),
    API: (
        r"(?:openapi|swagger)[\w.-]*(?:/|\.(?:ya?ml|json)$)",
        (".proto", ".graphql", ".graphqls", ".avsc", ".thrift", ".wsdl", ".xsd", ".schema.json"),
    ),
    FLAG: (r"(?:feature[-_]?(?:flags?|toggles?)|flags|toggles)(?:/|\.\w+$)", ()),
    DEPENDENCY: (
        (
            r"(?:requirements[\w.-]*\.(?:txt|in)|package(?:-lock)?\.json|pnpm-lock\.yaml|go\.(?:mod|sum)|pom\.xml|gemfile"
            r"|build\.gradle(?:\.kts)?|cargo\.toml|pyproject\.toml|setup\.(?:py|cfg)|composer\.json)$"
        ),
        (".lock",),
    ),
    CONFIGURATION: (
        (
            r"(?:(?:conf|configs?|configuration|settings|deploy|deployment|helm|charts|k8s|terraform"
            r"|ansible)(?:/|\.\w+$)|(?:dockerfile|docker-compose|compose|procfile|\.env)(?:[.-][\w.-]+)?$|values[\w.-]*\.ya?ml$)"
        ),
        (),
    ),
}
"""How a part of a path begins, and how a path ends, in small letters; the first sort that matches counts."""

_BEGINNINGS = {sort: re.compile(rf"(?:^|/){beginning}") for sort, (beginning, _) in _SIGNS.items()}
_ANY_BEGINNING = re.compile(rf"(?:^|/)(?:{'|'.join(beginning for beginning, _ in _SIGNS.values())})")
_ANY_ENDING = tuple(ending for _, endings in _SIGNS.values() for ending in endings)
_ASIDE = re.compile(
    r"(?:^|/)(?:docs?|tests?|__tests__|spec|fixtures|examples?|node_modules)/|\.(?:md|rst|txt\.j2)$", re.IGNORECASE
)

_DOWN = re.compile(
    r"(?:^|[/._-])(?:down|undo|rollback|revert|downgrade)(?=[/._-])|(?:^|/)U(?=\d[\w.]*__)", re.IGNORECASE
)
_UP = re.compile(r"(?:^|[/._-])(?:up|upgrade|do)(?=[/._-])|(?:^|/)V(?=\d[\w.]*__)", re.IGNORECASE)
_DESTROYS = re.compile(r"(?<![a-z])(?:drop|delete|remove|rename|truncate|purge|destroy|contract)", re.IGNORECASE)
_EXPANDS = re.compile(r"(?<![a-z])(?:add|create|new|index|expand|initial|introduce)", re.IGNORECASE)
_SPEAKS_OF_A_FLAG = re.compile(r"\bfeature[ -]?(?:flag|toggle)s?\b|\bbehind (?:a|the) (?:\S+ )?flag\b", re.IGNORECASE)


class Effect(StrEnum):
    """What the name of a migration, or the title of its change, says that it does."""

    DESTROYS = "destroys"
    EXPANDS = "expands"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True)
class Migration:
    """`down` is the file of the same change that undoes it; empty where there is none. Both as code, for print."""

    path: str
    down: str
    effect: Effect


def sort_of(path: str) -> str | None:
    """Which of SORTS a file is; None for most."""
    small = path.casefold()
    if not (_ANY_BEGINNING.search(small) or small.endswith(_ANY_ENDING)) or _ASIDE.search(path):
        return None
    return next(sort for sort in _SIGNS if _BEGINNINGS[sort].search(small) or small.endswith(_SIGNS[sort][1]))


def migrations(paths: Iterable[str], title: str) -> Iterator[Migration]:
    """The migrations of one change, each with what undoes it. A file that undoes is none by itself."""
    every = [path for path in paths if sort_of(path) == MIGRATION]
    downs = {_stem(path): path for path in every if is_way_back(path)}
    for path in every:
        if not is_way_back(path):
            down = downs.get(_stem(path))
            yield Migration(code(path), code(down) if down else "", _effect(path.rpartition("/")[2], title))


def is_way_back(path: str) -> bool:
    """Whether a migration's file is there to undo another."""
    return _DOWN.search(path) is not None


def speaks_of_a_flag(title: str) -> bool:
    return _SPEAKS_OF_A_FLAG.search(title) is not None


def _stem(path: str) -> str:
    """The same for a migration and what undoes it: `7.up.sql` and `7.down.sql`, `V7__x.sql` and `U7__x.sql`."""
    return _UP.sub("", _DOWN.sub("", path)).casefold()


def _effect(name: str, title: str) -> Effect:
    for words in (name, title):
        if _DESTROYS.search(words):
            return Effect.DESTROYS
    return Effect.EXPANDS if _EXPANDS.search(name) or _EXPANDS.search(title) else Effect.UNTOLD
