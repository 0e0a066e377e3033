"""The stage of the call page: layouts, one's own picture, menus, presenting, keys and the blur."""

from itertools import pairwise
from typing import Any

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import Locator, Page, expect
from tests.browser.conftest import Visiting
from tests.browser.visits import SMALL_CAMERA, Clinic, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

PRESENTER, ATTENDEE = ParticipantRole.PRESENTER, ParticipantRole.ATTENDEE
SIZES = {"laptop": (1280, 720), "phone": (360, 640), "phone on its side": (640, 360), "tablet": (768, 1024)}

# The part of each picture that its tile crops.
_CROPPED = """() => [...document.querySelectorAll(".tile video")].filter((video) => video.videoWidth).map((video) => {
  if (getComputedStyle(video).objectFit !== "cover") return 0;
  const [picture, frame] = [video.videoWidth / video.videoHeight, video.clientWidth / video.clientHeight];
  return 1 - Math.min(picture / frame, frame / picture);
})"""

# How much neighbouring pixels differ in the picture of another person.
_SHARPNESS = """(name) => {
  const video = document.querySelector(`article[aria-label="${name}"] video`);
  if (!video?.videoWidth) return null;
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 320, 180);
  const { data } = context.getImageData(0, 0, 320, 180);
  let steepest = 0;
  for (let at = 5; at < data.length; at += 4) steepest = Math.max(steepest, Math.abs(data[at] - data[at - 4]));
  return steepest;
}"""

# The same for each picture, until one is clearly blurred. The codec's first pictures are coarse, and have edges too.
_SHARPNESS_UNTIL_BLURRED = f"""async (name) => {{
  const seen = [];
  for (const end = Date.now() + 60_000; Date.now() < end && !(seen.at(-1) < 80); ) {{
    await new Promise(requestAnimationFrame);
    seen.push(({_SHARPNESS})(name));
  }}
  return seen;
}}"""

# A camera that is on, and films nothing before the test says so.
_LATE_CAMERA = """
const askForAll = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 180 });
const films = [];
navigator.mediaDevices.getUserMedia = async ({ video, ...want }) => {
  const stream = want.audio ? await askForAll(want) : new MediaStream();
  if (video) films.push(canvas.captureStream(0).getVideoTracks()[0]);
  if (video) stream.addTrack(films.at(-1));
  return stream;
};
window.film = () => setInterval(() => {
  canvas.getContext("2d").fillRect(0, 0, 320, 180);
  for (const film of films) film.requestFrame();
}, 100);
"""

_ANOTHER_IS_LARGE = """() => {
  const large = [...document.querySelectorAll("article")].filter((tile) => tile.clientWidth > innerWidth / 2);
  return large.length === 1 && !large[0].ariaLabel.includes("(you)");
}"""


async def join_all(clinic: Clinic, visiting: Visiting, script: str = "", **roles: ParticipantRole) -> list[Visit]:
    """Return the pages of these people, each of whom sees the others."""
    guests = {name: clinic.guest() for name in roles}
    room = clinic.room(*((guests[name], role) for name, role in roles.items()))
    visits = [await visiting(clinic.link(room, guest.token), script) for guest in guests.values()]
    for visit, name in zip(visits, roles, strict=True):
        await visit.join(name)
    for visit in visits:
        await expect(visit.page.get_by_role("article")).to_have_count(len(roles))
        await expect(visit.page.locator(".tile video")).to_have_count(len(roles))
    return visits


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("article", name=name, exact=True)


async def box(locator: Locator) -> dict[str, float]:
    """Return where this is once it stands still."""
    page = locator.page
    before: Any = None
    while before != (now := await locator.bounding_box()):
        before = now
        await page.wait_for_timeout(250)
    return dict(before)


def middle(place: dict[str, float]) -> tuple[float, float]:
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


async def resize(page: Page, size: str) -> None:
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})


