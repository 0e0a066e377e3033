"""Apps written for Azure's calling SDK, on openrooms-calling: `CallComposite` unmodified, against a real LiveKit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Browser, expect
from tests.browser.composite import Person, build, open_composite, served, unpack_calling
from tests.browser.conftest import ARGUMENTS, CHROMIUM, Visiting
from tests.browser.visits import Clinic, Guest
from tests.calls.stage import eventually
from tests.support.service import Process, dev, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER

Opening = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="session")
def calling(service: Process, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack_calling(service.http, tmp_path_factory.mktemp("calling"))


@pytest.fixture(scope="session")
def app(calling: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("composite")
    build(calling, folder)
    with served(folder) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def opening(browser: Browser, app: str, clinic: Clinic, request: pytest.FixtureRequest) -> AsyncIterator[Opening]:
    """Open the composite for people, each in a browser of their own; nothing of theirs may have gone astray."""
    people: list[Person] = []
    async with AsyncExitStack() as stack:

        async def open_for(
            room: str,
            guest: Guest,
            name: str,
            arguments: Sequence[str] | None = None,
            service: str = clinic.address,
            **device: Any,
        ) -> Person:
            chromium = browser
            if arguments is not None:
                chromium = await browser.browser_type.launch(executable_path=CHROMIUM, args=list(arguments))
                stack.push_async_callback(chromium.close)
            context = await chromium.new_context(**device)
            stack.push_async_callback(context.close)
            people.append(await open_composite(context, app, service, room, guest, name))
            return people[-1]

        yield open_for
        for number, person in enumerate(people):
            await person.takes_picture(f"{request.node.name}-{number}")
            assert person.faults == []
            assert person.foreign == set()


class Appointment:
    """A doctor (Presenter) and a patient (Attendee), both in the call."""

    def __init__(self, room: str, doctor: Person, patient: Person, guest: Guest) -> None:
        self.room = room
        self.doctor = doctor
        self.patient = patient
        self.patient_guest = guest


@pytest.fixture
def appointment(clinic: Clinic, opening: Opening):
    async def begin(**device: Any) -> Appointment:
        ada, bob = clinic.guest(), clinic.guest()
        room = clinic.room((ada, PRESENTER), (bob, ATTENDEE))
        doctor, patient = await opening(room, ada, "Dr Ada"), await opening(room, bob, "Bob", **device)
        await asyncio.gather(doctor.joins(), patient.joins())
        await doctor.until("s.others.Bob?.video")
        await patient.until("s.others['Dr Ada']?.video")
        return Appointment(room, doctor, patient, bob)

    return begin


async def test_two_people_and_one_on_the_call_page_see_each_other(
    appointment, clinic: Clinic, visiting: Visiting
) -> None:
    meeting = await appointment()
    await asyncio.gather(meeting.doctor.sees_frames(), meeting.patient.sees_frames())
    eve = clinic.guest()
    clinic.give_role(meeting.room, eve, ATTENDEE)
    third = await visiting(clinic.link(meeting.room, eve.token))
    await third.join("Eve")
    await expect(third.page.get_by_role("article", name="Bob")).to_be_visible()
    await third.sees_frames()
    state = await meeting.doctor.until("s.others.Eve?.video && !s.others.Eve.muted")
    assert state["others"]["Eve"]["role"] == "Attendee"
    assert await meeting.doctor.page.get_by_text("Eve", exact=True).count() > 0


async def test_microphone_and_camera_go_off_and_on(appointment) -> None:
    meeting = await appointment()
    await meeting.patient.does("mute()")
    await meeting.doctor.until("s.others.Bob.muted")
    await meeting.patient.does("unmute()")
    await meeting.doctor.until("!s.others.Bob.muted")
    await meeting.patient.does("stopCamera()")
    await meeting.doctor.until("!s.others.Bob.video")
    await meeting.patient.until("s.local.length === 0")
    assert [label for label in await meeting.patient.open_tracks() if "fake_device" in label] == []
    await meeting.patient.does("startCamera()")
    await meeting.doctor.until("s.others.Bob.video")
    await meeting.doctor.sees_frames()


async def test_another_camera_is_chosen_in_the_call(appointment) -> None:
    meeting = await appointment()
    before = await meeting.patient.open_tracks()
    await meeting.patient.does(
        "setCamera(adapter.getState().devices.cameras.find((one) => one.name === 'fake_device_2'))"
    )
    after = await meeting.patient.open_tracks()
    assert before != after, "the other camera's track took the first one's place"
    assert len(before) == len(after)
    await meeting.doctor.sees_frames()
    # The preview shows the camera that is sent.
    tracks = "[...document.querySelectorAll('video')].flatMap((video) => video.srcObject?.getTracks() ?? [])"
    labels = f"() => {tracks}.map((track) => track.label)"
    assert set(after) & set(await meeting.patient.page.evaluate(labels))


async def test_screens_are_shared_both_ways(appointment, clinic: Clinic) -> None:
    meeting = await appointment()
    await meeting.doctor.does("startScreenShare()")
    await meeting.patient.until("s.others['Dr Ada'].screen")
    await meeting.patient.sees_frames()
    await meeting.doctor.does("stopScreenShare()")
    await meeting.patient.until("!s.others['Dr Ada'].screen")
    clinic.give_role(meeting.room, meeting.patient_guest, PRESENTER)
    await meeting.patient.until("s.role === 'Presenter'")
    await meeting.patient.does("startScreenShare()")
    await meeting.doctor.until("s.others.Bob.screen")


async def test_a_raised_hand_is_seen_also_by_whoever_comes_later(appointment, clinic: Clinic, opening: Opening) -> None:
    meeting = await appointment()
    await meeting.patient.does("raiseHand()")
    await meeting.doctor.until("s.others.Bob.hand")
    eve = clinic.guest()
    clinic.give_role(meeting.room, eve, ATTENDEE)
    late = await opening(meeting.room, eve, "Eve")
    await late.joins(camera=False)
    await late.until("s.others.Bob?.hand")
    await meeting.patient.does("lowerHand()")
    await asyncio.gather(meeting.doctor.until("!s.others.Bob.hand"), late.until("!s.others.Bob.hand"))
    await meeting.patient.does("onReactionClick('heart')")


async def test_a_new_role_takes_hold_in_the_running_call(appointment, clinic: Clinic) -> None:
    meeting = await appointment()
    share = meeting.patient.page.get_by_role("button", name="Present")
    clinic.give_role(meeting.room, meeting.patient_guest, PRESENTER)
    await meeting.patient.until("s.role === 'Presenter' && s.local.includes('Video')")
    await expect(share.first).to_be_enabled()
    clinic.give_role(meeting.room, meeting.patient_guest, CONSUMER)
    await meeting.patient.until("s.role === 'Consumer' && s.muted && s.local.length === 0")
    await meeting.doctor.until("s.others.Bob.role === 'Consumer' && !s.others.Bob.video")
    assert [label for label in await meeting.patient.open_tracks() if "fake_device" in label] == []


async def test_a_presenter_mutes_and_removes(appointment) -> None:
    meeting = await appointment()
    await meeting.doctor.does(f"muteParticipant('{meeting.patient_guest.raw_id}')")
    await meeting.patient.until("s.muted && 'Call.mutedByOthers' in s.errors")
    await meeting.patient.does("unmute()")
    await meeting.doctor.until("!s.others.Bob.muted")
    await meeting.doctor.does(f"removeParticipant('{meeting.patient_guest.raw_id}')")
    state = await meeting.patient.until("s.page === 'removedFromCall'")
    assert state["end"] == [0, 5300]
    await meeting.patient.takes_picture("removed")
    await meeting.doctor.until("!('Bob' in s.others)")
    # The way back is open.
    await meeting.patient.tries()
    await meeting.doctor.until("s.others.Bob?.video")


async def test_three_seconds_offline_are_told_and_survived(appointment) -> None:
    meeting = await appointment()
    await meeting.patient.watches_the_network()
    await meeting.patient.page.context.set_offline(True)
    await asyncio.sleep(3)
    await meeting.patient.page.context.set_offline(False)
    # Bad, then good again.
    await meeting.patient.page.wait_for_function("() => window.reconnects.join() === '3,1'", timeout=30_000)
    await meeting.patient.until("s.state === 'Connected' && !s.reconnecting")
    await meeting.patient.sees_frames(30)
    await meeting.doctor.sees_frames(30)


async def test_a_phone_shows_the_call(appointment) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
    meeting = await appointment(**phone)
    await meeting.patient.sees_frames()
    await expect(meeting.patient.page.get_by_text("Dr Ada", exact=True).first).to_be_visible()


async def test_dispose_leaves_no_device_open(appointment) -> None:
    meeting = await appointment()
    assert await meeting.patient.open_tracks()
    await meeting.patient.does("dispose()")
    await meeting.patient.page.wait_for_function("() => window.tracks.every((track) => track.readyState === 'ended')")
    await meeting.doctor.until("!('Bob' in s.others)")


async def test_denied_devices_are_told_and_the_call_goes_on(clinic: Clinic, opening: Opening) -> None:
    ada = clinic.guest()
    room = clinic.room((ada, PRESENTER))
    arguments = [*(one for one in ARGUMENTS if one != "--use-fake-ui-for-media-stream"), "--deny-permission-prompts"]
    person = await opening(room, ada, "Dr Ada", arguments)
    await person.asks_for_devices()
    assert (await person.state())["access"] == {"audio": False, "video": False}
    await person.takes_picture("configuration with denied devices")
    await person.tries()
    state = await person.until("s.state === 'Connected' && s.muted")
    assert state["local"] == []
    # Refused devices are there.
    assert await person.page.get_by_text("No microphones found").count() == 0


# -------------------------------------------------------------------------------------------------- why a call ended


async def test_leaving(appointment) -> None:
    meeting = await appointment()
    await meeting.patient.does("leaveCall()")
    assert (await meeting.patient.until("s.page === 'leftCall'"))["end"] == [0, 0]

    async def is_silent() -> bool:
        return await meeting.patient.open_tracks() == []

    await eventually(is_silent)


@contextmanager
def stopped(service: Process, name: str) -> Iterator[None]:
    """Suspend the service's child process of this name."""
    (child,) = (one for one in psutil.Process(service.popen.pid).children(recursive=True) if one.name() == name)
    child.suspend()
    try:
        yield
    finally:
        child.resume()


