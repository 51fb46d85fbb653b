"""Which words a sentence may use, and what its evidence has to be about for it to use them.

`GRAMMAR_STEMS` say nothing by themselves and are always allowed. Every other word needs a licence: it stands in the
cited facts, a check has read it (a deed, a direction, a side: `lexicon`), or a cited fact is about what the word is
used for: the rows of `LICENCES`. The one thing to remember: a name never belongs here, nor does a word that would be
news, and a word that only one kind of evidence can bear stands in that row alone.
"""

from collections.abc import Callable

from bot.texts.grounding.language import stem
from bot.texts.sheet import Deed, Fact, FactKind, Role

_GRAMMAR = """
whoever whatever whichever whenever wherever
a an the this that these those it its they their them he she his her him we our us you your i me my itself themselves
who whom whose which what where when why how and or but nor so if then than as of in on at by for from to with without
into onto over under above below between against during before after since until till while whereas because due owing
via per about around roughly nearly almost approximately some more less most least much many few any all both each
every either neither no not only just also too very quite rather still yet already again now here there up down out
off back away upon along across through is are was were be been being am do does did done doing have has had having
will would can could may might must shall should get gets got getting let lets lot one ones other others another same
such own well even ever never once twice first second third last next later earlier soon however instead though
although thus therefore meanwhile together yes ago far long short everybody everyone everything somebody someone
something nobody nothing anybody anyone anything exactly simply merely mostly otherwise else whether hence despite
including included include includes thing things way ways respective respectively namely enough cannot unclear
practically basically virtually nearly essentially just anymore altogether
those neither nor amid beside besides beyond toward towards within throughout apart aside hereby thereby thereof
"""

_ALWAYS = """
release releases released version versions build builds commit commits change changes changed changing pull request
requests pr prs service rollout deploy deploying deployment step steps stage stages plan planned songbird evidence
report reported journal make makes made making go goes going went gone come comes came coming take takes took taken
taking put puts give gives gave given giving say says said saying tell tells told mean means meant word words begin
began begun begins beginning start started starts starting end ended ends stay stayed stays remain remained remains
become became keep keeps kept stand stands stood happen happened happens follow follows followed following see seen
saw know known please note look check ask wait talk speak consider find found need needs needed want wants wanted use
uses used using show shows shown showed mark marked time times day days hour hours minute minutes second seconds
moment moments utc number numbered named called name list new old previous current whole part half quarter people
lie lies lay pass passes passed lead leads turn turns turned became run runs want wants try tried try sort kind case
cases fact facts matter person team clock among yes none whoever versus vs outcome question questions answer answers
reason reasons lasted lasts run ran running runs record records recorded according states stated noted
"""
"""What any sentence about any release may say: none of it is news."""

Need = Callable[[Fact], bool]


def _kind(*kinds: FactKind) -> Need:
    return lambda fact: fact.kind in kinds


def _deed(*deeds: Deed) -> Need:
    return lambda fact: not set(deeds).isdisjoint(fact.deeds + fact.denied)


def _exposed(fact: Fact) -> bool:
    """Tells of an exposure; where a metric was measured is no share of anything."""
    return fact.kind is not FactKind.METRIC and any(one.role is Role.EXPOSURE for one in fact.amounts)


def _any(_fact: Fact) -> bool:
    return True


_OF_CHANGES = """
author authors authored wrote write written thanks thank work worked works contributed contribution file files touch
touches touched merge merged fix fixed fixes feature features faster speed speeds quicker quick improvement improvements
improve improves improved title body description brings bring longer possible able topic area customer customers user
users notice notices better affected contain contains consist consists mind review update updates updated ship ships
shipped add adds added introduce introduces introduced support supports supported remove removes removed edit edits
edited modify modifies modified adjust adjusts adjusted rework reworked handle handles handled concern concerns
concerned
diff patch revision deal deals responsible behind credit credits goes thanks due part code path paths
"""
_OF_NEED_OR_WISH = """
choose chooses pick picks select selects view views find finds lose loses lost avoid avoids several single instead place
receive receives try tries tried prefer easy easily simple simply help helps allow allows enable enables permit permits
"""
"""How what a change brings is said to those who use it."""

