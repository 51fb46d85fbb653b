"""A plan that is wrong says where, what was found, what is allowed, and the nearest word; all of it at once."""

import re
from pathlib import Path

import pytest

from bot import plans
from bot.core.errors import Misconfigured
from bot.core.plan import ApprovalGate, HealthGate, Plan
from bot.plans.explain import PATTERNS
from bot.sandbox.demo import PLAN_VARIABLES

GOOD = """\
service: shop
operators: [U0ADA]
roles:
  product-manager: [U0PRIYA]
on_call: [U0OMAR]
channels:
  releases: "#releases"
changes: {use: git, repository: shop.git}
deployer:
  use: splitter
  url: ${SHOP_URL}
metrics_from: {use: scrape, targets: "http://127.0.0.1:1/sd/{environment}"}
incidents: {use: file, folder: incidents}
metrics:
  - name: errors
    kind: errors
    counter: requests_total{status=~"5.."}
    of: requests_total
    limit: {max: 2%}
stages:
  - name: staging
    environment: staging
    gates:
      - {gate: health, held: 2h}
      - gate: approval
        roles: {product-manager: 1}
  - name: production
    environment: production
    steps: [1%, 10%, 100%]
    gates: [{gate: health, held: 15m}]
"""
VARIABLES = {"SHOP_URL": "http://127.0.0.1:1"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yml"
    path.write_text(GOOD)
    return path


def said_of(file: Path, text: str) -> list[str]:
    """What loading this text says, without the file's name."""
    file.write_text(text)
    with pytest.raises(Misconfigured) as caught:
        plans.load(file, VARIABLES)
    return [line.removeprefix(f"{file}:") for line in str(caught.value).splitlines()]


def test_a_good_plan_is_read_with_its_shorthands_written_out(file: Path) -> None:
    plan = plans.load(file, VARIABLES)
    staging, production = plan.stages
    assert [step.exposure for step in production.steps] == [1.0, 10.0, 100.0]
    assert production.steps[2].gates == (HealthGate(gate="health", held="15m"),)
    assert staging.steps[0].gates[1] == ApprovalGate(gate="approval", roles={"product-manager": 1})
    assert staging.on_failure == "hold"
    assert production.on_failure == "rollback"


def test_variables_are_filled_in_and_two_dollars_are_one(file: Path) -> None:
    file.write_text(GOOD + "tour: ['see ${SHOP_URL}', 'pay $${AMOUNT} or $5']\n")
    assert plans.load(file, VARIABLES).tour == ("see http://127.0.0.1:1", "pay ${AMOUNT} or $5")


def test_the_environment_fills_variables_in_when_none_are_given(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "http://127.0.0.1:2")
    assert plans.load(file).model_dump()["deployer"]["url"] == "http://127.0.0.1:2"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "gate: approval",
            "gate: aproval",
            (
                '25: stages[0].gates[1].gate: found "aproval"; allowed: approval, go, health, minimum-time; '
                'did you mean "approval"?'
            ),
        ),
        (
            "{gate: health, held: 2h}",
            "{held: 2h}",
            "24: stages[0].gates[0].gate: missing; allowed: approval, go, health, minimum-time",
        ),
        (
            "{gate: health, held: 2h}",
            "health",
            (
                '24: stages[0].gates[0]: found "health"; '
                "allowed: a mapping with `gate:` approval, go, health, minimum-time"
            ),
        ),
        (
            "held: 15m",
            "held: 15",
            (
                "30: stages[1].gates[0].held: found 15; a duration has its unit, such as 90s, 15m, 2h or 1h30m; "
                "did you mean 15s, 15m or 15h?"
            ),
        ),
        (
            "kind: errors",
            "kind: eror",
            (
                '16: metrics[0].kind: found "eror"; '
                'allowed: errors, performance, functional, resource, business; did you mean "errors"?'
            ),
        ),
        (
            "releases:",
            "release:",
            (
                '7: channels.release: found the key "release"; allowed: releases, engineering, on_call, stakeholders; '
                'did you mean "releases"?'
            ),
        ),
        ("use: splitter", "use: spliter", '10: deployer.use: found "spliter"; allowed: command, splitter'),
        ("use: git", "use: gti", '8: changes.use: found "gti"; allowed: git; did you mean "git"?'),
        ("incidents: {use: file,", "incidents: {", "13: incidents.use: missing; allowed: file"),
        ("{use: file, folder: incidents}", "file", '13: incidents: found "file"; allowed: a mapping with the keys use'),
        ("steps: [1%, 10%", "steps: [1%, 10", "29: stages[1].steps: found [1%, 10, 100%]; an exposure has its sign; "),
        ("steps: [1%, 10%", "steps: [10%, 1%", "29: stages[1].steps[1]: found 1% after 10%; exposures rise from"),
        ("steps: [1%, 10%, 100%]", "steps: 100%", '29: stages[1].steps: found "100%"; allowed: a list'),
        ("steps: [1%, 10%, 100%]", "steps: []", "29: stages[1].steps: found an empty list; needs 1 at least"),
        (
            "{product-manager: 1}",
            "{product-manger: 1}",
            '26: stages[0].gates[1].roles.product-manger: found the role "product-manger"; roles has p',
        ),
        (
            "{product-manager: 1}",
            "{product-manager: 0}",
            "26: stages[0].gates[1].roles.product-manager: found 0; allow",
        ),
        ("[U0PRIYA]", "[priya]", '4: roles.product-manager[0]: found "priya"; allowed: a Slack member id'),
        (
            "product-manager: [",
            "Product Manager: [",
            '4: roles.Product Manager: found "Product Manager"; allowed: a name',
        ),
        ("service: shop", "service:", "1: service: found nothing; allowed: a name of lower-case letters"),
        ("    kind: errors\n", "", "15: metrics[0].kind: missing; allowed: errors, performance"),
        ("limit: {max: 2%}", "limit: {}", "19: metrics[0].limit: a limit needs min, max or both"),
        (
            'counter: requests_total{status=~"5.."}',
            "counter: x offset 5m",
            "17: metrics[0].counter: 'x offset 5m' has an offset, an @ or an `or`",
        ),
        (
            'counter: requests_total{status=~"5.."}',
            "counter: rate(x)",
            "17: metrics[0].counter: 'rate(x)' is not a series",
        ),
        ("    of: requests_total\n", "", "17: metrics[0].counter: errors: a counter needs `of`"),
        ("service: shop\n", "service: shop\nzone: Mars/Olympus\n", "2: zone: 'Mars/Olympus' is not a time zone"),
        ("service: shop\n", "service: shop\ndaily: 9am\n", '2: daily: found "9am"; allowed: a time of day'),
        ("service: shop\n", "service: shop\ndaily: 09:00\n", "2: daily: daily needs channels.stakeholders"),
        (
            "service: shop\n",
            "service: shop\nwatch: {checkpoints: [13:00, 09:00]}\n",
            "2: watch.checkpoints: checkpoints",
        ),
        (
            "stages:\n",
            "stages:\n  - {name: qa, checkpoints: [09:00], gates: [{gate: minimum-time, time: 1h}]}\n",
            "21: stages[0].checkpoints: checkpoints tell of metrics, and no step has a health gate",
        ),
    ],
)
def test_a_mistake_is_shown_with_its_line_its_place_and_the_way_out(
    file: Path, right: str, wrong: str, said: str
) -> None:
    assert right in GOOD
    (line,) = said_of(file, GOOD.replace(right, wrong, 1))
    assert line.startswith(said), line


