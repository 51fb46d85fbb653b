"""Texts from a language model, inside limits: `Model` is asked for a better text than the template's.

A text: its evidence is numbered, a prompt is made, the call is booked, the endpoint answers in a shape of sentences
that cite. Each sentence is made harmless and checked against the evidence; those that fail go, and what is left stands
beside the template's facts, if it is enough. In every other case `write` raises, and the template's text stands. The
one thing to remember: nobody waits for this. It returns a whole text or none, and its words reach no decision.
"""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TypeVar

import structlog

from bot.adapters.writer import Writer, Written
from bot.adapters.writer.model.breaker import Breaker
from bot.adapters.writer.model.budget import Budget, Ledger, Limits, Pace
from bot.adapters.writer.model.calls import Call, Endpoint, Fault, NoAnswer, Reply, Used
from bot.adapters.writer.model.harmless import harmless
from bot.adapters.writer.model.prompts import Prompts
from bot.adapters.writer.model.shapes import SHAPES, Answer, Caption, Sentence, Shape
from bot.core.errors import AdapterError, Permanent, Temporary
from bot.core.model import Release
from bot.settings import Settings
from bot.texts import Material
from bot.texts.diagnosis import diagnose
from bot.texts.grounding import Claim, grounded
from bot.texts.kinds import KINDS
from bot.texts.sheet import Sheet, sheet

GARBLED_KEPT_MAX = 1_000
"""Texts that came back garbled once, by the digest of their evidence. When so many are known, all are forgotten."""

SUSPECTING = frozenset({"diagnosis", "incident", "answer"})
"""Texts that may say which change to look at first."""

SUSPECTS_MAX = 3

TRIAL = Call("", "Answer with the sentence that you are given.", "It cites line 1: Ready.", Answer, tokens_max=200)
"""What the doctor asks each model: a few tokens, in the same way as any text."""

Wanted = TypeVar("Wanted", bound=Shape)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator chose. `models` names another one for some kinds of text."""

    model: str
    models: Mapping[str, str]
    timeout_seconds: float
    answer_tokens_max: int
    answers_per_minute: int
    limits: Limits

    def model_for(self, kind: str) -> str:
        return self.models.get(kind, self.model)


class Model:
    """`plain` writes the facts; `connect` gives the endpoint, at the first text; `clock` never goes back."""

    def __init__(
        self,
        terms: Terms,
        plain: Writer,
        connect: Callable[[], Awaitable[Endpoint]],
        ledger: Ledger,
        clock: Callable[[], float],
    ) -> None:
        self._terms = terms
        self._plain = plain
        self._connect = connect
        self._budget = Budget(ledger, terms.limits)
        self._pace = Pace(terms.answers_per_minute, clock)
        self._breaker = Breaker(clock)
        self._prompts = Prompts()
        self._connecting = asyncio.Lock()
        self._endpoint: Endpoint | None = None
        self._garbled: set[tuple[str, str]] = set()

    @property
    def is_resting(self) -> bool:
        """Whether the endpoint failed so often that templates write for now."""
        return self._breaker.is_open

    async def write(self, kind: str, material: Material) -> Written:
        """The text, if it is better than the template's. Raises Temporary, or Permanent where the template stands."""
        if kind not in KINDS:
            raise Permanent(f"there is no prompt for the text {kind!r}")
        evidence = _evidence(kind, material)
        call = self._call(kind, evidence, material.about)
        try:
            reply = await self._ask(material.release.id, call)
        except NoAnswer as failure:
            hopeless = failure.fault is Fault.GARBLED and not self._is_first_time(kind, evidence.digest)
            raise (Permanent(str(failure)) if hopeless else _meaning(failure)) from failure
        kept = _kept(reply.written, evidence, material.release)
        said, left = len(reply.written.sentences()), len(kept.sentences())
        log.info("a model wrote", release=material.release.id, kind=kind, model=call.model, sentences=said, kept=left)
        if not kept.is_enough:
            raise Permanent(f"the evidence bears out {left} of the model's {said} sentences")
        plain = await self._plain.write(kind, material)
        return Written(kept.placed(plain.text), call.model, evidence.digest)

    async def answer(self, question: str, material: Material, person: str) -> AsyncGenerator[str, None]:
        """Sentences that the evidence bears out, as they come; none where the model may not or cannot answer now.

        Raises Temporary or Permanent only when the answer breaks off after its first sentences. To be closed by whoever
        leaves it early (`aclosing`).
        """
        left = 0
        try:
            self._pace.admit(person)
            evidence = _evidence("answer", material)
            call = self._call("answer", evidence, question)
            async with aclosing(self._stream(material.release.id, call)) as sentences:
                async for sentence in sentences:
                    for kept in _kept(Answer(told=[sentence]), evidence, material.release).told:
                        left += 1
                        yield kept.text
        except (NoAnswer, AdapterError) as failure:
            log.info("the template's answer stands", release=material.release.id, reason=str(failure))
            if left:
                raise _meaning(failure) from failure

    async def examine(self) -> dict[str, str | None]:
        """For the doctor: what speaks against each model that is configured; None where it answered a call."""
        models = [*dict.fromkeys((self._terms.model, *self._terms.models.values()))]
        return dict(zip(models, await asyncio.gather(*map(self._tried, models)), strict=True))

    async def _tried(self, model: str) -> str | None:
        try:
            endpoint = await self._connected()
            async with asyncio.timeout(self._terms.timeout_seconds):
                await endpoint.ask(replace(TRIAL, model=model))
        except NoAnswer as failure:
            return str(failure)
        except TimeoutError:
            return self._too_late()
        return None

    async def close(self) -> None:
        if self._endpoint is not None:
            await self._endpoint.close()

    # ── one call ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _call(self, kind: str, evidence: Sheet, about: str) -> Call:
        prompt = self._prompts.of(KINDS[kind], evidence.text, about)
        model = self._terms.model_for(kind)
        return Call(model, prompt.system, prompt.user, SHAPES[kind], self._terms.answer_tokens_max)

    async def _ask(self, release: str, call: Call) -> Reply:
        endpoint = await self._connected()
        with self._breaker.trying():
            booked = await self._budget.book(release, call)
            try:
                async with asyncio.timeout(self._terms.timeout_seconds):
                    reply = await endpoint.ask(call)
            except TimeoutError:
                raise NoAnswer(self._too_late(), Fault.LATER) from None
            except NoAnswer as failure:
                await self._budget.settle(release, booked, failure.used)
                raise
            await self._budget.settle(release, booked, reply.used)
            return reply

    async def _stream(self, release: str, call: Call) -> AsyncGenerator[Sentence, None]:
        """The limit of time is for the whole stream, and holds only while it is waited for."""
        endpoint = await self._connected()
        with self._breaker.trying():
            booked = await self._budget.book(release, call)
            until = asyncio.get_running_loop().time() + self._terms.timeout_seconds
            try:
                async with aclosing(endpoint.stream(call)) as parts:
                    while True:
                        async with asyncio.timeout_at(until):
                            part = await anext(parts, None)
                        if part is None:
                            return
                        if isinstance(part, Used):
                            await self._budget.settle(release, booked, part)
                        else:
                            yield part
            except TimeoutError:
                raise NoAnswer(self._too_late(), Fault.LATER) from None
            except NoAnswer as failure:
                await self._budget.settle(release, booked, failure.used)
                raise

    async def _connected(self) -> Endpoint:
        async with self._connecting:
            if self._endpoint is None:
                self._endpoint = await self._connect()
        return self._endpoint

    def _too_late(self) -> str:
        return f"no answer from the model within {self._terms.timeout_seconds:g} s (SONGBIRD_MODEL_TIMEOUT_SECONDS)"

    def _is_first_time(self, kind: str, digest: str) -> bool:
        """What is garbled is asked for once more: a model that garbles the same evidence twice will do so again."""
        is_first = (kind, digest) not in self._garbled
        if len(self._garbled) >= GARBLED_KEPT_MAX:
            self._garbled.clear()
        self._garbled.add((kind, digest))
        return is_first


