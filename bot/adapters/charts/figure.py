"""A scene as a matplotlib figure, and the figure as PNG. The only module besides `words` that imports matplotlib.

Everything is placed by hand in the pixels of a phone, from the top: title, note, keys, then the panels over their
axis of time. So nothing is laid out twice, and the same scene gives the same picture. No pyplot: it keeps figures. The
one thing to remember: data are drawn at the places that the scene's axis of time gives, 0 to 1, not at its seconds.
"""

from dataclasses import dataclass
from io import BytesIO
from operator import itemgetter
from typing import Any, Literal, Self
from xml.sax.saxutils import quoteattr

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from bot.adapters.charts.looks import FRAME, GRID, LOOKS, PAPER, SMALL, TEXT
from bot.adapters.charts.words import FAMILY, apart, drawable, width, wrapped
from bot.views.charts.scene import WIDTH, Axis, Ink, Mark, Panel, Run, Scene, Series, Span

SCALE = 3
"""Pixels drawn for one of a phone's: what its screen has."""
DOTS = 100
"""Pixels of a phone to what matplotlib calls an inch."""

LEFT, EDGE = 48, 12
"""Where the plot begins, and what is left free around everything."""
TITLE, SMALL_PRINT, NAMES = 13.0, 10.0, 10.5
"""Sizes of letters in pixels: below 10 nobody reads them on a phone."""
TITLE_LINE, SMALL_LINE, SIGNS_LINE, GAP = 17, 14, 13, 6
MARKS_LINE, TICKS_LINE = 16, 16
LABEL_GAP = 3
SWATCH, SWATCH_WIDTH, LEGEND_LINE = 11, 18, 16

KEYS_BETWEEN = "    "
SPAN_HEIGHT = 0.84
"""Of its lane."""
HATCH_WIDTH = 0.5
SPAN_WIDTH_MIN = 3
SIGN_DISTANCE = 11


def png(scene: Scene) -> bytes:
    """The picture; its title and alt text stand in the file as well."""
    return _file(scene, "png")


def svg(scene: Scene) -> bytes:
    """The same for a page; letters are drawn as lines, so that it looks alike without their font."""
    said = f'<svg role="img" aria-label={quoteattr(scene.alt)} '
    return _file(scene, "svg", Date=None).replace(b"<svg ", said.encode(), 1)


def _file(scene: Scene, ending: str, **more: None) -> bytes:
    file = BytesIO()
    with rc_context({"svg.hashsalt": scene.title}):  # the same scene is the same file
        about = {"Title": scene.title, "Description": scene.alt, **more}
        figure(scene).savefig(file, format=ending, facecolor=PAPER, metadata=about)
    return file.getvalue()


def figure(scene: Scene) -> Figure:
    """The picture as matplotlib's artists."""
    head = _Head.of(scene)
    headings = [_Heading.of(panel) for panel in scene.panels]
    height = head.height + sum(panel.height + GAP for panel in scene.panels) + TICKS_LINE + SMALL_LINE
    height += sum(heading.height for heading in headings)
    legend = list(_legend_lines(scene))
    height += LEGEND_LINE * len(legend) + 2 * GAP if legend else 0
    drawing = Figure(figsize=(WIDTH / DOTS, height / DOTS), dpi=DOTS * SCALE, facecolor=PAPER)
    FigureCanvasAgg(drawing)
    sheet = _Sheet(drawing, height, scene)
    sheet.box(0.5, 0.5, WIDTH - 1, height - 1, facecolor="none", edgecolor=FRAME, linewidth=0.7)
    head.write(sheet)
    top: float = head.height
    for panel, heading in zip(scene.panels, headings, strict=True):
        heading.write(sheet, top)
        top += heading.height
        _panel(sheet, panel, top, 0 if heading.name else head.rise)
        top += panel.height + GAP
    _time(sheet, top - GAP)
    for number, line in enumerate(legend):
        _legend(sheet, top + TICKS_LINE + SMALL_LINE + GAP + LEGEND_LINE * number, line)
    return drawing


