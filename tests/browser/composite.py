"""Microsoft's `CallComposite` on openrooms-calling: built once from pinned packages, and people who use it."""

import functools
import http.server
import json
import os
import subprocess
import tarfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page
from tests.browser.visits import _KEEP_CONNECTIONS, Guest, frames_arrive
from tests.support.patience import patient
from tools.composite import COMPOSITE

ROOT = Path(__file__).parents[2]
WEB = ROOT / "web"
PAGE = ROOT / "tests" / "browser" / "pages" / "composite"
VERSION = json.loads((WEB / "calling" / "package.json").read_text())["version"]

SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of what people see."""
CDN = {"res.cdn.office.net", "static2.sharepointonline.com", "spoppe-b.azureedge.net", "res-1.cdn.office.net"}
"""Where the composite's own icons, fonts and emoji come from; nothing else may leave."""

# What the page opens is remembered, to see whether any of it stays open.
_KEEP_TRACKS = """
window.tracks = [];
for (const name of ["getUserMedia", "getDisplayMedia"]) {
  const open = navigator.mediaDevices[name].bind(navigator.mediaDevices);
  navigator.mediaDevices[name] = async (...args) => {
    const stream = await open(...args);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}
"""
_LIVE = "() => window.tracks.filter((track) => track.readyState === 'live').map((track) => track.label)"
_KEEP_RECONNECTS = """() => {
  window.reconnects = [];
  window.adapter.onStateChange(({ call }) => {
    const value = call?.diagnostics.network.latest.networkReconnect?.value;
    if (value !== undefined && window.reconnects.at(-1) !== value) window.reconnects.push(value);
  });
}"""
_STATE = """() => {
  const { adapter } = window;
  if (!adapter) return { page: "loading", others: {}, local: [] };
  const { page, call, endedCall, latestErrors, devices } = adapter.getState();
  const streams = (one, type) => Object.values(one.videoStreams).find((stream) => stream.mediaStreamType === type);
  const others = Object.fromEntries(Object.values(call?.remoteParticipants ?? {}).map((one) => [one.displayName, {
    role: one.role, muted: one.isMuted, hand: one.raisedHand !== undefined,
    video: streams(one, "Video").isAvailable, screen: streams(one, "ScreenSharing").isAvailable,
  }]));
  return {
    page, others, state: call?.state, role: call?.role, muted: call?.isMuted, sharing: call?.isScreenSharingOn,
    local: (call?.localVideoStreams ?? []).map((stream) => stream.mediaStreamType),
    hand: call?.raiseHand.localParticipantRaisedHand !== undefined,
    reconnecting: call?.diagnostics.network.latest.networkReconnect?.value === 3,
    end: endedCall ? [endedCall.callEndReason.code, endedCall.callEndReason.subCode] : null,
    errors: Object.fromEntries(Object.entries(latestErrors).map(([target, error]) => [target, error.message])),
    cameras: devices.cameras.map((camera) => camera.id),
    access: devices.deviceAccess,
  };
}"""


def unpack_calling(address: str, folder: Path) -> Path:
    """Return the folder of the npm package as the service serves it."""
    archive = folder / "calling.tgz"
    url = f"{address}/openrooms/calling/openrooms-calling-{VERSION}.tgz"
    with urllib.request.urlopen(url, timeout=10) as answer:
        archive.write_bytes(answer.read())
    with tarfile.open(archive) as members:
        members.extractall(folder, filter="data")
    return folder / "package"


def installed() -> Path:
    """Return the folder with the UI library and what it needs, nothing proprietary among it."""
    COMPOSITE.install()
    packages = COMPOSITE.folder / "node_modules"
    for name in ("communication-calling", "communication-calling-effects"):
        assert not (packages / "@azure" / name).exists(), f"@azure/{name} is proprietary and must not be installed"
    return COMPOSITE.folder


