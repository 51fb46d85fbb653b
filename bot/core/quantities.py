"""The units people write in plans: `2h`, `90s`, `10%`, `250ms`, `300MB`. Parsing, and writing them back.

Inside Songbird every duration is seconds, every share is a percentage from 0 to 100 in exposures and a fraction from
0 to 1 in metrics. The one thing to remember: `2%` of a *metric* is the number 0.02, `2%` of *exposure* is 2.0.
"""

import re
from datetime import UTC, datetime, tzinfo
from typing import Annotated, TypeGuard

from pydantic import BeforeValidator, Field, ValidationInfo

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SCALES = {"": 1.0, "%": 0.01, "ms": 0.001, "s": 1.0, "B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?)\s*(%|ms|s|B|KB|MB|GB)?")


def parse_duration(written: object, info: ValidationInfo) -> object:
    """Seconds from `90s`, `15m`, `1h30m`, `1d`. A bare number is refused: its unit would be a guess."""
    if info.mode == "json":
        return written  # a plan that comes back from the journal, where it stands in seconds
    seconds = parse_seconds(written) if isinstance(written, str) else None
    if seconds is None:
        raise ValueError(
            f"found {_shown(written)}; a duration has its unit, such as 90s, 15m, 2h or 1h30m{_near(written)}"
        )
    return seconds


def parse_seconds(written: str) -> float | None:
    """Seconds from `90s`, `15m`, `1h30m`, `1d`; None when it is no duration."""
    parts = _PART.findall(written)
    if not parts or _PART.sub("", written).strip():
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def parse_percent(written: object, info: ValidationInfo) -> object:
    """A percentage from `10%`; the number stays as written, 0 to 100."""
    if info.mode == "json":
        return written
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", written.strip()) if isinstance(written, str) else None
    if match is None:
        meant = f"; did you mean {written}%?" if _is_number(written) else ""
        raise ValueError(f"found {_shown(written)}; a percentage has its sign, such as 10%{meant}")
    return float(match[1])


def parse_quantity(written: object) -> object:
    """A metric's value in base units: `2%` is 0.02, `250ms` is 0.25 (seconds), `300MB` is 3e8 (bytes)."""
    found = measured(written)
    if found is None:
        raise ValueError(
            f"found {_shown(written)}; allowed: a number, or one with %, ms, s, B, KB, MB or GB{_near(written)}"
        )
    return found[2]


def measured(written: object) -> tuple[float, str, float] | None:
    """The number as it stands there, its unit ("" for none), and both in base units; None when it is no quantity."""
    if isinstance(written, int | float) and not isinstance(written, bool):
        return float(written), "", float(written)
    match = _QUANTITY.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        return None
    return float(match[1]), match[2] or "", float(match[1]) * _SCALES[match[2] or ""]


def _is_number(written: object) -> TypeGuard[float]:
    return isinstance(written, int | float) and not isinstance(written, bool)


def _shown(written: object) -> str:
    """As it stands in a file: a number plain, anything else in quotes."""
    match written:
        case None:
            return "nothing"
        case bool():
            return str(written).lower()
        case int() | float():
            return f"{written:g}"
        case _:
            return f'"{written}"'


_WORDS = {
    "s": ("sec", "secs", "second", "seconds"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours"),
    "d": ("day", "days"),
    "KB": ("kb", "kib"),
    "MB": ("mb", "mib"),
    "GB": ("gb", "gib"),
}
"""What people write in place of a plan's units."""


def _near(written: object) -> str:
    """The unit that was meant; of a bare number all that are likely."""
    if _is_number(written):
        return f"; did you mean {written:g}s, {written:g}m or {written:g}h?"
    match = re.fullmatch(r"([\d.]+)\s*([A-Za-z]+)", str(written).strip())
    unit = next((unit for unit, words in _WORDS.items() if match and match[2].lower() in words), None)
    return f"; did you mean {match[1]}{unit}?" if match and unit else ""


Duration = Annotated[
    float, BeforeValidator(parse_duration), Field(gt=0, description="a duration such as 90s, 15m or 2h")
]
Percent = Annotated[float, BeforeValidator(parse_percent), Field(ge=0, le=100, description="a percentage such as 10%")]
Quantity = Annotated[
    float, BeforeValidator(parse_quantity), Field(description="a number, or one with %, ms, s, B, KB, MB or GB")
]
Share = Annotated[float, BeforeValidator(parse_quantity), Field(description="a share such as 5%")]
"""A quantity that is always one of something else, whatever its metric counts: 0.05."""


def duration_in_words(seconds: float) -> str:
    """`8s`, `4m 10s`, `2h 5m`, `1d 3h`: the two largest units, for people."""
    whole = max(0, round(seconds))
    for size, unit, smaller, smaller_unit in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"), (60, "m", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size}{unit} {rest}{smaller_unit}" if rest else f"{whole // size}{unit}"
    return f"{whole}s"


def seconds_in_words(seconds: float) -> str:
    """`3.2 s` where tenths matter, `4m 10s` where they do not."""
    return f"{seconds:.1f} s" if seconds < 60 else duration_in_words(seconds)  # noqa: PLR2004 - a minute


def time_in_words(at: float, beside: float | None = None) -> str:
    """`14:02:31 UTC`; with its date, unless `beside`, a time that the reader has in mind, is of the same day.

    For stored texts, which cannot know their reader's time zone.
    """
    moment = datetime.fromtimestamp(int(at), UTC)
    is_near = beside is not None and datetime.fromtimestamp(int(beside), UTC).date() == moment.date()
    return moment.strftime("%H:%M:%S UTC" if is_near else "%Y-%m-%d %H:%M:%S UTC")


def clock_in_words(at: float, beside: float, zone: tzinfo) -> str:
    """`09:02 CET`; with its day, `Mon 30 Nov 09:02 CET`, where `beside` is of another. For people's days."""
    moment, near = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(beside, zone)
    return moment.strftime("%H:%M %Z" if moment.date() == near.date() else "%a %d %b %H:%M %Z")


def counted(number: int, what: str) -> str:
    """`1 look`, `1,135 looks`, `2 processes`."""
    return f"{number:,} {what}{'' if number == 1 else 'es' if what.endswith('s') else 's'}"


def percent_in_words(percent: float) -> str:
    """`10 %`, `2.5 %`."""
    return f"{percent:g} %"


def quantity_in_words(value: float, unit: str) -> str:
    """A metric's value as people read it: `1.8 %`, `240 ms`, `310 MB`, `12.5`. `unit`: ratio, s, bytes, or free."""
    match unit:
        case "ratio":
            return f"{value * 100:.3g} %"
        case "s":
            return f"{value * 1000:.0f} ms" if abs(value) < 1 else f"{value:.3g} s"
        case "bytes":
            if abs(value) >= 1e9:  # noqa: PLR2004 - a gigabyte
                return f"{value / 1e9:.3g} GB"
            return f"{value / 1e6:.0f} MB" if abs(value) >= 1e6 else f"{value / 1e3:.0f} KB"  # noqa: PLR2004 - a megabyte
        case "":
            return f"{value:.4g}"
        case _:
            return f"{value:.4g} {unit}"
