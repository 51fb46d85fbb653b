"""The pictures of docs/verdicts.md: evidence, proof and interval over the time of single simulated releases.

    python -m benchmarks.telemetry.pictures FOLDER

Every line is one release of a seed that is written here, not the best of many; evidence is drawn as the judge keeps it,
look by look. The one thing to remember: a logarithmic measure is drawn on a linear axis of nats, so equal steps upwards
are equal factors of odds.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.telemetry.looks import judged
from benchmarks.telemetry.metrics import METRICS
from benchmarks.telemetry.noise import World
from benchmarks.telemetry.releases import HEALTHY, Regression, Release, release
from benchmarks.telemetry.scenarios import FEW
from bot.analysis.evidence.shares import INTOLERABLE_RISE
from bot.analysis.family import ALPHA_ROLLOUT
from bot.analysis.findings import PROVEN_NATS
from bot.analysis.shapes import Pair, Values
from bot.analysis.words import TIMES

INK, FAINT, OURS, ALARM, SHOWN = "#1f2328", "#8a939c", "#1f5fa8", "#b3261e", "#2e7d4f"
SEED = 1
WORLD = World()


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(folder: Path) -> None:
    """Draw them all."""
    mpl.use("Agg")
    mpl.rc("font", size=10)
    mpl.rc("axes.spines", top=False, right=False)
    mpl.rc("axes", edgecolor=FAINT, labelcolor=INK)
    mpl.rc("text", color=INK)
    mpl.rc("figure.constrained_layout", use=True)
    for name, draw in {"evidence": evidence, "proof": proof, "interval": interval}.items():
        figure = draw()
        figure.savefig(folder / f"verdict-{name}.png", dpi=110)
        plt.close(figure)


# ── evidence ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Story:
    title: str
    world: World
    regression: Regression
    begins: int | None = None
    """The look at which something happens that is marked."""


STORIES = (
    Story("Nothing is wrong", WORLD, HEALTHY),
    Story(f"Errors {TIMES}5 from the step of 10 % on", WORLD, Regression(onset=60, errors=5), 60),
    Story("One look in which everything goes wrong", WORLD, Regression(spike_looks=1)),
    Story(f"Errors {TIMES}10, but 5 requests a minute", FEW, Regression(onset=0, errors=10), 0),
)


def evidence() -> Figure:
    """Of whole releases: the mean of all metrics' bets, until it suffices."""
    figure, places = plt.subplots(2, 2, figsize=(9.6, 6.0), sharex=True, sharey=True)
    needed = math.log(1 / ALPHA_ROLLOUT)
    for axes, story in zip(places.flat, STORIES, strict=True):
        states = list(judged(METRICS, story.world, release(story.world, story.regression, SEED)))
        nats = [math.log(state.family.worth) for state in states]
        axes.plot(_minutes(len(nats)), nats, color=OURS, linewidth=1.6)
        axes.axhline(needed, color=ALARM, linewidth=1)
        if nats[-1] >= needed:
            axes.plot(len(nats) / 4, nats[-1], "o", color=ALARM, markersize=5)
            looks = len(nats) - (story.begins or 0)
            axes.annotate(
                f"rolled back after {looks} looks", (len(nats) / 4, nats[-1]), (8, -3), textcoords="offset points"
            )
        if story.regression.spike_looks:
            look = _spiked(release(story.world, story.regression, SEED))
            axes.annotate("here", ((look + 1) / 4, nats[look]), (0, 4), textcoords="offset points", ha="center")
        axes.set_title(story.title, loc="left", fontsize=10.5)
        _steps(axes, story.world)
    places[0, 0].text(0.5, needed + 0.15, f"rolls back: {1 / ALPHA_ROLLOUT:.0f} to 1", color=ALARM, va="bottom")
    for axes in places[:, 0]:
        axes.set_ylabel("evidence against the release, nats")
    for axes in places[1]:
        axes.set_xlabel("minutes of the rollout")
    return figure


def _spiked(played: Release) -> int:
    """The look at which the canary's gauges jump."""
    for number, look in enumerate(played):
        match look["cpu"]:
            case Pair(Values() as canary, Values() as control) if canary.mean > 2 * control.mean:
                return number
            case _:
                pass
    raise AssertionError("a spike was forced")


# ── proof ────────────────────────────────────────────────────────────────────────────────────────────────────────────

METRIC = "http-5xx"
PROOFS_SHOWN = (-3.0, 12.0)


