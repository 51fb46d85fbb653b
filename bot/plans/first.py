"""A service's first plan, written from what it shows: `songbird plan init`.

What can be known is filled in, with a comment that says why it is there; what cannot (people, channels, how a deploy
works) is marked TODO and has a value with which the file can already be read. The one thing to remember: it is text for
people to change. Nothing reads it but `plan lint`, until somebody puts it into the folder of plans.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args

from bot.adapters.metrics.exposed import Exposed
from bot.core.metric import Kind
from bot.core.selectors import together
from bot.plans.proposals import Proposal
from bot.plans.tagged import version_tag

VERSION_LABELS = ("commit", "revision", "git_sha", "git_commit", "version", "app_version", "image_tag")
ENVIRONMENT_LABELS = ("environment", "env", "stage", "tier")
LIVE = ("production", "prod", "live")
MARGIN = {"share": 2.0, "other": 1.5}
"""Times the worst that was seen, for a limit: shares of few events swing more than values."""


@dataclass(frozen=True)
class Learned:
    """What a metric's past says. `ratio`: from which tolerance on nothing false was seen; infinite where from none."""

    worst: float | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class First:
    """All that is known of a service before anybody has written anything."""

    service: str
    url: str
    exposed: Exposed
    proposals: Sequence[Proposal]
    learned: Mapping[str, Learned] = field(default_factory=dict)
    past: str = ""
    """`2d`, where there was one."""
    token_from: str | None = None
    """The variable whose token opened the door."""

    @property
    def version_label(self) -> str | None:
        return version_tag(self.exposed) if self.exposed.tagged else self.exposed.label(*VERSION_LABELS)

    @property
    def environment_label(self) -> str | None:
        return self.exposed.label(*ENVIRONMENT_LABELS)

    @property
    def live(self) -> str:
        """The environment of the users."""
        known = self.exposed.values(self.environment_label) if self.environment_label else set()
        return next((name for name in LIVE if name in known), "production")

    @property
    def has_staging(self) -> bool:
        return self.environment_label is not None and "staging" in self.exposed.values(self.environment_label)


def written(first: First) -> str:
    """The file."""
    parts = (_head(first), _people(), _systems(first), _metrics(first), _stages(first))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def fragment(proposals: Sequence[Proposal], learned: Mapping[str, Learned] | None = None, past: str = "") -> list[str]:
    """The metrics alone, to be pasted under `metrics:`."""
    return [line for one in proposals for line in _metric(one, (learned or {}).get(one.name, Learned()), past)]


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _head(first: First) -> Iterator[str]:
    yield f"# The first plan of {first.service}, from what {first.url} shows."
    yield "# Every TODO needs somebody who knows. Then: songbird plan lint FILE, songbird rehearse FILE."
    yield f"service: {first.service}"


def _people() -> Iterator[str]:
    yield "operators: [U0TODO]  # TODO: Slack ids of those who may stage, hold, promote and roll back"
    yield "on_call: [U0TODO]  # TODO: whom a rollback calls by name"
    yield "roles:"
    yield "  product-manager: [U0TODO]  # TODO: whose yes a release needs"
    yield "channels:"
    yield '  releases: "#releases"  # TODO: where each release has its thread'
    yield '  engineering: "#engineering"  # TODO'
    yield '  on_call: "#on-call"  # TODO'


def _systems(first: First) -> Iterator[str]:
    yield "changes: {use: git, repository: TODO}  # TODO: the path of a clone on this machine"
    yield 'deployer:  # TODO: your programs; observe prints {"exposures": {COMMIT: PERCENT}}'
    yield "  use: command"
    yield '  deploy: [TODO/deploy, "{environment}", "{version}", "{commit}"]'
    yield '  expose: [TODO/expose, "{environment}", "{commit}", "{percent}", "{generation}"]'
    yield '  observe: [TODO/observe, "{environment}"]'
    yield '  undo: [TODO/undo, "{environment}", "{version}", "{commit}"]'
    yield "incidents: {use: file, folder: incidents}"
    if first.exposed.page:
        yield "metrics_from:  # TODO: what lists the processes and their commits, as HTTP discovery of Prometheus"
        yield '  {use: scrape, targets: "http://todo.invalid/sd/{environment}"}'
        return
    yield "metrics_from:"
    if first.exposed.tagged:
        yield from _datadog(first)
        return
    yield "  use: prometheus"
    yield f"  url: {first.url}"
    if first.token_from is not None:
        yield f"  token_from: {first.token_from}"
    where = first.exposed.where.replace("'", "''")
    if first.environment_label is not None:
        yield f"  where: '{where}, {first.environment_label}=\"{{environment}}\"'"
    else:
        yield f"  where: '{where}'  # TODO: no label says the environment; these are all of them"
    if first.version_label is not None:
        yield f"  version_label: {first.version_label}  # tells the new version from the old one"
    else:
        yield "  version_label: commit  # TODO: no series has a label that says its version"


