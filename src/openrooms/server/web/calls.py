"""Calls over HTTP: each handler decodes, calls one use case and encodes."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import msgspec

from openrooms.domain import names
from openrooms.domain.calls import CallId, Presence, person
from openrooms.domain.devices import device_of
from openrooms.domain.identities import TokenClaims
from openrooms.domain.joining import Verdict
from openrooms.domain.presence import Observation
from openrooms.domain.roster import RawId
from openrooms.domain.telephones import DialOut, PhoneNumber, leg_identity, phone_raw_id
from openrooms.server.core.calls import Calls, CallView, Waiting
from openrooms.server.core.numbering import masked
from openrooms.server.core.ports import AtDoor, MediaEngine
from openrooms.server.web.gate import PREFIX
from openrooms.server.web.limits import Limits
from openrooms.server.web.messages import UNCACHED_JSON, Request, Response
from openrooms.server.web.routing import Route
from openrooms.wire import errors, operations
from openrooms.wire.calls import (
    AtDoorModel,
    CallModel,
    CallParticipantModel,
    ConnectionTestModel,
    DialOutBody,
    DialOutModel,
    DigitsBody,
    IdentifierModel,
    JoinBody,
    JoinedModel,
    RuleModel,
    WhyModel,
)
from openrooms.wire.dates import format_moment
from openrooms.wire.models import decoder
from openrooms.wire.waiting import AdmittedModel, DeclineBody, RemoveBody, WaitingModel

_read_join = decoder(JoinBody)
_read_dial_out = decoder(DialOutBody)
_read_digits = decoder(DigitsBody)
_read_decline = decoder(DeclineBody)
_read_remove = decoder(RemoveBody)
_OPERATOR = "operator"
_encode = msgspec.json.Encoder().encode


class CallHandlers:
    """The operations under `/openrooms/rooms`. Without a media engine they refuse, because calls are off."""

    def __init__(self, calls: Calls, limits: Limits) -> None:
        self._calls = calls
        self._limits = limits

    def routes(self) -> list[Route]:
        """Return the routes of calls."""
        return [
            Route(operations.JOIN_CALL, self.join),
            Route(operations.GET_CALL, self.get),
            Route(operations.MUTE_PARTICIPANT, self.mute),
            Route(operations.UNMUTE_PHONE, self.unmute),
            Route(operations.SEND_DTMF, self.send_digits),
            Route(operations.ADMIT_PARTICIPANT, self.admit),
            Route(operations.DECLINE_PARTICIPANT, self.decline),
            Route(operations.ADMIT_EVERYONE, self.admit_everyone),
            Route(operations.REMOVE_FROM_CALL, self.remove),
            Route(operations.END_CALL, self.end),
            Route(operations.TEST_CONNECTION, self.test_connection),
            Route(operations.DIAL_OUT, self.dial_out),
            Route(operations.EXPLAIN_JOINING, self.explain),
        ]

    async def join(self, request: Request) -> Response:
        body = _read_join(request.body or b"{}")
        caller, claims = request.caller, request.caller.user_claims
        device = device_of(request.headers.get(b"user-agent", b"").decode("latin-1"))
        joined = await self._calls.join(caller.resource, request.names[0], claims, body.display_name or "", device)
        if isinstance(joined, Waiting):
            return _answer(_waiting(joined), HTTPStatus.ACCEPTED)
        return _answer(
            JoinedModel(
                joined.call.room,
                joined.raw_id,
                joined.role,
                joined.capabilities,
                format_moment(joined.valid_until),
                _gate(request),
                joined.media_token,
            )
        )

    async def get(self, request: Request) -> Response:
        return _answer(_call(await self._calls.get(request.caller.resource, request.names[0], _claims(request))))

    async def mute(self, request: Request) -> Response:
        room_id, raw_id = request.names
        await self._calls.mute(request.caller.resource, room_id, raw_id, _claims(request))
        return _done()

    async def unmute(self, request: Request) -> Response:
        room_id, raw_id = request.names
        await self._calls.unmute(request.caller.resource, room_id, raw_id, _claims(request))
        return _done()

    async def send_digits(self, request: Request) -> Response:
        room_id, raw_id = request.names
        digits = _read_digits(request.body or b"{}").digits
        await self._calls.send_digits(request.caller.resource, room_id, raw_id, digits, _claims(request))
        return _done()

    async def admit(self, request: Request) -> Response:
        room_id, raw_id = request.names
        await self._calls.admit(request.caller.resource, room_id, raw_id, _claims(request))
        return _done()

    async def decline(self, request: Request) -> Response:
        room_id, raw_id = request.names
        reason = _read_decline(request.body or b"{}").reason
        await self._calls.decline(request.caller.resource, room_id, raw_id, reason, _claims(request))
        return _done()

    async def admit_everyone(self, request: Request) -> Response:
        admitted = await self._calls.admit_all(request.caller.resource, request.names[0], _claims(request))
        return _answer(AdmittedModel(admitted))

    async def remove(self, request: Request) -> Response:
        room_id, raw_id = request.names
        keep_out = _read_remove(request.body or b"{}").keep_out
        await self._calls.remove(request.caller.resource, room_id, raw_id, _claims(request), keep_out=keep_out)
        return _done()

    async def end(self, request: Request) -> Response:
        await self._calls.end(request.caller.resource, request.names[0], _claims(request))
        return _done()

    async def test_connection(self, request: Request) -> Response:
        caller = request.caller
        self._limits.count_test(caller.resource, caller.name)
        test = await self._calls.test_connection(caller.resource, request.names[0], caller.user_claims)
        return _answer(ConnectionTestModel(_gate(request), test.media_token, format_moment(test.until)))

    async def dial_out(self, request: Request) -> Response:
        number = _read_dial_out(request.body or b"{}").phone_number
        # The audit trail names the number even if it is refused.
        request.made = phone_raw_id(number)
        dial_out = await self._calls.dial_out(request.caller.resource, request.names[0], number, _claims(request))
        return _answer(_dial_out(dial_out, with_number=True), HTTPStatus.ACCEPTED)

    async def explain(self, request: Request) -> Response:
        raw_id = request.query.one("rawId") or ""
        why = await self._calls.why(request.caller.resource, request.names[0], raw_id)
        return _answer(WhyModel(why.may_join, why.role, [_rule(verdict) for verdict in why.verdicts]))


class NoticeHandler:
    """Receives the media engine's webhooks. Forged ones are refused; what genuine ones say is kept, and `look` called.

    An answer to a genuine one means that it is kept; LiveKit sends it again otherwise.
    """

    def __init__(
        self,
        engine: MediaEngine,
        observe: Callable[[CallId, Observation], Awaitable[None]],
        look: Callable[[CallId], None],
    ) -> None:
        self._engine = engine
        self._observe = observe
        self._look = look

    def routes(self) -> list[Route]:
        """Return the route of webhooks; its handler checks the engine's signature."""
        return [Route(operations.RECEIVE_WEBHOOK, self.take, self.check)]

    def check(self, request: Request) -> None:
        """Raise `TokenRefused` unless the engine signed the webhook; called before the body is read."""
        self._engine.check_event(_authorization(request))

    async def take(self, request: Request) -> Response:
        notice = self._engine.read_event(request.body, _authorization(request))
        if notice is not None:
            self._look(notice.call)
            if notice.observation is not None:
                await self._observe(notice.call, notice.observation)
        return _done()


