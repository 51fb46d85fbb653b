"""Which words say what: deeds, directions, sides, causes, order. Tables to be read and added to, and nothing else.

A pattern stands for a meaning, in lower case, and is looked for in `normal` text in which names are blanked out. The
one thing to remember: a word that is missing here is not refused because of its meaning, so a check is only as wide as
its table; a word that means two things belongs into none.
"""

import re

from bot.texts.sheet import Deed, Direction, Role

# ── what happened ────────────────────────────────────────────────────────────────────────────────────────────────────

_DEEDS: dict[Deed, str] = {
    Deed.STAGED: r"staged|re-?staged|put (?:it )?up for release|kicked (?:it )?off|staging(?= (?:by|of))",
    Deed.PREPARED: r"prepared",
    Deed.QUEUED: r"queued|queue?ing|in the queue|waits? behind|waited behind",
    Deed.DEPLOYED: r"(?:re-?)?(?<!being )deploy(?:ed|s|ing|ments?)?|installed",
    Deed.EXPOSED: r"exposed|reach(?:ed|es|ing)(?= (?:\x01|the|all|full|produ|half|a quarter|stag))|went live|"
    r"(?:starts?|started)(?= (?:on|in) \x06)|step(?=s? to \x01)|"
    r"ramped(?: up)?|was raised to|raised to|went (?:out )?to(?= \x01)|(?:moved|advanced|widened|"
    r"progressed)(?: on)? to",
    Deed.STUCK: r"stuck|could not be set",
    Deed.DRIFTED: r"drift(?:ed|s)?",
    Deed.PASSED: r"pass(?:ed|es|ing)(?! between| since| by\b)|(?<=not )pass|(?<=n\'t )pass|(?<=did )pass|"
    r"(?<=does )pass|(?<=do )pass|(?<=a )pass(?! (?:rate|over|through))|(?<=verdict )pass|(?<=of )pass(?=[.,;]|$)|"
    r"succeed(?:ed|s)|successful(?:ly)?|"
    r"unaffected|untouched|unharmed|"
    r"(?:all|every) criteri(?:a|on) (?:were |was )?met|completed|cleared|ends? of the (?:step|stage)|"
    r"(?:is|was|were|are|looks?|looked|stayed|remained|were all|was all|all) (?:(?!not\b)\w+ )?(?:fine|normal|ok|"
    r"okay|good|"
    r"as usual|in order)|(?<=not )(?:fine|normal|ok|okay|good|healthy)",
    Deed.FAILED: r"(?:deploy(?:ment)?|rollout)(?: (?:to|of|on) [\x04\x06]+)* (?:(?:has |had )?failed|"
    r"did not succeed|was without success|was not successful|was unsuccessful)|fail(?:ed|s|ing|"
        r"ures?)?|broke(?:n)?(?! (?:down )?by)|breach(?:ed|es|ing)?|violat(?:ed|es|ing)|"
    r"misbehav(?:ed|ing)|affected|impacted|out of bounds|(?:undo|removal|clean-?up|tear-?down|withdrawal)(?: (?:of|"
    r"from|on|in) [\x04-\x06]+)* "
    r"(?:(?:has |had )?failed|did(?: not|n\'t) (?:succeed|work)|was unsuccessful|was not successful|went wrong)|"
    r"trip(?:ped)|(?:went|was|were|is) wrong|unhealthy",
    Deed.FLAGGED: r"flag(?:ged|s)?|anomal(?:y|ies|ous)|stood out|unusual",
    Deed.UNDECIDED: r"inconclusive|undecided|too little (?:data|traffic)|not enough (?:data|traffic)|"
        r"without enough (?:data|traffic)|"
        r"could not be judged|unproven",
    Deed.BLIND: r"blind(?:ness)?|(?:metrics|provider) (?:stopped|ceased) (?:answering|responding)|(?:metrics|"
    r"provider) (?:do|did|does|could|can)(?:n't| not|not) (?:answer|be read|"
        r"respond)|unreadable|"
    r"(?:metrics|canary) (?:fell|went|had fallen) silent|no metrics|nothing (?:could be|was|had been) (?:read|"
    r"looked at)",
    Deed.OVERDUE: r"overdue|took too long|waited too long",
    Deed.PROMOTED: r"let (?:it )?pass|waved (?:it )?(?:through|past)|promot(?:ed|es|e|ing|ion)",
    Deed.OVERRIDDEN: r"overr(?:ode|idden|id(?:es|ing))|bypassed",
    Deed.WATCHED: r"(?:being|is|was) watched|the watch (?:began|started|runs|is(?! over))|under watch|(?:start|"
    r"beginning) of the watch",
    Deed.HEALTHY: r"healthy",
    Deed.SUPERSEDED: r"supersed(?:ed|es|ing)|replaced by|took (?:its place|(?:production )?over)|overtaken",
    Deed.ASKED: r"(?:(?:was|were|been|is|are) )?asked(?! (?:about|who|why|whether))(?: for (?:an? |their |its |his |"
        r"her )?(?:approvals?|yes|"
        r"reviews?))?|questions?(?= to (?:the )?\x0e)|approvals?(?: (?:of|from|by|as) [^,;]{0,60}?)? (?:was|were|"
        r"has been|have been) (?:asked|requested|sought)(?: for| of)?|requested approval",
    Deed.APPROVED: r"approv(?:ed|es|e|ing|als?)(?! (?:was|were|has been|had been)? ?(?:asked|requested))|"
    r"signed (?:it )?off|sign-?offs?|(?:said |gave (?:it |a |their |the )*)yes|(?:a|"
    r"the) (?:clear )?yes(?= (?:from|of) \x02)|gave (?:it )?the (?:go-ahead|"
    r"green light)|okayed|agreed",
    Deed.REJECTED: r"(?:did|would) not (?:want|have|accept) it|reject(?:ed|s|ing|ion)?|vetoed|turned (?:it )?down|"
    r"said no|declined|refused (?=it|the|to approve)",
    Deed.WORRIED: r"(?:raised|voiced|reported|brought up|expressed) (?:an? |the |one |this )?(?:concern|worry|"
        r"doubt)|worried|concerns? (?:was|were) raised|"
    r"concern (?:from|by)|\x02's concern",
    Deed.DECIDED: r"decide[ds]|rule[ds](?! out)|settled(?= (?:it|the|that|on))",
    Deed.CAVEATED: r"caveats?",
    Deed.FIX_FIRST: r"(?:be )?fix(?:ed)? (?:it )?first|to be fixed (?:first|before)|"
    r"only (?:when|once|after|if) (?:it|this|that) (?:is|has been) (?:fixed|solved|resolved|mended)",
    Deed.DESCOPED: r"descoped?|(?:leave|left|leaving) (?:it )?out",
    Deed.ACCEPTED: r"accept(?:ed|s|ing|ance)?",
    Deed.HELD: r"held(?= (?:it|the release|the rollout|up|by|while|because|\x02|\x05|in|,|\.|$))|on hold|(?:put|"
        r"placed) (?:it )?on hold|paused|halted|(?<!health )(?:is|was) held(?! back)",
    Deed.RESUMED: r"resum(?:ed|es|e|ing)|continued|let (?:it )?go on|went on again|unpaused|lifted the hold",
    Deed.CANCELLED: r"cancell?(?:ed|s|ing|ation)?|withdr(?:ew|awn)|called (?:it )?off|abandoned|aborted|"
    r"(?:killed|scrapped) it|(?:ended|killed|scrapped|dropped|put an end to) (?:the (?:release|rollout)|\x05)",
    Deed.ROLLED_BACK: r"roll(?:ed|s|ing)?(?: (?:it|them|\x05+|\x04+|the \w+))* back|roll-?backs?|reverted|"
        r"taken back|took (?:it |\x04+ |\x05+ |the \w+ )*back|"
    r"(?:went|going|sent|pulled|backed|was taken) (?:back|out)(?! (?:to|on) (?:normal|\x01))|backed out",
    Deed.RESTORED: r"restor(?:ed|es|ing|ation)|(?:traffic|everything|users|requests)(?: (?!went|goes|going|sent|"
        r"taken|pulled|held|kept)\w+){0,3} back(?= (?:on|to|"
        r"in|at|with|within|under|before|again|by|\x01|\x03|after)|,|\.|$)|"
    r"return(?= of (?:the )?traffic)|(?:was|were|is|runs?|ran) (?:back )?on the (?:old|previous) (?:version|"
    r"build)|recover(?:ed|y)|read back at|returned(?= (?:to|all|the|\x01|within|in)|[,.;]|$)",
    Deed.UNDONE: r"(?:is|was|are|runs?) no longer (?:in|on) \x06+|gone from|undone|taken away|cleaned up|"
    r"removal(?= (?:from|of))|removed from (?:\x06|production|staging)|torn down",
    Deed.MENDED: r"fixed(?! (?:it )?first)|solved|corrected|repaired|mended|resolved",
    Deed.BLOCKED: r"(?<!un)block(?:ed|s|ing)?|barred|banned",
    Deed.UNBLOCKED: r"un-?block(?:ed|s|ing)?|let (?:it |the build )?\x03* ?(?:(?:back )?in again|be staged again)|"
    r"lifted the block",
    Deed.SUSPECTED: r"suspect(?:s|ed)?|suspicion|culprit|candidate(?= (?:cause|for))",
    Deed.ONSET: r"onset|(?:first )?(?:seen|noticed|observed) (?:to be )?broken|broke first|began to fail|(?:problem|"
        r"trouble|regression|failure|degradation|breach)s? (?:started|began|appeared)|started (?:to fail|failing)|"
        r"first fail(?:ed|ure)",
}  # fmt: skip
"""Control characters stand for what is blanked out: see `reading.BLANKS`."""

