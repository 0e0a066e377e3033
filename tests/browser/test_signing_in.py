"""Signing in to the console: at an issuer, by a one-time link, with two tenants; and a session that ends."""

import contextlib
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect
from tests.browser.visits import Visit
from tests.support.patience import patient
from tests.support.provider import CLIENT, CLIENT_SECRET, Provider, provider
from tests.support.rest import Rest
from tests.support.service import Process, openrooms, running

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"viewport": {"width": 390, "height": 844}}


class Place(NamedTuple):
    """A production service, and the issuer at which its operators sign in."""

    service: Process
    provider: Provider

    @property
    def address(self) -> str:
        return self.service.http

    def command(self, *arguments: object) -> str:
        done: subprocess.CompletedProcess[str] = openrooms(*arguments, *self.service.database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def link(self, role: str = "contributor", *arguments: object) -> str:
        return self.command("operator-token", "--console", "--role", role, "--public-url", self.address, *arguments)


Opening = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("production")
    secret = folder / "client-secret"
    secret.write_text(CLIENT_SECRET)
    async with provider() as issuer:
        issuer.people["Rae"] = {"sub": "rae", "name": "Rae", "roles": ["rooms.read"]}
        issuer.people["Eve"] = {"sub": "eve", "name": "Eve"}
        oidc = (
            f"issuer={issuer.url},audience=api,client={CLIENT},client-secret-file={secret},title=Clinic account,"
            "reader=rooms.read,contributor=rooms.write"
        )
        assert openrooms("migrate", "--data", folder / "service" / "data").returncode == 0
        with running("serve", "--http-port", 0, "--oidc", oidc, folder=folder / "service") as service:
            issuer.redirect_uris.add(f"{service.http}/console/callback")
            yield Place(service, issuer)


@pytest_asyncio.fixture(loop_scope="session")
async def opening(browser: Browser) -> AsyncIterator[Opening]:
    """Open each address in its own browser, or in the one that is given."""
    contexts: list[BrowserContext] = []

    async def open_page(address: str, context: BrowserContext | None = None, **device: Any) -> Page:
        if context is None:
            context = await browser.new_context(**device)
            contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(patient(15) * 1000)
        await page.goto(address)
        return page

    yield open_page
    for context in contexts:
        await context.close()


async def sees(page: Page, title: str) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)


async def signed_in(place: Place, opening: Opening, path: str, **device: Any) -> Page:
    """Return the page at this address below `/console`, after signing in by a one-time link."""
    page = await opening(place.link(), **device)
    await expect(page.locator(".shell")).to_be_visible()
    await page.goto(f"{place.address}/console/{path}")
    return page


async def sign_in_as(page: Page, name: str) -> None:
    await page.get_by_role("button", name="Continue with Clinic account").click()
    await page.get_by_role("link", name=f"Continue as {name}").click()


async def faults(page: Page) -> list[str]:
    return await Visit(page, page.url).faults()


async def test_an_issuer_leads_back_to_the_page_before(place: Place, opening: Opening) -> None:
    page = await opening(f"{place.address}/console/audit?outcome=refused")
    await sees(page, "Sign in")
    assert await faults(page) == []
    # By keyboard alone.
    button = page.get_by_role("button", name="Continue with Clinic account")
    while not await button.evaluate("(element) => element === document.activeElement"):
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Continue as Ada").click()
    await sees(page, "Audit trail")
    assert page.url == f"{place.address}/console/audit?outcome=refused"
    await expect(page.get_by_text("Ada", exact=True)).to_be_visible()
    assert await page.evaluate("document.cookie") == ""
    await page.reload()
    await sees(page, "Audit trail")
    await page.get_by_role("button", name="Sign out").click()
    await sees(page, "Sign in")
    await expect(page.get_by_role("status")).to_have_text("You have signed out.")
    await page.reload()
    await sees(page, "Sign in")


async def test_without_a_role_nobody_comes_in(place: Place, opening: Opening) -> None:
    page = await opening(f"{place.address}/console", **PHONE)
    await sign_in_as(page, "Eve")
    await sees(page, "Sign in")
    await expect(page.get_by_role("alert")).to_contain_text("you have no role")
    assert "code=" not in page.url
    assert await faults(page) == []


