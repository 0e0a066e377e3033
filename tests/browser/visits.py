"""People with links, and their pages: users made with Azure's SDKs, and the call page in Chromium."""

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from azure.communication.identity import CommunicationIdentityClient, CommunicationUserIdentifier
from azure.communication.rooms import ParticipantRole, RoomParticipant, RoomsClient
from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Route, expect
from tests.support.patience import patient
from tests.support.rest import Rest
from tests.support.service import Process

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

# The processor draws and encodes all pictures, so where many are sent, small ones have to do.
SMALL_CAMERA = """
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (want) =>
    ask(want.video ? { ...want, video: { ...want.video, width: 320, height: 180 } } : want);
"""

# All pages of a browser share a camera, and Chromium's fake one stops for all of them while they hold four of its
# pictures. Each page holds the one that it shows, so on a busy machine, a few pages would wait for each other forever.
_OWN_CAMERA = """
  const askForAny = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (want) => {
    if (!want.video || want.video.deviceId) return askForAny(want);
    const devices = await navigator.mediaDevices.enumerateDevices();
    const own = devices.filter((device) => device.kind === "videoinput")[NUMBER];
    return askForAny({ ...want, video: { ...want.video, deviceId: { exact: own.deviceId } } });
  };
"""

# The page counts by the service's time, so a device whose clock is wrong shows the same times.
_WRONG_CLOCK = """
const Right = Date;
const now = () => Right.now() + HOURS * 3_600_000;
window.Date = class extends Right {
  constructor(...given) { given.length ? super(...given) : super(now()); }
  static now() { return now(); }
};"""

# Media engines count what they decode; the page itself keeps no such number.
_KEEP_CONNECTIONS = """
window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...args) { super(...args); window.connections.push(this); }
};
"""
_FRAMES = """async () => {
  let frames = 0;
  for (const connection of window.connections)
    for (const report of (await connection.getStats()).values())
      if (report.type === "inbound-rtp" && report.kind === "video") frames += report.framesDecoded ?? 0;
  return frames;
}"""
AXE_RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
  (rule) => `${rule.id}: ${rule.help} at ${rule.nodes.map((node) => node.target).join(" and ")}`)"""


def wrong_clock(hours: int) -> str:
    """Return a script that makes the device's clock so many hours fast, or slow if negative."""
    return _WRONG_CLOCK.replace("HOURS", str(hours))


async def film_with_camera(context: BrowserContext, number: int) -> None:
    """Have pages that ask for any camera film with this one of the browser."""
    await context.grant_permissions(["camera", "microphone"])
    await context.add_init_script(_OWN_CAMERA.replace("NUMBER", str(number)))


class Guest(NamedTuple):
    """A person with an identity and a token."""

    user: CommunicationUserIdentifier
    token: str

    @property
    def raw_id(self) -> str:
        return str(self.user.raw_id)


class Clinic:
    """The organiser: creates rooms and invites people, with Azure's SDKs."""

    def __init__(self, service: Process) -> None:
        self.address = service.http
        self._rest = Rest(service.http, service.connectionString)
        self.rooms = RoomsClient.from_connection_string(service.connectionString, connection_verify=service.ca)
        self.identities = CommunicationIdentityClient.from_connection_string(
            service.connectionString, connection_verify=service.ca
        )

    def close(self) -> None:
        self.rooms.close()
        self._rest.close()

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """Return the JSON of an operator's request; `None` if there is none."""
        answer = self._rest.call(method, path, body, version="", **headers)
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None

    def plan(self, room: str, **options: object) -> None:
        """Set the room's title, options and names."""
        self.ask("PATCH", f"/openrooms/rooms/{room}", options, **{"Content-Type": "application/merge-patch+json"})

    def visit(self, people: dict[str, ParticipantRole], **options: object) -> tuple[str, dict[str, str]]:
        """Plan a visit of the next hour in one request; return its room, and the link of each person by their name."""
        now = dt.datetime.now(dt.UTC)
        window = {"validFrom": now.isoformat(), "validUntil": (now + dt.timedelta(hours=1)).isoformat()}
        participants = [{"displayName": name, "role": role.value} for name, role in people.items()]
        planned = self.ask("POST", "/openrooms/visits", {**window, **options, "participants": participants})
        return planned["id"], {one["displayName"]: one["invitation"]["url"] for one in planned["participants"]}

    def guest(self, *scopes: str) -> Guest:
        user, token = self.identities.create_user_and_token(list(scopes) or ["voip"])
        return Guest(user, token.token)

    def room(
        self,
        *invited: tuple[Guest, ParticipantRole],
        opens_in: float = -60,
        closes_in: float = 3600,
        telephones: bool = False,
    ) -> str:
        """Return the id of a room whose window is given in seconds from now."""
        now = dt.datetime.now(dt.UTC)
        room = self.rooms.create_room(
            valid_from=now + dt.timedelta(seconds=opens_in),
            valid_until=now + dt.timedelta(seconds=closes_in),
            participants=[_participant(guest, role) for guest, role in invited],
            pstn_dial_out_enabled=telephones,
        )
        return str(room.id)

    def give_role(self, room: str, guest: Guest, role: ParticipantRole) -> None:
        self.rooms.add_or_update_participants(room_id=room, participants=[_participant(guest, role)])

    def uninvite(self, room: str, guest: Guest) -> None:
        self.rooms.remove_participants(room_id=room, participants=[guest.user])

    def close_in(self, room: str, seconds: float) -> None:
        self.move(room, -60, seconds)

    def move(self, room: str, opens_in: float, closes_in: float) -> None:
        """Move the room's window, given in seconds from now."""
        now = dt.datetime.now(dt.UTC)
        self.rooms.update_room(
            room_id=room,
            valid_from=now + dt.timedelta(seconds=opens_in),
            valid_until=now + dt.timedelta(seconds=closes_in),
        )

    def link(self, room: str, token: str) -> str:
        return f"{self.address}/call/{room}#{token}"