DEEDS = {deed: re.compile(rf"(?<![\w-])(?:{pattern})(?![\w])") for deed, pattern in _DEEDS.items()}

DOERS = frozenset(Deed) - {
    Deed.FAILED, Deed.PASSED, Deed.ASKED, Deed.FLAGGED, Deed.SUSPECTED, Deed.ONSET, Deed.MENDED, Deed.UNDECIDED,
    Deed.BLIND, Deed.HEALTHY, Deed.OVERDUE, Deed.WATCHED,
}  # fmt: skip
"""Deeds that somebody does: beside a person, they are that person's."""

IMPLIED: dict[Deed, frozenset[Deed]] = {
    Deed.FAILED: frozenset({Deed.ONSET}),
    Deed.ONSET: frozenset({Deed.FAILED}),
    Deed.HEALTHY: frozenset({Deed.PASSED}),
    Deed.PASSED: frozenset({Deed.HEALTHY}),
    Deed.RESTORED: frozenset({Deed.UNDONE}),
    Deed.ROLLED_BACK: frozenset({Deed.RESTORED, Deed.UNDONE}),
    Deed.UNDECIDED: frozenset({Deed.BLIND}),
    Deed.EXPOSED: frozenset({Deed.WATCHED, Deed.DRIFTED}),
}
"""A deed is also told by these: whatever broke at some time has failed."""

