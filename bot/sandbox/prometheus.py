"""Prometheus for the demo: a process of its own that reads the shop's pages, which it finds as Prometheus finds pages.

    with started(folder, reading(supervisor_url)) as (url, _pid):

It is the machine's own Prometheus; nothing is downloaded. To forget: it hears of a new process up to five seconds late,
since it gathers what its discovery says for so long.
"""

import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bot.core.errors import Misconfigured

START_SECONDS_MAX = 20.0
LOOK_SECONDS = 0.02
METRICS_FROM = 'metrics_from: {use: prometheus, url: "${DEMO_PROMETHEUS}"}'
"""The demo's plan says this instead of where the pages are."""

_ADDRESS = re.compile(r'msg="Listening on" address=(\S+)')
_READY = "Server is ready"
_READING = """\
global: {{scrape_interval: 500ms, scrape_timeout: 500ms}}  # twice a look of the demo's
scrape_configs:
  - job_name: shop
    http_sd_configs:
      - {{url: "{url}/sd/staging", refresh_interval: 1s}}
      - {{url: "{url}/sd/production", refresh_interval: 1s}}
"""


def why_not() -> str:
    """Why none can be started; "" where one can."""
    return "" if shutil.which("prometheus") else "no Prometheus on the PATH (Debian: apt-get install prometheus)"


def reading(supervisor_url: str) -> str:
    """What Prometheus is told to read."""
    return _READING.format(url=supervisor_url)


def with_prometheus(plan: str) -> str:
    """The demo's plan, with its metrics from Prometheus."""
    return re.sub(r"^metrics_from:.*$", METRICS_FROM, plan, flags=re.MULTILINE)


@contextlib.contextmanager
def started(folder: Path, config: str, *arguments: str) -> Iterator[tuple[str, int]]:
    """Its address, on a free port, and its process. Raises Misconfigured where it does not start, and why."""
    if reason := why_not():
        raise Misconfigured(reason)
    folder.mkdir(exist_ok=True)
    (folder / "prometheus.yml").write_text(config)
    told = (f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["prometheus", *told, "--web.listen-address=127.0.0.1:0", *arguments], stdout=log, stderr=log
        )
        try:
            yield f"http://{_address(process, folder / 'log')}", process.pid
        finally:
            process.kill()
            process.wait()


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(int(START_SECONDS_MAX / LOOK_SECONDS)):
        said = log.read_text(errors="replace")
        if _READY in said and (match := _ADDRESS.search(said)):
            return match[1]
        if process.poll() is not None:
            break
        time.sleep(LOOK_SECONDS)
    raise Misconfigured("\n".join(["Prometheus did not start:", *log.read_text(errors="replace").splitlines()[-3:]]))
