"""A scene as a matplotlib figure, and the figure as PNG. The only module besides `words` that imports matplotlib.

Everything is placed by hand in the pixels of a phone, from the top: title, note, keys, then the panels over their
axis of time. So nothing is laid out twice, and the same scene gives the same picture. No pyplot: it keeps figures. The
one thing to remember: data are drawn at the places that the scene's axis of time gives, 0 to 1, not at its seconds.
"""

from dataclasses import dataclass
from io import BytesIO
from operator import attrgetter, itemgetter
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bot.adapters.charts.looks import FRAME, GRID, LOOKS, PAPER, SMALL, TEXT
from bot.adapters.charts.words import FAMILY, apart, drawable, width, wrapped
from bot.views.charts.scene import PLOT_WIDTH, WIDTH, Ink, Mark, Panel, Run, Scene, Series, Span, Tick

SCALE = 3
"""Pixels drawn for one of a phone's: what its screen has."""
DOTS = 100
"""Pixels of a phone to what matplotlib calls an inch."""

LEFT, EDGE = 48, 12
"""Where the plot begins, and what is left free around everything."""
TITLE, SMALL_PRINT, NAMES = 13.0, 10.0, 10.5
"""Sizes of letters in pixels: below 10 nobody reads them on a phone."""
TITLE_LINE, SMALL_LINE, GAP = 17, 14, 6
MARKS_LINE, TICKS_LINE = 16, 16
LABEL_GAP = 3
SWATCH = 11

KEYS_BETWEEN = "    "
SPAN_HEIGHT = 0.84
"""Of its lane."""
HATCH_WIDTH = 0.5


def png(scene: Scene) -> bytes:
    """The picture; its title and alt text stand in the file as well."""
    drawing = figure(scene)
    file = BytesIO()
    drawing.savefig(file, format="png", facecolor=PAPER, metadata={"Title": scene.title, "Description": scene.alt})
    return file.getvalue()


def figure(scene: Scene) -> Figure:
    """The picture as matplotlib's artists."""
    page = _Page(scene)
    drawing = Figure(figsize=(WIDTH / DOTS, page.height / DOTS), dpi=DOTS * SCALE, facecolor=PAPER)
    FigureCanvasAgg(drawing)
    sheet = _Sheet(drawing, page.height)
    sheet.frame()
    top: float = EDGE
    for line in page.title:
        sheet.write(EDGE, top, line, TITLE, TEXT, weight="bold", va="top")
        top += TITLE_LINE
    for line in (*page.note, *page.keys):
        sheet.write(EDGE, top + 1, line, SMALL_PRINT, SMALL if line in page.note else TEXT, va="top")
        top += SMALL_LINE
    top += MARKS_LINE + GAP
    for panel in scene.panels:
        _panel(sheet, scene, panel, top)
        top += panel.height + GAP
    _time(sheet, scene, top - GAP)
    _legend(sheet, scene, top + TICKS_LINE + SMALL_LINE)
    return drawing


class _Page:
    """What is written above the panels, in lines, and how high it all is."""

    def __init__(self, scene: Scene) -> None:
        room = WIDTH - 2 * EDGE
        self.title = wrapped(drawable(scene.title).split(), " ", TITLE, room, bold=True)
        self.note = wrapped(drawable(scene.note).split(), " ", SMALL_PRINT, room)
        signs = [drawable(f"{mark.label} {mark.key}") for mark in scene.keys]
        self.keys = wrapped(signs, KEYS_BETWEEN, SMALL_PRINT, room)
        head = EDGE + TITLE_LINE * len(self.title) + SMALL_LINE * (len(self.note) + len(self.keys)) + MARKS_LINE + GAP
        body = sum(panel.height + GAP for panel in scene.panels) + TICKS_LINE + SMALL_LINE
        self.height = head + body + (SMALL_LINE + GAP if scene.legend else 0) + GAP


