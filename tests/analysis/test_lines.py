"""One line of samples in, one verdict out: what is judged, what is left out, what is said, and what is refused."""

import json
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.analysis.evidence import Levels, Shares
from bot.analysis.judge import LOOKS_EXPECTED_MIN
from bot.analysis.lines import ALPHA, Verdict, answer, answers
from bot.analysis.lines.line import Line
from bot.analysis.shapes import Counts
from bot.analysis.words import TIMES
from bot.core.metric import Tolerance

Row = dict[str, Any]
SECONDS = 15.0
KEYS = "name, kind, direction, control, canary, interval_seconds, tolerance"


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - samples, not secrets


def a_line(control: Sequence[Any], canary: Sequence[Any], **written: Any) -> Row:
    line = {"name": "errors", "kind": "count", "direction": "increase", "interval_seconds": SECONDS}
    return line | {"control": list(control), "canary": list(canary)} | written


def verdict_on(control: Sequence[Any], canary: Sequence[Any], **written: Any) -> Verdict:
    return answer(1, json.dumps(a_line(control, canary, **written)).encode())


def errors(rng: random.Random, share: float, total: int, looks: int = 240) -> list[list[int]]:
    """Bad ones of `total` requests a look."""
    return [[sum(rng.random() < share for _ in range(total)), total] for _ in range(looks)]


def wandering(rng: random.Random, spread: float, looks: int = 240, memory: float = 0.8) -> list[float]:
    """A gauge around 100, as an autoregression of the first order."""
    step, level, values = math.sqrt(1 - memory**2), rng.gauss(0, 1), []
    for _ in range(looks):
        level = memory * level + step * rng.gauss(0, 1)
        values.append(100.0 * math.exp(spread * level))
    return values


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_five_times_the_errors_fail_and_it_is_said_since_when() -> None:
    rng = seeded(1)
    found = verdict_on(errors(rng, 0.02, 200), errors(rng, 0.02, 200, 120) + errors(rng, 0.1, 200, 120))

    assert (found.verdict, found.direction, found.samples) == ("fail", "increase", 240)
    assert found.since == pytest.approx(120 * SECONDS, abs=3 * SECONDS)
    assert found.evidence is not None
    assert found.needed == pytest.approx(math.log(1 / ALPHA), abs=1e-3)
    assert found.evidence >= found.needed
    assert found.interval is not None
    assert found.interval[0] > 1.5
    assert f"1.5{TIMES} tolerated; more than that since 30m after the start" in found.reason


def test_a_canary_like_its_control_passes() -> None:
    rng = seeded(2)
    found = verdict_on(errors(rng, 0.02, 200), errors(rng, 0.02, 200))

    assert (found.verdict, found.direction, found.since) == ("pass", "none", None)
    assert found.interval is not None
    assert found.interval[0] < 1 < found.interval[1]
    assert "shown to be no worse" in found.reason


def test_five_requests_a_minute_neither_fail_nor_pass() -> None:
    rng = seeded(3)
    rare = [[[int(rng.random() < 0.01), 1] if rng.random() < 0.6 else [0, 0] for _ in range(240)] for _ in range(2)]
    found = verdict_on(*rare)

    assert found.verdict == "inconclusive"
    assert "neither shown to be worse nor to be no worse" in found.reason
    assert "nats for a pass" in found.reason


def test_a_fail_stays_a_fail_when_it_is_mended() -> None:
    rng = seeded(4)
    bad = errors(rng, 0.02, 200, 60) + errors(rng, 0.2, 200, 20) + errors(rng, 0.02, 200, 160)
    found = verdict_on(errors(rng, 0.02, 200), bad)

    assert found.verdict == "fail"
    assert found.since == pytest.approx(60 * SECONDS, abs=3 * SECONDS)