def _datadog(first: First) -> Iterator[str]:
    yield "  use: datadog"
    yield f"  url: {first.url}"
    if first.environment_label is not None:
        yield f"  where: '{together(first.exposed.where, first.environment_label + ':{environment}')}'"
    else:
        yield f"  where: '{first.exposed.where}'  # TODO: no tag says the environment; these are all of them"
    if first.version_label is not None:
        yield f"  version_tag: {first.version_label}  # tells the new version from the old one"
    else:
        yield "  version_tag: version  # TODO: nothing has a tag that says its version"


def _metrics(first: First) -> Iterator[str]:
    missing = [kind for kind in get_args(Kind) if kind not in {one.kind for one in first.proposals}]
    yield "metrics:"
    if first.past:
        yield f"  # Limits and tolerances are from the last {first.past}: what was seen then, and some room above it."
    else:
        yield "  # There was no past to learn from: tolerances are where most services begin; TODO: limits."
    if missing:
        yield f"  # TODO: nothing was found of the kind {', '.join(missing)}; such failures will not be seen."
    yield from fragment(first.proposals, first.learned, first.past)


def _metric(one: Proposal, learned: Learned, past: str) -> Iterator[str]:
    keys = dict(one.keys)
    yield f"  - name: {one.name}  # {one.why}"
    yield f"    kind: {one.kind}"
    for key, value in one.keys:
        if key == "tolerance" and learned.ratio == math.inf:
            yield f"    {key}: {value}  # TODO: halves of one version differed by more"
        elif key == "tolerance" and learned.ratio is not None:
            yield f"    {key}: {_wider(value, learned.ratio)}"
        else:
            yield f"    {key}: {value}"
    if learned.worst == math.inf:
        yield "    # TODO: it was above its histogram's last bucket; a limit needs higher ones"
    elif learned.worst is not None and "limit" not in keys and keys.get("worse") != "lower" and learned.worst > 0:
        share = "counter" in keys and "unit" not in keys
        unit = keys.get("unit", "ratio" if "of" in keys else "s" if "histogram" in keys else "")
        high = learned.worst * MARGIN["share" if share else "other"]
        if unit != "ratio" or high < 1:
            seen = quantity(learned.worst, unit)
            yield f"    limit: {{max: {quantity(high, unit)}}}  # its worst in {past} was {seen}"


def _wider(tolerance: str, ratio: float) -> str:
    """The tolerance as it was proposed, or what the past asks for where that is more."""
    match = re.search(r"ratio: ([\d.]+)", tolerance)
    proposed = float(match[1]) if match else ratio
    return re.sub(r"ratio: [\d.]+", f"ratio: {max(proposed, ratio):g}", tolerance)


def _stages(first: First) -> Iterator[str]:
    yield "stages:"
    if first.has_staging:
        yield "  - name: staging"
        yield "    environment: staging"
        yield f"    baseline: {first.live}  # differences to it are flagged"
        yield "    gates:"
        yield "      - {gate: health, held: 30m}"
    else:
        yield "  - name: review  # TODO: a staging environment, where there is one"
        yield "    gates:"
    yield "      - {gate: approval, roles: {product-manager: 1}}"
    yield "  - name: production"
    yield f"    environment: {first.live}"
    yield "    steps: [1%, 10%, 50%, 100%]  # TODO: what your balancer can do"
    yield "    gates:"
    yield "      - {gate: health, held: 15m}"


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def quantity(value: float, unit: str) -> str:
    """As a plan writes it, rounded up to two digits: `1.3%`, `250ms`, `310MB`, `12`."""
    scale, ending = {"ratio": (100.0, "%"), "s": (1000.0, "ms"), "bytes": (1e-6, "MB")}.get(unit, (1.0, ""))
    number = value * scale
    if number <= 0:
        return f"0{ending}"
    step = 10.0 ** (math.floor(math.log10(number)) - 1)
    return f"{math.ceil(round(number / step, 6)) * step:.8f}".rstrip("0").rstrip(".") + ending
