"""Calls through LiveKit's TURN server only, over TLS and over UDP, as behind a strict firewall."""

import asyncio
import base64
import datetime as dt
import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.communication.rooms import ParticipantRole
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import Browser, Page, async_playwright, expect
from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.visits import Clinic, Visit, visit
from tests.calls.stage import LIVEKIT_KEY, LIVEKIT_SECRET, PROGRAM, livekit_config
from tests.support.ports import free_port, wait_for_port
from tests.support.service import running

from openrooms.server.process.tls import Authority

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEPLOY = Path(__file__).parents[2] / "deploy"
DOMAIN = "turn.clinic.test"
# LiveKit always names port 443, which only root may open. A firewall lets the one person out by TLS, the other by UDP.
_FIREWALL = """
const passes = (url) => url.startsWith("%(scheme)s");
const moved = ({ iceServers = [], ...rest } = {}) => ({
  ...rest,
  iceServers: iceServers.map((server) => ({
    ...server, urls: [server.urls].flat().filter(passes).map((url) => url.replace(":443?", ":%(port)d?")),
  })),
});
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(settings, ...rest) { super(moved(settings), ...rest); }
  setConfiguration(settings) { super.setConfiguration(moved(settings)); }
};
"""
_ROUTES = """async () => {
  const routes = new Set();
  for (const connection of window.connections) {
    const reports = await connection.getStats();
    for (const pair of reports.values())
      if (pair.type === "candidate-pair" && pair.nominated && pair.bytesReceived > 0) {
        const { candidateType, relayProtocol } = reports.get(pair.localCandidateId);
        routes.add(`${candidateType} ${relayProtocol}`);
      }
  }
  return [...routes];
}"""
_SOUND = """async () => {
  let bytes = 0;
  for (const connection of window.connections)
    for (const report of (await connection.getStats()).values())
      if (report.type === "inbound-rtp" && report.kind === "audio") bytes += report.bytesReceived;
  return bytes;
}"""


@contextmanager
def started(*command: str, port: int, **variables: str) -> Iterator[None]:
    with subprocess.Popen(command, env={"PATH": os.defpath, **variables}, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            yield
        finally:
            process.kill()


@contextmanager
def turn_server(folder: Path, certificate: Path) -> Iterator[tuple[int, int]]:
    """Start LiveKit with TURN, and HAProxy before TURN over TLS; yield LiveKit's port and HAProxy's."""
    port, turn_port, front_port = free_port(), free_port(), free_port()
    config = livekit_config(port)
    config["turn"] = {
        "enabled": True,
        "domain": DOMAIN,
        "tls_port": turn_port,
        "udp_port": free_port(),
        "cert_file": str(certificate),
        "key_file": str(certificate),
        "bind_addresses": ["127.0.0.1"],
        # LiveKit itself is on loopback, to which it would not relay.
        "relay_range_start": 30_000,
        "relay_range_end": 40_000,
        "allow_restricted_peer_cidrs": ["127.0.0.1/32"],
    }
    text = (DEPLOY / "haproxy-turn.cfg").read_text()
    for shipped, here in (
        ("bind :443", f"bind 127.0.0.1:{front_port}"),
        ("turn.rooms.example.org", DOMAIN),
        ("127.0.0.1:5349", f"127.0.0.1:{turn_port}"),
        ("/etc/haproxy/rooms.example.org.pem", str(certificate)),
        ("/etc/haproxy/errors/openrooms-503.http", str(DEPLOY / "openrooms-503.http")),
        ("abns@https", f"abns@https-{front_port}"),
    ):
        assert shipped in text
        text = text.replace(shipped, here)
    (folder / "haproxy.cfg").write_text(text)
    haproxy = shutil.which("haproxy", path=f"{os.defpath}:/usr/sbin")
    assert haproxy, "there is no haproxy: apt-get install haproxy"
    with (
        started(str(PROGRAM), port=port, LIVEKIT_CONFIG=json.dumps(config)),
        started(haproxy, "-q", "-db", "-f", str(folder / "haproxy.cfg"), port=front_port),
    ):
        yield port, front_port


def fingerprint(certificate: Path) -> str:
    """Return the hash of the certificate's key, by which Chromium trusts it."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


async def behind_firewall(browser: Browser, link: str, scheme: str, port: int) -> Visit:
    context = await browser.new_context()
    await context.add_init_script(_FIREWALL % {"scheme": scheme, "port": port})
    return await visit(context, link.replace("#", "?relay=1#"))


async def sound_arrives(page: Page, seconds: float) -> None:
    before = await page.evaluate(_SOUND)
    async with asyncio.timeout(seconds):
        while await page.evaluate(_SOUND) <= before:
            await page.wait_for_timeout(100)


async def test_people_talk_through_turn_only(tmp_path: Path) -> None:
    certificate = Authority(tmp_path / "tls").issue(dt.datetime.now(dt.UTC), [DOMAIN])
    # Chromium resolves the domain to this machine, and checks the certificate for it.
    arguments = [
        *(one for one in ARGUMENTS if not one.startswith("--host-resolver-rules")),
        f"--host-resolver-rules=MAP {DOMAIN} 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={fingerprint(certificate)}",
    ]
    with turn_server(tmp_path, certificate) as (livekit_port, turn_port):
        media = ("--livekit", f"ws://127.0.0.1:{livekit_port}", "--livekit-api-key", LIVEKIT_KEY)
        secret = ("--livekit-api-secret", LIVEKIT_SECRET)
        where = ("dev", "--https-port", 0, "--http-port", 0)
        with running(*where, *media, *secret, folder=tmp_path / "service") as service:
            clinic = Clinic(service)
            ada, bob = clinic.guest(), clinic.guest()
            room = clinic.room((ada, ParticipantRole.PRESENTER), (bob, ParticipantRole.ATTENDEE))
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
                doctor = await behind_firewall(browser, clinic.link(room, ada.token), "turns:", turn_port)
                patient = await behind_firewall(browser, clinic.link(room, bob.token), "turn:", turn_port)
                await doctor.button("Test the connection").click()
                await doctor.button("Test again").wait_for(timeout=90_000)
                results = doctor.page.get_by_role("region", name="Connection").get_by_role("listitem")
                for step in ("Service", "UDP, the best way", "TCP", r"a relay \(TURN\)", "Microphone", "Camera"):
                    await expect(results.filter(has_text=re.compile(f"{step}: works$"))).to_have_count(
                        1, timeout=60_000
                    )
                await expect(doctor.page.get_by_text("Your connection is ready for the call.")).to_be_visible()
                for person, name in ((doctor, "Dr Ada"), (patient, "Bob")):
                    await person.page.get_by_label("Your name").fill(name)
                    await person.button("Join now").click()
                    await person.is_in_call(40)
                for person, protocol in ((doctor, "tls"), (patient, "udp")):
                    await person.sees_frames(40)
                    await sound_arrives(person.page, 40)
                    assert await person.page.evaluate(_ROUTES) == [f"relay {protocol}"]
                await browser.close()
            clinic.close()