def _uninvite(clinic: Clinic, meeting: Appointment) -> None:
    clinic.uninvite(meeting.room, meeting.patient_guest)


def _close(clinic: Clinic, meeting: Appointment) -> None:
    clinic.close_in(meeting.room, 1)


def _delete(clinic: Clinic, meeting: Appointment) -> None:
    clinic.rooms.delete_room(meeting.room)


def _revoke(clinic: Clinic, meeting: Appointment) -> None:
    clinic.identities.revoke_tokens(meeting.patient_guest.user)


def _delete_user(clinic: Clinic, meeting: Appointment) -> None:
    clinic.identities.delete_user(meeting.patient_guest.user)


@pytest.mark.parametrize(
    ("happening", "end", "text"),
    [
        pytest.param(_uninvite, [0, 5317], "Invite to room removed", id="off the roster"),
        pytest.param(_close, [403, 5829], "Room not valid", id="the window ends"),
        pytest.param(_delete, [404, 5732], "Room not found", id="the room is deleted"),
        pytest.param(_revoke, [495, 4507], "You left the call", id="the token is revoked"),
        pytest.param(_delete_user, [495, 4507], "You left the call", id="the user is deleted"),
    ],
)
async def test_out_of_the_call(
    appointment, clinic: Clinic, happening: Callable[[Clinic, Appointment], None], end: list[int], text: str
) -> None:
    meeting = await appointment()
    await asyncio.to_thread(happening, clinic, meeting)
    state = await meeting.patient.until("s.end !== null", 30)
    assert (state["end"], state["page"]) == (end, "leftCall")
    await expect(meeting.patient.page.get_by_text(text)).to_be_visible()
    assert await meeting.patient.open_tracks() == []


