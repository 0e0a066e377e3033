"""What is kept with the number of its form: a change of the text has to raise the number."""

from openrooms.domain.moments import DAY, Moment
from openrooms.domain.rooms import Room, RoomId
from openrooms.wire.models import ROOM_FORM, read_room_id, render_room

NOW = Moment(17_564_273_885_964_328)
ROOM = Room(RoomId("99199690362660524"), NOW, NOW, Moment(NOW + DAY), pstn_dial_out_enabled=True)


def test_a_changed_document_has_another_form() -> None:
    """Raise `ROOM_FORM` when you change this text, or rooms that are kept already never show the change."""
    assert (ROOM_FORM, render_room(ROOM)) == (
        1,
        '{"id":"99199690362660524","createdAt":"2025-08-29T00:29:48.5964328+00:00",'
        '"validFrom":"2025-08-29T00:29:48.5964328+00:00","validUntil":"2025-08-30T00:29:48.5964328+00:00",'
        '"pstnDialOutEnabled":true}',
    )


def test_the_id_of_a_document_is_its_rooms() -> None:
    assert read_room_id(render_room(ROOM)) == ROOM.id
