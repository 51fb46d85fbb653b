"""Ways of saying a deed that may mean several: `a green light` approves, promotes, resumes or unblocks.

Such a word means the deed that the cited facts have, or deny; where they do neither it is a word like any other, and
`wording` asks whether it may be said. Beside them stand a light verb with a deed's noun (`lifted the block`), which
means what neither of its words does. The one thing to remember: of two that overlap the longer one counts, so a sense
is written with its object.
"""

import re

from bot.texts.sheet import Deed

_IT = r"(?:(?:it|this|that|them|the (?:\w+ )?(?:release|rollout|build|version|deploy(?:ment)?)|[\x03-\x05]+) )?"
"""What a deed is done to, between the words that say it."""

_WORRY = r"(?:concerns?|worr(?:y|ies)|objections?|doubts?|issues?|reservations?|red flags?)"
_BLOCK = r"(?:block|ban|lock|embargo|bar)(?:(?: on| of| for)(?: the| this)?(?: build| commit)? ?[\x03-\x05]*)?"
_HOLD = r"(?:hold|pause|halt|freeze|stop)(?:(?: on| of| for)(?: the| this)?(?: release| rollout)? ?[\x03-\x05]*)?"
_BE = r"(?:was|is|has been|got|had been|were|gets|being)(?: \w+ly| then| later)?"
_ENDED = r"(?:lifted|removed|cleared|ended|released|revoked|dropped|undone|withdrawn|taken (?:off|away)|over|gone)"
_ENDS = r"(?:lift|remov|clear|end|releas|revok|dropp?|withdr[ae]w|undid|undo|t[oa]ke?(?= off))(?:s|ed|es|ing|e)?"
_THROUGH = (
    r"(?:wav|nodd|usher|lett?|push|mov|carr[iy])\w* " + _IT + r"(?:through|past|ahead|forward|onwards?|along|further)"
)
_LIGHT = (
    r"(?:the |a |an |his |her |their |its )?(?:green light|go-ahead|nod|blessing|ok|okay|thumbs up|all-clear|consent)"
)

Sense = tuple[tuple[Deed, ...], re.Pattern[str]]


def _sense(deeds: tuple[Deed, ...], pattern: str) -> Sense:
    return deeds, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w])")


