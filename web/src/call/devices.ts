/** Messages for failures of cameras, microphones and screen sharing. */

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

/** Return the message for this failure. */
export function describeFailure(device: Device, error: Error): string {
  const failure = MediaDeviceFailure.getFailure(error) ?? MediaDeviceFailure.Other;
  return CAUSES[failure](device);
}

/** Return whether the browser allows cameras and microphones here: it does over https or on localhost. */
export const hasDevices = (): boolean => typeof navigator.mediaDevices?.getUserMedia === "function";

export const canShareScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === "function";