async def test_ended_for_everyone(appointment) -> None:
    meeting = await appointment()
    await meeting.doctor.does("leaveCall(true)")
    assert (await meeting.patient.until("s.page === 'leftCall'"))["end"] == [0, 4097]


async def test_joined_elsewhere(appointment, opening: Opening) -> None:
    meeting = await appointment()
    elsewhere = await opening(meeting.room, meeting.patient_guest, "Bob elsewhere")
    await elsewhere.joins()
    assert (await meeting.patient.until("s.page === 'leftCall'"))["end"] == [487, 10003]
    await meeting.doctor.until("s.others['Bob elsewhere']?.video && !('Bob' in s.others)")
    await meeting.doctor.sees_frames()


async def test_media_that_is_not_restored_is_lost(opening: Opening, tmp_path: Path) -> None:
    """LiveKit stops to answer, and the service still admits; the page's clock skips what the call waits."""
    with running("dev", "--https-port", 0, "--http-port", 0, folder=tmp_path) as service:
        clinic = Clinic(service)
        guest = clinic.guest()
        person = await opening(clinic.room((guest, ATTENDEE)), guest, "Bob", service=clinic.address)
        await person.page.clock.install()
        await person.joins()
        with stopped(service, "livekit-server"):
            await person.until("s.reconnecting", 30)
            assert (await person.state())["state"] == "Connected"
            await person.page.clock.fast_forward(60_000)
            state = await person.until("s.end !== null")
        assert (state["end"], state["page"]) == ([410, 3101], "leftCall")
        assert await person.open_tracks() == []
        clinic.close()