def test_what_is_in_doubt_at_the_end_does_not_pass_on_its_past() -> None:
    rng = seeded(5)
    control, canary = errors(rng, 0.02, 200), errors(rng, 0.02, 200)
    canary[-3:] = [[25, 200]] * 3

    assert verdict_on(control[:-3], canary[:-3]).verdict == "pass"
    found = verdict_on(control, canary)
    assert found.verdict == "inconclusive"
    assert "perhaps by chance" in found.reason


@pytest.mark.parametrize(
    ("bad", "factor", "verdict", "seen"),
    [
        ("increase", 5.0, "fail", "increase"),
        ("decrease", 5.0, "pass", "increase"),
        ("either", 5.0, "fail", "increase"),
        ("increase", 0.2, "pass", "decrease"),
        ("decrease", 0.2, "fail", "decrease"),
        ("either", 0.2, "fail", "decrease"),
        ("either", 1.0, "pass", "none"),
    ],
)
def test_only_the_bad_direction_fails_and_the_one_that_was_seen_is_said(
    bad: str, factor: float, verdict: str, seen: str
) -> None:
    rng = seeded(6)
    found = verdict_on(errors(rng, 0.05, 200), errors(rng, 0.05 * factor, 200), direction=bad)

    assert (found.verdict, found.direction) == (verdict, seen)


def test_two_directions_share_one_budget_of_errors() -> None:
    rng = seeded(7)
    sides = errors(rng, 0.02, 200), errors(rng, 0.02, 200)
    one, both = verdict_on(*sides), verdict_on(*sides, direction="either")

    assert one.needed is not None
    assert both.needed == pytest.approx(one.needed + math.log(2), abs=2e-3)


def test_a_share_too_large_to_become_worse_than_tolerated_can_pass_in_both_directions() -> None:
    rng = seeded(8)
    sides = errors(rng, 0.9, 200), errors(rng, 0.9, 200)

    assert verdict_on(*sides, kind="ratio", direction="either").verdict == "pass"


def test_a_gauge_that_jumps_fails_and_one_that_wanders_passes() -> None:
    rng = seeded(9)
    control, canary = wandering(rng, 0.05), wandering(rng, 0.05)
    jumped = canary[:120] + [1.5 * value for value in canary[120:]]

    assert verdict_on(control, canary, kind="gauge", direction="either").verdict == "pass"
    found = verdict_on(control, jumped, kind="gauge")
    assert (found.verdict, found.direction) == ("fail", "increase")
    assert found.since == pytest.approx(120 * SECONDS, abs=4 * SECONDS)


def test_a_canary_that_was_bad_from_the_start_is_bad_since_the_start() -> None:
    rng = seeded(10)
    found = verdict_on(wandering(rng, 0.02), [2 * value for value in wandering(rng, 0.02)], kind="gauge")

    assert (found.verdict, found.since) == ("fail", 0.0)


# ── the very code that judges a release ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("direction", ["increase", "decrease"])
def test_pairs_are_judged_by_the_releases_own_code(direction: str) -> None:
    rng = seeded(11)
    control, canary = errors(rng, 0.03, 100), errors(rng, 0.04, 100)
    stream, most, part = Shares().at_step(), 1.0, 1 / LOOKS_EXPECTED_MIN
    for mine, other in zip(canary, control, strict=True):
        higher = direction == "increase"
        stream = stream.then(Counts(*mine), Counts(*other), Tolerance(ratio=1.3), part, higher=higher)
        most = max(most, stream.worth)

    found, interval = verdict_on(control, canary, direction=direction, tolerance=1.3), stream.interval()
    assert interval is not None
    assert found.evidence == pytest.approx(math.log(most), rel=1e-3)
    assert (found.ratio, found.interval) == (
        pytest.approx(interval.ratio, rel=1e-3),
        pytest.approx(interval[1:], rel=1e-3),
    )


