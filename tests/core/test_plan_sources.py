"""Plans whose metrics come from Datadog or from any address: what is refused with them, in words that name the fix."""

from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from bot import plans
from bot.core.errors import Misconfigured
from bot.core.selectors import together
from bot.plans.schema import schema
from tests.core.test_plan_files import GOOD, VARIABLES

SCRAPED = 'metrics_from: {use: scrape, targets: "http://127.0.0.1:1/sd/{environment}"}'
COUNTER = '    counter: requests_total{status=~"5.."}\n    of: requests_total\n'
DATADOG = GOOD.replace(SCRAPED, "metrics_from: {use: datadog}").replace(
    COUNTER, "    counter: shop.requests{status:5*}\n    of: shop.requests\n"
)
HTTP = GOOD.replace(
    SCRAPED,
    'metrics_from:\n  use: http\n  url: "https://stats.example/{environment}"\n  each: $.versions[*]\n'
    "  version: $.commit\n  headers_from: {X-Api-Key: STATS_KEY}",
).replace(COUNTER, "    counter: $.failed\n    of: $.all\n")

SILENT = "Datadog says nothing of what did not happen"

Said = Callable[[str, str, str], list[str]]


@pytest.fixture
def said(tmp_path: Path) -> Said:
    """What loading a plan says in which one thing was changed."""
    path = tmp_path / "shop.yml"

    def of(text: str, old: str, new: str) -> list[str]:
        assert old in text
        path.write_text(text.replace(old, new, 1))
        with pytest.raises(Misconfigured) as caught:
            plans.load(path, VARIABLES)
        return [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]

    return of


@pytest.mark.parametrize("text", [DATADOG, HTTP])
def test_they_are_plans_for_lint_and_for_an_editor(text: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.yml"
    path.write_text(text)
    plan = plans.load(path, VARIABLES)

    assert plan == type(plan).model_validate_json(plan.model_dump_json()), "as the journal keeps it"
    assert not list(Draft202012Validator(schema()).iter_errors(YAML(typ="safe", pure=True).load(text)))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "{use: datadog}",
            "{use: datadog, ur: x}",
            '12: metrics_from.ur: found the key "ur"; did you mean "url"? Allowed: use',
        ),
        (
            "{use: datadog}",
            "{use: datdog}",
            'metrics_from.use: found "datdog"; allowed: datadog, http, prometheus, scr',
        ),
        ("{use: datadog}", "{use: datadog, url: https://app.datadoghq.eu}", "'url' is Datadog's page for people"),
        ("{use: datadog}", "{use: datadog, url: https://us3.datadoghq.com}", "its API begins with https://api."),
        ("{use: datadog}", "{use: datadog, api_key_from: 4a7b}", "write the name of an environment variable"),
        ("{use: datadog}", "{use: datadog, where: 'env=\"x\"'}", "'env=\"x\"' is no tag of Datadog's"),
        ("{use: datadog}", "{use: datadog, version_tag: 'a b'}", "the name of a tag, such as version"),
        ("shop.requests{status:5*}", "sum:shop.requests", "is no metric of Datadog's"),
        (
            "shop.requests{status:5*}",
            "sum:shop.requests{a:b}",
            "is no metric of Datadog's: write its name, perhaps with",
        ),
        ("shop.requests{status:5*}", 'hits{status=~"5.."}', "'status=~\"5..\"' is no tag of Datadog's"),
        ("shop.requests{status:5*}", "$.errors", "errors: '$.errors' is no metric of Datadog's"),
        (
            "    counter: shop.requests{status:5*}\n    of: shop.requests\n",
            "    histogram: duration\n    quantile: 0.95\n",
            "errors: Datadog keeps no buckets, so no histogram; ask for the quantile, query: p95:duration",
        ),
        (
            "    counter: shop.requests{status:5*}\n    of: shop.requests\n",
            "    query: p95:shop.duration{{where}}\n",
            "has no value for each version: keep its tag, with by {version}",
        ),
        (
            "    counter: shop.requests{status:5*}\n    of: shop.requests\n",
            "    query: avg by (commit) (up{{where}})\n",
            "is no query of Datadog's: write one such as p95:shop.duration{{where}} by {version}",
        ),
    ],
)
def test_what_datadog_cannot_be_asked_is_refused_with_the_plan(said: Said, old: str, new: str, words: str) -> None:
    lines = said(DATADOG, old, new)

    assert any(words in line for line in lines), lines
    assert not any("4a7b" in line for line in lines)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "  each:",
            "  eech:",
            '15: metrics_from.eech: found the key "eech"; did you mean "each"? Allowed: use, url',
        ),
        ("$.commit", "commit", "16: metrics_from.version: 'commit' is no path: a path through an answer begins with $"),
        (
            "$.versions[*]",
            "$.versions[",
            "metrics_from.each: '$.versions[' is no path: unexpected end of query",
        ),
        ("$.failed", "$.failed[?", "is no path"),
        ("$.failed", "failed", "errors: 'failed' is no path: a path through an answer begins with $"),
        ("{environment}", "{enviroment}", "{enviroment} is not filled in; filled in: {environment}, {version}, {from}"),
        ("{environment}", "{enviroment}", "did you mean {environment}?"),
        ("{environment}", "{version}", "{version} is filled in from a list: let 'versions' be its address, or ask for"),
        ("  each:", "  versions: https://x.example\n  each:", "'versions' lists what {version} is filled in with, and"),
        ("stats.example/", "{version}.example/", "'url' has {version} in its host, which whoever makes the list could"),
        ("{environment}", '{version}?x=1"\n  versions: "http://a/{from}', "only {environment} is filled in there"),
        ("  version: $.commit\n", "", "'version' is missing: the path, in a part of the answer, to whose it is"),
        (
            "{environment}",
            "?since={from}",
            "{from} stands alone: a time has its beginning and its end",
        ),
        ("https://", "https://ada:s3cret@", "without a user in it"),
        ("{environment}", "?api_key=s3cret", "the address holds api_key, which is a secret: let headers_from send it"),
        ("{environment}", "?key=s3cret", "the address holds key, which is a secret: let headers_from send it"),
        ("{environment}", "?a=b&db_pwd=s3cret", "the address holds db_pwd, which is a secret"),
        ("{environment}", "?credential=s3cret", "the address holds credential, which is a secret"),
        ("{environment}", "?%74oken=s3cret", "the address holds token, which is a secret"),
        ("  each:", '  method: POST\n  body: \'{"api_key": "s3cret"}\'\n  each:', "'body' holds api_key, which is a"),
        (
            "  each:",
            "  method: POST\n  body: 'env=x&password=s3cret'\n  each:",
            "'body' holds password, which is a secret",
        ),
        ("headers_from: {X-Api-Key: STATS_KEY}", "headers: {X-Api-Key: s3cret}", "holds X-Api-Key, which is a secret"),
        ("headers_from: {X-Api-Key: STATS_KEY}", "headers: {X-Who: Bearer s3cret}", "holds X-Who, which is a secret"),
        ("X-Api-Key: STATS_KEY", "X-Api-Key: s3cret", "write the name of an environment variable"),
        ("X-Api-Key: STATS_KEY", "'X Api': STATS_KEY", "the name of a header, such as X-Api-Key"),
        ("  each:", "  body: '{}'\n  each:", "'body' is for method: POST"),
        (
            "  each:",
            "  started: $.up\n  method: POST\n  body: '{from} {to}'\n  each:",
            "'started' is for",
        ),
        (
            "    counter: $.failed\n    of: $.all\n",
            "    histogram: $.buckets\n    quantile: 0.95\n",
            "a path leads to one number, so no histogram; write gauge: with the path to the quantile",
        ),
        (
            "    counter: $.failed\n    of: $.all\n",
            "    query: up\n",
            "a query needs metrics_from: {use: prometheus, …} or {use: datadog, …}; write gauge: with a path",
        ),
    ],
)
def test_what_an_address_cannot_be_asked_is_refused_with_the_plan(said: Said, old: str, new: str, words: str) -> None:
    lines = said(HTTP, old, new)

    assert any(words in line for line in lines), lines
    assert not any("s3cret" in line for line in lines)


