"""The sync visits client."""

# Written by `make twins` from _client_async.py: change that one.

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from openrooms.calls import _calls as joining
from openrooms.calls._caller import CallerClient
from openrooms.calls._errors import MustWaitError
from openrooms.calls._models import JoinedCall
from openrooms.client._calls import Call, window
from openrooms.client._paging import Pages
from openrooms.domain.listing import RoomState
from openrooms.domain.visits import StartsWith, WaitingRoom
from openrooms.visits import _calls as calls
from openrooms.visits._calls import REFUSALS, Participant
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

T = TypeVar("T")

_POLL_SECONDS = 1.0


class VisitsClient(CallerClient):
    """A client for what a room has besides Azure's: title, options, names, a waiting room, and more minutes.

    With an access key it acts as the operator, who may do everything. With a user's token it acts as that user. Only
    openrooms offers these operations; Azure does not. The rooms and their rosters themselves are
    `openrooms.RoomsClient`'s.

    Every call accepts the keywords of the calls of `openrooms.RoomsClient` and raises the same errors. In addition it
    raises `openrooms.calls.CallRefusedError` if the service refuses the caller.
    """

    def list_visits(
        self,
        *,
        state: RoomState | str | None = None,
        from_time: datetime | None = None,
        until_time: datetime | None = None,
        search: str | None = None,
        newest_first: bool = False,
        **options: Any,
    ) -> Pages[VisitSummary]:
        """Return the rooms of the resource, with titles, people and who waits.

        Those whose windows begin first come first, or with `newest_first` last. Only those in a state, if one is given;
        only those whose windows overlap the time from `from_time` until just before `until_time`, either of which may
        be left out; and only those that a `search` finds: each of its words is the beginning of a word of the title or
        of a participant's name, or of the room's id, in any case and with or without accents. Pages may have few
        rooms, even none. Raise `HttpResponseError` with status 400 for a search of more than 8 words.
        """
        return self._pages(calls.list_visits(state, from_time, until_time, search, newest_first), options)

    def get_visit(self, room_id: str, **options: Any) -> Visit:
        """Return the room's window and options, and its first 500 participants with their names."""
        return self._ask(calls.get_visit(room_id), options)

    def list_participants(self, room_id: str, **options: Any) -> Pages[VisitParticipant]:
        """Return all participants with their names, in the order in which they were added to the roster."""
        return self._pages(calls.list_participants(room_id), options)

    def update_visit(
        self,
        room_id: str,
        *,
        title: str | None = None,
        waiting_room: WaitingRoom | str | None = None,
        starts_with: StartsWith | str | None = None,
        extend_by: int | None = None,
        names: Mapping[Participant, str | None] | None = None,
        **options: Any,
    ) -> Visit:
        """Change the options that are given and the names of participants, all or nothing, and return the visit.

        `extend_by` are the minutes that Presenters may add in all. `names` has the display name of each participant to
        name, `None` to remove it; they must be on the roster. An empty `title` removes the title. Raise
        `HttpResponseError` with status 400 that says what is wrong.
        """
        return self._ask(calls.update_visit(room_id, title, waiting_room, starts_with, extend_by, names), options)

    def create_visit(
        self,
        guests: Iterable[Guest],
        *,
        title: str = "",
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        pstn_dial_out_enabled: bool | None = None,
        waiting_room: WaitingRoom | str = WaitingRoom.OFF,
        starts_with: StartsWith | str = StartsWith.ANYONE,
        extend_by: int = 0,
        bind_to_first_browser: bool = False,
        request_id: UUID | str | None = None,
        **options: Any,
    ) -> PlannedVisit:
        """Plan a visit: create the room, the users who are missing and everyone's link, all or nothing.

        The window is that of `openrooms.RoomsClient.create_room`. The call can be repeated with the same `request_id`
        for a day, even by another process: it plans one visit and returns the same links each time. The id must be hard
        to guess, as `uuid.uuid4()` is. Raise `HttpResponseError` with status 400 that says what is wrong.
        """
        room = window(valid_from, valid_until, pstn_dial_out_enabled)
        call = calls.create_visit(
            guests, room, title, waiting_room, starts_with, extend_by, bind_to_first_browser, request_id
        )
        return self._ask(call, options)

    def add_people(
        self, room_id: str, guests: Iterable[Guest], *, request_id: UUID | str | None = None, **options: Any
    ) -> tuple[InvitedParticipant, ...]:
        """Add participants to a room, create the users who are missing, and make everyone's link: all or nothing.

        The call can be repeated with the same `request_id`, as `create_visit` can. Raise `HttpResponseError` with
        status 400 that says what is wrong, such as somebody who is on the roster already.
        """
        return self._ask(calls.add_people(room_id, guests, request_id), options)

    def adopt_room(
        self,
        room_id: str,
        *,
        created_at: datetime,
        valid_from: datetime,
        valid_until: datetime,
        participants: Iterable[VisitParticipant] = (),
        pstn_dial_out_enabled: bool = False,
        title: str = "",
        waiting_room: WaitingRoom | str = WaitingRoom.OFF,
        starts_with: StartsWith | str = StartsWith.ANYONE,
        extend_by: int = 0,
        **options: Any,
    ) -> bool:
        """Make a room from one that another service made, with its id, its times and its roster, all or nothing.

        Its participants become users, as `openrooms.identity.CommunicationIdentityClient.adopt_users` makes them. The
        window may be over. Return whether the room is new; the call can be repeated, and changes nothing then. Raise
        `ResourceExistsError` if the id belongs to another room or to a deleted one, or `HttpResponseError` with status
        400 that says what is wrong.
        """
        call = calls.adopt_room(
            room_id,
            (created_at, valid_from, valid_until),
            participants,
            pstn_dial_out_enabled,
            title,
            waiting_room,
            starts_with,
            extend_by,
        )
        return self._ask(call, options)

    def create_invitation(
        self,
        room_id: str,
        participant: Participant,
        *,
        bind_to_first_browser: bool = False,
        keep_others: bool = False,
        **options: Any,
    ) -> Invitation:
        """Return a new invitation for a participant of the room, with its link.

        Their other invitations to the room end, unless `keep_others` is true. With `bind_to_first_browser`, only the
        browser that opens the link first can use it. Raise `HttpResponseError` with status 400 for somebody who is not
        on the roster or not a user.
        """
        call = calls.create_invitation(room_id, participant, bind_to_first_browser, keep_others)
        return self._ask(call, options)

    def list_invitations(self, room_id: str, **options: Any) -> Pages[Invitation]:
        """Return the invitations of the room that still work, those of one participant together, without links."""
        return self._pages(calls.list_invitations(room_id), options)

    def list_attendance(self, room_id: str, **options: Any) -> Pages[Stay]:
        """Return who was in the calls of the room, from when to when, those who joined first; also of a deleted room.

        Everyone who joins again has another stay.
        """
        return self._pages(calls.list_attendance(room_id), options)

    def list_refusals(self, room_id: str, **options: Any) -> Pages[Refusal]:
        """Return who could not join the calls of the room and why, those who tried last at the end.

        A person has one entry for each rule, which counts; also of a deleted room.
        """
        return self._pages(calls.list_refusals(room_id), options)

    def list_all_attendance(
        self, *, from_time: datetime | None = None, until_time: datetime | None = None, **options: Any
    ) -> Pages[Stay]:
        """Return who was in the calls of all rooms: the stays that began at `from_time` or later, before `until_time`.

        Times that follow each other have each stay once.
        """
        return self._pages(calls.list_all_attendance(from_time, until_time), options)

    def list_all_refusals(
        self, *, from_time: datetime | None = None, until_time: datetime | None = None, **options: Any
    ) -> Pages[Refusal]:
        """Return who could not join the calls of all rooms and tried last in this time, as `list_refusals` does."""
        return self._pages(calls.list_all_refusals(from_time, until_time), options)

    def get_invitation(self, room_id: str, invitation_id: str, **options: Any) -> Invitation:
        """Return an invitation without its link; raise `ResourceNotFoundError`, also if it was revoked."""
        return self._ask(calls.get_invitation(room_id, invitation_id), options)

    def revoke_invitation(self, room_id: str, invitation_id: str, **options: Any) -> None:
        """Revoke an invitation, and remove its holder from the call; raise `ResourceNotFoundError`."""
        return self._ask(calls.revoke_invitation(room_id, invitation_id), options)

    def get_calendar(self, room_id: str, invitation_id: str, *, url: str | None = None, **options: Any) -> bytes:
        """Return the calendar file (RFC 5545) of an invitation, with the link if its `url` is given.

        Raise `ResourceNotFoundError`, or `HttpResponseError` with status 400 if the link is not that of the invitation.
        """
        return self._ask(calls.get_calendar(room_id, invitation_id, url), options)

    def exchange_invitation(self, url: str, *, confirm_browser: bool = False, **options: Any) -> ExchangedInvitation:
        """Exchange the link of an invitation for a token that is good for its room alone, as the call page does.

        Raise `HttpResponseError`, whose message says what to do if the link does not work. Its status is 409 if the
        link would be bound to this program and `confirm_browser` is not true.
        """
        return self._ask(calls.exchange_invitation(url, confirm_browser), options)

    def extend_call(self, room_id: str, minutes: int, *, valid_until: datetime, **options: Any) -> Window:
        """Add minutes to the room, once: 5, 10 or 15 for Presenters, as far as the organiser allows.

        The operator may add from 1 to 1440 minutes.

        `valid_until` is the end of the room that the caller saw. If the room lasts that much longer already, nothing
        changes, so the call can be repeated. The operator can extend a room that has ended; then it is open again from
        now on. Raise `EndMovedError` if the end has moved otherwise, `CallRefusedError` if the caller may not extend
        the room, or `InvalidWindowError` if it would last longer than 180 days.
        """
        options.setdefault("error_map", REFUSALS)
        return self._ask(calls.extend_call(room_id, minutes, valid_until), options)

    def wait_until_admitted(
        self, room_id: str, *, display_name: str = "", seconds: float | None = None, **options: Any
    ) -> JoinedCall:
        """Join the room's call as the user: at once, or after waiting until they are admitted, at most `seconds`.

        Raise `CallRefusedError` if they are refused or declined, and `MustWaitError` if they still wait after
        `seconds`; their place is free after half a minute.
        """
        began = monotonic()
        while True:
            result = self._ask_call(joining.join_call(room_id, display_name), dict(options))
            if isinstance(result, JoinedCall):
                return result
            if seconds is not None and monotonic() - began + _POLL_SECONDS > seconds:
                raise MustWaitError(result)
            time.sleep(_POLL_SECONDS)

    def admit_participant(self, room_id: str, participant: Participant, **options: Any) -> None:
        """Admit somebody who waits, was declined or is kept out, to this call. For Presenters and the operator.

        Raise `ResourceNotFoundError` if they are none of these.
        """
        return self._ask_call(calls.admit_participant(room_id, participant), options)

    def admit_everyone(self, room_id: str, **options: Any) -> int:
        """Admit everyone who waits, and return how many. For Presenters and the operator."""
        return self._ask_call(calls.admit_everyone(room_id), options)

    def decline_participant(self, room_id: str, participant: Participant, *, reason: str = "", **options: Any) -> None:
        """Decline somebody who waits. For Presenters and the operator.

        They read the reason, of at most 200 characters, and may ask again after half a minute, or longer
        each further time.
        """
        return self._ask_call(calls.decline_participant(room_id, participant, reason), options)

    def keep_out(self, room_id: str, participant: Participant, **options: Any) -> None:
        """Remove a participant from the call, or from its waiting room, until they are admitted or the call has ended.

        For Presenters and the operator. `CallsClient.get_call` says who waits and who is kept out.
        """
        return self._ask_call(joining.remove_from_call(room_id, participant, keep_out=True), options)

    def _ask(self, call: Call[T], options: dict[str, Any]) -> T:
        return self._send(call, options).value

    def _ask_call(self, call: Call[T], options: dict[str, Any]) -> T:
        options.setdefault("error_map", joining.REFUSALS)
        return self._ask(call, options)