def test_values_are_judged_by_the_releases_own_code() -> None:
    rng = seeded(12)
    control, canary = wandering(rng, 0.05), [1.04 * value for value in wandering(rng, 0.05)]
    stream, most = Levels().at_step(), 1.0
    for mine, other in zip(canary, control, strict=True):
        stream = stream.then(mine, other, Tolerance(ratio=1.02), 1 / LOOKS_EXPECTED_MIN, higher=True)
        most = max(most, stream.worth)

    found = verdict_on(control, canary, kind="latency", tolerance=1.02)
    assert found.evidence == pytest.approx(math.log(most), rel=1e-3)
    assert most > 1


@pytest.mark.parametrize(
    ("kind", "direction", "samples", "ratio"),
    [
        ("count", "increase", [[1, 9]], 1.5),
        ("count", "either", [[1, 9]], 1.5),
        ("count", "decrease", [[1, 9]], 1.25),
        ("ratio", "decrease", [[1, 9]], 1.25),
        ("latency", "increase", [[1, 9]], 1.5),
        ("latency", "increase", [0.2], 1.2),
        ("gauge", "decrease", [7], 1.1),
        ("ratio", "increase", [0.2], 1.5),
        ("count", "decrease", [7], 1.25),
        ("gauge", "increase", [None, [1, 9]], 1.5),
    ],
)
def test_the_shape_decides_how_much_is_tolerated_where_nothing_is_written(
    kind: str, direction: str, samples: Sequence[Any], ratio: float
) -> None:
    row = a_line(samples, [None] * len(samples), kind=kind, direction=direction)
    assert Line.model_validate_json(json.dumps(row)).tolerated == Tolerance(ratio=ratio)
    assert Line.model_validate_json(json.dumps(row | {"tolerance": 3})).tolerated == Tolerance(ratio=3.0)


# ── what cannot be read ──────────────────────────────────────────────────────────────────────────────────────────────

HOLES = [
    (None, "missing"),
    ([None, 5], "missing"),
    ([3, None], "missing"),
    ([math.nan, 5], "not finite"),
    ([1, math.inf], "not finite"),
    ([-1, 5], "negative"),
    ([6, 5], "with more events than their total"),
    ([1, 1e15], "too large"),
]


@pytest.mark.parametrize(("hole", "what"), HOLES)
@pytest.mark.parametrize("side", ["canary", "control"])
def test_an_interval_that_cannot_be_read_is_no_evidence_and_is_said(hole: object, what: str, side: str) -> None:
    rng = seeded(13)
    sides = {"control": errors(rng, 0.02, 100, 60), "canary": errors(rng, 0.06, 100, 60)}
    whole = verdict_on(**sides)
    holed = verdict_on(
        **{
            key: [hole if key == side else [99, 100], *samples, hole if key == side else [99, 100]]
            for key, samples in sides.items()
        }
    )

    assert holed.reason.endswith(f"2 of 62 intervals not used (2 {what})")
    assert whole.since is not None
    assert holed[:7] == whole[:7]
    assert (holed.since, holed.samples) == (whole.since + SECONDS, whole.samples)


@pytest.mark.parametrize(
    ("hole", "what"),
    [(None, "missing"), (math.nan, "not finite"), (-math.inf, "not finite"), (-3, "negative"), (1e200, "too large")],
)
def test_a_value_that_cannot_be_read_is_no_evidence_and_is_said(hole: object, what: str) -> None:
    rng = seeded(14)
    control, canary = wandering(rng, 0.05, 60), wandering(rng, 0.05, 60)
    whole = verdict_on(control, canary, kind="gauge")
    holed = verdict_on([*control[:30], 5.0, *control[30:]], [*canary[:30], hole, *canary[30:]], kind="gauge")

    assert holed.reason.endswith(f"1 of 61 intervals not used (1 {what})")
    assert holed[:9] == whole[:9]


def test_a_tail_without_samples_is_no_hole() -> None:
    rng = seeded(15)
    control, canary = errors(rng, 0.02, 100), errors(rng, 0.02, 100)

    assert verdict_on([*control, None, None], [*canary, None, None]) == verdict_on(control, canary)


