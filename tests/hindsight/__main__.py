"""`python -m tests.hindsight docs/pictures`: the picture of a backtest in the docs, of the week in `week`."""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.adapters.charts.figure import DOTS, figure
from bot.hindsight import Backtest
from bot.hindsight.drawn import Drawn
from bot.hindsight.picture import scene
from bot.plans import load_to_look_at
from tests.hindsight.week import DEPLOYS, plan, readings

SCALE, COLORS = 2, 128
LOOK = 60


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "shop.yml"
        path.write_text(plan(f"{LOOK}s"))
        shop = load_to_look_at(path, {})
    drawn = Drawn(shop)
    replay = Backtest(shop, deploys=DEPLOYS, drawn=drawn)
    for reading in readings(LOOK):
        replay.look(reading.at, reading.totals)
    made = scene(replay.finish(), drawn)
    assert made is not None
    file = BytesIO()
    figure(made).savefig(file, format="png", dpi=DOTS * SCALE)
    picture = Image.open(file).convert("RGB").quantize(COLORS, dither=Image.Dither.NONE)
    picture.save(folder / "backtest.png", optimize=True)
    print(made.alt)


main(Path(sys.argv[1]))
