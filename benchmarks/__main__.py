"""`python -m benchmarks [NAME…] [--json] [--runs N] [--seconds S] [--long] [--size R:S]… [--days N]`.

Without names all but those on request. The one thing to remember: figures are printed as they come, so an interrupted
run has told what it knew.
"""

import asyncio
import json

import click

from benchmarks import (
    acks,
    charts,
    crowd,
    engine,
    first_card,
    footprint,
    hindsight,
    polling,
    presses,
    prometheus,
    rollback,
    silent_model,
    tour,
    verdicts,
)
from benchmarks.figures import Printed, Wishes, machine

BENCHMARKS = {
    "acks": acks.run,
    "charts": charts.run,
    "crowd": crowd.run,
    "engine": engine.run,
    "footprint": footprint.run,
    "hindsight": hindsight.run,
    "polling": polling.run,
    "presses": presses.run,
    "prometheus": prometheus.run,
    "rollback": rollback.run,
    "model": silent_model.run,
    "tour": tour.run,
    "verdicts": verdicts.run,
    "first_card": first_card.run,
}
ON_REQUEST = {"first_card"}
"""It installs every dependency anew."""


def _sizes(_ctx: click.Context, _param: click.Parameter, written: tuple[str, ...]) -> tuple[tuple[int, float], ...]:
    """How many releases, and how often each is looked at."""
    pairs = [one.split(":") for one in written]
    try:
        return tuple((int(releases), float(seconds)) for releases, seconds in pairs)
    except ValueError:
        raise click.BadParameter("write 300:15 for 300 releases that are looked at every 15 seconds") from None


@click.command(epilog=f"NAME is one of {', '.join(BENCHMARKS)}; {', '.join(ON_REQUEST)} runs only when it is named.")
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(list(BENCHMARKS)))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of a table.")
@click.option("--runs", default=Wishes.runs, show_default=True, help="How often the bad story is played.")
@click.option("--seconds", default=Wishes.seconds, show_default=True, help="How long each process is watched.")
@click.option("--long", is_flag=True, help="The judge's table on 2,000 releases of each kind: an hour.")
@click.option("--size", "sizes", multiple=True, callback=_sizes, help="polling: RELEASES:SECONDS of a look, as 300:15.")
@click.option("--days", default=Wishes.days, show_default=True, type=click.IntRange(1, 7), help="hindsight: its past.")
def main(
    *,
    names: tuple[str, ...],
    as_json: bool,
    runs: int,
    seconds: float,
    long: bool,
    sizes: tuple[tuple[int, float], ...],
    days: int,
) -> None:
    """Measure Songbird."""
    wishes = Wishes(runs, seconds, long, sizes, days)
    asyncio.run(_measure(names or tuple(BENCHMARKS.keys() - ON_REQUEST), wishes, as_json=as_json))


async def _measure(names: tuple[str, ...], wishes: Wishes, *, as_json: bool) -> None:
    here = machine()
    print(json.dumps(here) if as_json else "{system}, {cores} cores, load {load}, Python {python}".format_map(here))
    for name in (name for name in BENCHMARKS if name in names):
        async for figure in BENCHMARKS[name](wishes):
            _show(figure, as_json=as_json)


def _show(figure: Printed, *, as_json: bool) -> None:
    if said := figure.line() if as_json else figure.row():
        print(said, flush=True)


main()
