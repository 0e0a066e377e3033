"""Dialling out by the API, with a real LiveKit, a real database, and a telephone line that the test plays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec
import pytest
import pytest_asyncio
from livekit import rtc
from tests.calls.stage import LIVEKIT_KEY, LIVEKIT_SECRET, Stage, eventually
from tests.support.application import NOW, RESOURCE, Answer, Clock, World, world
from tests.support.patience import patient

from openrooms.domain.calls import CallId, CallNotice
from openrooms.domain.enforcement import Disconnect
from openrooms.domain.errors import LineDown, OpenRoomsError
from openrooms.domain.moments import SECOND, Moment, after
from openrooms.domain.rooms import RoomId
from openrooms.domain.telephones import DialOut, LegEvent, LegId, LegState, Limits, Outcome, leg_identity
from openrooms.server.core.audit import AuditLog
from openrooms.server.core.calls import Calls
from openrooms.server.core.enforcer import Enforcer
from openrooms.server.core.ports import LEG_TOPIC, Figure, Leg
from openrooms.server.core.telephones import Telephones
from openrooms.server.core.waiting import WaitingRooms
from openrooms.server.media.livekit import LiveKit, call_name
from openrooms.server.web.app import Records
from openrooms.server.web.metrics import Metrics

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER, OTHER = "+15551234567", "+493012345678"
LIMITS = Limits(prefixes=("+1", "+49"), legs_per_room=2, per_minute_and_person=3, longest_seconds=600)


class PlayedLine:
    """A telephone line whose legs do what the test says; a leg that is hung up reports its end."""

    def __init__(self) -> None:
        self.is_up = True
        self.breaks = False
        self.legs: dict[LegId, Leg] = {}
        self.hung_up: list[tuple[LegId, Outcome]] = []
        self._listeners = []

    def listen(self, heard) -> None:
        self._listeners.append(heard)

    async def dial(self, leg: Leg) -> None:
        if self.breaks:
            raise LineDown
        self.legs[leg.id] = leg

    def hang_up(self, leg_id: LegId, outcome: Outcome) -> None:
        if self.legs.pop(leg_id, None):
            self.hung_up.append((leg_id, outcome))
            self.say(leg_id, LegState.ENDED, outcome)

    def say(self, leg_id: LegId, state: LegState, outcome: Outcome | None = None, status: int | None = None) -> None:
        for heard in self._listeners:
            heard(LegEvent(leg_id, state, outcome, status))

    def figures(self) -> list[Figure]:
        return []


class Desk:
    """A service with a telephone line, its people and the room that they are in."""

    def __init__(self, engine: LiveKit) -> None:
        self.engine = engine
        self.line = PlayedLine()
        self.ended: list[DialOut] = []
        self.audit: AuditLog
        self.app: World
        self.telephones: Telephones
        self.people: dict[str, tuple[str, str]] = {}
        self.room = ""

    def process(self, storage, clock: Clock, line: PlayedLine | None) -> Telephones:
        return Telephones(storage, self.engine, line, clock, LIMITS, call_limit=3, note_end=self.note_end)

    def note_end(self, dial_out: DialOut) -> None:
        self.ended.append(dial_out)
        self.audit.note_dial_out(dial_out)

    def calls(self, storage, clock: Clock) -> Calls:
        self.telephones = self.process(storage, clock, self.line)
        return Calls(
            storage, self.engine, self.telephones, WaitingRooms(storage, self.engine, clock, clock), clock, call_limit=3
        )

    @property
    def call(self) -> CallId:
        return CallId(RESOURCE, RoomId(self.room))

    async def invite(self) -> None:
        for role in ("Presenter", "Collaborator", "Attendee", "Consumer"):
            made = await self.app.call("POST", "/identities", {"createTokenWithScopes": ["voip"]}, version="2023-10-01")
            self.people[role] = made.json["identity"]["id"], made.json["accessToken"]["token"]
        participants = {raw_id: {"role": role} for role, (raw_id, _) in self.people.items()}
        room = await self.app.create({"participants": participants, "pstnDialOutEnabled": True})
        self.room = room["id"]

    async def ask(self, method: str, path: str, body: object = None, role: str | None = "Presenter") -> Answer:
        """Send a request about the room's call in a role, or as the operator (`None`)."""
        target = f"/openrooms/rooms/{self.room}/{path}"
        if role is None:
            return await self.app.call(method, target, body, version=None)
        raw = b"" if body is None else msgspec.json.encode(body)
        return await self.app.send(method, target, raw, {"authorization": f"Bearer {self.people[role][1]}"})

    async def dial(self, number: str = NUMBER, role: str | None = "Presenter") -> Answer:
        return await self.ask("POST", "call:dialOut", {"phoneNumber": number}, role)

    async def leg(self, number: str = NUMBER) -> Leg:
        """Dial a number, and return its leg."""
        answer = await self.dial(number)
        assert answer.status == 202, answer.body
        return self.line.legs[answer.json["id"]]

    async def phone(self, action: str, number: str = NUMBER, body: object = None, role: str | None = None) -> Answer:
        return await self.ask("POST", f"call/participants/4%3A{number.replace('+', '%2B')}:{action}", body, role)

    async def shown(self, role: str | None = "Presenter") -> list[dict]:
        return (await self.ask("GET", "call", role=role)).json["dialOuts"]

    async def is_shown(self, **fields: object) -> bool:
        [dial_out] = await self.shown()
        return {name: dial_out.get(name) for name in fields} == fields

    async def change(self, body: object) -> None:
        assert (await self.app.call("PATCH", f"/rooms/{self.room}", body)).status == 200

    def enforcer(self) -> Enforcer:
        return Enforcer(self.app.storage, self.engine, self.app.clock)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(play: Stage, tmp_path) -> AsyncIterator[Desk]:
    engine = LiveKit(play.livekit_url, LIVEKIT_KEY, LIVEKIT_SECRET)
    made = Desk(engine)
    made.audit = AuditLog(tmp_path / "audit.jsonl", Clock())
    async with world(tmp_path, calls=made.calls, records=Records(Metrics(), None, made.audit)) as app:
        made.app = app
        await made.invite()
        running = asyncio.create_task(made.telephones.run())
        try:
            yield made
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await engine.close_call(made.call)
            await engine.close()