_LICENCES: tuple[tuple[Need, str], ...] = (
    (_any, _ALWAYS),
    (
        _kind(FactKind.METRIC),
        """
        value values figure figures level levels reading readings measure measured measurement measures data sample
        samples count counted counts amount amounts rate rates share ratio percentage percent percentile metric metrics
        event events clear clearly barely slightly sharply markedly considerably noticeably side sides compare compared
        comparison comparisons difference differences relative apart noise interval confidence bound bounds range lies
        lie lay allowed allows tolerated tolerates tolerance permitted limit limits threshold thresholds floor ceiling
        maximum minimum required rest rests rested based basis total high low large small reach reached reaches hits
        responded tail usage wide observed result results sits sat produced often frequent frequently average averaged
        averages averaging amount amounted equal equals equalled near close held hover
        hovered register registered record recorded sign signs log logged exceed twofold threefold fourfold increase
        decrease growth drop jump difference gap ended visits spent needed worse better canary control controls
        baseline ok hurt harm harmed wrong worst best nominal
        slowest fastest job jobs file files people users user saw experienced experience load usual limit band window
        proven behind stands underlie underlies allowance average typical typically
        proof exposure target targets sampled seen tail sharp modest steep steady stable peak peaked sits threshold
        """,
    ),
    (
        _kind(FactKind.METRIC, FactKind.VERDICT, FactKind.ROLLBACK),
        """
        verdict criterion criteria outcome judged judge failing failed fails failure failures fail broken broke break
        problem problems trouble health healthy metric metrics limit limits unhealthy detect detects detected detection
        onset notice noticed fine okay ok signs sign bounds spotted spot discover discovered caught catch lay lie lies
        passing criterion regression degradation verdicts look looks judgement conclusion finding
        """,
    ),
    (
        _exposed,
        """
        traffic exposure exposed users user customers visitors share fraction portion portions slice amount left
        percent full fully level levels reach reached reaches serve served
        serves serving receive received receives send sent route routed shifted moved widened ramp ramped rollout grew
        increased live carry carried carries canary hold held
        """,
    ),
    (
        _kind(FactKind.APPROVAL, FactKind.PLAN),
        (
            "yes satisfied approval approvals approve approved approves asked sign signed go-ahead role roles agreed "
            "agree consent okayed signoff backed backing gave received both requested sought obtained"
        ),
    ),
    (
        _kind(FactKind.PLAN),
        """
        asks watch health gate gates call duty operator operators leave leaves left exposure full traffic held holdback
        required requires pass passed member members foresees foresee provides provide calls demands demand expects
        expect wants prescribes enter enters entered advance advances advanced proceed proceeds climb climbs widens
        rise rises progress progresses
        minimum condition conditions criteria left
        """,
    ),
    (
        _deed(Deed.WORRIED, Deed.DECIDED, Deed.CAVEATED, Deed.FIX_FIRST, Deed.DESCOPED),
        """
        concern concerns concerned worry worries worried fear fears raise raised raises open decide decided decision
        undecided answered caveat caveats fix fixed elsewhere limitation limitations customer customers aware notice
        settled
        closed leave left worried doubt doubts bothered voiced voice reported noted objection objected ruled ruling
        chose
        opted verdict accepts accepted despite warn warned warning warnings
        """,
    ),
    (
        _deed(Deed.ROLLED_BACK, Deed.RESTORED, Deed.UNDONE, Deed.FAILED),
        """
        rollback rolled roll return returned returns traffic decision decided detection detect detected restore
        restored recovery recovered revert reverted onset noticed bring brought pulled pull sent lay lies signs
        reversal reversed undone withdrawn cause undo complete live error exit code remove clean
        """,
    ),
    (
        _deed(Deed.SUSPECTED),
        """
        suspect suspects suspected suspicion suspicions cause causes caused behind blame rank ranks ranked ranking top
        tops place list likeliest likely likelier prove proves proven proved proof proofs certainty unproven unclear
        unknown possible possibly perhaps maybe probably
        candidate candidates open fault failure broke reason responsible points point touches read review compare
        among anybody revert hand
        conceivable conceivably presumably presumed imaginable arguably hunch theory clue implicated
        involved linked connection link tie tied related contender circumstantial unverified established
        verified picture question favourite guess guesses hypothesis hint
        hints wonder prime main strongest strong weak weaker stronger foremost heads headed lead leads listed lists
        trail trails outranks precedes ahead role share played play part factor contributed contributor guilty rule
        innocent suspicious conclusive settles settled evidence mere merely
        """,
    ),
    (_kind(FactKind.CHANGE, FactKind.RANKING), _OF_CHANGES),
    (
        _kind(FactKind.RELEASE),
        "bring brings contain contains consist ship shipped fix add work author customer user people customers users",
    ),
    (_kind(FactKind.CHANGE, FactKind.CONCERN), _OF_NEED_OR_WISH),
    (_kind(FactKind.RELEASE), "live complete state phase healthy running out"),
    (
        _deed(Deed.STAGED, Deed.DEPLOYED, Deed.QUEUED, Deed.EXPOSED, Deed.PASSED, Deed.WATCHED, Deed.SUPERSEDED),
        """
        staging staged queue queued deployed pass passed passes watch watched live success succeeded arrived reached
        place installed landed reached moved entered left traffic progressed advanced finished completed successor
        live complete left
        """,
    ),
    (
        _deed(Deed.BLOCKED, Deed.UNBLOCKED),
        (
            "fix belong belongs belonged block blocked unblock unblocked lift lifted lifts operator staged allowed "
            "barred forbidden stage longer permitted"
        ),
    ),
    (_deed(Deed.HEALTHY, Deed.PASSED), "gate gates met healthy end ended condition conditions criterion"),
    (
        _deed(Deed.HELD, Deed.RESUMED),
        (
            "hold held holds paused pause resume resumed halt halted stopped continue continued waited stop froze "
            "frozen paused unpaused went let"
        ),
    ),
    (
        _deed(Deed.FLAGGED, Deed.ACCEPTED),
        (
            "anomaly anomalies accepted accept acceptance flag flagged unusual odd oddity known tolerated fine "
            "deviation deviates"
        ),
    ),
    (
        _deed(Deed.UNDECIDED, Deed.BLIND),
        (
            "data little judged decided decide undecided open readable read stop stopped respond answer traffic sure "
            "possible conclusion proven verdict silent dark blind"
        ),
    ),
    (
        _deed(Deed.REJECTED),
        "rejection rejected reject turned refused veto vetoed declined said down objection objected approve",
    ),
    (_deed(Deed.PROMOTED), "promotion promoted promote past"),
    (_deed(Deed.OVERRIDDEN), "override overrode overridden overriding seconded bypassed past"),
    (_deed(Deed.CANCELLED), "cancelled cancel cancellation withdrawn withdrew favour called dropped abandoned"),
)
"""What a cited fact has to be for a sentence to use these words."""


def _stems(words: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words.split())


GRAMMAR_STEMS = _stems(_GRAMMAR)
CHANGE_STEMS = (_stems(_ALWAYS) | _stems(_OF_CHANGES)) - _stems("build")
"""What any sentence about a change may say, whatever it changes."""

LICENCES: tuple[tuple[Need, frozenset[str]], ...] = tuple((need, _stems(words)) for need, words in _LICENCES)
ORDINARY_STEMS = GRAMMAR_STEMS.union(*(stems for _need, stems in LICENCES))
"""Words of plain English and of release engineers, which name nothing."""


def is_ordinary(word: str) -> bool:
    return stem(word) in ORDINARY_STEMS
