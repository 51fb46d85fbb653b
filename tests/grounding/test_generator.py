"""The measure itself: what it makes is varied, repeatable, apart from what is true, and counted right."""

import re
from collections import Counter
from functools import cache
from itertools import islice
from random import Random
from typing import get_args

import pytest

from bot.texts.sheet import Amount, Role, Sheet
from tests.grounding.answers import Answer, Part, answers, fitting, home_of, is_in, patterns
from tests.grounding.byhand import by_hand
from tests.grounding.lexicon import LEXICON
from tests.grounding.measure import Count, judged
from tests.grounding.mutations import PIECES, Mutant, mutants, mutations, piece_kinds
from tests.grounding.pieces import pieces_of
from tests.grounding.saying import clock, number
from tests.grounding.worlds import stands

SEED = 5
LATER: tuple[Part, ...] = ("fresh", "unseen")


def _chance(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - reproducible, and no secret


@cache
def pool() -> tuple[Answer, ...]:
    later = (one for part in LATER for one in islice(answers(SEED, part), 700))
    return (*islice(answers(SEED, "seen"), 1500), *later)


@cache
def made() -> tuple[Mutant, ...]:
    return tuple(mutants(pool(), 4000, SEED))


def test_there_are_sheets_of_many_releases_and_kinds() -> None:
    assert len({stand.world for stand in stands()}) >= 25
    assert {stand.kind for stand in stands()} >= {"notes", "diagnosis", "incident", "narration", "go-no-go"}
    assert {stand.kind for stand in stands()} >= {"faq", "answer", "daily"}


def test_every_family_has_forty_patterns_and_each_fits_a_sheet() -> None:
    families = Counter(pattern.family for pattern in patterns() if is_in("seen", pattern.words))
    assert min(families.values()) >= 40
    assert [pattern.words for pattern in patterns() if not fitting(pattern)] == []


def test_sixty_sentences_follow_no_pattern() -> None:
    assert len([one for one, _stand in by_hand() if is_in("seen", one.pattern)]) >= 60


@pytest.mark.parametrize("part", LATER)
def test_every_family_has_patterns_of_a_later_part_too(part: Part) -> None:
    later = Counter(pattern.family for pattern in patterns() if is_in(part, pattern.words))
    assert later.keys() == {pattern.family for pattern in patterns()}
    assert min(later.values()) >= 8
    assert len([one for one, _stand in by_hand() if is_in(part, one.pattern)]) >= 20


def test_no_pattern_of_a_part_is_in_another_one() -> None:
    homes: dict[tuple[str, str], set[str]] = {}
    for one in patterns():
        homes.setdefault((one.family, _plain(one.words)), set()).add(home_of(one.words))
    assert [plain for plain, found in homes.items() if len(found) > 1] == []
    counts = [sum(is_in(part, one.words) for one in patterns()) for part in ("seen", "fresh", "unseen")]
    assert sum(counts) == len(patterns())
    assert min(counts) >= 300


def _plain(words: str) -> str:
    """A pattern without its marks, its brackets and its large letters."""
    return re.sub(r"<([^;>]*)[^>]*>", r"\1", words).replace("[", "").replace("]", "").lower()


def test_the_parts_are_apart_and_all_is_of_them() -> None:
    told: dict[Part, set[str]] = {
        part: {one.sentence.pattern for one in islice(answers(SEED, part), 700)} for part in get_args(Part)
    }
    assert told["open"] & told["held"] == set()
    written = {*(one.words for one in patterns()), *(one.pattern for one, _stand in by_hand())}
    for part in LATER:
        assert told[part] <= written
        assert {home_of(words) for words in told[part]} == {part}
    assert {home_of(words) for words in told["seen"]} == {"seen"}
    assert {home_of(words) for words in told["all"]} == {"seen", *LATER}


def test_the_same_seed_says_the_same() -> None:
    again = list(islice(answers(SEED, "seen"), 300))
    assert [one.sentence.text for one in again] == [one.sentence.text for one in pool()[:300]]
    assert [one.text for one in mutants(again, 500, 1)] == [one.text for one in mutants(again, 500, 1)]


def test_no_answer_comes_twice_and_each_cites_facts_of_its_sheet() -> None:
    assert len({(one.sentence.text, id(one.stand)) for one in pool()}) == len(pool())
    for answer in pool():
        assert answer.sentence.cites
        assert all(answer.stand.sheet.fact(number) for number in answer.sentence.cites)


def test_an_answer_reads_as_a_sentence() -> None:
    for answer in pool():
        text = answer.sentence.text
        assert not set(text) & set("{}<>[]|;=") - {";"}, text
        assert "  " not in text, text
        assert text[-1] in ".?", text


def test_a_mutant_differs_from_every_faithful_answer_of_its_sheet() -> None:
    faithful = {(one.sentence.text, one.sentence.cites, id(one.stand)) for one in pool()}
    assert [one.text for one in made() if (one.text, one.cites, id(one.answer.stand)) in faithful] == []


def test_every_kind_makes_mutants() -> None:
    kinds = Counter(one.kind for one in made())
    assert len(made()) >= 4000
    assert len(kinds) >= 50
    assert set(mutations(pool())) == set(kinds)


def test_what_a_pattern_marks_is_of_a_known_kind() -> None:
    marked = set().union(*(piece_kinds(one) for one in pool()), *LEXICON.values())
    assert marked - set(PIECES) == set()


@pytest.mark.parametrize(
    "amount",
    [
        Amount(0.0607, "ratio", Role.CANARY),
        Amount(0.24, "s", Role.CANARY),
        Amount(1.83, "s", Role.CONTROL),
        Amount(1.27e9, "bytes", Role.CANARY),
        Amount(12_740, "", Role.COUNT),
        Amount(332.0, "s", Role.DURATION),
        Amount(86_400.0, "s", Role.DURATION),
        Amount(25.0, "percent", Role.EXPOSURE),
        Amount(7.66, "times", Role.RATIO),
    ],
)
def test_no_way_to_say_a_number_is_among_the_wrong_ones(amount: Amount) -> None:
    said, wrong = set(), set()
    for seed in range(300):
        (piece,) = number(amount)(_chance(seed))
        said.add(piece.text)
        wrong |= {text for texts in piece.wrong.values() for text in texts}
    assert len(said) >= 2
    assert said & wrong == set()


def test_a_wrong_time_of_day_is_minutes_off() -> None:
    for seed in range(50):
        (piece,) = clock(1_800_000_151.0)(_chance(seed))
        assert piece.text.startswith("08:02")
        assert not [text for text in piece.wrong["clock"] if text.startswith(("08:01", "08:02", "08:03"))]


def test_brackets_are_a_choice_and_marks_are_a_piece() -> None:
    said = {
        "".join(piece.text for piece in pieces_of("It [did|does] <rise; direction=fall>.", {}, _chance(n)))
        for n in range(9)
    }
    assert said == {"It did rise.", "It does rise."}


def test_a_checker_that_keeps_all_catches_nothing_and_wrongs_nobody() -> None:
    measured = judged(lambda _text, _cites, _sheet: None, pool()[:100], made()[:200])
    assert measured.caught == Count(200, 0)
    assert measured.refused == Count(100, 0)
    assert len(measured.escaped) == 200


def test_a_checker_that_refuses_all_catches_everything_and_wrongs_everybody() -> None:
    measured = judged(lambda _text, _cites, _sheet: "no", pool()[:100], made()[:200])
    assert measured.caught == Count(200, 200)
    assert measured.refused == Count(100, 100)
    assert len(measured.wronged) == 100


def test_kinds_and_families_are_counted_apart() -> None:
    def asks_for_citations(_text: str, cites: tuple[int, ...], sheet: Sheet) -> str | None:
        known = cites and all(sheet.fact(number) for number in cites)
        return None if known else "it cites nothing that there is"

    measured = judged(asks_for_citations, pool(), made())
    caught = measured.caught_by_kind
    assert caught["citation-dropped"].share == 1.0
    assert caught["citation-beyond"].share == 1.0
    assert caught["digit"].hits == 0
    assert measured.refused.hits == 0
    assert sum(count.every for count in measured.refused_by_family.values()) == len(pool())


def test_the_interval_is_wilsons() -> None:
    low, high = Count(100, 99).interval
    assert (round(low, 4), round(high, 4)) == (0.9455, 0.9982)
