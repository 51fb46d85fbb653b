"""Whatever somebody writes where Songbird reads: it decides nothing, pings nobody, links nowhere, leaks nothing.

Each attack stands in every place at once: the note, a commit's title and body and author, a concern and its caveat, a
finding, a reason, and a question. The texts of it are written by the templates and by a model that obeys, and are drawn
as Slack would get them. The one thing to remember: a decision is compared with the same story told without the attack.
"""

import json
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from bot.adapters.chat.markdown import harmless
from bot.adapters.writer.model import Model, Terms
from bot.adapters.writer.model.budget import Limits, ShortMemory
from bot.adapters.writer.model.calls import Call, Reply, Used
from bot.adapters.writer.model.shapes import Caption, Question, Sentence, Shape
from bot.adapters.writer.template import Template
from bot.core import commands as c
from bot.core.contents import Change, Severity
from bot.core.errors import AdapterError
from bot.core.events import Recorded
from bot.core.voices import Decision
from bot.texts import Material
from bot.texts.kinds import KINDS
from bot.texts.sheet import sheet
from bot.views import answers, modals
from bot.views.texts import text_message
from tests.golden.checks import problems, view_problems
from tests.golden.stories import CHANGES, QUINN, Story, broken, shop_plan, told
from tests.support.scenario import ADA, PRIYA, VICTOR
from tests.texts.attacks import ATTACKS, SECRET, WISHES

KINDS_WRITTEN = [kind for kind in KINDS if kind != "answer"]

ACTIVE = re.compile(r"<(?:[!@#]|https?:|mailto:|javascript:|data:)")
"""A token of Slack's that does something, written as such."""


OURS = re.compile(r"<@(?:U0ADA|U0PRIYA|U0VICTOR|U0OMAR)>|<!date\^\d+\^[^<>^]*\|[^<>]*>")
"""Tokens that Songbird writes: people of the plan, and times."""


def attacked(text: str) -> Story:
    """A release that is staged, worried about, approved, and goes back, with the text wherever one can be written."""
    at = Story(plan=shop_plan())
    at.when(c.StageRelease(at.id, "shop", "v1.1.0", at.plan, text), ADA)
    changes = tuple(
        replace(change, title=f"{change.title} {text}", body=text, author=f"{change.author} {text}"[:200])
        for change in CHANGES
    )
    attack = Change("66c0ffee" * 5, text, text, text, 66, text, (text[:100],))
    at.wait(2).when(c.ReportPrepared(at.id, "c0ffee11" * 5, "v1.1.0", "9d0c0de5" * 5, (*changes, attack)))
    at.written().wait(6).deployed().wait(1.4).exposed().looked()
    said = text.strip() or "nothing"
    at.when(c.RecordFinding(at.id, Severity.MAJOR, said[:2_000], said[:100], said[:100]), QUINN)
    at.when(c.RaiseConcern(at.id, at.entry, said[:2_000]), QUINN)
    at.when(c.DecideConcern(at.id, 1, Decision.CAVEAT, said[:2_000]), PRIYA)
    at.held(40).when(at.approval(), PRIYA)
    at.held(15).when(at.approval(), VICTOR)
    at.held(60).wait(5).deployed().wait(0.8).exposed().held(30).wait(0.8).exposed().looked()
    at.when(c.HoldRelease(at.id, said[:2_000]), ADA).when(c.ResumeRelease(at.id), ADA)
    at.wait(10).looked(broken(since=at.now - 14))
    return at.taken_back()  # type: ignore[return-value] # the story's own way back


def decisions(journal: list[Recorded]) -> list[Any]:
    """What happened, without anybody's words."""
    return [(type(one.event).__name__, one.at, one.actor.id) for one in journal]


def spoken(tree: Any) -> Iterator[str]:
    """Every mrkdwn text and every address of a message or a form: what Slack may read a token out of."""
    if isinstance(tree, dict):
        if tree.get("type") == "mrkdwn":
            yield tree["text"]
        yield from (str(tree[name]) for name in ("url", "image_url") if name in tree)
        for part in tree.values():
            yield from spoken(part)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from spoken(part)


def must_be_harmless(text: str, *trees: Any) -> None:
    """Only people whom the plan or the story names are mentioned, and nothing else acts."""
    for said in (text, *spoken(list(trees))):
        acts = set(ACTIVE.findall(OURS.sub("", said)))
        assert not acts, f"{acts} in {said[:300]!r}"
    assert SECRET not in json.dumps(list(trees), ensure_ascii=False)


@pytest.fixture(scope="module")
def peaceful() -> list[Any]:
    return decisions(attacked("tidy the cart").journal)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_changes_no_decision_and_pings_nobody(name: str, peaceful: list[Any]) -> None:
    at = attacked(ATTACKS[name])
    assert decisions(at.journal) == peaceful
    for said in told(at.journal):
        if said.rendered is not None:
            assert problems(said.rendered) == []
            must_be_harmless(said.rendered.text, *said.rendered.blocks)


