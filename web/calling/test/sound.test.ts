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
