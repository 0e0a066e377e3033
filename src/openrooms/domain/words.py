"""Searching: the words by which a room is found, and the terms of a search.

The words of a room are those of its title and of its participants' names. Both they and the terms of a search are
folded to a plain form here, so that neither case nor accents matter, and both databases find the same: NFKD, case
folding, no marks, and the usual spelling of a few letters that Unicode does not decompose (ø, ł, æ, ...). A word is a
run of letters and digits. A room is found if each term is the beginning of one of its words, or of its id.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable

from openrooms.domain.errors import InvalidRequest

MOST_WORDS = 100
"""The most words by which a room is found: those of its title, and of the names of its first participants."""

LONGEST_WORD = 32
"""Only so many characters of a word count."""

LONGEST_SEARCH = 200
"""The most characters of a search."""

MOST_TERMS = 8
"""The most terms of a search."""

_SPELLED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i", "ħ": "h", "ŧ": "t"}
)
_WORD = re.compile(r"[^\W_]+")


def words(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the different words of the texts, in order; of too many, those that come first."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _WORD.findall(_folded(text)):
            if len(found) == MOST_WORDS:
                break
            found[word[:LONGEST_WORD]] = None
    return tuple(sorted(found))


def terms(search: str) -> tuple[str, ...]:
    """Return the terms of a search, without those that another one implies; raise `InvalidRequest` for too many."""
    if len(search) > LONGEST_SEARCH:
        raise InvalidRequest(f"q is longer than {LONGEST_SEARCH} characters.")
    found = {word[:LONGEST_WORD] for word in _WORD.findall(_folded(search))}
    needed = sorted(term for term in found if not any(other != term and other.startswith(term) for other in found))
    if len(needed) > MOST_TERMS:
        raise InvalidRequest(f"q has more than {MOST_TERMS} words.")
    return tuple(needed)


def are_found(terms: Iterable[str], words: Collection[str], room_id: str) -> bool:
    """Return whether each term is the beginning of one of the words, or of the room's id."""
    return all(room_id.startswith(term) or any(word.startswith(term) for word in words) for term in terms)


def may_begin_id(term: str) -> bool:
    """Return whether the term may be the beginning of a room's id."""
    return term.isascii() and term.isdigit()


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in decomposed if unicodedata.category(char)[0] != "M").translate(_SPELLED)
