"""An OpenAI-compatible endpoint, through OpenAI's own client: structured output, whole or as a stream.

The only file that knows the client, and therefore loaded only where a model is configured (`connected`, in a thread:
the import takes about half a second). Retries are off: only the outbox retries. The one thing to remember: what an
endpoint says about its failure was written outside; of all its words only a short code goes into ours.
"""

import math
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import openai
from openai import AsyncOpenAI
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionMessageParam, ParsedChatCompletion

from bot.adapters.writer.model.calls import Call, Fault, NoAnswer, Reply, Used
from bot.adapters.writer.model.shapes import Answer, Sentence, Shape

TOO_MANY_REQUESTS = 429
REQUEST_TIMEOUT = 408
SERVER_ERROR = 500

OUT_OF_MONEY = "insufficient_quota"
"""Comes with 429 like a limit of rate, but waiting does not help."""

ADVICE = {
    401: "look at OPENAI_API_KEY",
    403: "look at OPENAI_API_KEY and what it may do",
    404: "look at OPENAI_BASE_URL, SONGBIRD_MODEL and SONGBIRD_MODELS",
}
"""What an operator can do about it."""

NOTHING_USED = Used()

_CODE = re.compile(r"[\w.-]{1,60}")


def connected(base_url: str, key: str, timeout_seconds: float) -> "OpenAI":
    """An endpoint that is ready for its first call. Slow: for a thread."""
    client = AsyncOpenAI(base_url=base_url, api_key=key, timeout=timeout_seconds, max_retries=0)
    client.chat.completions  # noqa: B018 - loads the rest of the client, here and not in the first call
    return OpenAI(client)


class OpenAI:
    def __init__(self, client: AsyncOpenAI) -> None:
        self._client = client

    async def ask(self, call: Call) -> Reply:
        with _translated():
            completion = await self._client.chat.completions.parse(
                model=call.model,
                messages=_messages(call),
                response_format=call.shape,
                max_completion_tokens=call.tokens_max,
            )
            return _reply(completion)

    async def stream(self, call: Call) -> AsyncGenerator[Sentence | Used, None]:
        told = 0
        with _translated():
            async with self._client.chat.completions.stream(
                model=call.model,
                messages=_messages(call),
                response_format=Answer,
                max_completion_tokens=call.tokens_max,
                stream_options={"include_usage": True},
            ) as stream:
                async for event in stream:
                    if event.type == "content.delta":
                        for sentence in _complete(event.parsed)[told:]:
                            told += 1
                            yield sentence
                reply = _reply(await stream.get_final_completion())
        for sentence in reply.written.sentences()[told:]:
            yield sentence
        if reply.used is not None:
            yield reply.used

    async def close(self) -> None:
        await self._client.close()


def _messages(call: Call) -> list[ChatCompletionMessageParam]:
    return [{"role": "system", "content": call.system}, {"role": "user", "content": call.user}]


def _complete(parsed: Any) -> list[Sentence]:  # noqa: ANN401 - half a JSON text can be anything
    """The sentences that nothing more will be added to: all but the last."""
    told = parsed.get("told") if isinstance(parsed, dict) else None
    return [Sentence.model_validate(one) for one in told[:-1]] if isinstance(told, list) else []


def _reply(completion: ParsedChatCompletion[Any]) -> Reply:
    used = _used(completion.usage)
    message = completion.choices[0].message if completion.choices else None
    if message is not None and message.refusal:
        raise NoAnswer("the model refused to write this", Fault.DECLINED, used)
    if message is None or not isinstance(message.parsed, Shape):
        raise NoAnswer("the model's answer is empty", Fault.GARBLED, used)
    return Reply(message.parsed, used)


def _used(usage: CompletionUsage | None) -> Used | None:
    return None if usage is None else Used(usage.prompt_tokens, usage.completion_tokens)


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _translated() -> Iterator[None]:
    """The client's exceptions as NoAnswer. A body that is no answer makes it stumble in ways of Python's."""
    try:
        yield
    except openai.LengthFinishReasonError as cut:
        words = "the model's answer was cut off at its limit (SONGBIRD_MODEL_ANSWER_TOKENS_MAX)"
        raise NoAnswer(words, Fault.DECLINED, _used(cut.completion.usage)) from None
    except openai.ContentFilterFinishReasonError:
        raise NoAnswer("the endpoint's filter stopped the answer", Fault.DECLINED) from None
    except openai.APIStatusError as refusal:
        raise _meaning(refusal) from None
    except (openai.APIError, httpx2.HTTPError) as broken:
        raise NoAnswer(f"no answer from the model's endpoint ({type(broken).__name__})", Fault.LATER) from None
    except (ValueError, TypeError, AttributeError, AssertionError) as nonsense:
        words = f"an answer that is not what was asked for ({type(nonsense).__name__})"
        raise NoAnswer(words, Fault.GARBLED) from None


def _meaning(refusal: openai.APIStatusError) -> NoAnswer:
    """What a status says. Nothing was written, so nothing was used."""
    status, code = refusal.status_code, refusal.code or refusal.type or ""
    advice = f"; {ADVICE[status]}" if status in ADVICE else ""
    words = f"the model's endpoint answers {status}{f' {code}' if _CODE.fullmatch(code) else ''}{advice}"
    passes = status in (REQUEST_TIMEOUT, TOO_MANY_REQUESTS) or status >= SERVER_ERROR
    if not passes or code == OUT_OF_MONEY:
        return NoAnswer(words, Fault.WRONG, NOTHING_USED)
    return NoAnswer(words, Fault.LATER, NOTHING_USED, _retry_after_seconds(refusal.response))


def _retry_after_seconds(response: httpx2.Response) -> float | None:
    """What it asks for, where it says so in seconds."""
    try:
        seconds = float(response.headers.get("retry-after", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
