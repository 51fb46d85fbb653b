"""`python -m benchmarks.telemetry`: every detector on every scenario, then the promises, printed as they come.

For a part of the table, at a length of your own; `make bench` has the whole of it, at two lengths. The one thing to
remember: 2,000 releases of each are an hour's work on two cores; the default is a first look.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.telemetry import nab, promises, rows
from benchmarks.telemetry.detectors import DETECTORS
from benchmarks.telemetry.scenarios import BY_TRAFFIC, SCENARIOS, Trial
from benchmarks.telemetry.table import header, measure


@click.command()
@click.option("--releases", default=50, show_default=True, help="Of each scenario; streams of each promise.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Processes.")
@click.option("--detector", "detectors", multiple=True, help="Those whose name contains this; may be repeated.")
@click.option(
    "--scenario", "scenarios", multiple=True, help="Those (and promises) whose name contains this; may be repeated."
)
@click.option("--nab", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Real series.")
@click.option("--seed", default=1, show_default=True)
def main(
    *,
    releases: int,
    jobs: int,
    detectors: Sequence[str],
    scenarios: Sequence[str],
    folder: Path | None,
    seed: int,
) -> None:
    """How often each detector rolls a healthy release back, and how soon a sick one."""
    chosen = {name: make for name, make in DETECTORS.items() if _is_meant(name, detectors)}
    on_request = BY_TRAFFIC if scenarios else ()
    trials: list[Trial] = [*SCENARIOS, *on_request, *(nab.trials(folder) if folder else [])]
    meant = [trial for trial in trials if _is_meant(trial.name, scenarios)]
    promised = [name for name in promises.NAMES if "songbird" in chosen and _is_meant(name, scenarios)]
    if not (chosen and (meant or promised)):
        raise click.UsageError("no detector or no scenario has such a name")
    if meant:
        print(header())
    for trial in meant:
        for row in measure(chosen, [trial], releases, seed, jobs):
            print(row.row(), flush=True)
    if promised:
        print(rows.header())
        for promise in promises.run(releases, seed, jobs, promised):
            print(promise.row(), flush=True)


def _is_meant(name: str, parts: Sequence[str]) -> bool:
    return not parts or any(part in name for part in parts)


if __name__ == "__main__":
    main()
