"""Endpoints that the model writer is held to: one in memory, aimock, and a stand-in for what aimock cannot do.

aimock comes from npm, pinned, into pytest's cache; a test that needs it is skipped, with the reason, where node or the
registry is missing. Which of its answers a test gets is chosen by the model's name (`aimock/model.json`). The one thing
a reader could forget: measured, aimock sends no refusals, no empty lists of choices and no pages of HTML.
"""

import asyncio
import json
import re
import subprocess
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.adapters.writer import Writer, Written
from bot.adapters.writer.model import Model, Terms, terms
from bot.adapters.writer.model.budget import Limits, ShortMemory
from bot.adapters.writer.model.calls import Call, NoAnswer, Reply, Used
from bot.adapters.writer.model.endpoint import connected
from bot.adapters.writer.model.shapes import SHAPES, Sentence, Shape
from bot.core.errors import AdapterError
from bot.settings import Settings
from bot.texts import Material
from bot.texts.grounding import Claim, Grounded, Removed
from bot.texts.sheet import Sheet
from tests.contracts.npm import installed
from tests.contracts.test_writer_contract import CHANGES, release

AIMOCK = "@copilotkit/aimock@1.43.0"

KEY = "sk-very-secret"
TITLE, FACTS = "## The shop v1.2.0", "5 changes since bbbbbbbb."

TOUR = ["Put the widgets in order.", "Buy something."]
QUESTION = "Are prices in cents?"
MATERIAL = Material(release(*CHANGES, tour=TOUR), now=1_800_000_100.0)
"""Its changes are lines 3 to 9 of the evidence, #49 to #45."""


def said(text: str, *cites: int) -> dict[str, Any]:
    return {"text": text, "cites": list(cites)}


CENTS = said("Prices are in cents (#47).", 5)
POOL = said("Two database connections per shop is change #49.", 3)
WORDS = [CENTS, POOL]
BASELESS = said("Checkout is 40% faster.", 99)
"""It cites a line that there is not."""

FILLED: dict[str, dict[str, Any]] = {
    "notes": {"summary": WORDS, "highlights": WORDS},
    "engineering": {"summary": WORDS, "risks": WORDS},
    "migration": {"summary": WORDS, "steps": WORDS},
    "undo": {"summary": WORDS, "warnings": WORDS},
    "faq": {"questions": [{"question": CENTS, "answer": WORDS}]},
    "walkthrough": {"summary": WORDS, "captions": [{**CENTS, "step": 2}, {**POOL, "step": 1}]},
    "go-no-go": {"summary": WORDS, "unresolved": WORDS},
    "narration": {"told": WORDS},
    "diagnosis": {"told": WORDS, "next_step": CENTS},
    "incident": {"told": WORDS},
    "daily": {"told": WORDS},
    "answer": {"told": WORDS},
}


def simply_grounded(claims: Iterable[Claim], _: Sheet) -> Grounded:
    """What the evidence bears out has tests of its own; here all of it does, but for what cites line 99."""
    every = list(claims)
    kept = tuple(claim for claim in every if claim.cites != (99,))
    return Grounded(kept, tuple(Removed(claim, "") for claim in every if claim not in kept))


def filled(kind: str = "notes", **fields: Any) -> Shape:
    return SHAPES[kind].model_validate(FILLED[kind] | fields)


def told(*sentences: dict[str, Any]) -> Shape:
    return filled("answer", told=list(sentences))


class Plain:
    """The template, as far as the model cares: a title and facts."""

    async def write(self, kind: str, material: Material) -> Written:
        return Written(f"{TITLE}\n\n{FACTS}\n", "template")