@dataclass(frozen=True)
class _Head:
    """What is written above the panels, in lines. `rise`: how far above the first panel the labels of steps stand."""

    title: tuple[str, ...]
    note: tuple[str, ...]
    keys: tuple[tuple[Mark, ...], ...]
    labelled: bool
    """Whether the first panel has labels above it: a lane has none."""

    @classmethod
    def of(cls, scene: Scene) -> Self:
        room = WIDTH - 2 * EDGE
        title = wrapped(drawable(scene.title).split(" "), TITLE, room, bold=True)
        note = wrapped(drawable(scene.note).split(" "), SMALL_PRINT, room)
        explained = {_explained(mark): mark for mark in scene.keys}
        keys = [
            tuple(explained[part] for part in line)
            for line in wrapped(explained, SMALL_PRINT, room, between=KEYS_BETWEEN)
        ]
        labelled = scene.panels[0].axis is not None
        return cls(tuple(map(" ".join, title)), tuple(map(" ".join, note)), tuple(keys), labelled)

    @property
    def rise(self) -> int:
        return SIGNS_LINE if self.keys else 0

    @property
    def height(self) -> int:
        lines = TITLE_LINE * len(self.title) + SMALL_LINE * (len(self.note) + len(self.keys))
        return EDGE + lines + (MARKS_LINE + self.rise if self.labelled else 0) + GAP

    def write(self, sheet: "_Sheet") -> None:
        top: float = EDGE
        for line in self.title:
            sheet.write(EDGE, top, line, TITLE, TEXT, weight="bold", va="top")
            top += TITLE_LINE
        for line in self.note:
            sheet.write(EDGE, top + 1, line, SMALL_PRINT, SMALL, va="top")
            top += SMALL_LINE
        for marks in self.keys:
            left: float = EDGE
            for mark in marks:
                sheet.write(left, top + 1, _explained(mark), SMALL_PRINT, LOOKS[mark.ink].color, va="top")
                left += width(_explained(mark) + KEYS_BETWEEN, SMALL_PRINT)
            top += SMALL_LINE


@dataclass(frozen=True)
class _Heading:
    """What stands above a plot that has a name, in lines."""

    name: str = ""
    note: tuple[str, ...] = ()

    @classmethod
    def of(cls, panel: Panel) -> Self:
        if panel.axis is None or not panel.name:
            return cls()
        note = wrapped(drawable(panel.note).split(" "), SMALL_PRINT, WIDTH - 2 * EDGE) if panel.note else []
        return cls(drawable(panel.name), tuple(map(" ".join, note)))

    @property
    def height(self) -> int:
        return SMALL_LINE * (1 + len(self.note)) + 2 * GAP if self.name else 0

    def write(self, sheet: "_Sheet", top: float) -> None:
        sheet.write(EDGE, top + GAP, self.name, NAMES, TEXT, weight="bold", va="top")
        for number, line in enumerate(self.note, start=1):
            sheet.write(EDGE, top + GAP + SMALL_LINE * number, line, SMALL_PRINT, SMALL, va="top")


def _explained(mark: Mark) -> str:
    return drawable(f"{mark.label} {mark.key}")


@dataclass(frozen=True)
class _Sheet:
    """The whole figure, in a phone's pixels from its upper left."""

    drawing: Figure
    height: float
    scene: Scene

    @property
    def plot(self) -> int:
        return self.scene.plot_width

    def place(self, at: float) -> float:
        """Where a moment stands: 0 to 1 of the plot's width."""
        return self.scene.time.place(at)

    def write(self, x: float, y: float, text: str, size: float, color: str, **how: Any) -> None:  # noqa: ANN401 - matplotlib's own
        self.drawing.text(x / WIDTH, 1 - y / self.height, text, color=color, **_letters(size), **how)

    def box(self, x: float, y: float, wide: float, high: float, **how: Any) -> None:  # noqa: ANN401 - the same
        corner = (x / WIDTH, 1 - (y + high) / self.height)
        self.drawing.add_artist(
            Rectangle(corner, wide / WIDTH, high / self.height, transform=self.drawing.transFigure, **how)
        )

    def axes(self, top: float, high: float) -> Axes:
        axes = self.drawing.add_axes(
            (LEFT / WIDTH, 1 - (top + high) / self.height, self.plot / WIDTH, high / self.height), facecolor="none"
        )
        axes.set(xlim=(0.0, 1.0), xticks=(), yticks=())
        axes.spines[:].set_visible(False)
        return axes


def _letters(size: float) -> dict[str, Any]:
    """Letters of so many pixels; what looks like a formula is none."""
    return {"fontsize": size * 72 / DOTS, "fontfamily": FAMILY, "parse_math": False}


