"""Plan files: YAML in, a `Plan` out, or every problem at once, each with its file, its line and the way out.

    shop.yml:41: metrics[2].kind: found "eror"; allowed: errors, performance, …; did you mean "errors"?

`written` reads the file and remembers lines, `shorthand` writes metrics out, `explain` turns pydantic's errors into
sentences, `advice` says what is allowed and still unwise. To forget: `${NAME}` in a plan is filled in when the file is
read, and the filled plan goes into the journal, so a plan is no place for a secret.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from bot.core.errors import Misconfigured
from bot.core.plan import Plan
from bot.plans.advice import advise
from bot.plans.amiss import amiss
from bot.plans.explain import explain
from bot.plans.shorthand import in_full
from bot.plans.written import NOT_SET, Problem, Written
from bot.plans.written import read as read_file

__all__ = ["Problem", "lint", "load", "load_folder", "load_to_look_at", "readable"]

_ENDINGS = (".yaml", ".yml")
NO_FILE = "holds no plan file; write one (.yml) for each service"


def load(path: Path, variables: Mapping[str, str] | None = None) -> Plan:
    """The plan of one file. `variables` fill `${NAME}`; the environment unless they are given.

    Raises:
        Misconfigured: with all the problems of the file, one a line.
    """
    plan, problems = _parse(read(path, _or_environment(variables)))
    if plan is None:
        raise _misconfigured(problems)
    return plan


def load_to_look_at(path: Path, variables: Mapping[str, str]) -> Plan:
    """The plan of one file, for whoever reaches none of the systems in it: variables need not be set.

    Raises:
        Misconfigured: as `load` does.
    """
    plan, _problems = _parse(read(path, _AnyVariable(variables)))
    return plan or load(path, variables)


class _AnyVariable(dict[str, str]):
    """What is not set is an address that leads nowhere: most of what a plan leaves open is one."""

    def __contains__(self, _name: object) -> bool:
        return True

    def __missing__(self, _name: str) -> str:
        return NOT_SET


def load_folder(folder: Path, variables: Mapping[str, str] | None = None) -> dict[str, Plan]:
    """The plans of all YAML files of a folder, by service.

    Raises:
        Misconfigured: with all the problems of all the files, one a line.
    """
    if not folder.is_dir():
        raise Misconfigured(f"{folder}: no such folder; it should hold one plan file (.yml) for each service")
    plans: dict[str, Plan] = {}
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for path in _files_of(folder):
        written = read(path, _or_environment(variables))
        plan, found = _parse(written)
        problems += found
        if plan is not None:
            problems += _second_plan(plan.service, written, files)
            plans[plan.service] = plan
            files.setdefault(plan.service, written.file)
    if problems:
        raise _misconfigured(problems)
    if not plans:
        raise Misconfigured(f"{folder}: {NO_FILE}")
    return plans


def lint(paths: Iterable[Path], variables: Mapping[str, str] | None = None) -> list[Problem]:
    """All that is wrong in these files and folders, and what is merely unwise (`grave` is False)."""
    problems: list[Problem] = []
    files: dict[str, str] = {}
    given = list(paths)
    problems += [Problem(str(path), 0, "", NO_FILE) for path in given if path.is_dir() and not _files_of(path)]
    for path in chain.from_iterable(_files_of(path) if path.is_dir() else [path] for path in given):
        written = read(path, _or_environment(variables))
        plan, found = _parse(written)
        problems += found
        if plan is not None:
            problems += _second_plan(plan.service, written, files)
            problems += sorted({*advise(plan, written), *amiss(written)})
            files.setdefault(plan.service, written.file)
    return problems


def readable(paths: Iterable[Path], variables: Mapping[str, str]) -> Iterator[tuple[Plan, Written]]:
    """The plans of these files and folders that are whole, each as it was written."""
    for path in chain.from_iterable(_files_of(path) if path.is_dir() else [path] for path in paths):
        written = read(path, variables)
        plan, _problems = _parse(written)
        if plan is not None:
            yield plan, written


def read(path: Path, variables: Mapping[str, str]) -> Written:
    """What the file says, with its shorthands of metrics written out."""
    return in_full(read_file(path, variables))


def _files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in _ENDINGS and path.is_file())


def _parse(written: Written) -> tuple[Plan | None, list[Problem]]:
    problems = list(written.problems)
    if written.value is None:
        return None, problems
    plan: Plan | None = None
    try:
        plan = Plan.model_validate(written.value)
    except ValidationError as invalid:
        problems += explain(invalid, written)
    told = {(problem.line, problem.place) for problem in problems}
    problems += [one for one in amiss(written) if one.grave and (one.line, one.place) not in told]
    return (None, sorted(set(problems))) if problems else (plan, [])


def _second_plan(service: str, written: Written, files: Mapping[str, str]) -> list[Problem]:
    if service not in files:
        return []
    words = f'"{service}" has a plan already, in {files[service]}; a service has one, so take one of them away'
    return [written.problem(("service",), words)]


def _or_environment(variables: Mapping[str, str] | None) -> Mapping[str, str]:
    return os.environ if variables is None else variables


def _misconfigured(problems: Iterable[Problem]) -> Misconfigured:
    return Misconfigured("\n".join(str(problem) for problem in problems))
