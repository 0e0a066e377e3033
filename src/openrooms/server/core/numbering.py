"""Telephone numbers against the numbering plans of all countries, which Google's libphonenumber keeps."""

import re

from openrooms.domain.errors import InvalidArgument
from openrooms.domain.telephones import PhoneNumber

_HIDDEN = "\u2022"
_DIGITS_SHOWN = 4


def check_possible(number: PhoneNumber) -> None:
    """Raise `InvalidArgument` if no telephone can have the number: no such country, too short or too long."""
    # The numbering plans take memory, and few services call telephones.
    import phonenumbers

    try:
        verdict = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        verdict = phonenumbers.ValidationResult.INVALID_COUNTRY_CODE
    if verdict != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise InvalidArgument("phoneNumber", f"{number} has a country code or a length that no telephone number has.")


def masked(number: PhoneNumber) -> str:
    """Return the number with its country code and at most its last four digits, such as `+1 ••• ••• 4567`."""
    import phonenumbers

    text = phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    country, _, rest = text.replace("-", " ").partition(" ")
    digits = sum(map(str.isdigit, rest))
    hidden = digits - min(_DIGITS_SHOWN, digits // 2)
    return f"{country} {re.sub('[0-9]', _HIDDEN, rest, count=hidden)}"
