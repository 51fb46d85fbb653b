"""Environments in a plan's file: that a baseline is one, that the source tells them apart, and that a step has traffic.

The one thing to remember: two environments that are read as the same series are compared with themselves, and every
release looks healthy.
"""

from collections.abc import Iterator
from typing import Any

from bot.core.selectors import ENVIRONMENT
from bot.core.strict import did_you_mean
from bot.plans.written import NOT_SET, Place, Problem, Written, rows

_ADDRESSES = {"scrape": ("targets",), "http": ("url", "body", "versions")}
"""Where such a source is asked; one of them says the environment."""
_BY_DEFAULT = {"prometheus": 'environment="{environment}"', "datadog": "env:{environment}"}


def problems(written: Written) -> Iterator[Problem]:
    """Errors, and a note for a baseline that no stage deploys to, which may be meant."""
    stages = list(rows(written, "stages"))
    deployed = [str(stage["environment"]) for _, stage in stages if stage.get("environment")]
    for place, stage in stages:
        yield from _baseline(written, place, stage, deployed)
        yield from _without_traffic(written, place, stage)
    read = dict.fromkeys([*deployed, *(str(stage["baseline"]) for _, stage in stages if stage.get("baseline"))])
    yield from _told_apart(written, list(read))


def _baseline(written: Written, place: Place, stage: dict[str, Any], deployed: list[str]) -> Iterator[Problem]:
    baseline = stage.get("baseline")
    if not isinstance(baseline, str) or baseline in deployed:
        return
    near = did_you_mean(baseline, deployed) or next(
        (f'; did you mean "{one}"?' for one in deployed if did_you_mean(one, [baseline])), ""
    )
    words = f'found "{baseline}", an environment of no stage; there are: {", ".join(deployed)}{near}'
    yield written.problem((*place, "baseline"), words, grave=bool(near))


def _without_traffic(written: Written, place: Place, stage: dict[str, Any]) -> Iterator[Problem]:
    """A step at 0 % whose health is asked for: a version without a request is silent, and that is a failure by rule."""
    steps = stage.get("steps")
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        long = step if isinstance(step, dict) else {"exposure": step}
        gates = long.get("gates", stage.get("gates"))
        is_judged = any(isinstance(gate, dict) and gate.get("gate") == "health" for gate in gates or ())
        if is_judged and str(long.get("exposure")).replace(" ", "") in ("0%", "0.0%"):
            words = "found 0%, and a health gate that nothing can be seen for; begin with some traffic, such as 1%"
            yield written.problem(written.place_of((*place, "steps", number, "exposure")), words)


def _told_apart(written: Written, read: list[str]) -> Iterator[Problem]:
    source = written.at(("metrics_from",))
    use = source.get("use") if isinstance(source, dict) else None
    if use in _BY_DEFAULT:
        of_its_own = source.get("where_in")
        same = [one for one in read if not isinstance(of_its_own, dict) or one not in of_its_own]
        key, text = "where", source.get("where", _BY_DEFAULT[use])
        more = f"write {_BY_DEFAULT[use]} with it, or where_in for each"
    elif use in _ADDRESSES:
        same = read
        key, text = _ADDRESSES[use][0], "".join(str(source.get(one, "")) for one in _ADDRESSES[use])
        more = f"write {ENVIRONMENT} where it says which"
    else:
        return
    if len(same) > 1 and isinstance(text, str) and ENVIRONMENT not in text and NOT_SET not in text:
        words = f"found no {ENVIRONMENT}, so {' and '.join(same)} would be read as the same"
        yield written.problem(("metrics_from", key), f"{words}; {more}")
