"""The incident port, over files and the stand-in; then what files owe to whoever reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.incident import Incidents, file
from bot.adapters.incident.file import File
from bot.adapters.incident.stand_in import StandInIncidents
from bot.core.errors import Permanent, Temporary
from bot.core.systems import FileIncidents

KEY = "shop-1/12/incident"
INCIDENT: dict[str, Any] = {"release": "shop-1", "title": "shöp v1.2.0 rolled back", "findings": [{"value": 0.031}]}


def in_folder(folder: Path) -> File:
    return File(FileIncidents(use="file", folder=str(folder)))


@pytest.fixture(params=["file", "stand-in"])
def incidents(request: pytest.FixtureRequest, tmp_path: Path) -> Incidents:
    return in_folder(tmp_path / "incidents") if request.param == "file" else StandInIncidents()


async def test_filing_gives_a_reference_by_which_people_find_it(incidents: Incidents) -> None:
    assert await incidents.file(KEY, INCIDENT)


async def test_the_same_key_is_the_same_incident(incidents: Incidents) -> None:
    assert await incidents.file(KEY, INCIDENT) == await incidents.file(KEY, {"title": "told again"})


async def test_another_key_is_another_incident(incidents: Incidents) -> None:
    assert await incidents.file(KEY, INCIDENT) != await incidents.file("shop-1/13/incident", INCIDENT)


def text_of(reference: str) -> str:
    return Path(reference).read_text("utf-8")


async def test_pictures_stand_beside_the_ticket_that_names_them(tmp_path: Path) -> None:
    folder = in_folder(tmp_path)
    reference = await folder.file(KEY, INCIDENT, {"chart-1.png": b"a chart"})
    assert json.loads(text_of(reference))["pictures"] == ["shop-1.12.incident.chart-1.png"]
    assert (tmp_path / "shop-1.12.incident.chart-1.png").read_bytes() == b"a chart"
    await folder.file(KEY, INCIDENT, {"chart-1.png": b"another"})
    assert (tmp_path / "shop-1.12.incident.chart-1.png").read_bytes() == b"a chart"


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_file_is_readable_json_and_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    reference = await in_folder(tmp_path / "deep" / "incidents").file(KEY, INCIDENT)
    assert json.loads(text_of(reference)) == INCIDENT
    assert "shöp" in text_of(reference)
    assert [path.name for path in (tmp_path / "deep" / "incidents").iterdir()] == ["shop-1.12.incident.json"]


async def test_what_people_wrote_into_a_filed_incident_stays(tmp_path: Path) -> None:
    reference = await in_folder(tmp_path).file(KEY, INCIDENT)
    (tmp_path / "shop-1.12.incident.json").write_text('{"cause": "a pool of two"}')
    await in_folder(tmp_path).file(KEY, INCIDENT)
    assert text_of(reference) == '{"cause": "a pool of two"}'


async def test_a_crash_half_way_leaves_no_half_incident_and_is_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(file.os, "fsync", crash)
        with pytest.raises(KeyboardInterrupt):
            file._write_once(tmp_path / "shop-1.12.incident.json", b"{")
    assert not (tmp_path / "shop-1.12.incident.json").exists()
    reference = await in_folder(tmp_path).file(KEY, INCIDENT)
    assert json.loads(text_of(reference)) == INCIDENT


@pytest.mark.parametrize("key", ["../shop-1", "shop 1", "", "x" * 200])
async def test_a_key_that_could_leave_the_folder_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(Permanent, match="cannot be the name"):
        await in_folder(tmp_path).file(key, INCIDENT)


async def test_a_folder_that_cannot_be_is_permanent_and_a_full_disk_may_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(Permanent, match="cannot be written: "):
        await in_folder(tmp_path / "taken").file(KEY, INCIDENT)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file.os, "fsync", full)
    with pytest.raises(Temporary, match="No space left"):
        await in_folder(tmp_path).file(KEY, INCIDENT)


async def test_the_stand_in_fails_once_and_files_the_next_time() -> None:
    incidents = StandInIncidents(fail_next=Temporary("later"))
    with pytest.raises(Temporary):
        await incidents.file(KEY, INCIDENT)
    assert await incidents.file(KEY, INCIDENT) == "INC-1"
    assert incidents.filed == {KEY: INCIDENT}
