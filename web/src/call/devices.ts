/** Messages for failures of cameras, microphones and screen sharing. */

import { MediaDeviceFailure } from "livekit-client";
import { text } from "../languages/text";

export type Device = "microphone" | "camera" | "screen";

const CAUSES = {
  [MediaDeviceFailure.PermissionDenied]: "denied",
  [MediaDeviceFailure.NotFound]: "notFound",
  [MediaDeviceFailure.DeviceInUse]: "inUse",
  [MediaDeviceFailure.Other]: "other",
} as const;

/** Return the message for this failure. */
export function describeFailure(device: Device, error: Error): string {
  const failure = MediaDeviceFailure.getFailure(error) ?? MediaDeviceFailure.Other;
  return text(`failure.${CAUSES[failure]}.${device}`);
}

/** Return whether the browser allows cameras and microphones here: it does over https or on localhost. */
export const hasDevices = (): boolean => typeof navigator.mediaDevices?.getUserMedia === "function";

export const canShareScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === "function";
