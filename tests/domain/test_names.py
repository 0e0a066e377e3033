"""Names and titles: what is left of a text, and which names pass for a role."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain import names
from openrooms.domain.errors import InvalidRequest
from openrooms.domain.names import NAMELESS, DisplayName, NameSource
from openrooms.domain.roles import ROLES

LANGUAGES = Path(__file__).parents[2] / "web" / "src" / "languages"
ANY_TEXT = st.text(max_size=256)
ACUTE, DOT_BELOW, CIRCUMFLEX, GRAVE, OVERLAY = "\u0301", "\u0323", "\u0302", "\u0300", "\u0334"
PERSIAN = "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("  Ada \n\t Lovelace ", "Ada Lovelace", id="spaces are folded"),
        pytest.param("Ada\u2028Love\u3000lace", "Ada Love lace", id="so are those of other scripts"),
        pytest.param("A\0d\x1ba\x7f", "Ada", id="control characters go"),
        pytest.param("\u202eecaf\u202c Ada\u200f\u2066", "ecaf Ada", id="the direction of text stays"),
        pytest.param("A\u00add\ufeffa\u200b\U000e0041", "Ada", id="invisible formatting goes"),
        pytest.param("\u3164\u2800\u115f", "", id="letters without ink are nothing"),
        pytest.param("Zoe\u0308", "Zoë", id="letters are composed"),
        pytest.param(f"Vie{CIRCUMFLEX}{DOT_BELOW}t", "Việt", id="Vietnamese"),
        pytest.param(f"Z{GRAVE * 9}oe{GRAVE * 2}{DOT_BELOW}{OVERLAY}", f"Z{GRAVE}oẹ{OVERLAY}{GRAVE}", id="heaps"),
        pytest.param(f"{ACUTE}Ada {ACUTE}L", "Ada L", id="marks without a letter"),
        pytest.param("שָּׁלוֹם", unicodedata.normalize("NFC", "שָּׁלוֹם"), id="Hebrew points"),
        pytest.param("مُحَمَّد", "مُحَمَّد", id="Arabic vowels"),
        pytest.param("कृष्णा", "कृष्णा", id="Devanagari"),
        pytest.param(PERSIAN, PERSIAN, id="Persian joins with a non-joiner"),
        pytest.param("\u200dAda\u200c\u200d \u200d L", "Ada L", id="joiners that join nothing"),
        pytest.param("👩\u200d⚕\ufe0f Ada", "👩\u200d⚕\ufe0f Ada", id="an emoji of several parts"),
        pytest.param("O'Brien-Sørensen, 3rd", "O'Brien-Sørensen, 3rd", id="names keep their signs"),
        pytest.param("<b>Ada</b>", "<b>Ada</b>", id="markup is text"),
    ],
)
def test_clean(text: str, left: str) -> None:
    assert names.clean(text) == left


@given(ANY_TEXT)
def test_cleaning_once_is_enough(text: str) -> None:
    once = names.clean(text)
    assert names.clean(once) == once
    assert not {unicodedata.category(char) for char in once} & {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert once == once.strip()


ROLE_LIKE = [
    "Presenter",
    "presenter",
    "PRESENTER 2",
    "Dr X (Presenter)",
    "Presenters",
    "P r e s e n t e r",
    "Pre\u200csen\u200dter",
    "".join(chr(ord(letter) + 0xFEE0) for letter in "Presenter"),
    "Présenter",
    "[Attendee] Bo",
    "con-sumer",
    "ATTENDEE",
    "Dr. Groß (Moderation)",
    "moderacion",
    "Ⓒⓞⓛⓛⓐⓑⓞⓡⓐⓣⓞⓡ",
]


@pytest.mark.parametrize("name", ROLE_LIKE)
def test_a_name_never_passes_for_a_role(name: str) -> None:
    assert names.passes_for_role(names.clean(name))
    with pytest.raises(InvalidRequest, match="the name of a role, such as Presenter"):
        names.organiser_name(name)
    assert not names.passes_for_role(names.typed_name(name))


def test_the_roles_of_every_language_of_the_call_page() -> None:
    labels = [
        label
        for catalogue in LANGUAGES.glob("*.ts")
        for label in re.findall(
            r'"role\.(?:Presenter|Collaborator|Attendee|Consumer)":\s*"([^"]+)"', catalogue.read_text()
        )
    ]
    assert len(labels) >= 5 * len(ROLES)
    assert [label for label in labels if not names.passes_for_role(label)] == []


@pytest.mark.parametrize("name", ["Ada Lovelace", "Dr Présent", "Coll Aborn", "Ramón Presa", "陳大文", ""])
def test_other_names_are_left_alone(name: str) -> None:
    assert names.organiser_name(name) == names.typed_name(name) == name


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("Dr X (Presenter)", "Dr X", id="the role goes and the name stays"),
        pytest.param("Presenter: Dr X", "Dr X", id="in front"),
        pytest.param("Dr X - presenter", "Dr X", id="with what separated it"),
        pytest.param("Presenter", "", id="nothing but a role"),
        pytest.param("P r e s e n t e r", "", id="a role over several words"),
        pytest.param("C++ fan -", "C++ fan -", id="signs of other names stay"),
        pytest.param("x" * 70, "x" * 64, id="too long"),
        pytest.param("x" * 63 + f"x{ACUTE}{GRAVE}y", "x" * 63, id="no mark is torn off"),
    ],
)
def test_a_typed_name_is_repaired(text: str, left: str) -> None:
    assert names.typed_name(text) == left


@given(ANY_TEXT)
def test_any_typed_name_is_fit_to_be_shown(text: str) -> None:
    name = names.typed_name(text)
    assert len(name) <= names.LONGEST_NAME
    assert names.clean(name) == name
    assert not names.passes_for_role(name)


@given(st.lists(st.sampled_from([*ROLES, "Dr", "X", "(", ")", "-", " ", "pre", "senter", ACUTE]), max_size=8))
def test_no_arrangement_of_parts_makes_a_role(parts: list[str]) -> None:
    assert not names.passes_for_role(names.typed_name("".join(parts)))


@pytest.mark.parametrize(
    ("make", "longest"),
    [
        pytest.param(names.organiser_name, names.LONGEST_NAME, id="name"),
        pytest.param(names.title, names.LONGEST_TITLE, id="title"),
    ],
)
def test_an_organiser_is_told_that_a_text_is_too_long(make, longest: int) -> None:
    assert make(f" \u202e{'é' * longest}\0") == "é" * longest
    for text in ("é" * (longest + 1), "\0" * 1_000_000):
        with pytest.raises(InvalidRequest, match=f"longer than {longest}"):
            make(text)


def test_the_name_by_the_organiser_wins() -> None:
    assert names.shown("Dr Okafor", "Ada") == DisplayName("Dr Okafor", NameSource.ORGANISER)
    assert names.shown("", " Ada ") == DisplayName("Ada", NameSource.TYPED)
    assert names.shown("", "Presenter") == names.shown("", "") == NAMELESS


def test_reasons_are_cleaned_and_limited():
    assert names.reason(" Call\u202e \n us ") == "Call us"
    assert names.reason("x" * 200) == "x" * 200
    with pytest.raises(InvalidRequest):
        names.reason("x" * 201)
    with pytest.raises(InvalidRequest):
        names.reason("\u200b" * 1025)
