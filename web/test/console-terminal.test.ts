import { expect, test } from "vitest";
import { actions } from "../src/console/room/actions";
import { asCommand, asCurl, quoted } from "../src/console/terminal";

const ROOM = "99412345678901234";
const ADA = "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be";

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
  expect(asCommand(actions.decline(ROOM, ADA, "Not today"))).toBeNull();
});

test("a visit with names alone is one command", () => {
  const plan = {
    title: "Follow-up",
    validFrom: "2026-03-14T09:00:00.000Z",
    validUntil: "2026-03-14T09:45:00.000Z",
    participants: [{ displayName: "Dr Ada", role: "Presenter" as const }, { displayName: "Bo Chen" }],
  };
  expect(asCommand(actions.plan(plan))).toBe(
    "openrooms visit create --title Follow-up --presenter 'Dr Ada' --attendee 'Bo Chen' --from 2026-03-14T09:00:00.000Z --for 45m",
  );
  expect(asCommand(actions.plan({ ...plan, waitingRoom: "everyone" }))).toBeNull();
});
