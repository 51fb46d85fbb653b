"""Whether the source of a plan can answer what its metrics ask: in its language, and of a kind that it has.

The one thing to remember: what only some sources have, such as the buckets of a histogram, is refused here, with the
plan, and never found out while a release is watched.
"""

from collections.abc import Callable, Iterator, Sequence

from bot.core.metric import Metric
from bot.core.selectors import asked_trouble, counted_trouble, path_trouble, query_trouble, series_trouble
from bot.core.sources import DatadogSource, HttpSource, MetricsFrom, PrometheusSource

Trouble = Callable[[str], str | None]


def refuse_unanswerable(source: MetricsFrom, metrics: Sequence[Metric]) -> None:
    """Raises ValueError, with the metric and the way out, for the first that the source cannot answer."""
    for metric in metrics:
        for trouble in _troubles(source, metric):
            raise ValueError(f"metric {metric.name!r}: {trouble}")


def _troubles(source: MetricsFrom, metric: Metric) -> Iterator[str]:
    match source:
        case DatadogSource():
            if metric.histogram is not None:
                instead = f"query: p95:{metric.histogram.partition('{')[0]}{{{{where}}}} by {{{source.version_tag}}}"
                yield f"Datadog keeps no buckets, so no histogram; ask for the quantile, {instead}"
            yield from _selectors(metric, counted_trouble)
            if metric.query is not None:
                yield from _asked(metric.query, source)
        case HttpSource():
            if metric.histogram is not None:
                yield "a path leads to one number, so no histogram; write gauge: with the path to the quantile"
            if metric.query is not None:
                yield "a query needs metrics_from: {use: prometheus, …} or {use: datadog, …}; write gauge: with a path"
            yield from _selectors(metric, path_trouble)
        case _:
            if metric.query is not None and not isinstance(source, PrometheusSource):
                yield "a query needs metrics_from: {use: prometheus, …} or {use: datadog, …}"
            if metric.query is not None and (trouble := query_trouble(metric.query)) is not None:
                yield trouble
            yield from _selectors(metric, series_trouble)


def _selectors(metric: Metric, trouble_of: Trouble) -> Iterator[str]:
    for written in (metric.counter, metric.histogram, metric.gauge, metric.of):
        if written is not None and (trouble := trouble_of(written)) is not None:
            yield trouble


def _asked(query: str, source: DatadogSource) -> Iterator[str]:
    if (trouble := asked_trouble(query)) is not None:
        yield trouble
    elif source.version_tag not in query.partition(" by ")[2]:
        yield f"{query!r} has no value for each version: keep its tag, with by {{{source.version_tag}}}"
