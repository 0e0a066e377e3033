import { RoomsClient } from "@azure/communication-rooms";
import { DevService } from "openrooms-testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let service: DevService;
let rooms: RoomsClient;

beforeAll(async () => {
  const command = process.env.OPENROOMS?.split(" ") ?? ["openrooms"];
  service = await DevService.start({ command });
  rooms = new RoomsClient(service.endpoint, { key: service.key }, { allowInsecureConnection: true });
});

afterAll(() => service?.stop());
beforeEach(() => service.reset());

const hours = (count: number) => new Date(Date.now() + count * 3_600_000);

test("the call ends with the room", async () => {
  const room = await rooms.createRoom({ validFrom: hours(0), validUntil: hours(1) });
  await service.addPerson(room.id, { role: "Presenter", displayName: "Dr. Ada" });
  await service.advance({ hours: 1, minutes: 1 });
  expect(await service.people(room.id)).toEqual([]);
});

test("a program whose network fails stays in the call for a while", async () => {
  const room = await rooms.createRoom({ validFrom: hours(0), validUntil: hours(1) });
  const patient = await service.addPerson(room.id, { displayName: "Bo" });
  await service.act(room.id, patient, "loseConnection");
  expect((await service.people(room.id)).map((person) => person.state)).toEqual(["reconnecting"]);
  await service.act(room.id, patient, "reconnect");
  expect((await service.people(room.id)).map((person) => person.state)).toEqual(["connected"]);
});

test("a request that failed is tried again", async () => {
  const fault = await service.addFault({ operation: "create_room", times: 1, status: 503 });
  await rooms.createRoom({ validUntil: hours(1) });
  expect((await service.requests()).map((request) => [request.status, request.fault])).toEqual([
    [503, fault.id],
    [201, null],
  ]);
});
