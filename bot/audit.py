"""A journal for an auditor: as JSON lines with all that each event holds, or as a table for a spreadsheet.

The one thing to remember: what stands in a cell may be a stranger's, and a spreadsheet runs what begins like a formula;
so such a cell begins with an apostrophe.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from bot.core.events import Recorded
from bot.core.slash import Slash
from bot.store.codec import encode
from bot.texts.audit import Deed

COLUMNS = ("at", "release", "version", "who", "actor", "door", "groups", "event", "what", "evidence", "body")

_PLAIN = Slash()
"""An auditor reads what was written, under the names that it was written with."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def json_lines(journal: Sequence[Recorded], deeds: Sequence[Deed]) -> Iterator[str]:
    """`deeds` are of this journal. `body` is the event as it is stored: digests, verdicts with their numbers, plans."""
    for recorded, deed in zip(journal, deeds, strict=True):
        yield json.dumps(_row(recorded, deed), ensure_ascii=False)


def csv_lines(journal: Sequence[Recorded], deeds: Sequence[Deed]) -> Iterator[str]:
    """A head and a line each."""
    yield _cells(COLUMNS)
    for recorded, deed in zip(journal, deeds, strict=True):
        actor = recorded.actor
        flat = _row(recorded, deed) | {"actor": actor.id, "door": actor.door, "groups": " ".join(actor.groups)}
        body = json.dumps(flat["body"], ensure_ascii=False)
        yield _cells([_inert(str(cell)) for cell in (flat | {"body": body}).values()])


def _row(recorded: Recorded, deed: Deed) -> dict[str, object]:
    coded, actor = encode(recorded.event), recorded.actor
    values = (
        datetime.fromtimestamp(recorded.at, UTC).isoformat(),
        recorded.release,
        recorded.version,
        _PLAIN.said(deed.who),
        asdict(actor),
        actor.door,
        list(actor.groups),
        coded.kind,
        _PLAIN.said(deed.what),
        _PLAIN.said(deed.evidence),
        json.loads(coded.body),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _cells(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
