"""The waiting room with a real LiveKit: who waits, is admitted, declined and kept out, through every door."""

import asyncio
import json
import time

import aiohttp
import pytest
from tests.calls.stage import Person, Refused, Stage, User, eventually
from tests.support.patience import patient

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECOND = patient(1)


class Visit:
    """A room with a waiting room, a Presenter and Attendees."""

    def __init__(self, stage: Stage, room: str, doctor: User, patients: list[User]) -> None:
        self.stage = stage
        self.room = room
        self.doctor = doctor
        self.patients = patients

    @property
    def path(self) -> str:
        return f"/openrooms/rooms/{self.room}"

    async def ask(self, user: User, action: str, body: object = None) -> dict:
        return await self.stage.ask_as(user.token, "POST", f"{self.path}/call{action}", body)

    async def decide(self, patient: User, action: str, body: object = None) -> dict:
        return await self.ask(self.doctor, f"/participants/{patient.raw_id}:{action}", body)

    async def call(self, user: User | None = None) -> dict:
        if user is None:
            return await self.stage.ask("GET", f"{self.path}/call")
        return await self.stage.ask_as(user.token, "GET", f"{self.path}/call")

    async def waiting(self) -> list[str]:
        return [entry["communicationIdentifier"]["rawId"] for entry in (await self.call())["waiting"]]


async def visit(stage: Stage, patients: int = 1, role: str = "Attendee", **options: str) -> Visit:
    doctor, *people = [await stage.user() for _ in range(patients + 1)]
    room = await stage.room({doctor.raw_id: "Presenter", **{patient.raw_id: role for patient in people}})
    await stage.options(room, **(options or {"waitingRoom": "attendees"}))
    return Visit(stage, room, doctor, people)


async def refusal(request) -> Refused:
    with pytest.raises(Refused) as refused:
        await request
    return refused.value


async def test_somebody_waits_and_is_in_within_a_second(play: Stage):
    on = await visit(play)
    doctor, [patient] = on.doctor, on.patients
    answer = await play.join(on.room, patient.token, "Bo")
    assert answer["state"] == "waiting"
    assert (answer["role"], answer["awaits"], "mediaToken" in answer) == ("Attendee", "presenter", False)
    events = play.events(on.room, patient.token)
    await events.until("waiting")
    presenter = await play.person(on.room, doctor)
    await eventually(lambda: events.seen[-1] == ("waiting", {"awaits": "admission", "since": answer["since"]}))
    await eventually(lambda: _notice(presenter)["count"] == 1)
    revision = _notice(presenter)["revision"]
    assert [entry["displayName"] for entry in (await on.call(doctor))["waiting"]] == ["Bo"]
    began = time.time()
    await on.decide(patient, "admit")
    await events.until("admitted")
    person = await play.person(on.room, patient)
    assert time.time() - began < SECOND
    assert (await on.call(doctor))["waiting"] == []
    await eventually(lambda: _notice(presenter)["count"] == 0)
    assert _notice(presenter)["revision"] > revision
    assert (await play.join(on.room, patient.token))["mediaToken"]
    for each in (presenter, person):
        await each.leave()
    await events.close()


def _notice(person: Person) -> dict:
    """Return what the metadata of LiveKit's room says of those who wait, which is only how many they are."""
    return json.loads(person.room.metadata)["waiting"]


async def test_a_stream_is_as_proxies_need_it_and_resumes(play: Stage):
    on = await visit(play)
    [patient] = on.patients
    events = play.events(on.room, patient.token)
    assert await events.until("asking") == {"awaits": "presenter"}
    assert events.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert events.headers["cache-control"] == "no-store"
    assert events.headers["x-accel-buffering"] == "no"
    await play.join(on.room, patient.token)
    await events.until("waiting")
    await events.close()
    again = play.events(on.room, patient.token, events.last_id)
    await play.options(on.room, title="Follow-up")
    # What was event before is not event again.
    await eventually(lambda: [data.get("title") for _, data in again.seen][:1] == ["Follow-up"])
    once = await play.ask_as(patient.token, "GET", f"{on.path}/me/events")
    assert once["id"] == again.last_id
    assert [event["type"] for event in once["events"]] == ["room", "waiting"]
    await again.close()


async def test_declined_people_read_the_reason_and_ask_later(play: Stage):
    on = await visit(play)
    [patient] = on.patients
    await play.join(on.room, patient.token)
    events = play.events(on.room, patient.token)
    await events.until("waiting")
    await on.decide(patient, "decline", {"reason": "Please call\u202e reception."})
    event = await events.until("declined", SECOND)
    assert event["reason"] == "Please call reception."
    refused = await refusal(play.join(on.room, patient.token))
    assert (refused.status, refused.error["code"], refused.error["reason"]) == (403, "Declined", event["reason"])
    assert await on.waiting() == []
    assert (await refusal(on.decide(patient, "decline", {"reason": "x" * 201}))).status == 400
    await on.decide(patient, "admit")
    await events.until("admitted", SECOND)
    await events.close()