@dataclass(frozen=True)
class _Sheet:
    """The whole figure, in a phone's pixels from its upper left."""

    drawing: Figure
    height: float

    def write(self, x: float, y: float, text: str, size: float, color: str, **how: Any) -> None:  # noqa: ANN401 - matplotlib's own
        self.drawing.text(x / WIDTH, 1 - y / self.height, text, color=color, **_letters(size), **how)

    def frame(self) -> None:
        self.box(0.5, 0.5, WIDTH - 1, self.height - 1, facecolor="none", edgecolor=FRAME, linewidth=0.7)

    def box(self, x: float, y: float, wide: float, high: float, **how: Any) -> None:  # noqa: ANN401 - the same
        corner = (x / WIDTH, 1 - (y + high) / self.height)
        self.drawing.add_artist(
            Rectangle(corner, wide / WIDTH, high / self.height, transform=self.drawing.transFigure, **how)
        )

    def axes(self, top: float, high: float) -> Axes:
        axes = self.drawing.add_axes(
            (LEFT / WIDTH, 1 - (top + high) / self.height, PLOT_WIDTH / WIDTH, high / self.height), facecolor="none"
        )
        axes.set(xlim=(0.0, 1.0), xticks=(), yticks=())
        axes.spines[:].set_visible(False)
        return axes


def _letters(size: float) -> dict[str, Any]:
    """Letters of so many pixels; what looks like a formula is none."""
    return {"fontsize": size * 72 / DOTS, "fontfamily": FAMILY, "parse_math": False}


# ── panels ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _panel(sheet: _Sheet, scene: Scene, panel: Panel, top: float) -> None:
    axes = sheet.axes(top, panel.height)
    if panel.axis is None:
        axes.set_ylim(0.0, 1.0)
        sheet.write(LEFT - LABEL_GAP * 2, top + panel.height / 2, panel.name, SMALL_PRINT, SMALL, ha="right", va="center")
    else:
        axes.set_ylim(panel.axis.low, panel.axis.high)
        for tick in panel.axis.ticks:
            axes.axhline(tick.at, color=GRID, linewidth=0.8, zorder=0)
            axes.text(-LABEL_GAP / PLOT_WIDTH, tick.at, drawable(tick.words), color=SMALL, ha="right", va="center", **_letters(SMALL_PRINT))
    for span in panel.spans:
        _span(axes, scene, span)
    for mark in panel.marks:
        _mark(axes, scene, panel, mark)
    for series in panel.series:
        _line(axes, scene, series)
    _names(axes, scene, panel)


def _line(axes: Axes, scene: Scene, series: Series) -> None:
    look = LOOKS[series.ink]
    for run in series.runs:
        places = [scene.time.place(point.at) for point in run]
        values = [point.value for point in run]
        how = "steps-post" if series.steps else "default"
        line = axes.plot(places, values, color=look.color, linewidth=look.width, drawstyle=how, label=series.label)[0]
        line.set(solid_capstyle="round", zorder=3 if series.ink is Ink.CANARY else 2.5)
        if look.dashes:
            line.set_dashes(look.dashes)
        if len(run) == 1:
            line.set(marker="o", markersize=look.width * 1.6)
        _band(axes, series, run, places)


def _band(axes: Axes, series: Series, run: Run, places: list[float]) -> None:
    """How sure each point is; under steps the area down to nothing."""
    look = LOOKS[series.ink]
    lows = [0.0 if series.steps else point.low for point in run]
    highs = [point.high for point in run]
    if lows == highs:
        return
    step = "post" if series.steps else None
    axes.fill_between(places, lows, highs, step=step, color=look.fill, alpha=0.6, linewidth=0, zorder=1, label=series.label)


def _span(axes: Axes, scene: Scene, span: Span) -> None:
    look, start, end = LOOKS[span.ink], scene.time.place(span.start), scene.time.place(span.end)
    corner, size = (start, (1 - SPAN_HEIGHT) / 2), (end - start, SPAN_HEIGHT)
    box = Rectangle(corner, *size, facecolor=look.fill, edgecolor=look.color, linewidth=0.9, hatch=look.hatch)
    box.set_hatch_linewidth(HATCH_WIDTH)
    box.set_label(span.label)
    axes.add_patch(box)
    words = drawable(span.label)
    if not look.hatch and width(words, SMALL_PRINT) + 2 * LABEL_GAP <= size[0] * PLOT_WIDTH:
        axes.text(start + size[0] / 2, 0.48, words, color=look.on_fill, ha="center", va="center", **_letters(SMALL_PRINT))


