"""People whom a development service puts into its simulated calls."""

from http import HTTPStatus

from openrooms.domain import identities
from openrooms.domain.calls import Source, person
from openrooms.domain.errors import NotInCall, NotSupported
from openrooms.domain.identities import ResourceId, User
from openrooms.domain.roster import parse_roles
from openrooms.domain.scopes import CommunicationTokenScope
from openrooms.server.core.calls import Calls
from openrooms.server.core.identities import Identities
from openrooms.server.core.ports import Clock
from openrooms.server.core.rooms import Rooms
from openrooms.server.development.answers import answer, done
from openrooms.server.media.people import SimulatedPeople
from openrooms.server.media.simulated import Connection, State
from openrooms.server.web.messages import Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import operations
from openrooms.wire.development import PersonBody, PersonList, PersonModel
from openrooms.wire.models import decoder

_TOKEN_MINUTES = 60
_read_person = decoder(PersonBody)


class PeopleHandlers:
    """The operations on simulated people; without `people`, calls run on LiveKit or are off."""

    def __init__(
        self, people: SimulatedPeople | None, calls: Calls, rooms: Rooms, users: Identities, clock: Clock
    ) -> None:
        self._maybe_people = people
        self._calls = calls
        self._rooms = rooms
        self._users = users
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the routes of simulated people."""
        return [
            Route(operations.LIST_PEOPLE, self.list),
            Route(operations.ADD_PERSON, self.add),
            Route(operations.PERSON_LEAVES, self.leave),
            Route(operations.PERSON_MUTES, self.mute),
            Route(operations.PERSON_UNMUTES, self.unmute),
            Route(operations.PERSON_LOSES_CONNECTION, self.lose_connection),
            Route(operations.PERSON_RECONNECTS, self.reconnect),
        ]

    async def list(self, request: Request) -> Response:
        resource, room_id, people = request.caller.resource, request.names[0], self._people
        call = await self._calls.get(resource, room_id, None)
        found = [people.find(resource, room_id, person(presence.identity)) for presence in call.presences]
        return answer(PersonList(list(map(_model, found))))

    async def add(self, request: Request) -> Response:
        """Put a user into the call, with their microphone on if their role has one."""
        body = _read_person(request.body or b"{}")
        resource, room_id, people = request.caller.resource, request.names[0], self._people
        user = await self._user(resource, body.raw_id)
        if body.role is not None or body.raw_id is None:
            await self._rooms.change_participants(resource, room_id, dict(parse_roles({user.raw_id: body.role})))
        now = self._clock()
        expires = identities.token_expiry(now, _TOKEN_MINUTES)
        claims = identities.claims(resource, user, (CommunicationTokenScope.VOIP,), now, expires)
        connection = await people.join(resource, room_id, claims, body.display_name)
        if Source.MICROPHONE in connection.presence.grants.sources:
            connection.publish(Source.MICROPHONE)
        return answer(_model(connection), HTTPStatus.CREATED)

    async def leave(self, request: Request) -> Response:
        self._find(request).leave()
        return done()

    async def mute(self, request: Request) -> Response:
        return self._set_muted(request, muted=True)

    async def unmute(self, request: Request) -> Response:
        return self._set_muted(request, muted=False)

    async def lose_connection(self, request: Request) -> Response:
        self._find(request).lose_connection()
        return done()

    async def reconnect(self, request: Request) -> Response:
        self._find(request).reconnect()
        return done()

    @property
    def _people(self) -> SimulatedPeople:
        if self._maybe_people is None:
            raise NotSupported("Calls are not simulated here: start `openrooms dev --livekit simulated`.")
        return self._maybe_people

    async def _user(self, resource: ResourceId, raw_id: str | None) -> User:
        if raw_id is not None:
            return await self._users.get(resource, raw_id)
        user, _ = await self._users.create(resource, (), None)
        return user

    def _find(self, request: Request) -> Connection:
        room_id, raw_id = request.names
        connection = self._people.find(request.caller.resource, room_id, raw_id)
        if connection.state is State.ENDED:
            raise NotInCall
        return connection

    def _set_muted(self, request: Request, *, muted: bool) -> Response:
        connection = self._find(request)
        for track in connection.presence.tracks:
            if track.source is Source.MICROPHONE:
                connection.set_muted(track.id, muted)
        return done()


def _model(connection: Connection) -> PersonModel:
    presence = connection.presence
    microphones = [track for track in presence.tracks if track.source is Source.MICROPHONE]
    return PersonModel(
        person(presence.identity),
        presence.role or "",
        presence.name.text,
        connection.state.value,
        all(track.muted for track in microphones),
    )