@pytest.mark.parametrize(
    "body",
    [
        '{"aggs": {"by": {"terms": {"field": "token", "order": {"_key": "asc"}}}}, "gte": {from_ms}, "lt": {to_ms}}',
        '{"query": "sum(rate(logins{token=\\"a\\"}))", "max_tokens": 5}',
    ],
)
def test_a_body_may_ask_about_keys_and_tokens(body: str, tmp_path: Path) -> None:
    path = tmp_path / "shop.yml"
    path.write_text(HTTP.replace("  each:", f"  method: POST\n  body: '{body}'\n  each:"))

    assert plans.load(path, VARIABLES).metrics_from.model_dump()["body"] == body


@pytest.mark.parametrize("written", ["shop.requests", "$.errors"])
def test_a_page_cannot_be_asked_in_their_languages(said: Said, written: str) -> None:
    lines = said(GOOD, 'requests_total{status=~"5.."}', written)

    assert any(f"errors: '{written}' is not a series" in line for line in lines), lines


def test_lint_says_what_they_cannot_tell(tmp_path: Path) -> None:
    path = tmp_path / "shop.yml"
    notes = []
    for text in (DATADOG, HTTP):
        path.write_text(text)
        notes += [problem.words for problem in plans.lint([path], VARIABLES) if problem.place == "metrics_from"]

    assert notes == [
        f"{SILENT}; a version without any event in 1m is silent, so add a gauge that is always there",
        "what is missed while Songbird does not run is not asked for later, and songbird backtest needs --samples",
    ]


def test_lint_says_that_looks_between_datadogs_spans_find_nothing(tmp_path: Path) -> None:
    path = tmp_path / "shop.yml"
    path.write_text(DATADOG + "timing: {look: 5s}\n")
    words = "Datadog's numbers come in spans of 10s; a look in between finds nothing new"

    assert words in [problem.words for problem in plans.lint([path], VARIABLES) if problem.place == "timing.look"]


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (("", ""), "*"),
        (("*", "env:x"), "env:x"),
        (("status:5*", "service:shop,env:x"), "status:5*,service:shop,env:x"),
        (("a:1 OR a:2", "!b:3,env:x"), "(a:1 OR a:2) AND NOT b:3 AND env:x"),
    ],
)
def test_tags_are_joined_as_datadog_wants_them(parts: tuple[str, str], whole: str) -> None:
    assert together(*parts) == whole
