"""What a model may cost, what is done when it fails, how it answers, and how it is configured. In memory."""

import asyncio
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.adapters.writer.model import Model, configured, terms, why_not
from bot.adapters.writer.model.budget import Limits, ShortMemory, Spent
from bot.adapters.writer.model.calls import Fault, NoAnswer, Used
from bot.adapters.writer.model.shapes import Answer, ReleaseNotes, Sentence, Shape
from bot.core.errors import Permanent, Temporary
from tests.contracts.model_fixtures import (
    BASELESS,
    CENTS,
    MATERIAL,
    POOL,
    QUESTION,
    TERMS,
    Bench,
    Clock,
    Plain,
    filled,
    hear,
    settings,
    simply_grounded,
    told,
)

LATER = NoAnswer("no answer", Fault.LATER, Used(), retry_after_seconds=7)
GARBLED = NoAnswer("nonsense", Fault.GARBLED)
DECLINED = NoAnswer("refused", Fault.DECLINED, Used(10, 1))


@pytest.fixture(autouse=True)
def _only_line_99_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.adapters.writer.model.grounded", simply_grounded)


# ── what it may cost ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_a_text_used_is_booked_for_its_release() -> None:
    bench = Bench(filled())
    await bench.model.write("notes", MATERIAL)
    spent = bench.ledger.spent("shop-1")
    assert spent.tokens == 980
    assert spent.money == pytest.approx((900 * 2 + 80 * 8) / 1e6)


@pytest.mark.parametrize(
    ("failure", "tokens"),
    [
        (NoAnswer("", Fault.LATER, Used()), 0),
        (NoAnswer("", Fault.DECLINED, Used(10, 1)), 11),
        (NoAnswer("", Fault.GARBLED), 120),  # 80 characters are 20 tokens, and 100 may be written
    ],
)
async def test_an_attempt_that_brought_nothing_is_booked_at_what_it_used_or_else_at_its_estimate(
    failure: NoAnswer, tokens: int
) -> None:
    bench = Bench(failure)
    await bench.failures(1)
    assert bench.ledger.spent("shop-1").tokens == tokens


async def test_a_text_that_is_waited_for_too_long_is_temporary_and_booked_at_its_estimate() -> None:
    bench = Bench(None, terms=replace(TERMS, timeout_seconds=0.01))
    with pytest.raises(Temporary, match=r"within 0.01 s \(SONGBIRD_MODEL_TIMEOUT_SECONDS\)"):
        await bench.model.write("notes", MATERIAL)
    assert bench.ledger.spent("shop-1").tokens > TERMS.answer_tokens_max


@pytest.mark.parametrize(
    ("limits", "setting"),
    [
        (Limits(tokens_max=119, money_max=1, price_in=0, price_out=0), "SONGBIRD_MODEL_RELEASE_TOKENS_MAX"),
        (Limits(tokens_max=120, money_max=0.0001, price_in=1, price_out=1), "SONGBIRD_MODEL_RELEASE_MONEY_MAX"),
    ],
)
async def test_a_call_that_would_break_the_limit_is_not_made(limits: Limits, setting: str) -> None:
    bench = Bench(filled(), terms=replace(TERMS, limits=limits))
    with pytest.raises(Permanent, match=setting):
        await bench.model._ask("shop-1", bench.call())
    assert not bench.endpoint.calls
    assert bench.ledger.spent("shop-1") == Spent()


async def test_each_release_has_its_own_limit_and_without_prices_there_is_none_of_money() -> None:
    bench = Bench(filled(), terms=replace(TERMS, limits=Limits(120, 0, 0, 0)))
    bench.endpoint.used = None
    await bench.model._ask("shop-1", bench.call())
    await bench.model._ask("shop-2", bench.call())
    with pytest.raises(Permanent, match="120 tokens"):
        await bench.model._ask("shop-2", bench.call())


async def test_money_that_was_spent_at_a_price_binds_nobody_once_there_is_none() -> None:
    bench = Bench(filled(), terms=replace(TERMS, limits=Limits(1_000, 1, 0, 0)))
    await bench.ledger.add("shop-1", Spent(tokens=10, money=5))
    await bench.model._ask("shop-1", bench.call())


async def test_two_texts_at_once_do_not_break_the_limit_together() -> None:
    class Durable(ShortMemory):
        async def add(self, release: str, spent: Spent) -> None:
            await asyncio.sleep(0)  # as every write lets others run
            await super().add(release, spent)

    bench = Bench(filled(), terms=replace(TERMS, limits=Limits(200, 0, 0, 0)), ledger=Durable())
    both = await asyncio.gather(*(bench.model._ask("shop-1", bench.call()) for _ in "ab"), return_exceptions=True)
    assert [type(one) for one in both].count(Permanent) == 1
    assert len(bench.endpoint.calls) == 1


