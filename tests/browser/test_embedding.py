"""The call page in a frame of another site's page: the snippet of the docs, its messages, its cookies."""

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Browser, Page, expect
from tests.browser.conftest import Visiting
from tests.browser.visits import AXE, AXE_RUN, Clinic
from tests.support.service import running

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCS = (Path(__file__).parents[2] / "docs" / "calls" / "embedding.md").read_text()
ATTENDEE, PRESENTER = ParticipantRole.ATTENDEE, ParticipantRole.PRESENTER
KEEP_MESSAGES = """window.messages = [];
addEventListener("message", ({ origin, data }) => {
  if (data?.source === "openrooms") messages.push({ origin, ...data });
});"""
KEEP_NO_COOKIES = 'Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {} });'


def snippet() -> str:
    found = re.search(r"```html\n(.*?)```", DOCS, re.DOTALL)
    assert found
    return found[1]


@contextmanager
def site(page: str) -> Iterator[str]:
    """Serve one page; yield its origin."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html><html lang=en><title>Clinic</title>{page}".encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Embedded(NamedTuple):
    """A service whose call page, at `address`, the page of the docs at `site` may frame, and `stranger` may not."""

    clinic: Clinic
    address: str
    site: str
    stranger: str

    def link(self, room: str, token: str) -> str:
        return f"{self.address}/call/{room}#{token}"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    folder = tmp_path_factory.mktemp("embedded")
    # The address of the call page is known only later, and its host is another site.
    page = snippet().replace('"https://rooms.example"', 'new URLSearchParams(location.search).get("calls")')
    with site(page) as listed, site(page) as stranger:
        ports = ("--https-port", 0, "--http-port", 0)
        with running("dev", *ports, "--embed-origin", listed, folder=folder) as service:
            clinic = Clinic(service)
            yield Embedded(clinic, service.http.replace("127.0.0.1", "localhost"), listed, stranger)
            clinic.close()


async def show(page: Page, embedded: Embedded, link: str, site: str = "") -> Any:
    """Open the site's page with the link in its frame; return the frame."""
    await page.add_init_script(KEEP_MESSAGES)
    await page.goto(f"{site or embedded.site}/?calls={embedded.address}")
    await page.evaluate("(link) => show(link)", link)
    return page.frame_locator("#visit")


async def told(page: Page) -> list[dict[str, object]]:
    messages: list[dict[str, object]] = await page.evaluate("messages")
    return messages


async def test_visit_in_a_frame(embedded: Embedded, browser: Browser, visiting: Visiting) -> None:
    """The person sees and is seen, and the page around learns of each step."""
    clinic, (doctor, patient) = embedded.clinic, (embedded.clinic.guest(), embedded.clinic.guest())
    room = clinic.room((doctor, PRESENTER), (patient, ATTENDEE))
    visit = await visiting(clinic.link(room, doctor.token))
    await visit.join("Dr Ada")
    page = await browser.new_page()
    frame = await show(page, embedded, embedded.link(room, patient.token))
    state = page.locator("#state")
    await expect(state).to_have_text("ready")
    await expect(frame.get_by_role("button", name="Join now")).to_be_visible()
    await expect(frame.get_by_text("openrooms")).to_be_hidden()
    await expect(frame.get_by_label("Language")).to_be_hidden()
    inner = page.frames[1]
    await inner.evaluate(AXE.read_text())
    assert await inner.evaluate(AXE_RUN) == []

    await frame.get_by_role("button", name="Join now").click()
    await expect(state).to_have_text("joined")
    await visit.sees_frames()
    await frame.get_by_role("button", name="More", exact=True).click()
    await expect(frame.get_by_role("menu")).to_contain_text("Full screen")
    await expect(frame.get_by_role("menu")).not_to_contain_text("Small window")
    await page.keyboard.press("Escape")
    await frame.get_by_role("button", name="Leave", exact=True).click()
    await expect(state).to_have_text("left: left")
    await frame.get_by_role("button", name="Rejoin").click()
    await expect(state).to_have_text("joined")
    clinic.ask("POST", f"/openrooms/rooms/{room}/call:end")
    await expect(state).to_have_text("left: ended")
    constant = {"origin": embedded.address, "source": "openrooms", "version": 1, "roomId": room}
    steps = [("ready",), ("joined",), ("left", "left"), ("joined",), ("left", "ended")]
    assert await told(page) == [constant | dict(zip(("event", "reason"), step, strict=False)) for step in steps]
    await page.close()


