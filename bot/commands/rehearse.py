"""`songbird rehearse`: parses, plays a plan by `bot.rehearsal`, prints.

The one thing to remember: it begins at ten in the morning of today, in the machine's time zone, whatever the time is:
the people who are asked are at work then.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import columns
from bot.commands.processes import pool_of_processes

if TYPE_CHECKING:
    from bot.rehearsal import Often, Once

REHEARSED_AT_HOUR = 10
"""In the morning of today: in the working hours of whoever is asked."""


@click.command()
@click.argument("file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option(
    "--fault", "faults", multiple=True, help="What goes wrong, as in 'errors x2 at 10%'; several times for several."
)
@click.option("--traffic", multiple=True, help="Requests: 600/min, or of one metric: checkouts=30/min.")
@click.option("--baseline", multiple=True, help="What a healthy version shows: errors=0.5%,p95=180ms.")
@click.option("--seed", default=1, show_default=True, help="The same seed plays the same rehearsal.")
@click.option("--runs", default=1, show_default=True, type=click.IntRange(1), help="So many seeds, told as shares.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def rehearse(
    file: Path,
    faults: tuple[str, ...],
    traffic: tuple[str, ...],
    baseline: tuple[str, ...],
    *,
    seed: int,
    runs: int,
    as_json: bool,
) -> None:
    """Play a release by PLAN in virtual time, and faults with it.

    \b
    'errors x3 at 10%'          worse from the step of 10 % on; so are
                                +20%, -50%, to 3%, +5%/h
    'p95 x2 in watch after 1h'  an hour into the watch; in STAGE for another
    'errors x5 at 25% for 10m'  gone again after ten minutes
    'incident at 10% for 10m'   old and new version are worse alike;
                                incident METRIC x2 for one
    'outage at 10%'             no metrics; silence: none of the new version
    'vp-product after 6h'       a role answers late; approvers: all of them;
                                never: not at all

    Nothing outside is asked or touched, and no variable of the plan has to be set.
    """  # noqa: D301 - click's mark of a paragraph that is not to be wrapped
    import json  # noqa: PLC0415

    from bot.plans import load_to_look_at  # noqa: PLC0415 - the YAML parser
    from bot.rehearsal import Rehearsal  # noqa: PLC0415 - core, judge and views
    from bot.settings import load_variables  # noqa: PLC0415

    now = time.localtime()
    begins = time.mktime((*now[:3], REHEARSED_AT_HOUR, 0, 0, 0, 0, -1))
    rehearsal = Rehearsal(load_to_look_at(file, load_variables()), faults, traffic, baseline, begins, now.tm_gmtoff)
    if runs == 1:
        told: Once | Often = rehearsal.once(seed)
    else:
        with pool_of_processes() as pool:
            told = rehearsal.often(runs, seed, pool.map)
    click.echo(json.dumps(told.json(), ensure_ascii=False) if as_json else "\n".join(told.lines(columns())))
