"""Programs from npm, pinned, installed once into pytest's cache.

A test that needs one is skipped, with the reason, where node, npm or the registry is missing. The one thing to
remember: what is installed is put in its place in one step, since two workers may install at once.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

NODE_MIN = 20
INSTALL_SECONDS_MAX = 120


def installed(config: pytest.Config, *packages: str) -> Path:
    """The folder of node_modules with these packages, each `name@version`; skips the test where that cannot be."""
    cache = config.cache.mkdir("npm") if config.cache else Path(tempfile.mkdtemp())
    place = cache / " ".join(packages).replace("/", "-").replace("@", "").replace(" ", "+")
    if not place.exists():
        if reason := _why_not():
            pytest.skip(reason)
        part = Path(tempfile.mkdtemp(dir=cache))
        install = ["npm", "install", "--prefix", str(part), "--no-audit", "--no-fund", *packages]
        try:
            subprocess.run(install, check=True, capture_output=True, timeout=INSTALL_SECONDS_MAX)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
            shutil.rmtree(part, ignore_errors=True)
            pytest.skip(f"npm does not install {' and '.join(packages)}: {failure}")
        if not place.exists():
            part.rename(place)
    return place / "node_modules"


def _why_not() -> str | None:
    if not shutil.which("node") or not shutil.which("npm"):
        return "it needs node and npm, which are not on the PATH"
    version = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout
    major = int(version.lstrip("v").partition(".")[0])
    return f"it needs node {NODE_MIN}; this is {version.strip()}" if major < NODE_MIN else None
