import { expect, test } from "vitest";
import { onThisOrigin, RoomsApi, stateOf } from "../src/console/rooms";
import { Service } from "../src/console/service";

const TEN = Date.parse("2026-03-14T10:00:00Z");
const ELEVEN = Date.parse("2026-03-14T11:00:00Z");
const ROOM = {
  id: "99412345678901234",
  createdAt: new Date(0),
  validFrom: new Date(TEN),
  validUntil: new Date(ELEVEN),
  allowsPhones: true,
};

test.each([
  [TEN - 1, "upcoming"],
  [TEN, "open"],
  [ELEVEN - 1, "open"],
  [ELEVEN, "closed"],
])("at %i the room is %s", (now, state) => {
  expect(stateOf(ROOM, now)).toBe(state);
});

test.each([
  [undefined, null],
  ["https://contoso.example/rooms?a=1&b=2", "/rooms?a=1&b=2"],
  ["/rooms?token=x", "/rooms?token=x"],
])("the next page of %j is %j", (link, path) => {
  expect(onThisOrigin(link)).toBe(path);
});

test("the next page is loaded from the next link", async () => {
  const requests: string[] = [];
  const pages = [
    { value: [{ ...ROOM, pstnDialOutEnabled: true }], nextLink: "https://elsewhere.example/rooms?continue=1" },
    { value: [{ ...ROOM, id: "99400000000000001" }] },
  ];
  const send = async (address: RequestInfo | URL) => {
    requests.push(String(address));
    return new Response(JSON.stringify(pages[requests.length - 1]));
  };
  const api = new RoomsApi(new Service("token", send));
  const first = await api.rooms();
  const second = await api.rooms(first.more);
  expect(requests).toEqual(["/rooms?api-version=2025-03-13", "/rooms?continue=1"]);
  expect([first.items[0], second.items[0]?.id, second.more]).toEqual([ROOM, "99400000000000001", null]);
});
