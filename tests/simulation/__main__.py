"""`python -m tests.simulation --seeds 10000`: a night's worth of worlds, on every processor there is.

The one thing to remember: the first failing seed is printed with its last steps, and `--first SEED --seeds 1` plays it
again.
"""

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.simulation.planted import PLANTED
from tests.simulation.run import Failure, play


def main() -> int:
    """Exit code 0 when every world was as it must be; with a planted fault, when at least one was not."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=200, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--fault", choices=sorted(PLANTED), help="plant this mistake in the bot: it has to be found")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    wanted = parser.parse_args()
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    began = time.monotonic()
    found: list[Failure] = []
    with ProcessPoolExecutor(wanted.jobs) as pool:
        for played, failure in enumerate(pool.map(partial(play, fault=wanted.fault), seeds), start=1):
            if failure is not None:
                print(failure if not found else f"seed {failure.seed}: {failure.words}", flush=True)
                found.append(failure)
            if wanted.fault and found:
                print(f"{wanted.fault}: caught by seed {found[0].seed}, the {played}. world")
                pool.shutdown(cancel_futures=True)
                return 0
    minutes = (time.monotonic() - began) / 60
    print(f"{len(seeds)} worlds, {len(found)} failed, {len(seeds) / minutes:.0f} a minute")
    return 1 if found or wanted.fault else 0


if __name__ == "__main__":
    sys.exit(main())