def _mark(axes: Axes, scene: Scene, panel: Panel, mark: Mark) -> None:
    look, place = LOOKS[mark.ink], scene.time.place(mark.at)
    words = drawable(mark.label)
    if panel.axis is None:
        axes.text(place, 0.48, words, color=look.color, ha="center", va="center", weight="bold", **_letters(TITLE))
        return
    line = axes.axvline(place, color=look.color, linewidth=look.width, zorder=2, label=mark.label)
    if look.dashes:
        line.set_dashes(look.dashes)
    beside = {"ha": "left" if mark.ink is Ink.STEP else "center", "va": "bottom"}
    axes.text(place, _above(panel), words, color=look.color if mark.key else SMALL, **beside, **_letters(SMALL_PRINT))


def _above(panel: Panel) -> float:
    assert panel.axis is not None, "a lane has nothing above it"
    return panel.axis.high + (panel.axis.high - panel.axis.low) * LABEL_GAP / panel.height


def _names(axes: Axes, scene: Scene, panel: Panel) -> None:
    """The limits' lines, and at the right edge what each line is called, moved apart where they meet."""
    if panel.axis is None:
        return
    low, high = panel.axis.low, panel.axis.high
    named = [(series.last.value, series.ink, series.label) for series in panel.series if series.label]
    for rule in panel.rules:
        if low <= rule.value <= high:
            axes.axhline(rule.value, color=LOOKS[rule.ink].color, linewidth=LOOKS[rule.ink].width, zorder=2, label=rule.label)
        named.append((min(rule.value, high), rule.ink, rule.label if rule.value <= high else f"{rule.label} ↑"))
    named.sort(key=itemgetter(0))
    pixel = (high - low) / panel.height
    places = apart((value for value, _, _ in named), NAMES * 1.15 * pixel, low + NAMES / 2 * pixel, high - NAMES / 3 * pixel)
    for place, (_, ink, label) in zip(places, named, strict=True):
        axes.text(1 + LABEL_GAP / PLOT_WIDTH, place, drawable(label), color=LOOKS[ink].color, va="center", **_letters(NAMES))


# ── below ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _time(sheet: _Sheet, scene: Scene, top: float) -> None:
    sheet.box(LEFT, top, PLOT_WIDTH, 0.6, facecolor=SMALL, edgecolor="none")
    for tick in scene.time.ticks:
        x = LEFT + scene.time.place(tick.at) * PLOT_WIDTH
        sheet.box(x - 0.3, top, 0.6, 3, facecolor=SMALL, edgecolor="none")
        sheet.write(x, top + 5, tick.words, SMALL_PRINT, SMALL, ha="center", va="top")
    for cut in scene.time.cuts:
        x = LEFT + scene.time.place((cut.start + cut.end) / 2) * PLOT_WIDTH
        sheet.write(x, top, "≈", TITLE, TEXT, ha="center", va="center", bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.2})
    sheet.write(LEFT + PLOT_WIDTH, top + TICKS_LINE + 2, scene.time.label, SMALL_PRINT, SMALL, ha="right", va="top")


def _legend(sheet: _Sheet, scene: Scene, top: float) -> None:
    x: float = EDGE
    for ink, words in scene.legend:
        look = LOOKS[ink]
        sheet.box(x, top, SWATCH * 1.6, SWATCH, facecolor=look.fill, edgecolor=look.color, linewidth=0.9, hatch=look.hatch)
        sheet.write(x + SWATCH * 1.6 + LABEL_GAP, top + SWATCH / 2, words, SMALL_PRINT, TEXT, va="center")
        x += SWATCH * 1.6 + width(words, SMALL_PRINT) + 4 * LABEL_GAP
