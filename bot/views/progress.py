"""The way forward, in words: prepared, written, queued, deployed, exposed, judged, passed, watched, healthy.

The one thing to remember: the thread is a story that people skim. A verdict is told when what it means has changed,
not when the judge has merely changed its mind about what it cannot know yet.
"""

from bot.core import events as e
from bot.core.evolve import LAPSED
from bot.core.model import Phase, Release
from bot.core.plan import HealthGate
from bot.core.quantities import duration_in_words, percent_in_words, seconds_in_words
from bot.core.rooms import Room
from bot.core.settle import may_return_by_itself
from bot.core.verdict import Outcome, Verdict
from bot.texts.plain import asks_in_words, next_in_words
from bot.views import blocks, buttons
from bot.views.mrkdwn import flat, foreign, mentions, when, who
from bot.views.numbers import Reading, anomalies, failing, limit_in_words, readings, refusing
from bot.views.prose import prose
from bot.views.rendered import Block, Rendered
from bot.views.texts import changed_after_review
from bot.views.told import Told
from bot.views.words import called, change_flat, changes_in_words, in_step_seconds, old_version, short, version

CHANGES_SHOWN_MAX = 15
SHIPPED_MAX = 1_800
"""Characters of the notes in the channel: what shipped is read there, the rest in the thread."""
METRICS_SHOWN_MAX = 15
SLOW_SECONDS = 60.0
"""Traffic that arrives sooner is no news after the step before was passed."""
MET = "every criterion met"
"""The judge's word for nothing to say."""
BETTER = "every comparison shown to be no worse"
"""And for what it says where it could be shown."""


# ── before there is traffic ──────────────────────────────────────────────────────────────────────────────────────────


def release_prepared(_event: e.ReleasePrepared, told: Told) -> Rendered:
    release = told.release
    since = f" since {old_version(release)}" if release.previous else "; it is the first release here"
    words = f":package: {version(release)} is commit `{short(release.commit)}`: {changes_in_words(release)}{since}."
    return told.say(words, _changes(release))


def _changes(release: Release) -> Block | None:
    shown = [blocks.line(blocks.words(change_flat(change))) for change in release.changes[:CHANGES_SHOWN_MAX]]
    if len(release.changes) > CHANGES_SHOWN_MAX:
        shown.append(blocks.line(blocks.words(f"and {len(release.changes) - CHANGES_SHOWN_MAX} more")))
    return blocks.rich(blocks.bullets(shown)) if shown else None


def preparation_failed(event: e.PreparationFailed, told: Told) -> Rendered:
    return told.say(f":x: {called(told.release)} was not started: {foreign(event.reason, 900)}")


def place_queued(event: e.PlaceQueued, told: Told) -> Rendered:
    words = f"Queued for {event.environment}: {event.behind} is there. It goes on by itself when the place is free."
    return told.say(f":hourglass: {words}")


def deploy_started(event: e.DeployStarted, told: Told) -> Rendered:
    words = (
        f"Deploying {version(told.release)} to {event.environment}, beside what runs there. No traffic goes to it yet."
    )
    return told.say(f":package: {words}")


# ── exposure ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def exposure_reached(event: e.ExposureReached, told: Told) -> Rendered | None:
    """A canary's first share, and what took long: the others were named when the step before them was passed."""
    release = told.release
    seconds = in_step_seconds(release.entry, told.at) if release.entry else 0.0
    if release.phase is Phase.WATCHING:
        return None  # a changed plan began the watch anew, and was told
    if release.stage.is_canary and len(release.exposures) > 1 and seconds < SLOW_SECONDS:
        return None
    if not release.stage.is_canary:
        words = f":test_tube: {version(release)} runs on {release.environment or release.stage.name}."
    else:
        share = f"{percent_in_words(event.percent)} of the traffic is on {version(release)}"
        took = f" after {seconds_in_words(seconds)}" if seconds > 1 else ""
        words = f":hatching_chick: *{share}*{took}."
    asks = asks_in_words(release.gates)
    return told.say(f"{words} Next: {next_in_words(release)}, after {asks}." if asks else words)


def exposure_drifted(event: e.ExposureDrifted, told: Told) -> Rendered:
    entry = told.release.entry
    wanted = percent_in_words(entry.exposure or 0.0) if entry else "the wanted share"
    found = percent_in_words(round(event.found_percent, 1))
    words = (
        f"{found} of the traffic was on {version(told.release)} where {wanted} is wanted: something else changed it."
    )
    return told.say(f":warning: {words} It has been put right.")


