/** Microphone, camera and screen in the call: whether they are on, and the keys that turn them on and off. */

import { useTrackToggle } from "@livekit/components-react";
import { type ScreenShareCaptureOptions, Track } from "livekit-client";
import { useCallback, useEffect, useRef } from "react";
import { text } from "../languages/text";
import type { Say } from "../shared/Toasts";
import type { Controls } from "./capabilities";
import type { Choices } from "./choices";
import { type Device, describeFailure } from "./devices";
import { usePushToTalk } from "./usePushToTalk";

export interface DeviceState {
  readonly isOn: boolean;
  readonly pending: boolean;
  readonly toggle: () => void;
  /** Turn the device on or off; `isKept` if the next call begins like this. */
  readonly set: (on: boolean, isKept?: boolean) => Promise<void>;
}

export type Devices = Readonly<Record<Device, DeviceState>>;

/** The letters that toggle a device with Ctrl or Cmd. */
export const KEYS = { microphone: "d", camera: "e" } as const;

const SOURCES = {
  microphone: Track.Source.Microphone,
  camera: Track.Source.Camera,
  screen: Track.Source.ScreenShare,
} as const;

// A window that shows its own picture shows it in itself without end.
const SCREEN: ScreenShareCaptureOptions = { audio: true, selfBrowserSurface: "exclude", surfaceSwitching: "include" };

type Choose = (change: Partial<Choices>) => void;

/**
 * Return the devices, and listen for their keys; a key does nothing for a device that `controls` do not allow.
 *
 * The camera is not turned on before it `mayFilm`.
 */
export function useDevices(controls: Controls, mayFilm: boolean, choose: Choose, say: Say): Devices {
  const microphone = useDevice("microphone", choose, say);
  const camera = useDevice("camera", choose, say, mayFilm);
  const screen = useDevice("screen", choose, say);
  useShortcut(KEYS.microphone, controls.microphone, microphone.toggle);
  useShortcut(KEYS.camera, controls.camera, camera.toggle);
  const { set } = microphone;
  const talk = useCallback((on: boolean) => set(on, false), [set]);
  usePushToTalk(controls.microphone && !microphone.isOn, talk);
  return { microphone, camera, screen };
}

function useDevice(device: Device, choose: Choose, say: Say, mayStart = true): DeviceState {
  const wanted = useRef<boolean | null>(null);
  const { enabled, pending, toggle, track } = useTrackToggle({
    source: SOURCES[device],
    ...(device === "screen" ? { captureOptions: SCREEN } : {}),
    onDeviceError: (error: Error) => say(describeFailure(device, error), "problem"),
  });

  const set = useCallback(
    async (on: boolean, isKept = true) => {
      wanted.current = on;
      await toggle(on);
      if (isKept && device !== "screen") choose({ [device]: on });
    },
    [toggle, device, choose],
  );

  // A microphone muted without a click was muted by a presenter; a lost connection unpublishes it instead.
  const last = useRef(enabled);
  useEffect(() => {
    const isForeign = last.current && !enabled && wanted.current !== false;
    if (isForeign && device === "microphone" && track?.isMuted) {
      say(text("news.muted"));
      choose({ microphone: false });
    }
    last.current = enabled;
    wanted.current = null;
  }, [enabled, device, track, say, choose]);

  const waits = pending || !(enabled || mayStart);
  const press = useCallback(() => {
    if (!waits) void set(!enabled);
  }, [waits, enabled, set]);

  return { isOn: enabled, pending: waits, set, toggle: press };
}

/** Call `act` on Ctrl or Cmd with this letter, wherever the focus is. */
function useShortcut(letter: string, isActive: boolean, act: () => void): void {
  useEffect(() => {
    if (!isActive) return;
    const pressed = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      if (event.key.toLowerCase() !== letter || event.repeat) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [letter, isActive, act]);
}
