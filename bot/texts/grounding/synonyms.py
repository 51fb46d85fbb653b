"""Words that may stand for one another: what evidence says with one of a row, a sentence may say with the others.

A row is of plain English, never of a trade's names. The one thing to remember: rows must not hold contraries or
degrees, because whatever the evidence says of one word of a row is then said of all.
"""

from collections.abc import Iterable

from bot.texts.grounding.language import stem

_ROWS = """
lack miss missing without absent lacks
begin start commence open kick
end finish stop over conclude
show display appear see visible present
put place set arrange lay
order sequence sort sorting arrangement sorted
own custom personal self
answer respond reply return response
sell sold sale buy purchase available offer
product item article goods thing
query queries request database lookup
one single once sole
instead place rather replace replaced replacing
faster quick quickly speed perf performance swift fast accelerate
fix repair correct bug solve mend problem issue resolve
feature new feat add introduce
remove delete drop take away removal
keep retain preserve hold stay remain save
lose loss lost vanish disappear
read load fetch look loading
write store save record
choose pick select decide choice option
let allow enable permit possible able can may
find search look discover result
send deliver dispatch mail letter go out message
receive get arrive come
try retry attempt again repeat
fail failure decline refuse reject unsuccessful
login log sign signin
logout signed out
session sign
device phone computer
picture image avatar photo
password credentials secret
page screen view site
link address url
click press tap
customer user client people shopper visitor
wrong incorrect false error mistaken
empty blank nothing
small tiny little
old earlier previous past outdated
big large huge
wait delay pause
warm fill
cache caching cached
traffic request load visitor
round rounding
currency money
year annual
month monthly
day daily
page paging paginated
number numbered numbering count
total sum amount
differ difference mismatch different disagree
down unavailable outage offline
busy occupied taken use
test testing tried
change alter modify edit adjust update
lead point go open bring
say state tell claim
call ring phone
ask request want
belong of part
number count
off away outside
several many multiple more
different various other
everywhere all every each
"""


def _rows() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(stem(word) for word in row.split()) for row in _ROWS.strip().splitlines())


ROWS = _rows()


def alike(stems: Iterable[str]) -> frozenset[str]:
    """These stems' fellows in every row."""
    said = frozenset(stems)
    return frozenset[str]().union(*(row for row in ROWS if row & said))
