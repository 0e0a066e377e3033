"""The options of a room for visits, and which changes of them are allowed."""

import pytest

from openrooms.domain import visits
from openrooms.domain.errors import InvalidRequest
from openrooms.domain.visits import NO_OPTIONS, StartsWith, VisitChange, VisitOptions, WaitingRoom

ADA = "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be"
OPTIONS = VisitOptions("Check-up", WaitingRoom.EVERYONE, StartsWith.PRESENTER, 30, 10)


def test_a_change_cleans_its_texts_and_spells_raw_ids_one_way() -> None:
    change = visits.change(" Check-\0up ", None, None, 15, {ADA.upper().replace("8:ACS", "8:acs"): " Ada\n"})
    assert change == VisitChange("Check-up", None, None, 15, {ADA: "Ada"})


@pytest.mark.parametrize("minutes", [-1, 24 * 60 + 1])
def test_an_allowance_has_bounds(minutes: int) -> None:
    with pytest.raises(InvalidRequest, match="extendBy must be between 0 and 1440"):
        visits.change(None, None, None, minutes, {})


def test_what_a_change_leaves_out_stays() -> None:
    assert visits.changed(OPTIONS, VisitChange()) == OPTIONS
    changed = visits.changed(OPTIONS, VisitChange("", WaitingRoom.OFF, StartsWith.ANYONE, 0))
    assert changed == VisitOptions(extended=10)
    assert visits.changed(NO_OPTIONS, VisitChange(waiting_room=WaitingRoom.ATTENDEES)) == VisitOptions(
        waiting_room=WaitingRoom.ATTENDEES
    )


@pytest.mark.parametrize(("allowed", "added", "left"), [(0, 0, 0), (30, 0, 30), (30, 10, 20), (5, 10, 0)])
def test_minutes_left(allowed: int, added: int, left: int) -> None:
    assert VisitOptions(extend_by=allowed, extended=added).minutes_left == left


def test_only_participants_can_be_named() -> None:
    visits.check_named([ADA], {ADA})
    with pytest.raises(InvalidRequest, match=f"{ADA} is not on the roster"):
        visits.check_named([ADA], set())
