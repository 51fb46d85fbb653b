"""Why an address could not be reached: a sentence for each trouble, with host and port and no secret."""

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.adapters.unreached import late, place_of, why_not

SECRET = "s3cret"  # noqa: S105 - made up


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "nobody listens at 127.0.0.1:1; is it running, and is the port right?"),
        ("https://127.0.0.1:1", "nobody listens at 127.0.0.1:1; is it running, and is the port right?"),
        ("http://[::1]:1", "nobody listens at [::1]:1; is it running, and is the port right?"),
        ("http://moon.invalid", "no host is called moon.invalid; is it written right, and known where Songbird runs?"),
    ],
)
async def test_it_is_said_what_there_is_at_an_address_and_nothing_of_the_rest_of_it(url: str, said: str) -> None:
    scheme, _, host = url.partition("://")
    whole = f"{scheme}://songbird:{SECRET}@{host}/a/{SECRET}?token={SECRET}"
    async with ClientSession(timeout=ClientTimeout(total=5.0)) as session:
        with pytest.raises(ClientError) as raised:
            await session.get(whole)
    assert why_not(raised.value, whole) == said


def test_an_address_is_told_as_its_host_and_port() -> None:
    assert place_of(f"https://songbird:{SECRET}@stats.example/{SECRET}") == "stats.example:443"
    assert place_of("http://stats.example:no") == "an address that is none"
    assert late(5.0, f"http://u:{SECRET}@stats.example") == (
        "did not answer within 5 s at stats.example:80; is it up, and quick enough?"
    )
    assert why_not(TimeoutError(), "http://stats.example") == (
        "stats.example:80 did not answer in time; is it up, and quick enough?"
    )
