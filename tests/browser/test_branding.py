"""The call page with the name, logo, colours and help line of a clinic."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Browser, expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic, Visit
from tests.support.service import dev, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXAMPLE = Path(__file__).parents[2] / "examples" / "branding"
PRESENTER = ParticipantRole.PRESENTER
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LIGHT, DARK = "rgb(29, 79, 158)", "rgb(143, 184, 255)"
SCRIPTED = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10">
  <script>document.documentElement.setAttribute("data-ran", "1")</script>
</svg>"""


@pytest.fixture(scope="module")
def branded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("branded")
    with running("dev", "--https-port", 0, "--http-port", 0, "--branding", EXAMPLE, folder=folder) as service:
        clinic = Clinic(service)
        yield clinic
        clinic.close()


async def logo(visit: Visit) -> str:
    """Return the address of the logo, once it is drawn."""
    image = visit.page.get_by_role("img", name="Riverside Clinic")
    await expect(image).to_be_visible()
    await visit.page.wait_for_function("(image) => image.naturalWidth > 0", arg=await image.element_handle())
    address: str = await image.evaluate("(image) => new URL(image.currentSrc).pathname")
    return address


async def test_lobby_and_call_are_branded(branded: Clinic, visiting: Visiting) -> None:
    """Dark pages and the call have the logo for the dark; the person's scheme decides about colours."""
    guest = branded.guest()
    link = branded.link(branded.room((guest, PRESENTER)), guest.token)
    dark = await visiting(link, color_scheme="dark")
    await dark.sees("Ready to join?")
    on_dark = await logo(dark)
    await expect(dark.button("Join now")).to_have_css("background-color", DARK)
    assert await dark.faults() == []

    visit = await visiting(link, color_scheme="light")
    await visit.sees("Ready to join?")
    assert await logo(visit) != on_dark
    await expect(visit.button("Join now")).to_have_css("background-color", LIGHT)
    await expect(visit.page.get_by_role("link", name="Help with your visit")).to_have_attribute("href", "tel:+15550100")
    privacy = visit.page.get_by_role("link", name="Privacy")
    await expect(privacy).to_have_attribute("href", "https://clinic.example/privacy")
    await expect(privacy).to_have_attribute("rel", "noopener noreferrer")
    await expect(visit.page.get_by_text("openrooms")).to_have_count(0)
    assert await visit.faults() == []

    await visit.join()
    assert await logo(visit) == on_dark
    await visit.choose("More", "Settings")
    await expect(visit.page.get_by_role("link", name="Help with your visit")).to_be_visible()
    assert await visit.faults() == []


async def test_refused_person_reads_where_to_get_help(branded: Clinic, visiting: Visiting) -> None:
    """In their language if the branding has it."""
    link = f"{branded.address}/j?lang=ar#nothing"
    visit = await visiting(link, **PHONE)
    card = visit.page.get_by_role("main")
    await expect(card.get_by_role("link", name="المساعدة في موعدكم")).to_be_visible()
    await expect(visit.page.get_by_role("link", name="الخصوصية")).to_have_attribute(
        "href", "https://clinic.example/privacy"
    )
    await expect(visit.page.get_by_role("link")).to_have_count(2)
    assert await visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await visit.faults() == []


async def test_page_without_a_branding_has_none(clinic: Clinic, visiting: Visiting) -> None:
    visit = await visiting(f"{clinic.address}/j#nothing")
    await expect(visit.page.get_by_text("openrooms")).to_be_visible()
    await expect(visit.page.get_by_role("contentinfo")).to_have_count(0)
    await expect(visit.page.get_by_role("link")).to_have_count(0)


async def test_logo_that_is_opened_runs_nothing(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "branding"
    folder.mkdir()
    (folder / "branding.json").write_text('{"name": "Clinic", "logo": "logo.svg"}')
    (folder / "logo.svg").write_text(SCRIPTED)
    with dev(tmp_path / "service", "--branding", folder) as service:
        page = await browser.new_page()
        await page.goto(f"{service.http}/j")
        address = await page.get_by_role("img", name="Clinic").get_attribute("src")
        await page.goto(f"{service.http}{address}")
        root = page.locator("svg")
        await expect(root).to_have_attribute("viewBox", "0 0 40 10")
        await expect(root).not_to_have_attribute("data-ran", "1")
        await page.close()
