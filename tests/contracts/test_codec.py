"""What is written must be read: every event, effect and command, whatever its fields hold."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.actors import Actor, Door
from bot.core.commands import Command, StageRelease, TakePlace, every_command
from bot.core.effects import Deploy, Effect, Tell, every_effect
from bot.core.errors import Misconfigured
from bot.core.events import Event, ReleaseStaged, StepEntered, VerdictChanged, every_event
from bot.core.plan import ApprovalGate, Plan
from bot.core.verdict import Finding, Outcome, Pace, Verdict
from bot.store import codec
from bot.store.ports import Answer
from tests.support.scenario import Scenario, plan

st.register_type_strategy(Plan, st.sampled_from([plan(), plan(watch={"time": "1h30m", "holdback": "5%"})]))
ASKED = {"gate": "approval", "roles": {"qa": 2, "dba": 1}, "expires": "2h", "remind": {"every": "1h30m", "most": 3}}
st.register_type_strategy(ApprovalGate, st.just(ApprovalGate.model_validate(ASKED)))
st.register_type_strategy(Command, st.builds(TakePlace) | st.builds(StageRelease))


def same(one: object, other: object) -> bool:
    """Equal field for field; their texts are compared because a number that is none is not equal to itself."""
    return repr(one) == repr(other)


@pytest.mark.parametrize("kind", every_event(), ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_event_comes_back_as_it_was(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(st.from_type(kind))
    stored = codec.encode(event)
    assert same(codec.decode_event(stored.kind, stored.body), event)


@pytest.mark.parametrize("kind", every_effect(), ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_effect_comes_back_as_it_was(kind: type[Effect], data: st.DataObject) -> None:
    effect = data.draw(st.from_type(kind))
    stored = codec.encode(effect)
    assert same(codec.decode_effect(stored.kind, stored.body), effect)


@pytest.mark.parametrize("kind", every_command(), ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_command_can_be_told_to_another_release(kind: type[Command], data: st.DataObject) -> None:
    tell = Tell("shop-1/7/next/shop-2", "shop-2", data.draw(st.builds(kind)))
    stored = codec.encode(tell)
    assert same(codec.decode_effect(stored.kind, stored.body), tell)


@given(actor=st.from_type(Actor), answer=st.from_type(Answer), verdict=st.from_type(Verdict))
@settings(max_examples=50, deadline=None)
def test_small_records_come_back_as_they_were(actor: Actor, answer: Answer, verdict: Verdict) -> None:
    for record in (actor, answer, verdict):
        assert same(codec.load(type(record), codec.dump(record)), record)
    assert codec.decode_actor(codec.dump(actor)) == actor


def test_a_whole_journal_comes_back_as_it_was() -> None:
    for recorded in Scenario().at_full().journal:
        stored = codec.encode(recorded.event)
        assert codec.decode_event(stored.kind, stored.body) == recorded.event
        assert codec.decode_actor(codec.dump(recorded.actor)) == recorded.actor


def test_durations_of_a_plan_stay_seconds_although_people_write_them_with_units() -> None:
    stored = codec.encode(ReleaseStaged("shop", "v1.1.0", plan(), plan().digest))
    assert json.loads(stored.body)["plan"]["watch"]["time"] == 120.0
    decoded = codec.decode_event(stored.kind, stored.body)
    assert isinstance(decoded, ReleaseStaged)
    assert decoded.plan.digest == decoded.plan_digest


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_not_finite_survive_and_the_text_stays_json(value: float) -> None:
    finding = Finding("errors", "errors", "tolerance", Outcome.FAIL, "nothing to divide by", value=value)
    stored = codec.encode(VerdictChanged(3, Verdict(Outcome.FAIL, Pace.RESET, "rule", (finding,))))
    json.loads(stored.body, parse_constant=pytest.fail)
    decoded = codec.decode_event(stored.kind, stored.body)
    assert isinstance(decoded, VerdictChanged)
    assert repr(decoded.verdict.findings[0].value) == repr(value)


def test_what_people_read_in_the_file_is_plain_json() -> None:
    assert codec.encode(StepEntered(4, 1, 0, 1.0)) == codec.Coded(
        "StepEntered", '{"entry":4,"stage":1,"step":0,"exposure":1.0}'
    )
    assert json.loads(codec.dump(Actor("U0ADA", Door.SHELL))) == {
        "id": "U0ADA",
        "door": "shell",
        "name": "",
        "groups": [],
        "stands_for": [],
        "in_channel": False,
    }


@pytest.mark.parametrize(
    ("decode", "known"),
    [(codec.decode_event, "Deployed"), (codec.decode_effect, "Prepare"), (codec.decode_command, "Tick")],
)
def test_a_kind_that_this_version_does_not_know_is_named_and_not_skipped(decode: Any, known: str) -> None:
    with pytest.raises(Misconfigured, match=r"'ReleaseTeleported'.*a newer Songbird"):
        decode("ReleaseTeleported", "{}")
    with pytest.raises(Misconfigured, match=known):
        decode(known, "not JSON at all")


def test_a_field_that_this_version_does_not_know_is_not_dropped_in_silence() -> None:
    with pytest.raises(Misconfigured, match="altitude"):
        codec.decode_event("Deployed", '{"entry": 1, "altitude": 3}')
    nested = '{"entry":1,"verdict":{"outcome":"pass","pace":"run","rule":"","mood":"good"}}'
    with pytest.raises(Misconfigured, match="mood"):
        codec.decode_event("VerdictChanged", nested)


def test_a_field_that_was_added_later_is_filled_with_its_default() -> None:
    old = '{"commit":"c","title":"fix the cart","author":"Bea"}'
    body = f'{{"commit":"c","name":"v1","previous":null,"changes":[{old}]}}'
    decoded: Any = codec.decode_event("ReleasePrepared", body)
    assert decoded.changes[0].paths == ()


def test_an_effect_brings_its_lane_and_its_urgency_back() -> None:
    effect = Deploy("shop-1/4/deploy", "shop-1", 1, "shop", "staging", "c" * 40, "v1.1.0")
    stored = codec.encode(effect)
    decoded = codec.decode_effect(stored.kind, stored.body)
    assert (decoded.lane, decoded.urgency) == (effect.lane, effect.urgency)