class Phone:
    """A leg that has entered its call, with LiveKit's own SDK."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.orders: list[object] = []
        self.left = asyncio.Event()
        self.room.on("data_received", self._obey)
        self.room.on("disconnected", lambda _reason: self.left.set())

    async def enter(self, leg: Leg) -> None:
        token = await leg.enter()
        await asyncio.shield(self.room.connect(leg.media_url, token))

    def _obey(self, packet: rtc.DataPacket) -> None:
        assert packet.topic == LEG_TOPIC
        assert packet.participant is None
        self.orders.append(msgspec.json.decode(packet.data))


@pytest_asyncio.fixture(loop_scope="session")
async def phone() -> AsyncIterator[Phone]:
    made = Phone()
    yield made
    await asyncio.shield(made.room.disconnect())


async def test_a_dial_out_from_the_request_to_its_end(desk):
    answer = await desk.dial()
    assert answer.status == 202
    raw_id, _ = desk.people["Presenter"]
    begun = {"phoneNumber": NUMBER, "state": "dialing", "askedBy": raw_id, "since": "2025-08-29T00:29:48+00:00"}
    assert answer.json == {"id": answer.json["id"], **begun}
    leg = desk.line.legs[answer.json["id"]]
    assert (leg.phone_number, leg.ringing_seconds) == (NUMBER, 45)
    assert await desk.shown() == [answer.json]
    desk.line.say(leg.id, LegState.RINGING, status=180)
    await eventually(lambda: desk.is_shown(state="ringing", sipStatus=180))
    desk.app.clock.advance(seconds=5)
    desk.line.say(leg.id, LegState.IN_CALL, status=200)
    await eventually(lambda: desk.is_shown(state="inCall", answeredAt="2025-08-29T00:29:53+00:00"))
    desk.app.clock.advance(seconds=60)
    desk.line.say(leg.id, LegState.ENDED, Outcome.HUNG_UP)
    await eventually(lambda: desk.is_shown(state="ended", outcome="hungUp", since="2025-08-29T00:30:53+00:00"))
    assert [dial_out.phone_number for dial_out in desk.ended] == [NUMBER]
    figures = {
        figure.name: figure.value for figure in desk.telephones.figures() if figure.labels != {"outcome": "busy"}
    }
    assert (figures["dialled"], figures["answered"], figures["legs"], figures["seconds"]) == (1, 1, 0, 60)


async def test_the_audit_trail_has_every_number(desk, tmp_path):
    """Also those that were refused, and the end of each dial-out, but no digits."""
    leg = await desk.leg()
    await desk.dial("+33123456789")
    desk.line.say(leg.id, LegState.IN_CALL)
    await eventually(lambda: desk.is_shown(state="inCall"))
    await desk.phone("sendDtmf", body={"digits": "739251"})
    desk.line.say(leg.id, LegState.ENDED, Outcome.HUNG_UP)
    await eventually(lambda: desk.ended != [])
    trail = (tmp_path / "audit.jsonl").read_text()
    events = [msgspec.json.decode(line) for line in trail.splitlines()]
    dialled, refused, sent, ended = [event for event in events if event.get("user", "").startswith("4:")]
    assert [event["operation"] for event in (dialled, refused, sent, ended)] == [
        "dial_out",
        "dial_out",
        "send_dtmf",
        "dial_out_ended",
    ]
    assert (dialled["user"], dialled["status"], dialled["caller"]) == (f"4:{NUMBER}", 202, desk.people["Presenter"][0])
    assert (refused["user"], refused["reason"]) == ("4:+33123456789", "NumberNotAllowed")
    assert (ended["user"], ended["reason"], ended["caller"]) == (f"4:{NUMBER}", "hungUp", dialled["caller"])
    assert "739251" not in trail


@pytest.mark.parametrize(
    ("number", "role", "status", "code"),
    [
        ("5551234567", "Presenter", 400, "ValidationError"),
        ("+15551", None, 400, "ValidationError"),
        ("+0123456789", "Presenter", 400, "ValidationError"),
        ("+15551234", "Presenter", 400, "ValidationError"),
        ("+33123456789", "Presenter", 403, "NumberNotAllowed"),
        (NUMBER, "Collaborator", 403, "Forbidden"),
        (NUMBER, "Attendee", 403, "Forbidden"),
        (NUMBER, "Consumer", 403, "Forbidden"),
    ],
)
async def test_what_is_not_dialled(desk, number, role, status, code):
    answer = await desk.dial(number, role)
    assert (answer.status, answer.error["code"]) == (status, code)
    assert desk.line.legs == {}
    assert await desk.shown() == []


async def test_the_rules_of_the_room_hold_for_the_operator_too(desk):
    await desk.change({"pstnDialOutEnabled": False})
    assert "pstnDialOutEnabled" in (await desk.dial(role=None)).error["message"]
    await desk.change({"pstnDialOutEnabled": True})
    desk.app.clock.advance(days=400)
    refused = await desk.dial(role=None)
    assert (refused.status, refused.error["message"]) == (403, "The room is closed.")


async def test_a_number_is_called_once_at_a_time(desk):
    leg = await desk.leg()
    refused = await desk.dial(role=None)
    assert (refused.status, refused.error["code"]) == (409, "NumberInCall")
    desk.line.say(leg.id, LegState.ENDED, Outcome.BUSY, 486)
    await eventually(lambda: desk.is_shown(outcome="busy", sipStatus=486))
    assert (await desk.dial()).status == 202


async def test_the_limits_of_a_room_and_of_a_person(desk):
    legs = [await desk.leg(NUMBER), await desk.leg(OTHER)]
    refused = await desk.dial("+15551234568")
    assert (refused.status, refused.error["code"]) == (403, "TooManyPhones")
    desk.line.hang_up(legs[0].id, Outcome.REMOVED)
    await eventually(lambda: desk.telephones.figures()[-2].value == 1)
    assert (await desk.dial("+15551234568")).status == 202
    desk.line.hang_up(legs[1].id, Outcome.REMOVED)
    await eventually(lambda: desk.telephones.figures()[-2].value == 1)
    refused = await desk.dial("+15551234569")
    assert (refused.status, refused.error["code"]) == (429, "TooManyDialOuts")
    assert refused.headers["retry-after"] == "60"
    # The operator's service dials for many people.
    assert (await desk.dial("+15551234569", role=None)).status == 202


async def test_a_line_that_is_down_is_a_503(desk):
    desk.line.is_up = False
    refused = await desk.dial()
    assert (refused.status, refused.error["code"], refused.headers["retry-after"]) == (503, "LineDown", "1")
    desk.line.is_up, desk.line.breaks = True, True
    assert (await desk.dial()).status == 503
    await eventually(lambda: desk.is_shown(state="ended", outcome="failed"))
    desk.line.breaks = False
    assert (await desk.dial()).status == 202


async def test_only_some_roles_see_the_number(desk, phone):
    leg = await desk.leg()
    await phone.enter(leg)
    desk.line.say(leg.id, LegState.IN_CALL)
    await eventually(lambda: desk.is_shown(state="inCall"))
    for role, number in [
        (None, NUMBER),
        ("Presenter", NUMBER),
        ("Collaborator", NUMBER),
        ("Attendee", "+1 ••• ••• 4567"),
        ("Consumer", "+1 ••• ••• 4567"),
    ]:
        seen = (await desk.ask("GET", "call", role=role)).json
        assert [dial_out["phoneNumber"] for dial_out in seen["dialOuts"]] == [number]
        [participant] = seen["participants"]
        raw_id = f"4:{NUMBER}" if number == NUMBER else leg_identity(leg.id)
        assert participant["communicationIdentifier"] == {"rawId": raw_id}
        assert (participant["role"], participant["displayName"]) == ("", "+1 ••• ••• 4567")


async def test_a_ringing_telephone_is_not_in_the_call(desk, phone):
    """A leg is in LiveKit's room from the start, but people count a telephone as present when it answers."""
    leg = await desk.leg()
    await phone.enter(leg)
    desk.line.say(leg.id, LegState.RINGING)
    await eventually(lambda: desk.is_shown(state="ringing"))
    [presence] = await desk.engine.list_presences(desk.call)
    assert presence.identity == leg_identity(leg.id)
    seen = (await desk.ask("GET", "call")).json
    assert (seen["state"], seen["participants"]) == ("idle", [])
    desk.line.say(leg.id, LegState.IN_CALL)
    await eventually(lambda: desk.is_shown(state="inCall"))
    seen = (await desk.ask("GET", "call")).json
    assert (seen["state"], len(seen["participants"])) == ("active", 1)