@pytest.mark.parametrize("name", ATTACKS)
async def test_templates_write_an_attack_down_as_the_words_that_it_is(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    at = attacked(ATTACKS[name])
    for kind in KINDS_WRITTEN:
        written = await Template().write(kind, material(at, ATTACKS[name]))
        await must_be_shown_harmlessly(at, kind, written.text)


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_as_a_question_is_answered_or_not_and_does_nothing(name: str) -> None:
    at = attacked("tidy the cart")
    written = await Template().write("answer", material(at, ATTACKS[name]))
    shown = answers.answer(at.state, ATTACKS[name], written.text)
    assert problems(shown) == []
    must_be_harmless(shown.text, *shown.blocks)
    streamed = harmless(written.text)
    assert not ACTIVE.search(streamed)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_fakes_no_line_of_evidence(name: str) -> None:
    """Every line that a model reads begins with its own number, and no line is there that would not be without it."""
    calm, at = attacked("tidy the cart"), attacked(ATTACKS[name])
    for kind in KINDS:
        lines = sheet(kind, material(at, "")).text.split("\n")
        assert [line.partition("] ")[0] for line in lines] == [f"[{number}" for number in range(1, len(lines) + 1)]
        assert len(lines) == len(sheet(kind, material(calm, "")).text.split("\n"))
        for line in lines:
            behind = line.partition("] ")[2]
            assert not re.search(r"\[\d|\]|<\||</?[a-z]+>|```", behind), line[:200]


@dataclass
class Obedient:
    """An endpoint whose model does what it is told, whoever tells it: it answers with the attack and what it wishes."""

    attack: str
    asked: list[Call] = field(default_factory=list)

    async def ask(self, call: Call) -> Reply:
        self.asked.append(call)
        return Reply(filled(call.shape, (self.attack, *WISHES)), Used(10, 10))

    async def stream(self, call: Call) -> AsyncGenerator[Sentence | Used, None]:
        self.asked.append(call)
        for text in (self.attack, *WISHES):
            yield Sentence(text=text[:400] or ".", cites=[1, 2, 3, 13])

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("name", ATTACKS)
async def test_of_a_model_that_obeys_nothing_stands(name: str) -> None:
    at, endpoint = attacked(ATTACKS[name]), Obedient(ATTACKS[name])
    model = a_model(endpoint)
    for kind in KINDS_WRITTEN:
        try:
            written = await model.write(kind, material(at, ""))
        except AdapterError:
            continue  # the template's text stands
        await must_be_shown_harmlessly(at, kind, written.text)
        unquoted = written.text.replace(" ".join(ATTACKS[name].split()), "")  # a person's name holds a wish itself
        for wish in WISHES:
            assert wish not in unquoted
    said = [sentence async for sentence in model.answer("why?", material(at, "why?"), "U0QUINN")]
    assert not set(said) & set(WISHES)
    assert all(SECRET not in call.user + call.system for call in endpoint.asked)


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def material(at: Story, about: str) -> Material:
    return Material(at.state, tuple(at.journal), at.now, about, releases=(at.state,))


async def must_be_shown_harmlessly(at: Story, kind: str, text: str) -> None:
    """In the thread, in the list of texts, and in the form."""
    at.when(c.ReportArtefact(at.id, kind, text, "template"))
    shown = text_message(at.state, at.state.artefacts[kind].told)
    assert problems(shown) == []
    must_be_harmless(shown.text, *shown.blocks)
    for form in (modals.texts(at.state, "{}"), modals.text(at.state, json.dumps({"kind": kind}))):
        assert view_problems(form) == []
        must_be_harmless("", form)


def a_model(endpoint: Obedient) -> Model:
    terms = Terms("a-model", {}, 5.0, 2_000, 1_000, Limits(10_000_000, 0.0, 0.0, 0.0))

    async def connect() -> Obedient:
        return endpoint

    return Model(terms, Template(), connect, ShortMemory(), lambda: 0.0)


def filled(shape: type[Shape], texts: tuple[str, ...]) -> Shape:
    """The shape, with these texts wherever it takes sentences, every sentence citing what there is."""
    said = [{"text": text, "cites": [1, 2, 3, 13]} for text in texts]

    def of(annotation: Any) -> Any:
        if get_origin(annotation) is list:
            return [_of(get_args(annotation)[0], text) for text in said]
        one = next((kind for kind in get_args(annotation) if kind is not type(None)), annotation)
        return _of(one, said[0])

    return shape.model_validate({name: of(field.annotation) for name, field in shape.model_fields.items()})


def _of(kind: type[BaseModel], said: dict[str, Any]) -> dict[str, Any]:
    if issubclass(kind, Question):
        return {"question": said, "answer": [said]}
    return {**said, "step": 1} if issubclass(kind, Caption) else said
