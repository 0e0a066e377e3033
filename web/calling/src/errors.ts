/** The errors of methods, with the codes that Azure documents.
 *
 * https://learn.microsoft.com/azure/communication-services/resources/troubleshooting/voice-video-calling/troubleshooting-codes
 */

/** The error that a method throws or rejects with. */
export class CallingError extends Error {
  override readonly name = "CallingCommunicationError";

  constructor(
    readonly code: number,
    readonly subCode: number,
    message: string,
  ) {
    super(message);
  }
}

type Failure = readonly [code: number, subCode: number, message: string];

export const SECOND_AGENT: Failure = [409, 40228, "This CallClient has a CallAgent already; dispose it first."];
export const NO_PERMISSION: Failure = [400, 40613, "The browser gives no access to the asked devices."];
export const UNMUTE_FAILED: Failure = [400, 41016, "The microphone could not be opened."];
export const NO_STREAM: Failure = [400, 41025, "This is not a LocalVideoStream."];
export const VIDEO_ON: Failure = [400, 41027, "The video of this call is on already."];
export const VIDEO_OFF: Failure = [400, 41030, "The video of this call is off already."];
export const STREAM_NOT_IN_CALL: Failure = [400, 41032, "This stream is not in the call."];
export const SHARE_ON: Failure = [400, 41035, "The screen is shared already."];
export const SHARE_OFF: Failure = [400, 41041, "The screen is not shared."];
export const NOT_CONNECTED: Failure = [412, 41071, "The call is not connected."];
export const CAMERA_REFUSED: Failure = [403, 43001, "The browser refused the camera."];
export const SAME_CAMERA: Failure = [400, 43005, "The stream has this camera already."];
export const NO_CAMERA: Failure = [412, 43013, "There is no such camera."];
export const CAMERA_FAILED: Failure = [412, 43014, "The camera could not be opened."];

export function failure([code, subCode, message]: Failure, detail = ""): CallingError {
  return new CallingError(code, subCode, detail ? `${message} ${detail}` : message);
}

/** The role does not allow it; `nearest` is the closest failure that the method documents. */
export function roleRefused([, subCode]: Failure, what: string): CallingError {
  return new CallingError(403, subCode, `Your role in this room does not allow you to ${what}.`);
}

/** The error for what a call of a room on openrooms does not have. */
export function notSupported(what: string): CallingError {
  return new CallingError(501, 0, `${what} is not supported in calls of openrooms.`);
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