def test_all_mistakes_are_said_at_once_by_line(file: Path) -> None:
    text = GOOD.replace("kind: errors", "kind: eror").replace("held: 15m", "hold: 15m").replace("use: git", "use: svn")
    said = said_of(file, text.replace("${SHOP_URL}", "${SHOP_URI}"))
    assert [line.split(": ")[:2] for line in said] == [
        ["8", "changes.use"],
        ["11", "deployer.url"],
        ["16", "metrics[0].kind"],
        ["30", "stages[1].gates[0].hold"],
    ]
    assert "found ${SHOP_URI}, which is not set" in said[1]


def test_a_variable_that_is_not_set_is_named_once_in_a_file(file: Path) -> None:
    (line,) = said_of(
        file, GOOD.replace("title: ", "title: ${SHOP_URI} ${SHOP_URI} ").replace("${SHOP_URL}", "${SHOP_URI}")
    )
    assert "found ${SHOP_URI}, which is not set" in line


def test_a_gate_that_all_steps_share_is_complained_of_once(file: Path) -> None:
    assert len(said_of(file, GOOD.replace("held: 15m", "held: fifteen"))) == 1


def test_a_list_with_a_wrong_item_is_not_called_too_short_as_well(file: Path) -> None:
    assert len(said_of(file, GOOD.replace("kind: errors", "kind: eror"))) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: empty; a plan begins with `service: NAME`"),
        ("# nothing yet\n", "1: empty"),
        ("- service: shop\n", "1: not a mapping"),
        (
            "service: shop\nchannels:\n\treleases: x\n",
            "3: not YAML: a tab indents this line; YAML is indented with spaces",
        ),
        ("service: shop\ntitle: Shop: the best\n", '2: not YAML: a second ": " on this line'),
        ("service: [shop\ntitle: x\n", "1: not YAML: the [ on this line is not closed"),
        ("service: shop\n---\nservice: other\n", "2: not one plan"),
        ("service: *shop\n", '1: not YAML: "*" begins an alias, and there is none of that name'),
        ("service: \x01\n", "1: not YAML: "),
    ],
)
def test_what_is_no_plan_at_all_says_what_it_is(file: Path, text: str, said: str) -> None:
    (line,) = said_of(file, text)
    assert line.startswith(said), line


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("operators: [U0ADA]", "operators: [U0ADA]\nservice: other", "3: service: stands twice, first on line 1"),
        ("operators: [U0ADA]", "operators: [U0ADA]\n<<: {title: x}", "3: found <<; keys are not merged"),
        ("operators: [U0ADA]", "operators: [U0ADA]\n[a, b]: c", "3: a key that is a list or a mapping"),
        ("operators: [U0ADA]", "operators: [!person U0ADA]", "2: operators[0]: found the tag !person"),
    ],
)
def test_yaml_that_a_plan_does_not_need_is_refused(file: Path, right: str, wrong: str, said: str) -> None:
    assert said_of(file, GOOD.replace(right, wrong))[0].startswith(said)