async def corner_of(visit: Visit, name: str) -> str:
    """Return the corner of the stage in which the own picture stands."""
    stage = await box(visit.page.locator("main"))
    x, y = middle(await box(tile(visit.page, name)))
    centre = middle(stage)
    return f"{'top' if y < centre[1] else 'bottom'} {'left' if x < centre[0] else 'right'}"


async def test_call_of_two(clinic: Clinic, visiting: Visiting) -> None:
    ada, bob = await join_all(clinic, visiting, Ada=PRESENTER, Bob=ATTENDEE)
    await the_other_is_large_on_every_screen(bob)
    await the_own_picture_moves(bob)
    await a_tile_is_pinned_by_keyboard(bob)
    await the_space_bar_turns_the_microphone_on(bob)
    await a_shared_screen_is_announced_and_stopped(ada, bob)
    await full_screen_is_left_again(bob)
    await small_windows_show_the_other(bob)


async def the_other_is_large_on_every_screen(bob: Visit) -> None:
    bar = bob.page.get_by_role("region", name="Call controls")
    for size in SIZES:
        await resize(bob.page, size)
        own, other = await box(tile(bob.page, "Bob (you)")), await box(tile(bob.page, "Ada"))
        assert own["width"] * own["height"] < other["width"] * other["height"] / 3
        assert own["y"] + own["height"] <= (await box(bar))["y"]
        assert max(await bob.page.evaluate(_CROPPED)) < 0.11
        assert await bob.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await resize(bob.page, "laptop")
    await expect(tile(bob.page, "Ada").get_by_label("Presenter")).to_be_visible()
    await expect(tile(bob.page, "Bob (you)").get_by_label("Presenter")).to_have_count(0)


async def the_own_picture_moves(bob: Visit) -> None:
    assert await corner_of(bob, "Bob (you)") == "bottom right"
    await bob.page.get_by_role("button", name="Move your picture").focus()
    await bob.page.keyboard.press("ArrowUp")
    assert await corner_of(bob, "Bob (you)") == "top right"
    await bob.page.mouse.move(*middle(await box(tile(bob.page, "Bob (you)"))))
    await bob.page.mouse.down()
    await bob.page.mouse.move(200, 500, steps=4)
    await bob.page.mouse.up()
    assert await corner_of(bob, "Bob (you)") == "bottom left"
    assert "bottom-left" in await bob.page.evaluate("localStorage['openrooms.devices']")


async def a_tile_is_pinned_by_keyboard(bob: Visit) -> None:
    own = tile(bob.page, "Bob (you)")
    await own.get_by_role("button", name="More for Bob (you)").focus()
    await bob.page.keyboard.press("Enter")
    await expect(bob.page.get_by_role("menuitem", name="Pin", exact=True)).to_be_focused()
    assert await bob.faults() == []
    await bob.page.keyboard.press("Enter")
    await expect(own.get_by_label("Pinned")).to_be_visible()
    assert (await box(own))["width"] > (await box(tile(bob.page, "Ada")))["width"]
    await bob.page.keyboard.press("Enter")
    await bob.page.keyboard.press("ArrowDown")
    await expect(bob.page.get_by_role("menuitem", name="Fill the tile")).to_be_focused()
    await bob.page.keyboard.press("Home")
    await bob.page.keyboard.press("Enter")
    await expect(own.get_by_label("Pinned")).to_have_count(0)


async def the_space_bar_turns_the_microphone_on(bob: Visit) -> None:
    await bob.page.keyboard.press("Control+d")
    await expect(bob.button("Unmute")).to_be_enabled()
    await bob.page.evaluate("document.activeElement.blur()")
    await bob.page.keyboard.down("Space")
    await expect(bob.button("Mute")).to_be_visible()
    await bob.page.keyboard.up("Space")
    await expect(bob.button("Unmute")).to_be_visible()
    await bob.button("Unmute").focus()
    await bob.page.keyboard.press("Space")
    await expect(bob.button("Mute")).to_be_visible()