@dataclass
class InMemory:
    """An endpoint that gives what it was told to give, and remembers what it was asked."""

    answers: deque[Shape | Exception | None] = field(default_factory=deque)
    used: Used | None = field(default_factory=lambda: Used(900, 80))
    calls: list[Call] = field(default_factory=list)
    closed: bool = False
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody waits for an answer that does not come."""

    async def ask(self, call: Call) -> Reply:
        self.calls.append(call)
        match self.answers.popleft() if len(self.answers) > 1 else self.answers[0]:
            case None:
                await self._wait_for_ever()
            case Exception() as failure:
                raise failure
            case Shape() as written:
                return Reply(written, self.used)
        raise AssertionError("nothing ends a wait without end")

    async def stream(self, call: Call) -> AsyncGenerator[Sentence | Used, None]:
        self.calls.append(call)
        while self.answers:
            match self.answers.popleft():
                case None:
                    await self._wait_for_ever()
                case Exception() as failure:
                    raise failure
                case Shape() as written:
                    for sentence in written.sentences():
                        yield sentence
        if self.used is not None:
            yield self.used

    async def _wait_for_ever(self) -> None:
        self.waiting.set()
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed = True


TERMS = Terms(
    model="good",
    models={},
    timeout_seconds=5,
    answer_tokens_max=1_000,
    answers_per_minute=4,
    limits=Limits(tokens_max=100_000, money_max=1, price_in=2, price_out=8),
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A model writer with an endpoint in memory."""

    def __init__(
        self,
        *answers: Shape | Exception | None,
        terms: Terms = TERMS,
        ledger: ShortMemory | None = None,
        plain: Writer | None = None,
    ) -> None:
        self.endpoint = InMemory(deque(answers))
        self.ledger = ledger or ShortMemory()
        self.clock = Clock()
        self.model = Model(terms, plain or Plain(), self._connect, self.ledger, self.clock)

    async def _connect(self) -> InMemory:
        return self.endpoint

    async def failures(self, times: int, kind: str = "notes") -> None:
        for _ in range(times):
            with pytest.raises(NoAnswer):
                await self.model._ask("shop-1", self.call(kind))

    def call(self, kind: str = "notes") -> Call:
        return Call("good", "s" * 40, "u" * 40, SHAPES[kind], 100)


async def hear(writer: Model, person: str = "U0ADA") -> tuple[list[str], AdapterError | None]:
    """What it answers, each sentence taken in a task of its own, and what went wrong in the end."""
    heard: list[str] = []
    try:
        async with aclosing(writer.answer(QUESTION, MATERIAL, person)) as sentences:
            while (sentence := await asyncio.ensure_future(anext(sentences, None))) is not None:
                heard.append(sentence)
    except AdapterError as failure:
        return heard, failure
    return heard, None


# ── on the wire ──────────────────────────────────────────────────────────────────────────────────────────────────────


def settings(url: str, model: str, **more: Any) -> Settings:
    tokens = {"slack_bot_token": SecretStr("xoxb-1"), "slack_app_token": SecretStr("xapp-1")}
    return Settings(**tokens, **{"openai_base_url": url, "openai_api_key": SecretStr(KEY), "model": model} | more)


@asynccontextmanager
async def on_the_wire(url: str, model: str, **more: Any) -> AsyncIterator[Model]:
    """The whole writer with the real client."""
    chosen = settings(url, model, **more)

    async def connect() -> Any:
        return await asyncio.to_thread(connected, url, KEY, chosen.model_timeout_seconds)

    writer = Model(terms(chosen), Plain(), connect, ShortMemory(), Clock())
    try:
        yield writer
    finally:
        await writer.close()


@dataclass
class Aimock:
    """A running server."""

    url: str

    @classmethod
    @contextmanager
    def started(cls, program: Path) -> Iterator[Self]:
        fixtures = Path(__file__).parent / "aimock"
        command = ["node", str(program), "-p", "0", "-f", str(fixtures), "--strict", "--validate-on-load"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
            try:
                yield cls(_address(server))
            finally:
                server.terminate()

    async def requests(self, model: str) -> list[dict[str, Any]]:
        """The bodies of all requests for a model, and the status that each got."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/__aimock/journal") as answer:
            entries = await answer.json()
        return [entry | entry["body"] for entry in entries if (entry.get("body") or {}).get("model") == model]


def installed_aimock(config: pytest.Config) -> Path:
    """The program, installed where it is not yet."""
    return installed(config, AIMOCK) / "@copilotkit/aimock/dist/cli.js"


def _address(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    said = []
    for line in server.stdout:
        said.append(line)
        if found := re.search(r"listening on (http://\S+)", line):
            return found[1]
    raise AssertionError(f"aimock did not start: {''.join(said)}")


Answering = Callable[[web.Request], Any]


@asynccontextmanager
async def standing_in(answer: Answering) -> AsyncIterator[str]:
    """A stand-in for an endpoint, for what aimock cannot send: its base address."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        yield f"http://127.0.0.1:{server.port}/v1"


def completion(**message: Any) -> dict[str, Any]:
    """A chat completion with one message."""
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": None, **message}}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


def chunk(text: str) -> bytes:
    """A piece of a stream."""
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(whole)}\n\n".encode()
