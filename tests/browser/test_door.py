"""The call page before the call: the lobby, waiting for the room to open, and every refusal."""

import asyncio

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic, answer_joins_with
from tests.support.service import Process

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE, CONSUMER = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE, ParticipantRole.CONSUMER
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def test_lobby_previews_the_devices(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.sees("Ready to join?")
    preview = visit.page.get_by_label("Preview of your camera")
    await expect(preview).to_be_visible()
    await visit.page.wait_for_function("() => document.querySelector('video').videoWidth > 0")
    await visit.page.wait_for_function("() => document.querySelector('meter').value > 0")
    await expect(visit.page.get_by_label("Camera", exact=True).locator("option").first).not_to_be_empty()
    await visit.button("Camera").click()
    await expect(preview).to_have_count(0)
    await expect(visit.page.get_by_text("Nobody else is in the call yet.")).to_be_visible()
    assert await visit.faults() == []


async def test_devices_off_in_the_lobby_are_off_in_the_call(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.button("Microphone").click()
    await visit.join()
    await visit.offers({"Unmute", "Stop video", "People", "Chat", "Hand", "More", "Leave"})


async def test_lobby_lists_who_is_in_the_call(clinic: Clinic, visiting: Visiting) -> None:
    doctor, patient = clinic.guest(), clinic.guest()
    room = clinic.room((doctor, PRESENTER), (patient, ATTENDEE))
    await (await visiting(clinic.link(room, doctor.token))).join("Dr Ada")
    visit = await visiting(clinic.link(room, patient.token))
    await expect(visit.page.get_by_text("Dr Ada is in the call.")).to_be_visible()


async def test_consumer_is_not_asked_for_devices(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, CONSUMER)), guest.token))
    await visit.sees("Ready to join?")
    await expect(visit.page.get_by_label("Preview of your camera")).to_have_count(0)
    await expect(visit.page.get_by_label("Microphone")).to_have_count(0)


async def test_browser_without_camera_can_join(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (want) => want.video
          ? Promise.reject(new DOMException("none", "NotFoundError")) : ask(want);"""
    )
    await visit.page.reload()
    await expect(visit.page.get_by_role("alert")).to_contain_text("No camera was found.")
    await visit.join()
    await visit.offers({"Mute", "Start video", "People", "Chat", "Hand", "More", "Leave"})


async def test_watching_and_listening_without_https(clinic: Clinic, visiting: Visiting) -> None:
    doctor, guest = clinic.guest(), clinic.guest()
    room = clinic.room((doctor, PRESENTER), (guest, ATTENDEE))
    await (await visiting(clinic.link(room, doctor.token))).join("Dr Ada")
    visit = await visiting(clinic.link(room, guest.token).replace("127.0.0.1", "clinic.test"))
    await expect(visit.page.get_by_role("alert")).to_contain_text("open the link over https")
    assert await visit.faults() == []
    await visit.join()
    await visit.offers({"People", "Chat", "Hand", "More", "Leave"})
    await visit.sees_frames()


REFUSALS = {
    "nobody invited": "You are not on this room’s list",
    "garbled token": "This link no longer works",
    "revoked token": "This link no longer works",
    "no such room": "This room does not exist",
    "token for chat": "This link may not join calls",
    "no token": "This link is incomplete",
}


@pytest.mark.parametrize(("reason", "title"), REFUSALS.items())
async def test_refusals_are_explained(clinic: Clinic, visiting: Visiting, reason: str, title: str) -> None:
    guest, other, chatter = clinic.guest(), clinic.guest(), clinic.guest("chat")
    room = clinic.room((guest, ATTENDEE), (chatter, ATTENDEE))
    links = {
        "nobody invited": (room, other.token),
        "garbled token": (room, guest.token[:-5]),
        "revoked token": (room, guest.token),
        "no such room": ("99400000000000000", guest.token),
        "token for chat": (room, chatter.token),
        "no token": (room, ""),
    }
    if reason == "revoked token":
        clinic.identities.revoke_tokens(guest.user)
    visit = await visiting(clinic.link(*links[reason]))
    await visit.sees(title)
    assert await visit.faults() == []


async def test_newly_invited_visitor_is_admitted(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    room = clinic.room()
    visit = await visiting(clinic.link(room, guest.token))
    await visit.sees("You are not on this room’s list")
    clinic.give_role(room, guest, ATTENDEE)
    await visit.button("Try again").click()
    await visit.sees("Ready to join?")


@pytest.mark.parametrize(
    ("status", "code", "title"),
    [
        pytest.param(403, "CallFull", "The call is full", id="full"),
        pytest.param(503, "CallsOff", "Calls are not available now", id="no media engine"),
        pytest.param(503, "ServiceUnavailable", "The service is busy", id="no database"),
        pytest.param(429, "TooManyRequests", "The service is busy", id="too many requests"),
    ],
)
async def test_temporary_refusals_are_retried(
    clinic: Clinic, visiting: Visiting, status: int, code: str, title: str
) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.sees("Ready to join?")
    await answer_joins_with(visit, status, {"code": code, "message": "Later."}, **{"Retry-After": "1"})
    await visit.button("Join now").click()
    await visit.sees(title)
    await expect(visit.page.get_by_text("Trying again")).to_be_visible()
    assert await visit.faults() == []
    await visit.page.unroute_all()
    await visit.is_in_call()


async def test_unreachable_service_is_retried(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.sees("Ready to join?")
    await visit.page.context.set_offline(True)
    await visit.button("Join now").click()
    await visit.sees("No connection")
    await visit.page.context.set_offline(False)
    await visit.is_in_call()


async def test_link_survives_a_reload_and_stays_private(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.join("Bob")
    await visit.page.reload()
    await expect(visit.page.get_by_label("Your name")).to_have_value("Bob")
    assert visit.page.url == visit.link.partition("#")[0]
    assert not [request.url for request in visit.requests if guest.token in request.url.partition("#")[0]]
    stored = await visit.page.evaluate("JSON.stringify([localStorage, document.cookie])")
    assert guest.token not in stored
    headers = await asyncio.gather(*(request.all_headers() for request in visit.requests))
    assert not [one for one in headers if guest.token in one.get("referer", "")]


async def test_token_is_removed_from_address_and_history(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.sees("Ready to join?")
    session = await visit.page.context.new_cdp_session(visit.page)
    history = await session.send("Page.getNavigationHistory")
    addresses = [entry["url"] for entry in history["entries"]]
    assert addresses[-1] == visit.page.url
    assert not [address for address in addresses if guest.token in address]
    await visit.page.goto(f"{clinic.address}/console")
    await visit.page.go_back()
    await visit.sees("Ready to join?")


async def test_other_tabs_need_the_link(clinic: Clinic, visiting: Visiting) -> None:
    """A person who copies the address from the address bar does not share their identity."""
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.sees("Ready to join?")
    other = await visiting(visit.page.url)
    await other.sees("This link is incomplete")


async def test_link_pasted_again_into_the_tab(clinic: Clinic, visiting: Visiting) -> None:
    """The same link does not change the call; another person's link replaces it, even after a reload."""
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, ATTENDEE), (bob, ATTENDEE))
    visit = await visiting(clinic.link(room, ada.token))
    await visit.join("Ada")
    await visit.page.evaluate("link => { location.href = link }", visit.link)
    await visit.page.wait_for_function("location.hash === ''")
    await visit.is_in_call()
    await visit.page.evaluate("link => { location.href = link }", clinic.link(room, bob.token))
    await visit.sees("Ready to join?")
    await visit.page.reload()
    await visit.sees("Ready to join?")
    kept = await visit.page.evaluate("Object.values(sessionStorage)")
    assert bob.token in kept
    assert ada.token not in kept


