"""Plain English that carries no claim of its own: how a thing is told, put together, looked at, or asked for.

By what the words do, so that a row can be completed by whoever thinks of one more; `wording` lets them stand beside any
evidence. The one thing to remember: a word belongs here only when nothing can have happened, nobody can have done
anything and no thing can be there because it is said. `Noted`, `entry`, `sheer` may stand; `apologised`, `customer`,
`network` may not.
"""

from bot.texts.grounding.language import stem

_TELLING = """
accord account add announce argue aware background call chronology citation cite comment context describe description
detail document entry example explain explanation explanatory express footnote formulate ground grounds headline
history illustration indicate information item justify line list log logbook mention message motivate name note notice
observe outline overview paragraph phrase phrasing point present put quotation quote read record refer reference
register relate remark report say sentence show signal specify spell summarise summarize summary tell timeline title
trail transcript verbatim word wording write
"""
"""Verbs and nouns of saying and writing down."""

_JOINING = """
accompany accompanying addition additional aspect associate attach base batch belong bit bring bundle carry certain
collect collection combination combine component compose composition comprise concern concerned connect consist
constitute contain contents correspond corresponding cover deal deliver different divide division element encompass
entail fall feature form further given group hold include incorporate individual item joint kind link list lot match
member mutual overall package pair part particular pertain piece portion range relate related relevant represent
respective rest row sequence series set share side similar single slice sole span specific split subject subset
subsume sum theme tie top topic total type underlying unit various
"""
"""How things belong to one another."""

_LOOKING = """
analyse analysis analyze apparent assess assessment basis calculate calculation check compare comparison compute
consider consideration count criteria criterion determine estimate estimation evaluate evaluation evident examination
examine eye focus gauge glance judge judgement judgment look mark measure measurement monitor monitoring observation
observe overview perspective reading requirement sample seen standard term verify view visible visibly watch weigh
"""
"""How things are looked at and judged; not what is found."""

_HANDLING = """
ability able act action address aim alternative answer apply approach apt arise arrange attempt attend available
capable care case cater chance choice choose circumstance come complete concern conclude continue contribute course
deal decide devote direct do due duty effort end engage enter event evolve fashion finish function get give go handle
happen have instance job keep kind lay leave let look make manage manner matter means method mode moment move occasion
occur occurrence offer opportunity option part perform place point position possibility possible prepare present
proceed process provide purpose pursue put ready reason receive remain render respect response role run see seek sense
serve set spend spent stage state stay step stretch suited tackle take take-up task thing time transpire treat undergo
use way
"""
"""Light verbs, and the nouns that stand with them: `take care of`, `has the option to`."""

_MINDS = """
advice advisable attention bear begin bet care careful clear feel figure find guess heed helpful hint hope ideally
imagine kindly know let like look mean mind need plan pleased preferably recommendation recommended reminder require
sensible start suggestion tell think tip trust understand useful want wise wish wonder worth
"""
"""Advice and wishes."""

_WHEN = """
afterward afterwards ago already clock currently date day duration early elapse elapsed eventually exactly far
henceforth hitherto hour instant interim interval lapse last lasting later mark meantime meanwhile minute moment
momentarily now nowadays o'clock onwards overall pass passed past period point present presently previously prior
recent recently right second shortly soon span stamp start still stretch subsequent subsequently thereafter thus time
timestamp while window yet
"""
"""Time as such; which came first is asked by `orders`."""

_HOW = """
accordingly actually again albeit alike all almost alone along also alternatively altogether anyway apart
approximately around as aside away back barely basically besides both brief briefly broadly but certain clear clearly
close closely comfortable comfortably comparable comparably considerable considerably conversely correspondingly
course decidedly deliberate despite detailed directly distinct distinctly effectively either else equal equally
especially essentially even exact exactly extra fact fairly far firmly fully further furthermore generally given hand
hence hereby honest honestly however indeed individually instead just largely least less likewise little looking
mainly major marginally marked meaningful measurable mere merely modest moreover most mostly much namely nearly
nevertheless nonetheless notable notably noteworthy noticeable noticeably now obvious only otherwise overall own
particularly per plain plus practically precisely present pretty purely quite rather real really regardless relatively
respectively roughly same separate separately sharp sheer short significant similarly simple simply slight slightly
somewhat specifically still straight strictly substantial substantially such technically therefore though thus
together too total totally truly typical unlike upon usual usually very way well wholly wide widely worth yet
"""
"""Degrees and turns of speech that no evidence has to have."""

_SELF = """
anybody anyone colleague everybody everyone herself himself human itself nobody one's oneself our ours ourselves
people person reader themselves us we whoever you your yours yourself
"""

_ADVISED = """
expect
action advice advise arrange ask asking attention bring chase check checking clarify clean closer collect confirm
consult contact dig discuss double-check escalate explore eye first follow following gather get give go hear hold
inform inspect inspection investigate investigating investigation involve keep let longer looking loop next notify
nudge pass ping please prefer press priority probe pull reach reachable recheck recommend recommendation recommended
reconsider remember remind reminder request resolve review reviewing revisit schedule scrutinise scrutinize seek
settle soon sort speak step steps study suggest survey talk talking test trace track turn urge urgent wait waiting
worthwhile
"""
"""What somebody may be told to do: these forms alone, because `was reviewed` tells of something that was done."""

_ROWS = (_TELLING, _JOINING, _LOOKING, _HANDLING, _MINDS, _WHEN, _HOW, _SELF)

_CLAIMING = """
accidentally annually anomaly apply assembly automatically certainly comply consistently constantly continuously
correctly daily definitely early erroneously exclusively externally falsely family flawlessly fly frequently globally
hourly illegally imply incorrectly infrequently initially intentionally intermittently internally italy july locally
manually mistakenly monopoly monthly multiply never normally occasionally often only partially partly permanently
privately properly publicly randomly rarely readily regularly reliably rely repeatedly reply safely seldom seriously
severely silently simultaneously smoothly solely successfully supply temporarily unanimously unconditionally
undoubtedly unnecessarily unsuccessfully unusually weekly wrongly yearly
"""
"""Words in `-ly` that say what is so, how often or by whom, or are no adverbs."""

COMMON = frozenset(stem(word) for row in _ROWS for word in row.split())
ADVISED = frozenset(_ADVISED.split())
CLAIMING = frozenset(_CLAIMING.split())


def is_manner(word: str) -> bool:
    """`Steadily`, `unfortunately`: an adverb that adds a colour and no claim that could be looked up."""
    return word.endswith("ly") and len(word) > 5 and word not in CLAIMING  # noqa: PLR2004 - `only`, `early`