async def test_enforcement_follows_the_dial_out(desk, phone):
    """A telephone stays while its dial-out goes on and the room allows it; a stranger among telephones goes."""
    leg = await desk.leg()
    await phone.enter(leg)
    stranger = Phone()
    token = desk.engine.passes.issue_for_leg(desk.call, LegId("0" * 32), "")
    await asyncio.shield(stranger.room.connect(leg.media_url, token))
    first = await desk.enforcer().enforce_once()
    gone = [action.identity for action in first.actions if action.call == desk.call]
    assert gone == [leg_identity(LegId("0" * 32))]
    await asyncio.wait_for(stranger.left.wait(), patient(5))
    assert not phone.left.is_set()
    await desk.change({"pstnDialOutEnabled": False})
    second = await desk.enforcer().enforce_once()
    assert [type(action) for action in second.actions if action.call == desk.call] == [Disconnect]
    await asyncio.wait_for(phone.left.wait(), patient(5))


async def test_a_removed_telephone_is_hung_up(desk, phone):
    leg = await desk.leg()
    await phone.enter(leg)
    assert (await desk.phone("remove", role="Attendee")).status == 403
    assert (await desk.phone("remove", OTHER)).status == 404
    assert (await desk.phone("remove", role="Presenter")).status == 200
    assert desk.line.hung_up == [(leg.id, Outcome.REMOVED)]
    assert await desk.is_shown(state="ended", outcome="removed")
    await asyncio.wait_for(phone.left.wait(), patient(5))
    assert (await desk.phone("remove")).status == 404
    with pytest.raises(OpenRoomsError):
        await leg.enter()