def test_a_date_or_a_number_where_text_is_wanted_stays_what_was_written(file: Path) -> None:
    file.write_text(GOOD + "tour: [2026-02-03]\n")
    assert plans.load(file, VARIABLES).tour == ("2026-02-03",)


def test_aliases_may_repeat_but_not_explode(file: Path) -> None:
    repeated = GOOD.replace("operators: [U0ADA]", "operators: &us [U0ADA]").replace("on_call: [U0OMAR]", "on_call: *us")
    file.write_text(repeated)
    assert plans.load(file, VARIABLES).on_call == ("U0ADA",)
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 9))
    said = said_of(file, f"l0: &l0 [{'x, ' * 10}]\n{levels}")
    assert any("far too large once its aliases are written out" in line for line in said)


def test_an_alias_of_itself_ends(file: Path) -> None:
    assert "far too large" in said_of(file, "tour: &tour [*tour]\n")[0]


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"none\.yml:1: cannot be read: No such file"):
        plans.load(tmp_path / "none.yml", {})
    latin = tmp_path / "latin.yml"
    latin.write_bytes("service: shop\ntitle: Café\n".encode("latin-1"))
    with pytest.raises(Misconfigured, match=r"latin\.yml:2: not UTF-8"):
        plans.load(latin, {})
    large = tmp_path / "large.yml"
    large.write_bytes(b"#" * 1_000_001)
    with pytest.raises(Misconfigured, match="larger than 1,000,000 bytes"):
        plans.load(large, {})


def test_a_folder_gives_a_plan_for_each_service(tmp_path: Path) -> None:
    (tmp_path / "shop.yml").write_text(GOOD)
    (tmp_path / "till.yaml").write_text(GOOD.replace("service: shop", "service: till"))
    (tmp_path / "notes.txt").write_text("not a plan")
    assert list(plans.load_folder(tmp_path, VARIABLES)) == ["shop", "till"]


def test_a_folder_says_what_is_wrong_in_all_its_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD.replace("kind: errors", "kind: eror"))
    (tmp_path / "b.yml").write_text("- nothing")
    (tmp_path / "c.yml").write_text(GOOD)
    (tmp_path / "d.yml").write_text("# mine\n" + GOOD)
    with pytest.raises(Misconfigured) as caught:
        plans.load_folder(tmp_path, VARIABLES)
    first, second, third = str(caught.value).splitlines()
    assert "a.yml:16: metrics[0].kind" in first
    assert "b.yml:1: not a mapping" in second
    assert third.startswith(str(tmp_path / "d.yml:2: service: "))
    words = f'"shop" has a plan already, in {tmp_path / "c.yml"}; a service has one, so take one of them away'
    assert third.endswith(words)


