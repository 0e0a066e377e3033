/** The controls that a role may use. The service decides; the page only shows controls that would succeed. */

import { text } from "../languages/text";
import type { JoinedModel } from "../shared/shapes";

export type Role = JoinedModel["role"];

export interface Controls {
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
  readonly muteOthers: boolean;
  readonly removeOthers: boolean;
  readonly endForAll: boolean;
  readonly dialOut: boolean;
  /** Write in the chat and raise a hand. */
  readonly talk: boolean;
  readonly lowerHands: boolean;
}

// The names are those of the ACS calling SDK.
// https://learn.microsoft.com/azure/communication-services/how-tos/calling-sdk/capabilities
const CAPABILITY: Record<Exclude<keyof Controls, "talk" | "lowerHands">, string> = {
  microphone: "unmuteMic",
  camera: "turnVideoOn",
  screen: "shareScreen",
  muteOthers: "muteOthers",
  removeOthers: "removeParticipant",
  endForAll: "hangUpForEveryOne",
  dialOut: "addPhoneNumber",
};

/** What this connection may publish, according to the media engine. */
export interface Permission {
  readonly canPublish: boolean;
  readonly canPublishSources: readonly number[];
  readonly canPublishData: boolean;
}

// TrackSource of the LiveKit protocol.
const SOURCE = { camera: 1, microphone: 2, screen: 3, screenAudio: 4 } as const;

/** Return the controls that these capabilities allow. */
export function controlsOf(capabilities: ReadonlySet<string>): Controls {
  const allows = (control: keyof typeof CAPABILITY) => capabilities.has(CAPABILITY[control]);
  return {
    microphone: allows("microphone"),
    camera: allows("camera"),
    screen: allows("screen"),
    muteOthers: allows("muteOthers"),
    removeOthers: allows("removeOthers"),
    endForAll: allows("endForAll"),
    dialOut: allows("dialOut"),
    // The media engine says so, once the call is connected.
    talk: false,
    // As in Azure: who may mute others may lower their hands.
    lowerHands: allows("muteOthers"),
  };
}

/** Return whether the media engine accepts a track of this source now; an empty list means all sources. */
export function mayPublish(permission: Permission | undefined, source: keyof typeof SOURCE): boolean {
  if (!permission?.canPublish) return false;
  const sources = permission.canPublishSources;
  return sources.length === 0 || sources.includes(SOURCE[source]);
}

/** Return the controls that the running call still allows: a changed role reaches the engine first. */
export function controlsNow(allowed: Controls, permission: Permission | undefined): Controls {
  return {
    ...allowed,
    microphone: allowed.microphone && mayPublish(permission, "microphone"),
    camera: allowed.camera && mayPublish(permission, "camera"),
    screen: allowed.screen && mayPublish(permission, "screen"),
    talk: permission?.canPublishData === true,
  };
}

/** Return one sentence that explains a role to its holder. */
export const describeRole = (role: Role): string => text(`role.may.${role}`);

/** Return the name of a role. */
export const roleName = (role: Role): string => text(`role.${role}`);
