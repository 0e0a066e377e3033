import { DisconnectReason } from "livekit-client";
import { expect, test } from "vitest";
import { parted, refused, unconnected } from "../src/ends";
import { refusal } from "./world";

const NOT_INVITED = refusal(403, 5828);
const SILENT = refusal(0);
const BUSY = refusal(503, null, "ServiceUnavailable");

test.each([
  ["not on the roster", NOT_INVITED, 403, 5828],
  ["outside the window", refusal(403, 5829), 403, 5829],
  ["no such room", refusal(404, 5732), 404, 5732],
  ["a bad token", refusal(401, 4507), 495, 4507],
  ["a token of another resource", refusal(401), 495, 4507],
  ["unreachable", SILENT, 490, 4502],
  ["full", refusal(403, null, "CallFull"), 403, 0],
  ["the wrong scope", refusal(403, null, "ScopeRefused"), 403, 0],
  ["calls are off", refusal(503, null, "CallsOff"), 503, 0],
  ["a malformed request, which must not look like a malformed meeting", refusal(400), 412, 0],
])("at the door: %s", (_name, said, code, subCode) => {
  expect(refused(said)).toMatchObject({ code, subCode });
});

test.each([
  ["removed by a presenter", DisconnectReason.PARTICIPANT_REMOVED, null, 0, 5300],
  ["removed while the service is busy", DisconnectReason.PARTICIPANT_REMOVED, BUSY, 0, 5300],
  ["taken off the roster", DisconnectReason.PARTICIPANT_REMOVED, NOT_INVITED, 0, 5317],
  ["ended for everyone", DisconnectReason.ROOM_DELETED, null, 0, 4097],
  ["the window ended", DisconnectReason.ROOM_DELETED, refusal(403, 5829), 403, 5829],
  ["the room was deleted", DisconnectReason.ROOM_DELETED, refusal(404, 5732), 404, 5732],
  ["the token was revoked", DisconnectReason.PARTICIPANT_REMOVED, refusal(401, 4507), 495, 4507],
  ["joined elsewhere", DisconnectReason.DUPLICATE_IDENTITY, null, 487, 10003],
  ["left", DisconnectReason.CLIENT_INITIATED, SILENT, 0, 0],
  ["the engine went away", DisconnectReason.SERVER_SHUTDOWN, null, 410, 3101],
  ["lost", undefined, null, 410, 3101],
  ["lost while the service is busy", undefined, BUSY, 410, 3101],
  ["the network is gone", undefined, SILENT, 490, 4502],
])("out of the call: %s", (_name, reason, said, code, subCode) => {
  expect(parted(reason, said)).toMatchObject({ code, subCode });
});

test("a failed connection has the service's reason, if there is one", () => {
  expect(unconnected(null)).toMatchObject({ code: 410, subCode: 3112 });
  expect(unconnected(NOT_INVITED)).toMatchObject({ code: 403, subCode: 5828 });
});