def test_a_folder_without_plans_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="holds no plan file"):
        plans.load_folder(tmp_path)
    with pytest.raises(Misconfigured, match="no such folder"):
        plans.load_folder(tmp_path / "none")


# ── lint ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def notes_of(file: Path, text: str) -> list[str]:
    file.write_text(text)
    problems = plans.lint([file], VARIABLES)
    assert not any(problem.grave for problem in problems)
    return [str(problem).removeprefix(f"{file}:") for problem in problems]


def test_lint_says_what_is_unwise_with_its_line(file: Path) -> None:
    assert notes_of(file, GOOD) == [
        "14: note: metrics: 1 metric; 15 to 30 see most failures and can still be understood",
        (
            "14: note: metrics: no metric of the kind performance, functional, resource, business; "
            "such failures will not be seen"
        ),
    ]


CHECKED = f"{GOOD}checks:\n  smoke: {{http: 'https://{{environment}}.shop.test/health'}}\n"


def test_a_check_is_read_in_its_short_forms(file: Path) -> None:
    file.write_text(CHECKED.replace("health'", "health', contains: ok, stages: production, steps: 100%, every: 5m"))
    plan = plans.load(file, VARIABLES)
    check = plan.checks["smoke"]

    assert (check.contains, check.stages, check.steps, check.every) == (("ok",), ("production",), (100.0,), 300.0)
    assert [[*plan.checks_of(stage)] for stage in plan.stages] == [[], ["smoke"]]


BUILT = GOOD.replace("stages:\n", "stages:\n  - {name: build, gates: [{gate: health, held: 1m}]}\n", 1) + (
    "checks:\n  ci: {http: 'https://ci.test/builds/{commit}', stages: build}\n"
)


def test_a_stage_without_an_environment_has_the_checks_that_name_it(file: Path) -> None:
    file.write_text(f"{BUILT}  smoke: {{http: 'https://{{environment}}.shop.test/health'}}\n")
    plan = plans.load(file, VARIABLES)
    assert [[*plan.checks_of(stage)] for stage in plan.stages] == [["ci"], *[["smoke"]] * (len(plan.stages) - 1)]
    assert not [note for note in notes_of(file, BUILT) if "ci" in note or "build" in note]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "{commit}'",
            "{environment}'",
            "http: ci names {environment}, and the stage build has none: there it can only ask",
        ),
        ("{commit}'", "{commit}', absent: '{percent} ok'", "absent: ci names {percent}, and the stage build has none"),
        ("build}", "build, steps: 100%}", "steps: ci is for a step of 100%, and the stage build has none"),
    ],
)
def test_where_nothing_runs_a_check_can_only_ask_about_the_commit(
    file: Path, right: str, wrong: str, said: str
) -> None:
    file.write_text(BUILT.replace(right, wrong))
    with pytest.raises(Misconfigured, match=re.escape(f": checks.ci.{said}")):
        plans.load(file, VARIABLES)


def test_lint_says_where_a_stage_without_an_environment_has_nothing_to_look_at(file: Path) -> None:
    notes = notes_of(file, BUILT.replace(", stages: build", ""))
    assert any("stages[0]: build has a health gate, and nothing is looked at there" in note for note in notes), notes
    notes = notes_of(file, BUILT.replace("/{commit}", ""))
    assert any("checks.ci: ci is tried in build and names no commit" in note for note in notes), notes


