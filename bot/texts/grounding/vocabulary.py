"""Capitals that are no names: abbreviations, and words that may open a sentence.

The one thing to remember: a word is here because of its capital alone; whether it may be said is asked by `wording`.
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

ABBREVIATIONS = frozenset(_SHORT.split())
OPENERS = frozenset(_OPENERS.split())
"""Words that may stand first in a sentence, with a capital, without being a name."""