def _evidence(kind: str, material: Material) -> Sheet:
    """Numbered; suspects only where a text may speak of them, and then as suspects."""
    found = diagnose(material) if kind in SUSPECTING else None
    return sheet(kind, material, found.suspects[:SUSPECTS_MAX] if found else ())


def _kept(written: Wanted, evidence: Sheet, release: Release) -> Wanted:
    """What is harmless, belongs to the release's tour where it is a caption, and is borne out by the evidence."""
    steps = len(release.plan.stops)

    def shown(sentence: Sentence) -> Sentence | None:
        misplaced = isinstance(sentence, Caption) and not 1 <= sentence.step <= steps
        return None if misplaced else harmless(sentence)

    clean = written.only(shown)
    claims = [_claim(sentence) for sentence in clean.sentences()]
    checked = grounded(claims, evidence)
    for removed in checked.removed:
        log.debug("a model's sentence is left out", release=release.id, reason=removed.reason)
    return clean.only(lambda sentence: sentence if _claim(sentence) in checked.kept else None)


def _meaning(failure: NoAnswer | AdapterError) -> AdapterError:
    match failure:
        case NoAnswer(fault=Fault.LATER | Fault.GARBLED):
            return Temporary(str(failure), failure.retry_after_seconds)
        case NoAnswer():
            return Permanent(str(failure))
        case _:
            return failure


def _claim(sentence: Sentence) -> Claim:
    return Claim(sentence.text, tuple(sentence.cites))


# ── as configured ────────────────────────────────────────────────────────────────────────────────────────────────────


def why_not(settings: Settings) -> str | None:
    """Why no model writes; None when one does."""
    if not settings.openai_api_key.get_secret_value():
        return "no model is configured (OPENAI_API_KEY): all texts are written from templates"
    if not settings.model:
        return "SONGBIRD_MODEL names no model: all texts are written from templates"
    return None


def configured(settings: Settings, plain: Writer, ledger: Ledger, clock: Callable[[], float]) -> Model | None:
    """The model that the settings wish for; None where they wish for none, and then no client library is loaded."""
    if why_not(settings) is not None:
        return None

    async def connect() -> Endpoint:
        """In a thread, the import too: the loop turns on meanwhile."""
        return await asyncio.to_thread(_connected, settings)

    return Model(terms(settings), plain, connect, ledger, clock)


def terms(settings: Settings) -> Terms:
    return Terms(
        model=settings.model,
        models=settings.models_by_kind,
        timeout_seconds=settings.model_timeout_seconds,
        answer_tokens_max=settings.model_answer_tokens_max,
        answers_per_minute=settings.model_answers_per_minute,
        limits=Limits(
            tokens_max=settings.model_release_tokens_max,
            money_max=settings.model_release_money_max,
            price_in=settings.model_price_in,
            price_out=settings.model_price_out,
        ),
    )


def _connected(settings: Settings) -> Endpoint:
    library = importlib.import_module("bot.adapters.writer.model.endpoint")
    key, seconds = settings.openai_api_key.get_secret_value(), settings.model_timeout_seconds
    endpoint: Endpoint = library.connected(settings.openai_base_url, key, seconds)
    return endpoint
