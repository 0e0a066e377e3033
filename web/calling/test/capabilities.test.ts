import { expect, test } from "vitest";
import { capabilitiesOf, changes, unknownCapabilities } from "../src/capabilities";
import { Capabilities } from "../src/features/capabilities";
import type { CapabilitiesChangeInfo, ParticipantCapabilities } from "../src/types";
import { admission, freeze } from "./world";

const present = (capabilities: ParticipantCapabilities) =>
  Object.entries(capabilities)
    .filter(([, { isPresent }]) => isPresent)
    .map(([name]) => name)
    .sort();

const EVERYBODY = ["viewAttendeeNames"];
const TALKING = ["raiseHand", "turnVideoOn", "unmuteMic", "useReactions", ...EVERYBODY];

test("before joining, all 25 are present and not resolved", () => {
  const capabilities = Object.values(unknownCapabilities());
  expect(capabilities).toHaveLength(25);
  expect(new Set(capabilities.map(({ reason }) => reason))).toEqual(new Set(["NotInitialized"]));
});

test.each([
  ["Presenter", [...TALKING, "shareScreen", "muteOthers", "removeParticipant", "hangUpForEveryOne"]],
  ["Collaborator", [...TALKING, "shareScreen"]],
  ["Attendee", TALKING],
  ["Consumer", EVERYBODY],
] as const)("a %s may", (role, names) => {
  const capabilities = capabilitiesOf(admission(role));
  expect(present(capabilities)).toEqual([...names].sort());
  expect(Object.keys(capabilities)).toHaveLength(25);
});

test("absent capabilities say why", () => {
  const { shareScreen, startLiveCaptions, turnVideoOn } = capabilitiesOf(admission("Attendee"));
  expect(shareScreen).toEqual({ isPresent: false, reason: "RoleRestricted" });
  expect(startLiveCaptions).toEqual({ isPresent: false, reason: "FeatureNotSupported" });
  expect(turnVideoOn).toEqual({ isPresent: true, reason: "Capable" });
});

test("a change has only the differences", () => {
  const before = capabilitiesOf(admission("Attendee"));
  const changed = changes(before, capabilitiesOf(admission("Collaborator")));
  expect(changed).toEqual({
    oldValue: { shareScreen: { isPresent: false, reason: "RoleRestricted" } },
    newValue: { shareScreen: { isPresent: true, reason: "Capable" } },
  });
  expect(changes(before, capabilitiesOf(admission("Attendee")))).toBeNull();
});

test("only later changes are changes of role", () => {
  const feature = new Capabilities();
  const heard: CapabilitiesChangeInfo[] = [];
  feature.on("capabilitiesChanged", (info) => heard.push(info));
  freeze(feature.capabilities);
  feature.set(capabilitiesOf(admission("Attendee")));
  freeze(feature.capabilities);
  feature.set(capabilitiesOf(admission("Attendee")));
  feature.set(capabilitiesOf(admission("Presenter")));
  expect(heard.map(({ reason }) => reason)).toEqual(["MeetingOptionOrOrganizerPolicyChanged", "RoleChanged"]);
});