async def test_another_process_ends_a_leg(desk):
    leg = await desk.leg()
    other = desk.process(desk.app.storage, desk.app.clock, None)
    await other.end(await other.find(desk.call, f"4:{NUMBER}"), Outcome.REMOVED)
    assert desk.line.hung_up == [(leg.id, Outcome.REMOVED)]


async def test_a_lost_notification_is_made_up_for(desk):
    """The owner of a leg compares it with the database."""
    leg = await desk.leg()

    def end(dial_out: DialOut) -> DialOut:
        return msgspec.structs.replace(dial_out, state=LegState.ENDED, outcome=Outcome.REMOVED)

    await desk.app.storage.change_dial_out(RESOURCE, leg.id, end)
    await eventually(lambda: desk.line.hung_up == [(leg.id, Outcome.REMOVED)])


async def test_the_end_for_all_ends_telephones(desk, phone):
    leg = await desk.leg()
    await phone.enter(leg)
    assert (await desk.ask("POST", "call:end")).status == 200
    assert desk.line.hung_up == [(leg.id, Outcome.CLOSED)]
    assert await desk.is_shown(outcome="closed")
    await asyncio.wait_for(phone.left.wait(), patient(5))


@pytest.mark.parametrize("rule", ["flag", "window", "deleted", "longest"])
async def test_the_owner_hangs_up_without_the_media_engine(desk, rule):
    """A leg that LiveKit does not report follows the rules too."""
    leg = await desk.leg()
    if rule == "flag":
        await desk.change({"pstnDialOutEnabled": False})
    elif rule == "deleted":
        await desk.app.storage.delete_room(RESOURCE, desk.call.room, NOW)
    else:
        await desk.app.storage.change_dial_out(
            RESOURCE, leg.id, lambda dial_out: msgspec.structs.replace(dial_out, held_until=after(NOW, 10**15))
        )
        desk.telephones._held[leg.id].until = after(NOW, 10**15)
        desk.app.clock.advance(**({"seconds": 600} if rule == "longest" else {"days": 400}))
    await eventually(lambda: desk.line.hung_up == [(leg.id, Outcome.CLOSED)])