ADVICE = frozenset({Deed.STAGED, Deed.ROLLED_BACK, Deed.DEPLOYED, Deed.MENDED, Deed.ASKED})
"""What a sentence may tell somebody to do without a fact that it was done."""

POSSIBLE: dict[Deed, frozenset[Deed]] = {
    Deed.UNBLOCKED: frozenset({Deed.BLOCKED}),
    Deed.RESUMED: frozenset({Deed.HELD}),
    Deed.DECIDED: frozenset({Deed.WORRIED, Deed.UNDECIDED}),
    Deed.APPROVED: frozenset({Deed.ASKED}),
    Deed.UNDONE: frozenset({Deed.UNDONE}),
    Deed.PASSED: frozenset({Deed.UNDECIDED}),
    Deed.FAILED: frozenset({Deed.UNDECIDED, Deed.SUSPECTED}),
    Deed.FIX_FIRST: frozenset({Deed.FIX_FIRST}),
}
"""What a sentence may call possible, wanted or still to come when the evidence has, or denies, one of these."""

# ── where it went ────────────────────────────────────────────────────────────────────────────────────────────────────

_UP = (
    r"(?:came|picked|pushed|gone|trended) up|upwards?|gained|heightened|amplified|intensified|accelerated|"
    r"uptick|surge|growth|"
    r"rose|(?:is|was|were|are) up\b(?! (?:to|for|on|in|and|at|again)\b)|go(?:es|ing)? up|grow|soar|climbing|"
    r"rises?|rising|risen|"
    r"increas(?:ed|es|ing|e)|climb(?:ed|s|ing)?|jump(?:ed|s|ing)?|grew|grows|growing|grown|"
    r"spik(?:ed|es|ing|e)|surg(?:ed|es|ing|e)|soared|(?<=\x01 )as (?:high|many|large|long|much)(?= as)|went up|"
    r"shot up|up (?:from|by)(?= (?:\w+ )?\x01)|up sharply|"
    r"higher|"
    r"mounted|escalat(?:ed|es|ing)|swell(?:ed|s)?|swollen|leap(?:t|ed|s)?|rocketed|skyrocket(?:ed|s)?|"
    r"(?:crept|ticked|edged|inched|moved|trended|drifted|headed) (?:up(?:wards?)?)|expand(?:ed|s)|multiplied|"
    r"(?<!any )(?<!no )(?<!once )more(?! or less| suspicious| suspected| than|"
    r" information| details| likely| time)|elevated|"
    r"doubl(?:ed|es|ing)|tripled|trebled|quadrupled|quintupled|ballooned|(?<!no )longer|larger|greater|bigger|"
    r"(?:above|over)(?= (?:its|the|their) (?:control|baseline|reference))"
)
_DOWN = (
    r"(?:came|gone|pushed|trended) down|downwards?|eased|lessened|contracted|waned|dwindled|slipped|nosedived|"
    r"cratered|tanked|"
    r"downtick|fell(?! (?:on|upon|into|within|under|short|silent))|(?:is|was|were|are) down\b(?! (?:to|for))|"
    r"go(?:es|ing)? down|falls?(?! (?:on|upon|into|within|under|short|silent|to \x02))|falling|fallen|"
    r"collaps(?:ed|es|ing)|slump(?:ed|s)?|slid|tumbl(?:ed|es)|plummet(?:ed|s)?|diminish(?:ed|es)|subsided|"
    r"reced(?:ed|es)|sagged|(?:crept|ticked|edged|inched|moved|trended|drifted|headed) (?:down(?:wards?)?)|"
    r"dropp?(?:ed|s|ing)?|"
    r"decreas(?:ed|es|ing|e)|declin(?:es|ing|e)|shrank|shrunk|"
    r"(?<=\x01 )as (?:low|few|small|short)(?= as)|went down|down (?:from|by|to)(?= (?:\w+ )?\x01)|"
    r"lower(?:ed)?|fewer|(?<!more or )less(?! than)|reduc(?:ed|es|tion)|halv(?:ed|ing)|dipped|sank|plunged|smaller|"
    r"shorter|"
    r"(?:below|under)(?= (?:its|the|their) (?:control|baseline|reference))"
)
_FLAT = (
    r"unchanged|the same(?! (?:time|window|minutes?|period|traffic|step|release|version|commit|day|build|"
    r"metric))|flat|"
    r"level with|steady|stable|similar|on par|in line|"
    r"(?:did not|didn't|hardly|barely|scarcely|never) (?:moved?|changed?|budged?|shift(?:ed)?|var(?:y|ied))|"
    r"constant|identical|indistinguishable|"
    r"comparable|matched|equal(?:led)?|(?<!\x01 )as (?:high|low|many|"
    r"good) as"
)
DIRECTIONS = {
    Direction.HIGHER: re.compile(rf"(?<![\w-])(?:{_UP})(?!\w)"),
    Direction.LOWER: re.compile(rf"(?<![\w-])(?:{_DOWN})(?!\w)"),
    Direction.LEVEL: re.compile(rf"(?<![\w-])(?:{_FLAT})(?!\w)"),
}
CHANGED = re.compile(
    r"(?<![\w-])(?:(?:(?:very|quite|so|much|far|clearly|radically|completely|entirely|markedly|totally|vastly|"
    r"strikingly|no|any|at all) )?"
    r"different(?= (?:from|to|than|on|in|here)|[.,;:]|$)|(?!practical|hard|bare|scarce|slight|virtual|basical|"
    r"essential)\w+ly (?:changed|altered|shifted)|"
    r"(?:changed|moved|shifted)(?= (?:a lot|a great deal|much|considerably|markedly|sharply|noticeably))|"
    r"did (?:move|change|budge|shift|vary)|"
    r"(?:a|an|any|some|much|clear|marked|real|big|large|visible|noticeable|significant|considerable|measurable|"
    r"(?<=no )|(?<=little )|(?<=hardly ))(?: ?(?:clear|marked|real|big|large|visible|noticeable|significant|"
    r"considerable|measurable|meaningful))? ?(?:difference|movement|change(?! to)|deviation|shift|gap|effect|"
    r"departure)(?= (?:in|between|to|from|on|for)\b|[.,;:]|$)|"
    r"differ(?:s|ed)?(?! by))(?!\w)"
)
WORSE = re.compile(
    r"(?<![\w-])(?:worse(?:ned|ning|ns)?|degrad(?:ed|es|ing|ation)|deteriorat(?:ed|es|ing|ion)|regress(?:ed|ion|"
    r"es)?|suffer(?:ed|s)?|hurt|harmed|damaged)(?!\w)"
)
STRONGLY = re.compile(
    r"\b(?:much|far|significantly|considerably|dramatically|drastically|hugely|vastly|markedly|sharply) $"
)
"""Before a direction that is more than slight."""
BETTER = re.compile(r"(?<![\w-])(?:better|improv(?:ed|es|ing|ement|ements|e))(?!\w)")
SLOWER = re.compile(r"(?<![\w-])(?:slow(?:er|ly|ed|s|ing)?(?: down)?|sluggish)(?!\w)")
FASTER = re.compile(r"(?<![\w-])(?:faster|quicker|snappier|sped up|speedup)(?!\w)")

