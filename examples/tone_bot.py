"""A bot that joins the call of a room with LiveKit's SDK and plays a tone.

    pip install openrooms livekit
    python tone_bot.py http://127.0.0.1:8721 99400000000000000 "$USER_TOKEN" --seconds 30

The token is a user's and has the scope voip. The user is on the room's roster, in a role that may speak.
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
    """Return 10 ms of a sine wave that starts at sample number `start`."""
    return array(
        "h", (int(6000 * math.sin(2 * math.pi * hertz * n / RATE)) for n in range(start, start + FRAME))
    ).tobytes()


async def play(source: rtc.AudioSource, hertz: float, seconds: float) -> None:
    for start in range(0, int(seconds * RATE), FRAME):
        # This waits while the queue is full, so the loop runs in real time.
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
    # LiveKit disconnects the bot when it is removed from the call or when the room closes.
    playing = asyncio.create_task(play(source, hertz, seconds))
    leaving = asyncio.create_task(left.wait())
    await asyncio.wait({playing, leaving}, return_when=asyncio.FIRST_COMPLETED)
    print("disconnected by the service" if left.is_set() else "done", flush=True)
    playing.cancel()
    leaving.cancel()
    await room.disconnect()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Join a room's call and play a tone.")
    parser.add_argument("endpoint", help="where openrooms is, e.g. http://127.0.0.1:8721")
    parser.add_argument("room_id")
    parser.add_argument("token", help="an identity token of a user on the roster")
    parser.add_argument("--hertz", type=float, default=440.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    asyncio.run(main(**vars(parser.parse_args())))
