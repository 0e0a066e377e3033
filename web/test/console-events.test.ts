import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callsOf, endingText, type Stay, staysAsCsv } from "../src/console/attendance/stays";
import { csv } from "../src/console/csv";
import { newSecret, requests, streamPath } from "../src/console/events/api";
import { duration, GROUPS, KINDS, kindName, resentText, roomOf, say } from "../src/console/events/kinds";
import { withNewer } from "../src/console/events/useEvents";
import type { EventEnvelope } from "../src/shared/shapes";

const ADA = "8:acs:1baa2c90-9c2f-4958-8834-d0197bd38767_00000029-931c-aa89-e84c-09bd456064be";
const ROOM = "99475330965778483";

const event = (type: string, data: object, id = "1") => ({ id, type, data }) as unknown as EventEnvelope;
const user = (role?: string) => ({ communicationIdentifier: { rawId: ADA }, ...(role ? { role } : {}) });
const nobody = () => "";

test("every type of events has words, and is offered once", () => {
  const schemas = JSON.parse(readFileSync(join(import.meta.dirname, "../../docs/events.schema.json"), "utf-8"));
  expect(Object.keys(KINDS).sort()).toEqual(Object.keys(schemas).sort());
  expect(Object.values(GROUPS).flat().sort()).toEqual(Object.keys(schemas).sort());
});

test.each([
  ["Microsoft.Communication.CallStarted", { startedBy: user() }, "The call began, with user …456064be"],
  ["Microsoft.Communication.CallEnded", { durationOfCall: 1590 }, "The call ended after 27 min"],
  [
    "Microsoft.Communication.CallParticipantAdded",
    { user: user("Presenter"), displayName: "Dr Ada" },
    "Dr Ada (Presenter) joined the call",
  ],
  ["Microsoft.Communication.CallParticipantRemoved", { user: user() }, "User …456064be left the call"],
  ["openrooms.join.refused", { rawId: ADA, rule: "onRoster" }, "User …456064be could not join: they are not invited"],
  ["openrooms.join.refused", { rawId: ADA, rule: "later" }, "User …456064be could not join: the rule later refused it"],
  ["openrooms.declined", { rawId: ADA, displayName: "Pat", reason: "Tomorrow" }, "Pat was declined: Tomorrow"],
  [
    "openrooms.room.updated",
    { changed: ["title", "extendBy"] },
    "The room was changed (title, minutes that Presenters may add)",
  ],
  [
    "openrooms.roster.changed",
    { added: [{ rawId: ADA, role: "Attendee" }], removed: [ADA], isTruncated: true },
    "Invited: user …456064be (Attendee). Uninvited: user …456064be. There are more",
  ],
  ["openrooms.phone.ended", { phoneNumber: "+1555", outcome: "busy" }, "The call to +1555 ended: busy"],
  ["openrooms.later.version", {}, "openrooms.later.version"],
])("%s says what happened", (type, data, text) => {
  expect(say(event(type, data), nobody)).toBe(text);
});

test.each([
  [[], "No enabled subscription gets it, so it is not sent."],
  [["a"], "It is sent again to 1 subscription."],
  [["a", "b"], "It is sent again to 2 subscriptions."],
])("sent again to %j", (subscriptions, text) => {
  expect(resentText({ subscriptions })).toBe(text);
});

test("the organiser's name wins over the one that was typed", () => {
  const waits = event("openrooms.waiting", { rawId: ADA, displayName: "me", room: { id: ROOM } });
  expect(say(waits, (rawId) => (rawId === ADA ? "Dr Ada Okafor" : ""))).toBe("Dr Ada Okafor waits to be admitted");
  expect(roomOf(waits)).toBe(ROOM);
  expect(kindName("openrooms.later")).toBe("openrooms.later");
});

test("what comes twice is shown once", () => {
  const [one, two, three] = ["1", "2", "3"].map((id) => event("openrooms.room.opened", {}, id));
  const shown = withNewer([two, one] as EventEnvelope[], [two, three] as EventEnvelope[]);
  expect(shown.map(({ id }) => id)).toEqual(["3", "2", "1"]);
});

test("the requests of a filter", () => {
  const filter = { room: ROOM, types: ["openrooms.waiting", "openrooms.admitted"] };
  const query = "type=openrooms.waiting&type=openrooms.admitted&room=99475330965778483";
  expect(requests.events(filter).asked.path).toBe(`/openrooms/events?before=latest&limit=50&${query}`);
  expect(streamPath(filter, "7")).toBe(`/openrooms/events?after=7&${query}`);
  const all = { url: "https://app.example", types: [], room: "", validation: "none" as const };
  expect(requests.subscribe(all).asked.body).toEqual({ url: "https://app.example", validation: "none" });
  expect(requests.change("5", all).asked.body).toEqual({ ...all, types: null, room: null });
});

test("a new secret has the form of Standard Webhooks", () => {
  expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSecret()).not.toBe(newSecret());
});

const stay = (callId: string, joinedAt: string, leftAt?: string): Stay => ({
  roomId: ROOM,
  title: "Follow-up",
  callId,
  participantId: joinedAt,
  rawId: ADA,
  displayName: "=Ada",
  joinedAt,
  device: "phone",
  ...(leftAt ? { leftAt, seconds: 59.6, ending: "left" } : {}),
});

test("stays are told by their calls", () => {
  const [first, second] = callsOf([
    stay("a", "2026-03-14T09:00:00Z", "2026-03-14T09:01:00Z"),
    stay("a", "2026-03-14T09:00:30Z", "2026-03-14T09:05:00Z"),
    stay("b", "2026-03-14T10:00:00Z"),
  ]);
  expect([first?.people, first?.until]).toEqual([1, new Date("2026-03-14T09:05:00Z")]);
  expect([first?.roomId, first?.title]).toEqual([ROOM, "Follow-up"]);
  expect([second?.stays.length, second?.until]).toEqual([1, null]);
  expect([endingText(stay("a", "x", "y")), endingText(stay("a", "x"))]).toEqual(["left", ""]);
  expect([duration(3.2), duration(1590)]).toEqual(["3 s", "27 min"]);
});

test("a file of stays has the columns of the command line, and runs no formula", () => {
  const [head, line] = staysAsCsv([stay("a", "2026-03-14T09:00:00Z", "2026-03-14T09:01:00Z")]).split("\r\n");
  expect(head).toBe("roomId,title,participantId,callId,rawId,displayName,role,joinedAt,leftAt,seconds,ending,device");
  const times = "2026-03-14T09:00:00Z,2026-03-14T09:01:00Z";
  expect(csv([["\uff1d1", "1=\uff1d1"]])).toBe("'\uff1d1,1=\uff1d1\r\n");
  expect(line).toBe(`${ROOM},Follow-up,2026-03-14T09:00:00Z,a,${ADA},'=Ada,,${times},60,left,phone`);
});
