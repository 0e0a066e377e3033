"""What the clinic does when the service, the network or a key fails: it books each visit once."""

from uuid import uuid4

import pytest

BAD_DAYS = [
    pytest.param("status=429", id="throttled, without a time"),
    pytest.param("status=429; retryAfter=1", id="throttled, with a time"),
    pytest.param("status=503", id="the service is away"),
    pytest.param("away=database", id="the database is away"),
    pytest.param("cut=beforeRequest", id="the request is lost"),
    pytest.param("cut=beforeAnswer", id="the answer is lost"),
    pytest.param("cut=inHead", id="the answer ends in its head"),
    pytest.param("cut=inBody", id="the answer ends in its body"),
    pytest.param("malformed=true", id="the answer is malformed"),
]


@pytest.mark.parametrize("fault", BAD_DAYS)
def test_a_visit_is_booked_once(clinic, service, rooms, fault):
    service.add_fault(fault, operation="create_room", times=1)
    clinic.book()
    assert [fault.injected for fault in service.list_faults()][-1] == 1
    assert len(list(rooms.list_rooms())) == 1


@pytest.mark.parametrize("fault", ["status=429", "cut=beforeAnswer", "cut=inHead", "malformed=true"])
def test_users_are_made_again(clinic, service, rooms, fault):
    service.add_fault(fault, operation="create_user", times=1)
    clinic.book()
    assert len(list(rooms.list_rooms())) == 1


@pytest.mark.parametrize("fault", ["status=429", "status=503", "cut=beforeAnswer"])
def test_the_receptionist_need_not_try_again(clinic, service, fault):
    service.add_fault(fault, operation="create_room", times=1)
    assert clinic.try_to_book(str(uuid4())).status_code == 200


@pytest.mark.parametrize("fault", ["status=503", "cut=beforeAnswer", "cut=inHead", "malformed=true"])
def test_a_visit_is_moved_once(clinic, service, rooms, fault):
    visit = clinic.book()
    service.add_fault(fault, operation="update_room", times=1)
    moved = clinic.book(visit["id"], minutes=45)
    (room,) = rooms.list_rooms()
    assert room.valid_until.isoformat() == moved["ends"].replace("Z", "+00:00")


def test_a_booking_goes_on_after_a_restart(open_clinic, service, rooms):
    visit = str(uuid4())
    fault = service.add_fault(operation="create_room", cut="beforeAnswer")
    assert open_clinic().try_to_book(visit).status_code == 503
    service.remove_fault(fault.id)
    open_clinic().book(visit)
    assert len(list(rooms.list_rooms())) == 1


def test_a_visit_that_nobody_saw_booked_is_cancelled_too(clinic, service, rooms):
    visit = str(uuid4())
    fault = service.add_fault(operation="create_room", cut="beforeAnswer")
    assert clinic.try_to_book(visit).status_code == 503
    service.remove_fault(fault.id)
    assert clinic.web.delete(f"/visits/{visit}").status_code == 204
    assert list(rooms.list_rooms()) == []


def test_the_clinic_goes_on_with_its_other_key(open_clinic, service, connection_string, rooms):
    # In production this is the resource's other key. A rotated key is refused once here, so the same one is good again.
    key = connection_string.split("accesskey=")[1]
    clinic = open_clinic(secondary_key=key)
    service.add_fault(rotated_key="primary", times=1)
    assert clinic.try_to_book(str(uuid4())).status_code == 200
    assert len(list(rooms.list_rooms())) == 1