BEYOND = re.compile(
    r"(?<![\w-])(?:above|over|exceed(?:ed|s|ing)?|beyond|past|outside|cross(?:ed|es|ing)?|broke|break(?:s|ing)?|"
    r"breach(?:ed|es|ing)?|surpass(?:ed|es)?|overshoots?|overshot|overr[ua]ns?|top(?:s|ped)(?= (?:its|the|their))|"
    r"overstepp?(?:ed|s)?|violat(?:ed|es|ing|e)|broken(?! it)|reach(?:ed|es)?|hit|higher than|more than|in excess of|"
    r"blew through|too high for)(?!\w)"
)
INSIDE = re.compile(
    r"(?<![\w-])(?:below|under|within|inside|met|meets?|respect(?:ed|s)?|observ(?:ed|es)(?= (?:its|the|their))|"
    r"(?:kept|keeps?)(?: to)?|lower than|less than|short of|"
    r"in bounds)(?!\w)"
)

# ── sides and parts ──────────────────────────────────────────────────────────────────────────────────────────────────

_CUES: dict[frozenset[Role], str] = {
    frozenset({Role.CANARY}): r"canary(?:'s)?|canaries|new (?:version|build|release|code)(?:'s)?|candidate(?:'s)?",
    frozenset({Role.CONTROL}): r"controls?(?:'s|')?|stable version(?:'s)?",
    frozenset({Role.BASELINE}): r"baseline(?:'s)?",
    frozenset(
        {Role.CONTROL, Role.BASELINE}
    ): r"(?:old|previous|current|earlier|last good) (?:version|build|release|code)(?:'s)?|reference|"
    r"version before it|old one|previous one|old",
    frozenset(
        {Role.LIMIT, Role.FLOOR}
    ): r"limits?|thresholds?|ceiling|cap|maximum|budget|bounds?|allowed|allows|permitted|floor|minimum|target|"
    r"the (?:least|most)(?= (?:that|it|allowed|permitted)\b|[,.;]|$)|it may (?:use|have|take|reach)",
    frozenset({Role.TOLERATED}): r"tolerated|tolerance|tolerates|tolerable|plan allows",
    frozenset({Role.EVIDENCE}): r"evidence",
    frozenset({Role.NEEDED, Role.FLOOR, Role.LIMIT}): r"required|requires|demanded|demands|prescribed",
    frozenset({Role.NEEDED}): r"needed|to convict|enough|suffic\w+",
    frozenset({Role.LOW, Role.HIGH}): r"interval|confidence|confident",
}
CUES = tuple((roles, re.compile(rf"(?<![\w-])(?:{pattern})(?!\w)")) for roles, pattern in _CUES.items())

