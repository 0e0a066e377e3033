"""The call page during a call: video, the controls of each role, and all ways to leave."""

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic, Guest, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, COLLABORATOR = ParticipantRole.PRESENTER, ParticipantRole.COLLABORATOR
ATTENDEE, CONSUMER = ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER

EVERYBODY = {"People", "Chat", "More", "Leave"}
TALKING = {"Mute", "Stop video", "Hand"}


class Appointment:
    """A doctor (Presenter) and a patient (Attendee), both in the call."""

    def __init__(self, room: str, doctor: Visit, patient: Visit, patient_guest: Guest) -> None:
        self.room = room
        self.doctor = doctor
        self.patient = patient
        self.patient_guest = patient_guest


@pytest.fixture
def appointment(clinic: Clinic, visiting: Visiting):
    async def begin() -> Appointment:
        ada, bob = clinic.guest(), clinic.guest()
        room = clinic.room((ada, PRESENTER), (bob, ATTENDEE))
        doctor = await visiting(clinic.link(room, ada.token))
        patient = await visiting(clinic.link(room, bob.token))
        await doctor.join("Dr Ada")
        await patient.join("Bob")
        # Joined is not yet connected: others never see someone who leaves before that.
        await expect(doctor.page.get_by_role("article", name="Bob")).to_be_visible()
        await expect(patient.page.get_by_role("article", name="Dr Ada")).to_be_visible()
        return Appointment(room, doctor, patient, bob)

    return begin


async def test_two_people_see_each_other(appointment) -> None:
    meeting = await appointment()
    await meeting.doctor.sees_frames()
    await meeting.patient.sees_frames()


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        pytest.param(PRESENTER, TALKING | {"Share"}, id="Presenter"),
        pytest.param(COLLABORATOR, TALKING | {"Share"}, id="Collaborator"),
        pytest.param(ATTENDEE, TALKING, id="Attendee"),
        pytest.param(CONSUMER, set(), id="Consumer"),
    ],
)
async def test_controls_match_the_role(
    clinic: Clinic, visiting: Visiting, role: ParticipantRole, offered: set[str]
) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, role)), guest.token))
    await expect(visit.page.locator("main")).to_contain_text(f"You join as {role.value}")
    await visit.join()
    await visit.offers(EVERYBODY | offered)
    await visit.button("Leave").click()
    ends = visit.page.get_by_role("menuitem", name="End for everyone…")
    await expect(ends).to_have_count(1 if role == PRESENTER else 0)


async def test_changed_role_changes_the_controls(appointment, clinic: Clinic) -> None:
    meeting = await appointment()
    clinic.give_role(meeting.room, meeting.patient_guest, PRESENTER)
    await meeting.patient.hears("Your role is now Presenter")
    await expect(meeting.patient.button("Share")).to_be_visible()
    await expect(meeting.doctor.page.get_by_role("article", name="Bob").get_by_label("Presenter")).to_be_visible()
    clinic.give_role(meeting.room, meeting.patient_guest, CONSUMER)
    await meeting.patient.hears("Your role is now Consumer")
    await meeting.patient.offers(EVERYBODY)
    await expect(meeting.doctor.page.get_by_role("article", name="Bob")).to_have_count(0)


async def test_shared_screen_takes_the_stage(appointment) -> None:
    meeting = await appointment()
    await meeting.doctor.button("Share").click()
    await expect(meeting.patient.page.get_by_role("article", name="Dr Ada’s screen")).to_be_visible()
    await meeting.patient.hears("Dr Ada shares their screen")
    await meeting.patient.sees_frames()


async def test_presenter_mutes_a_participant(appointment) -> None:
    meeting = await appointment()
    await meeting.doctor.button("People").click()
    await meeting.doctor.button("Mute Bob").click()
    await meeting.patient.hears("A presenter muted you")
    await meeting.patient.button("Unmute").click()
    await expect(meeting.doctor.button("Mute Bob")).to_be_enabled()


async def test_presenter_mutes_everyone_else(appointment, clinic: Clinic, visiting: Visiting) -> None:
    meeting = await appointment()
    eve = clinic.guest()
    clinic.give_role(meeting.room, eve, COLLABORATOR)
    third = await visiting(clinic.link(meeting.room, eve.token))
    await third.join("Eve")
    await meeting.doctor.button("People").click()
    await expect(meeting.doctor.button("Mute Eve")).to_be_enabled()
    await meeting.doctor.button("Mute everyone else").click()
    for person in (meeting.patient, third):
        await expect(person.button("Unmute")).to_be_visible()
    await expect(meeting.doctor.button("Mute")).to_be_visible()


