"""Planning a visit: the people of a new room, and the users and invitations that they need."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from openrooms.domain import names
from openrooms.domain.errors import InvalidIdentifier, InvalidRequest, RosterTooLarge
from openrooms.domain.identities import User
from openrooms.domain.invitations import Invitation
from openrooms.domain.roles import ParticipantRole
from openrooms.domain.roster import Participant, RawId, RosterChange, RosterView, canonical, is_acs_user

MOST_PEOPLE = 500
"""The most participants of a visit that is planned in one request."""


class Person(msgspec.Struct, frozen=True):
    """A participant to plan for; without a raw id, a user is created."""

    raw_id: RawId | None
    role: ParticipantRole
    display_name: str
    bind_to_first_browser: bool


def person(raw_id: str | None, role: ParticipantRole, display_name: str, bind_to_first_browser: bool) -> Person:
    """Return a checked participant; raise `InvalidIdentifier`, or `InvalidRequest` for a name."""
    if raw_id is not None and not is_acs_user(raw_id):
        raise InvalidIdentifier(f"Communication identifier {raw_id} is not supported.")
    found = None if raw_id is None else canonical(raw_id)
    return Person(found, role, names.organiser_name(display_name), bind_to_first_browser)


def check_people(people: Sequence[Person]) -> None:
    """Raise `InvalidRequest` if there are none or too many, or if one is named twice."""
    if not 0 < len(people) <= MOST_PEOPLE:
        raise InvalidRequest(f"Name 1 to {MOST_PEOPLE} participants, not {len(people)}.")
    named = [person.raw_id for person in people if person.raw_id is not None]
    for raw_id in named:
        if named.count(raw_id) > 1:
            raise InvalidRequest(f"{raw_id} is named twice; name each participant once.")


def added(people: Sequence[Participant], roster: RosterView, limit: int) -> RosterChange:
    """Return what to write so that new participants are on a roster.

    Raise `InvalidRequest` if one is there already, or `RosterTooLarge`.
    """
    for raw_id in roster.present:
        raise InvalidRequest(f"{raw_id} is on the roster already; change their role or their name instead.")
    if roster.size + len(people) > limit:
        raise RosterTooLarge(limit)
    return RosterChange(put=tuple(people))


def complete(invitations: Iterable[Invitation], users: Mapping[RawId, User]) -> tuple[Invitation, ...]:
    """Return the invitations with the counts of their users; raise `InvalidRequest` if somebody is not a user."""
    done = []
    for invitation in invitations:
        user = users.get(invitation.raw_id)
        if user is None or user.deleted_at is not None:
            raise InvalidRequest(
                f"{invitation.raw_id} is not a user of this resource; leave out the rawId to create one."
            )
        done.append(msgspec.structs.replace(invitation, revocations=user.revocations))
    return tuple(done)
