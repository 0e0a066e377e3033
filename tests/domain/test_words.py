"""By which words a room is found."""

import pytest

from openrooms.domain import words
from openrooms.domain.errors import InvalidRequest

ROOM = "99475330965778483"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Follow-up with Dr Okafor", ("dr", "follow", "okafor", "up", "with")),
        ("José Müller-Strauß", ("jose", "muller", "strauss")),
        ("Søren Łukasz Æsa Þór", ("aesa", "lukasz", "soren", "thor")),
        ("İstanbul ISPARTA ısı", ("isi", "isparta", "istanbul")),  # noqa: RUF001
        ("Ａｄａ ﬁne ①", ("1", "ada", "fine")),  # noqa: RUF001
        ("Анна Ёлкина", ("анна", "елкина")),
        ("مُحَمَّد", ("محمد",)),
        ("山田太郎 2026", ("2026", "山田太郎")),
        ("ada ADA Ada_2", ("2", "ada")),
        ("x" * 40, ("x" * 32,)),
        ("- …\u200b", ()),
    ],
)
def test_words(text: str, expected: tuple[str, ...]) -> None:
    assert words.words([text]) == expected


def test_only_the_first_words_count() -> None:
    found = words.words(["Check-up", " ".join(f"n{number}" for number in range(200))])
    assert len(found) == words.MOST_WORDS
    assert {"check", "up", "n0", "n97"} <= set(found)
    assert "n98" not in found


@pytest.mark.parametrize(
    ("search", "is_found"),
    [
        ("", True),
        ("oka", True),
        ("OKÁ dr", True),
        ("up-follow", True),
        ("kafor", False),
        ("okafor smith", False),
        ("9947", True),
        ("9947 okafor", True),
        ("75330", False),
    ],
)
def test_a_search_finds_the_beginnings_of_words_and_of_the_id(search: str, is_found: bool) -> None:
    assert words.are_found(words.terms(search), words.words(["Follow-up", "Dr Okafor"]), ROOM) is is_found


def test_terms_that_another_one_implies_are_left_out() -> None:
    assert words.terms("a ad ada b ada") == ("ada", "b")


@pytest.mark.parametrize(
    ("search", "message"), [("x" * 201, "longer than 200"), ("a b c d e f g h i", "more than 8 words")]
)
def test_a_search_has_bounds(search: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        words.terms(search)
