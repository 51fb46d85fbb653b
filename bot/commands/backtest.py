"""`songbird backtest`: parses, feeds the past of a plan's environment to `bot.hindsight`, prints.

The one thing to remember: nothing is kept but what the replays keep. `--save` writes what the source said, so that the
next tolerance can be tried without asking again.
"""

import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from bot.core.errors import Misconfigured

if TYPE_CHECKING:
    from bot.adapters.metrics import Reading
    from bot.core.plan import Plan
    from bot.hindsight import Backtest
    from bot.hindsight.drawn import Drawn

PICTURES = (".png", ".svg")


class Moment(click.ParamType[float]):
    """A time, or how long ago."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        from bot.hindsight.times import parse_time  # noqa: PLC0415 - the core

        if isinstance(value, float):
            return value
        found = parse_time(str(value), time.time())
        if found is None:
            self.fail(f"{value!r} is no time: write 2026-11-30T14:00, now, or how long ago, such as 7d", param, ctx)
        return found


@dataclass(frozen=True)
class Asked:
    """Where the past is, and which part of it."""

    since: float
    until: float
    samples: Path | None
    save: Path | None


@click.command()
@click.argument("file", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--from", "since", default="7d", type=Moment(), show_default=True, help="A time, or how long ago.")
@click.option("--to", "until", default="now", type=Moment(), show_default=True, help="The same.")
@click.option("--environment", help="Whose past; the last one of the plan unless it is said.")
@click.option(
    "--deploys", type=click.Path(path_type=Path), help="A CSV file: at,version,ended[,metric]; ended is well or ill."
)
@click.option("--samples", type=click.Path(path_type=Path), help="Read the past from this file, as --save wrote it.")
@click.option("--save", type=click.Path(path_type=Path), help="Write into this file what the source said.")
@click.option(
    "--picture", type=click.Path(path_type=Path), help="Draw it into this file as well; its name ends in .png or .svg."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def backtest(
    file: Path,
    since: float,
    until: float,
    environment: str | None,
    deploys: Path | None,
    samples: Path | None,
    save: Path | None,
    picture: Path | None,
    *,
    as_json: bool,
) -> None:
    """Replay PLAN over the past: what would have happened?

    Deploys are replayed as they were; while one version ran, its processes are released in two halves to each other,
    where every rollback is a false one; limits are tried on all of the time. The past is asked of the plan's
    Prometheus or Datadog, and nothing there is changed. Exit code 1 when nothing is known of that time.
    """
    import asyncio  # noqa: PLC0415 - what follows brings the judge along
    import json  # noqa: PLC0415

    if since >= until:
        raise click.BadParameter("it is not before --to", param_hint="--from")
    from bot.hindsight import Backtest, told  # noqa: PLC0415
    from bot.hindsight.deploys import read_deploys  # noqa: PLC0415
    from bot.logs import quietly  # noqa: PLC0415
    from bot.plans import load, load_to_look_at  # noqa: PLC0415
    from bot.settings import load_variables  # noqa: PLC0415

    plan = (load if samples is None else load_to_look_at)(file, load_variables())
    known = read_deploys(deploys, time.time(), [metric.name for metric in plan.metrics]) if deploys is not None else ()
    drawn = _canvas(picture, plan) if picture is not None else None
    replay = Backtest(plan, environment, known, drawn=drawn)
    with quietly():
        found = asyncio.run(_fed(replay, Asked(since, until, samples, save)))
    if picture is not None and drawn is not None:
        _draw(found, drawn, picture)
    for line in [json.dumps(told.as_json(found), ensure_ascii=False)] if as_json else told.lines(found):
        click.echo(line)
    sys.exit(0 if found.looks else 1)


def _canvas(picture: Path, plan: "Plan") -> "Drawn":
    """What is fed beside the replays. Raises Misconfigured before anything is read where no picture can be made."""
    from bot.adapters.charts.pictures import MatplotlibArtist  # noqa: PLC0415
    from bot.hindsight.drawn import Drawn  # noqa: PLC0415

    if picture.suffix not in PICTURES:
        raise Misconfigured(
            f"--picture {picture}: its name says what it becomes; let it end in {' or '.join(PICTURES)}"
        )
    if not picture.absolute().parent.is_dir():
        raise Misconfigured(f"--picture {picture} cannot be written: {picture.parent} is no folder")
    if reason := MatplotlibArtist().why_not():
        raise Misconfigured(f"--picture: {reason}")
    return Drawn(plan)


def _draw(found: "Backtest", drawn: "Drawn", file: Path) -> None:
    from bot.adapters.charts import figure  # noqa: PLC0415 - brings matplotlib along
    from bot.hindsight.picture import scene  # noqa: PLC0415

    shown = scene(found, drawn)
    if shown is None:
        click.echo(f"--picture {file}: nothing is known of that time, so there is nothing to draw", err=True)
        return
    try:
        file.write_bytes(figure.png(shown) if file.suffix == ".png" else figure.svg(shown))
    except OSError as error:
        raise Misconfigured(f"--picture {file} cannot be written: {error.strerror}") from None


async def _fed(replay: "Backtest", asked: Asked) -> "Backtest":
    from bot.hindsight import recorded  # noqa: PLC0415

    with ExitStack() as stack:
        file = stack.enter_context(_saved(asked.save)) if asked.save is not None else None
        async for reading in _readings(replay, asked):
            if file is not None:
                recorded.write(reading, file)
            replay.look(reading.at, reading.totals)
    return replay.finish()


@contextmanager
def _saved(path: Path) -> Iterator[TextIO]:
    """The file is there once it is whole; what stood there before stays until then. Raises Misconfigured."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w") as file:
            yield file
        part.replace(path)
    except OSError as error:
        raise Misconfigured(f"--save {path} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


async def _readings(replay: "Backtest", asked: Asked) -> "AsyncIterator[Reading]":
    """From the file, or from the plan's source. Raises Misconfigured where that remembers nothing."""
    import aiohttp  # noqa: PLC0415 - not needed for a file

    from bot.app import Adapters  # noqa: PLC0415 - brings Slack along
    from bot.commands import patient  # noqa: PLC0415
    from bot.hindsight import recorded  # noqa: PLC0415
    from bot.settings import load_variables  # noqa: PLC0415

    if asked.samples is not None:
        for reading in recorded.read(asked.samples, replay.where, asked.since, asked.until):
            yield reading
        return
    if not replay.plan.metrics_from.remembers:
        what = {"scrape": "a page that is scraped", "http": "an address that is asked"}[replay.plan.metrics_from.use]
        raise Misconfigured(f"{what} knows only the present; hand in the past with --samples FILE")
    async with aiohttp.ClientSession() as session:
        source = Adapters(session, load_variables()).source_of(replay.plan)
        past = recorded.asked(source, replay.plan, replay.where, asked.since, asked.until, patient())
        async for reading in past:
            yield reading
