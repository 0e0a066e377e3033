"""Visits from the booking to their end, and time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from azure.core.exceptions import HttpResponseError

from openrooms.calls import CallRefusedError, CallsClient


def roles(rooms, room_id):
    return {person.communication_identifier.raw_id: person.role for person in rooms.list_participants(room_id)}


def test_a_visit_has_a_room_with_both_guests(clinic, rooms):
    visit = clinic.book()
    doctor, patient = clinic.enter(visit, "Dr. Ada"), clinic.enter(visit, "Bo")
    assert roles(rooms, doctor["room_id"]) == {doctor["user_id"]: "Presenter", patient["user_id"]: "Attendee"}


def test_a_visit_of_tomorrow_opens_tomorrow(clinic, service):
    visit = clinic.book(starts=timedelta(days=1))
    with pytest.raises(HttpResponseError, match="not open yet"):
        clinic.join(visit, "Bo")
    service.advance_clock(days=1)
    clinic.join(visit, "Bo")


def test_the_call_ends_with_the_visit(clinic, service):
    visit = clinic.book(minutes=30)
    clinic.join(visit, "Dr. Ada")
    room_id = clinic.enter(visit, "Bo")["room_id"]
    service.advance_clock(minutes=30)
    assert service.list_people(room_id) == []


def test_a_visit_moves_and_keeps_its_links(clinic, rooms):
    visit = clinic.book()
    moved = clinic.book(visit["id"], starts=timedelta(hours=3))
    assert moved["links"] == visit["links"]
    assert [room.valid_from.isoformat() for room in rooms.list_rooms()] == [moved["starts"].replace("Z", "+00:00")]


def test_a_link_brings_a_new_token_when_the_old_one_expired(clinic, service):
    visit = clinic.book(minutes=48 * 60)
    old = clinic.enter(visit, "Bo")
    service.advance_clock(hours=25)
    new = clinic.enter(visit, "Bo")
    with CallsClient.for_user(old["endpoint"], old["token"]) as calls, pytest.raises(CallRefusedError, match="token"):
        calls.join_call(old["room_id"])
    with CallsClient.for_user(new["endpoint"], new["token"]) as calls:
        calls.join_call(new["room_id"])


def test_the_patient_may_share_a_screen_once_permitted(clinic, service, wait_until):
    visit = clinic.book()
    clinic.join(visit, "Bo")
    room_id = clinic.enter(visit, "Bo")["room_id"]
    clinic.web.put(f"/visits/{visit['id']}/permission", json={"may_share": True}).raise_for_status()
    wait_until(lambda: [person.role for person in service.list_people(room_id)] == ["Presenter"])


def test_the_patient_stays_while_the_doctor_is_gone(clinic, service):
    visit = clinic.book()
    doctor, _ = clinic.join(visit, "Dr. Ada"), clinic.join(visit, "Bo")
    room_id = clinic.enter(visit, "Bo")["room_id"]
    service.leave(room_id, doctor)
    assert [person.display_name for person in service.list_people(room_id)] == ["Bo"]
    clinic.join(visit, "Dr. Ada")
    assert [person.display_name for person in service.list_people(room_id)] == ["Bo", "Dr. Ada"]


def test_a_cancelled_visit_is_gone_with_its_call(clinic, rooms):
    visit = clinic.book()
    clinic.join(visit, "Bo")
    for _ in range(2):
        assert clinic.web.delete(f"/visits/{visit['id']}").status_code == 204
    assert list(rooms.list_rooms()) == []
    assert clinic.web.post(f"/entries/{visit['links']['Bo'].removeprefix('/#')}").status_code == 404


def test_a_visit_that_ends_before_it_starts_is_refused(clinic, rooms):
    visit = str(uuid4())
    answer = clinic.try_to_book(visit, minutes=-30)
    assert answer.status_code == 422
    assert list(rooms.list_rooms()) == []
    clinic.book(visit)