def test_a_matrix_is_one_check_for_each_combination(file: Path) -> None:
    over = "command: [e2e, '--on={browser}', '{commit}'], matrix: {browser: [chromium, firefox], width: [375]}"
    file.write_text(
        CHECKED.replace("http: 'https://{environment}.shop.test/health'", f"{over}, contains: '{{width}} px'")
    )
    plan = plans.load(file, VARIABLES)
    tried = plan.checks_of(plan.stages[0])

    assert [*tried] == ["smoke chromium 375", "smoke firefox 375"]
    assert tried["smoke firefox 375"].command == ("e2e", "--on=firefox", "{commit}")
    assert tried["smoke firefox 375"].contains == ("375 px",)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "https://",
            "ftp://",
            '32: checks.smoke.http: found "ftp://{environment}.shop.test/health"; allowed: an address',
        ),
        ("https://", "https://ada@", '32: checks.smoke.http: found "https://…@'),
        ("{environment}", "{version}", "32: checks.smoke.http: 'http' has {version} in its host"),
        (
            "health'",
            "health', stages: qa",
            '32: checks.smoke.stages: smoke is for the stage "qa"; there are: ',
        ),
        (
            "health'",
            "health', steps: 50%",
            "32: checks.smoke.steps: smoke is for a step of 50%, which its stages",
        ),
        ("  smoke", "  errors", "32: checks.errors: errors is called like a metric"),
        (
            "health'",
            "health', absent: ok, contains: [ok]",
            "32: checks.smoke.contains[0]: 'absent' and 'contains' both name",
        ),
        (
            "health'",
            "health', headers: {Cookie: x}",
            "32: checks.smoke.headers: 'headers' holds Cookie, which is a sec",
        ),
        (
            "health'",
            "health', headers: {PRIVATE-TOKEN: glpat}",
            "32: checks.smoke.headers: 'headers' holds PRIVATE-TOKEN, which is a secret: let headers_from name a v",
        ),
        (
            "health'",
            "health', headers: {X-Api-Key: x}",
            "32: checks.smoke.headers: 'headers' holds X-Api-Key, which is a sec",
        ),
        (
            "health'",
            "health?token=x'",
            "32: checks.smoke.http: the address holds token, which is a secret: let headers_from send it",
        ),
        (
            "health'",
            "health', token_from: CI_TOKEN, headers_from: {authorization: CI_TOKEN}",
            "32: checks.smoke.headers_from: 'token_from' and 'headers_from' both send authorization: keep one",
        ),
        ("health'", "health', token_from: s3cret", "32: checks.smoke.token_from: write the name of an environment var"),
        (
            "http: 'https://{environment}.shop.test/health'",
            "every: 1m",
            "32: checks.smoke: a check needs exactly one of http",
        ),
        ("health'", "health', command: [make]", "32: checks.smoke: a check needs exactly one of http, command"),
        (
            "http: 'https://{environment}.shop.test/health'",
            "command: [e2e], status: 200",
            "32: checks.smoke.status: 'status' is for",
        ),
        (
            "health'",
            "health', matrix: {commit: [a]}",
            "32: checks.smoke.matrix.commit: 'matrix' names 'commit', which is",
        ),
        (
            "health'",
            "health', matrix: {a: [1, 2, 3, 4, 5, 6], b: [1, 2, 3, 4, 5, 6]}",
            "32: checks.smoke.matrix: 'matrix' has more",
        ),
        (
            "health'",
            "health', matrix: {a: [--all]}",
            '32: checks.smoke.matrix.a[0]: found "--all"; allowed: a word or a number',
        ),
        ("health'", "health', equals: ok", "32: checks.smoke.equals: 'path' and 'equals' belong together"),
        ("health'", "health', path: conclusion, equals: ok", "32: checks.smoke.path: 'conclusion' is no path: a path"),
        (
            "health'",
            "health', evry: 1m",
            '32: checks.smoke.evry: found the key "evry"; did you mean "every"? Allowed: http',
        ),
    ],
)
def test_a_check_that_cannot_be_is_refused_with_its_line(file: Path, right: str, wrong: str, said: str) -> None:
    assert right in CHECKED.partition("checks:")[2]
    head, checks = CHECKED.split("checks:")
    told = said_of(file, f"{head}checks:{checks.replace(right, wrong, 1)}")
    assert len(told) == 1
    assert told[0].startswith(said), told


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "http: 'https://{environment}.shop.test/health'",
            "command: [make, e2e]",
            "32: note: checks.smoke: smoke may take 5m and is tried every 1m, so always; once: true",
        ),
        (
            "http: 'https://{environment}.shop.test/health'",
            "command: [make, e2e], matrix: {a: [1, 2, 3], b: [1, 2, 3, 4]}, every: 10m",
            "32: note: checks.smoke: all of smoke may take 15m, 4 at once, and is tried every 10m; a longer",
        ),
        ("health'", "health', within: 5s", "32: note: checks.smoke.within: one run may take 10s, and smoke has 5s"),
        (
            "    gates: [{gate: health, held: 15m}]\n",
            "",
            "31: note: checks.smoke: no health gate where smoke is tried; nothing will wait for it",
        ),
    ],
)
def test_lint_says_what_a_check_will_not_do(file: Path, right: str, wrong: str, said: str) -> None:
    text = CHECKED.replace("health'", "health', stages: production")
    assert any(note.startswith(said) for note in notes_of(file, text.replace(right, wrong, 1))), notes_of(file, text)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("    limit: {max: 2%}\n", "", "15: note: metrics[0]: errors has no limit and no tolerance"),
        ("    gates: [{gate: health, held: 15m}]\n", "", "27: note: stages[1]: production has no health gate"),
        ("steps: [1%,", "steps: [{exposure: 1%, gates: []},", "27: note: stages[1]: production has a step without a h"),
        (
            "gate: approval\n        roles: {product-manager: 1}",
            "{gate: minimum-time, time: 1h}",
            "20: note: stages: no approval gate and no go",
        ),
        ("held: 2h", "held: 2d", "21: note: stages[0]: asks for 2d and pages after 1d"),
        ("10%, 100%]", "10%, 50%]", "27: note: stages[1]: the last step exposes 50 %"),
        ("{product-manager: 1}", "{product-manager: 2}", "26: note: stages[0].gates[1].roles.product-manager: asks 2"),
        ("on_call:", "  vp: [U0VICTOR]\non_call:", "5: note: roles.vp: no gate asks for vp"),
        ("on_call: [U0OMAR]\n", "", "1: note: on_call names nobody"),
        ("service: shop", "service: shop\nsolo: true", "2: note: solo: one person alone may approve everything"),
        ("service: shop", "service: shop\ntiming: {look: 90s}", "2: note: timing: a verdict is stale after 1m"),
        (
            "roles: {product-manager: 1}",
            "roles: {product-manager: 1}\n        expires: 1h",
            "27: note: stages[0].gates[1].expires: a yes lasts 1h and the step 2h: who says yes early is asked again",
        ),
        (
            'counter: requests_total{status=~"5.."}\n    of: requests_total',
            "gauge: failing\n    events_min: 61",
            "18: note: metrics[0].events_min: errors is a gauge, so events_min counts looks, and at most 60 are",
        ),
    ],
)
def test_lint_notices_what_a_plan_cannot_mean(file: Path, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    assert any(note.startswith(said) for note in notes_of(file, GOOD.replace(right, wrong, 1)))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "rolback_rate: 5%",
            'targets.rolback_rate: found the key "rolback_rate"; did you mean "rollback_rate"? Allowed: stag',
        ),
        (
            "rollback_rate: 5",
            "targets.rollback_rate: found 5; a percentage has its sign, such as 10%; did you mean 5%?",
        ),
        ("review_time: 4", "targets.review_time: found 4; a duration has its unit, such as 90s"),
        ("incident_rate: fewer", "targets.incident_rate: 'fewer' is no rate: write a number of incidents a release"),
        (
            "incident_rate: {before: often}",
            'targets.incident_rate.before: found "often"; allowed: a number of',
        ),
        (
            "incident_rate: {at_most: 1, before: 2}",
            "targets.incident_rate: with at_most nothing is compared",
        ),
        ("deploys_per_week: daily", 'targets.deploys_per_week: found "daily"; allowed: a number such as 5'),
    ],
)
def test_a_wrong_target_is_told_what_is_right(file: Path, written: str, said: str) -> None:
    (told,) = said_of(file, f"{GOOD}targets: {{{written}}}\n")
    assert said in told


