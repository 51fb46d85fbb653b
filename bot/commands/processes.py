"""The other processors of this machine, for a command that has a lot to do."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor


def pool_of_processes() -> "ProcessPoolExecutor":
    import multiprocessing  # noqa: PLC0415 - only where there is much to do
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    # a fork has all imports already; elsewhere than on Linux it is not safe, and the platform's own way is taken
    context = multiprocessing.get_context("fork") if sys.platform == "linux" else None
    return ProcessPoolExecutor(mp_context=context)