def proof() -> Figure:
    """Of a healthy release: that one metric is not intolerably worse, from step to step, by traffic."""
    figure, axes = plt.subplots(figsize=(9.6, 3.8))
    for load, color in ((4.0, FAINT), (40.0, OURS), (400.0, SHOWN)):
        states = list(judged(METRICS, world := replace(WORLD, requests_per_second=load), release(world, HEALTHY, SEED)))
        proofs = [state.family.streams[METRIC, "tolerance"].proof for state in states]
        for start, end in _stays(WORLD):
            minutes = [(look + 1) / 4 for look in range(start, end)]
            label = f"{load:g} requests/s" if start == 0 else None
            axes.plot(minutes, proofs[start:end], color=color, linewidth=1.6, label=label)
    axes.axhline(PROVEN_NATS, color=ALARM, linewidth=1)
    axes.text(0.5, PROVEN_NATS + 0.15, "shown to be no worse: 10 to 1", color=ALARM, va="bottom")
    axes.set_ylim(*PROOFS_SHOWN)
    axes.set_title(f"A healthy release: proof that {METRIC} is not intolerably worse", loc="left", fontsize=10.5)
    axes.set_ylabel(f"proof, nats (goes on above {PROOFS_SHOWN[1]:g})")
    axes.set_xlabel("minutes of the rollout")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0.0, 0.93), title="of both versions together")
    _steps(axes, WORLD)
    return figure


# ── interval ─────────────────────────────────────────────────────────────────────────────────────────────────────────

RATIOS_SHOWN = (0.1, 30.0)
TOLERATED = next(metric.tolerance.ratio for metric in METRICS if metric.name == METRIC and metric.tolerance)
RATIOS = (
    (1.0, "no difference", FAINT),
    (TOLERATED, "tolerated by the plan", SHOWN),
    (TOLERATED * INTOLERABLE_RISE, "what a pass rules out", ALARM),
)


def interval() -> Figure:
    """Of one metric: the ratio of canary to control and where it can lie, after each look of each step."""
    figure, places = plt.subplots(1, 2, figsize=(9.6, 4.0), sharex=True, sharey=True)
    told = {"Nothing is wrong": HEALTHY, f"Errors {TIMES}3 from the step of 10 % on": Regression(onset=60, errors=3)}
    for axes, (title, regression) in zip(places, told.items(), strict=True):
        states = list(judged(METRICS, WORLD, release(WORLD, regression, SEED)))
        found = [state.family.streams[METRIC, "tolerance"].interval() for state in states]
        for start, end in _stays(WORLD):
            known = [((look + 1) / 4, one) for look, one in enumerate(found) if start <= look < end and one]
            minutes = [minute for minute, _ in known]
            axes.fill_between(
                minutes,
                [one.low for _, one in known],
                [one.high for _, one in known],
                color=OURS,
                alpha=0.2,
                linewidth=0,
            )
            axes.plot(minutes, [one.ratio for _, one in known], color=OURS, linewidth=1.6)
        if states[-1].family.is_past:
            axes.axvline(len(states) / 4, color=ALARM, linewidth=1, linestyle=":")
            axes.annotate("rolled back", (len(states) / 4, RATIOS_SHOWN[1]), (5, -12), textcoords="offset points")
        for ratio, _, color in RATIOS:
            axes.axhline(ratio, color=color, linewidth=1)
        axes.set_title(title, loc="left", fontsize=10.5)
        axes.set_xlabel("minutes of the rollout")
        _steps(axes, WORLD)
    for ratio, name, color in RATIOS:
        places[1].text(60, ratio * 1.04, name, color=color, ha="right", va="bottom")
    places[0].set_yscale("log")
    places[0].set_ylim(*RATIOS_SHOWN)
    ticks = (0.1, 0.3, 1, TOLERATED, TOLERATED * INTOLERABLE_RISE, 10, 30)
    places[0].set_yticks(ticks, [f"{tick:g}{TIMES}" for tick in ticks])
    places[0].minorticks_off()
    places[0].set_ylabel(f"{METRIC}, canary / control")
    return figure


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _minutes(looks: int) -> list[float]:
    return [(look + 1) * WORLD.look_seconds / 60 for look in range(looks)]


def _stays(world: World) -> Iterator[tuple[int, int]]:
    """The first look of each step, and that of the next."""
    starts = [start for start, _ in world.steps]
    yield from zip(starts, [*starts[1:], world.looks], strict=True)


def _steps(axes: Axes, world: World) -> None:
    for start, percent in world.steps:
        minute = start * world.look_seconds / 60
        if start:
            axes.axvline(minute, color=FAINT, linewidth=0.5, zorder=0)
        axes.annotate(
            f"{percent:g} %",
            (minute, 0),
            (3, 4),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            color=FAINT,
            fontsize=9,
        )


if __name__ == "__main__":
    main()