LASTING: dict[str, re.Pattern[str]] = {
    "detection": re.compile(
        r"(?<![\w-])(?:detect(?:ed|ion|s|ing)?|notic(?:ed|ing)|caught|spotted|found out|onset)(?!\w)"
    ),
    "return": re.compile(
        r"(?<![\w-])(?:back|restor(?:ed|ation|ing|e)|return(?:ed|s|ing)?|recover(?:ed|y)|decision|decided|"
        r"rollback (?:took|lasted|finished|completed))(?!\w)"
    ),
    "watch": re.compile(r"(?<![\w-])(?:watch(?:ed)?)(?!\w)"),
}
"""What a duration may be of, and the words that say so."""

COMPARING = re.compile(
    r"(?:\b(?:against|versus|vs\.?|compared (?:with|to)|relative to|than|instead of|up from|down from|from|"
    r"rather than)|>)\s*(?:the |an? |its |only |just |about |around |roughly |nearly |almost |some )*$"
)
"""Ends just before a number that something is compared with."""

# ── why, and in which order ──────────────────────────────────────────────────────────────────────────────────────────

_MAKES = (
    "caus", "trigger", "trip", "prompt", "spark", "provok", "induc", "driv", "driven", "forc", "set off", "kicked off",
    "brought on", "brought about", "occasion", "precipitat", "instigat", "generat", "creat", "produc", "initiat",
)  # fmt: skip
"""What a cause does to its effect; in the passive, with `by`, the effect stands in front."""
_MADE_BY = rf"(?:{'|'.join(_MAKES)})(?:p?ed|en|n)? by"
CAUSED_BY = re.compile(
    rf"(?<![\w-])(?:because(?: of)?|{_MADE_BY}|(?:was |were |is )?caused by|due to|owing to|on account of|"
    r"as a (?:direct |clear )?(?:result|consequence) of|in consequence of|by virtue of|on the strength of|"
    r"for lack of|"
    r"thanks to(?! \x02| an? (?:bug ?)?fix\b)|"
    r"given (?:that|the|its|their|how)|seeing (?:that|as)|in that(?= \w+ (?:was|were|had|did|"
    r"fail))|"
    r"for the (?:simple )?reason that|the reasons? being|the cause being|grounded in|rooted in|"
    r"attribut(?:ed|able) to|result(?:ed|s|ing)? from|stem(?:s|med|ming) from|(?:follow(?:s|ed)|ensu(?:ed|es)) from|"
    r"(?:was |were |is )?(?:the |a )?(?:direct )?(?:result|consequence) of|(?:arose|arises?) from|"
    r"suffer(?:s|ed|ing)? from|(?:was|were|is|are) (?:down|owed|put down) to(?= (?:a|the|its|their|\x07)\b)|"
    r"(?:can be |may be |is |was |be )?(?:trace[ds]?|ascribed|put down|chalked up|pinned|"
    r"charged) (?:back )?(?:to|on)|"
    r"for the sake of|out of (?:concern|fear|worry)|for fear of|in (?:view|light) of|in the light of|by reason of|"
    r"down to(?= (?:a|the|its|their|\x07)\b)|"
    r"(?<=, )as(?! [\x02 ]+(?:decided|said|wrote|explained|put|noted|asked|ruled|reported|told|saw|chose|wanted|"
    r"requested|suggested|promised|announced|has|had|did)\b)(?= (?:\x07|\x02|\x03|it\b|its|they\b|both|all|"
    r"the (?!load)))|"
    r"(?:is |was )?(?:explained|justified|motivated|accounted for) by|on the (?:grounds?|basis) (?:of|that)|"
    r"in (?:response|reaction|answer) to|"
    r"the (?:root )?(?:cause|reason|trigger|grounds?) (?:is|was|were)|"
    r"blam(?:ed|es) on|introduced by|"
    r"since(?= (?:the |its |both )?(?:\x07|\x02|metrics?\b|it\b|they\b|nothing|canary|customers|totals)))(?!\w)"
)
"""Effect before it, cause behind it."""
CAUSES = re.compile(
    r"(?<![\w-])(?:(?:caus|trigger|prompt|trip(?:p)?|spark|provok|induc|forc|precipitat|occasion)(?:ed|es|s|"
    r"ing)(?! by)|"
    r"(?:led|leads|leading) to|(?:set|sets|setting) off|g(?:ave|ives?|iving) rise to|result(?:ed|s|ing) in|"
    r"culminat(?:ed|es) in|ma(?:de|kes?)(?= .*(?:wors|slow|fail|ris|rose|break|spike|climb|go back))|"
    r"(?:pushed|drove|turned|tipped|brought|dragged) the verdict(?= (?:to|into|down|over))|"
    r"brought (?:about|down|on)|meant that|entail(?:ed|s)|(?:is|was|were|are) (?:to blame|responsible|"
    r"at fault|behind(?! (?:(?:the )?(?:change|commit|pull request|pr) )?\x03)|why|the (?:\w+ )?(?:cause|reason|"
    r"culprit|trigger|source))|"
    r"explains?|accounts? for|so that|(?:which|that|this) is why|hence|, so(?! far| that)|(?:and |"
    r"so )?therefore|consequently|"
    r"as a (?:result|consequence)(?! of)|for (?:that|this|which) reason|because of (?:that|this|which)|"
    r"took (?:\x06+|production|it|the release) down|drove (?=\x07)|the (?:change|commit|one) responsible|making it|"
    r"introduced the (?:regression|failure|errors?|problem))(?!\w)"
)
"""Cause before it, effect behind it."""
UNSURE = re.compile(
    r"(?<![\w-])(?:potential(?:ly)?|possibilit(?:y|ies)|unconfirmed|alleged(?:ly)?|supposed(?:ly)?|apparently|"
    r"assum\w+|theor\w+|speculat\w+|"
    r"(?:cannot|can not|can\'t|could not)(?: be)? (?:exclud|rul)\w+|may|might|could|possibl[ye]|perhaps|maybe|"
    r"whether|unclear|unknown|tops?|rank(?:s|ed)|likel(?:y|"
    r"iest)|probabl[ye]|suspect(?:s|ed)?|suspicion|"
    r"candidate|seems?|appears?|plausibl[ye]|conceivabl[ye]|presumabl[ye]|presumed|imaginabl[ye]|arguabl[ye]|"
    r"suspicious|hypothes\w+|guess(?:es|ed)?|tentative(?:ly)?|ruled out|rule out|hints?|points? (?:to|towards?|at)|"
    r"wonder\w*|if (?=it|this|that|one|any|\x03|#)|in question|under suspicion|heads?|"
    r"worth (?:a look|checking|looking at)|first (?:place|change) to look|to look at first|not proven|unproven|"
    r"hunch(?:es)?|clues?|implicated|contender|unverified|circumstantial|linked|related|connected|"
    r"look at|check|start with|begin with)(?!\w)"
)
SURE = re.compile(
    r"(?<![\w-])(?:certain(?:ly)?|definite(?:ly)?|clearly|surely|undoubtedly|no doubt|proven|proves?|confirmed|"
    r"without question|obviously|must (?:have|be)(?= )|unquestionabl[ye]|undeniabl[ye]|evidently|plainly|guilty|"
    r"(?:we|they|i|everybody|everyone) knows?(?! (?:nothing|only|too|little|neither|of no))|known to|"
    r"turn(?:ed|s) out to|establish(?:ed|es)|verified|conclusive(?:ly)?|indisputabl[ye]|undisputed|no question|"
    r"the (?:real|actual|true) (?:cause|"
    r"reason|culprit)|(?:no longer|not) (?:just|only|merely)|has to be|can only be|convicted|identified as|"
    r"demonstrabl[ye]|demonstrates?|beyond (?:any )?doubt|without (?:a |"
    r"any )?doubt|for sure)(?!\w)"
)
UNPROVEN = re.compile(
    r"\bnothing\b(?= (?:about|is|was|can|could))[^,;]{0,24}\b(?:said|concluded|decided)\b|\bno more\b(?=$|[.,;])|"
    r"\b(?:not|nothing|nobody|none|no one|no|cannot|can't|neither)\b[^,;]{0,24}\b(?:prove[dns]?|proof|certain|"
    r"confirmed|"
    r"knows?|known|sure|clear|conclusive|established|verified|settled|evidence)\b"
)
"""What may always be said beside a suspect."""

