"""A sentence stands only when the evidence that it cites says it: by kind of mistake, each beside what must pass."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.texts.grounding import Claim, grounded
from tests.texts.grounding_fixtures import diagnosed, number, reason, sheet_of

ERRORS = "errors fails"
P95 = "p95 fails"
BEGAN = "the rollback began"
BACK = "was back on the version"
FIRST = "broke first"
PRIYA, VICTOR = "Priya approved", "Victor approved"


FAITHFUL = [
    ("Errors rose to 6.1 % on the canary against 0.21 % on its control, 29 times as many.", ERRORS),
    ("On the canary about 6 % of requests failed, while the control stayed at 0.21 %.", ERRORS),
    ("The canary's error rate was 6.1 %, the control's 0.21 %.", ERRORS),
    ("Roughly one in sixteen requests failed on the canary.", ERRORS),
    ("51 of 840 requests failed on the canary.", ERRORS),
    ("Errors exceeded the 2 % limit.", ERRORS),
    ("Errors were three times the limit.", ERRORS),
    ("The error rate was 5.9 percentage points higher than on the control.", ERRORS),
    ("Errors were 6.1% vs. 0.21% on the control — a 29-fold increase.", ERRORS),
    ("The ratio lies between 17 and 49 times, where 2x is tolerated.", ERRORS),
    ("p95 was 0.72 s on the canary, four times the control's 180 ms.", P95),
    ("p95 latency quadrupled from 180 ms to 720 ms, well above its 500 ms limit.", P95),
    ("The 95th percentile of latency went up fourfold, from 180 to 720 ms.", P95),
    ("Latency at the 95th percentile was 720 ms, 220 ms over the limit of 500 ms.", P95),
    ("Memory stayed at 118 MB, within its limit of 400 MB.", "memory passes"),
    ("Memory was not affected.", "memory passes"),
    ("Errors and p95 rose to 6.1 % and 720 ms.", ERRORS, P95),
    ("shop v1.1.0 was rolled back at a quarter of the traffic because errors and p95 failed.", BEGAN),
    ("Errors and p95 failed, so the release was rolled back.", BEGAN),
    ("The rollback happened because the canary was worse than its control.", BEGAN, ERRORS),
    ("It was detected 14 seconds after the onset, and traffic was back 3.2 s after the decision.", FIRST, BACK),
    ("Traffic returned to the previous version in under four seconds.", BACK),
    ("No traffic is on v1.1.0 any more.", BACK),
    ("Both metrics broke at 08:02:18 UTC.", ERRORS, P95),
    ("Priya approved at 08:00:50 UTC, then Victor did at 08:01:05 UTC.", PRIYA, VICTOR),
    ("Priya approved as product manager before Victor approved as VP product.", PRIYA, VICTOR),
    ("Ada unblocked the build fifteen minutes after the rollback.", BEGAN, "unblocked the build"),
    ("Ada Lindqvist wrote #41, which puts widgets in an order of your own.", "change #41"),
    ("The dashboard is faster because it runs a single query instead of forty.", "change #43"),
    ("The cart now answers 404 for a product nobody sells (#42, Jun Park).", "change #42"),
    ("Stage the fix as a new version.", "was blocked"),
]


@pytest.mark.parametrize("row", FAITHFUL, ids=lambda row: row[0])
def test_what_the_evidence_says_stands(row: tuple[str, ...]) -> None:
    assert reason(sheet_of("bad"), *row) == ""


WRONG = {
    "number": [
        ("Errors rose to 6.4 % on the canary.", ERRORS),
        ("Errors were 6.0 % on the canary.", ERRORS),
        ("p95 rose to 720 s.", P95),
        ("Errors rose by 6.1 %.", ERRORS),
        ("840 of 51 requests failed.", ERRORS),
        ("Roughly one in six requests failed on the canary.", ERRORS),
        ("The ratio lies between 49 and 17 times.", ERRORS),
    ],
    "side": [
        ("Errors rose to 0.21 % on the canary against 6.1 % on its control.", ERRORS),
        ("Errors were 6.1 % on the control.", ERRORS),
        ("Errors reached 2 % on the canary.", ERRORS),
        ("Error rate: 6.1 % (control 2 %, limit 0.21 %).", ERRORS),
        ("Evidence against errors was 6.6 where 14.2 was needed.", ERRORS),
        ("51 of 840 requests failed on the control.", ERRORS),
    ],
    "metric": [
        ("p95 rose to 6.1 %.", ERRORS, P95),
        ("p95 and errors rose to 6.1 % and 720 ms.", ERRORS, P95),
        ("Memory rose to 6.1 %.", ERRORS),
        ("Throughput fell.", ERRORS),
        ("Errors reached 25 % on the canary.", ERRORS, BEGAN),
    ],
    "direction": [
        ("Errors fell to 6.1 % on the canary.", ERRORS),
        ("p95 improved on the canary.", P95),
        ("The control was worse than the canary.", ERRORS),
        ("Errors were 29 times lower than on the control.", ERRORS),
        ("Errors stayed below the 2 % limit.", ERRORS),
    ],
    "negation": [
        ("shop v1.1.0 was not rolled back.", BEGAN),
        ("The build was not blocked.", "was blocked"),
        ("Errors did not exceed the 2 % limit.", ERRORS),
        ("p95 did not rise.", P95),
        ("Widgets can no longer be put in an order of your own.", "change #41"),
    ],
    "outcome": [
        ("Priya rejected the release.", PRIYA),
        ("Memory failed.", "memory passes"),
        ("The canary failed at 10 %.", "10 % of the traffic", BEGAN),
        ("Approve the release now.", PRIYA),
    ],
    "cause": [
        ("shop v1.1.0 was rolled back because memory failed.", BEGAN),
        ("#43 caused the rollback.", "change #43", BEGAN),
        ("Errors failed because the release was rolled back.", BEGAN),
        ("Errors rose to 6.1 %, which was caused by a slow disk.", ERRORS),
        ("The rollback was due to a network outage.", BEGAN),
    ],
    "order": [
        ("Victor approved before Priya.", PRIYA, VICTOR),
        ("Traffic was back before the rollback began.", BEGAN, BACK),
        ("Victor approved first.", PRIYA, VICTOR),
        ("v1.1.0 went from 25 % to 10 % of the traffic.", "10 % of the traffic", "25 % of the traffic"),
    ],
    "person": [
        ("Victor approved as product-manager.", PRIYA, VICTOR),
        ("Omar approved as product-manager.", PRIYA),
        ("Jun Park wrote #41, which puts widgets in an order of your own.", "change #41", "change #42"),
        ("Bob Smith approved the release.", PRIYA),
    ],
    "duration": [("Detection took 3.2 s, restoring traffic 14.0 s.", FIRST, BACK)],
    "change": [
        ("Widgets can be put in an order of your own (#42).", "change #41"),
        ("Payments are now encrypted.", "change #41"),
        ("The cart answers 404 for a product nobody sells.", "change #41"),
    ],
    "made up": [("The database ran out of connections.", ERRORS)],
    "place": [
        (
            "It was deployed to production at 08:00:09 UTC, and to staging at 08:01:15 UTC.",
            "deployed to staging",
            "deployed to production",
        )
    ],
}


@pytest.mark.parametrize("row", [row for rows in WRONG.values() for row in rows], ids=lambda row: row[0])
def test_what_the_evidence_does_not_say_is_removed(row: tuple[str, ...]) -> None:
    assert reason(sheet_of("bad"), *row)


OTHERS = [
    ("flagged", "p95 was 33 % slower on staging than in production.", "and is flagged on staging", True),
    ("flagged", "p95 was 33 % faster on staging than in production.", "and is flagged on staging", False),
    ("flagged", "p95 was flagged in production.", "and is flagged on staging", False),
    ("concern", "Bookmarks made before May open the start page.", "decided about", True),
    ("concern", "Bookmarks made after May open the start page.", "decided about", False),
    ("concern", "Old bookmarks of the dashboard still open.", "raised concern", False),
    ("concern", "Priya decided to fix it first.", "decided about", False),
    ("rejected", "Victor rejected it because the order page still says beta.", "it was rejected on", True),
    ("rejected", "Victor rejected it because the cart was empty.", "it was rejected on", False),
    ("held", "It was rolled back by Omar at 50 % because customers called.", BEGAN, True),
    ("held", "It was rolled back by Ada at 50 % because customers called.", BEGAN, False),
    ("held", "Errors were no worse than on the control.", "errors passes", True),
    ("held", "Omar held it at 25 %.", "held it", False),
    ("not_deployed", "The deploy failed because port 8001 was taken.", "could not be deployed", True),
    ("not_deployed", "v1.1.0 was deployed to staging.", "could not be deployed", False),
    ("blind", "It was rolled back at 10 % because nothing could be read for a minute.", BEGAN, True),
    ("blind", "The metrics answered.", "was error", False),
    ("troubled", "Quinn's concern is not decided yet.", "raised concern", True),
    ("troubled", "Quinn's concern has been decided.", "raised concern", False),
    ("failed", "It was prepared.", "at 08:00:01", False),
    ("superseded", "It was superseded by shop-3.", "superseded by", False),
    ("quiet", "Errors passed.", "errors is undecided", False),
]


@pytest.mark.parametrize(("story", "text", "cited", "stands"), OTHERS, ids=str)
def test_other_stories_are_told_as_they_were(story: str, text: str, cited: str, stands: bool) -> None:
    assert (reason(sheet_of(story), text, cited) == "") is stands


SUSPECTS = [
    ("#43 is the first suspect: its title speaks of queries.", True),
    ("Look at #43 first; it may be behind the slower p95.", True),
    ("#43 possibly caused it, but nothing is proven.", True),
    ("We suspect #43 because its title speaks of queries.", True),
    ("Teo Marin's change is suspected first, Jun Park's second.", True),
    ("Jun Park's change is suspected first, Teo Marin's second.", False),
    ("#43 is the second suspect.", False),
    ("#43 caused the slower p95.", False),
    ("#43 is certainly behind it.", False),
    ("The culprit is #43.", False),
    ("Because of #43, p95 rose.", False),
    ("Teo Marin broke production.", False),
    ("#44 is suspected.", False),
]


@pytest.mark.parametrize(("text", "stands"), SUSPECTS, ids=str)
def test_a_suspect_is_only_ever_a_suspect(text: str, stands: bool) -> None:
    assert (reason(diagnosed(), text, "suspect 1", "suspect 2", P95) == "") is stands


@pytest.mark.parametrize(
    "text",
    [
        "<@U0OMAR> errors rose to 6.1 %.",
        "Errors rose to 6.1 %, @here.",
        "<!channel> errors rose to 6.1 %.",
        "Errors rose to 6.1 %: https://songbird.example/errors.",
        "Errors rose to 6.1 %, see evil.com/x.",
        "Errors rose to 6.1 %, write to a@b.example.",
        "![errors](https://evil.example/x.png) Errors rose to 6.1 %.",
        "[Errors](evil) rose to 6.1 %.",
        "Errors rose to 6.1 % [13].",
        "System: errors rose to 6.1 %.",
        "<b>Errors</b> rose to 6.1 %.",
        "```Errors rose to 6.1 %```",
        "Errors rose to 6.1 %.\nApproved.",
        "Errors rose to 6.1 %\u202e.",
        "Errors rose to 6.1 %, run `curl evil`.",
        "",
    ],
)
def test_nothing_that_pings_links_or_plays_another_role_stands(text: str) -> None:
    assert reason(sheet_of("bad"), text, ERRORS)


def test_a_claim_without_evidence_or_with_evidence_that_there_is_not_is_removed() -> None:
    claims = [Claim("Errors rose."), Claim("Errors rose.", (999,)), Claim("Errors rose.", (0,))]
    assert [one.reason for one in grounded(claims, sheet_of("bad")).removed] == [
        "it cites nothing",
        "it cites evidence that there is not",
        "it cites evidence that there is not",
    ]


def test_claims_keep_their_order_and_each_is_judged_alone() -> None:
    evidence = sheet_of("bad")
    cites = (number(evidence, ERRORS),)
    claims = [
        Claim("Errors rose to 6.1 %.", cites),
        Claim("Errors rose to 7.1 %.", cites),
        Claim("Errors failed.", cites),
    ]
    found = grounded(claims, evidence)
    assert found.kept == (claims[0], claims[2])
    assert [one.claim for one in found.removed] == [claims[1]]


@settings(max_examples=150)
@given(st.text(max_size=300), st.lists(st.integers(-2, 40), max_size=4))
def test_whatever_a_model_writes_is_answered(text: str, cites: list[int]) -> None:
    claim = Claim(text, tuple(cites))
    found = grounded([claim], sheet_of("bad"))
    assert len(found.kept) + len(found.removed) == 1


@settings(max_examples=150)
@given(st.floats(0.1, 99, allow_nan=False).map(lambda value: f"{value:.1f}"))
def test_no_other_share_is_the_canarys(share: str) -> None:
    told = reason(sheet_of("bad"), f"Errors rose to {share} % on the canary.", ERRORS)
    assert (told == "") == (share == "6.1")
