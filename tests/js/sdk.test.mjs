// The official JavaScript SDKs against the service that the environment names: each operation and the main errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { CommunicationIdentityClient } from "@azure/communication-identity";
import { RoomsClient } from "@azure/communication-rooms";

const connectionString = process.env.OPENROOMS_CONNECTION_STRING;
const endpoint = process.env.OPENROOMS_ENDPOINT;
const bearer = {
  getToken: async () => ({ token: process.env.OPENROOMS_OPERATOR_TOKEN, expiresOnTimestamp: 4e12 }),
};
const key = { key: connectionString.split("accesskey=")[1] };
const options = { retryOptions: { maxRetries: 0 } };
const hour = 3_600_000;
const soon = (hours) => new Date(Date.now() + hours * hour);
const refused = (statusCode, code) => (error) => error.statusCode === statusCode && error.code === code;
const collect = async (pages) => {
  const items = [];
  for await (const item of pages) items.push(item);
  return items;
};

const ways = {
  "connection string": (Client) => new Client(connectionString, options),
  key: (Client) => new Client(endpoint, key, options),
  bearer: (Client) => new Client(endpoint, bearer, options),
};

for (const [way, make] of Object.entries(ways)) {
  test(`with a ${way}`, async (t) => {
    const rooms = make(RoomsClient);
    const identity = make(CommunicationIdentityClient);
    const newUser = () => identity.createUser();

    await t.test("a room from beginning to end", async () => {
      const validFrom = soon(1);
      const validUntil = soon(48);
      const room = await rooms.createRoom({ validFrom, validUntil, pstnDialOutEnabled: true });
      assert.equal(room.validFrom.getTime(), validFrom.getTime());
      assert.equal(room.validUntil.getTime(), validUntil.getTime());
      assert.equal(room.pstnDialOutEnabled, true);
      assert.ok(Math.abs(room.createdOn - Date.now()) < 60_000);
      assert.deepEqual(await rooms.getRoom(room.id), room);

      const changed = await rooms.updateRoom(room.id, { validFrom: soon(2), validUntil: soon(3) });
      assert.equal(changed.id, room.id);
      assert.notEqual(changed.validUntil.getTime(), validUntil.getTime());

      await rooms.deleteRoom(room.id);
      await assert.rejects(rooms.getRoom(room.id), refused(404, "NotFound"));
    });

    await t.test("a roster", async () => {
      const [first, second] = [await newUser(), await newUser()];
      const room = await rooms.createRoom({ participants: [{ id: first, role: "Presenter" }] });
      const roster = async () =>
        (await collect(rooms.listParticipants(room.id))).map(({ id, role }) => [id.communicationUserId, role]);
      await rooms.addOrUpdateParticipants(room.id, [{ id: second }, { id: first, role: "Consumer" }]);
      assert.deepEqual(await roster(), [
        [first.communicationUserId, "Consumer"],
        [second.communicationUserId, "Attendee"],
      ]);
      await rooms.removeParticipants(room.id, [first]);
      assert.deepEqual(await roster(), [[second.communicationUserId, "Attendee"]]);
    });

    await t.test("the list of rooms over several pages", async () => {
      const made = await Promise.all(Array.from({ length: 101 }, () => rooms.createRoom()));
      const listed = (await collect(rooms.listRooms())).map(({ id }) => id);
      assert.equal(new Set(listed).size, listed.length);
      assert.ok(made.every(({ id }) => listed.includes(id)));
      const created = (await collect(rooms.listRooms())).map(({ createdOn }) => createdOn.getTime());
      assert.deepEqual(created, created.toSorted((a, b) => b - a));
    });

    await t.test("refusals", async () => {
      await assert.rejects(rooms.getRoom("123"), refused(400, "BadRequest"));
      await assert.rejects(rooms.createRoom({ validUntil: soon(-1) }), refused(400, "BadRequest"));
      await assert.rejects(
        rooms.createRoom({ participants: [{ id: { communicationUserId: "wrong" } }] }),
        refused(400, "BadRequest"),
      );
    });

    await t.test("a user from beginning to end", async () => {
      const user = await newUser();
      const { token, expiresOn } = await identity.getToken(user, ["chat", "voip"], { tokenExpiresInMinutes: 60 });
      assert.ok(Math.abs(expiresOn - soon(1)) < 60_000);
      const credential = new AzureCommunicationTokenCredential(token);
      const read = await credential.getToken();
      assert.equal(read.expiresOnTimestamp, Math.floor(expiresOn / 1000) * 1000);
      credential.dispose();
      await identity.revokeTokens(user);
      await identity.deleteUser(user);
      await assert.rejects(identity.getToken(user, ["chat"]), refused(401, "IdentityNotOwned"));
    });

    await t.test("a user and a token at once", async () => {
      const { user, token } = await identity.createUserAndToken(["voip"]);
      assert.match(user.communicationUserId, /^8:acs:/);
      assert.equal(token.split(".").length, 3);
    });

    await t.test("lifetimes out of range, and no scope", async () => {
      const user = await newUser();
      for (const tokenExpiresInMinutes of [59, 1441]) {
        const answer = identity.getToken(user, ["chat"], { tokenExpiresInMinutes });
        await assert.rejects(answer, refused(400, "ValidationError"));
      }
      await assert.rejects(identity.getToken(user, []), refused(400, "ValidationError"));
    });

    await t.test("a Teams token without a tenant behind", async () => {
      const guid = "9b8a7c6d-0000-4000-8000-000000000001";
      const answer = identity.getTokenForTeamsUser({ teamsUserAadToken: "x", clientId: guid, userObjectId: guid });
      await assert.rejects(answer, refused(401, "InvalidAccessToken"));
    });
  });
}

test("a wrong key", async () => {
  const wrong = { key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" };
  const client = new RoomsClient(endpoint, wrong, options);
  await assert.rejects(client.createRoom(), refused(401, "Denied"));
});