def test_of_sides_of_different_length_the_common_part_is_judged() -> None:
    rng = seeded(16)
    control, canary = errors(rng, 0.02, 100), errors(rng, 0.02, 100)
    found, cut = verdict_on(control, canary[:200]), verdict_on(control[:200], canary[:200])

    assert found[:9] == cut[:9]
    assert "control has 240 intervals and canary 200: 200 judged" in found.reason


@pytest.mark.parametrize(
    ("control", "canary"), [([], []), ([None, None], [None, None]), ([[1, 2]], [None]), ([[1, 2]], [])]
)
def test_without_an_interval_of_both_sides_nothing_is_known(control: Sequence[Any], canary: Sequence[Any]) -> None:
    found = verdict_on(control, canary)

    assert (found.verdict, found.ratio, found.interval, found.samples) == ("inconclusive", None, None, 0)
    assert "no interval in which both sides could be read" in found.reason


@pytest.mark.parametrize("kind", ["gauge", "count"])
def test_beside_a_control_that_is_always_zero_nothing_is_known(kind: str) -> None:
    found = verdict_on([0] * 60, [0] * 60, kind=kind, direction="either")

    assert found.verdict == "inconclusive"
    assert "its control is 0 throughout" in found.reason or "too few intervals" in found.reason


# ── counts without totals, and units ─────────────────────────────────────────────────────────────────────────────────


def arrivals(rng: random.Random, mean: float, looks: int = 240) -> list[int]:
    """Poisson, by the waiting times between them."""
    counts = [0] * looks
    at = rng.expovariate(mean)
    while at < looks:
        counts[int(at)] += 1
        at += rng.expovariate(mean)
    return counts


@pytest.mark.parametrize("mean", [0.5, 4.0, 200.0])
def test_counts_without_totals_are_a_rate_of_traffic_that_both_sides_share(mean: float) -> None:
    rng = seeded(17)
    control = arrivals(rng, mean)
    alike, more = verdict_on(control, arrivals(rng, mean)), verdict_on(control, arrivals(rng, 5 * mean))

    assert (alike.verdict, more.verdict) == ("pass", "fail")
    assert "both sides are taken to have had the same traffic" in alike.reason
    assert more.ratio == pytest.approx(5, rel=0.3)


def test_few_plain_counts_are_judged_as_rare_events_of_one_total() -> None:
    rng = seeded(18)
    control, canary = arrivals(rng, 2), arrivals(rng, 3)
    total = 10**9

    plain, pairs = verdict_on(control, canary), verdict_on(*([[x, total] for x in side] for side in (control, canary)))
    assert plain.evidence == pytest.approx(pairs.evidence, rel=1e-3)
    assert plain.verdict == pairs.verdict


def test_many_plain_counts_are_judged_as_levels() -> None:
    rng = seeded(19)
    control, canary = arrivals(rng, 200), arrivals(rng, 220)
    as_gauge = verdict_on(control, canary, kind="gauge", tolerance=1.5)

    assert verdict_on(control, canary)[:9] == as_gauge[:9]


def scaled(samples: Sequence[Any], by: float) -> list[Any]:
    return [[one * by for one in each] if isinstance(each, list) else each * by for each in samples]


MAKES: dict[str, Callable[[random.Random, float], list[Any]]] = {
    "pairs": lambda rng, times: errors(rng, 0.02 * times, 200),
    "busy pairs": lambda rng, times: [[x + 2000 * times, 60000] for x in arrivals(rng, 100)],
    "rare pairs": lambda rng, times: errors(rng, 0.004 * times, 20),
    "counts": lambda rng, times: arrivals(rng, 3 * times),
    "many counts": lambda rng, times: arrivals(rng, 100 * times),
    "gauge": lambda rng, times: [value * times for value in wandering(rng, 0.1)],
}