def exposure_stuck(event: e.ExposureStuck, told: Told) -> Rendered:
    release = told.release
    wanted = percent_in_words(release.entry.exposure or 0.0) if release.entry else "the wanted share"
    words = f"The traffic of {called(release)} cannot be brought to {wanted}; it is tried again and again."
    by_hand = f"`/release give-up {release.id} reason` ends it once somebody has moved the traffic by hand."
    words = f"{words} {by_hand}" if release.phase is Phase.ROLLING_BACK else words
    return told.say(f":warning: {words} {mentions(release.plan.on_call)}".rstrip(), blocks.quote(event.reason))


# ── judging and leaving ──────────────────────────────────────────────────────────────────────────────────────────────


def verdict_changed(event: e.VerdictChanged, told: Told) -> Rendered | None:
    """Only when its meaning has changed; never when the way back, which follows at once, tells it with its numbers."""
    release, verdict = told.release, event.verdict
    if verdict.outcome is Outcome.FAIL and may_return_by_itself(release):
        return None
    meant, means = _meaning(told.verdict_before, release), _meaning(verdict, release)
    if meant == means:
        return None
    (said, button), *more = _news(verdict, release) or [(_normal_again(told, release, verdict), None)]
    return told.say(said, *(blocks.section(words, accessory=beside) for words, beside in more), button=button)


def _meaning(verdict: Verdict | None, release: Release) -> tuple[frozenset[str], frozenset[str], bool]:
    """What people would act on: which metrics fail, which are odd, whether nothing can be seen.

    A lapse, after which Songbird looks again by itself, is not told, and so its end is not either. Neither is what
    somebody has accepted.
    """
    if verdict is None or verdict == LAPSED:
        return frozenset(), frozenset(), False
    odd = frozenset(name for name in verdict.anomalies if release.acceptance(name) is None)
    broken = frozenset(finding.metric for finding in (*verdict.failing, *verdict.refusing))
    return broken, odd, verdict.outcome is Outcome.ERROR


def _news(verdict: Verdict, release: Release) -> list[tuple[str, Block | None]]:
    """What is wrong, odd, or cannot be seen: mrkdwn, and the button that belongs beside it."""
    news: list[tuple[str, Block | None]] = []
    if broken := [reading.told for reading in (*failing(verdict, release), *refusing(verdict, release))]:
        stops = ["Nothing is promoted while that is so."] if release.phase is Phase.PROVING else []
        news.append(("\n".join([*broken, *stops]), None))
    news += [(f"{r.told}: {_how_odd(r)}", buttons.accept(release, r.name)) for r in anomalies(verdict, release)]
    if verdict.outcome is Outcome.ERROR:
        blind = f":warning: The numbers cannot be read: {foreign(verdict.rule)}. Until they can, no time counts."
        news.append((blind, None))
    return news


def _how_odd(reading: Reading) -> str:
    """The judge's words before it have the limit's number."""
    limit, value = reading.metric.limit if reading.metric is not None else None, reading.worst.value
    if limit is None:
        return "unusual, but it has no limit"
    is_low = limit.min is not None and value is not None and value < limit.min
    is_high = limit.max is not None and value is not None and value > limit.max
    return "outside its limit, though not failing" if is_low or is_high else "unusual, but within its limit"


def _normal_again(told: Told, release: Release, verdict: Verdict) -> str:
    failed, odd, _ = _meaning(told.verdict_before, release)
    now = [reading for reading in readings(verdict, release) if reading.name in failed | odd]
    normal = [f"{reading.title} {reading.numbers}".strip() for reading in now if not reading.is_accepted]
    lines = [f"{r.emoji} {r.title} no longer fails: {r.numbers} · {r.acceptance}" for r in now if r.is_accepted]
    if normal or not lines:
        lines.insert(0, f":white_check_mark: Back to normal: {'; '.join(normal) or 'it can be read again.'}")
    return "\n".join(lines)


def step_passed(event: e.StepPassed, told: Told) -> Rendered:
    release = told.release
    entry = release.entry
    assert entry is not None, f"{release.id} left no step"
    what = (
        percent_in_words(entry.exposure)
        if release.stage.is_canary and entry.exposure
        else release.stage.name.capitalize()
    )
    lasted = duration_in_words(in_step_seconds(entry, told.at))
    healthy = next((gate for gate in release.gates if isinstance(gate, HealthGate)), None)
    usual = f"{healthy.gate}: held {duration_in_words(healthy.held)}: {MET}" if healthy else ""
    shown = f"{usual}, {BETTER}"
    after = f", with {asks_in_words((healthy,))}" if healthy and {usual, shown} & {*event.evidence} else ""
    words = f":white_check_mark: *{what} passed* after {lasted}{after}."
    evidence = [blocks.line(blocks.words(flat(line))) for line in event.evidence if line not in (usual, shown)]
    return told.say(f"{words} {_ahead(release)}", blocks.rich(blocks.bullets(evidence)) if evidence else None)