async def test_page_works_over_https(clinic: Clinic, service: Process, visiting: Visiting) -> None:
    guest = clinic.guest()
    link = clinic.link(clinic.room((guest, ATTENDEE)), guest.token)
    visit = await visiting(link.replace(clinic.address, service.endpoint), ignore_https_errors=True)
    await visit.join()
    await expect(visit.button("Stop video")).to_be_visible()


async def test_another_link_in_the_tab_starts_a_new_visit(clinic: Clinic, visiting: Visiting) -> None:
    guest, stranger = clinic.guest(), clinic.guest()
    room = clinic.room((guest, ATTENDEE))
    visit = await visiting(clinic.link(room, stranger.token))
    await visit.sees("You are not on this room’s list")
    await visit.page.evaluate("(link) => location.assign(link)", clinic.link(room, guest.token))
    await visit.sees("Ready to join?")


async def test_joining_with_the_keyboard_only(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    visit = await visiting(clinic.link(clinic.room((guest, ATTENDEE)), guest.token))
    await visit.sees("Ready to join?")
    await expect(visit.page.get_by_role("heading", level=1)).to_be_focused()
    await visit.page.get_by_label("Your name").focus()
    await visit.page.keyboard.type("Bob")
    await visit.page.keyboard.press("Tab")
    await expect(visit.button("Join now")).to_be_focused()
    await visit.page.keyboard.press("Enter")
    await visit.is_in_call()


async def test_page_fits_on_a_phone(clinic: Clinic, visiting: Visiting) -> None:
    doctor, patient = clinic.guest(), clinic.guest()
    room = clinic.room((doctor, PRESENTER), (patient, ATTENDEE))
    visit = await visiting(clinic.link(room, doctor.token), **PHONE)
    await (await visiting(clinic.link(room, patient.token))).join("Bob")
    await expect(visit.button("Join now")).to_be_in_viewport(ratio=1)
    await visit.join("Dr Ada")
    for name in ("Mute", "Stop video", "Share", "People", "More", "Leave"):
        await expect(visit.button(name)).to_be_in_viewport(ratio=1)
    assert await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await visit.button("People").click()
    await expect(visit.button("Remove Bob")).to_be_in_viewport(ratio=1)
    assert await visit.faults() == []


# Media does not pass: the browser uses nothing but TURN servers, and there are none.
_NO_MEDIA = """
const blocked = (settings) => ({ ...settings, iceTransportPolicy: "relay" });
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(settings, ...rest) { super(blocked(settings), ...rest); }
  setConfiguration(settings) { super.setConfiguration(blocked(settings)); }
};
undefined;
"""


async def test_early_comers_test_a_connection_that_is_blocked(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    room = clinic.room((guest, ATTENDEE), opens_in=600)
    visit = await visiting(clinic.link(room, guest.token))
    await visit.sees("The room is not open yet")
    await visit.page.evaluate(_NO_MEDIA)
    await visit.button("Test the connection").click()
    test = visit.page.get_by_role("region", name="Connection")
    await expect(test).to_contain_text("your network lets no sound and picture through", timeout=60_000)
    await expect(test).to_contain_text("Service: works")
    await expect(test).to_contain_text("Sound and picture by TCP: does not work")
    port = visit.link.split("/")[2].split(":")[1]
    await expect(test.get_by_text(f"TCP 127.0.0.1 port {port}")).to_be_visible()
    assert await visit.faults() == []