@pytest.mark.parametrize("by", [1e-6, 1e6])
@pytest.mark.parametrize("times", [1.0, 1.4, 4.0])
@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES.keys())
def test_no_verdict_depends_on_the_unit(
    make: Callable[[random.Random, float], list[Any]], times: float, by: float
) -> None:
    rng = seeded(20)
    control, canary = make(rng, 1.0), make(rng, times)
    found = verdict_on(control, canary, direction="either")
    other = verdict_on(scaled(control, by), scaled(canary, by), direction="either")

    assert other[:4] == found[:4]
    assert other.since == found.since
    assert other.evidence == pytest.approx(found.evidence, rel=1e-3)


@pytest.mark.parametrize("digits", [2, 4])
def test_rates_that_were_rounded_are_not_taken_for_many_events(digits: int) -> None:
    rng = seeded(21)
    sides = [[[round(x / 15, digits), round(n / 15, digits)] for x, n in errors(rng, 0.01, 60)] for _ in range(2)]
    found = verdict_on(*sides)

    assert "which is taken for one event" not in found.reason
    assert found.interval is not None
    assert found.interval[1] / found.interval[0] > 4


# ── false alarms ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "side",
    [
        lambda rng: wandering(rng, 0.02),
        lambda rng: wandering(rng, 0.05),
        lambda rng: arrivals(rng, 1),
        lambda rng: arrivals(rng, 50),
        lambda rng: [[x, 50] for x in arrivals(rng, 0.5)],
        lambda rng: [[x, 1000] for x in arrivals(rng, 20)],
    ],
)
def test_alike_sides_hardly_ever_fail(side: Callable[[random.Random], list[Any]]) -> None:
    rng = seeded(22)
    kind = "gauge" if isinstance(side(seeded(0))[0], float) else "count"
    fails = sum(verdict_on(side(rng), side(rng), kind=kind, direction="either").verdict == "fail" for _ in range(30))
    assert fails <= 1


# ── lines that are none ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ({"kind": "counter"}, 'kind: found "counter"; allowed: count, gauge, latency, ratio; did you mean "count"?'),
        ({"direction": "up"}, 'direction: found "up"; allowed: increase, decrease, either (which of them is bad)'),
        ({"direction": 3}, "direction: found 3; allowed: increase, decrease, either"),
        ({"name": 7}, "name: found 7; allowed: text"),
        ({"tolerance": 1}, "tolerance: found 1; allowed: a ratio above 1"),
        ({"tolerance": "1.5"}, 'tolerance: found "1.5"; allowed: a ratio above 1'),
        ({"tolerance": math.nan}, "tolerance: found NaN; allowed: a ratio above 1"),
        ({"interval_seconds": 0}, "interval_seconds: found 0; allowed: a number above 0"),
        (
            {"tolerence": 2},
            f'tolerence: no such key; allowed: {KEYS}; did you mean "tolerance"?',
        ),
        (
            {"canary": [[1, 2], "x"]},
            'canary[1]: found "x"; allowed: a list with a number, a pair [events, total] or null',
        ),
        ({"canary": [[1, 2], 3]}, "canary[1]: found 3; allowed: a list"),
        ({"canary": [[1, 2], [1, 2, 3]]}, "canary[1]: found [1, 2, 3]; allowed: a list"),
        ({"canary": [[1, 2], [True, 2]]}, "canary[1]: found true; allowed: a list"),
        ({"canary": [[1, 2], [1]]}, "canary[1]: found [1]; allowed: a list"),
        ({"canary": 5}, "canary: found 5; allowed: a list"),
        ({"canary": None}, "canary: found null; allowed: a list"),
        ({"control": [1, 2]}, "control holds values and canary pairs; allowed: a list"),
        ({"kind": "x" * 100}, f'kind: found "{"x" * 39}…; allowed: count'),
    ],
)
def test_a_line_that_is_none_is_told_the_key_and_what_is_allowed(written: Row, says: str) -> None:
    found = answer(7, json.dumps(a_line([[1, 2]], [[1, 2]]) | written).encode())

    assert (found.verdict, found.direction, found.samples) == ("error", "none", 0)
    assert found.reason.startswith(f"line 7: {says}")
    assert found.name == ("errors" if written.get("name") is None else None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"{", "is not JSON: EOF while parsing an object at column 1"),
        (b"errors: 5", "is not JSON: expected value at column 1"),
        (b"\xff\xfe", "is not JSON: "),
        (b"[1, 2]", "found [1, 2]; allowed: an object with the keys name, kind, direction, control, canary, "),
        (b"null", "found null; allowed: an object with the keys "),
        (b'{"name": "' + b"[" * 10_000, "is not JSON: "),
        (b"[" * 10_000, "is not JSON: "),
    ],
)
def test_what_is_no_object_of_json_is_told_so(text: bytes, says: str) -> None:
    found = answer(3, text)

    assert (found.verdict, found.name) == ("error", None)
    assert found.reason.startswith(f"line 3: {says}")