async def test_nobody_waits_who_need_not(play: Stage):
    on = await visit(play, role="Collaborator")
    [colleague] = on.patients
    assert (await play.join(on.room, colleague.token))["mediaToken"]
    await play.options(on.room, waitingRoom="everyone")
    assert (await play.join(on.room, colleague.token))["state"] == "waiting"
    assert (await play.join(on.room, on.doctor.token))["mediaToken"]


async def test_people_who_wait_see_nothing_of_the_call(play: Stage):
    on = await visit(play)
    [patient] = on.patients
    refused = await refusal(on.call(patient))
    assert (refused.status, refused.error["code"]) == (403, "MustWait")
    await play.join(on.room, patient.token)
    for action in ("admit", "decline"):
        assert (await refusal(on.ask(patient, f"/participants/{patient.raw_id}:{action}"))).status == 403
    assert (await refusal(on.ask(patient, ":admitAll"))).status == 403
    stranger = await play.user()
    assert (await refusal(play.ask_as(stranger.token, "GET", f"{on.path}/me/events"))).status == 403
    assert (await refusal(on.decide(stranger, "admit"))).status == 404


async def test_a_call_that_starts_with_a_presenter(play: Stage):
    on = await visit(play, startsWith="presenter")
    [patient] = on.patients
    assert (await play.join(on.room, patient.token))["awaits"] == "presenter"
    events = play.events(on.room, patient.token)
    await events.until("waiting")
    # Not even the operator's admission replaces the Presenter.
    await play.ask("POST", f"{on.path}/call/participants/{patient.raw_id}:admit")
    assert (await play.join(on.room, patient.token))["state"] == "waiting"
    presenter = await play.person(on.room, on.doctor)
    await events.until("admitted", SECOND)
    person = await play.person(on.room, patient)
    # The call has begun, so others may come back while the Presenter is away for a moment.
    await presenter.leave()
    await eventually(lambda: _count(on, 1))
    assert (await play.join(on.room, patient.token))["mediaToken"]
    assert not person.left.done()
    await person.leave()
    await events.close()


async def _count(on: Visit, people: int) -> bool:
    return len((await on.call())["participants"]) == people


async def test_options_that_change_throw_nobody_out(play: Stage):
    on = await visit(play, patients=2, waitingRoom="off")
    inside, outside = on.patients
    person = await play.person(on.room, inside)
    await play.options(on.room, waitingRoom="everyone", startsWith="presenter")
    await asyncio.sleep(0.7)
    assert not person.left.done()
    assert (await play.join(on.room, inside.token))["mediaToken"]
    assert (await play.join(on.room, outside.token))["state"] == "waiting"
    # A Presenter who becomes an Attendee stays, too, even right after they came.
    presenter = await play.person(on.room, on.doctor)
    await play.roles(on.room, {on.doctor.raw_id: "Attendee"})
    await asyncio.sleep(0.7)
    assert not presenter.left.done()
    for each in (person, presenter):
        await each.leave()


async def doors(on: Visit, user: User, person: Person) -> dict[str, object]:
    """Try every door with everything that a person had; return what each answered."""
    stage, answers = on.stage, {}
    try:
        answers["join"] = (await stage.join(on.room, user.token)).get("state", "in")
    except Refused as refused:
        answers["join"] = refused.error["code"]
    for name, address in (("gate", f"{stage.url}/livekit"), ("authority", f"{stage.url}/openrooms/gate")):
        statuses = set()
        for token in dict.fromkeys(person.tokens):
            target = f"{address}/rtc/validate?access_token={token}"
            async with stage.session.get(target) as answer:
                statuses.add(answer.status)
        answers[name] = statuses
    return answers


async def stays_out(on: Visit, user: User, person: Person) -> None:
    """Enter LiveKit beside the gate with each token, as if its port were open, and be disconnected."""
    for token in dict.fromkeys(person.tokens):
        sneaking = Person(person.joined)
        try:
            await sneaking.connect(token, on.stage.livekit_url.replace("http", "ws"))
        except Exception:
            continue
        await asyncio.wait_for(asyncio.shield(sneaking.left), 5)
        await sneaking.leave()


