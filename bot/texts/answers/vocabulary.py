"""The words in which people ask about a release, by what they mean; an underscore joins the words of a phrase.

The one thing to remember: a word may mean several things ("blocked" is a release that waits and a build that may not
come back); which is meant is decided by the table of intents, where the order says what is tried first.
"""

MEANINGS: dict[str, str] = {
    "why": "why how_come reason reasons explain explanation because cause caused causes what_made what's_with",
    "who": "who whom whose by_whom which_person",
    "when": "when what_time which_time what_date",
    "how_long": "how_long how_many_seconds how_many_minutes how_many_hours how_fast how_quickly how_quick how_soon",
    "not": "not isn't hasn't doesn't didn't won't haven't aren't wasn't yet still missing outstanding open pending"
    " left remaining lacking unanswered",
    "wait": "waiting wait waits waited stuck stalled moving move moves progress progressing advancing hanging hangs"
    " holding_it_up holding_this_up holding_things_up blocking blocked delay delayed status stand stands"
    " standing needed needs need idle slow_to_go happening_now doing where hold_up holdup hold-up far_along"
    " how_far along",
    "back": "rollback rollbacks rolled_it_back roll_it_back took_it_back take_it_back rolled_back roll_back"
    " rolling_back rolls_back went_back go_back going_back gone_back revert reverted reverting taken_back"
    " took_back take_back pulled_back pulled backed_out undo undone came_back",
    "held": "held hold holds on_hold holding pause paused pausing stopped stop halted halt froze",
    "resume": "resume resumed resumes continued unpaused released_the_hold",
    "reject": "reject rejected rejects rejection said_no declined turned_down refused veto vetoed",
    "cancel": "cancel cancelled canceled cancels cancellation withdrawn withdrew abandoned aborted ended stopped_it",
    "fail": "fail failed failing fails failure failures broke broken break breaks wrong bad crashed worse unhealthy"
    " violated breached red prepared prepare",
    "block": "block blocked unblock unblocked unblocks blacklist",
    "queue": "queue queued queues in_line behind ahead place",
    "approve": "approve approved approves approving approval approvals approver approvers signed_off sign_off signoff"
    " said_yes say_yes yes gave_the_go gave_a_go okayed agreed sign",
    "ask": "asked asks",
    "stage": "staged stage started start starts kicked_off created initiated launched began begun begin triggered",
    "promote": "promote promoted promotes promotion skipped pressed_go",
    "override": "override overrides overridden overrode overriding emergency bypass bypassed bypasses seconded",
    "accept": "accept accepted accepts acknowledged acked",
    "unblock": "unblock unblocked unblocks let_in",
    "change": "change changes changed changelog commit commits pr prs pull_request pull_requests what's_new"
    " what_is_new new contain contains included includes include inside content contents shipped ship ships"
    " in_it in_this in_there part_of patch patches",
    "retry": "try_again try_it_again retry retried restage re-stage stage_again stage_it_again stage_this_again"
    " stage_that_again deploy_again deploy_it_again deploy_this_again release_it_again release_this_again"
    " ship_it_again ship_this_again be_staged_again staged_again",
    "text": "notes release_notes walkthrough faq migration_guide rollback_procedure engineering_notes",
    "edit": "edit edited edits editing rewrote reworded",
    "inside": "contain contains contained include includes included including in_it in_this in_there in_here"
    " in_the_release in_the_build part_of among ship ships shipped",
    "care": "migration migrations dependency dependencies configuration config configs",
    "author": "wrote author authors authored written write developer developers engineer engineers contributed coded",
    "traffic": "traffic exposure exposed percent percentage users share rollout canary customers weight how_much_of",
    "next": "next advance advances advancing until eta finish finished finishes done complete completes completed"
    " remaining left go_on proceed continue when_will over end ends how_much_longer much_longer longer",
    "detect": "detect detected detecting detection detects noticed notice noticing discovered spotted found_out"
    " find_out caught",
    "restore": "return returned restore restored restoring restoration recover recovered recovery traffic_back",
    "took": "take took taken takes lasted long",
    "caveat": "caveat caveats concern concerns worry worries worried limitation limitations known_issue known_issues"
    " finding findings objection objections raised raise decided decide decides decision decisions",
    "incident": "incident incidents outage outages post-mortem postmortem post-mortems postmortems",
    "anomaly": "anomaly anomalies unusual odd flagged flag flags different suspicious_numbers warning warnings",
    "control": "control controls old_version stable baseline other_version previous_version_too production_too"
    " also_bad bad_as_well both as_well too also",
    "production": "production prod live in_the_wild",
    "deploy": "deploy deployed deploys deploying deployment rolled_out",
    "previous": "previous last_good last_version previous_version difference diff differs compared since_last"
    " before_it prior predecessor old",
    "happen": "happen happened happens happening story timeline history events event did_i_miss log recap summary"
    " summarise summarize going_on went_on journal between past so_far",
    "limit": "limit limits threshold thresholds allowed tolerance tolerated budget",
    "trend": "trend trending trends rising rise growing grows grow falling increasing decreasing going_up going_down"
    " getting_worse getting_better improving over_time evolve evolved",
    "suspect": "suspect suspects culprit culprits blame to_blame fault root_cause which_change which_pr which_commit"
    " responsible guilty offending caused_it behind_it behind_this broke_it suspicious",
    "numbers": "metric metrics number numbers health healthy fine ok okay good well numbers_look doing measured"
    " verdict look looks judge judged",
    "advice": "what_now what_should_i_do what_should_we_do what_to_do what_can_i_do what_do_i_do what_next fix_first"
    " what_should_we_fix what_should_i_fix",
    "judgement": "should would opinion think recommend worth safe risky predict guess bet promise promises sure trust"
    " hope tomorrow forecast afford believe",
    "oncall": "on_call oncall pager paged on-call",
    "whole": "whole altogether entire overall in_total total",
}
"""What is asked about. A word that stands neither here nor in the release is one that Songbird does not know."""

_SMALL = """
a about actually again against all already am an and any anybody anyone anything are around as at be been being bit
build but by can come compared could current currently did do does during environment everybody everyone everything
exactly far for from get gets getting give given go goes going got had has have he hello her here hey hi high him his
hour hours how i i'd i'm if in into is it it's its itself just kind know last let level like list low many me might
minute minutes more most much my near no now of off on one only or our ours out people person please pls point rate
really release released releases right run running same second seconds see seems service she show side since so some
somebody someone songbird state step steps still such team tell than thanks that that's the their them then there
these they thing things this those time times to today tonight true up us value values version versions versus very vs
want wanted was we well went were what what's whats which will with without work working you your
"""
SMALL = frozenset(_SMALL.split())
"""Words that say nothing about what is asked."""

TEXTS: dict[str, str] = {
    "engineering": "engineering_notes",
    "migration": "migration_guide",
    "undo": "rollback_procedure",
    "faq": "faq",
    "walkthrough": "walkthrough",
    "notes": "notes",
}
"""Words for a kind of text; the more particular come first."""

KINDS: dict[str, str] = {
    "errors": "error errors 5xx 500 500s exceptions exception",
    "performance": "latency latencies slow slower slowness speed performance response_time response_times p50 p90 p95"
    " p99 fast faster duration",
    "functional": "functional flow flows",
    "resource": "resource resources",
    "business": "business kpi",
}
"""Words for a kind of metric, which mean its first metric in the plan that a name does not settle."""