def _participant(guest: Guest, role: ParticipantRole) -> RoomParticipant:
    return RoomParticipant(communication_identifier=guest.user, role=role)


class Visit:
    """A person's browser with the call page open."""

    def __init__(self, page: Page, link: str) -> None:
        self.page = page
        self.link = link
        self.complaints: list[str] = []
        self.requests: list[Request] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request))

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.complaints.append(message.text)

    async def open(self) -> None:
        await self.page.goto(self.link)

    def button(self, name: str) -> Any:
        return self.page.get_by_role("button", name=name, exact=True)

    async def sees(self, title: str, seconds: float = 30) -> None:
        """Wait until the page has this heading."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(title, timeout=patient(seconds) * 1000)

    async def hears(self, news: str, seconds: float = 30) -> None:
        await expect(self.page.locator(".toasts")).to_contain_text(news, timeout=patient(seconds) * 1000)

    async def join(self, name: str = "") -> None:
        await self.page.get_by_label("Your name").fill(name)
        await self.button("Join now").click()
        await self.is_in_call()

    async def is_in_call(self, seconds: float = 30) -> None:
        await expect(self.button("Leave")).to_be_visible(timeout=patient(seconds) * 1000)

    async def sees_frames(self, seconds: float = 30) -> None:
        """Wait until frames of other people are being decoded."""
        await frames_arrive(self.page, seconds)

    async def offers(self, names: set[str]) -> None:
        """Wait until the bar under the stage has exactly these buttons."""
        bar = self.page.get_by_role("region", name="Call controls")
        for name in names:
            await expect(bar.get_by_role("button", name=name, exact=True)).to_be_visible()
        await expect(bar.get_by_role("button")).to_have_count(len(names))

    async def choose(self, menu: str, item: str) -> None:
        """Open a menu by its button, and choose one of its items."""
        await self.button(menu).click()
        await self.page.get_by_role("menu").get_by_text(item, exact=True).click()

    async def faults(self) -> list[str]:
        """Return violations of axe's accessibility rules."""
        await self.page.evaluate(AXE.read_text())
        found: list[str] = await self.page.evaluate(AXE_RUN)
        return found

    def foreign_requests(self) -> list[str]:
        """Return the requested addresses on hosts other than the page's."""
        host = urlsplit(self.link).netloc
        addresses = [request.url for request in self.requests]
        return [
            one for one in addresses if urlsplit(one).scheme not in {"blob", "data"} and urlsplit(one).netloc != host
        ]


async def frames_arrive(page: Page, seconds: float) -> None:
    """Wait until five more frames of other people are decoded."""
    # Playwright's `wait_for_function` takes a promise for true, so the loop is here.
    before = now = await page.evaluate(_FRAMES)
    async with asyncio.timeout(patient(seconds)):
        while now < before + 5:
            await page.wait_for_timeout(100)
            now = await page.evaluate(_FRAMES)
            # Connections that were closed no longer count.
            before = min(before, now)


async def visit(context: BrowserContext, link: str) -> Visit:
    """Return the open call page of this link."""
    page = await context.new_page()
    await page.add_init_script(_KEEP_CONNECTIONS)
    visit = Visit(page, link)
    await visit.open()
    return visit


async def answer_joins_with(visit: Visit, status: int, error: dict[str, object], **headers: str) -> None:
    """Replace answers of the service with errors that a healthy service does not send."""

    async def answer(route: Route) -> None:
        await route.fulfill(status=status, headers=headers, body=json.dumps({"error": error}))

    await visit.page.unroute_all()
    await visit.page.route("**/join", answer)
