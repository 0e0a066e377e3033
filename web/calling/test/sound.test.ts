import { type Room, RoomEvent } from "livekit-client";
import { afterEach, expect, test, vi } from "vitest";
import { PageSound } from "../src/sound";

afterEach(() => vi.unstubAllGlobals());

test("sound that the browser blocks starts with the next click", () => {
  const page = new EventTarget();
  vi.stubGlobal("document", page);
  const handlers = new Map<string, () => void>();
  const room = {
    canPlaybackAudio: false,
    startAudio: vi.fn(),
    on: (event: string, handler: () => void) => handlers.set(event, handler),
  };
  const sound = new PageSound();
  sound.play(room as unknown as Room);
  page.dispatchEvent(new Event("click"));
  expect(room.startAudio).not.toHaveBeenCalled();
  handlers.get(RoomEvent.AudioPlaybackStatusChanged)?.();
  page.dispatchEvent(new Event("click"));
  page.dispatchEvent(new Event("click"));
  expect(room.startAudio).toHaveBeenCalledOnce();
});

test("the sound of everybody is subscribed to, also of second connections and later tracks", () => {
  const handlers = new Map<string, () => void>();
  const publication = () => {
    const made = { isDesired: false, setSubscribed: vi.fn(() => Object.assign(made, { isDesired: true })) };
    return made;
  };
  const [first, later] = [publication(), publication()];
  const tracks = new Map([["1", first]]);
  const room = {
    remoteParticipants: new Map([["8:acs:x_bob#2", { audioTrackPublications: tracks }]]),
    on: (event: string, handler: () => void) => handlers.set(event, handler),
  };
  new PageSound().play(room as unknown as Room);
  handlers.get(RoomEvent.Connected)?.();
  tracks.set("2", later);
  handlers.get(RoomEvent.TrackPublished)?.();
  expect(first.setSubscribed).toHaveBeenCalledExactlyOnceWith(true);
  expect(later.setSubscribed).toHaveBeenCalledExactlyOnceWith(true);
});
