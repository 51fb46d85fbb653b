"""Where a browser on tour may go, address by address."""

import pytest

from bot.adapters.tour.reach import Reach, host_of
from bot.core.tour import Walkthrough

REACH = Reach(
    Walkthrough(
        staging="https://Staging.shop.example/base",
        production="http://shop.example:8080",
        allow=("cdn.shop.example", "https://fonts.example", "images.example:444"),
    )
)


@pytest.mark.parametrize(
    "address",
    [
        "https://staging.shop.example/",
        "https://staging.shop.example:443/x?y#z",
        "wss://staging.shop.example/socket",
        "http://shop.example:8080/cart",
        "http://cdn.shop.example/a",
        "https://cdn.shop.example:9000/a",
        "https://fonts.example/a",
        "https://images.example:444/a",
        "data:image/png;base64,AAAA",
        "blob:https://staging.shop.example/1",
    ],
)
def test_the_plans_addresses_and_what_it_allows_may_be_loaded(address: str) -> None:
    assert REACH.holds(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://staging.shop.example/",
        "https://staging.shop.example:8443/",
        "https://staging.shop.example.evil.example/",
        "https://evil.example/staging.shop.example",
        "https://staging.shop.example@evil.example/",
        "http://shop.example/",
        "http://fonts.example/",
        "https://x.cdn.shop.example/",
        "https://images.example/a",
        "file:///etc/passwd",
        "ftp://cdn2.example/",
        "https://",
        "chrome://settings",
        "https://staging.shop.example:99999/",
    ],
)
def test_everything_else_may_not(address: str) -> None:
    assert not REACH.holds(address)


def test_the_browsers_own_network_is_told_the_same_and_this_machine_is_no_exception() -> None:
    assert REACH.open_hosts == (
        "<-loopback>,cdn.shop.example,fonts.example:443,images.example:444,shop.example:8080,staging.shop.example:443"
    )


def test_a_blocked_address_is_told_by_its_host_alone() -> None:
    assert host_of("https://user:secret@evil.example:81/path?token=1") == "evil.example:81"
    assert host_of("file:///etc/passwd") == "file"
    assert len(host_of(f"https://{'x' * 300}.example/")) == 100
