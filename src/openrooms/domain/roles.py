"""The roles of a room's participants."""

from enum import StrEnum


class ParticipantRole(StrEnum):
    """What a participant may do in the call of a room.

    https://learn.microsoft.com/azure/communication-services/concepts/rooms/room-concept
    """

    PRESENTER = "Presenter"
    ATTENDEE = "Attendee"
    CONSUMER = "Consumer"
    COLLABORATOR = "Collaborator"
