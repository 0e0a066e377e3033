"""Identifiers: the fields of each kind, and the conversion from and to raw ids."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import azure.communication.identity as official
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.identifiers import (
    CommunicationCloudEnvironment,
    CommunicationIdentifier,
    CommunicationIdentifierKind,
    CommunicationUserIdentifier,
    MicrosoftBotIdentifier,
    MicrosoftTeamsAppIdentifier,
    MicrosoftTeamsUserIdentifier,
    PhoneNumberIdentifier,
    UnknownIdentifier,
    identifier_from_raw_id,
)

PUBLIC, DOD, GCCH = CommunicationCloudEnvironment
USER = "8:acs:bbbcbc1e-9f06-482a-b5d8-20e3f26ef0cd_45ab2481-1c1c-4005-be24-0ffb879b1130"
GUID = "45ab2481-1c1c-4005-be24-0ffb879b1130"

PREFIXES = [
    "4:",
    "8:acs:",
    "8:dod-acs:",
    "8:gcch-acs:",
    "8:spool:",
    "8:orgid:",
    "8:dod:",
    "8:gcch:",
    "8:teamsvisitor:",
    "28:orgid:",
    "28:dod:",
    "28:gcch:",
    "28:",
    "28:gcch-global:",
    "48:",
    "8:",
    "8:acs",
    ":",
    "::",
]
prefixes = st.sampled_from(PREFIXES)
raw_ids = st.builds(str.__add__, prefixes, st.text()) | st.text()
identifiers = st.one_of(
    st.builds(CommunicationUserIdentifier, st.text()),
    st.builds(PhoneNumberIdentifier, st.text()),
    st.builds(
        MicrosoftTeamsUserIdentifier,
        st.text(),
        is_anonymous=st.just(False),
        cloud=st.sampled_from(CommunicationCloudEnvironment),
    ),
    st.builds(MicrosoftTeamsUserIdentifier, st.text(), is_anonymous=st.just(True)),
    st.builds(MicrosoftTeamsAppIdentifier, st.text(), cloud=st.sampled_from(CommunicationCloudEnvironment)),
    st.builds(UnknownIdentifier, st.text()),
)


@pytest.mark.parametrize(
    ("identifier", "raw_id"),
    [
        (CommunicationUserIdentifier(USER), USER),
        (CommunicationUserIdentifier("a future form"), "a future form"),
        (CommunicationUserIdentifier("one", raw_id="8:acs:other"), "8:acs:other"),
        (MicrosoftTeamsUserIdentifier(GUID), f"8:orgid:{GUID}"),
        (MicrosoftTeamsUserIdentifier(GUID, cloud=None), f"8:orgid:{GUID}"),
        (MicrosoftTeamsUserIdentifier(GUID, cloud="DOD"), f"8:dod:{GUID}"),
        (MicrosoftTeamsUserIdentifier(GUID, cloud=GCCH), f"8:gcch:{GUID}"),
        (MicrosoftTeamsUserIdentifier(GUID, cloud="a new one"), f"8:orgid:{GUID}"),
        (MicrosoftTeamsUserIdentifier(GUID, is_anonymous=True, cloud=DOD), f"8:teamsvisitor:{GUID}"),
        (MicrosoftTeamsUserIdentifier(GUID, raw_id="8:orgid:legacy"), "8:orgid:legacy"),
        (MicrosoftTeamsAppIdentifier(GUID), f"28:orgid:{GUID}"),
        (MicrosoftTeamsAppIdentifier(GUID, cloud="DOD"), f"28:dod:{GUID}"),
        (MicrosoftTeamsAppIdentifier(GUID, cloud=GCCH), f"28:gcch:{GUID}"),
        (MicrosoftTeamsAppIdentifier(GUID, cloud="a new one"), f"28:orgid:{GUID}"),
        (PhoneNumberIdentifier("+15550100"), "4:+15550100"),
        (PhoneNumberIdentifier("15550100"), "4:15550100"),
        (PhoneNumberIdentifier("15550100", raw_id="4:other"), "4:other"),
        (UnknownIdentifier("28:ag08-global:01234567"), "28:ag08-global:01234567"),
    ],
)
def test_the_raw_id_is_made_of_the_arguments_or_given(identifier, raw_id):
    assert identifier.raw_id == raw_id


@pytest.mark.parametrize(
    ("raw_id", "kind", "properties"),
    [
        ("4:+15550100", PhoneNumberIdentifier, {"value": "+15550100"}),
        ("4:15550100", PhoneNumberIdentifier, {"value": "15550100"}),
        ("4:anonymous", PhoneNumberIdentifier, {"value": "anonymous"}),
        ("4:+15550100_b2c", PhoneNumberIdentifier, {"value": "+15550100_b2c"}),
        ("4:", PhoneNumberIdentifier, {"value": ""}),
        (USER, CommunicationUserIdentifier, {"id": USER}),
        ("8:dod-acs:x", CommunicationUserIdentifier, {"id": "8:dod-acs:x"}),
        ("8:gcch-acs:x", CommunicationUserIdentifier, {"id": "8:gcch-acs:x"}),
        ("8:spool:x", CommunicationUserIdentifier, {"id": "8:spool:x"}),
        ("8:acs:a:b", CommunicationUserIdentifier, {"id": "8:acs:a:b"}),
        ("8:acs:R_T_U", CommunicationUserIdentifier, {"id": "8:acs:R_T_U"}),
        ("8:orgid:x", MicrosoftTeamsUserIdentifier, {"user_id": "x", "is_anonymous": False, "cloud": PUBLIC}),
        ("8:dod:x", MicrosoftTeamsUserIdentifier, {"user_id": "x", "is_anonymous": False, "cloud": DOD}),
        ("8:gcch:x:y", MicrosoftTeamsUserIdentifier, {"user_id": "x:y", "is_anonymous": False, "cloud": GCCH}),
        ("8:teamsvisitor:x", MicrosoftTeamsUserIdentifier, {"user_id": "x", "is_anonymous": True, "cloud": PUBLIC}),
        ("28:orgid:x", MicrosoftTeamsAppIdentifier, {"app_id": "x", "cloud": PUBLIC}),
        ("28:dod:x", MicrosoftTeamsAppIdentifier, {"app_id": "x", "cloud": DOD}),
        ("28:gcch:x", MicrosoftTeamsAppIdentifier, {"app_id": "x", "cloud": GCCH}),
        ("28:x", UnknownIdentifier, {}),
        ("28:gcch-global:x", UnknownIdentifier, {}),
        ("48:x", UnknownIdentifier, {}),
        ("8:acs", UnknownIdentifier, {}),
        ("8:ACS:x", UnknownIdentifier, {}),
        ("4", UnknownIdentifier, {}),
        ("", UnknownIdentifier, {}),
    ],
)
def test_what_a_raw_id_stands_for(raw_id, kind, properties):
    identifier = identifier_from_raw_id(raw_id)
    assert type(identifier) is kind
    assert identifier.properties == properties
    assert {name: getattr(identifier, name) for name in properties} == properties


@given(raw_ids)
def test_the_raw_id_survives_the_round_trip(raw_id):
    assert identifier_from_raw_id(raw_id).raw_id == raw_id


@given(st.from_regex(r"(4|28?|8):([a-z-]*:)?.*"))
def test_a_raw_id_means_the_same_to_the_official_library(raw_id):
    theirs, ours = official.identifier_from_raw_id(raw_id), identifier_from_raw_id(raw_id)
    assert (ours.kind, ours.raw_id, ours.properties) == (theirs.kind, theirs.raw_id, theirs.properties)
    assert ours == theirs


@given(identifiers)
def test_an_identifier_comes_back_from_its_raw_id(identifier):
    """It also has the same kind, unless its text has the form of another kind."""
    back = identifier_from_raw_id(identifier.raw_id)
    assert back == identifier
    if not isinstance(identifier, CommunicationUserIdentifier | UnknownIdentifier):
        assert (type(back), back.properties) == (type(identifier), identifier.properties)


@given(raw_ids, raw_ids)
def test_equal_means_the_same_raw_id_whatever_the_kind(one, other):
    assert (identifier_from_raw_id(one) == identifier_from_raw_id(other)) is (one == other)
    assert identifier_from_raw_id(one) == UnknownIdentifier(one)
    assert hash(identifier_from_raw_id(one)) == hash(UnknownIdentifier(one))


def test_an_identifier_equals_nothing_but_identifiers():
    assert CommunicationUserIdentifier(USER) != USER
    assert CommunicationUserIdentifier(USER) != CommunicationUserIdentifier(USER.upper())
    assert CommunicationUserIdentifier(USER) != None  # noqa: E711 - the comparison is the point


def test_it_is_hashable_so_a_set_holds_a_person_once():
    assert len({CommunicationUserIdentifier(USER), identifier_from_raw_id(USER), UnknownIdentifier(USER)}) == 1


def test_the_repr_shows_the_raw_id():
    assert repr(PhoneNumberIdentifier("+15550100")) == "PhoneNumberIdentifier(raw_id='4:+15550100')"


@given(identifiers)
def test_it_can_be_copied_and_pickled(identifier):
    for twin in (copy.copy(identifier), copy.deepcopy(identifier), pickle.loads(pickle.dumps(identifier))):
        assert (type(twin), twin, twin.properties) == (type(identifier), identifier, identifier.properties)


@given(identifiers)
def test_identifiers_fulfil_the_protocol_and_are_frozen(identifier):
    assert isinstance(identifier, CommunicationIdentifier)
    with pytest.raises(AttributeError):
        identifier.raw_id = "8:acs:somebody-else"
    identifier.properties.clear()
    assert identifier_from_raw_id(identifier.raw_id) == identifier


def test_its_properties_are_a_dictionary_of_their_own():
    user = CommunicationUserIdentifier(USER)
    user.properties["id"] = "somebody else"
    assert user.properties == {"id": USER}


def test_patterns_match_by_kind():
    match identifier_from_raw_id("4:+15550100"):
        case PhoneNumberIdentifier(value):
            assert value == "+15550100"
        case other:
            pytest.fail(f"{other} is no number")


@pytest.mark.parametrize(
    ("raw_id", "is_anonymous", "asserted_id"),
    [
        ("4:+15550100", False, None),
        ("4:anonymous", True, None),
        ("4:+15550100_b2c", False, "b2c"),
        ("4:a_b_c", False, "c"),
        ("4:+15550100_", False, None),
    ],
)
def test_a_number_may_be_withheld_or_carry_the_id_of_a_call(raw_id, is_anonymous, asserted_id):
    number = PhoneNumberIdentifier("+15550100", raw_id=raw_id)
    assert (number.is_anonymous, number.asserted_id) == (is_anonymous, asserted_id)


WRONG: list[tuple[Callable[[Any], object], str]] = [
    (CommunicationUserIdentifier, "id"),
    (PhoneNumberIdentifier, "value"),
    (MicrosoftTeamsUserIdentifier, "user_id"),
    (MicrosoftTeamsAppIdentifier, "app_id"),
    (UnknownIdentifier, "identifier"),
    (identifier_from_raw_id, "raw_id"),
    (lambda wrong: CommunicationUserIdentifier(USER, raw_id=wrong or 7), "raw_id"),
    (lambda wrong: MicrosoftTeamsUserIdentifier(GUID, cloud=wrong or 7), "cloud"),
]


@pytest.mark.parametrize("wrong", [None, 7, b"8:acs:x", CommunicationUserIdentifier(USER)])
@pytest.mark.parametrize(("make", "argument"), WRONG)
def test_anything_but_text_is_refused_by_the_arguments_name(make, argument, wrong):
    with pytest.raises(TypeError, match=f"^{argument} must be a str, not"):
        make(wrong)


def test_a_bot_is_now_a_teams_app():
    with pytest.warns(DeprecationWarning, match="MicrosoftTeamsAppIdentifier"):
        bot = MicrosoftBotIdentifier("b", is_resource_account_configured=False, cloud="GCCH")
    assert isinstance(bot, MicrosoftTeamsAppIdentifier)
    assert bot == MicrosoftTeamsAppIdentifier("b", cloud=GCCH)
    assert bot.properties == {"app_id": "b", "bot_id": "b", "cloud": GCCH, "is_resource_account_configured": True}


@pytest.mark.parametrize("name", ["MICROSOFT_BOT", "microsoft_bot"])
def test_the_kind_of_a_bot_is_that_of_a_teams_app(name):
    with pytest.warns(DeprecationWarning, match="MICROSOFT_TEAMS_APP"):
        kind = getattr(CommunicationIdentifierKind, name)
    assert kind is CommunicationIdentifierKind.MICROSOFT_TEAMS_APP


def test_kinds_and_clouds_are_text_and_found_in_any_case():
    assert f"{CommunicationIdentifierKind.PHONE_NUMBER}" == "phone_number"
    assert CommunicationIdentifierKind.phone_number is CommunicationIdentifierKind.PHONE_NUMBER
    assert CommunicationCloudEnvironment["gcch"] is GCCH
    with pytest.raises(AttributeError):
        _ = CommunicationIdentifierKind.CAT
