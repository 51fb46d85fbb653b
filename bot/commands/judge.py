"""`songbird judge`: samples from a file, judged by as many processors as there are."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from io import BufferedReader

import click

from bot.commands.processes import pool_of_processes

READ_BYTES = 1 << 22
MANY_BYTES = 1 << 15
"""So much at once is worth the other processors. A pipe in a hurry brings twice as much, somebody typing never does."""
LINES_TOGETHER = 8


@click.command()
@click.argument("file", type=click.File("rb"))
def judge(file: BufferedReader) -> None:
    """Judge samples of a canary and its control, JSON by the line.

    FILE holds the lines; - is standard input. Each gets one line of JSON, in the same order, with the verdict pass,
    fail, inconclusive or error, and the reason. Exit code 1 when a line could not be judged, 2 when FILE cannot be
    read.

    \b
    {"name": "errors", "kind": "count", "direction": "increase",
     "interval_seconds": 15, "tolerance": 1.5,
     "control": [[1, 900], [2, 880]], "canary": [[9, 101], null]}

    A pair is [events, total] of an interval, a plain number is its value, null is missing. kind: count, gauge,
    latency or ratio. direction: which one is bad, increase, decrease or either. tolerance: how many times its control
    the canary may be; it may be left out.
    """  # noqa: D301 - click's mark of a paragraph that is not to be wrapped
    all_fine = True
    for verdicts, fine in _judged(file):
        click.echo(verdicts.encode(errors="backslashreplace"), nl=False)
        all_fine = all_fine and fine
    sys.exit(0 if all_fine else 1)


def _judged(file: BufferedReader) -> Iterator[tuple[str, bool]]:
    """Verdicts in the order of the lines, as soon as they are there, and whether all of them could be judged."""
    from bot.analysis.lines import answers  # noqa: PLC0415 - the validation of plans

    pool = None
    with ExitStack() as stack:
        for lines in _read(file):
            if pool is None and sum(len(text) for _, text in lines) >= MANY_BYTES:
                pool = stack.enter_context(pool_of_processes())
            together = LINES_TOGETHER if pool else 1
            chunks = [lines[at : at + together] for at in range(0, len(lines), together)]
            yield from pool.map(answers, chunks) if pool else map(answers, chunks)


def _read(file: BufferedReader) -> Iterator[list[tuple[int, bytes]]]:
    """Numbered lines, as many as there are at once."""
    rest, number = b"", 1
    while True:
        try:
            piece = file.read1(READ_BYTES)
        except OSError as error:
            raise click.BadParameter(f"{file.name!r}: {error.strerror}", param_hint="'FILE'") from None
        *lines, rest = (rest + piece).split(b"\n") if piece else [rest, b""]
        yield list(enumerate(lines, number))
        number += len(lines)
        if not piece:
            return