async def test_a_leg_is_held_while_its_process_runs(desk):
    leg = await desk.leg()
    for _ in range(5):
        desk.app.clock.advance(seconds=8)
        held_until = after(desk.app.clock.now, 15 * SECOND)
        await eventually(lambda held_until=held_until: desk.telephones._held[leg.id].until == held_until)
    assert desk.line.hung_up == []


async def test_a_process_that_lost_its_leg_hangs_up(desk):
    leg = await desk.leg()
    desk.app.clock.advance(seconds=16)
    await eventually(lambda: desk.line.hung_up == [(leg.id, Outcome.FAILED)])


async def test_the_leg_of_a_dead_process_is_ended_by_another(desk):
    dead = desk.process(desk.app.storage, desk.app.clock, PlayedLine())
    await dead.dial(desk.call, NUMBER, "")
    other = desk.process(desk.app.storage, desk.app.clock, None)
    await other._reap()
    assert await desk.is_shown(state="dialing")
    desk.app.clock.advance(seconds=16)
    await other._reap()
    assert await desk.is_shown(state="ended", outcome="failed", askedBy="operator")
    desk.app.clock.advance(minutes=61)
    await other._reap()
    assert await desk.shown() == []


async def test_a_process_that_stops_hangs_up(desk):
    line = PlayedLine()
    stopping = desk.process(desk.app.storage, desk.app.clock, line)
    running = asyncio.create_task(stopping.run())
    await stopping.dial(desk.call, NUMBER, "")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert [outcome for _, outcome in line.hung_up] == [Outcome.CLOSED]
    assert await desk.is_shown(state="ended", outcome="closed")


