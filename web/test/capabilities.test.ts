import { expect, test } from "vitest";
import { type Controls, controlsNow, controlsOf, mayPublish } from "../src/call/capabilities";

const NONE: Controls = {
  microphone: false,
  camera: false,
  screen: false,
  muteOthers: false,
  removeOthers: false,
  endForAll: false,
  dialOut: false,
  talk: false,
  lowerHands: false,
};

test.each([
  ["a Consumer", [], {}],
  ["an Attendee", ["turnVideoOn", "unmuteMic"], { microphone: true, camera: true }],
  ["a Collaborator", ["turnVideoOn", "unmuteMic", "shareScreen"], { microphone: true, camera: true, screen: true }],
  [
    "a Presenter",
    ["turnVideoOn", "unmuteMic", "shareScreen", "muteOthers", "removeParticipant", "hangUpForEveryOne"],
    {
      microphone: true,
      camera: true,
      screen: true,
      muteOthers: true,
      lowerHands: true,
      removeOthers: true,
      endForAll: true,
    },
  ],
  ["somebody with a capability of tomorrow", ["teleport"], {}],
])("%s gets the controls that would work", (_, capabilities, expected) => {
  expect(controlsOf(new Set(capabilities))).toEqual({ ...NONE, ...expected });
});

test.each([
  ["no answer yet", undefined, false],
  ["publishing forbidden", { canPublish: false, canPublishSources: [] }, false],
  ["every source", { canPublish: true, canPublishSources: [] }, true],
  ["this source", { canPublish: true, canPublishSources: [2, 3] }, true],
  ["other sources", { canPublish: true, canPublishSources: [1, 2] }, false],
])("with %s, sharing a screen is %s", (_, permission, expected) => {
  expect(mayPublish(permission && { ...permission, canPublishData: false }, "screen")).toBe(expected);
});

test("a demotion in the call removes controls at once", () => {
  const presenter = controlsOf(new Set(["turnVideoOn", "unmuteMic", "shareScreen", "muteOthers"]));
  const attendee = { canPublish: true, canPublishSources: [1, 2], canPublishData: true };
  expect(controlsNow(presenter, attendee)).toEqual({ ...presenter, screen: false, talk: true });
  expect(controlsNow(presenter, { ...attendee, canPublishData: false }).talk).toBe(false);
});
