"""The text of names, titles and reasons: what is left of it, and which names could pass for a role.

Names come from organisers and from the people themselves, and everyone in a call reads them. So both go through one
rule, `clean`: no control or formatting characters (also none of those that change the direction of the text around
them), no heaps of combining marks, one space between words. An organiser is told what is wrong with a name; a name that
somebody types when joining is repaired instead, because a visit must not fail by it.

A name passes for a role if the name of a role is in it, whatever stands between its letters, as the API or the call
page in any of its languages has it: `Presenter`, `Dr X (Moderation)`, `P r e s e n t e r`. Letters of other alphabets
that look alike are not compared; a call page shows the role itself beside the name.
"""

import unicodedata
from enum import StrEnum

import msgspec

from openrooms.domain.errors import InvalidRequest
from openrooms.domain.roles import ROLES

LONGEST_NAME = 64
LONGEST_TITLE = 128
LONGEST_REASON = 200
"""In characters, after cleaning."""
_LONGEST_TEXT = 1024

# A heap of marks hides the lines above and below. Scripts with names of their own for their marks (Hebrew, Arabic,
# Thai, Devanagari) need up to four on a letter; https://www.unicode.org/reports/tr39/#Optional_Detection
_MOST_MARKS = 4
_MOST_COMMON_MARKS = 2
_COMMON_MARK = "COMBINING "
_MARKS = frozenset({"Mn", "Me"})
_SPACES = frozenset({"Zs", "Zl", "Zp"})
_STRIPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_ZERO_WIDTH_NON_JOINER, _ZERO_WIDTH_JOINER = "\u200c", "\u200d"
# They join and separate letters in Persian and in the scripts of India, and the parts of an emoji.
_JOINERS = frozenset({_ZERO_WIDTH_NON_JOINER, _ZERO_WIDTH_JOINER})
# Letters and symbols without any ink.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_SEPARATORS = " ,;:|/\\-\u2013\u2014\u00b7\u2022_+&"
# As the call page calls the roles in its other languages.
_ROLES_ON_PAGES = (
    *("Moderation", "Mitwirkung", "Teilnahme", "Nur Zuschauen"),
    *("Moderación", "Colaboración", "Participación", "Solo ver"),
    *("Animation", "Collaboration", "Participation", "Écoute seule"),
    *("إدارة الجلسة", "مشاركة كاملة", "مشاركة", "مشاهدة فقط"),
)
_BRACKETS = ("()", "[]", "{}", "<>")


class NameSource(StrEnum):
    """The giver of the name that a call shows."""

    ORGANISER = "organiser"
    TYPED = "typed"


class DisplayName(msgspec.Struct, frozen=True):
    """The name that a call shows for a participant; a participant without a name has no source."""

    text: str = ""
    source: NameSource | None = None


NAMELESS = DisplayName()


def clean(text: str) -> str:
    """Return the text without characters that disturb the text around it, and with single spaces."""
    visible = "".join(filter(None, map(_visible, text)))
    words = _without_heaps(unicodedata.normalize("NFC", visible)).split()
    return " ".join(filter(None, map(_without_loose_joiners, words)))


def organiser_name(text: str) -> str:
    """Return the cleaned name that an organiser gives (`""`: none); raise `InvalidRequest`."""
    name = _checked("displayName", text, LONGEST_NAME)
    if passes_for_role(name):
        raise InvalidRequest("The displayName must not contain the name of a role, such as Presenter.")
    return name


def typed_name(text: str) -> str:
    """Return what is left of a name that somebody typed: cleaned, without roles, cut; `""` if nothing is left."""
    name = clean(text)
    if passes_for_role(name):
        name = _trimmed(" ".join([word for word in name.split() if not passes_for_role(word)]))
    return "" if passes_for_role(name) else _cut(name)


def title(text: str) -> str:
    """Return the cleaned title of a room; raise `InvalidRequest` if it is too long."""
    return _checked("title", text, LONGEST_TITLE)


def reason(text: str) -> str:
    """Return the cleaned reason for declining somebody; raise `InvalidRequest` if it is too long."""
    return _checked("reason", text, LONGEST_REASON)


def shown(by_organiser: str, typed: str) -> DisplayName:
    """Return the name that a call shows: the organiser's, if there is one, else what is left of the typed one."""
    if by_organiser:
        return DisplayName(by_organiser, NameSource.ORGANISER)
    name = typed_name(typed)
    return DisplayName(name, NameSource.TYPED) if name else NAMELESS


def passes_for_role(name: str) -> bool:
    """Return whether the letters of a role's name follow each other in the name."""
    letters = _letters(name)
    return any(role in letters for role in _ROLE_NAMES)


def _checked(field: str, text: str, longest: int) -> str:
    # Cleaning a very long text takes long.
    cleaned = clean(text) if len(text) <= _LONGEST_TEXT else text
    if len(cleaned) > longest:
        raise InvalidRequest(f"The {field} is longer than {longest} characters.")
    return cleaned


def _letters(text: str) -> str:
    """Return the letters alone, in lower case, without accents and in their plain form."""
    return "".join(filter(str.isalpha, unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())))


_ROLE_NAMES = tuple(map(_letters, (*ROLES, *_ROLES_ON_PAGES)))


def _visible(char: str) -> str:
    """Return the character, a space instead of any white space, or nothing."""
    category = unicodedata.category(char)
    if category in _SPACES or char.isspace():
        return " "
    return "" if char in _BLANKS or (category in _STRIPPED and char not in _JOINERS) else char


def _without_heaps(text: str) -> str:
    """Return the text with only the marks that have a place on a letter."""
    kept: list[str] = []
    marks: list[str] | None = None
    for char in text:
        if unicodedata.category(char) not in _MARKS:
            if char not in _JOINERS:
                marks = None if char == " " else []
        elif marks is None or not _has_place(char, marks):
            continue
        else:
            marks.append(char)
        kept.append(char)
    return "".join(kept)


def _has_place(mark: str, marks: list[str]) -> bool:
    """Return whether one more mark fits on a letter that has some; no letter has the same one twice."""
    is_common = unicodedata.name(mark, "").startswith(_COMMON_MARK)
    return mark not in marks and len(marks) < (_MOST_COMMON_MARKS if is_common else _MOST_MARKS)


def _without_loose_joiners(word: str) -> str:
    """Return the word without joiners that have nothing to join on one side."""
    kept: list[str] = []
    for char in word:
        if char not in _JOINERS or (kept and kept[-1] not in _JOINERS):
            kept.append(char)
    return "".join(kept).rstrip("".join(_JOINERS))


def _trimmed(name: str) -> str:
    """Return the name without what a removed role leaves behind: empty brackets and separators at the ends."""
    for brackets in _BRACKETS:
        name = name.replace(brackets, "")
    return name.strip(_SEPARATORS)


def _cut(name: str) -> str:
    """Return at most the longest name, cut where no mark is torn off its letter."""
    if len(name) <= LONGEST_NAME:
        return name
    end = LONGEST_NAME
    while unicodedata.category(name[end]) in _MARKS or name[end] in _JOINERS or name[end - 1] in _JOINERS:
        end -= 1
    return name[:end].rstrip()