async def test_orders_reach_the_telephone_alone(desk, phone):
    leg = await desk.leg()
    await phone.enter(leg)
    listener = Phone()
    joined = (await desk.ask("POST", "join", {}, role="Attendee")).json
    await asyncio.shield(listener.room.connect(desk.engine.signalling_url, joined["mediaToken"]))
    assert (await desk.phone("sendDtmf", body={"digits": "1"})).status == 404
    desk.line.say(leg.id, LegState.IN_CALL, status=200)
    await eventually(lambda: desk.is_shown(state="inCall"))
    assert (await desk.phone("mute", role="Presenter")).status == 200
    assert (await desk.phone("unmute", role="Presenter")).status == 200
    assert (await desk.phone("sendDtmf", body={"digits": "12#a"}, role="Presenter")).status == 200
    await eventually(lambda: phone.orders == [{"muted": True}, {"muted": False}, {"digits": "12#A"}])
    assert (await desk.phone("sendDtmf", body={"digits": "77 77"})).error["target"] == "digits"
    assert (await desk.phone("sendDtmf", body={"digits": "1"}, role="Collaborator")).status == 403
    assert listener.orders == []
    await asyncio.shield(listener.room.disconnect())


async def test_orders_wait_for_the_media_of_a_telephone(desk):
    """LiveKit would drop an order for a leg whose media is not connected yet, so the caller is told to repeat it."""
    leg = await desk.leg()
    desk.line.say(leg.id, LegState.IN_CALL)
    await eventually(lambda: desk.is_shown(state="inCall"))
    refused = await desk.phone("sendDtmf", body={"digits": "1"})
    assert (refused.status, (await desk.phone("unmute")).status) == (503, 503)


async def test_only_telephones_are_unmuted_by_others(desk):
    raw_id, _ = desk.people["Attendee"]
    answer = await desk.ask("POST", f"call/participants/{raw_id.replace(':', '%3A')}:unmute")
    assert (answer.status, answer.error["code"]) == (403, "Forbidden")


async def test_a_full_call_takes_no_telephone(desk):
    await desk.engine.open_call(desk.call, CallNotice("", Moment(0), Moment(1), 0))
    phones = [Phone() for _ in range(3)]
    for number, phone in enumerate(phones):
        token = desk.engine.passes.issue_for_leg(desk.call, LegId(f"{number:032x}"), "")
        await asyncio.shield(phone.room.connect(desk.engine.signalling_url, token))
    refused = await desk.dial()
    assert (refused.status, refused.error["code"]) == (403, "CallFull")
    for phone in phones:
        await asyncio.shield(phone.room.disconnect())


async def test_the_capability_depends_on_the_room(desk):
    join = (await desk.ask("POST", "join", {})).json
    assert join["capabilities"]["addPhoneNumber"] is True
    assert (await desk.ask("POST", "join", {}, role="Attendee")).json["capabilities"]["addPhoneNumber"] is False
    await desk.change({"pstnDialOutEnabled": False})
    assert (await desk.ask("POST", "join", {})).json["capabilities"]["addPhoneNumber"] is False


async def test_a_leg_cannot_use_the_gate(desk):
    """A leg's token opens LiveKit and nothing else."""
    leg = await desk.leg()
    app = desk.app
    waiting_rooms = WaitingRooms(app.storage, desk.engine, app.clock, app.clock)
    calls = Calls(app.storage, desk.engine, desk.telephones, waiting_rooms, app.clock, call_limit=3)
    media_pass = calls.read_pass(RESOURCE, await leg.enter())
    assert call_name(media_pass.call) == call_name(desk.call)
    with pytest.raises(OpenRoomsError):
        await calls.check_pass(media_pass)