def test_lint_says_which_targets_will_never_be_measured(file: Path) -> None:
    targets = "targets: {review_time: 4h, staging_cycle_time: 4h, rollback_rate: 5%}\n"
    assert not [note for note in notes_of(file, GOOD + targets) if "measured" in note]
    text = (GOOD + targets).replace("    environment: staging\n", "").replace("gate: approval", "gate: go")
    text = text.replace("roles: {product-manager: 1}", "role: product-manager").replace(
        "      - {gate: health, held: 2h}\n", ""
    )
    told = [note.split("note: ")[1] for note in notes_of(file, text) if "measured" in note]
    assert told == [
        "targets.review_time: no gate asks for an approval; nothing will ever be measured for it",
        "targets.staging_cycle_time: no stage before the last one deploys; nothing will ever be measured for it",
    ]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("roles: {product-manager: 1}", "roles: {product-manager: 1}\n        expires: 3h"),
        (
            'counter: requests_total{status=~"5.."}\n    of: requests_total',
            "gauge: failing\n    unit: ratio\n    events_min: 60",
        ),
        ("limit: {max: 2%}", "limit: {max: 2%}\n    events_min: 500"),
    ],
)
def test_lint_is_silent_about_what_can_be(file: Path, right: str, wrong: str) -> None:
    assert right in GOOD
    assert len(notes_of(file, GOOD.replace(right, wrong, 1))) == len(notes_of(file, GOOD))


