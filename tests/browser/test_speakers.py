"""The layout with a large picture of the speaker, with sound through a real media engine."""

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.visits import SMALL_CAMERA, Clinic, Visit
from tests.support.patience import patient

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE

# A microphone that hears a tone while the test says so; Chromium's own one beeps all the time.
_VOICE = """
const volumes = [];
const askForVideo = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async ({ audio, ...want }) => {
  const stream = want.video ? await askForVideo(want) : new MediaStream();
  if (!audio) return stream;
  const context = new AudioContext();
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  const sound = context.createMediaStreamDestination();
  volume.gain.value = 0;
  tone.connect(volume).connect(sound);
  tone.start();
  volumes.push(volume);
  stream.addTrack(sound.stream.getAudioTracks()[0]);
  return stream;
};
window.speak = async (speaks) => {
  for (const volume of volumes) {
    await volume.context.resume();
    volume.gain.value = speaks ? 0.5 : 0;
  }
};
"""
_IS_LARGE = """(name) => {
  const large = [...document.querySelectorAll("article")].filter((tile) => tile.clientWidth > innerWidth / 2);
  return large.length === 1 && large[0].ariaLabel === name;
}"""


async def speak(visit: Visit, speaks: bool) -> None:
    await visit.page.evaluate("window.speak", speaks)


async def hears_somebody(visit: Visit, *names: str) -> None:
    """Wait until exactly these people are marked as speaking."""
    await expect(visit.page.locator("article.speaking")).to_have_count(len(names))
    for name in names:
        await expect(visit.page.locator(f'article.speaking[aria-label="{name}"]')).to_be_visible()


async def is_large(visit: Visit, name: str) -> None:
    await visit.page.wait_for_function(_IS_LARGE, arg=name, timeout=patient(15) * 1000)


async def test_picture_of_the_speaker_is_large(clinic: Clinic, visiting: Visiting) -> None:
    """Whoever speaks becomes large and stays so in a silence; a short word changes nothing."""
    _, links = clinic.visit({"Ada": PRESENTER, "Bob": ATTENDEE, "Eve": ATTENDEE})
    ada, bob, eve = [await visiting(link, SMALL_CAMERA + _VOICE) for link in links.values()]
    for visit in (ada, bob, eve):
        await visit.button("Join now").click()
        await visit.is_in_call()
    await expect(ada.page.locator(".tile video")).to_have_count(3)
    await ada.choose("More", "Large picture of the speaker")

    await speak(eve, True)
    await hears_somebody(ada, "Eve")
    await is_large(ada, "Eve")
    await speak(eve, False)
    await hears_somebody(ada)
    await is_large(ada, "Eve")

    await speak(bob, True)
    await hears_somebody(ada, "Bob")
    await is_large(ada, "Bob")
    await speak(eve, True)
    await hears_somebody(ada, "Bob", "Eve")
    await speak(eve, False)
    await hears_somebody(ada, "Bob")
    await is_large(ada, "Bob")

    # One's own voice makes nobody large to oneself.
    await speak(bob, False)
    await speak(ada, True)
    await hears_somebody(ada, "Ada (you)")
    await is_large(ada, "Bob")
    await bob.choose("More", "Large picture of the speaker")
    await is_large(bob, "Ada")