async def test_whoever_is_kept_out_finds_every_door_shut(play: Stage):
    on = await visit(play)
    [patient] = on.patients
    presenter = await play.person(on.room, on.doctor)
    await play.join(on.room, patient.token)
    assert await on.ask(on.doctor, ":admitAll") == {"admitted": 1}
    person = await play.person(on.room, patient)
    events = play.events(on.room, patient.token)
    # The simple removal leaves the admission.
    await on.decide(patient, "remove")
    await asyncio.wait_for(asyncio.shield(person.left), 5)
    again = await play.person(on.room, patient)
    again.tokens += person.tokens
    await on.decide(patient, "remove", {"keepOut": True})
    await asyncio.wait_for(asyncio.shield(again.left), 5)
    await events.until("removed", SECOND)
    assert await doors(on, patient, again) == {"join": "KeptOut", "gate": {403}, "authority": {403}}
    await stays_out(on, patient, again)
    kept_out = (await on.call(on.doctor))["keptOut"]
    assert [entry["communicationIdentifier"]["rawId"] for entry in kept_out] == [patient.raw_id]
    await on.decide(patient, "admit")
    await events.until("admitted", SECOND)
    assert (await doors(on, patient, again))["gate"] == {200}
    for each in (presenter, person, again):
        await each.leave()
    await events.close()


async def test_the_end_of_the_call_ends_admissions(play: Stage):
    on = await visit(play)
    [patient] = on.patients
    presenter = await play.person(on.room, on.doctor)
    await play.join(on.room, patient.token)
    await on.decide(patient, "admit")
    person = await play.person(on.room, patient)
    await on.ask(on.doctor, ":end")
    await asyncio.wait_for(asyncio.shield(person.left), 5)
    presenter_again = await play.person(on.room, on.doctor)
    assert await doors(on, patient, person) == {"join": "waiting", "gate": {403}, "authority": {403}}
    await stays_out(on, patient, person)
    # A new call; whoever was taken off the roster in between was not admitted to it either.
    await on.decide(patient, "admit")
    await play.roles(on.room, {patient.raw_id: None})
    await play.roles(on.room, {patient.raw_id: "Attendee"})
    assert (await play.join(on.room, patient.token))["state"] == "waiting"
    for each in (presenter, presenter_again, person):
        await each.leave()


async def test_admissions_outlive_restarts_of_everything(own: Stage):
    on = await visit(own)
    [patient] = on.patients
    presenter = await own.person(on.room, on.doctor)
    await own.join(on.room, patient.token)
    await on.decide(patient, "admit")
    person = await own.person(on.room, patient)
    await eventually(lambda: _count(on, 2))
    await own.kill_service()
    await own.start_service()
    assert (await own.join(on.room, patient.token))["mediaToken"]
    await own.kill_livekit()
    await own.start_livekit()
    await eventually(lambda: _joins(on, patient), 20)
    back = await own.person(on.room, patient)
    assert not back.left.done()
    for each in (presenter, person, back):
        await each.leave()


async def _joins(on: Visit, user: User) -> bool:
    try:
        return "mediaToken" in await on.stage.join(on.room, user.token)
    except (Refused, aiohttp.ClientError):
        return False


async def test_a_stream_ends_with_the_right_to_it(play: Stage):
    on = await visit(play, patients=2)
    first, second = on.patients
    revoked, uninvited = play.events(on.room, first.token), play.events(on.room, second.token)
    for events in (revoked, uninvited):
        await events.until("asking")
    await play.revoke(first.raw_id)
    await play.roles(on.room, {second.raw_id: None})
    for events, code in ((revoked, 4507), (uninvited, 5828)):
        assert (await events.until("closed", SECOND))["subCode"] == code
        await eventually(lambda events=events: not events.is_open)
        assert "title" not in events.seen[-1][1]


async def test_a_stream_tells_of_the_window(play: Stage):
    on = await visit(play, waitingRoom="off")
    [patient] = on.patients
    await play.move(on.room, opens=60, lasts=3600)
    events = play.events(on.room, patient.token)
    assert (await events.until("closed"))["subCode"] == 5829
    await play.move(on.room, opens=0.4, lasts=1.5)
    await events.until("admitted", 5)
    assert (await events.until("closed", 5))["message"] == "The room is closed."
    await play.move(on.room, opens=-1, lasts=60)
    await events.until("admitted", SECOND)
    await events.close()


async def test_a_person_has_few_streams_and_stopping_ends_them(own: Stage):
    on = await visit(own)
    [patient] = on.patients
    streams = []
    for _ in range(6):
        streams.append(own.events(on.room, patient.token))
        await streams[-1].until("asking")
    await eventually(lambda: not streams[0].is_open)
    assert all(events.is_open for events in streams[1:])
    began = time.monotonic()
    await own.stop_service()
    assert time.monotonic() - began < 3
    await eventually(lambda: not any(events.is_open for events in streams))
