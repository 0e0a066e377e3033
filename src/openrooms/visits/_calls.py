"""The request and the decoder of the answer for each method of the visits clients; no I/O."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from azure.core.exceptions import HttpResponseError
from msgspec import UnsetType

from openrooms.calls._errors import CallRefusedError
from openrooms.client._calls import Call, Listed, encode, moment_text, repeatable
from openrooms.client._reading import moment, nothing
from openrooms.domain.devices import DEVICES
from openrooms.domain.listing import ROOM_STATES, ListOrder, RoomState
from openrooms.domain.presence import ENDINGS
from openrooms.domain.roles import ROLES
from openrooms.domain.visits import STARTS, WAITING_ROOMS, StartsWith, WaitingRoom
from openrooms.identifiers import CommunicationIdentifier, identifier_from_raw_id
from openrooms.identity.tokens import AccessToken
from openrooms.visits._errors import EndMovedError
from openrooms.visits._models import (
    ExchangedInvitation,
    Guest,
    Invitation,
    InvitedParticipant,
    PlannedVisit,
    Refusal,
    Stay,
    Visit,
    VisitParticipant,
    VisitSummary,
    Window,
)
from openrooms.wire import operations
from openrooms.wire.adoption import AdoptedRoomModel
from openrooms.wire.attendance import RefusalModel, RefusalPage, StayModel, StayPage
from openrooms.wire.invitations import (
    SECRET_HEADER,
    AddedPeopleModel,
    ExchangedModel,
    InvitationModel,
    InvitationPage,
    PlannedModel,
    PlannedPersonModel,
)
from openrooms.wire.visits import VisitListModel, VisitModel, VisitParticipantModel, VisitSummaryModel, WindowModel
from openrooms.wire.waiting import AdmittedModel

Participant = CommunicationIdentifier | str
"""The types that name a participant; a text is a raw id."""

REFUSALS: Mapping[int, type[HttpResponseError]] = {401: CallRefusedError, 403: CallRefusedError, 409: EndMovedError}
"""The errors of what Presenters may do."""

_decode_added = msgspec.json.Decoder(AddedPeopleModel).decode
_decode_planned = msgspec.json.Decoder(PlannedModel).decode
_decode_invitation = msgspec.json.Decoder(InvitationModel).decode
_decode_invitations = msgspec.json.Decoder(InvitationPage).decode
_decode_refusals = msgspec.json.Decoder(RefusalPage).decode
_decode_stays = msgspec.json.Decoder(StayPage).decode
_decode_exchanged = msgspec.json.Decoder(ExchangedModel).decode
_decode_window = msgspec.json.Decoder(WindowModel).decode
_decode_admitted = msgspec.json.Decoder(AdmittedModel).decode
_decode_visits = msgspec.json.Decoder(VisitListModel).decode
_decode_adopted = msgspec.json.Decoder(AdoptedRoomModel).decode
_decode_visit = msgspec.json.Decoder(VisitModel).decode


def get_visit(room_id: str) -> Call[Visit]:
    """Read a visit."""
    return Call(operations.GET_VISIT, _read_visit, {"room_id": room_id})


def list_participants(room_id: str) -> Call[Listed[VisitParticipant]]:
    """Read the first page of participants with their names."""
    return Call(operations.GET_VISIT, _read_participants, {"room_id": room_id})


def list_visits(
    state: RoomState | str | None,
    from_time: datetime | None,
    until_time: datetime | None,
    search: str | None,
    newest_first: bool,
) -> Call[Listed[VisitSummary]]:
    """Read the first page of the visits that meet the given conditions."""
    conditions = {"state": state, "q": search or None, "order": ListOrder.NEWEST_FIRST if newest_first else None}
    query = {name: str(value) for name, value in conditions.items() if value is not None}
    return Call(operations.LIST_VISITS, _read_visits, query | _times(from_time, until_time))


def update_visit(
    room_id: str,
    title: str | None,
    waiting_room: WaitingRoom | str | None,
    starts_with: StartsWith | str | None,
    extend_by: int | None,
    names: Mapping[Any, str | None] | None,
) -> Call[Visit]:
    """Update the given options and names."""
    options = {"title": title, "waitingRoom": waiting_room, "startsWith": starts_with, "extendBy": extend_by}
    body: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if names:
        body["participants"] = {_raw_id(person): {"displayName": name} for person, name in names.items()}
    return Call(operations.UPDATE_VISIT, _read_visit, {"room_id": room_id}, encode(body))


def create_visit(
    guests: Iterable[Guest],
    room: Mapping[str, Any],
    title: str,
    waiting_room: WaitingRoom | str,
    starts_with: StartsWith | str,
    extend_by: int,
    bind_to_first_browser: bool,
    request_id: UUID | str | None,
) -> Call[PlannedVisit]:
    """Plan a visit; `room` has the fields of its room."""
    body = {
        **room,
        "title": title,
        "waitingRoom": waiting_room,
        "startsWith": starts_with,
        "extendBy": extend_by,
        "bindToFirstBrowser": bind_to_first_browser,
        "participants": [_guest(guest) for guest in guests],
    }
    return Call(operations.CREATE_VISIT, _read_planned, body=encode(body), headers=repeatable(request_id))


def add_people(
    room_id: str, guests: Iterable[Guest], request_id: UUID | str | None
) -> Call[tuple[InvitedParticipant, ...]]:
    """Add participants to a room."""
    body = {"participants": [_guest(guest) for guest in guests]}
    return Call(operations.ADD_PEOPLE, _read_added, {"room_id": room_id}, encode(body), headers=repeatable(request_id))


def adopt_room(
    room_id: str,
    times: tuple[datetime, datetime, datetime],
    participants: Iterable[VisitParticipant],
    pstn_dial_out_enabled: bool,
    title: str,
    waiting_room: WaitingRoom | str,
    starts_with: StartsWith | str,
    extend_by: int,
) -> Call[bool]:
    """Adopt a room; `times` are those of its creation and of its window."""
    names = (("created_at", "createdAt"), ("valid_from", "validFrom"), ("valid_until", "validUntil"))
    body = {
        "id": room_id,
        **{field: moment_text(name, time) for (name, field), time in zip(names, times, strict=True)},
        "pstnDialOutEnabled": pstn_dial_out_enabled,
        "title": title,
        "waitingRoom": waiting_room,
        "startsWith": starts_with,
        "extendBy": extend_by,
        "participants": [
            {
                "rawId": _raw_id(participant.communication_identifier),
                "role": participant.role,
                "displayName": participant.display_name,
            }
            for participant in participants
        ],
    }
    return Call(operations.ADOPT_ROOM, _read_adopted, body=encode(body))


def create_invitation(
    room_id: str, participant: Any, bind_to_first_browser: bool, keep_others: bool
) -> Call[Invitation]:
    """Invite a participant."""
    body = {
        "rawId": _raw_id(participant),
        "bindToFirstBrowser": bind_to_first_browser,
        "keepOthers": keep_others,
    }
    return Call(operations.CREATE_INVITATION, _read_invitation, {"room_id": room_id}, encode(body))


def list_invitations(room_id: str) -> Call[Listed[Invitation]]:
    """Read the first page of invitations."""
    return Call(operations.LIST_INVITATIONS, _read_invitations, {"room_id": room_id})


def list_attendance(room_id: str) -> Call[Listed[Stay]]:
    """Read the first page of attendance."""
    return Call(operations.LIST_ATTENDANCE, _read_stays, {"room_id": room_id})


def list_refusals(room_id: str) -> Call[Listed[Refusal]]:
    """Read the first page of refusals."""
    return Call(operations.LIST_REFUSALS, _read_refusals, {"room_id": room_id})


def list_all_attendance(from_time: datetime | None, until_time: datetime | None) -> Call[Listed[Stay]]:
    """Read the first page of the attendance of all rooms."""
    return Call(operations.LIST_ALL_ATTENDANCE, _read_stays, _times(from_time, until_time))


def list_all_refusals(from_time: datetime | None, until_time: datetime | None) -> Call[Listed[Refusal]]:
    """Read the first page of the refusals of all rooms."""
    return Call(operations.LIST_ALL_REFUSALS, _read_refusals, _times(from_time, until_time))


def _times(from_time: datetime | None, until_time: datetime | None) -> dict[str, str]:
    times = {"from": ("from_time", from_time), "until": ("until_time", until_time)}
    return {name: moment_text(argument, time) for name, (argument, time) in times.items() if time is not None}


def get_invitation(room_id: str, invitation_id: str) -> Call[Invitation]:
    """Read an invitation."""
    values = {"room_id": room_id, "invitation_id": invitation_id}
    return Call(operations.GET_INVITATION, _read_invitation, values)


def revoke_invitation(room_id: str, invitation_id: str) -> Call[None]:
    """Revoke an invitation."""
    return Call(operations.REVOKE_INVITATION, nothing, {"room_id": room_id, "invitation_id": invitation_id})


def get_calendar(room_id: str, invitation_id: str, url: str | None) -> Call[bytes]:
    """Read the calendar file of an invitation, with its link if that is given."""
    headers = {"Accept": "text/calendar", **({SECRET_HEADER: _secret(url)} if url else {})}
    return Call(operations.GET_CALENDAR, bytes, {"room_id": room_id, "invitation_id": invitation_id}, headers=headers)


def exchange_invitation(url: str, confirm_browser: bool) -> Call[ExchangedInvitation]:
    """Exchange an invitation."""
    body = {"secret": _secret(url), **({"confirmBrowser": True} if confirm_browser else {})}
    return Call(operations.EXCHANGE_INVITATION, _read_exchanged, body=encode(body))


def _guest(guest: Guest) -> dict[str, Any]:
    body: dict[str, Any] = {"displayName": guest.display_name, "role": guest.role}
    if guest.communication_identifier is not None:
        body["rawId"] = _raw_id(guest.communication_identifier)
    if guest.bind_to_first_browser is not None:
        body["bindToFirstBrowser"] = guest.bind_to_first_browser
    return body


def _secret(url: str) -> str:
    """Return the secret of a link."""
    return url.rpartition("#")[2]


def extend_call(room_id: str, minutes: int, valid_until: datetime) -> Call[Window]:
    """Add minutes to the end that the caller saw."""
    body = {"minutes": minutes, "validUntil": moment_text("valid_until", valid_until)}
    return Call(operations.EXTEND_CALL, _read_window, {"room_id": room_id}, encode(body))


def admit_participant(room_id: str, participant: Participant) -> Call[None]:
    """Admit somebody."""
    return Call(operations.ADMIT_PARTICIPANT, nothing, {"room_id": room_id, "participant": _raw_id(participant)})


def admit_everyone(room_id: str) -> Call[int]:
    """Admit everyone who waits."""
    return Call(operations.ADMIT_EVERYONE, _read_admitted, {"room_id": room_id})


def decline_participant(room_id: str, participant: Participant, reason: str) -> Call[None]:
    """Decline somebody who waits."""
    values = {"room_id": room_id, "participant": _raw_id(participant)}
    return Call(operations.DECLINE_PARTICIPANT, nothing, values, encode({"reason": reason} if reason else {}))


def _read_admitted(body: bytes) -> int:
    return _decode_admitted(body).admitted


def _raw_id(participant: Any) -> str:
    # Duck-typed, so that identifiers of the official packages are accepted too.
    raw_id: str = getattr(participant, "raw_id", participant)
    return raw_id


def _read_visit(body: bytes) -> Visit:
    visit = _decode_visit(body)
    return Visit(
        visit.id,
        visit.title,
        moment(visit.valid_from),
        moment(visit.valid_until),
        WAITING_ROOMS.get(visit.waiting_room, visit.waiting_room),
        STARTS.get(visit.starts_with, visit.starts_with),
        visit.extend_by,
        visit.extended,
        tuple(map(_participant, visit.participants)),
    )


def _read_visits(body: bytes) -> Listed[VisitSummary]:
    page = _decode_visits(body)
    return list(map(_summary, page.value)), page.next_link or None


def _summary(visit: VisitSummaryModel) -> VisitSummary:
    return VisitSummary(
        visit.id,
        moment(visit.created_at),
        visit.title,
        moment(visit.valid_from),
        moment(visit.valid_until),
        ROOM_STATES.get(visit.state, visit.state),
        visit.pstn_dial_out_enabled,
        WAITING_ROOMS.get(visit.waiting_room, visit.waiting_room),
        STARTS.get(visit.starts_with, visit.starts_with),
        visit.extend_by,
        visit.extended,
        tuple(map(_participant, visit.participants)),
        visit.participant_count,
        visit.waiting_count,
        visit.in_call_count,
        moment(visit.last_left_at) if visit.last_left_at else None,
        moment(visit.planned_until) if visit.planned_until else None,
    )


def _read_window(body: bytes) -> Window:
    window = _decode_window(body)
    return Window(moment(window.valid_from), moment(window.valid_until), window.extend_by)


def _read_participants(body: bytes) -> Listed[VisitParticipant]:
    visit = _decode_visit(body)
    return list(map(_participant, visit.participants)), visit.next_link or None


def _participant(model: VisitParticipantModel) -> VisitParticipant:
    return VisitParticipant(identifier_from_raw_id(model.raw_id), ROLES.get(model.role, model.role), model.display_name)


def _read_planned(body: bytes) -> PlannedVisit:
    visit = _decode_planned(body)
    return PlannedVisit(
        visit.id,
        moment(visit.created_at),
        visit.title,
        moment(visit.valid_from),
        moment(visit.valid_until),
        visit.pstn_dial_out_enabled,
        WAITING_ROOMS.get(visit.waiting_room, visit.waiting_room),
        STARTS.get(visit.starts_with, visit.starts_with),
        visit.extend_by,
        _invited(visit.participants),
    )


def _read_added(body: bytes) -> tuple[InvitedParticipant, ...]:
    return _invited(_decode_added(body).participants)


def _invited(people: Iterable[PlannedPersonModel]) -> tuple[InvitedParticipant, ...]:
    return tuple(
        InvitedParticipant(
            identifier_from_raw_id(person.raw_id),
            ROLES.get(person.role, person.role),
            person.display_name,
            person.invitation.id,
            person.invitation.url,
        )
        for person in people
    )


def _read_adopted(body: bytes) -> bool:
    return _decode_adopted(body).is_new


def _read_invitation(body: bytes) -> Invitation:
    return _invitation(_decode_invitation(body))


def _read_invitations(body: bytes) -> Listed[Invitation]:
    page = _decode_invitations(body)
    return list(map(_invitation, page.value)), page.next_link or None


def _invitation(model: InvitationModel) -> Invitation:
    return Invitation(
        model.id,
        identifier_from_raw_id(model.raw_id),
        moment(model.created_at),
        model.bind_to_first_browser,
        model.url or None,
        moment(model.last_used_at) if model.last_used_at else None,
        moment(model.bound_at) if model.bound_at else None,
    )


def _read_stays(body: bytes) -> Listed[Stay]:
    page = _decode_stays(body)
    return list(map(_stay, page.value)), page.next_link or None


def _stay(model: StayModel) -> Stay:
    return Stay(
        model.room_id,
        model.call_id,
        model.participant_id,
        identifier_from_raw_id(model.raw_id),
        ROLES.get(model.role, model.role) if model.role else None,
        model.display_name,
        moment(model.joined_at),
        moment(model.left_at) if model.left_at else None,
        None if isinstance(model.seconds, UnsetType) else timedelta(seconds=model.seconds),
        ENDINGS.get(model.ending, model.ending) if model.ending else None,
        DEVICES.get(model.device, model.device) if model.device else None,
        model.title or "",
    )


def _read_refusals(body: bytes) -> Listed[Refusal]:
    page = _decode_refusals(body)
    return list(map(_refusal, page.value)), page.next_link or None


def _refusal(model: RefusalModel) -> Refusal:
    return Refusal(
        model.room_id,
        identifier_from_raw_id(model.raw_id),
        model.rule,
        model.message or "",
        model.count,
        moment(model.first_at),
        moment(model.last_at),
        model.title or "",
        model.display_name or "",
    )


def _read_exchanged(body: bytes) -> ExchangedInvitation:
    exchanged = _decode_exchanged(body)
    return ExchangedInvitation(
        exchanged.room_id,
        AccessToken(exchanged.token, int(moment(exchanged.expires_on).timestamp())),
        identifier_from_raw_id(exchanged.identity),
        ROLES.get(exchanged.role, exchanged.role),
        exchanged.display_name,
        exchanged.title,
        moment(exchanged.valid_from),
        moment(exchanged.valid_until),
        exchanged.invitation_id,
    )