# ── panels ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _panel(sheet: _Sheet, panel: Panel, top: float, rise: float) -> None:
    axes = sheet.axes(top, panel.height)
    if panel.axis is None:
        axes.set_ylim(0.0, 1.0)
        _signs(axes, sheet, panel.marks)
        sheet.write(
            LEFT - LABEL_GAP * 2, top + panel.height / 2, panel.name, SMALL_PRINT, SMALL, ha="right", va="center"
        )
    else:
        axes.set_ylim(panel.axis.low, panel.axis.high)
        for tick in panel.axis.ticks:
            axes.axhline(tick.at, color=GRID, linewidth=0.8, zorder=0)
            axes.text(
                -LABEL_GAP / sheet.plot,
                tick.at,
                drawable(tick.words),
                color=SMALL,
                ha="right",
                va="center",
                **_letters(SMALL_PRINT),
            )
    for span in panel.spans:
        _span(axes, sheet, span)
    for mark in panel.marks if panel.axis else ():
        _mark(axes, sheet, mark, panel, rise)
    for series in panel.series:
        _line(axes, sheet, series)
    if panel.axis is not None:
        _names(axes, sheet, panel, panel.axis)


def _line(axes: Axes, sheet: _Sheet, series: Series) -> None:
    look = LOOKS[series.ink]
    for run in series.runs:
        places = [sheet.place(point.at) for point in run]
        values = [point.value for point in run]
        how = "steps-post" if series.steps else "default"
        line = axes.plot(places, values, color=look.color, linewidth=look.width, drawstyle=how, label=series.label)[0]
        line.set(solid_capstyle="round", clip_on=False, zorder=3 if series.ink is Ink.CANARY else 2.5)
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
    step: Literal["post"] | None = "post" if series.steps else None
    axes.fill_between(
        places, lows, highs, step=step, color=look.fill, alpha=0.6, linewidth=0, zorder=1, label=series.label
    )


def _span(axes: Axes, sheet: _Sheet, span: Span) -> None:
    """A box in a lane. The shortest is still seen."""
    look, start, end = LOOKS[span.ink], sheet.place(span.start), sheet.place(span.end)
    wide = max(end - start, SPAN_WIDTH_MIN / sheet.plot)
    corner = (min(start, 1 - wide), (1 - SPAN_HEIGHT) / 2)
    box = Rectangle(corner, wide, SPAN_HEIGHT, facecolor=look.fill, edgecolor=look.color, linewidth=0.9)
    box.set(hatch=look.hatch, hatch_linewidth=HATCH_WIDTH, label=span.label)
    axes.add_patch(box)
    words = drawable(span.label)
    if not look.hatch and width(words, SMALL_PRINT) + 2 * LABEL_GAP <= wide * sheet.plot:
        middle: dict[str, Any] = {"ha": "center", "va": "center", "color": look.on_fill}
        axes.text(start + wide / 2, 0.48, words, **middle, **_letters(SMALL_PRINT))


def _signs(axes: Axes, sheet: _Sheet, marks: tuple[Mark, ...]) -> None:
    """What somebody did, at its time in a lane; signs that would cover one another are moved apart."""
    apart_by, edge = SIGN_DISTANCE / sheet.plot, SIGN_DISTANCE / 2 / sheet.plot
    places = apart((sheet.place(mark.at) for mark in marks), apart_by, edge, 1 - edge)
    for place, mark in zip(places, marks, strict=True):
        how: dict[str, Any] = {"ha": "center", "va": "center", "color": LOOKS[mark.ink].color, "weight": "bold"}
        axes.text(place, 0.48, drawable(mark.label), **how, **_letters(TITLE))


def _mark(axes: Axes, sheet: _Sheet, mark: Mark, panel: Panel, rise: float) -> None:
    """A line through the panel. Labels of steps stand above the signs, and within the sheet."""
    assert panel.axis is not None, "a lane has signs and no lines"
    look, place, is_step = LOOKS[mark.ink], sheet.place(mark.at), mark.ink is Ink.STEP
    pixel = (panel.axis.high - panel.axis.low) / panel.height
    top = panel.axis.high + (rise if is_step else 0) * pixel
    line = axes.plot((place, place), (panel.axis.low, top), color=look.color, linewidth=look.width, label=mark.label)[0]
    line.set(zorder=2, clip_on=False)
    if look.dashes:
        line.set_dashes(look.dashes)
    words = drawable(mark.label)
    if is_step:
        place = min(place, (WIDTH - EDGE - LEFT - width(words, SMALL_PRINT)) / sheet.plot)
    how: dict[str, Any] = {
        "ha": "left" if is_step else "center",
        "va": "bottom",
        "color": SMALL if is_step else look.color,
    }
    axes.text(place, top + LABEL_GAP * pixel, words, **how, **_letters(SMALL_PRINT))