def _gate(request: Request) -> str:
    # The gate has the address of this request, with a WebSocket's scheme.
    return request.base_url.replace("http", "ws", 1) + PREFIX


def _authorization(request: Request) -> str:
    return request.headers.get(b"authorization", b"").decode("latin-1")


def _claims(request: Request) -> TokenClaims | None:
    user = request.caller.person
    return None if user is None else user.claims


def _call(view: CallView) -> CallModel:
    numbers = {leg_identity(dial_out.id): dial_out.phone_number for dial_out in view.dial_outs if view.with_numbers}
    model = CallModel(
        "active" if view.presences else "idle",
        [_participant(presence, numbers) for presence in view.presences],
        [_dial_out(dial_out, view.with_numbers) for dial_out in view.dial_outs],
    )
    if view.waiters is not None:
        model.waiting = list(map(_at_door, view.waiters.waiting))
        model.waiting_count = view.waiters.count
        model.kept_out = list(map(_at_door, view.waiters.kept_out))
    return model


def _at_door(at_door: AtDoor) -> AtDoorModel:
    place = at_door.place
    name = names.shown(at_door.display_name, place.display_name).text
    return AtDoorModel(IdentifierModel(place.raw_id), at_door.role, name, format_moment(place.since))


def _waiting(waiting: Waiting) -> WaitingModel:
    return WaitingModel(
        waiting.call.room,
        waiting.raw_id,
        waiting.role,
        waiting.awaits.value,
        format_moment(waiting.since),
        format_moment(waiting.valid_until),
    )


def _dial_out(dial_out: DialOut, with_number: bool) -> DialOutModel:
    answered_at = dial_out.answered_at
    return DialOutModel(
        dial_out.id,
        dial_out.phone_number if with_number else masked(dial_out.phone_number),
        dial_out.state,
        dial_out.asked_by or _OPERATOR,
        format_moment(dial_out.since),
        None if answered_at is None else format_moment(answered_at),
        dial_out.outcome,
        dial_out.sip_status,
    )


def _participant(presence: Presence, numbers: Mapping[RawId, PhoneNumber]) -> CallParticipantModel:
    raw_id = person(presence.identity)
    number = numbers.get(raw_id)
    return CallParticipantModel(
        IdentifierModel(raw_id if number is None else phone_raw_id(number)),
        presence.role or "",
        presence.name.text,
        format_moment(presence.joined_at),
        presence.name.source or "",
    )


def _rule(verdict: Verdict) -> RuleModel:
    refusal = verdict.refusal
    if refusal is None:
        return RuleModel(verdict.rule, True)
    return RuleModel(verdict.rule, False, str(refusal), errors.detail(refusal).sub_code)


def _answer(model: msgspec.Struct, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(status, _encode(model), UNCACHED_JSON)


def _done() -> Response:
    return Response(HTTPStatus.OK, b"{}", UNCACHED_JSON)