SENSES: tuple[Sense, ...] = (
    _sense(
        (Deed.APPROVED, Deed.PROMOTED, Deed.RESUMED, Deed.UNBLOCKED, Deed.ACCEPTED),
        rf"(?:g[ai]ve[ns]? {_IT})?{_LIGHT}(?: to (?:go on|continue|proceed|resume))?|green-?lit|clear(?:ed|"
        rf"s) {_IT}for",
    ),
    _sense(
        (Deed.PROMOTED, Deed.ACCEPTED, Deed.APPROVED, Deed.RESUMED),
        rf"{_THROUGH}|push(?:ed|es) {_IT}(?:on|past|ahead|forward)|advanced {_IT}(?:by hand|early|further)|"
        r"fast-?tracked|overrode|overrul(?:ed|es)",
    ),
    _sense(
        (Deed.ACCEPTED, Deed.APPROVED),
        r"sign(?:ed|s)? off(?: on)?|(?:is|was|are) (?:fine|okay|ok|happy|content|comfortable) with|"
        r"(?:saw|sees|had|has|found) no (?:problem|issue|harm|objections?)s? (?:with|in|to)|tolerat(?:ed|es) the|"
        r"(?:can|could) live with|dismiss(?:ed|es)|excus(?:ed|es)|okayed|oked",
    ),
    _sense(
        (Deed.APPROVED,),
        r"(?:was|were|is|are) (?:in favou?r|for it|on board)|endors(?:ed|es|ement)|"
        r"backed(?= it| the|,|\.)|"
        r"thumbs-?up|consent(?:ed|s)|gave (?:\w+ )?(?:approval|sign-?off|consent)|(?:a|the) yes (?=from|of|by)|"
        r"\x02's yes",
    ),
    _sense(
        (Deed.REJECTED, Deed.CANCELLED),
        rf"(?:a |the |it was )?(?:clear |firm )?no (?=from|by|of \x02)|thumbs-?down|veto(?:ed|es)?|"
        rf"(?:sa(?:id|ys) no|objected) to|turn(?:ed|s) {_IT}down|sent {_IT}(?:back|away) to the|"
        rf"(?:withheld|denied|refused) (?:\w+ )?(?:approval|consent|sign-?off|a yes)|"
        r"(?:did|would|does) not (?:approve|agree|sign off|let it (?:pass|through)|want (?:it|this|that))|"
        r"knocked back|refus(?:ed|es|al)|disapprov(?:ed|es|al)|"
        r"opposed|blocked (?:it|the release)(?= on staging|:)|(?:was|were) against it",
    ),
    _sense(
        (Deed.WORRIED,),
        rf"(?:rais|voic|flagg?|rais|express|air|report|log|fil|open|brought|br[io]ng|put|post|not|mention|enter|"
        rf"register|"
        rf"submitt|lodg|rais)(?:ed|es|s|ing)? {_IT}(?:up |forward |in )?(?:as )?(?:an? |the |one |this |his |"
        rf"her |their )?"
        rf"{_WORRY}|(?:brought|bring\w*|put) {_IT}(?:up|forward)(?= as)|{_WORRY} (?:about|over|on) (?:this|"
        rf"that) (?:was|is|came)|"
        rf"(?:has|had|have) (?:an? |one |some )?{_WORRY}|(?:is|was) (?:worried|concerned|uneasy|afraid|unhappy)|"
        rf"fear(?:ed|s)|sounded the alarm|rais(?:ed|es) the (?:point|question|issue|alarm)|asks whether|is asking",
    ),
    _sense(
        (
            Deed.DECIDED,
            Deed.ROLLED_BACK,
            Deed.HELD,
            Deed.PROMOTED,
            Deed.REJECTED,
            Deed.CANCELLED,
            Deed.UNBLOCKED,
            Deed.ACCEPTED,
            Deed.RESUMED,
            Deed.DESCOPED,
            Deed.CAVEATED,
            Deed.FIX_FIRST,
            Deed.APPROVED,
            Deed.RESTORED,
        ),
        r"deci(?:ded|des)|ruled|ruling|call(?= (?:on|to|was|by)\b)|opted|chose|made (?:the|a|this|that) "
        r"(?:call|decision|choice|ruling)(?: on)?|determined|concluded|settled on",
    ),
    _sense(
        (Deed.DECIDED,),
        r"answered(?= concern| the concern)|(?:was|is|got|has been) (?:resolved|settled|"
        r"dealt with|answered|closed)"
        r"(?= by| with| as)|resolved as|end(?:ed|s) up as|turned into|became",
    ),
    _sense(
        (Deed.CAVEATED, Deed.ACCEPTED),
        r"known (?:caveat|limitation|issue|restriction)s?|limitation|"
        r"restriction|with a (?:note|warning)",
    ),
    _sense(
        (Deed.DESCOPED,),
        rf"t(?:ook|aken?|akes) {_IT}out(?: of (?:it|scope|the release))?|"
        rf"(?:cut|dropp?ed|pulled|removed|postponed|left) {_IT}(?:out )?(?:of|from) (?:it|this|the|"
        rf"scope)(?: release)?|"
        r"out of scope|will not be part",
    ),
    _sense(
        (Deed.FIX_FIRST,),
        r"fix(?:ed|ing)? (?:\w+ ){0,3}(?:first|before)|before anything else|(?:want|"
        r"need)(?:s|ed) (?:it|this|that|concern \S+)"
        r" (?:to be )?fixed",
    ),
    _sense(
        (Deed.HELD,),
        rf"(?:put|puts|placed) {_IT}on (?:hold|ice|pause)|(?:on|into) (?:hold|pause)|paus(?:ed|es|ing)|halt(?:ed|s)|"
        rf"suspend(?:ed|s)|froze|frozen|interrupt(?:ed|s)|stopp?(?:ed|s) (?:it|the rollout|the release|"
        rf"\x05)(?! for good)|"
        rf"(?:called|ordered|imposed|asked for) (?:for )?a (?:hold|pause|halt|stop)|held {_IT}back|waiting room|"
        r"pause(?= (?:at|was|by|of|on|came|lasted|began|in))|hold(?= (?:at|was|by|of|came|lasted|began|in))",
    ),
    _sense(
        (Deed.RESUMED,),
        rf"(?:the |\x02+'s )?{_HOLD} ?{_BE} {_ENDED}|{_ENDS} (?:the |his |her |their |\x02+'s )?{_HOLD}|"
        rf"(?:let|allow(?:ed|s)?) {_IT}(?:to )?(?:go on|continue|carry on|proceed|resume|move on)|"
        rf"(?:went|go|goes|carried|carry|moved) on(?: again)?(?=$|[,.;]| at| by| after| when| with)|"
        rf"restart(?:ed|s)|unfroze|"
        rf"put {_IT}back in(?:to)? motion|(?:picked|took) {_IT}up again|continu(?:ed|es)|un-?paused|proceed(?:ed|s)",
    ),
    _sense(
        (Deed.UNBLOCKED,),
        rf"(?:the |\x02+'s )?{_BLOCK} ?{_BE} {_ENDED}|{_ENDS} (?:the |\x02+'s )?{_BLOCK}|un-?lock(?:ed|s)?|"
        rf"clear(?:ed|s)? (?:the )?(?:build )?[\x03-\x05]* ?(?:for (?:staging|release|another)|again)|"
        r"(?:released|freed|cleared)(?= (?:the build|(?:the )?(?:build )?\x03))|(?:re-?)?admitted|(?:allowed|"
        r"permitted|may|can) (?:to )?be staged again|"
        r"(?:let|allow(?:ed|s)?) (?:it |the build |\x03+ )?(?:back|in) (?:in |into )?(?:again)?",
    ),
    _sense(
        (Deed.BLOCKED,),
        r"(?:may|can|could|must|is|was)(?: not|n't|not) (?:be |"
        r"allowed to be )?(?:re-?)?staged(?: again)?|lock(?:ed|s) out|"
        r"quarantined|off limits|(?:is|was|are|were|got) (?:barred|banned|locked|kept out|shut out)|block(?= (?:on|"
        r"of|was|is|will|by))",
    ),
    _sense(
        (Deed.ROLLED_BACK, Deed.RESTORED, Deed.CANCELLED),
        rf"pull(?:ed|s|ing)? (?:the plug(?: on)?|{_IT}(?:back|out))|revert(?:ed|s|ing)?|back(?:ed|s|ing)? {_IT}out|"
        rf"(?:took|take|takes|taken|taking|brought|bring|sent|moved|turned|put|switched|"
        rf"called) {_IT}back(?! (?:on|to) (?:\x01|track))|"
        rf"(?:called|order|orders|ordered|trigger|triggered|triggers|began|begun|started|demanded|asked for|"
        rf"requested|initiated|"
        rf"launched|did|made|forced) (?:the |a )?roll-?back|"
        rf"(?:go|goes|going|gone|went|come|came) back(?! on)|withdr[ae]wn?|withdraws?|undid|retract(?:ed|s)|"
        rf"retreat(?:ed)?|"
        rf"unwound|roll-?back|roll(?:ed|s|ing)? (?:\w+ |[\x03-\x05]+ ){{0,3}}back",
    ),
    _sense(
        (Deed.RESTORED, Deed.ROLLED_BACK, Deed.UNDONE),
        r"(?:switched|moved|routed|brought|shifted|flipped|sent|put|turned|given|handed|redirected|pointed) back|"
        r"got (?:the )?(?:traffic|users|requests|everybody|everyone) back|getting (?:the )?traffic back|"
        r"return(?:ed|s|ing)?|recover(?:ed|y|ing)?|"
        r"(?:had|has|took|served|carried|got|was serving|was carrying|was taking|"
        r"received) (?:all )?(?:of )?(?:the |its )?traffic again|"
        r"(?:is|was|were|be|been) (?:fully |completely |all )?back(?= on|,|\.|$| at| to| in| with| within| by|"
        r" after| again)|"
        r"with the traffic back|back (?:in place|in charge|in service)|restor\w+",
    ),
    _sense(
        (Deed.UNDONE,),
        r"(?:was|is|has been|been|got|were|being) (?:\w+ly )?(?:removed|withdrawn|deleted|"
        r"cleared|wiped|undeployed|"
        r"uninstalled|torn down|cleaned up|taken (?:away|down|off|out)|gone|pulled)(?= from| off| of|\.| at)|"
        r"(?:remov|tak|clean|clear|tear|pull|withdraw|undeploy|uninstall)(?:al|ed|ing|e|s|"
        r"es)? (?:of )?(?:the )?[\x04\x05]+ (?:\w+ )?(?:from|off|out)|"
        r"undeploy(?:ed|s)|uninstall(?:ed|s)|disappeared from|left(?= \x06)",
    ),
    _sense(
        (Deed.CANCELLED, Deed.HELD, Deed.ROLLED_BACK, Deed.REJECTED),
        rf"call(?:ed|s) (?:{_IT}|(?:the )?[\x04\x05\w]+ )?off|scrapp(?:ed|s)|abandon(?:ed|s)|abort(?:ed|s)|axed|"
        rf"dropped(?= it| the release|,|\.|$)|"
        rf"killed|stopped for good|discontinued|gave up(?: on)?|put an end to|cut short|pull(?:ed|s) {_IT}(?:before)|"
        rf"withdr[ae]wn?",
    ),
    _sense(
        (Deed.CANCELLED, Deed.RESUMED, Deed.UNBLOCKED),
        r"(?:ended|terminated|closed) it\b",
    ),
    _sense(
        (Deed.SUPERSEDED,),
        r"replac(?:ed|es|ing)|succeed(?:ed|s)(?= it| [\x04\x05])|supplant(?:ed|s)|overtak(?:en|es)|overtook|"
        r"displac(?:ed|es)|"
        r"took (?:its|the) place|t(?:ook|akes|aken) (?:production )?over(?: from| by| in)?|(?:made|"
        r"gave) way (?:to|for)|"
        r"(?:went|was handed|passed|goes) over to|successor|in its place|handed over",
    ),
    _sense(
        (Deed.DEPLOYED, Deed.EXPOSED),
        r"land(?:ed|s)|arriv(?:ed|es|al)|reach(?:ed|es|ing)?(?= \x06)|(?:rolled|pushed|shipped|brought|"
        r"delivered|released|sent|moved|came|"
        r"got|went) (?:out )?(?:on ?)?to(?= \x06| the \x06)|put on(?= \x06)|(?:was|is|were) (?:up|live|running|"
        r"in place)(?= on| in)|"
        r"install(?:ed|s|ation)|set up on|roll-?out(?= to \x06)|ma[dk]e[s]? it (?:on ?)?to(?= \x06)",
    ),
    _sense(
        (Deed.WATCHED,),
        r"(?:watch|observation|monitoring)(?: period| phase| window)? (?:is|was|has|goes|went|runs|ran|began|"
        r"starts?|started|opened|continues|lasts?|"
        r"lasted|will)|(?:enter|beg|start|open)(?:ed|s|an|ins?|un)? (?:its|the|their) (?:watch|"
        r"observation)(?: period| phase)?|"
        r"(?:being|is|was|still|kept|be) (?:closely |still |currently |being )*(?:watched|observed|monitored|"
        r"under (?:watch|observation|surveillance))|"
        r"under (?:watch|observation)|observation period|still (?:on|running|going on|under way)",
    ),
    _sense(
        (Deed.STAGED,),
        r"(?:kick|start|launch|initiat|open|submit|creat|enter|fil|trigger|set)\w* (?:it|"
        r"the release|[\x04\x05]+)"
        r"(?: off| up| in motion| going)?(?= on| at|,|\.|$|:)|put (?:it |\x05+ )?forward|set (?:it|\x05+) (?:off|"
        r"in motion|going)|kick(?:ed|s) off|"
        r"got (?:it|\x05+|the release) (?:going|started|under way)",
    ),
    _sense(
        (Deed.QUEUED,),
        r"(?:had|has|have|is|was|made) to wait(?= (?:for|behind|in|its|until))|wait(?:ed|s|ing)?(?= (?:for \x06|"
        r"behind|in line|its turn))|in line|"
        r"lined up|(?:stood|stands|sat|sits|stuck|held up|is|was|placed|put) (?:\w+ )?(?:behind|in the queue|"
        r"in line)|joined the queue|"
        r"queued up|next in line",
    ),
    _sense(
        (Deed.STUCK,),
        r"(?:got|was|is|hung|became|remained|froze) (?:stuck|hanging|jammed|stalled)|"
        r"stall(?:ed|s)|jammed|"
        r"would not (?:move|budge|go further)|came to a (?:halt|standstill|stop)|hung(?= at)|got no further|"
        r"stopped(?= at \x01)",
    ),
    _sense(
        (Deed.DRIFTED,),
        r"drift(?:ed|s|ing)?|wander(?:ed|s)|(?:went|ran|strayed) off (?:course|its setting)|"
        r"not what (?:was|had been) set|"
        r"(?:out of|off) (?:step|line) with (?:what|the)",
    ),
    _sense(
        (Deed.PASSED,),
        r"(?:held|holds?|stood|stands?|keeps?|kept) up(?: well)?|(?:stood|held) firm|(?:did|"
        r"does|fared|is doing|was doing) (?:well|fine|ok|okay)|"
        r"(?:came|got|made it|went|gets|goes) through(?: the)?|in good (?:shape|order|health|condition)|"
        r"gave no (?:cause|reason) for (?:concern|alarm|worry)|"
        r"(?:met|meets|satisf(?:ied|ies)|fulfill?(?:ed|s)) (?:its|the|their|every|all)(?: \w+)? (?:criteri(?:a|on)|"
        r"conditions?|targets?|requirements?)|"
        r"(?:without|no|free of) (?:any )?(?:problems?|trouble|issues?|incidents?|complaints?|hitch(?:es)?|"
        r"failures?)|trouble-free|sound|"
        r"a (?:clear |clean )?pass|clean bill of health|nothing (?:wrong|amiss|unusual)|intact|unscathed|"
        r"no (?:sign|trace|hint|indication)s? of (?:an? |any )?(?:failure|trouble|problem|issue|breach|harm|"
        r"damage)s?",
    ),
    _sense(
        (Deed.FAILED, Deed.ONSET),
        r"(?:fell|falls|came up|fallen) short(?: of (?:its|the|their))?|miss(?:ed|es)(?= (?:its|the|"
        r"their) (?:target|criteri|limit|minimum|floor|mark|"
        r"requirement|threshold|goal|required))|(?:let|brought|took) (?:it|the release|\x05+) down|gave way|"
        r"g[ao]ve out|collapsed|crash(?:ed|es)|"
        r"went (?:bad|wrong|south|down|awry|off the rails)|flunk(?:ed|s)|in (?:bad|poor) (?:shape|health|"
        r"condition)|trip(?:ped|s)|unsuccessful|"
        r"not (?:good|well) enough|(?:has|had) (?:problems?|trouble|issues?)|caused (?:a )?failure|"
        r"a (?:clear )?fail|showed (?:a |any )?failures?|"
        r"out of (?:order|line|range|bounds)|something (?:was |is )?wrong|(?:is|was|were|are) wrong|break(?:ing|"
        r"s)?|(?:started|began) (?:to fail|failing|breaking|to break)|first (?:signs?|symptoms?)",
    ),
    _sense(
        (Deed.UNDECIDED, Deed.SUSPECTED, Deed.WORRIED),
        r"unproven|not (?:yet )?proven|unresolved|undecided|"
        r"unsettled|unanswered|up in the air|"
        r"open question|inconclusive|jury is (?:still )?out(?: on)?|pending|too early to (?:tell|say|judge|call)|"
        r"remains? to be seen|unclear|"
        r"unknown|awaiting (?:a )?(?:decision|verdict|answer|ruling|judgement)|waiting for (?:a )?(?:decision|"
        r"verdict|answer|ruling|judgement)",
    ),
    _sense(
        (Deed.UNDECIDED,),
        r"insufficient (?:data|traffic|evidence|samples?)|(?:too|so|very) (?:little|"
        r"few) (?:data|traffic|samples?|requests|to)|"
        r"(?:lack|shortage|absence) of (?:data|traffic|evidence)|lacks? (?:the )?data|(?:needs?|requires?|"
        r"lacks?) more (?:data|traffic|time)|"
        r"cannot be (?:judged|assessed|decided|evaluated|called)(?: yet)?|not (?:yet )?enough(?: (?:data|traffic|"
        r"samples?))?|sample (?:is|was) too small",
    ),
    _sense(
        (Deed.BLIND,),
        r"(?:un(?:readable|available|reachable)|inaccessible|missing|absent|silent)(?=$|[,.;]|"
        r" metrics| data| for)|"
        r"(?:metrics|readings|measurements) (?:went|were|are|fell|had gone|stayed|became) (?:dark|silent|missing|"
        r"gone|unreadable|unavailable|lost)|"
        r"without (?:any )?(?:readings|metrics|measurements|data|numbers)|no (?:\w+ )?(?:readings?|answers?|"
        r"metrics|measurements|data|numbers|response)"
        r"(?: (?:from|of|came|could|about|were|was))?|flying blind|in the dark|lost sight of|(?:could|"
        r"can) (?:no longer|not) (?:read|see|reach|get)"
        r"(?: any(?:thing)?)?(?: of| from)?(?: the)?(?: metrics)?|(?:metrics|provider) (?:could|can)(?: not|"
        r"not) be (?:read|reached|had)",
    ),
    _sense(
        (Deed.SUSPECTED,),
        r"(?:potential|possible|likely|alleged|supposed|presumed) (?:culprit|cause|reason|"
        r"source|trigger)|culprits?|suspects?|"
        r"suspicion|under suspicion|candidates?|in the frame|possibilit(?:y|ies)|list of suspects",
    ),
    _sense(
        (Deed.MENDED,),
        r"address(?:ed|es)|resolv(?:ed|es)|repair(?:ed|s)|correct(?:ed|s)|cured?|put right|"
        r"sorted out|t(?:akes?|ook|aken) care of|"
        r"dealt with|remed(?:ied|ies)|patch(?:ed|es)|eliminat(?:ed|es)|got rid of|fix(?:ed|es|ing)?(?! first)|"
        r"a fix|bug ?fix",
    ),
)


def meant(deeds: tuple[Deed, ...], told: frozenset[Deed]) -> Deed | None:
    """The deed of a row that the facts tell of, or deny; None where they do neither."""
    return next((deed for deed in deeds if deed in told), None)
