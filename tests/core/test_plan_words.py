"""What is said of a wrong value names the fix as it would stand in the file, in people's words and in no library's."""

from pathlib import Path

import pytest

from tests.core.test_plan_amiss import PROGRAMS
from tests.core.test_plan_files import CHECKED, GOOD, said_of

P95 = GOOD.replace(
    '    counter: requests_total{status=~"5.."}\n    of: requests_total\n', "    histogram: h\n    quantile: 0.95\n"
)
P95 = P95.replace("max: 2%", "max: 2s")
LIBRARY = ("input should", "string should", "parse string", "valid ", "after validation", "greater than", "pattern '")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "shop.yml"


@pytest.mark.parametrize(
    ("text", "right", "wrong", "said"),
    [
        (
            GOOD,
            '"#releases"',
            "#releases",
            "channels.releases: found nothing; # begins a comment, so put the name in qu",
        ),
        (
            GOOD,
            "[1%, 10%, 100%]",
            "[1, 10, 100]",
            "stages[1].steps: found [1, 10, 100]; an exposure has its sign; did ",
        ),
        (GOOD, "[1%, 10%, 100%]", "100%", 'stages[1].steps: found "100%"; allowed: a list; did you mean [100%]?'),
        (GOOD, "[U0ADA]", "U0ADA", 'operators: found "U0ADA"; allowed: a list; did you mean [U0ADA]?'),
        (
            PROGRAMS,
            '[up, "{environment}", "{version}"]',
            "up --quietly {version}",
            'deployer.deploy: found "up --quietly {version}"; allowed: a list; did you mean [up, --q',
        ),
        (
            GOOD,
            "{product-manager: 1}",
            "[product-manager]",
            "stages[0].gates[1].roles: found a list; allowed: a mapping",
        ),
        (
            GOOD,
            "stages:",
            "watch: 24h\nstages:",
            'watch: found "24h"; allowed: a mapping with the keys time, holdback, ',
        ),
        (
            GOOD,
            "limit: {max: 2%}",
            "limit: 2%",
            'metrics[0].limit: found "2%"; allowed: a mapping with the keys min, m',
        ),
        (
            GOOD,
            "limit: {max: 2%}",
            "tolerance: {margin: 1%}",
            "metrics[0].tolerance.ratio: missing; allowed: how many t",
        ),
        (P95, "0.95", "95", "metrics[0].quantile: found 95; allowed: less than 1; did you mean 0.95?"),
        (P95, "0.95", "p95", 'metrics[0].quantile: found "p95"; allowed: a part such as 0.95; did you mean 0.95?'),
        (GOOD, "limit: {max: 2%}", "tolerance: {ratio: 20%}", 'metrics[0].tolerance.ratio: found "20%"; allowed: how'),
        (
            GOOD,
            "limit: {max: 2%}",
            "tolerance: {ratio: 0.3}",
            "metrics[0].tolerance.ratio: found 0.3; allowed: more th",
        ),
        (
            GOOD,
            "limit: {max: 2%}",
            "limit: {max: 2%}\n    load_min: 300/min",
            'metrics[0].load_min: found "300/min"; all',
        ),
        (
            GOOD,
            "channels:",
            "people: {bea: Bea}\nchannels:",
            'people.bea: found "Bea"; allowed: a Slack member id such',
        ),
        (
            GOOD,
            "product-manager: 1",
            "product-manager: 0",
            "stages[0].gates[1].roles.product-manager: found 0; allowed",
        ),
        (GOOD, "held: 15m", "held: 15min", 'stages[1].gates[0].held: found "15min"; a duration has its unit, such as'),
        (GOOD, "held: 15m", "held: 0s", 'stages[1].gates[0].held: found "0s"; allowed: a duration such as 90s, 15m or'),
        (GOOD, "100%]", "150%]", 'stages[1].steps[2]: found "150%"; allowed: 100% or less'),
        (GOOD, "service: shop", "service: shop\nsolo: maybe", 'solo: found "maybe"; allowed: true or false'),
        (CHECKED, "health'", "health', contains: ''", 'checks.smoke.contains: found ""; allowed: some text'),
        (
            CHECKED,
            "health'",
            "health', fails_after: often",
            'checks.smoke.fails_after: found "often"; allowed: a whole ',
        ),
    ],
)
def test_what_was_found_is_answered_with_the_fix(file: Path, text: str, right: str, wrong: str, said: str) -> None:
    assert right in text
    (line,) = said_of(file, text.replace(right, wrong, 1))
    assert line.partition(": ")[2].startswith(said), line
    assert not any(words in line.lower() for words in LIBRARY), line


@pytest.mark.parametrize(
    ("text", "right", "wrong", "meant"),
    [
        (GOOD, "{product-manager: 1}", "[product-manager]", "{product-manager: 1}"),
        (GOOD, "stages:", "watch: 24h\nstages:", "{time: 24h}"),
        (GOOD, "limit: {max: 2%}", "limit: 2%", "{max: 2%}"),
        (GOOD, "limit: {max: 2%}", "tolerance: {ratio: 20%}", "1.2"),
        (GOOD, "limit: {max: 2%}", "tolerance: {ratio: 130%}", "1.3"),
        (GOOD, "limit: {max: 2%}", "tolerance: {ratio: 0.3}", "1.3"),
        (GOOD, "limit: {max: 2%}", "limit: {max: 2%}\n    load_min: 300/min", "5"),
        (GOOD, "operators:", "override: [product-manager]\noperators:", "{roles: [product-manager]}"),
        (GOOD, "held: 15m", "held: 15min", "15m"),
        (CHECKED, "health'", "health', steps: 10", "[10%]"),
        (GOOD, "[1%, 10%, 100%]", "[1, {exposure: 10%}, 100]", "[1%, {exposure: 10%}, 100%]"),
    ],
)
def test_what_was_meant_can_be_copied(file: Path, text: str, right: str, wrong: str, meant: str) -> None:
    (line,) = said_of(file, text.replace(right, wrong, 1))
    assert line.endswith(f"; did you mean {meant}?"), line


def test_an_address_with_a_password_is_not_repeated_in_what_was_meant(file: Path) -> None:
    (line,) = said_of(file, CHECKED.replace("http: 'https://", "command: 'curl https://me:secret@"))
    assert "secret" not in line


def test_of_a_long_value_no_more_is_repeated_than_was_ever_shown(file: Path) -> None:
    (line,) = said_of(file, PROGRAMS.replace('[up, "{environment}", "{version}"]', f"up {'--quietly ' * 9} s3cret"))
    assert "s3cret" not in line