def _names(axes: Axes, sheet: _Sheet, panel: Panel, axis: Axis) -> None:
    """At the right edge what each line is called, moved apart where they meet; too long ones stand in the plot."""
    room, pixel = WIDTH - LEFT - sheet.plot - 2 * LABEL_GAP, (axis.high - axis.low) / panel.height
    named = [(series.last.value, series.ink, drawable(series.label)) for series in panel.series if series.label]
    for rule in panel.rules:
        seen = axis.low <= rule.value <= axis.high
        if seen:
            axes.axhline(rule.value, color=LOOKS[rule.ink].color, linewidth=LOOKS[rule.ink].width, zorder=2).set_label(
                rule.label
            )
        place = min(max(rule.value, axis.low), axis.high)
        words = drawable(rule.label if seen else f"{rule.label} {'↑' if rule.value > axis.high else '↓'}")
        if width(words, NAMES) <= room:
            named.append((place, rule.ink, words))
        else:
            _inside(axes, sheet, words, min(place + LABEL_GAP * pixel, axis.high - NAMES * pixel), rule.ink)
    named.sort(key=itemgetter(0))
    half = NAMES / 2 * pixel
    places = apart((value for value, _, _ in named), NAMES * 1.15 * pixel, axis.low + half, axis.high - half / 2)
    for place, (_, ink, words) in zip(places, named, strict=True):
        axes.text(1 + LABEL_GAP / sheet.plot, place, words, color=LOOKS[ink].color, va="center", **_letters(NAMES))


def _inside(axes: Axes, sheet: _Sheet, words: str, place: float, ink: Ink) -> None:
    how: dict[str, Any] = {"va": "bottom", "color": LOOKS[ink].color, "zorder": 4}
    axes.text(LABEL_GAP / sheet.plot, place, words, **how, **_letters(NAMES))


# ── below ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _time(sheet: _Sheet, top: float) -> None:
    sheet.box(LEFT, top, sheet.plot, 0.6, facecolor=SMALL, edgecolor="none")
    for tick in sheet.scene.time.ticks:
        x = LEFT + sheet.place(tick.at) * sheet.plot
        sheet.box(x - 0.3, top, 0.6, 3, facecolor=SMALL, edgecolor="none")
        half = width(tick.words, SMALL_PRINT) / 2
        sheet.write(min(x, WIDTH - EDGE - half), top + 5, tick.words, SMALL_PRINT, SMALL, ha="center", va="top")
    for cut in sheet.scene.time.cuts:
        x = LEFT + sheet.place((cut.start + cut.end) / 2) * sheet.plot
        sheet.write(
            x,
            top,
            "≈",
            TITLE,
            TEXT,
            ha="center",
            va="center",
            bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.2},
        )
    sheet.write(
        LEFT + sheet.plot, top + TICKS_LINE + 2, sheet.scene.time.label, SMALL_PRINT, SMALL, ha="right", va="top"
    )


def _legend_lines(scene: Scene) -> list[list[tuple[Ink, str]]]:
    """As many to a line as fit."""
    lines: list[list[tuple[Ink, str]]] = []
    free = 0.0
    for ink, words in scene.legend:
        wide = SWATCH_WIDTH + width(words, SMALL_PRINT) + 4 * LABEL_GAP
        if not lines or wide > free:
            lines.append([])
            free = WIDTH - 2 * EDGE + 3 * LABEL_GAP
        lines[-1].append((ink, words))
        free -= wide
    return lines


def _legend(sheet: _Sheet, top: float, line: list[tuple[Ink, str]]) -> None:
    x: float = EDGE
    for ink, words in line:
        look = LOOKS[ink]
        if look.fill == PAPER:  # it is a mark, from top to bottom
            place = ((x + SWATCH_WIDTH / 2) / WIDTH,) * 2
            ends = (1 - top / sheet.height, 1 - (top + SWATCH) / sheet.height)
            mark = Line2D(place, ends, color=look.color, linewidth=look.width, transform=sheet.drawing.transFigure)
            if look.dashes:
                mark.set_dashes(look.dashes)
            sheet.drawing.add_artist(mark)
        else:
            colors = {"facecolor": look.fill, "edgecolor": look.color}
            sheet.box(x, top, SWATCH_WIDTH, SWATCH, linewidth=0.9, hatch=look.hatch, **colors)
        sheet.write(x + SWATCH_WIDTH + LABEL_GAP, top + SWATCH / 2, words, SMALL_PRINT, TEXT, va="center")
        x += SWATCH_WIDTH + width(words, SMALL_PRINT) + 4 * LABEL_GAP