def _ahead(release: Release) -> str:
    """What comes, and what it will ask for: the next share's own message need not say it."""
    entry, stage = release.entry, release.stage
    assert entry is not None, f"{release.id} left no step"
    following = stage.steps[(entry.step or 0) + 1 :][:1] if stage.is_canary else ()
    asks = asks_in_words(following[0].gates) if following else ""
    return f"Next: {next_in_words(release)}, after {asks}." if asks else f"Next: {next_in_words(release)}."


def step_overdue(event: e.StepOverdue, told: Told) -> Rendered:
    release = told.release
    lasted = duration_in_words(in_step_seconds(release.entry, told.at)) if release.entry else "too long"
    waited = foreign(event.waiting_for).rstrip(".")
    waits = f"{called(release)} has been in this step for {lasted}, still waiting for {waited}"
    return told.say(f":alarm_clock: {waits}. It is held until somebody decides. {mentions(release.plan.operators)}")


# ── out, and healthy ─────────────────────────────────────────────────────────────────────────────────────────────────


def watch_started(event: e.WatchStarted, told: Told) -> Rendered:
    release = told.release
    share = percent_in_words(event.exposure)
    lasts = duration_in_words(release.plan.watch.time)
    if told.room is Room.ENGINEERING:
        words = f":eyes: *{called(release)} has {share} of the traffic* and is watched for {lasts}. {_control(release)}"
        return told.say(words, blocks.section(_watched(told)), blocks.context(_to_page(release)))
    notes = release.published.get("notes")
    told_already = notes.text if notes is not None else ""
    rest = f"… /release notes {release.id} has the rest."
    shipped = prose(notes.text, SHIPPED_MAX, rest) if notes is not None else [_changes(release)]
    words = f":rocket: *{called(release)} is out*: {share} of the traffic, {changes_in_words(release)}."
    ends = when(told.at + release.plan.watch.time, told.at)
    known = _limitations(release, told_already)
    unasked = blocks.section(changed_after_review(release))
    return told.say(
        words, *shipped, known, unasked, blocks.context(f"Watched for slow damage until {ends}", _to_page(release))
    )


def _limitations(release: Release, told: str) -> Block | None:
    """The caveats with which it was released, unless the notes have them in these words."""
    missing = [concern for concern in release.caveats if concern.words not in told]
    if not missing:
        return None
    heading = blocks.line(blocks.words("Known limitations\n", bold=True))
    return blocks.rich(heading, blocks.bullets(blocks.line(blocks.words(flat(one.words, 500))) for one in missing))


def _control(release: Release) -> str:
    kept = release.plan.watch.holdback
    if kept:
        return (
            f"{percent_in_words(kept)} stays on {old_version(release)} as its control: if it gets worse, it goes back."
        )
    return "Nothing runs beside it to compare with: if it looks worse, it is held and people are asked."


def _watched(told: Told) -> str:
    """Each metric with its last numbers, or with its limit where none were read."""
    read = {reading.name: reading for reading in readings(told.verdict_before, told.release)}
    lines = []
    for metric in told.release.plan.metrics[:METRICS_SHOWN_MAX]:
        known = read.get(metric.name)
        lines.append(known.line if known else f"*{metric.name}* {limit_in_words(metric)}".rstrip())
    hidden = len(told.release.plan.metrics) - METRICS_SHOWN_MAX
    return "\n".join([*lines, f"and {hidden} more"] if hidden > 0 else lines)


def _to_page(release: Release) -> str:
    return f"Who to page: {mentions(release.plan.on_call)}" if release.plan.on_call else ""


def release_healthy(_event: e.ReleaseHealthy, told: Told) -> Rendered:
    release = told.release
    took = duration_in_words(told.at - release.staged_at)
    watched = told.before.entry if told.before is not None else None
    lasted = f" after a watch of {duration_in_words(in_step_seconds(watched, told.at))}" if watched else ""
    words = f":white_check_mark: *{called(release)} is healthy*{lasted}: {took} from staged to here."
    ended = f"Staged by {who(release.staged_by)} · {changes_in_words(release)}"
    return told.say(words, blocks.context(ended))


def release_superseded(event: e.ReleaseSuperseded, told: Told) -> Rendered:
    watched = told.before.entry if told.before is not None else None
    lasted = f" after {duration_in_words(in_step_seconds(watched, told.at))}" if watched else ""
    words = f"{event.by} has taken production over: the watch of {called(told.release)} ends here{lasted}."
    return told.say(f":fast_forward: {words}")