async def a_shared_screen_is_announced_and_stopped(ada: Visit, bob: Visit) -> None:
    await ada.button("Share").click()
    await expect(ada.page.get_by_text("You are presenting")).to_be_visible()
    screen = tile(bob.page, "Ada’s screen")
    await expect(screen.locator("video")).to_be_visible()
    assert (await box(screen))["width"] > (await box(tile(bob.page, "Ada")))["width"]
    await expect(tile(ada.page, "Ada’s screen")).to_have_count(0)
    assert await ada.faults() == []
    await ada.page.get_by_role("button", name="Stop", exact=True).click()
    await expect(ada.page.get_by_text("You are presenting")).to_have_count(0)
    await expect(screen).to_have_count(0)


async def full_screen_is_left_again(bob: Visit) -> None:
    await bob.choose("More", "Full screen")
    await bob.page.wait_for_function("() => document.fullscreenElement !== null")
    await bob.choose("More", "Leave full screen")
    await bob.page.wait_for_function("() => document.fullscreenElement === null")


async def small_windows_show_the_other(bob: Visit) -> None:
    async with bob.page.context.expect_page() as opening:
        await bob.choose("More", "Small window")
    small = await opening.value
    await expect(tile(small, "Ada").locator("video")).to_be_visible()
    await small.get_by_role("button", name="Mute", exact=True).click()
    await expect(bob.button("Unmute")).to_be_visible()
    await small.close()
    await bob.choose("More for Ada", "Picture in picture")
    await bob.page.wait_for_function("() => document.pictureInPictureElement !== null")
    await bob.choose("More for Ada", "Picture in picture")
    await bob.page.wait_for_function("() => document.pictureInPictureElement === null")


async def test_layouts_of_three(clinic: Clinic, visiting: Visiting) -> None:
    ada, _, eve = await join_all(clinic, visiting, _LATE_CAMERA, Ada=PRESENTER, Bob=ATTENDEE, Eve=ATTENDEE)
    initials = ada.page.locator(".avatar")
    await expect(initials).to_have_text(["A", "B", "E"])
    await eve.page.evaluate("film()")
    await expect(initials).to_have_text(["A", "B"])

    boxes = [await box(tile(ada.page, name)) for name in ("Ada (you)", "Bob", "Eve")]
    for before, after in pairwise(boxes):
        assert after["width"] == pytest.approx(before["width"], abs=1)
    assert middle(boxes[2])[0] == pytest.approx(640, abs=2), "the last row is centred"

    await ada.choose("More", "Large picture of the speaker")
    await ada.page.wait_for_function(_ANOTHER_IS_LARGE)
    await expect(ada.page.get_by_role("article")).to_have_count(3)
    assert await ada.faults() == []


async def test_background_is_blurred_for_everyone(clinic: Clinic, visiting: Visiting) -> None:
    """The camera films nobody, so all sharp edges are background; who does not blur loads nothing for it."""
    ada, bob = clinic.guest(), clinic.guest()
    room = clinic.room((ada, PRESENTER), (bob, ATTENDEE))
    doctor, patient = await visiting(clinic.link(room, ada.token)), await visiting(clinic.link(room, bob.token))
    await doctor.join("Ada")
    await patient.page.add_init_script(SMALL_CAMERA)
    await patient.page.reload()
    await patient.page.get_by_label("Blur my background").check()
    await patient.page.get_by_label("Your name").fill("Bob")
    await patient.button("Join now").click()
    await patient.is_in_call(60)
    await doctor.page.wait_for_function(_SHARPNESS, arg="Bob", timeout=60_000)
    seen = await doctor.page.evaluate(_SHARPNESS_UNTIL_BLURRED, "Bob")
    assert max(seen) < 100
    assert seen[-1] < 80
    assert not [request.url for request in doctor.requests if "segmenter" in request.url]
    await patient.choose("More", "Settings")
    await patient.page.get_by_label("Blur my background").uncheck()
    await doctor.page.wait_for_function(f"(name) => ({_SHARPNESS})(name) > 100", arg="Bob", timeout=60_000)
