"""Which of Slack's scopes `songbird doctor` asks for: those of any bot, and those that a plan makes it need."""

from ruamel.yaml import YAML

from bot.core.plan import Plan
from bot.doctor.slack import SCOPES, scopes_of
from bot.sandbox.demo import MANIFEST
from tests.support.scenario import plan

FIX = "paste manifest.yml again and reinstall the app"


def barring() -> Plan:
    asked = {"gate": "approval", "roles": {"product-manager": 1}, "own_changes": "barred"}
    return plan(service="till", stages=[{"name": "qa", "gates": [asked]}])


def by_group() -> Plan:
    return plan(roles={"product-manager": ["S0PRODUCT"], "vp-product": ["U0VICTOR"]})


def test_a_plan_that_names_people_and_bars_nobody_needs_nothing_more() -> None:
    found = scopes_of(SCOPES, [plan()])
    assert (found.fine, found.words) == (True, "all there")


def test_what_a_plan_makes_necessary_is_said_with_what_for_and_the_fix() -> None:
    found = scopes_of(SCOPES - {"commands"}, [plan(), by_group(), barring()])
    assert not found.fine
    assert found.words == (
        "missing commands, usergroups:read (a user group holds a role in the plan of shop), "
        f"users:read.email (nobody approves their own changes in the plan of till): {FIX}"
    )


def test_an_app_that_was_made_from_the_manifest_has_them_all() -> None:
    scopes = frozenset(YAML(typ="safe").load(MANIFEST)["oauth_config"]["scopes"]["bot"])
    assert scopes_of(scopes, [by_group(), barring()]).fine
