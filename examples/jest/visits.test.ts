import { RoomsClient } from "@azure/communication-rooms";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { DevService } from "openrooms-testing";

let service: DevService;
let rooms: RoomsClient;
const credential = { key: "" };

beforeAll(async () => {
  service = await DevService.start({ command: process.env.OPENROOMS?.split(" ") });
  credential.key = service.key;
  rooms = new RoomsClient(service.endpoint, credential, { allowInsecureConnection: true });
});

afterAll(() => service?.stop());
beforeEach(() => service.reset());

const hours = (count: number) => new Date(Date.now() + count * 3_600_000);

test("a patient who is removed from the roster leaves the call", async () => {
  const room = await rooms.createRoom({ validUntil: hours(1) });
  await service.addPerson(room.id, { role: "Presenter", displayName: "Dr. Ada" });
  const patient = await service.addPerson(room.id, { role: "Attendee", displayName: "Bo" });
  await rooms.removeParticipants(room.id, [{ communicationUserId: patient.rawId }]);
  await service.waitUntil(async () => (await service.people(room.id)).length === 1);
});

test("a visit that takes longer stays open", async () => {
  const validFrom = hours(0);
  const room = await rooms.createRoom({ validFrom, validUntil: hours(1) });
  await service.addPerson(room.id, { displayName: "Bo" });
  await rooms.updateRoom(room.id, { validFrom, validUntil: hours(2) });
  await service.advance({ hours: 1, minutes: 30 });
  expect(await service.people(room.id)).toHaveLength(1);
});

test("the program goes on with its other key", async () => {
  await service.addFault({ rotatedKey: "primary", times: 1 });
  await expect(rooms.createRoom({ validUntil: hours(1) })).rejects.toMatchObject({ statusCode: 401 });
  // In production this is the resource's other key.
  credential.key = service.key;
  await rooms.createRoom({ validUntil: hours(1) });
  expect((await service.requests()).map((request) => request.status)).toEqual([401, 201]);
});