# ── when it fails ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_failure_that_may_pass_is_temporary_and_says_when_to_come_back() -> None:
    with pytest.raises(Temporary) as caught:
        await Bench(LATER).model.write("notes", MATERIAL)
    assert caught.value.retry_after_seconds == 7


@pytest.mark.parametrize("fault", [Fault.WRONG, Fault.DECLINED])
async def test_a_failure_that_will_not_pass_is_permanent(fault: Fault) -> None:
    with pytest.raises(Permanent, match="why"):
        await Bench(NoAnswer("why", fault)).model.write("notes", MATERIAL)


async def test_what_came_garbled_is_asked_for_once_more_and_not_twice() -> None:
    bench = Bench(GARBLED)
    with pytest.raises(Temporary):
        await bench.model.write("notes", MATERIAL)
    with pytest.raises(Temporary):
        await bench.model.write("engineering", MATERIAL)
    with pytest.raises(Permanent, match="nonsense"):
        await bench.model.write("notes", MATERIAL)


async def test_an_endpoint_that_keeps_failing_is_left_alone_and_it_is_said_once() -> None:
    bench = Bench(LATER)
    with capture_logs() as logs:
        await bench.failures(2)
        assert not bench.model.is_resting
        await bench.failures(1)
        assert bench.model.is_resting
        for _ in range(5):
            with pytest.raises(Temporary, match="left alone for a while"):
                await bench.model.write("notes", MATERIAL)
    assert len(bench.endpoint.calls) == 3
    assert [line["log_level"] for line in logs] == ["warning"]


async def test_after_the_pause_one_call_tries_and_each_that_fails_doubles_the_pause() -> None:
    bench = Bench(LATER)
    await bench.failures(3)
    for pause in (30, 60, 120, 240, 480, 900, 900):
        bench.clock.now += pause - 1
        with pytest.raises(Temporary, match="left alone"):
            await bench.model.write("notes", MATERIAL)
        bench.clock.now += 1
        await bench.failures(1)


async def test_one_good_answer_closes_it_again_and_that_is_said_once_too() -> None:
    bench = Bench(LATER, LATER, LATER, filled())
    with capture_logs() as logs:
        await bench.failures(3)
        bench.clock.now += 30
        for _ in range(3):
            await bench.model.write("notes", MATERIAL)
    assert not bench.model.is_resting
    assert [line["event"] for line in logs if line["event"] != "a model wrote"] == [
        "texts are written from templates: the model's endpoint keeps failing",
        "texts are written by the model again",
    ]


async def test_only_one_call_at_a_time_tries() -> None:
    bench = Bench(LATER, LATER, LATER, None)
    await bench.failures(3)
    bench.clock.now += 30
    trial = asyncio.create_task(bench.model.write("notes", MATERIAL))
    await bench.endpoint.waiting.wait()
    with pytest.raises(Temporary, match="left alone"):
        await bench.model.write("notes", MATERIAL)
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    bench.endpoint.answers.append(filled())
    bench.endpoint.answers.popleft()
    await bench.model.write("notes", MATERIAL)
    assert not bench.model.is_resting


async def test_a_model_that_refuses_to_write_is_no_endpoint_that_fails() -> None:
    bench = Bench(LATER, LATER, DECLINED, LATER, LATER, DECLINED)
    await bench.failures(6)
    assert not bench.model.is_resting


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_comes_sentence_by_sentence_and_only_what_is_borne_out() -> None:
    bench = Bench(told(CENTS), told(BASELESS, POOL))
    assert await hear(bench.model) == ([CENTS["text"], POOL["text"]], None)
    assert bench.ledger.spent("shop-1").tokens == 980
    (call,) = bench.endpoint.calls
    assert QUESTION in call.user


async def test_the_first_sentence_is_there_before_the_second_was_written() -> None:
    bench = Bench(told(CENTS), None)
    async with aclosing(bench.model.answer(QUESTION, MATERIAL, "U0ADA")) as sentences:
        assert await anext(sentences) == CENTS["text"]
    assert bench.ledger.spent("shop-1").tokens > TERMS.answer_tokens_max


@pytest.mark.parametrize("answers", [(), (told(BASELESS),), (LATER,), (GARBLED,), (DECLINED,)])
async def test_a_model_that_cannot_answer_says_nothing_beside_the_templates_answer(
    answers: tuple[Shape | Exception, ...],
) -> None:
    assert await hear(Bench(*answers).model) == ([], None)


