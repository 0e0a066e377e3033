"""Telephone numbers against the numbering plans, and as people see them who may not see all of them."""

import pytest

from openrooms.domain.errors import InvalidArgument
from openrooms.domain.telephones import PhoneNumber
from openrooms.server.core.numbering import check_possible, masked


@pytest.mark.parametrize("number", ["+15551234567", "+493012345678", "+442071838750", "+8613812345678", "+3726123456"])
def test_numbers_that_can_be(number):
    check_possible(PhoneNumber(number))


@pytest.mark.parametrize("number", ["+999999999999999", "+15550100", "+155512345678", "+4420718387501234"])
def test_numbers_that_cannot_be(number):
    with pytest.raises(InvalidArgument, match="country code or a length"):
        check_possible(PhoneNumber(number))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+15551234567", "+1 ••• ••• 4567"),
        ("+493012345678", "+49 •• ••••5678"),
        ("+33123456789", "+33 • •• •• 67 89"),
        ("+2909999", "+290 ••99"),
    ],
)
def test_a_masked_number(number, shown):
    assert masked(PhoneNumber(number)) == shown