def build(calling: Path, out: Path, page: Path = PAGE) -> None:
    """Bundle the page with openrooms-calling in place of the package that the UI library names."""
    variables = {"COMPOSITE": str(installed()), "CALLING": str(calling / "dist" / "index.js"), "OUT": str(out)}
    vite = (WEB / "node_modules" / ".bin" / "vite", "build", "--config", page / "vite.config.mjs")
    done = subprocess.run(vite, cwd=WEB, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on a port of its own, as an app's own server does; yield its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()


class Person:
    """Somebody with an app of Azure's open in a browser."""

    def __init__(self, page: Page, app: str, service: str) -> None:
        self.page = page
        self.faults: list[str] = []
        self.said: list[str] = []
        self.foreign: set[str] = set()
        self._own = {urlsplit(app).netloc, urlsplit(service).netloc}
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)
        page.on("request", lambda request: self._note(request.url))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append(message.text)

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if (
            parts.scheme in {"http", "https", "ws", "wss"}
            and parts.netloc not in self._own
            and parts.hostname not in CDN
        ):
            self.foreign.add(url)

    async def state(self) -> dict[str, Any]:
        """Return what the composite's adapter knows."""
        known: dict[str, Any] = await self.page.evaluate(_STATE)
        return known

    async def until(self, condition: str, seconds: float = 20) -> dict[str, Any]:
        """Wait until a JavaScript expression of `s`, the state, holds."""
        try:
            await self.page.wait_for_function(
                f"() => {{ const s = ({_STATE})(); return {condition}; }}", timeout=patient(seconds) * 1000
            )
        except Exception as error:
            raise AssertionError(f"never {condition}: {await self.state()} {self.said}") from error
        return await self.state()

    async def does(self, act: str) -> None:
        """Call a method of the adapter."""
        await self.page.evaluate(f"async () => {{ await window.adapter.{act}; }}")

    async def takes_picture(self, name: str) -> None:
        """Keep what the person sees, if somebody wants to look at it."""
        if SHOTS:
            await self.page.screenshot(path=f"{SHOTS}/{name}.png")

    async def asks_for_devices(self) -> None:
        await self.does("askDevicePermission({ audio: true, video: true })")
        await self.does("queryCameras()")
        await self.does("queryMicrophones()")

    async def tries(self, microphone: bool = True, camera: bool = True) -> None:
        """Press join; the call may be refused."""
        switches = json.dumps({"microphoneOn": microphone, "cameraOn": camera})
        await self.page.evaluate(f"() => {{ window.adapter.joinCall({switches}); }}")

    async def joins(self, microphone: bool = True, camera: bool = True) -> None:
        await self.asks_for_devices()
        await self.tries(microphone, camera)
        await self.until("s.state === 'Connected' && s.page === 'call'")
        if camera:
            await self.until("s.local.includes('Video')")

    async def watches_the_network(self) -> None:
        """Keep each value of the diagnostic of reconnecting in `window.reconnects`."""
        await self.page.evaluate(_KEEP_RECONNECTS)

    async def sees_frames(self, seconds: float = 20) -> None:
        """Wait until pictures of others are decoded, and more still are."""
        await frames_arrive(self.page, seconds)

    async def open_tracks(self) -> list[str]:
        live: list[str] = await self.page.evaluate(_LIVE)
        return live


async def open_composite(context: BrowserContext, app: str, service: str, room: str, guest: Guest, name: str) -> Person:
    """Return somebody before the call, with the composite's configuration page open."""
    page = await context.new_page()
    for script in (_KEEP_CONNECTIONS, _KEEP_TRACKS, f"globalThis.OPENROOMS_ENDPOINT = {json.dumps(service)}"):
        await page.add_init_script(script)
    # Icons and fonts that never come must not hold up a test.
    await page.route(lambda url: urlsplit(url).hostname in CDN, lambda route: route.abort())
    person = Person(page, app, service)
    segments = "/".join(quote(part, safe="") for part in (room, guest.raw_id, name, guest.token))
    await page.goto(f"{app}#{segments}")
    await person.until("s.page === 'configuration'")
    return person
