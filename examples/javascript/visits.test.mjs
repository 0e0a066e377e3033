import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { CommunicationIdentityClient } from "@azure/communication-identity";
import { RoomsClient } from "@azure/communication-rooms";
import { DevService } from "openrooms-testing";

let service;
let rooms;
let users;

before(async () => {
  service = await DevService.start({ command: process.env.OPENROOMS?.split(" ") });
  const credential = { key: service.key };
  const options = { allowInsecureConnection: true, retryOptions: { retryDelayInMs: 10 } };
  rooms = new RoomsClient(service.endpoint, credential, options);
  users = new CommunicationIdentityClient(service.endpoint, credential, options);
});

after(() => service?.stop());
beforeEach(() => service.reset());

const hours = (count) => new Date(Date.now() + count * 3_600_000);

async function countRooms() {
  let count = 0;
  for await (const _ of rooms.listRooms()) count += 1;
  return count;
}

test("a room of tomorrow opens tomorrow", async () => {
  const room = await rooms.createRoom({ validFrom: hours(24), validUntil: hours(25) });
  await assert.rejects(service.addPerson(room.id), /not open yet/);
  await service.advance({ hours: 24, minutes: 1 });
  await service.addPerson(room.id);
});

test("a presenter's role changes in the call", async () => {
  const { communicationUserId } = await users.createUser();
  const room = await rooms.createRoom({ validUntil: hours(1) });
  const participant = { id: { communicationUserId }, role: "Presenter" };
  await rooms.addOrUpdateParticipants(room.id, [participant]);
  await service.addPerson(room.id, { rawId: communicationUserId, displayName: "Ada" });
  await rooms.addOrUpdateParticipants(room.id, [{ ...participant, role: "Attendee" }]);
  await service.waitUntil(async () => (await service.people(room.id))[0].role === "Attendee");
});

test("the call goes on when the presenter is gone", async () => {
  const room = await rooms.createRoom({ validUntil: hours(1) });
  const presenter = await service.addPerson(room.id, { role: "Presenter", displayName: "Dr. Ada" });
  await service.addPerson(room.id, { displayName: "Bo" });
  await service.act(room.id, presenter, "leave");
  assert.deepEqual((await service.people(room.id)).map((person) => person.displayName), ["Bo"]);
});

test("a create whose answer is lost makes one room", async () => {
  await service.addFault({ operation: "create_room", times: 1, cut: "beforeAnswer" });
  await rooms.createRoom({ validUntil: hours(1) });
  assert.equal(await countRooms(), 1);
  assert.equal((await service.requests()).filter((request) => request.operation === "create_room").length, 2);
});

test("a throttled program waits as long as it is told", async () => {
  await service.addFault({ operation: "create_room", times: 1, status: 429, retryAfter: 1 });
  await rooms.createRoom({ validUntil: hours(1) });
  assert.deepEqual((await service.requests()).map((request) => request.status), [429, 201]);
});
