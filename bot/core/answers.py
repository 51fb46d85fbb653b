"""Whether the source of a plan can answer what its metrics ask: in its language, and of a kind that it has.

The one thing to remember: what only some sources have, such as the buckets of a histogram, is refused here, with the
plan, and never found out while a release is watched.
"""

from collections.abc import Callable, Iterator, Sequence

from bot.core.metric import Metric
from bot.core.selectors import asked_trouble, counted_trouble, path_trouble, query_trouble, series_trouble
from bot.core.sources import DatadogSource, HttpSource, MetricsFrom, PrometheusSource
from bot.core.strict import At

Trouble = Callable[[str], str | None]


def unanswerable(source: MetricsFrom, metrics: Sequence[Metric]) -> Iterator[tuple[At, str]]:
    """What the source cannot answer, each with its place in the plan and the way out."""
    for index, metric in enumerate(metrics):
        for key, trouble in _troubles(source, metric):
            yield ("metrics", index, key), f"{metric.name}: {trouble}"


def _troubles(source: MetricsFrom, metric: Metric) -> Iterator[tuple[str, str]]:
    match source:
        case DatadogSource():
            if metric.histogram is not None:
                instead = f"query: p95:{metric.histogram.partition('{')[0]}{{{{where}}}} by {{{source.version_tag}}}"
                yield "histogram", f"Datadog keeps no buckets, so no histogram; ask for the quantile, {instead}"
            yield from _selectors(metric, counted_trouble)
            if metric.query is not None:
                yield from (("query", trouble) for trouble in _asked(metric.query, source))
        case HttpSource():
            if metric.histogram is not None:
                yield (
                    "histogram",
                    "a path leads to one number, so no histogram; write gauge: with the path to the quantile",
                )
            if metric.query is not None:
                words = (
                    "a query needs metrics_from: {use: prometheus, …} or {use: datadog, …}; write gauge: with a path"
                )
                yield "query", words
            yield from _selectors(metric, path_trouble)
        case _:
            if metric.query is not None and not isinstance(source, PrometheusSource):
                yield "query", "a query needs metrics_from: {use: prometheus, …} or {use: datadog, …}"
            if metric.query is not None and (trouble := query_trouble(metric.query)) is not None:
                yield "query", trouble
            yield from _selectors(metric, series_trouble)


def _selectors(metric: Metric, trouble_of: Trouble) -> Iterator[tuple[str, str]]:
    for key in ("counter", "histogram", "gauge", "of"):
        written = getattr(metric, key)
        if written is not None and (trouble := trouble_of(written)) is not None:
            yield key, trouble


def _asked(query: str, source: DatadogSource) -> Iterator[str]:
    if (trouble := asked_trouble(query)) is not None:
        yield trouble
    elif source.version_tag not in query.partition(" by ")[2]:
        yield f"{query!r} has no value for each version: keep its tag, with by {{{source.version_tag}}}"
