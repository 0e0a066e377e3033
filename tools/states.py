"""Take a picture of the call page in each of its states, to look at them: `make states`.

The pictures are in build/states, named for language, window and state. Calls need LiveKit.
"""

import asyncio
import datetime as dt
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect
from tests.browser.visits import Clinic, Guest
from tests.support.patience import patient
from tests.support.service import running

from tools import cast

_FOLDER = Path(__file__).parents[1] / "build" / "states"
_WINDOWS = {
    "desktop": {"viewport": {"width": 1280, "height": 760}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
_LANGUAGES = ("en", "ar")
_TITLE = {"en": "Follow-up after surgery", "ar": "متابعة بعد العملية"}
_ADA, _BO, _CARLA, _DAN, _EVE = (person.name for person in cast.PEOPLE)
_ROLES = {person.name: person.role for person in cast.PEOPLE}
_LEAVE = ".bar .lucide-phone-off"


async def main(languages: Sequence[str]) -> None:
    """Start everything, take the pictures, stop everything."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=patient(20) * 1000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running("dev", "--https-port", 0, "--http-port", 0, folder=folder) as service:
            clinic = Clinic(service)
            async with async_playwright() as playwright, cast.browsers(playwright, folder, cast.PEOPLE) as browsers:
                people = dict(zip(_ROLES, browsers, strict=True))
                albums = [Album(clinic, people, language, window) for language in languages for window in _WINDOWS]
                for album in albums:
                    await album.fill()
                async with AsyncExitStack() as stack:
                    calls = [await stack.enter_async_context(await album.lonely_call()) for album in albums]
                    service.stop(signal.SIGKILL)
                    cuts = zip(albums, calls, strict=True)
                    await asyncio.gather(*(album.cut_off(call.pages[0]) for album, call in cuts))
            clinic.close()


class Album:
    """The pictures of one language and one size of window."""

    def __init__(self, clinic: Clinic, browsers: dict[str, Browser], language: str, window: str) -> None:
        self._clinic = clinic
        self._browsers = browsers
        self._language = language
        self._window = window
        self._contexts: list[BrowserContext] = []

    async def fill(self) -> None:
        """Take the pictures of all states but those of a service that is gone."""
        for scene in (self._before, self._links, self._waiting, self._call, self._ends):
            await scene()
            for context in self._contexts:
                await context.close()
            self._contexts.clear()

    async def lonely_call(self) -> BrowserContext:
        """Return the browser of a person who is alone in a call."""
        _, links = self._plan(_ADA)
        page = await self._enter(_ADA, links)
        await self._take(page, "alone")
        return page.context

    async def cut_off(self, page: Page) -> None:
        await expect(page.locator(".banner")).to_be_visible()
        await self._take(page, "reconnecting")
        await expect(page.locator(".spinner")).to_be_visible(timeout=patient(60) * 1000)
        await self._take(page, "cut off")

    async def _before(self) -> None:
        """From the day before to the open room."""
        tomorrow = dt.datetime.now(dt.UTC).replace(hour=14, minute=30, second=0) + dt.timedelta(days=1)
        until = tomorrow + dt.timedelta(minutes=30)
        room, links = self._plan(_BO, validFrom=tomorrow.isoformat(), validUntil=until.isoformat())
        page = await self._open(_BO, links)
        await self._sees(page, ".early-when", "early")
        self._clinic.move(room, 1200, 3000)
        await expect(page.locator(".preview video")).to_be_visible()
        await self._sees(page, ".lobby-side .waiting", "soon")
        self._clinic.move(room, -60, 1740)
        await self._sees(page, ".lobby-side [type=submit]", "lobby")
        await page.locator(".devices .button").last.click()
        await self._sees(page, ".test-verdict", "connection test", seconds=60)

    async def _links(self) -> None:
        """Links that do not work, or not yet."""
        ada, bo = self._clinic.guest(), self._clinic.guest()
        room = self._clinic.room((ada, _ROLES[_ADA]), (bo, _ROLES[_BO]))
        bound = self._invite(room, bo, bindToFirstBrowser=True)
        page = await self._open(_BO, {_BO: bound})
        await self._sees(page, ".notice .primary", "bind")
        await page.locator(".notice .primary").click()
        await expect(page.locator(".lobby")).to_be_visible()
        await self._notice(bound, "other browser")
        first = self._invite(room, ada)
        self._invite(room, ada)
        await self._notice(first, "withdrawn")
        await self._notice(first[:-3], "incomplete")
        await self._notice(f"{first[:-3]}abc", "unknown")
        closed = self._clinic.room((ada, _ROLES[_ADA]), closes_in=2)
        await self._notice(self._clinic.link(closed, ada.token), "late")
        await self._notice(self._clinic.link(closed, bo.token), "not invited")

    async def _waiting(self) -> None:
        """Five people; three of them wait to be admitted."""
        _, links = self._plan(*_ROLES, waitingRoom="attendees", startsWith="presenter", extendBy=15)
        bo = await self._open(_BO, links)
        await self._sees(bo, ".lobby-side [type=submit]", "asks to join")
        await bo.locator(".lobby-side [type=submit]").click()
        await self._sees(bo, ".lucide-hourglass", "waits for a presenter")
        carla = await self._enter(_CARLA, links, waits=True)
        ada = await self._enter(_ADA, links)
        await self._sees(ada, ".door-card", "somebody waits")
        await self._sees(bo, ".lucide-hourglass", "waits for admission")
        dan, eve = [await self._enter(name, links, waits=True) for name in (_DAN, _EVE)]
        await expect(ada.locator(".door-card .button")).to_have_count(1)
        await self._sees(ada, ".door-card", "several wait")
        await ada.locator(".door-card .button").first.click()
        await self._sees(ada, ".waiting-list", "list of those who wait")
        await ada.locator(".waiting-list .lucide-x").nth(1).click()
        await ada.locator("dialog[open] input").fill("Please come at 15:30.")
        await self._sees(ada, "dialog[open]", "declines")
        await ada.keyboard.press("Enter")
        await self._sees(dan, ".notice", "declined")
        await ada.locator(".waiting-head .button").click()
        for page in (bo, carla, eve):
            await expect(page.locator(".bar")).to_be_visible()
        await self._pictures(ada, 4)
        await self._take(ada, "list of people")
        await self._close_panel(ada)
        await self._pictures(bo, 4)
        await self._take(bo, "call of four")

    async def _call(self) -> None:
        """Two people, and everything that they open."""
        room, links = self._plan(_ADA, _BO, extendBy=15)
        ada, bo = await self._enter(_ADA, links), await self._enter(_BO, links)
        for page in (ada, bo):
            await self._pictures(page, 2)
        await self._take(bo, "call of two")
        await bo.locator(".bar .lucide-mic").click()
        await bo.locator(".bar .lucide-hand").click()
        await expect(ada.locator("article .lucide-hand, article .hand")).to_have_count(1)
        await self._take(bo, "muted, with a raised hand")
        for button, state in ((".bar .lucide-ellipsis", "more"), (_LEAVE, "leaves"), (".extend", "adds time")):
            await ada.locator(button).click()
            await self._sees(ada, ".menu", state)
            await ada.keyboard.press("Escape")
        await ada.locator(".bar .lucide-ellipsis").click()
        await ada.locator(".menu-item:has(.lucide-settings)").click()
        await self._sees(ada, "dialog[open]", "settings")
        await ada.keyboard.press("Escape")
        await self._chat(ada, bo)
        await self._presenting(ada, bo)
        self._clinic.close_in(room, 240)
        await self._sees(bo, ".toast.problem", "the end moved", keeps_toasts=True)
        self._clinic.close_in(room, 50)
        await expect(bo.locator(".clock.now")).to_be_visible()
        await self._sees(bo, ".toast.problem", "one minute", keeps_toasts=True)
        self._clinic.close_in(room, 3600)
        await ada.locator(".bar .lucide-users").click()
        await ada.locator(".people-list .lucide-user-x").click()
        await self._sees(ada, "dialog[open]", "removes")
        await ada.locator("dialog[open] .danger").last.click()
        await self._sees(bo, ".notice", "kept out")
        await expect(ada.locator(".waiting-list")).to_be_visible()
        await self._take(ada, "list of those who are kept out")
        await ada.locator(".waiting-list .button").click()
        await self._sees(bo, ".lobby", "let in again")

    async def _chat(self, ada: Page, bo: Page) -> None:
        for page in (ada, bo):
            await page.locator(".bar .lucide-message-square").click()
        await self._sees(bo, ".chat-form", "empty chat")
        for page, line in (
            (bo, "Good morning! My letter: https://records.example/4711"),
            (ada, "Thank you. I am reading it now."),
            (bo, "It hurts only when I climb stairs."),
        ):
            await page.locator(".chat-form textarea").fill(line)
            await page.locator(".chat-form [type=submit]").click()
            await expect(ada.get_by_text(line.split("https")[0].strip()).last).to_be_visible()
        await self._take(bo, "chat")
        for page in (ada, bo):
            await self._close_panel(page)

    async def _presenting(self, ada: Page, bo: Page) -> None:
        if self._window == "phone":
            return
        await ada.locator(".bar .lucide-monitor-up").click()
        await self._sees(ada, ".presenting", "presents")
        await self._sees(bo, ".tile.screen video", "sees a screen")
        await ada.locator(".presenting .button").click()

    async def _ends(self) -> None:
        """All ways out of a call, and back."""
        room, links = self._plan(_ADA, _BO)
        ada, bo = await self._enter(_ADA, links), await self._enter(_BO, links)
        await self._pictures(ada, 2)
        await bo.locator(_LEAVE).click()
        await self._sees(bo, ".notice", "left")
        await bo.locator(".notice .primary").click()
        await self._pictures(ada, 2)
        await ada.locator(".bar .lucide-users").click()
        await ada.locator(".people-list .lucide-user-x").click()
        await ada.locator("dialog[open] .danger").first.click()
        await self._sees(bo, ".notice", "removed")
        await bo.locator(".notice .primary").click()
        await self._close_panel(ada)
        await self._pictures(ada, 2)
        await ada.locator(_LEAVE).click()
        await ada.locator(".menu .danger").click()
        await self._sees(ada, "dialog[open]", "ends the call")
        await ada.locator("dialog[open] .danger").click()
        await self._sees(bo, ".notice", "ended")
        await bo.locator(".notice .primary").click()
        await expect(bo.locator(".bar")).to_be_visible()
        self._clinic.close_in(room, 1)
        await self._sees(bo, ".notice", "time is up")
        self._clinic.close_in(room, 1800)
        await self._sees(bo, ".lobby", "reopened")
        await bo.locator(".lobby-side [type=submit]").click()
        await expect(bo.locator(".bar")).to_be_visible()
        self._clinic.rooms.delete_room(room)
        await self._sees(bo, ".notice", "deleted")
        await self._notice(links[_BO], "cancelled")

    def _plan(self, *names: str, **options: object) -> tuple[str, dict[str, str]]:
        title = _TITLE.get(self._language, _TITLE["en"])
        return self._clinic.visit({name: _ROLES[name] for name in names}, title=title, **options)

    def _invite(self, room: str, guest: Guest, **options: object) -> str:
        body = {"rawId": guest.raw_id, **options}
        url: str = self._clinic.ask("POST", f"/openrooms/rooms/{room}/invitations", body)["url"]
        return url

    async def _open(self, name: str, links: dict[str, str]) -> Page:
        """Open the person's link in a browser of theirs."""
        context = await self._browsers[name].new_context(
            **_WINDOWS[self._window], locale=self._language, timezone_id="Europe/Berlin", reduced_motion="reduce"
        )
        self._contexts.append(context)
        page = await context.new_page()
        await page.goto(links[name])
        return page

    async def _enter(self, name: str, links: dict[str, str], *, waits: bool = False) -> Page:
        """Open the person's link, and join or ask to."""
        page = await self._open(name, links)
        await page.locator(".lobby-side [type=submit]").click()
        await expect(page.locator(".lucide-hourglass" if waits else ".bar")).to_be_visible()
        return page

    async def _notice(self, link: str, state: str) -> None:
        page = await self._open(_BO, {_BO: link})
        await self._sees(page, ".notice:not([aria-busy])", state)

    async def _close_panel(self, page: Page) -> None:
        await page.locator(".panel-head .lucide-x").click()

    async def _pictures(self, page: Page, count: int) -> None:
        """Wait until so many people are seen."""
        await expect(page.locator(".tile video")).to_have_count(count)
        await page.wait_for_function("() => [...document.querySelectorAll('.tile video')].every((v) => v.videoWidth)")

    async def _sees(
        self, page: Page, selector: str, state: str, *, seconds: float = 20, keeps_toasts: bool = False
    ) -> None:
        """Wait for something on the page, and take its picture."""
        await expect(page.locator(selector).first).to_be_visible(timeout=patient(seconds) * 1000)
        await self._take(page, state, keeps_toasts=keeps_toasts)

    async def _take(self, page: Page, state: str, *, keeps_toasts: bool = False) -> None:
        # Pictures and fonts are drawn after the elements that show them.
        await page.wait_for_timeout(400)
        name = f"{state.replace(' ', '-').replace(',', '')}-{self._language}-{self._window}.png"
        style = "" if keeps_toasts else ".toasts { visibility: hidden }"
        await page.screenshot(path=_FOLDER / name, style=style)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:] or _LANGUAGES))
