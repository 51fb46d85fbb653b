"""What a series was meant to be called that nobody has."""

from bot.plans.series import meant

SHOWN = ("took_seconds_bucket", "took_seconds_count", "took_seconds_sum", "requests_total")


def test_a_histogram_is_told_the_name_of_one_and_never_of_a_series_of_one() -> None:
    for named in ("took_seconds_count", "took_seconds_sum", "tok_seconds"):
        assert meant(named, SHOWN, histogram=True) == '; did you mean "took_seconds"?'
    assert meant("took_seconds", SHOWN, histogram=True) == ""


def test_what_is_counted_is_told_the_name_of_a_series() -> None:
    assert meant('request_total{status="500"}', SHOWN, histogram=False) == '; did you mean "requests_total"?'
    assert meant("took_seconds", ("took_seconds_count",), histogram=False) == '; did you mean "took_seconds_count"?'
    assert meant("memory", SHOWN, histogram=False) == ""
