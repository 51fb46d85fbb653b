"""`python -m tests.grounding --answers 1500 --seed 1`: what grounding catches by kind, and what it refuses by family.

`--show KIND` prints the mutants of a kind that escaped, or, for a family, the faithful answers that were refused and
why; `--list KIND` prints some of them without asking any checker, to be judged by eye. Of the part `unseen` only counts
are shown: it measures as long as nobody mends by it. The one thing to remember: the exit code is 0 only when both goals
are met.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import get_args

from tests.grounding.answers import Part, answers
from tests.grounding.measure import POOL_MIN, Count, Judged, Measured, judged, measure, real_checker
from tests.grounding.mutations import mutants

CAUGHT_MIN = 0.99
REFUSED_MAX = 0.02
SHOWN = 40
"""Examples that are printed."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.grounding", description=__doc__)
    parser.add_argument("--answers", type=int, default=1500, help="how many faithful answers")
    parser.add_argument("--mutants", type=int, help="about how many mutants; 8 for 3 answers when it is not said")
    parser.add_argument("--part", choices=get_args(Part), default="all", help="of the patterns; see `answers`")
    parser.add_argument("--seed", type=int, default=1, help="chooses sheets, words and mutations")
    parser.add_argument(
        "--show", metavar="KIND", help="a kind or a family: examples of what went wrong; `all` for every"
    )
    parser.add_argument("--list", metavar="KIND", help="a kind or a family: examples, judged by nobody")
    wanted = parser.parse_args()
    if wanted.show and wanted.part in ("unseen", "all"):
        parser.error("--show is for the parts that one may mend by: choose --part seen or --part fresh")
    if wanted.list:
        _list(wanted.list, wanted.answers, wanted.seed, wanted.part)
        return 0
    measured = measure(real_checker(), wanted.answers, wanted.seed, wanted.mutants, wanted.part)
    _print(measured)
    if wanted.show:
        _show(wanted.show, measured)
    return 0 if measured.caught.share > CAUGHT_MIN and measured.refused.share < REFUSED_MAX else 1


def _print(measured: Measured) -> None:
    _table("mutants, by kind", "caught", measured.caught_by_kind, measured.caught)
    _table("faithful answers, by family", "refused", measured.refused_by_family, measured.refused)


def _table(title: str, hits: str, rows: Mapping[str, Count], overall: Count) -> None:
    print(f"{title:30} {'n':>5} {hits:>8}   share   95 % interval")
    for name, count in (*rows.items(), ("all", overall)):
        low, high = count.interval
        print(f"{name:30} {count.every:5,} {count.hits:8,} {count.share:7.2%}   {low:.1%} to {high:.1%}")
    print()


def _show(group: str, measured: Measured) -> None:
    escaped = [one for one in measured.escaped if group in (one.group, "all")]
    wronged = [one for one in measured.wronged if group in (one.group, "all")]
    for one in escaped[:SHOWN]:
        print(f"escaped ({one.group}, {_where(one)}): {one.text} {list(one.cites)}")
        print(f"    made of: {one.answer.sentence.text} {list(one.answer.sentence.cites)}")
        _evidence(one)
    for one in wronged[:SHOWN]:
        print(f"refused ({one.group}, {_where(one)}): {one.text} {list(one.cites)}")
        print(f"    because: {one.reason}")
        _evidence(one)


def _where(one: Judged) -> str:
    return f"{one.answer.stand.world}/{one.answer.stand.kind}"


def _evidence(one: Judged) -> None:
    for number in one.answer.sentence.cites:
        fact = one.answer.stand.sheet.fact(number)
        print(f"    [{number}] {fact.words if fact else '-'}")


def _list(group: str, count: int, seed: int, part: Part) -> None:
    pool = list(islice(answers(seed, part), max(count, POOL_MIN)))
    made = mutants(pool, count * 8 // 3, seed)
    nobody = judged(lambda _text, _cites, _sheet: None, pool[:count], made)
    shown: Sequence[Judged] = [one for one in (*nobody.mutants, *nobody.faithful) if group in (one.group, "all")]
    for one in shown:
        print(f"{one.group} ({_where(one)}): {one.text} {list(one.cites)}")
        if one.text != one.answer.sentence.text:
            print(f"    made of: {one.answer.sentence.text}")
        _evidence(one)


if __name__ == "__main__":
    sys.exit(main())
