"""The call page in other languages: texts, direction and times."""

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

ATTENDEE = ParticipantRole.ATTENDEE
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


async def heading(visit: Visit) -> str:
    return await visit.page.get_by_role("heading", level=1).inner_text()


async def fits(visit: Visit) -> bool:
    fits: bool = await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return fits


async def test_language_of_the_browser_and_of_the_link(clinic: Clinic, visiting: Visiting) -> None:
    """The browser's language is the default, `?lang=` wins, and another one can be chosen on the page."""
    guest = clinic.guest()
    link = clinic.link(clinic.room((guest, ATTENDEE)), guest.token)
    visit = await visiting(link, locale="de-AT", **PHONE)
    await visit.sees("Möchten Sie teilnehmen?")
    await expect(visit.page.locator("html")).to_have_attribute("lang", "de")
    assert await visit.page.title() == "Bereit zur Teilnahme"
    await visit.page.get_by_label("Sprache").select_option("العربية")
    await visit.sees("هل تود الانضمام؟")
    await expect(visit.page.locator("html")).to_have_attribute("dir", "rtl")
    assert await fits(visit)
    assert await visit.faults() == []
    await visit.page.goto(link.replace("#", "?lang=es#"))
    await visit.sees("¿Desea unirse?")
    await expect(visit.page.locator("html")).to_have_attribute("dir", "ltr")
