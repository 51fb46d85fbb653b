"""Words that say nothing by themselves: plain English, and what release engineers say every day.

A word in none of these lists has to come from the evidence, once there are too many of them in a sentence. The one
thing to remember: a name never belongs here, and neither does a word that would be news.
"""

from bot.texts.grounding.language import stem

_FUNCTION = """
a an the this that these those it its they their them he she his her we our you your i who whom whose which what where
when why how and or but nor so if then than as of in on at by for from to with without into onto over under above
below between against during before after since until while whereas because due owing via per about around roughly
nearly almost approximately more less most least much many few some any all both each every either neither no not only
just also too very quite rather still yet already again now here there up down out off back away is are was were be
been being am do does did done doing have has had having will would can could may might must shall should get gets got
let lets one ones other others another same such own well even ever never once twice first second third last next
finally later earlier soon however instead though although overall thus therefore meanwhile together
"""
_RELEASES = """
answer answered answers respond responded slow slowly hand itself own calling comes belonged
release releases released version versions build builds commit commits change changes changed service deploy deployed
deployment rollout rollback roll rolled stage staged staging step steps stages production canary control controls
baseline traffic exposure share percent users user customers requests request events event looks look metric metrics
value values rate rates error errors latency memory response time times limit limits threshold tolerance tolerated
allowed budget evidence needed ratio interval confidence verdict outcome criterion criteria gate gates health healthy
held hold holds watch watched watching pass passed passes fail failed fails failing failure failures broke broken
break onset detected detection decision decided restore restored restoration recovery recovered return returned
returning normal approve approved approval approvals reject rejected concern concerns caveat caveats accept accepted
anomaly anomalies flag flagged promote promoted resume resumed cancel cancelled block blocked unblock unblocked
suspect suspects suspected likely possible possibly probably author people person operator operators team plan planned
ask asked seconds second minute minutes hour hours day rose rise rises fell fall increased increase decreased decrease
climbed jumped grew dropped higher lower worse better slower faster up reached reach exceeded exceed exceeding beyond
within outside inside compared comparison versus while still stayed remained remain stay stood stands began begin
begun started start starts ended end ends took taken take went go goes going came come sent moved move put made make
see seen saw show showed shown found observed measured recorded reported reading figure figures number numbers level
levels data sample samples new old previous current prior earlier stable live running ran run runs served serving
serve clear clearly well far sharply slightly markedly significantly steadily immediately automatically quickly
finally entirely fully full whole half part quarter double doubled tripled quadrupled twice fold good bad fine okay ok
ready safe everything nothing something someone nobody somebody anybody everybody total usual unusual expected despite
including included use used using usage consumption tail percentile respectively roughly comfortably respective point
points mark songbird bot report story incident problem problems issue issues cause caused reason reasons because owing
led trigger triggered result resulted place placed open opened close closed complete completed next follow followed
following continue continued progress progressed advance advanced ramp ramped timeline moment period window average
typical least most worst best high low large small big long short please note check review reviewed consider
investigate inspect suggestion recommended recommendation further attention impact impacted affected unaffected
"""
_CHANGES = """
change changes release version commit pull request thanks thank author authors wrote written made new now fix fixed
fixes feat feature features perf build faster add adds added improve improves improved update updates updated user
users service it's brings include includes included contributed contributors work works support supports behind merged
merge number named
"""
_SHORT = """
api qa http https utc gmt pr prs sql faq cpu ui ux id url json yaml ci cd slo sla p95 p99 p50 i ok songbird slack rss
io os db css html rest grpc ram vp pm
"""
_OPENERS = """
a an the this that these those it its they their there then thus therefore so since because after before while when
once until if although though during despite within under over above below at on in by for from to with without of and
but or no not nobody nothing none neither both all every each some any most many few one two three four five six seven
eight nine ten several only just still also now later earlier first second third last next finally meanwhile overall
however instead as about around roughly approximately nearly almost more less between against compared due owing
traffic exposure release rollout rollback deployment deploy canary control baseline errors error latency memory
checkouts requests users customers people production staging approval approvals verdict health detection recovery
restoration watch step steps stage build commit version versions change changes thanks new fixed faster breaking other
known what who why where how which you we look check start begin see please roll take ask keep twice half quarter
evidence statistics metrics metric everyone somebody someone everything something anyone here old previous another
additionally together shoppers products widgets dashboard cart order orders adds add fixes fix improves improve
updates update makes make removes remove reduces reduce introduces answers answer puts put loads load uses use shows
show returns return allows lets let unknown suspect suspects suspected likely possibly probably perhaps caveat caveats
concern concerns hold held approved rejected staged deployed promoted blocked unblocked resumed cancelled accepted
rolled restored detected passed failed written it's that's there's
"""

FUNCTION_STEMS = frozenset(stem(word) for word in _FUNCTION.split())
ORDINARY_STEMS = FUNCTION_STEMS | frozenset(stem(word) for word in _RELEASES.split())
CHANGE_STEMS = frozenset(stem(word) for word in _CHANGES.split())
"""What any sentence about a change may say."""

ABBREVIATIONS = frozenset(_SHORT.split())
OPENERS = frozenset(_OPENERS.split())
"""Words that may stand first in a sentence, with a capital, without being a name."""