def _stranger(clinic: Clinic) -> tuple[str, Guest]:
    return clinic.room(), clinic.guest()


def _too_early(clinic: Clinic) -> tuple[str, Guest]:
    guest = clinic.guest()
    return clinic.room((guest, ATTENDEE), opens_in=600), guest


def _no_room(clinic: Clinic) -> tuple[str, Guest]:
    return "99400000000000000", clinic.guest()


def _revoked(clinic: Clinic) -> tuple[str, Guest]:
    guest = clinic.guest()
    room = clinic.room((guest, ATTENDEE))
    clinic.identities.revoke_tokens(guest.user)
    return room, guest


def _wrong_scope(clinic: Clinic) -> tuple[str, Guest]:
    guest = clinic.guest("chat")
    return clinic.room((guest, ATTENDEE)), guest


@pytest.mark.parametrize(
    ("make", "end", "text"),
    [
        pytest.param(_stranger, [403, 5828], "Not invited to room", id="not invited"),
        pytest.param(_too_early, [403, 5829], "Room not valid", id="too early"),
        pytest.param(_no_room, [404, 5732], "Room not found", id="no such room"),
        pytest.param(_revoked, [495, 4507], "You left the call", id="a revoked token"),
        pytest.param(_wrong_scope, [403, 0], "You left the call", id="a token for chat"),
    ],
)
async def test_at_the_door(
    clinic: Clinic, opening: Opening, make: Callable[[Clinic], tuple[str, Guest]], end: list[int], text: str
) -> None:
    room, guest = await asyncio.to_thread(make, clinic)
    person = await opening(room, guest, "Bob")
    await person.takes_picture("configuration")
    await person.tries()
    state = await person.until("s.end !== null")
    assert (state["end"], state["page"]) == (end, "leftCall")
    await expect(person.page.get_by_text(text)).to_be_visible()


async def test_an_unreachable_service_is_no_network(clinic: Clinic, opening: Opening) -> None:
    guest = clinic.guest()
    person = await opening(clinic.room((guest, ATTENDEE)), guest, "Bob")
    await person.page.route("**/join", lambda route: route.abort("connectionrefused"))
    await person.tries()
    state = await person.until("s.end !== null")
    assert (state["end"], state["page"]) == ([490, 4502], "joinCallFailedDueToNoNetwork")


@pytest.mark.parametrize(
    ("status", "code"), [(403, "CallFull"), (503, "CallsOff"), (429, "TooManyRequests"), (400, "BadRequest")]
)
async def test_other_refusals_have_the_answers_status(clinic: Clinic, opening: Opening, status: int, code: str) -> None:
    guest = clinic.guest()
    person = await opening(clinic.room((guest, ATTENDEE)), guest, "Bob")
    refusal = {"error": {"code": code, "message": "No."}}
    headers = {"access-control-allow-origin": "*"}
    await person.page.route("**/join", lambda route: route.fulfill(status=status, json=refusal, headers=headers))
    await person.tries()
    state = await person.until("s.end !== null")
    # The composite bars whoever meets a 400 from trying again.
    assert (state["end"], state["page"]) == ([412 if status == 400 else status, 0], "leftCall")


async def test_a_service_without_calls(opening: Opening, tmp_path: Path) -> None:
    with dev(tmp_path) as service:
        clinic = Clinic(service)
        guest = clinic.guest()
        person = await opening(clinic.room((guest, ATTENDEE)), guest, "Bob", service=clinic.address)
        await person.tries()
        state = await person.until("s.end !== null")
        assert (state["end"], state["page"]) == ([503, 0], "leftCall")
        clinic.close()
