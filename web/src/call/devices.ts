/** What can go wrong with a camera, a microphone or a screen, in words. */

import { MediaDeviceFailure } from "livekit-client";

export type Device = "microphone" | "camera" | "screen";

const CAUSES: Record<MediaDeviceFailure, (device: Device) => string> = {
  [MediaDeviceFailure.PermissionDenied]: (device) =>
    device === "screen"
      ? "The screen was not shared: nothing was chosen, or the browser may not share it."
      : `The browser may not use your ${device}. Allow it beside the page’s address, then turn it on again.`,
  [MediaDeviceFailure.NotFound]: (device) => `No ${device} was found. Connect one, or join without it.`,
  [MediaDeviceFailure.DeviceInUse]: (device) =>
    `Another program is using your ${device}. Close that program, then turn it on again.`,
  [MediaDeviceFailure.Other]: (device) => `Your ${device} could not be started.`,
};

/** Return what to tell the person about this failure. */
export function describeFailure(device: Device, error: Error): string {
  const failure = MediaDeviceFailure.getFailure(error) ?? MediaDeviceFailure.Other;
  return CAUSES[failure](device);
}

/** Return whether this browser gives pages cameras and microphones here: it does so over https or on localhost. */
export const hasDevices = (): boolean => typeof navigator.mediaDevices?.getUserMedia === "function";

export const canShareScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === "function";
