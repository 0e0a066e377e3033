"""What the clinic does: book, move and cancel visits, and admit guests. Each may be done again after a failure."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from clinic.azure import Azure, Refused
from clinic.hooks import CallEnded
from clinic.visits import Guest, Visit, Visits


class UnknownVisit(Exception):
    """There is no such visit, or the invitation is not valid any more."""


@dataclass(frozen=True)
class Booking:
    """What a receptionist enters."""

    doctor: str
    patient: str
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Entry:
    """What the page needs to join the call."""

    endpoint: str
    room_id: str
    token: str
    user_id: str
    name: str
    starts: datetime


class Desk:
    """The clinic's front desk."""

    def __init__(self, azure: Azure, visits: Visits) -> None:
        """Take the visits from `visits`, and their rooms from `azure`."""
        self._azure = azure
        self._visits = visits

    def book(self, visit_id: str, booking: Booking) -> tuple[Visit, Sequence[Guest]]:
        """Book the visit, or move it to other times."""
        visit = self._visits.find(visit_id) or self._add(visit_id, booking)
        visit, guests = self._with_room(visit)
        if (visit.starts, visit.ends) != (booking.starts, booking.ends):
            visit = replace(visit, starts=booking.starts, ends=booking.ends)
            self._azure.move_room(visit)
            self._visits.move(visit)
        return visit, guests

    def permit(self, visit_id: str, may_share: bool) -> None:
        """Let the patient share a screen, or no longer."""
        visit, (_, patient) = self._with_room(self._find(visit_id))
        patient = replace(patient, role="Presenter" if may_share else "Attendee")
        self._azure.change_role(visit, patient)
        self._visits.change_role(patient)

    def cancel(self, visit_id: str) -> None:
        """Cancel a visit, which ends its call."""
        if visit := self._visits.find(visit_id):
            # A booking without an answer may have made a room; asking again tells which.
            visit, _ = self._with_room(visit)
            self._azure.delete_room(visit)
            self._visits.remove(visit)

    def look(self, visit_id: str) -> tuple[Visit, Sequence[Guest]]:
        """Return a visit and its guests."""
        return self._find(visit_id), self._visits.guests(visit_id)

    def note_end(self, call: CallEnded) -> None:
        """Keep when the call of a visit ended."""
        self._visits.end(call.room_id, call.at)

    def enter(self, invitation: str) -> Entry:
        """Return what a guest needs to join, with a new token."""
        guest = self._visits.find_guest(invitation)
        if guest is None:
            raise UnknownVisit
        visit, _ = self._with_room(self._find(guest.visit_id))
        token = self._azure.issue_token(guest)
        return Entry(self._azure.endpoint, visit.room_id or "", token, guest.user_id, guest.name, visit.starts)

    def _find(self, visit_id: str) -> Visit:
        if visit := self._visits.find(visit_id):
            return visit
        raise UnknownVisit

    def _add(self, visit_id: str, booking: Booking) -> Visit:
        visit = Visit(visit_id, booking.starts, booking.ends, requested=datetime.now(UTC))
        people = [(booking.doctor, "Presenter"), (booking.patient, "Attendee")]
        guests = [
            Guest(secrets.token_urlsafe(), visit_id, name, role, self._azure.create_user()) for name, role in people
        ]
        return self._visits.add(visit, guests)

    def _with_room(self, visit: Visit) -> tuple[Visit, Sequence[Guest]]:
        guests = self._visits.guests(visit.id)
        if visit.room_id is None:
            try:
                visit = replace(visit, room_id=self._azure.create_room(visit, guests))
            except Refused:
                self._visits.remove(visit)
                raise
            self._visits.give_room(visit)
        return visit, guests
