"""A check that fetches an address, once, as it stands in the plan.

What does not answer has failed, unless it is asked for the word of another system (`path`): then nobody knows. The one
thing to remember: it goes nowhere but to that address. Redirects are answers, proxies of the environment are not used,
and what is filled in is quoted, so it stays in its place. A token that the server repeats is taken out of its words.
"""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.adapters.checks import Answer, judged, shown
from bot.adapters.metrics.asking import secret, without
from bot.core.checks import Check, filled
from bot.core.errors import Permanent
from bot.core.quantities import duration_in_words

ANSWER_BYTES_MAX = 1_000_000
GOOD = range(200, 300)


class Probe:
    """`variables` hold the tokens that plans name."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    async def run(self, check: Check, values: Mapping[str, str]) -> Answer:
        assert check.http is not None, "a probe fetches an address"
        url = filled(check.http, {name: quote(value, safe="") for name, value in values.items()})
        try:
            secrets = {name: secret(self._variables, name, "the check") for name in sorted(check.variables)}
        except Permanent as error:
            return Answer(passed=None, words=str(error))
        answer = await self._answer(check, values, url, secrets)
        return replace(answer, words=without(answer.words.encode(), secrets.values()).decode())

    async def _answer(self, check: Check, values: Mapping[str, str], url: str, secrets: Mapping[str, str]) -> Answer:
        try:
            async with asyncio.timeout(check.longest):
                status, body = await self._fetched(URL(url, encoded=True), _headers(check, secrets))
        except TimeoutError:
            return Answer(_without_answer(check), f"no answer within {duration_in_words(check.longest)}")
        except aiohttp.InvalidURL:
            return Answer(passed=None, words=f"{shown(url)} is no address once its places are filled in")
        except (aiohttp.ClientError, OSError) as error:
            return Answer(_without_answer(check), f"does not answer: {_why(error)}")
        except ValueError:  # a port that is none, or a line's end within a header
            return Answer(passed=None, words=f"{shown(url)} cannot be asked: look at its port and its headers")
        # before anything is cut: half a token is one as well
        said = without(body, secrets.values())[:ANSWER_BYTES_MAX].decode(errors="replace")
        if wrong := _wrong_status(check, status):
            return Answer(_without_answer(check), f"{wrong}{f': {shown(said)}' if said.strip() else ''}")
        unread = f"answered with more than {ANSWER_BYTES_MAX:,} bytes, of which nobody reads all"
        too_much = len(body) > ANSWER_BYTES_MAX
        return await judged(check, values, said, f"status {status}", unread=unread if too_much else "")

    async def _fetched(self, url: URL, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """The status, and of the answer a byte more than is read where there is more.

        By a connection of its own: one that is kept leads to whatever version a balancer chose for it.
        """
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(url, headers=headers, allow_redirects=False) as response,
        ):
            return response.status, await _upto(response, ANSWER_BYTES_MAX)


def _headers(check: Check, secrets: Mapping[str, str]) -> dict[str, str]:
    """Secrets last: one of them may be what is in `headers` too."""
    bearer = {} if check.token_from is None else {"Authorization": f"Bearer {secrets[check.token_from]}"}
    return {**check.headers, **bearer, **{header: secrets[name] for header, name in check.headers_from.items()}}


def _without_answer(check: Check) -> bool | None:
    """Another system that does not answer says nothing of the release."""
    return None if check.path is not None else False


async def _upto(response: aiohttp.ClientResponse, most: int) -> bytes:
    """A byte more where there is more."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > most:
            break
    return bytes(body[: most + 1])


def _wrong_status(check: Check, status: int) -> str:
    if check.status is None:
        return "" if status in GOOD else f"status {status} instead of 200 to 299"
    return "" if status == check.status else f"status {status} instead of {check.status}"


def _why(error: BaseException) -> str:
    number = getattr(error, "errno", None) or getattr(getattr(error, "os_error", None), "errno", None)
    return os.strerror(number).lower() if number and number > 0 else shown(str(error) or type(error).__name__)
