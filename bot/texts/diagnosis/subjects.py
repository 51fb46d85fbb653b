"""Which words belong together: the subjects of a web service, and what is apt to disturb each kind of metric.

Two tables of plain words, lower case and singular, as `words_of` cuts them out of names, paths and titles. The one
thing to remember: they are hunches that engineers share; they order where to look, and prove nothing.
"""

import re
from functools import cache

SUBJECTS: tuple[frozenset[str], ...] = tuple(
    frozenset(words.split())
    for words in (
        "checkout cart basket payment pay order billing invoice charge purchase receipt refund stripe paypal",
        "login signin signup auth authentication session password token oauth sso account user identity",
        "search query index ranking result suggestion autocomplete elastic elasticsearch solr",
        "database db sql pool connection transaction postgres mysql sqlite orm query lock",
        "memory rss heap cache leak buffer",
        "cpu load thread worker regex compression serialization",
        "queue job worker consumer producer kafka broker lag backlog task celery sqs",
        "mail email smtp newsletter notification push",
        "image picture photo upload thumbnail media avatar file attachment storage",
        "price pricing discount coupon tax currency vat promotion conversion revenue",
        "conversion checkout cart landing banner price signup funnel",
        "page dashboard home render template frontend widget layout css",
        "cache redis memcached ttl eviction hit miss",
        "api endpoint route router graphql rest rpc grpc gateway",
        "shipping delivery address warehouse stock inventory",
        "disk storage log file volume",
        "feed timeline stream recommendation ranking",
        "metric metrics telemetry exporter prometheus instrumentation monitoring",
        "import export report csv batch",
    )
)
"""Words that stand for one subject: who touches one of them may disturb the others."""

_HINTS = {
    "errors": "exception error handle handling validation validate parse parsing null none timeout retry schema type"
    " encoding remove rename drop upgrade transaction connection deserialize decode auth permission",
    "performance": "query index cache caching join loop batch sync synchronous blocking timeout retry lock transaction"
    " pool connection serialize compression render eager lazy regex pagination n+1 sort drop backfill",
    "resource": "memory leak cache caching pool connection buffer thread worker heap session limit concurrency batch"
    " stream goroutine file preload queue size",
    "functional": "flow form step redirect validation validate submit callback webhook button field format endpoint",
    "business": "price discount coupon button copy layout banner default experiment checkout signup ranking variant"
    " recommendation promotion",
    "silence": "startup start boot port health shutdown entrypoint crash loop deadlock lock init",
    "deploy": "port startup start boot entrypoint health docker image migration config env secret permission",
    "blindness": "metric metrics telemetry exporter prometheus label instrumentation scrape",
}
HINTS: dict[str, frozenset[str]] = {kind: frozenset(words.split()) for kind, words in _HINTS.items()}
"""By the kind of what broke, words of changes that are apt to do it."""

_DULL = """
about after all an and any are as at be before by can did do does for from has have in instead into is it its more most
new no not now of off on one only or our out over so than that the their then there they this to too two under until up
use was we were what when which while who will with without
add change feat fix chore build docs refactor perf update make set let keep get put
app bin lib main pkg py src js ts go rb java toml yaml yml json http www com test
total second count sum bucket byte rate ratio percent request process resident status code outcome failed completed
method route ms error exception failure usage
"""
DULL = frozenset(_DULL.split())
"""Words that say nothing about a subject: of English, of commits, of file names, of metric names."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+(?:\+\d)?|\d+")


@cache
def words_of(text: str) -> frozenset[str]:
    """Lower-case singular words of a name, a path or a title: `shop/OrderItems.py` → shop, order, item, py."""
    return frozenset(_singular(word.lower()) for word in _WORD.findall(text) if len(word) > 1)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:  # noqa: PLR2004 - "queries", not "ties"
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    is_plural = word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3  # noqa: PLR2004 - not "css"
    return word[:-1] if is_plural else word


@cache
def related(words: frozenset[str]) -> frozenset[str]:
    """Every word of the subjects that these words belong to."""
    return frozenset().union(*(subject for subject in SUBJECTS if subject & words))
