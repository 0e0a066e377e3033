"""How well people are connected: on their tiles, in the list, and in figures on demand."""

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic
from tests.support.patience import patient

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


# The media engine expects what nobody has muted.
_FALL_SILENT = """async () => {
  for (const connection of window.connections)
    for (const sender of connection.getSenders()) if (sender.track) await sender.replaceTrack(null);
}"""


async def test_weak_connection_is_shown_to_everyone(clinic: Clinic, visiting: Visiting) -> None:
    doctor, guest = clinic.guest(), clinic.guest()
    room = clinic.room((doctor, PRESENTER), (guest, ATTENDEE))
    visit = await visiting(clinic.link(room, doctor.token))
    await visit.join("Dr Ada")
    weak = await visiting(clinic.link(room, guest.token))
    await weak.join("Bo")
    await visit.sees_frames()
    await expect(visit.page.get_by_role("img", name="Weak connection")).to_have_count(0)
    await weak.page.evaluate(_FALL_SILENT)
    # A message goes away by itself, the signs stay.
    await weak.hears("Your connection is weak.", 40)
    tile = visit.page.get_by_role("article", name="Bo")
    await expect(tile.get_by_role("img", name="Weak connection")).to_be_visible()
    await expect(weak.page.get_by_role("article", name="Bo (you)").get_by_role("img", name="Weak")).to_be_visible()
    await visit.button("People").click()
    await expect(visit.page.locator(".person").filter(has_text="Bo")).to_contain_text("Weak connection")
    assert await visit.faults() == []


async def test_figures_on_demand(clinic: Clinic, visiting: Visiting) -> None:
    """They say how media goes and what flows, and are copied without the names of people."""
    doctor, guest = clinic.guest(), clinic.guest()
    room = clinic.room((doctor, PRESENTER), (guest, ATTENDEE))
    await (await visiting(clinic.link(room, doctor.token))).join("Dr Ada")
    visit = await visiting(clinic.link(room, guest.token), permissions=["clipboard-read", "clipboard-write"])
    await visit.join("Bo")
    await visit.sees_frames()
    await visit.choose("More", "Connection details")
    details = visit.page.get_by_role("dialog", name="Connection details")
    await expect(details).to_contain_text("UDP, directly to")
    await expect(details).to_contain_text("Round trip")
    camera = details.get_by_role("listitem").filter(has_text="Camera")
    for flow in (camera.first, camera.filter(has_text="Dr Ada")):
        await expect(flow).to_contain_text("fps", timeout=patient(20) * 1000)
        await expect(flow).to_contain_text("b/s")
        await expect(flow).to_contain_text("loss 0%")
    assert await visit.faults() == []
    await visit.button("Copy").click()
    await expect(visit.button("Copied")).to_be_visible()
    copied = await visit.page.evaluate("navigator.clipboard.readText()")
    assert f"Room {room}" in copied
    assert guest.raw_id in copied
    assert "Microphone: opus" in copied
    assert f"Presenter {doctor.raw_id[-4:]}, Camera: " in copied
    assert "Dr Ada" not in copied
    await visit.page.keyboard.press("Escape")
    await expect(details).to_have_count(0)
    await expect(visit.button("More")).to_be_focused()


async def test_figures_on_a_phone_in_arabic(clinic: Clinic, visiting: Visiting) -> None:
    guest = clinic.guest()
    link = clinic.link(clinic.room((guest, ATTENDEE)), guest.token).replace("#", "?lang=ar#")
    visit = await visiting(link, **PHONE)
    await visit.button("الانضمام الآن").click()
    await visit.choose("المزيد", "تفاصيل الاتصال")
    details = visit.page.get_by_role("dialog")
    await expect(details).to_contain_text("UDP")
    assert await details.evaluate("(dialog) => dialog.scrollWidth <= dialog.clientWidth")
    assert await visit.faults() == []
