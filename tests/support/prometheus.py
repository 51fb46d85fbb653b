"""A real Prometheus for tests: a process of its own, and samples written into it at any time, as a remote write does.

    with running(folder) as server:
        server.write({'requests_total{status="500"}': 3.0}, at=time.time())

A write is there for the next query, so no test waits for a scrape. The one thing a reader could forget: time goes on in
a series. A sample older than the last one of its series is refused.
"""

import contextlib
import math
import struct
import subprocess
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox.prometheus import started

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
"""The NaN that Prometheus writes where a series has ended."""


@dataclass
class Server:
    url: str
    pid: int
    fleets: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))
    """A number for each test that shares it, to keep their series apart."""

    def write(self, series: Mapping[str, float], at: float) -> None:
        """One sample of each series, which is written as on a page."""
        written = b"".join(_message(1, _series(name, value, at)) for name, value in series.items())
        headers = {
            "Content-Encoding": "snappy",
            "Content-Type": "application/x-protobuf",
            "X-Prometheus-Remote-Write-Version": "0.1.0",
        }
        request = urllib.request.Request(f"{self.url}/api/v1/write", _snappy(written), headers)  # noqa: S310 - loopback
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - the same


@contextlib.contextmanager
def running(folder: Path, config: str = "global: {}\n", *arguments: str) -> Iterator[Server]:
    """Started on a free port, and ready."""
    with started(folder, config, "--web.enable-remote-write-receiver", *arguments) as (url, pid):
        yield Server(url, pid)


def backfill(folder: Path, lines: Iterable[str]) -> None:
    """A past of any length, for a server that `running` has not started yet: `name{labels} value seconds`.

    In whatever order, as long as time rises in each series: that is OpenMetrics, which promtool makes blocks of.
    """
    folder.mkdir(exist_ok=True)
    page = folder / "past.txt"
    with page.open("w") as file:
        file.writelines(f"{line}\n" for line in chain(lines, ("# EOF",)))
    made = ["promtool", "tsdb", "create-blocks-from", "--quiet", "--max-block-duration=192h", "openmetrics"]
    subprocess.run([*made, str(page), str(folder / "data")], check=True, capture_output=True)
    page.unlink()


# ── a remote write, by hand ──────────────────────────────────────────────────────────────────────────────────────────


def _series(name: str, value: float, at: float) -> bytes:
    ((sample,),) = (family.samples for family in text_string_to_metric_families(f"{name} 0\n"))
    labels = sorted({**sample.labels, "__name__": sample.name}.items())
    parts = [_message(1, _message(1, key.encode()) + _message(2, text.encode())) for key, text in labels]
    return b"".join(parts) + _message(2, b"\x09" + struct.pack("<d", value) + b"\x10" + _varint(math.floor(at * 1000)))


def _message(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _snappy(content: bytes) -> bytes:
    """Packed without packing: literals only."""
    pieces = [content[start : start + 60] for start in range(0, len(content), 60)]
    return _varint(len(content)) + b"".join(bytes([len(piece) - 1 << 2]) + piece for piece in pieces)