def test_lint_says_that_nobody_understands_so_many_metrics(file: Path) -> None:
    metric = GOOD[GOOD.index("  - name: errors") : GOOD.index("stages:")]
    many = "".join(metric.replace("errors", f"errors-{number}", 1) for number in range(31))
    assert "14: note: metrics: 31 metrics; 15 to 30 see most failures and can still be understood" in notes_of(
        file, GOOD.replace(metric, many)
    )


def test_lint_says_of_a_query_what_it_costs_and_that_it_asks_everywhere(file: Path) -> None:
    asking = GOOD.replace(
        '{use: scrape, targets: "http://127.0.0.1:1/sd/{environment}"}', "{use: prometheus, url: http://p}"
    )
    counted = '    counter: requests_total{status=~"5.."}\n    of: requests_total\n'
    query = "histogram_quantile(0.9, sum by (commit, le) (rate(took_bucket[1m])))"
    notes = notes_of(file, asking.replace(counted, f"    query: {query}\n"))
    weaker = "17: note: metrics[0].query: errors is a value with no counts behind it, a weaker test; "

    assert f"{weaker}histogram and quantile see more, sooner" in notes
    assert any("asks the same in every environment" in note for note in notes)
    notes = notes_of(file, asking.replace(counted, "    query: errors:ratio{{where}}\n"))
    assert f"{weaker}counter and of see more, sooner" in notes
    assert not any("asks the same" in note for note in notes)


def test_a_secret_in_place_of_its_variable_is_refused_and_not_repeated(file: Path) -> None:
    source = "{use: prometheus, url: http://p, token_from: glsa_5f3c}"
    (said,) = said_of(file, GOOD.replace('{use: scrape, targets: "http://127.0.0.1:1/sd/{environment}"}', source))

    assert said.startswith("12: metrics_from.token_from: write the name of an environment variable")
    assert "glsa" not in said
    (said,) = said_of(file, file.read_text().replace("http://p, token_from: glsa_5f3c", "https://me:glsa_5f3c@p"))
    assert said.startswith('12: metrics_from.url: found "https://…@p"; allowed: an address such as ')


def test_a_quorum_of_a_user_group_is_not_counted(file: Path) -> None:
    by_a_group = GOOD.replace("{product-manager: 1}", "{product-manager: 2}", 1).replace("[U0PRIYA]", "[S0PRODUCT]", 1)
    assert by_a_group.count("S0PRODUCT") == 1
    assert not [note for note in notes_of(file, by_a_group) if "can never be given" in note]


def test_lint_shows_mistakes_and_notes_of_files_and_folders_together(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text(GOOD)
    bad = tmp_path / "bad.yml"
    bad.write_text(GOOD.replace("kind: errors", "kind: eror"))
    assert [problem.grave for problem in plans.lint([tmp_path], VARIABLES)] == [True, False, False]


def test_every_pattern_of_a_plan_is_explained_in_words() -> None:
    def patterns(schema: object) -> set[str]:
        match schema:
            case dict():
                own = {schema["pattern"]} if isinstance(schema.get("pattern"), str) else set()
                return own.union(*map(patterns, schema.values()), schema.get("patternProperties", {}))
            case list():
                return set().union(*map(patterns, schema))
            case _:
                return set()

    assert patterns(Plan.model_json_schema()) == set(PATTERNS)


def test_the_demos_plan_is_a_good_one() -> None:
    demo = Path(__file__).parents[2] / "bot" / "sandbox" / "plan.yml"
    variables = dict.fromkeys(PLAN_VARIABLES, "http://127.0.0.1:1")
    assert [str(problem) for problem in plans.lint([demo], variables) if "15 to 30" not in problem.words] == []


def test_a_canary_that_is_not_the_last_stage_is_refused_with_its_line(file: Path) -> None:
    said = said_of(file, GOOD + "  - {name: sign-off, gates: [{gate: minimum-time, time: 1h}]}\n")
    assert any("a canary has to be the last" in line for line in said)
