import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requests } from "../src/console/events/api";
import { actions } from "../src/console/room/actions";
import { asCommand, asCurl, quoted } from "../src/console/terminal";

const ROOM = "99412345678901234";
const ADA = "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be";

const EVENT = "03e669d3-1b5e-8828-8000-000000000005";
const HOOK = "https://app.example/hooks?a=1&b=2";
const TYPES = ["Microsoft.Communication.CallEnded", "openrooms.join.refused"];

test.each([
  ["Ada", "Ada"],
  ["Dr Ada", "'Dr Ada'"],
  ["O'Neil", "'O'\\''Neil'"],
  ["$(reboot)", "'$(reboot)'"],
  ["", "''"],
])("%j is %s in a shell", (text, word) => {
  expect(quoted(text)).toBe(word);
});

test("a request is shown without a key", () => {
  const end = "2026-03-14T09:30:00+00:00";
  expect(asCurl(actions.extend(ROOM, 5, end), "https://rooms.example")).toBe(
    `curl --fail-with-body -X POST https://rooms.example/openrooms/rooms/${ROOM}/call:extend \\
  -H "Authorization: Bearer $OPENROOMS_TOKEN" \\
  -H 'Content-Type: application/json' \\
  --data '{"minutes":5,"validUntil":"${end}"}'`,
  );
});

test("a changed room is a merge patch", () => {
  const curl = asCurl(actions.name(ROOM, ADA, "Dr Ada O'Neil"), "https://rooms.example");
  expect(curl).toContain("-H 'Content-Type: application/merge-patch+json'");
  expect(curl).toContain("Dr Ada O'\\''Neil");
});

test("an action without a command is a request alone", () => {
  expect(asCommand(actions.unmutePhone(ROOM, "4:anonymous_1"))).toBeNull();
  expect(asCommand(actions.add(ROOM, { displayName: "8:Bo" }))).toBeNull();
});

const PLAN = {
  title: "Follow-up",
  validFrom: "2026-03-14T09:00:00.000Z",
  validUntil: "2026-03-14T09:45:00.000Z",
  participants: [
    { displayName: "Dr Ada", role: "Presenter" as const, rawId: ADA },
    { displayName: "Bo Chen" },
    { displayName: "", role: "Consumer" as const, rawId: ADA },
  ],
  waitingRoom: "everyone" as const,
  startsWith: "presenter" as const,
  extendBy: 15,
  pstnDialOutEnabled: true,
};

test("a visit is one command", () => {
  const plain = { ...PLAN, waitingRoom: "off" as const, participants: [{ displayName: "Bo Chen" }], extendBy: 0 };
  expect(asCommand(actions.plan({ ...plain, startsWith: "anyone", pstnDialOutEnabled: false }))).toBe(
    "openrooms visit create --title Follow-up --attendee 'Bo Chen' --from 2026-03-14T09:00:00.000Z --for 45m",
  );
  expect(asCommand(actions.plan({ ...PLAN, participants: [{ displayName: "8:Bo" }] }))).toBeNull();
});

/** The command line's tests read the same file. */
test("the commands are those that the command line is tested with", () => {
  const window = { validFrom: PLAN.validFrom, validUntil: PLAN.validUntil };
  const shown = [
    actions.admit(ROOM, ADA),
    actions.admitAll(ROOM),
    actions.decline(ROOM, ADA, "Please come tomorrow"),
    actions.mute(ROOM, ADA),
    actions.removeFromCall(ROOM, ADA),
    actions.removeFromCall(ROOM, "4:anonymous_1"),
    actions.keepOut(ROOM, ADA),
    actions.end(ROOM),
    actions.dial(ROOM, "+15550100"),
    actions.extend(ROOM, 15, PLAN.validUntil),
    actions.move(ROOM, window),
    actions.allowPhones(ROOM, true),
    actions.allowPhones(ROOM, false),
    actions.setOptions(ROOM, { title: "", waitingRoom: "everyone", startsWith: "presenter", extendBy: 0 }),
    actions.setOptions(ROOM, { title: "Hip" }),
    actions.deleteRoom(ROOM),
    actions.add(ROOM, { displayName: "Bo Chen" }),
    actions.name(ROOM, ADA, "Dr Ada"),
    actions.name(ROOM, ADA, ""),
    actions.putOnRoster(ROOM, ADA, "Presenter"),
    actions.takeOffRoster(ROOM, ADA),
    actions.invite(ROOM, ADA),
    actions.withdraw(ROOM, "5f2c1e0b7a9d4e3f"),
    actions.why(ROOM, ADA),
    actions.allAttendance({ from: PLAN.validFrom, until: PLAN.validUntil }),
    actions.allRefusals({ from: PLAN.validFrom, until: PLAN.validUntil }),
    actions.attendance(ROOM),
    actions.refusals(ROOM),
    actions.plan(PLAN),
    requests.events({ room: ROOM, types: TYPES }),
    requests.resendEvent(EVENT),
    requests.subscriptions(),
    requests.subscription("5b0d9a3c7e1f4826"),
    requests.subscribe({ url: HOOK, room: ROOM, types: TYPES, validation: "cloudEvents" }),
    requests.change("5b0d9a3c7e1f4826", { url: HOOK, room: ROOM, types: TYPES, validation: "none" }),
    requests.change("5b0d9a3c7e1f4826", { url: HOOK, room: "", types: [], validation: "none" }),
    requests.setEnabled("5b0d9a3c7e1f4826", false),
    requests.setEnabled("5b0d9a3c7e1f4826", true),
    requests.unsubscribe("5b0d9a3c7e1f4826"),
    requests.deadLetters("5b0d9a3c7e1f4826"),
    requests.resendAll("5b0d9a3c7e1f4826"),
    requests.resend("5b0d9a3c7e1f4826", EVENT),
  ];
  const tested = JSON.parse(readFileSync(join(import.meta.dirname, "console-commands.json"), "utf-8"));
  expect(shown.map(({ command }) => command)).toEqual(tested);
});