@pytest.mark.parametrize("key", ["name", "kind", "direction", "control", "canary", "interval_seconds"])
def test_a_key_that_is_missing_is_named(key: str) -> None:
    row = a_line([[1, 2]], [[1, 2]])
    del row[key]
    found = answer(1, json.dumps(row).encode())

    assert (found.verdict, found.name) == ("error", row.get("name"))
    assert found.reason.startswith(f"line 1: {key}: missing; allowed: ")


def test_everything_that_is_wrong_with_a_line_is_said_at_once() -> None:
    found = verdict_on([[1, 2], "a", "b"], [[1, 2]], kind="x", interval_seconds=-1)

    assert [part.partition(":")[0] for part in found.reason.removeprefix("line 1: ").split("; ")][::2] == [
        "kind",
        "control[1]",
        "interval_seconds",
    ]


def test_a_line_that_is_none_does_not_stop_the_others() -> None:
    good = json.dumps(a_line([[1, 2]], [[1, 2]])).encode()
    written, fine = answers([(1, good), (2, b"  "), (3, b"x"), (4, good)])

    told = [json.loads(line) for line in written.splitlines()]
    assert [each["verdict"] for each in told] == ["inconclusive", "error", "inconclusive"]
    assert told[1]["reason"].startswith("line 3: ")
    assert not fine
    assert answers([(1, good)])[1]
    assert answers([]) == ("", True)


# ── anything at all ──────────────────────────────────────────────────────────────────────────────────────────────────

numbers = st.one_of(
    st.none(), st.floats(), st.integers(-2, 20), st.integers(0, 10**14), st.sampled_from([0.0, 5e-324, 1e-7, 1e308])
)
values = st.lists(numbers, max_size=40)
pairs = st.lists(st.one_of(st.none(), st.tuples(numbers, numbers)), max_size=40)


@given(
    sides=st.one_of(st.tuples(values, values), st.tuples(pairs, pairs)),
    kind=st.sampled_from(["count", "gauge", "latency", "ratio"]),
    direction=st.sampled_from(["increase", "decrease", "either"]),
    tolerance=st.one_of(st.none(), st.floats(1.0, 1000.0, exclude_min=True)),
)
def test_whatever_the_numbers_there_is_a_verdict_that_json_can_say(
    sides: tuple[Sequence[Any], Sequence[Any]], kind: str, direction: str, tolerance: float | None
) -> None:
    written, fine = answers(
        [(1, json.dumps(a_line(*sides, kind=kind, direction=direction, tolerance=tolerance)).encode())]
    )

    found = Verdict(**json.loads(written, parse_constant=lambda name: pytest.fail(f"{name} is no JSON")))
    assert fine
    assert (found.verdict == "fail") == (found.since is not None)
    assert found.samples <= min(map(len, sides))