async def test_camera_can_be_changed_in_the_call(appointment) -> None:
    meeting = await appointment()
    await meeting.patient.choose("More", "Settings")
    camera = meeting.patient.page.get_by_role("dialog").get_by_label("Camera")
    await camera.select_option("fake_device_2")
    await meeting.patient.page.wait_for_function("() => localStorage['openrooms.devices'].includes('cameraId')")
    await meeting.patient.button("Done").click()
    await meeting.doctor.sees_frames()
    device_id = await meeting.patient.page.evaluate("JSON.parse(localStorage['openrooms.devices']).cameraId")
    await meeting.patient.page.reload()
    await expect(meeting.patient.page.get_by_role("combobox", name="Camera")).to_have_value(device_id)


async def test_removed_participant_may_rejoin(appointment) -> None:
    meeting = await appointment()
    await meeting.doctor.button("People").click()
    await meeting.doctor.button("Remove Bob").click()
    await meeting.doctor.button("Remove").click()
    await meeting.patient.sees("You were removed from the call")
    await meeting.patient.button("Rejoin").click()
    await meeting.patient.is_in_call()
    await meeting.patient.sees_frames()


async def test_presenter_ends_the_call_for_all(appointment) -> None:
    meeting = await appointment()
    await meeting.doctor.choose("Leave", "End for everyone…")
    await meeting.doctor.button("End for everyone").click()
    await meeting.patient.sees("The call has ended")
    await meeting.doctor.sees("The call has ended")


async def test_list_of_people_shows_roles(appointment) -> None:
    meeting = await appointment()
    await meeting.patient.button("People").click()
    people = meeting.patient.page.get_by_role("complementary", name="People")
    await expect(people.locator(".person-text")).to_have_text(["Bob (you)Attendee", "Dr AdaPresenter"])
    await expect(meeting.patient.page.get_by_role("button", name="Remove")).to_have_count(0)


async def test_leaving_and_rejoining(appointment) -> None:
    meeting = await appointment()
    await meeting.patient.button("Leave").click()
    await meeting.patient.sees("You left the call")
    await meeting.doctor.hears("Bob left")
    await meeting.patient.button("Rejoin").click()
    await meeting.patient.is_in_call()
    await meeting.doctor.hears("Bob joined")


async def test_message_after_removal_from_the_roster(appointment, clinic: Clinic) -> None:
    meeting = await appointment()
    clinic.uninvite(meeting.room, meeting.patient_guest)
    await meeting.patient.sees("You are no longer on this room’s list")


async def test_message_after_deletion_or_revocation(appointment, clinic: Clinic) -> None:
    meeting = await appointment()
    clinic.identities.revoke_tokens(meeting.patient_guest.user)
    await meeting.patient.sees("Your link has ended")


async def test_message_after_the_room_was_deleted(appointment, clinic: Clinic) -> None:
    meeting = await appointment()
    clinic.rooms.delete_room(meeting.room)
    await meeting.patient.sees("The room was deleted")
    await meeting.doctor.sees("The room was deleted")


async def test_message_after_the_window_closed(appointment, clinic: Clinic) -> None:
    meeting = await appointment()
    clinic.close_in(meeting.room, 3)
    await meeting.patient.sees("Time is up: the room has closed")
    await meeting.patient.button("Try again").click()
    await meeting.patient.sees("This room has closed")


async def test_same_link_in_two_tabs(appointment) -> None:
    meeting = await appointment()
    second = await meeting.patient.page.context.new_page()
    await second.goto(meeting.patient.link)
    await second.get_by_role("button", name="Join now").click()
    await meeting.patient.sees("You joined somewhere else")
    await meeting.patient.button("Use it here instead").click()
    await meeting.patient.is_in_call()
    await expect(second.get_by_role("heading", level=1)).to_have_text("You joined somewhere else")


async def test_keyboard_toggles_microphone_and_camera(appointment) -> None:
    meeting = await appointment()
    for key, before, after in (("Control+d", "Mute", "Unmute"), ("Control+e", "Stop video", "Start video")):
        await expect(meeting.patient.button(before)).to_be_enabled()
        await meeting.patient.page.keyboard.press(key)
        await expect(meeting.patient.button(after)).to_be_visible()
    await expect(meeting.doctor.page.get_by_role("article", name="Bob").locator("video")).to_have_count(0)


async def test_stage_is_accessible_to_screen_readers(appointment) -> None:
    meeting = await appointment()
    assert await meeting.patient.faults() == []
    await meeting.doctor.button("People").click()
    assert await meeting.doctor.faults() == []
    await meeting.doctor.button("Remove Bob").click()
    assert await meeting.doctor.faults() == []
    await meeting.doctor.page.keyboard.press("Escape")
    await meeting.doctor.choose("More", "Settings")
    assert await meeting.doctor.faults() == []