async def test_page_around_learns_why_a_link_is_refused(embedded: Embedded, browser: Browser) -> None:
    page = await browser.new_page()
    await show(page, embedded, f"{embedded.address}/j#nothing")
    await expect(page.locator("#state")).to_have_text("refused: link-unknown")
    guest = embedded.clinic.guest()
    await page.evaluate("(link) => show(link)", embedded.link(embedded.clinic.room(), guest.token))
    await expect(page.locator("#state")).to_have_text("refused: not-invited")
    await page.close()


async def test_frame_does_not_take_the_focus(embedded: Embedded, browser: Browser) -> None:
    """The person may be writing something in the page around it."""
    page = await browser.new_page()
    await page.goto(f"{embedded.site}/?calls={embedded.address}")
    await page.evaluate(
        "document.body.prepend(document.createElement('input')); document.querySelector('input').focus()"
    )
    await page.evaluate("(link) => show(link)", f"{embedded.address}/j#nothing")
    await expect(page.locator("#state")).to_have_text("refused: link-unknown")
    assert await page.evaluate("document.activeElement.tagName") == "INPUT"
    await page.close()


async def test_unlisted_page_cannot_frame_the_call_page(embedded: Embedded, browser: Browser) -> None:
    """Neither can a listed one frame the console."""
    page = await browser.new_page()
    async with page.expect_console_message(lambda message: "frame-ancestors" in message.text) as refusing:
        frame = await show(page, embedded, f"{embedded.address}/j#nothing", site=embedded.stranger)
    assert f'"frame-ancestors {embedded.site}"' in (await refusing.value).text
    await expect(frame.get_by_role("heading")).to_have_count(0)
    assert await told(page) == []
    async with page.expect_console_message(lambda message: "frame-ancestors 'none'" in message.text):
        await show(page, embedded, f"{embedded.address}/console")
    await expect(frame.get_by_role("heading")).to_have_count(0)
    await page.close()


async def bound_link(embedded: Embedded) -> str:
    guest = embedded.clinic.guest()
    room = embedded.clinic.room((guest, ATTENDEE))
    body = {"rawId": guest.raw_id, "bindToFirstBrowser": True}
    made = embedded.clinic.ask("POST", f"/openrooms/rooms/{room}/invitations", body)
    return f"{embedded.address}/j#{made['url'].partition('#')[2]}"


async def test_bound_invitation_is_bound_within_the_site(embedded: Embedded, browser: Browser) -> None:
    """A browser keeps its cookie for the frame in this site, and presents it nowhere else."""
    context = await browser.new_context()
    page = await context.new_page()
    link = await bound_link(embedded)
    frame = await show(page, embedded, link)
    await frame.get_by_role("button", name="Use this browser").click()
    await expect(page.locator("#state")).to_have_text("ready")
    frame = await show(page, embedded, link)
    await expect(page.locator("#state")).to_have_text("ready")
    tab = await context.new_page()
    await tab.goto(link)
    await expect(tab.get_by_role("heading", level=1)).to_have_text("This link belongs to another browser")
    await context.close()


async def test_bound_invitation_is_not_bound_where_no_cookie_is_kept(embedded: Embedded, browser: Browser) -> None:
    context = await browser.new_context()
    await context.add_init_script(KEEP_NO_COOKIES)
    page = await context.new_page()
    frame = await show(page, embedded, await bound_link(embedded))
    async with context.expect_page() as opening:
        await frame.get_by_role("link", name="Open in a new tab").click()
    tab = await opening.value
    await tab.get_by_role("button", name="Use this browser").click()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("Ready to join?")
    await context.close()
