// Runs Azure's JavaScript SDKs of any generation against the service that the environment names.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { CommunicationIdentityClient } from "@azure/communication-identity";
import { RoomsClient } from "@azure/communication-rooms";

const connectionString = process.env.OPENROOMS_CONNECTION_STRING;
// More rooms than fit on one page.
const roomIds = process.env.OPENROOMS_ROOMS.split(" ");
const refused = (statusCode, code) => (error) => error.statusCode === statusCode && error.code === code;
const collect = async (pages) => {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
};
const versionOf = (name) =>
  JSON.parse(readFileSync(`node_modules/@azure/communication-${name}/package.json`, "utf8")).version;

console.log(`rooms-${versionOf("rooms")}-identity-${versionOf("identity")}`);
const rooms = new RoomsClient(connectionString);
const identity = new CommunicationIdentityClient(connectionString);
const roster = async (roomId) =>
  Object.fromEntries(
    (await collect(rooms.listParticipants(roomId))).map(({ id, role }) => [id.communicationUserId, role]),
  );
// Before rooms 1.2.0, the methods that change a roster return before the service has answered.
const rosterBecomes = async (roomId, expected) => {
  const limit = Date.now() + 10_000;
  while (!isDeepStrictEqual(await roster(roomId), expected) && Date.now() < limit);
  assert.deepEqual(await roster(roomId), expected);
};

const { user, token } = await identity.createUserAndToken(["voip"]);
const other = await identity.createUser();
assert.equal(token.split(".").length, 3);
const { expiresOn } = await identity.getToken(user, ["chat", "voip"]);
assert.ok(Math.abs(expiresOn - Date.now() - 24 * 3_600_000) < 60_000);

const room = await rooms.createRoom({ participants: [{ id: user, role: "Presenter" }] });
assert.deepEqual((await rooms.getRoom(room.id)).createdOn, room.createdOn);
const [presenter, attendee] = [user, other].map(({ communicationUserId }) => communicationUserId);
assert.deepEqual(await roster(room.id), { [presenter]: "Presenter" });
await rooms.addOrUpdateParticipants(room.id, [{ id: other }]);
await rosterBecomes(room.id, { [presenter]: "Presenter", [attendee]: "Attendee" });
await rooms.removeParticipants(room.id, [user]);
await rosterBecomes(room.id, { [attendee]: "Attendee" });

const listed = (await collect(rooms.listRooms())).map(({ id }) => id);
assert.ok([room.id, ...roomIds].every((id) => listed.includes(id)));
assert.equal(new Set(listed).size, listed.length);

await rooms.deleteRoom(room.id);
await assert.rejects(rooms.getRoom(room.id), refused(404, "NotFound"));
await identity.revokeTokens(user);
await identity.deleteUser(user);
await assert.rejects(identity.getToken(user, ["voip"]), refused(401, "IdentityNotOwned"));
console.log("passed");
