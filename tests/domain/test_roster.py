"""The rules of rosters: identities, roles and changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.errors import InvalidIdentifier, InvalidRole, RosterTooLarge
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import (
    Participant,
    RawId,
    RosterChange,
    RosterView,
    canonical,
    change_roster,
    is_acs_user,
    new_roster,
    parse_roles,
)

PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER
RESOURCE = "1baa2c90-9c2f-4958-8834-d0197bd38767"
ADA, EVE, BOB, KIM = (RawId(f"8:acs:{RESOURCE}_0000002{n}-931c-aa89-e84c-09bd456064be") for n in range(4))
LIMIT = 3

Roster = dict[str, ParticipantRole]

people = st.sampled_from([ADA, EVE, BOB, KIM])
roles = st.sampled_from(ParticipantRole)
rosters = st.dictionaries(people, roles, max_size=LIMIT)
changes = st.dictionaries(people, st.none() | roles)


def view(roster: Roster, named: dict[RawId, ParticipantRole | None]) -> RosterView:
    """Return the part of the roster that a store gives to a change of these raw ids."""
    return RosterView(len(roster), {raw_id: role for raw_id, role in roster.items() if raw_id in named})


def apply(roster: Roster, change: RosterChange) -> Roster:
    """Return the roster after the change."""
    kept = {raw_id: role for raw_id, role in roster.items() if raw_id not in change.remove}
    return kept | {one.raw_id: one.role for one in change.put}


@pytest.mark.parametrize(
    "text",
    [
        ADA,
        ADA.replace("8:acs:", "8:gcch-acs:"),
        ADA.replace("8:acs:", "8:dod-acs:"),
        ADA.replace("8:acs:", "8:spool:"),
        pytest.param(f"8:acs:{ADA[6:].upper()}", id="upper case"),
    ],
)
def test_users_of_every_azure_cloud_may_be_invited(text: str) -> None:
    assert is_acs_user(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "invalid",
        "4:+15550100",
        f"8:orgid:{RESOURCE}",
        f"8:acs:{RESOURCE}",
        f"28:{RESOURCE}",
        f"8:ACS:{ADA[6:]}",
        f" {ADA}",
        f"{ADA} ",
        pytest.param(f"{ADA}\n", id="a line feed"),
        pytest.param(f"{ADA}\x00", id="NUL"),
        pytest.param(ADA.replace("-", "_"), id="another separator"),
        pytest.param(ADA.replace("0", "\u0660"), id="digits of another script"),
        pytest.param('8:acs:"}],"', id="JSON"),
    ],
)
def test_other_identities_are_refused(text: str) -> None:
    assert not is_acs_user(text)
    with pytest.raises(InvalidIdentifier) as refusal:
        new_roster({ADA: ATTENDEE, text: ATTENDEE}, LIMIT)
    assert str(refusal.value) == "Invalid format for communication identifier."


def test_role_names_are_case_sensitive() -> None:
    named = {ADA: "Presenter", EVE: "Attendee", BOB: "Consumer", KIM: "Collaborator"}
    assert parse_roles(named) == dict(
        zip(named, [PRESENTER, ATTENDEE, CONSUMER, ParticipantRole.COLLABORATOR], strict=True)
    )


def test_the_default_role_is_attendee() -> None:
    assert parse_roles({ADA: None}) == {ADA: ATTENDEE}


def test_every_bad_role_is_named() -> None:
    with pytest.raises(InvalidRole) as refusal:
        parse_roles({ADA: "presenter", EVE: "Presenter", BOB: ""})
    assert [(problem.target, problem.message) for problem in refusal.value.problems] == [
        (
            f"$.participants.{one}.role",
            "Invalid participant role. The valid roles are: Presenter, Attendee, Consumer, Collaborator.",
        )
        for one in (ADA, BOB)
    ]


def test_a_new_roster_keeps_the_order() -> None:
    assert new_roster({EVE: PRESENTER, ADA: ATTENDEE}, LIMIT) == (
        Participant(EVE, PRESENTER),
        Participant(ADA, ATTENDEE),
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (ADA, ADA),
        (f"8:acs:{ADA[6:].upper()}", ADA),
        (ADA.replace("8:acs:", "8:spool:").replace("a", "A"), ADA.replace("8:acs:", "8:spool:")),
        ("8:ACS:X", "8:ACS:X"),
        ("4:+15550100", "4:+15550100"),
        (f"8:orgid:{RESOURCE.upper()}", f"8:orgid:{RESOURCE.upper()}"),
        ("", ""),
    ],
)
def test_a_raw_id_has_one_spelling(text: str, kept: str) -> None:
    assert canonical(text) == kept


def test_of_two_spellings_the_last_one_counts() -> None:
    upper_case = f"8:acs:{ADA[6:].upper()}"
    assert new_roster({upper_case: PRESENTER, EVE: ATTENDEE, ADA: ATTENDEE}, 2) == (
        Participant(ADA, ATTENDEE),
        Participant(EVE, ATTENDEE),
    )


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
def test_a_new_roster_may_be_as_large_as_the_limit(size: int) -> None:
    named = dict.fromkeys((ADA, EVE, BOB, KIM)[:size], ATTENDEE)
    if size <= LIMIT:
        assert len(new_roster(named, LIMIT)) == size
    else:
        with pytest.raises(RosterTooLarge, match="at most 3 participants"):
            new_roster(named, LIMIT)


@pytest.mark.parametrize(
    ("named", "roster", "expected"),
    [
        pytest.param({}, {ADA: ATTENDEE}, RosterChange(), id="no change"),
        pytest.param({ADA: PRESENTER}, {}, RosterChange(put=(Participant(ADA, PRESENTER),)), id="a new participant"),
        pytest.param(
            {ADA: PRESENTER}, {ADA: ATTENDEE}, RosterChange(put=(Participant(ADA, PRESENTER),)), id="another role"
        ),
        pytest.param({ADA: PRESENTER}, {ADA: PRESENTER}, RosterChange(), id="the same role"),
        pytest.param({ADA: None}, {ADA: PRESENTER}, RosterChange(remove=(ADA,)), id="a removal"),
        pytest.param({ADA: None}, {}, RosterChange(), id="a removal of someone who is not there"),
        pytest.param(
            {EVE: CONSUMER, ADA: None, BOB: ATTENDEE},
            {ADA: PRESENTER},
            RosterChange(put=(Participant(EVE, CONSUMER), Participant(BOB, ATTENDEE)), remove=(ADA,)),
            id="several, in order",
        ),
    ],
)
def test_only_differences_are_written(
    named: dict[RawId, ParticipantRole | None], roster: Roster, expected: RosterChange
) -> None:
    assert change_roster(named, view(roster, named), LIMIT) == expected


@pytest.mark.parametrize("role", [ATTENDEE, None])
def test_one_bad_id_refuses_the_whole_change(role: ParticipantRole | None) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        change_roster({ADA: ATTENDEE, "8:orgid:eve": role, "worse": role}, RosterView(0, {}), LIMIT)
    assert str(refusal.value) == "Communication identifier 8:orgid:eve is not supported."


FULL: Roster = {ADA: ATTENDEE, EVE: ATTENDEE, BOB: ATTENDEE}


@pytest.mark.parametrize(
    ("named", "fits"),
    [
        pytest.param({KIM: ATTENDEE}, False, id="one more than the limit"),
        pytest.param({KIM: ATTENDEE, ADA: None}, True, id="one is added and one removed"),
        pytest.param({KIM: ATTENDEE, ADA: PRESENTER}, False, id="a new role frees no place"),
        pytest.param({ADA: PRESENTER}, True, id="a new role needs no place"),
    ],
)
def test_a_full_roster_accepts_nobody_else(named: dict[RawId, ParticipantRole | None], fits: bool) -> None:
    if fits:
        assert len(apply(FULL, change_roster(named, view(FULL, named), LIMIT))) <= LIMIT
    else:
        with pytest.raises(RosterTooLarge):
            change_roster(named, view(FULL, named), LIMIT)


def test_a_roster_above_the_limit_can_shrink() -> None:
    """After the limit was lowered, participants can be removed and get other roles."""
    named: dict[RawId, ParticipantRole | None] = {ADA: None, EVE: PRESENTER}
    change = change_roster(named, view(FULL, named), 1)
    assert apply(FULL, change) == {EVE: PRESENTER, BOB: ATTENDEE}


@given(rosters, changes)
def test_a_change_leaves_the_others_alone(roster: Roster, named: dict[RawId, ParticipantRole | None]) -> None:
    after = apply(roster, change_roster(named, view(roster, named), 10))
    expected = {one: role for one, role in (roster | named).items() if role is not None}
    assert after == expected


@given(rosters, changes)
def test_a_repeated_change_writes_nothing(roster: Roster, named: dict[RawId, ParticipantRole | None]) -> None:
    after = apply(roster, change_roster(named, view(roster, named), 10))
    assert change_roster(named, view(after, named), 10) == RosterChange()


@given(rosters, changes)
def test_the_limit_holds_after_every_change(roster: Roster, named: dict[RawId, ParticipantRole | None]) -> None:
    wanted = {one: role for one, role in (roster | named).items() if role is not None}
    try:
        change = change_roster(named, view(roster, named), LIMIT)
    except RosterTooLarge:
        assert len(wanted) > LIMIT
    else:
        assert len(apply(roster, change)) == len(wanted) <= LIMIT