FIXING = re.compile(
    r"\b(?:fix|resolv|address|solv|repair|correct|mend|remed|cur(?:e|ing)|patch|tackl|eliminat|handl)\w*|"
    r"\b(?:tak|took|dealt|deal|got|get|gets|do|does|did|don)\w* (?:care of|with|rid of|away with)|"
    r"\b(?:put right|sorted out|no more|no longer|a thing of the past|anything been done|something about|bugs?|"
    r"problems?|issues?)\b"
)
"""Says of what follows that it was so, and is no longer."""

AUTOMATIC = re.compile(
    r"(?<![\w-])(?:automatic(?:ally)?|(?:all )?(?:by|of) itself|on its own|of its own accord|unattended|automated|"
    r"unprompted|"
    r"without (?:a (?:human|person)|anybody|anyone|human hands?))(?!\w)"
)
MANUAL = re.compile(
    r"(?<![\w-])(?:manual(?:ly)?|by hand|in person|a human|a (?:person|human)'s|on purpose|deliberate(?:ly)?|"
    r"intentional(?:ly)?|by (?:a )?(?:person|human))(?!\w)"
)

_BEFORE = (
    r"before|ahead of|prior to|earlier than|preced(?:ed|es|ing)(?! by)|followed by|until|leading up to|"
    r"in the run-up to"
)
_AFTER = (
    r"after(?:wards)?|following|preceded by|on the heels of|in the wake of|(?<!at )once|later than|"
    r"only after|as soon as|succeeded|since(?= (?:then|that))"
)
BEFORE = re.compile(rf"(?<![\w-])(?:{_BEFORE})(?!\w)")
AFTER = re.compile(rf"(?<![\w-])(?:{_AFTER})(?!\w)")
