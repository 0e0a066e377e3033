/** What a role allows, with the names of Azure's calling API.
 *
 * https://learn.microsoft.com/azure/communication-services/how-tos/calling-sdk/capabilities
 */

import type { Role } from "../../src/call/capabilities";
import type { Admission } from "../../src/call/service";
import type {
  CapabilityResolutionReason,
  ParticipantCapabilities,
  ParticipantCapability,
  ParticipantCapabilityName,
} from "./types";

/** Capabilities that the service reports. */
const ANSWERED = [
  "turnVideoOn",
  "unmuteMic",
  "shareScreen",
  "muteOthers",
  "removeParticipant",
  "hangUpForEveryOne",
  "addPhoneNumber",
] as const satisfies ParticipantCapabilityName[];

/** Capabilities that calls of openrooms do not have. */
const ABSENT = [
  "addTeamsUser",
  "addCommunicationUser",
  "manageLobby",
  "spotlightParticipant",
  "removeParticipantsSpotlight",
  "startLiveCaptions",
  "stopLiveCaptions",
  "setCaptionLanguage",
  "startTogetherMode",
  "joinBreakoutRooms",
  "pstnDialOut",
  "forbidOthersAudio",
  "forbidOthersVideo",
  "blurBackground",
  "customBackground",
] as const satisfies ParticipantCapabilityName[];

/** Capabilities that use LiveKit's data messages, which every role except Consumer may send. */
const BY_DATA = ["raiseHand", "useReactions"] as const satisfies ParticipantCapabilityName[];

const NAMES: readonly ParticipantCapabilityName[] = [...ANSWERED, ...ABSENT, ...BY_DATA, "viewAttendeeNames"];

type Rule = (name: ParticipantCapabilityName) => ParticipantCapability;

// New objects each time, because an app's state library freezes what it gets.
const because = (isPresent: boolean, reason: CapabilityResolutionReason): ParticipantCapability => ({
  isPresent,
  reason,
});
const byRole = (isPresent: boolean) => because(isPresent, isPresent ? "Capable" : "RoleRestricted");

const all = (rule: Rule) => Object.fromEntries(NAMES.map((name) => [name, rule(name)])) as ParticipantCapabilities;

/** Return the capabilities before the service has answered. */
export function unknownCapabilities(): ParticipantCapabilities {
  return all(() => because(false, "NotInitialized"));
}

const has = (names: readonly ParticipantCapabilityName[], name: ParticipantCapabilityName) => names.includes(name);

/** Return the capabilities of an admitted person. */
export function capabilitiesOf(admission: Pick<Admission, "capabilities"> & { role: Role }): ParticipantCapabilities {
  return all((name) => {
    if (has(ABSENT, name)) return because(false, "FeatureNotSupported");
    if (has(BY_DATA, name)) return byRole(admission.role !== "Consumer");
    return byRole(name === "viewAttendeeNames" || admission.capabilities.has(name));
  });
}

type Changes = Partial<Record<ParticipantCapabilityName, ParticipantCapability>>;

/** Return the old and new values of the capabilities that differ, or null if none do. */
export function changes(before: ParticipantCapabilities, after: ParticipantCapabilities) {
  const oldValue: Changes = {};
  const newValue: Changes = {};
  for (const name of NAMES) {
    if (before[name].isPresent === after[name].isPresent && before[name].reason === after[name].reason) continue;
    oldValue[name] = before[name];
    newValue[name] = after[name];
  }
  return Object.keys(newValue).length > 0 ? { oldValue, newValue } : null;
}
