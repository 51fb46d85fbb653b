"""What doctor says where much is down at once: of what was not asked, that it was not."""

import asyncio

import pytest

from bot.doctor import findings
from bot.doctor.findings import Finding, NotAskedError, Patience, lines


async def silent() -> Finding:
    await asyncio.Event().wait()
    raise AssertionError("nothing wakes it")


async def well() -> Finding:
    return Finding("cart: changes", fine=True, words="answers")


async def test_what_others_left_no_time_for_was_not_asked_and_is_not_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(findings, "AT_ONCE_MAX", 1)
    monkeypatch.setattr(findings, "ANSWER_SECONDS_MIN", 0.001)
    patience = Patience(answer_seconds_max=0.02, all_seconds_max=0.02)
    (down,), (other,) = await asyncio.gather(
        patience.found("shop: metrics", silent(), "the plan names it"),
        patience.found("cart: changes", well(), "the plan names it"),
    )
    assert down.words.startswith("no answer within 0")
    assert (other.fine, other.words) == (False, "was not asked: others took all the time; see to them and ask again")
    shown = lines([down, other])
    assert shown[0].startswith("NO  shop: metrics  no answer within")
    assert shown[1].startswith("--  cart: changes  was not asked")


async def test_who_has_hardly_any_time_left_is_not_asked() -> None:
    patience = Patience(all_seconds_max=findings.ANSWER_SECONDS_MIN / 2)
    with pytest.raises(NotAskedError, match="was not asked"):
        await patience.answer(well())
    assert [one.fine for one in await Patience().found("cart: changes", well())] == [True]
