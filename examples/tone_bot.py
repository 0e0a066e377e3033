"""A bot that joins the call of a room and plays a tone, with LiveKit's SDK.

    pip install openrooms livekit
    python tone_bot.py http://127.0.0.1:8721 99400000000000000 "$USER_TOKEN" --seconds 30

The token is a user's, with the scope voip, and the user is on the room's roster as somebody who may speak.
"""

import argparse
import asyncio
import math
from array import array

from livekit import rtc

from openrooms.calls.aio import CallsClient

RATE = 48_000
FRAME = RATE // 100


def tone(hertz: float, start: int) -> bytes:
    """Return 10 ms of a sine wave that goes on where the last frame ended."""
    return array(
        "h", (int(6000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(start, start + FRAME))
    ).tobytes()


async def play(source: rtc.AudioSource, hertz: float, seconds: float) -> None:
    for start in range(0, int(seconds * RATE), FRAME):
        # Waits while enough is queued, so this keeps time.
        await source.capture_frame(rtc.AudioFrame(tone(hertz, start), RATE, 1, FRAME))


async def main(endpoint: str, room_id: str, token: str, hertz: float, seconds: float) -> None:
    async with CallsClient.for_user(endpoint, token) as client:
        joined = await client.join_call(room_id, display_name="Tone bot")
    print(f"joined {joined.room_id} as {joined.role}, until {joined.valid_until:%H:%M} UTC", flush=True)

    room = rtc.Room()
    left = asyncio.Event()
    room.on("disconnected", lambda reason: left.set())
    await room.connect(joined.media_url, joined.media_token)

    source = rtc.AudioSource(RATE, 1)
    track = rtc.LocalAudioTrack.create_audio_track("tone", source)
    await room.local_participant.publish_track(track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
    # Whoever is removed, or whose room closes, is disconnected; then there is nobody to play to.
    playing = asyncio.create_task(play(source, hertz, seconds))
    leaving = asyncio.create_task(left.wait())
    await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
    print("put out of the call" if left.is_set() else "done", flush=True)
    playing.cancel()
    leaving.cancel()
    await room.disconnect()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Join a room's call and play a tone.")
    parser.add_argument("endpoint", help="where openrooms is, e.g. http://127.0.0.1:8721")
    parser.add_argument("room_id")
    parser.add_argument("token", help="an identity token of somebody on the roster")
    parser.add_argument("--hertz", type=float, default=440.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    asyncio.run(main(**vars(parser.parse_args())))