async def test_without_budget_or_with_an_endpoint_that_keeps_failing_no_question_is_asked() -> None:
    poor = Bench(told(CENTS), terms=replace(TERMS, limits=Limits(10, 0, 0, 0)))
    assert await hear(poor.model) == ([], None)
    assert not poor.endpoint.calls
    broken = Bench(LATER)
    await broken.failures(3)
    assert await hear(broken.model) == ([], None)
    assert len(broken.endpoint.calls) == 3


async def test_an_answer_that_breaks_off_says_so_after_its_first_sentences() -> None:
    heard, failure = await hear(Bench(told(CENTS), LATER).model)
    assert heard == [CENTS["text"]]
    assert isinstance(failure, Temporary)


async def test_an_answer_that_trickles_is_bounded_in_all() -> None:
    bench = Bench(told(CENTS), None, terms=replace(TERMS, timeout_seconds=0.01))
    heard, failure = await hear(bench.model)
    assert heard == [CENTS["text"]]
    assert "within 0.01 s" in str(failure)


async def test_a_person_gets_so_many_answers_a_minute_and_others_are_not_held_up() -> None:
    bench = Bench()

    async def asks(person: str) -> bool:
        bench.endpoint.answers.append(told(CENTS))
        heard, _ = await hear(bench.model, person)
        bench.endpoint.answers.clear()
        return bool(heard)

    assert [await asks("U0ADA") for _ in range(6)] == [True] * 4 + [False] * 2
    assert await asks("U0BEA")
    bench.clock.now += 61
    assert await asks("U0ADA")
    assert set(bench.model._pace._asked) == {"U0ADA"}


# ── as configured ────────────────────────────────────────────────────────────────────────────────────────────────────


def model_of(chosen: Any) -> Model | None:
    return configured(chosen, Plain(), ShortMemory(), Clock())


def test_without_a_key_or_a_models_name_templates_write_and_doctor_says_why() -> None:
    url = "http://127.0.0.1:1"
    for chosen, setting in (
        (settings(url, "m", openai_api_key=""), "OPENAI_API_KEY"),
        (settings(url, ""), "SONGBIRD_M"),
    ):
        assert model_of(chosen) is None
        assert setting in (why_not(chosen) or "")
    assert why_not(settings(url, "m")) is None


def test_the_settings_reach_the_model() -> None:
    more = {"model_price_in": 2, "model_price_out": 8, "model_timeout_seconds": 9, "model_answers_per_minute": 3}
    chosen = terms(settings("http://127.0.0.1:1", "m", models="diagnosis = big,answer=small", **more))
    assert [chosen.model_for(kind) for kind in ("diagnosis", "answer", "notes")] == ["big", "small", "m"]
    assert (chosen.timeout_seconds, chosen.answer_tokens_max, chosen.answers_per_minute) == (9, 2_000, 3)
    assert chosen.limits == Limits(tokens_max=200_000, money_max=1, price_in=2, price_out=8)


def test_without_a_key_no_client_is_loaded_and_with_one_not_before_the_first_text() -> None:
    program = (
        "import sys, time, bot.app\n"
        "from pydantic import SecretStr\n"
        "from bot.adapters.writer.model import configured\n"
        "from bot.adapters.writer.model.budget import ShortMemory\n"
        "from bot.adapters.writer.template import Template\n"
        "from bot.settings import Settings\n"
        "tokens = {'slack_bot_token': SecretStr('xoxb-1'), 'slack_app_token': SecretStr('xapp-1')}\n"
        "for key in ('', 'sk-1'):\n"
        "    chosen = Settings(**tokens, openai_api_key=SecretStr(key), model='m')\n"
        "    assert (configured(chosen, Template(), ShortMemory(), time.monotonic) is None) == (not key)\n"
        "    assert not {'openai', 'httpx2'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


async def test_an_endpoint_that_was_never_needed_is_never_opened_and_one_that_was_is_closed() -> None:
    bench = Bench(filled())
    await bench.model.close()
    assert not bench.endpoint.closed
    await bench.model.write("notes", MATERIAL)
    await bench.model.close()
    assert bench.endpoint.closed


async def test_doctor_asks_every_model_once_and_says_what_speaks_against_it() -> None:
    ready = Answer(told=[Sentence(text="Ready.", cites=[1])])
    chosen = replace(TERMS, models={"daily": "b", "faq": "c"}, timeout_seconds=0.01)
    bench = Bench(ready, NoAnswer("no such model", Fault.WRONG), None, terms=chosen)
    found = await bench.model.examine()
    assert found["good"] is None
    assert found["b"] == "no such model"
    assert "0.01 s" in (found["c"] or "")
    assert [call.model for call in bench.endpoint.calls] == ["good", "b", "c"]


def test_a_field_that_was_not_asked_for_is_no_answer() -> None:
    with pytest.raises(ValueError, match="extra"):
        ReleaseNotes.model_validate({"summary": [], "highlights": [], "approve": True})
