"""What a metric's series are called in a plan: a histogram by its own name, without what its page puts behind it.

The one thing to remember: a counter or a gauge may well be one of a histogram's series, `took_seconds_count` say.
"""

import difflib
import re
from collections.abc import Iterable, Iterator

from bot.plans.written import Problem, Written, rows

_BUCKET = re.compile(r"^(\w+)_bucket(?=\{|$)")


def problems(written: Written) -> Iterator[Problem]:
    """Histograms that are named by their buckets, as a page of metrics shows them."""
    for place, metric in rows(written, "metrics"):
        named = metric.get("histogram")
        if isinstance(named, str) and (found := _BUCKET.match(named.strip())):
            words = f"found {found[0]}; write it without _bucket: {found[1]}, of which all buckets are read"
            yield written.problem((*place, "histogram"), words)


def meant(selector: str, there: Iterable[str], *, histogram: bool) -> str:
    """`; did you mean "…"?` for a selector that nothing matches, or nothing. A histogram is meant by its own name."""
    named = selector.partition("{")[0]
    known = [one.removesuffix("_bucket") for one in there if one.endswith("_bucket")] if histogram else [*there]
    near = difflib.get_close_matches(named, known, n=1)
    return f'; did you mean "{near[0]}"?' if near and near[0] != named else ""