async def test_a_reader_sees_no_button_that_would_be_refused(place: Place, opening: Opening) -> None:
    page = await opening(f"{place.address}/console/keys")
    await sign_in_as(page, "Rae")
    await sees(page, "Access keys")
    await expect(page.get_by_role("list", name="Access keys").get_by_role("listitem")).to_have_count(2)
    for name in ("Show the primary key", "Replace the primary key", "Begin a rotation"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await page.get_by_role("link", name="Operators").click()
    await sees(page, "Operators")
    await expect(page.get_by_text("Rae", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="New token")).to_have_count(0)
    await page.get_by_role("link", name="Rooms", exact=True).click()
    await sees(page, "Rooms")
    await expect(page.get_by_role("link", name="New visit")).to_have_count(0)


async def test_a_reader_is_refused_nothing_by_any_address(place: Place, opening: Opening) -> None:
    """Forms that would be refused are not there, even by their addresses; without calls nobody asks for one."""
    contributor = await signed_in(place, opening, "today")
    room = await contributor.evaluate(_PLAN)
    page = await opening(f"{place.address}/console/rooms/{room}", **PHONE)
    await sign_in_as(page, "Rae")
    await sees(page, "Follow-up")
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    await page.reload()
    main = page.get_by_role("main")
    await expect(main.get_by_role("region", name="What happened").get_by_role("listitem")).not_to_have_count(0)
    buttons = [
        await one.get_attribute("aria-label") or await one.inner_text()
        for one in await main.get_by_role("button").all()
    ]
    assert {name.partition(":")[0] for name in buttons} == {
        "May join? Pat",
        "Ask",
        "Details",
        "Copy the id of the room",
    }
    assert await faults(page) == []
    for path in ("rooms/new", f"rooms/new?from={room}", "rooms/import"):
        await page.goto(f"{place.address}/console/{path}")
        await sees(page, "You may only read")
        await expect(main.get_by_role("button")).to_have_count(0)
        await expect(main.get_by_role("textbox")).to_have_count(0)
    await page.goto(f"{place.address}/console/events/subscriptions")
    await expect(page.get_by_text("There is none.")).to_be_visible()
    await expect(page.get_by_role("button", name="New subscription")).to_have_count(0)
    assert await faults(page) == []
    assert refused == []


_PLAN = """fetch("/openrooms/visits", {
  method: "POST",
  headers: { "Content-Type": "application/json", "openrooms-console": "1" },
  body: JSON.stringify({ title: "Follow-up", participants: [{ displayName: "Pat" }] }),
}).then((answer) => answer.json()).then((visit) => visit.id)"""


async def test_a_one_time_link(place: Place, opening: Opening) -> None:
    link = place.link()
    page = await opening(link)
    await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert "#" not in page.url
    await page.go_back()
    assert "#" not in page.url
    second = await opening(link)
    await sees(second, "Sign in")
    await expect(second.get_by_role("alert")).to_contain_text("This link does not sign in any more")


async def test_a_link_replaces_a_session_only_if_wanted(place: Place, opening: Opening) -> None:
    """Otherwise, whoever sends a link could have an operator act in another session without knowing."""
    page = await opening(f"{place.address}/console/keys")
    await sign_in_as(page, "Rae")
    await sees(page, "Access keys")
    link = place.link()
    second = await opening(link, page.context)
    await sees(second, "Sign in with this link?")
    await expect(second.get_by_text("You are signed in as Rae.")).to_be_visible()
    assert "#" not in second.url
    assert await faults(second) == []
    await second.get_by_role("button", name="Stay signed in").click()
    await expect(second.get_by_role("link", name="Rooms", exact=True)).to_be_visible()
    await expect(second.get_by_role("link", name="New visit")).to_have_count(0)
    # The link was not used.
    await second.goto("about:blank")
    await second.goto(link)
    await second.get_by_role("button", name="Use the link").click()
    await expect(second.get_by_text("One-time link")).to_be_visible()


async def test_an_ended_session_keeps_what_was_typed(place: Place, opening: Opening) -> None:
    page = await signed_in(place, opening, "rooms/new")
    title = page.get_by_label("Title")
    await title.fill("Follow-up with Dr Okafor")
    for number, name in enumerate(("Dr Ada Okafor", "Bo Lindqvist"), start=1):
        await page.get_by_label(f"Name of person {number}").fill(name)
    ids = await page.evaluate("fetch('/openrooms/console/session').then((answer) => answer.json())")
    place.command("operator-token", "revoke", "--yes", ids["id"])
    dialog = page.get_by_role("dialog", name="Your session has ended")
    # Another process hears of a revocation within two seconds.
    async for _ in pauses(page):
        if await page.evaluate("fetch('/openrooms/console/session').then((answer) => answer.status)") == 401:
            break
    await page.get_by_role("button", name="Plan the visit").click()
    await expect(dialog).to_be_visible()
    assert await faults(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_visible()
    await opening(place.link(), page.context)
    await expect(dialog).to_have_count(0)
    await expect(title).to_have_value("Follow-up with Dr Okafor")


async def pauses(page: Page) -> AsyncIterator[None]:
    """Yield now and then, for at most ten seconds."""
    for _ in range(100):
        yield
        await page.wait_for_timeout(100)


async def test_one_console_for_two_tenants(place: Place, opening: Opening) -> None:
    place.command("resources", "add", "fabrikam.example")
    try:
        page = await signed_in(place, opening, "keys")
        await sees(page, "Access keys")
        choice = page.get_by_label("Resource")
        # The service reads its resources again within two seconds.
        async for _ in pauses(page):
            await page.reload()
            await expect(page.locator(".shell")).to_be_visible()
            if await choice.count():
                break
        await expect(choice.get_by_role("option")).to_have_count(2)
        keys = page.get_by_role("list", name="Access keys").locator("code")
        before = await keys.all_inner_texts()
        await choice.select_option(label="fabrikam.example")
        await expect(keys.first).not_to_have_text(before[0])
        await page.reload()
        await expect(keys.first).not_to_have_text(before[0])
        only = await opening(place.link("reader", "--resource", "fabrikam.example"))
        await expect(only.get_by_role("button", name="Sign out")).to_be_visible()
        await expect(only.get_by_label("Resource")).to_have_count(0)
    finally:
        place.command("resources", "remove", "--yes", "fabrikam.example")


async def test_pages_of_the_service(place: Place, opening: Opening) -> None:
    """Each page of administration, with a screen reader's rules, on a phone and by keyboard."""
    page = await signed_in(place, opening, "users", **PHONE)
    for path, title in (
        ("users", "Users"),
        ("keys", "Access keys"),
        ("operators", "Operators"),
        ("audit", "Audit trail"),
        ("settings", "Settings and status"),
    ):
        await page.goto(f"{place.address}/console/{path}")
        await sees(page, title)
        await page.wait_for_load_state("networkidle")
        assert await faults(page) == [], path
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


async def test_keys_are_rotated_step_by_step(place: Place, opening: Opening) -> None:
    page = await signed_in(place, opening, "keys")
    ids = page.get_by_role("list", name="Access keys").locator("code")
    await expect(ids).to_have_count(2)
    before = await ids.all_inner_texts()
    await page.get_by_role("button", name="Begin a rotation").click()
    rotation = page.get_by_role("region", name="Rotation")
    await expect(rotation.get_by_role("button", name="Replace the primary key")).to_be_disabled()
    await rotation.get_by_role("button", name="Replace the secondary key").click()
    await page.get_by_role("dialog").get_by_role("button", name="Replace it").click()
    await expect(ids.nth(1)).not_to_have_text(before[1])
    await rotation.get_by_role("button", name="Show the secondary key").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).not_to_contain_text("accesskey=")
    await dialog.get_by_role("button", name="Show it").click()
    await expect(dialog).to_contain_text("accesskey=")
    text = await dialog.locator("code").inner_text()
    await dialog.get_by_role("button", name="Close").click()
    with contextlib.closing(Rest(place.address, text)) as rest:
        assert rest.call("GET", "/rooms").status == 200
    await page.get_by_role("link", name="Audit trail", exact=True).click()
    await expect(page.get_by_role("cell", name="reveal_access_key").first).to_be_visible()
