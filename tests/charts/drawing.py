"""A scene as text, so that a golden file is read, and its diff reviewed, as what a picture says.

Everything that is drawn is there: words, ticks, every point with its band, every mark. The one thing to remember: this
is the scene; whether the artist draws it is asked of the figure (`test_figure.py`).
"""

from collections.abc import Iterator

from bot.views.charts.scales import clock
from bot.views.charts.scene import Panel, Run, Scene, Series

POINTS_A_LINE = 4


def draw(scene: Scene) -> str:
    cuts = [f"cut {clock(cut.start)} to {clock(cut.end)}, shown as {cut.shown:.0f} s" for cut in scene.time.cuts]
    lines = [
        f"» {scene.title}",
        f"  {scene.note}",
        *(f"  {mark.label} {mark.key}" for mark in scene.keys),
        *(line for panel in scene.panels for line in _panel(panel)),
        f"time {clock(scene.time.low)} to {clock(scene.time.high)}, {scene.time.label}",
        f"  ticks {', '.join(f'{clock(tick.at)} {tick.words!r}' for tick in scene.time.ticks)}",
        *(f"  {cut}" for cut in cuts),
        *(f"legend {ink}: {words}" for ink, words in scene.legend),
        "",
        "── in words",
        *scene.numbers,
        "",
        "── alt text",
        *scene.alt.replace(". ", ".\n").split("\n"),
    ]
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def _panel(panel: Panel) -> Iterator[str]:
    axis = panel.axis
    scale = f", {axis.low:.4g} to {axis.high:.4g}" if axis else ""
    yield f"panel {panel.name or 'plot'}, {panel.height} px{scale}"
    if axis:
        yield f"  ticks {', '.join(tick.words for tick in axis.ticks)}"
    for rule in panel.rules:
        yield f"  rule {rule.ink} {rule.value:.4g} {rule.label!r}"
    for mark in panel.marks:
        yield f"  mark {mark.ink} {clock(mark.at)} {mark.label!r}"
    for span in panel.spans:
        yield f"  span {span.ink} {clock(span.start)} to {clock(span.end)} {span.label!r}"
    for series in panel.series:
        yield from _series(series)


def _series(series: Series) -> Iterator[str]:
    yield f"  line {series.ink} {series.label!r}{', as steps' if series.steps else ''}"
    for run in series.runs:
        told = list(_points(run))
        for start in range(0, len(told), POINTS_A_LINE):
            sign = "-" if start == 0 else " "
            yield f"    {sign} {'   '.join(told[start : start + POINTS_A_LINE])}"


def _points(run: Run) -> Iterator[str]:
    for at, value, low, high in run:
        band = f" ({low:.3g} to {high:.3g})" if low != high else ""
        yield f"{clock(at)} {value:.3g}{band}"
