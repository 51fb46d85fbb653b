import pytest

from bot.views.charts import scales
from bot.views.charts.scene import Cut, TimeAxis, uncrowded


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        (0.001, 0.061, "ratio", ["0 %", "2 %", "4 %", "6 %"]),
        (0.0001, 0.0004, "ratio", ["0.00 %", "0.01 %", "0.02 %", "0.03 %", "0.04 %"]),
        (0.18, 0.72, "s", ["0 ms", "200 ms", "400 ms", "600 ms"]),
        (0.0002, 0.0009, "s", ["0.0 ms", "0.2 ms", "0.4 ms", "0.6 ms", "0.8 ms"]),
        (0.3, 2.0, "s", ["0.0 s", "0.5 s", "1.0 s", "1.5 s", "2.0 s"]),
        (1e8, 4e8, "bytes", ["0 MB", "100 MB", "200 MB", "300 MB", "400 MB"]),
        (3, 2e6, "", ["0 k", "500 k", "1,000 k", "1,500 k", "2,000 k"]),
        (0, 0, "ratio", ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]),
        (-3, 5, "°C", ["-2 °C", "0 °C", "2 °C", "4 °C"]),
        (2, 9, "requests", ["0", "2", "4", "6", "8"]),
    ],
)
def test_ticks_are_few_and_round_and_never_say_the_same(low: float, high: float, unit: str, words: list[str]) -> None:
    axis = scales.values(low, high, unit)
    assert [tick.words for tick in axis.ticks] == words
    assert axis.low <= low <= high <= axis.high


def test_what_is_steady_looks_steady() -> None:
    axis = scales.values(118e6, 119e6, "bytes")
    assert axis.low < 0.85 * axis.high


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (10, ["08:00:00", "08:00:02", "08:00:04", "08:00:06", "08:00:08", "08:00:10"]),
        (80, ["08:00:00", "08:00:30", "08:01:00"]),
        (1500, ["08:00", "08:05", "08:10", "08:15", "08:20", "08:25"]),
        (86400, ["12:00", "18:00", "00:00", "06:00"]),
        (4 * 86400, ["16 Jan", "17 Jan", "18 Jan", "19 Jan"]),
    ],
)
def test_times_are_round_times_of_day(seconds: float, words: list[str]) -> None:
    start = 1_800_000_000.0
    assert [tick.words for tick in scales.time_ticks(start, start + seconds)] == words


def test_a_long_night_says_from_which_day_to_which() -> None:
    assert scales.days(1_800_000_000, 1_800_000_100) == "UTC, 15 Jan 2027"
    assert scales.days(1_800_000_000, 1_800_080_000) == "UTC, 15 Jan 2027 to 16 Jan 2027"


def test_a_cut_axis_goes_on_evenly_before_and_after_the_cut() -> None:
    axis = TimeAxis(0.0, 1000.0, (), cuts=(Cut(100.0, 900.0, 200.0),))
    assert [axis.place(at) for at in (0, 100, 500, 900, 1000)] == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_of_labels_that_would_run_into_one_another_the_later_one_stands() -> None:
    assert uncrowded(["1 %", "10 %", "25 %"], [0.0, 0.05, 0.9], 240) == ["", "10 %", "25 %"]
