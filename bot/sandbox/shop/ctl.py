"""The shop's deployer on a command line: what a plan file's commands call.

    python -m bot.sandbox.shop.ctl deploy   --environment production --commit COMMIT --version v1.1.0
    python -m bot.sandbox.shop.ctl exposure --environment production --commit COMMIT --percent 10 [--generation 4]
    python -m bot.sandbox.shop.ctl observe  --environment production
    python -m bot.sandbox.shop.ctl undo     --environment production --commit COMMIT

Prints the supervisor's answer, a JSON object (of `observe` the one with `{"exposures": {COMMIT: PERCENT}}` in it),
and exits with 0; or says what went wrong on standard error and exits with 1 (refused, or the shop did not start:
asking again changes nothing by itself), 2 (wrong usage) or 75 (the supervisor cannot be reached: try again). The
supervisor's address is `--url` or SONGBIRD_SANDBOX_URL.

To forget: it is started for every look at the exposure, so it imports nothing but the standard library's cheap parts.
"""

import argparse
import http.client
import json
import os
import sys
from urllib.parse import quote, urlsplit

REFUSED, UNREACHABLE = 1, os.EX_TEMPFAIL
TIMEOUT_SECONDS = 60.0  # a deploy waits for a process to start
URL_VARIABLE = "SONGBIRD_SANDBOX_URL"


def main() -> int:
    arguments = _parser().parse_args()
    environment = f"/environments/{quote(arguments.environment, safe='')}"
    body = {name: value for name in _FIELDS[arguments.action] if (value := getattr(arguments, name)) is not None}
    method, path = "POST", f"{environment}/{arguments.action}"
    if arguments.action == "observe":
        method, path = "GET", environment
    try:
        status, answer = _ask(arguments.url, method, path, body)
    except (OSError, http.client.HTTPException, ValueError) as error:
        sys.stderr.write(f"no answer from the supervisor at {arguments.url}: {error}\n")
        return UNREACHABLE
    if status != http.client.OK:
        sys.stderr.write(f"{arguments.action} in {arguments.environment}: {answer.get('error', status)}\n")
        return REFUSED
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


_FIELDS = {
    "deploy": ("commit", "version"),
    "exposure": ("commit", "percent", "generation"),
    "observe": (),
    "undo": ("commit",),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox.shop.ctl")
    url = os.environ.get(URL_VARIABLE)
    parser.add_argument("--url", default=url, required=url is None, help=f"of the supervisor; else {URL_VARIABLE}")
    actions = parser.add_subparsers(dest="action", required=True)
    for name in _FIELDS:
        action = actions.add_parser(name)
        action.add_argument("--environment", required=True)
        if name != "observe":
            action.add_argument("--commit", required=True)
        if name == "deploy":
            action.add_argument("--version", required=True)
        if name == "exposure":
            action.add_argument("--percent", type=float, required=True)
            action.add_argument("--generation", type=int)
    return parser


def _ask(url: str, method: str, path: str, body: dict[str, object]) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, json.dumps(body) if body else None)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
